"""Clients are told that a session is over: by whom it was ended does not matter, nor what the client does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import delete, insert, select, update

from app.audit import EVENTS
from app.db import Database
from app.logout_calls import EVENT, PATIENCE, LogoutCalls
from app.models import OAuthToken
from app.models.base import new_id, now, table
from app.sealing import Keys
from app.services import account_settings, accounts, oauth_clients, oauth_grants, person_sessions
from app.services.signing_keys import KeyRing
from app.services.users import change_user, delete_user
from app.services.webhook_delivery import Schedule
from app.stores.logout_notices import NOTICES
from tests.builders import a_customer
from tests.conftest import KEY
from tests.webhooks import Receiver, loopback, wait_until

KEYS = Keys(KEY.encode())
RING = KeyRing(KEYS)
ISSUER = "https://muster.example.test"
AT_ONCE = Schedule(first=0.05, factor=1.5, longest=0.2)


@dataclass(frozen=True)
class World:
    """Somebody with a session and tokens of a client that is told at the receiver."""

    database: Database
    account_id: str
    user_id: str
    session_id: str
    client_id: str

    def notices(self) -> list[Any]:
        """Who has yet to be told in this account."""
        with self.database.reading() as session:
            return [*session.execute(select(*NOTICES.c).where(NOTICES.c.account_id == self.account_id))]

    def calls(self) -> LogoutCalls:
        """A process that tells; not yet started."""
        return LogoutCalls(self.database, RING, loopback(), ISSUER, AT_ONCE, interval=0.05)

    def audited(self, action: str) -> list[Any]:
        """The entries of the trail with an action."""
        with self.database.reading() as session:
            query = select(EVENTS).where(EVENTS.c.account_id == self.account_id, EVENTS.c.action == action)
            return [*session.execute(query)]


def a_world(database: Database, receiver: Receiver) -> World:
    """An account of its own."""
    account_id = a_customer(database).account_id
    with database.writing() as session:
        accounts.create_owner(session, account_id, "kept@acme.example", "Kept")
        user_id = accounts.create_owner(session, account_id, "ana@acme.example", "Ana").id
        given = {
            "name": "Platform",
            "redirect_uris": ["https://platform.example/back"],
            "backchannel_logout_uri": receiver.url,
        }
        client, _ = oauth_clients.create(session, account_id, KEYS, loopback(), given)
    return signed_in(World(database, account_id, user_id, "", client.id))


def signed_in(world: World, count: int = 2) -> World:
    """With another session, and tokens of the client."""
    with world.database.writing() as session:
        begun = person_sessions.begin(
            session, KEYS, world.account_id, world.user_id, methods=["pwd"], authenticated=now()
        )
        person = person_sessions.living(session, world.account_id, begun.session_id, now())
        assert person is not None
        for _ in range(count):
            oauth_grants.issue_tokens(session, KEYS, person, world.client_id, new_id(), "openid", "openid")
    return replace(world, session_id=begun.session_id)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The client's address."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def world(database: Database, receiver: Receiver) -> Iterator[World]:
    """What it leaves behind nobody tells later."""
    made = a_world(database, receiver)
    yield made
    with database.writing() as session:
        session.execute(delete(NOTICES))


def told(world: World, body: bytes) -> dict[str, Any]:
    """What a logout token says, verified as a client does it (Back-Channel Logout §2.6)."""
    form = parse_qs(body.decode())
    assert [*form] == ["logout_token"]
    with world.database.reading() as session:
        keys = KeySet.import_key_set(RING.published(session))  # type: ignore[arg-type]
    token = jwt.decode(form["logout_token"][0], keys, algorithms=["RS256"])
    assert token.header["typ"] == "logout+jwt"
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": world.client_id},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )
    registry.validate(token.claims)
    assert token.claims["events"] == {EVENT: {}}
    assert "nonce" not in token.claims
    return dict(token.claims)


def end(world: World, how: str) -> None:
    """However a session may end."""
    database, account_id = world.database, world.account_id
    with database.writing() as session:
        if how == "signed out":
            person_sessions.end(session, account_id, world.session_id, "person")
        elif how == "ended by an administrator":
            person_sessions.end_all(session, account_id, world.user_id, "administrator")
        elif how == "deactivated":
            change_user(session, account_id, world.user_id, {"active": False})
        elif how == "deleted":
            delete_user(session, account_id, world.user_id)
        else:
            account_settings.set_suspended(session, account_id, suspended=True)


@pytest.mark.parametrize("how", ["signed out", "ended by an administrator", "deactivated", "deleted", "suspended"])
def test_n4_a_client_is_told_however_a_session_ends(world: World, receiver: Receiver, how: str) -> None:
    """Once, for all tokens of the session, with whom and which session; then nothing is left to be told."""
    other = signed_in(world) if how == "signed out" else None
    calls = world.calls()
    calls.start()
    try:
        assert world.notices() == []
        end(world, how)
        receiver.wait_for(1)
        wait_until(lambda: world.notices() == [])
    finally:
        calls.stop()
    [arrival] = receiver.arrivals
    claims = told(world, arrival.body)
    assert (claims["sub"], claims["sid"]) == (world.user_id, world.session_id)
    assert arrival.headers["content-type"] == "application/x-www-form-urlencoded"
    assert other is None or claims["sid"] != other.session_id


def test_who_was_given_nothing_is_told_nothing(world: World) -> None:
    """Nor a client without an address, nor a revoked one; and a rolled-back end tells nobody."""
    with world.database.write_session() as session:
        person_sessions.end(session, world.account_id, world.session_id, "person")
        session.rollback()
    assert world.notices() == []
    bare = signed_in(world, count=0)
    end(bare, "signed out")
    assert world.notices() == []
    with world.database.writing() as session:
        oauth_clients.revoke(session, world.account_id, world.client_id)
    end(world, "signed out")
    assert world.notices() == []


def test_a_client_that_fails_is_told_again(world: World, receiver: Receiver) -> None:
    """Later and later, with a new token each time, until it has received it."""
    receiver.answers.extend([(500, {}), (400, {}), (302, {"Location": "https://evil.example"})])
    calls = world.calls()
    calls.start()
    try:
        end(world, "signed out")
        receiver.wait_for(4)
        wait_until(lambda: world.notices() == [])
    finally:
        calls.stop()
    ids = [told(world, arrival.body)["jti"] for arrival in receiver.arrivals]
    assert len({*ids}) == len(ids) == 4


def test_a_client_that_never_answers_is_given_up(world: World, receiver: Receiver) -> None:
    """After days, and the account's trail says so."""
    receiver.answers.extend([(500, {})] * 20)
    end(world, "signed out")
    with world.database.writing() as session:
        session.execute(update(NOTICES).values(created=now() - PATIENCE))
    calls = world.calls()
    calls.start()
    try:
        wait_until(lambda: world.notices() == [])
    finally:
        calls.stop()
    assert len(receiver.arrivals) == 1
    [entry] = world.audited("client.logout_failed")
    assert (entry.target_id, "500" in entry.reason) == (world.client_id, True)


