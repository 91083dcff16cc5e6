"""What sign-in is about: whom a connection trusts and how far, and what an identity provider vouched for.

Both protocols end in the same ``Assertion``; what it means for a person is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MOST_SKEW = timedelta(seconds=180)
"""No clock of an identity provider may be further off (S-25)."""
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
"""Formats of a NameID: an address; whatever the provider likes; another one at every sign-in (core §8.3)."""


class Verdict(StrEnum):
    """How one check of a message went."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a message, for traces and test runs; ``detail`` says in words what was found."""

    name: str
    verdict: Verdict
    detail: str = ""


class Signed(StrEnum):
    """What must be signed in a SAML response; "neither" cannot be said (S-14)."""

    ASSERTION = "assertion"
    RESPONSE = "response"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """Ourselves towards one SAML connection: every connection has an entity id and addresses of its own (L-10).

    ``keys`` are private keys as PEM, the present one first; all of them decrypt, the first one signs. ``certificates``
    are theirs, in the same order. ``wants_signed_assertions``: a signed response is not enough.
    """

    entity_id: str
    acs_url: str
    logout_url: str
    keys: Sequence[str] = ()
    certificates: Sequence[str] = ()
    wants_signed_assertions: bool = True


@dataclass(frozen=True, slots=True)
class SamlTrust:
    """One SAML identity provider, as far as one connection trusts it.

    ``certificates`` are whole X.509 certificates as PEM, old and new at once (S-12, S-48). ``oldest_sign_in`` refuses
    people who were authenticated longer ago; ``contexts`` are the AuthnContext classes of which the response must name
    one (S-30). ``unsolicited`` accepts responses that nobody asked for (S-43). ``subject_attribute`` names the
    attribute that is the subject, where the NameID is not stable (S-29, L-1); ``name_id_format`` is what kind of
    NameID we ask for. ``sends_login_hint``: the request names whom the person has said they are.
    """

    entity_id: str
    sso_url: str
    certificates: Sequence[str]
    signed: Signed = Signed.ASSERTION
    wants_encryption: bool = False
    skew: timedelta = MOST_SKEW
    oldest_sign_in: timedelta | None = None
    contexts: Sequence[str] = ()
    unsolicited: bool = False
    logout_url: str | None = None
    subject_attribute: str | None = None
    name_id_format: str = UNSPECIFIED
    sends_login_hint: bool = False


@dataclass(frozen=True, slots=True)
class NameId:
    """How a SAML provider names somebody, whole: a logout request must repeat it (core §2.2.3, §3.7.1)."""

    value: str
    format: str | None = None
    qualifier: str | None = None
    sp_qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an identity provider vouched for, verified.

    ``subject`` is stable at that provider. ``id`` must not be used twice before ``expires`` (S-41). ``answers`` is the
    request that it answers, None for an unsolicited one. ``session_ends`` caps the session, where the provider says so.
    ``verified_by`` is the SHA-256 fingerprint of the certificate, or the id of the key, that verified it. ``name_id``
    is the NameID of SAML, which need not be the subject; ``issued`` tells the provider's clock. ``methods`` are how
    they were authenticated (amr, RFC 8176).
    """

    protocol: str
    issuer: str
    subject: str
    subject_format: str | None
    attributes: Mapping[str, tuple[str, ...]]
    id: str
    expires: datetime
    answers: str | None
    authenticated: datetime | None
    context: str | None = None
    session_index: str | None = None
    session_ends: datetime | None = None
    verified_by: str = ""
    claims: Mapping[str, object] = field(default_factory=dict)
    name_id: NameId | None = None
    issued: datetime | None = None
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OidcTrust:
    """One OpenID provider, as far as one connection trusts it.

    ``algorithms`` is an allow-list that nothing the provider advertises ever widens (O-10). ``names_itself``: the
    provider promises ``iss`` in every answer (RFC 9207). ``max_age`` asks for people authenticated since then at most.
    ``subject_claims`` are joined to the subject, such as ``("tid", "oid")`` of Entra; ``("sub",)`` as a rule (L-1).
    ``methods`` are those of RFC 8176 (``amr``) of which the token must name one, such as ``mfa`` or ``hwk``.
    ``uses_userinfo`` asks for claims that the ID token lacks. ``typed_logout`` False takes logout tokens without
    ``typ``, as old providers send them (O-36).
    """

    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    algorithms: Sequence[str] = ("RS256", "PS256", "ES256")
    scopes: Sequence[str] = ("openid", "email", "profile")
    names_itself: bool = False
    max_age: timedelta | None = None
    subject_claims: Sequence[str] = ("sub",)
    contexts: Sequence[str] = ()
    methods: Sequence[str] = ()
    skew: timedelta = timedelta(seconds=60)
    uses_userinfo: bool = False
    typed_logout: bool = True


@dataclass(frozen=True, slots=True)
class OidcAttempt:
    """What a sign-in by OpenID Connect must remember on the server until its answer comes; used once (O-3).

    ``forced``: whoever is signed in at the provider already had to prove it anew (N-7).
    """

    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    begun: datetime
    forced: bool = False
