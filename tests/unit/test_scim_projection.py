"""What answers show, and the parameters of searches (RFC 7644 §3.4.2, §3.9, §3.10)."""

from __future__ import annotations

from typing import Any

import pytest

from scim.attributes import ResourceType, Returned, Schema
from scim.declare import complex_, text
from scim.errors import InvalidPath, InvalidSyntax, InvalidValue, ScimError
from scim.projection import projection
from scim.query import SEARCH_URN, PageLimits, Parameters, from_arguments, from_body, projected_names, sort_path
from scim.schemas import ENTERPRISE_URN, RESOURCE_TYPES, USER_URN

USER = RESOURCE_TYPES["User"]
LIMITS = PageLimits(100, 1000)

ADA: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "1",
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "L"},
    "emails": [{"value": "a@b", "type": "work"}, {"type": "home"}],
    ENTERPRISE_URN: {"department": "R", "manager": {"value": "m", "$ref": "https://x/Users/m"}},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("userName", {"userName": "ada"}),
        ("USERNAME", {"userName": "ada"}),
        ("name.familyName", {"name": {"familyName": "L"}}),
        ("name.familyName,name.givenName", {"name": ADA["name"]}),
        ("name.familyName,name", {"name": ADA["name"]}),
        ("emails.value", {"emails": [{"value": "a@b"}]}),
        ('emails[type eq "work"]', {"emails": [{"value": "a@b", "type": "work"}]}),
        ('EMAILS[Type Eq "WORK"].Value', {"emails": [{"value": "a@b"}]}),
        ('emails[type eq "work"],emails[type eq "home"]', {"emails": ADA["emails"]}),
        ('emails[type eq "work"],emails', {"emails": ADA["emails"]}),
        ('emails[type eq "other"]', {}),
        ("emails[nothing of sense]", {"emails": ADA["emails"]}),
        (ENTERPRISE_URN, {ENTERPRISE_URN: ADA[ENTERPRISE_URN]}),
        (f"{ENTERPRISE_URN}:department", {ENTERPRISE_URN: {"department": "R"}}),
        (f"{ENTERPRISE_URN.upper()}:MANAGER.value", {ENTERPRISE_URN: {"manager": {"value": "m"}}}),
        (f"{USER_URN}:userName", {"userName": "ada"}),
        ("meta.version", {"meta": {"version": 'W/"1"'}}),
        ("id,schemas", {}),
        ("password", {}),
        ("unknown", {}),
    ],
)
def test_attributes_shows_only_these_and_what_is_always_returned(names: str, shown: dict[str, Any]) -> None:
    """RFC 7644 §3.9: names have no case and may be qualified or name a part; unknown ones are ignored."""
    schemas = [USER_URN, ENTERPRISE_URN] if ENTERPRISE_URN in shown else [USER_URN]
    assert projection(USER, attributes=tuple(names.split(","))).apply(ADA) == {"schemas": schemas, "id": "1"} | shown


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        ("emails", ["emails"]),
        ("id", []),
        ("schemas", []),
        ("meta,name", ["meta", "name"]),
        (ENTERPRISE_URN, [ENTERPRISE_URN]),
        ("unknown", []),
    ],
)
def test_excluded_attributes_takes_away_what_is_returned_by_default(names: str, gone: list[str]) -> None:
    """RFC 7644 §3.9: never the id."""
    assert ADA.keys() - projection(USER, excluded=tuple(names.split(","))).apply(ADA).keys() == set(gone)


def test_parts_can_be_excluded() -> None:
    shown = projection(USER, excluded=("name.familyName", f"{ENTERPRISE_URN}:manager", "emails.type")).apply(ADA)
    assert shown["name"] == {"givenName": "Ada"}
    assert shown[ENTERPRISE_URN] == {"department": "R"}
    assert shown["emails"] == [{"value": "a@b"}]


def test_both_lists_together_are_refused() -> None:
    """RFC 7644 §3.9 leaves it open; a guess would show too much or too little."""
    with pytest.raises(InvalidValue):
        projection(USER, ("userName",), ("emails",))
    with pytest.raises(InvalidValue):
        from_arguments([("attributes", "userName"), ("excludedAttributes", "emails")], LIMITS)


SECRETIVE = ResourceType(
    "S",
    "S",
    "",
    Schema(
        "urn:s",
        "S",
        "",
        (
            text("always", "", returned=Returned.ALWAYS),
            text("never", "", returned=Returned.NEVER),
            text("asked", "", returned=Returned.REQUEST),
            complex_(
                "parts",
                "",
                text("kept", "", returned=Returned.ALWAYS),
                text("asked", "", returned=Returned.REQUEST),
                text("x", ""),
            ),
        ),
    ),
)
HIDDEN: dict[str, Any] = {
    "id": "1",
    "always": "a",
    "never": "n",
    "asked": "q",
    "parts": {"kept": "k", "asked": "q", "x": "x"},
}


