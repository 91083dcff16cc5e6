"""From a question to a decision: whom and what it means in one account, and what of it counts.

What a caller says of an item counts where the platform keeps its items itself; where Muster does, only the declared
attributes do. Nothing sent ever gives a role, a group or a business unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rbac.authzen import Evaluation, Json
from rbac.catalogue import PROFILE
from rbac.conditions import NO_FACTS, Facts
from rbac.decide import Resource, decide
from rbac.items import Item, ItemKey, Levels, level_of
from rbac.model import AccessStore, Code, Decision, Policy, Snapshot, Subject

USER = "user"
"""The only type of subject there is."""

_OWNING = frozenset({"owner", "owner_group"})
_OF_ITEM = _OWNING | {"business_unit", "owner_level", "group_level", "rest_level"}
"""What a caller may say of an item that Muster does not keep."""

SUPPORTED = "supported_obligations"
DATA_FILTER = "data_filter"
OBLIGATION = "custom"
"""The type of the obligation that a data filter is; none is registered for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision on a question. ``lasting``: it stays the same until the access revision changes."""

    decision: Decision
    lasting: bool


def snapshot_for(store: AccessStore, questions: Iterable[Evaluation]) -> Snapshot:
    """Everything that these questions are about, at one revision."""
    references: dict[str, None] = {}
    items: dict[ItemKey, None] = {}
    groups: dict[str, None] = {}
    for question in questions:
        if question.subject.type == USER:
            references[question.subject.id] = None
        items[ItemKey(question.resource.type, question.resource.id)] = None
        properties = question.resource.properties
        if not _OWNING.isdisjoint(properties):
            owner, group = properties.get("owner"), properties.get("owner_group")
            if isinstance(owner, str):
                references[owner] = None
            if isinstance(group, str):
                groups[group] = None
    return store.snapshot(list(references), list(items), list(groups))


def answer(snapshot: Snapshot, question: Evaluation, at: datetime | None = None) -> Answer:
    """Decide a question from a snapshot that was taken for it; ``at`` asks for another moment than now."""
    policy, asked = snapshot.policy, question.resource
    subject = snapshot.subjects.get(question.subject.id) if question.subject.type == USER else None
    id, kind = asked.id, policy.catalogue.item_kinds.get(asked.type)
    if asked.type == PROFILE and subject is not None and id == question.subject.id:
        # Somebody's own profile may be named as they were named themselves.
        id = subject.id
    held = kind is not None and kind.held
    item = item_of(snapshot, asked.type, id, asked.properties)
    unit = question.unit
    if held and item is None and unit is None:
        # Only what creates an item gets past this, and it says where.
        unit = asked.properties.get("business_unit")
    decision = decide(
        policy,
        subject,
        question.action,
        Resource(asked.type, id, item),
        unit,
        at,
        sent=_sent(question),
        groups=snapshot.memberships.get(subject.id, ()) if subject is not None else (),
    )
    lasting = not held and _OWNING.isdisjoint(asked.properties) and _is_lasting(policy, subject, question, decision)
    return Answer(_as_supported(decision, question.context), lasting)


def _sent(question: Evaluation) -> Facts:
    subject, resource = question.subject.properties, question.resource.properties
    if not (subject or resource or question.parameters or question.context):
        return NO_FACTS
    return Facts(subject, resource, question.parameters, question.context)


def item_of(snapshot: Snapshot, type: str, id: str, said: Json) -> Item | None:
    """The item that a question is about: as Muster keeps it, or as the caller describes it."""
    kind = snapshot.policy.catalogue.item_kinds.get(type)
    if kind is not None and kind.held:
        return snapshot.items.get(ItemKey(type, id))
    return _described(snapshot, type, id, said)


def _described(snapshot: Snapshot, type: str, id: str, said: Json) -> Item | None:
    """The item as the caller describes it; None if they say nothing of it."""
    if not said or _OF_ITEM.isdisjoint(said):
        return None
    policy, unit, owner = snapshot.policy, said.get("business_unit"), said.get("owner")
    found = policy.units.find(unit) if unit is not None else None
    person = snapshot.subjects.get(owner) if isinstance(owner, str) else None
    group = said.get("owner_group")
    role = policy.find_role(group) if isinstance(group, str) else None
    return Item(
        type,
        id,
        # A unit that there is not is one where nobody works.
        unit=None if unit is None else found.id if found else "",
        owner=person.id if person else None,
        owner_group=group.lower() if isinstance(group, str) and role is None else None,
        owner_role=role.id if role else None,
        owner_gone=owner is not None and (person is None or not person.active),
        levels=Levels(*(level_of(said.get(f"{name}_level")) for name in Levels._fields)),
    )


def _as_supported(decision: Decision, context: Json) -> Decision:
    """An obligation that the caller says it cannot meet makes the decision a no."""
    if not decision.obligations or SUPPORTED not in context:
        return decision
    supported: Any = context[SUPPORTED]
    if isinstance(supported, list) and (OBLIGATION in supported or DATA_FILTER in supported):
        return decision
    return Decision(
        False, Code.UNSUPPORTED_OBLIGATION, decision.reasons, decision.obligations, decision.unmet, decision.item
    )


def _is_lasting(policy: Policy, subject: Subject | None, question: Evaluation, decision: Decision) -> bool:
    """Whether nothing decided that may change without a new revision: who somebody is, and what is stored of them."""
    if subject is None:
        return False
    if policy.finds_external_id and question.subject.id.lower() != subject.id:
        return False
    if not policy.catalogue.subject_attributes:
        return True
    return not decision.unmet and all(reason.condition is None for reason in decision.reasons)
