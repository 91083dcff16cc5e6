"""/domains: claimed, proven by a DNS server that really answers, bound, looked at again, given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit import EVENTS
from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.resolving import Resolver
from app.services import domains
from app.services.errors import Refused
from app.stores.connections import CONNECTIONS
from app.stores.domains import DOMAINS
from tests.builders import Customer, a_customer
from tests.conftest import settings_for
from tests.idp.connection_rows import a_connection
from tests.idp.dns_server import DnsServer, dns_server
from tests.protocol.api_client import Api, an_api_key, done, problem
from tests.protocol.conftest import PUBLIC_URL


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    """A DNS server, asked by the application below."""
    with dns_server() as server:
        yield server


@pytest.fixture(scope="module")
def app(database_url: str, dns: DnsServer) -> Flask:
    """The application, which asks that server."""
    return create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error", dns_server=dns.address))


@pytest.fixture
def name() -> str:
    """A domain that no other test has."""
    return f"d{uuid4().hex[:12]}.example"


def proven(api: Api, dns: DnsServer, name: str) -> dict[str, Any]:
    """A domain that the account has claimed and proven."""
    made = api.create("/domains", {"name": name})
    dns.records[made["record_name"]] = [made["record_value"]]
    return done(api.post(f"/domains/{made['id']}/verify"))


def test_m5_a_claim_means_nothing(api: Api, dns: DnsServer, database: Database, customer: Customer, name: str) -> None:
    """Claimed and bound, but not proven, a domain leads nowhere; nor does one that leads to what is switched off."""
    connection = a_connection(database, customer.account_id)
    made = api.create("/domains", {"name": name.upper()})
    assert (made["name"], made["state"], made["verified"]) == (name, "pending", None)
    assert made["record_name"] == f"_muster-challenge.{name}"
    assert made["record_value"].startswith("muster-domain-verification=")
    done(api.post(f"/domains/{name}/bind", {"connection": connection}))
    with database.reading() as session:
        assert domains.connection_of(session, name) == []
        assert not domains.is_vouched(session, customer.account_id, connection, f"ana@{name}")
    dns.records[made["record_name"]] = ["v=spf1 -all", made["record_value"]]
    assert done(api.post(f"/domains/{name}/verify"))["state"] == "verified"
    with database.reading() as session:
        assert domains.connection_of(session, f"{name.upper()}.") == [(customer.account_id, connection)]
        assert domains.is_vouched(session, customer.account_id, connection, f"Ana@{name.upper()}")
        assert not domains.is_vouched(session, customer.account_id, connection, f"ana@sub.{name}")
        assert domains.connection_of(session, f"sub.{name}") == []
        assert domains.connection_of(session, "no domain at all") == []
    with database.writing() as session:
        session.execute(update(CONNECTIONS).where(CONNECTIONS.c.id == connection).values(enabled=False))
    with database.reading() as session:
        assert domains.connection_of(session, name) == []


def test_m5_the_record_must_say_exactly_that(api: Api, dns: DnsServer, name: str) -> None:
    """No record, another account's, one at the domain itself: each refusal says what is there instead."""
    made = api.create("/domains", {"name": name})
    path, record = f"/domains/{made['id']}/verify", made["record_name"]
    for texts, said in (
        (None, "there is none"),
        ([], "there is none"),
        (["muster-domain-verification=else"], "there is another one"),
        ([made["record_value"] + "x"], "there is another one"),
        ([made["record_value"].upper()], "there is none"),
    ):
        dns.records.pop(record, None)
        if texts is not None:
            dns.records[record] = texts
        answer = api.post(path)
        assert problem(answer) == (400, "invalid")
        assert said in answer.json["detail"]
    dns.records[name] = [made["record_value"]]
    dns.records.pop(record)
    assert api.post(path).status_code == 400
    assert api.read(f"/domains/{name}")["state"] == "pending"
    dns.records[record] = [f'"{made["record_value"][:20]}" "{made["record_value"][20:]}"']
    assert done(api.post(path))["state"] == "verified"


