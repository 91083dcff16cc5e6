"""What an approval is worth: it covers what the rules mean, by whom they were written, and who has approved them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from app import audit
from app.db import Database
from app.services import mapping_approvals, mapping_drafts, mapping_publish
from app.services.errors import Conflict
from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.api_client import Api, done, problem
from tests.protocol.conftest import Scim

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def owners(api: Api) -> tuple[Api, Api, Api]:
    """Three Account Owners, each at work in their own name."""
    for name in ("olivia", "oscar", "otto"):
        api.create("/users", {"user_name": name, "roles": ["Account Owner"]})
    return api.acting_as("olivia"), api.acting_as("oscar"), api.acting_as("otto")


@pytest.fixture
def group(scim: Scim) -> str:
    """A group with one person in it."""
    made: str = scim.create("/Groups", a_group("Team", [scim.create("/Users", a_user("ana"))["id"]]))["id"]
    return made


def document(group: dict[str, str], role: str) -> dict[str, Any]:
    """A mapping of one rule."""
    return {"rules": [{"name": "Rule", "group": group, "grants": [{"role": role}]}]}


def a_draft(api: Api, group: dict[str, str], role: str) -> str:
    """The id of a draft with one rule."""
    made: str = api.create("/mapping/drafts", {"title": "Next", "document": document(group, role)})["id"]
    return made


def a_plan(api: Api, draft: str) -> dict[str, Any]:
    return api.create(f"/mapping/drafts/{draft}/plan", {})


def approve(api: Api, plan: dict[str, Any]) -> Any:
    return api.post(f"/mapping/plans/{plan['id']}/approve", {})


def publish(api: Api, plan: dict[str, Any]) -> Any:
    return api.post(f"/mapping/plans/{plan['id']}/publish")


def test_a_name_that_stands_for_another_role_is_noticed(owners: tuple[Api, Api, Api], scim: Scim, api: Api) -> None:
    """Nobody is in the group yet, so no row would tell: the role that the rule gives has become a privileged one."""
    olivia, oscar, _ = owners
    scim.create("/Groups", a_group("Empty"))
    api.create("/roles", {"name": "Reader Y"})
    plan = a_plan(olivia, a_draft(olivia, {"name": "Empty"}, "Reader Y"))
    assert (plan["needs"], plan["summary"]["rows"]) == ([], 0)
    done(approve(oscar, plan))
    done(api.patch("/roles/Reader Y", {"name": "Reader Z"}))
    api.create("/roles", {"name": "Reader Y", "copy_of": "Administrator"})
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "plan-outdated")
    assert "a second owner is needed by now, because privileged roles are concerned: Reader Y" in refused.json["detail"]
    fresh = {"id": refused.json["plan"]}
    assert problem(publish(olivia, fresh)) == (409, "approval-needed")
    assert problem(approve(olivia, fresh)) == (403, "forbidden")


def test_a_name_that_stands_for_another_group_is_noticed(owners: tuple[Api, Api, Api], scim: Scim, api: Api) -> None:
    """Even where nobody is in either of them."""
    olivia, _, _ = owners
    seen = scim.create("/Groups", a_group("Empty"))["id"]
    plan = a_plan(olivia, a_draft(olivia, {"name": "Empty"}, "Marketer"))
    scim.patch(f"/Groups/{seen}", a_patch({"op": "replace", "path": "displayName", "value": "Not empty"}))
    other = scim.create("/Groups", a_group("Empty"))["id"]
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "plan-outdated")
    assert "what its rules name is another group, role or business unit by now" in refused.json["detail"]
    assert api.read("/mapping")["revision"] == 0
    revision = done(publish(olivia, {"id": refused.json["plan"]}))
    assert revision["document"]["rules"][0]["group"]["id"] == other


def test_a_role_that_became_privileged_is_noticed(owners: tuple[Api, Api, Api], group: str, api: Api) -> None:
    """The same role, and nothing else has moved: only the need of a second owner is new."""
    olivia, _, _ = owners
    api.create("/roles", {"name": "Reader Y"})
    plan = a_plan(olivia, a_draft(olivia, {"id": group}, "Reader Y"))
    done(api.patch("/roles/Reader Y", {"privileged": True}))
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "plan-outdated")
    assert "a second owner is needed by now" in refused.json["detail"]


def test_the_stricter_limits_count(owners: tuple[Api, Api, Api], group: str, api: Api) -> None:
    """Those of the time when it was planned, and those of the time when it is published."""
    olivia, oscar, _ = owners
    done(api.patch("/account", {"blast_radius": 0}))
    plan = a_plan(olivia, a_draft(olivia, {"id": group}, "Marketer"))
    assert [need["kind"] for need in plan["needs"]] == ["blast_radius"]
    done(api.patch("/account", {"blast_radius": 50}))
    assert problem(publish(olivia, plan)) == (409, "approval-needed")
    done(approve(oscar, plan))
    done(publish(olivia, plan))
    later = a_plan(olivia, a_draft(olivia, {"id": group}, "Analyst"))
    assert later["needs"] == []
    done(olivia.patch("/account", {"blast_radius": 0}))
    refused = publish(olivia, later)
    assert problem(refused) == (409, "plan-outdated")
    assert "a second owner is needed by now, because 1 person is concerned" in refused.json["detail"]


def test_one_owner_only_tightens_the_limits(owners: tuple[Api, Api, Api], api: Api) -> None:
    """Who could switch them off alone would need nobody else; a program with the key, or the operator, may."""
    olivia, _, _ = owners
    assert done(olivia.patch("/account", {"blast_radius": 10, "maps_owner": True}))["blast_radius"] == 10
    for wider in ({"blast_radius": 11}, {"blast_radius": None}, {"approves_privileged": False}):
        refused = olivia.patch("/account", wider)
        assert problem(refused) == (403, "forbidden")
        assert next(iter(wider)) in refused.json["detail"]
        assert "muster mapping settings" in refused.json["detail"]
    done(api.patch("/account", {"blast_radius": None, "approves_privileged": False}))
    tight = done(olivia.patch("/account", {"blast_radius": 5, "approves_privileged": True}))
    assert (tight["blast_radius"], tight["approves_privileged"], tight["maps_owner"]) == (5, True, True)


def test_nobody_who_wrote_rules_of_it_approves(owners: tuple[Api, Api, Api], group: str, api: Api) -> None:
    """However many wrote them, and whoever changed the title or rebased it last."""
    olivia, oscar, otto = owners
    draft = a_draft(oscar, {"id": group}, "Administrator")
    place = f"/mapping/drafts/{draft}"
    more = document({"id": group}, "Administrator")
    more["rules"].append({**more["rules"][0], "name": "Another", "grants": [{"role": "Viewer"}]})
    done(olivia.patch(place, {"document": more}))
    titled = done(otto.patch(place, {"title": "Renamed"}))
    ids = {name: api.read(f"/users/{name}")["id"] for name in ("olivia", "oscar", "otto")}
    assert (titled["author"], titled["authors"]) == ("otto", [ids["oscar"], ids["olivia"]])
    done(publish(api, a_plan(api, a_draft(api, {"id": group}, "Viewer"))))
    rebased = done(otto.post(f"{place}/rebase"))
    assert rebased["authors"] == [ids["oscar"], ids["olivia"]]
    plan = a_plan(api, draft)
    for author in (oscar, olivia):
        refused = approve(author, plan)
        assert problem(refused) == (403, "forbidden")
        assert "wrote" in refused.json["detail"]
    done(approve(otto, plan))
    done(publish(otto, plan))


def test_what_a_program_wrote_is_not_approved_and_published_by_one_person(
    owners: tuple[Api, Api, Api], group: str, api: Api
) -> None:
    """Any Account Owner approves it, but nobody of whom it needs a second one is alone with it."""
    olivia, oscar, _ = owners
    draft = a_draft(api, {"id": group}, "Administrator")
    mine = a_plan(olivia, draft)
    assert mine["authors"] == []
    assert problem(approve(olivia, mine)) == (403, "forbidden")
    plan = a_plan(api, draft)
    done(approve(olivia, plan))
    refused = publish(olivia, plan)
    assert problem(refused) == (403, "forbidden")
    assert "a program wrote these rules" in refused.json["detail"]
    assert done(publish(oscar, plan))["approver"] == "olivia"


def test_an_approval_by_who_is_no_owner_any_more_does_not_count(
    owners: tuple[Api, Api, Api], group: str, api: Api
) -> None:
    """Another one approves it in their place; an approval that counts is made once."""
    olivia, oscar, otto = owners
    plan = a_plan(olivia, a_draft(olivia, {"id": group}, "Administrator"))
    done(approve(oscar, plan))
    assert problem(approve(otto, plan)) == (409, "conflict")
    done(api.post("/users/oscar/deactivate"))
    refused = publish(olivia, plan)
    assert problem(refused) == (409, "approval-needed")
    assert "oscar, who approved it, is no active Account Owner any more" in refused.json["detail"]
    assert done(approve(otto, plan))["decided_by"] == "otto"
    assert done(publish(olivia, plan))["approver"] == "otto"


@POSTGRESQL
@pytest.mark.parametrize("what", ["rejected", "edited"])
def test_a_plan_that_is_decided_about_meanwhile_is_not_published(
    owners: tuple[Api, Api, Api], group: str, database: Database, customer: Customer, api: Api, what: str
) -> None:
    """Whoever publishes waits for a rejection, or for a change of the draft, and then keeps to it."""
    draft = a_draft(owners[0], {"id": group}, "Marketer")
    plan = a_plan(owners[0], draft)["id"]
    refused: list[str] = []

    def publishing() -> None:
        try:
            with database.writing() as session:
                mapping_publish.publish_plan(session, customer.account_id, plan)
        except Conflict as error:
            refused.append(str(error))

    oscar = api.read("/users/oscar")
    with database.write_session() as deciding:
        audit.begin(deciding, audit.Actor("person", oscar["id"], "oscar"))
        if what == "rejected":
            mapping_approvals.reject_plan(deciding, customer.account_id, plan)
        else:
            mapping_drafts.edit_draft(deciding, customer.account_id, draft, document={"rules": []})
        thread = threading.Thread(target=publishing)
        thread.start()
        thread.join(0.3)
        assert refused == []
        deciding.commit()
    thread.join()
    [why] = refused
    assert why.startswith("this plan was rejected by oscar" if what == "rejected" else "this plan is out of date")
    assert api.read("/mapping")["revision"] == 0
    assert api.read(f"/mapping/plans/{plan}")["state"] == ("rejected" if what == "rejected" else "outdated")
