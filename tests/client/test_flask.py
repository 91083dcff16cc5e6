"""Guarded Flask views, against the real server."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from muster import Muster
from muster.flask import AccessDenied, decision, requires
from tests.client.conftest import LAUNCH, MARKETER, NOBODY, SETTINGS
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


def platform(client: Muster) -> Flask:
    app = Flask(__name__)

    @app.post("/campaigns/<campaign_id>/launch")
    @requires(client, LAUNCH, resource=lambda campaign_id: ("campaign", campaign_id))
    def launch(campaign_id: str) -> str:
        return f"{campaign_id}: {decision().code}"

    @app.get("/campaigns")
    @requires(client, "campaigns.email.view", resource=("campaign", "all"))
    async def campaigns() -> str:
        return "campaigns"

    @app.get("/settings")
    @requires(client, SETTINGS)
    def settings() -> str:
        return "settings"

    return app


def signed_in() -> str | None:
    return request.headers.get("X-User")


@pytest.fixture
def browser(server: Server) -> FlaskClient:
    return platform(Muster(server.url, server.demo["api_key"], timeout=20, subject=signed_in)).test_client()


def test_allowed(browser: FlaskClient) -> None:
    """The view runs, with its arguments, and knows the decision."""
    answer = browser.post("/campaigns/spring/launch", headers={"X-User": MARKETER})
    assert (answer.status_code, answer.text) == (200, "spring: allowed")


def test_denied(browser: FlaskClient) -> None:
    """403 with the reason; the view does not run."""
    answer = browser.post("/campaigns/spring/launch", headers={"X-User": NOBODY})
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert answer.json is not None
    assert (answer.json["code"], answer.json["status"]) == ("no_grant", 403)


def test_nobody_is_signed_in(browser: FlaskClient) -> None:
    """401: there is nobody to ask about."""
    assert browser.post("/campaigns/spring/launch").status_code == 401


def test_nobody_can_decide(gone: str) -> None:
    """503, not a yes, and not a no that would be told to the person."""
    answer = platform(Muster(gone, "key", subject=signed_in)).test_client()
    assert answer.post("/campaigns/spring/launch", headers={"X-User": MARKETER}).status_code == 503


def test_asynchronous_views(browser: FlaskClient) -> None:
    """They are guarded alike."""
    assert browser.get("/campaigns", headers={"X-User": NOBODY}).status_code == 403
    assert browser.get("/campaigns", headers={"X-User": MARKETER}).text == "campaigns"


def test_the_platform_shows_its_own_page(browser: FlaskClient) -> None:
    """An error handler gets the decision."""

    def page(refusal: AccessDenied) -> tuple[str, int]:
        return f"Sorry: {refusal.decision.code}", 403

    browser.application.register_error_handler(AccessDenied, page)
    answer = browser.post("/campaigns/spring/launch", headers={"X-User": NOBODY})
    assert (answer.status_code, answer.text) == (403, "Sorry: no_grant")


def test_a_guard_has_to_know_whom_it_guards_against(client: Muster) -> None:
    """Told when the platform starts, not when somebody comes."""
    with pytest.raises(TypeError, match="signed in"):
        requires(client, LAUNCH, resource=("campaign", "1"))


def test_what_is_about_no_resource(browser: FlaskClient) -> None:
    """Some permissions are about the account as a whole."""
    assert browser.get("/settings", headers={"X-User": NOBODY}).status_code == 403
    assert browser.get("/settings", headers={"X-User": MARKETER}).text == "settings"
