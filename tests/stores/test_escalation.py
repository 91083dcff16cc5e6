"""Ways in which somebody might give, or come by, more than they have; each is closed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlalchemy import select, update

from app.services import assignments, data_filters, individual, profiles, roles, unit_moves, units, users
from app.services.errors import Conflict, Forbidden, Refused
from app.services.individual import Entry
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS
from scim import service
from scim.schemas import USER_URN
from tests.builders import ENTERPRISE, a_giving, a_user
from tests.stores.test_profiles import a_document
from tests.stores.worlds import LAUNCH, QUERY, VIEW, World, a_world

ADMINISTRATION = ("account.roles.assign", "account.roles.edit", "account.users.edit", "settings.units.edit")


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def a_delegate(world: World, *says: StatementChange, unit: str | None = "emea") -> str:
    """An administrator of a unit and below, or of everything, whose role also says this."""
    every = [*(StatementChange(key, "allow") for key in ADMINISTRATION), *says]
    role = roles.create_role(*world.at, "Delegate", statements=every).role.id
    dora = world.user("dora", home=unit)
    world.give(role, user=dora, unit=unit, children=unit is not None)
    return dora


def finds_external_ids(world: World) -> None:
    world.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == world.account).values(finds_external_id=True))
    bump(*world.at)


def pushed(world: World, name: str, external_id: str) -> str:
    """A person of the directory with an externalId."""
    return service.create(world.directory, "User", a_user(name, externalId=external_id)).id


def meant(world: World, reference: str) -> str | None:
    """Whom a decision about this reference is about."""
    found = SqlAccessStore(*world.at).snapshot([reference]).subjects[reference]
    return found.id if found else None


PROVISOS = {
    "a deny under a condition": [
        StatementChange(VIEW, "allow"),
        StatementChange("campaigns.email", "deny", 'resource.region eq "EMEA"'),
    ],
    "an allow under a condition": [StatementChange(VIEW, "allow", 'resource.region eq "EMEA"')],
}


@pytest.mark.parametrize("says", PROVISOS.values(), ids=PROVISOS.keys())
def test_what_one_holds_with_a_proviso_is_not_given(world: World, says: list[StatementChange]) -> None:
    """By a role, as an individual permission, or by making a role of it."""
    a_delegate(world, *says, unit=None)
    dora, ana = world.user(name="Dora II"), world.user("ana", home="emea")
    world.give("Delegate", user=dora)
    plain = world.role("Plain", VIEW)
    world.act_as(dora)
    for attempt in (
        lambda: world.give(plain, user=ana, unit="emea"),
        lambda: individual.put(*world.at, ana, [Entry(VIEW, "allow", unit="emea")]),
        lambda: world.role("Mine", VIEW),
        lambda: roles.edit_role(*world.at, plain, RoleEdit(statements=(StatementChange(VIEW, "deny"),))),
    ):
        with pytest.raises(Forbidden, match="you do not hold"):
            attempt()
    assert not world.may(ana, VIEW)


def test_what_one_holds_plainly_is_given(world: World) -> None:
    """Another grant without a proviso is enough; a condition about something else is in nobody's way."""
    condition = 'resource.region eq "EMEA"'
    says = StatementChange(VIEW, "allow", condition), StatementChange(QUERY, "deny", condition)
    dora, ana = a_delegate(world, *says), world.user("ana", home="iberia")
    world.give(world.role("Viewing", VIEW), user=dora, unit="emea", children=True)
    plain = world.role("Plain", VIEW)
    world.act_as(dora)
    assert world.give(plain, user=ana, unit="iberia").changed


def test_what_one_holds_for_some_records_is_not_given_for_all(world: World) -> None:
    """Unless they hold it without the filter, too."""
    dora, ana = a_delegate(world), world.user("ana", home="iberia")
    viewing, plain = world.role("Viewing", VIEW), world.role("Plain", VIEW)
    world.give(viewing, user=dora, unit="emea", children=True)
    assignment = world.session.execute(
        select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.role_id == viewing)
    ).scalar_one()
    data_filters.set_filter(*world.at, "contact", 'region eq "EMEA"', assignment=assignment)
    world.act_as(dora)
    with pytest.raises(Forbidden, match="you do not hold"):
        world.give(plain, user=ana, unit="iberia")
    world.as_program()
    individual.put(*world.at, dora, [Entry(VIEW, "allow", unit="emea", children=True)])
    world.act_as(dora)
    assert world.give(plain, user=ana, unit="iberia").changed


