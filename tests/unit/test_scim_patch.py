"""PATCH of attributes (RFC 7644 §3.5.2), with the seven habits of Entra and the forms of Okta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from scim.attributes import Mutability, ResourceType, Schema
from scim.declare import text
from scim.errors import Busy, InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ScimError, TooLarge
from scim.errors import Mutability as MutabilityError
from scim.patch import PATCH_URN, apply, read_operations
from scim.schemas import ENTERPRISE_URN, RESOURCE_TYPES, USER_URN
from scim.store import Reference

USER = RESOURCE_TYPES["User"]
MANAGER = f"{ENTERPRISE_URN}:manager"

BASE: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "u1",
    "userName": "ada",
    "active": True,
    "title": "CTO",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [
        {"value": "w@x", "type": "work", "primary": True, "display": "W"},
        {"value": "h@x", "type": "home"},
    ],
    ENTERPRISE_URN: {"department": "R", "manager": {"value": "m1"}},
}


def op(verb: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    """One operation; ``value`` is left out if it is not given."""
    made: dict[str, Any] = {"op": verb} | ({"path": path} if path is not None else {})
    return made | ({"value": value[0]} if value else {})


def no_relation() -> Iterable[Reference]:
    raise AssertionError("nobody should read the relation")


def patched(*operations: dict[str, Any], base: dict[str, Any] = BASE) -> dict[str, Any]:
    """The resource after the operations; unchanged ones give ``base`` itself back."""
    before = repr(base)
    done = apply(USER, base, read_operations({"schemas": [PATCH_URN], "Operations": list(operations)}), no_relation)
    assert repr(base) == before, "the given resource was modified"
    assert done.members is None
    return base if done.resource is None else done.resource


def changes(*operations: dict[str, Any]) -> dict[str, Any]:
    """What differs from the base: the new values, None for what is gone."""
    after = patched(*operations)
    return {name: after.get(name) for name in {*BASE, *after} if name != "id" and after.get(name) != BASE.get(name)}


WORK, HOME = BASE["emails"]


@pytest.mark.parametrize("verb", ["add", "replace", "Add", "REPLACE"])
@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", "CEO", {"title": "CEO"}),
        ("nickName", "A", {"nickName": "A"}),
        ("TITLE", "CEO", {"title": "CEO"}),
        (f"{USER_URN}:title", "CEO", {"title": "CEO"}),
        ("active", False, {"active": False}),
        ("active", "False", {"active": False}),
        ("name.givenName", "B", {"name": {"givenName": "B", "familyName": "Lovelace"}}),
        ("name", {"givenName": "B"}, {"name": {"givenName": "B", "familyName": "Lovelace"}}),
        ("Name.GIVENNAME", "B", {"name": {"givenName": "B", "familyName": "Lovelace"}}),
        (f"{ENTERPRISE_URN}:department", "S", {ENTERPRISE_URN: {"department": "S", "manager": {"value": "m1"}}}),
        (ENTERPRISE_URN, {"department": "S"}, {ENTERPRISE_URN: {"department": "S", "manager": {"value": "m1"}}}),
        (MANAGER, "m2", {ENTERPRISE_URN: {"department": "R", "manager": {"value": "m2"}}}),
        (MANAGER, {"value": "m2"}, {ENTERPRISE_URN: {"department": "R", "manager": {"value": "m2"}}}),
        (MANAGER, [{"value": "m2"}], {ENTERPRISE_URN: {"department": "R", "manager": {"value": "m2"}}}),
        (f"{MANAGER}.value", "m2", {ENTERPRISE_URN: {"department": "R", "manager": {"value": "m2"}}}),
        (f"{ENTERPRISE_URN}.manager", "m2", {ENTERPRISE_URN: {"department": "R", "manager": {"value": "m2"}}}),
        (f'{MANAGER}[value eq "m1"].value', "m2", {ENTERPRISE_URN: {"department": "R", "manager": {"value": "m2"}}}),
        ('emails[type eq "work"].value', "n@x", {"emails": [WORK | {"value": "n@x"}, HOME]}),
        ('emails[type eq "WORK"].Value', "n@x", {"emails": [WORK | {"value": "n@x"}, HOME]}),
        ('emails[primary eq "True"].value', "n@x", {"emails": [WORK | {"value": "n@x"}, HOME]}),
        ('emails[type eq "other"].value', "o@x", {"emails": [WORK, HOME, {"type": "other", "value": "o@x"}]}),
        ('emails[not (type eq "work")].display', "H", {"emails": [WORK, HOME | {"display": "H"}]}),
        ("emails.display", "D", {"emails": [WORK | {"display": "D"}, HOME | {"display": "D"}]}),
        ("roles.value", "admin", {"roles": [{"value": "admin"}]}),
        ('roles[primary eq "True"].value', "admin", {"roles": [{"primary": True, "value": "admin"}]}),
        (
            'addresses[type eq "Work" and country eq "DE"].locality',
            "Bonn",
            {"addresses": [{"type": "Work", "country": "DE", "locality": "Bonn"}]},
        ),
        (None, {"title": "CEO", "nickName": "A"}, {"title": "CEO", "nickName": "A"}),
        (None, {"name": {"givenName": "B"}}, {"name": {"givenName": "B", "familyName": "Lovelace"}}),
        (None, {"name.givenName": "B"}, {"name": {"givenName": "B", "familyName": "Lovelace"}}),
        (None, {'emails[type eq "work"].value': "n@x"}, {"emails": [WORK | {"value": "n@x"}, HOME]}),
        (None, {USER_URN: {"title": "CEO"}}, {"title": "CEO"}),
        (
            None,
            {ENTERPRISE_URN: {"department": "S", "manager": "m2"}},
            {ENTERPRISE_URN: {"department": "S", "manager": {"value": "m2"}}},
        ),
        (
            None,
            {f"{ENTERPRISE_URN}:department": "S"},
            {ENTERPRISE_URN: {"department": "S", "manager": {"value": "m1"}}},
        ),
        (None, {"shoeSize": 43, "title": "CEO"}, {"title": "CEO"}),
        (None, {"id": "u1", "meta": {"version": "x"}, "schemas": [USER_URN], "title": "CEO"}, {"title": "CEO"}),
    ],
)
def test_add_and_replace_set_values(verb: str, path: str | None, value: Any, expected: dict[str, Any]) -> None:
    """Where both verbs mean the same: single values, parts, and entries that Entra wants made."""
    assert changes(op(verb, path, value)) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (op("add", "emails", [{"value": "o@x", "type": "other"}]), [WORK, HOME, {"value": "o@x", "type": "other"}]),
        (op("add", "emails", {"value": "o@x"}), [WORK, HOME, {"value": "o@x"}]),
        (op("add", "emails", [{"value": "H@X", "type": "home", "display": "H"}]), 2),
        (
            op("add", "emails", [{"value": "o@x", "primary": True}]),
            [WORK | {"primary": False}, HOME, {"value": "o@x", "primary": True}],
        ),
        (op("add", 'emails[type eq "home"]', {"display": "H"}), [WORK, HOME | {"display": "H"}]),
        (op("add", 'emails[type eq "other"]', {"value": "o@x"}), [WORK, HOME, {"type": "other", "value": "o@x"}]),
        (op("add", 'emails[type eq "home"].primary', "True"), [WORK | {"primary": False}, HOME | {"primary": True}]),
        (op("replace", 'emails[type eq "home"].primary', True), [WORK | {"primary": False}, HOME | {"primary": True}]),
        (op("replace", "emails", [{"value": "o@x"}]), [{"value": "o@x"}]),
        (op("replace", "emails", []), None),
        (op("replace", "emails", None), None),
        (op("replace", None, {"emails": []}), None),
        (
            op("replace", 'emails[type eq "work"]', {"value": "n@x"}),
            [{"type": "work", "value": "n@x"}, HOME],
        ),
        (op("replace", 'emails[type eq "work"]', {"value": "n@x", "type": "other"}), 2),
        (
            op("replace", 'emails[type eq "work"].display', None),
            [{"value": "w@x", "type": "work", "primary": True}, HOME],
        ),
        (op("remove", "emails"), None),
        (op("remove", 'emails[type eq "work"]'), [HOME]),
        (op("remove", 'emails[value ew "@x"]'), None),
        (op("remove", 'emails[type eq "work"].display'), [{"value": "w@x", "type": "work", "primary": True}, HOME]),
        (op("remove", "emails", [{"value": "h@x"}]), [WORK]),
        (op("remove", "emails.display"), [{"value": "w@x", "type": "work", "primary": True}, HOME]),
    ],
    ids=lambda value: str(value)[:110] if isinstance(value, dict) else "",
)
def test_multi_valued_attributes(operation: dict[str, Any], expected: Any) -> None:
    """RFC 7644 §3.5.2.1 to §3.5.2.3: append, replace as a whole or by condition, remove."""
    emails = changes(operation)["emails"]
    assert len(emails) == expected if isinstance(expected, int) else emails == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (op("remove", "title"), {"title": None}),
        (op("remove", "name"), {"name": None}),
        (op("remove", "name.givenName"), {"name": {"familyName": "Lovelace"}}),
        (op("remove", MANAGER), {ENTERPRISE_URN: {"department": "R"}}),
        (op("remove", f"{MANAGER}.value"), {ENTERPRISE_URN: {"department": "R"}}),
        (op("remove", ENTERPRISE_URN), {ENTERPRISE_URN: None, "schemas": [USER_URN]}),
        (op("replace", "title", None), {"title": None}),
        (op("replace", "title", ""), {"title": None}),
        (op("replace", "name", None), {"name": None}),
        (op("replace", "name", {"givenName": None}), {"name": {"familyName": "Lovelace"}}),
        (op("replace", None, {"title": None}), {"title": None}),
    ],
    ids=lambda value: str(value)[:110],
)
def test_values_are_cleared(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    """RFC 7644 §3.5.2.2: what loses its last value is unassigned, and the extension's URN goes with its data."""
    assert changes(operation) == expected


