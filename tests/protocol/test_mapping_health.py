"""The health board: each kind of finding is there when it should be, and goes when it is mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, update

from app.db import Database
from app.models.base import now
from app.role_use import RoleUses
from app.services import mapping_health, mapping_publish
from app.stores.access_tables import BINDINGS, REVISIONS, ROLE_USES, RULES, SOURCES
from tests.builders import ENTERPRISE, Customer, a_group, a_user
from tests.protocol.api_client import Api, done, problem
from tests.protocol.conftest import Scim
from tests.test_cli import Muster

ALLOWED = "campaigns.email.launch"
Rule = dict[str, Any]


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture
def publish(database: Database, customer: Customer) -> Callable[..., None]:
    """Publish rules."""

    def write(*rules: Rule) -> None:
        with database.writing() as session:
            mapping_publish.publish(session, customer.account_id, {"rules": [*rules]}, author="test")

    return write


@pytest.fixture
def found(api: Api) -> Callable[..., list[dict[str, Any]]]:
    """The findings of a kind."""

    def read(kind: str) -> list[dict[str, Any]]:
        return [one for one in api.read("/mapping/health")["findings"] if one["kind"] == kind]

    return read


def a_rule(name: str, group: str | None = None, role: str = "Viewer", **more: Any) -> Rule:
    """A rule that gives a role to a group, with an owner."""
    rule: Rule = {"name": name, "grants": [{"role": role}], "owner": "olivia@acme.example"} | more
    return rule | ({"group": {"id": group}} if group else {})


@pytest.fixture
def crowd(scim: Scim) -> list[str]:
    """A dozen people; the first answers for rules."""
    first = scim.create("/Users", a_user("olivia@acme.example"))["id"]
    return [first, *(scim.create("/Users", a_user())["id"] for _ in range(11))]


def test_a_sound_mapping_is_healthy(
    api: Api, scim: Scim, crowd: list[str], publish: Callable[..., None], muster: Muster, customer: Customer
) -> None:
    """No errors and no warnings; the command says so by its exit code."""
    publish(a_rule("Viewers", scim.create("/Groups", a_group("Viewers", crowd[:3]))["id"]))
    board = api.read("/mapping/health")
    assert board["healthy"] is True
    assert board["findings"] == []
    assert (board["rules"], board["people"], board["paused"]) == (1, 12, False)
    assert "1 rule, 12 people: nothing is wrong" in muster.run("mapping", "health", customer.account_name)
    publish(a_rule("Viewers", scim.create("/Groups", a_group("Nobody"))["id"]))
    said = muster.run("mapping", "health", customer.account_name, code=1)
    assert "WARNING  dead: Viewers gives nobody anything" in said
    assert muster.json("mapping", "health", customer.account_name, code=1)["healthy"] is False


def test_dead_rules_say_why(
    scim: Scim,
    api: Api,
    crowd: list[str],
    publish: Callable[..., None],
    found: Callable[..., list[dict[str, Any]]],
    database: Database,
    customer: Customer,
) -> None:
    """An empty group, a pattern without a group, a filter without anybody, a time that is over."""
    empty = scim.create("/Groups", a_group("Empty"))["id"]
    group = scim.create("/Groups", a_group("Full", crowd[:2]))["id"]
    publish(
        a_rule("of nobody", empty),
        a_rule("of no group", pattern={"text": "mc-{role}"}, grants=[{"role": "{role}"}]),
        a_rule("of no such people", where='title eq "Astronaut"'),
        a_rule("of these, but no such people", group, where='title eq "Astronaut"'),
        a_rule("over", group, until=(now() + timedelta(days=1)).isoformat()),
        a_rule("alive", group),
    )
    over = (RULES.c.account_id == customer.account_id) & (RULES.c.name == "over")
    with database.writing() as session:
        session.execute(update(RULES).where(over).values(until=now() - timedelta(days=1)))
    remedies = {one["rule"]: one["remedy"] for one in found("dead")}
    assert "the rule has ended" in remedies["over"]
    assert "why nobody is there" in remedies["of nobody"]
    dead = {one["rule"]: one["words"] for one in found("dead")}
    assert 'nobody is in "Empty"' in dead["of nobody"]
    assert 'its pattern "mc-{role}" fits no group' in dead["of no group"]
    assert 'nobody satisfies its filter (title eq "Astronaut")' in dead["of no such people"]
    assert "nobody satisfies its filter" in dead["of these, but no such people"]
    assert "it has ended at" in dead["over"]
    assert len(dead) == 5
    scim.create("/Groups", a_group("mc-analyst", crowd[:1]))
    assert "of no group" not in {one["rule"] for one in found("dead")}


def test_an_orphan_is_an_error_with_its_candidates(
    scim: Scim, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """Not told twice as dead; who may have come in its place is named."""
    body = a_group("Viewers", crowd[:2], externalId="ext-1")
    gone = scim.create("/Groups", body)["id"]
    publish(a_rule("Viewers", gone))
    scim.delete(f"/Groups/{gone}")
    [orphan] = found("orphaned")
    assert (orphan["severity"], orphan["rule"], orphan["group"]) == ("error", "Viewers", "Viewers")
    assert found("dead") == []
    scim.create("/Groups", body | {"displayName": "Viewers again"})
    [orphan] = found("orphaned")
    assert "Viewers again" in orphan["remedy"]


def test_duplicates_and_shadows_are_named(
    scim: Scim, api: Api, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """Same condition and effects; everything that a rule gives its people have by another, at least as far."""
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    small = scim.create("/Groups", a_group("Small", crowd[:2]))["id"]
    large = scim.create("/Groups", a_group("Large", crowd[:4]))["id"]
    publish(
        a_rule("Large", large),
        a_rule("Small", small, grants=[{"role": "Viewer", "unit": "emea"}]),
        a_rule("Copy", large, reason="the same again"),
        a_rule("Analysts", small, "Analyst"),
    )
    [duplicate] = found("duplicate")
    assert (duplicate["rule"], duplicate["others"], duplicate["people"]) == ("Large", ["Copy"], 4)
    shadows = {one["rule"]: (one["others"], one["people"]) for one in found("shadowed")}
    assert shadows["Small"] == (["Copy", "Large"], 2)
    assert "Analysts" not in shadows


def test_broad_and_privileged_rules_are_pointed_out(
    scim: Scim, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """More than half of the active people; a privileged role by what somebody in the identity provider writes."""
    half = scim.create("/Groups", a_group("Half", crowd[:6]))["id"]
    most = scim.create("/Groups", a_group("Most", crowd[:7]))["id"]
    publish(
        a_rule("Half", half),
        a_rule("Most", most, "Analyst"),
        a_rule("Titled", where='title eq "Boss"', role="Administrator"),
        a_rule("Named", half, "Administrator"),
    )
    [broad] = found("broad")
    assert (broad["rule"], broad["people"], broad["severity"]) == ("Most", 7, "notice")
    assert "58 %" in broad["words"]
    [by_name] = found("privileged_by_name")
    assert (by_name["rule"], by_name["severity"]) == ("Titled", "warning")
    assert {one["rule"] for one in found("unapproved")} == {"Titled", "Named"}


def test_a_rule_wants_an_owner_who_is_there(
    scim: Scim, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """Nobody named, somebody unknown, somebody who has left; a warning where it is about privileged roles."""
    group = scim.create("/Groups", a_group(None, crowd[:2]))["id"]
    publish(
        a_rule("Named", group, owner="OLIVIA@acme.example"),
        {"name": "Nobody's", "group": {"id": group}, "grants": [{"role": "Analyst"}]},
        a_rule("Stranger's", group, "Administrator", owner="ghost@acme.example"),
    )
    told = {one["rule"]: (one["severity"], one["words"]) for one in found("without_owner")}
    assert told["Nobody's"] == ("notice", "Nobody's: nobody answers for it")
    assert told["Stranger's"][0] == "warning"
    assert "ghost@acme.example is no active person" in told["Stranger's"][1]
    assert "Named" not in told
    scim.patch(
        f"/Users/{crowd[0]}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": False}],
        },
    )
    assert "Named" in {one["rule"] for one in found("without_owner")}


def test_an_approved_privileged_rule_is_no_finding(
    scim: Scim,
    database: Database,
    customer: Customer,
    crowd: list[str],
    publish: Callable[..., None],
    found: Callable[..., list[dict[str, Any]]],
) -> None:
    """What counts is the revision since which the rule says so."""
    publish(a_rule("Admins", scim.create("/Groups", a_group(None, crowd[:1]))["id"], "Administrator"))
    [one] = found("unapproved")
    assert one["rule"] == "Admins"
    assert "revision 1" in one["words"]
    with database.writing() as session:
        session.execute(
            update(REVISIONS).where(REVISIONS.c.account_id == customer.account_id).values(approver="second owner")
        )
    assert found("unapproved") == []


def test_unused_means_observed_and_old_and_by_this_rule(
    app: Flask,
    scim: Scim,
    api: Api,
    database: Database,
    customer: Customer,
    crowd: list[str],
    publish: Callable[..., None],
    found: Callable[..., list[dict[str, Any]]],
    decide: Callable[..., dict[str, Any]],
) -> None:
    """Nobody has used the role by a grant of the rule for 90 days; use of the same role elsewhere is none of it."""
    uses: RoleUses = app.extensions["role_uses"]
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    group = scim.create("/Groups", a_group(None, crowd[:2]))["id"]
    other = scim.create("/Groups", a_group(None, crowd[:3]))["id"]
    publish(
        a_rule("Used", group, "Marketer"),
        a_rule("Unused", other, grants=[{"role": "Marketer", "unit": "emea"}]),
    )
    assert decide(crowd[0], ALLOWED)["decision"] is True
    uses.flush()
    here = ROLE_USES.c.account_id == customer.account_id, REVISIONS.c.account_id == customer.account_id
    long_ago = now() - timedelta(days=100)
    with database.writing() as session:
        session.execute(update(REVISIONS).where(here[1]).values(published=long_ago))
    assert found("unused") == []  # observed since today only
    with database.writing() as session:
        session.execute(update(ROLE_USES).where(here[0]).values(first_used=long_ago.date()))
    assert [(one["rule"], one["people"]) for one in found("unused")] == [("Unused", 3)]
    with database.writing() as session:
        session.execute(update(ROLE_USES).where(here[0]).values(last_used=long_ago.date()))
    assert {one["rule"] for one in found("unused")} == {"Used", "Unused"}
    with database.writing() as session:
        session.execute(update(REVISIONS).where(here[1]).values(published=now()))
    assert found("unused") == []


def test_names_that_mean_nothing_or_too_much_say_why(
    scim: Scim, api: Api, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """Two meanings, no such role, a privileged one; and a group that is called nearly as one that has a rule."""
    for key in ("emea", "emea-north"):
        api.create("/business-units", {"key": key, "name": key.upper()})
    api.create("/roles", {"name": "North Viewer"})
    for name in ("mc-emea-viewer", "mc-emea-north-viewer", "mc-emea-vewer", "mc-emea-administrator"):
        scim.create("/Groups", a_group(name, crowd[:1]))
    marketing = scim.create("/Groups", a_group("Marketing EMEA", crowd[:1]))["id"]
    for name in ("marketing-emea", "Marketng EMEA", "Marketing APAC", "Sales EMEA"):
        scim.create("/Groups", a_group(name))
    publish(
        a_rule(
            "By name",
            pattern={"text": "mc-{business_unit}-{role}"},
            grants=[{"role": "{role}", "unit": "{business_unit}"}],
        ),
        a_rule("Marketing", marketing),
    )
    [ambiguous] = found("ambiguous")
    assert ambiguous["group"] == "mc-emea-north-viewer"
    assert "North Viewer in emea" in ambiguous["words"]
    assert "Viewer in emea-north" in ambiguous["words"]
    unmatched = {one["group"]: one["words"] for one in found("unmatched")}
    assert "\"vewer\" is no role that it may capture; did you mean 'viewer'?" in unmatched["mc-emea-vewer"]
    assert "privileged, which the rule does not allow" in unmatched["mc-emea-administrator"]
    assert {one["group"] for one in found("near_miss")} == {"marketing-emea", "Marketng EMEA"}


def test_so_many_names_are_told_and_how_many_more_there_are(
    scim: Scim,
    api: Api,
    publish: Callable[..., None],
    found: Callable[..., list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of each kind: a pattern that fits too much hides no group that nearly has the name of another one."""
    monkeypatch.setattr("app.services.mapping_names.MOST", 2)
    for number in range(5):
        scim.create("/Groups", a_group(f"mc-nowhere-{number}"))
    marketing = scim.create("/Groups", a_group("Marketing EMEA"))["id"]
    scim.create("/Groups", a_group("marketing-emea"))
    rules = [a_rule("By name", pattern={"text": "mc-{role}"}, grants=[{"role": "{role}"}])]
    publish(*rules)
    told = found("unmatched")
    assert ("3 more names of groups are like these", None) in [(one["words"], one["group"]) for one in told]
    assert len(told) == 3
    named = a_rule("Zone", marketing)
    draft = api.create("/mapping/drafts", {"title": "Next", "document": {"rules": [*rules, named]}})
    assert any('"marketing-emea"' in one for one in draft["warnings"])
    assert not any("mc-nowhere" in one for one in draft["warnings"])


