"""The rules in force as a picture: from which groups, by which rule, which role people have, and where; and how many.

Also what a rule would give that gives nobody anything at present, so that nothing published is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.models.base import now
from app.services.mapping_documents import document_of
from app.session import Session
from app.stores import mapping_picture as store
from app.stores import mapping_rules, naming
from app.stores.access import SqlAccessStore
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rules import latest_revision
from rbac.mapping import Effect, Rule
from rbac.model import Reach


@dataclass(frozen=True, slots=True)
class Stream:
    """People who have something by one rule and one group.

    ``group_id`` is None for a rule without a group, ``role_id`` for work in a unit, ``unit_id`` for the whole account.
    """

    group_id: str | None
    rule_id: str
    role_id: str | None
    unit_id: str | None
    below: bool
    people: int


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """A rule in force: as a document has it, and how it stands: active, paused or orphaned."""

    id: str
    number: int
    rule: Mapping[str, Any]
    state: str
    privileged: bool
    revision: int
    role_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, with what things are called by their ids. ``held`` groups came to patterns and give nothing yet."""

    revision: int
    paused: datetime | None
    rules: tuple[PublishedRule, ...]
    streams: tuple[Stream, ...]
    groups: Mapping[str, str]
    roles: Mapping[str, str]
    units: Mapping[str, str]
    privileged: frozenset[str]
    held: int


def picture(session: Session, account_id: str, paused: datetime | None, *, counted: bool) -> Picture:
    """The rules in force. ``counted``: and how many have what by them, which takes a second for 100,000 people."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    loaded = mapping_rules.all_rules(session, account_id)
    bindings: defaultdict[str, list[Binding]] = defaultdict(list)
    for one in loaded.bindings:
        bindings[one.rule_id].append(one)
    had: dict[tuple[str, str | None, str | None, str, Reach], int] = {}
    if counted:
        given = store.given_by_rules(session, account_id, now())
        had = {(one.rule_id, one.group_id, one.role_id, one.unit_id, one.reach): one.people for one in given}
    streams = tuple(one for rule in loaded.rules.rules for one in _streams(rule, bindings[rule.id], had))
    directories = {id: name for name, id in naming.directories_of(session, account_id).items()}
    groups = {one.group.id: one.group for one in loaded.bindings}
    documents = document_of(policy, loaded.rules.rules, groups, directories)["rules"]
    privileged = frozenset(id for id, role in policy.roles.items() if role.is_privileged or role.is_owner)
    roles: defaultdict[str, set[str]] = defaultdict(set)
    for stream in streams:
        if stream.role_id is not None:
            roles[stream.rule_id].add(stream.role_id)
    return Picture(
        latest_revision(session, account_id),
        paused,
        tuple(
            PublishedRule(
                rule.id,
                number,
                documents[number - 1],
                _state(rule, bindings[rule.id]),
                not privileged.isdisjoint(roles[rule.id]),
                loaded.revisions[rule.id],
                frozenset(roles[rule.id]),
            )
            for number, rule in enumerate(loaded.rules.rules, 1)
        ),
        streams,
        {id: group.name for id, group in groups.items()},
        {id: role.name for id, role in policy.roles.items()},
        {id: unit.key for id, unit in policy.units.units.items()},
        privileged,
        sum(one.held is not None for one in loaded.bindings),
    )


def _streams(
    rule: Rule, bindings: Iterable[Binding], had: Mapping[tuple[str, str | None, str | None, str, Reach], int]
) -> Iterable[Stream]:
    """What a rule gives by each of its groups, with how many have it."""
    each: list[tuple[str | None, Iterable[Effect]]] = [
        (one.group.id, [effect.captured(one.role_id, one.unit_id) for effect in rule.effects]) for one in bindings
    ]
    if rule.group_id is None and rule.pattern is None:
        each = [(None, rule.effects)]
    for group_id, effects in each:
        for role_id, unit_id, reach in sorted({effect.given for effect in effects}, key=str):
            people = had.get((rule.id, group_id, role_id, unit_id, reach), 0)
            unit = None if reach is Reach.ACCOUNT else unit_id
            yield Stream(group_id, rule.id, role_id, unit, reach is Reach.SUBTREE, people)


def _state(rule: Rule, bindings: Iterable[Binding]) -> str:
    if rule.pattern is None and any(one.group.gone is not None for one in bindings):
        return "orphaned"
    return "paused" if rule.paused else "active"
