"""Trying a connection out: one sign-in that signs nobody in, and what came of it (R-8).

Somebody starts it and gets an address that is good once. Whoever opens it signs in at the provider; nobody is made or
linked, no session begins. What the provider said is kept as a trace, and read here against the connection as it is now.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app import audit
from app.crypto import hash_token
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import sign_in_traces
from app.services.connection_facts import missing
from app.services.connection_forecast import forecast
from app.services.connection_rights import check_right, found
from app.services.errors import NotFound, Refused, Wrong
from app.services.mapping_simulation import Simulated
from app.services.sign_in_traces import Trace
from app.services.trusted import Addresses
from app.session import Session
from app.stores import connection_parts as parts
from app.stores import connection_tests as store
from sso.claims import Explained, Profile, check_mapping, profile_of
from sso.errors import ABOUT_PEOPLE
from sso.model import Assertion, NameId

MINUTES = 10
PURPOSE = "test"


@dataclass(frozen=True, slots=True)
class Started:
    """A test that waits for somebody to open its address."""

    id: str
    address: str
    expires: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """What a claim mapping makes of what a provider said: the profile, and where each field came from."""

    reference: str
    at: Any
    decoded: Mapping[str, Any]
    profile: Profile
    explained: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a test. ``state``: waiting, opened, expired, passed or refused.

    ``gives`` is what the person would have by the mapping rules once they had signed in.
    """

    id: str
    state: str
    trace: Trace | None
    preview: Preview | None
    link: Mapping[str, Any] | None
    gives: Simulated | None

    @property
    def is_about_person(self) -> bool:
        """Whether the provider's answer was right, and only whom it speaks of may not sign in here."""
        return self.trace is not None and self.trace.reason in ABOUT_PEOPLE


def start(session: Session, keys: Keys, account_id: str, base_url: str, reference: str) -> Started:
    """An address to try a connection, on or off, good once. Raises Refused while it lacks something, NotFound,
    Forbidden."""
    check_right(session, account_id)
    row = found(session, account_id, reference)
    certificates = [one["pem"] for one in parts.certificates(session, account_id, [row["id"]]) if one["confirmed"]]
    lacking = missing(row, certificates)
    if lacking:
        raise Refused(f"{row['name']} cannot be tried, as it lacks: {', '.join(lacking)}", code="incomplete")
    id, secret, moment = new_id(), secrets.token_urlsafe(32), now()
    actor = audit.acting(session)
    expires = moment + timedelta(minutes=MINUTES)
    attempt = {
        "account_id": account_id,
        "id": id,
        "connection_id": row["id"],
        "purpose": PURPOSE,
        "key_hash": hash_token(secret, keys.current),
        "return_to": id,
        "user_id": actor.id if actor.kind == "person" else None,
        "created": moment,
        "expires": expires,
    }
    store.add(session, attempt)
    audit.record(
        session, account_id, "connection.test_started", "connection", row["id"], row["name"], None, {"test": id}
    )
    return Started(id, f"{Addresses.of(base_url, row['id']).start}?test={secret}", expires)


def has_passed(session: Session, account_id: str, connection_id: str) -> bool:
    """Whether the provider has vouched at least once for somebody who could sign in, in a test or in earnest."""
    return store.last_seen(session, account_id, connection_id) is not None


def opened(session: Session, keys: Keys, connection_id: str, secret: str) -> str | None:
    """The test that an address is for, which is used up by that; None if there is none, or it was opened before."""
    hashes = [hash_token(secret, key) for key in (keys.current, *keys.former)]
    return store.open_once(session, connection_id, hashes, PURPOSE, now())


def result(session: Session, keys: Keys, account_id: str, reference: str, test: str) -> Result:
    """What came of a test. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = found(session, account_id, reference)
    trace_id = store.trace_of(session, account_id, row["id"], test)
    if trace_id is None:
        attempt = store.attempt(session, account_id, row["id"], test, PURPOSE)
        if attempt is None:
            raise NotFound(f"there is no test {test!r} of {row['name']}, or no longer", "test", test)
        state = "opened" if attempt["used"] else "waiting"
        return Result(test, "expired" if attempt["expires"] <= now() else state, None, None, None, None)
    trace = sign_in_traces.read(session, keys, account_id, trace_id, claims=True)
    state = "refused" if trace.reason is not None else "passed"
    if trace.claims is None or "subject" not in trace.claims:
        return Result(test, state, trace, None, None, None)
    made, gives = _preview(row["protocol"], trace, row["claims"]), None
    if state == "passed":
        assertion = _assertion(row["protocol"], trace.claims)
        gives = forecast(session, keys, account_id, row["id"], assertion, made.profile, trace.user_id)
    return Result(test, state, trace, made, trace.claims.get("link"), gives)


def preview(
    session: Session, keys: Keys, account_id: str, reference: str, claims: Mapping[str, Any] | None = None
) -> Preview:
    """What the connection's claim mapping, or another one, makes of the last real sign-in or test.

    Raises Refused for a mapping that could not be saved, NotFound if nobody signed in yet, Forbidden.
    """
    check_right(session, account_id)
    row = found(session, account_id, reference)
    problems = [] if claims is None else check_mapping(claims)
    if problems:
        raise Refused("; ".join(problems), *(Wrong(("claims",), said) for said in problems))
    trace_id = store.last_seen(session, account_id, row["id"])
    if trace_id is None:
        raise NotFound(f"nobody has signed in by {row['name']} yet, or it is too long ago; try it out first")
    trace = sign_in_traces.read(session, keys, account_id, trace_id, claims=True)
    return _preview(row["protocol"], trace, row["claims"] if claims is None else claims)


def _preview(protocol: str, trace: Trace, claims: Mapping[str, Any]) -> Preview:
    seen = trace.claims or {}
    mapped = profile_of(_assertion(protocol, seen), claims)
    return Preview(trace.reference, trace.at, seen, mapped.profile, mapped.fields)


def _assertion(protocol: str, seen: Mapping[str, Any]) -> Assertion:
    """What was said, as far as a mapping reads it."""
    name_id = seen.get("name_id")
    return Assertion(
        protocol=protocol,
        issuer=seen["issuer"],
        subject=seen["subject"],
        subject_format=seen["subject_format"],
        attributes={name: tuple(values) for name, values in seen["attributes"].items()},
        id="",
        expires=now(),
        answers=None,
        authenticated=None,
        claims=seen["claims"],
        name_id=None if name_id is None else NameId(name_id["value"], name_id["format"]),
    )
