"""Roles of an account's own: made, copied, edited, compared, deleted, with what each change means shown before."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from app.db import Database
from app.services import assignments, grants, impact, mapping_documents, mapping_publish, role_comparison, roles, units
from app.services.errors import Conflict, Forbidden, NotFound, Refused, Stale
from app.services.role_statements import InvalidRole, StatementChange
from app.services.roles import RoleEdit
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_tables import ASSIGNMENTS, PERMISSIONS
from rbac.decide import decide
from tests.builders import a_giving
from tests.stores.worlds import EVENTS, LAUNCH, QUERY, VIEW, World, a_world

EDIT, EXPORT = "campaigns.email.edit", "contacts.people.export"


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def edit(*said: tuple[str, str], **how: Any) -> RoleEdit:
    """An edit that says this about nodes."""
    return RoleEdit(statements=tuple(StatementChange(node, effect) for node, effect in said), **how)


def test_a_new_role_is_empty_and_gives_nothing(world: World) -> None:
    """It gets what it shall say later."""
    made = roles.create_role(*world.at, "Email campaign manager", "Ad hoc campaigns")
    ana = world.user()
    world.give("email CAMPAIGN manager", user=ana)
    assert (made.statements, made.role.revision, made.role.is_default) == ((), 1, False)
    assert not world.may(ana)
    assert roles.preview(*world.at, made.role.id) == ()


def test_an_edit_acts_at_once_for_all_holders(world: World) -> None:
    """By user, by group, by business unit; what else they have stays."""
    role = world.role("Intern", VIEW)
    ana, bob, eve = world.user(), world.user(), world.user(home="iberia")
    team = world.group(bob)
    world.give("Intern", user=ana)
    world.give("Intern", group=team)
    world.give("Intern", principal_unit="iberia")
    world.give("Analyst", user=ana)
    done = roles.edit_role(*world.at, role, edit((LAUNCH, "allow"), (VIEW, "unset")))
    assert [(one.permission, one.effect) for one in done.statements] == [(LAUNCH, "allow")]
    for person in (ana, bob, eve):
        assert (world.may(person), world.may(person, VIEW)) == (True, False)
        assert world.may(person, QUERY) is (person == ana)


@pytest.mark.parametrize("reference", ["Viewer", "Account Owner"])
def test_default_roles_are_locked(world: World, reference: str) -> None:
    """They are given and copied, never edited, renamed or deleted."""
    for refused in (
        lambda: roles.edit_role(*world.at, reference, edit((LAUNCH, "allow"))),
        lambda: roles.edit_role(*world.at, reference, RoleEdit(name="Mine")),
        lambda: roles.delete_role(*world.at, reference),
        lambda: role_comparison.impact_of_edit(*world.at, reference, edit((LAUNCH, "allow"))),
    ):
        with pytest.raises(Conflict, match="locked"):
            refused()
    assert roles.copy_role(*world.at, reference, f"My {reference}").role.is_default is False


def test_a_copy_says_the_same_and_remembers_its_origin(world: World) -> None:
    """Also when the origin is renamed, changed or gone; the difference is to the origin as it is now."""
    first = world.role("First", VIEW)
    copy = roles.copy_role(*world.at, "First", "Second")
    assert (copy.role.origin_id, copy.role.origin_name) == (first, "First")
    same = role_comparison.difference_to_origin(*world.at, "Second")
    assert same is not None
    assert (same.shared, same.overlap) == ((VIEW,), 1.0)
    roles.edit_role(*world.at, "Second", edit((EDIT, "allow")))
    roles.edit_role(*world.at, "First", edit((VIEW, "deny"), (LAUNCH, "allow"), name="Renamed"))
    found = role_comparison.difference_to_origin(*world.at, "Second")
    assert found is not None
    assert (found.left, found.right) == ("Renamed", "Second")
    assert [one.key for one in found.only_left] == [LAUNCH]
    assert [one.key for one in found.only_right] == [EDIT]
    assert [(one.key, one.left.effect, one.right.effect) for one in found.differing] == [(VIEW, "deny", "allow")]
    assert (found.shared, found.overlap) == ((), 0.0)
    roles.delete_role(*world.at, "Renamed")
    assert role_comparison.difference_to_origin(*world.at, "Second") is None
    assert roles.get_role(*world.at, "Second").role.origin_name == "First"


def test_the_copy_of_the_owner_role_makes_nobody_an_owner(world: World) -> None:
    """What it says is copied, not what it is."""
    copy = roles.copy_role(*world.at, "Account Owner", "Deputy")
    assert not copy.role.is_owner


def test_names_are_unique_whatever_their_case(world: World) -> None:
    """Default roles included; blanks do not count."""
    world.role("Intern")
    for name in ("INTERN", "  intern ", "viewer", "Account  owner"):
        with pytest.raises(Conflict, match="already has a role"):
            roles.create_role(*world.at, name)
        with pytest.raises(Conflict, match="already has a role"):
            roles.copy_role(*world.at, "Intern", name)
    other = world.role("Other")
    with pytest.raises(Conflict, match="already has a role"):
        roles.edit_role(*world.at, other, RoleEdit(name="intern"))
    assert roles.edit_role(*world.at, "Intern", RoleEdit(name="INTERN")).role.name == "INTERN"
    for name in ("", "   ", "x" * 201, "a\0b"):
        with pytest.raises(Refused, match="needs a name"):
            roles.create_role(*world.at, name)
    assert a_world(world.session).role("Intern")


def test_two_who_make_a_role_of_one_name_at_once(database: Database) -> None:
    """One of them gets it, the other a refusal, never a failure."""
    with database.writing() as session:
        account = a_world(session).account
    ready, outcomes = Barrier(2), []

    def create() -> None:
        ready.wait()
        try:
            with database.writing() as session:
                outcomes.append(roles.create_role(session, account, "Intern").role.name)
        except Conflict:
            outcomes.append("refused")

    threads = [Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Intern", "refused"]


def test_what_a_role_cannot_say(world: World) -> None:
    """Every problem is named, and nothing is changed."""
    role = world.role("Intern", VIEW)
    wrong = RoleEdit(
        statements=(
            StatementChange("campaigns.nonsense", "allow"),
            StatementChange(EDIT, "perhaps"),
            StatementChange(LAUNCH, "allow", 'resource.nothing eq "x"'),
            StatementChange(LAUNCH, "deny", "this is no filter"),
            StatementChange(VIEW, "unset", "subject.x pr"),
        )
    )
    with pytest.raises(InvalidRole) as refused:
        roles.edit_role(*world.at, role, wrong)
    assert len(refused.value.problems) == 5
    assert "campaigns.nonsense" in refused.value.problems[0]
    twice = (StatementChange(VIEW, "allow"), StatementChange(f"{VIEW}.*", "allow"))
    with pytest.raises(InvalidRole, match="given twice"):
        roles.edit_role(*world.at, role, RoleEdit(statements=twice))
    found = roles.get_role(*world.at, role)
    assert ([one.permission for one in found.statements], found.role.revision) == ([VIEW], 1)


def test_an_item_sets_all_its_permissions_or_each_alone(world: World) -> None:
    """A node gives everything beneath it; a deny beneath or above it wins."""
    role = world.role("Emailer", "campaigns.email", deny=("campaigns.email.delete",))
    effects = {one.key: one.effect for one in roles.preview(*world.at, role)}
    assert effects.pop("campaigns.email.delete") == "deny"
    assert set(effects.values()) == {"allow"}
    assert all(key.startswith("campaigns.email.") for key in effects)
    roles.edit_role(*world.at, role, edit(("campaigns", "deny")))
    assert {one.effect for one in roles.preview(*world.at, role)} == {"deny"}


def test_statements_replace_those_of_their_node_or_all(world: World) -> None:
    """A node that is not named stays as it was, unless these are all there are."""
    role = world.role("Intern", VIEW, EDIT)
    done = roles.edit_role(*world.at, role, edit((VIEW, "deny")))
    assert [(one.permission, one.effect) for one in done.statements] == [(EDIT, "allow"), (VIEW, "deny")]
    done = roles.edit_role(*world.at, role, edit((LAUNCH, "allow"), replaces=True))
    assert [one.permission for one in done.statements] == [LAUNCH]
    assert roles.edit_role(*world.at, role, edit(replaces=True)).statements == ()


def test_what_is_required_is_offered_never_given(world: World) -> None:
    """Launching needs viewing; a denied requirement stays denied."""
    made = roles.create_role(*world.at, "Launcher", statements=[StatementChange(LAUNCH, "allow")])
    assert [(one.permission, one.requires) for one in made.warnings.missing] == [(LAUNCH, (VIEW,))]
    ana = world.user()
    world.give("Launcher", user=ana)
    assert not world.may(ana, VIEW)
    done = roles.edit_role(*world.at, "Launcher", RoleEdit(add_required=True))
    assert done.warnings.missing == ()
    assert world.may(ana, VIEW)
    denied = roles.create_role(
        *world.at,
        "Stuck",
        statements=[StatementChange(LAUNCH, "allow"), StatementChange(VIEW, "deny")],
        add_required=True,
    )
    assert [one.permission for one in denied.warnings.missing] == [LAUNCH]


def test_the_linter_names_the_shadowed_allow(world: World) -> None:
    """A contradiction is allowed, and shown: what is left of the allow, and what is not."""
    made = roles.create_role(
        *world.at,
        "Contradiction",
        statements=[
            StatementChange("campaigns.email", "allow"),
            StatementChange("campaigns.email.delete", "deny"),
            StatementChange(QUERY, "allow"),
            StatementChange("analytics", "deny"),
        ],
    )
    shadows = {(one.allow, one.deny): one for one in made.warnings.shadowed}
    assert shadows[QUERY, "analytics.*"].whole
    partly = shadows["campaigns.email.*", "campaigns.email.delete"]
    assert (partly.whole, partly.permissions) == (False, ("campaigns.email.delete",))


def test_a_role_is_privileged_by_what_it_gives_or_because_somebody_said_so(world: World) -> None:
    """By itself again when it gives nothing of the kind any more; a mark stays."""
    role = world.role("Exporter", EXPORT, VIEW)
    assert roles.get_role(*world.at, role).role.is_privileged
    policy = SqlAccessStore(*world.at).snapshot([]).policy
    assert policy.roles[role].is_privileged
    assert not roles.edit_role(*world.at, role, edit((EXPORT, "deny"))).role.is_privileged
    marked = roles.edit_role(*world.at, role, RoleEdit(privileged=True)).role
    assert (marked.is_privileged, marked.is_marked) == (True, True)
    assert not roles.edit_role(*world.at, role, RoleEdit(privileged=False)).role.is_privileged
    assert roles.get_role(*world.at, "Administrator").role.is_privileged


def test_a_revision_that_has_moved_is_stale(world: World) -> None:
    """Who edits what they have read does not overwrite what somebody else wrote since; saying it again is no edit."""
    role = world.role("Intern", VIEW)
    assert roles.edit_role(*world.at, role, edit((VIEW, "allow")), expected=1).role.revision == 1
    assert roles.edit_role(*world.at, role, edit((EDIT, "allow")), expected=1).role.revision == 2
    for stale in (
        lambda: roles.edit_role(*world.at, role, edit((LAUNCH, "allow")), expected=1),
        lambda: roles.delete_role(*world.at, role, expected=1),
    ):
        with pytest.raises(Stale, match="revision 2"):
            stale()
    assert [one.permission for one in roles.get_role(*world.at, role).statements] == [EDIT, VIEW]


def test_the_impact_of_an_edit_is_shown_before(world: World) -> None:
    """Per holder: what they would gain and lose, privileged first; what another role gives is not lost."""
    role = world.role("Intern", VIEW, QUERY)
    ana, bob, eve, off = world.user(), world.user(), world.user(home="iberia"), world.user()
    world.give("Intern", user=ana)
    world.give("Analyst", user=ana)
    world.give("Intern", group=world.group(bob), unit="apac")
    world.give("Intern", principal_unit="emea", children=True)
    world.give("Intern", user=off)
    change = edit((QUERY, "unset"), (EDIT, "allow"), (EXPORT, "allow"))
    before = world.revision()
    found = role_comparison.impact_of_edit(*world.at, role, change)
    assert [(one.permission, one.privileged) for one in found.gained] == [(EXPORT, True), (EDIT, False)]
    assert [one.permission for one in found.lost] == [QUERY]
    people = {one.user_id: one for one in found.people}
    assert {ana, bob, eve, off} <= set(people)
    assert [one.permission for one in people[ana].gained] == [EXPORT, EDIT]
    assert people[ana].lost == ()
    for person in (bob, eve):
        assert [one.permission for one in people[person].lost] == [QUERY]
    assert (found.gaining, found.losing, found.assignments) == (found.holders, found.holders - 1, 4)
    assert world.revision() == before
    assert not world.may(ana, EDIT)


def test_the_people_of_an_impact_come_in_pages(world: World) -> None:
    """Each once; the counts are of all."""
    role = world.role("Intern", VIEW)
    ids = {world.user() for _ in range(7)}
    assignments.assign(*world.at, a_giving(role, *sorted(ids)))
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = role_comparison.impact_of_delete(*world.at, role, after=after, limit=3)
        assert (page.holders, page.losing, page.gaining) == (7, 7, 0)
        seen += [one.user_id for one in page.people]
        after = page.next
    assert after is None
    assert (len(seen), set(seen)) == (7, ids)


def test_of_people_of_very_many_kinds_the_most_common_are_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many that is stands beside how many there are."""
    monkeypatch.setattr(impact, "KINDS", 1)
    role = world.role("Intern", VIEW)
    few, *many = [world.user() for _ in range(4)]
    assignments.assign(*world.at, a_giving(role, few, *many))
    assert role_comparison.impact_of_delete(*world.at, role).examined == 4
    world.give("Viewer", user=few)
    found = role_comparison.impact_of_delete(*world.at, role)
    assert (found.holders, found.examined, found.losing, found.next) == (4, 3, 3, None)
    assert {one.user_id for one in found.people} == set(many)


