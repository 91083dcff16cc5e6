"""/sign-in-traces: what is kept of an attempt to sign in, for whom, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db import Database
from app.models.base import now
from app.sealing import Keys
from app.services import keys as installation_keys
from app.services import sign_in_traces as traces
from app.stores.sign_in_traces import MOST_REFUSED, TRACES
from sso.model import Assertion, Check, Verdict
from tests.builders import Customer
from tests.conftest import KEY
from tests.idp.connection_rows import a_connection
from tests.protocol.api_client import Api, an_api_key, problem

KEYS = Keys(KEY.encode())
CHECKS = (Check("signature", Verdict.PASSED, "certificate 3f0c"), Check("time", Verdict.FAILED, "too early"))


@pytest.fixture
def connection(database: Database, customer: Customer) -> str:
    """A connection of the customer's."""
    return a_connection(database, customer.account_id, "Okta")


def recorded(database: Database, customer: Customer, connection: str | None, **facts: Any) -> str:
    """A trace; refused for its time unless ``facts`` say otherwise."""
    usual: dict[str, Any] = {"reference": uuid4().hex[:8], "outcome": "refused", "reason": "time", "detail": "early"}
    with database.writing() as session:
        return traces.record(session, KEYS, customer.account_id, connection, **usual | facts)


def an_assertion(**facts: Any) -> Assertion:
    """What a provider said, with things in it that nobody must ever read here."""
    usual: dict[str, Any] = {
        "protocol": "oidc",
        "issuer": "https://idp.example",
        "subject": "subject-of-ana",
        "subject_format": None,
        "attributes": {"email": ("ana@acme.example",), "groups": ("a", "b")},
        "id": "SECRET-jti",
        "expires": now(),
        "answers": "SECRET-request",
        "authenticated": now(),
        "session_index": "SECRET-session",
        "verified_by": "key-1",
        "claims": {"email": "ana@acme.example", "nonce": "SECRET-nonce", "at_hash": "SECRET-at", "jti": "SECRET-jti"},
    }
    return Assertion(**usual | facts)


def test_a4_a_trace_says_what_was_checked(api: Api, database: Database, customer: Customer, connection: str) -> None:
    """Each check with its verdict, how far the clock is off, and what to do about it."""
    id = recorded(
        database,
        customer,
        connection,
        checks=CHECKS,
        skew_seconds=94,
        address="203.0.113.7",
        reference="7f3k29qd",
    )
    for reference in (id, "7f3k29qd"):
        found = api.read(f"/sign-in-traces/{reference}")
        assert found["checks"] == [
            {"name": "signature", "verdict": "passed", "detail": "certificate 3f0c"},
            {"name": "time", "verdict": "failed", "detail": "too early"},
        ]
        assert found["clock"] == "the provider's clock is 94 s ahead of ours"
        assert found["advice"].startswith("The message came too early or too late")
        assert (found["connection"], found["outcome"], found["reason"]) == ("Okta", "refused", "time")
        assert (found["address"], found["claims"], found["further"]) == ("203.0.113.7", None, 0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, None),
        (0, "the provider's clock agrees with ours"),
        (-1, "the provider's clock agrees with ours"),
        (2, "the provider's clock is 2 s ahead of ours"),
        (-3600, "the provider's clock is 3600 s behind ours"),
    ],
)
def test_a_the_clock_in_words(seconds: int | None, said: str | None) -> None:
    """Ahead, behind, the same, or unknown."""
    assert traces.clock(seconds) == said


def test_a4_what_the_provider_said_is_sealed_and_for_few(
    app: Flask, api: Api, database: Database, customer: Customer, connection: str
) -> None:
    """Sealed in the database; shown to whoever may change connections; and never anything to sign in with."""
    seen = traces.claims_of(an_assertion())
    id = recorded(database, customer, connection, outcome="accepted", reason=None, seen=seen, subject="subject-of-ana")
    claims = api.read(f"/sign-in-traces/{id}")["claims"]
    assert claims["attributes"] == {"email": ["ana@acme.example"], "groups": ["a", "b"]}
    assert (claims["subject"], claims["claims"]) == ("subject-of-ana", {"email": "ana@acme.example"})
    assert "SECRET" not in str(claims)
    reading = Api(app, an_api_key(database, customer.account_id, "connections:read"), customer.account_id)
    assert reading.read(f"/sign-in-traces/{id}")["claims"] is None
    with database.reading() as session:
        row = str(session.execute(select(*TRACES.c).where(TRACES.c.id == id)).all())
    assert "ana@acme" not in row
    assert "subject-of-ana" not in row


def test_t10_claims_are_sealed_to_their_trace(
    api: Api, database: Database, customer: Customer, connection: str
) -> None:
    """Moved to another trace they do not open; and a new secret key reaches them."""
    first, second = (
        recorded(database, customer, connection, outcome="accepted", seen={"subject": name}) for name in ("ana", "bo")
    )
    with database.writing() as session:
        [sealed] = session.execute(select(TRACES.c.seen).where(TRACES.c.id == first)).scalars().all()
        session.execute(update(TRACES).where(TRACES.c.id == second).values(seen=sealed))
    assert api.read(f"/sign-in-traces/{first}")["claims"] == {"subject": "ana"}
    assert "unreadable" in api.read(f"/sign-in-traces/{second}")["claims"]
    assert any(one.rows is TRACES and one.columns == ("seen",) for one in installation_keys.SEALED)


