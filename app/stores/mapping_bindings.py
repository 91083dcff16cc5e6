"""Which groups a mapping rule is for: kept with the rule, and with what a group's name says where it has a pattern."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, delete, func, insert, null, select, union, update

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, BINDINGS, DIRECTORIES, GROUPS, RULES, SOURCES, WORKS
from app.stores.lists import one_of
from app.stores.naming import FoundGroup
from scim.keys import fold

_ACCOUNT = bindparam("b_account", type_=Id())
_GROUP = bindparam("b_group", type_=Id())
_RULE = bindparam("b_rule", type_=Id())


@dataclass(frozen=True, slots=True)
class Binding:
    """A rule and a group that it is for; the role and the unit that the group's name says, for a pattern.

    ``matched``: since then the pattern is for it, and no publish has shown it; ``held``: why nobody gets anything by it
    before one has.
    """

    rule_id: str
    group: FoundGroup
    role_id: str | None = None
    unit_id: str | None = None
    matched: datetime | None = None
    held: str | None = None

    @property
    def means(self) -> tuple[str | None, str | None]:
        """What was captured."""
        return self.role_id, self.unit_id


def binding_values(account_id: str, binding: Binding) -> dict[str, Any]:
    """The row of a binding."""
    group = binding.group
    return {
        "account_id": account_id,
        "rule_id": binding.rule_id,
        "group_id": group.id,
        "group_name": group.name,
        "group_name_key": fold(group.name),
        "group_external_id": group.external_id,
        "group_directory_id": group.directory_id,
        "orphaned": group.gone,
        "role_id": binding.role_id,
        "business_unit_id": binding.unit_id,
        "matched": binding.matched,
        "held": binding.held,
    }


def replace_bindings(
    session: Session, account_id: str, ended: Collection[tuple[str, str]], begun: Sequence[Binding]
) -> None:
    """Take away bindings, each a rule and a group, and then add some."""
    gone = [(_UNBIND, {"b_account": account_id, "b_rule": rule, "b_group": group}) for rule, group in ended]
    session.send([*gone, *((_BIND, binding_values(account_id, one)) for one in begun)])


def hold(session: Session, account_id: str, pairs: Collection[tuple[str, str]], why: str) -> None:
    """Let nobody get anything by these bindings, each a rule and a group, before a publish has shown them."""
    here = {"b_account": account_id, "b_why": why}
    session.send([(_HOLD, {**here, "b_rule": rule, "b_group": group}) for rule, group in sorted(pairs)])


def show(session: Session, account_id: str, pairs: Collection[tuple[str, str]]) -> None:
    """A publish has shown these bindings, each a rule and a group: they are counted and held no more."""
    session.send(
        [(_SHOW, {"b_account": account_id, "b_rule": rule, "b_group": group}) for rule, group in sorted(pairs)]
    )


def roles_shown(session: Session, account_id: str) -> set[tuple[str, str]]:
    """The roles that groups' names stand for, each with its rule, as far as a publish has shown the groups."""
    return {(row.rule_id, row.role_id) for row in session.execute(_ROLES_SHOWN, {"b_account": account_id})}


def people_by_matched(session: Session, account_id: str, most: int) -> int:
    """How many people have something by groups that no publish has shown; no more are counted than ``most``."""
    found: int = session.execute(_PEOPLE_BY_MATCHED, {"b_account": account_id, "b_most": most}).scalar()
    return found


def people_by_binding(session: Session, account_id: str) -> dict[tuple[str, str], int]:
    """How many people have something by each rule and group that no publish has shown, where anybody has."""
    rows = session.execute(_PEOPLE_BY_BINDING, {"b_account": account_id})
    return {(row.rule_id, row.group_id): row.people for row in rows}


def groups_to_match(session: Session, account_id: str, group_ids: Collection[str] | None) -> list[FoundGroup]:
    """These groups, or all of the account, by name."""
    if group_ids is None:
        rows = session.execute(_ALL_GROUPS, {"b_account": account_id})
    else:
        rows = session.execute(_GROUPS, {"b_account": account_id, "b_groups": list(group_ids)})
    return [FoundGroup(*row) for row in rows]


def keep_paused(session: Session, account_id: str, group_id: str) -> None:
    """Before a group's row goes: who has something from it by a paused rule keeps that.

    One of two sources that would become alike goes with the group.
    """
    here = {"b_account": account_id, "b_group": group_id}
    session.send([(_KEEP_SOURCES, here), (_KEEP_WORKS, here)])


def unmatch(session: Session, account_id: str, group_id: str) -> None:
    """Take away what binds rules with a pattern to a group that is gone."""
    session.send([(_UNMATCH, {"b_account": account_id, "b_group": group_id})])


