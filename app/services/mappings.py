"""Publish role mapping: a document of rules becomes a revision, and everybody concerned is re-evaluated.

``plan`` says beforehand what ``publish`` would do; both walk the same path, and only one writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy.orm import Session

from app import audit
from app.models.base import new_id, now
from app.services.errors import Refused
from app.services.lifecycle import Turn, rederive
from app.stores import holdings, mapping_rules, naming, nesting
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.holdings import Rows
from app.stores.mapping_rules import Loaded
from app.stores.naming import FoundGroup
from app.stores.portions import portions
from rbac.mapping import Effect, Rule, Rules
from rbac.mapping_document import GrantLine, GroupReference, RuleLines, read_mapping
from rbac.model import Policy, Reach
from scim.keys import fold

SHOWN_PEOPLE = 20


class InvalidMapping(Refused):
    """The document cannot be published; ``problems`` names every place, and nothing was changed."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  ".join(["the mapping cannot be published:", *self.problems]))


@dataclass(frozen=True, slots=True)
class RoleCount:
    """How many people gain and lose a role somewhere."""

    role: str
    gained: int
    lost: int
    privileged: bool


@dataclass(frozen=True, slots=True)
class PersonEffect:
    """What one person gains and loses, in words."""

    user_name: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a publish did, or would do (``published`` is False then).

    ``changed`` is False for a document that says what is published already: no new revision.
    ``people`` shows some of those who gain or lose something.
    """

    revision: int
    published: bool
    changed: bool
    rules: int
    rules_added: tuple[str, ...] = ()
    rules_changed: tuple[str, ...] = ()
    rules_removed: tuple[str, ...] = ()
    people_gaining: int = 0
    people_losing: int = 0
    roles: tuple[RoleCount, ...] = ()
    people: tuple[PersonEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document that has been understood, held against what is published."""

    policy: Policy
    before: Loaded
    after: tuple[Rule, ...]
    groups: Mapping[str, FoundGroup]
    reason: str

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


def publish(session: Session, account_id: str, document: Mapping[str, Any], author: str, reason: str = "") -> Summary:
    """Make a document the account's role mapping, for everybody at once.

    A rule keeps its identity by its name. Raises InvalidMapping, naming all problems. A document
    that says what is published already makes no new revision.
    """
    mapping_rules.lock(session, account_id, exclusive=True)
    prepared = _prepare(session, account_id, document)
    latest = mapping_rules.latest_revision(session, account_id)
    if not prepared.written and not prepared.ended:
        return Summary(latest, published=False, changed=False, rules=len(prepared.after))
    number, why = latest + 1, reason or prepared.reason
    revision = {"author": author, "reason": why, "document": _normal(prepared), "summary": {}, "published": now()}
    mapping_rules.insert_revision(session, account_id, number, revision)
    names = {id: group.name for id, group in prepared.groups.items()}
    mapping_rules.write_rules(session, account_id, prepared.written, names, number)
    summary = _reevaluate(session, account_id, prepared, number, write=True)
    kept = {rule.id for rule in prepared.after}
    mapping_rules.delete_rules(session, account_id, {rule.id for rule in prepared.ended} - kept)
    noted = {key: value for key, value in asdict(summary).items() if key != "people"}
    mapping_rules.update_summary(session, account_id, number, noted)
    bump(session, account_id)
    audit.record(
        session, account_id, "mapping.published", "mapping", None, f"revision {number}", None, noted, why or None
    )
    return summary


def plan(session: Session, account_id: str, document: Mapping[str, Any]) -> Summary:
    """What publishing a document would do. Writes nothing; raises InvalidMapping as ``publish`` does."""
    prepared = _prepare(session, account_id, document)
    latest = mapping_rules.latest_revision(session, account_id)
    if not prepared.written and not prepared.ended:
        return Summary(latest, published=False, changed=False, rules=len(prepared.after))
    return _reevaluate(session, account_id, prepared, latest + 1, write=False)


def describe(summary: Summary) -> str:
    """A summary in words for a terminal."""
    if not summary.changed:
        current = f"revision {summary.revision}" if summary.revision else "an empty mapping"
        return f"nothing changes: this is {current} already"
    head = "published as" if summary.published else "would be published as"
    lines = [f"{head} revision {summary.revision}: {summary.rules} rules"]
    for sign, names in (("+", summary.rules_added), ("~", summary.rules_changed), ("-", summary.rules_removed)):
        lines += [f"  {sign} {name}" for name in names]
    lines.append(f"{summary.people_gaining} people gain something, {summary.people_losing} lose something")
    for count in summary.roles:
        mark = "  (privileged)" if count.privileged else ""
        lines.append(f"  {count.role}: +{count.gained} -{count.lost}{mark}")
    for person in summary.people:
        signs = [f"+ {what}" for what in person.gained] + [f"- {what}" for what in person.lost]
        lines.append(f"  {person.user_name}: {', '.join(signs)}")
    unnamed = len(summary.people) == SHOWN_PEOPLE and max(summary.people_gaining, summary.people_losing) > SHOWN_PEOPLE
    return "\n".join([*lines, *(["  …"] if unnamed else [])])


