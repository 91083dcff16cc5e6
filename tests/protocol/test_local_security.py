"""/me/security: an owner's own password, app, passkeys and recovery codes, and that a proof must be fresh (N-7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.models.base import now
from app.stores.person_sessions import SESSIONS
from tests.authenticator import Authenticator
from tests.protocol.browser import Browser, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.door_world import (
    OTHER,
    World,
    code,
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
CHANGES = {
    "/me/security/password": {"password": OTHER, "again": OTHER},
    "/me/security/app": {"proposal": "x", "code": "123456"},
    "/me/security/app/remove": {},
    "/me/security/passkeys": {"ticket": "x", "credential": "x"},
    "/me/security/passkeys/remove": {"passkey": "x"},
    "/me/security/codes": {},
}


def page_of(browser: Browser) -> Any:
    page = browser.open("/me/security")
    assert page.status_code == 200, page.text
    return page


def add_passkey(browser: Browser) -> tuple[Authenticator, Any]:
    key, page = Authenticator(PUBLIC_URL), page_of(browser)
    made = key.create(options_of(page, "create"))
    return key, browser.submit(page, "/me/security/passkeys", credential=made, name="blue key")


def test_n07_every_change_needs_a_fresh_proof(world: World) -> None:
    """Not older than ten minutes; whoever has none is led to prove it and back."""
    browser = world.activated(world.olivia)
    with world.database.writing() as session:
        old = now() - timedelta(minutes=11)
        session.execute(update(SESSIONS).where(SESSIONS.c.user_id == world.olivia.id).values(authenticated=old))
    before = world.row(world.olivia)
    for path, values in CHANGES.items():
        answer = browser.send(path, **values)
        assert "/signin/local?step_up=1" in answer.text.replace("&amp;", "&"), path
    assert "/signin/local?step_up=1" in browser.open("/me/security").text
    assert world.row(world.olivia) == before
    proof = browser.open("/signin/local?step_up=1&return_to=/me/security")
    right = {"password": "correct horse battery staple", "code": world.fresh_code(world.olivia)}
    assert led_to(browser.submit(proof, "/signin/local/prove", **right)) == "/me/security"
    assert page_of(browser)


def test_r06_only_owners_of_the_account_have_anything_there(world: World) -> None:
    """Nobody without a session, no user, and no owner whom a directory pushed."""
    assert world.browser().open("/me/security").status_code == 303
    made = world.api.create("/users", {"user_name": f"plain-{world.account_id[:8]}@acme.example", "roles": []})
    browser = world.browser()
    browser.signs_in(world.database, world.account_id, made["id"])
    for path, values in CHANGES.items():
        assert browser.send(path, **values).status_code == 403
    assert browser.open("/me/security").status_code == 403
    scim = {"Authorization": f"Bearer {world.customer.token}", "Content-Type": "application/scim+json"}
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "p@acme.example"}
    pushed = world.app.test_client().post("/scim/v2/Users", json=body, headers=scim).get_json(force=True)["id"]
    role = next(one["id"] for one in world.api.every("/roles") if one["is_owner"])
    assert world.api.post("/assignments", {"role": role, "users": [pushed]}).status_code == 200
    owner = world.browser()
    owner.signs_in(world.database, world.account_id, pushed)
    assert owner.open("/me/security").status_code == 404
    for path, values in CHANGES.items():
        answer = owner.send(path, **values)
        assert answer.status_code == 404, path


def test_another_password(world: World) -> None:
    """Weak ones and two different ones are refused; the other sessions end, this one goes on."""
    browser = world.activated(world.olivia)
    other = world.browser()
    world.signs_in(other, world.olivia)
    for password, again in (("password1234", "password1234"), (OTHER, "not the same one")):
        page = page_of(browser)
        assert browser.submit(page, "/me/security/password", password=password, again=again).status_code == 422
    assert is_in(other)
    done = browser.submit(page_of(browser), "/me/security/password", password=OTHER, again=OTHER)
    assert led_to(done) == "/me/security?done=password"
    assert is_in(browser)
    assert not is_in(other)
    assert led_to(world.signs_in_with(OTHER, world.fresh_code(world.olivia))) == "/me"
    assert "password" in world.mail(world.olivia, "was changed").text


def test_another_app(world: World) -> None:
    """The one before is good no more; the page offers the same secret again after a wrong code."""
    browser = world.activated(world.olivia)
    before = world.olivia.secret
    page = page_of(browser)
    assert secret_of(page) != before
    wrong = browser.submit(page, "/me/security/app", code="000000")
    assert wrong.status_code == 422
    assert secret_of(wrong) == secret_of(page)
    world.olivia.secret = secret_of(wrong)
    assert led_to(browser.submit(wrong, "/me/security/app", code=code(world.olivia))) == "/me/security?done=app"
    assert led_to(world.signs_in(world.browser(), world.olivia)) == "/me"
    world.olivia.secret = before
    assert world.signs_in(world.browser(), world.olivia).status_code == 403


def test_a_passkey_is_added_and_removed(world: World) -> None:
    """And the app may go then, but not the last of the two."""
    browser = world.activated(world.olivia)
    assert browser.submit(page_of(browser), "/me/security/app/remove").status_code == 422
    key, answer = add_passkey(browser)
    assert led_to(answer) == "/me/security?done=passkey"
    assert "blue key" in page_of(browser).text
    assert led_to(world.show(world.browser(), key)) == "/me"
    removed = browser.submit(page_of(browser), "/me/security/app/remove")
    assert led_to(removed) == "/me/security?done=app_gone"
    page = page_of(browser)
    last = shown(page, "/me/security/passkeys/remove")["passkey"]
    assert browser.submit(page, "/me/security/passkeys/remove").status_code == 422
    assert led_to(world.show(world.browser(), key)) == "/me"
    _, answer = add_passkey(browser)
    assert led_to(answer) == "/me/security?done=passkey"
    assert led_to(browser.send("/me/security/passkeys/remove", passkey=last)) == "/me/security?done=passkey_gone"
    assert world.show(world.browser(), key).status_code == 403
    assert browser.send("/me/security/passkeys/remove", passkey=last).status_code == 404
    said = [event.action for event in _of_factors(world)]
    assert said == [
        "door.factor_added",
        "door.factor_added",
        "door.factor_removed",
        "door.factor_added",
        "door.factor_removed",
    ]


def test_m01_nobody_removes_the_passkey_of_another(world: World) -> None:
    """Its id means nothing to anybody else."""
    browser = world.activated(world.olivia)
    add_passkey(browser)
    theirs = shown(page_of(browser), "/me/security/passkeys/remove")["passkey"]
    otto = world.an_owner("otto")
    other = world.activated(otto)
    assert other.send("/me/security/passkeys/remove", passkey=theirs).status_code == 404
    assert "blue key" in page_of(browser).text


def test_new_recovery_codes(world: World) -> None:
    """Shown once; all before are worth nothing."""
    browser = world.activated(world.olivia)
    before = world.olivia.codes
    page = browser.submit(page_of(browser), "/me/security/codes")
    codes = codes_of(page)
    assert len(codes) == 10
    assert not set(codes) & set(before)
    assert not codes_of(page_of(browser))
    assert world.signs_in(world.browser(), world.olivia, before[0]).status_code == 403
    assert led_to(world.signs_in(world.browser(), world.olivia, codes[0])) == "/me"


def test_r07_the_last_way_in_stays_while_the_provider_is_required(world: World) -> None:
    """Also where the account asks for no second factor otherwise."""
    world.set_account(requires_mfa=False)
    browser = world.browser()
    world.choose(browser, world.invite(world.olivia))
    world.olivia.secret = secret_of(page := page_of(browser))
    browser.submit(page, "/me/security/app", code=code(world.olivia))
    world.set_account(sso_required=now())
    assert browser.submit(page_of(browser), "/me/security/app/remove").status_code == 422
    assert world.row(world.olivia).totp_secret is not None
    world.set_account(sso_required=None)
    assert led_to(browser.submit(page_of(browser), "/me/security/app/remove")) == "/me/security?done=app_gone"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_speak_both_languages(world: World, language: str) -> None:
    """Each of them, with the words of the other nowhere."""
    browser = world.browser()
    browser.headers["Accept-Language"] = language
    words = {"en": "Recovery codes", "es": "Códigos de recuperación"}
    world.activated(world.olivia, browser)
    page = page_of(browser)
    assert words[language] in page.text
    assert words["es" if language == "en" else "en"] not in page.text
    assert f'lang="{language}"' in page.text
    assert browser.open("/signin/local").headers["Content-Language"] == language


def _of_factors(world: World) -> list[Any]:
    events = world.events("door.factor_added") + world.events("door.factor_removed")
    return sorted(events, key=lambda event: event.sequence)
