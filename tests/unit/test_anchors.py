"""Known places of a list: the nearest one before, and only of the list as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.stores import anchors
from app.stores.anchors import FIRST, Anchors

LIST = ("directory", "User")


@given(st.lists(st.integers(1, 50), unique=True), st.integers(0, 60))
def test_the_nearest_known_place_is_found(places: list[int], wanted: int) -> None:
    """Whatever the order in which places became known."""
    known = Anchors()
    for place in places:
        known.remember(LIST, (50, 0), place, f"id {place}")
    nearest = max((place for place in places if place <= wanted), default=0)
    assert known.before(LIST, (50, 0), wanted) == (nearest, f"id {nearest}" if nearest else FIRST)


def test_another_generation_knows_nothing() -> None:
    """One more resource, or one less: every place may have moved."""
    known = Anchors()
    known.remember(LIST, (50, 0), 10, "ten")
    assert known.before(LIST, (51, 0), 10) == known.before(LIST, (50, 1), 10) == (0, FIRST)
    assert known.before(("other", "User"), (50, 0), 10) == (0, FIRST)
    known.remember(LIST, (51, 0), 5, "five")
    assert known.before(LIST, (51, 0), 10) == (5, "five")


def test_no_more_is_kept_than_fits() -> None:
    """The list used least is forgotten first, and a list with very many places begins anew."""
    known = Anchors()
    for number in range(anchors.LISTS + 1):
        known.remember((f"directory {number}", "User"), (1, 0), 1, "x")
    assert known.before(("directory 0", "User"), (1, 0), 1) == (0, FIRST)
    assert known.before(("directory 1", "User"), (1, 0), 1) == (1, "x")
    for place in range(1, anchors.PLACES + 1):
        known.remember(LIST, (9_999, 0), place, str(place))
    assert known.before(LIST, (9_999, 0), anchors.PLACES - 1)[0] in (0, anchors.PLACES - 1)
    assert known.before(LIST, (9_999, 0), anchors.PLACES) == (anchors.PLACES, str(anchors.PLACES))
