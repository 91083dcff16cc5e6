"""Encrypted assertions: what decrypts is checked like the rest, what does not has one answer (S-13 to S-16)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from lxml import etree

from sso.errors import LoginRefused, Reason
from sso.model import Signed
from sso.saml import checklist, verify
from tests.idp.saml_encrypt import DS, PKCS1, XENC, XENC11, Encryption, encrypt
from tests.idp.saml_idp import Change, Signing, Tree, add, the
from tests.idp.saml_keys import rsa_pair
from tests.sso.saml_world import ATTACKER, NOW, OURS, REQUEST, SP, TRUST, answer, refused

FOR_US = Encryption(OURS.certificate)
UNIFORM = "the assertion cannot be decrypted"


@pytest.mark.parametrize("signed", [*Signed])
def test_s13_encryption_is_not_authentication(signed: Signed) -> None:
    """Anybody has our certificate: an encrypted assertion without signature is an unsigned one."""
    message = answer(signed=None, encryption=FOR_US)
    assert refused(message, signed=signed, wants_encryption=True) == Reason.UNSIGNED


def test_s13_an_encrypted_assertion_that_somebody_else_signed_is_refused() -> None:
    """The signature inside counts like any other."""
    message = answer(signing=Signing(keys=ATTACKER), encryption=FOR_US)
    assert refused(message) == Reason.SIGNATURE


def test_s15_a_plain_assertion_is_refused_where_it_must_be_encrypted() -> None:
    """The administrator chose encryption."""
    assert refused(answer(), wants_encryption=True) == Reason.ENCRYPTION


def test_s15_an_encrypted_assertion_is_refused_where_we_have_no_key() -> None:
    """Nothing decrypts it."""
    provider = replace(SP, keys=(), certificates=())
    assert refused(answer(encryption=FOR_US), provider=provider) == Reason.ENCRYPTION


ALGORITHMS = {
    "RSA 1.5": replace(FOR_US, transport=PKCS1),
    "plain RSA": replace(FOR_US, transport=f"{XENC}rsa"),
    "key wrap": replace(FOR_US, transport=f"{XENC}kw-aes256"),
    "triple DES": replace(FOR_US, cipher=f"{XENC}tripledes-cbc"),
    "no cipher": replace(FOR_US, cipher=""),
    "an unknown cipher": replace(FOR_US, cipher="urn:x"),
    "an unknown transport": replace(FOR_US, transport="urn:x"),
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_s15_algorithms_outside_the_list_are_refused(name: str) -> None:
    """AES, GCM or CBC, with RSA-OAEP; nothing is decrypted before that is known."""
    assert refused(answer(encryption=ALGORITHMS[name])) == Reason.ALGORITHM


@pytest.mark.parametrize("parameter", ["ds:DigestMethod", "xenc11:MGF"])
def test_s15_oaep_takes_known_functions_only(parameter: str) -> None:
    """Digest and mask of OAEP are listed as well."""

    def tamper(root: Tree) -> None:
        method = the(root, f"xenc:EncryptedKey/{{{XENC}}}EncryptionMethod")
        tag = f"{{{DS}}}DigestMethod" if parameter == "ds:DigestMethod" else f"{{{XENC11}}}MGF"
        etree.SubElement(method, tag, Algorithm="urn:x")

    assert refused(answer(encryption=FOR_US, tamper=tamper)) == Reason.ALGORITHM


def _flip(position: int) -> Change:
    def tamper(root: Tree) -> None:
        [*values] = root.iter(f"{{{XENC}}}CipherValue")
        raw = bytearray(base64.b64decode(values[-1].text or ""))
        raw[position] ^= 1
        values[-1].text = base64.b64encode(raw).decode()

    return tamper


def _value(which: int, text: str) -> Change:
    def tamper(root: Tree) -> None:
        [*values] = root.iter(f"{{{XENC}}}CipherValue")
        values[which].text = text

    return tamper


UNREADABLE: dict[str, dict[str, object]] = {
    "for somebody else": {"encryption": Encryption(ATTACKER.certificate)},
    "for another key size": {"encryption": Encryption(rsa_pair("long", 3072).certificate)},
    "a bit of the data": {"encryption": FOR_US, "tamper": _flip(20)},
    "the tag": {"encryption": FOR_US, "tamper": _flip(-1)},
    "the vector": {"encryption": FOR_US, "tamper": _flip(0)},
    "no data": {"encryption": FOR_US, "tamper": _value(1, "")},
    "little data": {"encryption": FOR_US, "tamper": _value(1, "AAAA")},
    "data that is no Base64": {"encryption": FOR_US, "tamper": _value(1, "????")},
    "no key": {"encryption": FOR_US, "tamper": _value(0, "")},
    "a key that is none": {"encryption": FOR_US, "tamper": _value(0, "A" * 344)},
    "no XML inside": {"encryption": replace(FOR_US, plain=lambda _: b"hello <")},
    "nothing inside": {"encryption": replace(FOR_US, plain=lambda _: b"")},
    "half an assertion inside": {"encryption": replace(FOR_US, plain=lambda content: content[:-20])},
    "no UTF-8 inside": {"encryption": replace(FOR_US, plain=lambda content: content.replace(b"u-17", b"\xff\xfe"))},
    "an entity inside": {"encryption": replace(FOR_US, plain=lambda content: content.replace(b"u-17", b"&admin;"))},
    "a document type inside": {"encryption": replace(FOR_US, plain=lambda content: b"<!DOCTYPE x>" + content)},
    "CBC, its last bit": {"encryption": replace(FOR_US, cipher=f"{XENC}aes128-cbc"), "tamper": _flip(-1)},
    "another length of key": {
        "encryption": FOR_US,
        "tamper": lambda root: the(root, "xenc:EncryptionMethod").set("Algorithm", f"{XENC11}aes128-gcm"),
    },
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_s15_whatever_does_not_decrypt_has_one_answer(name: str) -> None:
    """The same reason and the same words: who tries things out learns nothing from them."""
    seen = set()
    for pair in ((OURS.key,), (ATTACKER.key, OURS.key)):
        provider = replace(SP, keys=pair if name != "for somebody else" else (OURS.key,))
        with pytest.raises(LoginRefused) as caught:
            verify(answer(**UNREADABLE[name]), TRUST, provider, REQUEST, NOW)
        seen.add((caught.value.reason, caught.value.detail))
    if "CBC" in name:
        # One bit of the padding can be another valid padding; what is inside is then cut, or unsigned, or no XML.
        assert {reason for reason, _ in seen} <= {Reason.ENCRYPTION, Reason.SIGNATURE}
    else:
        assert seen == {(Reason.ENCRYPTION, UNIFORM)}


def _remove(path: str) -> Change:
    def tamper(root: Tree) -> None:
        element = the(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return tamper


def _twice(path: str) -> Change:
    def tamper(root: Tree) -> None:
        element = the(root, path)
        copy = etree.fromstring(etree.tostring(element))
        for one in copy.iter():
            one.attrib.pop("Id", None)
        element.addnext(copy)

    return tamper


def _cipher_reference(root: Tree) -> None:
    data = the(root, "xenc:EncryptedData")
    value = data.find(f"{{{XENC}}}CipherData/{{{XENC}}}CipherValue")
    assert value is not None
    value.tag, value.text = f"{{{XENC}}}CipherReference", None
    value.set("URI", "http://127.0.0.1:9/x")


def _into_info(content: str) -> Change:
    def tamper(root: Tree) -> None:
        the(root, "ds:KeyInfo").insert(0, etree.fromstring(f'<ds:X xmlns:ds="{DS}">{content}</ds:X>')[0])

    return tamper


FORMS: dict[str, Change] = {
    "no data": _remove("xenc:EncryptedData"),
    "two data": _twice("xenc:EncryptedData"),
    "no key": _remove("xenc:EncryptedKey"),
    "two keys": _twice("xenc:EncryptedKey"),
    "no KeyInfo": _remove("ds:KeyInfo"),
    "no method of the data": _remove("xenc:EncryptionMethod"),
    "no method of the key": _remove(f"xenc:EncryptedKey/{{{XENC}}}EncryptionMethod"),
    "data elsewhere": _cipher_reference,
    "a key elsewhere": _into_info('<ds:RetrievalMethod URI="http://127.0.0.1:9/x"/>'),
    "a key in a file": _into_info('<ds:RetrievalMethod URI="file:///etc/passwd"/>'),
    "another key here": _into_info('<ds:RetrievalMethod URI="#_r1"/>'),
    "a key by agreement": _into_info(f'<x:AgreementMethod xmlns:x="{XENC}" Algorithm="urn:x"/>'),
    "a key value": _into_info("<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
    "a key by manager": _into_info("<ds:MgmtData>x</ds:MgmtData>"),
    "a key by transform": _into_info(
        '<ds:RetrievalMethod URI="#_ek"><ds:Transforms><ds:Transform Algorithm="urn:x"/></ds:Transforms>'
        "</ds:RetrievalMethod>"
    ),
    "the content only": lambda root: the(root, "xenc:EncryptedData").set("Type", f"{XENC}Content"),
    "no type": lambda root: the(root, "xenc:EncryptedData").attrib.pop("Type"),
    "another type": lambda root: the(root, "xenc:EncryptedData").set("Type", "urn:x"),
}


@pytest.mark.parametrize("name", FORMS)
def test_s16_what_leads_elsewhere_or_is_ambiguous_is_refused_before_it_is_decrypted(name: str) -> None:
    """One EncryptedData, one EncryptedKey, and nothing that names a place where something else would be found."""
    message = answer(encryption=FOR_US, tamper=FORMS[name])
    with pytest.raises(LoginRefused) as caught:
        verify(message, TRUST, SP, REQUEST, NOW)
    assert caught.value.reason in {Reason.ENCRYPTION, Reason.STRUCTURE}
    assert caught.value.detail != UNIFORM


def _inside(bend: Change) -> str:
    return answer(before_encryption=bend, encryption=FOR_US)


def _plain(content: bytes) -> str:
    return answer(encryption=replace(FOR_US, plain=lambda _: content))


INSIDE: dict[str, tuple[str, Reason]] = {
    "another name": (_inside(lambda root: setattr(the(root, "saml:NameID"), "text", "admin")), Reason.SIGNATURE),
    "no signature": (
        _inside(lambda root: the(root, "saml:Assertion").remove(the(root, "ds:Signature"))),
        Reason.UNSIGNED,
    ),
    "an id twice": (_inside(lambda root: the(root, "saml:Assertion").set("ID", "_r1")), Reason.IDS),
    "a comment": (
        _inside(lambda root: the(root, "saml:NameID").append(etree.Comment("x"))),
        Reason.XML,
    ),
    "an instruction": (
        _inside(lambda root: the(root, "saml:NameID").append(etree.ProcessingInstruction("x"))),
        Reason.XML,
    ),
    "70 levels": (
        _inside(lambda root: [add(next(reversed([*root.iter()])), "saml:AttributeValue") for _ in range(70)]),
        Reason.LIMITS,
    ),
    "no id": (_inside(lambda root: the(root, "saml:Assertion").attrib.pop("ID")), Reason.STRUCTURE),
    "another element": (_plain(b"<x/>"), Reason.STRUCTURE),
    "an assertion in it": (
        _inside(lambda root: add(the(root, "saml:AttributeValue"), "saml:Assertion") is None),
        Reason.STRUCTURE,
    ),
    "a second signature": (
        _inside(
            lambda root: the(root, "saml:Subject").append(etree.fromstring(etree.tostring(the(root, "ds:Signature"))))
        ),
        Reason.STRUCTURE,
    ),
}


@pytest.mark.parametrize("name", INSIDE)
def test_s15_all_checks_run_again_on_what_was_encrypted(name: str) -> None:
    """Limits, ids, schema, the place and form of signatures, and the signature itself."""
    message, reason = INSIDE[name]
    assert refused(message) == reason


def test_s15_an_assertion_that_was_encrypted_twice_is_refused() -> None:
    """What is inside is an assertion, and no other encrypted one."""

    def wrap(content: bytes) -> bytes:
        root = etree.Element("r")
        root.append(etree.fromstring(content))
        return etree.tostring(encrypt(root[0], FOR_US))

    message = answer(encryption=replace(FOR_US, plain=wrap))
    assert refused(message) == Reason.STRUCTURE


def test_s15_a_signed_response_is_verified_before_anything_is_decrypted() -> None:
    """Whoever has no signature cannot use us to try out what decrypts."""
    message = answer(signed=Signed.RESPONSE, encryption=FOR_US, tamper=_flip(20))
    checks = checklist()
    assert refused(message, signed=Signed.RESPONSE, checks=checks) == Reason.SIGNATURE
    assert {check.name: check.verdict for check in checks.checks}["encryption"] == "not_reached"
