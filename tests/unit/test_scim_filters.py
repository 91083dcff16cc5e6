"""Filters: text → typed tree → match (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from scim.errors import InvalidFilter, ScimError, TooMany
from scim.filters import And, Compare, Not, Or, Present, ValuePath, parse_filter, parse_short_filter
from scim.matching import matches
from scim.schema_documents import read_extension
from scim.schemas import ENTERPRISE_URN, RESOURCE_TYPES, USER_URN, extended

USER, GROUP = RESOURCE_TYPES["User"], RESOURCE_TYPES["Group"]

ADA: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "a-1",
    "externalId": "X1",
    "userName": "Ada@Example.com",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "title": 'say "hi" \\ 100%_',
    "active": True,
    "emails": [
        {"value": "ada@example.com", "type": "work", "primary": True},
        {"value": "ada@home.example", "type": "home", "primary": False},
    ],
    "x509Certificates": [{"value": "MIIDQw=="}],
    "profileUrl": "https://a.example/Ada",
    "groups": [{"value": "g-1", "type": "direct", "display": "Staff"}],
    ENTERPRISE_URN: {"department": "R&D", "manager": {"value": "b-2"}},
    "meta": {
        "resourceType": "User",
        "created": "2024-05-01T12:00:00.000Z",
        "lastModified": "2024-05-02T12:00:00.000Z",
        "location": "https://s.example/Users/a-1",
        "version": 'W/"3"',
    },
}
STAFF: dict[str, Any] = {
    "id": "g-1",
    "displayName": "Staff",
    "members": [{"value": "a-1", "type": "User"}, {"value": "g-2", "type": "Group"}],
}


def holds(text: str) -> bool:
    return matches(parse_filter(USER, text), ADA)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada@EXAMPLE.com"',
        'USERNAME Eq "Ada@Example.com"',
        'userName ne "bob"',
        'userName co "@exam"',
        'userName sw "ADA"',
        'userName ew ".COM"',
        'userName gt "aaa"',
        'userName ge "ada@example.com"',
        'userName lt "zzz"',
        'userName le "ada@example.com"',
        "userName pr",
        "name pr",
        "name.givenName pr",
        "emails pr",
        "emails.type pr",
        'externalId eq "X1"',
        'id eq "a-1"',
        "active eq true",
        'active eq "True"',
        "active eq True",
        "active ne false",
        "not (active eq false)",
        "not(title eq null)",
        "title ne null",
        "nickName eq null",
        'nickName ne "x"',
        'not (nickName eq "x")',
        'emails eq "ada@HOME.example"',
        'emails co "home"',
        'emails.value sw "ada"',
        'emails[type eq "work" and value co "@example.com"]',
        'emails[type eq "work" and primary eq "True"]',
        'emails[not (type eq "work")]',
        'emails[type eq "work"].value eq "ADA@example.com"',
        'emails[type eq "work"].value ne "other"',
        'emails[type eq "WORK"].primary eq true',
        'title eq "say \\"hi\\" \\\\ 100%_"',
        'title co "%_"',
        'name.givenName eq "\\u0041da"',
        'profileUrl eq "https://a.example/Ada"',
        'x509Certificates.value eq "MIIDQw=="',
        f'{ENTERPRISE_URN}:department eq "r&d"',
        f'{ENTERPRISE_URN.upper()}:DEPARTMENT sw "R"',
        f'{ENTERPRISE_URN}:manager eq "b-2"',
        f'{ENTERPRISE_URN}:manager.value eq "b-2"',
        f'{ENTERPRISE_URN}:manager[value eq "b-2"]',
        f"{ENTERPRISE_URN}:manager pr",
        f"{ENTERPRISE_URN}.department pr",
        f"{ENTERPRISE_URN} pr",
        f'{USER_URN}:userName eq "ada@example.com"',
        f"{USER_URN} pr",
        f'{USER_URN}:name.familyName eq "lovelace"',
        'name[givenName eq "ada" and familyName eq "lovelace"]',
        f'schemas eq "{ENTERPRISE_URN}"',
        f'schemas eq "{USER_URN.lower()}"',
        'schemas ne "urn:other"',
        "schemas pr",
        'schemas co "enterprise"',
        'groups.display eq "staff"',
        'groups eq "g-1"',
        'groups[type eq "direct"]',
        'meta.resourceType eq "User"',
        'meta.created eq "2024-05-01T12:00:00Z"',
        'meta.created eq "2024-05-01T14:00:00.0000000+02:00"',
        'meta.lastModified gt "2024-05-01T23:59:59.9999999-08:00" or active eq true',
        'meta.lastModified ge "0001-01-01T00:00:00Z"',
        'meta.lastModified ge "0001-01-01T00:00:00+14:00"',
        'meta.lastModified lt "9999-12-31T23:59:59-14:00"',
        'meta.lastmodified GE "2011-05-13T04:42:34.1234567Z" and (ActiVe eq true)',
        'meta.version eq "W/\\"3\\""',
        'id eq "a-1" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "b-2"',
    ],
)
def test_filter_holds(text: str) -> None:
    """RFC 7644 §3.4.2.2, with what Entra and PingFederate write."""
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        'externalId eq "x1"',
        'id eq "A-1"',
        'meta.resourceType eq "user"',
        'profileUrl eq "https://a.example/ada"',
        'x509Certificates.value eq "miidqw=="',
        "active eq false",
        "nickName pr",
        "nickName ne null",
        'emails ne "ada@example.com"',
        'emails[type eq "work" and value co "home"]',
        'emails[type eq "home"].value eq "ada@example.com"',
        'emails[type eq "home"].value ne "ada@home.example"',
        'title co "%x"',
        'userName eq "Ad_@Example.com"',
        'nickName gt "a"',
        f'schemas ne "{ENTERPRISE_URN}"',
        'schemas eq "urn:other"',
        'meta.lastModified gt "2024-05-02T12:00:00.000Z"',
        'name[givenName eq "ada" and familyName eq "x"]',
        'nickName co ""',
    ],
)
def test_filter_does_not_hold(text: str) -> None:
    """Case counts where the schema says so; a condition in brackets is about one single value."""
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('title eq "x" or active eq true and userName eq "nobody"', False),
        ('active eq true or title eq "x" and userName eq "nobody"', True),
        ('(active eq true or title eq "x") and userName eq "nobody"', False),
        ('not (active eq false) and userName pr or title eq "x"', True),
        ('not (active eq true or title eq "x")', False),
    ],
)
def test_not_binds_before_and_before_or(text: str, expected: bool) -> None:
    """RFC 7644 §3.4.2.2: "not" takes precedence over "and", which takes precedence over "or"."""
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('members eq "a-1"', True),
        ('members.value eq "g-2"', True),
        ('members[value eq "a-1" and type eq "Group"]', False),
        ('members[value eq "g-2" and type eq "Group"]', True),
        ('id eq "g-1" and members eq "a-1"', True),
        ("members pr", True),
        ('displayName eq "STAFF"', True),
    ],
)
def test_groups_are_found_by_member(text: str, expected: bool) -> None:
    """Entra probes memberships this way."""
    assert matches(parse_filter(GROUP, text), STAFF) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        'userName eq "a" and',
        'and userName eq "a"',
        'userName eq "a" userName eq "b"',
        'userName xx "a"',
        "userName eq bob",
        'userName eq "bob',
        "userName eq 'bob'",
        "not userName pr",
        "not not (userName pr)",
        "(userName pr",
        "userName pr)",
        "userName eq 5",
        "userName eq true",
        "userName gt null",
        "userName co null",
        'unknown eq "x"',
        'name.unknown eq "x"',
        'emails.unknown eq "x"',
        'name eq "x"',
        'name co "x"',
        'addresses eq "x"',
        'meta eq "x"',
        "active gt true",
        "active co true",
        'active sw "t"',
        'active eq "yes"',
        "active eq 1",
        'x509Certificates.value gt "x"',
        'x509Certificates.value co "x"',
        'meta.created co "2024"',
        'meta.created gt "yesterday"',
        'meta.created gt "2024-02-30T00:00:00Z"',
        "meta.created gt 2024",
        'emails[type eq "work"',
        'emails[type eq "work"]]',
        "emails[]",
        'emails[unknown eq "x"]',
        'emails[userName eq "x"]',
        'emails[type eq "a"][type eq "b"]',
        'emails[emails[type eq "a"]]',
        'emails.value[type eq "a"]',
        'emails[type eq "a"] eq "x"',
        'userName[value eq "x"]',
        'schemas[value eq "x"]',
        'schemas gt "x"',
        f'{USER_URN} eq "x"',
        'urn:unknown:User:userName eq "x"',
        'department eq "x"',
        'password eq "x"',
        'password sw "x"',
        "password pr",
        f'{USER_URN}:password co "x"',
        'userName eq "\\u0000"',
        'userName eq "\\ud800"',
        'userName eq "a\nb"',
        'userName eq "a"; drop table users',
        "1 eq 1",
        '"a" eq "a"',
        "userName eq 99999999999999999999999999999999",
    ],
)
def test_filter_is_refused(text: str) -> None:
    """RFC 7644 §3.12 invalidFilter: never an empty answer, never everyone."""
    with pytest.raises(InvalidFilter):
        parse_filter(USER, text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 21 + "userName pr" + ")" * 21,
        " or ".join(["userName pr"] * 201),
        'userName eq "' + "x" * 8192 + '"',
    ],
)
def test_costly_filter_is_too_many(text: str) -> None:
    """RFC 7644 §3.12 tooMany: depth, terms and length have limits."""
    with pytest.raises(TooMany):
        parse_filter(USER, text)


def test_filters_up_to_the_limits_work() -> None:
    """Clients batch by a hundred."""
    assert holds("(" * 20 + "userName pr" + ")" * 20)
    assert holds(" or ".join(['userName eq "x"'] * 199 + ["userName pr"]))


def test_the_tree_is_flat_and_typed() -> None:
    """Interpreters only compare: literals are folded, dates canonical, chains flat."""
    tree = parse_filter(USER, 'userName eq "A" and active eq "False" and meta.created gt "2024-01-01T01:00:00+01:00"')
    assert isinstance(tree, And)
    assert [term.key for term in tree.nodes if isinstance(term, Compare)] == ["a", False, "2024-01-01T00:00:00.000000Z"]
    assert isinstance(parse_filter(USER, "userName pr or title pr or name pr"), Or)


def test_ne_is_the_opposite_of_eq() -> None:
    tree = parse_filter(USER, 'emails ne "x"')
    assert isinstance(tree, Not)
    assert isinstance(tree.node, Compare)
    assert (tree.node.path.container, tree.node.path.element) == ("emails", "value")


def test_paths_name_search_document_keys() -> None:
    """What a store indexes by."""
    manager = parse_filter(USER, f'{ENTERPRISE_URN}:manager.value eq "x"')
    assert isinstance(manager, Compare)
    assert manager.path.key == f"{ENTERPRISE_URN.lower()}:manager.value"
    work = parse_filter(USER, 'emails[type eq "work"]')
    assert isinstance(work, ValuePath)
    assert isinstance(work.node, Compare)
    assert (work.path.container, work.node.path.key, work.node.path.element) == ("emails", "type", "type")
    assert parse_filter(USER, "name.givenName pr") == Present(parse_filter(USER, "name.givenName pr").path)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["manager", "MANAGER", "manager.value"])
def test_a_reference_in_an_extension_needs_no_urn(name: str) -> None:
    """Entra's probe ``manager eq "m"`` is the same filter as with the URN."""
    assert parse_filter(USER, f'{name} eq "x"') == parse_filter(USER, f'{ENTERPRISE_URN}:manager.value eq "x"')


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ('department eq "x"', f'{ENTERPRISE_URN}:department eq "x"'),
        ('not (DEPARTMENT co "x" and title pr)', f'not ({ENTERPRISE_URN}:department co "x" and title pr)'),
        ('manager.value eq "x"', f'{ENTERPRISE_URN}:manager.value eq "x"'),
        ('emails[type eq "work"] or userName eq "x"', 'emails[type eq "work"] or userName eq "x"'),
    ],
)
def test_a_short_filter_is_the_same_tree_as_with_the_urn(short: str, whole: str) -> None:
    """So whatever interprets it, in memory or in SQL, finds the same people."""
    assert parse_short_filter(USER, short) == parse_filter(USER, whole) == parse_short_filter(USER, whole)


