"""Guarded FastAPI routes, against the real server."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header
from fastapi.testclient import TestClient

from muster import Decision, Entity, Muster
from muster.fastapi import requires
from tests.client.conftest import LAUNCH, MARKETER, NOBODY, SETTINGS
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


def signed_in(x_user: Annotated[str | None, Header()] = None) -> str | None:
    return x_user


def campaign(campaign_id: str, unit: str = "emea") -> Entity:
    return Entity("campaign", campaign_id, {"business_unit": unit})


def platform(client: Muster) -> TestClient:
    app = FastAPI()
    may_launch = requires(client, LAUNCH, resource=campaign)
    may_view = requires(client, "campaigns.email.view", subject=signed_in, resource=("campaign", "all"))

    @app.post("/campaigns/{campaign_id}/launch")
    def launch(campaign_id: str, decision: Annotated[Decision, Depends(may_launch)]) -> str:
        return f"{campaign_id}: {decision.code}"

    @app.get("/campaigns", dependencies=[Depends(may_view)])
    async def campaigns() -> str:
        return "campaigns"

    @app.get("/settings", dependencies=[Depends(requires(client, SETTINGS))])
    def settings() -> str:
        return "settings"

    return TestClient(app)


@pytest.fixture
def browser(server: Server) -> TestClient:
    return platform(Muster(server.url, server.demo["api_key"], timeout=20, subject=signed_in))


def test_allowed(browser: TestClient) -> None:
    """The route runs and is given the decision; the resource is made from the route's parameters."""
    answer = browser.post("/campaigns/spring/launch", headers={"X-User": MARKETER})
    assert (answer.status_code, answer.json()) == (200, "spring: allowed")


def test_denied(browser: TestClient) -> None:
    """403 with the reason; the route does not run."""
    answer = browser.post("/campaigns/spring/launch?unit=amer", headers={"X-User": MARKETER})
    assert (answer.status_code, answer.json()["detail"]["code"]) == (403, "not_in_business_unit")


def test_as_a_dependency_without_a_value(browser: TestClient) -> None:
    """For asynchronous routes, too."""
    assert browser.get("/campaigns", headers={"X-User": NOBODY}).status_code == 403
    assert browser.get("/campaigns", headers={"X-User": MARKETER}).json() == "campaigns"


def test_nobody_is_signed_in(browser: TestClient) -> None:
    """401: there is nobody to ask about."""
    assert browser.post("/campaigns/spring/launch").status_code == 401


def test_nobody_can_decide(gone: str) -> None:
    """503, not a yes, and not a no that would be told to the person."""
    answer = platform(Muster(gone, "key", subject=signed_in)).get("/campaigns", headers={"X-User": MARKETER})
    assert answer.status_code == 503


def test_what_is_about_no_resource(browser: TestClient) -> None:
    """Some permissions are about the account as a whole."""
    assert browser.get("/settings", headers={"X-User": NOBODY}).status_code == 403
    assert browser.get("/settings", headers={"X-User": MARKETER}).status_code == 200
