"""How commands speak: words for people, ``--json`` for scripts, exit codes that mean something.

0 done · 1 the answer is no (a denied explain, a broken chain, a file that differs) · 2 wrong usage · 3 not found ·
4 refused or in conflict · 5 the installation is not ready.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app import audit, revision
from app.config import Settings, SettingsError
from app.db import Database
from app.services.errors import NotFound, ServiceError
from app.session import Session
from scim.errors import ScimError

NO, USAGE, NOT_FOUND, REFUSED, NOT_READY = 1, 2, 3, 4, 5
OPERATOR = audit.Actor("system", None, "muster command")

Command = TypeVar("Command", bound=Callable[..., Any])


class Failure(click.ClickException):
    """A refusal with its exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self._code = code

    def show(self, file: Any = None) -> None:
        """Print the message, then leave with the code: click has one code per class, we have one per refusal."""
        super().show(file)
        raise SystemExit(self._code)


def json_option(command: Command) -> Command:
    """Give a command ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")(command)


def emit(as_json: bool, value: Any, text: str) -> None:
    """Print a result: the value as JSON, or the text."""
    click.echo(orjson.dumps(plain(value), option=orjson.OPT_INDENT_2).decode() if as_json else text)


def plain(value: Any) -> Any:
    """Dataclasses and named tuples as dictionaries, all the way down."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def lines(headings: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> str:
    """A table for people, or what to do when there is nothing in it."""
    if not rows:
        return empty
    cells = [list(headings), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


@contextmanager
def installation(*, creates: bool = False) -> Iterator[tuple[Settings, Database]]:
    """The configured database, open; refusals become messages with exit codes.

    Only a command that ``creates`` may be the first to touch a SQLite file: opening it would leave an empty one.
    """
    try:
        settings = Settings.from_environment()
        if not creates:
            _require_file(settings.database_url)
        database = Database(settings)
    except (SettingsError, ImportError) as error:
        raise Failure(str(error), NOT_READY) from error
    try:
        yield settings, database
    except SettingsError as error:
        raise Failure(str(error), NOT_READY) from error
    except NotFound as error:
        raise Failure(str(error), NOT_FOUND) from error
    except (ServiceError, ScimError) as error:
        raise Failure(str(error), REFUSED) from error
    except DBAPIError as error:
        raise Failure(f"the database refused: {str(error.orig).splitlines()[0]}", NOT_READY) from error
    finally:
        database.dispose()


def _require_file(database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise Failure(f"there is no database {url.database}: run `muster upgrade` first", NOT_READY)


@contextmanager
def working(*, reads: bool = False) -> Iterator[tuple[Settings, Session]]:
    """One transaction on a database that is ready; commits at the end. ``reads``: no transaction at all."""
    with installation() as (settings, database):
        trouble = revision.problem(database, settings.keys())
        if trouble:
            raise Failure(trouble, NOT_READY)
        with database.reading() if reads else database.writing() as session:
            audit.begin(session, OPERATOR)
            yield settings, session


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: a value for scripts, a text for people, and the exit code."""

    value: Any
    text: str
    code: int = 0


def answering(command: Callable[..., Answer]) -> Callable[..., None]:
    """Run a command in one transaction and print its answer once that has committed.

    The command gets ``settings`` and ``session`` first; ``--json`` is added here.
    """

    return _answering(command, reads=False)


def answering_by_reading(command: Callable[..., Answer]) -> Callable[..., None]:
    """The same for a command that reads for long, and writes down only what it found out."""
    return _answering(command, reads=True)


def _answering(command: Callable[..., Answer], *, reads: bool) -> Callable[..., None]:
    @json_option
    @functools.wraps(command)
    def run(*args: Any, as_json: bool, **kwargs: Any) -> None:
        with working(reads=reads) as (settings, session):
            answer = command(settings, session, *args, **kwargs)
        emit(as_json, answer.value, answer.text)
        if answer.code:
            raise SystemExit(answer.code)

    return run
