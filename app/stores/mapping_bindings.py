"""Which groups a mapping rule is for: kept with the rule, and with what a group's name says where it has a pattern."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, null, select, update

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, BINDINGS, DIRECTORIES, GROUPS, RULES, SOURCES, WORKS
from app.stores.lists import one_of
from app.stores.naming import FoundGroup
from scim.keys import fold

_ACCOUNT = bindparam("b_account", type_=Id())
_GROUP = bindparam("b_group", type_=Id())
_RULE = bindparam("b_rule", type_=Id())


@dataclass(frozen=True, slots=True)
class Binding:
    """A rule and a group that it is for; the role and the unit that the group's name says, for a pattern."""

    rule_id: str
    group: FoundGroup
    role_id: str | None = None
    unit_id: str | None = None

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
    }


def replace_bindings(
    session: Session, account_id: str, ended: Collection[tuple[str, str]], begun: Sequence[Binding]
) -> None:
    """Take away bindings, each a rule and a group, and then add some."""
    gone = [(_UNBIND, {"b_account": account_id, "b_rule": rule, "b_group": group}) for rule, group in ended]
    session.send([*gone, *((_BIND, binding_values(account_id, one)) for one in begun)])


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
