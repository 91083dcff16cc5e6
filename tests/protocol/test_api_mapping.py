"""Role mapping over the API: drafts, plans, approvals, publishes, revisions, the pause (Account Owners at work)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import Database
from app.models import AuditEvent
from app.models.base import table
from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.api_client import Api, done, places, problem
from tests.protocol.conftest import Scim

EVENTS = table(AuditEvent)


@pytest.fixture
def owners(api: Api) -> tuple[Api, Api]:
    """Two Account Owners, each at work in their own name."""
    for name in ("olivia", "oscar"):
        api.create("/users", {"user_name": name, "roles": ["Account Owner"]})
    return api.acting_as("olivia"), api.acting_as("oscar")


@pytest.fixture
def people(scim: Scim) -> list[str]:
    """Three people of the directory, by their ids."""
    return [scim.create("/Users", a_user(f"{name}@acme.example"))["id"] for name in ("ana", "bob", "eve")]


@pytest.fixture
def group(scim: Scim, people: list[str]) -> str:
    """A group with the first two of them."""
    made = scim.create("/Groups", a_group("MC Marketing", people[:2]))
    id: str = made["id"]
    return id


def a_rule(group: str, *roles: str, name: str = "Marketing", **more: Any) -> dict[str, Any]:
    """A rule for a group."""
    return {"name": name, "group": {"id": group}, "grants": [{"role": role} for role in roles], **more}


def a_draft(api: Api, *rules: dict[str, Any], title: str = "Next") -> dict[str, Any]:
    """A draft with these rules."""
    return api.create("/mapping/drafts", {"title": title, "document": {"rules": list(rules)}})


def a_plan(api: Api, *rules: dict[str, Any]) -> dict[str, Any]:
    """A plan of a draft with these rules."""
    return api.create(f"/mapping/drafts/{a_draft(api, *rules)['id']}/plan", {"reason": "Ticket 4711"})


def publish(api: Api, plan: dict[str, Any]) -> Any:
    """What publishing a plan is answered."""
    return api.post(f"/mapping/plans/{plan['id']}/publish")


def roles_of(api: Api, user: str) -> set[str]:
    """The roles that somebody has."""
    return {one["role"] for one in api.read(f"/users/{user}/access")["assignments"]}


def test_from_a_draft_to_a_revision_and_back(owners: tuple[Api, Api], group: str, people: list[str]) -> None:
    """What one owner may decide alone: seen before it happens, published as it was seen, undone by the same way."""
    olivia, _ = owners
    draft = a_draft(olivia, a_rule(group, "Marketer"))
    assert (draft["base_revision"], draft["problems"], draft["changes"]["added"]) == (0, [], ["Marketing"])
    plan = olivia.create(f"/mapping/drafts/{draft['id']}/plan", {"reason": "Ticket 4711"})
    summary = plan["summary"]
    assert (plan["state"], plan["needs"], plan["author"]) == ("open", [], "olivia")
    assert (summary["people_gaining"], summary["people_new"], summary["rows"]) == (2, 2, 2)
    assert [(one["role"], one["gained"], one["privileged"]) for one in summary["roles"]] == [("Marketer", 2, False)]
    rows = olivia.every(f"/mapping/plans/{plan['id']}/rows", limit=1)
    assert [(row["user_name"], row["change"], row["role"], row["rule"], row["group"]) for row in rows] == [
        (name, "gained", "Marketer", "Marketing", "MC Marketing") for name in ("ana@acme.example", "bob@acme.example")
    ]
    wanted = 'user_name sw "ANA" and role eq "marketer" and standing eq "new"'
    assert len(olivia.every(f"/mapping/plans/{plan['id']}/rows", filter=wanted)) == 1
    assert roles_of(olivia, people[0]) == set()

    revision = done(publish(olivia, plan))
    assert (revision["number"], revision["author"], revision["approver"]) == (1, "olivia", None)
    assert (revision["reason"], revision["plan_id"]) == ("Ticket 4711", plan["id"])
    assert revision["changes"]["added"] == ["Marketing"]
    assert roles_of(olivia, people[0]) == {"Marketer"}
    assert problem(olivia.get(f"/mapping/drafts/{draft['id']}")) == (404, "not-found")
    assert olivia.read(f"/mapping/plans/{plan['id']}")["state"] == "published"
    assert problem(publish(olivia, plan)) == (409, "conflict")

    second = done(publish(olivia, a_plan(olivia, a_rule(group, "Analyst"))))
    assert second["changes"]["changed"][0]["name"] == "Marketing"
    compared = olivia.read("/mapping/revisions/1/compare/2")
    [changed] = compared["changed"]
    assert (changed["fields"], changed["before"]["grants"], changed["after"]["grants"]) == (
        ["grants"],
        [{"role": "Marketer"}],
        [{"role": "Analyst"}],
    )
    restored = olivia.create("/mapping/revisions/1/restore", {})
    assert (restored["restored_from"], restored["problems"]) == (1, [])
    third = done(publish(olivia, olivia.create(f"/mapping/drafts/{restored['id']}/plan", {})))
    assert (third["number"], third["restored_from"]) == (3, 1)
    assert roles_of(olivia, people[1]) == {"Marketer"}
    assert [one["number"] for one in olivia.every("/mapping/revisions", sort="-number")] == [3, 2, 1]
    shown = olivia.read("/mapping")
    assert (shown["revision"], shown["document"]["rules"][0]["grants"], shown["paused"]) == (
        3,
        [{"role": "Marketer"}],
        None,
    )


def test_a_second_owner_approves_what_is_privileged(
    api: Api, owners: tuple[Api, Api], group: str, people: list[str]
) -> None:
    """Never the author, never who edited the draft last, never a program, never in their own favour."""
    olivia, oscar = owners
    plan = a_plan(olivia, a_rule(group, "Administrator"))
    assert [need["kind"] for need in plan["needs"]] == ["privileged"]
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "approval-needed")
    assert [need["kind"] for need in refused.json["needs"]] == ["privileged"]
    assert "Administrator" in refused.json["detail"]
    where = f"/mapping/plans/{plan['id']}/approve"
    for caller, why in ((olivia, "wrote"), (api, "only a person")):
        answer = caller.post(where, {})
        assert problem(answer) == (403, "forbidden")
        assert why in answer.json["detail"]
    assert problem(publish(api, plan)) == (409, "approval-needed")
    approved = done(oscar.post(where, {"reason": "seen"}))
    assert (approved["state"], approved["decided_by"], approved["decision_reason"]) == ("approved", "oscar", "seen")
    assert roles_of(api, people[0]) == set()
    revision = done(publish(olivia, plan))
    assert (revision["author"], revision["approver"]) == ("olivia", "oscar")
    assert roles_of(api, people[0]) == {"Administrator"}


def test_the_last_editor_of_a_draft_does_not_approve_it(owners: tuple[Api, Api], group: str) -> None:
    """Whoever plans what somebody else has written is not its only author."""
    olivia, oscar = owners
    draft = a_draft(oscar, a_rule(group, "Administrator"))
    plan = olivia.create(f"/mapping/drafts/{draft['id']}/plan", {})
    assert problem(oscar.post(f"/mapping/plans/{plan['id']}/approve", {})) == (403, "forbidden")
    done(olivia.patch(f"/mapping/drafts/{draft['id']}", {"title": "Renamed"}))
    assert problem(oscar.post(f"/mapping/plans/{plan['id']}/approve", {})) == (409, "conflict")
    assert olivia.read(f"/mapping/plans/{plan['id']}")["state"] == "outdated"
    again = olivia.create(f"/mapping/drafts/{draft['id']}/plan", {})
    assert done(oscar.post(f"/mapping/plans/{again['id']}/reject", {"reason": "no"}))["state"] == "rejected"
    assert problem(publish(olivia, again)) == (409, "conflict")


def test_an_account_with_one_owner_is_told_what_to_do(api: Api, group: str) -> None:
    """A second owner, or the operator's command line."""
    api.create("/users", {"user_name": "olivia", "roles": ["Account Owner"]})
    olivia = api.acting_as("olivia")
    refused = publish(olivia, a_plan(olivia, a_rule(group, "Administrator")))
    assert problem(refused) == (409, "approval-needed")
    assert "no second active Account Owner" in refused.json["detail"]
    assert "muster mapping publish" in refused.json["detail"]


