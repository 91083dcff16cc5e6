"""How a session speaks to PostgreSQL: in as few round trips as answers allow (``app.channels``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from psycopg import Error as PsycopgError
from psycopg.pq.abc import PGresult

from app import set_wise
from app.channels import Announce, Known, Later, Refuse
from app.pipeline import Pipeline, Refused, Step
from app.prepared import Form, Rows, Values

_FEW = 6
"""So many rows of a kind are sent one by one; unfolding them in the database would cost more."""
_MOST = 100
"""So many statements wait at most for those that come."""


class _Waiting(NamedTuple):
    """What is sent with the next exchange."""

    step: Step
    text: str
    refuse: Refuse | None
    take: Callable[[PGresult], None] | None = None


_BEGIN, _COMMIT = "BEGIN", "COMMIT"


class PostgresChannel:
    """Statements wait until the answer of one is needed, and then go together."""

    def __init__(self, pipeline: Pipeline, known: Known, announce: Announce) -> None:
        self._pipeline = pipeline
        self._known = known
        self._announce = announce
        self._waiting: list[_Waiting] = []

    def ask(self, form: Form, values: Values | None) -> Rows:
        """Run a statement, after all that waits; its rows."""
        self._add(form, values, None)
        answer = self._exchange()[-1]
        return form.rows(self._pipeline.load(answer)) if form.returns else Rows()

    def ask_later(self, form: Form, values: Values | None) -> Later:
        """Run a statement with the next."""
        later, load = Later(self.settle), self._pipeline.load
        self._add(form, values, None, lambda answer: later.come(form.rows(load(answer))))
        return later

    def put(self, form: Form, values: Values | None, refuse: Refuse | None) -> None:
        """Run a statement with the next."""
        self._add(form, values, refuse)
        if len(self._waiting) >= _MOST:
            self._exchange()

    def put_many(self, form: Form, rows: Sequence[Values], refuse: Refuse | None) -> None:
        """Run it for each of these, many at once if the database can unfold them."""
        if form.set_wise is None or len(rows) <= _FEW:
            for values in rows:
                self.put(form, values, refuse)
            return
        self._announce(form, rows)
        unfolded = Step(form.set_wise.encode(), [set_wise.parameter(rows)])
        self._waiting.append(_Waiting(unfolded, form.set_wise, refuse))

    def settle(self) -> None:
        """Send what waits."""
        if self._waiting:
            self._exchange()

    def begin(self) -> None:
        """Begin with the next statement."""
        self._command(_BEGIN)

    def commit(self) -> None:
        """Send what waits, and end the transaction. Nothing is sent if nothing was done."""
        if self._is_begun() or len(self._waiting) > 1:
            self._command(_COMMIT)
            # PostgreSQL says so when an error within the transaction has undone it.
            if self._exchange()[-1].command_status != b"COMMIT":
                raise RuntimeError("the transaction had failed and was rolled back instead of committed")
        self._waiting.clear()

    def rollback(self) -> None:
        """End the transaction if it was begun."""
        was_begun = self._is_begun()
        self._waiting.clear()
        if was_begun:
            self._command("ROLLBACK")
            self._exchange()

    def savepoint(self, name: str) -> None:
        """Begin a savepoint with the next statement, but not before all else is done that waits."""
        if len(self._waiting) > (0 if self._is_begun() else 1):
            self._exchange()
        self._command(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        """Send what waits, and end a savepoint."""
        self._command(f"RELEASE SAVEPOINT {name}")
        self._exchange()

    def undo(self, name: str) -> None:
        """Undo and end a savepoint."""
        begins = next((at for at, one in enumerate(self._waiting) if one.text == f"SAVEPOINT {name}"), None)
        if begins is not None:  # it was never sent
            del self._waiting[begins:]
            return
        self._waiting.clear()
        self._command(f"ROLLBACK TO SAVEPOINT {name}")
        self._command(f"RELEASE SAVEPOINT {name}")
        self._exchange()

    def leave(self) -> None:
        """Nobody waits for it."""

    def _is_begun(self) -> bool:
        return not (self._waiting and self._waiting[0].text == _BEGIN)

    def _add(
        self,
        form: Form,
        values: Values | None,
        refuse: Refuse | None,
        take: Callable[[PGresult], None] | None = None,
    ) -> None:
        bound = form.bind(values)
        self._announce(form, bound)
        try:
            step = Step(form.wire, self._pipeline.dump(bound), form.anew)
        except PsycopgError as error:
            raise self._known(form.text, error, refuse) from error
        self._waiting.append(_Waiting(step, form.text, refuse, take))

    def _command(self, text: str) -> None:
        is_frequent = text in (_BEGIN, _COMMIT)
        self._waiting.append(_Waiting(Step(text.encode(), anew=not is_frequent), text, None))

    def _exchange(self) -> list[PGresult]:
        """Send what waits; all answers."""
        waiting, self._waiting = self._waiting, []
        try:
            answers = self._pipeline.exchange([one.step for one in waiting])
        except Refused as refused:
            one = waiting[refused.number]
            raise self._known(one.text, refused.error, one.refuse) from refused.error
        for one, answer in zip(waiting, answers, strict=True):
            if one.take is not None:
                one.take(answer)
        return answers
