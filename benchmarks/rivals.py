"""The same decisions asked of other engines in Python: ``python -m benchmarks.rivals``.

They are no part of the development environment; whichever is installed is measured. Each is given the roles of one
policy and a sample of its people, the same for all, and what it answers is compared before it is timed.

* pycasbin goes through its policy lines one by one, so fewer roles are measured, too.
* cedarpy is given its policies read beforehand; the roles of whoever asks come with the question.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from benchmarks import decision_shapes
from benchmarks.decision_shapes import SEED, Shapes
from rbac.decide import Resource, decide

Ask = Callable[[int, str], bool]
SAMPLE, QUESTIONS, ROUNDS, SECONDS = 500, 20, 3, 0.2
_THING = Resource("thing", "t-1")

_CASBIN = """
[request_definition]
r = sub, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && g(r.sub, p.sub)
"""


def muster(shapes: Shapes) -> Ask:
    """This product, with the people of the sample in memory."""
    people = [shapes.person(number) for number in range(SAMPLE)]
    return lambda number, key: decide(shapes.policy, people[number], key, _THING, "unit-0").allowed


def casbin(shapes: Shapes) -> Ask:
    """pycasbin: a line for each permission of each role, and for each role of each person."""
    import casbin as engine  # type: ignore[import-not-found]

    model = engine.Model()
    model.load_model_from_text(_CASBIN)
    enforcer = engine.Enforcer(model)
    enforcer.add_policies([[f"r{role}", key] for role, keys in enumerate(shapes.allowed) for key in keys])
    held = shapes.held[:SAMPLE]
    enforcer.add_grouping_policies([[f"p{number}", f"r{role}"] for number, roles in enumerate(held) for role in roles])
    return lambda number, key: bool(enforcer.enforce(f"p{number}", key))


def cedar(shapes: Shapes) -> Ask:
    """cedarpy: a policy for each role."""
    import cedarpy as engine  # type: ignore[import-not-found]

    def policy(role: int) -> str:
        actions = ", ".join(f'Action::"{key}"' for key in shapes.allowed[role])
        return f'permit(principal in Role::"r{role}", action in [{actions}], resource);'

    policies = engine.PolicySet.from_str("\n".join(policy(role) for role in range(len(shapes.allowed))))
    people = [
        [
            {
                "uid": {"type": "User", "id": f"p{number}"},
                "attrs": {},
                "parents": [{"type": "Role", "id": f"r{role}"} for role in shapes.held[number]],
            }
        ]
        for number in range(SAMPLE)
    ]

    def ask(number: int, key: str) -> bool:
        request = {"principal": f'User::"p{number}"', "action": f'Action::"{key}"', "resource": 'Thing::"t-1"'}
        return bool(engine.is_authorized(request, policies, people[number]).allowed)

    return ask


ENGINES: dict[str, Callable[[Shapes], Ask]] = {"muster": muster, "casbin": casbin, "cedarpy": cedar}


def compared(roles: int) -> Iterator[str]:
    """A line for each engine that is installed: microseconds for an allowed and for a denied question."""
    shapes = decision_shapes.made(roles, SAMPLE)
    chance = random.Random(SEED)
    asked = [chance.randrange(SAMPLE) for _ in range(QUESTIONS)]
    questions = {
        "allow": [(number, shapes.keys(number)[0]) for number in asked],
        "deny": [(number, shapes.keys(number)[1]) for number in asked],
    }
    for name, build in ENGINES.items():
        if name != "muster" and importlib.util.find_spec(name) is None:
            yield f"{roles:>6,} roles  {name:8} is not installed"
            continue
        ask = build(shapes)
        took = {}
        for verdict, questions_of in questions.items():
            for number, key in questions_of:
                if ask(number, key) is not (verdict == "allow"):
                    raise RuntimeError(f"{name} decides otherwise about {key} for p{number}")
            took[verdict] = median(_timed(ask, questions_of) for _ in range(ROUNDS))
        yield f"{roles:>6,} roles  {name:8} allow {took['allow']:>12,.2f} µs   deny {took['deny']:>12,.2f} µs"


def _timed(ask: Ask, questions: Sequence[tuple[int, str]]) -> float:
    repeats = 1
    while True:
        began = time.perf_counter()
        for _ in range(repeats):
            for number, key in questions:
                ask(number, key)
        took = time.perf_counter() - began
        if took >= SECONDS:
            return took / repeats / len(questions) * 1e6
        repeats *= 4


def main() -> int:
    """Print the comparison."""
    for roles in (100, 1_000):
        for line in compared(roles):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
