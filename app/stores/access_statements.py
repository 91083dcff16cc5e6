"""The policy of an account in one statement: catalogue, roles, units, and the roles and data filters of units.

A union of parts with the same columns, so that one round trip sees one revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Select, Text, bindparam, cast, literal, null, select, union_all

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, FILTERS, PERMISSIONS, ROLES, SOURCES, UNITS
from app.stores.lists import rows_as_json

ACCOUNT, ROLE, STATEMENT, UNIT, UNIT_ROLE, UNIT_FILTER = range(6)
"""What a row of the policy is about: its ``part``."""

_POLICY_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "number": Integer(),
    "id": Id(),
    "parent": Id(),
    "first": Text(),
    "second": Text(),
    "third": Text(),
    "filters": Text(),
    "flag": Boolean(),
    "is_default": Boolean(),
    "is_owner": Boolean(),
    "privileged": Boolean(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}


def filters_of(account: Any) -> Any:
    """The data filters of an assignment, each as record type and text, as one JSON text."""
    rows = select(rows_as_json(FILTERS.c.record_type, FILTERS.c.filter))
    return rows.where(FILTERS.c.account_id == account, FILTERS.c.assignment_id == ASSIGNMENTS.c.id).scalar_subquery()


def _policy_statement() -> Any:
    """``part`` says what a row is about. ``flag`` is whether people may be asked for by their externalId.

    What roles say is told of those that have changed since the revision ``known``. ``number`` of a role is the revision
    in which it last changed.
    """
    account = bindparam("account", type_=Id())
    is_news = ROLES.c.access_revision > bindparam("known", type_=Integer())
    head = part(
        _POLICY_COLUMNS,
        ACCOUNT,
        number=ACCOUNTS.c.access_revision,
        first=cast(ACCOUNTS.c.catalogue, Text),
        flag=ACCOUNTS.c.finds_external_id,
    ).where(ACCOUNTS.c.id == account)
    roles = part(
        _POLICY_COLUMNS,
        ROLE,
        number=ROLES.c.access_revision,
        id=ROLES.c.id,
        first=ROLES.c.name,
        second=ROLES.c.description,
        is_default=ROLES.c.is_default,
        is_owner=ROLES.c.is_owner,
        privileged=ROLES.c.is_privileged,
    ).where(ROLES.c.account_id == account)
    statements = (
        part(
            _POLICY_COLUMNS,
            STATEMENT,
            id=PERMISSIONS.c.role_id,
            first=PERMISSIONS.c.permission,
            second=PERMISSIONS.c.effect,
            third=PERMISSIONS.c.condition,
        )
        .join_from(ROLES, PERMISSIONS, (PERMISSIONS.c.account_id == account) & (PERMISSIONS.c.role_id == ROLES.c.id))
        .where(ROLES.c.account_id == account, is_news)
    )
    units = part(
        _POLICY_COLUMNS, UNIT, id=UNITS.c.id, parent=UNITS.c.parent_id, first=UNITS.c.key, second=UNITS.c.name
    ).where(UNITS.c.account_id == account)
    units_of_account = select(UNITS.c.id).where(UNITS.c.account_id == account)
    of_units = (
        part(
            _POLICY_COLUMNS,
            UNIT_ROLE,
            id=ASSIGNMENTS.c.role_id,
            parent=ASSIGNMENTS.c.principal_unit_id,
            first=SOURCES.c.granted_by,
            second=SOURCES.c.reason,
            third=ASSIGNMENTS.c.reach,
            filters=filters_of(account),
            starts=SOURCES.c.starts,
            expires=SOURCES.c.expires,
        )
        .outerjoin_from(
            ASSIGNMENTS, SOURCES, (SOURCES.c.account_id == account) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        )
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.principal_unit_id.in_(units_of_account))
    )
    filters = part(
        _POLICY_COLUMNS,
        UNIT_FILTER,
        id=FILTERS.c.business_unit_id,
        first=FILTERS.c.record_type,
        second=FILTERS.c.filter,
    ).where(FILTERS.c.account_id == account, FILTERS.c.business_unit_id.is_not(None))
    return union_all(head, roles, statements, units, of_units, filters)


def part(columns: Mapping[str, Any], number: int, /, **values: ColumnElement[Any]) -> Select[Any]:
    """One part of a union: the named values, and typed nulls for all other columns."""
    given = values | {"part": literal(number)}
    return select(*(given.get(name, cast(null(), type)).label(name) for name, type in columns.items()))


POLICY = Prepared(_policy_statement())
"""The policy of the account ``account``; -1 as ``known`` asks for all of it."""
