"""What is missing for a yes: the nearest steps, none of which is a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Literal

from rbac import explain_words as words
from rbac.catalogue import Text
from rbac.explain import Node
from rbac.holders import roles_allowing
from rbac.items import Access, Barrier, Relation
from rbac.model import Code, Decision, Effect, Grant, GrantKind, Policy, Reach, Role, Standing, Subject, Work
from rbac.scopes import applies

SHOWN = 10
"""So many roles are named, the nearest ones."""


@dataclass(frozen=True, slots=True)
class Way:
    """A mapping rule that gives a role: to members of which group, and where. ``orphaned``: that group is gone.

    ``group`` is None for a rule without one. ``condition``: only to who satisfies this filter. ``rests`` says why it
    gives nobody anything new at present: the rule is paused, or the group is held until somebody has seen it.
    """

    rule: str
    group: str | None
    unit: str
    reach: Reach
    orphaned: bool = False
    condition: str | None = None
    rests: Literal["paused", "held"] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What was asked and answered: who, what, where, when; ``ways`` are those to each role, by its id.

    ``unit`` is the id of the unit in which they would have to work, None if there is no such unit; ``there`` is what
    would be decided if they worked there, of somebody who does not.
    """

    policy: Policy
    subject: Subject | None
    permission: str
    decision: Decision
    standing: Standing | None
    unit: str | None
    at: datetime
    ways: Mapping[str, Sequence[Way]] = field(default_factory=dict)
    there: Decision | None = None


def why_not_there(case: Case) -> Text | None:
    """What keeps somebody from the place in question, where that is what decided; of an item, its reason says it."""
    if case.decision.code is not Code.NOT_IN_BUSINESS_UNIT or case.decision.item is not None or case.subject is None:
        return None
    unit = case.policy.units.units.get(case.unit) if case.unit is not None else None
    return words.not_there(case.subject.user_name, unit.key if unit else None)


def working_in(person: Subject, unit: str) -> Subject:
    """The same person, if they worked in a unit, too."""
    return replace(person, works_in=(*person.works_in, Work(unit)))


def missing(case: Case) -> tuple[Node, ...]:
    """The steps that would make a no a yes, the nearest first; none for a yes."""
    if case.decision.allowed:
        return ()
    return tuple(_steps(case))


def _steps(case: Case) -> Iterator[Node]:
    decision, policy = case.decision, case.policy
    match decision.code:
        case Code.UNKNOWN_SUBJECT:
            yield Node("known_subject", words.KNOWN_SUBJECT)
        case Code.INACTIVE_USER:
            yield Node("activate", words.ACTIVATE)
        case Code.UNKNOWN_ACTION | Code.UNKNOWN_RESOURCE if case.permission in policy.catalogue.permissions:
            yield Node("known_item", words.KNOWN_ITEM)
        case Code.UNKNOWN_ACTION | Code.UNKNOWN_RESOURCE:
            close = get_close_matches(case.permission, list(policy.catalogue.permissions), n=3, cutoff=0.5)
            yield Node("known_permission", words.known_permission(close), {"close": close})
        case Code.NOT_IN_BUSINESS_UNIT if decision.item is None:
            yield from _place(case)
        case Code.DENIED_BY_ROLE | Code.DENIED_BY_INDIVIDUAL:
            yield Node("remove_denial", words.REMOVE_DENIAL)
            if not any(reason.effect is Effect.ALLOW for reason in decision.reasons):
                yield from _grants(case)
        case Code.CONDITION_FALSE | Code.NO_GRANT:
            for condition in dict.fromkeys(
                reason.condition for reason in decision.unmet if reason.effect is Effect.ALLOW
            ):
                yield Node("condition", words.must_hold(condition or ""), {"condition": condition})
            yield from _grants(case)
        case Code.UNSUPPORTED_OBLIGATION:
            yield Node("apply_filter", words.APPLY_FILTER)
        case _ if decision.item is not None:
            yield from _item(case, decision.item)


def _place(case: Case) -> Iterator[Node]:
    policy, person = case.policy, case.subject
    if person is None:
        return
    there = Node("places", words.they_work(_places(policy, person, case.at)))
    if case.unit is None or case.unit not in policy.units.units:
        yield Node("known_unit", words.KNOWN_UNIT, children=(there,))
        return
    key = policy.units.units[case.unit].key
    yield Node("work_in", words.work_there(person.user_name, key), {"business_unit": key}, (there,))
    if case.there is None or case.there.allowed:
        return
    denials = [reason for reason in case.there.reasons if reason.effect is Effect.DENY]
    for reason in denials:
        yield Node("remove_denial", words.denial_there(reason), {"role": reason.role, "permission": reason.node})
    if not denials:
        yield from _steps(replace(case, decision=case.there, there=None))
    elif not any(reason.effect is Effect.ALLOW for reason in case.there.reasons):
        yield from _grants(case)


