"""What role mapping reads and writes: rules, who is in the groups they are bound to, and sources.

Everything is set-wise: the number of statements does not depend on how large a group or a
directory is, only on how many people a change concerns (in portions of ``PORTION``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from app.models import MappingEffect, MappingRevision
from app.models.base import Id, new_id, table
from app.stores.access import (
    ASSIGNMENTS,
    DIRECTORIES,
    GROUPS,
    MEMBERSHIPS,
    NESTINGS,
    ROLES,
    RULES,
    SOURCES,
    UNITS,
    USERS,
    WORKS,
    remove_unfounded,
)
from app.stores.filter_sql import is_id
from rbac.mapping import Derived, Difference, Effect, Rule, Rules
from rbac.model import Reach
from scim.keys import fold

EFFECTS, REVISIONS = table(MappingEffect), table(MappingRevision)

PORTION = 1_000
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules, and how what they speak of is called."""

    rules: Rules
    group_names: Mapping[str, str] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Assignment:
    """An assignment that a person has, with its sources. ``others`` counts the sources not made by rules."""

    id: str
    derived: dict[Derived, str] = field(default_factory=dict)
    others: int = 0
    others_now: int = 0


@dataclass(slots=True)
class Held:
    """What a person has at present."""

    assignments: dict[tuple[str | None, str, Reach], Assignment] = field(default_factory=dict)
    works: dict[Derived, str] = field(default_factory=dict)

    def derived(self) -> set[Derived]:
        """Everything that rules have given."""
        return {one for assignment in self.assignments.values() for one in assignment.derived} | self.works.keys()

    def effects(self) -> set[tuple[str | None, str, Reach]]:
        """The roles and the units to work in that count at present."""
        roles = {given for given, held in self.assignments.items() if held.derived or held.others_now}
        return roles | {one.effect.given for one in self.works}


@dataclass(slots=True)
class Rows:
    """Rows to write, gathered over many people."""

    assignments: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    works: list[dict[str, Any]] = field(default_factory=list)
    dead_assignments: list[str] = field(default_factory=list)
    dead_sources: list[str] = field(default_factory=list)
    dead_works: list[str] = field(default_factory=list)


