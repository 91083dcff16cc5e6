"""Two Account Owners are two: nobody makes the second one of whom they need an approval."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import audit, crypto
from app.db import Database
from app.models.base import now
from app.services import tokens
from app.stores.naming import find_people
from tests.builders import a_group, a_patch, a_user
from tests.conftest import KEY
from tests.protocol.api_client import Api, done, operations, problem
from tests.protocol.conftest import Scim

SETTLED = timedelta(days=8)


@pytest.fixture
def olivia(api: Api) -> Api:
    """An Account Owner of nobody's making, beside another one."""
    api.create("/users", {"user_name": "oscar", "roles": ["Account Owner"]})
    return made_by(api, "olivia")


@pytest.fixture
def group(scim: Scim) -> str:
    """A group with one person in it."""
    made: str = scim.create("/Groups", a_group("Team", [scim.create("/Users", a_user("ana"))["id"]]))["id"]
    return made


def made_by(api: Api, name: str) -> Api:
    """A new Account Owner, at work in their own name."""
    api.create("/users", {"user_name": name, "roles": ["Account Owner"]})
    return api.acting_as(name)


def a_draft(api: Api, group: str, *more: dict[str, Any]) -> str:
    """The id of a draft that needs a second owner."""
    rules = [{"name": "Rule", "group": {"id": group}, "grants": [{"role": "Administrator"}]}, *more]
    made: str = api.create("/mapping/drafts", {"title": "Next", "document": {"rules": rules}})["id"]
    return made


def a_plan(api: Api, draft: str) -> str:
    made: str = api.create(f"/mapping/drafts/{draft}/plan", {})["id"]
    return made


def approve(api: Api, plan: str) -> Any:
    return api.post(f"/mapping/plans/{plan}/approve", {})


def refusal(answer: Any) -> str:
    """Why it was refused."""
    assert problem(answer) == (403, "forbidden")
    why: str = answer.json["detail"]
    return why


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so much time pass that new owners are nobody's making any more."""
    monkeypatch.setattr("app.services.second_owner.now", lambda: now() + SETTLED)


def test_who_became_an_owner_after_the_draft_does_not_approve_it(api: Api, olivia: Api, group: str) -> None:
    """Whoever made them; what to do is said."""
    plan = a_plan(olivia, a_draft(olivia, group))
    for maker, name in ((olivia, "puppet"), (api, "late")):
        why = refusal(approve(made_by(maker, name), plan))
        assert f"{name} is an Account Owner since" in why
        assert "after it was begun" in why
        assert "or the operator publishes at the server's command line" in why


