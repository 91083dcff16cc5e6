"""Identity links are forgotten while people sign in: what had begun before makes no link again (L-1, L-7)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.services import identity_links
from tests.idp.oidc_provider import Provider
from tests.protocol.sign_in_world import LINKS, Saml, World
from tests.protocol.test_sign_in_saml import is_refused


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


def forget(world: World, saml: Saml) -> None:
    """Let the connection's subjects be others."""
    world.change(saml.id, saml={"name_id_format": "unspecified"}, forget_links=True)


@pytest.mark.parametrize("known", [True, False])
def test_l01_a_request_of_before_makes_no_link(world: World, known: bool) -> None:
    """The answer is right in all else, and may speak of somebody else now; also where nobody was known yet."""
    saml, browser = world.saml(creates_people=True), world.browser()
    if known:
        saml.sign_in(world.browser(), name_id="s-1")
    begun = saml.begin(browser, return_to="/me?tab=sessions")
    forget(world, saml)
    answer = saml.post(browser, saml.message(begun.request_id, name_id="s-1"), begun.relay_state)
    refused = saml.follow(browser, answer)
    is_refused(world, refused, "request")
    assert world.rows(LINKS) == []
    assert f"/sso/{saml.id}/start" in refused.text  # the way to begin anew
    saml.sign_in(browser, name_id="s-2")
    assert [row.subject for row in world.rows(LINKS)] == ["s-2"]


def test_l01_a_ticket_of_before_makes_no_link(world: World) -> None:
    """It was verified as it should; then the subjects became others, within the minute that it waits."""
    saml, browser = world.saml(creates_people=True), world.browser()
    begun = saml.begin(browser)
    ticket = saml.post(browser, saml.message(begun.request_id, name_id="s-1"), begun.relay_state)
    forget(world, saml)
    is_refused(world, saml.follow(browser, ticket), "request")
    assert world.rows(LINKS) == []


def test_l01_nor_does_one_that_nobody_asked_for(world: World) -> None:
    saml, browser = world.saml(creates_people=True, unsolicited=True), world.browser()
    ticket = saml.post(browser, saml.message(None, name_id="s-1"), None)
    forget(world, saml)
    is_refused(world, saml.follow(browser, ticket), "request")
    assert world.rows(LINKS) == []
    saml.follow(browser, saml.post(browser, saml.message(None, name_id="s-1"), None))
    assert len(world.rows(LINKS)) == 1


def test_l07_a_single_link_that_is_removed_does_not_come_back_by_itself(world: World) -> None:
    """By a sign-in that was under way; a new one finds the person as everybody is found."""
    saml = world.saml(directory=world.customer.directory_id, join_external_id="employeeId")
    ana, browser = world.push(externalId="e-1"), world.browser()
    said: dict[str, Any] = {"name_id": "s-1", "attributes": {"employeeId": ["e-1"]}}
    saml.sign_in(world.browser(), **said)
    [link] = world.rows(LINKS)
    begun = saml.begin(browser)
    ticket = saml.post(browser, saml.message(begun.request_id, **said), begun.relay_state)
    with world.database.writing() as session:
        identity_links.unlink(session, world.account_id, link.id)
    is_refused(world, saml.follow(browser, ticket), "request")
    assert world.rows(LINKS) == []
    saml.sign_in(browser, **said)
    person = world.who(browser)
    assert person is not None
    assert person.user_id == ana


def test_l01_other_changes_disturb_nobody(world: World) -> None:
    saml, browser = world.saml(creates_people=True), world.browser()
    begun = saml.begin(browser)
    world.change(saml.id, saml={"skew_seconds": 20}, forget_links=True)
    answer = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    world.change(saml.id, session_hours=2, forget_links=True)
    saml.follow(browser, answer)
    assert world.who(browser) is not None


def test_l01_an_openid_answer_of_before_makes_no_link(world: World) -> None:
    with Provider() as provider:
        oidc, browser = world.oidc(provider, creates_people=True), world.browser()
        provider.person |= {"oid": "o-1"}
        pairs = oidc.answer(oidc.begin(browser))
        world.change(oidc.id, oidc={"subject_claims": ["sub", "oid"]}, forget_links=True)
        is_refused(world, oidc.call_back(browser, pairs), "request")
        assert world.rows(LINKS) == []
        oidc.sign_in(browser)
        assert len(world.rows(LINKS)) == 1
