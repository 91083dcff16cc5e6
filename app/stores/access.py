"""SqlAccessStore: what decisions need to know, in one round trip; implements ``rbac.model.AccessStore``.

Policies and people are kept in the process for one ``access_revision``. The revision is read by
the statement that looks the person up, so nothing older than the last commit is ever answered from.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    case,
    cast,
    delete,
    exists,
    insert,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from app.models import (
    Account,
    AssignmentSource,
    BusinessUnit,
    Directory,
    Group,
    MappingRule,
    Membership,
    Nesting,
    RoleAssignment,
    RolePermission,
    UnitMembership,
    User,
)
from app.models import Role as RoleModel
from app.models.base import Id, UTCDateTime, new_id, table
from app.stores.filter_sql import is_id
from rbac.model import (
    Effect,
    Grant,
    GrantKind,
    GroupName,
    Policy,
    Reach,
    Role,
    Scope,
    Snapshot,
    Source,
    SourceKind,
    Subject,
    Work,
)
from rbac.profiles import parse_catalogue
from rbac.units import Unit, UnitTree
from scim.keys import fold

ACCOUNTS, USERS, GROUPS, UNITS = table(Account), table(User), table(Group), table(BusinessUnit)
MEMBERSHIPS, NESTINGS, DIRECTORIES = table(Membership), table(Nesting), table(Directory)
ROLES, PERMISSIONS, RULES = table(RoleModel), table(RolePermission), table(MappingRule)
ASSIGNMENTS, SOURCES, WORKS = table(RoleAssignment), table(AssignmentSource), table(UnitMembership)

KEPT_ACCOUNTS, KEPT_PEOPLE = 256, 20_000
_BUMPED = "muster.access.bumped"


@dataclass(slots=True)
class _Known:
    """What is known of an account at one revision. ``names`` says whom a reference meant when last asked."""

    policy: Policy
    people: dict[str, Subject] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


_KNOWN: WeakKeyDictionary[Pool, OrderedDict[str, _Known]] = WeakKeyDictionary()


def bump(session: Session, account_id: str) -> None:
    """Say that decisions in this account may change with this transaction; once is enough for all of it.

    The row stays locked until the end, so whoever writes access takes turns within an account.
    """
    bumped: dict[str, Any] = session.info.setdefault(_BUMPED, {})
    if bumped.get(account_id) in _transactions(session):
        return
    session.execute(_BUMP, {"account": account_id})
    bumped[account_id] = session.get_nested_transaction() or session.get_transaction()


def has_unsaved_access(session: Session, account_id: str) -> bool:
    """Whether this session has changed access and not yet committed it."""
    return session.info.get(_BUMPED, {}).get(account_id) in _transactions(session)


def _transactions(session: Session) -> list[Any]:
    """The running transaction and those around it, innermost first."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    running = []
    while transaction is not None:
        running.append(transaction)
        transaction = transaction.parent
    return running


_BUMP = (
    update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("account")).values(access_revision=ACCOUNTS.c.access_revision + 1)
)


def is_name_shared(session: Session, account_id: str, user_name: str, user_id: str) -> bool:
    """Whether somebody else in the account, in another directory, has this userName too."""
    others = USERS.c.account_id == account_id, USERS.c.user_name_key == fold(user_name), USERS.c.id != user_id
    return session.execute(select(literal(True)).where(*others).limit(1)).scalar() is not None


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
    remove_unfounded(session, account_id, [assignment_id])
    return bool(gone)


