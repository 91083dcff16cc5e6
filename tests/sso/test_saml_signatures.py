"""Which signatures are refused: missing, forged, misplaced, weak, or referring elsewhere (S-9 to S-14)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from sso.errors import LoginRefused, Reason
from sso.model import Signed
from sso.saml_signatures import check_signature, check_signatures
from tests.idp.saml_idp import DS, ENVELOPED, EXCLUSIVE, MORE, XENC, Change, Signing, Tree, add, sign, the
from tests.idp.saml_keys import KeyPair, ec_pair, rsa_pair
from tests.sso.saml_world import ATTACKER, IDP, NOW, OURS, REQUEST, SP, accepted, answer, refused

XPATH, XSLT = "http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/TR/1999/REC-xslt-19991116"
WITHOUT_NAME = f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::*[local-name()="NameID"])</ds:XPath>'
STYLE = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
    '<xsl:template match="/"><xsl:copy-of select="document(\'http://127.0.0.1:9/\')"/></xsl:template></xsl:stylesheet>'
)
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

ALGORITHMS: dict[str, Signing] = {
    "RSA-SHA1": Signing(method=f"{DS}rsa-sha1"),
    "RSA-MD5": Signing(method=f"{MORE}rsa-md5", is_real=False),
    "RSA-SHA224": Signing(method=f"{MORE}rsa-sha224"),
    "RSA-RIPEMD160": Signing(method=f"{MORE}rsa-ripemd160", is_real=False),
    "RSA-PSS": Signing(method="http://www.w3.org/2007/05/xmldsig-more#rsa-pss", is_real=False),
    "DSA-SHA1": Signing(method=f"{DS}dsa-sha1", is_real=False),
    "DSA-SHA256": Signing(method="http://www.w3.org/2009/xmldsig11#dsa-sha256", is_real=False),
    "ECDSA-SHA1": Signing(method=f"{MORE}ecdsa-sha1", keys=ec_pair()),
    "HMAC-SHA1": Signing(method=f"{DS}hmac-sha1", secret=IDP.keys.certificate.encode()),
    "HMAC-SHA256 by the certificate": Signing(method=f"{MORE}hmac-sha256", secret=base64.b64decode(IDP.keys.body)),
    "HMAC-SHA512 by the PEM": Signing(method=f"{MORE}hmac-sha512", secret=IDP.keys.certificate.encode()),
    "none": Signing(method="none", is_real=False),
    "empty": Signing(method="", is_real=False),
    "its own in another case": Signing(method=f"{MORE}RSA-SHA256", is_real=False),
    "a space behind": Signing(method=f"{MORE}rsa-sha256 ", is_real=False),
    "digest SHA-1": Signing(digest=f"{DS}sha1"),
    "digest MD5": Signing(digest=f"{MORE}md5", is_real=False),
    "digest SHA-224": Signing(digest=f"{MORE}sha224"),
    "digest empty": Signing(digest="", is_real=False),
    "inclusive C14N": Signing(canonical=INCLUSIVE),
    "C14N 1.1": Signing(canonical="http://www.w3.org/2006/12/xml-c14n11"),
    "C14N with comments": Signing(canonical=f"{EXCLUSIVE}WithComments"),
    "unknown C14N": Signing(canonical="urn:x", is_real=False),
    "enveloped only": Signing(transforms=(ENVELOPED,)),
    "exclusive only": Signing(transforms=(EXCLUSIVE,), is_real=False),
    "the other way round": Signing(transforms=(EXCLUSIVE, ENVELOPED), is_real=False),
    "twice": Signing(transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE)),
    "inclusive transform": Signing(transforms=(ENVELOPED, INCLUSIVE)),
    "exclusive transform with comments": Signing(transforms=(ENVELOPED, f"{EXCLUSIVE}WithComments")),
    "XPath without the NameID": Signing(transforms=(ENVELOPED, XPATH, EXCLUSIVE), inside={1: WITHOUT_NAME}),
    "XPath instead of C14N": Signing(transforms=(ENVELOPED, XPATH), inside={1: WITHOUT_NAME}),
    "XPath filter 2": Signing(
        transforms=(ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2", EXCLUSIVE), is_real=False
    ),
    "XPath in an allowed transform": Signing(inside={1: WITHOUT_NAME}, is_real=False),
    "XSLT": Signing(transforms=(ENVELOPED, XSLT, EXCLUSIVE), inside={1: STYLE}, is_real=False),
    "Base64": Signing(transforms=(ENVELOPED, f"{DS}base64", EXCLUSIVE), is_real=False),
    "unknown": Signing(transforms=(ENVELOPED, "urn:x", EXCLUSIVE), is_real=False),
}


@pytest.mark.parametrize("signed", [Signed.ASSERTION, Signed.RESPONSE])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_s11_algorithms_outside_the_list_are_refused(name: str, signed: Signed) -> None:
    """An allow-list for signature, digest, canonicalisation and transforms; the provider's own key changes nothing."""
    assert refused(answer(signed=signed, signing=ALGORITHMS[name]), signed=signed) == Reason.ALGORITHM


