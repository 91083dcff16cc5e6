"""People whom an administrator makes by hand, and everybody of the account as administrators see them.

People made by hand belong to the account's own directory and are stored as pushed ones are, so that role mapping,
decisions and the audit trail treat them alike. Whoever comes from another directory is changed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from app.models.base import now
from app.services import assignments, default_roles, guards, provisioning, units
from app.services.belonging import concerned
from app.services.deciding_attributes import check_attributes
from app.services.errors import Conflict, Forbidden, NotFound, Refused, Wrong
from app.services.giving import Giving
from app.services.references import person_of, unit_of
from app.services.timed_rights import check_joins_last
from app.session import Session
from app.stores import owners
from app.stores.access_revision import bump
from app.stores.access_rows import value_at
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.listings import Wanted, page
from app.stores.mapping_rules import lock
from app.stores.naming import local_directory
from app.stores.people import USER_LIST, find_users, is_taken
from rbac.catalogue import PROFILE, Operation
from rbac.decide import Resource, decide
from rbac.reaches import below
from scim import service
from scim.errors import ScimError
from scim.schemas import USER_URN
from scim.store import Change

LOCAL = "local"
_WAY_IN = ("userName", "emails")
_NAMED = {"user_name": "userName", "display_name": "displayName", "external_id": "externalId", "active": "active"}
"""What a user has besides ``attributes``, and what SCIM calls it."""
_DECIDING = ("userName", "externalId", "active", "groups", "roles", "entitlements")
"""What says whom a decision is about, or may say what they may do; beside the attributes that a catalogue declares."""
_OWN = frozenset({*_NAMED.values(), "id", "schemas", "meta", "groups", "password"})
_ELSEWHERE = frozenset(map(str.lower, (*_OWN, USER_URN)))
"""What is no attribute here: it has a place of its own, or none. What the core schema has stands there by itself."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A user. ``attributes`` are those of the SCIM resource that have no name of their own here."""

    id: str
    user_name: str
    display_name: str | None
    external_id: str | None
    active: bool
    origin: str
    directory_id: str
    directory: str
    is_local: bool
    home_unit: str | None
    attributes: Mapping[str, Any]
    created: datetime
    modified: datetime

    @property
    def name(self) -> str:
        """What people call them."""
        return self.display_name or self.user_name


@dataclass(frozen=True, slots=True)
class People:
    """A page of users, and where the next one begins."""

    results: list[PersonFacts]
    next: tuple[Any, ...] | None = field(default=None)


def list_users(session: Session, account_id: str, wanted: Wanted) -> People:
    """A page of the users of all directories."""
    found = page(session, USER_LIST, account_id, wanted)
    return People([_facts(row) for row in found.rows], found.next)


def get_user(session: Session, account_id: str, reference: str) -> PersonFacts:
    """One user, by id or userName. Raises NotFound."""
    found = find_users(session, account_id, reference)
    if len(found) != 1:
        why = "several directories have a user" if found else "there is no user"
        raise NotFound(f"{why} {reference[:100]!r} in this account; use a user's id", "user", reference)
    return _facts(found[0])


