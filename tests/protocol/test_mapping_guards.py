"""What nobody brings about unseen: owners by mapping, rules of others undone, groups under false names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.services import accounts
from app.stores.account_rows import write_settings
from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.api_client import Api, done, problem
from tests.protocol.conftest import Scim
from tests.test_cli import Muster


@pytest.fixture
def owners(database: Database, api: Api) -> tuple[Api, Api]:
    """Two Account Owners, each at work in their own name."""
    with database.writing() as session:
        for name in ("olivia", "oscar"):
            accounts.create_owner(session, api.account_id, name)
    return api.acting_as("olivia"), api.acting_as("oscar")


@pytest.fixture
def group(scim: Scim) -> str:
    """A group with one person in it."""
    made: str = scim.create("/Groups", a_group("Team", [scim.create("/Users", a_user("ana"))["id"]]))["id"]
    return made


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


def a_rule(name: str, group: dict[str, str], role: str) -> dict[str, Any]:
    return {"name": name, "group": group, "grants": [{"role": role}]}


def a_plan(api: Api, *rules: dict[str, Any]) -> dict[str, Any]:
    draft = api.create("/mapping/drafts", {"title": "Next", "document": {"rules": [*rules]}})["id"]
    return api.create(f"/mapping/drafts/{draft}/plan", {})


def published(owners: tuple[Api, Api], *rules: dict[str, Any]) -> None:
    """Planned by the first owner, approved and published by the second."""
    plan = a_plan(owners[0], *rules)
    done(owners[1].post(f"/mapping/plans/{plan['id']}/approve", {}))
    done(owners[1].post(f"/mapping/plans/{plan['id']}/publish"))


def test_owners_by_mapping_are_not_switched_off_behind_a_rule(
    owners: tuple[Api, Api], group: str, api: Api, database: Database, customer: Customer
) -> None:
    """While a rule makes some; paused by itself it is in nobody's way. Old data shows, and can be paused."""
    olivia, _ = owners
    done(api.patch("/account", {"maps_owner": True}))
    rules = a_rule("Bosses", {"id": group}, "Account Owner"), a_rule("Viewers", {"id": group}, "Viewer")
    published(owners, *rules)
    refused = olivia.patch("/account", {"maps_owner": False})
    assert problem(refused) == (409, "conflict")
    assert "published rules make Account Owners: Bosses" in refused.json["detail"]
    with database.writing() as session:
        write_settings(session, customer.account_id, {"maps_owner": False})
    [finding] = [one for one in api.read("/mapping/health")["findings"] if one["kind"] == "owner_mapped"]
    assert (finding["rule"], finding["severity"], finding["people"]) == ("Bosses", "error", 1)
    done(olivia.post("/mapping/pause", {"rule": "Viewers"}))
    done(olivia.post("/mapping/pause", {"rule": "Bosses"}))
    assert [one for one in api.read("/mapping/health")["findings"] if one["kind"] == "owner_mapped"] == []
    done(api.patch("/account", {"maps_owner": True}))
    assert done(olivia.patch("/account", {"maps_owner": False}))["maps_owner"] is False
    kept = olivia.read("/mapping")["document"]["rules"]
    assert [one["paused"] for one in kept] == [True, True]
    a_plan(olivia, *kept, a_rule("More", {"id": group}, "Analyst"))
    resumed = olivia.post("/mapping/resume", {"rule": "Bosses"})
    assert problem(resumed) == (400, "invalid")
    assert "cannot be given by mapping" in resumed.json["detail"]
    done(olivia.post("/mapping/pause", {}))


def test_a_draft_does_not_take_back_what_was_published_since(
    owners: tuple[Api, Api], group: str, api: Api, muster: Muster, customer: Customer
) -> None:
    """It is rebased first; then its plan names the rules that it adds, changes and removes."""
    olivia, _ = owners
    one, two, three = (a_rule(name, {"id": group}, "Viewer") for name in ("One", "Two", "Three"))
    published(owners, one, two)
    old = olivia.create("/mapping/drafts", {"title": "Old", "document": {"rules": [one | {"reason": "x"}]}})["id"]
    published(owners, one, two, three)
    refused = olivia.post(f"/mapping/drafts/{old}/plan", {})
    assert problem(refused) == (409, "conflict")
    assert "muster mapping draft rebase" in refused.json["detail"]
    assert "rebase" in muster.run("mapping", "plan", customer.account_name, old, code=4)
    assert api.every("/mapping/plans", filter=f'draft_id eq "{old}"') == []
    done(olivia.post(f"/mapping/drafts/{old}/rebase"))
    plan = olivia.create(f"/mapping/drafts/{old}/plan", {})
    told = [(rule["change"], rule["rule"]) for rule in plan["summary"]["written"]]
    assert told == [("changed", "One"), ("removed", "Two")]
    shown = muster.run("mapping", "show-plan", customer.account_name, plan["id"])
    assert f'rule removed: Two: group "Team" ({group}, ' in shown


