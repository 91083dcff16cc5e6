"""An account's access as a document, by the administration API: read, planned, applied, agreed to, owned."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from app.db import Database
from app.services import accounts
from tests.builders import a_group, a_user
from tests.protocol.api_client import Api, an_api_key, done, places, problem
from tests.protocol.conftest import Scim

VIEW, LAUNCH = "campaigns.email.view", "campaigns.email.launch"
TEXT = f"""business_units:
  - {{key: emea, name: Europe}}
roles:
  - name: Reader
    allow: [{VIEW}]
"""


@pytest.fixture
def owners(database: Database, api: Api) -> tuple[str, str]:
    """Two Account Owners."""
    with database.writing() as session:
        made = [accounts.create_owner(session, api.account_id, name).id for name in ("olivia", "oscar")]
    return made[0], made[1]


def privileged(scim: Scim) -> tuple[str, str]:
    """A configuration whose rule gives a privileged role to somebody; their id."""
    person = scim.post("/Users", a_user()).json["id"]
    group = scim.post("/Groups", a_group("Launchers", [person])).json["id"]
    rule = f"{{name: R, group: {{id: {group}}}, grants: [{{role: Boss}}]}}"
    return f"roles: [{{name: Boss, privileged: true, allow: [{LAUNCH}]}}]\nmapping: {{rules: [{rule}]}}\n", person


def test_a_configuration_is_planned_applied_and_read_back(api: Api) -> None:
    """As YAML and as an object; a plan changes nothing, and its digest holds the application to it."""
    plan = done(api.post("/configuration/plan", {"yaml": TEXT}))
    assert [(one["action"], one["kind"], one["name"]) for one in plan["steps"]] == [
        ("create", "unit", "emea"),
        ("create", "role", "Reader"),
    ]
    assert (plan["status"], plan["mapping"], plan["needs"]) == ("planned", None, [])
    assert api.read("/configuration")["applied"] is None
    refused = api.post("/configuration/apply", {"yaml": TEXT, "digest": "another"})
    assert problem(refused) == (409, "plan-outdated")
    applied = done(api.post("/configuration/apply", {"yaml": TEXT, "digest": plan["digest"], "file": "access.yaml"}))
    assert (applied["status"], applied["steps"]) == ("applied", plan["steps"])
    read = api.read("/configuration")
    assert {"key": "emea", "name": "Europe", "parent": "root"} in read["document"]["business_units"]
    assert (read["applied"]["file"], read["applied"]["objects"], read["applied"]["drift"]) == ("access.yaml", 2, [])
    assert done(api.post("/configuration/apply", {"document": read["document"]}))["status"] == "applied"
    assert done(api.post("/configuration/plan", {"yaml": read["yaml"]}))["steps"] == []
    assert api.read("/configuration")["yaml"] == read["yaml"]


def test_what_belongs_to_a_configuration_is_locked(api: Api) -> None:
    """Shown as such and refused, until it is released."""
    done(api.post("/configuration/apply", {"yaml": TEXT}))
    role, unit = api.read("/roles/Reader"), api.read("/business-units/emea")
    assert (role["from_code"], unit["from_code"], api.read("/business-units/root")["from_code"]) == (True, True, False)
    assert [one["key"] for one in api.every("/business-units", filter="from_code eq true")] == ["emea"]
    assert [one["name"] for one in api.every("/roles", filter="from_code eq true")] == ["Reader"]
    for answer in (
        api.patch("/roles/Reader", {"name": "Mine"}),
        api.delete("/roles/Reader"),
        api.patch("/business-units/emea", {"name": "Mine"}),
        api.post("/business-units/emea/move", {"parent": "root"}),
        api.delete("/business-units/emea"),
    ):
        assert problem(answer) == (409, "conflict")
        assert "is managed by code (configuration, applied on" in answer.json["detail"]
    assert done(api.post("/configuration/release", {"kind": "role", "name": "reader"})) == {
        "kind": "role",
        "name": "Reader",
    }
    assert done(api.patch("/roles/Reader", {"name": "Mine"}))["from_code"] is False
    assert problem(api.post("/configuration/release", {"kind": "role", "name": "Mine"}))[0] in (400, 404)


def test_everything_wrong_has_its_place(api: Api) -> None:
    """In an object by a pointer; in a text, which is one value of the request, by line."""
    document: dict[str, Any] = {
        "business_units": [{"key": "spain", "name": "Spain", "parent": "nowhere"}],
        "roles": [{"name": "R", "allow": [VIEW, "campaigns.nowhere"]}],
        "mapping": {"rules": [{"name": "M", "group": {"name": "None such"}, "grants": [{"role": "R"}]}]},
    }
    answer = api.post("/configuration/plan", {"document": document})
    assert problem(answer) == (400, "invalid")
    assert places(answer) == {
        "/document/business_units/0",
        "/document/roles/0/allow/1",
        "/document/mapping/rules/0/group",
    }
    answer = api.post("/configuration/apply", {"yaml": "roles:\n  - name: A\n  - nam: B\nrolls: 1\n", "file": "a.yaml"})
    assert problem(answer) == (400, "invalid")
    assert places(answer) == {"/yaml"}
    told = {one["detail"] for one in answer.json["errors"]}
    assert {one.partition(":")[0] for one in told} == {
        "roles[1].name (line 3)",
        "roles[1].nam (line 3)",
        "rolls (line 4)",
    }
    for body in (
        {},
        {"yaml": "a: 1", "document": {}},
        {"yaml": "a: [\n"},
        {"yaml": 'a: "\\0"\n'},
        {"yaml": 'a: "\\ud800"\n'},
    ):
        assert problem(api.post("/configuration/plan", body)) == (400, "invalid"), body


def test_a_second_owner_agrees_to_what_needs_one(api: Api, scim: Scim, owners: tuple[str, str]) -> None:
    """The document waits as a whole; neither its author nor a program approves it; the revision names both."""
    text, person = privileged(scim)
    first, second = (api.acting_as(owner) for owner in owners)
    answer = first.post("/configuration/apply", {"yaml": text, "reason": "Ticket 1"})
    assert answer.status_code == 202
    assert (answer.json["status"], [need["kind"] for need in answer.json["needs"]]) == ("proposed", ["privileged"])
    place = f"/configuration/proposals/{answer.json['proposal']}"
    assert problem(api.get("/roles/Boss")) == (404, "not-found")
    [waiting] = api.every("/configuration/proposals")
    assert (waiting["author_id"], waiting["reason"]) == (owners[0], "Ticket 1")
    assert done(second.post(f"{place}/plan"))["digest"] == answer.json["digest"]
    for nobody in (first, api):
        assert problem(nobody.post(f"{place}/approve", {})) == (403, "forbidden")
    assert done(second.post(f"{place}/approve", {"reason": "fine"}))["status"] == "applied"
    [held] = [one for one in api.every("/assignments", filter=f'user_id eq "{person}"') if one["role"] == "Boss"]
    assert held["sources"][0]["kind"] == "mapping"
    [revision] = api.every("/mapping/revisions")
    assert (revision["author_id"], revision["approver_id"]) == owners
    assert problem(second.post(f"{place}/approve", {})) == (409, "conflict")
    assert api.every("/configuration/proposals") == []


def test_a_proposal_that_would_do_something_else_is_not_applied(api: Api, scim: Scim, owners: tuple[str, str]) -> None:
    """Somebody joined the group since; the author proposes it once more, and may take it back."""
    text, _ = privileged(scim)
    first, second = (api.acting_as(owner) for owner in owners)
    proposal = first.post("/configuration/apply", {"yaml": text}).json["proposal"]
    group = scim.get("/Groups", filter='displayName eq "Launchers"').json["Resources"][0]["id"]
    other = scim.post("/Users", a_user()).json["id"]
    operation = {"op": "add", "path": "members", "value": [{"value": other}]}
    scim.patch(
        f"/Groups/{group}", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    )
    assert problem(second.post(f"/configuration/proposals/{proposal}/approve", {})) == (409, "plan-outdated")
    again = first.post("/configuration/apply", {"yaml": text}).json["proposal"]
    assert [one["id"] for one in api.every("/configuration/proposals")] == [again]
    assert first.post(f"/configuration/proposals/{again}/reject", {}).status_code == 204
    assert problem(second.post(f"/configuration/proposals/{again}/approve", {})) == (409, "conflict")


def test_a_proposal_is_for_the_groups_and_roles_that_were_seen(api: Api, scim: Scim, owners: tuple[str, str]) -> None:
    """Nobody is in the group yet; a name that stands for another role by now is noticed all the same."""
    scim.post("/Groups", a_group("Empty"))
    api.create("/roles", {"name": "Reader Y", "copy_of": "Administrator"})
    text = "mapping: {rules: [{name: R, group: {name: Empty}, grants: [{role: Reader Y}]}]}\n"
    first, second = (api.acting_as(owner) for owner in owners)
    proposal = first.post("/configuration/apply", {"yaml": text}).json["proposal"]
    done(api.patch("/roles/Reader Y", {"name": "Reader Z"}))
    api.create("/roles", {"name": "Reader Y", "copy_of": "Administrator"})
    assert problem(second.post(f"/configuration/proposals/{proposal}/approve", {})) == (409, "plan-outdated")
    assert api.read("/mapping")["revision"] == 0
    again = first.post("/configuration/apply", {"yaml": text}).json["proposal"]
    done(second.post(f"/configuration/proposals/{again}/approve", {}))
    assert api.read("/mapping")["revision"] == 1


def test_only_account_owners_and_programs_apply(api: Api, scim: Scim) -> None:
    """Nor does anybody else see what applying would mean."""
    person = scim.post("/Users", a_user()).json["id"]
    for path in ("/configuration/plan", "/configuration/apply"):
        assert problem(api.acting_as(person).post(path, {"yaml": TEXT})) == (403, "forbidden")
    release = {"kind": "role", "name": "Reader"}
    done(api.post("/configuration/apply", {"yaml": TEXT}))
    assert problem(api.acting_as(person).post("/configuration/release", release)) == (403, "forbidden")


def test_who_only_reads_holds_nobody_up(api: Api, database: Database) -> None:
    """A plan is carried out and undone, so a key that reads may see the configuration, and plan nothing."""
    reader = Api(api.app, an_api_key(database, api.account_id, "access:read"), api.account_id)
    assert reader.read("/configuration")["document"]
    for path in ("/configuration/plan", "/configuration/proposals/none/plan"):
        assert problem(reader.post(path, {"yaml": TEXT})) == (403, "insufficient-scope")


@pytest.mark.parametrize("held", [True, False])
def test_two_that_are_applied_at_once_take_turns(api: Api, held: bool) -> None:
    """With the digests of what both saw only one is; without, the second one says that it was planned anew."""
    texts = {name: TEXT.replace("Reader", name) for name in ("First", "Second")}
    plans = {name: done(api.post("/configuration/plan", {"yaml": text})) for name, text in texts.items()}
    digests = {name: {"digest": plan["digest"]} if held else {} for name, plan in plans.items()}
    start, answers = threading.Barrier(2), {}

    def apply(name: str) -> None:
        start.wait()
        answers[name] = api.post("/configuration/apply", {"yaml": texts[name], "file": name, **digests[name]})

    threads = [threading.Thread(target=apply, args=(name,)) for name in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    roles = {one["name"] for one in api.every("/roles", filter="from_code eq true")}
    if held:
        [winner] = [name for name, answer in answers.items() if answer.status_code == 200]
        [loser] = texts.keys() - {winner}
        assert problem(answers[loser]) == (409, "plan-outdated")
        assert done(answers[winner])["unseen"] is False
        assert roles == {winner}
        return
    assert [done(answer)["unseen"] for answer in answers.values()] == [True, True]
    steps = {name: {(one["action"], one["name"]) for one in done(answer)["steps"]} for name, answer in answers.items()}
    last = api.read("/configuration")["applied"]["file"]
    [first] = texts.keys() - {last}
    assert roles == {last}
    assert steps[first] == {("create", "emea"), ("create", first)}
    assert steps[last] == {("create", last), ("delete", first)}
