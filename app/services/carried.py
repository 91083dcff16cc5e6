"""An assertion as it waits in a ticket for the browser that comes for its session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sso.model import Assertion, NameId

_MOMENTS = ("expires", "authenticated", "session_ends", "issued")


def carry(assertion: Assertion) -> dict[str, Any]:
    """As JSON has it."""
    return asdict(assertion)


def carried(content: Mapping[str, Any]) -> Assertion:
    """As it was verified."""
    given = dict(content)
    for name in _MOMENTS:
        given[name] = given[name] and datetime.fromisoformat(given[name])
    given["attributes"] = {name: tuple(values) for name, values in given["attributes"].items()}
    given["methods"] = tuple(given["methods"])
    given["name_id"] = given["name_id"] and NameId(**given["name_id"])
    return Assertion(**given)
