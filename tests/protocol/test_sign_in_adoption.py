"""Somebody signs in before their directory pushes them: it becomes theirs, and they stay who they are (L-6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import Database
from app.models import UserEmail
from app.models.base import table
from app.services import assignments, users
from app.stores.access_tables import DIRECTORIES
from tests.builders import ENTERPRISE, a_giving, a_patch, a_user
from tests.protocol.conftest import Scim
from tests.protocol.sign_in_world import LINKS, USERS, Saml, World
from tests.protocol.test_sign_in_groups import groups_of, publish, roles_of
from tests.protocol.test_sign_in_linking import ID, provisioned, refused, signs_in

EMAILS = table(UserEmail)
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


def adopting(world: World, **given: Any) -> Saml:
    """A connection that creates people, whom its directory may push later."""
    return provisioned(world, **{"creates_people": True, "adopts": True, **given})


def made(world: World, saml: Saml, name_id: str = "s-1", external_id: str = "e-1", **said: str) -> str:
    """Somebody made by a sign-in; their id."""
    id = signs_in(world, saml, name_id, **{"employeeId": external_id, "userName": f"by-{name_id}", **said})
    assert id is not None
    return id


def tallies(world: World) -> dict[str, int]:
    """How many users each directory says that it has."""
    with world.database.reading() as session:
        rows = session.execute(select(DIRECTORIES).where(DIRECTORIES.c.account_id == world.account_id)).all()
    counted = {row.id: 0 for row in rows} | {}
    for person in world.rows(USERS):
        counted[person.directory_id] += 1
    assert {row.id: row.user_count for row in rows} == counted
    return counted


def test_l06_the_directory_pushes_who_has_signed_in(world: World) -> None:
    """The same id, roles, groups, link and session; what the directory says of them is what they are called."""
    saml, browser = adopting(world), world.browser()
    saml.sign_in(browser, name_id="s-1", attributes={ID: ["e-1"], "userName": ["ana"], "email": ["old@acme.example"]})
    person = world.who(browser)
    assert person is not None
    id, before = person.user_id, world.user(person.user_id)
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, a_giving("Marketer", id))
    asked = {"externalId": "e-1", "emails": [{"value": "ana@acme.example"}], "displayName": "Ana A."}
    answer = world.scim.post("/Users", a_user("ana@acme.example", **asked))
    assert answer.status_code == 201, answer.text
    assert answer.json["id"] == id
    assert answer.headers["Location"].endswith(f"/Users/{id}")
    after = world.user(id)
    assert (after.origin, after.directory_id) == ("scim", world.customer.directory_id)
    assert (after.user_name, after.external_id) == ("ana@acme.example", "e-1")
    assert after.created == before.created
    assert after.version == before.version + 1
    assert [row.value_key for row in world.rows(EMAILS)] == ["ana@acme.example"]
    assert world.scim.read("/Users", filter='userName eq "ana@acme.example"')["totalResults"] == 1
    assert world.scim.read("/Users")["totalResults"] == 1
    tallies(world)
    assert roles_of(world, id) == {"Marketer"}
    again = world.who(browser)
    assert again is not None
    assert (again.session_id, again.user_name) == (person.session_id, "ana@acme.example")
    [adopted] = world.events("user.adopted")
    assert (adopted.target_id, adopted.before, adopted.actor_kind) == (id, {"origin": "sso"}, "token")
    assert adopted.after == {"origin": "scim", "directory": world.customer.directory_id}
    assert world.events("user.created")[-1].actor_kind == "idp"  # nobody was made by the push
    assert signs_in(world, saml, "s-1", employeeId="e-1", displayName="Root") == id
    assert "Root" not in world.user(id).document  # a directory's person is changed there only (L-8)
    assert len(world.rows(LINKS)) == 1
    off = a_patch({"op": "replace", "path": "active", "value": False})
    assert world.scim.patch(f"/Users/{id}", off).status_code == 200
    assert world.who(browser) is None
    refused(world, saml, "inactive", "s-1", employeeId="e-1")
    world.verify()


def test_l06_pushed_in_bulk(world: World) -> None:
    saml = adopting(world)
    ana, bo = made(world, saml), made(world, saml, "s-2", "e-2")
    bodies = [a_user(externalId=f"e-{number}") for number in (1, 2, 3)]
    operations = [{"method": "POST", "path": "/Users", "bulkId": one["userName"], "data": one} for one in bodies]
    answer = world.scim.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    assert answer.status_code == 200, answer.text
    ids = [one["location"].rpartition("/")[2] for one in answer.json["Operations"]]
    assert ids[:2] == [ana, bo]
    assert len(set(ids)) == 3
    tallies(world)


def test_l06_pushed_as_switched_off(world: World) -> None:
    """The push is what ends their sessions then."""
    saml, browser = adopting(world), world.browser()
    saml.sign_in(browser, name_id="s-1", attributes={ID: ["e-1"]})
    assert world.who(browser) is not None
    id = world.push(externalId="e-1", active=False)
    assert not world.user(id).active
    assert world.who(browser) is None


def test_l06_no_adoption_unless_it_is_on_nor_by_a_name_or_an_address(world: World) -> None:
    """Neither of which says who somebody is; nor what another connection, or one that is off, has heard."""
    off = provisioned(world, creates_people=True)
    emails = [{"value": "ana@acme.example"}]
    ana = made(world, off, userName="ana", email="ana@acme.example")
    assert world.push("ana", externalId="e-1", emails=emails) != ana
    on = adopting(world)
    bo = made(world, on, "s-2", "e-2", userName="bo", email="bo@acme.example")
    assert world.push("bo", externalId="bo", emails=[{"value": "bo@acme.example"}]) != bo
    assert world.push("bo2", emails=[{"value": "bo@acme.example"}]) != bo
    assert world.push("bo3", externalId="E-2") != bo
    world.change(on.id, enabled=False)
    assert world.push("bo4", externalId="e-2") != bo
    world.change(on.id, enabled=True, directory=world.customer.directory_id)
    tallies(world)


def test_l06_what_was_said_under_another_claim_counts_no_more(world: World) -> None:
    """What was an externalId is not one any more once another claim says so; the next sign-in says it anew."""
    saml = adopting(world)
    ana = made(world, saml, number="n-1")
    world.change(saml.id, join_external_id="number")
    assert world.push(externalId="e-1") != ana
    assert world.push(externalId="n-1") != ana  # nobody has said so since
    bo = made(world, saml, "s-2", "e-2", number="n-2")
    assert world.push(externalId="n-2") == bo


def test_l06_conflicts_are_refused_and_named(world: World) -> None:
    """Two people who could be meant, one who was switched off here, one whom the directory has, a taken name."""
    saml, other = adopting(world), adopting(world)
    ana, bo = made(world, saml), made(world, other, "s-2")

    def push(status: int = 409, user_name: str | None = None, external_id: str = "e-1") -> str:
        answer = world.scim.post("/Users", a_user(user_name, externalId=external_id))
        assert answer.status_code == status, answer.text
        assert status != 409 or answer.json["scimType"] == "uniqueness"
        return str(answer.json.get("detail") or answer.json["id"])

    assert "several people who have signed in" in push()
    with world.database.writing() as session:
        users.change_user(session, world.account_id, ana, {"external_id": None})
        users.delete_user(session, world.account_id, bo)
        users.change_user(session, world.account_id, ana, {"active": False})
    assert "switched off here" in push()
    with world.database.writing() as session:
        users.change_user(session, world.account_id, ana, {"active": True})
    taken = world.push("taken", externalId="e-9")
    assert 'another user of this directory already has "taken"' in push(user_name="taken")
    rename = a_patch({"op": "replace", "path": "externalId", "value": "e-1"})
    assert world.scim.patch(f"/Users/{taken}", rename).status_code == 200
    assert "another user of this directory already has" in push()
    assert world.scim.delete(f"/Users/{taken}").status_code == 204
    assert world.user(ana).origin == "sso"
    assert push(201) == ana
    tallies(world)
    world.verify()


def test_l06_nobody_made_by_hand_is_adopted(world: World) -> None:
    """Nor anybody of another account (R-6, M-1)."""
    adopting(world)
    stranger = World(world.app, world.database)
    theirs = made(stranger, adopting(stranger))
    with world.database.writing() as session:
        by_hand = users.create_user(session, world.account_id, {"user_name": "by-hand", "external_id": "e-1"}).id
    assert world.push("by-hand", externalId="e-1") not in (by_hand, theirs)
    assert world.user(by_hand).origin == "manual"
    assert stranger.user(theirs).origin == "sso"


def test_l06_what_follows_from_a_directory_follows(world: World) -> None:
    """Rules by attributes give what they give its people; groups that claims have named count no more (L-8)."""
    saml = adopting(world, groups_from="claims", groups_claim="groups")
    rule = {
        "name": "everybody of sales",
        "where": f'{ENTERPRISE}:department eq "Sales"',
        "grants": [{"role": "Viewer"}],
    }
    ana = made(world, saml, groups="Board", department="Sales")
    publish(
        world,
        {"name": "board", "group": {"name": "Board"}, "grants": [{"role": "Marketer"}]},
        rule,
    )
    assert groups_of(world, ana) == {"Board"}
    assert roles_of(world, ana) == {"Marketer"}
    assert world.push(externalId="e-1", **{ENTERPRISE: {"department": "Sales"}}) == ana
    assert groups_of(world, ana) == set()
    assert roles_of(world, ana) == {"Viewer"}
    world.verify()


def test_l06_pushed_before_it_was_switched_on(world: World) -> None:
    """Then there are two: the next sign-in leads to the directory's, and who was made is switched off."""
    saml = adopting(world, adopts=False)
    first = made(world, saml)
    pushed = world.push("ana@acme.example", externalId="e-1")
    assert pushed != first
    world.change(saml.id, adopts=True)
    assert signs_in(world, saml, "s-1", employeeId="e-1") == pushed
    assert not world.user(first).active
    assert world.events("person.linked")[-1].after["how"] == "adopted"
    assert world.events("person.linked")[-1].after["instead_of"] == first
    assert signs_in(world, saml, "s-1") == pushed


