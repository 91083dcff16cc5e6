"""Attributes that an account declares itself, at run time (RFC 7643 §3.3, §7): requirement 174.

One declaration, made by the same service as the command and the console use; everything here follows from it.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.compose import create_app
from app.db import Database
from app.services import schemas
from app.services.errors import Conflict
from app.services.schemas import Declared
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import CORE_USER, ENTERPRISE, Customer, a_customer, a_patch, a_second_directory, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal
from tests.protocol.test_query_counts import counted

OWN = "urn:acme:params:crew:2.0:User"

DOCUMENT: dict[str, Any] = {
    "id": OWN,
    "name": "Crew",
    "description": "What Acme knows about its crew.",
    "attributes": [
        {"name": "badge", "description": "The number on the badge.", "caseExact": True},
        {"name": "nick", "canonicalValues": ["Ace", "Bear"]},
        {"name": "cleared", "type": "boolean"},
        {"name": "level", "type": "integer"},
        {"name": "rate", "type": "decimal"},
        {"name": "joined", "type": "dateTime"},
        {"name": "photo", "type": "binary"},
        {"name": "page", "type": "reference", "referenceTypes": ["external"]},
        {"name": "tags", "multiValued": True},
        {"name": "scores", "type": "integer", "multiValued": True},
        {
            "name": "car",
            "type": "complex",
            "subAttributes": [{"name": "plate", "caseExact": True}, {"name": "seats", "type": "integer"}],
        },
        {
            "name": "desks",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "value"},
                {"name": "type"},
                {"name": "floor", "type": "integer"},
                {"name": "primary", "type": "boolean"},
            ],
        },
        {"name": "born", "mutability": "immutable"},
        {"name": "sealed", "mutability": "readOnly"},
        {"name": "pin", "mutability": "writeOnly"},
        {"name": "secret", "returned": "never", "type": "complex", "subAttributes": [{"name": "word"}]},
        {"name": "token", "returned": "always"},
        {"name": "notes", "returned": "request"},
    ],
}

FULL: dict[str, Any] = {
    "badge": "B-1",
    "nick": "Ace",
    "cleared": True,
    "level": 9_007_199_254_740_993,
    "rate": 12.5,
    "joined": "2024-05-01T12:00:00+02:00",
    "photo": "YWJj",
    "page": "https://acme.example/b-1",
    "tags": ["red", "Blue"],
    "scores": [3, 5],
    "car": {"plate": "AB 12", "seats": 4},
    "desks": [
        {"value": "3.14", "type": "own", "floor": 3, "primary": True},
        {"value": "1.1", "type": "shared", "floor": 1},
    ],
    "born": "Ulm",
}

Declare = Callable[..., Declared]


@pytest.fixture
def declare(database: Database, customer: Customer) -> Declare:
    """Declare a document for the customer, as the command does."""

    def act(document: Any, **options: bool) -> Declared:
        with database.writing() as session:
            return schemas.declare(session, customer.account_id, document, **options)

    return act


@pytest.fixture
def crew(declare: Declare, scim: Scim) -> Scim:
    """A client of a customer who has declared the crew's attributes."""
    declare(DOCUMENT)
    return scim


def the_user(scim: Scim, **data: Any) -> dict[str, Any]:
    """A new user with these attributes of the crew."""
    return scim.create("/Users", a_user() | ({OWN: data} if data else {}))


def found(scim: Scim, condition: str) -> int:
    """How many users a filter finds."""
    total: int = scim.read("/Users", filter=condition)["totalResults"]
    return total


