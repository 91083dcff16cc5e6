"""Hand over what somebody owned who leaves, or has left: shown first, then all of it or nothing.

The new owner is another user; or a group (or role), which then owns the items together: its level becomes what the
owner's was, and the items have no single owner. A platform's programs hand over; so do the owner, an Account Owner, and
whoever manages all items of the items' units; what somebody owned who is gone, also whoever may manage the users of
these units and of the one where that person was at home. Only who manages the items may hand them to themselves, to a
group that they are in or to a role that they have. As long as the owner is active, nobody else hands over what that
owner shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.services.errors import Forbidden, NotFound, Refused, Stale
from app.services.guards import Acting, acting_in
from app.services.item_changes import SAMPLE, token_of
from app.services.item_facts import ItemFacts, facts_of, key_of, note_many
from app.services.item_references import OwnerGroup, Words
from app.services.item_rights import manages_items, own_groups
from app.services.item_values import owner_group_columns
from app.session import Session
from app.stores import items as store
from app.stores.filter_sql import is_id
from app.stores.items import levels_of
from app.stores.naming import FoundPerson
from app.stores.references import homes_of


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who is gone and still owns items. ``state`` is inactive or deleted; ``items`` are counts by type."""

    user_id: str
    user_name: str
    state: str
    items: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TransferPlan:
    """What is handed over: how many items of each type, from whom and to whom."""

    token: str
    user_id: str
    user_name: str
    to: str
    items: Mapping[str, int]
    sample: tuple[ItemFacts, ...]


@dataclass(frozen=True, slots=True)
class _From:
    id: str
    name: str
    active: bool


def leavers(session: Session, account_id: str) -> list[Leaver]:
    """Everybody who was deactivated or deleted and still owns items, by name."""
    found: dict[str, tuple[str, str, dict[str, int]]] = {}
    for row in store.owners_gone(session, account_id):
        state = "deleted" if row.user_id is None else "inactive"
        found.setdefault(row.owner_id, (row.name, state, {}))[2][row.type] = row.items
    return sorted((Leaver(id, *one) for id, one in found.items()), key=lambda one: (one.user_name, one.user_id))


def preview(
    session: Session,
    account_id: str,
    user: str,
    *,
    to_user: str | None = None,
    to_group: str | None = None,
    types: Sequence[str] | None = None,
) -> TransferPlan:
    """What a transfer would do; nothing is written.

    ``user`` is a user by id or userName, or the id of one who was deleted; ``types`` are all where none is named.
    Raises NotFound and Refused for what does not exist or fit, Forbidden where a guard forbids it.
    """
    return _prepared(session, account_id, user, to_user, to_group, types, lock=False)[0]


def apply(
    session: Session,
    account_id: str,
    user: str,
    *,
    to_user: str | None = None,
    to_group: str | None = None,
    types: Sequence[str] | None = None,
    token: str,
    reason: str = "",
) -> TransferPlan:
    """Hand over. Raises Stale if it is not what the preview with this token saw."""
    plan, rows, written = _prepared(session, account_id, user, to_user, to_group, types, lock=True)
    if plan.token != token:
        raise Stale("what this user owns has changed since the preview; look at it again")
    if "owner_group_id" in written:
        changed = [(row, {**written, "group_level": levels_of(row).owner.value}) for row in rows]
        store.update_items(session, account_id, changed)
    else:
        store.update_alike(session, account_id, map(key_of, rows), written)
    what = {"from": plan.user_name, "from_id": plan.user_id, "to": plan.to}
    note_many(session, account_id, "items.transferred", map(key_of, rows), what, reason or None)
    return plan


def _prepared(
    session: Session,
    account_id: str,
    user: str,
    to_user: str | None,
    to_group: str | None,
    types: Sequence[str] | None,
    *,
    lock: bool,
) -> tuple[TransferPlan, Sequence[Any], dict[str, Any]]:
    if (to_user is None) == (to_group is None):
        raise Refused("name who gets the items: a user or a group, one of the two")
    acting, _ = acting_in(session, account_id)
    people = [user, *([to_user] if to_user is not None else [])]
    words = Words(session, account_id, acting.policy, people, [to_group] if to_group is not None else [])
    leaver, owned = _leaver(session, account_id, words, user, lock=lock)
    _check_types(acting, owned, types)
    rows = [row for row in owned if types is None or row.type in types]
    written, to = _target(words, leaver, to_user, to_group)
    _check(session, account_id, acting, leaver, rows, written)
    counts = dict(sorted(Counter(row.type for row in rows).items()))
    token = token_of(rows, {"from": leaver.id, "to": to, "types": sorted(types) if types is not None else None})
    plan = TransferPlan(token, leaver.id, leaver.name, to, counts, facts_of(session, account_id, rows[:SAMPLE]))
    return plan, rows, written


def _leaver(session: Session, account_id: str, words: Words, user: str, *, lock: bool) -> tuple[_From, Sequence[Any]]:
    """Whose items are meant, and all of them. Somebody who was deleted is known by id as long as they own any."""
    try:
        person = words.person(user)
        leaver = _From(person.id, person.user_name, person.active)
        return leaver, store.items_owned(session, account_id, person.id, lock=lock)
    except NotFound:
        id = user.lower()
        owned = store.items_owned(session, account_id, id, lock=lock) if is_id(id) else ()
        if not owned:
            raise
        return _From(id, owned[0].owner_name or id, False), owned


def _target(words: Words, leaver: _From, to_user: str | None, to_group: str | None) -> tuple[dict[str, Any], str]:
    if to_user is not None:
        person: FoundPerson = words.person(to_user)
        if not person.active or person.id == leaver.id:
            raise Refused(f"give the items to somebody else who is active, not to {person.user_name}")
        return {"owner_id": person.id, "owner_name": person.user_name}, person.user_name
    group: OwnerGroup = words.owner_group(to_group or "")
    return {"owner_id": None, "owner_name": None, **owner_group_columns(group)}, f"{group.kind}:{group.name}"


def _check_types(acting: Acting, owned: Sequence[Any], types: Sequence[str] | None) -> None:
    known = {kind.name for kind in acting.policy.catalogue.item_kinds.values() if kind.held}
    for type in types or ():
        if type not in known | {row.type for row in owned}:
            raise NotFound(f"no items of type {type!r}; there are: {', '.join(sorted(known)) or 'none'}")


def _check(
    session: Session, account_id: str, acting: Acting, leaver: _From, rows: Sequence[Any], written: Mapping[str, Any]
) -> None:
    person = acting.person
    if person is None or person.id == leaver.id:
        return
    if leaver.active and store.shares_of(session, account_id, map(key_of, rows)):
        raise Forbidden(f"{leaver.name} is active and has shared some of these items; only they hand them over")
    if all(manages_items(acting, unit_id) for unit_id in {row.business_unit_id for row in rows}):
        return
    units = {row.business_unit_id for row in rows}
    units |= {home or acting.policy.units.root.id for home in homes_of(session, account_id, [leaver.id]).values()}
    if not acting.is_owner and (leaver.active or not acting.may_manage("manage_users", units)):
        raise Forbidden(f"you may not hand over what {leaver.name} owns; an Account Owner may")
    mine = {person.id, *own_groups(session, account_id, acting)}
    if mine & {written.get(name) for name in ("owner_id", "owner_group_id", "owner_role_id")}:
        raise Forbidden("you do not manage these items; hand them to somebody else than yourself and your groups")
