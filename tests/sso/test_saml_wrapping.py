"""Signature wrapping is refused, whichever element is signed and wherever the forgery stands (S-6 to S-10)."""

from __future__ import annotations

import pytest
from lxml import etree

from sso.errors import Reason
from sso.model import Signed
from tests.idp.saml_encrypt import Encryption
from tests.idp.saml_idp import SAMLP, Signing, Tree, add, sign, the
from tests.idp.saml_wrapping import WRAPPINGS, signed_elsewhere
from tests.sso.saml_world import IDP, NOW, OURS, REQUEST, SP, answer, refused

# What catches them: exactly one assertion and one id each, the schema, and where a signature may stand.
CAUGHT = {Reason.STRUCTURE, Reason.IDS, Reason.SIGNATURE_FORM, Reason.LIMITS}


@pytest.mark.parametrize("id", [None, "_evil", ""], ids=["same id", "another id", "empty id"])
@pytest.mark.parametrize("signed", [*Signed])
@pytest.mark.parametrize("kind", WRAPPINGS)
def test_s8_wrapped_signatures_are_refused(kind: str, signed: Signed, id: str | None) -> None:
    """XSW1 to XSW8 and their relatives, on every mode of signing (S-7, S-8, S-9)."""
    message = answer(signed=signed, tamper=lambda root: WRAPPINGS[kind](root, id))
    for wanted in Signed:
        assert refused(message, signed=wanted) in CAUGHT


@pytest.mark.parametrize("place", ["Extensions", "StatusDetail"])
@pytest.mark.parametrize("id", ["_a1", "_other"])
def test_s6_a_signed_element_elsewhere_vouches_for_nothing(place: str, id: str) -> None:
    """CVE-2024-45409: the provider's signed metadata beside a forged assertion that carries its id and signature."""
    message = answer(signed=None, tamper=lambda root: signed_elsewhere(root, IDP.keys, place, id))
    assert refused(message) in CAUGHT


@pytest.mark.parametrize("place", ["Extensions", "StatusDetail"])
def test_s9_a_good_signature_of_something_else_has_no_place(place: str) -> None:
    """Even beside a response in which nothing else is wrong."""

    def tamper(root: Tree) -> None:
        other = etree.Element("{urn:oasis:names:tc:SAML:2.0:metadata}EntityDescriptor", ID="_m1")
        sign(other, Signing(keys=IDP.keys))
        if place == "Extensions":
            extensions = etree.Element(f"{{{SAMLP}}}Extensions")
            extensions.append(other)
            root.insert(1, extensions)
        else:
            add(the(root, "samlp:Status"), "samlp:StatusDetail").append(other)

    assert refused(answer(tamper=tamper)) == Reason.SIGNATURE_FORM


@pytest.mark.parametrize("id", [None, "_evil"])
@pytest.mark.parametrize("kind", ["xsw4", "xsw5", "xsw6", "xsw8", "in_advice", "in_key_info", "in_attribute_value"])
def test_s15_wrapping_inside_an_encrypted_assertion_is_refused(kind: str, id: str | None) -> None:
    """Anybody can encrypt for us: what was encrypted goes through the same checks."""
    message = answer(before_encryption=lambda root: WRAPPINGS[kind](root, id), encryption=Encryption(OURS.certificate))
    assert refused(message) in CAUGHT


@pytest.mark.parametrize("position", [2, 3])
def test_s8_an_encrypted_assertion_beside_a_plain_one_is_refused(position: int) -> None:
    """Exactly one assertion, encrypted or not, in the whole message."""
    other = the(IDP.tree(SP, REQUEST, NOW, encryption=Encryption(OURS.certificate)), "saml:EncryptedAssertion")
    assert refused(answer(tamper=lambda root: root.insert(position, other))) == Reason.STRUCTURE
