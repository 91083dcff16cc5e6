"""Why, and why not: a decision as a tree of what counted, and the nearest steps that would change a no.

Nothing is decided here. The tree is made of the reasons that the engine gave, and rendered once for programs and
once for people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from rbac import explain_words as words
from rbac.catalogue import Text
from rbac.filters import DataFilter
from rbac.model import Decision, Effect, GrantKind, Policy, Reason, Source, Standing

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that counted, or one step. ``kind`` is stable, ``facts`` are for programs, ``said`` for people."""

    kind: str
    said: Text
    facts: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Node, ...] = ()

    def value(self, language: Language = "en") -> dict[str, Any]:
        """The tree as JSON; what has no value is left out."""
        facts = {name: fact for name, fact in self.facts.items() if fact is not None}
        inner = {"children": [child.value(language) for child in self.children]} if self.children else {}
        return {"kind": self.kind, "text": getattr(self.said, language), **facts, **inner}


@dataclass(frozen=True, slots=True)
class Origin:
    """The request in which a mapping rule gave something: its id, whose it was, when."""

    request_id: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """Since when somebody is in a group, by which other group if not directly, and in which request they came."""

    since: datetime
    through: str | None = None
    request: Origin | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """Who published a revision of the role mapping, who approved it, when, and in which request."""

    author: str
    approver: str | None
    at: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What explanations say beside the policy: people by their ids, and requests.

    ``keys`` are those of ``people`` that are names of API keys. ``origins`` are the requests in which rules gave roles,
    by the names of both and the rule's revision: what a publish gave came in no request, whatever an earlier revision
    of the rule did. ``memberships`` are those of the person, by the group's id, ``publications`` revisions by number.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    keys: Collection[str] = ()
    origins: Mapping[tuple[str | None, str | None, int | None], Origin] = field(default_factory=dict)
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    publications: Mapping[int, Publication] = field(default_factory=dict)


def lines(nodes: Iterable[Node], language: Language = "en", indent: str = "") -> Iterator[str]:
    """A tree as lines of text."""
    every = list(nodes)
    for node in every:
        last = node is every[-1]
        yield f"{indent}{'└─' if last else '├─'} {getattr(node.said, language)}"
        yield from lines(node.children, language, f"{indent}{'   ' if last else '│  '}")


def because(policy: Policy, decision: Decision, standing: Standing | None, known: Known) -> tuple[Node, ...]:
    """What counted: denials first, then what allows, what would under a condition, the item, the data filters."""
    denied = any(reason.effect is Effect.DENY for reason in decision.reasons)
    nodes = [reason_node(reason, known, shadowed=denied) for reason in decision.reasons]
    nodes += [_unmet(reason, known) for reason in decision.unmet]
    if decision.item is not None:
        access = decision.item
        facts = {
            "relation": access.relation.value,
            "needed": access.needed.value,
            "level": access.level.value if access.level else None,
            "barrier": access.barrier.value if access.barrier else None,
            "passed_by": access.passed_by,
        }
        nodes.append(Node("item", words.item_said(access), facts))
    nodes += [_obligation(policy, filter, standing) for filter in decision.obligations]
    return tuple(nodes)


def reason_node(reason: Reason, known: Known, *, shadowed: bool = False) -> Node:
    """A grant or a denial, back to where it comes from."""
    hidden = shadowed and reason.effect is Effect.ALLOW
    return Node(
        "self_service" if reason.kind is GrantKind.SELF else "shadowed" if hidden else reason.effect.value,
        words.reason_said(reason, shadowed=hidden),
        _facts(reason),
        tuple(_behind(reason, known, holds=True)),
    )


def holding_node(reason: Reason, known: Known) -> Node:
    """A role that somebody has, and where, whatever it says."""
    facts = {name: fact for name, fact in _facts(reason).items() if name not in ("effect", "permission")}
    return Node("holds", words.reach_said(reason), facts, tuple(_behind(reason, known, holds=True)))


def _unmet(reason: Reason, known: Known) -> Node:
    return Node("condition_false", words.unmet_said(reason), _facts(reason), tuple(_behind(reason, known, holds=False)))


