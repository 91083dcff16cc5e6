"""What an act for many came to, for each of them, or what is wrong about whom."""

from __future__ import annotations

from collections.abc import Iterable

from app.api.face import Shown
from app.api.parsing import invalid
from app.problems import Place, Problem
from app.services.assignments import NotAllDone, Outcome


def shown(outcomes: Iterable[Outcome]) -> Shown:
    """An answer of the shape ``Outcomes``."""
    results = [{"principal": one.named, "id": one.id, "name": one.name, "changed": one.changed} for one in outcomes]
    return Shown({"results": results})


def refusal(error: NotAllDone) -> Problem:
    """Nothing was done: each of ``users`` about whom something is wrong, with what it is."""
    places = [
        Place("pointer", f"/users/{index}", one.problem)
        for index, one in enumerate(error.outcomes)
        if one.problem is not None
    ]
    if any(one.is_forbidden for one in error.outcomes):
        return Problem("forbidden", str(error), places)
    return invalid(places)
