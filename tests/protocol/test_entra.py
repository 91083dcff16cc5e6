"""Microsoft Entra ID: recorded requests without and with its flag ``aadOptscim062020``, and its validator's cases.

Without the flag operations are capitalised, booleans are texts and members are removed by a list;
with it the requests keep to the standard, except that the keys of a value may be paths.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.services import directories
from tests.builders import CORE_GROUP, CORE_USER, ENTERPRISE, Customer, a_customer, a_group, a_patch, a_user
from tests.protocol.conftest import Scim, refusal

NAME = "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1"
MAIL = "Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com"


@pytest.fixture
def customer(database: Database) -> Customer:
    """An account whose directory is an Entra application; both kinds of requests are understood."""
    return a_customer(database, preset="entra")


def made(scim: Scim, case: str, **facts: str | bool) -> dict[str, Any]:
    answer = scim.replay(case, **facts)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json
    return created


def after(scim: Scim, case: str, path: str, **facts: str | bool) -> dict[str, Any]:
    """Send a change and read the result, as the validator does; an answer with a body must equal it."""
    answer = scim.replay(case, **facts)
    assert answer.status_code in (200, 204), answer.text
    shown = scim.read(path)
    if answer.status_code == 200:
        assert answer.json == shown
    return shown


@pytest.fixture
def user(scim: Scim) -> dict[str, Any]:
    return made(scim, "entra/create_user")


@pytest.fixture
def group(scim: Scim) -> dict[str, Any]:
    return made(scim, "entra/create_group")


def members(scim: Scim, group: str) -> set[str]:
    return {member["value"] for member in scim.read(f"/Groups/{group}").get("members", [])}


def manager(user: dict[str, Any]) -> str | None:
    found: str | None = user.get(ENTERPRISE, {}).get("manager", {}).get("value")
    return found


@pytest.mark.parametrize("case", ["entra/test_connection", "entra/test_connection_groups"])
def test_connection_is_tested_by_asking_for_nobody(scim: Scim, case: str) -> None:
    """200 with an empty list; a 404 fails the connection."""
    answer = scim.replay(case)
    assert answer.status_code == 200
    assert answer.mimetype == "application/scim+json"
    assert (answer.json["totalResults"], answer.json["Resources"]) == (0, [])


def test_create_user(scim: Scim, user: dict[str, Any]) -> None:
    """Client meta and empty lists are ignored; what counts is kept as sent."""
    assert user["schemas"] == [CORE_USER]
    assert user["externalId"] == "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"
    assert (user["userName"], user["active"]) == (NAME, True)
    assert user["emails"] == [{"primary": True, "type": "work", "value": MAIL}]
    assert user["name"] == {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"}
    assert "roles" not in user
    assert user["meta"]["created"]
    assert scim.read(f"/Users/{user['id']}") == user


def test_create_user_twice_is_409(scim: Scim, user: dict[str, Any]) -> None:
    """The validator posts the same user again."""
    assert refusal(scim.replay("entra/create_user")) == (409, "uniqueness")
    assert scim.read("/Users")["Resources"] == [user]


def test_create_with_an_untidy_mapping(scim: Scim) -> None:
    """Nulls, empty texts, text booleans, an extension that is not announced, a manager nobody knows."""
    user = made(scim, "entra/create_user_untidy")
    assert user["active"] is True
    assert "displayName" not in user
    assert "title" not in user
    assert "phoneNumbers" not in user
    assert user["addresses"] == [{"type": "work", "locality": "Redmond", "primary": False}]
    assert user["emails"] == [
        {"primary": True, "type": "work", "value": "untidy@contoso.example"},
        {"type": "work", "value": "second@contoso.example"},
    ]
    assert user["roles"] == [{"primary": True, "value": "reader"}]
    assert user["name"] == {"formatted": "Un Tidy", "familyName": "Tidy", "givenName": "Un"}
    assert user[ENTERPRISE]["employeeNumber"] == "12"
    assert user[ENTERPRISE]["department"] == "R&D"
    assert "costCenter" not in user[ENTERPRISE]
    assert manager(user) == "7f2a9c9e-nobody"
    assert user["schemas"] == [CORE_USER, ENTERPRISE]
    assert scim.read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize(
    "case", ["match_user", "match_user_other_case", "match_external_id", "match_email", "match_two"]
)
def test_users_are_matched_by_the_configured_attribute(scim: Scim, case: str) -> None:
    """Before the user is there nobody is found, afterwards exactly that one; others never."""
    other = scim.create("/Users", a_user(emails=[{"type": "home", "value": MAIL}]))
    assert scim.replay(f"entra/{case}").json["totalResults"] == 0
    user = made(scim, "entra/create_user")
    found = scim.replay(f"entra/{case}")
    assert (found.status_code, found.json["Resources"]) == (200, [user])
    assert other["id"] != user["id"]
    scim.replay("entra/disable", id=user["id"])
    assert scim.replay(f"entra/{case}").json["totalResults"] == 1


def test_update_without_the_flag(scim: Scim, user: dict[str, Any]) -> None:
    """Capital operations, text booleans, filtered paths that make entries, a manager as text."""
    boss = scim.create("/Users", a_user())["id"]
    shown = after(scim, "entra/patch_verbose", f"/Users/{user['id']}", id=user["id"], manager=boss)
    assert shown["active"] is False
    assert (shown["nickName"], shown["displayName"]) == ("Babs", "Babs J")
    assert shown["emails"] == [{"primary": True, "type": "work", "value": "updatedEmail@microsoft.com"}]
    assert shown["name"] == user["name"] | {"familyName": "updatedFamilyName"}
    assert shown["phoneNumbers"] == [{"type": "mobile", "value": "(425) 555-0100 ext 7"}]
    assert shown["addresses"] == [{"type": "work", "locality": "Redmond", "postalCode": "98052"}]
    assert shown[ENTERPRISE]["employeeNumber"] == "7"
    assert manager(shown) == boss
    assert shown["userName"] == user["userName"]


def test_adding_to_a_bare_user(scim: Scim) -> None:
    """Several operations build one entry each, ``[primary eq "True"]`` makes a primary one."""
    user = scim.create("/Users", a_user())
    shown = after(scim, "entra/patch_add_on_bare_user", f"/Users/{user['id']}", id=user["id"])
    assert shown["emails"] == [{"type": "work", "value": "a@contoso.example", "primary": True}]
    assert shown["roles"] == [
        {"primary": True, "display": "Reader", "value": "reader", "type": "WindowsAzureActiveDirectoryRole"}
    ]
    assert shown["name"] == {"formatted": "A B"}
    assert shown["preferredLanguage"] == "fr-CA"
    assert shown[ENTERPRISE] == {"department": "Sales"}
    again = after(scim, "entra/patch_add_on_bare_user", f"/Users/{user['id']}", id=user["id"])
    assert again == shown


def test_update_with_the_flag(scim: Scim, user: dict[str, Any]) -> None:
    """Dotted and URN-prefixed keys are paths, not names."""
    shown = after(scim, "entra_flag/patch", f"/Users/{user['id']}", id=user["id"])
    assert shown["emails"] == [{"primary": True, "type": "work", "value": "updatedEmail@microsoft.com"}]
    assert shown["phoneNumbers"] == [{"type": "work", "value": "+1 425 555 0100"}]
    assert shown["displayName"] == "D"
    assert shown["name"] == {"formatted": "givenName familyName", "givenName": "G", "familyName": "F"}
    assert shown[ENTERPRISE] == {"employeeNumber": "7", "department": "Sales"}
    assert shown.keys() <= {
        *("schemas", "id", "meta", "externalId", "userName", "active", "emails", "name"),
        *("displayName", "phoneNumbers", ENTERPRISE),
    }


def test_adding_attributes_with_the_flag(scim: Scim) -> None:
    """One value holds everything that has no filter."""
    user, boss = scim.create("/Users", a_user()), scim.create("/Users", a_user())["id"]
    shown = after(scim, "entra_flag/add_attributes", f"/Users/{user['id']}", id=user["id"], manager=boss)
    assert (shown["title"], shown["preferredLanguage"], shown["name"]) == ("Boss", "en", {"formatted": "G F"})
    assert manager(shown) == boss


@pytest.mark.parametrize("folder", ["entra", "entra_flag"])
def test_disable_and_restore(scim: Scim, user: dict[str, Any], folder: str) -> None:
    """A soft delete: the user stays readable and can be matched, and comes back as it was."""
    at = f"/Users/{user['id']}"
    assert after(scim, f"{folder}/disable", at, id=user["id"])["active"] is False
    assert scim.replay("entra/match_user").json["totalResults"] == 1
    back = after(scim, f"{folder}/enable", at, id=user["id"])
    assert {**back, "meta": None} == {**user, "meta": None}


def test_update_the_user_name(scim: Scim, user: dict[str, Any]) -> None:
    """Found under the new name only."""
    shown = after(scim, "entra/rename_user", f"/Users/{user['id']}", id=user["id"])
    assert shown["userName"] == "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"
    assert scim.replay("entra/match_user").json["totalResults"] == 0
    assert scim.read("/Users", filter=f'userName eq "{shown["userName"].upper()}"')["totalResults"] == 1


@pytest.mark.parametrize("remove", ["entra/remove_manager", "entra_flag/remove_manager"])
def test_manager_is_added_replaced_and_removed(scim: Scim, user: dict[str, Any], remove: str) -> None:
    """The manager comes as a list of one object; removing it leaves the rest of the extension."""
    one, two = (scim.create("/Users", a_user())["id"] for _ in range(2))
    at = f"/Users/{user['id']}"
    scim.patch(at, a_patch({"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"}))
    assert manager(after(scim, "entra/set_manager", at, id=user["id"], manager=one)) == one
    assert manager(after(scim, "entra/replace_manager", at, id=user["id"], manager=two)) == two
    shown = after(scim, remove, at, id=user["id"])
    assert shown[ENTERPRISE] == {"department": "Sales"}
    assert after(scim, remove, at, id=user["id"])[ENTERPRISE] == {"department": "Sales"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{ENTERPRISE}:manager", {"value": "m-1"}),
        (f"{ENTERPRISE}:manager", "m-1"),
        (f"{ENTERPRISE}:manager.value", "m-1"),
        (f"{ENTERPRISE}.manager", "m-1"),
        (f"{ENTERPRISE}:manager", [{"$ref": None, "value": "m-1"}]),
    ],
)
def test_manager_may_be_written_in_many_ways(scim: Scim, user: dict[str, Any], path: str, value: Any) -> None:
    """A plain text, an object, a list of one, by its value, with a dot after the URN."""
    answer = scim.patch(f"/Users/{user['id']}", a_patch({"op": "Add", "path": path, "value": value}))
    assert answer.status_code == 200, answer.text
    assert manager(scim.read(f"/Users/{user['id']}")) == "m-1"


@pytest.mark.parametrize(
    "value", [None, "", [], {"value": ""}, {"value": None}, [{"$ref": None, "value": None}]], ids=repr
)
def test_replacing_the_manager_by_nobody_clears_only_the_manager(scim: Scim, user: dict[str, Any], value: Any) -> None:
    """Nulls, empty texts and empty lists mean that there is none."""
    at = f"/Users/{user['id']}"
    given = {"department": "Sales", "manager": "m-1"}
    scim.patch(at, a_patch({"op": "Add", "value": {f"{ENTERPRISE}:{name}": part for name, part in given.items()}}))
    assert manager(scim.read(at)) == "m-1"
    answer = scim.patch(at, a_patch({"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": value}))
    assert answer.status_code == 200, answer.text
    assert scim.read(at)[ENTERPRISE] == {"department": "Sales"}


def test_roles_as_text_are_understood(scim: Scim, user: dict[str, Any]) -> None:
    """A role arrives as the text of a JSON object inside value: kept or unpacked, never a fault."""
    shown = after(scim, "entra/role_as_text", f"/Users/{user['id']}", id=user["id"])
    assert len(shown["roles"]) == 1
    assert "25" in shown["roles"][0]["value"]
    bare = a_patch({"op": "Add", "path": "roles", "value": '{"id":"x","value":"26","displayName":"Role26"}'})
    assert scim.patch(f"/Users/{user['id']}", bare).status_code == 200
    assert {role["value"] for role in scim.read(f"/Users/{user['id']}")["roles"]} >= {"26"}


def test_complex_roles_are_added_and_assertive_ones_replace(scim: Scim, user: dict[str, Any]) -> None:
    """One transformation only adds, the other sends the list as it is to be."""
    at = f"/Users/{user['id']}"
    assert [role["value"] for role in after(scim, "entra/role_complex", at, id=user["id"])["roles"]] == [
        "Admin",
        "User",
    ]
    assert [role["value"] for role in after(scim, "entra/role_complex", at, id=user["id"])["roles"]] == [
        "Admin",
        "User",
    ]
    assert [role["value"] for role in after(scim, "entra/role_assertive", at, id=user["id"])["roles"]] == ["User"]


@pytest.mark.parametrize(
    "value",
    ["maybe", "yes", "1", "", "Truee", 1, 0, [], {}, [False], ["False"], {"value": False}, {"value": "False"}],
    ids=repr,
)
def test_what_is_no_boolean_is_refused(scim: Scim, user: dict[str, Any], value: Any) -> None:
    """Only "True" and "False", in any case, stand for booleans, with a path and without."""
    for sent in ({"path": "active", "value": value}, {"value": {"active": value}}):
        answer = scim.patch(f"/Users/{user['id']}", a_patch({"op": "Replace", **sent}))
        assert refusal(answer) == (400, "invalidValue")
    assert scim.read(f"/Users/{user['id']}") == user


def test_several_operations_on_one_attribute(scim: Scim, user: dict[str, Any]) -> None:
    """Validator preview: they apply in order."""
    assert (
        after(scim, "entra_flag/several_on_one_attribute", f"/Users/{user['id']}", id=user["id"])["displayName"]
        == "second"
    )


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_delete_once_twice_and_unknown(scim: Scim, user: dict[str, Any], group: dict[str, Any], path: str) -> None:
    """204, then 404; an unknown id is 404 at once."""
    at = f"{path}/{(user if path == '/Users' else group)['id']}"
    answer = scim.delete(at)
    assert (answer.status_code, answer.data) == (204, b"")
    assert refusal(scim.get(at)) == (404, None)
    assert refusal(scim.delete(at)) == (404, None)
    assert refusal(scim.delete(f"{path}/b1794746-997f-4033-9d0b-0f5a39c8f2c0")) == (404, None)


def test_create_group(scim: Scim, group: dict[str, Any]) -> None:
    """Microsoft's own schema is accepted and not echoed."""
    assert group["schemas"] == [CORE_GROUP]
    assert (group["displayName"], group["externalId"]) == ("displayName", "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159")
    assert group.get("members", []) == []


