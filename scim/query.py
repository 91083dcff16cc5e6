"""Parameters of a search, from a query string or a SearchRequest body (RFC 7644 §3.4.2, §3.4.3).

Parameter names have no case, unknown ones are ignored. A sortBy that names nothing sortable is
refused with invalidPath: an order that was asked for and not kept would break paging. A ``cursor``, be it
empty, asks for paging by cursor (RFC 9865); startIndex then has no meaning and is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scim.attributes import ResourceType, Returned, Type
from scim.errors import InvalidCount, InvalidCursor, InvalidPath, InvalidSyntax, InvalidValue
from scim.filters import Path, parse_filter, resolve
from scim.json_body import named_fields
from scim.names import is_message
from scim.projection import Names, Projection, projection
from scim.store import Query

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

_INTEGER = re.compile(r"\s*[+-]?\d{1,40}\s*", re.ASCII)
_LAST_START = 2**31 - 1
_MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How many resources one page has: if the client does not say, and at most."""

    default: int = 100
    maximum: int = 1_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """A search as the client asked for it; names and filter are not yet looked up in any schema.

    ``cursor`` is None for paging by index and empty for the first page by cursor. ``has_count`` tells whether the
    client chose the page size.
    """

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start: int = 1
    count: int = 100
    attributes: Names = ()
    excluded: Names = ()
    cursor: str | None = None
    has_count: bool = False

    def projection(self, resource_type: ResourceType) -> Projection:
        """What the answer shows of resources of this type."""
        return projection(resource_type, self.attributes, self.excluded)

    def query(self, resource_type: ResourceType, among: tuple[ResourceType, ...] = ()) -> Query:
        """The search on resources of this type, as one of several. Raises InvalidFilter, InvalidPath."""
        return Query(
            filter=parse_filter(resource_type, self.filter, among) if self.filter is not None else None,
            sort=sort_path(resource_type, self.sort_by, among) if self.sort_by else None,
            descending=self.descending,
            start=self.start,
            count=self.count,
            related=self.projection(resource_type).shows_relation,
        )


def from_arguments(arguments: Iterable[tuple[str, str]], limits: PageLimits) -> Parameters:
    """The parameters in a query string. Raises InvalidValue."""
    fields: dict[str, Any] = {}
    for name, value in arguments:
        key = name.lower()
        if key in ("attributes", "excludedattributes"):
            fields[key] = [*fields.get(key, []), *value.split(",")]
        else:
            fields.setdefault(key, value)
    return _parameters(fields, limits)


def projected_names(arguments: Iterable[tuple[str, str]]) -> tuple[Names, Names]:
    """``attributes`` and ``excludedAttributes`` of a query string, for a request about one resource."""
    found: dict[str, list[str]] = {"attributes": [], "excludedattributes": []}
    for name, value in arguments:
        if name.lower() in found:
            found[name.lower()] += [part for part in value.split(",") if part.strip()]
    return tuple(found["attributes"]), tuple(found["excludedattributes"])


def from_body(body: Mapping[str, Any], limits: PageLimits) -> Parameters:
    """The parameters in a SearchRequest. Raises InvalidSyntax, InvalidValue."""
    fields = named_fields(body)
    urns = fields.get("schemas")
    if urns is not None and not is_message(urns, SEARCH_URN):
        raise InvalidSyntax(f'schemas: must be a list that contains "{SEARCH_URN}"')
    return _parameters(fields, limits)


def sort_path(resource_type: ResourceType, name: str, among: tuple[ResourceType, ...] = ()) -> Path | None:
    """What sortBy names, None if only other types of the search have it; then nothing here has a value to sort by.

    Raises InvalidPath for an unknown attribute, or one without an order.
    """
    path = _sortable(resource_type, name.strip())
    if path is None and not any(_sortable(other, name.strip()) for other in among):
        raise InvalidPath(f'sortBy: "{name[:100]}" is nothing that {resource_type.endpoint} can be sorted by')
    return path


def _sortable(resource_type: ResourceType, name: str) -> Path | None:
    path = resolve(resource_type, name)
    if path is not None and path.leaf.type is Type.COMPLEX:
        value = path.attribute.find_sub("value")
        path = Path(path.attribute, value, path.extension) if value else None
    if (
        path is None
        or path.attribute.relation
        or path.attribute.key == "schemas"
        or path.leaf.type is Type.BINARY
        or Returned.NEVER in (path.attribute.returned, path.leaf.returned)
    ):
        return None
    return path


def _parameters(fields: Mapping[str, Any], limits: PageLimits) -> Parameters:
    """The parameters in ``fields``, whose names are in lower case; refusals spell them as the protocol does."""
    attributes, excluded = _names(fields, "attributes"), _names(fields, "excludedAttributes")
    if attributes and excluded:
        raise InvalidValue("attributes, excludedAttributes: send one of them, not both")
    cursor = _cursor(fields)
    count = _count(fields, limits, cursor is not None)
    return Parameters(
        filter=_text(fields, "filter"),
        sort_by=_text(fields, "sortBy"),
        descending=_descending(fields),
        start=1 if cursor is not None else min(max(_integer(fields, "startIndex", 1), 1), _LAST_START),
        count=min(max(count, 0), limits.maximum),
        attributes=attributes,
        excluded=excluded,
        cursor=cursor,
        has_count=fields.get("count") not in (None, ""),
    )


def _count(fields: Mapping[str, Any], limits: PageLimits, by_cursor: bool) -> int:
    if not by_cursor:
        return _integer(fields, "count", limits.default)
    try:
        count = _integer(fields, "count", limits.default)
    except InvalidValue as error:
        raise InvalidCount(error.detail) from error
    if count < 1:
        raise InvalidCount(f"count: must be from 1 to {limits.maximum}")
    return count


def _cursor(fields: Mapping[str, Any]) -> str | None:
    try:
        return _text(fields, "cursor")
    except InvalidValue as error:
        raise InvalidCursor(error.detail) from error


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name.lower())
    if value is not None and not isinstance(value, str):
        raise InvalidValue(f"{name}: must be text")
    return value


def _integer(fields: Mapping[str, Any], name: str, default: int) -> int:
    value = fields.get(name.lower())
    if value is None or value == "":
        return default
    if type(value) is int:
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise InvalidValue(f"{name}: must be a whole number")


def _descending(fields: Mapping[str, Any]) -> bool:
    order = (_text(fields, "sortOrder") or "ascending").strip().lower()
    if order not in ("ascending", "descending"):
        raise InvalidValue("sortOrder: must be ascending or descending")
    return order == "descending"


def _names(fields: Mapping[str, Any], name: str) -> Names:
    value = fields.get(name.lower())
    if value is None:
        return ()
    given = value.split(",") if isinstance(value, str) else value
    if isinstance(given, list) and len(given) > _MOST_NAMES:
        raise InvalidValue(f"{name}: has more than {_MOST_NAMES} names")
    if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
        raise InvalidValue(f"{name}: must be a list of attribute names")
    return tuple(part.strip() for part in given if part.strip())
