"""The declarative base and the column types every table shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import uuid_utils
from sqlalchemy import JSON, DateTime, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database; SQLite keeps fixed-width text, so order is kept too."""

    impl = DateTime
    cache_ok = True
    _latest: ClassVar[tuple[datetime | None, str]] = (None, "")

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Native on PostgreSQL, 26-character ISO text on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(26))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive time, since it would be somebody's local one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        if dialect.name != "sqlite":
            return value
        # What is written at once has one moment: the same object, in a quarter of a million rows of a large publish.
        known = UTCDateTime._latest
        if known[0] is not value:
            known = UTCDateTime._latest = value, value.astimezone(UTC).isoformat(timespec="microseconds")[:26]
        return known[1]

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware, UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        aware: datetime = value.astimezone(UTC)
        return aware


class clock(FunctionElement[datetime]):  # noqa: N801  reads as a function, like SQLAlchemy's own
    """The database's own clock, as the default of a column that nobody who inserts has to think of."""

    inherit_cache = True
    type = UTCDateTime()


@compiles(clock)
def _clock(*_: Any, **__: Any) -> str:
    return "clock_timestamp()"


@compiles(clock, "sqlite")
def _clock_of_sqlite(*_: Any, **__: Any) -> str:
    return "(strftime('%Y-%m-%dT%H:%M:%f000', 'now'))"


def timestamp(moment: datetime) -> str:
    """An aware UTC time as SCIM shows it, in milliseconds."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


class Id(TypeDecorator[str]):
    """A UUID as text in Python: native on PostgreSQL, 36 characters on SQLite."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite has no UUID type; text is readable and needs no conversion."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(36))
        return dialect.type_descriptor(Uuid(as_uuid=False))


JSON_DOCUMENT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON that can be searched: JSONB on PostgreSQL."""


KEY = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared by code point on every database: folded names, and whatever is compared exactly."""


def new_id() -> str:
    """A UUIDv7 as text: unique, and later ones sort after earlier ones."""
    return str(uuid_utils.uuid7())


def now() -> datetime:
    """The present moment, UTC, in whole milliseconds: what SCIM shows is what is stored."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Base(DeclarativeBase):
    """Every table of Muster. Tenant rows have the primary key (account_id, id)."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        datetime: UTCDateTime(),
        str: Text(),
        dict[str, Any]: JSON_DOCUMENT,
        list[Any]: JSON_DOCUMENT,
    }


def table(model: type[Base]) -> Table:
    """The Core table of a model: hot paths use fixed Core statements, not objects."""
    return cast(Table, model.__table__)
