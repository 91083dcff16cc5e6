"""Decisions in process on a large policy: what a condition, an item or a data filter adds to a plain one.

1,000 roles over 500 permissions and 100,000 people with three roles each, in 50 business units. No HTTP and no
statement: what a snapshot holds is made here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from app.conditions import parse_condition
from rbac.catalogue import (
    AttributeType,
    Catalogue,
    ItemType,
    Operation,
    Permission,
    Section,
    SubjectAttribute,
    Tab,
    Text,
)
from rbac.conditions import Facts
from rbac.decide import Resource, decide
from rbac.filters import DataFilter
from rbac.items import Item, Level, Levels
from rbac.model import (
    Code,
    Effect,
    Grant,
    GrantKind,
    Policy,
    Reach,
    Role,
    Scope,
    Source,
    SourceKind,
    Statement,
    Subject,
)
from rbac.units import Unit, UnitTree

ROLES, PERMISSIONS, PEOPLE, UNITS, EACH = 1_000, 500, 100_000, 50, 3
AREAS, SAID = 25, 12
MOST = {"under a condition": 20.0, "on an item": 10.0, "first question of a person": 500.0}
"""Microseconds for what is worked out anew; the condition is that of three roles, with three comparisons each."""
SEED = 20_260_301
_CALLS, _STRANGERS = 2_000, 500
_WORDS = Text("", "")
_WHEN = 'resource.department eq subject.department and context.hour lt 20 and not (resource.status eq "archived")'
_SOURCE = Source(SourceKind.MANUAL, granted_by="benchmark")


@dataclass(frozen=True, slots=True)
class Shapes:
    """A policy, who has which roles in it, and what each role allows: the same for whoever is compared."""

    policy: Policy
    held: list[list[int]]
    allowed: list[list[str]]

    def person(self, number: int) -> Subject:
        """Somebody as a snapshot has them."""
        grants = tuple(
            Grant(GrantKind.USER, f"r{role}", Scope("u0", Reach.ACCOUNT), (_SOURCE,)) for role in self.held[number]
        )
        return Subject(f"p{number}", f"p{number}", grants=grants, attributes={"department": "Sales"})

    def keys(self, number: int) -> tuple[str, str]:
        """A permission that somebody has by their first role, and one that none of their roles allows."""
        mine = {key for role in self.held[number] for key in self.allowed[role]}
        other = next(key for key in self.policy.catalogue.permissions if key not in mine and key.startswith("a"))
        return self.allowed[self.held[number][0]][0], other


def made(roles: int = ROLES, people: int = PEOPLE) -> Shapes:
    """The policy and the people; alike each time."""
    chance = random.Random(SEED)
    keys = [f"a{number % AREAS}.s{number}.do" for number in range(PERMISSIONS)]
    allowed = [chance.sample(keys, SAID) for _ in range(roles)]
    condition = parse_condition(_WHEN, _catalogue(keys))
    policy = Policy(
        "a1",
        1,
        _catalogue(keys),
        UnitTree(
            Unit(f"u{number}", f"unit-{number}", "", f"u{(number - 1) // 3}" if number else None)
            for number in range(UNITS)
        ),
        {
            f"r{number}": Role(
                f"r{number}",
                f"Role {number}",
                (
                    *(Statement(key, Effect.ALLOW) for key in said),
                    Statement("item.edit", Effect.ALLOW),
                    Statement("conditional", Effect.ALLOW, condition),
                    Statement("row.read", Effect.ALLOW),
                ),
            )
            for number, said in enumerate(allowed)
        },
        unit_filters={f"u{number}": {"row": DataFilter("row", f'region eq "{number}"')} for number in range(UNITS)},
    )
    return Shapes(policy, [chance.sample(range(roles), EACH) for _ in range(people)], allowed)


def measured(shapes: Shapes, rounds: int) -> Iterator[tuple[str, float]]:
    """What each kind of decision costs, in microseconds."""
    policy, ana = shapes.policy, shapes.person(0)
    yes, no = shapes.keys(0)
    thing, item = Resource("thing", "t-1"), Item("doc", "d-1", "u7", "p1", levels=Levels(*[Level.MODIFY] * 3))
    memo, row = Resource("memo", "m-1"), Resource("row", "r-1")
    facts = Facts(resource={"department": "sales", "status": "open"}, context={"hour": 9})
    cases: list[tuple[str, Code, Callable[[], Code]]] = [
        ("allow", Code.ALLOWED, lambda: decide(policy, ana, yes, thing, "unit-7").code),
        ("deny", Code.NO_GRANT, lambda: decide(policy, ana, no, thing, "unit-7").code),
        (
            "with a data filter",
            Code.ALLOWED,
            lambda: decide(policy, ana, "row.read", row, "unit-7").code,
        ),
        (
            "under a condition",
            Code.ALLOWED,
            lambda: decide(policy, ana, "conditional", memo, "unit-7", sent=facts).code,
        ),
        (
            "on an item",
            Code.ALLOWED,
            lambda: decide(policy, ana, "item.edit", Resource("doc", "d-1", item), "unit-7").code,
        ),
    ]
    for title, code, call in cases:
        yield title, median(_timed(call, code, _CALLS) for _ in range(rounds))
    strangers = iter([(shapes.person(number), shapes.keys(number)[0]) for number in range(1, rounds * _STRANGERS + 1)])

    def first() -> Code:
        stranger, key = next(strangers)
        return decide(policy, stranger, key, thing, "unit-7").code

    yield "first question of a person", median(_timed(first, Code.ALLOWED, _STRANGERS) for _ in range(rounds))


def _timed(call: Callable[[], Code], code: Code, calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        found = call()
    took = (time.perf_counter() - began) / calls * 1e6
    if found is not code:
        raise RuntimeError(f"{found}: this would measure something else than {code}")
    return took


def _catalogue(keys: list[str]) -> Catalogue:
    permissions = [Permission(key, _WORDS, _WORDS, Operation.MODIFIES) for key in keys]
    permissions += [
        Permission("item.edit", _WORDS, _WORDS, Operation.MODIFIES, item_types=frozenset({"doc"})),
        Permission("conditional", _WORDS, _WORDS, Operation.MODIFIES),
        Permission("row.read", _WORDS, _WORDS, Operation.READS, item_types=frozenset({"row"})),
    ]
    text = dict.fromkeys(("department", "status", "region"), AttributeType.STRING)
    kinds = [
        ItemType("doc", _WORDS, levels=True, held=True, attributes=text),
        ItemType("memo", _WORDS, attributes=text),
        ItemType("row", _WORDS, records=True, attributes=text),
    ]
    return Catalogue(
        (Tab("all", _WORDS, (Section("all.things", _WORDS, tuple(permissions)),)),),
        {kind.name: kind for kind in kinds},
        {"department": SubjectAttribute("department", AttributeType.STRING, "department")},
        context_attributes={"hour": AttributeType.NUMBER},
    )
