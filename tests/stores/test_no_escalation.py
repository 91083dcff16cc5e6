"""Whatever a delegated administrator does, in whatever order: nobody has more by it than the delegate has there then.

Random deeds by a person who is no Account Owner, each held against what everybody may do in every unit, now and in
times to come. What a deed gives somebody is at most what whoever did it holds in that unit at that time, and nothing
for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from app.models.base import now
from app.services import assignments, data_filters, grants, groups, individual, roles, unit_moves, units, users
from app.services.errors import ServiceError
from app.services.individual import Entry
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.session import Session
from app.stores.access import SqlAccessStore
from rbac.model import Policy, Snapshot, Subject
from rbac.roles import said, statements_of
from rbac.standing import standing_in
from tests.builders import a_giving
from tests.stores.worlds import LAUNCH, QUERY, UNITS, VIEW, a_world

DAY = timedelta(days=1)
ADMINISTRATION = ("account.roles.assign", "account.roles.edit", "account.users.edit", "settings.units.edit")
NODES = (LAUNCH, QUERY, VIEW, "campaigns.email", "analytics", *ADMINISTRATION)
KEYS = [key for key, _ in UNITS] + ["root"]
CONDITION = 'resource.region eq "EMEA"'
DEEDS, SEEDS = 50, range(3)
AHEAD = (timedelta(), 3 * DAY, 8 * DAY, 400 * DAY)
"""When is looked at what people may do: what ends and begins does so after one to seven days."""

Worth = Mapping[str, int]
Held = dict[tuple[str, str, int], Worth]


class Play:
    """A world, a delegate who acts in it, and chance."""

    def __init__(self, session: Session, seed: int) -> None:
        self.random = Random(seed)
        self.world = a_world(session)
        world = self.world
        self.people = [world.user(home=home) for home in ("emea", "iberia", "dach", "apac", None)]
        self.local = [
            users.create_user(*world.at, {"user_name": f"local{n}", "home_unit": "iberia"}).id for n in (1, 2)
        ]
        self.team = groups.create_group(*world.at, {"display_name": "Team"}).id
        self.roles = [
            world.role(f"Role {number}", *self.some(NODES[:5]), deny=tuple(self.some(NODES[:3], 1)))
            if number % 3
            else world.role(f"Role {number}", *self.some(NODES[:4]), when=self.random.choice([None, CONDITION]))
            for number in range(5)
        ]
        self.delegate = self.a_delegate()
        for _ in range(12):
            self.try_out(self.random.choice([self.give, self.put, self.work]))
        world.act_as(self.delegate)

    def a_delegate(self) -> str:
        """Of a region or of everything, for a while or for good, with a part of the permissions."""
        world, unit = self.world, self.random.choice(["emea", "root", None])
        person = world.user(home="emea" if unit == "emea" else "root")
        administers = world.role("Administers", *self.some(ADMINISTRATION, 3), *self.some(NODES[:5]))
        where = {"unit": unit, "children": True} if unit else {}
        world.give(administers, user=person, **where, expires=self.random.choice([None, None, now() + 5 * DAY]))
        if self.random.random() < 0.5:
            individual.put(*world.at, person, [Entry(self.random.choice(NODES[:3]), "deny", unit="iberia")])
        if self.random.random() < 0.5:
            world.give(self.random.choice(self.roles), user=person)
        return person

    def some(self, of: Any, least: int = 0) -> list[str]:
        return self.random.sample(list(of), self.random.randint(least, len(of)))

    def try_out(self, deed: Callable[[], Any]) -> bool:
        """A deed, if nothing is against it; else it is undone."""
        try:
            with self.world.session.savepoint():
                deed()
        except ServiceError:
            return False
        return True

    def person(self) -> str:
        return self.random.choice([*self.people, *self.local, self.delegate])

    def where(self) -> dict[str, Any]:
        unit = self.random.choice([*KEYS, None])
        return {"unit": unit, "children": self.random.random() < 0.5} if unit else {}

    def ends(self) -> datetime | None:
        return self.random.choice([None, now() + self.random.randint(1, 7) * DAY])

    def giving(self) -> Any:
        role = self.random.choice(self.roles)
        match self.random.random():
            case chance if chance < 0.6:
                return a_giving(role, self.person(), **self.where())
            case chance if chance < 0.8:
                return a_giving(role, principal_unit=self.random.choice(KEYS), children=self.random.random() < 0.5)
        return a_giving(role, group=self.team, **self.where())

    def give(self) -> None:
        starts = self.random.choice([None, None, now() + DAY / 2])
        assignments.assign(*self.world.at, self.giving(), starts=starts, expires=self.ends())

    def take(self) -> None:
        assignments.unassign(*self.world.at, self.giving())

    def extend(self) -> None:
        assignments.extend(*self.world.at, self.giving(), expires=self.ends())

    def put(self) -> None:
        effect = self.random.choice(["allow", "deny", "unset"])
        node = self.random.choice([*NODES[:5], "*"])
        individual.put(*self.world.at, self.person(), [Entry(node, effect, **self.where(), expires=self.ends())])

    def work(self) -> None:
        unit, person = self.random.choice(KEYS), self.person()
        do: Callable[..., Any] = self.random.choice([units.add_worker, units.remove_worker, units.set_home])
        do(*self.world.at, person, unit)

    def move(self) -> None:
        unit_moves.move_unit(*self.world.at, self.random.choice(KEYS), self.random.choice(KEYS))

    def edit(self) -> None:
        change = StatementChange(self.random.choice(NODES), self.random.choice(["allow", "deny", "unset"]))
        roles.edit_role(*self.world.at, self.random.choice(self.roles), RoleEdit(statements=(change,)))

    def copy(self) -> None:
        made = roles.copy_role(*self.world.at, self.random.choice(self.roles), f"Copy {self.random.random()}")
        self.roles.append(made.role.id)

    def forget(self) -> None:
        role = self.random.choice(self.roles)
        roles.delete_role(*self.world.at, role)
        self.roles.remove(role)

    def member(self) -> None:
        do: Callable[..., Any] = self.random.choice(
            [
                lambda: groups.add_members(*self.world.at, self.team, [self.person()], []),
                lambda: groups.remove_members(*self.world.at, self.team, [self.person()]),
            ]
        )
        do()

    def narrow(self) -> None:
        held = [one.id for one in grants.of_user(*self.world.at, self.person()).grants]
        if not held:
            return
        do = self.random.choice([data_filters.set_filter, data_filters.clear_filter])
        text = ('region eq "EMEA"',) if do is data_filters.set_filter else ()
        do(*self.world.at, "contact", *text, assignment=self.random.choice(held))

    def person_anew(self) -> None:
        given = {"user_name": f"new{self.random.random()}", "home_unit": self.random.choice(KEYS)}
        chosen = {"roles": [self.random.choice(self.roles)]} if self.random.random() < 0.5 else {}
        self.local.append(users.create_user(*self.world.at, given | chosen).id)

    def deed(self) -> Callable[[], Any]:
        every = (self.give, self.take, self.extend, self.put, self.work, self.move, self.edit, self.copy, self.forget)
        return self.random.choice([*every, self.give, self.put, self.member, self.narrow, self.person_anew])

    def snapshot(self) -> Snapshot:
        return SqlAccessStore(*self.world.at).snapshot([*self.people, *self.local, self.delegate])

    def held(self) -> tuple[Held, Held]:
        """What everybody's grants are worth in every unit, and what they have by working there; at each time."""
        snapshot, moment = self.snapshot(), now()
        policy, by_grants, by_work = snapshot.policy, {}, {}
        of_people = replace(policy, unit_grants={})
        for id, subject in snapshot.subjects.items():
            assert subject is not None
            anywhere = replace(subject, works_in=(), home=None)
            without = replace(subject, grants=())
            for unit in policy.units.units:
                for number, ahead in enumerate(AHEAD):
                    at = id, unit, number
                    by_grants[at] = worth(of_people, anywhere, unit, moment + ahead)
                    by_work[at] = worth(policy, without, unit, moment + ahead)
        return by_grants, by_work

    def rights(self) -> dict[tuple[str, int], Worth]:
        """What the delegate may do, by unit and time."""
        snapshot, moment = self.snapshot(), now()
        subject = snapshot.subjects[self.delegate]
        assert subject is not None
        return {
            (unit, number): worth(snapshot.policy, subject, unit, moment + ahead)
            for unit in snapshot.policy.units.units
            for number, ahead in enumerate(AHEAD)
        }


