"""Business units, roles, assignments and individual permissions by the administration API."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import Database
from app.models.base import now
from app.stores.access_tables import SOURCES
from tests.builders import a_user
from tests.protocol.api_client import Api, done, places, problem
from tests.protocol.conftest import Scim

LAUNCH, VIEW = "campaigns.email.launch", "campaigns.email.view"


class TestUnits:
    """The tree of an account."""

    def test_a_unit_is_made_moved_renamed_and_deleted(self, api: Api) -> None:
        """What a move means can be seen before, and nothing is changed by looking."""
        emea = api.create("/business-units", {"key": "emea", "name": "EMEA"})
        spain = api.create("/business-units", {"key": "es", "name": "Spain", "parent": "EMEA"})
        assert (emea["parent"], spain["parent"], spain["depth"]) == ("root", "emea", 2)
        plan = done(api.post("/business-units/es/move/plan", {"parent": "root"}))
        assert (plan["old_parent"], plan["new_parent"], plan["concerned"]) == ("emea", "root", 0)
        assert api.read("/business-units/es")["parent"] == "emea"
        assert done(api.post("/business-units/es/move", {"parent": "root"}))["depth"] == 1
        assert done(api.patch(f"/business-units/{spain['id']}", {"key": "esp"}))["name"] == "Spain"
        assert api.delete("/business-units/esp").status_code == 204
        assert [unit["key"] for unit in api.every("/business-units")] == ["root", "emea"]

    def test_the_tree_stays_a_tree(self, api: Api) -> None:
        """No circle, no second root, no taken or senseless key, nothing deleted that is in use."""
        api.create("/business-units", {"key": "emea", "name": "EMEA"})
        api.create("/business-units", {"key": "es", "name": "Spain", "parent": "emea"})
        for answer, expected in (
            (api.post("/business-units/emea/move", {"parent": "es"}), 400),
            (api.post("/business-units/emea/move", {"parent": "emea"}), 400),
            (api.post("/business-units/root/move", {"parent": "es"}), 400),
            (api.post("/business-units", {"key": "emea", "name": "Again"}), 409),
            (api.post("/business-units", {"key": "Not A Key", "name": "N"}), 400),
            (api.post("/business-units", {"key": "x", "name": "X", "parent": "nowhere"}), 400),
            (api.delete("/business-units/emea"), 409),
            (api.delete("/business-units/root"), 400),
        ):
            assert problem(answer)[0] == expected, answer.text
        assert [unit["key"] for unit in api.every("/business-units")] == ["root", "emea", "es"]


class TestRoles:
    """Default roles are locked, the account's own are not."""

    def test_a_role_says_what_it_was_told(self, api: Api) -> None:
        """Empty at first, node by node after that; what it lacks is named."""
        made = api.create("/roles", {"name": "Launcher", "description": "Launches."})
        assert (made["statements"], made["revision"], made["is_default"]) == ([], 1, False)
        entries = [{"permission": LAUNCH, "effect": "allow"}, {"permission": "analytics", "effect": "deny"}]
        changed = done(api.patch("/roles/launcher", {"statements": entries}))
        assert {(one["permission"].removesuffix(".*"), one["effect"]) for one in changed["statements"]} == {
            (LAUNCH, "allow"),
            ("analytics", "deny"),
        }
        assert [one["permission"] for one in changed["missing"]] == [LAUNCH]
        whole = done(api.patch("/roles/Launcher", {"add_required": True}))
        assert whole["missing"] == []
        assert {one["key"] for one in api.read("/roles/Launcher/permissions")["permissions"]} >= {LAUNCH, VIEW}
        unset = done(api.patch("/roles/Launcher", {"statements": [{"permission": "analytics", "effect": "unset"}]}))
        assert {one["effect"] for one in unset["statements"]} == {"allow"}

    def test_a_copy_remembers_its_origin(self, api: Api) -> None:
        """And shows what is different by now; two roles can be compared."""
        api.create("/roles", {"name": "My marketer", "copy_of": "Marketer"})
        assert api.read("/roles/My marketer/difference")["overlap"] == 1
        api.patch("/roles/My marketer", {"statements": [{"permission": LAUNCH, "effect": "deny"}]})
        found = api.read("/roles/My marketer/difference")
        assert LAUNCH in {one["key"] for one in found["differing"]}
        assert api.read("/roles/Viewer/compare/Marketer")["left"] == "Viewer"
        assert problem(api.get("/roles/Viewer/difference")) == (404, "not-found")
        mixed = api.post("/roles", {"name": "M", "copy_of": "Viewer", "statements": []})
        assert places(mixed) == {"/statements"}

    def test_an_edit_shows_its_impact_first(self, api: Api) -> None:
        """Who would gain and lose what; nothing is changed by looking."""
        api.create("/roles", {"name": "R", "statements": [{"permission": VIEW, "effect": "allow"}]})
        for number in range(3):
            api.create("/users", {"user_name": f"u{number}", "roles": ["R"]})
        edit = {"statements": [{"permission": VIEW, "effect": "unset"}]}
        first = done(api.request("POST", "/roles/R/impact", edit, query_string={"limit": 2}))
        assert ([one["permission"] for one in first["lost"]], first["holders"], len(first["people"])) == ([VIEW], 3, 2)
        rest = done(api.request("POST", "/roles/R/impact", edit, query_string={"limit": 2, "after": first["next"]}))
        names = {one["user_name"] for one in (*first["people"], *rest["people"])}
        assert (names, rest["next"]) == ({"u0", "u1", "u2"}, None)
        assert api.read("/roles/R/impact-of-deletion")["assignments"] == 3
        assert api.read("/roles/R")["revision"] == 1

    def test_what_cannot_be_is_refused(self, api: Api) -> None:
        """Default roles, taken names, nodes and conditions that the catalogue does not have."""
        api.create("/roles", {"name": "Mine"})
        unknown = {"statements": [{"permission": "nothing.here", "effect": "allow"}]}
        condition = {"statements": [{"permission": VIEW, "effect": "allow", "when": "resource.x eq 1"}]}
        for answer, expected in (
            (api.patch("/roles/Viewer", {"description": "x"}), 409),
            (api.delete("/roles/Viewer"), 409),
            (api.post("/roles", {"name": "VIEWER"}), 409),
            (api.post("/roles", {"name": "  "}), 400),
            (api.post("/roles", {"name": "C", "copy_of": "nothing"}), 400),
            (api.patch("/roles/Mine", unknown), 400),
            (api.patch("/roles/Mine", condition), 400),
            (api.get("/roles/nothing"), 404),
        ):
            assert problem(answer)[0] == expected, answer.text
        assert api.read("/roles/Mine")["revision"] == 1

    def test_a_deleted_role_is_gone_from_everybody(self, api: Api, decide: Any) -> None:
        """At once."""
        api.create("/roles", {"name": "R", "statements": [{"permission": VIEW, "effect": "allow"}]})
        user = api.create("/users", {"user_name": "ana", "roles": ["R"]})["id"]
        assert decide(user, VIEW)["decision"] is True
        assert api.delete("/roles/R").status_code == 204
        assert decide(user, VIEW)["decision"] is False


