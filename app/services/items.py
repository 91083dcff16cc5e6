"""Register, list, change and delete items: the platform's objects that decisions are about.

Only items of types whose inventory is *held* are kept here; of other types whoever asks says what is needed. An item
is registered with its owner, owner group, unit and levels; what is not said comes from the owner's defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy.exc import IntegrityError

from app import audit
from app.services.errors import Conflict, NotFound, Refused, Stale, Wrong, wrong_in
from app.services.guards import acting_in
from app.services.item_facts import ItemFacts, facts_of, key_of, note_many, noted
from app.services.item_references import Words
from app.services.item_rights import check_items, check_move, check_register
from app.services.item_values import Draft, Known, draft, values_of
from app.services.references import hold_units
from app.session import Session
from app.stores import items as store
from app.stores.item_columns import item_columns
from app.stores.item_defaults import defaults_of
from app.stores.listings import Place, Wanted
from app.stores.references import homes_of
from muster.filters import Columns
from rbac.items import ItemKey
from rbac.model import Policy
from scim.errors import ScimError

MOST = 10_000
"""Items in one call."""
CREATED, CHANGED, UNCHANGED, REFUSED = "created", "changed", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one item of many. ``index`` is its place among those given."""

    index: int
    type: str | None
    id: str | None
    outcome: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkReport:
    """What became of many items. ``written`` is False if one was refused and so nothing was done."""

    written: bool
    created: int
    changed: int
    unchanged: int
    refused: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, and where the next ones begin."""

    items: tuple[ItemFacts, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class _Planned:
    """An item with its stored row, the values that change, and what is wrong."""

    key: ItemKey | None
    row: Any | None
    values: Mapping[str, Any]
    problems: Sequence[str]

    @property
    def outcome(self) -> str:
        if self.problems:
            return REFUSED
        if self.row is None:
            return CREATED
        return CHANGED if self.values else UNCHANGED


def register(session: Session, account_id: str, given: Mapping[str, Any], reason: str = "") -> ItemFacts:
    """Add an item. Raises Conflict if there is one of that type and id, Refused for whatever is wrong with it."""
    acting, _ = acting_in(session, account_id)
    [planned] = _plan(session, account_id, acting.policy, [draft(given)])
    _require(planned)
    if planned.row is not None:
        raise Conflict(f"there is already an item {planned.row.type} {planned.row.id}; change that one")
    check_register(acting, [planned.values["business_unit_id"]])
    _insert(session, account_id, [planned])
    made = get(session, account_id, *_key(planned))
    audit.record(
        session, account_id, "item.registered", "item", made.id, _named(made), None, noted(made), reason or None
    )
    return made


def register_many(
    session: Session, account_id: str, given: Sequence[Any], *, partial: bool = False, reason: str = ""
) -> BulkReport:
    """Add items, and change those there are already: what is not said of these stays.

    If one is refused nothing is done at all, unless ``partial``: then the others are. Raises Refused for more than
    ``MOST`` at once, Forbidden where a guard forbids any of it.
    """
    if len(given) > MOST:
        raise Refused(f"{len(given)} items at once are too many; send at most {MOST}")
    acting, _ = acting_in(session, account_id)
    plan = _plan(session, account_id, acting.policy, [draft(one) for one in given])
    by_outcome = {outcome: [one for one in plan if one.outcome == outcome] for outcome in (CREATED, CHANGED)}
    check_register(acting, {one.values["business_unit_id"] for one in by_outcome[CREATED]})
    check_items(session, account_id, acting, (one.row for one in by_outcome[CHANGED]), "change")
    check_move(acting, _new_units(by_outcome[CHANGED]))
    report = _report(plan, partial=partial)
    if report.written and plan:
        _insert(session, account_id, by_outcome[CREATED])
        _update(session, account_id, by_outcome[CHANGED])
        for outcome, action in ((CREATED, "items.registered"), (CHANGED, "items.changed")):
            keys = [_key(one) for one in by_outcome[outcome]]
            note_many(session, account_id, action, keys, {"how": "registered in bulk"}, reason or None)
    return report


def get(session: Session, account_id: str, type: str, id: str) -> ItemFacts:
    """An item. Raises NotFound."""
    return facts_of(session, account_id, [find_row(session, account_id, type, id, lock=False)])[0]


def list_items(session: Session, account_id: str, wanted: Wanted) -> Page:
    """Items by type and id. Raises Refused for a filter that does not fit them."""
    acting, _ = acting_in(session, account_id)
    try:
        found = store.page_of_items(session, account_id, columns(session, account_id, acting.policy), wanted)
    except ScimError as error:
        raise Refused(f"filter: {error}", Wrong(("filter",), str(error))) from error
    return Page(facts_of(session, account_id, found.rows), found.next)


def change(
    session: Session,
    account_id: str,
    type: str,
    id: str,
    changes: Mapping[str, Any],
    *,
    revision: int | None = None,
    reason: str = "",
) -> ItemFacts:
    """Change an item; what is not named stays, and ``attributes`` are replaced as a whole.

    Raises NotFound, Refused for whatever is wrong, Forbidden, and Stale if it is not of that ``revision`` any more.
    """
    acting, _ = acting_in(session, account_id)
    row = find_row(session, account_id, type, id, lock=True)
    _check_revision(row, revision)
    check_items(session, account_id, acting, [row], "change")
    if not {"type", "id"}.isdisjoint(changes):
        raise Refused("an item keeps its type and id; register another one")
    [planned] = _plan(session, account_id, acting.policy, [draft({**changes, "type": type, "id": id})])
    _require(planned)
    [before] = facts_of(session, account_id, [row])
    if not planned.values:
        return before
    check_move(acting, _new_units([planned]))
    _update(session, account_id, [planned])
    after = get(session, account_id, type, id)
    was, now = noted(before), noted(after)
    differing = [name for name in now if was[name] != now[name]]
    audit.record(
        session,
        account_id,
        "item.changed",
        "item",
        id,
        _named(after),
        {name: was[name] for name in differing},
        {name: now[name] for name in differing},
        reason or None,
    )
    return after


def delete(
    session: Session, account_id: str, type: str, id: str, *, revision: int | None = None, reason: str = ""
) -> None:
    """Remove an item. Raises NotFound, Forbidden, and Stale if it is not of that ``revision`` any more."""
    acting, _ = acting_in(session, account_id)
    row = find_row(session, account_id, type, id, lock=True)
    _check_revision(row, revision)
    check_items(session, account_id, acting, [row], "delete")
    [before] = facts_of(session, account_id, [row])
    store.delete_items(session, account_id, [key_of(before)])
    audit.record(session, account_id, "item.deleted", "item", id, _named(before), noted(before), None, reason or None)


def columns(session: Session, account_id: str, policy: Policy) -> Columns:
    """What a filter on items may name in this account."""
    held = [kind for kind in policy.catalogue.item_kinds.values() if kind.held]
    return item_columns(account_id, held, sqlite=session.is_sqlite)


def _plan(session: Session, account_id: str, policy: Policy, drafts: Sequence[Draft]) -> list[_Planned]:
    """What is to be done, with every statement for all items together; the stored ones are locked."""
    words = Words(session, account_id, policy, _words(drafts, "owner"), _words(drafts, "owner_group"))
    keys = [one.key for one in drafts if one.key is not None]
    rows = store.read_items(session, account_id, set(keys), lock=True)
    owners = words.everybody()
    known = Known(words, defaults_of(session, account_id, owners), homes_of(session, account_id, owners))
    seen: set[ItemKey] = set()
    plan = []
    for one in drafts:
        row = rows.get(one.key) if one.key else None
        values, problems = values_of(one, row, known)
        if one.key in seen:
            problems = [*problems, "this item was given twice"]
        if one.key is not None:
            seen.add(one.key)
        if row is not None:
            values = {name: value for name, value in values.items() if getattr(row, name) != value}
        plan.append(_Planned(one.key, row, values, problems))
    return plan


def _words(drafts: Iterable[Draft], name: str) -> set[str]:
    return {word for one in drafts if (word := one.word(name)) is not None}


def _report(plan: Sequence[_Planned], *, partial: bool) -> BulkReport:
    lines = tuple(_line(index, one) for index, one in enumerate(plan))
    counts = {
        outcome: sum(line.outcome == outcome for line in lines) for outcome in (CREATED, CHANGED, UNCHANGED, REFUSED)
    }
    return BulkReport(partial or not counts[REFUSED], **counts, lines=lines)


def _line(index: int, one: _Planned) -> Line:
    type, id = one.key or (None, None)
    return Line(index, type, id, one.outcome, tuple(one.problems))


def _require(planned: _Planned) -> None:
    if planned.problems:
        raise Refused("; ".join(planned.problems), *wrong_in(planned.problems))


def _key(planned: _Planned) -> ItemKey:
    return cast(ItemKey, planned.key)  # one without is refused before anything is done with it


def _insert(session: Session, account_id: str, plan: Sequence[_Planned]) -> None:
    if not plan:
        return
    hold_units(session, account_id, _new_units(plan))
    try:
        store.insert_items(session, account_id, [{**_key(one)._asdict(), **one.values} for one in plan])
    except IntegrityError as error:
        raise Conflict("somebody else has registered one of these items; send it again") from error


def _update(session: Session, account_id: str, plan: Sequence[_Planned]) -> None:
    """Change stored items; a share with the unit that an item now belongs to has no meaning any more."""
    if plan:
        hold_units(session, account_id, _new_units(plan))
        store.update_items(session, account_id, [(one.row, one.values) for one in plan])
    for one in plan:
        if "business_unit_id" in one.values:
            store.unshare(session, account_id, [_key(one)], [one.values["business_unit_id"]])


def _new_units(plan: Iterable[_Planned]) -> set[str]:
    """The units (ids) that items come into."""
    return {one.values["business_unit_id"] for one in plan if "business_unit_id" in one.values}


def find_row(session: Session, account_id: str, type: str, id: str, *, lock: bool) -> Any:
    """The stored row of an item, with the names of what it refers to. Raises NotFound."""
    row = store.read_items(session, account_id, [ItemKey(type, id)], lock=lock).get(ItemKey(type, id))
    if row is None:
        raise NotFound(f"there is no item {type} {id}")
    return row


def _check_revision(row: Any, revision: int | None) -> None:
    if revision is not None and row.revision != revision:
        raise Stale(f"item {row.type} {row.id} is of revision {row.revision} by now, not {revision}; read it again")


def _named(item: ItemFacts) -> str:
    return f"{item.type} {item.name}" if item.name else item.type