def test_many_people_need_a_second_owner(owners: tuple[Api, Api], group: str, people: list[str]) -> None:
    """Above the account's own limit."""
    olivia, oscar = owners
    assert done(olivia.patch("/account", {"blast_radius": 1}))["blast_radius"] == 1
    plan = a_plan(olivia, a_rule(group, "Marketer"))
    assert [need["kind"] for need in plan["needs"]] == ["blast_radius"]
    assert problem(publish(olivia, plan)) == (409, "approval-needed")
    done(oscar.post(f"/mapping/plans/{plan['id']}/approve", {}))
    done(publish(oscar, plan))
    done(Api(olivia.app, olivia.key).patch("/account", {"blast_radius": None}))
    assert a_plan(olivia)["needs"] == []


def test_nobody_publishes_or_approves_their_own_access(
    api: Api, owners: tuple[Api, Api], scim: Scim, people: list[str]
) -> None:
    """Not as publisher, not as approver; and what an author gives themselves needs a second one."""
    olivia, oscar = owners
    done(api.post("/assignments", {"role": "Account Owner", "users": [people[0]]}))
    ana = api.acting_as(people[0])
    group = scim.create("/Groups", a_group("Owners at work", [people[0]]))["id"]
    plan = a_plan(ana, a_rule(group, "Marketer"))
    assert [need["kind"] for need in plan["needs"]] == ["own_access"]
    assert problem(publish(ana, plan)) == (403, "forbidden")
    assert problem(publish(olivia, plan)) == (409, "approval-needed")
    theirs = a_plan(olivia, a_rule(group, "Administrator"))
    assert problem(ana.post(f"/mapping/plans/{theirs['id']}/approve", {})) == (403, "forbidden")
    done(oscar.post(f"/mapping/plans/{theirs['id']}/approve", {}))
    assert problem(publish(ana, theirs)) == (403, "forbidden")
    done(publish(olivia, theirs))


