"""`muster mapping` and `muster separation`: from a draft to a revision in the names of two owners, and back."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import click
import pytest
import yaml

from app.cli import main
from app.db import Database
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import a_group, a_patch, a_user
from tests.test_cli import Muster

GUIDE = (Path(__file__).parent.parent / "docs" / "mapping.md").read_text(encoding="utf-8")


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the worker's database, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


class Company:
    """An account with two owners, and a group of its directory with one person in it."""

    def __init__(self, muster: Muster, database: Database) -> None:
        self.name = f"Cli {uuid4().hex[:10]}"
        muster.run("account", "create", self.name)
        muster.run("directory", "create", self.name, "--preset", "okta")
        for owner in ("olivia", "oscar"):
            muster.run("owner", "create", self.name, owner)
        self._database = database
        self._id = next(found["id"] for found in muster.json("account", "list") if found["name"] == self.name)
        directories = muster.json("directory", "list", self.name)
        self._directory = next(found["id"] for found in directories if found["preset"] == "okta")
        with database.writing() as session:
            store = open_directory_store(session, self._id, self._directory)
            people = [service.create(store, "User", a_user(name)).id for name in ("ana", "bob")]
            self.group = service.create(store, "Group", a_group("MC Team", people[:1])).id
        self.bob = people[1]

    def move(self) -> None:
        """Bob joins the group, before anything is published."""
        with self._database.writing() as session:
            store = open_directory_store(session, self._id, self._directory)
            operation = {"op": "add", "path": "members", "value": [{"value": self.bob}]}
            service.patch(store, "Group", self.group, a_patch(operation))

    def file(self, role: str) -> str:
        """A mapping file that gives the group a role."""
        rules = [{"name": "Team", "group": {"name": "MC Team"}, "grants": [{"role": role}]}]
        path = Path(f"{role}.yaml")
        path.write_text(yaml.safe_dump({"rules": rules}))
        return str(path)


@pytest.fixture
def company(muster: Muster, database: Database) -> Company:
    return Company(muster, database)


def planned(muster: Muster, company: Company, role: str) -> dict[str, Any]:
    """A plan by olivia to give the group a role."""
    muster.run("mapping", "draft", "create", company.name, f"Give {role}", "--file", company.file(role))
    found: dict[str, Any] = muster.json("mapping", "plan", company.name, f"Give {role}", "--as", "olivia")
    return found


def test_drafts_are_files_that_go_out_and_come_back(muster: Muster, company: Company) -> None:
    """Their problems are told; who has not seen the last change is refused."""
    said = muster.run("mapping", "draft", "create", company.name, "Next", "--file", company.file("Marketr"))
    assert "+ Team" in said
    assert "did you mean 'Marketer'" in said
    assert "did you mean" in muster.run("mapping", "plan", company.name, "Next", code=4)
    said = muster.run("mapping", "draft", "edit", company.name, "Next", "--file", company.file("Marketer"))
    assert "version 2" in said
    assert "cannot be planned" not in said
    muster.run("mapping", "draft", "edit", company.name, "Next", "--title", "Later", "--expect", "1", code=4)
    shown = yaml.safe_load(muster.run("mapping", "draft", "show", company.name, "Next"))
    assert shown["rules"][0]["grants"] == [{"role": "Marketer"}]
    assert "Next" in muster.run("mapping", "draft", "list", company.name)
    muster.run("mapping", "draft", "rebase", company.name, "Next")
    muster.run("mapping", "draft", "delete", company.name, "Next")
    muster.run("mapping", "draft", "show", company.name, "Next", code=3)


def test_two_owners_publish_and_restore(muster: Muster, company: Company) -> None:
    """Plan, approval by another one, publish; what is seen is who gains what by which rule."""
    plan = planned(muster, company, "Administrator")
    said = muster.run("mapping", "show-plan", company.name, plan["id"])
    for word in ("ana", "gained", "Administrator", "privileged", "Team", "a second Account Owner is needed"):
        assert word in said
    assert "nobody gains" in muster.run(
        "mapping", "show-plan", company.name, plan["id"], "--filter", 'change eq "lost"'
    )
    wrong = muster.run("mapping", "show-plan", company.name, plan["id"], "--filter", 'unt eq "x"', code=4)
    assert wrong.startswith("Error: ")
    assert "unt" in wrong
    refused = muster.run("mapping", "publish-plan", company.name, plan["id"], "--as", "olivia", code=4)
    assert "another Account Owner" in refused
    muster.run("mapping", "approve", company.name, plan["id"], "--as", "olivia", code=4)
    assert "approved by oscar" in muster.run("mapping", "approve", company.name, plan["id"], "--as", "oscar")
    assert "published as revision 1" in muster.run("mapping", "publish-plan", company.name, plan["id"])
    assert "published" in muster.run("mapping", "plans", company.name)
    said = muster.run("mapping", "revisions", company.name)
    assert "olivia" in said
    assert "oscar" in said
    muster.run("mapping", "publish", company.name, company.file("Viewer"))
    assert "~ Team" in muster.run("mapping", "compare", company.name, "1", "2")
    assert "~ Team" in muster.run("mapping", "restore", company.name, "1")
    muster.run("mapping", "restore", company.name, "9", code=3)


def test_what_was_overtaken_is_told(muster: Muster, company: Company) -> None:
    """Exit code 4, the rows that are new, and the plan that was made instead."""
    plan = planned(muster, company, "Marketer")
    company.move()
    said = muster.run("mapping", "publish-plan", company.name, plan["id"], code=4)
    assert "+ bob gained Marketer" in said
    fresh = said.split()[-1]
    assert "published as revision 1" in muster.run("mapping", "publish-plan", company.name, fresh)
    rejected = planned(muster, company, "Viewer")
    muster.run("mapping", "reject", company.name, rejected["id"], "--as", "oscar", "--reason", "no")
    assert "rejected" in muster.run("mapping", "publish-plan", company.name, rejected["id"], code=4)


def test_pause_and_settings(muster: Muster, company: Company) -> None:
    """A pause is at once, its end is planned; settings are the operator's, too."""
    muster.run("mapping", "publish", company.name, company.file("Marketer"))
    assert "paused with revision 2" in muster.run("mapping", "pause", company.name, "--rule", "Team")
    plan = muster.json("mapping", "resume", company.name, "--rule", "Team")
    assert "published as revision 3" in muster.run("mapping", "publish-plan", company.name, plan["id"])
    muster.run("mapping", "pause", company.name)
    assert "paused since" in muster.run("mapping", "settings", company.name)
    said = muster.run("mapping", "settings", company.name, "--blast-radius", "none", "--no-approve-privileged")
    assert "any number of people" in said
    assert "does not need" in said
    muster.run("mapping", "settings", company.name, "--blast-radius", "x", code=2)


