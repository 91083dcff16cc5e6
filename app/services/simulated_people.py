"""Whom a simulation is about, and by which rules: read as they are, and changed in memory only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from app.services import mapping_filters
from app.services.errors import NotFound, Refused, Wrong
from app.services.mapping_filters import Conditions
from app.services.mapping_resolution import prepare
from app.services.references import group_of, person_of
from app.session import Session
from app.stores import holdings, mapping_rules, naming, simulations
from app.stores.access import SqlAccessStore
from app.stores.schema_types import types_of
from rbac.mapping import Rule, Rules
from rbac.mapping_turns import Held, Home, Turns
from rbac.model import Policy, Reach, Subject
from scim.attributes import ResourceType
from scim.errors import ScimError
from scim.keys import fold
from scim.resource import read_attribute


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a simulation is about, and by which rules.

    A ``user`` who exists, as they are but for ``add`` and ``remove``; or somebody in ``groups`` (ids or names), who
    comes from ``directory`` and has that ``origin``. ``attributes`` are a part of a SCIM user, laid over what is
    stored. ``document`` is a mapping; without it the published one counts.
    """

    user: str | None = None
    groups: Sequence[str] = ()
    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    directory: str | None = None
    document: Mapping[str, Any] | None = None
    origin: str = "scim"


@dataclass(frozen=True, slots=True)
class MappingInForce:
    """The rules that count, and which may end what somebody has. ``users``: what attributes people may have."""

    policy: Policy
    rules: Rules
    conditions: Conditions
    known: frozenset[str]
    paused: bool
    users: ResourceType

    @property
    def by_id(self) -> dict[str, Rule]:
        """The rules."""
        return {rule.id: rule for rule in self.rules.rules}

    def turns(self, moment: datetime) -> Turns:
        """Everything is derived anew but what is paused, or cannot be."""
        paused = {rule.id for rule in self.rules.rules if rule.paused}
        return Turns(self.by_id, self.known - paused - self.conditions.broken, moment)


@dataclass(slots=True)
class Somebody:
    """Somebody, as far as the rules need to know them."""

    groups: set[str]
    document: dict[str, Any]
    directory_id: str = ""
    origin: str = "scim"
    held: list[Held] = field(default_factory=list)
    home: Home = field(default_factory=Home)
    subject: Subject | None = None


def mapping_of(session: Session, account_id: str, document: Mapping[str, Any] | None) -> MappingInForce:
    """The published mapping, or that of a document. Raises InvalidMapping."""
    loaded = mapping_rules.all_rules(session, account_id)
    before = frozenset(rule.id for rule in loaded.rules.rules)
    if document is None:
        policy, rules = SqlAccessStore(session, account_id).snapshot([]).policy, loaded.rules
    else:
        prepared = prepare(session, account_id, document)
        policy, rules = prepared.policy, Rules(prepared.after, prepared.bound)
    conditions = mapping_filters.conditions(session, account_id, rules.filtered.values(), loaded.schema_revision)
    users = types_of(session, account_id, loaded.schema_revision)["User"]
    return MappingInForce(policy, rules, conditions, before | {rule.id for rule in rules.rules}, loaded.paused, users)


def person_of_simulation(session: Session, account_id: str, asked: Asked, moment: datetime) -> Somebody:
    """Somebody who exists, with what is to be otherwise, or somebody who does not. Raises NotFound."""

    def ids(references: Iterable[str]) -> set[str]:
        return {group_of(session, account_id, one).id for one in references}

    if asked.user is None:
        directory = _directory(session, account_id, asked.directory) if asked.directory is not None else ""
        return Somebody(ids(asked.groups), {"userName": "somebody"}, directory, asked.origin)
    subject = person_of(SqlAccessStore(session, account_id).snapshot([asked.user]), asked.user)
    row = simulations.person(session, account_id, subject.id)
    groups = simulations.direct_groups(session, account_id, subject.id)
    had = holdings.held_by(session, account_id, [subject.id], moment)[subject.id]
    held = [
        Held(one.effect.given, one.rule_id, one.group_id, None, source.expires, source.created, one.effect.home)
        for one, source in had.derived().items()
    ]
    held += [Held(given) for given, one in had.assignments.items() if one.others_now]
    held += [
        Held((None, work.business_unit_id, Reach.SUBTREE if work.with_children else Reach.UNIT))
        for work in simulations.works_by_hand(session, account_id, subject.id)
    ]
    return Somebody(
        (groups | ids(asked.groups) | ids(asked.add)) - ids(asked.remove),
        orjson.loads(row.document),
        row.directory_id,
        row.origin,
        held,
        Home(had.home, had.home_is_mapped),
        subject,
    )


def _directory(session: Session, account_id: str, name: str) -> str:
    for known, id in naming.directories_of(session, account_id).items():
        if fold(name) in (fold(known), id):
            return id
    raise NotFound(f"there is no directory {name!r}", "directory", name)


def laid_over(users: ResourceType, document: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A person's document with other values for some attributes; of a complex one only for those that are named.

    Null takes a value away, and what nobody can set changes nothing. Raises Refused for a value that could not be
    stored.
    """
    found = dict(document)
    for given, raw in attributes.items():
        try:
            read = read_attribute(users, given, raw)
        except ScimError as error:
            what = error.detail.rpartition(": ")[2]
            raise Refused(f"attributes: {error.detail}", Wrong(("attributes", given), what)) from error
        if read is None:
            continue
        name, value = read
        inner = found.pop(name, None)
        if isinstance(raw, dict) and isinstance(inner, dict):
            gone = {part.lower() for part, one in raw.items() if one is None}
            value = {part: one for part, one in {**inner, **(value or {})}.items() if part.lower() not in gone}
        if value is not None:
            found[name] = value
    return found
