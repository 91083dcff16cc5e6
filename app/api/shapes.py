"""What stands in bodies: fields that read strictly and show values in one way, and the shapes several faces share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from app.models.base import timestamp

MOST_TEXT = 200
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Shape(Schema):
    """A JSON object. What it has no field for is refused."""

    error_messages = {"unknown": "is not known here", "type": "must be an object"}  # noqa: RUF012  as its base has it

    class Meta:
        """Settings of marshmallow."""

        unknown = RAISE


class Moment(fields.DateTime):
    """A date and time with a zone (RFC 3339)."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else timestamp(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValidationError("must be a date and time with a zone, as 2026-01-31T09:00:00Z")
        try:
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError("there is no such date and time") from error
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Flag(fields.Boolean):
    """True or false; in a query as these words."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value is True or value is False:
            return bool(value)
        raise ValidationError("must be true or false")


class QueryFlag(fields.Boolean):
    """True or false as a parameter has it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError("must be true or false")
        return bool(value == "true")


class Count(fields.Integer):
    """A whole number; in a body no text that looks like one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(strict=True, **settings)

    def _validated(self, value: Any) -> int:
        if type(value) is not int:
            raise ValidationError("must be a whole number")
        return value


class AnyObject(fields.Dict):
    """A JSON object with names of its own."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(keys=fields.String(), values=fields.Raw(allow_none=True), **settings)


def text(most: int = MOST_TEXT, least: int = 1, **settings: Any) -> fields.String:
    """Text of a limited length; ``says`` describes it, ``example`` shows it."""
    return fields.String(validate=Length(least, most), **described(settings))


def word(*words: str, **settings: Any) -> fields.String:
    """One of these words."""
    return fields.String(validate=OneOf(words, error="must be one of: {choices}"), **described(settings))


def name_of_profile(**settings: Any) -> fields.String:
    """A profile that comes with the product; never the path of a file."""
    known = Regexp(r"[a-z0-9-]{1,100}\Z", error="must be the name of a profile that comes with the product")
    return fields.String(validate=known, **described(settings | {"says": "See `GET /profiles`."}))


def flag(**settings: Any) -> Flag:
    """True or false."""
    return Flag(**described(settings))


def moment(**settings: Any) -> Moment:
    """A date and time."""
    return Moment(**described(settings))


def number(least: int = 0, most: int | None = None, **settings: Any) -> Count:
    """A whole number."""
    return Count(validate=Range(least, most), **described(settings))


def many(inner: Any, most: int = 1000, least: int = 0, **settings: Any) -> fields.List[Any]:
    """A list of limited length."""
    return fields.List(inner, validate=Length(least, most), **described(settings))


def one(shape: type[Schema], **settings: Any) -> fields.Nested:
    """An object of a shape."""
    return fields.Nested(shape, **described(settings))


def anything(**settings: Any) -> AnyObject:
    """A JSON object with names of its own."""
    return AnyObject(**described(settings))


def described(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a field whose ``says`` and ``example`` go into the description of the API."""
    kept = dict(settings)
    metadata = {}
    if "says" in kept:
        metadata["description"] = kept.pop("says")
    if "example" in kept:
        metadata["examples"] = [kept.pop("example")]
    if "format" in kept:
        metadata["format"] = kept.pop("format")
    return kept | ({"metadata": metadata} if metadata else {})


class Localized(Shape):
    """A text in both languages of the product."""

    en = fields.String(metadata={"description": "English"})
    es = fields.String(metadata={"description": "Spanish"})


def page_of(shape: type[Schema]) -> type[Schema]:
    """A page of a list of these."""
    said = {
        "results": many(fields.Nested(shape), says="The page, in the order that was asked for."),
        "next": fields.String(
            allow_none=True,
            metadata={"description": "Send it as `after` for the next page; null on the last one."},
        ),
    }
    made = Shape.from_dict(said, name=f"{shape.__name__}Page")  # type: ignore[arg-type]  # declared for a dict of plain fields only
    made.__doc__ = f"A page of a list of {shape.__name__}."
    return made
