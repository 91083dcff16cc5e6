"""Our requests to sign somebody in: what they ask for, and that they are signed (S-30, S-40, S-44, N-7)."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from sso.model import TRANSIENT
from sso.saml import begin
from sso.saml_library import check_schema
from tests.idp.saml_idp import SAMLP, Tree, the
from tests.sso.saml_world import NOW, OURS, SP, TRUST

RELAY = "k" * 43


def _request(url: str) -> tuple[Tree, dict[str, str]]:
    """The message in an address, after its signature was verified as the binding says (bindings §3.4.4.1)."""
    query = urlsplit(url).query
    raw = dict(part.partition("=")[::2] for part in query.split("&"))
    parameters = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if "Signature" in raw:
        signed = "&".join(f"{name}={raw[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg") if name in raw)
        key = x509.load_pem_x509_certificate(OURS.certificate.encode()).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(base64.b64decode(parameters["Signature"]), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        assert parameters["SigAlg"].endswith("#rsa-sha256")
    root = etree.fromstring(zlib.decompress(base64.b64decode(parameters["SAMLRequest"]), -15))
    check_schema(root)
    return root, parameters


def test_s40_a_request_is_signed_and_says_who_asks_and_where_to_answer() -> None:
    """By redirect, to the address of the provider with its own parameters kept."""
    begun = begin(TRUST, SP, RELAY, NOW)
    assert begun.url.startswith("https://idp.example/sso?tenant=1&kind=web&SAMLRequest=")
    root, parameters = _request(begun.url)
    assert parameters["RelayState"] == RELAY
    assert root.tag == f"{{{SAMLP}}}AuthnRequest"
    assert root.get("ID") == begun.request_id
    assert root.get("Destination") == TRUST.sso_url
    assert root.get("AssertionConsumerServiceURL") == SP.acs_url
    assert root.get("IssueInstant") == "2031-05-17T12:00:00Z"
    assert root.get("ForceAuthn") is None
    assert the(root, "saml:Issuer").text == SP.entity_id
    assert root.find(f".//{{{SAMLP}}}RequestedAuthnContext") is None
    assert "Signature" in parameters


def test_s40_every_request_has_an_id_of_its_own() -> None:
    """160 random bits, and a name that XML takes for an id."""
    ids = {begin(TRUST, SP, RELAY, NOW).request_id for _ in range(50)}
    assert len(ids) == 50
    assert all(id.startswith("_") and len(id) == 41 for id in ids)


def test_s30_a_context_is_asked_for_only_where_the_connection_requires_one() -> None:
    """Exactly those contexts that its answer is held against."""
    root, _ = _request(begin(replace(TRUST, contexts=("urn:a", "urn:b")), SP, RELAY, NOW).url)
    asked = the(root, "samlp:RequestedAuthnContext")
    assert asked.get("Comparison") == "exact"
    assert [one.text for one in asked] == ["urn:a", "urn:b"]


def test_n7_authentication_can_be_forced() -> None:
    """For a step up: even if they are signed in at the provider."""
    root, _ = _request(begin(TRUST, SP, RELAY, NOW, force=True).url)
    assert root.get("ForceAuthn") == "true"


def test_s29_the_kind_of_name_is_what_the_connection_says() -> None:
    """Whatever the provider likes, unless it is said."""
    for wanted in (TRUST.name_id_format, TRANSIENT):
        root, _ = _request(begin(replace(TRUST, name_id_format=wanted), SP, RELAY, NOW).url)
        assert the(root, "samlp:NameIDPolicy").get("Format") == wanted


def test_a_connection_without_keys_asks_unsigned() -> None:
    """Nothing to sign with."""
    _, parameters = _request(begin(TRUST, replace(SP, keys=(), certificates=()), RELAY, NOW).url)
    assert set(parameters) == {"tenant", "kind", "SAMLRequest", "RelayState"}


def test_s44_the_relay_state_is_short() -> None:
    """At most 80 bytes, as the binding has it."""
    assert begin(TRUST, SP, "k" * 80, NOW).url
    with pytest.raises(ValueError, match="80 bytes"):
        begin(TRUST, SP, "é" * 41, NOW)


def test_text_of_a_connection_cannot_break_the_request() -> None:
    """Addresses and names are text, whatever characters they have."""
    odd = replace(SP, entity_id='https://muster.example/?a=1&b="<x>', acs_url="https://muster.example/?a=1&b=2")
    root, _ = _request(begin(TRUST, odd, RELAY, NOW).url)
    assert the(root, "saml:Issuer").text == odd.entity_id
    assert root.get("AssertionConsumerServiceURL") == odd.acs_url
