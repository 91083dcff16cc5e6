"""What is the same for every call of the administration API: keys, actors, reading, refusals (RFC 9457)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app import crypto
from app.db import Database
from app.models import Account, AuditEvent
from app.models.base import table
from app.services import tokens
from tests.builders import Customer
from tests.conftest import KEY
from tests.protocol.api_client import Api, an_api_key, places, problem

EVENTS, ACCOUNTS = table(AuditEvent), table(Account)
MADE_UP = "mapi_0123456789ab_" + "0" * 64 + "_00000000"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic dXNlcjpwYXNz", "Bearer nonsense", f"Bearer {MADE_UP}"])
def test_a_call_without_a_valid_key_is_refused(app: Flask, header: str | None) -> None:
    """401 with the scheme to use, and one answer for whatever is wrong."""
    headers = {} if header is None else {"Authorization": header}
    answer = app.test_client().get("/api/v1/users", headers=headers)
    assert problem(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_and_one_of_a_suspended_account_are_refused(
    app: Flask, database: Database, customer: Customer, api: Api
) -> None:
    """From the next call on; that somebody still uses them stands in the audit trail."""
    key = an_api_key(database, customer.account_id)
    with database.writing() as session:
        [prefix] = [one.prefix for one in tokens.list_api_keys(session, customer.account_id) if one.prefix in key]
        tokens.revoke_api_key(session, customer.account_id, prefix)
    assert problem(Api(app, key).get("/users")) == (401, "unauthenticated")
    with database.writing() as session:
        session.execute(ACCOUNTS.update().where(ACCOUNTS.c.id == customer.account_id).values(suspended=True))
    assert problem(api.get("/users")) == (401, "unauthenticated")
    with database.reading() as session:
        refused = session.execute(
            select(EVENTS.c.reason).where(
                EVENTS.c.account_id == customer.account_id, EVENTS.c.action == "api_key.refused"
            )
        ).scalars()
        assert set(refused) == {"revoked", "the account is suspended"}


def test_other_kinds_of_token_open_nothing(app: Flask, customer: Customer, operator_api: Api, api: Api) -> None:
    """A directory's token is for SCIM; a key of the installation opens no account, and that of an account no other."""
    assert problem(Api(app, customer.token).get("/users")) == (401, "unauthenticated")
    assert problem(operator_api.get("/users")) == (401, "unauthenticated")
    assert problem(api.get("/accounts")) == (401, "unauthenticated")


def test_a_missing_scope_is_named(app: Flask, database: Database, customer: Customer) -> None:
    """403 says what the key needs."""
    answer = Api(app, an_api_key(database, customer.account_id, "users:read")).post("/users", {"user_name": "x"})
    assert problem(answer) == (403, "insufficient-scope")
    assert answer.json["scope"] == "users:write"


def test_roles_at_creation_need_the_scope_for_access(app: Flask, database: Database, customer: Customer) -> None:
    """Whoever may only make users must not give roles on the way."""
    limited = Api(app, an_api_key(database, customer.account_id, "users:write", "users:read"))
    answer = limited.post("/users", {"user_name": "eva@acme.example", "roles": ["Administrator"]})
    assert problem(answer) == (403, "insufficient-scope")
    assert answer.json["scope"] == "access:write"
    assert limited.create("/users", {"user_name": "eva@acme.example", "roles": []})["user_name"] == "eva@acme.example"


def test_what_gives_access_on_the_way_needs_the_scope_for_access(
    app: Flask, database: Database, customer: Customer
) -> None:
    """A home whose roles count from then on, and the roles of everybody who is made; nothing is done."""
    scopes = "users:write", "users:read", "account:write", "account:read"
    limited = Api(app, an_api_key(database, customer.account_id, *scopes))
    for answer in (
        limited.post("/users", {"user_name": "eva@acme.example", "home_unit": "root"}),
        limited.patch("/account", {"subject_form": "id", "default_roles": ["Administrator"]}),
    ):
        assert problem(answer) == (403, "insufficient-scope")
        assert answer.json["scope"] == "access:write"
    assert problem(limited.get("/users/eva@acme.example")) == (404, "not-found")
    assert limited.read("/account")["subject_form"] == "userName"
    assert limited.patch("/account", {"subject_form": "id"}).json["default_roles"] == []


