"""The feedback loop: people ask on their own page, an Account Owner answers in the console; lists are kept as liked."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db import Database
from app.stores.access_requests import REQUESTS
from app.stores.saved_views import VIEWS
from tests.protocol.browser import led_to
from tests.protocol.console_world import ConsoleWorld, confirms, text_of

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def asked(world: ConsoleWorld) -> list[tuple[str, str]]:
    """What was asked, and how it stands."""
    return sorted((row.text, row.state) for row in world.rows(REQUESTS))


def test_somebody_asks_an_owner_gives_and_answers(world: ConsoleWorld) -> None:
    """From the own page to the overview, the role and back; the trail has all of it."""
    id = world.push("ana@acme.example", displayName="Ana")
    ana = world.signed_in(id)
    assert led_to(ana.send("/me/requests", kind="role", role="Analyst", text="Quarterly report")) == (
        "/me/requests?done=asked"
    )
    assert "waits for an answer" in ana.open("/me/requests").text
    assert "One request waits for an answer" in text_of(world.console.open("/console").text)
    listed = world.console.open("/console/requests").text
    assert "Ana asks for the role Analyst" in text_of(listed)
    [request] = world.rows(REQUESTS)
    page = world.console.open(f"/console/requests/{request.id}")
    assert f"/console/people/{id}/roles/give?role=Analyst&amp;reason=Quarterly+report" in page.text
    form = world.console.open(f"/console/people/{id}/roles/give?role=Analyst&reason=Quarterly+report").text
    assert "selected>Analyst" in form
    confirms(world.console, f"/console/people/{id}/roles/give", role="Analyst")
    answered = world.console.send(f"/console/requests/{request.id}", state="done", text="Here you are")
    assert led_to(answered) == "/console/requests?done=request_answered"
    assert "Here you are" in ana.open("/me/requests").text
    assert "No request waits" in world.console.open("/console/requests").text
    assert world.console.send(f"/console/requests/{request.id}", state="done").status_code == 409
    assert [one.action for one in world.events() if one.action.startswith("request.")] == [
        "request.opened",
        "request.answered",
    ]


def test_what_makes_no_sense_is_told_and_nothing_typed_is_lost(world: ConsoleWorld) -> None:
    """Also a refusal without a reason, and more requests than anybody could read."""
    ana = world.signed_in(world.push())
    refused = ana.send("/me/requests", kind="role", role="", text="I need it")
    assert refused.status_code == 422
    assert "I need it" in refused.text
    assert ana.send("/me/requests", kind="odd", role="x", text="x").status_code == 422
    for number in range(10):
        ana.send("/me/requests", kind="wrong", text=f"{number}")
    assert ana.send("/me/requests", kind="wrong", text="one more").status_code == 422
    request = world.rows(REQUESTS)[0]
    for given in ({"state": "declined"}, {"state": "odd", "text": "x"}, {}):
        assert world.console.send(f"/console/requests/{request.id}", **given).status_code == 422
    assert {state for _, state in asked(world)} == {"open"}


def test_requests_are_taken_back_by_whoever_made_them(world: ConsoleWorld) -> None:
    """By nobody else; nor answered by who is no owner, or about oneself."""
    ana, ben = world.signed_in(world.push()), world.signed_in(world.push())
    ana.send("/me/requests", kind="wrong", text=HOSTILE)
    [request] = world.rows(REQUESTS)
    ben.send("/me/requests/withdraw", request=request.id)
    assert asked(world) == [(HOSTILE, "open")]
    assert ben.open(f"/console/requests/{request.id}").status_code == 403
    delegate = world.push()
    world.gives("Administrator", delegate)
    assert world.signed_in(delegate).open("/console/requests").status_code == 403
    assert "<script>alert" not in world.console.open(f"/console/requests/{request.id}").text
    other = ConsoleWorld(world.app, world.database)
    assert other.console.open(f"/console/requests/{request.id}").status_code == 404
    ana.send("/me/requests/withdraw", request=request.id)
    assert asked(world) == [(HOSTILE, "withdrawn")]
    world.console.send("/me/requests", kind="role", role="Marketer", text="For me")
    mine = next(row.id for row in world.rows(REQUESTS) if row.user_id == world.owner)
    assert world.console.send(f"/console/requests/{mine}", state="done").status_code == 403


def test_everybody_reads_what_they_can_do_and_why(world: ConsoleWorld) -> None:
    """In plain words of either language, with descriptions; and what is known of them."""
    id = world.push("ana@acme.example", displayName=HOSTILE, title="Editor")
    ana = world.signed_in(id)
    assert "Marketer" not in ana.open("/me/access").text
    world.gives("Marketer", id)
    page = text_of(ana.open("/me/access").text)
    assert "Launch email campaigns" in page
    why = ana.open("/me/access?permission=campaigns.email.launch")
    assert "role Marketer allows campaigns.email.launch" in text_of(why.text)
    spanish = ana.open("/me/access?permission=campaigns.email.launch", headers={"Accept-Language": "es"})
    assert "Porque" in spanish.text
    assert ana.open("/me/access?unit=nowhere").status_code == 303
    data = ana.open("/me/data")
    assert "Editor" in data.text
    assert "<script>alert" not in data.text
    for path in ("/me/access", "/me/data", "/me/requests"):
        assert world.browser().open(path).status_code == 303


def test_a_list_is_kept_as_somebody_likes_it(world: ConsoleWorld) -> None:
    """Under a name of their own, seen by nobody else, forgotten when they say."""
    world.push("gone@acme.example")
    page = world.console.open("/console/people?state=active&sort=-name&column=external_id").text
    keep = page.partition('href="/console/views?')[2].partition('"')[0].replace("&amp;", "&")
    form = world.console.open(f"/console/views?{keep}")
    kept = world.console.submit(form, "/console/views", name="Active ones")
    assert kept.status_code == 303
    assert led_to(kept) == "/console/people?sort=-name&state=active&column=external_id"
    assert "Active ones" in world.console.open("/console/people").text
    again = world.console.submit(form, "/console/views", name="active ONES")
    assert again.status_code == 409
    assert "there is a view of the name" in again.text
    assert world.console.submit(form, "/console/views", name="").status_code == 422
    other = world.signed_in(world.an_owner())
    assert "Active ones" not in other.open("/console/people").text
    [view] = world.rows(VIEWS)
    forget = f"/console/views/{view.id}/forget"
    assert other.send(forget, way="/console/people").status_code == 404
    for path in ("https://evil.example", "//evil.example", "/console/../x", "/me"):
        assert world.console.open(f"/console/views?list=people&way={path}").status_code == 404
    world.console.send(forget, way="/console/people")
    assert not world.rows(VIEWS)


@pytest.mark.parametrize(
    ("list_", "query"),
    [
        ("people", "sort=-modified"),
        ("groups", "mapped=no"),
        ("roles", "sort=-name"),
        ("items", "owner=gone"),
        ("audit", "by=person"),
    ],
)
def test_every_main_list_is_kept(app: Flask, database: Database, list_: str, query: str) -> None:
    """As it stands; named in both languages; a list that there is not is none."""
    world = ConsoleWorld(app, database, profile="exacttarget")
    path = f"/console/{list_}"
    page = world.console.open(f"{path}?{query}").text
    keep = page.partition('href="/console/views?')[2].partition('"')[0].replace("&amp;", "&")
    form = world.console.open(f"/console/views?{keep}")
    assert led_to(world.console.submit(form, "/console/views", name=HOSTILE)) == f"{path}?{query}"
    shown = world.console.open(path).text
    assert f'<a href="{path}?{query}">&lt;script&gt;' in shown
    spanish = world.console.open(f"/console/views?{keep}", headers={"Accept-Language": "es"}).text
    assert "Sus vistas de esta lista" in spanish
    assert world.console.open("/console/views?list=webhooks&way=/console/settings/webhooks").status_code == 404
