"""Simulations say what would be; afterwards it is so, and until then nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import Database
from app.services import mapping_publish
from app.stores.access_tables import ASSIGNMENTS, BINDINGS, MEMBERSHIPS, SOURCES, WORKS
from tests.builders import ENTERPRISE, Customer, a_group, a_patch, a_user
from tests.protocol.api_client import Api, done
from tests.protocol.conftest import Scim
from tests.test_cli import Muster

ALLOWED = "campaigns.email.launch"


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture
def publish(database: Database, customer: Customer) -> Callable[..., None]:
    """Publish rules."""

    def write(*rules: dict[str, Any]) -> None:
        with database.writing() as session:
            mapping_publish.publish(session, customer.account_id, {"rules": [*rules]}, author="test")

    return write


@pytest.fixture
def state(database: Database, customer: Customer) -> Callable[[], list[int]]:
    """How many rows of access there are."""

    def count() -> list[int]:
        with database.reading() as session:
            tables = (ASSIGNMENTS, SOURCES, WORKS, BINDINGS, MEMBERSHIPS)
            return [
                session.execute(
                    select(func.count()).select_from(rows).where(rows.c.account_id == customer.account_id)
                ).scalar_one()
                for rows in tables
            ]

    return count


def simulate(api: Api, **asked: Any) -> dict[str, Any]:
    """The answer."""
    return done(api.post("/mapping/simulate", asked))


def test_somebody_with_these_groups_and_attributes_would_get(
    scim: Scim,
    api: Api,
    publish: Callable[..., None],
    state: Callable[[], list[int]],
    muster: Muster,
    customer: Customer,
) -> None:
    """Groups above their groups count; filters ask the attributes; the engine says what they could do where."""
    for key, parent in (("emea", None), ("iberia", "emea")):
        api.create("/business-units", {"key": key, "name": key, "parent": parent})
    inner = scim.create("/Groups", a_group("Inner"))["id"]
    outer = scim.create("/Groups", a_group("Outer", [inner]))["id"]
    publish(
        {
            "name": "Outer",
            "group": {"id": outer},
            "grants": [{"role": "Marketer", "unit": "emea", "children": True}],
            "works_in": [{"unit": "iberia", "home": True}],
        },
        {"name": "Analysts", "where": f'{ENTERPRISE}:department eq "Data"', "grants": [{"role": "Analyst"}]},
        {"name": "Paused", "group": {"id": inner}, "grants": [{"role": "Administrator"}], "paused": True},
    )
    before = state()
    found = simulate(api, groups=["Inner"], attributes={ENTERPRISE: {"department": "Data"}})
    assert found["groups"] == ["Inner", "Outer"]
    told = {(one["words"], one["rule"], one["group"], one["home"]) for one in found["gives"]}
    assert told == {
        ("Marketer in emea and below", "Outer", "Outer", False),
        ("works in iberia", "Outer", "Outer", True),
        ("Analyst", "Analysts", None, False),
    }
    assert any("Paused is paused" in note for note in found["notes"])
    where = {one["unit"]: one for one in found["permissions"]}
    assert ALLOWED in where["iberia"]["allowed"]
    assert ALLOWED in where["emea"]["allowed"]
    assert where["iberia"]["gained"] == []
    nothing = simulate(api, groups=[])
    assert nothing["gives"] == []
    assert [one["allowed"] for one in nothing["permissions"]] == [[]]
    assert state() == before
    said = muster.run("mapping", "simulate", customer.account_name, "--group", "Inner")
    assert "Marketer in emea and below: Outer, Outer" in said
    assert "could do in iberia: " in said


def test_a_draft_and_a_document_are_simulated_before_anybody_publishes_them(
    scim: Scim, api: Api, publish: Callable[..., None], muster: Muster, customer: Customer, tmp_path: Path
) -> None:
    """The rules of a draft in place of the published ones; a document that is none is refused."""
    group = scim.create("/Groups", a_group("Team"))["id"]
    publish({"name": "Team", "group": {"id": group}, "grants": [{"role": "Viewer"}]})
    document = {"rules": [{"name": "Team", "group": {"id": group}, "grants": [{"role": "Administrator"}]}]}
    draft = api.create("/mapping/drafts", {"title": "More", "document": document})
    for asked in ({"draft": draft["id"]}, {"document": document}):
        [gift] = simulate(api, groups=[group], **asked)["gives"]
        assert (gift["role"], gift["privileged"]) == ("Administrator", True)
    assert [one["role"] for one in simulate(api, groups=[group])["gives"]] == ["Viewer"]
    wrong = {"rules": [{"name": "Team", "group": {"name": "Tea"}, "grants": [{"role": "Viewer"}]}]}
    assert api.post("/mapping/simulate", {"document": wrong}).status_code in (400, 409)
    assert api.post("/mapping/simulate", {"draft": draft["id"], "document": document}).status_code == 400
    file = tmp_path / "mapping.yaml"
    file.write_text(f"rules: [{{name: Team, group: {{id: {group}}}, grants: [{{role: Analyst}}]}}]")
    said = muster.run("mapping", "simulate", customer.account_name, "--group", "Team", "--file", str(file))
    assert "Analyst: Team, Team" in said
    assert "--attributes" in muster.run("mapping", "simulate", customer.account_name, "--attributes", "no", code=2)
    assert "no group is named" in muster.run("mapping", "simulate", customer.account_name, "--group", "X", code=3)


def test_what_other_groups_would_change_for_a_person_comes_true(
    scim: Scim,
    api: Api,
    publish: Callable[..., None],
    decide: Callable[..., dict[str, Any]],
    state: Callable[[], list[int]],
) -> None:
    """Gained and lost as roles and as permissions; what was given by hand stays."""
    ana = scim.create("/Users", a_user())["id"]
    old = scim.create("/Groups", a_group("Old", [ana]))["id"]
    new = scim.create("/Groups", a_group("New"))["id"]
    publish(
        {"name": "Old", "group": {"id": old}, "grants": [{"role": "Marketer"}, {"role": "Analyst"}]},
        {"name": "New", "group": {"id": new}, "grants": [{"role": "Administrator"}]},
    )
    api.post("/assignments", {"role": "Analyst", "users": [ana]})
    before = state()
    still = simulate(api, user=ana)
    assert still["changes"] == []
    assert [(one["gained"], one["lost"]) for one in still["permissions"]] == [([], [])]
    found = simulate(api, user=ana, add_groups=["New"], remove_groups=["Old"])
    assert set(found["changes"]) == {"+ Administrator", "- Marketer"}
    [where] = found["permissions"]
    assert where["gained"]
    assert state() == before
    left = simulate(api, user=ana, remove_groups=["Old"])
    [where] = left["permissions"]
    assert ALLOWED in where["lost"]
    assert left["changes"] == ["- Marketer"]
    assert (
        scim.patch(f"/Groups/{old}", a_patch({"op": "remove", "path": f'members[value eq "{ana}"]'})).status_code < 300
    )
    assert decide(ana, ALLOWED)["decision"] is False
    again = simulate(api, user=ana)
    assert (again["changes"], set(again["permissions"][0]["allowed"])) == ([], set(where["allowed"]))


def test_contradictions_and_duties_that_belong_apart_are_told(
    scim: Scim, api: Api, publish: Callable[..., None]
) -> None:
    """A denial over an allow."""
    group = scim.create("/Groups", a_group("Team"))["id"]
    api.create("/roles", {"name": "No launch", "statements": [{"permission": ALLOWED, "effect": "deny"}]})
    publish({"name": "Both", "group": {"id": group}, "grants": [{"role": "Marketer"}, {"role": "No launch"}]})
    found = simulate(api, groups=["Team"])
    assert found["contradictions"] == [f"No launch denies what Marketer gives: {ALLOWED}"]
    assert ALLOWED not in found["permissions"][0]["allowed"]


def test_what_a_removed_group_takes_along_comes_true(
    scim: Scim,
    api: Api,
    publish: Callable[..., None],
    decide: Callable[..., dict[str, Any]],
    state: Callable[[], list[int]],
    muster: Muster,
    customer: Customer,
) -> None:
    """Who is in it through nesting, who has the same by another group or by hand, what the group itself has."""
    ana, bob, cid, dee = (
        scim.create("/Users", a_user(f"{name}@acme.example"))["id"] for name in ("ana", "bob", "cid", "dee")
    )
    inner = scim.create("/Groups", a_group("Inner", [cid]))["id"]
    gone = scim.create("/Groups", a_group("mc-viewer", [ana, bob, inner]))["id"]
    above = scim.create("/Groups", a_group("Above", [gone, dee]))["id"]
    other = scim.create("/Groups", a_group("Other", [bob]))["id"]
    publish(
        {"name": "Direct", "group": {"id": gone}, "grants": [{"role": "Marketer"}]},
        {"name": "By name", "pattern": {"text": "mc-{role}"}, "grants": [{"role": "{role}"}]},
        {"name": "Above", "group": {"id": above}, "grants": [{"role": "Administrator"}]},
        {"name": "Other", "group": {"id": other}, "grants": [{"role": "Marketer"}]},
    )
    api.post("/assignments", {"role": "Analyst", "group": gone})
    api.post("/assignments", {"role": "Viewer", "users": [ana]})
    before = state()
    found = done(api.post("/mapping/simulate/group-removal", {"group": "mc-viewer"}))
    assert (found["group_id"], found["members"], found["losing"]) == (gone, 3, 3)
    assert (found["orphans"], found["unmatched"]) == (["Direct"], ["By name"])
    losses = [(one["what"], one["people"], one["privileged"]) for one in found["losses"]]
    assert losses == [("Administrator", 3, True), ("Analyst", 3, False), ("Marketer", 2, False), ("Viewer", 2, False)]
    lost = {one["user_name"]: one["lost"] for one in found["results"]}
    assert lost == {
        "ana@acme.example": ["Administrator", "Analyst", "Marketer"],
        "bob@acme.example": ["Administrator", "Analyst", "Viewer"],
        "cid@acme.example": ["Administrator", "Analyst", "Marketer", "Viewer"],
    }
    first = api.request("POST", "/mapping/simulate/group-removal", {"group": gone}, query_string={"limit": "2"}).json
    assert len(first["results"]) == 2
    asked = {"limit": "2", "after": first["next"]}
    second = api.request("POST", "/mapping/simulate/group-removal", {"group": gone}, query_string=asked).json
    assert [one["user_name"] for one in first["results"] + second["results"]] == list(lost)
    assert (second["next"], second["losing"]) == (None, 3)
    assert state() == before
    said = muster.run("mapping", "simulate", customer.account_name, "--without-group", "mc-viewer")
    assert "3 of its 3 members would lose something" in said
    assert "rule left without a group: Direct" in said
    scim.delete(f"/Groups/{gone}")
    had = {
        name: {one["role"] for one in api.read(f"/users/{id}/access")["assignments"]}
        for name, id in (("ana", ana), ("bob", bob), ("cid", cid), ("dee", dee))
    }
    assert had == {"ana": {"Viewer"}, "bob": {"Marketer"}, "cid": set(), "dee": {"Administrator"}}


def test_a_suggestion_becomes_a_rule_of_a_draft_in_one_step(
    scim: Scim, api: Api, publish: Callable[..., None], state: Callable[[], list[int]]
) -> None:
    """Added to a draft, or to a new one of what is published; a rule of that name is never replaced."""
    ana = scim.create("/Users", a_user())["id"]
    team = scim.create("/Groups", a_group("Team", [ana]))["id"]
    api.post("/assignments", {"role": "Viewer", "users": [ana]})
    publish({"name": "Other", "group": {"id": team}, "grants": [{"role": "Analyst"}]})
    before = state()
    asked = {"group": "Team", "role": "viewer"}
    made = api.create("/mapping/waiting-room/suggestions", asked)
    assert [rule["name"] for rule in made["document"]["rules"]] == ["Other", "Team: Viewer"]
    assert made["document"]["rules"][1]["grants"] == [{"role": "Viewer"}]
    assert "owner" not in made["document"]["rules"][1]
    assert made["problems"] == []
    again = api.post("/mapping/waiting-room/suggestions", asked | {"draft": made["id"]})
    assert again.status_code == 201
    assert [rule["name"] for rule in again.json["document"]["rules"]][1:] == ["Team: Viewer", "Team: Viewer (2)"]
    assert api.post("/mapping/waiting-room/suggestions", {"group": "Nothing", "role": "Viewer"}).status_code in (
        400,
        404,
    )
    assert state() == before


def test_what_nobody_in_the_group_has_is_no_suggestion(scim: Scim, api: Api) -> None:
    """The rule's reason would not be true; not elsewhere either, nor for more units than they have it in."""
    ana = scim.create("/Users", a_user())["id"]
    scim.create("/Groups", a_group("Team", [ana]))
    for key in ("emea", "apac"):
        api.create("/business-units", {"key": key, "name": key})
    api.post("/assignments", {"role": "Viewer", "users": [ana], "unit": "emea", "children": True})
    asked: dict[str, Any] = {"group": "Team", "role": "Viewer", "unit": "emea", "children": True}
    others = ({"role": "Administrator"}, {"unit": None}, {"unit": "apac"}, {"children": False})
    for other in others:
        body = {name: value for name, value in (asked | other).items() if value is not None}
        refused = api.post("/mapping/waiting-room/suggestions", body)
        assert refused.status_code == 400, refused.text
        assert "nobody in Team has" in refused.text
        assert "write the rule in a draft" in refused.text
    assert api.every("/mapping/drafts") == []
    api.create("/mapping/waiting-room/suggestions", asked)


