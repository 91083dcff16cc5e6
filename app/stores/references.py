"""People and groups by the words that many rows use for them, in one statement each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import bindparam, or_, select

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import GROUPS, USERS
from app.stores.filter_sql import is_id
from app.stores.lists import one_of
from app.stores.naming import FoundPerson
from app.stores.portions import portions
from scim.keys import fold

_ACCOUNT = bindparam("account", type_=Id())
_PEOPLE = Prepared(
    select(USERS.c.id, USERS.c.user_name, USERS.c.active, USERS.c.user_name_key).where(
        USERS.c.account_id == _ACCOUNT, or_(one_of(USERS.c.id, "ids"), one_of(USERS.c.user_name_key, "names"))
    )
)
_GROUPS = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name, GROUPS.c.display_name_key).where(
        GROUPS.c.account_id == _ACCOUNT, or_(one_of(GROUPS.c.id, "ids"), one_of(GROUPS.c.display_name_key, "names"))
    )
)


_HOMES = Prepared(
    select(USERS.c.id, USERS.c.home_unit_id).where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "ids"))
)


def homes_of(session: Session, account_id: str, user_ids: Iterable[str]) -> dict[str, str | None]:
    """The home unit of each user, None for the root."""
    found: dict[str, str | None] = {}
    for some in portions(user_ids):
        found.update(
            (row.id, row.home_unit_id) for row in session.execute(_HOMES, {"account": account_id, "ids": some})
        )
    return found


def people_called(session: Session, account_id: str, references: Iterable[str]) -> dict[str, list[FoundPerson]]:
    """Whom each id or userName means; an id means one person only, a name as many as have it."""
    found = _found(session, _PEOPLE, account_id, set(references))
    return {word: [FoundPerson(row.id, row.user_name, row.active) for row in rows] for word, rows in found.items()}


def groups_called(session: Session, account_id: str, references: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """(id, name) of the groups that each id or name means."""
    found = _found(session, _GROUPS, account_id, set(references))
    return {word: [(row.id, row.display_name) for row in rows] for word, rows in found.items()}


def _found(session: Session, statement: Prepared, account_id: str, words: Collection[str]) -> dict[str, list[Any]]:
    by_id: dict[str, Any] = {}
    by_name: defaultdict[str, list[Any]] = defaultdict(list)
    # NUL cannot be in a database's text, so nobody has it in their name.
    keys = {word: fold(word) for word in words if "\0" not in word}
    for some in portions(sorted(set(keys.values()))):
        asked = {"account": account_id, "ids": [key for key in some if is_id(key)], "names": some}
        for row in session.execute(statement, asked):
            by_id[row.id] = row
            by_name[row[-1]].append(row)
    return {word: [by_id[key]] if key in by_id else by_name[key] for word, key in keys.items()}
