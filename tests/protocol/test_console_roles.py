"""/console/roles: what roles say, edited with its consequences shown first; given, taken, compared, deleted."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.db import Database
from app.models import PersonSession
from app.models.base import now, table
from app.services import roles, units
from app.services.role_sheet import NodeSays, says_by_node
from app.services.role_statements import StatementChange
from app.services.roles import RoleDetail, RoleEdit
from app.stores.access import SqlAccessStore
from tests.builders import a_group
from tests.protocol.browser import form_of, led_to
from tests.protocol.console_world import ConsoleWorld, cells_of, confirms, sees, text_of
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SPANISH = {"Accept-Language": "es"}


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def a_role(world: ConsoleWorld, name: str = "Intern", **says: str) -> RoleDetail:
    """A role of the account's own; ``says`` has effects by node, with ``__`` for a dot."""
    changes = [StatementChange(node.replace("__", "."), effect) for node, effect in says.items()]
    with world.database.writing() as session:
        return roles.create_role(session, world.account_id, name, "For the summer", changes)


def says(world: ConsoleWorld, role: str) -> dict[str, NodeSays]:
    """What a role says, by node."""
    with world.database.reading() as session:
        found = SqlAccessStore(session, world.account_id).snapshot([]).policy.roles[role]
    return says_by_node(found.statements)


def path(made: RoleDetail, rest: str = "") -> str:
    return f"/console/roles/{made.role.id}{rest}"


def revision_in(page: TestResponse) -> str:
    """The revision that a page of review was made of."""
    found = re.search(r'name="revision" value="(\d+)"', page.text)
    assert found is not None, text_of(page.text)
    return found[1]


class TestList:
    """All roles."""

    def test_it_tells_kinds_origins_and_to_whom_they_are_given(self, world: ConsoleWorld) -> None:
        made = a_role(world, HOSTILE)
        world.gives(made.role.id, world.push())
        world.gives(made.role.id, world.push())
        with world.database.writing() as session:
            roles.copy_role(session, world.account_id, "Marketer", "My marketer")
        rows = {row[0]: row[1:] for row in cells_of(world.console.open("/console/roles"))}
        assert rows[HOSTILE][:2] == ["own role", "2 × to people"]
        assert rows["Marketer"][:2] == ["default role", "nobody"]
        assert rows["Account Owner"][:3] == ["Account Owner", "1 × to people", "privileged"]
        assert rows["My marketer"][3] == "Marketer"
        assert "<script>alert" not in world.console.open("/console/roles").text

    def test_it_is_narrowed_sorted_and_exported(self, world: ConsoleWorld) -> None:
        a_role(world)
        assert [row[0] for row in cells_of(world.console.open("/console/roles?kind=own"))] == ["Intern"]
        assert [row[0] for row in cells_of(world.console.open("/console/roles?q=SUMMER"))] == ["Intern"]
        sorted_rows = cells_of(world.console.open("/console/roles?sort=-given"))
        assert sorted_rows[0][0] == "Account Owner"
        file = world.console.open("/console/roles?kind=own&format=csv").data.decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(file)))[1][:2] == ["Intern", "own"]
        assert "rol propio" in world.console.open("/console/roles", headers=SPANISH).text

    def test_roles_of_other_accounts_are_not_there(self, world: ConsoleWorld) -> None:
        """M-1: neither in the list nor by their ids."""
        theirs = a_role(ConsoleWorld(world.app, world.database), "Theirs")
        assert "Theirs" not in world.console.open("/console/roles").text
        for rest in ("", "/edit", "/holders", "/holders/give", "/origin", "/uses", "/settings", "/delete", "/history"):
            assert world.console.open(path(theirs, rest)).status_code == 404, rest
        for rest in ("/review", "/save", "/settings", "/delete", "/holders/give", "/holders/take"):
            assert world.console.send(path(theirs, rest), name="x").status_code == 404, rest


