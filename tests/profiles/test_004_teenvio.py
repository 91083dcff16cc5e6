"""Profiles and permissions on elements: what the profile's source says, statement by statement."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from app import audit
from app.db import Database
from app.services import accounts, assignments, default_roles, groups, item_changes, items, profiles, roles, users
from app.services.errors import Forbidden
from app.services.item_changes import Selection
from app.services.item_defaults import set_defaults
from app.services.role_statements import StatementChange
from tests.builders import a_giving
from tests.profiles.world import World, a_world

OPEN = {"owner": "modify", "group": "modify", "rest": "modify"}
TYPES = {
    "contact": "contacts.people",
    "contact_group": "contacts.groups",
    "piece": "pieces.designs",
    "form": "forms.subscription",
}
"""Types of elements with the section in which they are listed and managed."""
SECTIONS = {
    "Account Manager": "account",
    "Contacts": "contacts",
    "Email-new": "sends.email-new",
    "Email-stats": "sends.email-stats",
    "Spam": "sends.spam",
    "SMS-new": "sends.sms-new",
    "SMS-stats": "sends.sms-stats",
    "Designer": "pieces",
    "Forms": "forms",
    "Tools": "tools.settings",
    "API": "tools.api",
    "Sender": "tools.senders",
}
"""What each profile opens, apart from the two that open everything and nothing."""


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    """An account with the users of the seven examples, two departments, and elements of the administrator."""
    return a_world(database, "teenvio")


def acting(trial: World, user: str) -> None:
    """From now on this person acts in the trial."""
    session, _ = trial.here
    person = users.get_user(*trial.here, user)
    audit.begin(session, audit.Actor("person", person.id, person.user_name))


def somebody(trial: World, name: str, *profiles: str) -> str:
    """A new user with these profiles."""
    users.create_user(*trial.here, {"user_name": name, "roles": list(profiles)})
    return name


def a_piece(trial: World, id: str, owner: str, **facts: object) -> str:
    items.register(*trial.here, {"type": "piece", "id": id, "owner": owner} | facts)
    return id


# A company of workers, categories of workers, work groups and working material


def test_the_company_of_the_simile(database: Database, tmp_path: Path) -> None:
    """Cleaners enter all rooms and clean everything but computers; clerks enter the offices and use only computers.

    Two groups of clerks, hired ones and trainees, have the same category and each work apart from the other.
    """
    with database.write_session() as session:
        account = accounts.create_account(session, "The company of the simile", "email-marketing").id
        file = tmp_path / "company.yaml"
        file.write_text(COMPANY, encoding="utf-8")
        profiles.load(session, account, str(file))
        company = World(database, account, profiles.show(session, account)[1], session)
        here = company.here
        for name, category in (("limpia", "Cleaning"), ("paula", "Clerk"), ("toni", "Clerk"), ("tere", "Clerk")):
            users.create_user(*here, {"user_name": name, "roles": [category]})
        assert company.all_of("limpia") == company.nodes("rooms", "cleaning") - {"cleaning.computers"}
        assert company.all_of("paula") == {"rooms.offices", "work.computers"}
        for group, members in (("Hired clerks", ["paula"]), ("Trainee clerks", ["toni", "tere"])):
            groups.add_members(*here, groups.create_group(*here, {"display_name": group}).id, members, ())
        apart = {"owner": "modify", "group": "modify", "rest": "forbidden"}
        for owner, group in (("paula", "Hired clerks"), ("toni", "Trainee clerks")):
            desk = {"type": "computer", "id": f"of-{owner}", "owner": owner, "owner_group": group, "levels": apart}
            items.register(*here, desk)
        assert company.may_on("tere", "work.computers", "computer", "of-toni")
        assert not company.may_on("tere", "work.computers", "computer", "of-paula")
        assert not company.may_on("paula", "work.computers", "computer", "of-toni")
        session.rollback()


COMPANY = """
name: company
title: {en: A company, es: Una empresa}
description: {en: The simile, es: El símil}
tabs:
  - key: rooms
    title: {en: Rooms, es: Instalaciones}
    sections:
      - key: rooms.all
        title: {en: Rooms, es: Instalaciones}
        permissions:
          - {key: rooms.offices, operation: reads, title: {en: Offices, es: Oficinas}, description: {en: o, es: p}}
          - {key: rooms.warehouse, operation: reads, title: {en: Store, es: Almacén}, description: {en: o, es: p}}
  - key: cleaning
    title: {en: Cleaning, es: Limpieza}
    sections:
      - key: cleaning.all
        title: {en: Cleaning, es: Limpieza}
        permissions:
          - {key: cleaning.desks, operation: modifies, title: {en: Desks, es: Mesas}, description: {en: o, es: p}}
          - {key: cleaning.copiers, operation: modifies, title: {en: Copiers, es: Copias}, description: {en: o, es: p}}
          - {key: cleaning.computers, operation: modifies, title: {en: PCs, es: PC}, description: {en: o, es: p}}
  - key: work
    title: {en: Work, es: Trabajo}
    sections:
      - key: work.all
        title: {en: Work, es: Trabajo}
        permissions:
          - key: work.computers
            operation: modifies
            title: {en: Work with computers, es: Trabajar con ordenadores}
            description: {en: Use a computer, es: Usar un ordenador}
            item_types: [computer]
