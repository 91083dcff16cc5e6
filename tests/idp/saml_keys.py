"""Key pairs with self-signed certificates, made once in a process."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

_lock = threading.Lock()


@dataclass(frozen=True)
class KeyPair:
    """A private key and its certificate, both as PEM."""

    key: str
    certificate: str

    @property
    def body(self) -> str:
        """The certificate as metadata and KeyInfo have it."""
        return "".join(line for line in self.certificate.splitlines() if not line.startswith("-----"))


def rsa_pair(name: str = "idp", bits: int = 2048) -> KeyPair:
    """The RSA key pair of this name."""
    with _lock:
        return _rsa(name, bits)


def ec_pair(name: str = "idp", curve: str = "secp256r1") -> KeyPair:
    """The key pair of this name on an elliptic curve."""
    with _lock:
        return _ec(name, curve)


@cache
def opened(key: str) -> PrivateKeyTypes:
    """A private key of a pair, to sign with; to read one takes as long as to sign a hundred times."""
    return serialization.load_pem_private_key(key.encode(), None)


def certified(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, name: str, *, ended: bool = False
) -> KeyPair:
    """A key with a certificate of its own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=400))
        .not_valid_after(moment + (timedelta(days=-1) if ended else timedelta(days=400)))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


@cache
def _rsa(name: str, bits: int) -> KeyPair:
    return certified(rsa.generate_private_key(public_exponent=65537, key_size=bits), name)


@cache
def _ec(name: str, curve: str) -> KeyPair:
    curves = {
        "secp256r1": ec.SECP256R1,
        "secp384r1": ec.SECP384R1,
        "secp521r1": ec.SECP521R1,
        "secp256k1": ec.SECP256K1,
    }
    return certified(ec.generate_private_key(curves[curve]()), name)