class TestMaking:
    """A role of the account's own."""

    def test_an_empty_role_leads_on_to_its_permissions(self, world: ConsoleWorld) -> None:
        answer = world.console.send("/console/roles/new", name="Intern", description="For the summer")
        assert re.fullmatch(r"/console/roles/[\w-]+/edit\?done=role_made", led_to(answer))
        assert [event.target_name for event in world.events("role.created")][-1] == "Intern"

    def test_a_copy_remembers_its_origin(self, world: ConsoleWorld) -> None:
        with world.database.reading() as session:
            marketer = roles.get_role(session, world.account_id, "Marketer")
        answer = world.console.send("/console/roles/new", name="Mine", copy_of=marketer.role.id)
        page = world.console.open(led_to(answer))
        assert "The role was made." in page.text
        origin = world.console.open(led_to(answer).partition("?")[0] + "/origin")
        assert "100 %" in text_of(origin.text)
        assert "They say the same of every permission." in text_of(origin.text)

    def test_a_taken_name_is_told_and_nothing_is_lost(self, world: ConsoleWorld) -> None:
        page = world.console.send("/console/roles/new", name="marketer", description="What I typed")
        assert page.status_code == 409
        assert "already has a role" in page.text
        assert form_of(page, "/console/roles/new")["description"] == "What I typed"


class TestSheet:
    """What a role says of every permission."""

    def test_it_tells_results_where_they_come_from_and_what_is_missing(self, world: ConsoleWorld) -> None:
        made = a_role(
            world, campaigns__email="allow", campaigns__email__launch="deny", contacts__people__export="allow"
        )
        page = text_of(world.console.open(path(made)).text)
        assert "everything in this section campaigns.email.*" in page
        assert re.search(r"campaigns\.email\.create ✓ allow by campaigns\.email\.\*", page)
        assert re.search(r"campaigns\.email\.launch ✕ deny", page)
        assert "Of little use without: View" in page
        assert "Permissions that lack what they require" in page

    def test_words_and_effects_narrow_it(self, world: ConsoleWorld) -> None:
        made = a_role(world, campaigns__email="allow")
        shown = re.findall(
            r'<li id="node-([\w.-]+)" class="line \w+">', world.console.open(path(made) + "?q=LAUNCH").text
        )
        assert shown
        assert all("launch" in key for key in shown)
        allowed = re.findall(
            r'<li id="node-([\w.-]+)" class="line (\w+)">', world.console.open(path(made) + "?show=allow").text
        )
        assert {effect for _, effect in allowed} == {"allow"}

    def test_default_roles_are_locked(self, world: ConsoleWorld) -> None:
        page = world.console.open("/console/roles/Marketer")
        assert "is locked" in page.text
        assert "/edit" not in page.text
        answer = world.console.send("/console/roles/Marketer/review", **{"node:contacts": "deny"})
        assert answer.status_code == 409
        assert "default role and locked" in answer.text

    def test_it_is_said_in_spanish(self, world: ConsoleWorld) -> None:
        made = a_role(world, campaigns__email="allow")
        page = text_of(world.console.open(path(made), headers=SPANISH).text)
        assert "todo en esta sección campaigns.email.*" in page
        assert "Ver campañas de email" in page


