"""Sankey diagrams: as wide as what flows, readable however many things there are, and bands that cross little."""

from __future__ import annotations

import re
from itertools import pairwise

from app.web.drawing.sankey import REST, Box, Drawing, Flow, Thing, draw


def drawn(things: list[Thing], flows: list[Flow], most: dict[int, int] | None = None) -> Drawing:
    """A drawing in which what is left out is called by its number."""
    return draw(things, flows, most=most or {}, rest=lambda column, number: f"{number} more")


def box(drawing: Drawing, key: str) -> Box:
    """A thing as it is drawn."""
    return next(one for one in drawing.boxes if one.key == key)


def test_things_are_as_high_as_what_flows_through_them() -> None:
    """And the bands at either of their sides are as high together."""
    things = [Thing("a", 0, "A"), Thing("b", 0, "B"), Thing("c", 1, "C")]
    found = drawn(things, [Flow("a", "c", 30), Flow("b", "c", 10)])
    a, b, c = (box(found, key) for key in "abc")
    assert [one.amount for one in (a, b, c)] == [30, 10, 40]
    assert abs(a.height - 3 * b.height) < 0.5
    assert abs(a.height + b.height - c.height) < 0.5
    ends = sorted(_arrivals(found))
    assert abs(ends[0][0] - c.y) < 0.2
    assert abs(ends[0][1] - ends[1][0]) < 0.2
    assert abs(ends[1][1] - (c.y + c.height)) < 0.2


def _arrivals(drawing: Drawing) -> list[tuple[float, float]]:
    """From where to where each band arrives."""
    pattern = r"M\S+ \S+C\S+ \S+ \S+ \S+ \S+ (\S+)V([\d.]+)C"
    found = [re.match(pattern, band.path) for band in drawing.bands]
    assert all(found)
    return [(float(one[1]), float(one[2])) for one in found if one]


def test_nothing_overlaps_and_all_stays_within() -> None:
    """Even things through which nothing flows have room for their text."""
    things = [Thing(f"{column}-{number}", column, str(number)) for column in range(3) for number in range(20)]
    flows = [
        Flow(f"{column}-{number}", f"{column + 1}-{number * 7 % 20}", number * number)
        for column in range(2)
        for number in range(20)
    ]
    found = drawn(things, flows)
    for column in range(3):
        here = sorted((one for one in found.boxes if one.column == column), key=lambda one: one.y)
        assert len(here) == 20
        for above, below in pairwise(here):
            assert above.y + above.height <= below.y + 0.1
            assert below.middle - above.middle >= 16
        assert here[0].y >= -0.1
        assert here[-1].y + here[-1].height <= found.height + 0.1


def test_bands_are_untangled() -> None:
    """Things whose partners stand the other way round are put where these are."""
    things = [Thing(f"a{number}", 0, f"a{number}") for number in range(6)]
    things += [Thing(f"b{number}", 1, f"b{5 - number}") for number in range(6)]
    found = drawn(things, [Flow(f"a{number}", f"b{number}", 5) for number in range(6)])
    left, right = (
        [one.key[1] for one in sorted(found.boxes, key=lambda one: one.y) if one.column == column] for column in (0, 1)
    )
    assert left == right


def test_many_are_folded_into_one_that_stands_for_the_rest() -> None:
    """The smallest ones; nothing of what flows is lost, and what stands for them is the last."""
    things = [Thing(f"g{number}", 0, f"g{number}") for number in range(200)] + [Thing("r", 1, "r")]
    flows = [Flow(f"g{number}", "r", number + 1) for number in range(200)]
    found = drawn(things, flows, {0: 10})
    here = sorted((one for one in found.boxes if one.column == 0), key=lambda one: one.y)
    assert len(here) == 10
    assert (here[-1].key, here[-1].label, here[-1].folded) == (f"{REST}0", "191 more", 191)
    assert {one.key for one in here[:-1]} == {f"g{number}" for number in range(191, 200)}
    assert sum(one.amount for one in here) == sum(range(1, 201))
    assert sum(band.amount for band in found.bands) == sum(range(1, 201))
    assert len([one for one in drawn(things, flows, {0: 200}).boxes if one.folded]) == 0


def test_it_is_the_same_whatever_the_order_of_what_is_given() -> None:
    """So that a page does not dance when it is loaded again."""
    things = [Thing(f"{column}{number}", column, str(number)) for column in range(3) for number in range(9)]
    flows = [Flow(f"{column}{one}", f"{column + 1}{one * 2 % 9}", 3) for column in range(2) for one in range(9)]
    first, second = drawn(things, flows), drawn(things[::-1], flows[::-1])
    assert {(one.key, one.y) for one in first.boxes} == {(one.key, one.y) for one in second.boxes}


def test_without_anything_there_is_nothing() -> None:
    """Nor is there with things through which nothing leads."""
    assert drawn([], []).boxes == ()
    assert drawn([Thing("a", 0, "A")], []).bands == ()
    assert drawn([Thing("a", 0, "A"), Thing("b", 1, "B")], [Flow("a", "b", 0)]).bands[0].amount == 0
