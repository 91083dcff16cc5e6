"""Domains of e-mail addresses: claimed by an account, proven by DNS, and bound to the connection they lead to.

Anybody may claim a domain, and that alone means nothing. It counts once its DNS shows the challenge, for one account
only (M-5). A record that has gone is told at once, and ends the proof only after ``GRACE``: people move their DNS.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app import audit
from app.db import Database
from app.models.base import new_id, now
from app.observe import LOG
from app.resolving import Resolver, Unanswered
from app.services import guards
from app.services.domain_names import BadName, claimable, normal, of_address, shown
from app.services.errors import Conflict, Forbidden, NotFound, Refused, Wrong
from app.session import Session
from app.stores import connections
from app.stores import domains as store
from scim.keys import fold

LABEL = "_muster-challenge"
PREFIX = "muster-domain-verification="
MOST = 500
"""So many domains an account may claim."""
EVERY = timedelta(days=1)
"""How often DNS is asked again about what is proven."""
GRACE = timedelta(days=30)
"""For so long a domain stays proven whose record has gone."""
_PORTION = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """A domain of an account. ``state``: pending, verified, or missing while its record has gone.

    ``record_name`` and ``record_value`` are the TXT record that proves it. ``name`` is compared, ``shown`` is for
    people.
    """

    id: str
    name: str
    shown: str
    state: str
    record_name: str
    record_value: str
    connection_id: str | None
    connection: str | None
    verified: datetime | None
    by_operator: bool
    checked: datetime | None
    missing: datetime | None
    created: datetime


def connection_of(session: Session, domain: str) -> list[tuple[str, str]]:
    """Account and connection that a domain leads to: one, or none for whatever is not proven, bound and enabled."""
    try:
        return store.leads_to(session, normal(domain))
    except BadName:
        return []


def is_vouched(session: Session, account_id: str, connection_id: str, address: str) -> bool:
    """Whether an e-mail address is of a domain that this account has proven and bound to this connection (L-4)."""
    domain = of_address(address)
    return domain is not None and store.is_bound(session, account_id, connection_id, domain)


def claim(session: Session, account_id: str, name: str) -> Claim:
    """Claim a domain; what proves it is in the answer. Raises Refused, Conflict if it is claimed here, Forbidden."""
    check_right(session, account_id)
    plain = _claimable(name)
    if store.count(session, account_id) >= MOST:
        raise Refused(f"an account has at most {MOST} domains; remove some that nobody needs")
    row: dict[str, Any] = {
        "account_id": account_id,
        "id": new_id(),
        "name": plain,
        "challenge": secrets.token_urlsafe(24),
        "by_operator": False,
        "created": now(),
    }
    if not store.add(session, row):
        raise Conflict(f"{plain} is claimed by this account already")
    _record(session, account_id, "domain.claimed", row, after={"name": plain})
    return get(session, account_id, row["id"])


def claim_once(session: Session, account_id: str, name: str) -> Claim:
    """The same for whoever does not mind if the account has claimed it before. Raises Refused, Forbidden."""
    check_right(session, account_id)
    known = store.find(session, account_id, _claimable(name))
    return claim(session, account_id, name) if known is None else _shown(known)


def list_domains(session: Session, account_id: str) -> list[Claim]:
    """The domains of an account, by name. Raises Forbidden."""
    check_right(session, account_id)
    return [_shown(row) for row in store.every(session, account_id)]


def get(session: Session, account_id: str, reference: str) -> Claim:
    """A domain by its id or name. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    return _shown(_found(session, account_id, reference))


def verify(session: Session, account_id: str, resolver: Resolver, reference: str) -> Claim:
    """Ask DNS whether the domain is the account's, before anything is written.

    Give it a session that only reads: what DNS said is written in a transaction of its own. Raises NotFound, Refused
    if the record is not there (yet) or DNS does not answer, Conflict if another account has proven it, Forbidden.
    """
    check_right(session, account_id)
    row = _found(session, account_id, reference)
    if row["verified"] is not None and row["by_operator"]:
        return _shown(row)
    record_name, wanted = _record_of(row)
    try:
        found = resolver.texts(record_name)
    except Unanswered as error:
        raise Refused(f"{error}; nothing has changed, try again in a minute", code="dns_unreachable") from error
    if wanted not in found:
        other = "there is another one" if any(text.startswith(PREFIX) for text in found) else "there is none"
        raise Refused(
            f"{record_name} has no TXT record {wanted} yet: {other}. DNS can take up to an hour to show a new record",
            code="dns_missing",
        )
    with session.writer() as writer:
        return _prove(writer, account_id, row["id"], by_operator=False)


def verify_as_operator(session: Session, account_id: str, reference: str, reason: str) -> Claim:
    """Vouch for a domain where no DNS can be asked; for whoever runs the installation, and never behind the API.

    Raises NotFound, Refused without a reason, Conflict if another account has proven it.
    """
    if not reason.strip():
        raise Refused("say why: the reason stands in the account's audit trail")
    row = _found(session, account_id, reference)
    return _prove(session, account_id, row["id"], by_operator=True, reason=reason.strip())


