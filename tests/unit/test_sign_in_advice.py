"""What to do about a refused sign-in."""

from __future__ import annotations

from typing import get_args

from app.services.door_steps import Denial
from app.services.sign_in_advice import ADVICE, AT_THE_DOOR, advice
from sso.errors import Reason


def test_a_every_reason_says_what_to_do() -> None:
    """In a sentence or more; and nothing is explained that cannot happen."""
    assert set(ADVICE) == {str(reason) for reason in Reason}
    for reason in Reason:
        said = advice(str(reason)) or ""
        assert said.endswith(".")
        assert len(said.split()) > 6, reason


def test_a_every_refusal_of_the_local_door_says_what_to_do() -> None:
    """Those that its services name, each in a sentence or more."""
    assert {f"door_{reason}" for reason in get_args(Denial)} == set(AT_THE_DOOR)
    for reason in AT_THE_DOOR:
        said = advice(reason) or ""
        assert said.endswith(".")
        assert len(said.split()) > 6, reason


def test_nothing_was_refused() -> None:
    """So there is nothing to be done."""
    assert advice(None) is None
