"""Explanations and questions the other way round, of what identity providers really sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import audit, crypto
from app.db import Database
from app.services import accounts, assignments, explain, individual, mapping_publish, reverse, tokens, units
from app.services.errors import NotFound
from app.services.explain import Asked
from app.session import Session
from rbac.explain import Node
from tests.builders import Customer, a_giving, a_group, a_patch, a_user
from tests.protocol.conftest import Scim

LAUNCH, VIEW = "campaigns.email.launch", "campaigns.email.view"
ANA, BEN, CID = "ana@acme.example", "ben@acme.example", "cid@acme.example"


@dataclass
class World:
    """An account whose marketers came through a mapping rule."""

    session: Session
    account: str
    people: dict[str, str]
    group: str
    request_id: str

    def explain(self, person: str, permission: str, **asked: Any) -> explain.Told:
        return explain.explain(self.session, self.account, person, Asked(permission, **asked))


def publish(session: Session, account: str, *groups: str) -> None:
    """Let members of these groups be marketers in EMEA, and nobody else."""
    grant = {"role": "Marketer", "unit": "emea"}
    about = {"name": "Marketing", "grants": [grant], "works_in": [{"unit": "emea"}]}
    mapping_publish.publish(
        session, account, {"rules": [about | {"group": {"id": id}} for id in groups]}, "olivia", "because"
    )


@pytest.fixture
def world(database: Database, scim: Scim, customer: Customer) -> Iterator[World]:
    """Ana was moved into a group whose members are marketers in EMEA; ben has nothing; cid stands in."""
    account = customer.account_id
    people = {name: scim.create("/Users", a_user(name))["id"] for name in (ANA, BEN, CID)}
    group = scim.create("/Groups", a_group("MC Marketing"))["id"]
    with database.writing() as session:
        units.create_unit(session, account, "emea", "EMEA")
        units.create_unit(session, account, "iberia", "Iberia", "emea")
        publish(session, account, group)
    patch = a_patch({"op": "add", "path": "members", "value": [{"value": people[ANA]}]})
    answer = scim.patch(f"/Groups/{group}", patch)
    assert answer.status_code in (200, 204), answer.text
    with database.writing() as session:
        owner = accounts.create_owner(session, account, "olivia@acme.example", "Olivia")
        audit.begin(session, audit.Actor("person", owner.id, owner.user_name))
        assignments.assign(session, account, a_giving("Marketer", CID), reason="stands in")
    with database.read_session() as session:
        yield World(session, account, people, group, answer.headers["X-Request-ID"])


def chain(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Every node of a tree."""
    for node in nodes:
        yield node
        yield from chain(node.children)


def kinds(nodes: tuple[Node, ...]) -> set[str]:
    """What is in a tree."""
    return {node.kind for node in chain(nodes)}


def test_the_chain_ends_at_the_request_of_the_directory(world: World) -> None:
    """Role ← rule and revision ← group ← directory ← the SCIM request that moved her in."""
    told = world.explain(ANA, LAUNCH, unit="iberia")
    assert not told.allowed  # working in EMEA does not extend to what is below
    told = world.explain(ANA, LAUNCH, unit="emea")
    assert told.allowed
    [request] = [node for node in chain(told.because) if node.kind == "request"]
    assert request.facts["request_id"] == world.request_id
    [source] = [node for node in chain(told.because) if node.kind == "source"]
    assert (source.facts["rule"], source.facts["revision"]) == ("Marketing", 1)
    assert (source.facts["group"], source.facts["directory"]) == ("MC Marketing", "IdP")
    said = told.text()
    for words in ("YES", ANA, "role Marketer allows", "MC Marketing ← directory IdP", world.request_id):
        assert words in said
    assert "SÍ" in told.text("es")
    assert "regla de asignación" in told.text("es")


def test_what_a_publish_gave_came_by_membership_and_publish(world: World, database: Database) -> None:
    """Not in a request that gave it before: since when she is in the group, by which request, and who published."""
    with database.writing() as session:
        publish(session, world.account)
        publish(session, world.account, world.group)
    with database.read_session() as session:
        world.session = session
        told = world.explain(ANA, LAUNCH, unit="emea")
        assert told.allowed
        [source] = [node for node in chain(told.because) if node.kind == "source"]
        membership, published = source.children
        assert (membership.kind, published.kind) == ("membership", "published")
        [request] = membership.children
        assert request.facts["request_id"] == world.request_id
        assert (published.facts["revision"], published.facts["author"]) == (3, "olivia")
        said = told.text()
        assert "in the group since 20" in said
        assert "revision 3 was published by olivia, 20" in said
        assert "en el grupo desde" in told.text("es")


