"""Signature wrapping: a signed element is put where the verifier finds it, a forged one where the reader looks.

XSW1 to XSW8 of Somorovsky et al., "On Breaking SAML" (2012), and later kinds: a signed element of another message with
the forged assertion's id (CVE-2024-45409), and forgeries inside the signature itself.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from tests.idp.saml_idp import DS, SAML, SAMLP, Signing, Tree, add, sign, the
from tests.idp.saml_keys import KeyPair

SIGNATURE = f"{{{DS}}}Signature"
VICTIM = "admin"


def forged(element: Tree, id: str | None) -> Tree:
    """A copy without signature that names somebody else; None keeps its id."""
    copy = deepcopy(element)
    copy.tail = None
    for signature in [*copy.iter(SIGNATURE)]:
        parent = signature.getparent()
        assert parent is not None
        parent.remove(signature)
    if id is not None:
        copy.set("ID", id)
    for name in copy.iter(f"{{{SAML}}}NameID"):
        name.text = VICTIM
    return copy


def unsigned(element: Tree) -> Tree:
    """A copy without its own signature."""
    copy = deepcopy(element)
    copy.tail = None
    for signature in copy.findall(SIGNATURE):
        copy.remove(signature)
    return copy


def _into_object(signature: Tree, what: Tree) -> None:
    add(signature, "ds:Object").append(what)


def xsw1(root: Tree, id: str | None) -> Tree:
    """A forged response around the original one, which hangs in the signature."""
    evil, original, signature = forged(root, id), unsigned(root), deepcopy(_first(root))
    signature.append(original)
    evil.insert(1, signature)
    return evil


def xsw2(root: Tree, id: str | None) -> Tree:
    """As the first, with the original before the signature."""
    evil, original, signature = forged(root, id), unsigned(root), deepcopy(_first(root))
    evil.insert(1, original)
    evil.insert(2, signature)
    return evil


def xsw3(root: Tree, id: str | None) -> Tree:
    """A forged assertion before the original one."""
    assertion = the(root, "saml:Assertion")
    root.insert(root.index(assertion), forged(assertion, id))
    return root


def xsw4(root: Tree, id: str | None) -> Tree:
    """The original assertion inside the forged one."""
    assertion = the(root, "saml:Assertion")
    evil = forged(assertion, id)
    root.replace(assertion, evil)
    evil.append(assertion)
    return root


def xsw5(root: Tree, id: str | None) -> Tree:
    """The signed assertion is forged, and a copy of the original follows it."""
    assertion = the(root, "saml:Assertion")
    original, signature = unsigned(assertion), deepcopy(_first(root))
    evil = forged(assertion, id)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    root.append(original)
    return root


def xsw6(root: Tree, id: str | None) -> Tree:
    """As the fifth, with the original inside the signature."""
    assertion = the(root, "saml:Assertion")
    original, signature = unsigned(assertion), deepcopy(_first(root))
    evil = forged(assertion, id)
    signature.append(original)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    return root


def xsw7(root: Tree, id: str | None) -> Tree:
    """A forged assertion in Extensions, where the schema lets anything stand."""
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(forged(the(root, "saml:Assertion"), id))
    root.insert(1 + len(root.findall(SIGNATURE)), extensions)
    return root


def xsw8(root: Tree, id: str | None) -> Tree:
    """The original assertion in an Object of the signature, which the schema allows as well."""
    assertion = the(root, "saml:Assertion")
    original, signature = unsigned(assertion), deepcopy(_first(root))
    evil = forged(assertion, id)
    _into_object(signature, original)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    return root


def in_key_info(root: Tree, id: str | None) -> Tree:
    """The original assertion in KeyInfo."""
    assertion = the(root, "saml:Assertion")
    original, signature = unsigned(assertion), deepcopy(_first(root))
    add(signature, "ds:KeyInfo").append(original)
    evil = forged(assertion, id)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    return root


def in_advice(root: Tree, id: str | None) -> Tree:
    """The signed assertion as advice of the forged one."""
    assertion = the(root, "saml:Assertion")
    evil = forged(assertion, id)
    root.replace(assertion, evil)
    advice = etree.Element(f"{{{SAML}}}Advice")
    advice.append(assertion)
    evil.insert(evil.index(the(evil, "saml:Conditions")) + 1, advice)
    return root


def in_status_detail(root: Tree, id: str | None) -> Tree:
    """The signed assertion in StatusDetail, the forged one in its place."""
    assertion = the(root, "saml:Assertion")
    root.replace(assertion, forged(assertion, id))
    add(the(root, "samlp:Status"), "samlp:StatusDetail").append(assertion)
    return root


def in_attribute_value(root: Tree, id: str | None) -> Tree:
    """The signed assertion as a value of an attribute of the forged one."""
    assertion = the(root, "saml:Assertion")
    evil = forged(assertion, id)
    root.replace(assertion, evil)
    the(evil, "saml:AttributeValue").append(assertion)
    return root


def in_subject_confirmation(root: Tree, id: str | None) -> Tree:
    """The signed assertion in SubjectConfirmationData of the forged one."""
    assertion = the(root, "saml:Assertion")
    evil = forged(assertion, id)
    root.replace(assertion, evil)
    the(evil, "saml:SubjectConfirmationData").append(assertion)
    return root


def nested_response(root: Tree, id: str | None) -> Tree:
    """The whole signed response in Extensions of a forged one."""
    evil = forged(root, id or "_r1")
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(deepcopy(root))
    evil.insert(1, extensions)
    return evil


def signature_moved_up(root: Tree, id: str | None) -> Tree:
    """The assertion's signature below the response, the assertion forged."""
    assertion = the(root, "saml:Assertion")
    signature = _first(root)
    evil = forged(assertion, id)
    root.replace(assertion, evil)
    root.insert(1, signature)
    add(signature, "ds:Object").append(unsigned(assertion))
    return root


WRAPPINGS: dict[str, Callable[[Tree, str | None], Tree]] = {
    one.__name__: one
    for one in (
        xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, in_key_info, in_advice, in_status_detail, in_attribute_value,
        in_subject_confirmation, nested_response, signature_moved_up,
    )
}  # fmt: skip


def signed_elsewhere(root: Tree, keys: KeyPair, place: str, id: str) -> Tree:
    """Something that the provider once signed, its metadata, beside a forged assertion of the same id."""
    metadata = etree.fromstring(
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="{id}" entityID="https://idp.example"/>'
    )
    sign(metadata, Signing(keys=keys))
    assertion = the(root, "saml:Assertion")
    signature = metadata.find(SIGNATURE)
    assert signature is not None
    evil = forged(assertion, id)
    evil.insert(1, deepcopy(signature))
    root.replace(assertion, evil)
    if place == "Extensions":
        extensions = etree.Element(f"{{{SAMLP}}}Extensions")
        root.insert(1, extensions)
        extensions.append(metadata)
    else:
        add(the(root, "samlp:Status"), "samlp:StatusDetail").append(metadata)
    return root


def _first(root: Tree) -> Tree:
    return next(root.iter(SIGNATURE))
