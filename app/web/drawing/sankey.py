"""A Sankey diagram: things in columns, and bands between them as wide as what flows. Pure: numbers in, geometry out.

Many things stay readable because each column shows the largest ones and puts the others together; because things are
ordered so that bands cross little (each one is put where the mean of its neighbours is, swept over and over); and
because everything is at least as high as the line of text beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

REST = "rest"
"""The key of what stands for all others of a column is this with the column's number."""
_SLOT = 19.0
"""A line of text with the space around it."""
_BAR = 12.0
_TALL = 460.0
"""So high is the highest column, before its gaps."""
_SWEEPS = 8
_THIN = 1.0


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in a column. ``kind`` is for the one who draws."""

    key: str
    column: int
    label: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """So much flows from one thing to another."""

    source: str
    target: str
    amount: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A thing where it is drawn. ``amount`` flows through it; ``folded`` says for how many others it stands."""

    key: str
    column: int
    label: str
    kind: str
    amount: int
    folded: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its line of text stands."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Band:
    """A flow where it is drawn; ``path`` is the outline as SVG has it."""

    source: str
    target: str
    amount: int
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything, with the size of it all; ``columns`` says where each one begins."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]
    columns: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Placed:
    thing: Thing
    amount: int
    folded: int = 0


def draw(
    things: Sequence[Thing],
    flows: Sequence[Flow],
    *,
    most: Mapping[int, int],
    rest: Callable[[int, int], str],
    width: float = 1120,
    margins: tuple[float, float] = (215, 165),
) -> Drawing:
    """Draw it. ``most`` says how many things each column shows; ``rest`` names how many others there are in which.

    ``margins`` are left at both sides for the texts of the first and the last column.
    """
    shown, merged = _folded(things, flows, most, rest)
    columns: defaultdict[int, list[_Placed]] = defaultdict(list)
    for one in shown:
        columns[one.thing.column].append(one)
    if not columns:
        return Drawing(width, 0, (), (), {})
    order = _ordered(columns, merged)
    scale = _scale(order.values())
    last = max(columns) or 1
    step = (width - sum(margins) - _BAR) / last
    places = {number: round(margins[0] + step * number, 1) for number in range(last + 1)}
    tallest = max(sum(_slot(one, scale) for one in column) for column in order.values())
    boxes: dict[str, Box] = {}
    for number, column in sorted(order.items()):
        slots = [_slot(one, scale) for one in column]
        # Shorter columns are spread, so that bands stay level rather than narrow towards the middle.
        gap = (tallest - sum(slots)) / (len(column) + 1)
        y = gap
        for one, slot in zip(column, slots, strict=True):
            height = max(one.amount * scale, _THIN)
            top = y + (slot - height) / 2
            boxes[one.thing.key] = Box(
                one.thing.key, number, one.thing.label, one.thing.kind, one.amount, one.folded,
                places[number], round(top, 1), _BAR, round(height, 1),
            )  # fmt: skip
            y += slot + gap
    return Drawing(width, round(tallest, 1), tuple(boxes.values()), tuple(_bands(boxes, merged, scale)), places)


def _amounts(flows: Iterable[Flow]) -> dict[str, int]:
    """What flows through each thing: what comes in or what goes out, whichever is more."""
    into: defaultdict[str, int] = defaultdict(int)
    out: defaultdict[str, int] = defaultdict(int)
    for one in flows:
        out[one.source] += one.amount
        into[one.target] += one.amount
    return {key: max(into[key], out[key]) for key in into.keys() | out.keys()}