def test_a_group_is_shown_with_the_name_that_it_has(
    owners: tuple[Api, Api], group: str, muster: Muster, customer: Customer, scim: Scim
) -> None:
    """Whatever was written beside its id, which the draft warns of."""
    olivia, _ = owners
    rule = a_rule("Rule", {"id": group, "name": "Harmless"}, "Administrator")
    draft = olivia.create("/mapping/drafts", {"title": "Next", "document": {"rules": [rule]}})
    assert f'Rule: the group {group} is called "Team", not "Harmless"; the id counts' in draft["warnings"]
    plan = olivia.create(f"/mapping/drafts/{draft['id']}/plan", {})
    [written] = plan["summary"]["written"]
    assert (written["group"], written["group_id"], written["gives"]) == ("Team", group, ["Administrator"])
    shown = muster.run("mapping", "show-plan", customer.account_name, plan["id"])
    assert f'rule added: Rule: group "Team" ({group}, {written["directory"]}) -> Administrator' in shown
    assert "Harmless" not in shown
    scim.patch(f"/Groups/{group}", a_patch({"op": "replace", "path": "displayName", "value": "HARMLESS"}))
    mine = [one for one in olivia.read(f"/mapping/drafts/{draft['id']}")["warnings"] if "is called" in one]
    assert mine == []


def test_who_approves_that_the_mapping_goes_on_publishes_it(owners: tuple[Api, Api], group: str, scim: Scim) -> None:
    """Another owner has planned that; and a rule that was paused by itself since stays so."""
    olivia, oscar = owners
    published(owners, a_rule("Rule", {"id": group}, "Administrator"), a_rule("Other", {"id": group}, "Viewer"))
    done(olivia.post("/mapping/pause", {}))
    joins = {"op": "add", "path": "members", "value": [{"value": scim.create("/Users", a_user())["id"]}]}
    scim.patch(f"/Groups/{group}", a_patch(joins))
    first = olivia.create("/mapping/resume", {})
    done(olivia.post("/mapping/pause", {"rule": "Other"}))
    refused = oscar.post(f"/mapping/plans/{first['id']}/publish")
    assert problem(refused) == (409, "plan-outdated")
    plan = refused.json["plan"]
    needed = olivia.read(f"/mapping/plans/{plan}")
    assert (needed["authors"], [need["kind"] for need in needed["needs"]]) == ([], ["privileged"])
    done(oscar.post(f"/mapping/plans/{plan}/approve", {}))
    done(oscar.post(f"/mapping/plans/{plan}/publish"))
    now = olivia.read("/mapping")
    assert (now["paused"], [rule.get("paused", False) for rule in now["document"]["rules"]]) == (None, [False, True])


def test_two_owners_agree_to_what_a_program_proposes(owners: tuple[Api, Api], group: str, api: Api) -> None:
    """As with a draft: one person alone is never enough."""
    olivia, oscar = owners
    document = {"mapping": {"rules": [a_rule("Rule", {"name": "Team"}, "Administrator")]}}
    place = f"/configuration/proposals/{api.post('/configuration/apply', {'document': document}).json['proposal']}"
    assert done(olivia.post(f"{place}/approve", {}))["status"] == "proposed"
    assert olivia.read("/mapping")["revision"] == 0
    assert problem(olivia.post(f"{place}/approve", {})) == (409, "conflict")
    [waiting] = api.every("/configuration/proposals")
    assert waiting["decided_by"] == "olivia"
    assert done(oscar.post(f"{place}/approve", {}))["status"] == "applied"
    assert olivia.read("/mapping")["revision"] == 1
