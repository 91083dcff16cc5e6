"""Lists: searched as one types, narrowed, sorted, paged by cursor, with the columns one wants, and as CSV.

What is asked of a list stands in its address, so that it can be kept and shared. A table says which columns it has
and where its rows come from; all else is the same for every list and happens here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
from flask import request

from app.sealed import seal, unseal
from app.services import saved_views
from app.services.saved_views import ViewFacts
from app.session import Session
from app.stores.counting_rows import Count, count
from app.stores.listings import MOST_FILTER, Listing, Wanted
from app.web import pages, who
from app.web.console import shell
from app.web.tools import tools
from muster.filters import InvalidFilter, TooMany, check, matches

PAGE = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A column, whose title is the text ``<list>.column.<name>``.

    ``plain`` is what an exported row has there. ``sort`` names the order of the rows by this column. Columns that
    are not ``usual`` are shown to whoever chose them.
    """

    name: str
    plain: Callable[[Any], object]
    sort: str | None = None
    usual: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that narrows a list: filters by the values it may have.

    Its title is ``<list>.choice.<name>``; a value is called ``<list>.<name>.<value>`` unless ``labels`` has it.
    """

    name: str
    filters: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)


class Rows(Protocol):
    """Where rows come from. ``orders`` are the names of their orders, the usual one first."""

    @property
    def orders(self) -> Sequence[str]: ...

    def read(self, session: Session, account_id: str, wanted: Wanted) -> tuple[Sequence[Any], Any]:
        """A page, and where the next one begins. Raises InvalidFilter or TooMany."""

    def count(self, session: Session, account_id: str, filter: str | None) -> Count:
        """How many there are."""


@dataclass(frozen=True, slots=True)
class InDatabase:
    """Rows that a service reads a page at a time; its answer has ``results`` and ``next``.

    ``usual`` names the order in which nobody asked for another, where it is not the listing's own.
    """

    listing: Listing
    service: Callable[[Session, str, Wanted], Any]
    usual: str | None = None

    @property
    def orders(self) -> Sequence[str]:
        """Those of the listing, ``usual`` in front."""
        return tuple(sorted(self.listing.by, key=lambda order: order != self.usual))

    def read(self, session: Session, account_id: str, wanted: Wanted) -> tuple[Sequence[Any], Any]:
        """A page of them."""
        found = self.service(session, account_id, replace(wanted, sort=wanted.sort or self.orders[0]))
        return found.results, found.next

    def count(self, session: Session, account_id: str, filter: str | None) -> Count:
        """How many there are, up to a number beyond which nobody counts on."""
        return count(session, self.listing, account_id, filter)


@dataclass(frozen=True, slots=True)
class AtHand:
    """Rows that a service has all at once, since there are never very many.

    ``types`` are those of what a filter may name, ``record`` makes them of a row. ``by`` are the orders.
    """

    service: Callable[[Session, str], Sequence[Any]]
    record: Callable[[Any], Mapping[str, Any]]
    types: Mapping[str, str]
    by: Mapping[str, Callable[[Any], Any]]

    @property
    def orders(self) -> Sequence[str]:
        """Their names."""
        return tuple(self.by)

    def read(self, session: Session, account_id: str, wanted: Wanted) -> tuple[Sequence[Any], Any]:
        """A page of them; where the next one begins is a number, since the whole list is at hand."""
        order = self.by[wanted.sort or self.orders[0]]
        rows = sorted(self._found(session, account_id, wanted.filter), key=order, reverse=wanted.descending)
        start = int(wanted.after[0]) if wanted.after else 0
        end = start + wanted.limit
        return rows[start:end], (end,) if end < len(rows) else None

    def count(self, session: Session, account_id: str, filter: str | None) -> Count:
        """How many there are."""
        return Count(len(self._found(session, account_id, filter)), True)

    def _found(self, session: Session, account_id: str, filter: str | None) -> list[Any]:
        if filter is not None:
            check(filter, self.types)
        rows = self.service(session, account_id)
        return [row for row in rows if filter is None or matches(filter, self.record(row), self.types)]


@dataclass(frozen=True, slots=True)
class Table:
    """A list. ``name`` is the first word of its texts, ``search`` makes a filter of what somebody types.

    ``newest_first``: the usual order is turned round. ``keeps_views``: people keep it as they like to see it.
    ``onward``: where an Account Owner goes from an empty list, an address and the text of its title.
    """

    name: str
    path: str
    rows: Rows
    columns: tuple[Column, ...]
    search: Callable[[str], str] | None = None
    choices: tuple[Choice, ...] = ()
    newest_first: bool = False
    keeps_views: bool = False
    onward: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see of a list, as the address says."""

    table: Table
    words: str
    filter: str
    chosen: Mapping[str, str]
    sort: str | None
    columns: tuple[str, ...]

    @property
    def condition(self) -> str | None:
        """Everything that narrows the list, as one filter."""
        parts = [f"({self.filter})"] if self.filter else []
        if self.words and self.table.search is not None:
            parts.append(f"({self.table.search(self.words)})")
        for choice in self.table.choices:
            if choice.name in self.chosen:
                parts.append(f"({choice.filters[self.chosen[choice.name]]})")
        return " and ".join(parts) or None

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns to show, in the table's order; the first one always is."""
        names = self.columns or tuple(one.name for one in self.table.columns if one.usual)
        return tuple(one for place, one in enumerate(self.table.columns) if place == 0 or one.name in names)

    def wanted(self, limit: int, place: Any = None) -> Wanted:
        """The same for a list of the database."""
        sort = self.sort
        return Wanted(
            limit,
            self.condition,
            sort.removeprefix("-") if sort else None,
            sort.startswith("-") if sort else self.table.newest_first,
            None if place is None else tuple(place),
        )

    def address(self, **changes: str | None) -> str:
        """The same list with something else asked of it; from its first page."""
        known: dict[str, str | Sequence[str] | None] = {"q": self.words, "filter": self.filter, "sort": self.sort}
        known.update(self.chosen, column=self.columns)
        known.update(changes)
        query = urlencode({name: value for name, value in known.items() if value}, doseq=True)
        return pages.at(self.table.path) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Page:
    """What a list's page shows. ``problem`` says what is wrong with what was asked."""

    asked: Asked
    rows: Sequence[Any]
    count: Count
    next: str | None = None
    is_first: bool = True
    problem: str | None = None
    views: Sequence[ViewFacts] = ()

    @property
    def table(self) -> Table:
        """The list that it is a page of."""
        return self.asked.table

    @property
    def keep(self) -> str:
        """Where the list is kept as it stands here."""
        query = self.asked.address().partition("?")[2]
        asked = {"list": self.table.name, "way": self.table.path, "asked": query}
        return f"{pages.at('/console/views')}?{urlencode(asked)}"

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked that leaves rows out."""
        return bool(self.asked.words or self.asked.filter or self.asked.chosen)

    def by(self, column: Column) -> str:
        """Where the list stands in the order of a column, or the other way round if it does already."""
        return self.asked.address(sort=f"-{column.sort}" if self._sort == column.sort else column.sort)

    def direction(self, column: Column) -> str | None:
        """What ``aria-sort`` says of a column: ascending, descending; None if the list is in another order."""
        if column.sort is None or self._sort.removeprefix("-") != column.sort:
            return None
        return "descending" if self._sort.startswith("-") else "ascending"

    @property
    def _sort(self) -> str:
        return self.asked.sort or ("-" * self.table.newest_first + self.table.rows.orders[0])


def asked(table: Table) -> Asked:
    """What this request asks of a list; what makes no sense is left out."""
    sort = request.args.get("sort", "")
    chosen = {one.name: value for one in table.choices if (value := request.args.get(one.name, "")) in one.filters}
    known = {one.name for one in table.columns}
    return Asked(
        table,
        request.args.get("q", "").strip()[:200],
        request.args.get("filter", "").strip()[:MOST_FILTER],
        chosen,
        sort if sort.removeprefix("-") in table.rows.orders else None,
        tuple(name for name in request.args.getlist("column") if name in known),
    )


def page(wish: Asked) -> Page:
    """The page that this request asks for."""
    session, account_id = shell.here()
    rows, after = wish.table.rows, request.args.get("after")
    try:
        place = None if after is None else unseal(tools().keys.current, _purpose(wish, account_id), after)
    except ValueError:
        after = place = None  # of another order or filter: from the first page, then
    try:
        number = rows.count(session, account_id, wish.condition)
        # Where there is nothing, nobody has to look for the first of it.
        found, following = rows.read(session, account_id, wish.wanted(PAGE, place)) if number.number else ((), None)
    except (InvalidFilter, TooMany) as error:
        return Page(wish, (), Count(0, True), problem=shell.words_of(error), views=_views(wish))
    sealed = None if following is None else seal(tools().keys.current, _purpose(wish, account_id), following)
    return Page(
        wish, found, number, None if sealed is None else wish.address(after=sealed), after is None, views=_views(wish)
    )


def _views(wish: Asked) -> Sequence[ViewFacts]:
    if not wish.table.keeps_views:
        return ()
    return saved_views.views_of(*shell.here(), who.person().user_id, wish.table.name)


def starting(*attributes: str) -> Callable[[str], str]:
    """A search for what begins with the typed words in any of these attributes."""
    return lambda words: " or ".join(f"{name} sw {literal(words)}" for name in attributes)


def containing(*attributes: str) -> Callable[[str], str]:
    """A search for what has the typed words anywhere in any of these attributes; for lists that are at hand."""
    return lambda words: " or ".join(f"{name} co {literal(words)}" for name in attributes)


def literal(text: str) -> str:
    """A text as a filter has it."""
    return json.dumps(text, ensure_ascii=False)


def _purpose(wish: Asked, account_id: str) -> bytes:
    return b"console cursor " + orjson.dumps([account_id, wish.table.path, wish.condition, wish.sort])
