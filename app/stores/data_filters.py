"""Data filters as they are kept: one for each record type of a business unit or of an assignment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select

from app.models.base import Id, new_id, now
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, FILTERS, GROUPS, ROLES, SOURCES, UNITS, USERS

_PRINCIPAL_UNITS, _SCOPES = UNITS.alias("principal_units"), UNITS.alias("scopes")
_ACCOUNT, _ID = bindparam("b_account", type_=Id()), bindparam("b_id", type_=Id())
_GIVEN = (
    ROLES.c.name.label("role"),
    ASSIGNMENTS.c.role_id,
    ASSIGNMENTS.c.user_id,
    ASSIGNMENTS.c.group_id,
    ASSIGNMENTS.c.principal_unit_id,
    ASSIGNMENTS.c.business_unit_id.label("scope_id"),
    ASSIGNMENTS.c.reach,
    USERS.c.user_name,
    GROUPS.c.display_name.label("group_name"),
    _PRINCIPAL_UNITS.c.key.label("principal_unit"),
    _SCOPES.c.key.label("scope"),
)


def _assigned(source: Any) -> Any:
    """A source that has assignments, with the names of what they refer to."""
    for table, reference in (
        (ROLES, ASSIGNMENTS.c.role_id),
        (USERS, ASSIGNMENTS.c.user_id),
        (GROUPS, ASSIGNMENTS.c.group_id),
        (_PRINCIPAL_UNITS, ASSIGNMENTS.c.principal_unit_id),
        (_SCOPES, ASSIGNMENTS.c.business_unit_id),
    ):
        source = source.outerjoin(table, (table.c.account_id == ASSIGNMENTS.c.account_id) & (table.c.id == reference))
    return source


_READ = Prepared(
    select(FILTERS, UNITS.c.key.label("unit"), *_GIVEN)
    .select_from(
        _assigned(
            FILTERS.outerjoin(
                UNITS, (UNITS.c.account_id == FILTERS.c.account_id) & (UNITS.c.id == FILTERS.c.business_unit_id)
            ).outerjoin(
                ASSIGNMENTS,
                (ASSIGNMENTS.c.account_id == FILTERS.c.account_id) & (ASSIGNMENTS.c.id == FILTERS.c.assignment_id),
            )
        )
    )
    .where(FILTERS.c.account_id == _ACCOUNT)
    .order_by(FILTERS.c.record_type, UNITS.c.key, ROLES.c.name, FILTERS.c.id)
)
_ASSIGNMENT = Prepared(
    select(*_GIVEN)
    .select_from(_assigned(ASSIGNMENTS))
    .where(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.id == _ID)
)
_ENDS = Prepared(select(SOURCES.c.expires).where(SOURCES.c.account_id == _ACCOUNT, SOURCES.c.assignment_id == _ID))
_INSERT = Prepared(
    insert(FILTERS), ["account_id", "id", "record_type", "filter", "business_unit_id", "assignment_id", "created"]
)
_DELETE = Prepared(
    delete(FILTERS).where(
        FILTERS.c.account_id == _ACCOUNT,
        FILTERS.c.record_type == bindparam("b_type", type_=FILTERS.c.record_type.type),
        or_(FILTERS.c.business_unit_id == _ID, FILTERS.c.assignment_id == _ID),
    )
)


def read_filters(session: Session, account_id: str) -> Sequence[Any]:
    """All data filters, with what holds them."""
    found: Sequence[Any] = session.execute(_READ, {"b_account": account_id})
    return found


def find_assignment(session: Session, account_id: str, id: str) -> Any | None:
    """An assignment with its role, principal and scope, or None."""
    return session.execute(_ASSIGNMENT, {"b_account": account_id, "b_id": id}).one_or_none()


def last_end(session: Session, account_id: str, assignment_id: str) -> datetime | None:
    """When an assignment ends that has sources: with the last of them; None for never."""
    asked = {"b_account": account_id, "b_id": assignment_id}
    ends: list[datetime | None] = [row.expires for row in session.execute(_ENDS, asked)]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def put_filter(
    session: Session, account_id: str, record_type: str, text: str, *, unit_id: str | None, assignment_id: str | None
) -> None:
    """Set the filter of a unit or of an assignment; the caller has called ``bump``."""
    drop_filter(session, account_id, record_type, unit_id or assignment_id or "")
    row = {"account_id": account_id, "id": new_id(), "record_type": record_type, "filter": text, "created": now()}
    session.send([(_INSERT, {**row, "business_unit_id": unit_id, "assignment_id": assignment_id})])


def drop_filter(session: Session, account_id: str, record_type: str, holder_id: str) -> None:
    """Remove the filter of a unit or of an assignment; the caller has called ``bump``."""
    session.execute(_DELETE, {"b_account": account_id, "b_type": record_type, "b_id": holder_id})
