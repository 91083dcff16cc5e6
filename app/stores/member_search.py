"""Conditions on who is in which group, as they stand in searches for users and for groups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from app.stores.filter_sql import Condition, compile_elements, is_identifier
from app.stores.narrow import equal_value, names
from app.stores.resource_rows import GROUPS, USERS
from app.stores.statements import ACCOUNT, DIRECTORY, MEMBERSHIPS, NESTINGS, closure
from scim.filter_tree import And, Compare, Node, Path

BASE: BindParameter[str] = bindparam("b_base", type_=String())
"""What the locations of all resources begin with."""


def having_member(node: Node | None, sqlite: bool) -> Condition:
    """Groups that have a member for which the condition holds (None: any member)."""
    parts: list[Select[Any]] = []
    for rows, column, kind in ((MEMBERSHIPS, "user_id", "User"), (NESTINGS, "child_id", "Group")):
        query = select(rows.c.group_id).where(rows.c.account_id == ACCOUNT)
        if node is not None:
            query = query.where(_on_reference(node, rows.c[column], literal(kind.lower()), f"/{kind}s/", sqlite))
        parts.append(query)
    return GROUPS.c.id.in_(union_all(*parts))


def in_group(node: Node | None, sqlite: bool) -> Condition:
    """Users who are in a group for which the condition holds (None: any group)."""
    if node is None:
        return USERS.c.id.in_(select(MEMBERSHIPS.c.user_id).join(GROUPS, _is_of_directory(MEMBERSHIPS)))
    if not names(node, "type"):
        return _among(USERS.c.id, _users_below(node, sqlite), sqlite)
    # Whether directly or not is asked: of those alone who are in the group at all, if it is one.
    group = equal_value(node)
    candidates = true() if group is None else _among(MEMBERSHIPS.c.user_id, _users_below(group, sqlite), sqlite)
    rows = closure(ACCOUNT, candidates)
    of_group = _is_of_directory(rows)
    kind = case((rows.c.direct == 1, "direct"), else_="indirect")
    query = select(rows.c.user_id).join(GROUPS, of_group).where(_on_group(node, kind, sqlite))
    return _among(USERS.c.id, query, sqlite)


def _is_of_directory(rows: Any) -> Condition:
    """The group of a row is one of the directory; the account's own have members of any."""
    return and_(GROUPS.c.account_id == ACCOUNT, GROUPS.c.directory_id == DIRECTORY, GROUPS.c.id == rows.c.group_id)


def _among(id: ColumnElement[str], query: Select[Any], sqlite: bool) -> Condition:
    # PostgreSQL cannot foresee how many a recursion finds: it looks an array up, whatever it believes.
    return id.in_(query) if sqlite else id == any_(func.array(query.scalar_subquery()))


def _users_below(node: Node, sqlite: bool) -> Select[Any]:
    """Users in the groups for which the condition holds, or in groups within those."""
    here = GROUPS.c.account_id == ACCOUNT, GROUPS.c.directory_id == DIRECTORY
    tree = select(GROUPS.c.id).where(*here, _on_group(node, cast(null(), String), sqlite)).cte(recursive=True)
    tree = tree.union(
        select(NESTINGS.c.child_id).where(NESTINGS.c.account_id == ACCOUNT, NESTINGS.c.group_id == tree.c.id)
    )
    of_tree = _among(MEMBERSHIPS.c.group_id, select(tree.c.id), sqlite)
    return select(MEMBERSHIPS.c.user_id).where(MEMBERSHIPS.c.account_id == ACCOUNT, of_tree).correlate(None)


def _on_group(node: Node, kind: ColumnElement[str], sqlite: bool) -> Condition:
    return _on_reference(node, GROUPS.c.id, kind, "/Groups/", sqlite, GROUPS.c.display_name_key)


def _on_reference(
    node: Node,
    id: ColumnElement[str],
    kind: ColumnElement[str],
    endpoint: str,
    sqlite: bool,
    display: ColumnElement[Any] | None = None,
) -> Condition:
    if isinstance(node, And):
        return and_(*(_on_reference(part, id, kind, endpoint, sqlite, display) for part in node.nodes))
    if isinstance(node, Compare) and node.op == "eq" and node.path.element == "value":
        return is_identifier(id, node)
    as_text = cast(id, String)

    def value_of(path: Path) -> ColumnElement[Any]:
        match path.element:
            case "value":
                return as_text
            case "$ref":
                return BASE.concat(endpoint).concat(as_text)
            case "display" if display is not None:
                return display
            case "type":
                return kind
        return cast(null(), String)

    return compile_elements(node, value_of, sqlite)
