"""The commands that explain: decisions and their reasons, asked from every side."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.db import Database
from tests.protocol.certification import a_certified_customer
from tests.test_cli import Muster


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the worker's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture(scope="module")
def account(database: Database, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An account with roles under conditions, people with attributes, and items."""
    return a_certified_customer(database, {}, tmp_path_factory.mktemp("profile")).account_name


def test_explain_an_item(muster: Muster, account: str) -> None:
    """What is stored of the item counts, and what is sent of it instead; exit code 1 for a no."""
    assert muster.run("explain", account, "alice", "write", "--item", "record:record-1").startswith("YES")
    said = muster.run("explain", account, "alice", "write", "--item", "record:record-2", code=1)
    assert "role record-writer DENIES write" in said
    assert "the denial above has to go" in said
    sent = ("--item", "record:record-1", "--resource", '{"status": "archived"}')
    assert muster.json("explain", account, "alice", "write", *sent, code=1)["code"] == "denied_by_role"
    assert muster.json("explain", account, "bob", "write", *sent)["decision"] is True
    gone = muster.json("explain", account, "alice", "read", "--item", "record:none", code=1)
    assert [node["kind"] for node in gone["missing"]] == ["known_item"]


def test_explain_parameters_and_languages(muster: Muster, account: str) -> None:
    """Parameters of the action, a context, another moment; in Spanish, too."""
    item = ("--item", "record:record-1")
    assert muster.run("explain", account, "alice", "delete", *item, "--action", '{"soft": true}', "--context", "{}")
    no = muster.run("explain", account, "alice", "delete", *item, "--lang", "es", code=1)
    for words in ("NO  alice · delete · record:record-1 · en root", "solo si action.soft eq true", "falta:"):
        assert words in no
    later = muster.json("explain", account, "alice", "read", "--at", "2101-01-01T00:00Z")
    assert later["at"].startswith("2101-01-01T00:00")


def test_who_can(muster: Muster, account: str) -> None:
    """Names and chains for people, a page for scripts."""
    said = muster.run("who-can", account, "read", "--item", "record:record-1")
    for words in ("alice", "bob", "role record-reader allows read", "2 in all"):
        assert words in said
    found = muster.json("who-can", account, "write", "--item", "record:record-2")
    assert [one["user_name"] for one in found["people"]] == ["bob"]
    first = muster.json("who-can", account, "read", "--limit", "1")
    assert (len(first["people"]), first["total"]) == (1, 2)
    assert f"--after {first['next']}" in muster.run("who-can", account, "read", "--limit", "1", "--lang", "es")
    second = muster.json("who-can", account, "read", "--limit", "1", "--after", first["next"])
    assert {first["people"][0]["user_name"], second["people"][0]["user_name"]} == {"alice", "bob"}


def test_who_has(muster: Muster, account: str) -> None:
    """By the role's name, whatever its case."""
    assert [one["user_name"] for one in muster.json("who-has", account, "Record-Archivist")["people"]] == ["bob"]
    assert "in the whole account" in muster.run("who-has", account, "record-reader")


def test_what_can(muster: Muster, account: str) -> None:
    """In plain words, with conditions."""
    said = muster.run("what-can", account, "alice")
    for words in (
        "alice · in root",
        "Records › Records",
        "Delete records",
        "only when action.soft eq true",
        "but not when",
    ):
        assert words in said
    assert "Eliminar registros" in muster.run("what-can", account, "alice", "--lang", "es")
    assert muster.json("what-can", account, "bob")["counts"]["can"] == 4


def test_the_past(muster: Muster, database: Database, tmp_path: Path) -> None:
    """What somebody could do is asked with --at, until the journal is trimmed."""
    account = a_certified_customer(database, {}, tmp_path).account_name
    time.sleep(0.01)
    then = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    assert muster.json("journal", "show", account)["began"]
    muster.run("grant", "take", account, "record-reader", "--user", "alice")
    for command in ("explain", "what-can"):
        about = (command, account, "alice", *(["read"] if command == "explain" else []))
        muster.run(*about, code=1 if command == "explain" else 0)
        muster.run(*about, "--at", then)
    time.sleep(0.01)
    said = muster.run("journal", "trim", account, "--before", datetime.now(UTC).isoformat())
    assert "entries forgotten; kept since" in said
    assert "is kept since" in muster.run("explain", account, "alice", "read", "--at", then, code=4)


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("explain", "{account}", "alice", "read", "--item", "record"), 2, "TYPE:ID"),
        (("explain", "{account}", "alice", "read", "--context", "{{"), 2, "no JSON"),
        (("explain", "{account}", "alice", "read", "--context", "[]"), 2, "JSON object"),
        (("explain", "{account}", "alice", "read", "--at", "tomorrow"), 2, "tomorrow"),
        (("explain", "{account}", "alice", "read", "--at", "2026-03-03T12:00"), 2, "2026-03-03T12:00"),
        (("explain", "{account}", "alice", "read", "--at", "2001-01-01T00:00Z"), 4, "is kept since"),
        (("what-can", "{account}", "alice", "--at", "2001-01-01T00:00Z"), 4, "is kept since"),
        (("journal", "trim", "{account}", "--before", "2001-01-01"), 4, "journal begins"),
        (("journal", "trim", "{account}", "--before", "2101-01-01"), 4, "future"),
        (("explain", "{account}", "alice", "read", "--lang", "fr"), 2, "es"),
        (("who-can", "{account}", "no.such"), 3, "no.such"),
        (("who-can", "{account}", "read", "--item", "record:none"), 3, "none"),
        (("who-can", "{account}", "read", "--unit", "nowhere"), 3, "root"),
        (("who-can", "{account}", "read", "--limit", "0"), 2, "limit"),
        (("who-can", "{account}", "read", "--after", "nonsense"), 4, "after"),
        (("who-has", "{account}", "nobody"), 3, "record-reader"),
        (("what-can", "{account}", "nobody"), 3, "nobody"),
    ],
)
def test_refusals(muster: Muster, account: str, command: tuple[str, ...], code: int, words: str) -> None:
    """Each names what is wrong."""
    assert words in muster.run(*(part.format(account=account) for part in command), code=code)