def _folded(
    things: Sequence[Thing], flows: Sequence[Flow], most: Mapping[int, int], rest: Callable[[int, int], str]
) -> tuple[list[_Placed], list[Flow]]:
    """The largest things of each column, one more for all others, and the flows between them."""
    amounts = _amounts(flows)
    columns: defaultdict[int, list[Thing]] = defaultdict(list)
    for one in things:
        if one.key in amounts:
            columns[one.column].append(one)
    instead: dict[str, str] = {}
    shown: list[_Placed] = []
    for number, column in columns.items():
        column.sort(key=lambda one: (-amounts[one.key], one.label, one.key))
        limit = most.get(number, len(column))
        kept, others = (column, []) if len(column) <= limit else (column[: limit - 1], column[limit - 1 :])
        shown += (_Placed(one, amounts[one.key]) for one in kept)
        if others:
            key = f"{REST}{number}"
            instead |= {one.key: key for one in others}
            shown.append(_Placed(Thing(key, number, rest(number, len(others)), REST), 0, len(others)))
    merged: dict[tuple[str, str], Flow] = {}
    for flow in flows:
        ends = instead.get(flow.source, flow.source), instead.get(flow.target, flow.target)
        known = merged.get(ends)
        kind = flow.kind if known is None or known.kind == flow.kind else ""
        merged[ends] = Flow(*ends, flow.amount + (known.amount if known else 0), kind)
    through = _amounts(merged.values())
    return [replace(one, amount=through[one.thing.key]) for one in shown], list(merged.values())


def _ordered(columns: Mapping[int, Sequence[_Placed]], flows: Iterable[Flow]) -> dict[int, list[_Placed]]:
    """Each column in an order in which bands cross little; what stands for others comes last."""
    before: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    after: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in flows:
        before[one.target].append((one.source, one.amount + 1))
        after[one.source].append((one.target, one.amount + 1))
    order = {number: list(column) for number, column in sorted(columns.items())}
    place = {one.thing.key: index / len(column) for column in order.values() for index, one in enumerate(column)}

    def sweep(number: int, beside: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        def mean(one: _Placed) -> float:
            near = beside.get(one.thing.key, ())
            weight = sum(amount for _, amount in near)
            return sum(place[key] * amount for key, amount in near) / weight if weight else place[one.thing.key]

        order[number].sort(key=lambda one: (one.folded > 0, mean(one), one.thing.label))
        place.update((one.thing.key, index / len(order[number])) for index, one in enumerate(order[number]))

    numbers = list(order)
    for _ in range(_SWEEPS):
        for number in numbers[1:]:
            sweep(number, before)
        for number in reversed(numbers[:-1]):
            sweep(number, after)
    return order


def _scale(columns: Iterable[Sequence[_Placed]]) -> float:
    """How high one unit is: the column through which most flows is as high as columns may be."""
    return _TALL / max(max(sum(one.amount for one in column) for column in columns), 1)


def _slot(one: _Placed, scale: float) -> float:
    return max(one.amount * scale + 6, _SLOT)


def _bands(boxes: Mapping[str, Box], flows: Iterable[Flow], scale: float) -> Iterable[Band]:
    """Bands stand at a thing in the order of what is at their other end, so that they do not cross there."""
    there = [one for one in flows if one.source in boxes and one.target in boxes]
    starts, ends = dict[int, float](), dict[int, float]()
    for at, sides in ((starts, ("source", "target")), (ends, ("target", "source"))):
        used: defaultdict[str, float] = defaultdict(float)
        near, far = sides
        for one in sorted(there, key=lambda flow: boxes[getattr(flow, far)].middle):
            key = getattr(one, near)
            at[id(one)] = boxes[key].y + used[key]
            used[key] += one.amount * scale
    for one in sorted(there, key=lambda flow: -flow.amount):
        left, right = boxes[one.source], boxes[one.target]
        x0, x1, high = left.x + left.width, right.x, max(one.amount * scale, _THIN)
        yield Band(one.source, one.target, one.amount, one.kind, _outline(x0, starts[id(one)], x1, ends[id(one)], high))


def _outline(x0: float, y0: float, x1: float, y1: float, high: float) -> str:
    """Two curves that leave and arrive level, joined at their ends."""
    half = (x0 + x1) / 2
    return (
        f"M{x0:.1f} {y0:.1f}C{half:.1f} {y0:.1f} {half:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        f"V{y1 + high:.1f}C{half:.1f} {y1 + high:.1f} {half:.1f} {y0 + high:.1f} {x0:.1f} {y0 + high:.1f}Z"
    )