def test_the_core_schema_is_no_attribute(api: Api) -> None:
    """It would be taken and do nothing: 400, naming it."""
    core = "urn:ietf:params:scim:schemas:core:2.0:User"
    for answer in (
        api.post("/users", {"user_name": "eva@acme.example", "attributes": {core: {"active": False}}}),
        api.patch(f"/users/{api.create('/users', {'user_name': 'eve'})['id']}", {"attributes": {core: {"title": "x"}}}),
    ):
        assert problem(answer) == (400, "invalid")
        assert places(answer) == {f"/attributes/{core}"}


class TestActor:
    """``Muster-Actor``: for which person the call is made."""

    def test_the_audit_trail_names_the_person(self, api: Api, database: Database) -> None:
        """Whoever is named is who acts; without the header it is the key."""
        boss = _an_owner(api)
        api.acting_as("BOSS@acme.example").create("/groups", {"display_name": "By the boss"})
        api.acting_as(boss).create("/groups", {"display_name": "By id"})
        api.create("/groups", {"display_name": "By the key"})
        with database.reading() as session:
            rows = session.execute(
                select(EVENTS.c.target_name, EVENTS.c.actor_kind, EVENTS.c.actor_id, EVENTS.c.actor_name).where(
                    EVENTS.c.account_id == api.account_id, EVENTS.c.action == "group.created"
                )
            )
            found = {row.target_name: (row.actor_kind, row.actor_id, row.actor_name) for row in rows}
        assert found["By the boss"] == found["By id"] == ("person", boss, "boss@acme.example")
        assert found["By the key"][0] == "key"
        assert found["By the key"][2] == "test key"

    @pytest.mark.parametrize("named", ["nobody@acme.example", "", "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d", "x" * 300])
    def test_who_does_not_exist_cannot_act(self, api: Api, named: str) -> None:
        """One answer whatever is wrong, even for reading."""
        assert problem(api.acting_as(named).get("/users")) == (403, "forbidden")

    def test_neither_the_inactive_nor_strangers_act(self, api: Api, other_api: Api) -> None:
        """Somebody who was deactivated, or belongs to another account."""
        api.create("/users", {"user_name": "gone@acme.example", "active": False})
        stranger = other_api.create("/users", {"user_name": "stranger@acme.example"})["id"]
        for named in ("gone@acme.example", "stranger@acme.example", stranger):
            assert problem(api.acting_as(named).get("/users")) == (403, "forbidden")

    def test_guards_hold_for_the_person(self, api: Api) -> None:
        """Whoever is no Account Owner and no delegate may not administrate, however much the key may."""
        api.create("/users", {"user_name": "ned@acme.example"})
        ned = api.acting_as("ned@acme.example")
        assert problem(ned.post("/users", {"user_name": "new@acme.example"})) == (403, "forbidden")
        assert problem(ned.post("/groups", {"display_name": "New"})) == (403, "forbidden")
        assert problem(ned.patch("/account", {"finds_external_id": True})) == (403, "forbidden")
        assert problem(ned.post("/assignments", {"role": "Viewer", "users": ["ned@acme.example"]}))[0] in (400, 403)
        assert problem(ned.post("/roles", {"name": "Mine"})) == (403, "forbidden")
        assert problem(ned.post("/business-units", {"key": "mine", "name": "Mine"})) == (403, "forbidden")
        assert problem(ned.post("/profiles/crm/load", {})) == (403, "forbidden")

    def test_a_key_of_the_installation_speaks_for_nobody(self, operator_api: Api) -> None:
        """It belongs to no account that a person could be of."""
        assert problem(operator_api.acting_as("x").get("/accounts")) == (403, "forbidden")


