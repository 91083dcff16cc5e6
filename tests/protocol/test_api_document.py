"""The OpenAPI document: valid, complete, and what it promises is kept by every operation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from app.db import Database
from app.problems import KINDS
from app.services.tokens import SCOPES
from tests.builders import Customer, a_customer
from tests.protocol.api_client import BASE, Api, an_api_key, operations, problem
from tests.protocol.furnished import furnished


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    """The document as it is served, to anybody."""
    answer = app.test_client().get(f"{BASE}/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    """OpenAPI 3.1, by an independent judge."""
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    """Summary, description, scope, an example of each body, and what may be refused."""
    ids = []
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        ids.append(operation["operationId"])
        assert operation["summary"].endswith("."), where
        assert operation["description"].endswith("."), where
        [(scheme, scopes)] = operation["security"][0].items()
        assert (scheme == "installationKey") == (scopes == []), where
        assert set(scopes) <= set(SCOPES), where
        assert {"401", "503"} <= set(operation["responses"]), where
        assert ("403" in operation["responses"]) == (scheme == "apiKey"), where
        assert ("304" in operation["responses"]) == (method == "get"), where
        if method in ("patch", "put", "delete"):
            assert "400" in operation["responses"], where
        body = operation.get("requestBody")
        if body is not None:
            assert "example" in body["content"]["application/json"], where
            assert {"400", "413", "415"} <= set(operation["responses"]), where
        for parameter in operation.get("parameters", []):
            assert "$ref" in parameter or parameter.get("description"), where
    assert len(ids) == len(set(ids)) > 70


def test_every_scope_is_good_for_something(document: dict[str, Any]) -> None:
    """None is left over."""
    used = {scope for _, _, one in operations(document) for scope in one["security"][0].get("apiKey", ())}
    assert used == set(SCOPES)


def test_the_page_is_complete_and_loads_nothing_from_elsewhere(app: Flask, document: dict[str, Any]) -> None:
    """Every operation, shape, scope and kind of problem; no script, no foreign address, a strict policy."""
    answer = app.test_client().get(f"{BASE}/docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    page = answer.text
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    for wanted in (
        *(one["operationId"] for _, _, one in operations(document)),
        *(f"shape-{name}" for name in document["components"]["schemas"]),
        *KINDS,
    ):
        assert wanted in anchors
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)
    assert all(f"<code>{scope}</code>" in page for scope in SCOPES)
    assert "<script" not in page
    assert "style=" not in page
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', page)) == {"docs.css", "openapi.json"}
    [policy] = answer.headers.getlist("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert app.test_client().get(f"{BASE}/docs.css").mimetype == "text/css"
    known = app.test_client().get(f"{BASE}/docs", headers={"If-None-Match": answer.headers["ETag"]})
    assert known.status_code == 304


def test_every_operation_needs_its_scope(
    app: Flask, database: Database, customer: Customer, document: dict[str, Any]
) -> None:
    """A key with all scopes but the one: 403, naming it; without a key: 401. Before the body is even read."""
    nobody = Api(app, None)
    lacking = {
        scope: Api(app, an_api_key(database, customer.account_id, *(one for one in SCOPES if one != scope)))
        for scope in SCOPES
    }
    for method, path, operation in operations(document):
        where = re.sub(r"\{\w+\}", "x", path.removeprefix(BASE))
        assert problem(nobody.request(method.upper(), where)) == (401, "unauthenticated"), where
        for scope in operation["security"][0].get("apiKey", ()):
            answer = lacking[scope].request(method.upper(), where)
            assert problem(answer) == (403, "insufficient-scope"), (method, where)
            assert answer.json["scope"] == scope


def test_nothing_of_another_account_can_be_reached(app: Flask, database: Database, document: dict[str, Any]) -> None:
    """Its ids are not found, by any operation, though all else that is named is there."""
    mine, theirs = (furnished(app, database, a_customer(database, profile="exacttarget").account_id) for _ in range(2))
    tried = 0
    for method, path, operation in operations(document):
        named = re.findall(r"\{(\w+)\}", path)
        if not named or "apiKey" not in operation["security"][0] or named == ["profile"]:
            continue
        for foreign in named:
            if foreign in ("revision", "second", "entry"):
                continue  # numbers, of which every account has its own
            ids = mine.ids | ({foreign: theirs.ids[foreign]} if foreign != "type" else {"item": theirs.ids["item"]})
            where = path.removeprefix(BASE).format(**ids)
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            answer = mine.api.request(method.upper(), where, content.get("example"))
            assert problem(answer) == (404, "not-found"), (method, where, answer.text)
            tried += 1
    assert tried > 50
    for path, body in (
        ("/assignments", {"role": theirs.ids["role"], "users": [mine.ids["user"]]}),
        ("/assignments", {"role": mine.ids["role"], "users": [theirs.ids["user"]]}),
        ("/assignments", {"role": mine.ids["role"], "group": theirs.ids["group"]}),
        ("/assignments", {"role": mine.ids["role"], "users": [mine.ids["user"]], "unit": theirs.ids["unit"]}),
        ("/assignments", {"role": mine.ids["role"], "principal_unit": theirs.ids["unit"]}),
        ("/users", {"user_name": "new", "home_unit": theirs.ids["unit"]}),
        ("/users", {"user_name": "new", "roles": [theirs.ids["role"]]}),
        (f"/groups/{mine.ids['group']}/members", {"users": [theirs.ids["user"]]}),
        (f"/groups/{mine.ids['group']}/members", {"groups": [theirs.ids["group"]]}),
        ("/business-units", {"key": "new", "name": "N", "parent": theirs.ids["unit"]}),
        ("/roles", {"name": "New", "copy_of": theirs.ids["role"]}),
        ("/items", {"type": "email", "id": "new", "owner": theirs.ids["user"]}),
        ("/items", {"type": "email", "id": "new", "unit": theirs.ids["unit"]}),
        ("/explain", {"user": theirs.ids["user"], "permission": "campaigns"}),
    ):
        answer = mine.api.post(path, body)
        assert answer.status_code in (400, 404), (path, body, answer.text)
    assert theirs.state() == theirs.before
    assert mine.state() == mine.before
