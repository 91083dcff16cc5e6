"""What a catalogue declares, held against what speaks of it: conditions of roles, data filters, attributes of users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.conditions import parse_condition
from app.services.schemas import list_extensions
from app.session import Session
from muster.filters import check
from rbac.catalogue import AttributeType, Catalogue
from rbac.role_document import RoleEntry
from scim.attributes import ResourceType, Type
from scim.errors import ScimError
from scim.names import resolve
from scim.schema_documents import known_extension
from scim.schemas import extended

_FITS: Mapping[AttributeType, frozenset[Type]] = {
    AttributeType.STRING: frozenset((Type.STRING, Type.REFERENCE, Type.BINARY)),
    AttributeType.BOOLEAN: frozenset((Type.BOOLEAN,)),
    AttributeType.NUMBER: frozenset((Type.INTEGER, Type.DECIMAL)),
    AttributeType.DATE_TIME: frozenset((Type.DATETIME,)),
}


def broken_conditions(catalogue: Catalogue, entries: Iterable[RoleEntry]) -> Iterator[str]:
    """What is wrong with the conditions of a role under this catalogue."""
    for entry in entries:
        if entry.when is not None:
            try:
                parse_condition(entry.when, catalogue)
            except ScimError as error:
                yield f"{entry.effect} {entry.node} when {entry.when}: {error}"


def broken_filters(catalogue: Catalogue, filters: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with data filters, each a record type and a text, under this catalogue."""
    for record_type, text in filters:
        kind = catalogue.item_kinds.get(record_type)
        if kind is None or not kind.records:
            yield f"{text}: there are no records of the type {record_type}"
            continue
        try:
            check(text, kind.attributes)
        except ScimError as error:
            yield f"{text}: {error}"


def broken_paths(
    session: Session, account_id: str, catalogue: Catalogue, extensions: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What is wrong with where the catalogue finds attributes of users; ``extensions`` are declared with it."""
    present = {one["id"].lower(): one for one in list_extensions(session, account_id)}
    wanted = {str(one.get("id", "")).lower(): one for one in extensions}
    users = extended([known_extension(one) for one in (present | wanted).values() if "id" in one])["User"]
    for name, attribute in catalogue.subject_attributes.items():
        if attribute.path is not None:
            problem = _path_problem(users, attribute.path, attribute.type)
            if problem:
                yield f"the attribute subject.{name}: {problem}"


def _path_problem(users: ResourceType, name: str, type: AttributeType) -> str | None:
    path = resolve(users, name)
    if path is None:
        return f"users have no attribute {name}"
    if path.attribute.multi_valued:
        return f"{name} has several values"
    if path.leaf.type not in _FITS[type]:
        return f"{name} is of the type {path.leaf.type.value}, not {type.value}"
    return None
