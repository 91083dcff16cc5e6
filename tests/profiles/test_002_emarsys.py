"""User roles of a customer-engagement platform: what the profile's source says, statement by statement."""

from __future__ import annotations

import pytest

from app import audit
from app.db import Database
from app.services import accounts, assignments, directories, grants, profiles, reverse, roles, samples, users
from app.services.errors import Conflict, Forbidden
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import a_giving, a_user
from tests.profiles.world import World, a_world

EVERYTHING_BUT = ("management.users", "management.security", "smart-insight")


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    """An account with the default roles, the example roles, two offices, and what a colleague left behind."""
    return a_world(database, "emarsys")


def all_but(world: World, *nodes: str) -> set[str]:
    return set(world.catalogue.permissions) - world.nodes(*nodes, "profile")


def acting(trial: World, user: str) -> None:
    """From now on this person acts in the trial."""
    session, _ = trial.here
    person = users.get_user(*trial.here, user)
    audit.begin(session, audit.Actor("person", person.id, person.user_name))


def test_each_page_can_be_switched_on_and_off(world: World) -> None:
    """A role enables exactly the pages that are switched on in it; sensitive ones can be left off."""
    with world.trying() as trial:
        roles.create_role(*trial.here, "No launch", "", [StatementChange("campaigns.email", "allow")])
        edit = RoleEdit(statements=(StatementChange("campaigns.email.launch", "deny"),))
        roles.edit_role(*trial.here, "No launch", edit)
        assignments.assign(*trial.here, a_giving("No launch", "nora"))
        assert trial.all_of("nora") == world.nodes("campaigns.email") - {"campaigns.email.launch"}
        assert not trial.all_of("nora") & world.nodes("core.contacts")


def test_there_are_four_default_roles(world: World) -> None:
    """They come with every account."""
    with world.trying() as trial:
        default = {role.name for role in roles.list_roles(*trial.here) if role.is_default}
    assert default == {"Account Owner", "Administrator", "Operator", "BI Administrator"}


def test_account_owner_manages_users_and_security_and_nothing_else(world: World) -> None:
    """The role has no other permissions of the platform."""
    assert world.all_of("olga") == world.nodes("management.users", "management.security")


def test_account_owner_combines_with_other_roles(world: World) -> None:
    """Together with Administrator the owner has both; neither takes from the other."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Administrator", "olga"))
        assert trial.all_of("olga") == all_but(world, "smart-insight")
        assignments.assign(*trial.here, a_giving("BI Administrator", "olga"))
        assert trial.all_of("olga") == all_but(world)


def test_administrator_has_all_but_owner_things_and_smart_insight(world: World) -> None:
    """Full access, save what is for owners, and Smart Insight."""
    assert world.all_of("adam") == all_but(world, *EVERYTHING_BUT)


def test_operator_has_the_daily_work_of_a_marketer(world: World) -> None:
    """Campaigns, segments, media and results; no administration of the account."""
    mine = world.all_of("otto")
    assert world.nodes("campaigns", "core.segments", "admin.media", "analysis.reporting") <= mine
    assert not mine & world.nodes("management", "smart-insight")
    assert mine < world.all_of("adam")


def test_bi_administrator_is_an_administrator_with_smart_insight(world: World) -> None:
    """Exactly the one plus the other."""
    assert world.all_of("bianca") == world.all_of("adam") | world.nodes("smart-insight")


def test_default_roles_can_be_previewed(world: World) -> None:
    """What a default role permits is shown permission by permission, in the order of the menu."""
    with world.trying() as trial:
        shown = [one.key for one in roles.preview(*trial.here, "Operator")]
    order = list(world.catalogue.permissions)
    assert set(shown) == world.all_of("otto")
    assert shown == sorted(shown, key=order.index)


def test_default_roles_are_locked(world: World) -> None:
    """They can be assigned and copied, never edited or deleted."""
    with world.trying() as trial:
        for role in ("Account Owner", "Administrator", "Operator", "BI Administrator"):
            with pytest.raises(Conflict):
                roles.edit_role(*trial.here, role, RoleEdit(description="mine"))
            with pytest.raises(Conflict):
                roles.delete_role(*trial.here, role)


def test_a_default_role_is_copied_and_fine_tuned(world: World) -> None:
    """The copy gets a name of its own and changes; the original stays."""
    with world.trying() as trial:
        before = trial.all_of("otto")
        made = roles.copy_role(*trial.here, "Operator", "Careful operator")
        assert made.role.origin_name == "Operator"
        edit = RoleEdit(statements=(StatementChange("campaigns.email.launch", "deny"),))
        roles.edit_role(*trial.here, "Careful operator", edit)
        assignments.assign(*trial.here, a_giving("Careful operator", "nora"))
        assert trial.all_of("nora") == before - {"campaigns.email.launch"}
        assert trial.all_of("otto") == before


def test_a_new_role_is_empty_and_permissions_are_switched_on(world: World) -> None:
    """From scratch: nothing at first."""
    with world.trying() as trial:
        assert roles.create_role(*trial.here, "From scratch").statements == ()
        assignments.assign(*trial.here, a_giving("From scratch", "nora"))
        assert trial.all_of("nora") == set()
        edit = RoleEdit(statements=(StatementChange("core.home.dashboard", "allow"),))
        roles.edit_role(*trial.here, "From scratch", edit)
        assert trial.all_of("nora") == {"core.home.dashboard"}


def test_role_names_are_unique_in_the_account(world: World) -> None:
    """Whatever their case, be it a default role's name; in another account the name is free."""
    with world.trying() as trial:
        for name in ("Intern", "intern", "OPERATOR"):
            with pytest.raises(Conflict):
                roles.create_role(*trial.here, name)
        other = accounts.create_account(trial.here[0], "Another office", "emarsys")
        assert roles.create_role(trial.here[0], other.id, "Intern").role.name == "Intern"


