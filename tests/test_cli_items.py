"""The commands `muster item` and `muster filter`, on each database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.db import Database
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import a_group, a_user
from tests.stores.item_world import PROFILE
from tests.test_cli import Muster


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the worker's database, in a folder without a .env file."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture
def account(muster: Muster, database: Database) -> str:
    """An account of a platform that keeps pieces, with ana and bob, who is in the group Team."""
    name = f"Items {uuid4().hex[:10]}"
    muster.run("account", "create", name, "--profile", str(PROFILE))
    muster.run("directory", "create", name, "--preset", "okta", "--name", "okta")
    account_id = next(found["id"] for found in muster.json("account", "list") if found["name"] == name)
    directory_id = next(one["id"] for one in muster.json("directory", "list", name) if one["preset"] == "okta")
    with database.writing() as session:
        store = open_directory_store(session, account_id, directory_id)
        service.create(store, "User", a_user("ana@x.example"))
        bob = service.create(store, "User", a_user("bob@x.example")).id
        service.create(store, "Group", a_group("Team", [bob]))
    return name


@pytest.fixture
def register(muster: Muster, account: str, tmp_path: Path) -> Callable[..., Any]:
    """Registers items from a file."""

    def run(*given: Any, options: tuple[str, ...] = (), code: int = 0) -> str:
        file = tmp_path / f"{uuid4().hex}.jsonl"
        file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in given) + "\n\n")
        return muster.run("item", "register", account, str(file), *options, code=code)

    return run


def piece(id: str, **given: Any) -> dict[str, Any]:
    return {"type": "piece", "id": id, **given}


def test_items_are_registered_from_a_file(muster: Muster, account: str, register: Callable[..., str]) -> None:
    """A line for each; what is wrong is named with its place, and nothing is registered unless --partial."""
    wrong = piece("p2", owner="nobody")
    said = register(piece("p1", owner="ana@x.example", name="Spring"), wrong, code=4)
    assert "nothing was registered" in said
    assert "item 2 (piece p2): owner: no user of this account is called 'nobody'" in said
    assert muster.json("item", "list", account) == []
    assert "1 created, 0 changed, 0 unchanged, 1 refused" in register(
        piece("p1"), wrong, options=("--partial",), code=4
    )
    assert "1 created, 1 changed" in register(piece("p1", owner="ana@x.example"), piece("p3"))
    assert "line 2 is not JSON" in register(piece("p4"), "{", code=4)
    found = muster.json("item", "list", account, "--filter", "owner pr")
    assert [(one["id"], one["owner"]["user_name"]) for one in found] == [("p1", "ana@x.example")]
    assert "more items follow" in muster.run("item", "list", account, "--limit", "1")


def test_an_item_is_shown_and_shared(muster: Muster, account: str, register: Callable[..., str]) -> None:
    """With everything that decides who may use it."""
    register(piece("p1", owner="ana@x.example", owner_group="Team", attributes={"color": "red"}))
    text = muster.run("item", "show", account, "piece", "p1")
    for part in (
        "owner        ana@x.example: modify",
        "owner group  group:Team: read",
        "the rest     forbidden",
        "red",
    ):
        assert part in text
    assert muster.json("item", "show", account, "piece", "p1")["levels"] == {
        "owner": "modify",
        "group": "read",
        "rest": "forbidden",
    }
    assert "there is no item" in muster.run("item", "show", account, "piece", "p9", code=3)
    assert "belongs to root" in muster.run("item", "share", account, "piece", "p1", "root", code=4)
    assert "not shared with root" in muster.run("item", "share", account, "piece", "p1", "root", "--remove", code=3)


def test_a_change_is_shown_before_it_is_made(muster: Muster, account: str, register: Callable[..., str]) -> None:
    """Who loses what; --yes does it."""
    register(piece("p1", owner="ana@x.example"), piece("p2", owner="ana@x.example"))
    command = ("item", "change", account, "--filter", 'owner eq "ana@x.example"', "--owner", "bob@x.example")
    text = muster.run(*command, "--group-level", "modify")
    assert "2 of 2 items change" in text
    assert "LOSES  owner ana@x.example" in text
    assert "nothing was changed; add --yes" in text
    assert muster.json("item", "show", account, "piece", "p1")["revision"] == 1
    assert "changed 2 of 2 items" in muster.run(*command, "--yes")
    assert muster.json("item", "show", account, "piece", "p1")["owner"]["user_name"] == "bob@x.example"
    assert "changed 1 of 1" in muster.run("item", "change", account, "--item", "piece", "p1", "--no-owner", "--yes")
    assert muster.json("item", "show", account, "piece", "p1")["owner"] is None
    assert "say what to change" in muster.run("item", "change", account, "--filter", "id pr", code=4)
    assert "one of the two" in muster.run("item", "change", account, "--no-owner", code=4)


def test_a_leavers_items_are_handed_over(
    muster: Muster,
    account: str,
    register: Callable[..., str],
    database: Database,
) -> None:
    """Listed, shown, done."""
    register(piece("p1", owner="ana@x.example"))
    assert "everything has an owner" in muster.run("item", "leavers", account)
    account_id = next(found["id"] for found in muster.json("account", "list") if found["name"] == account)
    directory_id = next(one["id"] for one in muster.json("directory", "list", account) if one["preset"] == "okta")
    owner = muster.json("item", "show", account, "piece", "p1")["owner"]["id"]
    with database.writing() as session:
        service.delete(open_directory_store(session, account_id, directory_id), "User", owner)
    [leaver] = muster.json("item", "leavers", account)
    assert (leaver["user_name"], leaver["state"], leaver["items"]) == ("ana@x.example", "deleted", {"piece": 1})
    assert f"next: muster item transfer {account!r} {owner}" in muster.run("item", "leavers", account)
    assert "ana@x.example to group:Team: 1 piece" in muster.run(
        "item", "transfer", account, owner, "--to-group", "Team"
    )
    assert "handed over" in muster.run("item", "transfer", account, owner, "--to-user", "bob@x.example", "--yes")
    assert muster.json("item", "leavers", account) == []


def test_defaults_are_shown_and_set(muster: Muster, account: str) -> None:
    """For several users at once."""
    both = ("ana@x.example", "bob@x.example")
    assert [one["is_set"] for one in muster.json("item", "defaults", account, *both)] == [False, False]
    found = muster.json("item", "defaults", account, *both, "--owner-group", "role:Designer", "--rest-level", "read")
    assert [(one["owner_group"]["name"], one["levels"]["rest"]) for one in found] == [("Designer", "read")] * 2
    assert "role:Designer" in muster.run("item", "defaults", account, "ana@x.example")
    assert not muster.json("item", "defaults", account, "ana@x.example", "--clear")[0]["is_set"]
    assert "no user" in muster.run("item", "defaults", account, "nobody", code=3)


def test_filters_are_set_tried_and_cleared(muster: Muster, account: str) -> None:
    """A record that is not seen is exit code 1."""
    text = 'region eq "EMEA" and consent eq true'
    assert "unit root sees contact" in muster.run("filter", "set", account, "contact", text, "--unit", "root")
    assert text in muster.run("filter", "list", account)
    assert (
        muster.json("filter", "list", account, "--unit", "root", "--record-type", "contact")["combined"]["filter"]
        == text
    )
    seen = ("filter", "test", account, "contact", '{"region": "emea", "consent": true}', "--user", "ana@x.example")
    assert muster.run(*seen).startswith("YES")
    hidden = ("filter", "test", account, "contact", '{"region": "emea"}')
    left_out = muster.run(*hidden, "--user", "ana@x.example", code=1)
    assert left_out.startswith("NO  (the filter leaves this record out)")
    assert "FAILS  unit root" in left_out
    assert muster.run(*hidden, "--filter", 'region sw "e"').startswith("YES")
    assert "no_grant" in muster.run(*seen, "--permission", "design.contacts.view", code=1)
    for wrong, code in (
        (("filter", "set", account, "contact", 'country eq "ES"', "--unit", "root"), 4),
        (("filter", "set", account, "contact", text), 4),
        (("filter", "test", account, "contact", "[]", "--filter", text), 4),
        (("filter", "test", account, "contact", "{", "--filter", text), 4),
        (("filter", "test", account, "contact", "{}"), 2),
        (("filter", "test", account, "contact", "{}", "--filter", text, "--unit", "root"), 2),
    ):
        muster.run(*wrong, code=code)
    assert "has no filter on contact any more" in muster.run("filter", "clear", account, "contact", "--unit", "root")
    assert "no data filters" in muster.run("filter", "list", account)
