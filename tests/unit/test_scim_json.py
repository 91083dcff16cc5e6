"""JSON bodies, read strictly (RFC 8259 §4, RFC 7644 §3.12 invalidSyntax)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim.errors import InvalidSyntax
from scim.json_body import MAX_DEPTH, read_object


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"null",
        b"[]",
        b'"x"',
        b"5",
        b"{",
        b"{}x",
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e999}',
        b'{"a":"\xff"}',
        b'{"a":"\x00"}',
        b'{"a":"\\u0000"}',
        b'{"a\\u0000":1}',
        b'{"a":["\\u0000"]}',
        b'{"a":"\\ud800"}',
        b'{"a":1,"a":2}',
        b'{"a":1,"a" :2}',
        b'{"a" :1, "a"\n:2}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":[{"a":1,"b":{"c":1,"c":2}}]}',
        b'{"a\\":1":1,"b" :2,"b" :3}',
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"[" * 100_000,
    ],
    ids=lambda raw: raw[:24].decode(errors="replace"),
)
def test_ambiguous_or_costly_bodies_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidSyntax):
        read_object(raw)


@pytest.mark.parametrize("depth", [40, 1_000, 100_000])
def test_the_refusal_of_depth_names_the_limit(depth: int) -> None:
    """Also where the parser gives up before anybody could count."""
    with pytest.raises(InvalidSyntax, match=f"nested deeper than {MAX_DEPTH} levels"):
        read_object(b'{"a":' + b"[" * depth + b"]" * depth + b"}")


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"schemas":["urn:a:b"],"a":{"b":[1,{"c":"d"}]}}',
        b'{"a" : "x\\":y" , "b"\n: 1}',
        b'{"a":"\\\\u0000"}',
        b'{"a":{"b":1},"c":{"b":1}}',
        b'{"a":' + b"[" * 30 + b"]" * 30 + b"}",
    ],
)
def test_plain_bodies_are_read(raw: bytes) -> None:
    """Same keys in different objects, colons and quotes in texts, space before a colon."""
    assert read_object(raw) == json.loads(raw)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab":', max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(st.text('ab":\\ ', max_size=4), _VALUES, max_size=4), st.sampled_from([(",", ":"), (", ", " : ")])
)
def test_what_json_writes_is_read_back(value: dict[str, object], separators: tuple[str, str]) -> None:
    """The quick check for duplicate keys never refuses a body without any."""
    assert read_object(json.dumps(value, separators=separators).encode()) == value
