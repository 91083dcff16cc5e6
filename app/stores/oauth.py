"""Codes and tokens of clients, and what is told of whom they are for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from app.models import AuthorizationCode, Domain, OAuthClient, OAuthToken
from app.models.base import table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, USERS

CLIENTS, CODES, TOKENS = table(OAuthClient), table(AuthorizationCode), table(OAuthToken)
DOMAINS = table(Domain)
PORTION = 500
_KEPT = timedelta(days=1)
"""For so long what has expired is kept, so that a second use of it is still seen for what it is."""

_CODE = Prepared(select(*CODES.c).where(CODES.c.code_hash == bindparam("b_hash")))
_TOKEN = Prepared(
    select(*TOKENS.c)
    .join(CLIENTS, CLIENTS.c.id == TOKENS.c.client_id)
    .where(TOKENS.c.token_hash == bindparam("b_hash"), CLIENTS.c.revoked.is_(None))
)
_FACTS = Prepared(
    select(USERS.c.user_name, USERS.c.origin, USERS.c.document, ACCOUNTS.c.name.label("account_name"))
    .join(ACCOUNTS, ACCOUNTS.c.id == USERS.c.account_id)
    .where(USERS.c.account_id == bindparam("b_account"), USERS.c.id == bindparam("b_user"))
)
_VERIFIED = Prepared(
    select(DOMAINS.c.id).where(
        DOMAINS.c.account_id == bindparam("b_account"),
        DOMAINS.c.name == bindparam("b_name"),
        DOMAINS.c.verified.is_not(None),
    )
)
_ADD_CODE = Prepared(insert(CODES), [column.name for column in CODES.c])
_ADD_TOKEN = Prepared(insert(TOKENS), [column.name for column in TOKENS.c])


def _use(rows: Any) -> Prepared:
    one = update(rows).where(rows.c.account_id == bindparam("b_account"), rows.c.id == bindparam("b_id"))
    return Prepared(one.where(rows.c.used.is_(None)).values(used=bindparam("b_now")).returning(rows.c.id))


_USE_CODE, _USE_TOKEN = _use(CODES), _use(TOKENS)


def code(session: Session, code_hash: str) -> Any:
    """A code's row by its hash, None if there is none."""
    return session.execute(_CODE, {"b_hash": code_hash}).one_or_none()


def token(session: Session, token_hash: str) -> Any:
    """The row of a token of a client that still counts, by its hash; None if there is none. Begins no transaction."""
    return session.look(_TOKEN, {"b_hash": token_hash}).one_or_none()


def facts(session: Session, account_id: str, user_id: str) -> Any:
    """What is stored of a person, and what their account is called."""
    return session.look(_FACTS, {"b_account": account_id, "b_user": user_id}).one_or_none()


def is_verified(session: Session, account_id: str, domain: str) -> bool:
    """Whether the account has proved that a domain is its own."""
    return bool(session.look(_VERIFIED, {"b_account": account_id, "b_name": domain}))


def add_code(session: Session, row: Mapping[str, Any]) -> None:
    """Keep a new code."""
    session.execute(_ADD_CODE, dict(row))


def add_token(session: Session, row: Mapping[str, Any]) -> None:
    """Keep a new token."""
    session.execute(_ADD_TOKEN, dict(row))


def use_code(session: Session, account_id: str, id: str, moment: datetime) -> bool:
    """Whether it is ours to use: of several who come at once it is one's."""
    return bool(session.execute(_USE_CODE, {"b_account": account_id, "b_id": id, "b_now": moment}))


def use_token(session: Session, account_id: str, id: str, moment: datetime) -> bool:
    """The same for a refresh token."""
    return bool(session.execute(_USE_TOKEN, {"b_account": account_id, "b_id": id, "b_now": moment}))


def revoke_family(session: Session, account_id: str, family_id: str, moment: datetime) -> None:
    """End all tokens that came of one code."""
    one = TOKENS.c.account_id == account_id, TOKENS.c.family_id == family_id, TOKENS.c.revoked.is_(None)
    session.execute(update(TOKENS).where(*one).values(revoked=moment))


def revoke_token(session: Session, account_id: str, id: str, moment: datetime) -> None:
    """End one token."""
    session.execute(update(TOKENS).where(TOKENS.c.account_id == account_id, TOKENS.c.id == id).values(revoked=moment))


def forget(session: Session, moment: datetime) -> int:
    """Delete some of the codes and tokens that expired long ago; how many it were."""
    gone = 0
    for rows in (CODES, TOKENS):
        old = session.execute(select(rows.c.id).where(rows.c.expires < moment - _KEPT).limit(PORTION)).scalars().all()
        session.execute(delete(rows).where(rows.c.id.in_(old)))
        gone += len(old)
    return gone