def test_email_campaign_manager(world: World) -> None:
    """Media database, email archive, vouchers and link categories of Admin, and all email campaigns."""
    expected = world.nodes("admin.media", "admin.archive", "admin.vouchers", "admin.links", "campaigns.email")
    assert world.all_of("ema") == expected


def test_analyst(world: World) -> None:
    """The dashboard of Core, all of Analysis, and some of Smart Insight."""
    mine = world.all_of("anna")
    assert mine & world.nodes("core") == {"core.home.dashboard"}
    assert world.nodes("analysis") <= mine
    insight = mine & world.nodes("smart-insight")
    assert insight
    assert insight < world.nodes("smart-insight")
    assert mine == {"core.home.dashboard"} | world.nodes("analysis") | insight


def test_intern(world: World) -> None:
    """Views and edits email campaigns, and nothing else."""
    assert world.all_of("ines") == {"campaigns.email.view", "campaigns.email.edit"}


def test_the_catalogue_has_the_shape_of_the_menu(world: World) -> None:
    """Tabs in the order of the platform's menu."""
    tabs = [tab.title.en for tab in world.catalogue.tabs]
    assert tabs[:6] == ["Core", "Admin", "Campaigns", "Analysis", "Smart Insight", "Management"]


def test_only_account_owners_change_roles(world: World) -> None:
    """An administrator of the platform may not; an owner may."""
    edit = RoleEdit(statements=(StatementChange("campaigns.email.delete", "allow"),))
    with world.trying() as trial:
        acting(trial, "adam")
        with pytest.raises(Forbidden):
            roles.edit_role(*trial.here, "Intern", edit)
        with pytest.raises(Forbidden):
            assignments.assign(*trial.here, a_giving("Intern", "nora"))
        acting(trial, "olga")
        roles.edit_role(*trial.here, "Intern", edit)
        assignments.assign(*trial.here, a_giving("Intern", "nora"))
        assert trial.may("nora", "campaigns.email.delete")


