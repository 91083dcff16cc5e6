"""Roles and permissions of an enterprise mailing platform: what the profile's source says, statement by statement."""

from __future__ import annotations

from itertools import product

import pytest

from app import audit
from app.db import Database
from app.services import assignments, individual, items, roles, sharing, users
from app.services.errors import Forbidden
from app.services.explain import Asked, explain
from app.services.individual import Entry
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from muster.filters import matches
from tests.builders import a_giving
from tests.profiles.world import World, a_world

CONTENT = ("email", "template", "portfolio", "image", "content-area", "document", "survey", "microsite")
SAID = ("allow", "deny", None)


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    """An account with the predefined roles, the sample roles, regions and shared content."""
    return a_world(database, "exacttarget")


def acting(trial: World, user: str) -> None:
    """From now on this person acts in the trial."""
    session, _ = trial.here
    person = users.get_user(*trial.here, user)
    audit.begin(session, audit.Actor("person", person.id, person.user_name))


def a_role(trial: World, name: str, **said: list[str]) -> str:
    """A role that allows and denies these nodes."""
    changes = [StatementChange(node, effect) for effect, nodes in said.items() for node in nodes]
    return roles.create_role(*trial.here, name, "", changes).role.name


def test_the_catalogue_has_an_area_for_each_kind_of_thing(world: World) -> None:
    """Emails with their ten actions, all other content, subscribers and data, results, and administration."""
    email = ("create", "view", "update", "delete", "preview", "send", "test-send", "view-history", "validate", "share")
    assert {f"content.email.{action}" for action in email} <= world.nodes("content.email")
    for area in CONTENT:
        assert {f"content.{area}.{one}" for one in ("create", "view", "update", "delete")} <= set(
            world.catalogue.permissions
        )
    for area in ("subscriber", "list", "group", "data-extension", "import", "export"):
        assert world.nodes(f"subscribers.{area}")
    for node in ("results.tracking", "results.report", "admin.user", "admin.role", "admin.business-unit"):
        assert world.nodes(node)


def test_what_is_not_set_is_as_if_denied(world: World) -> None:
    """A permission that no role sets is refused, though nothing denies it."""
    assert not world.may("emil", "content.email.send")
    assert world.decision("emil", "content.email.send").code == "no_grant"
    assert world.decision("emil", "content.email.delete").code == "denied_by_role"


def test_the_example_of_emails_and_images(world: World) -> None:
    """Emails: created, viewed and updated, not deleted. Images: uploaded and viewed, neither updated nor deleted."""
    allowed = {"content.email.create", "content.email.view", "content.email.update"}
    allowed |= {"content.image.create", "content.image.view"}
    assert world.all_of("emil") == allowed


def test_to_check_an_item_sets_all_its_permissions(world: World) -> None:
    """In the column of allows and in the column of denies."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving(a_role(trial, "All emails", allow=["content.email"]), "emil"))
        assignments.assign(*trial.here, a_giving(a_role(trial, "No images", deny=["content.image"]), "emil"))
        assert world.nodes("content.email") - trial.all_of("emil") == {"content.email.delete"}
        assert not trial.all_of("emil") & world.nodes("content.image")


def test_or_each_permission_is_set_alone(world: World) -> None:
    """Some permissions of an item and not the others."""
    with world.trying() as trial:
        role = a_role(trial, "Some", allow=["content.survey.view", "content.survey.create"])
        assignments.assign(*trial.here, a_giving(role, "emil"))
        assert trial.all_of("emil") & world.nodes("content.survey") == {"content.survey.view", "content.survey.create"}


@pytest.mark.parametrize(("one", "other", "alone"), list(product(SAID, SAID, SAID)))
def test_permissions_of_all_roles_are_aggregated(
    world: World, one: str | None, other: str | None, alone: str | None
) -> None:
    """Any deny refuses; else any allow is enough; else it is refused. Twenty-seven ways to say it."""
    permission = "content.survey.view"
    with world.trying() as trial:
        for name, said in (("One", one), ("Other", other)):
            role = a_role(trial, name, **({said: [permission]} if said else {}))
            assignments.assign(*trial.here, a_giving(role, "emil"))
        if alone:
            individual.put(*trial.here, "emil", [Entry(permission, alone)])
        said = {one, other, alone}
        assert trial.may("emil", permission) is ("deny" not in said and "allow" in said)


def test_a_role_of_the_user_follows_them_into_every_unit(world: World) -> None:
    """The data manager is one everywhere."""
    for unit in ("root", "emea", "spain", "germany", "amer"):
        assert world.all_of("dora", unit) == world.nodes("subscribers")


def test_a_role_of_a_unit_is_for_everybody_who_works_there(world: World) -> None:
    """Whoever works in the unit has it there, and nowhere else."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Content Reviewer", principal_unit="spain"))
        for user in ("wanda", "carl", "manuel", "cora"):
            assert trial.may(user, "content.survey.view", "spain")
        assert not trial.may("wanda", "content.survey.view", "germany")
        assert not trial.may("wanda", "content.survey.view", "emea")


