"""What costs a lot in earnest and would prove nothing more by it: slow hashes, and new RSA keys by the hundred."""

from __future__ import annotations

from itertools import count
from threading import Lock

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import rsa

from app.services import connection_keys, passwords

_KEYS = 16
"""Far more than there are at one connection, and no test looks at the keys of so many."""
IN_EARNEST = passwords._HASHER, passwords._NOBODYS, connection_keys.rsa
"""What the product has, for tests of just that."""


class _InTurn:
    """Makes RSA keys, and from the seventeenth on gives those that it has made again."""

    def __init__(self) -> None:
        self._made: list[rsa.RSAPrivateKey] = []
        self._numbers = count()
        self._lock = Lock()

    def generate_private_key(self, public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        """As that of ``cryptography``."""
        with self._lock:
            if len(self._made) < _KEYS:
                self._made.append(rsa.generate_private_key(public_exponent, key_size))
            key = self._made[next(self._numbers) % _KEYS]
        assert key.key_size == key_size
        return key


def install(patch: pytest.MonkeyPatch) -> None:
    """Hash passwords by Argon2id with the least work there is, and make few keys of our own towards connections."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    patch.setattr(passwords, "_HASHER", quick)
    patch.setattr(passwords, "_NOBODYS", quick.hash("nobody's password"))
    patch.setattr(connection_keys, "rsa", _InTurn())


def undo(patch: pytest.MonkeyPatch) -> None:
    """Work as hard as the product does."""
    hasher, nobodys, keys = IN_EARNEST
    patch.setattr(passwords, "_HASHER", hasher)
    patch.setattr(passwords, "_NOBODYS", nobodys)
    patch.setattr(connection_keys, "rsa", keys)
