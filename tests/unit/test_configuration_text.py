"""Configurations as text: what is refused, what is written, and that both ways agree."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.services.configuration_text import MOST_LEVELS, MOST_TEXT, Noted, plain, read, write
from app.services.errors import Refused

_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\0"), max_size=30
) | st.sampled_from(
    [
        "yes",
        "no",
        "null",
        "~",
        "1e3",
        "0x1f",
        "2027-03-01T00:00:00Z",
        "- a",
        "a: b",
        "# x",
        "'",
        '"',
        "a #b",
        " a ",
        "=",
        "<<",
    ]
)
_SCALARS = _TEXTS | st.booleans() | st.none() | st.integers(-(10**12), 10**12)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4), max_leaves=25
)


@given(st.dictionaries(_TEXTS.filter(bool), _VALUES, min_size=1, max_size=5))
def test_what_is_written_is_read_as_the_same(document: dict[str, Any]) -> None:
    """By this reader and by any other; and written once more it is the same text."""
    text = write(document, ["a heading"])
    assert read(text, "f").document == document
    assert yaml.safe_load(text) == document
    assert write(read(text, "f").document, ["a heading"]) == text


@given(_TEXTS, _TEXTS)
def test_comments_are_for_people_alone(value: str, comment: str) -> None:
    """Whatever stands in a comment, it says nothing to the reader."""
    document = {"a": [{"id": Noted(value, comment), "b": 1}], "c": Noted("x", comment)}
    assert read(write(document), "f").document == plain(document)


def test_a_document_is_written_for_people() -> None:
    """One entry a line, a list's first name behind its dash, an empty line between sections."""
    document = {
        "format": 1,
        "units": [{"key": "root", "name": "A: b"}, {"key": "emea", "filters": {"list": 'a eq "b"'}}],
        "empty": [],
        "rules": [{"group": {"id": Noted("0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d", "Sales, Okta")}}],
    }
    assert write(document, ["what it is"]) == (
        '# what it is\nformat: 1\n\nunits:\n  - key: root\n    name: "A: b"\n  - key: emea\n    filters:\n'
        '      list: "a eq \\"b\\""\nempty: []\n\nrules:\n  - group:\n'
        "      id: 0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d  # Sales, Okta\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 'f, line 3: "a" stands here a second time'),
        ("a:\n  - b: 1\n    b: 2\n", 'f, line 3: "b" stands here a second time'),
        ("a: !!python/object/apply:os.system [x]\n", "f, line 1: the tag"),
        ("a: !mine x\n", "f, line 1: the tag"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "f, line 2: names are plain text"),
        ("? [a]\n: 1\n", "f, line 1: names are plain text"),
        ("a: &x [*x]\n", "f, line 1: an anchor contains itself"),
        ("a: !!int x\n", "f, line 1: 'x' is no int"),
        ("a: [\n", "f is not YAML"),
        ("a: \x00\n", "f is not YAML"),
        ('a: "\\0"\n', "f, line 1: a character here is none"),
        ('a:\n  "\\0": 1\n', "f, line 2: names are plain text"),
        ("- a\n", "f must have sections"),
        ("", "f must have sections"),
        ("a: 1\n---\nb: 2\n", "f is not YAML"),
        ("[" * 100_000, f"f, line 1: more than {MOST_LEVELS} levels deep"),
        ("a: " + "x" * MOST_TEXT, f"f has more than {MOST_TEXT} characters"),
        ("a: [" + "1," * 200_001 + "]", "f, line 1: more than 200000 values"),
    ],
)
def test_what_no_configuration_needs_is_refused(text: str, words: str) -> None:
    """With its line, and before anything is built of it."""
    with pytest.raises(Refused) as refused:
        read(text, "f")
    assert str(refused.value).startswith(words)


def test_anchors_cannot_blow_a_document_up() -> None:
    """Each repetition counts; a few are welcome."""
    bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    bomb += "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(Refused, match="anchors repeat more than 200000 values"):
        read(bomb, "f")
    assert read("a: &x [1]\nb: *x\n", "f").document == {"a": [1], "b": [1]}


def test_moments_stay_text() -> None:
    """The same document as JSON and as YAML, whatever a day looks like."""
    assert read("a: 2027-03-01T00:00:00Z\nb: 2027-02-30\n", "f").document == {
        "a": "2027-03-01T00:00:00Z",
        "b": "2027-02-30",
    }


def test_a_place_has_a_line() -> None:
    """That of the value, or of what it is missing in."""
    found = read("roles:\n  - name: A\n    allow:\n      - x\n", "f")
    assert found.placed("roles[0].allow[0]: is none") == "roles[0].allow[0] (line 4): is none"
    assert found.placed("roles[0].deny: is missing") == "roles[0].deny (line 2): is missing"
    assert found.placed("nothing has a place") == "nothing has a place"