class TestEditing:
    """First what it means, then that and nothing else."""

    def test_the_consequences_are_shown_before_anything_is_changed(self, world: ConsoleWorld) -> None:
        made = a_role(world, campaigns__email="allow")
        person = world.push("ana@acme.example")
        world.gives(made.role.id, person)
        page = world.console.send(path(made, "/review"), **{"node:campaigns.email": "unset", "node:reports": "allow"})
        told = text_of(page.text)
        assert page.status_code == 200
        assert "1 people gain something, 1 lose something." in told
        assert "ana@acme.example" in told
        assert says(world, made.role.id) == {"campaigns.email": NodeSays("allow")}
        answer = world.console.submit(page, path(made, "/save"))
        assert led_to(answer) == path(made, "?done=role_saved")
        assert says(world, made.role.id) == {"reports": NodeSays("allow")}

    def test_only_what_was_touched_is_asked_for(self, world: ConsoleWorld) -> None:
        """A form that was opened before somebody else's edit does not take that back."""
        made = a_role(world, campaigns__email="allow")
        form = world.console.open(path(made, "/edit"))
        base = form_of(form, path(made, "/review"))["base"]
        with world.database.writing() as session:
            change = RoleEdit(statements=(StatementChange("content", "allow"),))
            roles.edit_role(session, world.account_id, made.role.id, change)
        sent = {"node:campaigns.email": "allow", "node:content": "unset", "node:reports": "deny", "base": base}
        page = world.console.send(path(made, "/review"), **sent)
        world.console.submit(page, path(made, "/save"))
        assert says(world, made.role.id) == {
            "campaigns.email": NodeSays("allow"),
            "content": NodeSays("allow"),
            "reports": NodeSays("deny"),
        }

    def test_a_stale_edit_is_refused_and_nothing_is_lost(self, world: ConsoleWorld) -> None:
        """What it would mean now is shown at once, and can be saved then."""
        made = a_role(world, campaigns__email="allow")
        page = world.console.send(path(made, "/review"), **{"node:reports": "allow"})
        with world.database.writing() as session:
            change = RoleEdit(statements=(StatementChange("content", "allow"),))
            roles.edit_role(session, world.account_id, made.role.id, change)
        again = world.console.submit(page, path(made, "/save"))
        assert again.status_code == 409
        assert "is in revision 2 now, not 1" in again.text
        assert revision_in(again) == "2"
        assert led_to(world.console.submit(again, path(made, "/save"))).endswith("done=role_saved")
        assert says(world, made.role.id) == {
            "campaigns.email": NodeSays("allow"),
            "content": NodeSays("allow"),
            "reports": NodeSays("allow"),
        }

    def test_conditions_are_said_checked_and_kept(self, world: ConsoleWorld) -> None:
        """A wrong one is told with the node, beside what was typed."""
        made = a_role(world, campaigns__email="allow")
        opened = world.console.send(path(made, "/edit"), **{"node:campaigns.email": "allow", "open": "campaigns.email"})
        assert 'name="if:campaigns.email"' in opened.text
        wrong = {"node:campaigns.email": "allow", "if:campaigns.email": 'nothing.here eq "x"'}
        refused = world.console.send(path(made, "/review"), **wrong)
        assert refused.status_code == 422
        assert "campaigns.email" in refused.text
        assert 'value="nothing.here eq &#34;x&#34;"' in refused.text
        assert says(world, made.role.id) == {"campaigns.email": NodeSays("allow")}

    def test_what_is_required_is_added_on_request(self, world: ConsoleWorld) -> None:
        made = a_role(world)
        page = world.console.send(path(made, "/review"), **{"node:contacts.people.export": "allow"})
        assert "Permissions that lack what they require: 1" in text_of(page.text)
        added = world.console.send(
            path(made, "/review"), **{"node:contacts.people.export": "allow", "add_required": "1"}
        )
        world.console.submit(added, path(made, "/save"))
        assert says(world, made.role.id).keys() == {"contacts.people.export", "contacts.people.view"}

    def test_nothing_to_change_leads_back_to_the_form(self, world: ConsoleWorld) -> None:
        made = a_role(world, campaigns__email="allow")
        base = form_of(world.console.open(path(made, "/edit")), path(made, "/review"))["base"]
        page = world.console.send(path(made, "/review"), **{"node:campaigns.email": "allow", "base": base})
        assert page.status_code == 422
        assert "Nothing was changed yet." in page.text
        odd = world.console.send(path(made, "/review"), **{"node:x": "perhaps", "base": "no JSON", "revision": "x"})
        assert odd.status_code == 422

    def test_nobody_edits_a_role_that_they_have(self, world: ConsoleWorld) -> None:
        """Guards apply by themselves: the page says why, with what was filled in."""
        made = a_role(world, campaigns__email="allow")
        world.gives(made.role.id, world.owner)
        page = world.console.send(path(made, "/review"), **{"node:reports": "allow"})
        assert page.status_code == 403
        assert "you have this role yourself" in page.text
        assert re.search(r'name="node:reports" value="allow" checked', page.text)

    def test_a_delegate_edits_what_they_hold_and_nothing_else(self, world: ConsoleWorld) -> None:
        made = a_role(world)
        delegate = world.push()
        with world.database.writing() as session:
            own = roles.create_role(
                session,
                world.account_id,
                "Delegate",
                statements=[StatementChange("account.roles", "allow"), StatementChange("reports", "allow")],
            )
        world.gives(own.role.id, delegate)
        browser = world.signed_in(delegate)
        page = browser.send(path(made, "/review"), **{"node:reports": "allow"})
        assert page.status_code == 200, text_of(page.text)
        refused = browser.send(path(made, "/review"), **{"node:contacts": "allow"})
        assert refused.status_code == 403
        assert browser.open(path(made, "/history")).status_code == 403

    def test_n7_an_edit_survives_the_proof_of_who_one_is(self, world: ConsoleWorld) -> None:
        """Who has not proved it lately does so first; what they had changed is in the form again, and not done."""
        made = a_role(world, campaigns__email="allow")
        browser = world.browser()
        long_ago = now() - timedelta(hours=1)
        browser.signs_in(world.database, world.account_id, world.owner, long_ago)
        assert browser.open(path(made)).status_code == 200
        assert "confirm that it is you" in browser.open(path(made, "/edit")).text
        sent = {"node:reports": "deny", "node:campaigns.email": "unset"}
        page = browser.send(path(made, "/save"), **sent, revision="1")
        assert "confirm that it is you" in page.text
        assert says(world, made.role.id) == {"campaigns.email": NodeSays("allow")}
        back = re.search(r"again%3D([\w-]+)", page.text)
        assert back is not None, page.text
        with world.database.writing() as session:
            rows = table(PersonSession)
            session.execute(update(rows).where(rows.c.user_id == world.owner).values(authenticated=now()))
        form = browser.open(f"{path(made, '/edit')}?again={back[1]}")
        assert re.search(r'name="node:reports" value="deny" checked', form.text)
        assert re.search(r'name="node:campaigns.email" value="unset" checked', form.text)


