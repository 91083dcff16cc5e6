"""Who is calling: a directory token opens one directory, an API key one account, an installation key all of them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import request
from sqlalchemy import bindparam, false, literal, select
from werkzeug import Request

import rbac.errors
import scim.errors
from app import audit, crypto, observe, unit_of_work
from app.db import Database
from app.known_tokens import DIRECTORY_OF_TOKEN, KnownTokens
from app.models import Account, ApiKey, InstallationKey
from app.models.base import now, table
from app.prepared import Prepared
from app.problems import Problem
from app.rates import Rates
from app.sealing import Keys
from app.session import Session
from app.stores import foresight
from app.stores.candidates import SqlSearchStore
from app.stores.directory import SqlDirectoryStore
from app.stores.directory_reader import OpenDirectory
from app.stores.filter_sql import is_id
from app.stores.foresight import Foreseen
from app.stores.issuers import SETTLED
from app.stores.naming import find_people
from app.stores.schema_types import types_of
from app.usage import Usage
from scim.dialects import unrepaired
from scim.face_request import Asked
from scim.store import Expected

ACCOUNTS = table(Account)
KEYS = table(ApiKey)

_NO_TOKEN = "0" * 64
_KINDS = {
    crypto.DIRECTORY_TOKEN: "directory_token",
    crypto.API_KEY: "api_key",
    crypto.INSTALLATION_KEY: "installation_key",
}
_ACTOR_KINDS = {"directory_token": "token", "api_key": "key"}
ACTOR_HEADER = "Muster-Actor"

_ACCOUNT_OF_KEY = Prepared(
    select(
        KEYS.c.account_id,
        KEYS.c.id,
        KEYS.c.name,
        KEYS.c.secret_hash,
        KEYS.c.expires,
        KEYS.c.revoked,
        KEYS.c.created,
        KEYS.c.scopes,
        ACCOUNTS.c.suspended,
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == KEYS.c.account_id)
    .where(KEYS.c.prefix == bindparam("prefix"))
)
INSTALLATION_KEYS = table(InstallationKey)
_INSTALLATION_KEY = Prepared(
    select(
        literal("").label("account_id"),
        INSTALLATION_KEYS.c.id,
        INSTALLATION_KEYS.c.name,
        INSTALLATION_KEYS.c.secret_hash,
        INSTALLATION_KEYS.c.expires,
        INSTALLATION_KEYS.c.revoked,
        false().label("suspended"),
    ).where(INSTALLATION_KEYS.c.prefix == bindparam("prefix"))
)
_ACCOUNT = Prepared(select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == bindparam("id")))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the administration API: with which key, for which account, in whose name.

    ``account_id`` is empty for a key of the installation.
    """

    session: Session
    account_id: str
    key_id: str
    scopes: frozenset[str]
    actor: audit.Actor


class Paused(scim.errors.Busy):
    """Its administrators let a directory wait; providers take this answer for a busy server, and come again."""

    headers = MappingProxyType({"Retry-After": "3600"})


