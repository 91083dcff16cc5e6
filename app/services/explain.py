"""Say why: a decision with its chain, or what is missing for it, in the words of people and of programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from app.models.base import now
from app.services import origin_of_rules, past
from app.services.references import person_of
from app.session import Session
from app.stores.grant_listing import keys_among, names_of
from app.stores.mapping_rules import all_rules
from app.stores.requests import granting_requests
from rbac.asked import USER, answer, item_of, snapshot_for
from rbac.authzen import Entity, Evaluation
from rbac.catalogue import Operation, Text
from rbac.conditions import Facts
from rbac.decide import decide, place_of
from rbac.explain import Known, Language, Node, Origin, because, lines
from rbac.missing import Case, Way, missing, why_not_there, working_in
from rbac.model import Decision, Reason, Snapshot, Standing, Subject
from rbac.standing import standing_of, usual_unit
from rbac.words import sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained. ``item`` is a type and an id; the properties are as a decision is asked with."""

    permission: str
    unit: str | None = None
    item: tuple[str, str] | None = None
    subject: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)
    action: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with the tree of its reasons, and that of what is missing; rendered in either language.

    ``notes`` say what of a past moment is not known. Then there is no ``revision``, and nothing that could be done.
    """

    decision: Decision
    person: Subject
    asked: Asked
    where: str | None
    because: tuple[Node, ...]
    missing: tuple[Node, ...]
    revision: int | None
    not_there: Text | None = None
    notes: tuple[Text, ...] = ()

    @property
    def message(self) -> Text:
        """What decided, in one sentence."""
        return self.not_there or sentence(self.decision, self.asked.permission)

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes."""
        return self.decision.allowed

    def value(self, language: Language = "en") -> dict[str, Any]:
        """For programs."""
        return {
            "decision": self.allowed,
            "code": self.decision.code.value,
            "message": getattr(self.message, language),
            "user": {"id": self.person.id, "user_name": self.person.user_name, "active": self.person.active},
            "permission": self.asked.permission,
            "business_unit": self.where,
            "item": ":".join(self.asked.item) if self.asked.item else None,
            "at": self.asked.at.isoformat() if self.asked.at else None,
            "because": [node.value(language) for node in self.because],
            "missing": [node.value(language) for node in self.missing],
            "policy_revision": self.revision,
            "notes": [getattr(note, language) for note in self.notes],
        }

    def text(self, language: Language = "en") -> str:
        """For people."""
        words = _HEADINGS[language]
        about = [self.person.user_name, self.asked.permission]
        about += [":".join(self.asked.item)] if self.asked.item else []
        about += [f"{words['in']} {self.where}"] if self.where else []
        said = [
            f"{words['yes'] if self.allowed else words['no']}  {' · '.join(about)}",
            f"{words['because']} {getattr(self.message, language)}",
            *lines(self.because, language),
        ]
        if self.missing:
            said += [words["missing"], *lines(self.missing, language)]
        said += [getattr(note, language) for note in self.notes]
        return "\n".join(said)


_HEADINGS: Mapping[Language, Mapping[str, str]] = {
    "en": {"yes": "YES", "no": "NO", "in": "in", "because": "because", "missing": "missing:"},
    "es": {"yes": "SÍ", "no": "NO", "in": "en", "because": "porque", "missing": "falta:"},
}


def explain(session: Session, account_id: str, person: str, asked: Asked) -> Told:
    """Decide and say why, of a past moment by what was true then.

    Raises NotFound for an unknown or ambiguous user, Refused for a time before the journal.
    """
    store = past.store_at(session, account_id, asked.at)
    question = question_of(person, asked)
    snapshot = snapshot_for(store, [question])
    policy, subject = snapshot.policy, past.person_then(store, snapshot, person)
    decision = _decided(snapshot, question, asked)
    unit, standing = _where(snapshot, subject, question, asked)
    there = None
    if unit is not None and standing is None:
        there = _decided(_as_if_working(snapshot, person, unit), question, asked)
    known = known_of(session, account_id, subject, (*decision.reasons, *decision.unmet), asked.at)
    then = past.is_past(store)
    ways = {} if decision.allowed or then else _ways(session, account_id)
    case = Case(policy, subject, asked.permission, decision, standing, unit, asked.at or now(), ways, there)
    key = policy.units.units[unit].key if unit in policy.units.units else asked.unit
    why = because(policy, decision, standing, known)
    return Told(
        decision,
        subject,
        asked,
        key,
        why,
        () if then else missing(case),
        None if then else policy.revision,
        why_not_there(case),
        past.notes(store, snapshot, subject, decision, asked.item),
    )


