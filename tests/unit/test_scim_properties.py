"""Rules that hold for everything: filters against an independent implementation, replace, patch, arbitrary text."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import scim2_models
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scim.errors import ScimError
from scim.filters import parse_filter
from scim.matching import matches
from scim.patch import apply, read_operations
from scim.patch_path import parse_path
from scim.query import PageLimits, from_arguments
from scim.resource import validate
from scim.schemas import RESOURCE_TYPES, USER_URN
from tests.effort import examples

USER = RESOURCE_TYPES["User"]
WORDS = ["ada", "ADA", "a", "b", 'q"\\', "ß", "work", "home"]
TEXTS = st.sampled_from(WORDS)


def _compare(names: list[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["eq", "co", "sw", "ew", "Eq", "CO"])
    return st.builds(lambda name, op, word: f"{name} {op} {json.dumps(word)}", st.sampled_from(names), operators, TEXTS)


def _combine(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Terms joined without more parentheses than the grammar needs, so that precedence is tested."""
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.builds("{} and {}".format, inner, inner),
            st.builds("{} or {}".format, inner, inner),
            st.builds("not ({})".format, inner),
            st.builds("({})".format, inner),
        ),
        max_leaves=6,
    )


_INSIDE = _combine(_compare(["value", "type", "Display"]) | st.sampled_from(["display pr", "primary eq true"]))
FILTERS = _combine(
    _compare(["userName", "title", "name.familyName", "roles.value", "roles.type", "externalId"])
    | st.sampled_from(["title pr", "roles pr", "name pr", "active eq true", "roles.display pr"])
    | _INSIDE.map("roles[{}]".format)
)

VALUES = st.lists(
    st.fixed_dictionaries({"value": TEXTS}, optional={"type": TEXTS, "display": TEXTS, "primary": st.just(False)}),
    max_size=3,
)
USERS = st.fixed_dictionaries(
    {"userName": TEXTS},
    optional={
        "title": TEXTS,
        "externalId": TEXTS,
        "active": st.booleans(),
        "name": st.fixed_dictionaries({}, optional={"familyName": TEXTS, "givenName": TEXTS}),
        "roles": VALUES,
    },
).map(lambda attributes: {"schemas": [USER_URN]} | attributes)

OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove", "Add"])},
        optional={
            "path": st.sampled_from(
                [
                    *("title", "name", "name.familyName", "emails", 'emails[type eq "work"]', "emails.primary"),
                    *('emails[type eq "work"].value', "active", "id", "userName", "nonsense", "members"),
                    f"{USER_URN}:title",
                ]
            ),
            "value": st.one_of(
                TEXTS,
                st.none(),
                st.booleans(),
                VALUES,
                st.fixed_dictionaries({}, optional={"title": TEXTS, "emails": VALUES, "name.givenName": TEXTS}),
            ),
        },
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=examples(150), deadline=None)
@given(FILTERS, USERS)
@example('title eq "a" or title eq "b" and userName eq "x"', {"schemas": [USER_URN], "userName": "y", "title": "a"})
def test_filters_agree_with_scim2_models(text: str, body: dict[str, Any]) -> None:
    """An independent parser and evaluator gives the same answer, precedence and all.

    Its e-mail addresses are checked for syntax, so the multi-valued attribute here is ``roles``.
    """
    resource = validate(USER, body)
    theirs = scim2_models.User.model_construct(
        user_name=resource["userName"],
        title=resource.get("title"),
        external_id=resource.get("externalId"),
        active=resource["active"],
        name=_name(resource),
        roles=[scim2_models.Role.model_construct(**role) for role in resource.get("roles", [])] or None,
    )
    expected = scim2_models.ScimFilter[scim2_models.User](text).match(theirs)
    assert matches(parse_filter(USER, text), resource) is expected


def _name(resource: dict[str, Any]) -> Any:
    if "name" not in resource:
        return None
    return scim2_models.Name.model_construct(
        family_name=resource["name"].get("familyName"), given_name=resource["name"].get("givenName")
    )


@given(USERS)
def test_validation_is_idempotent(body: dict[str, Any]) -> None:
    """What was kept, sent again, is kept unchanged: so PUT of a GET changes nothing."""
    resource = validate(USER, body)
    assert validate(USER, resource) == resource


@settings(max_examples=examples(150))
@given(USERS, OPERATIONS)
def test_patch_is_all_or_nothing_and_stays_valid(body: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """RFC 7644 §3.5.2: a refusal touches nothing; a result is a valid resource in canonical form."""
    current = {"id": "1"} | validate(USER, body)
    before = json.dumps(current)
    with contextlib.suppress(ScimError):
        done = apply(USER, current, read_operations({"Operations": operations}), list)
        if done.resource is not None:
            # A PATCH may remove ``active``; a whole resource without it means an active person.
            assert validate(USER, done.resource) == {"active": True} | done.resource
            again = {"id": "1"} | done.resource
            same = {"op": "replace", "value": {name: again[name] for name in again if name != "schemas"}}
            assert apply(USER, again, read_operations({"Operations": [same]}), list).resource is None
    assert json.dumps(current) == before


_ODD = 'userName emails[type eq "a"].value pr and or not()[]\\"\n\0é$:.-0159truefalsenull'


@settings(max_examples=examples(250))
@given(
    st.text(st.sampled_from(_ODD), max_size=60)
    | st.text(max_size=40)
    | FILTERS.map(lambda text: text[: len(text) // 2])
)
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    """Client text never causes an error that is not the client's."""
    with contextlib.suppress(ScimError):
        parse_filter(USER, text)
    with contextlib.suppress(ScimError):
        parse_path(USER, text)
    with contextlib.suppress(ScimError):
        from_arguments([("filter", text), ("sortBy", text), ("attributes", text)], PageLimits()).query(USER)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([attribute.name for schema in USER.schemas for attribute in schema.attributes])


@settings(max_examples=examples(150))
@given(st.dictionaries(_NAMES | st.sampled_from([USER.schemas[1].urn, "id", "meta"]), _JSON, max_size=4), _JSON)
def test_any_body_is_a_resource_or_refused(attributes: dict[str, Any], value: Any) -> None:
    """RFC 7644 §3.12: wrong types are the client's error, at every attribute."""
    with contextlib.suppress(ScimError):
        validate(USER, {"schemas": [USER_URN], "userName": "a"} | attributes)
    current = {"id": "1"} | validate(USER, {"schemas": [USER_URN], "userName": "a"})
    for name, part in attributes.items():
        operations = [{"op": verb, "path": name, "value": part} for verb in ("add", "replace", "remove")]
        for operation in [*operations, {"op": "replace", "value": {name: value}}]:
            with contextlib.suppress(ScimError):
                apply(USER, current, read_operations({"Operations": [operation]}), list)
