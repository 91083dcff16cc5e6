"""Sessions of people as administrators see and end them, and how long an account lets them last (N-3, N-5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from app import cli
from app.audit import EVENTS
from app.db import Database
from app.models.base import now
from app.services import accounts
from tests.builders import a_customer
from tests.conftest import KEY
from tests.protocol.api_client import Api, an_api_key, done, places, problem
from tests.protocol.browser import Browser
from tests.protocol.sign_in_world import World

UNKNOWN = "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account of its own."""
    return World(app, database)


@pytest.fixture
def api(world: World) -> Api:
    """A caller who may do everything there."""
    return Api(world.app, an_api_key(world.database, world.account_id), world.account_id)


def signed_in(world: World, user_id: str, **how: Any) -> tuple[Browser, str]:
    """A browser in which somebody is signed in, and the id of the session."""
    browser = world.browser()
    return browser, browser.signs_in(world.database, world.account_id, user_id, **how)


def is_in(browser: Browser) -> bool:
    return browser.open("/me").status_code == 200


class TestReading:
    """Where people are signed in."""

    def test_n5_the_sessions_of_a_person(self, world: World, api: Api) -> None:
        """By id or userName, the one that was used last first; nothing secret among it."""
        saml, user_id = world.saml(), world.push("ana@acme.example")
        browser, first = signed_in(
            world, user_id, connection_id=saml.id, methods=["pwd", "otp"], agent=AGENT, address="203.0.113.7"
        )
        _, second = signed_in(world, user_id)
        answer = api.get("/users/ana@acme.example/sessions")
        found = done(answer)["sessions"]
        assert {one["id"] for one in found} == {first, second}
        [shown] = [one for one in found if one["id"] == first]
        assert shown["user_id"] == user_id
        assert shown["user_name"] == "ana@acme.example"
        assert shown["connection_id"] == saml.id
        assert (shown["methods"], shown["agent"], shown["address"]) == (["pwd", "otp"], AGENT, "203.0.113.7")
        assert browser.cookie("muster") not in answer.text
        assert done(api.get(f"/users/{user_id}/sessions")) == done(answer)

    def test_n5_the_sessions_of_an_account(self, world: World, api: Api, other_api: Api) -> None:
        """A page at a time, filtered; those of another account are nowhere."""
        ids = {signed_in(world, user_id)[1] for user_id in (world.push(), world.push()) for _ in range(2)}
        assert {one["id"] for one in api.every("/sessions", limit=3)} == ids
        assert {one["id"] for one in api.every("/sessions", limit=3, sort="-last_seen")} == ids
        one = api.every("/sessions")[0]
        assert {found["user_id"] for found in api.every("/sessions", filter=f'user.id eq "{one["user_id"]}"')} == {
            one["user_id"]
        }
        assert other_api.every("/sessions") == []

    def test_what_is_over_is_not_shown(self, world: World, api: Api) -> None:
        """Ended, or past its end."""
        user_id = world.push()
        signed_in(world, user_id, not_after=now() - timedelta(seconds=1))
        browser, _ = signed_in(world, user_id)
        browser.send("/signout")
        assert done(api.get(f"/users/{user_id}/sessions"))["sessions"] == []

    def test_people_read_their_own_only(self, world: World, api: Api) -> None:
        """Whoever administers nothing."""
        ana, ben = world.push("ana@acme.example"), world.push("ben@acme.example")
        _, id = signed_in(world, ana)
        signed_in(world, ben)
        acting = api.acting_as("ana@acme.example")
        assert [one["id"] for one in done(acting.get(f"/users/{ana}/sessions"))["sessions"]] == [id]
        assert problem(acting.get(f"/users/{ben}/sessions")) == (403, "forbidden")
        assert problem(acting.get("/sessions")) == (403, "forbidden")