def bind(session: Session, account_id: str, reference: str, connection: str | None) -> Claim:
    """Let a domain lead to a connection, or to none; it does so once it is proven. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = _found(session, account_id, reference)
    target = None
    if connection is not None:
        target = connections.find(session, account_id, connection, fold(connection))
        if target is None:
            raise NotFound(f"there is no connection {connection!r} in this account", "connection", connection)
    id = None if target is None else target["id"]
    if id != row["connection_id"]:
        store.change(session, account_id, row["id"], {"connection_id": id})
        before = {"connection_id": row["connection_id"], "connection": row["connection"]}
        after = {"connection_id": id, "connection": target and target["name"]}
        _record(session, account_id, "domain.bound", row, before, after)
    return get(session, account_id, row["id"])


def remove(session: Session, account_id: str, reference: str) -> Claim:
    """Give a domain up; returns what it was. Raises NotFound, Forbidden."""
    gone = get(session, account_id, reference)
    store.remove(session, account_id, gone.id)
    before = {"name": gone.name, "verified": gone.verified and gone.verified.isoformat(), "connection": gone.connection}
    audit.record(session, account_id, "domain.removed", "domain", gone.id, gone.name, before)
    return gone


def recheck(database: Database, resolver: Resolver, moment: datetime | None = None) -> int:
    """Ask DNS again about some of the proven domains whose turn it is; how many were asked about.

    DNS that does not answer changes nothing.
    """
    at = moment or now()
    with database.reading() as session:
        rows = store.due(session, at - EVERY, _PORTION)
    asked = 0
    for row in rows:
        with database.writing() as session:
            if not store.take(session, row, at):
                continue
        asked += 1
        record_name, wanted = _record_of(row)
        try:
            is_there = wanted in resolver.texts(record_name)
        except Unanswered as error:
            LOG.warning("domains.no_answer", domain=row["id"], account=row["account_id"], why=str(error))
            return asked  # nor would it answer about the next one, and others wait for this thread
        with database.writing() as session:
            _note(session, row, at, is_there=is_there)
    return asked


def check_right(session: Session, account_id: str) -> None:
    """Raises Forbidden for a person who is no Account Owner."""
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("a domain decides who may sign in to this account; only an Account Owner has to do with them")


def _note(session: Session, row: Mapping[str, Any], at: datetime, *, is_there: bool) -> None:
    """Write down what DNS says now of a domain that was proven."""
    account_id, id = row["account_id"], row["id"]
    if is_there:
        if row["missing"] is not None:
            store.change(session, account_id, id, {"missing": None})
            _record(session, account_id, "domain.confirmed", row, after={"name": row["name"]})
        return
    if row["missing"] is None:
        store.change(session, account_id, id, {"missing": at})
        ends = (at + GRACE).isoformat()
        reason = "its TXT record has gone; people still sign in by it until then"
        _record(
            session, account_id, "domain.unconfirmed", row, after={"name": row["name"], "ends": ends}, reason=reason
        )
    elif row["missing"] <= at - GRACE:
        store.change(session, account_id, id, {"missing": None, "verified": None})
        reason = f"its TXT record has been missing for {GRACE.days} days"
        _record(session, account_id, "domain.expired", row, {"name": row["name"]}, reason=reason)


def _prove(session: Session, account_id: str, id: str, *, by_operator: bool, reason: str | None = None) -> Claim:
    row = _found(session, account_id, id)
    moment = now()
    values = {"verified": row["verified"] or moment, "checked": moment, "missing": None, "by_operator": by_operator}
    if not store.change(session, account_id, id, values):
        raise Conflict(
            f"{row['name']} is proven by another account of this installation already; whoever runs that one has to "
            "remove it there first, or the operator of the installation decides",
            code="domain_elsewhere",
        )
    if row["verified"] is None or row["by_operator"] != by_operator:
        after = {"name": row["name"], "by": "operator" if by_operator else "dns"}
        _record(session, account_id, "domain.verified", row, after=after, reason=reason)
    elif row["missing"] is not None:
        _record(session, account_id, "domain.confirmed", row, after={"name": row["name"]})
    return _shown(_found(session, account_id, id))


def _claimable(name: str) -> str:
    try:
        return claimable(name)
    except BadName as error:
        raise Refused(str(error), Wrong(("name",), str(error)), code="domain_name") from error


def _found(session: Session, account_id: str, reference: str) -> store.Row:
    try:
        named = normal(reference)
    except BadName:
        named = reference
    found = store.find(session, account_id, named)
    if found is None:
        raise NotFound(f"there is no domain {reference!r} in this account", "domain", reference)
    return found


def _shown(row: Mapping[str, Any]) -> Claim:
    state = "pending" if row["verified"] is None else "missing" if row["missing"] is not None else "verified"
    record_name, record_value = _record_of(row)
    return Claim(
        id=row["id"],
        name=row["name"],
        shown=shown(row["name"]),
        state=state,
        record_name=record_name,
        record_value=record_value,
        connection_id=row["connection_id"],
        connection=row["connection"],
        verified=row["verified"],
        by_operator=row["by_operator"],
        checked=row["checked"],
        missing=row["missing"],
        created=row["created"],
    )


def _record_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return f"{LABEL}.{row['name']}", f"{PREFIX}{row['challenge']}"


def _record(
    session: Session,
    account_id: str,
    action: str,
    row: Mapping[str, Any],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    audit.record(session, account_id, action, "domain", row["id"], row["name"], before, after, reason)