def test_a_role_ends_with_all_its_grants(world: World) -> None:
    """After what it means has been shown; the mapping that gives it goes first."""
    role = world.role("Intern", VIEW)
    ana = world.user()
    team = world.group(ana, name="MC Interns")
    world.give("Intern", user=ana)
    world.give("Viewer", user=ana)
    rules = [{"name": "Interns", "group": {"id": team}, "grants": [{"role": "Intern"}]}]
    mapping_publish.publish(*world.at, {"rules": rules}, author="test")
    found = role_comparison.impact_of_delete(*world.at, role)
    assert (found.mappings, found.holders, found.losing) == (("Interns",), 1, 0)
    with pytest.raises(Conflict, match="Interns"):
        roles.delete_role(*world.at, role)
    assert world.count(ASSIGNMENTS) == 2
    mapping_publish.publish(*world.at, {"rules": []}, author="test")
    roles.delete_role(*world.at, role, reason="nobody needs it")
    assert not world.count(PERMISSIONS.select().where(PERMISSIONS.c.role_id == role).subquery())
    assert [one.role for one in grants.of_user(*world.at, ana).grants] == ["Viewer"]
    with pytest.raises(NotFound, match="there are: Account Owner"):
        roles.get_role(*world.at, role)


def test_a_renamed_role_keeps_its_holders_and_its_mapping(world: World) -> None:
    """The published mapping is shown with the new name, and publishing it again changes nothing."""
    world.role("Intern", VIEW)
    ana = world.user()
    rules = [
        {
            "name": "Interns",
            "group": {"id": world.group(ana)},
            "grants": [{"role": "Intern", "unit": "emea", "children": True}],
        }
    ]
    mapping_publish.publish(*world.at, {"rules": rules}, author="test")
    roles.edit_role(*world.at, "Intern", RoleEdit(name="Trainee"))
    units.edit_unit(*world.at, "emea", key="europe")
    assert world.may(ana, VIEW, "iberia")
    shown = mapping_documents.published(*world.at)
    assert shown["rules"][0]["grants"] == [{"role": "Trainee", "unit": "europe", "children": True}]
    assert not mapping_publish.publish(*world.at, shown, author="test").changed


