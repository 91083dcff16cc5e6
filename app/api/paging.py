"""Lists: how a page is asked for and continued. The place where a page ended is sealed into ``next``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import request
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from app.api.face import Call, Shown
from app.api.parsing import invalid_parameter
from app.api.shapes import Shape
from app.sealed import seal, unseal
from app.stores.listings import MOST_FILTER, Listing, Wanted
from muster.filters import check, matches

DEFAULT, MOST = 50, 500


class Paged(Shape):
    """What every list understands."""

    limit = fields.Integer(
        load_default=DEFAULT,
        validate=Range(1, MOST),
        metadata={"description": "The largest number of results in the page."},
    )
    after = fields.String(
        validate=Length(1, 4000),
        metadata={"description": "The `next` of the page before; `filter` and `sort` must be the same."},
    )


def query_of(listing: Listing, name: str) -> type[Shape]:
    """The parameters of a list that is filtered and sorted."""
    attributes = ", ".join(f"`{attribute}`" for attribute in (*listing.columns, *listing.searches("")))
    orders = [order for by in listing.by for order in (by, f"-{by}")]
    return asked_of(name, attributes, orders, listing.usual)


def filter_of(name: str, types: Mapping[str, str]) -> type[Shape]:
    """The parameters of a list that is had at once; ``types`` are those of what a filter may name."""
    return asked_of(name, ", ".join(f"`{attribute}`" for attribute in types))


def asked_of(name: str, attributes: str, orders: Sequence[str] = (), usual: str = "") -> type[Shape]:
    """The parameters of a list: what its filter may name, and which orders it has."""
    said: dict[str, fields.Field[Any]] = {
        "filter": fields.String(
            validate=Length(1, MOST_FILTER),
            metadata={"description": f"A filter in the SCIM grammar over {attributes}."},
        )
    }
    if orders:
        description = f"The order; with `-` in front the other way round. Without it: `{usual}`."
        said["sort"] = fields.String(validate=OneOf(orders), metadata={"description": description})
    return Paged.from_dict(said, name=name)  # type: ignore[return-value]  # it makes a subclass, declared as any Schema


@dataclass(frozen=True, slots=True)
class Reading:
    """One page of one list, as it was asked for."""

    call: Call
    query: dict[str, Any]

    @property
    def after(self) -> Any:
        """Where the page before ended, None for the first one. Raises Problem for what we did not seal."""
        given = self.query.get("after")
        if given is None:
            return None
        try:
            return unseal(self.call.tools.key, self._purpose, given)
        except ValueError as error:
            raise invalid_parameter(
                "after", "send `next` as it came, with the same filter and sort; leave it out for the first page"
            ) from error

    @property
    def wanted(self) -> Wanted:
        """The same for a list of the database."""
        sort: str | None = self.query.get("sort")
        place = self.after
        return Wanted(
            self.query["limit"],
            self.query.get("filter"),
            sort.removeprefix("-") if sort else None,
            bool(sort and sort.startswith("-")),
            None if place is None else tuple(place),
        )

    def shown(self, results: Sequence[Any], place: Any) -> Shown:
        """The page, and the cursor of the next one."""
        following = None if place is None else seal(self.call.tools.key, self._purpose, place)
        return Shown({"results": results, "next": following})

    @property
    def _purpose(self) -> bytes:
        """What a cursor is good for: one list of one account, one filter and one order."""
        facts = [self.call.caller.account_id, request.path, self.query.get("filter"), self.query.get("sort")]
        return b"api cursor " + orjson.dumps(facts)


def page_in_memory(
    reading: Reading, everything: Sequence[Mapping[str, Any]], types: Mapping[str, str], key: str = "id"
) -> Shown:
    """A page of a list that is had at once, in the order it comes in.

    ``types`` are those of what a filter may name; each is a field of what is shown. Where a page ended is known by
    the ``key`` of its last one: if that has gone meanwhile, nobody can say what comes after it.
    """
    text: str | None = reading.query.get("filter")
    if text is not None:
        check(text, types)
    found = [one for one in everything if text is None or matches(text, one, types)]
    start = 0
    if (last := reading.after) is not None:
        start = next((place for place, one in enumerate(found, 1) if one[key] == last), -1)
        if start < 0:
            raise invalid_parameter("after", "what the page before ended with is gone; begin again without it")
    end = start + reading.query["limit"]
    return reading.shown(found[start:end], found[end - 1][key] if end < len(found) else None)