class TestAssignments:
    """Roles given to users, groups and business units."""

    @pytest.fixture
    def people(self, api: Api) -> Api:
        """Two people, a group and two units."""
        for name in ("ana", "bob"):
            api.create("/users", {"user_name": name})
        api.create("/groups", {"display_name": "Editors"})
        api.create("/business-units", {"key": "emea", "name": "EMEA"})
        api.create("/business-units", {"key": "es", "name": "Spain", "parent": "emea"})
        return api

    def test_many_people_at_once(self, people: Api, decide: Any) -> None:
        """All of them, in a unit with its children; and back again, other roles untouched."""
        given = {"role": "Marketer", "users": ["ana", "BOB"], "unit": "emea", "children": True, "reason": "Ticket 4711"}
        people.post("/assignments", {"role": "Viewer", "users": ["ana"]})
        outcomes = done(people.post("/assignments", given))["results"]
        assert [(one["principal"], one["changed"]) for one in outcomes] == [("ana", True), ("BOB", True)]
        assert not any(one["changed"] for one in done(people.post("/assignments", given))["results"])
        found = people.every("/assignments", filter='role eq "marketer" and unit eq "emea"', limit=1)
        assert {(one["principal"]["name"], one["reach"], one["state"]) for one in found} == {
            ("ana", "subtree", "active"),
            ("bob", "subtree", "active"),
        }
        [source] = found[0]["sources"]
        assert (source["kind"], source["reason"], source["granted_by"]) == ("manual", "Ticket 4711", "test key")
        assert people.read(f"/assignments/{found[0]['id']}") == found[0]
        assert {one["changed"] for one in done(people.post("/assignments/remove", given))["results"]} == {True}
        assert [one["role"] for one in people.every("/assignments")] == ["Viewer"]

    def test_all_of_them_or_nobody(self, people: Api) -> None:
        """Who cannot have it is named by their place; and nobody got it."""
        given = {"role": "Marketer", "users": ["ana", "nobody", "bob", "nobody either"]}
        answer = people.post("/assignments", given)
        assert (problem(answer), places(answer)) == ((400, "invalid"), {"/users/1", "/users/3"})
        assert people.every("/assignments") == []

    def test_groups_and_units_have_roles_too(self, people: Api, scim: Scim, decide: Any) -> None:
        """Each shows what it has itself; a person shows all of it."""
        pushed = scim.create("/Users", a_user("pushed@acme.example"))["id"]
        people.post("/groups/Editors/members", {"users": [pushed]})
        people.put(f"/users/{pushed}/home", {"unit": "es"})
        to_unit = {"role": "Analyst", "principal_unit": "EMEA", "children": True}
        names = [
            done(people.post("/assignments", given))["results"][0]["name"]
            for given in ({"role": "Viewer", "group": "editors"}, to_unit)
        ]
        assert names == ["Editors", "emea"]
        of_group = people.read("/groups/Editors/access")["assignments"]
        of_unit = people.read("/business-units/emea/access")["assignments"]
        assert ([one["role"] for one in of_group], [one["role"] for one in of_unit]) == (["Viewer"], ["Analyst"])
        access = people.read(f"/users/{pushed}/access")
        assert {(one["role"], one["principal"]["kind"]) for one in access["assignments"]} == {
            ("Viewer", "group"),
            ("Analyst", "unit"),
        }
        assert access["home"] == "es"
        assert decide(pushed, VIEW)["decision"] is True
        assert {one["principal"]["name"] for one in people.every("/assignments")} == {"Editors", "emea"}
        done(people.post("/assignments/remove", {"role": "Viewer", "group": "Editors"}))
        assert people.read("/groups/Editors/access")["assignments"] == []

    def test_a_grant_has_a_beginning_and_an_end(self, people: Api, database: Database) -> None:
        """Which can be changed, also when it is over; what would be over at once is refused."""
        over = {"starts": "2020-01-01T00:00:00Z", "expires": "2020-02-01T00:00:00+01:00"}
        past = people.post("/assignments", {"role": "Viewer", "users": ["ana"], **over})
        assert problem(past)[0] == 400
        assert "2020-01-31T23:00:00" in past.text or "2020-02-01T00:00:00" in past.text
        over["expires"] = "2099-02-01T00:00:00+01:00"
        done(people.post("/assignments", {"role": "Viewer", "users": ["ana"], **over}))
        [grant] = people.every("/assignments")
        assert (grant["state"], grant["sources"][0]["expires"]) == ("active", "2099-01-31T23:00:00.000Z")
        with database.writing() as session:
            mine = SOURCES.c.account_id == people.account_id, SOURCES.c.id == grant["sources"][0]["id"]
            session.execute(SOURCES.update().where(*mine).values(expires=now()))
        assert people.every("/assignments")[0]["state"] == "expired"
        longer = {"role": "Viewer", "users": ["ana"], "expires": None}
        assert done(people.post("/assignments/extend", longer))["results"][0]["changed"] is True
        assert people.every("/assignments")[0]["state"] == "active"
        never = {"role": "Viewer", "users": ["bob"], "expires": None}
        assert problem(people.post("/assignments/extend", never)) == (404, "not-found")

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"role": "Viewer"}, 400),
            ({"role": "Viewer", "users": ["ana"], "group": "Editors"}, 400),
            ({"role": "Viewer", "users": []}, 400),
            ({"role": "nothing", "users": ["ana"]}, 400),
            ({"role": "Viewer", "group": "nothing"}, 400),
            ({"role": "Viewer", "users": ["ana"], "unit": "nowhere"}, 400),
            ({"role": "Viewer", "users": ["ana"], "children": True}, 400),
            ({"role": "Account Owner", "group": "Editors"}, 400),
            ({"role": "Account Owner", "users": ["ana"], "unit": "emea"}, 400),
            (
                {
                    "role": "Viewer",
                    "users": ["ana"],
                    "starts": "2030-01-01T00:00:00Z",
                    "expires": "2029-01-01T00:00:00Z",
                },
                400,
            ),
            ({"role": "Viewer", "users": ["ana"], "expires": "tomorrow"}, 400),
            ({"role": "Viewer", "users": ["ana"], "expires": "2030-01-01T00:00:00"}, 400),
            ({"role": "Viewer", "users": ["ana"], "expires": "2030-13-01T00:00:00Z"}, 400),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, people: Api, body: dict[str, Any], expected: int) -> None:
        """And nothing is given."""
        answer = people.post("/assignments", body)
        assert problem(answer)[0] == expected, answer.text
        assert people.every("/assignments") == []

    def test_nobody_gives_themselves_a_role(self, people: Api) -> None:
        """Not even an Account Owner; to others they may, and the source says who did."""
        boss = people.create("/users", {"user_name": "boss", "roles": ["Account Owner"]})["id"]
        acting = people.acting_as("boss")
        assert problem(acting.post("/assignments", {"role": "Viewer", "users": ["boss"]})) == (403, "forbidden")
        done(acting.post("/assignments", {"role": "Viewer", "users": ["ana"]}))
        [grant] = people.every("/assignments", filter='user eq "ana"')
        assert (grant["sources"][0]["granted_by"], grant["sources"][0]["granted_by_name"]) == (boss, "boss")


