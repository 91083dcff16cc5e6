"""Creating resources (RFC 7644 §3.3, RFC 7643 §2, §3): requirements 27 to 47."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.db import Database
from app.models import Directory, User
from scim.attributes import Attribute, Type
from scim.schemas import ENTERPRISE_USER, GROUP, USER
from tests.builders import CORE_GROUP, CORE_USER, ENTERPRISE, Customer, a_customer, a_group, a_patch, a_user
from tests.protocol.conftest import ONE_ENGINE, PUBLIC_URL, Scim, refusal

FULL: dict[str, Any] = {
    "externalId": "701984",
    "name": {
        "formatted": "Ms. Barbara J Jensen, III",
        "familyName": "Jensen",
        "givenName": "Barbara",
        "middleName": "Jane",
        "honorificPrefix": "Ms.",
        "honorificSuffix": "III",
    },
    "displayName": "Babs Jensen",
    "nickName": "Babs",
    "profileUrl": "https://login.example.com/bjensen",
    "title": "Tour Guide",
    "userType": "Employee",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home", "display": "babs"},
    ],
    "phoneNumbers": [{"value": "555-555-5555", "type": "work"}, {"value": "tel:+1-201-555", "type": "mobile"}],
    "ims": [{"value": "someaimhandle", "type": "aim"}],
    "photos": [{"value": "https://photos.example.com/babs/F", "type": "photo"}],
    "addresses": [
        {
            "type": "work",
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "US",
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 US",
            "primary": True,
        }
    ],
    "entitlements": [{"value": "newsletter"}],
    "roles": [{"value": "editor", "type": "app", "display": "Editor", "primary": True}],
    "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgIC"}],
    ENTERPRISE: {
        "employeeNumber": "701984",
        "costCenter": "4130",
        "organization": "Universal Studios",
        "division": "Theme Park",
        "department": "Tour Operations",
    },
}


def test_c027_create_answers_201_with_location_and_meta(scim: Scim) -> None:
    """RFC 7644 §3.3: 201, Location equal to meta.location, and the whole resource."""
    before = datetime.now(UTC) - timedelta(seconds=2)
    answer = scim.post("/Users", a_user("bjensen", **FULL))
    made = answer.json
    assert answer.status_code == 201
    meta = made["meta"]
    assert meta["resourceType"] == "User"
    assert meta["location"] == f"{PUBLIC_URL}/scim/v2/Users/{made['id']}"
    assert answer.headers["Location"] == meta["location"]
    assert answer.headers["ETag"] == meta["version"]
    assert meta["created"] == meta["lastModified"]
    assert before <= datetime.fromisoformat(meta["created"]) <= datetime.now(UTC) + timedelta(seconds=2)
    assert meta["created"].endswith("Z")


def test_c027_create_answers_every_attribute_as_sent(scim: Scim) -> None:
    """RFC 7644 §3.3: the answer and the next GET hold what was sent, each attribute of the schemas."""
    answer = scim.post("/Users", a_user("bjensen", **FULL))
    made = answer.json
    rest = {name: value for name, value in made.items() if name not in ("id", "meta", "schemas")}
    assert rest == {"userName": "bjensen"} | FULL
    assert made["schemas"] == [CORE_USER, ENTERPRISE]
    assert scim.read(f"/Users/{made['id']}") == made


def test_c027_create_group_answers_201(scim: Scim) -> None:
    """RFC 7644 §3.3 for groups."""
    user = scim.create("/Users", a_user())
    answer = scim.post("/Groups", a_group("Tour Guides", [user["id"]], externalId="g-1"))
    made = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == made["meta"]["location"] == f"{PUBLIC_URL}/scim/v2/Groups/{made['id']}"
    assert made["meta"]["resourceType"] == "Group"
    assert (made["schemas"], made["displayName"], made["externalId"]) == ([CORE_GROUP], "Tour Guides", "g-1")
    assert [member["value"] for member in made["members"]] == [user["id"]]
    assert scim.read(f"/Groups/{made['id']}") == made


def test_c027_ids_are_not_guessable_numbers(scim: Scim) -> None:
    """RFC 7643 §3.1: an id is stable, never reused and tells nothing."""
    ids = [scim.create("/Users", a_user())["id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(len(id) == 36 for id in ids)


def test_c028_client_id_and_meta_are_ignored(scim: Scim) -> None:
    """RFC 7643 §3.1: id and meta are the server's."""
    sent = {"resourceType": "Robot", "created": "2001-01-01T00:00:00Z", "version": 'W/"99"', "location": "http://evil"}
    made = scim.create("/Users", a_user(id="mine", meta=sent))
    assert made["id"] != "mine"
    assert made["meta"]["resourceType"] == "User"
    assert made["meta"]["created"] > "2020"
    assert made["meta"]["location"].startswith(PUBLIC_URL)
    assert refusal(scim.get("/Users/mine")) == (404, None)


