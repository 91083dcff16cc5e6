"""Whose account it is: whom a sign-in may become, and whom never (L-1 to L-9)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.services import accounts, assignments, identity_links, users
from app.services.errors import NotFound
from app.stores.listings import Wanted
from tests.builders import a_giving, a_patch
from tests.idp.saml_idp import SamlIdp
from tests.protocol.api_client import Api, an_api_key, done, problem
from tests.protocol.browser import Browser
from tests.protocol.sign_in_world import LINKS, USERS, Saml, World
from tests.protocol.test_sign_in_saml import Unchanged, is_refused

ID = "employeeId"


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


def provisioned(world: World, **given: Any) -> Saml:
    """A connection whose people a directory pushes; they are found by their externalId."""
    return world.saml(**{"directory": world.customer.directory_id, "join_external_id": ID, **given})


def signs_in(world: World, saml: Saml, name_id: str, **attributes: str) -> str | None:
    """Who is signed in by that; None if nobody is."""
    browser = world.browser()
    saml.sign_in(browser, name_id=name_id, attributes={name: [value] for name, value in attributes.items()})
    person = world.who(browser)
    return None if person is None else person.user_id


def refused(world: World, saml: Saml, reason: str, name_id: str, **attributes: Any) -> None:
    """Nobody is signed in, and nothing has changed."""
    state = Unchanged(world)
    given = {name: value if isinstance(value, list) else [value] for name, value in attributes.items()}
    is_refused(world, saml.sign_in(world.browser(), name_id=name_id, attributes=given), reason)
    state.check()


def test_l01_the_subject_is_the_key(world: World) -> None:
    """One link row for each subject; later sign-ins go by it alone, whatever else is said."""
    saml = provisioned(world)
    ana, bo = world.push(externalId="e-1"), world.push(externalId="e-2")
    assert signs_in(world, saml, "s-1", employeeId="e-1") == ana
    assert signs_in(world, saml, "s-1") == ana
    assert signs_in(world, saml, "s-1", employeeId="e-2") == ana
    assert signs_in(world, saml, "s-2", employeeId="e-2") == bo
    links = world.rows(LINKS)
    assert sorted((row.subject, row.user_id, row.how) for row in links) == [
        ("s-1", ana, "external_id"),
        ("s-2", bo, "external_id"),
    ]
    assert [one.after["how"] for one in world.events("person.linked")] == ["external_id", "external_id"]


def test_l01_each_connection_has_links_of_its_own(world: World) -> None:
    """The same text is another subject at another provider."""
    one, two = world.saml(creates_people=True), world.saml(creates_people=True)
    first = signs_in(world, one, "s-1", userName="ana")
    second = signs_in(world, two, "s-1", userName="bo")
    assert first is not None
    assert second is not None
    assert first != second


def test_l02_a_known_address_with_a_new_subject_is_nobody(world: World) -> None:
    """Neither e-mail nor userName make an account one's own (nOAuth)."""
    saml = provisioned(world)
    email = [{"value": "ana@acme.example", "primary": True}]
    ana = world.push("ana@acme.example", externalId="e-1", emails=email)
    assert signs_in(world, saml, "s-1", employeeId="e-1", email="ana@acme.example") == ana
    refused(world, saml, "not_provisioned", "s-evil", email="ana@acme.example", userName="ana@acme.example")
    creating = provisioned(world, creates_people=True)
    refused(world, creating, "not_provisioned", "s-evil", email="ana@acme.example", userName="ana@acme.example")


def test_l02_another_address_is_the_same_person(world: World) -> None:
    """It changes the profile, no role, and nobody else's link."""
    saml = world.saml(creates_people=True)
    bo = signs_in(world, saml, "s-2", userName="bo", email="bo@acme.example")
    ana = signs_in(world, saml, "s-1", userName="ana", email="ana@acme.example")
    assert ana is not None
    assert signs_in(world, saml, "s-1", userName="bo", email="bo@acme.example") == ana
    assert "bo@acme.example" in world.user(ana).document
    assert world.user(ana).user_name == "ana"
    assert signs_in(world, saml, "s-2", userName="bo", email="bo@acme.example") == bo
    assert not world.events("access.granted")