def test_returned_is_obeyed() -> None:
    """RFC 7643 §7 returned: always, never, default, request."""
    base = {"schemas": ["urn:s"], "id": "1", "always": "a"}
    assert projection(SECRETIVE).apply(HIDDEN) == base | {"parts": {"kept": "k", "x": "x"}}
    assert projection(SECRETIVE, ("asked", "never")).apply(HIDDEN) == base | {"asked": "q"}
    assert projection(SECRETIVE, ("parts.asked",)).apply(HIDDEN) == base | {"parts": {"kept": "k", "asked": "q"}}
    without = projection(SECRETIVE, (), ("always", "parts.kept", "parts.x"))
    assert without.apply(HIDDEN) == base | {"parts": {"kept": "k"}}


@pytest.mark.parametrize(
    ("arguments", "start", "count"),
    [
        ([], 1, 100),
        ([("startIndex", "0")], 1, 100),
        ([("startIndex", "-5")], 1, 100),
        ([("startindex", "7"), ("COUNT", "3")], 7, 3),
        ([("count", "0")], 1, 0),
        ([("count", "-1")], 1, 0),
        ([("count", "5000")], 1, 1000),
        ([("count", "")], 1, 100),
        ([("count", "9" * 40), ("startIndex", "9" * 40)], 2**31 - 1, 1000),
        ([("aadOptscim062020", "")], 1, 100),
    ],
)
def test_paging_parameters(arguments: list[tuple[str, str]], start: int, count: int) -> None:
    """RFC 7644 §3.4.2.4; names have no case, unknown ones are ignored."""
    read = from_arguments(arguments, LIMITS)
    assert (read.start, read.count) == (start, count)


@pytest.mark.parametrize("name", ["startIndex", "count"])
@pytest.mark.parametrize("value", ["x", "1.5", "1e3", "0x1", "１", "true"])
def test_paging_parameters_are_whole_numbers(name: str, value: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{name}: must be a whole number"):
        from_arguments([(name.lower(), value)], LIMITS)


def test_a_search_request_says_the_same() -> None:
    """RFC 7644 §3.4.3."""
    body = {
        "schemas": [SEARCH_URN],
        "attributes": ["userName", " name.givenName "],
        "filter": "userName pr",
        "sortBy": "userName",
        "sortOrder": "Descending",
        "startIndex": 2,
        "count": 5000,
    }
    expected = Parameters("userName pr", "userName", True, 2, 1000, ("userName", "name.givenName"), has_count=True)
    assert from_body(body, LIMITS) == expected
    arguments = [(name, ",".join(value) if isinstance(value, list) else str(value)) for name, value in body.items()]
    assert from_arguments(arguments, LIMITS) == expected


@pytest.mark.parametrize(
    "field",
    [
        {"schemas": ["urn:other"]},
        {"schemas": []},
        {"count": True},
        {"count": 1.5},
        {"count": [1]},
        {"filter": 5},
        {"sortBy": ["x"]},
        {"sortOrder": "up"},
        {"attributes": 5},
        {"attributes": [5]},
    ],
)
def test_a_wrong_search_request_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises((InvalidSyntax, InvalidValue)):
        from_body({"schemas": [SEARCH_URN]} | field, LIMITS)


def test_an_empty_filter_is_not_no_filter() -> None:
    """Otherwise a client with a bug would see everybody."""
    with pytest.raises(ScimError) as refused:
        from_arguments([("filter", "")], LIMITS).query(USER)
    assert refused.value.scim_type == "invalidFilter"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("userName", "username"),
        ("NAME.familyName", "name.familyname"),
        ("emails", "emails.value"),
        ("meta.lastModified", "meta.lastmodified"),
        (f"{ENTERPRISE_URN}:department", f"{ENTERPRISE_URN.lower()}:department"),
        (f"{ENTERPRISE_URN}:manager", f"{ENTERPRISE_URN.lower()}:manager.value"),
    ],
)
def test_sort_by_finds_what_has_an_order(name: str, key: str) -> None:
    """RFC 7644 §3.4.2.3."""
    assert sort_path(USER, name).key == key


@pytest.mark.parametrize(
    "name", ["unknown", "name", "addresses", "meta", "password", "groups", "schemas", "x509Certificates", "a b"]
)
def test_sort_by_of_anything_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidPath, match="sortBy"):
        sort_path(USER, name)


def test_names_may_come_in_several_parameters() -> None:
    assert projected_names([("attributes", "a, b"), ("Attributes", "c,"), ("x", "y")]) == (("a", " b", "c"), ())
