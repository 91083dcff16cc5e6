"""SqlAccessStore and grants by hand, on each database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, update

from app import audit
from app.db import Database
from app.models.base import now
from app.services import accounts, assignments, directories, lifecycle, units
from app.services.errors import Conflict, Forbidden, LastOwner, NotFound, Refused
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, SOURCES, USERS
from app.stores.directory import SqlDirectoryStore, open_directory_store
from rbac.decide import decide
from rbac.model import Code, GrantKind, Reach, SourceKind, Subject
from scim import service
from tests.builders import a_giving, a_group, a_user, given

LAUNCH = "campaigns.email.launch"


@dataclass
class World:
    """An account of its own, with a directory to push into."""

    session: Session
    account: str
    directory: SqlDirectoryStore

    @property
    def store(self) -> SqlAccessStore:
        return SqlAccessStore(self.session, self.account)

    def person(self, reference: str) -> Subject | None:
        return person(self.session, self.account, reference)

    def user(self, name: str | None = None, **attributes: Any) -> str:
        return self._done(service.create(self.directory, "User", a_user(name, **attributes)))

    def group(self, *members: str, name: str | None = None) -> str:
        return self._done(service.create(self.directory, "Group", a_group(name, list(members))))

    def delete(self, kind: str, id: str) -> None:
        self._done(service.delete(self.directory, kind, id))

    def _done(self, change: Any) -> str:
        lifecycle.apply_changes(self.session, self.account, [change], lambda *_, **__: None)
        id: str = change.id
        return id

    def assign(self, role: str, **how: Any) -> assignments.Done:
        giving, about = given(role, **how)
        return assignments.assign(self.session, self.account, giving, **about)

    def unassign(self, role: str, **how: Any) -> assignments.Done:
        giving, about = given(role, **how)
        return assignments.unassign(self.session, self.account, giving, **about)

    def may(self, user: str, permission: str = LAUNCH, unit: str | None = None) -> bool:
        snapshot = self.store.snapshot([user])
        return decide(snapshot.policy, snapshot.subjects[user], permission, unit=unit).allowed

    def revision(self) -> int:
        return self.session.execute(
            select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == self.account)
        ).scalar_one()

    def count(self, rows: Any) -> int:
        return self.session.execute(
            select(func.count()).select_from(rows).where(rows.c.account_id == self.account)
        ).scalar_one()


def person(session: Session, account: str, reference: str) -> Subject | None:
    """One person by user id or userName, as a decision finds them."""
    return SqlAccessStore(session, account).snapshot([reference]).subjects[reference]


def id_of(subject: Subject | None) -> str | None:
    return subject.id if subject else None


def a_world(session: Session) -> World:
    account = accounts.create_account(session, f"Access {uuid4().hex}")
    directory = directories.create_directory(session, account.id, "Okta", "okta")
    for key, parent in (("emea", None), ("iberia", "emea"), ("apac", None)):
        units.create_unit(session, account.id, key, key.upper(), parent)
    return World(session, account.id, open_directory_store(session, account.id, directory.id))


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    engine = session.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_an_account_has_the_default_roles_and_no_user_has_any(world: World) -> None:
    """A user created by a directory has no roles until somebody or some rule gives one."""
    policy = world.store.snapshot([]).policy
    assert {role.name for role in policy.roles.values()} == {
        "Account Owner",
        "Administrator",
        "Marketer",
        "Analyst",
        "Viewer",
    }
    assert all(role.is_default for role in policy.roles.values())
    assert policy.units.root.key == "root"
    ana = world.person(world.user())
    assert ana is not None
    assert ana.grants == ()


def test_a_person_is_found_by_id_first_then_by_name_whatever_its_case(world: World) -> None:
    """What is not unique in the account is unknown."""
    ana = world.user("Ánä@Acme.example")
    for reference in (ana, ana.upper(), "Ánä@Acme.example", "ánÄ@aCME.EXAMPLE"):
        found = world.person(reference)
        assert found is not None
        assert found.id == ana
    for unknown in ("", "bob", str(uuid4()), "a\0b", "x" * 5000, "' OR 1=1 --"):
        assert world.person(unknown) is None


def test_a_name_in_two_directories_is_unknown(world: World) -> None:
    """Guessing would give one person the other's roles; the id still works."""
    ana = world.user("ana@acme.example")
    assert world.person("ANA@acme.example") is not None
    before = world.revision()
    world.session.info.clear()
    owner = accounts.create_owner(world.session, world.account, "ana@acme.example")
    assert world.person("ana@acme.example") is None
    found = world.person(ana)
    assert found is not None
    assert owner.id != ana
    assert world.revision() > before


