"""OpenID AuthZEN Authorization API 1.0: evaluation, evaluations and metadata, over HTTP.

Numbers like c-2-4-3 are those of the working group's certification scenario.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import crypto
from app.db import Database
from app.services import assignments, tokens, units
from app.stores.directory import open_directory_store
from tests.builders import Customer, a_customer, a_giving, a_user
from tests.conftest import KEY
from tests.protocol.conftest import PUBLIC_URL

VIEW, LAUNCH = "campaigns.email.view", "campaigns.email.launch"
CAMPAIGN = {"type": "campaign", "id": "c-1"}


@dataclass
class Api:
    """A platform that asks for decisions with its key."""

    client: FlaskClient
    customer: Customer
    key: str
    people: dict[str, str]

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.post(f"/access/v1/{path}", headers=headers, **options)

    def ask(self, name: str, permission: str = VIEW, **more: Any) -> dict[str, Any]:
        answer = self.post("evaluation", question(name, permission) | more)
        assert answer.status_code == 200, answer.text
        decided: dict[str, Any] = answer.json
        return decided

    def batch(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.post("evaluations", body)
        assert answer.status_code == 200, answer.text
        assert set(answer.json) == {"evaluations"}
        results: list[dict[str, Any]] = answer.json["evaluations"]
        return results


def subject(name: str) -> dict[str, Any]:
    return {"type": "user", "id": name}


def question(name: str, permission: str, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"subject": subject(name), "action": {"name": permission}, "resource": resource or CAMPAIGN}


def refused(answer: TestResponse, status: int, words: str = "") -> None:
    """An error of this API, and never a decision."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"status", "message", "request_id"}
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert answer.json["status"] == status
    assert words in answer.json["message"]


@pytest.fixture(scope="module")
def api(app: Flask, database: Database) -> Api:
    """Alice reads and launches, bob only reads, gone is deactivated, nobody has no role."""
    customer = a_customer(database)
    people = {}
    with database.writing() as session:
        units.create_unit(session, customer.account_id, "emea", "EMEA")
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        for name, role in (("alice", "Marketer"), ("bob", "Viewer"), ("gone", "Administrator"), ("nobody", None)):
            body = a_user(f"{name}@acme.example", active=name != "gone")
            people[name] = store.insert("User", body).stored.id
            if role:
                assignments.assign(session, customer.account_id, a_giving(role, people[name]))
        assignments.assign(session, customer.account_id, a_giving("Administrator", people["bob"], unit="emea"))
        key = crypto.make_token(crypto.API_KEY, KEY.encode())
        scopes = ("decisions:evaluate",)
        tokens.issue_api_key(session, customer.account_id, "plain", key, scopes=scopes, created_by="test")
    return Api(app.test_client(), customer, key.text, people)


@pytest.fixture(scope="module")
def explained(api: Api) -> Api:
    """The same with a key that may know why."""
    return Api(api.client, api.customer, api.customer.api_key, api.people)


def test_permit_and_deny_are_both_200(api: Api) -> None:
    """c-2-2-1, c-2-2-2, c-2-3: a boolean, and a context that is an object."""
    yes, no = api.ask("alice@acme.example", LAUNCH), api.ask("bob@acme.example", LAUNCH)
    assert (yes["decision"], no["decision"]) == (True, False)
    assert yes["context"]["reason"]["code"] == "allowed"
    assert no["context"]["reason"]["code"] == "no_grant"
    assert isinstance(yes["context"]["policy_revision"], int)
    assert "decided_by" not in yes["context"]


def test_context_properties_and_unknown_members_change_nothing(api: Api) -> None:
    """c-2-2-3, c-2-2-8, c-2-2-9: accepted and ignored, and nothing sent ever grants a role."""
    rich = {
        "subject": subject("bob@acme.example") | {"properties": {"role": "Administrator", "roles": ["Administrator"]}},
        "action": {"name": LAUNCH, "properties": {"soft": True}, "x": 1},
        "resource": CAMPAIGN | {"properties": {"owner": "bob"}, "y": None},
        "context": {"time": "2026-01-01T00:00:00Z", "ip": "10.0.0.1"},
        "unknown": [1, {"deep": True}],
        "evaluations": "not looked at here",
    }
    answer = api.post("evaluation", rich)
    assert (answer.status_code, answer.json["decision"]) == (200, False)
    rich["subject"] = subject("alice@acme.example") | {"properties": {}}
    assert api.post("evaluation", rich).json["decision"] is True


