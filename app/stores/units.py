"""Business units, who is at home in them, and who may work in them because somebody said so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Select,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    union,
    union_all,
    update,
)

from app.models.base import Id, new_id, now
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import (
    ASSIGNMENTS,
    EFFECTS,
    FILTERS,
    GROUPS,
    INDIVIDUALS,
    ITEMS,
    RULES,
    SHARES,
    UNITS,
    USERS,
    WORKS,
)
from app.stores.lists import one_of
from app.stores.portions import portions
from rbac.model import Reach

_ACCOUNT, _UNIT = bindparam("b_account", type_=Id()), bindparam("b_unit", type_=Id())


@dataclass(frozen=True, slots=True)
class FoundWork:
    """One reason why somebody may work in a unit: somebody said so, or a rule and a group."""

    unit_id: str
    with_children: bool
    kind: str
    rule: str | None
    group: str | None


@dataclass(frozen=True, slots=True)
class GivenBelow:
    """What is given in units with all below them: roles by id, and nodes of individual permissions."""

    roles: frozenset[str]
    nodes: frozenset[str]


def given_below(session: Session, account_id: str, unit_ids: Collection[str]) -> GivenBelow:
    """What is given in one of these units and reaches below it, whether it counts at present or not."""
    found: dict[str, set[str]] = {"role": set(), "node": set()}
    for some in portions(list(unit_ids)):
        for row in session.execute(_GIVEN_BELOW, {"b_account": account_id, "b_units": some}):
            found[row.what].add(row.given)
    return GivenBelow(frozenset(found["role"]), frozenset(found["node"]))


def insert_unit(session: Session, account_id: str, key: str, name: str, parent_id: str) -> str:
    """Add a unit; its id. The database refuses a key that is taken."""
    id = new_id()
    values = {"account_id": account_id, "id": id, "parent_id": parent_id, "key": key, "name": name}
    session.execute(insert(UNITS).values(values))
    return id


def update_unit(session: Session, account_id: str, id: str, **values: Any) -> None:
    """Change a unit's key, name or parent."""
    session.execute(update(UNITS).where(UNITS.c.account_id == account_id, UNITS.c.id == id).values(values))


def delete_unit(session: Session, account_id: str, id: str) -> None:
    """Remove a unit that nothing hangs on."""
    session.execute(UNITS.delete().where(UNITS.c.account_id == account_id, UNITS.c.id == id))


def hold_units(session: Session, account_id: str, ids: Collection[str]) -> set[str]:
    """Keep these units from being deleted until the end of the transaction; those that there are."""
    return set(session.execute(_HOLD, {"b_account": account_id, "b_units": list(ids)}).scalars())


def lock_unit(session: Session, account_id: str, id: str) -> None:
    """Wait for whoever holds a unit, and let nobody refer to it until the end of the transaction."""
    session.execute(_LOCK, {"b_account": account_id, "b_unit": id})


_HOLD = Prepared(
    select(UNITS.c.id)
    .where(UNITS.c.account_id == _ACCOUNT, one_of(UNITS.c.id, "b_units"))
    .order_by(UNITS.c.id)
    .with_for_update(read=True, key_share=True)
)
_GIVEN_BELOW = Prepared(
    union(
        *(
            select(literal(what).label("what"), cast(given, Text).label("given")).where(
                rows.c.account_id == _ACCOUNT,
                one_of(rows.c.business_unit_id, "b_units"),
                rows.c.reach == Reach.SUBTREE.value,
            )
            for what, rows, given in (
                ("role", ASSIGNMENTS, ASSIGNMENTS.c.role_id),
                ("node", INDIVIDUALS, INDIVIDUALS.c.permission),
            )
        )
    )
)
_LOCK = Prepared(select(UNITS.c.id).where(UNITS.c.account_id == _ACCOUNT, UNITS.c.id == _UNIT).with_for_update())


def hanging_on(session: Session, account_id: str, id: str) -> dict[str, int]:
    """How many things of each sort name a unit; only those there are."""
    rows = session.execute(_HANGING, {"b_account": account_id, "b_unit": id})
    return {row.what: row.count for row in rows if row.count}


