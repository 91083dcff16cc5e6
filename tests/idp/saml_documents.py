"""Metadata of a SAML identity provider, signed for real where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from tests.idp.saml_idp import DS, Signing, sign, stamp
from tests.idp.saml_keys import KeyPair

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
ENTITY, SSO, SLO = "https://idp.example/metadata", "https://idp.example/sso", "https://idp.example/slo"


def metadata(
    pairs: Sequence[KeyPair],
    *,
    entity_id: str = ENTITY,
    sso_url: str | None = SSO,
    logout_url: str | None = SLO,
    formats: Sequence[str] = (),
    until: datetime | None = None,
    signed_by: KeyPair | None = None,
) -> str:
    """One EntityDescriptor with these signing keys."""
    root = etree.Element(f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS}, entityID=entity_id, ID="_described")
    if until is not None:
        root.set("validUntil", stamp(until))
    protocol = "urn:oasis:names:tc:SAML:2.0:protocol"
    inner = etree.SubElement(root, f"{{{MD}}}IDPSSODescriptor", protocolSupportEnumeration=protocol)
    for pair in pairs:
        key = etree.SubElement(inner, f"{{{MD}}}KeyDescriptor", use="signing")
        data = etree.SubElement(etree.SubElement(key, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
        etree.SubElement(data, f"{{{DS}}}X509Certificate").text = pair.body
    if logout_url is not None:
        etree.SubElement(inner, f"{{{MD}}}SingleLogoutService", Binding=REDIRECT, Location=logout_url)
    for one in formats:
        etree.SubElement(inner, f"{{{MD}}}NameIDFormat").text = one
    if sso_url is not None:
        etree.SubElement(inner, f"{{{MD}}}SingleSignOnService", Binding=REDIRECT, Location=sso_url)
    if signed_by is not None:
        sign(root, Signing(keys=signed_by))
    return etree.tostring(root).decode()
