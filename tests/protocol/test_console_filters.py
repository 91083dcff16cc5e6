"""/console/filters: which records people see; set, changed, removed, and tried on a record, for units and roles."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import Database
from app.services import data_filters, grants, profiles, units
from tests.protocol.browser import led_to
from tests.protocol.console_world import ConsoleWorld, cells_of, confirms, sees, text_of
from tests.protocol.test_query_counts import counted

PATH = "/console/filters"
HOSTILE = "<script>alert(1)</script>"
SPANISH = {"Accept-Language": "es"}


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own, with EMEA > Iberia."""
    world = ConsoleWorld(app, database)
    with database.writing() as session:
        units.create_unit(session, world.account_id, "emea", "EMEA")
        units.create_unit(session, world.account_id, "iberia", "Iberia", "emea")
    return world


def kind_of(world: ConsoleWorld) -> tuple[str, dict[str, str]]:
    """A type of records of the account, and its attributes by their types."""
    with world.database.reading() as session:
        kinds = profiles.show(session, world.account_id)[1].item_kinds.values()
    found = next(one for one in kinds if one.records and one.attributes)
    return found.name, {type.value: name for name, type in found.attributes.items()}


def a_filter(world: ConsoleWorld, text: str | None = None, unit: str = "emea") -> str:
    """Set on a unit; its id."""
    kind, by_type = kind_of(world)
    with world.database.writing() as session:
        said = text or f'{by_type["string"]} eq "ES"'
        return data_filters.set_filter(session, world.account_id, kind, said, unit=unit).id


def id_in(answer: TestResponse) -> str:
    return led_to(answer).partition("?")[0].rpartition("/")[2]


class TestSetting:
    """On a unit, on a role that is given."""

    def test_a_filter_is_set_changed_and_removed(self, world: ConsoleWorld) -> None:
        """With what holds together with the units above, before anything is done."""
        kind, by_type = kind_of(world)
        name = by_type["string"]
        a_filter(world, f'{name} sw "E"')
        given = {"type": kind, "unit": "iberia", "filter": f'{name} eq "ES"'}
        told = text_of(sees(world.console, f"{PATH}/new", **given).text)
        assert "It holds in 1 business units" in told
        assert f'{name} sw "E"' in told
        assert len(cells_of(world.console.open(PATH))) == 1
        id = id_in(confirms(world.console, f"{PATH}/new", **given))
        assert f'{name} eq "ES"' in html.unescape(world.console.open(f"{PATH}/{id}").text)
        changed = {"filter": f'{name} eq "PT"', "reason": "Moved"}
        id = id_in(confirms(world.console, f"{PATH}/{id}/edit", **changed))
        assert "PT" in text_of(world.console.open(f"{PATH}/{id}").text)
        assert [row[2] for row in cells_of(world.console.open(f"{PATH}?q=PT"))] == [f'{name} eq "PT"']
        told = text_of(sees(world.console, f"{PATH}/{id}/delete").text)
        assert "see more records" in told
        confirms(world.console, f"{PATH}/{id}/delete")
        assert world.console.open(f"{PATH}/{id}").status_code == 404
        actions = [one.action for one in world.events() if one.action.startswith("filter.")]
        assert actions == ["filter.set", "filter.set", "filter.set", "filter.cleared"]

    def test_one_narrows_what_a_role_gives_somebody(self, world: ConsoleWorld) -> None:
        """It is begun at the role or the person, and shown on both their pages."""
        ana = world.push("ana@acme.example")
        world.gives("Marketer", ana)
        kind, by_type = kind_of(world)
        with world.database.reading() as session:
            [given] = grants.of_user(session, world.account_id, ana).grants
        new = f"{PATH}/new?assignment={given.id}"
        for path in (f"/console/people/{ana}/access", f"/console/roles/{given.role_id}/holders"):
            assert f'href="{new}"' in world.console.open(path).text, path
        assert "given to ana@acme.example" in text_of(world.console.open(new).text)
        said = f'{by_type["string"]} eq "ES"'
        confirms(world.console, f"{PATH}/new", type=kind, assignment=given.id, filter=said)
        for path in (f"/console/people/{ana}/access", f"/console/roles/{given.role_id}/holders"):
            told = world.console.open(path).text
            assert said in html.unescape(told), path
            assert f'href="{PATH}/' in told
        [row] = cells_of(world.console.open(f"{PATH}?of=role"))
        assert row[1] == "Role Marketer given to ana@acme.example"

    def test_what_is_wrong_stands_beside_its_field(self, world: ConsoleWorld) -> None:
        """In the reader's language where it is ours; nothing typed is lost."""
        kind, _ = kind_of(world)
        page = world.console.send(f"{PATH}/new", type=kind, unit="emea", filter=f'nothing eq "{HOSTILE}"')
        assert page.status_code == 422
        assert re.search(r'id="filter-problem"[^>]*>', page.text)
        assert HOSTILE not in page.text
        assert HOSTILE in html.unescape(page.text)
        empty = world.console.send(f"{PATH}/new", type=kind, unit="", filter="")
        assert (empty.status_code, empty.text.count('role="alert"')) == (422, 2)
        data = {"form_token": world.console.token(), "type": kind, "unit": "", "filter": ""}
        spanish = world.console.open(f"{PATH}/new", "POST", "same-origin", headers=SPANISH, data=data)
        assert "Elija una unidad de negocio." in spanish.text

    def test_filters_that_contradict_are_told_before(self, world: ConsoleWorld) -> None:
        kind, by_type = kind_of(world)
        a_filter(world)
        said = f'{by_type["string"]} eq "FR"'
        told = sees(world.console, f"{PATH}/new", type=kind, unit="iberia", filter=said).text
        assert 'class="problem"' in told.partition('id="consequences"')[2]


