"""How strongly somebody must have been authenticated, whichever connection of the account they come by (S-30)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from tests.idp.oidc_provider import Provider
from tests.idp.saml_idp import Tree, the
from tests.protocol.api_client import Api, an_api_key, done, places, problem
from tests.protocol.sign_in_world import Saml, World
from tests.protocol.test_sign_in_saml import is_refused
from tests.protocol.test_sign_in_trial import opened, result

STRONG, OTHER = "https://refeds.org/profile/mfa", "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def api(world: World, app: Flask, database: Database) -> Api:
    return Api(app, an_api_key(database, world.account_id), world.account_id)


def by(context: str) -> Any:
    """A response that names this AuthnContext class."""

    def bend(root: Tree) -> None:
        the(root, "saml:AuthnContextClassRef").text = context

    return bend


def signs_in(world: World, saml: Saml, context: str | None = None) -> Any:
    """The answer to a sign-in."""
    said = {} if context is None else {"bend": by(context)}
    return saml.sign_in(world.browser(), **said)


def test_s30_the_account_asks_every_connection(world: World, api: Api) -> None:
    one, two = world.saml(creates_people=True), world.saml(creates_people=True)
    assert signs_in(world, one).status_code == 303
    done(api.patch("/account", {"sign_in_contexts": [STRONG, OTHER], "sign_in_methods": ["mfa"]}))
    for saml in (one, two):
        is_refused(world, signs_in(world, saml), "context")
    assert "the account asks for one of mfa" in world.traces()[-1].detail
    for context in (STRONG, OTHER):
        assert signs_in(world, one, context).status_code == 303
    done(api.patch("/account", {"sign_in_contexts": [], "sign_in_methods": []}))
    assert signs_in(world, one).status_code == 303


def test_s30_a_connection_is_only_stricter(world: World, api: Api) -> None:
    """What it asks for counts beside what the account asks for, whatever it is."""
    weak = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    strict = world.saml(creates_people=True, saml={"contexts": [OTHER]})
    lax = world.saml(creates_people=True, saml={"contexts": [weak]})
    done(api.patch("/account", {"sign_in_contexts": [STRONG, OTHER]}))
    is_refused(world, signs_in(world, strict, STRONG), "context")
    assert signs_in(world, strict, OTHER).status_code == 303
    is_refused(world, signs_in(world, lax, weak), "context")


def test_s30_methods_of_openid_connect(world: World, api: Api) -> None:
    with Provider() as provider:
        oidc = world.oidc(provider, creates_people=True)
        done(api.patch("/account", {"sign_in_methods": ["mfa", "hwk"], "sign_in_contexts": [STRONG]}))
        is_refused(world, oidc.sign_in(world.browser(), amr=["pwd"]), "context")
        is_refused(world, oidc.sign_in(world.browser(), amr=[]), "context")
        assert oidc.sign_in(world.browser(), amr=["pwd", "hwk"]).status_code == 303
        assert oidc.sign_in(world.browser(), amr=["pwd"], acr=STRONG).status_code == 303


def test_s30_proving_anew_is_no_way_around(world: World, api: Api) -> None:
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser)
    done(api.patch("/account", {"sign_in_contexts": [STRONG]}))
    is_refused(world, saml.sign_in(browser, {"step_up": "1"}), "context")
    assert saml.sign_in(browser, {"step_up": "1"}, bend=by(STRONG)).status_code == 303


def test_s30_a_test_run_tells_it_beforehand(world: World, api: Api) -> None:
    saml, browser = world.saml(creates_people=True, enabled=False), world.browser()
    done(api.patch("/account", {"sign_in_contexts": [STRONG]}))
    test, path = opened(world, saml.id)
    saml.sign_in(browser, dict([path.partition("?")[2].split("=")]))
    found = result(world, saml.id, test)
    assert found.trace is not None
    assert (found.state, found.trace.reason) == ("refused", "context")


def test_s30_what_may_be_asked_for(api: Api) -> None:
    """Each is named once; they are in the trail; nonsense is refused."""
    asked = {"sign_in_methods": ["mfa", "mfa", "hwk"]}
    assert done(api.patch("/account", asked))["sign_in_methods"] == ["mfa", "hwk"]
    assert api.read("/account")["sign_in_contexts"] == []
    for wrong in ("mfa", [""], ["x" * 201], ["x"] * 21, [1], None):
        answer = api.patch("/account", {"sign_in_contexts": wrong})
        assert problem(answer) == (400, "invalid"), wrong
        assert any(place.startswith("/sign_in_contexts") for place in places(answer))
