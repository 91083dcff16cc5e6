"""What somebody could do at a moment in the past: by the same engine, from what the journal has kept.

Attributes of people, and items, are not kept: they count as they are today, and the answer says so where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from app import audit
from app.models.base import timestamp
from app.services import grants, individual
from app.services.errors import NotFound, Refused
from app.services.grants import UserAccess
from app.services.references import person_of
from app.services.units import WorkFacts
from app.session import Session
from app.stores import journal
from app.stores.access import SqlAccessStore
from app.stores.individuals import Individual
from app.stores.past import PastAccessStore
from app.stores.past_rows import Given
from rbac.catalogue import Text
from rbac.model import AccessStore, Decision, GroupName, Policy, Snapshot, Subject
from rbac.reaches import reached
from rbac.scopes import may_work_in

_NOT_AS_WRITTEN = re.compile(r'"(?:[^"\\]|\\.)*"')
_ATTRIBUTE = re.compile(r"\bsubject\.(\w+)", re.IGNORECASE)


def store_at(session: Session, account_id: str, at: datetime | None) -> AccessStore:
    """What is true at a moment: of the past as it was, else as things stand. Raises Refused before the journal."""
    if at is None or at >= datetime.now(UTC):
        return SqlAccessStore(session, account_id)
    return _past(session, account_id, at)


def is_past(store: AccessStore) -> bool:
    """Whether a store is about a moment in the past."""
    return isinstance(store, PastAccessStore)


def person_then(store: AccessStore, snapshot: Snapshot, reference: str) -> Subject:
    """A person whom the snapshot was asked for. Raises NotFound, in words that fit the moment."""
    if isinstance(store, PastAccessStore) and snapshot.subjects.get(reference) is None:
        why = f"no user {reference!r} in this account at {timestamp(store.at)}; name who has gone since by their id"
        raise NotFound(why, "user", reference)
    return person_of(snapshot, reference)


def access_at(session: Session, account_id: str, user: str, at: datetime) -> UserAccess:
    """What a person had, each grant with its sources, and the groups they were in.

    Raises NotFound, and Refused for a moment that is not in the past, or before the journal.
    """
    if at > datetime.now(UTC):
        raise Refused(f"at: {timestamp(at)} is in the future; ask about a moment in the past")
    store = _past(session, account_id, at)
    snapshot = store.snapshot([user])
    policy, subject = snapshot.policy, person_then(store, snapshot, user)
    had = store.had_by({subject.id: subject.user_name})
    of_units = store.given_to_units(_reaching(policy, subject, at))
    rows = [*_rows(had.given, policy, subject), *_rows(of_units, policy, subject)]
    groups = store.groups(had.groups[subject.id])
    return UserAccess(
        subject.id,
        subject.user_name,
        subject.active,
        policy.units.units[subject.home or policy.units.root.id].key,
        grants.facts_of(session, account_id, policy, rows, at),
        individual.facts_of(session, account_id, policy, [*map(_individual, had.individuals)], at),
        tuple(_works(policy, had.works, store)),
        groups,
        grants.shadowed(policy, subject, at),
    )


def notes(
    store: AccessStore, snapshot: Snapshot, subject: Subject, decision: Decision, item: tuple[str, str] | None
) -> tuple[Text, ...]:
    """What a decision about the past rests on that is only known of today."""
    if not isinstance(store, PastAccessStore):
        return ()
    said = [reason.condition for reason in (*decision.reasons, *decision.unmet) if reason.condition is not None]
    stored = [name for name in _attributes(said) if _is_stored(snapshot.policy, name)]
    found = []
    if stored and not store.is_as_it_was(subject.id):
        names = ", ".join(f"subject.{name}" for name in stored)
        found.append(
            Text(
                f"What was stored of the user then is not known; as it is today counted: {names}",
                f"No se sabe qué constaba entonces del usuario; ha contado lo que consta hoy: {names}",
            )
        )
    kind = snapshot.policy.catalogue.item_kinds.get(item[0]) if item is not None else None
    if kind is not None and kind.held:
        found.append(Text("The item counted as it is today.", "El elemento ha contado tal como es hoy."))
    return tuple(found)


def began(session: Session, account_id: str) -> datetime:
    """The earliest moment that may be asked about."""
    return journal.began(session, account_id)


def trim(session: Session, account_id: str, before: datetime) -> int:
    """Forget what was before a moment; how many entries of the journal went. Raises Refused."""
    earliest = journal.began(session, account_id)
    if before > datetime.now(UTC):
        raise Refused(f"before: {timestamp(before)} is in the future; name a moment in the past")
    if before <= earliest:
        raise Refused(f"the journal begins at {timestamp(earliest)}; there is nothing before it to forget")
    gone = journal.trim(session, account_id, before)
    was, now = {"began": timestamp(earliest)}, {"began": timestamp(before)}
    audit.record(session, account_id, "journal.trimmed", "account", account_id, before=was, after=now)
    return gone


def _past(session: Session, account_id: str, at: datetime) -> PastAccessStore:
    earliest = journal.began(session, account_id)
    if at < earliest:
        raise Refused(f"at: the past of this account is kept since {timestamp(earliest)}; ask about that or later")
    return PastAccessStore(session, account_id, at)


def _reaching(policy: Policy, subject: Subject, at: datetime) -> set[tuple[str, str]]:
    """The units whose roles come to somebody, each with the role."""
    here = {id for id in policy.units.units if may_work_in(policy.units, subject, id, at)}
    return {
        (unit_id, grant.role_id)
        for unit_id, given in policy.unit_grants.items()
        for grant in given
        if grant.role_id is not None and here & reached(policy.units, unit_id, grant.scope.reach)
    }


def _rows(given: Given, policy: Policy, subject: Subject) -> Iterator[Any]:
    """As ``grant_listing`` gives them."""
    for row in sorted(given.assignments.values(), key=lambda one: one.id):
        group = given.groups.get(row.group_id)
        unit = policy.units.units.get(row.principal_unit_id)
        principal = group.display_name if group else unit.key if unit else subject.user_name
        for source in sorted(given.sources.get(row.id, ()), key=lambda one: (one.made, one.id)):
            rule, by = given.rules.get(source.rule_id), given.groups.get(source.group_id)
            yield SimpleNamespace(
                id=row.id,
                role_id=row.role_id,
                user_id=row.user_id,
                group_id=row.group_id,
                principal_unit_id=row.principal_unit_id,
                business_unit_id=row.business_unit_id,
                reach=row.reach,
                principal=principal,
                source_id=source.id,
                kind=source.kind,
                rule_id=source.rule_id,
                rule=rule.name if rule else None,
                revision=rule.first_revision if rule else None,
                source_group_id=source.group_id,
                source_group=by.display_name if by else None,
                granted_by=source.granted_by,
                reason=source.reason,
                starts=source.starts,
                expires=source.expires,
                created=source.made,
            )


def _individual(row: Any) -> Individual:
    return Individual(
        row.id,
        row.permission,
        row.effect,
        row.business_unit_id,
        row.reach,
        row.granted_by,
        row.reason,
        row.starts,
        row.expires,
    )


def _works(policy: Policy, works: Iterable[Any], store: PastAccessStore) -> Iterator[WorkFacts]:
    every = sorted(works, key=lambda one: (one.made, one.id))
    groups = {one.id: one for one in store.groups({one.group_id for one in every if one.group_id})}
    rules = store.rules({one.rule_id for one in every if one.rule_id})
    for one in every:
        group: GroupName | None = groups.get(one.group_id)
        key = policy.units.units[one.business_unit_id].key
        yield WorkFacts(key, one.with_children, one.kind, rules.get(one.rule_id), group.name if group else None)


def _attributes(conditions: Iterable[str]) -> list[str]:
    texts = (_NOT_AS_WRITTEN.sub("", condition) for condition in conditions)
    return sorted({name for text in texts for name in _ATTRIBUTE.findall(text)})


def _is_stored(policy: Policy, name: str) -> bool:
    one = policy.catalogue.subject_attributes.get(name)
    return one is not None and one.path is not None
