"""Role mapping on each database: publishes, moving members, and that both say the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from app import audit
from app.db import Database
from app.models import AuditEvent
from app.models.base import now, table
from app.services import (
    accounts,
    assignments,
    directories,
    explain,
    lifecycle,
    mapping_plans,
    mapping_publish,
    mapping_summary,
    units,
)
from app.services.errors import NotFound
from app.services.mapping_resolution import InvalidMapping
from app.session import Session
from app.stores import holdings, mapping_rules
from app.stores.access import SqlAccessStore
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, REVISIONS, RULES, SOURCES, WORKS
from app.stores.directory import SqlDirectoryStore, open_directory_store
from rbac.mapping import derive
from scim import service
from tests.builders import a_giving, a_group, a_patch, a_user
from tests.effort import examples


@dataclass
class World:
    """An account with a directory; every change goes the way a SCIM request goes."""

    session: Session
    account: str
    directory: SqlDirectoryStore
    events: list[tuple[Any, ...]] = field(default_factory=list)

    def user(self, name: str | None = None) -> str:
        return self.done(service.create(self.directory, "User", a_user(name)))

    def group(self, *members: str, name: str | None = None, **attributes: Any) -> str:
        return self.done(service.create(self.directory, "Group", a_group(name, list(members), **attributes)))

    def move(self, group: str, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
        operations = [{"op": "add", "path": "members", "value": [{"value": id} for id in add]}] if add else []
        operations += [{"op": "remove", "path": f'members[value eq "{id}"]'} for id in remove]
        self.done(service.patch(self.directory, "Group", group, a_patch(*operations)))

    def delete(self, kind: str, id: str) -> None:
        self.done(service.delete(self.directory, kind, id))

    def done(self, change: Any) -> str:
        lifecycle.apply_changes(self.session, self.account, [change], self.note)
        id: str = change.id
        return id

    def note(
        self, action: str, kind: str, id: Any, name: Any, before: Any, after: Any, reason: str | None = None
    ) -> None:
        self.events.append((action, id, name, before, after))

    def publish(self, *rules: dict[str, Any]) -> mapping_summary.Summary:
        return mapping_publish.publish(self.session, self.account, {"rules": list(rules)}, "test", "because")

    def plan(self, *rules: dict[str, Any]) -> mapping_summary.Summary:
        return mapping_plans.effect_of(self.session, self.account, {"rules": list(rules)})

    def roles(self, user: str) -> set[str]:
        """What a person has, in words: ``Marketer@emea+`` (subtree), ``work@emea``."""
        snapshot = SqlAccessStore(self.session, self.account).snapshot([user])
        person, units = snapshot.subjects[user], snapshot.policy.units.units
        assert person is not None
        ends = {"account": "", "unit": "@{}", "subtree": "@{}+"}
        words = {
            snapshot.policy.roles[grant.role_id].name + ends[grant.scope.reach].format(units[grant.scope.unit].key)
            for grant in person.grants
        }
        return words | {f"work@{units[work.unit].key}{'+' * work.with_children}" for work in person.works_in}

    def revision(self) -> int:
        return self.session.execute(
            select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == self.account)
        ).scalar_one()

    def count(self, rows: Any) -> int:
        query = select(func.count()).select_from(rows).where(rows.c.account_id == self.account)
        return self.session.execute(query).scalar_one()


def a_world(session: Session) -> World:
    account = accounts.create_account(session, f"Mapping {uuid4().hex}")
    directory = directories.create_directory(session, account.id, "Okta", "okta")
    for key, parent in (("emea", None), ("iberia", "emea")):
        units.create_unit(session, account.id, key, key.upper(), parent)
    return World(session, account.id, open_directory_store(session, account.id, directory.id))


def a_rule(name: str, group: str, *grants: Any, works_in: Any = None) -> dict[str, Any]:
    """A rule by the group's id; a grant is a role, or (role, unit), or (role, unit, children)."""
    lines = []
    for grant in grants:
        role, unit, children = (*((grant,) if isinstance(grant, str) else grant), None, None)[:3]
        lines.append({"role": role} | ({"unit": unit, "children": bool(children)} if unit else {}))
    rule: dict[str, Any] = {"name": name, "group": {"id": group}, "grants": lines}
    return rule | ({"works_in": [{"unit": works_in, "children": True}]} if works_in else {})


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    engine = session.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_publish_gives_and_a_later_one_takes(world: World) -> None:
    """For everybody concerned at once, and nobody else."""
    ana, bob, eve = world.user(), world.user(), world.user()
    marketing, analysts = world.group(ana, bob), world.group(bob)
    done = world.publish(
        a_rule("Marketing", marketing, "Marketer", works_in="emea"), a_rule("Analysts", analysts, ("Analyst", "iberia"))
    )
    assert (done.revision, done.published, done.people_gaining, done.people_losing) == (1, True, 2, 0)
    assert done.rules_added == ("Analysts", "Marketing")
    assert [(count.role, count.gained, count.lost) for count in done.roles] == [("Analyst", 1, 0), ("Marketer", 2, 0)]
    assert world.roles(ana) == {"Marketer", "work@emea+"}
    assert world.roles(bob) == {"Marketer", "work@emea+", "Analyst@iberia"}
    assert world.roles(eve) == set()
    done = world.publish(a_rule("marketing", marketing, ("Viewer", "emea", True)))
    assert (done.revision, done.rules_changed, done.rules_removed) == (2, ("marketing",), ("Analysts",))
    assert (done.people_gaining, done.people_losing) == (2, 2)
    assert world.roles(ana) == world.roles(bob) == {"Viewer@emea+"}
    world.publish()
    assert world.roles(ana) == set()
    assert [world.count(rows) for rows in (ASSIGNMENTS, SOURCES, WORKS, RULES)] == [0, 0, 0, 0]


