"""The keys of ID tokens: there is always one that signs and one that is published before it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select, update

from app.db import Database
from app.models.base import now
from app.sealing import Keys, Unsealable
from app.services import keys as secret_keys
from app.services import signing_keys
from app.services.errors import Refused
from app.services.signing_keys import KEPT, TURN, KeyRing
from app.stores.signing_keys import SIGNING_KEYS
from tests import conftest as databases
from tests.conftest import KEY

KEYS = Keys(KEY.encode())


@pytest.fixture
def own(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without keys, which no other test uses."""
    if database_url.startswith("sqlite"):
        url = databases.fresh_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        url = databases.new_postgresql_database(f"muster_signing_{uuid4().hex}")
    opened = Database(databases.settings_for(url))
    yield opened
    opened.dispose()


def states(own: Database) -> dict[str, str]:
    """The state of each key by its id."""
    with own.reading() as session:
        return {one.id: one.state for one in signing_keys.listed(session)}


def signed(own: Database, ring: KeyRing) -> str:
    """A token, as a reader of the database makes it."""
    with own.reading() as session:
        return ring.sign(session, "JWT", {"sub": "ana"})


def published(own: Database) -> dict[str, Any]:
    """What clients read."""
    with own.reading() as session:
        return KeyRing(KEYS).published(session)


def test_keys_are_made_when_they_are_needed(own: Database) -> None:
    """By whoever needs them first, of several at once by one."""
    gate, tokens = threading.Barrier(4), []

    def race() -> None:
        gate.wait()
        tokens.append(signed(own, KeyRing(KEYS)))

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states(own).values()) == ["current", "next"]
    known = KeySet.import_key_set(published(own))  # type: ignore[arg-type]
    assert len(tokens) == 4
    for token in tokens:
        assert jwt.decode(token, known, algorithms=["RS256"]).claims == {"sub": "ana"}


def test_the_next_key_takes_over(own: Database) -> None:
    """What the former one signed is still known, and a client has seen the new one before it signs."""
    ring = KeyRing(KEYS)
    before = signed(own, ring)
    seen = published(own)
    with own.writing() as session:
        signing_keys.rotate(session, KEYS, "ES256")
    after = signed(own, ring)
    old = KeySet.import_key_set(seen)  # type: ignore[arg-type]
    assert jwt.decode(after, old, algorithms=["RS256"]).header["kid"] != jwt.decode(before, old).header["kid"]
    assert sorted(states(own).values()) == ["current", "former", "next"]
    with own.writing() as session:
        signing_keys.rotate(session, KEYS)
    elliptic = signed(own, ring)
    known = KeySet.import_key_set(published(own))  # type: ignore[arg-type]
    assert jwt.decode(elliptic, known, algorithms=["ES256"]).header["alg"] == "ES256"
    with own.reading() as session:
        for token in (before, after, elliptic):
            assert ring.opened(session, "JWT", token) == {"sub": "ana"}
            assert ring.opened(session, "logout+jwt", token) is None, "of another kind"
            assert ring.opened(session, "JWT", token[:-6] + "AAAAAA") is None
        assert ring.opened(session, "JWT", "x" * 10_000) is None
    with own.writing() as session, pytest.raises(Refused, match="RS256"):
        signing_keys.rotate(session, KEYS, "none")


def test_a7_keys_turn_by_themselves(own: Database) -> None:
    """After a quarter of a year, and a former one goes when nobody can show anything of it."""
    signed(own, KeyRing(KEYS))
    assert signing_keys.tend(own, KEYS) is False
    first = {state: id for id, state in states(own).items()}
    _age(own, first["current"], TURN)
    assert signing_keys.tend(own, KEYS) is True
    second = {state: id for id, state in states(own).items()}
    assert second["former"] == first["current"]
    assert second["current"] == first["next"]
    assert signing_keys.tend(own, KEYS) is False
    _age(own, second["former"], KEPT - timedelta(minutes=1))
    signing_keys.tend(own, KEYS)
    assert second["former"] in states(own)
    _age(own, second["former"], KEPT + timedelta(minutes=1))
    signing_keys.tend(own, KEYS)
    assert second["former"] not in states(own)
    assert len(states(own)) == 2


def test_no_keys_are_made_where_nobody_asks(own: Database) -> None:
    """An installation without clients has none."""
    assert signing_keys.tend(own, KEYS) is False
    assert states(own) == {}


def test_t10_private_keys_are_sealed(own: Database) -> None:
    """The database alone signs nothing; the seal belongs to the row, and goes with the secret key when that changes."""
    ring = KeyRing(KEYS)
    before = signed(own, ring)
    with own.reading() as session:
        rows = [*session.execute(select(SIGNING_KEYS).order_by(SIGNING_KEYS.c.state))]
    assert rows[0].state == "current"
    for row in rows:
        assert "PRIVATE" not in row.private
        assert not row.public.keys() & {"d", "p", "q"}
    with own.writing() as session:
        session.execute(update(SIGNING_KEYS).where(SIGNING_KEYS.c.id == rows[0].id).values(private=rows[1].private))
    with pytest.raises(Unsealable, match="sealed for something else"):
        signed(own, KeyRing(KEYS))
    with own.writing() as session:
        session.execute(update(SIGNING_KEYS).where(SIGNING_KEYS.c.id == rows[0].id).values(private=rows[0].private))
    new = Keys(b"a new key that is long enough, as the former one", [KEY.encode()])
    with own.writing() as session:
        secret_keys.rotate(session, new)
    after = signed(own, KeyRing(Keys(new.current)))
    with own.reading() as session:
        assert ring.opened(session, "JWT", after) == ring.opened(session, "JWT", before) == {"sub": "ana"}


def _age(own: Database, id: str, by: timedelta) -> None:
    with own.writing() as session:
        session.execute(update(SIGNING_KEYS).where(SIGNING_KEYS.c.id == id).values(changed=now() - by))
