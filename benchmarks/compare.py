"""Muster against the floor on one engine: the table that the goals are written for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

from benchmarks import alike, decision_shapes, decisions, report, role_edits
from benchmarks.engines import opened
from benchmarks.installation import Prepared, Running, bare, muster, prepared
from benchmarks.measure import Plan, Side, compare
from benchmarks.report import Line
from benchmarks.scenarios import Scenario, Work
from benchmarks.servers import Tier

FIRST_BYTE_MS, GROWTH_MIB, DECISION_US = 50.0, 20.0, 1.0
DEEP_TO_FIRST, GROWTH_IN_MEMBERS = 0.9, 0.05


def run(
    engine: str,
    folder: Path,
    scenarios: Sequence[Scenario],
    size: int,
    groups: tuple[int, ...],
    plan: Plan,
    tier: Tier,
    *,
    at_once: bool = False,
) -> Iterator[Line]:
    """Measure the scenarios; lines come as they are known.

    The large groups come last and to servers just started, so that their people are in nobody's way before,
    and the memory they take is seen; ``at_once`` saves the second start.
    """
    with opened(engine, folder) as new_database, prepared(new_database, folder, size) as made:
        small = [scenario for scenario in scenarios if not scenario.needs]
        large = sorted((scenario for scenario in scenarios if scenario.needs), key=lambda one: not one.large)
        times: dict[str, float] = {}
        for part in ([*large, *small],) if at_once else (small, large):
            if not part:
                continue
            if part[0].needs:
                made.population.crowd(made.world, groups)
            with muster(made, tier) as product, bare(made, tier) as floor:
                for scenario in part:
                    yield from _lines(scenario, product, floor, plan, times)
        yield from _derived(times, groups)
        yield from _decisions(made, scenarios, plan)
        if _has_decisions(scenarios):
            yield from role_edits.run(made, plan, tier)


def _lines(scenario: Scenario, product: Running, floor: Running, plan: Plan, times: dict[str, float]) -> Iterator[Line]:
    first = list(_large(scenario, product, floor)) if scenario.large else []
    if scenario.against is None and scenario.connections == 1:
        alike.check(scenario, product, floor)
    other = floor if scenario.against is None else product
    with (
        _side(product, scenario.work, scenario.connections) as one,
        _side(other, scenario.against or scenario.work, scenario.connections) as two,
    ):
        compare([one, two], plan)
    times[scenario.title] = 1 / one.rate
    if scenario.extra:
        extra = (1 / one.rate - 1 / two.rate) * 1000
        yield report.at_most(scenario.title, extra, scenario.goal, "ms more", digits=2)
        return
    beside = " *" if scenario.against else ""
    yield report.at_least(scenario.title, one.rate, two.rate, scenario.goal, scenario.unit, beside)
    if scenario.slowest is not None:
        slowest, others = one.slowest() * 1000, two.slowest() * 1000
        yield report.at_most("  its 99th percentile", slowest, scenario.slowest, "ms", others)
    yield from first


def _large(scenario: Scenario, product: Running, floor: Running) -> Iterator[Line]:
    """What the very first such answer costs: the wait for its beginning, and memory."""
    seconds, grown = [], []
    for running in (product, floor):
        client = running.client()
        before = running.server.resident()
        crowd = running.target.crowd
        path = f"/scim/v2/Groups/{crowd.groups[scenario.needs]}"
        seconds.append(client.ask("GET", path, token=crowd.token).began * 1000)
        grown.append(running.server.growth(before) / 2**20)
        client.close()
    yield report.at_most("  its first byte", seconds[0], FIRST_BYTE_MS, "ms", seconds[1])
    yield report.at_most("  memory it takes", grown[0], GROWTH_MIB, "MiB", grown[1])


@contextmanager
def _side(running: Running, work: Work, connections: int) -> Iterator[Side]:
    with ExitStack() as stack:
        clients = []
        for _ in range(connections):
            clients.append(running.client())
            stack.callback(clients[-1].close)
        yield Side(running.target, clients, work)


def _derived(times: dict[str, float], groups: tuple[int, ...]) -> Iterator[Line]:
    """What follows from several scenarios together."""
    first, deep = times.get("page of 100, first"), times.get("page of 100, deepest")
    if first and deep:
        ratio = first / deep
        yield Line("page: deepest / first", "", "", f"{ratio:.2f}", f"≥ {DEEP_TO_FIRST}", ratio >= DEEP_TO_FIRST, ratio)
    for prefix, suffix in (("group of ", ": add, remove one"), ("GET group of ", " without members")):
        found = [(size, times[name]) for size in groups if (name := f"{prefix}{size:,}{suffix}") in times]
        for (small, quick), (big, slow) in pairwise(found):
            exponent = math.log(slow / quick) / math.log(big / small)
            result = f"{exponent:.3f}"
            goal, met = f"≤ {GROWTH_IN_MEMBERS}", exponent <= GROWTH_IN_MEMBERS
            yield Line(f"{prefix}M{suffix}, exponent {small:,} → {big:,}", "", "", result, goal, met, exponent)


def _has_decisions(scenarios: Sequence[Scenario]) -> bool:
    return any("AuthZEN" in scenario.title for scenario in scenarios)


def _decisions(made: Prepared, scenarios: Sequence[Scenario], plan: Plan) -> Iterator[Line]:
    if not _has_decisions(scenarios):
        return
    for verdict, value in decisions.microseconds(made.settings, made.world, plan.rounds).items():
        yield report.at_most(f"RBAC decision in process, {verdict}", value, DECISION_US, "µs", digits=2)
    for title, value in decision_shapes.measured(decision_shapes.made(), plan.rounds):
        most = decision_shapes.MOST.get(title, DECISION_US)
        yield report.at_most(f"  of {decision_shapes.ROLES:,} roles, {title}", value, most, "µs", digits=2)
