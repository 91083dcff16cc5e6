"""Evaluations that need more than roles: attributes sent and stored, items, data filters, obligations; over HTTP.

The platform is made up: documents that are kept here with levels, notes that are not, and rows that are filtered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app import crypto
from app.db import Database
from app.services import tokens
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS
from tests.conftest import KEY
from tests.stores.test_decision_store import CATALOGUE, World, a_world

FILTER = 'region eq "EMEA"'


@dataclass
class Api:
    """A platform that asks for decisions, and is told why."""

    client: FlaskClient
    world: World
    key: str

    def ask(self, name: str, permission: str, type: str, id: str = "1", **more: Any) -> dict[str, Any]:
        answer = self.post("evaluation", question(name, permission, type, id, **more))
        decided: dict[str, Any] = answer.json
        return decided

    def post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        answer = self.client.post(f"/access/v1/{path}", headers=headers, data=json.dumps(body))
        assert answer.status_code == 200, answer.text
        return answer

    def code(self, *question: Any, **more: Any) -> str:
        decided = self.ask(*question, **more)
        code: str = decided["context"]["reason"]["code"]
        assert decided["decision"] is (code == "allowed")
        return code


def question(name: str, permission: str, type: str, id: str = "1", **more: Any) -> dict[str, Any]:
    """``subject``, ``action``, ``resource`` are properties, ``context`` is itself."""
    body: dict[str, Any] = {
        "subject": {"type": "user", "id": name, "properties": more.get("subject", {})},
        "action": {"name": permission, "properties": more.get("action", {})},
        "resource": {"type": type, "id": id, "properties": more.get("resource", {})},
    }
    return body | ({"context": more["context"]} if "context" in more else {})


@pytest.fixture(scope="module")
def api(app: Flask, database: Database) -> Api:
    """Ana has a conditional role, bob owns document d-1, carol reads rows in EMEA by an individual permission."""
    with database.writing() as session:
        world = a_world(session)
        catalogue = CATALOGUE | {
            "action_attributes": [{"name": "soft", "type": "boolean"}],
            "context_attributes": [{"name": "hour", "type": "number"}],
        }
        session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == world.account).values(catalogue=catalogue))
        ana, bob, carol = (world.user(name) for name in ("ana", "bob", "carol"))
        world.assign(world.role("read", name="Reader"), user_id=ana)
        world.assign(world.role("edit", when='resource.status eq "draft"', name="Editor"), user_id=ana)
        world.assign(world.role("delete", when="action.soft eq true", name="Remover"), user_id=ana)
        world.assign(world.role("create", when='subject.title eq "Boss"', name="Maker"), user_id=ana)
        world.assign(world.role(deny="read", when="context.hour ge 22", name="Night"), user_id=ana)
        world.assign(world.role("read", "edit", name="Both"), user_id=bob)
        world.individual(carol, "read")
        world.filter(FILTER, business_unit_id=world.units["emea"])
        world.item("d-1", levels="modify read read", owner_id=bob, attributes={"status": "draft"})
        world.item("d-2", levels="modify modify modify", attributes={"status": "final"})
        world.share("d-1", "apac", "read")
        key = crypto.make_token(crypto.API_KEY, KEY.encode())
        scopes = ("decisions:evaluate", "decisions:explain")
        tokens.issue_api_key(session, world.account, "explained", key, scopes=scopes, created_by="test")
    return Api(app.test_client(), world, key.text)


@pytest.mark.parametrize(
    ("permission", "item", "more", "code"),
    [
        ("read", "d-1", {}, "allowed"),
        ("read", "d-1", {"context": {"hour": 22.5}}, "denied_by_role"),
        ("read", "d-1", {"context": {"hour": "22"}}, "allowed"),
        ("edit", "d-1", {}, "item_level"),
        ("edit", "d-2", {}, "condition_false"),
        ("edit", "d-2", {"resource": {"status": "Draft"}}, "allowed"),
        ("edit", "d-1", {"resource": {"status": "final"}}, "condition_false"),
        ("edit", "d-1", {"resource": {"owner": "ana", "rest_level": "modify"}}, "item_level"),
        ("delete", "d-2", {"action": {"soft": True}}, "allowed"),
        ("delete", "d-2", {"action": {"soft": False}}, "condition_false"),
        ("delete", "d-2", {"action": {"soft": "true"}}, "condition_false"),
        ("create", "d-9", {"subject": {"title": "boss"}}, "allowed"),
        ("create", "d-9", {}, "condition_false"),
        ("edit", "d-9", {"resource": {"status": "draft"}}, "unknown_resource"),
        ("read", "d-1", {"context": {"business_unit": "apac"}}, "allowed"),
        ("read", "d-2", {"context": {"business_unit": "apac"}}, "not_in_business_unit"),
    ],
)
def test_what_is_sent_and_what_is_stored(api: Api, permission: str, item: str, more: dict[str, Any], code: str) -> None:
    """c-2-2-4 to c-2-2-7 in other words: each part's properties decide as far as they are declared."""
    assert api.code("ana", permission, "doc", item, **more) == code