def _reevaluate(session: Session, account_id: str, prepared: _Prepared, number: int, *, write: bool) -> Summary:
    """Derive everybody anew whom a changed rule may concern, in portions."""
    new, old = Rules(prepared.written), Rules(prepared.ended)
    concerned = {rule.id for rule in (*new.rules, *old.rules)}
    bound = new.group_ids | old.group_ids
    works = any(effect.role_id is None for rule in (*new.rules, *old.rules) for effect in rule.effects)
    gaining = losing = 0
    gained: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    shown: list[Turn] = []
    moment = now()
    people = nesting.people_concerned(session, account_id, bound, concerned)
    for portion in portions(people):
        groups = dict(portion)
        if write:
            alive = holdings.lock_users(session, account_id, list(groups))
            groups = {id: groups[id] for id in groups if id in alive}
        rows = Rows()
        turns = rederive(session, account_id, new, groups, concerned, rows, moment, with_works=works)
        if write:
            holdings.write(session, account_id, rows)
        gaining += sum(bool(turn.gained) for turn in turns)
        losing += sum(bool(turn.lost) for turn in turns)
        for turn in turns:
            gained.update({one.effect.role_id for one in turn.gained if one.effect.role_id})
            lost.update({one.effect.role_id for one in turn.lost if one.effect.role_id})
        shown += turns[: SHOWN_PEOPLE - len(shown)]
    before_ids = {rule.id for rule in prepared.before.rules.rules}
    after_ids = {rule.id for rule in prepared.after}
    return Summary(
        revision=number,
        published=write,
        changed=True,
        rules=len(prepared.after),
        rules_added=_names(rule for rule in new.rules if rule.id not in before_ids),
        rules_changed=_names(rule for rule in new.rules if rule.id in before_ids),
        rules_removed=_names(rule for rule in old.rules if rule.id not in after_ids),
        people_gaining=gaining,
        people_losing=losing,
        roles=_role_counts(prepared.policy, gained, lost),
        people=_in_words(session, account_id, prepared.policy, shown),
    )


