"""Whoever says which identity provider is believed may come in as anybody by it, so is no second one to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app import audit, crypto
from app.audit import Actor
from app.db import Database
from app.models.base import now
from app.services import (
    assignments,
    connection_certificates,
    connections,
    domains,
    identity_links,
    setup_links,
    tokens,
    units,
)
from app.services.giving import Giving
from app.stores.listings import Wanted
from tests.builders import a_patch
from tests.conftest import KEY
from tests.idp.saml_keys import rsa_pair
from tests.protocol.api_client import Api, an_api_key, done
from tests.protocol.browser import Browser
from tests.protocol.conftest import PUBLIC_URL, Scim
from tests.protocol.mapping_world import MappingWorld, refusal
from tests.protocol.sign_in_world import CALLS, KEYS, Saml

AFTER = timedelta(days=8)
TWO = "are no two people in this"


class TwoOwners(MappingWorld):
    """Olivia, of the account's own directory, and Oscar, whom the directory pushed, and who comes in by ``login``."""

    oscar: str
    login: Saml
    third: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.oscar = self.push("oscar@acme.example", externalId="oscar-1")
        self.gives("Account Owner", self.oscar)
        self.third = self.an_owner()
        self.login = self.saml(directory=self.customer.directory_name, join_external_id="uid", name="Login")

    @property
    def olivia(self) -> Actor:
        return Actor("person", self.owner, "Olivia")

    def comes_in(self, uid: str = "oscar-1", name_id: str = "oscar") -> Browser:
        """A browser in which somebody has signed in by the connection."""
        browser = self.browser()
        self.login.sign_in(browser, name_id=name_id, attributes={"uid": [uid]})
        return browser

    def written(self, browser: Browser, title: str = "Next") -> str:
        """A plan that needs a second owner, drafted and made in a browser; its path."""
        mine, self.console = self.console, browser
        try:
            draft = self.begin(title)
            assert self.adds(draft, role="Administrator").status_code == 303
            return self.plans(draft)
        finally:
            self.console = mine

    def does(self, actor: Actor, what: Callable[[TwoOwners], object]) -> None:
        """Change something in somebody's name."""
        with self.database.writing() as session:
            audit.begin(session, actor)
            self.session = session
            what(self)


@pytest.fixture
def world(app: Flask, database: Database) -> TwoOwners:
    """An account of its own, of whose connection the operator has done everything."""
    return TwoOwners(app, database)


def joins(world: TwoOwners) -> None:
    given = {"join_external_id": "employee"}
    connections.change_connection(world.session, world.account_id, KEYS, CALLS, PUBLIC_URL, world.login.id, given)


def renames(world: TwoOwners) -> None:
    given = {"name": "Our login"}
    connections.change_connection(world.session, world.account_id, KEYS, CALLS, PUBLIC_URL, world.login.id, given)


def switches_on(world: TwoOwners) -> None:
    for enabled in (False, True):
        given = {"enabled": enabled}
        connections.change_connection(world.session, world.account_id, KEYS, CALLS, PUBLIC_URL, world.login.id, given)


def certifies(world: TwoOwners) -> None:
    certificate = rsa_pair("another").certificate
    connection_certificates.add(world.session, world.account_id, world.login.id, certificate)


def confirms(world: TwoOwners) -> None:
    """What metadata brought by themselves is confirmed by a person."""
    here = world.session, world.account_id, world.login.id
    someone = audit.acting(world.session)
    audit.begin(world.session, audit.SYSTEM)
    connection_certificates.add(*here, rsa_pair("another").certificate, confirmed=False)
    audit.begin(world.session, someone)
    shown = connections.get(world.session, world.account_id, PUBLIC_URL, world.login.id)
    [pending] = [one.id for one in shown.certificates if one.state == "unconfirmed"]
    connection_certificates.confirm(*here, pending)


