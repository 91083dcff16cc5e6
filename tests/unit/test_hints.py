"""Hints: what somebody may have meant, in bounded time."""

from __future__ import annotations

import time

from rbac.hints import MOST_HINTS, Hints


def test_the_nearest_names_are_told() -> None:
    """At most three, the nearest first, whatever their case, and each name once."""
    names = ["Marketing EMEA", "marketing apac", "Sales", "Marketing", "Marketing EMEA", "Marketing AMER"]
    assert Hints().of("marketing emae", names).startswith("; did you mean 'Marketing EMEA' or ")
    assert Hints().of("marketing emae", names).count("Marketing EMEA") == 1
    assert Hints().of("marketing emae", names).count("'") == 6
    assert Hints().of("Finance", names) == ""
    assert Hints().of("Finance", []) == ""


def test_only_so_many_are_told() -> None:
    """The first ones of a document."""
    hints = Hints()
    assert [hints.of("Sale", ["Sales"]) != "" for _ in range(MOST_HINTS + 2)] == [True] * MOST_HINTS + [False] * 2
    assert hints.left == 0


def test_thousands_of_long_names_cost_little() -> None:
    """Whatever they look like."""
    names = [f"application-access-group-for-region-{n:04}-and-team-{n % 311:04}-in-europe" * 2 for n in range(5_000)]
    hints, begun = Hints(), time.process_time()
    for n in range(1_000):
        hints.of(f"application-access-group-for-region-x{n}z-and-team-{n}-in-production" * 2, names)
    assert time.process_time() - begun < 3
