"""Sign-ins by SAML over HTTP: what is used once, in which browser it ends, and that a refusal changes nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.db import Database
from app.models import ConnectionCertificate
from app.models.base import now, table
from app.services import connection_certificates, login_attempts
from app.stores.access_tables import ACCOUNTS
from app.stores.sign_in import ATTEMPTS, MESSAGES, TICKETS
from app.stores.sign_in_traces import MOST_REFUSED
from tests.builders import a_patch
from tests.idp.saml_idp import SamlIdp, Signing, the
from tests.idp.saml_keys import rsa_pair
from tests.protocol.sign_in_world import LINKS, SESSIONS, USERS, Saml, World, earlier, local

CERTIFICATES = table(ConnectionCertificate)
ATTRIBUTES = {"email": ["ana@acme.example"], "displayName": ["Ana Arce"]}


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def saml(world: World) -> Saml:
    """A connection that creates people."""
    return world.saml(creates_people=True)


def is_refused(world: World, answer: TestResponse, reason: str, status: int = 403) -> None:
    """A plain page with a reference and no detail; the trail and the trace have the reason."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "text/html"
    reference = answer.headers["X-Request-ID"]
    assert reference in answer.text
    assert reason not in answer.text.replace(reference, "") or reason in ("request", "time", "form", "connection")
    [event] = [one for one in world.events("sign_in.refused") if one.request_id == reference]
    assert event.reason == reason
    [trace] = [one for one in world.traces() if one.reference == reference]
    assert (trace.outcome, trace.reason) == ("refused", reason)
    assert "muster" not in {cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")}


class Unchanged:
    """People, links and sessions of an account, before and after."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = self._now()

    def _now(self) -> list[Any]:
        return [sorted(map(str, self._world.rows(rows))) for rows in (USERS, LINKS, SESSIONS)]

    def check(self) -> None:
        assert self._now() == self._before


def test_a_sign_in_from_its_beginning_to_the_own_page(world: World, saml: Saml) -> None:
    """A person is made, has a session and no role; the trail says all of it."""
    browser = world.browser()
    answer = saml.sign_in(browser, {"return_to": "/me?tab=sessions"}, attributes=ATTRIBUTES)
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == "/me?tab=sessions"
    person = world.who(browser)
    assert person is not None
    assert person.connection_id == saml.id
    assert browser.open("/me").status_code == 200
    user = world.user(person.user_id)
    assert (user.origin, user.active, user.user_name) == ("sso", True, "u-17")
    assert "Ana Arce" in user.document
    [made] = [one for one in world.events("user.created") if one.target_id == user.id]
    assert (made.actor_kind, made.actor_id) == ("idp", saml.id)
    [linked] = world.events("person.linked")
    assert linked.after["how"] == "created"
    [accepted] = world.events("sign_in.accepted")
    assert (accepted.actor_kind, accepted.actor_id, accepted.target_id) == ("person", user.id, user.id)
    assert accepted.after["connection"] == saml.id
    assert len(accepted.after["verified_by"]) == 64
    [trace] = world.traces()
    assert (trace.outcome, trace.user_id, trace.reference) == ("accepted", user.id, accepted.request_id)
    assert {check["verdict"] for check in trace.checks} == {"passed"}
    assert not world.events("access.granted")
    world.verify()


def test_s40_only_what_was_asked_for(world: World, saml: Saml) -> None:
    """Without RelayState, with an unknown one, or answering another request."""
    browser, state = world.browser(), Unchanged(world)
    begun = saml.begin(browser)
    is_refused(world, saml.post(browser, saml.message(begun.request_id), None), "request")
    is_refused(world, saml.post(browser, saml.message(begun.request_id), "x" * 43), "request")
    is_refused(world, saml.post(browser, saml.message("_another"), begun.relay_state), "request")
    state.check()


def test_s40_used_up_although_it_was_refused(world: World, saml: Saml) -> None:
    """A wrong answer takes the request with it: the right one comes too late, and never works."""
    browser = world.browser()
    begun = saml.begin(browser)
    bad = saml.message(begun.request_id, tamper=lambda root: the(root, "saml:NameID").__setattr__("text", "root"))
    is_refused(world, saml.post(browser, bad, begun.relay_state), "signature")
    state = Unchanged(world)
    is_refused(world, saml.post(browser, saml.message(begun.request_id), begun.relay_state), "replay")
    state.check()


def test_s40_after_ten_minutes(world: World, saml: Saml) -> None:
    browser = world.browser()
    begun = saml.begin(browser)
    with world.database.writing() as session:
        session.execute(update(ATTEMPTS).where(ATTEMPTS.c.connection_id == saml.id).values(expires=earlier(0.01)))
    is_refused(world, saml.post(browser, saml.message(begun.request_id), begun.relay_state), "request")
    login_attempts.forget_old(world.database)
    assert world.rows(ATTEMPTS) == []


def test_s40_another_connection_of_the_same_account(world: World, saml: Saml) -> None:
    """The request of one is not answered at the other, although the identity provider is the same."""
    other, browser = world.saml(idp=saml.idp, creates_people=True), world.browser()
    begun = saml.begin(browser)
    is_refused(world, other.post(browser, other.message(begun.request_id), begun.relay_state), "request")
    # It was not used up by that.
    assert saml.post(browser, saml.message(begun.request_id), begun.relay_state).status_code == 303


def test_l10_the_connection_selects_and_not_the_issuer(
    world: World, saml: Saml, app: Flask, database: Database
) -> None:
    """Two accounts trust the same provider by the same key: what is for one is nothing for the other."""
    stranger = World(app, database)
    other, browser = stranger.saml(idp=saml.idp, creates_people=True), world.browser()
    mine, theirs = saml.begin(browser), other.begin(browser)
    message = saml.message(mine.request_id)
    is_refused(stranger, other.post(browser, message, theirs.relay_state), "destination")
    assert stranger.rows(USERS) == [row for row in stranger.rows(USERS) if row.origin != "sso"]
    assert saml.follow(browser, saml.post(browser, message, mine.relay_state)).status_code == 303
    assert world.who(browser) is not None


def test_s41_one_assertion_once(world: World, saml: Saml) -> None:
    """By its id, and not by the text or the request: signed anew for another request, it is the same assertion."""
    browser = world.browser()
    first, second = saml.begin(browser), saml.begin(browser)
    id = f"_same-{saml.id}"
    assert saml.post(browser, saml.message(first.request_id, id=id), first.relay_state).status_code == 303
    is_refused(world, saml.post(browser, saml.message(second.request_id, id=id), second.relay_state), "replay")


def test_s41_kept_until_it_would_be_too_old(world: World, saml: Saml) -> None:
    """Beyond the end of the assertion and the difference of clocks; then forgotten. Another account's are its own."""
    saml.sign_in(world.browser())
    [row] = world.rows(MESSAGES)
    assert row.expires > now() + timedelta(minutes=5) + timedelta(seconds=180)
    login_attempts.forget_old(world.database)
    assert len(world.rows(MESSAGES)) == 1
    with world.database.writing() as session:
        session.execute(update(MESSAGES).where(MESSAGES.c.connection_id == saml.id).values(expires=earlier(1)))
    login_attempts.forget_old(world.database)
    assert world.rows(MESSAGES) == []


def race(*works: Callable[[], TestResponse]) -> list[int]:
    """Do all of it at the same moment; the statuses."""
    ready, found = threading.Barrier(len(works)), []

    def run(work: Callable[[], TestResponse]) -> None:
        ready.wait()
        found.append(work().status_code)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_s40_s41_two_at_the_same_moment(world: World, saml: Saml) -> None:
    """The same response posted twice, one assertion for two requests, a ticket brought twice: exactly one passes."""
    for _ in range(5):
        _race_once(world, saml)


def _race_once(world: World, saml: Saml) -> None:
    browser = world.browser()
    begun = saml.begin(browser)
    message = saml.message(begun.request_id)
    assert race(*[lambda: saml.post(browser, message, begun.relay_state)] * 3) == [303, 403, 403]

    id = f"_{now().timestamp()}"
    first, second = saml.begin(browser), saml.begin(browser)
    one, two = (saml.message(asked.request_id, id=id) for asked in (first, second))
    both = race(lambda: saml.post(browser, one, first.relay_state), lambda: saml.post(browser, two, second.relay_state))
    assert both == [303, 403]

    third = saml.begin(browser)
    path = local(saml.post(browser, saml.message(third.request_id), third.relay_state).headers["Location"])
    flow = browser.cookie("muster-flow")
    assert flow is not None

    def come() -> TestResponse:
        one = world.browser()
        one.keep("muster-flow", flow)
        return one.open(path)

    assert race(come, come) == [303, 403]


def test_s42_two_tabs_sign_in_one_after_the_other(world: World, saml: Saml) -> None:
    """They are one browser; each sign-in is used once."""
    browser = world.browser()
    one, two = saml.begin(browser, return_to="/me?1"), saml.begin(browser, return_to="/me?2")
    for begun, there in ((two, "/me?2"), (one, "/me?1")):
        message = saml.message(begun.request_id)
        answer = saml.follow(browser, saml.post(browser, message, begun.relay_state))
        assert (answer.status_code, answer.headers["Location"]) == (303, there)
        is_refused(world, saml.post(browser, message, begun.relay_state), "replay")
    assert world.who(browser) is not None


def test_s44_whoever_is_refused_begins_anew_for_where_they_wanted_to_go(world: World, saml: Saml) -> None:
    """By the same connection; not of a sign-in that is another browser's, or nobody's; nor through one that is off."""
    deep = "/oauth/authorize?client_id=a&state=b%26c"
    again = f"/sso/{saml.id}/start?{urlencode({'return_to': deep})}"
    browser = world.browser()
    begun = saml.begin(browser, return_to=deep)
    refused = saml.post(browser, saml.message(begun.request_id, at=earlier(60)), begun.relay_state)
    is_refused(world, refused, "time")
    assert button(refused) == again
    replayed = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    is_refused(world, replayed, "replay")
    assert button(replayed) == again
    begun = saml.begin(browser, return_to=deep)
    with world.database.writing() as session:
        session.execute(update(ATTEMPTS).values(expires=earlier(1)))
    late = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    is_refused(world, late, "request")
    assert button(late) == again
    assert saml.sign_in(browser, {"return_to": deep}).headers["Location"] == deep
    begun = saml.begin(browser, return_to=deep, step_up="1")
    stale = saml.post(browser, saml.message(begun.request_id, at=earlier(60)), begun.relay_state)
    assert button(stale) == f"/sso/{saml.id}/start?{urlencode({'step_up': '1', 'return_to': deep})}"
    begun = saml.begin(browser, return_to=deep)
    thief = world.browser()
    saml.begin(thief)
    answer = saml.follow(thief, saml.post(thief, saml.message(begun.request_id), begun.relay_state))
    is_refused(world, answer, "browser")
    assert button(answer) == "/signin"
    assert button(saml.post(browser, saml.message("_unknown"), "x" * 43)) == "/signin"
    begun = saml.begin(browser, return_to=deep)
    world.change(saml.id, enabled=False)
    off = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    is_refused(world, off, "connection", 404)
    assert button(off) == f"/signin?{urlencode({'return_to': deep})}"


def button(page: TestResponse) -> str:
    """Where the one button of a page of refusal leads."""
    [there] = re.findall(r'class="button" href="([^"]*)"', page.text)
    return unescape(there)


def test_s42_another_browser(world: World, saml: Saml) -> None:
    """What was begun in one browser signs nobody in in another, nor in one that did not begin at all."""
    mine, theirs = world.browser(), world.browser()
    saml.begin(theirs)
    state = Unchanged(world)
    for other in (theirs, world.browser()):
        begun = saml.begin(mine)
        answer = saml.post(other, saml.message(begun.request_id), begun.relay_state)
        is_refused(world, saml.follow(other, answer), "browser")
        assert world.who(other) is None
        # The ticket is worth nothing any more, also for who began.
        is_refused(world, saml.follow(mine, answer), "replay")
    state.check()


def test_s42_the_ticket_is_for_a_minute_and_this_connection(world: World, saml: Saml) -> None:
    other, browser = world.saml(idp=saml.idp, creates_people=True), world.browser()
    begun = saml.begin(browser)
    path = local(saml.post(browser, saml.message(begun.request_id), begun.relay_state).headers["Location"])
    is_refused(world, browser.open(path.replace(saml.id, other.id)), "request")
    with world.database.writing() as session:
        session.execute(update(TICKETS).where(TICKETS.c.connection_id == saml.id).values(expires=earlier(0.01)))
    is_refused(world, browser.open(path), "request")
    for wrong in ("", "?ticket=", "?ticket=" + "x" * 5000, "?ticket=%00", "?ticket=é"):
        is_refused(world, browser.open(f"/sso/{saml.id}/finish{wrong}"), "request")


def test_s42_tabs_of_one_browser(world: World, saml: Saml) -> None:
    """Two sign-ins that one browser began do not spoil each other."""
    browser = world.browser()
    first, second = saml.begin(browser), saml.begin(browser, return_to="/me?second")
    for begun in (first, second):
        answer = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
        if begun is first:
            continue
        assert saml.follow(browser, answer).headers["Location"] == "/me?second"


def test_s43_unsolicited_only_where_it_is_on(world: World, saml: Saml) -> None:
    """Then only without InResponseTo, once, and to the fixed page; RelayState leads nowhere."""
    state = Unchanged(world)
    browser = world.browser()
    is_refused(world, saml.post(browser, saml.message(None), None), "request")
    is_refused(world, saml.post(browser, saml.message(None), "https://evil.example/"), "request")
    state.check()
    open_one = world.saml(creates_people=True, unsolicited=True)
    message = open_one.message(None)
    answer = open_one.follow(browser, open_one.post(browser, message, "https://evil.example/"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert world.who(browser) is not None
    is_refused(world, open_one.post(browser, message, None), "replay")
    is_refused(world, open_one.post(browser, open_one.message("_made-up"), None), "request")


def test_s43_where_it_is_on_a_request_is_still_answered_once(world: World) -> None:
    """Knowing a RelayState of ours makes it the answer to that request, in that browser, and nothing else."""
    saml, mine, other = world.saml(creates_people=True, unsolicited=True), world.browser(), world.browser()
    begun = saml.begin(mine)
    is_refused(world, saml.post(mine, saml.message(None), begun.relay_state), "request")
    begun = saml.begin(mine)
    answer = saml.post(other, saml.message(begun.request_id), begun.relay_state)
    is_refused(world, saml.follow(other, answer), "browser")


EVIL = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/%2f/evil.example",
    "javascript:alert(1)",
    "/a\nb",
    "me",
]


@pytest.mark.parametrize("return_to", EVIL)
def test_s44_where_somebody_is_led_back(world: World, saml: Saml, return_to: str) -> None:
    """RelayState is an opaque key, and an address that is not ours becomes the own page."""
    browser = world.browser()
    begun = saml.begin(browser, return_to=return_to)
    assert len(begun.relay_state.encode()) <= 80
    assert "evil" not in begun.relay_state
    answer = saml.follow(browser, saml.post(browser, saml.message(begun.request_id), begun.relay_state))
    assert answer.headers["Location"] == "/me"


def test_n01_a_sign_in_ends_the_session_that_was_there(world: World, saml: Saml) -> None:
    """Another secret, and the former one is worth nothing (fixation)."""
    browser = world.browser()
    saml.sign_in(browser)
    before = browser.cookie("muster")
    saml.sign_in(browser)
    after = browser.cookie("muster")
    assert before is not None
    assert before != after
    browser.keep("muster", before)
    assert world.who(browser) is None


def test_n03_the_provider_ends_the_session(world: World, saml: Saml) -> None:
    def bend(root: Any) -> None:
        ends = (now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        the(root, "saml:AuthnStatement").set("SessionNotOnOrAfter", ends)

    browser = world.browser()
    saml.sign_in(browser, bend=bend)
    person = world.who(browser)
    assert person is not None
    assert timedelta(minutes=58) < person.ends - now() <= timedelta(hours=1)


def test_n07_proving_it_anew(world: World, saml: Saml) -> None:
    """ForceAuthn is asked for, an old authentication is refused, a new one gives the same session another secret."""
    browser = world.browser()
    saml.sign_in(browser)
    before, secret = world.who(browser), browser.cookie("muster")
    assert before is not None

    begun = saml.begin(browser, step_up="1", return_to="/me?proven")
    assert begun.request.get("ForceAuthn") == "true"

    def old(root: Any) -> None:
        the(root, "saml:AuthnStatement").set("AuthnInstant", earlier(20).strftime("%Y-%m-%dT%H:%M:%SZ"))

    is_refused(world, saml.post(browser, saml.message(begun.request_id, bend=old), begun.relay_state), "time")
    begun = saml.begin(browser, step_up="1", return_to="/me?proven")
    answer = saml.follow(browser, saml.post(browser, saml.message(begun.request_id), begun.relay_state))
    assert answer.headers["Location"] == "/me?proven"
    after = world.who(browser)
    assert after is not None
    assert (after.session_id, after.ends) == (before.session_id, before.ends)
    assert after.authenticated >= before.authenticated
    assert browser.cookie("muster") != secret
    assert world.events("sign_in.accepted")[-1].after["stepped_up"] is True


def test_n07_nobody_else_proves_it(world: World, saml: Saml) -> None:
    browser = world.browser()
    saml.sign_in(browser, name_id="u-1")
    before = world.who(browser)
    begun = saml.begin(browser, step_up="1")
    answer = saml.post(browser, saml.message(begun.request_id, name_id="u-2"), begun.relay_state)
    is_refused(world, saml.follow(browser, answer), "another_person")
    assert world.who(browser) == before


def test_n07_without_a_session_it_is_a_sign_in(world: World, saml: Saml) -> None:
    browser = world.browser()
    begun = saml.begin(browser, step_up="1")
    assert begun.request.get("ForceAuthn") is None
    assert (
        saml.follow(browser, saml.post(browser, saml.message(begun.request_id), begun.relay_state)).status_code == 303
    )
    assert world.who(browser) is not None


def test_n04_whoever_is_deactivated_is_out_at_the_next_request(world: World) -> None:
    """And cannot sign in again; nor does a sign-in that had begun before end in a session."""
    saml = world.saml(directory=world.customer.directory_id, join_external_id="eid")
    ana, browser = world.push(externalId="e-1"), world.browser()
    saml.sign_in(browser, attributes={"eid": ["e-1"]})
    assert browser.open("/me").status_code == 200
    begun, other = saml.begin(browser), world.browser()
    waiting = saml.begin(other)
    said = saml.message(waiting.request_id, attributes={"eid": ["e-1"]})
    ticket = saml.post(other, said, waiting.relay_state)
    off = a_patch({"op": "replace", "path": "active", "value": False})
    assert world.scim.patch(f"/Users/{ana}", off).status_code == 200
    assert browser.open("/me").status_code == 303
    is_refused(world, saml.follow(other, ticket), "inactive")
    answer = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    is_refused(world, saml.follow(browser, answer), "inactive")


def test_s48_a_sign_in_says_which_certificate_verified_it(world: World, saml: Saml) -> None:
    """In the trail, and with the certificate; one that is removed is worth nothing at once."""
    later = rsa_pair("rolled over")
    with world.database.writing() as session:
        connection_certificates.add(session, world.account_id, saml.id, later.certificate)
    saml.sign_in(world.browser())
    saml.sign_in(world.browser(), signing=Signing(keys=later))
    used = [one.after["verified_by"] for one in world.events("sign_in.accepted")]
    assert len(set(used)) == 2
    certificates = {row.fingerprint: row for row in world.rows(CERTIFICATES)}
    assert {*certificates} == {*used}
    assert certificates[used[0]].last_used is not None
    with world.database.writing() as session:
        connection_certificates.remove(session, world.account_id, saml.id, used[1])
    is_refused(world, saml.sign_in(world.browser(), signing=Signing(keys=later)), "signature")


def test_s30_what_the_connection_asks_for_is_in_the_answer(world: World) -> None:
    strong = "https://refeds.org/profile/mfa"
    saml = world.saml(creates_people=True, saml={"contexts": [strong]})
    browser, state = world.browser(), Unchanged(world)
    is_refused(world, saml.sign_in(browser), "context")
    state.check()

    def bend(root: Any) -> None:
        the(root, "saml:AuthnContextClassRef").text = strong

    assert saml.sign_in(browser, bend=bend).status_code == 303
    person = world.who(browser)
    assert person is not None
    assert person.context == strong


def test_unknown_connections_look_like_disabled_ones(world: World, saml: Saml, app: Flask, database: Database) -> None:
    """Pages, statuses and headers; for every address of theirs."""
    off = world.saml(enabled=False)
    unknown = "0193a5f0-0000-7000-8000-000000000000"
    suspended = World(app, database)
    theirs = suspended.saml()
    with database.writing() as session:
        session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == suspended.account_id).values(suspended=True))
    state = Unchanged(world)
    for path, method in (("start", "GET"), ("acs", "POST"), ("finish?ticket=x", "GET"), ("callback", "GET")):
        pages = set()
        for id in (unknown, "no-uuid", off.id, theirs.id):
            data = {"SAMLResponse": "eA=="} if method == "POST" else None
            answer = world.browser().open(f"/sso/{id}/{path}", method, data=data, headers={"X-Request-ID": "r1"})
            text = re.sub(r'name="form_token" value="[^"]*"', "", answer.text.replace(id, ""))
            pages.add((answer.status_code, text, answer.headers.get("Cache-Control")))
        assert len(pages) == 1, (path, pages)
        status, text, _ = pages.pop()
        assert status == 404
        assert ("was not asked" in text, "answer did not let us" in text) == (path == "start", path != "start")
    state.check()


def test_s50_metadata_tells_our_addresses_and_no_secret(world: World, saml: Saml) -> None:
    """Also of a connection that is off: its provider needs it before."""
    off = world.saml(enabled=False)
    for one in (saml, off):
        answer = world.browser().open(f"/sso/{one.id}/metadata")
        assert answer.status_code == 200
        assert answer.mimetype == "application/samlmetadata+xml"
        assert f"/sso/{one.id}/acs" in answer.text
        assert "PRIVATE" not in answer.text
    assert world.browser().open(f"/sso/{saml.id}/jwks").status_code == 404
    for signed, wanted in (("assertion", "true"), ("both", "true"), ("response", "false")):
        world.change(saml.id, saml={"signed": signed})
        told = world.browser().open(f"/sso/{saml.id}/metadata").text
        assert f'WantAssertionsSigned="{wanted}"' in told, signed


NONSENSE: dict[str, dict[str, Any]] = {
    "no field": {"data": {}},
    "two fields": {"data": {"SAMLResponse": ["eA==", "eA=="]}},
    "two states": {"data": {"SAMLResponse": "eA==", "RelayState": ["a", "b"]}},
    "no base64": {"data": {"SAMLResponse": "%%%", "RelayState": "@"}},
    "no xml": {"data": {"SAMLResponse": "AAAA", "RelayState": "@"}},
    "an empty one": {"data": {"SAMLResponse": "", "RelayState": "@"}},
    "json": {"json": {"SAMLResponse": "eA=="}},
    "no text": {"data": b"SAMLResponse=\xff%00&RelayState=\x80", "content_type": "application/x-www-form-urlencoded"},
    "a zero byte": {"data": {"SAMLResponse": "eA==", "RelayState": "\0"}},
    "a file": {"data": {"SAMLResponse": "eA=="}, "content_type": "multipart/form-data"},
}


@pytest.mark.parametrize("case", NONSENSE)
def test_s01_s02_nonsense_is_refused_and_never_a_fault(world: World, saml: Saml, case: str) -> None:
    browser, given = world.browser(), dict(NONSENSE[case])
    begun, state = saml.begin(browser), Unchanged(world)
    if isinstance(given.get("data"), dict) and given["data"].get("RelayState") == "@":
        given["data"] = given["data"] | {"RelayState": begun.relay_state}
    answer = browser.open(f"/sso/{saml.id}/acs", "POST", "cross-site", **given)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert answer.headers["X-Request-ID"] in answer.text
    state.check()


def test_s01_too_large(world: World, saml: Saml) -> None:
    browser = world.browser()
    answer = browser.open(f"/sso/{saml.id}/acs", "POST", "cross-site", data={"SAMLResponse": "A" * 600_000})
    assert answer.status_code == 413
    assert browser.open(f"/sso/{saml.id}/acs").status_code == 405


def test_a_flood_of_refusals_fills_nothing(world: World, saml: Saml) -> None:
    """The first ones of a minute are kept, the rest is counted: nobody fills the trail from outside."""
    browser = world.browser()
    for _ in range(70):
        assert browser.open(f"/sso/{saml.id}/acs", "POST", data={"SAMLResponse": "eA=="}).status_code == 403
    traces = world.traces()
    assert len(traces) < 60
    assert len(world.events("sign_in.refused")) == len(traces)
    assert sum(one.further for one in traces) + len(traces) == 70
    world.verify()


def test_a01_a_flood_of_garbage_hides_no_real_refusal(world: World, saml: Saml) -> None:
    """What anybody can send has a budget of its own: a response with a wrong signature still leaves trail and trace."""
    for _ in range(MOST_REFUSED + 5):
        form = {"SAMLResponse": "x"}
        assert world.browser().open(f"/sso/{saml.id}/acs", "POST", "cross-site", data=form).status_code in (400, 403)
    thief = Saml(world, saml.id, SamlIdp(rsa_pair("thief")))
    browser = world.browser()
    begun = saml.begin(browser)
    is_refused(world, thief.post(browser, thief.message(begun.request_id), begun.relay_state), "signature")
    traces = world.traces()
    assert [one.reason for one in traces].count("signature") == 1
    assert len(traces) == MOST_REFUSED + 1
    assert sum(one.further for one in traces if one.reason != "signature") == 5
    world.verify()


def test_the_audit_of_a_refusal_names_nobody(world: World, saml: Saml) -> None:
    """A hash of the subject, the connection and the address; no text of the message (A-1, A-4)."""
    browser = world.browser()
    begun = saml.begin(browser)
    world.change(saml.id, creates_people=False)
    said = saml.message(begun.request_id, name_id="SEEDED-SUBJECT", attributes={"email": ["seeded@acme.example"]})
    is_refused(world, saml.follow(browser, saml.post(browser, said, begun.relay_state)), "not_provisioned")
    [event] = world.events("sign_in.refused")
    assert event.after.keys() == {"reason", "connection", "subject", "address"}
    assert len(event.after["subject"]) == 64
    for row in (*world.events(), *world.traces()):
        assert "SEEDED-SUBJECT" not in str(row)
        assert "seeded@acme" not in str(row)
