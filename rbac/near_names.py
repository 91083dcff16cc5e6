"""Names that are nearly alike: what somebody may have meant, found among many without comparing each with each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbac.patterns import Known, Pattern, capture_key, folded

_WORD = 4
"""Short words, such as EU and US, mean different things."""


def near_names(names: Iterable[str], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a name and a known one that differ in case or separators only, or in one letter of one longer word.

    Equal ones are pairs, too: there may be two things of one name. Words that have a digit must be equal.
    """
    by_form: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in known:
        for form in _forms(_words(one)):
            by_form[form].append(one)
    for name in names:
        words, seen = _words(name), set[str]()
        for form in _forms(words):
            for one in by_form.get(form, ()):
                if one not in seen and _is_near(words, _words(one)):
                    seen.add(one)
                    yield name, one


def why_not(pattern: Pattern, name: str, means: Known) -> str | None:
    """Why a name that looks as if it fitted a pattern means nothing to it; None where it does not look so at all."""
    text = folded(name)
    if not text.startswith(pattern.literals[0]):
        return _other_separators(pattern, text)
    captured = _captured(pattern, text)
    if captured is None:
        return None
    for capture, said in captured:
        there_are = {"role": means.roles, "business_unit": means.units}.get(capture)
        if there_are is None or capture_key(said) in there_are:
            continue
        what = "role" if capture == "role" else "business unit"
        close = [key for _, key in near_names([said], there_are)]
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f'"{said}" is no {what} that it may capture{hint}'
    return None


def _other_separators(pattern: Pattern, text: str) -> str | None:
    first = capture_key(pattern.literals[0])
    if first.strip(" ") and capture_key(text).startswith(first):
        return "its separators are others than those of the pattern"
    return None


def _captured(pattern: Pattern, text: str) -> list[tuple[str, str]] | None:
    """What each capture would be, each as short as it can; None where the literals are not there."""
    found, at = [], len(pattern.literals[0])
    for number, capture in enumerate(pattern.captures):
        literal = pattern.literals[number + 1]
        if number + 1 == len(pattern.captures):
            end = len(text) - len(literal) if text.endswith(literal) else -1
        else:
            end = text.find(literal, at + 1)
        if end <= at:
            return None
        found.append((capture, text[at:end]))
        at = end + len(literal)
    return found


def _words(name: str) -> tuple[str, ...]:
    # Every separator is the same to a capture's key; which one it is does not matter here.
    separator = capture_key("-")
    return tuple(word for word in capture_key(name.strip()).split(separator) if word)


def _forms(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words, and the words with one letter less in one of them: two names that are near share a form."""
    yield words
    for number, word in enumerate(words):
        if len(word) >= _WORD and word.isalpha():
            for place in range(len(word)):
                yield (*words[:number], word[:place] + word[place + 1 :], *words[number + 1 :])


def _is_near(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if len(one) != len(other):
        return False
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if not differing:
        return True
    return len(differing) == 1 and all(len(word) >= _WORD and word.isalpha() for word in differing[0])
