"""Derive people anew by rules of role mapping: what they gain and lose is written and noted in the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.audit import Record
from app.models.base import now
from app.services import kept_owner, mapping_guard, mapping_holds
from app.services.mapping_filters import Conditions, conditions_of
from app.services.orphaning import Losses
from app.session import Session
from app.stores import holding_changes, holdings
from app.stores.holding_changes import Rows
from app.stores.holdings import Held
from app.stores.mapping_rules import Loaded
from app.stores.portions import portions
from rbac.mapping import Derived, Rules, derive, difference, keeps
from rbac.model import Reach


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person gained and lost in effect; each with the rule that did it."""

    user_id: str
    name: str
    gained: tuple[Derived, ...]
    lost: tuple[Derived, ...]


def derive_anew(
    session: Session,
    account_id: str,
    loaded: Loaded,
    people: Collection[str],
    record: Record,
    *,
    groups: Set[str] | None = None,
    gone: str | None = None,
) -> Losses:
    """Give these people what the rules give, and take what they give no more. The caller has called ``bump``.

    ``groups``: only what comes from these groups is settled; else all that comes from these rules. ``gone`` is a group
    that was deleted, and with it what it gave. Raises Forbidden where a person who acts may not do that.
    """
    moment, losses = now(), Losses()
    if loaded.paused:
        return losses
    conditions = conditions_of(session, account_id, loaded)
    rules = conditions.usable(loaded.rules)
    if not rules.live:
        return losses
    if loaded.fresh:
        rules = mapping_holds.within_limit(
            session, account_id, replace(loaded, rules=rules), conditions, people, moment, record
        )
    all_turns = write_turns(
        session, account_id, rules, conditions, people, rules.live.keys(), moment, groups=groups, gone=gone
    )
    mapping_guard.check(session, account_id, [turn.user_id for turn in all_turns])
    for turn in all_turns:
        losses.add(note_turn(turn, loaded, record))
    kept_owner.keep_mapped(session, account_id, _owners_lost(all_turns, loaded), record)
    return losses


def write_turns(
    session: Session,
    account_id: str,
    rules: Rules,
    conditions: Conditions,
    people: Iterable[str],
    concerned: Collection[str],
    moment: datetime,
    *,
    groups: Set[str] | None = None,
    gone: str | None = None,
) -> list[Turn]:
    """Write what these people gain and lose; who does not exist is passed over. As ``rederive`` otherwise."""
    turns: list[Turn] = []
    for portion in portions(sorted(people)):
        held = holdings.held_by(session, account_id, portion, moment, rules.group_ids)
        conditions.ask(session, account_id, held)
        rows = Rows()
        turns += rederive(account_id, rules, held, concerned, rows, moment, groups=groups, gone=gone)
        holding_changes.write(session, account_id, rows)
    return turns


def rederive(
    account_id: str,
    rules: Rules,
    people: Mapping[str, Held],
    concerned: Collection[str],
    rows: Rows,
    moment: datetime,
    *,
    groups: Set[str] | None = None,
    gone: str | None = None,
) -> list[Turn]:
    """Derive these people anew and gather in ``rows`` what must be written.

    ``concerned`` are the ids of the rules that may give something new or nothing any more; never those of rules that
    are paused. ``groups`` and ``gone`` are as in ``derive_anew``.
    """

    def is_concerned(one: Derived) -> bool:
        return one.rule_id in concerned and (groups is None or one.group_id in groups)

    # People are in few different combinations of groups and filters; each is derived once.
    derived: dict[tuple[frozenset[str], frozenset[str]], frozenset[Derived]] = {}
    turns = []
    for user_id, mine in people.items():
        together = frozenset(mine.groups), mine.satisfied
        after = derived.get(together)
        if after is None:
            after = derived[together] = frozenset(filter(is_concerned, derive(rules, *together)))
        before = set(filter(is_concerned, mine.derived()))
        after |= keeps(rules, mine.groups, mine.satisfied, before)
        was = _gave(rules, gone, mine.satisfied, moment) if gone is not None else frozenset()
        had = mine.effects(moment).union(one.effect.given for one in was)
        change = difference(before, after)
        holding_changes.settle(account_id, user_id, change, mine, rules, moment, rows)
        holding_changes.let_end(mine, before & after, rules, rows)
        holding_changes.settle_home(user_id, mine, rows)
        has = mine.effects(moment)
        if has != had:
            lost = _because(had - has, change.lost | was)
            turns.append(Turn(user_id, mine.name, _because(has - had, change.gained), lost))
    return turns


def _gave(rules: Rules, group_id: str, satisfied: frozenset[str], moment: datetime) -> frozenset[Derived]:
    """What a group that is gone gave until then."""
    given = derive(rules, [group_id], satisfied)
    return frozenset(
        one
        for one in given
        if one.group_id == group_id and ((end := rules.live[one.rule_id].term.until) is None or moment < end)
    )


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


def _owners_lost(turns: Iterable[Turn], loaded: Loaded) -> dict[str, Derived]:
    """What made them an Account Owner, of those who are none any more, by their id."""
    return {turn.user_id: one for turn in turns for one in turn.lost if one.effect.role_id in loaded.owner_roles}


def note_turn(turn: Turn, loaded: Loaded, record: Record) -> list[dict[str, Any]]:
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
    rule = next((rule for rule in loaded.rules.rules if rule.id == derived.rule_id), None)
    what = {"role": loaded.roles.get(effect.role_id, effect.role_id)} if effect.role_id else {"works_in": unit}
    described = {
        **what,
        "scope": "account" if effect.reach is Reach.ACCOUNT else unit,
        "reach": effect.reach.value,
        "rule": rule.name if rule else derived.rule_id,
        "revision": loaded.revisions.get(derived.rule_id),
    }
    if derived.group_id is not None:
        described["group"] = loaded.group_names.get(derived.group_id, derived.group_id)
    return described
