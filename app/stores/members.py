"""Who is in which group: rows of their own, never part of a document.

Adding or removing members touches those rows only, whatever the size of the group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from sqlalchemy import (
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.models.base import now
from app.prepared import Prepared, Rows, Values
from app.session import Session
from app.stores.anchors import FIRST
from app.stores.filter_sql import is_id
from app.stores.lists import one_of
from app.stores.resource_rows import GROUPS, TABLES
from app.stores.statements import (
    ACCOUNT,
    FIND_IN,
    GROUPS_ABOVE,
    GROUPS_NAMED,
    ID,
    INSERT_MEMBERS,
    MEMBER_ROWS,
    MEMBERS,
    MEMBERS_OF_GROUPS,
    MEMBERS_OF_ONE,
    MEMBERSHIPS_OF,
    REMOVE_MEMBERS,
)
from scim.errors import InvalidValue
from scim.store import MemberEdit, Reference

Beside = Callable[[], None]
"""Asks the session for what will be wanted once members have moved, so that it goes with what moves them."""
_CHUNK = 5_000
_PORTION = 2_000
"""So many members are read at once."""
# Of a row; without a call in Python for each of a hundred thousand members.
_reference: Callable[[tuple[Any, ...]], Reference] = partial(tuple.__new__, Reference)


_LOCK = {
    kind: Prepared(select(rows.c.id).where(rows.c.account_id == ACCOUNT, rows.c.id == ID).with_for_update())
    for kind, rows in TABLES.items()
}
_LOCK_GROUPS = {
    kind: Prepared(
        select(GROUPS.c.id)
        .where(
            GROUPS.c.account_id == ACCOUNT,
            GROUPS.c.id.in_(select(rows.c.group_id).where(rows.c.account_id == ACCOUNT, rows.c[column] == ID)),
        )
        .order_by(GROUPS.c.id)
        .with_for_update()
    )
    for kind, (rows, column) in MEMBER_ROWS.items()
}
_LEAVE = {
    kind: Prepared(delete(rows).where(rows.c.account_id == ACCOUNT, rows.c[column] == ID).returning(rows.c.group_id))
    for kind, (rows, column) in MEMBER_ROWS.items()
}
_LOSE_MEMBER = Prepared(
    update(GROUPS)
    .where(GROUPS.c.account_id == ACCOUNT, one_of(GROUPS.c.id, "b_groups"))
    .values(
        version=GROUPS.c.version + 1,
        modified=bindparam("b_modified", type_=GROUPS.c.modified.type),
        member_count=GROUPS.c.member_count - 1,
    )
)


class MemberStore:
    """The members of one directory's groups, and the groups of its users.

    ``anywhere``: members may come from all directories of the account, as those of its own groups do.
    """

    def __init__(self, session: Session, account_id: str, directory_id: str, *, anywhere: bool = False) -> None:
        self._session = session
        self._account = account_id
        self._directory = directory_id
        self._anywhere = anywhere
        self._sqlite = session.is_sqlite

    def _execute(self, statement: Any, values: Any = None) -> Any:
        # Never a cached property: its lock is shared by all threads, and this may wait for the database.
        return self._session.execute(statement, values)

    def add(self, group_id: str, ids: Iterable[str], beside: Beside | None = None) -> list[Reference]:
        """Insert the members that are not there yet; returns those. InvalidValue for an unknown id."""
        added: list[Reference] = []
        for chunk in _chunks(sorted(ids)):
            users = self._insert("User", group_id, chunk, beside)
            added += users
            if len(users) < len(chunk):
                added += self._add_others(group_id, set(chunk).difference(user.value for user in users), beside)
        return added

    def _add_others(self, group_id: str, ids: set[str], beside: Beside | None) -> list[Reference]:
        """Insert those that are groups; the others must be users who are members already."""
        others = ids - self._existing("User", ids)
        groups = self._existing("Group", others)
        unknown = sorted(others - groups)
        if unknown:
            raise InvalidValue(
                f'members: no user or group with id "{unknown[0][:64]}" in this directory; provision it first'
            )
        return self._insert("Group", group_id, groups, beside)

    def remove(self, group_id: str, ids: Iterable[str], beside: Beside | None = None) -> list[Reference]:
        """Delete the members that are there; returns those. Unknown ids are no error."""
        removed: list[Reference] = []
        for chunk in _chunks(sorted(id for id in ids if is_id(id))):
            users = self._delete("User", group_id, chunk, beside)
            removed += users
            if len(users) < len(chunk):
                removed += self._delete("Group", group_id, chunk, beside)
        return removed

    def edit(
        self, group_id: str, edit: MemberEdit, beside: Beside | None = None
    ) -> tuple[list[Reference], list[Reference]]:
        """Apply an edit; returns what was really added and removed."""
        add, remove = set(edit.add), set(edit.remove)
        if edit.replace is not None:
            wanted = (edit.replace | edit.add) - edit.remove
            present = {member.value for member in self.members_of(group_id)}
            add, remove = set(wanted - present), present - wanted
        removed = self.remove(group_id, remove, beside) if remove else []
        return (self.add(group_id, add, beside) if add else []), removed

    def members_of(self, group_id: str) -> Iterator[Reference]:
        """All members of a group in a stable order, read in portions by key."""
        return chain.from_iterable(self._portions_of(group_id))

    def _portions_of(self, group_id: str) -> Iterator[list[Reference]]:
        here = {"b_account": self._account, "b_id": group_id, "b_count": _PORTION}
        for statement in MEMBERS.values():
            after = FIRST
            while after:
                portion = [*map(_reference, self._execute(statement, here | {"b_after": after}))]
                yield portion
                after = portion[-1].value if len(portion) == _PORTION else ""

    def members_of_groups(self, group_ids: Sequence[str]) -> dict[str, list[Reference]]:
        """The members of each of a page of groups."""
        found: dict[str, list[Reference]] = {id: [] for id in group_ids}
        kinds = [*MEMBER_ROWS]
        for group_id, kind, member_id in self._execute(MEMBERS_OF_GROUPS, self._listed("b_groups", group_ids)):
            found[group_id].append(Reference(member_id, kinds[kind]))
        return found

    def members_of_one(self, group_id: str) -> list[Reference]:
        """All members of a group that has few, users before groups."""
        return [*map(_reference, self._execute(MEMBERS_OF_ONE, {"b_account": self._account, "b_id": group_id}))]

    def groups_of_users(self, user_ids: Sequence[str]) -> Mapping[str, Sequence[Reference]]:
        """The groups of each of a page of users, direct ones and those reached through nesting, by id."""
        memberships: dict[str, str | None] = dict.fromkeys(user_ids)
        memberships.update(self._execute(MEMBERSHIPS_OF, self._listed("b_users", user_ids)))
        return self.groups_named(memberships)

    def groups_named(self, memberships: Mapping[str, str | None]) -> Mapping[str, Sequence[Reference]]:
        """The same for users of whom it is known in which groups they are directly: ids with commas between them.

        People of a page share their groups, so these are looked up once, and what is above them. Those who are in
        the same groups are given one list, which is not to be changed.
        """
        own = {listed: sorted(listed.split(",")) for listed in {*memberships.values()} if listed}
        if not own:
            return dict.fromkeys(memberships, ())
        asked = self._in_directory("b_groups", [*{group_id for listed in own.values() for group_id in listed}])
        named = self._execute(GROUPS_NAMED, asked)
        direct = {group_id: Reference(group_id, "direct", name) for group_id, name, is_here, _ in named if is_here}
        above: defaultdict[str, list[Reference]] = defaultdict(list)
        if any(is_nested for _, _, _, is_nested in named):
            for below, group_id, name in self._execute(GROUPS_ABOVE, asked):
                above[below].append(Reference(group_id, "indirect", name))
        # A group may be deleted between the two statements.
        all_of = {listed: [direct[id] for id in ids if id in direct] for listed, ids in own.items()}
        if above:
            for mine in all_of.values():
                _add_indirect(mine, above)
        return {user_id: all_of[listed] if listed else () for user_id, listed in memberships.items()}

    def _in_directory(self, name: str, ids: Sequence[str]) -> dict[str, Any]:
        return self._listed(name, ids) | {"b_directory": self._directory}

    def _listed(self, name: str, ids: Sequence[str]) -> dict[str, Any]:
        return {"b_account": self._account, name: ids}

    def leave_all(self, kind: str, id: str) -> None:
        """Before a user or group goes: its groups lose it as a member and get a new version."""
        self._leave(kind, id)
        if not self._sqlite:  # which has one writer
            # Whoever is adding it at this moment is waited for, and what they added is taken out too.
            self._execute(_LOCK[kind], {"b_account": self._account, "b_id": id})
            self._leave(kind, id)

    def _leave(self, kind: str, id: str) -> None:
        here = {"b_account": self._account, "b_id": id}
        if not self._sqlite:
            # Groups are locked in one order and before the member goes, so two requests cannot wait for each other.
            self._execute(_LOCK_GROUPS[kind], here)
        left = self._execute(_LEAVE[kind], here).scalars()
        if left:
            self._execute(_LOSE_MEMBER, self._listed("b_groups", left) | {"b_modified": now()})

    def _existing(self, kind: str, ids: Iterable[str]) -> set[str]:
        possible = [id for id in ids if is_id(id)]
        if not possible:
            return set()
        return set(self._execute(FIND_IN[kind, self._anywhere], self._in_directory("b_ids", possible)).scalars())

    def _insert(self, kind: str, group_id: str, ids: Iterable[str], beside: Beside | None) -> list[Reference]:
        possible = [id for id in ids if is_id(id)]
        if not possible:
            return []
        here = self._in_directory("b_members", possible) | {"b_id": group_id}
        try:
            done = self._change(INSERT_MEMBERS[self._sqlite, kind, self._anywhere], here, beside)
        except IntegrityError as error:
            # It was there a moment ago: another request has deleted it meanwhile.
            raise InvalidValue("members: a user or group was deleted at the same moment; leave it out") from error
        return sorted(Reference(id, kind) for id in done.scalars())

    def _delete(self, kind: str, group_id: str, ids: Sequence[str], beside: Beside | None) -> list[Reference]:
        here = self._listed("b_members", ids) | {"b_id": group_id}
        return [Reference(id, kind) for id in self._change(REMOVE_MEMBERS[kind], here, beside).scalars()]

    def _change(self, statement: Prepared, values: Values, beside: Beside | None) -> Rows:
        asked = self._session.later(statement, values)
        if beside is not None:
            beside()
        return asked.rows()


def _add_indirect(mine: list[Reference], above: Mapping[str, Sequence[Reference]]) -> None:
    """Add the groups above somebody's own that are not their own; in a circle a group is above itself."""
    own = {group.value for group in mine}
    further = {one.value: one for group in mine for one in above.get(group.value, ()) if one.value not in own}
    if further:
        mine.extend(further.values())
        mine.sort()


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
