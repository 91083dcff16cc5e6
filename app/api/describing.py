"""The OpenAPI document: what flask-smorest does not know of an operation is added here, from its declaration."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from app.problems import API_PATH, KINDS, MEDIA_TYPE
from app.services.tokens import SCOPES

VERSION = "1"
TITLE = "Muster administration API"
INTRODUCTION = """\
Accounts, people, groups, business units, roles, grants, items, data filters and decisions of a platform's customers.

**Keys.** Send `Authorization: Bearer <key>`. An API key belongs to one account and has scopes
(`muster apikey issue ACCOUNT --scope users:read`); a key of the installation creates, lists and suspends accounts
(`muster apikey issue --installation`). Nothing of another account can be reached: its ids are not found.

**In whose name.** `Muster-Actor: <user id or userName>` says for which person of the account the call is made. Then
the guards hold for that person: nobody changes their own access, nobody gives what they may not give, and whoever has
no right of administration in any business unit reads only what is about themselves. Without it the key itself acts, and
the audit trail says so. For seven days a key that an Account Owner issued in the console speaks for no other owner.

**Proving anew.** `x-step-up` in this document says of an operation in which case a page that does it for a person has
them prove anew, just before, who they are. Behind a key that is the platform's own task.

**References.** Where a path or a body names a user, group, role or business unit, its id is good, and so is the name
that people use: userName, displayName, role name, key of the unit; upper and lower case are the same. What a path
names and is not there is 404; what a body or parameter names and is not there is 400, with its place.

**Lists** have `results` and `next`. Send `next` back as `after`, with the same `filter` and `sort`, for the next page.
`filter` is in the SCIM grammar (RFC 7644 §3.4.2.2): `active eq true and user_name sw "a"`. Each list names the
attributes it has.

**Versions.** What is shown has an `ETag`. `If-None-Match` on GET answers 304 if nothing has changed; `If-Match` on a
change answers 412 if something has.

**Idempotency.** A creating call with `Idempotency-Key` is done once: sent again within 24 hours, it is answered as the
first time, with `Idempotent-Replayed: true`.

