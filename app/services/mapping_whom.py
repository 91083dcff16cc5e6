"""Whom a rule would be for, while it is being written: which groups it fits, how many people, and what is odd about it.

Nothing is written. The same code reads patterns and filters that does so once the rule is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.services import mapping_filters, mapping_names
from app.services.mapped_roles import limits_of
from app.services.mapping_names import Questionable
from app.services.patterns import Matcher
from app.session import Session
from app.stores import mapping_bindings, mapping_rules, mapping_scan, naming, nesting
from app.stores.access import SqlAccessStore
from app.stores.holdings import documents_of
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rules import Loaded
from app.stores.naming import FoundGroup
from app.stores.schema_types import types_of
from rbac.mapping import Rule, Rules
from rbac.model import Policy
from rbac.patterns import BadPattern, Pattern, parse_pattern
from scim.errors import ScimError

SHOWN = 50
_PORTION = 1_000
_RULE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class FittingGroup:
    """A group that the rule would be for, and what its name says of a role and a business unit."""

    id: str
    name: str
    directory: str
    role: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Whom:
    """The answer. ``groups`` are the first ``SHOWN`` of ``groups_in_all``; ``people`` is None where it cannot be said.

    ``odd`` are groups whose names it nearly is for, or cannot tell. ``problems`` are by what they are about: ``group``,
    ``pattern``, ``where`` or ``directory``.
    """

    groups: tuple[FittingGroup, ...]
    groups_in_all: int
    people: int | None
    odd: tuple[Questionable, ...]
    problems: Mapping[str, str]


def whom(session: Session, account_id: str, conditions: Mapping[str, Any]) -> Whom:
    """Whom a rule would be for that says these things: ``group``, ``pattern``, ``where``, ``directory``."""
    policy, before = (
        SqlAccessStore(session, account_id).snapshot([]).policy,
        mapping_rules.all_rules(session, account_id),
    )
    problems: dict[str, str] = {}
    where = _filter(session, account_id, conditions.get("where"), before.schema_revision, problems)
    pattern = _pattern(conditions.get("pattern"), problems)
    directory_id = _directory(session, account_id, conditions, problems)
    rule = Rule(
        _RULE,
        str(conditions.get("name", "")),
        None,
        frozenset(),
        pattern,
        where,
        directory_id,
        allow_privileged=bool(conditions.get("allow_privileged")),
    )
    named = conditions.get("group")
    bindings = _bindings(session, account_id, policy, rule, named, problems)
    if problems:
        return Whom((), 0, None, (), problems)
    loaded = Loaded(Rules((rule,)), tuple(bindings))
    is_by_group = named is not None or pattern is not None
    odd = mapping_names.questionable(session, account_id, policy, loaded) if is_by_group else []
    people = _people(session, account_id, rule, bindings if is_by_group else None, before.schema_revision)
    shown = tuple(_fitting(policy, one) for one in sorted(bindings, key=lambda one: one.group.name)[:SHOWN])
    return Whom(shown, len(bindings), people, tuple(odd), {})


def _filter(session: Session, account_id: str, text: Any, revision: int, problems: dict[str, str]) -> str | None:
    if not text:
        return None
    try:
        mapping_filters.read_filter(types_of(session, account_id, revision)["User"], str(text))
    except ScimError as error:
        problems["where"] = str(error).removeprefix("filter: ")
    return str(text)


def _pattern(said: Any, problems: dict[str, str]) -> Pattern | None:
    if said is None:
        return None
    try:
        return parse_pattern(str(said.get("text", "")))
    except BadPattern as error:
        problems["pattern"] = str(error)
        return None


def _directory(
    session: Session, account_id: str, conditions: Mapping[str, Any], problems: dict[str, str]
) -> str | None:
    within = conditions.get("pattern") or conditions
    name = within.get("directory")
    if not name:
        return None
    found = naming.directories_of(session, account_id).get(str(name))
    if found is None:
        problems["directory"] = f'there is no directory "{name}"'
    return found


def _bindings(
    session: Session, account_id: str, policy: Policy, rule: Rule, named: Any, problems: dict[str, str]
) -> list[Binding]:
    if named is not None:
        found = naming.find_groups(session, account_id, None, id=str(named.get("id", "")).lower())
        if not found:
            problems["group"] = "this group is gone; choose another one"
        return [Binding(rule.id, found[0])] if found else []
    if rule.pattern is None:
        return []
    matcher = Matcher(policy, limits_of(session, account_id))
    return list(matcher.bindings([rule], mapping_bindings.groups_to_match(session, account_id, None)))


def _people(
    session: Session, account_id: str, rule: Rule, bindings: Sequence[Binding] | None, schema_revision: int
) -> int:
    """How many people satisfy everything; ``bindings`` is None for a rule without a group."""
    members = None
    if bindings is not None:
        members = nesting.users_below(session, account_id, [one.group.id for one in bindings])
        if rule.where is None:
            return len(members)
    bound = Rule(rule.id, rule.name, _RULE, frozenset(), None, rule.where) if bindings is not None else rule
    conditions = mapping_filters.conditions(session, account_id, [bound], schema_revision)
    return sum(bool(conditions.satisfied(*one)) for one in _documents(session, account_id, members))


def _documents(session: Session, account_id: str, members: set[str] | None) -> Iterator[tuple[str, str, str | bytes]]:
    """Directory, origin and document of these people, or of everybody."""
    if members is None:
        for one in mapping_scan.everybody(session, account_id, (), (), documents=True):
            yield one.directory_id, one.origin, one.document
        return
    rest = iter(sorted(members))
    while portion := list(islice(rest, _PORTION)):
        for row in documents_of(session, account_id, portion):
            yield row.directory_id, row.origin, row.document


def _fitting(policy: Policy, binding: Binding) -> FittingGroup:
    group: FoundGroup = binding.group
    role = policy.roles[binding.role_id].name if binding.role_id is not None else None
    unit = policy.units.units[binding.unit_id].key if binding.unit_id is not None else None
    return FittingGroup(group.id, group.name, group.directory, role, unit)