_BIND = Prepared(insert(BINDINGS), [column.key for column in BINDINGS.c])
_UNBIND = Prepared(
    delete(BINDINGS).where(
        BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.rule_id == _RULE, BINDINGS.c.group_id == _GROUP
    )
)
_HOLD = Prepared(
    update(BINDINGS)
    .where(BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.rule_id == _RULE, BINDINGS.c.group_id == _GROUP)
    .values(held=bindparam("b_why", type_=String(12)))
)
_SHOW = Prepared(
    update(BINDINGS)
    .where(BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.rule_id == _RULE, BINDINGS.c.group_id == _GROUP)
    .values(matched=null(), held=null())
)


_ROLES_SHOWN = Prepared(
    select(BINDINGS.c.rule_id, BINDINGS.c.role_id)
    .distinct()
    .where(BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.matched.is_(None), BINDINGS.c.role_id.is_not(None))
)


def _given_by_matched(rows: Any, whom: Any, people: Any, *by_what: Any) -> Any:
    by = (rows.c.account_id == _ACCOUNT) & (rows.c.rule_id == BINDINGS.c.rule_id)
    joined = BINDINGS.join(rows, by & (rows.c.group_id == BINDINGS.c.group_id))
    return (
        select(people.label("user_id"), *by_what)
        .select_from(joined if whom is None else joined.join(*whom))
        .where(BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.matched.is_not(None))
    )


_OF_SOURCE = (ASSIGNMENTS.c.account_id == _ACCOUNT) & (ASSIGNMENTS.c.id == SOURCES.c.assignment_id)
_PEOPLE_BY_MATCHED = Prepared(
    select(func.count()).select_from(
        union(
            _given_by_matched(SOURCES, (ASSIGNMENTS, _OF_SOURCE), ASSIGNMENTS.c.user_id),
            _given_by_matched(WORKS, None, WORKS.c.user_id),
        )
        .limit(bindparam("b_most", type_=Integer()))
        .subquery()
    )
)
_GIVEN = union(
    _given_by_matched(
        SOURCES, (ASSIGNMENTS, _OF_SOURCE), ASSIGNMENTS.c.user_id, BINDINGS.c.rule_id, BINDINGS.c.group_id
    ),
    _given_by_matched(WORKS, None, WORKS.c.user_id, BINDINGS.c.rule_id, BINDINGS.c.group_id),
).subquery()
_PEOPLE_BY_BINDING = Prepared(
    select(_GIVEN.c.rule_id, _GIVEN.c.group_id, func.count().label("people")).group_by(
        _GIVEN.c.rule_id, _GIVEN.c.group_id
    )
)
_FOUND = (
    select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name, GROUPS.c.directory_id, GROUPS.c.external_id)
    .join(DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
    .where(GROUPS.c.account_id == _ACCOUNT)
)
_ALL_GROUPS = Prepared(_FOUND)
_GROUPS = Prepared(_FOUND.where(one_of(GROUPS.c.id, "b_groups")))


def _kept(rows: Any, *more: Any) -> Prepared:
    is_paused = (
        select(RULES.c.id)
        .select_from(RULES.join(ACCOUNTS, ACCOUNTS.c.id == _ACCOUNT))
        .where(
            RULES.c.account_id == _ACCOUNT,
            RULES.c.id == rows.c.rule_id,
            RULES.c.paused | ACCOUNTS.c.mapping_paused.is_not(None),
        )
        .exists()
    )
    here = rows.c.account_id == _ACCOUNT, rows.c.group_id == _GROUP, rows.c.rule_id.is_not(None)
    return Prepared(update(rows).where(*here, is_paused, *more).values(group_id=null()))


_OTHER = SOURCES.alias("other")
_KEEP_SOURCES = _kept(
    SOURCES,
    ~select(_OTHER.c.id)
    .where(
        _OTHER.c.account_id == _ACCOUNT,
        _OTHER.c.assignment_id == SOURCES.c.assignment_id,
        _OTHER.c.rule_id == SOURCES.c.rule_id,
        _OTHER.c.group_id.is_(None),
    )
    .exists(),
)
_KEEP_WORKS = _kept(WORKS)
_UNMATCH = Prepared(
    delete(BINDINGS).where(
        BINDINGS.c.account_id == _ACCOUNT,
        BINDINGS.c.group_id == _GROUP,
        BINDINGS.c.rule_id.in_(select(RULES.c.id).where(RULES.c.account_id == _ACCOUNT, RULES.c.pattern.is_not(None))),
    )
)
