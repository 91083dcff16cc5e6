"""Whatever is sent, the administration API answers as its document says, and never with a fault."""

from __future__ import annotations

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.db import Database
from tests.builders import a_customer
from tests.effort import examples
from tests.protocol.api_client import BASE, Api, an_api_key, an_installation_key

EXAMPLES = examples(2)
PHASES = [Phase.explicit, Phase.generate]  # a failure is short enough as it is
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def keys(app: Flask, database: Database) -> dict[str, str]:
    """A key of an account with a little of everything, and one of the installation."""
    account_id = a_customer(database, profile="exacttarget").account_id
    api = Api(app, an_api_key(database, account_id), account_id)
    user = api.create("/users", {"user_name": "ana@acme.example"})["id"]
    api.create("/groups", {"display_name": "Marketing"})
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    api.create("/roles", {"name": "Marketer"})
    api.post("/assignments", {"role": "Marketer", "users": [user]})
    api.create("/items", {"type": "email", "id": "spring-sale", "owner": user})
    return {"apiKey": api.key or "", "installationKey": an_installation_key(database)}


def test_whatever_is_sent_is_answered_as_described(app: Flask, keys: dict[str, str], subtests: pytest.Subtests) -> None:
    """Status, media type, headers and body are among those that the document has for the operation."""
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", app)
    for found in schema.get_all_operations():
        operation = found.ok()
        [scheme] = operation.definition.raw["security"][0]
        with subtests.test(operation.label):
            _try(operation, keys[scheme])


def _try(operation: APIOperation, key: str) -> None:
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck], database=None, phases=PHASES)
    def call(case: Case) -> None:
        headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "muster-actor"}
        case.headers = headers | {"Authorization": f"Bearer {key}"}
        case.call_and_validate(checks=CHECKS)

    call()
