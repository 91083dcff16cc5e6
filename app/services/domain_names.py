"""Names of domains, as they are compared: ASCII, lower case, IDNA 2008 (RFC 5891), without a dot at the end.

Two names that look alike are two names: nothing is mapped that a person might not see, so no full-width or Kelvin sign
ever becomes an ASCII letter (L-9).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import ip_address

import idna
from publicsuffixlist import PublicSuffixList

MOST_NAME = 230
"""With the name of the challenge in front, DNS can still ask for it."""
_RESERVED = frozenset({"localhost", "local", "invalid", "onion", "arpa", "alt"})
"""Top levels that nobody can own (RFC 6761, RFC 6762, RFC 7686, RFC 9476)."""
_PLAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_suffixes = lru_cache(maxsize=1)(PublicSuffixList)  # read when it is first asked for: that takes a while


class BadName(ValueError):
    """This is no name that somebody could own, and why."""


def normal(text: str) -> str:
    """A domain as it is compared. Raises BadName."""
    said = text.strip()
    if any(not letter.isascii() and unicodedata.normalize("NFC", letter).isascii() for letter in said):
        raise BadName(f"{said[:80]!r} has a letter that only looks like an ASCII one")
    name = "".join(map(_lower, unicodedata.normalize("NFC", said))).removesuffix(".")
    try:
        plain = idna.encode(name).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadName(f"{said[:80]!r} is no domain: send it as acme.com, without anything around it") from error
    if not _PLAIN.fullmatch(plain):
        raise BadName(f"{said[:80]!r} is no domain: send it as acme.com, without anything around it")
    return plain


def claimable(text: str) -> str:
    """A domain that an account may claim, as it is compared. Raises BadName."""
    name = normal(text)
    if len(name) > MOST_NAME:
        raise BadName(f"a domain has at most {MOST_NAME} characters here")
    if _is_address(name):
        raise BadName("an address of a network is no domain")
    if name.rpartition(".")[2] in _RESERVED:
        raise BadName(f"{name} belongs to nobody: names that end so are reserved")
    if _suffixes().is_public(name):
        raise BadName(f"{name} is a public suffix, below which anybody may have a domain; claim the one that is yours")
    return name


def shown(name: str) -> str:
    """A domain as its owner writes it."""
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


def of_address(address: str) -> str | None:
    """The domain of an e-mail address, as it is compared; None if this is no address that we compare (L-9)."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not local.isascii():
        return None
    try:
        return normal(domain)
    except BadName:
        return None


def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if letter.isascii() or not lower.isascii() else letter


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        # 1.2.3 and the like are addresses, too, to some.
        return name.rpartition(".")[2].isdigit()
    return True