def test_units_below_inherit_only_where_it_is_forced(world: World) -> None:
    """Without forcing it, the role of the upper unit stays there."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Content Reviewer", principal_unit="emea"))
        assert trial.may("wanda", "content.survey.view", "emea")
        assert not trial.may("wanda", "content.survey.view", "spain")
        assignments.assign(*trial.here, a_giving("Content Reviewer", principal_unit="emea", children=True))
        assert trial.may("wanda", "content.survey.view", "spain")
        assert trial.all_of("manuel", "spain") == world.all_of("manuel", "spain")
        assert trial.decision("wanda", "content.survey.view", "amer").code == "not_in_business_unit"


def test_a_forced_deny_reaches_down_and_beats_what_people_have(world: World) -> None:
    """A unit's role may deny as well, for everybody below."""
    with world.trying() as trial:
        assert trial.may("manuel", "content.email.send", "spain")
        assignments.assign(*trial.here, a_giving("No Sending", principal_unit="emea", children=True))
        assert not trial.may("manuel", "content.email.send", "spain")
        assert trial.may("manuel", "content.email.update", "spain")
        told = explain(*trial.here, "manuel", Asked("content.email.send", "germany"))
        assert told.message.en == "manuel may not work in business unit germany"
        steps = [node.kind for node in told.missing]
        assert steps[:2] == ["work_in", "remove_denial"]
        assert "role" in steps[2:]


def test_an_individual_role_is_one_persons(world: World) -> None:
    """Something given to or taken from a single person, beside their roles; others do not notice."""
    with world.trying() as trial:
        individual.put(*trial.here, "alan", [Entry("content.survey.view", "allow"), Entry("results.report", "deny")])
        assert trial.may("alan", "content.survey.view")
        assert not trial.all_of("alan") & world.nodes("results.report")
        assert trial.decision("alan", "results.report.view").code == "denied_by_individual"
        assert trial.all_of("emil") == world.all_of("emil")


def test_administrator_controls_everything(world: World) -> None:
    """Creates, shares, modifies and deletes anything anywhere, and administers all units."""
    for unit in ("root", "spain", "amer"):
        assert world.all_of("ada", unit) | {"profile.view", "profile.edit"} == set(world.catalogue.permissions)
    with world.trying() as trial:
        closed = {"owner": "modify", "group": "forbidden", "rest": "forbidden"}
        items.change(*trial.here, "email", "spring-sale", {"levels": closed})
        for action in ("view", "update", "delete", "share"):
            assert trial.may_on("ada", f"content.email.{action}", "email", "spring-sale")


def test_content_creator_makes_content(world: World) -> None:
    """All facets of making content, in every area of it."""
    mine = world.all_of("carl")
    assert world.nodes(*(f"content.{area}" for area in CONTENT if area != "email")) <= mine
    assert world.nodes("content.email") - mine == {"content.email.send", "content.email.approve"}


def test_content_creator_controls_nothing_else(world: World) -> None:
    """No subscribers, no results; approving and sending is for other roles."""
    assert world.all_of("carl") <= world.nodes("content")


def test_data_manager_maintains_subscribers_lists_and_transfers(world: World) -> None:
    """Subscribers, publication and suppression lists, imports and exports, and data related across units."""
    areas = ("subscriber", "publication-list", "suppression-list", "import", "export", "data-extension")
    assert world.nodes(*(f"subscribers.{area}" for area in areas)) <= world.all_of("dora")
    for unit in ("spain", "germany"):
        assert world.may("dora", "subscribers.data-extension.relate", unit)


def test_data_manager_makes_no_content(world: World) -> None:
    """Nothing is created or edited by this role."""
    assert not world.all_of("dora") & world.nodes("content")


def test_analyst_reads_and_updates_what_is_about_sends(world: World) -> None:
    """Tracking and reports whole, and the emails that were sent can be looked at."""
    mine = world.all_of("alan")
    assert world.nodes("results.tracking", "results.report") <= mine
    assert {"content.email.view", "content.email.view-history"} <= mine


def test_analyst_changes_no_content_no_lists_and_administers_nobody(world: World) -> None:
    """Not one permission that would."""
    mine = world.all_of("alan")
    assert {
        key for key in mine & world.nodes("content") if world.catalogue.permissions[key].operation != "reads"
    } == set()
    assert not mine & world.nodes("subscribers", "admin")


