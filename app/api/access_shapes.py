"""What stands in bodies about who has what."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.role_shapes import Shadowed
from app.api.shapes import Shape, flag, many, moment, number, one, text, word
from app.services.giving import MOST_AT_ONCE
from app.services.grants import GrantFacts
from app.services.individual import MOST_AT_ONCE as MOST_ENTRIES

MOST_REASON = 1_000


class Source(Shape):
    """One reason why somebody has a role."""

    id = text()
    kind = text(says="`manual` or `mapping`.")
    state = text(says="`active`, `scheduled` or `expired`.")
    rule = fields.String(allow_none=True, metadata={"description": "The rule of the role mapping."})
    revision = number(allow_none=True, says="The revision of the role mapping in which the rule appeared.")
    group = fields.String(allow_none=True, metadata={"description": "The group by which the rule applies."})
    granted_by = fields.String(allow_none=True, metadata={"description": "A user's id, or what a program is called."})
    granted_by_name = fields.String(allow_none=True)
    reason = fields.String()
    starts = moment(allow_none=True)
    expires = moment(allow_none=True)
    created = moment()


class Principal(Shape):
    """Who has a role."""

    kind = text(says="`user`, `group` or `unit`.")
    id = text()
    name = fields.String(allow_none=True)


class Assignment(Shape):
    """A role that a user, a group or a business unit has somewhere, with all its sources."""

    id = text()
    kind = text(says="How it comes to people: `user_role`, `scoped_role`, `group_role`, `unit_role`.")
    role_id = text()
    role = text()
    principal = one(Principal)
    unit = fields.String(allow_none=True, metadata={"description": "The key of the unit; null: the whole account."})
    reach = text(says="`account`, `unit` or `subtree`.")
    state = text(says="`active` if any source counts now, else `scheduled` or `expired`.")
    sources = many(one(Source))


class _Whom(Shape):
    role = text(required=True, says="By id or name.")
    users = many(text(), most=MOST_AT_ONCE, least=1, says="By ids or userNames.")
    group = text(says="By id or displayName.")
    principal_unit = text(says="A business unit, for whoever works there; by id or key.")
    unit = text(allow_none=True, says="Where it counts, by id or key; without it in the whole account.")
    children = flag(
        load_default=False, says="In the units below, too; for `principal_unit`: forced on the units below it."
    )
    reason = text(most=MOST_REASON, least=0, load_default="")


class NewAssignment(_Whom):
    """A role to be given: to `users`, a `group`, or a `principal_unit`; one of the three."""

    starts = moment(allow_none=True)
    expires = moment(allow_none=True)


class Removal(_Whom):
    """A role to be taken back that was given by hand."""


class Extension(_Whom):
    """Another end of what was given by hand; `null`: none."""

    expires = moment(required=True, allow_none=True)


class Outcome(Shape):
    """What it came to for one of them."""

    principal = text(says="A user as named, or the id of a group or unit.")
    id = text()
    name = fields.String(allow_none=True)
    changed = flag(says="Whether it was not so already.")


class Outcomes(Shape):
    """What it came to."""

    results = many(one(Outcome), most=MOST_AT_ONCE)


class IndividualPermission(Shape):
    """An allow or deny put straight on a user."""

    id = text()
    permission = text()
    effect = text(says="`allow` or `deny`.")
    unit = fields.String(allow_none=True, metadata={"description": "The key of the unit; null: the whole account."})
    reach = text(says="`account`, `unit` or `subtree`.")
    state = text(says="`active`, `scheduled` or `expired`.")
    granted_by = fields.String()
    granted_by_name = fields.String(allow_none=True)
    reason = fields.String()
    starts = moment(allow_none=True)
    expires = moment(allow_none=True)


class IndividualPermissions(Shape):
    """All individual permissions of a user."""

    permissions = many(one(IndividualPermission))


class PermissionEntry(Shape):
    """What shall be true of a user at one node of the catalogue, somewhere."""

    permission = text(required=True)
    effect = word("allow", "deny", "unset", required=True, says="`unset` removes both.")
    unit = text(allow_none=True, says="By id or key; without it in the whole account.")
    children = flag(says="In the units below, too.")
    starts = moment(allow_none=True)
    expires = moment(allow_none=True)
    reason = text(most=MOST_REASON, least=0)


class PermissionsChange(Shape):
    """Entries to be put; all or none."""

    entries = many(one(PermissionEntry), most=MOST_ENTRIES, least=1, required=True)


class Work(Shape):
    """One reason why a user may work in a business unit."""

    unit = text(says="The key of the unit.")
    with_children = flag()
    kind = text(says="`manual` or `mapping`.")
    rule = fields.String(allow_none=True)
    group = fields.String(allow_none=True)


class Shadow(Shape):
    """An allow of a user that a deny takes away."""

    allowed_by = text()
    denied_by = text()
    unit = fields.String(allow_none=True)
    reach = text()
    shadow = one(Shadowed)


class GroupIn(Shape):
    """A group that a user is in."""

    id = text()
    name = fields.String()
    directory = fields.String(allow_none=True)


class UserAccess(Shape):
    """Everything that a user has, each with its sources."""

    user_id = text()
    user_name = text()
    active = flag()
    home = text(says="The key of the business unit where the user is at home.")
    assignments = many(one(Assignment))
    individual = many(one(IndividualPermission))
    works_in = many(one(Work))
    groups = many(one(GroupIn))
    shadowed = many(one(Shadow))


class Assignments(Shape):
    """The roles that a group or a business unit has itself."""

    assignments = many(one(Assignment))


class UserUnits(Shape):
    """Where a user is at home, and where else they may work."""

    home = text(allow_none=True, says="The key of the business unit; null: nobody has said, so the root.")
    works_in = many(one(Work))


class Home(Shape):
    """Where a user shall be at home."""

    unit = text(required=True, allow_none=True, says="By id or key; `null` for nowhere in particular.")


class NewWork(Shape):
    """Where a user may work."""

    unit = text(required=True, says="By id or key.")
    children = flag(load_default=False, says="In the units below, too.")


def grant_shown(grant: GrantFacts) -> dict[str, Any]:
    """A role that somebody has, as it is shown."""
    return {
        "id": grant.id,
        "kind": grant.kind,
        "role_id": grant.role_id,
        "role": grant.role,
        "principal": {"kind": grant.principal_kind, "id": grant.principal_id, "name": grant.principal},
        "unit": grant.unit,
        "reach": grant.reach,
        "state": grant.state,
        "sources": grant.sources,
    }
