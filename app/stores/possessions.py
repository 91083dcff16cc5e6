"""What a person has, in words: kept for the audit trail when the person goes, and all rows with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, String, Text, and_, bindparam, cast, or_, union_all

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_statements import part
from app.stores.access_tables import ASSIGNMENTS, GROUPS, ROLES, RULES, SOURCES, UNITS, USERS, WORKS
from rbac.model import Reach


def possessions_of(session: Session, account_id: str, user_id: str, at: datetime) -> list[dict[str, Any]]:
    """The roles that count for a user, and the units to work in, each once with its first cause."""
    found: dict[tuple[str | None, str, str], dict[str, Any]] = {}
    for row in session.execute(_POSSESSIONS, {"b_account": account_id, "b_user": user_id, "b_at": at}):
        if row.kind is None:
            continue  # no source counts at present
        reach = row.reach or (Reach.SUBTREE if row.with_children else Reach.UNIT).value
        found.setdefault((row.role, row.unit, reach), _described(row, reach))
    return list(found.values())


def _described(row: Any, reach: str) -> dict[str, Any]:
    what = {"works_in": row.unit} if row.role is None else {"role": row.role}
    where = {"scope": "account" if reach == Reach.ACCOUNT.value else row.unit, "reach": reach}
    if row.kind == "manual":
        return what | where | {"source": "manual"} | ({"owner": True} if row.is_owner else {})
    return what | where | {"rule": row.rule, "group": row.group_name, "revision": row.revision}


_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "kind": String(10),
    "role": Text(),
    "unit": Text(),
    "reach": String(10),
    "with_children": Boolean(),
    "rule": Text(),
    "group_name": Text(),
    "revision": Integer(),
    "is_owner": Boolean(),
}


def _possessions() -> Prepared:
    account, user = bindparam("b_account", type_=Id()), bindparam("b_user", type_=Id())
    at = bindparam("b_at", type_=UTCDateTime())
    cause: dict[str, Any] = {
        "rule": RULES.c.name,
        "group_name": GROUPS.c.display_name,
        "revision": RULES.c.first_revision,
    }
    in_force = (
        (SOURCES.c.account_id == account)
        & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        & or_(SOURCES.c.starts.is_(None), SOURCES.c.starts <= at)
        & or_(SOURCES.c.expires.is_(None), SOURCES.c.expires > at)
    )
    # Outer joins: SQLite must not begin with all sources of the account.
    # Somebody who is active and has it for good: what an account must not lose with its last such person.
    # The cast gives it the affinity of the other part's null, without which SQLite would first make a table of both.
    owns = cast(and_(ROLES.c.is_owner, SOURCES.c.expires.is_(None), USERS.c.active), Boolean())
    roles = part(
        _COLUMNS,
        0,
        kind=SOURCES.c.kind,
        role=ROLES.c.name,
        unit=UNITS.c.key,
        reach=ASSIGNMENTS.c.reach,
        is_owner=owns,
        **cause,
    ).select_from(
        ASSIGNMENTS.outerjoin(ROLES, (ROLES.c.account_id == account) & (ROLES.c.id == ASSIGNMENTS.c.role_id))
        .outerjoin(UNITS, (UNITS.c.account_id == account) & (UNITS.c.id == ASSIGNMENTS.c.business_unit_id))
        .outerjoin(USERS, (USERS.c.account_id == account) & (USERS.c.id == ASSIGNMENTS.c.user_id))
        .outerjoin(SOURCES, in_force)
        .outerjoin(RULES, (RULES.c.account_id == account) & (RULES.c.id == SOURCES.c.rule_id))
        .outerjoin(GROUPS, (GROUPS.c.account_id == account) & (GROUPS.c.id == SOURCES.c.group_id))
    )
    works = part(
        _COLUMNS, 1, kind=WORKS.c.kind, unit=UNITS.c.key, with_children=WORKS.c.with_children, **cause
    ).select_from(
        WORKS.outerjoin(UNITS, (UNITS.c.account_id == account) & (UNITS.c.id == WORKS.c.business_unit_id))
        .outerjoin(RULES, (RULES.c.account_id == account) & (RULES.c.id == WORKS.c.rule_id))
        .outerjoin(GROUPS, (GROUPS.c.account_id == account) & (GROUPS.c.id == WORKS.c.group_id))
    )
    everything = union_all(
        roles.where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.user_id == user),
        works.where(
            WORKS.c.account_id == account,
            WORKS.c.user_id == user,
            or_(WORKS.c.expires.is_(None), WORKS.c.expires > at),
        ),
    ).subquery()
    return Prepared(
        everything.select().order_by(everything.c.part, everything.c.role, everything.c.unit, everything.c.rule)
    )


_POSSESSIONS = _possessions()
