"""`muster export`, `plan`, `apply`, `drift`, `release`: an account's access as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.test_cli import Muster, account, muster

__all__ = ["account", "muster"]

VIEW, LAUNCH = "campaigns.email.view", "campaigns.email.launch"
TEXT = f"""business_units:
  - {{key: emea, name: Europe}}
roles:
  - name: Intern
    allow: [{VIEW}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that makes a unit and a role."""
    path = tmp_path / "access.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_file_is_planned_applied_and_planned_again(muster: Muster, account: str, file: Path) -> None:
    """Exit code 1 says that there is something to do, 0 that there is nothing; a plan changes nothing."""
    said = muster.run("plan", account, str(file), code=1)
    for words in (
        "access.yaml: 2 to create",
        "+ business unit emea",
        "Europe, below root",
        "+ role Intern",
        f"+ allow {VIEW}",
    ):
        assert words in said
    assert "emea" not in muster.run("unit", "list", account)
    told = muster.json("plan", account, str(file), code=1)
    assert [(one["action"], one["name"]) for one in told["steps"]] == [("create", "emea"), ("create", "Intern")]
    refused = muster.run("apply", account, str(file), "--yes", "--digest", "another", code=4)
    assert "this would do something else by now" in refused
    done = muster.run("apply", account, str(file), "--yes", "--digest", told["digest"], "--reason", "first")
    assert "2 to create" in done
    assert "planned anew" not in done
    assert muster.run("plan", account, str(file)) == "access.yaml: nothing to do\n"
    assert muster.run("apply", account, str(file), "--yes") == "access.yaml: nothing to do\n"
    assert "intact" in muster.run("audit", "verify", account)


def test_apply_asks_and_no_is_no(muster: Muster, account: str, file: Path) -> None:
    """The plan stands above the question; whoever says no has changed nothing."""
    runner = CliRunner()
    refused = runner.invoke(main, ["apply", account, str(file)], input="n\n", env=muster.environment)
    assert (refused.exit_code, "+ role Intern" in refused.output) == (1, True)
    assert "Intern" not in muster.run("role", "list", account)
    done = runner.invoke(main, ["apply", account, str(file)], input="y\n", env=muster.environment)
    assert done.exit_code == 0, done.output
    assert done.output.endswith("access.yaml is applied\n")
    assert "Intern" in muster.run("role", "list", account)
    assert "--yes" in muster.run("apply", account, str(file), "--json", code=2)


def test_effects_on_people_are_shown(muster: Muster, account: str, file: Path) -> None:
    """What an edit of a role means for those who have it, and that what goes is said to go."""
    muster.run("apply", account, str(file), "--yes")
    muster.run("owner", "create", account, "ana")
    muster.run("grant", "give", account, "Intern", "--user", "ana")
    file.write_text(TEXT.replace(VIEW, LAUNCH), encoding="utf-8")
    said = muster.run("plan", account, str(file), code=1)
    for words in (f"- allow {VIEW}", f"+ allow {LAUNCH}", "Intern: 1 person has it"):
        assert words in said
    file.write_text("roles: []\n", encoding="utf-8")
    said = muster.run("plan", account, str(file), code=1)
    for words in ("- role Intern", "= business unit emea: may be changed by hand again", "1 to delete, 1 given back"):
        assert words in said
    said = muster.run("apply", account, str(file), "--yes")
    assert "planned anew and applied at once; to apply only what somebody saw: --digest" in said


def test_an_export_is_a_file_to_apply(muster: Muster, account: str, file: Path, tmp_path: Path) -> None:
    """Into a file or printed; once applied, the same again."""
    muster.run("apply", account, str(file), "--yes")
    path = tmp_path / "exported.yaml"
    assert muster.run("export", account, "--file", str(path)) == f"written to {path}\n"
    text = path.read_text(encoding="utf-8")
    assert muster.run("export", account) == text
    muster.run("apply", account, str(path), "--yes")
    assert muster.run("export", account) == text
    assert muster.run("plan", account, str(path)) == "exported.yaml: nothing to do\n"
    assert muster.json("export", account)["business_units"][1] == {"key": "emea", "name": "Europe", "parent": "root"}


def test_other_commands_leave_alone_what_belongs_to_a_file(muster: Muster, account: str, file: Path) -> None:
    """Until it is released, which is a command of its own."""
    assert muster.run("drift", account) == "no file was ever applied\n"
    muster.run("apply", account, str(file), "--yes")
    for command in (
        ("role", "rename", account, "Intern", "Mine"),
        ("role", "edit", account, "Intern", "--allow", LAUNCH, "--yes"),
        ("role", "delete", account, "Intern", "--yes"),
        ("unit", "rename", account, "emea", "--name", "Mine"),
        ("unit", "move", account, "emea", "root", "--yes"),
        ("unit", "delete", account, "emea"),
    ):
        said = muster.run(*command, code=4)
        assert "is managed by code (access.yaml, applied on" in said
        assert "muster release ACCOUNT" in said
    assert muster.run("release", account, "role", "intern") == "Intern can be changed by hand now\n"
    muster.run("role", "rename", account, "Intern", "Mine")
    assert "nothing has drifted" in muster.run("drift", account)
    muster.run("release", account, "role", "Mine", code=3)


def test_what_cannot_be_applied_is_refused_with_every_place(muster: Muster, account: str, file: Path) -> None:
    """What is no YAML, what is no configuration, and what the account does not have."""
    file.write_text("roles: [\n", encoding="utf-8")
    assert "access.yaml is not YAML" in muster.run("plan", account, str(file), code=4)
    file.write_bytes(b"\xff\xfe\xff")
    assert "cannot be read" in muster.run("plan", account, str(file), code=4)
    file.write_text("rolls: []\nroles:\n  - name: A\n    allow: [Not a node]\n  - name: a\n", encoding="utf-8")
    said = muster.run("apply", account, str(file), "--yes", code=4)
    for words in ("rolls (line 1): Unknown field", "roles[0].allow[0].node (line 4): must be a node"):
        assert words in said
    file.write_text("default_roles: [Nobody]\n", encoding="utf-8")
    assert "default_roles (line 1): no role 'Nobody'" in muster.run("plan", account, str(file), code=4)
