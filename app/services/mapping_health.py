"""The health board of role mapping: what is wrong with the published rules, or may be, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from app.services import code_drift, mapping_names
from app.services.counting import counted
from app.services.mapping_findings import SEVERITIES, Finding, RuleFindings
from app.services.mapping_summary import in_words
from app.services.mapping_survey import Survey, survey
from app.session import Session
from app.stores import mapping_health, role_uses
from app.stores.listings import Found, Wanted

UNUSED_DAYS = 90


@dataclass(frozen=True, slots=True)
class Health:
    """The whole board, the worst first. ``healthy``: no errors and no warnings."""

    rules: int
    people: int
    paused: bool
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong; notices may be there."""
        return all(one.severity == "notice" for one in self.findings)


def health(session: Session, account_id: str) -> Health:
    """Look at all rules and everybody. Writes nothing."""
    board = _Board(session, account_id, survey(session, account_id))
    findings = sorted(board.findings(), key=lambda one: (SEVERITIES.index(one.severity), one.kind, -one.people))
    loaded = board.found.loaded
    return Health(len(loaded.rules.rules), board.found.people, loaded.paused, tuple(findings))


def unmapped_groups(session: Session, account_id: str, wanted: Wanted) -> Found:
    """A page of the groups that no rule covers, by themselves or by a group that contains them; the largest first."""
    return mapping_health.unmapped(session, account_id, wanted)


class _Board:
    """Makes findings of what is known of one account."""

    def __init__(self, session: Session, account_id: str, found: Survey) -> None:
        self._here = session, account_id
        self.found = found
        self._rules = found.loaded.rules.rules
        self._facts = RuleFindings(found)

    def findings(self) -> Iterator[Finding]:
        """All of them, in no order."""
        kinds: tuple[Callable[[], Iterable[Finding]], ...] = (
            self._drift,
            self._code_drift,
            self._without_owner,
            self._unapproved,
            self._unused,
            self._paused,
            self._unmapped,
            self._names_of_groups,
        )
        yield from self._facts.findings(*self._here)
        for kind in kinds:
            yield from kind()

    def _drift(self) -> Iterable[Finding]:
        policy, people = self.found.policy, self.found.drifted
        for one in self.found.shown:
            what = (
                ", ".join(f"{change.turning} {in_words(policy, change)}" for change in one.changes)
                or "nothing anybody would notice, but the sources differ"
            )
            yield Finding(
                "drift",
                "error",
                f"{one.user_name} has not what the rules derive; {what} would put it right",
                "somebody changed the database past Muster: find out who, then publish the mapping anew",
                people=1,
            )
        if people > len(self.found.shown):
            more = counted(people - len(self.found.shown), "further person has", "further people have")
            yield Finding(
                "drift", "error", f"{more} not what the rules derive", "begin with those who are named", people=people
            )

    def _code_drift(self) -> Iterable[Finding]:
        for one in code_drift.drift_of(*self._here):
            what = f": {'; '.join(one.details)}" if one.details else ""
            yield Finding(
                "code_drift",
                "warning",
                f"{one.kind} {one.name} is {one.fate} since the file was applied{what}",
                "apply the file again, or bring it up to date first",
                rule=one.name if one.kind == "rule" else None,
            )

    def _without_owner(self) -> Iterable[Finding]:
        reasons = mapping_names.without_owner(*self._here, self._rules)
        for rule in self._rules:
            if rule.id not in reasons:
                continue
            yield Finding(
                "without_owner",
                "warning" if self._facts.privileged(rule) else "notice",
                f"{rule.name}: {reasons[rule.id]}",
                "name an active person, by userName, as its owner",
                rule=rule.name,
                people=self._facts.of(rule).people,
            )

    def _unapproved(self) -> Iterable[Finding]:
        numbers = self.found.loaded.revisions
        published = mapping_health.revisions(*self._here, set(numbers.values()))
        for rule in self._rules:
            privileged = self._facts.privileged(rule)
            revision = published.get(numbers[rule.id])
            if privileged and (revision is None or revision.approver is None):
                yield Finding(
                    "unapproved",
                    "warning",
                    f"{rule.name} gives {', '.join(privileged)}, which is privileged; nobody approved revision "
                    f"{numbers[rule.id]}, since which it says so",
                    "let a second Account Owner look at it",
                    rule=rule.name,
                    people=self._facts.of(rule).people,
                )

    def _unused(self) -> Iterable[Finding]:
        since = (self.found.moment - timedelta(days=UNUSED_DAYS)).date()
        observed = role_uses.observed_since(*self._here)
        if observed is None or observed > since:
            return  # not long enough to say that anybody has not
        used = mapping_health.rules_used_since(*self._here, since)
        numbers = self.found.loaded.revisions
        published = mapping_health.revisions(*self._here, set(numbers.values()))
        for rule in self._facts.live():
            is_old = numbers[rule.id] in published and published[numbers[rule.id]].published.date() <= since
            gives_roles = any(effect.role_id is not None for effect in rule.effects)
            people = self._facts.of(rule).people
            if is_old and gives_roles and people and rule.id not in used:
                who = counted(people, "person", "people")
                yield Finding(
                    "unused",
                    "notice",
                    f"{rule.name} gives roles to {who}, and none of them has used one for {UNUSED_DAYS} days",
                    "ask its owner whether it is still needed",
                    rule=rule.name,
                    people=people,
                )

    def _paused(self) -> Iterable[Finding]:
        if self.found.loaded.paused:
            words = "the whole mapping is paused: nobody gains or loses anything by it"
            yield Finding("paused", "warning", words, "let it go on when what it was paused for is over")
        for rule in self._rules:
            if rule.paused:
                yield Finding(
                    "paused",
                    "notice",
                    f"{rule.name} is paused: who has something by it keeps that, whatever changes",
                    "let it go on, or end it",
                    rule=rule.name,
                    people=self._facts.of(rule).people,
                )

    def _unmapped(self) -> Iterable[Finding]:
        number = mapping_health.count_unmapped(*self._here)
        if not number:
            return
        largest = mapping_health.unmapped(*self._here, Wanted(5)).rows
        named = ", ".join(f"{row.display_name} ({row.member_count})" for row in largest if row.member_count)
        words = f"{counted(number, 'group')} with members {'is' if number == 1 else 'are'} covered by no rule: {named}"
        more = ", …" if number > len(largest) else ""
        remedy = "write rules for those that should give something; the waiting room says what their members lack"
        yield Finding("unmapped", "notice", words + more, remedy)

    def _names_of_groups(self) -> Iterable[Finding]:
        for one in mapping_names.questionable(*self._here, self.found.policy, self.found.loaded):
            yield Finding(
                one.kind, "warning" if one.kind == "ambiguous" else "notice", one.words, one.remedy,
                rule=one.rule or None, group=one.group or None, group_id=one.group_id or None, people=one.people,
            )  # fmt: skip