def test_a_rule_keeps_its_identity_by_its_name(world: World) -> None:
    """And says since which revision it says what it says."""
    group, other = world.group(world.user()), world.group()

    def rules() -> dict[str, tuple[str, int]]:
        loaded = mapping_rules.all_rules(world.session, world.account)
        return {rule.name: (rule.id, loaded.revisions[rule.id]) for rule in loaded.rules.rules}

    world.publish(a_rule("A", group, "Viewer"), a_rule("B", group, "Viewer"))
    first = rules()
    world.publish(a_rule("A", group, "Viewer"), a_rule("B", other, "Viewer"))
    second = rules()
    assert first["A"] == second["A"]
    assert (first["B"][0], 2) == second["B"]


def test_only_rules_that_stand_elsewhere_are_moved(world: World) -> None:
    """Whoever adds a rule at the end moves none of the others."""
    a, b, c = (a_rule(name, world.group(), "Viewer") for name in "ABC")

    def moves(*rules: dict[str, Any]) -> bool:
        with statements(world.session) as sent:
            world.publish(*rules)
        loaded = mapping_rules.all_rules(world.session, world.account)
        assert [rule.name for rule in loaded.rules.rules] == [rule["name"] for rule in rules]
        return any(statement.startswith("UPDATE mapping_rules SET position=") for statement in sent)

    assert not moves(a, b)
    assert not moves(a, b, c)
    assert moves(c, a, b)
    assert moves(a, b)
    assert not moves(a)


def test_publishing_the_same_again_makes_no_revision(world: World) -> None:
    """However it is written, and it says so."""
    group = world.group(world.user(), name="MC Marketing", externalId="ext-1")
    rule = a_rule("Marketing", group, "Marketer")
    world.publish(rule)
    before = world.revision()
    for written in (
        rule,
        rule | {"group": {"name": "mc marketing"}},
        rule | {"group": {"external_id": "ext-1", "directory": "OKTA"}},
        rule | {"group": {"id": group.upper(), "name": "whatever it is called"}},
        rule | {"grants": [{"role": "MARKETER"}, {"role": "marketer"}]},
    ):
        done = world.publish(written)
        assert (done.changed, done.published, done.revision) == (False, False, 1)
    assert "nothing changes" in mapping_summary.describe(done)
    assert world.revision() == before


def test_the_kept_document_can_be_published_again(world: World) -> None:
    """It names groups by id, so it means the same groups for ever."""
    group = world.group(world.user())
    world.publish(a_rule("A", group, ("Marketer", "emea", True), "Viewer", works_in="iberia"))
    row = world.session.execute(select(REVISIONS).where(REVISIONS.c.account_id == world.account)).one()
    assert (row.author, row.reason, row.number) == ("test", "because", 1)
    assert row.summary["people_gaining"] == 1
    assert not mapping_publish.publish(world.session, world.account, row.document, "test").changed


