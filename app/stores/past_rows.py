"""Rows of the journal's tables, as the statements of a decision would have given them then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import orjson

from app.stores import access_lookup, access_statements, journal
from app.stores.journal import Rewound
from rbac.model import Reach


class _Row(SimpleNamespace):
    """A row of a union: what its part does not say is null."""

    def __getattr__(self, _: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Given:
    """Assignments with their sources, both by the assignment's id, and what these refer to, by id."""

    assignments: dict[str, Any]
    sources: dict[str, list[Any]]
    filters: dict[str, list[tuple[str, str]]]
    rules: dict[str, Any]
    groups: dict[str, Any]
    directories: dict[str, str]


@dataclass(frozen=True, slots=True)
class Had:
    """What people had: ``groups`` are those they were in, directly or through nesting, by the person's id."""

    users: dict[str, Any]
    names: Mapping[str, str]
    groups: dict[str, frozenset[str]]
    given: Given
    works: list[Any]
    individuals: list[Any]


def given_to(then: Rewound, **principals: Collection[str]) -> Given:
    """What these had themselves: ``user_id``, ``group_id`` or ``principal_unit_id`` with their ids."""
    rows = [row for column, ids in principals.items() for row in then.about(journal.ASSIGNMENT, column, ids)]
    assignments = {row.id: row for row in rows}
    sources: defaultdict[str, list[Any]] = defaultdict(list)
    for source in then.about(journal.SOURCE, "assignment_id", assignments):
        sources[source.assignment_id].append(source)
    filters: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in then.about(journal.FILTER, "assignment_id", assignments):
        filters[one.assignment_id].append((one.record_type, one.filter))
    every = [source for listed in sources.values() for source in listed]
    rules = then.about(journal.RULE, "id", {one.rule_id for one in every if one.rule_id})
    named = {one.group_id for one in every if one.group_id} | {row.group_id for row in rows if row.group_id}
    groups = then.about(journal.GROUP, "id", named)
    directories = then.about(journal.DIRECTORY, "id", {group.directory_id for group in groups})
    return Given(
        assignments,
        dict(sources),
        dict(filters),
        {rule.id: rule for rule in rules},
        {group.id: group for group in groups},
        {one.id: one.name for one in directories},
    )


def had_by(then: Rewound, names: Mapping[str, str]) -> Had:
    """What these people had, whose names by id these are today; those who were not there yet are left out."""
    users = {row.id: row for row in then.about(journal.USER, "id", names)}
    groups = _closure(then, users)
    every = {group for found in groups.values() for group in found}
    return Had(
        users,
        names,
        groups,
        given_to(then, user_id=users, group_id=every),
        then.about(journal.WORK, "user_id", users),
        then.about(journal.INDIVIDUAL, "user_id", users),
    )


def _closure(then: Rewound, users: Collection[str]) -> dict[str, frozenset[str]]:
    direct: defaultdict[str, set[str]] = defaultdict(set)
    for row in then.about(journal.MEMBERSHIP, "user_id", users):
        direct[row.user_id].add(row.group_id)
    above: defaultdict[str, set[str]] = defaultdict(set)
    frontier, seen = {group for found in direct.values() for group in found}, set[str]()
    while frontier:
        seen |= frontier
        for row in then.about(journal.NESTING, "child_id", frontier):
            above[row.child_id].add(row.group_id)
        frontier = {group for child in frontier for group in above[child]} - seen
    return {user: frozenset(_all_above(direct[user], above)) for user in users}


def _all_above(groups: set[str], above: defaultdict[str, set[str]]) -> set[str]:
    found, frontier = set(groups), groups
    while frontier:
        frontier = {group for child in frontier for group in above[child]} - found
        found |= frontier
    return found


