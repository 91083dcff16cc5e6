"""Directory tokens and API keys: what opens, what does not, and that nobody learns why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import crypto
from app.db import Database
from app.models import Account, ApiKey, AuditEvent, DirectoryToken
from app.models.base import now, table
from app.services import tokens
from app.usage import Usage
from tests.builders import Customer, a_customer, a_user
from tests.conftest import KEY
from tests.protocol.conftest import Scim, refusal

TOKENS, KEYS, ACCOUNTS = table(DirectoryToken), table(ApiKey), table(Account)
EVENTS = table(AuditEvent)


def prefix_of(token: str) -> str:
    return token.split("_")[1]


def said(answer: TestResponse, id: str) -> str:
    """What a refusal says, without the id it is about and without the request's own."""
    detail: str = answer.json["detail"]
    return detail.split("[")[0].replace(id, "")


def change_token(database: Database, customer: Customer, **values: Any) -> None:
    with database.writing() as session:
        session.execute(update(TOKENS).where(TOKENS.c.prefix == prefix_of(customer.token)).values(values))


def test_the_text_of_a_token_is_not_stored(database: Database, customer: Customer) -> None:
    """T-1: only a keyed hash is kept; the hash alone cannot be used."""
    with database.reading() as session:
        query = select(TOKENS).where(TOKENS.c.prefix == prefix_of(customer.token))
        row = session.execute(query).mappings().one()
    secret = customer.token.split("_")[2]
    assert secret not in str(dict(row))
    assert row["secret_hash"] == crypto.hash_token(customer.token, KEY.encode())
    assert row["secret_hash"] != crypto.hash_token(customer.token, b"another key")


def test_several_tokens_of_a_directory_are_valid_at_once(app: Flask, database: Database, customer: Customer) -> None:
    """T-2: the second is issued before the first is revoked, so rotation has no gap."""
    made = crypto.make_token(crypto.DIRECTORY_TOKEN, KEY.encode())
    with database.writing() as session:
        tokens.issue_directory_token(
            session, customer.account_id, customer.directory_id, "second", made, created_by="test"
        )
    for token in (customer.token, made.text):
        assert Scim(app.test_client(), token).get("/Users").status_code == 200
    with database.writing() as session:
        tokens.revoke_directory_token(session, customer.account_id, prefix_of(customer.token))
    assert refusal(Scim(app.test_client(), customer.token).get("/Users")) == (401, None)
    assert Scim(app.test_client(), made.text).get("/Users").status_code == 200


