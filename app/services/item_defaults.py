"""What a user's new items begin with: an owner group and three levels, for each type of items that has levels.

Set on a user's permission page, for one user or several at once. It changes no item that there is already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from app import audit
from app.services.errors import Conflict, Forbidden, NotFound, Refused
from app.services.guards import OWN, Acting, acting_in
from app.services.item_references import GROUP, ROLE, OwnerGroup, Words
from app.services.item_rights import manages_items, own_groups
from app.services.item_values import owner_group_columns, usual_levels, with_levels
from app.session import Session
from app.stores import item_defaults as store
from app.stores.item_defaults import Default
from app.stores.naming import FoundPerson
from app.stores.references import homes_of
from rbac.catalogue import Catalogue
from rbac.items import Level, Levels

MOST = 1_000
"""Users in one call."""


class Keep(Enum):
    """Leave something as it is, where None would clear it."""

    KEEP = auto()


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class DefaultFacts:
    """What a user's new items of a type begin with. ``is_set`` is False where nobody has said so."""

    user_id: str
    user_name: str
    type: str
    owner_group: OwnerGroup | None
    levels: Levels
    is_set: bool


def defaults_of(session: Session, account_id: str, user: str) -> list[DefaultFacts]:
    """What the new items of a user begin with, of every type that has levels. Raises NotFound."""
    acting, _ = acting_in(session, account_id)
    people = _people(session, account_id, acting, [user])
    return _facts(session, account_id, acting, people, _types(acting.policy.catalogue, None))


def set_defaults(
    session: Session,
    account_id: str,
    users: Sequence[str],
    types: Sequence[str] | None = None,
    *,
    owner_group: str | Keep | None = KEEP,
    levels: Mapping[str, str] | None = None,
) -> list[DefaultFacts]:
    """Say what the new items of users begin with, of these types or all; what is not said stays.

    Raises NotFound and Refused for what does not exist or fit, Forbidden for a person who manages neither these users
    nor all items, or who would open future items to a group of their own.
    """
    acting, _ = acting_in(session, account_id)
    wanted = _types(acting.policy.catalogue, types)
    given = _levels(levels or {})
    people = _people(session, account_id, acting, users)
    _check(session, account_id, acting, people)
    words = Words(session, account_id, acting.policy, groups=[owner_group] if isinstance(owner_group, str) else [])
    group = words.owner_group(owner_group) if isinstance(owner_group, str) else None
    if store.lock_people(session, account_id, [one.id for one in people]) != {one.id for one in people}:
        raise Conflict("somebody has just deleted one of these users; look again who there is")
    before = store.defaults_of(session, account_id, [one.id for one in people])
    usual = Default(None, None, usual_levels(acting.policy.catalogue))
    after = {}
    for user_id in (one.id for one in people):
        for type in wanted:
            was = before.get((user_id, type), usual)
            after[user_id, type] = replace(
                was,
                **({} if owner_group is KEEP else owner_group_columns(group)),
                levels=with_levels(was.levels, given),
            )
    _check_own(session, account_id, acting, {key: before.get(key, usual) for key in after}, after)
    store.set_defaults(session, account_id, after)
    facts = _facts(session, account_id, acting, people, wanted)
    _note(session, account_id, people, before, facts, wanted)
    return facts


def clear_defaults(
    session: Session, account_id: str, users: Sequence[str], types: Sequence[str] | None = None
) -> list[DefaultFacts]:
    """Forget what was set; new items begin as they do for everybody. Raises as ``set_defaults``."""
    acting, _ = acting_in(session, account_id)
    wanted = _types(acting.policy.catalogue, types)
    people = _people(session, account_id, acting, users)
    _check(session, account_id, acting, people)
    before = store.defaults_of(session, account_id, [one.id for one in people])
    store.clear_defaults(session, account_id, [one.id for one in people], wanted)
    facts = _facts(session, account_id, acting, people, wanted)
    _note(session, account_id, people, before, facts, wanted)
    return facts


