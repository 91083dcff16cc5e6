"""Items as they are shown and as the audit trail keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from app import audit
from app.services.item_references import GROUP, ROLE, OwnerGroup
from app.session import Session
from app.stores.items import levels_of, shares_of
from app.stores.portions import portions
from rbac.items import ItemKey, Levels


@dataclass(frozen=True, slots=True)
class ItemOwner:
    """Who owns an item. Somebody who was deleted has the name they had, and is not active."""

    id: str
    user_name: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class ItemShare:
    """Another unit in which an item may be used."""

    unit_id: str
    unit: str
    level: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item. ``unit`` is the key of its business unit."""

    type: str
    id: str
    name: str | None
    owner: ItemOwner | None
    owner_group: OwnerGroup | None
    unit_id: str
    unit: str
    levels: Levels
    attributes: Mapping[str, Any]
    shares: tuple[ItemShare, ...]
    revision: int
    created: datetime
    modified: datetime


def facts_of(session: Session, account_id: str, rows: Iterable[Any]) -> tuple[ItemFacts, ...]:
    """The items of these rows."""
    every = list(rows)
    shares = shares_of(session, account_id, map(key_of, every))
    return tuple(_facts(row, shares.get(key_of(row), ())) for row in every)


def key_of(row: Any) -> ItemKey:
    """Which item a row is."""
    return ItemKey(row.type, row.id)


def _facts(row: Any, shares: Sequence[Any]) -> ItemFacts:
    return ItemFacts(
        type=row.type,
        id=row.id,
        name=row.name,
        owner=_owner(row),
        owner_group=_owner_group(row),
        unit_id=row.business_unit_id,
        unit=row.unit,
        levels=levels_of(row),
        attributes=row.attributes,
        shares=tuple(ItemShare(one.business_unit_id, one.key, one.level) for one in shares),
        revision=row.revision,
        created=row.created,
        modified=row.modified,
    )


def _owner(row: Any) -> ItemOwner | None:
    if row.owner_id is None:
        return None
    return ItemOwner(row.owner_id, row.user_name or row.owner_name, bool(row.owner_active))


def _owner_group(row: Any) -> OwnerGroup | None:
    if row.owner_group_id is not None:
        return OwnerGroup(GROUP, row.owner_group_id, row.group_name)
    return OwnerGroup(ROLE, row.owner_role_id, row.role_name) if row.owner_role_id is not None else None


def noted(item: ItemFacts) -> dict[str, Any]:
    """An item as the audit trail keeps it."""
    group = item.owner_group
    return {
        "type": item.type,
        "name": item.name,
        "owner": item.owner.user_name if item.owner else None,
        "owner_group": f"{group.kind}:{group.name or group.id}" if group else None,
        "unit": item.unit,
        "levels": {name: level.value for name, level in item.levels._asdict().items()},
        "attributes": dict(item.attributes),
        "shares": {share.unit: share.level for share in item.shares},
    }


def note_many(
    session: Session, account_id: str, action: str, keys: Iterable[ItemKey], what: Mapping[str, Any], reason: str | None
) -> None:
    """Audit a change of many items: one event for each portion of them, with their ids, not one for each item.

    ``digest`` is over all the items, so that the events of one change are known to belong together.
    """
    every = sorted(keys)
    whole = sha256("\n".join(f"{key.type}\0{key.id}" for key in every).encode()).hexdigest()
    for number, some in enumerate(portions(every), 1):
        ids: dict[str, list[str]] = {}
        for key in some:
            ids.setdefault(key.type, []).append(key.id)
        after = {**what, "count": len(every), "digest": whole, "portion": number, "items": ids}
        audit.record(session, account_id, action, "items", None, None, None, after, reason)
