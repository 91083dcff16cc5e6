"""Decisions as a platform sees them, and how they are read from an answer.

An obligation is binding on a permit: whoever does not know how to keep it must not go ahead. So a permit with an
obligation that neither this client nor the platform handles is a deny.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from muster.errors import MusterError, Unavailable

DATA_FILTER = "data_filter"
"""The kind of obligation that the client itself helps to keep (``Decision.filter_for``)."""

UNSUPPORTED = "unsupported_obligation"
BAD_QUESTION = "bad_question"


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the platform must do or heed when it goes ahead. ``kind`` says which sort of thing that is."""

    id: str
    kind: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """May she or not, and why. True in an ``if`` exactly if it is allowed.

    ``code`` is for programs and stable, ``message`` for people. ``decided_by`` names what decided, for keys with the
    scope that opens it. ``revision`` is that of the account's roles and grants.
    """

    allowed: bool
    code: str
    message: str
    obligations: tuple[Obligation, ...] = ()
    revision: int | None = None
    decided_by: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return self.allowed

    def filter_for(self, record_type: str) -> str | None:
        """Which records of a type the permission is about, as a filter's text; None means all of them.

        Apply it with ``muster.filters``. Raises Denied if the decision is no.
        """
        if not self.allowed:
            raise Denied(self)
        texts = [
            str(one.properties["filter"])
            for one in self.obligations
            if one.kind == DATA_FILTER and one.properties["record_type"] == record_type
        ]
        return " and ".join(f"({text})" for text in texts) if len(texts) > 1 else next(iter(texts), None)


class Denied(MusterError):
    """The decision is no; ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{decision.message} ({decision.code})")
        self.decision = decision


def read_decision(answer: Any, handled: Collection[str]) -> Decision:
    """The decision of an answer (AuthZEN 1.0 section 5.5). Raises Unavailable for what is none.

    ``handled`` are the kinds of obligation that the platform keeps.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("decision"), bool):
        raise Unavailable("the service answered, but not with a decision; is this the address of a decision point?")
    context = answer.get("context", {})
    if not isinstance(context, dict):
        raise Unavailable("the service answered with a decision whose context cannot be read")
    allowed = answer["decision"]
    obligations = _obligations(context.get("obligations", []))
    if allowed:
        unknown = next((one.kind for one in obligations if not _is_kept(one, handled)), None)
        if unknown is not None:
            message = f'allowed only with the obligation "{unknown}", which this platform does not handle'
            return Decision(False, UNSUPPORTED, message, obligations, _revision(context))
    code, message = _reason(context, allowed)
    return Decision(allowed, code, message, obligations, _revision(context), _decided_by(context))


def _reason(context: Mapping[str, Any], allowed: bool) -> tuple[str, str]:
    error, reason = context.get("error"), context.get("reason")
    if isinstance(error, dict):
        # One question of a batch could not be read; the others are not affected (section 7.2.1).
        return BAD_QUESTION, str(error.get("message", "the question could not be read"))
    if not isinstance(reason, dict):
        reason = {}
    word = "allowed" if allowed else "denied"
    return str(reason.get("code", word)), str(reason.get("message", word))


def _obligations(given: Any) -> tuple[Obligation, ...]:
    if not isinstance(given, list):
        return (Obligation("", "unreadable"),)
    return tuple(_obligation(one) for one in given)


def _obligation(given: Any) -> Obligation:
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        return Obligation("", "unreadable")
    properties = given.get("properties", {})
    if not isinstance(properties, dict):
        return Obligation("", "unreadable")
    # What no registered type is made for is "custom", and says in its properties what it is.
    kind = properties.get("kind", "custom") if given["type"] == "custom" else given["type"]
    return Obligation(str(given.get("id", "")), str(kind), MappingProxyType(properties))


def _is_kept(obligation: Obligation, handled: Collection[str]) -> bool:
    if obligation.kind == DATA_FILTER:
        return all(isinstance(obligation.properties.get(name), str) for name in ("record_type", "filter"))
    return obligation.kind in handled


def _revision(context: Mapping[str, Any]) -> int | None:
    revision = context.get("policy_revision")
    return revision if isinstance(revision, int) else None


def _decided_by(context: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    entries = context.get("decided_by", [])
    return tuple(MappingProxyType(one) for one in entries if isinstance(one, dict)) if isinstance(entries, list) else ()
