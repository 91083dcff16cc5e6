"""What people hold, and the rows that bring it to what the rules derive.

Everything is set-wise: the number of statements depends only on how many people a change concerns
(in portions of ``PORTION``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from app.models.base import Id, new_id
from app.stores.access_tables import ASSIGNMENTS, SOURCES, USERS, WORKS
from app.stores.grants import remove_unfounded
from app.stores.portions import portions
from rbac.mapping import Derived, Difference, Effect
from rbac.model import Reach

_ACCOUNT = bindparam("account", type_=Id())
_USERS = bindparam("users", type_=Id(), expanding=True)


@dataclass(slots=True)
class Assignment:
    """An assignment that a person has, with its sources. ``others`` counts the sources not made by rules."""

    id: str
    derived: dict[Derived, str] = field(default_factory=dict)
    others: int = 0
    others_now: int = 0


@dataclass(slots=True)
class Held:
    """What a person has at present."""

    assignments: dict[tuple[str | None, str, Reach], Assignment] = field(default_factory=dict)
    works: dict[Derived, str] = field(default_factory=dict)

    def derived(self) -> set[Derived]:
        """Everything that rules have given."""
        return {one for assignment in self.assignments.values() for one in assignment.derived} | self.works.keys()

    def effects(self) -> set[tuple[str | None, str, Reach]]:
        """The roles and the units to work in that count at present."""
        roles = {given for given, held in self.assignments.items() if held.derived or held.others_now}
        return roles | {one.effect.given for one in self.works}


@dataclass(slots=True)
class Rows:
    """Rows to write, gathered over many people."""

    assignments: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    works: list[dict[str, Any]] = field(default_factory=list)
    dead_assignments: list[str] = field(default_factory=list)
    dead_sources: list[str] = field(default_factory=list)
    dead_works: list[str] = field(default_factory=list)


def held_by(
    session: Session, account_id: str, user_ids: Sequence[str], at: datetime, *, with_works: bool = True
) -> dict[str, Held]:
    """What these users have at present, whatever made it; also assignments that have lost their last source.

    Who has nothing is not in it. Without ``with_works`` the units to work in are left out.
    """
    found: defaultdict[str, Held] = defaultdict(Held)
    asked = {"account": account_id, "users": list(user_ids)}
    for row in session.execute(_ASSIGNMENTS_OF, asked):
        given = (row.role_id, row.business_unit_id, Reach(row.reach))
        assignments = found[row.user_id].assignments
        assignment = assignments.get(given)
        if assignment is None:
            assignment = assignments[given] = Assignment(row.assignment_id)
        if row.rule_id is not None:
            assignment.derived[Derived(row.rule_id, row.group_id, Effect(*given))] = row.source_id
        elif row.source_id is not None:
            assignment.others += 1
            started = row.starts is None or row.starts <= at
            assignment.others_now += started and (row.expires is None or at < row.expires)
    for work in session.execute(_WORKS_OF, asked) if with_works else ():
        reach = Reach.SUBTREE if work.with_children else Reach.UNIT
        effect = Effect(None, work.business_unit_id, reach)
        found[work.user_id].works[Derived(work.rule_id, work.group_id, effect)] = work.id
    return found


_ASSIGNMENTS_OF = (
    select(
        ASSIGNMENTS.c.user_id,
        ASSIGNMENTS.c.id.label("assignment_id"),
        ASSIGNMENTS.c.role_id,
        ASSIGNMENTS.c.business_unit_id,
        ASSIGNMENTS.c.reach,
        SOURCES.c.id.label("source_id"),
        SOURCES.c.rule_id,
        SOURCES.c.group_id,
        SOURCES.c.starts,
        SOURCES.c.expires,
    )
    .select_from(
        ASSIGNMENTS.outerjoin(
            SOURCES, (SOURCES.c.account_id == _ACCOUNT) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        )
    )
    .where(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.user_id.in_(_USERS))
)
_WORKS_OF = select(
    WORKS.c.id, WORKS.c.user_id, WORKS.c.business_unit_id, WORKS.c.with_children, WORKS.c.rule_id, WORKS.c.group_id
).where(WORKS.c.account_id == _ACCOUNT, WORKS.c.user_id.in_(_USERS), WORKS.c.rule_id.is_not(None))


def lock_users(session: Session, account_id: str, user_ids: Sequence[str]) -> set[str]:
    """Those of these users that exist; they cannot be deleted until the end of the transaction."""
    return set(session.execute(_LOCKED, {"account": account_id, "users": list(user_ids)}).scalars())


_LOCKED = (
    select(USERS.c.id)
    .where(USERS.c.account_id == _ACCOUNT, USERS.c.id.in_(_USERS))
    .with_for_update(read=True, key_share=True)
)


def settle(account_id: str, user_id: str, change: Difference, held: Held, moment: datetime, rows: Rows) -> None:
    """Add to ``rows`` what makes the change true for one person, and bring ``held`` to what is then.

    An assignment begins with its first source and ends with its last, whoever made them.
    """
    for lost in change.lost:
        if lost.effect.role_id is None:
            rows.dead_works.append(held.works.pop(lost))
        else:
            rows.dead_sources.append(held.assignments[lost.effect.given].derived.pop(lost))
    for gained in change.gained:
        id = new_id()
        effect = gained.effect
        row: dict[str, Any] = {
            "account_id": account_id,
            "id": id,
            "kind": "mapping",
            "rule_id": gained.rule_id,
            "group_id": gained.group_id,
            "created": moment,
        }
        if effect.role_id is None:
            row["user_id"] = user_id
            row["business_unit_id"] = effect.unit_id
            row["with_children"] = effect.reach is Reach.SUBTREE
            rows.works.append(row)
            held.works[gained] = id
            continue
        assignment = held.assignments.get(effect.given)
        if assignment is None:
            assignment = held.assignments[effect.given] = Assignment(new_id())
            rows.assignments.append(
                {
                    "account_id": account_id,
                    "id": assignment.id,
                    "role_id": effect.role_id,
                    "user_id": user_id,
                    "business_unit_id": effect.unit_id,
                    "reach": effect.reach.value,
                    "created": moment,
                }
            )
        row["assignment_id"] = assignment.id
        row["reason"] = ""
        rows.sources.append(row)
        assignment.derived[gained] = id
    unfounded = [given for given, one in held.assignments.items() if not one.derived and not one.others]
    rows.dead_assignments += [held.assignments.pop(given).id for given in unfounded]


def write(session: Session, account_id: str, rows: Rows) -> None:
    """Write what ``settle`` gathered."""
    for statement, ids in ((_DELETE_SOURCES, rows.dead_sources), (_DELETE_WORKS, rows.dead_works)):
        for some in portions(ids):
            session.execute(statement, {"account": account_id, "ids": some})
    for some in portions(rows.dead_assignments):
        remove_unfounded(session, account_id, some)
    inserts = ((_INSERT_ASSIGNMENTS, rows.assignments), (_INSERT_SOURCES, rows.sources), (_INSERT_WORKS, rows.works))
    for target, values in inserts:
        for portion in portions(values):
            session.execute(target, portion)


_IDS = bindparam("ids", type_=Id(), expanding=True)
_DELETE_SOURCES = delete(SOURCES).where(SOURCES.c.account_id == _ACCOUNT, SOURCES.c.id.in_(_IDS))
_DELETE_WORKS = delete(WORKS).where(WORKS.c.account_id == _ACCOUNT, WORKS.c.id.in_(_IDS))
_INSERT_ASSIGNMENTS, _INSERT_SOURCES, _INSERT_WORKS = insert(ASSIGNMENTS), insert(SOURCES), insert(WORKS)
