"""Accounts, settings, users and groups by the administration API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import Database
from app.models import AuditEvent
from app.models.base import table
from tests.builders import ENTERPRISE, a_group, a_user
from tests.protocol.api_client import Api, an_api_key, places, problem
from tests.protocol.conftest import Scim

EVENTS = table(AuditEvent)


class TestAccounts:
    """With a key of the installation."""

    def test_a_new_account_is_ready_for_use(self, operator_api: Api, database: Database) -> None:
        """It has a profile, a root unit and a directory of its own, and nobody is in it."""
        made = operator_api.create("/accounts", {"name": f"Made {operator_api.key}", "profile": "crm"})
        assert (made["profile"], made["suspended"]) == ("crm", False)
        assert operator_api.read(f"/accounts/MADE%20{operator_api.key}")["id"] == made["id"]
        listed = operator_api.every("/accounts", filter=f'name eq "{made["name"]}"')
        assert [one["id"] for one in listed] == [made["id"]]
        assert _actions(database, made["id"])[0] == ("account.created", "key")

    def test_names_and_profiles_are_checked(self, operator_api: Api) -> None:
        """A taken name, one without letters, a profile that there is not, and never a file."""
        operator_api.create("/accounts", {"name": f"Twin {operator_api.key}"})
        taken = operator_api.post("/accounts", {"name": f"TWIN {operator_api.key}"})
        assert problem(taken) == (409, "conflict")
        assert problem(operator_api.post("/accounts", {"name": "   "})) == (400, "invalid")
        assert problem(operator_api.post("/accounts", {"name": "N", "profile": "nothing"})) == (400, "invalid")
        for file in ("/etc/passwd", "pyproject.toml", "../x.toml", "x.JSON"):
            answer = operator_api.post("/accounts", {"name": "N", "profile": file})
            assert (problem(answer), places(answer)) == ((400, "invalid"), {"/profile"})
        assert problem(operator_api.get("/accounts/nothing")) == (404, "not-found")


class TestSettings:
    """What an account decides itself."""

    def test_settings_are_changed_one_by_one(self, api: Api, database: Database) -> None:
        """What is left out stays; the audit trail says what was before."""
        before = api.read("/account")
        assert (before["subject_form"], before["finds_external_id"], before["default_roles"]) == ("userName", False, [])
        after = api.patch("/account", {"subject_form": "externalId", "default_roles": ["viewer"]}).json
        assert after == before | {"subject_form": "externalId", "default_roles": ["Viewer"]}
        assert ("account.changed", "key") in _actions(database, api.account_id)

    def test_nonsense_changes_nothing(self, api: Api, other_api: Api) -> None:
        """An unknown role, a form that there is not, another account's name."""
        before = api.read("/account")
        theirs = other_api.read("/account")["name"]
        assert problem(api.patch("/account", {"name": theirs})) == (409, "conflict")
        assert problem(api.patch("/account", {"name": " "})) == (400, "invalid")
        assert problem(api.patch("/account", {"subject_form": "shoeSize"})) == (400, "invalid")
        mixed = {"finds_external_id": True, "default_roles": ["Nobody"]}
        assert problem(api.patch("/account", mixed)) == (400, "invalid")
        assert problem(api.patch("/account", {"default_roles": ["Account Owner"]})) == (400, "invalid")
        assert api.read("/account") == before