def test_create_group_twice_is_409(scim: Scim, group: dict[str, Any]) -> None:
    """Entra matches groups by name, so there cannot be two."""
    assert refusal(scim.replay("entra/create_group")) == (409, "uniqueness")
    assert scim.read("/Groups")["Resources"] == [group]


def test_groups_are_read_and_matched_without_members(scim: Scim, group: dict[str, Any], user: dict[str, Any]) -> None:
    """``members`` is absent whatever the group has."""
    scim.replay("entra/add_member", id=group["id"], user=user["id"])
    for answer in (
        scim.replay("entra/get_group", id=group["id"]),
        scim.replay("entra/match_group"),
        scim.replay("entra/match_group_other_case"),
    ):
        assert answer.status_code == 200
        found = answer.json["Resources"][0] if "Resources" in answer.json else answer.json
        assert "members" not in found
        assert (found["id"], found["displayName"]) == (group["id"], "displayName")


@pytest.mark.parametrize("case", ["match_group", "match_group_other_case"])
def test_an_unknown_group_is_an_empty_list(scim: Scim, case: str) -> None:
    """Never everybody, never 404."""
    scim.create("/Groups", a_group("another"))
    assert scim.replay(f"entra/{case}").json["totalResults"] == 0


def test_update_a_group(scim: Scim, group: dict[str, Any], user: dict[str, Any]) -> None:
    """The name alone, and several attributes; members stay."""
    scim.replay("entra/add_member", id=group["id"], user=user["id"])
    at = f"/Groups/{group['id']}"
    shown = after(scim, "entra/rename_group", at, id=group["id"])
    assert shown["displayName"] == "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName"
    shown = after(scim, "entra/patch_group", at, id=group["id"])
    assert (shown["displayName"], shown["externalId"]) == ("Replaced", "new-external-id")
    assert members(scim, group["id"]) == {user["id"]}