def test_nobody_approves_for_whoever_made_them(olivia: Api, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither made before the draft nor by a chain, though its middle is gone; after days they are a second one."""
    puppet = made_by(olivia, "puppet")
    chained = made_by(puppet, "chained")
    done(olivia.post("/users/puppet/deactivate"))
    done(olivia.post("/users/puppet/activate"))
    plan = a_plan(olivia, a_draft(olivia, group))
    for one in (puppet, chained):
        why = refusal(approve(one, plan))
        assert "are no two people in this: olivia made, invited or changed one of them" in why
        assert "`muster mapping publish`" in why
    later(monkeypatch)
    assert done(approve(chained, plan))["decided_by"] == "chained"
    assert done(olivia.post(f"/mapping/plans/{plan}/publish"))["approver"] == "chained"


def test_who_was_given_ownership_by_the_author_does_not_approve(api: Api, olivia: Api, group: str) -> None:
    """Also an old colleague, who was no owner before."""
    api.create("/users", {"user_name": "cora"})
    api_of_cora = api.acting_as("cora")
    done(olivia.post("/assignments", {"users": ["cora"], "role": "Account Owner"}))
    plan = a_plan(olivia, a_draft(olivia, group))
    assert "olivia made" in refusal(approve(api_of_cora, plan))


def test_nobody_lets_their_puppet_write(olivia: Api, group: str) -> None:
    """It is the same the other way round, and with two puppets of one maker."""
    first, second = made_by(olivia, "first"), made_by(olivia, "second")
    plan = a_plan(first, a_draft(first, group))
    assert "olivia and first" in refusal(approve(olivia, plan))
    assert "second and first" in refusal(approve(second, plan))


def test_who_lets_another_owner_in_is_both(api: Api, olivia: Api, group: str) -> None:
    """Whoever switches an owner on again, who then signs in by whatever they had; other changes are no such thing."""
    oscar = api.acting_as("oscar")
    plan = a_plan(olivia, a_draft(olivia, group))
    done(olivia.patch("/users/oscar", {"display_name": "Oscar O."}))
    done(approve(oscar, plan))
    for what in ("deactivate", "activate"):
        done(olivia.post(f"/users/oscar/{what}"))
    assert "olivia made, invited or changed" in refusal(approve(oscar, a_plan(olivia, a_draft(olivia, group))))


def test_to_be_made_an_owner_once_more_makes_no_difference(
    api: Api, olivia: Api, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is an owner for long is not taken out by being given the role again."""
    oscar = api.acting_as("oscar")
    reason = {"users": ["oscar"], "role": "Account Owner", "reason": "again"}
    moment = now()
    monkeypatch.setattr("app.services.second_owner.now", lambda: moment + SETTLED)
    monkeypatch.setattr("app.services.second_owner.SETTLED", SETTLED)
    done(olivia.post("/assignments", reason))
    assert done(approve(oscar, a_plan(olivia, a_draft(olivia, group))))["decided_by"] == "oscar"


def test_what_a_program_wrote_takes_two_people(api: Api, olivia: Api, group: str) -> None:
    """Whoever approves it and whoever publishes it: one and their puppet are not enough."""
    puppet = made_by(olivia, "puppet")
    plan = a_plan(api, a_draft(api, group))
    done(approve(puppet, plan))
    assert "olivia and puppet" in refusal(olivia.post(f"/mapping/plans/{plan}/publish"))
    assert done(api.acting_as("oscar").post(f"/mapping/plans/{plan}/publish"))["approver"] == "puppet"


def test_an_owner_by_role_mapping_approves_after_days(
    api: Api, scim: Scim, olivia: Api, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the directory may be the author: nobody knows who moved its members."""
    owners = scim.create("/Groups", a_group("Owners"))["id"]
    ines = scim.create("/Users", a_user("ines"))["id"]
    done(olivia.patch("/account", {"maps_owner": True}))
    rule = {"name": "Owners", "group": {"id": owners}, "grants": [{"role": "Account Owner"}]}
    plan = a_plan(olivia, a_draft(olivia, group, rule))
    done(approve(api.acting_as("oscar"), plan))
    done(olivia.post(f"/mapping/plans/{plan}/publish"))
    scim.patch(f"/Groups/{owners}", a_patch({"op": "add", "path": "members", "value": [{"value": ines}]}))
    another = {"name": "Another", "group": {"id": group}, "grants": [{"role": "Administrator"}]}
    plan = a_plan(olivia, a_draft(olivia, group, rule, another))
    why = refusal(approve(api.acting_as("ines"), plan))
    assert "ines is an Account Owner by role mapping since" in why
    assert "may approve after 7 days" in why
    later(monkeypatch)
    done(approve(api.acting_as("ines"), plan))


def test_nobody_agrees_to_a_configuration_by_a_puppet(api: Api, olivia: Api, group: str) -> None:
    """A file that waits for a second owner waits for another one; a program's for two who are two."""
    puppet = made_by(olivia, "puppet")
    yaml = (
        f"mapping:\n  rules:\n    - name: Rule\n      group: {{id: {group}}}\n      grants: [{{role: Administrator}}]\n"
    )
    for author, first in ((olivia, None), (api, puppet)):
        proposed = author.post("/configuration/apply", {"yaml": yaml})
        assert proposed.status_code == 202
        place = f"/configuration/proposals/{proposed.json['proposal']}/approve"
        if first is not None:
            assert done(first.post(place, {}))["status"] == "proposed"
        assert "are no two people in this" in refusal((olivia if first else puppet).post(place, {}))
    assert done(api.acting_as("oscar").post(place, {}))["status"] == "applied"


def test_what_makes_account_owners_always_needs_a_second_one(api: Api, scim: Scim, olivia: Api) -> None:
    """However wide the limits are, before anybody is in the group, and to end it, too; a page asks who does it anew."""
    empty = scim.create("/Groups", a_group("Owners"))["id"]
    done(api.patch("/account", {"blast_radius": None, "approves_privileged": False}))
    done(olivia.patch("/account", {"maps_owner": True}))
    rule = {"name": "Owners", "group": {"id": empty}, "grants": [{"role": "Account Owner"}]}
    for rules in ([rule], [{**rule, "where": "title pr"}], []):
        draft = olivia.create("/mapping/drafts", {"title": "Next", "document": {"rules": rules}})["id"]
        plan = a_plan(olivia, draft)
        assert [need["kind"] for need in olivia.read(f"/mapping/plans/{plan}")["needs"]] == ["owner"]
        assert problem(olivia.post(f"/mapping/plans/{plan}/publish")) == (409, "approval-needed")
        done(approve(api.acting_as("oscar"), plan))
        done(olivia.post(f"/mapping/plans/{plan}/publish"))
    marked = {said["operationId"] for _, _, said in operations(api.read("/openapi.json")) if "x-step-up" in said}
    assert marked == {"change_settings", "approve_plan", "publish_plan", "approve_proposal"}


def issued_by(database: Database, api: Api, name: str) -> Api:
    """A program with a key that an owner has issued in their own name."""
    made = crypto.make_token(crypto.API_KEY, KEY.encode())
    with database.writing() as session:
        [person] = find_people(session, api.account_id, name)
        audit.begin(session, audit.Actor("person", person.id, person.user_name))
        tokens.issue_api_key(session, api.account_id, "hers", made, scopes=tuple(tokens.SCOPES), created_by=name)
    return Api(api.app, made.text, api.account_id)


def test_a_key_that_an_owner_issued_speaks_for_no_other_owner(
    database: Database, api: Api, olivia: Api, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its issuer would approve in everybody's name, or let another one write what they approve themselves."""
    hers = issued_by(database, api, "olivia")
    plan = a_plan(olivia, a_draft(olivia, group))
    for what in (
        approve(hers.acting_as("oscar"), plan),
        hers.acting_as("oscar").post("/mapping/drafts", {"title": "His"}),
        hers.acting_as("oscar").post("/assignments", {"users": ["ana"], "role": "Account Owner"}),
    ):
        assert "speaks for no other owner" in refusal(what)
    done(hers.acting_as("olivia").get("/mapping/drafts"))
    monkeypatch.setattr("app.services.issued_keys.now", lambda: now() + SETTLED)
    done(approve(hers.acting_as("oscar"), plan))


def test_nobody_makes_a_puppet_by_a_key_of_theirs(database: Database, api: Api, olivia: Api, group: str) -> None:
    """A program's owners are nobody's, unless a person has issued its key lately."""
    made_by(issued_by(database, api, "olivia"), "puppet")
    plan = a_plan(olivia, a_draft(olivia, group))
    assert "olivia made, invited or changed" in refusal(approve(api.acting_as("puppet"), plan))


def test_nobody_widens_the_limits_by_a_key_of_theirs(database: Database, api: Api, olivia: Api) -> None:
    """Nor does whoever issued it."""
    hers = issued_by(database, api, "olivia")
    for loosened in ({"blast_radius": None}, {"approves_privileged": False}):
        assert "a person only lets more need" in refusal(hers.patch("/account", loosened))
        done(api.patch("/account", loosened))
