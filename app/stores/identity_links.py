"""Which subject of a connection is which person, and who could be meant by one that is not known yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.models import IdentityLink, UserEmail
from app.models.base import Id, UTCDateTime, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import DIRECTORIES, USERS
from app.stores.listings import Listing
from app.stores.lists import one_of
from muster.filters import As, Kind

LINKS, EMAILS = table(IdentityLink), table(UserEmail)
_ACCOUNT, _CONNECTION = bindparam("b_account", type_=Id()), bindparam("b_connection", type_=Id())
_DIRECTORY, _USER, _ID = (bindparam(f"b_{name}", type_=Id()) for name in ("directory", "user", "id"))

_PERSON = (
    USERS.c.id,
    USERS.c.user_name,
    USERS.c.external_id,
    USERS.c.active,
    USERS.c.origin,
    USERS.c.directory_id,
    USERS.c.document,
)
_LINK = Prepared(
    select(LINKS.c.id, LINKS.c.user_id, LINKS.c.how, LINKS.c.subject).where(
        LINKS.c.account_id == _ACCOUNT,
        LINKS.c.connection_id == _CONNECTION,
        LINKS.c.subject_hash == bindparam("b_hash"),
    )
)
_BY_ID = Prepared(select(*_PERSON).where(USERS.c.account_id == _ACCOUNT, USERS.c.id == _USER))
_HERE = (USERS.c.account_id == _ACCOUNT, USERS.c.directory_id == _DIRECTORY)
_BY_EXTERNAL_ID = Prepared(select(*_PERSON).where(*_HERE, one_of(USERS.c.external_id, "b_values")).limit(3))
_BY_NAME = Prepared(select(*_PERSON).where(*_HERE, USERS.c.user_name_key == bindparam("b_key")).limit(3))
_BY_EMAIL = Prepared(
    select(*_PERSON)
    .where(
        *_HERE,
        exists().where(
            EMAILS.c.account_id == _ACCOUNT,
            EMAILS.c.directory_id == _DIRECTORY,
            EMAILS.c.value_key == bindparam("b_key"),
            EMAILS.c.user_id == USERS.c.id,
        ),
    )
    .limit(3)
)
_LINKED = Prepared(
    select(LINKS.c.id)
    .where(LINKS.c.account_id == _ACCOUNT, LINKS.c.connection_id == _CONNECTION, LINKS.c.user_id == _USER)
    .limit(1)
)
_PRESET = Prepared(
    select(DIRECTORIES.c.preset).where(DIRECTORIES.c.account_id == _ACCOUNT, DIRECTORIES.c.id == _DIRECTORY)
)
_DIRECTORIES = Prepared(select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == _ACCOUNT).order_by(DIRECTORIES.c.id))
_INSERT = Prepared(insert(LINKS), [column.name for column in LINKS.c])
_USED = Prepared(
    update(LINKS)
    .where(LINKS.c.account_id == _ACCOUNT, LINKS.c.id == _ID)
    .values(last_used=bindparam("b_at", type_=UTCDateTime()), external_id=bindparam("b_external"))
)
LINK_LIST = Listing(
    rows=select(
        LINKS.c.id,
        LINKS.c.connection_id,
        LINKS.c.subject,
        LINKS.c.user_id,
        USERS.c.user_name,
        LINKS.c.how,
        LINKS.c.created,
        LINKS.c.last_used,
    ).outerjoin(USERS, (USERS.c.account_id == LINKS.c.account_id) & (USERS.c.id == LINKS.c.user_id)),
    account=LINKS.c.account_id,
    by={"created": [LINKS.c.created, LINKS.c.id]},
    columns={
        "id": As(LINKS.c.id, Kind.ID),
        "connection_id": As(LINKS.c.connection_id, Kind.ID),
        "subject": As(LINKS.c.subject, Kind.EXACT),
        "user_id": As(LINKS.c.user_id, Kind.ID),
        "user_name": As(USERS.c.user_name_key, Kind.FOLDED),
        "how": As(LINKS.c.how, Kind.EXACT),
        "created": LINKS.c.created,
    },
)


def find(session: Session, account_id: str, id: str) -> Any:
    """A link by its id, or None."""
    return session.execute(LINK_LIST.rows.where(LINKS.c.account_id == account_id, LINKS.c.id == id)).one_or_none()


def remove(session: Session, account_id: str, id: str) -> None:
    """Forget a link."""
    session.execute(delete(LINKS).where(LINKS.c.account_id == account_id, LINKS.c.id == id))


def count(session: Session, account_id: str, connection_id: str) -> int:
    """How many subjects of a connection are known, also of people who are gone."""
    query = select(func.count()).where(LINKS.c.account_id == account_id, LINKS.c.connection_id == connection_id)
    return session.execute(query).scalar() or 0


def remove_all(session: Session, account_id: str, connection_id: str) -> None:
    """Forget all links of a connection."""
    session.execute(delete(LINKS).where(LINKS.c.account_id == account_id, LINKS.c.connection_id == connection_id))


def link_of(session: Session, account_id: str, connection_id: str, subject_hash: str) -> Any:
    """The link of a subject, or None."""
    values = {"b_account": account_id, "b_connection": connection_id, "b_hash": subject_hash}
    return session.execute(_LINK, values).one_or_none()


def person(session: Session, account_id: str, user_id: str) -> Any:
    """A person by id, or None if they are gone."""
    return session.execute(_BY_ID, {"b_account": account_id, "b_user": user_id}).one_or_none()


def by_external_id(session: Session, account_id: str, directory_id: str, values: Sequence[str]) -> Sequence[Any]:
    """Who has one of these externalIds in a directory, exactly."""
    asked = {"b_account": account_id, "b_directory": directory_id, "b_values": list(values)}
    found: Sequence[Any] = session.execute(_BY_EXTERNAL_ID, asked)
    return found


def by_name(session: Session, account_id: str, directory_id: str, key: str) -> Sequence[Any]:
    """Who has a folded userName in a directory."""
    asked = {"b_account": account_id, "b_directory": directory_id, "b_key": key}
    found: Sequence[Any] = session.execute(_BY_NAME, asked)
    return found


def by_email(session: Session, account_id: str, directory_id: str, key: str) -> Sequence[Any]:
    """Who has a folded e-mail address in a directory."""
    asked = {"b_account": account_id, "b_directory": directory_id, "b_key": key}
    found: Sequence[Any] = session.execute(_BY_EMAIL, asked)
    return found


def is_linked(session: Session, account_id: str, connection_id: str, user_id: str) -> bool:
    """Whether some subject of a connection is this person already."""
    values = {"b_account": account_id, "b_connection": connection_id, "b_user": user_id}
    return session.execute(_LINKED, values).scalar() is not None


def directories(session: Session, account_id: str) -> list[str]:
    """The ids of an account's directories."""
    return [row.id for row in session.execute(_DIRECTORIES, {"b_account": account_id})]