def test_a_plan_says_what_a_publish_does_and_writes_nothing(world: World) -> None:
    """The same path, so the same answer."""
    ana, bob = world.user("ana"), world.user("bob")
    first, second = world.group(ana), world.group(ana, bob)
    world.publish(a_rule("A", first, "Marketer"))
    before = [world.count(rows) for rows in (ASSIGNMENTS, SOURCES, WORKS, RULES)]
    rules = [a_rule("A", second, "Administrator"), a_rule("B", first, ("Analyst", "emea"), works_in="emea")]
    planned = world.plan(*rules)
    assert [world.count(rows) for rows in (ASSIGNMENTS, SOURCES, WORKS, RULES)] == before
    assert world.roles(ana) == {"Marketer"}
    done = world.publish(*rules)
    assert (planned.people, planned.roles, planned.rules_changed) == (done.people, done.roles, done.rules_changed)
    assert planned.revision == done.revision == 2
    assert [(person.user_name, person.gained, person.lost) for person in done.people] == [
        ("ana", ("Administrator", "Analyst in emea", "works in emea and below"), ("Marketer",)),
        ("bob", ("Administrator",), ()),
    ]
    assert done.roles[0].privileged
    text = mapping_summary.describe(planned)
    assert text.startswith("would be published as revision 2: 2 rules")
    assert "Administrator: +2 -0  (privileged)" in text


def test_all_problems_of_a_document_are_told_and_nothing_is_changed(world: World) -> None:
    """Near misses are named, so that the next try works."""
    group = world.group(world.user(), name="MC Marketing")
    world.publish(a_rule("A", group, "Viewer"))
    other = directories.create_directory(world.session, world.account, "Entra", "entra")
    open_directory_store(world.session, world.account, other.id).insert("Group", a_group("MC Marketing"))
    with pytest.raises(InvalidMapping) as caught:
        world.publish(
            a_rule("A", group, "Account Owner", ("Marketr", "emae")),
            {"name": "B", "group": {"name": "MC Marketing"}, "grants": [{"role": "Viewer"}]},
            {"name": "C", "group": {"name": "MC Markting", "directory": "Okta"}, "works_in": [{"unit": "?"}]},
            {"name": "D", "group": {"name": "x", "directory": "Otka"}, "grants": [{"role": "Viewer"}]},
            a_rule("E", str(uuid4()), "Viewer"),
            a_rule("F", "not an id", "Viewer"),
            {"name": "a", "group": {}},
        )
    told = "\n".join(caught.value.problems)
    for words in (
        "rules[0].grants[0].role: Account Owner cannot be given by mapping",
        "rules[0].grants[1].role: there is no role \"Marketr\"; did you mean 'Marketer'?",
        "rules[0].grants[1].unit: there is no business unit \"emae\"; did you mean 'emea'?",
        'rules[1].group: several groups have the name "MC Marketing"',
        "rules[2].group: no group has the name \"MC Markting\" in Okta; did you mean 'MC Marketing'?",
        'rules[2].works_in[0].unit: there is no business unit "?"',
        "rules[3].group.directory: there is no directory \"Otka\"; did you mean 'Okta'?",
        "rules[4].group: no group has the id",
        'rules[5].group: no group has the id "not an id"',
        "rules[6].group: name the group by",
    ):
        assert words in told
    assert mapping_rules.latest_revision(world.session, world.account) == 1
    assert world.count(RULES) == 1


def test_moving_one_member_moves_their_roles(world: World) -> None:
    """In the same transaction, with a trail of what and why."""
    ana = world.user("ana")
    group = world.group(name="MC Marketing")
    world.publish(a_rule("Marketing", group, ("Marketer", "emea", True), works_in="emea"))
    world.move(group, add=(ana,))
    assert world.roles(ana) == {"Marketer@emea+", "work@emea+"}
    given = {"scope": "emea", "reach": "subtree", "rule": "Marketing", "group": "MC Marketing", "revision": 1}
    assert sorted(world.events, key=str) == [
        ("access.granted", ana, "ana", None, {"role": "Marketer", **given}),
        ("access.granted", ana, "ana", None, {"works_in": "emea", **given}),
    ]
    world.events.clear()
    world.move(group, remove=(ana,))
    assert world.roles(ana) == set()
    assert ("access.revoked", ana, "ana", {"role": "Marketer", **given}, None) in world.events
    assert world.count(ASSIGNMENTS) == 0


