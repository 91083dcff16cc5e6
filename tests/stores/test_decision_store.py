"""What decisions read of people, items, units and policies, on each database; and that nothing they keep is stale."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from subprocess import PIPE
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, update

from app.db import Database
from app.models.base import new_id, now
from app.services import accounts, directories, lifecycle
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit, edit_role
from app.session import Session
from app.stores import catalogues, roles
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.access_tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    FILTERS,
    INDIVIDUALS,
    ITEMS,
    SHARES,
    SOURCES,
    UNITS,
)
from app.stores.directory import open_directory_store
from rbac.asked import answer, snapshot_for
from rbac.authzen import Entity, Evaluation
from rbac.conditions import Condition
from rbac.items import ItemKey, Level, Levels
from rbac.model import Code, Decision, Effect, GrantKind, Reach, Scope, Statement
from scim import service
from tests.builders import ENTERPRISE, a_group, a_patch, a_user
from tests.stores.test_access_store import statements

WORDS = {"en": "x", "es": "x"}


def a_permission(key: str, operation: str, *types: str) -> dict[str, Any]:
    return {"key": key, "title": WORDS, "description": WORDS, "operation": operation, "item_types": list(types)}


CATALOGUE: dict[str, Any] = {
    "tabs": [
        {
            "key": "all",
            "title": WORDS,
            "sections": [
                {
                    "key": "all.things",
                    "title": WORDS,
                    "permissions": [
                        a_permission("read", "reads", "doc", "note", "row"),
                        a_permission("edit", "modifies", "doc", "note"),
                        a_permission("delete", "deletes", "doc"),
                        a_permission("create", "creates", "doc"),
                    ],
                }
            ],
        }
    ],
    "item_types": [
        {
            "name": "doc",
            "title": WORDS,
            "inventory": "held",
            "levels": True,
            "owner_gone": "none",
            "attributes": [{"name": "status"}, {"name": "department"}],
        },
        {"name": "note", "title": WORDS, "levels": True, "owner_gone": "modify"},
        {"name": "row", "title": WORDS, "records": True, "attributes": [{"name": "region"}]},
    ],
    "subject_attributes": [
        {"name": "department", "path": f"{ENTERPRISE}:department"},
        {"name": "family", "path": "name.familyName"},
        {"name": "title", "path": "TITLE", "accept_from_pep": True},
    ],
}


@dataclass
class World:
    """An account with that catalogue and a directory to push into."""

    session: Session
    account: str
    directory: str
    units: dict[str, str]

    def user(self, user_name: str | None = None, **attributes: Any) -> str:
        return self.push("create", "User", a_user(user_name, **attributes))

    def group(self, *members: str) -> str:
        return self.push("create", "Group", a_group(None, list(members)))

    def push(self, how: str, kind: str, *what: Any, directory: str = "") -> str:
        store = open_directory_store(self.session, self.account, directory or self.directory)
        change = getattr(service, how)(store, kind, *what)
        lifecycle.apply_changes(self.session, self.account, [change], lambda *_, **__: None)
        id: str = change.id
        return id

    def add(self, table: Any, **values: Any) -> None:
        self.session.execute(insert(table).values(account_id=self.account, **values))

    def role(self, *says: str, deny: str = "", when: str | None = None, name: str = "") -> str:
        condition = Condition(when, bool) if when else None
        statements = [Statement(node, Effect.ALLOW, condition) for node in says]
        statements += [Statement(deny, Effect.DENY, condition)] if deny else []
        id = roles.insert_role(self.session, self.account, name or new_id())
        roles.write_statements(self.session, self.account, id, statements)
        return id

    def assign(self, role: str, unit: str = "root", reach: str = "account", **principal: str) -> str:
        bump(self.session, self.account)
        id = new_id()
        where = {"business_unit_id": self.units[unit], "reach": reach}
        self.add(ASSIGNMENTS, id=id, role_id=role, **where, **principal)
        self.add(SOURCES, id=new_id(), assignment_id=id, kind="manual", granted_by="test")
        return id

    def individual(self, user: str, node: str, effect: str = "allow", **how: Any) -> None:
        bump(self.session, self.account)
        where = {"business_unit_id": self.units["root"], "reach": "account", "granted_by": "test"}
        self.add(INDIVIDUALS, id=new_id(), user_id=user, permission=node, effect=effect, **where | how)

    def filter(self, text: str, **holder: str) -> None:
        bump(self.session, self.account)
        self.add(FILTERS, id=new_id(), record_type="row", filter=text, **holder)

    def item(
        self, id: str, type: str = "doc", unit: str = "root", levels: str = "modify modify modify", **more: Any
    ) -> None:
        own = zip(("owner_level", "group_level", "rest_level"), levels.split(), strict=True)
        self.add(
            ITEMS,
            type=type,
            id=id,
            business_unit_id=self.units[unit],
            attributes=more.pop("attributes", {}),
            **dict(own),
            **more,
        )

    def share(self, id: str, unit: str, level: str) -> None:
        self.add(SHARES, type="doc", item_id=id, business_unit_id=self.units[unit], level=level)

    def decide(self, who: str, permission: str = "edit", type: str = "doc", id: str = "d-1", **more: Any) -> Decision:
        return decided(self.session, self.account, who, permission, type, id, **more)


def decided(
    session: Session,
    account: str,
    who: str,
    permission: str = "edit",
    type: str = "doc",
    id: str = "d-1",
    *,
    unit: str | None = None,
    **properties: Any,
) -> Decision:
    question = Evaluation(Entity("user", who), permission, Entity(type, id, properties), unit)
    return answer(snapshot_for(SqlAccessStore(session, account), [question]), question).decision


def a_world(session: Session) -> World:
    account = accounts.create_account(session, f"Decisions {uuid4().hex}").id
    session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account).values(catalogue=CATALOGUE))
    directory = directories.create_directory(session, account, "Okta", "okta").id
    [root] = session.execute(UNITS.select().where(UNITS.c.account_id == account)).all()
    world = World(session, account, directory, {"root": root.id})
    for key, parent in (("emea", "root"), ("iberia", "emea"), ("apac", "root")):
        world.units[key] = new_id()
        world.add(UNITS, id=world.units[key], key=key, name=key, parent_id=world.units[parent])
    return world


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def test_individual_permissions_are_read_with_the_person(world: World) -> None:
    """With node, effect, place, time and who gave them."""
    ana, moment = world.user(), now()
    world.individual(ana, "read", business_unit_id=world.units["emea"], reach="subtree", reason="project")
    world.individual(ana, "edit", "deny", starts=moment, expires=moment + timedelta(days=1))
    subject = SqlAccessStore(world.session, world.account).snapshot([ana]).subjects[ana]
    assert subject is not None
    first, second = sorted(subject.grants, key=lambda grant: grant.statement.node if grant.statement else "")
    assert (first.kind, second.kind) == (GrantKind.INDIVIDUAL, GrantKind.INDIVIDUAL)
    assert (first.statement and first.statement.effect, first.scope) == (
        Effect.DENY,
        Scope(world.units["root"], Reach.ACCOUNT),
    )
    assert (first.sources[0].starts, first.sources[0].expires) == (moment, moment + timedelta(days=1))
    assert (second.statement and second.statement.effect, second.scope) == (
        Effect.ALLOW,
        Scope(world.units["emea"], Reach.SUBTREE),
    )
    assert (second.sources[0].granted_by, second.sources[0].reason) == ("test", "project")
    assert world.decide(ana, "read", "note", unit="iberia", owner=ana, owner_level="read").allowed
    assert world.decide(ana, "edit", "note").code is Code.DENIED_BY_INDIVIDUAL


def test_the_role_of_a_unit_is_forced_on_those_below(world: World) -> None:
    """Where its assignment says so."""
    ana, role = world.user(), world.role("read")
    of_emea = {"principal_unit_id": world.units["emea"]}
    for reach, below in (("unit", Code.NO_GRANT), ("subtree", Code.ALLOWED)):
        world.session.execute(delete(ASSIGNMENTS).where(ASSIGNMENTS.c.account_id == world.account))
        world.assign(role, "emea", reach, **of_emea)
        assert world.decide(ana, "read", "row", unit="emea").allowed
        assert world.decide(ana, "read", "row", unit="iberia").code is below
        assert world.decide(ana, "read", "row", unit="root").code is Code.NO_GRANT


def test_conditions_are_read_with_the_role(world: World) -> None:
    """One that means nothing in the catalogue of today is closed."""
    ana = world.user()
    world.assign(world.role("edit", when='resource.status eq "draft"'), user_id=ana)
    world.item("d-1", attributes={"status": "draft"})
    world.item("d-2", attributes={"status": "final"})
    assert world.decide(ana).allowed
    assert world.decide(ana, status="final").code is Code.CONDITION_FALSE
    assert world.decide(ana, id="d-2").code is Code.CONDITION_FALSE
    assert world.decide(ana, id="d-2", status="DRAFT").allowed
    world.assign(world.role(deny="edit", when='resource.gone eq "x"'), user_id=ana)
    assert world.decide(ana).code is Code.DENIED_BY_ROLE


def test_stored_attributes_of_people(world: World) -> None:
    """From the core, from an extension, from beneath an attribute; no case in names, and only what is declared."""
    ana = world.user(
        "ana", title="Boss", name={"familyName": "Pérez", "givenName": "Ana"}, **{ENTERPRISE: {"department": "Sales"}}
    )
    bob = world.user("bob")
    subjects = SqlAccessStore(world.session, world.account).snapshot([ana, bob]).subjects
    found = subjects[ana], subjects[bob]
    assert [person.attributes if person else None for person in found] == [
        {"department": "Sales", "family": "Pérez", "title": "Boss"},
        {},
    ]


def test_whom_an_external_id_means(world: World) -> None:
    """Only where the account says so; ids come first, and what is not unique means nobody, be it one's name."""
    ana = world.user("ana", externalId="E-1")
    bob = world.user("bob", externalId="ana")
    world.user("eve", externalId="E-2")
    store = SqlAccessStore(world.session, world.account)
    other = directories.create_directory(world.session, world.account, "Entra", "entra").id
    world.push("create", "User", a_user("eve2", externalId="E-2"), directory=other)

    def found(*references: str) -> list[str | None]:
        subjects = store.snapshot(references).subjects
        return [person.id if (person := subjects[name]) else None for name in references]

    assert found("E-1") == [None]
    bump(world.session, world.account)
    world.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == world.account).values(finds_external_id=True))
    world.session.info.clear()
    bump(world.session, world.account)
    assert [found(name) for name in ("E-1", "e-1", "ana", "E-2", ana, "nobody")] == [
        [ana],
        [None],
        [None],
        [None],
        [ana],
        [None],
    ]
    assert found("E-1", "ana", "E-2", bob, "E-1") == [ana, None, None, bob, ana]


