"""The rows that bring what people hold to what the rules derive: gathered over many people, written set-wise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, bindparam, delete, insert, update

from app.models.base import Id, UTCDateTime, new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, SOURCES, USERS, WORKS
from app.stores.holdings import Assignment, Held, Source
from app.stores.lists import one_of
from app.stores.portions import portions
from rbac.mapping import Derived, Difference, Rules
from rbac.model import Reach

_ACCOUNT = bindparam("account", type_=Id())


@dataclass(slots=True)
class Rows:
    """Rows to write, gathered over many people. ``ends``: sources that end otherwise; ``homes``: users who move."""

    assignments: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    works: list[dict[str, Any]] = field(default_factory=list)
    ends: list[tuple[Derived, str, datetime | None]] = field(default_factory=list)
    homes: list[tuple[str, str | None]] = field(default_factory=list)
    dead_assignments: list[str] = field(default_factory=list)
    dead_sources: list[str] = field(default_factory=list)
    dead_works: list[str] = field(default_factory=list)


def settle(
    account_id: str, user_id: str, change: Difference, held: Held, rules: Rules, moment: datetime, rows: Rows
) -> None:
    """Add to ``rows`` what makes the change true for one person, and bring ``held`` to what is then.

    An assignment begins with its first source and ends with its last, whoever made them. What is gained is kept as long
    as its rule, which is one of ``rules``, says.
    """
    ended: defaultdict[tuple[str | None, str, Reach], list[str]] = defaultdict(list)
    for lost in change.lost:
        if lost.effect.role_id is None:
            rows.dead_works.append(held.works.pop(lost).id)
        else:
            given = lost.effect.given
            ended[given].append(held.assignments[given].derived.pop(lost).id)
    for gained in change.gained:
        effect, rule = gained.effect, rules.live[gained.rule_id]
        source = Source(new_id(), moment, rule.term.ends(moment), rule.position)
        row: dict[str, Any] = {
            "account_id": account_id,
            "id": source.id,
            "kind": "mapping",
            "rule_id": gained.rule_id,
            "group_id": gained.group_id,
            "created": moment,
            "expires": source.expires,
        }
        if effect.role_id is None:
            row["user_id"] = user_id
            row["business_unit_id"] = effect.unit_id
            row["with_children"] = effect.reach is Reach.SUBTREE
            row["is_home"] = effect.home
            rows.works.append(row)
            held.works[gained] = source
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
        assignment.derived[gained] = source
    for given in [given for given, one in held.assignments.items() if not one.derived and not one.others]:
        rows.dead_assignments.append(held.assignments.pop(given).id)
        ended.pop(given, None)  # these sources go with their assignment
    for sources in ended.values():
        rows.dead_sources += sources


def let_end(held: Held, kept: Collection[Derived], rules: Rules, rows: Rows) -> None:
    """Let what somebody keeps end when its rule says so now, counted from when they got it."""
    for one in kept:
        sources = held.works if one.effect.role_id is None else held.assignments[one.effect.given].derived
        source = sources[one]
        expires = rules.live[one.rule_id].term.ends(source.created)
        if expires != source.expires:
            sources[one] = replace(source, expires=expires)
            rows.ends.append((one, source.id, expires))


def settle_home(user_id: str, held: Held, rows: Rows) -> None:
    """Let the home unit be the one of the first rule that says one, unless somebody set it by hand."""
    if held.home is not None and not held.home_is_mapped:
        return
    wanted = min(
        ((source.position, one.rule_id, one.effect.unit_id) for one, source in held.works.items() if one.effect.home),
        default=(0, "", None),
    )[2]
    if wanted != held.home:
        held.home, held.home_is_mapped = wanted, wanted is not None
        rows.homes.append((user_id, wanted))


def write(session: Session, account_id: str, rows: Rows) -> None:
    """Write what ``settle`` gathered.

    INVARIANT: since ``held_by`` nobody else has added or removed a source. Whoever does holds the lock of
    ``mapping_rules`` alone, or shares it and has raised the access revision, whose row is locked.
    """
    changes: list[tuple[Prepared, dict[str, Any]]] = [
        (statement, {"account": account_id, "ids": some})
        for statement, ids in (
            (_DELETE_SOURCES, rows.dead_sources),
            (_DELETE_WORKS, rows.dead_works),
            (_DELETE_ASSIGNMENTS, rows.dead_assignments),
        )
        for some in portions(ids)
    ]
    for one, id, expires in rows.ends:
        changes.append(
            (_END_WORK if one.effect.role_id is None else _END, {"account": account_id, "id": id, "b_end": expires})
        )
    for user_id, unit_id in rows.homes:
        moved = {"account": account_id, "id": user_id, "b_unit": unit_id, "b_mapped": unit_id is not None}
        changes.append((_MOVE_HOME, moved))
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
_END, _END_WORK = (
    Prepared(
        update(rows)
        .where(rows.c.account_id == _ACCOUNT, rows.c.id == bindparam("id", type_=Id()))
        .values(expires=bindparam("b_end", type_=UTCDateTime()))
    )
    for rows in (SOURCES, WORKS)
)
_MOVE_HOME = Prepared(
    update(USERS)
    .where(USERS.c.account_id == _ACCOUNT, USERS.c.id == bindparam("id", type_=Id()))
    .values(home_unit_id=bindparam("b_unit", type_=Id()), home_is_mapped=bindparam("b_mapped", type_=Boolean()))
)
_DERIVED = ["account_id", "id", "kind", "rule_id", "group_id", "created", "expires"]
_INSERT_SOURCES = Prepared(insert(SOURCES), [*_DERIVED, "assignment_id", "reason"])
_INSERT_WORKS = Prepared(insert(WORKS), [*_DERIVED, "user_id", "business_unit_id", "with_children", "is_home"])
