"""Role mapping as a configuration has it: the file's rules in their order, then those that were made by hand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from app.services import mapping_plans, mapping_publish
from app.services.configuration_state import Entry, differences, name_of, shown_rule
from app.services.configuration_work import Work
from app.services.mapping_documents import normal_form
from app.services.mapping_meaning import meaning_of
from app.services.mapping_resolution import InvalidMapping, Prepared, prepare
from app.services.mapping_scan import Scan, in_order
from app.services.mapping_summary import Need, Summary
from app.stores import configurations as store
from rbac.mapping_turns import Change, Turning
from scim.keys import fold

MOST_ROWS = 500
"""So many rows of what people gain and lose are told; how many there are says the summary."""
_INDEX = re.compile(r"rules\[(\d+)\]")
_STEP = re.compile(r"\[(\d+)\]|[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who wrote what is published, and who agreed to it."""

    author: str
    author_id: str | None
    approver: str | None = None
    approver_id: str | None = None
    approved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that one person gains or loses by a rule, or that ends sooner or later; in words."""

    change: str
    privileged: bool
    standing: str
    user_id: str
    user_name: str
    role: str | None
    unit: str
    reach: str
    home: bool
    ends: datetime | None
    rule: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules of a document do. ``digest`` stands for all rows and what the rules mean, but for new ids."""

    summary: Summary
    rows: tuple[Row, ...] = ()
    needs: tuple[Need, ...] = ()
    digest: str = ""
    scan: Scan | None = None


def carry_out(
    work: Work, before: Mapping[str, Entry], approval: Approval, *, reason: str, writes: bool
) -> Ruled | None:
    """Publish the document's rules, or (not ``writes``) say what that would do; None where it has none.

    ``before`` are the published rules by id.
    """
    given = work.document.mapping
    if given is None:
        for id in work.owned["rule"]:
            work.did("rule", name_of(before[id]), "release")
        return None
    document, own = _merged(work, given, before)
    try:
        prepared = prepare(*work.here, document)
    except InvalidMapping as error:
        work.problems += _placed(work, error.problems, document, own)
        return None
    if prepared.paused and prepared.differs:
        work.problems.append(f"mapping: {mapping_plans.PAUSED}")
        return None
    ruled = _published(work, prepared, document, approval, reason, writes=writes)
    _note(work, ruled.summary, [rule["name"] for rule in document["rules"][:own]], before, prepared)
    return ruled


def _published(
    work: Work, prepared: Prepared, document: Mapping[str, Any], approval: Approval, reason: str, *, writes: bool
) -> Ruled:
    if not prepared.differs:
        return Ruled(mapping_plans.unchanged(*work.here, document))
    computed = mapping_plans.compute_prepared(*work.here, prepared, document, (approval.author_id,))
    if writes:
        origin = mapping_publish.Origin(
            approval.author,
            approval.author_id,
            reason,
            approver=approval.approver,
            approver_id=approval.approver_id,
            approved=approval.approved,
        )
        mapping_publish.write(*work.here, computed, origin)
    found = computed.scan
    return Ruled(
        computed.summary,
        tuple(islice(_rows(found), MOST_ROWS)),
        computed.summary.needs,
        _digest(found, work.known),
        found,
    )


def _merged(work: Work, given: Mapping[str, Any], before: Mapping[str, Entry]) -> tuple[dict[str, Any], int]:
    """The whole mapping, and how many of its rules are the file's."""
    own = list(given.get("rules") or ())
    named = {fold(rule["name"]) for rule in own}
    by_id = {id: rule for id, rule in before.items() if id not in work.owned["rule"]}
    by_hand = [_bound(rule) for rule in by_id.values() if fold(rule["name"]) not in named]
    return {**given, "rules": [*own, *by_hand]}, len(own)


def _bound(rule: Entry) -> Entry:
    """A published rule as it can be published again: its group by id alone."""
    group = rule.get("group", {})
    return rule | {"group": {"id": group["id"]}} if "id" in group else rule


