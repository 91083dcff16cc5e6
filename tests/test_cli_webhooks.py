"""Commands about webhooks, events and keys, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.conftest import KEY, fresh_sqlite

NEW = "a new key that is long enough for the product"


@pytest.fixture
def muster(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on an installation of its own with one account; ``code`` is what it must end with."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", fresh_sqlite(sqlite_template, tmp_path))
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    run("account", "create", "Acme")
    return run


def test_a_webhook_from_its_making_to_its_end(muster: Any) -> None:
    """Made, listed, changed, tested, replayed, switched off and on, deleted."""
    made = muster("webhook", "create", "Acme", "crm", "https://crm.example/x", "--type", "access.granted", "--json")
    assert made["secret"].startswith("whsec_")
    assert made["webhook"]["types"] == ["access.granted"]
    assert "crm.example" in muster("webhook", "list", "Acme")
    assert made["secret"] not in muster("webhook", "list", "Acme")
    changed = muster("webhook", "change", "Acme", "crm", "--name", "CRM", "--all-types", "--json")
    assert (changed["name"], changed["types"]) == ("CRM", [])
    assert "whsec_" in muster("webhook", "rotate-secret", "Acme", "crm", "--hours", "1")
    assert "muster webhook deliveries 'Acme' 'CRM'" in muster("webhook", "test", "Acme", "crm")
    assert muster("webhook", "deliveries", "Acme", "crm").strip() == "nothing was sent yet"
    assert muster("webhook", "replay", "Acme", "crm", "--after", "2", "--json")["cursor"] == 2
    assert muster("webhook", "replay", "Acme", "crm", "--since", "2020-01-01", "--json")["cursor"] == 0
    assert "switched off" in muster("webhook", "disable", "Acme", "crm")
    assert "enabled" in muster("webhook", "enable", "Acme", "crm")
    muster("webhook", "delete", "Acme", "crm")
    assert "make one" in muster("webhook", "list", "Acme")


def test_refusals(muster: Any) -> None:
    """Each with its exit code."""
    assert "https" in muster("webhook", "create", "Acme", "crm", "http://127.0.0.1/", code=4)
    assert "no type of event" in muster(
        "webhook", "create", "Acme", "crm", "https://crm.example/", "--type", "x", code=4
    )
    muster("webhook", "test", "Acme", "nobody", code=3)
    muster("webhook", "create", "Acme", "crm", "https://crm.example/")
    muster("webhook", "change", "Acme", "crm", code=2)
    muster("webhook", "replay", "Acme", "crm", code=4)


def test_events(muster: Any) -> None:
    """After a place, some types, in pages."""
    muster("owner", "create", "Acme", "olivia@acme.example")
    found = muster("events", "Acme", "--type", "user.created", "--json")
    assert [one["data"]["subject"]["name"] for one in found["results"]] == ["olivia@acme.example"]
    first = muster("events", "Acme", "--limit", "1", "--json")
    assert first["more"] is True
    assert f"more: --after {first['last']}" in muster("events", "Acme", "--limit", "1")
    assert muster("events", "Acme", "--after", str(found["last"]), "--json")["results"] == []


def test_the_secret_key_is_replaced(muster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed, refused without the former one, rotated, and the former one not needed any more but for unused keys."""
    muster("webhook", "create", "Acme", "crm", "https://crm.example/")
    former = muster("keys", "show", "--json")["key"]
    monkeypatch.setenv("MUSTER_SECRET_KEY", NEW)
    assert "MUSTER_SECRET_KEY_PREVIOUS" in muster("keys", "show", code=5)
    monkeypatch.setenv("MUSTER_SECRET_KEY_PREVIOUS", KEY)
    assert "next: muster keys rotate" in muster("keys", "show")
    done = muster("keys", "rotate", "--json")
    assert done["key"] != former
    assert done["sealed"] == {done["key"]: 1}
    assert "remove MUSTER_SECRET_KEY_PREVIOUS" in muster("keys", "show")
    monkeypatch.delenv("MUSTER_SECRET_KEY_PREVIOUS")
    assert done["key"] in muster("keys", "show")