def _facts(reason: Reason) -> dict[str, Any]:
    return {
        "effect": reason.effect.value,
        "grant": reason.kind.value,
        "role": reason.role,
        "permission": reason.node,
        "business_unit": reason.unit,
        "reach": reason.reach.value,
        "condition": reason.condition,
    }


def _behind(reason: Reason, known: Known, *, holds: bool) -> Iterator[Node]:
    if reason.condition is not None and holds:
        yield Node("condition", words.condition_said(reason.condition), {"condition": reason.condition})
    for filter in reason.filters.values():
        about = {"record_type": filter.record_type, "filter": filter.text}
        yield Node("narrowed", words.narrowed_said(filter.record_type, filter.text), about)
    sources = tuple(source_node(source, reason.role, known) for source in reason.sources)
    if reason.group is None:
        yield from sources
        return
    group = reason.group
    facts = {"group": group.name, "group_id": group.id, "directory": group.directory}
    yield Node("group", words.group_has_role(group), facts, sources)


def source_node(source: Source, role: str | None, known: Known) -> Node:
    """Who or what gave something, and the request in which that happened where that is known."""
    granted_by = known.people.get(source.granted_by or "", source.granted_by)
    facts = {
        "source": source.kind.value,
        "rule": source.rule,
        "rule_id": source.rule_id,
        "revision": source.revision,
        "group": source.group.name if source.group else None,
        "group_id": source.group.id if source.group else None,
        "directory": source.group.directory if source.group else None,
        "granted_by": granted_by,
        "reason": source.reason or None,
        "starts": source.starts.isoformat() if source.starts else None,
        "expires": source.expires.isoformat() if source.expires else None,
    }
    children = tuple(_led_to(source, role, known)) if source.rule is not None else ()
    return Node("source", words.source_said(source, _giver(source, known)), facts, children)


def _led_to(source: Source, role: str | None, known: Known) -> Iterator[Node]:
    """How a rule came to give something: the membership, the publish, and the request in which both met."""
    membership = known.memberships.get(source.group.id) if source.group else None
    publication = known.publications.get(source.revision) if source.revision is not None else None
    origin = known.origins.get((role, source.rule, source.revision))
    if membership is not None:
        said = words.membership_said(membership.since, membership.through)
        about: dict[str, Any] = {"since": membership.since.isoformat(), "through": membership.through}
        pushed = (_request(membership.request),) if membership.request is not None else ()
        yield Node("membership", said, about, pushed)
    if publication is not None:
        said = words.published_said(source.revision, publication.author, publication.approver, publication.at)
        about = {"revision": source.revision, "author": publication.author, "approver": publication.approver}
        yield Node("published", said, about | {"at": publication.at.isoformat(), "request_id": publication.request_id})
    told = [publication.request_id if publication else None]
    told.append(membership.request.request_id if membership is not None and membership.request is not None else None)
    if origin is not None and origin.request_id not in told:
        yield _request(origin)


def _request(origin: Origin) -> Node:
    asked = {"request_id": origin.request_id, "actor": origin.actor, "at": origin.at.isoformat()}
    return Node("request", words.request_said(origin.request_id, origin.actor, origin.at), asked)


def _giver(source: Source, known: Known) -> Text:
    given = source.granted_by or "?"
    name = known.people.get(given, given)
    return words.key_said(name) if given in known.keys else Text(name, name)


def _obligation(policy: Policy, filter: DataFilter, standing: Standing | None) -> Node:
    """A data filter, and the units it comes from, the nearest last."""
    parts = []
    for id in reversed(policy.units.path(standing.unit)) if standing else ():
        one = policy.unit_filters.get(id, {}).get(filter.record_type)
        if one is not None:
            key = policy.units.units[id].key
            facts = {"business_unit": key, "filter": one.text}
            parts.append(Node("unit_filter", words.unit_filter_said(key, one.text), facts))
    about = {"record_type": filter.record_type, "filter": filter.text}
    return Node("data_filter", words.obligation_said(filter.record_type, filter.text), about, tuple(parts))
