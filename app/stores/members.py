"""Who is in which group: rows of their own, never part of a document.

Adding or removing members touches those rows only, whatever the size of the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    cast,
    delete,
    literal,
    null,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models.base import Id, now
from app.stores.filter_sql import Condition, compile_elements, is_id
from app.stores.resource_rows import GROUPS, USERS
from app.stores.statements import (
    FIND_IN,
    GROUPS_OF_USER,
    GROUPS_OF_USERS,
    INSERT_MEMBERS,
    MEMBERSHIPS,
    NESTINGS,
    REMOVE_MEMBERS,
    closure,
)
from scim.errors import InvalidValue
from scim.filter_tree import Compare, Node, Path
from scim.store import MemberEdit, Reference

_CHUNK = 5_000


class MemberStore:
    """The members of one directory's groups, and the groups of its users."""

    def __init__(self, session: Session, account_id: str, directory_id: str, base_url: str) -> None:
        self._session = session
        self._account = account_id
        self._directory = directory_id
        self._base_url = base_url
        self._sqlite = session.get_bind().dialect.name == "sqlite"

    def _execute(self, statement: Any, values: Any = None) -> Any:
        # Never a cached property: its lock is shared by all threads, and this may wait for the database.
        return self._session.connection().execute(statement, values)

    def add(self, group_id: str, ids: Iterable[str]) -> list[Reference]:
        """Insert the members that are not there yet; returns those. InvalidValue for an unknown id."""
        added: list[Reference] = []
        for chunk in _chunks(sorted(ids)):
            users = self._existing("User", chunk)
            others = [id for id in chunk if id not in users]
            groups = self._existing("Group", others) if others else set()
            unknown = [id for id in others if id not in groups]
            if unknown:
                raise InvalidValue(
                    f'members: no user or group with id "{unknown[0][:64]}" in this directory; provision it first'
                )
            added += self._insert("User", group_id, users)
            added += self._insert("Group", group_id, groups)
        return added

    def remove(self, group_id: str, ids: Iterable[str]) -> list[Reference]:
        """Delete the members that are there; returns those. Unknown ids are no error."""
        removed: list[Reference] = []
        for chunk in _chunks(sorted(id for id in ids if is_id(id))):
            users = self._delete("User", group_id, chunk)
            removed += users
            if len(users) < len(chunk):
                removed += self._delete("Group", group_id, chunk)
        return removed

    def edit(self, group_id: str, edit: MemberEdit) -> tuple[list[Reference], list[Reference]]:
        """Apply an edit; returns what was really added and removed."""
        add, remove = set(edit.add), set(edit.remove)
        if edit.replace is not None:
            wanted = (edit.replace | edit.add) - edit.remove
            present = {member.value for member in self.members_of(group_id)}
            add, remove = set(wanted - present), present - wanted
        removed = self.remove(group_id, remove) if remove else []
        return (self.add(group_id, add) if add else []), removed

    def members_of(self, group_id: str) -> Iterator[Reference]:
        """All members of a group in a stable order, read in portions by key."""
        for rows, column, kind in ((MEMBERSHIPS, "user_id", "User"), (NESTINGS, "child_id", "Group")):
            member = rows.c[column]
            query = select(member).where(rows.c.account_id == self._account, rows.c.group_id == group_id)
            query = query.order_by(member).limit(_CHUNK)
            portion = self._execute(query).scalars().all()
            while portion:
                yield from (Reference(id, kind) for id in portion)
                if len(portion) < _CHUNK:
                    break
                portion = self._execute(query.where(member > portion[-1])).scalars().all()

    def members_of_groups(self, group_ids: Sequence[str]) -> dict[str, list[Reference]]:
        """The members of each of a page of groups."""
        found: dict[str, list[Reference]] = {id: [] for id in group_ids}
        for rows, column, kind in ((MEMBERSHIPS, "user_id", "User"), (NESTINGS, "child_id", "Group")):
            query = (
                select(rows.c.group_id, rows.c[column])
                .where(rows.c.account_id == self._account, rows.c.group_id.in_(group_ids))
                .order_by(rows.c.group_id, rows.c[column])
            )
            for group_id, member_id in self._execute(query):
                found[group_id].append(Reference(member_id, kind))
        return found

    def groups_of_users(self, user_ids: Sequence[str]) -> dict[str, list[Reference]]:
        """The groups of each of a page of users, direct ones and those reached through nesting."""
        if len(user_ids) == 1:
            rows = self._execute(GROUPS_OF_USER, {"b_account": self._account, "b_id": user_ids[0]})
        else:
            rows = self._execute(GROUPS_OF_USERS, {"b_account": self._account, "b_users": list(user_ids)})
        found: dict[str, dict[str, Reference]] = {id: {} for id in user_ids}
        for user_id, group_id, name, direct in rows:
            found[user_id].setdefault(group_id, Reference(group_id, "direct" if direct else "indirect", name))
        return {id: list(groups.values()) for id, groups in found.items()}

    def leave_all(self, kind: str, id: str) -> None:
        """Before a user or group goes: its groups lose it as a member and get a new version."""
        self._leave(kind, id)
        # Whoever is adding it at this moment is waited for, and what they added is taken out too.
        target = USERS if kind == "User" else GROUPS
        row = select(target.c.id).where(target.c.account_id == self._account, target.c.id == id)
        self._execute(row.with_for_update())
        self._leave(kind, id)

    def _leave(self, kind: str, id: str) -> None:
        rows, column = (MEMBERSHIPS, "user_id") if kind == "User" else (NESTINGS, "child_id")
        here = (rows.c.account_id == self._account, rows.c[column] == id)
        # Groups are locked in one order and before the member goes, so two requests cannot wait for each other.
        of_groups = GROUPS.c.account_id == self._account, GROUPS.c.id.in_(select(rows.c.group_id).where(*here))
        self._execute(select(GROUPS.c.id).where(*of_groups).order_by(GROUPS.c.id).with_for_update())
        left = list(self._execute(delete(rows).where(*here).returning(rows.c.group_id)).scalars())
        if left:
            self._execute(
                update(GROUPS)
                .where(GROUPS.c.account_id == self._account, GROUPS.c.id.in_(left))
                .values(version=GROUPS.c.version + 1, modified=now(), member_count=GROUPS.c.member_count - 1)
            )

    def having_member(self, node: Node | None) -> Condition:
        """Groups that have a member for which the condition holds (None: any member)."""
        parts: list[Select[Any]] = []
        for rows, column, kind in ((MEMBERSHIPS, "user_id", "User"), (NESTINGS, "child_id", "Group")):
            query = select(rows.c.group_id).where(rows.c.account_id == self._account)
            if node is not None:
                query = query.where(self._on_reference(node, rows.c[column], literal(kind.lower()), f"{kind}s"))
            parts.append(query)
        return GROUPS.c.id.in_(union_all(*parts))

    def in_group(self, node: Node | None) -> Condition:
        """Users who are in a group for which the condition holds (None: any group)."""
        if isinstance(node, Compare) and node.op == "eq" and node.path.element == "value":
            return USERS.c.id.in_(self._users_below(str(node.key)))
        rows = closure(literal(self._account, Id()), true())
        query = select(rows.c.user_id).join(
            GROUPS, (GROUPS.c.account_id == self._account) & (GROUPS.c.id == rows.c.group_id)
        )
        if node is not None:
            kind = case((rows.c.direct == 1, "direct"), else_="indirect")
            query = query.where(self._on_reference(node, GROUPS.c.id, kind, "Groups", GROUPS.c.display_name_key))
        return USERS.c.id.in_(query)

    def _on_reference(
        self,
        node: Node,
        id: ColumnElement[str],
        kind: ColumnElement[str],
        endpoint: str,
        display: ColumnElement[Any] | None = None,
    ) -> Condition:
        if isinstance(node, Compare) and node.op == "eq" and node.path.element == "value":
            return id == node.key if is_id(str(node.key)) else id.is_(None)
        as_text = cast(id, String)

        def value_of(path: Path) -> ColumnElement[Any]:
            match path.element:
                case "value":
                    return as_text
                case "$ref":
                    return literal(f"{self._base_url}/{endpoint}/").concat(as_text)
                case "display" if display is not None:
                    return display
                case "type":
                    return kind
            return cast(null(), String)

        return compile_elements(node, value_of, self._sqlite)

    def _users_below(self, group_id: str) -> Select[Any]:
        if not is_id(group_id):
            return select(MEMBERSHIPS.c.user_id).where(MEMBERSHIPS.c.user_id.is_(None))
        below = select(GROUPS.c.id).where(GROUPS.c.account_id == self._account, GROUPS.c.id == group_id)
        tree = below.cte(recursive=True)
        tree = tree.union(
            select(NESTINGS.c.child_id).where(NESTINGS.c.account_id == self._account, NESTINGS.c.group_id == tree.c.id)
        )
        return select(MEMBERSHIPS.c.user_id).where(
            MEMBERSHIPS.c.account_id == self._account, MEMBERSHIPS.c.group_id.in_(select(tree.c.id))
        )

    def _existing(self, kind: str, ids: Sequence[str]) -> set[str]:
        possible = [id for id in ids if is_id(id)]
        if not possible:
            return set()
        here = {"b_account": self._account, "b_directory": self._directory, "b_ids": possible}
        return set(self._execute(FIND_IN[kind], here).scalars())

    def _insert(self, kind: str, group_id: str, ids: Iterable[str]) -> list[Reference]:
        column = "user_id" if kind == "User" else "child_id"
        values = [{"account_id": self._account, "group_id": group_id, column: id} for id in sorted(ids)]
        if not values:
            return []
        try:
            done = self._execute(INSERT_MEMBERS[self._sqlite, kind], values)
        except IntegrityError as error:
            # It was there a moment ago: another request has deleted it meanwhile.
            raise InvalidValue("members: a user or group was deleted at the same moment; leave it out") from error
        return [Reference(id, kind) for id in done.scalars()]

    def _delete(self, kind: str, group_id: str, ids: Sequence[str]) -> list[Reference]:
        here = {"b_account": self._account, "b_id": group_id, "b_members": ids}
        return [Reference(id, kind) for id in self._execute(REMOVE_MEMBERS[kind], here).scalars()]


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