@pytest.mark.parametrize("meta", [None, "text", [], 7, {"created": "never"}])
def test_c028_any_client_meta_is_ignored(shared: Scim, meta: Any) -> None:
    """RFC 7644 §3.3: readOnly attributes are not even looked at."""
    assert shared.create("/Users", a_user(meta=meta))["meta"]["resourceType"] == "User"


def test_c029_read_only_groups_are_ignored(scim: Scim) -> None:
    """RFC 7643 §4.1.2: membership is changed through the group."""
    group = scim.create("/Groups", a_group())
    made = scim.create("/Users", a_user(groups=[{"value": group["id"], "display": "x"}]))
    assert "groups" not in made
    assert "members" not in scim.read(f"/Groups/{group['id']}")


def test_c029_the_managers_name_is_read_only(scim: Scim) -> None:
    """RFC 7643 §4.3: manager.displayName comes from the manager, not from the client."""
    boss = scim.create("/Users", a_user(displayName="The Boss"))
    manager = {"value": boss["id"], "displayName": "Somebody else", "$ref": "http://evil"}
    made = scim.create("/Users", a_user() | {ENTERPRISE: {"manager": manager}})
    assert made[ENTERPRISE]["manager"]["value"] == boss["id"]
    assert made[ENTERPRISE]["manager"].get("displayName", "The Boss") == "The Boss"
    assert "evil" not in json.dumps(made)


@pytest.mark.parametrize(
    "schemas",
    [
        None,
        [],
        {},
        "",
        CORE_USER,
        [CORE_GROUP],
        [None],
        [7],
        [[CORE_USER]],
        ["urn:ietf:params:scim:schemas:core:2.0:user2"],
    ],
    ids=repr,
)
@ONE_ENGINE
def test_c030_schemas_must_name_the_base_schema(shared: Scim, schemas: Any) -> None:
    """RFC 7643 §3: ``schemas`` is required, a non-empty list, and holds the base schema."""
    assert refusal(shared.post("/Users", a_user() | {"schemas": schemas})) == (400, "invalidSyntax")


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_c030_schemas_must_be_there(shared: Scim, path: str) -> None:
    """RFC 7643 §3: a body without ``schemas`` says nothing about itself."""
    body = a_user() if path == "/Users" else a_group()
    del body["schemas"]
    assert refusal(shared.post(path, body)) == (400, "invalidSyntax")


