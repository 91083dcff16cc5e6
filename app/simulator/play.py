"""Plays a sequence step by step, gives a verdict on each, and removes what it made.

Nothing is written but to what this run created: a request that would change anything else is not sent.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from app.simulator.expect import came, complaints, described, printable
from app.simulator.fill import Missing, fill, fill_path, laid_over
from app.simulator.http import Answer, Client, Request
from app.simulator.pages import read_pages
from app.simulator.pointer import select
from app.simulator.sequence import CONSTANTS, Expectation, Sequence, Step

OK, WRONG, SKIPPED = "ok", "WRONG", "skipped"
GIVE_UP = 2
"""After so many requests in a row without an answer nothing more is asked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a step; ``wrong`` says why, or why it was left out."""

    step: str
    verdict: str
    request: str
    expected: str
    came: str
    wrong: tuple[str, ...]
    why: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts, and what is still on the server with the reason."""

    run: str
    verdicts: tuple[Verdict, ...]
    left: tuple[str, ...]

    def count(self, verdict: str) -> int:
        """How many steps ended so."""
        return sum(one.verdict == verdict for one in self.verdicts)


def play(
    sequence: Sequence,
    client: Client,
    *,
    domain: str,
    only: Collection[str] = (),
    keep: bool = False,
    tell: Callable[[Verdict], None] = lambda verdict: None,
) -> Report:
    """Play all steps up to the last that is wanted.

    With ``only`` the steps before are played too, since the wanted ones build on them, but not judged. ``tell``
    hears each verdict at once. What was created is removed at the end, also when the run is interrupted, unless
    ``keep`` is set.
    """
    player = _Player(client, domain)
    verdicts: list[Verdict] = []
    waiting = {step.name for step in sequence.steps} if not only else set(only)
    stopped = ""
    try:
        for step in sequence.steps:
            if not waiting:
                break
            verdict = _skipped(step, stopped) if stopped else player.judge(step)
            stopped = stopped or player.stopped
            if step.name in waiting:
                verdicts.append(verdict)
                tell(verdict)
                waiting.discard(step.name)
    finally:
        left = player.created() if keep else player.clean_up(sequence)
    return Report(player.run, tuple(verdicts), tuple(left))


class _Player:
    """One run: what is known so far, and what was created."""

    def __init__(self, client: Client, domain: str) -> None:
        self._client = client
        self.run = secrets.token_hex(4)
        self._known: dict[str, Any] = CONSTANTS | {
            "run": self.run,
            "RUN": self.run.upper(),
            "domain": domain,
            "DOMAIN": domain.upper(),
            "secret": secrets.token_urlsafe(12),
        }
        self._made: dict[str, bool] = {}
        self._lost: list[str] = []
        self._silence = 0
        self.stopped = ""

    def judge(self, step: Step) -> Verdict:
        """Play one step."""
        if any(self._known.get(name) != value for name, value in step.when.items()):
            return _skipped(step, "the server announces otherwise")
        try:
            request, expected = self._prepared(step)
        except Missing as missing:
            return _skipped(step, f"no earlier step gave {missing.args[0]!r}")
        if not self._may_send(request):
            return _skipped(step, "it would change something that this run did not create")
        time.sleep(step.pause)
        if step.pages:
            answer, wrong = read_pages(self._client, request, step.pages, expected)
        else:
            answer = self._client.send(request)
            wrong = complaints(expected, answer)
        self._remember(request, answer)
        wrong += self._capture(step, answer)
        self._watch(answer, step)
        return Verdict(
            step.name,
            WRONG if wrong else OK,
            printable(request.line(), 1_000),
            described(expected),
            came(answer),
            tuple(wrong),
            step.why,
            answer.milliseconds,
        )

    def created(self) -> list[str]:
        """What is there because of this run."""
        return [f"{path}: kept" for path, there in self._made.items() if there] + self._lost

    def clean_up(self, sequence: Sequence) -> list[str]:
        """Delete what was created, the latest first; returns what could not be removed."""
        left = []
        for path in [path for path, there in self._made.items() if there][::-1]:
            answer = self._client.send(Request("DELETE", path, sequence.query, sequence.headers))
            if answer.status not in (200, 204, 404):
                left.append(f"{path}: DELETE came back with {came(answer, 100)}")
        return left + self._lost

    def _prepared(self, step: Step) -> tuple[Request, Expectation]:
        body = fill(step.body, self._known)
        if step.echo:
            body = laid_over(fill(f"{{{step.echo}}}", self._known), body)
        query, headers = fill(step.query, self._known), fill(step.headers, self._known)
        request = Request(step.method, fill_path(step.path, self._known), query, headers, body)
        wanted = step.expect
        finds = None if wanted.finds is None else tuple(fill(wanted.finds, self._known))
        return request, replace(wanted, shows=fill(wanted.shows, self._known), finds=finds)

    def _may_send(self, request: Request) -> bool:
        return request.method in ("GET", "POST") or request.path in self._made or self.run in request.path

    def _remember(self, request: Request, answer: Answer) -> None:
        """Keep account of what is there, also where the answer was not the expected one."""
        if request.method == "DELETE" and answer.status in (200, 204, 404):
            self._made[request.path] = False
        if request.method != "POST" or answer.status is None or not 200 <= answer.status < 300:
            return
        id = _identifier(answer)
        if id is None:
            name = request.body.get("userName") or request.body.get("displayName")
            self._lost.append(f"{request.path}: {name} was perhaps created, and the answer has no id")
            return
        self._made[fill_path(f"{request.path}/{{id}}", {"id": id})] = True

    def _capture(self, step: Step, answer: Answer) -> list[str]:
        if answer.status is None or not 200 <= answer.status < 300:
            return []
        wrong = []
        for name, pointer in step.capture.items():
            found = select(answer.body, pointer)
            # Only a whole resource may be anything but a simple value.
            if found == "" or not isinstance(found, str | int if pointer else dict):
                wrong.append(f"{pointer} is missing, which later steps need")
            else:
                self._known[name] = found
        return wrong

    def _watch(self, answer: Answer, step: Step) -> None:
        """Notice when nothing more will come of it."""
        self._silence = self._silence + 1 if answer.status is None else 0
        if self._silence >= GIVE_UP:
            self.stopped = "the server did not answer"
        if answer.status == 401 and 401 not in step.expect.status:
            self.stopped = "the server does not accept the token"


def _identifier(answer: Answer) -> str | None:
    """The id of what was created, or the end of its address; None where neither can be used in a path."""
    id = select(answer.body, "/id")
    text = str(id) if isinstance(id, str | int) else unquote(answer.headers.get("location", "").rsplit("/", 1)[-1])
    return text if text.strip(".") and text.isprintable() else None


def _skipped(step: Step, reason: str) -> Verdict:
    request = Request(step.method, step.path, step.query).line()
    return Verdict(step.name, SKIPPED, request, described(step.expect), "", (reason,), step.why, 0)
