"""What services, stores and cores say, in the reader's language.

They speak English, to programs, logs and terminals alike. Where a page shows their words, the template that made them
is recognised and its Spanish one filled with the same values. What has none stays as it is, marked as English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from markupsafe import Markup, escape

from app.web.language import language
from app.web.texts.messages import MESSAGES, PARTS

_MOST = 4_000
"""Longer texts are no messages of ours; nor are those of more pieces or levels."""
_MOST_PIECES, _MOST_LEVELS = 50, 4
_WEAK = 5
"""Parts such as ``{} in {}`` explain so little of a text that a list of other parts is thought of first."""


def worded(text: str, *, part: bool = False, theirs: bool = False) -> Markup:
    """A message as a page shows it; what a page has said in its own words already is left alone.

    ``part``: it is no sentence, but what somebody is given or a list, as messages have it in them. ``theirs``: somebody
    may have written it, so that nobody knows its language if it is none of ours.
    """
    if isinstance(text, Markup) or language() == "en":
        return escape(text)
    return Markup("\n").join(_line(line, part=part, theirs=theirs) for line in text.split("\n"))


def spanish(text: str, *, part: bool = False) -> str | None:
    """A message of one line in Spanish, or None if it is not known."""
    if len(text) > _MOST:
        return None
    if part:
        found = _value(text, 0)
        return None if found == text else found
    return _known(_SAID, text, 0)


def _line(line: str, *, part: bool, theirs: bool) -> Markup:
    bare = line.lstrip()
    found = spanish(bare, part=part)
    if found is not None:
        return escape(found)
    return Markup('<span lang="en">{}</span>').format(line) if " " in bare and not (theirs or part) else escape(line)


@dataclass(frozen=True, slots=True)
class Template:
    """``literals`` stand around the values in English; ``filled`` are text, value and whether that is translated.

    ``weight`` is how much of a text it explains: the template that explains most is the one that made it. ``ends``: its
    last value is words of ours, so that names are before it; else they are rather at the beginning.
    """

    literals: tuple[str, ...]
    filled: tuple[tuple[str, int | None, bool], ...]
    weight: int
    ends: bool

    @classmethod
    def of(cls, english: str, there: str) -> Template:
        """Both languages' templates, as the catalogue has them."""
        literals = [""]
        for literal, field, _, _ in Formatter().parse(english):
            literals[-1] += literal
            if field is not None:
                literals.append("")
        filled = tuple(
            (literal, None if field is None else int(field), said == "t")
            for literal, field, said, _ in Formatter().parse(there)
        )
        ends = not literals[-1] and any(index == len(literals) - 2 and how for _, index, how in filled)
        return cls(tuple(literals), filled, sum(map(len, literals)), ends)

    def values(self, text: str) -> list[str] | None:
        """What stands for the values in a text that this template made; None if it did not.

        Each literal is taken where it is first met from one end. That finds a way whenever there is one, without ever
        going back, so that no name makes it slow.
        """
        first, last = self.literals[0], self.literals[-1]
        if len(self.literals) == 1:
            return [] if text == first else None
        begin, end = len(first), len(text) - len(last)
        if end < begin or not text.startswith(first) or not text.endswith(last):
            return None
        before, after = [], []
        between = self.literals[1:-1]
        for literal in between if self.ends else reversed(between):
            at = text.find(literal, begin, end) if self.ends else text.rfind(literal, begin, end)
            if at < 0:
                return None
            if self.ends:
                before.append(text[begin:at])
                begin = at + len(literal)
            else:
                after.append(text[at + len(literal) : end])
                end = at
        return [*before, text[begin:end], *reversed(after)]


class Catalogue:
    """Templates, found by how a text begins or ends."""

    def __init__(self, *texts: Mapping[str, str]) -> None:
        self._whole: dict[str, Template] = {}
        self._by_first: dict[str, list[Template]] = {}
        self._by_last: dict[str, list[Template]] = {}
        self._others: list[Template] = []
        for english, there in (pair for one in texts for pair in one.items()):
            self._add(Template.of(english, there))
        for some in (*self._by_first.values(), *self._by_last.values(), self._others):
            some.sort(key=lambda one: -one.weight)

    def find(self, text: str, least: int = 0) -> tuple[Template, list[str]] | None:
        """The template that made a text, and the values in it; of those that explain more than ``least`` of it."""
        whole = self._whole.get(text)
        if whole is not None:
            return whole, []
        best: tuple[Template, list[str]] | None = None
        for some in (
            self._by_first.get(text.partition(" ")[0], ()),
            self._by_last.get(text.rpartition(" ")[2], ()),
            self._others,
        ):
            found = next(_matching(some, text, best[0].weight if best else least), None)
            best = found or best
        return best

    def _add(self, template: Template) -> None:
        first, last = template.literals[0], template.literals[-1]
        if len(template.literals) == 1:
            self._whole[first] = template
        elif " " in first:
            self._by_first.setdefault(first.partition(" ")[0], []).append(template)
        elif " " in last:
            self._by_last.setdefault(last.rpartition(" ")[2], []).append(template)
        else:
            self._others.append(template)


_SAID = Catalogue(MESSAGES)
_SPOKEN = Catalogue(MESSAGES, PARTS)


def _matching(some: Iterable[Template], text: str, weight: int) -> Iterator[tuple[Template, list[str]]]:
    for template in some:
        if template.weight <= weight:
            return
        values = template.values(text)
        if values is not None:
            yield template, values


def _known(catalogue: Catalogue, text: str, level: int, least: int = 0) -> str | None:
    found = catalogue.find(text, least)
    if found is None or level or not found[0].literals[0]:  # there may be several, unless one says how all of it begins
        several = _several(catalogue, text, level)
        if several is not None:
            return several
    if found is not None:
        return _filled(*found, level + 1)
    head, colon, tail = text.partition(": ")  # such as ``rules[0].name: …``
    rest = _known(catalogue, tail, level + 1, least) if colon and level < _MOST_LEVELS else None
    if rest is None:
        return None
    about = _SPOKEN.find(head, _WEAK)
    return f"{head if about is None or about[1] else _filled(*about, level)}: {rest}"


def _several(catalogue: Catalogue, text: str, level: int) -> str | None:
    """Messages one after the other, if each of them is known."""
    pieces = text.split("; ")
    if not 1 < len(pieces) <= _MOST_PIECES:
        return None
    said = [_known(catalogue, piece, level + 1, _WEAK) for piece in pieces]
    known = [one for one in said if one is not None]
    return "; ".join(known) if len(known) == len(said) else None


def _filled(template: Template, values: list[str], level: int) -> str:
    return "".join(
        literal + ("" if index is None else _value(values[index], level) if translated else values[index])
        for literal, index, translated in template.filled
    )


def _value(text: str, level: int) -> str:
    """A value that is made of words of ours: messages, a part of one, or a list of parts."""
    if not text or level > _MOST_LEVELS:
        return text
    found = _known(_SPOKEN, text, level, _WEAK)
    if found is None:
        found = _pieces(text, level)
    return found if found is not None else _known(_SPOKEN, text, level) or text


def _pieces(text: str, level: int) -> str | None:
    """A list, or a part with its number, if something in it is known."""
    for separator in (", ", ": "):
        pieces = text.split(separator)
        if 1 < len(pieces) <= _MOST_PIECES:
            said = [_value(piece, level + 1) for piece in pieces]
            if said != pieces:
                return separator.join(said)
    return None