def _places(policy: Policy, person: Subject, at: datetime) -> Iterator[Text]:
    units = policy.units.units
    if not person.works_in:
        home = units.get(person.home or policy.units.root.id, policy.units.root)
        yield words.where_said(home.key, Reach.SUBTREE)
    for work in person.works_in:
        if work.unit in units and work.counts(at):
            yield words.where_said(units[work.unit].key, Reach.SUBTREE if work.with_children else Reach.UNIT)


def _item(case: Case, access: Access) -> Iterator[Node]:
    keys, here = case.policy.catalogue.items, case.standing
    match access.barrier:
        case Barrier.UNIT if here is not None:
            key = case.policy.units.units[here.unit].key
            yield Node("open_item", words.open_item(key), {"business_unit": key})
        case Barrier.SHARE:
            yield Node("raise_share", words.raise_share(access), {"needed": access.needed.value})
        case Barrier.OWNER_GONE:
            yield Node("new_owner", words.NEW_OWNER)
        case Barrier.LEVEL:
            facts = {"relation": access.relation.value, "needed": access.needed.value}
            yield Node("raise_level", words.raise_level(access), facts)
            if access.relation is Relation.REST and keys.common and here and keys.common not in here.powers.allowed:
                said = words.permission_would_do(keys.common, words.OPENS_REST)
                yield Node("permission", said, {"permission": keys.common})
            if keys.manage_all:
                said = words.permission_would_do(keys.manage_all, words.PASSES_LEVELS)
                yield Node("permission", said, {"permission": keys.manage_all})


def _grants(case: Case) -> Iterator[Node]:
    """Roles that allow it, with what is between the person and each; what they nearly have comes first."""
    for grant in case.subject.grants if case.subject else ():
        said = grant.statement
        if said is not None and said.effect is Effect.ALLOW and _covers(case, said.node):
            between = tuple(_between(case, [grant]))
            if between:
                yield Node("individual", words.step_individual(said.node), {"permission": said.node}, between)
    roles = [case.policy.roles[id] for id in roles_allowing(case.policy, case.permission)]
    steps = [(role, tuple(_between(case, _held(case, role))), tuple(_given(case, role))) for role in roles]
    if not steps:
        yield Node("no_role", words.NO_ROLE)
    steps.sort(key=lambda step: (not step[1], not step[2], step[0].is_privileged, step[0].name))
    for role, between, given in steps[:SHOWN]:
        facts = {"role": role.name, "role_id": role.id, "privileged": role.is_privileged}
        yield Node("role", words.step_role(role.name, role.is_privileged), facts, (*between, *given))
    if len(steps) > SHOWN:
        yield Node("left_out", words.LEFT_OUT, {"roles": len(steps) - SHOWN})


def _covers(case: Case, node: str) -> bool:
    return case.permission in case.policy.catalogue.covered_by(node)


def _held(case: Case, role: Role) -> list[Grant]:
    return [grant for grant in case.subject.grants if grant.role_id == role.id] if case.subject else []


def _between(case: Case, grants: Sequence[Grant]) -> Iterator[Node]:
    """Why grants that somebody has do not count: they are for elsewhere, begin later, or are over."""
    tree = case.policy.units
    for grant in grants:
        unit = tree.units.get(grant.scope.unit)
        if case.unit is not None and not applies(tree, grant, case.unit):
            where = words.where_said(unit.key if unit else None, grant.scope.reach)
            facts = {"business_unit": unit.key if unit else None, "reach": grant.scope.reach.value}
            yield Node("elsewhere", words.held_elsewhere(where), facts)
            continue
        for source in grant.sources:
            if source.starts is not None and source.starts > case.at:
                yield Node("not_yet", words.not_yet(source.starts), {"starts": source.starts.isoformat()})
            elif source.expires is not None and source.expires <= case.at:
                yield Node("expired", words.expired(source.expires), {"expires": source.expires.isoformat()})


def _given(case: Case, role: Role) -> Iterator[Node]:
    """The units and the mapping rules that give a role."""
    units = case.policy.units.units
    for id, grants in case.policy.unit_grants.items():
        if id in units and any(grant.role_id == role.id and grant.kind is GrantKind.UNIT for grant in grants):
            yield Node("unit_role", words.unit_has_role(units[id].key), {"business_unit": units[id].key})
    for way in case.ways.get(role.id, ()):
        facts = {"rule": way.rule, "group": way.group, "business_unit": way.unit, "orphaned": way.orphaned}
        if way.condition is not None:
            facts["condition"] = way.condition
        if way.rests is not None:
            facts["rests"] = way.rests
        where = words.where_said(way.unit, way.reach)
        gives = words.rule_gives(way.rule, way.group, way.condition, where, way.orphaned)
        yield Node("rule", gives if way.rests is None else words.rests(gives, held=way.rests == "held"), facts)