class TestGiving:
    """To many at once, after a look; all of them or nobody."""

    def test_many_people_get_it_and_lose_it(self, world: ConsoleWorld) -> None:
        made = a_role(world, reports="allow")
        names = [f"p{number}@acme.example" for number in range(3)]
        for name in names:
            world.push(name)
        sent = {"kind": "people", "people": ", ".join(names), "reason": "Ticket 4711"}
        told = text_of(sees(world.console, path(made, "/holders/give"), **sent).text)
        assert "Of 3 people, 3 may do more and 0 may do less." in told
        assert not world.events("access.granted")[1:]
        confirms(world.console, path(made, "/holders/give"), **sent)
        page = world.console.open(path(made, "/holders"))
        assert [row[0] for row in cells_of(page)] == names
        assert "Ticket 4711" in page.text
        chosen = re.findall(r'name="chosen" value="([\w-]+)"', page.text)
        looked = world.console.open(
            path(made, "/holders/take"),
            "POST",
            "same-origin",
            data={"form_token": world.console.token(), "chosen": chosen},
        )
        assert "0 may do more and 3 may do less" in text_of(looked.text)
        seen = re.search(r'name="seen" value="(\w+)"', looked.text)
        assert seen is not None
        done = world.console.submit(looked, path(made, "/holders/take"), seen=seen[1])
        assert led_to(done) == path(made, "/holders?done=role_take")
        assert "Nobody has this role yet." in world.console.open(path(made, "/holders")).text

    def test_one_who_is_unknown_stops_all(self, world: ConsoleWorld) -> None:
        made = a_role(world, reports="allow")
        world.push("here@acme.example")
        page = world.console.send(path(made, "/holders/give"), kind="people", people="here@acme.example nobody@x")
        assert page.status_code == 422
        assert "nobody@x" in page.text
        assert "here@acme.example nobody@x" in unescape(page.text)
        assert "Nobody has this role yet." in world.console.open(path(made, "/holders")).text

    def test_groups_and_units_get_it_too(self, world: ConsoleWorld) -> None:
        made = a_role(world, reports="allow")
        person = world.push()
        group = world.scim.create("/Groups", a_group("Staff", members=[person]))["id"]
        confirms(world.console, path(made, "/holders/give"), kind="group", group=group)
        with world.database.writing() as session:
            units.create_unit(session, world.account_id, "emea", "EMEA")
            units.set_home(session, world.account_id, world.owner, "emea")
            units.create_unit(session, world.account_id, "amer", "Americas")
        own = world.console.send(path(made, "/holders/give"), kind="unit", principal_unit="emea")
        assert own.status_code == 403
        assert "nobody changes their own access" in own.text
        confirms(world.console, path(made, "/holders/give"), kind="unit", principal_unit="amer", children="yes")
        page = text_of(world.console.open(path(made, "/uses")).text)
        assert "Groups and business units: 2" in page
        assert "Staff group" in page
        rows = cells_of(world.console.open(path(made, "/holders")))
        assert sorted(row[0] for row in rows) == ["Staff group", "amer business unit"]

    def test_nothing_ticked_is_told(self, world: ConsoleWorld) -> None:
        made = a_role(world, reports="allow")
        page = world.console.send(path(made, "/holders/take"))
        assert page.status_code == 422
        assert "Tick people" in page.text