def test_an_item_is_read_with_everything_that_decides(world: World) -> None:
    """Levels, shares, attributes, whether its owner is there, and who of the people is in its group."""
    ana, bob = world.user(), world.user()
    inner = world.group(ana)
    outer = world.group(inner)
    stranger = world.group(bob)
    world.item(
        "d-1",
        unit="emea",
        levels="modify read forbidden",
        owner_id=bob,
        owner_group_id=outer,
        attributes={"status": "draft", "n": 1},
    )
    world.share("d-1", "apac", "read")
    world.share("d-1", "iberia", "modify")
    keys = [ItemKey("doc", "d-1"), ItemKey("doc", "d-2"), ItemKey("note", "d-1")]
    snapshot = SqlAccessStore(world.session, world.account).snapshot(
        [ana, bob], keys, [stranger, "no id", inner.upper()]
    )
    [(key, item)] = snapshot.items.items()
    assert key == keys[0]
    assert (item.unit, item.owner, item.owner_group, item.owner_gone) == (world.units["emea"], bob, outer, False)
    assert item.levels == Levels(Level.MODIFY, Level.READ, Level.FORBIDDEN)
    assert item.shares == {world.units["apac"]: Level.READ, world.units["iberia"]: Level.MODIFY}
    assert item.attributes == {"status": "draft", "n": 1}
    assert snapshot.memberships == {ana: {inner, outer}, bob: {stranger}}


