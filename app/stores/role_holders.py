"""To whom roles are given, counted: one statement for all roles, whatever they are given to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, literal, select, union_all

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS


@dataclass(frozen=True, slots=True)
class GivenTo:
    """How often a role is given to users, to groups and to business units; who is in these is not counted."""

    users: int = 0
    groups: int = 0
    units: int = 0

    @property
    def all(self) -> int:
        """All of them together."""
        return self.users + self.groups + self.units


def given_to(session: Session, account_id: str) -> dict[str, GivenTo]:
    """How often each role is given, by the role's id; roles that nobody has are left out."""
    found: dict[str, dict[str, int]] = {}
    for row in session.execute(_GIVEN_TO, {"b_account": account_id}):
        found.setdefault(row.role_id, {})[row.what] = row.count
    return {id: _given(**counts) for id, counts in found.items()}


def _given(every: int, groups: int = 0, units: int = 0) -> GivenTo:
    return GivenTo(every - groups - units, groups, units)


def _counted() -> Any:
    """Those of people are what is left of all: these are counted in the index, and the others are few."""
    roles = select(ASSIGNMENTS.c.role_id).where(ASSIGNMENTS.c.account_id == bindparam("b_account", type_=Id()))
    parts = {"groups": ASSIGNMENTS.c.group_id, "units": ASSIGNMENTS.c.principal_unit_id}
    # Materialized: else SQLite looks at everybody's, in the order of roles.
    few = {
        what: roles.where(those.is_not(None)).cte(f"of_{what}").prefix_with("MATERIALIZED")
        for what, those in parts.items()
    }
    return union_all(
        *(
            select(given.c.role_id, literal(what).label("what"), func.count().label("count")).group_by(given.c.role_id)
            for what, given in {"every": roles.subquery(), **few}.items()
        )
    )


_GIVEN_TO = Prepared(_counted())
