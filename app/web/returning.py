"""Where somebody is led back to: an address of ours, never one of anybody else (S-44; RFC 9700 §4.11)."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

MOST = 4000
_ORIGIN = "https://here.invalid"
_TEXT = re.compile(r"/[!-\[\]-~]*", re.ASCII)
"""Printable ASCII without spaces and backslashes."""
_DEEPEST = 4


def local_address(text: str | None) -> str | None:
    """The path, with its query, if it leads nowhere but to this service; else None.

    What stands in the query is nobody's address before somebody makes it one; the path is looked at in every form
    that decoding gives it.
    """
    if not text or len(text) > MOST or not _TEXT.fullmatch(text):
        return None
    path = re.split(r"[?#]", text, maxsplit=1)[0]
    for _ in range(_DEEPEST):
        if not _is_harmless(path):
            return None
        path, before = unquote(path), path
        if path == before:
            break
    else:
        return None
    there = urlsplit(urljoin(_ORIGIN, text))
    return text if (f"{there.scheme}://{there.netloc}") == _ORIGIN else None


def _is_harmless(path: str) -> bool:
    return path.startswith("/") and "//" not in path and "\\" not in path and path.isprintable()
