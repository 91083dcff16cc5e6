"""Drive two sides in turn, A B A B, for rounds that are bounded in time and in count."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median

from benchmarks.client import Client
from benchmarks.scenarios import Target, Work

_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often: at least three rounds, so that a median means something."""

    rounds: int
    seconds: float
    most: int = 20_000


@dataclass(slots=True)
class Side:
    """One of the two that are compared: whom to ask, over which connections, and for what."""

    target: Target
    clients: Sequence[Client]
    work: Work
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Units a second, the median of all rounds."""
        return median(self.rates)

    def slowest(self, share: float = 0.99) -> float:
        """What this share of all requests took at most, in seconds."""
        ordered = sorted(time for client in self.clients for time in client.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def compare(sides: Sequence[Side], plan: Plan) -> None:
    """Fill in the rates and times of the sides."""
    for side in sides:
        _warm_up(side, plan)
    gc.collect()
    for _ in range(plan.rounds):
        for side in sides:
            _round(side, plan)


def _warm_up(side: Side, plan: Plan) -> None:
    """Connections, prepared statements and caches are there before the clock runs."""
    until = time.perf_counter() + plan.seconds
    for _ in range(_WARM_UP):
        for client in side.clients:
            side.work(client, side.target)
        if time.perf_counter() > until:
            break
    for client in side.clients:
        client.times.clear()


def _round(side: Side, plan: Plan) -> None:
    began = time.perf_counter()
    if len(side.clients) == 1:
        units = _drive(side.clients[0], side, plan)
    else:
        with ThreadPoolExecutor(len(side.clients)) as pool:
            units = sum(pool.map(lambda client: _drive(client, side, plan), side.clients))
    side.rates.append(units / (time.perf_counter() - began))


def _drive(client: Client, side: Side, plan: Plan) -> int:
    work, target, clock = side.work, side.target, time.perf_counter
    units, until = 0, clock() + plan.seconds
    while True:
        units += work(client, target)
        if clock() >= until or units >= plan.most:
            return units
