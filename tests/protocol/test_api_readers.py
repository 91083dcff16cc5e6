"""Reading in a person's name: whoever administers nothing reads what is about themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.builders import a_user
from tests.protocol.api_client import BASE, Api, done, operations, problem
from tests.protocol.conftest import Scim

OWN = {
    ("get", "/users/{user}"),
    ("get", "/users/{user}/access"),
    ("get", "/users/{user}/access-requests"),
    ("get", "/users/{user}/permissions"),
    ("get", "/users/{user}/sessions"),
    ("get", "/users/{user}/units"),
    ("get", "/users/{user}/views"),
    ("get", "/what-can"),
    ("post", "/decisions/check"),
    ("post", "/explain"),
}
"""About a user: themselves only."""
ROLES = {("get", "/roles/{role}"), ("get", "/roles/{role}/permissions")}
"""About a role: one that they have."""
OPEN = {("get", "/catalogue")}
OWNERS = {
    "/access-requests",
    "/access-requests/{request}",
    "/users/{user}/access-requests",
    "/identity-links",
    "/identity-links/{identity_link}",
    "/account/sign-in",
    "/events",
    "/audit-entries",
    "/audit-entries/{entry}",
    "/oauth-clients",
    "/oauth-clients/{client}",
    "/webhooks",
    "/webhooks/{webhook}",
    "/webhooks/{webhook}/deliveries",
    "/webhooks/{webhook}/status",
    "/domains",
    "/domains/{domain}",
    "/setup-links",
    "/setup-links/{link}",
    "/sign-in-traces",
    "/sign-in-traces/{trace}",
    "/connections",
    "/connections/{connection}",
    "/connections/{connection}/health",
    "/connections/{connection}/tests/{test}",
}
"""About everybody in the account, so for Account Owners only; as is the plan of a profile, which asks for more."""
QUERIES = {
    "/what-can": {"user": "USER"},
    "/who-can": {"permission": "campaigns.email.view"},
    "/data-filters/combined": {"unit": "root", "record_type": "x"},
}


@pytest.fixture
def people(api: Api) -> Api:
    """An Account Owner, a manager of one unit's users, and two who administer nothing."""
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    for name, roles in (("boss", ["Account Owner"]), ("carl", []), ("ana", ["Viewer"]), ("bob", ["Marketer"])):
        api.create("/users", {"user_name": name, "roles": roles})
    done(api.post("/assignments", {"role": "Administrator", "users": ["carl"], "unit": "emea"}))
    return api


def _reads(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for method, path, operation in operations(document):
        declared_read = method == "get" or operation["operationId"] in _READING_POSTS
        if declared_read and "apiKey" in operation["security"][0]:
            found.append((method, path.removeprefix(BASE), operation))
    return found


_READING_POSTS = {
    "check",
    "explain_decision",
    "impact_of_change",
    "plan_catalogue",
    "plan_item_changes",
    "plan_move",
    "plan_transfer",
    "try_record",
}


def _ask(api: Api, method: str, path: str, operation: dict[str, Any], user: str, role: str) -> Any:
    names = {"user": user, "role": role, "other": role, "unit": "root", "profile": "crm"}
    where = re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "x"), path)
    query = {name: user if value == "USER" else value for name, value in QUERIES.get(path, {}).items()}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    if body is not None and "user" in body:
        body = {"user": user, "permission": body["permission"]}
    return api.request(method.upper(), where, body, query_string=query or None)


def test_every_operation_is_closed_to_whoever_administers_nothing(app: Flask, people: Api) -> None:
    """Save what is about themselves, the catalogue, and their roles: generated over all that read."""
    document = app.test_client().get(f"{BASE}/openapi.json").json
    ana, closed, opened = people.acting_as("ana"), set(), set()
    for method, path, operation in _reads(document):
        about_others = _ask(ana, method, path, operation, "bob", "Marketer")
        if (method, path) in OPEN:
            assert about_others.status_code == 200, path
        else:
            assert problem(about_others) == (403, "forbidden"), (method, path)
        about_themselves = _ask(ana, method, path, operation, "ANA", "viewer")
        (closed if about_themselves.status_code == 403 else opened).add((method, path))
    assert opened == OWN | ROLES | OPEN
    assert len(closed) > 25


@pytest.mark.parametrize("person", ["boss", "carl"])
def test_whoever_administers_something_reads_everything(app: Flask, people: Api, person: str) -> None:
    """An Account Owner, or somebody with a right of administration in one unit."""
    document = app.test_client().get(f"{BASE}/openapi.json").json
    for method, path, operation in _reads(document):
        if method == "get" and path != "/profiles/{profile}/plan":
            answer = _ask(people.acting_as(person), method, path, operation, "bob", "Marketer")
            is_closed = path in OWNERS and person != "boss"
            assert (answer.status_code == 403) == is_closed, (path, answer.text)


def test_what_is_about_somebody_is_really_about_them(people: Api, scim: Scim) -> None:
    """A name that is somebody else's id opens nothing of theirs."""
    bob = people.read("/users/bob")["id"]
    impostor = scim.create("/Users", a_user(bob.upper()))["id"]
    acting = people.acting_as(impostor)
    assert problem(acting.get(f"/users/{bob}")) == (403, "forbidden")
    assert problem(acting.post("/explain", {"user": bob, "permission": "x"})) == (403, "forbidden")
    assert acting.read(f"/users/{impostor}/access")["user_id"] == impostor


def test_a_person_sees_their_own(people: Api) -> None:
    """By name or id, and their roles with what they say; of others nothing, not even that they are not there."""
    ana = people.acting_as("ana")
    id = ana.read("/users/ana")["id"]
    assert ana.read(f"/users/{id}/access")["assignments"][0]["role"] == "Viewer"
    assert done(ana.post("/decisions/check", {"user": id, "permission": "campaigns.email.view"}))["decision"] is True
    for path in ("/users/bob", "/users/nobody", "/roles/Marketer", "/roles/nothing"):
        assert problem(ana.get(path)) == (403, "forbidden")
