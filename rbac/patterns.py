"""Patterns of group names: literal text with captures, ``mc-{business_unit}-{role}``; never regular expressions.

``{role}`` and ``{business_unit}`` stand for something that the account has, any other capture for any text. A name is
read in every way that fits, in time bounded by its length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from unicodedata import normalize

ROLE, UNIT = "role", "business_unit"
"""The captures that mean something."""
ROLE_CAPTURE, UNIT_CAPTURE = "{role}", "{business_unit}"
"""What stands for them where a rule says what it gives; no id looks like that."""
MAX_CAPTURES = 5
MAX_NAME = 256
"""Longer names are read in no way."""
MAX_READINGS = 5
"""So many readings are told of a name that has several."""

_PART = re.compile(r"\{([^{}]*)\}")
_CAPTURE_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_SEPARATORS = str.maketrans(" _.", "---")


class BadPattern(ValueError):
    """A text that is no pattern; the message says why."""


class Reading(NamedTuple):
    """What a name means: the ids that its captures stand for, None for what the pattern does not capture."""

    role_id: str | None
    unit_id: str | None


@dataclass(frozen=True)
class Pattern:
    """Literal text and captures in turn; an empty literal stands before, between and after captures.

    ``captures`` are the names, ``literals`` one more, folded. Equal by its text.
    """

    text: str
    literals: tuple[str, ...] = field(compare=False)
    captures: tuple[str, ...] = field(compare=False)

    @cached_property
    def prefix(self) -> str:
        """What every name that fits begins with, folded."""
        return self.literals[0]


@dataclass(frozen=True)
class Known:
    """What captures may stand for: ids by ``capture_key``; several ids where names differ by separators only."""

    roles: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[str, ...]]

    @cached_property
    def role_lengths(self) -> tuple[int, ...]:
        """How long the words for roles are."""
        return tuple(sorted({len(key) for key in self.roles}))

    @cached_property
    def unit_lengths(self) -> tuple[int, ...]:
        """How long the words for business units are."""
        return tuple(sorted({len(key) for key in self.units}))


def parse_pattern(text: str) -> Pattern:
    """Read a pattern. Raises BadPattern."""
    parts = _PART.split(text)
    literals, captures = parts[::2], parts[1::2]
    if any(char in literal for literal in literals for char in "{}"):
        raise BadPattern("a brace without its other half; captures are written as {role}")
    for name in captures:
        if not _CAPTURE_NAME.fullmatch(name):
            raise BadPattern(f'"{{{name[:50]}}}" is no capture; its name has small letters, digits and _')
    if len(set(captures)) < len(captures):
        raise BadPattern("a capture stands there twice")
    if len(captures) > MAX_CAPTURES:
        raise BadPattern(f"at most {MAX_CAPTURES} captures")
    if any(not literal for literal in literals[1:-1]):
        raise BadPattern("two captures need a text between them")
    if not any(literal.strip() for literal in literals):
        raise BadPattern("a pattern needs some text of its own, or it would fit every group")
    return Pattern(text, tuple(folded(literal) for literal in literals), tuple(captures))


def folded(text: str) -> str:
    """Text as it is compared: without case."""
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKC", text).casefold())


def capture_key(text: str) -> str:
    """A text, or a name that may be captured, as the two are compared: space, ``-``, ``_`` and ``.`` are equal."""
    return folded(text).translate(_SEPARATORS)


def known(roles: Iterable[tuple[str, str]], units: Iterable[tuple[str, str]]) -> Known:
    """What captures may stand for, from pairs of name and id; one id may have several names."""

    def keyed(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, id in pairs:
            found[capture_key(name)].add(id)
        return {key: tuple(sorted(ids)) for key, ids in found.items()}

    return Known(keyed(roles), keyed(units))


def readings(pattern: Pattern, name: str, means: Known) -> tuple[Reading, ...]:
    """The different meanings of a name, at most ``MAX_READINGS``; none where it does not fit.

    A rule is bound to a group whose name has exactly one.
    """
    if len(name) > MAX_NAME:
        return ()
    return tuple(sorted(_Reader(pattern, folded(name), means).read(), key=str))


class _Reader:
    """Reads one name. What follows a position is worked out once for each part of the pattern.

    A capture of any text asks for all that may follow it, which is put together from the end of the name; one that
    means something ends only where something that is known does. So no name costs more than its length, times the
    number of captures, times the number of different lengths of what they may stand for.
    """

    def __init__(self, pattern: Pattern, name: str, means: Known) -> None:
        self._literals = pattern.literals
        self._captures = pattern.captures
        self._name = name
        self._key = name.translate(_SEPARATORS)
        self._means = means
        self._seen: dict[tuple[int, int], frozenset[Reading]] = {}
        self._following: dict[tuple[int, int], frozenset[Reading]] = {}

    def read(self) -> frozenset[Reading]:
        first = self._literals[0]
        if not self._captures:
            return _ANY if self._name == first else _NONE
        return self._from(0, len(first)) if self._name.startswith(first) else _NONE

    def _from(self, number: int, start: int) -> frozenset[Reading]:
        """The meanings of the name from a position, where the capture of this number begins."""
        known = self._seen.get((number, start))
        if known is None:
            match self._captures[number]:
                case "role":
                    known = self._meant(number, start, self._means.roles, self._means.role_lengths)
                case "business_unit":
                    known = self._meant(number, start, self._means.units, self._means.unit_lengths)
                case _:
                    known = self._any(number, start)
            self._seen[number, start] = known
        return known

    def _meant(
        self, number: int, start: int, ids: Mapping[str, tuple[str, ...]], lengths: Iterable[int]
    ) -> frozenset[Reading]:
        """The meanings where a capture is one of these words."""
        literal, is_role = self._literals[number + 1], self._captures[number] == ROLE
        found: set[Reading] = set()
        if number + 1 == len(self._captures):
            lengths = (len(self._name) - len(literal) - start,)
        for length in lengths:
            end = start + length
            if end <= start or not self._name.startswith(literal, end):
                continue
            meant = ids.get(self._key[start:end], ())
            rest = self._after(number, end) if meant else _NONE
            found.update(one._replace(**{"role_id" if is_role else "unit_id": id}) for id in meant for one in rest)
        return _few(found)

    def _any(self, number: int, start: int) -> frozenset[Reading]:
        """The meanings where a capture is any text that is not blank."""
        literal, name = self._literals[number + 1], self._name
        text = next((at for at in range(start, len(name)) if not name[at].isspace()), len(name))
        if number + 1 == len(self._captures):
            return _ANY if text + 1 <= len(name) - len(literal) and name.endswith(literal) else _NONE
        found, places = _NONE, list[int]()
        at = name.find(literal, text + 1)
        while at >= 0:
            known = self._following.get((number, at))
            if known is not None:
                found = known
                break
            places.append(at)
            at = name.find(literal, at + 1)
        for at in reversed(places):
            found = self._following[number, at] = _few({*found, *self._after(number, at)})
        return found

    def _after(self, number: int, end: int) -> frozenset[Reading]:
        """What a name may mean behind a capture that ends here, and the literal that follows."""
        if number + 1 == len(self._captures):
            return _ANY
        return self._from(number + 1, end + len(self._literals[number + 1]))


_ANY, _NONE = frozenset({Reading(None, None)}), frozenset[Reading]()


def _few(found: Collection[Reading]) -> frozenset[Reading]:
    """At most as many as are told."""
    return frozenset(found if len(found) <= MAX_READINGS else sorted(found, key=str)[:MAX_READINGS])
