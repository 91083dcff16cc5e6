"""Searches made from described schemas: filters with typed literals and broken ones, and all other parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.protocol.fuzz.bodies import TEXT, URIS, WORDS, Body
from tests.protocol.fuzz.described import Described, Kind

Term = tuple[str, Described]
_ORDER = ["eq", "ne", "gt", "ge", "lt", "le"]
_TEXT_OPERATORS = [*_ORDER, "co", "sw", "ew", "EQ", "Co"]
_OPERATORS = {
    "string": _TEXT_OPERATORS,
    "reference": ["eq", "ne", "co", "sw", "ew"],
    "dateTime": _ORDER,
    "integer": _ORDER,
    "decimal": _ORDER,
    "boolean": ["eq", "ne"],
    "binary": ["eq", "ne"],
}
_LITERALS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from([*WORDS, "", "a"]) | TEXT,
    "reference": URIS | st.just("a"),
    "dateTime": st.sampled_from(["2011-05-13T04:42:34Z", "2030-01-01T00:00:00.5+02:00"]),
    "integer": st.integers(-(2**31), 2**31),
    "decimal": st.floats(-1e9, 1e9),
    "boolean": st.booleans(),
    "binary": st.just("YWJj"),
}
TOKENS = [*("and", "or", "not", "pr", "eq", "null", "true", '"x"', "1", "é"), *'()[]".:,-\\ \0']


def named(kind: Kind) -> list[Term]:
    """Every attribute and part of one that a filter can name, with its path."""
    return [
        (path, part)
        for urn, attribute in kind.all()
        if attribute["returned"] != "never"
        for path, part in _named(attribute if urn is None else attribute | {"name": f"{urn}:{attribute['name']}"})
    ]


def _named(attribute: Described) -> Iterator[Term]:
    yield attribute["name"], attribute
    for sub in attribute.get("subAttributes", []):
        yield f"{attribute['name']}.{sub['name']}", sub


def term(path: str, attribute: Described) -> st.SearchStrategy[str]:
    """One comparison that fits the attribute's type (RFC 7644 §3.4.2.2)."""
    present = st.just(f"{path} pr")
    if attribute["type"] == "complex":
        if not attribute.get("multiValued"):
            return present
        inner = st.one_of([term(sub["name"], sub) for sub in attribute["subAttributes"]])
        return present | _joined(inner, 3).map(lambda text: f"{path}[{text}]")
    literals = _LITERALS[attribute["type"]].map(json.dumps)
    operators = st.sampled_from(_OPERATORS[attribute["type"]])
    return present | st.builds("{} {} {}".format, st.just(path), operators, literals)


def filters(kind: Kind, leaves: int = 5) -> st.SearchStrategy[str]:
    """A filter that the grammar and the schemas allow."""
    terms = st.sampled_from(named(kind)).flatmap(lambda one: term(*one))
    return _joined(terms, leaves)


def _joined(terms: st.SearchStrategy[str], leaves: int) -> st.SearchStrategy[str]:
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.builds("{} and {}".format, inner, inner),
            st.builds("{} or {}".format, inner, inner),
            inner.map("not ({})".format),
            inner.map("({})".format),
        ),
        max_leaves=leaves,
    )


@st.composite
def broken(draw: st.DrawFn, kind: Kind) -> str:
    """A filter with a piece cut out, put in, or of the wrong type; a few of them are right all the same."""
    text = draw(filters(kind, 3))
    if draw(st.booleans()):
        path = draw(st.sampled_from(named(kind)))[0]
        literal = draw(st.sampled_from(["1", "1.5e400", "true", "null", '"x"', "x", "[]", "9" * 400, '"\\u0000"']))
        return f"{path} {draw(st.sampled_from([*_TEXT_OPERATORS, 'xx', '']))} {literal}"
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 5, len(text))))
        text = text[:start] + draw(st.sampled_from(["", *TOKENS])) + text[end:]
    return text


def parameters(kind: Kind) -> st.SearchStrategy[Body]:
    """Any parameters of a search, each right or odd."""
    names = st.sampled_from([path for path, _ in named(kind)]) | TEXT
    lists = st.lists(names, max_size=3).map(",".join)
    numbers = st.integers(-3, 10).map(str) | st.sampled_from(["", "x", "1.5", "9" * 30, "-1", "٣", "1e3", "+2"])
    return st.fixed_dictionaries(
        {},
        optional={
            "filter": filters(kind, 3) | broken(kind),
            "sortBy": names,
            "sortOrder": st.sampled_from(["ascending", "descending", "DESCENDING", "", "up"]),
            "startIndex": numbers,
            "count": numbers,
            "cursor": st.just("") | TEXT,
            "attributes": lists,
            "excludedAttributes": lists,
            "unknown": TEXT,
        },
    )
