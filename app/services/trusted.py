"""What a sign-in goes by: one connection as it is now, with all it needs, whichever worker it was changed in.

Each version is read and unsealed once in a process. The version itself is asked for every time, so what was changed
elsewhere counts at once (O-34).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.models.base import now
from app.sealing import Keys
from app.services.openid_providers import Credentials
from app.session import Session
from app.stores import connections as store
from sso.model import EMAIL, TRANSIENT, UNSPECIFIED, OidcTrust, SamlTrust, ServiceProvider, Signed
from sso.oidc_client import key_set

ORDER = ("current", "next", "former")
"""Our keys in the order in which they count: the first one signs, the first two are published, all of them decrypt."""
_PUBLISHED = ORDER[:2]
NAME_ID_FORMATS = {
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "unspecified": UNSPECIFIED,
    "emailAddress": EMAIL,
    "transient": TRANSIENT,
}
"""What a connection's provider may be asked to name people by, and how SAML calls it."""
_MOST = 1_000
_NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a connection is reached; providers are told these."""

    start: str
    metadata: str
    acs: str
    callback: str
    logout: str
    backchannel_logout: str
    frontchannel_logout: str
    jwks: str

    @classmethod
    def of(cls, base_url: str, connection_id: str) -> Addresses:
        """The addresses of one connection. The entity id is that of the metadata."""
        here = f"{base_url}/sso/{connection_id}"
        return cls(
            start=f"{here}/start",
            metadata=f"{here}/metadata",
            acs=f"{here}/acs",
            callback=f"{here}/callback",
            logout=f"{here}/logout",
            backchannel_logout=f"{here}/backchannel-logout",
            frontchannel_logout=f"{here}/frontchannel-logout",
            jwks=f"{here}/jwks",
        )


@dataclass(frozen=True, slots=True)
class Trusted:
    """One connection, as far as a sign-in is concerned.

    ``saml`` or ``oidc`` is None for the other protocol, and for a connection that is not set up completely; then nobody
    signs in. ``jwks`` is what we publish for ``private_key_jwt`` (RFC 7517). ``claims`` maps an assertion to a profile.
    ``generation`` tells sign-ins that began before its links were forgotten.
    """

    account_id: str
    id: str
    version: int
    generation: int
    name: str
    protocol: str
    enabled: bool
    suspended: bool
    addresses: Addresses
    saml: SamlTrust | None
    provider: ServiceProvider | None
    oidc: OidcTrust | None
    credentials: Credentials | None = field(repr=False)
    jwks: Mapping[str, Any]
    directory_id: str | None
    join_external_id: str | None
    join_user_name: str | None
    join_email: str | None
    vouches_for_email: bool
    creates_people: bool
    adopts: bool
    groups_from: str
    groups_claim: str | None
    claims_directory_id: str | None
    mapped_roles: Sequence[str] | None
    unsolicited: bool
    session_hours: int | None
    claims: Mapping[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether anybody may sign in here at present."""
        return self.enabled and not self.suspended and (self.saml is not None or self.oidc is not None)


class TrustedConnections:
    """What one process knows of connections; the database says each time whether that still counts."""

    def __init__(self, keys: Keys, base_url: str) -> None:
        self._keys = keys
        self._base_url = base_url
        self._known: dict[str, Trusted] = {}

    def find(self, session: Session, connection_id: str) -> Trusted | None:
        """A connection by its id, which selects the account, too; None for an unknown one."""
        stamp = store.stamp(session, connection_id)
        if stamp is None:
            return None
        known = self._known.get(stamp.id)
        if known is None or known.version != stamp.version:
            known = self._read(session, stamp)
            if known is None:
                return None
        if (known.enabled, known.suspended, known.generation) != (stamp.enabled, stamp.suspended, stamp.generation):
            known = replace(known, enabled=stamp.enabled, suspended=stamp.suspended, generation=stamp.generation)
        return known

    def _read(self, session: Session, stamp: Any) -> Trusted | None:
        while stamp is not None:
            row, certificates, keys = store.whole(session, stamp.account_id, stamp.id)
            # Certificates and keys that were read between two equal versions are of that version.
            if row is not None and row.version == stamp.version:
                if len(self._known) >= _MOST:
                    self._known.clear()
                made = trusted(self._keys, self._base_url, row, certificates, keys, suspended=stamp.suspended)
                self._known[made.id] = made
                return made
            stamp = store.stamp(session, stamp.id)
        return None