def test_several_processes_tell_once(world: World, receiver: Receiver) -> None:
    """Who claims a notice first tells it, however many look at once."""
    receiver.seconds = 0.3
    worlds = [world, *(signed_in(world) for _ in range(4))]
    processes = [world.calls() for _ in range(3)]
    for one in worlds:
        end(one, "signed out")
    for process in processes:
        process.start()
    try:
        wait_until(lambda: world.notices() == [])
    finally:
        for process in processes:
            process.stop()
    sessions = [told(world, arrival.body)["sid"] for arrival in receiver.arrivals]
    assert sorted(sessions) == sorted(one.session_id for one in worlds)


def test_whoever_dies_is_followed(world: World, receiver: Receiver) -> None:
    """A notice that was claimed and never told is told by another when the claim ends."""
    end(world, "signed out")
    with world.database.writing() as session:
        session.execute(update(NOTICES).values(next_attempt=now() + timedelta(seconds=0.3), attempts=1))
    calls = world.calls()
    calls.look()
    assert receiver.arrivals == []
    calls.start()
    try:
        receiver.wait_for(1)
    finally:
        calls.stop()


def test_t20_an_address_inside_is_not_called(world: World, receiver: Receiver) -> None:
    """What may be called is judged again at each call: a name may lead elsewhere by then."""
    strict = LogoutCalls(world.database, RING, type(loopback())(), ISSUER, AT_ONCE, interval=0.05)
    end(world, "signed out")
    strict.start()
    try:
        wait_until(lambda: any(one.attempts > 1 for one in world.notices()))
    finally:
        strict.stop()
    assert receiver.arrivals == []


def test_old_codes_and_tokens_are_forgotten(world: World) -> None:
    """A day after they have expired; before that a second use is still recognised."""
    tokens = table(OAuthToken)
    with world.database.reading() as session:
        [row, *_] = session.execute(select(tokens).where(tokens.c.account_id == world.account_id)).mappings()
    with world.database.writing() as session:
        for age in (timedelta(hours=23), timedelta(hours=25)):
            session.execute(
                insert(tokens).values({**row, "id": new_id(), "token_hash": new_id(), "expires": now() - age})
            )
    assert oauth_grants.forget_old(world.database) >= 1
    with world.database.reading() as session:
        left = session.execute(select(tokens.c.expires).where(tokens.c.account_id == world.account_id)).scalars().all()
    assert min(left) > now() - timedelta(hours=24)
    assert len(left) == 5