def test_separations(muster: Muster, company: Company) -> None:
    """Made, changed, listed, deleted."""
    two = ("--permission", "campaigns.email.create", "--permission", "campaigns.email.launch")
    muster.run("separation", "create", company.name, "Four eyes", *two)
    muster.run("separation", "create", company.name, "four EYES", *two, code=4)
    muster.run("separation", "edit", company.name, "Four eyes", "--reason", "policy")
    assert "policy" in muster.run("separation", "list", company.name)
    muster.run("separation", "delete", company.name, "Four eyes")
    muster.run("separation", "delete", company.name, "Four eyes", code=3)


def test_a_dry_run_writes_nothing(muster: Muster, company: Company) -> None:
    """It says what a publish says."""
    said = muster.run("mapping", "publish", company.name, company.file("Marketer"), "--dry-run")
    assert said.startswith("would be published as revision 1: 1 rule\n  + Team\n1 person gains something, 0 lose")
    assert "rules: []" in muster.run("mapping", "show", company.name)


def test_the_commands_of_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are there, with these options."""
    monkeypatch.chdir(tmp_path)
    Path("mapping.yaml").touch()
    lines = [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
    for line in lines:
        command: click.Command = main
        words = shlex.split(line, comments=True)[1:]
        while isinstance(command, click.Group):
            command = cast(click.Command, command.commands[words.pop(0)])
        command.make_context(str(command.name), words)
    assert len(lines) > 12
