"""Connections in the database: what a sign-in goes by, what is told in time, what is read again, what is sealed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import audit
from app.audit import EVENTS
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys, Unsealable
from app.services import connection_certificates, connection_keys, connection_refresh, connection_upkeep, connections
from app.services.trusted import Trusted, TrustedConnections, key_belonging
from app.stores.access_tables import ACCOUNTS
from app.stores.connections import CERTIFICATES, CONNECTIONS
from app.stores.connections import KEYS as KEY_PAIRS
from tests.builders import Customer, a_customer
from tests.conftest import KEY
from tests.idp.oidc_provider import Provider, Reply
from tests.idp.saml_documents import metadata
from tests.idp.saml_keys import rsa_pair
from tests.webhooks import loopback

KEYS, CALLS, URL = Keys(KEY.encode()), loopback(), "https://muster.example"
OLD, NEW = rsa_pair("old"), rsa_pair("new")


@pytest.fixture
def customer(database: Database) -> Customer:
    """An account nobody else uses."""
    return a_customer(database)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that describes itself with the old key."""
    with Provider() as running:
        running.replies["/metadata"] = Reply(200, metadata([OLD]).encode())
        yield running


def a_connection(database: Database, customer: Customer, **given: Any) -> str:
    """A connection by SAML that is on; its id."""
    account_id, pair = customer.account_id, connection_keys.make_pair("test")
    with database.writing() as session:
        body = {"name": f"c {new_id()}", **given}
        made = connections.create(session, account_id, KEYS, CALLS, URL, pair, "saml", body)
        connection_refresh.give_metadata(session, account_id, CALLS, made.id, metadata([OLD]).encode())
        connections.change_connection(session, account_id, KEYS, CALLS, URL, made.id, {"enabled": True})
    return made.id


def find(known: TrustedConnections, database: Database, id: str) -> Trusted:
    """A connection as one process knows it."""
    with database.reading() as session:
        found = known.find(session, id)
    assert found is not None
    return found


def told(database: Database, account_id: str, action: str) -> list[Any]:
    """What the trail says."""
    query = select(EVENTS).where(EVENTS.c.account_id == account_id, EVENTS.c.action == action)
    with database.reading() as session:
        return [*session.execute(query.order_by(EVENTS.c.sequence)).mappings()]


def test_o34_a_change_counts_at_once_in_every_process(database: Database, customer: Customer) -> None:
    """A setting, a certificate, a key, off and on, and the account's suspension; whoever had read it before."""
    id, account_id = a_connection(database, customer), customer.account_id
    here, there = TrustedConnections(KEYS, URL), TrustedConnections(KEYS, URL)
    for known in (here, there):
        assert find(known, database, id).is_open

    def both() -> list[Trusted]:
        return [find(known, database, id) for known in (here, there)]

    with database.writing() as session:
        connections.change_connection(session, account_id, KEYS, CALLS, URL, id, {"saml": {"signed": "both"}})
    assert [one.saml.signed for one in both() if one.saml] == ["both", "both"]
    with database.writing() as session:
        connection_certificates.add(session, account_id, id, NEW.certificate)
    assert [len(one.saml.certificates) for one in both() if one.saml] == [2, 2]
    with database.writing() as session:
        connection_keys.prepare(session, KEYS, account_id, id, connection_keys.make_pair("next"))
    assert [len(one.provider.certificates) for one in both() if one.provider] == [2, 2]
    for values, rows, on in (
        ({"suspended": True}, ACCOUNTS, False),
        ({"suspended": False}, ACCOUNTS, True),
    ):
        with database.writing() as session:
            session.execute(update(rows).where(rows.c.id == account_id).values(**values))
        assert [one.is_open for one in both()] == [on, on]
    with database.writing() as session:
        connections.change_connection(session, account_id, KEYS, CALLS, URL, id, {"enabled": False})
    assert [one.is_open for one in both()] == [False, False]
    with database.writing() as session:
        connections.delete(session, account_id, URL, id)
    with database.reading() as session:
        assert (here.find(session, id), there.find(session, "no id at all")) == (None, None)


