"""The examples of the description: each request that it shows can be sent as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Flask
from marshmallow import Schema, fields
from werkzeug.test import TestResponse

from app.api.manifest_shapes import ManifestDocument
from app.db import Database
from app.sealing import Keys
from app.services import sign_in_traces
from rbac import profiles
from tests.builders import a_customer
from tests.conftest import KEY
from tests.protocol.api_client import BASE, Api, an_api_key, done, operations


def test_every_example_is_valid(app: Flask, database: Database, operator_api: Api) -> None:
    """In an account that has what they name; a token of a plan is the only thing that nobody can know before.

    Examples follow one another in one account, as requests do, until one of them finds it changed too much.
    """
    document = app.test_client().get(f"{BASE}/openapi.json").json
    wrong, tried = [], 0
    general = {"client": operator_api.post("/installation/oauth-clients", _CLIENT).json["id"]}
    used: dict[str, tuple[Api, dict[str, str]]] = {}
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        example = content.get("example")
        if example is None or example.get("token") == "…":
            continue
        profile = "exacttarget" if "item" in path or "leavers" in path else "email-marketing"

        sent = partial(_sent, method, path, example, general)
        if "installationKey" in operation["security"][0]:
            answer = sent(operator_api, {})
        elif any(word in path for word in _BESIDES):
            api, made = _furnished(app, database, profile)
            answer = sent(api, made | _besides(path, api, database))
        else:
            answer = sent(*used[profile]) if profile in used else None
            if answer is None or answer.status_code in (*_INVALID, 409):
                used[profile] = _furnished(app, database, profile)
                answer = sent(*used[profile])
        if answer.status_code in _INVALID:
            wrong.append((method, path, answer.text))
        tried += 1
    assert wrong == [], wrong
    assert tried > 30


def _sent(
    method: str, path: str, example: object, general: Mapping[str, str], api: Api, made: Mapping[str, str]
) -> TestResponse:
    """The answer to an example, at the address of what there is."""
    names = {**_NAMES, **general, **made}
    where = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], path.removeprefix(BASE))
    return api.request(method.upper(), where, example)


def test_the_shape_of_a_manifest_is_what_is_read() -> None:
    """What the description shows of it has the fields, and needs the fields, that the reader has and needs."""
    _compare("manifest", ManifestDocument(), profiles._MANIFEST)


def _compare(place: str, told: Schema, read: Schema) -> None:
    assert set(told.fields) == set(read.fields), place
    for name, field in told.fields.items():
        assert field.required == read.fields[name].required, f"{place}.{name}"
        inner, meant = _nested(field), _nested(read.fields[name])
        assert (inner is None) == (meant is None), f"{place}.{name}"
        if inner is not None and meant is not None and set(meant.fields) != {"en", "es"}:
            _compare(f"{place}.{name}", inner, meant)


def _nested(field: Any) -> Schema | None:
    one = field.inner if isinstance(field, fields.List) else field
    found: Schema | None = one.schema if isinstance(one, fields.Nested) else None
    return found


_INVALID = (400, 404, 422)
_BESIDES = ("{connection}", "orphans", "{domain}")
_CLIENT = {"name": "Platform", "redirect_uris": ["https://platform.example/back"]}
_NAMES: Mapping[str, str] = {
    "user": "ben@acme.example",
    "group": "Editors",
    "unit": "es",
    "role": "Mine",
    "type": "email",
    "item": "there",
    "profile": "crm",
    "account": "Umbrella",
    "webhook": "crm",
    "directory": "IdP",
    "entry": "1",
    "draft": "Rules",
    "revision": "1",
    "second": "2",
    "separation": "Four eyes",
}


def _planned(api: Api, title: str) -> str:
    rule = {"name": title, "group": {"name": "Editors"}, "grants": [{"role": "Mine"}]}
    api.create("/mapping/drafts", {"title": title, "document": {"rules": [rule]}})
    plan: str = api.create(f"/mapping/drafts/{title}/plan", {})["id"]
    return plan


def _orphan(api: Api) -> None:
    """A rule whose group was deleted and has come again."""
    group = api.create("/groups", {"display_name": "Marketing"})["id"]
    rule = {"name": "Marketing", "group": {"id": group}, "grants": [{"role": "Mine"}]}
    api.create("/mapping/drafts", {"title": "Marketing", "document": {"rules": [rule]}})
    done(api.post(f"/mapping/plans/{api.create('/mapping/drafts/Marketing/plan', {})['id']}/publish"))
    assert api.delete(f"/groups/{group}").status_code == 204
    api.create("/groups", {"display_name": "Marketing"})


def _connected(api: Api, database: Database) -> dict[str, str]:
    """A connection by which somebody has signed in."""
    made: str = api.create("/connections", {"name": "IdP", "protocol": "saml"})["id"]
    said = {"issuer": "https://idp.example", "subject": "u-17", "subject_format": None, "attributes": {}, "claims": {}}
    with database.writing() as session:
        sign_in_traces.record(
            session, Keys(KEY.encode()), api.account_id, made, reference="r", outcome="accepted", seen=said
        )
    return {"connection": made}


def _besides(path: str, api: Api, database: Database) -> dict[str, str]:
    """What only few examples name is made for them alone."""
    if "{connection}" in path:
        return _connected(api, database)
    if "orphans" in path:
        _orphan(api)
        return {}
    domain: str = api.create("/domains", {"name": "acme.example"})["id"]
    api.create("/connections", {"name": "Okta", "protocol": "saml"})
    return {"domain": domain}


_READER = {"name": "Reader", "allow": ["campaigns.email.view"]}
_BOSSES = {"name": "Bosses", "group": {"name": "Editors"}, "grants": [{"role": "Boss"}]}


def _furnished(app: Flask, database: Database, profile: str) -> tuple[Api, dict[str, str]]:
    """A caller in an account that has what examples name, and the ids of what has no name."""
    account_id = a_customer(database, profile=profile).account_id
    api, made = Api(app, an_api_key(database, account_id), account_id), dict[str, str]()
    for key, name in (("es", "Spain"), ("emea", "EMEA")):
        api.create("/business-units", {"key": key, "name": name})
    for name in ("ana@acme.example", "ben@acme.example"):
        api.create("/users", {"user_name": name})
    api.create("/groups", {"display_name": "Editors"})
    done(api.post("/groups/Editors/members", {"users": ["ana@acme.example"]}))
    api.create("/roles", {"name": "Mine"})
    api.post("/webhooks", {"name": "crm", "url": "https://crm.example/"})
    made["client"] = api.post("/oauth-clients", _CLIENT).json["id"]
    asked = {"kind": "wrong", "text": "I see too much."}
    made["request"] = api.create("/users/ana@acme.example/access-requests", asked)["id"]
    if profile == "exacttarget":
        api.create("/items", {"type": "email", "id": "there", "owner": "ana@acme.example"})
        done(api.post("/item-shares/email/there", {"units": ["emea"], "level": "read"}))
    else:
        given = {"role": "Marketer", "users": ["ana@acme.example"], "unit": "emea", "children": True}
        done(api.post("/assignments", given))
        done(api.put("/data-filters", {"record_type": "contact", "unit": "emea", "filter": "consent eq true"}))
        done(api.post("/configuration/apply", {"document": {"roles": [_READER]}}))
        document = {"roles": [_READER, {"name": "Boss", "privileged": True}], "mapping": {"rules": [_BOSSES]}}
        apart = ["campaigns.email.create", "campaigns.email.launch"]
        api.create("/separations", {"name": "Four eyes", "permissions": apart})
        done(api.post(f"/mapping/plans/{_planned(api, 'Published')}/publish"))
        made["plan"] = _planned(api, "Rules")
        made["proposal"] = api.post("/configuration/apply", {"document": document}).json["proposal"]
    return api, made
