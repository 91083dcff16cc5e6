"""What a publish gives people and takes from them, written as it was seen, and noted in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app import audit
from app.services.mapping_scan import Scan
from app.session import Session
from app.stores import publishing
from rbac.mapping_turns import Change, Turning
from rbac.model import Reach


def write_people(session: Session, account_id: str, found: Scan) -> None:
    """Let everybody have what the rules say, of whom something was found to move."""
    people = ((id, number) for id, _, number in found.people)
    publishing.write(session, account_id, [one.edits for one in found.alike], people, found.moment)


def note_people(session: Session, account_id: str, found: Scan, revision: int) -> None:
    """Note in the audit trail what each person gained and lost."""
    audit.record_many(session, account_id, _events(found, revision))


def _events(found: Scan, revision: int) -> Iterator[audit.Event]:
    """What each person gained and lost, in words that last when the rows are gone."""
    words: dict[int, dict[str, Any]] = {}
    for id_, name, number in found.people:
        for change in found.alike[number].changes:
            if change.turning not in (Turning.GAINED, Turning.LOST):
                continue
            # Equal changes are one object.
            said = words.get(id(change))
            if said is None:
                said = words[id(change)] = _described(found, change, revision)
            if change.turning is Turning.LOST:
                yield "access.revoked", "user", id_, name, said, None, None
            else:
                yield "access.granted", "user", id_, name, None, said, None


def _described(found: Scan, change: Change, revision: int) -> dict[str, Any]:
    policy, rule = found.prepared.policy, found.rules.get(change.rule)
    role_id, unit_id, reach = change.given
    unit = policy.units.units[unit_id].key
    since = found.prepared.before.revisions.get(change.rule) if change.turning is Turning.LOST else revision
    said: dict[str, Any] = {
        **({"role": policy.roles[role_id].name} if role_id is not None else {"works_in": unit}),
        "scope": "account" if reach is Reach.ACCOUNT else unit,
        "reach": reach.value,
        "rule": rule.name if rule else None,
        "revision": since,
    }
    if change.group is not None:
        said["group"] = found.group_names.get(change.group, change.group)
    return said | ({"home": True} if change.home else {})
