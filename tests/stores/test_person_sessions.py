"""Sessions of people: how long they count, and that whatever ends somebody's access ends them at once (N-1 to N-4)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.compose import create_app
from app.db import Database
from app.models import Account, PersonSession
from app.models.base import new_id, now, table
from app.sealing import Keys
from app.services import accounts, assignments, open_sessions, person_sessions, users
from app.services.errors import NotFound, Refused
from app.services.person_sessions import Begun, SignedIn
from app.stores.access_tables import USERS
from app.stores.connections import CONNECTIONS
from app.stores.listings import Wanted
from tests.builders import Customer, a_customer, a_giving, a_patch, a_user
from tests.conftest import KEY, settings_for

ACCOUNTS, SESSIONS = table(Account), table(PersonSession)
KEYS = Keys(KEY.encode())
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def app(database_url: str) -> Iterator[Any]:
    made = create_app(settings_for(database_url))
    yield made
    made.extensions["database"].dispose()


class World:
    """A customer with one pushed person, who has a session."""

    def __init__(self, app: Any, database: Database) -> None:
        self.app, self.database = app, database
        self.customer: Customer = a_customer(database)
        self.scim = {"Authorization": f"Bearer {self.customer.token}", "Content-Type": "application/scim+json"}
        pushed = self.send("POST", "/Users", a_user())
        assert pushed.status_code == 201, pushed.data
        self.user_id: str = pushed.get_json(force=True)["id"]
        self.user_name: str = pushed.get_json(force=True)["userName"]

    @property
    def account_id(self) -> str:
        return self.customer.account_id

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self.app.test_client().open(f"/scim/v2{path}", method=method, headers=self.scim, json=body)

    def begin(self, **changes: Any) -> Begun:
        given: dict[str, Any] = {"methods": ["pwd"], "authenticated": now()} | changes
        with self.database.writing() as session:
            return person_sessions.begin(session, KEYS, self.account_id, given.pop("user_id", self.user_id), **given)

    def find(self, secret: str, at: datetime | None = None, database: Database | None = None) -> SignedIn | None:
        with (database or self.database).reading() as session:
            return person_sessions.find(session, KEYS, secret, at or now())

    def set_account(self, **values: Any) -> None:
        with self.database.writing() as session:
            session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == self.account_id).values(**values))

    def connection(self, **changes: Any) -> str:
        id = new_id()
        row = {
            "account_id": self.account_id,
            "id": id,
            "name": id,
            "name_key": id,
            "protocol": "saml",
            "enabled": True,
            "trust": {},
            "claims": {},
        } | changes
        with self.database.writing() as session:
            session.execute(CONNECTIONS.insert().values(**row))
        return id

    def row(self, session_id: str) -> Any:
        with self.database.reading() as session:
            return session.execute(select(SESSIONS).where(SESSIONS.c.id == session_id)).one_or_none()


@pytest.fixture
def world(app: Any, database: Database) -> World:
    return World(app, database)


def test_n01_only_a_hash_of_the_secret_is_kept(world: World) -> None:
    """The database yields no session to whoever reads it, and each one has 256 bits of its own."""
    one, two = world.begin(), world.begin()
    assert one.secret != two.secret
    assert len(one.secret) == 43
    row = world.row(one.session_id)
    assert all(one.secret not in str(value) for value in row)
    assert world.find(one.secret) is not None
    assert world.find(row.secret_hash) is None


def test_n01_another_secret_kills_the_former_one(world: World) -> None:
    """Rotation, and proving anew who one is, keep the session and its end."""
    begun = world.begin(authenticated=now() - HOUR)
    person = world.find(begun.secret)
    assert person is not None
    with world.database.writing() as session:
        second = person_sessions.rotate(session, KEYS, person)
    assert world.find(begun.secret) is None
    with world.database.writing() as session:
        third = person_sessions.prove_anew(session, KEYS, person, methods=["mfa"], authenticated=now())
    assert world.find(second) is None
    anew = world.find(third)
    assert anew is not None
    assert (anew.session_id, anew.ends, anew.methods) == (person.session_id, person.ends, ("mfa",))
    assert anew.is_fresh(now(), 10 * MINUTE)
    assert not person.is_fresh(now(), 10 * MINUTE)


def test_n01_a_session_that_is_over_gets_no_other_secret(world: World) -> None:
    begun = world.begin()
    person = world.find(begun.secret)
    assert person is not None
    with world.database.writing() as session:
        assert person_sessions.end(session, world.account_id, begun.session_id, "person")
    with world.database.writing() as session, pytest.raises(NotFound):
        person_sessions.rotate(session, KEYS, person)


def test_n03_idle_for_too_long(world: World) -> None:
    """Thirty minutes unless the account says otherwise, which counts at once; using it begins them anew."""
    begun = world.begin()
    start = now()
    assert world.find(begun.secret, start + 29 * MINUTE) is not None
    assert world.find(begun.secret, start + 30 * MINUTE + MINUTE) is None
    person = world.find(begun.secret, start + 20 * MINUTE)
    assert person is not None
    with world.database.reading() as session:  # as a GET has it
        person_sessions.seen(session, person, start + 20 * MINUTE)
    assert world.find(begun.secret, start + 49 * MINUTE) is not None
    world.set_account(session_idle_minutes=5)
    assert world.find(begun.secret, start + 26 * MINUTE) is None


def test_n03_the_time_of_use_is_written_once_a_minute(world: World) -> None:
    begun = world.begin()
    person = world.find(begun.secret)
    assert person is not None
    with world.database.reading() as session:
        person_sessions.seen(session, person, person.last_seen + 30 * timedelta(seconds=1))
    assert world.row(begun.session_id).last_seen == person.last_seen
    with world.database.reading() as session:
        person_sessions.seen(session, person, person.last_seen + MINUTE)
        # Whoever comes later with an earlier moment takes nothing back.
        person_sessions.seen(session, person, person.last_seen + MINUTE)
    assert world.row(begun.session_id).last_seen == person.last_seen + MINUTE


def test_n03_the_absolute_limit(world: World) -> None:
    """Twelve hours however busy; a shorter limit counts for sessions that there are."""
    world.set_account(session_idle_minutes=10_000)
    begun = world.begin()
    assert world.find(begun.secret, now() + 11 * HOUR + 59 * MINUTE) is not None
    assert world.find(begun.secret, now() + 12 * HOUR) is None
    world.set_account(session_hours=2)
    assert world.find(begun.secret, now() + 2 * HOUR) is None
    # A longer one does not: this session was never promised it.
    world.set_account(session_hours=100)
    assert world.find(begun.secret, now() + 12 * HOUR) is None


def test_n03_owners_have_less(world: World) -> None:
    """Eight hours, also for whoever becomes one while signed in."""
    world.set_account(session_idle_minutes=10_000)
    with world.database.writing() as session:
        owner = accounts.create_owner(session, world.account_id, f"owner-{new_id()}").id
    begun = world.begin(user_id=owner)
    assert world.find(begun.secret, now() + 7 * HOUR) is not None
    assert world.find(begun.secret, now() + 8 * HOUR) is None
    person = world.begin()
    found = world.find(person.secret, now() + 10 * HOUR)
    assert found is not None
    assert not found.owns
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, a_giving("Account Owner", world.user_id))
    found = world.find(person.secret, now() + 7 * HOUR)
    assert found is not None
    assert found.owns
    assert world.find(person.secret, now() + 10 * HOUR) is None


def test_n03_the_provider_and_the_connection_may_say_less(world: World) -> None:
    world.set_account(session_idle_minutes=10_000)
    one = world.begin(not_after=now() + HOUR)
    assert world.find(one.secret, now() + 59 * MINUTE) is not None
    assert world.find(one.secret, now() + HOUR) is None
    two = world.begin(connection_id=world.connection(session_hours=3))
    assert world.find(two.secret, now() + 3 * HOUR) is None
    three = world.begin(connection_id=world.connection(session_hours=300), not_after=now() + 300 * HOUR)
    assert world.find(three.secret, now() + 12 * HOUR) is None


DOORS: dict[str, Callable[[World], Any]] = {
    "patch": lambda world: world.send(
        "PATCH", f"/Users/{world.user_id}", a_patch({"op": "replace", "path": "active", "value": False})
    ),
    "put": lambda world: world.send("PUT", f"/Users/{world.user_id}", a_user(world.user_name, active=False)),
    "bulk": lambda world: world.send(
        "POST",
        "/Bulk",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                {
                    "method": "PATCH",
                    "path": f"/Users/{world.user_id}",
                    "data": a_patch({"op": "replace", "path": "active", "value": False}),
                }
            ],
        },
    ),
    "delete": lambda world: world.send("DELETE", f"/Users/{world.user_id}"),
}


@pytest.mark.parametrize("door", DOORS)
def test_n04_deactivation_by_the_directory(world: World, door: str) -> None:
    """At once and for another worker, too; who comes back is not signed in by that."""
    begun, other = world.begin(), Database(settings_for(world.database.engine.url.render_as_string(False)))
    assert world.find(begun.secret, database=other) is not None
    answer = DOORS[door](world)
    assert answer.status_code < 300, answer.data
    assert world.find(begun.secret) is None
    assert world.find(begun.secret, database=other) is None
    with other.reading() as session:
        assert person_sessions.living(session, world.account_id, begun.session_id, now()) is None
    other.dispose()
    if door == "delete":
        assert world.row(begun.session_id) is None
        return
    row = world.row(begun.session_id)
    assert row.ended is not None
    assert row.ended_because == "deactivated"
    back = a_patch({"op": "replace", "path": "active", "value": True})
    assert world.send("PATCH", f"/Users/{world.user_id}", back).status_code == 200
    assert world.find(begun.secret) is None
    assert world.find(world.begin().secret) is not None


def test_n04_deactivation_through_the_api(world: World) -> None:
    with world.database.writing() as session:
        person = users.create_user(session, world.account_id, {"user_name": f"local-{new_id()}"})
    begun = world.begin(user_id=person.id)
    assert world.find(begun.secret) is not None
    with world.database.writing() as session:
        users.change_user(session, world.account_id, person.id, {"active": False})
    assert world.find(begun.secret) is None
    with world.database.writing() as session:
        users.change_user(session, world.account_id, person.id, {"active": True})
    assert world.find(begun.secret) is None


def test_n04_it_is_undone_with_the_deactivation(world: World) -> None:
    """A trigger of the same transaction: what is rolled back has ended nothing."""
    begun = world.begin()
    with world.database.write_session() as session:
        session.execute(update(USERS).where(USERS.c.id == world.user_id).values(active=False))
        row = session.execute(select(SESSIONS.c.ended).where(SESSIONS.c.id == begun.session_id)).one()
        assert row.ended is not None
        session.rollback()
    assert world.find(begun.secret) is not None


def test_n04_a_suspended_account(world: World) -> None:
    begun = world.begin()
    world.set_account(suspended=True)
    assert world.find(begun.secret) is None
    with pytest.raises(Refused):
        world.begin()
    world.set_account(suspended=False)
    assert world.find(begun.secret) is None
    assert world.row(begun.session_id).ended_because == "suspended"


def test_n04_a_connection_that_is_switched_off_or_gone(world: World) -> None:
    """Its own sessions end, no others."""
    first, second = world.connection(), world.connection()
    begun = [world.begin(connection_id=one) for one in (first, second, None)]
    with world.database.writing() as session:
        session.execute(update(CONNECTIONS).where(CONNECTIONS.c.id == first).values(enabled=False))
    assert [world.find(one.secret) is not None for one in begun] == [False, True, True]
    with pytest.raises(Refused):
        world.begin(connection_id=first)
    with world.database.writing() as session:
        session.execute(update(CONNECTIONS).where(CONNECTIONS.c.id == first).values(enabled=True))
        session.execute(CONNECTIONS.delete().where(CONNECTIONS.c.id == second))
    assert [world.find(one.secret) is not None for one in begun] == [False, False, True]


def test_n04_nobody_who_is_being_deactivated_gets_a_session(world: World) -> None:
    """Whoever begins one at the same moment is refused, or the session ends: never is one left over."""
    outcomes: list[Begun | None] = []

    def sign_in() -> None:
        try:
            outcomes.append(world.begin())
        except Refused:
            outcomes.append(None)

    for _ in range(5):
        begin, off = threading.Thread(target=sign_in), threading.Thread(target=DOORS["patch"], args=(world,))
        begin.start()
        off.start()
        begin.join()
        off.join()
        on = a_patch({"op": "replace", "path": "active", "value": True})
        assert world.send("PATCH", f"/Users/{world.user_id}", on).status_code == 200
        begun = outcomes.pop()
        assert begun is None or world.find(begun.secret) is None


def test_n05_listed_and_ended(world: World) -> None:
    """One, all of a person but the present one; each is told in the trail."""
    begun = [world.begin(agent=f"Browser {number}", address="2001:db8::1") for number in range(3)]
    with world.database.reading() as session:
        shown = open_sessions.of_person(session, world.account_id, world.user_id)
        assert {one.id for one in shown} == {one.session_id for one in begun}
        assert shown[0].address == "2001:db8::1"
        page = open_sessions.list_sessions(session, world.account_id, Wanted(2))
        assert (len(page.results), page.next is None) == (2, False)
        assert open_sessions.get_session(session, world.account_id, begun[0].session_id).agent == "Browser 0"
    with world.database.writing() as session:
        assert person_sessions.end(session, world.account_id, begun[0].session_id, "administrator")
        assert not person_sessions.end(session, world.account_id, begun[0].session_id, "administrator")
        but = begun[2].session_id
        assert person_sessions.end_all(session, world.account_id, world.user_id, "person", but=but) == 1
    assert [world.find(one.secret) is not None for one in begun] == [False, False, True]


def test_m01_sessions_of_another_account(world: World, app: Any, database: Database) -> None:
    """Nobody reads or ends them with the ids alone."""
    other, begun = World(app, database), world.begin()
    with database.writing() as session:
        assert not person_sessions.end(session, other.account_id, begun.session_id, "administrator")
        assert person_sessions.end_all(session, other.account_id, world.user_id, "administrator") == 0
        assert person_sessions.living(session, other.account_id, begun.session_id, now()) is None
        assert open_sessions.of_person(session, other.account_id, world.user_id) == []
        with pytest.raises(NotFound):
            open_sessions.get_session(session, other.account_id, begun.session_id)
        with pytest.raises(NotFound):
            open_sessions.get_session(session, world.account_id, "no id")
    assert world.find(begun.secret) is not None
    with pytest.raises(Refused):
        other.begin(user_id=world.user_id)


def test_what_the_provider_has_to_be_told_is_sealed(world: World) -> None:
    begun = world.begin(provider={"id_token": "SEEDED-HINT"})
    person = world.find(begun.secret)
    assert person is not None
    assert "SEEDED-HINT" not in str(world.row(begun.session_id))
    with world.database.reading() as session:
        assert person_sessions.provider_of(session, KEYS, person) == {"id_token": "SEEDED-HINT"}
        assert person_sessions.provider_of(session, Keys(b"another key that opens nothing at all"), person) == {}


def test_a_session_outlives_a_change_of_the_secret_key(world: World) -> None:
    begun = world.begin()
    changed = Keys(b"a new secret key, long enough for it", (KEY.encode(),))
    with world.database.reading() as session:
        assert person_sessions.find(session, changed, begun.secret, now()) is not None


def test_sessions_that_are_long_over_are_forgotten(world: World) -> None:
    old, new = world.begin(), world.begin()
    with world.database.writing() as session:
        past = now() - person_sessions.KEPT - HOUR
        session.execute(update(SESSIONS).where(SESSIONS.c.id == old.session_id).values(ends=past))
    person_sessions.forget_old(world.database)
    assert world.row(old.session_id) is None
    assert world.row(new.session_id) is not None
