"""/webhooks and /events: made, shown once, changed, replayed, read by whom it may concern."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit import EVENTS
from app.db import Database
from app.models import IdempotentAnswer
from app.models.base import table
from tests.protocol.api_client import Api, done, places, problem

URL = "https://crm.example/hooks?token=in-the-url"


@pytest.fixture
def crm(api: Api) -> dict[str, Any]:
    """A webhook with its secret."""
    answer = api.post("/webhooks", {"name": "CRM", "url": URL, "types": ["access.granted"]})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def test_the_secret_is_shown_once(api: Api, crm: dict[str, Any], database: Database) -> None:
    """In the answer to the call that makes it; in no other answer, not in the trail, and not among kept answers."""
    secret = crm.pop("secret")
    assert secret.startswith("whsec_")
    shown = api.get("/webhooks/crm")
    assert shown.json == crm == api.every("/webhooks")[0]
    [again] = api.every("/webhooks", filter='name eq "CRM"')
    assert "secret" not in again
    rotated = done(api.post("/webhooks/crm/rotate-secret", {}))
    assert rotated["secret"] not in (secret, None)
    assert rotated["previous_secret_until"] is not None
    api.post("/webhooks", {"name": "other", "url": URL}, Idempotency_Key="make it once")
    with database.reading() as session:
        trail = str(session.execute(select(EVENTS).where(EVENTS.c.account_id == api.account_id)).all())
        kept = str(session.execute(select(table(IdempotentAnswer).c.body)).all())
    assert "whsec" not in trail + kept
    assert "in-the-url" not in trail
    assert "crm.example" in trail


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://X.example?tok=SECRET1", "x.example"),
        ("https://x.example:8443?tok=SECRET1", "x.example:8443"),
        ("https://x.example/SECRET1/a?b=SECRET1", "x.example"),
        ("https://[2606:4700::1111]:8443/SECRET1", "2606:4700::1111:8443"),
    ],
)
def test_the_trail_has_nothing_of_a_url_but_the_host(
    api: Api, database: Database, url: str, host: str, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """Path and query may hold a secret, even where there is no path; a URL with a user is not taken at all."""
    made = api.create("/webhooks", {"name": "Secret", "url": url})
    for change in ({"url": f"{url}9"}, {"enabled": False}, {"enabled": True}):
        done(api.patch(f"/webhooks/{made['id']}", change))
    for other in ("https://user:SECRET1@x.example/", "https://SECRET1@x.example/", "https://127.0.0.1/?tok=SECRET1"):
        api.post("/webhooks", {"name": "Refused", "url": other})
    with database.reading() as session:
        rows = session.execute(select(EVENTS).where(EVENTS.c.account_id == api.account_id)).all()
    assert f"'host': '{host}'" in str(rows)
    assert "SECRET1" not in str(rows) + caplog.text + "".join(capfd.readouterr())


def test_its_version_is_that_of_what_is_shown_later(api: Api) -> None:
    """The secret is no part of it, so that a change can follow at once."""
    made = api.post("/webhooks", {"name": "crm", "url": URL})
    assert made.headers["Location"].endswith(f"/webhooks/{made.json['id']}")
    tag = made.headers["ETag"]
    assert api.get("/webhooks/crm").headers["ETag"] == tag
    assert done(api.patch("/webhooks/crm", {"name": "CRM 2"}, If_Match=tag))["name"] == "CRM 2"
    assert problem(api.patch("/webhooks/CRM 2", {"name": "x"}, If_Match=tag)) == (412, "stale")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": "x", "url": "http://crm.example/"}, "/url"),
        ({"name": "x", "url": "https://169.254.169.254/latest/meta-data"}, "/url"),
        ({"name": "x", "url": "https://2130706433/"}, "/url"),
        ({"name": "x", "url": "https://[::ffff:10.0.0.1]/"}, "/url"),
        ({"name": "x", "url": "https://user:password@crm.example/"}, "/url"),
        ({"name": "x", "url": URL, "types": ["api_key.issued"]}, "/types"),
        ({"name": "  ", "url": URL}, "/name"),
        ({"name": "x"}, "/url"),
        ({"name": "x", "url": URL, "secret": "mine"}, "/secret"),
    ],
)
def test_what_is_refused(api: Api, body: dict[str, Any], place: str) -> None:
    """With its place; also when a good one is to become so."""
    answer = api.post("/webhooks", body)
    assert problem(answer) == (400, "invalid")
    assert places(answer) == {place}
    if "url" in body and place != "/secret":
        api.post("/webhooks", {"name": "crm", "url": URL})
        assert problem(api.patch("/webhooks/crm", body)) == (400, "invalid")


def test_names_are_unique(api: Api, other_api: Api, crm: dict[str, Any]) -> None:
    """In an account, whatever their case."""
    assert problem(api.post("/webhooks", {"name": "crm", "url": URL})) == (409, "conflict")
    api.post("/webhooks", {"name": "other", "url": URL})
    assert problem(api.patch("/webhooks/other", {"name": "Crm"})) == (409, "conflict")
    assert other_api.post("/webhooks", {"name": "crm", "url": URL}).status_code == 201
    assert problem(other_api.get(f"/webhooks/{crm['id']}")) == (404, "not-found")


def test_off_and_on(api: Api, crm: dict[str, Any]) -> None:
    """With a reason while it is off; a test needs one that is on; both are in the trail."""
    cursor = api.read("/webhooks/crm/status")["cursor"]
    off = done(api.patch("/webhooks/crm", {"enabled": False}))
    assert (off["enabled"], off["disabled_reason"]) == (False, "switched off")
    assert problem(api.post("/webhooks/crm/test")) == (400, "invalid")
    on = done(api.patch("/webhooks/crm", {"enabled": True}))
    assert (on["enabled"], on["disabled_reason"]) == (True, None)
    status = done(api.post("/webhooks/crm/test"))
    assert (status["cursor"], status["enabled"]) == (cursor, True)
    assert status["last"] > cursor


def test_replay(api: Api, crm: dict[str, Any]) -> None:
    """By a place in the trail or a moment, one of the two, and not beyond its end."""
    api.create("/users", {"user_name": "ana@acme.example"})
    assert done(api.post("/webhooks/crm/replay", {"after": 1}))["cursor"] == 1
    assert done(api.post("/webhooks/crm/replay", {"since": "2020-01-01T00:00:00Z"}))["cursor"] == 0
    last = api.read("/webhooks/crm/status")["last"]
    assert done(api.post("/webhooks/crm/replay", {"after": last}))["cursor"] == last
    for body in ({}, {"after": 1, "since": "2020-01-01T00:00:00Z"}, {"after": last + 10}, {"after": -1}):
        assert problem(api.post("/webhooks/crm/replay", body)) == (400, "invalid")


def test_deliveries_are_filtered_by_number(api: Api, crm: dict[str, Any]) -> None:
    """Status, attempt and sequence are numbers."""
    found = done(api.get("/webhooks/crm/deliveries", filter="status ge 400 or attempt gt 1 or sequence eq 1"))
    assert found["results"] == []


def test_a_deleted_webhook_is_gone(api: Api, crm: dict[str, Any]) -> None:
    """It is named in the trail, and nowhere else."""
    assert api.delete("/webhooks/crm").status_code == 204
    for path in ("/webhooks/crm", f"/webhooks/{crm['id']}", "/webhooks/crm/deliveries"):
        assert problem(api.get(path)) == (404, "not-found")


def test_only_owners_have_to_do_with_events(api: Api, crm: dict[str, Any]) -> None:
    """In a person's name: an Account Owner may; who administers something, or nothing, may not."""
    for name, roles in (("boss", ["Account Owner"]), ("adam", ["Administrator"]), ("ana", ["Viewer"])):
        api.create("/users", {"user_name": name, "roles": roles})
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/events", None),
        ("GET", "/webhooks", None),
        ("GET", "/webhooks/crm", None),
        ("GET", "/webhooks/crm/status", None),
        ("GET", "/webhooks/crm/deliveries", None),
        ("POST", "/webhooks", {"name": "mine", "url": URL}),
        ("PATCH", "/webhooks/crm", {"enabled": False}),
        ("POST", "/webhooks/crm/rotate-secret", {}),
        ("POST", "/webhooks/crm/test", None),
        ("POST", "/webhooks/crm/replay", {"after": 0}),
        ("DELETE", "/webhooks/crm", None),
    ]
    before = api.read("/webhooks/crm")
    for person in ("adam", "ana"):
        for method, path, body in calls:
            assert problem(api.acting_as(person).request(method, path, body)) == (403, "forbidden"), (person, path)
    assert api.read("/webhooks/crm") == before
    assert api.acting_as("boss").get("/events").status_code == 200
    assert api.acting_as("boss").post("/webhooks", {"name": "mine", "url": URL}).status_code == 201