def test_no_role_of_the_accounts_own_manages_users_or_roles(world: World) -> None:
    """Whoever has every permission but is no Account Owner adds nobody, gives no role and changes none."""
    edit = RoleEdit(statements=(StatementChange("campaigns.email.delete", "allow"),))
    with world.trying() as trial:
        roles.create_role(*trial.here, "Everything", "", [StatementChange("*", "allow")])
        assignments.assign(*trial.here, a_giving("Everything", "nora"))
        assert trial.all_of("nora") >= world.nodes("management")
        acting(trial, "nora")
        for attempt in (
            lambda: roles.edit_role(*trial.here, "Intern", edit),
            lambda: roles.create_role(*trial.here, "Mine", "", [StatementChange("core", "allow")]),
            lambda: roles.delete_role(*trial.here, "Intern"),
            lambda: assignments.assign(*trial.here, a_giving("Analyst", "ines")),
            lambda: assignments.unassign(*trial.here, a_giving("Intern", "ines")),
            lambda: users.create_user(*trial.here, {"user_name": "extra", "roles": []}),
            lambda: users.change_user(*trial.here, "ines", {"active": False}),
            lambda: users.delete_user(*trial.here, "ines"),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_a_changed_role_works_at_once_for_everybody_who_has_it(world: World) -> None:
    """The next decision of each of them sees it."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Intern", "nora"))
        assert not any(trial.may(user, "campaigns.email.test") for user in ("ines", "nora"))
        edit = RoleEdit(statements=(StatementChange("campaigns.email.test", "allow"),))
        roles.edit_role(*trial.here, "Intern", edit)
        assert all(trial.may(user, "campaigns.email.test") for user in ("ines", "nora"))


def test_nobody_changes_their_own_role(world: World) -> None:
    """Normal people cannot, and owners cannot do it to themselves either."""
    with world.trying() as trial:
        for user in ("ines", "olga"):
            acting(trial, user)
            with pytest.raises(Forbidden):
                assignments.assign(*trial.here, a_giving("Operator", user))


def test_roles_are_given_and_taken_on_the_user(world: World) -> None:
    """Several roles are given to one user; one is taken, and the others stay as they were."""
    with world.trying() as trial:
        for role in ("Intern", "Analyst", "Email campaign manager"):
            assignments.assign(*trial.here, a_giving(role, "nora"))
        union = trial.all_of("ines") | trial.all_of("anna") | trial.all_of("ema")
        assert trial.all_of("nora") == union
        assignments.unassign(*trial.here, a_giving("Analyst", "nora"))
        assert trial.all_of("nora") == trial.all_of("ines") | trial.all_of("ema")


def test_roles_are_given_and_taken_on_the_role(world: World) -> None:
    """Several users are put on a role at once, shown there, and taken off at once; their other roles stay."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Intern", "nora", "anna"))
        assert all(trial.may(user, "campaigns.email.edit") for user in ("nora", "anna"))
        assignments.unassign(*trial.here, a_giving("Intern", "nora", "anna"))
        assert trial.all_of("nora") == set()
        assert trial.all_of("anna") == world.all_of("anna")
        assert trial.all_of("ines") == world.all_of("ines")


def test_what_the_roles_of_a_user_give_is_shown_on_the_user(world: World) -> None:
    """The roles, and the permissions that come with them; what is shown is what is decided."""
    with world.trying() as trial:
        assert {grant.role for grant in grants.of_user(*trial.here, "ruth").grants} == {
            "Analyst",
            "Email campaign manager",
        }
        told = reverse.what_can(*trial.here, "ruth", unit="spain")
        shown = {one.key for area in told.areas for one in area.privileges if not one.own_profile}
        assert shown == trial.all_of("ruth", "spain")


