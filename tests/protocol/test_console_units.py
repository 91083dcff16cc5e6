"""/console/units: the tree, one unit with all that hangs on it, and units made, renamed, moved and deleted."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.db import Database
from app.services import assignments, data_filters, profiles, units
from app.services.giving import Giving
from tests.protocol.browser import form_of, led_to
from tests.protocol.console_world import ConsoleWorld, text_of
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SPANISH = {"Accept-Language": "es"}


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own, with EMEA > Iberia, and the Americas."""
    world = ConsoleWorld(app, database)
    with database.writing() as session:
        units.create_unit(session, world.account_id, "emea", "EMEA")
        units.create_unit(session, world.account_id, "iberia", HOSTILE, "emea")
        units.create_unit(session, world.account_id, "amer", "Americas")
    return world


def id_of(world: ConsoleWorld, key: str) -> str:
    with world.database.reading() as session:
        return units.get_unit(session, world.account_id, key).id


def give(world: ConsoleWorld, role: str, unit: str, *, children: bool = False) -> None:
    """A role, for whoever works in a unit."""
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, Giving(role, principal_unit=unit, children=children))


class TestLooking:
    """What there is."""

    def test_the_tree_counts_people_and_roles(self, world: ConsoleWorld) -> None:
        person, worker = world.push(), world.push()
        with world.database.writing() as session:
            units.set_home(session, world.account_id, person, "iberia")
            units.add_worker(session, world.account_id, worker, "emea")
        page = world.console.open("/console/units")
        told = text_of(page.text)
        assert re.search(r"iberia 1 person at home", told)
        assert re.search(r"EMEA emea 1 by a membership", told)
        assert "<script>alert" not in page.text
        assert "1 persona adscrita" in text_of(world.console.open("/console/units", headers=SPANISH).text)

    def test_a_unit_tells_roles_of_its_own_and_forced_ones(self, world: ConsoleWorld) -> None:
        give(world, "Viewer", "emea", children=True)
        give(world, "Analyst", "iberia")
        give(world, "Marketer", "emea")
        page = text_of(world.console.open(f"/console/units/{id_of(world, 'iberia')}").text)
        assert re.search(r"Viewer forced on units below from emea", page)
        assert re.search(r"Analyst by hand", page)
        roles = page.partition("Roles of the unit")[2].partition("Give the unit this role")[0]
        assert "Marketer by hand" not in roles

    def test_who_works_here_is_told_with_every_reason(self, world: ConsoleWorld) -> None:
        person = world.push("ana@acme.example")
        with world.database.writing() as session:
            units.add_worker(session, world.account_id, person, "emea", children=True)
        page = text_of(world.console.open(f"/console/units/{id_of(world, 'emea')}").text)
        assert "ana@acme.example here and below by hand" in page

    def test_data_filters_of_the_way_are_shown(self, world: ConsoleWorld) -> None:
        with world.database.writing() as session:
            kinds = profiles.show(session, world.account_id)[1].item_kinds
            kind = next(one for one in kinds.values() if one.records and one.attributes)
            attribute = next(name for name, type in kind.attributes.items() if type == "string")
            data_filters.set_filter(session, world.account_id, kind.name, f'{attribute} eq "x"', unit="emea")
        page = world.console.open(f"/console/units/{id_of(world, 'iberia')}")
        assert f"{attribute} eq &#34;x&#34;" in page.text

    def test_units_of_other_accounts_are_not_there(self, world: ConsoleWorld) -> None:
        """M-1."""
        other = ConsoleWorld(world.app, world.database)
        with other.database.writing() as session:
            theirs = units.create_unit(session, other.account_id, "theirs", "Theirs").id
        assert "theirs" not in world.console.open("/console/units").text
        for rest in ("", "/edit", "/move", "/delete"):
            assert world.console.open(f"/console/units/{theirs}{rest}").status_code == 404, rest
        for rest in ("/edit", "/move", "/delete"):
            assert world.console.send(f"/console/units/{theirs}{rest}", parent="emea").status_code in (404, 422), rest

    @pytest.mark.parametrize(("path", "most"), [("/console/units", 9), ("/console/units/emea", 24)])
    def test_pages_ask_the_database_a_bounded_number_of_times(self, world: ConsoleWorld, path: str, most: int) -> None:
        """However many units and people there are."""
        with world.database.writing() as session:
            for number in range(12):
                units.create_unit(session, world.account_id, f"u{number}", f"Unit {number}", "emea")
        for _ in range(12):
            person = world.push()
            with world.database.writing() as session:
                units.add_worker(session, world.account_id, person, "emea")
        world.console.open(path)
        with counted(world.database.engine) as asked:
            assert world.console.open(path).status_code == 200
        assert len(asked) <= most, "\n".join(asked)