def lock(session: Session, account_id: str, *, exclusive: bool) -> None:
    """Keep derivations and publishes of an account apart until the end of the transaction.

    Members may move at the same time as other members, but not while a mapping is published: each
    would miss what the other writes. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        take = func.pg_advisory_xact_lock if exclusive else func.pg_advisory_xact_lock_shared
        session.execute(select(take(func.hashtextextended(account_id, 0))))


def portions(items: Iterable[Item], size: int = PORTION) -> Iterator[list[Item]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while portion := list(islice(iterator, size)):
        yield portion


def rules_above(session: Session, account_id: str, group_id: str) -> tuple[Loaded, bool]:
    """The rules bound to a group or to a group that contains it, and whether such a group has a role itself."""
    rows = session.execute(_RULES_ABOVE, {"account": account_id, "group": group_id}).all()
    return _loaded(row for row in rows if row.rule_id is not None), any(row.rule_id is None for row in rows)


def all_rules(session: Session, account_id: str) -> Loaded:
    """Every published rule of an account, orphans included."""
    return _loaded(session.execute(_ALL_RULES, {"account": account_id}))


def _loaded(rows: Iterable[Any]) -> Loaded:
    effects: defaultdict[str, set[Effect]] = defaultdict(set)
    heads: dict[str, Any] = {}
    roles: dict[str, str] = {}
    units: dict[str, str] = {}
    for row in rows:
        heads[row.rule_id] = row
        if row.business_unit_id is None:
            continue
        effects[row.rule_id].add(Effect(row.role_id, row.business_unit_id, Reach(row.reach)))
        units[row.business_unit_id] = row.unit_key
        if row.role_id is not None:
            roles[row.role_id] = row.role_name
    rules = (Rule(id, head.name, head.group_id, frozenset(effects[id])) for id, head in heads.items())
    return Loaded(
        Rules(tuple(sorted(rules, key=lambda rule: rule.name))),
        {head.group_id: head.group_name for head in heads.values()},
        {id: head.first_revision for id, head in heads.items()},
        roles,
        units,
    )


def _rules(where: ColumnElement[bool]) -> Select[Any]:
    account = bindparam("account", type_=Id())
    joined = (
        RULES.outerjoin(EFFECTS, (EFFECTS.c.account_id == account) & (EFFECTS.c.rule_id == RULES.c.id))
        .outerjoin(ROLES, (ROLES.c.account_id == account) & (ROLES.c.id == EFFECTS.c.role_id))
        .outerjoin(UNITS, (UNITS.c.account_id == account) & (UNITS.c.id == EFFECTS.c.business_unit_id))
    )
    return (
        select(
            RULES.c.id.label("rule_id"),
            RULES.c.name,
            RULES.c.group_id,
            RULES.c.group_name,
            RULES.c.first_revision,
            EFFECTS.c.role_id,
            EFFECTS.c.business_unit_id,
            EFFECTS.c.reach,
            ROLES.c.name.label("role_name"),
            UNITS.c.key.label("unit_key"),
        )
        .select_from(joined)
        .where(RULES.c.account_id == account, where)
    )


def _rules_above() -> Any:
    account = bindparam("account", type_=Id())
    above = select(bindparam("group", type_=Id()).label("group_id")).cte("above", recursive=True)
    above = above.union(
        select(NESTINGS.c.group_id).where(NESTINGS.c.account_id == account, NESTINGS.c.child_id == above.c.group_id)
    )
    bound = _rules(RULES.c.group_id.in_(select(above.c.group_id)))
    nothing = [cast(null(), column.type).label(column.name) for column in bound.selected_columns]
    with_role = (
        select(*nothing)
        .select_from(ASSIGNMENTS)
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.group_id.in_(select(above.c.group_id)))
        .limit(1)
        .subquery()
    )
    return union_all(bound, select(with_role))


_RULES_ABOVE = _rules_above()
_ALL_RULES = _rules(literal(True))


def users_below(session: Session, account_id: str, group_ids: Collection[str]) -> set[str]:
    """The users in these groups, directly or through nesting."""
    if not group_ids:
        return set()
    below = _below(account_id, group_ids)
    query = select(MEMBERSHIPS.c.user_id).distinct()
    query = query.where(MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.group_id == below.c.group_id)
    return set(session.execute(query).scalars())


def groups_of(
    session: Session, account_id: str, user_ids: Sequence[str], bound: Collection[str]
) -> dict[str, set[str]]:
    """Which of the ``bound`` groups each user is in, directly or through nesting."""
    found: dict[str, set[str]] = {id: set() for id in user_ids}
    closure = (
        select(MEMBERSHIPS.c.user_id, MEMBERSHIPS.c.group_id)
        .where(MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.user_id.in_(user_ids))
        .cte("closure", recursive=True)
    )
    closure = closure.union(
        select(closure.c.user_id, NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account_id, NESTINGS.c.child_id == closure.c.group_id
        )
    )
    query = select(closure.c.user_id, closure.c.group_id).where(closure.c.group_id.in_(bound))
    for user_id, group_id in session.execute(query):
        found[user_id].add(group_id)
    return found


def people_concerned(
    session: Session, account_id: str, bound: Collection[str], rule_ids: Collection[str]
) -> Iterator[tuple[str, set[str]]]:
    """Everybody in one of the ``bound`` groups, and everybody who has something from one of the rules.

    Streamed by user: the user's id, and which of the groups they are in, directly or through nesting.
    """
    below = _below(account_id, bound)
    members = select(MEMBERSHIPS.c.user_id, below.c.bound).where(
        MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.group_id == below.c.group_id
    )
    nowhere = cast(null(), Id()).label("bound")
    with_role = select(ASSIGNMENTS.c.user_id, nowhere).join_from(
        SOURCES, ASSIGNMENTS, (ASSIGNMENTS.c.account_id == account_id) & (ASSIGNMENTS.c.id == SOURCES.c.assignment_id)
    )
    with_role = with_role.where(SOURCES.c.account_id == account_id, SOURCES.c.rule_id.in_(rule_ids))
    with_work = select(WORKS.c.user_id, nowhere).where(WORKS.c.account_id == account_id, WORKS.c.rule_id.in_(rule_ids))
    # Materialized: what is written while this is being read must not be seen by it.
    found = union(members, with_role, with_work).cte("concerned").prefix_with("MATERIALIZED")
    query = select(found.c.user_id, found.c.bound).order_by(found.c.user_id)
    current: str | None = None
    groups: set[str] = set()
    for user_id, group_id in session.execute(query.execution_options(yield_per=PORTION)):
        if user_id != current:
            if current is not None:
                yield current, groups
            current, groups = user_id, set()
        if group_id is not None:
            groups.add(group_id)
    if current is not None:
        yield current, groups


def _below(account_id: str, group_ids: Collection[str]) -> Any:
    """(bound, group): each of the groups with itself and all groups in it. Circles end, as each pair is kept once."""
    start = select(GROUPS.c.id.label("bound"), GROUPS.c.id.label("group_id"))
    below = start.where(GROUPS.c.account_id == account_id, GROUPS.c.id.in_(group_ids)).cte("below", recursive=True)
    return below.union(
        select(below.c.bound, NESTINGS.c.child_id).where(
            NESTINGS.c.account_id == account_id, NESTINGS.c.group_id == below.c.group_id
        )
    )


def held_by(session: Session, account_id: str, user_ids: Sequence[str], at: datetime) -> dict[str, Held]:
    """What these users have at present, whatever made it; also assignments that have lost their last source.

    Who has nothing is not in it.
    """
    found: defaultdict[str, Held] = defaultdict(Held)
    query = (
        select(
            ASSIGNMENTS.c.user_id,
            ASSIGNMENTS.c.id.label("assignment_id"),
            ASSIGNMENTS.c.role_id,
            ASSIGNMENTS.c.business_unit_id,
            ASSIGNMENTS.c.reach,
            SOURCES.c.id.label("source_id"),
            SOURCES.c.rule_id,
            SOURCES.c.group_id,
            SOURCES.c.starts,
            SOURCES.c.expires,
        )
        .select_from(
            ASSIGNMENTS.outerjoin(
                SOURCES, (SOURCES.c.account_id == account_id) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
            )
        )
        .where(ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.user_id.in_(user_ids))
    )
    for row in session.execute(query):
        key = (row.role_id, row.business_unit_id, Reach(row.reach))
        assignment = found[row.user_id].assignments.setdefault(key, Assignment(row.assignment_id))
        if row.rule_id is not None:
            assignment.derived[Derived(row.rule_id, row.group_id, Effect(*key))] = row.source_id
        elif row.source_id is not None:
            assignment.others += 1
            started = row.starts is None or row.starts <= at
            assignment.others_now += started and (row.expires is None or at < row.expires)
    works = select(
        WORKS.c.id, WORKS.c.user_id, WORKS.c.business_unit_id, WORKS.c.with_children, WORKS.c.rule_id, WORKS.c.group_id
    ).where(WORKS.c.account_id == account_id, WORKS.c.user_id.in_(user_ids), WORKS.c.rule_id.is_not(None))
    for work in session.execute(works):
        reach = Reach.SUBTREE if work.with_children else Reach.UNIT
        effect = Effect(None, work.business_unit_id, reach)
        found[work.user_id].works[Derived(work.rule_id, work.group_id, effect)] = work.id
    return found


def settle(account_id: str, user_id: str, change: Difference, held: Held, moment: datetime, rows: Rows) -> None:
    """Add to ``rows`` what makes the change true for one person, and bring ``held`` to what is then.

    An assignment begins with its first source and ends with its last, whoever made them.
    """
    for lost in change.lost:
        if lost.effect.role_id is None:
            rows.dead_works.append(held.works.pop(lost))
        else:
            rows.dead_sources.append(held.assignments[lost.effect.given].derived.pop(lost))
    for gained in change.gained:
        id = new_id()
        effect = gained.effect
        row: dict[str, Any] = {
            "account_id": account_id,
            "id": id,
            "kind": "mapping",
            "rule_id": gained.rule_id,
            "group_id": gained.group_id,
            "created": moment,
        }
        if effect.role_id is None:
            row["user_id"] = user_id
            row["business_unit_id"] = effect.unit_id
            row["with_children"] = effect.reach is Reach.SUBTREE
            rows.works.append(row)
            held.works[gained] = id
            continue
        assignment = held.assignments.get(effect.given)
        if assignment is None:
            assignment = held.assignments[effect.given] = Assignment(new_id())
            rows.assignments.append(
                {
                    "account_id": account_id,
                    "id": assignment.id,
                    "role_id": effect.role_id,
                    "user_id": user_id,
                    "business_unit_id": effect.unit_id,
                    "reach": effect.reach.value,
                    "created": moment,
                }
            )
        row["assignment_id"] = assignment.id
        row["reason"] = ""
        rows.sources.append(row)
        assignment.derived[gained] = id
    unfounded = [given for given, one in held.assignments.items() if not one.derived and not one.others]
    rows.dead_assignments += [held.assignments.pop(given).id for given in unfounded]


def write(session: Session, account_id: str, rows: Rows) -> None:
    """Write what ``settle`` gathered."""
    for target, ids in ((SOURCES, rows.dead_sources), (WORKS, rows.dead_works)):
        for some in portions(ids):
            session.execute(delete(target).where(target.c.account_id == account_id, target.c.id.in_(some)))
    for some in portions(rows.dead_assignments):
        remove_unfounded(session, account_id, some)
    for target, values in ((ASSIGNMENTS, rows.assignments), (SOURCES, rows.sources), (WORKS, rows.works)):
        for portion in portions(values):
            session.execute(insert(target), portion)


def names_of_users(session: Session, account_id: str, user_ids: Collection[str]) -> dict[str, str]:
    """userName by id."""
    names: dict[str, str] = {}
    for portion in portions(sorted(user_ids)):
        query = select(USERS.c.id, USERS.c.user_name).where(USERS.c.account_id == account_id, USERS.c.id.in_(portion))
        names.update((id, name) for id, name in session.execute(query))
    return names


def lock_users(session: Session, account_id: str, user_ids: Sequence[str]) -> set[str]:
    """Those of these users that exist; they cannot be deleted until the end of the transaction."""
    query = select(USERS.c.id).where(USERS.c.account_id == account_id, USERS.c.id.in_(user_ids))
    return set(session.execute(query.with_for_update(read=True, key_share=True)).scalars())


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group as a mapping document may name it."""

    id: str
    name: str
    directory: str


