"""Where signatures may stand in a SAML message, what they may refer to, and by which algorithms (S-8, S-9, S-11).

The library verifies them; here is refused what a verified signature could still be abused for. CVE-2024-45409,
CVE-2025-29774, CVE-2025-29775, CVE-2025-47949, CVE-2025-54419.
"""

from __future__ import annotations

from lxml import etree

from sso.errors import LoginRefused, Reason, said
from sso.saml_xml import DS, SAML, SAMLP, XENC

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = f"{DS}enveloped-signature"
_PREFIXES = f"{{{_EXCLUSIVE}}}InclusiveNamespaces"
SIGNATURES = frozenset(f"{_MORE}{kind}-sha{bits}" for kind in ("rsa", "ecdsa") for bits in (256, 384, 512))
DIGESTS = frozenset({f"{XENC}sha256", f"{_MORE}sha384", f"{XENC}sha512"})


def the_assertion(root: etree._Element) -> etree._Element:
    """The one assertion of a response, encrypted or not, which is its direct child. Raises LoginRefused."""
    found = [*root.iter(f"{{{SAML}}}Assertion"), *root.iter(f"{{{SAML}}}EncryptedAssertion")]
    if len(found) != 1 or found[0].getparent() is not root:
        raise LoginRefused(Reason.STRUCTURE, "the response must have exactly one assertion, right below it")
    return found[0]


def check_signatures(root: etree._Element) -> None:
    """Whether all signatures of a response are in order, before one of them is verified. Raises LoginRefused."""
    assertion = the_assertion(root)
    for signature in root.iter(f"{{{DS}}}Signature"):
        parent = signature.getparent()
        if parent is None or (parent is not root and parent is not assertion):
            raise _form("a signature stands neither in the response nor in its assertion")
        if len(parent.findall(f"{{{DS}}}Signature")) != 1:
            raise _form("something has two signatures")
        check_signature(signature, parent.get("ID"))


def check_signature(signature: etree._Element, of: str | None) -> None:
    """Whether a signature refers to the element with this id and to nothing else, by allowed algorithms."""
    if any(True for _ in signature.iter(f"{{{DS}}}Object")):
        raise _form("a signature carries an object")
    infos = [*signature.iter(f"{{{DS}}}SignedInfo")]
    if len(infos) != 1 or infos[0].getparent() is not signature:
        raise _form("a signature has not exactly one SignedInfo")
    info = infos[0]
    references = [*signature.iter(f"{{{DS}}}Reference")]
    if len(references) != 1 or references[0].getparent() is not info:
        raise _form("a signature has not exactly one reference")
    [reference] = references
    if not of or reference.get("URI") != f"#{of}":
        raise _form("a signature refers to something else than what it stands in")
    for name in ("SignatureValue", "DigestValue"):
        values = [*signature.iter(f"{{{DS}}}{name}")]
        if len(values) != 1 or len(values[0]):
            raise _form(f"a signature has not exactly one plain {name}")
    canonical = _allowed(info, "CanonicalizationMethod", {_EXCLUSIVE})
    method, digest = _allowed(info, "SignatureMethod", SIGNATURES), _allowed(reference, "DigestMethod", DIGESTS)
    if len(method) or len(digest):
        raise LoginRefused(Reason.ALGORITHM, "a signature's algorithm has parameters")
    transforms = [*signature.iter(f"{{{DS}}}Transform")]
    if [one.get("Algorithm") for one in transforms] != [_ENVELOPED, _EXCLUSIVE]:
        raise LoginRefused(Reason.ALGORITHM, "a signature's transforms are not enveloped-signature and exclusive C14N")
    if any(child.tag != _PREFIXES for one in (canonical, *transforms) for child in one):
        raise LoginRefused(Reason.ALGORITHM, "a transform of a signature has parameters")


def is_response(root: etree._Element) -> bool:
    """Whether the root is a response of SAML 2.0 (S-4)."""
    return root.tag == f"{{{SAMLP}}}Response" and root.get("Version") == "2.0"


def _allowed(parent: etree._Element, name: str, allowed: frozenset[str] | set[str]) -> etree._Element:
    found = [*parent.iter(f"{{{DS}}}{name}")]
    if len(found) != 1 or found[0].getparent() is not parent or found[0].get("Algorithm") not in allowed:
        algorithm = said(found[0].get("Algorithm")) if found else "missing"
        raise LoginRefused(Reason.ALGORITHM, f"{name} {algorithm} is not allowed")
    return found[0]


def _form(detail: str) -> LoginRefused:
    return LoginRefused(Reason.SIGNATURE_FORM, detail)
