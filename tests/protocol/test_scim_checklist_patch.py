"""PATCH: operations × path forms × kinds of attributes (RFC 7644 §3.5.2): requirements 114 to 154.

Most of it is a table: what a user has before, the operations, and what it has after them; or how
they are refused. Each row also proves that the answer equals the next GET, and that a refused
request left everything as it was, version included.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.compose import create_app
from tests.builders import CORE_GROUP, CORE_USER, ENTERPRISE, PATCH_OP, Customer, a_group, a_patch, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import ONE_ENGINE, PUBLIC_URL, Scim, refusal

WORK = {"value": "work@x.example", "type": "work", "primary": True}
HOME = {"value": "home@x.example", "type": "home"}
BERLIN = {"type": "work", "locality": "Berlin", "country": "DE", "primary": True}
PARIS = {"type": "home", "locality": "Paris", "country": "FR"}
Facts = dict[str, Any]


def add(path: str | None, value: Any) -> Facts:
    return {"op": "add", "value": value} | ({"path": path} if path is not None else {})


def replace(path: str | None, value: Any) -> Facts:
    return add(path, value) | {"op": "replace"}


def remove(path: str) -> Facts:
    return {"op": "remove", "path": path}


def facts(resource: Facts) -> Facts:
    """What a user holds besides its name, its being active and the server's own attributes."""
    own = ("schemas", "id", "meta", "userName")
    return {key: value for key, value in resource.items() if key not in own and (key, value) != ("active", True)}


def rows(*table: tuple[str, Facts, Facts | list[Facts], Facts]) -> Any:
    """One test a row: its name, the facts before, the operation or operations, the facts after."""
    return pytest.mark.parametrize(
        ("before", "operations", "after"),
        [
            pytest.param(before, operations if isinstance(operations, list) else [operations], after, id=name)
            for name, before, operations, after in table
        ],
    )


def refused(*table: tuple[str, Facts, Facts | list[Facts], str]) -> Any:
    """One test a row: its name, the facts before, the operation or operations, the scimType."""
    return pytest.mark.parametrize(
        ("before", "operations", "kind"),
        [
            pytest.param(before, operations if isinstance(operations, list) else [operations], kind, id=name)
            for name, before, operations, kind in table
        ],
    )