def find_groups(
    session: Session,
    account_id: str,
    directory_id: str | None,
    *,
    id: str | None = None,
    external_id: str | None = None,
    name: str | None = None,
) -> list[FoundGroup]:
    """Groups by id, externalId or name, of one directory or all; they stay until the transaction ends."""
    if id is not None and not is_id(id):
        return []
    query = (
        select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name)
        .join(DIRECTORIES, (DIRECTORIES.c.account_id == account_id) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        .where(GROUPS.c.account_id == account_id)
        .order_by(GROUPS.c.id)
        .limit(50)
    )
    for column, value in (
        (GROUPS.c.id, id),
        (GROUPS.c.external_id, external_id),
        (GROUPS.c.directory_id, directory_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if name is not None:
        query = query.where(GROUPS.c.display_name_key == fold(name))
    locked = query.with_for_update(read=True, key_share=True, of=GROUPS)
    return [FoundGroup(*row) for row in session.execute(locked)]


def directories_of(session: Session, account_id: str) -> dict[str, str]:
    """Ids of an account's directories by name."""
    query = select(DIRECTORIES.c.name, DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == account_id)
    return {row.name: row.id for row in session.execute(query)}


def group_names(session: Session, account_id: str, directory_id: str | None, most: int = 5_000) -> list[str]:
    """Names of groups, to guess from what somebody may have meant."""
    query = select(GROUPS.c.display_name).where(GROUPS.c.account_id == account_id)
    if directory_id is not None:
        query = query.where(GROUPS.c.directory_id == directory_id)
    return list(session.execute(query.limit(most)).scalars())


def groups_holding(session: Session, account_id: str, user_id: str) -> set[str]:
    """Every group that a user is in, directly or through nesting."""
    closure = (
        select(MEMBERSHIPS.c.group_id)
        .where(MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.user_id == user_id)
        .cte("closure", recursive=True)
    )
    closure = closure.union(
        select(NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account_id, NESTINGS.c.child_id == closure.c.group_id
        )
    )
    return set(session.execute(select(closure.c.group_id)).scalars())


def latest_revision(session: Session, account_id: str) -> int:
    """The number of the last publish, 0 before the first."""
    query = select(func.max(REVISIONS.c.number)).where(REVISIONS.c.account_id == account_id)
    return session.execute(query).scalar() or 0


def insert_revision(session: Session, account_id: str, number: int, values: Mapping[str, Any]) -> None:
    """Record a publish."""
    session.execute(insert(REVISIONS).values(account_id=account_id, number=number, **values))


def update_summary(session: Session, account_id: str, number: int, summary: Mapping[str, Any]) -> None:
    """Keep with a publish what it did."""
    here = REVISIONS.c.account_id == account_id, REVISIONS.c.number == number
    session.execute(update(REVISIONS).where(*here).values(summary=summary))


def write_rules(
    session: Session, account_id: str, rules: Iterable[Rule], group_names: Mapping[str, str], revision: int
) -> None:
    """Insert or replace these rules with their effects; ``revision`` is since when they say so."""
    for rule in rules:
        here = RULES.c.account_id == account_id, RULES.c.id == rule.id
        values = {
            "name": rule.name,
            "name_key": fold(rule.name),
            "group_id": rule.group_id,
            "group_name": group_names[rule.group_id],
            "first_revision": revision,
        }
        changed = session.execute(update(RULES).where(*here).values(values).returning(RULES.c.id)).all()
        if not changed:
            session.execute(insert(RULES).values(account_id=account_id, id=rule.id, **values))
        session.execute(delete(EFFECTS).where(EFFECTS.c.account_id == account_id, EFFECTS.c.rule_id == rule.id))
        effects = [
            {
                "account_id": account_id,
                "id": new_id(),
                "rule_id": rule.id,
                "role_id": effect.role_id,
                "business_unit_id": effect.unit_id,
                "reach": effect.reach.value,
            }
            for effect in sorted(rule.effects, key=lambda one: (one.role_id or "", one.unit_id, one.reach))
        ]
        if effects:
            session.execute(insert(EFFECTS), effects)


def delete_rules(session: Session, account_id: str, rule_ids: Collection[str]) -> None:
    """Remove rules that nobody has anything from any more."""
    for portion in portions(rule_ids):
        session.execute(delete(RULES).where(RULES.c.account_id == account_id, RULES.c.id.in_(portion)))
