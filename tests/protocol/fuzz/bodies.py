"""Bodies made from described schemas: right ones, nearly right ones and hostile ones."""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.builders import PATCH_OP
from tests.protocol.fuzz.described import Described, Kind

Body = dict[str, Any]
WORDS = ["ada", "Ada", "bob", "b", "a b", 'say "hi"', "back\\slash", "50%", "under_score", "é", "😀", "ﬁ", "İ"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
TEXTS = st.sampled_from(WORDS) | TEXT.map("x".__add__)
MOSTLY = st.sampled_from([*[True] * 9, False])
URIS = st.sampled_from(["https://a.example/b?c=d#e", "urn:example:1", "photos/1.png", "mailto:a@b.example"])

HOSTILE: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1, 2**63, 10**30, 1e308, 0.1, "", " ", "x" * 3_000, "\x7f\u202e", "null", "[]"])
    | st.text(max_size=5)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "$ref", "type", "primary", "VALUE", "op", ""]), inner, max_size=3)
    ),
    max_leaves=5,
)


def value(attribute: Described) -> st.SearchStrategy[Any]:
    """A value that the attribute's description allows."""
    one = _single(attribute)
    if not attribute.get("multiValued"):
        return one
    return st.lists(one, min_size=1, max_size=3).map(_distinct)


def _single(attribute: Described) -> st.SearchStrategy[Any]:
    match attribute["type"]:
        case "complex":
            parts = {sub["name"]: value(sub) for sub in attribute["subAttributes"] if sub["mutability"] != "readOnly"}
            if not parts:
                return HOSTILE
            needed = "value" if "value" in parts else next(iter(parts))
            return st.fixed_dictionaries({needed: parts.pop(needed)}, optional=parts)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(-(2**31), 2**31)
        case "decimal":
            return st.floats(-1e9, 1e9)
        case "dateTime":
            return st.datetimes().map(lambda moment: moment.isoformat() + "Z")
        case "binary":
            return st.binary(min_size=1, max_size=9).map(lambda raw: base64.b64encode(raw).decode())
        case "reference":
            return URIS
    canonical = attribute.get("canonicalValues")
    return st.sampled_from(canonical) | TEXTS if canonical else TEXTS


def _distinct(elements: list[Any]) -> list[Any]:
    """No two with the same value and type, and at most one primary (RFC 7643 §2.4)."""
    kept: dict[Any, Any] = {}
    for element in elements:
        named = element.get("value", repr(element)) if isinstance(element, dict) else element
        kept.setdefault(str(named).casefold(), element)
    seen = False
    for element in kept.values():
        if isinstance(element, dict) and element.get("primary"):
            if seen:
                del element["primary"]
            seen = True
    return list(kept.values())


@st.composite
def right(draw: st.DrawFn, kind: Kind) -> Body:
    """A body that the schemas allow; some values are null, some names written in another case (RFC 7643 §2.1)."""
    body: Body = {"schemas": [kind.urn, *kind.extensions]}
    writable = {(urn, attribute["name"]): attribute for urn, attribute in kind.writable()}
    chosen = draw(st.lists(st.sampled_from([*writable]), max_size=6, unique=True))
    required = [key for key, attribute in writable.items() if attribute.get("required") and key not in chosen]
    for urn, name in [*chosen, *required]:
        attribute = writable[urn, name]
        holder = body if urn is None else body.setdefault(urn, {})
        given = draw(value(attribute) if attribute.get("required") else value(attribute) | st.none())
        holder[draw(st.sampled_from([name, name, name, name.upper()]))] = given
    return body


def kept(kind: Kind, body: Body) -> Body:
    """What of a right body the answer must show."""
    shown: Body = {}
    for urn, attribute in kind.writable():
        holder = body if urn is None else body.get(urn) or {}
        given = next((part for name, part in holder.items() if name.lower() == attribute["name"].lower()), None)
        if given is None or attribute["returned"] == "never":
            continue
        (shown if urn is None else shown.setdefault(urn, {}))[attribute["name"]] = given
    return shown


def shows(answer: Any, expected: Any) -> bool:
    """Whether the answer has all that is expected; the server may add read-only parts."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and shows(answer[name], part) for name, part in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(answer, list) and len(answer) == len(expected) and all(map(shows, answer, expected))
    return type(answer) is type(expected) and answer == expected


@st.composite
def spoilt(draw: st.DrawFn, bodies: st.SearchStrategy[Body]) -> Any:
    """A body with a few of its parts replaced, removed, renamed or wrapped."""
    body = copy.deepcopy(draw(bodies))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(body, sparing="schemas" if draw(MOSTLY) else None))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "rename", "wrap", "add"])):
            case "replace":
                holder[key] = draw(HOSTILE)
            case "remove":
                del holder[key]
            case "wrap":
                holder[key] = draw(st.sampled_from([[holder[key]], {"value": holder[key]}, [holder[key]] * 2]))
            case "rename" if isinstance(holder, dict):
                holder[draw(TEXT | st.just(key.swapcase()))] = holder[key]
            case _ if isinstance(holder, dict):
                holder[draw(TEXT)] = draw(HOSTILE)
    return body


def _places(node: Any, sparing: str | None) -> Iterator[tuple[Any, Any]]:
    """Every place of a value within a body, but for the values under one key."""
    if isinstance(node, (dict, list)):
        for key, part in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if key != sparing:
                yield node, key
                yield from _places(part, sparing)


def paths(kind: Kind) -> st.SearchStrategy[tuple[str, Described]]:
    """A PATCH path of any form (RFC 7644 §3.5.2), and the description of what it names."""
    found: list[tuple[str, Described]] = []
    for urn, attribute in kind.all():
        name = attribute["name"] if urn is None else f"{urn}:{attribute['name']}"
        found.append((name, attribute))
        for sub in attribute.get("subAttributes", []):
            found.append((f"{name}.{sub['name']}", sub))
            if attribute.get("multiValued"):
                found += [(f"{name}[{test}].{sub['name']}", sub) for test in _tests(attribute)]
        if attribute.get("multiValued"):
            found += [(f"{name}[{test}]", attribute | {"multiValued": False}) for test in _tests(attribute)]
    return st.sampled_from(found)


def _tests(attribute: Described) -> list[str]:
    tests = [f"{attribute['subAttributes'][0]['name']} pr"]
    if any(sub["name"] == "type" for sub in attribute["subAttributes"]):
        tests.append('type eq "work"')
    return tests


@st.composite
def operation(draw: st.DrawFn, kind: Kind) -> Body:
    """One PATCH operation whose path and value fit each other."""
    verb = draw(st.sampled_from(["add", "replace", "remove"]))
    path, attribute = draw(paths(kind))
    if verb == "remove":
        return {"op": verb, "path": path}
    if not draw(MOSTLY):
        return {"op": verb, "value": {name: part for name, part in draw(right(kind)).items() if name != "schemas"}}
    return {"op": verb, "path": path, "value": draw(value(attribute))}


def patches(kind: Kind) -> st.SearchStrategy[Body]:
    """PATCH bodies of one to four operations."""
    return st.lists(operation(kind), min_size=1, max_size=4).map(
        lambda operations: {"schemas": [PATCH_OP], "Operations": operations}
    )