def test_decisions_on_held_items(world: World) -> None:
    """What is sent of an owner, a unit or levels does not matter."""
    ana, bob = world.user(), world.user()
    team = world.group(world.group(ana))
    holders = world.role()
    world.assign(world.role("read", "edit", "delete", "create"), user_id=ana)
    world.item("d-1", levels="forbidden modify forbidden", owner_id=bob, owner_group_id=team)
    world.item("d-2", levels="modify modify forbidden", owner_id=bob, owner_role_id=holders)
    world.item("d-3", unit="apac", levels="modify read modify", owner_id=ana)
    lie = {"owner": ana, "owner_level": "modify", "rest_level": "modify", "business_unit": "apac"}
    assert world.decide(ana).allowed
    assert world.decide(ana, id="d-2").code is Code.ITEM_LEVEL
    assert world.decide(ana, id="d-2", **lie).code is Code.ITEM_LEVEL
    world.assign(holders, user_id=ana)
    assert world.decide(ana, id="d-2").allowed
    assert world.decide(ana, id="d-2", unit="emea").code is Code.NOT_IN_BUSINESS_UNIT
    assert world.decide(ana, id="d-3", unit="emea").allowed
    assert world.decide(ana, id="d-4").code is Code.UNKNOWN_RESOURCE
    assert world.decide(ana, id="d-4\0").code is Code.UNKNOWN_RESOURCE
    assert world.decide(ana, "create", id="d-4", business_unit="apac").allowed
    assert world.decide(ana, "create", id="d-4", business_unit="mars").code is Code.NOT_IN_BUSINESS_UNIT