def leads(world: TwoOwners) -> None:
    claimed = domains.claim(world.session, world.account_id, "leads.example")
    domains.bind(world.session, world.account_id, claimed.id, world.login.id)


DOORS = (joins, switches_on, certifies, confirms, leads)


@pytest.mark.parametrize("does", [*DOORS, renames])
def test_who_changed_a_connection_writes_as_nobody_else_by_it(
    world: TwoOwners, does: Callable[[TwoOwners], None]
) -> None:
    """Else they would write as another one by it, and approve in their own name; a mere name lets nobody in."""
    as_oscar = world.comes_in()
    world.does(world.olivia, does)
    if does is switches_on:
        as_oscar = world.comes_in()
    answer = world.console.send(f"{world.written(as_oscar)}/approve")
    if does is renames:
        assert answer.status_code == 303
        return
    assert answer.status_code == 403
    assert TWO in refusal(answer)
    assert "writes or approves it at the local door" in refusal(answer)


@pytest.mark.parametrize("does", DOORS)
def test_who_changed_a_connection_approves_as_nobody_else_by_it(
    world: TwoOwners, does: Callable[[TwoOwners], None]
) -> None:
    """The same the other way round, with whatever a connection is changed by; a third owner approves."""
    world.does(world.olivia, does)
    plan = world.written(world.console)
    refused = world.comes_in(uid="oscar-1").send(f"{plan}/approve") if does is not joins else None
    if refused is None:
        browser = world.browser()
        world.login.sign_in(browser, name_id="oscar", attributes={"employee": ["oscar-1"]})
        refused = browser.send(f"{plan}/approve")
    assert refused.status_code == 403
    assert "or the connection by which one came in" in refusal(refused)
    assert world.second.send(f"{plan}/approve").status_code == 303


def test_two_owners_by_one_connection_of_a_third_are_no_two(world: TwoOwners) -> None:
    """Whoever has changed it lately could be both of them."""
    sue = world.push("sue@acme.example", externalId="sue-1")
    world.gives("Account Owner", sue)
    world.does(Actor("person", world.an_owner("trent@acme.example"), "Trent"), certifies)
    plan = world.written(world.comes_in())
    refused = world.comes_in("sue-1", "sue").send(f"{plan}/approve")
    assert "trent@acme.example made, invited or changed one of them" in refusal(refused)
    assert world.console.send(f"{plan}/approve").status_code == 303


def test_a_puppet_made_in_the_name_of_another_is_ones_own(world: TwoOwners) -> None:
    """Who comes in as another owner and makes a third one there has made that one."""
    world.does(world.olivia, certifies)
    world.comes_in()
    puppet = world.push("puppet@acme.example")
    as_oscar = Actor("person", world.oscar, "Oscar", connection=world.login.id)
    made = Giving("Account Owner", (puppet,))
    world.does(as_oscar, lambda here: assignments.assign(here.session, here.account_id, made))
    plan = world.written(world.console)
    assert TWO in refusal(world.signed_in(puppet).send(f"{plan}/approve"))


