"""Plans of role mapping: what they say is what a publish does, row by row; approved, published, out of date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models import AuditEvent
from app.models.base import table
from app.services import mapping_drafts, mapping_plans, mapping_publish
from app.services.mapping_publish import Published
from app.session import Session
from app.stores import mapping_plans as mapping_plans_store
from app.stores.listings import Wanted
from tests.effort import examples
from tests.stores.mapping_world import Given, Has, Organisation, an_organisation

EVENTS = table(AuditEvent)
_A_WHILE = timedelta(minutes=10)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_the_rows_of_a_plan_are_what_a_publish_does(session: Session, seed: int) -> None:
    """Whatever the organisation, its rules, what was given by hand and what has moved: no row too many or too few."""
    world = an_organisation(session, seed)
    draft = mapping_drafts.create_draft(*world.at, "Other rules", world.document())
    assert draft.problems == ()
    if not draft.changes:
        return
    plan = mapping_plans.make_plan(*world.at, draft.id)
    rows = _rows(world, plan.id)
    assert [row.position for row in rows] == list(range(plan.summary["rows"]))
    assert sorted(rows, key=lambda row: not row.privileged) == rows
    before = world.everybody()
    done = mapping_publish.publish_plan(*world.at, plan.id)
    assert isinstance(done, Published)
    after = world.everybody()
    for person in world.people:
        mine = [row for row in rows if row.user_id == person]
        _compare(before[person], after[person], mine)
    _compare_numbers(plan.summary, rows)


def _rows(world: Organisation, plan_id: str) -> list[Any]:
    """All rows, read in small pages."""
    rows, place = [], None
    while True:
        found = mapping_plans_store.rows_of(*world.at, plan_id, Wanted(3, after=place))
        rows += found.rows
        if (place := found.next) is None:
            return rows


def _compare(before: Has, after: Has, rows: list[Any]) -> None:
    """What one person's rows say against what they had and what they have."""
    told: dict[str, set[Given]] = {"gained": set(), "lost": set(), "sooner": set(), "later": set()}
    for row in rows:
        given = (row.role_id, row.unit_id, row.reach)
        # A rule that has ended already gives nothing, but still says where people are at home.
        ended = row.change == "gained" and given not in after.given
        moves_only_home = row.is_home and given in before.given and (given in after.given or ended)
        # Who was at home by a rule that has ended may come to work there just when it is their home no more.
        moves_only_home |= row.is_home and row.change == "lost" and given not in before.given
        if not moves_only_home and (given in before.given or given in after.given):
            assert given not in told[row.change], "a row stands there twice"
            told[row.change].add(given)
        if row.change != "lost" and row.role_id is not None:
            ends = after.given[given]
            assert (row.expires is None) == (ends.year == 9999)
            assert row.expires is None or abs(row.expires - ends) < _A_WHILE
    both = before.given.keys() & after.given.keys()
    assert told == {
        "gained": after.given.keys() - before.given.keys(),
        "lost": before.given.keys() - after.given.keys(),
        "sooner": {one for one in both if after.given[one] < before.given[one]},
        "later": {one for one in both if after.given[one] > before.given[one]},
    }
    homes = {(row.change, row.unit_id) for row in rows if row.is_home}
    if before.home == after.home:
        assert homes == set()
    else:
        assert (after.home is None) or ("gained", after.home) in homes
        assert after.home is not None or ("lost", before.home) in homes
    had, has = (any(one[0] for one in some.given) for some in (before, after))
    expected = "new" if has and not had else "nothing" if had and not has else "other"
    assert {row.standing for row in rows} <= {expected}


def _compare_numbers(summary: dict[str, Any], rows: list[Any]) -> None:
    def people(*changes: str) -> int:
        return len({row.user_id for row in rows if row.change in changes})

    assert summary["people_gaining"] == people("gained")
    assert summary["people_losing"] == people("lost")
    assert summary["people_ending"] == people("sooner", "later")
    assert summary["people_changing"] == len({row.user_id for row in rows})
    assert summary["people_new"] == len({row.user_id for row in rows if row.standing == "new"})
    assert summary["people_left_with_nothing"] == len({row.user_id for row in rows if row.standing == "nothing"})
    counted = {one["role"]: (one["gained"], one["lost"], one["sooner"], one["later"]) for one in summary["roles"]}
    for role, numbers in counted.items():
        for change, number in zip(("gained", "lost", "sooner", "later"), numbers, strict=True):
            assert number == len({row.user_id for row in rows if (row.role_name, row.change) == (role, change)})
    assert counted.keys() == {row.role_name for row in rows if row.role_name is not None}


@pytest.fixture
def world(session: Session) -> Organisation:
    """An organisation in which nothing is left to chance but what no test asks about."""
    return an_organisation(session, 1)
