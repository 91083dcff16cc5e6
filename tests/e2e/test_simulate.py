"""Every identity provider that can be simulated finds a running Muster all right."""

from __future__ import annotations

import json

import pytest

from app.simulator.sequence import names
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("provider", names())
def test_provider(server: Server, provider: str) -> None:
    """Each step is ok or does not apply, and nothing stays behind."""
    url, token = server.demo["scim_url"], server.demo["scim_token"]
    report = json.loads(server.muster("simulate", provider, "--url", url, "--token", token, "--json"))
    assert [step for step in report["steps"] if step["verdict"] == "WRONG"] == []
    assert report["ok"] > 8
    assert report["left"] == []


def test_the_installed_command_knows_its_sequences(server: Server) -> None:
    """The data comes with the package."""
    assert json.loads(server.muster("simulate", "--list", "--json"))


def test_a_wrong_token_is_a_failed_check(server: Server) -> None:
    """Exit code 1 and one clear reason."""
    said = server.muster("simulate", "okta", "--url", server.demo["scim_url"], "--token", "nonsense", code=1)
    assert "does not accept the token" in said
