"""Groups that a provider claims: by published rules only, all at once, and never for whom a directory pushes (L-8)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import Database
from app.services import assignments, connections, mapping_publish
from app.services.claims_groups import MOST
from app.services.errors import Conflict
from app.services.sign_in_traces import read
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, GROUPS, MEMBERSHIPS, ROLES
from tests.builders import a_giving, a_group
from tests.idp.oidc_provider import Provider
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.sign_in_world import KEYS, Oidc, Saml, World


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


def claiming(world: World, **given: Any) -> Saml:
    """A connection whose groups come from claims, and which creates people."""
    return world.saml(**{"creates_people": True, "groups_from": "claims", "groups_claim": "groups", **given})


def signs_in(saml: Saml, name_id: str = "s-1", **attributes: list[str]) -> str:
    """Sign in with these attributes; who it is."""
    browser = saml.world.browser()
    answer = saml.sign_in(browser, name_id=name_id, attributes=attributes)
    assert answer.status_code == 303, answer.text
    person = saml.world.who(browser)
    assert person is not None
    return person.user_id


def groups_of(world: World, user_id: str) -> set[str]:
    """The names of somebody's groups."""
    names = {row.id: row.display_name for row in world.rows(GROUPS)}
    return {names[row.group_id] for row in world.rows(MEMBERSHIPS) if row.user_id == user_id}


def roles_of(world: World, user_id: str) -> set[str]:
    """The names of the roles that somebody was given."""
    query = (
        select(ROLES.c.name)
        .join(ASSIGNMENTS, (ASSIGNMENTS.c.account_id == ROLES.c.account_id) & (ASSIGNMENTS.c.role_id == ROLES.c.id))
        .where(ASSIGNMENTS.c.account_id == world.account_id, ASSIGNMENTS.c.user_id == user_id)
    )
    with world.database.reading() as session:
        return set(session.execute(query).scalars())


def publish(world: World, *rules: dict[str, Any]) -> None:
    """Publish mapping rules."""
    with world.database.writing() as session:
        mapping_publish.publish(session, world.account_id, {"rules": [*rules]}, author="test")


def told(world: World) -> str:
    """What the latest trace says of the groups."""
    trace = world.traces()[-1]
    with world.database.reading() as session:
        claims = read(session, KEYS, world.account_id, trace.id, claims=True).claims
    assert claims is not None
    words: str = claims["link"]["groups"]
    return words


def test_memberships_are_what_the_claim_says(world: World) -> None:
    """Groups appear, people join and leave; others' memberships and pushed groups are not touched."""
    saml = claiming(world)
    pushed = world.scim.create("/Groups", a_group("Sales"))
    ana = signs_in(saml, groups=["Sales", "Staff"])
    bo = signs_in(saml, "s-2", groups=["staff"])
    assert groups_of(world, ana) == {"Sales", "Staff"}
    assert groups_of(world, bo) == {"Staff"}
    assert world.scim.read(f"/Groups/{pushed['id']}").get("members") in (None, [])
    assert signs_in(saml, groups=["Staff", "Board"]) == ana
    assert groups_of(world, ana) == {"Staff", "Board"}
    assert groups_of(world, bo) == {"Staff"}
    before = len(world.events())
    signs_in(saml, groups=["Board", "Staff"])
    assert [one.action for one in world.events()[before:]] == ["sign_in.accepted"]
    world.verify()


def test_a_claimed_group_gives_nothing_without_a_rule(world: World) -> None:
    """And with one what it says, from the very sign-in on, until a sign-in without it."""
    saml = claiming(world)
    ana = signs_in(saml, groups=["Marketing"])
    assert roles_of(world, ana) == set()
    [group] = [row for row in world.rows(GROUPS) if row.display_name == "Marketing"]
    publish(world, {"name": "R", "group": {"id": group.id}, "grants": [{"role": "Marketer"}]})
    assert roles_of(world, ana) == {"Marketer"}
    bo = signs_in(saml, "s-2", groups=["Marketing"])
    assert roles_of(world, bo) == {"Marketer"}
    signs_in(saml, email=["ana@acme.example"])  # the claim is not there at all
    assert roles_of(world, ana) == {"Marketer"}
    signs_in(saml, groups=["Other"])
    assert roles_of(world, ana) == set()
    assert roles_of(world, bo) == {"Marketer"}