def _decided(snapshot: Snapshot, question: Evaluation, asked: Asked) -> Decision:
    if asked.item is not None:
        return answer(snapshot, question, asked.at).decision
    sent = Facts(asked.subject, asked.resource, asked.action, asked.context)
    return decide(
        snapshot.policy, person_of(snapshot, question.subject.id), asked.permission, None, asked.unit, asked.at, sent
    )


def _as_if_working(snapshot: Snapshot, person: str, unit: str) -> Snapshot:
    """The same, if somebody worked in a unit in which they do not."""
    there = working_in(person_of(snapshot, person), unit)
    return replace(snapshot, subjects={**snapshot.subjects, person: there})


def known_of(
    session: Session, account_id: str, subject: Subject, reasons: Iterable[Reason], at: datetime | None = None
) -> Known:
    """How those are called who gave something, and the requests by which rules gave something (until a moment)."""
    sources = [source for reason in reasons for source in reason.sources]
    by = {source.granted_by for source in sources if source.granted_by is not None}
    requests = granting_requests(session, account_id, subject.id) if any(one.rule for one in sources) else []
    by_then = (one for one in requests if at is None or one.at <= at)
    origins = {(one.role, one.rule, one.revision): Origin(one.request_id, one.actor, one.at) for one in by_then}
    people = names_of(session, account_id, by) if by else {}
    keys = keys_among(session, account_id, people.values())
    ruled = [one for one in sources if one.rule is not None]
    if not ruled:
        return Known(people, keys, origins)
    groups = {one.group.id for one in ruled if one.group is not None}
    revisions = {one.revision for one in ruled if one.revision is not None}
    came = origin_of_rules.memberships(session, account_id, subject.id, groups, at)
    return Known(people, keys, origins, came, origin_of_rules.publications(session, account_id, revisions))


def question_of(person: str, asked: Asked) -> Evaluation:
    """The same as AuthZEN asks it; without an item its resource has no type."""
    type, id = asked.item or ("", "")
    return Evaluation(
        Entity(USER, person, asked.subject),
        asked.permission,
        Entity(type, id, asked.resource),
        asked.unit,
        asked.action,
        asked.context,
    )


def _where(
    snapshot: Snapshot, subject: Subject, question: Evaluation, asked: Asked
) -> tuple[str | None, Standing | None]:
    """The unit in which they would work, and what they may do there; None for what there is not."""
    policy, resource = snapshot.policy, question.resource
    item = item_of(snapshot, resource.type, resource.id, resource.properties) if asked.item else None
    if item is not None and item.unit is not None and item.unit not in policy.units.units:
        return None, None
    permission = policy.catalogue.permissions.get(asked.permission)
    unit = asked.unit
    if permission is not None and permission.operation is Operation.CREATES and unit is None:
        unit, item = item.unit if item else resource.properties.get("business_unit"), None
    standing = (
        standing_of(policy, subject, unit, asked.at)
        if item is None
        else place_of(policy, subject, unit, item, asked.at)
    )
    if standing is not None:
        return standing.unit, standing
    if unit is not None:
        found = policy.units.find(unit)
        return found.id if found else None, None
    return item.unit if item and item.unit else usual_unit(policy, subject, asked.at), None


def _ways(session: Session, account_id: str) -> dict[str, list[Way]]:
    """The mapping rules that give each role."""
    loaded = all_rules(session, account_id)
    rules = {rule.id: rule for rule in loaded.rules.rules}
    gone = {one.rule_id for one in loaded.bindings if one.group.gone is not None}
    given = [(rule.id, rule.group_id, rule.effects, False) for rule in rules.values() if rule.pattern is None]
    given += [(one.rule_id, one.group_id, one.effects, one.held) for one in loaded.rules.bound]
    ways: defaultdict[str, list[Way]] = defaultdict(list)
    for rule_id, group_id, effects, held in given:
        rule, group = rules[rule_id], loaded.group_names[group_id] if group_id is not None else None
        rests: Literal["paused", "held"] | None = "paused" if rule.paused or loaded.paused else "held" if held else None
        for effect in sorted(effects, key=lambda one: (one.reach, loaded.units[one.unit_id])):
            if effect.role_id is not None:
                unit, is_gone = loaded.units[effect.unit_id], rule_id in gone
                ways[effect.role_id].append(Way(rule.name, group, unit, effect.reach, is_gone, rule.where, rests))
    return ways
