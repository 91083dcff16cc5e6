"""Revisions of role mapping: read, compared, restored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.services.errors import NotFound
from app.services.mapping_drafts import Draft, create_draft
from app.session import Session
from app.stores import mapping_revisions as store
from rbac.mapping_difference import Difference, compare


@dataclass(frozen=True, slots=True)
class Revision:
    """One publish. ``approver`` is empty where nobody had to approve it; ``changes`` is against the one before."""

    number: int
    author: str
    author_id: str | None
    approver: str | None
    approver_id: str | None
    approved: datetime | None
    reason: str
    document: dict[str, Any]
    summary: dict[str, Any]
    changes: dict[str, Any] | None
    published: datetime
    plan_id: str | None
    restored_from: int | None


def get_revision(session: Session, account_id: str, number: int) -> Revision:
    """A revision by its number. Raises NotFound."""
    row = store.find_revision(session, account_id, number)
    if row is None:
        raise NotFound(f"there is no revision {number} of the mapping", "revision", str(number))
    return Revision(
        row.number,
        row.author,
        row.author_id,
        row.approver,
        row.approver_id,
        row.approved,
        row.reason,
        row.document,
        row.summary,
        row.changes,
        row.published,
        row.plan_id,
        row.restored_from,
    )


def compare_revisions(session: Session, account_id: str, before: int, after: int) -> Difference:
    """What one revision says otherwise than another; 0 is the empty mapping before the first. Raises NotFound."""
    documents = [get_revision(session, account_id, number).document if number else {} for number in (before, after)]
    return compare(*documents)


def restore(session: Session, account_id: str, number: int, title: str = "") -> Draft:
    """A draft with what a revision said, to be planned and published like any other. Raises NotFound, Forbidden."""
    revision = get_revision(session, account_id, number)
    return create_draft(
        session, account_id, title or f"Restore revision {number}", revision.document, restored_from=number
    )