class TestUsers:
    """People made by hand, and everybody else."""

    def test_a_user_made_by_hand_is_of_the_local_directory(self, api: Api, database: Database, scim: Scim) -> None:
        """With origin, home and attributes; no directory sees them, and the trail says who made them."""
        attributes = {"name": {"givenName": "Ana"}, ENTERPRISE: {"department": "Sales"}}
        made = api.create(
            "/users",
            {"user_name": "ana@acme.example", "home_unit": "ROOT", "external_id": "7", "attributes": attributes},
        )
        assert (made["origin"], made["active"], made["home_unit"]) == ("manual", True, "root")
        assert (made["directory"]["is_local"], made["attributes"]) == (True, attributes)
        assert scim.read("/Users")["totalResults"] == 0
        assert ("user.created", "key") in _actions(database, api.account_id)

    def test_default_roles_are_for_people_made_by_hand(self, api: Api, scim: Scim, decide: Any) -> None:
        """Those of the account's setting, unless roles are chosen; whoever is pushed gets none."""
        api.patch("/account", {"default_roles": ["Viewer"]})
        by_hand = api.create("/users", {"user_name": "ana@acme.example"})["id"]
        chosen = api.create("/users", {"user_name": "bob@acme.example", "roles": ["Marketer"]})["id"]
        none = api.create("/users", {"user_name": "cid@acme.example", "roles": []})["id"]
        pushed = scim.create("/Users", a_user("dora@acme.example"))["id"]
        roles = {
            id: [one["role"] for one in api.read(f"/users/{id}/access")["assignments"]] for id in (by_hand, chosen)
        }
        assert roles == {by_hand: ["Viewer"], chosen: ["Marketer"]}
        assert decide(by_hand, "campaigns.email.view")["decision"] is True
        for nobody in (none, pushed):
            assert decide(nobody, "campaigns.email.view")["decision"] is False

    def test_a_merge_patch_changes_what_it_names(self, api: Api) -> None:
        """RFC 7396: what is left out stays, null clears, objects are merged, whatever the case of SCIM's names."""
        where = _user(api, attributes={"title": "Boss", "name": {"givenName": "Ana", "familyName": "Paz"}})
        changed = api.patch(
            where, {"display_name": "A", "attributes": {"TITLE": None, "name": {"familyName": "Gil"}}}
        ).json
        assert changed["display_name"] == "A"
        assert changed["attributes"] == {"name": {"givenName": "Ana", "familyName": "Gil"}}
        assert api.patch(where, {"display_name": None}).json["display_name"] is None
        assert api.patch(where, {}).json["modified"] == api.read(where)["modified"]

    @pytest.mark.parametrize(
        "change",
        [
            {"attributes": {"shoeSize": 42}},
            {"attributes": {"active": False}},
            {"attributes": {"id": "x"}},
            {"attributes": {"groups": []}},
            {"attributes": {"emails": "ana@acme.example"}},
            {"attributes": {"urn:example:nothing": {}}},
            {"active": False},
            {"user_name": None},
            {"user_name": ""},
        ],
    )
    def test_what_does_not_fit_changes_nothing(self, api: Api, change: dict[str, Any]) -> None:
        """Attributes that nobody declared, or that have operations of their own."""
        where = _user(api)
        before = api.read(where)
        assert problem(api.patch(where, change)) == (400, "invalid")
        assert api.read(where) == before

    def test_names_are_unique_in_the_directory(self, api: Api, scim: Scim) -> None:
        """Whatever their case; another directory may have the same one, and then only the id names somebody."""
        where = _user(api, "ana@acme.example")
        other = _user(api, "bob@acme.example")
        assert problem(api.post("/users", {"user_name": "ANA@acme.example"})) == (409, "conflict")
        assert problem(api.patch(other, {"user_name": "Ana@acme.example"})) == (409, "conflict")
        pushed = scim.create("/Users", a_user("ana@acme.example"))["id"]
        assert problem(api.get("/users/ana@acme.example")) == (404, "not-found")
        assert api.read(where)["id"] != api.read(f"/users/{pushed}")["id"]

    def test_people_of_other_directories_are_changed_there(self, api: Api, scim: Scim) -> None:
        """The refusal names the directory; they can be read, and work where the administrator says."""
        pushed = f"/users/{scim.create('/Users', a_user('pushed@acme.example'))['id']}"
        for answer in (
            api.patch(pushed, {"display_name": "X"}),
            api.post(f"{pushed}/deactivate"),
            api.post(f"{pushed}/activate"),
            api.delete(pushed),
        ):
            assert problem(answer) == (403, "forbidden")
            assert "IdP" in answer.json["detail"]
        assert api.read(pushed)["origin"] == "scim"
        assert api.put(f"{pushed}/home", {"unit": "root"}).json["home"] == "root"

    def test_who_is_deactivated_can_do_nothing(self, api: Api, decide: Any) -> None:
        """From the next decision on; activated again they have what they had."""
        where = _user(api, roles=["Viewer"])
        id = api.read(where)["id"]
        assert decide(id, "campaigns.email.view")["decision"] is True
        assert api.post(f"{where}/deactivate").json["active"] is False
        assert decide(id, "campaigns.email.view")["decision"] is False
        assert api.post(f"{where}/activate").json["active"] is True
        assert decide(id, "campaigns.email.view")["decision"] is True

    def test_the_last_owner_stays(self, api: Api) -> None:
        """Neither deactivated nor deleted, by no program either; of two, one may go."""
        where = _user(api, "boss@acme.example", roles=["Account Owner"])
        assert problem(api.post(f"{where}/deactivate")) == (409, "conflict")
        assert problem(api.delete(where)) == (409, "conflict")
        second = _user(api, "second@acme.example", roles=["Account Owner"])
        assert api.delete(where).status_code == 204
        assert problem(api.post(f"{second}/deactivate")) == (409, "conflict")

    def test_of_themselves_people_change_what_decides_nothing(self, api: Api) -> None:
        """Their own profile page; not who they are or whether they are active, not even an Account Owner."""
        where = _user(api, "boss@acme.example", roles=["Account Owner"])
        _user(api, "second@acme.example", roles=["Account Owner"])
        boss = api.acting_as("boss@acme.example")
        assert boss.patch(where, {"display_name": "X", "attributes": {"locale": "es-ES"}}).status_code == 200
        for answer in (boss.patch(where, {"user_name": "x"}), boss.post(f"{where}/deactivate"), boss.delete(where)):
            assert problem(answer) == (403, "forbidden")
        assert boss.patch("/users/second@acme.example", {"display_name": "X"}).status_code == 200

    def test_a_deleted_user_is_gone_with_what_they_had(self, api: Api, database: Database) -> None:
        """The trail keeps what it was."""
        where = _user(api, roles=["Viewer"])
        assert api.delete(where).status_code == 204
        assert problem(api.get(where)) == (404, "not-found")
        assert problem(api.delete(where)) == (404, "not-found")
        assert api.every("/assignments") == []
        assert [action for action, _ in _actions(database, api.account_id)].count("access.revoked") == 1


