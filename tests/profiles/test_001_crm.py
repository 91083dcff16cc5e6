"""A CRM between accessibility and security: what the profile's source says about access, statement by statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.db import Database
from app.models.base import now
from app.sealing import Keys
from app.services import assignments, grants, person_sessions, reverse, role_comparison, role_hygiene, roles, users
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.stores.access_tables import USERS
from app.stores.holders import holders_of
from rbac.profiles import load_profile
from tests.builders import a_giving
from tests.profiles.world import World, a_world

PROFILE = load_profile("crm")
TASKS = {
    "win a customer": ("customers.contacts.create", "sales.opportunities.create", "sales.quotes.edit"),
    "approve a discount": ("sales.quotes.approve",),
    "launch a campaign": ("marketing.segments.edit", "marketing.campaigns.launch"),
    "solve a case": ("service.cases.edit", "service.cases.close", "service.knowledge.view"),
    "promise a refund": ("service.cases.refund",),
    "send an invoice": ("finance.invoices.issue",),
    "answer a request for personal data": ("customers.contacts.sensitive", "customers.contacts.export"),
    "set the platform up": ("admin.settings.edit", "admin.settings.integrations"),
    "follow the figures": ("analytics.kpis.view", "analytics.reports.sales", "analytics.reports.finance"),
}
"""Tasks of the company, with the permissions that each needs."""
WHO = {
    "win a customer": {"Sales Manager", "Sales Representative"},
    "approve a discount": {"Sales Manager"},
    "launch a campaign": {"Marketing Specialist"},
    "solve a case": {"Service Agent", "Service Manager"},
    "promise a refund": {"Service Manager"},
    "send an invoice": {"Finance Clerk"},
    "answer a request for personal data": {"Privacy Officer"},
    "set the platform up": {"CRM Administrator"},
    "follow the figures": {"Executive"},
}
"""The default roles whose function it is."""


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    """A company in which an audit finds something to do."""
    return a_world(database, "crm")


def gives(role: str) -> set[str]:
    """The permissions of a default role."""
    [template] = [one for one in PROFILE.roles if one.name == role]
    assert all(entry.effect == "allow" and entry.when is None for entry in template.entries)
    return {key for entry in template.entries for key in PROFILE.catalogue.covered_by(entry.node)}


def test_roles_say_what_each_user_views_and_modifies(world: World) -> None:
    """A service agent sees contacts and changes them, sees articles and does not, and sees no invoice at all."""
    assert world.may("amir", "customers.contacts.view")
    assert world.may("amir", "customers.contacts.edit")
    assert world.may("amir", "service.knowledge.view")
    assert not world.may("amir", "service.knowledge.edit")
    assert not world.may("amir", "finance.invoices.view")


def test_departments_share_customers_and_keep_what_is_confidential(world: World) -> None:
    """Those who work with customers all see contacts; confidential data is seen by who answers for it only."""
    for user in ("sofia", "rafa", "mia", "amir", "pau"):
        assert world.may(user, "customers.contacts.view")
    everybody = ("olivia", "axel", "sofia", "rafa", "rosa", "mia", "amir", "serena", "fiona", "elena")
    assert not any(world.may(user, "customers.contacts.sensitive") for user in everybody)
    assert world.may("pau", "customers.contacts.sensitive")


@pytest.mark.parametrize("task", TASKS)
def test_a_list_of_tasks_beside_roles_says_who_needs_what(task: str) -> None:
    """A role has all that its tasks need, and no role whose task it is not could do it."""
    able = {role.name for role in PROFILE.roles if set(TASKS[task]) <= gives(role.name)}
    assert able == WHO[task]


@pytest.mark.parametrize("role", [role.name for role in PROFILE.roles])
def test_roles_follow_least_privilege(role: str) -> None:
    """Each has what its permissions require, nothing that only other departments work with, and far from everything."""
    mine = gives(role)
    assert not PROFILE.catalogue.missing(mine)
    assert len(mine) < len(PROFILE.catalogue) / 2
    departments = {key.split(".")[0] for key in mine} & {"sales", "marketing", "service", "finance"}
    assert len(departments) <= 1


def test_no_role_has_the_whole_platform(world: World) -> None:
    """No two roles are the same, and all together, without the owner's, administer no users."""
    for one in PROFILE.roles:
        for other in PROFILE.roles:
            assert one is other or gives(one.name) != gives(other.name)
    together = {key for role in PROFILE.roles if not role.is_owner for key in gives(role.name)}
    assert "admin.users.manage" not in together


def test_an_audit_tells_active_people_from_others(world: World) -> None:
    """Who left still has a role on record, and nothing comes of it; taking access away works at once."""
    with world.trying() as trial:
        lena = grants.of_user(*trial.here, "lena")
        assert not lena.active
        assert [grant.role for grant in lena.grants] == ["Marketing Specialist"]
        assert trial.all_of("lena") == set()
        assert trial.all_of("dario")
        users.change_user(*trial.here, "dario", {"active": False})
        assert trial.all_of("dario") == set()


def test_an_audit_finds_overlaps(world: World) -> None:
    """Two roles for nearly the same function are seen side by side: how much they share, and what sets them apart."""
    with world.trying() as trial:
        found = role_comparison.compare_roles(*trial.here, "Inside Sales", "Sales Representative")
        apart = role_comparison.compare_roles(*trial.here, "Inside Sales", "Finance Clerk")
    assert found.overlap > 0.7
    assert not found.only_left
    assert {one.key for one in found.only_right} == {
        "customers.companies.create",
        "sales.opportunities.close",
        "analytics.reports.sales",
    }
    assert apart.overlap < 0.1


