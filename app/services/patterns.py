"""Patterns of mapping rules held against the names of groups: which rule is for which group, and with what captures.

They are matched anew when a group is named or renamed, and when roles or business units come, go or are renamed,
in the same transaction.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.audit import Record
from app.models.base import now
from app.services import mapping_guard, mapping_holds
from app.services.derivation import derive_anew
from app.services.mapped_roles import NO_LIMITS, Limits, limits_of
from app.session import Session
from app.stores import mapping_bindings, mapping_rules, nesting
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rules import Loaded, bound_by
from app.stores.naming import FoundGroup
from rbac.mapping import Rule, Rules
from rbac.model import Policy, Role
from rbac.patterns import Reading, folded, known, readings
from scim.keys import LAST


class Matcher:
    """Finds the groups of rules with patterns; made for one policy, whose roles and units captures may stand for.

    The role of Account Owners is never captured, and a privileged one only where the rule allows it: whoever may name
    a group in the identity provider would else choose who is an administrator.
    """

    def __init__(self, policy: Policy, limits: Limits = NO_LIMITS) -> None:
        self._limits = limits
        units = [(name, unit.id) for unit in policy.units.units.values() for name in (unit.key, unit.name)]

        def of_roles(roles: Iterable[Role]) -> Any:
            return known(((role.name, role.id) for role in roles if not role.is_owner), units)

        roles = policy.roles.values()
        self._all = of_roles(roles)
        self._plain = of_roles(role for role in roles if not role.is_privileged)

    def readings(self, rule: Rule, name: str, *, any_role: bool = False) -> tuple[Reading, ...]:
        """What a group's name may mean to a rule; ``any_role``: even if the rule allows no privileged one."""
        if rule.pattern is None:
            return ()
        return readings(rule.pattern, name, self._all if any_role or rule.allow_privileged else self._plain)

    def bindings(self, rules: Iterable[Rule], groups: Sequence[FoundGroup]) -> Iterator[Binding]:
        """Each rule with each group whose name has exactly one meaning to it."""
        by_name = sorted(((folded(group.name), group) for group in groups), key=lambda one: one[0])
        names = [name for name, _ in by_name]
        for rule in rules:
            if rule.pattern is None:
                continue
            prefix = rule.pattern.prefix
            span = slice(bisect_left(names, prefix), bisect_right(names, prefix + LAST))
            for _, group in by_name[span]:
                if rule.directory_id in (None, group.directory_id):
                    found = self._allowed(group, self.readings(rule, group.name))
                    if len(found) == 1:
                        yield Binding(rule.id, group, *found[0])

    def _allowed(self, group: FoundGroup, found: Sequence[Reading]) -> Sequence[Reading]:
        """Those of which the role may be given by groups of that directory (R-4)."""
        return [one for one in found if self._limits.by_groups(one[0], group.directory_id) is None]


def match_all(session: Session, account_id: str, policy: Policy, rules: Collection[Rule]) -> list[Binding]:
    """The bindings that rules have by their patterns among all groups of the account."""
    if not any(rule.pattern is not None for rule in rules):
        return []
    groups = mapping_bindings.groups_to_match(session, account_id, None)
    return list(Matcher(policy, limits_of(session, account_id)).bindings(rules, groups))


def rematch(
    session: Session,
    account_id: str,
    record: Record,
    group_ids: Collection[str] | None = None,
    *,
    without: Collection[str] = (),
) -> None:
    """Match the published patterns anew with these groups, or with all, and derive whom that concerns.

    ``without`` are roles that are about to be deleted. The caller holds the account (``bump`` or ``lock_account``).
    Raises Forbidden where a person who acts may not let people gain or lose by it.
    """
    loaded = mapping_rules.pattern_rules(session, account_id, group_ids)
    if not loaded.rules.rules:
        return
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    policy = replace(policy, roles={id: role for id, role in policy.roles.items() if id not in without})
    groups = mapping_bindings.groups_to_match(session, account_id, group_ids)
    matcher = Matcher(policy, limits_of(session, account_id))
    wanted = {(one.rule_id, one.group.id): one for one in matcher.bindings(loaded.rules.rules, groups)}
    present = {(one.rule_id, one.group.id): one for one in loaded.bindings}
    ended = [key for key, one in present.items() if key not in wanted or wanted[key].means != one.means]
    begun = [one for key, one in wanted.items() if key not in present or present[key].means != one.means]
    if not ended and not begun:
        return
    bump(session, account_id)
    begun = mapping_holds.judged(session, account_id, loaded, policy, begun, now(), record)
    mapping_bindings.replace_bindings(session, account_id, ended, begun)
    touched = {group_id for _, group_id in ended} | {one.group.id for one in begun}
    _note(loaded, wanted.values(), touched, record)
    people = nesting.users_below(session, account_id, touched)
    mapping_guard.check(session, account_id, people)
    concerned = {rule_id for rule_id, _ in ended} | {one.rule_id for one in begun}
    new = {(one.rule_id, one.group.id): one for one in begun}
    stands = (new.get(key) or present[key] for key, one in wanted.items() if one.group.id in touched)
    after = _bound(loaded, policy, concerned, [*stands])
    derive_anew(session, account_id, after, people, record, groups=touched)


def _bound(loaded: Loaded, policy: Policy, rule_ids: Collection[str], bindings: Sequence[Binding]) -> Loaded:
    """These rules with their new bindings, and the names to speak of them."""
    rules = {rule.id: rule for rule in loaded.rules.rules if rule.id in rule_ids}
    bound = tuple(bound_by(rules[one.rule_id], one) for one in bindings if one.rule_id in rules)
    return replace(
        loaded,
        rules=Rules(tuple(rules.values()), bound),
        bindings=tuple(one for one in bindings if one.rule_id in rules),
        group_names={**loaded.group_names, **{one.group.id: one.group.name for one in bindings}},
        roles={**loaded.roles, **{id: role.name for id, role in policy.roles.items()}},
        units={id: unit.key for id, unit in policy.units.units.items()},
    )


def _note(loaded: Loaded, wanted: Iterable[Binding], touched: Collection[str], record: Record) -> None:
    """Note of each group which rules it had and which it has by its name."""
    names = {rule.id: rule.name for rule in loaded.rules.rules}
    called: dict[str, str] = {}
    rules: tuple[defaultdict[str, list[str]], ...] = (defaultdict(list), defaultdict(list))
    for which, bindings in zip(rules, (loaded.bindings, wanted), strict=True):
        for one in bindings:
            if one.group.id in touched:
                called[one.group.id] = one.group.name
                which[one.group.id].append(names[one.rule_id])
    for group_id, name in sorted(called.items()):
        before, after = ({"rules": sorted(which[group_id])} for which in rules)
        record("mapping.matched", "group", group_id, name, before, after)
