"""Roles that mapping may give are an allow-list of each connection; Account Owner is never on it (R-4)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.services import accounts, connections
from app.services.errors import Conflict, Refused
from app.services.mapping_resolution import InvalidMapping
from app.stores.mapping_rules import latest_document
from tests.builders import ENTERPRISE, a_group
from tests.protocol.api_client import Api, an_api_key, done, problem
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.sign_in_world import Saml, World
from tests.protocol.test_sign_in_groups import claiming, groups_of, publish, roles_of, signs_in, told


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def api(world: World, app: Flask, database: Database) -> Api:
    return Api(app, an_api_key(database, world.account_id), world.account_id)


def a_rule(name: str, role: str, **given: Any) -> dict[str, Any]:
    return {"name": name, "grants": [{"role": role}], **given}


def limited(world: World, *roles: str, **given: Any) -> Saml:
    """A connection of the directory that people and groups are pushed into, with a list."""
    return world.saml(directory=world.customer.directory_id, mapped_roles=[*roles], **given)


def refused(world: World, *rules: dict[str, Any]) -> str:
    """Why these rules are not published."""
    with pytest.raises(InvalidMapping) as caught:
        publish(world, *rules)
    return str(caught.value)


def test_r04_a_rule_by_pushed_groups_gives_only_what_is_on_the_list(world: World) -> None:
    """Whatever it is bound by: a group, a pattern, or attributes of the directory's people."""
    limited(world, "Viewer", "Analyst")
    group = world.scim.create("/Groups", a_group("Sales"))
    here = {"directory": world.customer.directory_name}
    bound = [
        {"group": {"id": group["id"]}},
        {"pattern": {"text": "Sa{rest}", **here}},
        {"where": f'{ENTERPRISE}:department eq "Sales"', **here},
        {"where": f'{ENTERPRISE}:department eq "Sales"'},
    ]
    for conditions in bound:
        said = refused(world, a_rule("R", "Marketer", **conditions))
        assert "Marketer is none of the roles that mapping gives by S " in said, conditions
        publish(world, a_rule("R", "Viewer", **conditions))
        publish(world, a_rule("R", "Marketer", paused=True, **conditions))


def test_r04_a_plan_says_so(world: World, api: Api) -> None:
    limited(world, "Viewer")
    group = world.scim.create("/Groups", a_group("Sales"))
    document = {"rules": [a_rule("R", "Marketer", group={"id": group["id"]})]}
    draft = api.create("/mapping/drafts", {"title": "T", "document": document})
    answer = api.post(f"/mapping/drafts/{draft['id']}/plan", {"reason": "Ticket 4711"})
    assert answer.status_code in (400, 422), answer.text
    assert "Marketer is none of the roles that mapping gives by" in answer.text


def test_r04_groups_named_by_claims(world: World) -> None:
    """The list of the connection that names them counts; a pattern captures nothing that is not on it."""
    saml = claiming(world, mapped_roles=["Viewer"])
    ana = signs_in(saml, groups=["mc-Viewer", "mc-Marketer"])
    publish(world, {"name": "P", "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]})
    assert groups_of(world, ana) == {"mc-Viewer", "mc-Marketer"}
    assert roles_of(world, ana) == {"Viewer"}
    assert roles_of(world, signs_in(saml, "s-2", groups=["mc-Marketer", "mc-Analyst"])) == set()  # a new group, too
    assert "only the roles of this connection's list" in told(world)
    free = claiming(world)
    assert roles_of(world, signs_in(free, "s-3", groups=["mc-Marketer"])) == {"Marketer"}


def test_r04_no_list_that_published_rules_do_not_keep_to(world: World) -> None:
    """Neither by another list, nor by another directory; captures count, paused rules do not."""
    saml = world.saml(directory=world.customer.directory_id)
    group = world.scim.create("/Groups", a_group("mc-Marketer"))
    publish(world, a_rule("R", "Analyst", group={"id": group["id"]}))
    for roles in (["Viewer"], []):
        with pytest.raises(Conflict, match="Analyst"):
            world.change(saml.id, mapped_roles=roles)
    world.change(saml.id, mapped_roles=["Analyst"])
    world.change(saml.id, mapped_roles=None)
    other = world.saml(mapped_roles=["Viewer"])
    with pytest.raises(Conflict, match="Analyst"):
        world.change(other.id, directory=world.customer.directory_id)
    publish(world, {"name": "P", "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]})
    with pytest.raises(Conflict, match="Marketer"):
        world.change(saml.id, mapped_roles=["Viewer"])
    publish(world, {"name": "P", "paused": True, "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]})
    world.change(saml.id, mapped_roles=["Viewer"])
    assert "Marketer" not in str(world.trusted(saml.id).mapped_roles)


def test_r04_other_directories_are_not_concerned(world: World) -> None:
    """Nor groups and people of the account's own."""
    claiming(world, mapped_roles=[])
    group = world.scim.create("/Groups", a_group("Sales"))
    publish(
        world,
        a_rule("R", "Marketer", group={"id": group["id"]}),
        a_rule("F", "Analyst", where=f'{ENTERPRISE}:department eq "Sales"'),
    )
    with world.database.reading() as session:
        assert len((latest_document(session, world.account_id) or {})["rules"]) == 2


def test_r04_account_owner_is_never_on_it(world: World, api: Api) -> None:
    """Also where the account lets mapping make owners; unknown roles are refused, too."""
    saml = world.saml(directory=world.customer.directory_id)
    done(api.patch("/account", {"maps_owner": True}))
    for wrong in (["Account Owner"], ["Viewer", "account owner"], ["Nobody"]):
        answer = api.patch(f"/connections/{saml.id}", {"mapped_roles": wrong})
        assert problem(answer) == (400, "invalid"), answer.text
        with pytest.raises(Refused):
            world.change(saml.id, mapped_roles=wrong)
    shown = done(api.patch(f"/connections/{saml.id}", {"mapped_roles": ["viewer", "Analyst", "Viewer"]}))
    assert shown["mapped_roles"] == ["Analyst", "Viewer"]
    assert api.read(f"/connections/{saml.id}")["mapped_roles"] == ["Analyst", "Viewer"]
    group = world.scim.create("/Groups", a_group("Bosses"))
    assert "Account Owner is none of the roles" in refused(
        world, a_rule("R", "Account Owner", group={"id": group["id"]})
    )
    assert done(api.patch(f"/connections/{saml.id}", {"mapped_roles": None}))["mapped_roles"] is None


def test_r04_only_owners_change_the_list(world: World, api: Api) -> None:
    """A key needs `access:write` for it, a person has to be an Account Owner."""
    saml = world.saml(directory=world.customer.directory_id)
    with world.database.writing() as session:
        accounts.create_owner(session, world.account_id, "boss@acme.example")
    assert done(api.acting_as("boss@acme.example").patch(f"/connections/{saml.id}", {"mapped_roles": []}))
    plain = world.push("plain@acme.example")
    assert plain
    answer = api.acting_as("plain@acme.example").patch(f"/connections/{saml.id}", {"mapped_roles": None})
    assert problem(answer)[0] == 403
    with world.database.reading() as session:
        found = connections.get(session, world.account_id, PUBLIC_URL, saml.id)
    assert found.mapped_roles == ()