@pytest.mark.parametrize(
    "more",
    [
        ["urn:scim:schemas:core:1.0"],
        ["http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        ["urn:example:mine:2.0:User", "x"],
    ],
    ids=lambda more: more[0],
)
def test_c031_unknown_urns_are_ignored_and_not_echoed(scim: Scim, more: list[str]) -> None:
    """Google and Entra name schemas that are not ours; they mean nothing here."""
    made = scim.create("/Users", a_user() | {"schemas": [*more, CORE_USER]})
    assert made["schemas"] == [CORE_USER]


def test_c031_the_base_urn_has_no_case(scim: Scim) -> None:
    """RFC 7643 §2.1: URNs are compared without case."""
    made = scim.create("/Users", a_user() | {"schemas": [CORE_USER.upper()]})
    assert made["schemas"] == [CORE_USER]


def test_c032_extension_data_is_taken_without_its_urn_in_schemas(scim: Scim) -> None:
    """Entra sends extension data it did not announce; the answer announces it."""
    made = scim.create("/Users", a_user() | {ENTERPRISE: {"department": "Sales"}})
    assert made[ENTERPRISE] == {"department": "Sales"}
    assert made["schemas"] == [CORE_USER, ENTERPRISE]


def test_c032_an_announced_extension_without_data_is_not_echoed(scim: Scim) -> None:
    """RFC 7643 §3: ``schemas`` names what the resource has."""
    made = scim.create("/Users", a_user() | {"schemas": [CORE_USER, ENTERPRISE], ENTERPRISE: {}})
    assert made["schemas"] == [CORE_USER]
    assert ENTERPRISE not in made


@pytest.mark.parametrize("name", [None, "", "   ", 7, True, [], ["a"], {"value": "a"}], ids=repr)
@ONE_ENGINE
def test_c033_user_name_must_be_text_that_is_not_blank(shared: Scim, name: Any) -> None:
    """RFC 7643 §4.1.1: userName is required and non-empty."""
    assert refusal(shared.post("/Users", a_user() | {"userName": name})) == (400, "invalidValue")


def test_c033_user_name_must_be_there(shared: Scim) -> None:
    """RFC 7643 §4.1.1."""
    answer = shared.post("/Users", {"schemas": [CORE_USER], "displayName": "Nobody"})
    assert refusal(answer) == (400, "invalidValue")
    assert "userName" in answer.json["detail"]


@pytest.mark.parametrize("name", [None, "", "  ", 7, False, ["a"], {}], ids=repr)
@ONE_ENGINE
def test_c034_group_display_name_is_required(shared: Scim, name: Any) -> None:
    """RFC 7643 §4.2: a group has a name."""
    assert refusal(shared.post("/Groups", {"schemas": [CORE_GROUP], "displayName": name})) == (400, "invalidValue")
    assert refusal(shared.post("/Groups", {"schemas": [CORE_GROUP]})) == (400, "invalidValue")


WRONG: dict[Type, list[Any]] = {
    Type.STRING: [7, 1.5, True, {"a": 1}, ["x"]],
    Type.REFERENCE: [7, True, {"a": 1}, ["x"], "not a uri", "<x>"],
    Type.BINARY: [7, True, {"a": 1}, ["x"], "###", "a", "YWJj YWJj"],
    Type.BOOLEAN: ["yes", "", "1", "on", 1, 0, 2.5, [True, False], {"a": True}],
}


def _bodies_with(attribute: Attribute, value: Any, sub: Attribute | None = None) -> Any:
    one = {sub.name: value} if sub else value
    return [one] if attribute.multi_valued else one


def _wrong_bodies(attribute: Attribute) -> list[Any]:
    """Values that do not fit the attribute, with every sub-attribute wrong in turn."""
    if attribute.type is not Type.COMPLEX:
        return [_bodies_with(attribute, value) for value in WRONG[attribute.type]]
    takes_text = not attribute.multi_valued and attribute.find_sub("value") is not None
    wrong: list[Any] = [7, True, 1.5] + ([] if takes_text else ["text"])
    no_list = [{}, {"value": "x"}, [7], [True], ["text"], [[{"value": "x"}]]]
    wrong += no_list if attribute.multi_valued else [["x", "y"], [7]]
    for sub in attribute.sub:
        if not sub.read_only:
            wrong += [_bodies_with(attribute, value, sub) for value in WRONG[sub.type]]
    return wrong


WRITABLE = [one for one in USER.attributes if not one.read_only] + [Attribute("externalId")]


@pytest.mark.parametrize("attribute", WRITABLE, ids=lambda one: str(one.name))
@ONE_ENGINE
def test_c035_wrong_json_types_are_refused(shared: Scim, attribute: Attribute) -> None:
    """RFC 7643 §2.3: each attribute of a user takes values of its type only; nothing is made of the others."""
    name = f"wrong-{attribute.name}"
    for value in _wrong_bodies(attribute):
        answer = shared.post("/Users", a_user(name) | {attribute.name: value})
        assert refusal(answer) == (400, "invalidValue"), value
        assert attribute.name.lower() in answer.json["detail"].lower(), value
    assert shared.read("/Users", filter=f'userName eq "{name}"')["totalResults"] == 0


@pytest.mark.parametrize("attribute", ENTERPRISE_USER.attributes, ids=lambda one: str(one.name))
@ONE_ENGINE
def test_c035_wrong_json_types_in_the_extension_are_refused(shared: Scim, attribute: Attribute) -> None:
    """RFC 7643 §2.3, §4.3: the same for the enterprise extension."""
    for value in _wrong_bodies(attribute):
        answer = shared.post("/Users", a_user() | {ENTERPRISE: {attribute.name: value}})
        assert refusal(answer) == (400, "invalidValue"), value


@pytest.mark.parametrize("extension", ["x", 7, True, ["x"], [{"department": "x"}, {}]], ids=repr)
@ONE_ENGINE
def test_c035_the_extension_must_be_an_object(shared: Scim, extension: Any) -> None:
    """RFC 7643 §3.3: an extension is a JSON object under its URN."""
    assert refusal(shared.post("/Users", a_user() | {ENTERPRISE: extension})) == (400, "invalidValue")


@pytest.mark.parametrize(
    "members",
    [
        7,
        True,
        [7],
        [None],
        [{}],
        [{"value": 7}],
        [{"value": None}],
        [{"value": ""}],
        [[]],
        [{"display": "x"}],
        {"a": 1},
    ],
    ids=repr,
)
@ONE_ENGINE
def test_c035_wrong_members_are_refused(shared: Scim, members: Any) -> None:
    """RFC 7643 §4.2: each member needs an id."""
    name = f"wrong {members!r}"
    assert refusal(shared.post("/Groups", a_group(name) | {"members": members})) == (400, "invalidValue")
    assert shared.read("/Groups", filter=f"displayName eq {json.dumps(name)}")["totalResults"] == 0


def test_c035_members_are_a_list_of_objects(shared: Scim) -> None:
    """RFC 7643 §2.4: the id of somebody who is there is no member yet."""
    id = shared.create("/Users", a_user())["id"]
    group = shared.create("/Groups", a_group())
    for members in (id, [id], {"value": id}, [{"value": id}, id]):
        assert refusal(shared.post("/Groups", a_group() | {"members": members})) == (400, "invalidValue"), members
        changed = a_group(group["displayName"]) | {"members": members}
        assert refusal(shared.put(f"/Groups/{group['id']}", changed)) == (400, "invalidValue"), members
    assert shared.read(f"/Groups/{group['id']}") == group


def test_c036_user_name_is_unique_without_case(scim: Scim) -> None:
    """RFC 7643 §4.1.1, RFC 7644 §3.3: 409 uniqueness, and the first user is untouched."""
    first = scim.create("/Users", a_user("Ada@Example.com", title="first"))
    for name in ("Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM"):
        assert refusal(scim.post("/Users", a_user(name, title="second"))) == (409, "uniqueness")
    listed = scim.read("/Users")
    assert (listed["totalResults"], listed["Resources"]) == (1, [first])


@pytest.mark.parametrize(
    ("one", "other"),
    [("straße", "STRASSE"), ("ÉMILE", "émile"), ("K", "k"), ("ﬁn", "FIN"), ("ΣΑΣ", "σας")],
)
def test_c036_user_names_are_compared_by_unicode_folding(shared: Scim, one: str, other: str) -> None:
    """RFC 7643 §2.3.1: caseless comparison is not only for ASCII."""
    shared.create("/Users", a_user(f"fold-{one}"))
    assert refusal(shared.post("/Users", a_user(f"FOLD-{other}"))) == (409, "uniqueness")


def test_c036_a_user_name_is_unique_within_its_directory_only(scim: Scim, stranger: Scim) -> None:
    """Another customer's user of the same name is nobody's business."""
    scim.create("/Users", a_user("same@acme.example"))
    stranger.create("/Users", a_user("same@acme.example"))


def test_c036_parallel_creates_of_one_name_make_one_user(app: Flask, customer: Customer, scim: Scim) -> None:
    """RFC 7644 §3.3: uniqueness holds under load; one is created, the others get 409."""

    def create(number: int) -> tuple[int, Any]:
        client = Scim(app.test_client(), customer.token)
        answer = client.post("/Users", a_user("Race@acme.example" if number % 2 else "race@ACME.example"))
        return answer.status_code, answer.json

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(16)))
    assert sorted(status for status, _ in answers) == [201] + [409] * 15
    assert {body["scimType"] for status, body in answers if status == 409} == {"uniqueness"}
    assert scim.read("/Users", filter='userName eq "race@acme.example"')["totalResults"] == 1