**Refusals** are `application/problem+json` (RFC 9457). `type` leads to what it means, below."""

_WHAT_NAMES = {
    "entry": "The number of an entry of the audit trail.",
    "other": "Another role: its id or name.",
    "account": "An account: its id or name.",
    "user": "A user: an id, or a userName that only one directory has.",
    "group": "A group: an id, or a displayName that is there only once.",
    "unit": "A business unit: its id or key.",
    "role": "A role: its id or name.",
    "type": "The type of item.",
    "item": "The platform's own id of the item; it may contain slashes.",
    "profile": "The name of a profile that comes with the product.",
    "assignment": "The id of an assignment.",
    "webhook": "A webhook: its id or name.",
    "connection": "A connection: its id or name.",
    "certificate": "A certificate: its id or SHA-256 fingerprint.",
    "test": "The id of a test.",
    "domain": "A domain: its id or name.",
    "client": "A client: its id, or a name that only one has.",
    "trace": "A trace: its id, or the reference that the person was shown.",
    "link": "The id of a set-up link.",
    "identity_link": "The id of an identity link.",
    "session": "The id of a session.",
    "directory": "The id or name of a directory.",
    "draft": "A draft of the role mapping: its id, or a title that only one has.",
    "plan": "The id of a plan.",
    "revision": "The number of a revision of the role mapping.",
    "second": "The number of another revision.",
    "separation": "A separation of duties: its id or name.",
    "view": "The id of a saved view.",
    "request": "The id of what somebody asked.",
    "proposal": "The id of a configuration that waits.",
}
_COMMON = {
    "MusterActor": (
        "Muster-Actor",
        "For which person of the account the call is made: a user's id or userName.",
        {"type": "string", "maxLength": 200, "pattern": "^[!-~]+$"},
    ),
    "IfMatch": (
        "If-Match",
        "The `ETag` that was read: the change is refused if it is another one by now.",
        {"type": "string", "pattern": '^("[0-9a-f]{32}"|\\*)$'},
    ),
    "IfNoneMatch": (
        "If-None-Match",
        "The `ETag` that is known: answered 304, without a body, if it still holds.",
        {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    ),
    "IdempotencyKey": (
        "Idempotency-Key",
        "A name of your own for this call, such as a UUID: sent again, it is not done again.",
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    ),
}
_PROBLEM = {
    "type": "object",
    "description": "Why a call was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "What kind of problem it is, and where it is told."},
        "title": {"type": "string", "description": "The same in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, and what to do instead."},
        "request_id": {"type": "string", "description": "What to name when asking about it; also in the logs."},
        "scope": {"type": "string", "description": "The scope that the key lacks."},
        "needs": {
            "type": "array",
            "description": "Why a second Account Owner is needed.",
            "items": {"type": "object", "properties": {"kind": {"type": "string"}, "detail": {"type": "string"}}},
        },
        "plan": {"type": "string", "description": "The id of the new plan."},
        "new_rows": {"type": "array", "description": "What the new plan has, and the old one has not: the first rows."},
        "new_rows_in_all": {"type": "integer"},
        "gone_rows": {"type": "array", "description": "What the old plan has, and the new one has not."},
        "gone_rows_in_all": {"type": "integer"},
        "errors": {
            "type": "array",
            "description": "Every place of the request that is wrong.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which parameter of the address."},
                    "header": {"type": "string", "description": "Which header."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def prepare(spec: Any) -> None:
    """Add what all operations share."""
    spec.components.schema("Problem", _PROBLEM)
    for name, (header, said, schema) in _COMMON.items():
        spec.components.parameter(name, "header", {"name": header, "description": said, "schema": schema})
    for name, said, schema in (
        ("ETag", "The version of what was answered.", {"type": "string"}),
        ("Location", "Where it is to be found.", {"type": "string", "format": "uri"}),
        ("RequestId", "The id of the request.", {"type": "string"}),
    ):
        spec.components.header(name, {"description": said, "schema": schema})
    for kind in KINDS.values():
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(kind.name)}}
        spec.components.response(_component(kind.name), {"description": f"{kind.title}.", "content": content})
    scopes = "\n".join(f"* `{scope}`: {said}" for scope, said in SCOPES.items())
    spec.components.security_scheme(
        "apiKey",
        {"type": "http", "scheme": "bearer", "description": f"An API key of one account. Its scopes:\n\n{scopes}"},
    )
    spec.components.security_scheme(
        "installationKey", {"type": "http", "scheme": "bearer", "description": "A key of the whole installation."}
    )


def describe(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Complete the description of one operation; called by flask-smorest for each."""
    facts = doc_info["operation"]
    declared = facts["declared"]
    of_installation = declared.scope == "installation"
    doc["operationId"] = facts["id"]
    doc["security"] = [{"installationKey": []} if of_installation else {"apiKey": [declared.scope]}]
    parameters = doc.setdefault("parameters", [])
    if not of_installation:
        parameters.append("MusterActor")
    if declared.creates:
        parameters.append("IdempotencyKey")
    if declared.current is not None:
        parameters.append("IfMatch")
    # What is only a name is flask-smorest's own idea of a refusal.
    answers = doc["responses"] = {key: said for key, said in doc["responses"].items() if isinstance(said, dict)}
    headers = {"X-Request-ID": "RequestId"}
    if declared.shows_version:
        headers["ETag"] = "ETag"
    if declared.status == HTTPStatus.CREATED:
        headers["Location"] = "Location"
    for answer in answers.values():
        answer["headers"] = {**headers}
    if declared.step_up is not None:
        doc["x-step-up"] = declared.step_up
    if declared.method == "GET":
        parameters.append("IfNoneMatch")
        answers[304] = {"description": "Nothing has changed.", "headers": {"ETag": "ETag"}}
    asks = any(not isinstance(parameter, str) for parameter in parameters)
    for kind in _refusals(declared, asks=asks, has_body="requestBody" in doc):
        answers[KINDS[kind].status] = _component(kind)
    return doc


def path_parameters(path: str) -> list[dict[str, Any]]:
    """What the parts of an address name, for the description."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", path)
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "description": _WHAT_NAMES[name],
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
        for name in names
    ]


def _refusals(declared: Any, *, asks: bool, has_body: bool) -> list[str]:
    usual = ["unauthenticated", *(["forbidden"] if declared.scope != "installation" else [])]
    if asks or declared.method != "GET":
        usual.append("invalid")
    if declared.current is not None:
        usual.append("stale")
    if declared.creates:
        usual.append("idempotency-key-reused")
    if has_body:
        usual += ["too-large", "unsupported-media-type"]
    return list(dict.fromkeys([*usual, *declared.refusals, "busy"]))


def _component(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("-"))


def _example(name: str) -> dict[str, Any]:
    kind = KINDS[name]
    shown: dict[str, Any] = {
        "type": f"https://muster.example.com{API_PATH}/docs#{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.meaning.split(".")[0].replace("`", "") + ".",
        "request_id": "018f3c1e9a7b7c4e8d2f6a5b4c3d2e1f",
    }
    if name == "invalid":
        shown["detail"] = "/user_name: missing data for required field"
        shown["errors"] = [{"pointer": "/user_name", "detail": "missing data for required field"}]
    return shown