def test_email_marketing_manager_controls_one_unit(world: World) -> None:
    """Creates, shares, modifies and deletes anything there, and sends."""
    assert world.nodes("content", "subscribers") <= world.all_of("manuel", "spain")
    with world.trying() as trial:
        levels = {"owner": "modify", "group": "forbidden", "rest": "forbidden"}
        item = {"type": "email", "id": "of-cora", "owner": "cora", "unit": "spain", "levels": levels}
        items.register(*trial.here, item)
        for action in ("view", "update", "send", "share", "delete"):
            assert trial.may_on("manuel", f"content.email.{action}", "email", "of-cora")


def test_email_marketing_manager_is_confined_to_that_unit(world: World) -> None:
    """Elsewhere there is nothing."""
    for unit in ("root", "emea", "germany", "amer"):
        assert not world.may("manuel", "content.email.view", unit)


def test_email_marketing_manager_leaves_the_administrators_shared_content(world: World) -> None:
    """It can be used in the unit, and neither changed nor deleted."""
    assert world.may_on("manuel", "content.template.view", "template", "brand-template", unit="spain")
    for action in ("update", "delete", "share"):
        permission = f"content.template.{action}"
        assert world.why_not("manuel", permission, "template", "brand-template", unit="spain") == "item_level"


def test_sales_representative_works_with_templates_content_and_local_lists(world: World) -> None:
    """Personalises templates, inserts content, manages the lists of the place."""
    assert world.may("sara", "content.template.personalize", "germany")
    assert world.may_on("sara", "content.template.personalize", "template", "brand-template", unit="germany")
    assert world.may("sara", "content.content-area.insert", "germany")
    assert world.may_on("sara", "content.template.view", "template", "brand-template", unit="germany")
    for action in ("view", "update", "delete"):
        assert world.may_on("sara", f"subscribers.list.{action}", "list", "bavaria-customers")
    assert not world.may("sara", "subscribers.list.view", "spain")
    assert not world.may("sara", "content.email.send", "germany")


def test_sales_representative_sees_the_own_territory(world: World) -> None:
    """Of the subscribers of the region, those of the territory: the answer says so."""
    text = filter_of(world, "sara", "germany")
    kinds = world.catalogue.item_kinds["subscriber"].attributes
    mine = {"region": "EMEA", "consent": True, "territory": "Bavaria"}
    assert matches(text, mine, kinds)
    assert not matches(text, mine | {"territory": "Saxony"}, kinds)
    assert not matches(text, mine | {"consent": False}, kinds)


def test_copywriter_writes_for_several_units_and_sends_nothing(world: World) -> None:
    """Email content in two units; no sends and no data in either, and nothing elsewhere."""
    for unit in ("spain", "germany"):
        mine = world.all_of("cora", unit)
        assert {"content.email.create", "content.email.update"} <= mine
        assert not {"content.email.send", "content.email.test-send"} & mine
        assert not mine & world.nodes("subscribers", "results", "admin")
    assert world.decision("cora", "content.email.view", "amer").code == "not_in_business_unit"


def test_local_administrator_manages_people_of_the_unit(world: World) -> None:
    """Creates and manages accounts there, and gives them what they themselves hold there."""
    with world.trying() as trial:
        acting(trial, "rita")
        users.create_user(*trial.here, {"user_name": "new", "home_unit": "spain", "roles": []})
        assert users.get_user(*trial.here, "new").home_unit == "spain"
        users.change_user(*trial.here, "new", {"display_name": "New"})
        assignments.assign(*trial.here, a_giving("Local Administrator", "new", unit="spain"))
        assert trial.may("new", "admin.user.manage", "spain")


def test_local_administrator_changes_nothing_outside(world: World) -> None:
    """Neither people of other units nor what they have, and no content anywhere."""
    with world.trying() as trial:
        acting(trial, "rita")
        for unit in ("germany", "emea", None):
            with pytest.raises(Forbidden):
                users.create_user(*trial.here, {"user_name": "new", "home_unit": unit, "roles": []})
        with pytest.raises(Forbidden):
            users.change_user(*trial.here, "sara", {"display_name": "Somebody"})
        with pytest.raises(Forbidden):
            assignments.assign(*trial.here, a_giving("Local Administrator", "sara", unit="germany"))
        with pytest.raises(Forbidden):
            assignments.assign(*trial.here, a_giving("Email Marketing Manager", "carl", unit="spain"))
    assert not world.all_of("rita", "spain") & world.nodes("content", "subscribers", "results")


def test_outside_content_creator_creates_and_uploads_in_one_unit(world: World) -> None:
    """Creating, uploading and seeing content of the unit; nothing else, and nothing elsewhere."""
    mine = world.all_of("oscar", "amer")
    assert {"content.image.create", "content.document.create", "content.email.create"} <= mine
    assert {key.rpartition(".")[2] for key in mine} == {"create", "view"}
    assert mine <= world.nodes("content")
    for unit in ("root", "emea", "spain"):
        assert not world.may("oscar", "content.email.create", unit)


