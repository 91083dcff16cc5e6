"""`muster role`, `grant`, `permission`, `unit`, `owner list`: what an operator sees and does about access."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.db import Database
from app.models.base import now
from app.services import accounts, directories, mapping_publish
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import a_group, a_user
from tests.test_cli import Muster, account, muster

__all__ = ["account", "muster"]

VIEW, LAUNCH = "campaigns.email.view", "campaigns.email.launch"
PEOPLE = ("ana", "bob", "eve")


@pytest.fixture
def team(database: Database, account: str) -> str:
    """Ana, Bob and Eve, in a group; its id."""
    with database.writing() as session:
        owner = accounts.find_account(session, account).id
        store = open_directory_store(session, owner, directories.find_directory(session, owner, None).id)
        ids = [service.create(store, "User", a_user(name)).id for name in PEOPLE]
        return str(service.create(store, "Group", a_group("Team", ids)).id)


def test_the_life_of_a_role(muster: Muster, account: str, team: str) -> None:
    """Made, given, edited after its effect was seen, renamed, deleted after its effect was seen."""
    muster.run("role", "create", account, "Intern", "--description", "May look", "--allow", VIEW)
    assert "Intern" in muster.run("role", "list", account)
    muster.run("grant", "give", account, "intern", "--user", "ana", "--user", "bob")
    muster.run("explain", account, "ana", LAUNCH, code=1)
    said = muster.run("role", "edit", account, "Intern", "--allow", LAUNCH, "--unset", VIEW)
    for words in (
        "2 people would gain something, 2 would lose",
        f"+ {LAUNCH}",
        f"- {VIEW}",
        "ana",
        "nothing was changed",
    ):
        assert words in said
    muster.run("explain", account, "ana", LAUNCH, code=1)
    told = muster.json("role", "edit", account, "Intern", "--allow", LAUNCH)
    assert (told["holders"], [one["permission"] for one in told["gained"]]) == (2, [LAUNCH])
    muster.run("role", "edit", account, "Intern", "--allow", LAUNCH, "--yes", "--expect", "1")
    assert "revision 2" in muster.run(
        "role", "edit", account, "Intern", "--deny", VIEW, "--expect", "1", "--yes", code=4
    )
    muster.run("explain", account, "ana", LAUNCH)
    muster.run("role", "rename", account, "Intern", "Trainee")
    assert "2 people have it" in muster.run("role", "delete", account, "trainee")
    muster.run("explain", account, "ana", LAUNCH)
    muster.run("role", "delete", account, "trainee", "--yes", "--reason", "over")
    muster.run("explain", account, "ana", LAUNCH, code=1)
    assert "there are: Account Owner" in muster.run("role", "show", account, "Trainee", code=3)
    assert "intact" in muster.run("audit", "verify", account)


def test_a_role_is_shown_with_its_warnings(muster: Muster, account: str) -> None:
    """What it lacks, what contradicts, what it comes to; and how a copy differs from its origin."""
    said = muster.run(
        "role", "create", account, "Odd", "--allow", LAUNCH, "--allow", "analytics.explore.query", "--deny", "analytics"
    )
    assert f"! {LAUNCH} requires {VIEW}" in said
    assert "deny analytics.* shadows allow analytics.explore.query, of which nothing is left" in said
    muster.run("role", "copy", account, "Odd", "Odder")
    muster.run("role", "edit", account, "Odder", "--with-required", "--yes")
    shown = muster.json("role", "show", account, "Odder")
    assert shown["role"]["role"]["origin_name"] == "Odd"
    assert [one["key"] for one in shown["difference_to_origin"]["only_right"]] == [VIEW]
    said = muster.run("role", "show", account, "Odder")
    assert "against Odd, of which it is a copy" in said
    assert f"only Odder: + {VIEW}" in said
    compared = muster.run("role", "compare", account, "Odd", "Odder")
    assert compared.startswith("Odd and Odder share")
    assert muster.json("role", "compare", account, "Viewer", "Viewer")["overlap"] == 1


def test_conditions_stand_after_when(muster: Muster, account: str) -> None:
    """And are refused where they speak of what is not declared."""
    muster.run("profile", "load", account, "crm")
    node = 'customers.contacts.view when subject.department eq "Sales"'
    refused = muster.run("role", "create", account, "X", "--allow", node.replace("department", "shoe"), code=4)
    assert "shoe" in refused
    muster.run("role", "create", account, "X", "--allow", node)
    assert '+ customers.contacts.view when subject.department eq "Sales"' in muster.run("role", "show", account, "X")


REFUSALS = [
    (("role", "edit", "@", "Viewer", "--allow", VIEW, "--yes"), 4, "locked"),
    (("role", "delete", "@", "Administrator", "--yes"), 4, "locked"),
    (("role", "create", "@", "VIEWER"), 4, "already has a role"),
    (("role", "create", "@", "X", "--allow", "nonsense"), 4, "nonsense"),
    (("role", "create", "@", "X", "--unset", f"{VIEW} when a eq 1"), 4, "has no condition"),
    (("role", "show", "@", "nobody"), 3, "there are:"),
    (("role", "defaults", "@", "--set", "Viewer", "--none"), 2, "either"),
    (("grant", "give", "@", "Viewer"), 2, "exactly one of"),
    (("grant", "give", "@", "Viewer", "--user", "nobody"), 3, "no user"),
    (("grant", "give", "@", "Viewer", "--user", "ana", "--user", "nobody"), 4, "1 of 2 cannot be done"),
    (("grant", "give", "@", "Viewer", "--user", "ana", "--expires", "soon"), 2, "neither a day"),
    (("grant", "extend", "@", "Viewer", "--user", "ana"), 2, "--no-end"),
    (("grant", "extend", "@", "Viewer", "--user", "ana", "--no-end"), 3, "by hand"),
    (("grant", "list", "@", "--user", "ana", "--user", "bob"), 2, "exactly one of"),
    (("permission", "set", "@", "ana", "--allow", f"{VIEW} when a eq 1"), 2, "no conditions"),
    (("permission", "set", "@", "ana", "--allow", "nonsense"), 4, "nothing at"),
    (("unit", "create", "@", "Not a key", "x"), 4, "lower-case"),
    (("unit", "move", "@", "root", "root"), 4, "stays above"),
    (("unit", "rename", "@", "root"), 2, "say what to change"),
    (("unit", "delete", "@", "nowhere"), 3, "no business unit"),
    (("unit", "home", "@", "ana"), 2, "name a unit"),
    (("owner", "create", "@", " "), 4, "userName"),
]


def test_refusals_have_their_code(muster: Muster, account: str, team: str) -> None:
    """2 wrong usage, 3 not found, 4 refused; and what to do instead."""
    for arguments, code, words in REFUSALS:
        assert words in muster.run(*(account if one == "@" else one for one in arguments), code=code), arguments


def test_grants_of_every_kind(muster: Muster, account: str, team: str, database: Database) -> None:
    """To people, a group, a unit with all below; listed with sources from either side, extended, taken back."""
    for key, parent in (("emea", "root"), ("iberia", "emea")):
        muster.run("unit", "create", account, key, key.upper(), "--parent", parent)
    soon = (now() + timedelta(days=30)).isoformat()
    muster.run("grant", "give", account, "Marketer", "--user", "ana", "--unit", "emea", "--children", "--expires", soon)
    muster.run("grant", "give", account, "Analyst", "--group", "team", "--reason", "reports")
    muster.run("grant", "give", account, "Viewer", "--of-unit", "emea", "--children")
    muster.run("unit", "home", account, "ana", "iberia")
    said = muster.run("grant", "list", account, "--user", "ana")
    for words in ("at home in iberia", "Marketer", "emea and below", "group Team", "reports", "by muster command"):
        assert words in said
    access = muster.json("grant", "list", account, "--user", "ana")
    assert {(one["role"], one["kind"]) for one in access["grants"]} == {
        ("Marketer", "scoped_role"),
        ("Analyst", "group_role"),
        ("Viewer", "business_unit_role"),
    }
    assert "Analyst" in muster.run("grant", "list", account, "--group", "Team")
    assert "force" in muster.run("grant", "give", "--help")
    assert muster.json("grant", "list", account, "--of-unit", "emea")[0]["reach"] == "subtree"
    assert "group Team" in muster.run("role", "holders", account, "Analyst")
    where = ("--user", "ana", "--unit", "emea", "--children")
    assert "extended" in muster.run("grant", "extend", account, "Marketer", *where, "--no-end")
    assert "taken back" in muster.run("grant", "take", account, "Marketer", *where)
    assert "it was so" in muster.run("grant", "take", account, "Marketer", *where)
    told = muster.json("grant", "give", account, "Viewer", *(f"--user={name}" for name in PEOPLE))
    assert [one["changed"] for one in told["outcomes"]] == [True, True, True]
    page = muster.json("role", "holders", account, "Viewer", "--limit", "2")
    assert (len(page["items"]), "--after" in muster.run("role", "holders", account, "Viewer", "--limit", "2")) == (
        2,
        True,
    )
    rest = muster.json("role", "holders", account, "Viewer", "--limit", "2", "--after", page["next"])
    assert (len(rest["items"]), rest["next"]) == (2, None)
    assert "lost it" in muster.run("grant", "take", account, "Viewer", *(f"--user={name}" for name in PEOPLE))


def test_individual_permissions(muster: Muster, account: str, team: str) -> None:
    """Several at once; unset leaves it to the roles."""
    muster.run("permission", "set", account, "ana", "--allow", VIEW, "--deny", LAUNCH, "--reason", "trial")
    assert [(one["permission"], one["effect"]) for one in muster.json("permission", "list", account, "ana")] == [
        (LAUNCH, "deny"),
        (VIEW, "allow"),
    ]
    muster.run("explain", account, "ana", VIEW)
    assert "trial" in muster.run("grant", "list", account, "--user", "ana")
    muster.run("permission", "set", account, "ana", "--unset", VIEW)
    muster.run("explain", account, "ana", VIEW, code=1)


def test_the_linter_speaks(muster: Muster, account: str, team: str) -> None:
    """What one grant takes from another is said where a person's grants are listed."""
    muster.run("grant", "give", account, "Marketer", "--user", "ana")
    muster.run("permission", "set", account, "ana", "--deny", LAUNCH)
    said = muster.run("grant", "list", account, "--user", "ana")
    assert f"! deny {LAUNCH} of individual permission shadows allow" in said
    assert "of Marketer" in said