def test_o34_what_is_known_costs_one_statement(database: Database, customer: Customer) -> None:
    """The version is asked for every time, and nothing else."""
    id, known = a_connection(database, customer), TrustedConnections(KEYS, URL)
    first = find(known, database, id)
    asked: list[str] = []

    class Counting:
        def __init__(self, session: Any) -> None:
            self._session = session

        def execute(self, statement: Any, values: Any = None) -> Any:
            asked.append(str(statement.statement))
            return self._session.execute(statement, values)

    with database.reading() as session:
        assert known.find(Counting(session), id) is first  # type: ignore[arg-type]
    assert len(asked) == 1


def test_m4_one_account_never_reaches_the_connection_of_another(database: Database, customer: Customer) -> None:
    """By its id in the services; the id in an address selects its own account."""
    id, other = a_connection(database, customer), a_customer(database)
    assert find(TrustedConnections(KEYS, URL), database, id).account_id == customer.account_id
    with database.reading() as session:
        assert connections.list_connections(session, other.account_id, URL) == []


def test_certificates_that_end_are_told_once_at_each_threshold(database: Database, customer: Customer) -> None:
    """30, 14 and 3 days before, of providers and of our own; not of what does not count, or is off."""
    account_id, id = customer.account_id, a_connection(database, customer)
    off = a_connection(database, customer)
    with database.writing() as session:
        connections.change_connection(session, account_id, KEYS, CALLS, URL, off, {"enabled": False})

    def ends(rows: Any, days: float) -> None:
        with database.writing() as session:
            here = (rows.c.account_id == account_id,)
            session.execute(update(rows).where(*here).values(not_after=now() + timedelta(days=days)))

    def warned() -> list[tuple[str, int]]:
        connection_upkeep.warn(database)
        rows = told(database, account_id, "connection.certificate_expiring")
        assert {row["target_id"] for row in rows} <= {id}
        return [(row["after"]["kind"], row["after"]["days_left"]) for row in rows]

    assert warned() == []
    ends(CERTIFICATES, 31)
    assert warned() == []
    ends(CERTIFICATES, 29.5)
    assert warned() == warned() == [("certificate", 29)]
    ends(CERTIFICATES, 13.5)
    assert warned() == warned() == [("certificate", 29), ("certificate", 13)]
    ends(CERTIFICATES, -1)
    assert warned() == warned() == [("certificate", 29), ("certificate", 13), ("certificate", 0)]
    ends(KEY_PAIRS, 2.5)
    assert warned()[3:] == [("key", 2)]
    with database.reading() as session:
        found = connections.get(session, account_id, URL, id)
        health = connections.health(session, account_id, id)
        assert audit.verify(session, account_id).problem is None
    assert ([one.state for one in found.certificates], health.certificates[0].days_left) == (["expired"], 0)


def test_s48_providers_are_read_again_once_a_day(database: Database, customer: Customer, provider: Provider) -> None:
    """Only those that are on; a new certificate waits unless it is signed for; a moved address is not believed."""
    account_id = customer.account_id
    id = a_connection(database, customer, saml={"metadata_url": f"{provider.issuer}/metadata"})
    _read_again(database, id, provider, metadata([OLD, NEW]))
    assert _states(database, account_id, id) == ["valid", "unconfirmed"]
    _read_again(database, id, provider, metadata([OLD], sso_url="https://elsewhere.example/sso"))
    with database.reading() as session:
        found, health = connections.get(session, account_id, URL, id), connections.health(session, account_id, id)
    assert found.saml is not None
    assert found.saml["sso_url"] == "https://idp.example/sso"
    assert "elsewhere.example" in str(health.refresh_error)
    _read_again(database, id, provider, metadata([OLD], sso_url="https://elsewhere.example/sso", signed_by=OLD))
    with database.reading() as session:
        found, health = connections.get(session, account_id, URL, id), connections.health(session, account_id, id)
    assert found.saml is not None
    assert (found.saml["sso_url"], health.refresh_error) == ("https://elsewhere.example/sso", None)
    asked = provider.count("/metadata")
    connection_upkeep.refresh_due(database, CALLS)
    assert provider.count("/metadata") == asked, "a day has not passed"


