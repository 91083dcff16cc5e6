"""The local door by password and second factor: who comes in, who does not, and what nobody learns (R-6, N-7)."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.models.base import now
from app.services import assignments, lockout, passwords, sign_in_traces, totp
from app.stores.access_tables import USERS
from app.stores.local_sign_in import CODES
from app.stores.sign_in_traces import TRACES
from tests.builders import a_customer, a_giving, a_user
from tests.protocol.browser import Browser, led_to
from tests.protocol.door_world import (
    OTHER,
    PASSWORD,
    Owner,
    World,
    code,
    codes_of,
    door_app,
    inbox,
    is_in,
    secret_of,
    shown,
    world,
)

__all__ = ["door_app", "inbox", "world"]
_REFERENCE = re.compile(r'name="form_token" value="[^"]*"|data-options="[^"]*"|name="ticket" value="[^"]*"')


def bare(page: Any) -> str:
    """A page without what is different each time it is shown."""
    return _REFERENCE.sub("", page.text)


def test_r06_an_owner_comes_in_with_password_and_code(world: World) -> None:
    """Activated by mail, and again later: /me tells who it is; each time all owners are told."""
    world.activated(world.olivia)
    otto = world.an_owner("otto")
    browser = world.browser()
    assert led_to(world.signs_in(browser, world.olivia)) == "/me"
    assert world.olivia.user_name in browser.open("/me").text
    [*_, event] = world.events("door.opened")
    assert (event.actor_kind, event.actor_id, event.target_id) == ("person", world.olivia.id, world.olivia.id)
    assert event.after["methods"] == "pwd otp mfa"
    for owner in (world.olivia, otto):
        mail = world.mail(owner, "local door")
        assert world.olivia.user_name in mail.text
        assert event.after["address"] in mail.text
    feed = world.api.read("/events", limit=500)["results"]
    assert [one["subject"]["id"] for one in (e["data"] for e in feed if e["type"] == "door.opened")][-1] == (
        world.olivia.id
    )


def test_r06_the_session_is_a_new_one(world: World) -> None:
    """Whatever session the browser had is over (N-1), and the one it gets says how the person came in."""
    browser = world.activated(world.olivia)
    before = browser.cookie("muster")
    world.signs_in(browser, world.olivia)
    after = browser.cookie("muster")
    assert before != after
    stranger = world.browser()
    stranger.keep("muster", before or "")
    assert not is_in(stranger)
    assert is_in(browser)


def test_r06_it_is_told_where_one_wanted_to_go(world: World) -> None:
    """An address of ours only (S-44)."""
    world.activated(world.olivia)
    for wanted, there in (
        ("/me?done=ended", "/me?done=ended"),
        ("//evil.example/", "/me"),
        ("https://evil.example", "/me"),
    ):
        browser = world.browser()
        page = browser.open("/signin/local", query_string={"return_to": wanted})
        sent = browser.submit(page, "/signin/local", name=world.olivia.user_name, password=PASSWORD)
        done = browser.submit(browser.open(led_to(sent)), "/signin/local/code", code=world.fresh_code(world.olivia))
        assert led_to(done) == there


def test_r06_nobody_learns_who_exists(world: World) -> None:
    """Unknown, wrong, locked, not activated, deactivated, pushed by a directory: the same page, byte for byte."""
    world.activated(world.olivia)
    locked, off, pushed = world.an_owner("locked"), world.an_owner("off"), f"pushed-{uuid4().hex[:8]}@acme.example"
    world.activated(locked)
    world.change(locked, failures=50, locked_until=now() + timedelta(minutes=10))
    world.activated(off)
    switched = world.api.post(f"/users/{off.id}/deactivate")
    assert switched.status_code == 200, switched.text
    scim = {"Authorization": f"Bearer {world.customer.token}", "Content-Type": "application/scim+json"}
    assert world.app.test_client().post("/scim/v2/Users", json=a_user(pushed), headers=scim).status_code == 201
    tries = (
        (world.olivia.user_name, "wrong wrong wrong"),
        ("nobody@acme.example", PASSWORD),
        (locked.user_name, PASSWORD),
        (off.user_name, PASSWORD),
        (world.an_owner("new").user_name, PASSWORD),
        (pushed, PASSWORD),
        ("", ""),
        ("x" * 5000, "y" * 5000),
    )
    pages = []
    for name, password in tries:
        answer = world.knock(world.browser(), name, password)
        assert answer.status_code == 403
        assert not world.browser().cookie("muster")
        pages.append(bare(answer).replace(name[:1000], "") if name else None)
    assert len({page for page in pages if page is not None}) == 1


def test_r06_a_refusal_takes_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash is computed for everybody, known or not, and no refusal is quicker than the floor."""
    world.activated(world.olivia)
    computed: list[str] = []
    verify = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda kept, given: computed.append(given) or verify(kept, given))
    monkeypatch.setitem(world.app.extensions, "doorway", replace(world.way, floor=0.3))
    for name in (world.olivia.user_name, "nobody@acme.example"):
        browser = world.browser()
        page = browser.open("/signin/local")
        began = time.monotonic()
        browser.submit(page, "/signin/local", name=name, password="wrong wrong wrong")
        assert time.monotonic() - began >= 0.3
    assert len(computed) == 2


