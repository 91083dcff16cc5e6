"""An authenticator of passkeys in software: makes keys, and signs as W3C WebAuthn level 3 §6 says, or otherwise."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """Holds one passkey. ``counts``: its counter grows; ``verifies``: it asks who holds it."""

    origin: str
    counts: bool = True
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    handle: bytes = b""

    def create(self, options: str, **changes: Any) -> str:
        """Answer ``navigator.credentials.create``; ``changes`` make the answer a wrong one."""
        asked = json.loads(options)
        self.handle = decoded(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        data = self._data(asked["rp"]["id"], ATTESTED, changes) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], changes)
        response = {"clientDataJSON": encoded(client), "attestationObject": encoded(made), "transports": ["internal"]}
        return self._answer(response)

    def get(self, options: str, **changes: Any) -> str:
        """Answer ``navigator.credentials.get``."""
        asked = json.loads(options)
        if self.counts:
            self.count += 1
        data = self._data(asked["rpId"], 0, changes)
        client = self._client("webauthn.get", asked["challenge"], changes)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(changes.get("signature", signed)),
            "userHandle": encoded(changes.get("handle", self.handle)),
        }
        return self._answer(response)

    def _data(self, party: str, more: int, changes: dict[str, Any]) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        hashed = hashlib.sha256(changes.get("party", party).encode()).digest()
        return hashed + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(client | {name: changes[name] for name in client if name in changes}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        named = {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key"}
        return json.dumps(named | {"response": response, "clientExtensionResults": {}})


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