def test_a_data_filter_on_administration_narrows_no_administration(world: World) -> None:
    """Records are filtered; whom somebody administers is a matter of units."""
    dora = a_delegate(world)
    assignment = world.session.execute(
        select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.user_id == dora)
    ).scalar_one()
    data_filters.set_filter(*world.at, "contact", 'region eq "EMEA"', assignment=assignment)
    world.act_as(dora)
    assert users.create_user(*world.at, {"user_name": "new", "home_unit": "iberia"}).home_unit == "iberia"


@pytest.mark.parametrize("reference", ["E-77", "e-77"])
def test_a_name_that_is_anothers_external_id_means_nobody(world: World, reference: str) -> None:
    """By whichever door the name came; without that setting the externalId plays no part."""
    omar = pushed(world, "omar", "E-77")
    eve = pushed(world, "e-77", "1")
    assert meant(world, reference) == eve
    finds_external_ids(world)
    assert meant(world, reference) == (None if reference == "E-77" else eve)
    assert (meant(world, "omar"), meant(world, "1")) == (omar, eve)


def test_ones_own_external_id_may_be_ones_name(world: World) -> None:
    """As many directories have it."""
    finds_external_ids(world)
    same = pushed(world, "same", "same")
    assert meant(world, "same") == same


def test_a_hand_made_name_is_nobody_elses(world: World) -> None:
    """Neither as userName nor as externalId, in whichever directory, whatever its case."""
    olivia = world.owner("olivia")
    pushed(world, "omar@acme.example", "00u1aB")
    for given in (
        {"user_name": "OMAR@acme.example"},
        {"user_name": "00u1aB"},
        {"user_name": "00U1AB"},
        {"user_name": olivia.upper()},
        {"user_name": "eve", "external_id": "omar@acme.example"},
        {"user_name": "eve", "external_id": "00u1aB"},
        {"user_name": "eve", "external_id": "Olivia"},
    ):
        with pytest.raises(Conflict, match="somebody else"):
            users.create_user(*world.at, given)
    made = users.create_user(*world.at, {"user_name": "eve", "external_id": "eve"})
    for changes in ({"user_name": "omar@ACME.example"}, {"user_name": "00u1ab"}, {"external_id": "OMAR@acme.example"}):
        with pytest.raises(Conflict, match="somebody else"):
            users.change_user(*world.at, made.id, changes)
    assert users.change_user(*world.at, made.id, {"user_name": "EVE", "display_name": "E."}).user_name == "EVE"


def test_a_name_that_was_taken_by_a_directory_later_stays(world: World) -> None:
    """What a directory does afterwards keeps nobody from being changed otherwise."""
    made = users.create_user(*world.at, {"user_name": "eve"})
    pushed(world, "eve", "9")
    assert users.change_user(*world.at, made.id, {"display_name": "E."}).display_name == "E."


@pytest.mark.parametrize(
    "attributes",
    [{USER_URN: {"active": False}}, {USER_URN.upper(): {"title": "x"}}, {f"{USER_URN}:active": False}],
)
def test_attributes_of_the_core_schema_have_no_urn(world: World, attributes: dict[str, Any]) -> None:
    """They stand by themselves; under the schema's name they would be taken, and do nothing."""
    [name] = attributes
    with pytest.raises(Refused, match=name[:40]):
        users.create_user(*world.at, {"user_name": "eve", "attributes": attributes})
    made = users.create_user(*world.at, {"user_name": "eve"})
    with pytest.raises(Refused, match=name[:40]):
        users.change_user(*world.at, made.id, {"attributes": attributes})


def test_who_lets_somebody_work_somewhere_is_not_denied_what_that_gives(world: World) -> None:
    """The roles of a unit are given by making somebody work there, or be at home there."""
    dora, ana = a_delegate(world), world.user("ana", home="emea")
    role = world.role("Of Iberia", LAUNCH, deny=(QUERY,))
    world.give(role, principal_unit="iberia")
    individual.put(*world.at, dora, [Entry(LAUNCH, "deny")])
    world.act_as(dora)
    for attempt in (
        lambda: units.add_worker(*world.at, ana, "iberia"),
        lambda: units.add_worker(*world.at, ana, "emea", children=True),
        lambda: units.set_home(*world.at, ana, "iberia"),
        lambda: users.create_user(*world.at, {"user_name": "new", "home_unit": "iberia"}),
    ):
        with pytest.raises(Forbidden, match=LAUNCH):
            attempt()
    assert units.add_worker(*world.at, ana, "dach")
    world.as_program()
    individual.put(*world.at, dora, [Entry(LAUNCH, "unset")])
    world.act_as(dora)
    assert units.add_worker(*world.at, ana, "iberia")