def patched(scim: Scim, id: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """What the crew's data of a user are after a PATCH."""
    answer = scim.patch(f"/Users/{id}", a_patch(*operations))
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json.get(OWN, {})
    return data


def test_c174_an_account_without_declaration_is_as_before(scim: Scim) -> None:
    """RFC 7643 §3.3: an extension that nobody declared is ignored and not kept."""
    made = the_user(scim, badge="B-1")
    assert OWN not in made
    assert made["schemas"] == [CORE_USER]
    assert refusal(scim.get("/Users", filter=f'{OWN}:badge eq "B-1"')) == (400, "invalidFilter")
    assert refusal(scim.get(f"/Schemas/{OWN}")) == (404, None)


def test_c174_discovery_describes_what_was_declared(crew: Scim, stranger: Scim) -> None:
    """RFC 7643 §6, §7: /Schemas and /ResourceTypes show all characteristics, and only to this account."""
    shown = crew.read(f"/Schemas/{OWN.upper()}")
    assert (shown["id"], shown["name"], shown["description"]) == (OWN, "Crew", DOCUMENT["description"])
    described = {one["name"]: one for one in shown["attributes"]}
    assert list(described) == [one["name"] for one in DOCUMENT["attributes"]]
    assert described["badge"] == {
        "name": "badge",
        "type": "string",
        "multiValued": False,
        "description": "The number on the badge.",
        "required": False,
        "caseExact": True,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    assert described["nick"]["canonicalValues"] == ["Ace", "Bear"]
    assert described["page"]["referenceTypes"] == ["external"]
    assert [one["name"] for one in described["desks"]["subAttributes"]] == ["value", "type", "floor", "primary"]
    assert (described["pin"]["mutability"], described["pin"]["returned"]) == ("writeOnly", "never")
    assert OWN in [one["id"] for one in crew.read("/Schemas")["Resources"]]
    extensions = crew.read("/ResourceTypes/User")["schemaExtensions"]
    assert extensions == [{"schema": ENTERPRISE, "required": False}, {"schema": OWN, "required": False}]
    assert crew.read("/ResourceTypes/Group")["schemaExtensions"] == []
    assert refusal(stranger.get(f"/Schemas/{OWN}")) == (404, None)


def test_c174_what_discovery_shows_can_be_declared_again(crew: Scim, declare: Declare) -> None:
    """RFC 7643 §7: the representation of a schema is the declaration; twice the same changes nothing."""
    again = declare(crew.read(f"/Schemas/{OWN}"))
    assert not again.is_change
    assert again.revision == 1


def test_c174_every_type_is_kept_as_sent(crew: Scim) -> None:
    """RFC 7643 §2.3: create, read and replace keep each value; ``schemas`` names the extension when there is data."""
    made = the_user(crew, **FULL)
    assert made[OWN] == FULL
    assert made["schemas"] == [CORE_USER, OWN]
    path = f"/Users/{made['id']}"
    assert crew.read(path) == made
    replaced = crew.put(path, a_user(made["userName"]) | {OWN: {"level": 1, "born": "Ulm"}}).json
    assert replaced[OWN] == {"level": 1, "born": "Ulm"}
    assert crew.read(path)[OWN] == {"level": 1, "born": "Ulm"}
    assert the_user(crew)["schemas"] == [CORE_USER]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("badge", 5),
        ("badge", ["a"]),
        ("cleared", "perhaps"),
        ("level", 1.5),
        ("level", "1"),
        ("level", True),
        ("level", 2**63),
        ("rate", "much"),
        ("joined", "yesterday"),
        ("photo", "?"),
        ("page", "no uri"),
        ("scores", [1, "x"]),
        ("car", "AB 12"),
        ("car", {"seats": "four"}),
        ("desks", [{"value": "1", "primary": True}, {"value": "2", "primary": True}]),
    ],
)
def test_c174_a_value_of_another_type_is_refused(crew: Scim, name: str, value: Any) -> None:
    """RFC 7644 §3.12: invalidValue on create, replace and PATCH, naming the attribute."""
    user = the_user(crew, badge="B-1")
    path = f"/Users/{user['id']}"
    body = a_user() | {OWN: {name: value}}
    replace = {"op": "replace", "path": f"{OWN}:{name}", "value": value}
    for answer in (crew.post("/Users", body), crew.put(path, body), crew.patch(path, a_patch(replace))):
        assert refusal(answer) == (400, "invalidValue"), answer.text
        assert name in answer.json["detail"]
    assert crew.read(path) == user


def test_c174_names_have_no_case_and_unknown_ones_are_ignored(crew: Scim) -> None:
    """RFC 7643 §2.1; Entra sends extension data without its URN in ``schemas``, and capital names."""
    body = a_user() | {OWN.upper(): {"BADGE": "B-1", "Cleared": "True", "shoeSize": 44, "Car": {"PLATE": "X"}}}
    assert crew.create("/Users", body)[OWN] == {"badge": "B-1", "cleared": True, "car": {"plate": "X"}}


def test_c174_required_is_asked_of_whoever_sends_data_of_the_extension(declare: Declare, scim: Scim) -> None:
    """RFC 7643 §3.3: the extension itself is never required, so a provider that does not know it locks nobody out."""
    old = {"id": OWN, "attributes": [{"name": "badge"}]}
    declare(old)
    early = the_user(scim, badge="B-1")
    declare({"id": OWN, "attributes": [{"name": "badge"}, {"name": "unit", "required": True}]})
    without = the_user(scim)
    path = f"{OWN}:badge"
    for answer in (
        scim.post("/Users", a_user() | {OWN: {"badge": "B-2"}}),
        scim.post("/Users", a_user() | {OWN: {"badge": "B-2", "unit": " "}}),
        scim.patch(f"/Users/{without['id']}", a_patch({"op": "add", "path": path, "value": "B-2"})),
        scim.patch(f"/Users/{early['id']}", a_patch({"op": "replace", "path": path, "value": "B-2"})),
    ):
        assert refusal(answer) == (400, "invalidValue"), answer.text
        assert "unit" in answer.json["detail"]
    # Who was there before can still be deactivated.
    off = {"op": "replace", "value": {"active": False}}
    for user in (early, without):
        assert scim.patch(f"/Users/{user['id']}", a_patch(off)).json["active"] is False
    unit = {"op": "add", "path": f"{OWN}:unit", "value": "emea"}
    assert patched(scim, early["id"], unit) == {"badge": "B-1", "unit": "emea"}
    gone = scim.patch(f"/Users/{early['id']}", a_patch({"op": "remove", "path": f"{OWN}:unit"}))
    assert refusal(gone) == (400, "mutability")
    assert patched(scim, early["id"], {"op": "remove", "path": OWN}) == {}