def test_an_owner_who_is_gone(world: World) -> None:
    """Deactivated or deleted: decisions change with the next one."""
    ana, bob = world.user(), world.user("bob")
    world.assign(world.role("read", "edit"), user_id=ana)
    world.item("d-1", owner_id=bob)
    assert world.decide(ana).allowed
    world.push("patch", "User", bob, a_patch({"op": "replace", "path": "active", "value": False}))
    assert world.decide(ana).code is Code.OWNER_GONE
    assert world.decide(ana, "read").allowed
    world.push("patch", "User", bob, a_patch({"op": "replace", "path": "active", "value": True}))
    assert world.decide(ana).allowed
    world.push("delete", "User", bob)
    assert world.decide(ana).code is Code.OWNER_GONE
    world.item("d-5")
    assert world.decide(ana, id="d-5").allowed


def test_decisions_on_open_items(world: World) -> None:
    """What is sent of them counts; an owner or a group is whom it means in this account."""
    ana, bob = world.user("ana"), world.user("bob")
    team, elsewhere = world.group(world.group(ana)), world.group(bob)
    world.role(name="Designers")
    world.assign(world.role("read", "edit"), user_id=ana)

    def code(**properties: Any) -> Code:
        return world.decide(ana, type="note", **properties).code

    assert code() is Code.ITEM_LEVEL
    assert code(owner="ANA", owner_level="modify") is Code.ALLOWED
    assert code(owner=ana.upper(), owner_level="modify") is Code.ALLOWED
    assert code(owner="ana", rest_level="modify") is Code.ITEM_LEVEL
    assert code(owner="bob", rest_level="modify") is Code.ALLOWED
    assert code(rest_level="read") is Code.ITEM_LEVEL
    assert code(rest_level="MODIFY") is Code.ITEM_LEVEL
    assert code(owner_group=team, group_level="modify") is Code.ALLOWED
    assert code(owner_group=elsewhere, group_level="modify") is Code.ITEM_LEVEL
    assert code(owner_group="Designers", group_level="modify") is Code.ITEM_LEVEL
    assert code(rest_level="modify", business_unit="emea") is Code.ALLOWED
    assert code(rest_level="modify", business_unit="mars") is Code.NOT_IN_BUSINESS_UNIT
    assert code(rest_level="modify", business_unit="emea", unit="apac") is Code.NOT_IN_BUSINESS_UNIT
    for strange in (5, [], {"id": "ana"}, True):
        assert code(owner=strange, owner_group=strange, owner_level="modify", group_level="modify") is Code.ITEM_LEVEL
    mine = world.role(name="Writers")
    world.assign(mine, user_id=ana)
    assert code(owner_group="writers", group_level="modify") is Code.ALLOWED
    assert code(owner_group=mine, group_level="modify") is Code.ALLOWED


