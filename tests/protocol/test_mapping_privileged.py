"""What counts as privileged is not changed by one owner alone, before a publish or after it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.services import accounts, roles
from tests.builders import a_group, a_user
from tests.protocol.api_client import Api, done, problem
from tests.protocol.browser import form_of
from tests.protocol.conftest import Scim
from tests.protocol.mapping_world import MappingWorld
from tests.protocol.test_second_owner import a_plan, approve, issued_by, refusal

PLAIN, PRIVILEGED = "contacts.people.view", "contacts.people.export"


@pytest.fixture
def owners(database: Database, api: Api) -> tuple[Api, Api]:
    """Two Account Owners, each at work in their own name, and a role of the account's own."""
    with database.writing() as session:
        for name in ("olivia", "oscar"):
            accounts.create_owner(session, api.account_id, name)
    api.create("/roles", {"name": "Helper", "statements": [{"permission": PLAIN, "effect": "allow"}]})
    return api.acting_as("olivia"), api.acting_as("oscar")


@pytest.fixture
def group(scim: Scim) -> str:
    """A group with one person in it."""
    made: str = scim.create("/Groups", a_group("Team", [scim.create("/Users", a_user("ana"))["id"]]))["id"]
    return made


def a_draft(api: Api, **rule: Any) -> str:
    rules = [{"name": "Rule", "grants": [{"role": "Helper"}]} | rule]
    made: str = api.create("/mapping/drafts", {"title": "Next", "document": {"rules": rules}})["id"]
    return made


def says(node: str, effect: str) -> dict[str, Any]:
    """What a role shall say at one node of the catalogue."""
    return {"statements": [{"permission": node, "effect": effect}]}


def mapped(api: Api, **rule: Any) -> None:
    """Published by one owner alone, who needs no second one for it."""
    done(api.post(f"/mapping/plans/{a_plan(api, a_draft(api, **rule))}/publish"))


def test_no_owner_takes_the_mark_off_a_role_alone(database: Database, api: Api, owners: tuple[Api, Api]) -> None:
    """Else it would be published, and nobody asked; nor by a key of theirs, but a program and the operator may."""
    olivia, _ = owners
    done(olivia.patch("/roles/Helper", {"privileged": True}))
    for one in (olivia, issued_by(database, api, "olivia")):
        why = refusal(one.patch("/roles/Helper", {"privileged": False}))
        assert "Helper is marked as privileged, and its mark would be taken off" in why
        assert "a second Account Owner agrees to a configuration file that says it, or the operator" in why
    done(olivia.patch("/roles/Helper", {"description": "Helps"}))
    done(api.patch("/roles/Helper", {"privileged": False}))


def test_a_role_that_mapping_gives_gets_nothing_privileged_from_one_owner(owners: tuple[Api, Api], group: str) -> None:
    """By whatever rule; a role that no rule gives gets what its owner likes, and less is always possible."""
    olivia, _ = owners
    more = says(PRIVILEGED, "allow")
    done(olivia.patch("/roles/Helper", more))
    done(olivia.patch("/roles/Helper", says(PRIVILEGED, "unset")))
    mapped(olivia, group={"id": group})
    why = refusal(olivia.patch("/roles/Helper", more))
    assert f"role mapping gives Helper (by Rule), and it would say something else about {PRIVILEGED}" in why
    done(olivia.patch("/roles/Helper", says("contacts.lists", "allow")))
    done(olivia.patch("/roles/Helper", says(PRIVILEGED, "deny")))
    assert "it would say something else" in refusal(olivia.patch("/roles/Helper", says(PRIVILEGED, "unset")))


def test_a_role_that_a_pattern_gives_gets_nothing_privileged_either(owners: tuple[Api, Api], scim: Scim) -> None:
    """The rule names it by no word: the group does."""
    olivia, _ = owners
    scim.create("/Groups", a_group("is-helper"))
    mapped(olivia, pattern={"text": "is-{role}"}, grants=[{"role": "{role}"}])
    assert "(by Rule)" in refusal(olivia.patch("/roles/Helper", says(PRIVILEGED, "allow")))


def test_a_role_that_becomes_more_while_its_plan_waits_outdates_it(owners: tuple[Api, Api], group: str) -> None:
    """Also one that was privileged before: whoever approved has not seen that."""
    olivia, oscar = owners
    done(olivia.patch("/roles/Helper", says(PRIVILEGED, "allow")))
    plan = a_plan(olivia, a_draft(olivia, group={"id": group}))
    done(approve(oscar, plan))
    done(olivia.patch("/roles/Helper", says("contacts.people.delete", "allow")))
    assert problem(olivia.post(f"/mapping/plans/{plan}/publish")) == (409, "plan-outdated")


def test_no_owner_takes_the_mark_off_a_permission_alone(api: Api, owners: tuple[Api, Api]) -> None:
    """Nor what has it away, to bring it back without; a platform's own program may."""
    olivia, _ = owners
    manifest = api.read("/catalogue")["manifest"] | {"name": "newsletter", "version": "1"}
    done(olivia.put("/catalogue", {"manifest": manifest}))
    unmarked = without(manifest, lambda one: {name: value for name, value in one.items() if name != "privileged"})
    for less in (unmarked, without(manifest, lambda _: None)):
        why = refusal(olivia.put("/catalogue", {"manifest": less, "drop": True}))
        assert f"{PRIVILEGED}: privileged, and would be so no longer, or be gone" in why
    assert PRIVILEGED in str(api.read("/catalogue")["manifest"])
    done(api.put("/catalogue", {"manifest": unmarked}))