def test_groups_that_no_rule_covers_are_listed_by_size(
    scim: Scim, api: Api, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """A group within a group that has a rule is covered, too."""
    inner = scim.create("/Groups", a_group("Inner", crowd[:3]))["id"]
    outer = scim.create("/Groups", a_group("Outer", [inner]))["id"]
    for name, size in (("Two", 2), ("Five", 5), ("None", 0)):
        scim.create("/Groups", a_group(name, crowd[:size]))
    publish(a_rule("Outer", outer))
    listed = [(one["display_name"], one["member_count"]) for one in api.every("/mapping/unmapped-groups")]
    assert listed == [("Five", 5), ("Two", 2), ("None", 0)]
    assert [one["display_name"] for one in api.every("/mapping/unmapped-groups", limit=1)] == ["Five", "Two", "None"]
    filtered = api.every("/mapping/unmapped-groups", filter="member_count gt 2", sort="display_name")
    assert [one["display_name"] for one in filtered] == ["Five"]
    [unmapped] = found("unmapped")
    assert unmapped["words"] == "2 groups with members are covered by no rule: Five (5), Two (2)"
    assert "GET" not in unmapped["remedy"]  # the command line shows it, too


def test_a_database_that_was_tampered_with_shows(
    scim: Scim,
    database: Database,
    customer: Customer,
    crowd: list[str],
    publish: Callable[..., None],
    found: Callable[..., list[dict[str, Any]]],
) -> None:
    """Live state against derivation from scratch: nothing differs, until somebody writes past Muster."""
    group = scim.create("/Groups", a_group(None, crowd[:3]))["id"]
    publish(
        a_rule("Viewers", group),
        a_rule("By name", pattern={"text": "mc-{role}"}, grants=[{"role": "{role}"}]),
        a_rule("Filtered", where=f'{ENTERPRISE}:department eq "Sales"', role="Analyst"),
    )
    scim.create("/Groups", a_group("mc-marketer", crowd[3:5]))
    scim.create(
        "/Users",
        a_user(
            **{
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
                ENTERPRISE: {"department": "Sales"},
            }
        ),
    )
    assert found("drift") == []
    with database.writing() as session:
        here = SOURCES.c.account_id == customer.account_id, SOURCES.c.group_id == group
        session.execute(delete(SOURCES).where(*here))
        here = BINDINGS.c.account_id == customer.account_id, BINDINGS.c.group_id != group
        session.execute(delete(BINDINGS).where(*here))
    drift = found("drift")
    assert {one["severity"] for one in drift} == {"error"}
    assert len(drift) == 3  # of the pattern what they have is still what the name says
    assert all("gained Viewer" in one["words"] for one in drift)


def test_a_paused_rule_is_noticed_and_not_called_dead(
    scim: Scim, api: Api, crowd: list[str], publish: Callable[..., None], found: Callable[..., list[dict[str, Any]]]
) -> None:
    """Nor drifting: what it has given stays, whatever moves."""
    group = scim.create("/Groups", a_group(None, crowd[:2]))["id"]
    publish(a_rule("Viewers", group))
    publish(a_rule("Viewers", group, paused=True))
    scim.delete(f"/Groups/{group}")
    [paused] = found("paused")
    assert (paused["rule"], paused["severity"], paused["people"]) == ("Viewers", "notice", 2)
    assert found("dead") == []
    assert found("drift") == []


def test_the_board_looks_at_everybody_once(
    database: Database, customer: Customer, scim: Scim, crowd: list[str]
) -> None:
    """However many people and groups there are, as many statements."""

    def asked() -> int:
        sent: list[str] = []

        def hear(*call: Any) -> None:
            sent.append(call[2])

        event.listen(database.engine, "before_cursor_execute", hear)
        with database.reading() as session:
            mapping_health.health(session, customer.account_id)
        event.remove(database.engine, "before_cursor_execute", hear)
        return len(sent)

    rules = [a_rule(f"Rule {number}", scim.create("/Groups", a_group(None, crowd[:2]))["id"]) for number in range(12)]
    scim.create("/Groups", a_group(None, crowd[:2]))
    with database.writing() as session:
        mapping_publish.publish(session, customer.account_id, {"rules": rules[:2]}, author="test")
    asked()
    few = asked()
    with database.writing() as session:
        mapping_publish.publish(session, customer.account_id, {"rules": rules}, author="test")
    asked()
    assert asked() == few


def test_a_draft_says_what_its_author_may_not_have_meant(
    scim: Scim, api: Api, muster: Muster, customer: Customer, publish: Callable[..., None], tmp_path: Path
) -> None:
    """Names that nearly are others', owners who are nobody: of the rules that it changes, not of those there are."""
    scim.create("/Users", a_user("olivia@acme.example"))
    meant, other = (scim.create("/Groups", a_group(name))["id"] for name in ("Marketing", "Sales"))
    scim.create("/Groups", a_group("Marketng"))
    publish(a_rule("Sales", other, owner="nobody@acme.example"))
    document = api.read("/mapping")["document"]
    document["rules"].append(a_rule("Marketing", meant, owner="gone@acme.example"))
    draft = api.create("/mapping/drafts", {"title": "One more", "document": document})
    assert draft["problems"] == []
    near, ownerless = draft["warnings"]
    assert '"Marketng" in IdP is called nearly as "Marketing", which Marketing is for' in near
    assert ownerless == "Marketing: gone@acme.example is no active person of this account"
    said = muster.run("mapping", "draft", "edit", customer.account_name, draft["id"], "--title", "Two")
    assert f"look again:\n  {near}\n  {ownerless}" in said
    document["rules"][1]["owner"] = "olivia@acme.example"
    version = api.get(f"/mapping/drafts/{draft['id']}").headers["ETag"]
    mended = api.patch(f"/mapping/drafts/{draft['id']}", {"document": document}, **{"If-Match": version})
    assert done(mended)["warnings"] == [near]


def test_what_is_held_is_told_and_let_by_a_plan(
    scim: Scim,
    api: Api,
    crowd: list[str],
    publish: Callable[..., None],
    found: Callable[..., list[dict[str, Any]]],
    muster: Muster,
    customer: Customer,
) -> None:
    """The directory's request succeeds; the board, the feed, the API and the command say what waits."""
    done(api.patch("/account", {"blast_radius": 2}))
    rule = a_rule("By name", pattern={"text": "mc-{role}"}, grants=[{"role": "{role}"}])
    publish(rule)
    assert problem(api.post("/mapping/release", {})) == (409, "conflict")
    scim.create("/Groups", a_group("mc-marketer", crowd[:3]))
    [finding] = found("held")
    assert (finding["rule"], finding["group"], finding["people"]) == ("By name", "mc-marketer", 3)
    assert "mapping.held" in {one["type"] for one in api.read("/events")["results"]}
    plan = api.create("/mapping/release", {"reason": "The team is meant."})
    assert (plan["summary"]["people_gaining"], [need["kind"] for need in plan["needs"]]) == (3, ["blast_radius"])
    assert problem(api.post(f"/mapping/plans/{plan['id']}/publish")) == (409, "approval-needed")
    said = muster.run("mapping", "release", customer.account_name)
    assert "a second Account Owner is needed: 3 people are concerned, more than 2" in said
    muster.run("mapping", "publish-plan", customer.account_name, plan["id"])
    assert found("held") == []
    assert api.read("/mapping")["document"]["rules"][0]["name"] == "By name"