def trusted(
    keys: Keys, base_url: str, row: Any, certificates: Sequence[Any], pairs: Sequence[Any], *, suspended: bool
) -> Trusted:
    """What the rows of a connection, of its certificates and of our key pairs say."""
    addresses = Addresses.of(base_url, row.id)
    ordered = sorted(pairs, key=lambda one: ORDER.index(one.state))
    private = [keys.unseal(one.private_key, *key_belonging(row.account_id, one.id)) for one in ordered]
    published = [place for place, one in enumerate(ordered) if one.state in _PUBLISHED]
    trust, is_saml = row.trust, row.protocol == "saml"
    return Trusted(
        account_id=row.account_id,
        id=row.id,
        version=row.version,
        generation=row.generation,
        name=row.name,
        protocol=row.protocol,
        enabled=row.enabled,
        suspended=suspended,
        addresses=addresses,
        saml=saml_trust(trust, [one.pem for one in certificates if one.confirmed], unsolicited=row.unsolicited)
        if is_saml
        else None,
        provider=_ourselves(addresses, trust, private, [ordered[place].certificate for place in published])
        if is_saml
        else None,
        oidc=None if is_saml else oidc_trust(trust),
        credentials=None if is_saml else _credentials(keys, row, ordered, private),
        jwks=key_set([] if is_saml else [(private[place], ordered[place].id) for place in published]),
        directory_id=row.directory_id,
        join_external_id=row.join_external_id,
        join_user_name=row.join_user_name,
        join_email=row.join_email,
        vouches_for_email=row.vouches_for_email,
        creates_people=row.creates_people,
        adopts=row.adopts,
        groups_from=row.groups_from,
        groups_claim=row.groups_claim,
        claims_directory_id=row.claims_directory_id,
        mapped_roles=row.mapped_roles,
        unsolicited=row.unsolicited,
        session_hours=row.session_hours,
        claims=row.claims,
    )


def saml_trust(trust: Mapping[str, Any], certificates: Sequence[str], *, unsolicited: bool) -> SamlTrust | None:
    """Whom a connection by SAML trusts; None while that is not said completely."""
    if not (trust.get("entity_id") and trust.get("sso_url") and certificates):
        return None
    return SamlTrust(
        entity_id=trust["entity_id"],
        sso_url=trust["sso_url"],
        certificates=tuple(certificates),
        signed=Signed(trust["signed"]),
        wants_encryption=trust["wants_encryption"],
        skew=timedelta(seconds=trust["skew_seconds"]),
        oldest_sign_in=_minutes(trust["oldest_sign_in_minutes"]),
        contexts=tuple(trust["contexts"]),
        unsolicited=unsolicited,
        logout_url=trust["logout_url"],
        subject_attribute=trust["subject_attribute"],
        name_id_format=NAME_ID_FORMATS[trust["name_id_format"]],
        sends_login_hint=trust["sends_login_hint"],
    )


def oidc_trust(trust: Mapping[str, Any]) -> OidcTrust | None:
    """Whom a connection by OpenID Connect trusts; None while that is not said completely."""
    needed = ("issuer", "client_id", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(trust.get(name) for name in needed):
        return None
    return OidcTrust(
        issuer=trust["issuer"],
        client_id=trust["client_id"],
        authorization_endpoint=trust["authorization_endpoint"],
        token_endpoint=trust["token_endpoint"],
        jwks_uri=trust["jwks_uri"],
        userinfo_endpoint=trust["userinfo_endpoint"],
        end_session_endpoint=trust["end_session_endpoint"],
        algorithms=tuple(trust["algorithms"]),
        scopes=tuple(trust["scopes"]),
        names_itself=trust["names_itself"],
        max_age=_minutes(trust["max_age_minutes"]),
        subject_claims=tuple(trust["subject_claims"]),
        contexts=tuple(trust["contexts"]),
        methods=tuple(trust["methods"]),
        skew=timedelta(seconds=trust["skew_seconds"]),
        uses_userinfo=trust["uses_userinfo"],
        typed_logout=trust["typed_logout"],
    )


def note_sign_in(session: Session, connection: Trusted, verified_by: str, moment: datetime | None = None) -> None:
    """Somebody has signed in here, vouched for under a certificate or key; noted once a minute at most (S-48)."""
    at = moment or now()
    store.signed_in(session, connection.account_id, connection.id, verified_by, at, at - _NOTED)


def belonging(account_id: str, id: str) -> tuple[str, str, str]:
    """To what the client secret of a connection is sealed."""
    return store.CONNECTIONS.name, account_id, id


def key_belonging(account_id: str, id: str) -> tuple[str, str, str]:
    """To what one of our private keys is sealed."""
    return store.KEYS.name, account_id, id


def _ourselves(
    addresses: Addresses, trust: Mapping[str, Any], keys: Sequence[str], certificates: Sequence[str]
) -> ServiceProvider:
    wants = Signed(trust["signed"]) is not Signed.RESPONSE
    return ServiceProvider(addresses.metadata, addresses.acs, addresses.logout, keys, certificates, wants)


def _credentials(keys: Keys, row: Any, ordered: Sequence[Any], private: Sequence[str]) -> Credentials | None:
    if row.trust["client_authentication"] == "private_key_jwt":
        return Credentials(private_key=private[0], key_id=ordered[0].id) if private else None
    return Credentials(keys.unseal(row.secret, *belonging(row.account_id, row.id))) if row.secret else None


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)
