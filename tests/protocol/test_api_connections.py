"""/connections: made, shown without any secret, changed, switched on and off, deleted, by whom it may concern."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit import EVENTS
from app.db import Database
from app.models import Directory, IdempotentAnswer, PersonSession
from app.models.base import new_id, now, table
from app.stores.connections import CONNECTIONS, KEYS
from app.stores.domains import DOMAINS
from tests.builders import Customer
from tests.idp.saml_documents import ENTITY, SSO, metadata
from tests.idp.saml_keys import rsa_pair
from tests.protocol.api_client import Api, an_api_key, done, places, problem

SECRET = "a secret of the provider that nobody reads again"
OIDC = {"issuer": "https://op.example", "client_id": "muster"}


@pytest.fixture
def okta(api: Api) -> dict[str, Any]:
    """A connection by SAML that is complete, and off."""
    made = api.create("/connections", {"name": "Okta", "protocol": "saml", "preset": "okta"})
    done(api.post("/connections/okta/metadata", {"xml": metadata([rsa_pair()])}))
    return made


def trail(database: Database, account_id: str) -> list[Any]:
    """What the account's trail says of connections."""
    query = select(EVENTS).where(EVENTS.c.account_id == account_id, EVENTS.c.target_kind == "connection")
    with database.reading() as session:
        return [*session.execute(query.order_by(EVENTS.c.sequence)).mappings()]


def test_it_has_addresses_and_a_key_at_once(api: Api) -> None:
    """L-10, S-50: of its own, so that the provider can be set up before anything is known of it; it is off."""
    one = api.create("/connections", {"name": "one", "protocol": "saml"})
    other = api.create("/connections", {"name": "other", "protocol": "saml"})
    assert (one["enabled"], one["missing"]) == (False, ["entity_id", "sso_url", "certificate"])
    assert one["addresses"]["acs"] == f"https://muster.example.test/sso/{one['id']}/acs"
    assert not set(one["addresses"].values()) & set(other["addresses"].values())
    [key], [its] = one["keys"], other["keys"]
    assert (key["state"], key["fingerprint"] == its["fingerprint"]) == ("current", False)
    assert (one["saml"]["signed"], one["oidc"]) == ("assertion", None)
    assert api.every("/connections", filter='protocol eq "saml" and name eq "one"')[0]["id"] == one["id"]


def test_r10_secrets_are_never_shown(api: Api, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """O-35, A-4: neither the client secret nor a private key, in no answer, trail, kept answer, log or plain column."""
    body = {"name": "op", "protocol": "oidc", "oidc": OIDC, "client_secret": SECRET}
    first = api.post("/connections", body, Idempotency_Key="once")
    again = api.post("/connections", body, Idempotency_Key="once")
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json["id"] == first.json["id"]
    changed = api.patch("/connections/op", {"client_secret": f"{SECRET} 2"})
    said = [first.text, changed.text, api.get("/connections/op").text, api.get("/connections").text]
    said += [api.get("/connections/op/health").text, caplog.text]
    assert all(one["secret_set"] for one in (first.json, changed.json))
    with database.reading() as session:
        said.append(str(session.execute(select(EVENTS).where(EVENTS.c.account_id == api.account_id)).all()))
        said.append(str(session.execute(select(table(IdempotentAnswer).c.body)).all()))
        said.append(str(session.execute(select(CONNECTIONS).where(CONNECTIONS.c.id == first.json["id"])).all()))
        said.append(str(session.execute(select(KEYS).where(KEYS.c.connection_id == first.json["id"])).all()))
    for text in said:
        assert SECRET not in text
        assert "PRIVATE KEY" not in text
    assert api.patch("/connections/op", {"client_secret": None}).json["missing"] == ["discovery", "client_secret"]


def test_r11_a_version_can_be_insisted_on(api: Api, okta: dict[str, Any]) -> None:
    """By If-Match, whatever was changed meanwhile: a setting, a certificate or a key."""
    first = api.get("/connections/okta").headers["ETag"]
    assert done(api.patch("/connections/okta", {"session_hours": 8}, If_Match=first))["session_hours"] == 8
    assert problem(api.patch("/connections/okta", {"session_hours": 4}, If_Match=first)) == (412, "stale")
    second = api.get("/connections/okta").headers["ETag"]
    done(api.post("/connections/okta/keys/prepare", If_Match=second))
    assert problem(api.post("/connections/okta/keys/switch", If_Match=second)) == (412, "stale")
    assert problem(api.delete("/connections/okta", If_Match=second)) == (412, "stale")
    assert api.get("/connections/okta", **{}).json["version"] > okta["version"]


def test_r3_only_account_owners_have_to_do_with_them(app: Flask, api: Api, okta: dict[str, Any]) -> None:
    """Not who manages users, nor anybody else; a key needs the scope."""
    for name, role in (("boss", "Account Owner"), ("adam", "Administrator")):
        api.create("/users", {"user_name": name, "roles": [role]})
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/connections", None),
        ("GET", "/connections/okta", None),
        ("GET", "/connections/okta/health", None),
        ("POST", "/connections", {"name": "mine", "protocol": "saml"}),
        ("PATCH", "/connections/okta", {"enabled": True}),
        ("DELETE", "/connections/okta", None),
        ("POST", "/connections/okta/metadata", {"xml": metadata([rsa_pair()])}),
        ("POST", "/connections/okta/refresh", None),
        ("POST", "/connections/okta/certificates", {"certificate": rsa_pair("new").certificate}),
        ("POST", "/connections/okta/keys/prepare", None),
        ("POST", "/connections/okta/keys/switch", None),
        ("POST", "/connections/okta/keys/retire", None),
        ("POST", "/connections/okta/tests", None),
        ("POST", "/connections/okta/preview", {}),
    ]
    for method, path, body in calls:
        assert problem(api.acting_as("adam").request(method, path, body)) == (403, "forbidden"), path
    assert done(api.acting_as("boss").get("/connections/okta"))["enabled"] is False
    assert api.acting_as("boss").post("/connections", {"name": "mine", "protocol": "saml"}).status_code == 201


