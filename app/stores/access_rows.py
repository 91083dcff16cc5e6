"""Rows of the two statements of a decision become values: people with what they have, items, an account's policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from app.conditions import stored_condition
from app.stores import access_items, access_lookup, access_statements
from rbac.catalogue import Catalogue
from rbac.conditions import Values
from rbac.filters import DataFilter
from rbac.items import Item, ItemKey, Level, Levels
from rbac.model import (
    Effect,
    Grant,
    GrantKind,
    GroupName,
    Policy,
    Reach,
    Role,
    Scope,
    Source,
    SourceKind,
    Statement,
    Subject,
    Work,
)
from rbac.profiles import parse_catalogue
from rbac.roles import is_privileged
from rbac.standing import inherit
from rbac.units import Unit, UnitTree
from scim.keys import fold


def resolve(references: Sequence[str], rows: Iterable[Any], *, external_ids: bool) -> dict[str, str | None]:
    """Whom each reference means: a user id first, else the only user with that userName or (if these count) externalId.

    What is the userName of one and the externalId of another means nobody: either could have chosen it.
    """
    ids: set[str] = set()
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    by_external_id: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.part == access_lookup.PERSON and row.user_id is not None:
            ids.add(row.user_id)
            by_name[row.user_name_key].append(row.user_id)
            if external_ids and row.external_id:
                by_external_id[row.external_id].append(row.user_id)
    resolved: dict[str, str | None] = {}
    for reference in references:
        key = fold(reference)
        named = {*by_name.get(key, ()), *by_external_id.get(reference, ())}
        resolved[reference] = key if key in ids else named.pop() if len(named) == 1 else None
    return resolved


def people_of(rows: Iterable[Any], catalogue: Catalogue) -> dict[str, Subject]:
    """The people that rows are about, each with all they have, by id."""
    grants: defaultdict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    works: defaultdict[str, list[Work]] = defaultdict(list)
    persons = []
    for row in rows:
        match row.part:
            case access_lookup.GRANT if row.kind is None:
                continue  # lost its last source with its group, and is about to be removed
            case access_lookup.GRANT | access_lookup.INDIVIDUAL:
                grants[row.user_id][row.assignment_id].append(row)
            case access_lookup.WORK:
                works[row.user_id].append(Work(row.unit_id, row.reach == Reach.SUBTREE, row.expires))
            case access_lookup.PERSON if row.user_id is not None:
                persons.append(row)
    return {
        row.user_id: Subject(
            id=row.user_id,
            user_name=row.user_name,
            active=row.active,
            home=row.unit_id,
            grants=tuple(_grant(rows) for _, rows in sorted(grants[row.user_id].items())),
            works_in=tuple(dict.fromkeys(works[row.user_id])),
            attributes=_attributes(catalogue, row.document) if row.document else {},
            version=row.version,
        )
        for row in persons
    }


def items_of(rows: Iterable[Any], asked: Iterable[ItemKey]) -> dict[ItemKey, Item]:
    """The items that rows are about, of those asked for."""
    found = {ItemKey(row.item_type, row.item_id): row for row in rows if row.part == access_items.ITEM}
    return {key: _item(key, found[key]) for key in asked if key in found}


def memberships_of(rows: Iterable[Any]) -> dict[str, frozenset[str]]:
    """The groups that matter and that each person is in, by the person's id."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.part == access_items.MEMBERSHIP:
            found[row.user_id].add(row.group_id)
    return {id: frozenset(groups) for id, groups in found.items()}


def policy_of(account_id: str, rows: Iterable[Any], known: Policy | None = None) -> Policy:
    """The policy that rows are about. Roles that have not changed since an earlier one are taken from there."""
    parts: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        parts[row.part].append(row)
    [account] = parts[access_statements.ACCOUNT]
    catalogue = parse_catalogue(account.first)
    statements: defaultdict[str, list[Statement]] = defaultdict(list)
    for row in parts[access_statements.STATEMENT]:
        effect = Effect(row.second)
        condition = stored_condition(row.third, effect, catalogue) if row.third else None
        statements[row.id].append(Statement(row.first, effect, condition))
    roles = {
        row.id: known.roles[row.id]
        if known is not None and row.number <= known.revision
        else Role(
            id=row.id,
            name=row.first,
            statements=tuple(statements[row.id]),
            description=row.second,
            is_default=row.is_default,
            is_owner=row.is_owner,
            is_privileged=row.privileged or is_privileged(catalogue, statements[row.id]),
        )
        for row in parts[access_statements.ROLE]
    }
    filters: defaultdict[str, dict[str, DataFilter]] = defaultdict(dict)
    for row in parts[access_statements.UNIT_FILTER]:
        filters[row.id][row.first] = DataFilter(row.first, row.second)
    policy = Policy(
        account_id=account_id,
        revision=account.number,
        catalogue=catalogue,
        units=UnitTree(Unit(row.id, row.first, row.second, row.parent) for row in parts[access_statements.UNIT]),
        roles=roles,
        unit_grants=_unit_grants(parts[access_statements.UNIT_ROLE]),
        unit_filters=dict(filters),
        finds_external_id=account.flag,
    )
    if known is not None:
        inherit(policy, known)
    return policy


