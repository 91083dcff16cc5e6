"""Measure Muster: ``make bench``, ``make bench ARGS="--quick"``, ``make bench ARGS="--profile create"``."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import administration, compare, growth, profiling, report
from benchmarks.engines import ENGINES
from benchmarks.measure import Plan
from benchmarks.report import Line
from benchmarks.scenarios import Scenario, with_groups
from benchmarks.servers import Tier

USERS, MEMBERS = 10_000, (100, 10_000, 100_000)
QUICK_USERS, QUICK_MEMBERS = 600, (100, 2_000)
FEW, MANY = 1_000, 100_000
# The servers and the client of a run make a load of about one and a half by themselves.
_BUSY = 1.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for. Exit code 0 even where a goal is missed: a figure is no test."""
    given = _options(arguments)
    users, members = (QUICK_USERS, QUICK_MEMBERS) if given.quick else (given.users or USERS, MEMBERS)
    plan = Plan(3, 0.02) if given.quick else Plan(given.rounds, given.seconds)
    tier = Tier(1 if given.quick else given.workers, given.threads)
    scenarios = _chosen([*with_groups(members), *administration.SCENARIOS], given.only or given.profile)
    if not scenarios:
        print(f"no scenario matches {given.only or given.profile!r}", file=sys.stderr)
        return 2
    results: dict[str, Sequence[Line]] = {}
    for engine in [given.engine] if given.engine else ENGINES:
        # Not /tmp: where that is memory, a commit would cost nothing.
        with tempfile.TemporaryDirectory(prefix="muster-bench-", dir=given.folder) as place:
            folder = Path(place)
            if given.profile:
                for text in profiling.run(engine, folder, scenarios, users, members):
                    print(text, flush=True)
            elif given.growth:
                sizes = (FEW, given.users or MANY)
                title = f"{engine}: {sizes[0]:,} → {sizes[1]:,} users"
                results[engine] = _print(title, growth.run(engine, folder, scenarios, sizes, plan, tier), given)
            else:
                title = f"{engine}: {users:,} users, {tier.workers} workers of {tier.threads} threads"
                lines = compare.run(engine, folder, scenarios, users, members, plan, tier, at_once=given.quick)
                results[engine] = _print(title, lines, given)
    if given.json:
        about: dict[str, Any] = {"python": platform.python_version(), "users": users, "rounds": plan.rounds}
        Path(given.json).write_text(json.dumps(report.as_json(results, about), indent=2, ensure_ascii=False))
    return 0


def _print(title: str, lines: Iterator[Line], given: argparse.Namespace) -> list[Line]:
    found = []
    headings = report.EXPONENTS if given.growth else report.RATIOS
    for line in lines:
        found.append(line)
        print(f"  {line.scenario.strip()}: {line.result}", file=sys.stderr, flush=True)
    load, cores = os.getloadavg()[1], os.cpu_count() or 1
    title += f", load {load:.1f} on {cores} cores" + (": TOO BUSY, do not trust" if load > cores * _BUSY else "")
    print(f"\n{title}\n\n{report.table(found, headings, given.markdown)}\n", flush=True)
    return found


def _chosen(scenarios: Sequence[Scenario], pattern: str | None) -> list[Scenario]:
    wanted = [f"*{part.strip().lower()}*" for part in (pattern or "*").split("|")]
    titles = {scenario.title: scenario.title.lower() for scenario in scenarios}
    return [one for one in scenarios if any(fnmatch.fnmatchcase(titles[one.title], part) for part in wanted)]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Speed as ratios to the bare limit, see docs/performance.md."
    )
    parser.add_argument("--engine", choices=ENGINES, help="one database only")
    parser.add_argument(
        "--only", metavar="PATTERN", help="scenarios whose title contains this; * and ? are wildcards, | is or"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke of some seconds: do all scenarios still run?")
    parser.add_argument(
        "--growth", action="store_true", help=f"exponents from {FEW:,} users to --users ({MANY:,}), no ratios"
    )
    parser.add_argument("--profile", metavar="PATTERN", help="where the time of these scenarios goes")
    parser.add_argument("--json", metavar="FILE", help="write the results there, too")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--users", type=int, help=f"{USERS:,} unless said")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each round of each side")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--folder", help="where the databases are made; must be on a disk")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
