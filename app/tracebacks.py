"""Exceptions as the log shows them: without the values that a database quotes (A-5)."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import TypeAlias

import psycopg

LEFT_OUT = "(left out)"
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]


def told(exc_info: ExcInfo) -> str:
    """A traceback with what came before it, without PostgreSQL's DETAIL, HINT and CONTEXT, which quote values."""
    text = "".join(traceback.format_exception(exc_info[1]))
    # The longest first: one may be part of another. What is quoted may have any number of lines.
    for quoted in sorted(_quoted(exc_info[1]), key=len, reverse=True):
        text = text.replace(quoted, LEFT_OUT)
    return text.rstrip("\n")


def _quoted(error: BaseException) -> set[str]:
    """What the database has said beside the message, of this exception and all that led to it."""
    found: set[str] = set()
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, psycopg.Error):
            diag = one.diag
            found |= {text for text in (diag.message_detail, diag.message_hint, diag.context) if text}
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        waiting += [other for other in (one.__cause__, one.__context__, getattr(one, "orig", None)) if other]
    return found