def test_owners_of_open_items_who_are_gone(world: World) -> None:
    """Deactivated, or nobody whom this account knows."""
    ana, bob = world.user("ana"), world.user("bob")
    world.assign(world.role("edit", "delete", "read"), user_id=ana)
    world.session.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.id == world.account)
        .values(catalogue=json.loads(json.dumps(CATALOGUE).replace('"modify"', '"none"')))
    )
    for owner, code in (("bob", Code.ALLOWED), ("zoe", Code.OWNER_GONE), (7, Code.OWNER_GONE)):
        assert world.decide(ana, type="note", owner=owner, rest_level="modify").code is code
    world.push("patch", "User", bob, a_patch({"op": "replace", "path": "active", "value": False}))
    assert world.decide(ana, type="note", owner="bob", rest_level="modify").code is Code.OWNER_GONE
    assert world.decide(ana, "read", type="note", owner="bob", rest_level="modify").allowed


def test_data_filters_of_units_and_of_assignments(world: World) -> None:
    """They live in the policy and with the grant; those of a group's or a unit's role, too."""
    ana, role = world.user(), world.role("read")
    team = world.group(ana)
    world.filter('region eq "EMEA"', business_unit_id=world.units["emea"])
    world.filter('region ew "A"', business_unit_id=world.units["iberia"])

    def filters(unit: str) -> list[str]:
        return [one.text for one in world.decide(ana, "read", "row", unit=unit).obligations]

    of_unit = world.assign(role, "iberia", "unit", principal_unit_id=world.units["iberia"])
    assert filters("iberia") == ['(region eq "EMEA") and (region ew "A")']
    world.filter('region sw "E"', assignment_id=of_unit)
    assert filters("iberia") == ['(region eq "EMEA") and (region ew "A") and (region sw "E")']
    of_group = world.assign(role, group_id=team)
    assert filters("apac") == []
    world.filter('region co "M"', assignment_id=of_group)
    assert filters("apac") == ['region co "M"']
    assert filters("emea") == ['(region eq "EMEA") and (region co "M")']
    both = '(region eq "EMEA") and (region ew "A") and ((region co "M") or (region sw "E"))'
    assert filters("iberia") == [both]
    own = world.assign(role, user_id=ana)
    assert filters("apac") == []
    world.filter("region pr", assignment_id=own)
    assert len(filters("apac")) == 1


def test_accounts_are_walls(session: Session) -> None:
    """An item, a group or an owner of another account is not there."""
    here, there = a_world(session), a_world(session)
    ana, eve = here.user("ana"), there.user("eve")
    here.assign(here.role("read", "edit"), user_id=ana)
    there.item("d-1", owner_id=eve)
    assert here.decide(ana).code is Code.UNKNOWN_RESOURCE
    assert here.decide(eve).code is Code.UNKNOWN_SUBJECT
    theirs = there.group(eve)
    assert here.decide(ana, type="note", owner_group=theirs, group_level="modify").code is Code.ITEM_LEVEL


