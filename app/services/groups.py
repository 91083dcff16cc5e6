"""Groups that an administrator makes by hand, and all groups of the account as administrators see them.

A group made by hand belongs to the account's own directory; its members may come from all of them. What a directory
has pushed is changed there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.services import group_members, guards, provisioning
from app.services.errors import Conflict, Forbidden, NotFound, Refused
from app.services.users import LOCAL
from app.session import Session
from app.stores import people
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.listings import Found, Wanted, page
from app.stores.mapping_rules import lock
from app.stores.naming import local_directory
from app.stores.people import GROUP_LIST, find_group_rows
from scim import service
from scim.errors import ScimError
from scim.schemas import GROUP_URN

MOST_MEMBERS = 1_000
"""Added or removed at once."""
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_NAMED = {"display_name": "displayName", "external_id": "externalId"}


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group."""

    id: str
    display_name: str
    external_id: str | None
    origin: str
    directory_id: str
    directory: str
    is_local: bool
    member_count: int
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of groups, and where the next one begins."""

    results: list[GroupFacts]
    next: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Moved:
    """How many members really came or went, and how many there are now."""

    changed: int
    member_count: int


def list_groups(session: Session, account_id: str, wanted: Wanted) -> Groups:
    """A page of the groups of all directories."""
    found = page(session, GROUP_LIST, account_id, wanted)
    return Groups([_facts(row) for row in found.rows], found.next)


def get_group(session: Session, account_id: str, reference: str) -> GroupFacts:
    """One group, by id or displayName. Raises NotFound."""
    found = find_group_rows(session, account_id, reference)
    if len(found) != 1:
        why = "several groups are" if found else "no group is"
        raise NotFound(f"{why} named {reference[:100]!r} in this account; use a group's id", "group", reference)
    return _facts(found[0])


def get_own_group(session: Session, account_id: str, reference: str) -> GroupFacts:
    """A group made by hand, to be changed. Raises NotFound, Forbidden for another directory's."""
    group = get_group(session, account_id, reference)
    if not group.is_local:
        raise Forbidden(f"{group.display_name} belongs to the directory {group.directory}; change this group there")
    return group


def may_change(session: Session, account_id: str) -> bool:
    """Whether whoever acts may make groups by hand and change them: they manage users everywhere."""
    acting, _ = guards.acting_in(session, account_id)
    return acting.may_manage("manage_users", list(acting.policy.units.units))


def list_members(session: Session, account_id: str, reference: str, wanted: Wanted) -> Found:
    """A page of a group's direct members: rows of id, kind and name."""
    return people.members(session, account_id, get_group(session, account_id, reference).id, wanted)


def create_group(session: Session, account_id: str, given: Mapping[str, Any]) -> GroupFacts:
    """Create an empty group by hand: display_name, external_id. Raises Conflict for a taken name, Forbidden."""
    store = _open_store(session, account_id, "create groups")
    try:
        change = service.create(store, "Group", _document(given))
        session.settle()  # a taken name is told now, not at the end
    except ScimError as error:
        raise _refusal(error) from error
    provisioning.on_changes(store, [change])
    return get_group(session, account_id, change.id)


def change_group(session: Session, account_id: str, reference: str, changes: Mapping[str, Any]) -> GroupFacts:
    """Rename a group, or change its external_id. Raises NotFound, Conflict, Forbidden for another directory's."""
    store = _open_store(session, account_id, "change groups")
    group = get_own_group(session, account_id, reference)
    named = {**{name: getattr(group, name) for name in _NAMED}, **changes}
    # As a patch: a whole resource would have to name all members.
    operations = [
        {"op": "replace", "path": scim, "value": named[name]}
        if named[name] is not None
        else {"op": "remove", "path": scim}
        for name, scim in _NAMED.items()
        if named[name] != getattr(group, name)
    ]
    if operations:
        _patch(store, group.id, operations)
    return get_group(session, account_id, group.id)


def delete_group(session: Session, account_id: str, reference: str) -> None:
    """Delete a group made by hand; what it gave its members goes with it. Raises NotFound, Forbidden."""
    store = _open_store(session, account_id, "delete groups")
    group = get_own_group(session, account_id, reference)
    guards.check_members(
        session, account_id, group.id, {member.value for member in store.members(group.id, group.member_count)}
    )
    provisioning.on_changes(store, [service.delete(store, "Group", group.id)])


def add_members(
    session: Session, account_id: str, reference: str, users: Sequence[str], groups: Sequence[str]
) -> Moved:
    """Add users and groups of any directory, by id or name, to a group made by hand; all or nothing.

    Raises NotFound, Forbidden.
    """
    store = _open_store(session, account_id, "change the members of groups")
    group = get_own_group(session, account_id, reference)
    ids = [*group_members.ids_of(session, account_id, "user", users)]
    ids += group_members.ids_of(session, account_id, "group", groups)
    if group.id in ids:
        raise Refused("a group cannot be a member of itself")
    guards.check_members(session, account_id, group.id, ids)
    changed = _patch(store, group.id, [{"op": "add", "path": "members", "value": [{"value": id} for id in ids]}])
    return Moved(changed, get_group(session, account_id, group.id).member_count)


def remove_members(session: Session, account_id: str, reference: str, ids: Collection[str]) -> Moved:
    """Remove members, by id; who is none is no error. Raises NotFound, Forbidden."""
    store = _open_store(session, account_id, "change the members of groups")
    group = get_own_group(session, account_id, reference)
    guards.check_members(session, account_id, group.id, ids)
    # A list as value is how Entra does it; a path for each would have to be written and read again.
    changed = _patch(store, group.id, [{"op": "remove", "path": "members", "value": [{"value": id} for id in ids]}])
    return Moved(changed, get_group(session, account_id, group.id).member_count)


def _patch(store: SqlDirectoryStore, group_id: str, operations: list[dict[str, Any]]) -> int:
    try:
        change = service.patch(store, "Group", group_id, {"schemas": [_PATCH], "Operations": operations})
        store.session.settle()
    except ScimError as error:
        raise _refusal(error) from error
    if change.changed:
        provisioning.on_changes(store, [change])
    return len(change.added) + len(change.removed)


def _open_store(session: Session, account_id: str, what: str) -> SqlDirectoryStore:
    """The account's own directory, for whoever may manage users everywhere: a group may have anybody in it."""
    lock(session, account_id, exclusive=False)
    acting, _ = guards.acting_in(session, account_id)
    acting.check_area("manage_users", list(acting.policy.units.units), what)
    return open_directory_store(session, account_id, local_directory(session, account_id))


def _document(given: Mapping[str, Any]) -> dict[str, Any]:
    named = {scim: given[name] for name, scim in _NAMED.items() if given.get(name) is not None}
    return {"schemas": [GROUP_URN], **named}


def _refusal(error: ScimError) -> Exception:
    return (Conflict if error.status == 409 else Refused)(error.detail)


def _facts(row: Any) -> GroupFacts:
    return GroupFacts(
        id=row.id,
        display_name=row.display_name,
        external_id=row.external_id,
        origin=row.origin,
        directory_id=row.directory_id,
        directory=row.directory,
        is_local=row.preset == LOCAL,
        member_count=row.member_count,
        created=row.created,
        modified=row.modified,
    )
