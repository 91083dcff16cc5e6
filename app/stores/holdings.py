"""What people hold, and the rows that bring it to what the rules derive.

Everything is set-wise: the number of statements depends only on how many people a change concerns
(in portions of ``PORTION``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, String, Text, bindparam, delete, insert, select, union_all

from app.models.base import Id, UTCDateTime, new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_statements import part
from app.stores.access_tables import ASSIGNMENTS, MEMBERSHIPS, SOURCES, USERS, WORKS
from app.stores.lists import one_of
from app.stores.nesting import groups_of
from app.stores.portions import portions
from rbac.mapping import Derived, Difference, Effect
from rbac.model import Reach

_ACCOUNT = bindparam("account", type_=Id())


@dataclass(slots=True)
class Assignment:
    """An assignment that a person has, with its sources. ``others`` counts the sources not made by rules."""

    id: str
    derived: dict[Derived, str] = field(default_factory=dict)
    others: int = 0
    others_now: int = 0


@dataclass(slots=True)
class Held:
    """A person with what they have at present. ``groups`` are those of the groups asked about that they are in."""

    name: str = ""
    groups: set[str] = field(default_factory=set)
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
    session: Session, account_id: str, user_ids: Sequence[str], at: datetime, bound: Collection[str] = ()
) -> dict[str, Held]:
    """What these users have at present, whatever made it; also assignments that have lost their last source.

    ``bound`` are the groups of interest. Who does not exist is not in the answer.
    """
    found: defaultdict[str, Held] = defaultdict(Held)
    asked = {"account": account_id, "bound": bound}
    if len(user_ids) == 1:
        rows = session.execute(_HELD_BY_ONE, asked | {"user": user_ids[0]})
    else:
        rows = session.execute(_HELD, asked | {"users": user_ids})
    for row in rows:
        held = found[row.user_id]
        match row.part:
            case 0:
                held.name = row.name
            case 1:
                held.groups.add(row.group_id)
            case 2:
                _add_source(held, row, at)
            case _:
                reach = Reach.SUBTREE if row.with_children else Reach.UNIT
                held.works[Derived(row.rule_id, row.group_id, Effect(None, row.unit_id, reach))] = row.id
    return {id: found[id] for id in user_ids if id in found}


def _add_source(held: Held, row: Any, at: datetime) -> None:
    given = (row.role_id, row.unit_id, Reach(row.reach))
    assignment = held.assignments.get(given)
    if assignment is None:
        assignment = held.assignments[given] = Assignment(row.id)
    if row.rule_id is not None:
        assignment.derived[Derived(row.rule_id, row.group_id, Effect(*given))] = row.source_id
    elif row.source_id is not None:
        assignment.others += 1
        started = row.starts is None or row.starts <= at
        assignment.others_now += started and (row.expires is None or at < row.expires)


_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "user_id": Id(),
    "name": Text(),
    "group_id": Id(),
    "rule_id": Id(),
    "id": Id(),
    "role_id": Id(),
    "unit_id": Id(),
    "reach": String(10),
    "with_children": Boolean(),
    "source_id": Id(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}


def _held(asked: Callable[[Any], Any]) -> Prepared:
    """One round trip for the people, their groups, their assignments with all sources, and where they work."""
    people = part(_COLUMNS, 0, user_id=USERS.c.id, name=USERS.c.user_name)
    groups = groups_of(_ACCOUNT, asked(MEMBERSHIPS.c.user_id))
    given = part(
        _COLUMNS,
        2,
        user_id=ASSIGNMENTS.c.user_id,
        group_id=SOURCES.c.group_id,
        rule_id=SOURCES.c.rule_id,
        id=ASSIGNMENTS.c.id,
        role_id=ASSIGNMENTS.c.role_id,
        unit_id=ASSIGNMENTS.c.business_unit_id,
        reach=ASSIGNMENTS.c.reach,
        source_id=SOURCES.c.id,
        starts=SOURCES.c.starts,
        expires=SOURCES.c.expires,
    ).outerjoin_from(
        ASSIGNMENTS, SOURCES, (SOURCES.c.account_id == _ACCOUNT) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
    )
    works = part(
        _COLUMNS,
        3,
        user_id=WORKS.c.user_id,
        group_id=WORKS.c.group_id,
        rule_id=WORKS.c.rule_id,
        id=WORKS.c.id,
        unit_id=WORKS.c.business_unit_id,
        with_children=WORKS.c.with_children,
    )
    everything = union_all(
        people.where(USERS.c.account_id == _ACCOUNT, asked(USERS.c.id)),
        part(_COLUMNS, 1, user_id=groups.c.user_id, group_id=groups.c.group_id).where(
            one_of(groups.c.group_id, "bound")
        ),
        given.where(ASSIGNMENTS.c.account_id == _ACCOUNT, asked(ASSIGNMENTS.c.user_id)),
        works.where(WORKS.c.account_id == _ACCOUNT, asked(WORKS.c.user_id), WORKS.c.rule_id.is_not(None)),
    )
    return Prepared(everything)


_HELD = _held(lambda column: one_of(column, "users"))
# PostgreSQL plans a list as if it had ten members and may then read all of an account; one member moves most often.
_HELD_BY_ONE = _held(lambda column: column == bindparam("user", type_=Id()))


def lock_users(session: Session, account_id: str, user_ids: Sequence[str]) -> set[str]:
    """Those of these users that exist; they cannot be deleted until the end of the transaction."""
    return set(session.execute(_LOCKED, {"account": account_id, "users": user_ids}).scalars())


_LOCKED = Prepared(
    select(USERS.c.id)
    .where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "users"))
    .with_for_update(read=True, key_share=True)
)


def settle(account_id: str, user_id: str, change: Difference, held: Held, moment: datetime, rows: Rows) -> None:
    """Add to ``rows`` what makes the change true for one person, and bring ``held`` to what is then.

    An assignment begins with its first source and ends with its last, whoever made them.
    """
    ended: defaultdict[tuple[str | None, str, Reach], list[str]] = defaultdict(list)
    for lost in change.lost:
        if lost.effect.role_id is None:
            rows.dead_works.append(held.works.pop(lost))
        else:
            given = lost.effect.given
            ended[given].append(held.assignments[given].derived.pop(lost))
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
    for given in [given for given, one in held.assignments.items() if not one.derived and not one.others]:
        rows.dead_assignments.append(held.assignments.pop(given).id)
        ended.pop(given, None)  # these sources go with their assignment
    for sources in ended.values():
        rows.dead_sources += sources


def write(session: Session, account_id: str, rows: Rows) -> None:
    """Write what ``settle`` gathered.

    INVARIANT: since ``held_by`` nobody else has added or removed a source. Whoever does holds the lock of
    ``mapping_rules`` alone, or shares it and has raised the access revision, whose row is locked.
    """
    changes = [
        (statement, {"account": account_id, "ids": some})
        for statement, ids in (
            (_DELETE_SOURCES, rows.dead_sources),
            (_DELETE_WORKS, rows.dead_works),
            (_DELETE_ASSIGNMENTS, rows.dead_assignments),
        )
        for some in portions(ids)
    ]
    changes += [(_INSERT_ASSIGNMENTS, row) for row in rows.assignments]
    changes += [(_INSERT_SOURCES, row) for row in rows.sources]
    changes += [(_INSERT_WORKS, row) for row in rows.works]
    session.send(changes)


_DELETE_SOURCES, _DELETE_WORKS, _DELETE_ASSIGNMENTS = (
    Prepared(delete(rows).where(rows.c.account_id == _ACCOUNT, one_of(rows.c.id, "ids")))
    for rows in (SOURCES, WORKS, ASSIGNMENTS)
)
_INSERT_ASSIGNMENTS = Prepared(
    insert(ASSIGNMENTS), ["account_id", "id", "role_id", "user_id", "business_unit_id", "reach", "created"]
)
_DERIVED = ["account_id", "id", "kind", "rule_id", "group_id", "created"]
_INSERT_SOURCES = Prepared(insert(SOURCES), [*_DERIVED, "assignment_id", "reason"])
_INSERT_WORKS = Prepared(insert(WORKS), [*_DERIVED, "user_id", "business_unit_id", "with_children"])
