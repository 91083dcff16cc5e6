"""One question, one answer: may this person do that, here and now, and why?

The truth table, over every grant that applies in the unit where the person is working and whose condition holds:
any deny: no; else any allow: yes; else: no. Then the item itself is asked. The console, the command line and the
decision API all ask here, so there is one answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rbac.catalogue import PROFILE, Catalogue, ItemType, Operation, Permission, Text
from rbac.conditions import NO_FACTS, Condition, Facts, facts_of
from rbac.filters import DataFilter, combine
from rbac.items import Access, Barrier, Item, Person, access_to
from rbac.model import Code, Decision, Effect, GrantKind, Policy, Reason, Standing, Subject
from rbac.standing import is_over, said_about, standing_in, standing_of, usual_unit


@dataclass(frozen=True, slots=True)
class Resource:
    """What is acted upon: an item type and an item id, such as ``campaign`` and ``c-17``; ``item`` if it is known."""

    type: str
    id: str
    item: Item | None = None


UNKNOWN_SUBJECT = Decision(False, Code.UNKNOWN_SUBJECT)
INACTIVE = Decision(False, Code.INACTIVE_USER)
NOT_IN_UNIT = Decision(False, Code.NOT_IN_BUSINESS_UNIT)
UNKNOWN_ACTION = Decision(False, Code.UNKNOWN_ACTION)
UNKNOWN_RESOURCE = Decision(False, Code.UNKNOWN_RESOURCE)

_CODES = {
    Barrier.UNIT: Code.NOT_IN_BUSINESS_UNIT,
    Barrier.SHARE: Code.ITEM_LEVEL,
    Barrier.LEVEL: Code.ITEM_LEVEL,
    Barrier.OWNER_GONE: Code.OWNER_GONE,
}
KEPT = 10_000
"""Decisions kept with one person in one unit; what callers send must not fill the memory."""
_UNDECLARED = ItemType("", Text("", ""))


def decide(
    policy: Policy,
    subject: Subject | None,
    permission: str,
    resource: Resource | None = None,
    unit: str | None = None,
    at: datetime | None = None,
    sent: Facts = NO_FACTS,
    groups: Collection[str] = (),
) -> Decision:
    """Decide one permission for one person.

    ``permission`` is a key of the catalogue, looked up within the resource's type. ``unit`` is the
    key or id of the business unit where the person works; None for that of the item, else the one they usually
    work in. ``at`` asks for another moment than now. ``sent`` is what the caller says beside the question; of it
    counts what the catalogue declares. ``groups`` are those of the person that may own the item.
    Never raises for what a caller may send.
    """
    if subject is None:
        return UNKNOWN_SUBJECT
    if not subject.active:
        return INACTIVE
    if resource is None or resource.item is None:
        standing = subject.asked.get(unit)
        if (
            standing is not None
            and at is None
            and standing.policy is policy
            and (standing.until is None or not is_over(standing))
        ):
            known = standing.plain.get((permission, resource.type if resource is not None else None))
            if known is not None:
                return known
    return _decide(policy, subject, permission, resource, unit, at, sent, groups)


def _decide(
    policy: Policy,
    subject: Subject,
    permission: str,
    resource: Resource | None,
    unit: str | None,
    at: datetime | None,
    sent: Facts,
    groups: Collection[str],
) -> Decision:
    catalogue, kind, item = policy.catalogue, None, None
    known = catalogue.find(permission, resource.type if resource else None)
    if known is None:
        return _unknown(catalogue, permission, resource)
    if resource is not None:
        kind, item = catalogue.item_kinds.get(resource.type), resource.item
        if known.operation is Operation.CREATES:
            # There is none yet, only the unit where it is to be.
            unit, item = item.unit if item is not None and unit is None else unit, None
        elif item is None and kind is not None and kind.held:
            return UNKNOWN_RESOURCE
        elif item is None and kind is not None and kind.levels:
            # Nothing was said about it, so it is nobody's and closed to all.
            item = Item(resource.type, resource.id)
    standing = standing_of(policy, subject, unit, at) if item is None else place_of(policy, subject, unit, item, at)
    if standing is None:
        return NOT_IN_UNIT
    own = known.self_service and resource is not None and _is_own_profile(subject, resource)
    decision = _Question(standing, subject, sent, groups, kind, item).answer(known, own)
    is_plain = item is None and not known.self_service and permission not in standing.powers.depending
    if is_plain and (resource is None or resource.item is None) and len(standing.plain) < KEPT:
        standing.plain[permission, resource.type if resource is not None else None] = decision
    return decision


class _Question:
    """A question whose answer needs more than what is kept: facts, or an item."""

    __slots__ = ("_facts", "_groups", "_item", "_kind", "_sent", "_standing", "_subject")

    def __init__(
        self,
        standing: Standing,
        subject: Subject,
        sent: Facts,
        groups: Collection[str],
        kind: ItemType | None,
        item: Item | None,
    ) -> None:
        self._standing, self._subject, self._sent = standing, subject, sent
        self._groups, self._kind, self._item = groups, kind, item
        self._facts: Facts | None = None

    def answer(self, known: Permission, own: bool) -> Decision:
        decision = self._by_grants(known.key)
        if own:
            decision = _with_self_service(decision, known.key)
        if self._item is None or not decision.allowed:
            return decision
        return _with_item(decision, self._access(self._item, known.operation))

    def _by_grants(self, permission: str) -> Decision:
        """Kept for each way in which the conditions turn out."""
        standing, kind = self._standing, self._kind if self._kind is not None and self._kind.records else None
        holds: tuple[bool, ...] = ()
        if permission in standing.powers.depending:
            facts = self._facts or self._gather()
            said = [one for one, _ in said_about(standing, permission)]
            holds = tuple([one.condition is None or _holds(one.condition, one.effect, facts) for one in said])
        key = permission, kind.name if kind else None, holds
        return standing.decisions.get(key) or _kept(standing, permission, holds, kind, key)

    def _gather(self) -> Facts:
        item = self._item
        stored = Facts(self._subject.attributes, item.attributes if item is not None else {})
        self._facts = facts_of(self._standing.policy.catalogue, self._kind, stored, self._sent)
        return self._facts

    def _access(self, item: Item, operation: Operation) -> Access:
        standing = self._standing
        person = Person(
            id=self._subject.id,
            unit=standing.unit,
            groups=self._groups,
            roles=[grant.role_id for grant, _ in standing.grants] if item.owner_role is not None else (),
            holds=self._may,
        )
        return access_to(item, self._kind or _UNDECLARED, standing.policy.catalogue.items, operation, person)

    def _may(self, permission: str) -> bool:
        powers = self._standing.powers
        return permission in powers.allowed or (permission in powers.depending and self._by_grants(permission).allowed)


def place_of(policy: Policy, subject: Subject, unit: str | None, item: Item, at: datetime | None) -> Standing | None:
    """Where the person works for this question: where they say, else where the item is, else as usual.

    The last is for those who do not work where the item is: its owner, and people with whom it is shared.
    Nobody, its owner included, works where there is no such unit.
    """
    if item.unit is not None and item.unit not in policy.units.units:
        return None
    if unit is not None or item.unit is None:
        return standing_of(policy, subject, unit, at)
    there = standing_in(policy, subject, item.unit, at)
    if there is None:
        usual = usual_unit(policy, subject, at)
        if item.owner == subject.id or usual in item.shares:
            return standing_in(policy, subject, usual, at)
    return there


def _kept(standing: Standing, permission: str, holds: tuple[bool, ...], kind: ItemType | None, key: object) -> Decision:
    """The truth table, with every grant and denial that counted, kept for the next time."""
    every = said_about(standing, permission)
    counted = holds or (True,) * len(every)
    reasons = tuple(reason for (_, reason), counts in zip(every, counted, strict=True) if counts)
    unmet = tuple(reason for (_, reason), counts in zip(every, counted, strict=True) if not counts)
    denials = [reason for reason in reasons if reason.effect is Effect.DENY]
    if denials:
        individual = any(reason.kind is GrantKind.INDIVIDUAL for reason in denials)
        code = Code.DENIED_BY_INDIVIDUAL if individual else Code.DENIED_BY_ROLE
        decision = Decision(False, code, reasons, unmet=unmet)
    elif reasons:
        decision = Decision(True, Code.ALLOWED, reasons, _obligations(standing, reasons, kind), unmet)
    else:
        waiting = any(reason.effect is Effect.ALLOW for reason in unmet)
        decision = Decision(False, Code.CONDITION_FALSE if waiting else Code.NO_GRANT, unmet=unmet)
    if len(standing.decisions) >= KEPT:
        standing.decisions.clear()
    standing.decisions[key] = decision
    return decision


def _obligations(standing: Standing, reasons: tuple[Reason, ...], kind: ItemType | None) -> tuple[DataFilter, ...]:
    """The data filter of a decision about records of that kind: what the units and the allowing grants leave."""
    if kind is None:
        return ()
    policy = standing.policy
    down = reversed(policy.units.path(standing.unit))
    of_units = [policy.unit_filters[id][kind.name] for id in down if kind.name in policy.unit_filters.get(id, ())]
    combined = combine(of_units, [reason.filters.get(kind.name) for reason in reasons])
    return (combined,) if combined is not None else ()


def _holds(condition: Condition, effect: Effect, facts: Facts) -> bool:
    """Whether a statement counts. A test that fails closes: then a deny counts, and an allow does not."""
    try:
        return condition.matches(facts)
    except Exception:
        return effect is Effect.DENY


def _with_item(decision: Decision, access: Access) -> Decision:
    """What the roles allow, as far as the item allows it, too."""
    if access.barrier is not None:
        return Decision(False, _CODES[access.barrier], decision.reasons, (), decision.unmet, access)
    return Decision(True, Code.ALLOWED, decision.reasons, decision.obligations, decision.unmet, access)


def _is_own_profile(subject: Subject, resource: Resource) -> bool:
    return resource.type == PROFILE and resource.id.lower() == subject.id


def _with_self_service(decision: Decision, permission: str) -> Decision:
    """Everybody active has this on their own profile: one more allow, which a deny still beats."""
    own = Reason(Effect.ALLOW, permission, GrantKind.SELF)
    denied = any(reason.effect is Effect.DENY for reason in decision.reasons)
    code = decision.code if denied else Code.ALLOWED
    return Decision(not denied, code, (*decision.reasons, own), decision.obligations, decision.unmet)


def _unknown(catalogue: Catalogue, permission: str, resource: Resource | None) -> Decision:
    """The action is unknown, or known only for item types among which this one is not."""
    if resource is None or permission not in catalogue.permissions or resource.type in catalogue.item_types:
        return UNKNOWN_ACTION
    return UNKNOWN_RESOURCE
