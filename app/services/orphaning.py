"""Groups that go and come again: the rules they had become orphans, and are offered to who looks like them.

Nothing is bound here. A group is deleted and created again by mistakes, by migrations and by whoever may
name a group in the identity provider, so that only somebody who may publish decides whether it is the same one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from app.audit import Record
from app.models.base import now
from app.session import Session
from app.stores import mapping_rules, orphans
from app.stores.orphans import EXTERNAL_ID, NAME
from scim.store import Change, Stored


class Losses:
    """How many people lose what when a group goes."""

    def __init__(self) -> None:
        self.people = 0
        self._what: Counter[tuple[tuple[str, Any], ...]] = Counter()

    def add(self, lost: Sequence[dict[str, Any]]) -> None:
        """Count one person, who has lost something; each as the audit trail describes it."""
        if lost:
            self.people += 1
            self._what.update({tuple((key, one[key]) for key in _COUNTED if key in one) for one in lost})

    def described(self) -> dict[str, Any]:
        """For the audit trail."""
        most_first = sorted(self._what.items(), key=lambda one: (-one[1], str(one[0])))
        return {"people": self.people, "lost": [dict(what) | {"people": count} for what, count in most_first]}


_COUNTED = ("role", "works_in", "scope")


def group_is_gone(session: Session, account_id: str, change: Change, losses: Losses, record: Record) -> None:
    """Keep the rules of a deleted group as orphans, and say so if there are any."""
    rules = orphans.orphan(session, account_id, change.id, now())
    if rules and change.before:
        name, external_id = _called(change.before)
        before = {"rules": rules, NAME: name, EXTERNAL_ID: external_id}
        record("mapping.orphaned", "group", change.id, name, before, losses.described())


def groups_are_called(session: Session, account_id: str, changes: Sequence[Change], record: Record) -> list[str]:
    """Let rules follow a group's new name, and note which orphaned rules are offered to groups that are named anew.

    One statement for all that came or were renamed, and one for each that was renamed. Returns the groups whose name
    must be held against patterns.
    """
    named: dict[str, Stored] = {}
    anew: dict[str, set[str]] = {}
    for change in changes:
        if change.after is None:
            continue
        was, is_called = _called(change.before), _called(change.after)
        if was != is_called:
            named[change.id] = change.after
            anew[change.id] = {
                by for by, old, new in zip((NAME, EXTERNAL_ID), was, is_called, strict=True) if old != new
            }
            if change.before is not None:
                orphans.follow(session, account_id, change.id, *is_called)
    if not named:
        return []
    mapping_rules.lock(session, account_id, exclusive=False)
    offered: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    matches, has_patterns = orphans.matches_of(session, account_id, list(named))
    for match in matches:
        if match.by in anew[match.group_id]:
            offered[match.group_id].append({"rule": match.rule, "same": match.by, "group_was": match.group_was})
    for id, rules in offered.items():
        name, external_id = _called(named[id])
        after = {NAME: name, EXTERNAL_ID: external_id, "rules": rules}
        record("mapping.rebind_offered", "group", id, name, None, after)
    return [id for id, by in anew.items() if NAME in by] if has_patterns else []


def _called(group: Stored | None) -> tuple[str, str | None]:
    if group is None:
        return "", None
    return group.attributes.get(NAME, ""), group.attributes.get(EXTERNAL_ID)