def test_r06_a_name_in_two_accounts_needs_the_account(world: World) -> None:
    """Without it nobody is meant, and nothing is said of that; with it each one comes in to their own."""
    world.activated(world.olivia)
    other = World(world.app, world.database, world.inbox)
    with world.database.writing() as session:
        session.execute(
            USERS.update()
            .where(USERS.c.id == other.olivia.id)
            .values(user_name=world.olivia.user_name, user_name_key=world.olivia.user_name)
        )
    twin = Owner(other.olivia.id, world.olivia.user_name)
    assert led_to(world.knock(world.browser(), world.olivia)).startswith("/signin/local/code")
    other.choose(other.browser(), other.invite(twin), OTHER)
    assert world.knock(world.browser(), world.olivia).status_code == 403
    named = {"account": world.customer.account_name.upper()}
    assert led_to(world.knock(world.browser(), world.olivia, **named)).startswith("/signin/local/code")
    answer = other.knock(other.browser(), twin, OTHER, account=other.customer.account_name)
    assert led_to(answer).startswith("/signin/local/enrol")


def test_r06_an_account_that_is_suspended_lets_nobody_in(world: World) -> None:
    """The same answer as for anybody."""
    world.activated(world.olivia)
    world.set_account(suspended=True)
    assert world.knock(world.browser(), world.olivia).status_code == 403


def test_r06_who_is_no_owner_any_more_stays_outside(world: World) -> None:
    """Though they have a password, and also between password and code."""
    world.activated(world.olivia)
    otto = world.an_owner("otto")
    browser = world.activated(otto)
    begun = browser.open(led_to(world.knock(browser, otto)))
    role = next(one["id"] for one in world.api.every("/roles") if one["is_owner"])
    taken = world.api.post("/assignments/remove", {"role": role, "users": [otto.id]})
    assert taken.status_code == 200, taken.text
    assert browser.submit(begun, "/signin/local/code", code=world.fresh_code(otto)).status_code == 403
    assert world.knock(world.browser(), otto).status_code == 403
    assert {event.reason for event in world.events("door.refused")} == {"not_owner"}


def test_r06_five_failures_lock_a_person_for_longer_each_time(world: World) -> None:
    """Thirty seconds, a minute, and so on to a quarter of an hour; the right password does not help meanwhile."""
    world.activated(world.olivia)
    for _ in range(lockout.PERSON):
        assert world.knock(world.browser(), world.olivia, "wrong wrong wrong").status_code == 403
    assert world.knock(world.browser(), world.olivia).status_code == 403
    [event] = world.events("door.locked")
    assert event.target_id == world.olivia.id
    first = world.row(world.olivia)
    assert timedelta(seconds=20) < first.locked_until - now() <= timedelta(seconds=30)
    world.pass_time(world.olivia)
    assert world.knock(world.browser(), world.olivia, "wrong wrong wrong").status_code == 403
    assert timedelta(seconds=50) < world.row(world.olivia).locked_until - now() <= timedelta(seconds=60)
    assert world.knock(world.browser(), world.olivia).status_code == 403
    world.pass_time(world.olivia)
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"
    row = world.row(world.olivia)
    assert (row.failures, row.locked_until) == (0, None)
    assert [lockout.wait(n, 5) for n in (4, 5, 9, 10, 1000)] == [
        None,
        timedelta(seconds=30),
        timedelta(minutes=8),
        timedelta(minutes=15),
        timedelta(minutes=15),
    ]


