"""What a provider says of itself: read when somebody gives or asks for it, and again once a day.

Read by https, or handed over by an administrator, it fills what is empty. Later it may bring new certificates, which
count at once only if a certificate that counts already has signed them; it never changes who the provider is (S-48).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import audit
from app.fetching import fetch
from app.models.base import now
from app.outbound import Failed, Outbound
from app.outbound import Refused as NotCalled
from app.services import connection_certificates as certificates
from app.services.connection_rights import begin, change, check_right, found
from app.services.connection_values import FROM_DISCOVERY, check
from app.services.errors import Conflict, Refused, Wrong
from app.services.openid_providers import Providers
from app.session import Session
from app.stores import connections as store
from app.stores.connections import Row
from sso.errors import LoginRefused
from sso.oidc_discovery import Discovery
from sso.saml_metadata import BadMetadata, IdpMetadata, is_signed_by, read_metadata

_MEDIA_TYPES = "application/samlmetadata+xml, application/xml, text/xml"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a connection's provider describes itself, at a version of the connection."""

    account_id: str
    connection_id: str
    protocol: str
    url: str
    version: int


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of it: the connection, what is different now, and what to do or to know, in words."""

    connection_id: str
    changed: tuple[str, ...]
    notes: tuple[str, ...]


Said = IdpMetadata | Discovery


@dataclass(frozen=True, slots=True)
class Read:
    """What a provider says; ``content`` is the document that metadata was read from."""

    said: Said
    content: bytes = b""


def source_of(session: Session, account_id: str, reference: str) -> Source:
    """Where to read. Raises Refused if it is not known, NotFound, Forbidden."""
    check_right(session, account_id)
    return _source(found(session, account_id, reference))


def read(outbound: Outbound, source: Source) -> Read:
    """Ask the provider; without a transaction, as it may take its time. Raises Refused."""
    try:
        if source.protocol == "oidc":
            return Read(Providers(outbound).discover(source.account_id, source.url))
        answer = fetch(outbound, source.url, accept=_MEDIA_TYPES)
    except (NotCalled, Failed) as error:
        raise Refused(f"{source.url} cannot be read: {error}", code="unreachable") from error
    except LoginRefused as error:
        raise Refused(f"{source.url} cannot be used: {error.detail}", code="not_a_provider") from error
    if answer.status != 200:
        raise Refused(f"{source.url} cannot be read: it answered {answer.status}", code="unreachable")
    return Read(_metadata(answer.body, outbound), answer.body)


def refresh(session: Session, outbound: Outbound, source: Source, seen: Read) -> Refreshed:
    """Take over what was read, because somebody asked for it. Raises Conflict if the connection was changed meanwhile,
    Refused, NotFound, Forbidden."""
    row = begin(session, source.account_id, source.connection_id)
    if _source(row) != source:
        raise Conflict(f"{row['name']} was changed meanwhile; try again", code="changed_meanwhile")
    return _take(session, outbound, row, seen, by_hand=True)


def give_metadata(
    session: Session, account_id: str, outbound: Outbound, reference: str, content: bytes, *, confirmed: bool = True
) -> Refreshed:
    """Take over metadata that an administrator hands over; its certificates count at once if they are ``confirmed``.

    Raises Refused, NotFound, Forbidden.
    """
    row = begin(session, account_id, reference)
    if row["protocol"] != "saml":
        raise Refused("metadata is for SAML; an OpenID provider is read from its issuer")
    seen = Read(_metadata(content, outbound), content)
    return _take(session, outbound, row, seen, by_hand=True, handed_over=confirmed)


def refresh_unasked(session: Session, outbound: Outbound, source: Source, seen: Read) -> None:
    """Take over what was read because it was time. Raises Refused; nothing happens if the connection was changed."""
    row = store.find(session, source.account_id, source.connection_id, "")
    if row is not None:
        store.lock(session, source.account_id, source.connection_id)
        row = store.find(session, source.account_id, source.connection_id, "")
    if row is not None and row["version"] == source.version:
        _take(session, outbound, row, seen, by_hand=False)


def source_in(row: Row) -> Source | None:
    """Where to read, None if it is not known."""
    url = row["trust"]["metadata_url" if row["protocol"] == "saml" else "issuer"]
    return Source(row["account_id"], row["id"], row["protocol"], url, row["version"]) if url else None


def _take(
    session: Session, outbound: Outbound, row: Row, seen: Read, *, by_hand: bool, handed_over: bool = False
) -> Refreshed:
    trust, notes, added = dict(row["trust"]), list[str](), False
    if isinstance(seen.said, Discovery):
        trust |= {name: getattr(seen.said, name) for name in FROM_DISCOVERY}
        notes += seen.said.advice
    else:
        pinned = [one["pem"] for one in certificates.of(session, row) if one["confirmed"]]
        is_signed = is_signed_by(seen.content, pinned)
        _take_addresses(row, trust, seen.said, is_believed=by_hand or is_signed)
        arrived = _take_certificates(session, row, seen.said, confirms=handed_over or is_signed, by_hand=by_hand)
        added = bool(arrived)
        notes += [*arrived, *_about(session, row, trust, seen.said)]
    pems = [one["pem"] for one in certificates.of(session, row) if one["confirmed"]]
    has_domain = store.has_domain(session, row["account_id"], row["id"])
    check(outbound, row["protocol"], {**row, "trust": trust}, pems, has_domain=has_domain)
    changed = tuple(sorted(name for name in trust if trust[name] != row["trust"][name]))
    if changed:
        change(session, row, {"trust": trust})
        before, after = ({name: side[name] for name in changed} for side in (row["trust"], trust))
        audit.record(
            session, row["account_id"], "connection.refreshed", "connection", row["id"], row["name"], before, after
        )
    elif added:
        change(session, row, {})
    store.note(session, row["account_id"], row["id"], {"refreshed": now(), "refresh_error": None})
    return Refreshed(row["id"], changed, tuple(notes))


def _take_addresses(row: Row, trust: dict[str, Any], said: IdpMetadata, *, is_believed: bool) -> None:
    """Who the provider is, and where, into ``trust``; who it is never changes."""
    if said.valid_until is not None and said.valid_until <= now():
        raise Refused(f"the metadata ended on {said.valid_until:%Y-%m-%d}, by its own words", code="metadata_ended")
    if trust["entity_id"] not in (None, said.entity_id):
        raise Refused(
            f"the metadata is that of {said.entity_id!r}, and {row['name']} is with {trust['entity_id']!r}; another "
            "provider needs another connection",
            code="another_provider",
        )
    if trust["sso_url"] not in (None, said.sso_url) and not is_believed:
        raise Refused(
            f"the provider's sign-in address would be {said.sso_url}; refresh it yourself if that is right",
            code="another_provider",
        )
    trust |= {"entity_id": said.entity_id, "sso_url": said.sso_url}
    if is_believed and said.logout_url is not None:
        trust["logout_url"] = said.logout_url


def _take_certificates(session: Session, row: Row, said: IdpMetadata, *, confirms: bool, by_hand: bool) -> list[str]:
    """Store what is new; it counts if somebody answers for it, or if it is the first that somebody asked for."""
    confirmed = confirms or (by_hand and not certificates.of(session, row))
    waits = "" if confirmed else ", which does not count before somebody confirms it"
    return [
        f"a new certificate: {one.fingerprint}{waits}"
        for one in said.certificates
        if certificates.keep(session, row, one, "metadata", confirmed=confirmed)
    ]


def _about(session: Session, row: Row, trust: Mapping[str, Any], said: IdpMetadata) -> list[str]:
    """What the metadata lacks, and what it does not name any more."""
    listed = {one.fingerprint for one in said.certificates}
    notes = [
        f"the provider names the certificate {one['fingerprint']} no more; remove it once nobody needs it"
        for one in certificates.of(session, row)
        if one["source"] == "metadata" and one["fingerprint"] not in listed
    ]
    if said.logout_url is None:
        notes.append("the metadata names no logout address, so people are not signed out at the provider")
    return notes + _about_names(trust, said)


def _about_names(trust: Mapping[str, Any], said: IdpMetadata) -> list[str]:
    """S-29, as far as metadata tells."""
    formats = {one.rpartition(":")[2] for one in said.name_id_formats}
    if trust["subject_attribute"] is not None or not formats or trust["name_id_format"] in formats:
        return []
    if formats == {"transient"}:
        what = "the provider names people by transient ids only, by which nobody can be recognised"
        raise Refused(f"{what}; name a subject_attribute first", Wrong(("saml", "subject_attribute"), "is needed"))
    return [f"the provider names people by {', '.join(sorted(formats))}, and is asked for {trust['name_id_format']}"]


def _metadata(content: bytes, outbound: Outbound) -> IdpMetadata:
    try:
        return read_metadata(content, plain=outbound.is_plain)
    except BadMetadata as error:
        raise Refused(f"the metadata cannot be used: {error}", code="metadata_unusable") from error


def _source(row: Row) -> Source:
    found = source_in(row)
    if found is None:
        what = "metadata_url" if row["protocol"] == "saml" else "issuer"
        raise Refused(f"{row['name']} has no {what} to be read")
    return found
