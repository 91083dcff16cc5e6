"""Understand a mapping document: names become groups, roles and units, or every problem is named at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.models.base import new_id, now
from app.services.errors import Refused
from app.services.mapped_roles import limits_of
from app.services.mapping_filters import read_filter
from app.services.mapping_holds import as_seen
from app.services.patterns import match_all
from app.session import Session
from app.stores import mapping_rules, naming
from app.stores.access import SqlAccessStore
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rules import Loaded, bound_by
from app.stores.naming import FoundGroup
from app.stores.schema_types import types_of
from rbac.hints import Hints
from rbac.mapping import Bound, Effect, Rule
from rbac.mapping_document import GrantLine, GroupReference, RuleLines, WorkLine, first_of, read_mapping
from rbac.model import Policy, Reach
from rbac.patterns import ROLE_CAPTURE, UNIT_CAPTURE
from scim.attributes import ResourceType
from scim.errors import ScimError
from scim.keys import fold


class InvalidMapping(Refused):
    """The document cannot be published; ``problems`` names every place, and nothing was changed."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  ".join(["the mapping cannot be published:", *self.problems]))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that has been understood, held against what is published.

    ``bindings`` are those of all rules in it; ``directories`` the names of the account's directories by id;
    ``misnamed`` says, by the id of a rule, that the group it names by id is called otherwise than is written there.
    """

    policy: Policy
    before: Loaded
    after: tuple[Rule, ...]
    bindings: tuple[Binding, ...]
    directories: Mapping[str, str]
    reason: str = ""
    misnamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def paused(self) -> bool:
        """Whether the account's whole mapping is paused."""
        return self.before.paused

    @property
    def written(self) -> tuple[Rule, ...]:
        """Rules that are new or say something else than before."""
        known = set(self.before.rules.rules)
        return tuple(rule for rule in self.after if rule not in known)

    @property
    def ended(self) -> tuple[Rule, ...]:
        """Rules as they were, of which each is changed or gone."""
        kept = set(self.after)
        return tuple(rule for rule in self.before.rules.rules if rule not in kept)

    @property
    def differs(self) -> bool:
        """Whether it says anything else than what is published, be it in the order of the rules."""
        order = [rule.id for rule in self.before.rules.rules]
        return bool(self.written or self.ended or self.released) or order != [rule.id for rule in self.after]

    @property
    def let(self) -> tuple[Binding, ...]:
        """The groups by which patterns give nobody anything yet, and will once this is published."""
        held = {(one.rule_id, one.group.id) for one in self.bindings if one.held is not None}
        live = {rule.id for rule in self.after if not rule.paused}
        before = (one for one in self.before.bindings if one.held is not None and one.rule_id in live)
        return tuple(one for one in before if (one.rule_id, one.group.id) not in held)

    @property
    def came(self) -> tuple[Binding, ...]:
        """The groups that came to patterns by themselves, and that no publish has shown, as far as they give something.

        A plan lists them, and whoever publishes that one has seen them.
        """
        return tuple(one for one in self.bindings if one.matched is not None and one.held is None)

    @property
    def released(self) -> frozenset[str]:
        """The rules of these."""
        return frozenset(one.rule_id for one in self.let)

    @property
    def concerned(self) -> frozenset[str]:
        """The rules that may give something else than before, or nothing any more.

        A rule that is paused now is none of them: who has something from it keeps that. Where those that say where
        people are at home stand in another order, all of them are.
        """
        old, new = ({rule.id: rule for rule in rules} for rules in (self.before.rules.rules, self.after))
        found = {id for id in old.keys() | new.keys() if id not in old or id not in new or _differ(old[id], new[id])}
        found |= self.released
        homes, homes_before = ([rule.id for rule in rules if rule.sets_home] for rules in (new.values(), old.values()))
        if homes != homes_before:
            found |= {*homes, *homes_before}
        return frozenset(found - {rule.id for rule in self.after if rule.paused})

    @property
    def bound(self) -> tuple[Bound, ...]:
        """What rules with patterns give by which group."""
        rules = {rule.id: rule for rule in self.after if rule.pattern is not None}
        return tuple(bound_by(rules[one.rule_id], one) for one in self.bindings if one.rule_id in rules)

    @property
    def groups(self) -> dict[str, FoundGroup]:
        """The groups that the rules are for, by id."""
        return {one.group.id: one.group for one in self.bindings}

    @property
    def group_names(self) -> dict[str, str]:
        """What groups are called, also those that only the published rules are for."""
        return {**self.before.group_names, **{id: group.name for id, group in self.groups.items()}}


