"""Statements that are composed only once, and executed by the driver itself.

What a request costs is mostly what is done around each statement. So a statement of a hot path is *prepared*:
SQLAlchemy writes its text and says how values are converted, once for each kind of database.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, cast

from sqlalchemy.engine import Dialect
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql.crud import REQUIRED

from app import set_wise
from app.models.base import Id

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]
_PLACE = re.compile(r"%(?:\((\w+)\)s|(%))")
"""A value's place, as SQLAlchemy writes it for psycopg, or a percent sign."""


class Rows(list[Any]):
    """All rows of a prepared statement, with the words that SQLAlchemy's results have."""

    def all(self) -> Rows:
        """These rows."""
        return self

    def scalars(self) -> Rows:
        """The first column."""
        return Rows(row[0] for row in self)

    def scalar(self) -> Any:
        """The first column of the first row, None without rows."""
        return self[0][0] if self else None

    def one_or_none(self) -> Any:
        """The only row, or None."""
        if len(self) > 1:
            raise MultipleResultsFound("one row was expected")
        return self[0] if self else None

    def one(self) -> Any:
        """The only row. Raises NoResultFound."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("a row was expected")
        return row


class Prepared:
    """A fixed statement, for the driver itself.

    ``columns`` names what an INSERT or UPDATE sets, if the statement does not say so. Defaults that Python
    would have to make are refused, as are lists that would change the text (see ``app.stores.lists``). The
    columns of a row have names unless ``named`` is False, which is quicker for many rows. ``anew`` is for a
    statement whose best plan depends on its values: PostgreSQL keeps no plan of it.
    """

    def __init__(
        self, statement: Any, columns: Iterable[str] | None = None, *, named: bool = True, anew: bool = False
    ) -> None:
        self.statement = statement
        self._named = named
        self._anew = anew
        self._columns = None if columns is None else list(columns)
        self._forms: dict[str, Form] = {}

    def form(self, dialect: Dialect) -> Form:
        """How this statement looks on a kind of database."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = Form(self.statement, self._columns, self._named, dialect)
            form.anew = self._anew and dialect.name != "sqlite"
        return form


class Form:
    """A statement's text for one kind of database, and the conversions of its values."""

    __slots__ = (
        "_converts",
        "_fixed",
        "_places",
        "_results",
        "_take",
        "anew",
        "names",
        "returns",
        "row",
        "set_wise",
        "sql",
        "text",
        "wire",
    )

    def __init__(self, statement: Any, columns: list[str] | None, named: bool, dialect: Dialect) -> None:
        self.anew = False
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        prefetched = [*getattr(compiled, "insert_prefetch", ()), *getattr(compiled, "update_prefetch", ())]
        if prefetched or compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError(f"this statement cannot be prepared, its text or values are not fixed: {compiled}")
        self.text: str = compiled.string
        self.set_wise = set_wise.text_of(statement, columns, dialect)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self.sql: str
        self.names: Sequence[str]
        self.sql, self.names = (self.text, compiled.positiontup or []) if compiled.positional else _numbered(self.text)
        self.wire = self.sql.encode()
        self._fixed = {
            name: value for name, value in compiled.params.items() if value is not None and value is not REQUIRED
        }
        self._converts = [
            (name, convert) for name in types if (convert := _to_driver(types[name], dialect)) is not None
        ]
        converts = dict(self._converts)
        self._places = [(place, converts[name]) for place, name in enumerate(self.names) if name in converts]
        all_given = not self._fixed and len(self.names) > 1
        self._take = itemgetter(*self.names) if all_given else None
        returned = [*statement.exported_columns]
        self.returns = bool(returned)
        self._results = [
            (place, convert)
            for place, column in enumerate(returned)
            if (convert := _to_python(column.type, dialect)) is not None
        ]
        self.row: _Convert = _row_of([column.key for column in returned]) if named else tuple

    def bind(self, values: Values | None) -> list[Any]:
        """What the driver is given for these values, by the places they have in ``sql``."""
        if values and self._take is not None:
            taken = [*self._take(values)]
            for place, convert in self._places:
                taken[place] = convert(taken[place])
            return taken
        given = {**self._fixed, **values} if values else {**self._fixed}
        for name, convert in self._converts:
            given[name] = convert(given[name])
        return [*map(given.__getitem__, self.names)]

    def rows(self, found: Iterable[Any]) -> Rows:
        """The driver's rows with Python's values."""
        if not self._results:
            return Rows(map(self.row, found))
        return Rows(map(self.row, map(self._converted, found)))

    def _converted(self, row: Any) -> list[Any]:
        values = list(row)
        for place, convert in self._results:
            if values[place] is not None:  # NULL is None in every type, and most of a union's columns are
                values[place] = convert(values[place])
        return values


def _to_python(type_: Any, dialect: Dialect) -> _Convert | None:
    if isinstance(type_, Id):
        return None  # connections read a UUID as text (``app.db``)
    return cast("_Convert | None", type_.dialect_impl(dialect).result_processor(dialect, None))


def _row_of(names: list[str]) -> _Convert:
    # The columns are known only now, so there is no class to write down, and mypy wants to see one.
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    # Without a call in Python for each row, as its ``_make`` would be.
    return partial(tuple.__new__, row)


def _to_driver(type_: Any, dialect: Dialect) -> _Convert | None:
    if isinstance(type_, Id):
        return None  # the text of the statement says that it is a UUID
    return cast("_Convert | None", type_.dialect_impl(dialect).bind_processor(dialect))


def _numbered(text: str) -> tuple[str, list[str]]:
    """The text as PostgreSQL itself reads it, ``$1`` for the first value, and the values' names by their places."""
    places: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        return "%" if found[2] else f"${places.setdefault(found[1], len(places) + 1)}"

    return _PLACE.sub(place, text), [*places]
