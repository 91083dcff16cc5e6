"""The published rules of an account's role mapping, and its revisions: read and recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Text, bindparam, func, insert, select, update

from app.channels import Later
from app.prepared import Prepared
from app.session import Session
from app.stores.access_revision import lock_account
from app.stores.access_tables import REVISIONS
from app.stores.holdings import Foreseen, expect
from app.stores.mapping_bindings import Binding
from app.stores.mapping_rule_statements import (
    ACCOUNT,
    ALL_RULES,
    BINDING,
    EFFECT,
    FILTERED_RULES,
    PATTERN_RULES,
    PATTERN_RULES_OF,
    RULE,
    RULES_ABOVE,
    WITH_ROLE,
)
from app.stores.naming import FoundGroup
from rbac.mapping import Bound, Effect, Rule, Rules, Term
from rbac.model import Reach
from rbac.patterns import ROLE_CAPTURE, UNIT_CAPTURE, parse_pattern


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules, what they are bound to, and how what they speak of is called.

    ``paused``: the account's whole mapping is. ``owner_roles`` are those of the roles that make an Account Owner.
    ``schema_revision`` says by which declaration filters are read, ``has_patterns`` whether any rule has one, and
    ``maps_owner`` whether rules may make Account Owners.
    """

    rules: Rules
    bindings: tuple[Binding, ...] = ()
    group_names: Mapping[str, str] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    owner_roles: frozenset[str] = frozenset()
    schema_revision: int = 0
    paused: bool = False
    has_patterns: bool = False
    maps_owner: bool = False

    @property
    def fresh(self) -> frozenset[tuple[str, str]]:
        """Rules with the groups to which their patterns came without a publish, by which people get something."""
        return frozenset(
            (one.rule_id, one.group.id) for one in self.bindings if one.matched is not None and one.held is None
        )

    @property
    def live(self) -> bool:
        """Whether any of these rules gives or takes at present."""
        return not self.paused and bool(self.rules.live)

    @property
    def making_owners(self) -> tuple[Rule, ...]:
        """The rules that make whom they are for an Account Owner, without those that are paused each by itself."""
        return tuple(
            rule
            for rule in self.rules.rules
            if not rule.paused and any(effect.role_id in self.owner_roles for effect in rule.effects)
        )


def bound_by(rule: Rule, binding: Binding) -> Bound:
    """What a rule with a pattern gives the members of a group."""
    effects = frozenset(effect.captured(binding.role_id, binding.unit_id) for effect in rule.effects)
    return Bound(rule.id, binding.group.id, effects, binding.held is not None)


def lock(session: Session, account_id: str, *, exclusive: bool) -> None:
    """Keep derivations and publishes of an account apart until the end of the transaction.

    Members may move at the same time as other members, but not while a mapping is published: each
    would miss what the other writes. SQLite has one writer anyway.
    """
    if not session.is_sqlite and (exclusive or _foreseen(session, account_id) is None):
        session.send([(_LOCK_ALONE if exclusive else _LOCK_SHARED, {"account": account_id})])


_LOCK_ALONE, _LOCK_SHARED = (
    Prepared(select(take(func.hashtextextended(bindparam("account", type_=Text()), 0))))
    for take in (func.pg_advisory_xact_lock, func.pg_advisory_xact_lock_shared)
)


def rules_above(session: Session, account_id: str, group_id: str) -> tuple[Loaded, bool]:
    """The rules bound to a group or to a group that contains it, and whether such a group has a role itself.

    Of rules with a pattern only these bindings are told.
    """
    asked = {"account": account_id, "group": group_id}
    foreseen = _foreseen(session, account_id)
    if foreseen is not None and foreseen.asked == asked:
        del session.info[_FORESEEN]
        expect(session, foreseen.held)
        rows = foreseen.answer.rows()
    else:
        expect(session, None)
        rows = session.execute(RULES_ABOVE, asked)
    loaded = _loaded_alike(tuple(rows))
    _remember(group_id, tuple(sorted(loaded.rules.group_ids)))
    return loaded, any(row.part == WITH_ROLE for row in rows)


def _remember(group_id: str, bound: tuple[str, ...]) -> None:
    if not bound:
        _BOUND_LATELY.pop(group_id, None)
    elif _BOUND_LATELY.get(group_id) != bound:
        if len(_BOUND_LATELY) >= _MOST_GUESSES:
            _BOUND_LATELY.clear()
        _BOUND_LATELY[group_id] = bound


class _Foreseen(NamedTuple):
    """What ``rules_above`` will be asked in a transaction, or in a savepoint, which is ``scope``."""

    scope: object
    asked: Mapping[str, str]
    answer: Later
    held: Foreseen | None = None


_FORESEEN = "muster.mapping.rules_above"


def foresee_rules_above(
    session: Session, account_id: str, group_id: str, meanwhile: Callable[[Collection[str]], Foreseen] | None = None
) -> None:
    """Ask for what ``lock`` and ``rules_above`` will be asked for next, together with what moves members.

    Where rules were bound to the group when it was asked about last, in this process, they will be again: then the
    account is locked first, and ``meanwhile`` asks what somebody has, by the groups they were bound to.
    """
    if session.is_sqlite:
        return
    session.info.pop(_FORESEEN, None)
    lock(session, account_id, exclusive=False)
    bound = _BOUND_LATELY.get(group_id)
    if bound is not None and meanwhile is not None:
        lock_account(session, account_id)
    asked = {"account": account_id, "group": group_id}
    session.info[_FORESEEN] = _Foreseen(session.scopes[-1], asked, session.later(RULES_ABOVE, asked))
    if bound is not None and meanwhile is not None:
        session.info[_FORESEEN] = session.info[_FORESEEN]._replace(held=meanwhile(bound))