def test_a_plan_that_was_overtaken_is_not_applied(
    owners: tuple[Api, Api], scim: Scim, group: str, people: list[str]
) -> None:
    """Somebody moved since: nothing happens, a new plan is there, and the difference is told."""
    olivia, _ = owners
    plan = a_plan(olivia, a_rule(group, "Marketer"))
    moved = a_patch(
        {"op": "add", "path": "members", "value": [{"value": people[2]}]},
        {"op": "remove", "path": f'members[value eq "{people[0]}"]'},
    )
    assert scim.patch(f"/Groups/{group}", moved).status_code in (200, 204)
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "plan-outdated")
    told = refused.json
    assert [row["user_name"] for row in told["new_rows"]] == ["eve@acme.example"]
    assert [row["user_name"] for row in told["gone_rows"]] == ["ana@acme.example"]
    assert (told["new_rows_in_all"], told["gone_rows_in_all"]) == (1, 1)
    assert "1 row is new, 1 is gone" in told["detail"]
    assert roles_of(olivia, people[1]) == set()
    assert olivia.read("/mapping")["revision"] == 0
    assert olivia.read(f"/mapping/plans/{plan['id']}")["state"] == "outdated"
    fresh = olivia.read(f"/mapping/plans/{told['plan']}")
    assert (fresh["state"], fresh["draft_id"], fresh["reason"]) == ("open", plan["draft_id"], "Ticket 4711")
    done(publish(olivia, fresh))
    assert (roles_of(olivia, people[0]), roles_of(olivia, people[2])) == (set(), {"Marketer"})