@pytest.mark.parametrize(
    "operation",
    [
        op("add", "title", "CTO"),
        op("replace", "title", "CTO"),
        op("add", "title", None),
        op("add", "emails", [{"value": "w@x", "type": "work"}]),
        op("add", "emails", [{"value": "W@X"}]),
        op("add", "emails", []),
        op("remove", "nickName"),
        op("remove", "roles"),
        op("remove", 'emails[type eq "other"]'),
        op("remove", 'emails[type eq "other"].value'),
        op("remove", "emails", []),
        op("remove", "emails", [{"value": "nobody"}]),
        op("remove", f'{MANAGER}[value eq "other"]'),
        op("replace", "password", "s3cret"),
        op("replace", None, {"password": "s3cret"}),
        op("replace", None, {"id": "u1"}),
        op("add", "schemas", [ENTERPRISE_URN]),
        op("replace", None, {}),
        op("replace", None, {"shoeSize": 43}),
        op("replace", f"{MANAGER}", {"displayName": "Boss", "value": "m1"}),
    ],
    ids=lambda value: str(value)[:110],
)
def test_what_is_so_already_changes_nothing(operation: dict[str, Any]) -> None:
    """RFC 7644 §3.5.2.1: no change, so no new version."""
    assert patched(operation) is BASE


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [
        (op("remove"), NoTarget),
        (op("remove", None, {"title": "x"}), NoTarget),
        (op("remove", USER_URN), NoTarget),
        (op("replace", 'emails[type eq "other"]', {"value": "x"}), NoTarget),
        (op("replace", 'emails[value eq "nobody"].type', "home"), NoTarget),
        (op("replace", 'emails[value co "nobody"].type', "home"), NoTarget),
        (op("add", 'emails[value co "nobody"].type', "home"), NoTarget),
        (op("add", 'emails[value co "nobody"]', {"type": "home"}), NoTarget),
        (op("replace", f'{MANAGER}[value eq "other"].value', "x"), NoTarget),
        (op("replace", "unknown", "x"), InvalidPath),
        (op("replace", "name.unknown", "x"), InvalidPath),
        (op("remove", "userName.value"), InvalidPath),
        (op("replace", "emails[", "x"), InvalidPath),
        (op("replace", "emails[]", "x"), InvalidPath),
        (op("replace", 'emails[type eq "work"', "x"), InvalidPath),
        (op("replace", "emails[type eq work].value", "x"), InvalidPath),
        (op("replace", 'emails[unknown eq "x"].value', "x"), InvalidPath),
        (op("replace", 'emails[type eq "work"].unknown', "x"), InvalidPath),
        (op("replace", 'emails.value[type eq "work"]', "x"), InvalidPath),
        (op("replace", 'title[value eq "x"]', "x"), InvalidPath),
        (op("replace", "emails[0].value", "x"), InvalidPath),
        (op("replace", 'emails[type eq "a"] or title', "x"), InvalidPath),
        (op("replace", "urn:unknown:User:x", "x"), InvalidPath),
        (op("replace", "name..x", "x"), InvalidPath),
        (op("replace", " ", "x"), InvalidPath),
        (op("replace", None, {'emails[type eq "x"': "x"}), InvalidPath),
        (op("replace", "x" * 3000, "x"), InvalidPath),
        (op("remove", "userName"), MutabilityError),
        (op("remove", "id"), MutabilityError),
        (op("replace", "id", "u1"), MutabilityError),
        (op("replace", "meta.created", "x"), MutabilityError),
        (op("add", "groups", [{"value": "g"}]), MutabilityError),
        (op("remove", "groups"), MutabilityError),
        (op("remove", "schemas"), MutabilityError),
        (op("replace", f"{MANAGER}.displayName", "x"), MutabilityError),
        (op("replace", f"{MANAGER}.$ref", "x"), MutabilityError),
        (op("replace", None, {"id": "other"}), MutabilityError),
        (op("replace", "userName", None), InvalidValue),
        (op("replace", "userName", ""), InvalidValue),
        (op("replace", "userName", "  "), InvalidValue),
        (op("replace", "userName", 5), InvalidValue),
        (op("replace", None, {"userName": None}), InvalidValue),
        (op("replace", "active", "maybe"), InvalidValue),
        (op("replace", "title", ["x"]), InvalidValue),
        (op("replace", "title", {"a": 1}), InvalidValue),
        (op("replace", "name", "Ada"), InvalidValue),
        (op("replace", "name.givenName", 5), InvalidValue),
        (op("add", "emails", [{"value": 5}]), InvalidValue),
        (op("replace", ENTERPRISE_URN, "x"), InvalidValue),
        (op("add", "emails", [{"value": "a", "primary": True}, {"value": "b", "primary": True}]), InvalidValue),
        (op("add", "title"), InvalidValue),
        (op("replace", "title"), InvalidValue),
        (op("add"), InvalidValue),
        (op("add", None, "x"), InvalidValue),
        (op("replace", None, None), InvalidValue),
        (op("replace", None, [1]), InvalidValue),
        (op("add", "emails", [{"value": str(number)} for number in range(999)]), InvalidValue),
    ],
    ids=lambda value: str(value)[:110] if isinstance(value, dict) else "",
)
def test_refusals(operation: dict[str, Any], refusal: type[ScimError]) -> None:
    """RFC 7644 §3.5.2, §3.12; the detail opens with the operation's number."""
    with pytest.raises(refusal, match=r"^operation 2 \("):
        patched(op("replace", "title", "never kept"), operation)


