"""Share an item with other business units, to read or to modify.

An item belongs to a unit and is open to those who work there, as far as its levels go; so is it in the units that it
is shared with, and no further than the share says. Its owner shares it, or whoever manages all items of its unit. From
then on only the owner changes who may do what with it, shares included, and keeps that right even after taking every
permission away from their own unit (see ``item_rights``).
"""

from __future__ import annotations

from collections.abc import Sequence

from app import audit
from app.services import items
from app.services.errors import NotFound, Refused
from app.services.guards import Acting, acting_in
from app.services.item_facts import ItemFacts, facts_of
from app.services.item_rights import check_items
from app.services.references import hold_units, unit_of
from app.session import Session
from app.stores import items as store
from rbac.items import ItemKey, Level
from rbac.model import Policy

LEVELS = (Level.READ, Level.MODIFY)


def share(
    session: Session, account_id: str, type: str, id: str, units: Sequence[str], level: str = "read", reason: str = ""
) -> ItemFacts:
    """Open an item in these units, or change how far it is open there.

    Raises NotFound, Forbidden, and Refused for a level that is none or the unit that the item belongs to.
    """
    if level not in LEVELS:
        raise Refused(f"an item is shared to {' or to '.join(LEVELS)}, not {level!r}")
    acting, _ = acting_in(session, account_id)
    before = _locked(session, account_id, acting, type, id)
    wanted = _units(acting.policy, units)
    if before.unit_id in wanted:
        raise Refused(f"{type} {id} belongs to {before.unit}; share it with other units")
    return _write(session, account_id, before, wanted, Level(level), reason)


def unshare(
    session: Session, account_id: str, type: str, id: str, units: Sequence[str] | None = None, reason: str = ""
) -> ItemFacts:
    """Close an item in these units, or in all that it is shared with. Raises NotFound, Forbidden."""
    acting, _ = acting_in(session, account_id)
    before = _locked(session, account_id, acting, type, id)
    shared = {one.unit_id for one in before.shares}
    wanted = list(shared) if units is None else _units(acting.policy, units)
    for unit_id in wanted:
        if unit_id not in shared:
            raise NotFound(f"{type} {id} is not shared with {acting.policy.units.units[unit_id].key}")
    return _write(session, account_id, before, wanted, None, reason)


def _locked(session: Session, account_id: str, acting: Acting, type: str, id: str) -> ItemFacts:
    row = items.find_row(session, account_id, type, id, lock=True)
    check_items(session, account_id, acting, [row], "share")
    return facts_of(session, account_id, [row])[0]


def _units(policy: Policy, units: Sequence[str]) -> list[str]:
    if not units:
        raise Refused("say which units are meant")
    return list(dict.fromkeys(unit_of(policy, unit).id for unit in units))


def _write(
    session: Session, account_id: str, before: ItemFacts, unit_ids: Sequence[str], level: Level | None, reason: str
) -> ItemFacts:
    """Set or (without a level) remove shares; an item whose shares stay the same keeps its revision."""
    was = {one.unit_id: one.level for one in before.shares}
    changing = [unit_id for unit_id in unit_ids if was.get(unit_id) != level]
    if not changing:
        return before
    key = ItemKey(before.type, before.id)
    if level is None:
        store.unshare(session, account_id, [key], changing)
    else:
        hold_units(session, account_id, changing)
        store.share(session, account_id, [key], changing, level)
    store.touch_items(session, account_id, [key])
    after = items.get(session, account_id, *key)
    action = "item.unshared" if level is None else "item.shared"
    was_told, told = ({"shares": {one.unit: one.level for one in item.shares}} for item in (before, after))
    name = after.name or after.type
    audit.record(session, account_id, action, "item", after.id, name, was_told, told, reason or None)
    return after
