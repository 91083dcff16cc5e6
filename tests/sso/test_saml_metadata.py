"""Metadata: what is read of a provider's, and what ours says (S-3, S-48 to S-50)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from sso.certificates import BadCertificate, read_certificate
from sso.saml_metadata import MOST_BYTES, BadMetadata, is_signed_by, ours, read_metadata
from tests.idp.saml_idp import DS, Change, Signing, Tree, changed, sign, stamp
from tests.idp.saml_keys import KeyPair, certified, ec_pair, rsa_pair
from tests.sso.saml_world import ATTACKER, IDP, NOW, OURS, SP

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
NEXT = rsa_pair("idp-next")


def _key(body: str, use: str = 'use="signing"') -> str:
    return (
        f"<md:KeyDescriptor {use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{body}\n</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def _document(keys: str = "", *, signer: KeyPair | None = None, bend: Change | None = None, before: str = "") -> bytes:
    root: Tree = etree.fromstring(
        f"""<md:EntityDescriptor xmlns:md="{MD}" xmlns:ds="{DS}" ID="_m1" entityID="{IDP.entity_id}">
        <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"
            WantAuthnRequestsSigned="true">
        {keys or _key(IDP.keys.body)}
        <md:SingleLogoutService Binding="{REDIRECT}" Location="https://idp.example/slo"/>
        <md:NameIDFormat> {PERSISTENT} </md:NameIDFormat>
        <md:SingleSignOnService Binding="{POST}" Location="https://idp.example/post"/>
        <md:SingleSignOnService Binding="{REDIRECT}" Location="https://idp.example/sso?a=1&amp;b=2"/>
        </md:IDPSSODescriptor></md:EntityDescriptor>"""
    )
    root = changed(root, bend)
    if signer is not None:
        sign(root, Signing(keys=signer))
    return before.encode() + etree.tostring(root)


def _descriptor(root: Tree) -> Tree:
    found = root.find(f"{{{MD}}}IDPSSODescriptor")
    assert found is not None
    return found


def test_s49_what_a_provider_says_of_itself() -> None:
    """Its name, addresses for the redirect binding, formats of names, and its certificates."""
    found = read_metadata(_document())
    assert found.entity_id == IDP.entity_id
    assert found.sso_url == "https://idp.example/sso?a=1&b=2"
    assert found.logout_url == "https://idp.example/slo"
    assert found.name_id_formats == (PERSISTENT,)
    assert found.wants_signed_requests
    assert found.valid_until is None
    assert [one.pem for one in found.certificates] == [IDP.keys.certificate]


def test_s48_old_and_new_certificates_are_both_read() -> None:
    """Those for signing, and those that say nothing of their use; each once, none of encryption."""
    keys = _key(IDP.keys.body) + _key(NEXT.body, "") + _key(IDP.keys.body, "") + _key(OURS.body, 'use="encryption"')
    found = read_metadata(_document(keys + _key(ec_pair().body)))
    assert [one.pem for one in found.certificates] == [
        IDP.keys.certificate, NEXT.certificate, ec_pair().certificate,
    ]  # fmt: skip


def test_s49_comments_declarations_and_marks_are_usual_in_metadata() -> None:
    """They are left out; a comment within a value does not cut it."""
    document = _document(before="\ufeff<?xml version='1.0' encoding='UTF-8'?><!-- of ours --><?x y?>")
    document = document.replace(PERSISTENT.encode(), PERSISTENT[:9].encode() + b"<!-- -->" + PERSISTENT[9:].encode())
    assert read_metadata(document).name_id_formats == (PERSISTENT,)


def test_s48_the_end_of_a_document_is_told() -> None:
    """The earlier one of the document's and the descriptor's."""
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=2)

    def bend(root: Tree) -> None:
        root.set("validUntil", stamp(later))
        _descriptor(root).set("validUntil", stamp(soon))

    assert read_metadata(_document(bend=bend)).valid_until == soon


def _remove(name: str) -> Change:
    def bend(root: Tree) -> None:
        for element in [*root.iter(f"{{{MD}}}{name}")]:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

    return bend


def _location(url: str) -> Change:
    return lambda root: [one.set("Location", url) for one in root.iter(f"{{{MD}}}SingleSignOnService")]


def _entities(root: Tree) -> Tree:
    around = etree.Element(f"{{{MD}}}EntitiesDescriptor")
    around.append(root)
    return around


def _twice(root: Tree) -> None:
    root.append(etree.fromstring(etree.tostring(_descriptor(root))))


def _set(name: str, value: str, *, below: bool = False) -> Change:
    return lambda root: (_descriptor(root) if below else root).set(name, value)


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not well-formed"),
    "a page": (b"<html></html>", "one EntityDescriptor"),
    "no XML": (b"hello", "not well-formed"),
    "too long": (_document() + b" " * MOST_BYTES, "longer than"),
    "UTF-16": (_document().decode().encode("utf-16"), "not UTF-8"),
    "a document type": (_document(before="<!DOCTYPE x>"), "document type"),
    "an external entity": (
        _document(before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>').replace(PERSISTENT.encode(), b"&e;"),
        "document type",
    ),
    "laughs": (_document(before="<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"), "document type"),
    "too deep": (_document().replace(b"</md:Ent", b"<x>" * 70 + b"</x>" * 70 + b"</md:Ent"), "deeper"),
    "an id twice": (_document(bend=_set("ID", "_m1", below=True)), "one id"),
    "several providers": (_document(bend=_entities), "one EntityDescriptor"),
    "two descriptors": (_document(bend=_twice), "one IDPSSODescriptor"),
    "ours": (ours(SP, "Muster"), "one IDPSSODescriptor"),
    "no entity id": (_document(bend=_set("entityID", "")), "entityID"),
    "a space in the entity id": (_document(bend=_set("entityID", " x")), "entityID"),
    "a long entity id": (_document(bend=_set("entityID", "x" * 1025)), "entityID"),
    "SAML 1.1 only": (
        _document(bend=_set("protocolSupportEnumeration", "urn:oasis:names:tc:SAML:1.1:protocol", below=True)),
        "does not speak",
    ),
    "no address": (_document(bend=_remove("SingleSignOnService")), "no SingleSignOnService"),
    "http": (_document(bend=_location("http://idp.example/sso")), "https"),
    "loopback": (_document(bend=_location("http://127.0.0.1/sso")), "https"),
    "a script": (_document(bend=_location("javascript:alert(1)")), "https"),
    "a file": (_document(bend=_location("file:///etc/passwd")), "https"),
    "a user": (_document(bend=_location("https://muster.example@evil.example/")), "https"),
    "no certificate": (_document(bend=_remove("KeyDescriptor")), "not 0"),
    "for encryption only": (_document(_key(IDP.keys.body, 'use="encryption"')), "not 0"),
    "many certificates": (_document("".join(_key(ec_pair(f"m{n}").body) for n in range(11))), "not 11"),
    "a certificate that is none": (_document(_key("AAAA")), "no X.509"),
    "a short key": (_document(_key(rsa_pair("short", 1024).body)), "1024 bits"),
    "an odd curve": (_document(_key(ec_pair("odd", "secp256k1").body)), "secp256k1"),
    "a time that is none": (_document(bend=_set("validUntil", "tomorrow")), "no time"),
}


@pytest.mark.parametrize("name", BAD)
def test_s49_documents_that_are_refused(name: str) -> None:
    """The same rules of XML as for messages, and one provider with https and usable keys; in words that help."""
    document, words = BAD[name]
    with pytest.raises(BadMetadata, match=words):
        read_metadata(document)


def test_s49_loopback_without_tls_where_it_is_meant() -> None:
    """For tests of a whole installation."""
    document = _document(bend=_location("http://127.0.0.1:8301/sso"))
    assert read_metadata(document, plain=True).sso_url == "http://127.0.0.1:8301/sso"


def test_s48_a_document_that_a_pinned_key_signed_is_known() -> None:
    """Any of the pinned ones; then a refresh may add certificates."""
    document = _document(signer=IDP.keys)
    assert is_signed_by(document, [IDP.keys.certificate])
    assert is_signed_by(document, [OURS.certificate, IDP.keys.certificate])
    assert is_signed_by(_document(signer=ATTACKER), [ATTACKER.certificate])


SIGNED = _document(signer=IDP.keys)
FORGED: dict[str, bytes] = {
    "not signed": _document(),
    "by somebody else": _document(signer=ATTACKER),
    "another key added": SIGNED.replace(b"<md:SingleLogout", _key(ATTACKER.body).encode() + b"<md:SingleLogout"),
    "another address": SIGNED.replace(b"https://idp.example/sso", b"https://evil.example/sso"),
    "another entity": SIGNED.replace(b'entityID="https://idp.', b'entityID="https://evil.'),
    "another reference": SIGNED.replace(b'URI="#_m1"', b'URI=""'),
    "a weak algorithm": SIGNED.replace(b"rsa-sha256", b"rsa-md5"),
    "wrapped": _document(
        _key(ATTACKER.body), bend=lambda root: root.append(etree.fromstring(SIGNED.replace(b"_m1", b"_m2")))
    ),
    "the descriptor only": _document(
        bend=lambda root: [_descriptor(root).set("ID", "_d1"), sign(_descriptor(root), Signing(keys=IDP.keys))]
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_s48_a_document_that_no_pinned_key_signed_is_not_trusted(name: str) -> None:
    """Changed, wrapped, signed by others or in part."""
    assert not is_signed_by(FORGED[name], [IDP.keys.certificate])


def test_s50_ours_is_as_the_schema_has_it_and_names_both_keys() -> None:
    """Two keys for both uses, so that one can be rolled over; addresses of this connection; and no secret."""
    sp = replace(SP, keys=(OURS.key, NEXT.key), certificates=(OURS.certificate, NEXT.certificate))
    content = ours(sp, 'Muster <&> "x"')
    assert not isinstance(OneLogin_Saml2_XML.validate_xml(content, "saml-schema-metadata-2.0.xsd"), str)
    root = etree.fromstring(content)
    assert root.get("entityID") == SP.entity_id
    descriptor = root.find(f"{{{MD}}}SPSSODescriptor")
    assert descriptor is not None
    assert descriptor.get("AuthnRequestsSigned") == descriptor.get("WantAssertionsSigned") == "true"
    uses = [
        (key.get("use"), key.findtext(f".//{{{DS}}}X509Certificate"))
        for key in descriptor.iter(f"{{{MD}}}KeyDescriptor")
    ]
    assert uses == [(use, pair.body) for use in ("signing", "encryption") for pair in (OURS, NEXT)]
    [consumer] = descriptor.findall(f"{{{MD}}}AssertionConsumerService")
    assert (consumer.get("Binding"), consumer.get("Location")) == (POST, SP.acs_url)
    [logout] = descriptor.findall(f"{{{MD}}}SingleLogoutService")
    assert (logout.get("Binding"), logout.get("Location")) == (REDIRECT, SP.logout_url)
    assert b"PRIVATE" not in content
    assert OURS.key.splitlines()[3].encode() not in content


def test_s50_what_must_be_signed_is_what_the_connection_wants() -> None:
    """Assertions are not asked to be signed where the response is."""
    content = ours(replace(SP, wants_signed_assertions=False), "Muster")
    assert not isinstance(OneLogin_Saml2_XML.validate_xml(content, "saml-schema-metadata-2.0.xsd"), str)
    assert b'WantAssertionsSigned="false"' in content


def test_s50_a_connection_without_keys_says_so() -> None:
    """It signs no requests and decrypts nothing."""
    content = ours(replace(SP, keys=(), certificates=()), "Muster")
    assert not isinstance(OneLogin_Saml2_XML.validate_xml(content, "saml-schema-metadata-2.0.xsd"), str)
    assert b'AuthnRequestsSigned="false"' in content
    assert b"KeyDescriptor" not in content


def test_s48_a_certificate_says_who_it_is_and_how_long() -> None:
    """From PEM and from the Base64 of metadata alike."""
    found = read_certificate(IDP.keys.certificate)
    assert read_certificate(f"  {IDP.keys.body[:60]}\n{IDP.keys.body[60:]} ") == found
    assert found.subject == "CN=idp"
    assert len(found.fingerprint) == 64
    assert found.not_before < datetime.now(UTC) < found.not_after


CERTIFICATES = {
    "nothing": ("", "no X.509"),
    "text": ("hello", "no X.509"),
    "a fingerprint": ("ab:cd:ef:01", "no X.509"),
    "characters of others": ("é" * 40, "no X.509"),
    "a private key": (IDP.keys.key, "private key"),
    "a certificate and its key": (IDP.keys.certificate + IDP.keys.key, "several"),
    "a chain": (IDP.keys.certificate + OURS.certificate, "several"),
    "half": (IDP.keys.certificate[:300], "no X.509"),
    "very long": ("A" * 70_000, "too long"),
    "1,024 bits": (rsa_pair("short", 1024).certificate, "1024 bits"),
    "secp256k1": (ec_pair("odd", "secp256k1").certificate, "secp256k1"),
    "Ed25519": (certified(ed25519.Ed25519PrivateKey.generate(), "odd").certificate, "neither RSA nor"),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_s12_certificates_that_are_refused(name: str) -> None:
    """Whole ones with strong keys only; never a fingerprint, and never a private key."""
    text, words = CERTIFICATES[name]
    with pytest.raises(BadCertificate, match=words):
        read_certificate(text)
