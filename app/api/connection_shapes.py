"""Shapes of /connections: what is shown, and what may be said."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, Range

from app.api.shapes import Shape, anything, flag, many, moment, number, one, text, word
from app.outbound import MOST_URL
from app.services.connection_values import CLIENT_AUTHENTICATIONS
from app.services.trusted import NAME_ID_FORMATS
from sso.model import MOST_SKEW, Signed
from sso.oidc_keys import ALGORITHMS
from sso.oidc_tokens import MOST_SKEW as MOST_OIDC_SKEW
from sso.saml_metadata import MOST_BYTES

_MOST_CERTIFICATE = 16 * 1024
_MOST_SECRET = 4_000


def _seconds(most: int) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=Range(0, most), metadata={"description": f"How far clocks may differ; at most {most}."}
    )


def _minutes(says: str) -> fields.Integer:
    return fields.Integer(
        strict=True, allow_none=True, validate=Range(0, 60 * 24 * 365), metadata={"description": says}
    )


def _url(says: str) -> fields.String:
    return text(most=MOST_URL, allow_none=True, says=says)


class SamlSettings(Shape):
    """Whom a connection by SAML trusts, and how far."""

    entity_id = text(most=1024, allow_none=True, says="The provider's entity id; by its metadata, as a rule.")
    sso_url = _url("Where people sign in (HTTP-Redirect); https.")
    logout_url = _url("Where they sign out; https.")
    metadata_url = _url("Where the provider's metadata is; read by `refresh`, and once a day.")
    signed = word(*Signed, says="What must be signed in a response; nothing is never enough.")
    wants_encryption = flag(says="Refuse assertions that are not encrypted.")
    skew_seconds = _seconds(int(MOST_SKEW.total_seconds()))
    oldest_sign_in_minutes = _minutes("Refuse people who proved longer ago who they are.")
    contexts = many(text(), most=20, says="AuthnContext classes of which the response must name one; none: any.")
    name_id_format = word(*NAME_ID_FORMATS, says="What kind of NameID is asked for.")
    subject_attribute = text(
        most=512,
        allow_none=True,
        says="The attribute that identifies a person for good, in place of the NameID. Needed where that is an e-mail "
        "address or another one each time.",
    )
    sends_login_hint = flag(
        says="Requests name the address that somebody has entered on the sign-in page, as who is to sign in. Some "
        "providers fill it in; others refuse whoever is called otherwise there."
    )


class OidcSettings(Shape):
    """Whom a connection by OpenID Connect trusts, and how far."""

    issuer = _url("The provider's issuer, exactly as it calls itself; discovered by `refresh`.")
    client_id = text(most=MOST_URL, allow_none=True, says="What the provider calls us.")
    client_authentication = word(*CLIENT_AUTHENTICATIONS, says="How we prove to be the client.")
    algorithms = many(word(*ALGORITHMS), most=20, least=1, says="Which signatures count; discovery widens nothing.")
    scopes = many(text(), most=20, least=1, says="What is asked for; `openid` is among them.")
    max_age_minutes = _minutes("Ask people to prove anew who they are if they did so longer ago.")
    subject_claims = many(
        text(), most=5, least=1, says="What identifies a person for good: `sub`, or `tid` and `oid` of Entra."
    )
    contexts = many(text(), most=20, says="Values of acr of which the answer must name one; none: any.")
    methods = many(text(), most=20, says="Values of amr, such as `mfa`, of which it must name one; none: any.")
    skew_seconds = _seconds(int(MOST_OIDC_SKEW.total_seconds()))
    uses_userinfo = flag(says="Ask the provider for claims that the ID token lacks.")
    typed_logout = flag(says="False takes logout tokens without `typ`, as old providers send them.")


class OidcShown(OidcSettings):
    """The same, with what the provider says of itself."""

    authorization_endpoint = _url("From discovery.")
    token_endpoint = _url("From discovery.")
    jwks_uri = _url("From discovery.")
    userinfo_endpoint = _url("From discovery.")
    end_session_endpoint = _url("From discovery.")
    names_itself = flag(says="Whether the provider names itself in every answer (RFC 9207).")


class _Linking(Shape):
    """Whom an assertion means (L-3 to L-6 of the guide), and what else is decided."""

    join_external_id = text(
        most=512,
        allow_none=True,
        says="The claim that is a person's externalId in the directory; exact. The first way to recognise somebody.",
    )
    join_user_name = text(
        most=512, allow_none=True, says="The claim that is their userName there; the second way, and a weaker one."
    )
    join_email = text(
        most=512,
        allow_none=True,
        says="The claim that is their e-mail address; only of verified domains of this connection.",
    )
    vouches_for_email = flag(says="You answer for it that the provider's addresses are verified; SAML does not say so.")
    creates_people = flag(says="Whoever is not recognised is made, in the account's own directory, without any role.")
    adopts = flag(says="Who was made here becomes the directory's person once it pushes one with the same subject.")
    groups_from = word("directory", "claims", says="Whether groups are pushed, or named at each sign-in.")
    groups_claim = text(most=512, allow_none=True, says="In which claim groups are named.")
    mapped_roles = many(
        text(most=200),
        most=200,
        allow_none=True,
        says="The only roles that role mapping may give by this connection's groups, pushed or named by claims, and by "
        "the attributes of the people of its directory; names or ids, never that of Account Owners. null: no list.",
    )
    unsolicited = flag(
        says="Accept responses of SAML that nobody asked for. The risk: somebody can be led into signing in as "
        "somebody else, and it cannot be told."
    )
    session_hours = fields.Integer(
        strict=True,
        allow_none=True,
        validate=Range(1, 24),
        metadata={"description": "How long sessions last at most; null: as the account says."},
    )
    claims = anything(
        says="What goes where in a profile: a field, and the claim that it comes from, or several of which the first "
        "one counts. Without a field: its default."
    )


class Addresses(Shape):
    """What the provider is told of us."""

    start = text(says="Signing in begins here.")
    metadata = text(says="Our metadata, and our entity id.")
    acs = text(says="Where SAML responses go.")
    callback = text(says="The redirect URI of OpenID Connect.")
    logout = text(says="SAML single logout, and where OpenID providers return people who signed out.")
    backchannel_logout = text()
    frontchannel_logout = text()
    jwks = text(says="Our public keys, for `private_key_jwt`.")


class ConnectionCertificate(Shape):
    """A certificate with which the provider signs."""

    id = text()
    fingerprint = text(says="SHA-256.")
    subject = fields.String()
    source = word("metadata", "person", "code")
    state = word(
        *("valid", "unconfirmed", "not_yet", "expiring", "expired"),
        says="`unconfirmed` counts only once somebody has confirmed it. An expired one counts until it is removed.",
    )
    not_before = moment()
    not_after = moment()
    added = moment()
    certificate = fields.String(metadata={"description": "PEM."})


class ConnectionKey(Shape):
    """One of our key pairs; its private key is never shown."""

    id = text()
    state = word("current", "next", "former")
    fingerprint = text(says="SHA-256.")
    certificate = fields.String(metadata={"description": "PEM."})
    not_after = moment()
    created = moment()


class Connection(_Linking):
    """A connection to an identity provider."""

    id = text()
    name = text(says="Unique in the account, whatever its case.")
    protocol = word("saml", "oidc")
    preset = text(says="See `GET /connection-presets`.")
    enabled = flag(says="Whether anybody can sign in by it.")
    missing = many(text(), says="What it needs before it can be on.")
    warnings = many(fields.String(), says="What to know of its settings.")
    saml = one(SamlSettings, allow_none=True)
    oidc = one(OidcShown, allow_none=True)
    secret_set = moment(allow_none=True, says="Since when there is a client secret; it is never shown.")
    directory = text(allow_none=True, says="The directory whose people sign in here.")
    claims_directory = text(allow_none=True, says="Where groups named by claims appear.")
    addresses = one(Addresses)
    certificates = many(one(ConnectionCertificate))
    keys = many(one(ConnectionKey))
    version = number(least=1)
    created = moment()
    modified = moment()


def _client_secret() -> fields.String:
    return fields.String(
        allow_none=True,
        load_only=True,
        validate=Length(1, _MOST_SECRET),
        metadata={"description": "Of OpenID Connect; it can be written, and never read."},
    )


class ConnectionChange(_Linking):
    """What is to be changed; what is left out stays."""

    name = text()
    enabled = flag(says="False also signs out whoever came in by it.")
    saml = one(SamlSettings)
    oidc = one(OidcSettings)
    client_secret = _client_secret()
    directory = text(allow_none=True, says="The id or name of the directory whose people sign in here.")
    forget_links = flag(
        says="With another `issuer`, `subject_claims`, `entity_id`, `subject_attribute` or `name_id_format`: forget "
        "which subject is which person, also of people who are gone, and sign out whoever came in by it."
    )


class NewConnection(_Linking):
    """A connection; it is off until it is complete and switched on."""

    name = text(required=True)
    protocol = word("saml", "oidc", required=True)
    preset = text(load_default="generic", says="What to begin with; see `GET /connection-presets`.")
    saml = one(SamlSettings)
    oidc = one(OidcSettings)
    client_secret = _client_secret()
    directory = text(allow_none=True, says="The id or name of the directory whose people sign in here.")


class Metadata(Shape):
    """The provider's metadata."""

    xml = text(most=MOST_BYTES, required=True, says="The whole document: one EntityDescriptor.")


