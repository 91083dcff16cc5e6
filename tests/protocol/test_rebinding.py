"""A group that is deleted and created again: its rules are orphans, offered to it, and bound by nobody but a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy import select

from app import audit
from app.db import Database
from app.event_types import rendered
from app.models import AuditEvent, MappingBinding, MappingRevision
from app.models.base import table
from app.services import assignments, mapping_plans, mapping_publish
from app.services.mapping_resolution import InvalidMapping
from tests.builders import Customer, a_giving, a_group, a_patch, a_second_directory, a_user
from tests.protocol.api_client import Api, done, problem
from tests.protocol.conftest import Scim
from tests.test_cli import Muster

EVENTS, BINDINGS, REVISIONS = table(AuditEvent), table(MappingBinding), table(MappingRevision)
ALLOWED = "campaigns.email.launch"


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture
def happened(database: Database, customer: Customer) -> Callable[..., list[Any]]:
    """What the trail says of an action; it must be whole."""

    def read(*actions: str) -> list[Any]:
        query = select(EVENTS).where(EVENTS.c.account_id == customer.account_id, EVENTS.c.action.in_(actions))
        with database.reading() as session:
            assert audit.verify(session, customer.account_id).problem is None
            return list(session.execute(query.order_by(EVENTS.c.sequence)).all())

    return read


def told(entry: Any) -> dict[str, Any]:
    """What the outside is told of an entry, but for what a group is called."""
    facts: dict[str, Any] = rendered(entry._mapping)["data"]["facts"]
    return {name: value for name, value in facts.items() if name not in ("displayName", "externalId")}


@pytest.fixture
def publish(database: Database, customer: Customer) -> Callable[..., None]:
    """Publish rules by name: each gives a group (by id) the role Marketer, or another one."""

    def write(role: str = "Marketer", **groups: str) -> None:
        rules = [{"name": name, "group": {"id": id}, "grants": [{"role": role}]} for name, id in groups.items()]
        with database.writing() as session:
            mapping_publish.publish(session, customer.account_id, {"rules": rules}, author="test")

    return write


def test_the_same_group_again_is_offered_and_not_bound(
    scim: Scim,
    customer: Customer,
    muster: Muster,
    publish: Callable[..., None],
    decide: Callable[..., dict[str, Any]],
    happened: Callable[..., list[Any]],
    tmp_path: Path,
) -> None:
    """From the deletion through the offer to the re-binding, which is a publish that was seen beforehand."""
    ana, bob = (scim.create("/Users", a_user())["id"] for _ in range(2))
    body = a_group("Marketing", [ana, bob], externalId="ext-1")
    gone = scim.create("/Groups", body)["id"]
    publish(Marketers=gone)
    assert decide(ana, ALLOWED)["decision"] is True

    scim.delete(f"/Groups/{gone}")
    assert decide(ana, ALLOWED)["decision"] is False
    [orphaned] = happened("mapping.orphaned")
    assert (orphaned.target_kind, orphaned.target_id, orphaned.target_name) == ("group", gone, "Marketing")
    assert orphaned.before == {"rules": ["Marketers"], "displayName": "Marketing", "externalId": "ext-1"}
    assert orphaned.after == {"people": 2, "lost": [{"role": "Marketer", "scope": "account", "people": 2}]}
    assert told(orphaned) == {"people": 2, "rules": ["Marketers"], "lost": orphaned.after["lost"]}
    [alone] = muster.json("mapping", "orphans", customer.account_name)
    assert (alone["rule"], alone["group"], alone["directory"]) == ("Marketers", "Marketing", customer.directory_name)
    assert alone["candidates"] == []
    assert "--group" in muster.run("mapping", "rebind", customer.account_name, "Marketers", code=4)

    again = scim.create("/Groups", body | {"displayName": "Marketing EMEA"})["id"]
    assert decide(ana, ALLOWED)["decision"] is False
    [offered] = happened("mapping.rebind_offered")
    assert (offered.target_id, offered.target_name) == (again, "Marketing EMEA")
    assert offered.after["rules"] == [{"rule": "Marketers", "same": "externalId", "group_was": gone}]
    assert told(offered)["rules"] == offered.after["rules"]
    assert offered.request_id is not None
    [offer] = muster.json("mapping", "orphans", customer.account_name)
    [candidate] = offer["candidates"]
    assert (candidate["group_id"], candidate["why"], candidate["members"]) == (again, "same externalId", 2)
    assert (candidate["people_gaining"], [role["role"] for role in candidate["roles"]]) == (2, ["Marketer"])
    said = muster.run("mapping", "orphans", customer.account_name)
    for word in ("Marketers", "Marketing", again, "same externalId", "muster mapping rebind"):
        assert word in said

    planned = muster.run("mapping", "rebind", customer.account_name, "marketers")
    assert "would be published as revision 2: 1 rule\n  ~ Marketers\n2 people gain something" in planned
    assert f"--group {again} --yes" in planned
    assert decide(ana, ALLOWED)["decision"] is False
    assert happened("mapping.rebound") == []
    done = muster.run("mapping", "rebind", customer.account_name, "Marketers", "--reason", "it is the same", "--yes")
    assert "published as revision 2" in done
    assert decide(ana, ALLOWED)["decision"] is True
    assert decide(bob, ALLOWED)["decision"] is True
    [rebound] = happened("mapping.rebound")
    assert (rebound.target_name, rebound.reason) == ("Marketers", "it is the same")
    assert (rebound.before["group"], rebound.after["group"], rebound.after["revision"]) == (gone, again, 2)
    assert happened("mapping.published")[-1].after["rules_changed"] == ["Marketers"]
    assert "no orphans" in muster.run("mapping", "orphans", customer.account_name)
    assert "no orphan" in muster.run("mapping", "rebind", customer.account_name, "Marketers", code=4)


def test_an_orphan_becomes_a_draft_and_nothing_is_given_before_it_is_published(
    scim: Scim, api: Api, publish: Callable[..., None], decide: Callable[..., dict[str, Any]]
) -> None:
    """By the API the offer is listed and put into a draft, which goes through plan and publish like any other."""
    ana = scim.create("/Users", a_user())["id"]
    body = a_group("Marketing", [ana], externalId="ext-1")
    gone = scim.create("/Groups", body)["id"]
    publish(Marketers=gone)
    assert api.read("/mapping/orphans") == {"orphans": []}
    scim.delete(f"/Groups/{gone}")
    [alone] = api.read("/mapping/orphans")["orphans"]
    assert (alone["rule"], alone["group_id"], alone["candidates"]) == ("Marketers", gone, [])
    assert problem(api.post("/mapping/orphans/drafts", {"rule": "Marketers"}))[0] == 400
    again = scim.create("/Groups", body)["id"]
    [orphan] = api.read("/mapping/orphans")["orphans"]
    assert [(one["group_id"], one["why"], one["people_gaining"]) for one in orphan["candidates"]] == [
        (again, "same externalId", 1)
    ]
    draft = api.create("/mapping/orphans/drafts", {"rule": "Marketers"})
    [rule] = draft["document"]["rules"]
    assert rule["group"]["id"] == again
    assert (draft["changes"]["changed"][0]["name"], draft["problems"]) == ("Marketers", [])
    assert decide(ana, ALLOWED)["decision"] is False
    plan = api.create(f"/mapping/drafts/{draft['id']}/plan", {})
    done(api.post(f"/mapping/plans/{plan['id']}/publish"))
    assert api.read("/mapping")["revision"] == 2
    assert decide(ana, ALLOWED)["decision"] is True
    assert api.read("/mapping/orphans") == {"orphans": []}
    assert problem(api.post("/mapping/orphans/drafts", {"rule": "Marketers"}))[0] == 400


def test_a_name_counts_where_no_external_id_does(
    scim: Scim,
    customer: Customer,
    muster: Muster,
    publish: Callable[..., None],
    decide: Callable[..., dict[str, Any]],
    happened: Callable[..., list[Any]],
) -> None:
    """In any case; whoever has the externalId goes first."""
    ana = scim.create("/Users", a_user())["id"]
    gone = scim.create("/Groups", a_group("Straße", externalId="ext-1"))["id"]
    publish(Marketers=gone)
    scim.delete(f"/Groups/{gone}")
    [orphaned] = happened("mapping.orphaned")
    assert orphaned.after == {"people": 0, "lost": []}
    named = scim.create("/Groups", a_group("STRASSE", [ana]))["id"]
    assert decide(ana, ALLOWED)["decision"] is False
    known = scim.create("/Groups", a_group("Elsewhere", externalId="ext-1"))["id"]
    scim.create("/Groups", a_group("Other", externalId="ext-2"))
    [offer] = muster.json("mapping", "orphans", customer.account_name)
    shown = [(one["group_id"], one["why"], one["people_gaining"]) for one in offer["candidates"]]
    assert shown == [(known, "same externalId", 0), (named, "same name", 1)]
    assert known in muster.run("mapping", "rebind", customer.account_name, "Marketers")
    muster.run("mapping", "rebind", customer.account_name, "Marketers", "--group", named.upper(), "--yes")
    assert decide(ana, ALLOWED)["decision"] is True
    offered = [(event.target_id, event.after["rules"][0]["same"]) for event in happened("mapping.rebind_offered")]
    assert offered == [(named, "displayName"), (known, "externalId")]


def test_only_a_person_chooses_among_equals(
    scim: Scim, customer: Customer, muster: Muster, publish: Callable[..., None]
) -> None:
    """Two groups of one externalId: refused with both ids."""
    gone = scim.create("/Groups", a_group(externalId="ext-1"))["id"]
    publish(Marketers=gone)
    scim.delete(f"/Groups/{gone}")
    both = [scim.create("/Groups", a_group(externalId="ext-1"))["id"] for _ in range(2)]
    said = muster.run("mapping", "rebind", customer.account_name, "Marketers", "--yes", code=4)
    assert all(id in said for id in both)
    assert "no group" in muster.run("mapping", "rebind", customer.account_name, "Marketers", "--group", gone, code=3)
    assert len(muster.json("mapping", "orphans", customer.account_name)) == 1


def test_groups_of_others_are_never_offered(
    scim: Scim,
    stranger: Scim,
    app: Flask,
    database: Database,
    customer: Customer,
    muster: Muster,
    publish: Callable[..., None],
    happened: Callable[..., list[Any]],
) -> None:
    """Neither of another directory of the account nor of another account."""
    body = a_group("Marketing", externalId="ext-1")
    gone = scim.create("/Groups", body)["id"]
    publish(Marketers=gone)
    scim.delete(f"/Groups/{gone}")
    Scim(app.test_client(), a_second_directory(database, customer)).create("/Groups", body)
    stranger.create("/Groups", body)
    assert muster.json("mapping", "orphans", customer.account_name)[0]["candidates"] == []
    assert happened("mapping.rebind_offered") == []


def test_a_group_that_is_renamed_is_offered_once(
    scim: Scim, publish: Callable[..., None], happened: Callable[..., list[Any]]
) -> None:
    """When it gets the name, when it gets the externalId, and not for anything else."""
    gone = scim.create("/Groups", a_group("Marketing", externalId="ext-1"))["id"]
    publish(Marketers=gone)
    scim.delete(f"/Groups/{gone}")
    user = scim.create("/Users", a_user())["id"]
    at = f"/Groups/{scim.create('/Groups', a_group('Draft'))['id']}"

    def offered(**value: Any) -> list[str]:
        before = len(happened("mapping.rebind_offered"))
        assert scim.patch(at, a_patch({"op": "replace", "value": value})).status_code == 200
        return [event.after["rules"][0]["same"] for event in happened("mapping.rebind_offered")[before:]]

    assert offered(displayName="marketing") == ["displayName"]
    assert offered(displayName="marketing", members=[{"value": user}]) == []
    assert offered(externalId="ext-1") == ["externalId"]
    assert offered(displayName="Somebody else") == []
    assert offered(externalId="ext-9") == []


def test_in_one_bulk_too(
    scim: Scim, publish: Callable[..., None], happened: Callable[..., list[Any]], decide: Callable[..., dict[str, Any]]
) -> None:
    """Deleted and created again by one request: still only offered."""
    ana = scim.create("/Users", a_user())["id"]
    gone = scim.create("/Groups", a_group("Marketing", [ana]))["id"]
    publish(Marketers=gone)
    operations = [
        {"method": "DELETE", "path": f"/Groups/{gone}"},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": a_group("Marketing", [ana])},
        {"method": "POST", "path": "/Groups", "bulkId": "h", "data": a_group("Finance", [ana])},
    ]
    urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    answer = scim.post("/Bulk", {"schemas": [urn], "Operations": operations})
    assert [str(one["status"]) for one in answer.json["Operations"]] == ["204", "201", "201"]
    [offered] = happened("mapping.rebind_offered")
    assert offered.after["rules"] == [{"rule": "Marketers", "same": "displayName", "group_was": gone}]
    assert decide(ana, ALLOWED)["decision"] is False


def test_an_orphan_stays_while_others_change(
    scim: Scim, database: Database, customer: Customer, muster: Muster, publish: Callable[..., None]
) -> None:
    """Re-binding one keeps the other with its age; the kept document can be published again."""
    gone = {name: scim.create("/Groups", a_group(name))["id"] for name in ("One", "Two")}
    publish(**gone)
    for id in gone.values():
        scim.delete(f"/Groups/{id}")
    _, second = muster.json("mapping", "orphans", customer.account_name)
    again = scim.create("/Groups", a_group("One"))["id"]
    muster.run("mapping", "rebind", customer.account_name, "One", "--yes")
    assert muster.json("mapping", "orphans", customer.account_name) == [second]
    with database.writing() as session:
        here = REVISIONS.c.account_id == customer.account_id, REVISIONS.c.number == 2
        document = session.execute(select(REVISIONS.c.document).where(*here)).scalar_one()
        assert [rule["group"]["id"] for rule in document["rules"]] == [again, gone["Two"]]
        assert not mapping_publish.publish(session, customer.account_id, document, "test").changed
        wider = document["rules"][1] | {"grants": [{"role": "Analyst"}]}
        assert mapping_publish.publish(session, customer.account_id, {"rules": [wider]}, "test").people_gaining == 0
        stolen = {"rules": [document["rules"][1] | {"name": "Three"}]}
        with pytest.raises(InvalidMapping, match="no group has the id"):
            mapping_plans.effect_of(session, customer.account_id, stolen)
    assert muster.json("mapping", "orphans", customer.account_name) == [second]
    publish()
    assert muster.json("mapping", "orphans", customer.account_name) == []


def test_a_rename_is_an_event_and_rules_follow(
    scim: Scim,
    database: Database,
    customer: Customer,
    publish: Callable[..., None],
    decide: Callable[..., dict[str, Any]],
    happened: Callable[..., list[Any]],
) -> None:
    """The rule stays bound and shows the new name; what else the request changed is in the same event."""
    ana = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Marketing", [ana]))["id"]
    publish(Marketers=group)
    rename = {"op": "replace", "value": {"displayName": "Growth", "externalId": "ext-7"}}
    assert scim.patch(f"/Groups/{group}", a_patch(rename)).status_code == 200
    assert decide(ana, ALLOWED)["decision"] is True
    [renamed] = happened("group.renamed", "group.updated")
    assert (renamed.action, renamed.target_name) == ("group.renamed", "Growth")
    assert (renamed.before, renamed.after) == (
        {"displayName": "Marketing"},
        {"displayName": "Growth", "externalId": "ext-7"},
    )
    with database.reading() as session:
        rule = session.execute(select(BINDINGS).where(BINDINGS.c.account_id == customer.account_id)).one()
    assert (rule.group_id, rule.group_name, rule.group_name_key) == (group, "Growth", "growth")
    assert (rule.group_external_id, rule.group_directory_id, rule.orphaned) == ("ext-7", customer.directory_id, None)
    scim.patch(f"/Groups/{group}", a_patch({"op": "remove", "path": "members"}))
    assert happened("group.updated")[-1].target_name == "Growth"
    assert happened("access.revoked")[-1].before["group"] == "Growth"


def test_a_deleted_person_is_seen_to_lose_each_role(
    scim: Scim,
    database: Database,
    customer: Customer,
    publish: Callable[..., None],
    happened: Callable[..., list[Any]],
) -> None:
    """By rule or by hand, once each, with the cause; switching somebody off takes nothing."""
    body = a_user()
    ana = scim.create("/Users", body)["id"]
    first, second = (scim.create("/Groups", a_group(name, [ana]))["id"] for name in ("First", "Second"))
    publish(A=first, B=second)
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Analyst", ana))
    scim.patch(f"/Users/{ana}", a_patch({"op": "replace", "path": "active", "value": False}))
    assert happened("access.revoked") == []
    scim.delete(f"/Users/{ana}")
    lost = happened("access.revoked")
    assert {(event.target_id, event.target_name) for event in lost} == {(ana, body["userName"])}
    where = {"scope": "account", "reach": "account"}
    assert [json.loads(json.dumps(event.before)) for event in lost] == [
        {"role": "Analyst", **where, "source": "manual"},
        {"role": "Marketer", **where, "rule": "A", "group": "First", "revision": 1},
    ]


def test_a_mapping_by_name_binds_the_new_group(
    scim: Scim, customer: Customer, muster: Muster, tmp_path: Path, decide: Callable[..., dict[str, Any]]
) -> None:
    """Whoever publishes the file again has decided: the name means the group that is there, and the orphan ends."""
    file = tmp_path / "mapping.yaml"
    rule = {"name": "Marketers", "group": {"name": "Marketing"}, "grants": [{"role": "Marketer"}]}
    file.write_text(yaml.safe_dump({"rules": [rule]}))
    ana = scim.create("/Users", a_user())["id"]
    gone = scim.create("/Groups", a_group("Marketing", [ana]))["id"]
    muster.run("mapping", "publish", customer.account_name, str(file))
    scim.delete(f"/Groups/{gone}")
    muster.run("mapping", "publish", customer.account_name, str(file), code=4)
    scim.create("/Groups", a_group("Marketing", [ana]))
    muster.run("mapping", "publish", customer.account_name, str(file))
    assert decide(ana, ALLOWED)["decision"] is True
    assert muster.json("mapping", "orphans", customer.account_name) == []
