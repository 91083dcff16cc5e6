"""What does not decrypt is tried so often and no more, for each connection by itself (S-15)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from app.services.decryptions import MOST, SECONDS, Decryptions
from sso.errors import LoginRefused, Reason

ENCRYPTED = b64encode(b"<saml:EncryptedAssertion/>").decode()
PLAIN = b64encode(b"<saml:Assertion/>").decode()


def test_s15_so_many_failures_and_no_more() -> None:
    moment = [0.0]
    counted = Decryptions(lambda: moment[0])

    def send(connection: str, message: str, reason: Reason | None) -> Reason | None:
        try:
            with counted.counted(connection, message):
                if reason is not None:
                    raise LoginRefused(reason, "no")
        except LoginRefused as refused:
            return refused.reason
        return None

    for _ in range(MOST):
        assert send("one", ENCRYPTED, Reason.ENCRYPTION) is Reason.ENCRYPTION
        assert send("two", ENCRYPTED, Reason.SIGNATURE) is Reason.SIGNATURE
    assert send("one", ENCRYPTED, None) is Reason.LIMITS
    # Only what would be decrypted, and only there.
    assert send("one", PLAIN, None) is None
    assert send("two", ENCRYPTED, None) is None
    moment[0] = SECONDS
    assert send("one", ENCRYPTED, None) is None


@pytest.mark.parametrize("message", ["", "é", "%%%", "AAA"])
def test_what_is_no_message_is_for_others_to_refuse(message: str) -> None:
    counted = Decryptions()
    for _ in range(MOST):
        with pytest.raises(LoginRefused), counted.counted("one", ENCRYPTED):
            raise LoginRefused(Reason.ENCRYPTION, "no")
    with counted.counted("one", message):
        pass
