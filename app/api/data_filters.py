"""/data-filters: which records people see, by business unit and by assignment."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.parsing import invalid
from app.api.shapes import Shape, anything, flag, many, one, page_of, text
from app.problems import Place
from app.services import data_filters, filter_trials

data_filters_face = Face("data filters", "Which records people see: by where they work, and by the role they have.")
_TYPES = {"id": "string", "record_type": "string", "unit": "string", "assignment_id": "string"}
_MOST = 4_000
_USUAL = ("not-found", "conflict")


class DataFilter(Shape):
    """A condition on records of one type, of a unit or of an assignment."""

    id = text()
    record_type = text()
    filter = fields.String()
    unit = text(allow_none=True, says="The key of the business unit.")
    assignment_id = text(allow_none=True)
    holder = text(says="Whose it is, in words.")
    hints = many(fields.String(), says="What looks wrong, such as filters that can never hold together.")


class _Holder(Shape):
    record_type = text(required=True, says="A type of item that has records, as the catalogue declares it.")
    unit = text(says="A business unit, by id or key.")
    assignment = text(says="The id of an assignment.")


class NewFilter(_Holder):
    """Which records people shall see: of a `unit` or an `assignment`, one of the two."""

    filter = text(most=_MOST, required=True, says="In the SCIM grammar, over the attributes of the type.")


class FilterHolder(_Holder):
    """Whose filter is meant."""


class Part(Shape):
    """One of the filters that hold together."""

    holder = text()
    filter = fields.String()
    matches = fields.Boolean(allow_none=True)


class CombinedQuery(Shape):
    """For whom, and which records."""

    unit = text(required=True, says="A business unit, by id or key.")
    record_type = text(required=True, says="A type of item that has records, as the catalogue declares it.")


class Combined(Shape):
    """What whoever works in a unit is left with."""

    filter = fields.String(allow_none=True, metadata={"description": "null: all records."})
    parts = many(one(Part))
    hints = many(fields.String())


class RecordTest(Shape):
    """A record, and a filter or a user whose filters are meant."""

    record_type = text(required=True)
    record = anything(required=True)
    filter = text(most=4000, says="A filter to try; else say `user`.")
    user = text(says="Whose filters, by id or userName.")
    unit = text(says="Where the user works, by id or key.")
    permission = text(says="For which permission; else for any.")


class Tested(Shape):
    """Whether a record is seen."""

    matches = flag()
    filter = fields.String(allow_none=True)
    parts = many(one(Part))
    code = text()


@data_filters_face.operation(
    "GET",
    "/data-filters",
    scope="access:read",
    query=filter_of("DataFilterQuery", _TYPES),
    answer=page_of(DataFilter),
)
def list_data_filters(call: Call, query: dict[str, Any]) -> Shown:
    """List data filters.

    Of business units and of assignments.
    """
    shown = [
        {
            "id": one.id,
            "record_type": one.record_type,
            "filter": one.filter,
            "unit": one.unit,
            "assignment_id": one.assignment_id,
            "holder": one.holder,
            "hints": one.hints,
        }
        for one in data_filters.list_filters(*call.here)
    ]
    return page_in_memory(Reading(call, query), shown, _TYPES)


@data_filters_face.operation(
    "PUT",
    "/data-filters",
    scope="access:write",
    body=NewFilter,
    answer=DataFilter,
    example={"record_type": "contact", "unit": "emea", "filter": 'country eq "ES" and consent eq true'},
    refusals=_USUAL,
)
def set_data_filter(call: Call, body: dict[str, Any]) -> Shown:
    """Set a data filter.

    A unit and an assignment have at most one for each type of records.
    """
    made = data_filters.set_filter(
        *call.here, body["record_type"], body["filter"], unit=body.get("unit"), assignment=body.get("assignment")
    )
    return Shown(made)


@data_filters_face.operation(
    "POST",
    "/data-filters/remove",
    scope="access:write",
    body=FilterHolder,
    answer=DataFilter,
    example={"record_type": "contact", "unit": "emea"},
    refusals=_USUAL,
)
def remove_data_filter(call: Call, body: dict[str, Any]) -> Shown:
    """Remove a data filter.

    The answer is what it was.
    """
    gone = data_filters.clear_filter(
        *call.here, body["record_type"], unit=body.get("unit"), assignment=body.get("assignment")
    )
    return Shown(gone)


@data_filters_face.operation(
    "GET", "/data-filters/combined", scope="access:read", query=CombinedQuery, answer=Combined, refusals=("not-found",)
)
def combine_data_filters(call: Call, query: dict[str, Any]) -> Shown:
    """Read what holds in a business unit.

    Its own filter and those of the units above, together.
    """
    return Shown(data_filters.combined(*call.here, query["unit"], query["record_type"]))


@data_filters_face.operation(
    "POST",
    "/data-filters/test",
    scope="access:read",
    body=RecordTest,
    answer=Tested,
    example={"record_type": "contact", "record": {"country": "ES"}, "filter": 'country eq "ES"'},
    reads=True,
    refusals=("not-found",),
)
def try_record(call: Call, body: dict[str, Any]) -> Shown:
    """Try a record.

    Against a filter, or against those of a user.
    """
    if ("filter" in body) == ("user" in body):
        raise invalid([Place("pointer", "", "give a filter or a user, one of the two")])
    for name in ("unit", "permission"):
        if name in body and "user" not in body:
            raise invalid([Place("pointer", f"/{name}", "goes with user")])
    kind, record = body["record_type"], body["record"]
    if "user" in body:
        unit, permission = body.get("unit"), body.get("permission")
        return Shown(
            filter_trials.try_for_user(*call.here, body["user"], kind, record, unit=unit, permission=permission)
        )
    return Shown(filter_trials.try_text(*call.here, kind, body["filter"], record))
