"""Filters on who is in which group: in memory and in SQL they mean the same, nested groups included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import Database
from app.services import accounts, directories
from app.stores.directory import SqlDirectoryStore, open_directory_store
from scim.filters import parse_filter
from scim.matching import matches
from scim.resource import validate
from scim.schemas import GROUP_URN, RESOURCE_TYPES, USER_URN
from scim.store import Query

Known = dict[str, dict[str, dict[str, Any]]]
NAMES = ("outer", "inner", "other", "empty")


@pytest.fixture(scope="module")
def known(database: Database) -> Iterator[tuple[SqlDirectoryStore, Known, dict[str, str]]]:
    """Five people and four groups, one of them within another; all as the store shows them, with their relations."""
    with database.write_session() as session:
        account = accounts.create_account(session, f"Relations {id(session)}", "email-marketing")
        directory = directories.create_directory(session, account.id, "IdP", "generic")
        store = open_directory_store(session, account.id, directory.id, "https://muster.example.test/scim/v2")
        bodies = [{"schemas": [USER_URN], "userName": f"person{number}"} for number in range(5)]
        people = [store.insert("User", validate(RESOURCE_TYPES["User"], body)).stored.id for body in bodies]
        ids: dict[str, str] = {f"person{number}": id for number, id in enumerate(people)}
        members = {"inner": people[:2], "other": people[1:3], "empty": []}
        for name in ("inner", "other", "empty", "outer"):
            body = validate(RESOURCE_TYPES["Group"], {"schemas": [GROUP_URN], "displayName": name.title()})
            inside = [ids["inner"], people[3]] if name == "outer" else members[name]
            ids[name] = store.insert("Group", body, frozenset(inside)).stored.id
        found: Known = {}
        for kind, relation in (("User", "groups"), ("Group", "members")):
            page = store.search(kind, Query(count=100))
            found[kind] = {
                one.id: one.attributes
                | {relation: [{"value": it.value, "display": it.display, "type": it.type} for it in one.related or ()]}
                for one in page.resources
            }
        yield store, found, ids
        session.rollback()


USERS = [
    "groups pr",
    'groups eq "@inner@"',
    'groups.value eq "@outer@"',
    'groups[value eq "@outer@" and type eq "direct"]',
    'groups[value eq "@outer@" and type eq "indirect"]',
    'groups[type eq "indirect" and value eq "@inner@"]',
    'groups[value eq "@outer@" or display eq "other"]',
    'groups[value eq "@outer@" and not (type eq "direct")]',
    'groups[not (value eq "@outer@")]',
    'groups[value eq "@inner@" and value eq "@other@"]',
    'groups.display sw "o"',
    'groups.type eq "indirect"',
    'groups.value eq "nobody"',
    'groups[value eq "nobody" and type eq "direct"]',
    'not (groups.value eq "@outer@")',
    'groups.value eq "@other@" or userName eq "person4"',
    'groups.value eq "@other@" and groups.value eq "@inner@"',
    '(groups.value eq "@other@" or id eq "@person4@") and userName sw "person"',
]
GROUPS = [
    "members pr",
    'members eq "@person1@"',
    'members eq "@inner@"',
    'members[value eq "@person1@" and type eq "User"]',
    'members[value eq "@person1@" and type eq "Group"]',
    'members[value eq "@inner@" and type eq "Group"]',
    'members[type eq "Group"]',
    'members[value eq "@person0@" or value eq "@inner@"]',
    'members[not (value eq "@person0@")]',
    'members.value eq "@person3@" or displayName eq "empty"',
    'id eq "@inner@" and members eq "@person0@"',
    'id eq "@inner@" and members eq "@person3@"',
    'not (members.value eq "@person1@")',
]
CASES = [("User", text) for text in USERS] + [("Group", text) for text in GROUPS]


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[f"{kind} {text}" for kind, text in CASES])
def test_a_filter_on_a_relation_means_the_same_in_sql(
    known: tuple[SqlDirectoryStore, Known, dict[str, str]], kind: str, text: str
) -> None:
    """The same users or groups match as in memory, and the total counts each once."""
    store, resources, ids = known
    for name, id in ids.items():
        text = text.replace(f"@{name}@", id)
    node = parse_filter(RESOURCE_TYPES[kind], text)
    expected = {id for id, resource in resources[kind].items() if matches(node, _searchable(resource))}
    page = store.search(kind, Query(filter=node, count=100, related=False))
    assert {found.id for found in page.resources} == expected
    assert page.total == len(expected)


def _searchable(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if value != []}
