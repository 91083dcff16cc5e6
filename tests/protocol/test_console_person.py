"""A person's pages: who they are, what they have and why, what they can do; and what is done about it there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.db import Database
from app.models.base import now
from app.services import assignments, items, separations, units, users
from app.services.giving import Giving
from tests.builders import a_group
from tests.protocol.browser import led_to
from tests.protocol.console_world import ConsoleWorld, confirms, sees, text_of

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
LAUNCH = "campaigns.email.launch"
_OFFERED = re.compile(r"<datalist.*?</datalist>", re.DOTALL)


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    heard: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        heard.append(statement)

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)


def by_hand(world: ConsoleWorld, name: str = "ana@acme.example", **given: object) -> str:
    """Somebody of the account's own directory; their id."""
    with world.database.writing() as session:
        return users.create_user(session, world.account_id, {"user_name": name, **given}).id


def read(world: ConsoleWorld, path: str, language: str = "en", status: int = 200) -> str:
    """What a reader sees of a page, without what its fields could be filled with."""
    page = world.console.open(path, headers={"Accept-Language": language})
    assert page.status_code == status, page.text
    return said(page.text.partition("<main")[2].partition("</main>")[0])


def said(page: str) -> str:
    """What a reader sees, with space between all that stands apart."""
    return text_of(_OFFERED.sub("", page).replace("<", " <")).replace(" .", ".")


def test_profile_says_who_is_in_charge_of_it(world: ConsoleWorld) -> None:
    """Attributes of every schema, hostile ones as texts; no form where a directory decides."""
    id = world.push("x@acme.example", displayName=HOSTILE, name={"givenName": "Zoë"}, title=HOSTILE)
    page = world.console.open(f"/console/people/{id}")
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    seen = said(page.text)
    assert HOSTILE in seen
    assert "name.givenName Zoë" in seen
    assert "is in charge of this profile" in seen
    assert f"/console/people/{id}/edit" not in page.text
    refused = world.console.send(f"/console/people/{id}/edit", user_name="y@acme.example")
    assert refused.status_code == 403
    assert "belongs to the directory" in text_of(refused.text)
    assert 'value="y@acme.example"' in refused.text  # nothing that was typed is lost


def test_profile_made_by_hand_is_changed_here(world: ConsoleWorld) -> None:
    """Further addresses stay; what the schema refuses stands beside the form."""
    emails = [{"value": "a@acme.example", "primary": True}, {"value": "b@acme.example", "type": "home"}]
    id = by_hand(world, attributes={"emails": emails, "nickName": "Nan"})
    path = f"/console/people/{id}/edit"
    assert 'value="a@acme.example"' in world.console.open(path).text
    given = {"user_name": "ana@acme.example", "given_name": "Ana", "email": "new@acme.example", "display_name": "Ana"}
    assert led_to(world.console.send(path, **given)).startswith(f"/console/people/{id}?done=")
    seen = read(world, f"/console/people/{id}")
    for said in ("Ana active", "new@acme.example", "b@acme.example (home)", "nickName Nan", "name.givenName Ana"):
        assert said in seen
    by_hand(world, "taken@acme.example")
    refused = world.console.send(path, **given | {"user_name": "taken@acme.example"})
    assert refused.status_code == 409
    assert 'value="taken@acme.example"' in refused.text


def test_roles_stand_with_their_sources(world: ConsoleWorld) -> None:
    """By hand with who and why, by a group, also one that the person is in by another one."""
    id = world.push()
    inner = world.scim.create("/Groups", a_group("Inner", [id]))["id"]
    outer = world.scim.create("/Groups", a_group("Outer", [inner]))["id"]
    world.gives("Marketer", id)
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, Giving("Analyst", group=outer), reason="Everybody counts")
    seen = read(world, f"/console/people/{id}/access")
    for said in ("Marketer the whole account Given by", "The group has it: Outer", "Everybody counts"):
        assert said in seen
    assert "Not a member, but through Inner" in seen
    assert seen.index("Inner") < seen.index("Not a member, but through")


