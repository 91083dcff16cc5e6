"""Configurations in general: whatever two files say, what was planned happens, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services import accounts, configuration, configuration_export, configuration_text
from app.services.configuration_pass import Plan
from app.services.configuration_text import Source
from app.services.errors import Refused
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_tables import CONFIGURATIONS, REVISIONS, ROLES, UNITS
from rbac.model import Reach
from tests.effort import examples
from tests.stores.worlds import EVENTS, World, a_world

KEYS = ("u1", "u2", "u3", "u4", "u5")
ROLE_NAMES = ("Alpha", "Beta", "Gamma ñ: 1", "yes")
NODES = (
    "campaigns.email.view",
    "campaigns.email.launch",
    "campaigns.email",
    "contacts",
    "analytics.explore.query",
    "*",
)
GROUPS = 3


_EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "owner": st.just("olivia@acme.example"),
        "reason": st.just("Because: # of it"),
        "labels": st.just(["a", "b: c"]),
        "where": st.sampled_from(['userName co "@"', 'userName eq "nobody"']),
    },
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A configuration whose rules name groups by number."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True))
    units = [
        {"key": key, "name": draw(st.sampled_from(["One", "Two: 2", "no"]))}
        | ({"parent": draw(st.sampled_from(keys[:number]))} if number and draw(st.booleans()) else {})
        for number, key in enumerate(keys)
    ]
    names = draw(st.lists(st.sampled_from(ROLE_NAMES), unique=True))
    nodes = st.lists(st.sampled_from(NODES), unique=True, max_size=3)
    roles = [
        {"name": name, "description": draw(st.sampled_from(["", "What it is for", "# no comment"]))}
        | {"privileged": draw(st.booleans()), "allow": draw(nodes), "deny": draw(nodes)}
        for name in names
    ]
    places = [{}, *({"unit": key, "children": below} for key in ("emea", *keys) for below in (True, False))]
    givable = st.sampled_from(["Viewer", "Marketer", *names])
    rules = []
    for number in draw(st.lists(st.integers(0, 4), unique=True)):
        grants = [{"role": draw(givable)} | draw(st.sampled_from(places)) for _ in range(draw(st.integers(0, 3)))]
        works = [draw(st.sampled_from(places[1:]))] if not grants or draw(st.booleans()) else []
        group = draw(st.integers(0, GROUPS - 1))
        rules.append({"name": f"Rule {number}", "group": group, "grants": grants, "works_in": works} | draw(_EXTRAS))
    defaults = draw(st.lists(givable, unique=True, max_size=2))
    return {
        "business_units": draw(st.permutations(units)),
        "roles": draw(st.permutations(roles)),
        "default_roles": defaults,
        "mapping": {"rules": rules},
    }


def bound(document: dict[str, Any], groups: list[str]) -> Source:
    """A configuration with the groups of a world."""
    rules = [rule | {"group": {"id": groups[rule["group"]]}} for rule in document["mapping"]["rules"]]
    text = configuration_text.write(document | {"mapping": {"rules": rules}})
    return configuration_text.read(text, "random.yaml")


def crowd(world: World) -> tuple[list[str], list[str]]:
    """People and groups that overlap."""
    people = [world.user() for _ in range(4)]
    return people, [world.group(*people[number : number + 2]) for number in range(GROUPS)]


def having(world: World, people: list[str]) -> dict[str, set[str]]:
    """What each person has, in the words of a plan."""
    snapshot = SqlAccessStore(*world.at).snapshot(people)
    units, found = snapshot.policy.units.units, {}
    for id in people:
        subject = snapshot.subjects[id]
        assert subject is not None
        has = set()
        for grant in subject.grants:
            role, unit = snapshot.policy.roles[grant.role_id or ""].name, units[grant.scope.unit].key
            below = " and below" if grant.scope.reach is Reach.SUBTREE else ""
            has.add(role if grant.scope.reach is Reach.ACCOUNT else f"{role} in {unit}{below}")
        has |= {
            f"works in {units[one.unit].key}{' and below' if one.with_children else ''}" for one in subject.works_in
        }
        found[subject.user_name] = has
    return found


def effect(plan: Plan) -> dict[str, tuple[set[str], set[str]]]:
    """What a plan says of each person for whom it changes something."""
    people = plan.mapping.people if plan.mapping is not None else ()
    return {one.user_name: (set(one.gained), set(one.lost)) for one in people if one.gained or one.lost}


@settings(
    max_examples=examples(8),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=documents(), second=documents())
def test_whatever_is_planned_happens(session: Session, first: dict[str, Any], second: dict[str, Any]) -> None:
    """From any file to any other: plan and effect agree for things and people; then nothing is left to do.

    An export of what came of it, applied, changes nothing and is the same text again.
    """
    with session.savepoint():
        world = a_world(session)
        people, groups = crowd(world)
        for document in (first, second):
            source = bound(document, groups)
            exported, before = configuration_export.export_text(*world.at), having(world, people)
            planned = configuration.plan(*world.at, source)
            assert configuration_export.export_text(*world.at) == exported
            done = configuration.apply(*world.at, source, expected=planned.digest)
            assert (done.steps, done.roles, done.moves) == (planned.steps, planned.roles, planned.moves)
            after = having(world, people)
            changed = {
                name: (after[name] - before[name], before[name] - after[name])
                for name in before
                if after[name] != before[name]
            }
            assert effect(planned) == changed
            assert not configuration.plan(*world.at, source).is_change
        text = configuration_export.export_text(*world.at)
        own = configuration_text.read(text, "export.yaml")
        configuration.apply(*world.at, own)
        assert configuration_export.export_text(*world.at) == text
        assert not configuration.plan(*world.at, own).is_change


FIRST = """
business_units: [{key: spain, name: Spain, parent: emea}]
roles: [{name: Alpha, allow: [campaigns.email.view]}, {name: Beta}]
default_roles: [Beta]
mapping: {rules: [{name: R, group: {id: GROUP}, grants: [{role: Alpha, unit: spain}]}]}
"""
SECOND = """
business_units: [{key: france, name: France, parent: emea}]
roles: [{name: Alpha, allow: [campaigns.email.launch]}, {name: Gamma}]
default_roles: [Gamma]
mapping: {rules: [{name: S, group: {id: GROUP}, grants: [{role: Gamma, unit: france}]}]}
"""


class _Stop(Exception):
    """The power fails."""


def test_all_or_nothing_wherever_it_stops(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """After whichever statement the work ends: nothing of it is there, neither things nor rights nor audit."""
    world = a_world(session)
    people, groups = crowd(world)
    configuration.apply(*world.at, configuration_text.read(FIRST.replace("GROUP", groups[0]), "f"))
    source = configuration_text.read(SECOND.replace("GROUP", groups[1]), "f")
    counted = (ROLES, UNITS, REVISIONS, CONFIGURATIONS, EVENTS)

    def everything() -> object:
        noted = len(session._journal)
        return configuration_export.export_text(*world.at), having(world, people), [*map(world.count, counted)], noted

    before, ran = everything(), 0
    run = Session._run

    def stopping(self: Session, statement: Any, values: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Stop
        return run(self, statement, values)

    steps = 0
    while True:
        left = steps
        with monkeypatch.context() as patched:
            patched.setattr(Session, "_run", stopping)
            try:
                with session.savepoint():
                    configuration.apply(*world.at, source)
                break
            except _Stop:
                pass
        assert everything() == before, f"after {steps} statements"
        steps += 19
        ran += 1
    assert ran > 5
    assert everything() != before


def test_a_refusal_late_undoes_what_came_before(session: Session) -> None:
    """A unit with people in it cannot go: so nothing of the file is done, and the plan says so already."""
    world = a_world(session)
    world.as_program()
    configuration.apply(*world.at, configuration_text.read("business_units: [{key: spain, name: Spain}]\n", "f"))
    accounts.create_owner(*world.at, "ana")
    world.user(home="spain")
    text = "business_units: []\nroles: [{name: New}]\n"
    for attempt in (configuration.plan, configuration.apply):
        with pytest.raises(Refused, match=r"business_units.*spain is in use \(people at home in it: 1\)"):
            attempt(*world.at, configuration_text.read(text, "f"))
    assert "New" not in configuration_export.export_text(*world.at)