def test_l03_external_id_is_exact(world: World) -> None:
    saml = provisioned(world)
    world.push(externalId="E-1")
    for wrong in ("e-1", "E-10", "E", "Ｅ-1"):
        refused(world, saml, "not_provisioned", f"s-{wrong}", employeeId=wrong)
    refused(world, saml, "not_provisioned", "s-none")
    refused(world, saml, "not_provisioned", "s-empty", employeeId="  ")
    assert signs_in(world, saml, "s-1", employeeId=" E-1 ") is not None


def test_l03_only_people_of_the_connections_directory(world: World, app: Flask, database: Database) -> None:
    """Nobody of another directory or account, and nobody made by hand."""
    other = World(app, database)
    other.push(externalId="e-1")
    with world.database.writing() as session:
        users.create_user(session, world.account_id, {"user_name": "by-hand", "external_id": "e-1"})
    refused(world, provisioned(world), "not_provisioned", "s-1", employeeId="e-1")


def test_l03_user_name_only_where_it_is_switched_on(world: World) -> None:
    """And only for somebody who has no link in this connection."""
    ana = world.push("Ana@acme.example")
    off, on = provisioned(world), provisioned(world, join_user_name="upn")
    refused(world, off, "not_provisioned", "s-1", upn="Ana@acme.example")
    assert signs_in(world, on, "s-1", upn="ana@ACME.example") == ana
    refused(world, on, "ambiguous", "s-2", upn="Ana@acme.example")
    assert world.rows(LINKS)[0].how == "user_name"


def test_l03_nobody_is_created_where_that_is_off(world: World) -> None:
    refused(world, world.saml(), "not_provisioned", "s-1", email="ana@acme.example")


def test_l04_e_mail_needs_much(world: World) -> None:
    """A domain that is proven and leads here, somebody to vouch for it, one candidate without a privileged role."""
    email = [{"value": "ana@acme.example", "primary": True}]
    ana = world.push(emails=email)
    saml = provisioned(world, join_email="email", vouches_for_email=True)
    world.prove("acme.example", None)
    refused(world, saml, "not_provisioned", "s-1", email="ana@acme.example")
    world.prove("acme.example", saml.id)
    refused(world, saml, "not_provisioned", "s-1", email="ana@other.example")
    refused(world, saml, "not_provisioned", "s-1", email="аna@acme.example")  # a Cyrillic а
    assert signs_in(world, saml, "s-1", email="Ana@ACME.example") == ana
    [linked] = world.events("person.linked")
    assert (linked.after["how"], linked.target_id) == ("email", ana)
    refused(world, saml, "ambiguous", "s-2", email="ana@acme.example")


def test_l04_two_candidates(world: World) -> None:
    email = [{"value": "team@acme.example"}]
    world.push(emails=email)
    world.push(emails=email)
    saml = provisioned(world, join_email="email", vouches_for_email=True)
    refused(world, saml, "ambiguous", "s-1", email="team@acme.example")


def test_l04_nobody_becomes_an_administrator_by_an_address(world: World) -> None:
    """Neither an owner, nor whoever was made by hand."""
    email = [{"value": "boss@acme.example"}]
    boss = world.push(emails=email)
    saml = provisioned(world, join_email="email", vouches_for_email=True)
    with world.database.writing() as session:
        accounts.create_owner(session, world.account_id, "keeper")
        assignments.assign(session, world.account_id, a_giving("Account Owner", boss))
    refused(world, saml, "not_provisioned", "s-1", email="boss@acme.example")
    with world.database.writing() as session:
        attributes = {"emails": [{"value": "hand@acme.example"}]}
        users.create_user(session, world.account_id, {"user_name": "hand", "attributes": attributes})
    refused(world, saml, "not_provisioned", "s-2", email="hand@acme.example")


def test_l05_any_doubt_is_a_refusal(world: World) -> None:
    """externalId and userName of two people, or a userName whose person has another externalId."""
    world.push("ana@acme.example", externalId="e-1")
    world.push("bo@acme.example", externalId="e-2")
    saml = provisioned(world, join_user_name="upn")
    refused(world, saml, "ambiguous", "s-1", employeeId="e-1", upn="bo@acme.example")
    refused(world, saml, "ambiguous", "s-1", employeeId="e-3", upn="bo@acme.example")
    refused(world, saml, "attributes", "s-1", employeeId=["e-1", "e-2"])


