"""Searches over HTTP: who may ask, pages and their tokens, names of people, what cannot be listed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import crypto
from app.db import Database
from app.services import account_settings, assignments, directories, tokens
from app.stores.directory import open_directory_store
from tests.builders import Customer, a_customer, a_giving, a_user
from tests.conftest import KEY
from tests.protocol.test_query_counts import counted

VIEW, LAUNCH = "campaigns.email.view", "campaigns.email.launch"
CAMPAIGN = {"type": "campaign", "id": "c-1"}
WHO_VIEWS = {"subject": {"type": "user"}, "action": {"name": VIEW}, "resource": CAMPAIGN}
VIEWERS = [f"viewer-{number}@acme.example" for number in range(7)]


@dataclass
class Api:
    """A platform that searches with its key."""

    client: FlaskClient
    customer: Customer
    people: dict[str, str]

    def post(self, kind: str, body: Any, key: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {key or self.customer.api_key}"}
        return self.client.post(f"/access/v1/search/{kind}", json=body, headers=headers)

    def search(self, kind: str, body: Any, **page: Any) -> dict[str, Any]:
        answer = self.post(kind, body | ({"page": page} if page else {}))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found


def ids(answer: dict[str, Any]) -> list[str]:
    return [one["id"] for one in answer["results"]]


def refused(answer: TestResponse, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.json["message"]


@pytest.fixture(scope="module")
def api(app: Flask, database: Database) -> Api:
    """Seven may view campaigns; one who might is switched off, one has nothing."""
    customer = a_customer(database)
    people = {}
    with database.writing() as session:
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        for name in (*VIEWERS, "gone@acme.example", "none@acme.example"):
            people[name] = store.insert("User", a_user(name, active=not name.startswith("gone"))).stored.id
            if not name.startswith("none"):
                assignments.assign(session, customer.account_id, a_giving("Viewer", people[name]))
    return Api(app.test_client(), customer, people)


def a_key(database: Database, api: Api, *scopes: str) -> str:
    with database.writing() as session:
        made = crypto.make_token(crypto.API_KEY, KEY.encode())
        account_id = api.customer.account_id
        return tokens.issue_api_key(session, account_id, " ".join(scopes), made, scopes=scopes, created_by="x").text


def test_searching_is_a_right_of_its_own(api: Api, database: Database) -> None:
    """A key that may ask for decisions may not list people, nor the other way round."""
    asks = a_key(database, api, "decisions:evaluate")
    lists = a_key(database, api, "decisions:search")
    refused(api.post("subject", WHO_VIEWS, asks), 403, "decisions:search")
    assert api.post("subject", WHO_VIEWS, lists).status_code == 200
    evaluation = {**WHO_VIEWS, "subject": {"type": "user", "id": VIEWERS[0]}}
    headers = {"Authorization": f"Bearer {lists}"}
    refused(api.client.post("/access/v1/evaluation", json=evaluation, headers=headers), 403, "decisions:evaluate")
    assert api.client.post("/access/v1/search/subject", json=WHO_VIEWS).status_code == 401


def test_who_may_comes_once_by_name(api: Api) -> None:
    """Without those who are switched off or have nothing; all at once, counted."""
    found = api.search("subject", WHO_VIEWS)
    assert sorted(ids(found)) == VIEWERS
    assert found["page"] == {"next_token": "", "count": 7, "total": 7}
    assert next(iter(found)) == "page"
    assert ids(api.search("subject", WHO_VIEWS | {"action": {"name": LAUNCH}})) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_lead_through_all(api: Api, limit: int) -> None:
    """The limit is inherited from the token; the last page says that it is."""
    found, seen = api.search("subject", WHO_VIEWS, limit=limit), []
    while True:
        assert found["page"]["count"] == len(found["results"]) <= limit
        seen += ids(found)
        token = found["page"]["next_token"]
        if not token:
            break
        found = api.search("subject", WHO_VIEWS, token=token)
    assert len(seen) == 7
    assert sorted(seen) == VIEWERS


def test_no_results_wanted(api: Api) -> None:
    """A limit of 0 is legal, and honest about there being more."""
    found = api.search("subject", WHO_VIEWS, limit=0)
    assert (found["results"], found["page"]["count"]) == ([], 0)
    assert found["page"]["next_token"]
    assert api.search("subject", WHO_VIEWS | {"action": {"name": LAUNCH}}, limit=0)["page"]["next_token"] == ""


def test_a_token_is_for_its_walk_only(api: Api, app: Flask, database: Database) -> None:
    """Another limit, another question, another endpoint, another account, another text: refused."""
    token = api.search("subject", WHO_VIEWS, limit=2)["page"]["next_token"]
    assert api.search("subject", WHO_VIEWS, token=token, limit=2)["results"]
    page = {"page": {"token": token}}
    refused(api.post("subject", WHO_VIEWS | {"page": {"token": token, "limit": 3}}), 400, "page.limit")
    refused(api.post("subject", WHO_VIEWS | page | {"action": {"name": LAUNCH}}), 400, "next_token")
    refused(api.post("subject", WHO_VIEWS | page | {"context": {"business_unit": "root"}}), 400, "next_token")
    whole = {**WHO_VIEWS, **page, "subject": {"type": "user", "id": VIEWERS[0]}}
    refused(api.post("resource", whole), 400, "next_token")
    refused(api.post("action", whole), 400, "next_token")
    refused(api.post("subject", WHO_VIEWS | {"page": {"token": f"{token[:-4]}AAAA"}}), 400, "next_token")
    refused(api.post("subject", WHO_VIEWS | {"page": {"token": "nonsense"}}), 400, "next_token")
    stranger = Api(app.test_client(), a_customer(database), {})
    refused(stranger.post("subject", WHO_VIEWS | page), 400, "next_token")


def test_nothing_of_another_account_is_found(app: Flask, database: Database, api: Api) -> None:
    """Neither its people nor by their names."""
    stranger = Api(app.test_client(), a_customer(database), {})
    assert ids(stranger.search("subject", WHO_VIEWS)) == []
    asked = {"subject": {"type": "user", "id": api.people[VIEWERS[0]]}, "resource": CAMPAIGN}
    assert stranger.search("action", asked)["results"] == []


def test_people_are_named_as_the_account_says(api: Api, database: Database, app: Flask) -> None:
    """By userName, id or externalId; a name that means somebody else, or nobody, gives way to the id."""
    customer = a_customer(database)
    account_id = customer.account_id
    with database.writing() as session:
        store = open_directory_store(session, account_id, customer.directory_id)
        ana = store.insert("User", a_user("ana@acme.example", externalId="x-1")).stored.id
        ben = store.insert("User", a_user("ben@acme.example")).stored.id
        other = open_directory_store(session, account_id, _second_directory(session, account_id))
        twin = other.insert("User", a_user("ANA@acme.example")).stored.id
        for person in (ana, ben):
            assignments.assign(session, account_id, a_giving("Viewer", person))
    named = Api(app.test_client(), customer, {})
    assert sorted(ids(named.search("subject", WHO_VIEWS))) == sorted([ana, "ben@acme.example"])
    for settings, expected in (
        ({"subject_form": "id"}, [ana, ben]),
        ({"subject_form": "externalId", "finds_external_id": True}, ["x-1", ben]),
        ({"subject_form": "externalId", "finds_external_id": False}, [ana, ben]),
    ):
        with database.writing() as session:
            account_settings.change_settings(session, account_id, settings)
        found = ids(named.search("subject", WHO_VIEWS))
        assert sorted(found) == sorted(expected)
        assert twin not in found
        for id in found:
            asked = {**WHO_VIEWS, "subject": {"type": "user", "id": id}}
            headers = {"Authorization": f"Bearer {customer.api_key}"}
            answer = named.client.post("/access/v1/evaluation", json=asked, headers=headers)
            assert answer.json["decision"] is True


def _second_directory(session: Any, account_id: str) -> str:
    return directories.create_directory(session, account_id, "Second", "generic").id


def test_a_type_whose_items_are_not_kept_cannot_be_listed(api: Api) -> None:
    """An empty answer that says why; unknown people and actions give just nothing."""
    asked = {"subject": {"type": "user", "id": VIEWERS[0]}, "action": {"name": VIEW}, "resource": {"type": "campaign"}}
    found = api.search("resource", asked)
    assert found["results"] == []
    assert found["context"]["reason"]["code"] == "open_item_type"
    for change in ({"subject": {"type": "user", "id": "nobody"}}, {"action": {"name": "no.such"}}):
        assert api.search("resource", asked | change) == {
            "page": {"next_token": "", "count": 0, "total": 0},
            "results": [],
        }


def test_actions_are_keys_of_the_catalogue(api: Api) -> None:
    """In their order, counted, page by page; only those for the type."""
    asked = {"subject": {"type": "user", "id": VIEWERS[0]}, "resource": CAMPAIGN}
    found = api.search("action", asked)
    names = [one["name"] for one in found["results"]]
    assert VIEW in names
    assert LAUNCH not in names
    assert names == sorted(names)
    first = api.search("action", asked, limit=1)
    assert first["page"]["total"] == len(names)
    assert first["results"] == found["results"][:1]
    rest = api.search("action", asked, token=first["page"]["next_token"])
    assert rest["results"] == found["results"][1:2]
    assert "profile.edit" not in names
    own = {"subject": {"type": "user", "id": VIEWERS[0]}, "resource": {"type": "profile", "id": VIEWERS[0]}}
    assert "profile.edit" in json.dumps(api.search("action", own))


def test_the_owner_of_a_profile_page_is_found(api: Api) -> None:
    """Everybody has their own page, whatever they have else."""
    asked = {"subject": {"type": "user"}, "action": {"name": "profile.edit"}}
    for name in ("none@acme.example", api.people["none@acme.example"]):
        page = asked | {"resource": {"type": "profile", "id": name}}
        assert ids(api.search("subject", page)) == ["none@acme.example"]
    gone = asked | {"resource": {"type": "profile", "id": "gone@acme.example"}}
    assert ids(api.search("subject", gone)) == []


def test_a_page_costs_the_same_whatever_it_holds(api: Api, app: Flask) -> None:
    """The number of statements does not grow with the people on a page, nor with those before it."""
    opened: Database = app.extensions["database"]
    token = api.search("subject", WHO_VIEWS, limit=1)["page"]["next_token"]
    api.search("subject", WHO_VIEWS)

    def cost(**page: Any) -> int:
        with counted(opened.engine) as seen:
            api.search("subject", WHO_VIEWS, **page)
        return len(seen)

    assert cost() == cost(limit=3) == cost(token=token) <= 8
