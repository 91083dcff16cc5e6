"""Data filters of units and assignments: set, combined, carried by decisions and tried out, on each database."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, insert, select, update

from app.db import Database
from app.services import data_filters, filter_trials, unit_moves
from app.services.errors import Forbidden, NotFound, Refused
from app.services.filter_facts import FilterFacts
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, FILTERS
from muster.filters import compile_filter
from rbac.decide import Resource, decide
from scim.filter_parser import parse
from tests.stores.item_world import ItemWorld, an_item_world

VIEW = "design.contacts.view"
EMEA, CONSENT = 'region eq "EMEA"', "consent eq true"
RECORD = {"region": "EMEA", "consent": True, "visits": 3}


@pytest.fixture
def world(session: Session) -> ItemWorld:
    return an_item_world(session)


def put(world: ItemWorld, text: str, **holder: Any) -> FilterFacts:
    return data_filters.set_filter(world.session, world.account, "contact", text, **holder)


def clear(world: ItemWorld, **holder: Any) -> FilterFacts:
    return data_filters.clear_filter(world.session, world.account, "contact", **holder)


def sees(world: ItemWorld, user: str, record: dict[str, Any], **where: Any) -> bool:
    return filter_trials.try_for_user(world.session, world.account, user, "contact", record, **where).matches


def obligation(world: ItemWorld, user: str, unit: str | None = None) -> str | None:
    """What a decision obliges to."""
    snapshot = SqlAccessStore(world.session, world.account).snapshot([user])
    decision = decide(snapshot.policy, snapshot.subjects[user], VIEW, Resource("contact", "1"), unit)
    assert decision.allowed
    return decision.obligations[0].text if decision.obligations else None


def assignment_of(world: ItemWorld, user: str) -> str:
    here = ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.user_id == user
    id: str = world.session.execute(select(ASSIGNMENTS.c.id).where(*here)).scalar_one()
    return id


def test_units_combine_with_those_above(world: ItemWorld) -> None:
    """By and, from the root down; a unit beside it has no part in it."""
    ana = world.user("ana")
    world.assign("Designer", user=ana)
    put(world, CONSENT, unit="root")
    put(world, EMEA, unit="EMEA")
    put(world, "visits gt 1 or visits eq 0", unit="iberia")
    found = data_filters.combined(world.session, world.account, "iberia", "contact")
    assert found.filter == f"({CONSENT}) and ({EMEA}) and (visits gt 1 or visits eq 0)"
    assert [(part.holder, part.filter) for part in found.parts] == [
        ("unit root", CONSENT),
        ("unit emea", EMEA),
        ("unit iberia", "visits gt 1 or visits eq 0"),
    ]
    assert data_filters.combined(world.session, world.account, "apac", "contact").filter == CONSENT
    assert obligation(world, ana, "iberia") == found.filter
    assert obligation(world, ana, "apac") == CONSENT
    clear(world, unit="root")
    assert obligation(world, ana, "apac") is None
    assert data_filters.combined(world.session, world.account, "apac", "contact").filter is None


def test_a_filter_is_set_changed_and_cleared(world: ItemWorld) -> None:
    """One for each unit and type of records; each change is in the trail, and no change is none."""
    first = put(world, EMEA, unit="emea")
    assert (first.record_type, first.filter, first.unit, first.holder) == ("contact", EMEA, "emea", "unit emea")
    assert put(world, EMEA, unit="emea").id == first.id
    put(world, CONSENT, unit="emea")
    put(world, EMEA, unit="apac")
    listed = data_filters.list_filters(world.session, world.account)
    assert [(one.unit, one.filter) for one in listed] == [("apac", EMEA), ("emea", CONSENT)]
    assert [one.unit for one in data_filters.list_filters(world.session, world.account, unit="emea")] == ["emea"]
    assert data_filters.list_filters(world.session, world.account, record_type="piece") == []
    assert clear(world, unit="emea").filter == CONSENT
    with pytest.raises(NotFound, match="no filter on contact there"):
        clear(world, unit="emea")
    events = [event for event in world.events() if event.action.startswith("filter.")]
    assert [(event.action, event.target_id) for event in events] == [
        ("filter.set", "emea"),
        ("filter.set", "emea"),
        ("filter.set", "apac"),
        ("filter.cleared", "emea"),
    ]
    assert (events[1].before, events[1].after) == (
        {"record_type": "contact", "filter": EMEA},
        {"record_type": "contact", "filter": CONSENT},
    )


def test_a_filter_on_an_assignment_narrows_what_it_gives(world: ItemWorld) -> None:
    """Another grant of the same permission without a filter leaves nothing out; with one, either will do."""
    ana = world.user("ana")
    world.assign("Designer", user=ana)
    mine = assignment_of(world, ana)
    facts = put(world, EMEA, assignment=mine)
    assert (facts.unit, facts.assignment_id, facts.holder) == (None, mine, "role Designer of ana@x.example")
    assert data_filters.list_filters(world.session, world.account, assignment=mine) == [facts]
    assert obligation(world, ana) == EMEA
    put(world, CONSENT, unit="root")
    assert obligation(world, ana) == f"({CONSENT}) and ({EMEA})"
    team = world.group("Team", ana)
    world.assign("Administrator", group=team)
    assert obligation(world, ana) == CONSENT
    here = ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.group_id == team
    put(world, "visits gt 5", assignment=world.session.execute(select(ASSIGNMENTS.c.id).where(*here)).scalar_one())
    text = obligation(world, ana)
    assert text in (f"({CONSENT}) and (({EMEA}) or (visits gt 5))", f"({CONSENT}) and ((visits gt 5) or ({EMEA}))")
    clear(world, unit="root")
    clear(world, assignment=mine)
    assert obligation(world, ana) is None


@pytest.mark.parametrize(
    ("record_type", "text", "says"),
    [
        ("contact", 'country eq "ES"', 'no attribute "country"; there are: consent, region, visits'),
        ("contact", 'consent eq "true"', "consent compares with a boolean"),
        ("contact", "region eq 3", "region compares with a string"),
        ("contact", "visits", "not a valid SCIM filter"),
        ("contact", " or ".join(["visits eq 1"] * 300), "more than 200 terms"),
        ("piece", 'color eq "red"', "no type of records 'piece' in this account's catalogue; there are: contact"),
        ("nothing", "visits pr", "no type of records"),
    ],
)
def test_only_what_is_declared_may_be_filtered_by(world: ItemWorld, record_type: str, text: str, says: str) -> None:
    """Strictly typed; the refusal names what there is, and nothing was set."""
    with pytest.raises((Refused, NotFound), match=says):
        data_filters.set_filter(world.session, world.account, record_type, text, unit="emea")
    with pytest.raises((Refused, NotFound), match=says):
        filter_trials.try_text(world.session, world.account, record_type, text, {})
    assert data_filters.list_filters(world.session, world.account) == []


def test_a_filter_belongs_to_one_thing_that_there_is(world: ItemWorld) -> None:
    """Of this account."""
    other = an_item_world(world.session)
    stranger = other.user("ana")
    other.assign("Designer", user=stranger)
    ana = world.user("ana")
    world.assign("Designer", user=ana)
    for holder in ({}, {"unit": "emea", "assignment": assignment_of(world, ana)}):
        with pytest.raises(Refused, match="one of the two"):
            put(world, EMEA, **holder)
    for holder in (
        {"unit": "mars"},
        {"assignment": "none"},
        {"assignment": str(uuid4())},
        {"assignment": assignment_of(other, stranger)},
    ):
        with pytest.raises(NotFound):
            put(world, EMEA, **holder)


def test_a_record_is_tried_out(world: ItemWorld) -> None:
    """Against a text, and against what applies to somebody somewhere; the parts say which of them leave it out."""
    text = filter_trials.try_text(world.session, world.account, "contact", EMEA, {"Region": "emea", "name": "x"})
    assert (text.matches, text.filter) == (True, EMEA)
    ana = world.user("ana", "emea")
    world.assign("Designer", user=ana)
    put(world, CONSENT, unit="root")
    put(world, EMEA, unit="emea")
    assert sees(world, ana, RECORD)
    assert not sees(world, ana, RECORD | {"consent": None})
    assert not sees(world, ana, {})
    tested = filter_trials.try_for_user(
        world.session, world.account, ana, "contact", RECORD | {"region": "APAC"}, permission=VIEW
    )
    assert (tested.matches, tested.code) == (False, "allowed")
    assert [(part.holder, part.matches) for part in tested.parts] == [("unit root", True), ("unit emea", False)]
    put(world, "visits gt 5", assignment=assignment_of(world, ana))
    assert sees(world, ana, RECORD)
    tested = filter_trials.try_for_user(world.session, world.account, ana, "contact", RECORD, permission=VIEW)
    assert not tested.matches
    assert [(part.holder, part.matches) for part in tested.parts][-1] == ("role Designer", False)
    assert sees(world, ana, RECORD | {"visits": 6}, permission=VIEW)


def test_who_may_nothing_sees_nothing(world: ItemWorld) -> None:
    """Without the permission, elsewhere, or switched off."""
    ana = world.user("ana", "emea")
    for where, code in (
        ({"permission": VIEW}, "no_grant"),
        ({"unit": "apac"}, "not_in_business_unit"),
        ({"permission": "design.nothing"}, "unknown_action"),
    ):
        tested = filter_trials.try_for_user(world.session, world.account, ana, "contact", RECORD, **where)
        assert (tested.matches, tested.code) == (False, code)
    world.deactivate(ana)
    assert filter_trials.try_for_user(world.session, world.account, ana, "contact", RECORD).code == "inactive_user"
    with pytest.raises(NotFound):
        sees(world, "nobody", RECORD)
    with pytest.raises(Refused, match="consent must be a boolean"):
        filter_trials.try_text(world.session, world.account, "contact", CONSENT, {"consent": "true"})


def test_contradictions_are_hinted_at(world: ItemWorld) -> None:
    """Not refused: a filter for nobody is a filter. Both from above and from below."""
    put(world, EMEA, unit="emea")
    below = put(world, 'region eq "APAC" and visits gt 1', unit="iberia")
    assert below.hints == ('no record matches: unit emea wants region eq "emea", unit iberia wants region eq "apac"',)
    assert data_filters.combined(world.session, world.account, "iberia", "contact").hints == below.hints
    clear(world, unit="emea")
    assert put(world, EMEA, unit="emea").hints == below.hints
    assert put(world, 'region eq "Apac"', unit="emea").hints == ()


def test_a_filter_from_another_catalogue_shows_nothing(world: ItemWorld) -> None:
    """It cannot be applied any more, and says so."""
    ana = world.user("ana")
    put(world, EMEA, unit="root")
    world.session.execute(update(FILTERS).where(FILTERS.c.account_id == world.account).values(filter='gone eq "x"'))
    bump(world.session, world.account)
    assert not sees(world, ana, RECORD)
    [hint] = data_filters.combined(world.session, world.account, "root", "contact").hints
    assert "no attribute" in hint


def test_a_change_of_a_filter_is_a_change_of_access(world: ItemWorld) -> None:
    """So no worker answers from what it kept."""

    def revision() -> int:
        query = select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == world.account)
        found: int = world.session.execute(query).scalar_one()
        return found

    for act in (lambda: put(world, EMEA, unit="emea"), lambda: clear(world, unit="emea")):
        before = revision()
        world.session.info.pop("muster.access.bumped", None)
        act()
        assert revision() == before + 1


def test_who_may_filter_what(world: ItemWorld) -> None:
    """Account Owners any unit; managers of units those below where they work; nobody an assignment of their own."""
    owner, boss, ana = world.user("owner"), world.user("boss", "emea"), world.user("ana", "iberia")
    world.assign("Account Owner", user=owner)
    world.assign("Administrator", user=boss, unit="emea", children=True)
    world.assign("Designer", user=ana, unit="iberia")
    world.acts(owner)
    put(world, EMEA, unit="root")
    put(world, EMEA, assignment=assignment_of(world, ana))
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        put(world, EMEA, assignment=assignment_of(world, owner))
    world.acts(boss)
    for forbidden in ({"unit": "apac"}, {"unit": "root"}, {"unit": "emea"}, {"assignment": assignment_of(world, boss)}):
        with pytest.raises(Forbidden):
            put(world, CONSENT, **forbidden)
    put(world, CONSENT, assignment=assignment_of(world, ana))
    world.acts(ana)
    for forbidden in ({"unit": "iberia"}, {"assignment": assignment_of(world, ana)}):
        with pytest.raises(Forbidden):
            clear(world, **forbidden)


def test_a_manager_of_units_filters_where_they_do_not_work(world: ItemWorld) -> None:
    """Where they are at home, and above, they would change what they see themselves."""
    boss = world.user("boss")
    world.assign("Administrator", user=boss)
    world.acts(boss)
    put(world, EMEA, unit="emea")
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        put(world, EMEA, unit="root")
    assert [one.unit for one in data_filters.list_filters(world.session, world.account)] == ["emea"]


def test_an_obligation_is_applied_to_a_platforms_own_table(world: ItemWorld, database: Database) -> None:
    """The whole way: a unit's filter, a decision, the platform's query."""
    ana = world.user("ana", "iberia")
    world.assign("Designer", user=ana)
    put(world, CONSENT, unit="root")
    put(world, 'region eq "emea" and not (visits lt 2)', unit="iberia")
    text = obligation(world, ana)
    assert text is not None
    rows = [
        {"id": number, "region": region, "consent": consent, "visits": visits}
        for number, (region, consent, visits) in enumerate(
            (region, consent, visits)
            for region in ("EMEA", "APAC", None)
            for consent in (True, False, None)
            for visits in (1, 2, None)
        )
    ]
    customers = Table(
        f"customers_{uuid4().hex}",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("region", Text),
        Column("consent", Boolean),
        Column("visits", Integer),
    )
    world.session.commit()
    with database.schema_engine.begin() as connection:
        customers.create(connection)
        connection.execute(insert(customers), rows)
        columns = {name: customers.c[name] for name in ("region", "consent", "visits")}
        shown = set(connection.execute(select(customers.c.id).where(compile_filter(text, columns))).scalars())
        customers.drop(connection)
    assert shown == {row["id"] for row in rows if sees(world, ana, row, permission=VIEW)}
    assert len(shown) == 2


def a_long(terms: int, from_: int = 0) -> str:
    return " or ".join(f"visits eq {number}" for number in range(from_, from_ + terms))


@pytest.mark.parametrize(
    ("above", "below", "says"),
    [
        (a_long(101), a_long(100, 1_000), "more than 200 terms"),
        ("(" * 20 + "visits pr" + ")" * 20, "consent pr", "nested deeper than 20 levels"),
        (f'region eq "{"a" * 4_100}"', f'region sw "{"a" * 4_100}"', "longer than 8192 characters"),
    ],
)
def test_filters_that_hold_together_are_still_a_filter(world: ItemWorld, above: str, below: str, says: str) -> None:
    """From above, from below, by an assignment, and by a move: else decisions would carry what nobody can apply."""
    at = world.session, world.account
    ana = world.user("ana", "iberia")
    world.assign("Designer", user=ana, unit="iberia")
    mine = assignment_of(world, ana)
    for first, second in (({"unit": "emea"}, {"unit": "iberia"}), ({"unit": "emea"}, {"assignment": mine})):
        for one, other in ((first, second), (second, first)):
            put(world, above, **one)
            with pytest.raises(Refused, match=says):
                put(world, below, **other)
            assert [found.filter for found in data_filters.list_filters(*at)] == [above]
            clear(world, **one)
    put(world, above, unit="apac")
    put(world, below, unit="iberia")
    for move in (unit_moves.plan_move, unit_moves.move_unit):
        with pytest.raises(Refused, match=f"in iberia would be too much together.*{says}"):
            move(*at, "emea", "apac")
    clear(world, unit="iberia")
    put(world, below, assignment=mine)
    with pytest.raises(Refused, match=says):
        unit_moves.move_unit(*at, "emea", "apac")
    clear(world, assignment=mine)
    assert unit_moves.move_unit(*at, "emea", "apac").parent == "apac"
    assert data_filters.combined(*at, "iberia", "contact").filter == above


def test_a_role_given_in_many_ways_narrows_by_one_filter(world: ItemWorld) -> None:
    """What would be too much is refused when it is set; what several roles come to shows less, but it can be read."""
    ana = world.user("ana", "iberia")
    world.assign("Designer", user=ana, unit="iberia")
    first = assignment_of(world, ana)
    world.assign("Designer", user=ana, unit="emea", children=True)
    everything = world.session.execute(
        select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.role_id).where(
            ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.user_id == ana
        )
    )
    [(second, _)] = [row for row in everything if row.id != first]
    put(world, a_long(101), assignment=first)
    with pytest.raises(Refused, match=r"in iberia would be too much together.*more than 200 terms"):
        put(world, a_long(100, 1_000), assignment=second)
    put(world, a_long(99, 1_000), assignment=second)
    whole = obligation(world, ana, "iberia")
    assert whole == f"({a_long(101)}) or ({a_long(99, 1_000)})"
    team = world.group("Team", ana)
    world.assign("Designer", group=team)
    [third] = world.session.execute(
        select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.group_id == team)
    ).scalars()
    put(world, "visits eq 7", assignment=third)
    left = obligation(world, ana, "iberia")
    assert left == f"(visits eq 7) or ({a_long(101)})"
    assert parse(left)