def remove_unfounded(session: Session, account_id: str, assignment_ids: Sequence[str]) -> None:
    """Remove those of these assignments that have no source left."""
    founded = exists().where(SOURCES.c.account_id == account_id, SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
    here = ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.id.in_(assignment_ids)
    session.execute(delete(ASSIGNMENTS).where(*here, ~founded))


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


class SqlAccessStore:
    """The access of one account, opened for a caller with certain scopes."""

    def __init__(self, session: Session, account_id: str, scopes: frozenset[str] = frozenset()) -> None:
        self._session = session
        self._account = account_id
        self._scopes = scopes

    @property
    def account_id(self) -> str:
        """The account this store was opened for."""
        return self._account

    @property
    def scopes(self) -> frozenset[str]:
        """What the caller may ask for."""
        return self._scopes

    def snapshot(self, references: Sequence[str]) -> Snapshot:
        """People by user id, else by userName, at one revision.

        One statement, and a second one for the policy when the revision is new to this process.
        """
        if has_unsaved_access(self._session, self._account):
            # What may still be rolled back must not be remembered.
            return self._read(references, None)
        known = self._kept.get(self._account)
        if known is not None and all(reference in known.names for reference in references):
            found = self._recall(references, known)
            if found is not None:
                return found
        return self._read(references, known)

    def find_subject(self, reference: str) -> Subject | None:
        """One person by user id or userName, or None."""
        return self.snapshot([reference]).subjects[reference]

    @property
    def _kept(self) -> OrderedDict[str, _Known]:
        pool = self._session.get_bind().engine.pool
        kept = _KNOWN.get(pool)
        if kept is None:
            kept = _KNOWN[pool] = OrderedDict()
        return kept

    def _recall(self, references: Sequence[str], known: _Known) -> Snapshot | None:
        """From memory, if nothing has changed since; who a reference means is always looked up."""
        rows = self._execute(references, full=False)
        people = {row.user_id: known.people.get(row.user_id) for row in rows if row.user_id is not None}
        if rows[0].revision != known.policy.revision or None in people.values():
            return None
        ids = _resolve(references, rows)
        return Snapshot(known.policy, {name: people[id] if id else None for name, id in ids.items()})

    def _read(self, references: Sequence[str], known: _Known | None) -> Snapshot:
        policy = known.policy if known else None
        for attempt in range(5):
            rows = self._execute(references, full=True)
            revision = rows[0].revision
            if policy is None or policy.revision != revision:
                if attempt == 3:
                    # Somebody writes all the time: keep the revision still while we look.
                    self._session.execute(select(ACCOUNTS.c.id).where(self._is_account).with_for_update(read=True))
                policy = self._policy()
            if policy.revision == revision:
                break
        else:
            raise RuntimeError("the access revision changes faster than it can be read")
        people = _people(rows)
        ids = _resolve(references, rows)
        self._remember(policy, people, ids)
        return Snapshot(policy, {name: people[id] if id else None for name, id in ids.items()})

    def _remember(self, policy: Policy, people: Mapping[str, Subject], ids: Mapping[str, str | None]) -> None:
        if has_unsaved_access(self._session, self._account):
            return
        kept = self._kept
        known = kept.get(self._account)
        if known is None or known.policy is not policy or len(known.people) + len(people) > KEPT_PEOPLE:
            known = kept[self._account] = _Known(policy)
            while len(kept) > KEPT_ACCOUNTS:
                kept.popitem(last=False)
        known.people.update(people)
        known.names.update((name, id) for name, id in ids.items() if id)

    def _execute(self, references: Sequence[str], *, full: bool) -> Sequence[Any]:
        # NUL cannot be in a database's text, so nobody has it in their name.
        keys = [fold(reference) for reference in references if "\0" not in reference]
        ids = [key for key in keys if is_id(key)]
        parameters: dict[str, Any] = {"account": self._account}
        if len(keys) == 1:
            parameters |= {"key": keys[0]} | ({"id": ids[0]} if ids else {})
        elif keys:
            parameters |= {"keys": keys} | ({"ids": ids} if ids else {})
        statement = _lookup(min(len(keys), 2), bool(ids), full)
        rows = self._session.execute(statement, parameters).all()
        if not rows:
            raise LookupError(f"there is no account {self._account}")
        return rows

    @property
    def _is_account(self) -> ColumnElement[bool]:
        return ACCOUNTS.c.id == self._account

    def _policy(self) -> Policy:
        rows = self._session.execute(_POLICY, {"account": self._account}).all()
        parts: defaultdict[int, list[Any]] = defaultdict(list)
        for row in rows:
            parts[row.part].append(row)
        [account] = parts[0]
        permissions: defaultdict[str, dict[str, Effect]] = defaultdict(dict)
        for row in parts[2]:
            permissions[row.id][row.first] = Effect(row.second)
        roles = {
            row.id: Role(
                row.id, row.first, permissions[row.id], row.second, row.is_default, row.is_owner, row.privileged
            )
            for row in parts[1]
        }
        units = UnitTree(Unit(row.id, row.first, row.second, row.parent) for row in parts[3])
        return Policy(
            account_id=self._account,
            revision=account.number,
            catalogue=parse_catalogue(account.first),
            units=units,
            roles=roles,
            unit_grants=_unit_grants(parts[4]),
        )


def _resolve(references: Sequence[str], rows: Iterable[Any]) -> dict[str, str | None]:
    """Whom each reference means: a user id first, else a userName that only one user has."""
    ids: set[str] = set()
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.part == 0 and row.user_id is not None:
            ids.add(row.user_id)
            by_name[row.user_name_key].append(row.user_id)
    resolved: dict[str, str | None] = {}
    for reference in references:
        key = fold(reference)
        named = by_name.get(key, ())
        resolved[reference] = key if key in ids else named[0] if len(named) == 1 else None
    return resolved


def _people(rows: Iterable[Any]) -> dict[str, Subject]:
    grants: defaultdict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    works: defaultdict[str, list[Work]] = defaultdict(list)
    persons = []
    for row in rows:
        if row.part == 1 and row.kind is None:
            continue  # lost its last source with its group, and is about to be removed
        if row.part == 1:
            grants[row.user_id][row.assignment_id].append(row)
        elif row.part == 2:
            works[row.user_id].append(Work(row.unit_id, row.reach == Reach.SUBTREE))
        elif row.user_id is not None:
            persons.append(row)
    return {
        row.user_id: Subject(
            id=row.user_id,
            user_name=row.user_name,
            active=row.active,
            home=row.unit_id,
            grants=tuple(_grant(sources) for _, sources in sorted(grants[row.user_id].items())),
            works_in=tuple(dict.fromkeys(works[row.user_id])),
        )
        for row in persons
    }


def _grant(rows: Sequence[Any]) -> Grant:
    first = rows[0]
    group = GroupName(first.via_id, first.via_name, first.via_directory) if first.via_id else None
    kind = GrantKind.GROUP if group else GrantKind.USER if first.reach == Reach.ACCOUNT else GrantKind.SCOPED
    sources = tuple(_source(row) for row in rows)
    return Grant(kind, first.role_id, Scope(first.unit_id, Reach(first.reach)), sources, group)


def _source(row: Any) -> Source:
    return Source(
        kind=SourceKind(row.kind),
        rule_id=row.rule_id,
        rule=row.rule,
        revision=row.rule_revision,
        group=GroupName(row.group_id, row.group_name, row.group_directory) if row.group_id else None,
        granted_by=row.granted_by,
        reason=row.reason,
        starts=row.starts,
        expires=row.expires,
    )


def _unit_grants(rows: Iterable[Any]) -> dict[str, tuple[Grant, ...]]:
    """The roles of business units. Such a role is for exactly that unit."""
    sources: defaultdict[tuple[str, str], list[Source]] = defaultdict(list)
    for row in rows:
        if row.second is None:
            continue  # no source
        source = Source(
            SourceKind.MANUAL, granted_by=row.first, reason=row.second, starts=row.starts, expires=row.expires
        )
        sources[row.parent, row.id].append(source)
    grants: defaultdict[str, list[Grant]] = defaultdict(list)
    for (unit_id, role_id), reasons in sorted(sources.items()):
        grants[unit_id].append(Grant(GrantKind.UNIT, role_id, Scope(unit_id, Reach.UNIT), tuple(reasons)))
    return {unit_id: tuple(found) for unit_id, found in grants.items()}


_LOOKUP_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "revision": Integer(),
    "user_id": Id(),
    "user_name": Text(),
    "user_name_key": Text(),
    "active": Boolean(),
    "unit_id": Id(),
    "reach": String(10),
    "assignment_id": Id(),
    "role_id": Id(),
    "via_id": Id(),
    "via_name": Text(),
    "via_directory": Text(),
    "kind": String(10),
    "rule_id": Id(),
    "rule": Text(),
    "rule_revision": Integer(),
    "group_id": Id(),
    "group_name": Text(),
    "group_directory": Text(),
    "granted_by": Text(),
    "reason": Text(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}
_POLICY_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "number": Integer(),
    "id": Id(),
    "parent": Id(),
    "first": Text(),
    "second": Text(),
    "is_default": Boolean(),
    "is_owner": Boolean(),
    "privileged": Boolean(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}


def _part(columns: Mapping[str, Any], part: int, **values: ColumnElement[Any]) -> Select[Any]:
    """One part of a union: the named values, and typed nulls for all other columns."""
    given = values | {"part": literal(part)}
    return select(*(given.get(name, cast(null(), type)).label(name) for name, type in columns.items()))


@lru_cache(maxsize=16)
def _lookup(people: int, with_ids: bool, full: bool) -> Any:
    """The revision and the people asked for (``people``: none, one or many); ``full``: with all they have."""
    account = bindparam("account", type_=Id())
    if people == 0:
        return _part(_LOOKUP_COLUMNS, 0, revision=ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == account)
    columns = (USERS.c.id, USERS.c.user_name, USERS.c.user_name_key, USERS.c.active, USERS.c.home_unit_id)
    by_key, by_id = USERS.c.user_name_key == bindparam("key"), USERS.c.id == bindparam("id")
    if people > 1:
        by_key = USERS.c.user_name_key.in_(bindparam("keys", expanding=True))
        by_id = USERS.c.id.in_(bindparam("ids", expanding=True))
    # A union, not an "or": each half has its own index.
    named = select(*columns).where(USERS.c.account_id == account, by_key)
    asked = union(named, select(*columns).where(USERS.c.account_id == account, by_id)) if with_ids else named
    person = asked.cte("person")
    head = (
        _part(
            _LOOKUP_COLUMNS,
            0,
            revision=ACCOUNTS.c.access_revision,
            user_id=person.c.id,
            user_name=person.c.user_name,
            user_name_key=person.c.user_name_key,
            active=person.c.active,
            unit_id=person.c.home_unit_id,
        )
        .select_from(ACCOUNTS.outerjoin(person, literal(True)))
        .where(ACCOUNTS.c.id == account)
    )
    return union_all(head, *_grants_of(account, person), _works_of(account, person)) if full else head


def _grants_of(account: Any, person: Any) -> tuple[Select[Any], Select[Any]]:
    """Grants of the persons themselves, and of the groups they are in, directly or through nesting.

    Circles of groups end, since the union keeps each pair of person and group once.
    """
    of_group = GROUPS.alias("source_group")
    of_directory = DIRECTORIES.alias("source_directory")
    # Outer joins keep this order on SQLite, which would begin with all sources of the account.
    sources = (
        ASSIGNMENTS.outerjoin(SOURCES, (SOURCES.c.account_id == account) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id))
        .outerjoin(RULES, (RULES.c.account_id == account) & (RULES.c.id == SOURCES.c.rule_id))
        .outerjoin(of_group, (of_group.c.account_id == account) & (of_group.c.id == SOURCES.c.group_id))
        .outerjoin(
            of_directory, (of_directory.c.account_id == account) & (of_directory.c.id == of_group.c.directory_id)
        )
    )
    values = {
        "unit_id": ASSIGNMENTS.c.business_unit_id,
        "reach": ASSIGNMENTS.c.reach,
        "assignment_id": ASSIGNMENTS.c.id,
        "role_id": ASSIGNMENTS.c.role_id,
        "kind": SOURCES.c.kind,
        "rule_id": SOURCES.c.rule_id,
        "rule": RULES.c.name,
        "rule_revision": RULES.c.first_revision,
        "group_id": SOURCES.c.group_id,
        "group_name": of_group.c.display_name,
        "group_directory": of_directory.c.name,
        "granted_by": SOURCES.c.granted_by,
        "reason": SOURCES.c.reason,
        "starts": SOURCES.c.starts,
        "expires": SOURCES.c.expires,
    }
    own = (
        _part(_LOOKUP_COLUMNS, 1, user_id=ASSIGNMENTS.c.user_id, **values)
        .select_from(sources)
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.user_id.in_(select(person.c.id)))
    )
    closure = (
        select(person.c.id.label("user_id"), MEMBERSHIPS.c.group_id)
        .join(MEMBERSHIPS, (MEMBERSHIPS.c.account_id == account) & (MEMBERSHIPS.c.user_id == person.c.id))
        .cte("closure", recursive=True)
    )
    closure = closure.union(
        select(closure.c.user_id, NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account, NESTINGS.c.child_id == closure.c.group_id
        )
    )
    through_group = (
        _part(
            _LOOKUP_COLUMNS,
            1,
            user_id=closure.c.user_id,
            via_id=GROUPS.c.id,
            via_name=GROUPS.c.display_name,
            via_directory=DIRECTORIES.c.name,
            **values,
        )
        .select_from(
            sources.join(closure, ASSIGNMENTS.c.group_id == closure.c.group_id)
            .join(GROUPS, (GROUPS.c.account_id == account) & (GROUPS.c.id == closure.c.group_id))
            .join(DIRECTORIES, (DIRECTORIES.c.account_id == account) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        )
        # Said twice so that SQLite begins with these few groups, not with all assignments.
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.group_id.in_(select(closure.c.group_id)))
    )
    return own, through_group


