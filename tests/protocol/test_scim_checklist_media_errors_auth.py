"""Media types, refusals and who may ask (RFC 7644 §2, §3.1, §3.12, §8): requirements 13 to 26."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app import crypto
from app.db import Database
from app.models import Account, DirectoryToken
from app.services import tokens
from tests.builders import PATCH_OP, Customer, a_group, a_patch, a_user
from tests.conftest import KEY
from tests.protocol.conftest import ONE_ENGINE, Scim, refusal

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_c013_every_answer_is_scim_json(scim: Scim) -> None:
    """RFC 7644 §3.1, §8.1: bodies are ``application/scim+json``, whatever the status."""
    user = scim.create("/Users", a_user())
    answers = [
        scim.post("/Users", a_user()),
        scim.get(f"/Users/{user['id']}"),
        scim.get("/Users"),
        scim.put(f"/Users/{user['id']}", a_user(user["userName"])),
        scim.patch(f"/Users/{user['id']}", a_patch({"op": "add", "path": "title", "value": "x"})),
        scim.get("/Schemas"),
        scim.get("/ServiceProviderConfig"),
        scim.get(f"/Users/{UNKNOWN}"),
        scim.get("/nothing"),
        scim.post("/Users", {}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200, 200, 404, 404, 400]
    assert {answer.mimetype for answer in answers} == {"application/scim+json"}


@pytest.mark.parametrize(
    "media",
    [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; odata.metadata=minimal; charset=utf-8",
        "APPLICATION/SCIM+JSON",
        "Application/Json ; Charset=UTF-8",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@ONE_ENGINE
def test_c014_json_and_scim_json_bodies_are_read(shared: Scim, method: str, media: str) -> None:
    """RFC 7644 §3.1, §8.1: both media types, with any parameters and in any case."""
    user = shared.create("/Users", a_user())
    headers = {"Content-Type": media}
    if method == "POST":
        answer = shared.post("/Users", a_user(title="seen"), headers=headers)
    elif method == "PUT":
        answer = shared.put(f"/Users/{user['id']}", a_user(user["userName"], title="seen"), headers=headers)
    else:
        operation = {"op": "add", "path": "title", "value": "seen"}
        answer = shared.patch(f"/Users/{user['id']}", a_patch(operation), headers=headers)
    assert answer.status_code == (201 if method == "POST" else 200)
    assert answer.json["title"] == "seen"


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "text/json",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@ONE_ENGINE
def test_c015_other_bodies_are_415(shared: Scim, method: str, media: str) -> None:
    """RFC 9110 §15.5.16: a body of another kind is refused before it is read, and nothing changes."""
    user = shared.create("/Users", a_user())
    body = a_patch({"op": "add", "path": "title", "value": "x"}) if method == "PATCH" else a_user(title="x")
    path = "/Users" if method == "POST" else f"/Users/{user['id']}"
    assert refusal(shared.request(method, path, body, headers={"Content-Type": media})) == (415, None)
    assert shared.read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize(
    ("coding", "refused"), [("gzip", True), ("br", True), ("gzip, identity", True), ("Identity", False)]
)
@ONE_ENGINE
def test_c015_a_coded_body_is_415(shared: Scim, coding: str, refused: bool) -> None:
    """RFC 9110 §8.4: what is sent compressed is not taken for broken JSON; ``identity`` says nothing."""
    answer = shared.post("/Users", a_user(), headers={"Content-Encoding": coding})
    assert answer.status_code == (415 if refused else 201), answer.text
    assert not refused or answer.json["detail"].startswith("Content-Encoding: ")


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "*/*",
        "application/*",
        "application/json",
        "application/scim+json",
        "application/scim+json, application/json;q=0.5",
        "application/json, text/plain, */*",
        "",
    ],
)
def test_c016_clients_are_served_whatever_they_accept(shared: Scim, accept: str | None) -> None:
    """RFC 7644 §3.1: no Accept header, anything, or plain JSON all get SCIM JSON."""
    user = shared.create("/Users", a_user())
    headers = {} if accept is None else {"Accept": accept}
    answer = shared.request("GET", f"/Users/{user['id']}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/scim+json")
    assert answer.json == user


def test_c017_an_error_has_the_required_shape(scim: Scim) -> None:
    """RFC 7644 §3.12: schemas, detail, and the status as text, equal to the HTTP status."""
    answer = scim.get(f"/Users/{UNKNOWN}")
    assert answer.status_code == 404
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.json["status"] == "404"
    assert type(answer.json["detail"]) is str
    assert "scimType" not in answer.json


def _refused(scim: Scim, kind: str) -> TestResponse:
    user = scim.create("/Users", a_user("taken", emails=[{"value": "a@b.example", "type": "work"}]))
    at = f"/Users/{user['id']}"
    match kind:
        case "invalidFilter":
            return scim.get("/Users", filter="userName eq")
        case "tooMany":
            return scim.get("/Users", filter=" or ".join(['userName eq "x"'] * 300))
        case "uniqueness":
            return scim.post("/Users", a_user("TAKEN"))
        case "mutability":
            return scim.patch(at, a_patch({"op": "replace", "path": "id", "value": "other"}))
        case "invalidSyntax":
            return scim.patch(at, {"schemas": [PATCH_OP], "Operations": "x"})
        case "invalidPath":
            return scim.patch(at, a_patch({"op": "add", "path": "emails[", "value": "x"}))
        case "noTarget":
            return scim.patch(at, a_patch({"op": "remove"}))
    return scim.post("/Users", a_user(active="maybe"))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("invalidFilter", 400),
        ("tooMany", 400),
        ("uniqueness", 409),
        ("mutability", 400),
        ("invalidSyntax", 400),
        ("invalidPath", 400),
        ("noTarget", 400),
        ("invalidValue", 400),
    ],
)
def test_c018_each_kind_of_refusal_is_named(scim: Scim, kind: str, status: int) -> None:
    """RFC 7644 §3.12 table 9: the scimType says what was wrong."""
    assert refusal(_refused(scim, kind)) == (status, kind)


@pytest.mark.parametrize("path", ["/scim/v1/Users", "/scim/v3/Users", "/scim/Users"])
def test_c018_another_protocol_version_is_refused(app: Flask, customer: Customer, path: str) -> None:
    """RFC 7644 §3.13: this server speaks version 2 only; the refusal is an error in SCIM's form and says where."""
    answer = app.test_client().get(path, headers={"Authorization": f"Bearer {customer.token}"})
    assert refusal(answer) == (404, None)
    assert "SCIM is at /scim/v2" in answer.get_data(as_text=True)


