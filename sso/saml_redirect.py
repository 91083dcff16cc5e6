"""SAML's redirect binding: messages in the query of an address, signed there (bindings §3.4; S-46, S-47)."""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from sso.errors import LoginRefused, Reason, said
from sso.model import ServiceProvider
from sso.saml_signatures import SIGNATURES
from sso.saml_xml import SAML, SAMLP, decode, inflate, parse

MOST_QUERY, MOST_RELAY_STATE = 32 * 1024, 1024
MOST_OF_OURS: Final = 80
"""Bytes of a RelayState that we send (bindings §3.4.3)."""
_SIGNED: Final = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_DEFLATE: Final = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


@dataclass(frozen=True, slots=True)
class Begun:
    """A request of ours: its id, and the address to which the browser is sent."""

    request_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the certificate with this fingerprint signed; nothing in it is checked otherwise."""

    root: etree._Element
    relay_state: str | None


def message(name: str, location: str, provider: ServiceProvider, now: datetime, **more: str) -> etree._Element:
    """A message of ours of this name to an address of an identity provider, with an id of its own."""
    root = etree.Element(
        f"{{{SAMLP}}}{name}",
        {
            # 160 random bits (core §1.3.4); an XML id begins with no digit.
            "ID": "_" + secrets.token_hex(20),
            "Version": "2.0",
            "IssueInstant": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": location,
            **more,
        },
        nsmap={"samlp": SAMLP, "saml": SAML},
    )
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = provider.entity_id
    return root


def address(location: str, name: str, root: etree._Element, relay_state: str | None, provider: ServiceProvider) -> str:
    """The address that brings a message of ours, signed with the first of our RSA keys if we have any."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = machine.compress(etree.tostring(root, encoding="UTF-8")) + machine.flush()
    parameters = {name: base64.b64encode(deflated).decode()}
    if relay_state is not None:
        parameters["RelayState"] = relay_state
    if provider.keys:
        parameters["SigAlg"] = _RSA_SHA256
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parameters.items())
    if provider.keys:
        signature = OneLogin_Saml2_Utils.sign_binary(query.encode(), provider.keys[0])
        query += f"&Signature={quote(base64.b64encode(signature).decode(), safe='')}"
    return f"{location}{'&' if '?' in location else '?'}{query}"


def receive(query: str, name: str, certificates: Sequence[str]) -> Received:
    """The message of this name in a raw query string, signed with one of these certificates. Raises LoginRefused."""
    if len(query) > MOST_QUERY:
        raise LoginRefused(Reason.FORM, f"the query string is longer than {MOST_QUERY} bytes")
    raw: dict[str, str] = {}
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if key in raw:
            raise LoginRefused(Reason.FORM, f"{said(key)} comes twice")
        raw[key] = value
    if name not in raw or ("SAMLRequest" in raw and "SAMLResponse" in raw):
        raise LoginRefused(Reason.FORM, f"there must be one {name}, and nothing else of SAML")
    if unquote_plus(raw.get("SAMLEncoding", _DEFLATE)) != _DEFLATE:
        raise LoginRefused(Reason.ENCODING, "SAMLEncoding is not DEFLATE")
    _check_signature(raw, certificates)
    relay_state = unquote_plus(raw["RelayState"]) if "RelayState" in raw else None
    if relay_state is not None and len(relay_state) > MOST_RELAY_STATE:
        raise LoginRefused(Reason.FORM, f"RelayState is longer than {MOST_RELAY_STATE} characters")
    return Received(parse(inflate(decode(unquote_plus(raw[name])))), relay_state)


def _check_signature(raw: dict[str, str], certificates: Sequence[str]) -> None:
    """Over the octets as they were sent, whatever they decode to (bindings §3.4.4.1)."""
    if "Signature" not in raw or "SigAlg" not in raw:
        raise LoginRefused(Reason.UNSIGNED, "a message by redirect must be signed")
    algorithm = unquote_plus(raw["SigAlg"])
    if algorithm not in SIGNATURES:
        raise LoginRefused(Reason.ALGORITHM, f"SigAlg {said(algorithm)} is not allowed")
    signed = "&".join(f"{name}={raw[name]}" for name in _SIGNED if name in raw).encode()
    try:
        signature = base64.b64decode("".join(unquote_plus(raw["Signature"]).split()), validate=True)
    except ValueError as error:
        raise LoginRefused(Reason.ENCODING, "Signature is not Base64") from error
    if not any(_verifies(one, algorithm, signature, signed) for one in certificates):
        raise LoginRefused(Reason.SIGNATURE, "no certificate of the connection verifies the message")


def _verifies(certificate: str, algorithm: str, signature: bytes, signed: bytes) -> bool:
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    digest = _HASHES[algorithm[-3:]]
    try:
        if isinstance(key, rsa.RSAPublicKey) and "#rsa-" in algorithm:
            key.verify(signature, signed, padding.PKCS1v15(), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and "#ecdsa-" in algorithm:
            # XML Signature §6.4.3: both numbers, each as long as the order of the curve, one after the other.
            half = (key.curve.key_size + 7) // 8
            numbers = (int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
            if len(signature) == 2 * half:
                key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(digest))
                return True
    except InvalidSignature:
        pass
    return False