def test_the_same_question_has_the_same_answer(api: Api) -> None:
    """c-2-6."""
    assert len({json.dumps(api.ask("alice@acme.example", LAUNCH)) for _ in range(5)}) == 1


def test_a_subject_by_id_or_name(api: Api) -> None:
    """The user's id, else the userName whatever its case; anything else is unknown."""
    for reference in (api.people["alice"], "alice@acme.example", "ALICE@ACME.example"):
        assert api.ask(reference)["decision"] is True
    for reference in ("alice", str(uuid4()), "", "\0", "ü" * 3000):
        unknown = api.ask(reference)
        assert (unknown["decision"], unknown["context"]["reason"]["code"]) == (False, "unknown_subject")
        assert "policy_revision" not in unknown["context"]


def test_only_users_are_subjects(api: Api) -> None:
    """An id is unique within its type only."""
    decided = api.ask("x", subject={"type": "device", "id": api.people["alice"]})
    assert decided["context"]["reason"]["code"] == "unknown_subject"


@pytest.mark.parametrize(
    ("name", "permission", "resource", "code"),
    [
        ("gone", VIEW, CAMPAIGN, "inactive_user"),
        ("alice", "campaigns.email.fly", CAMPAIGN, "unknown_action"),
        ("alice", "profile.view", CAMPAIGN, "unknown_action"),
        ("alice", VIEW, {"type": "gadget", "id": "g-1"}, "unknown_resource"),
        ("nobody", VIEW, CAMPAIGN, "no_grant"),
        ("nobody", "profile.view", {"type": "profile", "id": "@nobody"}, "allowed"),
        ("nobody", "profile.view", {"type": "profile", "id": "nobody@acme.example"}, "allowed"),
        ("nobody", "profile.edit", {"type": "profile", "id": "@alice"}, "no_grant"),
        ("alice", VIEW, {"type": "profile", "id": "@alice"}, "unknown_action"),
    ],
)
def test_reason_codes(api: Api, name: str, permission: str, resource: dict[str, str], code: str) -> None:
    """Stable words for programs; a user without roles may only see and edit their own profile."""
    id = resource["id"]
    resource = resource | {"id": api.people[id[1:]] if id.startswith("@") else id}
    decided = api.ask(f"{name}@acme.example", permission, resource=resource)
    assert decided["context"]["reason"]["code"] == code
    assert decided["decision"] is (code == "allowed")


def test_the_business_unit_in_which_the_user_works(api: Api) -> None:
    """The context's, else the resource's, else the user's own."""
    in_emea = {"properties": {"business_unit": "emea"}}
    assert not api.ask("bob@acme.example", LAUNCH)["decision"]
    assert api.ask("bob@acme.example", LAUNCH, context={"business_unit": "emea"})["decision"]
    assert api.ask("bob@acme.example", LAUNCH, resource=CAMPAIGN | in_emea)["decision"]
    assert not api.ask("bob@acme.example", LAUNCH, resource=CAMPAIGN | in_emea, context={"business_unit": "root"})[
        "decision"
    ]
    elsewhere = api.ask("alice@acme.example", context={"business_unit": "atlantis"})
    assert elsewhere["context"]["reason"]["code"] == "not_in_business_unit"
    answer = api.post("evaluation", question("alice", VIEW) | {"context": {"business_unit": 5}})
    refused(answer, 400, "context.business_unit must be a string")


def test_details_only_for_keys_that_may_know(explained: Api) -> None:
    """Which role decided, by which source; ids and names of things, never of persons."""
    decided = explained.ask("bob@acme.example", LAUNCH, context={"business_unit": "emea"})
    assert decided["context"]["decided_by"] == [
        {
            "effect": "allow",
            "role": "Administrator",
            "permission": "*",
            "grant": "scoped_role",
            "business_unit": "emea",
            "source": "manual",
        }
    ]
    assert decided["context"]["reason"]["message"] == f"role Administrator allows {LAUNCH}"
    assert "olivia" not in json.dumps(decided)


