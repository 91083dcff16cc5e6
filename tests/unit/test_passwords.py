"""What is accepted as a password, and that a hash says nothing and takes as long for nobody as for somebody."""

from __future__ import annotations

import time

import pytest

from app.services import passwords
from app.services.errors import Refused

pytestmark = pytest.mark.usefixtures("in_earnest")

NAMES = ("olivia.owner@acme.example", "Northwind Traders")
GOOD = (
    "correct horse battery staple",
    "k9#vQ2!mZ8@p",
    "ñandú cigüeña murciélago",
    "日本語のとても長い合言葉です",
    "twelve chars",
    "x" * 3 + "yzabcdefghij1!",
    "olivia.owner@acme.example likes long walks",
)
BAD = {
    "short": "12 to 256",
    "x" * 11: "12 to 256",
    "ab" * 129: "12 to 256",
    "aaaaaaaaaaaaaaaa": "same few",
    "abababababab": "same few",
    "password1234": "everybody",
    "Password Password!": "everybody",
    "CONTRASEÑA2026": "everybody",
    "qwertyuiop123456": "everybody",
    "abcdefghijklmnop": "row",
    "zyxwvutsrqponm": "row",
    "9876543210987": "row",
    "olivia.owner1": "name",
    "northwind-2026": "name",
    "control\tcharacter": "control",
}


@pytest.mark.parametrize("password", GOOD)
def test_good_ones(password: str) -> None:
    """Kept as Argon2id with the least work that OWASP recommends, and recognised in whatever form they are typed."""
    kept = passwords.hashed(password, NAMES)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert password not in kept
    assert passwords.is_right(kept, password)
    assert not passwords.is_right(kept, password + "x")
    assert passwords.renewed(kept, password) is None


@pytest.mark.parametrize("password", BAD)
def test_bad_ones(password: str) -> None:
    """Each with the reason."""
    with pytest.raises(Refused, match=BAD[password]):
        passwords.hashed(password, NAMES)


def test_one_form_of_unicode() -> None:
    """Composed and decomposed, full width and half width are the same password."""
    kept = passwords.hashed("cafe\u0301 con leche y pan")
    assert passwords.is_right(kept, "caf\u00e9 con leche y pan")
    assert passwords.is_right(kept, "ｃａｆé con leche y pan")


def test_r06_nobody_takes_as_long_as_somebody() -> None:
    """And is never right, whatever is kept: also what is no hash at all."""
    kept = passwords.hashed("correct horse battery staple")

    def seconds(known: str | None) -> float:
        began = time.thread_time()
        assert not passwords.is_right(known, "wrong wrong wrong")
        return time.thread_time() - began

    took = [(seconds(kept), seconds(None)) for _ in range(16)]
    somebody, nobody = (min(some) for some in zip(*took, strict=True))
    assert 0.4 < nobody / somebody < 2.5
    assert not passwords.is_right("no hash", "no hash")
    assert not passwords.is_right(None, "nobody's password, so that unknown people take as long as known ones")
