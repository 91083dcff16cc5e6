"""Data filters: which records people see, by the unit they work in and by how they have a role.

A filter is text in the SCIM filter grammar over the attributes that the catalogue declares for a type of records. A
unit's filter holds for whoever works there, together with those of all units above; an assignment's filter narrows
what that assignment gives. Decisions carry what comes of it as an obligation; here it is set and shown, and in
``filter_trials`` tried out.

A person who manages units (``administration.manage_units``) may set the filter of one, but not where they themselves
are at home or work by a membership or a role; that of an assignment if they may give and take that role there. Account
Owners may all of it, save on an assignment of their own: nobody changes their own access.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app import audit
from app.models.base import now
from app.services import code_ownership
from app.services.errors import Forbidden, NotFound, Refused, Wrong
from app.services.filter_facts import FilterFacts, holder_words, narrowed_by
from app.services.filter_limits import check_together, units_of
from app.services.guards import OWN, Acting, acting_in, check_grant
from app.services.references import unit_of
from app.services.timed_rights import check_lasts
from app.session import Session
from app.stores import data_filters as store
from app.stores.access_revision import bump
from app.stores.filter_sql import is_id
from app.stores.grants import Principal
from muster.filters import InvalidFilter, TooMany, check, contradictions
from rbac.filters import DataFilter, combine
from rbac.model import Policy, Reach
from rbac.reaches import below, expressly_in, reached
from rbac.roles import touched


@dataclass(frozen=True, slots=True)
class Part:
    """One of several filters that hold together. ``matches`` is None where no record was asked about."""

    holder: str
    filter: str
    matches: bool | None = None


@dataclass(frozen=True, slots=True)
class Combined:
    """What whoever works in a unit is left with: None is all records."""

    filter: str | None
    parts: tuple[Part, ...]
    hints: tuple[str, ...]


def list_filters(
    session: Session,
    account_id: str,
    *,
    unit: str | None = None,
    assignment: str | None = None,
    record_type: str | None = None,
) -> list[FilterFacts]:
    """The data filters of an account, or some of them: of a unit itself, an assignment, a type of records."""
    acting, _ = acting_in(session, account_id)
    wanted = unit_of(acting.policy, unit).key if unit is not None else None
    return [
        one
        for one in _all(session, account_id, acting.policy)
        if (wanted is None or one.unit == wanted)
        and (assignment is None or one.assignment_id == assignment.lower())
        and (record_type is None or one.record_type == record_type)
    ]


def set_filter(
    session: Session,
    account_id: str,
    record_type: str,
    text: str,
    *,
    unit: str | None = None,
    assignment: str | None = None,
    reason: str = "",
) -> FilterFacts:
    """Say which records of a type people see: whoever works in a unit, or by an assignment (its id).

    Raises NotFound, Forbidden, and Refused for a filter that is none, names what is not declared, or would be more
    than a filter may have, together with those that hold with it.
    """
    bump(session, account_id)
    acting, _ = acting_in(session, account_id)
    check_text(record_type, text, types_of(acting.policy, record_type))
    unit_id, assignment_id = _holder(session, account_id, acting, unit, assignment)
    before = _find(session, account_id, acting.policy, record_type, unit_id, assignment_id)
    if before is not None and before.filter == text:
        return before
    with session.savepoint():
        store.put_filter(session, account_id, record_type, text, unit_id=unit_id, assignment_id=assignment_id)
        where = units_of(session, account_id, acting.policy.units, unit_id, assignment_id)
        check_together(session, account_id, acting.policy.units, where, "filter")
    after = _find(session, account_id, acting.policy, record_type, unit_id, assignment_id)
    if after is None:
        raise RuntimeError("a filter that was just written is not there")
    _note(session, account_id, "filter.set", after, before.filter if before else None, text, reason)
    return after


def clear_filter(
    session: Session,
    account_id: str,
    record_type: str,
    *,
    unit: str | None = None,
    assignment: str | None = None,
    reason: str = "",
) -> FilterFacts:
    """Take a filter away; what it was. Raises NotFound where there is none, Forbidden."""
    bump(session, account_id)
    acting, _ = acting_in(session, account_id)
    unit_id, assignment_id = _holder(session, account_id, acting, unit, assignment)
    before = _find(session, account_id, acting.policy, record_type, unit_id, assignment_id)
    if before is None:
        raise NotFound(f"there is no filter on {record_type} there")
    store.drop_filter(session, account_id, record_type, unit_id or assignment_id or "")
    _note(session, account_id, "filter.cleared", before, before.filter, None, reason)
    return before


def combined(session: Session, account_id: str, unit: str, record_type: str) -> Combined:
    """The filter that holds in a unit, with those of the units above. Raises NotFound."""
    acting, _ = acting_in(session, account_id)
    types = types_of(acting.policy, record_type)
    parts = on_path(acting.policy, unit_of(acting.policy, unit).id, record_type)
    together = combine([DataFilter(record_type, one.filter) for one in parts], [])
    return Combined(together.text if together else None, tuple(parts), tuple(_hints(parts, types)))


def types_of(policy: Policy, record_type: str) -> dict[str, str]:
    """The attributes of a type of records. Raises NotFound, naming the types there are."""
    kinds = policy.catalogue.item_kinds
    kind = kinds.get(record_type)
    if kind is None or not kind.records:
        there = ", ".join(sorted(one.name for one in kinds.values() if one.records)) or "none"
        why = f"no type of records {record_type!r} in this account's catalogue; there are: {there}"
        raise NotFound(why, "type", record_type)
    return {name: type.value for name, type in kind.attributes.items()}


def check_text(record_type: str, text: str, types: Mapping[str, str]) -> None:
    try:
        check(text, types)
    except (InvalidFilter, TooMany) as error:
        raise Refused(f"{record_type}: {error}", Wrong(("filter",), str(error))) from error


def _holder(
    session: Session, account_id: str, acting: Acting, unit: str | None, assignment: str | None
) -> tuple[str | None, str | None]:
    """The id of the unit or assignment that is meant, which whoever acts may filter, by hand or by a file."""
    if (unit is None) == (assignment is None):
        raise Refused("a filter belongs to a business unit or to an assignment; name one of the two")
    if unit is not None:
        found = unit_of(acting.policy, unit)
        _check_unit(acting, found.id)
        code_ownership.check(session, account_id, "unit", found.id, found.key)
        return found.id, None
    id = (assignment or "").lower()
    row = store.find_assignment(session, account_id, id) if is_id(id) else None
    if row is None:
        raise NotFound(f"there is no assignment {assignment!r}", "assignment", assignment or "")
    _check_assignment(session, account_id, acting, id, row)
    return None, id


def _check_unit(acting: Acting, unit_id: str) -> None:
    if acting.person is None or acting.is_owner:
        return
    tree = acting.policy.units
    here = below(tree, unit_id)
    acting.check_area("manage_units", here, "filter the records of this business unit")
    if not expressly_in(tree, acting.person, now()).isdisjoint(here):
        raise Forbidden(OWN)


def _check_assignment(session: Session, account_id: str, acting: Acting, assignment_id: str, row: Any) -> None:
    if acting.person is None:
        return
    kind, id = next(
        (kind, id)
        for kind, id in (("user", row.user_id), ("group", row.group_id), ("unit", row.principal_unit_id))
        if id is not None
    )
    _, snapshot = acting_in(session, account_id, [row.user_id] if row.user_id else [])
    subject = snapshot.subjects.get(row.user_id) if row.user_id else None
    role = acting.policy.roles[row.role_id]
    where, what = (row.scope_id, Reach(row.reach)), f"{role.name} with another filter"
    check_grant(session, account_id, acting, Principal(kind, id), subject, role, where, what)
    keys, units = touched(acting.policy.catalogue, role.statements), reached(acting.policy.units, *where)
    check_lasts(acting, keys, units, store.last_end(session, account_id, assignment_id), f"give or take {what}")


def _all(session: Session, account_id: str, policy: Policy) -> list[FilterFacts]:
    rows = store.read_filters(session, account_id)
    return [_facts(row, policy) for row in rows]


def _find(
    session: Session, account_id: str, policy: Policy, record_type: str, unit_id: str | None, assignment_id: str | None
) -> FilterFacts | None:
    rows = store.read_filters(session, account_id)
    mine = (
        row
        for row in rows
        if (row.record_type, row.business_unit_id, row.assignment_id) == (record_type, unit_id, assignment_id)
    )
    row = next(mine, None)
    if row is None:
        return None
    by_unit = {one.business_unit_id: one for one in rows if one.record_type == record_type and one.unit is not None}
    return _facts(row, policy, by_unit)


def _facts(row: Any, policy: Policy, by_unit: Mapping[str, Any] | None = None) -> FilterFacts:
    hints: tuple[str, ...] = ()
    kind = policy.catalogue.item_kinds.get(row.record_type)
    if by_unit is not None and row.business_unit_id is not None and kind is not None:
        types = {name: type.value for name, type in kind.attributes.items()}
        hints = tuple(_near(row.business_unit_id, by_unit, policy, types))
    holder = holder_words(row)
    return FilterFacts(
        row.id, row.record_type, row.filter, row.unit, row.assignment_id, holder, hints, narrowed_by(row)
    )


def _near(unit_id: str, by_unit: Mapping[str, Any], policy: Policy, types: Mapping[str, str]) -> list[str]:
    """Contradictions between the filters on the way to a unit, or on the way on to one below it."""
    found: list[str] = []
    for end in sorted(below(policy.units, unit_id), key=lambda id: len(policy.units.path(id))):
        path = [by_unit[id] for id in reversed(policy.units.path(end)) if id in by_unit]
        found += _hints([Part(holder_words(one), one.filter) for one in path], types)
    return list(dict.fromkeys(found))


def _hints(parts: Iterable[Part], types: Mapping[str, str]) -> list[str]:
    try:
        return contradictions({one.holder: one.filter for one in parts}, types)
    except (InvalidFilter, TooMany) as error:
        return [f"no record matches: {error}"]


def on_path(policy: Policy, unit_id: str, record_type: str) -> list[Part]:
    """The units' filters on the way down to a unit."""
    return [
        Part(f"unit {policy.units.units[id].key}", found.text)
        for id in reversed(policy.units.path(unit_id))
        if (found := policy.unit_filters.get(id, {}).get(record_type)) is not None
    ]


def _note(
    session: Session,
    account_id: str,
    action: str,
    one: FilterFacts,
    before: str | None,
    after: str | None,
    reason: str,
) -> None:
    kind, id = ("unit", one.unit) if one.unit is not None else ("assignment", one.assignment_id)
    was, now_ = (
        {"record_type": one.record_type, "filter": text} if text is not None else None for text in (before, after)
    )
    audit.record(session, account_id, action, kind, id, one.holder, was, now_, reason or None)
