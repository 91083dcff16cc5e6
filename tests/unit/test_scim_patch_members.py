"""PATCH of a group's members: an edit, made without reading the members (RFC 7644 §3.5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from scim.errors import InvalidPath, InvalidValue, Mutability, NoTarget, ScimError
from scim.patch import apply, read_operations
from scim.schemas import GROUP_URN, RESOURCE_TYPES
from scim.store import MemberEdit, Reference

GROUP = RESOURCE_TYPES["Group"]
STAFF = {"schemas": [GROUP_URN], "id": "g1", "displayName": "Staff"}
MEMBERS = [Reference("a", "User"), Reference("b", "User"), Reference("g", "Group")]


def unread() -> Iterable[Reference]:
    raise AssertionError("the members were read")


def edit(*operations: dict[str, Any], related: Any = unread) -> MemberEdit | None:
    """What the operations mean for the members; the document must stay as it is."""
    done = apply(GROUP, STAFF, read_operations({"Operations": list(operations)}), related)
    assert done.resource is None
    return done.members


def of(*ids: str) -> list[dict[str, str]]:
    return [{"value": id} for id in ids]


def added(*ids: str) -> MemberEdit:
    return MemberEdit(None, frozenset(ids))


def removed(*ids: str) -> MemberEdit:
    return MemberEdit(None, frozenset(), frozenset(ids))


def exactly(*ids: str) -> MemberEdit:
    return MemberEdit(frozenset(ids))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "members", "value": of("a", "b")}, added("a", "b")),
        ({"op": "Add", "path": "Members", "value": [{"$ref": None, "value": "a"}]}, added("a")),
        ({"op": "add", "path": f"{GROUP_URN}:members", "value": {"value": "a"}}, added("a")),
        ({"op": "add", "path": "members", "value": ["a"]}, added("a")),
        ({"op": "add", "value": {"members": of("a")}}, added("a")),
        ({"op": "add", "path": 'members[value eq "a"]', "value": {"display": "A"}}, added("a")),
        ({"op": "add", "path": "members", "value": []}, None),
        ({"op": "remove", "path": "members", "value": of("a")}, removed("a")),
        ({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "a"}]}, removed("a")),
        ({"op": "remove", "path": "members", "value": []}, None),
        ({"op": "remove", "path": 'members[value eq "a"]'}, removed("a")),
        ({"op": "remove", "path": 'members[value eq "a" or value eq "b"]'}, removed("a", "b")),
        ({"op": "remove", "path": "members"}, exactly()),
        ({"op": "replace", "path": "members", "value": of("a")}, exactly("a")),
        ({"op": "replace", "path": "members", "value": []}, exactly()),
        ({"op": "replace", "path": "members", "value": None}, exactly()),
        ({"op": "replace", "value": {"members": of("a")}}, exactly("a")),
        ({"op": "replace", "value": {"members": []}}, exactly()),
        ({"op": "replace", "value": {"id": "g1", "displayName": "Staff"}}, None),
    ],
    ids=lambda value: str(value)[:110] if isinstance(value, dict) else "",
)
def test_operations_are_edits(operation: dict[str, Any], expected: MemberEdit | None) -> None:
    """Okta, Entra with and without its flag, OneLogin."""
    assert edit(operation) == expected


def test_operations_add_up_in_order() -> None:
    """The last word about a member counts; add and remove stay apart."""
    add_a = {"op": "add", "path": "members", "value": of("a")}
    remove_a = {"op": "remove", "path": 'members[value eq "a"]'}
    assert edit(add_a, remove_a) == removed("a")
    assert edit(remove_a, add_a) == added("a")
    assert edit({"op": "replace", "path": "members", "value": of("x")}, add_a) == exactly("x", "a")
    assert edit(add_a, {"op": "replace", "path": "members", "value": of("x")}) == exactly("x")
    assert edit({"op": "remove", "path": "members"}, add_a, remove_a) == exactly()


def test_a_rename_and_an_edit_come_together() -> None:
    """Okta sends both in one request."""
    done = apply(
        GROUP,
        STAFF,
        read_operations(
            {
                "Operations": [
                    {"op": "replace", "value": {"id": "g1", "displayName": "New"}},
                    {"op": "remove", "path": "members", "value": of("a")},
                ]
            }
        ),
        unread,
    )
    assert done.resource == {"schemas": [GROUP_URN], "displayName": "New"}
    assert done.members == removed("a")


def test_an_exotic_condition_reads_the_members() -> None:
    """Only then are they needed."""
    assert edit({"op": "remove", "path": 'members[type eq "Group"]'}, related=lambda: MEMBERS) == removed("g")
    assert edit({"op": "remove", "path": 'members[not (value eq "a")]'}, related=lambda: MEMBERS) == removed("b", "g")


def test_an_exotic_condition_sees_earlier_operations() -> None:
    done = edit(
        {"op": "remove", "path": 'members[value eq "a"]'},
        {"op": "remove", "path": 'members[type eq "User"]'},
        related=lambda: MEMBERS,
    )
    assert done == removed("a", "b")


def test_one_member_is_replaced_by_another() -> None:
    path = 'members[value eq "a"]'
    done = edit({"op": "replace", "path": path, "value": {"value": "z"}}, related=lambda: MEMBERS)
    assert done == MemberEdit(None, frozenset("z"), frozenset("a"))
    with pytest.raises(NoTarget):
        edit({"op": "replace", "path": 'members[value eq "x"]', "value": {"value": "z"}}, related=lambda: MEMBERS)


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [
        ({"op": "replace", "path": 'members[value eq "a"].value', "value": "b"}, Mutability),
        ({"op": "remove", "path": "members.value"}, Mutability),
        ({"op": "replace", "path": 'members[value eq "a"].type', "value": "Group"}, Mutability),
        ({"op": "add", "path": "members", "value": [{"display": "A"}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": [5]}, InvalidValue),
        ({"op": "add", "path": "members"}, InvalidValue),
        ({"op": "remove", "path": 'members[unknown eq "a"]'}, InvalidPath),
        ({"op": "remove", "path": "members[value eq a]"}, InvalidPath),
        ({"op": "remove", "path": "displayName"}, Mutability),
        ({"op": "replace", "path": "displayName", "value": ""}, InvalidValue),
        ({"op": "replace", "value": {"id": "other"}}, Mutability),
    ],
    ids=lambda value: str(value)[:110] if isinstance(value, dict) else "",
)
def test_refusals(operation: dict[str, Any], refusal: type[ScimError]) -> None:
    """RFC 7643 §4.2: a member's value is immutable; RFC 7644 §3.5.2."""
    with pytest.raises(refusal):
        edit(operation)
