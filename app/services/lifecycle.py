"""What a provisioning change means for access: roles re-derived, decisions made anew, the trail written.

Runs in the transaction of the request that made the change. A directory's request never fails
because of what it means here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from app.audit import Record
from app.services import last_owner, orphaning, patterns
from app.services.derivation import derive_anew
from app.services.mapping_filters import conditions_of
from app.services.orphaning import Losses
from app.session import Session
from app.stores import mapping_bindings, mapping_rules, naming, nesting, people_filters
from app.stores.access_revision import bump, is_locked, lock_account
from scim.store import Change, Stored


def apply_changes(
    session: Session,
    account_id: str,
    changes: Sequence[Change],
    record: Record,
    *,
    filters_people: bool = True,
    arrived: Collection[str] = (),
) -> None:
    """Make everything true that follows from changes of users and groups.

    The cost depends on how many people have moved, not on the size of the group or the directory;
    nothing is derived where no rule is bound to the groups concerned. ``filters_people``: some rule had a filter on
    people when that was last read, so that their attributes matter. ``arrived`` are the ids of those who are of
    another directory than before.
    """
    of_users = [change for change in changes if change.kind == "User"]
    _let_decisions_follow(session, account_id, of_users)
    last_owner.keep_active(session, account_id, changes, record)
    written = [change for change in of_users if change.verb != "delete"]
    if written and people_filters.may_decide(session, account_id, filters_people):
        _attributes_changed(session, account_id, written, record, arrived)
    for change in changes:
        if change.kind == "User":
            continue
        if change.verb == "delete":
            _group_is_gone(session, account_id, change, record)
        elif change.verb != "create" and (change.added or change.removed):
            # A new group cannot be bound to a rule yet, nor be within another group.
            _members_moved(session, account_id, change, record)
    _groups_are_called(session, account_id, [one for one in changes if one.kind == "Group"], record)


def _attributes_changed(
    session: Session, account_id: str, changes: Sequence[Change], record: Record, arrived: Collection[str]
) -> None:
    """Derive whoever satisfies other filters now than before, or is of another directory."""
    mapping_rules.lock(session, account_id, exclusive=False)
    loaded = mapping_rules.filtered_rules(session, account_id)
    if not loaded.live:
        return
    conditions = conditions_of(session, account_id, loaded)
    people = [
        change.id
        for change in changes
        if change.id in arrived
        or conditions.differ(*(one.attributes if one else None for one in (change.before, change.after)))
    ]
    if people:
        bump(session, account_id)
        derive_anew(session, account_id, loaded, people, record)


def _members_moved(session: Session, account_id: str, change: Change, record: Record) -> None:
    mapping_rules.lock(session, account_id, exclusive=False)
    loaded, has_role_itself = mapping_rules.rules_above(session, account_id, change.id)
    if loaded.has_patterns and not session.is_sqlite and not is_locked(session, account_id):
        # A pattern may be binding the group at this moment; either of us must see what the other does.
        lock_account(session, account_id)
        loaded, has_role_itself = mapping_rules.rules_above(session, account_id, change.id)
    if not loaded.rules.rules and not has_role_itself:
        return
    bump(session, account_id)
    if loaded.live:
        people = _people(session, account_id, change)
        derive_anew(session, account_id, loaded, people, record, groups=loaded.rules.group_ids)


def _group_is_gone(session: Session, account_id: str, change: Change, record: Record) -> None:
    """The group and all that hung on it went with its row; its members are derived anew by all rules."""
    losses = Losses()
    if change.removed:
        mapping_rules.lock(session, account_id, exclusive=False)
        bump(session, account_id)
        loaded = mapping_rules.all_rules(session, account_id)
        if loaded.live:
            people = _people(session, account_id, change)
            losses = derive_anew(session, account_id, loaded, people, record, gone=change.id)
    mapping_bindings.unmatch(session, account_id, change.id)
    orphaning.group_is_gone(session, account_id, change, losses, record)


def _people(session: Session, account_id: str, change: Change) -> set[str]:
    """Everybody whose membership has changed, directly or because a group moved."""
    moved = (*change.added, *change.removed)
    nested = [member.value for member in moved if member.type == "Group"]
    below = nesting.users_below(session, account_id, nested)
    return below | {member.value for member in moved if member.type == "User"}


def _groups_are_called(session: Session, account_id: str, changes: Sequence[Change], record: Record) -> None:
    """Let rules follow the names of groups; what has come under a new name may fit a pattern."""
    named = orphaning.groups_are_called(session, account_id, changes, record)
    if named:
        lock_account(session, account_id)
        patterns.rematch(session, account_id, record, named)


def _let_decisions_follow(session: Session, account_id: str, changes: Sequence[Change]) -> None:
    """Changes of users may alter a decision: active or not, and whom a userName means."""
    if any(change.verb != "create" and _standing(change.before) != _standing(change.after) for change in changes):
        bump(session, account_id)
        return
    # Nobody had a decision about a new user, but the name may have meant somebody else until now.
    new = {
        change.id: change.after.attributes["userName"] for change in changes if change.verb == "create" and change.after
    }
    if new:
        naming.bump_for_namesakes(session, account_id, new)


def _standing(user: Stored | None) -> tuple[Any, Any] | None:
    return (user.attributes.get("active", True), user.attributes.get("userName")) if user else None
