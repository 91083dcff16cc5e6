"""The guide to the client: its code as it stands, in its order, against the real server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory
from fastapi.testclient import TestClient

from tests.client.conftest import Postbird

PAGE = (Path(__file__).parent.parent.parent / "docs" / "client.md").read_text(encoding="utf-8")
MARTA, INES = {"X-User": "marta@postbird.example"}, {"X-User": "ines@postbird.example"}
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def guide(postbird: Postbird) -> dict[str, Any]:
    """What the names of the guide stand for, after all its code has run."""
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], USE_TZ=True)
    key = postbird.key("decisions:evaluate", "decisions:search", "items:write")
    names: dict[str, Any] = {"__name__": "guide"}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        told = code.replace("https://muster.example", postbird.server.url).replace("mapi_your_key", key)
        exec(told, names)
    return names


def test_questions(guide: dict[str, Any]) -> None:
    """One, one that is refused, many, and those with a data filter."""
    assert guide["why"] == "denied_by_individual"
    assert guide["shown"] == ["campaigns.email.edit"]
    assert guide["may_invite"] is False
    assert guide["text"] == 'region eq "EMEA" and consent eq true'
    assert "WHERE" in str(guide["query"])


def test_searches(guide: dict[str, Any]) -> None:
    """The reverse questions."""
    assert sorted(guide["who"]) == ["ada@postbird.example", "marta@postbird.example"]
    assert sorted(guide["what"]) == ["fado", "spring", "vip"]
    assert guide["verbs"] == ["campaigns.email.view"]


def test_the_flask_guard(guide: dict[str, Any]) -> None:
    """Allowed, and refused on the platform's own page."""
    browser = guide["app"].test_client()
    assert browser.post("/campaigns/spring/launch", headers=MARTA).status_code == 200
    refused = browser.post("/campaigns/spring/launch", headers=INES)
    assert (refused.status_code, refused.text.startswith("You may not: ")) == (403, True)


def test_the_fastapi_guard(guide: dict[str, Any]) -> None:
    """Allowed and refused."""
    browser = TestClient(guide["api"])
    assert browser.post("/campaigns/spring/launch", headers=MARTA).status_code == 200
    assert browser.post("/campaigns/spring/launch", headers=INES).status_code == 403


def test_the_django_guard(guide: dict[str, Any]) -> None:
    """Allowed and refused."""
    for headers, status in ((MARTA, 200), (INES, 403)):
        request = RequestFactory().post("/", headers=headers)
        assert guide["launch_view"](request, campaign_id="spring").status_code == status
