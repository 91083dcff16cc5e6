"""What is given by hand: which role to whom, and where; and between which moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models.base import now
from app.services.errors import Refused, Wrong
from app.services.references import unit_of
from rbac.model import Policy, Reach, Role

MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Giving:
    """A role, who has it, and where: what is given, given another end, or taken back.

    ``users`` are ids or userNames, ``group`` an id or name, units keys or ids; just one of users, group and
    ``principal_unit`` is named. Without a ``unit`` it counts in the whole account, with ``children`` below the unit,
    too. The role of a ``principal_unit`` is for whoever works there, with ``children`` also below (force inheritance).
    """

    role: str
    users: tuple[str, ...] = ()
    group: str | None = None
    principal_unit: str | None = None
    unit: str | None = None
    children: bool = False

    def check(self) -> None:
        """Raises Refused unless it says just one thing of one kind of principal, and not too much at once."""
        if bool(self.users) + (self.group is not None) + (self.principal_unit is not None) != 1:
            raise Refused("name exactly one of users, group and business unit")
        if len(self.users) > MOST_AT_ONCE:
            raise Refused(f"at most {MOST_AT_ONCE} people at once, not {len(self.users)}")
        if self.principal_unit is not None and self.unit is not None:
            raise Refused("the role of a business unit is for whoever works there; give no other unit")

    def where(self, policy: Policy, role: Role) -> tuple[str, Reach]:
        """Where it counts, as a unit's id and how far. Raises NotFound, and Refused for an owner role elsewhere."""
        if self.principal_unit is not None:
            found = unit_of(policy, self.principal_unit).id, Reach.SUBTREE if self.children else Reach.UNIT
        else:
            found = place(policy, self.unit, self.children)
        if role.is_owner and (not self.users or found[1] is not Reach.ACCOUNT):
            raise Refused(f"{role.name} is given to single persons, for the whole account")
        return found


def place(policy: Policy, unit: str | None, children: bool) -> tuple[str, Reach]:
    """Where something is given, as a unit's id and how far: the whole account where no unit is named."""
    if unit is not None:
        return unit_of(policy, unit).id, Reach.SUBTREE if children else Reach.UNIT
    if children:
        raise Refused("say which unit's children are meant, or leave both out for the whole account")
    return policy.units.root.id, Reach.ACCOUNT


def past_end(expires: datetime | None) -> str | None:
    """What is wrong with an end that has passed: it would be over before it is written down."""
    if expires is None or expires > now():
        return None
    return f"expires: {expires.isoformat()} is over already; give a later end, or take it back instead"


def check_times(starts: datetime | None, expires: datetime | None) -> None:
    """Raises Refused for an end that has passed, or comes before the beginning."""
    if starts is not None and expires is not None and expires <= starts:
        raise Refused("the grant would end before it begins; give a later end")
    past = past_end(expires)
    if past is not None:
        raise Refused(past, Wrong(("expires",), past))