def test_operations_see_what_came_before() -> None:
    """RFC 7644 §3.5.2: in order, each on the result of the one before."""
    after = patched(
        op("add", 'emails[type eq "other"].value', "o@x"),
        op("add", 'emails[type eq "other"].display', "O"),
        op("remove", 'emails[value eq "h@x"]'),
        op("replace", "nickName", "a"),
        op("replace", "nickName", "b"),
    )
    assert after["emails"] == [WORK, {"type": "other", "value": "o@x", "display": "O"}]
    assert after["nickName"] == "b"


def test_there_and_back_changes_nothing() -> None:
    assert patched(op("replace", "title", "x"), op("replace", "title", "CTO")) is BASE


def test_removed_active_is_absent() -> None:
    """RFC 7644 §3.5.2.2: a removed attribute is unassigned. Absent means active, as after a PUT without it."""
    assert "active" not in patched(op("remove", "active"), base=BASE | {"active": False})


def test_read_only_groups_may_be_repeated_but_not_changed() -> None:
    """A client that sends back what it read means nothing by it."""
    operations = read_operations({"Operations": [op("replace", None, {"groups": [{"value": "g1"}], "title": "x"})]})
    same = apply(USER, BASE, operations, lambda: [Reference("g1", "direct")])
    assert same.resource is not None
    with pytest.raises(MutabilityError, match="groups"):
        apply(USER, BASE, operations, lambda: [])


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"schemas": [PATCH_URN]},
        {"schemas": [PATCH_URN], "Operations": []},
        {"schemas": [PATCH_URN], "Operations": {}},
        {"schemas": [PATCH_URN], "Operations": ["x"]},
        {"schemas": [PATCH_URN], "Operations": [{}]},
        {"schemas": [PATCH_URN], "Operations": [{"op": "move", "path": "title"}]},
        {"schemas": [PATCH_URN], "Operations": [{"op": None, "path": "title"}]},
        {"schemas": [PATCH_URN], "Operations": [{"op": 5}]},
        {"schemas": [USER_URN], "Operations": [op("remove", "title")]},
        {"schemas": [], "Operations": [op("remove", "title")]},
        {"schemas": PATCH_URN, "Operations": [op("remove", "title")]},
    ],
)
def test_what_is_no_patch_is_refused(body: Any) -> None:
    """RFC 7644 §3.5.2: schemas names PatchOp, Operations is a list of one or more."""
    with pytest.raises(InvalidSyntax):
        read_operations(body)


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidPath):
        read_operations({"Operations": [{"op": "remove", "path": 5}]})