def test_c037_group_name_is_unique_without_case(scim: Scim) -> None:
    """Entra expects 409 for a second group of a name."""
    first = scim.create("/Groups", a_group("Sales"))
    assert refusal(scim.post("/Groups", a_group("sALES"))) == (409, "uniqueness")
    assert scim.read("/Groups")["Resources"] == [first]


def test_c037_group_names_may_repeat_where_the_directory_says_so(
    database: Database, customer: Customer, scim: Scim
) -> None:
    """Some directories really have several groups of one name; the uniqueness is a switch."""
    with database.writing() as session:
        session.execute(update(Directory).where(Directory.id == customer.directory_id).values(unique_group_names=False))
    one, two = scim.create("/Groups", a_group("Sales")), scim.create("/Groups", a_group("Sales"))
    assert one["id"] != two["id"]
    assert scim.read("/Groups", filter='displayName eq "sales"')["totalResults"] == 2


def test_c037_parallel_creates_of_one_group_make_one_group(app: Flask, customer: Customer, scim: Scim) -> None:
    """The same race for groups."""

    def create(_: int) -> int:
        return Scim(app.test_client(), customer.token).post("/Groups", a_group("Race")).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(12)))
    assert answers == [201] + [409] * 11
    assert scim.read("/Groups")["totalResults"] == 1