def _note(work: Work, summary: Summary, own: Iterable[str], before: Mapping[str, Entry], prepared: Prepared) -> None:
    """What becomes of each rule, and that those of the file belong to it."""
    written = {fold(rule["name"]): shown_rule(rule) for rule in normal_form(prepared)["rules"]}
    old = {fold(rule["name"]): (id, rule) for id, rule in before.items()}
    now = {fold(name): id for id, name, _ in store.rules(*work.here)}
    for name in own:
        key = fold(name)
        if key in old:
            work.keep("rule", old[key][0], name)
        elif key in now:
            work.keep("rule", now[key], name, is_new=True)
    for name in summary.rules_added:
        work.did("rule", name, "create", *differences({}, _body(written[fold(name)])))
    for name in summary.rules_changed:
        lines = differences(_body(old[fold(name)][1]), _body(written[fold(name)]))
        work.did("rule", name, "change", *lines)
    for name in summary.rules_removed:
        work.did("rule", name, "delete")
    if summary.changed and not (summary.rules_added or summary.rules_changed or summary.rules_removed):
        work.did("rule", "order of the rules", "change")


def _body(rule: Entry) -> Entry:
    return {field: value for field, value in rule.items() if field != "name"}


def _rows(found: Scan) -> Iterator[Row]:
    policy = found.prepared.policy
    for one, change, privileged in in_order(found):
        role_id, unit_id, reach = change.given
        yield Row(
            change=change.turning.value,
            privileged=privileged,
            standing=one.standing,
            user_id=one.user_id,
            user_name=one.user_name,
            role=policy.roles[role_id].name if role_id is not None else None,
            unit=policy.units.units[unit_id].key,
            reach=reach.value,
            home=change.home,
            ends=change.ends,
            rule=found.rules[change.rule].name if change.rule in found.rules else "",
        )


def _digest(found: Scan, known: Collection[str]) -> str:
    """A value that stands for who gains and loses what, and for what the rules mean.

    What is new has another id each time, so people's gains and losses are told in names; ``known`` are the ids that
    last.
    """
    words: dict[int, bytes] = {}
    digest = hashlib.sha256(meaning_of(found, known).encode())
    for one in found.turns:
        digest.update(one.user_id.encode())
        for change in one.changes:
            said = words.get(id(change))
            if said is None:
                said = words[id(change)] = _said(found, change).encode()
            digest.update(said)
    return digest.hexdigest()


def _said(found: Scan, change: Change) -> str:
    role_id, unit_id, reach = change.given
    role = found.prepared.policy.roles[role_id].name if role_id is not None else None
    unit = found.prepared.policy.units.units[unit_id].key
    rule = found.rules.get(change.rule)
    # What ends so long after it is got ends a little later each time that it is planned.
    by_rule = change.turning is Turning.GAINED and rule is not None and rule.term.days is not None
    ends = f"{rule.term.until} {rule.term.days}" if by_rule and rule is not None else str(change.ends)
    name = fold(rule.name) if rule is not None else None
    return repr((change.turning.value, role, unit, reach.value, change.home, change.group, ends, name))


def _placed(work: Work, problems: tuple[str, ...], document: Mapping[str, Any], own: int) -> list[str]:
    """Problems with their places in the file, without those that follow from others."""
    placed = []
    for problem in problems:
        place, _, what = problem.partition(": ")
        number = _INDEX.match(place)
        word = _value(document, place)
        if isinstance(word, str) and {("role", fold(word)), ("unit", fold(word))} & work.failed:
            continue
        if number is not None and int(number[1]) >= own:
            rule = document["rules"][int(number[1])]["name"]
            placed.append(f"mapping: the rule {rule}, which was made by hand, cannot stay as it is: {what}")
        else:
            placed.append(f"mapping.{problem}")
    return placed


def _value(document: Any, place: str) -> Any:
    """What stands at a place; None if nothing does."""
    for step in _STEP.finditer(place):
        try:
            document = document[int(step[1])] if step[1] else document[step[0]]
        except (KeyError, IndexError, TypeError):
            return None
    return document
