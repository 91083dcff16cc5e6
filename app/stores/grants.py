"""Roles given by hand: an assignment begins with its first source and ends with its last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, delete, exists, insert, select, update

from app.models.base import Id, new_id, now
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, SOURCES
from app.stores.lists import one_of
from app.stores.portions import portions
from rbac.model import Reach, SourceKind


@dataclass(frozen=True, slots=True)
class Principal:
    """Who has a role: ``kind`` is user, group or unit."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Given:
    """What an assignment gives: a role, in a unit, and how far."""

    role_id: str
    unit_id: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Manual:
    """An assignment that there is, with its manual source, if it has one."""

    assignment_id: str
    source_id: str | None
    starts: datetime | None = None
    expires: datetime | None = None
    reason: str = ""


_COLUMNS = {"user": "user_id", "group": "group_id", "unit": "principal_unit_id"}
"""The column of an assignment that holds each kind of principal."""


def find_manual(session: Session, account_id: str, kind: str, ids: Sequence[str], given: Given) -> dict[str, Manual]:
    """The assignments by which these principals have just that, by the principal's id; whatever made them."""
    asked = {"b_account": account_id, "b_role": given.role_id, "b_unit": given.unit_id, "b_reach": given.reach.value}
    return {
        row.principal_id: Manual(row.id, row.source_id, row.starts, row.expires, row.reason)
        for some in portions(ids)
        for row in session.execute(_FOUND[kind], asked | {"b_ids": some})
    }


def add_sources(session: Session, account_id: str, kind: str, ids: Sequence[str], given: Given, **why: Any) -> set[str]:
    """Give by hand: each assignment's one manual source. Who had it just so is not in the answer.

    ``why`` has granted_by, reason, starts and expires. The caller has called ``bump``.
    """
    present = find_manual(session, account_id, kind, ids, given)
    moment = now()
    assignments: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    changed: set[str] = set()
    for id in ids:
        known = present.get(id)
        if known is not None and known.source_id is not None:
            if (known.starts, known.expires) != (why["starts"], why["expires"]):
                again.append({"b_account": account_id, "b_id": known.source_id, **why})
                changed.add(id)
            continue
        changed.add(id)
        assignment_id = known.assignment_id if known else new_id()
        if known is None:
            assignments.append(_assignment(account_id, assignment_id, kind, id, given, moment))
        sources.append(
            {"account_id": account_id, "id": new_id(), "assignment_id": assignment_id}
            | {"kind": SourceKind.MANUAL.value, "created": moment, **why}
        )
    changes = [(_INSERT[kind], row) for row in assignments]
    session.send([*changes, *((_INSERT_SOURCES, row) for row in sources), *((_UPDATE_SOURCE, row) for row in again)])
    return changed


def remove_sources(session: Session, account_id: str, kind: str, ids: Sequence[str], given: Given) -> set[str]:
    """Take back what was given by hand; who did not have it by hand is not in the answer. After ``bump``."""
    present = find_manual(session, account_id, kind, ids, given)
    manual = {id: one for id, one in present.items() if one.source_id is not None}
    for some in portions(list(manual.values())):
        session.execute(_DELETE_SOURCES, {"b_account": account_id, "b_ids": [one.source_id for one in some]})
        session.execute(_DELETE_UNFOUNDED, {"b_account": account_id, "b_ids": [one.assignment_id for one in some]})
    return set(manual)


def _assignment(
    account_id: str, id: str, kind: str, principal_id: str, given: Given, moment: datetime
) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "id": id,
        "role_id": given.role_id,
        "business_unit_id": given.unit_id,
        "reach": given.reach.value,
        "created": moment,
        _COLUMNS[kind]: principal_id,
    }


_ACCOUNT = bindparam("b_account", type_=Id())


def _found(column: Any) -> Prepared:
    manual = (
        (SOURCES.c.account_id == _ACCOUNT)
        & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        & (SOURCES.c.kind == SourceKind.MANUAL.value)
    )
    return Prepared(
        select(
            ASSIGNMENTS.c.id,
            column.label("principal_id"),
            SOURCES.c.id.label("source_id"),
            SOURCES.c.starts,
            SOURCES.c.expires,
            SOURCES.c.reason,
        )
        .select_from(ASSIGNMENTS.outerjoin(SOURCES, manual))
        .where(
            ASSIGNMENTS.c.account_id == _ACCOUNT,
            one_of(column, "b_ids"),
            ASSIGNMENTS.c.role_id == bindparam("b_role", type_=Id()),
            ASSIGNMENTS.c.business_unit_id == bindparam("b_unit", type_=Id()),
            ASSIGNMENTS.c.reach == bindparam("b_reach", type_=String(10)),
        )
    )


_FOUND = {kind: _found(ASSIGNMENTS.c[column]) for kind, column in _COLUMNS.items()}
_INSERT = {
    kind: Prepared(insert(ASSIGNMENTS), ["account_id", "id", "role_id", "business_unit_id", "reach", "created", column])
    for kind, column in _COLUMNS.items()
}
_INSERT_SOURCES = Prepared(
    insert(SOURCES),
    ["account_id", "id", "assignment_id", "kind", "created", "granted_by", "reason", "starts", "expires"],
)
_UPDATE_SOURCE = Prepared(
    update(SOURCES).where(SOURCES.c.account_id == _ACCOUNT, SOURCES.c.id == bindparam("b_id", type_=Id())),
    ["granted_by", "reason", "starts", "expires"],
)
_DELETE_SOURCES = Prepared(delete(SOURCES).where(SOURCES.c.account_id == _ACCOUNT, one_of(SOURCES.c.id, "b_ids")))
_DELETE_UNFOUNDED = Prepared(
    delete(ASSIGNMENTS).where(
        ASSIGNMENTS.c.account_id == _ACCOUNT,
        one_of(ASSIGNMENTS.c.id, "b_ids"),
        ~exists().where(SOURCES.c.account_id == ASSIGNMENTS.c.account_id, SOURCES.c.assignment_id == ASSIGNMENTS.c.id),
    )
)