def test_a_role_is_given_after_its_consequences_were_seen(world: ConsoleWorld) -> None:
    """What is shown is done; another form than was seen is shown anew, and nothing is done meanwhile."""
    id = world.push(displayName="Ana")
    path = f"/console/people/{id}/roles/give"
    shown = sees(world.console, path, role="Marketer", reason="Ticket 1")
    assert "Ana may also do" in text_of(shown.text)
    assert LAUNCH.rpartition(".")[0] in shown.text
    assert "No role" in read(world, f"/console/people/{id}/access")
    assert not [one for one in world.events("access.granted") if one.target_id == id]
    seen = shown.text.partition('name="seen" value="')[2][:32]
    again = world.console.send(path, role="Administrator", reason="Ticket 1", seen=seen)
    assert again.status_code == 200
    assert "Ana may also do" in text_of(again.text)
    assert "No role" in read(world, f"/console/people/{id}/access")
    answer = confirms(world.console, path, role="Marketer", reason="Ticket 1", expires="2099-01-31T09:00")
    assert led_to(answer) == f"/console/people/{id}/access?done=role_given"
    seen_now = read(world, led_to(answer))
    for said in ("The role was given", "Marketer the whole account", "Ticket 1", "until 31 Jan 2099, 09:00 UTC"):
        assert said in seen_now


def test_a_role_given_by_hand_gets_another_end_and_ends(world: ConsoleWorld) -> None:
    """Each by its own page; a grant of somebody else is not there."""
    id, other = world.push(displayName="Ana"), world.push()
    world.gives("Marketer", id)
    world.gives("Marketer", other)
    page = world.console.open(f"/console/people/{id}/access").text
    grant = page.partition(f"/console/people/{id}/roles/")[2].partition(f"/console/people/{id}/roles/")[2][:36]
    confirms(world.console, f"/console/people/{id}/roles/{grant}/extend", expires="2098-01-31T09:00")
    assert "until 31 Jan 2098" in read(world, f"/console/people/{id}/access")
    assert 'value="2098-01-31T09:00"' in world.console.open(f"/console/people/{id}/roles/{grant}/extend").text
    assert world.console.open(f"/console/people/{other}/roles/{grant}/end").status_code == 404
    shown = sees(world.console, f"/console/people/{id}/roles/{grant}/end")
    assert "Ana may no longer do" in text_of(shown.text)
    confirms(world.console, f"/console/people/{id}/roles/{grant}/end", reason="Moved")
    assert "No role" in read(world, f"/console/people/{id}/access")
    assert [one.reason for one in world.events("access.revoked")] == ["Moved"]


def test_wrong_moments_and_nothing_chosen_are_told_beside_the_field(world: ConsoleWorld) -> None:
    """What was filled in stays."""
    id = world.push()
    path = f"/console/people/{id}/roles/give"
    page = world.console.send(path, role="", reason="Why not")
    assert page.status_code == 422
    assert "Choose a role." in page.text
    assert 'value="Why not"' in page.text
    page = world.console.send(path, role="Marketer", expires="tomorrow")
    assert page.status_code == 422
    assert "no such date and time" in page.text
    page = world.console.send(path, role="Marketer", expires="2001-01-01T00:00")
    assert page.status_code == 422
    assert "is over already" in text_of(page.text)


def test_nobody_changes_their_own_access(world: ConsoleWorld) -> None:
    """The pages offer nothing of the kind, and the service refuses what is sent all the same."""
    page = world.console.open(f"/console/people/{world.owner}/access").text
    assert "/roles/give" not in page
    refused = world.console.send(f"/console/people/{world.owner}/roles/give", role="Marketer")
    assert refused.status_code == 403
    assert "nobody changes their own access" in refused.text


