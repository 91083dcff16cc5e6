"""Plans and publishes beside others at work: what was seen is applied once, or not at all."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from app.db import Database
from app.services import lifecycle, mapping_drafts, mapping_plans, mapping_publish
from app.services.mapping_outdated import Outdated
from app.services.mapping_publish import Published
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.directory import open_directory_store
from scim import service
from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.api_client import Api
from tests.protocol.conftest import Scim

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_plan(api: Api, group: str, role: str = "Marketer") -> str:
    """The id of a plan to give a group a role."""
    document = {"rules": [{"name": "Rule", "group": {"id": group}, "grants": [{"role": role}]}]}
    draft = api.create("/mapping/drafts", {"title": f"Give {role}", "document": document})
    plan: str = api.create(f"/mapping/drafts/{draft['id']}/plan", {})["id"]
    return plan


def roles_of(database: Database, account_id: str, users: list[str]) -> dict[str, set[str]]:
    """The roles of each of these people, by decision's own reading."""
    with database.reading() as session:
        snapshot = SqlAccessStore(session, account_id).snapshot(users)
        people = {user: snapshot.subjects[user] for user in users}
        return {
            user: {snapshot.policy.roles[grant.role_id or ""].name for grant in person.grants} if person else set()
            for user, person in people.items()
        }


def test_two_publishes_at_once_are_one(api: Api, scim: Scim) -> None:
    """One is done, the other one is told so."""
    ana = scim.create("/Users", a_user())["id"]
    plan = a_plan(api, scim.create("/Groups", a_group("Team", [ana]))["id"])
    answers: list[int] = []

    def publish() -> None:
        answers.append(api.post(f"/mapping/plans/{plan}/publish").status_code)

    threads = [threading.Thread(target=publish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409]
    assert api.read("/mapping")["revision"] == 1


def test_two_plans_of_one_state_are_not_both_published(api: Api, scim: Scim) -> None:
    """The second one was computed on a mapping that is not there any more."""
    ana = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Team", [ana]))["id"]
    plans = [a_plan(api, group, role) for role in ("Marketer", "Analyst")]
    answers: list[Any] = []

    def publish(plan: str) -> None:
        answers.append(api.post(f"/mapping/plans/{plan}/publish"))

    threads = [threading.Thread(target=publish, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert api.read("/mapping")["revision"] == 1


@POSTGRESQL
def test_members_who_move_meanwhile_are_neither_lost_nor_kept(
    api: Api, scim: Scim, customer: Customer, database: Database
) -> None:
    """Moves and publishes one after the other, in whatever order: in the end everybody has what the rules say."""
    people = [scim.create("/Users", a_user())["id"] for _ in range(4)]
    group = scim.create("/Groups", a_group("Team", people[:2]))["id"]
    wrong: list[str] = []

    def move(person: str) -> None:
        for _ in range(4):
            for operation in (
                {"op": "add", "path": "members", "value": [{"value": person}]},
                {"op": "remove", "path": f'members[value eq "{person}"]'},
            ):
                answer = scim.patch(f"/Groups/{group}", a_patch(operation))
                if answer.status_code not in (200, 204):
                    wrong.append(answer.text)

    def publish() -> None:
        for role in ("Marketer", "Analyst", "Viewer"):
            plan = a_plan(api, group, role)
            for _ in range(20):
                answer = api.post(f"/mapping/plans/{plan}/publish")
                if answer.status_code == 200:
                    break
                if answer.status_code != 409 or "plan" not in answer.json:
                    wrong.append(answer.text)
                    break
                plan = answer.json["plan"]

    threads = [threading.Thread(target=move, args=(person,)) for person in people[2:]]
    threads.append(threading.Thread(target=publish))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    last = api.read("/mapping")["document"]["rules"][0]["grants"][0]["role"]
    members = {one["value"] for one in scim.read(f"/Groups/{group}").get("members", ())}
    held = roles_of(database, customer.account_id, people)
    assert held == {person: ({last} if person in members else set()) for person in people}


@POSTGRESQL
def test_a_publish_waits_for_a_move_and_then_sees_it(
    api: Api, scim: Scim, customer: Customer, database: Database
) -> None:
    """Somebody who moves in a transaction that has not ended yet is part of what is compared."""
    ana, bob = (scim.create("/Users", a_user())["id"] for _ in range(2))
    group = scim.create("/Groups", a_group("Team", [ana]))["id"]
    plan = a_plan(api, group)
    found: list[Published | Outdated] = []

    def publish() -> None:
        with database.writing() as session:
            found.append(mapping_publish.publish_plan(session, customer.account_id, plan))

    with database.write_session() as moving:
        _move(moving, customer, group, bob)
        thread = threading.Thread(target=publish)
        thread.start()
        thread.join(0.3)
        assert found == []
        moving.commit()
    thread.join()
    [outdated] = found
    assert isinstance(outdated, Outdated)
    assert [row["user_id"] for row in outdated.more] == [bob]


@SQLITE
def test_a_plan_keeps_nobody_from_writing(
    scim: Scim, customer: Customer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While everybody is looked at, a directory's requests go through: only the rows are written in a transaction."""
    ana, bob = (scim.create("/Users", a_user())["id"] for _ in range(2))
    group = scim.create("/Groups", a_group("Team", [ana]))["id"]
    document = {"rules": [{"name": "Rule", "group": {"id": group}, "grants": [{"role": "Marketer"}]}]}
    with database.writing() as session:
        draft = mapping_drafts.create_draft(session, customer.account_id, "Next", document)
    moved: list[int] = []
    compute = mapping_plans.compute_prepared

    def beside(*args: Any, **kwargs: Any) -> Any:
        answer = scim.patch(f"/Groups/{group}", a_patch({"op": "add", "path": "members", "value": [{"value": bob}]}))
        moved.append(answer.status_code)
        return compute(*args, **kwargs)

    monkeypatch.setattr(mapping_plans, "compute_prepared", beside)
    with database.reading() as session:
        plan = mapping_plans.make_plan(session, customer.account_id, draft.id)
    assert moved[0] in (200, 204)
    assert plan.summary["people_gaining"] == 2


def _move(session: Session, customer: Customer, group: str, person: str) -> None:
    store = open_directory_store(session, customer.account_id, customer.directory_id)
    operation = {"op": "add", "path": "members", "value": [{"value": person}]}
    change = service.patch(store, "Group", group, a_patch(operation))
    lifecycle.apply_changes(session, customer.account_id, [change], lambda *_: None)