def test_s11_no_transform_at_all_is_refused() -> None:
    """Then the signature would be part of what it signs, or nothing would be said of it."""
    assert refused(answer(signing=Signing(transforms=(), is_real=False))) == Reason.STRUCTURE
    message = answer(tamper=lambda root: the(root, "ds:Reference").remove(the(root, "ds:Transforms")))
    assert refused(message) == Reason.ALGORITHM


@pytest.mark.parametrize("place", ["ds:SignatureMethod", "ds:DigestMethod", "ds:CanonicalizationMethod"])
def test_s11_algorithms_have_no_parameters(place: str) -> None:
    """HMACOutputLength, salt, and whatever else would change what an allowed name means."""

    def tamper(root: Tree) -> None:
        child = etree.SubElement(the(root, place), "{urn:x}Parameter")
        child.text = "1"

    def truncated(root: Tree) -> None:
        add(the(root, "ds:SignatureMethod"), "ds:HMACOutputLength", "1")

    assert refused(answer(tamper=tamper)) in {Reason.ALGORITHM, Reason.STRUCTURE}
    assert refused(answer(tamper=truncated)) == Reason.ALGORITHM


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "#",
        "#_r1",
        "#_other",
        "_a1",
        "#_A1",
        "#_a1 ",
        "#xpointer(id('_a1'))",
        "#xpointer(/)",
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
        "https://idp.example/signed.xml#_a1",
    ],
)
def test_s9_a_reference_elsewhere_is_refused(uri: str) -> None:
    """Only ``#`` and the id of what the signature stands in."""
    assert refused(answer(signing=Signing(uri=uri, is_real=False))) == Reason.SIGNATURE_FORM


def test_s9_no_reference_at_all_is_refused() -> None:
    """A reference without URI means whatever the reader likes."""
    message = answer(tamper=lambda root: the(root, "ds:Reference").attrib.pop("URI"))
    assert refused(message) == Reason.SIGNATURE_FORM


def _copy_into(path: str, target: str) -> Change:
    return lambda root: the(root, target).append(etree.fromstring(etree.tostring(the(root, path))))


def _object(root: Tree) -> None:
    add(add(the(root, "ds:Signature"), "ds:Object"), "saml:Advice")


def _manifest(root: Tree) -> None:
    add(add(the(root, "ds:Signature"), "ds:Object"), "ds:Manifest")


def _two_infos(root: Tree) -> None:
    info = the(root, "ds:SignedInfo")
    copy = etree.fromstring(etree.tostring(info))
    the(copy, "ds:Reference").tag = f"{{{DS}}}Other"
    info.addprevious(copy)


def _second_signature(root: Tree) -> None:
    sign(the(root, "saml:Assertion"), Signing(keys=ATTACKER))


def _within(path: str) -> Change:
    def tamper(root: Tree) -> None:
        signature = the(root, "ds:Signature")
        the(root, path).append(signature)

    return tamper