def test_an_approval_is_for_what_was_seen(owners: tuple[Api, Api], scim: Scim, group: str, people: list[str]) -> None:
    """What is planned anew has to be approved anew."""
    olivia, oscar = owners
    plan = a_plan(olivia, a_rule(group, "Administrator"))
    done(oscar.post(f"/mapping/plans/{plan['id']}/approve", {}))
    moved = a_patch({"op": "add", "path": "members", "value": [{"value": people[2]}]})
    assert scim.patch(f"/Groups/{group}", moved).status_code in (200, 204)
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "plan-outdated")
    assert problem(publish(olivia, {"id": refused.json["plan"]})) == (409, "approval-needed")


def test_what_does_not_matter_does_not_overtake_a_plan(
    owners: tuple[Api, Api], scim: Scim, group: str, people: list[str]
) -> None:
    """Another group, another name: the plan means the same as before."""
    olivia, _ = owners
    plan = a_plan(olivia, a_rule(group, "Marketer"))
    scim.create("/Groups", a_group("Others", people))
    assert scim.patch(f"/Users/{people[0]}", a_patch({"op": "replace", "path": "userName", "value": "anna"})).json
    done(publish(olivia, plan))


def test_two_publishes_of_one_time_are_put_together(owners: tuple[Api, Api], group: str) -> None:
    """Whoever comes second is told, and rebases rule by rule; what both changed is a conflict."""
    olivia, oscar = owners
    done(publish(olivia, a_plan(olivia, a_rule(group, "Viewer"), a_rule(group, "Viewer", name="Both"))))
    mine = a_draft(olivia, a_rule(group, "Analyst"), a_rule(group, "Analyst", name="Both"), title="Mine")
    plan = olivia.create(f"/mapping/drafts/{mine['id']}/plan", {})
    theirs = a_plan(
        oscar, a_rule(group, "Viewer"), a_rule(group, "Marketer", name="Both"), a_rule(group, "Viewer", name="New")
    )
    done(publish(oscar, theirs))
    assert problem(publish(olivia, plan)) == (409, "conflict")
    again = olivia.post(f"/mapping/drafts/{mine['id']}/plan", {})
    assert problem(again) == (409, "conflict")
    assert f"POST /mapping/drafts/{mine['id']}/rebase" in again.json["detail"]
    rebased = done(olivia.post(f"/mapping/drafts/{mine['id']}/rebase"))
    assert (rebased["base_revision"], rebased["conflicts"]) == (2, ["Both"])
    by_name = {rule["name"]: rule["grants"][0]["role"] for rule in rebased["document"]["rules"]}
    assert by_name == {"Marketing": "Analyst", "Both": "Analyst", "New": "Viewer"}
    done(publish(olivia, olivia.create(f"/mapping/drafts/{mine['id']}/plan", {})))


def test_a_draft_may_be_wrong_and_has_versions(owners: tuple[Api, Api], group: str) -> None:
    """Its problems are told; who has not seen the last change does not overwrite it."""
    olivia, oscar = owners
    wrong = a_draft(olivia, a_rule(group, "Marketr"), title="Wrong")
    assert "did you mean 'Marketer'" in wrong["problems"][0]
    refused = olivia.post(f"/mapping/drafts/{wrong['id']}/plan", {})
    assert problem(refused) == (400, "invalid")
    assert "Marketr" in refused.json["detail"]
    where = f"/mapping/drafts/{wrong['id']}"
    tag = olivia.get(where).headers["ETag"]
    better = {"document": {"rules": [a_rule(group, "Marketer")]}}
    changed = oscar.patch(where, better, If_Match=tag)
    assert (changed.json["version"], changed.json["author"], changed.json["problems"]) == (2, "oscar", [])
    assert problem(olivia.patch(where, {"title": "x"}, If_Match=tag)) == (412, "stale")
    assert places(olivia.patch(where, {"document": {"rules": [1]}})) == {"/document"}
    assert olivia.delete(where).status_code == 204
    assert problem(olivia.get(where)) == (404, "not-found")