def test_who_has_a_role_is_shown_on_the_role(world: World) -> None:
    """So that whoever changes it knows whom it concerns."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Intern", "nora"))
        page = grants.of_role(*trial.here, "Intern")
    assert {one.principal for one in page.items} == {"ines", "nora"}


def test_whoever_comes_from_elsewhere_has_no_roles(world: World) -> None:
    """Somebody whom a directory creates is there without any, until an owner gives one."""
    with world.trying() as trial:
        session, account = trial.here
        directory = directories.create_directory(session, account, "IdP", "generic")
        store = open_directory_store(session, account, directory.id)
        service.create(store, "User", a_user("pushed"))
        assert trial.all_of("pushed") == set()
        assignments.assign(*trial.here, a_giving("Intern", "pushed"))
        assert trial.all_of("pushed") == world.all_of("ines")


def test_different_roles_in_different_offices(world: World) -> None:
    """One role in one regional office, another in another; in each only what it gives."""
    assert world.all_of("ruth", "germany") == world.all_of("anna")
    assert world.all_of("ruth", "spain") == world.all_of("ema")
    assert world.decision("ruth", "analysis.reporting.trends", "spain").code == "no_grant"


def test_different_roles_in_different_accounts(world: World) -> None:
    """The same name in two accounts is two people: what one has, the other has not."""
    with world.trying() as trial:
        session = trial.here[0]
        other = accounts.create_account(session, "Regional office", "emarsys")
        users.create_user(session, other.id, {"user_name": "ines", "roles": []})
        assignments.assign(session, other.id, a_giving("Operator", "ines"))
        there = World(world.database, other.id, world.catalogue, session)
        assert there.all_of("ines") == world.all_of("otto")
        assert trial.all_of("ines") == world.all_of("ines")


def test_any_number_of_roles(world: World) -> None:
    """There is no limit on how many roles an account has."""
    with world.trying() as trial:
        for number in range(60):
            roles.create_role(*trial.here, f"Role {number}")
        assert len(roles.list_roles(*trial.here)) == 60 + 4 + 3


def test_without_roles_only_the_own_profile_page(world: World) -> None:
    """No function of the account; the own profile page can be seen, nobody else's."""
    assert world.all_of("nora") == set()
    with world.database.reading() as session:
        mine = users.get_user(session, world.account, "nora").id
        theirs = users.get_user(session, world.account, "anna").id
    assert world.may_on("nora", "profile.view", "profile", mine)
    assert not world.may_on("nora", "profile.view", "profile", theirs)


LEFT_BEHIND = [
    ("link_category", "link-1", "admin.links", True, False),
    ("voucher_pool", "voucher-1", "admin.vouchers", False, False),
    ("segment", "segment-1", "core.segments", True, True),
    ("mailbox", "mailbox-1", "admin.mailboxes", False, None),
    ("campaign", "campaign-1", "campaigns.email", True, True),
    ("vce_campaign", "campaign-2", "campaigns.email", True, False),
    ("export", "export-1", "admin.exports", False, None),
    ("form", "form-1", "admin.forms", False, None),
    ("ac_program", "program-1", "campaigns.automation", True, True),
    ("field", "field-1", "core.fields", True, True),
]
"""Of each kind of thing that somebody left behind: may others modify it, and delete it (None: nobody deletes these)?"""


@pytest.mark.parametrize(("type", "id", "section", "modify", "delete"), LEFT_BEHIND)
def test_what_others_may_do_with_what_somebody_left_behind(
    world: World, type: str, id: str, section: str, modify: bool, delete: bool | None
) -> None:
    """The table, line by line, for an administrator who has every permission on it."""
    assert world.may_on("adam", f"{section}.view", type, id)
    assert world.may_on("adam", f"{section}.edit", type, id) is modify
    if not modify:
        assert world.why_not("adam", f"{section}.edit", type, id) == "owner_gone"
    if delete is not None:
        assert world.may_on("adam", f"{section}.delete", type, id) is delete


@pytest.mark.parametrize(("type", "id", "section", "modify", "delete"), LEFT_BEHIND)
def test_the_table_is_about_those_who_are_gone(
    world: World, type: str, id: str, section: str, modify: bool, delete: bool | None
) -> None:
    """While the owner is there, permissions alone decide; the table gives nobody a permission they lack."""
    with world.trying() as trial:
        users.change_user(*trial.here, "luis", {"active": True})
        assert trial.may_on("adam", f"{section}.edit", type, id)
    assert not world.may_on("nora", f"{section}.edit", type, id)


def test_the_table_holds_for_a_deleted_owner_too(world: World) -> None:
    """Deactivated or deleted makes no difference."""
    with world.trying() as trial:
        users.delete_user(*trial.here, "luis")
        for type, id, section, modify, _ in LEFT_BEHIND:
            assert trial.may_on("adam", f"{section}.edit", type, id) is modify


def test_a_sample_is_not_loaded_twice(world: World) -> None:
    """What is there stays as it is."""
    with world.trying() as trial, pytest.raises(Conflict):
        samples.load_sample(*trial.here, profiles.read_profile("emarsys").sample)
