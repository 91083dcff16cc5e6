"""A mapping document as people write it: who is given which roles where. Structure only.

What the words in it mean (which group, which role) is for whoever knows the account; places such
as ``rules[2].grants[0].role`` say where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from rbac.mapping import Term
from rbac.patterns import ROLE, ROLE_CAPTURE, UNIT, UNIT_CAPTURE, BadPattern, Pattern, folded, parse_pattern
from rbac.places import problems_of

MOST_DAYS = 3_660
MOST_RULES = 2_000
MOST_PROBLEMS = 100
"""So many problems of one document are told."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Characters that nobody sees, or that change how others are shown (Unicode, general categories)."""


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
    """A unit in which the members work; ``home``: and where they are at home."""

    unit: str
    children: bool = False
    home: bool = False


@dataclass(frozen=True, slots=True)
class RuleLines:
    """One rule as written, and its place in the document.

    ``directory`` is the one of the pattern, or of a rule with a filter only; that of a group is with the group.
    """

    place: str
    name: str
    group: GroupReference | None
    pattern: Pattern | None
    where: str | None
    directory: str | None
    grants: tuple[GrantLine, ...]
    works_in: tuple[WorkLine, ...]
    term: Term
    paused: bool
    owner: str | None
    reason: str
    labels: frozenset[str]
    allow_privileged: bool

    @property
    def directory_place(self) -> str:
        """Where the directory is named."""
        within = ".group" if self.group is not None else ".pattern" if self.pattern is not None else ""
        return f"{self.place}{within}.directory"


@dataclass(frozen=True, slots=True)
class MappingDocument:
    """What could be read, and what is wrong with the rest."""

    reason: str
    rules: tuple[RuleLines, ...]
    problems: tuple[str, ...]


_SOME = validate.Length(min=1, max=200, error="must have 1 to 200 characters")
_FILTER = validate.Length(min=1, max=10_000, error="must have 1 to 10,000 characters")


def _flag() -> fields.Boolean:
    return fields.Boolean(load_default=False, truthy={True}, falsy={False})


def _is_readable(name: str) -> None:
    """A rule is known by its name, so two that look alike must be one."""
    if name and not name.strip():
        raise ValidationError("must not be blank")
    if any(category(char) in _UNSEEN for char in name):
        raise ValidationError("must not have control or other invisible characters")


class _Moment(fields.Field[datetime]):
    """A moment with its time zone, as text or as YAML reads it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise ValidationError("write a moment with its time zone, such as 2027-03-01T00:00:00Z")
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("must be in the years 1 to 9999, in UTC") from error


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


class _Pattern(Schema):
    text = fields.String(required=True, validate=_SOME)
    directory = fields.String(validate=_SOME)

    @validates_schema
    def _is_pattern(self, data: dict[str, Any], **_: Any) -> None:
        try:
            parse_pattern(data["text"])
        except BadPattern as error:
            raise ValidationError(str(error), "text") from error


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
    home = _flag()


class _Rule(Schema):
    name = fields.String(required=True, validate=[_SOME, _is_readable])
    owner = fields.String(validate=_SOME, allow_none=True, load_default=None)
    reason = fields.String(validate=validate.Length(max=1000), load_default="")
    labels = fields.List(fields.String(validate=_SOME), load_default=list, validate=validate.Length(max=50))
    paused = _flag()
    group = fields.Nested(_Group)
    pattern = fields.Nested(_Pattern)
    where = fields.String(validate=_FILTER)
    directory = fields.String(validate=_SOME)
    grants = fields.List(fields.Nested(_Grant), load_default=list)
    works_in = fields.List(fields.Nested(_Work), load_default=list)
    allow_privileged = _flag()
    until = _Moment(load_default=None, allow_none=True)
    days = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=1, max=MOST_DAYS, error=f"must be 1 to {MOST_DAYS}"),
    )

    @validates_schema
    def _gives_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("grants") and not data.get("works_in"):
            raise ValidationError("the rule gives nothing; add grants or works_in")

    @validates_schema
    def _is_for_somebody(self, data: dict[str, Any], **_: Any) -> None:
        ways = [key for key in ("group", "pattern") if key in data]
        if len(ways) > 1:
            raise ValidationError("a rule has a group or a pattern, not both")
        if not ways and "where" not in data:
            raise ValidationError("say whom the rule is for: by group, pattern or where")
        if ways and "directory" in data:
            raise ValidationError(f"name the directory within {ways[0]}", "directory")

    @validates_schema
    def _one_home(self, data: dict[str, Any], **_: Any) -> None:
        if sum(work["home"] for work in data.get("works_in", ())) > 1:
            raise ValidationError("one is at home in one unit only", "works_in")


class _Document(Schema):
    reason = fields.String(load_default="", validate=validate.Length(max=1000))
    rules = fields.List(
        fields.Raw(), required=True, validate=validate.Length(max=MOST_RULES, error=f"at most {MOST_RULES:,} rules")
    )


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
        first = places.setdefault(folded(rule.name), place)
        if first != place:
            problems.append(f'{place}.name: "{rule.name}" is the name of {first} already')
        problems += _misused_captures(rule)
        rules.append(rule)
    return MappingDocument(loaded["reason"], tuple(rules), tuple(problems))


def first_of(problems: Sequence[str]) -> tuple[str, ...]:
    """The first problems of a document, and how many more there are: nobody reads thousands, and they take time."""
    more = len(problems) - MOST_PROBLEMS
    return (*problems,) if more <= 0 else (*problems[:MOST_PROBLEMS], f"rules: {more:,} more problems are not told")


def _rule(place: str, loaded: dict[str, Any]) -> RuleLines:
    pattern = loaded.get("pattern")
    return RuleLines(
        place=place,
        name=loaded["name"],
        group=GroupReference(**loaded["group"]) if "group" in loaded else None,
        pattern=parse_pattern(pattern["text"]) if pattern else None,
        where=loaded.get("where"),
        directory=pattern.get("directory") if pattern else loaded.get("directory"),
        grants=tuple(GrantLine(**grant) for grant in loaded["grants"]),
        works_in=tuple(WorkLine(**work) for work in loaded["works_in"]),
        term=Term(loaded["until"], loaded["days"]),
        paused=loaded["paused"],
        owner=loaded["owner"],
        reason=loaded["reason"],
        labels=frozenset(loaded["labels"]),
        allow_privileged=loaded["allow_privileged"],
    )


def _misused_captures(rule: RuleLines) -> Iterator[str]:
    """A capture that is given must be in the pattern, and one that means something must be given."""
    roles = [(f"{rule.place}.grants[{number}].role", grant.role) for number, grant in enumerate(rule.grants)]
    units = [(f"{rule.place}.grants[{number}].unit", grant.unit) for number, grant in enumerate(rule.grants)]
    units += [(f"{rule.place}.works_in[{number}].unit", work.unit) for number, work in enumerate(rule.works_in)]
    captures = rule.pattern.captures if rule.pattern is not None else ()
    for capture, written, places in ((ROLE, ROLE_CAPTURE, roles), (UNIT, UNIT_CAPTURE, units)):
        used = [place for place, word in places if word == written]
        if capture not in captures:
            yield from (f"{place}: no pattern captures {written}" for place in used)
        elif not used:
            yield f"{rule.place}.pattern.text: nothing is given by {written}; give it, or call the capture otherwise"