@pytest.mark.parametrize("attribute", WRITABLE, ids=lambda one: str(one.name))
def test_c038_null_is_no_value(shared: Scim, attribute: Attribute) -> None:
    """RFC 7643 §2.5: null, an empty list and a missing attribute are one state, and none is echoed."""
    if attribute.name == "userName":
        assert refusal(shared.post("/Users", a_user() | {"userName": None})) == (400, "invalidValue")
        return
    empties: list[Any] = [None]
    if attribute.multi_valued:
        empties += [[], [None], [{}], None]
    elif attribute.type is Type.COMPLEX:
        empties += [{}, {sub.name: None for sub in attribute.sub}]
    for empty in empties:
        made = shared.create("/Users", a_user() | {attribute.name: empty})
        if attribute.name == "active":
            assert made["active"] is True
        else:
            assert attribute.name not in made, empty
        assert shared.read(f"/Users/{made['id']}") == made


def test_c038_an_empty_text_is_no_value(scim: Scim) -> None:
    """Okta sends empty texts for what it does not know; they are not stored."""
    made = scim.create("/Users", a_user(title="", name={"middleName": "", "givenName": "A"}, externalId=""))
    assert "title" not in made
    assert "externalId" not in made
    assert made["name"] == {"givenName": "A"}


@pytest.mark.parametrize("name", ["emails", "phoneNumbers", "addresses", "roles", "ims", "photos", "entitlements"])
def test_c039_two_primary_values_are_refused(shared: Scim, name: str) -> None:
    """RFC 7643 §2.4: primary is true at most once."""
    value = "locality" if name == "addresses" else "value"
    entries = [
        {value: "https://a.example/1", "type": "work", "primary": True},
        {value: "https://a.example/2", "primary": True},
    ]
    answer = shared.post("/Users", a_user() | {name: entries})
    assert refusal(answer) == (400, "invalidValue")
    entries[1]["primary"] = False
    made = shared.create("/Users", a_user() | {name: entries})
    assert [entry["primary"] for entry in made[name]] == [True, False]


def test_c040_unknown_attributes_are_ignored_and_not_stored(scim: Scim) -> None:
    """RFC 7644 §3.3: what no schema describes is dropped, at every depth."""
    made = scim.create(
        "/Users",
        a_user(favourite="blue", name={"givenName": "A", "clan": "x"}, emails=[{"value": "a@b.example", "color": "x"}])
        | {"urn:example:ext:1.0:User": {"x": 1}, ENTERPRISE: {"shoeSize": 43, "department": "x"}},
    )
    assert made["name"] == {"givenName": "A"}
    assert made["emails"] == [{"value": "a@b.example"}]
    assert made[ENTERPRISE] == {"department": "x"}
    assert made.keys() == {"schemas", "id", "meta", "userName", "active", "name", "emails", ENTERPRISE}
    shown = scim.get(f"/Users/{made['id']}", attributes="favourite,urn:example:ext:1.0:User:x")
    assert shown.json.keys() <= {"schemas", "id", "meta"}


def test_c041_attribute_names_have_no_case(scim: Scim) -> None:
    """RFC 7643 §2.1: also names of sub-attributes, of ``schemas`` and of an extension."""
    made = scim.create(
        "/Users",
        {
            "Schemas": [CORE_USER],
            "USERNAME": "ada",
            "Name": {"GivenName": "Ada", "familyname": "L"},
            "EMAILS": [{"Value": "a@b.example", "Primary": True, "TYPE": "work"}],
            ENTERPRISE.upper(): {"Department": "Research", "MANAGER": {"Value": "1"}},
        },
    )
    assert made["userName"] == "ada"
    assert made["name"] == {"givenName": "Ada", "familyName": "L"}
    assert made["emails"] == [{"value": "a@b.example", "primary": True, "type": "work"}]
    assert made[ENTERPRISE]["department"] == "Research"
    assert made[ENTERPRISE]["manager"]["value"] == "1"


