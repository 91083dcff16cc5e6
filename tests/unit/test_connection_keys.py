"""Our own key pairs towards connections, as the product makes them."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.services import connection_keys


@pytest.mark.usefixtures("in_earnest")
def test_s50_every_pair_is_a_new_one() -> None:
    """2048 bits of RSA, of which nobody else has any; the certificate is of the same key."""
    numbers = set()
    for _ in range(3):
        pair = connection_keys.make_pair("Muster")
        key = load_pem_private_key(pair.private.encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        assert key.key_size == 2048
        certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
        assert certificate.public_key() == key.public_key()
        numbers.add(key.public_key().public_numbers())
    assert len(numbers) == 3
