"""Connections as they may be shown: what is missing, how its certificates are, and never a secret (R-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from app.services.connection_values import SETTINGS, recognises_nobody, warnings
from app.services.trusted import ORDER, Addresses
from app.stores.connections import Row

WARNED = (30, 14, 3)
"""So many days before something ends its account is told."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate of the provider. ``state``: valid, unconfirmed, not_yet, expiring or expired."""

    id: str
    fingerprint: str
    subject: str
    source: str
    state: str
    not_before: datetime
    not_after: datetime
    added: datetime
    certificate: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One of our key pairs; of the private key nothing is shown. ``state``: current, next or former."""

    id: str
    state: str
    fingerprint: str
    certificate: str
    not_after: datetime
    created: datetime


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """A connection as it may be shown.

    ``missing`` is what it needs before it can be on, ``warnings`` what to know of its settings. One of ``saml`` and
    ``oidc`` is None. ``secret_set``: since when there is a client secret.
    """

    id: str
    name: str
    protocol: str
    preset: str
    enabled: bool
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    saml: Mapping[str, Any] | None
    oidc: Mapping[str, Any] | None
    secret_set: datetime | None
    directory: str | None
    vouches_for_email: bool
    creates_people: bool
    adopts: bool
    groups_from: str
    groups_claim: str | None
    mapped_roles: tuple[str, ...] | None
    join_external_id: str | None
    join_user_name: str | None
    join_email: str | None
    unsolicited: bool
    session_hours: int | None
    claims: Mapping[str, Any]
    claims_directory: str | None
    addresses: Addresses
    certificates: tuple[CertificateFacts, ...]
    keys: tuple[KeyFacts, ...]
    last_sign_in: datetime | None
    version: int
    created: datetime
    modified: datetime

    @property
    def ends(self) -> datetime | None:
        """When the last of the certificates that count does; None where none of them matters."""
        return max((one.not_after for one in self.certificates if one.state != "unconfirmed"), default=None)

    @property
    def recognises_nobody(self) -> bool:
        """Whether it leads to no person but those who are linked to it already."""
        joins = ("join_external_id", "join_user_name", "join_email", "creates_people")
        return recognises_nobody(self.directory, {name: getattr(self, name) for name in joins})


@dataclass(frozen=True, slots=True)
class CertificateHealth:
    """How long a certificate is good, and when somebody last signed in by it."""

    id: str
    fingerprint: str
    state: str
    days_left: int
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection is doing. ``refresh_error``: what was wrong when its provider was last read."""

    enabled: bool
    missing: tuple[str, ...]
    last_sign_in: datetime | None
    refreshed: datetime | None
    refresh_error: str | None
    certificates: tuple[CertificateHealth, ...]


def shown(
    row: Row,
    certificates: Sequence[Row],
    pairs: Sequence[Row],
    directories: Mapping[str | None, str],
    mapped_roles: tuple[str, ...] | None,
    base_url: str,
    moment: datetime,
) -> ConnectionFacts:
    """The rows of a connection as they may be shown; ``mapped_roles`` by their names."""
    trust = {name: value for name, value in row["trust"].items() if name != "preset"}
    is_saml = row["protocol"] == "saml"
    return ConnectionFacts(
        id=row["id"],
        name=row["name"],
        protocol=row["protocol"],
        preset=row["trust"]["preset"],
        enabled=row["enabled"],
        missing=tuple(missing(row, [one["pem"] for one in certificates if one["confirmed"]])),
        warnings=tuple(warnings(row)),
        saml=trust if is_saml else None,
        oidc=None if is_saml else trust,
        secret_set=row["secret_set"],
        directory=directories.get(row["directory_id"]),
        claims=row["claims"],
        claims_directory=directories.get(row["claims_directory_id"]),
        addresses=Addresses.of(base_url, row["id"]),
        certificates=tuple(_certificate(one, moment) for one in certificates),
        keys=tuple(_key(one) for one in sorted(pairs, key=lambda one: ORDER.index(one["state"]))),
        last_sign_in=row["last_sign_in"],
        version=row["version"],
        created=row["created"],
        modified=row["modified"],
        **{name: row[name] for name in SETTINGS} | {"mapped_roles": mapped_roles},
    )


def missing(row: Mapping[str, Any], certificates: Sequence[str]) -> list[str]:
    """What a connection needs before anybody can sign in; by the names of its settings where it is one."""
    trust = row["trust"]
    if row["protocol"] == "saml":
        lacking = [name for name in ("entity_id", "sso_url") if not trust[name]]
        return lacking if certificates else [*lacking, "certificate"]
    lacking = [name for name in ("issuer", "client_id") if not trust[name]]
    if trust["issuer"] and not trust["authorization_endpoint"]:
        lacking.append("discovery")
    if trust["client_authentication"] == "client_secret" and not row.get("secret"):
        lacking.append("client_secret")
    return lacking


def health_of(row: Row, certificates: Sequence[Row], moment: datetime) -> Health:
    """How a connection is doing."""
    return Health(
        enabled=row["enabled"],
        missing=tuple(missing(row, [one["pem"] for one in certificates if one["confirmed"]])),
        last_sign_in=row["last_sign_in"],
        refreshed=row["refreshed"],
        refresh_error=row["refresh_error"],
        certificates=tuple(
            CertificateHealth(
                one["id"],
                one["fingerprint"],
                state_of(one, moment),
                max(0, (one["not_after"] - moment).days),
                one["last_used"],
            )
            for one in certificates
        ),
    )


def state_of(certificate: Row, moment: datetime) -> str:
    """How a certificate is: one that has expired still counts until somebody removes it, and whoever may sees it."""
    if not certificate["confirmed"]:
        return "unconfirmed"
    if certificate["not_after"] <= moment:
        return "expired"
    if certificate["not_before"] > moment:
        return "not_yet"
    return "expiring" if certificate["not_after"] <= moment + timedelta(days=WARNED[0]) else "valid"


def _certificate(row: Row, moment: datetime) -> CertificateFacts:
    return CertificateFacts(
        id=row["id"],
        fingerprint=row["fingerprint"],
        subject=x509.load_pem_x509_certificate(row["pem"].encode()).subject.rfc4514_string(),
        source=row["source"],
        state=state_of(row, moment),
        not_before=row["not_before"],
        not_after=row["not_after"],
        added=row["added"],
        certificate=row["pem"],
    )


def _key(row: Row) -> KeyFacts:
    found = x509.load_pem_x509_certificate(row["certificate"].encode())
    return KeyFacts(
        id=row["id"],
        state=row["state"],
        fingerprint=found.fingerprint(hashes.SHA256()).hex(),
        certificate=row["certificate"],
        not_after=row["not_after"],
        created=row["created"],
    )