def _people(session: Session, account_id: str, acting: Acting, users: Sequence[str]) -> list[FoundPerson]:
    if not users:
        raise Refused("say whose defaults are meant")
    if len(users) > MOST:
        raise Refused(f"{len(users)} users at once are too many; name at most {MOST}")
    words = Words(session, account_id, acting.policy, people=users)
    return list({person.id: person for person in map(words.person, users)}.values())


def _check(session: Session, account_id: str, acting: Acting, people: Sequence[FoundPerson]) -> None:
    if acting.has_full_right:
        return
    homes = homes_of(session, account_id, [one.id for one in people])
    for one in people:
        unit = homes.get(one.id) or acting.policy.units.root.id
        if not (acting.may_manage("manage_users", [unit]) or manages_items(acting, unit)):
            raise Forbidden(f"you may not say what the items of {one.user_name} begin with; an Account Owner may")


def _check_own(
    session: Session,
    account_id: str,
    acting: Acting,
    before: Mapping[tuple[str, str], Default],
    after: Mapping[tuple[str, str], Default],
) -> None:
    """Nobody lets new items begin as open to themselves: to a group that they are in, or a role that they have."""
    mine = own_groups(session, account_id, acting)
    for key, one in after.items():
        groups = {one.owner_group_id, one.owner_role_id}
        was = before[key]
        same = groups == {was.owner_group_id, was.owner_role_id} and one.levels.group is was.levels.group
        if not same and groups & mine:
            raise Forbidden(OWN)


def _types(catalogue: Catalogue, types: Sequence[str] | None) -> list[str]:
    known = sorted(kind.name for kind in catalogue.item_kinds.values() if kind.levels and kind.held)
    for type in types or ():
        if type not in known:
            there = ", ".join(known) or "none in this account's catalogue"
            raise NotFound(f"{type!r} is no type of items with levels; there are: {there}")
    return known if types is None else sorted(set(types))


def _levels(given: Mapping[str, str]) -> Mapping[str, str]:
    for name, level in given.items():
        if name not in Levels._fields or level not in set(Level):
            raise Refused(
                f"levels are {', '.join(Levels._fields)}, each one of {', '.join(Level)}; not {name} {level!r}"
            )
    return given


def _facts(
    session: Session, account_id: str, acting: Acting, people: Sequence[FoundPerson], types: Sequence[str]
) -> list[DefaultFacts]:
    found = store.defaults_of(session, account_id, [one.id for one in people])
    usual = usual_levels(acting.policy.catalogue)
    facts = []
    for person in people:
        for type in types:
            one = found.get((person.id, type))
            levels = one.levels if one else usual
            facts.append(DefaultFacts(person.id, person.user_name, type, _group(one), levels, one is not None))
    return facts


def _group(default: Default | None) -> OwnerGroup | None:
    if default is None:
        return None
    if default.owner_group_id is not None:
        return OwnerGroup(GROUP, default.owner_group_id, default.owner_group)
    return OwnerGroup(ROLE, default.owner_role_id, default.owner_group) if default.owner_role_id is not None else None


def _note(
    session: Session,
    account_id: str,
    people: Iterable[FoundPerson],
    before: Mapping[tuple[str, str], Default],
    after: Sequence[DefaultFacts],
    types: Sequence[str],
) -> None:
    """One event for each user, if anything is different for them."""
    for person in people:
        was = {type: _noted(one.owner_group, one.levels) for type in types if (one := before.get((person.id, type)))}
        now = {
            one.type: _noted(one.owner_group.name if one.owner_group else None, one.levels)
            for one in after
            if one.user_id == person.id and one.is_set
        }
        if was != now:
            audit.record(
                session,
                account_id,
                "item_defaults.changed",
                "user",
                person.id,
                person.user_name,
                was or None,
                now or None,
            )


def _noted(group: str | None, levels: Levels) -> dict[str, str | None]:
    return {"owner_group": group, **{name: level.value for name, level in levels._asdict().items()}}
