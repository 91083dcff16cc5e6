"""What the administration API refuses: each with the status that says why, and every place that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.api.catalogue import _MANIFEST
from app.db import Database
from app.services.tokens import SCOPES
from tests.builders import a_customer
from tests.protocol.api_client import Api, an_api_key, done, places, problem

NOBODY, UNKNOWN = "nobody", "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d"
VIEW = "campaigns.email.view"


@pytest.fixture
def studio(app: Flask, database: Database) -> Api:
    """An account whose items are kept here, with a person, a unit and a group."""
    account_id = a_customer(database, profile="exacttarget").account_id
    api = Api(app, an_api_key(database, account_id), account_id)
    api.create("/users", {"user_name": "ana"})
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    api.create("/groups", {"display_name": "Editors"})
    return api


class TestReferences:
    """404 is for what the address names; what the rest of the request names is a mistake there."""

    @pytest.mark.parametrize("word", [NOBODY, UNKNOWN])
    def test_in_an_address(self, studio: Api, word: str) -> None:
        """By name or by id."""
        for method, path, body in (
            ("GET", f"/users/{word}", None),
            ("GET", f"/users/{word}/access", None),
            ("GET", f"/roles/{word}", None),
            ("GET", f"/groups/{word}/access", None),
            ("PATCH", f"/users/{word}/permissions", {"entries": [{"permission": "x", "effect": "deny"}]}),
            ("POST", f"/users/{word}/units", {"unit": "emea"}),
            ("POST", f"/users/{word}/units", {"unit": word}),
            ("DELETE", f"/users/ana/units/{word}", None),
            ("POST", f"/business-units/{word}/move", {"parent": "root"}),
        ):
            assert problem(studio.request(method, path, body)) == (404, "not-found"), path

    @pytest.mark.parametrize("word", [NOBODY, UNKNOWN])
    def test_in_a_body(self, studio: Api, word: str) -> None:
        """400 with the pointer, for every kind of thing."""
        given = {"role": "Content Creator", "reason": word}
        for method, path, body, place in (
            ("POST", "/assignments", given | {"users": ["ana", word]}, "/users/1"),
            ("POST", "/assignments", given | {"role": word, "users": ["ana"]}, "/role"),
            ("POST", "/assignments", given | {"group": word}, "/group"),
            ("POST", "/assignments", given | {"principal_unit": word}, "/principal_unit"),
            ("POST", "/assignments", given | {"users": ["ana"], "unit": word}, "/unit"),
            ("POST", "/assignments/extend", given | {"users": [word], "expires": None}, "/users/0"),
            ("POST", "/roles", {"name": "R", "copy_of": word}, "/copy_of"),
            ("POST", "/users", {"user_name": "new", "home_unit": word}, "/home_unit"),
            ("POST", "/users", {"user_name": "new", "roles": [word]}, "/roles/0"),
            ("PATCH", "/account", {"default_roles": [word]}, "/default_roles/0"),
            ("POST", "/groups/Editors/members", {"users": ["ana", word]}, "/users/1"),
            ("POST", "/groups/Editors/members", {"groups": [word]}, "/groups/0"),
            ("POST", "/business-units", {"key": "x", "name": "X", "parent": word}, "/parent"),
            ("POST", "/business-units/emea/move", {"parent": word}, "/parent"),
            ("POST", "/items", {"type": "email", "id": "e", "owner": word}, "/owner"),
            ("POST", "/items", {"type": "email", "id": "e", "owner_group": word}, "/owner_group"),
            ("POST", "/items", {"type": "email", "id": "e", "unit": word}, "/unit"),
            ("POST", "/explain", {"user": word, "permission": VIEW}, "/user"),
        ):
            answer = studio.request(method, path, body)
            assert (problem(answer), places(answer)) == ((400, "invalid"), {place}), (path, body, answer.text)
        entries = [
            {"permission": "*", "effect": "deny"},
            {"permission": "*", "effect": "allow", "unit": word},
        ]
        answer = studio.patch("/users/ana/permissions", {"entries": entries})
        assert (problem(answer), places(answer)) == ((400, "invalid"), {"/entries/1/unit"})
        assert studio.every("/assignments") == []

    def test_in_a_parameter(self, studio: Api) -> None:
        """Named as such."""
        answer = studio.get("/data-filters/combined", unit="nowhere", record_type="subscriber")
        assert problem(answer)[0] == 400
        assert places(answer) <= {"unit", "record_type"}


class TestGuards:
    """What a guard forbids is 403, for one as for many."""

    def test_many_people_at_once(self, api: Api) -> None:
        """Nobody gives themselves a role, nor does somebody without the right; an unknown name beside it is told."""
        for name, roles in (("boss", ["Account Owner"]), ("ana", ["Viewer"]), ("bob", [])):
            api.create("/users", {"user_name": name, "roles": roles})
        given = {"role": "Marketer", "users": ["bob", "boss", NOBODY]}
        for path in ("/assignments", "/assignments/remove"):
            answer = api.acting_as("boss").post(path, given)
            assert (problem(answer), places(answer)) == ((403, "forbidden"), {"/users/1", "/users/2"})
        assert problem(api.acting_as("ana").post("/assignments", given | {"users": ["bob"]})) == (403, "forbidden")
        assert [one["role"] for one in api.every("/assignments", filter='user eq "bob"')] == []

    def test_default_roles_are_locked(self, api: Api) -> None:
        """Whoever it is: 409, and what to do instead."""
        for answer in (
            api.patch("/roles/Viewer", {"name": "Mine"}),
            api.delete("/roles/Viewer"),
            api.post("/roles/Viewer/impact", {"name": "Mine"}),
        ):
            assert problem(answer) == (409, "conflict")
            assert "copy it" in answer.json["detail"]


class TestPlaces:
    """``errors`` names every place that is wrong."""

    def test_of_a_manifest(self, api: Api) -> None:
        """Of its shape first, then of its meaning; all at once."""
        [tab] = _MANIFEST["tabs"]
        wrong = {"name": "Not A Key", "version": "1", "tabs": [tab | {"title": {"en": "x"}}], "items": {"x": 1}}
        for method, path in (("POST", "/catalogue/plan"), ("PUT", "/catalogue")):
            answer = api.request(method, path, {"manifest": wrong})
            assert problem(answer) == (400, "invalid")
            assert places(answer) == {"/manifest/name", "/manifest/tabs/0/title/es", "/manifest/items/x"}
        twice = _MANIFEST | {"tabs": [tab, tab | {"key": "other"}]}
        answer = api.put("/catalogue", {"manifest": twice})
        assert "/manifest/tabs/1/sections/0/permissions/0/key" in places(answer)
        assert places(api.put("/catalogue", {"manifest": []})) == {"/manifest"}

    def test_of_statements_and_individual_permissions(self, api: Api) -> None:
        """The entry, and what of it."""
        api.create("/users", {"user_name": "ana"})
        right = {"permission": VIEW, "effect": "allow"}
        statements = [right, {"permission": "nothing.here", "effect": "allow"}, right | {"when": "resource.x eq 1"}]
        expected = {"/statements/1/permission", "/statements/2/when"}
        api.create("/roles", {"name": "Mine"})
        for answer in (
            api.post("/roles", {"name": "R", "statements": statements}),
            api.patch("/roles/Mine", {"statements": statements}),
            api.post("/roles/Mine/impact", {"statements": statements}),
        ):
            assert (problem(answer), places(answer)) == ((400, "invalid"), expected)
        assert places(api.patch("/roles/Mine", {"statements": [right, right]})) == {"/statements/1"}
        entries = [right, {"permission": "nothing.here", "effect": "deny"}]
        assert places(api.patch("/users/ana/permissions", {"entries": entries})) == {"/entries/1/permission"}

    def test_of_filters(self, studio: Api, api: Api) -> None:
        """A parameter in a list, a pointer in a body."""
        for path in ("/items", "/users", "/roles", "/business-units", "/assignments", "/groups/Editors/members"):
            answer = studio.get(path, filter="nothing eq 1")
            assert (problem(answer), places(answer)) == ((400, "invalid"), {"filter"}), path
        bad = {"record_type": "contact", "unit": "root", "filter": "nothing eq 1"}
        assert places(api.put("/data-filters", bad)) == {"/filter"}
        trial = {"record_type": "contact", "record": {"country": 7}, "filter": 'country eq "ES"'}
        assert places(api.post("/data-filters/test", trial)) == {"/record"}

    @pytest.mark.parametrize(
        ("more", "place", "said"),
        [
            ({"unit": "root"}, "", "give a filter or a user"),
            ({"filter": 'country eq "ES"', "user": "ana"}, "", "one of the two"),
            ({"filter": 'country eq "ES"', "unit": "root"}, "/unit", "goes with user"),
        ],
    )
    def test_of_a_trial(self, api: Api, more: dict[str, Any], place: str, said: str) -> None:
        """Neither filter nor user, or both."""
        answer = api.post("/data-filters/test", {"record_type": "contact", "record": {}} | more)
        assert (problem(answer), places(answer)) == ((400, "invalid"), {place})
        assert said in answer.json["detail"]

    def test_of_items(self, studio: Api) -> None:
        """Types, levels and attributes; of one or of many."""
        wrong = {"type": "email", "id": "e", "attributes": {"nothing": 1}}
        assert places(studio.post("/items", wrong)) == {"/attributes/nothing"}
        assert places(studio.post("/items", {"type": "nothing", "id": "e"})) == {"/type"}
        assert places(studio.post("/items/bulk", {"items": [wrong]})) == {"/items/0/attributes/nothing"}
        studio.create("/items", {"type": "email", "id": "e"})
        assert places(studio.patch("/items/email/e", {"attributes": {"nothing": 1}})) == {"/attributes/nothing"}

    def test_of_a_circle_of_units(self, studio: Api) -> None:
        """It is the parent that cannot be."""
        for path in ("/business-units/emea/move", "/business-units/emea/move/plan"):
            assert places(studio.post(path, {"parent": "emea"})) == {"/parent"}


def test_who_is_in_a_group_that_gives_access_is_a_matter_of_access(app: Flask, database: Database, api: Api) -> None:
    """Also if it is by a group above it. Other groups need no more than ``groups:write``."""
    user = api.create("/users", {"user_name": "ana"})["id"]
    for name in ("Giving", "Within", "Plain"):
        api.create("/groups", {"display_name": name})
    done(api.post("/groups/Giving/members", {"groups": ["Within"]}))
    done(api.post("/assignments", {"role": "Administrator", "group": "Giving"}))
    lesser = Api(app, an_api_key(database, api.account_id, *(one for one in SCOPES if one != "access:write")))
    for name in ("Giving", "Within"):
        for answer in (
            lesser.post(f"/groups/{name}/members", {"users": ["ana"]}),
            lesser.post(f"/groups/{name}/members/remove", {"members": [user]}),
            lesser.delete(f"/groups/{name}"),
        ):
            assert problem(answer) == (403, "insufficient-scope")
            assert answer.json["scope"] == "access:write"
    assert api.read("/users/ana/access")["assignments"] == []
    assert done(lesser.post("/groups/Plain/members", {"users": ["ana"]}))["changed"] == 1
    assert done(api.post("/groups/Within/members", {"users": ["ana"]}))["changed"] == 1
    assert lesser.delete("/groups/Plain").status_code == 204


def test_an_account_is_suspended_and_resumed(operator_api: Api, api: Api) -> None:
    """Its keys are refused meanwhile; both are in its audit trail."""
    where = f"/accounts/{api.account_id}"
    assert api.get("/users").status_code == 200
    for _ in range(2):
        assert done(operator_api.post(f"{where}/suspend"))["suspended"] is True
    assert problem(api.get("/users")) == (401, "unauthenticated")
    assert operator_api.read(where)["suspended"] is True
    assert done(operator_api.post(f"{where}/resume"))["suspended"] is False
    assert api.get("/users").status_code == 200
    assert problem(api.post(f"{where}/suspend")) == (401, "unauthenticated")
    assert problem(operator_api.post("/accounts/nothing/suspend")) == (404, "not-found")