def test_the_same_call_makes_one_draft(owners: tuple[Api, Api]) -> None:
    """An idempotency key is honoured."""
    olivia, _ = owners
    first, second = (olivia.post("/mapping/drafts", {"title": "Once"}, Idempotency_Key="one") for _ in range(2))
    assert first.json["id"] == second.json["id"]
    assert len(olivia.every("/mapping/drafts", filter='title eq "once"')) == 1


@pytest.mark.parametrize("rule", ["Marketing", None])
def test_a_pause_takes_nothing_and_a_resume_is_planned(
    owners: tuple[Api, Api], scim: Scim, group: str, people: list[str], rule: str | None
) -> None:
    """While it lasts, nobody gains or loses; what moved is made up for by a plan that was seen."""
    olivia, _ = owners
    done(publish(olivia, a_plan(olivia, a_rule(group, "Marketer"))))
    which = {"rule": rule} if rule else {}
    assert done(olivia.post("/mapping/pause", which | {"reason": "rebuilt"}))["revision"] == 2
    assert problem(olivia.post("/mapping/pause", which)) == (409, "conflict")
    moved = a_patch(
        {"op": "add", "path": "members", "value": [{"value": people[2]}]},
        {"op": "remove", "path": f'members[value eq "{people[0]}"]'},
    )
    assert scim.patch(f"/Groups/{group}", moved).status_code in (200, 204)
    assert (roles_of(olivia, people[0]), roles_of(olivia, people[2])) == ({"Marketer"}, set())
    if rule is None:
        assert olivia.read("/mapping")["paused"] is not None
        draft = a_draft(olivia)
        assert problem(olivia.post(f"/mapping/drafts/{draft['id']}/plan", {})) == (409, "conflict")
    plan = olivia.create("/mapping/resume", which)
    rows = olivia.every(f"/mapping/plans/{plan['id']}/rows")
    assert {(row["user_name"], row["change"]) for row in rows} == {
        ("eve@acme.example", "gained"),
        ("ana@acme.example", "lost"),
    }
    revision = done(publish(olivia, plan))
    assert revision["number"] == 3
    assert (roles_of(olivia, people[0]), roles_of(olivia, people[2])) == (set(), {"Marketer"})
    assert olivia.read("/mapping")["paused"] is None
    assert problem(olivia.post("/mapping/resume", which)) == (409, "conflict")


def test_a_plan_tells_what_is_questionable(owners: tuple[Api, Api], scim: Scim, group: str, people: list[str]) -> None:
    """Rules for nobody, groups without a rule, overlaps, contradictions, duties that belong apart: each with rules."""
    olivia, _ = owners
    create, launch = "campaigns.email.create", "campaigns.email.launch"
    for name, effect, key in (("Creator", "allow", create), ("Launcher", "allow", launch), ("Not", "deny", launch)):
        olivia.create("/roles", {"name": name, "statements": [{"permission": key, "effect": effect}]})
    olivia.create("/separations", {"name": "Four eyes", "permissions": [create, launch]})
    nobody = scim.create("/Groups", a_group("Nobody"))["id"]
    scim.create("/Groups", a_group("Unmapped", [people[2]]))
    other = scim.create("/Groups", a_group("MC Others", [people[0]]))["id"]
    resting = scim.create("/Groups", a_group("Resting", [people[1]]))["id"]
    plan = a_plan(
        olivia,
        {**a_rule(resting, "Viewer", name="Rests"), "paused": True},
        a_rule(group, "Creator", name="Creators"),
        a_rule(other, "Launcher", name="Launchers"),
        a_rule(other, "Launcher", name="Again"),
        a_rule(group, "Viewer", name="Viewers"),
        a_rule(nobody, "Viewer", name="Empty"),
    )
    summary = plan["summary"]
    assert summary["rules_without_people"] == ["Empty"]
    assert [(one["name"], one["members"]) for one in summary["unmapped_groups"]] == [("Unmapped", 1)]
    [overlap] = summary["overlaps"]
    assert (set(overlap["rules"]), overlap["people"], overlap["people_of_first"]) == ({"Again", "Launchers"}, 1, 1)
    [hit] = summary["separations"]
    assert (hit["separation"], hit["people"], hit["new_people"]) == ("Four eyes", 1, 1)
    assert hit["rules"] == ["Again", "Creators", "Launchers"]
    assert summary["contradictions"] == []
    denied = a_plan(olivia, a_rule(group, "Not", name="Deny"), a_rule(other, "Launcher", name="Launchers"))
    [contradiction] = denied["summary"]["contradictions"]
    assert (contradiction["denies"], contradiction["allows"], contradiction["people"]) == ("Not", "Launcher", 1)
    assert (contradiction["permissions"], contradiction["rules"]) == ([launch], ["Deny", "Launchers"])
    assert denied["summary"]["separations"] == []


