"""PostgreSQL: statements that are sent together and answered together (libpq's pipeline mode).

What psycopg does around a statement costs as much as the statement. So a statement is prepared on its connection
when it is first sent, and values go as the text that PostgreSQL reads; rows come back through psycopg's own loaders.
"""

from __future__ import annotations

import select
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

import orjson
from psycopg import Connection, Error
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import DataError, OperationalError, error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.json import Json, Jsonb

_PREPARED = 256
"""So many statements a connection keeps prepared; those not used for longest are forgotten."""
_NOT_DONE = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)
_STALE = (b"0A000", b"26000")
"""What is prepared no longer fits the tables, or is gone (PostgreSQL, appendix A: it has no names of its own)."""


class Step(NamedTuple):
    """A statement, with ``$1`` for its first value; ``anew`` if PostgreSQL shall keep no plan of it."""

    text: bytes
    values: Sequence[bytes | None] = ()
    anew: bool = False


class Refused(Exception):
    """The driver's error of one step. Nothing after that step was done."""

    def __init__(self, number: int, error: Exception) -> None:
        super().__init__(number)
        self.number = number
        self.error = error


class Pipeline:
    """One connection to PostgreSQL, used by one thread at a time."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._pg = connection.pgconn
        self._transformer = Transformer.from_context(connection)
        self._names: OrderedDict[bytes, bytes] = OrderedDict()
        self._number = count()
        self._readable, self._ready = select.poll(), select.poll()
        self._readable.register(self._pg.socket, select.POLLIN)
        self._ready.register(self._pg.socket, select.POLLIN | select.POLLOUT)

    def exchange(self, steps: Sequence[Step]) -> list[PGresult]:
        """Do the steps in one round trip; their results. Raises Refused for the first that fails."""
        pg = self._pg
        sent: list[tuple[int, bool]] = []
        try:
            pg.enter_pipeline_mode()
            for number, step in enumerate(steps):
                self._send(number, step, sent)
            pg.pipeline_sync()
            answers = self._receive()
        except BaseException as error:
            # Nobody can tell what is still to come over this connection.
            pg.finish()
            if isinstance(error, Error):
                raise Refused(0, error) from error
            raise
        pg.exit_pipeline_mode()
        return self._results(steps, sent, answers)

    def load(self, result: PGresult) -> list[Any]:
        """The rows of a result."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def dump(self, values: Sequence[Any]) -> list[bytes | None]:
        """Values as PostgreSQL reads them. Raises DataError."""
        return [_DUMP.get(type(value), self._dump_other)(value) for value in values]

    def _dump_other(self, value: Any) -> bytes | None:
        dumped = self._transformer.get_dumper(value, PyFormat.TEXT).dump(value)
        return None if dumped is None else bytes(dumped)

    def _send(self, number: int, step: Step, sent: list[tuple[int, bool]]) -> None:
        """Send a step, and before it what prepares it: ``sent`` is told which of both by its number."""
        text, values, anew = step
        if anew:
            self._pg.send_query_params(text, values)
        else:
            name = self._names.get(text)
            if name is None:
                name = self._names[text] = b"m%d" % next(self._number)
                self._pg.send_prepare(name, text)
                sent.append((number, False))
            self._names.move_to_end(text)
            self._pg.send_query_prepared(name, values)
        sent.append((number, True))

    def _receive(self) -> list[PGresult]:
        """One result for each that was sent."""
        pg, answers = self._pg, list[PGresult]()
        while pg.flush():  # more than goes out at once; meanwhile answers may come
            if self._ready.poll()[0][1] & ~select.POLLOUT:
                pg.consume_input()
        while True:
            # Asked only when an answer is there: waiting for it in libpq would hold up all threads.
            while pg.is_busy():
                self._readable.poll()
                try:
                    pg.consume_input()
                except OperationalError:
                    # PostgreSQL says why before it hangs up.
                    if answers and answers[-1].status == ExecStatus.FATAL_ERROR:
                        raise _error(answers[-1]) from None
                    raise
            answer = pg.get_result()
            if answer is None:
                continue
            if answer.status == ExecStatus.PIPELINE_SYNC:
                return answers
            answers.append(answer)

    def _results(
        self, steps: Sequence[Step], sent: Sequence[tuple[int, bool]], answers: Sequence[PGresult]
    ) -> list[PGresult]:
        """The results of the steps, without those of preparing them."""
        results: list[PGresult] = []
        failed: tuple[int, PGresult] | None = None
        for (number, is_prepared), answer in zip(sent, answers, strict=True):
            is_done = answer.status not in _NOT_DONE
            if failed is None and not is_done:
                failed = number, answer
            if is_prepared:
                results.append(answer)
            elif not is_done:
                del self._names[steps[number].text]
        if failed is not None:
            number, answer = failed
            if answer.error_field(DiagnosticField.SQLSTATE) in _STALE:
                self._names.pop(steps[number].text, None)
            raise Refused(number, _error(answer))
        if len(self._names) > _PREPARED:
            self._forget()
        return results

    def _forget(self) -> None:
        """Forget the statement that was not used for longest."""
        while len(self._names) > _PREPARED:
            _, name = self._names.popitem(last=False)
            self._pg.exec_(b"DEALLOCATE " + name)


def _error(answer: PGresult) -> Exception:
    """What psycopg would raise; without a code it was not the server that refused, but the way to it that broke."""
    if answer.error_field(DiagnosticField.SQLSTATE) is None:
        return OperationalError((answer.error_message or b"the connection was lost").decode(errors="replace"))
    return error_from_result(answer)


def _text(value: str) -> bytes:
    if "\0" in value:  # which would end the value for libpq
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


def _texts(values: list[str]) -> bytes:
    quoted = ",".join([_quoted(value) for value in values])
    return _text(f"{{{quoted}}}")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"') if "\\" in value or '"' in value else value
    return f'"{escaped}"'


def _json(value: Json | Jsonb) -> bytes:
    return orjson.dumps(value.obj)


_DUMP: dict[type, Callable[[Any], bytes | None]] = {
    str: _text,
    int: lambda value: b"%d" % value,
    bool: lambda value: b"t" if value else b"f",
    type(None): lambda _: None,
    datetime: lambda value: value.isoformat().encode(),
    list: _texts,
    Json: _json,
    Jsonb: _json,
}
"""How a value is written, by its type; all others are left to psycopg. Lists are of texts (``app.stores.lists``)."""