def test_c174_mutability_is_kept(crew: Scim) -> None:
    """RFC 7643 §7: immutable is set once, readOnly is the server's, writeOnly is taken and never seen again."""
    user = the_user(crew, born="Ulm", sealed="no", pin="1234", secret={"word": "x"}, badge="B-1")
    path = f"/Users/{user['id']}"
    assert user[OWN] == {"born": "Ulm", "badge": "B-1"}
    other = {"op": "replace", "path": f"{OWN}:born", "value": "Bonn"}
    assert refusal(crew.patch(path, a_patch(other))) == (400, "mutability")
    assert refusal(crew.put(path, a_user() | {OWN: {"born": "Bonn"}})) == (400, "mutability")
    assert refusal(crew.patch(path, a_patch({"op": "remove", "path": OWN}))) == (400, "mutability")
    kept = crew.put(path, a_user(user["userName"])).json
    assert kept[OWN] == {"born": "Ulm"}
    sealed = {"op": "replace", "path": f"{OWN}:sealed", "value": "x"}
    assert refusal(crew.patch(path, a_patch(sealed))) == (400, "mutability")
    writes = [
        {"op": "add", "path": f"{OWN}:pin", "value": "5678"},
        {"op": "add", "path": f"{OWN}:secret", "value": {"word": "y"}},
        {"op": "replace", "path": f"{OWN}:secret.word", "value": "z"},
        {"op": "replace", "value": {f"{OWN}:pin": "9", "nickName": "N"}},
    ]
    assert patched(crew, user["id"], *writes) == {"born": "Ulm"}
    wide = crew.read(path, attributes=f"{OWN}:pin,{OWN}:secret,{OWN}")
    assert wide[OWN] == {"born": "Ulm"}
    for name in ("pin", "secret", "secret.word"):
        assert refusal(crew.get("/Users", filter=f'{OWN}:{name} eq "1234"')) == (400, "invalidFilter")
        assert refusal(crew.get("/Users", sortBy=f"{OWN}:{name}")) == (400, "invalidPath")


FIXED: dict[str, Any] = {
    "id": OWN,
    "attributes": [
        {"name": "born", "mutability": "immutable"},
        {"name": "joined", "type": "dateTime", "mutability": "immutable"},
        {"name": "tags", "multiValued": True, "mutability": "immutable"},
        {
            "name": "car",
            "type": "complex",
            "mutability": "immutable",
            "subAttributes": [{"name": "plate"}, {"name": "seats", "type": "integer"}],
        },
        {
            "name": "desks",
            "type": "complex",
            "multiValued": True,
            "mutability": "immutable",
            "subAttributes": [{"name": "value"}, {"name": "type"}, {"name": "primary", "type": "boolean"}],
        },
    ],
}
DESKS = [{"value": "1.1", "type": "own"}, {"value": "2.2", "type": "shared"}]


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        ("replace", 'desks[type eq "own"].value', "9.9"),
        ("replace", 'desks[type eq "own"].primary', True),
        ("replace", "desks.type", "own"),
        ("add", 'desks[type eq "own"]', {"primary": True}),
        ("replace", 'desks[type eq "own"]', {"value": "9.9"}),
        ("add", 'desks[type eq "spare"].value', "3.3"),
        ("add", "desks", [{"value": "1.1", "type": "own", "primary": True}]),
        ("add", "desks", [{"value": "3.3"}]),
        ("replace", "desks", DESKS[:1]),
        ("remove", 'desks[type eq "own"]', None),
        ("remove", 'desks[type eq "own"].type', None),
        ("remove", "desks", DESKS[:1]),
        ("remove", "desks", None),
        ("add", "car.seats", 4),
        ("replace", "car.plate", "X"),
        ("remove", "car.plate", None),
    ],
)
def test_c174_no_part_of_an_immutable_value_changes(
    declare: Declare, scim: Scim, op: str, path: str, value: Any
) -> None:
    """RFC 7643 §7, RFC 7644 §3.5.2: whatever points into the value, it stays as it is."""
    declare(FIXED)
    user = the_user(scim, desks=DESKS, car={"plate": "AB 12"})
    operation = {"op": op, "path": f"{OWN}:{path}"} | ({} if value is None else {"value": value})
    refused = scim.patch(f"/Users/{user['id']}", a_patch({"op": "add", "path": "title", "value": "CEO"}, operation))
    assert refusal(refused) == (400, "mutability"), refused.text
    assert scim.read(f"/Users/{user['id']}") == user


def test_c174_an_immutable_value_may_be_sent_again_as_it_compares(declare: Declare, scim: Scim) -> None:
    """RFC 7644 §3.5.1: it must match; text without case, times as moments, several in any order. It keeps its form."""
    declare(FIXED)
    data = {"born": "Ulm", "joined": "2024-05-01T12:00:00Z", "tags": ["a", "b"], "desks": DESKS}
    user = the_user(scim, **data)
    path = f"/Users/{user['id']}"
    again = {"born": "ULM", "joined": "2024-05-01T14:00:00+02:00", "tags": ["B", "a"], "desks": DESKS[::-1]}
    assert scim.put(path, user | {OWN: again}).json == user
    for name, value in again.items():
        assert scim.patch(path, a_patch({"op": "replace", "path": f"{OWN}:{name}", "value": value})).json == user
    other = {"born": "Bonn", "joined": "2024-05-01T14:00:00Z", "tags": ["a"], "desks": DESKS[:1]}
    for name, value in other.items():
        assert refusal(scim.put(path, user | {OWN: {name: value}})) == (400, "mutability")


def test_c174_operations_of_one_request_build_an_immutable_value(declare: Declare, scim: Scim) -> None:
    """Entra sends one operation for each part; whoever had no value gets all of it."""
    declare(FIXED)
    user = the_user(scim)
    parts = {
        'desks[type eq "own"].value': "1.1",
        'desks[type eq "own"].primary': "True",
        "car.plate": "X",
        "car.seats": 2,
    }
    operations = [{"op": "Add", "path": f"{OWN}:{path}", "value": value} for path, value in parts.items()]
    desk = {"type": "own", "value": "1.1", "primary": True}
    assert patched(scim, user["id"], *operations) == {"desks": [desk], "car": {"plate": "X", "seats": 2}}