def test_l06_who_is_made_has_no_role_and_is_marked(world: World) -> None:
    """Whatever the defaults of people made by hand are."""
    saml = world.saml(creates_people=True)
    id = signs_in(world, saml, "s-1", displayName="Ana", department="Sales", email="ana@acme.example")
    assert id is not None
    person = world.user(id)
    assert person.origin == "sso"
    assert "Sales" in person.document
    answer = world.app.test_client().post(
        "/access/v1/search/action",
        json={"subject": {"type": "user", "id": id}, "resource": {"type": "campaign", "id": "1"}},
        headers={"Authorization": f"Bearer {world.customer.api_key}"},
    )
    assert answer.status_code in (200, 403)
    assert "campaigns" not in answer.text


def test_l06_a_name_that_somebody_has_is_nobody_elses(world: World) -> None:
    """A decision about that name would be about the wrong person."""
    saml = world.saml(creates_people=True)
    world.push("ana@acme.example", externalId="ana-ext")
    refused(world, saml, "not_provisioned", "s-1", userName="Ana@acme.example")
    refused(world, saml, "not_provisioned", "s-1", userName="ana-ext")
    assert signs_in(world, saml, "s-1", userName="ana2") is not None


def test_l07_inactive_and_deleted_people_stay_so(world: World) -> None:
    """Also with a fresh subject, also where people are created, also by their old address or name."""
    saml = provisioned(world, creates_people=True)
    email = [{"value": "ana@acme.example"}]
    ana = world.push("ana", externalId="e-1", emails=email)
    assert signs_in(world, saml, "s-1", employeeId="e-1") == ana
    off = a_patch({"op": "replace", "path": "active", "value": False})
    assert world.scim.patch(f"/Users/{ana}", off).status_code == 200
    refused(world, saml, "inactive", "s-1", employeeId="e-1")
    for fresh in ({"employeeId": "e-1"}, {"email": "ANA@acme.example"}, {"userName": "Ana"}):
        refused(world, saml, "inactive", "s-fresh", **fresh)
    assert world.scim.delete(f"/Users/{ana}").status_code == 204
    refused(world, saml, "inactive", "s-1", employeeId="e-1")
    for fresh in ({"employeeId": "e-1"}, {"email": "ANA@acme.example"}, {"userName": "Ana"}):
        refused(world, saml, "inactive", "s-fresh", **fresh)
    assert world.user(ana) is None


def test_l07_deleted_before_they_ever_signed_in(world: World) -> None:
    """Whoever comes back by the directory is found there, and is somebody new."""
    saml = provisioned(world, creates_people=True)
    gone = world.push("ana", externalId="e-1")
    world.scim.delete(f"/Users/{gone}")
    refused(world, saml, "inactive", "s-1", employeeId="e-1")
    back = world.push("ana", externalId="e-1")
    assert signs_in(world, saml, "s-1", employeeId="e-1") == back


def test_l07_nobody_returns_under_a_former_name(world: World) -> None:
    """Renamed and deleted, by any of what they were called, also before there was a connection, also without one's
    directory."""
    email = [{"value": "ana@acme.example"}]
    ana = world.push("ana", externalId="e-1", emails=email)
    for path, value in (
        ("userName", "ana.second"),
        ("externalId", "e-2"),
        ("emails", [{"value": "second@acme.example"}]),
        ("userName", "ana"),
        ("userName", "ana.third"),
    ):
        renamed = world.scim.patch(f"/Users/{ana}", a_patch({"op": "replace", "path": path, "value": value}))
        assert renamed.status_code == 200, renamed.text
    saml, apart = provisioned(world, creates_people=True), world.saml(creates_people=True)
    assert signs_in(world, apart, "s-other", userName="ana.second") is not None  # the name is free: nobody is gone
    assert world.scim.delete(f"/Users/{ana}").status_code == 204
    names = ("ana", "Ana.Second", "ana.third")
    said = [{"userName": name} for name in names]
    said += [{"email": address} for address in ("ana@acme.example", "second@acme.example")]
    for given in said:
        refused(world, saml, "inactive", "s-1", **given)
        refused(world, apart, "inactive", "s-1", **{"userName": "new", **given})
    for id in ("e-1", "e-2"):
        refused(world, saml, "inactive", "s-1", employeeId=id)
    assert signs_in(world, saml, "s-new", userName="somebody.else") is not None


