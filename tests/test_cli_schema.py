"""`muster schema`: declare attributes of users from a file, look at them, remove them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.services import accounts, directories
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import a_user
from tests.test_cli import Muster, account, muster

__all__ = ["account", "muster"]

OWN = "urn:acme:crew:2.0:User"
TOML = """
id = "urn:acme:crew:2.0:User"
name = "Crew"
description = "What Acme knows about its crew."

[[attributes]]
name = "badge"
description = "The number on the badge."
caseExact = true

[[attributes]]
name = "car"
type = "complex"
multiValued = true
subAttributes = [{ name = "plate" }, { name = "seats", type = "integer" }]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A declaration."""
    path = tmp_path / "crew.toml"
    path.write_text(TOML)
    return path


def employ(database: Database, account: str, **data: Any) -> None:
    """A person of the account with these values."""
    with database.writing() as session:
        owner = accounts.find_account(session, account).id
        directory = directories.find_directory(session, owner, None).id
        service.create(open_directory_store(session, owner, directory), "User", a_user() | {OWN: data})


def test_declare_list_and_remove(muster: Muster, account: str, file: Path) -> None:
    """The life of an extension; each answer says what is different now."""
    assert "muster schema declare" in muster.run("schema", "list", account)
    told = muster.run("schema", "declare", account, str(file))
    assert (OWN in told, "+ badge" in told, "+ car" in told) == (True, True, True)
    assert "nothing is different" in muster.run("schema", "declare", account, str(file))
    listed = muster.run("schema", "list", account)
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [
        ["ATTRIBUTE", "TYPE"],
        ["badge", "string"],
        ["car", "complex"],
        ["car.plate", "string"],
        ["car.seats", "integer"],
    ]
    assert "caseExact" in listed
    assert "- badge" in muster.run("schema", "remove", account, OWN, "badge")
    done = muster.json("schema", "remove", account, OWN)
    assert (done["urn"], done["removed"], done["revision"]) == (OWN, ["car"], 3)
    assert muster.json("schema", "list", account) == []


def test_what_is_listed_as_json_can_be_declared(muster: Muster, account: str, file: Path, tmp_path: Path) -> None:
    """From one account to another; a file that ends with .json is JSON."""
    muster.run("schema", "declare", account, str(file))
    (shown,) = muster.json("schema", "list", account)
    other = tmp_path / "crew.json"
    other.write_text(json.dumps(shown))
    assert "nothing is different" in muster.run("schema", "declare", account, str(other))


def test_values_are_dropped_on_request_only(muster: Muster, database: Database, account: str, file: Path) -> None:
    """Refused with the number of people and what to say; tried first with --dry-run."""
    muster.run("schema", "declare", account, str(file))
    employ(database, account, badge="B-1")
    for command in (("remove", account, OWN), ("remove", account, OWN, "badge")):
        refused = muster.run("schema", *command, code=4)
        assert "badge: 1 person has" in refused
        assert "--drop-values" in refused
    file.write_text(TOML.replace("caseExact = true", 'type = "integer"'))
    assert "badge: 1 person has" in muster.run("schema", "declare", account, str(file), "--dry-run", code=4)
    dry = muster.run("schema", "declare", account, str(file), "--dry-run", "--drop-values")
    assert ("1 person has a value of badge that is dropped" in dry, "nothing was changed" in dry) == (True, True)
    assert muster.json("schema", "declare", account, str(file), "--drop-values")["dropped"] == {"badge": 1}
    assert "- badge" in muster.run("schema", "remove", account, OWN, "badge")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("crew.toml", "attributes = [", "is not TOML"),
        ("crew.json", "{", "is not JSON"),
        ("crew.json", "[]", "must be an object"),
        ("crew.toml", 'attributes = [{ name = "userName" }, { name = "b", type = "text" }]', "attributes[1].type"),
        ("crew.toml", 'attributes = [{ name = "badge", uniqueness = "server" }]', "not kept"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(
    muster: Muster, account: str, tmp_path: Path, name: str, text: str, words: str
) -> None:
    """Exit code 4 and a message to act on; nothing is declared."""
    path = tmp_path / name
    path.write_text(text)
    assert words in muster.run("schema", "declare", account, str(path), code=4)
    assert muster.json("schema", "list", account) == []


def test_what_is_not_there_is_not_found(muster: Muster, account: str, file: Path) -> None:
    """Exit code 3."""
    muster.run("schema", "remove", account, OWN, code=3)
    muster.run("schema", "declare", account, str(file))
    assert "badge, car" in muster.run("schema", "remove", account, OWN, "nothing", code=3)
    muster.run("schema", "list", "no such account", code=3)