class TestEnding:
    """Administrators end them."""

    def test_n5_one_session(self, world: World, api: Api) -> None:
        """At once, and in the trail; a second time there is nothing."""
        user_id = world.push()
        (here, first), (there, _) = signed_in(world, user_id), signed_in(world, user_id)
        path = f"/users/{user_id}/sessions/{first}"
        assert api.delete(path).status_code == 204
        assert (is_in(here), is_in(there)) == (False, True)
        assert problem(api.delete(path)) == (404, "not-found")
        with world.database.reading() as session:
            query = select(EVENTS).where(EVENTS.c.account_id == world.account_id, EVENTS.c.action == "session.ended")
            [event] = session.execute(query).all()
        assert (event.target_id, event.actor_kind) == (user_id, "key")
        assert event.after == {"session": first, "because": "administrator"}
        world.verify()

    def test_n5_all_sessions(self, world: World, api: Api) -> None:
        """Of one person; they may sign in again."""
        user_id, other_id = world.push(), world.push()
        browsers = [signed_in(world, user_id)[0] for _ in range(3)]
        other, _ = signed_in(world, other_id)
        assert done(api.delete(f"/users/{user_id}/sessions")) == {"ended": 3}
        assert not any(map(is_in, browsers))
        assert is_in(other)
        assert done(api.delete(f"/users/{user_id}/sessions")) == {"ended": 0}
        assert is_in(signed_in(world, user_id)[0])

    def test_m1_of_another_account_there_are_none(self, world: World, api: Api, other_api: Api) -> None:
        """The same answer as for what was never there."""
        user_id, colleague = world.push(), world.push()
        browser, id = signed_in(world, user_id)
        for method in ("GET", "DELETE"):
            assert problem(other_api.request(method, f"/users/{user_id}/sessions")) == (404, "not-found")
        assert problem(other_api.delete(f"/users/{user_id}/sessions/{id}")) == (404, "not-found")
        for path in (
            f"/users/{colleague}/sessions/{id}",
            f"/users/{user_id}/sessions/{UNKNOWN}",
            "/users/x/sessions/x",
        ):
            assert problem(api.delete(path)) == (404, "not-found")
        assert is_in(browser)

    def test_the_key_needs_the_scope(self, world: World) -> None:
        """To read is not to end."""
        user_id = world.push()
        reader = Api(world.app, an_api_key(world.database, world.account_id, "sessions:read"))
        assert reader.get(f"/users/{user_id}/sessions").status_code == 200
        assert problem(reader.delete(f"/users/{user_id}/sessions")) == (403, "insufficient-scope")
        other = Api(world.app, an_api_key(world.database, world.account_id, "users:write", "users:read"))
        assert problem(other.get(f"/users/{user_id}/sessions")) == (403, "insufficient-scope")

    def test_in_the_name_of_a_person(self, world: World, api: Api) -> None:
        """Everybody ends their own; those of others whoever manages them, of an owner only owners."""
        with world.database.writing() as session:
            boss = accounts.create_owner(session, world.account_id, "boss@acme.example", "Boss")
        ana = world.push("ana@acme.example")
        mine, _ = signed_in(world, ana)
        its, _ = signed_in(world, boss.id)
        acting = api.acting_as("ana@acme.example")
        assert problem(acting.delete(f"/users/{boss.id}/sessions")) == (403, "forbidden")
        assert is_in(its)
        assert done(acting.delete(f"/users/{ana}/sessions")) == {"ended": 1}
        assert not is_in(mine)
        again, _ = signed_in(world, ana)
        assert done(api.acting_as("boss@acme.example").delete(f"/users/{ana}/sessions")) == {"ended": 1}
        assert not is_in(again)


