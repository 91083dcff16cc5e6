"""What a client sends becomes canonical, or is refused by name (RFC 7643 §2, RFC 7644 §3.3, §3.5.1)."""

from __future__ import annotations

from typing import Any

import pytest

from scim.attributes import Extension, Mutability, ResourceType, Schema
from scim.declare import flag, moment, number, reference, text
from scim.errors import InvalidSyntax, InvalidValue, ScimError
from scim.errors import Mutability as MutabilityError
from scim.keys import moment_key
from scim.resource import fold, reference_ids, searchable, validate
from scim.schemas import ENTERPRISE_URN, GROUP_URN, RESOURCE_TYPES, USER_URN

USER, GROUP = RESOURCE_TYPES["User"], RESOURCE_TYPES["Group"]


def user(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER_URN], "userName": "ada"} | attributes


def kept(**attributes: Any) -> dict[str, Any]:
    """What is kept of a user beside schemas, userName and active."""
    resource = validate(USER, user(**attributes))
    return {name: value for name, value in resource.items() if name not in ("schemas", "userName", "active")}


def test_a_whole_user_is_kept_as_sent() -> None:
    """Values are kept as sent: no trimming, no change of case, no telephone formatting."""
    sent = {
        "externalId": "E-1",
        "name": {"formatted": " Ada  Lovelace ", "familyName": "LOVELACE"},
        "phoneNumbers": [{"value": "(0) 12/3-4", "type": "Work", "primary": True}],
        "profileUrl": "abc",
        "title": "İstanbul ß ﬁ 🦊",
        ENTERPRISE_URN: {"employeeNumber": "007", "manager": {"value": "x"}},
    }
    assert kept(**sent) == sent


@pytest.mark.parametrize("empty", [None, "", [], {}, [None], [{}], {"givenName": None}, {"givenName": ""}])
def test_nothing_is_nothing(empty: Any) -> None:
    """RFC 7643 §2.5: null, empty and missing are the same state; Okta sends empty texts."""
    attribute = "name" if isinstance(empty, dict) else "emails" if isinstance(empty, list) else "nickName"
    assert kept(**{attribute: empty}) == {}


def test_attribute_names_have_no_case() -> None:
    """RFC 7643 §2.1."""
    resource = validate(
        USER,
        {
            "SCHEMAS": [USER_URN.upper()],
            "USERNAME": "ada",
            "Name": {"GIVENNAME": "A"},
            "EMAILS": [{"Value": "a", "Primary": True}],
            ENTERPRISE_URN.upper(): {"Department": "R"},
        },
    )
    assert resource == {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "userName": "ada",
        "name": {"givenName": "A"},
        "emails": [{"value": "a", "primary": True}],
        ENTERPRISE_URN: {"department": "R"},
        "active": True,
    }


def test_two_spellings_of_one_attribute_are_refused() -> None:
    with pytest.raises(InvalidSyntax, match="title"):
        validate(USER, user(title="a", TITLE="b"))


def test_read_only_unknown_and_password_are_dropped() -> None:
    """RFC 7643 §7: readOnly is ignored; RFC 7643 §4.1.1: the password is never kept."""
    assert kept(
        id="x",
        meta={"created": "x"},
        groups=[{"value": "g"}],
        password="s3cret",
        shoeSize=43,
        emails=[{"value": "a", "color": "red"}],
        **{"urn:unknown": {"a": 1}, ENTERPRISE_URN: {"manager": {"displayName": "Boss", "$ref": "x"}}},
    ) == {"emails": [{"value": "a"}]}


@pytest.mark.parametrize("schemas", [None, [], [ENTERPRISE_URN], [GROUP_URN], "x", [1], USER_URN, {}])
def test_schemas_must_hold_the_base_schema(schemas: Any) -> None:
    """RFC 7643 §3."""
    with pytest.raises(InvalidSyntax, match="schemas"):
        validate(USER, {"schemas": schemas, "userName": "a"})
    with pytest.raises(InvalidSyntax, match="schemas"):
        validate(USER, {"userName": "a"})


