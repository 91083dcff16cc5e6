"""The inventory of items: what a platform keeps, whose it is, and with which units it is shared.

Decisions read an item afresh each time, in the statement that finds the person, so a change of items does not raise
the access revision. Whoever changes items locks them first, in the order of their keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, delete, func, insert, or_, select, update

from app.models.base import Id, now
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import GROUPS, ITEMS, ROLES, SHARES, UNITS, USERS
from app.stores.listings import Found, Listing, Wanted, page
from app.stores.lists import one_of
from app.stores.portions import portions
from muster.filters import Columns, compile_filter
from rbac.items import ItemKey, Level, Levels

_ACCOUNT = bindparam("b_account", type_=Id())
_TYPE: BindParameter[str] = bindparam("b_type", type_=ITEMS.c.type.type)
_IDS = "b_ids"


def _of_item(column: Any, id: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """What belongs to an id that an item has. Not joined: each is found by its key, whatever the database expects."""
    of = column.table.c
    found: ColumnElement[Any] = (
        select(column).where(of.account_id == ITEMS.c.account_id, of.id == id).scalar_subquery().label(name)
    )
    return found


_FACTS = select(
    *ITEMS.c,
    _of_item(USERS.c.user_name, ITEMS.c.owner_id, "user_name"),
    _of_item(USERS.c.active, ITEMS.c.owner_id, "owner_active"),
    _of_item(UNITS.c.key, ITEMS.c.business_unit_id, "unit"),
    _of_item(GROUPS.c.display_name, ITEMS.c.owner_group_id, "group_name"),
    _of_item(ROLES.c.name, ITEMS.c.owner_role_id, "role_name"),
)
_ORDER = ITEMS.c.type, ITEMS.c.id
_OF_TYPE = _FACTS.where(ITEMS.c.account_id == _ACCOUNT, ITEMS.c.type == _TYPE, one_of(ITEMS.c.id, _IDS)).order_by(
    ITEMS.c.id
)
# Planned anew: without knowing the ids, PostgreSQL may look each item of the type up in a list of a thousand.
_READ = Prepared(_OF_TYPE, anew=True)
_LOCK = Prepared(_OF_TYPE.with_for_update(of=ITEMS), anew=True)

_WRITTEN = (
    "name",
    "owner_id",
    "owner_name",
    "owner_group_id",
    "owner_role_id",
    "business_unit_id",
    "owner_level",
    "group_level",
    "rest_level",
    "attributes",
)
_KEYS = ("account_id", "type", "id")
_INSERT = Prepared(insert(ITEMS), [*_KEYS, *_WRITTEN, "revision", "created", "modified"])
_UPDATE = Prepared(
    update(ITEMS).where(
        ITEMS.c.account_id == _ACCOUNT, ITEMS.c.type == _TYPE, ITEMS.c.id == bindparam("b_id", type_=ITEMS.c.id.type)
    ),
    [*_WRITTEN, "revision", "modified"],
)
_DELETE = Prepared(delete(ITEMS).where(ITEMS.c.account_id == _ACCOUNT, ITEMS.c.type == _TYPE, one_of(ITEMS.c.id, _IDS)))
_SHARES = Prepared(
    select(SHARES.c.type, SHARES.c.item_id, SHARES.c.business_unit_id, UNITS.c.key, SHARES.c.level)
    .join(UNITS, (UNITS.c.account_id == SHARES.c.account_id) & (UNITS.c.id == SHARES.c.business_unit_id))
    .where(SHARES.c.account_id == _ACCOUNT, SHARES.c.type == _TYPE, one_of(SHARES.c.item_id, _IDS))
    .order_by(UNITS.c.key),
    anew=True,
)
_INSERT_SHARE = Prepared(insert(SHARES), ["account_id", "type", "item_id", "business_unit_id", "level"])
_DELETE_SHARES = Prepared(
    delete(SHARES).where(
        SHARES.c.account_id == _ACCOUNT,
        SHARES.c.type == _TYPE,
        one_of(SHARES.c.item_id, _IDS),
        one_of(SHARES.c.business_unit_id, "b_units"),
    ),
    anew=True,
)
_OWNED = Prepared(
    _FACTS.where(ITEMS.c.account_id == _ACCOUNT, ITEMS.c.owner_id == bindparam("b_owner", type_=Id())).order_by(*_ORDER)
)
_OWNED_LOCKED = Prepared(
    _FACTS.where(ITEMS.c.account_id == _ACCOUNT, ITEMS.c.owner_id == bindparam("b_owner", type_=Id()))
    .order_by(*_ORDER)
    .with_for_update(of=ITEMS)
)
_GONE = Prepared(
    select(
        ITEMS.c.owner_id,
        func.max(func.coalesce(USERS.c.user_name, ITEMS.c.owner_name, "")).label("name"),
        USERS.c.id.label("user_id"),
        ITEMS.c.type,
        func.count().label("items"),
    )
    .outerjoin(USERS, (USERS.c.account_id == _ACCOUNT) & (USERS.c.id == ITEMS.c.owner_id))
    .where(
        ITEMS.c.account_id == _ACCOUNT,
        ITEMS.c.owner_id.is_not(None),
        or_(USERS.c.id.is_(None), USERS.c.active.is_(False)),
    )
    .group_by(ITEMS.c.owner_id, USERS.c.id, ITEMS.c.type)
    .order_by(ITEMS.c.owner_id, ITEMS.c.type)
)


def read_items(session: Session, account_id: str, keys: Iterable[ItemKey], *, lock: bool = False) -> dict[ItemKey, Any]:
    """The items of these keys that there are, with the names of what they refer to."""
    found: dict[ItemKey, Any] = {}
    for type, ids in sorted(_by_type(keys).items()):
        for some in portions(sorted(ids)):
            asked = {"b_account": account_id, "b_type": type, _IDS: some}
            found.update((ItemKey(row.type, row.id), row) for row in session.execute(_LOCK if lock else _READ, asked))
    return found


def page_of_items(session: Session, account_id: str, columns: Columns, wanted: Wanted) -> Found:
    """A page of the items, ordered by type and id."""
    return page(session, listing_of(columns), account_id, wanted)


def listing_of(columns: Columns) -> Listing:
    """The list of items, by type and id; ``columns`` are what a filter may name."""
    return Listing(_FACTS, ITEMS.c.account_id, {"id": _ORDER}, columns)


def matching_items(
    session: Session, account_id: str, columns: Columns, filter: str, most: int, *, lock: bool = False
) -> Sequence[Row[Any]]:
    """All items that a filter finds, but no more than ``most``; ordered by type and id."""
    query = (
        _FACTS.where(ITEMS.c.account_id == account_id, compile_filter(filter, columns)).order_by(*_ORDER).limit(most)
    )
    with session.in_time():
        found: Sequence[Row[Any]] = session.execute(query.with_for_update(of=ITEMS) if lock else query).all()
    return found


def items_owned(session: Session, account_id: str, owner_id: str, *, lock: bool = False) -> Sequence[Any]:
    """What somebody owns, ordered by type and id."""
    found: Sequence[Any] = session.execute(
        _OWNED_LOCKED if lock else _OWNED, {"b_account": account_id, "b_owner": owner_id}
    )
    return found


def owners_gone(session: Session, account_id: str) -> Sequence[Any]:
    """(owner_id, name, user_id, type, items) of owners who are inactive, or deleted (``user_id`` is None)."""
    found: Sequence[Any] = session.execute(_GONE, {"b_account": account_id})
    return found


def insert_items(session: Session, account_id: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Add items; each has its key and every value. Raises IntegrityError for one there is by now."""
    moment = now()
    made = {"account_id": account_id, "revision": 1, "created": moment, "modified": moment}
    session.send([(_INSERT, {**item, **made}) for item in items])
    session.settle()


