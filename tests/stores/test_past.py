"""The past: what was decided at a moment is what is answered about that moment later, whatever has changed since."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.db import Database
from app.models.base import timestamp
from app.services import assignments, explain, grants, groups, past, profiles, reverse, roles, unit_moves, units, users
from app.services.errors import NotFound, Refused, ServiceError
from app.services.explain import Asked
from app.services.roles import RoleEdit, StatementChange
from app.session import Session
from app.stores import journal
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.access_tables import DIRECTORIES, JOURNAL, USERS
from app.stores.past import PastAccessStore
from rbac.model import Code, Grant, Policy, Subject
from rbac.privileges import privileges
from tests.builders import a_customer, a_giving
from tests.stores.histories import change_something
from tests.stores.random_access import GROUPS, PEOPLE, SOLE, a_random_account


def moment(after: float = 0.003) -> datetime:
    """Now, and apart from all that was before and will be after: SQLite's clock has milliseconds."""
    time.sleep(after)
    found = datetime.now(UTC)
    time.sleep(after)
    return found


def told_of_policy(policy: Policy) -> Any:
    """A policy without what only says how it was compiled, in one order."""
    return (
        policy.catalogue,
        {unit.id: unit for unit in policy.units.units.values()},
        {id: replace(role, statements=tuple(sorted(map(str, role.statements)))) for id, role in policy.roles.items()},
        {id: frozenset(map(told_of_grant, grants)) for id, grants in policy.unit_grants.items()},
        {id: dict(filters) for id, filters in policy.unit_filters.items()},
    )


def told_of_grant(grant: Grant) -> Any:
    return (
        grant.kind,
        grant.role_id,
        grant.scope,
        frozenset(grant.sources),
        grant.group,
        grant.statement,
        frozenset(grant.filters.items()),
    )


def told_of_person(person: Subject) -> Any:
    return person.active, person.home, frozenset(map(told_of_grant, person.grants)), frozenset(person.works_in)


def told_of_privileges(policy: Policy, person: Subject, at: datetime) -> Mapping[str, Any]:
    """What somebody could do, in every unit where they may work."""
    named = replace(person, user_name="")
    return {key: privileges(policy, named, key, at).value() for key in [None, *policy.units.units]}


def leave_all(database: Database, account_id: str) -> None:
    """Delete whom and what can be deleted by hand."""
    for delete, names in ((users.delete_user, (*PEOPLE, *SOLE)), (groups.delete_group, GROUPS)):
        for name in names:
            with suppress(ServiceError), database.writing() as session:
                delete(session, account_id, name)


@pytest.mark.parametrize("seed", range(3))
def test_a_random_history_is_answered_as_it_was(database: Database, seed: int, tmp_path: Path) -> None:
    """Policy, people and what they could do, at each of many moments, as the live engine saw it then."""
    account_id, random = a_random_account(database, seed, tmp_path), Random(seed)
    seen: list[tuple[datetime, Policy, dict[str, Subject]]] = []
    for _ in range(12):
        for _ in range(5):
            change_something(database, account_id, random)
        now = moment()
        with database.write_session() as session:
            bump(session, account_id)  # so that nothing comes from memory, where a group may still have its old name
            ids = session.execute(select(USERS.c.id).where(USERS.c.account_id == account_id)).scalars().all()
            snapshot = SqlAccessStore(session, account_id).snapshot([*ids])
            seen.append((now, snapshot.policy, {id: one for id, one in snapshot.subjects.items() if one}))
            session.rollback()
    leave_all(database, account_id)
    everybody = {id for _, _, people in seen for id in people}
    with database.reading() as session:
        for at, policy, people in seen:
            then = PastAccessStore(session, account_id, at).snapshot(sorted(everybody))
            assert told_of_policy(then.policy) == told_of_policy(policy)
            assert {id for id, one in then.subjects.items() if one} == people.keys()
            for id, person in people.items():
                found = then.subjects[id]
                assert found is not None
                assert told_of_person(found) == told_of_person(person)
                assert told_of_privileges(then.policy, found, at) == told_of_privileges(policy, person, at)