def test_conditions_are_compared_and_shown(world: World) -> None:
    """An allow under a condition is worth less than one without; what it may speak of is declared."""
    crm = a_world(world.session, "crm")
    catalogue = SqlAccessStore(*crm.at).snapshot([]).policy.catalogue
    key = next(iter(catalogue.permissions))
    condition = 'subject.department eq "Sales"'
    made = roles.create_role(*crm.at, "Sometimes", statements=[StatementChange(key, "allow", condition)])
    assert made.statements[0].condition == condition
    assert roles.preview(*crm.at, "Sometimes")[0].when == (condition,)
    found = role_comparison.impact_of_edit(*crm.at, "Sometimes", edit((key, "allow")))
    assert [one.permission for one in found.gained] == [key]
    other = RoleEdit(statements=(StatementChange(key, "allow", 'subject.department eq "Support"'),))
    assert [one.permission for one in role_comparison.impact_of_edit(*crm.at, "Sometimes", other).altered] == [key]


def test_every_change_of_a_role_is_audited(world: World) -> None:
    """Before and after, by whom."""
    olivia = world.owner("olivia")
    world.act_as(olivia)
    world.role("Intern", VIEW)
    roles.edit_role(*world.at, "Intern", edit((LAUNCH, "deny"), name="Trainee"))
    roles.delete_role(*world.at, "Trainee", reason="gone")
    world.session.commit()
    events = world.session.execute(
        select(EVENTS.c.action, EVENTS.c.before, EVENTS.c.after, EVENTS.c.actor_name, EVENTS.c.reason)
        .where(EVENTS.c.account_id == world.account, EVENTS.c.target_kind == "role")
        .order_by(EVENTS.c.sequence)
    ).all()
    assert [(one.action, one.actor_name) for one in events] == [
        ("role.created", "olivia"),
        ("role.updated", "olivia"),
        ("role.deleted", "olivia"),
    ]
    assert events[1].before == {"name": "Intern", "statements": [f"allow {VIEW}"]}
    assert events[1].after == {"name": "Trainee", "statements": [f"allow {VIEW}", f"deny {LAUNCH}"]}
    assert events[2].reason == "gone"