def test_l06_by_an_address_nobody_is_the_directorys(world: World) -> None:
    """A later sign-in without the claim goes by its subject alone."""
    saml = adopting(world, adopts=False)
    first = made(world, saml, email="ana@acme.example")
    world.push("ana@acme.example", externalId="e-1", emails=[{"value": "ana@acme.example"}])
    assert signs_in(world, saml, "s-1", employeeId="e-1", email="ana@acme.example") == first
    world.change(saml.id, adopts=True)
    assert signs_in(world, saml, "s-1", email="ana@acme.example") == first


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What comes of all of these, begun at the same moment."""
    gate, answers = threading.Barrier(len(works)), list[Any]()

    def run(work: Callable[[], Any]) -> None:
        gate.wait()
        answers.append(work())

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def pushing(world: World, external_id: str) -> Callable[[], Any]:
    """A push of this person, by a client of its own."""
    scim = Scim(world.app.test_client(), world.customer.token)
    return lambda: scim.post("/Users", a_user(externalId=external_id))


def test_l06_of_pushes_at_once_one_adopts(world: World) -> None:
    """The others find the person in the directory, as if there had been no sign-in."""
    id = made(world, adopting(world))
    answers = at_once(*(pushing(world, "e-1") for _ in range(4)))
    assert {one.status_code for one in answers} <= {201, 409}, [one.text for one in answers]
    assert [one.json["id"] for one in answers if one.status_code == 201].count(id) == 1
    tallies(world)
    world.verify()


def test_l08_whom_the_directory_adopts_during_a_sign_in_keeps_no_claimed_group(world: World) -> None:
    """Whichever comes first: nothing would take the group from them later."""
    saml = adopting(world, groups_from="claims", groups_claim="groups")
    for turn in range(4):
        name_id, external_id, browser = f"s-{turn}", f"e-{turn}", world.browser()
        id = made(world, saml, name_id, external_id)
        begun = saml.begin(browser)
        said = saml.message(begun.request_id, name_id=name_id, attributes={ID: [external_id], "groups": ["Board"]})
        ticket = saml.post(browser, said, begun.relay_state)

        def come(browser: Any = browser, ticket: Any = ticket) -> Any:
            return saml.follow(browser, ticket)

        answers = at_once(come, pushing(world, external_id))
        assert {one.status_code for one in answers} == {201, 303}, [one.text for one in answers]
        assert world.user(id).origin == "scim"
        assert groups_of(world, id) == set()
    world.verify()


def test_l06_the_last_owner_stays_though_pushed_as_switched_off(world: World) -> None:
    """R-5: adoption is no way around it."""
    id = made(world, adopting(world))
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, a_giving("Account Owner", id))
    assert world.push(externalId="e-1", active=False) == id
    assert world.user(id).active
    world.verify()
