"""Rules whose group was deleted, and the groups that may be the same ones come back.

A group is recognised in its directory, by its externalId or else by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, cast, literal, null, select, union_all, update

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import BINDINGS, DIRECTORIES, GROUPS, RULES
from app.stores.lists import one_of
from app.stores.naming import FoundGroup
from scim.keys import fold

EXTERNAL_ID, NAME = "externalId", "displayName"
"""What a group is recognised by, better first."""
_PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A rule without effect, and the group that it was bound to."""

    rule_id: str
    rule: str
    group: FoundGroup


@dataclass(frozen=True, slots=True)
class Match:
    """A group that may be the one of an orphaned rule; ``by`` is what it has in common with that."""

    rule_id: str
    rule: str
    group_was: str
    group_id: str
    name: str
    external_id: str | None
    members: int
    by: str


def orphan(session: Session, account_id: str, group_id: str, at: datetime) -> list[str]:
    """Note that a group is gone; the names of the rules that were bound to it."""
    asked = {"b_account": account_id, "b_group": group_id, "b_at": at}
    return sorted(session.execute(_ORPHAN, asked).scalars())


def follow(session: Session, account_id: str, group_id: str, name: str, external_id: str | None) -> None:
    """Let the rules that are bound to a group know what it is called now."""
    named = {"b_name": name, "b_key": fold(name), "b_external": external_id}
    session.execute(_FOLLOW, {"b_account": account_id, "b_group": group_id} | named)


def orphans_of(session: Session, account_id: str) -> list[Orphan]:
    """All orphaned rules of an account, by name."""
    rows = session.execute(_ORPHANS, {"b_account": account_id})
    return [
        Orphan(
            row.id,
            row.name,
            FoundGroup(
                row.group_id,
                row.group_name,
                row.directory or "",
                row.group_directory_id,
                row.group_external_id,
                row.orphaned,
            ),
        )
        for row in rows
    ]


def matches_of(session: Session, account_id: str, group_ids: Sequence[str]) -> tuple[list[Match], bool]:
    """The orphaned rules that these groups may belong to, and whether any rule of the account has a pattern.

    Next to nothing where no rule is an orphan.
    """
    rows = session.execute(_MATCHES_OF, {"b_account": account_id, "b_groups": group_ids}).all()
    return _best(row for row in rows if row.by != _PATTERN), any(row.by == _PATTERN for row in rows)


def matches(session: Session, account_id: str) -> list[Match]:
    """Every group that may belong to an orphaned rule, the best for each rule first."""
    return _best(session.execute(_MATCHES, {"b_account": account_id}))


def _best(rows: Any) -> list[Match]:
    """Each pair of rule and group once, by the best that they have in common."""
    found: dict[tuple[str, str], Match] = {}
    for row in sorted(rows, key=lambda row: (row.rule, row.by != EXTERNAL_ID, row.group_id)):
        found.setdefault((row.rule_id, row.group_id), Match(*row))
    return list(found.values())


_ACCOUNT = bindparam("b_account", type_=Id())
_GROUP = bindparam("b_group", type_=Id())
_BOUND = BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.group_id == _GROUP
_IS_ORPHAN = BINDINGS.c.account_id == _ACCOUNT, BINDINGS.c.orphaned.is_not(None)
_OF_RULE = (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == BINDINGS.c.rule_id)

_ORPHAN = Prepared(
    update(BINDINGS)
    .where(*_BOUND, BINDINGS.c.orphaned.is_(None))
    .values(orphaned=bindparam("b_at", type_=UTCDateTime()))
    .returning(select(RULES.c.name).where(_OF_RULE).scalar_subquery())
)
_FOLLOW = Prepared(
    update(BINDINGS)
    .where(*_BOUND)
    .values(
        group_name=bindparam("b_name"),
        group_name_key=bindparam("b_key"),
        group_external_id=bindparam("b_external"),
    )
)
_ORPHANS = Prepared(
    select(
        RULES.c.id,
        RULES.c.name,
        BINDINGS.c.group_id,
        BINDINGS.c.group_name,
        DIRECTORIES.c.name.label("directory"),
        BINDINGS.c.group_directory_id,
        BINDINGS.c.group_external_id,
        BINDINGS.c.orphaned,
    )
    .select_from(
        BINDINGS.join(RULES, _OF_RULE).outerjoin(
            DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == BINDINGS.c.group_directory_id)
        )
    )
    .where(*_IS_ORPHAN)
    .order_by(RULES.c.name_key)
)


def _matching(by: str, *conditions: Any) -> Select[Any]:
    ours, theirs = {
        EXTERNAL_ID: (BINDINGS.c.group_external_id, GROUPS.c.external_id),
        NAME: (BINDINGS.c.group_name_key, GROUPS.c.display_name_key),
    }[by]
    same = (
        (GROUPS.c.account_id == _ACCOUNT) & (GROUPS.c.directory_id == BINDINGS.c.group_directory_id) & (ours == theirs)
    )
    return (
        select(
            RULES.c.id.label("rule_id"),
            RULES.c.name.label("rule"),
            BINDINGS.c.group_id.label("group_was"),
            GROUPS.c.id.label("group_id"),
            GROUPS.c.display_name.label("name"),
            GROUPS.c.external_id.label("external_id"),
            GROUPS.c.member_count.label("members"),
            literal(by).label("by"),
        )
        .select_from(BINDINGS.join(RULES, _OF_RULE).join(GROUPS, same))
        .where(*_IS_ORPHAN, *conditions)
    )


# A union, not an "or": each half has its own index of the groups.
_MATCHES = Prepared(union_all(*(_matching(by) for by in (EXTERNAL_ID, NAME))))
_OF_GROUPS = [_matching(by, one_of(GROUPS.c.id, "b_groups")) for by in (EXTERNAL_ID, NAME)]
_HAS_PATTERN = select(
    *(cast(null(), column.type).label(column.key) for column in [*_OF_GROUPS[0].selected_columns][:-1]),
    literal(_PATTERN).label("by"),
).where(select(RULES.c.id).where(RULES.c.account_id == _ACCOUNT, RULES.c.pattern.is_not(None)).exists())
_MATCHES_OF = Prepared(union_all(*_OF_GROUPS, _HAS_PATTERN))
