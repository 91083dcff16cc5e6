"""When the database is gone or full of work: 503 and try again, in the face's own words, never a stack trace."""

from __future__ import annotations

from typing import Any

import pytest

from app import crypto
from app.compose import create_app
from tests.conftest import settings_for
from tests.protocol.conftest import refusal


def bearer(kind: str) -> dict[str, str]:
    """A well-formed token of nobody."""
    return {"Authorization": f"Bearer {crypto.make_token(kind, b'any key').text}"}


@pytest.fixture
def stranded() -> Any:
    """The application on a database that does not answer."""
    app = create_app(settings_for("postgresql+psycopg://nobody@127.0.0.1:1/none", log_level="error"))
    return app.test_client()


def test_scim_without_a_database_is_503(stranded: Any) -> None:
    """A SCIM error with Retry-After; the identity provider tries again."""
    answer = stranded.get("/scim/v2/Users", headers=bearer("mscim"))
    assert refusal(answer) == (503, None)
    assert answer.headers["Retry-After"] == "1"


def test_a_decision_without_a_database_is_503(stranded: Any) -> None:
    """No decision is not a decision."""
    answer = stranded.post("/access/v1/evaluation", json={}, headers=bearer("mapi"))
    assert answer.status_code == 503
    assert "decision" not in answer.json


def test_not_ready_without_a_database(stranded: Any) -> None:
    """Alive, but not ready."""
    assert stranded.get("/healthz").status_code == 200
    answer = stranded.get("/readyz")
    assert answer.status_code == 503
    assert "database" in answer.json["detail"]


def test_elsewhere_an_unknown_address_is_plain_json(stranded: Any) -> None:
    """No HTML, and the request id to ask about."""
    answer = stranded.get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