def test_two_rules_and_a_hand_make_one_grant(world: World) -> None:
    """It goes with its last source, and only then is the role lost."""
    ana = world.user()
    first, second = world.group(ana), world.group(ana)
    world.publish(a_rule("A", first, "Marketer"), a_rule("B", second, "Marketer"))
    assignments.assign(world.session, world.account, a_giving("Marketer", ana))
    assert (world.count(ASSIGNMENTS), world.count(SOURCES)) == (1, 3)
    world.move(first, remove=(ana,))
    assignments.unassign(world.session, world.account, a_giving("Marketer", ana))
    assert world.roles(ana) == {"Marketer"}
    assert world.events == []
    world.move(second, remove=(ana,))
    assert world.roles(ana) == set()
    assert [happened[0] for happened in world.events] == ["access.revoked"]


def test_a_grant_by_hand_survives_every_publish(world: World) -> None:
    """Mapping takes only what mapping gave."""
    ana = world.user()
    group = world.group(ana)
    assignments.assign(world.session, world.account, a_giving("Marketer", ana))
    world.publish(a_rule("A", group, "Marketer"))
    world.publish()
    assert world.roles(ana) == {"Marketer"}


def test_nested_groups_bring_their_people(world: World) -> None:
    """A group that moves moves everybody in it, however deep."""
    ana, bob = world.user(), world.user()
    team = world.group(ana)
    division = world.group(team, bob)
    company = world.group()
    world.publish(a_rule("A", company, "Viewer"))
    world.move(company, add=(division,))
    assert world.roles(ana) == world.roles(bob) == {"Viewer"}
    world.move(team, remove=(ana,))
    assert world.roles(ana) == set()
    world.move(team, add=(ana,))
    assert world.roles(ana) == {"Viewer"}
    world.move(division, remove=(team,))
    assert (world.roles(ana), world.roles(bob)) == (set(), {"Viewer"})


def test_a_deleted_group_takes_what_it_gave(world: World) -> None:
    """Also what came through it from above; the rule stays as an orphan without effect."""
    ana, bob = world.user("ana"), world.user("bob")
    team = world.group(ana, name="Team")
    top = world.group(team, bob)
    assignments.assign(world.session, world.account, a_giving("Analyst", group=team))
    world.publish(a_rule("Team rule", team, "Marketer", works_in="emea"), a_rule("Top", top, "Viewer"))
    assert world.roles(ana) == {"Marketer", "work@emea+", "Viewer", "Analyst"}
    before = world.revision()
    world.session.info.clear()
    world.delete("Group", team)
    assert world.revision() == before + 1
    assert (world.roles(ana), world.roles(bob)) == (set(), {"Viewer"})
    assert world.events.pop() == (
        "mapping.orphaned",
        team,
        "Team",
        {"rules": ["Team rule"], "displayName": "Team", "externalId": None},
        {
            "people": 1,
            "lost": [
                {"role": "Marketer", "scope": "account", "people": 1},
                {"role": "Viewer", "scope": "account", "people": 1},
                {"works_in": "emea", "scope": "emea", "people": 1},
            ],
        },
    )
    gone = {
        (action, name, (was.get("role") or was["works_in"]), was["rule"]) for action, _, name, was, _ in world.events
    }
    assert gone == {
        ("access.revoked", "ana", "Marketer", "Team rule"),
        ("access.revoked", "ana", "emea", "Team rule"),
        ("access.revoked", "ana", "Viewer", "Top"),
    }
    assert world.count(ASSIGNMENTS) == 1
    assert {rule.name for rule in mapping_rules.all_rules(world.session, world.account).rules.rules} == {
        "Team rule",
        "Top",
    }


def test_deleted_people_leave_nothing_behind(world: World) -> None:
    """Their grants go with them, and the revision says so."""
    ana = world.user()
    group = world.group(ana)
    world.publish(a_rule("A", group, "Viewer", works_in="emea"))
    before = world.revision()
    world.session.info.clear()
    world.delete("User", ana)
    assert world.revision() == before + 1
    assert [world.count(rows) for rows in (ASSIGNMENTS, SOURCES, WORKS)] == [0, 0, 0]