def test_who_is_in_a_group_by_another_one_is_told_so(world: World, scim: Scim, database: Database) -> None:
    """With the request that brought them into that one."""
    inner = scim.create("/Groups", a_group("Inner"))["id"]
    for group, member in ((world.group, inner), (inner, world.people[BEN])):
        answer = scim.patch(f"/Groups/{group}", a_patch({"op": "add", "path": "members", "value": [{"value": member}]}))
    told = world.explain(BEN, LAUNCH, unit="emea")
    [membership] = [node for node in chain(told.because) if node.kind == "membership"]
    assert membership.facts["through"] == "Inner"
    [request] = membership.children
    assert request.facts["request_id"] == answer.headers["X-Request-ID"]
    assert "in the group by group Inner, since" in told.text()


def test_the_value_has_the_same_trees(world: World) -> None:
    """Programs and people are told the same."""
    for told in (world.explain(ANA, LAUNCH, unit="emea"), world.explain(BEN, LAUNCH)):
        value, text = told.value("es"), told.text("es")
        assert value["decision"] is told.allowed
        assert value["user"]["id"] in world.people.values()
        for node in (*value["because"], *value["missing"]):
            assert node["text"] in text
        assert value["policy_revision"] > 0


def test_who_gave_it_is_named(world: World) -> None:
    """A person by their user name, with the reason they gave."""
    [source] = [node for node in chain(world.explain(CID, LAUNCH).because) if node.kind == "source"]
    assert source.facts["granted_by"] == "olivia@acme.example"
    assert source.facts["reason"] == "stands in"
    assert "granted by olivia@acme.example (stands in)" in world.explain(CID, LAUNCH).text()


def test_a_program_that_gave_it_is_called_what_it_is(world: World, database: Database) -> None:
    """The name of an API key alone could be read as that of a group of people."""
    with database.writing() as session:
        made = crypto.make_token(crypto.API_KEY, b"a key of the test's own")
        tokens.issue_api_key(session, world.account, "all", made, created_by="olivia")
        audit.begin(session, audit.Actor("key", "k-1", "all"))
        assignments.assign(session, world.account, a_giving("Viewer", BEN))
    with database.read_session() as session:
        world.session = session
        told = world.explain(BEN, VIEW)
        assert "granted by API key all" in told.text()
        assert "concedido por la clave de API all" in told.text("es")
        [source] = [node for node in chain(told.because) if node.kind == "source"]
        assert source.facts["granted_by"] == "all"
        [ben] = [one for one in reverse.who_has(session, world.account, "Viewer").people if one.user_name == BEN]
        assert "granted by API key all" in ben.because[0].children[0].said.en


def test_the_place_is_named_exactly(world: World) -> None:
    """Whether somebody may not work there or there is no such place, and not that it could be either."""
    told = world.explain(ANA, LAUNCH, unit="nowhere")
    assert told.text().splitlines()[1] == "because there is no business unit of that name"
    assert told.value("es")["message"] == "no existe ninguna unidad de negocio con ese nombre"


def test_what_is_missing_names_the_rule_that_would_do(world: World) -> None:
    """The role, the rule, its group and the unit."""
    told = world.explain(BEN, LAUNCH)
    [rule] = [node for node in chain(told.missing) if node.kind == "rule"]
    assert rule.facts == {"rule": "Marketing", "group": "MC Marketing", "business_unit": "emea", "orphaned": False}
    assert told.missing[0].facts["role"] == "Marketer"


def test_another_moment(world: World, database: Database) -> None:
    """What begins later is there then, and no more after its end."""
    now = datetime.now(UTC)
    starts, expires = now + timedelta(days=1), now + timedelta(days=2)
    with database.writing() as session:
        assignments.assign(session, world.account, a_giving("Viewer", BEN), starts=starts, expires=expires)
    with database.read_session() as session:
        world.session = session
        assert not world.explain(BEN, VIEW).allowed
        assert "not_yet" in kinds(world.explain(BEN, VIEW).missing)
        assert world.explain(BEN, VIEW, at=starts + timedelta(hours=1)).allowed
        after = world.explain(BEN, VIEW, at=expires)
        assert not after.allowed
        assert "expired" in kinds(after.missing)


