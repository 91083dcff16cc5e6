"""How an assertion may be encrypted: by which algorithms, and with nothing in it that leads elsewhere (S-15, S-16)."""

from __future__ import annotations

from lxml import etree

from sso.errors import LoginRefused, Reason, said
from sso.saml_xml import DS, SAML, XENC, XENC11

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ELEMENT = f"{XENC}Element"
_CIPHERS = frozenset(
    {f"{XENC11}aes{bits}-gcm" for bits in (128, 192, 256)} | {f"{XENC}aes{bits}-cbc" for bits in (128, 192, 256)}
)
_KEY_TRANSPORTS = frozenset({f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep"})
# Inside OAEP SHA-1 is no weakness, and the default of XML Encryption.
_OAEP = {
    f"{{{DS}}}DigestMethod": {f"{DS}sha1", f"{XENC}sha256", f"{_MORE}sha384", f"{XENC}sha512"},
    f"{{{XENC11}}}MGF": {f"{XENC11}mgf1sha{bits}" for bits in (1, 224, 256, 384, 512)},
}
_KNOWN = frozenset(
    {f"{{{XENC}}}{name}" for name in ("EncryptedData", "EncryptedKey", "EncryptionMethod", "CipherData", "CipherValue")}
    | {f"{{{XENC}}}{name}" for name in ("OAEPparams", "KeySize", "CarriedKeyName", "ReferenceList", "DataReference")}
    | {f"{{{DS}}}{name}" for name in ("KeyInfo", "KeyName", "X509Data", "X509Certificate", "X509SKI")}
    | {f"{{{DS}}}{name}" for name in ("X509IssuerSerial", "X509IssuerName", "X509SerialNumber", "X509SubjectName")}
    | {f"{{{DS}}}RetrievalMethod", *_OAEP}
)


def is_encrypted(assertion: etree._Element) -> bool:
    """Whether the assertion of a response is an encrypted one."""
    return bool(assertion.tag == f"{{{SAML}}}EncryptedAssertion")


def check_encryption(assertion: etree._Element) -> str:
    """Whether an encrypted assertion may be decrypted; the name of its cipher. Raises LoginRefused."""
    if unknown := [child.tag for child in assertion.iterdescendants() if child.tag not in _KNOWN]:
        raise _wrong(f"an encrypted assertion has {said(unknown[0])} in it")
    data, keys = _all(assertion, "EncryptedData"), _all(assertion, "EncryptedKey")
    if len(data) != 1 or len(keys) != 1 or data[0].getparent() is not assertion:
        raise _wrong("an encrypted assertion must have one EncryptedData and one EncryptedKey")
    if data[0].get("Type") != _ELEMENT:
        raise _wrong("what is encrypted must be one element, the assertion")
    infos = data[0].findall(f"{{{DS}}}KeyInfo")
    if len(infos) != 1 or (keys[0].getparent() is not infos[0] and keys[0].getparent() is not assertion):
        raise _wrong("EncryptedKey must be in the KeyInfo of EncryptedData, or beside it")
    for retrieval in assertion.iter(f"{{{DS}}}RetrievalMethod"):
        if retrieval.get("URI") != f"#{keys[0].get('Id')}":
            raise _wrong("RetrievalMethod leads elsewhere than to the EncryptedKey")
    cipher = _method(data[0], _CIPHERS)
    _method(keys[0], _KEY_TRANSPORTS)
    for tag, allowed in _OAEP.items():
        for one in assertion.iter(tag):
            _allow(one, allowed)
    return cipher.rpartition("#")[2]


def _all(assertion: etree._Element, name: str) -> list[etree._Element]:
    return [*assertion.iter(f"{{{XENC}}}{name}")]


def _method(element: etree._Element, allowed: frozenset[str]) -> str:
    found = element.findall(f"{{{XENC}}}EncryptionMethod")
    if len(found) != 1:
        raise _wrong("it must be said once how something is encrypted")
    return _allow(found[0], allowed)


def _allow(element: etree._Element, allowed: frozenset[str] | set[str]) -> str:
    algorithm = str(element.get("Algorithm"))
    if algorithm not in allowed:
        raise LoginRefused(Reason.ALGORITHM, f"encryption by {said(algorithm)} is not allowed; use AES with RSA-OAEP")
    return algorithm


def _wrong(detail: str) -> LoginRefused:
    return LoginRefused(Reason.ENCRYPTION, detail)