def create_user(session: Session, account_id: str, given: Mapping[str, Any]) -> PersonFacts:
    """Create a user by hand. ``given`` is as in ``change_user``, and ``home_unit`` and ``roles``.

    Where ``roles`` are chosen, or none by an empty list, they take the place of the account's default roles. Raises
    Conflict for a taken userName, Refused for what the schema does not allow, Forbidden.
    """
    lock(session, account_id, exclusive=False)
    home = given.get("home_unit")
    acting, _ = guards.acting_in(session, account_id)
    unit = acting.policy.units.root if home is None else unit_of(acting.policy, home)
    # Who has no memberships may also work everywhere below.
    where = below(acting.policy.units, unit.id)
    acting.check_area("manage_users", where, "create users")
    acting.check_joins(where, "create users")
    check_joins_last(acting, where, "create users")
    store = _local_store(session, account_id)
    attributes = given.get("attributes") or {}
    _check_free(session, account_id, None, given)
    try:
        change = service.create(store, "User", _document(store, given, attributes))
        session.settle()  # a taken name is told now, not at the end
    except ScimError as error:
        raise _refusal(error) from error
    check_attributes(acting, {}, change.after.attributes if change.after else {}, where, "create users")
    provisioning.on_changes(store, [change])
    if home is not None:
        units.set_home(session, account_id, change.id, unit.id, is_new=True)
    chosen = given.get("roles")
    if chosen is None:
        default_roles.apply_default_roles(session, account_id, change.id)
    for role in chosen or ():
        assignments.assign(session, account_id, Giving(role, (change.id,)))
    return get_user(session, account_id, change.id)


def change_user(session: Session, account_id: str, reference: str, changes: Mapping[str, Any]) -> PersonFacts:
    """Change what is named: user_name, display_name, external_id, active, attributes.

    ``attributes`` is merged into the present ones, None clears (RFC 7396). Raises NotFound, Conflict, Refused,
    Forbidden for somebody of another directory and for what may decide one's own access, LastOwner.
    """
    person, own = _open_person(session, account_id, reference, "change the profile")
    store = _local_store(session, account_id)
    named = {**{name: getattr(person, name) for name in _NAMED}, **changes}
    attributes = merged(person.attributes, changes.get("attributes") or {})
    known = {name: getattr(person, name) for name in ("user_name", "external_id")}
    turned = {name: named[name] for name, value in known.items() if named[name] != value}
    _check_free(session, account_id, person.id, turned)
    try:
        with guards.keeping_an_owner(session, account_id):
            change = service.replace(store, "User", person.id, _document(store, named, attributes))
            if own is not None:
                _check_own_profile(own, change)
            else:
                _check_decides(session, account_id, change)
                _check_way_in(session, account_id, change)
            if change.changed:
                provisioning.on_changes(store, [change])
    except ScimError as error:
        raise _refusal(error) from error
    return get_user(session, account_id, person.id)


def delete_user(session: Session, account_id: str, reference: str) -> None:
    """Delete a user of the account's own directory, with all they had. Raises as ``change_user``."""
    person, own = _open_person(session, account_id, reference, "delete the user")
    if own is not None:
        raise Forbidden(guards.OWN)
    store = _local_store(session, account_id)
    with guards.keeping_an_owner(session, account_id):
        provisioning.on_changes(store, [service.delete(store, "User", person.id)])