def test_c041_one_attribute_under_two_spellings_is_refused(scim: Scim) -> None:
    """Which of the two counts would be a guess."""
    answer = scim.post("/Users", a_user() | {"title": "a", "TITLE": "b"})
    assert refusal(answer) == (400, "invalidSyntax")


@pytest.mark.parametrize(
    ("sent", "kept"), [("True", True), ("true", True), ("TRUE", True), ("False", False), ("false", False)]
)
def test_c042_booleans_may_be_text(shared: Scim, sent: str, kept: bool) -> None:
    """Entra sends "True" and "False"; kept are JSON booleans."""
    made = shared.create("/Users", a_user(active=sent, roles=[{"value": "x", "primary": sent}]))
    assert made["active"] is kept
    assert made["roles"] == [{"value": "x", "primary": kept}]


@pytest.mark.parametrize("value", ["MIIDQzCCAqygAwIBAgIC", "YWJj\nZGVm", "YQ==", "YQ"])
def test_c043_base64_is_accepted(shared: Scim, value: str) -> None:
    """RFC 7643 §2.3.6."""
    assert shared.create("/Users", a_user(x509Certificates=[{"value": value}]))["x509Certificates"] == [
        {"value": value}
    ]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("x509Certificates", [{"value": "not base64!"}]),
        ("x509Certificates", [{"value": "YWJj="}]),
        ("profileUrl", "https://a b.example"),
        ("profileUrl", "https://[::1"),
        ("profileUrl", "javascript:<script>"),
        ("photos", [{"value": "not a uri"}]),
    ],
)
def test_c043_binary_and_reference_syntax_is_checked(shared: Scim, attribute: str, value: Any) -> None:
    """RFC 7643 §2.3.6, §2.3.7: base64 and URIs only."""
    assert refusal(shared.post("/Users", a_user() | {attribute: value})) == (400, "invalidValue")


TEXTS = [
    "Ünïcödé ß ﬁ",
    "emoji 😀 family 👨‍👩‍👧",
    " leading and trailing ",
    "tab\tand\nnewline",
    "MiXeD CaSe",
    "日本語テキスト",
    "العربية \u202e rtl",
    "combining e\u0301",
    'quotes " and \\ backslash',
    "%_like_%",
    "'; DROP TABLE users; --",
    "<script>alert(1)</script>",
    "{{7*7}} ${7*7} #{7*7}",
    "\u2028\u2029\ufeff",
    "x" * 2000,
]


@pytest.mark.parametrize("value", TEXTS, ids=lambda text: repr(text[:20]))
def test_c044_text_is_kept_as_sent(shared: Scim, value: str) -> None:
    """RFC 7643 §2.3.1: no trimming, no change of case, no normalisation, no telephone formatting."""
    made = shared.create("/Users", a_user(title=value, phoneNumbers=[{"value": value}], name={"formatted": value}))
    for shown in (made, shared.read(f"/Users/{made['id']}")):
        assert shown["title"] == value
        assert shown["phoneNumbers"] == [{"value": value}]
        assert shown["name"] == {"formatted": value}


def test_c045_external_id_is_exact_and_kept_for_each_client(scim: Scim, stranger: Scim) -> None:
    """RFC 7643 §3.1: the client's own identifier, compared with case, free for every client to use."""
    upper = scim.create("/Users", a_user(externalId="ABC"))
    lower = scim.create("/Users", a_user(externalId="abc"))
    foreign = stranger.create("/Users", a_user(externalId="ABC"))
    found = scim.read("/Users", filter='externalId eq "ABC"')
    assert [user["id"] for user in found["Resources"]] == [upper["id"]]
    found = scim.read("/Users", filter='externalId eq "abc"')
    assert [user["id"] for user in found["Resources"]] == [lower["id"]]
    assert [user["id"] for user in stranger.read("/Users", filter='externalId eq "ABC"')["Resources"]] == [
        foreign["id"]
    ]