def test_a_delegate_gives_what_they_hold_and_no_more(world: ConsoleWorld) -> None:
    """And sees no timeline and no identities: these are for Account Owners."""
    delegate, id = world.push(), world.push(displayName="Ana")
    world.gives("Administrator", delegate)
    console = world.signed_in(delegate)
    confirms(console, f"/console/people/{id}/roles/give", role="Viewer")
    refused = console.send(f"/console/people/{id}/roles/give", role="Account Owner")
    assert refused.status_code == 403
    assert "only an Account Owner" in text_of(refused.text)
    assert console.open(f"/console/people/{id}/timeline").status_code == 403
    page = console.open(f"/console/people/{id}/sign-in")
    assert page.status_code == 200
    assert "Identities" not in page.text
    assert "/timeline" not in page.text


def test_what_belongs_apart_is_told_before_it_comes_together(world: ConsoleWorld) -> None:
    """Separations of duties that the act would break."""
    id = world.push("apart@acme.example")
    with world.database.writing() as session:
        separations.create_separation(session, world.account_id, "Four eyes", [LAUNCH, "campaigns.email.create"])
    shown = sees(world.console, f"/console/people/{id}/roles/give", role="Marketer")
    assert "apart@acme.example would break the separation of duties “Four eyes” in root" in text_of(shown.text)


def test_individual_permissions_are_put_and_ended(world: ConsoleWorld) -> None:
    """A denial takes away what a role gives; an unknown permission is told beside its field."""
    id = world.push(displayName="Ana")
    world.gives("Marketer", id)
    path = f"/console/people/{id}/permissions"
    refused = world.console.send(path, permission="no.such.thing", effect="allow")
    assert refused.status_code == 422
    assert "there is nothing at" in text_of(refused.text)
    shown = sees(world.console, path, permission=LAUNCH, effect="deny", reason="Paused")
    assert "Ana may no longer do (1)" in text_of(shown.text)
    confirms(world.console, path, permission=LAUNCH, effect="deny", reason="Paused")
    seen = read(world, f"/console/people/{id}/access")
    assert "denied" in seen
    assert "Paused" in seen
    assert "individual permission takes away from Marketer (1)" in seen
    confirms(world.console, path, permission=LAUNCH, effect="unset")
    assert "Paused" not in read(world, f"/console/people/{id}/access")


def test_units_are_given_and_taken(world: ConsoleWorld) -> None:
    """Home and others."""
    id = world.push()
    with world.database.writing() as session:
        units.create_unit(session, world.account_id, "emea", "EMEA")
        units.create_unit(session, world.account_id, "apac", "APAC")
    confirms(world.console, f"/console/people/{id}/home", unit="emea")
    confirms(world.console, f"/console/people/{id}/work", unit="apac", children="1")
    seen = read(world, f"/console/people/{id}/access")
    assert "At home in emea" in seen
    assert "apac and below Said by hand" in seen
    confirms(world.console, f"/console/people/{id}/leave-unit", unit="apac", children="1")
    assert "apac and below" not in read(world, f"/console/people/{id}/access")
    assert world.console.send(f"/console/people/{id}/work", unit="nowhere").status_code == 404


def test_the_explorer_says_why_and_why_not(world: ConsoleWorld) -> None:
    """The decision with its tree, in both languages, as the API and the command say it; without one, everything."""
    id = world.push(displayName="Ana")
    path = f"/console/people/{id}/can"
    no = read(world, f"{path}?permission={LAUNCH}")
    assert "No " in no
    assert "What is missing" in no
    assert "role Marketer allows it" in no
    world.gives("Marketer", id)
    yes = read(world, f"{path}?permission={LAUNCH}")
    assert "Yes " in yes
    assert f"role Marketer allows {LAUNCH}" in yes
    assert "rol Marketer" in read(world, f"{path}?permission={LAUNCH}", "es")
    assert "Launch email campaigns" in read(world, path)
    unknown = read(world, f"{path}?permission=campaigns.email.lunch")
    assert LAUNCH in unknown  # the nearest
    assert "a business unit of that name" in read(world, f"{path}?permission={LAUNCH}&unit=nowhere")
    assert world.console.open(f"{path}?unit=nowhere").status_code == 404
    assert world.console.open(f"{path}?at=someday").status_code == 422
    page = world.console.open(f"{path}?permission={HOSTILE}")
    assert "<script>alert" not in page.text


