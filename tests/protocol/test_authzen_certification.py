"""The working group's certification scenario for AuthZEN, at all levels; each test has its id there.

The account is an ordinary one, loaded from a shipped profile with its sample. Everything is asked twice: as the
scenario names it, and with every name of the profile changed, so that no code can know the names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import Database
from tests.builders import Customer
from tests.protocol.certification import a_certified_customer, renamed
from tests.protocol.conftest import PUBLIC_URL

Json = dict[str, Any]
ALL_ENDPOINTS = ("evaluation", "evaluations", "search/subject", "search/resource", "search/action")


@dataclass
class Point:
    """A decision point. What is asked and answered is in the scenario's own words; ``names`` are those in use."""

    client: FlaskClient
    customer: Customer
    names: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.customer.api_key}"} | options.pop("headers", {})
        if body is not None:
            options = {"data": json.dumps(renamed(body, self.names)), "content_type": "application/json"} | options
        return self.client.post(f"/access/v1/{path}", headers=headers, **options)

    def ask(self, path: str, body: Json) -> Json:
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/json"
        back = {new: old for old, new in self.names.items()}
        asked: Json = renamed(answer.json, back)
        return asked

    def decide(self, body: Json) -> bool:
        decided = self.ask("evaluation", body)
        assert isinstance(decided["decision"], bool)
        assert isinstance(decided.get("context", {}), dict)
        return bool(decided["decision"])

    def batch(self, body: Json) -> list[bool]:
        answer = self.ask("evaluations", body)
        results = [one["decision"] for one in answer["evaluations"]]
        assert all(isinstance(one, bool) for one in results)
        return results

    def search(self, kind: str, body: Json) -> set[str]:
        answer = self.ask(f"search/{kind}", body)
        assert isinstance(answer["results"], list)
        if kind == "action":
            assert all(set(one) == {"name"} for one in answer["results"])
            return {one["name"] for one in answer["results"]}
        assert {one["type"] for one in answer["results"]} <= {body[kind]["type"]}
        return {one["id"] for one in answer["results"]}


OTHER_NAMES = {
    "alice": "wilhelmina",
    "bob": "zacharias",
    "record": "dossier",
    "record-1": "dossier-9",
    "record-2": "dossier-7",
    "read": "peruse",
    "write": "scribble",
    "delete": "shred",
    "soft": "gently",
    "status": "condition",
    "active": "underway",
    "archived": "mothballed",
    "role": "rank",
    "admin": "colonel",
    "record-reader": "peruser",
    "record-writer": "scribbler",
    "record-archivist": "mothballer",
}