def test_only_a_shared_name_makes_a_new_user_matter(world: World) -> None:
    """Whom a name means changes with a namesake in another directory, whatever the case; nothing else does."""
    other = directories.create_directory(world.session, world.account, "Entra", "entra")
    elsewhere = World(world.session, world.account, open_directory_store(world.session, world.account, other.id))
    stranger = a_world(world.session)
    world.user("ana@acme.example")
    for who, name, raised in (
        (elsewhere, "ana2@acme.example", 0),
        (stranger, "ana@acme.example", 0),
        (elsewhere, "ANA@acme.example", 1),
    ):
        before = world.revision()
        world.session.info.clear()
        who.user(name)
        assert world.revision() == before + raised, name


def test_a_user_name_that_looks_like_an_id(world: World) -> None:
    """The id of another person wins over the name."""
    ana = world.user()
    world.user(ana)
    found = world.person(ana)
    assert found is not None
    assert found.id == ana
    strange = str(uuid4())
    bob = world.user(strange)
    found = world.person(strange)
    assert found is not None
    assert found.id == bob


def test_roles_of_users_groups_and_nested_groups_are_combined(world: World) -> None:
    """Each with where it comes from."""
    ana = world.user()
    team = world.group(ana)
    division = world.group(team, name="Division")
    world.assign("Viewer", user=ana)
    world.assign("Analyst", group=division, unit="emea", children=True)
    found = world.person(ana)
    assert found is not None
    assert [(grant.kind, grant.scope.reach, grant.group and grant.group.name) for grant in found.grants] == [
        (GrantKind.USER, Reach.ACCOUNT, None),
        (GrantKind.GROUP, Reach.SUBTREE, "Division"),
    ]
    assert found.grants[1].group is not None
    assert found.grants[1].group.directory == "Okta"
    assert world.may(ana, "analytics.explore.query", "iberia")
    assert not world.may(ana, "analytics.explore.query", "apac")


def test_circles_of_groups_are_harmless(world: World) -> None:
    """They are stored as sent, and read once."""
    ana = world.user()
    first = world.group(ana)
    second = world.group(first)
    change = service.patch(
        world.directory,
        "Group",
        first,
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": second}, {"value": first}]}],
        },
    )
    world._done(change)
    world.assign("Marketer", group=second)
    assert world.may(ana)
    found = world.person(ana)
    assert found is not None
    assert len(found.grants) == 1


def test_the_role_of_a_unit_is_for_those_who_work_there(world: World) -> None:
    """Exactly there."""
    ana = world.user()
    world.assign("Marketer", principal_unit="emea")
    assert world.may(ana, unit="emea")
    assert not world.may(ana, unit="iberia")
    assert not world.may(ana)


def test_one_grant_lives_as_long_as_it_has_a_source(world: World) -> None:
    """Giving twice is giving once; taking back what was never given changes nothing."""
    ana = world.user()
    assert world.assign("Marketer", user=ana).changed
    assert not world.assign("marketer", user=ana).changed
    assert (world.count(ASSIGNMENTS), world.count(SOURCES)) == (1, 1)
    assert not world.unassign("Marketer", user=ana, unit="emea").changed
    assert world.may(ana)
    assert world.unassign("Marketer", user=ana).changed
    assert (world.count(ASSIGNMENTS), world.count(SOURCES)) == (0, 0)
    assert not world.may(ana)


def test_grants_for_a_while(world: World) -> None:
    """Not yet, now, no longer."""
    ana, bob, eve = world.user(), world.user(), world.user()
    moment, day = now(), timedelta(days=1)
    world.assign("Marketer", user=ana, starts=moment + day)
    world.assign("Marketer", user=bob, starts=moment - day, expires=moment + day)
    world.assign("Marketer", user=eve, expires=moment + 2 * day)
    over = SOURCES.c.account_id == world.account, SOURCES.c.expires == moment + 2 * day
    world.session.execute(update(SOURCES).where(*over).values(expires=moment - day))
    assert [world.may(user) for user in (ana, bob, eve)] == [False, True, False]
    assert world.assign("Marketer", user=ana).changed
    assert world.may(ana)
    with pytest.raises(Refused, match="end before it begins"):
        world.assign("Marketer", user=ana, starts=moment, expires=moment)


def test_a_deactivated_user_may_nothing_at_once(world: World) -> None:
    """And keeps their roles for the day they come back."""
    ana = world.user()
    world.assign("Administrator", user=ana)
    for active in (False, True):
        current = world.directory.find("User", ana)
        assert current is not None
        body = dict(current.attributes) | {"active": active}
        world._done(service.replace(world.directory, "User", ana, body))
        assert world.may(ana) is active


