"""Groups made by hand in the console: made, renamed, filled, emptied and deleted, after a look at what that means."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from app.db import Database
from app.services import mapping_publish, units
from tests.protocol.browser import led_to
from tests.protocol.console_world import ConsoleWorld, cells_of, confirms, sees, text_of
from tests.protocol.test_console_groups import HOSTILE, SPANISH, a_mapping, a_pushed_group
from tests.protocol.test_query_counts import counted

PATH = "/console/groups"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def a_group_by_hand(world: ConsoleWorld, name: str = "Crew") -> str:
    """Made in the console; its id."""
    answer = world.console.send(f"{PATH}/new", display_name=name)
    assert answer.status_code == 303, text_of(answer.text)
    return led_to(answer).partition("?")[0].rpartition("/")[2]


def roles_of(world: ConsoleWorld, person: str) -> str:
    """What their page says of their roles."""
    return text_of(world.console.open(f"/console/people/{person}/access").text)


class TestMaking:
    """A new group, and another name for one."""

    def test_a_group_is_made_and_renamed(self, world: ConsoleWorld) -> None:
        crew = a_group_by_hand(world, HOSTILE)
        page = world.console.open(f"{PATH}/{crew}?done=group_made")
        assert "<script>alert" not in page.text
        assert "made by hand" in text_of(page.text)
        confirms(world.console, f"{PATH}/{crew}/edit", display_name="Crew", external_id="c-1")
        told = text_of(world.console.open(f"{PATH}/{crew}").text)
        assert "Crew" in told
        assert "c-1" in told
        assert "Group renamed" in told

    def test_what_is_wrong_stands_beside_the_name(self, world: ConsoleWorld) -> None:
        a_group_by_hand(world)
        crew = a_group_by_hand(world, "Other")
        for path in (f"{PATH}/new", f"{PATH}/{crew}/edit"):
            taken = world.console.send(path, display_name="CREW", external_id="kept")
            assert taken.status_code == 409
            assert re.search(r'id="display_name-problem"[^>]*>Another group', taken.text)
            assert 'value="kept"' in taken.text
            assert world.console.send(path, display_name="").status_code == 422
        assert (
            "tiene este nombre"
            in world.console.open(
                f"{PATH}/new",
                "POST",
                "same-origin",
                headers=SPANISH,
                data={"form_token": world.console.token(), "display_name": "crew"},
            ).text
        )

    def test_a_name_that_a_rule_goes_by_gives_and_takes(self, world: ConsoleWorld) -> None:
        """A pattern fits the new name: the members are told to gain before it is done."""
        ana = world.push("ana@acme.example")
        crew = a_group_by_hand(world)
        confirms(world.console, f"{PATH}/{crew}/members/add", people="ana@acme.example")
        document = {"rules": [{"name": "By name", "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]}]}
        with world.database.writing() as session:
            mapping_publish.publish(session, world.account_id, document, "a test")
        told = text_of(sees(world.console, f"{PATH}/{crew}/edit", display_name="mc-Viewer", external_id="").text)
        assert "may also do" in told
        assert "Viewer" not in roles_of(world, ana)
        confirms(world.console, f"{PATH}/{crew}/edit", display_name="mc-Viewer", external_id="")
        assert "Viewer" in roles_of(world, ana)


class TestMembers:
    """Who is in it."""

    def test_people_and_groups_are_found_as_one_types_and_added(self, world: ConsoleWorld) -> None:
        ana, staff = world.push("ana@acme.example"), a_pushed_group(world, "Analysts", world.push("bo@acme.example"))
        crew = a_group_by_hand(world)
        found = world.console.open(f"{PATH}/{crew}/members/find?words=an")
        offered = dict(re.findall(r'name="chosen" value="([^"]+)"> <span>([^<]+)', found.text))
        assert {ana, staff} <= offered.keys()
        kept = world.console.open(f"{PATH}/{crew}/members/find?words=bo&chosen={ana}").text
        assert re.search(rf'value="{ana}" checked', kept)
        looked = world.console.send(f"{PATH}/{crew}/members/add", words="an", find="1", chosen=ana)
        assert re.search(rf'value="{ana}" checked', looked.text)
        assert staff in looked.text
        confirms(world.console, f"{PATH}/{crew}/members/add", chosen=[ana, staff], people="")
        told = text_of(world.console.open(f"{PATH}/{crew}").text)
        assert "ana@acme.example" in told
        assert "Analysts group" in told
        again = world.console.open(f"{PATH}/{crew}/members/find?words=ana").text
        assert "is in it already" in again
        assert re.search(rf'value="{ana}" disabled', again)

    def test_who_gains_by_mapping_is_told_first(self, world: ConsoleWorld) -> None:
        """With the rule that gives it; the same who loses it when they leave."""
        people = [world.push(f"p{number}@acme.example") for number in range(3)]
        crew = a_group_by_hand(world)
        a_mapping(world, "Crew")
        many = "p0@acme.example, p1@acme.example\np2@acme.example"
        told = text_of(sees(world.console, f"{PATH}/{crew}/members/add", people=many).text)
        assert "Of 3 people, 3 may do more and 0 may do less." in told
        assert "Viewer everywhere by the rule Staff reads" in told
        assert "New in the group: 3" in told
        assert "Viewer" not in roles_of(world, people[0])
        confirms(world.console, f"{PATH}/{crew}/members/add", people=many)
        assert "Viewer" in roles_of(world, people[0])
        told = text_of(sees(world.console, f"{PATH}/{crew}/members/remove", chosen=people[:2]).text)
        assert "Of 2 people, 0 may do more and 2 may do less." in told
        confirms(world.console, f"{PATH}/{crew}/members/remove", chosen=people[:2])
        assert "Viewer" not in roles_of(world, people[0])
        assert "Viewer" in roles_of(world, people[2])

    def test_who_is_meant_by_nobody_is_named_beside_the_field(self, world: ConsoleWorld) -> None:
        world.push("ana@acme.example")
        crew = a_group_by_hand(world)
        page = world.console.send(f"{PATH}/{crew}/members/add", people=f"ana@acme.example {HOSTILE.split()[0]} nobody")
        assert page.status_code == 422
        assert re.search(r'id="people-problem"[^>]*>These 2 mean nobody', page.text)
        assert "<script>alert" not in page.text
        assert "nobody</textarea>" in page.text
        assert world.console.send(f"{PATH}/{crew}/members/add", people="").status_code == 422
        nothing = world.console.send(f"{PATH}/{crew}/members/remove")
        assert led_to(nothing).endswith("done=members_none")

    def test_many_are_added_from_the_list_of_people(self, world: ConsoleWorld) -> None:
        people = [world.push() for _ in range(3)]
        crew = a_group_by_hand(world)
        asked = world.console.send("/console/people/bulk", act="join", chosen=people)
        assert f'<option value="{crew}"' in asked.text
        confirms(world.console, "/console/people/bulk", act="join", chosen=",".join(people), group=crew)
        assert "Members3" in text_of(world.console.open(f"{PATH}/{crew}").text)


class TestDeleting:
    """What goes with it is said."""

    def test_it_says_who_loses_what_and_which_rules_are_left(self, world: ConsoleWorld) -> None:
        ana = world.push("ana@acme.example")
        crew = a_group_by_hand(world)
        a_mapping(world, "Crew")
        confirms(world.console, f"{PATH}/{crew}/members/add", people="ana@acme.example")
        told = text_of(sees(world.console, f"{PATH}/{crew}/delete").text)
        assert "would be without it: Staff reads" in told
        assert "may no longer do" in told
        assert "Viewer" in roles_of(world, ana)
        confirms(world.console, f"{PATH}/{crew}/delete")
        assert "Viewer" not in roles_of(world, ana)
        assert world.console.open(f"{PATH}/{crew}").status_code == 404


class TestWho:
    """Whose groups they are, and who may."""

    def test_a_group_of_a_directory_stays_as_it_is(self, world: ConsoleWorld) -> None:
        staff = a_pushed_group(world, "Staff", world.push())
        page = world.console.open(f"{PATH}/{staff}")
        assert "IdP owns this group. Its name and its members are changed there" in text_of(page.text)
        assert f"{PATH}/{staff}/edit" not in page.text
        assert 'name="chosen"' not in page.text
        for rest in ("edit", "delete", "members/add", "members/find?words=a"):
            assert world.console.open(f"{PATH}/{staff}/{rest}").status_code == 403, rest
        for rest in ("edit", "delete", "members/add", "members/remove"):
            answer = world.console.send(f"{PATH}/{staff}/{rest}", display_name="Mine", people="x", seen="0" * 32)
            assert answer.status_code == 403, rest

    def test_a_delegate_changes_what_gives_nothing_only(self, world: ConsoleWorld) -> None:
        """Whoever manages users everywhere; where a group gives roles, an Account Owner decides who is in it."""
        delegate = world.push("dora@acme.example")
        world.gives("Administrator", delegate)
        other = world.signed_in(delegate)
        world.push("ana@acme.example")
        answer = other.send(f"{PATH}/new", display_name="Lunch")
        assert answer.status_code == 303
        lunch = led_to(answer).partition("?")[0]
        confirms(other, f"{lunch}/members/add", people="ana@acme.example")
        a_mapping(world, "Lunch")
        refused = other.send(f"{lunch}/members/add", people="dora@acme.example")
        assert refused.status_code == 403
        assert "nobody changes their own access" in html.unescape(refused.text)

    def test_whoever_manages_no_users_is_told_who_does(self, world: ConsoleWorld) -> None:
        crew = a_group_by_hand(world)
        helper = world.push()
        with world.database.writing() as session:
            units.create_unit(session, world.account_id, "north", "North")
        world.gives("Administrator", helper, unit="north")
        other = world.signed_in(helper)
        page = other.open(f"{PATH}/{crew}")
        assert "whoever manages users everywhere" in text_of(page.text)
        assert f"{PATH}/new" not in other.open(PATH).text
        assert other.send(f"{PATH}/new", display_name="Mine").status_code == 403
        assert other.send(f"{PATH}/{crew}/delete", seen="0" * 32).status_code in (200, 403)
        assert world.console.open(f"{PATH}/{crew}").status_code == 200

    def test_groups_of_other_accounts_are_not_there(self, world: ConsoleWorld) -> None:
        """M-1."""
        theirs = a_group_by_hand(ConsoleWorld(world.app, world.database))
        crew, stranger = a_group_by_hand(world), ConsoleWorld(world.app, world.database).push("eve@other.example")
        for rest in ("edit", "delete", "members/add", "members/find"):
            assert world.console.open(f"{PATH}/{theirs}/{rest}").status_code == 404, rest
        assert world.console.send(f"{PATH}/{crew}/members/add", people=stranger).status_code == 422
        assert world.console.send(f"{PATH}/{crew}/members/add", chosen=stranger, people="").status_code == 422


@pytest.mark.parametrize(("rest", "most"), [("members/find?words=p", 24), ("members/add", 22), ("delete", 22)])
def test_pages_ask_the_database_a_bounded_number_of_times(world: ConsoleWorld, rest: str, most: int) -> None:
    """However many could be found."""
    for number in range(12):
        world.push(f"p{number}@acme.example")
    crew = a_group_by_hand(world)
    world.console.open(f"{PATH}/{crew}/{rest}")
    with counted(world.database.engine) as asked:
        assert world.console.open(f"{PATH}/{crew}/{rest}").status_code == 200
    assert len(asked) <= most, "\n".join(asked)


def test_many_names_are_looked_up_at_once(world: ConsoleWorld) -> None:
    """As many statements for forty as for four."""
    for number in range(40):
        world.push(f"p{number}@acme.example")
    crew = a_group_by_hand(world)
    counts = []
    for several in (4, 40):
        names = ",".join(f"p{number}@acme.example" for number in range(several))
        with counted(world.database.engine) as asked:
            sees(world.console, f"{PATH}/{crew}/members/add", people=names)
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 2, counts


def test_the_list_leads_to_a_new_one(world: ConsoleWorld) -> None:
    """And tells which were made by hand."""
    a_group_by_hand(world)
    a_pushed_group(world, "Staff")
    page = world.console.open(f"{PATH}?origin=local")
    assert f'href="{PATH}/new"' in page.text
    assert [row[0] for row in cells_of(page)] == ["Crew"]