def test_the_past_is_shown_as_it_was(world: ConsoleWorld) -> None:
    """What somebody had and could do at a moment; before the journal there is nothing to say."""
    id = world.push()
    world.gives("Marketer", id)
    at = (now() + timedelta(milliseconds=5)).isoformat().replace("+00:00", "Z")
    while now().isoformat().replace("+00:00", "Z") <= at:
        pass
    page = world.console.open(f"/console/people/{id}/access").text
    grant = page.partition(f"/console/people/{id}/roles/")[2].partition(f"/console/people/{id}/roles/")[2][:36]
    confirms(world.console, f"/console/people/{id}/roles/{grant}/end")
    assert "No role" in read(world, f"/console/people/{id}/access")
    then = read(world, f"/console/people/{id}/access?at={at}")
    assert "Marketer the whole account" in then
    assert "Nothing can be changed here" in then
    assert "Launch email campaigns" in read(world, f"/console/people/{id}/can?at={at}")
    assert "Launch email campaigns" not in read(world, f"/console/people/{id}/can")
    before = read(world, f"/console/people/{id}/access?at=2001-01-01T00:00", status=422)
    assert "the past of this account is kept since" in before


def test_sessions_are_ended_and_identities_forgotten(world: ConsoleWorld) -> None:
    """One session, or all; a session of somebody else is not there."""
    id = world.push(displayName="Ana")
    browser, other = world.signed_in(id), world.signed_in(id)
    page = world.console.open(f"/console/people/{id}/sign-in").text
    one = page.partition("sessions/end?session=")[2][:36]
    assert "Sessions that end at once: 1" in read(world, f"/console/people/{id}/sessions/end?session={one}")
    world.console.send(f"/console/people/{id}/sessions/end", session=one)
    assert sorted(world.who(each) is None for each in (browser, other)) == [False, True]
    world.console.send(f"/console/people/{id}/sessions/end")
    assert world.who(browser) is world.who(other) is None
    assert world.console.open(f"/console/people/{id}/sessions/end").status_code == 404
    mine = f"/console/people/{id}/sessions/end"
    assert world.console.send(mine, session="0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d").status_code == 404


def test_somebody_made_by_hand_is_deactivated_and_comes_back(world: ConsoleWorld) -> None:
    """With what it means; a person of a directory is deactivated there."""
    id = by_hand(world, display_name="Ana")
    world.gives("Marketer", id)
    shown = sees(world.console, f"/console/people/{id}/deactivate")
    assert "Ana may no longer do" in text_of(shown.text)
    confirms(world.console, f"/console/people/{id}/deactivate")
    assert "deactivated" in read(world, f"/console/people/{id}")
    assert "Ana may also do" in text_of(sees(world.console, f"/console/people/{id}/activate").text)
    confirms(world.console, f"/console/people/{id}/activate")
    assert "Ana active" in read(world, f"/console/people/{id}")
    confirms(world.console, f"/console/people/{id}/delete")
    assert world.console.open(f"/console/people/{id}").status_code == 404
    assert world.console.send(f"/console/people/{world.push()}/deactivate").status_code == 403