@dataclass
class Saved:
    """A committed account: ana may edit documents of her department, of which d-1 is one."""

    database: Database
    account: str
    ana: str
    bob: str
    role: str
    team: str

    def decide(self, who: str = "", **more: Any) -> Decision:
        with self.database.reading() as session:
            return decided(session, self.account, who or self.ana, **more)

    def writing(self) -> AbstractContextManager[Session]:
        return self.database.writing()


@pytest.fixture
def saved(database: Database) -> Saved:
    with database.writing() as session:
        world = a_world(session)
        ana = world.user("ana", **{ENTERPRISE: {"department": "Sales"}})
        bob = world.user("bob")
        role = world.role("read", "edit", when="resource.department eq subject.department")
        world.assign(role, user_id=ana)
        team = world.group(bob)
        world.item("d-1", levels="modify modify modify", owner_id=bob, attributes={"department": "Sales"})
        world.item("d-2", levels="modify modify forbidden", owner_group_id=team, attributes={"department": "Sales"})
    return Saved(database, world.account, ana, bob, role, team)


def test_one_round_trip_for_a_decision_on_an_item(saved: Saved) -> None:
    """Person, item, owner and membership together; the policy when it is new to the process, and then once more."""
    asked = [Evaluation(Entity("user", "ana"), "edit", Entity("doc", f"d-{number}")) for number in range(1, 4)]
    with saved.database.reading() as session:
        store = SqlAccessStore(session, saved.account)
        counts = []
        for questions in (asked[:1], asked[:1], asked, asked[1:]):
            with statements(session) as sent:
                snapshot = snapshot_for(store, questions)
            counts.append(len(sent))
            codes = [answer(snapshot, question).decision.code for question in questions]
    assert counts == [3, 1, 1, 1]
    assert codes == [Code.ITEM_LEVEL, Code.UNKNOWN_RESOURCE]


def test_an_attribute_that_changes_counts_at_once(saved: Saved) -> None:
    """Although it is no new revision of access."""
    assert saved.decide().allowed
    for department, code in (("Support", Code.CONDITION_FALSE), ("sales", Code.ALLOWED)):
        with saved.writing() as session:
            [directory] = [one.id for one in directories.list_directories(session, saved.account) if one.name == "Okta"]
            store = open_directory_store(session, saved.account, directory)
            operation = {"op": "replace", "path": f"{ENTERPRISE}:department", "value": department}
            change = service.patch(store, "User", saved.ana, a_patch(operation))
            lifecycle.apply_changes(session, saved.account, [change], lambda *_, **__: None)
        assert saved.decide().code is code


def test_an_item_that_changes_counts_at_once(saved: Saved) -> None:
    """Its levels, its attributes, its end; and a membership of its group."""
    this = ITEMS.c.account_id == saved.account, ITEMS.c.id == "d-1"
    for values, code in (
        ({"rest_level": "read"}, Code.ITEM_LEVEL),
        ({"rest_level": "modify"}, Code.ALLOWED),
        ({"attributes": {"department": "Support"}}, Code.CONDITION_FALSE),
        ({"attributes": {"department": "Sales"}, "owner_id": str(uuid4())}, Code.OWNER_GONE),
        (None, Code.UNKNOWN_RESOURCE),
    ):
        with saved.writing() as session:
            session.execute(update(ITEMS).where(*this).values(**values) if values else delete(ITEMS).where(*this))
        assert saved.decide().code is code
    assert saved.decide(id="d-2").code is Code.ITEM_LEVEL
    with saved.writing() as session:
        [directory] = [one.id for one in directories.list_directories(session, saved.account) if one.name == "Okta"]
        store = open_directory_store(session, saved.account, directory)
        join = {"op": "add", "path": "members", "value": [{"value": saved.ana}]}
        change = service.patch(store, "Group", saved.team, a_patch(join))
        lifecycle.apply_changes(session, saved.account, [change], lambda *_, **__: None)
    assert saved.decide(id="d-2").allowed