def test_what_no_rule_touches_costs_next_to_nothing(world: World) -> None:
    """No derivation, no new revision."""
    ana, group, bound = world.user(), world.group(), world.group()
    world.publish(a_rule("A", bound, "Viewer"))
    before = world.revision()
    world.session.info.clear()
    change = service.patch(
        world.directory, "Group", group, a_patch({"op": "add", "path": "members", "value": [{"value": ana}]})
    )
    with statements(world.session) as sent:
        world.done(change)
    assert len(sent) <= 2
    assert world.revision() == before


@pytest.mark.parametrize("size", [1, 40])
def test_one_member_costs_the_same_in_any_group(world: World, size: int) -> None:
    """And with any number of rules."""
    people = [world.user() for _ in range(size)]
    group = world.group(*people)
    others = [world.group() for _ in range(size)]
    world.publish(
        a_rule("A", group, "Viewer"), *(a_rule(f"R{number}", id, "Marketer") for number, id in enumerate(others))
    )
    world.session.info.clear()
    ana = world.user()
    change = service.patch(
        world.directory, "Group", group, a_patch({"op": "add", "path": "members", "value": [{"value": ana}]})
    )
    with statements(world.session) as sent:
        world.done(change)
    assert len(sent) <= 6


def test_a_publish_is_the_same_few_statements_for_any_number_of_people(world: World) -> None:
    """What is written passes as sets through the database; nobody is asked for what each has."""

    group, sent_for = world.group(), []
    one, other = a_rule("A", group, "Viewer"), a_rule("A", group, "Analyst", works_in="emea")
    for people in (1, 1, 40):
        for _ in range(people):
            world.move(group, add=(world.user(),))
        counts = []
        for rules in ([one], [other], []):
            world.session.info.clear()
            with statements(world.session) as sent:
                world.publish(*rules)
            counts.append(len(sent))
        sent_for.append(counts)
    assert sent_for[1] == sent_for[2]  # the first has no revision before it
    assert audit.verify(world.session, world.account).problem is None


def test_what_one_rule_gives_instead_of_another_stays_the_same_assignment(world: World) -> None:
    """What hangs on it, such as a filter on data, is not lost when its only rule goes and another one comes."""
    ana = world.user("ana")
    group = world.group(ana)

    def assignment() -> Any:
        here = ASSIGNMENTS.c.account_id == world.account, ASSIGNMENTS.c.user_id == ana
        return world.session.execute(select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.role_id).where(*here)).one()

    world.publish(a_rule("A", group, "Viewer"))
    before = assignment()
    world.publish(a_rule("B", group, "Viewer"))
    assert assignment() == before
    world.publish(a_rule("B", group, "Analyst"))
    assert assignment().role_id != before.role_id


def test_one_account_never_touches_another(session: Session) -> None:
    """Not even where groups have one name."""
    one, two = a_world(session), a_world(session)
    ana, bob = one.user(), two.user()
    one.group(ana, name="Same")
    two.group(bob, name="Same")
    rule = {"name": "A", "group": {"name": "Same"}, "grants": [{"role": "Viewer"}]}
    one.publish(rule)
    assert (one.roles(ana), two.roles(bob)) == ({"Viewer"}, set())
    two.publish(rule)
    one.publish()
    assert (one.roles(ana), two.roles(bob)) == (set(), {"Viewer"})


def test_the_trail_has_the_publish(database: Database) -> None:
    """Who, what changed, why."""
    with database.writing() as session:
        world = a_world(session)
        world.publish(a_rule("A", world.group(world.user()), "Viewer"))
    events = table(AuditEvent)
    with database.reading() as session:
        query = select(events).where(events.c.account_id == world.account, events.c.action == "mapping.published")
        [row] = session.execute(query).all()
        assert (row.target_name, row.reason, row.after["people_gaining"]) == ("revision 1", "because", 1)
        assert audit.verify(session, world.account).problem is None


