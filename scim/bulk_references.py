"""References between the operations of one bulk request, ``bulkId:name`` (RFC 7644 §3.7.2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson

_WHOLE = re.compile(r"bulkId:(.+)", re.DOTALL)
# A path of PATCH or of an operation has the reference inside: members[value eq "bulkId:x"], /Users/bulkId:x.
_WITHIN = re.compile(r'(?<=["/])bulkId:([^"/\\]+)')
_SPACE = re.compile(r"\s")
_GONE = object()
_NONE: frozenset[str] = frozenset()


def references(value: Any, made: Collection[str | None] = ()) -> frozenset[str]:
    """The names that any text in a JSON value refers to.

    A whole text with spaces refers to something only if that is ``made`` here: it could be a sentence as well.
    """
    # Written out, it is looked through at once; hardly any has a reference.
    if value is None or b"bulkId:" not in orjson.dumps(value):
        return _NONE
    return frozenset(_names(value, made))


def resolve(value: Any, known: Mapping[str, str]) -> Any:
    """The value with the ids of what it refers to; names that are not known stay."""
    if not known:
        return value
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        if whole is not None:
            return known.get(whole[1], value)
        return _WITHIN.sub(lambda found: known.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {name: resolve(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [resolve(part, known) for part in value]
    return value


def without(value: Any, names: Collection[str | None]) -> Any:
    """The value without each element or complex value that refers to one of these names."""
    kept = _without(value, names)
    return None if kept is _GONE else kept


def order(needs: Sequence[Sequence[int]]) -> list[list[int]]:
    """The numbers in their order, but each one after those it needs; numbers that need each other together.

    Tarjan's algorithm, with a stack of its own: a chain may be as long as a request.
    """
    found: list[list[int]] = []
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []
    placed: set[int] = set()
    for root in range(len(needs)):
        if root in index:
            continue
        if not needs[root]:
            index[root] = len(index)
            placed.add(root)
            found.append([root])
            continue
        work: list[tuple[int, Iterator[int]]] = []
        _enter(root, needs, index, low, open_, work)
        while work:
            number, pending = work[-1]
            needed = next(pending, None)
            if needed is None:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[number])
                if low[number] == index[number]:
                    at = open_.index(number)
                    found.append(sorted(open_[at:]))
                    placed.update(open_[at:])
                    del open_[at:]
            elif needed not in index:
                _enter(needed, needs, index, low, open_, work)
            elif needed not in placed:
                low[number] = min(low[number], index[needed])
    return found


def _enter(
    number: int,
    needs: Sequence[Sequence[int]],
    index: dict[int, int],
    low: dict[int, int],
    open_: list[int],
    work: list[tuple[int, Iterator[int]]],
) -> None:
    index[number] = low[number] = len(index)
    open_.append(number)
    work.append((number, iter(needs[number])))


def _names(value: Any, made: Collection[str | None]) -> Iterator[str]:
    if isinstance(value, str):
        if "bulkId:" in value:
            whole = _WHOLE.fullmatch(value)
            if whole is None:
                yield from _WITHIN.findall(value)
            elif whole[1] in made or not _SPACE.search(whole[1]):
                yield whole[1]
    elif isinstance(value, dict):
        for part in value.values():
            yield from _names(part, made)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part, made)


def _without(value: Any, names: Collection[str | None]) -> Any:
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        return _GONE if whole is not None and whole[1] in names else value
    if isinstance(value, dict):
        kept = {name: _without(part, names) for name, part in value.items()}
        if any(kept[name] is _GONE for name in kept if name.lower() == "value"):
            return _GONE
        return {name: part for name, part in kept.items() if part is not _GONE}
    if isinstance(value, list):
        return [part for part in (_without(one, names) for one in value) if part is not _GONE]
    return value
