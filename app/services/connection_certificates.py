"""The certificates with which a SAML provider signs: several at once, so that one can replace another (S-48)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app import audit
from app.models.base import new_id, now
from app.services.connection_facts import WARNED
from app.services.connection_rights import begin, touch
from app.services.errors import Conflict, NotFound, Refused, Wrong
from app.session import Session
from app.stores import connection_parts as parts
from app.stores.connections import Row
from sso.certificates import BadCertificate, Certificate, read_certificate

MOST = 10
"""So many certificates a connection may have; each costs time at a sign-in that is not signed by it."""


def add(session: Session, account_id: str, reference: str, text: str, *, confirmed: bool = True) -> str:
    """Trust a certificate from now on, or once it is ``confirmed``; the connection's id.

    Raises Refused (S-12), Conflict, NotFound, Forbidden.
    """
    row = begin(session, account_id, reference)
    _check_saml(row)
    try:
        given = read_certificate(text)
    except BadCertificate as error:
        raise Refused(str(error), Wrong(("certificate",), str(error)), code="certificate_unusable") from error
    if not keep(session, row, given, "person", confirmed=confirmed):
        raise Conflict("the connection has this certificate already", code="certificate_known")
    touch(session, row)
    return str(row["id"])


def confirm(session: Session, account_id: str, reference: str, certificate: str) -> str:
    """Trust a certificate that came by metadata which nobody had signed. Raises Conflict, NotFound, Forbidden."""
    row = begin(session, account_id, reference)
    found = _found(session, row, certificate)
    if found["confirmed"]:
        raise Conflict("this certificate is confirmed already")
    parts.change_certificate(session, account_id, found["id"], {"confirmed": True})
    _record(session, "connection.certificate_confirmed", row, found)
    touch(session, row)
    return str(row["id"])


def remove(session: Session, account_id: str, reference: str, certificate: str) -> str:
    """Trust a certificate no more, at once. Raises Conflict for the last one of a connection that is on, NotFound,
    Forbidden."""
    row = begin(session, account_id, reference)
    found = _found(session, row, certificate)
    left = [one for one in of(session, row) if one["confirmed"] and one["id"] != found["id"]]
    if row["enabled"] and not left:
        raise Conflict("nobody could sign in without its last certificate; add another one, or switch it off, first")
    parts.remove_certificate(session, account_id, found["id"])
    _record(session, "connection.certificate_removed", row, found)
    touch(session, row)
    return str(row["id"])


def of(session: Session, row: Row) -> list[Row]:
    """A connection's certificates, the oldest first."""
    return [*parts.certificates(session, row["account_id"], [row["id"]])]


def keep(session: Session, row: Row, given: Certificate, source: str, *, confirmed: bool) -> bool:
    """Store a certificate; whether the connection did not have it. Raises Refused if it has too many."""
    known = of(session, row)
    if given.fingerprint in {one["fingerprint"] for one in known}:
        return False
    if len(known) >= MOST:
        raise Refused(f"a connection has at most {MOST} certificates; remove those that are not needed any more")
    values = {
        "account_id": row["account_id"],
        "id": new_id(),
        "connection_id": row["id"],
        "pem": given.pem,
        "fingerprint": given.fingerprint,
        "source": source,
        "confirmed": confirmed,
        "not_before": given.not_before,
        "not_after": given.not_after,
        "added": now(),
    }
    parts.add_certificate(session, values)
    _record(session, "connection.certificate_added", row, values)
    return True


def warn_of_ends(session: Session) -> int:
    """Tell accounts of certificates and keys that end soon, once at each of ``WARNED``; how many were told of."""
    moment, told = now(), 0
    for days in sorted(WARNED):
        for kind, row in parts.ending(session, moment + timedelta(days=days), days):
            if not parts.warned(session, kind, row, days):
                continue
            told += 1
            after = {
                "kind": kind,
                "certificate": row["id"],
                "not_after": row["not_after"].isoformat(),
                "days_left": max(0, (row["not_after"] - moment).days),
            }
            about = (row["connection_id"], row["name"])
            audit.record(
                session, row["account_id"], "connection.certificate_expiring", "connection", *about, None, after
            )
    return told


def _check_saml(row: Row) -> None:
    if row["protocol"] != "saml":
        raise Refused("an OpenID provider publishes its keys itself; certificates are for SAML")


def _found(session: Session, row: Row, reference: str) -> Row:
    wanted = reference.replace(":", "").lower()
    for one in of(session, row):
        if wanted in (one["id"], one["fingerprint"]):
            return one
    raise NotFound(f"{row['name']} has no certificate {reference!r}", "certificate", reference)


def _record(session: Session, action: str, row: Row, certificate: Any) -> None:
    told = {
        "certificate": certificate["id"],
        "fingerprint": certificate["fingerprint"],
        "source": certificate["source"],
        "confirmed": certificate["confirmed"] or action == "connection.certificate_confirmed",
        "not_after": certificate["not_after"].isoformat(),
    }
    before, after = (told, None) if action == "connection.certificate_removed" else (None, told)
    audit.record(session, row["account_id"], action, "connection", row["id"], row["name"], before, after)
