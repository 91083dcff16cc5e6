"""A list as CSV (RFC 4180), as long as it is, row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Response, request

from app import audit, unit_of_work
from app.db import Database
from app.services import audit_trail
from app.web import who
from app.web.console.lists import Asked
from app.web.language import say
from muster.filters import InvalidFilter, TooMany

_PORTION = 500
_ACTS = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")
"""Where a spreadsheet would begin a formula; names come from outside.

A cell begins with the text, but also after what separates cells elsewhere: where numbers have a comma, as in Spain,
spreadsheets part a file at its semicolons, in the midst of our texts.
"""


def is_wanted() -> bool:
    """Whether this request asks for a file in place of a page."""
    return request.args.get("format") == "csv"


def export(wish: Asked) -> Response:
    """All rows that were asked for, in the chosen columns."""
    person, actor = who.person(), audit.acting(unit_of_work.of(request.environ).session)
    titles = [str(say(f"{wish.table.name}.column.{column.name}")) for column in wish.shown]
    database = unit_of_work.database()
    lines = _lines(database, actor, person.account_id, wish, titles)
    first = next(lines)  # a filter that is wrong is told before the file begins
    audit_trail.list_taken(unit_of_work.of(request.environ).session, person.account_id, wish.table.name)
    response = Response(_joined(first, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{wish.table.name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(
    database: Database, actor: audit.Actor, account_id: str, wish: Asked, titles: Sequence[str]
) -> Iterator[str]:
    place, is_first = None, True
    while is_first or place is not None:
        with database.reading() as session:
            audit.begin(session, actor)
            try:
                rows, place = wish.table.rows.read(session, account_id, wish.wanted(_PORTION, place))
            except (InvalidFilter, TooMany) as error:
                rows, place = (), None
                titles = [str(error)]
            content = [[cell(column.plain(row)) for column in wish.shown] for row in rows]
        # The mark tells spreadsheets that it is UTF-8.
        yield "\ufeff" + _written([list(titles), *content]) if is_first else _written(content)
        is_first = False


def _joined(first: str, others: Iterator[str]) -> Iterator[bytes]:
    yield first.encode()
    for one in others:
        yield one.encode()


def _written(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def cell(value: object) -> str:
    """A value as a cell of a file, which no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return _ACTS.sub(r"\1'", str(value))
