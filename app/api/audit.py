"""/audit-entries: the audit trail, and whether its chain holds."""

from __future__ import annotations

from typing import Any

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, asked_of
from app.api.shapes import Shape, anything, flag, moment, number, page_of, text
from app.services import audit_trail
from app.stores.audit_trail import AUDIT_LIST

audit_face = Face("audit", "Who changed what, with what was there before and after; append-only and chained.")
_QUERY = asked_of(
    "AuditQuery", ", ".join(f"`{name}`" for name in AUDIT_LIST.columns), ("sequence", "-sequence"), "-sequence"
)


class AuditEntry(Shape):
    """One change."""

    sequence = number(says="Its number in the account's trail, without gaps.")
    at = moment()
    actor_kind = text(says="`person`, `token`, `key`, `idp`, `system` or `setup_link`.")
    actor_id = text(allow_none=True)
    actor = text(says="Who did it.")
    action = text(says="What was done; all of them are in the guide to operations.")
    target_kind = text()
    target_id = text(allow_none=True)
    target = text(allow_none=True, says="To whom or what.")
    before = anything(allow_none=True)
    after = anything(allow_none=True)
    request_id = text(allow_none=True)
    reason = text(allow_none=True)
    previous_hash = text(says="The `hash` of the entry before.")
    hash = text(says="SHA-256 over all else in the entry.")


class Verification(Shape):
    """Whether a chain holds."""

    intact = flag()
    events = number(says="So many entries hold, from the first one on.")
    problem = text(allow_none=True, says="The first thing that is wrong.")


_EXAMPLE = {
    "sequence": 4711,
    "at": "2026-01-31T09:00:00.000Z",
    "actor_kind": "person",
    "actor_id": "0193a5f0-4d1c-7b2a-8f3e-6c5b4a3d2e1f",
    "actor": "owner@acme.example",
    "action": "role.updated",
    "target_kind": "role",
    "target_id": "0193a5f0-5a2b-7c3d-9e4f-1a2b3c4d5e6f",
    "target": "Marketer",
    "before": {"name": "Marketing"},
    "after": {"name": "Marketer"},
    "request_id": "5f0c2d1e",
    "reason": None,
    "previous_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "hash": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}


@audit_face.operation("GET", "/audit-entries", scope="audit:read", query=_QUERY, answer=page_of(AuditEntry))
def list_audit_entries(call: Call, query: dict[str, Any]) -> Shown:
    """List the audit trail.

    The latest entry first.
    """
    reading = Reading(call, query)
    found = audit_trail.list_entries(*call.here, reading.wanted)
    return reading.shown(found.results, found.next)


@audit_face.operation(
    "GET",
    "/audit-entries/<entry>",
    scope="audit:read",
    answer=AuditEntry,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def get_audit_entry(call: Call, entry: str) -> Shown:
    """Read an entry of the audit trail.

    By its number.
    """
    return Shown(audit_trail.get_entry(*call.here, entry))


@audit_face.operation(
    "POST",
    "/audit-entries/verify",
    scope="audit:read",
    answer=Verification,
    shows={"intact": True, "events": 4711, "problem": None},
    reads=True,
)
def verify_audit_trail(call: Call) -> Shown:
    """Verify the chain of the audit trail.

    Every entry is read, so this takes as long as the trail is.
    """
    found = audit_trail.verify(*call.here)
    return Shown({"intact": found.problem is None, "events": found.events, "problem": found.problem})