def without(path: str) -> dict[str, Any]:
    body = json.loads(json.dumps(question("alice@acme.example", VIEW)))
    holder, _, key = path.rpartition(".")
    del (body[holder] if holder else body)[key]
    return body


@pytest.mark.parametrize(
    "path",
    ["subject", "action", "resource", "subject.type", "subject.id", "action.name", "resource.type", "resource.id"],
)
def test_an_incomplete_question_is_400(api: Api, path: str) -> None:
    """c-2-4-1, c-2-4-2: the message names what is missing."""
    for endpoint in ("evaluation", "evaluations"):
        refused(api.post(endpoint, without(path)), 400, f"{path} is missing")


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("subject", "alice", "subject must be an object with type and id, not a string"),
        ("subject", None, "subject must be an object with type and id, not null"),
        ("subject", {"type": "user", "id": 1}, "subject.id must be a string, not a number"),
        (
            "subject",
            {"type": "user", "id": "a", "properties": []},
            "subject.properties must be an object, not an array",
        ),
        ("action", {"name": 7}, "action.name must be a string, not a number"),
        ("action", {"name": "x", "properties": "y"}, "action.properties must be an object"),
        ("resource", {"type": True, "id": "1"}, "resource.type must be a string, not a boolean"),
        ("context", "here", "context must be an object, not a string"),
        ("context", None, "context must be an object, not null"),
    ],
)
def test_types_are_strict(api: Api, member: str, value: Any, words: str) -> None:
    """c-2-4-6: no guessing."""
    refused(api.post("evaluation", question("alice", VIEW) | {member: value}), 400, words)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", None]
)
def test_another_content_type_is_400(api: Api, content_type: str | None) -> None:
    """c-2-4-3: not 415."""
    data = json.dumps(question("alice", VIEW))
    refused(api.post("evaluation", data=data, content_type=content_type), 400, "Content-Type must be application/json")


def test_content_type_parameters_are_fine(api: Api) -> None:
    """A charset is no other type."""
    data = json.dumps(question("alice@acme.example", VIEW))
    assert api.post("evaluation", data=data, content_type="Application/JSON; charset=utf-8").json["decision"] is True


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the body is empty"),
        (b"  \n", "the body is empty"),
        (b'{"subject": ', "not valid JSON"),
        (b"[]", "must be a JSON object, not an array"),
        (b'"x"', "must be a JSON object, not a string"),
        (b"null", "must be a JSON object, not null"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON"),
        (b'{"a": "\\ud800"}', "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b'{"subject": {"id": "a", "id": "b"}}', 'the member "id" stands twice'),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "nested more than 32 levels"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a": "' + b"x" * 1_100_000 + b'"}', "the body has more than 1048576 bytes"),
    ],
)
def test_bodies_that_are_no_request(api: Api, data: bytes, words: str) -> None:
    """c-2-4-4, c-2-4-5, I-JSON and limits: 400, each with what is wrong."""
    refused(api.post("evaluation", data=data, content_type="application/json"), 400, words)


def test_the_request_id_comes_back(api: Api) -> None:
    """c-2-5: on success and on errors; without one nothing fails."""
    for body in (question("alice", VIEW), {"subject": 1}):
        answer = api.post("evaluation", body, headers={"X-Request-ID": "req-42"})
        assert answer.headers["X-Request-ID"] == "req-42"
    assert api.post("evaluation", question("alice", VIEW)).status_code == 200
    unwelcome = api.post("evaluation", question("alice", VIEW), headers={"X-Request-ID": "x" * 5000})
    assert len(unwelcome.headers["X-Request-ID"]) < 100


