"""/console/groups: the groups of all directories, and one of them with its members and what they get by it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask

from app.db import Database
from app.services import mapping_publish
from tests.builders import a_group
from tests.protocol.browser import led_to
from tests.protocol.console_world import ConsoleWorld, cells_of, confirms, text_of
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SPANISH = {"Accept-Language": "es"}


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def a_mapping(world: ConsoleWorld, group: str, role: str = "Viewer") -> None:
    """A published rule that gives the members of a group a role."""
    document = {"rules": [{"name": "Staff reads", "group": {"name": group}, "grants": [{"role": role}]}]}
    with world.database.writing() as session:
        mapping_publish.publish(session, world.account_id, document, "a test")


def a_pushed_group(world: ConsoleWorld, name: str = "Staff", *members: str) -> str:
    """A group of the directory; its id."""
    id: str = world.scim.create("/Groups", a_group(name, members=list(members)))["id"]
    return id


class TestList:
    """All groups."""

    def test_it_tells_directory_members_rules_and_roles(self, world: ConsoleWorld) -> None:
        staff = a_pushed_group(world, "Staff", world.push(), world.push())
        a_pushed_group(world, HOSTILE)
        a_mapping(world, "Staff")
        confirms(world.console, "/console/roles/Analyst/holders/give", kind="group", group=staff)
        rows = {row[0]: row[1:5] for row in cells_of(world.console.open("/console/groups"))}
        assert rows["Staff"] == ["IdP", "2", "1 rule", "1"]
        assert rows[HOSTILE][2].startswith("no rule Make one")
        assert "<script>alert" not in world.console.open("/console/groups").text
        assert "sin regla" in world.console.open("/console/groups", headers=SPANISH).text

    def test_it_is_narrowed_sorted_and_exported(self, world: ConsoleWorld) -> None:
        for name in ("Alpha", "Beta", "Gamma"):
            a_pushed_group(world, name, *([world.push()] if name == "Beta" else []))
        a_mapping(world, "Beta")
        listed = world.console.open
        assert [row[0] for row in cells_of(listed("/console/groups"))] == ["Alpha", "Beta", "Gamma"]
        assert [row[0] for row in cells_of(listed("/console/groups?mapped=yes"))] == ["Beta"]
        assert [row[0] for row in cells_of(listed("/console/groups?mapped=no&sort=-display_name"))] == [
            "Gamma",
            "Alpha",
        ]
        assert [row[0] for row in cells_of(listed("/console/groups?size=empty&q=a"))] == ["Alpha"]
        file = listed("/console/groups?mapped=yes&format=csv").data.decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(file)))[1][:5] == ["Beta", "IdP", "1", "1", "0"]

    def test_groups_of_other_accounts_are_not_there(self, world: ConsoleWorld) -> None:
        """M-1."""
        theirs = a_pushed_group(ConsoleWorld(world.app, world.database), "Theirs")
        assert "Theirs" not in world.console.open("/console/groups").text
        for rest in ("", "/give?role=Viewer", "/removal"):
            assert world.console.open(f"/console/groups/{theirs}{rest}").status_code == 404, rest


class TestGroup:
    """One of them."""

    def test_it_tells_what_members_get_and_by_which_rule(self, world: ConsoleWorld) -> None:
        staff = a_pushed_group(world, "Staff", world.push("ana@acme.example"))
        a_mapping(world, "Staff")
        page = world.console.open(f"/console/groups/{staff}")
        told = text_of(page.text)
        assert re.search(r"Viewer everywhere by the rule Staff reads", told)
        assert "ana@acme.example" in told
        assert f"/console/mapping/new?group={staff}" in page.text
        assert "Group created" in told

    def test_members_are_paged_and_found_with_groups_among_them(self, world: ConsoleWorld) -> None:
        people = [world.push(f"p{number:02}@acme.example") for number in range(51)]
        inner = a_pushed_group(world, "Inner", people[0])
        staff = a_pushed_group(world, "Staff", *people, inner)
        page = world.console.open(f"/console/groups/{staff}")
        following = re.search(r'rel="next" href="([^"]+)#members"', page.text)
        assert following is not None
        rest = world.console.open(following[1].replace("&amp;", "&"))
        shown = [set(re.findall(r"p\d\d@acme\.example", one.text)) for one in (page, rest)]
        assert len(shown[0] | shown[1]) == 51
        assert not shown[0] & shown[1]
        assert "Inner group" in text_of(page.text + rest.text)
        found = world.console.open(f"/console/groups/{staff}?q=P07")
        assert re.findall(r">(p\d\d@acme\.example)<", found.text) == ["p07@acme.example"]
        above = text_of(world.console.open(f"/console/groups/{inner}").text)
        assert "Groups that it is in Staff IdP" in above

    def test_what_would_be_lost_without_it_is_told_and_not_done(self, world: ConsoleWorld) -> None:
        staff = a_pushed_group(world, "Staff", world.push("ana@acme.example"))
        a_mapping(world, "Staff")
        told = text_of(world.console.open(f"/console/groups/{staff}/removal").text)
        assert "ana@acme.example" in told
        assert "Staff reads would be orphaned" in told
        assert world.console.open(f"/console/groups/{staff}").status_code == 200

    def test_a_role_is_given_where_its_consequences_are_shown(self, world: ConsoleWorld) -> None:
        staff = a_pushed_group(world)
        page = world.console.open(led_to(world.console.open(f"/console/groups/{staff}/give?role=Viewer")))
        assert f'name="group" type="text" value="{staff}"' in page.text

    def test_a_delegate_sees_it_without_what_is_for_owners(self, world: ConsoleWorld) -> None:
        staff = a_pushed_group(world)
        delegate = world.push()
        world.gives("Administrator", delegate)
        page = world.signed_in(delegate).open(f"/console/groups/{staff}")
        assert page.status_code == 200
        assert "/console/mapping/new" not in page.text
        assert world.signed_in(delegate).open(f"/console/groups/{staff}/removal").status_code == 403


@pytest.mark.parametrize(("rest", "most"), [("", 9), ("/{id}", 18)])
def test_pages_ask_the_database_a_bounded_number_of_times(world: ConsoleWorld, rest: str, most: int) -> None:
    """However many groups and members there are."""
    people = [world.push() for _ in range(12)]
    staff = [a_pushed_group(world, f"Group {number}", *people) for number in range(12)].pop()
    path = f"/console/groups{rest.format(id=staff)}"
    world.console.open(path)
    with counted(world.database.engine) as asked:
        assert world.console.open(path).status_code == 200
    assert len(asked) <= most, "\n".join(asked)
