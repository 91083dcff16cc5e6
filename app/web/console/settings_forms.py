"""Forms of many settings: how each is shown in a field, and what of the fields is said to a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.web.console.forms import ticked
from app.web.language import say

Kind = Literal["text", "url", "number", "flag", "word", "lines"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``may_lack``: an empty field says none; ``words`` are those that may be chosen.

    Its texts are ``<prefix>.<name>``, ``….hint`` and, for a word, ``….<word>``.
    """

    name: str
    kind: Kind = "text"
    may_lack: bool = True
    words: Sequence[str] = ()
    least: int = 0
    most: int = 0


def shown(settings: Sequence[Setting], values: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the fields for these values."""
    return {one.name: _text(values.get(one.name)) for one in settings}


def read(settings: Sequence[Setting], sent: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was filled in, as services are told it, and what is wrong, by field."""
    given: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for one in settings:
        text = sent.get(one.name, "").strip()
        match one.kind:
            case "flag":
                given[one.name] = bool(ticked(one.name))
            case "lines":
                given[one.name] = list(dict.fromkeys(text.replace(",", " ").split()))
            case "number":
                if not text and one.may_lack:
                    given[one.name] = None
                elif text.isdecimal() and len(text) < 9 and one.least <= int(text) <= one.most:
                    given[one.name] = int(text)
                else:
                    problems[one.name] = say("trust.range", least=one.least, most=one.most)
            case "word":
                if text in one.words:
                    given[one.name] = text
                else:
                    problems[one.name] = say("trust.choose")
            case _:
                given[one.name] = text or None
    return given, problems


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, (list, tuple)):
        return "\n".join(map(str, value))
    return str(value)
