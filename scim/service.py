"""Create, get, replace, patch, delete: the verbs of SCIM on one resource of a directory (RFC 7644 §3.3 to §3.6).

Changing verbs return a Change, which says whether anything changed; what follows from it is the
application's business. A version condition is the text of an If-Match or If-None-Match header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace as with_
from typing import Any

from scim.attributes import ResourceType
from scim.dialect_checks import check_operations, check_resource
from scim.errors import InvalidSyntax, InvalidValue, NotFound, PreconditionFailed, ScimError
from scim.patch import apply, read_operations
from scim.resource import reference_ids, validate
from scim.store import (
    Change,
    DirectoryStore,
    MemberEdit,
    Reference,
    Resource,
    Stored,
    Update,
)


def get(
    store: DirectoryStore,
    kind: str,
    id: str,
    *,
    if_match: str | None = None,
    related: bool = False,
    lock: bool = False,
) -> Stored:
    """One resource. Raises NotFound, PreconditionFailed."""
    found = store.find(kind, id, related=related, lock=lock) if _may_be_id(id) else None
    if found is None:
        raise NotFound(f"there is no {kind} with this id in this directory")
    _insist(if_match, found)
    return found


def create(store: DirectoryStore, kind: str, body: Any) -> Change:
    """Add a resource (RFC 7644 §3.3). The server owns ``id`` and ``meta``; what the client sent there is dropped.

    Raises InvalidSyntax or InvalidValue for a body the schema refuses, Uniqueness for a taken name.
    """
    resource_type = store.resource_types[kind]
    resource = _read(store, resource_type, body)
    done = store.insert(kind, resource, _given_members(resource_type, body) or frozenset())
    return Change("create", kind, done.stored.id, None, done.stored, done.added)


def create_all(store: DirectoryStore, kind: str, bodies: Sequence[Any]) -> list[Change]:
    """Add many resources of a kind without members, within a savepoint. Raises as ``create`` does for any of them."""
    resource_type = store.resource_types[kind]
    done = store.insert_all(kind, [_read(store, resource_type, body) for body in bodies])
    return [Change("create", kind, one.stored.id, None, one.stored) for one in done]


def replace(
    store: DirectoryStore,
    kind: str,
    id: str,
    body: Any,
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
    related: bool = False,
) -> Change:
    """Replace a resource (RFC 7644 §3.5.1); what the body leaves out is cleared. Never creates.

    ``related`` loads the values of a read-only relation, for whoever shows the result. Raises NotFound,
    PreconditionFailed, Mutability and as ``create`` does.
    """
    resource_type = store.resource_types[kind]
    current = get(store, kind, id, related=related and not _owns_members(resource_type), lock=True)
    expected = _expected(current, if_match, if_none_match)
    resource = _read(store, resource_type, body, current.attributes)
    members = _given_members(resource_type, body)
    edit = None if members is None else MemberEdit(members)
    return _update(store, "replace", current, _changed(current, resource), edit, expected)


def patch(
    store: DirectoryStore,
    kind: str,
    id: str,
    body: Any,
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
    related: bool = False,
) -> Change:
    """Apply a PatchOp to a resource (RFC 7644 §3.5.2): everything or nothing.

    The members of a group are edited without being read. ``related`` and refusals as with ``replace``.
    """
    resource_type = store.resource_types[kind]
    try:
        if store.unrepaired:
            check_operations(resource_type, body, store.unrepaired)
        operations = read_operations(body)
    except ScimError:
        get(store, kind, id)  # a resource that is not there is what the client is to hear of first
        raise
    current = get(store, kind, id, related=related and not _owns_members(resource_type), lock=True)
    expected = _expected(current, if_match, if_none_match)
    creates = "creating-paths" not in store.unrepaired
    patched = apply(resource_type, current.attributes, operations, lambda: related_of(store, current), creates=creates)
    return _update(store, "patch", current, patched.resource, patched.members, expected)


def delete(
    store: DirectoryStore, kind: str, id: str, *, if_match: str | None = None, if_none_match: str | None = None
) -> Change:
    """Remove a resource and its memberships (RFC 7644 §3.6). Raises NotFound, PreconditionFailed."""
    current = get(store, kind, id, lock=True)
    removed = store.delete(current, expected=_expected(current, if_match, if_none_match))
    return Change("delete", kind, id, current, None, removed=removed)


def related_of(store: DirectoryStore, stored: Stored) -> Iterable[Reference]:
    """The values of a resource's relation: as loaded, else read now; those of a group as a stream."""
    if stored.related is not None:
        return stored.related
    resource_type = store.resource_types[stored.kind]
    if resource_type.relation is None:
        return ()
    if _owns_members(resource_type):
        return store.members(stored.id, stored.member_count) if stored.member_count else ()
    found = store.find(stored.kind, stored.id, related=True)
    return (found.related or ()) if found else ()


