"""Do Muster and the floor say the same? Only then is one's speed a measure of the other's."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.client import Answer, Client, Unexpected
from benchmarks.installation import Running
from benchmarks.scenarios import Scenario, Target

_DIFFERENT = re.compile(
    rb'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|W/\\\\?"\d+\\\\?"|"totalResults":\d+'
)
"""Ids made by a server, moments, versions and totals: nothing that takes longer or shorter to send."""

_FIRST = 9_000_000
"""Numbers that no round reaches, so that both sides are asked about the same people."""


class _Recorder:
    """Asks on a connection and keeps what was answered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.answers: list[Answer] = []

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """One request."""
        self.answers.append(self._client.ask(method, path, body, token))
        return self.answers[-1]


def check(scenario: Scenario, product: Running, floor: Running) -> None:
    """Do one unit of work on both. Raises Unexpected for answers that differ in more than ids and times."""
    answers = []
    for running in (product, floor):
        client = running.client()
        recorder = _Recorder(client)
        scenario.work(recorder, Target(running.target.name, running.target.world, _FIRST))
        client.close()
        answers.append(recorder.answers)
    for one, two in zip(*answers, strict=True):
        if one.status != two.status or _comparable(one) != _comparable(two):
            raise Unexpected(
                f"{scenario.title}: Muster answered {one.status} {one.body[:1500]!r},"
                f" the floor {two.status} {two.body[:1500]!r}"
            )


def _comparable(answer: Answer) -> list[bytes]:
    # The order of members of an object means nothing, and neither does it cost anything.
    return sorted(re.split(rb"[,{}\[\]]", _DIFFERENT.sub(b"", answer.body)))
