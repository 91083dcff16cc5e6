"""The business units of an account: a tree, who is at home where, and who may work where.

A unit's key is what mappings and decisions call it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.exc import IntegrityError

from app import audit
from app.services import code_ownership, guards, patterns
from app.services.errors import Conflict, Forbidden, Refused
from app.services.guards import Acting
from app.services.references import person_of, unit_of
from app.services.timed_rights import check_joins_last
from app.session import Session
from app.stores import configurations
from app.stores import units as store
from app.stores.access import SqlAccessStore
from app.stores.filter_sql import is_id
from app.stores.holdings import mapped_home
from rbac.model import Reach, Subject
from rbac.reaches import reached
from rbac.units import Unit, UnitTree

UNIT_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")
MOST_NAME = 200


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A business unit. ``parent`` is a key, None for the root; ``depth`` counts from the root, which has 0.

    ``from_code``: it belongs to a file, and only files change it.
    """

    id: str
    key: str
    name: str
    parent: str | None
    depth: int
    from_code: bool = False


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """One reason why somebody may work in a unit. ``kind`` is manual, or mapping with the rule and the group."""

    unit: str
    with_children: bool
    kind: str
    rule: str | None
    group: str | None


def list_units(session: Session, account_id: str) -> tuple[UnitFacts, ...]:
    """All units, each after the one above it."""
    tree = SqlAccessStore(session, account_id).snapshot([]).policy.units
    by_path = sorted(tree.units, key=lambda id: [tree.units[one].key for one in reversed(tree.path(id))])
    owned = configurations.owned(session, account_id, "unit")
    return tuple(replace(facts_of(tree, tree.units[id]), from_code=id in owned) for id in by_path)