def test_who_may_ask(api: Api, app: Flask, database: Database) -> None:
    """401 without a valid key, 403 without the scope; neither is a decision, and accounts are walls."""
    body = question("alice@acme.example", VIEW)
    for wrong in ("", "Bearer", "Bearer nonsense", f"Basic {api.key}"):
        answer = api.post("evaluation", body, headers={"Authorization": wrong})
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    searcher = crypto.make_token(crypto.API_KEY, KEY.encode())
    with database.writing() as session:
        tokens.issue_api_key(
            session, api.customer.account_id, "search", searcher, scopes=("decisions:explain",), created_by="test"
        )
    refused(Api(api.client, api.customer, searcher.text, {}).post("evaluation", body), 403, "decisions:evaluate")
    other = a_customer(database)
    stranger = Api(app.test_client(), other, other.api_key, {})
    for reference in ("alice@acme.example", api.people["alice"]):
        assert stranger.ask(reference)["context"]["reason"]["code"] == "unknown_subject"


@pytest.mark.parametrize("path", ["", "/", "/evaluation/x", "/search", "/search/subject/x", "/nothing"])
def test_unknown_addresses_are_404(api: Api, path: str) -> None:
    """In the words of this API."""
    refused(api.client.post(f"/access/v1{path}", headers={"Authorization": f"Bearer {api.key}"}), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_405(api: Api, method: str) -> None:
    """With what is allowed."""
    for endpoint in ("evaluation", "evaluations"):
        answer = api.client.open(f"/access/v1/{endpoint}", method=method)
        refused(answer, 405, "POST")
        assert answer.headers["Allow"] == "POST"


def test_defaults_and_overrides(api: Api) -> None:
    """c-3-2-1, c-3-2-2, c-3-3: one answer each, in order."""
    results = api.batch(
        {**question("alice@acme.example", LAUNCH), "evaluations": [{}, {"resource": {"type": "campaign", "id": "2"}}]}
    )
    assert [one["decision"] for one in results] == [True, True]
    body = {"subject": subject("bob@acme.example"), "resource": CAMPAIGN}
    results = api.batch(body | {"evaluations": [{"action": {"name": VIEW}}, {"action": {"name": LAUNCH}}]})
    assert [one["decision"] for one in results] == [True, False]


def test_no_defaults_at_all(api: Api) -> None:
    """c-3-2-5, c-3-2-6: every item is complete in itself; contexts are inherited or replaced as a whole."""
    items = [question("alice@acme.example", LAUNCH), question("bob@acme.example", LAUNCH)]
    assert [one["decision"] for one in api.batch({"evaluations": items})] == [True, False]
    body = {**question("bob@acme.example", LAUNCH), "context": {"business_unit": "emea"}}
    results = api.batch(body | {"evaluations": [{}, {"context": {}}, {"context": {"business_unit": "root"}}]})
    assert [one["decision"] for one in results] == [True, False, False]


def test_an_override_replaces_the_whole_object(api: Api) -> None:
    """c-3-2-7: no merging inside an entity, and defaults that nobody uses may be incomplete."""
    body = {**question("alice@acme.example", VIEW), "resource": {}, "evaluations": [{"resource": CAMPAIGN}, {}]}
    results = api.batch(body)
    assert results[0]["decision"] is True
    assert results[1]["context"]["error"] == {"status": 400, "message": "resource.type is missing; send it as a string"}
    body = {**question("alice@acme.example", VIEW), "evaluations": [{"resource": {"id": "c-9"}}]}
    assert "resource.type is missing" in api.batch(body)[0]["context"]["error"]["message"]


def test_one_bad_item_harms_no_other(api: Api) -> None:
    """c-3-4-1: 200, and that item is closed."""
    good = question("alice@acme.example", LAUNCH)
    items = [good, {"subject": subject("a"), "action": {"name": VIEW}}, 5, good | {"subject": "alice"}, good]
    results = api.batch({"evaluations": items})
    assert [one["decision"] for one in results] == [True, False, False, False, True]
    assert [one["context"].get("error", {}).get("status") for one in results] == [None, 400, 400, 400, None]


@pytest.mark.parametrize("more", [{}, {"evaluations": []}])
def test_without_items_it_is_one_evaluation(api: Api, more: dict[str, Any]) -> None:
    """c-3-4-2, c-3-4-3: a single decision object."""
    answer = api.post("evaluations", question("alice@acme.example", VIEW) | more)
    assert (answer.status_code, answer.json["decision"]) == (200, True)
    assert "evaluations" not in answer.json


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_semantics(api: Api, semantic: str, decisions: list[bool]) -> None:
    """The one that ends it is the last result."""
    items = [{"action": {"name": name}} for name in (VIEW, LAUNCH, VIEW, LAUNCH)]
    body = {"subject": subject("bob@acme.example"), "resource": CAMPAIGN, "evaluations": items}
    results = api.batch(body | {"options": {"evaluations_semantic": semantic, "unknown": 1}})
    assert [one["decision"] for one in results] == decisions


def test_semantics_that_find_nothing_to_stop_at(api: Api) -> None:
    """All permitted, or all denied: all are returned; a bad item counts as a deny."""
    yes, no = question("alice@acme.example", VIEW), question("nobody@acme.example", VIEW)
    for semantic, items, expected in (
        ("deny_on_first_deny", [yes, yes], [True, True]),
        ("permit_on_first_permit", [no, {}, no], [False, False, False]),
        ("permit_on_first_permit", [no, yes, yes], [False, True]),
        ("deny_on_first_deny", [yes, {}, yes], [True, False]),
    ):
        results = api.batch({"evaluations": items, "options": {"evaluations_semantic": semantic}})
        assert [one["decision"] for one in results] == expected


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"evaluations": {}}, "evaluations must be an array of objects, not an object"),
        ({"evaluations": None}, "evaluations must be an array of objects, not null"),
        ({"evaluations": [{}], "options": []}, "options must be an object, not an array"),
        ({"evaluations": [{}], "options": {"evaluations_semantic": "guess"}}, "must be one of execute_all"),
        ({"evaluations": [{}], "options": {"evaluations_semantic": ["execute_all"]}}, "must be one of execute_all"),
        ({"evaluations": [{}] * 1001}, "evaluations has 1001 items, and at most 1000"),
    ],
)
def test_what_is_wrong_with_a_batch_itself_is_400(api: Api, more: dict[str, Any], words: str) -> None:
    """An unknown semantic too: guessing would change what is enforced."""
    refused(api.post("evaluations", question("alice@acme.example", VIEW) | more), 400, words)


