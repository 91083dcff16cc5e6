"""Filters on flat records, in memory: what they mean and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, Date, Integer, MetaData, Table

from muster.filters import (
    As,
    InvalidFilter,
    InvalidRecord,
    Kind,
    TooMany,
    check,
    compile_filter,
    contradictions,
    matches,
)
from scim.errors import ScimError

TYPES = {"region": "string", "consent": "boolean", "visits": "number", "lastSeen": "dateTime"}
RECORD: dict[str, Any] = {"region": "EMEA", "consent": True, "visits": 3, "lastSeen": "2024-05-01T12:00:00+02:00"}


@pytest.mark.parametrize(
    "text",
    [
        'region eq "EMEA" and consent eq true',
        'REGION eq "emea"',
        'region ne "APAC"',
        'region sw "em" and region ew "a" and region co "Me"',
        'region gt "emd" and region le "EMEA"',
        "visits ge 3 and visits lt 3.5 and visits eq 3.0",
        'lastSeen eq "2024-05-01T10:00:00Z" and lastSeen gt "2024-05-01T09:59:59.999999Z"',
        "region pr and not (visits eq 4)",
        "consent ne false",
        'visits eq 4 or region eq "EMEA" and consent eq true',
    ],
)
def test_what_matches(text: str) -> None:
    """Names and ASCII letters have no case; ``and`` binds closer than ``or``; a moment is one whatever its offset."""
    assert matches(text, RECORD, TYPES)
    assert not matches(f"not ({text})", RECORD, TYPES)


def test_what_is_absent_fails_every_comparison() -> None:
    """Missing, None and NULL are one; ``ne`` is not-eq; an empty text is not present, but is a text."""
    for record in ({}, dict.fromkeys(TYPES)):
        for text in (
            'region eq ""',
            'region co ""',
            "visits lt 1",
            "consent eq false",
            'lastSeen lt "2030-01-01T00:00:00Z"',
        ):
            assert not matches(text, record, TYPES)
        for text in ('region ne "EMEA"', "not (region pr)", "region eq null", "consent ne true"):
            assert matches(text, record, TYPES)
    empty = {"region": ""}
    assert matches('region eq "" and region co "" and not (region pr)', empty, TYPES)


def test_only_the_letters_a_to_z_have_no_case() -> None:
    """No two databases agree on more than that."""
    record = {"region": "España"}
    assert matches('region eq "ESPAñA"', record, TYPES)
    assert not matches('region eq "ESPAÑA"', record, TYPES)


def test_a_record_may_have_python_values() -> None:
    """As rows of a platform have them: datetime, Decimal; a time without a zone is UTC."""
    record = {"visits": Decimal("2.5"), "lastSeen": datetime(2024, 5, 1, 10)}
    assert matches('visits eq 2.5 and lastSeen eq "2024-05-01T12:00:00+02:00"', record, TYPES)
    east = datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert east == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert matches('lastSeen eq "2024-05-01T10:00:00Z"', {"lastSeen": east}, TYPES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('country eq "ES"', 'there is no attribute "country"; there are: consent, lastSeen, region, visits'),
        ('consent eq "true"', "compares with a boolean"),
        ("consent gt true", "has no order"),
        ('visits eq "3"', "compares with a number"),
        ("visits co 3", "not text"),
        ("region eq 3", "compares with a string"),
        ("region eq true", "compares with a string"),
        ('lastSeen eq "yesterday"', "compares with a dateTime"),
        ('lastSeen co "2024"', "not text"),
        ('region[value eq "x"]', "no elements"),
        ('region eq "a\\u0000b"', "compares with a string"),
        ("region gt null", "compares with a string"),
        ("visits eq 1e40", "compares with a number"),
        ("region", "not a valid SCIM filter"),
        ("", "not a valid SCIM filter"),
    ],
)
def test_types_are_strict_and_refusals_name_the_attributes(text: str, says: str) -> None:
    """Nothing is converted, and nothing that is not declared is skipped: that would show too much."""
    with pytest.raises(InvalidFilter, match=says):
        check(text, TYPES)
    with pytest.raises(ScimError):
        matches(text, RECORD, TYPES)


def test_the_limits_of_a_filter() -> None:
    """More terms than anybody writes are refused."""
    with pytest.raises(TooMany):
        check(" or ".join(["visits eq 1"] * 500), TYPES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": 1},
        {"consent": "true"},
        {"consent": 1},
        {"visits": True},
        {"visits": "3"},
        {"visits": Decimal("NaN")},
        {"visits": float("inf")},
        {"lastSeen": "x"},
    ],
)
def test_a_record_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    """Neither yes nor no would be right."""
    with pytest.raises(InvalidRecord, match=next(iter(wrong))):
        matches("region pr", RECORD | wrong, TYPES)


def test_what_the_filter_does_not_know_is_ignored() -> None:
    """Records have more attributes than filters may use."""
    assert matches('region eq "EMEA"', RECORD | {"password": object()}, TYPES)


def test_a_column_without_a_kind_says_so() -> None:
    """At once, not in a query."""
    of = Table("t", MetaData(), Column("born", Date), Column("n", Integer)).c
    with pytest.raises(TypeError, match=r"As\(column"):
        compile_filter("born pr", {"born": of.born})
    with pytest.raises(InvalidFilter, match="compares with a number"):
        compile_filter('n eq "1"', {"n": of.n})
    assert str(compile_filter("born pr", {"born": As(of.born, Kind.MOMENT)})) == "t.born IS NOT NULL"


def test_contradictions_are_named() -> None:
    """A child that wants another region than its parent has no record left."""
    texts = {"emea": 'region eq "EMEA" and consent eq true', "iberia": '(region eq "apac") and visits gt 1'}
    assert contradictions(texts, TYPES) == [
        'no record matches: emea wants region eq "emea", iberia wants region eq "apac"'
    ]
    for harmless in (
        'region eq "emea"',
        'region eq "APAC" or visits eq 1',
        'not (region eq "APAC")',
        "consent eq true",
    ):
        assert contradictions(texts | {"iberia": harmless}, TYPES) == []