def test_a5_text_of_others_is_one_short_line(api: Api, database: Database, customer: Customer, connection: str) -> None:
    """No control characters, no endless texts."""
    check = Check("issuer", Verdict.FAILED, "x\x00y\x1b[31m\u2028z" + "q" * 2000)
    found = api.read(
        f"/sign-in-traces/{recorded(database, customer, connection, detail='a' + chr(10) + 'b', checks=[check])}"
    )
    assert found["detail"] == "a b"
    said = found["checks"][0]["detail"]
    assert said.startswith("x y [31m z")
    assert len(said) == 501
    huge = recorded(database, customer, connection, outcome="accepted", seen={"groups": ["g" * 50] * 5000})
    assert "too_large" in api.read(f"/sign-in-traces/{huge}")["claims"]


def test_a_flood_is_counted_not_kept(api: Api, database: Database, customer: Customer, connection: str) -> None:
    """At most so many refused ones a minute of one connection; accepted ones, and those of others, are all kept."""
    with database.writing() as session:
        ids = [
            traces.record(session, KEYS, customer.account_id, connection, reference=f"r{n}", outcome="refused")
            for n in range(MOST_REFUSED + 5)
        ]
        accepted = traces.record(session, KEYS, customer.account_id, connection, reference="in", outcome="accepted")
        traces.record(session, KEYS, customer.account_id, None, reference="door", outcome="refused")
        elsewhere = traces.record(session, KEYS, customer.account_id, connection, reference="x", outcome="refused")
    assert len(set(ids)) == MOST_REFUSED
    assert ids[-1] == elsewhere == ids[MOST_REFUSED - 1] != accepted
    last = api.read(f"/sign-in-traces/{ids[-1]}")
    assert (last["reference"], last["further"]) == (f"r{MOST_REFUSED - 1}", 6)
    assert len(api.every("/sign-in-traces", filter='outcome eq "refused"')) == MOST_REFUSED + 1
    with database.writing() as session:
        ago = now() - timedelta(minutes=2)
        session.execute(update(TRACES).where(TRACES.c.account_id == customer.account_id).values(at=ago))
    assert recorded(database, customer, connection) not in ids


def test_a_list_is_filtered_ordered_and_continued(
    api: Api, database: Database, customer: Customer, connection: str
) -> None:
    """The latest first; in the grammar that all lists have."""
    other = a_connection(database, customer.account_id, "Entra")
    ids = [
        recorded(database, customer, place, outcome=outcome, reason=reason)
        for place, outcome, reason in (
            (connection, "refused", "time"),
            (other, "refused", "audience"),
            (connection, "accepted", None),
            (None, "refused", "time"),
        )
    ]
    assert [one["id"] for one in api.every("/sign-in-traces")] == ids[::-1]
    assert [one["id"] for one in api.every("/sign-in-traces", sort="at", limit=1)] == ids
    assert [one["id"] for one in api.every("/sign-in-traces", limit=3)] == ids[::-1]
    for text, places in (
        ('connection eq "okta"', [2, 0]),
        (f'connection_id eq "{other}"', [1]),
        ('outcome eq "refused" and reason eq "time"', [3, 0]),
        ("not (connection_id pr)", [3]),
        (f'at lt "{(now() - timedelta(hours=1)).isoformat()}"', []),
    ):
        assert [one["id"] for one in api.every("/sign-in-traces", filter=text)] == [ids[place] for place in places]
    assert problem(api.get("/sign-in-traces", filter='claims eq "x"')) == (400, "invalid")


def test_m1_nobody_reads_anothers_traces(
    app: Flask, api: Api, other_api: Api, database: Database, customer: Customer, connection: str
) -> None:
    """Not by the id, not by the reference; and of the own account only an owner does."""
    id = recorded(database, customer, connection, reference="shownonce")
    for reference in (id, "shownonce", str(uuid4()), "nothing"):
        assert problem(other_api.get(f"/sign-in-traces/{reference}")) == (404, "not-found")
    assert other_api.every("/sign-in-traces") == []
    person = api.create("/users", {"user_name": f"{uuid4().hex[:8]}@acme.example"})
    speaking = Api(app, api.key, api.account_id, {"Muster-Actor": person["id"]})
    assert problem(speaking.get("/sign-in-traces")) == (403, "forbidden")
    assert problem(speaking.get(f"/sign-in-traces/{id}")) == (403, "forbidden")


def test_a7_a_trace_ends_with_its_days(api: Api, database: Database, customer: Customer, connection: str) -> None:
    """As many as the account says; over, it is not shown, and the next upkeep deletes it, and nothing else."""
    kept = recorded(database, customer, connection)
    found = api.read(f"/sign-in-traces/{kept}")
    assert found["expires"][:10] == (now() + timedelta(days=14)).isoformat()[:10]
    over = recorded(database, customer, connection, days=0)
    assert problem(api.get(f"/sign-in-traces/{over}")) == (404, "not-found")
    assert traces.forget_old(database) >= 1
    with database.reading() as session:
        left = session.execute(select(TRACES.c.id).where(TRACES.c.account_id == customer.account_id)).scalars().all()
    assert left == [kept]
