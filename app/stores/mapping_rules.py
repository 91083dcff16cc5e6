"""The published rules of an account's role mapping, and its revisions: read, replaced, recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    union_all,
    update,
)

from app.models.base import Id, new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, EFFECTS, NESTINGS, REVISIONS, ROLES, RULES, UNITS
from app.stores.naming import FoundGroup
from app.stores.portions import portions
from rbac.mapping import Effect, Rule, Rules
from rbac.model import Reach
from scim.keys import fold


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules, and how what they speak of is called."""

    rules: Rules
    group_names: Mapping[str, str] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def lock(session: Session, account_id: str, *, exclusive: bool) -> None:
    """Keep derivations and publishes of an account apart until the end of the transaction.

    Members may move at the same time as other members, but not while a mapping is published: each
    would miss what the other writes. SQLite has one writer anyway.
    """
    if not session.is_sqlite:
        session.send([(_LOCK_ALONE if exclusive else _LOCK_SHARED, {"account": account_id})])


_LOCK_ALONE, _LOCK_SHARED = (
    Prepared(select(take(func.hashtextextended(bindparam("account", type_=Text()), 0))))
    for take in (func.pg_advisory_xact_lock, func.pg_advisory_xact_lock_shared)
)


def rules_above(session: Session, account_id: str, group_id: str) -> tuple[Loaded, bool]:
    """The rules bound to a group or to a group that contains it, and whether such a group has a role itself."""
    rows = session.execute(_RULES_ABOVE, {"account": account_id, "group": group_id}).all()
    return _loaded(row for row in rows if row.rule_id is not None), any(row.rule_id is None for row in rows)


def all_rules(session: Session, account_id: str) -> Loaded:
    """Every published rule of an account, orphans included."""
    return _loaded(session.execute(_ALL_RULES, {"account": account_id}))


def _loaded(rows: Iterable[Any]) -> Loaded:
    effects: defaultdict[str, set[Effect]] = defaultdict(set)
    heads: dict[str, Any] = {}
    roles: dict[str, str] = {}
    units: dict[str, str] = {}
    for row in rows:
        heads[row.rule_id] = row
        if row.business_unit_id is None:
            continue
        effects[row.rule_id].add(Effect(row.role_id, row.business_unit_id, Reach(row.reach)))
        units[row.business_unit_id] = row.unit_key
        if row.role_id is not None:
            roles[row.role_id] = row.role_name
    rules = (Rule(id, head.name, head.group_id, frozenset(effects[id])) for id, head in heads.items())
    return Loaded(
        Rules(tuple(sorted(rules, key=lambda rule: rule.name))),
        {head.group_id: head.group_name for head in heads.values()},
        {id: head.first_revision for id, head in heads.items()},
        roles,
        units,
    )


def _rules(where: ColumnElement[bool]) -> Select[Any]:
    account = bindparam("account", type_=Id())
    joined = (
        RULES.outerjoin(EFFECTS, (EFFECTS.c.account_id == account) & (EFFECTS.c.rule_id == RULES.c.id))
        .outerjoin(ROLES, (ROLES.c.account_id == account) & (ROLES.c.id == EFFECTS.c.role_id))
        .outerjoin(UNITS, (UNITS.c.account_id == account) & (UNITS.c.id == EFFECTS.c.business_unit_id))
    )
    return (
        select(
            RULES.c.id.label("rule_id"),
            RULES.c.name,
            RULES.c.group_id,
            RULES.c.group_name,
            RULES.c.first_revision,
            EFFECTS.c.role_id,
            EFFECTS.c.business_unit_id,
            EFFECTS.c.reach,
            ROLES.c.name.label("role_name"),
            UNITS.c.key.label("unit_key"),
        )
        .select_from(joined)
        .where(RULES.c.account_id == account, where)
    )


def _rules_above() -> Any:
    account = bindparam("account", type_=Id())
    above = select(bindparam("group", type_=Id()).label("group_id")).cte("above", recursive=True)
    above = above.union(
        select(NESTINGS.c.group_id).where(NESTINGS.c.account_id == account, NESTINGS.c.child_id == above.c.group_id)
    )
    bound = _rules(RULES.c.group_id.in_(select(above.c.group_id)))
    nothing = [cast(null(), column.type).label(column.name) for column in bound.selected_columns]
    with_role = (
        select(*nothing)
        .select_from(ASSIGNMENTS)
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.group_id.in_(select(above.c.group_id)))
        .limit(1)
        .subquery()
    )
    return union_all(bound, select(with_role))


_RULES_ABOVE = Prepared(_rules_above())
_ALL_RULES = Prepared(_rules(literal(True)))


def write_rules(
    session: Session, account_id: str, rules: Iterable[Rule], groups: Mapping[str, FoundGroup], revision: int
) -> None:
    """Insert or replace these rules with their effects; ``revision`` is since when they say so."""
    for rule in rules:
        group = groups[rule.group_id]
        here = RULES.c.account_id == account_id, RULES.c.id == rule.id
        values = {
            "name": rule.name,
            "name_key": fold(rule.name),
            "group_id": rule.group_id,
            "group_name": group.name,
            "group_name_key": fold(group.name),
            "group_external_id": group.external_id,
            "group_directory_id": group.directory_id,
            "orphaned": group.gone,
            "first_revision": revision,
        }
        changed = session.execute(update(RULES).where(*here).values(values).returning(RULES.c.id)).all()
        if not changed:
            session.execute(insert(RULES).values(account_id=account_id, id=rule.id, **values))
        session.execute(delete(EFFECTS).where(EFFECTS.c.account_id == account_id, EFFECTS.c.rule_id == rule.id))
        effects = [
            {
                "account_id": account_id,
                "id": new_id(),
                "rule_id": rule.id,
                "role_id": effect.role_id,
                "business_unit_id": effect.unit_id,
                "reach": effect.reach.value,
            }
            for effect in sorted(rule.effects, key=lambda one: (one.role_id or "", one.unit_id, one.reach))
        ]
        if effects:
            session.execute(insert(EFFECTS), effects)


def delete_rules(session: Session, account_id: str, rule_ids: Collection[str]) -> None:
    """Remove rules that nobody has anything from any more."""
    for portion in portions(rule_ids):
        session.execute(delete(RULES).where(RULES.c.account_id == account_id, RULES.c.id.in_(portion)))


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
