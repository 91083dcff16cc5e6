"""Who owns an account: the people with its owner role, as far as that counts for the account's safety."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select, update

from app.models import AuditEvent
from app.models.base import Id, UTCDateTime, table
from app.prepared import Prepared
from app.presumed import failing_unless, presume
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, ROLES, SOURCES, USERS
from app.stores.lists import one_of

KEPT = "owner.kept"
"""What the audit trail calls it when a directory's wish was not carried out for the last owner."""
EVENTS = table(AuditEvent)


class Safety(IntEnum):
    """How safe an account is from having nobody to manage it."""

    NONE = 0
    DIRECTORY = 1
    """Its owners all come from directories, which could take them away."""
    LOCAL = 2
    """Somebody owns it who can sign in without an identity provider."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A person with the owner role. ``local``: of the account's own directory; ``lasts``: without an end."""

    id: str
    user_name: str
    active: bool
    directory: str
    local: bool
    lasts: bool
    document: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """Why somebody has the owner role, and since when. ``by_rule``: role mapping gives it."""

    begun: datetime
    by_rule: bool


def owners_of(session: Session, account_id: str, at: datetime) -> list[Owner]:
    """Everybody who has the owner role at present, active or not."""
    found: dict[str, Owner] = {}
    for row in session.execute(_OWNERS, {"b_account": account_id, "b_at": at}):
        if row.id is not None and (row.id not in found or row.lasts):
            local = row.preset == "local"
            found[row.id] = Owner(row.id, row.user_name, row.active, row.directory, local, row.lasts, row.document)
    return list(found.values())


def ownership_of(session: Session, account_id: str, id: str, at: datetime) -> list[Ownership]:
    """By what somebody has the owner role at present."""
    rows = session.execute(_OWNERSHIP, {"b_account": account_id, "b_id": id, "b_at": at})
    return [Ownership(max(row.created, row.starts or row.created), row.rule_id is not None) for row in rows]


def names_of(session: Session, account_id: str, ids: Collection[str]) -> dict[str, str]:
    """The userNames of those of these users that exist, by id."""
    return {row.id: row.user_name for row in session.execute(_NAMES, {"b_account": account_id, "b_ids": list(ids)})}


def safety_of(session: Session, account_id: str, at: datetime) -> Safety:
    """What would be left if all directories took away whom they can."""
    # An owner for a while is no reason to let the last lasting one go.
    lasting = [owner for owner in owners_of(session, account_id, at) if owner.active and owner.lasts]
    if not lasting:
        return Safety.NONE
    return Safety.LOCAL if any(owner.local for owner in lasting) else Safety.DIRECTORY


def lasting_among(session: Session, account_id: str, ids: Collection[str], at: datetime) -> list[str]:
    """Which of these users have the owner role without an end, active or not."""
    return list(session.execute(_LASTING, {"b_account": account_id, "b_at": at, "b_ids": list(ids)}).scalars())


def active_among(session: Session, account_id: str, ids: Collection[str]) -> dict[str, str]:
    """Which of these users are active: their userNames by id."""
    rows = session.execute(_ACTIVE, {"b_account": account_id, "b_ids": list(ids)})
    return {row.id: row.user_name for row in rows}


def rule_out(session: Session, account_id: str, id: str, at: datetime, doubt: Callable[[], None]) -> None:
    """Presume that this user does not have the owner role without an end (``app.presumed``)."""
    presume(session, _RULE_OUT, {"b_account": account_id, "b_at": at, "b_id": id}, doubt)


def reactivate(session: Session, account_id: str, id: str) -> None:
    """Let a user be active, whatever their document says. The caller has called ``bump``."""
    session.execute(_REACTIVATE, {"b_account": account_id, "b_id": id})


def was_kept(session: Session, account_id: str, id: str) -> bool:
    """Whether somebody was left active before although their directory had deactivated them."""
    events = (EVENTS.c.account_id == account_id, EVENTS.c.action == KEPT, EVENTS.c.target_id == id)
    return session.execute(select(EVENTS.c.sequence).where(*events).limit(1)).first() is not None