def test_l07_a_former_name_of_somebody_switched_off(world: World) -> None:
    """It does not bring them back either, and frees nothing until they are on again."""
    saml = provisioned(world, creates_people=True)
    ana = world.push("ana")
    changed = a_patch(
        {"op": "replace", "path": "userName", "value": "ana.second"},
        {"op": "replace", "path": "active", "value": False},
    )
    assert world.scim.patch(f"/Users/{ana}", changed).status_code == 200
    refused(world, saml, "inactive", "s-1", userName="ana")
    on = a_patch({"op": "replace", "path": "active", "value": True})
    assert world.scim.patch(f"/Users/{ana}", on).status_code == 200
    assert signs_in(world, saml, "s-1", userName="ana") not in (None, ana)


def test_l07_switched_off_in_any_directory(world: World) -> None:
    """A connection without a directory makes nobody of whom some directory says that they are off."""
    apart = world.saml(creates_people=True)
    email = [{"value": "ana@acme.example"}]
    world.push("ana", emails=email, active=False)
    refused(world, apart, "inactive", "s-1", userName="Ana")
    refused(world, apart, "inactive", "s-1", userName="other", email="ana@acme.example")
    assert signs_in(world, apart, "s-2", userName="bo") is not None


def test_l01_another_provider_knows_nobody(world: World, app: Flask, database: Database) -> None:
    """Its subjects are other people: links are forgotten when somebody says so, or nothing is changed."""
    saml = world.saml(creates_people=True)
    ana = world.browser()
    saml.sign_in(ana, name_id="s-1", attributes={"userName": ["ana"]})
    assert world.who(ana) is not None
    api = Api(app, an_api_key(database, world.account_id), world.account_id)
    here = f"/connections/{saml.id}"
    before = api.read(here)
    for given in (
        {"entity_id": "https://other.example/idp"},
        {"subject_attribute": "employeeId"},
        {"name_id_format": "unspecified"},
    ):
        for said in ({"saml": given}, {"enabled": False, "saml": given, "forget_links": False}):
            assert problem(api.patch(here, said)) == (409, "conflict"), said
    assert api.read(here) == before
    assert done(api.patch(here, {"saml": {"skew_seconds": 7}, "forget_links": True}))["enabled"]
    assert len(world.rows(LINKS)) == 1
    assert world.who(ana) is not None
    other = SamlIdp(entity_id="https://other.example/idp")
    done(api.patch(here, {"saml": {"entity_id": other.entity_id}, "forget_links": True}))
    assert world.rows(LINKS) == []
    assert world.who(ana) is None
    [event] = [one for one in world.events("connection.changed") if "identity_links" in (one.after or {})]
    assert (event.before["identity_links"], event.after["identity_links"]) == (1, 0)
    assert [one.after["because"] for one in world.events("session.ended")] == ["unlinked"]
    assert done(api.patch(here, {"saml": {"subject_attribute": "employeeId"}}))["saml"]["subject_attribute"]


def test_l07_nobody_inherits_a_subject(world: World) -> None:
    """The link of who is gone stays, so that the next person of the same externalId is not reached by it."""
    saml = provisioned(world)
    ana = world.push(externalId="e-1")
    assert signs_in(world, saml, "s-1", employeeId="e-1") == ana
    world.scim.delete(f"/Users/{ana}")
    world.push(externalId="e-1")
    refused(world, saml, "inactive", "s-1", employeeId="e-1")


def test_l08_a_sign_in_changes_nobody_whom_a_directory_pushes(world: World) -> None:
    saml = provisioned(world)
    ana = world.push("ana", externalId="e-1", displayName="Ana")
    before = world.user(ana)
    said = {"displayName": "Root", "userName": "root", "email": "root@acme.example", "department": "Board"}
    assert signs_in(world, saml, "s-1", employeeId="e-1", **said) == ana
    assert signs_in(world, saml, "s-1", employeeId="e-1", **said) == ana
    assert world.user(ana) == before


def test_l08_what_the_provider_does_not_mention_stays(world: World) -> None:
    saml = world.saml(creates_people=True)
    ana = signs_in(world, saml, "s-1", displayName="Ana", department="Sales")
    assert ana is not None
    version = world.user(ana).version
    assert signs_in(world, saml, "s-1", displayName="Ana") == ana
    assert world.user(ana).version == version
    assert signs_in(world, saml, "s-1", displayName="Ana Arce") == ana
    assert "Ana Arce" in world.user(ana).document
    assert "Sales" in world.user(ana).document
    assert world.events("user.updated")[-1].actor_kind == "idp"