def test_patterns_bind_claimed_groups(world: World) -> None:
    """By their names, in the sign-in that makes them."""
    saml = claiming(world)
    rule = {"name": "P", "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]}
    publish(world, rule)
    ana = signs_in(saml, groups=["mc-Viewer"])
    assert roles_of(world, ana) == {"Viewer"}


def test_what_a_sign_in_says_of_somebody_is_no_role(world: World) -> None:
    """A rule for whoever has an attribute is not for people whom a sign-in made; with a group it is."""
    saml = claiming(world)
    ana = signs_in(saml, title=["Analyst"], groups=["Staff"])
    [group] = [row for row in world.rows(GROUPS) if row.display_name == "Staff"]
    both = {"name": "B", "group": {"id": group.id}, "where": 'title eq "Analyst"', "grants": [{"role": "Viewer"}]}
    publish(world, {"name": "F", "where": 'title eq "Analyst"', "grants": [{"role": "Analyst"}]}, both)
    assert roles_of(world, ana) == {"Viewer"}
    assert roles_of(world, signs_in(saml, "s-2", title=["Analyst"], groups=["Staff"])) == {"Viewer"}
    assert roles_of(world, signs_in(saml, "s-3", title=["Analyst"])) == set()
    assert roles_of(world, signs_in(saml, "s-2", title=["Clerk"], groups=["Staff"])) == set()


UNUSABLE = {"many": [f"g{n}" for n in range(MOST + 1)], "long": ["ok", "x" * 300], "odd": ["ok", "a\u202eb"]}


@pytest.mark.parametrize("names", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_cannot_be_all_of_it_changes_nothing(world: World, names: list[str]) -> None:
    """Too many, or names that nobody can show: the trace tells, and nobody loses anything."""
    saml = claiming(world)
    ana = signs_in(saml, groups=["Staff"])
    browser = world.browser()
    answer = saml.sign_in(browser, name_id="s-1", attributes={"groups": names})
    assert groups_of(world, ana) == {"Staff"}
    if answer.status_code == 303:
        assert told(world).startswith("groups: ")
        assert {row.display_name for row in world.rows(GROUPS)} == {"Staff"}


def test_absent_is_told(world: World) -> None:
    saml = claiming(world)
    ana = signs_in(saml, groups=["Staff"])
    signs_in(saml, email=["ana@acme.example"])
    assert groups_of(world, ana) == {"Staff"}
    assert told(world) == "groups: the provider does not say"


def test_whom_a_directory_pushes_has_its_groups(world: World) -> None:
    """SCIM wins: neither do claims give anything, nor take it."""
    saml = claiming(world, directory=world.customer.directory_id, join_external_id="eid")
    ana = world.push(externalId="e-1")
    world.scim.create("/Groups", a_group("Sales", [ana]))
    assert signs_in(saml, eid=["e-1"], groups=["Board"]) == ana
    assert groups_of(world, ana) == {"Sales"}
    assert told(world) == "this person's directory says in which groups they are"


def test_off_is_the_default(world: World) -> None:
    saml = world.saml(creates_people=True)
    assert groups_of(world, signs_in(saml, groups=["Board"])) == set()
    assert world.rows(GROUPS) == []


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as listening:
        yield listening


@pytest.mark.parametrize(
    "overage",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example"}}},
        {"hasgroups": True},
        {"hasgroups": "true"},
    ],
    ids=["names", "flag", "text"],
)
def test_entras_overage_changes_nothing(world: World, provider: Provider, overage: dict[str, Any]) -> None:
    """Beyond 200 groups Entra sends a pointer in their place, which nobody follows."""
    oidc: Oidc = world.oidc(provider, creates_people=True, groups_from="claims", groups_claim="groups")
    browser = world.browser()
    oidc.sign_in(browser, groups=["Staff", "Sales"])
    person = world.who(browser)
    assert person is not None
    assert groups_of(world, person.user_id) == {"Staff", "Sales"}
    del provider.person["groups"]
    assert oidc.sign_in(browser, **overage).status_code == 303
    assert groups_of(world, person.user_id) == {"Staff", "Sales"}
    assert "too many groups" in told(world)


def test_two_who_bring_the_same_new_group_at_once(world: World) -> None:
    saml = claiming(world)
    browsers = [world.browser() for _ in range(4)]
    ready = threading.Barrier(len(browsers))

    def sign_in(number: int) -> None:
        browser = browsers[number]
        begun = saml.begin(browser)
        said = saml.message(begun.request_id, name_id=f"s-{number}", attributes={"groups": ["New", f"Own {number}"]})
        answer = saml.post(browser, said, begun.relay_state)
        ready.wait()
        saml.follow(browser, answer)

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    people = [world.who(browser) for browser in browsers]
    assert None not in people
    for number, person in enumerate(people):
        assert person is not None
        assert groups_of(world, person.user_id) == {"New", f"Own {number}"}
    assert [row.display_name for row in world.rows(GROUPS)].count("New") == 1
    world.verify()


def delete(world: World, saml: Saml) -> None:
    """Switch a connection off, and delete it."""
    world.change(saml.id, enabled=False)
    with world.database.writing() as session:
        connections.delete(session, world.account_id, PUBLIC_URL, saml.id)


def test_a_deleted_connection_leaves_no_groups_behind(world: World) -> None:
    """Nor what they gave: people lose it, and the trail says so; whatever comes otherwise stays."""
    saml, other = claiming(world), claiming(world)
    ana = signs_in(saml, groups=["mc-Marketer", "Staff"])
    bo = signs_in(other, "s-2", groups=["mc-Marketer"])
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, a_giving("Analyst", ana))
    publish(world, {"name": "P", "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]})
    assert roles_of(world, ana) == {"Marketer", "Analyst"}
    directory = world.trusted(saml.id).claims_directory_id
    delete(world, saml)
    assert roles_of(world, ana) == {"Analyst"}
    assert roles_of(world, bo) == {"Marketer"}
    assert world.user(ana).active
    assert [row for row in world.rows(GROUPS) if row.directory_id == directory] == []
    assert len(world.rows(GROUPS)) == 1
    with world.database.reading() as session:
        assert directory not in [row.id for row in session.execute(DIRECTORIES.select())]
    revoked = world.events("access.revoked")[-1]
    assert (revoked.target_id, revoked.before["role"]) == (ana, "Marketer")
    assert [one.target_name for one in world.events("group.deleted")] == ["mc-Marketer", "Staff"]
    assert world.events("directory.removed")[-1].target_id == directory
    world.verify()


def test_no_rule_is_left_without_its_groups(world: World) -> None:
    """The connection stays while rules are for the groups that its claims name."""
    saml = claiming(world)
    ana = signs_in(saml, groups=["Staff"])
    [group] = world.rows(GROUPS)
    directory = world.trusted(saml.id).claims_directory_id
    with world.database.reading() as session:
        name = next(row.name for row in session.execute(DIRECTORIES.select()) if row.id == directory)
    for rule in (
        {"group": {"id": group.id}, "grants": [{"role": "Viewer"}]},
        {"pattern": {"text": "St{rest}", "directory": name}, "grants": [{"role": "Viewer"}]},
    ):
        publish(world, {"name": "The rule", **rule})
        with pytest.raises(Conflict, match="The rule"):
            delete(world, saml)
        assert roles_of(world, ana) == {"Viewer"}
    publish(world)
    assert roles_of(world, ana) == set()
    delete(world, saml)
    assert world.rows(GROUPS) == []