def test_a_deleted_user_is_unknown(world: World) -> None:
    """With everything they had."""
    ana = world.user()
    world.assign("Administrator", user=ana)
    world.delete("User", ana)
    snapshot = world.store.snapshot([ana])
    assert decide(snapshot.policy, snapshot.subjects[ana], LAUNCH).code is Code.UNKNOWN_SUBJECT
    assert world.count(ASSIGNMENTS) == 0


def test_nobody_changes_their_own_roles(world: World) -> None:
    """Not directly, and not through a group they are in; Account Owners included."""
    owner = accounts.create_owner(world.session, world.account, "olivia").id
    member = world.user()
    team = world.group(member)
    for who, how in ((owner, {"user": owner}), (member, {"group": team})):
        audit.begin(world.session, audit.Actor("person", who, "somebody"))
        with pytest.raises(Forbidden, match="own access"):
            world.assign("Viewer", **how)
        with pytest.raises(Forbidden, match="own access"):
            world.unassign("Viewer", **how)
    audit.begin(world.session, audit.Actor("person", owner, "olivia"))
    assert world.assign("Viewer", user=member).changed


def test_the_last_owner_who_needs_no_identity_provider_stays(world: World) -> None:
    """Owners from a directory do not count, as the directory could take them away."""
    olivia = accounts.create_owner(world.session, world.account, "olivia").id
    pushed = world.user()
    world.assign("Account Owner", user=pushed)
    with pytest.raises(LastOwner, match="last active Account Owner"):
        world.unassign("Account Owner", user=olivia)
    omar = accounts.create_owner(world.session, world.account, "omar").id
    assert world.unassign("Account Owner", user=olivia).changed
    with pytest.raises(LastOwner, match="last active Account Owner"):
        world.unassign("Account Owner", user=omar)
    assert world.unassign("Account Owner", user=pushed).changed


def test_the_owner_role_is_for_persons_and_the_whole_account(world: World) -> None:
    """Neither for groups nor for a part."""
    ana = world.user()
    team = world.group(ana)
    for how in ({"group": team}, {"user": ana, "unit": "emea"}, {"principal_unit": "emea"}):
        with pytest.raises(Refused, match="single persons"):
            world.assign("Account Owner", **how)


@pytest.mark.parametrize(
    ("role", "how", "error", "words"),
    [
        ("Boss", {"user": "?"}, NotFound, "there are: Account Owner"),
        ("Viewer", {"user": "nobody"}, NotFound, "no user 'nobody'"),
        ("Viewer", {"group": "nothing"}, NotFound, "no group is named"),
        ("Viewer", {"user": "?", "unit": "nowhere"}, NotFound, "there are: apac, emea"),
        ("Viewer", {"user": "?", "children": True}, Refused, "which unit's children"),
        ("Viewer", {"principal_unit": "emea", "unit": "emea"}, Refused, "no other unit"),
        ("Viewer", {}, Refused, "exactly one of"),
        ("Viewer", {"user": "?", "group": "?"}, Refused, "exactly one of"),
    ],
)
def test_what_cannot_be_assigned(
    world: World, role: str, how: dict[str, Any], error: type[Exception], words: str
) -> None:
    """The refusal says what there is instead."""
    ana = world.user()
    with pytest.raises(error, match=words):
        world.assign(role, **{key: ana if value == "?" else value for key, value in how.items()})
    assert world.count(ASSIGNMENTS) == 0


def test_accounts_are_found_by_id_or_name(world: World) -> None:
    """Whatever its case; and a taken name is refused."""
    made = accounts.create_account(world.session, f"Ünïque {world.account}")
    assert accounts.find_account(world.session, made.name.upper()) == made
    assert accounts.find_account(world.session, made.id) == made
    assert made in accounts.list_accounts(world.session)
    with pytest.raises(NotFound, match="no account"):
        accounts.find_account(world.session, str(uuid4()))
    with pytest.raises(Conflict, match="already an account"):
        accounts.create_account(world.session, made.name.lower())
    with pytest.raises(NotFound, match="no platform profile"):
        accounts.create_account(world.session, "x", "nonsense")


def test_units_are_checked(world: World) -> None:
    """Key, parent, twice."""
    with pytest.raises(Refused, match="lower-case"):
        units.create_unit(world.session, world.account, "EMEA!", "x")
    with pytest.raises(NotFound, match="no business unit"):
        units.create_unit(world.session, world.account, "x", "x", "nowhere")
    with pytest.raises(Conflict, match="already has"):
        units.create_unit(world.session, world.account, "emea", "x")


