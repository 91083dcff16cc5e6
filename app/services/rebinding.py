"""Re-binding: a rule whose group was deleted is offered the group that came in its place.

Offering changes nothing. Re-binding is a publish like any other, of the same mapping with another group in one rule.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.services import mapping_drafts, mapping_plans, mapping_publish
from app.services.errors import NotFound, Refused
from app.services.mapping_documents import document_of
from app.services.mapping_drafts import MOST_TITLE, Draft
from app.services.mapping_resolution import Prepared
from app.services.mapping_summary import RoleCount, Summary
from app.session import Session
from app.stores import mapping_rules, naming, orphans
from app.stores.access import SqlAccessStore
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rules import Loaded
from app.stores.naming import FoundGroup
from app.stores.orphans import EXTERNAL_ID, NAME, Match, Orphan
from rbac.mapping import Rule
from scim.keys import fold

_CANDIDATES = 5
_WHY = {EXTERNAL_ID: "same externalId", NAME: "same name"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group that may be the one a rule had, and what would follow from binding the rule to it."""

    group_id: str
    name: str
    external_id: str | None
    why: str
    members: int
    people_gaining: int
    roles: tuple[RoleCount, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A rule without effect, since when, the group that it had, and the candidates for it, the best first.

    ``directory`` is empty where it was not remembered; then nobody can be recognised.
    """

    rule_id: str
    rule: str
    since: str
    group_id: str
    group: str
    external_id: str | None
    directory: str
    candidates: tuple[Candidate, ...]


def offers(session: Session, account_id: str) -> tuple[Offer, ...]:
    """All orphaned rules of an account, by name. Nothing is written."""
    all_orphans = orphans.orphans_of(session, account_id)
    if not all_orphans:
        return ()
    matches: defaultdict[str, list[Match]] = defaultdict(list)
    for match in orphans.matches(session, account_id):
        matches[match.rule_id].append(match)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    before = mapping_rules.all_rules(session, account_id)

    def candidate(match: Match) -> Candidate:
        group = FoundGroup(match.group_id, match.name, "", None, match.external_id)
        after, bindings = _with_group(before, match.rule_id, group)
        effect = mapping_plans.effect_of_prepared(session, account_id, Prepared(policy, before, after, bindings, {}))
        why = _WHY[match.by]
        return Candidate(
            match.group_id, match.name, match.external_id, why, match.members, effect.people_gaining, effect.roles
        )

    return tuple(
        Offer(
            one.rule_id,
            one.rule,
            _text(one.group.gone),
            one.group.id,
            one.group.name,
            one.group.external_id,
            one.group.directory,
            tuple(candidate(match) for match in matches[one.rule_id][:_CANDIDATES]),
        )
        for one in all_orphans
    )


def choose(session: Session, account_id: str, rule: str) -> str:
    """The id of the one group that an orphaned rule is offered; the same externalId goes before the same name.

    Raises NotFound for no such rule, Refused where there is none, or where only a person can choose.
    """
    orphan = _orphan(session, account_id, rule)
    found = [match for match in orphans.matches(session, account_id) if match.rule_id == orphan.rule_id]
    best = [match for match in found if match.by == found[0].by]
    if not best:
        raise Refused(f'no group looks like "{orphan.group.name}", which {orphan.rule} had; name one with --group')
    if len(best) > 1:
        several = ", ".join(match.group_id for match in best[:_CANDIDATES])
        raise Refused(
            f"several groups have the {_WHY[best[0].by]} as {orphan.rule} had; name one with --group: {several}"
        )
    return best[0].group_id


def draft(session: Session, account_id: str, rule: str, group_id: str | None = None, into: str | None = None) -> Draft:
    """Put an orphaned rule with a group into a draft; without one, into a new one that begins with what is published.

    Without ``group_id`` it is the one that ``choose`` finds. Nothing changes before that is planned and published.
    Raises as ``choose`` and ``rebind`` do, and Forbidden, Conflict.
    """
    orphan, group = _parties(session, account_id, rule, group_id or choose(session, account_id, rule))
    all_rules = _document(session, account_id, orphan, group)["rules"]
    bound = next(one for one in all_rules if one["name"] == orphan.rule)
    edited = into or mapping_drafts.create_draft(session, account_id, f"Re-bind {orphan.rule}"[:MOST_TITLE]).id
    return mapping_drafts.add_rule(session, account_id, edited, bound)


def plan(session: Session, account_id: str, rule: str, group_id: str) -> Summary:
    """What ``rebind`` would do. Writes nothing; raises as ``rebind`` does."""
    orphan, group = _parties(session, account_id, rule, group_id)
    return mapping_plans.effect_of(session, account_id, _document(session, account_id, orphan, group))


def rebind(session: Session, account_id: str, rule: str, group_id: str, actor: str, reason: str = "") -> Summary:
    """Bind an orphaned rule to a group of the account and publish that, for everybody at once.

    Raises NotFound for a rule or a group that does not exist, Refused for a rule whose group is there.
    """
    mapping_rules.lock(session, account_id, exclusive=True)
    orphan, group = _parties(session, account_id, rule, group_id)
    why = reason or f"{orphan.rule} re-bound to {group.name}"
    document = _document(session, account_id, orphan, group)
    summary = mapping_publish.publish(session, account_id, document, author=actor, reason=why)
    audit.record(
        session,
        account_id,
        "mapping.rebound",
        "rule",
        orphan.rule_id,
        orphan.rule,
        _noted(orphan.group),
        _noted(group) | {"revision": summary.revision, "people_gaining": summary.people_gaining},
        why,
    )
    return summary


def _parties(session: Session, account_id: str, rule: str, group_id: str) -> tuple[Orphan, FoundGroup]:
    orphan = _orphan(session, account_id, rule)
    found = naming.find_groups(session, account_id, None, id=fold(group_id))
    if not found:
        raise NotFound(f"there is no group {group_id} in this account")
    return orphan, found[0]


def _orphan(session: Session, account_id: str, rule: str) -> Orphan:
    key = fold(rule)
    all_orphans = orphans.orphans_of(session, account_id)
    for one in all_orphans:
        if key in (one.rule_id, fold(one.rule)):
            return one
    if any(key in (one.id, fold(one.name)) for one in mapping_rules.all_rules(session, account_id).rules.rules):
        raise Refused(f"{rule} is no orphan, its group is there; to give it another one, publish the mapping anew")
    there_are = f"orphans are {', '.join(one.rule for one in all_orphans)}" if all_orphans else "no rule is an orphan"
    raise NotFound(f'there is no mapping rule "{rule}"; {there_are}')


def _document(session: Session, account_id: str, orphan: Orphan, group: FoundGroup) -> dict[str, Any]:
    """The published mapping, but for the group of this rule."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    directories = {id: name for name, id in naming.directories_of(session, account_id).items()}
    rules, bindings = _with_group(mapping_rules.all_rules(session, account_id), orphan.rule_id, group)
    return document_of(policy, rules, {one.group.id: one.group for one in bindings}, directories)


def _with_group(loaded: Loaded, rule_id: str, group: FoundGroup) -> tuple[tuple[Rule, ...], tuple[Binding, ...]]:
    """All rules and what they are bound to, one of them to another group."""
    rules = (replace(rule, group_id=group.id) if rule.id == rule_id else rule for rule in loaded.rules.rules)
    bindings = (replace(one, group=group) if one.rule_id == rule_id else one for one in loaded.bindings)
    return tuple(rules), tuple(bindings)


def _noted(group: FoundGroup) -> dict[str, Any]:
    return {"group": group.id, NAME: group.name, EXTERNAL_ID: group.external_id, "directory": group.directory}


def _text(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
