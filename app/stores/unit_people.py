"""Who belongs to business units, counted for all of them at once, and who works in one of them, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, cast, func, literal, null, select, union_all

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, GROUPS, RULES, UNITS, USERS, WORKS


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """How many active people are at home in a unit and work in it by a membership, and how many roles it has."""

    home: int = 0
    workers: int = 0
    roles: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who may work in a unit by a membership, and the reason: by hand, or a rule and a group."""

    id: str
    user_name: str
    active: bool
    with_children: bool
    kind: str
    rule: str | None
    group: str | None
    expires: datetime | None


def counts_of_units(session: Session, account_id: str) -> dict[str, UnitCounts]:
    """Of every unit that has any, by its id. Whoever has no home unit is at home in the root."""
    found: dict[str, dict[str | None, int]] = {what: {} for what in ("home", "inactive", "workers", "roles", "people")}
    root = ""
    for row in session.execute(_COUNTS, {"b_account": account_id}):
        if row.what == "root":
            root = row.unit_id
        else:
            found[row.what][row.unit_id] = int(row.count)
    home = found["home"]
    home[root] = home.get(root, 0) + found["people"].get(None, 0) - sum(home.values())
    for unit_id, number in found["inactive"].items():
        home[unit_id or root] -= number
    return {
        id: UnitCounts(home.get(id, 0), found["workers"].get(id, 0), found["roles"].get(id, 0))
        for id in {*home, *found["workers"], *found["roles"]}
        if id is not None
    }


def workers_in(session: Session, account_id: str, unit_id: str, after: str | None, limit: int) -> list[Worker]:
    """The reasons why people work in a unit by a membership, by the user's id: so many people after one."""
    asked = {"b_account": account_id, "b_unit": unit_id, "b_after": after or _FIRST, "b_limit": limit}
    return [Worker(*row) for row in session.execute(_WORKERS, asked)]


_FIRST = "00000000-0000-0000-0000-000000000000"
_ACCOUNT, _UNIT = bindparam("b_account", type_=Id()), bindparam("b_unit", type_=Id())


def _counts() -> Any:
    """Each part is counted off an index; who is active at home is everybody there but the few who are not."""
    users, works, roles = USERS.c, WORKS.c, ASSIGNMENTS.c
    directories = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == _ACCOUNT)
    nobody = cast(null(), Id())
    return union_all(
        select(literal("home").label("what"), users.home_unit_id.label("unit_id"), func.count().label("count"))
        .where(users.account_id == _ACCOUNT, users.home_unit_id.is_not(None))
        .group_by(users.home_unit_id),
        select(literal("inactive"), users.home_unit_id, func.count())
        .where(users.account_id == _ACCOUNT, users.directory_id.in_(directories), users.active.is_(False))
        .group_by(users.home_unit_id),
        select(literal("people"), nobody, func.coalesce(func.sum(DIRECTORIES.c.user_count), 0)).where(
            DIRECTORIES.c.account_id == _ACCOUNT
        ),
        select(literal("workers"), works.business_unit_id, func.count(works.user_id.distinct()))
        .where(works.account_id == _ACCOUNT)
        .group_by(works.business_unit_id),
        select(literal("roles"), roles.principal_unit_id, func.count())
        .where(roles.account_id == _ACCOUNT, roles.principal_unit_id.is_not(None))
        .group_by(roles.principal_unit_id),
        select(literal("root"), UNITS.c.id, literal(0)).where(
            UNITS.c.account_id == _ACCOUNT, UNITS.c.parent_id.is_(None)
        ),
    )


def _workers() -> Any:
    some = (
        select(WORKS.c.user_id)
        .where(
            WORKS.c.account_id == _ACCOUNT,
            WORKS.c.business_unit_id == _UNIT,
            WORKS.c.user_id > bindparam("b_after", type_=Id()),
        )
        .distinct()
        .order_by(WORKS.c.user_id)
        .limit(bindparam("b_limit"))
    )
    return (
        select(
            USERS.c.id,
            USERS.c.user_name,
            USERS.c.active,
            WORKS.c.with_children,
            WORKS.c.kind,
            RULES.c.name,
            GROUPS.c.display_name,
            WORKS.c.expires,
        )
        .select_from(
            WORKS.join(USERS, (USERS.c.account_id == _ACCOUNT) & (USERS.c.id == WORKS.c.user_id))
            .outerjoin(RULES, (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == WORKS.c.rule_id))
            .outerjoin(GROUPS, (GROUPS.c.account_id == _ACCOUNT) & (GROUPS.c.id == WORKS.c.group_id))
        )
        .where(WORKS.c.account_id == _ACCOUNT, WORKS.c.business_unit_id == _UNIT, WORKS.c.user_id.in_(some))
        .order_by(WORKS.c.user_id, WORKS.c.created, WORKS.c.id)
    )


_COUNTS, _WORKERS = Prepared(_counts()), Prepared(_workers())