class TestReading:
    """Whatever does not fit is refused, saying where."""

    def test_every_place_is_named(self, api: Api) -> None:
        """JSON pointers lead into the body (RFC 6901)."""
        answer = api.post("/users", {"user_name": "", "active": "yes", "a/b~c": 1, "attributes": []})
        assert problem(answer) == (400, "invalid")
        assert places(answer) == {"/user_name", "/active", "/a~1b~0c", "/attributes"}

    def test_deep_places_are_named(self, api: Api) -> None:
        """Elements of lists by their number."""
        answer = api.post("/roles", {"name": "R", "statements": [{"permission": "x", "effect": "maybe"}, 7]})
        assert problem(answer) == (400, "invalid")
        assert places(answer) == {"/statements/0/effect", "/statements/1"}

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"7",
            b'{"user_name":"a","user_name":"b"}',
            b'{"a":NaN}',
            b"\xff",
            b'{"a":"\\u0000"}',
        ],
    )
    def test_a_body_that_is_no_object_is_refused(self, api: Api, content: bytes) -> None:
        """No JSON, no object, a name twice, NUL: 400."""
        answer = api.request("POST", "/users", data=content, content_type="application/json")
        assert problem(answer) == (400, "invalid")

    @pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
    def test_a_body_of_another_type_is_refused(self, api: Api, media_type: str) -> None:
        """415, not a guess."""
        answer = api.request("POST", "/users", data=b'{"user_name":"a"}', content_type=media_type)
        assert problem(answer) == (415, "unsupported-media-type")

    def test_a_merge_patch_may_say_so(self, api: Api) -> None:
        """RFC 7396 has a media type of its own."""
        api.create("/users", {"user_name": "mia@acme.example"})
        answer = api.request(
            "PATCH",
            "/users/mia@acme.example",
            data=b'{"display_name":"Mia"}',
            content_type="application/merge-patch+json",
        )
        assert answer.json["display_name"] == "Mia"

    def test_a_body_that_is_too_large_is_refused(self, api: Api) -> None:
        """413."""
        answer = api.post("/users", {"user_name": "a", "display_name": "x" * 2_000_000})
        assert problem(answer) == (413, "too-large")

    @pytest.mark.parametrize(
        ("query", "place"),
        [
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("limit=ten", "limit"),
            ("limit=1&limit=2", "limit"),
            ("page=2", "page"),
            ("filter=", "filter"),
            ("filter=user_name", "filter"),
            ("filter=shoe_size eq 7", "filter"),
            ("filter=active eq 7", "filter"),
            ("filter=user_name eq %00", "filter"),
            ("sort=shoe_size", "sort"),
            ("after=nonsense", "after"),
            ("after=" + "A" * 40, "after"),
        ],
    )
    def test_a_parameter_that_makes_no_sense_is_refused(self, api: Api, query: str, place: str) -> None:
        """Unknown ones, too: whoever misspells a filter must not get everything."""
        answer = api.get(f"/users?{query}")
        assert problem(answer) == (400, "invalid")
        assert places(answer) == {place}

    def test_nul_in_an_address_finds_nothing(self, api: Api) -> None:
        """No database takes it."""
        assert problem(api.get("/users/a%00b")) == (404, "not-found")


class TestAddresses:
    """What no operation answers."""

    @pytest.mark.parametrize("path", ["", "/", "/nothing", "/users/", "/users/x/y"])
    def test_an_unknown_address_is_not_found(self, api: Api, path: str) -> None:
        """404 with the way to the list of all operations."""
        answer = api.get(path)
        assert problem(answer) == (404, "not-found")
        assert "openapi.json" in answer.json["detail"]

    def test_a_method_that_is_not_there_says_which_are(self, api: Api) -> None:
        """405 with ``Allow`` (RFC 9110 §15.5.6)."""
        answer = api.put("/users", {})
        assert problem(answer) == (405, "method-not-allowed")
        assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))

    def test_head_is_get_without_a_body(self, api: Api) -> None:
        """RFC 9110 §9.3.2."""
        answer = api.request("HEAD", "/users")
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["ETag"] == api.get("/users").headers["ETag"]


def test_no_key_of_the_installation_is_an_api_key(app: Flask, database: Database) -> None:
    """A revoked one opens nothing."""
    made = crypto.make_token(crypto.INSTALLATION_KEY, KEY.encode())
    with database.writing() as session:
        issued = tokens.issue_installation_key(session, "short", made, created_by="test")
    assert Api(app, made.text).get("/accounts").status_code == 200
    with database.writing() as session:
        assert tokens.revoke_installation_key(session, issued.prefix).id == issued.id
        assert [one.state for one in tokens.list_installation_keys(session) if one.id == issued.id] == ["revoked"]
    assert problem(Api(app, made.text).get("/accounts")) == (401, "unauthenticated")


def _an_owner(api: Api) -> str:
    made = api.create("/users", {"user_name": "boss@acme.example", "roles": ["Account Owner"]})
    return str(made["id"])


def test_when_a_key_was_last_used_is_known(app: Flask, database: Database, api: Api, operator_api: Api) -> None:
    """Of an account's keys as of those of the installation; written in batches beside the calls."""
    assert api.get("/users").status_code == operator_api.get("/accounts").status_code == 200
    app.extensions["usage"].flush()
    with database.reading() as session:
        used = {one.prefix: one.last_used for one in tokens.list_installation_keys(session)}
        used |= {one.prefix: one.last_used for one in tokens.list_api_keys(session, api.account_id)}
    assert all(used[(one.key or "").split("_")[1]] is not None for one in (api, operator_api))
