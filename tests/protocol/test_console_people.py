"""People in the console: found, chosen, made; many of them at once."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from app.db import Database
from app.models.base import now
from app.services import users
from app.stores.access_tables import ROLES
from app.stores.person_sessions import SESSIONS
from tests.protocol.browser import led_to
from tests.protocol.console_world import ConsoleWorld, cells_of, confirms, sees, text_of

BULK = "/console/people/bulk"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def holders(world: ConsoleWorld, role: str) -> set[str]:
    """The names of those who were given a role."""
    return {one.target_name for one in world.events("access.granted") if (one.after or {}).get("role") == role}


def local(world: ConsoleWorld, name: str) -> str:
    """Somebody made by hand."""
    with world.database.writing() as session:
        return users.create_user(session, world.account_id, {"user_name": name}).id


def test_a_role_is_given_to_those_who_were_chosen(world: ConsoleWorld) -> None:
    """After everybody saw whom it is about and what it means; who has it already is told."""
    ids = [world.push(f"p{number}@acme.example") for number in range(3)]
    world.gives("Viewer", ids[0])
    listed = world.console.open("/console/people?q=p")
    assert all(f'name="chosen" value="{id}"' in listed.text for id in ids)
    begun = world.console.send(BULK, chosen=ids[0], act="give")
    assert begun.status_code == 200
    assert "People chosen: 1" in text_of(begun.text)
    assert "Choose a role." in world.console.send(BULK, chosen=ids[0], act="give", role="").text
    given = {"chosen": ",".join(ids), "act": "give", "role": "Viewer", "reason": "Fair"}
    shown = sees(world.console, BULK, **given)
    seen = text_of(shown.text)
    assert "Of 3 people, 2 may do more and 0 may do less." in seen
    assert "For 2 it is new; for 1 it is so already." in seen
    assert holders(world, "Viewer") == {"p0@acme.example"}
    assert led_to(confirms(world.console, BULK, **given)) == "/console/people?done=bulk_give"
    assert holders(world, "Viewer") == {f"p{number}@acme.example" for number in range(3)}
    confirms(world.console, BULK, **given | {"act": "end"})
    assert len(world.events("access.revoked")) == 3


def test_all_who_match_are_those_who_were_seen(world: ConsoleWorld) -> None:
    """Whoever comes meanwhile is shown first."""
    for number in range(60):
        world.push(f"p{number:02}@acme.example")
    page = world.console.open("/console/people?q=p").text
    listed = page.partition('name="listed" value="')[2].partition('"')[0].replace("&#34;", '"')
    given = {"all": "1", "listed": listed, "act": "give", "role": "Viewer"}
    shown = sees(world.console, BULK, **given)
    assert "People chosen: 60" in text_of(shown.text)
    seen = shown.text.partition('name="seen" value="')[2][:32]
    world.push("p99@acme.example")
    again = world.console.send(BULK, **given, seen=seen)
    assert again.status_code == 200
    assert "People chosen: 61" in text_of(again.text)
    assert not holders(world, "Viewer")
    confirms(world.console, BULK, **given)
    assert len(holders(world, "Viewer")) == 61


def test_for_all_or_nobody_and_who_cannot_be_is_named(world: ConsoleWorld) -> None:
    """They can be left out; then it is done for the others."""
    mine, pushed = local(world, "mine@acme.example"), world.push("pushed@acme.example")
    given = {"chosen": f"{mine},{pushed},{world.owner}", "act": "deactivate"}
    refused = world.console.send(BULK, **given)
    assert refused.status_code == 422
    seen = text_of(refused.text)
    assert "It cannot be done for 2 of 3 people, so it was done for nobody." in seen
    assert "pushed@acme.example belongs to the directory" in seen
    assert world.user(mine).active
    confirms(world.console, BULK, **given, able="1")
    assert not world.user(mine).active
    assert world.user(pushed).active
    assert world.user(world.owner).active
    confirms(world.console, BULK, chosen=mine, act="activate")
    assert world.user(mine).active


def test_nobody_chosen_and_nonsense_are_told(world: ConsoleWorld) -> None:
    """Also a role that is not there, and people of another account."""
    assert "Choose at least one person" in world.console.send(BULK, act="give").text
    id = world.push()
    assert "Choose what shall be done" in world.console.send(BULK, chosen=id, act="explode").text
    assert world.console.send(BULK, chosen=id, act="give", role="Nobody").status_code in (404, 422)
    assert world.console.send(BULK, all="1", listed="nonsense eq 1", act="give", role="Viewer").status_code == 422
    other = ConsoleWorld(world.app, world.database)
    theirs = other.push("theirs@other.example")
    refused = world.console.send(BULK, chosen=f"{id},{theirs}", act="give", role="Viewer")
    assert refused.status_code == 422
    assert "theirs@other.example" not in refused.text
    assert not other.events("access.granted")[1:]


def test_people_are_let_work_in_a_unit_together(world: ConsoleWorld) -> None:
    """All of them."""
    ids = ",".join(world.push() for _ in range(3))
    assert world.console.send(BULK, chosen=ids, act="work", unit="nowhere").status_code == 404
    confirms(world.console, BULK, chosen=ids, act="work", unit="root", children="1")
    assert len([one for one in world.events("access.granted") if "works_in" in (one.after or {})]) == 3


def test_a_delegate_does_it_only_for_whom_they_may(world: ConsoleWorld) -> None:
    """The guards of the services hold."""
    delegate, ids = world.push(), [world.push(), world.owner]
    world.gives("Administrator", delegate)
    console = world.signed_in(delegate)
    refused = console.send(BULK, chosen=",".join(ids), act="give", role="Viewer")
    assert refused.status_code == 422
    assert "is an Account Owner" in refused.text
    confirms(console, BULK, chosen=ids[0], act="give", role="Viewer")


def test_the_usual_order_is_by_name(world: ConsoleWorld) -> None:
    """As people are called, whatever the case."""
    for name in ("beta", "Alpha", "gamma"):
        world.push(displayName=name)
    names = [row[0] for row in cells_of(world.console.open("/console/people"))]
    assert names == ["Alpha", "beta", "gamma", "Olivia Owner"]


def test_somebody_is_made_by_hand(world: ConsoleWorld) -> None:
    """With what they get seen first; what cannot be stands beside the form, and nothing typed is lost."""
    path = "/console/people/new"
    given = {"user_name": "new@acme.example", "display_name": "Nia", "family_name": "New", "email": "n@acme.example"}
    assert "Say by which name" in world.console.send(path, display_name="Nia").text
    shown = sees(world.console, path, **given)
    assert "Nia is made, and can do nothing" in text_of(shown.text)
    assert not [one for one in world.events("user.created") if one.target_name == "new@acme.example"]
    led = led_to(confirms(world.console, path, **given))
    assert "Nia" in text_of(world.console.open(led).text)
    taken = world.console.send(path, **given)
    assert taken.status_code == 409
    assert 'value="n@acme.example"' in taken.text
    viewer = next(one.id for one in world.rows(ROLES) if one.name == "Viewer")
    more = given | {"user_name": "two@acme.example", "chooses": "1", "roles": viewer}
    assert "and gets: Viewer" in text_of(sees(world.console, path, **more).text)
    confirms(world.console, path, **more)
    assert holders(world, "Viewer") == {"two@acme.example"}


def test_search_knows_two_names_and_lists_only_them(world: ConsoleWorld) -> None:
    """In whichever order, whatever the case; what begins no name finds nobody."""
    world.push("1@acme.example", displayName="Dr. A. García", name={"givenName": "Ana", "familyName": "García"})
    world.push("2@acme.example", name={"givenName": "Ana", "familyName": "Müller"})
    for words in ("ana gar", "GARCÍA an", "garc", "dr. a"):
        assert [row[1] for row in cells_of(world.console.open(f"/console/people?q={words}"))] == ["1@acme.example"]
    assert len(cells_of(world.console.open("/console/people?q=ana"))) == 2
    for words in ("arcía", "ana x", "%25", "\x01", "ana\x00"):
        assert not cells_of(world.console.open(f"/console/people?q={words}"))
    refused = world.console.open('/console/people?filter=name eq "x"')
    assert "name is compared with a text, by sw" in text_of(refused.text)


def test_people_of_a_directory_or_a_unit_are_chosen(world: ConsoleWorld) -> None:
    """By the names that these have in the account."""
    made = local(world, "mine@acme.example")
    world.push("pushed@acme.example")
    page = world.console.open("/console/people").text
    directory = world.user(made).directory_id
    assert f'<option value="{directory}">' in page
    rows = cells_of(world.console.open(f"/console/people?directory={directory}"))
    assert [row[1] for row in rows] == ["mine@acme.example", world.user(world.owner).user_name]
    assert len(cells_of(world.console.open("/console/people?directory=nonsense"))) == 3


def test_n07_what_was_chosen_is_there_again_after_a_fresh_proof(world: ConsoleWorld) -> None:
    """Nothing is done by itself; whom it was about, the act and its fields have stayed."""

    def proved(minutes: int) -> None:
        at = now() - timedelta(minutes=minutes)
        with world.database.writing() as session:
            here = SESSIONS.c.account_id == world.account_id
            session.execute(update(SESSIONS).where(here).values(authenticated=at))

    ids = [world.push(), world.push()]
    token = world.console.token()
    proved(minutes=60)
    given = {"form_token": token, "chosen": ids, "act": "give", "role": "Viewer", "reason": "Kept"}
    asked = world.console.open(BULK, "POST", "same-origin", data=given)
    there = next(part for part in asked.text.split('"') if "step_up=1" in part)
    back = parse_qs(urlsplit(unescape(there)).query)["return_to"][0]
    proved(minutes=0)
    page = world.console.open(back)
    assert f'name="chosen" value="{",".join(ids)}"' in page.text
    assert 'value="Kept"' in page.text
    assert "selected>Viewer" in page.text
    assert not holders(world, "Viewer")
    assert led_to(world.console.open(BULK)) == "/console/people"
