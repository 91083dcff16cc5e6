"""Results as a table for people and as JSON for whoever compares releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One result: two figures where there are two, what they come to, and what was wanted of it."""

    scenario: str
    muster: str
    other: str
    result: str
    goal: str
    met: bool
    value: float


RATIOS = ("scenario", "Muster", "floor", "result", "goal", "met")
EXPONENTS = ("scenario", "few users", "many users", "exponent", "goal", "met")


def table(lines: Sequence[Line], headings: Sequence[str], markdown: bool = False) -> str:
    """The lines, aligned."""
    rows = [headings, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    texts = [[_align(*one) for one in zip(row, widths, _ALIGNED, strict=True)] for row in rows]
    if not markdown:
        return "\n".join("  ".join(row).rstrip() for row in texts)
    rule = ["-" * width if left else "-" * (width - 1) + ":" for width, left in zip(widths, _ALIGNED, strict=True)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [texts[0], rule, *texts[1:]])


_ALIGNED = (True, False, False, False, False, True)
"""Which columns begin at the left."""


def _cells(line: Line) -> tuple[str, ...]:
    return (line.scenario, line.muster, line.other, line.result, line.goal, "yes" if line.met else "NO")


def _align(cell: str, width: int, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)


def as_json(results: dict[str, Sequence[Line]], about: dict[str, Any]) -> dict[str, Any]:
    """The same for programs."""
    return about | {"engines": {engine: [asdict(line) for line in lines] for engine, lines in results.items()}}


def at_least(scenario: str, muster: float, other: float, goal: float, unit: str, other_name: str = "") -> Line:
    """A rate as a ratio to the other side's."""
    ratio = muster / other
    return Line(
        scenario,
        _rate(muster, unit),
        _rate(other, unit) + other_name,
        f"{ratio:.2f}",
        f"≥ {goal:.2f}",
        ratio >= goal,
        ratio,
    )


def at_most(scenario: str, value: float, goal: float, unit: str, other: float | None = None, digits: int = 1) -> Line:
    """A figure of Muster's own that must not be larger; the floor's beside it where that helps."""
    shown = f"{value:.{digits}f} {unit}"
    beside = "" if other is None else f"{other:.{digits}f} {unit}"
    return Line(scenario, shown, beside, shown, f"≤ {goal:g} {unit}".rstrip(), value <= goal, value)


def _rate(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 100 else 1}f} {unit}/s"
