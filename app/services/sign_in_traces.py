"""Traces of sign-ins: each check with its verdict, for whoever has to find out why somebody cannot sign in.

A trace is a fact that outlives a refusal, so it is recorded in a transaction of its own. Nothing that could be used to
sign in is ever in it: no message, code, token or state (A-4); what the provider claims is sealed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.crypto import subject_hash
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys, Unsealable
from app.services import guards
from app.services.errors import Forbidden, NotFound
from app.services.sign_in_advice import advice
from app.session import Session
from app.stores import sign_in_traces as store
from app.stores.listings import Found, Wanted, page
from sso.model import Assertion, Check

ACCEPTED, REFUSED, TEST = "accepted", "refused", "test"
MOST_WORDS = 500
"""Longer texts are cut (A-5)."""
MOST_SEEN = 64 * 1024
"""A provider may claim more than anybody reads."""
_NEVER = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "jti", "code", "state", "access_token", "refresh_token"})
"""Claims of an ID token that say nothing of the person, and something about the message."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One check: passed, failed or not_reached, and in words what was found."""

    name: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Line:
    """A trace as a list shows it. ``further``: so many refused ones came right after it, and were only counted."""

    id: str
    at: datetime
    connection_id: str | None
    connection: str | None
    reference: str
    outcome: str
    reason: str | None
    detail: str | None
    further: int
    user_id: str | None
    address: str | None
    clock: str | None


@dataclass(frozen=True, slots=True)
class Trace(Line):
    """A whole trace. ``advice`` says what to do; ``claims`` is what the provider said, None if nobody may see it."""

    user_name: str | None
    skew_seconds: int | None
    checks: tuple[Step, ...]
    advice: str | None
    claims: Mapping[str, Any] | None
    expires: datetime


def record(
    session: Session,
    keys: Keys,
    account_id: str,
    connection_id: str | None,
    *,
    reference: str,
    outcome: str,
    reason: str | None = None,
    detail: str | None = None,
    checks: Sequence[Check] = (),
    seen: Mapping[str, Any] | None = None,
    subject: str | None = None,
    user_id: str | None = None,
    address: str | None = None,
    skew_seconds: int | None = None,
    days: int | None = None,
) -> str:
    """Keep what happened at one attempt to sign in; returns the id.

    ``seen`` is made by ``claims_of``. ``days`` are the account's own unless they are given. Many refused ones of a
    kind within a minute are counted with the last one that was kept, whose id is returned.
    """
    moment = now()
    if outcome == REFUSED and store.is_flooded(session, account_id, connection_id, reason, moment):
        return store.count(session, account_id, connection_id, reason)
    id = new_id()
    kept = store.days_of(session, account_id) if days is None else days
    row = {
        "account_id": account_id,
        "id": id,
        "connection_id": connection_id,
        "reference": reference,
        "outcome": outcome,
        "reason": reason,
        "detail": None if detail is None else one_line(detail),
        "checks": [{"name": one.name, "verdict": str(one.verdict), "detail": one_line(one.detail)} for one in checks],
        "seen": None if seen is None else keys.seal(_text(seen), *belonging(account_id, id)),
        "subject_hash": None if subject is None else subject_hash(connection_id or "", subject),
        "user_id": user_id,
        "address": address,
        "skew_seconds": skew_seconds,
        "further": 0,
        "at": moment,
        "expires": moment + timedelta(days=kept),
    }
    store.add(session, row)
    return id


def belonging(account_id: str, id: str) -> tuple[str, str, str]:
    """To what a trace's claims are sealed."""
    return store.TRACES.name, account_id, id