def test_the_feed(app: Flask, api: Api, other_api: Api) -> None:
    """What happened through the API comes in its order, by type, in pages; nothing of another account."""
    begin = api.read("/events")["last"]
    ana = api.create("/users", {"user_name": "ana@acme.example"})
    other_api.create("/users", {"user_name": "bob@acme.example"})
    done(api.post("/assignments", {"role": "Marketer", "users": [ana["id"]], "reason": "Ticket 4711"}))
    api.post("/users/ana@acme.example/deactivate")
    found = api.read("/events", after=begin)
    assert [one["type"] for one in found["results"]] == ["user.created", "access.granted", "user.deactivated"]
    assert not found["more"]
    granted = found["results"][1]["data"]
    assert (granted["subject"]["id"], granted["reason"]) == (ana["id"], "Ticket 4711")
    assert granted["access"]["role"] == "Marketer"
    assert granted["actor"]["kind"] == "key"
    pages, after, more = [], begin, True
    while more:
        page = api.read("/events", after=after, limit=1, types="user.created,user.deactivated")
        pages += page["results"]
        after, more = page["last"], page["more"]
    assert pages == [found["results"][0], found["results"][2]]
    assert api.read("/events", after=after)["results"] == []
    for query in ({"types": "nonsense"}, {"after": "x"}, {"after": -1}, {"limit": 0}, {"limit": 501}):
        assert problem(api.get("/events", **query)) == (400, "invalid")