def test_m5_dns_that_fails_is_no_answer(api: Api, dns: DnsServer, name: str) -> None:
    """SERVFAIL and silence change nothing, and say so."""
    made = api.create("/domains", {"name": name})
    dns.records[made["record_name"]] = [made["record_value"]]
    dns.failing = True
    try:
        answer = api.post(f"/domains/{name}/verify")
    finally:
        dns.failing = False
    assert problem(answer) == (400, "invalid")
    assert "nothing has changed" in answer.json["detail"]
    assert done(api.post(f"/domains/{name}/verify"))["state"] == "verified"


def test_m5_silence_ends_in_time(dns: DnsServer, api: Api, database: Database, customer: Customer, name: str) -> None:
    """Nobody waits for a server that says nothing, longer than they are told."""
    made = api.create("/domains", {"name": name})
    dns.silent = True
    try:
        with database.reading() as session, pytest.raises(Refused, match="in time"):
            domains.verify(session, customer.account_id, Resolver(dns.address, seconds=0.3), made["id"])
    finally:
        dns.silent = False


def test_m5_one_domain_is_one_accounts(api: Api, other_api: Api, dns: DnsServer, database: Database, name: str) -> None:
    """Two may claim it; the second to prove it is refused, and told of nobody."""
    first = proven(api, dns, name)
    second = other_api.create("/domains", {"name": name})
    dns.records[second["record_name"]] = [first["record_value"], second["record_value"]]
    answer = other_api.post(f"/domains/{name}/verify")
    assert problem(answer) == (409, "conflict")
    assert api.account_id not in answer.text
    with database.reading() as session:
        account = session.execute(select(DOMAINS.c.account_id).where(DOMAINS.c.verified.is_not(None), _is(name)))
        assert [row.account_id for row in account] == [api.account_id]
    assert api.delete(f"/domains/{name}").status_code == 204
    assert done(other_api.post(f"/domains/{name}/verify"))["state"] == "verified"


def test_m1_nobody_sees_anothers_domain(api: Api, other_api: Api, dns: DnsServer, name: str) -> None:
    """By its id or its name, in whatever operation."""
    made = proven(api, dns, name)
    for reference in (made["id"], name):
        for answer in (
            other_api.get(f"/domains/{reference}"),
            other_api.post(f"/domains/{reference}/verify"),
            other_api.post(f"/domains/{reference}/bind", {"connection": None}),
            other_api.delete(f"/domains/{reference}"),
        ):
            assert problem(answer) == (404, "not-found")
    assert other_api.every("/domains") == []
    assert [one["id"] for one in api.every("/domains", filter='state eq "verified"')] == [made["id"]]


def test_m2_a_domain_leads_to_ones_own_connections_only(
    api: Api, other_api: Api, database: Database, name: str
) -> None:
    """Another account's connection is as unknown as one that does not exist."""
    foreign = a_connection(database, other_api.account_id)
    api.create("/domains", {"name": name})
    for connection in (foreign, str(uuid4()), "Okta"):
        answer = api.post(f"/domains/{name}/bind", {"connection": connection})
        assert answer.status_code in (400, 404), answer.text
        assert foreign not in answer.text or connection == foreign
    assert api.read(f"/domains/{name}")["connection_id"] is None


def test_what_is_no_domain_is_refused(api: Api, name: str) -> None:
    """With its place; and what was claimed already, as a conflict."""
    for text in ("com", "localhost", "127.0.0.1", "https://acme.com", "acme"):
        answer = api.post("/domains", {"name": text})
        assert problem(answer) == (400, "invalid")
        assert answer.json["errors"][0]["pointer"] == "/name"
    api.create("/domains", {"name": name})
    assert problem(api.post("/domains", {"name": name.upper()})) == (409, "conflict")


def test_r3_only_an_owner_has_to_do_with_domains(app: Flask, api: Api, database: Database, name: str) -> None:
    """A person without that right gets nowhere, whatever the key may do; nor does a key without the scope."""
    person = api.create("/users", {"user_name": f"{uuid4().hex[:8]}@acme.example"})
    speaking = Api(app, api.key, api.account_id, {"Muster-Actor": person["id"]})
    assert problem(speaking.post("/domains", {"name": name})) == (403, "forbidden")
    assert problem(speaking.get("/domains")) == (403, "forbidden")
    reading = Api(app, an_api_key(database, api.account_id, "connections:read"), api.account_id)
    assert problem(reading.post("/domains", {"name": name})) == (403, "insufficient-scope")
    assert reading.get("/domains").status_code == 200