def _differ(old: Rule, new: Rule) -> bool:
    return old.derives != new.derives


def prepare(session: Session, account_id: str, document: Mapping[str, Any]) -> Prepared:
    """Understand a document. Raises InvalidMapping with all that is wrong with it.

    An orphaned rule may stay as it is: under its name, with the id that its group had.
    """
    written = read_mapping(document)
    reading = _Reading(session, account_id, [lines.group for lines in written.rules if lines.group is not None])
    rules = [reading.rule(lines, position) for position, lines in enumerate(written.rules)]
    problems = [*written.problems, *reading.problems]
    if problems:
        raise InvalidMapping(first_of(problems))
    policy = reading.policy
    matched = match_all(session, account_id, policy, rules)
    bindings = [*reading.bindings, *as_seen(reading.before.bindings, rules, matched)]
    directories = {id: name for name, id in reading.directories.items()}
    return Prepared(
        policy, reading.before, tuple(rules), tuple(bindings), directories, written.reason, reading.misnamed
    )


class _Reading:
    """Reads the rules of one document and gathers what is wrong with them."""

    def __init__(self, session: Session, account_id: str, groups: Sequence[GroupReference]) -> None:
        self._here = session, account_id
        self._groups = naming.KnownGroups(
            *self._here,
            ids=(one.id.lower() for one in groups if one.id),
            external_ids=(one.external_id for one in groups if one.external_id),
            names=(one.name for one in groups if one.name),
        )
        self.policy = SqlAccessStore(session, account_id).snapshot([]).policy
        self.before = mapping_rules.all_rules(session, account_id)
        self.directories = naming.directories_of(session, account_id)
        self.problems: list[str] = []
        self.bindings: list[Binding] = []
        self.misnamed: dict[str, str] = {}
        self._known = {fold(rule.name): rule for rule in self.before.rules.rules}
        names = {rule.id: fold(rule.name) for rule in self.before.rules.rules}
        self._gone = {
            (names[one.rule_id], one.group.id): one.group for one in self.before.bindings if one.group.gone is not None
        }
        self._roles = {fold(role.name): role for role in self.policy.roles.values()}
        self._users: ResourceType | None = None
        self._hints = Hints()
        self._named: dict[str | None, list[str]] = {}
        self._moment = now()
        self._limits = limits_of(session, account_id)

    def rule(self, lines: RuleLines, position: int) -> Rule:
        """A rule; what is wrong with it is among ``problems`` then."""
        known = self._known.get(fold(lines.name))
        id = known.id if known is not None else new_id()
        group = self._group(lines.name, lines.group, f"{lines.place}.group") if lines.group is not None else None
        if group is not None:
            self.bindings.append(Binding(id, group))
            said = lines.group.name if lines.group is not None else None
            if said is not None and fold(said) != fold(group.name):
                self.misnamed[id] = f'the group {group.id} is called "{group.name}", not "{said}"; the id counts'
        if lines.where is not None:
            self._check_filter(lines.where, f"{lines.place}.where")
        until = lines.term.until
        if until is not None and until <= self._moment and (known is None or known.term.until != until):
            self.problems.append(f"{lines.place}.until: the rule would have ended already; leave it out instead")
        rule = Rule(
            id=id,
            name=lines.name,
            group_id=group.id if group is not None else None,
            effects=self._effects(lines),
            pattern=lines.pattern,
            where=lines.where,
            directory_id=self._directory(lines.directory, lines.directory_place),
            term=lines.term,
            paused=lines.paused,
            owner=lines.owner,
            reason=lines.reason,
            labels=lines.labels,
            allow_privileged=lines.allow_privileged,
            position=position,
        )
        if not rule.paused:
            self._check_limits(rule, group, f"{lines.place}.grants")
        return rule

    def _check_limits(self, rule: Rule, group: FoundGroup | None, place: str) -> None:
        """What a connection does not let mapping give by it (R-4). A paused rule gives nothing."""
        for effect in rule.effects:
            connection = self._limits.of_rule(rule, group.directory_id if group is not None else None, effect.role_id)
            role = self.policy.roles.get(effect.role_id or "")
            if connection is not None and role is not None:
                self.problems.append(
                    f"{place}: {role.name} is none of the roles that mapping gives by {connection} (its mapped_roles)"
                    + ("" if rule.group_id is not None or rule.directory_id is not None else "; name another directory")
                )

    def _directory(self, name: str | None, place: str) -> str | None:
        if name is None:
            return None
        by_key = {fold(known): id for known, id in self.directories.items()}
        found = by_key.get(fold(name))
        if found is None:
            self.problems.append(f'{place}: there is no directory "{name}"{self._hints.of(name, self.directories)}')
        return found

    def _group(self, rule: str, wanted: GroupReference, place: str) -> FoundGroup | None:
        kept = self._gone.get((fold(rule), fold(wanted.id or "")))
        if kept is not None:
            return kept
        directory_id = self._directory(wanted.directory, f"{place}.directory")
        if wanted.directory is not None and directory_id is None:
            return None
        by_name = wanted.name if wanted.id is None and wanted.external_id is None else None
        found = self._groups.find(
            directory_id,
            id=wanted.id.lower() if wanted.id else None,
            external_id=wanted.external_id,
            name=by_name,
        )
        if len(found) == 1:
            return found[0]
        said = _said(wanted)
        if found:
            several = ", ".join(f"{group.id} in {group.directory}" for group in found[:5])
            why = f"several groups have the {said}; name the directory or the id ({several})"
        else:
            hint = self._hints.of(by_name, self._group_names(directory_id)) if by_name and self._hints.left else ""
            where = f" in {wanted.directory}" if wanted.directory else ""
            why = f"no group has the {said}{where}{hint or '; push it from the directory first'}"
        self.problems.append(f"{place}: {why}")
        return None

    def _group_names(self, directory_id: str | None) -> list[str]:
        if directory_id not in self._named:
            self._named[directory_id] = naming.group_names(*self._here, directory_id)
        return self._named[directory_id]

    def _check_filter(self, text: str, place: str) -> None:
        if self._users is None:
            self._users = types_of(*self._here, self.before.schema_revision)["User"]
        try:
            read_filter(self._users, text)
        except ScimError as error:
            self.problems.append(f"{place}: {str(error).removeprefix('filter: ')}")

    def _effects(self, lines: RuleLines) -> frozenset[Effect]:
        effects = [
            self._grant(grant, f"{lines.place}.grants[{number}]", paused=lines.paused)
            for number, grant in enumerate(lines.grants)
        ]
        homes = {(work.unit, work.children) for work in lines.works_in if work.home}
        effects += [
            self._work(work, (work.unit, work.children) in homes, f"{lines.place}.works_in[{number}]")
            for number, work in enumerate(lines.works_in)
        ]
        return frozenset(effects)

    def _grant(self, grant: GrantLine, place: str, *, paused: bool) -> Effect:
        role_id = self._role(grant, place, paused=paused)
        if grant.unit is None:
            return Effect(role_id, self.policy.units.root.id, Reach.ACCOUNT)
        return Effect(role_id, self._unit(grant.unit, place), _reach(grant.children))

    def _work(self, work: WorkLine, home: bool, place: str) -> Effect:
        return Effect(None, self._unit(work.unit, place), _reach(work.children), home)

    def _role(self, grant: GrantLine, place: str, *, paused: bool) -> str:
        """The id of a role. A paused rule makes no owners; whether it may is asked when it is to go on."""
        if grant.role == ROLE_CAPTURE:
            return ROLE_CAPTURE
        role = self._roles.get(fold(grant.role))
        if role is None:
            hint = self._hints.of(grant.role, [known.name for known in self._roles.values()])
            self.problems.append(f'{place}.role: there is no role "{grant.role}"{hint}')
            return ""
        if role.is_owner and not self.before.maps_owner and not paused:
            self.problems.append(
                f"{place}.role: {role.name} cannot be given by mapping unless an Account Owner has allowed that; "
                "it is given by hand"
            )
        elif role.is_owner and grant.unit is not None:
            self.problems.append(f"{place}.unit: {role.name} is for the whole account")
        return role.id

    def _unit(self, key: str, place: str) -> str:
        if key == UNIT_CAPTURE:
            return UNIT_CAPTURE
        unit = self.policy.units.find(key)
        if unit is None:
            hint = self._hints.of(key, [known.key for known in self.policy.units.units.values()])
            self.problems.append(f'{place}.unit: there is no business unit "{key}"{hint}')
            return ""
        return unit.id


def _said(wanted: GroupReference) -> str:
    if wanted.id is not None:
        return f'id "{wanted.id}"'
    return f'externalId "{wanted.external_id}"' if wanted.external_id is not None else f'name "{wanted.name}"'


def _reach(children: bool) -> Reach:
    return Reach.SUBTREE if children else Reach.UNIT
