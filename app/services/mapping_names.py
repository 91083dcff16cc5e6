"""What rules say and what it names: groups they nearly are for, patterns that cannot tell, owners that are nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.services.patterns import Matcher
from app.session import Session
from app.stores import mapping_bindings, mapping_health
from app.stores.mapping_rules import Loaded
from app.stores.naming import FoundGroup
from rbac.mapping import Rule
from rbac.model import Policy
from rbac.near_names import near_names, why_not
from rbac.patterns import Reading, known
from scim.keys import fold

MOST = 100
"""So many of each kind are told at most, and how many more there are; whoever mends those sees the others."""


@dataclass(frozen=True, slots=True)
class Questionable:
    """A group whose name a rule cannot use, and why. ``kind``: ``ambiguous``, ``unmatched`` or ``near_miss``.

    Where there are more of a kind than are told, the last one says so, and is about no rule and no group.
    """

    kind: str
    rule: str
    group: str
    group_id: str
    words: str
    remedy: str
    people: int = 0


def questionable(
    session: Session, account_id: str, policy: Policy, loaded: Loaded, only: Collection[str] | None = None
) -> list[Questionable]:
    """The groups of which a rule cannot say whether it is for them; at most ``MOST`` of each kind.

    ``only``: of these rules (names).
    """
    if not loaded.rules.rules:
        return []
    groups = mapping_bindings.groups_to_match(session, account_id, None)
    bound = {one.group.id for one in loaded.bindings if one.group.gone is None}
    free = [group for group in groups if group.id not in bound]
    found = [*_by_pattern(policy, loaded, groups), *_near(loaded, free)]
    wanted = (one for one in found if only is None or one.rule in only)
    every = sorted(wanted, key=lambda one: (one.kind, one.rule, one.group, one.group_id))
    return [told for _, some in groupby(every, key=lambda one: one.kind) for told in _capped([*some])]


def _capped(found: list[Questionable]) -> Iterator[Questionable]:
    """The first of one kind, and how many more there are."""
    yield from found[:MOST]
    if len(found) > MOST:
        words = f"{len(found) - MOST} more names of groups are like these"
        yield Questionable(found[0].kind, "", "", "", words, "mend those that are named, and the others are told")


def without_owner(session: Session, account_id: str, rules: Sequence[Rule]) -> Mapping[str, str]:
    """The rules (ids) for which no active person of the account answers, and why."""
    keys = {rule.id: fold(rule.owner.strip()) for rule in rules if rule.owner and rule.owner.strip()}
    people = mapping_health.active_people_called(session, account_id, sorted(set(keys.values()))) if keys else set()
    return {
        rule.id: "nobody answers for it" if rule.id not in keys else f"{rule.owner} is no active person of this account"
        for rule in rules
        if keys.get(rule.id) not in people
    }


def _by_pattern(policy: Policy, loaded: Loaded, groups: Sequence[FoundGroup]) -> Iterator[Questionable]:
    matcher = Matcher(policy)
    units = [(name, unit.id) for unit in policy.units.units.values() for name in (unit.key, unit.name)]
    means = known(((role.name, role.id) for role in policy.roles.values() if not role.is_owner), units)
    for rule in loaded.rules.rules:
        if rule.pattern is None:
            continue
        for group in groups:
            if rule.directory_id not in (None, group.directory_id):
                continue
            readings = matcher.readings(rule, group.name)
            if len(readings) > 1:
                several = " or ".join(_said(policy, one) for one in readings[:3])
                words = f'{rule.name} cannot tell what "{group.name}" means: {several}'
                remedy = "rename the group, or a role or unit, so that only one meaning is left"
                yield Questionable("ambiguous", rule.name, group.name, group.id, words, remedy)
            elif not readings:
                why = _why(matcher, rule, group, why_not(rule.pattern, group.name, means))
                if why is not None:
                    words = f'"{group.name}" looks as if {rule.name} were for it, but {why}'
                    remedy = "rename the group, or make the role or unit that it names"
                    yield Questionable("unmatched", rule.name, group.name, group.id, words, remedy)


def _why(matcher: Matcher, rule: Rule, group: FoundGroup, unknown: str | None) -> str | None:
    if matcher.readings(rule, group.name, any_role=True):
        return "the role it names is privileged, which the rule does not allow"
    return unknown


def _said(policy: Policy, reading: Reading) -> str:
    role = policy.roles[reading.role_id].name if reading.role_id else None
    unit = policy.units.units[reading.unit_id].key if reading.unit_id else None
    return " in ".join(part for part in (role, unit) if part) or "nothing"


def _near(loaded: Loaded, free: Sequence[FoundGroup]) -> Iterator[Questionable]:
    """Groups without a rule whose names nearly are that of a group that a rule names."""
    names = {rule.id: rule.name for rule in loaded.rules.rules if rule.pattern is None}
    rules = {one.group.name: names[one.rule_id] for one in loaded.bindings if one.rule_id in names}
    by_name: dict[str, list[FoundGroup]] = {}
    for group in free:
        by_name.setdefault(group.name, []).append(group)
    for name, one in near_names(by_name, rules):
        for group in by_name[name]:
            if name == one:
                words = f'"{name}" in {group.directory} has the same name as "{one}", which {rules[one]} is for'
            else:
                words = f'"{name}" in {group.directory} is called nearly as "{one}", which {rules[one]} is for'
            remedy = "if it is meant too, give it a rule of its own"
            yield Questionable("near_miss", rules[one], name, group.id, words, remedy)
