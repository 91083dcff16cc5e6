"""The rules in force as a drawing: groups, rules, roles and units in columns; all of it, or what goes through one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import request

from app.services.mapping_picture import Picture, Stream
from app.web import pages
from app.web.drawing import sankey
from app.web.drawing.sankey import Band, Box, Drawing, Flow, Thing
from app.web.language import say

PATH = "/console/mapping"
KINDS = ("group", "rule", "role", "unit")
"""By column."""
_USUAL = {0: 24, 1: 24, 2: 18, 3: 18}
_OPENED = 400
_FOCUSED = 60
MOST_LINES = 300
"""So many lines of the table are shown; a drawing of part of it has fewer."""
_LABEL = {0: 24}
_USUAL_LABEL = 27
NO_GROUP, WORK, EVERYWHERE = "-", "-", "-"
"""What stands for people of no group, for work without a role, and for the whole account."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the drawing: what goes through one thing only, and which columns are shown as a whole."""

    kind: str = ""
    id: str = ""
    opened: frozenset[int] = frozenset()

    @property
    def query(self) -> dict[str, str | list[str]]:
        """The same as an address has it."""
        found: dict[str, str | list[str]] = {"focus": f"{self.kind}:{self.id}"} if self.kind else {}
        return found | ({"open": sorted(map(str, self.opened))} if self.opened else {})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table that says the same as the drawing."""

    group: str
    rule: str
    role: str
    unit: str
    below: bool
    people: int


@dataclass(frozen=True, slots=True)
class Flowing:
    """What the page shows. ``focus`` is what the drawing is kept to, as it is called."""

    drawing: Drawing
    wish: Wish
    focus: str | None
    lines: Sequence[Line]
    lines_in_all: int
    _names: Mapping[str, str] = field(repr=False)
    _people: Mapping[str, int] = field(repr=False)

    def to(self, box: Box) -> str:
        """Where a thing of the drawing leads: to what goes through it, back to all, or to the others of its column."""
        if box.folded:
            return address(Wish(self.wish.kind, self.wish.id, self.wish.opened | {box.column}))
        kind, _, id = box.key.partition(":")
        return address(Wish() if (kind, id) == (self.wish.kind, self.wish.id) else Wish(kind, id))

    def says(self, band: Band) -> str:
        """A band in words."""
        return str(
            say("mapping.flow.band", source=self.name(band.source), target=self.name(band.target), number=band.amount)
        )

    def name(self, key: str) -> str:
        """What a thing is called, in full."""
        return self._names.get(key, "…")

    def short(self, box: Box) -> str:
        """What stands beside a thing."""
        most = _LABEL.get(box.column, _USUAL_LABEL)
        return box.label if len(box.label) <= most else f"{box.label[: most - 1]}…"

    def people(self, box: Box) -> int:
        """How many people it is about: of groups and rules themselves, of others as many as get it by any rule."""
        return self._people.get(box.key, box.amount)


def asked() -> Wish:
    """What this request wants to see; what makes no sense is left out."""
    kind, _, id = request.args.get("focus", "").partition(":")
    opened = frozenset(int(one) for one in request.args.getlist("open") if one in ("0", "1", "2", "3"))
    return Wish(kind, id[:50], opened) if kind in KINDS and id else Wish(opened=opened)


def drawn(wish: Wish) -> str:
    """Where the drawing itself is, which takes its time in a large account."""
    query = urlencode(wish.query, doseq=True)
    return pages.at(f"{PATH}/flow") + (f"?{query}" if query else "")


def address(wish: Wish) -> str:
    """Where the page with a drawing is."""
    query = urlencode(wish.query, doseq=True)
    return pages.at(PATH) + (f"?{query}" if query else "") + "#flow"


def flowing(picture: Picture, wish: Wish) -> Flowing:
    """The drawing that is asked for. What goes through something that is not there is nothing."""
    streams = [one for one in picture.streams if not wish.kind or _ends(one)[KINDS.index(wish.kind)] == wish.id]
    names = _names(picture)
    usual = dict.fromkeys(range(4), _FOCUSED) if wish.kind else _USUAL
    most = {column: _OPENED if column in wish.opened else number for column, number in usual.items()}
    drawing = sankey.draw(
        list(_things(streams, names, picture)),
        list(_flows(streams, picture)),
        most=most,
        rest=lambda column, number: str(say(f"mapping.flow.rest.{KINDS[column]}", number=number)),
    )
    lines = sorted((_line(one, names) for one in streams), key=lambda one: (-one.people, one.rule, one.group))
    focus = names.get(f"{wish.kind}:{wish.id}") if wish.kind else None
    return Flowing(drawing, wish, focus, lines[:MOST_LINES], len(lines), names, _people(streams))


def _ends(one: Stream) -> tuple[str, str, str, str]:
    return one.group_id or NO_GROUP, one.rule_id, one.role_id or WORK, one.unit_id or EVERYWHERE


def _keys(one: Stream) -> list[str]:
    return [f"{kind}:{id}" for kind, id in zip(KINDS, _ends(one), strict=True)]


def _names(picture: Picture) -> dict[str, str]:
    found = {
        f"group:{NO_GROUP}": str(say("mapping.flow.no_group")),
        f"role:{WORK}": str(say("mapping.flow.work")),
        f"unit:{EVERYWHERE}": str(say("mapping.flow.everywhere")),
    }
    for kind, names in (("group", picture.groups), ("role", picture.roles), ("unit", picture.units)):
        found |= {f"{kind}:{id}": name for id, name in names.items()}
    return found | {f"rule:{one.id}": str(one.rule["name"]) for one in picture.rules}


def _things(streams: Iterable[Stream], names: Mapping[str, str], picture: Picture) -> Iterable[Thing]:
    states = {f"rule:{one.id}": one.state for one in picture.rules}
    kinds = {f"role:{id}": "privileged" for id in picture.privileged} | states
    seen = {key: column for one in streams for column, key in enumerate(_keys(one))}
    for key, column in seen.items():
        yield Thing(key, column, names.get(key, "?"), kinds.get(key, ""))


def _flows(streams: Iterable[Stream], picture: Picture) -> Iterable[Flow]:
    """From each column to the next. People whom a rule gives several things come to it from their group once."""
    states = {one.id: one.state for one in picture.rules}
    most: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    kinds: dict[tuple[str, str], str] = {}
    for one in streams:
        group, rule, role, unit = _keys(one)
        state = states.get(one.rule_id, "")
        kind = "privileged" if one.role_id in picture.privileged else ""
        for ends, part, shown in (
            ((group, rule), "", ""),
            ((rule, role), group, kind),
            ((role, unit), f"{group} {rule}", kind),
        ):
            most[ends][part] = max(most[ends].get(part, 0), one.people)
            # What stands still shows that all the way.
            kinds[ends] = state if state in ("paused", "orphaned") and ends[0] != role else shown
    for (source, target), parts in most.items():
        yield Flow(source, target, sum(parts.values()), kinds[source, target])


def _people(streams: Iterable[Stream]) -> dict[str, int]:
    """Of each rule the people of its groups, of each group those of the rule that gives most of them something."""
    most: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in streams:
        group, rule, _, _ = _keys(one)
        most[group, rule] = max(most[group, rule], one.people)
    found: defaultdict[str, int] = defaultdict(int)
    for (group, rule), people in most.items():
        found[rule] += people
        if group != f"group:{NO_GROUP}":
            found[group] = max(found[group], people)
    return found


def _line(one: Stream, names: Mapping[str, str]) -> Line:
    group, rule, role, unit = (names.get(key, "?") for key in _keys(one))
    return Line(group, rule, role, unit, one.below, one.people)