def test_schemas_is_computed_from_the_data() -> None:
    """The extension's URN is there exactly when there is data; Google and Entra send URNs of their own."""
    assert validate(USER, user(schemas=["urn:scim:schemas:core:1.0", USER_URN, ENTERPRISE_URN]))["schemas"] == [
        USER_URN
    ]
    extended = validate(USER, user(**{ENTERPRISE_URN: {"department": "R"}}))
    assert extended["schemas"] == [USER_URN, ENTERPRISE_URN]
    assert validate(USER, user(**{ENTERPRISE_URN: {"department": None}}))["schemas"] == [USER_URN]


@pytest.mark.parametrize("name", [None, "", "  ", "\t", 5, True, ["a"], {"value": "a"}])
def test_user_name_is_a_text_that_is_not_blank(name: Any) -> None:
    with pytest.raises(InvalidValue, match="userName"):
        validate(USER, user(userName=name))


def test_required_attributes_are_named_when_missing() -> None:
    with pytest.raises(InvalidValue, match="userName: is required"):
        validate(USER, {"schemas": [USER_URN]})
    with pytest.raises(InvalidValue, match="displayName: is required"):
        validate(GROUP, {"schemas": [GROUP_URN]})


@pytest.mark.parametrize(
    ("attributes", "at"),
    [
        ({"title": 5}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": {"value": "x"}}, "title"),
        ({"active": "yes"}, "active"),
        ({"active": 1}, "active"),
        ({"active": []}, "active"),
        ({"name": "Ada"}, "name"),
        ({"name": ["Ada"]}, "name"),
        ({"name": {"givenName": 1}}, "name.givenName"),
        ({"emails": [{"value": 1}]}, "emails.value"),
        ({"emails": [{"value": "a", "primary": "maybe"}]}, "emails.primary"),
        ({"emails": [5]}, "emails"),
        ({"emails": 5}, "emails"),
        ({"emails": [["a"]]}, "emails"),
        ({"addresses": ["a"]}, "addresses"),
        ({"externalId": 5}, "externalId"),
        ({"password": 5}, "password"),
        ({"profileUrl": "not a uri"}, "profileUrl"),
        ({"profileUrl": "http://[x"}, "profileUrl"),
        ({"profileUrl": 5}, "profileUrl"),
        ({"photos": [{"value": "<x>"}]}, "photos.value"),
        ({"x509Certificates": [{"value": "%%%"}]}, "x509Certificates.value"),
        ({"x509Certificates": [{"value": "YWJj="}]}, "x509Certificates.value"),
        ({"x509Certificates": [{"value": "abcde"}]}, "x509Certificates.value"),
        ({ENTERPRISE_URN: "x"}, "enterprise"),
        ({ENTERPRISE_URN: {"department": 5}}, "department"),
        ({ENTERPRISE_URN: {"manager": 5}}, "manager"),
        ({"title": "a\0b"}, "title"),
        ({"title": "a\ud800b"}, "title"),
        ({"title": "x" * 2001}, "title"),
        ({"title": "ﷺ" * 200}, "title"),
        ({"emails": [{"value": str(number)} for number in range(1001)]}, "emails"),
    ],
)
def test_wrong_values_are_refused_by_name(attributes: dict[str, Any], at: str) -> None:
    """RFC 7644 §3.12 invalidValue; the detail says which attribute."""
    with pytest.raises(InvalidValue, match=at):
        validate(USER, user(**attributes))


@pytest.mark.parametrize("body", [None, [], "x", 5, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(InvalidSyntax):
        validate(USER, body)


@pytest.mark.parametrize("value", [True, "True", "true", "TRUE"], ids=repr)
def test_booleans_may_be_texts(value: Any) -> None:
    """Entra; RFC 7643 §2.3.2 wants JSON booleans."""
    assert validate(USER, user(active=value))["active"] is True
    assert validate(USER, user(active="False"))["active"] is False


def test_active_is_true_unless_said_otherwise() -> None:
    """RFC 7643 §4.1.1 leaves it to the server; nobody is created disabled by omission."""
    assert validate(USER, user())["active"] is True
    assert validate(USER, user(active=None))["active"] is True
    assert validate(USER, user(active=False))["active"] is False


def test_one_value_may_be_primary() -> None:
    """RFC 7643 §2.4."""
    two = [{"value": "a", "primary": True}, {"value": "b", "primary": "True"}]
    with pytest.raises(InvalidValue, match="primary"):
        validate(USER, user(emails=two))
    assert len(kept(emails=[{"value": "a", "primary": True}, {"value": "b", "primary": False}])["emails"]) == 2


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([{"value": "a", "type": "work"}] * 2, [{"value": "a", "type": "work"}]),
        ([{"value": "a", "type": "work"}, {"value": "A", "type": "WORK", "display": "d"}], 1),
        ([{"value": "a", "type": "work"}, {"value": "a", "type": "home"}], 2),
        ([{"value": "a", "type": "work"}, {"value": "b", "type": "work"}], 2),
        ([{"value": "a"}, {"value": "a"}], [{"value": "a"}]),
    ],
)
def test_the_same_value_is_kept_once(sent: list[Any], expected: Any) -> None:
    """RFC 7643 §2.4: no two values with the same type and value."""
    emails = kept(emails=sent)["emails"]
    assert len(emails) == expected if isinstance(expected, int) else emails == expected


def test_a_label_of_an_empty_value_is_dropped() -> None:
    """Okta sends every kind of address, most of them empty."""
    assert kept(phoneNumbers=[{"value": "", "type": "work"}, {"value": "1", "type": "home"}]) == {
        "phoneNumbers": [{"value": "1", "type": "home"}]
    }


def test_a_manager_may_be_a_bare_text_and_a_role_a_packed_one() -> None:
    """Entra."""
    assert kept(**{ENTERPRISE_URN: {"manager": "m"}}) == {ENTERPRISE_URN: {"manager": {"value": "m"}}}
    assert kept(roles=['{"id":"1","value":"25"}']) == {"roles": [{"value": "25"}]}


@pytest.mark.parametrize("roles", ["a", ["a"], {"value": "a"}, {}, '{"value":"25"}', ["{}"]], ids=repr)
def test_many_values_are_a_list_of_objects(roles: Any) -> None:
    """RFC 7643 §2.4: nothing is made of another form."""
    with pytest.raises(InvalidValue):
        kept(roles=roles)


@pytest.mark.parametrize("value", ["YWJj", "YQ==", "YQ", "MIID\r\nQw==\n"])
def test_base64_needs_no_padding(value: str) -> None:
    """RFC 7643 §2.3.6."""
    assert kept(x509Certificates=[{"value": value}]) == {"x509Certificates": [{"value": value}]}


@pytest.mark.parametrize(
    ("text_", "key"),
    [
        ("2024-05-01T12:00:00Z", "2024-05-01T12:00:00.000000Z"),
        ("2024-05-01T12:00:00.1Z", "2024-05-01T12:00:00.100000Z"),
        ("2024-05-01T12:00:00.1234567Z", "2024-05-01T12:00:00.123456Z"),
        ("2024-05-01T14:00:00+02:00", "2024-05-01T12:00:00.000000Z"),
        ("2024-05-01T12:00:00", "2024-05-01T12:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_moments_compare_as_fixed_width_utc(text_: str, key: str) -> None:
    """RFC 7643 §2.3.5."""
    assert moment_key(text_) == key


@pytest.mark.parametrize(
    "text_", ["", "2024-05-01", "12:00:00Z", "2024-13-01T00:00:00Z", "2024-05-01T12:00:00+25:00", "x"]
)
def test_what_is_no_moment_is_refused(text_: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any will do: callers turn it into their own refusal
        moment_key(text_)


def test_folding_ignores_case_and_compatibility_forms() -> None:
    assert fold("Straße") == fold("STRASSE") == "strasse"
    assert fold("ﬁ") == fold("FI")
    assert fold("ADA") == "ada"


def test_the_search_document_is_flat_keys() -> None:
    """What stores index: comparison keys under lower-case paths."""
    resource = validate(
        USER,
        user(
            userName="ADA",
            externalId="X",
            name={"givenName": "Ada"},
            emails=[{"value": "A@b", "type": "Work", "primary": True}],
            **{ENTERPRISE_URN: {"department": "R", "manager": {"value": "M"}}},
        ),
    )
    urn = ENTERPRISE_URN.lower()
    assert searchable(USER, {"id": "1"} | resource) == {
        "username": "ada",
        "externalid": "X",
        "active": True,
        "name": True,
        "name.givenname": "ada",
        "emails": [{"value": "a@b", "type": "work", "primary": True}],
        f"{urn}:department": "r",
        f"{urn}:manager": True,
        f"{urn}:manager.value": "m",
    }


DEVICE = ResourceType(
    "Device",
    "Devices",
    "Declared by an account.",
    Schema(
        "urn:example:Device",
        "Device",
        "A device.",
        (
            text("serial", "Fixed.", required=True, mutability=Mutability.IMMUTABLE),
            number("slots", "How many."),
            text("tags", "Labels.", multi_valued=True),
            reference("owner", "Who has it.", "User"),
            moment("seen", "When it was last seen."),
            flag("lost", "Is it gone?"),
        ),
    ),
    (Extension(Schema("urn:example:Device:x", "X", "More.", (text("site", "Where.", required=True),)), required=True),),
)


def device(**attributes: Any) -> dict[str, Any]:
    return {"schemas": ["urn:example:Device"], "serial": "s", "urn:example:Device:x": {"site": "Bonn"}} | attributes


def test_declared_types_follow_the_same_rules() -> None:
    """Account-declared schemas: nothing is special about users."""
    resource = validate(DEVICE, device(slots=4, tags=["a", "A", "b"], lost="true"))
    assert resource["tags"] == ["a", "b"]
    assert resource["lost"] is True
    assert searchable(DEVICE, resource)["tags"] == [{"value": "a"}, {"value": "b"}]


@pytest.mark.parametrize(
    "attributes",
    [
        {"slots": 1.5},
        {"slots": "4"},
        {"slots": True},
        {"slots": 2**63},
        {"urn:example:Device:x": None},
        {"tags": [1]},
        {"seen": "today"},
    ],
)
def test_declared_types_refuse_wrong_values(attributes: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        validate(DEVICE, device(**attributes))


def test_an_immutable_value_stays() -> None:
    """RFC 7644 §3.5.1: the same value, or refused; left out, it stays."""
    current = {"id": "1"} | validate(DEVICE, device())
    with pytest.raises(MutabilityError, match="serial"):
        validate(DEVICE, device(serial="other"), current=current)
    assert validate(DEVICE, device(serial="s"), current=current)["serial"] == "s"
    without = {name: value for name, value in device().items() if name != "serial"}
    assert validate(DEVICE, without, current=current)["serial"] == "s"


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (None, set()),
        ([], set()),
        ([{"value": "a"}, {"VALUE": "b", "display": "B", "$ref": None}, "c", {"value": "a"}], {"a", "b", "c"}),
        ({"value": "a"}, {"a"}),
        ("a", {"a"}),
    ],
)
def test_member_ids_are_read_from_every_form(value: Any, ids: set[str]) -> None:
    """Members without type and $ref, with nulls, or as bare ids."""
    assert GROUP.relation is not None
    assert reference_ids(GROUP.relation, value) == ids


@pytest.mark.parametrize("value", [[{}], [{"value": None}], [{"value": 5}], [5], [[]], [{"value": ""}], ["a\0"], 5])
def test_a_member_without_an_id_is_refused(value: Any) -> None:
    assert GROUP.relation is not None
    with pytest.raises(ScimError) as refused:
        reference_ids(GROUP.relation, value)
    assert refused.value.scim_type == "invalidValue"
