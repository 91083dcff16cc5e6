"""What stands in bodies about plans of role mapping: what publishing would do, in sum and row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields

from app.api.mapping_shapes import maybe
from app.api.shapes import Shape, flag, many, moment, number, one, text, word


class RoleCount(Shape):
    """How many people a plan concerns by one role."""

    role = text()
    gained = number()
    lost = number()
    sooner = number(says="Of how many it ends sooner than before.")
    later = number()
    privileged = flag()


class UnmappedGroup(Shape):
    """A group that no rule covers."""

    id = text()
    name = text()
    directory = text()
    members = number(says="Direct ones.")


class Overlap(Shape):
    """Two rules that give the same people the same thing."""

    rules = many(fields.String())
    people = number()
    people_of_first = number(says="How many people the first rule gives something.")
    people_of_second = number()


class Contradiction(Shape):
    """A role that denies what another one gives, for people who have both in one unit."""

    allows = text(says="A role.")
    denies = text(says="A role; a deny wins.")
    permissions = many(fields.String(), says="The first of them.")
    permissions_in_all = number()
    people = number()
    rules = many(fields.String())


class SeparationHit(Shape):
    """A separation of duties that people would not keep."""

    separation = text()
    permissions = many(fields.String())
    people = number()
    new_people = number(says="Those of them who keep it at present.")
    rules = many(fields.String(), says="The rules that give any of the permissions.")


class Need(Shape):
    """Why a second Account Owner is needed."""

    kind = text(says="`blast_radius`, `privileged`, `owner` or `own_access`.")
    detail = text()


class WrittenRule(Shape):
    """A rule that a plan adds, changes or takes out, as it was understood: its group with the name that it has."""

    change = word("added", "changed", "removed")
    rule = text()
    group = maybe("What its group is called, whatever its document says; null for a pattern or a filter alone.")
    group_id = maybe("The group's id.")
    directory = maybe("The group's, or the one that the rule is kept to.")
    pattern = maybe("Names of groups.")
    where = maybe("A filter on people.")
    paused = flag()
    gives = many(fields.String(), most=10_000, says="Roles, and work in units; with the unit, and whether below it.")


class Arrival(Shape):
    """A group that came to a pattern by its name, and that no publish has shown yet."""

    rule = text()
    group = text()
    group_id = text()
    directory = text()
    gives = many(fields.String(), most=10_000, says="What the pattern gives by this group.")
    people = number(says="So many have something by it already.")
    held = flag(says="Nobody else gets anything by it before a publish lets it, as this one would.")


class PlanSummary(Shape):
    """What a plan comes to."""

    revision = number(says="The number that it would be published as.")
    rules = number()
    rules_added = many(fields.String(), most=10_000)
    rules_changed = many(fields.String(), most=10_000)
    rules_removed = many(fields.String(), most=10_000)
    people_changing = number()
    people_gaining = number()
    people_losing = number()
    people_ending = number(says="For so many something ends sooner or later than before.")
    people_new = number(says="So many have no role before.")
    people_left_with_nothing = number(says="So many have no role after.")
    rows = number()
    roles = many(one(RoleCount), says="Privileged ones first.")
    rules_without_people = many(fields.String(), most=10_000)
    unmapped_groups = many(one(UnmappedGroup), says="The largest first.")
    unmapped_groups_in_all = number()
    overlaps = many(one(Overlap))
    overlaps_in_all = number()
    contradictions = many(one(Contradiction))
    separations = many(one(SeparationHit))
    resumes = flag(says="Publishing ends the pause of the whole mapping.")
    written = many(
        one(WrittenRule), most=10_000, says="The rules that are added, changed and removed, as they were understood."
    )
    came = many(one(Arrival), says="Groups that came to patterns since a publish has shown them; held ones first.")
    came_in_all = number(says="How many there are: those that are not listed here wait for the next plan.")


class PlanHead(Shape):
    """A plan as it is listed."""

    id = text()
    draft_id = maybe("The draft; null once it is published.")
    draft_version = number(allow_none=True)
    state = word("open", "approved", "rejected", "published", "outdated")
    reason = fields.String()
    author = text(says="Who planned it.")
    author_id = maybe("Their id, if that was a person.")
    authors = many(fields.String(), says="The ids of the persons who wrote rules of it; none of them approves it.")
    base_revision = number()
    restored_from = number(allow_none=True)
    needs = many(one(Need), says="Why a second Account Owner is needed; empty where nobody is.")
    decided_by = maybe("Who approved or rejected it.")
    decided_by_id = maybe("Their id.")
    decided = moment(allow_none=True)
    decision_reason = maybe("Why.")
    revision = number(allow_none=True, says="What it was published as.")
    digest = text(says="Stands for all rows, and for what the rules mean.")
    created = moment()


class PlanShape(PlanHead):
    """What publishing a draft would do."""

    summary = one(PlanSummary)


class PlanRow(Shape):
    """One thing that one person would gain or lose."""

    position = number()
    change = word("gained", "lost", "sooner", "later")
    standing = word("new", "nothing", "other", says="Of the person: `new` has no role before, `nothing` none after.")
    privileged = flag()
    user_id = text()
    user_name = text()
    role = fields.String(allow_none=True, attribute="role_name", metadata={"description": "Null: work in the unit."})
    unit = text(attribute="unit_key")
    reach = word("account", "unit", "subtree")
    home = flag(attribute="is_home", says="The unit becomes, or was, the home unit.")
    ends = moment(attribute="expires", allow_none=True)
    rule = fields.String(attribute="rule_name")
    group = fields.String(attribute="group_name", allow_none=True)
    group_id = maybe("The group by which the rule is for this person.")


def rows_shown(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a plan where no shape dumps them."""
    shown: list[dict[str, Any]] = PlanRow(many=True).dump(rows)
    return shown
