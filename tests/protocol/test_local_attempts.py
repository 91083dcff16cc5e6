"""What a sign-in at the local door that is under way is still good for, and how tries at it are counted."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app import gate
from app.gate import REST, Gate
from app.models.base import now
from app.services import lockout, sso_enforcement
from app.stores.local_sign_in import CODES, PASSKEYS, end_attempts
from app.web.pace import Pace
from tests.authenticator import Authenticator
from tests.protocol.browser import Browser, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.door_world import (
    OTHER,
    PASSWORD,
    Owner,
    World,
    code,
    door_app,
    inbox,
    is_in,
    options_of,
    secret_of,
    world,
)

__all__ = ["door_app", "inbox", "world"]
WRONG = "wrong wrong wrong"


@dataclass
class Thief:
    """Somebody who knows the password and waits at a step, with the page that they were shown."""

    browser: Browser
    page: TestResponse

    def enrols(self) -> int:
        """Try to make an app of their own the owner's second factor."""
        mine = Owner("", "", secret_of(self.page))
        return self.browser.submit(self.page, "/signin/local/enrol", code=code(mine)).status_code


def a_thief(world: World, password: str = PASSWORD) -> Thief:
    """Somebody with the owner's password."""
    browser = world.browser()
    return Thief(browser, browser.open(led_to(world.knock(browser, world.olivia, password))))


def begun(world: World) -> tuple[Browser, TestResponse]:
    """The owner with a password and no second factor yet, and their page to enrol."""
    browser = world.browser()
    return browser, browser.open(led_to(world.choose(browser, world.invite(world.olivia))))


def test_r6_who_waits_cannot_replace_a_second_factor(world: World) -> None:
    """Once the owner has one, nobody who began before enrols another, neither an app nor a passkey."""
    browser, page = begun(world)
    thief, other = a_thief(world), a_thief(world)
    world.olivia.secret = secret_of(page)
    assert browser.submit(page, "/signin/local/enrol", code=code(world.olivia)).status_code == 200
    kept = world.row(world.olivia).totp_secret
    assert thief.enrols() == 403
    made = Authenticator(PUBLIC_URL).create(options_of(other.page, "create"))
    assert other.browser.submit(other.page, "/signin/local/enrol/passkey", credential=made).status_code == 403
    with world.database.reading() as session:
        assert session.execute(select(PASSKEYS.c.id).where(PASSKEYS.c.user_id == world.olivia.id)).all() == []
        assert len(session.execute(select(CODES.c.id).where(CODES.c.user_id == world.olivia.id)).all()) == 10
    assert world.row(world.olivia).totp_secret == kept
    assert not is_in(thief.browser)
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"


@pytest.mark.parametrize("what", ["reset", "recover", "require", "row"])
def test_r6_what_changes_ends_what_was_begun(world: World, what: str) -> None:
    """A password reset, a recovery by the operator, an identity provider that is required, a password that differs."""
    begun(world)
    thief = a_thief(world)
    if what == "reset":
        asking = world.browser()
        asking.submit(asking.open("/signin/local/reset"), "/signin/local/reset", name=world.olivia.user_name)
        world.choose(world.browser(), world.link(world.olivia, "Your password"), OTHER)
    elif what == "recover":
        with world.database.writing() as session:
            sso_enforcement.recover(session, world.way.post, world.account_id, world.olivia.user_name)
    elif what == "require":
        world.set_account(sso_required=now())
    else:
        world.change(world.olivia, password_hash="another")
    assert thief.enrols() == 403
    assert not is_in(thief.browser)
    assert world.row(world.olivia).totp_secret is None


@pytest.mark.parametrize("what", ["password", "codes", "app", "account"])
def test_r6_a_code_belongs_to_what_was_shown_before(world: World, what: str) -> None:
    """The owner changes password, codes or app, or the account requires its provider: it begins anew."""
    browser = world.activated(world.olivia)
    thief = a_thief(world)
    if what == "account":
        with world.database.writing() as session:
            end_attempts(session, world.account_id, None, now())
    else:
        page = browser.open("/me/security")
        world.change(world.olivia, totp_step=0)
        if what == "app":
            secret = secret_of(page)
            done = browser.submit(page, "/me/security/app", code=code(Owner("", "", secret)))
            world.olivia.secret = secret
        elif what == "codes":
            done = browser.submit(page, "/me/security/codes")
        else:
            done = browser.submit(page, "/me/security/password", password=OTHER, again=OTHER)
        assert done.status_code in (200, 303), done.text
    late = thief.browser.submit(thief.page, "/signin/local/code", code=world.fresh_code(world.olivia))
    assert late.status_code == 403
    assert not is_in(thief.browser)


