"""What people of directories were known by and are not any more, by hashes: at a deletion, or another name (L-7).

It is remembered whether or not anybody can sign in by then, and counts once the person is gone or switched off.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from app.crypto import subject_hash
from app.models import DepartedPerson
from app.models.base import Id, table
from app.prepared import Prepared, Values
from app.session import Session
from app.stores.access_tables import USERS
from app.stores.lists import one_of
from scim.store import Resource

DEPARTED = table(DepartedPerson)
_CALLED = ("externalId", "userName", "emails")
_ACCOUNT, _DIRECTORY = bindparam("account_id", type_=Id()), bindparam("directory_id", type_=Id())
_NAMES = [column.name for column in DEPARTED.c]
_INSERT = {
    dialect is sqlite: Prepared(dialect.insert(DEPARTED).on_conflict_do_nothing(), _NAMES)
    for dialect in (sqlite, postgresql)
}
"""By whether on SQLite."""
_KNOWN = Prepared(
    select(DEPARTED.c.user_id)
    .where(
        DEPARTED.c.account_id == _ACCOUNT,
        DEPARTED.c.directory_id == _DIRECTORY,
        one_of(DEPARTED.c.value_hash, "hashes"),
        # Somebody who is called otherwise by now, and is there, has left the name to others.
        ~exists().where(USERS.c.account_id == DEPARTED.c.account_id, USERS.c.id == DEPARTED.c.user_id, USERS.c.active),
    )
    .limit(1)
)


def plain(text: str) -> str:
    """An identifier as it is compared: case counts for nothing in ASCII, and for something beyond it (L-9)."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in unicodedata.normalize("NFC", text))


def remember(
    session: Session,
    account_id: str,
    directory_id: str,
    user_id: str,
    was: Resource,
    becomes: Resource,
    moment: datetime,
) -> list[tuple[Prepared, Values]]:
    """What keeps in mind what somebody is not called any more; nothing if they are called as before.

    ``becomes`` is empty for somebody who is deleted.
    """
    if all(was.get(name) == becomes.get(name) for name in _CALLED):
        return []
    common = {"account_id": account_id, "directory_id": directory_id, "user_id": user_id, "gone": moment}
    hashes = sorted({_hash(directory_id, one) for one in _known(was) - _known(becomes)})
    return [(_INSERT[session.is_sqlite], {**common, "value_hash": one}) for one in hashes]


def has_departed(session: Session, account_id: str, directory_id: str, values: Sequence[str]) -> bool:
    """Whether somebody was known to the directory by one of these who is gone from it, or switched off."""
    hashes = [_hash(directory_id, one) for one in values]
    asked = {"account_id": account_id, "directory_id": directory_id, "hashes": hashes}
    return session.execute(_KNOWN, asked).scalar() is not None


def _known(attributes: Resource) -> set[str]:
    emails = [one.get("value") for one in attributes.get("emails") or () if type(one) is dict]
    known = (attributes.get("externalId"), attributes.get("userName"), *emails)
    return {one for one in known if type(one) is str and one}


def _hash(directory_id: str, value: str) -> str:
    return subject_hash(directory_id, plain(value))
