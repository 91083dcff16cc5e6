"""A SAML identity provider that signs and encrypts for real, and can be told to be wrong in any way.

``bend`` changes a response before it is signed, as a careless or dishonest provider would; ``tamper`` afterwards, as
whoever carries it can.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import xmlsec
from lxml import etree

from sso.model import ServiceProvider, Signed
from tests.idp.saml_encrypt import Encryption, encrypt
from tests.idp.saml_keys import KeyPair, rsa_pair

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
NAMES = {"saml": SAML, "samlp": SAMLP, "ds": DS, "xenc": XENC}

Tree = etree._Element
Change = Callable[[Tree], object]


@dataclass(frozen=True)
class Signing:
    """How a signature is made. ``uri`` None refers to what it stands in; ``info`` is what KeyInfo has in it."""

    method: str = f"{MORE}rsa-sha256"
    digest: str = f"{XENC}sha256"
    canonical: str = EXCLUSIVE
    transforms: Sequence[str] = (ENVELOPED, EXCLUSIVE)
    inside: Mapping[int, str] = field(default_factory=dict)
    uri: str | None = None
    keys: KeyPair | None = None
    secret: bytes | None = None
    info: str = ""
    is_real: bool = True


class SamlIdp:
    """One identity provider with one key pair."""

    def __init__(self, keys: KeyPair | None = None, entity_id: str = "https://idp.example/metadata") -> None:
        self.keys = keys or rsa_pair()
        self.entity_id = entity_id

    def response(
        self,
        sp: ServiceProvider,
        request_id: str | None,
        now: datetime,
        *,
        name_id: str = "u-17",
        attributes: Mapping[str, Sequence[str]] | None = None,
    ) -> Tree:
        """An unsigned response in which nothing is wrong."""
        issued, ends = stamp(now), stamp(now + timedelta(minutes=5))
        begins = stamp(now - timedelta(minutes=1))
        answers = {} if request_id is None else {"InResponseTo": request_id}
        root = etree.Element(f"{{{SAMLP}}}Response", nsmap={"samlp": SAMLP, "saml": SAML})
        root.attrib.update(
            {"ID": "_r1", "Version": "2.0", "IssueInstant": issued, "Destination": sp.acs_url, **answers}
        )
        add(root, "saml:Issuer", self.entity_id)
        status = add(root, "samlp:Status")
        add(status, "samlp:StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Success")
        assertion = add(root, "saml:Assertion", ID="_a1", Version="2.0", IssueInstant=issued)
        add(assertion, "saml:Issuer", self.entity_id)
        subject = add(assertion, "saml:Subject")
        add(subject, "saml:NameID", name_id, Format=PERSISTENT)
        confirmation = add(subject, "saml:SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:bearer")
        add(confirmation, "saml:SubjectConfirmationData", NotOnOrAfter=ends, Recipient=sp.acs_url, **answers)
        conditions = add(assertion, "saml:Conditions", NotBefore=begins, NotOnOrAfter=ends)
        add(add(conditions, "saml:AudienceRestriction"), "saml:Audience", sp.entity_id)
        statement = add(assertion, "saml:AuthnStatement", AuthnInstant=issued, SessionIndex="_s1")
        add(add(statement, "saml:AuthnContext"), "saml:AuthnContextClassRef", PASSWORD)
        given = {"email": ["ana@acme.example"], "groups": ["Sales", "Staff"]} if attributes is None else attributes
        if given:
            all_of_them = add(assertion, "saml:AttributeStatement")
            for name, values in given.items():
                attribute = add(all_of_them, "saml:Attribute", Name=name)
                for value in values:
                    add(attribute, "saml:AttributeValue", value)
        return root

    def tree(
        self,
        sp: ServiceProvider,
        request_id: str | None,
        now: datetime,
        *,
        signed: Signed | None = Signed.ASSERTION,
        signing: Signing | None = None,
        encryption: Encryption | None = None,
        bend: Change | None = None,
        before_encryption: Change | None = None,
        tamper: Change | None = None,
        **more: object,
    ) -> Tree:
        """A response, signed and encrypted as wanted; ``signed`` None signs nothing."""
        root = self.response(sp, request_id, now, **more)  # type: ignore[arg-type]
        root = changed(root, bend)
        how = replace(signing or Signing(), keys=(signing and signing.keys) or self.keys)
        if signed in (Signed.ASSERTION, Signed.BOTH):
            sign(the(root, "saml:Assertion"), how)
        root = changed(root, before_encryption)
        if encryption is not None:
            encrypt(the(root, "saml:Assertion"), encryption)
        if signed in (Signed.RESPONSE, Signed.BOTH):
            sign(root, how)
        return changed(root, tamper)

    def answer(self, sp: ServiceProvider, request_id: str | None, now: datetime, **more: object) -> str:
        """A response as the form field has it."""
        return field_of(self.tree(sp, request_id, now, **more))  # type: ignore[arg-type]


def sign(element: Tree, how: Signing) -> Tree:
    """Put a signature below an element, after its Issuer; by whatever algorithms, as far as there are any."""
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = add(signature, "ds:SignedInfo")
    add(info, "ds:CanonicalizationMethod", Algorithm=how.canonical)
    add(info, "ds:SignatureMethod", Algorithm=how.method)
    uri = f"#{element.get('ID')}" if how.uri is None else how.uri
    reference = add(info, "ds:Reference", URI=uri)
    transforms = add(reference, "ds:Transforms")
    for number, algorithm in enumerate(how.transforms):
        transform = add(transforms, "ds:Transform", Algorithm=algorithm)
        if number in how.inside:
            transform.append(etree.fromstring(how.inside[number]))
    add(reference, "ds:DigestMethod", Algorithm=how.digest)
    add(reference, "ds:DigestValue", "AAAA")
    add(signature, "ds:SignatureValue", "AAAA")
    if how.info:
        signature.append(etree.fromstring(f'<ds:KeyInfo xmlns:ds="{DS}">{how.info}</ds:KeyInfo>'))
    position = next((number for number, child in enumerate(element, 1) if child.tag == f"{{{SAML}}}Issuer"), 0)
    element.insert(position, signature)
    if how.is_real:
        xmlsec.tree.add_ids(element.getroottree().getroot(), ["ID"])
        context = xmlsec.SignatureContext()
        if how.secret is not None:
            context.key = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, how.secret)
        else:
            assert how.keys is not None
            context.key = xmlsec.Key.from_memory(how.keys.key, xmlsec.KeyFormat.PEM)
        context.sign(signature)
    return signature


def changed(root: Tree, change: Change | None) -> Tree:
    """A tree after a change, which alters it or gives another one."""
    after = None if change is None else change(root)
    return after if isinstance(after, Tree) else root


def add(parent: Tree, name: str, text: str | None = None, **attributes: str) -> Tree:
    """A new last child, named with a prefix."""
    prefix, _, local = name.partition(":")
    element = etree.SubElement(parent, f"{{{NAMES[prefix]}}}{local}", attributes, nsmap={prefix: NAMES[prefix]})
    element.text = text
    return element


def the(root: Tree, path: str) -> Tree:
    """The first element of this path anywhere below the root."""
    found = root.find(f".//{path}", NAMES)
    assert found is not None, path
    return found


def field_of(root: Tree) -> str:
    """The Base64 text of a message."""
    return base64.b64encode(etree.tostring(root.getroottree())).decode()


def stamp(moment: datetime) -> str:
    """A time as SAML writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