def merged(present: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch applied (RFC 7396)."""
    result = dict(present)
    for name, value in patch.items():
        known = _name_in(result, name)
        if value is None:
            result.pop(known, None)
        elif isinstance(value, dict):
            below = result.get(known)
            result[known] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[known] = value
    return result


def _name_in(present: Mapping[str, Any], name: str) -> str:
    """The name as it stands there: those of SCIM have no case (RFC 7643 §2.1)."""
    return next((known for known in present if known.lower() == name.lower()), name)


def _open_person(
    session: Session, account_id: str, reference: str, what: str
) -> tuple[PersonFacts, guards.Acting | None]:
    """A person whom whoever acts may change by hand; and who acts, if it is that person."""
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    person = get_user(session, account_id, reference)
    if not person.is_local:
        raise Forbidden(f"{person.user_name} belongs to the directory {person.directory}; change this person there")
    acting, snapshot = guards.acting_in(session, account_id, [person.id])
    if acting.person is not None and acting.person.id == person.id:
        return person, acting
    acting.check_manages(person_of(snapshot, person.id), what)
    return person, None


def _check_decides(session: Session, account_id: str, change: Change) -> None:
    """What conditions ask about somebody is changed by whoever may give what they let through. Raises Forbidden."""
    acting, snapshot = guards.acting_in(session, account_id, [change.id])
    before, after = (one.attributes if one else {} for one in (change.before, change.after))
    units_of = concerned(acting.policy, person_of(snapshot, change.id))
    check_attributes(acting, before, after, units_of, "change the profile")


def opens_the_door(session: Session, account_id: str, reference: str) -> bool:
    """Whether somebody is an Account Owner: links to the local door are mailed to the address in their profile."""
    person = get_user(session, account_id, reference)
    return any(one.id == person.id for one in owners.owners_of(session, account_id, now()))


def _check_way_in(session: Session, account_id: str, change: Change) -> None:
    """An owner's name and addresses are theirs: whoever had another one written there could be let in as them."""
    before, after = (one.attributes if one else {} for one in (change.before, change.after))
    if all(before.get(name) == after.get(name) for name in _WAY_IN):
        return
    acting, _ = guards.acting_in(session, account_id)
    if acting.person is not None and opens_the_door(session, account_id, change.id):
        raise Forbidden("the name and the addresses of an Account Owner are changed by themselves, or by the operator")


def _check_own_profile(acting: guards.Acting, change: Change) -> None:
    """Everybody changes their own profile, as far as it decides nothing. Raises Forbidden."""
    policy, person = acting.policy, acting.person
    profile = Resource(PROFILE, change.id)
    mine = [policy.catalogue.permissions[key] for key in policy.catalogue.self_service]
    edits = [one.key for one in mine if one.operation is Operation.MODIFIES]
    if not any(decide(policy, person, key, profile).allowed for key in edits):
        raise Forbidden("you may not change your own profile; an Account Owner may")
    before, after = (one.attributes if one else {} for one in (change.before, change.after))
    declared = [one.path for one in policy.catalogue.subject_attributes.values() if one.path is not None]
    for path in (*_DECIDING, *declared):
        was, becomes = (value_at({"active": True} | resource, path) for resource in (before, after))
        if was != becomes:
            raise Forbidden(f"{path}: this may decide what you may do, and {guards.OWN}")


def _local_store(session: Session, account_id: str) -> SqlDirectoryStore:
    return open_directory_store(session, account_id, local_directory(session, account_id))


def _check_free(session: Session, account_id: str, user_id: str | None, names: Mapping[str, Any]) -> None:
    """Nobody is called by hand what means somebody else, in whichever directory: by userName or externalId.

    A decision about that name would be about the wrong person, or about nobody any more. Raises Conflict.
    """
    for name in ("user_name", "external_id"):
        value = names.get(name)
        if value is not None and is_taken(session, account_id, user_id, value):
            raise Conflict(f"{name}: {value[:100]} is the userName or externalId of somebody else in this account")


def _document(store: SqlDirectoryStore, given: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The SCIM resource. Raises Refused for attributes that the account has not declared."""
    kind = store.resource_types["User"]
    for name in attributes:
        is_known = kind.schema.find(name) or kind.find_schema(name)
        if not is_known or name.lower() in _ELSEWHERE:
            why = "is no attribute that can be set here"
            raise Refused(f"attributes.{name[:100]}: {why}", Wrong(("attributes", name), why))
    named = {scim: given[name] for name, scim in _NAMED.items() if given.get(name) is not None}
    return {"schemas": [USER_URN], **attributes, **named}


def _refusal(error: ScimError) -> Exception:
    return (Conflict if error.status == 409 else Refused)(error.detail)


def _facts(row: Any) -> PersonFacts:
    document = orjson.loads(row.document)
    return PersonFacts(
        id=row.id,
        user_name=row.user_name,
        display_name=document.get("displayName"),
        external_id=row.external_id,
        active=row.active,
        origin=row.origin,
        directory_id=row.directory_id,
        directory=row.directory,
        is_local=row.preset == LOCAL,
        home_unit=row.home_unit,
        attributes={name: value for name, value in document.items() if name not in _OWN},
        created=row.created,
        modified=row.modified,
    )
