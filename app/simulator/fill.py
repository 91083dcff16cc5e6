"""Placeholders in requests and expectations, and the merging of what a provider puts back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z_0-9]*)\}")


class Missing(LookupError):
    """A placeholder whose value no step has captured."""


def fill(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with its placeholders replaced, keys included.

    A text that is one placeholder becomes what was captured, of whatever type. Raises Missing.
    """
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value)
        return _value(whole, known) if whole else _PLACEHOLDER.sub(lambda found: str(_value(found, known)), value)
    if isinstance(value, Mapping):
        return {fill(name, known): fill(item, known) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill(item, known) for item in value]
    return value


def fill_path(path: str, known: Mapping[str, Any]) -> str:
    """The path with what is filled in encoded, so that an id can never lead elsewhere. Raises Missing."""
    return _PLACEHOLDER.sub(lambda found: quote(str(_value(found, known)), safe="", errors="replace"), path)


def laid_over(document: Any, changes: Any) -> Any:
    """The document with the changes merged in; a change of None leaves the attribute out."""
    if not isinstance(document, dict) or not isinstance(changes, dict):
        return changes
    merged = document | {name: laid_over(document.get(name), value) for name, value in changes.items()}
    return {name: value for name, value in merged.items() if not (name in changes and value is None)}


def _value(found: re.Match[str], known: Mapping[str, Any]) -> Any:
    try:
        return known[found[1]]
    except KeyError:
        raise Missing(found[1]) from None