def test_a_provider_that_is_out_of_order_is_told_once(
    database: Database, customer: Customer, provider: Provider
) -> None:
    """Until it works again; what was there counts on."""
    account_id = customer.account_id
    id = a_connection(database, customer, saml={"metadata_url": f"{provider.issuer}/metadata"})
    for _ in range(2):
        _read_again(database, id, provider, None)
    assert len(told(database, account_id, "connection.refresh_failed")) == 1
    assert _states(database, account_id, id) == ["valid"]
    _read_again(database, id, provider, metadata([OLD]))
    _read_again(database, id, provider, None)
    assert len(told(database, account_id, "connection.refresh_failed")) == 2


def test_only_one_process_reads_a_provider(database: Database, customer: Customer, provider: Provider) -> None:
    """Whoever finds that another one has taken it leaves it."""
    id = a_connection(database, customer, saml={"metadata_url": f"{provider.issuer}/metadata"})
    _due(database, id)
    threads = [threading.Thread(target=connection_upkeep.refresh_due, args=(database, CALLS)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert provider.count("/metadata") == 1


def test_two_administrators_at_once_lose_nothing(database: Database, customer: Customer) -> None:
    """Their changes come one after the other, so each finds what the other one did."""
    id, account_id = a_connection(database, customer), customer.account_id
    begun = threading.Barrier(2)

    def change(given: dict[str, Any]) -> None:
        begun.wait()
        with database.writing() as session:
            connections.change_connection(session, account_id, KEYS, CALLS, URL, id, given)

    given: list[dict[str, Any]] = [{"saml": {"signed": "both"}}, {"saml": {"wants_encryption": True}}]
    threads = [threading.Thread(target=change, args=(one,)) for one in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        found = connections.get(session, account_id, URL, id)
    assert found.saml is not None
    assert (found.saml["signed"], found.saml["wants_encryption"]) == ("both", True)


def test_t10_a_private_key_opens_only_where_it_belongs(database: Database, customer: Customer) -> None:
    """Moved to another row or account it does not, nor without the installation's key."""
    a_connection(database, customer)
    with database.reading() as session:
        here = KEY_PAIRS.c.account_id == customer.account_id
        row = session.execute(select(KEY_PAIRS).where(here)).mappings().one()
    assert "BEGIN PRIVATE KEY" in KEYS.unseal(row["private_key"], *key_belonging(customer.account_id, row["id"]))
    for belongs in (key_belonging(customer.account_id, new_id()), key_belonging(new_id(), row["id"])):
        with pytest.raises(Unsealable):
            KEYS.unseal(row["private_key"], *belongs)


def _due(database: Database, id: str) -> None:
    """Let a day have passed for this one, and for no other of those that tests have made."""
    with database.writing() as session:
        session.execute(update(CONNECTIONS).values(refreshed=now()))
        long_ago = now() - timedelta(days=2)
        session.execute(update(CONNECTIONS).where(CONNECTIONS.c.id == id).values(refreshed=long_ago))


def _read_again(database: Database, id: str, provider: Provider, document: str | None) -> None:
    provider.replies["/metadata"] = Reply(503) if document is None else Reply(200, document.encode())
    _due(database, id)
    assert connection_upkeep.refresh_due(database, CALLS) == 1


def _states(database: Database, account_id: str, id: str) -> list[str]:
    with database.reading() as session:
        return [one.state for one in connections.get(session, account_id, URL, id).certificates]
