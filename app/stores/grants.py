"""Roles given by hand: an assignment begins with its first source and ends with its last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, insert, literal, or_, select, update

from app.models.base import new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, SOURCES, USERS
from rbac.model import Reach, SourceKind


@dataclass(frozen=True, slots=True)
class Principal:
    """Who has a role: ``kind`` is user, group or unit."""

    kind: str
    id: str

    @property
    def column(self) -> str:
        """The column of an assignment that holds this kind of principal."""
        return {"user": "user_id", "group": "group_id", "unit": "principal_unit_id"}[self.kind]


Given = tuple[str, str, Reach]
"""What an assignment gives: role id, unit id, reach."""


def add_source(session: Session, account_id: str, principal: Principal, given: Given, **why: Any) -> bool:
    """Give a role by hand: the assignment's one manual source. False if it was there just so.

    ``why`` has granted_by, reason, starts and expires. The caller has called ``bump``.
    """
    assignment_id = session.execute(_assignment(account_id, principal, given)).scalar()
    if assignment_id is None:
        assignment_id = new_id()
        role_id, unit_id, reach = given
        values = {
            "role_id": role_id,
            "business_unit_id": unit_id,
            "reach": reach.value,
            principal.column: principal.id,
        }
        session.execute(insert(ASSIGNMENTS).values(account_id=account_id, id=assignment_id, **values))
    manual = _manual(account_id, assignment_id)
    present = session.execute(select(SOURCES.c.starts, SOURCES.c.expires).where(*manual)).one_or_none()
    if present is None:
        source = {"account_id": account_id, "assignment_id": assignment_id, "kind": SourceKind.MANUAL.value}
        session.execute(insert(SOURCES).values(id=new_id(), **source, **why))
        return True
    if tuple(present) == (why["starts"], why["expires"]):
        return False
    session.execute(update(SOURCES).where(*manual).values(why))
    return True


def remove_source(session: Session, account_id: str, principal: Principal, given: Given) -> bool:
    """Take back a role given by hand. False if it was not. The caller has called ``bump``."""
    assignment_id = session.execute(_assignment(account_id, principal, given)).scalar()
    if assignment_id is None:
        return False
    gone = session.execute(delete(SOURCES).where(*_manual(account_id, assignment_id)).returning(SOURCES.c.id)).all()
    session.execute(_REMOVE_UNFOUNDED, {"account": account_id, "id": assignment_id})
    return bool(gone)


_REMOVE_UNFOUNDED = Prepared(
    delete(ASSIGNMENTS).where(
        ASSIGNMENTS.c.account_id == bindparam("account"),
        ASSIGNMENTS.c.id == bindparam("id"),
        ~exists().where(SOURCES.c.account_id == ASSIGNMENTS.c.account_id, SOURCES.c.assignment_id == ASSIGNMENTS.c.id),
    )
)


def has_local_owner(session: Session, account_id: str, role_id: str, *, without: str, at: datetime) -> bool:
    """Whether somebody else is an active owner by hand and belongs to the account's own directory."""
    query = (
        select(literal(True))
        .select_from(
            ASSIGNMENTS.join(USERS, (USERS.c.account_id == account_id) & (USERS.c.id == ASSIGNMENTS.c.user_id))
            .join(DIRECTORIES, (DIRECTORIES.c.account_id == account_id) & (DIRECTORIES.c.id == USERS.c.directory_id))
            .join(SOURCES, (SOURCES.c.account_id == account_id) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id))
        )
        .where(
            ASSIGNMENTS.c.account_id == account_id,
            ASSIGNMENTS.c.role_id == role_id,
            ASSIGNMENTS.c.user_id != without,
            USERS.c.active,
            DIRECTORIES.c.preset == "local",
            or_(SOURCES.c.starts.is_(None), SOURCES.c.starts <= at),
            # An owner for a while is no reason to let the last lasting one go.
            SOURCES.c.expires.is_(None),
        )
        .limit(1)
    )
    return session.execute(query).scalar() is not None


def _assignment(account_id: str, principal: Principal, given: Given) -> Select[Any]:
    role_id, unit_id, reach = given
    return select(ASSIGNMENTS.c.id).where(
        ASSIGNMENTS.c.account_id == account_id,
        ASSIGNMENTS.c[principal.column] == principal.id,
        ASSIGNMENTS.c.role_id == role_id,
        ASSIGNMENTS.c.business_unit_id == unit_id,
        ASSIGNMENTS.c.reach == reach.value,
    )


def _manual(account_id: str, assignment_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        SOURCES.c.account_id == account_id,
        SOURCES.c.assignment_id == assignment_id,
        SOURCES.c.kind == SourceKind.MANUAL.value,
    )
