"""Certificates of identity providers: whole ones only, with keys that are strong enough (S-12, S-48)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

LEAST_RSA_BITS = 2048
MOST_BYTES = 64 * 1024
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


class BadCertificate(ValueError):
    """The text is no certificate that may be trusted; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate: as PEM, its SHA-256 fingerprint, whom it names, and when it counts as valid."""

    pem: str
    fingerprint: str
    subject: str
    not_before: datetime
    not_after: datetime


def read_certificate(text: str) -> Certificate:
    """A certificate from PEM, or from the Base64 of its DER as metadata has it. Raises BadCertificate."""
    if len(text) > MOST_BYTES:
        raise BadCertificate("this is too long for one certificate")
    if text.count("-----BEGIN") > 1:
        raise BadCertificate("these are several; paste one certificate at a time, that which signs")
    if "PRIVATE KEY" in text:
        raise BadCertificate("this is a private key; paste the certificate, and keep the key to yourself")
    try:
        if "-----BEGIN" in text:
            found = x509.load_pem_x509_certificate(text.strip().encode("ascii"))
        else:
            found = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, binascii.Error, UnicodeEncodeError) as error:
        raise BadCertificate("this is no X.509 certificate in PEM or Base64") from error
    key = found.public_key()
    match key:
        case rsa.RSAPublicKey():
            if key.key_size < LEAST_RSA_BITS:
                raise BadCertificate(f"the RSA key has {key.key_size} bits; {LEAST_RSA_BITS} are the least")
        case ec.EllipticCurvePublicKey():
            if key.curve.name not in _CURVES:
                raise BadCertificate(f"the curve {key.curve.name} is not accepted; use P-256, P-384 or P-521")
        case _:
            raise BadCertificate("the certificate's key is neither RSA nor an elliptic curve")
    return Certificate(
        pem=found.public_bytes(serialization.Encoding.PEM).decode(),
        fingerprint=found.fingerprint(hashes.SHA256()).hex(),
        subject=found.subject.rfc4514_string(),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
    )
