"""The statements that read mapping rules: rules, what they give and what they are bound to, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, String, Text, bindparam, cast, select, true, union_all

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.stores.access_statements import part
from app.stores.access_tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    BINDINGS,
    DIRECTORIES,
    EFFECTS,
    NESTINGS,
    ROLES,
    RULES,
    UNITS,
)
from app.stores.lists import one_of

ACCOUNT, RULE, EFFECT, BINDING, WITH_ROLE = range(5)
"""What a row is about: its ``part``."""
_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "rule_id": Id(),
    "name": Text(),
    "number": Integer(),
    "flag": Boolean(),
    "maps_owner": Boolean(),
    "position": Integer(),
    "pattern": Text(),
    "where_filter": Text(),
    "directory_id": Id(),
    "paused": Boolean(),
    "owner": Text(),
    "reason": Text(),
    "labels": Text(),
    "allow_privileged": Boolean(),
    "until": UTCDateTime(),
    "days": Integer(),
    "role_id": Id(),
    "role_name": Text(),
    "unit_id": Id(),
    "unit_key": Text(),
    "reach": String(10),
    "takes_role": Boolean(),
    "takes_unit": Boolean(),
    "is_home": Boolean(),
    "group_id": Id(),
    "group_name": Text(),
    "group_external_id": Text(),
    "group_directory_id": Id(),
    "directory": Text(),
    "orphaned": UTCDateTime(),
}
_OF = bindparam("account", type_=Id())


def _rules(of_rule: Any, bindings: Sequence[ColumnElement[bool]] = (), *more: Any) -> Any:
    """The rules for which ``of_rule`` of a column with their ids holds, and such bindings of them; one round trip."""
    has_patterns = select(RULES.c.id).where(RULES.c.account_id == _OF, RULES.c.pattern.is_not(None)).exists()
    account = part(
        _COLUMNS,
        ACCOUNT,
        number=ACCOUNTS.c.schema_revision,
        paused=ACCOUNTS.c.mapping_paused.is_not(None),
        maps_owner=ACCOUNTS.c.maps_owner,
        flag=has_patterns,
    ).where(ACCOUNTS.c.id == _OF)
    same = ("name", "position", "pattern", "where_filter", "directory_id", "paused", "owner", "reason")
    heads = part(
        _COLUMNS,
        RULE,
        rule_id=RULES.c.id,
        number=RULES.c.first_revision,
        labels=cast(RULES.c.labels, Text),
        **{name: RULES.c[name] for name in (*same, "allow_privileged", "until", "days")},
    ).where(RULES.c.account_id == _OF, of_rule(RULES.c.id))
    effects = (
        part(
            _COLUMNS,
            EFFECT,
            rule_id=EFFECTS.c.rule_id,
            role_id=EFFECTS.c.role_id,
            role_name=ROLES.c.name,
            flag=ROLES.c.is_owner,
            unit_id=EFFECTS.c.business_unit_id,
            unit_key=UNITS.c.key,
            **{name: EFFECTS.c[name] for name in ("reach", "takes_role", "takes_unit", "is_home")},
        )
        .select_from(_with_names(EFFECTS))
        .where(EFFECTS.c.account_id == _OF, of_rule(EFFECTS.c.rule_id))
    )
    bound = (
        part(
            _COLUMNS,
            BINDING,
            rule_id=BINDINGS.c.rule_id,
            role_id=BINDINGS.c.role_id,
            role_name=ROLES.c.name,
            unit_id=BINDINGS.c.business_unit_id,
            unit_key=UNITS.c.key,
            directory=DIRECTORIES.c.name,
            until=BINDINGS.c.matched,
            reason=BINDINGS.c.held,
            **{
                name: BINDINGS.c[name]
                for name in ("group_id", "group_name", "group_external_id", "group_directory_id", "orphaned")
            },
        )
        .select_from(
            _with_names(BINDINGS).outerjoin(
                DIRECTORIES,
                (DIRECTORIES.c.account_id == _OF) & (DIRECTORIES.c.id == BINDINGS.c.group_directory_id),
            )
        )
        .where(BINDINGS.c.account_id == _OF, of_rule(BINDINGS.c.rule_id), *bindings)
    )
    return union_all(account, heads, effects, bound, *more)


def _with_names(rows: Any) -> Any:
    return rows.outerjoin(ROLES, (ROLES.c.account_id == _OF) & (ROLES.c.id == rows.c.role_id)).outerjoin(
        UNITS, (UNITS.c.account_id == _OF) & (UNITS.c.id == rows.c.business_unit_id)
    )


def _rules_above() -> Any:
    above = select(bindparam("group", type_=Id()).label("group_id")).cte("above", recursive=True)
    above = above.union(
        select(NESTINGS.c.group_id).where(NESTINGS.c.account_id == _OF, NESTINGS.c.child_id == above.c.group_id)
    )
    is_above = BINDINGS.c.group_id.in_(select(above.c.group_id))
    bound = select(BINDINGS.c.rule_id).where(BINDINGS.c.account_id == _OF, is_above)
    with_role = (
        part(_COLUMNS, WITH_ROLE)
        .select_from(ASSIGNMENTS)
        .where(ASSIGNMENTS.c.account_id == _OF, ASSIGNMENTS.c.group_id.in_(select(above.c.group_id)))
        .limit(1)
        .subquery()
    )
    return _rules(lambda id: id.in_(bound), [is_above], select(with_role))


def _with(condition: ColumnElement[bool], *bindings: ColumnElement[bool]) -> Prepared:
    chosen = select(RULES.c.id).where(RULES.c.account_id == _OF, condition)
    return Prepared(_rules(lambda id: id.in_(chosen), bindings))


RULES_ABOVE = Prepared(_rules_above())
ALL_RULES = Prepared(_rules(lambda _: true()))
FILTERED_RULES = _with(RULES.c.where_filter.is_not(None))
PATTERN_RULES = _with(RULES.c.pattern.is_not(None))
PATTERN_RULES_OF = _with(RULES.c.pattern.is_not(None), one_of(BINDINGS.c.group_id, "groups"))