def _names(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(sorted(rule.name for rule in rules))


def _role_counts(policy: Policy, gained: Counter[str], lost: Counter[str]) -> tuple[RoleCount, ...]:
    """Privileged roles first, then by name."""
    roles = (policy.roles[id] for id in gained.keys() | lost.keys())
    counts = (RoleCount(role.name, gained[role.id], lost[role.id], role.is_privileged) for role in roles)
    return tuple(sorted(counts, key=lambda count: (not count.privileged, count.role)))


def _in_words(session: Session, account_id: str, policy: Policy, turns: Iterable[Turn]) -> tuple[PersonEffect, ...]:
    turns = list(turns)
    names = naming.names_of_users(session, account_id, [turn.user_id for turn in turns])

    def words(effect: Effect) -> str:
        unit = policy.units.units[effect.unit_id].key
        below = " and below" if effect.reach is Reach.SUBTREE else ""
        if effect.role_id is None:
            return f"works in {unit}{below}"
        role = policy.roles[effect.role_id].name
        return role if effect.reach is Reach.ACCOUNT else f"{role} in {unit}{below}"

    return tuple(
        PersonEffect(
            names.get(turn.user_id, turn.user_id),
            tuple(sorted(words(one.effect) for one in turn.gained)),
            tuple(sorted(words(one.effect) for one in turn.lost)),
        )
        for turn in turns
    )


def _prepare(session: Session, account_id: str, document: Mapping[str, Any]) -> _Prepared:
    """Understand a document. Raises InvalidMapping with all that is wrong with it."""
    written = read_mapping(document)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    before = mapping_rules.all_rules(session, account_id)
    ids = {fold(rule.name): rule.id for rule in before.rules.rules}
    problems = list(written.problems)
    groups: dict[str, FoundGroup] = {}
    rules: list[Rule] = []
    directories = naming.directories_of(session, account_id)
    for lines in written.rules:
        group = _group(session, account_id, directories, lines, problems)
        effects = _effects(policy, lines, problems)
        if group is not None:
            groups[group.id] = group
            rules.append(Rule(ids.get(fold(lines.name)) or new_id(), lines.name, group.id, effects))
    if problems:
        raise InvalidMapping(problems)
    return _Prepared(policy, before, tuple(rules), groups, written.reason)


def _group(
    session: Session, account_id: str, directories: Mapping[str, str], lines: RuleLines, problems: list[str]
) -> FoundGroup | None:
    wanted, place = lines.group, f"{lines.place}.group"
    directory_id = None
    if wanted.directory is not None:
        by_key = {fold(name): id for name, id in directories.items()}
        directory_id = by_key.get(fold(wanted.directory))
        if directory_id is None:
            hint = _hint(wanted.directory, directories)
            problems.append(f'{place}.directory: there is no directory "{wanted.directory}"{hint}')
            return None
    by_name = wanted.name if wanted.id is None and wanted.external_id is None else None
    found = naming.find_groups(
        session,
        account_id,
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
        problems.append(f"{place}: several groups have the {said}; name the directory or the id ({several})")
        return None
    hint = _hint(by_name, naming.group_names(session, account_id, directory_id)) if by_name else ""
    where = f" in {wanted.directory}" if wanted.directory else ""
    problems.append(f"{place}: no group has the {said}{where}{hint or '; push it from the directory first'}")
    return None


def _said(wanted: GroupReference) -> str:
    if wanted.id is not None:
        return f'id "{wanted.id}"'
    return f'externalId "{wanted.external_id}"' if wanted.external_id is not None else f'name "{wanted.name}"'


def _effects(policy: Policy, lines: RuleLines, problems: list[str]) -> frozenset[Effect]:
    effects: set[Effect] = set()
    for number, grant in enumerate(lines.grants):
        place = f"{lines.place}.grants[{number}]"
        role_id = _role(policy, grant, place, problems)
        if grant.unit is None:
            unit_id, reach = policy.units.root.id, Reach.ACCOUNT
        else:
            unit_id, reach = _unit(policy, grant.unit, place, problems), _reach(grant.children)
        effects.add(Effect(role_id, unit_id, reach))
    for number, work in enumerate(lines.works_in):
        unit_id = _unit(policy, work.unit, f"{lines.place}.works_in[{number}]", problems)
        effects.add(Effect(None, unit_id, _reach(work.children)))
    return frozenset(effects)


def _reach(children: bool) -> Reach:
    return Reach.SUBTREE if children else Reach.UNIT


def _role(policy: Policy, grant: GrantLine, place: str, problems: list[str]) -> str:
    roles = {fold(role.name): role for role in policy.roles.values()}
    role = roles.get(fold(grant.role))
    if role is None:
        hint = _hint(grant.role, [role.name for role in roles.values()])
        problems.append(f'{place}.role: there is no role "{grant.role}"{hint}')
        return ""
    if role.is_owner:
        problems.append(f"{place}.role: {role.name} cannot be given by mapping; it is given to single persons by hand")
    return role.id


def _unit(policy: Policy, key: str, place: str, problems: list[str]) -> str:
    unit = policy.units.find(key)
    if unit is None:
        hint = _hint(key, [unit.key for unit in policy.units.units.values()])
        problems.append(f'{place}.unit: there is no business unit "{key}"{hint}')
        return ""
    return unit.id


def _hint(wanted: str, names: Iterable[str]) -> str:
    """The names that somebody may have meant."""
    by_key = {fold(name): name for name in names}
    close = get_close_matches(fold(wanted), list(by_key), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(by_key[key]) for key in close)}?" if close else ""


def _normal(prepared: _Prepared) -> dict[str, Any]:
    """The document with every group by its id, so that publishing it again means the same groups."""

    def where(effect: Effect) -> dict[str, Any]:
        if effect.reach is Reach.ACCOUNT:
            return {}
        return {"unit": prepared.policy.units.units[effect.unit_id].key, "children": effect.reach is Reach.SUBTREE}

    rules = []
    for rule in prepared.after:
        group = prepared.groups[rule.group_id]
        effects = sorted(rule.effects, key=lambda one: (one.role_id or "", one.unit_id, one.reach))
        named = {"id": group.id, "name": group.name, "directory": group.directory}
        grants = [{"role": prepared.policy.roles[one.role_id].name, **where(one)} for one in effects if one.role_id]
        works = [where(one) for one in effects if one.role_id is None]
        rules.append({"name": rule.name, "group": named, "grants": grants, "works_in": works})
    return {"rules": rules}
