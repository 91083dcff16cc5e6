"""The whole application over HTTP, in process, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.compose import create_app
from app.config import Settings
from app.db import Database
from tests.builders import Customer, a_customer, recorded
from tests.conftest import settings_for
from tests.protocol.api_client import Api, an_api_key, an_installation_key

PUBLIC_URL = "https://muster.example.test"


@pytest.fixture(scope="session")
def app(database_url: str) -> Flask:
    """The application on the worker's database."""
    return create_app(_settings(database_url))


@pytest.fixture(scope="module")
def reaching_app(database_url: str) -> Iterator[Flask]:
    """Another one, which may call what listens on this machine; with other limits of pace of its own in each module."""
    made = create_app(_settings(database_url, private_targets="127.0.0.0/8"))
    yield made
    made.extensions["database"].dispose()


def _settings(database_url: str, **changes: object) -> Settings:
    # All sign-ins of a whole run come from one address.
    usual: dict[str, object] = {"public_url": PUBLIC_URL, "log_level": "error", "sso_requests_per_minute": 100_000}
    return settings_for(database_url, **usual | changes)


ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For large tables about what is refused before any database is asked: one engine is enough."""


class Scim:
    """A SCIM client of one directory: paths are relative, bodies are JSON, errors are answers."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def request(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = self.headers | options.pop("headers", {})
        if body is not None:
            options["json"] = body
            headers.setdefault("Content-Type", "application/scim+json")
        return self._client.open(f"/scim/v2{path}", method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.request("GET", path, query_string=query or None)

    def post(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.request("PUT", path, body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.request("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.request("DELETE", path, **options)

    def raw(self, method: str, path: str, data: bytes | str, **headers: str) -> TestResponse:
        """Send bytes that need not be JSON; ``content_type`` names a header like ``Content-Type``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request(method, path, data=data, headers={"Content-Type": "application/scim+json"} | named)

    def replay(self, case: str, **facts: str | bool) -> TestResponse:
        """Send a recorded request of a provider with this directory's token."""
        made = recorded(case, **facts)
        return self.request(made["method"], made["path"], made.get("body"), headers=made["headers"])

    def create(self, path: str, body: Any) -> dict[str, Any]:
        """Create and return the resource; the answer must be 201."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json
        return created

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        """Read a resource or list; the answer must be 200."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found


@pytest.fixture
def customer(database: Database) -> Customer:
    """An account nobody else uses."""
    return a_customer(database)


@pytest.fixture
def scim(app: Flask, customer: Customer) -> Scim:
    """A SCIM client with the customer's token."""
    return Scim(app.test_client(), customer.token)


@pytest.fixture
def stranger(app: Flask, database: Database) -> Scim:
    """A SCIM client of a different customer."""
    return Scim(app.test_client(), a_customer(database).token)


@pytest.fixture(scope="module")
def shared(app: Flask, database: Database) -> Scim:
    """One directory for a whole table of cases, each of which makes its own resources and never counts."""
    return Scim(app.test_client(), a_customer(database).token)


@pytest.fixture
def decide(app: Flask, customer: Customer) -> Any:
    """Ask for one decision: ``decide(subject, permission)`` → the decision's JSON."""
    client = app.test_client()

    def ask(subject: str, permission: str, resource: dict[str, Any] | None = None, **context: Any) -> dict[str, Any]:
        body = {
            "subject": {"type": "user", "id": subject},
            "action": {"name": permission},
            "resource": resource or {"type": "campaign", "id": "1"},
            "context": context,
        }
        answer = client.post(
            "/access/v1/evaluation", json=body, headers={"Authorization": f"Bearer {customer.api_key}"}
        )
        assert answer.status_code == 200, answer.text
        decided: dict[str, Any] = answer.json
        return decided

    return ask


def refusal(answer: TestResponse) -> tuple[int, str | None]:
    """Status and scimType of a well-formed SCIM error."""
    body = answer.json
    assert answer.mimetype == "application/scim+json", answer.text
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"], body
    assert body["status"] == str(answer.status_code), body
    assert body["detail"], body
    return answer.status_code, body.get("scimType")


@pytest.fixture
def api(app: Flask, database: Database, customer: Customer) -> Api:
    """A caller of the administration API who may do everything in the customer's account."""
    return Api(app, an_api_key(database, customer.account_id), customer.account_id)


@pytest.fixture
def other_api(app: Flask, database: Database) -> Api:
    """The same for an account that nobody else uses."""
    account_id = a_customer(database).account_id
    return Api(app, an_api_key(database, account_id), account_id)


@pytest.fixture
def operator_api(app: Flask, database: Database) -> Api:
    """A caller with a key of the installation."""
    return Api(app, an_installation_key(database))
