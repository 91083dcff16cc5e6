"""Everything that is sealed is sealed anew when the secret key is replaced, whatever table it is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import select

from app.db import Database
from app.models import Base
from app.models.base import now
from app.sealing import Keys
from app.services import (
    accounts,
    connection_keys,
    connections,
    login_attempts,
    person_sessions,
    sign_in_traces,
    signing_keys,
    totp,
    webhooks,
)
from app.services import keys as service
from app.services.mail import Post
from app.services.trusted import TrustedConnections
from app.session import Session
from tests import conftest as databases
from tests.builders import Customer, a_customer
from tests.conftest import KEY
from tests.webhooks import loopback

FORMER, NEW = Keys(KEY.encode()), Keys(b"a new key that is long enough, as the former one")
BOTH = Keys(b"a new key that is long enough, as the former one", [KEY.encode()])


@pytest.fixture
def own(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database whose key no other test depends on."""
    if database_url.startswith("sqlite"):
        url = databases.fresh_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        url = databases.new_postgresql_database(f"muster_sealed_{uuid4().hex}")
    opened = Database(databases.settings_for(url))
    yield opened
    opened.dispose()


def sealed_in(session: Session) -> dict[tuple[str, str], list[str]]:
    """Every sealed text in the whole database, by its table and column."""
    found: dict[tuple[str, str], list[str]] = {}
    for rows in Base.metadata.sorted_tables:
        for column in rows.c:
            if column.type.python_type is str:
                texts = session.execute(select(column).where(column.is_not(None))).scalars().all()
                sealed = [text for text in texts if text.startswith("s1.")]
                if sealed:
                    found[rows.name, column.name] = sealed
    return found


def everything(session: Session, customer: Customer) -> str:
    """Something of each kind that is sealed, under the former key; the id of a connection."""
    account_id, calls, url = customer.account_id, loopback(), "https://muster.example"
    pair = connection_keys.make_pair("test")
    oidc = {"name": "op", "client_secret": "the client's", "oidc": {"issuer": "https://op.example", "client_id": "m"}}
    made = connections.create(session, account_id, FORMER, calls, url, pair, "oidc", oidc)
    owner = accounts.create_owner(session, account_id, "olivia@acme.example")
    login_attempts.begin(session, FORMER, account_id, made.id, "sign_in", "key", state={"nonce": "n"})
    login_attempts.give_ticket(session, FORMER, account_id, made.id, None, {"a": 1})
    person_sessions.begin(
        session, FORMER, account_id, owner.id, methods=["pwd"], authenticated=now(), provider={"id_token": "x"}
    )
    proposal = totp.propose(FORMER, account_id, owner.id, "olivia", "Acme")
    assert totp.confirm(session, FORMER, account_id, owner.id, proposal, pyotp.TOTP(proposal.secret).now(), now())
    said = {"user_name": "olivia", "account": "Acme", "what": "a password", "at": "noon"}
    person = SimpleNamespace(document=b"{}", user_name="olivia@acme.example")
    assert Post(FORMER, url, True).queue(session, account_id, person, "changed", **said)
    signing_keys.rotate(session, FORMER)
    sign_in_traces.record(
        session, FORMER, account_id, made.id, reference="r", outcome="accepted", seen={"subject": "s"}
    )
    webhooks.create(session, account_id, FORMER, calls, "crm", "https://crm.example/")
    webhooks.rotate_secret(session, account_id, FORMER, "crm")
    return made.id


def test_t10_every_sealed_column_is_sealed_anew(own: Database) -> None:
    """Found by looking into every column of every table, not by a list; each opens under the new key alone."""
    customer = a_customer(own)
    with own.writing() as session:
        connection_id = everything(session, customer)
        before = sealed_in(session)
    listed = {(one.rows.name, column) for one in service.SEALED for column in one.columns}
    assert set(before) == listed, "what is sealed and what is listed"
    assert all(not NEW.is_current(text) for texts in before.values() for text in texts)
    with own.writing() as session:
        service.rotate(session, BOTH)
    with own.reading() as session:
        after = sealed_in(session)
        assert {place: len(texts) for place, texts in after.items()} == {
            place: len(texts) for place, texts in before.items()
        }
        assert all(NEW.is_current(text) for texts in after.values() for text in texts)
        known = TrustedConnections(NEW, "https://muster.example").find(session, connection_id)
    assert known is not None
    with own.writing() as session:
        # Nothing is left that would have to be opened with the former one.
        assert service.rotate(session, NEW).sealed == {NEW.id: sum(map(len, after.values()))}
