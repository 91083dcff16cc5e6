"""A mapping rule as a form: read from a rule of a document, and made one again. Nothing here asks the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Literal, get_args

from werkzeug.datastructures import MultiDict

By = Literal["group", "pattern", "people"]
"""Whom a rule is for: the members of a group, those of all groups a pattern fits, or whoever a filter finds."""
_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Line:
    """Something that a rule gives. ``what`` is a role, a capture, or empty for work in a unit.

    ``unit`` is empty for the whole account; ``below``: and in the units below it; ``home``: one is at home there.
    """

    what: str = ""
    unit: str = ""
    below: bool = False
    home: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """A rule as the form has it; all of it as somebody typed it."""

    name: str = ""
    by: By = "group"
    group: str = ""
    pattern: str = ""
    directory: str = ""
    where: str = ""
    grants: tuple[Line, ...] = ()
    works: tuple[Line, ...] = ()
    until: str = ""
    days: str = ""
    owner: str = ""
    reason: str = ""
    labels: str = ""
    allow_privileged: bool = False
    paused: bool = False

    def with_lines(self) -> Entered:
        """The same with a line to write the next role in."""
        return replace(self, grants=self.grants or (Line(),))


def entered(form: MultiDict[str, str]) -> Entered:
    """What was filled in."""

    def text(name: str) -> str:
        return form.get(name, "").strip()

    by = text("by")
    return Entered(
        name=text("name"),
        by=by if by in get_args(By) else "group",  # type: ignore[arg-type]  # it was just looked at
        group=text("group"),
        pattern=text("pattern"),
        directory=text("directory"),
        where=text("where"),
        grants=tuple(_lines(form, "grant")),
        works=tuple(_lines(form, "work")),
        until=text("until"),
        days=text("days"),
        owner=text("owner"),
        reason=text("reason"),
        labels=text("labels"),
        allow_privileged="allow_privileged" in form,
        paused="paused" in form,
    )


def _lines(form: MultiDict[str, str], kind: str) -> Iterable[Line]:
    """Lines stand one below the other, each with a value for every one of its fields; empty ones say nothing."""
    columns = [form.getlist(f"{kind}_{name}")[:_MOST_LINES] for name in ("what", "unit", "below", "home")]
    for what, unit, below, home in zip_longest(*columns, fillvalue=""):
        if what or (kind == "work" and unit):
            yield Line(what, unit, bool(below), bool(home))


def from_rule(rule: Mapping[str, Any]) -> Entered:
    """A rule of a document; what has an unusual form there is shown as far as it can be."""
    group, pattern = _part(rule, "group"), _part(rule, "pattern")
    days = rule.get("days")
    return Entered(
        name=str(rule.get("name", "")),
        by="group" if group else "pattern" if pattern else "people",
        group=str(group.get("id", "")),
        pattern=str(pattern.get("text", "")),
        directory=str((pattern or rule).get("directory") or ""),
        where=str(rule.get("where") or ""),
        grants=tuple(
            Line(str(one.get("role", "")), str(one.get("unit") or ""), bool(one.get("children")))
            for one in _many(rule, "grants")
        ),
        works=tuple(
            Line("", str(one.get("unit") or ""), bool(one.get("children")), bool(one.get("home")))
            for one in _many(rule, "works_in")
        ),
        until=_local(str(rule.get("until") or "")),
        days="" if days is None else str(days),
        owner=str(rule.get("owner") or ""),
        reason=str(rule.get("reason") or ""),
        labels=", ".join(str(one) for one in rule.get("labels") or ()),
        allow_privileged=rule.get("allow_privileged") is True,
        paused=rule.get("paused") is True,
    )


def to_rule(form: Entered, group: Mapping[str, str] | None) -> dict[str, Any]:
    """The rule as a document has it; ``group`` is how it names the one that was chosen."""
    whole: dict[str, Any] = {
        "name": form.name,
        "owner": form.owner,
        "reason": form.reason,
        "labels": [label for one in form.labels.split(",") if (label := one.strip())],
        "paused": form.paused,
        **conditions(form, group),
        "allow_privileged": form.allow_privileged,
        "until": _moment(form.until),
        "days": int(form.days) if form.days.isascii() and form.days.isdigit() else form.days,
    }
    lines = {
        "grants": [{"role": one.what, **_place(one)} for one in form.grants],
        "works_in": [{**_place(one), **({"home": True} if one.home else {})} for one in form.works],
    }
    return {name: value for name, value in whole.items() if value or name == "name"} | lines


def conditions(form: Entered, group: Mapping[str, str] | None) -> dict[str, Any]:
    """Only whom the rule is for."""
    within = {"directory": form.directory} if form.directory else {}
    found: dict[str, Any] = {"where": form.where} if form.where else {}
    if form.by == "group":
        found["group"] = dict(group) if group else {"id": form.group}
    elif form.by == "pattern":
        found["pattern"] = {"text": form.pattern, **within}
    else:
        found |= within
    return found


def _place(line: Line) -> dict[str, Any]:
    return {"unit": line.unit, "children": line.below} if line.unit else {}


def _part(rule: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = rule.get(name)
    return found if isinstance(found, Mapping) else {}


def _many(rule: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = rule.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else ()


def _local(text: str) -> str:
    """A moment as a browser's field has it, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") if moment.tzinfo else text


def _moment(text: str) -> str:
    """The other way round; what is no moment stays as it is, and is refused as such."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


def problems_of(problems: Iterable[str], place: str) -> dict[str, str]:
    """What is wrong with one rule of a document (``rules[3]``), by the form's fields; the first of each."""
    found: dict[str, str] = {}
    for problem in problems:
        where, _, what = problem.partition(": ")
        if where == place or where.startswith((f"{place}.", f"{place}[")):
            field = where.removeprefix(place).lstrip(".").partition(".")[0].partition("[")[0]
            found.setdefault(_FIELDS.get(field, field), what)
    return found


_FIELDS = {"": "rule", "works_in": "works"}