FORMS: dict[str, Change] = {
    "an object": _object,
    "a manifest": _manifest,
    "two SignedInfo": _two_infos,
    "SignedInfo in KeyInfo": lambda root: add(the(root, "ds:Signature"), "ds:KeyInfo").append(
        etree.fromstring(f'<ds:SignedInfo xmlns:ds="{DS}"/>')
    ),
    "two signatures of one thing": _second_signature,
    "two values": lambda root: the(root, "ds:SignatureValue").addnext(
        etree.fromstring(f'<ds:SignatureValue xmlns:ds="{DS}">AAAA</ds:SignatureValue>')
    ),
    "two digests": lambda root: the(root, "ds:DigestValue").addnext(
        etree.fromstring(f'<ds:DigestValue xmlns:ds="{DS}">AAAA</ds:DigestValue>')
    ),
    "elements in the digest": lambda root: add(the(root, "ds:DigestValue"), "ds:Other") is None,
    "elements in the value": lambda root: add(the(root, "ds:SignatureValue"), "ds:Other") is None,
    "below the response": lambda root: root.insert(1, the(root, "ds:Signature")),
    "in an attribute": _within("saml:AttributeValue"),
    "in the subject": _within("saml:SubjectConfirmationData"),
    "in the status": lambda root: add(the(root, "samlp:Status"), "samlp:StatusDetail").append(
        the(root, "ds:Signature")
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_s9_a_signature_of_another_form_is_refused(name: str) -> None:
    """One SignedInfo, one reference, plain values, no objects, and in its place (CVE-2025-29774, CVE-2025-29775)."""
    assert refused(answer(tamper=FORMS[name])) in {Reason.SIGNATURE_FORM, Reason.STRUCTURE}


def _two_references(root: Tree) -> None:
    _copy(root, "ds:Reference")


def _copy(root: Tree, path: str) -> None:
    element = the(root, path)
    element.addnext(etree.fromstring(etree.tostring(element)))


def _reference_elsewhere(root: Tree) -> None:
    add(the(root, "ds:Signature"), "ds:KeyInfo").append(the(root, "ds:Reference"))


ALONE: dict[str, Change] = {
    **{
        name: FORMS[name]
        for name in ("an object", "a manifest", "two SignedInfo", "SignedInfo in KeyInfo", "two values")
    },
    **{name: FORMS[name] for name in ("two digests", "elements in the digest", "elements in the value")},
    "two references": _two_references,
    "the reference elsewhere": _reference_elsewhere,
    "no SignedInfo": lambda root: the(root, "ds:Signature").remove(the(root, "ds:SignedInfo")),
    "another id": lambda root: the(root, "ds:Reference").set("URI", "#_r1"),
}


@pytest.mark.parametrize("name", ALONE)
def test_s9_the_form_of_a_signature_is_checked_without_any_schema_too(name: str) -> None:
    """Metadata goes through the same check, and not through the schema of messages."""
    root = IDP.tree(SP, REQUEST, NOW)
    signature = the(root, "ds:Signature")
    check_signature(signature, "_a1")
    ALONE[name](root)
    with pytest.raises(LoginRefused) as caught:
        check_signature(signature, "_a1")
    assert caught.value.reason == Reason.SIGNATURE_FORM


@pytest.mark.parametrize("name", ["two signatures of one thing", "below the response", "in an attribute"])
def test_s9_the_place_of_a_signature_is_checked_without_any_schema_too(name: str) -> None:
    """The schema refuses most of them before; this does not lean on it."""
    root = IDP.tree(SP, REQUEST, NOW, tamper=FORMS[name])
    with pytest.raises(LoginRefused) as caught:
        check_signatures(root)
    assert caught.value.reason == Reason.SIGNATURE_FORM


def _flipped(path: str) -> Change:
    def tamper(root: Tree) -> None:
        element = the(root, path)
        raw = bytearray(base64.b64decode(element.text or ""))
        raw[7] ^= 1
        element.text = base64.b64encode(raw).decode()

    return tamper


def _text(path: str, text: str | None) -> Change:
    return lambda root: setattr(the(root, path), "text", text)


def _set(path: str, name: str, value: str) -> Change:
    return lambda root: the(root, path).set(name, value)


def _new_attribute(root: Tree) -> None:
    attribute = add(the(root, "saml:AttributeStatement"), "saml:Attribute", Name="admin")
    add(attribute, "saml:AttributeValue", "true")


CHANGES: dict[str, Change] = {
    "another name": _text("saml:NameID", "admin"),
    "a space more": _text("saml:NameID", "u-17 "),
    "another value": _text("saml:AttributeValue", "eve@evil.example"),
    "one attribute more": _new_attribute,
    "another audience": _text("saml:Audience", "https://other.example"),
    "another time": _set("saml:Conditions", "NotOnOrAfter", "2031-05-17T12:09:00Z"),
    "another context": _text("saml:AuthnContextClassRef", "urn:strong"),
    "another session": _set("saml:AuthnStatement", "SessionIndex", "_s2"),
    "another format": _set("saml:NameID", "Format", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
    "another digest": _flipped("ds:DigestValue"),
    "another value of the signature": _flipped("ds:SignatureValue"),
    "no value": _text("ds:SignatureValue", ""),
    "no digest": _text("ds:DigestValue", ""),
    "a value that is no Base64": _text("ds:SignatureValue", "????"),
    "a value too long": _text("ds:SignatureValue", "A" * 4096),
    "another method": _set("ds:SignatureMethod", "Algorithm", f"{MORE}rsa-sha512"),
    "another digest method": _set("ds:DigestMethod", "Algorithm", f"{XENC}sha512"),
    "ECDSA instead of RSA": _set("ds:SignatureMethod", "Algorithm", f"{MORE}ecdsa-sha256"),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("signed", [*Signed])
def test_s13_whatever_is_changed_after_signing_is_refused(name: str, signed: Signed) -> None:
    """Every bit that is signed counts."""
    reason = refused(answer(signed=signed, tamper=CHANGES[name]), signed=signed)
    assert reason in {Reason.SIGNATURE, Reason.STRUCTURE}


@pytest.mark.parametrize("wanted", [*Signed])
def test_s13_unsigned_is_refused(wanted: Signed) -> None:
    """Nothing signed, whatever is asked for."""
    assert refused(answer(signed=None), signed=wanted) == Reason.UNSIGNED


def _stripped(root: Tree) -> None:
    for signature in [*root.iter(f"{{{DS}}}Signature")]:
        parent = signature.getparent()
        assert parent is not None
        parent.remove(signature)


@pytest.mark.parametrize("signed", [*Signed])
def test_s13_a_stripped_signature_is_refused(signed: Signed) -> None:
    """Whoever takes the signatures out has an unsigned message."""
    assert refused(answer(signed=signed, tamper=_stripped), signed=signed) == Reason.UNSIGNED


@pytest.mark.parametrize(
    ("is_signed", "wanted"),
    [
        (Signed.ASSERTION, Signed.RESPONSE),
        (Signed.ASSERTION, Signed.BOTH),
        (Signed.RESPONSE, Signed.ASSERTION),
        (Signed.RESPONSE, Signed.BOTH),
    ],
)
def test_s14_less_than_is_asked_for_is_refused(is_signed: Signed, wanted: Signed) -> None:
    """What the administrator chose is what must be signed."""
    assert refused(answer(signed=is_signed), signed=wanted) == Reason.UNSIGNED


@pytest.mark.parametrize("wanted", [Signed.ASSERTION, Signed.RESPONSE])
def test_s13_a_second_signature_that_is_bad_is_refused_too(wanted: Signed) -> None:
    """Where both are signed, both have to be good, even if one of them is enough."""
    other = "saml:Assertion" if wanted == Signed.RESPONSE else "."

    def tamper(root: Tree) -> None:
        element = root if other == "." else the(root, other)
        value = element.find(f"{{{DS}}}Signature/{{{DS}}}SignatureValue")
        assert value is not None
        value.text = "AAAA"

    # The outer signature is made over the inner one, so the inner one is changed before.
    def inner(root: Tree) -> None:
        sign(the(root, "saml:Assertion"), Signing(keys=ATTACKER))

    bad_inner = answer(signed=Signed.RESPONSE, before_encryption=inner)
    bad_outer = answer(signed=Signed.BOTH, tamper=tamper)
    assert refused(bad_inner if wanted == Signed.RESPONSE else bad_outer, signed=wanted) == Reason.SIGNATURE


def _info(keys: KeyPair) -> str:
    return f"<ds:X509Data><ds:X509Certificate>{keys.body}</ds:X509Certificate></ds:X509Data>"


def _key_value() -> str:
    key = load_pem_private_key(ATTACKER.key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    modulus = base64.b64encode(key.public_key().public_numbers().n.to_bytes(256)).decode()
    return (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus>"
        "<ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
    )


KEYS: dict[str, Signing] = {
    "another key": Signing(keys=ATTACKER),
    "another key with its certificate": Signing(keys=ATTACKER, info=_info(ATTACKER)),
    "another key with the provider's certificate": Signing(keys=ATTACKER, info=_info(IDP.keys)),
    "a certificate of the same name": Signing(keys=rsa_pair("idp", 3072), info=_info(rsa_pair("idp", 3072))),
    "a key value": Signing(keys=ATTACKER, info=_key_value()),
    "a key's name": Signing(keys=ATTACKER, info="<ds:KeyName>idp</ds:KeyName>"),
    "a key elsewhere": Signing(keys=ATTACKER, info='<ds:RetrievalMethod URI="http://127.0.0.1:9/key"/>'),
    "a key here": Signing(keys=ATTACKER, info=f'<ds:RetrievalMethod URI="#_r1" Type="{DS}X509Data"/>'),
    "our own key": Signing(keys=OURS, info=_info(OURS)),
    "a short key": Signing(keys=rsa_pair("short", 1024), info=_info(rsa_pair("short", 1024))),
    "a curve": Signing(keys=ec_pair("other"), method=f"{MORE}ecdsa-sha256", info=_info(ec_pair("other"))),
}


@pytest.mark.parametrize("signed", [Signed.ASSERTION, Signed.RESPONSE])
@pytest.mark.parametrize("name", KEYS)
def test_s12_keys_come_from_the_connection_only(name: str, signed: Signed) -> None:
    """KeyInfo is ignored, whatever it has in it."""
    assert refused(answer(signed=signed, signing=KEYS[name]), signed=signed) == Reason.SIGNATURE


def test_s48_a_certificate_that_was_taken_out_counts_no_longer() -> None:
    """The next message is refused at once: nothing of the connection's former state is kept."""
    message = answer(signing=replace(Signing(), keys=rsa_pair("idp-next")))
    both = (IDP.keys.certificate, rsa_pair("idp-next").certificate)
    assert accepted(message, certificates=both).subject == "u-17"
    assert refused(message, certificates=both[:1]) == Reason.SIGNATURE
