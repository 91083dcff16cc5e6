"""Guarded Django views, against the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import django
import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from muster import Muster
from muster.django import decision, requires
from muster.guards import Refusal
from tests.client.conftest import LAUNCH, MARKETER, NOBODY, SETTINGS
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e
RESOURCE: Callable[..., Any] = lambda request, campaign_id: ("campaign", campaign_id)  # noqa: E731


@pytest.fixture(scope="module", autouse=True)
def configured() -> None:
    """Django wants settings before it makes a response."""
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], USE_TZ=True)
        django.setup()


def signed_in(request: HttpRequest) -> str | None:
    name: str | None = request.headers.get("X-User")
    return name


def launch(request: HttpRequest, campaign_id: str) -> HttpResponse:
    return HttpResponse(f"{campaign_id}: {decision(request).code}")


def post(view: Callable[..., Any], user: str | None) -> Any:
    headers = {"X-User": user} if user else {}
    return view(RequestFactory().post("/campaigns/spring/launch", headers=headers), campaign_id="spring")


@pytest.fixture
def client(server: Server) -> Muster:
    return Muster(server.url, server.demo["api_key"], timeout=20, subject=signed_in)


def test_allowed(client: Muster) -> None:
    """The view runs, with its arguments, and knows the decision."""
    answer = post(requires(client, LAUNCH, resource=RESOURCE)(launch), MARKETER)
    assert (answer.status_code, answer.content) == (200, b"spring: allowed")


def test_denied(client: Muster) -> None:
    """403 with the reason; the view does not run."""
    answer = post(requires(client, LAUNCH, resource=("campaign", "spring"))(launch), NOBODY)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert b'"code": "no_grant"' in answer.content


def test_nobody_is_signed_in(client: Muster) -> None:
    """401: there is nobody to ask about."""
    assert post(requires(client, LAUNCH, resource=RESOURCE)(launch), None).status_code == 401


def test_nobody_can_decide(gone: str) -> None:
    """503, not a yes, and not a no that would be told to the person."""
    client = Muster(gone, "key")
    assert post(requires(client, LAUNCH, subject=signed_in, resource=RESOURCE)(launch), MARKETER).status_code == 503


def test_asynchronous_views(client: Muster) -> None:
    """The question is asked in a thread, so that the others go on."""

    async def launch_later(request: HttpRequest, campaign_id: str) -> HttpResponse:
        return launch(request, campaign_id)

    view = requires(client, LAUNCH, resource=RESOURCE)(launch_later)
    assert asyncio.iscoroutinefunction(view)

    async def answered(user: str) -> tuple[int, bytes]:
        request = AsyncRequestFactory().post("/", headers={"X-User": user})
        answer = await view(request, campaign_id="spring")
        return answer.status_code, answer.content[:15]

    assert asyncio.run(answered(MARKETER)) == (200, b"spring: allowed")
    assert asyncio.run(answered(NOBODY))[0] == 403


def test_the_platform_shows_its_own_page(client: Muster) -> None:
    """A function of the platform makes the answer from the refusal."""

    def page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
        return HttpResponse(f"Sorry: {refusal.code}", status=refusal.status)

    answer = post(requires(client, LAUNCH, resource=RESOURCE, refused=page)(launch), NOBODY)
    assert (answer.status_code, answer.content) == (403, b"Sorry: no_grant")


def test_what_is_about_no_resource(client: Muster) -> None:
    """Some permissions are about the account as a whole."""
    guarded = requires(client, SETTINGS)(launch)
    assert [post(guarded, user).status_code for user in (MARKETER, NOBODY)] == [200, 403]
