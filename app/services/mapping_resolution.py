"""Understand a mapping document: names become groups, roles and units, or every problem is named at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from app.models.base import new_id
from app.services.errors import Refused
from app.session import Session
from app.stores import mapping_rules, naming, orphans
from app.stores.access import SqlAccessStore
from app.stores.mapping_rules import Loaded
from app.stores.naming import FoundGroup
from rbac.mapping import Effect, Rule
from rbac.mapping_document import GrantLine, GroupReference, RuleLines, read_mapping
from rbac.model import Policy, Reach
from scim.keys import fold


class InvalidMapping(Refused):
    """The document cannot be published; ``problems`` names every place, and nothing was changed."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  ".join(["the mapping cannot be published:", *self.problems]))


@dataclass(frozen=True, slots=True)
class Prepared:
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


def prepare(session: Session, account_id: str, document: Mapping[str, Any]) -> Prepared:
    """Understand a document. Raises InvalidMapping with all that is wrong with it.

    An orphaned rule may stay as it is: under its name, with the id that its group had.
    """
    written = read_mapping(document)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    before = mapping_rules.all_rules(session, account_id)
    ids = {fold(rule.name): rule.id for rule in before.rules.rules}
    problems = list(written.problems)
    groups: dict[str, FoundGroup] = {}
    rules: list[Rule] = []
    directories = naming.directories_of(session, account_id)
    gone = {(fold(one.rule), one.group.id): one.group for one in orphans.orphans_of(session, account_id)}
    for lines in written.rules:
        kept = gone.get((fold(lines.name), fold(lines.group.id or "")))
        group = kept or _group(session, account_id, directories, lines, problems)
        effects = _effects(policy, lines, problems)
        if group is not None:
            groups[group.id] = group
            rules.append(Rule(ids.get(fold(lines.name)) or new_id(), lines.name, group.id, effects))
    if problems:
        raise InvalidMapping(problems)
    return Prepared(policy, before, tuple(rules), groups, written.reason)


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


def normal_form(prepared: Prepared) -> dict[str, Any]:
    """The document with every group by its id, so that publishing it again means the same groups."""
    named = {}
    for group in prepared.groups.values():
        named[group.id] = {"id": group.id, "name": group.name}
        if group.directory:
            named[group.id]["directory"] = group.directory
    return document_of(prepared.policy, prepared.after, named)


def document_of(policy: Policy, rules: Iterable[Rule], groups: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Rules as a document; ``groups`` says how each group is named in it, by its id where nothing is said."""

    def where(effect: Effect) -> dict[str, Any]:
        if effect.reach is Reach.ACCOUNT:
            return {}
        return {"unit": policy.units.units[effect.unit_id].key, "children": effect.reach is Reach.SUBTREE}

    written = []
    for rule in rules:
        effects = sorted(rule.effects, key=lambda one: (one.role_id or "", one.unit_id, one.reach))
        grants = [{"role": policy.roles[one.role_id].name, **where(one)} for one in effects if one.role_id]
        works = [where(one) for one in effects if one.role_id is None]
        group = groups.get(rule.group_id, {"id": rule.group_id})
        written.append({"name": rule.name, "group": group, "grants": grants, "works_in": works})
    return {"rules": written}