def test_r6_a_wrong_code_of_an_app_may_be_corrected(world: World) -> None:
    """A refused factor uses nothing up."""
    browser, page = begun(world)
    page = browser.submit(page, "/signin/local/enrol", code="000000")
    assert page.status_code == 422
    assert browser.submit(page, "/signin/local/enrol", code=code(Owner("", "", secret_of(page)))).status_code == 200


def test_r6_what_no_authenticator_says_is_refused(world: World) -> None:
    """NUL and other made-up names of passkeys: refused, never an error."""
    key, (browser, page) = Authenticator(PUBLIC_URL), begun(world)
    made = json.loads(key.create(options_of(page, "create")))
    made["response"]["transports"] = ["\0", "usb", "internal", "x", 5]
    assert browser.submit(page, "/signin/local/enrol/passkey", credential=json.dumps(made)).status_code == 200
    with world.database.reading() as session:
        row = session.execute(select(PASSKEYS).where(PASSKEYS.c.user_id == world.olivia.id)).one()
    assert row.transports == ["internal", "usb"]
    for id in ("\0", "a\0", "", "é", "x" * 1401, "a b"):
        sent = json.dumps({"id": id, "response": {}})
        door, proving = world.browser(), browser.open("/signin/local?step_up=1")
        assert door.submit(door.open("/signin/local"), "/signin/local/passkey", credential=sent).status_code == 403
        assert browser.submit(proving, "/signin/local/prove/passkey", credential=sent).status_code == 403
    for id, status in (("x", 404), ("\0", 400), ("", 404), (row.id.upper() + "0", 404)):
        assert browser.send("/me/security/passkeys/remove", passkey=id).status_code == status


def test_t8_right_passwords_of_ones_own_wash_nothing_off(world: World) -> None:
    """Wrong guesses between sign-ins to an account of one's own: as many are free as without those."""
    world.set_account(requires_mfa=False)
    world.choose(world.browser(), world.invite(world.olivia))
    here, answers = "203.0.113.77", []
    world.free_addresses()
    for number in range(lockout.ADDRESS + 3):
        answers.append(world.knock(world.browser(here), f"n{number}@acme.example", WRONG).status_code)
        if answers[-1] == 429:
            break
        world.knock(world.browser(here), world.olivia)
    assert answers == [403] * lockout.ADDRESS + [429]


