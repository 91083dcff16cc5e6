"""Where each attribute is searched: its own column, rows of its own, or (everything else) the search document."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, Uuid, and_, case, cast, func, literal, null, select, type_coerce

from app.stores.filter_sql import ID_PATTERN, Columns, Condition, Relation, compile_elements
from app.stores.member_search import BASE, having_member, in_group
from app.stores.narrow import Indexed
from app.stores.resource_rows import GROUPS, TABLES, USERS
from app.stores.slots import Slot, compared, slot_of
from app.stores.statements import ACCOUNT, DIRECTORY, EMAILS
from scim.attributes import Attribute
from scim.filter_tree import And, Compare, Node, Not, Or, Path
from scim.schemas import ENTERPRISE_URN, RESOURCE_TYPES


def search_columns(kind: str, sqlite: bool) -> Columns:
    """The columns of one directory's users or groups; which directory is said by parameters."""
    rows = TABLES[kind].c
    here = and_(rows.account_id == ACCOUNT, rows.directory_id == DIRECTORY)
    singles = _common(kind, sqlite) | SINGLES[kind]
    if kind == "User":
        singles |= _of_manager(sqlite)
    return Columns(rows.id, here, rows.search, singles, RELATIONS[kind], INDEXED[kind], sqlite)


def _having_email(node: Node | None, sqlite: bool) -> Condition:
    query = select(EMAILS.c.user_id).where(EMAILS.c.account_id == ACCOUNT, EMAILS.c.directory_id == DIRECTORY)
    if node is not None:
        query = query.where(compile_elements(_ends_with_reversed(node), _email_column, sqlite))
    return USERS.c.id.in_(query)


SINGLES: dict[str, dict[str, ColumnElement[Any]]] = {
    "User": {
        "username": USERS.c.user_name_key,
        "displayname": USERS.c.display_name_key,
        "name.familyname": USERS.c.family_name_key,
        "name.givenname": USERS.c.given_name_key,
        "active": USERS.c.active,
    },
    "Group": {"displayname": GROUPS.c.display_name_key},
}
"""Values with a column of their own, beside those of all kinds."""

RELATIONS: dict[str, dict[str, Relation]] = {
    "User": {"emails": _having_email, "groups": in_group},
    "Group": {"members": having_member},
}
"""Values with rows of their own."""


def _common(kind: str, sqlite: bool) -> dict[str, ColumnElement[Any]]:
    rows = TABLES[kind].c
    id: Any = type_coerce(rows.id, String) if sqlite else cast(rows.id, String).collate("C")
    return {
        "id": id,
        "externalid": rows.external_id,
        "meta": rows.created,
        "meta.created": rows.created,
        "meta.lastmodified": rows.modified,
        "meta.resourcetype": literal(kind),
        "meta.location": BASE.concat(f"/{RESOURCE_TYPES[kind].endpoint}/").concat(id),
        "meta.version": literal('W/"').concat(cast(rows.version, String)).concat('"'),
    }


def _of_manager(sqlite: bool) -> dict[str, ColumnElement[Any]]:
    """What is shown of a manager who is a user of the directory, and stands in the manager's own row."""
    manager, key = USERS.alias("manager"), f"{ENTERPRISE_URN.lower()}:manager"
    if sqlite:
        named: ColumnElement[Any] = func.json_extract(USERS.c.search, f'$."{key}.value"')
    else:
        text = func.jsonb_extract_path_text(USERS.c.search, f"{key}.value")
        # Whatever else it is, it is nobody here, and must not be read as an identifier.
        named = case((text.regexp_match(f"^{ID_PATTERN}$"), cast(text, Uuid)))
    here = (manager.c.account_id == ACCOUNT, manager.c.directory_id == DIRECTORY, manager.c.id == named)

    def shown(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return select(value).where(*here).correlate(USERS).scalar_subquery()

    id: Any = manager.c.id if sqlite else cast(manager.c.id, String)
    address = BASE.concat(f"/{RESOURCE_TYPES['User'].endpoint}/").concat(id)
    return {
        f"{key}.displayname": shown(manager.c.display_name_key),
        f"{key}.$ref": shown(address if sqlite else address.collate("C")),
    }


_TEXT = ("eq", "sw")
INDEXED: dict[str, Indexed] = {
    "User": {
        "id": ("eq",),
        "username": _TEXT,
        "externalid": _TEXT,
        "displayname": _TEXT,
        "name.familyname": _TEXT,
        "name.givenname": _TEXT,
        "emails.value": ("eq", "sw", "ew"),
        "groups.value": ("eq",),
    },
    "Group": {"id": ("eq",), "displayname": _TEXT, "externalid": _TEXT, "members.value": ("eq",)},
}
"""What an index leads to and is seldom many; an ``or`` of such comparisons is answered by their indexes."""

_REVERSED = Attribute("reversed")


def _ends_with_reversed(node: Node) -> Node:
    """``value ew "x"`` becomes a prefix search on the reversed address, which an index answers."""
    match node:
        case And(nodes):
            return And(tuple(_ends_with_reversed(part) for part in nodes))
        case Or(nodes):
            return Or(tuple(_ends_with_reversed(part) for part in nodes))
        case Not(inner):
            return Not(_ends_with_reversed(inner))
        case Compare(path, "ew", _) if path.element == "value" and isinstance(slot := slot_of(node), Slot):
            return compared(Path(_REVERSED), "sw", slot.backwards())
    return node


def _email_column(path: Path) -> ColumnElement[Any]:
    columns: dict[str, ColumnElement[Any]] = {
        "value": EMAILS.c.value_key,
        "reversed": EMAILS.c.value_reversed,
        "type": EMAILS.c.type_key,
        "display": EMAILS.c.display_key,
        "primary": EMAILS.c.is_primary,
    }
    return columns.get(path.element, cast(null(), String))
