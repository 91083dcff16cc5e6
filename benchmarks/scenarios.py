"""What is measured: each scenario is one function that does one unit of work, and what is expected of it.

A new one is one more function under ``@scenario``; the floor answers it in ``benchmarks/floor.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from benchmarks import bodies
from benchmarks.client import Answer, Unexpected
from benchmarks.population import RARE, Crowd, Person, World


class Asks(Protocol):
    """Whoever can send a request: a connection, or the application in this process."""

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """One request."""
        ...


@dataclass
class Target:
    """Whom the requests go to. Numbers go on from round to round, so that every create is a new one."""

    name: str
    world: World
    first: int = 0
    _serials: dict[str, count[int]] = field(default_factory=dict)

    def next(self, what: str) -> int:
        """The next number of a series; all series begin with ``first``."""
        return next(self._serials.setdefault(what, count(self.first)))

    def person(self, what: str = "person") -> Person:
        """Somebody, in an order that jumps about the table."""
        people = self.world.people
        return people[self.next(what) * 7919 % len(people)]

    @property
    def crowd(self) -> Crowd:
        """The large groups."""
        assert self.world.crowd is not None
        return self.world.crowd


Work = Callable[[Asks, Target], int]
"""Does one unit of work and returns how many units that were."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the table.

    ``goal`` is a least ratio to the floor, or to ``against`` on the product itself; with ``extra`` it is the
    most milliseconds that one unit may cost more than ``against``. ``growth`` is the largest exponent in N.
    """

    title: str
    work: Work
    goal: float
    unit: str = "req"
    against: Work | None = None
    extra: bool = False
    growth: float | None = None
    needs: int = 0
    connections: int = 1
    slowest: float | None = None
    large: bool = False


SCENARIOS: list[Scenario] = []


def scenario(title: str, goal: float, **more: Any) -> Callable[[Work], Work]:
    """Enter a function into the table."""

    def enter(work: Work) -> Work:
        SCENARIOS.append(Scenario(title, work, goal, **more))
        return work

    return enter


@scenario("look-up by userName, hit", 0.80, growth=0.1)
def hit(client: Asks, target: Target) -> int:
    """Both providers ask this before anything else."""
    _expect(1, client.ask("GET", bodies.look_up(target.person().name)))
    return 1


@scenario("look-up by userName, miss", 0.80, growth=0.1)
def miss(client: Asks, target: Target) -> int:
    """The same for somebody who is not there yet."""
    _expect(0, client.ask("GET", bodies.look_up(f"nobody{target.next('nobody')}@{bodies.DOMAIN}")))
    return 1


@scenario("GET by id", 0.85, growth=0.05)
def by_id(client: Asks, target: Target) -> int:
    """One user, with two groups."""
    client.ask("GET", f"{bodies.USERS}/{target.person().id}")
    return 1


@scenario("page of 100, first", 0.60, growth=0.1)
def first_page(client: Asks, target: Target) -> int:
    """Whole users, with their groups."""
    client.ask("GET", bodies.page(1))
    return 1


@scenario("page of 100, deepest", 0.60, growth=0.1)
def deepest_page(client: Asks, target: Target) -> int:
    """The end of an import: the last page of users who are in as many groups as those of the first."""
    client.ask("GET", bodies.page(len(target.world.people) - 99))
    return 1


@scenario("e-mail filter, 50 hits", 0.50, growth=0.1)
def email_filter(client: Asks, target: Target) -> int:
    """A value path with two conditions, and one more beside it."""
    _expect(RARE, client.ask("GET", bodies.by_email()))
    return 1


@scenario("PATCH active", 0.60, growth=0.05)
def deactivate(client: Asks, target: Target) -> int:
    """Everybody is switched off in turn, then on again."""
    number = target.next("active")
    people = target.world.people
    person = people[number * 7919 % len(people)]
    client.ask("PATCH", f"{bodies.USERS}/{person.id}", bodies.deactivation(number // len(people) % 2 == 1))
    return 1


@scenario("PUT", 0.55, growth=0.05)
def put(client: Asks, target: Target) -> int:
    """A whole user with another title."""
    number = target.next("put")
    index = number * 7919 % len(target.world.people)
    body = bodies.okta_user(index, title=f"Title {number}")
    client.ask("PUT", f"{bodies.USERS}/{target.world.people[index].id}", body)
    return 1


@scenario("AuthZEN evaluation, person known", 0.80, against=by_id, growth=0.05)
def evaluation(client: Asks, target: Target) -> int:
    """One decision over HTTP about one of ten people, whom the process has in memory; compared with GET by id."""
    person = target.world.people[target.next("known") % 10]
    client.ask("POST", bodies.EVALUATION, bodies.evaluation(person.name))
    return 1


@scenario("AuthZEN evaluation, person new", 0.80, against=by_id, growth=0.05)
def first_evaluation(client: Asks, target: Target) -> int:
    """The same about somebody else each time."""
    client.ask("POST", bodies.EVALUATION, bodies.evaluation(target.person("asked").name))
    return 1


def _move(group: Callable[[Target], str], series: str) -> Work:
    def move(client: Asks, target: Target) -> int:
        person = target.person(series)
        client.ask("PATCH", f"{bodies.GROUPS}/{group(target)}", bodies.addition(person.id))
        client.ask("PATCH", f"{bodies.GROUPS}/{group(target)}", bodies.removal(person.id))
        return 2

    return move


move_plain = _move(lambda target: target.world.plain, "plain")

SCENARIOS.append(
    Scenario(
        "mapping: one member moves",
        _move(lambda target: target.world.mapped, "mapped"),
        1.0,
        against=move_plain,
        extra=True,
        growth=0.05,
    )
)


@scenario("create, whole Okta body", 0.55, growth=0.1)
def create(client: Asks, target: Target) -> int:
    """A new user with everything Okta sends."""
    client.ask("POST", bodies.USERS, bodies.okta_user(5_000_000 + target.next("created")))
    return 1


def _bulk(size: int, first: int) -> Work:
    def create_all(client: Asks, target: Target) -> int:
        people = (bodies.okta_user(first + target.next(f"bulk {size}")) for _ in range(size))
        answer = client.ask("POST", bodies.BULK, bodies.creates(people))
        if answer.body.count(b'"status":"201"') != size:
            raise Unexpected(f"{size} users were to be created: {answer.body[:500]!r}")
        return size

    return create_all


# Nobody else creates people of these numbers.
BULKS = {100: 20_000_000, 1_000: 40_000_000}
SCENARIOS.extend(
    Scenario(f"Bulk of {size:,} creates", _bulk(size, first), 0.50, unit="users", growth=0.1)
    for size, first in BULKS.items()
)


@scenario("first sync as Entra does it", 0.60, unit="users", growth=0.1)
def first_sync(client: Asks, target: Target) -> int:
    """Look-up, create, add to a group of some hundred members."""
    body = bodies.entra_user(target.next("synced"))
    _expect(0, client.ask("GET", bodies.look_up(body["userName"])))
    made = client.ask("POST", bodies.USERS, body).json
    client.ask("PATCH", f"{bodies.GROUPS}/{target.world.synced}", bodies.addition(made["id"]))
    return 1


@scenario("mixed load, 4 connections", 0.60, growth=0.1, connections=4, slowest=20.0)
def mixed(client: Asks, target: Target) -> int:
    """Of twenty: 8 look-ups, 4 GET by id, 2 creates, 2 PATCH active, 1 PUT, 2 member moves, 1 GET of a group."""
    number = target.next("mixed") * 7 % 20
    if number < 8:
        return hit(client, target)
    if number < 12:
        return by_id(client, target)
    if number < 14:
        return create(client, target)
    if number < 16:
        return deactivate(client, target)
    if number < 17:
        return put(client, target)
    if number < 19:
        return move_plain(client, target)
    client.ask("GET", f"{bodies.GROUPS}/{target.world.synced}?excludedAttributes=members")
    return 1


def _crowd(size: int) -> Work:
    def move(client: Asks, target: Target) -> int:
        crowd = target.crowd
        spare = crowd.spare[target.next(f"spare {size}") % len(crowd.spare)]
        path = f"{bodies.GROUPS}/{crowd.groups[size]}"
        client.ask("PATCH", path, bodies.addition(spare), crowd.token)
        client.ask("PATCH", path, bodies.removal(spare), crowd.token)
        return 2

    return move


def _whole_group(client: Asks, target: Target) -> int:
    crowd = target.crowd
    client.ask("GET", f"{bodies.GROUPS}/{crowd.groups[max(crowd.groups)]}", token=crowd.token)
    return 1


def _bare_group(size: int) -> Work:
    def get(client: Asks, target: Target) -> int:
        path = f"{bodies.GROUPS}/{target.crowd.groups[size]}?excludedAttributes=members"
        client.ask("GET", path, token=target.crowd.token)
        return 1

    return get


def with_groups(sizes: tuple[int, ...]) -> list[Scenario]:
    """All scenarios, those about large groups for groups of these sizes."""
    moves = [Scenario(f"group of {size:,}: add, remove one", _crowd(size), 0.60, needs=size) for size in sizes]
    bare = [
        Scenario(f"GET group of {size:,} without members", _bare_group(size), 0.85, needs=size)
        for size in (sizes[0], sizes[-1])
    ]
    whole = Scenario(f"GET group with {sizes[-1]:,} members", _whole_group, 0.60, needs=sizes[-1], large=True)
    return [*SCENARIOS, *moves, *bare, whole]


def _expect(total: int, answer: Answer) -> None:
    head = answer.body.partition(b'"totalResults":')[2]
    if not head.startswith(b"%d," % total):
        raise Unexpected(f"{total} resources were expected: {answer.body[:200]!r}")