def test_a_leaver_hands_over_and_is_deactivated_together(world: ConsoleWorld) -> None:
    """What was shown is handed over; if something else is owned by then, it is looked at again."""
    world = ConsoleWorld(world.app, world.database, profile="exacttarget")
    id, heir = by_hand(world, display_name="Ana"), by_hand(world, "heir@acme.example")
    with world.database.writing() as session:
        for number in range(2):
            made = {"type": "email", "id": f"m{number}", "name": HOSTILE, "owner": id}
            items.register(session, world.account_id, made)
    page = world.console.open(f"/console/people/{id}/items")
    assert "<script>alert" not in page.text
    assert HOSTILE in text_of(page.text)
    path, given = f"/console/people/{id}/leave", {"kind": "person", "to": "heir@acme.example", "deactivate": "1"}
    assert "Say who gets the items" in world.console.send(path).text
    shown = sees(world.console, path, **given)
    assert "Items that go to heir@acme.example: 2" in text_of(shown.text)
    seen, token = (shown.text.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("seen", "token"))
    with world.database.writing() as session:
        items.register(session, world.account_id, {"type": "email", "id": "late", "owner": id})
    late = world.console.send(path, **given, seen=seen, token=token)
    assert late.status_code == 409
    assert "has changed since the preview" in text_of(late.text)
    assert world.user(id).active
    shown = sees(world.console, path, **given)
    seen, token = (shown.text.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("seen", "token"))
    assert world.console.send(path, **given, seen=seen, token=token).status_code == 303
    assert not world.user(id).active
    assert "late" in read(world, f"/console/people/{heir}/items")


def test_the_timeline_tells_sentences_page_by_page(world: ConsoleWorld) -> None:
    """The latest first; names of what happened are texts."""
    id = world.push(displayName="Ana")
    world.gives("Marketer", id)
    for number in range(55):
        body = {"Operations": [{"op": "replace", "path": "title", "value": f"{HOSTILE}{number}"}]}
        world.scim.patch(f"/Users/{id}", body)
    first = world.console.open(f"/console/people/{id}/timeline")
    assert "<script>alert" not in first.text
    assert f"{HOSTILE}54" in text_of(first.text)
    assert "Was given Marketer" not in text_of(first.text)
    before = first.text.partition("timeline?before=")[2].partition('"')[0]
    assert "Was given Marketer in the whole account." in read(world, f"/console/people/{id}/timeline?before={before}")
    assert "Recibió Marketer en toda la cuenta." in read(world, f"/console/people/{id}/timeline?before={before}", "es")
    assert world.console.open(f"/console/people/{id}/timeline?before=x").status_code == 200


def test_people_of_other_accounts_are_not_there(world: ConsoleWorld) -> None:
    """M-1: on no page, for no act."""
    other = ConsoleWorld(world.app, world.database)
    id = other.push()
    base = f"/console/people/{id}"
    for page in ("", "/access", "/can", "/items", "/sign-in", "/timeline", "/roles/give", "/permissions", "/home"):
        assert world.console.open(f"{base}{page}").status_code == 404, page
    for act in ("/roles/give", "/edit", "/deactivate", "/sessions/end", "/leave", "/work"):
        assert world.console.send(f"{base}{act}", role="Viewer", to="x", unit="root").status_code == 404, act


def test_everything_is_said_in_spanish_too(world: ConsoleWorld) -> None:
    """Every page."""
    id = world.push()
    world.gives("Marketer", id)
    said = {
        "": "De dónde viene esta persona",
        "/access": "toda la cuenta",
        "/can": "Qué puede hacer",
        "/items": "no posee nada",
        "/sign-in": "no tiene ninguna sesión iniciada",
        "/timeline": "Persona creada",
        "/roles/give": "Ver las consecuencias",
    }
    for page, words in said.items():
        assert words in read(world, f"/console/people/{id}{page}", "es"), page


@pytest.mark.parametrize(
    ("page", "most"), [("", 12), ("/access", 26), ("/can", 16), (f"/can?permission={LAUNCH}", 24), ("/sign-in", 16)]
)
def test_pages_ask_the_database_a_bounded_number_of_times(world: ConsoleWorld, page: str, most: int) -> None:
    """However many roles, groups and sessions somebody has."""
    id = world.push()
    for role in ("Marketer", "Analyst", "Viewer"):
        world.gives(role, id)
    for _ in range(5):
        world.scim.create("/Groups", a_group(members=[id]))
        world.signed_in(id)
    world.console.open(f"/console/people/{id}{page}")
    with statements(world.database) as heard:
        assert world.console.open(f"/console/people/{id}{page}").status_code == 200
    assert len(heard) <= most, "\n".join(heard)