def get_unit(session: Session, account_id: str, unit: str) -> UnitFacts:
    """One unit by key or id. Raises NotFound, naming those there are."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    found = unit_of(policy, unit)
    owned = configurations.is_owned(session, account_id, "unit", found.id)
    return replace(facts_of(policy.units, found), from_code=owned)


def create_unit(session: Session, account_id: str, key: str, name: str, parent: str | None = None) -> UnitFacts:
    """Add a business unit below another, the root where none is named.

    Raises Refused for a key that is none, NotFound for an unknown parent, Conflict for a taken key, Forbidden.
    """
    _check_key(key)
    called = _name(name)
    acting, _ = guards.begin(session, account_id)
    above = unit_of(acting.policy, parent) if parent is not None else acting.policy.units.root
    acting.check_area("manage_units", [above.id], "create units")
    with _unique(session, key):
        id = store.insert_unit(session, account_id, key, called, above.id)
    after = {"name": called, "parent": above.key}
    audit.record(session, account_id, "unit.created", "unit", id, key, after=after)
    _rematch(session, account_id)
    return UnitFacts(id, key, called, above.key, len(acting.policy.units.path(above.id)))


def edit_unit(
    session: Session, account_id: str, unit: str, *, name: str | None = None, key: str | None = None
) -> UnitFacts:
    """Give a unit another name or key. Rules and grants stay with it; the root keeps its key."""
    acting, _ = guards.begin(session, account_id)
    tree = acting.policy.units
    found = unit_of(acting.policy, unit)
    acting.check_area("manage_units", [found.id], "change this unit")
    code_ownership.check(session, account_id, "unit", found.id, found.key)
    values = {}
    if name is not None and _name(name) != found.name:
        values["name"] = _name(name)
    if key is not None and key != found.key:
        _check_key(key)
        if found.parent is None:
            raise Refused("the root keeps its key; change its name instead")
        values["key"] = key
    if values:
        with _unique(session, key or found.key):
            store.update_unit(session, account_id, found.id, **values)
        before = {field: getattr(found, field) for field in values}
        audit.record(session, account_id, "unit.updated", "unit", found.id, found.key, before, values)
        _rematch(session, account_id)
    return facts_of(tree, replace(found, **values))


def delete_unit(session: Session, account_id: str, unit: str) -> UnitFacts:
    """Remove a unit that nothing hangs on. Raises Conflict, naming what does; Refused for the root."""
    acting, _ = guards.begin(session, account_id)
    found = unit_of(acting.policy, unit)
    if found.parent is None:
        raise Refused("the root stays")
    acting.check_area("manage_units", [found.id, found.parent], "delete this unit")
    code_ownership.check(session, account_id, "unit", found.id, found.key)
    store.lock_unit(session, account_id, found.id)  # items come into a unit without taking turns
    hanging = store.hanging_on(session, account_id, found.id)
    if hanging:
        counts = ", ".join(f"{what}: {count}" for what, count in hanging.items())
        raise Conflict(f"{found.key} is in use ({counts}); move or remove that first")
    store.delete_unit(session, account_id, found.id)
    facts = facts_of(acting.policy.units, found)
    before = {"name": found.name, "parent": facts.parent}
    audit.record(session, account_id, "unit.deleted", "unit", found.id, found.key, before)
    _rematch(session, account_id)
    return facts


def set_home(session: Session, account_id: str, user: str, unit: str | None, *, is_new: bool = False) -> bool:
    """Say in which unit somebody is at home; None to leave that to role mapping, and else to have none.

    False if they are at home there already.

    ``is_new``: whoever acts has just made this person, who therefore comes from no unit.
    """
    acting, subject = _begin_with(session, account_id, user)
    by_hand = unit is not None
    target = unit_of(acting.policy, unit).id if unit is not None else mapped_home(session, account_id, subject.id)
    if target == subject.home:
        store.set_home(session, account_id, subject.id, target, by_hand=by_hand)
        return False
    wanted = target or acting.policy.units.root.id
    # Without memberships a person may also work everywhere below their home.
    reach = Reach.UNIT if subject.works_in else Reach.SUBTREE
    _check_work(acting, subject, wanted, reach, is_new=is_new)
    if subject.home is not None:
        acting.check_area("manage_users", [subject.home], "take people out of this unit")
    store.set_home(session, account_id, subject.id, target, by_hand=by_hand)
    keys = {id: one.key for id, one in acting.policy.units.units.items()}
    before, after = ({"home": keys.get(id or "")} for id in (subject.home, target))
    audit.record(session, account_id, "user.home_changed", "user", subject.id, subject.user_name, before, after)
    return True


def add_worker(session: Session, account_id: str, user: str, unit: str, *, children: bool = False) -> bool:
    """Let somebody work in a unit, with its children or without. False if somebody said so before."""
    acting, subject = _begin_with(session, account_id, user)
    found, reach = unit_of(acting.policy, unit), Reach.SUBTREE if children else Reach.UNIT
    _check_work(acting, subject, found.id, reach)
    done = store.add_work(session, account_id, subject.id, found.id, with_children=children)
    if done:
        after = _noted(found, children)
        audit.record(session, account_id, "access.granted", "user", subject.id, subject.user_name, None, after)
    return done


def remove_worker(session: Session, account_id: str, user: str, unit: str, *, children: bool = False) -> bool:
    """Take back that somebody may work in a unit; what a mapping rule says stays. False if nobody had said so."""
    acting, subject = _begin_with(session, account_id, user)
    found, reach = unit_of(acting.policy, unit), Reach.SUBTREE if children else Reach.UNIT
    _check_work(acting, subject, found.id, reach, ends=True)
    if {(work.unit, work.with_children) for work in subject.works_in} <= {(found.id, children)}:
        # Whose work is stated nowhere works at home and everywhere below it.
        _check_work(acting, subject, subject.home or acting.policy.units.root.id, Reach.SUBTREE)
    done = store.remove_work(session, account_id, subject.id, found.id, with_children=children)
    if done:
        before = _noted(found, children)
        audit.record(session, account_id, "access.revoked", "user", subject.id, subject.user_name, before)
    return done


def works_of(session: Session, account_id: str, user: str) -> tuple[WorkFacts, ...]:
    """Where somebody may work by a membership, with every reason. Raises NotFound."""
    snapshot = SqlAccessStore(session, account_id).snapshot([user])
    found = store.works_of(session, account_id, person_of(snapshot, user).id)
    units = snapshot.policy.units.units
    return tuple(WorkFacts(units[one.unit_id].key, one.with_children, one.kind, one.rule, one.group) for one in found)


def _rematch(session: Session, account_id: str) -> None:
    """Hold patterns of mapping rules against the units there are now."""
    patterns.rematch(session, account_id, partial(audit.record, session, account_id))


def _begin_with(session: Session, account_id: str, user: str) -> tuple[Acting, Subject]:
    acting, snapshot = guards.begin(session, account_id, [user])
    return acting, person_of(snapshot, user)


def _check_work(
    acting: Acting, subject: Subject, unit_id: str, reach: Reach, *, is_new: bool = False, ends: bool = False
) -> None:
    """Whether whoever acts may let somebody work there, or (``ends``) no longer. Raises Forbidden."""
    if acting.person is None:
        return
    if acting.person.id == subject.id:
        raise Forbidden(guards.OWN)
    if acting.is_owner:
        return
    if not is_new:
        acting.check_person(subject, "manage_users", "change the business units")
    units = reached(acting.policy.units, unit_id, reach)
    # Who has this right in a unit works there, and so has what its roles give, unless it is denied to them.
    acting.check_area("manage_users", units, "change who works in this unit")
    acting.check_joins(units, "change who works in this unit")
    if not ends:
        check_joins_last(acting, units, "change who works in this unit")


def _check_key(key: str) -> None:
    if not UNIT_KEY.match(key):
        raise Refused(f"a unit's key is made of lower-case letters, digits, - and _, not {key!r}")
    if is_id(key):
        raise Refused("a unit's key must not look like an id: it could be taken for another unit")


def _name(name: str) -> str:
    called = name.strip()
    if not called or len(called) > MOST_NAME:
        raise Refused(f"a unit needs a name of at most {MOST_NAME} characters")
    return called


@contextmanager
def _unique(session: Session, key: str) -> Iterator[None]:
    try:
        with session.savepoint():
            yield
    except IntegrityError as error:
        raise Conflict(f"this account already has a business unit with the key {key!r}") from error


def facts_of(tree: UnitTree, unit: Unit) -> UnitFacts:
    """What is told of a unit."""
    parent = tree.units[unit.parent].key if unit.parent else None
    return UnitFacts(unit.id, unit.key, unit.name, parent, len(tree.path(unit.id)) - 1)


def _noted(unit: Unit, children: bool) -> dict[str, str]:
    reach = Reach.SUBTREE if children else Reach.UNIT
    return {"works_in": unit.key, "scope": unit.key, "reach": reach.value, "source": "manual"}