class TestGroups:
    """Groups made by hand, with members of any directory."""

    def test_members_come_from_all_directories(self, api: Api, scim: Scim, decide: Any) -> None:
        """And have what the group has; the directory they come from hears nothing of it."""
        pushed = scim.create("/Users", a_user("pushed@acme.example"))["id"]
        team = scim.create("/Groups", a_group("Team"))["id"]
        _user(api, "ana@acme.example")
        where = f"/groups/{api.create('/groups', {'display_name': 'Editors'})['id']}"
        api.post("/assignments", {"role": "Viewer", "group": "Editors"})
        members = {"users": ["ana@acme.example", pushed], "groups": ["team"]}
        assert api.post(f"{where}/members", members).json == {"changed": 3, "member_count": 3}
        assert api.post(f"{where}/members", members).json == {"changed": 0, "member_count": 3}
        listed = api.every(f"{where}/members", limit=1)
        assert {(one["kind"], one["name"]) for one in listed} == {
            ("user", "ana@acme.example"),
            ("user", "pushed@acme.example"),
            ("group", "Team"),
        }
        assert [one["id"] for one in api.every(f"{where}/members", filter='kind eq "group"')] == [team]
        assert decide(pushed, "campaigns.email.view")["decision"] is True
        assert "groups" not in scim.read(f"/Users/{pushed}")
        assert scim.read("/Users", filter="groups pr")["totalResults"] == 0
        assert scim.read("/Users", filter='groups.display eq "Editors"')["totalResults"] == 0
        assert scim.read("/Users")["Resources"][0].get("groups") is None
        assert api.post(f"{where}/members/remove", {"members": [pushed, "nobody"]}).json == {
            "changed": 1,
            "member_count": 2,
        }
        assert decide(pushed, "campaigns.email.view")["decision"] is False

    def test_a_member_who_goes_is_counted_no_more(self, api: Api, scim: Scim) -> None:
        """Whichever directory deletes them."""
        pushed = scim.create("/Users", a_user("pushed@acme.example"))["id"]
        where = f"/groups/{api.create('/groups', {'display_name': 'Editors'})['id']}"
        api.post(f"{where}/members", {"users": [pushed]})
        assert scim.delete(f"/Users/{pushed}").status_code == 204
        assert api.read(where)["member_count"] == 0

    def test_a_group_is_renamed_and_deleted(self, api: Api) -> None:
        """What is left out stays, null clears."""
        made = api.create("/groups", {"display_name": "Editors", "external_id": "E"})
        where = f"/groups/{made['id']}"
        changed = api.patch(where, {"display_name": "Writers"}).json
        assert (changed["display_name"], changed["external_id"]) == ("Writers", "E")
        assert api.patch(where, {"external_id": None}).json["external_id"] is None
        assert problem(api.get("/groups/editors")) == (404, "not-found")
        assert api.delete("/groups/WRITERS").status_code == 204
        assert problem(api.get(where)) == (404, "not-found")

    def test_what_cannot_be_is_refused(self, api: Api, scim: Scim) -> None:
        """A taken name, unknown members, a group in itself, another directory's group; nothing is changed."""
        scim.create("/Groups", a_group("Pushed"))
        where = f"/groups/{api.create('/groups', {'display_name': 'Editors'})['id']}"
        _user(api, "ana@acme.example")
        assert problem(api.post("/groups", {"display_name": "EDITORS"})) == (409, "conflict")
        unknown = {"users": ["ana@acme.example", "nobody@acme.example"]}
        assert problem(api.post(f"{where}/members", unknown)) == (400, "invalid")
        assert problem(api.post(f"{where}/members", {"groups": ["Editors"]})) == (400, "invalid")
        for answer in (
            api.patch("/groups/Pushed", {"display_name": "X"}),
            api.delete("/groups/Pushed"),
            api.post("/groups/Pushed/members", {"users": ["ana@acme.example"]}),
            api.post("/groups/Pushed/members/remove", {"members": []}),
        ):
            assert problem(answer) == (403, "forbidden")
            assert "IdP" in answer.json["detail"]
        assert api.read(where)["member_count"] == 0

    def test_nobody_joins_what_gives_them_access(self, api: Api) -> None:
        """An Account Owner puts others into a group with roles, not themselves."""
        _user(api, "boss@acme.example", roles=["Account Owner"])
        _user(api, "ana@acme.example")
        where = f"/groups/{api.create('/groups', {'display_name': 'Editors'})['id']}"
        boss = api.acting_as("boss@acme.example")
        assert boss.post(f"{where}/members", {"users": ["boss@acme.example"]}).status_code == 200
        api.post(f"{where}/members/remove", {"members": [api.read("/users/boss@acme.example")["id"]]})
        api.post("/assignments", {"role": "Viewer", "group": "Editors"})
        assert problem(boss.post(f"{where}/members", {"users": ["boss@acme.example"]})) == (403, "forbidden")
        assert boss.post(f"{where}/members", {"users": ["ana@acme.example"]}).status_code == 200