class TestTrying:
    """A record, filled in."""

    def test_a_record_is_tried_while_the_filter_is_written(self, world: ConsoleWorld) -> None:
        """Nothing is set by that."""
        kind, by_type = kind_of(world)
        name = by_type["string"]
        given = {"type": kind, "unit": "emea", "filter": f'{name} eq "ES"', "try": "1"}
        assert "The record is seen" in world.console.send(f"{PATH}/new", **given, **{f"record:{name}": "es"}).text
        assert "The record is not seen" in world.console.send(f"{PATH}/new", **given).text
        assert cells_of(world.console.open(PATH)) == []

    def test_values_are_of_their_types(self, world: ConsoleWorld) -> None:
        """A flag, a moment; else it is told beside the field."""
        _, by_type = kind_of(world)
        flag = by_type["boolean"]
        id = a_filter(world, f"{flag} eq true")
        assert "The record is seen" in world.console.send(f"{PATH}/{id}", **{f"record:{flag}": "true"}).text
        assert "The record is not seen" in world.console.send(f"{PATH}/{id}", **{f"record:{flag}": "false"}).text
        for type in set(by_type) - {"string"}:
            field = f"record:{by_type[type]}"
            wrong = world.console.send(f"{PATH}/{id}", **{field: HOSTILE})
            assert wrong.status_code == 422, type
            assert f'id="{field}-problem"' in wrong.text
            assert HOSTILE not in wrong.text

    def test_it_is_tried_for_a_person(self, world: ConsoleWorld) -> None:
        """With all units on the way; whoever is not there is named beside the field."""
        kind, by_type = kind_of(world)
        name = by_type["string"]
        a_filter(world)
        ana = world.push("ana@acme.example")
        with world.database.writing() as session:
            units.set_home(session, world.account_id, ana, "iberia")
        given = {"type": kind, "user": "ana@acme.example", "unit": "", "permission": ""}
        assert "The record is seen" in world.console.send(f"{PATH}/try", **given, **{f"record:{name}": "ES"}).text
        told = text_of(world.console.send(f"{PATH}/try", **given, **{f"record:{name}": "FR"}).text)
        assert "The record is not seen" in told
        assert "does not fit" in told
        assert "does not work there" in text_of(world.console.send(f"{PATH}/try", **given | {"unit": "root"}).text)
        nobody = world.console.send(f"{PATH}/try", **given | {"user": HOSTILE})
        assert nobody.status_code == 422
        assert 'id="user-problem"' in nobody.text


class TestWho:
    """Who may."""

    def test_a_delegate_filters_where_they_manage_units_only(self, world: ConsoleWorld) -> None:
        """And never where they work themselves."""
        kind, by_type = kind_of(world)
        id = a_filter(world)
        delegate = world.push()
        world.gives("Administrator", delegate, unit="iberia", children=True)
        other = world.signed_in(delegate)
        assert other.open(f"{PATH}/{id}").status_code == 200
        said = f'{by_type["string"]} eq "PT"'
        for path, given in (
            (f"{PATH}/{id}/edit", {"filter": said}),
            (f"{PATH}/{id}/delete", {}),
            (f"{PATH}/new", {"type": kind, "unit": "emea", "filter": said}),
        ):
            assert other.send(path, **given).status_code == 403, path

    def test_filters_of_other_accounts_are_not_there(self, world: ConsoleWorld) -> None:
        """M-1."""
        other = ConsoleWorld(world.app, world.database)
        with other.database.writing() as session:
            units.create_unit(session, other.account_id, "emea", "EMEA")
        theirs = a_filter(other)
        for rest in ("", "/edit", "/delete"):
            assert world.console.open(f"{PATH}/{theirs}{rest}").status_code == 404, rest
            assert world.console.send(f"{PATH}/{theirs}{rest}", filter="x pr").status_code == 404, rest
        assert cells_of(world.console.open(PATH)) == []
        assert world.console.open(f"{PATH}/new?assignment={theirs}").status_code == 404


@pytest.mark.parametrize(("rest", "most"), [("", 12), ("/{id}", 16), ("/{id}/edit", 18), ("/try", 12)])
def test_pages_ask_the_database_a_bounded_number_of_times(world: ConsoleWorld, rest: str, most: int) -> None:
    """However many filters there are."""
    for number in range(6):
        with world.database.writing() as session:
            units.create_unit(session, world.account_id, f"u{number}", f"Unit {number}")
        a_filter(world, unit=f"u{number}")
    path = f"{PATH}{rest.format(id=a_filter(world))}"
    world.console.open(path)
    with counted(world.database.engine) as asked:
        assert world.console.open(path).status_code == 200
    assert len(asked) <= most, "\n".join(asked)