class Refreshed(Shape):
    """What came of reading what the provider says of itself."""

    changed = many(text(), says="Settings that are different now.")
    notes = many(fields.String(), says="What to do, or to know.")
    connection = one(Connection)


class NewCertificate(Shape):
    """A certificate of the provider."""

    certificate = text(most=_MOST_CERTIFICATE, required=True, says="PEM, or the Base64 that metadata has.")


class CertificateHealth(Shape):
    """How long a certificate is good, and when it was last used."""

    id = text()
    fingerprint = text()
    state = word("valid", "unconfirmed", "not_yet", "expiring", "expired")
    days_left = number()
    last_used = moment(allow_none=True)


class ConnectionHealth(Shape):
    """How a connection is doing."""

    enabled = flag()
    missing = many(text())
    last_sign_in = moment(allow_none=True, says="Within a minute.")
    refreshed = moment(allow_none=True, says="When the provider was last asked what it says of itself.")
    refresh_error = fields.String(allow_none=True)
    certificates = many(one(CertificateHealth))


def example_of(**changes: Any) -> dict[str, Any]:
    """A connection as it is shown."""
    here = "https://muster.example/sso/0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d"
    return {
        "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
        "name": "Okta",
        "protocol": "saml",
        "preset": "okta",
        "enabled": False,
        "missing": ["entity_id", "sso_url", "certificate"],
        "addresses": {"metadata": f"{here}/metadata", "acs": f"{here}/acs", "start": f"{here}/start"},
        "version": 1,
    } | changes