def claims_of(assertion: Assertion) -> dict[str, Any]:
    """What an identity provider said about somebody, as a trace keeps it: what is listed here, and nothing else."""
    name_id = assertion.name_id
    claims = {name: value for name, value in assertion.claims.items() if name not in _NEVER}
    return {
        "protocol": assertion.protocol,
        "issuer": assertion.issuer,
        "subject": assertion.subject,
        "subject_format": assertion.subject_format,
        "name_id": name_id and {"value": name_id.value, "format": name_id.format},
        "methods": list(assertion.methods),
        "authenticated": assertion.authenticated and assertion.authenticated.isoformat(),
        "context": assertion.context,
        "verified_by": assertion.verified_by,
        "attributes": {name: list(values) for name, values in assertion.attributes.items()},
        "claims": claims,
    }


def listed(session: Session, account_id: str, wanted: Wanted) -> Found:
    """A page of traces, the latest first where no order is asked for. Raises InvalidFilter, TooMany, Forbidden."""
    _check_right(session, account_id)
    found = page(session, store.TRACE_LIST, account_id, wanted if wanted.sort else replace(wanted, descending=True))
    return Found([_line(row._mapping) for row in found.rows], found.next)


def read(session: Session, keys: Keys, account_id: str, reference: str, *, claims: bool = False) -> Trace:
    """A trace by its id or by the reference that the person was shown; with what the provider said, if asked for.

    Raises NotFound, Forbidden.
    """
    _check_right(session, account_id)
    row = store.find(session, account_id, reference)
    if row is None or row["expires"] <= now():
        raise NotFound(f"there is no trace {reference!r} here, or no longer", "trace", reference)
    return Trace(
        **asdict(_line(row)),
        user_name=row["user_name"],
        skew_seconds=row["skew_seconds"],
        checks=tuple(Step(**one) for one in row["checks"]),
        advice=advice(row["reason"]),
        claims=_claims(keys, row) if claims else None,
        expires=row["expires"],
    )


def forget_old(database: Database) -> int:
    """Delete the traces whose time is over, some at a time so that nobody waits for it; how many."""
    total = 0
    while True:
        with database.writing() as session:
            gone = store.forget(session, now())
        total += gone
        if gone < store.PORTION:
            return total


def clock(skew_seconds: int | None) -> str | None:
    """How far the provider's clock is off, in words; None where it cannot be told."""
    if skew_seconds is None:
        return None
    if abs(skew_seconds) < 2:
        return "the provider's clock agrees with ours"
    where = "ahead of" if skew_seconds > 0 else "behind"
    return f"the provider's clock is {abs(skew_seconds)} s {where} ours"


def one_line(text: str) -> str:
    """Text of somebody else on one line, of a limited length (A-5)."""
    plain = _CONTROL.sub(" ", text)
    return plain if len(plain) <= MOST_WORDS else f"{plain[:MOST_WORDS]}…"


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        id=row["id"],
        at=row["at"],
        connection_id=row["connection_id"],
        connection=row["connection"],
        reference=row["reference"],
        outcome=row["outcome"],
        reason=row["reason"],
        detail=row["detail"],
        further=row["further"],
        user_id=row["user_id"],
        address=row["address"],
        clock=clock(row["skew_seconds"]),
    )


def _claims(keys: Keys, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if row["seen"] is None:
        return None
    try:
        found: Mapping[str, Any] = orjson.loads(keys.unseal(row["seen"], *belonging(row["account_id"], row["id"])))
    except Unsealable as error:
        return {"unreadable": str(error)}
    return found


def _text(seen: Mapping[str, Any]) -> str:
    # Sealed it is stored, so that no database minds what is in it.
    try:
        text = orjson.dumps(seen, default=str).decode()
    except orjson.JSONEncodeError as error:
        # Better a trace without them than none: a sign-in must not fail at what is only to be shown.
        text = orjson.dumps({"unreadable": one_line(str(error))}).decode()
    return text if len(text) <= MOST_SEEN else orjson.dumps({"too_large": len(text)}).decode()


def _check_right(session: Session, account_id: str) -> None:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("traces tell who signed in and how; only an Account Owner reads them")
