"""Patterns of group names: literal text and captures, read in every way that fits and in bounded time."""

from __future__ import annotations

import re
import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbac.patterns import MAX_NAME, BadPattern, Known, Reading, capture_key, known, parse_pattern, readings

MEANS = known(
    [("Marketer", "r1"), ("Content Creator", "r2"), ("Creator", "r3")],
    [("emea", "u1"), ("emea-content", "u2"), ("north.west", "u3"), ("Región Sur", "u4")],
)


def read(pattern: str, name: str, means: Known = MEANS) -> set[Reading]:
    return set(readings(parse_pattern(pattern), name, means))


@pytest.mark.parametrize(
    ("pattern", "name", "role", "unit"),
    [
        ("mc-{business_unit}-{role}", "mc-emea-marketer", "r1", "u1"),
        ("mc-{business_unit}-{role}", "MC-EMEA-Marketer", "r1", "u1"),
        ("mc-{business_unit}-{role}", "mc-north_west-content creator", "r2", "u3"),
        ("mc-{business_unit}-{role}", "mc-región-sur-marketer", "r1", "u4"),
        ("{role} in {business_unit}", "Content-Creator in emea", "r2", "u1"),
        ("mc-{business_unit}-{role}-{env}", "mc-emea-marketer-prod", "r1", "u1"),
        ("mc-{anything}-{role}", "mc-a-b-c-marketer", "r1", None),
        ("Marketing EMEA", "marketing emea", None, None),
        ("{role}s", "marketers", "r1", None),
    ],
)
def test_a_name_with_one_meaning(pattern: str, name: str, role: str | None, unit: str | None) -> None:
    """Case does not matter, and in what is captured nor do space, -, _ and . differ."""
    assert read(pattern, name) == {Reading(role, unit)}


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("mc-{business_unit}-{role}", "mc-emea-pilot"),
        ("mc-{business_unit}-{role}", "mc--marketer"),
        ("mc-{business_unit}-{role}", "xmc-emea-marketer"),
        ("mc-{business_unit}-{role}", "mc-emea-marketer "),
        ("mc-{role}-x", "mc-marketer-xx"),
        ("mc-{a}", "mc-"),
        ("Marketing EMEA", "Marketing-EMEA"),
        ("mc.{role}", "mcx marketer"),
    ],
)
def test_a_name_without_meaning(pattern: str, name: str) -> None:
    """An unknown role or unit, an empty capture, other text around it; literal text is literal."""
    assert read(pattern, name) == set()


def test_a_name_with_several_meanings_tells_them() -> None:
    """Whoever binds groups sees that there is no one meaning."""
    found = read("mc-{business_unit}-{role}", "mc-emea-content-creator")
    assert found == {Reading("r2", "u1"), Reading("r3", "u2")}
    alike = known([("A B", "r1"), ("a-b", "r2")], [])
    assert len(read("mc-{role}", "mc-a_b", alike)) == 2


@pytest.mark.parametrize(
    "text",
    ["", "  ", "{role}", "{a}{b}x", "{role}-{role}", "mc-{", "mc-}", "mc-{Role}", "mc-{}", "{a}-{b}-{c}-{d}-{e}-{f}"],
)
def test_what_is_no_pattern(text: str) -> None:
    """With a reason."""
    with pytest.raises(BadPattern, match=r"\w"):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("a{v}a{w}a{x}a{y}a{role}", "a" * MAX_NAME, 0),
        ("a-{v}a{w}-{x}a{y}-{z}1", "a-" * 120 + "00011", 1),
        ("a-{v}a{w}-{x}a{y}-{z}1", "a-" * 120 + "00010", 0),
        ("{a}-{b}-{c}-{business_unit}-{role}", "-" * MAX_NAME, 0),
        ("{x}-", "y" * MAX_NAME + "-", 0),
    ],
)
def test_the_work_is_bounded(pattern: str, name: str, found: int) -> None:
    """Names that fit in a great many ways, and one that is longer than names are: a hundred of them in a moment."""
    many = known([("-" * length, f"r{length}") for length in range(1, 50)], [("a-" * 9, "u1"), ("-", "u2")])
    read_by = parse_pattern(pattern)
    begun = time.process_time()
    assert {len(readings(read_by, name, MEANS)) for _ in range(100)} == {found}
    readings(read_by, name, many)
    assert time.process_time() - begun < 1.5


words = st.text("ab-_ ", min_size=1, max_size=4)


@given(st.lists(words, max_size=4), st.lists(words, max_size=4), st.text("ab-_ x", max_size=10))
def test_readings_are_those_of_trying_everything(roles: list[str], units: list[str], name: str) -> None:
    """Against the plainest way to say it: every role and unit written into the pattern."""
    means = known([(one, f"r{n}") for n, one in enumerate(roles)], [(one, f"u{n}") for n, one in enumerate(units)])
    expected = {
        Reading(f"r{r}", f"u{u}")
        for (r, role), (u, unit) in product(enumerate(roles), enumerate(units))
        for cut in range(1, len(name))
        if name[cut] == "x"
        and capture_key(name[:cut]) == capture_key(role)
        and capture_key(name[cut + 1 :]) == capture_key(unit)
    }
    found = read("{role}x{business_unit}", name, means)
    assert found == expected if len(expected) < 5 else found <= expected


@given(st.text("ab- ", max_size=12))
def test_any_text_is_tried_in_every_way(name: str) -> None:
    """Captures of any text before one that means something, against a regular expression for each role."""
    means = known([("a", "ra"), ("b-a", "rb"), ("a b", "rc")], [])
    expected = {
        Reading(id, None)
        for text, id in (("a", "ra"), ("b[- ]a", "rb"), ("a[- ]b", "rc"))
        if re.fullmatch(rf"(?=.*[^ ].*)(?: *[^ ].*?)-(?: *[^ ].*?)a{text}b", name)
    }
    assert read("{x}-{y}a{role}b", name, means) == expected
