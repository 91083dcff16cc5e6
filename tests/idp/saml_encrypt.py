"""XML Encryption of an assertion, by other means than those with which we decrypt: cryptography, not xmlsec."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
OAEP, OAEP11, PKCS1 = f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep", f"{XENC}rsa-1_5"
_DIGESTS = {f"{DS}sha1": hashes.SHA1, f"{XENC}sha256": hashes.SHA256, f"{XENC}sha512": hashes.SHA512}
_MASKS = {f"{XENC11}mgf1sha1": hashes.SHA1, f"{XENC11}mgf1sha256": hashes.SHA256}


@dataclass(frozen=True)
class Encryption:
    """How an assertion is encrypted. ``beside``: the key stands beside the data; ``hint`` is the key's KeyInfo."""

    certificate: str
    cipher: str = f"{XENC11}aes256-gcm"
    transport: str = OAEP
    digest: str | None = None
    mask: str | None = None
    beside: bool = False
    hint: str = ""
    type: str = f"{XENC}Element"
    plain: Callable[[bytes], bytes] | None = None


def encrypt(assertion: etree._Element, how: Encryption) -> etree._Element:
    """Put an EncryptedAssertion in the place of an assertion."""
    parent = assertion.getparent()
    assert parent is not None
    content = etree.tostring(assertion, with_tail=False)
    key, sealed = _seal(how.plain(content) if how.plain else content, how.cipher)
    parameters = ""
    if how.digest:
        parameters += f'<ds:DigestMethod Algorithm="{how.digest}"/>'
    if how.mask:
        parameters += f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{how.mask}"/>'
    wrapped = f"""<xenc:EncryptedKey xmlns:xenc="{XENC}" xmlns:ds="{DS}" Id="_ek">
        <xenc:EncryptionMethod Algorithm="{how.transport}">{parameters}</xenc:EncryptionMethod>
        {f"<ds:KeyInfo>{how.hint}</ds:KeyInfo>" if how.hint else ""}
        <xenc:CipherData><xenc:CipherValue>{_wrap(key, how)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"""
    lead = f'<ds:RetrievalMethod Type="{XENC}EncryptedKey" URI="#_ek"/>' if how.beside else wrapped
    kind = f'Type="{how.type}"' if how.type else ""
    encrypted = etree.fromstring(
        f"""<saml:EncryptedAssertion xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" xmlns:ds="{DS}" {kind}>
        <xenc:EncryptionMethod Algorithm="{how.cipher}"/><ds:KeyInfo>{lead}</ds:KeyInfo>
        <xenc:CipherData><xenc:CipherValue>{sealed}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{
            wrapped if how.beside else ""
        }</saml:EncryptedAssertion>"""
    )
    parent.replace(assertion, encrypted)
    return encrypted


def _seal(content: bytes, cipher: str) -> tuple[bytes, str]:
    size = next((bits for bits in (128, 192, 256) if f"aes{bits}" in cipher), 256) // 8
    key = os.urandom(size)
    if cipher.endswith("gcm"):
        vector = os.urandom(12)
        sealed = vector + AESGCM(key).encrypt(vector, content, None)
    else:
        # XML Encryption §5.2: any bytes, the last of which says how many there are.
        missing = 16 - len(content) % 16
        padded = content + os.urandom(missing - 1) + bytes([missing])
        vector = os.urandom(16)
        machine = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        sealed = vector + machine.update(padded) + machine.finalize()
    return key, base64.b64encode(sealed).decode()


def _wrap(key: bytes, how: Encryption) -> str:
    public = x509.load_pem_x509_certificate(how.certificate.encode()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    if how.transport == PKCS1:
        return base64.b64encode(public.encrypt(key, padding.PKCS1v15())).decode()
    digest = _DIGESTS[how.digest or f"{DS}sha1"]()
    mask = _MASKS[how.mask or f"{XENC11}mgf1sha1"]()
    oaep = padding.OAEP(padding.MGF1(mask), digest, None)
    return base64.b64encode(public.encrypt(key, oaep)).decode()
