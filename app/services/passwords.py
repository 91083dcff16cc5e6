"""Passwords of the local door: what is accepted as one, and how it is kept (Argon2id, RFC 9106).

Long rather than complicated, as NIST SP 800-63B §3.1.1 wants it: any characters, compared in one Unicode form (NFKC);
none that is made of what everybody tries first, or of what the person and the account are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.services.errors import Refused, Wrong
from scim.keys import fold

LEAST, MOST = 12, 256
_FEWEST_DIFFERENT = 5
_SHORT_NAME = 4
"""Shorter words are in many passwords by chance."""
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The least that OWASP recommends: nobody may hold a worker for long by guessing."""
_NOBODYS = _HASHER.hash("nobody's password, so that unknown people take as long as known ones")
_WORDS = """
    password passwort passwd contrasena contraseña clave secret secreto admin administrator administrador root welcome
    bienvenido letmein iloveyou teamo qwerty qwertyuiop qwertz asdfgh asdfghjkl zxcvbnm monkey dragon football futbol
    baseball sunshine princess princesa superman batman master maestro login default changeme trustno hello hola summer
    winter spring autumn verano invierno muster company empresa temp temporary test abc abcd abcdef abcdefgh
    abcdefghijkl
"""
_TRIED_FIRST = frozenset(_WORDS.split())
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm")
_LONGEST_RUN = 6
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def hashed(password: str, names: Iterable[str] = ()) -> str:
    """A password as it is kept. Raises Refused for one that is easily guessed by who knows these names."""
    problem = _problem(normalize("NFKC", password), names)
    if problem is not None:
        raise Refused(f"this password is refused: {problem}", Wrong(("password",), problem))
    return _HASHER.hash(normalize("NFKC", password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether this is the password; takes as long for somebody who has none, who is never right."""
    try:
        return _HASHER.verify(kept or _NOBODYS, normalize("NFKC", password[: MOST * 4])) and kept is not None
    except (Argon2Error, InvalidHashError):
        return False


def renewed(kept: str, password: str) -> str | None:
    """The hash by which a right password is to be kept from now on, if that is another one."""
    return _HASHER.hash(normalize("NFKC", password)) if _HASHER.check_needs_rehash(kept) else None


def _problem(password: str, names: Iterable[str]) -> str | None:
    if not LEAST <= len(password) <= MOST:
        return f"it must have {LEAST} to {MOST} characters"
    if any(ord(character) < ord(" ") for character in password):
        return "it has a control character"
    folded = fold(password)
    if len(set(folded)) < _FEWEST_DIFFERENT:
        return "it repeats the same few characters"
    words = {word for word in _NOT_LETTERS.split(folded) if word}
    if words and words <= _TRIED_FIRST:
        return "it is made of what everybody tries first"
    if _is_run(folded):
        return "it is a row of the keyboard or the alphabet"
    if _is_name(folded, names):
        return "it is little more than the name of the person or the account"
    return None


def _is_name(folded: str, names: Iterable[str]) -> bool:
    """Whether little is left without these names and their parts."""
    parts = {part for name in names for part in re.split(r"[@.\s_-]+", fold(name)) if len(part) >= _SHORT_NAME}
    left = folded
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left != folded and len(left) < LEAST // 2


def _is_run(folded: str) -> bool:
    """Whether it is little more than neighbours on a row, forwards or backwards."""
    left = folded
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for size in range(len(row), _LONGEST_RUN - 1, -1):
            for start in range(len(row) - size + 1):
                left = left.replace(row[start : start + size], "")
    return len(left) < LEAST // 2