def test_separations_are_kept_by_owners(api: Api, owners: tuple[Api, Api]) -> None:
    """Names are unique, permissions are real ones, and everything stands in the trail."""
    olivia, _ = owners
    keys = ["campaigns.email.create", "campaigns.email.launch"]
    made = olivia.create("/separations", {"name": "Four eyes", "permissions": keys, "reason": "policy"})
    assert problem(olivia.post("/separations", {"name": "FOUR eyes", "permissions": keys})) == (409, "conflict")
    assert places(olivia.post("/separations", {"name": "x", "permissions": [keys[0], "nope"]})) == {"/permissions/1"}
    changed = done(olivia.patch(f"/separations/{made['id']}", {"name": "Two people"}))
    assert (changed["name"], changed["permissions"], changed["reason"]) == ("Two people", keys, "policy")
    assert [one["name"] for one in olivia.every("/separations", filter='name co "people"')] == ["Two people"]
    api.create("/users", {"user_name": "vera", "roles": ["Viewer"]})
    assert problem(api.acting_as("vera").delete("/separations/Two people")) == (403, "forbidden")
    assert olivia.delete("/separations/Two people").status_code == 204
    assert problem(olivia.get("/separations/Two people")) == (404, "not-found")


def test_only_owners_prepare_and_publish(api: Api, owners: tuple[Api, Api], group: str) -> None:
    """Nobody else has a part in it, whatever else they administer."""
    olivia, _ = owners
    plan = a_plan(olivia, a_rule(group, "Marketer"))
    api.create("/users", {"user_name": "adam", "roles": ["Administrator"]})
    adam = api.acting_as("adam")
    for answer in (
        adam.post("/mapping/drafts", {"title": "Mine"}),
        adam.post(f"/mapping/drafts/{plan['draft_id']}/plan", {}),
        adam.post(f"/mapping/plans/{plan['id']}/approve", {}),
        adam.post("/mapping/pause", {}),
        publish(adam, plan),
    ):
        assert problem(answer) == (403, "forbidden")
    assert adam.read(f"/mapping/plans/{plan['id']}")["state"] == "open"


def test_every_step_stands_in_the_trail(
    database: Database, customer: Customer, owners: tuple[Api, Api], group: str, people: list[str]
) -> None:
    """Draft, plan, approval, publish, and what each person gained by which rule, group and revision."""
    olivia, oscar = owners
    plan = a_plan(olivia, a_rule(group, "Administrator"))
    done(oscar.post(f"/mapping/plans/{plan['id']}/approve", {}))
    done(publish(oscar, plan))
    query = select(EVENTS).where(EVENTS.c.account_id == customer.account_id).order_by(EVENTS.c.sequence)
    with database.reading() as session:
        rows = list(session.execute(query).all())
    actions = [row.action for row in rows]
    for action in ("mapping.draft_created", "mapping.planned", "mapping.approved", "mapping.published"):
        assert action in actions
    granted = [row for row in rows if row.action == "access.granted" and row.target_id in people]
    assert {row.target_id for row in granted} == set(people[:2])
    assert granted[0].after == {
        "role": "Administrator",
        "scope": "account",
        "reach": "account",
        "rule": "Marketing",
        "group": "MC Marketing",
        "revision": 1,
    }
    assert {row.actor_name for row in granted} == {"oscar"}
