"""Values that leave the house and come back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sealed import seal, unseal

KEY = b"a key of this test"
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.binary(max_size=20))
def test_what_was_sealed_comes_back(value: Any, purpose: bytes) -> None:
    """As it was, in characters that need no escaping in a URL."""
    text = seal(KEY, purpose, value)
    assert unseal(KEY, purpose, text) == value
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("forged", ["", "x", "A" * 24, "A" * 4001, "ä" * 30, "A" * 30 + "="])
def test_what_we_did_not_seal_is_refused(forged: str) -> None:
    """Whatever it looks like."""
    with pytest.raises(ValueError, match="sealed"):
        unseal(KEY, b"list", forged)


def test_a_seal_is_for_one_purpose_and_one_key() -> None:
    """Elsewhere it is as good as forged; so is one that was changed anywhere."""
    text = seal(KEY, b"list", ["a", 1])
    changed = [
        text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :] for place in range(len(text) - 1)
    ]
    for key, purpose, given_text in (
        (b"other", b"list", text),
        (KEY, b"another", text),
        *((KEY, b"list", t) for t in changed),
    ):
        with pytest.raises(ValueError, match="sealed"):
            unseal(key, purpose, given_text)
