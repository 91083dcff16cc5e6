"""SqlAccessStore: what decisions need to know, in one round trip; implements ``rbac.model.AccessStore``.

Policies and people are kept in the process for one ``access_revision``. The revision is read by
the statement that looks the person up, so nothing older than the last commit is ever answered from.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, select
from sqlalchemy.pool import Pool

from app.session import Session
from app.stores.access_revision import has_unsaved_access
from app.stores.access_statements import POLICY, lookup
from app.stores.access_tables import ACCOUNTS
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

KEPT_ACCOUNTS, KEPT_PEOPLE = 256, 20_000


@dataclass(slots=True)
class _Known:
    """What is known of an account at one revision. ``names`` says whom a reference meant when last asked."""

    policy: Policy
    people: dict[str, Subject] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


_KNOWN: WeakKeyDictionary[Pool, OrderedDict[str, _Known]] = WeakKeyDictionary()


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

    @property
    def _kept(self) -> OrderedDict[str, _Known]:
        pool = self._session.engine.pool
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
        statement = lookup(min(len(keys), 2), bool(ids), full)
        rows: Sequence[Any] = self._session.execute(statement, parameters)
        if not rows:
            raise LookupError(f"there is no account {self._account}")
        return rows

    @property
    def _is_account(self) -> ColumnElement[bool]:
        return ACCOUNTS.c.id == self._account

    def _policy(self) -> Policy:
        rows = self._session.execute(POLICY, {"account": self._account}).all()
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