def _hanging() -> Any:
    places = {
        "units below it": (UNITS, UNITS.c.parent_id),
        "people at home in it": (USERS, USERS.c.home_unit_id),
        "memberships": (WORKS, WORKS.c.business_unit_id),
        "individual permissions": (INDIVIDUALS, INDIVIDUALS.c.business_unit_id),
        "effects of mapping rules": (EFFECTS, EFFECTS.c.business_unit_id),
        "items": (ITEMS, ITEMS.c.business_unit_id),
        "items shared with it": (SHARES, SHARES.c.business_unit_id),
        "data filters": (FILTERS, FILTERS.c.business_unit_id),
    }
    return union_all(
        *(
            select(literal(what).label("what"), func.count().label("count"))
            .select_from(rows)
            .where(rows.c.account_id == _ACCOUNT, column == _UNIT)
            for what, (rows, column) in places.items()
        ),
        _given_in(),
    )


def _given_in() -> Any:
    """Counted in the indexes that assignments have by who has them, which know where each is for."""
    whose = (ASSIGNMENTS.c.user_id, ASSIGNMENTS.c.group_id, ASSIGNMENTS.c.principal_unit_id)
    here = ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.business_unit_id == _UNIT
    counts = (select(func.count()).where(*here, one.is_not(None)).scalar_subquery() for one in whose)
    return select(literal("roles given in it"), sum(counts, literal(0)))


_HANGING = Prepared(_hanging())


def set_home(session: Session, account_id: str, user_id: str, unit_id: str | None, *, by_hand: bool) -> None:
    """Say in which unit a user is at home; None for the root. Only what was set by hand does no rule change."""
    here = USERS.c.account_id == account_id, USERS.c.id == user_id
    mapped = unit_id is not None and not by_hand
    session.execute(update(USERS).where(*here).values(home_unit_id=unit_id, home_is_mapped=mapped))


def add_work(session: Session, account_id: str, user_id: str, unit_id: str, *, with_children: bool) -> bool:
    """Let somebody work in a unit because somebody said so. False if that was said. After ``bump``."""
    if session.execute(_manual_work(account_id, user_id, unit_id, with_children)).first():
        return False
    values = {"user_id": user_id, "business_unit_id": unit_id, "with_children": with_children, "kind": "manual"}
    session.execute(insert(WORKS).values(account_id=account_id, id=new_id(), created=now(), **values))
    return True


def remove_work(session: Session, account_id: str, user_id: str, unit_id: str, *, with_children: bool) -> bool:
    """Take that back; what a rule says stays. False if nobody had said it."""
    found = session.execute(_manual_work(account_id, user_id, unit_id, with_children)).scalars().all()
    if found:
        session.execute(WORKS.delete().where(WORKS.c.account_id == account_id, WORKS.c.id.in_(found)))
    return bool(found)


def _manual_work(account_id: str, user_id: str, unit_id: str, with_children: bool) -> Select[Any]:
    return select(WORKS.c.id).where(
        WORKS.c.account_id == account_id,
        WORKS.c.user_id == user_id,
        WORKS.c.business_unit_id == unit_id,
        WORKS.c.with_children.is_(with_children),
        WORKS.c.kind == "manual",
    )


def works_of(session: Session, account_id: str, user_id: str) -> list[FoundWork]:
    """Where somebody may work, with every reason."""
    query = (
        select(WORKS.c.business_unit_id, WORKS.c.with_children, WORKS.c.kind, RULES.c.name, GROUPS.c.display_name)
        .select_from(
            WORKS.outerjoin(RULES, (RULES.c.account_id == account_id) & (RULES.c.id == WORKS.c.rule_id)).outerjoin(
                GROUPS, (GROUPS.c.account_id == account_id) & (GROUPS.c.id == WORKS.c.group_id)
            )
        )
        .where(WORKS.c.account_id == account_id, WORKS.c.user_id == user_id)
        .order_by(WORKS.c.created, WORKS.c.id)
    )
    return [FoundWork(*row) for row in session.execute(query)]