def test_whoever_is_made_without_a_home_may_work_everywhere(world: World) -> None:
    """So that only who manages people everywhere makes them."""
    root = a_delegate(world, unit="emea")
    world.give("Delegate", user=root, unit="root")
    world.act_as(root)
    with pytest.raises(Forbidden, match="create users"):
        users.create_user(*world.at, {"user_name": "new"})
    assert users.create_user(*world.at, {"user_name": "new", "home_unit": "iberia"})


def one_owner_is_enough(world: World) -> None:
    """Else no person alone makes another permission mean administration, their own or not."""
    world.session.execute(update(ACCOUNTS).values(approves_privileged=False).where(ACCOUNTS.c.id == world.account))


def a_shop(version: str, *keys: str, **items: str) -> dict[str, Any]:
    return a_document(*keys, version=version, **({"items": items} if items else {}))


CATALOGUES = {
    "a permission that comes": ("shop", a_shop("2", "shop.see", "shop.sell", "shop.refund")),
    "a permission that goes": ("shop.see", a_shop("2", "shop.sell")),
    "every item": ("shop.see", a_shop("2", "shop.see", "shop.sell", manage_all="shop.see")),
    "common items": ("shop.see", a_shop("2", "shop.see", "shop.sell", common="shop.sell")),
}


@pytest.mark.parametrize(("node", "document"), CATALOGUES.values(), ids=CATALOGUES.keys())
def test_no_owner_changes_their_own_access_by_the_catalogue(world: World, node: str, document: dict[str, Any]) -> None:
    """What they may do is the same afterwards, or nothing is done; programs and other owners may."""
    one_owner_is_enough(world)
    olivia, omar = world.owner("olivia"), world.owner("omar")
    profiles.register(*world.at, a_shop("1", "shop.see", "shop.sell"), drop=True)
    world.give(world.role("Shopkeeper", node), user=olivia)
    world.act_as(olivia)
    before = profiles.document_of(*world.at)
    with pytest.raises(Forbidden, match="own access"):
        profiles.register(*world.at, copy.deepcopy(document), drop=True)
    assert profiles.document_of(*world.at) == before
    assert world.may(olivia, "shop.see")
    world.act_as(omar)
    assert profiles.register(*world.at, document, drop=True).is_change


def test_an_owner_loads_what_leaves_their_own_access(world: World) -> None:
    """A permission that they do not hold is nothing to them."""
    one_owner_is_enough(world)
    olivia = world.owner("olivia")
    profiles.register(*world.at, a_shop("1", "shop.see"), drop=True)
    world.give(world.role("Onlooker", "shop.see"), user=olivia)
    world.act_as(olivia)
    assert profiles.register(*world.at, a_shop("2", "shop.see", "shop.sell", manage_all="shop.sell")).is_change


def test_nobody_moves_their_unit_from_under_a_filter(world: World) -> None:
    """Which records one may touch is one's own access, too; units of others go where they like."""
    data_filters.set_filter(*world.at, "contact", 'region eq "EMEA"', unit="emea")
    olivia = world.owner("olivia")
    units.set_home(*world.at, olivia, "iberia")
    world.act_as(olivia)
    with pytest.raises(Forbidden, match="own access"):
        unit_moves.move_unit(*world.at, "iberia", "apac")
    assert unit_moves.move_unit(*world.at, "dach", "apac").parent == "apac"


def test_an_unfiltered_role_of_ones_unit_is_ones_own(world: World) -> None:
    """Whoever has it for some records only would have it for all."""
    olivia, viewing = world.owner("olivia"), world.role("Viewing", VIEW)
    units.set_home(*world.at, olivia, "iberia")
    world.give(viewing, user=olivia)
    world.act_as(olivia)
    with pytest.raises(Forbidden, match="own access"):
        world.give(viewing, principal_unit="iberia")


def test_a_delegate_denies_nothing_to_a_whole_unit(world: World) -> None:
    """People above may work there. Whoever administers a unit does, so it is their own access, too."""
    dora = a_delegate(world)
    world.give(world.role("Launching", LAUNCH), user=dora)
    units.set_home(*world.at, dora, "apac")
    units.add_worker(*world.at, dora, "apac")
    denies = world.role("Denies", deny=(LAUNCH,))
    world.give(denies, principal_unit="dach")
    world.act_as(dora)
    for attempt in (
        lambda: world.give(denies, principal_unit="iberia"),
        lambda: assignments.unassign(*world.at, a_giving(denies, principal_unit="dach")),
    ):
        with pytest.raises(Forbidden, match="own access"):
            attempt()