def test_no_owner_lets_another_permission_mean_administration_alone(api: Api, owners: tuple[Api, Api]) -> None:
    """Else whoever has a harmless one by mapping would give roles by it."""
    olivia, _ = owners
    manifest = api.read("/catalogue")["manifest"] | {"name": "newsletter", "version": "1"}
    manifest["administration"] = manifest["administration"] | {"assign_roles": PLAIN}
    why = refusal(olivia.put("/catalogue", {"manifest": manifest}))
    assert f"{PLAIN} would be the permission for assign_roles" in why
    done(api.put("/catalogue", {"manifest": manifest}))


def test_a_new_privileged_permission_comes_into_no_mapped_role_by_one_owner(
    api: Api, owners: tuple[Api, Api], group: str
) -> None:
    """A role that gives a whole section gives what is put there."""
    olivia, _ = owners
    manifest = without(api.read("/catalogue")["manifest"] | {"name": "newsletter", "version": "1"}, lambda _: None)
    done(api.put("/catalogue", {"manifest": manifest, "drop": True}))
    done(olivia.patch("/roles/Helper", says("contacts.people", "allow")))
    done(olivia.patch("/roles/Helper", says("contacts.people.delete", "deny")))
    mapped(olivia, group={"id": group})
    again = api.read("/catalogue")["manifest"] | {"version": "2"}
    full = api.read("/profiles/email-marketing")["manifest"]
    again["tabs"] = full["tabs"]
    assert "it would say something else about" in refusal(olivia.put("/catalogue", {"manifest": again}))
    done(api.put("/catalogue", {"manifest": again}))


def without(manifest: dict[str, Any], change: Any) -> dict[str, Any]:
    """A manifest in which the privileged permission is another one, or is gone."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if node.get("key") == PRIVILEGED:
                return change(node)
            return {name: walk(value) for name, value in node.items()}
        if isinstance(node, list):
            return [walked for one in node if (walked := walk(one)) is not None]
        return node

    return {**walk(manifest), "version": f"{manifest.get('version', '1')}-less"}


def test_a_file_says_it_as_soon_as_a_second_owner_agrees(owners: tuple[Api, Api], group: str) -> None:
    """Which is the way for two owners to do it."""
    olivia, oscar = owners
    mapped(olivia, group={"id": group})
    yaml = f"roles:\n  - name: Helper\n    allow: [{PLAIN}, {PRIVILEGED}]\n"
    proposed = olivia.post("/configuration/apply", {"yaml": yaml})
    assert proposed.status_code == 202, proposed.json
    assert [need["kind"] for need in proposed.json["needs"]] == ["privileged"]
    assert "role mapping gives Helper (by Rule)" in proposed.json["needs"][0]["detail"]
    place = f"/configuration/proposals/{proposed.json['proposal']}/approve"
    assert olivia.post(place, {}).status_code == 403
    assert done(oscar.post(place, {}))["status"] == "applied"
    assert olivia.read("/roles/Helper")["is_privileged"] is True


def test_a_file_does_not_unmark_and_publish_at_once(owners: tuple[Api, Api], group: str) -> None:
    """Neither in one file nor in two."""
    olivia, _ = owners
    done(olivia.patch("/roles/Helper", {"privileged": True}))
    yaml = (
        f"roles:\n  - name: Helper\n    allow: [{PLAIN}]\n"
        f"mapping:\n  rules:\n    - {{name: Rule, group: {{id: {group}}}, grants: [{{role: Helper}}]}}\n"
    )
    proposed = olivia.post("/configuration/apply", {"yaml": yaml})
    assert proposed.status_code == 202, proposed.json
    assert ["its mark would be taken off" in need["detail"] for need in proposed.json["needs"]] == [True]


def test_to_let_people_work_where_a_unit_has_a_privileged_role_needs_a_second(
    api: Api, owners: tuple[Api, Api], group: str
) -> None:
    """They have that role by it."""
    olivia, _ = owners
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    api.create("/business-units", {"key": "apac", "name": "APAC"})
    done(api.post("/assignments", {"principal_unit": "emea", "role": "Administrator"}))
    for unit, needs in (("apac", []), ("emea", ["privileged"])):
        draft = a_draft(olivia, group={"id": group}, grants=[], works_in=[{"unit": unit}])
        plan = olivia.read(f"/mapping/plans/{a_plan(olivia, draft)}")
        assert [one["kind"] for one in plan["needs"]] == needs


def test_the_console_says_why_a_mark_stays(app: Flask, database: Database) -> None:
    """On the page on which it would be taken off."""
    world = MappingWorld(app, database)
    with database.writing() as session:
        made = roles.create_role(session, world.account_id, "Chief", privileged=True).role
    place = f"/console/roles/{made.id}/settings"
    form = form_of(world.console.open(place), place)
    refused = world.console.send(place, **{name: value for name, value in form.items() if name != "privileged"})
    assert refused.status_code == 403
    assert "Chief is marked as privileged, and its mark would be taken off" in refused.text
    assert "a second Account Owner agrees to a configuration file" in refused.text