def check(scim: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """Make the user, patch it, and compare."""
    user = scim.create("/Users", a_user() | before)
    at = f"/Users/{user['id']}"
    answer = scim.patch(at, a_patch(*operations))
    assert answer.status_code == 200, answer.text
    assert facts(answer.json) == after
    assert answer.json["userName"] == user["userName"]
    again = scim.get(at)
    assert again.json == answer.json
    assert again.headers["ETag"] == answer.headers["ETag"]
    unchanged = after == facts(user)
    assert (again.json["meta"]["version"] == user["meta"]["version"]) is unchanged
    assert (again.json["meta"]["lastModified"] == user["meta"]["lastModified"]) is unchanged
    assert again.json["meta"]["created"] == user["meta"]["created"]
    assert again.json["schemas"] == ([CORE_USER, ENTERPRISE] if ENTERPRISE in after else [CORE_USER])


def check_refused(scim: Scim, before: Facts, operations: list[Facts], kind: str) -> None:
    """Make the user, see the refusal, and that nothing changed."""
    user = scim.create("/Users", a_user() | before)
    at = f"/Users/{user['id']}"
    answer = scim.patch(at, a_patch(*operations))
    assert refusal(answer) == (400, kind), answer.text
    assert scim.read(at) == user


def bodies() -> list[Any]:
    """PATCH bodies that are none."""
    fine = [{"op": "add", "path": "title", "value": "x"}]
    return [
        {},
        {"schemas": [PATCH_OP]},
        {"schemas": [PATCH_OP], "Operations": None},
        {"schemas": [PATCH_OP], "Operations": []},
        {"schemas": [PATCH_OP], "Operations": fine[0]},
        {"schemas": [PATCH_OP], "Operations": "add"},
        {"schemas": [PATCH_OP], "Operations": ["add"]},
        {"schemas": [PATCH_OP], "Operations": [None]},
        {"schemas": [PATCH_OP], "Operations": [fine]},
        {"schemas": ["urn:example:none"], "Operations": fine},
        {"schemas": [CORE_USER], "Operations": fine},
        {"schemas": [], "Operations": fine},
        {"schemas": PATCH_OP, "Operations": fine},
        {"schemas": {}, "Operations": fine},
    ]


@pytest.mark.parametrize("body", bodies(), ids=str)
@ONE_ENGINE
def test_c114_a_patch_is_a_patch_op_with_operations(shared: Scim, body: Any) -> None:
    """RFC 7644 §3.5.2: the message's schema and a list of at least one operation."""
    user = shared.create("/Users", a_user())
    assert refusal(shared.patch(f"/Users/{user['id']}", body)) == (400, "invalidSyntax")
    assert shared.read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize(
    "body",
    [
        {"Operations": [{"op": "add", "path": "title", "value": "x"}]},
        {"schemas": [PATCH_OP.upper()], "operations": [{"OP": "add", "Path": "title", "VALUE": "x"}]},
        {
            "schemas": [PATCH_OP, "urn:example:more"],
            "Operations": [{"op": "add", "path": "title", "value": "x", "name": "addTitle"}],
        },
    ],
    ids=["no schemas", "any case", "more keys"],
)
def test_c114_what_clients_leave_out_or_add_is_tolerated(shared: Scim, body: Any) -> None:
    """Java clients leave ``schemas`` out, Entra's collection names its operations."""
    user = shared.create("/Users", a_user())
    assert shared.patch(f"/Users/{user['id']}", body).json["title"] == "x"


@pytest.mark.parametrize("op", ["add", "Add", "ADD", "replace", "Replace", "rePLACE"])
def test_c115_op_has_no_case(shared: Scim, op: str) -> None:
    """Entra capitalises its operations."""
    check(shared, {"title": "a"}, [{"op": op, "path": "title", "value": "b"}], {"title": "b"})


@pytest.mark.parametrize("op", ["remove", "Remove", "REMOVE"])
def test_c115_remove_has_no_case(shared: Scim, op: str) -> None:
    """The same for remove."""
    check(shared, {"title": "a"}, [{"op": op, "path": "title"}], {})


@pytest.mark.parametrize("op", ["", "set", "move", "copy", "test", "delete", " add", None, 7, True, [], {}], ids=repr)
@ONE_ENGINE
def test_c115_an_unknown_op_is_refused(shared: Scim, op: Any) -> None:
    """RFC 7644 §3.5.2: add, remove, replace and nothing else."""
    check_refused(shared, {"title": "a"}, [{"op": op, "path": "title", "value": "b"}], "invalidSyntax")
    check_refused(shared, {"title": "a"}, [{"path": "title", "value": "b"}], "invalidSyntax")


@rows(
    ("in order", {}, [add("title", "a"), replace("title", "b"), remove("title"), add("title", "c")], {"title": "c"}),
    (
        "later sees earlier",
        {},
        [add("emails", [WORK]), replace('emails[type eq "work"].value', "n@x.example")],
        {"emails": [WORK | {"value": "n@x.example"}]},
    ),
    (
        "add then remove",
        {"emails": [HOME]},
        [add("emails", [WORK]), remove('emails[type eq "home"]')],
        {"emails": [WORK]},
    ),
    ("remove then add", {"emails": [WORK]}, [remove("emails"), add("emails", [HOME])], {"emails": [HOME]}),
    ("all that come to nothing", {"title": "a"}, [replace("title", "b"), replace("title", "a")], {"title": "a"}),
)
def test_c116_operations_apply_in_order(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2: one after the other, each on what the one before left."""
    check(shared, before, operations, after)


BAD = [
    ({"op": "remove"}, "noTarget"),
    ({"op": "add", "path": "shoeSize", "value": 43}, "invalidPath"),
    ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
    ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
    ({"op": "remove", "path": "userName"}, "mutability"),
    ({"op": "replace", "path": 'emails[type co "nowhere"].value', "value": "x"}, "noTarget"),
]


@pytest.mark.parametrize(("bad", "kind"), BAD, ids=[kind + str(n) for n, (_, kind) in enumerate(BAD)])
@pytest.mark.parametrize("first", [True, False], ids=["bad first", "bad last"])
def test_c116_one_refused_operation_refuses_all(shared: Scim, bad: Facts, kind: str, first: bool) -> None:
    """RFC 7644 §3.5.2: the resource is as it was, whichever operation was wrong."""
    good = [replace("title", "new"), add("emails", [HOME]), remove("nickName")]
    operations = [bad, *good] if first else [*good, bad]
    check_refused(shared, {"title": "old", "nickName": "n", "emails": [WORK]}, operations, kind)


def test_c116_members_are_part_of_all_or_nothing(scim: Scim) -> None:
    """A group is neither renamed nor filled when one operation is wrong."""
    user = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Staff"))
    at = f"/Groups/{group['id']}"
    operations = [replace("displayName", "Crew"), add("members", [{"value": user}]), {"op": "remove"}]
    assert refusal(scim.patch(at, a_patch(*operations))) == (400, "noTarget")
    assert scim.read(at) == group
    operations[2] = add("members", [{"value": "nobody"}])
    assert refusal(scim.patch(at, a_patch(*operations))) == (400, "invalidValue")
    assert scim.read(at) == group


def test_c116_the_refusal_names_the_operation(shared: Scim) -> None:
    """An administrator can find the wrong one of many."""
    user = shared.create("/Users", a_user())
    answer = shared.patch(f"/Users/{user['id']}", a_patch(add("title", "x"), replace("active", "maybe")))
    assert "operation 2" in answer.json["detail"]
    assert "active" in answer.json["detail"]


def test_c117_a_patch_answers_the_resource(scim: Scim) -> None:
    """RFC 7644 §3.5.2: 200 with the resource, its ETag, and the attributes that were asked for."""
    user = scim.create("/Users", a_user("ada"))
    answer = scim.patch(f"/Users/{user['id']}", a_patch(add("title", "x")))
    assert (answer.status_code, answer.headers["ETag"]) == (200, answer.json["meta"]["version"])
    narrow = scim.patch(f"/Users/{user['id']}", a_patch(add("title", "y")), query_string={"attributes": "title"})
    assert (narrow.status_code, narrow.json["title"]) == (200, "y")
    assert narrow.json.keys() == {"schemas", "id", "title"}


def test_c117_a_small_group_is_answered_whole_a_large_one_is_not(scim: Scim) -> None:
    """Above the stated number of members the answer is 204: nobody wants thousands of members for adding one."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(3)]
    group = scim.create("/Groups", a_group("Staff", users[:2]))
    small = scim.patch(f"/Groups/{group['id']}", a_patch(add("members", [{"value": users[2]}])))
    assert (small.status_code, len(small.json["members"])) == (200, 3)


def test_c117_a_large_group_answers_204_unless_attributes_are_named(database_url: str, customer: Customer) -> None:
    """RFC 7644 §3.5.2: 204 is allowed, but not where the client asked for attributes."""
    settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error", patch_body_members=3)
    scim = Scim(create_app(settings).test_client(), customer.token)
    users = [scim.create("/Users", a_user())["id"] for _ in range(4)]
    group = scim.create("/Groups", a_group("Large", users[:3]))
    at = f"/Groups/{group['id']}"
    answer = scim.patch(at, a_patch(add("members", [{"value": users[3]}])))
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["ETag"] == scim.get(at).headers["ETag"]
    assert len(scim.read(at)["members"]) == 4
    named = scim.patch(at, a_patch(replace("displayName", "Larger")), query_string={"attributes": "displayName"})
    assert (named.status_code, named.json["displayName"]) == (200, "Larger")
    assert "members" not in named.json
    shrunk = scim.patch(at, a_patch(remove(f'members[value eq "{users[0]}"]')))
    assert (shrunk.status_code, len(shrunk.json["members"])) == (200, 3)


@rows(
    ("text", {}, add("title", "x"), {"title": "x"}),
    ("text over another", {"title": "a"}, add("title", "b"), {"title": "b"}),
    ("boolean", {}, add("active", False), {"active": False}),
    ("boolean as text", {}, add("active", "False"), {"active": False}),
    ("reference", {}, add("profileUrl", "https://x.example/"), {"profileUrl": "https://x.example/"}),
    ("external id", {}, add("externalId", "e-1"), {"externalId": "e-1"}),
    ("display name", {}, add("displayName", "D"), {"displayName": "D"}),
    ("unicode", {}, add("nickName", "Bäbs 😀"), {"nickName": "Bäbs 😀"}),
    ("null", {"title": "a"}, add("title", None), {"title": "a"}),
)
def test_c118_add_sets_a_simple_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.1: a single value is set or replaced."""
    check(shared, before, operations, after)


@rows(
    ("new", {}, add("name", {"givenName": "A"}), {"name": {"givenName": "A"}}),
    (
        "merged",
        {"name": {"givenName": "A", "familyName": "L"}},
        add("name", {"familyName": "K", "middleName": "M"}),
        {"name": {"givenName": "A", "familyName": "K", "middleName": "M"}},
    ),
    ("empty", {"name": {"givenName": "A"}}, add("name", {}), {"name": {"givenName": "A"}}),
    (
        "unknown part",
        {"name": {"givenName": "A"}},
        add("name", {"clan": "x", "middleName": "M"}),
        {"name": {"givenName": "A", "middleName": "M"}},
    ),
)
def test_c119_add_merges_a_complex_attribute(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.1: the parts that are given are set, the others stay."""
    check(shared, before, operations, after)


@rows(
    ("new", {}, add("name.givenName", "A"), {"name": {"givenName": "A"}}),
    (
        "beside others",
        {"name": {"familyName": "L"}},
        add("name.givenName", "A"),
        {"name": {"familyName": "L", "givenName": "A"}},
    ),
    ("over another", {"name": {"givenName": "A"}}, add("name.givenName", "B"), {"name": {"givenName": "B"}}),
)
def test_c120_add_sets_a_sub_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.1."""
    check(shared, before, operations, after)


@rows(
    ("first", {}, add("emails", [HOME]), {"emails": [HOME]}),
    ("appended", {"emails": [WORK]}, add("emails", [HOME]), {"emails": [WORK, HOME]}),
    ("one object", {"emails": [WORK]}, add("emails", HOME), {"emails": [WORK, HOME]}),
    (
        "several",
        {"emails": [WORK]},
        add("emails", [HOME, {"value": "o@x.example", "type": "other"}]),
        {"emails": [WORK, HOME, {"value": "o@x.example", "type": "other"}]},
    ),
    ("present", {"emails": [WORK, HOME]}, add("emails", [HOME]), {"emails": [WORK, HOME]}),
    ("present and new", {"emails": [HOME]}, add("emails", [HOME, WORK]), {"emails": [HOME, WORK]}),
    (
        "present in another case",
        {"emails": [HOME]},
        add("emails", [{"value": "HOME@X.EXAMPLE", "type": "home"}]),
        {"emails": [HOME]},
    ),
    (
        "same value, other type",
        {"emails": [HOME]},
        add("emails", [{"value": "home@x.example", "type": "other"}]),
        {"emails": [HOME, {"value": "home@x.example", "type": "other"}]},
    ),
    ("empty list", {"emails": [WORK]}, add("emails", []), {"emails": [WORK]}),
    ("addresses", {"addresses": [BERLIN]}, add("addresses", [PARIS]), {"addresses": [BERLIN, PARIS]}),
    ("roles", {}, add("roles", [{"value": "r"}]), {"roles": [{"value": "r"}]}),
    ("certificates", {}, add("x509Certificates", [{"value": "YWJj"}]), {"x509Certificates": [{"value": "YWJj"}]}),
    ("one value, no list", {}, add("entitlements", {"value": "e"}), {"entitlements": [{"value": "e"}]}),
)
def test_c121_add_appends_to_a_multi_valued_attribute(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.1: new values are appended, those that are there are not repeated."""
    check(shared, before, operations, after)


@rows(
    ("simple", {}, add(None, {"title": "x", "nickName": "y"}), {"title": "x", "nickName": "y"}),
    (
        "complex is merged",
        {"name": {"givenName": "A"}},
        add(None, {"name": {"familyName": "L"}}),
        {"name": {"givenName": "A", "familyName": "L"}},
    ),
    ("multi-valued is appended", {"emails": [WORK]}, add(None, {"emails": [HOME]}), {"emails": [WORK, HOME]}),
    ("extension", {}, add(None, {ENTERPRISE: {"department": "d"}}), {ENTERPRISE: {"department": "d"}}),
    (
        "extension is merged",
        {ENTERPRISE: {"costCenter": "c"}},
        add(None, {ENTERPRISE: {"department": "d"}}),
        {ENTERPRISE: {"costCenter": "c", "department": "d"}},
    ),
    ("empty object", {"title": "x"}, add(None, {}), {"title": "x"}),
    ("any case", {}, add(None, {"TITLE": "x", "Name": {"GIVENNAME": "A"}}), {"title": "x", "name": {"givenName": "A"}}),
    ("unknown ignored", {}, add(None, {"shoeSize": 43, "title": "x"}), {"title": "x"}),
    ("empty path", {}, add("", {"title": "x"}), {"title": "x"}),
    ("null path", {}, {"op": "add", "path": None, "value": {"title": "x"}}, {"title": "x"}),
    ("own urn as path", {}, add(CORE_USER, {"title": "x"}), {"title": "x"}),
)
def test_c122_add_without_path_merges_an_object(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.1: each key of the value is an add of its own."""
    check(shared, before, operations, after)


@rows(
    (
        "present entry",
        {"emails": [WORK]},
        add('emails[type eq "work"].value', "n@x.example"),
        {"emails": [WORK | {"value": "n@x.example"}]},
    ),
    (
        "new part",
        {"emails": [HOME]},
        add('emails[type eq "home"].display', "Home"),
        {"emails": [HOME | {"display": "Home"}]},
    ),
    (
        "every match",
        {"emails": [WORK, HOME]},
        add("emails[value pr].display", "D"),
        {"emails": [WORK | {"display": "D"}, HOME | {"display": "D"}]},
    ),
    (
        "no such entry",
        {"emails": [HOME]},
        add('emails[type eq "work"].value', "n@x.example"),
        {"emails": [HOME, {"type": "work", "value": "n@x.example"}]},
    ),
    (
        "no entries at all",
        {},
        add('phoneNumbers[type eq "mobile"].value', "1"),
        {"phoneNumbers": [{"type": "mobile", "value": "1"}]},
    ),
    (
        "no brackets",
        {"emails": [WORK, HOME]},
        add("emails.display", "D"),
        {"emails": [WORK | {"display": "D"}, HOME | {"display": "D"}]},
    ),
    (
        "address",
        {"addresses": [BERLIN]},
        add('addresses[type eq "work"].postalCode', "10115"),
        {"addresses": [BERLIN | {"postalCode": "10115"}]},
    ),
    (
        "primary as text",
        {"roles": [{"value": "a", "primary": True}]},
        add('roles[primary eq "True"].display', "A"),
        {"roles": [{"value": "a", "primary": True, "display": "A"}]},
    ),
)
def test_c123_add_to_a_chosen_entry(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.1, figure 7: brackets choose, the sub-attribute is set; a missing entry is made."""
    check(shared, before, operations, after)


@rows(
    ("simple", {}, add(f"{ENTERPRISE}:department", "d"), {ENTERPRISE: {"department": "d"}}),
    (
        "beside",
        {ENTERPRISE: {"costCenter": "c"}},
        add(f"{ENTERPRISE}:department", "d"),
        {ENTERPRISE: {"costCenter": "c", "department": "d"}},
    ),
    (
        "whole",
        {},
        add(ENTERPRISE, {"department": "d", "division": "v"}),
        {ENTERPRISE: {"department": "d", "division": "v"}},
    ),
    ("manager object", {}, add(f"{ENTERPRISE}:manager", {"value": "m"}), {ENTERPRISE: {"manager": {"value": "m"}}}),
    ("manager text", {}, add(f"{ENTERPRISE}:manager", "m"), {ENTERPRISE: {"manager": {"value": "m"}}}),
    ("manager value", {}, add(f"{ENTERPRISE}:manager.value", "m"), {ENTERPRISE: {"manager": {"value": "m"}}}),
    ("dot after the urn", {}, add(f"{ENTERPRISE}.department", "d"), {ENTERPRISE: {"department": "d"}}),
)
def test_c124_add_to_an_extension(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.1, §3.10: paths with the extension's URN."""
    user = shared.create("/Users", a_user() | before)
    shown = facts(shared.patch(f"/Users/{user['id']}", a_patch(*operations)).json)
    shown.get(ENTERPRISE, {}).get("manager", {}).pop("$ref", None)
    assert shown == after
    assert shared.read(f"/Users/{user['id']}")["schemas"] == [CORE_USER, ENTERPRISE]


@rows(
    ("simple", {"title": "x"}, add("title", "x"), {"title": "x"}),
    ("sub", {"name": {"givenName": "A"}}, add("name.givenName", "A"), {"name": {"givenName": "A"}}),
    ("complex", {"name": {"givenName": "A"}}, add("name", {"givenName": "A"}), {"name": {"givenName": "A"}}),
    ("entry", {"emails": [WORK]}, add("emails", [WORK]), {"emails": [WORK]}),
    ("chosen", {"emails": [WORK]}, add('emails[type eq "work"].value', "work@x.example"), {"emails": [WORK]}),
    (
        "without path",
        {"title": "x", "emails": [WORK]},
        add(None, {"title": "x", "emails": [WORK]}),
        {"title": "x", "emails": [WORK]},
    ),
    (
        "extension",
        {ENTERPRISE: {"department": "d"}},
        add(f"{ENTERPRISE}:department", "d"),
        {ENTERPRISE: {"department": "d"}},
    ),
    (
        "several",
        {"title": "x", "emails": [WORK]},
        [add("title", "x"), add("emails", WORK), remove("nickName")],
        {"title": "x", "emails": [WORK]},
    ),
)
def test_c125_adding_what_is_there_changes_nothing(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.1: success, but neither the version nor lastModified moves."""
    assert before == after
    check(shared, before, operations, after)


@rows(
    ("text", {"title": "a"}, replace("title", "b"), {"title": "b"}),
    ("boolean", {}, replace("active", False), {"active": False}),
    ("boolean back", {"active": False}, replace("active", True), {}),
    ("boolean as text", {}, replace("active", "false"), {"active": False}),
    ("wrapped", {}, replace("active", [{"value": "False"}]), {"active": False}),
    ("core urn", {"title": "a"}, replace(f"{CORE_USER}:title", "b"), {"title": "b"}),
)
def test_c126_replace_a_simple_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.3."""
    check(shared, before, operations, after)


@rows(
    ("simple", {}, replace("title", "b"), {"title": "b"}),
    ("sub", {}, replace("name.givenName", "A"), {"name": {"givenName": "A"}}),
    ("complex", {}, replace("name", {"givenName": "A"}), {"name": {"givenName": "A"}}),
    ("multi-valued", {}, replace("emails", [HOME]), {"emails": [HOME]}),
    ("extension", {}, replace(f"{ENTERPRISE}:department", "d"), {ENTERPRISE: {"department": "d"}}),
)
def test_c127_replacing_what_is_absent_is_an_add(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.3: an attribute that is not there is added."""
    check(shared, before, operations, after)


@rows(
    (
        "given parts",
        {"name": {"givenName": "A", "familyName": "L"}},
        replace("name", {"givenName": "B"}),
        {"name": {"givenName": "B", "familyName": "L"}},
    ),
    (
        "all parts",
        {"name": {"givenName": "A"}},
        replace("name", {"givenName": "B", "familyName": "K"}),
        {"name": {"givenName": "B", "familyName": "K"}},
    ),
    (
        "a part to null",
        {"name": {"givenName": "A", "familyName": "L"}},
        replace("name", {"givenName": None}),
        {"name": {"familyName": "L"}},
    ),
)
def test_c128_replace_a_complex_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.3: the sub-attributes that are given are replaced."""
    check(shared, before, operations, after)


@rows(
    (
        "one of two",
        {"name": {"givenName": "A", "familyName": "L"}},
        replace("name.familyName", "K"),
        {"name": {"givenName": "A", "familyName": "K"}},
    ),
    ("any case", {"name": {"familyName": "L"}}, replace("NAME.FamilyName", "K"), {"name": {"familyName": "K"}}),
    (
        "extension part",
        {ENTERPRISE: {"manager": {"value": "a"}, "department": "d"}},
        replace(f"{ENTERPRISE}:department", "e"),
        {ENTERPRISE: {"manager": {"value": "a"}, "department": "e"}},
    ),
)
def test_c129_replace_a_sub_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.3."""
    user = shared.create("/Users", a_user() | before)
    shown = facts(shared.patch(f"/Users/{user['id']}", a_patch(*operations)).json)
    shown.get(ENTERPRISE, {}).get("manager", {}).pop("$ref", None)
    assert shown == after


@rows(
    ("whole list", {"emails": [WORK]}, replace("emails", [HOME]), {"emails": [HOME]}),
    ("one object", {"emails": [WORK, HOME]}, replace("emails", HOME), {"emails": [HOME]}),
    ("empty clears", {"emails": [WORK]}, replace("emails", []), {}),
    ("same list", {"emails": [WORK, HOME]}, replace("emails", [WORK, HOME]), {"emails": [WORK, HOME]}),
    ("repeats once", {}, replace("emails", [HOME, HOME]), {"emails": [HOME]}),
)
def test_c130_replace_a_multi_valued_attribute(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.3: the whole list is replaced; an empty one clears it."""
    check(shared, before, operations, after)


@rows(
    (
        "entry",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "home"]', {"value": "n@x.example", "type": "other"}),
        {"emails": [WORK, {"value": "n@x.example", "type": "other"}]},
    ),
    (
        "entry by value",
        {"emails": [WORK, HOME]},
        replace('emails[value eq "HOME@x.example"]', {"value": "n@x.example", "type": "home"}),
        {"emails": [WORK, {"value": "n@x.example", "type": "home"}]},
    ),
    (
        "address",
        {"addresses": [BERLIN, PARIS]},
        replace('addresses[type eq "home"]', {"type": "home", "locality": "Lyon"}),
        {"addresses": [BERLIN, {"type": "home", "locality": "Lyon"}]},
    ),
)
def test_c131_replace_a_chosen_entry(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.3: the entry becomes what the value says."""
    check(shared, before, operations, after)


@rows(
    (
        "sub",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "work"].value', "n@x.example"),
        {"emails": [WORK | {"value": "n@x.example"}, HOME]},
    ),
    (
        "two conditions",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "work" and primary eq true].value', "n@x.example"),
        {"emails": [WORK | {"value": "n@x.example"}, HOME]},
    ),
    (
        "either",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "work" or type eq "home"].display', "D"),
        {"emails": [WORK | {"display": "D"}, HOME | {"display": "D"}]},
    ),
    (
        "not",
        {"emails": [WORK, HOME]},
        replace('emails[not (type eq "work")].display', "D"),
        {"emails": [WORK, HOME | {"display": "D"}]},
    ),
    (
        "contains",
        {"emails": [WORK, HOME]},
        replace('emails[value co "HOME"].type', "other"),
        {"emails": [WORK, HOME | {"type": "other"}]},
    ),
    (
        "any case",
        {"emails": [WORK]},
        replace('EMAILS[TYPE EQ "WORK"].VALUE', "n@x.example"),
        {"emails": [WORK | {"value": "n@x.example"}]},
    ),
    (
        "escaped quote",
        {"roles": [{"value": 'a "b" ]'}]},
        replace('roles[value eq "a \\"b\\" ]"].display', "D"),
        {"roles": [{"value": 'a "b" ]', "display": "D"}]},
    ),
    (
        "every",
        {"emails": [WORK, HOME]},
        replace("emails.display", "D"),
        {"emails": [WORK | {"display": "D"}, HOME | {"display": "D"}]},
    ),
)
def test_c132_replace_a_part_of_chosen_entries(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.3: that part of each entry that fits."""
    check(shared, before, operations, after)


@rows(
    ("simple", {"title": "a", "nickName": "n"}, replace(None, {"title": "b"}), {"title": "b", "nickName": "n"}),
    ("active", {}, replace(None, {"active": False}), {"active": False}),
    (
        "complex keeps the rest",
        {"name": {"givenName": "A", "familyName": "L"}},
        replace(None, {"name": {"givenName": "B"}}),
        {"name": {"givenName": "B", "familyName": "L"}},
    ),
    ("multi-valued is the list", {"emails": [WORK]}, replace(None, {"emails": [HOME]}), {"emails": [HOME]}),
    (
        "extension keeps the rest",
        {ENTERPRISE: {"costCenter": "c", "department": "d"}},
        replace(None, {ENTERPRISE: {"department": "e"}}),
        {ENTERPRISE: {"costCenter": "c", "department": "e"}},
    ),
    (
        "several",
        {"title": "a", "emails": [WORK]},
        replace(None, {"title": None, "emails": [], "nickName": "n"}),
        {"nickName": "n"},
    ),
)
def test_c133_replace_without_path(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.3: each key of the value is a replace of its own."""
    check(shared, before, operations, after)


@refused(
    ("entry", {"emails": [WORK]}, replace('emails[type eq "other"]', HOME), "noTarget"),
    ("contains", {"emails": [WORK]}, replace('emails[value co "nowhere"].value', "x"), "noTarget"),
    ("either", {"emails": [WORK]}, replace('emails[type eq "a" or type eq "b"].value', "x"), "noTarget"),
    ("not", {"emails": [WORK]}, replace('emails[not (type eq "work")].value', "x"), "noTarget"),
    ("none at all", {}, replace("emails[value pr].display", "x"), "noTarget"),
    ("of no type", {}, add('emails[type eq ""].value', "x"), "noTarget"),
    ("of no type, replaced", {"emails": [WORK]}, replace('emails[type eq ""].value', "x"), "noTarget"),
    ("no type and primary", {}, add('emails[primary eq true and type eq ""]', {"value": "x"}), "noTarget"),
    ("part of a name", {}, add('name[formatted eq ""].givenName', "x"), "noTarget"),
    ("read-only name", {}, add(f'{ENTERPRISE}:manager[displayName eq "Boss"].value', "m1"), "noTarget"),
    ("read-only address", {}, replace(f'{ENTERPRISE}:manager[$ref eq "../Users/m1"].value', "m1"), "noTarget"),
)
def test_c134_replacing_what_nothing_fits_is_refused(
    shared: Scim, before: Facts, operations: list[Facts], kind: str
) -> None:
    """RFC 7644 §3.5.2.3: noTarget, except where Entra describes the entry with eq terms."""
    check_refused(shared, before, operations, kind)


@rows(
    (
        "described",
        {"emails": [HOME]},
        replace('emails[type eq "work"].value', "n@x.example"),
        {"emails": [HOME, {"type": "work", "value": "n@x.example"}]},
    ),
    (
        "described by two",
        {},
        replace('addresses[type eq "work" and country eq "DE"].locality', "Bonn"),
        {"addresses": [{"type": "work", "country": "DE", "locality": "Bonn"}]},
    ),
    (
        "several build one",
        {},
        [
            replace('addresses[type eq "work"].locality', "Bonn"),
            replace('addresses[type eq "work"].country', "DE"),
            add('addresses[type eq "work"].region', "NRW"),
        ],
        {"addresses": [{"type": "work", "locality": "Bonn", "country": "DE", "region": "NRW"}]},
    ),
    ("primary", {}, replace('roles[primary eq "True"].value', "r"), {"roles": [{"primary": True, "value": "r"}]}),
    (
        "primary as boolean",
        {},
        replace("roles[primary eq true].value", "r"),
        {"roles": [{"primary": True, "value": "r"}]},
    ),
)
def test_c134_an_entry_that_the_path_describes_is_made(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """Entra's way of adding: the condition says what the entry is to be."""
    check(shared, before, operations, after)


@rows(
    ("simple", {"title": "a"}, replace("title", None), {}),
    ("empty text", {"title": "a"}, replace("title", ""), {}),
    ("complex", {"name": {"givenName": "A"}}, replace("name", None), {}),
    (
        "sub",
        {"name": {"givenName": "A", "familyName": "L"}},
        replace("name.givenName", None),
        {"name": {"familyName": "L"}},
    ),
    ("multi-valued", {"emails": [WORK]}, replace("emails", None), {}),
    (
        "part of an entry",
        {"emails": [HOME | {"display": "D"}]},
        replace('emails[type eq "home"].display', None),
        {"emails": [HOME]},
    ),
    ("extension part", {ENTERPRISE: {"department": "d"}}, replace(f"{ENTERPRISE}:department", None), {}),
    ("active goes back to its default", {"active": False}, replace("active", None), {}),
    ("without path", {"title": "a", "emails": [WORK]}, replace(None, {"title": None, "emails": None}), {}),
)
def test_c135_replacing_by_null_clears(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7643 §2.5: null is "no value"."""
    check(shared, before, operations, after)


@rows(
    ("text", {"title": "a", "nickName": "n"}, remove("title"), {"nickName": "n"}),
    ("not there", {"nickName": "n"}, remove("title"), {"nickName": "n"}),
    ("boolean goes back to its default", {"active": False}, remove("active"), {}),
    ("external id", {"externalId": "e"}, remove("externalId"), {}),
    ("with core urn", {"title": "a"}, remove(f"{CORE_USER}:title"), {}),
    ("value is of no matter", {"title": "a"}, remove("title") | {"value": "b"}, {}),
)
def test_c136_remove_a_simple_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.2: unassigned; what is not there is gone already."""
    check(shared, before, operations, after)


@rows(
    ("name", {"name": {"givenName": "A"}, "title": "t"}, remove("name"), {"title": "t"}),
    (
        "manager",
        {ENTERPRISE: {"manager": {"value": "m"}, "department": "d"}},
        remove(f"{ENTERPRISE}:manager"),
        {ENTERPRISE: {"department": "d"}},
    ),
    ("extension", {ENTERPRISE: {"department": "d"}, "title": "t"}, remove(ENTERPRISE), {"title": "t"}),
)
def test_c137_remove_a_complex_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.2: with all its parts."""
    check(shared, before, operations, after)


@rows(
    (
        "one of two",
        {"name": {"givenName": "A", "familyName": "L"}},
        remove("name.givenName"),
        {"name": {"familyName": "L"}},
    ),
    ("the last one", {"name": {"givenName": "A"}}, remove("name.givenName"), {}),
    ("not there", {"name": {"givenName": "A"}}, remove("name.middleName"), {"name": {"givenName": "A"}}),
    (
        "of an extension",
        {ENTERPRISE: {"department": "d", "costCenter": "c"}},
        remove(f"{ENTERPRISE}:costCenter"),
        {ENTERPRISE: {"department": "d"}},
    ),
)
def test_c138_remove_a_sub_attribute(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.2."""
    check(shared, before, operations, after)


@rows(
    ("all", {"emails": [WORK, HOME], "title": "t"}, remove("emails"), {"title": "t"}),
    ("none there", {"title": "t"}, remove("emails"), {"title": "t"}),
)
def test_c139_remove_a_multi_valued_attribute(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.2: all its values."""
    check(shared, before, operations, after)


@rows(
    ("one", {"emails": [WORK, HOME]}, remove('emails[type eq "work"]'), {"emails": [HOME]}),
    (
        "all that fit",
        {"emails": [WORK, HOME, {"value": "o@y.example", "type": "other"}]},
        remove('emails[value ew "@x.example"]'),
        {"emails": [{"value": "o@y.example", "type": "other"}]},
    ),
    (
        "two conditions",
        {"emails": [WORK, HOME]},
        remove('emails[type eq "home" and value sw "home"]'),
        {"emails": [WORK]},
    ),
    ("none fits", {"emails": [WORK]}, remove('emails[type eq "other"]'), {"emails": [WORK]}),
    ("everything", {"emails": [WORK, HOME]}, remove("emails[value pr]"), {}),
)
def test_c140_remove_chosen_entries(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.5.2.2: every entry that fits; where none does, nothing changes."""
    check(shared, before, operations, after)


@rows(
    (
        "part",
        {"emails": [WORK, HOME | {"display": "D"}]},
        remove('emails[type eq "home"].display'),
        {"emails": [WORK, HOME]},
    ),
    (
        "of every match",
        {"emails": [WORK | {"display": "D"}, HOME | {"display": "D"}]},
        remove("emails[value pr].display"),
        {"emails": [WORK, HOME]},
    ),
    ("not there", {"emails": [WORK]}, remove('emails[type eq "work"].display'), {"emails": [WORK]}),
    (
        "locality",
        {"addresses": [BERLIN]},
        remove('addresses[type eq "work"].locality'),
        {"addresses": [{"type": "work", "country": "DE", "primary": True}]},
    ),
)
def test_c141_remove_a_part_of_chosen_entries(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.2."""
    check(shared, before, operations, after)


@rows(
    ("only entry", {"emails": [WORK]}, remove('emails[type eq "work"]'), {}),
    ("only part of the only entry", {"roles": [{"value": "r"}]}, remove("roles.value"), {}),
    ("only part", {ENTERPRISE: {"department": "d"}}, remove(f"{ENTERPRISE}:department"), {}),
)
def test_c142_after_the_last_value_the_attribute_is_gone(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2.2: unassigned, not an empty list."""
    check(shared, before, operations, after)


@refused(
    ("missing", {"title": "t"}, {"op": "remove"}, "noTarget"),
    ("null", {"title": "t"}, {"op": "remove", "path": None}, "noTarget"),
    ("empty", {"title": "t"}, {"op": "remove", "path": ""}, "noTarget"),
    ("with a value", {"title": "t"}, {"op": "remove", "value": {"title": "t"}}, "noTarget"),
)
def test_c143_remove_needs_a_path(shared: Scim, before: Facts, operations: list[Facts], kind: str) -> None:
    """RFC 7644 §3.5.2.2: noTarget."""
    check_refused(shared, before, operations, kind)


@refused(
    ("userName", {}, remove("userName"), "mutability"),
    ("id", {}, remove("id"), "mutability"),
    ("meta", {}, remove("meta"), "mutability"),
    ("meta part", {}, remove("meta.created"), "mutability"),
    ("groups", {}, remove("groups"), "mutability"),
    ("schemas", {}, remove("schemas"), "mutability"),
    (
        "manager name",
        {ENTERPRISE: {"manager": {"value": "m"}}},
        remove(f"{ENTERPRISE}:manager.displayName"),
        "mutability",
    ),
)
def test_c144_required_and_read_only_attributes_stay(
    shared: Scim, before: Facts, operations: list[Facts], kind: str
) -> None:
    """RFC 7644 §3.5.2.2: mutability."""
    check_refused(shared, before, operations, kind)


def test_c144_a_groups_name_stays(scim: Scim) -> None:
    """The same for groups."""
    group = scim.create("/Groups", a_group("Staff"))
    at = f"/Groups/{group['id']}"
    assert refusal(scim.patch(at, a_patch(remove("displayName")))) == (400, "mutability")
    for empty in (None, "", "  "):
        assert refusal(scim.patch(at, a_patch(replace("displayName", empty)))) == (400, "invalidValue")
    assert scim.read(at) == group


@pytest.fixture(scope="module")
def four(shared: Scim) -> list[str]:
    """The ids of four users."""
    return [shared.create("/Users", a_user())["id"] for _ in range(4)]


@pytest.fixture
def staff(shared: Scim, four: list[str]) -> Iterator[tuple[str, list[str]]]:
    """A group of three out of four users: its address, and the users' ids. It is gone after the test."""
    group = shared.create("/Groups", a_group(members=four[:3]))
    yield f"/Groups/{group['id']}", four
    shared.delete(f"/Groups/{group['id']}")


def members(scim: Scim, at: str) -> set[str]:
    return {member["value"] for member in scim.read(at).get("members", [])}


def test_c145_remove_members_with_a_list_removes_only_those(shared: Scim, staff: tuple[str, list[str]]) -> None:
    """Entra without its flag: the group must not be emptied."""
    at, (one, two, three, four) = staff
    gone = remove("members") | {"value": [{"$ref": None, "value": one}, {"value": four}]}
    assert shared.patch(at, a_patch(gone)).status_code == 200
    assert members(shared, at) == {two, three}


@pytest.mark.parametrize("form", ["list of texts", "one object", "one text"])
def test_c145_the_list_may_be_bare(shared: Scim, staff: tuple[str, list[str]], form: str) -> None:
    """Some clients send the ids themselves, or a single one."""
    at, (one, two, three, _) = staff
    value: Any = {"list of texts": [one], "one object": {"value": one}, "one text": one}[form]
    assert shared.patch(at, a_patch(remove("members") | {"value": value})).status_code == 200
    assert members(shared, at) == {two, three}


@pytest.mark.parametrize("condition", ['$ref ew "{id}"', "not ($ref pr)", 'type eq "User" and $ref co "{id}"'])
def test_c146_members_are_not_chosen_by_address(shared: Scim, staff: tuple[str, list[str]], condition: str) -> None:
    """RFC 7644 §3.5.2: a condition that cannot be asked is refused rather than found to fit nobody."""
    at, users = staff
    gone = remove(f"members[{condition.format(id=users[0])}]")
    assert refusal(shared.patch(at, a_patch(gone))) == (400, "invalidPath")
    assert members(shared, at) == set(users[:3])


@pytest.mark.parametrize("empty", [[], None])
def test_c145_removing_an_empty_list_of_members_is_said_clearly(
    shared: Scim, staff: tuple[str, list[str]], empty: Any
) -> None:
    """An empty list removes nobody; no value at all (or null) means all of them, as the RFC says."""
    at, users = staff
    assert shared.patch(at, a_patch(remove("members") | {"value": empty})).status_code == 200
    assert members(shared, at) == (set(users[:3]) if empty == [] else set())


MEMBER_OPS = [
    ("add one", lambda u: [add("members", [{"value": u[3]}])], "0123"),
    ("add one object", lambda u: [add("members", {"value": u[3]})], "0123"),
    ("add one that is there", lambda u: [add("members", [{"value": u[0]}])], "012"),
    ("add with filter", lambda u: [add(f'members[value eq "{u[3]}"]', {"value": u[3]})], "0123"),
    ("add without path", lambda u: [add(None, {"members": [{"value": u[3]}]})], "0123"),
    ("add none", lambda u: [add("members", [])], "012"),
    ("replace", lambda u: [replace("members", [{"value": u[3]}, {"value": u[0]}])], "03"),
    ("replace without path", lambda u: [replace(None, {"members": [{"value": u[1]}]})], "1"),
    ("replace by none", lambda u: [replace("members", [])], ""),
    ("replace by null", lambda u: [replace("members", None)], ""),
    ("remove one", lambda u: [remove(f'members[value eq "{u[0]}"]')], "12"),
    ("remove one that is not there", lambda u: [remove(f'members[value eq "{u[3]}"]')], "012"),
    ("remove all", lambda u: [remove("members")], ""),
    ("remove by type", lambda u: [remove('members[type eq "User"]')], ""),
    ("remove by another type", lambda u: [remove('members[type eq "Group"]')], "012"),
    ("remove either", lambda u: [remove(f'members[value eq "{u[0]}" or value eq "{u[2]}"]')], "1"),
    ("remove all but one", lambda u: [remove(f'members[not (value eq "{u[1]}")]')], "1"),
    ("remove, add", lambda u: [remove(f'members[value eq "{u[0]}"]'), add("members", [{"value": u[3]}])], "123"),
    (
        "add, remove the same",
        lambda u: [add("members", [{"value": u[3]}]), remove(f'members[value eq "{u[3]}"]')],
        "012",
    ),
    (
        "remove, add the same",
        lambda u: [remove(f'members[value eq "{u[0]}"]'), add("members", [{"value": u[0]}])],
        "012",
    ),
    ("empty, add", lambda u: [remove("members"), add("members", [{"value": u[3]}])], "3"),
    (
        "replace, add, remove",
        lambda u: [
            replace("members", [{"value": u[0]}]),
            add("members", [{"value": u[3]}]),
            remove(f'members[value eq "{u[0]}"]'),
        ],
        "3",
    ),
    ("add, replace", lambda u: [add("members", [{"value": u[3]}]), replace("members", [{"value": u[0]}])], "0"),
    ("many removals", lambda u: [remove(f'members[value eq "{one}"]') for one in u], ""),
    ("rename and members", lambda u: [replace(None, {"displayName": "Crew", "members": [{"value": u[3]}]})], "3"),
    ("urn", lambda u: [add(f"{CORE_GROUP}:members", [{"value": u[3]}])], "0123"),
    ("any case", lambda u: [{"op": "REMOVE", "path": f'MEMBERS[VALUE EQ "{u[0]}"]'}], "12"),
    (
        "no schemas needed",
        lambda u: [add("members", [{"value": u[3], "type": "User", "$ref": "../Users/x", "display": "D"}])],
        "0123",
    ),
]


@pytest.mark.parametrize(("make", "left"), [row[1:] for row in MEMBER_OPS], ids=[row[0] for row in MEMBER_OPS])
def test_c145_operations_on_members(shared: Scim, staff: tuple[str, list[str]], make: Any, left: str) -> None:
    """RFC 7644 §3.5.2 on the one attribute that directories change most."""
    at, users = staff
    before = shared.read(at)
    expected = {users[int(number)] for number in left}
    answer = shared.patch(at, a_patch(*make(users)))
    assert answer.status_code == 200, answer.text
    assert members(shared, at) == expected
    assert answer.json == shared.read(at)
    for user in users:
        assert bool(shared.read(f"/Users/{user}").get("groups")) is (user in expected)
    if expected == set(users[:3]):
        assert answer.json == before


@refused(
    ("unknown", {}, add("shoeSize", "43"), "invalidPath"),
    ("unknown sub", {}, replace("name.clan", "x"), "invalidPath"),
    ("unknown in remove", {}, remove("shoeSize"), "invalidPath"),
    ("unknown urn", {}, add("urn:example:ext:User:x", "y"), "invalidPath"),
    ("unknown in extension", {}, add(f"{ENTERPRISE}:shoeSize", "43"), "invalidPath"),
    ("extension attribute without urn", {}, add("department", "d"), "invalidPath"),
    ("broken bracket", {"emails": [WORK]}, remove('emails[type eq "work"'), "invalidPath"),
    ("broken condition", {"emails": [WORK]}, remove("emails[type eq]"), "invalidPath"),
    ("empty condition", {"emails": [WORK]}, remove("emails[]"), "invalidPath"),
    ("unknown in condition", {"emails": [WORK]}, remove('emails[color eq "x"]'), "invalidPath"),
    ("unknown after condition", {"emails": [WORK]}, replace('emails[type eq "work"].color', "x"), "invalidPath"),
    ("brackets on a simple attribute", {"title": "t"}, remove('title[value eq "t"]'), "invalidPath"),
    ("sub of a simple attribute", {"title": "t"}, remove("title.value"), "invalidPath"),
    ("two conditions", {"emails": [WORK]}, remove('emails[type eq "a"][type eq "b"]'), "invalidPath"),
    ("a filter instead of a path", {"title": "t"}, remove('title eq "t"'), "invalidPath"),
    ("not text", {}, {"op": "add", "path": 7, "value": "x"}, "invalidPath"),
    ("a list", {}, {"op": "add", "path": ["title"], "value": "x"}, "invalidPath"),
    ("members of a user", {}, add("members", []), "invalidPath"),
)
@ONE_ENGINE
def test_c146_a_path_that_names_nothing_is_refused(
    shared: Scim, before: Facts, operations: list[Facts], kind: str
) -> None:
    """RFC 7644 §3.5.2: invalidPath."""
    check_refused(shared, before, operations, kind)


@refused(
    ("id", {}, replace("id", "x"), "mutability"),
    ("meta", {}, replace("meta", {"created": "2001-01-01T00:00:00Z"}), "mutability"),
    ("meta part", {}, replace("meta.created", "2001-01-01T00:00:00Z"), "mutability"),
    ("meta version", {}, add("meta.version", "x"), "mutability"),
    ("groups", {}, add("groups", [{"value": "g"}]), "mutability"),
    ("groups part", {}, replace("groups.value", "g"), "mutability"),
    (
        "manager name",
        {ENTERPRISE: {"manager": {"value": "m"}}},
        replace(f"{ENTERPRISE}:manager.displayName", "x"),
        "mutability",
    ),
    (
        "manager address",
        {ENTERPRISE: {"manager": {"value": "m"}}},
        replace(f"{ENTERPRISE}:manager.$ref", "x"),
        "mutability",
    ),
    ("another id without path", {}, replace(None, {"id": "x", "title": "t"}), "mutability"),
)
def test_c147_read_only_attributes_are_refused(shared: Scim, before: Facts, operations: list[Facts], kind: str) -> None:
    """RFC 7644 §3.5.2: mutability, also for another id inside an object."""
    check_refused(shared, before, operations, kind)


@pytest.mark.parametrize("op", ["add", "replace"])
def test_c147_read_only_values_that_are_the_same_are_tolerated_without_path(scim: Scim, op: str) -> None:
    """Okta repeats the id, other clients everything that GET gave them."""
    user = scim.create("/Users", a_user(title="a"))
    scim.create("/Groups", a_group("Staff", [user["id"]]))
    shown = scim.read(f"/Users/{user['id']}")
    answer = scim.patch(f"/Users/{user['id']}", a_patch({"op": op, "value": shown | {"title": "b"}}))
    assert (answer.status_code, answer.json["title"]) == (200, "b")
    assert answer.json["groups"] == shown["groups"]
    group = scim.create("/Groups", a_group("Other"))
    named = scim.patch(
        f"/Groups/{group['id']}", a_patch({"op": op, "value": {"id": group["id"], "displayName": "New"}})
    )
    assert (named.status_code, named.json["displayName"]) == (200, "New")


@pytest.mark.parametrize("sub", ["value", "$ref", "type"])
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_c148_immutable_parts_of_a_member_are_refused(
    shared: Scim, staff: tuple[str, list[str]], op: str, sub: str
) -> None:
    """RFC 7643 §4.2, RFC 7644 §3.5.2: a member is removed and added, never altered."""
    at, users = staff
    before = shared.read(at)
    operation: Facts = {"op": op, "path": f'members[value eq "{users[0]}"].{sub}'}
    if op != "remove":
        operation["value"] = users[3]
    assert refusal(shared.patch(at, a_patch(operation))) == (400, "mutability")
    assert shared.read(at) == before


@rows(
    (
        "add one",
        {"emails": [WORK]},
        add("emails", [HOME | {"primary": True}]),
        {"emails": [WORK | {"primary": False}, HOME | {"primary": True}]},
    ),
    (
        "set one",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "home"].primary', True),
        {"emails": [WORK | {"primary": False}, HOME | {"primary": True}]},
    ),
    (
        "set one as text",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "home"].primary', "True"),
        {"emails": [WORK | {"primary": False}, HOME | {"primary": True}]},
    ),
    ("set again", {"emails": [WORK, HOME]}, replace('emails[type eq "work"].primary', True), {"emails": [WORK, HOME]}),
    (
        "clear",
        {"emails": [WORK, HOME]},
        replace('emails[type eq "work"].primary', False),
        {"emails": [WORK | {"primary": False}, HOME]},
    ),
    (
        "without path",
        {"roles": [{"value": "a", "primary": True}]},
        add(None, {"roles": [{"value": "b", "primary": True}]}),
        {"roles": [{"value": "a", "primary": False}, {"value": "b", "primary": True}]},
    ),
    (
        "address",
        {"addresses": [BERLIN, PARIS]},
        replace('addresses[type eq "home"].primary', True),
        {"addresses": [BERLIN | {"primary": False}, PARIS | {"primary": True}]},
    ),
)
def test_c149_a_new_primary_takes_it_from_the_others(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """RFC 7644 §3.5.2: primary is true at most once; the one just set it is."""
    check(shared, before, operations, after)


@refused(
    ("two at once", {}, add("emails", [WORK, HOME | {"primary": True}]), "invalidValue"),
    (
        "two by one path",
        {"emails": [HOME, {"value": "o@x.example"}]},
        replace("emails[value pr].primary", True),
        "invalidValue",
    ),
    ("two by replace", {}, replace("emails", [WORK, HOME | {"primary": True}]), "invalidValue"),
)
def test_c149_two_primaries_in_one_operation_are_refused(
    shared: Scim, before: Facts, operations: list[Facts], kind: str
) -> None:
    """RFC 7643 §2.4: which of them is meant cannot be told."""
    check_refused(shared, before, operations, kind)


@rows(
    ("core urn", {}, add(f"{CORE_USER}:title", "x"), {"title": "x"}),
    ("core urn, any case", {}, add(f"{CORE_USER.upper()}:TITLE", "x"), {"title": "x"}),
    ("core urn and sub", {}, add(f"{CORE_USER}:name.givenName", "A"), {"name": {"givenName": "A"}}),
    ("core urn and brackets", {"emails": [WORK]}, remove(f'{CORE_USER}:emails[type eq "work"]'), {}),
    (
        "core urn, brackets, sub",
        {"emails": [WORK]},
        replace(f'{CORE_USER}:emails[type eq "work"].value', "n@x.example"),
        {"emails": [WORK | {"value": "n@x.example"}]},
    ),
    ("extension urn, any case", {}, add(f"{ENTERPRISE.upper()}:Department", "d"), {ENTERPRISE: {"department": "d"}}),
    (
        "capital sub",
        {"emails": [WORK]},
        replace('emails[type eq "work"].Value', "n@x.example"),
        {"emails": [WORK | {"value": "n@x.example"}]},
    ),
    ("capital name", {}, add("Name.Formatted", "A B"), {"name": {"formatted": "A B"}}),
    ("spaces around", {}, add(" title ", "x"), {"title": "x"}),
)
def test_c150_urns_and_any_case(shared: Scim, before: Facts, operations: list[Facts], after: Facts) -> None:
    """RFC 7644 §3.10, RFC 7643 §2.1."""
    check(shared, before, operations, after)


@rows(
    (
        "dotted",
        {"name": {"middleName": "M"}},
        replace(None, {"name.givenName": "G", "name.familyName": "F"}),
        {"name": {"middleName": "M", "givenName": "G", "familyName": "F"}},
    ),
    (
        "urn",
        {},
        replace(None, {f"{ENTERPRISE}:employeeNumber": "7", f"{ENTERPRISE}:department": "d"}),
        {ENTERPRISE: {"employeeNumber": "7", "department": "d"}},
    ),
    ("core urn", {}, replace(None, {f"{CORE_USER}:title": "x"}), {"title": "x"}),
    (
        "filtered",
        {"emails": [HOME]},
        replace(None, {'emails[type eq "work"].value': "n@x.example"}),
        {"emails": [HOME, {"type": "work", "value": "n@x.example"}]},
    ),
    (
        "mixed",
        {},
        add(None, {"displayName": "D", "name.givenName": "G", "active": "False", f"{ENTERPRISE}:division": "v"}),
        {"displayName": "D", "name": {"givenName": "G"}, "active": False, ENTERPRISE: {"division": "v"}},
    ),
    ("capital", {}, replace(None, {"Name.GivenName": "G"}), {"name": {"givenName": "G"}}),
    ("unknown dotted ignored", {}, replace(None, {"name.clan": "x", "title": "t"}), {"title": "t"}),
)
def test_c151_keys_of_an_object_may_be_paths(
    shared: Scim, before: Facts, operations: list[Facts], after: Facts
) -> None:
    """Entra with its flag: dotted, URN-prefixed and filtered keys are paths, never names to be stored."""
    check(shared, before, operations, after)


@pytest.mark.parametrize(
    "operation",
    [
        replace("userName", "BOB"),
        add("userName", "bob"),
        replace(None, {"userName": "Bob"}),
        replace(f"{CORE_USER}:userName", "bob"),
    ],
    ids=str,
)
def test_c152_a_taken_user_name_is_refused(scim: Scim, operation: Facts) -> None:
    """RFC 7644 §3.5.2: 409 uniqueness; the rest of the request is undone."""
    scim.create("/Users", a_user("bob"))
    ada = scim.create("/Users", a_user("ada"))
    answer = scim.patch(f"/Users/{ada['id']}", a_patch(add("title", "x"), operation))
    assert refusal(answer) == (409, "uniqueness")
    assert scim.read(f"/Users/{ada['id']}") == ada


def test_c152_a_taken_group_name_is_refused(scim: Scim) -> None:
    """The same for groups; one's own name in another case is free."""
    scim.create("/Groups", a_group("Staff"))
    crew = scim.create("/Groups", a_group("Crew"))
    at = f"/Groups/{crew['id']}"
    assert refusal(scim.patch(at, a_patch(replace("displayName", "STAFF")))) == (409, "uniqueness")
    assert scim.read(at) == crew
    assert scim.patch(at, a_patch(replace("displayName", "CREW"))).json["displayName"] == "CREW"


def test_c152_a_user_name_can_be_changed(scim: Scim) -> None:
    """Found by the new one, not by the old one, which is free."""
    ada = scim.create("/Users", a_user("ada"))
    scim.patch(f"/Users/{ada['id']}", a_patch(replace("userName", "Lovelace")))
    assert scim.read("/Users", filter='userName eq "lovelace"')["totalResults"] == 1
    assert scim.read("/Users", filter='userName eq "ada"')["totalResults"] == 0
    assert scim.post("/Users", a_user("ada")).status_code == 201


WRONG_VALUES = [
    ("title", [7, True, {"a": 1}, ["x"], ["x", "y"]]),
    ("active", ["yes", "1", 1, 0, {}, [True, False], "Truee"]),
    ("profileUrl", [7, "not a uri", True]),
    ("name", [7, "x", True, ["x"]]),
    ("name.givenName", [7, True, {"a": 1}, ["x", "y"]]),
    (
        "emails",
        ["text", ["text"], 7, True, [7], [True], [[]], [{"value": 7}], [{"value": "a@b.example", "primary": "maybe"}]],
    ),
    ('emails[type eq "work"].value', [7, True, {"a": 1}, ["x", "y"]]),
    ('emails[type eq "work"].primary', ["maybe", 1, {}]),
    ('emails[type eq "work"]', ["text", 7, True]),
    ("x509Certificates", [[{"value": "###"}], [{"value": 7}]]),
    ("addresses", ["text", [7], [{"locality": 7}]]),
    ("userName", [None, "", "  ", 7, True, {}, []]),
    ("externalId", [7, True, {"a": 1}]),
    (ENTERPRISE, [7, "x", True, ["x"]]),
    (f"{ENTERPRISE}:department", [7, True, {"a": 1}]),
    (f"{ENTERPRISE}:manager", [7, True, ["x", "y"], {"value": 7}]),
]


@pytest.mark.parametrize(("path", "values"), WRONG_VALUES, ids=[path for path, _ in WRONG_VALUES])
@pytest.mark.parametrize("op", ["add", "replace"])
@ONE_ENGINE
def test_c153_values_of_the_wrong_type_are_refused(shared: Scim, op: str, path: str, values: list[Any]) -> None:
    """RFC 7644 §3.5.2: invalidValue, with a path and without, and nothing changes."""
    user = shared.create("/Users", a_user(emails=[WORK], title="t"))
    at = f"/Users/{user['id']}"
    for value in values:
        if value is None and op == "add":
            continue  # nothing to add
        answer = shared.patch(at, a_patch({"op": op, "path": path, "value": value}))
        assert refusal(answer) == (400, "invalidValue"), value
        answer = shared.patch(at, a_patch({"op": op, "value": {path: value}}))
        assert refusal(answer) == (400, "invalidValue"), value
    assert shared.read(at) == user


@pytest.mark.parametrize("value", ["x", 7, True, [], ["title"], None], ids=repr)
@pytest.mark.parametrize("op", ["add", "replace"])
@ONE_ENGINE
def test_c153_without_path_the_value_is_an_object(shared: Scim, op: str, value: Any) -> None:
    """RFC 7644 §3.5.2.1, §3.5.2.3: a set of attributes."""
    check_refused(shared, {"title": "t"}, [{"op": op, "value": value}], "invalidValue")


@pytest.mark.parametrize(
    "value", [7, True, [7], [None], [{}], [{"value": 7}], [{"value": ""}], "", [""], {"a": 1}], ids=repr
)
@pytest.mark.parametrize("op", ["add", "replace"])
def test_c153_members_need_ids(shared: Scim, staff: tuple[str, list[str]], op: str, value: Any) -> None:
    """RFC 7643 §4.2."""
    at, _ = staff
    before = shared.read(at)
    assert refusal(shared.patch(at, a_patch({"op": op, "path": "members", "value": value}))) == (400, "invalidValue")
    assert shared.read(at) == before


@refused(
    ("add", {"title": "t"}, {"op": "add", "path": "title"}, "invalidValue"),
    ("replace", {"title": "t"}, {"op": "replace", "path": "title"}, "invalidValue"),
    ("add without path", {"title": "t"}, {"op": "add"}, "invalidValue"),
    ("replace without path", {"title": "t"}, {"op": "replace"}, "invalidValue"),
    ("replace of emails", {"emails": [WORK]}, {"op": "replace", "path": "emails"}, "invalidValue"),
)
def test_c154_add_and_replace_need_a_value(shared: Scim, before: Facts, operations: list[Facts], kind: str) -> None:
    """RFC 7644 §3.5.2.1: a forgotten value never clears anything."""
    check_refused(shared, before, operations, kind)


@pytest.mark.parametrize("operation", [add("schemas", ["urn:example:x"]), replace("schemas", [CORE_USER])], ids=str)
def test_schemas_is_computed(shared: Scim, operation: Facts) -> None:
    """RFC 7643 §3: it follows from the data, so setting it does nothing."""
    check(shared, {"title": "t"}, [operation], {"title": "t"})


@pytest.mark.parametrize(
    "operation", [remove("active"), replace("active", None), {"op": "replace", "value": {"active": None}}], ids=str
)
@pytest.mark.parametrize("before", [True, False])
def test_c136_removed_active_is_absent_and_means_active(shared: Scim, operation: Facts, before: bool) -> None:
    """RFC 7644 §3.5.2.2: unassigned in answers; RFC 7643 §7: in filters what is unassigned has its default."""
    user = shared.create("/Users", a_user(active=before))
    changed = shared.patch(f"/Users/{user['id']}", a_patch(operation))
    assert "active" not in changed.json
    assert "active" not in shared.read(f"/Users/{user['id']}")
    assert shared.read("/Users", filter=f'id eq "{user["id"]}" and active eq true')["totalResults"] == 1


def test_the_rfcs_own_examples(scim: Scim) -> None:
    """RFC 7644 §3.5.2.1 to §3.5.2.3, in our words: add, remove and replace of members and addresses."""
    users = [scim.create("/Users", a_user(f"u{number}"))["id"] for number in range(3)]
    group = scim.create("/Groups", a_group("Tour Guides", users[:1]))
    at = f"/Groups/{group['id']}"
    scim.patch(
        at,
        a_patch(
            add("members", [{"display": "B", "$ref": f"https://example.com/v2/Users/{users[1]}", "value": users[1]}])
        ),
    )
    assert members(scim, at) == set(users[:2])
    scim.patch(at, a_patch(remove(f'members[value eq "{users[0]}"]'), add("members", [{"value": users[2]}])))
    assert members(scim, at) == {users[1], users[2]}
    scim.patch(at, a_patch(remove("members"), add("members", [{"value": users[0]}, {"value": users[1]}])))
    assert members(scim, at) == set(users[:2])
    check(
        scim,
        {"addresses": [BERLIN, PARIS], "emails": [WORK, HOME]},
        [
            remove('emails[type eq "work" and value ew "x.example"]'),
            replace(
                'addresses[type eq "work"]',
                {"type": "work", "streetAddress": "911 Universal City Plaza", "primary": True},
            ),
            replace('addresses[type eq "home"].streetAddress', "1010 Broadway Ave"),
            replace(None, {"nickName": "Babs"}),
        ],
        {
            "addresses": [
                {"type": "work", "streetAddress": "911 Universal City Plaza", "primary": True},
                PARIS | {"streetAddress": "1010 Broadway Ave"},
            ],
            "emails": [HOME],
            "nickName": "Babs",
        },
    )