BUILT: dict[str, Any] = {
    "id": OWN,
    "attributes": [
        {
            "name": "car",
            "type": "complex",
            "subAttributes": [{"name": "plate", "required": True}, {"name": "seats", "type": "integer"}],
        },
        {
            "name": "desks",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "value", "required": True},
                {"name": "type"},
                {"name": "floor", "type": "integer"},
            ],
        },
    ],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("car.seats", 4),
        ("car", {"seats": 4}),
        ('desks[type eq "own"].floor', 3),
        ('desks[type eq "own"]', {"floor": 3}),
        ("desks.floor", 3),
        ("desks", [{"type": "own"}]),
    ],
)
def test_c174_patch_leaves_no_value_without_a_part_that_is_required(
    declare: Declare, scim: Scim, path: str, value: Any
) -> None:
    """RFC 7643 §7 "required": a PATCH makes nothing that a create would refuse."""
    declare(BUILT)
    user = the_user(scim)
    refused = scim.patch(f"/Users/{user['id']}", a_patch({"op": "add", "path": f"{OWN}:{path}", "value": value}))
    assert refusal(refused) == (400, "invalidValue"), refused.text
    assert "is required" in refused.json["detail"]
    assert scim.read(f"/Users/{user['id']}") == user


def test_c174_patch_completes_a_value_in_any_order(declare: Declare, scim: Scim) -> None:
    """What all operations together leave is looked at, so a part may come last, or be there already."""
    declare(BUILT)
    user = the_user(scim)

    def add(path: str, value: Any) -> dict[str, Any]:
        return {"op": "add", "path": f"{OWN}:{path}", "value": value}

    first = [add("car.seats", 4), add('desks[type eq "own"].floor', 3)]
    last = [add("car.plate", "X"), add('desks[type eq "own"].value', "3.1")]
    desk = {"value": "3.1", "type": "own", "floor": 3}
    assert patched(scim, user["id"], *first, *last) == {"car": {"plate": "X", "seats": 4}, "desks": [desk]}
    merged = [
        add("car", {"seats": 2}),
        add('desks[type eq "own"]', {"floor": 5}),
        add('desks[value eq "9"]', {"floor": 9}),
    ]
    assert patched(scim, user["id"], *merged) == {
        "car": {"plate": "X", "seats": 2},
        "desks": [desk | {"floor": 5}, {"value": "9", "floor": 9}],
    }


def test_c174_a_part_that_is_required_later_leaves_values_as_they_are(declare: Declare, scim: Scim) -> None:
    """Whoever had an incomplete value before keeps it until it is changed."""
    parts: dict[str, Any] = {"name": "car", "type": "complex"}
    declare(
        {
            "id": OWN,
            "attributes": [{"name": "badge"}, parts | {"subAttributes": [{"name": "plate"}, {"name": "seats"}]}],
        }
    )
    user = the_user(scim, car={"seats": "4"})
    required = [{"name": "plate", "required": True}, {"name": "seats"}]
    declare({"id": OWN, "attributes": [{"name": "badge"}, parts | {"subAttributes": required}]})
    badge = {"op": "add", "path": f"{OWN}:badge", "value": "B-1"}
    assert patched(scim, user["id"], badge) == {"car": {"seats": "4"}, "badge": "B-1"}
    seats = {"op": "replace", "path": f"{OWN}:car.seats", "value": "5"}
    assert refusal(scim.patch(f"/Users/{user['id']}", a_patch(seats))) == (400, "invalidValue")


def test_c174_a_frozen_attribute_keeps_its_values(declare: Declare, scim: Scim) -> None:
    """RFC 7643 §7: made readOnly later, a value stays, is found, and no request of a directory changes it."""
    declare({"id": OWN, "attributes": [{"name": "badge"}, {"name": "nick"}]})
    user = the_user(scim, badge="B-1", nick="Ace")
    declare({"id": OWN, "attributes": [{"name": "badge", "mutability": "readOnly"}, {"name": "nick"}]})
    path = f"/Users/{user['id']}"
    assert scim.put(path, a_user(user["userName"]) | {OWN: {"badge": "B-2"}}).json[OWN] == {"badge": "B-1"}
    assert scim.put(path, a_user(user["userName"])).json["schemas"] == [CORE_USER, OWN]
    assert found(scim, f'{OWN}:badge eq "b-1"') == found(scim, f"{OWN} pr") == 1


def test_c174_returned_is_kept(crew: Scim) -> None:
    """RFC 7643 §7, RFC 7644 §3.9: always, default, request; URN-qualified whole, attribute or part."""
    user = the_user(crew, token="t", notes="n", badge="B-1", car={"plate": "X", "seats": 2})
    path = f"/Users/{user['id']}"
    default = {"token": "t", "badge": "B-1", "car": {"plate": "X", "seats": 2}}
    assert crew.read(path)[OWN] == default
    listed = crew.read("/Users", filter=f'{OWN}:badge eq "B-1"')["Resources"]
    assert [one[OWN] for one in listed] == [default]
    assert crew.read(path, attributes="userName")[OWN] == {"token": "t"}
    assert crew.read(path, attributes=f"{OWN}:notes")[OWN] == {"token": "t", "notes": "n"}
    assert crew.read(path, attributes=OWN)[OWN] == default | {"notes": "n"}
    assert crew.read(path, attributes=f"{OWN}:car.plate")[OWN] == {"token": "t", "car": {"plate": "X"}}
    assert crew.read(path, excludedAttributes=f"{OWN}:badge,{OWN}:token,{OWN}:car.seats")[OWN] == {
        "token": "t",
        "car": {"plate": "X"},
    }
    changed = crew.patch(path, a_patch({"op": "replace", "path": f"{OWN}:badge", "value": "B-2"}))
    assert "notes" not in changed.json[OWN]