def _user(api: Api, user_name: str = "ana@acme.example", **given: Any) -> str:
    """Where a new user is found."""
    return f"/users/{api.create('/users', {'user_name': user_name, **given})['id']}"


def _actions(database: Database, account_id: str) -> list[tuple[str, str]]:
    """What the trail of an account has, and who did it."""
    with database.reading() as session:
        query = select(EVENTS.c.action, EVENTS.c.actor_kind).where(EVENTS.c.account_id == account_id)
        return [tuple(row) for row in session.execute(query.order_by(EVENTS.c.sequence))]


def test_r6_nobody_else_says_where_an_owner_is_written_to(app: Flask, api: Api, database: Database) -> None:
    """Links to the local door are mailed there: no key for users alone, and no other owner, changes it."""
    olivia, otto = (
        api.create("/users", {"user_name": name, "roles": ["Account Owner"]})["id"]
        for name in ("olivia@acme.example", "otto@acme.example")
    )
    ana = api.create("/users", {"user_name": "ana@acme.example"})["id"]
    evil = {"attributes": {"emails": [{"value": "evil@elsewhere.example", "primary": True}]}}
    only_users = Api(app, an_api_key(database, api.account_id, "users:read", "users:write"), api.account_id)
    before = api.read(f"/users/{olivia}")
    assert problem(only_users.patch(f"/users/{olivia}", evil)) == (403, "insufficient-scope")
    assert problem(only_users.patch(f"/users/{olivia}", {"user_name": "other"})) == (403, "insufficient-scope")
    assert only_users.patch(f"/users/{ana}", evil).status_code == 200
    assert problem(api.acting_as(otto).patch(f"/users/{olivia}", evil)) == (403, "forbidden")
    assert problem(api.acting_as(otto).patch(f"/users/{olivia}", {"user_name": "other"})) == (403, "forbidden")
    assert api.read(f"/users/{olivia}") == before
    assert api.acting_as(otto).patch(f"/users/{olivia}", {"display_name": "Olivia"}).status_code == 200
    assert api.acting_as(olivia).patch(f"/users/{olivia}", evil).status_code == 200
