"""Passkeys at the local door, against an authenticator in software (W3C WebAuthn level 3, R-6)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.models.base import now
from app.services import passkeys, sso_enforcement
from app.stores.local_sign_in import PASSKEYS
from tests.authenticator import Authenticator, encoded
from tests.protocol.browser import Browser, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.door_world import (
    PASSWORD,
    Owner,
    World,
    codes_of,
    door_app,
    inbox,
    is_in,
    options_of,
    secret_of,
    shown,
    world,
)

__all__ = ["door_app", "inbox", "world"]


def enrolled(world: World, owner: Owner, key: Authenticator | None = None) -> tuple[Browser, Authenticator]:
    """Let an owner choose a password and a passkey."""
    key, browser = key or Authenticator(PUBLIC_URL), world.browser()
    page = browser.open(led_to(world.choose(browser, world.invite(owner))))
    made = key.create(options_of(page, "create"))
    done = browser.submit(page, "/signin/local/enrol/passkey", credential=made, name="blue key")
    assert done.status_code == 200, done.text
    owner.codes = tuple(codes_of(done))
    return browser, key


def test_r06_a_passkey_is_a_second_factor_and_then_enough(world: World) -> None:
    """Made after the password, with recovery codes; alone it signs in, without a name; the sign-in says how."""
    browser, key = enrolled(world, world.olivia)
    assert len(world.olivia.codes) == 10
    assert is_in(browser)
    other = world.browser()
    assert led_to(world.show(other, key)) == "/me"
    assert world.olivia.user_name in other.open("/me").text
    assert world.events("door.opened")[-1].after["methods"] == "pop user mfa"
    [owner] = world.api.read("/account/sign-in")["owners"]
    assert (owner["passkeys"], owner["can_open"], owner["has_totp"]) == (1, True, False)


def test_r06_who_is_locked_out_still_has_the_passkey(world: World) -> None:
    """Guessing at a password keeps nobody from theirs, nor is the address looked at; and guesses stay counted."""
    _, key = enrolled(world, world.olivia)
    world.change(world.olivia, failures=99, locked_until=now() + timedelta(days=365))
    assert world.knock(world.browser(), world.olivia).status_code == 403
    assert led_to(world.show(world.browser(), key)) == "/me"
    assert world.row(world.olivia).failures == 99


def test_r06_a_password_alone_is_not_enough_beside_a_passkey(world: World) -> None:
    """After the password a recovery code, or the passkey; no app may be slipped in."""
    _, key = enrolled(world, world.olivia)
    browser = world.browser()
    there = led_to(world.knock(browser, world.olivia))
    assert there.startswith("/signin/local/code")
    assert browser.open(there.replace("/code", "/enrol")).status_code == 403
    page = browser.open(there)
    assert browser.submit(page, "/signin/local/code", code="123456").status_code == 403
    assert led_to(browser.submit(page, "/signin/local/code", code=world.olivia.codes[0])) == "/me"
    other = world.browser()
    page = other.open(led_to(world.knock(other, world.olivia)))
    assert led_to(other.submit(page, "/signin/local/passkey", credential=key.get(options_of(page, "get")))) == "/me"


def test_passkeys_that_prove_nothing(world: World) -> None:
    """Each thing that a relying party has to verify (WebAuthn §7.2), and the same page for all."""
    _, key = enrolled(world, world.olivia)
    wrong: list[dict[str, Any]] = [
        {"challenge": encoded(bytes(32))},
        {"origin": "https://evil.example"},
        {"origin": PUBLIC_URL + ".evil.example"},
        {"party": "evil.example"},
        {"type": "webauthn.create"},
        {"signature": bytes(70)},
        {"handle": bytes(32)},
    ]
    pages = [world.show(world.browser(), key, **changes) for changes in wrong]
    key.verifies = False
    pages.append(world.show(world.browser(), key))
    key.verifies = True
    stranger = Authenticator(PUBLIC_URL)
    pages.append(world.show(world.browser(), stranger))
    impostor = Authenticator(PUBLIC_URL, id=key.id, handle=key.handle)
    impostor.count = 100
    pages.append(world.show(world.browser(), impostor))
    assert {page.status_code for page in pages} == {403}
    assert led_to(world.show(world.browser(), key)) == "/me"


def test_answers_that_are_made_up(world: World) -> None:
    """Whatever is sent in place of an answer is refused, never an error."""
    _, key = enrolled(world, world.olivia)
    browser = world.browser()
    page = browser.open("/signin/local")
    right = json.loads(key.get(options_of(page, "get")))
    response = right["response"]
    answers: list[Any] = [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "9" * 20_000,
        right | {"response": None},
        right | {"response": []},
        right | {"response": {}},
        right | {"id": 5},
        right | {"id": ""},
        right | {"rawId": "!!"},
        right | {"type": "password"},
        right | {"response": response | {"authenticatorData": ""}},
        right | {"response": response | {"authenticatorData": encoded(bytes(36))}},
        right | {"response": response | {"authenticatorData": encoded(bytes([0xFF]) * 37)}},
        right | {"response": response | {"clientDataJSON": encoded(b"{}")}},
        right | {"response": response | {"clientDataJSON": encoded(b"\xff\xfe")}},
        right | {"response": response | {"clientDataJSON": 5}},
        right | {"response": response | {"signature": None}},
        right | {"response": response | {"userHandle": 7}},
        right | {"response": response | {"userHandle": "é"}},
    ]
    for answer in answers:
        sent = answer if isinstance(answer, str) else json.dumps(answer)
        assert browser.submit(page, "/signin/local/passkey", credential=sent).status_code == 403, sent
    for ticket in ("", "x", "é", "A" * 40, "A" * 5000):
        whole = json.dumps(right)
        assert browser.submit(page, "/signin/local/passkey", credential=whole, ticket=ticket).status_code == 403
    assert led_to(browser.submit(page, "/signin/local/passkey", credential=json.dumps(right))) == "/me"


def test_an_answer_is_good_once_in_one_browser(world: World) -> None:
    """Neither again, nor in another browser, nor for something else (N-1)."""
    _, key = enrolled(world, world.olivia)
    browser, other = world.browser(), world.browser()
    page = browser.open("/signin/local")
    answer = key.get(options_of(page, "get"))
    values = shown(page, "/signin/local/passkey") | {"credential": answer}
    other.open("/signin/local")
    assert other.send("/signin/local/passkey", ticket=values["ticket"], credential=answer).status_code == 403
    assert led_to(browser.submit(page, "/signin/local/passkey", credential=answer)) == "/me"
    assert browser.send("/signin/local/passkey", ticket=values["ticket"], credential=answer).status_code == 403


def test_a_copied_passkey_is_noticed(world: World) -> None:
    """Whose counter does not grow is a copy (WebAuthn §7.2, step 22); one without a counter is not."""
    _, key = enrolled(world, world.olivia)
    copy = Authenticator(PUBLIC_URL, key=key.key, id=key.id, handle=key.handle, count=key.count)
    assert led_to(world.show(world.browser(), key)) == "/me"
    assert led_to(world.show(world.browser(), key)) == "/me"
    assert world.show(world.browser(), copy).status_code == 403
    otto = world.an_owner("otto")
    _, plain = enrolled(world, otto, Authenticator(PUBLIC_URL, counts=False))
    assert [led_to(world.show(world.browser(), plain)) for _ in range(2)] == ["/me", "/me"]


@pytest.mark.parametrize(
    "changes",
    [
        {"challenge": encoded(bytes(32))},
        {"origin": "https://evil.example"},
        {"party": "evil.example"},
        {"verifies": False},
    ],
    ids=["challenge", "origin", "party", "nobody verified"],
)
def test_passkeys_that_are_not_kept(world: World, changes: dict[str, Any]) -> None:
    """What a relying party verifies of a new one (WebAuthn §7.1): nothing is kept, nobody is in."""
    key, browser = Authenticator(PUBLIC_URL, verifies=changes.get("verifies", True)), world.browser()
    page = browser.open(led_to(world.choose(browser, world.invite(world.olivia))))
    made = key.create(options_of(page, "create"), **{name: changes[name] for name in changes if name != "verifies"})
    assert browser.submit(page, "/signin/local/enrol/passkey", credential=made, name="x").status_code == 422
    assert not is_in(browser)
    with world.database.reading() as session:
        assert session.execute(select(PASSKEYS.c.id).where(PASSKEYS.c.user_id == world.olivia.id)).all() == []


def test_new_passkeys_that_are_made_up(world: World) -> None:
    """Refused, never an error."""
    browser = world.browser()
    page = browser.open(led_to(world.choose(browser, world.invite(world.olivia))))
    right = json.loads(Authenticator(PUBLIC_URL).create(options_of(page, "create")))
    response = right["response"]
    for attestation in (b"", b"\xff", b"\xa0", b"\x9f" * 200, bytes(500), b"\xa3cfmtdnone"):
        sent = json.dumps(right | {"response": response | {"attestationObject": encoded(attestation)}})
        assert browser.submit(page, "/signin/local/enrol/passkey", credential=sent, name="x").status_code == 422
    assert browser.submit(page, "/signin/local/enrol/passkey", credential="", name="x").status_code == 422
    sent = json.dumps(right | {"response": response | {"transports": {"x": 1}}})
    done = browser.submit(page, "/signin/local/enrol/passkey", credential=sent, name="<b>\u202e\a")
    assert done.status_code == 200


def test_n07_proving_anew_with_a_passkey(world: World) -> None:
    """One's own, and no other."""
    browser, key = enrolled(world, world.olivia)
    otto = world.an_owner("otto")
    _, other = enrolled(world, otto)
    there = "/signin/local?step_up=1&return_to=/me"
    before = browser.cookie("muster")
    assert world.show(browser, other, there).status_code == 403
    assert browser.cookie("muster") == before
    assert led_to(world.show(browser, key, there)) == "/me"
    assert browser.cookie("muster") != before


