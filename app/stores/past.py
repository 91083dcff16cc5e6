"""PastAccessStore: what decisions needed to know at a moment in the past; implements ``rbac.model.AccessStore``.

Rows are rewound by the journal and then read by the functions that read those of today, so the engine, and what it
is fed with, are the same. Who a reference means is what it means today; whoever is gone may be named by their id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores import journal
from app.stores.access import SqlAccessStore
from app.stores.access_rows import people_of, policy_of
from app.stores.access_tables import USERS
from app.stores.filter_sql import is_id
from app.stores.journal import Rewound
from app.stores.past_rows import Given, Had, given_to, had_by, rows_of_people, rows_of_policy
from rbac.items import ItemKey
from rbac.model import GroupName, Policy, Snapshot, Subject
from scim.keys import fold


class PastAccessStore:
    """The access of one account at a moment for which its journal is kept."""

    def __init__(self, session: Session, account_id: str, at: datetime) -> None:
        self._session = session
        self._account = account_id
        self._at = at
        self._then = Rewound(session, account_id, at)

    @property
    def at(self) -> datetime:
        """The moment."""
        return self._at

    @property
    def account_id(self) -> str:
        """The account this store was opened for."""
        return self._account

    @property
    def scopes(self) -> frozenset[str]:
        """None: callers who are limited by scopes ask about today."""
        return frozenset()

    def snapshot(
        self, references: Sequence[str], items: Collection[ItemKey] = (), groups: Collection[str] = ()
    ) -> Snapshot:
        """People, the policy and who was in which groups, as they were; items and people's attributes as they are."""
        today = SqlAccessStore(self._session, self._account).snapshot(references, items)
        policy = self.policy()
        ids = {reference: _id_of(reference, today.subjects.get(reference)) for reference in references}
        names = {id: id for id in ids.values() if id}
        names |= {one.id: one.user_name for one in today.subjects.values() if one}
        had = self.had_by(names)
        stored = {one.id: one.attributes for one in today.subjects.values() if one}
        people = {
            id: replace(person, attributes=stored.get(id, {}))
            for id, person in people_of(rows_of_people(had), policy.catalogue).items()
        }
        subjects = {reference: people.get(id) if id else None for reference, id in ids.items()}
        return Snapshot(policy, subjects, today.items, had.groups)

    def policy(self) -> Policy:
        """The roles, units and data filters of that moment."""
        return policy_of(self._account, rows_of_policy(self._then))

    def had_by(self, names: Mapping[str, str]) -> Had:
        """What people had, whose names by id these are."""
        return had_by(self._then, names)

    def given_to_units(self, roles: Collection[tuple[str, str]]) -> Given:
        """These roles of business units, each a pair of ids: unit and role."""
        given = given_to(self._then, principal_unit_id={unit for unit, _ in roles})
        chosen = {id: row for id, row in given.assignments.items() if (row.principal_unit_id, row.role_id) in roles}
        return replace(given, assignments=chosen)

    def groups(self, ids: Collection[str]) -> tuple[GroupName, ...]:
        """What groups were called, by name."""
        rows = self._then.about(journal.GROUP, "id", ids)
        directories = {
            one.id: one.name for one in self._then.about(journal.DIRECTORY, "id", {row.directory_id for row in rows})
        }
        named = (GroupName(row.id, row.display_name, directories.get(row.directory_id)) for row in rows)
        return tuple(sorted(named, key=lambda one: (fold(one.name), one.id)))

    def rules(self, ids: Collection[str]) -> dict[str, str]:
        """What mapping rules were called, by their ids."""
        return {row.id: row.name for row in self._then.about(journal.RULE, "id", ids)}

    def is_as_it_was(self, user_id: str) -> bool:
        """Whether what is stored of a person has not changed since."""
        asked = {"b_account": self._account, "b_user": user_id}
        modified = self._session.execute(_MODIFIED, asked).scalar()
        return modified is not None and modified <= self._at


def _id_of(reference: str, today: Subject | None) -> str | None:
    if today is not None:
        return today.id
    key = fold(reference)
    return key if is_id(key) else None


_MODIFIED = Prepared(
    select(USERS.c.modified).where(
        USERS.c.account_id == bindparam("b_account", type_=Id()), USERS.c.id == bindparam("b_user", type_=Id())
    )
)