def test_who_loses_their_last_place_of_work_works_at_home_again(world: World) -> None:
    """So that only who manages people there, and below, takes it from them."""
    dora, ana = a_delegate(world, unit="iberia"), world.user("ana", home="emea")
    for unit in ("iberia", "dach"):
        units.add_worker(*world.at, ana, unit)
    world.act_as(dora)
    assert units.remove_worker(*world.at, ana, "iberia")
    world.as_program()
    units.add_worker(*world.at, ana, "iberia")
    units.remove_worker(*world.at, ana, "dach")
    world.act_as(dora)
    with pytest.raises(Forbidden, match="emea"):
        units.remove_worker(*world.at, ana, "iberia")


REACHING = {
    "a person's role": lambda world, role, who: world.give(role, user=who, unit="emea", children=True),
    "a group's role": lambda world, role, who: world.give(role, group=world.group(who), unit="emea", children=True),
    "an individual permission": lambda world, role, who: individual.put(
        *world.at, who, [Entry(QUERY, "allow", unit="emea", children=True)]
    ),
    "the unit's own role": lambda world, role, who: world.give(role, principal_unit="apac"),
}


@pytest.mark.parametrize("grant", REACHING.values(), ids=REACHING.keys())
def test_who_moves_a_unit_may_give_what_reaches_it_there(world: World, grant: Any) -> None:
    """What people above have below them, and what they find in the unit: else one moves it under one's friends."""
    dora, friend = world.user("dora", home="root"), world.user("friend", home="emea")
    world.give(world.role("Mover", "settings.units.edit"), user=dora)
    world.act_as(dora)
    assert unit_moves.move_unit(*world.at, "dach", "apac").parent == "apac", "nothing reaches it anywhere"
    world.as_program()
    grant(world, world.role("Asking", QUERY), friend)
    world.act_as(dora)
    for attempt in (unit_moves.plan_move, unit_moves.move_unit):
        with pytest.raises(Forbidden, match="you may not move this unit there"):
            attempt(*world.at, "apac", "emea")
    world.as_program()
    world.give(world.role("Giver", "account.roles.assign"), user=dora)
    world.act_as(dora)
    with pytest.raises(Forbidden, match=f"you do not hold {QUERY}"):
        unit_moves.move_unit(*world.at, "apac", "emea")
    world.as_program()
    world.give("Asking", user=dora)
    world.act_as(dora)
    assert unit_moves.move_unit(*world.at, "apac", "emea").parent == "emea"


def test_who_sets_what_conditions_ask_about_may_give_what_they_let_through(world: World) -> None:
    """For somebody who is there and for somebody new; what no condition asks about is set as before."""
    document = profiles.document_of(*world.at) | {"version": "2"}
    department = f"{ENTERPRISE}:department"
    document["subject_attributes"] = [
        {"name": "dept", "type": "string", "path": department},
        {"name": "division", "type": "string", "path": f"{ENTERPRISE}:division"},
    ]
    profiles.register(*world.at, document)
    dora = a_delegate(world)
    reports = world.role("Reports", QUERY, when='subject.dept eq "Finance" or resource.region eq "subject.division"')
    ana = users.create_user(*world.at, {"user_name": "ana", "home_unit": "iberia"}).id
    world.give(reports, user=ana, unit="iberia")

    def attempts() -> list[Any]:
        finance = {ENTERPRISE: {"department": "Finance"}}
        return [
            lambda: users.change_user(*world.at, ana, {"attributes": finance}),
            lambda: users.create_user(*world.at, {"user_name": "new", "home_unit": "dach", "attributes": finance}),
        ]

    world.act_as(dora)
    for attempt in attempts():
        with pytest.raises(Forbidden, match=f"dept: you do not hold {QUERY}"), world.session.savepoint():
            attempt()
    assert not world.may(ana, QUERY)
    assert users.change_user(*world.at, ana, {"attributes": {ENTERPRISE: {"division": "x"}}, "display_name": "Ana"})
    world.as_program()
    world.give(world.role("Asking", QUERY), user=dora)
    world.act_as(dora)
    for attempt in attempts():
        assert attempt()
