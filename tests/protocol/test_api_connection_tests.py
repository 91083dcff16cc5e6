"""A connection is tried out in a real browser by a real provider, and what came of it is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from app.compose import create_app
from app.db import Database
from app.models.base import new_id, now
from app.services import mapping_publish
from app.stores.connection_tests import ATTEMPTS
from tests.conftest import settings_for
from tests.idp.oidc_provider import Provider
from tests.protocol.api_client import Api, an_api_key, done, places, problem
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.sign_in_world import LINKS, SESSIONS, USERS, Saml, World

ATTRIBUTES = {
    "email": ["ana@acme.example"],
    "firstName": ["Ana"],
    "lastName": ["Arce"],
    "groups": ["Editors", "Others"],
    "uid": ["e-1"],
}


@pytest.fixture(scope="module")
def app(database_url: str) -> Flask:
    """The application of an operator who lets it call this machine."""
    settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error", private_targets="127.0.0.0/8")
    return create_app(settings)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An OpenID provider that listens."""
    with Provider() as running:
        yield running


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account with its people."""
    return World(app, database)


@pytest.fixture
def api(world: World) -> Api:
    """A caller who may do everything in it."""
    return Api(world.app, an_api_key(world.database, world.account_id), world.account_id)


@pytest.fixture
def saml(world: World) -> Saml:
    """A connection that is complete, and off."""
    return world.saml(enabled=False, creates_people=True)


def started(api: Api, id: str) -> tuple[str, str]:
    """A test that waits: its id, and what its address carries."""
    made = api.post(f"/connections/{id}/tests")
    assert made.status_code == 201, made.text
    parts = urlsplit(made.json["address"])
    assert parts.path == f"/sso/{id}/start"
    return made.json["id"], parse_qs(parts.query)["test"][0]


def tried(api: Api, saml: Saml, **said: Any) -> dict[str, Any]:
    """All of a test; what came of it."""
    test, secret = started(api, saml.id)
    saml.sign_in(saml.world.browser(), {"test": secret}, **said)
    return done(api.get(f"/connections/{saml.id}/tests/{test}"))


def test_r8_a_test_shows_everything_and_signs_nobody_in(world: World, api: Api, saml: Saml) -> None:
    """On a connection that is off: claims, checks, profile and who it would be; no user, link or session."""
    before = [len(world.rows(rows)) for rows in (USERS, LINKS, SESSIONS)]
    test, secret = started(api, saml.id)
    assert done(api.get(f"/connections/{saml.id}/tests/{test}"))["state"] == "waiting"
    browser = world.browser()
    begun = saml.begin(browser, test=secret)
    assert done(api.get(f"/connections/{saml.id}/tests/{test}"))["state"] == "opened"
    message = saml.message(begun.request_id, name_id="u-17", attributes=ATTRIBUTES)
    saml.follow(browser, saml.post(browser, message, begun.relay_state))
    found = done(api.get(f"/connections/{saml.id}/tests/{test}"))
    assert found["state"] == "passed"
    assert found["preview"]["decoded"]["subject"] == "u-17"
    assert found["preview"]["decoded"]["attributes"]["groups"] == ["Editors", "Others"]
    profile = found["preview"]["profile"]
    assert (profile["given_name"], profile["emails"], profile["user_name"]) == ("Ana", ["ana@acme.example"], "u-17")
    assert {one["verdict"] for one in found["trace"]["checks"]} <= {"passed", "not_reached"}
    assert found["link"]["how"] == "created"
    assert found["gives"]["gives"] == []
    assert world.who(browser) is None
    assert [len(world.rows(rows)) for rows in (USERS, LINKS, SESSIONS)] == before


def test_r8_a_test_says_what_is_wrong(world: World, api: Api, saml: Saml) -> None:
    """With the check that failed and what to do, and with what was said, since the provider has signed it."""
    found = tried(api, saml, at=now() - timedelta(hours=1))
    assert (found["state"], found["trace"]["reason"]) == ("refused", "time")
    assert found["trace"]["advice"]
    assert "failed" in {one["verdict"] for one in found["trace"]["checks"]}
    assert (found["preview"]["decoded"]["subject"], found["gives"]) == ("u-17", None)


def test_the_address_is_good_once_for_minutes_and_for_this_connection(
    world: World, api: Api, saml: Saml, database: Database
) -> None:
    """Used up by being opened; after ten minutes it is over; at another connection it is unknown."""
    test, secret = started(api, saml.id)
    other = world.saml()
    assert other.world.browser().open(f"/sso/{other.id}/start", query_string={"test": secret}).status_code >= 400
    saml.begin(world.browser(), test=secret)
    assert world.browser().open(f"/sso/{saml.id}/start", query_string={"test": secret}).status_code >= 400
    late, secret = started(api, saml.id)
    with database.writing() as session:
        session.execute(update(ATTEMPTS).where(ATTEMPTS.c.id == late).values(expires=now()))
    assert done(api.get(f"/connections/{saml.id}/tests/{late}"))["state"] == "expired"
    assert world.browser().open(f"/sso/{saml.id}/start", query_string={"test": secret}).status_code >= 400
    assert problem(api.get(f"/connections/{saml.id}/tests/{new_id()}")) == (404, "not-found")
    assert problem(api.get(f"/connections/{other.id}/tests/{test}")) == (404, "not-found")


def test_only_what_is_complete_can_be_tried(api: Api) -> None:
    """It says what is missing."""
    made = api.create("/connections", {"name": "half", "protocol": "saml"})
    answer = api.post(f"/connections/{made['id']}/tests")
    assert problem(answer) == (400, "invalid")
    assert "certificate" in answer.json["detail"]


def test_a_test_tells_what_the_person_would_have(world: World, api: Api) -> None:
    """By the mapping rules, as a sign-in would let them count: groups of claims only for whom no directory pushes."""
    saml = world.saml(creates_people=True, groups_from="claims", groups_claim="groups", directory="IdP")
    saml.sign_in(world.browser(), name_id="first", attributes={"groups": ["Editors", "Bosses"]})
    for name in ("Editor", "Boss", "Titled"):
        api.create("/roles", {"name": name})
    by_group = {"name": "by group", "group": {"name": "Editors"}, "grants": [{"role": "Editor"}]}
    both = {"name": "both", "group": {"name": "Bosses"}, "where": 'title eq "Chief"', "grants": [{"role": "Boss"}]}
    by_title = {"name": "by title", "where": 'title eq "Chief"', "grants": [{"role": "Titled"}]}
    with world.database.writing() as session:
        mapping_publish.publish(session, world.account_id, {"rules": [by_group, both, by_title]}, author="test")

    def roles(name_id: str, **attributes: list[str]) -> tuple[str, list[str]]:
        found = tried(api, saml, name_id=name_id, attributes=attributes)
        assert found["state"] == "passed", found
        return found["link"]["how"], sorted(gift["role"] for gift in found["gives"]["gives"])

    assert roles("new", groups=["Editors"]) == ("created", ["Editor"])
    assert roles("new", groups=["bosses"], title=["Chief"]) == ("created", ["Boss"]), "a filter alone is for others"
    assert roles("new", groups=["Bosses"], title=["Clerk"]) == ("created", [])
    # The first one is in both groups until a sign-in says otherwise; a claim that is missing says nothing.
    assert roles("first", title=["Chief"]) == ("known", ["Boss", "Editor"])
    assert roles("first", groups=["Bosses"]) == ("known", [])
    world.push("ana@acme.example", externalId="e-1", title="Chief")
    world.change(saml.id, join_external_id="uid")
    assert roles("ana", uid=["e-1"], groups=["Editors"], title=["Clerk"]) == ("external_id", ["Titled"])


def test_a_mapping_is_tried_on_the_last_real_sign_in(world: World, api: Api, saml: Saml) -> None:
    """Nothing is changed by it; what could not be saved is refused."""
    path = f"/connections/{saml.id}/preview"
    assert problem(api.post(path, {})) == (404, "not-found")
    world.change(saml.id, enabled=True)
    saml.sign_in(world.browser(), name_id="u-17", attributes=ATTRIBUTES)
    usual = done(api.post(path, {}))
    assert usual["profile"]["user_name"] == "u-17"
    other = done(api.post(path, {"claims": {"userName": ["mail", "email"], "title": "uid"}}))
    assert (other["profile"]["user_name"], other["profile"]["more"]) == ("ana@acme.example", {"title": "e-1"})
    taken = {one["field"]: one["claim"] for one in other["explained"]}
    assert (taken["userName"], taken["title"]) == ("email", "uid")
    assert problem(api.post(path, {"claims": {"roles": "groups"}})) == (400, "invalid")
    assert places(api.post(path, {"claims": {"userName": 7}})) == {"/claims"}
    assert done(api.get(f"/connections/{saml.id}"))["claims"] == {}


def test_r8_by_openid_connect_too(world: World, api: Api, provider: Provider) -> None:
    """The same, without a session."""
    oidc = world.oidc(provider, enabled=False, creates_people=True)
    test, secret = started(api, oidc.id)
    browser = world.browser()
    oidc.sign_in(browser, {"test": secret})
    found = done(api.get(f"/connections/{oidc.id}/tests/{test}"))
    assert found["state"] == "passed", found
    assert found["preview"]["profile"]["emails"] == [provider.person["email"]]
    assert world.who(browser) is None


def test_s48_each_sign_in_tells_by_which_certificate(world: World, api: Api, saml: Saml) -> None:
    """And when somebody last came in; neither makes another version."""
    world.change(saml.id, enabled=True)
    version = done(api.get(f"/connections/{saml.id}"))["version"]
    assert done(api.get(f"/connections/{saml.id}/health"))["last_sign_in"] is None
    saml.sign_in(world.browser(), attributes=ATTRIBUTES)
    health = done(api.get(f"/connections/{saml.id}/health"))
    assert health["last_sign_in"] is not None
    assert health["certificates"][0]["last_used"] is not None
    assert done(api.get(f"/connections/{saml.id}"))["version"] == version
