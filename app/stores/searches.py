"""Searches by filter and order, with statements that are composed once for each shape.

A process keeps those it has used most recently. What is kept depends on no account: attributes that an account
declares are objects of their own and therefore make shapes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select

from app.prepared import Prepared, Rows
from app.session import Session
from app.stores.filter_sql import Columns, compile_filter, is_id, sort_expression
from app.stores.keyset import From, Stretch, bound, sort_key, stretches
from app.stores.narrow import has_range
from app.stores.resource_rows import TABLES, columns_of
from app.stores.search_columns import search_columns
from app.stores.slots import Form, Slot, Taken, compared
from app.stores.statements import ACCOUNT
from scim.filter_tree import And, Compare, Node, Not, Or, Path, ValuePath
from scim.keys import LAST, Key
from scim.store import Query

_FAR = 500
"""From this offset on, ids are counted off an index before whole rows are read."""
_KEPT = 512
_LARGE = 16
"""Filters with more literals than this seldom come again in the same shape, and would take much memory."""

_COUNT: BindParameter[int] = bindparam("b_count")
_SKIP: BindParameter[int] = bindparam("b_skip")
_COLUMNS = {(kind, sqlite): search_columns(kind, sqlite) for kind in TABLES for sqlite in (False, True)}


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides the statements of a search. ``taken`` is filled while they are composed."""

    sqlite: bool
    kind: str
    filter: Node | None
    sort: Path | None
    descending: bool
    backwards: bool
    begin: From
    far: bool
    taken: Taken = field(compare=False, repr=False)


class Search:
    """One search of a directory; ``here`` are the parameters that say which."""

    def __init__(self, session: Session, kind: str, query: Query, here: Mapping[str, Any]) -> None:
        literals: list[Key] = []
        taken: Taken = {}
        shape = Shape(
            session.is_sqlite,
            kind,
            None if query.filter is None else _slotted(query.filter, literals, taken),
            query.sort,
            query.descending,
            query.backwards,
            From.of(query.beyond, query.sort is not None),
            query.start > _FAR and query.beyond is None,
            taken,
        )
        self._session = session
        self._statements = composed(shape) if len(literals) <= _LARGE else _Statements(shape)
        made = {name: make(literals[number]) for name, (number, make) in self._statements.taken.items()}
        self._values = {**here, **made, "b_skip": query.start - 1}
        if query.beyond is not None:
            self._values["b_place"] = query.beyond.id
            if query.beyond.key is not None:
                self._values["b_key"] = self._statements.bound(query.beyond.key)

    def rows(self, count: int) -> Rows:
        """At most so many rows in their order, each with its ``sort_key`` if there is one."""
        found = Rows()
        for page in self._statements.pages:
            found += self._session.execute(page, self._values | {"b_count": count - len(found)})
            if len(found) == count:
                break
        return found

    def total(self) -> int:
        """How many there are, wherever the search begins."""
        total: int = self._session.execute(self._statements.count, self._values).scalar()
        return total


class _Statements:
    """The statements of all searches of one shape."""

    def __init__(self, shape: Shape) -> None:
        columns = _COLUMNS[shape.kind, shape.sqlite]
        conditions = [columns.here]
        if shape.filter is not None:
            conditions.append(compile_filter(shape.filter, columns))
        value = None if shape.sort is None else sort_expression(shape.sort, columns, shape.filter)
        parts = stretches(value, columns.id, shape.begin, descending=shape.descending, backwards=shape.backwards)
        page = _far_page if shape.far else _page
        shown = columns_of(shape.kind) if value is None else [*columns_of(shape.kind), sort_key(value)]
        # How much lies in a range differs by its ends: a plan that is good for all of them is good for none.
        anew = shape.filter is not None and has_range(shape.filter)
        self.pages = [Prepared(page(shape, shown, columns, conditions, part), anew=anew) for part in parts]
        self.count = Prepared(select(func.count()).select_from(TABLES[shape.kind]).where(*conditions), anew=anew)
        self.bound = bound(value)
        self.taken = shape.taken


composed = lru_cache(maxsize=_KEPT)(_Statements)
"""The statements of a shape, the same ones again as long as they are kept."""


def _page(shape: Shape, shown: list[Any], columns: Columns, conditions: list[Any], part: Stretch) -> Select[Any]:
    found = select(*shown).where(*conditions).order_by(*part.order).limit(_COUNT)
    return found.offset(_SKIP) if part.condition is None else found.where(part.condition)


def _far_page(shape: Shape, shown: list[Any], columns: Columns, conditions: list[Any], part: Stretch) -> Select[Any]:
    ids = select(columns.id).where(*conditions).order_by(*part.order).limit(_COUNT).offset(_SKIP).subquery()
    rows = TABLES[shape.kind]
    found = select(*shown).select_from(rows).join(ids, ids.c.id == columns.id)
    return found.where(rows.c.account_id == ACCOUNT).order_by(*part.order)


def _slotted(node: Node, literals: list[Key], taken: Taken) -> Node:
    """The tree with slots in place of literals, which are appended to ``literals``."""
    match node:
        case Compare(path, op, key) if not isinstance(key, bool):
            literals.append(key)
            return compared(path, op, Slot(len(literals) - 1, _form(key), taken))
        case And(nodes):
            return And(tuple([_slotted(part, literals, taken) for part in nodes]))
        case Or(nodes):
            return Or(tuple([_slotted(part, literals, taken) for part in nodes]))
        case Not(inner):
            return Not(_slotted(inner, literals, taken))
        case ValuePath(path, inner):
            return ValuePath(path, _slotted(inner, literals, taken))
    return node


def _form(key: Key) -> Form:
    if not isinstance(key, str):
        return Form.NUMBER
    if is_id(key):
        return Form.ID
    if not key:
        return Form.EMPTY
    return Form.TEXT if key.strip(LAST) else Form.LAST
