"""Provisioning people of an email-marketing platform: what the profile's source says, statement by statement."""

from __future__ import annotations

import pytest

from app import audit
from app.db import Database
from app.services import assignments, individual, users
from app.services.individual import Entry
from rbac.catalogue import Operation
from tests.builders import a_giving
from tests.profiles.world import World, a_world


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    """An account with one person for each role."""
    return a_world(database, "email-marketing")


def test_new_people_are_added_and_have_nothing_yet(world: World) -> None:
    """Step one is an account for the person, step two the role: in between they may do nothing."""
    assert world.all_of("nora") == set()
    with world.trying() as trial:
        users.create_user(*trial.here, {"user_name": "ned", "roles": []})
        assert trial.all_of("ned") == set()


def test_roles_decide_how_far_somebody_gets(world: World) -> None:
    """A role is given, and with the next decision its permissions are there; another role, other permissions."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Viewer", "nora"))
        assert trial.may("nora", "campaigns.email.view")
        assert not trial.may("nora", "campaigns.email.create")
        assignments.assign(*trial.here, a_giving("Marketer", "nora"))
        assert trial.may("nora", "campaigns.email.create")


def test_permissions_can_be_configured_beside_roles(world: World) -> None:
    """Permissions follow from roles and are adjusted where needed."""
    with world.trying() as trial:
        individual.put(*trial.here, "anna", [Entry("campaigns.email.view", "allow")])
        individual.put(*trial.here, "mara", [Entry("campaigns.email.launch", "deny")])
        assert trial.may("anna", "campaigns.email.view")
        assert not trial.may("mara", "campaigns.email.launch")
        assert trial.may("mara", "campaigns.email.edit")


def test_whoever_leaves_is_cut_off(world: World) -> None:
    """Deactivated people keep no access, although their roles are still noted."""
    assert world.all_of("luis") == set()
    assert world.decision("luis", "campaigns.email.view").code == "inactive_user"
    with world.trying() as trial:
        users.change_user(*trial.here, "mara", {"active": False})
        assert trial.all_of("mara") == set()
        users.change_user(*trial.here, "luis", {"active": True})
        assert trial.may("luis", "campaigns.email.view")


def test_administrator_has_all_features_and_settings(world: World) -> None:
    """Full access, including user provisioning and the configuration of the system."""
    assert world.all_of("adam") | {"profile.view", "profile.edit"} == set(world.catalogue.permissions)
    assert world.nodes("account.users", "account.roles", "settings") <= world.all_of("adam")


def test_marketer_makes_manages_and_analyses_campaigns(world: World) -> None:
    """Creation, management and analytics of campaigns are whole."""
    assert world.nodes("campaigns", "analytics", "reports") <= world.all_of("mara")
    for permission in ("create", "edit", "launch", "delete"):
        assert world.may_on("mara", f"campaigns.email.{permission}", "campaign", "c-1")


def test_marketer_is_limited_in_user_settings_and_configuration(world: World) -> None:
    """Of people and settings a part can be seen, and nothing privileged is in it."""
    mine = world.all_of("mara")
    assert mine & world.nodes("account") == {"account.users.view"}
    settings = mine & world.nodes("settings")
    assert settings
    assert settings < world.nodes("settings")
    assert not any(world.catalogue.permissions[key].privileged for key in mine)


def test_analyst_reports_and_analyses(world: World) -> None:
    """Reporting and analytics, and that is all."""
    assert world.all_of("anna") == world.nodes("reports", "analytics")


def test_analyst_neither_creates_nor_manages_campaigns(world: World) -> None:
    """Not one permission on campaigns."""
    assert not world.all_of("anna") & world.nodes("campaigns")


def test_viewer_sees_campaigns_and_reports_and_changes_nothing(world: World) -> None:
    """Each permission only reads, and is about campaigns or reports."""
    mine = world.all_of("vito")
    assert {"campaigns.email.view", "reports.campaigns.view"} <= mine
    assert mine <= world.nodes("campaigns", "reports")
    assert {world.catalogue.permissions[key].operation for key in mine} == {Operation.READS}


def test_least_privilege_orders_the_roles(world: World) -> None:
    """Viewer and Analyst are within Marketer, Marketer is within Administrator, and each is strictly less."""
    viewer, analyst, marketer, admin = (world.all_of(name) for name in ("vito", "anna", "mara", "adam"))
    assert viewer < marketer < admin
    assert analyst < marketer
    assert not viewer <= analyst


def test_what_changes_access_leaves_a_trail(world: World) -> None:
    """Whatever is done to people and their roles is on record, and the record holds together."""
    with world.database.reading() as session:
        verdict = audit.verify(session, world.account)
    assert verdict.problem is None
    assert verdict.events > len(["olga", "adam", "mara", "anna", "vito", "nora", "luis"])