def test_a_short_name_that_is_not_clear_is_refused_with_what_may_be_meant() -> None:
    """Two extensions have it, or none has."""
    attributes = [{"name": name, "type": "string"} for name in ("department", "shoeSize")]
    mine = "urn:acme:params:scim:schemas:extension:Own:2.0:User"
    user = extended([read_extension({"name": "Own", "attributes": attributes}, mine)])["User"]
    with pytest.raises(InvalidFilter, match=f"did you mean {ENTERPRISE_URN}:department or {mine}:department"):
        parse_short_filter(user, 'department eq "x"')
    with pytest.raises(InvalidFilter, match=f"did you mean {mine}:shoeSize"):
        parse_short_filter(user, 'shoeSise eq "x"')
    with pytest.raises(InvalidFilter, match=f"did you mean {ENTERPRISE_URN}:department"):
        parse_short_filter(USER, 'urn:nothing:departmnt eq "x"')
    with pytest.raises(InvalidFilter, match="see /Schemas"):
        parse_short_filter(USER, 'wholly.unlike eq "x"')
    assert parse_short_filter(user, 'shoesize eq "x"') == parse_filter(user, f'{mine}:shoeSize eq "x"')


def test_the_refusal_names_the_attribute_and_not_the_value() -> None:
    """A filter value is personal data; it stays out of answers and logs."""
    with pytest.raises(ScimError) as refused:
        parse_filter(USER, 'shoeSize eq "secret-value"')
    assert "shoeSize" in refused.value.detail
    assert "secret-value" not in refused.value.detail
