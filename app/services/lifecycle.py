"""What a provisioning change means for access: roles re-derived, decisions made anew, the trail written.

Runs in the transaction of the request that made the change. A directory's request never fails
because of what it means here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.models.base import now
from app.session import Session
from app.stores import holdings, mapping_rules, naming, nesting
from app.stores.access_revision import bump
from app.stores.holdings import Held, Rows
from app.stores.mapping_rules import Loaded
from app.stores.portions import portions
from rbac.mapping import Derived, Rules, derive, difference
from rbac.model import Reach
from scim.store import Change


class Record(Protocol):
    """Writes one event of the audit trail."""

    def __call__(
        self,
        action: str,
        target_kind: str,
        target_id: str | None,
        target_name: str | None,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        reason: str | None = None,
    ) -> None:
        """Note the event."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person gained and lost in effect; each with the rule that did it."""

    user_id: str
    name: str
    gained: tuple[Derived, ...]
    lost: tuple[Derived, ...]


def apply_change(session: Session, account_id: str, change: Change, record: Record) -> None:
    """Make everything true that follows from a change of a user or a group.

    The cost depends on how many people have moved, not on the size of the group or the directory;
    nothing is derived where no rule is bound to the groups concerned.
    """
    if change.kind == "User":
        if _changes_decisions(session, account_id, change):
            bump(session, account_id)
    elif change.verb == "delete":
        _group_is_gone(session, account_id, change, record)
    elif change.verb != "create" and (change.added or change.removed):
        # A new group cannot be bound to a rule, nor be within another group.
        _members_moved(session, account_id, change, record)


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
    if not change.removed:
        return
    mapping_rules.lock(session, account_id, exclusive=False)
    bump(session, account_id)
    loaded = mapping_rules.all_rules(session, account_id)
    if not loaded.rules.rules:
        return
    was = derive(loaded.rules, [change.id])
    _derive_anew(session, account_id, loaded, _people(session, account_id, change), record, was)


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
) -> None:
    moment = now()
    concerned = {rule.id for rule in loaded.rules.rules}
    for portion in portions(sorted(people)):
        held = holdings.held_by(session, account_id, portion, moment, loaded.rules.group_ids)
        rows = Rows()
        turns = rederive(account_id, loaded.rules, held, concerned, rows, moment, was=was)
        holdings.write(session, account_id, rows)
        for turn in turns:
            _note_turn(turn, loaded, record)


def _note_turn(turn: Turn, loaded: Loaded, record: Record) -> None:
    for lost in turn.lost:
        record("access.revoked", "user", turn.user_id, turn.name, _described(lost, loaded), None)
    for gained in turn.gained:
        record("access.granted", "user", turn.user_id, turn.name, None, _described(gained, loaded))


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


def _changes_decisions(session: Session, account_id: str, change: Change) -> bool:
    """Whether a change of a user may alter a decision: active or not, and whom a userName means."""
    if change.verb == "delete":
        return True
    after = change.after.attributes if change.after else {}
    if change.verb == "create":
        # Nobody had a decision about the new user, but the name may have meant somebody else until now.
        return naming.is_name_shared(session, account_id, after["userName"], change.id)
    before = change.before.attributes if change.before else {}
    return _standing(before) != _standing(after)


def _standing(attributes: Mapping[str, Any]) -> tuple[Any, Any]:
    return (attributes.get("active", True), attributes.get("userName"))
