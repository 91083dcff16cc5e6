"""Where each attribute is searched: its own column, rows of its own, or (everything else) the search document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal, null, select, type_coerce

from app.stores.filter_sql import Columns, Condition, compile_elements
from app.stores.members import MemberStore
from app.stores.resource_rows import GROUPS, TABLES, USERS
from app.stores.statements import EMAILS
from scim.attributes import Attribute
from scim.filter_tree import And, Compare, Node, Not, Or, Path


def search_columns(
    account_id: str, directory_id: str, addresses: Mapping[str, str], members: MemberStore, sqlite: bool
) -> dict[str, Columns]:
    """The columns of one directory's users and groups; ``addresses`` is what each kind's locations begin with."""

    def having_email(node: Node | None) -> Condition:
        query = select(EMAILS.c.user_id).where(EMAILS.c.account_id == account_id, EMAILS.c.directory_id == directory_id)
        if node is not None:
            query = query.where(compile_elements(_ends_with_reversed(node), _email_column, sqlite))
        return USERS.c.id.in_(query)

    user_columns = _common("User", addresses["User"], sqlite) | {
        "username": USERS.c.user_name_key,
        "displayname": USERS.c.display_name_key,
        "name.familyname": USERS.c.family_name_key,
        "name.givenname": USERS.c.given_name_key,
        "active": USERS.c.active,
    }
    group_columns = _common("Group", addresses["Group"], sqlite) | {"displayname": GROUPS.c.display_name_key}
    of_users = {"emails": having_email, "groups": members.in_group}
    return {
        "User": Columns(USERS.c.id, USERS.c.search, user_columns, of_users, sqlite),
        "Group": Columns(GROUPS.c.id, GROUPS.c.search, group_columns, {"members": members.having_member}, sqlite),
    }


def _common(kind: str, address: str, sqlite: bool) -> dict[str, ColumnElement[Any]]:
    rows = TABLES[kind].c
    id: Any = type_coerce(rows.id, String) if sqlite else cast(rows.id, String).collate("C")
    return {
        "id": id,
        "externalid": rows.external_id,
        "meta": rows.created,
        "meta.created": rows.created,
        "meta.lastmodified": rows.modified,
        "meta.resourcetype": literal(kind),
        "meta.location": literal(address).concat(id),
        "meta.version": literal('W/"').concat(cast(rows.version, String)).concat('"'),
    }


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
        case Compare(path, "ew", key) if path.element == "value":
            return Compare(Path(_REVERSED), "sw", str(key)[::-1])
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