def is_version(header: str, version: int) -> bool:
    """Does an If-Match or If-None-Match header name this version? Weak and strong tags compare alike.

    A star is all versions only where it stands alone; in quotes it is a tag like others.
    """
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}
    return header.strip() == "*" or str(version) in tags


def _read(store: DirectoryStore, resource_type: ResourceType, body: Any, current: Resource | None = None) -> Resource:
    if store.unrepaired:
        check_resource(resource_type, body, store.unrepaired)
    return validate(resource_type, body, current=current)


def _update(
    store: DirectoryStore,
    verb: str,
    current: Stored,
    resource: Resource | None,
    members: MemberEdit | None,
    expected: int | None,
) -> Change:
    if resource is None and members is None:
        done = Update(current, False)
    else:
        done = store.update(current, resource, members, expected=expected)
    after = done.stored
    if after.related is None and current.related is not None:
        after = with_(after, related=current.related)
    return Change(verb, current.kind, current.id, current, after, done.added, done.removed, done.changed)


def _changed(current: Stored, resource: Resource) -> Resource | None:
    """The new document, or None if it is the present one."""
    return None if {"id": current.id, **resource} == current.attributes else resource


def _expected(current: Stored, if_match: str | None, if_none_match: str | None) -> int | None:
    """The version that the client insists on. Raises PreconditionFailed if the resource has moved on.

    RFC 9110 §13.1.2: what changes something is not done on a version that If-None-Match names either.
    """
    if if_none_match is not None and is_version(if_none_match, current.version):
        raise PreconditionFailed("If-None-Match: the resource is in a version that this excludes")
    _insist(if_match, current)
    return None if if_match is None or if_match.strip() == "*" else current.version


def _insist(if_match: str | None, current: Stored) -> None:
    """Raise PreconditionFailed if If-Match does not name the present version (RFC 9110 §13.1.1)."""
    if if_match is not None and not is_version(if_match, current.version):
        raise PreconditionFailed("If-Match: the resource has another version now; read it again")


def _owns_members(resource_type: ResourceType) -> bool:
    return resource_type.relation is not None and not resource_type.relation.read_only


def _given_members(resource_type: ResourceType, body: Any) -> frozenset[str] | None:
    """The members in a whole resource, None for a type without. Raises InvalidValue for no list (RFC 7643 §2.4)."""
    relation = resource_type.relation
    if relation is None or relation.read_only:
        return None
    given = [value for name, value in body.items() if name.lower() == relation.key]
    if len(given) > 1:
        raise InvalidSyntax(f"{relation.name}: given twice under names that differ in case only")
    members = given[0] if given else None
    if members is not None and not (type(members) is list and all(type(one) is dict for one in members)):
        raise InvalidValue(f"{relation.name}: must be a list of objects")
    return reference_ids(relation, members)


def _may_be_id(id: str) -> bool:
    return "\0" not in id and len(id) <= 200