def _grant(rows: Sequence[Any]) -> Grant:
    first = rows[0]
    scope = Scope(first.unit_id, Reach(first.reach))
    if first.part == access_lookup.INDIVIDUAL:
        source = Source(
            SourceKind.MANUAL,
            granted_by=first.granted_by,
            reason=first.reason,
            starts=first.starts,
            expires=first.expires,
        )
        said = Statement(first.rule, Effect(first.kind))
        return Grant(GrantKind.INDIVIDUAL, None, scope, (source,), statement=said)
    group = GroupName(first.via_id, first.via_name, first.via_directory) if first.via_id else None
    kind = GrantKind.GROUP if group else GrantKind.USER if first.reach == Reach.ACCOUNT else GrantKind.SCOPED
    sources = tuple(_source(row) for row in rows)
    return Grant(kind, first.role_id, scope, sources, group, filters=_filters(first.filters))


def _source(row: Any) -> Source:
    return Source(
        kind=SourceKind(row.kind),
        rule_id=row.rule_id,
        rule=row.rule,
        revision=row.rule_revision,
        where=row.rule_where,
        group=GroupName(row.group_id, row.group_name, row.group_directory) if row.group_id else None,
        granted_by=row.granted_by,
        reason=row.reason,
        starts=row.starts,
        expires=row.expires,
    )


def _filters(text: str | None) -> Mapping[str, DataFilter]:
    return {type: DataFilter(type, filter) for type, filter in orjson.loads(text)} if text else {}


def _unit_grants(rows: Iterable[Any]) -> dict[str, tuple[Grant, ...]]:
    """The roles of business units. Such a role is for that unit, or forced on those below, too."""
    sources: defaultdict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in rows:
        if row.second is not None:  # else it has no source
            sources[row.parent, row.id, row.third].append(row)
    grants: defaultdict[str, list[Grant]] = defaultdict(list)
    for (unit_id, role_id, reach), given in sorted(sources.items()):
        reasons = tuple(
            Source(SourceKind.MANUAL, granted_by=row.first, reason=row.second, starts=row.starts, expires=row.expires)
            for row in given
        )
        scope = Scope(unit_id, Reach(reach))
        filters = _filters(given[0].filters)
        grants[unit_id].append(Grant(GrantKind.UNIT, role_id, scope, reasons, filters=filters))
    return {unit_id: tuple(found) for unit_id, found in grants.items()}


def _item(key: ItemKey, row: Any) -> Item:
    return Item(
        type=key.type,
        id=key.id,
        unit=row.unit_id,
        owner=row.user_id,
        owner_group=row.group_id,
        owner_role=row.role_id,
        owner_gone=row.user_id is not None and not row.active,
        levels=Levels(Level(row.owner_level), Level(row.group_level), Level(row.rest_level)),
        shares={unit: Level(level) for unit, level in orjson.loads(row.shares)} if row.shares else {},
        attributes=orjson.loads(row.attributes),
    )


def _attributes(catalogue: Catalogue, document: str) -> Values:
    """The stored values of the attributes that a catalogue declares, from a user's SCIM resource."""
    resource = orjson.loads(document)
    declared = catalogue.subject_attributes.values()
    found = ((one.name, value_at(resource, one.path)) for one in declared if one.path is not None)
    return {name: value for name, value in found if value is not None}


def value_at(resource: Any, path: str) -> Any:
    """The value at a path, perhaps in an extension (RFC 7644 §3.10); names have no case."""
    schema, _, own = path.rpartition(":")
    extension = _member(resource, schema) if schema else None
    value = resource if extension is None else extension
    for name in own.split("."):
        value = _member(value, name)
    return value


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return None
    found = value.get(name)
    if found is None:
        key = name.lower()
        found = next((one for other, one in value.items() if other.lower() == key), None)
    return found