def test_l09_composed_and_exact(world: World) -> None:
    """An identifier may come in another Unicode form; letters that look alike are others."""
    saml = provisioned(world, join_user_name="upn")
    composed, apart = "zo\u00eb", "zoe\u0308"
    zoe = world.push("zoe-1", externalId=apart)
    assert signs_in(world, saml, "s-1", employeeId=composed) == zoe
    assert signs_in(world, saml, "s-1", employeeId=apart) == zoe
    world.push("kelvin@acme.example")
    for confusable in ("\u212aelvin@acme.example", "kelvın@acme.example", "ｋelvin@acme.example"):
        refused(world, saml, "not_provisioned", "s-k", upn=confusable)


def test_the_same_subject_for_the_first_time_at_once(world: World) -> None:
    """Two browsers, one person: one is made, one link, two sessions."""
    saml = world.saml(creates_people=True)
    browsers: list[Browser] = [world.browser() for _ in range(4)]
    ready = threading.Barrier(len(browsers))

    def sign_in(browser: Browser) -> None:
        begun = saml.begin(browser)
        answer = saml.post(browser, saml.message(begun.request_id, name_id="s-1"), begun.relay_state)
        ready.wait()
        saml.follow(browser, answer)

    threads = [threading.Thread(target=sign_in, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    people = [world.who(browser) for browser in browsers]
    assert len({person.user_id for person in people if person is not None}) == 1
    assert None not in people
    assert [row.origin for row in world.rows(USERS)] == ["sso"]
    assert len(world.rows(LINKS)) == 1
    world.verify()


def test_m01_m02_nobody_of_another_account(world: World, app: Flask, database: Database) -> None:
    """Neither by a directory of theirs, nor by ids and names that are the same."""
    other = World(app, database)
    theirs = other.push("ana@acme.example", externalId="e-1")
    saml = provisioned(world, join_user_name="upn", creates_people=True)
    mine = signs_in(world, saml, "s-1", employeeId="e-1", upn="ana@acme.example", userName="ana@acme.example")
    assert mine is not None
    assert mine != theirs
    assert not other.rows(LINKS)


def test_l07_a_link_goes_only_when_somebody_says_so(world: World, app: Flask, database: Database) -> None:
    """Whoever came back is found anew after that; what was begun under the link ends."""
    saml, api = provisioned(world), Api(app, an_api_key(database, world.account_id), world.account_id)
    ana = world.push("ana", externalId="e-1")
    browser = world.browser()
    saml.sign_in(browser, name_id="s-1", attributes={ID: ["e-1"]})
    [link] = api.read("/identity-links", filter=f'user_id eq "{ana}"')["results"]
    assert (link["subject"], link["how"], link["user_name"]) == ("s-1", "external_id", "ana")
    stranger = World(app, database)
    other = Api(app, an_api_key(database, stranger.account_id), stranger.account_id)
    assert other.read("/identity-links")["results"] == []
    assert other.get(f"/identity-links/{link['id']}").status_code == 404
    assert other.delete(f"/identity-links/{link['id']}").status_code == 404
    world.scim.delete(f"/Users/{ana}")
    back = world.push("ana", externalId="e-1")
    refused(world, saml, "inactive", "s-1", employeeId="e-1")
    assert api.delete(f"/identity-links/{link['id']}").status_code == 204
    assert api.get(f"/identity-links/{link['id']}").status_code == 404
    assert signs_in(world, saml, "s-1", employeeId="e-1") == back
    assert world.events("person.unlinked")[0].target_id == ana


def test_unlinking_signs_out(world: World, app: Flask, database: Database) -> None:
    """By the connection of the link only, and by the command as by the API."""
    one, two = world.saml(creates_people=True), world.saml(creates_people=True)
    first, second = world.browser(), world.browser()
    one.sign_in(first, name_id="s-1")
    two.sign_in(second, name_id="s-2")
    link = next(row for row in world.rows(LINKS) if row.connection_id == one.id)
    with database.writing() as session:
        assert [row.id for row in identity_links.list_links(session, world.account_id, Wanted(1)).results] == [link.id]
        identity_links.unlink(session, world.account_id, link.id)
        with pytest.raises(NotFound):
            identity_links.unlink(session, world.account_id, link.id)
    assert world.who(first) is None
    assert world.who(second) is not None
