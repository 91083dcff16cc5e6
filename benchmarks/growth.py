"""How the cost of a request grows with the number of users: two installations side by side, one engine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.engines import opened
from benchmarks.installation import Running, muster, prepared
from benchmarks.measure import Plan, Side, compare
from benchmarks.report import Line
from benchmarks.scenarios import Scenario
from benchmarks.servers import Tier


def run(
    engine: str, folder: Path, scenarios: Sequence[Scenario], sizes: tuple[int, int], plan: Plan, tier: Tier
) -> Iterator[Line]:
    """Exponents log(t2/t1) / log(N2/N1) of the scenarios that have a goal for it."""
    with opened(engine, folder) as new_database, ExitStack() as stack:
        running: list[Running] = []
        for size in sizes:
            place = folder / f"users_{size}"
            place.mkdir()
            made = stack.enter_context(prepared(new_database, place, size, f"users_{size}", with_floor=False))
            running.append(stack.enter_context(muster(made, tier)))
        for scenario in scenarios:
            if scenario.growth is not None:
                yield _line(scenario, running, sizes, plan)


def _line(scenario: Scenario, running: Sequence[Running], sizes: tuple[int, int], plan: Plan) -> Line:
    with ExitStack() as stack:
        sides = []
        for one in running:
            clients = [one.client() for _ in range(scenario.connections)]
            for client in clients:
                stack.callback(client.close)
            sides.append(Side(one.target, clients, scenario.work))
        compare(sides, plan)
    few, many = sides
    exponent = math.log(few.rate / many.rate) / math.log(sizes[1] / sizes[0])
    assert scenario.growth is not None
    return Line(
        scenario.title,
        f"{few.rate:,.0f} {scenario.unit}/s",
        f"{many.rate:,.0f} {scenario.unit}/s",
        f"{exponent:.3f}",
        f"≤ {scenario.growth}",
        exponent <= scenario.growth,
        exponent,
    )