def preset_of(session: Session, account_id: str, directory_id: str) -> str | None:
    """The preset of a directory."""
    found: str | None = session.execute(_PRESET, {"b_account": account_id, "b_directory": directory_id}).scalar()
    return found


def add(session: Session, row: Mapping[str, Any]) -> bool:
    """Whether the subject has this link now; not if it has got another one meanwhile."""
    try:
        with session.savepoint():
            session.execute(_INSERT, row)
            session.settle()
    except IntegrityError:
        return False
    return True


def move(session: Session, account_id: str, id: str, user_id: str, how: str) -> None:
    """Let a link lead to another person."""
    here = (LINKS.c.account_id == account_id, LINKS.c.id == id)
    session.execute(update(LINKS).where(*here).values(user_id=user_id, how=how))


def used(session: Session, account_id: str, id: str, moment: datetime, external_id: str | None) -> None:
    """Somebody signed in by a link, of whom the provider says now that this is their externalId."""
    session.execute(_USED, {"b_account": account_id, "b_id": id, "b_at": moment, "b_external": external_id})


def forget_external_ids(session: Session, account_id: str, connection_id: str) -> None:
    """What was said to be people's externalId counts no more: another claim says so now, or of another directory."""
    here = (LINKS.c.account_id == account_id, LINKS.c.connection_id == connection_id)
    session.execute(update(LINKS).where(*here).values(external_id=None))