def test_external_ids_that_no_longer_count_find_nobody_at_once(saved: Saved) -> None:
    """The statement of the revision before would still have found them."""
    here = ACCOUNTS.c.id == saved.account

    def found() -> str | None:
        with saved.database.reading() as session:
            person = SqlAccessStore(session, saved.account).snapshot(["E-1"]).subjects["E-1"]
        return person.id if person else None

    with saved.writing() as session:
        directory = next(one.id for one in directories.list_directories(session, saved.account) if one.name == "Okta")
        store = open_directory_store(session, saved.account, directory)
        eve = store.insert("User", a_user("eve", externalId="E-1")).stored.id
    for switch, who in ((True, eve), (False, None), (True, eve), (False, None)):
        with saved.writing() as session:
            bump(session, saved.account)
            session.execute(update(ACCOUNTS).where(here).values(finds_external_id=switch))
        assert [found(), found()] == [who, who]


WORKER = """
import sys
from app.db import Database
from tests.conftest import settings_for
from tests.stores.test_decision_store import decided

url, account, who = sys.argv[1:]
database = Database(settings_for(url))
for _ in sys.stdin:
    with database.reading() as session:
        print(decided(session, account, who).code, flush=True)
"""


def test_an_edited_role_is_seen_by_the_next_decision_of_every_worker(saved: Saved, database_url: str) -> None:
    """Each process has its own memory; none answers from what was true before the commit."""
    command = [sys.executable, "-c", WORKER, database_url, saved.account, saved.ana]
    workers = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(3)]
    try:
        for turn in range(8):
            effect, code = ("allow", Code.ALLOWED) if turn % 2 else ("deny", Code.DENIED_BY_ROLE)
            said = tuple(StatementChange(node, effect) for node in ("read", "edit"))
            with saved.database.writing() as session:
                edit_role(session, saved.account, saved.role, RoleEdit(statements=said, replaces=True))
            for _ in range(2):
                assert [ask(worker) for worker in workers] == [code] * len(workers)
    finally:
        for worker in workers:
            worker.communicate()


def test_what_roles_say_is_read_once(saved: Saved) -> None:
    """After a change of one role, only that one is read again; the others are the same objects."""
    with saved.writing() as session:
        other = roles.insert_role(session, saved.account, "Other")
        roles.write_statements(session, saved.account, other, [Statement("read", Effect.ALLOW)])
    saved.decide()
    with saved.database.reading() as session:
        before = SqlAccessStore(session, saved.account).snapshot([]).policy
    with saved.writing() as session:
        roles.write_statements(session, saved.account, other, [Statement("edit", Effect.DENY)])
    with saved.database.reading() as session:
        after = SqlAccessStore(session, saved.account).snapshot([]).policy
    assert after.roles[saved.role] is before.roles[saved.role]
    assert after.roles[other].statements == (Statement("edit", Effect.DENY),)
    assert saved.role in after.compiled
    assert other not in after.compiled


def test_another_catalogue_makes_every_role_be_read(saved: Saved) -> None:
    """What a node stands for, and what a condition may speak of, depends on it."""
    assert saved.decide().allowed
    changed = json.loads(json.dumps(CATALOGUE))
    changed["tabs"][0]["sections"][0]["permissions"][1]["privileged"] = True
    with saved.writing() as session:
        catalogues.write_catalogue(session, saved.account, "other", changed)
    assert saved.decide().allowed
    with saved.database.reading() as session:
        assert SqlAccessStore(session, saved.account).snapshot([]).policy.roles[saved.role].is_privileged


def ask(worker: subprocess.Popen[str]) -> str:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("?\n")
    worker.stdin.flush()
    return worker.stdout.readline().strip()
