"""Lists: filtered in the SCIM grammar, in an order, a page at a time, by key and never by offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, tuple_

from app.session import Session
from muster.filters import Columns, compile_filter

MOST_FILTER = 4000
"""How long a filter may be that somebody asks of a list."""
Place = tuple[Any, ...]
"""Where a page ended: the values of the order's columns in its last row, as JSON has them."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be listed.

    ``rows`` selects it all; what belongs to an account has its column in ``account``. ``by`` are the columns of
    each order by its name, of which the last is unique and none is ever NULL; the first order is the usual one.
    Each stands among the columns of ``rows`` under its own name. ``columns`` are what a filter may name; ``searches``
    has more of them for an account (its id), each of which looks into several columns at once. ``counted`` has the
    same rows without what filters do not need, where these are told more quickly.
    """

    rows: Select[Any]
    account: ColumnElement[Any] | None
    by: Mapping[str, Sequence[ColumnElement[Any]]]
    columns: Columns = field(default_factory=dict)
    searches: Callable[[str], Columns] = lambda _: {}
    counted: Select[Any] | None = None

    @property
    def usual(self) -> str:
        """The name of the order in which nobody asked for another."""
        return next(iter(self.by))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list. ``sort`` names an order; ``after`` is where the page before ended."""

    limit: int
    filter: str | None = None
    sort: str | None = None
    descending: bool = False
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and where the next one begins; None if there is none."""

    rows: Sequence[Any]
    next: Place | None


def page(session: Session, listing: Listing, account_id: str, wanted: Wanted) -> Found:
    """A page of a list. Raises InvalidFilter or TooMany for a filter that does not fit it."""
    order = listing.by[wanted.sort or listing.usual]
    query = filtered(listing, account_id, wanted.filter)
    if wanted.after is not None:
        here, place = tuple_(*order), tuple_(*map(_bound, order, wanted.after))
        query = query.where(here < place if wanted.descending else here > place)
        # The same less exactly, for a database that compares no row with an index on an expression.
        first, at = order[0], _bound(order[0], wanted.after[0])
        query = query.where(first <= at if wanted.descending else first >= at)
    query = query.order_by(*((column.desc() if wanted.descending else column.asc()) for column in order))
    with session.in_time():
        # One more than the page has tells whether there is another page.
        rows = session.execute(query.limit(wanted.limit + 1)).all()
    found = rows[: wanted.limit]
    if len(rows) <= wanted.limit:
        return Found(found, None)
    last = found[-1]._mapping
    return Found(found, tuple(_kept(last[column.key]) for column in order))


def filtered(listing: Listing, account_id: str, filter: str | None, rows: Select[Any] | None = None) -> Select[Any]:
    """All rows of a list that a filter leaves, in no order; of ``rows``, if it is given, which are the same.

    Raises InvalidFilter or TooMany.
    """
    query = listing.rows if rows is None else rows
    if listing.account is not None:
        query = query.where(listing.account == account_id)
    if filter is None:
        return query
    return query.where(compile_filter(filter, {**listing.columns, **listing.searches(account_id)}))


def _bound(column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    if type(value) is dict:
        value = datetime.fromisoformat(value["at"])
    return bindparam(None, value, type_=column.type)


def _kept(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value
