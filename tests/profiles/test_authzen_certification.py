"""The people, records and rules that the certification of the decision API expects: data of a profile, not code.

Each check is made with the shipped names and with every name changed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.db import Database
from app.services import accounts, profiles, samples
from app.stores.access import SqlAccessStore
from tests.profiles.world import World
from tests.protocol.certification import renamed

PROFILE = "authzen-certification"
NAMES = {
    "authzen-certification": "archive-rules",
    "record-reader": "dossier-visitor",
    "record-writer": "dossier-clerk",
    "record-archivist": "dossier-keeper",
    "record-1": "dossier-b",
    "record-2": "dossier-a",
    "record": "dossier",
    "records": "dossiers",
    "read": "consult",
    "write": "amend",
    "delete": "discard",
    "status": "condition",
    "archived": "sealed",
    "active": "open",
    "soft": "reversibly",
    "role": "standing",
    "admin": "chief",
    "alice": "zoe",
    "bob": "yves",
}
"""What everything is called the second time."""
_CODE = ("app", "scim", "sso", "rbac", "muster", "migrations")


@dataclass(frozen=True)
class Certified:
    """The account, and what its names are."""

    world: World
    named: Callable[[str], str]

    def may(self, user: str, permission: str, record: str, **properties: dict[str, Any]) -> bool:
        """Ask with the names of this account."""
        n = self.named
        said: dict[str, Any] = {
            part: {n(name): n(value) if isinstance(value, str) else value for name, value in given.items()}
            for part, given in properties.items()
        }
        return self.world.may_on(n(user), n(permission), n("record"), n(record), **said)


@pytest.fixture(scope="module", params=["shipped names", "changed names"])
def certified(
    request: pytest.FixtureRequest, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Certified:
    """An account of the profile, loaded as every other profile is."""
    reference = PROFILE
    if request.param == "changed names":
        shipped = files("rbac").joinpath("profiles", f"{PROFILE}.toml").read_text(encoding="utf-8")
        file = tmp_path_factory.mktemp("profile") / "changed.json"
        file.write_text(json.dumps(renamed(tomllib.loads(shipped), NAMES)), encoding="utf-8")
        reference = str(file)
    with database.writing() as session:
        account = accounts.create_account(session, f"Certification {uuid4().hex[:8]}").id
        profiles.load(session, account, reference)
        samples.load_sample(session, account, profiles.read_profile(reference).sample)
    with database.reading() as session:
        catalogue = SqlAccessStore(session, account).snapshot([]).policy.catalogue
    names = NAMES if reference != PROFILE else {}
    return Certified(World(database, account, catalogue), lambda name: names.get(name, name))


def test_every_name_is_another_one(certified: Certified) -> None:
    """The second account shares no permission, item type, attribute, role or person with the shipped profile."""
    if certified.named("record") == "record":
        return
    shipped, other = profiles.read_profile(PROFILE), certified.world.catalogue
    own = {"profile.view", "profile.edit"}
    assert not set(shipped.catalogue.permissions) & set(other.permissions) - own
    assert set(other.item_kinds) == {"dossier", "profile"}
    assert not set(shipped.catalogue.subject_attributes) & set(other.subject_attributes)
    assert not set(shipped.catalogue.action_attributes) & set(other.action_attributes)


def test_alice_reads_and_writes_the_active_record(certified: Certified) -> None:
    """Rules 1 and 2."""
    assert certified.may("alice", "read", "record-1")
    assert certified.may("alice", "write", "record-1")


def test_bob_reads_the_active_record_and_does_not_write_it(certified: Certified) -> None:
    """Rules 3 and 4."""
    assert certified.may("bob", "read", "record-1")
    assert not certified.may("bob", "write", "record-1")


def test_alice_writes_nothing_that_is_said_to_be_archived(certified: Certified) -> None:
    """Rule 5: what is sent of the record counts, and what is stored where nothing is sent."""
    archived = {"status": "archived"}
    assert not certified.may("alice", "write", "record-1", properties=archived)
    assert not certified.may("alice", "write", "record-2", properties=archived)
    assert not certified.may("alice", "write", "record-2")


def test_an_admin_writes_what_is_archived(certified: Certified) -> None:
    """Rule 6: who is stored as one, and who is said to be one where nothing is stored."""
    archived = {"status": "archived"}
    assert certified.may("bob", "write", "record-2")
    assert certified.may("bob", "write", "record-1", properties=archived)
    assert certified.may("alice", "write", "record-2", properties=archived, subject={"role": "admin"})


def test_what_is_stored_of_a_person_beats_what_is_sent(certified: Certified) -> None:
    """Nobody is talked out of what they are."""
    assert certified.may("bob", "write", "record-2", subject={"role": "guest"})


def test_alice_deletes_softly_only(certified: Certified) -> None:
    """Rules 7 and 8; without the parameter, or with one of another type, it is not allowed."""
    assert certified.may("alice", "delete", "record-1", action={"soft": True})
    assert not certified.may("alice", "delete", "record-1", action={"soft": False})
    assert not certified.may("alice", "delete", "record-1")
    assert not certified.may("alice", "delete", "record-1", action={"soft": "true"})


def test_a_record_that_is_not_held_is_nobodys(certified: Certified) -> None:
    """Records are kept here, so an unknown one is denied to all."""
    assert not certified.may("alice", "read", "record-3")
    assert not certified.may("bob", "read", "record-3")


def test_no_code_knows_the_names() -> None:
    """They stand in the profile's file, and in nothing that runs."""
    special = [name for name in NAMES if "-" in name] + ["alice", "bob"]
    pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in special))
    root = Path(__file__).parents[2]
    found = [
        f"{file.relative_to(root)}: {match[0]}"
        for folder in _CODE
        for file in sorted((root / folder).rglob("*.py"))
        for match in pattern.finditer(file.read_text(encoding="utf-8"))
    ]
    assert not found