def test_additional_roles_are_an_accounts_own(world: World) -> None:
    """They are samples: not part of what every account has, and free to be changed."""
    with world.trying() as trial:
        default = {role.name for role in roles.list_roles(*trial.here) if role.is_default}
        assert default == {"Administrator", "Content Creator", "Data Manager", "Analyst"}
        roles.edit_role(*trial.here, "Copywriter", RoleEdit(description="Ours"))


def test_a_role_for_those_who_only_read_content(world: World) -> None:
    """A reviewer reads content and can do nothing to it."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Content Reviewer", "emil"))
        assignments.unassign(*trial.here, a_giving("Email Author", "emil"))
        mine = trial.all_of("emil")
    assert {f"content.{area}.view" for area in CONTENT} <= mine
    assert {world.catalogue.permissions[key].operation for key in mine} == {"reads"}


def test_roles_are_made_changed_and_deleted(world: World) -> None:
    """With each step the next decision follows."""
    with world.trying() as trial:
        a_role(trial, "Passing", allow=["content.survey.view"])
        assignments.assign(*trial.here, a_giving("Passing", "emil"))
        edit = RoleEdit(statements=(StatementChange("content.survey.view", "deny"),))
        assert trial.may("emil", "content.survey.view")
        roles.edit_role(*trial.here, "Passing", edit)
        assert not trial.may("emil", "content.survey.view")
        assignments.unassign(*trial.here, a_giving("Passing", "emil"))
        roles.delete_role(*trial.here, "Passing")
        assert "Passing" not in {role.name for role in roles.list_roles(*trial.here)}


def filter_of(world: World, user: str, unit: str) -> str:
    """The filter that comes with the permission to see subscribers."""
    answer = world.ask(user, "subscribers.subscriber.view", "subscriber", "s-1", unit=unit)
    assert answer["decision"] is True
    [obligation] = answer["context"]["obligations"]
    assert obligation["properties"]["record_type"] == "subscriber"
    text: str = obligation["properties"]["filter"]
    return text


def test_a_units_filter_says_which_subscribers_are_its_own(world: World) -> None:
    """Whoever sees subscribers there is told which; above the filter there is none."""
    kinds = world.catalogue.item_kinds["subscriber"].attributes
    text = filter_of(world, "dora", "emea")
    assert matches(text, {"region": "EMEA", "consent": True}, kinds)
    assert not matches(text, {"region": "AMER", "consent": True}, kinds)
    answer = world.ask("dora", "subscribers.subscriber.view", "subscriber", "s-1", unit="root")
    assert answer["decision"] is True
    assert "obligations" not in answer["context"]


def test_filters_of_units_below_narrow_those_above(world: World) -> None:
    """Both must hold."""
    kinds = world.catalogue.item_kinds["subscriber"].attributes
    text = filter_of(world, "dora", "spain")
    spanish = {"region": "EMEA", "consent": True, "country": "ES"}
    assert matches(text, spanish, kinds)
    for wrong in ({"country": "FR"}, {"region": "AMER"}, {"consent": False}):
        assert not matches(text, spanish | wrong, kinds)


def test_only_the_owner_changes_the_permissions_of_a_shared_item(world: World) -> None:
    """Not whoever manages everything in the unit that it is shared with, and not another administrator either."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Administrator", "alan"))
        for user in ("manuel", "alan"):
            acting(trial, user)
            with pytest.raises(Forbidden):
                sharing.share(*trial.here, "template", "brand-template", ["amer"], "modify")
        acting(trial, "ada")
        sharing.share(*trial.here, "template", "brand-template", ["amer"], "read")
        assert trial.may_on("oscar", "content.template.view", "template", "brand-template", unit="amer")


def test_the_owner_keeps_all_after_taking_it_from_the_own_unit(world: World) -> None:
    """Permissions are removed from the owner's unit; colleagues lose the item, the owner still does everything."""
    with world.trying() as trial:
        assignments.assign(*trial.here, a_giving("Content Creator", "cora"))
        assert trial.may_on("cora", "content.email.update", "email", "spring-sale")
        sharing.share(*trial.here, "email", "spring-sale", ["germany"], "read")
        acting(trial, "manuel")
        levels = {"owner": "modify", "group": "forbidden", "rest": "forbidden"}
        items.change(*trial.here, "email", "spring-sale", {"levels": levels})
        assert not trial.may_on("cora", "content.email.update", "email", "spring-sale", unit="spain")
        for action in ("view", "update", "send", "share", "delete"):
            assert trial.may_on("manuel", f"content.email.{action}", "email", "spring-sale")
        items.change(*trial.here, "email", "spring-sale", {"levels": levels | {"rest": "read"}})
        assert trial.may_on("cora", "content.email.view", "email", "spring-sale", unit="spain")