def test_a_key_needs_the_scope(app: Flask, database: Database, api: Api, okta: dict[str, Any]) -> None:
    """To read and to write; who may only read changes nothing."""
    reader = Api(app, an_api_key(database, api.account_id, "connections:read"), api.account_id)
    assert reader.get("/connections/okta").status_code == 200
    assert problem(reader.patch("/connections/okta", {"enabled": True})) == (403, "insufficient-scope")
    other = Api(app, an_api_key(database, api.account_id, "users:read"), api.account_id)
    assert problem(other.get("/connections")) == (403, "insufficient-scope")


def test_m1_nothing_of_another_account_is_found(api: Api, other_api: Api, okta: dict[str, Any]) -> None:
    """M-2, M-3: by no address and no reference; the same name is free there, and its directories are unknown here."""
    id = okta["id"]
    missing = other_api.get(f"/connections/{new_id()}")
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/health", None),
        ("PATCH", "", {"enabled": True}),
        ("DELETE", "", None),
        ("POST", "/refresh", None),
        ("POST", "/tests", None),
        ("GET", f"/tests/{new_id()}", None),
        ("POST", "/keys/prepare", None),
    ):
        answer = other_api.request(method, f"/connections/{id}{path}", body)
        assert problem(answer) == problem(missing) == (404, "not-found"), path
        assert answer.json["detail"].replace(id, "") == missing.json["detail"].replace(missing.request.path[-36:], "")
    assert other_api.post("/connections", {"name": "Okta", "protocol": "saml"}).status_code == 201


def test_what_changes_is_in_the_trail(api: Api, okta: dict[str, Any], database: Database) -> None:
    """A-1: what was before and after, nothing that stayed, and that it is on or off apart from all else."""
    done(api.patch("/connections/okta", {"enabled": True, "saml": {"signed": "both"}, "name": "Okta EU"}))
    done(api.patch("/connections/Okta EU", {"enabled": False}))
    done(api.patch("/connections/Okta EU", {"enabled": False}))
    assert api.delete("/connections/Okta EU").status_code == 204
    rows = trail(database, api.account_id)
    assert [row["action"] for row in rows] == [
        "connection.created",
        "connection.certificate_added",
        "connection.refreshed",
        "connection.changed",
        "connection.enabled",
        "connection.disabled",
        "connection.deleted",
    ]
    assert rows[2]["before"] == {"entity_id": None, "sso_url": None, "logout_url": None}
    assert rows[3]["before"] == {"name": "Okta", "signed": "assertion"}
    assert rows[3]["after"] == {"name": "Okta EU", "signed": "both"}
    assert (rows[4]["before"], rows[4]["after"]) == ({"enabled": False}, {"enabled": True})
    assert rows[6]["before"]["entity_id"] == ENTITY
    types = [one["type"] for one in done(api.get("/events"))["results"] if one["type"].startswith("connection.")]
    assert types == [
        *("connection.created", "connection.changed", "connection.changed", "connection.changed"),
        *("connection.enabled", "connection.disabled", "connection.deleted"),
    ]


