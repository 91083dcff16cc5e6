"""Random changes of good responses: each is refused, or says exactly what the original said.

What is changed is bytes, text, attributes and whole subtrees, once or several times, before and inside encryption.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sso.errors import LoginRefused
from sso.model import Assertion, Signed
from tests.idp.saml_encrypt import Encryption, encrypt
from tests.idp.saml_idp import DS, SAML, SAMLP, XENC, Tree, field_of, the
from tests.sso.saml_world import IDP, NOW, OURS, REQUEST, SP, accepted

TAGS = [
    f"{{{SAML}}}{name}"
    for name in (
        "Assertion", "EncryptedAssertion", "Subject", "NameID", "SubjectConfirmation", "SubjectConfirmationData",
        "Conditions", "AudienceRestriction", "Audience", "AuthnStatement", "Attribute", "AttributeValue", "Issuer",
        "Advice", "EncryptedID",
    )
] + [f"{{{SAMLP}}}{name}" for name in ("Response", "Status", "StatusCode", "StatusDetail", "Extensions")] + [
    f"{{{DS}}}{name}" for name in ("Signature", "SignedInfo", "Reference", "Object", "KeyInfo", "DigestValue")
]  # fmt: skip
TEXTS = ["", " ", "admin", "u-17", "_a1", "_r1", "#_a1", "#_r1", REQUEST, SP.acs_url, SP.entity_id, IDP.entity_id]
NAMES = [
    "ID",
    "Id",
    "id",
    "URI",
    "Algorithm",
    "Value",
    "Destination",
    "Recipient",
    "InResponseTo",
    "NotOnOrAfter",
    "Name",
]

KINDS = ["delete", "copy", "move", "swap", "wrap", "rename", "text", "tail", "attribute", "unset", "insert"]

index = st.integers(0, 200)
step = st.tuples(
    st.sampled_from(KINDS), index, index, st.sampled_from(TAGS), st.sampled_from(TEXTS), st.sampled_from(NAMES)
)


@cache
def _good(signed: Signed) -> Tree:
    return IDP.tree(SP, REQUEST, NOW, signed=signed)


@cache
def _facts(signed: Signed) -> Assertion:
    return accepted(field_of(_good(signed)), signed=signed)


def _change(root: Tree, kind: str, first: int, second: int, tag: str, text: str, name: str) -> None:
    elements = [*root.iter()]
    one, other = elements[first % len(elements)], elements[second % len(elements)]
    parent = one.getparent()
    inside = other in one.iter() or one in other.iter()
    match kind:
        case "delete" if parent is not None:
            parent.remove(one)
        case "copy":
            other.insert(second % (len(other) + 1), deepcopy(one))
        case "move" if parent is not None and not inside:
            other.insert(first % (len(other) + 1), one)
        case "swap" if not inside:
            place = other.getparent()
            if parent is not None and place is not None:
                copy = deepcopy(one)
                parent.replace(one, deepcopy(other))
                place.replace(other, copy)
        case "wrap" if parent is not None:
            around = etree.Element(tag)
            parent.replace(one, around)
            around.append(one)
        case "rename":
            one.tag = tag
        case "text":
            one.text = text
        case "tail":
            one.tail = text
        case "attribute":
            one.set(name, text)
        case "unset" if one.attrib:
            one.attrib.pop(str([*one.attrib][second % len(one.attrib)]))
        case "insert":
            new = etree.SubElement(one, tag)
            new.text = text


def _holds(message: str, signed: Signed) -> None:
    """It is refused, by no other exception, or nothing has changed."""
    try:
        found = accepted(message, signed=signed)
    except LoginRefused:
        return
    assert found == _facts(signed)


@pytest.mark.parametrize("signed", [*Signed])
def test_s13_random_changes_of_the_tree_change_nothing_that_is_believed(signed: Signed) -> None:
    """One to four changes of subtrees, attributes and text."""

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(step, min_size=1, max_size=4))
    def check(steps: list[tuple[str, int, int, str, str, str]]) -> None:
        root = deepcopy(_good(signed))
        for one in steps:
            _change(root, *one)
        _holds(field_of(root), signed)

    check()


def test_s15_random_changes_inside_an_encrypted_assertion_change_nothing_that_is_believed() -> None:
    """Whoever carries a signed assertion can change it and encrypt it for us."""

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(step, min_size=1, max_size=3))
    def check(steps: list[tuple[str, int, int, str, str, str]]) -> None:
        root = deepcopy(_good(Signed.ASSERTION))
        assertion = the(root, "saml:Assertion")
        inside = deepcopy(assertion)
        for one in steps:
            _change(inside, *one)
        encrypt(assertion, Encryption(OURS.certificate, plain=lambda _: etree.tostring(inside)))
        _holds(field_of(root), Signed.ASSERTION)

    check()


def test_s15_random_changes_around_an_encrypted_assertion_change_nothing_that_is_believed() -> None:
    """The parts of what is encrypted, and what stands around it."""

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(step, min_size=1, max_size=3))
    def check(steps: list[tuple[str, int, int, str, str, str]]) -> None:
        root = deepcopy(_good(Signed.ASSERTION))
        encrypt(the(root, "saml:Assertion"), Encryption(OURS.certificate))
        for one in steps:
            _change(root, *one)
        _holds(field_of(root), Signed.ASSERTION)

    check()


def _flip(content: bytes, bits: list[int]) -> bytes:
    raw = bytearray(content)
    for bit in bits:
        raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    return bytes(raw)


def _cut(content: bytes, bits: list[int]) -> bytes:
    start, end = sorted((bits[0] % len(content), bits[-1] % len(content)))
    return content[:start] + content[end:]


def _repeat(content: bytes, bits: list[int]) -> bytes:
    start, end = sorted((bits[0] % len(content), bits[-1] % len(content)))
    return content[:end] + content[start:]


@pytest.mark.parametrize("change", [_flip, _cut, _repeat])
@pytest.mark.parametrize("signed", [*Signed])
def test_s2_random_changes_of_the_bytes_change_nothing_that_is_believed(
    signed: Signed, change: Callable[[bytes, list[int]], bytes]
) -> None:
    """Bits that flip, parts that are missing, parts that come twice; nothing but a refusal is ever raised."""
    content = base64.b64decode(field_of(_good(signed)))

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.integers(0, 8 * len(content)), min_size=1, max_size=3))
    def check(bits: list[int]) -> None:
        _holds(base64.b64encode(change(content, bits)).decode(), signed)

    check()


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.b64encode(raw).decode())))
def test_s2_random_text_is_refused(text: str) -> None:
    """No text whatever raises anything else."""
    with pytest.raises(LoginRefused):
        accepted(text)


def test_the_changes_do_change_something() -> None:
    """A test of the tests: forgeries that this file would miss if it looked at nothing."""
    root = deepcopy(_good(Signed.ASSERTION))
    name = [*root.iter()].index(the(root, "saml:NameID"))
    _change(root, "text", name, 0, "", "admin", "")
    assert the(root, "saml:NameID").text == "admin"
    _change(root, "rename", name, 0, f"{{{XENC}}}X", "", "")
    assert [*root.iter()][name].tag == f"{{{XENC}}}X"
