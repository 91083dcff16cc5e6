"""Entries of the audit trail about a person as sentences, with what else was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.services.person_events import EventFacts
from app.web.language import say
from app.web.texts import TEXTS

_MOST = 500
_ACCESS = {"access.granted": "given", "access.revoked": "taken"}
_KINDS = ("role", "individual", "works_in")
_TOLD = frozenset({*_KINDS, "scope", "reach", "source", "rule", "revision", "group"})


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in words; ``changes`` are name, before and after of what the sentence does not say."""

    event: EventFacts
    sentence: Markup | str
    by: Markup | str
    changes: tuple[tuple[str, str, str], ...]


def told(event: EventFacts) -> Told:
    """What happened, in the reader's language."""
    sentence, said = _sentence(event)
    by = say("person.by", by=event.actor_name)
    changes = (one for one in _differences(event.before, event.after) if one[0] not in said)
    return Told(event, sentence, by, tuple(changes))


def _sentence(event: EventFacts) -> tuple[Markup | str, frozenset[str]]:
    verb, facts = _ACCESS.get(event.action), event.after or event.before
    kind = next((one for one in _KINDS if one in facts), None)
    if verb is not None and kind is not None:
        parts = [say(f"timeline.{verb}.{kind}", what=_word(facts[kind]), where=_where(facts))]
        if facts.get("rule"):
            parts.append(_rule(facts))
        return Markup(" ").join(parts), _TOLD
    key = f"audit.did.{event.action}"
    return (say(key) if key in TEXTS else event.action), frozenset()


def _where(facts: Mapping[str, Any]) -> Markup | str:
    scope = _word(facts.get("scope"))
    if facts.get("reach") == "account" or scope == "account":
        return say("person.everywhere")
    return say("person.below", unit=scope) if facts.get("reach") == "subtree" else scope


def _rule(facts: Mapping[str, Any]) -> Markup:
    about = {"rule": _word(facts["rule"]), "revision": _word(facts.get("revision")), "group": _word(facts.get("group"))}
    return say("timeline.rule.group" if facts.get("group") else "timeline.rule", **about)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys([*after, *before]):
        was, becomes = before.get(name), after.get(name)
        if was != becomes:
            yield name, _word(was), _word(becomes)


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_word(part)}" for name, part in value.items())[:_MOST]
    if isinstance(value, list):
        return ", ".join(map(_word, value))[:_MOST]
    return (str(value).lower() if isinstance(value, bool) else str(value))[:_MOST]
