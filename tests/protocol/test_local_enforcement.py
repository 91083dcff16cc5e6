"""Requiring the identity provider: only when it is proven that it works, and that the local door opens (R-5, R-7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.models.base import new_id, now
from app.services import sso_enforcement
from app.services.errors import Conflict
from app.stores.connections import CONNECTIONS
from app.stores.person_sessions import SESSIONS
from tests.protocol.api_client import Api, done, problem
from tests.protocol.browser import led_to
from tests.protocol.door_world import OTHER, Owner, World, code, door_app, inbox, secret_of, world

__all__ = ["door_app", "inbox", "world"]


class Ramp(World):
    """An account with a connection, whose owner Petra a directory pushed; Olivia may use the local door."""

    def __init__(self, world: World) -> None:
        super().__init__(world.app, world.database, world.inbox)
        self.connection = self.a_connection()
        scim = {"Authorization": f"Bearer {self.customer.token}", "Content-Type": "application/scim+json"}
        name = f"petra-{self.account_id[-8:]}@acme.example"
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name}
        made = self.app.test_client().post("/scim/v2/Users", json=body, headers=scim).get_json(force=True)
        self.petra = Owner(made["id"], name)
        role = next(one["id"] for one in self.api.every("/roles") if one["is_owner"])
        assert self.api.post("/assignments", {"role": role, "users": [self.petra.id]}).status_code == 200
        self.as_petra: Api = self.api.acting_as(self.petra.id)

    def a_connection(self) -> str:
        id = new_id()
        row: dict[str, Any] = {"account_id": self.account_id, "id": id, "name": id, "name_key": id, "protocol": "saml"}
        with self.database.writing() as session:
            session.execute(CONNECTIONS.insert().values(**row, enabled=True, trust={}, claims={}))
        return id

    def comes_in(self, owner: Owner, connection: str | None = None, **how: Any) -> None:
        """Sign in through the connection."""
        self.browser().signs_in(
            self.database, self.account_id, owner.id, connection_id=connection or self.connection, **how
        )

    def missing(self, api: Api | None = None) -> set[str]:
        """The conditions that do not hold."""
        found = (api or self.as_petra).read("/account/sign-in")
        assert found["can_be_required"] == all(one["holds"] for one in found["conditions"])
        return {one["name"] for one in found["conditions"] if not one["holds"]}

    def require(self, api: Api | None = None) -> Any:
        return (api or self.as_petra).patch("/account/sign-in", {"required": True})

    def ready(self) -> Ramp:
        self.activated(self.olivia)
        self.comes_in(self.petra)
        assert self.missing() == set()
        return self


@pytest.fixture
def ramp(world: World) -> Ramp:
    return Ramp(world)


def test_r07_each_condition_is_told_and_needed(ramp: Ramp) -> None:
    """One after the other comes true; until the last one does, it is refused with what is missing."""
    assert ramp.missing() == {"signed_in", "opened", "break_glass"}
    refused = ramp.require()
    assert problem(refused) == (409, "conflict")
    for word in ("through a connection within the last hour", "at the local door", "second factor, or a passkey"):
        assert word in refused.json["detail"]
    ramp.activated(ramp.olivia)
    assert ramp.missing() == {"signed_in"}
    assert ramp.require().status_code == 409
    ramp.comes_in(ramp.petra)
    assert ramp.missing() == set()
    assert done(ramp.require())["required"] is not None
    [event] = ramp.events("sign_in.sso_required")
    assert event.actor_id == ramp.petra.id
    assert done(ramp.require())["required"] is not None
    assert len(ramp.events("sign_in.sso_required")) == 1


def test_r07_the_sign_in_counts_of_the_same_owner_only(ramp: Ramp) -> None:
    """Not of another one, not of a program, not at the local door, not long ago, not of a session that is over."""
    ramp.activated(ramp.olivia)
    ramp.comes_in(ramp.petra)
    assert ramp.missing() == set()
    assert ramp.missing(ramp.api.acting_as(ramp.olivia.id)) == {"signed_in"}
    assert ramp.missing(ramp.api) == {"signed_in"}
    assert ramp.require(ramp.api).status_code == 409
    assert ramp.require(ramp.api.acting_as(ramp.olivia.id)).status_code == 409
    with ramp.database.writing() as session:
        old = now() - timedelta(minutes=61)
        session.execute(update(SESSIONS).where(SESSIONS.c.user_id == ramp.petra.id).values(created=old))
    assert ramp.missing() == {"signed_in"}
    ramp.comes_in(ramp.petra)
    with ramp.database.writing() as session:
        session.execute(update(SESSIONS).where(SESSIONS.c.user_id == ramp.petra.id).values(ended=now()))
    assert ramp.missing() == {"signed_in"}


@pytest.mark.parametrize("said", [None, timedelta(hours=3)])
def test_r07_when_the_provider_saw_them_is_not_asked(ramp: Ramp, said: timedelta | None) -> None:
    """Most providers do not say, or name the beginning of their own session; ours began now."""
    ramp.activated(ramp.olivia)
    ramp.comes_in(ramp.petra)
    with ramp.database.writing() as session:
        seen = None if said is None else now() - said
        session.execute(update(SESSIONS).where(SESSIONS.c.user_id == ramp.petra.id).values(authenticated=seen))
    assert ramp.missing() == set()
    assert done(ramp.require())["required"] is not None


def test_r07_a_connection_that_is_off_proves_nothing(ramp: Ramp) -> None:
    """It must be one through which people can sign in now, and one of this very account."""
    ramp.activated(ramp.olivia)
    ramp.comes_in(ramp.petra)
    with ramp.database.writing() as session:
        session.execute(update(CONNECTIONS).where(CONNECTIONS.c.id == ramp.connection).values(enabled=False))
    assert ramp.missing() == {"connection", "signed_in"}
    Ramp(ramp)  # another account with a connection that is on
    assert ramp.missing() == {"connection", "signed_in"}


def test_r07_the_door_must_have_opened_lately(ramp: Ramp) -> None:
    """Within the days that the account says; a password that nobody ever tried is no way in."""
    ramp.activated(ramp.olivia)
    ramp.comes_in(ramp.petra)
    ramp.change(ramp.olivia, opened=now() - timedelta(days=31))
    assert ramp.missing() == {"opened"}
    done(ramp.as_petra.patch("/account/sign-in", {"door_days": 40}))
    assert ramp.missing() == set()
    ramp.change(ramp.olivia, opened=None)
    assert ramp.missing() == {"opened"}
    for days in (0, 366, "x", None):
        assert ramp.api.patch("/account/sign-in", {"door_days": days}).status_code == 400


def test_r07_break_glass_needs_two_factors(ramp: Ramp) -> None:
    """A password alone does not hold it, even where the account asks for no more."""
    ramp.set_account(requires_mfa=False)
    ramp.choose(ramp.browser(), ramp.invite(ramp.olivia))
    ramp.comes_in(ramp.petra)
    assert ramp.missing() == {"break_glass"}


def test_r07_when_required_only_break_glass_opens(ramp: Ramp) -> None:
    """Password, reset and invitation of anybody else are refused like a wrong password; relaxed, they work again."""
    ramp.set_account(requires_mfa=False)
    plain, invited = ramp.an_owner("plain"), ramp.an_owner("invited")
    browser = ramp.browser()
    assert led_to(ramp.choose(browser, ramp.invite(plain))) == "/me"
    link = ramp.invite(invited)
    ramp.set_account(requires_mfa=True)
    ramp.ready()
    done(ramp.require())
    assert ramp.knock(ramp.browser(), plain).status_code == 403
    assert ramp.events("door.refused")[-1].reason == "sso_required"
    assert ramp.browser().open(link).status_code == 403
    assert ramp.api.post("/account/sign-in/invitations", {"user": invited.id}).status_code == 409
    page = ramp.browser().open("/signin/local/reset")
    assert page.status_code == 200
    for owner in (plain, ramp.olivia):
        asking = ramp.browser()
        asking.submit(asking.open("/signin/local/reset"), "/signin/local/reset", name=owner.user_name)
    ramp.app.extensions["mailer"].look()
    assert not [one for one in ramp.inbox.to(plain.user_name) if "Your password" in str(one.message["Subject"])]
    there = led_to(ramp.choose(ramp.browser(), ramp.link(ramp.olivia, "Your password"), OTHER))
    assert there.startswith("/signin/local/code")
    assert led_to(ramp.signs_in_with(OTHER, ramp.fresh_code(ramp.olivia))) == "/me"
    done(ramp.as_petra.patch("/account/sign-in", {"required": False}))
    assert led_to(ramp.knock(ramp.browser(), plain)).startswith("/signin/local/enrol")
    assert ramp.browser().open(link).status_code == 200
    assert [event.actor_id for event in ramp.events("sign_in.sso_relaxed")] == [ramp.petra.id]


def test_r07_the_operator_lets_an_owner_begin_anew(ramp: Ramp) -> None:
    """On the server, whatever was lost: a link, nothing required any more, a loud event and a mail to all owners."""
    ramp.ready()
    done(ramp.require())
    otto = ramp.an_owner("otto")
    with ramp.database.writing() as session:
        made = sso_enforcement.recover(session, ramp.way.post, ramp.account_id, ramp.olivia.user_name)
    assert made.mailed
    assert made.link is None
    assert ramp.api.read("/account/sign-in")["required"] is None
    [event] = ramp.events("door.recovered")
    assert (event.target_id, event.actor_kind) == (ramp.olivia.id, "system")
    assert [one["type"] for one in ramp.api.read("/events", limit=500)["results"]].count("door.recovered") == 1
    assert ramp.olivia.user_name in ramp.mail(otto, "operator").text
    browser = ramp.browser()
    page = browser.open(led_to(ramp.choose(browser, ramp.link(ramp.olivia, "Your sign-in"), OTHER)))
    ramp.olivia.secret = secret_of(page)
    assert browser.submit(page, "/signin/local/enrol", code=code(ramp.olivia)).status_code == 200
    with ramp.database.writing() as session, pytest.raises(Conflict):
        sso_enforcement.recover(session, ramp.way.post, ramp.account_id, ramp.petra.user_name)


def test_r05_it_is_told_when_nobody_could_come_in(ramp: Ramp) -> None:
    """An account whose owners could all be kept out by the identity provider is warned."""
    [warning] = ramp.api.read("/account/sign-in")["warnings"]
    assert "muster door invite" in warning
    ramp.activated(ramp.olivia)
    assert ramp.api.read("/account/sign-in")["warnings"] == []
    ramp.comes_in(ramp.petra)
    assert "only one Account Owner" in done(ramp.require())["warnings"][0]


def test_only_owners_see_and_change_it(ramp: Ramp) -> None:
    """A person who is no owner does not even read it (R-1); a key without the scope neither."""
    made = ramp.api.create("/users", {"user_name": f"plain-{ramp.account_id[-8:]}@acme.example", "roles": []})
    plain = ramp.api.acting_as(made["id"])
    assert plain.get("/account/sign-in").status_code == 403
    assert plain.patch("/account/sign-in", {"required": False}).status_code == 403
    assert plain.post("/account/sign-in/invitations", {"user": ramp.olivia.id}).status_code == 403


def test_the_settings_are_changed_and_audited(ramp: Ramp) -> None:
    """Only what is different."""
    done(ramp.as_petra.patch("/account/sign-in", {"requires_mfa": False, "door_days": 30}))
    [event] = [one for one in ramp.events("account.changed") if one.after and "requires_mfa" in one.after]
    assert (event.before, event.after) == ({"requires_mfa": True}, {"requires_mfa": False})
    found = ramp.api.read("/account/sign-in")
    assert (found["requires_mfa"], found["door_days"]) == (False, 30)
