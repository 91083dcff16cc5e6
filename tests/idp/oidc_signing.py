"""Signed tokens as an OpenID provider, or somebody who would like to be one, makes them (RFC 7515).

Nothing of the library that verifies them is used here: bytes, and the primitives of ``cryptography``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


@dataclass(frozen=True)
class SigningKey:
    """A private key, and how its public part is announced."""

    private: Any
    kid: str | None = None

    def sign(self, algorithm: str, content: bytes) -> bytes:
        """The signature of a content (RFC 7518 §3)."""
        digest = HASHES[algorithm[2:]]
        match algorithm[:2]:
            case "RS":
                return bytes(self.private.sign(content, padding.PKCS1v15(), digest))
            case "PS":
                pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
                return bytes(self.private.sign(content, pss, digest))
        r, s = decode_dss_signature(self.private.sign(content, ec.ECDSA(digest)))
        size = (self.private.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def jwk(self, **more: Any) -> dict[str, Any]:
        """The public part as a JWK (RFC 7517); ``...`` leaves a member out."""
        numbers = self.private.public_key().public_numbers()
        if isinstance(self.private, rsa.RSAPrivateKey):
            found = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        else:
            size = (self.private.key_size + 7) // 8
            curve = next(name for name, one in CURVES.items() if one.name == self.private.curve.name)
            found = {"kty": "EC", "crv": curve, "x": number(numbers.x, size), "y": number(numbers.y, size)}
        return without_gaps({**found, "use": "sig", **({"kid": self.kid} if self.kid else {}), **more})

    def pem(self) -> str:
        """The private key as it is stored."""
        return str(
            self.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode()
        )

    def public_pem(self) -> bytes:
        """The public key as a text, which everybody knows: the secret of an old attack on HS256."""
        return bytes(
            self.private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )


@cache
def rsa_key(kid: str | None = "one", bits: int = 2048) -> SigningKey:
    """An RSA key; the same one for the same name, since making one takes long."""
    return SigningKey(rsa.generate_private_key(public_exponent=65537, key_size=bits), kid)


@cache
def ec_key(kid: str | None = "ec", curve: str = "P-256") -> SigningKey:
    """A key of an elliptic curve."""
    return SigningKey(ec.generate_private_key(CURVES[curve]), kid)


def compact(header: Any, payload: Any, key: SigningKey | bytes | None, algorithm: str) -> str:
    """A token of these parts; bytes are taken as they are. ``key`` may be the secret of HS256, or nothing."""
    signed = f"{encoded(header)}.{encoded(payload)}"
    if key is None:
        return signed + "."
    if isinstance(key, bytes):
        signature = hmac.digest(key, signed.encode(), f"sha{algorithm[2:]}")
    else:
        signature = key.sign(algorithm, signed.encode())
    return f"{signed}.{base64url(signature)}"


def at_hash(access_token: str, algorithm: str) -> str:
    """The left half of the access token's digest (OpenID Connect Core §3.1.3.6)."""
    digest = hashlib.new(f"sha{algorithm[2:]}", access_token.encode()).digest()
    return base64url(digest[: len(digest) // 2])


def without_gaps(members: dict[str, Any]) -> dict[str, Any]:
    """Without those that are ``...``."""
    return {name: value for name, value in members.items() if value is not ...}


def encoded(part: Any) -> str:
    """A part of a token: an object as JSON, or bytes."""
    return base64url(part if isinstance(part, bytes) else json.dumps(part).encode())


def base64url(content: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def number(value: int, size: int | None = None) -> str:
    """A number of a JWK."""
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))