@dataclass
class Story:
    """An account, and what happened to Ana in it: moments by name."""

    database: Database
    account_id: str
    ana: str
    group: str
    moments: dict[str, datetime]

    def note(self, name: str) -> None:
        self.moments[name] = moment()

    def may(self, name: str, permission: str, person: str | None = None, **asked: Any) -> bool:
        return self.explain(name, permission, person, **asked).allowed

    def explain(self, name: str, permission: str, person: str | None = None, **asked: Any) -> explain.Told:
        with self.database.reading() as session:
            about = Asked(permission, at=self.moments[name], **asked)
            return explain.explain(session, self.account_id, person or self.ana, about)

    def do(self, *changes: Callable[[Session, str], object]) -> None:
        for change in changes:
            with self.database.writing() as session:
                change(session, self.account_id)


@pytest.fixture
def story(database: Database) -> Story:
    """Ana launches campaigns as a member of Inner, which is in Outer, which is a marketer in EMEA."""
    customer = a_customer(database)
    account = customer.account_id
    with database.writing() as session:
        for key, parent in (("emea", None), ("iberia", "emea"), ("apac", None)):
            units.create_unit(session, account, key, key.upper(), parent)
        ana = users.create_user(session, account, {"user_name": "ana"})
        outer = groups.create_group(session, account, {"display_name": "Outer"})
        inner = groups.create_group(session, account, {"display_name": "Inner"})
        groups.add_members(session, account, "Outer", [], [inner.id])
        giving = a_giving("Marketer", group="Outer", unit="emea", children=True)
        assignments.assign(session, account, giving, reason="because")
    told = Story(database, account, ana.id, outer.id, {})
    told.note("nothing")
    told.do(lambda session, account: groups.add_members(session, account, "Inner", [ana.id], []))
    told.note("member")
    return told


LAUNCH = "campaigns.email.launch"


def test_a_leaver_is_asked_about_by_id(story: Story) -> None:
    """Through nested groups, with the chain of reasons, after person and groups are gone."""
    before = story.explain("member", LAUNCH, "ana", unit="iberia")
    story.do(
        lambda session, account: groups.delete_group(session, account, "Outer"),
        lambda session, account: users.delete_user(session, account, "ana"),
    )
    story.note("gone")
    told = story.explain("member", LAUNCH, unit="iberia")
    assert told.allowed
    assert told.because == before.because
    assert told.because[0].children[0].facts["group"] == "Outer"
    assert told.person.user_name == story.ana, "the journal has no names of people"
    assert not story.may("nothing", LAUNCH, unit="iberia")
    with pytest.raises(NotFound, match="by their id"):
        story.explain("member", LAUNCH, "ana")
    with pytest.raises(NotFound):
        story.explain("gone", LAUNCH)


def test_a_no_of_the_past_has_no_advice(story: Story) -> None:
    """Nothing can be done about it any more, and it is of no revision that anybody keeps."""
    told = story.explain("nothing", LAUNCH, unit="iberia")
    assert (told.allowed, told.missing, told.revision) == (False, (), None)
    assert told.value()["at"] == story.moments["nothing"].isoformat()


def test_roles_units_and_times_are_those_of_the_moment(story: Story) -> None:
    """A role edited and deleted, a unit moved, a grant that has ended: each as it was."""
    said, own = StatementChange("campaigns.email.view", "allow"), a_giving("Own", story.ana)
    story.do(lambda session, account: roles.create_role(session, account, "Own", statements=[said]))
    soon = datetime.now(UTC) + timedelta(seconds=2)
    story.do(lambda session, account: assignments.assign(session, account, own, expires=soon))
    story.note("given")
    edit = RoleEdit(statements=(StatementChange("campaigns.email.view", "unset"),))
    story.do(lambda session, account: roles.edit_role(session, account, "Own", edit))
    story.note("edited")
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()))
    story.note("over")
    story.do(
        lambda session, account: assignments.unassign(session, account, own),
        lambda session, account: roles.delete_role(session, account, "Own"),
        lambda session, account: unit_moves.move_unit(session, account, "iberia", "apac"),
    )
    story.note("moved")
    told = [(name, story.may(name, "campaigns.email.view", unit="root")) for name in ("given", "edited", "over")]
    assert told == [("given", True), ("edited", False), ("over", False)]
    with story.database.reading() as session:
        held = past.access_at(session, story.account_id, "ana", story.moments["over"]).grants
    assert [one.state for one in held if one.role == "Own"] == ["expired"]
    assert story.may("over", LAUNCH, unit="iberia")
    assert not story.may("moved", LAUNCH, unit="iberia")


