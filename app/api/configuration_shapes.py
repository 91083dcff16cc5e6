"""What stands in bodies about configurations: documents, what applying them means, what has drifted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.api.mapping_plan_shapes import Need, PlanSummary
from app.api.mapping_shapes import Reason
from app.api.role_shapes import Impact
from app.api.shapes import Shape, anything, flag, many, moment, number, one, text, word
from app.api.units import MovePlan
from app.services.code_ownership import RELEASABLE
from app.services.configuration_pass import Plan
from app.services.configuration_text import MOST_TEXT

_DOCUMENT = "Sections as [as-code.md](as-code.md) describes them."
_MANY = 20_000
_KINDS = ("unit", "filter", "role", "default_roles", "separation", "rule")


def _maybe(says: str) -> fields.String:
    return fields.String(allow_none=True, metadata={"description": says})


class ConfigurationFile(Shape):
    """A configuration, as a text or as an object."""

    yaml = text(most=MOST_TEXT, says="The document as YAML.")
    document = anything(says=f"The document as it is. {_DOCUMENT}")
    file = text(says="What it is called, for refusals; default: `configuration`.")

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("yaml" in data) == ("document" in data):
            raise ValidationError("name either yaml or document")


class Application(ConfigurationFile):
    """A configuration that is to be applied."""

    digest = text(
        says="That of the plan that was seen: nothing else is applied. Without it the configuration is planned anew "
        "and applied whatever that comes to, also if it takes back what another one has just brought; `unseen` says so."
    )
    reason = text(most=1000, least=0, says="Why; kept with it.")


class Release(Reason):
    """What is to be changed by hand again."""

    kind = word(*RELEASABLE, required=True)
    name = text(says="Its name; a unit's key. The default roles have none.")


class Step(Shape):
    """One change of one thing."""

    kind = word(*_KINDS)
    name = text()
    action = word("create", "change", "rename", "move", "delete", "adopt", "release")
    details = many(fields.String(), most=_MANY, says="What is otherwise, a line each.")


class Drifted(Shape):
    """Something that is otherwise than the configuration that was applied left it."""

    kind = word(*_KINDS)
    name = text()
    fate = word("changed", "gone")
    details = many(fields.String(), most=_MANY)


class RuleRow(Shape):
    """One thing that one person gains or loses by a mapping rule."""

    change = word("gained", "lost", "sooner", "later")
    privileged = flag()
    standing = word("new", "nothing", "other", says="Of the person: `new` has no role before, `nothing` none after.")
    user_id = text()
    user_name = text()
    role = _maybe("Null: work in the unit.")
    unit = text()
    reach = word("account", "unit", "subtree")
    home = flag()
    ends = moment(allow_none=True)
    rule = fields.String()


class ConfigurationPlan(Shape):
    """What applying a configuration means."""

    file = text()
    status = word("planned", "applied", "proposed", says="`proposed`: nothing was changed yet, see `proposal`.")
    steps = many(one(Step), most=_MANY, says="In the order in which they are done; empty where there is nothing to do.")
    roles = many(one(Impact), says="Whom it concerns that roles are edited or deleted.")
    moves = many(one(MovePlan), says="Whom it concerns that units move.")
    mapping = one(PlanSummary, allow_none=True, says="What the mapping rules do; null where nothing changes in them.")
    rows = many(one(RuleRow), says="The first of what people gain and lose by rules, privileged gains first.")
    drift = many(one(Drifted), most=_MANY, says="What had changed behind the file's back, and is set right.")
    needs = many(one(Need), says="Why a second Account Owner has to agree; empty where nobody has.")
    digest = text(says="Stands for all of this. Send it with the configuration that is applied.")
    unseen = flag(says="Whether it was planned anew when it was applied, since no `digest` was sent.")
    proposal = _maybe("Where it waits for a second Account Owner: `…/proposals/{proposal}/approve`.")


class Applied(Shape):
    """The configuration that was applied last."""

    file = text()
    hash = text(says="SHA-256 of its document.")
    applied = moment()
    by = text()
    reason = fields.String()
    objects = number(says="How many things belong to it.")
    drift = many(one(Drifted), most=_MANY, says="What is otherwise by now.")


class CurrentConfiguration(Shape):
    """An account's access as a configuration."""

    yaml = fields.String(metadata={"description": "As YAML. Applying it changes nothing."})
    document = anything(says=f"The same as an object. {_DOCUMENT}")
    applied = one(Applied, allow_none=True, says="Null where none ever was.")


class Proposal(Shape):
    """A configuration that waits for a second Account Owner."""

    id = text()
    file = text()
    document = anything(says=_DOCUMENT)
    needs = many(one(Need))
    digest = text()
    reason = fields.String()
    author = text()
    author_id = _maybe("Their id, if that was a person.")
    decided_by = _maybe("Who has agreed to what a program wrote; another Account Owner does, too.")
    created = moment()


class Released(Shape):
    """What can be changed by hand again."""

    kind = word(*RELEASABLE)
    name = text()


def plan_shown(plan: Plan) -> dict[str, Any]:
    """A plan. Pages of people go no further here."""
    mapping = plan.mapping if plan.mapping is not None and plan.mapping.changed else None
    roles = [asdict(impact) | {"next": None} for impact in plan.roles]
    return {name: getattr(plan, name) for name in plan.__slots__} | {"mapping": mapping, "roles": roles}