def test_a_batch_of_many_people(api: Api) -> None:
    """Up to the limit, known and unknown."""
    names = ["alice@acme.example", "bob@acme.example", api.people["alice"], "NOBODY@acme.example"]
    items = [{"subject": subject(names[number % 4] if number % 5 else f"x{number}")} for number in range(1000)]
    results = api.batch({"action": {"name": LAUNCH}, "resource": CAMPAIGN, "evaluations": items})
    assert [one["decision"] for one in results] == [bool(number % 5) and number % 4 in (0, 2) for number in range(1000)]


def test_metadata_of_an_account(api: Api) -> None:
    """c-6: the identifier is what the address was made from, whatever host was asked."""
    account = api.customer.account_id
    answer = api.client.get(f"/.well-known/authzen-configuration/{account}", headers={"Host": "evil.example"})
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert "max-age=" in answer.headers["Cache-Control"]
    assert answer.json == {
        "policy_decision_point": f"{PUBLIC_URL}/{account}",
        "access_evaluation_endpoint": f"{PUBLIC_URL}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{PUBLIC_URL}/access/v1/evaluations",
        "search_subject_endpoint": f"{PUBLIC_URL}/access/v1/search/subject",
        "search_resource_endpoint": f"{PUBLIC_URL}/access/v1/search/resource",
        "search_action_endpoint": f"{PUBLIC_URL}/access/v1/search/action",
        "supported_obligations": ["custom"],
    }
    plain = api.client.get("/.well-known/authzen-configuration")
    assert plain.json["policy_decision_point"] == PUBLIC_URL


@pytest.mark.parametrize("name", ["acme", "a/b", "%22", "00000000-0000-0000-0000-00000000000G"])
def test_metadata_of_nothing(api: Api, name: str) -> None:
    """404, and never something of the caller's in the answer."""
    refused(api.client.get(f"/.well-known/authzen-configuration/{name}"), 404)
    refused(api.client.post("/.well-known/authzen-configuration"), 405, "GET")


def test_metadata_of_an_unknown_account(api: Api) -> None:
    """Section 9.2: an id that looks right but is no account's is 404, not the metadata of nobody."""
    refused(api.client.get(f"/.well-known/authzen-configuration/{uuid4()}"), 404, "account's id")
