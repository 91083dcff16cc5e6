"""Sealed secrets: under which key, for what, and nothing else (T-10)."""

from __future__ import annotations

import pytest

from app.sealing import Keys, Unsealable

OLD, NEW = b"the former key of thirty-two bytes or more", b"the present key of thirty-two bytes or more"
WHERE = ("webhook_endpoints", "an account", "a row")


def test_what_is_sealed_opens_where_it_belongs() -> None:
    """Twice the same secret looks different, and neither shows it."""
    keys = Keys(NEW)
    one, two = keys.seal("whsec_ñ", *WHERE), keys.seal("whsec_ñ", *WHERE)
    assert one != two
    assert "whsec" not in one
    assert keys.unseal(one, *WHERE) == keys.unseal(two, *WHERE) == "whsec_ñ"


@pytest.mark.parametrize(
    "elsewhere",
    [(), ("webhook_endpoints", "an account"), ("webhook_endpoints", "an account", "another row"), WHERE[::-1]],
)
def test_it_opens_nowhere_else(elsewhere: tuple[str, ...]) -> None:
    """Whoever writes to the database cannot let one row use the secret of another."""
    keys = Keys(NEW)
    with pytest.raises(Unsealable, match="something else"):
        keys.unseal(keys.seal("secret", *WHERE), *elsewhere)


def test_what_was_changed_does_not_open() -> None:
    """No bit of it, wherever it is."""
    keys = Keys(NEW)
    text = keys.seal("secret", *WHERE)
    for place in range(len(text)):
        for other in "ABCDQgw=".replace(text[place], ""):
            with pytest.raises(Unsealable):
                keys.unseal(text[:place] + other + text[place + 1 :], *WHERE)
    for nonsense in ("", "s1", "s1..", f"s1.{keys.id}", f"s1.{keys.id}.", f"s1.{keys.id}.é", "secret"):
        with pytest.raises(Unsealable):
            keys.unseal(nonsense, *WHERE)


def test_former_keys_open_what_they_sealed() -> None:
    """Until it is sealed anew; a key that is not named opens nothing, and the message says which is missing."""
    text = Keys(OLD).seal("secret", *WHERE)
    both = Keys(NEW, [OLD])
    assert both.unseal(text, *WHERE) == "secret"
    assert not both.is_current(text)
    assert both.is_current(both.seal("secret", *WHERE))
    with pytest.raises(Unsealable, match=Keys(OLD).id):
        Keys(NEW).unseal(text, *WHERE)
    assert both.ids == {Keys(OLD).id, Keys(NEW).id}