_BOUND_LATELY: dict[str, tuple[str, ...]] = {}
"""Groups with the groups of the rules above them, as they were when somebody moved last. No more than a guess."""
_MOST_GUESSES = 10_000


def _foreseen(session: Session, account_id: str) -> _Foreseen | None:
    """What was foreseen in this very transaction or savepoint; what an earlier one foresaw holds no more."""
    found: _Foreseen | None = session.info.get(_FORESEEN)
    if found is None or not session.scopes or found.scope is not session.scopes[-1]:
        return None
    return found if found.asked["account"] == account_id else None


def all_rules(session: Session, account_id: str) -> Loaded:
    """Every published rule of an account, orphans included."""
    expect(session, None)
    return _loaded(session.execute(ALL_RULES, {"account": account_id}))


def filtered_rules(session: Session, account_id: str) -> Loaded:
    """The published rules that have a filter on people."""
    expect(session, None)
    return _loaded(session.execute(FILTERED_RULES, {"account": account_id}))


def pattern_rules(session: Session, account_id: str, group_ids: Collection[str] | None = None) -> Loaded:
    """The published rules that have a pattern; with their bindings to these groups, or to all."""
    expect(session, None)
    if group_ids is None:
        return _loaded(session.execute(PATTERN_RULES, {"account": account_id}))
    asked = {"account": account_id, "groups": list(group_ids)}
    return _loaded(session.execute(PATTERN_RULES_OF, asked))


def _loaded(rows: Iterable[Any]) -> Loaded:
    parts: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        parts[row.part].append(row)
    roles: dict[str, str] = {}
    units: dict[str, str] = {}
    for row in (*parts[EFFECT], *parts[BINDING]):
        if row.role_id is not None:
            roles[row.role_id] = row.role_name
        if row.unit_id is not None:
            units[row.unit_id] = row.unit_key
    effects: defaultdict[str, set[Effect]] = defaultdict(set)
    for row in parts[EFFECT]:
        role_id, unit_id = row.role_id, row.unit_id
        effect = Effect(
            ROLE_CAPTURE if row.takes_role else role_id,
            UNIT_CAPTURE if row.takes_unit else unit_id,
            Reach(row.reach),
            row.is_home,
        )
        effects[row.rule_id].add(effect)
    bindings = tuple(_binding(row) for row in parts[BINDING])
    groups = {one.rule_id: one.group.id for one in bindings}
    rules = {row.rule_id: _rule(row, frozenset(effects[row.rule_id]), groups) for row in parts[RULE]}
    by_pattern = (one for one in bindings if rules[one.rule_id].pattern is not None)
    [account] = parts[ACCOUNT]
    return Loaded(
        Rules(
            tuple(sorted(rules.values(), key=lambda rule: (rule.position, rule.name))),
            tuple(bound_by(rules[one.rule_id], one) for one in by_pattern),
        ),
        bindings,
        {one.group.id: one.group.name for one in bindings},
        {row.rule_id: row.number for row in parts[RULE]},
        roles,
        units,
        frozenset(row.role_id for row in parts[EFFECT] if row.flag),
        account.number,
        account.paused,
        account.flag,
        account.maps_owner,
    )


# Rows say all of it, so what was once made of the same rows is never outdated.
_loaded_alike = lru_cache(maxsize=500)(_loaded)


def _rule(row: Any, effects: frozenset[Effect], groups: Mapping[str, str]) -> Rule:
    return Rule(
        id=row.rule_id,
        name=row.name,
        group_id=groups.get(row.rule_id) if row.pattern is None else None,
        effects=effects,
        pattern=parse_pattern(row.pattern) if row.pattern is not None else None,
        where=row.where_filter,
        directory_id=row.directory_id,
        term=Term(row.until, row.days),
        paused=row.paused,
        owner=row.owner,
        reason=row.reason,
        labels=frozenset(orjson.loads(row.labels)),
        allow_privileged=row.allow_privileged,
        position=row.position,
    )


def _binding(row: Any) -> Binding:
    group = FoundGroup(
        row.group_id,
        row.group_name,
        row.directory or "",
        row.group_directory_id,
        row.group_external_id,
        row.orphaned,
    )
    return Binding(row.rule_id, group, row.role_id, row.unit_id, row.until, row.reason)


def latest_revision(session: Session, account_id: str) -> int:
    """The number of the last publish, 0 before the first."""
    query = select(func.max(REVISIONS.c.number)).where(REVISIONS.c.account_id == account_id)
    return session.execute(query).scalar() or 0


def latest_document(session: Session, account_id: str) -> dict[str, Any] | None:
    """What the last publish said, in its normal form; None before the first."""
    query = select(REVISIONS.c.document).where(REVISIONS.c.account_id == account_id)
    document: dict[str, Any] | None = session.execute(query.order_by(REVISIONS.c.number.desc()).limit(1)).scalar()
    return document


def insert_revision(session: Session, account_id: str, number: int, values: Mapping[str, Any]) -> None:
    """Record a publish."""
    session.execute(insert(REVISIONS).values(account_id=account_id, number=number, **values))


def update_summary(session: Session, account_id: str, number: int, summary: Mapping[str, Any]) -> None:
    """Keep with a publish what it did."""
    here = REVISIONS.c.account_id == account_id, REVISIONS.c.number == number
    session.execute(update(REVISIONS).where(*here).values(summary=summary))