@pytest.mark.parametrize("folder", ["entra", "entra_flag"])
def test_members_are_added_and_removed_one_by_one(scim: Scim, group: dict[str, Any], folder: str) -> None:
    """Removing one by a list of values, or by a filter, does not empty the group; repeating changes nothing."""
    one, two, three = (scim.create("/Users", a_user())["id"] for _ in range(3))
    for user in (one, two, three, two):
        assert scim.replay(f"{folder}/add_member", id=group["id"], user=user).status_code in (200, 204)
    assert members(scim, group["id"]) == {one, two, three}
    for _ in range(2):
        assert scim.replay(f"{folder}/remove_member", id=group["id"], user=two).status_code in (200, 204)
        assert members(scim, group["id"]) == {one, three}
    assert "groups" not in scim.read(f"/Users/{two}")


def test_several_member_operations_in_one_request(scim: Scim, group: dict[str, Any]) -> None:
    """Validator preview: additions and removals in order."""
    one, two, three = (scim.create("/Users", a_user())["id"] for _ in range(3))
    answer = scim.replay("entra/several_member_operations", id=group["id"], one=one, two=two, three=three)
    assert answer.status_code in (200, 204)
    assert members(scim, group["id"]) == {two, three}


def test_replacing_the_members_means_this_is_the_list(scim: Scim, group: dict[str, Any]) -> None:
    """The RFC's meaning, also for a partial list."""
    one, two = (scim.create("/Users", a_user())["id"] for _ in range(2))
    scim.replay("entra/add_member", id=group["id"], user=one)
    body = a_patch({"op": "Replace", "path": "members", "value": [{"$ref": None, "value": two}]})
    assert scim.patch(f"/Groups/{group['id']}", body).status_code in (200, 204)
    assert members(scim, group["id"]) == {two}


