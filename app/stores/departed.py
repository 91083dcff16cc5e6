"""People whom a directory with a connection has deleted, by hashes of what they were known by (L-7)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, insert, select

from app.crypto import subject_hash
from app.models import Connection, DepartedPerson
from app.models.base import Id, table
from app.prepared import Prepared, Values
from app.session import Session
from app.stores.lists import one_of

DEPARTED, CONNECTIONS = table(DepartedPerson), table(Connection)
_ACCOUNT, _DIRECTORY = bindparam("account_id", type_=Id()), bindparam("directory_id", type_=Id())
_GIVEN = {column.name: bindparam(column.name, type_=column.type) for column in DEPARTED.c}
_INSERT = Prepared(
    insert(DEPARTED).from_select(
        [*_GIVEN],
        select(*_GIVEN.values()).where(
            exists().where(CONNECTIONS.c.account_id == _ACCOUNT, CONNECTIONS.c.directory_id == _DIRECTORY)
        ),
    )
)
_KNOWN = Prepared(
    select(DEPARTED.c.user_id)
    .where(
        DEPARTED.c.account_id == _ACCOUNT,
        DEPARTED.c.directory_id == _DIRECTORY,
        one_of(DEPARTED.c.value_hash, "hashes"),
    )
    .limit(1)
)


def plain(text: str) -> str:
    """An identifier as it is compared: case counts for nothing in ASCII, and for something beyond it (L-9)."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in unicodedata.normalize("NFC", text))


def of_person(
    account_id: str, directory_id: str, user_id: str, attributes: Any, moment: datetime
) -> Iterable[tuple[Prepared, Values]]:
    """What has to be remembered of somebody who is deleted; nothing is, where nobody signs in by the directory."""
    emails = [one.get("value") for one in attributes.get("emails") or () if type(one) is dict]
    known = [attributes.get("externalId"), attributes.get("userName"), *emails]
    common = {"account_id": account_id, "directory_id": directory_id, "user_id": user_id, "gone": moment}
    for value_hash in {_hash(directory_id, one) for one in known if type(one) is str and one}:
        yield _INSERT, {**common, "value_hash": value_hash}


def has_departed(session: Session, account_id: str, directory_id: str, values: Sequence[str]) -> bool:
    """Whether the directory has deleted somebody who was known by one of these."""
    hashes = [_hash(directory_id, one) for one in values]
    asked = {"account_id": account_id, "directory_id": directory_id, "hashes": hashes}
    return session.execute(_KNOWN, asked).scalar() is not None


def _hash(directory_id: str, value: str) -> str:
    return subject_hash(directory_id, plain(value))
