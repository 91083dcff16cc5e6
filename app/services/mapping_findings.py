"""What is wrong with what rules give, or may be: nobody, the same as others, too many, what should be asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.services import rebinding
from app.services.counting import counted
from app.services.mapping_holds import WHY
from app.services.mapping_survey import RuleFacts, Survey
from app.session import Session
from rbac.mapping import Rule
from rbac.patterns import ROLE_CAPTURE

BROAD = 50
"""A rule is broad that gives something to more than so many per cent of the active people."""
_FEW = 10
"""In an account of so few active people, half of them are no crowd."""

Severity = Literal["error", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "notice")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: which rule or group it is about, how many people it touches, and what to do.

    ``others`` are the names of further rules that belong to it.
    """

    kind: str
    severity: Severity
    words: str
    remedy: str
    rule: str | None = None
    group: str | None = None
    group_id: str | None = None
    people: int = 0
    others: tuple[str, ...] = ()


class RuleFindings:
    """Makes findings of what is known of the rules."""

    def __init__(self, found: Survey) -> None:
        self.found = found
        self._rules = found.loaded.rules.rules
        self._names = {rule.id: rule.name for rule in self._rules}
        self._captured = {
            (binding.rule_id, binding.role_id) for binding in found.loaded.bindings if binding.role_id is not None
        }

    def findings(self, session: Session, account_id: str) -> Iterator[Finding]:
        """All of them, in no order."""
        yield from self._orphaned(session, account_id)
        for kind in (
            self._owner_mapped,
            self._held,
            self._broken,
            self._dead,
            self._duplicate,
            self._shadowed,
            self._broad,
        ):
            yield from kind()

    def of(self, rule: Rule) -> RuleFacts:
        """What is true of a rule."""
        return self.found.facts[rule.id]

    def live(self) -> Iterator[Rule]:
        """The rules that are not paused."""
        return (rule for rule in self._rules if not rule.paused)

    def privileged(self, rule: Rule) -> tuple[str, ...]:
        """The names of the privileged roles that a rule gives, captured ones included."""
        roles = self.found.policy.roles
        ids = {effect.role_id for effect in rule.effects if effect.role_id not in (None, ROLE_CAPTURE)}
        ids |= {role for rule_id, role in self._captured if rule_id == rule.id}
        given = (roles[id] for id in ids if id in roles)
        return tuple(sorted(role.name for role in given if role.is_privileged or role.is_owner))

    def _orphaned(self, session: Session, account_id: str) -> Iterable[Finding]:
        for offer in rebinding.offers(session, account_id):
            found = [one.name for one in offer.candidates]
            remedy = (
                f"look at `muster mapping orphans`: {', '.join(found)} may have come in its place"
                if found
                else "end the rule, or re-bind it to the group that has come in its place"
            )
            yield Finding(
                "orphaned",
                "error",
                f'{offer.rule} gives nothing: its group "{offer.group}" is gone since {offer.since}',
                remedy,
                rule=offer.rule,
                group=offer.group,
                group_id=offer.group_id,
            )

    def _owner_mapped(self) -> Iterable[Finding]:
        if self.found.loaded.maps_owner:
            return
        for rule in self.found.loaded.making_owners:
            yield Finding(
                "owner_mapped",
                "error",
                f"{rule.name} makes Account Owners, though rules may make none in this account",
                "end the rule or pause it, or switch `maps_owner` on; no plan that leaves it as it is can be made",
                rule=rule.name,
                people=self.of(rule).people,
            )

    def _held(self) -> Iterable[Finding]:
        for one in self.found.loaded.bindings:
            if one.held is not None:
                members = self.found.members[one.group.id]
                yield Finding(
                    "held",
                    "error",
                    f'{self._names[one.rule_id]} gives nobody anything new by "{one.group.name}", which came since '
                    f"the last publish: {WHY[one.held]}",
                    "look at what it would give (`muster mapping release`), and publish that; or rename the group, or "
                    "change the pattern",
                    rule=self._names[one.rule_id],
                    group=one.group.name,
                    group_id=one.group.id,
                    people=members,
                )

    def _broken(self) -> Iterable[Finding]:
        for rule in self._rules:
            if rule.id in self.found.conditions.broken:
                yield Finding(
                    "broken_filter",
                    "error",
                    f"{rule.name} gives and takes nothing: its filter is understood no more ({rule.where})",
                    "declare the attribute again, or change the filter; what several extensions have needs its URN",
                    rule=rule.name,
                    people=self.of(rule).people,
                )

    def _dead(self) -> Iterable[Finding]:
        gone = {one.rule_id for one in self.found.loaded.bindings if one.group.gone is not None}
        for rule in self.live():
            if rule.id in gone or rule.id in self.found.conditions.broken:
                continue  # told already
            why = self._why_dead(rule)
            if why is not None:
                remedy = (
                    "the rule has ended: take it out, or give it a later time"
                    if self._is_over(rule)
                    else "end the rule, or find out why nobody is there any more"
                )
                yield Finding("dead", "warning", f"{rule.name} gives nobody anything: {why}", remedy, rule=rule.name)

    def _is_over(self, rule: Rule) -> bool:
        return rule.term.until is not None and rule.term.until <= self.found.moment

    def _why_dead(self, rule: Rule) -> str | None:
        if rule.term.until is not None and self._is_over(rule):
            return f"it has ended at {rule.term.until.isoformat(timespec='seconds')}"
        if self.of(rule).derived:
            return None
        bound = [one for one in self.found.loaded.bindings if one.rule_id == rule.id]
        if rule.pattern is not None and not bound:
            return f'its pattern "{rule.pattern.text}" fits no group'
        members = sum(self.found.members[one.group.id] for one in bound)
        if rule.pattern is not None and not members:
            return "nobody is in the groups that its pattern fits"
        if rule.group_id is not None and not members:
            return f'nobody is in "{bound[0].group.name}"' if bound else "its group is gone"
        if rule.where is not None and not self.found.satisfying[rule.id]:
            return f"nobody satisfies its filter ({rule.where})"
        return "nobody fulfils all its conditions at once"

    def _duplicate(self) -> Iterable[Finding]:
        alike: defaultdict[tuple[object, ...], list[Rule]] = defaultdict(list)
        for rule in self._rules:
            alike[rule.group_id, rule.pattern, rule.where, rule.directory_id, rule.effects].append(rule)
        for first, *others in alike.values():
            if others:
                names = tuple(rule.name for rule in others)
                yield Finding(
                    "duplicate",
                    "warning",
                    f"{first.name} and {', '.join(names)} have the same condition and give the same",
                    "keep one of them",
                    rule=first.name,
                    people=self.of(first).people,
                    others=names,
                )

    def _shadowed(self) -> Iterable[Finding]:
        for rule in self.live():
            facts = self.of(rule)
            if facts.people and not facts.alone:
                others = tuple(sorted(self._names[id] for id in facts.covered_by if id in self._names))
                yield Finding(
                    "shadowed",
                    "notice",
                    f"all that {rule.name} gives, its {counted(facts.people, 'person has', 'people have')} by "
                    f"{', '.join(others)}, too",
                    "without the rule nobody would lose anything today; end it if it has no other purpose",
                    rule=rule.name,
                    people=facts.people,
                    others=others,
                )

    def _broad(self) -> Iterable[Finding]:
        active = self.found.active
        for rule in self._rules:
            facts = self.of(rule)
            if active >= _FEW and facts.active * 100 > BROAD * active:
                share = facts.active * 100 // active
                yield Finding(
                    "broad",
                    "warning" if self.privileged(rule) else "notice",
                    f"{rule.name} gives something to {share} % of the active people, {facts.active} of {active}",
                    "is it meant for all of them? If so, the role of a business unit says it more simply",
                    rule=rule.name,
                    people=facts.active,
                )
            privileged = self.privileged(rule)
            if privileged and rule.group_id is None:
                how = "a pattern" if rule.pattern is not None else "a filter alone"
                yield Finding(
                    "privileged_by_name",
                    "warning",
                    f"{rule.name} gives {', '.join(privileged)}, which is privileged, by {how}: whoever names groups "
                    "or writes profiles in the identity provider decides who has it",
                    "name the one group that it is meant for",
                    rule=rule.name,
                    people=facts.people,
                )