def test_c174_what_is_returned_on_request_is_shown_to_who_wrote_it(crew: Scim) -> None:
    """RFC 7643 §7 returned: request, in the answer of POST, PUT and PATCH if the client gave it, and in no other."""
    user = the_user(crew, notes="n", badge="B-1")
    path, name = f"/Users/{user['id']}", user["userName"]
    assert user[OWN] == {"notes": "n", "badge": "B-1"}
    assert crew.read(path)[OWN] == crew.read("/Users")["Resources"][0][OWN] == {"badge": "B-1"}

    def shown(operation: dict[str, Any], query: str = "") -> Any:
        answer = crew.patch(path + query, a_patch(operation))
        assert answer.status_code == 200, answer.text
        return answer.json.get(OWN, {}).get("notes")

    assert crew.put(path, a_user(name) | {OWN: {"notes": "m"}}).json[OWN] == {"notes": "m"}
    assert "notes" not in crew.put(path, a_user(name) | {OWN: {"badge": "B-2"}}).json[OWN]
    assert shown({"op": "add", "path": f"{OWN}:NOTES", "value": "o"}) == "o"
    assert shown({"op": "add", "path": f"{OWN}:notes", "value": "o"}) == "o"
    assert shown({"op": "replace", "path": OWN, "value": {"notes": "p"}}) == "p"
    assert shown({"op": "replace", "path": f"{OWN}:", "value": {"badge": "B-3"}}) is None
    assert shown({"op": "replace", "value": {OWN: {"Notes": "q"}}}) == "q"
    assert shown({"op": "replace", "value": {f"{OWN}:notes": "r", "unknown": [{"notes": [[]]}]}}) == "r"
    assert shown({"op": "replace", "value": {"title": "x", OWN: {"badge": "B-4"}}}) is None
    assert shown({"op": "replace", "path": "title", "value": "notes"}) is None
    notes = {"op": "replace", "path": f"{OWN}:notes", "value": "s"}
    assert shown(notes, "?attributes=userName") is None
    assert shown(notes, f"?attributes={OWN}:notes") == "s"
    assert shown(notes, f"?excludedAttributes={OWN}:notes") is None
    assert shown(notes, "?excludedAttributes=title") == "s"
    assert shown({"op": "replace", "path": "title", "value": "y"}, f"?attributes={OWN}:notes") == "s"
    made = crew.post("/Users?excludedAttributes=" + OWN, a_user() | {OWN: {"notes": "n"}})
    assert (made.status_code, OWN in made.json) == (201, False)
    assert shown({"op": "remove", "path": f"{OWN}:notes"}) is None


def test_c174_parts_that_are_returned_on_request_are_shown_to_who_wrote_them(declare: Declare, scim: Scim) -> None:
    """RFC 7643 §7 returned: request, of a sub-attribute."""
    subs = [{"name": "type"}, {"name": "floor"}, {"name": "code", "returned": "request"}]
    desks = {"name": "desks", "type": "complex", "multiValued": True, "subAttributes": subs}
    declare({"id": OWN, "attributes": [desks, {"name": "badge"}]})
    user = the_user(scim, desks=[{"type": "own", "floor": "3", "code": "1234"}])
    path = f"/Users/{user['id']}"
    assert user[OWN]["desks"] == [{"type": "own", "floor": "3", "code": "1234"}]
    hidden = [{"type": "own", "floor": "3"}]
    assert scim.read(path)[OWN]["desks"] == hidden
    assert patched(scim, user["id"], {"op": "add", "path": f"{OWN}:badge", "value": "B-1"})["desks"] == hidden
    at = f'{OWN}:desks[type eq "own"]'
    for operation, shows in (
        ({"path": f"{at}.floor", "value": "4"}, False),
        ({"path": f"{at}.code", "value": "5"}, True),
        ({"path": at, "value": {"floor": "6"}}, False),
        ({"path": at, "value": {"Code": "7"}}, True),
        ({"path": f"{OWN}:desks", "value": [{"type": "own"}]}, False),
        ({"path": f"{OWN}:desks", "value": [{"type": "own", "code": "8"}]}, True),
        ({"value": {OWN: {"desks": [{"type": "own"}, {"code": "9"}]}}}, True),
    ):
        found = patched(scim, user["id"], {"op": "replace"} | operation)["desks"]
        assert any("code" in desk for desk in found) is shows, operation


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ('badge eq "B-1"', 1),
        ('badge eq "b-1"', 0),
        ('badge ne "B-1"', 2),
        ('nick eq "aCE"', 1),
        ('nick co "c"', 1),
        ('nick sw "AC"', 1),
        ('nick ew "ce"', 1),
        ('nick gt "abc"', 2),
        ("nick pr", 2),
        ("cleared eq true", 1),
        ('cleared eq "False"', 1),
        ("cleared ne true", 2),
        ("level eq 9007199254740993", 1),
        ("level eq 9007199254740992", 0),
        ("level gt 9007199254740992", 1),
        ("level le 7", 1),
        ("rate ge 12.5", 1),
        ("rate lt 12.5", 1),
        ("rate lt 1e30", 2),
        ("rate gt -1.5E+308", 2),
        ("rate eq 12345678901234567890", 0),
        ('joined eq "2024-05-01T10:00:00.000Z"', 1),
        ('joined lt "2024-05-01T10:00:00Z"', 1),
        ('photo eq "YWJj"', 1),
        ('page sw "https://acme"', 1),
        ('tags eq "RED"', 1),
        ('tags[value eq "blue"]', 1),
        ("scores gt 4", 1),
        ("scores[value gt 3 and value lt 5]", 0),
        ("car pr", 1),
        ('car.plate eq "AB 12"', 1),
        ("car.seats ge 4", 1),
        ('car[plate sw "AB" and seats eq 4]', 1),
        ('desks[type eq "own" and floor eq 3]', 1),
        ('desks[type eq "own" and floor eq 1]', 0),
        ('desks[type eq "shared"].floor eq 1', 1),
        ('desks co "3.1"', 1),
        ("desks.floor lt 2", 1),
    ],
)
def test_c174_filters_work_on_every_type(filtered: Scim, condition: str, hits: int) -> None:
    """RFC 7644 §3.4.2.2: all operators that the declared type has, URN-qualified, with or without case as declared."""
    assert found(filtered, f"{OWN}:{condition}") == hits
    assert found(filtered, f"{OWN.upper()}:{condition} and userName pr") == hits


