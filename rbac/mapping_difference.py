"""Two mapping documents side by side: rules by name, field by field; and what two people changed, put together.

Documents are compared as they are written, but for what says nothing: a field that has its usual value, and the
names that stand beside an id for readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rbac.patterns import folded

_USUAL: Sequence[Any] = (None, False, "", [], {})
_FOR_READERS = ("name", "directory")
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule that says something else; ``fields`` has what each field said before and says after."""

    name: str
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second document has that the first one has not, the other way round, and what it says otherwise.

    ``reordered``: the rules that both have stand in another order.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[ChangedRule, ...]
    reordered: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.reordered)


@dataclass(frozen=True, slots=True)
class Merged:
    """Two changes of one document put together. In ``conflicts`` are rules that both changed; mine are kept."""

    rules: tuple[Mapping[str, Any], ...]
    conflicts: tuple[str, ...]


def compare(before: Document, after: Document) -> Difference:
    """What has changed from one document to the other."""
    one, other = _by_name(before), _by_name(after)
    both = [key for key in one if key in other]
    changed = [ChangedRule(_name(other[key]), _fields(one[key], other[key])) for key in both]
    return Difference(
        tuple(_name(rule) for key, rule in other.items() if key not in one),
        tuple(_name(rule) for key, rule in one.items() if key not in other),
        tuple(rule for rule in changed if rule.fields),
        both != [key for key in other if key in one],
    )


def merge(base: Document, mine: Document, theirs: Document) -> Merged:
    """My document, with what became of the base meanwhile: what only they changed is theirs."""
    old, own, new = _by_name(base), _by_name(mine), _by_name(theirs)
    conflicts: list[str] = []
    rules = []
    for key in [*own, *(key for key in new if key not in own)]:
        before, ours, there = (_plain(some.get(key)) for some in (old, own, new))
        if ours == before:
            chosen = new.get(key)
        elif there in (before, ours):
            chosen = own.get(key)
        else:
            chosen = own.get(key)
            conflicts.append(_name(own.get(key) or new[key]))
        if chosen is not None:
            rules.append(chosen)
    return Merged(tuple(rules), tuple(conflicts))


def _by_name(document: Document) -> dict[str, Mapping[str, Any]]:
    rules = document.get("rules")
    every = rules if isinstance(rules, Sequence) and not isinstance(rules, str) else ()
    return {folded(_name(rule)): rule for rule in every if isinstance(rule, Mapping)}


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule.get("name", ""))


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    one, other = _plain(before), _plain(after)
    keys = [key for key in {**one, **other} if key != "name" and one.get(key) != other.get(key)]
    return {key: (before.get(key), after.get(key)) for key in keys}


def _plain(value: Any) -> Any:
    """A rule, or a part of one, without what says nothing."""
    if isinstance(value, Mapping):
        said = {key: _plain(inner) for key, inner in value.items()}
        if "id" in said:
            said = {key: inner for key, inner in said.items() if key not in _FOR_READERS}
        return {key: inner for key, inner in said.items() if not _is_usual(inner)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return sorted((_plain(one) for one in value), key=repr)
    return value


def _is_usual(value: Any) -> bool:
    return any(value is usual or (type(value) is type(usual) and value == usual) for usual in _USUAL)