def worth(policy: Policy, subject: Subject, unit: str, at: datetime) -> Worth:
    """How much of each permission somebody has in a unit at a time: 1 under conditions, 2 always; nothing is absent.

    What is narrowed by a data filter is worth less than what is not.
    """
    standing = standing_in(policy, subject, unit, at)
    if standing is None:
        return {}
    whole = [grant for grant, _ in standing.grants if not grant.filters]
    narrowed = [grant for grant, _ in standing.grants if grant.filters]
    every = [statement for grant in (*whole, *narrowed) for statement in statements_of(policy, grant)]
    without = [statement for grant in whole for statement in statements_of(policy, grant)]
    outright = said(policy.catalogue, without)
    return {
        key: (min(one.worth, 1) if key not in outright or not outright[key].worth else one.worth)
        for key, one in said(policy.catalogue, every).items()
        if one.worth
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_has_more_than_the_delegate_by_what_the_delegate_does(session: Session, seed: int) -> None:
    """Neither at once nor later; and the delegate has what they had."""
    play = Play(session, seed)
    done = 0
    for _ in range(DEEDS):
        deed = play.deed()
        rights, before = play.rights(), play.held()
        if not play.try_out(deed):
            continue
        done += 1
        for was, becomes in zip(before, play.held(), strict=True):
            for (id, unit, number), has in becomes.items():
                had = was.get((id, unit, number), {})
                if id == play.delegate:
                    assert has == had or deed.__name__ == "move", (deed.__name__, unit, number)
                    continue
                right = rights.get((unit, number), {})
                more = {key: value for key, value in has.items() if value > max(had.get(key, 0), right.get(key, 0))}
                assert not more, (deed.__name__, id, unit, AHEAD[number], more)
    assert done, "nothing was allowed, so that nothing was tried out"