def test_an_audit_finds_gaps(world: World) -> None:
    """A role that gives something without what it requires says so."""
    with world.trying() as trial:
        told = roles.get_role(*trial.here, "Refunds").warnings
        assert [(one.permission, one.requires) for one in told.missing] == [
            ("service.cases.refund", ("service.cases.view",))
        ]
        assert not roles.get_role(*trial.here, "Service Manager").warnings.missing


def test_an_audit_finds_roles_that_nobody_has(world: World) -> None:
    """Left from some occasion, and given to nobody."""
    with world.trying() as trial:
        listed = roles.list_roles(*trial.here)
        found = holders_of(*trial.here, [role.id for role in listed])
    assert {role.name for role in listed if not found[role.id]} == {"Trade Fair 2019"}


def test_an_audit_tells_dormant_people_and_measures_how_roles_are_used(world: World) -> None:
    """Key figures, overlaps, gaps, roles that nobody has or uses, and who was not seen at work for a quarter."""
    with world.trying() as trial:
        found = role_hygiene.hygiene(*trial.here)
    figures = {one.role: one for one in found.roles}
    assert (figures["Sales Manager"].holders, figures["Sales Manager"].using) == (2, 1)
    assert figures["Sales Manager"].engagement == 0.5
    assert figures["Trade Fair 2019"].holders == 0
    assert (figures["Refunds"].holders, figures["Refunds"].last_used) == (1, None)
    assert figures["Refunds"].lacks == {"service.cases.refund": ("service.cases.view",)}
    assert [(one.left, one.right, one.people) for one in found.overlaps if one.left == "Inside Sales"] == [
        ("Inside Sales", "Sales Representative", 1)
    ]
    # Olivia owns the account and has not signed in; Lena is not active, so she is nobody who sleeps.
    assert [(one.user_name, one.roles) for one in found.dormant] == [
        ("dario", ("Finance Clerk", "Sales Manager")),
        ("olivia", ("Account Owner",)),
    ]
    [days] = {(now().date() - one.last_used).days for one in found.dormant if one.last_used}
    assert 159 <= days <= 161
    assert (found.figures.dormant, found.figures.roles_without_holders) == (2, 1)
    assert found.figures.engagement == round(13 / found.figures.with_roles, 2)


def test_who_signed_in_or_came_lately_is_not_dormant(world: World) -> None:
    """A session counts as much as a decision; and whoever is new has had no time."""
    with world.trying() as trial:
        session, account_id = trial.here
        here = USERS.c.account_id == account_id
        ids = {row.user_name: row.id for row in session.execute(select(USERS.c.user_name, USERS.c.id).where(here))}
        session.execute(update(USERS).where(here, USERS.c.id == ids["dario"]).values(created=now() - timedelta(days=9)))
        begun = person_sessions.begin(
            session, Keys(b"k" * 32), account_id, ids["olivia"], methods=["pwd"], authenticated=now()
        )
        assert begun.session_id
        assert role_hygiene.hygiene(session, account_id).dormant == ()


def test_too_short_a_time_says_nothing(world: World) -> None:
    """Nobody is called dormant by what was observed for less than is asked about."""
    with world.trying() as trial:
        found = role_hygiene.hygiene(*trial.here, 365)
    assert (found.dormant, found.figures.engagement, found.figures.roles_unused) == ((), None, 0)


def test_an_audit_finds_people_with_more_than_their_function(world: World) -> None:
    """Somebody of sales can send invoices: asking who can do it shows them."""
    with world.trying() as trial:
        able = reverse.who_can(*trial.here, "finance.invoices.issue")
    assert {person.user_name for person in able.people} == {"fiona", "dario"}


def test_roles_are_adjusted_when_functions_shift(world: World) -> None:
    """The role is changed once, and all who have it follow with their next decision."""
    with world.trying() as trial:
        edit = RoleEdit(statements=(StatementChange("sales.opportunities.close", "allow"),))
        assert not trial.may("ramon", "sales.opportunities.close")
        roles.edit_role(*trial.here, "Inside Sales", edit)
        assert trial.may("ramon", "sales.opportunities.close")


def test_somebody_moves_to_another_department(world: World) -> None:
    """The old role goes, the new one comes, and nothing is left of the old."""
    with world.trying() as trial:
        assignments.unassign(*trial.here, a_giving("Service Agent", "amir"))
        assignments.assign(*trial.here, a_giving("Finance Clerk", "amir"))
        assert trial.all_of("amir") == trial.all_of("fiona")


def test_roles_are_made_to_measure_on_a_granular_level(world: World) -> None:
    """A single permission is enough for a role; one is enough to tell two roles apart."""
    with world.trying() as trial:
        roles.create_role(*trial.here, "Forecast reader", "", [StatementChange("sales.forecast.view", "allow")])
        users.create_user(*trial.here, {"user_name": "new", "roles": ["Forecast reader"]})
        assert trial.all_of("new") == {"sales.forecast.view"}


def test_people_are_told_what_they_may_do(world: World) -> None:
    """Everybody's privileges can be read in words, in both languages; what is told is what is decided."""
    with world.trying() as trial:
        told = reverse.what_can(*trial.here, "amir")
        found = {one.key for area in told.areas for one in area.privileges if not one.own_profile}
        assert found == trial.all_of("amir")
        for area in told.areas:
            for one in area.privileges:
                assert one.description.en
                assert one.description.es
    for role in PROFILE.roles:
        assert role.description.en != role.description.es