def test_one_transaction_makes_one_revision(world: World) -> None:
    """However much it changes; a savepoint that is undone does not count."""
    session, before = world.session, world.revision()
    session.info.clear()
    bump(session, world.account)
    bump(session, world.account)
    assert world.revision() == before + 1
    session.info.clear()
    with contextlib.suppress(ZeroDivisionError), session.savepoint():
        bump(session, world.account)
        bump(session, world.account)
        raise ZeroDivisionError
    bump(session, world.account)
    assert world.revision() == before + 2


@pytest.fixture
def saved(database: Database) -> tuple[Database, str, str, str]:
    """A committed account with two people, one of whom is a Marketer by a group's role."""
    with database.writing() as session:
        world = a_world(session)
        ana, bob = world.user("ana"), world.user("bob")
        world.assign("Marketer", group=world.group(ana))
    return database, world.account, ana, bob


def test_one_statement_for_a_decision(saved: tuple[Database, str, str, str]) -> None:
    """The policy takes a second one when its revision is new to the process; nothing takes more."""
    database, account, ana, bob = saved
    with database.reading() as session:
        store = SqlAccessStore(session, account)
        with statements(session) as first:
            store.snapshot([ana])
        with statements(session) as stranger:
            store.snapshot(["bob"])
        with statements(session) as again:
            store.snapshot([ana])
        with statements(session) as many:
            store.snapshot([ana, bob, "BOB", "nobody", str(uuid4())])
        with statements(session) as none:
            store.snapshot([])
    assert [len(sent) for sent in (first, stranger, again, many, none)] == [2, 1, 1, 1, 1]
    assert len(again[0]) < len(stranger[0])


def test_what_is_remembered_is_never_stale(saved: tuple[Database, str, str, str]) -> None:
    """The first decision after a commit sees it, whoever wrote it."""
    database, account, ana, bob = saved

    def may(user: str) -> bool:
        with database.reading() as session:
            snapshot = SqlAccessStore(session, account).snapshot([user])
        return decide(snapshot.policy, snapshot.subjects[user], LAUNCH).allowed

    assert (may(ana), may(bob)) == (True, False)
    for wanted in (True, False, True):
        with database.writing() as session:
            change = assignments.assign if wanted else assignments.unassign
            change(session, account, a_giving("Marketer", bob))
            seen_inside = SqlAccessStore(session, account).snapshot([bob])
            assert decide(seen_inside.policy, seen_inside.subjects[bob], LAUNCH).allowed is wanted
            assert may(bob) is not wanted
        assert may(bob) is wanted
    assert may(ana)


def test_what_is_rolled_back_is_never_remembered(saved: tuple[Database, str, str, str]) -> None:
    """Although another transaction will get the same revision number."""
    database, account, ana, bob = saved
    with database.write_session() as session:
        assignments.assign(session, account, a_giving("Administrator", bob))
        SqlAccessStore(session, account).snapshot([ana, bob])
        session.rollback()
    with database.writing() as session:
        assignments.assign(session, account, a_giving("Viewer", ana))
    with database.reading() as session:
        snapshot = SqlAccessStore(session, account).snapshot([ana, bob])
    assert not decide(snapshot.policy, snapshot.subjects[bob], LAUNCH).allowed
    assert len(snapshot.subjects[ana].grants) == 2  # type: ignore[union-attr]


def test_a_new_name_is_looked_up_every_time(saved: tuple[Database, str, str, str]) -> None:
    """A remembered person is not remembered by their name."""
    database, account, ana, bob = saved
    with database.reading() as session:
        assert id_of(person(session, account, "ana")) == ana
    with database.writing() as session:
        swap = {ana: "was-ana", bob: "ana"}
        for id, name in swap.items():
            here = USERS.c.account_id == account, USERS.c.id == id
            session.execute(update(USERS).where(*here).values(user_name=name, user_name_key=name))
    with database.reading() as session:
        assert id_of(person(session, account, "ana")) == bob


def test_accounts_are_walls(saved: tuple[Database, str, str, str]) -> None:
    """A user of one account is unknown in every other."""
    database, _, ana, _ = saved
    with database.writing() as session:
        other = a_world(session)
    with database.reading() as session:
        assert person(session, other.account, ana) is None
        with pytest.raises(LookupError):
            SqlAccessStore(session, str(uuid4())).snapshot([ana])


def test_sources_say_who_and_why(world: World) -> None:
    """What a decision will name."""
    ana = world.user()
    world.assign("Viewer", user=ana, reason="agency project")
    found = world.person(ana)
    assert found is not None
    [source] = found.grants[0].sources
    assert (source.kind, source.granted_by, source.reason) == (SourceKind.MANUAL, "muster", "agency project")
