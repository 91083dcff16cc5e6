"""Plots over days: a line with the area below it, and bars to both sides of a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, TOP = 600.0, 150.0, 8.0
"""The canvas; a page scales it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of one day; ``place`` numbers the day, ``series`` is 0 for what goes up and 1 for what goes down."""

    place: int
    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line over days as the points of an SVG polyline; ``area`` closes it to the ground."""

    points: str
    area: str
    least: int
    most: int


def line(values: Sequence[int]) -> Line:
    """A line through the values of days, from the least to the most of them."""
    least, most = min(values), max(values)
    span, step = max(most - least, 1), WIDTH / max(len(values) - 1, 1)
    ground = HEIGHT - TOP
    # Where nothing changes, the line is in the middle.
    lift = 0.0 if most > least else 0.5
    places = [
        (place * step, ground - ((value - least) / span + lift) * (ground - 2 * TOP))
        for place, value in enumerate(values)
    ]
    if len(places) == 1:
        places.append((WIDTH, places[0][1]))
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Line(points, f"0,{HEIGHT:.0f} {points} {places[-1][0]:.1f},{HEIGHT:.0f}", least, most)


def bars(up: Sequence[int], down: Sequence[int] = ()) -> tuple[list[Bar], float]:
    """Bars for days that stand on a line, and others that hang from it; and where the line is."""
    high, low = max(up, default=0), max(down, default=0)
    scale = (HEIGHT - 2 * TOP) / max(high + low, 1)
    ground = TOP + high * scale if low else HEIGHT - TOP
    step = WIDTH / max(len(up), 1)
    width = min(step * 0.7, 40.0)
    drawn = []
    for series, values in enumerate((up, down)):
        for place, value in enumerate(values):
            # What is there at all is seen.
            height = max(value * scale, 2.0) if value else 0.0
            if height:
                y = ground - height if series == 0 else ground
                drawn.append(Bar(place, series, place * step + (step - width) / 2, y, width, height))
    return drawn, ground
