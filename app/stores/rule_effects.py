"""What published rules give, asked from one end: by the role that they give, or by the group whose members get it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import BINDINGS, EFFECTS, ROLES, RULES, UNITS

MOST = 500


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """One thing that a rule gives: a role somewhere, or (without a role) work in a unit.

    ``unit`` is a key; None where each group's name says it. ``groups`` counts the groups that the rule is for, and
    ``held`` says why it gives nothing through the group that was asked for.
    """

    rule_id: str
    rule: str
    paused: bool
    role_id: str | None
    role: str | None
    unit: str | None
    reach: str
    is_home: bool
    groups: int
    held: str | None = None


def giving_role(session: Session, account_id: str, role_id: str) -> list[RuleEffect]:
    """What rules give a role, in the order of the mapping: those that name it, and those that take it from names."""
    return [_effect(row) for row in session.execute(_OF_ROLE, {"b_account": account_id, "b_id": role_id})]


def given_in_group(session: Session, account_id: str, group_id: str) -> list[RuleEffect]:
    """What the members of a group get by rules that are for it, in the order of the mapping."""
    return [_effect(row) for row in session.execute(_OF_GROUP, {"b_account": account_id, "b_id": group_id})]


def _effect(row: Any) -> RuleEffect:
    return RuleEffect(*row)


_ACCOUNT, _ID = bindparam("b_account", type_=Id()), bindparam("b_id", type_=Id())
_UNIT = and_(UNITS.c.account_id == _ACCOUNT, UNITS.c.id == EFFECTS.c.business_unit_id)
_TAKEN = UNITS.alias("taken")


def _of_role() -> Any:
    bound = (
        select(
            BINDINGS.c.rule_id,
            func.count().label("groups"),
            func.max(case((BINDINGS.c.role_id == _ID, 1))).label("role"),
        )
        .where(BINDINGS.c.account_id == _ACCOUNT)
        .group_by(BINDINGS.c.rule_id)
        .subquery()
    )
    return (
        select(
            RULES.c.id,
            RULES.c.name,
            RULES.c.paused,
            ROLES.c.id,
            ROLES.c.name,
            case((EFFECTS.c.takes_unit.is_(False), UNITS.c.key)),
            EFFECTS.c.reach,
            EFFECTS.c.is_home,
            func.coalesce(bound.c.groups, 0),
        )
        .select_from(
            EFFECTS.join(RULES, (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == EFFECTS.c.rule_id))
            .join(UNITS, _UNIT)
            .join(ROLES, (ROLES.c.account_id == _ACCOUNT) & (ROLES.c.id == _ID))
            .outerjoin(bound, bound.c.rule_id == RULES.c.id)
        )
        .where(
            EFFECTS.c.account_id == _ACCOUNT,
            or_(EFFECTS.c.role_id == _ID, and_(EFFECTS.c.takes_role, bound.c.role == 1)),
        )
        .order_by(RULES.c.position, RULES.c.name_key, UNITS.c.key)
        .limit(MOST)
    )


def _of_group() -> Any:
    role = and_(ROLES.c.account_id == _ACCOUNT, ROLES.c.id == func.coalesce(EFFECTS.c.role_id, BINDINGS.c.role_id))
    role = and_(role, or_(EFFECTS.c.takes_role, EFFECTS.c.role_id.is_not(None)))
    taken = and_(_TAKEN.c.account_id == _ACCOUNT, _TAKEN.c.id == BINDINGS.c.business_unit_id)
    return (
        select(
            RULES.c.id,
            RULES.c.name,
            RULES.c.paused,
            ROLES.c.id,
            ROLES.c.name,
            case((EFFECTS.c.takes_unit, _TAKEN.c.key), else_=UNITS.c.key),
            EFFECTS.c.reach,
            EFFECTS.c.is_home,
            select(func.count())
            .where(BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.rule_id == RULES.c.id)
            .correlate(RULES)
            .scalar_subquery(),
            BINDINGS.c.held,
        )
        .select_from(
            BINDINGS.join(RULES, (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == BINDINGS.c.rule_id))
            .join(EFFECTS, (EFFECTS.c.account_id == _ACCOUNT) & (EFFECTS.c.rule_id == RULES.c.id))
            .join(UNITS, _UNIT)
            .outerjoin(ROLES, role)
            .outerjoin(_TAKEN, taken)
        )
        .where(BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.group_id == _ID)
        .order_by(RULES.c.position, RULES.c.name_key, UNITS.c.key)
        .limit(MOST)
    )


_OF_ROLE, _OF_GROUP = Prepared(_of_role()), Prepared(_of_group())