def test_c046_a_repeated_value_is_kept_once(scim: Scim) -> None:
    """RFC 7643 §2.4: the same type and value do not stand twice; another type is another value."""
    work, home = {"value": "a@b.example", "type": "work"}, {"value": "a@b.example", "type": "home"}
    made = scim.create("/Users", a_user(emails=[work, work, home, {"value": "A@B.example", "type": "work"}]))
    assert made["emails"] == [work, home]


def test_c047_the_password_is_never_shown(scim: Scim) -> None:
    """RFC 7643 §4.1.1 password: not on create, read, list, replace, patch, nor when asked for."""
    secret = "S3cret-Passw0rd"
    answers = [scim.post("/Users", a_user("ada", password=secret))]
    at = f"/Users/{answers[0].json['id']}"
    answers += [
        scim.get(at),
        scim.get(at, attributes="password,userName"),
        scim.get("/Users", attributes="password"),
        scim.get("/Users"),
        scim.put(at, a_user("ada", password=secret)),
        scim.patch(at, a_patch({"op": "replace", "path": "password", "value": secret})),
        scim.patch(at, a_patch({"op": "replace", "value": {"password": secret}})),
        scim.post("/Users/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}),
    ]
    assert [answer.status_code for answer in answers] == [201] + [200] * 8
    for answer in answers:
        assert secret not in answer.text
        assert "password" not in answer.text


def test_c047_the_password_is_not_stored_in_clear_anywhere(scim: Scim, database: Database, customer: Customer) -> None:
    """RFC 7643 §4.1.1, RFC 7644 §7.5: not in the user's row, nor in the audit trail."""
    secret = "S3cret-Passw0rd-in-no-table"
    made = scim.create("/Users", a_user(password=secret))
    scim.patch(f"/Users/{made['id']}", a_patch({"op": "replace", "path": "password", "value": secret}))
    with database.reading() as session:
        rows = session.execute(select(User.__table__).where(User.account_id == customer.account_id)).all()
        assert len(rows) == 1
        assert secret not in repr(rows)
        audited = session.execute(text("SELECT * FROM audit_events")).all()
        assert secret not in repr(audited)


@pytest.mark.parametrize("op", ["eq", "sw", "co", "pr", "gt"])
def test_c047_the_password_cannot_be_searched(shared: Scim, op: str) -> None:
    """RFC 7644 §7.5: otherwise it could be guessed letter by letter."""
    condition = "password pr" if op == "pr" else f'password {op} "S"'
    assert refusal(shared.get("/Users", filter=condition)) == (400, "invalidFilter")
    assert refusal(shared.get("/Users", filter=f'userName eq "x" or {condition}')) == (400, "invalidFilter")


def test_c047_users_cannot_be_sorted_by_password(shared: Scim) -> None:
    """The order would give it away as well."""
    assert refusal(shared.get("/Users", sortBy="password"))[0] == 400


def test_c047_a_password_alone_changes_no_version(scim: Scim) -> None:
    """It is dropped, so the resource is what it was."""
    made = scim.create("/Users", a_user())
    answer = scim.patch(f"/Users/{made['id']}", a_patch({"op": "replace", "value": {"password": "x"}}))
    assert answer.json == made


def test_a_refused_create_leaves_nothing(scim: Scim, database: Database) -> None:
    """A group whose member is unknown is not made half."""
    user = scim.create("/Users", a_user())
    answer = scim.post("/Groups", a_group("Half", [user["id"], "00000000-0000-4000-8000-000000000000"]))
    assert refusal(answer) == (400, "invalidValue")
    assert scim.read("/Groups")["totalResults"] == 0
    assert "groups" not in scim.read(f"/Users/{user['id']}")


def test_every_attribute_of_group_can_be_created(shared: Scim) -> None:
    """RFC 7643 §4.2: displayName, members and externalId are all there is."""
    assert {attribute.name for attribute in GROUP.attributes} == {"displayName", "members"}
    made = shared.create("/Groups", a_group(externalId="x", members=[]))
    assert made.keys() == {"schemas", "id", "meta", "displayName", "externalId"}


def test_two_customers_never_meet(app: Flask, database: Database) -> None:
    """Each token opens exactly one directory."""
    one = Scim(app.test_client(), a_customer(database).token)
    two = Scim(app.test_client(), a_customer(database).token)
    made = one.create("/Users", a_user())
    assert two.read("/Users")["totalResults"] == 0
    assert refusal(two.get(f"/Users/{made['id']}")) == (404, None)
