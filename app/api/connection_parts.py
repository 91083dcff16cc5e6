"""/connections/…: the provider's metadata and certificates, and our keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api.connection_shapes import Connection, Metadata, NewCertificate, Refreshed, example_of
from app.api.connections import USUAL, get_connection, need_access, read
from app.api.face import Call, Face, Shown
from app.services import connection_certificates, connection_keys, connection_refresh
from sso.saml_metadata import MOST_BYTES

connection_parts_face = Face(
    "connection parts", "What an identity provider says of itself, its certificates, and our keys towards it."
)
_CERTIFICATE = (
    "MIIBGTCBv6ADAgECAgEHMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2lkcC5leGFtcGxlMB4XDTI2MDEwMTAwMDAwMFoXDTQ2"
    "MDEwMTAwMDAwMFowFjEUMBIGA1UEAwwLaWRwLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARkRe0IcyJsrvq0"
    "ELyTL7YWr63xngt55siiilwWluNdEWyw9VIeptNh6IPfuhXWiWscN2cgb/SzsCy/ia+k9BQHMAoGCCqGSM49BAMCA0kAMEYC"
    "IQDHtsOHFxC07HUUnX16Hy7HA01J5mTSiiN4T6tYnCAZfwIhAPaGnr4arYZRTeBEyhdICzMfsG9K4SFMVrc5orjsz86Z"
)
_METADATA = (
    '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/metadata">'
    '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">'
    '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
    f"<X509Certificate>{_CERTIFICATE}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
    'Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>'
)
_REFRESHED = {
    "changed": ["entity_id", "sso_url"],
    "notes": ["the metadata names no logout address, so people are not signed out at the provider"],
    "connection": example_of(missing=[]),
}


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/metadata",
    scope="connections:write",
    body=Metadata,
    answer=Refreshed,
    example={"xml": _METADATA},
    shows=_REFRESHED,
    current=get_connection,
    most_body=2 * MOST_BYTES,
    refusals=USUAL,
)
def give_metadata(call: Call, body: dict[str, Any], connection: str) -> Shown:
    """Hand over the provider's metadata.

    It fills in whom to trust, and its certificates count at once, since you hand them over. It never changes who the
    provider is.

    Needs `access:write`, too.
    """
    need_access(call)
    done = connection_refresh.give_metadata(*call.here, call.tools.calls, connection, body["xml"].encode())
    return _refreshed(call, done)


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/refresh",
    scope="connections:write",
    answer=Refreshed,
    shows=_REFRESHED,
    reads=True,
    refusals=USUAL,
)
def refresh_connection(call: Call, connection: str) -> Shown:
    """Read what the provider says of itself.

    Its metadata, or what its issuer publishes. A certificate that is new counts at once if it is the first, or if one
    that counts has signed the metadata; otherwise only once somebody has confirmed it.

    Needs `access:write`, too.
    """
    need_access(call)
    session, account_id = call.here
    calls = call.tools.calls
    source = connection_refresh.source_of(session, account_id, connection)
    seen = connection_refresh.read(calls, source)
    with session.writer() as writer:
        done = connection_refresh.refresh(writer, calls, source, seen)
    return _refreshed(call, done)


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/certificates",
    scope="connections:write",
    body=NewCertificate,
    answer=Connection,
    example={"certificate": _CERTIFICATE},
    shows=example_of(),
    current=get_connection,
    refusals=USUAL,
)
def add_certificate(call: Call, body: dict[str, Any], connection: str) -> Shown:
    """Add a certificate of the provider.

    It counts at once, beside those that are there. RSA keys have at least 2048 bits.

    Needs `access:write`, too.
    """
    need_access(call)
    connection_certificates.add(*call.here, connection, body["certificate"])
    return Shown(read(call, connection))


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/certificates/<certificate>/confirm",
    scope="connections:write",
    answer=Connection,
    shows=example_of(),
    current=get_connection,
    refusals=USUAL,
)
def confirm_certificate(call: Call, connection: str, certificate: str) -> Shown:
    """Confirm a certificate that came by metadata which nobody had signed.

    Compare its fingerprint with what the provider's administrator sees there, first.

    Needs `access:write`, too.
    """
    need_access(call)
    connection_certificates.confirm(*call.here, connection, certificate)
    return Shown(read(call, connection))


@connection_parts_face.operation(
    "DELETE",
    "/connections/<connection>/certificates/<certificate>",
    scope="connections:write",
    answer=Connection,
    shows=example_of(),
    current=get_connection,
    refusals=USUAL,
)
def remove_certificate(call: Call, connection: str, certificate: str) -> Shown:
    """Remove a certificate.

    At once nothing that it has signed counts. The last one of a connection that is on stays.

    Needs `access:write`, too.
    """
    need_access(call)
    connection_certificates.remove(*call.here, connection, certificate)
    return Shown(read(call, connection))


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/keys/prepare",
    scope="connections:write",
    answer=Connection,
    shows=example_of(),
    current=get_connection,
    refusals=USUAL,
)
def prepare_key(call: Call, connection: str) -> Shown:
    """Publish another key of ours.

    Beside the present one, in our metadata and JWKS, so that the provider learns of it before it is used.

    Needs `access:write`, too.
    """
    need_access(call)
    pair = connection_keys.make_pair("Muster")
    connection_keys.prepare(call.caller.session, call.tools.keys, call.caller.account_id, connection, pair)
    return Shown(read(call, connection))


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/keys/switch",
    scope="connections:write",
    answer=Connection,
    shows=example_of(),
    current=get_connection,
    refusals=USUAL,
)
def switch_key(call: Call, connection: str) -> Shown:
    """Use the published key.

    It signs from now on. What was encrypted for the one before can still be read, until that is retired.

    Needs `access:write`, too.
    """
    need_access(call)
    connection_keys.switch(*call.here, connection)
    return Shown(read(call, connection))


@connection_parts_face.operation(
    "POST",
    "/connections/<connection>/keys/retire",
    scope="connections:write",
    answer=Connection,
    shows=example_of(),
    current=get_connection,
    refusals=USUAL,
)
def retire_key(call: Call, connection: str) -> Shown:
    """Forget the former key.

    Without one: the published one that was never used.

    Needs `access:write`, too.
    """
    need_access(call)
    connection_keys.retire(*call.here, connection)
    return Shown(read(call, connection))


def _refreshed(call: Call, done: connection_refresh.Refreshed) -> Shown:
    return Shown(asdict(done) | {"connection": read(call, done.connection_id)})