def test_who_begins_anew_has_no_passkey_any_more(world: World) -> None:
    """An activation ends what was there before: password, app, passkeys, recovery codes, sessions."""
    browser, key = enrolled(world, world.olivia)
    with world.database.writing() as session:
        made = sso_enforcement.recover(session, world.way.post, world.account_id, world.olivia.user_name)
    assert made.mailed
    page = world.browser()
    answer = world.choose(page, world.link(world.olivia, "Your sign-in"), "another long enough password")
    assert led_to(answer).startswith("/signin/local/enrol")
    assert not is_in(browser)
    assert world.show(world.browser(), key).status_code == 403
    assert world.knock(world.browser(), world.olivia, PASSWORD).status_code == 403
    assert secret_of(page.open(led_to(answer)))


def test_where_there_are_no_passkeys() -> None:
    """Browsers have them only where there is a name and https, or on the developer's own machine."""
    offered = {url: passkeys.relying_party(url) for url in _ADDRESSES}
    assert {url: None if one is None else (one.id, one.origin) for url, one in offered.items()} == _ADDRESSES


_ADDRESSES: dict[str, tuple[str, str] | None] = {
    "https://muster.example.com": ("muster.example.com", "https://muster.example.com"),
    "https://Muster.Example.com:8443/below": ("muster.example.com", "https://muster.example.com:8443"),
    "http://localhost:8000": ("localhost", "http://localhost:8000"),
    "http://127.0.0.1:8000": None,
    "https://[::1]:8000": None,
    "http://muster.example.com": None,
}