def test_the_catalogue_and_its_words_are_those_of_the_moment(story: Story) -> None:
    """A permission that the platform has no more was there then; names of directories are those of then, too."""
    before = story.explain("member", LAUNCH, unit="iberia")
    given = a_giving("Marketer", group="Outer", unit="emea", children=True)
    story.do(
        lambda session, account: assignments.unassign(session, account, given),
        lambda session, account: profiles.load(session, account, "teenvio", drop=True),
    )
    with story.database.writing() as session:
        renamed = update(DIRECTORIES).where(DIRECTORIES.c.account_id == story.account_id).values(name="elsewhere")
        session.execute(renamed.where(DIRECTORIES.c.name == before.because[0].children[0].facts["directory"]))
    story.note("other")
    assert story.explain("member", LAUNCH, unit="iberia").because == before.because
    assert story.explain("other", LAUNCH, unit="iberia").decision.code is Code.UNKNOWN_ACTION


def test_what_somebody_had_is_listed(story: Story) -> None:
    """The same words as about today: roles with sources, groups, units; in the past as they were called then."""
    with story.database.reading() as session:
        now = grants.of_user(session, story.account_id, "ana")
    story.do(
        lambda session, account: groups.change_group(session, account, "Outer", {"display_name": "Renamed"}),
        lambda session, account: groups.remove_members(session, account, "Inner", [story.ana]),
        lambda session, account: units.add_worker(session, account, "ana", "apac"),
        lambda session, account: users.change_user(session, account, "ana", {"active": False}),
    )
    with story.database.reading() as session:
        then = past.access_at(session, story.account_id, "ana", story.moments["member"])
        later = past.access_at(session, story.account_id, "ana", moment())
    assert then == now
    assert [one.name for one in then.groups] == ["Inner", "Outer"]
    assert (later.active, later.grants, later.groups) == (False, (), ())
    assert [one.unit for one in later.works_in] == ["apac"]


def test_what_somebody_could_do(story: Story) -> None:
    """In plain words; a future moment is about things as they stand."""
    story.do(lambda session, account: groups.remove_members(session, account, "Inner", [story.ana]))
    with story.database.reading() as session:
        then = reverse.what_can(session, story.account_id, "ana", unit="iberia", at=story.moments["member"])
        assert "Launch" in then.text()
        for at in (None, datetime.now(UTC) + timedelta(days=1), moment()):
            assert "Launch" not in reverse.what_can(session, story.account_id, "ana", unit="iberia", at=at).text()


def test_what_is_not_kept_is_said(database: Database, tmp_path: Path) -> None:
    """Attributes of people, and items, count as they are today; that is told where they mattered and may differ."""
    account_id = a_random_account(database, 1, tmp_path)
    with database.writing() as session:
        given = {"user_name": "kim", "attributes": {"title": "high", "nickName": "north"}}
        kim = users.create_user(session, account_id, given)
        said = [
            StatementChange("anything.at", "allow", 'subject.rank eq "high"'),
            StatementChange("mails.send", "allow", 'context.device eq "subject.rank"'),
        ]
        roles.create_role(session, account_id, "Own", statements=said)
        assignments.assign(session, account_id, a_giving("Own", kim.id))
    at = moment()

    def told(permission: str, **asked: Any) -> explain.Told:
        with database.reading() as session:
            return explain.explain(session, account_id, kim.id, Asked(permission, at=at, **asked))

    assert (told("anything.at").allowed, told("anything.at").notes) == (True, ())
    with database.writing() as session:
        users.change_user(session, account_id, kim.id, {"attributes": {"title": "low"}})
    later = told("anything.at")
    assert (later.allowed, len(later.notes)) == (False, 1)
    assert "subject.rank" in later.text()
    assert "subject.rank" in later.value("es")["notes"][0]
    assert told("mails.send", context={"device": "subject.rank"}).notes == ()
    assert [note.en for note in told("docs.read", item=("doc", "d1")).notes] == ["The item counted as it is today."]