def test_an_edit_is_seen_by_the_next_decision_of_every_process(database: Database) -> None:
    """Whoever has the old policy in memory answers with the new one after the commit, and not before."""
    with database.writing() as session:
        world = a_world(session)
        ana, account = world.user(), world.account
        role = world.role("Intern", VIEW)
        world.give("Intern", user=ana)

    def may() -> bool:
        with database.reading() as session:
            snapshot = SqlAccessStore(session, account).snapshot([ana])
        return decide(snapshot.policy, snapshot.subjects[ana], LAUNCH).allowed

    assert not may()
    with database.writing() as session:
        roles.edit_role(session, account, role, edit((LAUNCH, "allow")))
        assert not may()
    assert may()


def test_nobody_edits_a_role_that_they_have(world: World) -> None:
    """In a way that changes what it gives; its name and description are no access."""
    olivia = world.owner("olivia")
    role = world.role("Marketing lead", VIEW)
    world.give("Marketing lead", user=olivia)
    world.act_as(olivia)
    for refused in (
        lambda: roles.edit_role(*world.at, role, edit((LAUNCH, "allow"))),
        lambda: roles.edit_role(*world.at, role, edit((VIEW, "unset"))),
        lambda: roles.delete_role(*world.at, role),
    ):
        with pytest.raises(Forbidden, match="own access"):
            refused()
    assert roles.edit_role(*world.at, role, RoleEdit(name="Lead", description="new")).role.name == "Lead"
    world.act_as(world.owner("omar"))
    assert roles.edit_role(*world.at, role, edit((LAUNCH, "allow"))).role.revision == 3
