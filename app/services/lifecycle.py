"""What a provisioning change means for access: roles re-derived, decisions made anew, the trail written.

Runs in the transaction of the request that made the change. A directory's request never fails
because of what it means here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit import Record
from app.models.base import now
from app.services import last_owner, orphaning
from app.services.orphaning import Losses
from app.session import Session
from app.stores import holdings, mapping_rules, naming, nesting
from app.stores.access_revision import bump
from app.stores.holdings import Held, Rows
from app.stores.mapping_rules import Loaded
from app.stores.portions import portions
from rbac.mapping import Derived, Rules, derive, difference
from rbac.model import Reach
from scim.store import Change, Stored


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person gained and lost in effect; each with the rule that did it."""

    user_id: str
    name: str
    gained: tuple[Derived, ...]
    lost: tuple[Derived, ...]


def apply_changes(session: Session, account_id: str, changes: Sequence[Change], record: Record) -> None:
    """Make everything true that follows from changes of users and groups.

    The cost depends on how many people have moved, not on the size of the group or the directory;
    nothing is derived where no rule is bound to the groups concerned.
    """
    _let_decisions_follow(session, account_id, [change for change in changes if change.kind == "User"])
    last_owner.keep_active(session, account_id, changes, record)
    for change in changes:
        if change.kind == "User":
            continue
        if change.verb == "delete":
            _group_is_gone(session, account_id, change, record)
        elif change.verb != "create" and (change.added or change.removed):
            # A new group cannot be bound to a rule, nor be within another group.
            _members_moved(session, account_id, change, record)
    orphaning.groups_are_called(session, account_id, [one for one in changes if one.kind == "Group"], record)


def rederive(
    account_id: str,
    rules: Rules,
    people: Mapping[str, Held],
    concerned: Collection[str],
    rows: Rows,
    moment: datetime,
    *,
    was: frozenset[Derived] = frozenset(),
) -> list[Turn]:
    """Derive these people anew and gather in ``rows`` what must be written.

    ``concerned`` are the ids of the rules that may give something new or nothing any more. ``was`` is what
    everybody here had until a group went.
    """
    # People are in few different combinations of groups; each is derived once.
    derived: dict[frozenset[str], frozenset[Derived]] = {}
    turns = []
    for user_id, mine in people.items():
        together = frozenset(mine.groups)
        after = derived.get(together)
        if after is None:
            after = derived[together] = derive(rules, together)
        before = {one for one in mine.derived() if one.rule_id in concerned}
        if before == after and not was:
            continue
        change = difference(before, after)
        had = mine.effects().union(one.effect.given for one in was)
        holdings.settle(account_id, user_id, change, mine, moment, rows)
        has = mine.effects()
        if has != had:
            lost = _because(had - has, change.lost | was)
            turns.append(Turn(user_id, mine.name, _because(has - had, change.gained), lost))
    return turns


def _because(changed: set[tuple[str | None, str, Reach]], by: Iterable[Derived]) -> tuple[Derived, ...]:
    """One cause for each thing that changed, the first by rule."""
    if not changed:
        return ()
    causes: dict[tuple[str | None, str, Reach], Derived] = {}
    for one in by:
        known = causes.setdefault(one.effect.given, one)
        if one.rule_id < known.rule_id:
            causes[one.effect.given] = one
    return tuple(causes[what] for what in changed if what in causes)


def _members_moved(session: Session, account_id: str, change: Change, record: Record) -> None:
    mapping_rules.lock(session, account_id, exclusive=False)
    loaded, has_role_itself = mapping_rules.rules_above(session, account_id, change.id)
    if not loaded.rules.rules and not has_role_itself:
        return
    bump(session, account_id)
    if loaded.rules.rules:
        _derive_anew(session, account_id, loaded, _people(session, account_id, change), record)


def _group_is_gone(session: Session, account_id: str, change: Change, record: Record) -> None:
    """The group and all that hung on it went with its row; its members are derived anew by all rules."""
    losses = Losses()
    if change.removed:
        mapping_rules.lock(session, account_id, exclusive=False)
        bump(session, account_id)
        loaded = mapping_rules.all_rules(session, account_id)
        if loaded.rules.rules:
            was = derive(loaded.rules, [change.id])
            losses = _derive_anew(session, account_id, loaded, _people(session, account_id, change), record, was)
    orphaning.group_is_gone(session, account_id, change, losses, record)


def _people(session: Session, account_id: str, change: Change) -> set[str]:
    """Everybody whose membership has changed, directly or because a group moved."""
    moved = (*change.added, *change.removed)
    nested = [member.value for member in moved if member.type == "Group"]
    below = nesting.users_below(session, account_id, nested)
    return below | {member.value for member in moved if member.type == "User"}


def _derive_anew(
    session: Session,
    account_id: str,
    loaded: Loaded,
    people: set[str],
    record: Record,
    was: frozenset[Derived] = frozenset(),
) -> Losses:
    moment, losses = now(), Losses()
    concerned = {rule.id for rule in loaded.rules.rules}
    for portion in portions(sorted(people)):
        held = holdings.held_by(session, account_id, portion, moment, loaded.rules.group_ids)
        rows = Rows()
        turns = rederive(account_id, loaded.rules, held, concerned, rows, moment, was=was)
        holdings.write(session, account_id, rows)
        for turn in turns:
            losses.add(_note_turn(turn, loaded, record))
    return losses


def _note_turn(turn: Turn, loaded: Loaded, record: Record) -> list[dict[str, Any]]:
    """Note what somebody gained and lost; returns what they lost."""
    all_lost = [_described(lost, loaded) for lost in turn.lost]
    for lost in all_lost:
        record("access.revoked", "user", turn.user_id, turn.name, lost, None)
    for gained in turn.gained:
        record("access.granted", "user", turn.user_id, turn.name, None, _described(gained, loaded))
    return all_lost


def _described(derived: Derived, loaded: Loaded) -> dict[str, Any]:
    """What was given or taken, in words that are still understood when the rows are gone."""
    effect = derived.effect
    unit = loaded.units.get(effect.unit_id, effect.unit_id)
    rule = next((rule.name for rule in loaded.rules.rules if rule.id == derived.rule_id), derived.rule_id)
    what = {"role": loaded.roles.get(effect.role_id, effect.role_id)} if effect.role_id else {"works_in": unit}
    return {
        **what,
        "scope": "account" if effect.reach is Reach.ACCOUNT else unit,
        "reach": effect.reach.value,
        "rule": rule,
        "group": loaded.group_names.get(derived.group_id, derived.group_id),
        "revision": loaded.revisions.get(derived.rule_id),
    }


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