class TestMore:
    """Names, history, comparisons, the end."""

    def test_two_roles_stand_side_by_side(self, world: ConsoleWorld) -> None:
        one, other = a_role(world, "One", reports="allow"), a_role(world, "Other", reports="deny", content="allow")
        page = world.console.open(f"/console/roles/compare?a={one.role.id}&b={other.role.id}")
        rows = cells_of(page)
        assert rows[0][1:] == ["✓ allow", "✕ deny"]
        assert rows[-1][1:] == ["– unset", "✓ allow"]
        assert "Choose two roles." in world.console.open("/console/roles/compare").text
        assert world.console.open(f"/console/roles/compare?a={one.role.id}&b=none").status_code == 404

    def test_a_copy_shows_what_was_changed(self, world: ConsoleWorld) -> None:
        with world.database.writing() as session:
            copy = roles.copy_role(session, world.account_id, "Viewer", "Mine")
            roles.edit_role(
                session,
                world.account_id,
                "Mine",
                RoleEdit(statements=(StatementChange("campaigns.sms.launch", "allow"),)),
            )
        rows = cells_of(world.console.open(path(copy, "/origin")))
        assert [row[1:] for row in rows] == [["– unset", "✓ allow"]]
        assert "Copies: 1" in world.console.open("/console/roles/Viewer/uses").text

    def test_a_name_is_changed_unless_somebody_else_was_quicker(self, world: ConsoleWorld) -> None:
        made = a_role(world)
        page = world.console.open(path(made, "/settings"))
        with world.database.writing() as session:
            roles.edit_role(session, world.account_id, made.role.id, RoleEdit(description="Quicker"))
        refused = world.console.submit(page, path(made, "/settings"), name="Trainee", privileged="yes")
        assert refused.status_code == 409
        assert form_of(refused, path(made, "/settings"))["name"] == "Trainee"
        done = world.console.submit(
            world.console.open(path(made, "/settings")), path(made, "/settings"), name="Trainee", privileged="yes"
        )
        assert led_to(done).endswith("done=role_renamed")
        page = world.console.open(path(made, "/history"))
        assert "Trainee" in page.text
        assert "Quicker" in page.text

    def test_deleting_says_who_loses_it(self, world: ConsoleWorld) -> None:
        made = a_role(world, reports="allow")
        world.gives(made.role.id, world.push("ana@acme.example"))
        page = world.console.open(path(made, "/delete"))
        assert "1 people have this role, and it is given 1 times." in text_of(page.text)
        assert "ana@acme.example" in page.text
        done = world.console.submit(page, path(made, "/delete"), reason="Over")
        assert led_to(done) == "/console/roles?done=role_deleted"
        assert world.console.open(path(made)).status_code == 404
        assert world.events("role.deleted")[-1].reason == "Over"

    def test_a_role_that_one_has_oneself_is_not_deleted(self, world: ConsoleWorld) -> None:
        made = a_role(world, reports="allow")
        world.gives(made.role.id, world.owner)
        page = world.console.open(path(made, "/delete"))
        assert page.status_code == 403
        assert "you have this role yourself" in page.text


@pytest.mark.parametrize(
    ("rest", "most"), [("", 12), ("/edit", 12), ("/holders", 12), ("/origin", 12), ("/uses", 15), ("/history", 14)]
)
def test_pages_ask_the_database_a_bounded_number_of_times(world: ConsoleWorld, rest: str, most: int) -> None:
    """However many have the role."""
    made = a_role(world, reports="allow")
    for _ in range(12):
        world.gives(made.role.id, world.push())
    world.console.open(path(made, rest))
    with counted(world.database.engine) as asked:
        assert world.console.open(path(made, rest)).status_code == 200
    assert len(asked) <= most, "\n".join(asked)


def test_the_list_asks_the_database_a_bounded_number_of_times(world: ConsoleWorld) -> None:
    """However many roles there are."""
    for number in range(12):
        a_role(world, f"Role {number}", reports="allow")
    world.console.open("/console/roles")
    with counted(world.database.engine) as asked:
        assert world.console.open("/console/roles").status_code == 200
    assert len(asked) <= 12, "\n".join(asked)