def test_n4_switching_it_off_ends_sessions(api: Api, okta: dict[str, Any], database: Database) -> None:
    """Of whoever came in by it, in the same transaction."""
    done(api.patch("/connections/okta", {"enabled": True}))
    person = api.create("/users", {"user_name": "ana"})["id"]
    sessions, moment = table(PersonSession), now()
    row = {"account_id": api.account_id, "id": new_id(), "user_id": person, "secret_hash": new_id()}
    row |= {"connection_id": okta["id"], "methods": [], "authenticated": moment, "created": moment}
    with database.writing() as session:
        session.execute(sessions.insert().values(**row, last_seen=moment, ends=moment.replace(year=2100)))
    done(api.patch("/connections/okta", {"enabled": False}))
    with database.reading() as session:
        ended = session.execute(select(sessions.c.ended).where(sessions.c.id == row["id"])).scalar()
    assert ended is not None


def test_it_can_be_on_only_when_it_is_complete(api: Api) -> None:
    """And what it lacks is named; while it is on it cannot lose that, nor be deleted."""
    api.post("/connections", {"name": "idp", "protocol": "saml", "saml": {"entity_id": ENTITY, "sso_url": SSO}})
    answer = api.patch("/connections/idp", {"enabled": True})
    assert (problem(answer), places(answer)) == ((400, "invalid"), {"/enabled"})
    assert "certificate" in answer.json["detail"]
    found = done(api.post("/connections/idp/certificates", {"certificate": rsa_pair().certificate}))
    assert done(api.patch("/connections/idp", {"enabled": True}))["enabled"] is True
    assert problem(api.patch("/connections/idp", {"saml": {"sso_url": None}})) == (400, "invalid")
    certificate = found["certificates"][0]["id"]
    assert problem(api.delete(f"/connections/idp/certificates/{certificate}")) == (409, "conflict")
    assert problem(api.delete("/connections/idp")) == (409, "conflict")


@pytest.mark.parametrize(
    ("protocol", "body", "place"),
    [
        ("saml", {"saml": {"signed": "neither"}}, "/saml/signed"),  # S-14
        ("saml", {"saml": {"name_id_format": "transient"}}, "/saml/subject_attribute"),  # S-29
        ("saml", {"saml": {"name_id_format": "emailAddress"}}, "/saml/subject_attribute"),  # L-2
        ("saml", {"saml": {"subject_attribute": "email"}}, "/saml/subject_attribute"),  # L-2
        ("saml", {"saml": {"skew_seconds": 181}}, "/saml/skew_seconds"),  # S-25
        ("saml", {"saml": {"sso_url": "http://idp.example/sso"}}, "/saml/sso_url"),  # S-49
        ("saml", {"saml": {"sso_url": "javascript:alert(1)"}}, "/saml/sso_url"),
        ("saml", {"saml": {"metadata_url": "https://169.254.169.254/"}}, "/saml/metadata_url"),  # T-20
        ("saml", {"saml": {"metadata_url": "file:///etc/passwd"}}, "/saml/metadata_url"),
        ("saml", {"client_secret": "x"}, "/client_secret"),
        ("saml", {"oidc": {"client_id": "x"}}, "/oidc"),
        ("oidc", {"oidc": {"issuer": "http://op.example"}}, "/oidc/issuer"),  # O-31
        ("oidc", {"oidc": {"algorithms": ["HS256"]}}, "/oidc/algorithms/0"),  # O-10
        ("oidc", {"oidc": {"algorithms": ["none"]}}, "/oidc/algorithms/0"),
        ("oidc", {"oidc": {"scopes": ["email"]}}, "/oidc/scopes"),  # O-1
        ("oidc", {"oidc": {"subject_claims": ["email"]}}, "/oidc"),  # L-2
        ("oidc", {"oidc": {"skew_seconds": 61}}, "/oidc/skew_seconds"),  # O-15
        ("oidc", {"oidc": {"jwks_uri": "https://op.example/keys"}}, "/oidc/jwks_uri"),
        ("oidc", {"unsolicited": True}, "/unsolicited"),
        ("saml", {"claims": {"roles": "groups"}}, "/claims"),
        ("saml", {"groups_from": "claims"}, "/groups_claim"),
        ("saml", {"join_external_id": "id"}, "/join_external_id"),
        ("saml", {"adopts": True}, "/adopts"),
        ("saml", {"directory": "local"}, "/directory"),
        ("saml", {"directory": "nowhere"}, "/directory"),
        ("saml", {"session_hours": 25}, "/session_hours"),
        ("saml", {"private_key": "mine"}, "/private_key"),
        ("saml", {"preset": "nobody"}, "/preset"),
        ("saml", {"name": " "}, "/name"),
    ],
)
def test_what_is_refused(api: Api, protocol: str, body: dict[str, Any], place: str) -> None:
    """With its place; also when a good one is to become so."""
    answer = api.post("/connections", {"name": "x", "protocol": protocol} | body)
    assert problem(answer) == (400, "invalid"), answer.text
    assert place in places(answer)
    if place not in ("/preset",):
        assert api.post("/connections", {"name": "good", "protocol": protocol}).status_code == 201
        assert problem(api.patch("/connections/good", body)) == (400, "invalid")