def test_t8_a_right_sign_in_is_no_failure(world: World) -> None:
    """Whoever signs in ever so often is never made to wait, nor those beside them, and gives back no other's lock."""
    world.activated(world.olivia)
    here = "203.0.113.78"
    for _ in range(lockout.ADDRESS // 2 + 2):
        assert led_to(world.signs_in(world.browser(here), world.olivia)) == "/me"
    moment = now()
    with world.database.writing() as session:
        first = lockout.charge(session, "t8" * 32, 2, moment)
        second = lockout.charge(session, "t8" * 32, 2, moment)
        assert isinstance(first, lockout.Charged)
        assert isinstance(second, lockout.Charged)
        lockout.give_back(session, first, moment)
        assert lockout.charge(session, "t8" * 32, 2, moment) == timedelta(seconds=30)
        lockout.give_back(session, second, moment)
        assert isinstance(lockout.charge(session, "t8" * 32, 2, moment), lockout.Charged)


def resting_until(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Lets whoever rests do so until this happens, or else for as long as they should."""
    over = threading.Event()
    monkeypatch.setattr(gate, "time", SimpleNamespace(sleep=over.wait, monotonic=time.monotonic))
    return over


def test_n1_a_refusal_holds_no_place(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody is refused slowly, the only place is free for others; only so many are refused at once."""
    only = Gate(world.app.wsgi_app, 1)
    monkeypatch.setitem(world.app.extensions, "doorway", replace(world.way, floor=60.0))
    browser = world.browser()
    page = browser.open("/signin/local")
    answered = resting_until(monkeypatch)
    monkeypatch.setattr(world.app, "wsgi_app", only)
    slow = threading.Thread(
        target=lambda: browser.submit(page, "/signin/local", name="nobody@acme.example", password=WRONG)
    )
    slow.start()
    while not only._resting:
        assert slow.is_alive()
        time.sleep(0.01)
    assert world.browser().open("/signin/local").status_code == 200
    assert only._resting
    answered.set()
    slow.join()


def test_n1_the_door_is_asked_at_a_pace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is sent there counts, also what needs no password; looking does not."""
    monkeypatch.setitem(world.app.extensions, "door_pace", Pace(3, 1))
    browser = world.browser()
    page = browser.open("/signin/local")
    answers = [browser.submit(page, "/signin/local/passkey", credential="{}").status_code for _ in range(4)]
    assert answers == [403, 403, 403, 429]
    assert browser.send("/signin/local/open", link="unknown", password=OTHER, again=OTHER).status_code == 429
    assert browser.open("/signin/local").status_code == 200
    assert world.browser().send("/signin/local/open", link="x", password=OTHER, again=OTHER).status_code == 403


def test_n1_who_came_in_before_is_locked_out_by_nobody_else(world: World) -> None:
    """Strangers lock the password for strangers, the owner is written to; a browser that is known counts on its own."""
    known = world.activated(world.olivia)
    for _ in range(lockout.PERSON):
        assert world.knock(world.browser(), world.olivia, WRONG).status_code == 403
    assert world.knock(world.browser(), world.olivia).status_code == 403
    assert "several times in a row" in world.mail(world.olivia, "tries your password").text
    assert led_to(world.signs_in(known, world.olivia)) == "/me"
    assert world.row(world.olivia).failures == lockout.PERSON
    for _ in range(lockout.PERSON):
        assert world.knock(known, world.olivia, WRONG).status_code == 403
    assert world.knock(known, world.olivia).status_code == 403


def test_n1_the_mark_of_a_browser_opens_nothing(world: World) -> None:
    """It is good for one person, and neither made up nor taken from another's."""
    world.activated(world.olivia)
    otto = world.an_owner("otto")
    mark = world.activated(otto).cookie("muster-door") or ""
    world.change(world.olivia, failures=50, locked_until=now() + timedelta(minutes=10))
    for text in (mark, mark[:-2] + "AA", "x", ""):
        stranger = world.browser()
        stranger.keep("muster-door", text)
        assert not is_in(stranger)
        assert world.knock(stranger, world.olivia).status_code == 403


def test_n1_proving_anew_is_counted_at_the_session(world: World) -> None:
    """Whoever is locked from outside proves inside who they are; whoever guesses inside locks that session only."""
    browser = world.activated(world.olivia)
    world.change(world.olivia, failures=50, locked_until=now() + timedelta(minutes=10))

    def proves(password: str) -> Any:
        page = browser.open("/signin/local?step_up=1")
        sent = {"password": password, "code": world.fresh_code(world.olivia)}
        return browser.submit(page, "/signin/local/prove", **sent).status_code

    assert proves(PASSWORD) == 303
    world.change(world.olivia, failures=0, locked_until=None)
    assert [proves(WRONG) for _ in range(lockout.PERSON)] == [403] * lockout.PERSON
    assert proves(PASSWORD) == 403
    assert world.row(world.olivia).failures == 0
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"


def test_n1_only_so_many_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than that are told at once to come again, and their place is theirs still."""
    told, is_told = list[str](), resting_until(monkeypatch)

    def application(environ: Any, start: Any) -> list[bytes]:
        try:
            environ[REST](60)
        except ServiceUnavailable:
            told.append("again")
            is_told.set()
        start("200 OK", [])
        return [b""]

    made = Gate(application, 1)
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    threads = [
        threading.Thread(target=lambda: run_wsgi_app(made, EnvironBuilder(environ_base=environ).get_environ()))
        for _ in range(gate.RESTING + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["again"]


def test_s42_another_tab_goes_on(world: World) -> None:
    """Who came in in one tab has not ended what another tab had begun: here, or by a connection."""
    browser = world.activated(world.olivia)
    browser.send("/signout")
    first = browser.open(led_to(world.knock(browser, world.olivia)))
    second = browser.open(led_to(world.knock(browser, world.olivia)))
    began = browser.cookie("muster-flow")
    assert browser.submit(first, "/signin/local/code", code=world.fresh_code(world.olivia)).status_code == 303
    assert is_in(browser)
    assert browser.cookie("muster-flow") == began
    assert browser.submit(second, "/signin/local/code", code=world.fresh_code(world.olivia)).status_code == 303
    assert is_in(browser)