def test_units_are_moved_after_the_effect_was_seen(muster: Muster, account: str, team: str) -> None:
    """Made, listed as a tree, renamed, moved, left, deleted."""
    for key in ("emea", "apac", "iberia"):
        muster.run("unit", "create", account, key, key.upper(), *(("--parent", "emea") if key == "iberia" else ()))
    muster.run("grant", "give", account, "Marketer", "--user", "ana", "--unit", "emea", "--children")
    assert "\n    iberia" in muster.run("unit", "list", account)
    said = muster.run("unit", "move", account, "iberia", "apac")
    assert "1 would lose something" in said
    assert "nothing was changed" in said
    assert [one["user_name"] for one in muster.json("unit", "move", account, "iberia", "apac")["people"]] == ["ana"]
    assert "below apac now" in muster.run("unit", "move", account, "iberia", "apac", "--yes")
    assert "iberia is below apac" in muster.run("unit", "move", account, "apac", "iberia", code=4)
    assert "asia" in muster.run("unit", "rename", account, "apac", "--key", "asia", "--name", "Asia")
    assert "done" in muster.run("unit", "join", account, "bob", "iberia", "--children")
    assert "in use (memberships: 1)" in muster.run("unit", "delete", account, "iberia", code=4)
    assert "done" in muster.run("unit", "leave", account, "bob", "iberia", "--children")
    assert "nothing to do" in muster.run("unit", "leave", account, "bob", "iberia", "--children")
    assert "is gone" in muster.run("unit", "delete", account, "iberia")
    assert muster.json("unit", "home", account, "bob", "asia") == {"changed": True}
    assert "nothing to do" in muster.run("unit", "home", account, "bob", "asia")
    assert "done" in muster.run("unit", "home", account, "bob", "--none")