class TestSettings:
    """How long an account lets sessions last."""

    @pytest.mark.parametrize(
        ("name", "least", "most"),
        [
            ("session_idle_minutes", 5, 480),
            ("session_hours", 1, 168),
            ("owner_session_hours", 1, 24),
            ("trace_days", 1, 90),
            ("step_up_minutes", 1, 60),
        ],
    )
    def test_n3_within_limits(self, api: Api, name: str, least: int, most: int) -> None:
        """Both ends are allowed, and nothing beyond."""
        for value in (least, most):
            assert done(api.patch("/account", {name: value}))[name] == value
        for wrong in (least - 1, most + 1, 0, -1, "10", 1.5, None, True):
            answer = api.patch("/account", {name: wrong})
            assert (problem(answer), places(answer)) == ((400, "invalid"), {f"/{name}"})
        assert api.read("/account")[name] == most

    def test_n3_they_hold_for_sessions_that_are_open(
        self, world: World, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A shorter limit ends them earlier, at their next request."""
        browser, _ = signed_in(world, world.push())
        moment = now()
        monkeypatch.setattr("app.web.who.now", lambda: moment + timedelta(minutes=7))
        assert is_in(browser)
        done(api.patch("/account", {"session_idle_minutes": 5}))
        monkeypatch.setattr("app.web.who.now", lambda: moment + timedelta(minutes=13))
        assert not is_in(browser)

    def test_they_are_in_the_trail(self, world: World, api: Api) -> None:
        """Before and after; whether the local door asks for a second factor, too."""
        assert api.read("/account")["requires_mfa"] is True
        done(api.patch("/account", {"requires_mfa": False, "session_hours": 4}))
        [event] = world.events("account.changed")
        assert event.before == {"requires_mfa": True, "session_hours": 12}
        assert event.after == {"requires_mfa": False, "session_hours": 4}


class TestCommands:
    """``muster session``."""

    @pytest.fixture
    def run(self, database_url: str) -> Callable[..., Result]:
        """The command on the tests' own database."""
        environment = {"MUSTER_DATABASE_URL": database_url, "MUSTER_SECRET_KEY": KEY}
        return lambda *words: CliRunner().invoke(cli.main, ["session", *words], env=environment)

    def test_list_and_end(self, world: World, run: Callable[..., Result]) -> None:
        """By the names of account and person."""
        account, user_id = world.customer.account_name, world.push("ana@acme.example")
        (here, id), (there, _) = signed_in(world, user_id), signed_in(world, user_id)
        for words in (("list", account), ("list", account, "ana@acme.example")):
            listed = run(*words)
            assert listed.exit_code == 0, listed.output
            assert id in listed.output
            assert "the local door" in listed.output
        assert "and more" in run("list", account, "--limit", "1").output
        ended = run("end", account, "ana@acme.example", id)
        assert ended.exit_code == 0, ended.output
        assert (is_in(here), is_in(there)) == (False, True)
        assert run("end", account, "ana@acme.example", id).exit_code == 3
        assert "1 sessions" in run("end-all", account, user_id).output
        assert not is_in(there)
        assert "nobody is signed in" in run("list", account).output

    def test_settings(self, world: World, run: Callable[..., Result]) -> None:
        """Shown, changed within their limits, and shown again."""
        account = world.customer.account_name
        changed = run("settings", account, "--idle-minutes", "15", "--no-mfa", "--json")
        assert changed.exit_code == 0, changed.output
        shown = run("settings", account)
        assert [line.split() for line in shown.output.splitlines()[1:]] == [
            ["session_idle_minutes", "15"],
            ["session_hours", "12"],
            ["owner_session_hours", "8"],
            ["trace_days", "14"],
            ["step_up_minutes", "10"],
            ["sign_in_methods", "any"],
            ["sign_in_contexts", "any"],
            ["requires_mfa", "False"],
        ]
        strong = ("--method", "mfa", "--method", "hwk", "--context", "https://refeds.org/profile/mfa")
        assert run("settings", account, *strong, "--step-up-minutes", "5").exit_code == 0
        shown = [line.split(maxsplit=1) for line in run("settings", account).output.splitlines()[5:8]]
        assert shown == [
            ["step_up_minutes", "5"],
            ["sign_in_methods", "mfa, hwk"],
            ["sign_in_contexts", "https://refeds.org/profile/mfa"],
        ]
        assert run("settings", account, "--any-method").exit_code == 0
        assert "mfa," not in run("settings", account).output
        assert run("settings", account, "--hours", "999").exit_code == 2


def test_a_strangers_account_is_another(world: World, api: Api) -> None:
    """Settings of one account say nothing of another."""
    done(api.patch("/account", {"session_hours": 3}))
    other = a_customer(world.database)
    found = Api(world.app, an_api_key(world.database, other.account_id)).read("/account")
    assert found["session_hours"] == 12