def _bearer(app: Flask, authorization: str | None, path: str = "/scim/v2/Users", method: str = "GET") -> TestResponse:
    headers = {"X-Request-ID": "same"} | ({} if authorization is None else {"Authorization": authorization})
    json = None if method in ("GET", "DELETE") else a_user()
    return app.test_client().open(path, method=method, headers=headers, json=json)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer x", "non-token", "Basic dXNlcjpwYXNz", "Bearer ÿ", "Bearer a b", "Token x"],
)
def test_c019_without_a_valid_token_nothing_is_answered(app: Flask, authorization: str | None) -> None:
    """RFC 7644 §2, RFC 6750 §3: 401, the scheme to use, and an error body."""
    answer = _bearer(app, authorization)
    assert refusal(answer) == (401, None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/Users", f"/Users/{UNKNOWN}", "/Groups", "/Schemas", "/ServiceProviderConfig"])
@ONE_ENGINE
def test_c019_every_address_needs_the_token(app: Flask, method: str, path: str) -> None:
    """RFC 7644 §2: no method on no address tells a stranger anything; a method not offered may be 405."""
    answer = _bearer(app, "Bearer wrong", f"/scim/v2{path}", method)
    assert refusal(answer)[0] in (401, 405)
    assert answer.status_code == 401 or method != "GET"


def test_c019_a_token_of_another_kind_is_refused(app: Flask, customer: Customer) -> None:
    """A key for access decisions opens no directory."""
    assert refusal(_bearer(app, f"Bearer {customer.api_key}")) == (401, None)


@pytest.mark.parametrize("change", ["last", "first secret", "prefix", "shorter", "longer", "upper"])
def test_c019_an_altered_token_is_refused(app: Flask, customer: Customer, change: str) -> None:
    """Each character counts."""
    token = customer.token
    kind, prefix, secret, check = token.split("_")
    flip = {"0": "1"}
    altered = {
        "last": token[:-1] + flip.get(token[-1], "0"),
        "first secret": f"{kind}_{prefix}_{flip.get(secret[0], '0')}{secret[1:]}_{check}",
        "prefix": f"{kind}_{flip.get(prefix[0], '0')}{prefix[1:]}_{secret}_{check}",
        "shorter": token[:-1],
        "longer": token + "0",
        "upper": token.upper(),
    }[change]
    assert altered != token
    assert refusal(_bearer(app, f"Bearer {altered}")) == (401, None)


@pytest.mark.parametrize("state", ["expired", "revoked", "suspended"])
def test_c019_a_token_that_counts_no_more_is_refused(
    app: Flask, database: Database, customer: Customer, state: str
) -> None:
    """The answer for expired, revoked and unknown tokens is the same."""
    assert _bearer(app, f"Bearer {customer.token}").status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=5)
    with database.writing() as session:
        if state == "suspended":
            session.execute(update(Account).where(Account.id == customer.account_id).values(suspended=True))
        else:
            column = {"expired": "expires", "revoked": "revoked"}[state]
            session.execute(
                update(DirectoryToken)
                .where(DirectoryToken.directory_id == customer.directory_id)
                .values({column: past})
            )
    refused, unknown = _bearer(app, f"Bearer {customer.token}"), _bearer(app, "Bearer wrong")
    assert refusal(refused) == (401, None)
    assert refused.json == unknown.json
    assert refused.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"]


