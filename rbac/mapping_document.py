"""A mapping document as people write it: which groups give which roles where. Structure only.

What the words in it mean (which group, which role) is for whoever knows the account; places such
as ``rules[2].grants[0].role`` say where something is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from rbac.places import problems_of


@dataclass(frozen=True, slots=True)
class GroupReference:
    """A group by its id, its externalId or its name; in one directory, or in any."""

    id: str | None = None
    external_id: str | None = None
    name: str | None = None
    directory: str | None = None


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A role, account-wide or in a unit; ``children``: and in the units below it."""

    role: str
    unit: str | None = None
    children: bool = False


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A unit in which the members work."""

    unit: str
    children: bool = False


@dataclass(frozen=True, slots=True)
class RuleLines:
    """One rule as written, and its place in the document."""

    place: str
    name: str
    group: GroupReference
    grants: tuple[GrantLine, ...]
    works_in: tuple[WorkLine, ...]


@dataclass(frozen=True, slots=True)
class MappingDocument:
    """What could be read, and what is wrong with the rest."""

    reason: str
    rules: tuple[RuleLines, ...]
    problems: tuple[str, ...]


_SOME = validate.Length(min=1, max=200, error="must have 1 to 200 characters")


def _flag() -> fields.Boolean:
    return fields.Boolean(load_default=False, truthy={True}, falsy={False})


class _Group(Schema):
    id = fields.String(validate=_SOME)
    external_id = fields.String(validate=_SOME)
    name = fields.String(validate=_SOME)
    directory = fields.String(validate=_SOME)

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        # Beside an id the name is for the reader; it finds nothing.
        ways = [key for key in ("id", "external_id") if key in data]
        if len(ways) > 1 or (not ways and "name" not in data):
            raise ValidationError("name the group by exactly one of id, external_id and name")


class _Grant(Schema):
    role = fields.String(required=True, validate=_SOME)
    unit = fields.String(validate=_SOME)
    children = _flag()

    @validates_schema
    def _children_of_a_unit(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("children") and "unit" not in data:
            raise ValidationError("children needs a unit; without a unit the role is for the whole account")


class _Work(Schema):
    unit = fields.String(required=True, validate=_SOME)
    children = _flag()


class _Rule(Schema):
    name = fields.String(required=True, validate=_SOME)
    group = fields.Nested(_Group, required=True)
    grants = fields.List(fields.Nested(_Grant), load_default=list)
    works_in = fields.List(fields.Nested(_Work), load_default=list)

    @validates_schema
    def _gives_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("grants") and not data.get("works_in"):
            raise ValidationError("the rule gives nothing; add grants or works_in")


class _Document(Schema):
    reason = fields.String(load_default="", validate=validate.Length(max=1000))
    rules = fields.List(fields.Raw(), required=True)


_RULE, _DOCUMENT = _Rule(), _Document()


def read_mapping(document: Mapping[str, Any]) -> MappingDocument:
    """Read a document; every rule is looked at, so that all problems are told at once."""
    try:
        loaded = _DOCUMENT.load(document)
    except ValidationError as error:
        return MappingDocument("", (), tuple(problems_of(error.messages)))
    rules: list[RuleLines] = []
    problems: list[str] = []
    places: dict[str, str] = {}
    for number, body in enumerate(loaded["rules"]):
        place = f"rules[{number}]"
        try:
            rule = _rule(place, _RULE.load(body))
        except ValidationError as error:
            problems += problems_of(error.messages, place)
            continue
        first = places.setdefault(rule.name.casefold(), place)
        if first != place:
            problems.append(f'{place}.name: "{rule.name}" is the name of {first} already')
        rules.append(rule)
    return MappingDocument(loaded["reason"], tuple(rules), tuple(problems))


def _rule(place: str, loaded: dict[str, Any]) -> RuleLines:
    return RuleLines(
        place=place,
        name=loaded["name"],
        group=GroupReference(**loaded["group"]),
        grants=tuple(GrantLine(**grant) for grant in loaded["grants"]),
        works_in=tuple(WorkLine(**work) for work in loaded["works_in"]),
    )
