"""Configurations as text: YAML read with care, and written the same way every time.

Read: plain values only, each name once, so many values and levels and no more, also where anchors repeat them. A
place (``roles[2].name``) is found again as a line. Written: one entry a line, in a fixed order, with comments for
people behind what only machines can read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.services.errors import Refused, Wrong, wrong_in

MOST_TEXT = 4 * 1024 * 1024
MOST_VALUES, MOST_LEVELS = 200_000, 30
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@ -]*(?<! )\Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_RESOLVER = yaml.resolver.Resolver()
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS = ("str", "int", "float", "bool", "null")
# A moment stays the text that it is: the same in YAML and in JSON.
_AS_TEXT = "tag:yaml.org,2002:timestamp"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it was read. ``lines`` says on which line each value stands; empty for what was no text.

    ``within`` is where in a request it stands.
    """

    document: dict[str, Any]
    file: str
    lines: Mapping[Path, int] = field(default_factory=dict)
    within: tuple[str, ...] = ()

    def placed(self, problem: str) -> str:
        """A problem that begins with its place, with the line of it."""
        place, colon, what = problem.partition(": ")
        line = self._line(place)
        return f"{place} (line {line}){colon}{what}" if colon and line else problem

    def wrong(self, problem: str) -> Wrong:
        """The same as a place in a request: a text is one value there, whatever stands in it."""
        if self.lines:
            return Wrong(self.within, self.placed(problem))
        [one] = wrong_in([problem])
        return Wrong((*self.within, *one.at), one.detail)

    def _line(self, place: str) -> int | None:
        path: Path = tuple(int(one[1]) if one[1] else one[0] for one in _STEP.finditer(place))
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


_STEP = re.compile(r"\[(\d+)\]|[^.\[\]]+")


def read(text: str, file: str, within: tuple[str, ...] = ()) -> Source:
    """The document in a YAML text (or JSON, which is YAML). Raises Refused, naming the line."""
    try:
        return _read(text, file, within)
    except Refused as error:
        raise Refused(str(error), Wrong(within, str(error))) from error


def _read(text: str, file: str, within: tuple[str, ...]) -> Source:
    if len(text) > MOST_TEXT:
        raise Refused(f"{file} has more than {MOST_TEXT} characters")
    try:
        _measure(text)
        root = yaml.compose(text, Loader=_Loader)
        lines: dict[Path, int] = {}
        document = _Reader(lines).value(root, (), 0) if root is not None else None
    except _Unreadable as error:
        raise Refused(f"{file}, line {error.line}: {error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Refused(f"{file} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise Refused(f"{file} must have sections such as roles: at the top")
    return Source(document, file, lines, within)


class _Unreadable(Exception):
    """Something that is YAML, and yet not for us."""

    def __init__(self, message: str, mark: Any) -> None:
        super().__init__(message)
        self.line = mark.line + 1 if mark else 1


def _measure(text: str) -> None:
    """Count values and levels before anything is built of them, since building goes down by recursion."""
    values = level = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        values += isinstance(event, yaml.NodeEvent)
        if level > MOST_LEVELS:
            raise _Unreadable(f"more than {MOST_LEVELS} levels deep", event.start_mark)
        if values > MOST_VALUES:
            raise _Unreadable(f"more than {MOST_VALUES} values", event.start_mark)


class _Reader:
    """Builds plain values; what an anchor repeats counts each time."""

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines
        self._count = 0

    def value(self, node: Node, path: Path, level: int) -> Any:
        self._count += 1
        if self._count > MOST_VALUES:
            raise _Unreadable(f"anchors repeat more than {MOST_VALUES} values", node.start_mark)
        if level > MOST_LEVELS:
            raise _Unreadable("an anchor contains itself", node.start_mark)
        self._lines[path] = node.start_mark.line + 1
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if isinstance(node, SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self.value(one, (*path, number), level + 1) for number, one in enumerate(node.value)]
        if isinstance(node, MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, path, level)
        raise _Unreadable(f"the tag {node.tag} is not for configurations", node.start_mark)

    def _mapping(self, node: MappingNode, path: Path, level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else None
            if name is None or not _is_sound(name) or key.tag == "tag:yaml.org,2002:merge":
                raise _Unreadable("names are plain text", key.start_mark)
            if name in found:
                raise _Unreadable(f'"{name}" stands here a second time', key.start_mark)
            found[name] = self.value(value, (*path, name), level + 1)
            self._lines[*path, name] = key.start_mark.line + 1
        return found


def _scalar(node: ScalarNode) -> Any:
    if not _is_sound(node.value):
        raise _Unreadable("a character here is none", node.start_mark)
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if node.tag == _AS_TEXT or kind == "str":
        return node.value
    if kind not in _TAGS:
        raise _Unreadable(f"the tag {node.tag} is not for configurations", node.start_mark)
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise _Unreadable(f"{node.value!r} is no {kind}", node.start_mark) from error


def _is_sound(value: str) -> bool:
    """Whether every database can keep it: an escape may stand for NUL, or for half a character."""
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a comment for people, which is not part of the document."""

    value: Any
    comment: str


def write(document: Mapping[str, Any], heading: Sequence[str] = ()) -> str:
    """A document as text, names in the order in which they come. Values may be ``Noted``; empty lists are ``[]``."""
    lines = [f"# {_one_line(line)}" for line in heading]
    for name, value in document.items():
        is_block = isinstance(value, Mapping | list | tuple) and bool(value)
        lines += [""] if is_block and lines else []
        lines += _entry(f"{_text(name)}:", value, 0)
    return "\n".join(lines) + "\n"


def plain(value: Any) -> Any:
    """The same without comments: what a reader finds in the text."""
    if isinstance(value, Noted):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def _entry(head: str, value: Any, indent: int) -> Iterator[str]:
    """``head`` (a name, or the dash of a list) and behind or below it a value."""
    margin, comment = "  " * indent, ""
    if isinstance(value, Noted):
        value, comment = value.value, f"  # {_one_line(value.comment)}"
    if isinstance(value, Mapping) and value:
        parts = [line for name, inner in value.items() for line in _entry(f"{_text(name)}:", inner, indent + 1)]
    elif isinstance(value, list | tuple) and value:
        parts = [line for inner in value for line in _entry("-", inner, indent + 1)]
    else:
        yield f"{margin}{head} {_text(value)}{comment}"
        return
    if head == "-" and isinstance(value, Mapping):
        # The first name stands behind the dash.
        first, *others = parts
        yield f"{margin}- {first.lstrip()}{comment}"
        yield from others
    else:
        yield f"{margin}{head}{comment}"
        yield from parts


def _text(value: Any) -> str:
    """One value on one line."""
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    if isinstance(value, str) and _PLAIN.match(value) and _means_text(value):
        return value
    if isinstance(value, str) and value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    style = '"' if isinstance(value, str) else None
    dumped: str = yaml.safe_dump(value, default_style=style, allow_unicode=True, width=2**31)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _means_text(value: str) -> bool:
    found: Any = _RESOLVER.resolve(ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]  # no types
    return bool(found == "tag:yaml.org,2002:str")


def _one_line(comment: str) -> str:
    return "".join(one if one.isprintable() else " " for one in comment)
