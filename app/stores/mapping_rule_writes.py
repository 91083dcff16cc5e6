"""The published rules of an account's role mapping: written, put in order, removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Integer, bindparam, delete, insert, select, update

from app.models.base import Id, new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import BINDINGS, EFFECTS, RULES
from app.stores.mapping_bindings import Binding, binding_values
from app.stores.portions import portions
from rbac.mapping import Effect, Rule
from scim.keys import fold


def write_rules(
    session: Session, account_id: str, rules: Iterable[Rule], bindings: Iterable[Binding], root: str, revision: int
) -> None:
    """Insert or replace these rules with their effects and their ``bindings``; ``revision`` is since when they say so.

    ``root`` is the account's root unit. The bindings of other rules are passed over.
    """
    every = {rule.id: rule for rule in rules}
    bound = [binding_values(account_id, one) for one in bindings if one.rule_id in every]
    known: set[str] = set()
    for some in portions(every):
        here = RULES.c.account_id == account_id, RULES.c.id.in_(some)
        known.update(session.execute(select(RULES.c.id).where(*here)).scalars())
        for rows in (EFFECTS, BINDINGS):
            session.execute(delete(rows).where(rows.c.account_id == account_id, rows.c.rule_id.in_(some)))
    made = []
    for id, rule in every.items():
        values = _values(rule) | {"first_revision": revision}
        if id in known:
            session.execute(update(RULES).where(RULES.c.account_id == account_id, RULES.c.id == id).values(values))
        else:
            made.append({"account_id": account_id, "id": id, **values})
    effects = [
        _effect(account_id, rule, effect, root)
        for rule in every.values()
        for effect in sorted(rule.effects, key=_order)
    ]
    for table, values_of_all in ((RULES, made), (EFFECTS, effects), (BINDINGS, bound)):
        if values_of_all:
            session.execute(insert(table), values_of_all)


def write_positions(session: Session, account_id: str, before: Iterable[Rule], after: Iterable[Rule]) -> None:
    """Say in which order the rules stand that stood elsewhere ``before``."""
    places = {one.id: one.position for one in before}
    moved = [one for one in after if places.get(one.id, one.position) != one.position]
    session.send([(_PLACE, {"b_account": account_id, "b_id": one.id, "b_position": one.position}) for one in moved])


_PLACE = Prepared(
    update(RULES)
    .where(RULES.c.account_id == bindparam("b_account", type_=Id()), RULES.c.id == bindparam("b_id", type_=Id()))
    .values(position=bindparam("b_position", type_=Integer()))
)


def _values(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "name_key": fold(rule.name),
        "position": rule.position,
        "pattern": rule.pattern.text if rule.pattern is not None else None,
        "where_filter": rule.where,
        "directory_id": rule.directory_id,
        "paused": rule.paused,
        "owner": rule.owner,
        "reason": rule.reason,
        "labels": sorted(rule.labels),
        "allow_privileged": rule.allow_privileged,
        "until": rule.term.until,
        "days": rule.term.days,
    }


def _effect(account_id: str, rule: Rule, effect: Effect, root: str) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "id": new_id(),
        "rule_id": rule.id,
        "role_id": None if effect.takes_role else effect.role_id,
        "business_unit_id": root if effect.takes_unit else effect.unit_id,
        "reach": effect.reach.value,
        "takes_role": effect.takes_role,
        "takes_unit": effect.takes_unit,
        "is_home": effect.home,
    }


def _order(effect: Effect) -> tuple[str, str, str, bool]:
    return (effect.role_id or "", effect.unit_id, effect.reach, effect.home)


def delete_rules(session: Session, account_id: str, rule_ids: Collection[str]) -> None:
    """Remove rules that nobody has anything from any more."""
    for portion in portions(rule_ids):
        session.execute(delete(RULES).where(RULES.c.account_id == account_id, RULES.c.id.in_(portion)))