def test_c019_two_tokens_of_a_directory_work_side_by_side(app: Flask, database: Database, customer: Customer) -> None:
    """A token is replaced without a gap: the old and the new one are valid together."""
    with database.writing() as session:
        second = tokens.issue_directory_token(
            session,
            customer.account_id,
            customer.directory_id,
            "next",
            crypto.make_token(crypto.DIRECTORY_TOKEN, KEY.encode()),
            created_by="test",
        )
    user = Scim(app.test_client(), customer.token).create("/Users", a_user())
    assert Scim(app.test_client(), second.text).read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_c020_the_scheme_has_no_case(app: Flask, customer: Customer, scheme: str) -> None:
    """RFC 9110 §11.1: scheme names are compared without case."""
    assert _bearer(app, f"{scheme} {customer.token}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_c021_without_a_token_known_and_unknown_ids_look_alike(app: Flask, scim: Scim, method: str) -> None:
    """RFC 7644 §7: who may not read learns nothing about what exists."""
    user = scim.create("/Users", a_user())
    known = _bearer(app, "Bearer wrong", f"/scim/v2/Users/{user['id']}", method)
    unknown = _bearer(app, "Bearer wrong", f"/scim/v2/Users/{UNKNOWN}", method)
    assert refusal(known) == refusal(unknown) == (401, None)
    assert known.json == unknown.json
    assert scim.read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize("path", ["/Users/%0A", "/Users/a%0D%0Ab", "/%0a", "/Nope%0A/x", "/Users/%E2%80%A8"])
def test_c021_a_line_break_in_a_path_reveals_nothing_either(app: Flask, scim: Scim, path: str) -> None:
    """RFC 7644 §7: the token comes first, however the path is written."""
    assert refusal(app.test_client().get(f"/scim/v2{path}")) == (401, None)
    assert refusal(scim.get(path)) == (404, None)


ODD_IDS = [UNKNOWN, "abc", "1", "%20", "..%2F", "é", "x" * 300, "null", "ABCDEF00-0000-4000-8000-000000000000"]


@pytest.mark.parametrize("id", ODD_IDS)
def test_c022_an_unknown_id_is_404(shared: Scim, id: str) -> None:
    """RFC 7644 §3.12: with each method, also when the text could never be an id of ours."""
    patch = a_patch({"op": "replace", "path": "displayName", "value": "x"})
    for endpoint, replacement in (("Users", a_user()), ("Groups", a_group())):
        for method, body in (("GET", None), ("PUT", replacement), ("PATCH", patch), ("PATCH", {}), ("DELETE", None)):
            assert refusal(shared.request(method, f"/{endpoint}/{id}", body)) == (404, None), method


def test_c022_an_id_of_the_other_kind_is_404(scim: Scim) -> None:
    """A user's id is no group's id."""
    user, group = scim.create("/Users", a_user()), scim.create("/Groups", a_group())
    assert refusal(scim.get(f"/Groups/{user['id']}")) == (404, None)
    assert refusal(scim.get(f"/Users/{group['id']}")) == (404, None)
    assert refusal(scim.delete(f"/Users/{group['id']}")) == (404, None)
    assert scim.read(f"/Groups/{group['id']}") == group


@pytest.mark.parametrize("path", ["/nothing", "/users", "/Users/x/y", "/Devices", "/Users/.hidden/x", "/Schemas/a/b/c"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@ONE_ENGINE
def test_c023_an_unknown_endpoint_is_404(shared: Scim, method: str, path: str) -> None:
    """RFC 7644 §3.12: an error in SCIM's form, not a page."""
    body = None if method in ("GET", "DELETE") else a_user()
    assert refusal(shared.request(method, path, body)) == (404, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/Users"),
        ("PATCH", "/Users"),
        ("DELETE", "/Users"),
        ("PUT", "/Groups"),
        ("PATCH", "/Groups"),
        ("DELETE", "/Groups"),
        ("POST", f"/Users/{UNKNOWN}"),
        ("POST", f"/Groups/{UNKNOWN}"),
        ("BREW", "/Users"),
        ("PROPFIND", f"/Users/{UNKNOWN}"),
        ("TRACE", "/Users"),
        ("GET", "/Users/.search"),
        ("PUT", "/.search"),
    ],
)
@ONE_ENGINE
def test_c024_an_unsupported_method_is_refused(shared: Scim, method: str, path: str) -> None:
    """RFC 9110 §15.5.6: 405 with the methods that work, or 501; never 404 for a method."""
    body = None if method in ("DELETE", "GET") else a_user()
    answer = shared.request(method, path, body)
    if path == "/Users/.search" and method == "GET":
        # Read as the id ".search", which nobody has.
        assert refusal(answer)[0] in (404, 405)
        return
    assert refusal(answer)[0] == 405
    assert answer.headers["Allow"]


@ONE_ENGINE
def test_c025_a_body_above_the_limit_is_413(shared: Scim) -> None:
    """RFC 7644 §3.12: too large, said before anything is parsed."""
    answer = shared.raw("POST", "/Users", b" " * (16 * 1024 * 1024 + 1))
    assert refusal(answer) == (413, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"true",
        b"\xff\xfe",
        b"<user/>",
        b'{"schemas": }',
        b"{'schemas': []}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b"{}{}",
        b"\x00",
    ],
    ids=repr,
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@ONE_ENGINE
def test_c026_a_body_that_is_no_json_object_is_400(shared: Scim, method: str, body: bytes) -> None:
    """RFC 7644 §3.12: invalidSyntax for what cannot be read, and nothing changes."""
    user = shared.create("/Users", a_user())
    path = "/Users" if method == "POST" else f"/Users/{user['id']}"
    assert refusal(shared.raw(method, path, body)) == (400, "invalidSyntax")
    assert shared.read(f"/Users/{user['id']}") == user


def test_c026_details_name_the_attribute_and_no_internals(scim: Scim) -> None:
    """RFC 7644 §7: a refusal helps its reader without showing how the server is built."""
    answer = scim.post("/Users", a_user(active="maybe"))
    assert refusal(answer) == (400, "invalidValue")
    assert "active" in answer.json["detail"]
    for word in ("Traceback", "sqlalchemy", "SELECT", "psycopg", "sqlite", 'File "', "marshmallow"):
        assert word.lower() not in answer.text.lower()


def test_c026_errors_carry_a_request_id(scim: Scim) -> None:
    """An administrator can quote the request to us; the id comes back in a header."""
    answer = scim.request("GET", f"/Users/{UNKNOWN}", headers={"X-Request-ID": "trace-1"})
    assert answer.headers["X-Request-ID"] == "trace-1"
    assert scim.get("/Users").headers["X-Request-ID"]
