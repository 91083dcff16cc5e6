"""How much is tried, and what every answer must be like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from werkzeug.test import TestResponse

from app.db import Database
from tests.builders import a_customer
from tests.effort import examples
from tests.protocol.conftest import Scim, refusal
from tests.protocol.fuzz.described import Kind, discover

SCIM_TYPES = {
    400: {
        *("invalidFilter", "tooMany", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue"),
        *("invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"),
    },
    409: {"uniqueness", None},
}
"""RFC 7644 §3.12 table 9 and RFC 9865 §2.1; a refusal of any other status has no scimType."""

Budget = Callable[..., settings]


@pytest.fixture
def budget(database_url: str) -> Budget:
    """Settings for so many examples; PostgreSQL, which is slower to reach, gets an eighth."""

    def budgeted(usual: int, **more: Any) -> settings:
        most = examples(usual if database_url.startswith("sqlite") else usual // 8)
        return settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck), **more)

    return budgeted


@pytest.fixture(scope="module")
def kinds(shared: Scim) -> dict[str, Kind]:
    """The kinds of resources, as the service describes them."""
    return discover(shared)


@pytest.fixture
def newcomer(app: Flask, database: Database) -> Callable[[], Scim]:
    """Makes a SCIM client of a new, empty directory."""
    return lambda: Scim(app.test_client(), a_customer(database).token)


def judge(answer: TestResponse, *successes: int) -> bool:
    """Whether it is a success of the kind asked for; anything but that or a well-formed refusal fails the test."""
    if answer.status_code in successes:
        return True
    status, kind = refusal(answer)
    assert 400 <= status < 500, answer.text
    assert kind in SCIM_TYPES.get(status, {None}), answer.text
    return False
