"""Names that somebody may have meant: near ones are found, and those that mean something else are left alone."""

from __future__ import annotations

import time

import pytest

from rbac.near_names import near_names, why_not
from rbac.patterns import known, parse_pattern


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("marketing emea", "Marketing EMEA"),
        ("Marketing-EMEA", "Marketing EMEA"),
        ("Marketng EMEA", "Marketing EMEA"),
        ("Marketingg EMEA", "Marketing EMEA"),
        ("Narketing EMEA", "Marketing EMEA"),
        ("Marketing EMAE", "Marketing EMEA"),
        ("Marketing EMEA", "Marketing EMEA"),
    ],
)
def test_a_slip_of_the_pen_is_near(name: str, other: str) -> None:
    """Case, separators, one letter too few, too many or another, two that changed places."""
    assert list(near_names([name], [other])) == [(name, other)]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Sales EU", "Sales US"),
        ("Team 1", "Team 2"),
        ("Office2024", "Office2025"),
        ("Marketing", "Marketing EMEA"),
        ("Marketing APAC", "Marketing EMEA"),
        ("Mrketng EMEA", "Marketing EMEA"),
        ("HR", "PR"),
    ],
)
def test_what_means_something_else_is_not(name: str, other: str) -> None:
    """Short words, numbers, other words, more than one letter."""
    assert list(near_names([name], [other])) == []


def test_many_names_take_no_time() -> None:
    """Ten thousand names against a thousand: not each with each."""
    names = [f"Department {number:05} of something" for number in range(10_000)]
    begun = time.process_time()
    assert len(list(near_names(names, names[:1_000]))) == 1_000
    assert time.process_time() - begun < 5


MEANS = known([("Viewer", "r1"), ("Marketer", "r2")], [("emea", "u1"), ("north-america", "u2")])


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("mc-{role}", "mc-viewr", "\"viewr\" is no role that it may capture; did you mean 'viewer'?"),
        ("mc-{role}", "mc-boss", '"boss" is no role that it may capture'),
        (
            "mc-{business_unit}-{role}",
            "mc-emae-viewer",
            "\"emae\" is no business unit that it may capture; did you mean 'emea'?",
        ),
        ("mc-{business_unit}-{role}", "MC_emea-viewer", "its separators are others than those of the pattern"),
        ("mc-{role}-x", "mc-viewer-y", None),
        ("mc-{role}", "Sales", None),
        ("mc-{role}", "mc-", None),
    ],
)
def test_why_a_name_means_nothing(text: str, name: str, why: str | None) -> None:
    """What it would capture and does not know; nothing for a name that is none of the pattern's."""
    assert why_not(parse_pattern(text), name, MEANS) == why