@pytest.fixture(scope="module")
def filtered(app: Flask, database: Database) -> Scim:
    """Three people: one with everything, one with little, one without any of it."""
    customer = a_customer(database)
    with database.writing() as session:
        schemas.declare(session, customer.account_id, DOCUMENT)
    scim = Scim(app.test_client(), customer.token)
    the_user(scim, **FULL)
    the_user(scim, nick="bear", cleared=False, level=-7, rate=1, joined="2020-01-01T00:00:00Z")
    the_user(scim)
    return scim


@pytest.mark.parametrize(
    "condition",
    ["level co 4", "cleared gt true", 'photo gt "a"', 'level eq "x"', "shoeSize pr", "car eq 1", "car.x pr"],
)
def test_c174_filters_that_do_not_fit_are_refused(filtered: Scim, condition: str) -> None:
    """RFC 7644 §3.4.2.2: invalidFilter for an operator or literal that the type does not have, or an unknown name."""
    assert refusal(filtered.get("/Users", filter=f"{OWN}:{condition}")) == (400, "invalidFilter")


def test_c174_bare_names_belong_to_the_core(filtered: Scim) -> None:
    """RFC 7644 §3.10: an attribute of an extension is named with its URN."""
    assert refusal(filtered.get("/Users", filter='badge eq "B-1"')) == (400, "invalidFilter")


def test_c174_a_whole_extension_can_be_asked_for(filtered: Scim) -> None:
    """RFC 7643 §3: ``schemas`` names the extension exactly when somebody has data of it, and so say filters."""
    assert found(filtered, f"{OWN} pr") == found(filtered, f'schemas eq "{OWN}"') == 2


@pytest.mark.parametrize(
    "name", ["nick", "cleared", "level", "rate", "joined", "page", "scores", "car.seats", "desks.floor"]
)
def test_c174_sorting_and_cursors_follow_the_type(crew: Scim, name: str) -> None:
    """RFC 7644 §3.4.2.3, RFC 9865: ascending and descending, page by page; who has no value comes last, or first."""
    values: dict[str, list[Any]] = {
        "nick": ["b", "A", "c"],
        "cleared": [True, False, True],
        "level": [10, 9, -1],
        "rate": [1.5, 10, 0.25],
        "joined": ["2024-01-01T00:00:00+05:00", "2024-01-01T00:00:00Z", "2020-01-01T00:00:00Z"],
        "page": ["urn:b", "urn:a", "urn:C"],
        "scores": [[2], [1, 9], [3]],
        "car.seats": [{"seats": 4}, {"seats": 2}, {"seats": 12}],
        "desks.floor": [[{"value": "a", "floor": 2}], [{"value": "b", "floor": 1, "primary": True}], [{"floor": 30}]],
    }
    ranks = {"nick": [1, 0, 2], "joined": [1, 2, 0], "page": [2, 1, 0], "level": [2, 1, 0], "rate": [1, 2, 0]}
    ids = [the_user(crew, **{name.partition(".")[0]: value})["id"] for value in values[name]]
    nobody = the_user(crew)["id"]
    order = ranks.get(name, [1, 0, 2])
    expected = [ids[place] for place in sorted(range(3), key=order.__getitem__)]
    if name == "cleared":
        expected = [ids[1], ids[0], ids[2]]

    def walked(direction: str) -> list[str]:
        seen: list[str] = []
        cursor = ""
        while True:
            page = crew.read("/Users", sortBy=f"{OWN}:{name}", sortOrder=direction, count=2, cursor=cursor)
            seen += [one["id"] for one in page["Resources"]]
            if "nextCursor" not in page:
                return seen
            cursor = page["nextCursor"]

    whole = crew.read("/Users", sortBy=f"{OWN}:{name}")["Resources"]
    assert [one["id"] for one in whole] == walked("ascending") == [*expected, nobody]
    backwards = walked("descending")
    assert backwards[0] == nobody
    assert set(backwards) == {nobody, *ids}
    if name != "cleared":
        assert backwards == [nobody, *expected[::-1]]


