"""Searching a fixed population in ways drawn from its schemas: laws that hold for every filter and parameter."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.conftest import Scim
from tests.protocol.fuzz.bodies import URIS, WORDS, Body
from tests.protocol.fuzz.conftest import Budget, judge
from tests.protocol.fuzz.described import Described, Kind
from tests.protocol.fuzz.searches import broken, filters, named, parameters

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
SIZE = 14


@pytest.fixture(scope="module")
def population(shared: Scim, kinds: dict[str, Kind]) -> dict[str, dict[str, Body]]:
    """Resources of each kind in which the same words stand in many places, by id."""
    for kind, number in itertools.product(kinds.values(), range(SIZE)):
        shared.create(kind.endpoint, _resource(kind, number))
    return {
        kind.name: {one["id"]: one for one in shared.read(kind.endpoint, count=1000)["Resources"]}
        for kind in kinds.values()
    }


def _resource(kind: Kind, number: int) -> Body:
    body: Body = {"schemas": [kind.urn, *kind.extensions]}
    for place, (urn, attribute) in enumerate(kind.writable()):
        if attribute.get("required"):
            body[attribute["name"]] = f"{WORDS[number % len(WORDS)]} {number}"
        elif (number + place) % 3:
            holder = body if urn is None else body.setdefault(urn, {})
            values = [_value(attribute, number * 5 + place + index) for index in range(1 + number % 2)]
            holder[attribute["name"]] = values if attribute.get("multiValued") else values[0]
    return body


def _value(attribute: Described, number: int) -> Any:
    match attribute["type"]:
        case "complex":
            subs = [sub for sub in attribute["subAttributes"] if sub["mutability"] != "readOnly"]
            return {
                sub["name"]: _value(sub, number + at)
                for at, sub in enumerate(subs)
                if sub["name"] == "value" or ((number + at) % 4 and sub["name"] != "primary")
            }
        case "boolean":
            return number % 2 == 0
        case "reference":
            return f"https://a.example/{number}"
        case "binary":
            return "YWJj"
    canonical = attribute.get("canonicalValues") or WORDS
    return canonical[number % len(canonical)]


def test_filters_obey_logic(
    shared: Scim, kinds: dict[str, Kind], population: dict[str, dict[str, Body]], budget: Budget
) -> None:
    """RFC 7644 §3.4.2.2: a filter and its opposite part the directory; and, or and grouping are those of logic."""

    @budget(16)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        everything = population[kind.name].keys()

        def found(text: str) -> set[str]:
            listed = shared.read(kind.endpoint, filter=text, count=1000, attributes="id")
            assert listed["totalResults"] == len(listed.get("Resources", []))
            return {one["id"] for one in listed.get("Resources", [])}

        one, two = data.draw(filters(kind)), data.draw(filters(kind))
        these, those = found(one), found(two)
        assert found(f"not ({one})") == everything - these
        assert found(f"({one}) and ({two})") == these & those
        assert found(f"({one}) or ({two})") == these | those
        assert found(f"({two}) and not ({one})") == those - these

    holds()


def test_simple_terms_find_what_the_resources_show(
    shared: Scim, kinds: dict[str, Kind], population: dict[str, dict[str, Body]], budget: Budget
) -> None:
    """RFC 7644 §3.4.2.2 table 3, RFC 7643 §2.2 caseExact: judged on what was read, by the schema document alone."""
    operators = {"eq": str.__eq__, "co": str.__contains__, "sw": str.startswith, "ew": str.endswith}

    @budget(40)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        texts = [one for one in named(kind) if one[1]["type"] in ("string", "reference")]
        path, attribute = data.draw(st.sampled_from(texts))
        literal = data.draw(st.sampled_from([*WORDS[:9], "a", "https://a.example/7", "work"]) | URIS)
        operator = data.draw(st.sampled_from([*operators]))
        quoted = literal.replace("\\", "\\\\").replace('"', '\\"')
        listed = shared.read(kind.endpoint, filter=f'{path} {operator} "{quoted}"', count=1000, attributes="id")

        def fits(value: Any) -> bool:
            texts = (str(value), literal) if attribute.get("caseExact") else (str(value).lower(), literal.lower())
            return bool(operators[operator](*texts))

        expected = {
            id for id, resource in population[kind.name].items() if any(map(fits, _values(kind, resource, path)))
        }
        assert {one["id"] for one in listed.get("Resources", [])} == expected

    holds()


def _values(kind: Kind, resource: Body, path: str) -> list[Any]:
    """Every value at a path."""
    urn = next((urn for urn in kind.extensions if path.startswith(f"{urn}:")), None)
    holders: list[Any] = [resource if urn is None else resource.get(urn, {})]
    for name in (path if urn is None else path[len(urn) + 1 :]).split("."):
        parts = [holder[name] for holder in holders if name in holder]
        holders = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    return holders


def test_pages_are_the_list_cut_up(shared: Scim, kinds: dict[str, Kind], population: Any, budget: Budget) -> None:
    """RFC 7644 §3.4.2.3, §3.4.2.4, RFC 9865: by index, by cursor and by POST the same resources in the same order."""

    @budget(12)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        asked = {"filter": data.draw(filters(kind, 2)), "attributes": "id"}
        if data.draw(st.booleans()):
            asked["sortBy"] = data.draw(st.sampled_from([path for path, one in named(kind) if one["type"] == "string"]))
            asked["sortOrder"] = data.draw(st.sampled_from(["ascending", "descending"]))
        if asked.get("sortBy", "").partition(".")[0] in ("members", "groups"):
            return
        whole = shared.read(kind.endpoint, **asked, count=1000).get("Resources", [])
        posted = shared.post(f"{kind.endpoint}/.search", {"schemas": [SEARCH_URN], **asked, "count": 1000})
        assert posted.json.get("Resources", []) == whole
        size = data.draw(st.integers(3, 8))
        by_index: list[Body] = []
        for start in range(1, len(whole) + 1, size):
            by_index += shared.read(kind.endpoint, **asked, startIndex=start, count=size)["Resources"]
        assert by_index == whole
        by_cursor: list[Body] = []
        cursor: str | None = ""
        while cursor is not None:
            page = shared.read(kind.endpoint, **asked, cursor=cursor, count=size)
            assert page["totalResults"] == len(whole)
            by_cursor += page.get("Resources", [])
            cursor = page.get("nextCursor")
        assert by_cursor == whole

    holds()


def test_projections_show_parts_of_the_whole(
    shared: Scim, kinds: dict[str, Kind], population: dict[str, dict[str, Body]], budget: Budget
) -> None:
    """RFC 7644 §3.9: what is named and what is always returned, unchanged; or all but what is named."""

    @budget(16)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        id, whole = data.draw(st.sampled_from(sorted(population[kind.name].items(), key=lambda one: one[0])))
        names = data.draw(st.lists(st.sampled_from([path for path, _ in named(kind)]), min_size=1, max_size=4))
        at = f"{kind.endpoint}/{id}"
        chosen = shared.read(at, attributes=",".join(names))
        rest = shared.read(at, excludedAttributes=",".join(names))
        for path, attribute in named(kind):
            if attribute["type"] == "complex":
                continue
            is_named = path in names or path.rpartition(".")[0] in names
            there = _values(kind, whole, path)
            always = path == "id"
            assert _values(kind, chosen, path) == (there if is_named or always else []), path
            assert _values(kind, rest, path) == ([] if is_named and not always else there), path
        assert chosen["id"] == rest["id"] == id
        assert rest["meta"] == whole["meta"]
        assert "meta" not in chosen

    holds()


def test_no_search_makes_a_fault(shared: Scim, kinds: dict[str, Kind], population: Any, budget: Budget) -> None:
    """RFC 7644 §3.4.2, §3.12: a list of resources that their schemas allow, or a refusal that says why."""

    @budget(80)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        asked: Any = data.draw(parameters(kind) | st.fixed_dictionaries({"filter": broken(kind)}))
        place = data.draw(st.sampled_from([kind.endpoint, "/"]))
        got, posted = shared.get(place, **asked), shared.post(f"{place.rstrip('/')}/.search", asked)
        assert got.status_code == posted.status_code, (got.text, posted.text)
        if judge(got, 200):
            assert judge(posted, 200)
            assert got.json["totalResults"] >= len(got.json.get("Resources", []))
            if not {"attributes", "excludedAttributes"} & asked.keys():
                for one in got.json.get("Resources", []):
                    assert kinds[one["meta"]["resourceType"]].faults(one) == []

    holds()