@pytest.mark.parametrize(
    "state", ["revoked", "expired", "suspended account", "unknown", "altered", "other kind", "none"]
)
def test_an_invalid_token_is_refused_in_one_way(app: Flask, database: Database, customer: Customer, state: str) -> None:
    """T-3: 401 with WWW-Authenticate, and the same words whatever is wrong."""
    token = customer.token
    match state:
        case "revoked":
            change_token(database, customer, revoked=now())
        case "expired":
            change_token(database, customer, expires=now() - timedelta(seconds=1))
        case "suspended account":
            with database.writing() as session:
                session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == customer.account_id).values(suspended=True))
        case "unknown":
            token = crypto.make_token(crypto.DIRECTORY_TOKEN, KEY.encode()).text
        case "altered":
            token = token[:-9] + ("0" if token[-9] != "0" else "1") + token[-8:]
        case "other kind":
            token = customer.api_key
        case "none":
            token = ""
    answer = Scim(app.test_client(), token).get("/Users")
    assert refusal(answer) == (401, None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    reference = refusal(Scim(app.test_client(), "nonsense").get("/Users"))
    assert reference == (401, None)
    plain = answer.json["detail"].split("[")[0]
    assert plain == Scim(app.test_client(), "nonsense").get("/Users").json["detail"].split("[")[0]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refused_token_is_remembered(app: Flask, database: Database, customer: Customer, method: str) -> None:
    """A-1: the account learns that an ended token is still in use, though the request itself was refused."""
    change_token(database, customer, revoked=now())
    assert Scim(app.test_client(), customer.token).request(method, "/Users", a_user()).status_code == 401
    with database.reading() as session:
        query = select(EVENTS.c.action, EVENTS.c.reason, EVENTS.c.request_id)
        query = query.where(EVENTS.c.account_id == customer.account_id).order_by(EVENTS.c.sequence.desc())
        action, reason, request_id = session.execute(query.limit(1)).one()
    assert (action, reason) == ("directory_token.refused", "revoked")
    assert request_id


def test_a_token_in_the_address_or_body_opens_nothing(app: Flask, customer: Customer) -> None:
    """T-3, RFC 6750 §2: the Authorization header is the only place."""
    client = app.test_client()
    assert client.get(f"/scim/v2/Users?access_token={customer.token}").status_code == 401
    assert client.post("/scim/v2/Users", json=a_user(access_token=customer.token)).status_code == 401


def test_the_scheme_has_no_case(app: Flask, customer: Customer) -> None:
    """RFC 7235 §2.1."""
    for scheme in ("bearer", "BEARER"):
        answer = app.test_client().get("/scim/v2/Users", headers={"Authorization": f"{scheme} {customer.token}"})
        assert answer.status_code == 200


def test_a_token_reaches_no_other_account(app: Flask, database: Database, scim: Scim) -> None:
    """M-1, M-2: ids of another account are like ids that never were, in every place of a request."""
    other = Scim(app.test_client(), a_customer(database).token)
    stranger = other.create("/Users", a_user("stranger@acme.example"))
    own = scim.create("/Users", a_user())
    unknown = "01890000-0000-7000-8000-000000000000"
    for method, path, body in (
        ("GET", "/Users/{}", None),
        ("PUT", "/Users/{}", a_user()),
        ("PATCH", "/Users/{}", {"Operations": [{"op": "replace", "path": "active", "value": False}]}),
        ("DELETE", "/Users/{}", None),
    ):
        foreign = scim.request(method, path.format(stranger["id"]), body)
        missing = scim.request(method, path.format(unknown), body)
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert said(foreign, stranger["id"]) == said(missing, unknown)
    refused = scim.post(
        "/Groups",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "G",
            "members": [{"value": stranger["id"]}],
        },
    )
    assert refused.status_code == 400
    assert scim.read("/Users", filter='userName eq "stranger@acme.example"')["totalResults"] == 0
    assert [found["id"] for found in scim.read("/Users")["Resources"]] == [own["id"]]
    assert other.read(f"/Users/{stranger['id']}")["active"] is True


def test_last_use_is_noted(app: Flask, database: Database, customer: Customer, scim: Scim) -> None:
    """T-2: the time of the last use is kept, written in batches off the request's path."""
    scim.read("/Users")
    usage: Usage = app.extensions["usage"]
    usage.flush()
    with database.reading() as session:
        used = session.execute(
            select(TOKENS.c.last_used).where(TOKENS.c.prefix == prefix_of(customer.token))
        ).scalar_one()
    assert used is not None
    assert now() - used < timedelta(seconds=30)


def test_an_api_key_needs_its_scope(app: Flask, database: Database, customer: Customer) -> None:
    """403 for a valid key that lacks the right, 401 for none."""
    body = {
        "subject": {"type": "user", "id": "x"},
        "action": {"name": "campaigns.email.view"},
        "resource": {"type": "campaign", "id": "1"},
    }
    with database.writing() as session:
        session.execute(
            update(KEYS).where(KEYS.c.prefix == prefix_of(customer.api_key)).values(scopes="decisions:explain")
        )
    client = app.test_client()
    with_key = client.post("/access/v1/evaluation", json=body, headers={"Authorization": f"Bearer {customer.api_key}"})
    assert with_key.status_code == 403
    without = client.post("/access/v1/evaluation", json=body)
    assert without.status_code == 401
    assert without.headers["WWW-Authenticate"].startswith("Bearer")
    with_token = client.post("/access/v1/evaluation", json=body, headers={"Authorization": f"Bearer {customer.token}"})
    assert with_token.status_code == 401