def test_only_what_is_kept_is_answered(story: Story) -> None:
    """Not before the account, not the future as if it were past; the words say since when."""
    with story.database.reading() as session:
        began = past.began(session, story.account_id)
        with pytest.raises(Refused, match=timestamp(began)):
            reverse.what_can(session, story.account_id, "ana", at=began - timedelta(seconds=1))
        with pytest.raises(Refused, match="future"):
            past.access_at(session, story.account_id, "ana", datetime.now(UTC) + timedelta(hours=1))
        assert not explain.explain(session, story.account_id, "ana", Asked(LAUNCH, at=story.moments["nothing"])).allowed


def test_trimming_forgets_and_says_so(story: Story) -> None:
    """What is before cannot be asked any more; what is after still can, and the rest of the journal is there."""
    story.do(lambda session, account: groups.remove_members(session, account, "Inner", [story.ana]))
    story.note("removed")
    story.do(lambda session, account: groups.add_members(session, account, "Inner", [story.ana], []))
    story.note("again")
    story.do(lambda session, account: groups.delete_group(session, account, "Inner"))
    with story.database.writing() as session:
        with pytest.raises(Refused, match="future"):
            past.trim(session, story.account_id, datetime.now(UTC) + timedelta(days=1))
        assert past.trim(session, story.account_id, story.moments["removed"]) == 1
        with pytest.raises(Refused, match="nothing before"):
            past.trim(session, story.account_id, story.moments["member"])
    with pytest.raises(Refused, match="kept since"):
        story.explain("member", LAUNCH)
    assert not story.may("removed", LAUNCH, unit="iberia")
    assert story.may("again", LAUNCH, unit="iberia")


@pytest.mark.parametrize("statement", ["UPDATE access_journal SET fact = 'other'", "DELETE FROM access_journal"])
def test_the_journal_is_only_added_to(story: Story, statement: str) -> None:
    """The database itself refuses to change or delete an entry that somebody may need."""
    story.do(lambda session, account: groups.delete_group(session, account, "Outer"))
    with story.database.write_session() as session, pytest.raises(DBAPIError, match="only ever added to"):
        session.execute(text(f"{statement} WHERE account_id = :account"), {"account": story.account_id})


def test_a_deletion_tells_of_each_row_once(story: Story) -> None:
    """Whatever cascades from it: memberships, nestings, assignments and their sources."""
    names = [f"person {number}" for number in range(50)]
    story.do(
        lambda session, account: [users.create_user(session, account, {"user_name": name}) for name in names],
        lambda session, account: groups.add_members(session, account, "Outer", names, []),
        lambda session, account: groups.delete_group(session, account, "Outer"),
    )
    with story.database.reading() as session:
        query = select(JOURNAL.c.fact, func.count().label("number")).where(JOURNAL.c.account_id == story.account_id)
        told = {row.fact: row.number for row in session.execute(query.group_by(JOURNAL.c.fact))}
    assert told == {"group": 1, "membership": 50, "nesting": 1, "assignment": 1, "source": 1}


def test_triggers_keep_what_is_read(database: Database) -> None:
    """For each table the columns that are rewound, no more and no fewer, when a row changes and when it ends."""
    with database.reading() as session:
        if session.is_sqlite:
            told = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        else:
            told = session.execute(text("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'journal_%'"))
        bodies = dict(told.all())
    for fact in journal.FACTS:
        for change in ("end", "change"):
            build = bodies[f"journal_{fact.name}_{change}"].rpartition("_object(")[2]
            assert tuple(re.findall(r"'(\w+)'", build)) == fact.columns