def test_a_record_that_has_gone_is_told_and_forgiven(
    api: Api, dns: DnsServer, database: Database, customer: Customer, name: str
) -> None:
    """Asked again every day: a missing record warns once, ends the proof after thirty days, and may come back."""
    made = proven(api, dns, name)
    connection = a_connection(database, customer.account_id)
    done(api.post(f"/domains/{name}/bind", {"connection": connection}))
    resolver, at = Resolver(dns.address), now()

    def look(days: float) -> str:
        dns.asked.clear()
        while domains.recheck(database, resolver, at + timedelta(days=days)):
            pass
        state: str = api.read(f"/domains/{name}")["state"]
        return state

    assert look(0.5) == "verified"
    assert made["record_name"] not in dns.asked
    record = dns.records.pop(made["record_name"])
    assert look(2) == "missing"
    assert look(2.5) == "missing"
    assert made["record_name"] not in dns.asked
    with database.reading() as session:
        assert domains.connection_of(session, name) == [(customer.account_id, connection)]
    dns.failing = True
    assert look(20) == "missing"
    assert look(40) == "missing"
    dns.failing = False
    dns.records[made["record_name"]] = record
    assert look(42) == "verified"
    del dns.records[made["record_name"]]
    assert look(44) == "missing"
    assert look(80) == "pending"
    with database.reading() as session:
        assert domains.connection_of(session, name) == []
        told = session.execute(
            select(EVENTS.c.action)
            .where(EVENTS.c.account_id == customer.account_id, EVENTS.c.target_id == made["id"])
            .order_by(EVENTS.c.sequence)
        )
        actions = [row.action.removeprefix("domain.") for row in told]
    assert actions == ["claimed", "verified", "bound", "unconfirmed", "confirmed", "unconfirmed", "expired"]
    events = api.read("/events", types="domain.verified,domain.unconfirmed,domain.confirmed,domain.expired")["results"]
    assert [one["type"] for one in events] == [f"domain.{one}" for one in actions if one not in ("claimed", "bound")]


def test_two_processes_ask_once(api: Api, dns: DnsServer, database: Database, name: str) -> None:
    """Whoever takes a domain first asks; the other one leaves it."""
    proven(api, dns, name)
    with database.reading() as session:
        [row] = session.execute(select(*DOMAINS.c).where(_is(name))).mappings().all()
    from app.stores import domains as store

    later = now() + timedelta(days=2)
    with database.writing() as session:
        assert store.take(session, row, later)
    with database.writing() as session:
        assert not store.take(session, row, later)


def test_an_operator_vouches_where_no_dns_can_be_asked(
    api: Api, dns: DnsServer, database: Database, customer: Customer, name: str
) -> None:
    """With a reason in the trail; DNS is not asked about it later. It is one account's all the same."""
    api.create("/domains", {"name": name})
    with database.writing() as session, pytest.raises(Refused, match="say why"):
        domains.verify_as_operator(session, customer.account_id, name, " ")
    with database.writing() as session:
        found = domains.verify_as_operator(session, customer.account_id, name, "no DNS in the plant")
    assert (found.state, found.by_operator) == ("verified", True)
    while domains.recheck(database, Resolver(dns.address), now() + timedelta(days=400)):
        pass
    assert done(api.post(f"/domains/{name}/verify"))["state"] == "verified"
    with database.reading() as session:
        [event] = session.execute(
            select(EVENTS.c.reason, EVENTS.c.after).where(
                EVENTS.c.account_id == customer.account_id, EVENTS.c.action == "domain.verified"
            )
        )
    assert (event.reason, event.after["by"]) == ("no DNS in the plant", "operator")
    other = a_customer(database)
    with database.writing() as session:
        domains.claim(session, other.account_id, name)
    with database.writing() as session, pytest.raises(Exception, match="another account"):
        domains.verify_as_operator(session, other.account_id, name, "the same")


def _is(name: str) -> Any:
    return DOMAINS.c.name == name