class Doors:
    """Opens what a request's token or key is for.

    ``keys`` are the installation's secrets, ``scim_url`` the public address of the SCIM service, ``rates`` how often
    a directory may ask.
    """

    def __init__(self, database: Database, keys: Keys, usage: Usage, scim_url: str, rates: Rates) -> None:
        self._database = database
        self._keys = keys
        self._usage = usage
        self._scim_url = scim_url
        self._rates = rates
        self._known = KnownTokens()

    def open_directory(self, asked: Asked, expect: Callable[[], Expected | None]) -> SqlDirectoryStore:
        """The one directory that the request's token opens. Raises Unauthenticated.

        ``expect`` says what will be read there first, which PostgreSQL is asked in the same round trip.
        """
        work = unit_of_work.of(asked.environ)
        if asked.path.rstrip("/").endswith("/.search"):
            work.only_reads()
        session = work.session
        ahead = None if session.is_sqlite else expect
        row, foreseen = self._find_ahead(asked, session, crypto.DIRECTORY_TOKEN, DIRECTORY_OF_TOKEN, ahead)
        if row is None:
            raise scim.errors.Unauthenticated(
                "no valid directory token: send `Authorization: Bearer <token>` with a token of this directory"
            )
        actor = audit.Actor("token", row.id, f"{row.directory_name} / {row.name}")
        self._admit(asked, session, row, "directory_token", actor)
        observe.note(asked.environ, account=row.account_id, directory=row.directory_id)
        if row.paused is not None:
            raise Paused(f"{row.directory_name} is paused here: nothing was changed; send this again later")
        seconds = self._rates.wait(row.directory_id, row.requests_per_minute)
        if seconds:
            raise scim.errors.TooManyRequests("too many requests at once; nothing was done, send it again", seconds)
        if row.schema_revision and session.writes:
            asked.content()  # the body comes before the lock: who sends it slowly must not keep others waiting
        types = types_of(session, row.account_id, row.schema_revision)
        counts = {"User": row.user_count, "Group": row.group_count}
        directory = OpenDirectory(
            row.account_id,
            row.directory_id,
            row.preset,
            row.unique_group_names,
            types,
            counts,
            row.removals,
            row.filters_people,
            adopts=row.adopts,
            unrepaired=unrepaired(row.preset, row.repairs),
        )
        return SqlDirectoryStore(session, directory, self._scim_url, foreseen)

    def open_access(self, asked: Request, scope: str) -> SqlSearchStore:
        """The decisions of the account that the request's API key belongs to.

        Raises Unauthenticated, or Forbidden for a key without that scope.
        """
        work = unit_of_work.of(asked.environ)
        work.only_reads()
        session = work.session
        row = self._find(asked, session, crypto.API_KEY, _ACCOUNT_OF_KEY)
        if row is None:
            raise rbac.errors.Unauthenticated("no valid API key: send `Authorization: Bearer <key>`")
        scopes = frozenset(row.scopes.split())
        if scope not in scopes:
            raise rbac.errors.Forbidden(f"this API key lacks the scope {scope}")
        self._admit(asked, session, row, "api_key", audit.Actor("key", row.id, row.name))
        observe.note(asked.environ, account=row.account_id)
        return SqlSearchStore(session, row.account_id, scopes)

    def open_account(self, scope: str) -> Caller:
        """The account of the request's API key, in the name of whom ``Muster-Actor`` names. Raises Problem."""
        asked = _asked()
        session = unit_of_work.of(asked.environ).session
        row = self._find(asked, session, crypto.API_KEY, _ACCOUNT_OF_KEY)
        if row is None:
            raise _unauthenticated("an API key of an account")
        scopes = frozenset(row.scopes.split())
        if scope not in scopes:
            raise Problem("insufficient-scope", f"this API key lacks the scope {scope}", scope=scope)
        actor = self._actor(asked, session, row)
        self._admit(asked, session, row, "api_key", actor)
        observe.note(asked.environ, account=row.account_id)
        return Caller(session, row.account_id, row.id, scopes, actor)

    def open_installation(self) -> Caller:
        """The whole installation, for one of its own keys. Raises Problem."""
        asked = _asked()
        session = unit_of_work.of(asked.environ).session
        row = self._find(asked, session, crypto.INSTALLATION_KEY, _INSTALLATION_KEY)
        if row is None:
            raise _unauthenticated("a key of the installation (`muster apikey issue --installation`)")
        if ACTOR_HEADER in asked.headers:
            raise Problem("forbidden", f"{ACTOR_HEADER}: a key of the installation speaks for no person")
        actor = audit.Actor("key", row.id, row.name)
        self._admit(asked, session, row, "installation_key", actor)
        return Caller(session, "", row.id, frozenset(), actor)

    def _actor(self, asked: Request, session: Session, row: Any) -> audit.Actor:
        named = asked.headers.get(ACTOR_HEADER)
        new_key = row.id if row.created > now() - SETTLED else None
        if named is None:
            return audit.Actor("key", row.id, row.name, new_key)
        people = find_people(session, row.account_id, named.strip())
        if len(people) != 1 or not people[0].active:
            # One answer for all, or else whoever has a key could ask which names there are.
            raise Problem("forbidden", f"{ACTOR_HEADER}: names no active user of this account; send an id or userName")
        return audit.Actor("person", people[0].id, people[0].user_name, new_key)

    def account_exists(self, asked: Request, account_id: str) -> bool:
        """Whether there is an account of this id; asked for its public metadata, so nobody has to say who they are."""
        if not is_id(account_id):
            return False
        session = unit_of_work.of(asked.environ).session
        return session.look(_ACCOUNT, {"id": account_id}).scalar() is not None

    def _find(self, asked: Request, session: Session, kind: str, statement: Prepared) -> Any:
        return self._find_ahead(asked, session, kind, statement, None)[0]

    def _find_ahead(
        self,
        asked: Request,
        session: Session,
        kind: str,
        statement: Prepared,
        expect: Callable[[], Expected | None] | None,
    ) -> tuple[Any, Foreseen | None]:
        """The token's row if the token is valid now; the same answer for unknown, revoked and expired (T-3).

        And with it what is expected to be asked next, if that is known.
        """
        scheme, _, text = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        text = text.strip()
        prefix = crypto.token_prefix(text, kind) if scheme.lower() == "bearer" else None
        if prefix is None:
            return None, None
        hashed = crypto.hash_token(text, self._keys.current)
        expected = expect() if expect is not None else None
        if expected is not None and expected.wanted is None:
            presumed = self._known.presumed(session, prefix, hashed)
            if presumed is not None:
                return presumed, None
        elif expected is not None and expected.lock and self._known.has_extensions(hashed):
            expected = None
        ahead = None if expected is None else foresight.by_token(expected, prefix, hashed)
        # Looked up before the transaction begins: who has not shown a valid token never holds the write lock.
        if expected is None or ahead is None:
            rows, foreseen = session.look(statement, {"prefix": prefix}), None
        else:
            next_asked, by_token, values = ahead
            if expected.lock:
                session.begin()
            rows, found = session.look_both((statement, {"prefix": prefix}), (by_token, values))
            # Who may not lock finds nothing: that does not mean that there is nothing.
            foreseen = Foreseen(next_asked, found) if found or not expected.lock else None
        row = rows.one_or_none()
        known = row.secret_hash if row else _NO_TOKEN
        is_present = hmac.compare_digest(hashed, known)
        is_former = not is_present and any(crypto.matches(text, known, key) for key in self._keys.former)
        if (is_present or is_former) and _counts(row, now()):
            if is_former:  # all that was asked for by the hash under the present key found nothing
                self._usage.renew(_KINDS[kind], row.account_id, row.id, hashed)
                return row, None
            if expect is not None and row.paused is None:
                self._known.remember(hashed, row)
            return row, foreseen
        session.rollback()
        if (is_present or is_former) and row.account_id:
            if kind == crypto.DIRECTORY_TOKEN:
                observe.note(asked.environ, account=row.account_id, directory=row.directory_id)
            self._remember_refusal(asked, row, kind)
        return None, None

    def _remember_refusal(self, asked: Request, row: Any, kind: str) -> None:
        """A genuine token that no longer counts: its account should know who still uses it."""
        what = _KINDS[kind]
        why = "revoked" if row.revoked is not None else "the account is suspended" if row.suspended else "expired"
        with self._database.writing() as facts:
            audit.begin(facts, audit.Actor(_ACTOR_KINDS[what], row.id, row.name), asked.environ[observe.REQUEST_ID])
            audit.record(facts, row.account_id, f"{what}.refused", what, row.id, row.name, reason=why)

    def _admit(self, asked: Request, session: Session, row: Any, kind: str, actor: audit.Actor) -> None:
        audit.begin(session, actor, asked.environ[observe.REQUEST_ID])
        self._usage.note(kind, row.account_id, row.id)


def _unauthenticated(what: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="administration"'}
    return Problem("unauthenticated", f"send `Authorization: Bearer <key>` with {what}", headers=headers)


def _asked() -> Request:
    """The request itself: a proxy is paid for at each access."""
    # Flask declares the proxy as what it stands for, which has no such method.
    found: Request = request._get_current_object()  # type: ignore[attr-defined]
    return found


def _counts(row: Any, moment: datetime) -> bool:
    return row.revoked is None and not row.suspended and (row.expires is None or row.expires > moment)