class TestIndividualPermissions:
    """Allows and denies straight on a user, and where they work."""

    def test_a_deny_wins_until_it_is_unset(self, api: Api, decide: Any) -> None:
        """Several entries at once; unset removes both."""
        user = api.create("/users", {"user_name": "ana", "roles": ["Marketer"]})["id"]
        where = f"/users/{user}/permissions"
        assert decide(user, LAUNCH)["decision"] is True
        entry = {"permission": LAUNCH, "effect": "deny", "reason": "Ticket 4711"}
        [given] = done(api.patch(where, {"entries": [entry]}))["permissions"]
        assert (given["effect"], given["state"], given["reason"]) == ("deny", "active", "Ticket 4711")
        assert decide(user, LAUNCH)["decision"] is False
        assert [one["permission"] for one in api.read(f"/users/{user}/access")["individual"]] == [LAUNCH]
        assert done(api.patch(where, {"entries": [entry | {"effect": "unset"}]}))["permissions"] == []
        assert decide(user, LAUNCH)["decision"] is True

    def test_all_entries_or_none(self, api: Api) -> None:
        """One that the catalogue does not have refuses all."""
        api.create("/users", {"user_name": "ana"})
        entries = [{"permission": LAUNCH, "effect": "deny"}, {"permission": "nothing", "effect": "allow"}]
        assert problem(api.patch("/users/ana/permissions", {"entries": entries})) == (400, "invalid")
        assert api.read("/users/ana/permissions")["permissions"] == []

    def test_one_thing_is_said_of_a_node_at_once(self, api: Api) -> None:
        """Two for good that contradict each other are refused, however the node is written; a term may stand beside."""
        api.create("/users", {"user_name": "ana"})
        where, node = "/users/ana/permissions", LAUNCH.rpartition(".")[0]
        for first, second in (("allow", "deny"), ("deny", "allow"), ("allow", "unset")):
            entries = [{"permission": node, "effect": first}, {"permission": f"{node}.*", "effect": second}]
            answer = api.patch(where, {"entries": entries})
            assert (problem(answer), places(answer)) == ((400, "invalid"), {"/entries/1/permission"})
        assert api.read(where)["permissions"] == []
        entries = [{"permission": node, "effect": "allow"}]
        entries += [{"permission": node, "effect": "deny", "expires": "2099-01-01T00:00:00Z"}]
        assert len(done(api.patch(where, {"entries": entries}))["permissions"]) == 2

    def test_where_somebody_works(self, api: Api) -> None:
        """A home and other units; with their children is another membership."""
        api.create("/users", {"user_name": "ana"})
        api.create("/business-units", {"key": "emea", "name": "EMEA"})
        assert done(api.put("/users/ana/home", {"unit": "EMEA"}))["home"] == "emea"
        done(api.post("/users/ana/units", {"unit": "root", "children": True}))
        [work] = api.read("/users/ana/units")["works_in"]
        assert (work["unit"], work["with_children"], work["kind"]) == ("root", True, "manual")
        api.delete("/users/ana/units/root")
        assert len(api.read("/users/ana/units")["works_in"]) == 1
        assert api.request("DELETE", "/users/ana/units/root", query_string={"children": "true"}).status_code == 204
        assert api.read("/users/ana/units")["works_in"] == []
        assert done(api.put("/users/ana/home", {"unit": None}))["home"] is None
        for answer in (
            api.put("/users/ana/home", {"unit": "nowhere"}),
            api.post("/users/ana/units", {"unit": "nowhere"}),
        ):
            assert (problem(answer), places(answer)) == ((400, "invalid"), {"/unit"})
        assert problem(api.delete("/users/ana/units/nowhere")) == (404, "not-found")