@pytest.fixture(scope="module", params=["as shipped", "renamed"])
def point(
    request: pytest.FixtureRequest, app: Flask, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Point:
    """The account of the scenario, under either set of names."""
    names = {} if request.param == "as shipped" else OTHER_NAMES
    folder = tmp_path_factory.mktemp("profile")
    return Point(app.test_client(), a_certified_customer(database, names, folder), names)


def subject(id: str, **properties: Any) -> Json:
    return {"type": "user", "id": id} | ({"properties": properties} if properties else {})


def resource(id: str, **properties: Any) -> Json:
    return {"type": "record", "id": id} | ({"properties": properties} if properties else {})


def action(name: str, **properties: Any) -> Json:
    return {"name": name} | ({"properties": properties} if properties else {})


def question(who: Json | str, what: Json | str, whereon: Json | str = "record-1", **more: Any) -> Json:
    return {
        "subject": subject(who) if isinstance(who, str) else who,
        "action": action(what) if isinstance(what, str) else what,
        "resource": resource(whereon) if isinstance(whereon, str) else whereon,
        **more,
    }


def without(body: Json, *path: str) -> Json:
    copied: Json = json.loads(json.dumps(body))
    *outer, last = path
    inner = copied
    for key in outer:
        inner = inner[key]
    del inner[last]
    return copied


PERMITTED = question("alice", "read")
DENIED = question("bob", "write")
CONTEXT = {"time": "2026-06-27T18:03-07:00", "ip": "192.0.2.7", "device": {"managed": True}}


def incomplete(whole: Json) -> Iterator[Json]:
    for entity in ("subject", "action", "resource"):
        yield without(whole, entity)


def refused(answer: TestResponse) -> None:
    assert answer.status_code == 400, answer.text
    assert answer.mimetype == "application/json"
    assert isinstance(answer.json["message"], str)
    assert "decision" not in answer.json
    assert "results" not in answer.json


# Basic Core


def test_c_2_2_1_permit(point: Point) -> None:
    """Rule 1."""
    assert point.decide(PERMITTED) is True


def test_c_2_2_2_deny(point: Point) -> None:
    """Rule 4: 200, and no."""
    assert point.decide(DENIED) is False


def test_c_2_2_3_context_accepted(point: Point) -> None:
    """Context never changes these decisions."""
    assert point.decide(PERMITTED | {"context": CONTEXT}) is True
    assert point.decide(DENIED | {"context": CONTEXT}) is False


def test_c_2_2_8_extra_properties(point: Point) -> None:
    """Properties on all entities are accepted."""
    rich = question(
        subject("alice", role="manager", department="Sales"),
        action("read", method="GET"),
        resource("record-1", owner="bob", size=3),
    )
    assert point.decide(rich) is True


def test_c_2_2_9_unknown_fields(point: Point) -> None:
    """Unknown members at the top level are ignored."""
    assert point.decide(PERMITTED | {"extension": {"a": [1]}, "other": None}) is True


def test_c_2_3_1_decision_is_boolean(point: Point) -> None:
    """Present, and a boolean, whichever way it goes."""
    for body in (PERMITTED, DENIED):
        assert isinstance(point.ask("evaluation", body)["decision"], bool)


def test_c_2_3_2_context_is_object(point: Point) -> None:
    """If there is a context, it is an object."""
    for body in (PERMITTED, DENIED):
        assert isinstance(point.ask("evaluation", body).get("context", {}), dict)


def test_c_2_4_1_missing_entity(point: Point) -> None:
    """400 for each entity that is missing."""
    for body in incomplete(PERMITTED):
        refused(point.post("evaluation", body))


def test_c_2_4_2_missing_member(point: Point) -> None:
    """400 for each required member that is missing."""
    for entity, member in (("subject", "type"), ("subject", "id"), ("action", "name")):
        refused(point.post("evaluation", without(PERMITTED, entity, member)))
    for member in ("type", "id"):
        refused(point.post("evaluation", without(PERMITTED, "resource", member)))


def test_c_2_4_3_other_content_type(point: Point) -> None:
    """400, not 415."""
    for other in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        refused(point.post("evaluation", PERMITTED, content_type=other))


def test_c_2_4_4_malformed_json(point: Point) -> None:
    """400 for what is no JSON."""
    refused(point.post("evaluation", data='{"subject": {', content_type="application/json"))


def test_c_2_4_5_empty_body(point: Point) -> None:
    """400 for nothing at all."""
    refused(point.post("evaluation", data="", content_type="application/json"))


def test_c_2_4_6_wrong_types(point: Point) -> None:
    """400 for a string as subject, for a number as the action's name."""
    refused(point.post("evaluation", PERMITTED | {"subject": "alice"}))
    refused(point.post("evaluation", PERMITTED | {"action": {"name": 7}}))


def test_c_2_5_1_request_id_echoed(point: Point) -> None:
    """The same value comes back."""
    answer = point.post("evaluation", PERMITTED, headers={"X-Request-ID": "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"})
    assert answer.headers["X-Request-ID"] == "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"


def test_c_2_5_2_request_id_absent(point: Point) -> None:
    """Its absence is harmless."""
    assert point.post("evaluation", PERMITTED).status_code == 200


def test_c_2_6_same_decision(point: Point) -> None:
    """Asked again, answered alike."""
    assert {point.decide(PERMITTED) for _ in range(5)} == {True}
    assert {point.decide(DENIED) for _ in range(5)} == {False}


# Basic Properties


def test_c_2_2_4_archived_is_denied(point: Point) -> None:
    """Rule 5: what was sent says that it is archived."""
    assert point.decide(question("alice", "write", resource("record-1", status="archived"))) is False
    assert point.decide(question("alice", "write")) is True


def test_c_2_2_5_admin_writes_archived(point: Point) -> None:
    """Rule 6."""
    archived = resource("record-1", status="archived")
    assert point.decide(question(subject("bob", role="admin"), "write", archived)) is True


def test_c_2_2_6_soft_delete(point: Point) -> None:
    """Rule 7."""
    assert point.decide(question("alice", action("delete", soft=True))) is True


def test_c_2_2_7_hard_delete(point: Point) -> None:
    """Rule 8; a text is no boolean."""
    assert point.decide(question("alice", action("delete", soft=False))) is False
    assert point.decide(question("alice", action("delete", soft="true"))) is False
    assert point.decide(question("alice", "delete")) is False


# Batch Core


def test_c_3_2_1_defaults_and_two_resources(point: Point) -> None:
    """Subject and action by default."""
    items = [{"resource": resource("record-1")}, {"resource": resource("record-2")}]
    assert len(point.batch({"subject": subject("alice"), "action": action("read"), "evaluations": items})) == 2


def test_c_3_2_2_two_actions(point: Point) -> None:
    """In the order asked."""
    items = [{"action": action("read")}, {"action": action("write")}]
    assert point.batch({"subject": subject("bob"), "resource": resource("record-1"), "evaluations": items}) == [
        True,
        False,
    ]


def test_c_3_2_5_no_defaults(point: Point) -> None:
    """Each item is whole."""
    assert point.batch({"evaluations": [PERMITTED, DENIED]}) == [True, False]


def test_c_3_2_6_context_inherited_and_overridden(point: Point) -> None:
    """Both are accepted."""
    items = [{}, {"context": {"ip": "198.51.100.1"}}]
    assert point.batch(PERMITTED | {"context": CONTEXT, "evaluations": items}) == [True, True]


BATCH = {"evaluations": [PERMITTED, DENIED, question("bob", "read"), question("nobody", "read")]}


def test_c_3_3_1_as_many_results(point: Point) -> None:
    """One for each item."""
    assert len(point.batch(BATCH)) == 4


def test_c_3_3_2_same_order(point: Point) -> None:
    """Where the question stood."""
    assert point.batch(BATCH) == [True, False, True, False]
    assert point.batch({"evaluations": BATCH["evaluations"][::-1]}) == [False, True, False, True]


def test_c_3_3_3_boolean_in_each(point: Point) -> None:
    """And an object as context, if any."""
    for one in point.ask("evaluations", BATCH)["evaluations"]:
        assert isinstance(one["decision"], bool)
        assert isinstance(one.get("context", {}), dict)


def test_c_3_3_4_no_decision_at_the_top(point: Point) -> None:
    """There is none to be mistaken for that of all."""
    assert "decision" not in point.ask("evaluations", BATCH)


def test_c_3_4_1_item_without_resource(point: Point) -> None:
    """200; that item is refused, the others are not affected."""
    body = {
        "options": {"evaluations_semantic": "execute_all"},
        "evaluations": [PERMITTED, without(PERMITTED, "resource")],
    }
    answer = point.ask("evaluations", body)
    assert [one["decision"] for one in answer["evaluations"]] == [True, False]
    assert answer["evaluations"][1]["context"]["error"]["status"] == 400


def test_c_3_4_2_evaluations_absent(point: Point) -> None:
    """Then it is a single evaluation."""
    assert point.ask("evaluations", PERMITTED)["decision"] is True


def test_c_3_4_3_evaluations_empty(point: Point) -> None:
    """The same."""
    assert point.ask("evaluations", PERMITTED | {"evaluations": []})["decision"] is True


# Batch Properties


def test_c_3_2_3_resource_properties_per_item(point: Point) -> None:
    """Each item is judged by its own."""
    items = [{"resource": resource("record-1", status=one)} for one in ("active", "archived")]
    assert point.batch({"subject": subject("alice"), "action": action("write"), "evaluations": items}) == [True, False]


def test_c_3_2_4_subject_properties_per_item(point: Point) -> None:
    """Alice is no admin, bob is."""
    items = [{"subject": subject("alice")}, {"subject": subject("bob", role="admin")}]
    shared = {"action": action("write"), "resource": resource("record-1", status="archived")}
    assert point.batch(shared | {"evaluations": items}) == [False, True]


def test_c_3_2_7_whole_objects_are_inherited(point: Point) -> None:
    """``{}`` inherits all; a resource replaces the default as a whole, with its properties."""
    body = question("alice", "write", resource("record-1", status="archived"))
    items = [{}, {"resource": resource("record-1")}]
    assert point.batch(body | {"evaluations": items}) == [False, True]


# Search Core

WHO_READS = {"subject": {"type": "user"}, "action": action("read"), "resource": resource("record-1")}
WHAT_IS_READ = {"subject": subject("alice"), "action": action("read"), "resource": {"type": "record"}}
WHAT_ALICE_DOES = {"subject": subject("alice"), "resource": resource("record-1")}
SEARCHES = {"subject": WHO_READS, "resource": WHAT_IS_READ, "action": WHAT_ALICE_DOES}
EXPECTED = {"subject": {"alice", "bob"}, "resource": {"record-1"}, "action": {"read", "write"}}


def test_c_4_2_1_who_can_read(point: Point) -> None:
    """S1."""
    assert point.search("subject", WHO_READS) == {"alice", "bob"}


def test_c_4_3_1_what_alice_can_read(point: Point) -> None:
    """S2."""
    assert point.search("resource", WHAT_IS_READ) == {"record-1", "record-2"}


def test_c_4_4_1_what_alice_can_do(point: Point) -> None:
    """S3; to delete needs a parameter, which counts where it is sent, although the standard has no action here."""
    assert point.search("action", WHAT_ALICE_DOES) == {"read", "write"}
    softly = {"action": {"properties": {"soft": True}}}
    assert point.search("action", WHAT_ALICE_DOES | softly) == {"read", "write", "delete"}
    assert point.search("action", WHAT_ALICE_DOES | {"action": {"properties": {"soft": False}}}) == {"read", "write"}
    for ignored in (action("delete"), {}, "delete"):
        assert point.search("action", WHAT_ALICE_DOES | {"action": ignored}) == {"read", "write"}
    refused(point.post("search/action", WHAT_ALICE_DOES | {"action": {"properties": "soft"}}))


def _same_with_context(point: Point, kind: str) -> None:
    assert point.search(kind, SEARCHES[kind] | {"context": CONTEXT}) == point.search(kind, SEARCHES[kind])


def test_c_4_2_2_subjects_with_context(point: Point) -> None:
    """The identical set."""
    _same_with_context(point, "subject")


def test_c_4_3_2_resources_with_context(point: Point) -> None:
    """The identical set."""
    _same_with_context(point, "resource")


def test_c_4_4_2_actions_with_context(point: Point) -> None:
    """The identical set."""
    _same_with_context(point, "action")


def test_c_4_2_3_subject_id_ignored(point: Point) -> None:
    """An id of what is sought changes nothing, whatever it is."""
    for id in ("alice", "nobody", 7):
        body = WHO_READS | {"subject": {"type": "user", "id": id}}
        assert point.search("subject", body) == point.search("subject", WHO_READS)


def test_c_4_3_3_resource_id_ignored(point: Point) -> None:
    """The same."""
    for id in ("record-2", "nothing", None):
        body = WHAT_IS_READ | {"resource": {"type": "record", "id": id}}
        assert point.search("resource", body) == point.search("resource", WHAT_IS_READ)


@pytest.mark.parametrize("kind", SEARCHES)
def test_c_4_5_1_limit_accepted(point: Point, kind: str) -> None:
    """No more results than that."""
    answer = point.ask(f"search/{kind}", SEARCHES[kind] | {"page": {"limit": 1}})
    assert len(answer["results"]) == 1


@pytest.mark.parametrize("kind", SEARCHES)
def test_c_4_5_2_page_well_formed(point: Point, kind: str) -> None:
    """Whatever is in a page has its type."""
    page = point.ask(f"search/{kind}", SEARCHES[kind] | {"page": {"limit": 1}})["page"]
    assert isinstance(page["next_token"], str)
    for number in ("count", "total"):
        assert number not in page or (isinstance(page[number], int) and page[number] >= 0)


@pytest.mark.parametrize("kind", SEARCHES)
def test_c_4_5_3_token_accepted(point: Point, kind: str) -> None:
    """Token after token, all results come, each once."""
    body, seen = SEARCHES[kind] | {"page": {"limit": 1}}, []
    while True:
        answer = point.ask(f"search/{kind}", body)
        seen += [json.dumps(one, sort_keys=True) for one in answer["results"]]
        token = answer["page"]["next_token"]
        if not token:
            break
        body = SEARCHES[kind] | {"page": {"token": token}}
    assert len(seen) == len(set(seen)) == len(point.search(kind, SEARCHES[kind]))


@pytest.mark.parametrize("kind", SEARCHES)
def test_c_4_5_4_without_pages(point: Point, kind: str) -> None:
    """Who asks for no page gets all there is, and is told so."""
    assert point.ask(f"search/{kind}", SEARCHES[kind])["page"]["next_token"] == ""
    assert point.search(kind, SEARCHES[kind]) >= EXPECTED[kind]


def test_c_4_6_1_unknown_id(point: Point) -> None:
    """200 and nothing. An unknown record means nobody, even though roles are for the whole account."""
    assert point.search("subject", WHO_READS | {"resource": resource("record-999")}) == set()
    assert point.search("resource", WHAT_IS_READ | {"subject": subject("nobody")}) == set()
    assert point.search("action", WHAT_ALICE_DOES | {"subject": subject("nobody")}) == set()
    assert point.search("action", WHAT_ALICE_DOES | {"resource": resource("record-999")}) == set()


def test_c_4_6_2_unknown_type(point: Point) -> None:
    """200 and nothing."""
    for strange in ({"type": "spaceship"}, {"type": "spaceship", "id": "x"}):
        assert point.search("subject", WHO_READS | {"subject": strange}) == set()
        assert point.search("resource", WHAT_IS_READ | {"resource": strange}) == set()
    ship = {"type": "spaceship", "id": "record-1"}
    assert point.search("subject", WHO_READS | {"resource": ship}) == set()
    assert point.search("resource", WHAT_IS_READ | {"subject": ship | {"id": "alice"}}) == set()
    assert point.search("action", WHAT_ALICE_DOES | {"resource": ship}) == set()
    assert point.search("action", WHAT_ALICE_DOES | {"subject": ship | {"id": "alice"}}) == set()


def test_c_4_7_1_missing_entity(point: Point) -> None:
    """400 for each entity that a search needs."""
    for kind, whole in SEARCHES.items():
        for entity in whole:
            refused(point.post(f"search/{kind}", without(whole, entity)))


def test_c_4_7_2_input_without_id(point: Point) -> None:
    """400: only what is sought may be open."""
    refused(point.post("search/subject", without(WHO_READS, "resource", "id")))
    refused(point.post("search/resource", without(WHAT_IS_READ, "subject", "id")))
    for entity in ("subject", "resource"):
        refused(point.post("search/action", without(WHAT_ALICE_DOES, entity, "id")))


# Search Properties


def test_c_4_2_4_who_writes_the_archived(point: Point) -> None:
    """S4, by what is stored of bob."""
    found = point.search(
        "subject", {"subject": {"type": "user"}, "action": action("write"), "resource": resource("record-2")}
    )
    assert found == {"bob"}


def test_c_4_3_4_what_the_admin_writes(point: Point) -> None:
    """S5, by what is stored of the records."""
    body = {"subject": subject("bob", role="admin"), "action": action("write"), "resource": {"type": "record"}}
    assert point.search("resource", body) == {"record-2"}


def test_c_4_4_3_what_the_admin_does(point: Point) -> None:
    """S6."""
    body = {"subject": subject("bob", role="admin"), "resource": resource("record-2", status="archived")}
    assert point.search("action", body) == {"read", "write"}


# Discovery


@pytest.fixture
def metadata(point: Point) -> Json:
    """The account's own metadata."""
    answer = point.client.get(f"/.well-known/authzen-configuration/{point.customer.account_id}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found: Json = answer.json
    return found


def test_c_6_1_to_4_metadata(point: Point, metadata: Json) -> None:
    """The identifier is the one that the address was made from; every endpoint that there is is named."""
    assert metadata["policy_decision_point"] == f"{PUBLIC_URL}/{point.customer.account_id}"
    assert metadata["access_evaluation_endpoint"] == f"{PUBLIC_URL}/access/v1/evaluation"
    assert metadata["access_evaluations_endpoint"] == f"{PUBLIC_URL}/access/v1/evaluations"
    for kind in SEARCHES:
        assert metadata[f"search_{kind}_endpoint"] == f"{PUBLIC_URL}/access/v1/search/{kind}"


def test_c_6_5_every_url_is_https(metadata: Json) -> None:
    """And nothing is without a value."""
    urls = [value for value in metadata.values() if isinstance(value, str) and re.match(r"\w+:", value)]
    assert len(urls) == 6
    assert {urlsplit(url).scheme for url in urls} == {"https"}
    assert all(metadata.values())


def test_c_6_6_named_endpoints_answer(point: Point, metadata: Json) -> None:
    """What is offered is there."""
    for name, url in metadata.items():
        if name.endswith("_endpoint"):
            assert point.client.post(urlsplit(url).path).status_code == 401


# Transport, on every endpoint


@pytest.fixture(params=ALL_ENDPOINTS)
def endpoint(request: pytest.FixtureRequest) -> str:
    """Each endpoint that takes requests."""
    asked: str = request.param
    return asked


def body_for(endpoint: str) -> Json:
    kind = endpoint.rpartition("/")[2]
    return SEARCHES.get(kind, PERMITTED)


def test_c_5_1_and_2_json_in_and_out(point: Point, endpoint: str) -> None:
    """With and without parameters of the media type."""
    for kind in ("application/json", "application/json; charset=utf-8"):
        answer = point.post(endpoint, body_for(endpoint), content_type=kind)
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert isinstance(answer.json, dict)


def test_c_5_3_bad_requests(point: Point, endpoint: str) -> None:
    """Each kind of bad request is 400."""
    send: Callable[..., TestResponse] = point.post
    refused(send(endpoint, data="", content_type="application/json"))
    refused(send(endpoint, data="[]", content_type="application/json"))
    refused(send(endpoint, data="{", content_type="application/json"))
    refused(send(endpoint, body_for(endpoint), content_type="text/plain"))
    refused(send(endpoint, body_for(endpoint) | {"resource": "record-1"}))


def test_c_5_4_request_id(point: Point, endpoint: str) -> None:
    """Echoed, on errors too."""
    for body, status in ((body_for(endpoint), 200), ({}, 400)):
        answer = point.post(endpoint, body, headers={"X-Request-ID": "abc-123"})
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "abc-123")


def test_c_5_5_unknown_fields(point: Point, endpoint: str) -> None:
    """Ignored wherever they are."""
    body = body_for(endpoint)
    strange = {key: value | {"unknown": 1} for key, value in body.items()} | {"unknown": {"x": [None]}}
    assert point.post(endpoint, strange).status_code == 200
    if endpoint.startswith("search/"):
        kind = endpoint.rpartition("/")[2]
        assert point.search(kind, strange) == point.search(kind, body)