PATCHES: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([{"op": "add", "path": f"{OWN}:badge", "value": "N"}], {"badge": "N"}),
    ([{"op": "Replace", "path": f"{OWN.upper()}:BADGE", "value": "N"}], {"badge": "N"}),
    ([{"op": "replace", "path": f"{OWN}.badge", "value": "N"}], {"badge": "N"}),
    ([{"op": "add", "path": f"{OWN}:cleared", "value": "False"}], {"cleared": False}),
    ([{"op": "add", "path": OWN, "value": {"badge": "N", "level": 2}}], {"badge": "N", "level": 2}),
    ([{"op": "replace", "value": {OWN: {"badge": "N"}}}], {"badge": "N"}),
    (
        [{"op": "replace", "value": {f"{OWN}:badge": "N", f"{OWN}:car.seats": 5}}],
        {"badge": "N", "car": {"plate": "AB 12", "seats": 5}},
    ),
    ([{"op": "add", "path": f"{OWN}:car", "value": {"seats": 5}}], {"car": {"plate": "AB 12", "seats": 5}}),
    ([{"op": "replace", "path": f"{OWN}:car.plate", "value": "Z"}], {"car": {"plate": "Z", "seats": 4}}),
    ([{"op": "remove", "path": f"{OWN}:car.plate"}], {"car": {"seats": 4}}),
    ([{"op": "remove", "path": f"{OWN}:car"}], {"car": None}),
    ([{"op": "add", "path": f"{OWN}:tags", "value": ["RED", "green"]}], {"tags": ["red", "Blue", "green"]}),
    ([{"op": "replace", "path": f"{OWN}:tags", "value": ["x"]}], {"tags": ["x"]}),
    ([{"op": "remove", "path": f"{OWN}:tags", "value": ["red"]}], {"tags": ["Blue"]}),
    ([{"op": "remove", "path": f'{OWN}:tags[value eq "red"]'}], {"tags": ["Blue"]}),
    ([{"op": "remove", "path": f"{OWN}:scores[value gt 4]"}], {"scores": [3]}),
    ([{"op": "remove", "path": f"{OWN}:tags"}], {"tags": None}),
    (
        [{"op": "replace", "path": f'{OWN}:desks[type eq "own"].floor', "value": 7}],
        {"desks": [{"value": "3.14", "type": "own", "floor": 7, "primary": True}, FULL["desks"][1]]},
    ),
    ([{"op": "remove", "path": f'{OWN}:desks[type eq "own"]'}], {"desks": [FULL["desks"][1]]}),
    (
        [{"op": "add", "path": f'{OWN}:desks[type eq "home"].value', "value": "H"}],
        {"desks": [*FULL["desks"], {"type": "home", "value": "H"}]},
    ),
    (
        [{"op": "replace", "path": f'{OWN}:desks[type eq "shared"].primary', "value": True}],
        {"desks": [FULL["desks"][0] | {"primary": False}, FULL["desks"][1] | {"primary": True}]},
    ),
    ([{"op": "add", "path": f"{OWN}:badge", "value": "1"}, {"op": "remove", "path": f"{OWN}:badge"}], {"badge": None}),
    ([{"op": "replace", "path": f"{OWN}:level", "value": None}], {"level": None}),
]