def test_membership_and_reference_probes(scim: Scim, group: dict[str, Any], user: dict[str, Any]) -> None:
    """ "Is she in this group", "is he her manager": one result or none."""
    other = scim.create("/Users", a_user())["id"]
    scim.replay("entra/add_member", id=group["id"], user=user["id"])
    scim.replay("entra/set_manager", id=user["id"], manager=other)
    yes = scim.replay("entra/membership_probe", group=group["id"], user=user["id"])
    assert [found["id"] for found in yes.json["Resources"]] == [group["id"]]
    assert scim.replay("entra/membership_probe", group=group["id"], user=other).json["totalResults"] == 0
    for probe in ("entra/reference_probe", "entra/reference_probe_bare"):
        yes = scim.replay(probe, user=user["id"], manager=other)
        assert [found["id"] for found in yes.json["Resources"]] == [user["id"]]
        assert scim.replay(probe, user=user["id"], manager=user["id"]).json["totalResults"] == 0


def test_schemas_are_read_when_the_configuration_is_saved(scim: Scim) -> None:
    """A ListResponse without nulls, with camelCase names."""
    answer = scim.get("/Schemas")
    assert answer.status_code == 200
    assert "null" not in answer.text
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    names = {one["name"] for schema in answer.json["Resources"] for one in schema["attributes"]}
    assert {"userName", "displayName", "externalId"} - names <= {"externalId"}


