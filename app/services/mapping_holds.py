"""What patterns may give by groups that nobody has seen: so many people and no privileged roles, before a publish.

Whoever approves a pattern sees the groups it is for. Others come later, by their names alone, as groups, roles and
business units are made and renamed. What they may mean without anybody looking is bounded here; what goes beyond is
held until a plan has shown it, and nobody loses anything by that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from app.audit import Record
from app.services.mapping_filters import Conditions
from app.session import Session
from app.stores import holdings, mapping_bindings
from app.stores.account_rows import find_account_row
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rules import Loaded
from app.stores.portions import portions
from rbac.mapping import Rule, Rules, derive
from rbac.model import Policy

BLAST_RADIUS, PRIVILEGED, OWNER = "blast_radius", "privileged", "owner"
WHY = {
    BLAST_RADIUS: "more people would get something by groups that nobody has seen than the account's blast radius",
    PRIVILEGED: "it would give a privileged role that the published rule gave nobody",
    OWNER: "it would make Account Owners",
}


def judged(
    session: Session,
    account_id: str,
    loaded: Loaded,
    policy: Policy,
    begun: Iterable[Binding],
    moment: datetime,
    record: Record,
) -> list[Binding]:
    """The bindings that a pattern has got by the name of a group, with what is held of them from the beginning."""
    approves = find_account_row(session, account_id).approves_privileged
    rules = {rule.id: rule for rule in loaded.rules.rules}
    shown: set[tuple[str, str]] | None = None
    found = []
    for one in begun:
        given = {effect.captured(one.role_id, one.unit_id).role_id for effect in rules[one.rule_id].effects}
        roles = [role for id, role in policy.roles.items() if id in given]
        captured = policy.roles.get(one.role_id or "")
        held = None
        if any(role.is_owner for role in roles):
            held = OWNER
        elif approves and captured is not None and captured in roles and captured.is_privileged:
            if shown is None:
                shown = mapping_bindings.roles_shown(session, account_id)
            held = None if (one.rule_id, captured.id) in shown else PRIVILEGED
        found.append(replace(one, matched=moment, held=held))
        if held is not None:
            _note(record, loaded, one.rule_id, one.group.name, held)
    return found


def within_limit(
    session: Session,
    account_id: str,
    loaded: Loaded,
    conditions: Conditions,
    people: Collection[str],
    moment: datetime,
    record: Record,
) -> Rules:
    """The rules, without what gives too many people something by groups that no publish has shown.

    Those count who have something by such groups already, since the last publish. The caller has called ``bump``.
    """
    rules, fresh = loaded.rules, loaded.fresh
    limit = find_account_row(session, account_id).blast_radius
    if limit is None:
        return rules
    room = limit - mapping_bindings.people_by_matched(session, account_id, limit)
    for portion in portions(sorted(people)):
        held = holdings.held_by(session, account_id, portion, moment, rules.group_ids)
        conditions.ask(session, account_id, held)
        for mine in held.values():
            given = derive(rules, mine.groups, mine.satisfied) - mine.derived().keys()
            room -= any((one.rule_id, one.group_id) in fresh for one in given)
        if room < 0:
            mapping_bindings.hold(session, account_id, fresh, BLAST_RADIUS)
            for rule_id, group_id in sorted(fresh):
                _note(record, loaded, rule_id, loaded.group_names[group_id], BLAST_RADIUS)
            bound = (replace(one, held=one.held or (one.rule_id, one.group_id) in fresh) for one in rules.bound)
            return Rules(rules.rules, tuple(bound))
    return rules


def as_seen(before: Iterable[Binding], rules: Iterable[Rule], matched: Iterable[Binding]) -> Iterator[Binding]:
    """Bindings by patterns with what no publish has shown of their groups, also where the rule has another name now."""
    known, unseen = {}, {}
    for one in before:
        known[one.rule_id, one.group.id] = one
        if one.matched is not None:
            unseen[one.group.id] = one
    paused = {rule.id for rule in rules if rule.paused}
    for one in matched:
        old = known.get((one.rule_id, one.group.id)) or unseen.get(one.group.id)
        if old is None:
            yield one
        else:
            # What is held stays so while the rule is paused; else the plan shows what it would give, and lets it.
            yield replace(one, matched=old.matched, held=old.held if one.rule_id in paused else None)


def _note(record: Record, loaded: Loaded, rule_id: str, group: str, why: str) -> None:
    name = next(rule.name for rule in loaded.rules.rules if rule.id == rule_id)
    record("mapping.held", "rule", rule_id, name, None, {"group": group, "held": why, "why": WHY[why]})