@pytest.mark.parametrize(("operations", "changes"), PATCHES, ids=[str(number) for number in range(len(PATCHES))])
def test_c174_every_form_of_patch_works(crew: Scim, operations: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    """RFC 7644 §3.5.2: by URN, name, part, value path and without a path; filters find what came of it."""
    user = the_user(crew, **FULL)
    expected = {name: value for name, value in (FULL | changes).items() if value is not None}
    assert patched(crew, user["id"], *operations) == expected
    assert crew.read(f"/Users/{user['id']}")[OWN] == expected
    for name in changes:
        assert found(crew, f"{OWN}:{name} pr") == (1 if name in expected else 0)


def test_c174_patch_of_what_is_not_declared_is_refused(crew: Scim) -> None:
    """RFC 7644 §3.5.2: invalidPath for a path; ignored inside a value without one, as for core attributes."""
    user = the_user(crew, badge="B-1")
    path = f"/Users/{user['id']}"
    for name in (f"{OWN}:shoeSize", f"{OWN}:car.wheels", "urn:acme:other:badge"):
        assert refusal(crew.patch(path, a_patch({"op": "add", "path": name, "value": 1}))) == (400, "invalidPath")
    assert patched(crew, user["id"], {"op": "add", "value": {f"{OWN}:shoeSize": 1}}) == {"badge": "B-1"}


def test_c174_bulk_and_search_know_the_extension(crew: Scim) -> None:
    """RFC 7644 §3.7, §3.4.3: operations of a bulk, and .search on everything."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(level), "data": a_user() | {OWN: {"level": level}}}
        for level in range(3)
    ]
    wrong = {"method": "POST", "path": "/Users", "bulkId": "x", "data": a_user() | {OWN: {"level": "x"}}}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [*operations, wrong]}
    answer = crew.post("/Bulk", body)
    assert [one["status"] for one in answer.json["Operations"]] == ["201", "201", "201", "400"]
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": f"{OWN}:level ge 1"}
    assert crew.post("/.search", search).json["totalResults"] == 2


def test_c174_a_change_counts_at_once_in_every_process(
    database_url: str, database: Database, customer: Customer, scim: Scim, declare: Declare
) -> None:
    """What one process declares, all others know with their next request, in each directory of the account."""
    other_app = create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error"))
    other = Scim(other_app.test_client(), a_second_directory(database, customer))
    for number in range(3):
        attributes = [{"name": f"a{index}"} for index in range(number + 1)]
        declare({"id": OWN, "attributes": attributes})
        for client in (other, scim):
            assert the_user(client, **{f"a{number}": "x"})[OWN] == {f"a{number}": "x"}
            assert found(client, f'{OWN}:a{number} eq "X"') == 1
            assert len(client.read(f"/Schemas/{OWN}")["attributes"]) == number + 1
    with database.writing() as session:
        schemas.remove(session, customer.account_id, OWN, drop_values=True)
    for client in (other, scim):
        assert refusal(client.get("/Users", filter=f"{OWN}:a0 pr")) == (400, "invalidFilter")
        assert all(one["schemas"] == [CORE_USER] and OWN not in one for one in client.read("/Users")["Resources"])


def test_c174_declared_attributes_cost_readers_nothing(app: Flask, scim: Scim, declare: Declare) -> None:
    """Reading costs the same statements before and after a declaration, once a process knows it; writing one more."""
    engine = app.extensions["database"].engine
    user = the_user(scim)

    def costs() -> tuple[int, int]:
        scim.read("/Users")
        with counted(engine) as reads:
            scim.read(f"/Users/{user['id']}")
            scim.read("/Users", filter='userName eq "nobody"')
        title = {"op": "replace", "path": "title", "value": str(len(reads))}
        assert scim.patch(f"/Users/{user['id']}", a_patch(title | {"value": title["value"] + "x"})).status_code == 200
        with counted(engine) as writes:
            assert scim.patch(f"/Users/{user['id']}", a_patch(title)).status_code == 200
        return len(reads), len(writes)

    reads, writes = costs()
    declare(DOCUMENT)
    assert costs() == (reads, writes + 1)


def test_c174_nothing_is_written_in_terms_of_a_declaration_that_is_gone(
    app: Flask, database: Database, customer: Customer, scim: Scim, declare: Declare
) -> None:
    """A writer that comes while an attribute is being removed waits, and then does not know it any more."""
    declare(DOCUMENT)
    user = the_user(scim, badge="B-1")
    started, answers = threading.Event(), list[int]()

    def write() -> None:
        client = Scim(app.test_client(), customer.token)
        started.set()
        level = {"op": "add", "path": f"{OWN}:level", "value": 5}
        answers.append(client.patch(f"/Users/{user['id']}", a_patch(level)).status_code)
        answers.append(client.post("/Users", a_user() | {OWN: {"level": 6, "badge": "B-2"}}).status_code)

    writer = threading.Thread(target=write, daemon=True)
    with database.write_session() as session:
        schemas.remove(session, customer.account_id, OWN, "level")
        writer.start()
        assert started.wait(5)
        writer.join(timeout=0.5)
        assert answers == [], "the writer did not wait"
        session.commit()
    writer.join(timeout=20)
    assert answers == [400, 201]
    assert [one.get(OWN) for one in scim.read("/Users")["Resources"]] == [{"badge": "B-1"}, {"badge": "B-2"}]


def test_c174_a_removal_waits_for_writers_under_way(
    app: Flask, database: Database, customer: Customer, declare: Declare, scim: Scim
) -> None:
    """What a writer has stored but not committed is seen by the removal, so no value is left behind."""
    declare(DOCUMENT)
    refused = list[str]()

    def remove() -> None:
        try:
            with database.writing() as session:
                schemas.remove(session, customer.account_id, OWN, "level")
        except Conflict as error:
            refused.append(str(error))

    remover = threading.Thread(target=remove, daemon=True)
    with database.write_session() as session:
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        service.create(store, "User", a_user() | {OWN: {"level": 5}})
        remover.start()
        remover.join(timeout=0.5)
        assert remover.is_alive(), "the removal did not wait"
        session.commit()
    remover.join(timeout=20)
    assert refused
    assert "level: 1 person has a value" in refused[0]
    assert found(scim, f"{OWN}:level eq 5") == 1


def test_c174_nobody_waits_for_a_body_under_way(
    app: Flask, database: Database, customer: Customer, declare: Declare, scim: Scim
) -> None:
    """A writer holds the declaration only once its body has arrived, and reads the body in its newest terms."""
    declare({"id": OWN, "attributes": [{"name": "badge"}]})
    body = orjson.dumps(a_user() | {OWN: {"badge": "B-1", "nick": "Ace"}})

    class Slow(io.RawIOBase):
        """A body that arrives after somebody else has written."""

        def __init__(self) -> None:
            self._left = body

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            if self._left == body:
                declare({"id": OWN, "attributes": [{"name": "badge"}, {"name": "nick"}]})
            part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
            buffer[: len(part)] = part
            return len(part)

    environ = EnvironBuilder("/scim/v2/Users", method="POST", headers=scim.headers).get_environ()
    environ |= {
        "wsgi.input": io.BufferedReader(Slow()),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/scim+json",
    }
    content, status, _ = run_wsgi_app(app, environ)
    assert status.startswith("201")
    assert orjson.loads(b"".join(content))[OWN] == {"badge": "B-1", "nick": "Ace"}