def test_who_takes_up_a_suggestion_answers_for_the_rule(scim: Scim, api: Api) -> None:
    """A person is named as the rule's owner; a program by itself is none."""
    ana = scim.create("/Users", a_user())["id"]
    scim.create("/Groups", a_group("Team", [ana]))
    api.create("/users", {"user_name": "olivia@acme.example"})
    api.post("/assignments", {"role": "Viewer", "users": [ana]})
    api.post("/assignments", {"role": "Account Owner", "users": ["olivia@acme.example"]})
    olivia = api.acting_as("olivia@acme.example")
    made = olivia.create("/mapping/waiting-room/suggestions", {"group": "Team", "role": "Viewer"})
    assert made["document"]["rules"][-1]["owner"] == "olivia@acme.example"


def test_everybody_may_see_and_edit_their_own_profile(scim: Scim, api: Api, publish: Callable[..., None]) -> None:
    """Without any role, too; only a denial takes that away."""
    ana = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Team", [ana]))["id"]
    denies = [{"permission": "profile.edit", "effect": "deny"}]
    api.create("/roles", {"name": "No editing", "statements": denies})
    other = scim.create("/Groups", a_group("Other"))["id"]
    publish(
        {"name": "Team", "group": {"id": group}, "grants": [{"role": "Administrator"}]},
        {"name": "Other", "group": {"id": other}, "grants": [{"role": "No editing"}]},
    )
    own = ["profile.view", "profile.edit"]
    [nobody] = simulate(api, groups=[])["permissions"]
    assert (nobody["allowed"], nobody["conditional"], nobody["own_profile"]) == ([], own, own)
    [without] = simulate(api, user=ana, remove_groups=["Team"])["permissions"]
    assert (without["conditional"], without["own_profile"]) == (own, own)
    [denied] = simulate(api, user=ana, remove_groups=["Team"], add_groups=["Other"])["permissions"]
    assert denied["own_profile"] == ["profile.view"]
    assert "profile.edit" in denied["lost"]