def test_unknown_people_are_refused(world: World) -> None:
    """By explanations and by the questions the other way round; so are unknown units, roles and permissions."""
    refused = [
        lambda: world.explain("nobody", LAUNCH),
        lambda: reverse.what_can(world.session, world.account, "nobody"),
        lambda: reverse.what_can(world.session, world.account, ANA, unit="nowhere"),
        lambda: reverse.who_can(world.session, world.account, "no.such"),
        lambda: reverse.who_can(world.session, world.account, LAUNCH, unit="nowhere"),
        lambda: reverse.who_has(world.session, world.account, "no such role"),
    ]
    for ask in refused:
        with pytest.raises(NotFound):
            ask()


def test_who_can_and_why(world: World) -> None:
    """Each with the chain; where each usually works, or in one unit; counted."""
    found = reverse.who_can(world.session, world.account, LAUNCH, unit="emea")
    assert {one.user_name for one in found.people} == {ANA, CID}
    assert (found.total, found.next) == (2, None)
    said = {one.user_name: {node.facts.get("rule") for node in chain(one.because)} for one in found.people}
    assert "Marketing" in said[ANA]
    below = reverse.who_can(world.session, world.account, LAUNCH, unit="iberia")
    assert {one.user_name for one in below.people} == {CID}
    everywhere = reverse.who_can(world.session, world.account, LAUNCH)
    assert {one.user_name for one in everywhere.people} == {ANA, CID}
    assert everywhere.value("es")["people"][0]["because"]


def test_who_can_page_by_page(world: World) -> None:
    """The first page counts all, each comes once."""
    first = reverse.who_can(world.session, world.account, LAUNCH, unit="emea", limit=1)
    assert (len(first.people), first.total) == (1, 2)
    assert first.next is not None
    second = reverse.who_can(world.session, world.account, LAUNCH, unit="emea", limit=1, after=first.next)
    assert {one.user_name for one in (*first.people, *second.people)} == {ANA, CID}
    assert second.next is None


def test_who_has_a_role_and_why(world: World, database: Database) -> None:
    """By a rule, by hand, by the unit they work in; not who had it, nor who is switched off."""
    now = datetime.now(UTC)
    with database.writing() as session:
        assignments.assign(session, world.account, a_giving("Viewer", principal_unit="emea", children=True))
        assignments.assign(session, world.account, a_giving("Viewer", BEN), starts=now + timedelta(days=1))
    with database.read_session() as session:
        marketers = reverse.who_has(session, world.account, "marketer")
        assert {one.user_name for one in marketers.people} == {ANA, CID}
        viewers = reverse.who_has(session, world.account, "Viewer")
        assert ANA in {one.user_name for one in viewers.people}
        [ana] = [one for one in viewers.people if one.user_name == ANA]
        assert ana.because[0].facts["grant"] == "business_unit_role"
        assert "forced on the units below" in ana.because[0].said.en


def test_what_somebody_can_do_in_plain_words(world: World, database: Database) -> None:
    """By tab and section, in both languages; only where they may; a denial takes away."""
    mine = reverse.what_can(world.session, world.account, ANA, unit="emea")
    granted = {one.key for area in mine.areas for one in area.privileges}
    assert LAUNCH in granted
    assert "profile.edit" in granted
    assert mine.unit == "emea"
    assert mine.text("en") != mine.text("es")
    assert f"[{LAUNCH}]" in mine.text("es")
    nothing = reverse.what_can(world.session, world.account, ANA, unit="iberia")
    assert (nothing.unit, nothing.areas) == (None, ())
    with database.writing() as session:
        individual.put(session, world.account, CID, [individual.Entry("campaigns.email", "deny")])
    with database.read_session() as session:
        cut = reverse.what_can(session, world.account, CID)
        assert LAUNCH not in {one.key for area in cut.areas for one in area.privileges}
        assert "deny" in kinds(explain.explain(session, world.account, CID, Asked(LAUNCH)).because)
        found = reverse.who_can(session, world.account, LAUNCH, unit="emea")
        assert {one.user_name for one in found.people} == {ANA}