def test_a_writing_stays_whose_it_was(world: TwoOwners, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits until it is forgotten how they came to write; later it is forgotten."""
    world.does(world.olivia, certifies)
    plan = world.written(world.comes_in())
    moment = now() + AFTER
    monkeypatch.setattr("app.services.second_owner.now", lambda: moment)
    refused = world.console.send(f"{plan}/approve")
    assert "before it was begun, or since" in refusal(refused)


def test_the_local_door_is_ones_own(world: TwoOwners) -> None:
    """Who changed a connection and writes at the local door, and who approves there, are two."""
    world.does(world.olivia, certifies)
    plan = world.written(world.second)
    world.comes_in()
    assert world.console.send(f"{plan}/approve").status_code == 303


def by_link(world: TwoOwners, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """A set-up link of Olivia's, made longer ago than anything is held against her."""
    with monkeypatch.context() as past, world.database.writing() as session:
        past.setattr("app.audit.now", lambda: now() - AFTER)
        audit.begin(session, world.olivia)
        link, _ = setup_links.create(session, world.account_id, KEYS, PUBLIC_URL, "saml", connection=world.login.id)
    return Actor("setup_link", link.id, "link")


def test_what_is_done_by_a_set_up_link_its_maker_does(world: TwoOwners, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long ago they made it."""
    world.does(by_link(world, monkeypatch), certifies)
    assert TWO in refusal(world.console.send(f"{world.written(world.comes_in())}/approve"))


def test_whoever_parts_another_from_their_subject_may_be_them(world: TwoOwners) -> None:
    """The next subject that leads to them is another one."""
    world.comes_in()

    def unlinks(here: TwoOwners) -> None:
        [link] = identity_links.list_links(here.session, here.account_id, Wanted(10)).results
        identity_links.unlink(here.session, here.account_id, link.id)

    world.does(world.olivia, unlinks)
    assert TWO in refusal(world.console.send(f"{world.written(world.comes_in())}/approve"))


def test_whose_token_names_another_otherwise_may_be_them(world: TwoOwners) -> None:
    """A token that an owner has issued lately gives another owner the externalId of somebody else."""
    made = crypto.make_token(crypto.DIRECTORY_TOKEN, KEY.encode())

    def issues(here: TwoOwners) -> None:
        directory = here.customer.directory_id
        tokens.issue_directory_token(here.session, here.account_id, directory, "hers", made, created_by="Olivia")

    world.does(world.olivia, issues)
    hers = Scim(world.app.test_client(), made.text)
    hers.patch(f"/Users/{world.oscar}", a_patch({"op": "replace", "path": "externalId", "value": "olivia-1"}))
    assert TWO in refusal(world.console.send(f"{world.written(world.comes_in('olivia-1', 'olivia'))}/approve"))


def test_a_unit_or_a_role_given_makes_nobody_ones_own(world: TwoOwners) -> None:
    """Only what lets one in, or makes one an owner, counts."""

    def gives(here: TwoOwners) -> None:
        units.create_unit(here.session, here.account_id, "apac", "APAC", None)
        assignments.assign(here.session, here.account_id, Giving("Viewer", (here.oscar,)))

    world.does(world.olivia, gives)
    assert world.console.send(f"{world.written(world.comes_in())}/approve").status_code == 303


def test_a_key_that_somebody_issued_as_another_owner_is_theirs(world: TwoOwners, database: Database) -> None:
    """It speaks for that owner, and whoever came in as that one may have it; neither to write nor to approve."""
    world.does(world.olivia, certifies)
    world.comes_in()
    made = crypto.make_token(crypto.API_KEY, KEY.encode())
    as_oscar = Actor("person", world.oscar, "Oscar", connection=world.login.id)
    scopes = tuple(tokens.SCOPES)
    world.does(
        as_oscar,
        lambda here: tokens.issue_api_key(
            here.session, here.account_id, "his", made, scopes=scopes, created_by="Oscar"
        ),
    )
    program = Api(world.app, an_api_key(database, world.account_id), world.account_id)
    his = Api(world.app, made.text, world.account_id).acting_as(world.oscar)
    rules = [{"name": "Sales", "group": {"id": world.sales}, "grants": [{"role": "Administrator"}]}]
    for author, approver in ((his, program.acting_as(world.owner)), (program.acting_as(world.owner), his)):
        draft = author.create("/mapping/drafts", {"title": "Next", "document": {"rules": rules}})["id"]
        plan = author.create(f"/mapping/drafts/{draft}/plan", {})["id"]
        refused = approver.post(f"/mapping/plans/{plan}/approve", {})
        assert refused.status_code == 403
        assert TWO in refused.json["detail"]
        done(program.acting_as(world.third).post(f"/mapping/plans/{plan}/approve", {}))