@pytest.mark.parametrize(("preset", "flagged"), [("entra", 200), ("entra-legacy", 400), ("generic", 200)])
def test_presets_by_the_flag(app: Flask, database: Database, preset: str, flagged: int) -> None:
    """Both behaviours work by whatever preset; where only the preset's is wanted, the other one is refused by name."""
    customer = a_customer(database, preset=preset)
    scim = Scim(app.test_client(), customer.token)
    user, boss = made(scim, "entra/create_user"), scim.create("/Users", a_user())["id"]
    at = f"/Users/{user['id']}"
    assert after(scim, "entra/patch_verbose", at, id=user["id"], manager=boss)["active"] is False
    assert scim.replay("entra_flag/patch", id=user["id"]).status_code == 200
    assert scim.read(at)["name"]["givenName"] == "G"
    with database.writing() as session:
        directory = directories.find_directory(session, customer.account_id, customer.directory_id)
        directories.set_repairs(session, customer.account_id, directory, "only")
    answer = scim.replay("entra_flag/patch", id=user["id"])
    assert answer.status_code == flagged
    if flagged == 400:
        assert refusal(answer) == (400, "invalidPath")
        assert '"dotted-keys" is not repaired in this directory' in answer.json["detail"]


def test_collection_capital_keys(scim: Scim) -> None:
    """The reference collection writes names as it likes; two addresses may have one type."""
    user = made(scim, "entra/collection_capital_keys")
    assert (user["userName"], user["displayName"], user["active"]) == ("UserName222", "BobIsAmazing", True)
    assert user["externalId"] == "22fbc523-6032-4c5f-939d-5d4850cf3e52"
    assert user["name"] == {"formatted": "Ryan Leenay", "familyName": "Leenay", "givenName": "Ryan"}
    assert [email["value"] for email in user["emails"]] == ["testing@bob.com", "testinghome@bob.com"]
    assert user["addresses"] == [{"primary": False, "type": "home", "country": "US"}]
    assert user[ENTERPRISE]["department"] == "bob"
    assert manager(user) == "SuzzyQ"


