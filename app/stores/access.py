"""SqlAccessStore: what decisions need to know, in one round trip; implements ``rbac.model.AccessStore``.

Policies and people are kept in the process for one ``access_revision``. The revision is read by
the statement that looks the person up, so nothing older than the last commit is ever answered from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, select
from sqlalchemy.pool import Pool

from app.session import Session
from app.stores.access_lookup import PERSON, Shape, lookup
from app.stores.access_revision import has_unsaved_access
from app.stores.access_rows import items_of, memberships_of, people_of, policy_of, resolve
from app.stores.access_statements import POLICY
from app.stores.access_tables import ACCOUNTS
from app.stores.filter_sql import is_id
from rbac.items import ItemKey
from rbac.model import Policy, Snapshot, Subject
from scim.keys import fold

KEPT_ACCOUNTS, KEPT_PEOPLE = 256, 20_000


@dataclass(slots=True)
class _Known:
    """What is known of an account at one revision. ``names`` are references that meant somebody when last asked."""

    policy: Policy
    needs: _Needs
    people: dict[str, Subject] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Asked(NamedTuple):
    """What a snapshot is asked for."""

    references: tuple[str, ...]
    items: tuple[ItemKey, ...]
    groups: tuple[str, ...]

    def wants(self, needs: _Needs) -> bool:
        """Whether any of these needs has to do with what is asked."""
        if any(key.type in needs.held for key in self.items):
            return True
        return bool(self.references) and (needs.documents or needs.external_ids)


class _Needs(NamedTuple):
    """What a policy needs to be told of people and items: their resources, externalIds, types that are held."""

    documents: bool = False
    external_ids: bool = False
    held: frozenset[str] = frozenset()

    @classmethod
    def of(cls, policy: Policy) -> _Needs:
        """What this policy needs; one that is not known yet needs nothing."""
        catalogue = policy.catalogue
        held = frozenset(kind.name for kind in catalogue.item_kinds.values() if kind.held)
        documents = any(one.path is not None for one in catalogue.subject_attributes.values())
        return cls(documents, policy.finds_external_id, held)


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

    def snapshot(
        self, references: Sequence[str], items: Collection[ItemKey] = (), groups: Collection[str] = ()
    ) -> Snapshot:
        """People by user id, else by userName or externalId, items and who is in which groups, at one revision.

        One statement, and a second one for the policy when the revision is new to this process; a third when that
        policy turns out to need more of what was asked for.
        """
        asked = _Asked(
            tuple(references), tuple(items), tuple(group.lower() for group in groups if is_id(group.lower()))
        )
        if has_unsaved_access(self._session, self._account):
            # What may still be rolled back must not be remembered.
            return self._read(asked, None)
        known = self._kept.get(self._account)
        if known is not None and all(reference in known.names for reference in references):
            found = self._recall(asked, known)
            if found is not None:
                return found
        return self._read(asked, known)

    @property
    def _kept(self) -> OrderedDict[str, _Known]:
        pool = self._session.engine.pool
        kept = _KNOWN.get(pool)
        if kept is None:
            kept = _KNOWN[pool] = OrderedDict()
        return kept

    def _recall(self, asked: _Asked, known: _Known) -> Snapshot | None:
        """From memory, if nothing has changed since; who a reference means is always looked up."""
        rows = self._execute(asked, known.needs, full=False)
        if rows[0].revision != known.policy.revision:
            return None
        people: dict[str, Subject] = {}
        for row in rows:
            if row.part == PERSON and row.user_id is not None:
                person = known.people.get(row.user_id)
                # What is stored of a person changes without a new revision, and matters where it is declared.
                if person is None or (known.policy.catalogue.subject_attributes and person.version != row.version):
                    return None
                people[row.user_id] = person
        return _snapshot(known.policy, people, asked, rows)

    def _read(self, asked: _Asked, known: _Known | None) -> Snapshot:
        policy, needs = (known.policy, known.needs) if known else (None, _Needs())
        for attempt in range(6):
            rows = self._execute(asked, needs, full=True)
            if policy is None or policy.revision != rows[0].revision:
                if attempt == 4:
                    # Somebody writes all the time: keep the revision still while we look.
                    self._session.execute(select(ACCOUNTS.c.id).where(self._is_account).with_for_update(read=True))
                policy = self._policy(policy if policy and policy.revision < rows[0].revision else None)
            told, needs = needs, _Needs.of(policy)
            # Told too much is as wrong as told too little: an externalId that no longer counts finds nobody.
            suits = told == needs or not (asked.wants(needs) or asked.wants(told))
            if policy.revision == rows[0].revision and suits:
                break
        else:
            raise RuntimeError("the access revision changes faster than it can be read")
        people = people_of(rows, policy.catalogue)
        snapshot = _snapshot(policy, people, asked, rows)
        self._remember(policy, needs, people, snapshot.subjects)
        return snapshot

    def _policy(self, known: Policy | None) -> Policy:
        asked = {"account": self._account, "known": known.revision if known else -1}
        return policy_of(self._account, self._session.execute(POLICY, asked), known)

    def _remember(
        self, policy: Policy, needs: _Needs, people: Mapping[str, Subject], subjects: Mapping[str, Subject | None]
    ) -> None:
        if has_unsaved_access(self._session, self._account):
            return
        kept = self._kept
        known = kept.get(self._account)
        if known is None or known.policy is not policy or len(known.people) + len(people) > KEPT_PEOPLE:
            known = kept[self._account] = _Known(policy, needs)
            while len(kept) > KEPT_ACCOUNTS:
                kept.popitem(last=False)
        known.people.update(people)
        known.names.update(reference for reference, subject in subjects.items() if subject)

    def _execute(self, asked: _Asked, needs: _Needs, *, full: bool) -> Sequence[Any]:
        # NUL cannot be in a database's text, so nobody has it in their name.
        references = [reference for reference in asked.references if "\0" not in reference]
        keys = [fold(reference) for reference in references]
        ids = [key for key in keys if is_id(key)]
        items = [key for key in asked.items if key.type in needs.held and "\0" not in key.id]
        shape = Shape(
            people=min(len(keys), 2),
            ids=bool(ids),
            external=needs.external_ids and bool(keys),
            full=full and bool(keys),
            documents=full and needs.documents and bool(keys),
            items=min(len(items), 2),
            groups=bool(asked.groups and keys),
        )
        values: dict[str, Any] = {"account": self._account}
        if shape.people == 1:
            values |= {"key": keys[0]} | ({"id": ids[0]} if ids else {})
            values |= {"external": references[0]} if shape.external else {}
        elif shape.people:
            values |= {"keys": keys} | ({"ids": ids} if ids else {})
            values |= {"externals": references} if shape.external else {}
        if shape.items == 1:
            values |= {"item_type": items[0].type, "item_id": items[0].id}
        elif shape.items:
            values |= {"item_types": list({key.type for key in items}), "item_ids": list({key.id for key in items})}
        if shape.groups:
            values["groups"] = asked.groups
        rows: Sequence[Any] = self._session.execute(lookup(shape), values)
        if not rows:
            raise LookupError(f"there is no account {self._account}")
        return rows

    @property
    def _is_account(self) -> ColumnElement[bool]:
        return ACCOUNTS.c.id == self._account


def _snapshot(policy: Policy, people: Mapping[str, Subject], asked: _Asked, rows: Sequence[Any]) -> Snapshot:
    ids = resolve(asked.references, rows, external_ids=policy.finds_external_id)
    subjects = {reference: people[id] if id else None for reference, id in ids.items()}
    if not asked.items and not asked.groups:
        return Snapshot(policy, subjects)
    return Snapshot(policy, subjects, items_of(rows, asked.items), memberships_of(rows))