def update_items(session: Session, account_id: str, items: Sequence[tuple[Any, Mapping[str, Any]]]) -> None:
    """Write other values into items that were read and locked; what is not named stays."""
    moment = now()
    changes = []
    for row, values in items:
        kept = {name: getattr(row, name) for name in _WRITTEN}
        key = {"b_account": account_id, "b_type": row.type, "b_id": row.id}
        changes.append((_UPDATE, {**kept, **values, **key, "revision": row.revision + 1, "modified": moment}))
    session.send(changes)


def update_alike(session: Session, account_id: str, keys: Iterable[ItemKey], values: Mapping[str, Any]) -> None:
    """Write the same values into many items."""
    changed = {**values, "revision": ITEMS.c.revision + 1, "modified": now()}
    for type, ids in sorted(_by_type(keys).items()):
        for some in portions(ids):
            here = ITEMS.c.account_id == account_id, ITEMS.c.type == type, one_of(ITEMS.c.id, _IDS)
            session.execute(update(ITEMS).where(*here).values(changed), {_IDS: some})


def touch_items(session: Session, account_id: str, keys: Iterable[ItemKey]) -> None:
    """Say that something about items has changed that is not in their rows."""
    update_alike(session, account_id, keys, {})


def delete_items(session: Session, account_id: str, keys: Iterable[ItemKey]) -> None:
    """Remove items with their shares."""
    for type, ids in _by_type(keys).items():
        for some in portions(ids):
            session.execute(_DELETE, {"b_account": account_id, "b_type": type, _IDS: some})


def shares_of(session: Session, account_id: str, keys: Iterable[ItemKey]) -> dict[ItemKey, list[Any]]:
    """The shares of each item: (business_unit_id, key, level), by the unit's key."""
    found: defaultdict[ItemKey, list[Any]] = defaultdict(list)
    for type, ids in _by_type(keys).items():
        for some in portions(ids):
            for row in session.execute(_SHARES, {"b_account": account_id, "b_type": type, _IDS: some}):
                found[ItemKey(row.type, row.item_id)].append(row)
    return found


def share(session: Session, account_id: str, keys: Iterable[ItemKey], unit_ids: Collection[str], level: Level) -> None:
    """Share items with units at this level, whatever it was before."""
    every = list(keys)
    unshare(session, account_id, every, unit_ids)
    session.send(
        [
            (
                _INSERT_SHARE,
                {
                    "account_id": account_id,
                    "type": key.type,
                    "item_id": key.id,
                    "business_unit_id": unit_id,
                    "level": level.value,
                },
            )
            for key in every
            for unit_id in unit_ids
        ]
    )


def unshare(session: Session, account_id: str, keys: Iterable[ItemKey], unit_ids: Collection[str]) -> None:
    """Share items with these units no longer."""
    for type, ids in _by_type(keys).items():
        for some in portions(ids):
            asked = {"b_account": account_id, "b_type": type, _IDS: some, "b_units": list(unit_ids)}
            session.execute(_DELETE_SHARES, asked)


def levels_of(row: Any) -> Levels:
    """The levels in a row."""
    return _levels(row.owner_level, row.group_level, row.rest_level)


@lru_cache(maxsize=32)
def _levels(owner: str, group: str, rest: str) -> Levels:
    return Levels(Level(owner), Level(group), Level(rest))


def columns_of(levels: Levels) -> dict[str, str]:
    """The columns that levels are kept in."""
    return {f"{name}_level": level.value for name, level in zip(Levels._fields, levels, strict=True)}


def _by_type(keys: Iterable[ItemKey]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        found[key.type].append(key.id)
    return found