def test_more_than_a_thousand_operations_are_too_large() -> None:
    with pytest.raises(TooLarge):
        read_operations({"Operations": [op("remove", "title")] * 1001})
    assert len(read_operations({"Operations": [op("remove", "title")] * 1000})) == 1000


def test_keys_of_an_operation_have_no_case_and_unknown_ones_no_meaning() -> None:
    """Entra's reference collection adds a ``name`` to operations."""
    (operation,) = read_operations({"operations": [{"OP": "Add", "Path": "title", "Value": "x", "name": "y"}]})
    assert (operation.verb, operation.path, operation.value) == ("add", "title", "x")


FIXED = ResourceType(
    "Fixed",
    "Fixed",
    "",
    Schema(
        "urn:fixed",
        "Fixed",
        "",
        (text("serial", "", mutability=Mutability.IMMUTABLE), text("tags", "", multi_valued=True)),
    ),
)


def fixed(base: dict[str, Any], operation: dict[str, Any]) -> Any:
    return apply(FIXED, {"schemas": ["urn:fixed"]} | base, read_operations({"Operations": [operation]}), no_relation)


def test_an_immutable_attribute_is_set_once() -> None:
    """RFC 7644 §3.5.2: immutable may be added while it has no value."""
    assert fixed({}, op("add", "serial", "a")).resource["serial"] == "a"
    assert fixed({"serial": "a"}, op("replace", "serial", "a")).resource is None
    for operation in (op("replace", "serial", "b"), op("remove", "serial")):
        with pytest.raises(MutabilityError):
            fixed({"serial": "a"}, operation)


def test_simple_values_are_a_set() -> None:
    """A multi-valued attribute without parts; its elements are their ``value``."""
    base = {"tags": ["a", "b"]}
    assert fixed(base, op("add", "tags", ["B", "c"])).resource["tags"] == ["a", "b", "c"]
    assert fixed(base, op("remove", 'tags[value eq "A"]')).resource["tags"] == ["b"]
    assert fixed(base, op("remove", "tags", ["a"])).resource["tags"] == ["b"]
    assert fixed(base, op("replace", 'tags[value eq "a"]', "z")).resource["tags"] == ["z", "b"]


def test_data_that_the_type_does_not_know_is_not_lost() -> None:
    """An extension declared while a PATCH is under way: the request is to be sent again, not half understood."""
    base = BASE | {"urn:acme:crew:2.0:User": {"badge": "B-1"}}
    with pytest.raises(Busy) as refused:
        patched(op("replace", "title", "CEO"), base=base)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