def test_an_item_that_is_not_kept_here(api: Api) -> None:
    """Its owner, group, unit and levels are what is sent."""
    mine = {"owner": "bob", "owner_level": "modify", "rest_level": "read"}
    assert api.code("bob", "edit", "note", resource=mine) == "allowed"
    assert api.code("bob", "edit", "note", resource=mine | {"owner": "ana"}) == "item_level"
    assert api.code("bob", "read", "note", resource=mine | {"owner": "ana", "business_unit": "apac"}) == "allowed"
    assert api.code("bob", "edit", "note") == "item_level"
    lost = mine | {"business_unit": "nowhere"}
    assert api.code("bob", "edit", "note", resource=lost) == "not_in_business_unit"
    assert api.code("bob", "edit", "note", resource=lost, context={"business_unit": "emea"}) == "not_in_business_unit"


def test_a_data_filter_is_an_obligation(api: Api) -> None:
    """Binding on whoever asked; who says they cannot apply it is told no."""
    here = {"business_unit": "emea"}
    decided = api.ask("carol", "read", "row", context=here)
    assert decided["decision"] is True
    assert decided["context"]["obligations"] == [
        {"id": "o-1", "type": "custom", "properties": {"kind": "data_filter", "record_type": "row", "filter": FILTER}}
    ]
    assert "obligations" not in api.ask("carol", "read", "row")["context"]
    for supported, code in (
        (["custom"], "allowed"),
        (["step-up", "data_filter"], "allowed"),
        ([], "unsupported_obligation"),
        (["step-up"], "unsupported_obligation"),
        ("custom", "unsupported_obligation"),
        (None, "unsupported_obligation"),
        ([{"type": "custom"}, 5], "unsupported_obligation"),
    ):
        context = here | {"supported_obligations": supported}
        assert api.code("carol", "read", "row", context=context) == code
        assert "obligations" in api.ask("carol", "read", "row", context=context)["context"] or code != "allowed"
    assert api.code("carol", "read", "row", context={"supported_obligations": []}) == "allowed"


def test_what_decided_is_told_to_those_who_may_know(api: Api) -> None:
    """Individual permissions, conditions, and what the item said; ids and names of things, never of persons."""
    decided = api.ask("carol", "read", "row")["context"]
    assert decided["decided_by"] == [
        {"effect": "allow", "permission": "read", "grant": "individual_permission", "source": "manual"}
    ]
    decided = api.ask("ana", "edit", "doc", "d-1")["context"]
    assert decided["reason"]["message"] == "edit: the item allows only reading to everybody else"
    assert decided["item"] == {"relation": "rest", "needed": "modify", "level": "read"}
    assert [one["condition"] for one in decided["decided_by"]] == ['resource.status eq "draft"']
    decided = api.ask("ana", "edit", "doc", "d-2")["context"]
    assert decided["reason"]["message"] == 'role Editor allows edit only when resource.status eq "draft"'
    assert "decided_by" not in decided
    assert api.ask("bob", "edit", "doc", "d-1")["context"]["item"]["relation"] == "owner"


def test_an_answer_is_good_for_a_revision_only_if_nothing_else_decided_it(api: Api) -> None:
    """Items and what is stored of people change without one."""

    def lasts(*question: Any, **more: Any) -> bool:
        return "policy_revision" in api.ask(*question, **more)["context"]

    assert lasts("carol", "read", "row")
    assert lasts("bob", "edit", "note", resource={"rest_level": "modify"})
    assert not lasts("bob", "edit", "note", resource={"rest_level": "modify", "owner": "ana"})
    assert not lasts("ana", "read", "note")
    assert not lasts("bob", "edit", "doc", "d-1")
    assert not lasts("bob", "edit", "doc", "d-9")
    assert not lasts("zoe", "read", "row")


def test_whoever_is_asked_for_by_an_external_id(api: Api, database: Database) -> None:
    """Where the account allows it; such an answer is good for this once."""
    with database.writing() as session:
        world = World(session, api.world.account, api.world.directory, api.world.units)
        dora = world.user("dora", externalId="E-77")
        world.individual(dora, "read")
    assert api.code("E-77", "read", "row") == "unknown_subject"
    with database.writing() as session:
        bump(session, api.world.account)
        session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == api.world.account).values(finds_external_id=True))
    assert api.code("E-77", "read", "row") == "allowed"
    assert "policy_revision" not in api.ask("E-77", "read", "row")["context"]
    assert "policy_revision" in api.ask(dora, "read", "row")["context"]


def test_a_batch_judges_each_question_by_its_own_properties(api: Api) -> None:
    """c-3-2-3, c-3-2-4, c-3-2-7: defaults are replaced as a whole, and all is of one moment."""
    final = {"type": "doc", "id": "d-2"}
    body = question("ana", "edit", "doc", "d-2", resource={"status": "draft"})
    soft = {"name": "delete", "properties": {"soft": True}}
    items: list[dict[str, Any]] = [
        {},
        {"resource": final},
        {"resource": final | {"properties": {"status": "draft"}}},
        {"action": soft},
        {"action": {"name": "delete"}},
        {"subject": {"type": "user", "id": "bob"}, "resource": final},
        {"resource": {"type": "doc", "id": "d-1", "properties": {"status": "draft"}}},
        {"resource": {"type": "doc", "id": "d-9"}},
    ]
    results = api.post("evaluations", body | {"evaluations": items}).json["evaluations"]
    assert [one["decision"] for one in results] == [True, False, True, True, False, True, False, False]