FILTERS = (
    'title eq "Chief"',
    'name.familyName co "q"',
    'emails[value co "a"] or emails.value sw "b"',
    f'{ENTERPRISE}:department eq "Marketing"',
    "active eq true",
)


@pytest.mark.parametrize(
    ("attributes", "place"),
    [
        ({"title": 5}, "/attributes/title"),
        ({"Title": ["x"]}, "/attributes/Title"),
        ({"name": 5}, "/attributes/name"),
        ({"name": {"familyName": 7}}, "/attributes/name"),
        ({"emails": "x"}, "/attributes/emails"),
        ({"emails": [5, None]}, "/attributes/emails"),
        ({"emails": [{"value": {}}]}, "/attributes/emails"),
        ({"active": "x"}, "/attributes/active"),
        ({ENTERPRISE: [1]}, f"/attributes/{ENTERPRISE}"),
        ({ENTERPRISE: {"department": 1}}, f"/attributes/{ENTERPRISE}"),
    ],
)
def test_attributes_that_nobody_can_have_are_refused(
    api: Api, publish: Callable[..., None], attributes: dict[str, Any], place: str
) -> None:
    """With their place, whatever the rules ask of them."""
    publish(*({"name": text, "where": text, "grants": [{"role": "Viewer"}]} for text in FILTERS))
    answer = api.post("/mapping/simulate", {"attributes": attributes})
    assert answer.status_code == 400, answer.text
    assert [one["pointer"] for one in answer.json["errors"]] == [place]