def test_l4_email_joins_only_where_its_domain_is_proven(
    api: Api, customer: Customer, okta: dict[str, Any], database: Database
) -> None:
    """By a verified domain of this very connection, and only if somebody vouches for the provider's addresses."""
    body = {"directory": "IdP", "join_email": "email", "vouches_for_email": True}
    other = api.create("/connections", {"name": "other", "protocol": "saml"})
    row = {"account_id": api.account_id, "id": new_id(), "name": f"d{new_id()}.example", "challenge": "x"}
    with database.writing() as session:
        session.execute(DOMAINS.insert().values(**row, created=now(), connection_id=okta["id"]))
    answer = api.patch("/connections/okta", body)
    assert (problem(answer), places(answer)) == ((400, "invalid"), {"/join_email"}), "it is not verified"
    for bound, refused in ((other["id"], True), (okta["id"], False)):
        with database.writing() as session:
            here = DOMAINS.c.id == row["id"]
            session.execute(update(DOMAINS).where(here).values(verified=now(), connection_id=bound))
        assert (api.patch("/connections/okta", body).status_code == 400) is refused
    answer = api.patch("/connections/okta", {"vouches_for_email": False})
    assert places(answer) == {"/join_email"}
    assert problem(api.delete("/connections/okta")) == (409, "conflict"), "the domain leads to it"


def test_l3_to_l6_linking_is_said_per_connection(api: Api, customer: Customer, okta: dict[str, Any]) -> None:
    """Off from the beginning; each way is switched on by itself, and what is weak is said."""
    fresh = done(api.get("/connections/okta"))
    assert [fresh[name] for name in ("join_external_id", "join_user_name", "join_email")] == [None, None, None]
    assert [fresh[name] for name in ("creates_people", "adopts", "unsolicited", "vouches_for_email")] == [False] * 4
    body = {"directory": "idp", "join_external_id": "id", "join_user_name": "userName", "creates_people": True}
    changed = done(api.patch("/connections/okta", body | {"adopts": True, "unsolicited": True}))
    assert (changed["directory"], changed["join_external_id"]) == ("IdP", "id")
    assert any("nobody asked for" in one for one in changed["warnings"]), "S-43: the risk is named"
    assert any("user name" in one for one in changed["warnings"])
    answer = api.patch("/connections/okta", {"directory": None})
    assert places(answer) == {"/join_external_id", "/join_user_name", "/adopts"}


def test_l8_groups_of_claims_have_a_directory_of_their_own(
    api: Api, okta: dict[str, Any], database: Database, customer: Customer
) -> None:
    """Made when they are switched on, once; nothing can be pushed into it."""
    body = {"groups_from": "claims", "groups_claim": "groups"}
    changed = done(api.patch("/connections/okta", body))
    assert changed["claims_directory"] is not None
    done(api.patch("/connections/okta", {"groups_from": "directory"}))
    again = done(api.patch("/connections/okta", body))
    assert again["claims_directory"] == changed["claims_directory"]
    directories = table(Directory)
    with database.reading() as session:
        here = (directories.c.account_id == api.account_id, directories.c.preset == "claims")
        assert len(session.execute(select(directories.c.id).where(*here)).all()) == 1
    answer = api.post("/connections", {"name": "x", "protocol": "saml", "directory": changed["claims_directory"]})
    assert places(answer) == {"/directory"}


def test_names_are_unique(api: Api, okta: dict[str, Any]) -> None:
    """In an account, whatever their case."""
    assert problem(api.post("/connections", {"name": "OKTA", "protocol": "oidc"})) == (409, "conflict")
    api.post("/connections", {"name": "other", "protocol": "saml"})
    assert problem(api.patch("/connections/other", {"name": "okta"})) == (409, "conflict")


def test_presets_lead_through_the_set_up(api: Api) -> None:
    """Nine providers by both protocols, in both languages; what is to be entered is an address that there is."""
    found = api.every("/connection-presets")
    assert len(found) == 18
    addresses = set(api.create("/connections", {"name": "x", "protocol": "saml"})["addresses"])
    for one in found:
        assert one["steps"], one["name"]
        assert all(step["en"] and step["es"] for step in one["steps"])
        assert {entry["value"] for step in one["steps"] for entry in step["enter"]} <= addresses
        body = {"name": f"{one['name']} {one['protocol']}", "protocol": one["protocol"], "preset": one["name"]}
        made = api.create("/connections", body)
        assert one["trust"].items() <= made[one["protocol"]].items()
    entra = next(one for one in found if (one["name"], one["protocol"]) == ("entra", "oidc"))
    assert entra["trust"]["subject_claims"] == ["tid", "oid"]  # L-1