def _works_of(account: Any, person: Any) -> Select[Any]:
    reach = case((WORKS.c.with_children, Reach.SUBTREE.value), else_=Reach.UNIT.value)
    return (
        _part(_LOOKUP_COLUMNS, 2, user_id=WORKS.c.user_id, unit_id=WORKS.c.business_unit_id, reach=reach)
        .select_from(WORKS)
        .where(WORKS.c.account_id == account, WORKS.c.user_id.in_(select(person.c.id)))
    )


def _policy_statement() -> Any:
    """Roles, what they say, units, and the roles of units, with the revision they belong to."""
    account = bindparam("account", type_=Id())
    head = _part(_POLICY_COLUMNS, 0, number=ACCOUNTS.c.access_revision, first=cast(ACCOUNTS.c.catalogue, Text)).where(
        ACCOUNTS.c.id == account
    )
    roles = _part(
        _POLICY_COLUMNS,
        1,
        id=ROLES.c.id,
        first=ROLES.c.name,
        second=ROLES.c.description,
        is_default=ROLES.c.is_default,
        is_owner=ROLES.c.is_owner,
        privileged=ROLES.c.is_privileged,
    ).where(ROLES.c.account_id == account)
    permissions = _part(
        _POLICY_COLUMNS, 2, id=PERMISSIONS.c.role_id, first=PERMISSIONS.c.permission, second=PERMISSIONS.c.effect
    ).where(PERMISSIONS.c.account_id == account)
    units = _part(
        _POLICY_COLUMNS, 3, id=UNITS.c.id, parent=UNITS.c.parent_id, first=UNITS.c.key, second=UNITS.c.name
    ).where(UNITS.c.account_id == account)
    units_of_account = select(UNITS.c.id).where(UNITS.c.account_id == account)
    of_units = (
        _part(
            _POLICY_COLUMNS,
            4,
            id=ASSIGNMENTS.c.role_id,
            parent=ASSIGNMENTS.c.principal_unit_id,
            first=SOURCES.c.granted_by,
            second=SOURCES.c.reason,
            starts=SOURCES.c.starts,
            expires=SOURCES.c.expires,
        )
        .outerjoin_from(
            ASSIGNMENTS, SOURCES, (SOURCES.c.account_id == account) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        )
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.principal_unit_id.in_(units_of_account))
    )
    return union_all(head, roles, permissions, units, of_units)


_POLICY = _policy_statement()
