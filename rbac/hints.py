"""What somebody may have meant by a name that is not there, told in bounded time however many names there are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest, nsmallest

from rbac.patterns import folded

MOST_HINTS = 5
"""For so many names of one document; whoever mends those sees the others."""
_NAMES, _CANDIDATES, _SHOWN = 500, 20, 3
_LIKE = 0.6


class Hints:
    """Hints for one document, of which there are ``left`` so many."""

    def __init__(self) -> None:
        self.left = MOST_HINTS

    def of(self, wanted: str, names: Iterable[str]) -> str:
        """The names that are most like this one, as the end of a sentence; empty if none is, or no hint is left.

        Of many names those are looked at that are nearly as long; of these the ones with the same letters are compared.
        """
        if not self.left:
            return ""
        self.left -= 1
        text = folded(wanted)
        matcher = SequenceMatcher(b=text)
        scored: list[tuple[float, str]] = []
        by_key = {folded(name): name for name in names}
        for key in nsmallest(_NAMES, by_key, key=lambda key: (abs(len(key) - len(text)), key)):
            matcher.set_seq1(key)
            if matcher.real_quick_ratio() >= _LIKE and (quick := matcher.quick_ratio()) >= _LIKE:
                scored.append((quick, key))
        alike: list[tuple[float, str]] = []
        for _, key in nlargest(_CANDIDATES, scored):
            matcher.set_seq1(key)
            if (ratio := matcher.ratio()) >= _LIKE:
                alike.append((ratio, by_key[key]))
        if not alike:
            return ""
        return f"; did you mean {' or '.join(repr(name) for _, name in nlargest(_SHOWN, alike))}?"
