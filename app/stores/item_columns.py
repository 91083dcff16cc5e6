"""What a filter on items may name, and where that is.

Beside an item's own columns: people, groups, roles and units by name or id, and the attributes that the catalogue
declares. An attribute counts where the stored value has the declared type.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Numeric,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from app.stores.access_tables import GROUPS, ITEMS, ROLES, SHARES, UNITS, USERS
from app.stores.filter_sql import is_id
from muster.filters import As, Columns, InvalidFilter, Kind
from rbac.catalogue import AttributeType, ItemType
from scim.keys import Key, fold

_TYPES: dict[AttributeType, TypeEngine[Any]] = {
    AttributeType.STRING: Text(),
    AttributeType.BOOLEAN: Boolean(),
    AttributeType.NUMBER: Numeric(),
    AttributeType.DATE_TIME: Text(),
}
_SQLITE = {
    AttributeType.STRING: ("text",),
    AttributeType.BOOLEAN: ("true", "false"),
    AttributeType.NUMBER: ("integer", "real"),
    AttributeType.DATE_TIME: ("text",),
}
_POSTGRESQL = {
    AttributeType.STRING: "string",
    AttributeType.BOOLEAN: "boolean",
    AttributeType.NUMBER: "number",
    AttributeType.DATE_TIME: "string",
}
_SHARED = exists().where(
    SHARES.c.account_id == ITEMS.c.account_id, SHARES.c.type == ITEMS.c.type, SHARES.c.item_id == ITEMS.c.id
)
_KNOWN = exists().where(USERS.c.account_id == ITEMS.c.account_id, USERS.c.id == ITEMS.c.owner_id)
_ACTIVE = exists().where(USERS.c.account_id == ITEMS.c.account_id, USERS.c.id == ITEMS.c.owner_id, USERS.c.active)


def item_columns(account_id: str, kinds: Iterable[ItemType], *, sqlite: bool) -> Columns:
    """What a filter may name. Attributes are ``attributes.NAME``; of one name, all types must be the same."""

    def owner(op: str, literal: Key | None) -> ColumnElement[bool]:
        if op == "pr":
            return ITEMS.c.owner_id.is_not(None)
        named = select(USERS.c.id).where(
            USERS.c.account_id == account_id, USERS.c.user_name_key == fold(_name("owner", op, literal))
        )
        # Somebody who was deleted is still known by the name they had.
        gone = and_(not_(_KNOWN), ITEMS.c.owner_name == str(literal))
        return or_(ITEMS.c.owner_id.in_(named), gone, _is_id(ITEMS.c.owner_id, literal))

    def owner_group(op: str, literal: Key | None) -> ColumnElement[bool]:
        if op == "pr":
            return or_(ITEMS.c.owner_group_id.is_not(None), ITEMS.c.owner_role_id.is_not(None))
        key = fold(_name("ownerGroup", op, literal))
        groups = select(GROUPS.c.id).where(GROUPS.c.account_id == account_id, GROUPS.c.display_name_key == key)
        roles = select(ROLES.c.id).where(ROLES.c.account_id == account_id, ROLES.c.name_key == key)
        by_id = or_(_is_id(ITEMS.c.owner_group_id, literal), _is_id(ITEMS.c.owner_role_id, literal))
        return or_(ITEMS.c.owner_group_id.in_(groups), ITEMS.c.owner_role_id.in_(roles), by_id)

    def unit(op: str, literal: Key | None) -> ColumnElement[bool]:
        if op == "pr":
            return ITEMS.c.business_unit_id.is_not(None)
        key = _name("businessUnit", op, literal)
        units = select(UNITS.c.id).where(UNITS.c.account_id == account_id, UNITS.c.key == key.lower())
        return or_(ITEMS.c.business_unit_id.in_(units), _is_id(ITEMS.c.business_unit_id, literal))

    return {
        "type": As(ITEMS.c.type, Kind.EXACT),
        "id": As(ITEMS.c.id, Kind.EXACT),
        "name": As(ITEMS.c.name, Kind.TEXT),
        "owner": owner,
        "ownerGone": As(and_(ITEMS.c.owner_id.is_not(None), not_(_ACTIVE)), Kind.BOOLEAN),
        "ownerGroup": owner_group,
        "businessUnit": unit,
        "levels.owner": As(ITEMS.c.owner_level, Kind.EXACT),
        "levels.group": As(ITEMS.c.group_level, Kind.EXACT),
        "levels.rest": As(ITEMS.c.rest_level, Kind.EXACT),
        "shared": As(_SHARED, Kind.BOOLEAN),
        "revision": As(ITEMS.c.revision, Kind.NUMBER),
        "created": As(ITEMS.c.created, Kind.MOMENT),
        "modified": As(ITEMS.c.modified, Kind.MOMENT),
        **_attributes(kinds, sqlite),
    }


def _name(attribute: str, op: str, literal: Key | None) -> str:
    if op != "eq" or not isinstance(literal, str):
        raise InvalidFilter(f"filter: {attribute} is compared with a name or an id, by eq or ne")
    return literal


def _is_id(column: ColumnElement[Any], literal: Key | None) -> ColumnElement[bool]:
    text = str(literal).lower()
    return column == text if is_id(text) else false()


def _attributes(kinds: Iterable[ItemType], sqlite: bool) -> dict[str, As]:
    declared: defaultdict[str, set[AttributeType]] = defaultdict(set)
    for kind in kinds:
        for name, type in kind.attributes.items():
            declared[name].add(type)
    return {
        f"attributes.{name}": As(_value(name, type, sqlite), Kind(type.value))
        for name, (type, *others) in ((name, tuple(types)) for name, types in declared.items())
        if not others
    }


def _value(name: str, type: AttributeType, sqlite: bool) -> ColumnElement[Any]:
    """A stored attribute, NULL where it is of another type."""
    if sqlite:
        path = f'$."{name}"'
        kind, value = func.json_type(ITEMS.c.attributes, path), func.json_extract(ITEMS.c.attributes, path)
        return case((kind.in_(_SQLITE[type]), type_coerce(value, _TYPES[type])))
    kind = func.jsonb_typeof(func.jsonb_extract_path(ITEMS.c.attributes, name))
    text = func.jsonb_extract_path_text(ITEMS.c.attributes, name)
    return case((kind == _POSTGRESQL[type], cast(text, _TYPES[type])))
