"""SAML metadata: ours for one connection, and what an identity provider says of itself (S-48 to S-50)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from sso.certificates import BadCertificate, Certificate, read_certificate
from sso.errors import BadTrust, LoginRefused
from sso.model import UNSPECIFIED, ServiceProvider
from sso.saml_library import POST, REDIRECT, signer
from sso.saml_signatures import check_signature
from sso.saml_trust import MOST_CERTIFICATES, MOST_ENTITY_ID, check_address
from sso.saml_values import time_of
from sso.saml_xml import DS, SAMLP, parse

MOST_BYTES: Final = 1024 * 1024
MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
MEDIA_TYPE: Final = "application/samlmetadata+xml"
_NAME_IDS: Final = ("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", UNSPECIFIED)


class BadMetadata(ValueError):
    """A document from which no connection can be made; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class IdpMetadata:
    """What an identity provider says of itself. ``wants_signed_requests``: it refuses requests that are not."""

    entity_id: str
    sso_url: str
    logout_url: str | None
    certificates: tuple[Certificate, ...]
    name_id_formats: tuple[str, ...]
    wants_signed_requests: bool
    valid_until: datetime | None


def ours(provider: ServiceProvider, name: str) -> bytes:
    """The metadata of one connection: all our certificates, so that a key can be rolled over. It holds no secret.

    Where only the response has to be signed, nothing says so: metadata has a word for assertions only (§2.4.4).
    """
    root = etree.Element(f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS}, entityID=provider.entity_id)
    descriptor = etree.SubElement(
        root,
        f"{{{MD}}}SPSSODescriptor",
        AuthnRequestsSigned="true" if provider.keys else "false",
        WantAssertionsSigned="true" if provider.wants_signed_assertions else "false",
        protocolSupportEnumeration=SAMLP,
    )
    for use in ("signing", "encryption"):
        for certificate in provider.certificates:
            _add_key(descriptor, use, certificate)
    etree.SubElement(descriptor, f"{{{MD}}}SingleLogoutService", Binding=REDIRECT, Location=provider.logout_url)
    for format in _NAME_IDS:
        etree.SubElement(descriptor, f"{{{MD}}}NameIDFormat").text = format
    etree.SubElement(
        descriptor,
        f"{{{MD}}}AssertionConsumerService",
        Binding=POST,
        Location=provider.acs_url,
        index="1",
        isDefault="true",
    )
    organization = etree.SubElement(root, f"{{{MD}}}Organization")
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    for part, text in (
        ("OrganizationName", name),
        ("OrganizationDisplayName", name),
        ("OrganizationURL", provider.acs_url),
    ):
        etree.SubElement(organization, f"{{{MD}}}{part}", {language: "en"}).text = text
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read_metadata(content: bytes, *, plain: bool = False) -> IdpMetadata:
    """What a document says of the one identity provider in it (metadata §2.4.3). Raises BadMetadata.

    ``plain``: addresses may be http on loopback.
    """
    root = _root(content)
    entity_id = root.get("entityID", "")
    found = root.findall(f"{{{MD}}}IDPSSODescriptor")
    if root.tag != f"{{{MD}}}EntityDescriptor" or len(found) != 1:
        raise BadMetadata("the document must be one EntityDescriptor with one IDPSSODescriptor in it")
    if not entity_id or len(entity_id) > MOST_ENTITY_ID or entity_id != entity_id.strip():
        raise BadMetadata(f"entityID must have 1 to {MOST_ENTITY_ID} characters, and no space around it")
    [descriptor] = found
    if SAMLP not in descriptor.get("protocolSupportEnumeration", "").split():
        raise BadMetadata("the identity provider does not speak SAML 2.0")
    sso_url = _location(descriptor, "SingleSignOnService", plain=plain)
    if sso_url is None:
        raise BadMetadata("there is no SingleSignOnService for the HTTP-Redirect binding")
    return IdpMetadata(
        entity_id=entity_id,
        sso_url=sso_url,
        logout_url=_location(descriptor, "SingleLogoutService", plain=plain),
        certificates=_signing(descriptor),
        name_id_formats=tuple((one.text or "").strip() for one in descriptor.findall(f"{{{MD}}}NameIDFormat")),
        wants_signed_requests=descriptor.get("WantAuthnRequestsSigned") in ("true", "1"),
        valid_until=min(filter(None, (_until(root), _until(descriptor))), default=None),
    )


def is_signed_by(content: bytes, pinned: Sequence[str]) -> bool:
    """Whether a whole document is signed by one of these certificates (PEM): then a refresh may add keys (S-48).

    Raises BadMetadata for what is no document.
    """
    root = _root(content)
    signature = root.find(f"{{{DS}}}Signature")
    if signature is None:
        return False
    try:
        check_signature(signature, root.get("ID"))
        return signer(root, root, pinned) is not None
    except LoginRefused:
        return False


def _root(content: bytes) -> etree._Element:
    if len(content) > MOST_BYTES:
        raise BadMetadata(f"the document is longer than {MOST_BYTES} bytes")
    try:
        return parse(content, allows_comments=True)
    except LoginRefused as refused:
        raise BadMetadata(refused.detail.replace("the message", "the document")) from refused


def _add_key(descriptor: etree._Element, use: str, certificate: str) -> None:
    key = etree.SubElement(descriptor, f"{{{MD}}}KeyDescriptor", use=use)
    data = etree.SubElement(etree.SubElement(key, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    lines = [line for line in certificate.strip().splitlines() if not line.startswith("-----")]
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = "".join(lines)


def _signing(descriptor: etree._Element) -> tuple[Certificate, ...]:
    found: dict[str, Certificate] = {}
    for key in descriptor.findall(f"{{{MD}}}KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for element in key.iter(f"{{{DS}}}X509Certificate"):
            try:
                one = read_certificate(element.text or "")
            except BadCertificate as error:
                raise BadMetadata(f"a certificate in the document cannot be used: {error}") from error
            found[one.fingerprint] = one
    if not 1 <= len(found) <= MOST_CERTIFICATES:
        raise BadMetadata(f"there must be 1 to {MOST_CERTIFICATES} certificates for signing, not {len(found)}")
    return tuple(found.values())


def _location(descriptor: etree._Element, name: str, *, plain: bool) -> str | None:
    for element in descriptor.findall(f"{{{MD}}}{name}"):
        if element.get("Binding") == REDIRECT:
            url = element.get("Location", "")
            try:
                check_address(url, name, plain=plain)
            except BadTrust as error:
                raise BadMetadata(str(error)) from error
            return url
    return None


def _until(element: etree._Element) -> datetime | None:
    try:
        return time_of(element, "validUntil")
    except LoginRefused as refused:
        raise BadMetadata(refused.detail) from refused
