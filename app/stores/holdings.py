"""What people hold at present, whatever made it, and what of it rules have given.

Everything is set-wise: the number of statements depends only on how many people are asked about
(in portions of ``PORTION``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Integer, String, Text, bindparam, select, union_all

from app.channels import Later
from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_statements import part
from app.stores.access_tables import ASSIGNMENTS, MEMBERSHIPS, RULES, SOURCES, USERS, WORKS
from app.stores.lists import one_of
from app.stores.nesting import groups_of
from rbac.mapping import Derived, Effect
from rbac.model import Reach

_ACCOUNT = bindparam("account", type_=Id())


@dataclass(frozen=True, slots=True)
class Source:
    """A row by which a rule gives somebody something; ``position`` is the rule's, where it gives work in a unit."""

    id: str
    created: datetime
    expires: datetime | None
    position: int = 0

    def counts(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.expires is None or at < self.expires


@dataclass(slots=True)
class Assignment:
    """An assignment that a person has, with its sources. ``others`` counts the sources not made by rules."""

    id: str
    derived: dict[Derived, Source] = field(default_factory=dict)
    others: int = 0
    others_now: int = 0


@dataclass(slots=True)
class Held:
    """A person with what they have at present. ``groups`` are those of the groups asked about that they are in.

    ``satisfied`` are the rules whose filter they satisfy, for whoever derives to say. ``home`` is their home unit, and
    ``home_is_mapped`` whether a rule set it.
    """

    name: str = ""
    groups: set[str] = field(default_factory=set)
    satisfied: frozenset[str] = frozenset()
    home: str | None = None
    home_is_mapped: bool = False
    assignments: dict[tuple[str | None, str, Reach], Assignment] = field(default_factory=dict)
    works: dict[Derived, Source] = field(default_factory=dict)

    def derived(self) -> dict[Derived, Source]:
        """Everything that rules have given."""
        found = dict(self.works)
        for assignment in self.assignments.values():
            found |= assignment.derived
        return found

    def effects(self, at: datetime) -> set[tuple[str | None, str, Reach]]:
        """The roles and the units to work in that count at a moment."""
        roles = {
            given
            for given, held in self.assignments.items()
            if held.others_now or any(source.counts(at) for source in held.derived.values())
        }
        return roles | {one.effect.given for one, source in self.works.items() if source.counts(at)}


def held_by(
    session: Session, account_id: str, user_ids: Sequence[str], at: datetime, bound: Collection[str] = ()
) -> dict[str, Held]:
    """What these users have at present, whatever made it; also assignments that have lost their last source.

    ``bound`` are the groups of interest. Who does not exist is not in the answer.
    """
    found: defaultdict[str, Held] = defaultdict(Held)
    asked = {"account": account_id, "bound": bound}
    if len(user_ids) == 1:
        rows = _foreseen(session, account_id, user_ids[0], bound)
        if rows is None:
            rows = session.execute(_HELD_BY_ONE, asked | {"user": user_ids[0]})
    else:
        rows = session.execute(_HELD, asked | {"users": user_ids})
    for row in rows:
        held = found[row.user_id]
        match row.part:
            case 0:
                held.name, held.home, held.home_is_mapped = row.name, row.unit_id, row.with_children
            case 1:
                held.groups.add(row.group_id)
            case 2:
                _add_source(held, row, at)
            case _:
                reach = Reach.SUBTREE if row.with_children else Reach.UNIT
                effect = Effect(None, row.unit_id, reach, row.is_home)
                source = Source(row.id, row.created, row.expires, row.position)
                held.works[Derived(row.rule_id, row.group_id, effect)] = source
    return {id: found[id] for id in user_ids if id in found}


class Foreseen(NamedTuple):
    """What ``held_by`` will be asked next in a transaction, or in a savepoint, which is ``scope``."""

    scope: object
    asked: tuple[str, str, frozenset[str]]
    answer: Later


_FORESEEN = "muster.holdings.foreseen"


def foresee_held(session: Session, account_id: str, user_id: str, bound: Collection[str]) -> Foreseen:
    """Ask for what ``held_by`` will be asked about one user, as soon as rules are read. The account is locked."""
    asked = {"account": account_id, "user": user_id, "bound": bound}
    return Foreseen(session.scopes[-1], (account_id, user_id, frozenset(bound)), session.later(_HELD_BY_ONE, asked))


def expect(session: Session, foreseen: Foreseen | None) -> None:
    """Say what ``held_by`` is asked next; None: nothing that was foreseen holds any more."""
    session.info[_FORESEEN] = foreseen


def _foreseen(session: Session, account_id: str, user_id: str, bound: Collection[str]) -> Any:
    """The rows that were foreseen in this very transaction or savepoint, once; None if others are asked for."""
    found: Foreseen | None = session.info.pop(_FORESEEN, None)
    if found is None or not session.scopes or found.scope is not session.scopes[-1]:
        return None
    return found.answer.rows() if found.asked == (account_id, user_id, frozenset(bound)) else None


def _add_source(held: Held, row: Any, at: datetime) -> None:
    given = (row.role_id, row.unit_id, Reach(row.reach))
    assignment = held.assignments.get(given)
    if assignment is None:
        assignment = held.assignments[given] = Assignment(row.id)
    if row.rule_id is not None:
        source = Source(row.source_id, row.created, row.expires)
        assignment.derived[Derived(row.rule_id, row.group_id, Effect(*given))] = source
    elif row.source_id is not None:
        assignment.others += 1
        started = row.starts is None or row.starts <= at
        assignment.others_now += started and (row.expires is None or at < row.expires)


_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "user_id": Id(),
    "name": Text(),
    "group_id": Id(),
    "rule_id": Id(),
    "id": Id(),
    "role_id": Id(),
    "unit_id": Id(),
    "reach": String(10),
    "with_children": Boolean(),
    "is_home": Boolean(),
    "position": Integer(),
    "source_id": Id(),
    "created": UTCDateTime(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}


def _held(asked: Callable[[Any], Any]) -> Prepared:
    """One round trip for the people, their groups, their assignments with all sources, and where they work."""
    people = part(
        _COLUMNS,
        0,
        user_id=USERS.c.id,
        name=USERS.c.user_name,
        unit_id=USERS.c.home_unit_id,
        with_children=USERS.c.home_is_mapped,
    )
    groups = groups_of(_ACCOUNT, asked(MEMBERSHIPS.c.user_id))
    given = part(
        _COLUMNS,
        2,
        user_id=ASSIGNMENTS.c.user_id,
        group_id=SOURCES.c.group_id,
        rule_id=SOURCES.c.rule_id,
        id=ASSIGNMENTS.c.id,
        role_id=ASSIGNMENTS.c.role_id,
        unit_id=ASSIGNMENTS.c.business_unit_id,
        reach=ASSIGNMENTS.c.reach,
        source_id=SOURCES.c.id,
        created=SOURCES.c.created,
        starts=SOURCES.c.starts,
        expires=SOURCES.c.expires,
    ).outerjoin_from(
        ASSIGNMENTS, SOURCES, (SOURCES.c.account_id == _ACCOUNT) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
    )
    works = part(
        _COLUMNS,
        3,
        user_id=WORKS.c.user_id,
        group_id=WORKS.c.group_id,
        rule_id=WORKS.c.rule_id,
        id=WORKS.c.id,
        unit_id=WORKS.c.business_unit_id,
        with_children=WORKS.c.with_children,
        is_home=WORKS.c.is_home,
        created=WORKS.c.created,
        expires=WORKS.c.expires,
        position=RULES.c.position,
    ).join_from(WORKS, RULES, (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == WORKS.c.rule_id))
    everything = union_all(
        people.where(USERS.c.account_id == _ACCOUNT, asked(USERS.c.id)),
        part(_COLUMNS, 1, user_id=groups.c.user_id, group_id=groups.c.group_id).where(
            one_of(groups.c.group_id, "bound")
        ),
        given.where(ASSIGNMENTS.c.account_id == _ACCOUNT, asked(ASSIGNMENTS.c.user_id)),
        works.where(WORKS.c.account_id == _ACCOUNT, asked(WORKS.c.user_id), WORKS.c.rule_id.is_not(None)),
    )
    return Prepared(everything)


_HELD = _held(lambda column: one_of(column, "users"))
# PostgreSQL plans a list as if it had ten members and may then read all of an account; one member moves most often.
_HELD_BY_ONE = _held(lambda column: column == bindparam("user", type_=Id()))


def mapped_home(session: Session, account_id: str, user_id: str) -> str | None:
    """The home unit that rules say of a user: that of the first of them."""
    found: str | None = session.execute(_MAPPED_HOME, {"account": account_id, "user": user_id}).scalar()
    return found


_MAPPED_HOME = Prepared(
    select(WORKS.c.business_unit_id)
    .join(RULES, (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == WORKS.c.rule_id))
    .where(WORKS.c.account_id == _ACCOUNT, WORKS.c.user_id == bindparam("user", type_=Id()), WORKS.c.is_home)
    .order_by(RULES.c.position, WORKS.c.rule_id, WORKS.c.business_unit_id)
    .limit(1)
)


def documents_of(session: Session, account_id: str, user_ids: Sequence[str]) -> Sequence[Any]:
    """What is stored of these users: id, directory_id, origin, document."""
    rows: Sequence[Any] = session.execute(_DOCUMENTS, {"account": account_id, "users": user_ids})
    return rows


_DOCUMENTS = Prepared(
    select(USERS.c.id, USERS.c.directory_id, USERS.c.origin, USERS.c.document).where(
        USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "users")
    )
)


def lock_users(session: Session, account_id: str, user_ids: Sequence[str]) -> set[str]:
    """Those of these users that exist; they cannot be deleted until the end of the transaction."""
    return set(session.execute(_LOCKED, {"account": account_id, "users": user_ids}).scalars())


_LOCKED = Prepared(
    select(USERS.c.id)
    .where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "users"))
    .with_for_update(read=True, key_share=True)
)