def test_r06_many_guesses_at_once_are_no_more_than_one_after_the_other(world: World) -> None:
    """A try is counted before it is looked at, in the database, so that all workers see it."""
    world.activated(world.olivia)
    looked: list[str] = []
    verify = passwords.is_right

    def slowly(kept: str | None, given: str) -> bool:
        if kept is not None:
            looked.append(given)
        time.sleep(0.05)
        return verify(kept, given)

    passwords.is_right = slowly  # type: ignore[assignment]
    try:
        browsers = [world.browser() for _ in range(12)]
        pages = [(one, one.open("/signin/local")) for one in browsers]
        threads = [
            threading.Thread(
                target=lambda one=one, page=page: one.submit(
                    page, "/signin/local", name=world.olivia.user_name, password="wrong wrong wrong"
                )
            )
            for one, page in pages
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        passwords.is_right = verify
    assert len(looked) == lockout.PERSON


def test_r06_codes_are_counted_too(world: World) -> None:
    """Whoever knows the password cannot guess the second factor."""
    world.activated(world.olivia)
    browser = world.browser()
    page = browser.open(led_to(world.knock(browser, world.olivia)))
    for _ in range(lockout.PERSON):
        page = browser.submit(page, "/signin/local/code", code="000000")
        assert page.status_code == 403
    assert browser.submit(page, "/signin/local/code", code=world.fresh_code(world.olivia)).status_code == 403
    assert world.row(world.olivia).locked_until is not None
    world.pass_time(world.olivia)
    assert browser.submit(page, "/signin/local/code", code=world.fresh_code(world.olivia)).status_code == 303


def test_r06_an_address_is_locked_whoever_it_tries(world: World) -> None:
    """After twenty failures, also of unknown names; an IPv6 network counts as one; others are not touched."""
    world.activated(world.olivia)
    network = f"2001:db8:{uuid4().hex[:4]}:1::"
    for number in range(lockout.ADDRESS):
        assert world.knock(world.browser(f"{network}{number + 1:x}"), f"n{number}@acme.example").status_code == 403
    answer = world.knock(world.browser(f"{network}ffff"), world.olivia)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 31
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"
    world.free_addresses()
    assert led_to(world.signs_in(world.browser(f"{network}ffff"), world.olivia)) == "/me"


def test_r06_a_code_is_good_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not twice (RFC 6238 §5.2), not an older one after a newer; a step before and after, and no further."""
    world.activated(world.olivia)
    moment, step_of = now(), totp._step_of
    monkeypatch.setattr(totp, "_step_of", lambda secret, text, _: step_of(secret, text, moment))
    codes = {steps: code(world.olivia, steps, moment) for steps in (-3, -2, -1, 0, 1, 2, 3)}
    world.change(world.olivia, totp_step=0)
    assert led_to(world.signs_in(world.browser(), world.olivia, codes[1])) == "/me"
    for text in (codes[1], codes[0], codes[-1]):
        assert world.signs_in(world.browser(), world.olivia, text).status_code == 403
    world.change(world.olivia, totp_step=0, failures=0, locked_until=None)
    for steps in (-3, -2, 2, 3):
        assert world.signs_in(world.browser(), world.olivia, codes[steps]).status_code == 403
    world.change(world.olivia, failures=0, locked_until=None)
    assert led_to(world.signs_in(world.browser(), world.olivia, f" {codes[-1][:3]} {codes[-1][3:]} ")) == "/me"


def test_r06_two_workers_take_a_code_once(world: World) -> None:
    """At the same moment, from two browsers."""
    world.activated(world.olivia)
    world.change(world.olivia, totp_step=0)
    browsers = [world.browser(), world.browser()]
    pages = [one.open(led_to(world.knock(one, world.olivia))) for one in browsers]
    digits, answers = code(world.olivia), list[int]()

    def send(one: Browser, page: Any) -> None:
        answers.append(one.submit(page, "/signin/local/code", code=digits).status_code)

    threads = [threading.Thread(target=send, args=pair) for pair in zip(browsers, pages, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 403]


def test_r06_a_recovery_code_stands_in_once(world: World) -> None:
    """However it is typed; ten there are, all different, and only keyed hashes are kept."""
    world.activated(world.olivia)
    codes = world.olivia.codes
    assert len(set(codes)) == 10
    with world.database.reading() as session:
        kept = list(session.execute(select(CODES.c.code_hash).where(CODES.c.user_id == world.olivia.id)).scalars())
    assert not {one.replace("-", "") for one in codes} & set(kept)
    typed = codes[0].upper().replace("-", " ").replace("0", "O").replace("1", "I")
    assert led_to(world.signs_in(world.browser(), world.olivia, typed)) == "/me"
    [event] = world.events("door.code_used")
    assert event.after == {"left": 9}
    assert world.signs_in(world.browser(), world.olivia, codes[0]).status_code == 403
    assert led_to(world.signs_in(world.browser(), world.olivia, codes[1])) == "/me"
    other = World(world.app, world.database, world.inbox)
    other.activated(other.olivia)
    assert other.signs_in(other.browser(), other.olivia, codes[2]).status_code == 403


def test_r06_the_second_step_belongs_to_the_browser_of_the_first(world: World) -> None:
    """Neither another browser, nor twice, nor a made-up one, nor after ten minutes."""
    world.activated(world.olivia)
    browser = world.browser()
    there = led_to(world.knock(browser, world.olivia))
    assert world.browser().open(there).status_code == 403
    page = browser.open(there)
    assert browser.submit(page, "/signin/local/code", code=world.fresh_code(world.olivia)).status_code == 303
    assert browser.open(there).status_code == 403
    again = world.knock(browser, world.olivia)
    begun = browser.open(led_to(again))
    refused = browser.submit(begun, "/signin/local/code", code=world.fresh_code(world.olivia), attempt="made-up")
    assert refused.status_code == 403
    assert browser.open("/signin/local/enrol" + led_to(again)[len("/signin/local/code") :]).status_code == 403


def test_r06_the_form_is_ours(world: World) -> None:
    """No other site signs anybody in (login CSRF, N-8)."""
    world.activated(world.olivia)
    values = {"name": world.olivia.user_name, "password": PASSWORD}
    browser = world.browser()
    assert browser.open("/signin/local", "POST", "cross-site", data=values).status_code == 403
    assert browser.open("/signin/local", "POST", "same-origin", data=values).status_code == 403
    assert world.row(world.olivia).failures == 0


def test_mfa_is_set_up_before_anybody_is_in(world: World) -> None:
    """An account requires it unless it says otherwise: after the password there is no session yet."""
    browser = world.browser()
    page = browser.open(led_to(world.choose(browser, world.invite(world.olivia))))
    assert not is_in(browser)
    world.olivia.secret = secret_of(page)
    assert "<svg" in page.text
    assert "<script>" not in page.text
    wrong = browser.submit(page, "/signin/local/enrol", code="000000")
    assert wrong.status_code == 422
    assert secret_of(wrong) == world.olivia.secret
    done = browser.submit(wrong, "/signin/local/enrol", code=code(world.olivia))
    assert len(codes_of(done)) == 10
    assert is_in(browser)
    assert world.browser().open(led_to(world.knock(browser, world.olivia))).status_code == 403
    row = world.row(world.olivia)
    assert world.olivia.secret not in row.totp_secret  # T-10: sealed
    assert row.totp_confirmed is not None


def test_mfa_of_another_cannot_be_slipped_in(world: World) -> None:
    """A secret that was proposed to one person is nobody else's."""
    otto = world.an_owner("otto")
    first, second = world.browser(), world.browser()
    offered = first.open(led_to(world.choose(first, world.invite(world.olivia))))
    page = second.open(led_to(world.choose(second, world.invite(otto))))
    otto.secret = secret_of(offered)
    stolen = shown(offered, "/signin/local/enrol")["proposal"]
    assert second.submit(page, "/signin/local/enrol", code=code(otto), proposal=stolen).status_code == 422


def test_mfa_may_be_left_out_where_the_account_says_so(world: World) -> None:
    """A password is enough then, and only then."""
    world.set_account(requires_mfa=False)
    browser = world.browser()
    assert led_to(world.choose(browser, world.invite(world.olivia))) == "/me"
    assert led_to(world.knock(world.browser(), world.olivia)) == "/me"
    world.set_account(requires_mfa=True)
    assert led_to(world.knock(world.browser(), world.olivia)).startswith("/signin/local/enrol")


def test_n07_proving_anew_at_the_local_door(world: World) -> None:
    """Password and code again; the session stays the same one with another secret, and is fresh."""
    browser = world.activated(world.olivia)
    before = browser.cookie("muster")
    page = browser.open("/signin/local?step_up=1&return_to=/me%3Fdone%3Dended")
    wrong = browser.submit(
        page, "/signin/local/prove", password="wrong wrong wrong", code=world.fresh_code(world.olivia)
    )
    assert wrong.status_code == 403
    assert browser.submit(wrong, "/signin/local/prove", password=PASSWORD, code="").status_code == 403
    assert browser.cookie("muster") == before
    done = browser.submit(wrong, "/signin/local/prove", password=PASSWORD, code=world.fresh_code(world.olivia))
    assert led_to(done) == "/me?done=ended"
    assert browser.cookie("muster") != before
    assert is_in(browser)
    stale = world.browser()
    stale.keep("muster", before or "")
    assert not is_in(stale)
    assert world.events("door.proved")[-1].target_id == world.olivia.id
    assert world.row(world.olivia).failures == 0


def test_refusals_are_traced(world: World) -> None:
    """An owner finds out why somebody could not come in; who is unknown leaves no trace in any account."""
    world.activated(world.olivia)
    world.knock(world.browser(), world.olivia, "wrong wrong wrong")
    world.knock(world.browser(), "nobody@acme.example")
    with world.database.reading() as session:
        query = select(TRACES.c.outcome, TRACES.c.reason).where(TRACES.c.account_id == world.account_id)
        found = [tuple(row) for row in session.execute(query.order_by(TRACES.c.at))]
    assert found[-1] == (sign_in_traces.REFUSED, "door_password")
    assert (sign_in_traces.ACCEPTED, None) in found


def test_a_rehash_comes_with_the_next_sign_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the parameters of the hash change, whoever comes in gets another one."""
    world.activated(world.olivia)
    before = world.row(world.olivia).password_hash
    assert before.startswith("$argon2id$")
    stronger = passwords.PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"
    after = world.row(world.olivia).password_hash
    assert "t=3" in after
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"


def test_somebody_else_elsewhere(world: World) -> None:
    """Only people of the account's own directory that were made by hand are found, whoever has what role."""
    customer = a_customer(world.database)
    assert customer.account_id != world.account_id
    pushed = f"pushed-{uuid4().hex[:8]}@acme.example"
    scim = {"Authorization": f"Bearer {world.customer.token}", "Content-Type": "application/scim+json"}
    made = world.app.test_client().post("/scim/v2/Users", json=a_user(pushed), headers=scim)
    role = next(one["name"] for one in world.api.every("/roles") if one["is_owner"])
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, a_giving(role, made.get_json(force=True)["id"]))
    answer = world.api.post("/account/sign-in/invitations", {"user": pushed})
    assert answer.status_code == 409
    assert "own directory" in answer.json["detail"]