def rows_of_policy(then: Rewound) -> Iterator[Any]:
    """As ``access_statements.POLICY`` gives them."""
    [account] = then.every(journal.CATALOGUE)
    yield _Row(part=access_statements.ACCOUNT, number=0, first=account.catalogue, flag=False)
    for role in then.every(journal.ROLE):
        said = {"first": role.name, "second": role.description, "privileged": role.is_privileged}
        flags = {"is_default": role.is_default, "is_owner": role.is_owner}
        yield _Row(part=access_statements.ROLE, number=0, id=role.id, **said, **flags)
    for one in then.every(journal.PERMISSION):
        said = {"first": one.permission, "second": one.effect, "third": one.condition}
        yield _Row(part=access_statements.STATEMENT, id=one.role_id, **said)
    units = then.every(journal.UNIT)
    for unit in units:
        yield _Row(part=access_statements.UNIT, id=unit.id, parent=unit.parent_id, first=unit.key, second=unit.name)
    ids = {unit.id for unit in units}
    yield from _roles_of_units(given_to(then, principal_unit_id=ids))
    for one in then.about(journal.FILTER, "business_unit_id", ids):
        about = {"first": one.record_type, "second": one.filter}
        yield _Row(part=access_statements.UNIT_FILTER, id=one.business_unit_id, **about)


def _roles_of_units(given: Given) -> Iterator[Any]:
    for id, sources in given.sources.items():
        row = given.assignments[id]
        where = {"id": row.role_id, "parent": row.principal_unit_id, "third": row.reach}
        for source in sources:
            why = {"first": source.granted_by, "second": source.reason}
            term = {"starts": source.starts, "expires": source.expires}
            yield _Row(part=access_statements.UNIT_ROLE, filters=_filters(given, id), **where, **why, **term)


def rows_of_people(had: Had) -> Iterator[Any]:
    """As ``access_lookup.lookup`` gives them; attributes of people are not kept."""
    for user in had.users.values():
        who = {"user_id": user.id, "user_name": had.names[user.id], "active": user.active}
        yield _Row(part=access_lookup.PERSON, unit_id=user.home_unit_id, version=0, **who)
    in_group: defaultdict[str, list[str]] = defaultdict(list)
    for user_id, groups in had.groups.items():
        for group_id in groups:
            in_group[group_id].append(user_id)
    for row in had.given.assignments.values():
        if row.user_id is not None:
            yield from _grants(had.given, row, row.user_id, {})
        elif row.group_id in had.given.groups:
            group = had.given.groups[row.group_id]
            via = {"via_id": group.id, "via_name": group.display_name, "via_directory": _directory(had.given, group)}
            for user_id in in_group[row.group_id]:
                yield from _grants(had.given, row, user_id, via)
    for work in had.works:
        reach = Reach.SUBTREE if work.with_children else Reach.UNIT
        where = {"unit_id": work.business_unit_id, "reach": reach.value}
        yield _Row(part=access_lookup.WORK, user_id=work.user_id, expires=work.expires, **where)
    for one in had.individuals:
        said = {"rule": one.permission, "kind": one.effect}
        where = {"unit_id": one.business_unit_id, "reach": one.reach}
        whose = {"user_id": one.user_id, "assignment_id": one.id}
        yield _Row(part=access_lookup.INDIVIDUAL, **whose, **where, **said, **_term(one))


def _grants(given: Given, row: Any, user_id: str, via: dict[str, Any]) -> Iterator[Any]:
    what = {"unit_id": row.business_unit_id, "reach": row.reach, "assignment_id": row.id, "role_id": row.role_id}
    for source in given.sources.get(row.id, ()):
        rule, group = given.rules.get(source.rule_id), given.groups.get(source.group_id)
        by_rule = _rule(rule) if rule else {}
        by_group = {"group_name": group.display_name, "group_directory": _directory(given, group)} if group else {}
        why = {"kind": source.kind, "rule_id": source.rule_id, "group_id": source.group_id, **_term(source)}
        yield _Row(
            part=access_lookup.GRANT,
            user_id=user_id,
            filters=_filters(given, row.id),
            **what,
            **via,
            **why,
            **by_rule,
            **by_group,
        )


def _rule(rule: Any) -> dict[str, Any]:
    return {"rule": rule.name, "rule_revision": rule.first_revision, "rule_where": rule.where_filter}


def _term(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("granted_by", "reason", "starts", "expires")}


def _directory(given: Given, group: Any) -> str | None:
    return given.directories.get(group.directory_id)


def _filters(given: Given, assignment_id: str) -> str | None:
    found: Iterable[tuple[str, str]] = given.filters.get(assignment_id, ())
    return orjson.dumps(list(found)).decode() if found else None