_ACCOUNT, _AT = bindparam("b_account", type_=Id()), bindparam("b_at", type_=UTCDateTime())
_HAS_BEGUN = or_(SOURCES.c.starts.is_(None), SOURCES.c.starts <= _AT)
_OWNED = (
    ROLES.join(ASSIGNMENTS, (ASSIGNMENTS.c.account_id == _ACCOUNT) & (ASSIGNMENTS.c.role_id == ROLES.c.id))
    .join(USERS, (USERS.c.account_id == _ACCOUNT) & (USERS.c.id == ASSIGNMENTS.c.user_id))
    .join(DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == USERS.c.directory_id))
    .join(SOURCES, (SOURCES.c.account_id == _ACCOUNT) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id))
)
_HAVE = (
    ROLES.c.account_id == _ACCOUNT,
    ROLES.c.is_owner,
    ASSIGNMENTS.c.reach == "account",
    _HAS_BEGUN,
)
_OWNER_ROLES = select(ROLES.c.id).where(ROLES.c.account_id == _ACCOUNT, ROLES.c.is_owner)
_OF_ASSIGNMENT = (SOURCES.c.account_id == _ACCOUNT, SOURCES.c.assignment_id == ASSIGNMENTS.c.id, _HAS_BEGUN)
_OWNERS = Prepared(
    select(
        USERS.c.id,
        USERS.c.user_name,
        USERS.c.active,
        USERS.c.document,
        DIRECTORIES.c.name.label("directory"),
        DIRECTORIES.c.preset,
        exists().where(*_OF_ASSIGNMENT, SOURCES.c.expires.is_(None)).label("lasts"),
    )
    # From the few who have the role, and outwards: SQLite would begin with all sources, or all people.
    .select_from(
        ASSIGNMENTS.outerjoin(
            USERS, (USERS.c.account_id == _ACCOUNT) & (USERS.c.id == ASSIGNMENTS.c.user_id)
        ).outerjoin(DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == USERS.c.directory_id))
    )
    .where(
        ASSIGNMENTS.c.account_id == _ACCOUNT,
        ASSIGNMENTS.c.role_id.in_(_OWNER_ROLES),
        ASSIGNMENTS.c.reach == "account",
        exists().where(*_OF_ASSIGNMENT, or_(SOURCES.c.expires.is_(None), SOURCES.c.expires > _AT)),
    )
    .order_by(USERS.c.user_name_key, USERS.c.id)
)


def _lasting(asked: ColumnElement[bool]) -> Select[Any]:
    # From the person to the role: the other way round a database may begin with everybody's assignments.
    return select(ASSIGNMENTS.c.user_id).where(
        ASSIGNMENTS.c.account_id == _ACCOUNT,
        asked,
        ASSIGNMENTS.c.reach == "account",
        exists().where(ROLES.c.account_id == _ACCOUNT, ROLES.c.id == ASSIGNMENTS.c.role_id, ROLES.c.is_owner),
        exists().where(
            SOURCES.c.account_id == _ACCOUNT,
            SOURCES.c.assignment_id == ASSIGNMENTS.c.id,
            SOURCES.c.expires.is_(None),
            _HAS_BEGUN,
        ),
    )


_LASTING = Prepared(_lasting(one_of(ASSIGNMENTS.c.user_id, "b_ids")).distinct())
_RULE_OUT = failing_unless(~_lasting(ASSIGNMENTS.c.user_id == bindparam("b_id", type_=Id())).exists())
_OWNERSHIP = Prepared(
    select(SOURCES.c.created, SOURCES.c.starts, SOURCES.c.rule_id)
    .select_from(_OWNED)
    .where(
        *_HAVE, USERS.c.id == bindparam("b_id", type_=Id()), or_(SOURCES.c.expires.is_(None), SOURCES.c.expires > _AT)
    )
)
_NAMES = Prepared(
    select(USERS.c.id, USERS.c.user_name).where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "b_ids"))
)
_ACTIVE = Prepared(
    select(USERS.c.id, USERS.c.user_name).where(
        USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "b_ids"), USERS.c.active
    )
)
_REACTIVATE = Prepared(
    update(USERS).where(USERS.c.account_id == _ACCOUNT, USERS.c.id == bindparam("b_id", type_=Id())).values(active=True)
)
