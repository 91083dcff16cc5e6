"""The two interpreters of the filter tree agree: in memory and in SQL, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models.base import new_id
from app.services import accounts, directories
from app.session import Session
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.searches import composed
from scim.attributes import Type
from scim.filter_tree import And, Compare, Node, Not, Or, ValuePath
from scim.filters import parse_filter
from scim.keys import LAST, comparison_key
from scim.matching import matches
from scim.query import sort_path
from scim.resource import validate
from scim.schema_documents import read_extension
from scim.schemas import RESOURCE_TYPES, extended
from scim.store import Query
from tests.builders import CORE_USER, ENTERPRISE
from tests.effort import examples

USER = RESOURCE_TYPES["User"]
URL = "https://muster.example.test/scim/v2"
TEXTS = ["a", "A", "b", "É", "é", "ß", "ss", "50%", "a_b", 'say "hi"', "back\\slash", "emoji 😀", "straße", "ab", "ba"]
TYPES = ["work", "home", "Work"]
DATES = [
    "2011-05-13T04:42:34Z",
    "2011-05-13T06:42:34.000+02:00",
    "2020-01-01T00:00:00.1234567Z",
    "0001-01-01T00:00:00Z",
]


def people(texts: list[str]) -> list[dict[str, Any]]:
    """A fixed population in which every text occurs in several places."""
    found = []
    for number, one in enumerate(texts):
        two = texts[(number * 7 + 3) % len(texts)]
        body: dict[str, Any] = {"schemas": [CORE_USER], "userName": f"{one} {number}", "active": number % 3 != 0}
        if number % 3 == 0:
            body["displayName"] = one
        if number % 2:
            body["title"] = two
            body["name"] = {"familyName": one, "givenName": two}
        if number % 3:
            body["emails"] = [
                {"value": f"{one}{number}@x.com".replace(" ", ""), "type": TYPES[number % 3], "primary": True},
                {"value": f"{two}@y.org".replace(" ", ""), "type": "other"},
            ]
            body["phoneNumbers"] = [{"value": two, "type": "mobile"}, {"value": one, "type": "fax"}]
        if number % 4 == 1:
            body[ENTERPRISE] = {"department": one, "employeeNumber": str(number), "manager": {"value": two}}
            body["externalId"] = one
            body["x509Certificates"] = [{"value": "YWJj"}]
        found.append(body)
    return found


LITERALS = st.sampled_from([*TEXTS, "", "@x.com", "@Y.ORG", "1", "x"]).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
TEXT_PATHS = [
    "userName",
    "title",
    "externalId",
    "displayName",
    "name.familyName",
    "name.givenName",
    "emails",
    "emails.value",
    "emails.type",
    "phoneNumbers.value",
    "phoneNumbers",
    f"{ENTERPRISE}:department",
    f"{ENTERPRISE}:manager.value",
    f"{ENTERPRISE}:manager",
    f"{ENTERPRISE}:manager.displayName",
    f"{ENTERPRISE}:manager.$ref",
    "x509Certificates.value",
    "id",
    "meta.resourceType",
]
PRESENT_PATHS = [*TEXT_PATHS, "name", "active", "addresses", "ims", "meta.created", "groups"]
EQUALITY = st.sampled_from(["eq", "ne", "EQ"])
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])


def _text_operators(path: str) -> st.SearchStrategy[str]:
    return EQUALITY if path.startswith("x509") else OPERATORS


text_terms = st.sampled_from(TEXT_PATHS).flatmap(
    lambda path: st.tuples(_text_operators(path), LITERALS).map(lambda part: f"{path} {part[0]} {part[1]}")
)
terms = st.one_of(
    text_terms,
    st.sampled_from(PRESENT_PATHS).map(lambda path: f"{path} pr"),
    st.tuples(EQUALITY, st.sampled_from(["true", "false", '"True"'])).map(lambda part: f"active {part[0]} {part[1]}"),
    st.tuples(OPERATORS.filter(lambda op: op not in ("co", "sw", "ew")), st.sampled_from(DATES)).map(
        lambda part: f'meta.created {part[0]} "{part[1]}"'
    ),
    st.tuples(EQUALITY, st.just("null")).map(lambda part: f"title {part[0]} null"),
)
inner_terms = st.one_of(
    st.tuples(st.sampled_from(["type", "value", "display"]), OPERATORS, LITERALS).map(" ".join),
    st.sampled_from(
        ["type pr", "value pr", "primary pr", "primary eq true", "primary ne true", "not (primary eq true)"]
    ),
)
inner = st.recursive(
    inner_terms,
    lambda part: (
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(" ".join) | part.map(lambda text: f"not ({text})")
    ),
    max_leaves=4,
)
value_paths = st.tuples(
    st.sampled_from(["emails", "phoneNumbers", "addresses"]).filter(lambda name: name != "addresses"), inner
).map(lambda part: f"{part[0]}[{part[1]}]")
filters = st.recursive(
    terms | value_paths,
    lambda part: (
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda parts: f"({parts[0]}) {parts[1]} {parts[2]}")
        | part.map(lambda text: f"not ({text})")
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def population(database: Any) -> Any:
    """A directory with the fixed population, and the same people as plain resources."""
    with database.write_session() as session:
        account = accounts.create_account(session, f"Filters {id(session)}", "email-marketing")
        directory = directories.create_directory(session, account.id, "IdP", "generic")
        store = open_directory_store(session, account.id, directory.id, URL)
        known = {}
        for number, body in enumerate(people(TEXTS)):
            shown = {}
            if number % 4 == 3:
                # Somebody who is here, with a display name or without, and written in one case or the other.
                boss = [*known][number // 2]
                body[ENTERPRISE] = {"manager": {"value": boss.upper() if number % 8 == 3 else boss}}
                shown = {"$ref": f"{URL}/Users/{boss}", "displayName": known[boss].get("displayName")}
            resource = validate(USER, body)
            stored = store.insert("User", resource).stored
            moment = stored.created
            meta = {"resourceType": "User", "created": moment, "lastModified": moment}
            known[stored.id] = stored.attributes | {"meta": meta}
            known[stored.id].get(ENTERPRISE, {}).get("manager", {}).update(shown)
        yield store, known
        session.rollback()


@settings(
    max_examples=examples(120),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=filters)
def test_memory_and_sql_agree(population: tuple[SqlDirectoryStore, dict[str, Any]], text: str) -> None:
    """For any filter the same people match in memory and in SQL."""
    store, known = population
    node = parse_filter(USER, text)
    expected = {id for id, resource in known.items() if matches(node, resource)}
    page = store.search("User", Query(filter=node, count=1000, related=False))
    assert {found.id for found in page.resources} == expected
    assert page.total == len(expected)


def with_literals(node: Node, draw: Callable[[Compare], Any]) -> Node:
    """The same filter with other literals, which ``draw`` chooses."""
    match node:
        case Compare(path, op, _):
            return Compare(path, op, comparison_key(path.leaf, draw(node)))
        case And(nodes) | Or(nodes):
            return type(node)(tuple(with_literals(part, draw) for part in nodes))
        case Not(part):
            return Not(with_literals(part, draw))
        case ValuePath(path, part):
            return ValuePath(path, with_literals(part, draw))
    return node


@settings(
    max_examples=examples(120),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=filters, data=st.data())
def test_a_statement_keeps_nothing_of_the_literals_it_was_composed_for(
    population: tuple[SqlDirectoryStore, dict[str, Any]], text: str, data: st.DataObject
) -> None:
    """One filter, then the same with other literals, then the first again: each finds its own people."""
    store, known = population
    some_ids = [*known][:3]
    texts = st.sampled_from(
        [*TEXTS, "", "x", "@x.com", LAST, f"a{LAST}", *some_ids, some_ids[0].upper(), some_ids[0][:8]]
    )

    def draw(node: Compare) -> Any:
        kind = node.path.leaf.type
        return data.draw(
            st.booleans() if kind is Type.BOOLEAN else st.sampled_from(DATES) if kind is Type.DATETIME else texts
        )

    first = parse_filter(USER, text)
    for node in (first, with_literals(first, draw), first):
        page = store.search("User", Query(filter=node, count=1000, related=False))
        expected = {id for id, resource in known.items() if matches(node, resource)}
        assert ({found.id for found in page.resources}, page.total) == (expected, len(expected))


@pytest.mark.parametrize(
    "text",
    [
        'emails.value eq "{}"',
        'emails[type eq "work" and value ew "{}"] and active eq true',
        'externalId eq "{}" and userName eq "{}"',
        'userName sw "{}" or title co "{}"',
        'groups[value eq "{}" and type eq "direct"]',
    ],
)
def test_a_shape_is_composed_once(population: tuple[SqlDirectoryStore, dict[str, Any]], text: str) -> None:
    """However many values are looked for, and in whatever directory: it is the first that costs something."""
    store, _ = population
    again = SqlDirectoryStore(store.session, replace(store.directory, id=new_id()), "https://other.example.test")
    before = composed.cache_info()
    for number in range(20):
        for one in (store, again):
            one.search("User", Query(filter=parse_filter(USER, text.format(f"a{number}", f"b{number}")), related=False))
    after = composed.cache_info()
    assert after.misses - before.misses <= 1
    assert after.hits - before.hits >= 39


@pytest.mark.parametrize("again", [1, 2])
def test_what_an_account_declares_has_statements_of_its_own(
    population: tuple[SqlDirectoryStore, dict[str, Any]], again: int
) -> None:
    """Two accounts may give one name two types: the statement for one of them would be wrong for the other."""
    store, _ = population
    urn = "urn:acme:shape:2.0:User"
    for kind, size in (("string", "5"), ("integer", 5), ("decimal", 5.0), ("boolean", True)):
        document = {"id": urn, "attributes": [{"name": "size", "type": kind}]}
        user = extended([read_extension(document, urn)])["User"]
        own = SqlDirectoryStore(store.session, replace(store.directory, resource_types={"User": user}), "")
        body = {"schemas": [CORE_USER, urn], "userName": f"{kind} {again}", urn: {"size": size}}
        one = own.insert("User", validate(user, body)).stored
        query = Query(parse_filter(user, f"{urn}:size eq {json.dumps(size)}"), sort_path(user, f"{urn}:size"))
        page = own.search("User", query)
        beyond = own.search("User", replace(query, beyond=page.positions[0]))
        own.delete(one)
        assert ([found.id for found in page.resources], beyond.resources) == ([one.id], [])


def test_or_and_precedence_in_sql(population: tuple[SqlDirectoryStore, dict[str, Any]], session: Session) -> None:
    """ "and" binds tighter than "or": read the other way, people would be shown to those who may not see them."""
    store, known = population
    loose = store.search("User", Query(filter=parse_filter(USER, 'userName pr or title eq "zzz" and title eq "zzz"')))
    tight = store.search("User", Query(filter=parse_filter(USER, '(userName pr or title eq "zzz") and title eq "zzz"')))
    assert (loose.total, tight.total) == (len(known), 0)