def test_explain_tells_the_whole_chain(world: World) -> None:
    """Group ← directory, rule and revision, role, allow or deny; for a no what is missing."""
    ana = world.user("ana")
    group = world.group(ana, name="MC Marketing")
    world.publish(a_rule("Marketing people", group, ("Marketer", "emea", True)))

    def told(permission: str, unit: str | None = None) -> str:
        return explain.explain(world.session, world.account, "ANA", explain.Asked(permission, unit)).text()

    yes = explain.explain(world.session, world.account, "ana", explain.Asked("campaigns.email.launch", "iberia"))
    assert yes.allowed
    assert yes.value()["because"][0]["children"][0]["rule"] == "Marketing people"
    for words in ("YES  ana", "role Marketer allows campaigns.*, in business unit emea and below"):
        assert words in yes.text()
    assert "mapping rule “Marketing people” (revision 1) ← group MC Marketing ← directory Okta" in yes.text()
    assert "the user has it, but only in business unit emea" in told("campaigns.email.launch")
    assert "mapping rule “Marketing people” gives it to group MC Marketing" in told("campaigns.email.launch")
    assert "which is gone" not in told("campaigns.email.launch")
    assert "did you mean campaigns.email.launch" in told("campaigns.email.lanch")
    assert "they work in business unit root and below" in told("campaigns.email.launch", "atlantis")
    assert "role Account Owner" in told("account.users.delete")
    world.delete("Group", group)
    assert "group MC Marketing, which is gone" in told("campaigns.email.launch")
    with pytest.raises(NotFound, match="no user 'nobody'"):
        explain.explain(world.session, world.account, "nobody", explain.Asked("campaigns.email.launch"))


def test_moves_and_publishes_at_the_same_time(database: Database) -> None:
    """Neither misses what the other writes: afterwards everybody has what the rules say."""
    with database.writing() as session:
        world = a_world(session)
        people = [world.user() for _ in range(8)]
        groups = [world.group() for _ in range(3)]

    def move(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(12):
            with database.writing() as session:
                mine = reopened(session)
                person = (chance.choice(people),)
                how = {"add": person} if chance.random() < 0.6 else {"remove": person}
                mine.move(chance.choice(groups), **how)

    def publish(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(8):
            with database.writing() as session:
                reopened(session).publish(*_some_rules(chance, groups))

    def reopened(session: Session) -> World:
        return World(session, world.account, open_directory_store(session, world.account, world.directory.directory.id))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(move, 1), pool.submit(move, 2), pool.submit(move, 3), pool.submit(publish, 4)]:
            done.result()
    with database.reading() as session:
        _check(reopened(session), people)


UNITS = ("emea", "iberia")
ROLES = ("Marketer", "Analyst", "Viewer")
steps = st.lists(
    st.tuples(st.sampled_from(["join", "leave", "nest", "unnest", "publish", "drop", "hand"]), st.integers(0, 10**6)),
    max_size=14,
)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps)
def test_incremental_is_the_same_as_from_scratch(session: Session, history: list[tuple[str, int]]) -> None:
    """After any history everybody has exactly what the rules say, and no assignment is without a source."""
    world = a_world(session)
    people = [world.user() for _ in range(4)]
    groups = [world.group() for _ in range(4)]
    for step, seed in history:
        chance = random.Random(seed)
        group, other, person = chance.choice(groups), chance.choice(groups), chance.choice(people)
        match step:
            case "join":
                world.move(group, add=tuple(chance.sample(people, 2)))
            case "leave":
                world.move(group, remove=(person,))
            case "nest":
                world.move(group, add=(other,))
            case "unnest":
                world.move(group, remove=(other,))
            case "drop":
                groups.remove(group)
                world.delete("Group", group)
                groups.append(world.group(person))
            case "hand":
                assignments.assign(session, world.account, a_giving(chance.choice(ROLES), person))
            case "publish":
                world.publish(*_some_rules(chance, groups))
        _check(world, people)


def _some_rules(chance: random.Random, groups: list[str]) -> list[dict[str, Any]]:
    return [
        a_rule(
            f"rule {number}",
            chance.choice(groups),
            chance.choice([chance.choice(ROLES), (chance.choice(ROLES), chance.choice(UNITS), chance.random() < 0.5)]),
            works_in=chance.choice([None, *UNITS]),
        )
        for number in range(chance.randint(0, 4))
    ]


def _check(world: World, people: list[str]) -> None:
    loaded = mapping_rules.all_rules(world.session, world.account)
    held = holdings.held_by(world.session, world.account, people, now(), loaded.rules.group_ids)
    for person in people:
        assert held[person].derived().keys() == derive(loaded.rules, held[person].groups)
    unfounded = (
        select(func.count())
        .select_from(ASSIGNMENTS)
        .where(
            ASSIGNMENTS.c.account_id == world.account,
            ~select(SOURCES.c.id)
            .where(SOURCES.c.account_id == world.account, SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
            .exists(),
        )
    )
    assert world.session.execute(unfounded).scalar_one() == 0
