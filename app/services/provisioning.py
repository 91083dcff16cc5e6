"""What a directory's change means for the rest of the product: it is audited, and access follows.

Runs in the transaction of the SCIM request, once for all resources that were changed together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from app import audit
from app.services import last_owner, lifecycle
from app.stores.adoption import claimed_memberships
from app.stores.directory import SqlDirectoryStore, open_directory_store
from scim import service
from scim.patch import PATCH_URN
from scim.store import Change, DirectoryStore, Reference, Stored

_VERBS = {"create": "created", "replace": "updated", "patch": "updated", "delete": "deleted"}
_MEMBERS_NAMED = 100
"""More members than this are counted in the audit trail, not named; each of their access changes still is."""
_POSSESSIONS_NAMED = 100
"""More things than this that a deleted person had are counted, not named."""


def on_changes(changed: DirectoryStore, changes: Sequence[Change]) -> None:
    """Audit the changes and let roles follow the memberships."""
    store = cast(SqlDirectoryStore, changed)  # the one implementation that this application opens
    account_id = store.directory.account_id
    record = partial(audit.record, store.session, account_id)
    owners_gone: list[tuple[Change, bool]] = []
    changes = [_with_past(store, change) for change in changes]
    arrived = [change.id for change in changes if store.adopted.pop(change.id, None) is not None]
    for change in changes:
        before, after = _differences(change)
        kind = change.kind.lower()
        is_renamed = kind == "group" and "displayName" in (before or {}) and "displayName" in (after or {})
        happened = "renamed" if is_renamed else _VERBS[change.verb]
        record(f"{kind}.{happened}", kind, change.id, _name(change), before, after)
        left_behind = store.left_behind.pop(change.id, [])
        owners_gone.append((change, any(had.get("owner") for had in left_behind)))
        for had in _named(left_behind):
            record("access.revoked", kind, change.id, _name(change), had, None, "the user was deleted")
    filters_people = store.directory.filters_people
    lifecycle.apply_changes(store.session, account_id, changes, record, filters_people=filters_people, arrived=arrived)
    for id in arrived:
        _adopted(store, id, record)
    last_owner.replace_deleted(store.session, account_id, owners_gone, record)


def _with_past(store: SqlDirectoryStore, change: Change) -> Change:
    """Who was added and had been there before is changed, for all that follows."""
    before = store.adopted.get(change.id)
    return change if before is None else replace(change, verb="replace", before=before)


def _adopted(store: SqlDirectoryStore, user_id: str, record: Any) -> None:
    """Tell that somebody is the directory's now, which alone says from now on in which groups they are (L-8)."""
    account_id = store.directory.account_id
    after = {"origin": store.directory.origin, "directory": store.directory.id}
    record("user.adopted", "user", user_id, None, {"origin": "sso"}, after)
    for directory_id, groups in claimed_memberships(store.session, account_id, user_id).items():
        claimed = open_directory_store(store.session, account_id, directory_id)
        leave = {"op": "remove", "path": f'members[value eq "{user_id}"]'}
        body = {"schemas": [PATCH_URN], "Operations": [leave]}
        on_changes(claimed, [service.patch(claimed, "Group", group_id, body) for group_id in groups])


def _differences(change: Change) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What was and what is, reduced to what changed."""
    before, after = _attributes(change.before), _attributes(change.after)
    if before is not None and after is not None:
        for name in before.keys() & after.keys():
            if before[name] == after[name]:
                del before[name], after[name]
    if change.removed and before is not None:
        before["members"] = _members(change.removed)
    if change.added and after is not None:
        after["members"] = _members(change.added)
    return before, after


def _attributes(stored: Stored | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    attributes = stored.attributes.copy()
    attributes.pop("id", None)
    attributes.pop("schemas", None)
    return attributes


def _members(references: tuple[Reference, ...]) -> Any:
    if len(references) > _MEMBERS_NAMED:
        return {"count": len(references)}
    return [reference.value for reference in references]


def _named(possessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    more = len(possessions) - _POSSESSIONS_NAMED
    return possessions if more <= 0 else [*possessions[:_POSSESSIONS_NAMED], {"more": more}]


def _name(change: Change) -> str | None:
    stored = change.after or change.before
    if stored is None:
        return None
    name = stored.attributes.get("userName") or stored.attributes.get("displayName")
    return str(name) if name is not None else None
