"""What data filters come to together can always be applied: never more than a filter may have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as sampled
from hypothesis import settings
from hypothesis import strategies as st

from muster.filters import matches
from rbac.filters import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, DataFilter, combine, size_of
from scim import filter_parser
from scim.errors import InvalidFilter, TooMany
from scim.filter_parser import parse

TYPES = {"region": "string", "visits": "number"}
texts = st.text(st.sampled_from('aé"\\() andor[]'), max_size=6).map(lambda one: one.replace("\\", "\\\\"))
literals = texts.map(lambda one: '"' + one.replace('"', '\\"') + '"')
terms = st.builds("region {} {}".format, st.sampled_from(["eq", "co", "EQ"]), literals) | st.just("visits pr")


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.builds("({}) {} {}".format, inner, st.sampled_from(["and", "or", "AND", "Or"]), inner)
    return joined | inner.map("not ({})".format) | st.builds(_nested, inner, st.integers(1, 9))


def _nested(text: str, depth: int) -> str:
    return "(" * depth + text + ")" * depth


def _chain(text: str, count: int) -> str:
    return " or ".join([text] * count)


filters = st.recursive(terms, _wider, max_leaves=12)
long = st.builds(_chain, filters, st.integers(1, 90))


def test_the_limits_are_the_grammars() -> None:
    """They are said where filters are read, too."""
    assert (MAX_LENGTH, MAX_TERMS, MAX_DEPTH) == (
        filter_parser.MAX_LENGTH,
        filter_parser.MAX_TERMS,
        filter_parser.MAX_DEPTH,
    )


@settings(deadline=None)
@sampled(text=long)
def test_what_fits_is_what_can_be_read(text: str) -> None:
    """By the size alone, whatever stands in texts."""
    try:
        parse(text)
        reads = True
    except TooMany:
        reads = False
    assert size_of(text).fits() is reads


@pytest.mark.parametrize("text", ['orange eq "x" and sand.and pr', 'urn:and:or eq "a" or android pr'])
def test_a_name_is_no_word_between_terms(text: str) -> None:
    """However much it looks like one."""
    assert size_of(text).terms == 2


@settings(deadline=None)
@sampled(
    of_units=st.lists(filters, max_size=2),
    of_grants=st.lists(long, min_size=1, max_size=8),
    record=st.fixed_dictionaries({}, optional={"region": texts, "visits": st.integers(0, 1)}),
)
def test_together_they_are_a_filter_that_shows_no_more(
    of_units: list[str], of_grants: list[str], record: dict[str, Any]
) -> None:
    """If they do not fit, the largest alternatives are left out, and never a unit's filter."""
    units, grants = ([DataFilter("row", text) for text in some] for some in (of_units, of_grants))
    if any(not _reads(units, [one]) for one in grants):
        return  # refused when it was set
    combined = combine(units, grants)
    assert combined is not None
    parse(combined.text)
    if matches(combined.text, record, TYPES):
        assert all(matches(one, record, TYPES) for one in of_units)
        assert any(matches(one, record, TYPES) for one in of_grants)


def test_as_many_alternatives_are_left_as_there_is_room_for() -> None:
    """The smallest of them, whatever their order."""
    many = [DataFilter("row", f'region eq "{number:03}"') for number in range(MAX_TERMS + 50)]
    large = DataFilter("row", _chain('region eq "large"', 60))
    combined = combine([DataFilter("row", "visits pr")], [large, *many])
    assert combined is not None
    assert size_of(combined.text).terms == MAX_TERMS
    assert "large" not in combined.text
    assert combined == combine([DataFilter("row", "visits pr")], [*reversed(many), large])


def _reads(units: list[DataFilter], grants: list[DataFilter]) -> bool:
    whole = combine(units, grants)
    try:
        parse(whole.text if whole else "visits pr")
    except (TooMany, InvalidFilter):
        return False
    return True