def test_attributes_are_laid_over_what_is_stored(scim: Scim, api: Api, publish: Callable[..., None]) -> None:
    """In any case of the names; null takes away, and what nobody sets changes nothing."""
    publish(*({"name": text, "where": text, "grants": [{"role": "Viewer"}]} for text in FILTERS))
    body = a_user(title="Chief", name={"familyName": "Quick", "givenName": "Ana"})
    body |= {"schemas": [*body["schemas"], ENTERPRISE], ENTERPRISE: {"department": "Marketing"}}
    ana = scim.create("/Users", body)["id"]

    def rules(**attributes: Any) -> set[str]:
        return {one["rule"] for one in simulate(api, user=ana, attributes=attributes)["gives"]}

    whole = rules()
    assert whole >= {FILTERS[0], FILTERS[1], FILTERS[3], FILTERS[4]}
    assert rules(meta=5, unheard={"of": 1}, id=[]) == whole
    assert rules(TITLE="Clerk") == rules(title=None) == rules(title="") == whole - {FILTERS[0]}
    assert rules(NAME={"givenName": "Anna"}) == whole
    assert rules(name={"FAMILYNAME": None}) == rules(name=None) == whole - {FILTERS[1]}
    assert rules(**{ENTERPRISE: {"department": None}}) == whole - {FILTERS[3]}
    assert rules(**{ENTERPRISE.lower(): {"Department": "Sales", "division": "x"}}) == whole - {FILTERS[3]}
    assert rules(active="False") == whole - {FILTERS[4]}


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2020-01-01T00:00:00Z"])
def test_moments_that_make_no_sense_are_refused(api: Api, until: str) -> None:
    """Those that UTC has no year for, and those that have passed."""
    rule = {"name": "Rule", "where": "title pr", "grants": [{"role": "Viewer"}], "until": until}
    answer = api.post("/mapping/simulate", {"document": {"rules": [rule]}})
    assert answer.status_code == 400, answer.text
    assert "rules[0].until: " in answer.json["detail"]
