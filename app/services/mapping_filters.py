"""Filters of mapping rules: which people satisfy them, asked of what is stored of a person (RFC 7644 §3.4.2.2).

Both a publish and a change of one person ask in memory, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import orjson

from app.session import Session
from app.stores.holdings import Held, documents_of
from app.stores.mapping_rules import Loaded
from app.stores.schema_types import types_of
from rbac.mapping import Rule, Rules
from scim.attributes import ResourceType
from scim.errors import InvalidFilter, ScimError
from scim.filter_tree import And, Compare, Node, Not, Or, Path, Present, ValuePath
from scim.filters import parse_short_filter
from scim.matching import matches

UNUSABLE = ("groups", "roles", "entitlements", "password", "meta")
"""What follows from role mapping, what nobody may ask for, and what is not stored with a person."""


def read_filter(users: ResourceType, text: str) -> Node:
    """Understand a filter on people, in which an attribute that only one extension has needs no URN.

    Raises ScimError for what is no filter, or uses what it may not.
    """
    node = parse_short_filter(users, text)
    for path in _paths(node):
        if path.extension is None and path.attribute.key in UNUSABLE:
            raise InvalidFilter(f"filter: {path.attribute.name} cannot decide what somebody is given")
        if path.is_elsewhere:
            raise InvalidFilter(
                f"filter: {path.attribute.name}.{path.leaf.name} is that of another person and not kept with this one; "
                f"compare {path.attribute.name}.value with their id"
            )
    return node


class Conditions:
    """The filters of some rules. ``broken`` are the rules whose filter is understood no more.

    That happens where an attribute is declared no longer. Such a rule gives nothing and takes nothing.
    """

    def __init__(self, rules: Iterable[Rule], users: ResourceType) -> None:
        self._filters: list[tuple[Rule, Node]] = []
        broken: set[str] = set()
        for rule in rules:
            if rule.where is not None:
                try:
                    self._filters.append((rule, read_filter(users, rule.where)))
                except ScimError:
                    broken.add(rule.id)
        self.broken = frozenset(broken)

    def __bool__(self) -> bool:
        return bool(self._filters)

    def satisfied(self, directory_id: str, origin: str, document: str | bytes) -> frozenset[str]:
        """The ids of the rules whose filter a person satisfies, who is stored as ``document`` in a directory.

        A rule without a group is not for people whom a sign-in created: they have no roles.
        """
        return frozenset(
            rule.id
            for rule in self._matching(orjson.loads(document))
            if rule.group_id is not None
            or rule.pattern is not None
            or (origin != "sso" and rule.directory_id in (None, directory_id))
        )

    def differ(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
        """Whether other filters hold for a person now than before; None for somebody who is not there."""
        was = {rule.id for rule in self._matching(before)} if before is not None else set()
        return was != ({rule.id for rule in self._matching(after)} if after is not None else set())

    def _matching(self, resource: Mapping[str, Any]) -> Iterator[Rule]:
        # Who is not said to be inactive is active.
        person = resource if "active" in resource else {**resource, "active": True}
        return (rule for rule, node in self._filters if matches(node, person))

    def usable(self, rules: Rules) -> Rules:
        """The rules without those whose filter is broken."""
        if not self.broken:
            return rules
        return Rules(tuple(rule for rule in rules.rules if rule.id not in self.broken), rules.bound)

    def ask(self, session: Session, account_id: str, people: Mapping[str, Held]) -> None:
        """Say of each of these people, by id, which filters they satisfy."""
        if self._filters:
            for row in documents_of(session, account_id, list(people)):
                people[row.id].satisfied = self.satisfied(row.directory_id, row.origin, row.document)


def conditions_of(session: Session, account_id: str, loaded: Loaded) -> Conditions:
    """The filters of rules as they were read, under what the account declares at present."""
    return conditions(session, account_id, loaded.rules.filtered.values(), loaded.schema_revision)


def conditions(session: Session, account_id: str, rules: Collection[Rule], schema_revision: int) -> Conditions:
    """The filters of rules, under a declaration of attributes."""
    types = types_of(session, account_id, schema_revision if any(rule.where for rule in rules) else 0)
    return Conditions(rules, types["User"])


def _paths(node: Node) -> Iterator[Path]:
    match node:
        case And(nodes) | Or(nodes):
            for part in nodes:
                yield from _paths(part)
        case Not(inner):
            yield from _paths(inner)
        case ValuePath(path, _) | Present(path) | Compare(path, _, _):
            yield path