item_types:
  - {name: computer, title: {en: Computer, es: Ordenador}, inventory: held, levels: true}
roles:
  - {name: Head, title: {en: Head, es: Jefa}, description: {en: Head, es: Jefa}, owner: true}
  - name: Cleaning
    title: {en: Cleaning, es: Limpieza}
    description: {en: Cleans, es: Limpia}
    allow: [rooms, cleaning]
    deny: [cleaning.computers]
  - name: Clerk
    title: {en: Clerk, es: Administrativo}
    description: {en: Works with computers, es: Trabaja con ordenadores}
    allow: [rooms.offices, work]
"""


# Users


def test_only_administrators_create_users(world: World) -> None:
    """The administrator may; the others of the examples may not, whatever their profiles."""
    with world.trying() as trial:
        acting(trial, "admin")
        users.create_user(*trial.here, {"user_name": "nuevo"})
        for user in ("ejemplo1", "ejemplo3", "ejemplo4", "ejemplo5"):
            acting(trial, user)
            with pytest.raises(Forbidden):
                users.create_user(*trial.here, {"user_name": "otro"})


def test_no_role_of_the_accounts_own_creates_or_administers_users(world: World) -> None:
    """Every permission together is not Administrator: nobody is created, changed, given or taken a profile."""
    with world.trying() as trial:
        roles.create_role(*trial.here, "Everything", "", [StatementChange("*", "allow")])
        somebody(trial, "todo", "Everything")
        assert trial.all_of("todo") >= world.nodes("users")
        acting(trial, "todo")
        for attempt in (
            lambda: users.create_user(*trial.here, {"user_name": "otro"}),
            lambda: users.change_user(*trial.here, "ejemplo1", {"active": False}),
            lambda: users.delete_user(*trial.here, "ejemplo1"),
            lambda: assignments.assign(*trial.here, a_giving("Forms", "ejemplo1")),
            lambda: assignments.unassign(*trial.here, a_giving("Designer", "ejemplo1")),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_a_new_user_without_chosen_profiles_gets_all_but_two(world: World) -> None:
    """All except Administrator and Account Manager; those who are chosen profiles get just these."""
    with world.trying() as trial:
        expected = {role.name for role in roles.list_roles(*trial.here)} - {"Administrator", "Account Manager"}
        assert {role.name for role in default_roles.get_default_roles(*trial.here)} == expected
        users.create_user(*trial.here, {"user_name": "sin-elegir"})
        every = world.nodes("contacts", "sends", "pieces", "forms", "tools", "elements.common")
        assert trial.all_of("sin-elegir") == every
        somebody(trial, "con-elegir", "Spam")
        assert trial.all_of("con-elegir") == world.nodes("sends.spam")


# Profiles


def test_there_are_fourteen_predefined_profiles(world: World) -> None:
    """All of them come with the account and are locked."""
    with world.trying() as trial:
        found = {role.name for role in roles.list_roles(*trial.here) if role.is_default}
    assert found == {"Administrator", "User", *SECTIONS}


def test_a_user_has_one_or_several_profiles(world: World) -> None:
    """Several together give what each gives."""
    with world.trying() as trial:
        somebody(trial, "uno", "Spam")
        somebody(trial, "varios", "Spam", "Forms", "Tools")
        assert trial.all_of("uno") == world.nodes("sends.spam")
        assert trial.all_of("varios") == world.nodes("sends.spam", "forms", "tools.settings")


def test_a_profile_is_a_work_group_too(world: World) -> None:
    """Elements may belong to a profile; whoever has it is of the group."""
    with world.trying() as trial:
        levels = {"owner": "modify", "group": "modify", "rest": "forbidden"}
        a_piece(trial, "del-perfil", "admin", owner_group="role:Designer", levels=levels)
        assert trial.may_on("ejemplo2", "pieces.designs.edit", "piece", "del-perfil")
        somebody(trial, "sin-perfil", "User")
        role = roles.create_role(*trial.here, "Otras piezas", "", [StatementChange("pieces", "allow")]).role.name
        assignments.assign(*trial.here, a_giving(role, "sin-perfil"))
        assert trial.why_not("sin-perfil", "pieces.designs.edit", "piece", "del-perfil") == "item_level"


def test_administrator_has_all_sections_and_all_elements(world: World) -> None:
    """Whoever made them, and whatever their levels are."""
    assert world.all_of("admin") | {"profile.view", "profile.edit"} == set(world.catalogue.permissions)
    with world.trying() as trial:
        closed = {"owner": "modify", "group": "forbidden", "rest": "forbidden"}
        for action in ("list", "edit", "delete"):
            id = a_piece(trial, f"cerrada-{action}", "ejemplo2", levels=closed)
            assert trial.may_on("admin", f"pieces.designs.{action}", "piece", id)


def test_administrator_is_for_the_first_user(world: World) -> None:
    """Whoever opens the account gets this profile."""
    with world.trying() as trial:
        session = trial.here[0]
        account = accounts.create_account(session, "Plan nuevo", "teenvio").id
        accounts.create_owner(session, account, "primera")
        first = World(world.database, account, world.catalogue, session)
        assert first.may("primera", "elements.all.manage")
        assert first.may("primera", "users.people.manage")


def test_user_opens_no_section_and_reaches_common_elements(world: World) -> None:
    """By itself it gives no section; with one, the elements of others become reachable."""
    with world.trying() as trial:
        somebody(trial, "solo", "User")
        assert trial.all_of("solo") == {"elements.common.use"}
        assert not trial.may_on("solo", "pieces.designs.list", "piece", "bienvenida")
        assignments.assign(*trial.here, a_giving("Designer", "solo"))
        assert trial.may_on("solo", "pieces.designs.list", "piece", "bienvenida")
        assert trial.may_on("solo", "pieces.designs.edit", "piece", "bienvenida")


@pytest.mark.parametrize(("profile", "node"), SECTIONS.items())
def test_each_profile_opens_its_section_and_no_other(world: World, profile: str, node: str) -> None:
    """One line for each profile."""
    with world.trying() as trial:
        somebody(trial, "una", profile)
        assert trial.all_of("una") == world.nodes(node)


def test_account_manager_contracts_and_sees_billing(world: World) -> None:
    """Contracting, billing details, invoices and orders."""
    expected = {"account.contracts.manage", "account.billing.details", "account.billing.invoices"}
    assert expected | {"account.billing.orders"} == world.nodes("account")


def test_contacts_imports_and_lists_as_far_as_elements_permit(world: World) -> None:
    """Importing is free; what is listed depends on each contact and group."""
    with world.trying() as trial:
        somebody(trial, "c", "Contacts", "User")
        assert trial.may_on("c", "contacts.people.import", "contact", "not-yet-there")
        assert trial.may_on("c", "contacts.people.list", "contact", "cliente-1")
        items.change(*trial.here, "contact", "cliente-1", {"levels": OPEN | {"rest": "forbidden"}})
        assert trial.why_not("c", "contacts.people.list", "contact", "cliente-1") == "item_level"


def test_email_new_launches_choosing_groups_and_pieces(world: World) -> None:
    """It does just that: no statistics, no lists of contacts, no pieces to edit."""
    with world.trying() as trial:
        somebody(trial, "e", "Email-new", "User")
        assert trial.may_on("e", "sends.email-new.choose-groups", "contact_group", "clientes")
        assert trial.may_on("e", "sends.email-new.choose-pieces", "piece", "bienvenida")
        assert trial.may_on("e", "sends.email-new.launch", "email_send", "not-yet-there")
        assert not trial.may_on("e", "sends.email-stats.list", "email_send", "envio-1")
        assert not trial.may_on("e", "contacts.groups.list", "contact_group", "clientes")
        assert not trial.may_on("e", "pieces.designs.list", "piece", "bienvenida")


def test_email_stats_sees_sends_as_far_as_they_permit_and_compares(world: World) -> None:
    """The list, statistics, and comparisons; nothing is launched."""
    with world.trying() as trial:
        somebody(trial, "s", "Email-stats", "User")
        assert trial.may_on("s", "sends.email-stats.statistics", "email_send", "envio-1")
        assert trial.may("s", "sends.email-stats.compare")
        assert not trial.may("s", "sends.email-new.launch")
        items.change(*trial.here, "email_send", "envio-1", {"levels": OPEN | {"rest": "forbidden"}})
        assert not trial.may_on("s", "sends.email-stats.list", "email_send", "envio-1")


def test_spam_only_runs_tests_and_sees_their_results(world: World) -> None:
    """Both of it, and no other part of the sends."""
    with world.trying() as trial:
        somebody(trial, "filtro", "Spam")
        assert trial.may("filtro", "sends.spam.test")
        assert trial.may("filtro", "sends.spam.results")
        assert not trial.may("filtro", "sends.email-new.launch")
        assert not trial.may_on("filtro", "sends.email-stats.list", "email_send", "envio-1")


def test_sms_new_launches_choosing_groups_and_writing_the_text(world: World) -> None:
    """Launching, groups as far as they permit, and the text; neither statistics nor replies, nor emails."""
    with world.trying() as trial:
        somebody(trial, "movil", "SMS-new", "User")
        items.register(*trial.here, {"type": "sms_send", "id": "sms-1", "owner": "admin", "levels": OPEN})
        assert trial.may_on("movil", "sends.sms-new.choose-groups", "contact_group", "clientes")
        assert trial.may("movil", "sends.sms-new.text")
        assert trial.may_on("movil", "sends.sms-new.launch", "sms_send", "not-yet-there")
        for action in ("list", "statistics", "replies"):
            assert trial.why_not("movil", f"sends.sms-stats.{action}", "sms_send", "sms-1") == "no_grant"
        assert not trial.may("movil", "sends.email-new.launch")
        assert not trial.may_on("movil", "contacts.groups.list", "contact_group", "clientes")
        items.change(*trial.here, "contact_group", "clientes", {"levels": OPEN | {"rest": "forbidden"}})
        assert trial.why_not("movil", "sends.sms-new.choose-groups", "contact_group", "clientes") == "item_level"


def test_designer_lists_creates_imports_and_manages_as_far_as_pieces_permit(world: World) -> None:
    """New pieces by hand or from a file; what is listed, changed and removed depends on each piece."""
    with world.trying() as trial:
        somebody(trial, "arte", "Designer", "User")
        for action in ("create", "import"):
            assert trial.may_on("arte", f"pieces.designs.{action}", "piece", "not-yet-there")
        for action in ("list", "edit", "delete"):
            assert trial.may_on("arte", f"pieces.designs.{action}", "piece", "bienvenida")
            assert trial.may_on("arte", f"pieces.designs.{action}", "piece", "aviso-legal") is (action == "list")
            assert trial.why_not("arte", f"pieces.designs.{action}", "piece", "borrador") == "item_level"
        assert not trial.may_on("arte", "sends.email-new.choose-pieces", "piece", "bienvenida")


def test_tools_administers_networks_files_and_advanced_configuration(world: World) -> None:
    """These three, and not the other parts of the tools: neither the API nor the senders."""
    with world.trying() as trial:
        somebody(trial, "taller", "Tools", "User")
        for part in ("social", "files", "advanced"):
            assert trial.may("taller", f"tools.settings.{part}")
        assert not trial.may("taller", "tools.api.access")
        assert not trial.may_on("taller", "tools.senders.create", "sender", "not-yet-there")


def test_sender_administers_senders_as_far_as_they_permit(world: World) -> None:
    """New ones, and those of others up to their level; no other part of the tools."""
    with world.trying() as trial:
        somebody(trial, "remite", "Sender", "User")
        items.register(*trial.here, {"type": "sender", "id": "boletin", "owner": "admin", "levels": OPEN})
        assert trial.may_on("remite", "tools.senders.create", "sender", "not-yet-there")
        for action in ("list", "edit"):
            assert trial.may_on("remite", f"tools.senders.{action}", "sender", "boletin")
        items.change(*trial.here, "sender", "boletin", {"levels": OPEN | {"rest": "read"}})
        assert trial.may_on("remite", "tools.senders.list", "sender", "boletin")
        assert trial.why_not("remite", "tools.senders.edit", "sender", "boletin") == "item_level"
        assert not any(trial.may("remite", f"tools.settings.{part}") for part in ("social", "files", "advanced"))
        assert not trial.may("remite", "tools.api.access")


def test_sms_stats_sees_replies(world: World) -> None:
    """The list of SMS sends, their statistics and the replies."""
    with world.trying() as trial:
        somebody(trial, "r", "SMS-stats", "User")
        items.register(*trial.here, {"type": "sms_send", "id": "sms-1", "owner": "admin", "levels": OPEN})
        for action in ("list", "statistics", "replies"):
            assert trial.may_on("r", f"sends.sms-stats.{action}", "sms_send", "sms-1")


def test_api_works_only_together_with_others(world: World) -> None:
    """Alone it lacks what each kind of work by API requires; with the profile for that work nothing is missing."""
    catalogue = world.catalogue
    with world.trying() as trial:
        somebody(trial, "robot", "API")
        alone = trial.all_of("robot")
        assert not alone - world.nodes("tools.api")
        assert set(catalogue.missing(alone)) == world.nodes("tools.api") - {"tools.api.access"}
        assert not trial.may_on("robot", "contacts.people.list", "contact", "cliente-1")
        for profile in ("Contacts", "User"):
            assignments.assign(*trial.here, a_giving(profile, "robot"))
        assert "tools.api.contacts" not in catalogue.missing(trial.all_of("robot"))
        assert "tools.api.sms" in catalogue.missing(trial.all_of("robot"))
        assert trial.may_on("robot", "contacts.people.list", "contact", "cliente-1")


# Custom groups


def test_a_custom_group_ties_elements_to_users(world: World) -> None:
    """Whoever is in the group reaches its elements as its level says; the others do not."""
    with world.trying() as trial:
        levels = {"owner": "modify", "group": "read", "rest": "forbidden"}
        a_piece(trial, "del-grupo", "marta", owner_group="group:Marketing", levels=levels)
        assert trial.may_on("mario", "pieces.designs.list", "piece", "del-grupo")
        assert not trial.may_on("mario", "pieces.designs.edit", "piece", "del-grupo")
        assert not trial.may_on("cora", "pieces.designs.list", "piece", "del-grupo")


# Permissions on elements


def test_every_kind_of_element_has_an_owner_a_group_and_permissions(world: World) -> None:
    """Contacts, groups, pieces, senders, sends, SMS sends and forms."""
    kinds = {kind.name for kind in world.catalogue.item_kinds.values() if kind.levels and kind.held}
    assert kinds == {"contact", "contact_group", "piece", "sender", "email_send", "sms_send", "form"}
    closed = {"owner": "modify", "group": "forbidden", "rest": "forbidden"}
    reading = {
        kind: next(one.key for one in world.catalogue if kind in one.item_types and one.operation == "reads")
        for kind in sorted(kinds)
    }
    with world.trying() as trial:
        every = [role.name for role in roles.list_roles(*trial.here) if role.name != "Administrator"]
        owner, other = somebody(trial, "duena", *every), somebody(trial, "resto", *every)
        for kind, permission in reading.items():
            items.register(*trial.here, {"type": kind, "id": "nuevo", "owner": owner, "levels": closed})
            assert trial.may_on(owner, permission, kind, "nuevo")
            assert trial.why_not(other, permission, kind, "nuevo") == "item_level"


def test_owner_and_group_come_from_whoever_creates_the_element(world: World) -> None:
    """What is set on the user decides whom a new element belongs to and what each may do with it."""
    with world.trying() as trial:
        set_defaults(
            *trial.here,
            ["ejemplo1"],
            ["piece"],
            owner_group="group:Marketing",
            levels={"owner": "modify", "group": "read", "rest": "forbidden"},
        )
        a_piece(trial, "nueva", "ejemplo1")
        made = items.get(*trial.here, "piece", "nueva")
        assert made.owner is not None
        assert made.owner_group is not None
        assert (made.owner.user_name, made.owner_group.name) == ("ejemplo1", "Marketing")
        assert [level.value for level in made.levels] == ["modify", "read", "forbidden"]


@pytest.mark.parametrize(("who", "level"), list(product(("owner", "group", "rest"), ("forbidden", "read", "modify"))))
def test_three_permissions_on_three_levels(world: World, who: str, level: str) -> None:
    """Owner, group and rest: each is forbidden, may read, or may read and modify, whatever the others are."""
    others = "forbidden" if level == "modify" else "modify"
    levels = dict.fromkeys(("owner", "group", "rest"), others) | {who: level}
    person = {"owner": "marta", "group": "mario", "rest": "cora"}[who]
    with world.trying() as trial:
        a_piece(trial, "nivel", "marta", owner_group="group:Marketing", levels=levels)
        assert trial.may_on(person, "pieces.designs.list", "piece", "nivel") is (level != "forbidden")
        assert trial.may_on(person, "pieces.designs.edit", "piece", "nivel") is (level == "modify")
        assert trial.may_on(person, "pieces.designs.delete", "piece", "nivel") is (level == "modify")


def test_the_first_class_that_fits_counts(world: World) -> None:
    """An owner who is in the group is judged as the owner, even where the group may do more."""
    with world.trying() as trial:
        levels = {"owner": "forbidden", "group": "modify", "rest": "modify"}
        a_piece(trial, "orden", "marta", owner_group="group:Marketing", levels=levels)
        assert not trial.may_on("marta", "pieces.designs.list", "piece", "orden")
        assert trial.may_on("mario", "pieces.designs.edit", "piece", "orden")


# The seven examples of configuration


def test_example_1_only_pieces(world: World) -> None:
    """User and Designer: works with pieces, also with those of others, and with nothing else."""
    assert world.all_of("ejemplo1") == world.nodes("pieces", "elements.common")
    for action in ("list", "edit", "delete"):
        assert world.may_on("ejemplo1", f"pieces.designs.{action}", "piece", "bienvenida")
    assert world.may_on("ejemplo1", "pieces.designs.list", "piece", "aviso-legal")
    assert not world.may_on("ejemplo1", "pieces.designs.edit", "piece", "aviso-legal")
    assert not world.may_on("ejemplo1", "pieces.designs.list", "piece", "borrador")


def test_example_2_only_the_own_pieces(world: World) -> None:
    """Designer alone: the own pieces, and none of others, however open those are."""
    assert world.all_of("ejemplo2") == world.nodes("pieces")
    for action in ("list", "edit", "delete"):
        assert world.may_on("ejemplo2", f"pieces.designs.{action}", "piece", "propia-2")
        assert world.why_not("ejemplo2", f"pieces.designs.{action}", "piece", "bienvenida") == "item_level"
    assert world.may_on("ejemplo2", "pieces.designs.create", "piece", "not-yet-there")


def test_example_3_only_contacts_and_groups(world: World) -> None:
    """User and Contacts: manages contacts and groups."""
    assert world.all_of("ejemplo3") == world.nodes("contacts", "elements.common")
    for section, type, id in (("people", "contact", "cliente-1"), ("groups", "contact_group", "clientes")):
        for action in ("list", "edit", "delete"):
            assert world.may_on("ejemplo3", f"contacts.{section}.{action}", type, id)


def test_example_4_only_contracts_invoices_and_orders(world: World) -> None:
    """Account Manager: the section of the account, and nothing else."""
    assert world.all_of("ejemplo4") == world.nodes("account")


def test_example_5_sends_and_statistics_without_contacts(world: World) -> None:
    """Email-stats, Email-new and User: launches and reads statistics, and sees no contact."""
    assert world.all_of("ejemplo5") == world.nodes("sends.email-new", "sends.email-stats", "elements.common")
    assert world.may_on("ejemplo5", "sends.email-new.choose-groups", "contact_group", "clientes")
    assert world.may_on("ejemplo5", "sends.email-stats.statistics", "email_send", "envio-1")
    assert not world.may_on("ejemplo5", "contacts.people.list", "contact", "cliente-1")
    assert not world.may_on("ejemplo5", "contacts.groups.list", "contact_group", "clientes")


def test_example_6_only_statistics_without_contacts(world: World) -> None:
    """Email-stats and User: reads statistics, launches nothing, and sees no contact."""
    assert world.all_of("ejemplo6") == world.nodes("sends.email-stats", "elements.common")
    assert world.may_on("ejemplo6", "sends.email-stats.statistics", "email_send", "envio-1")
    assert not world.may("ejemplo6", "sends.email-new.launch")
    assert not world.may_on("ejemplo6", "contacts.people.list", "contact", "cliente-1")


def test_example_7_creates_and_administers_users(world: World) -> None:
    """Administrator: adds users, gives them profiles, and changes them."""
    with world.trying() as trial:
        acting(trial, "ejemplo7")
        users.create_user(*trial.here, {"user_name": "otra", "roles": ["Designer"]})
        assignments.assign(*trial.here, a_giving("User", "otra"))
        users.change_user(*trial.here, "otra", {"display_name": "Otra"})
        assert trial.all_of("otra") == world.nodes("pieces", "elements.common")


# Two departments in one account


@pytest.mark.parametrize("type", TYPES)
def test_departments_work_apart_from_each_other(world: World, type: str) -> None:
    """What one makes belongs to its department: colleagues reach it, the other department does not."""
    section = TYPES[type]
    with world.trying() as trial:
        for user in ("marta", "mario", "cora", "cesar"):
            assignments.assign(*trial.here, a_giving("Forms", user))
        items.register(*trial.here, {"type": type, "id": "de-marta", "owner": "marta"})
        items.register(*trial.here, {"type": type, "id": "de-cora", "owner": "cora"})
        for action in ("list", "edit"):
            assert trial.may_on("mario", f"{section}.{action}", type, "de-marta")
            assert trial.may_on("cesar", f"{section}.{action}", type, "de-cora")
            for user, other in (("cora", "marta"), ("cesar", "marta"), ("marta", "cora"), ("mario", "cora")):
                assert trial.why_not(user, f"{section}.{action}", type, f"de-{other}") == "item_level"


def test_departments_have_their_own_sends(world: World) -> None:
    """Sends and their statistics are kept apart as well, and so are the groups that one may send to."""
    with world.trying() as trial:
        items.register(*trial.here, {"type": "email_send", "id": "envio-m", "owner": "marta"})
        items.register(*trial.here, {"type": "contact_group", "id": "grupo-m", "owner": "marta"})
        assert trial.may_on("mario", "sends.email-stats.statistics", "email_send", "envio-m")
        assert not trial.may_on("cora", "sends.email-stats.statistics", "email_send", "envio-m")
        assert trial.may_on("mario", "sends.email-new.choose-groups", "contact_group", "grupo-m")
        assert not trial.may_on("cora", "sends.email-new.choose-groups", "contact_group", "grupo-m")


def test_older_elements_are_dealt_out_in_one_go(world: World) -> None:
    """Selected in the list, given to a department with its permissions: shown before, and done for all at once."""
    with world.trying() as trial:
        assert trial.may_on("cora", "pieces.designs.edit", "piece", "antigua-1")
        chosen = Selection(filter='type eq "piece" and name sw "Pieza antigua" and not (id eq "antigua-3")')
        levels = {"owner": "modify", "group": "modify", "rest": "forbidden"}
        changes = {"owner_group": "group:Marketing", "levels": levels}
        plan = item_changes.preview(*trial.here, chosen, changes)
        assert trial.may_on("cora", "pieces.designs.edit", "piece", "antigua-1")
        item_changes.apply(*trial.here, chosen, changes, plan.token)
        for id in ("antigua-1", "antigua-2"):
            assert trial.may_on("mario", "pieces.designs.edit", "piece", id)
            assert not trial.may_on("cora", "pieces.designs.list", "piece", id)
        assert trial.may_on("cora", "pieces.designs.edit", "piece", "antigua-3")


def test_only_the_administrator_reaches_both_departments(world: World) -> None:
    """And configures the permissions of what either of them made."""
    with world.trying() as trial:
        for user in ("marta", "cora"):
            a_piece(trial, f"de-{user}", user)
            assert trial.may_on("admin", "pieces.designs.edit", "piece", f"de-{user}")
        acting(trial, "ejemplo1")
        with pytest.raises(Forbidden):
            items.change(*trial.here, "piece", "de-marta", {"levels": OPEN})
        acting(trial, "admin")
        items.change(*trial.here, "piece", "de-marta", {"levels": OPEN})
        assert trial.may_on("cora", "pieces.designs.edit", "piece", "de-marta")