def test_collection_operations_with_a_name(scim: Scim, user: dict[str, Any]) -> None:
    """An extra key in operations means nothing; a dot may follow the URN."""
    shown = after(scim, "entra/collection_extra_name", f"/Users/{user['id']}", id=user["id"])
    assert shown[ENTERPRISE]["department"] == "HR"
    assert manager(shown) == "99"
    assert shown["name"]["formatted"] == "Ryan L"


def test_collection_put_with_misspelled_attributes(scim: Scim) -> None:
    """200, and what was named rightly before is cleared."""
    user = made(scim, "entra/collection_capital_keys")
    answer = scim.replay("entra/collection_put_misspelled", id=user["id"])
    assert answer.status_code == 200
    assert answer.json.keys() == {"schemas", "id", "meta", "userName", "active", "name"}
    assert answer.json["name"] == {"givenName": "Ryan"}


def test_collection_refusals(scim: Scim, user: dict[str, Any]) -> None:
    """Junk JSON and a missing user name, on POST and PUT."""
    at = f"/Users/{user['id']}"
    nameless = {"schemas": [CORE_USER], "displayName": "x"}
    assert refusal(scim.raw("POST", "/Users", '{"userName": "x" "y"}')) == (400, "invalidSyntax")
    assert refusal(scim.raw("PUT", at, "asdfas")) == (400, "invalidSyntax")
    assert refusal(scim.post("/Users", nameless)) == (400, "invalidValue")
    assert refusal(scim.put(at, nameless)) == (400, "invalidValue")
    assert scim.read(at) == user


@pytest.mark.parametrize(
    ("query", "total"),
    [
        (f"/Users/?filter=userName+eq+%22{NAME}%22", 1),
        ("/Users?filter=(ActiVe+eq+true)+and+meta.lastmodified+ge+%220001-01-01T00%3A00%3A00.0000000Z%22", 1),
        ("/Users?filter=(ActiVe+eq+false)", 0),
        ("/Users?startindex=0&count=10", 1),
        (f"/Users?attributes=emails%5Btype%20eq%20%22work%22%5D&filter=userName+eq+%22{NAME}%22", 1),
        ("/Users?aadOptscim062020", 1),
    ],
)
def test_collection_queries(scim: Scim, user: dict[str, Any], query: str, total: int) -> None:
    """Slashes at the end, plus for space, odd cases, a start of zero, a flag without value."""
    answer = scim.request("GET", query)
    assert (answer.status_code, answer.json["totalResults"]) == (200, total)


def test_collection_asks_for_some_values_of_an_attribute(scim: Scim, user: dict[str, Any]) -> None:
    """``attributes`` with a condition shows the values that fit it, in a list and alone."""
    home = {"op": "Add", "path": 'emails[type eq "home"].value', "value": "home@contoso.example"}
    scim.patch(f"/Users/{user['id']}", a_patch(home))
    work = {"schemas": [CORE_USER], "id": user["id"], "emails": user["emails"]}
    asked = 'emails[type eq "work"]'
    assert scim.read(f"/Users/{user['id']}", attributes=asked) == work
    assert scim.read("/Users", attributes=asked, filter=f'userName eq "{NAME}"')["Resources"] == [work]


def test_collection_unquoted_literals_are_refused(scim: Scim, user: dict[str, Any]) -> None:
    """A filter that is no filter is invalidFilter, not everybody."""
    assert refusal(scim.get("/Users", filter=f"userName eq {NAME}")) == (400, "invalidFilter")


@pytest.mark.parametrize("value", ["(425) 555-0100 x7", "+1 (425)5550100", "tel:+1-425", "０１２"])
def test_values_are_kept_as_sent(scim: Scim, user: dict[str, Any], value: str) -> None:
    """No formatting of telephone numbers."""
    operation = {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": value}
    answer = scim.patch(f"/Users/{user['id']}", a_patch(operation))
    assert answer.json["phoneNumbers"] == [{"type": "work", "value": value}]