def test_default_roles(muster: Muster, account: str) -> None:
    """None at first."""
    assert "no role at first" in muster.run("role", "defaults", account)
    muster.run("role", "defaults", account, "--set", "Viewer", "--set", "Analyst")
    assert muster.run("role", "defaults", account).split() == ["Analyst", "Viewer"]
    assert muster.json("role", "defaults", account, "--none") == []
    assert "never by default" in muster.run("role", "defaults", account, "--set", "Account Owner", code=4)


def test_owners_are_listed_and_the_last_one_stays(muster: Muster, account: str) -> None:
    """A refusal of its own, with what to do."""
    assert "muster owner create" in muster.run("owner", "list", account)
    muster.run("owner", "create", account, "olivia")
    assert "olivia" in muster.run("owner", "list", account)
    refused = muster.run("grant", "take", account, "Account Owner", "--user", "olivia", code=4)
    assert "make somebody else one first" in refused
    [told] = muster.json("owner", "list", account)
    assert (told["user_name"], told["active"], told["is_local"], told["kept"]) == ("olivia", True, True, False)


def test_a_mapping_names_what_uses_a_role(muster: Muster, account: str, team: str, database: Database) -> None:
    """Before it is deleted, and in the refusal."""
    muster.run("role", "create", account, "Intern", "--allow", VIEW)
    rules: dict[str, Any] = {
        "rules": [{"name": "Interns", "group": {"id": team}, "grants": [{"role": "Intern"}]}],
    }
    with database.writing() as session:
        mapping_publish.publish(session, accounts.find_account(session, account).id, rules, author="test")
    assert "role mapping gives it: Interns" in muster.run("role", "delete", account, "Intern")
    assert "Interns" in muster.run("role", "delete", account, "Intern", "--yes", code=4)
    assert "rule Interns ← Team" in muster.run("grant", "list", account, "--user", "eve")