class TestChanging:
    """Made, renamed, moved, deleted."""

    def test_a_unit_is_made_below_another(self, world: ConsoleWorld) -> None:
        emea = id_of(world, "emea")
        page = world.console.open(f"/console/units/new?parent={emea}")
        answer = world.console.submit(page, "/console/units/new", key="dach", name="DACH", parent=emea)
        assert led_to(answer).endswith("done=unit_made")
        with world.database.reading() as session:
            assert units.get_unit(session, world.account_id, "dach").parent == "emea"

    def test_a_wrong_key_is_told_beside_what_was_typed(self, world: ConsoleWorld) -> None:
        page = world.console.send("/console/units/new", key="Not a key", name="What I typed")
        assert page.status_code == 422
        assert form_of(page, "/console/units/new")["name"] == "What I typed"
        taken = world.console.send("/console/units/new", key="emea", name="X")
        assert taken.status_code == 409

    def test_name_and_key_are_changed(self, world: ConsoleWorld) -> None:
        path = f"/console/units/{id_of(world, 'emea')}"
        answer = world.console.send(f"{path}/edit", name="Europe", key="europe")
        page = world.console.open(led_to(answer))
        assert "Europe europe" in text_of(page.text)
        assert "Business unit changed" in page.text
        assert world.console.send(f"{path}/edit", name="", key="europe").status_code == 422

    def test_moving_is_seen_before_it_is_done(self, world: ConsoleWorld) -> None:
        """In numbers and names; then it is done, and nothing before."""
        give(world, "Viewer", "amer", children=True)
        person = world.push("ana@acme.example")
        with world.database.writing() as session:
            units.set_home(session, world.account_id, person, "iberia")
        iberia, amer = id_of(world, "iberia"), id_of(world, "amer")
        page = world.console.open(f"/console/units/{iberia}/move?parent={amer}")
        told = text_of(page.text)
        assert "iberia: from emea to amer" in told
        assert re.search(r"people gain something ?1 ?people lose something ?0", told)
        assert "ana@acme.example" in told
        with world.database.reading() as session:
            assert units.get_unit(session, world.account_id, "iberia").parent == "emea"
        answer = world.console.send(f"/console/units/{iberia}/move", parent=amer)
        assert led_to(answer).endswith("done=unit_moved")
        with world.database.reading() as session:
            assert units.get_unit(session, world.account_id, "iberia").parent == "amer"

    def test_a_circle_is_refused_in_the_form(self, world: ConsoleWorld) -> None:
        emea, iberia = id_of(world, "emea"), id_of(world, "iberia")
        for page in (
            world.console.open(f"/console/units/{emea}/move?parent={iberia}"),
            world.console.send(f"/console/units/{emea}/move", parent=iberia),
        ):
            assert page.status_code == 422
            assert "iberia is below emea" in page.text

    def test_a_unit_in_use_stays_and_says_what_hangs_on_it(self, world: ConsoleWorld) -> None:
        person = world.push()
        with world.database.writing() as session:
            units.set_home(session, world.account_id, person, "emea")
        path = f"/console/units/{id_of(world, 'emea')}/delete"
        told = text_of(world.console.open(path).text)
        assert "1 units below it" in told
        assert "1 people at home in it" in told
        assert world.console.send(path).status_code == 409
        assert "personas adscritas" in world.console.open(path, headers=SPANISH).text

    def test_an_empty_unit_is_deleted(self, world: ConsoleWorld) -> None:
        path = f"/console/units/{id_of(world, 'amer')}"
        page = world.console.open(f"{path}/delete")
        assert led_to(world.console.submit(page, f"{path}/delete")) == "/console/units?done=unit_deleted"
        assert world.console.open(path).status_code == 404

    def test_a_role_for_the_unit_is_given_where_its_consequences_are_shown(self, world: ConsoleWorld) -> None:
        emea = id_of(world, "emea")
        answer = world.console.open(f"/console/units/{emea}/give?role=Viewer")
        page = world.console.open(led_to(answer))
        assert re.search(rf'<option value="{emea}" selected>', page.text)
        assert re.search(r'name="kind" value="unit" checked', page.text)

    def test_a_delegate_changes_no_unit_that_is_not_theirs(self, world: ConsoleWorld) -> None:
        delegate = world.push()
        world.gives("Administrator", delegate, unit="amer", children=True)
        browser = world.signed_in(delegate)
        page = browser.open("/console/units")
        assert page.status_code == 200
        emea = id_of(world, "emea")
        assert "History" not in browser.open(f"/console/units/{emea}").text
        refused = browser.send(f"/console/units/{emea}/edit", name="Mine")
        assert refused.status_code == 403
        assert form_of(refused, f"/console/units/{emea}/edit")["name"] == "Mine"
