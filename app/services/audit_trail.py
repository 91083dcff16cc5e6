"""The audit trail for whoever answers for an account: what happened, who did it, and whether the chain holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.audit import Verdict
from app.services import guards
from app.services.errors import Forbidden, NotFound
from app.session import Session
from app.stores.audit_trail import AUDIT_LIST, find_entry
from app.stores.listings import Wanted, page

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: who did what to what, with what was there before and after."""

    sequence: int
    at: datetime
    actor_kind: str
    actor_id: str | None
    actor: str
    action: str
    target_kind: str
    target_id: str | None
    target: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    request_id: str | None
    reason: str | None
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a thing, by its path, before and after; None where it was not there."""

    part: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of the trail."""

    results: list[Entry]
    next: tuple[Any, ...] | None


def list_entries(session: Session, account_id: str, wanted: Wanted) -> Entries:
    """A page of the trail, the latest first unless asked otherwise. Raises Forbidden, InvalidFilter, TooMany."""
    _check_right(session, account_id)
    found = page(session, AUDIT_LIST, account_id, wanted if wanted.sort else replace(wanted, descending=True))
    return Entries([_entry(row) for row in found.rows], found.next)


def get_entry(session: Session, account_id: str, reference: str) -> Entry:
    """One entry, by its number. Raises NotFound, Forbidden."""
    _check_right(session, account_id)
    found = find_entry(session, account_id, int(reference)) if _NUMBER.fullmatch(reference) else None
    if found is None:
        raise NotFound(f"the trail of this account has no entry {reference[:20]!r}", "entry", reference)
    return _entry(found)


def verify(session: Session, account_id: str) -> Verdict:
    """Whether the chain of the trail holds, which reads all of it. Raises Forbidden."""
    _check_right(session, account_id)
    return audit.verify(session, account_id)


def differences(entry: Entry) -> list[Difference]:
    """What an entry changed, part by part, in the order of their names."""
    before, after = dict(_parts(entry.before)), dict(_parts(entry.after))
    return [
        Difference(part, before.get(part), after.get(part))
        for part in sorted({*before, *after})
        if before.get(part) != after.get(part)
    ]


def list_taken(session: Session, account_id: str, name: str) -> None:
    """Write down that whoever acts takes a whole list with them (A-1); ``session`` may be one that reads."""
    with session.writer() as writer:
        audit.record(writer, account_id, "list.exported", "list", None, name)


def _check_right(session: Session, account_id: str) -> None:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("the audit trail is about everybody in the account; only an Account Owner reads it")


def _parts(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a document that have no parts themselves, by their paths."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _parts(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _parts(inner, f"{place}[{number}]")
    elif place:
        yield place, value


def _entry(row: Any) -> Entry:
    return Entry(
        row.sequence,
        row.at,
        row.actor_kind,
        row.actor_id,
        row.actor_name,
        row.action,
        row.target_kind,
        row.target_id,
        row.target_name,
        row.before,
        row.after,
        row.request_id,
        row.reason,
        row.previous_hash,
        row.hash,
    )
