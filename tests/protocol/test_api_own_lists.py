"""By the API: many people turned off and on after a look, what people ask for, and lists as they like to see them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.builders import a_user
from tests.protocol.api_client import Api, done, places, problem
from tests.protocol.conftest import Scim

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def people(api: Api) -> Api:
    """An Account Owner, another one, a manager of one unit, and two who administer nothing."""
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    made = {"boss": ["Account Owner"], "second": ["Account Owner"], "carl": [], "ana": ["Viewer"], "bob": ["Marketer"]}
    for name, roles in made.items():
        api.create("/users", {"user_name": name, "roles": roles})
    done(api.post("/assignments", {"role": "Administrator", "users": ["carl"], "unit": "emea"}))
    return api


def active(api: Api) -> set[str]:
    """Who is."""
    return {one["user_name"] for one in api.every("/users", filter="active eq true")}


class TestMany:
    """Activated and deactivated at once."""

    def test_all_or_nobody_after_a_look(self, people: Api) -> None:
        """What is foreseen changes nothing; what is wrong names each."""
        foreseen = done(people.post("/users/activation-impact", {"users": ["ana", "BOB", "ana"], "active": False}))
        assert (foreseen["changed"], foreseen["concerned"], foreseen["losing"], foreseen["gaining"]) == (2, 2, 2, 0)
        lost = {one["user_name"]: one["lost"] for one in foreseen["people"]}
        assert lost["ana"]
        assert lost["bob"]
        assert {"ana", "bob"} <= active(people)
        outcome = done(people.post("/users/deactivate", {"users": ["ana", "bob"]}))
        assert [(one["name"], one["changed"]) for one in outcome["results"]] == [("ana", True), ("bob", True)]
        assert not {"ana", "bob"} & active(people)
        again = done(people.post("/users/deactivate", {"users": ["ana"]}))
        assert again["results"][0]["changed"] is False
        done(people.post("/users/activate", {"users": ["ana", "bob"]}))
        assert {"ana", "bob"} <= active(people)

    def test_one_of_a_directory_keeps_all_as_they_are(self, people: Api, scim: Scim) -> None:
        """They are deactivated where they come from; the place says who it is."""
        pushed = scim.create("/Users", a_user())["id"]
        for path in ("/users/deactivate", "/users/activation-impact"):
            body: dict[str, Any] = {"users": ["ana", pushed]} | ({"active": False} if "impact" in path else {})
            answer = people.post(path, body)
            assert problem(answer) == (403, "forbidden")
            assert places(answer) == {"/users/1"}
        assert "ana" in active(people)

    def test_those_who_turn_the_same_people_at_once_wait_for_each_other(self, people: Api) -> None:
        """Whatever the order in which they name them: all of them are off or on, as the last one said."""
        names = [f"person-{number:02}" for number in range(12)]
        for name in names:
            people.create("/users", {"user_name": name})
        before = len(people.every("/audit-entries", filter='action eq "user.updated"'))
        asked = [("deactivate", names), ("activate", names[::-1])] * 3
        with ThreadPoolExecutor(len(asked)) as pool:
            answers = [*pool.map(lambda one: people.post(f"/users/{one[0]}", {"users": one[1]}), asked)]
        assert [answer.status_code for answer in answers] == [200] * len(asked), [answer.text for answer in answers]
        assert active(people) & {*names} in (set(), {*names})
        turned = sum(one["changed"] for answer in answers for one in answer.json["results"])
        assert len(people.every("/audit-entries", filter='action eq "user.updated"')) - before == turned

    def test_who_may_not_is_refused(self, people: Api) -> None:
        """Nobody themselves, no delegate somebody of elsewhere, never the last owner; nor whom there is not."""
        boss, carl = people.acting_as("boss"), people.acting_as("carl")
        assert problem(boss.post("/users/deactivate", {"users": ["ana", "boss"]})) == (403, "forbidden")
        assert problem(carl.post("/users/deactivate", {"users": ["bob"]})) == (403, "forbidden")
        assert problem(people.post("/users/deactivate", {"users": ["boss", "second"]}))[0] in (400, 409)
        assert problem(people.post("/users/deactivate", {"users": ["ana", HOSTILE]})) == (400, "invalid")
        assert problem(people.post("/users/deactivate", {"users": []})) == (400, "invalid")
        assert {"ana", "bob", "boss", "second"} <= active(people)


class TestRequests:
    """People ask, an owner answers."""

    def test_somebody_asks_and_is_answered(self, people: Api) -> None:
        """Nothing is given by that."""
        ana, boss = people.acting_as("ana"), people.acting_as("boss")
        made = ana.post("/users/ana/access-requests", {"kind": "role", "role": HOSTILE, "text": "For the report"})
        assert made.status_code == 201
        id = made.json["id"]
        assert (made.json["state"], made.json["role"]) == ("open", HOSTILE)
        assert [one["id"] for one in boss.every("/access-requests", filter='user_name eq "ana"')] == [id]
        answered = done(boss.post(f"/access-requests/{id}/answer", {"state": "declined", "text": "Bo does it"}))
        assert (answered["state"], answered["answered_by"]) == ("declined", "boss")
        assert problem(boss.post(f"/access-requests/{id}/answer", {"state": "done"})) == (409, "conflict")
        assert people.every("/access-requests") == []
        assert done(ana.get("/users/ana/access-requests"))["requests"][0]["answer"] == "Bo does it"
        actions = [one["action"] for one in people.every("/audit-entries", filter='action sw "request."')]
        assert sorted(actions) == ["request.answered", "request.opened"]

    def test_one_is_taken_back(self, people: Api) -> None:
        ana = people.acting_as("ana")
        id = ana.post("/users/ana/access-requests", {"kind": "wrong", "text": "I see too much"}).json["id"]
        assert problem(people.acting_as("bob").post(f"/users/ana/access-requests/{id}/withdraw")) == (403, "forbidden")
        assert done(ana.post(f"/users/ana/access-requests/{id}/withdraw"))["state"] == "withdrawn"
        assert problem(ana.post(f"/users/ana/access-requests/{id}/withdraw")) == (409, "conflict")

    def test_nobody_asks_for_another_or_answers_themselves(self, people: Api) -> None:
        """A program may ask for anybody; delegates read nobody's; owners answer others' only."""
        asked = {"kind": "role", "role": "Analyst", "text": "Please"}
        for name in ("bob", "carl", "boss"):
            refused = people.acting_as(name).post("/users/ana/access-requests", asked)
            assert problem(refused) == (403, "forbidden"), name
        id = people.create("/users/ana/access-requests", asked)["id"]
        carl = people.acting_as("carl")
        for path in ("/access-requests", f"/access-requests/{id}", "/users/ana/access-requests"):
            assert problem(carl.get(path)) == (403, "forbidden"), path
        assert problem(carl.post(f"/access-requests/{id}/answer", {"state": "done"})) == (403, "forbidden")
        own = people.create("/users/boss/access-requests", asked)["id"]
        boss = people.acting_as("boss")
        assert problem(boss.post(f"/access-requests/{own}/answer", {"state": "done"})) == (403, "forbidden")
        done(people.acting_as("second").post(f"/access-requests/{own}/answer", {"state": "done"}))

    def test_what_is_missing_is_named(self, people: Api) -> None:
        """By its place."""
        refused = people.post("/users/ana/access-requests", {"kind": "role", "text": ""})
        assert problem(refused) == (400, "invalid")
        assert places(refused) == {"/text", "/role"}
        id = people.create("/users/ana/access-requests", {"kind": "wrong", "text": "x"})["id"]
        refused = people.post(f"/access-requests/{id}/answer", {"state": "declined"})
        assert (problem(refused), places(refused)) == ((400, "invalid"), {"/text"})
        assert problem(people.get("/access-requests/nothing")) == (404, "not-found")


class TestViews:
    """Lists as somebody likes to see them."""

    def test_a_view_is_kept_and_forgotten(self, people: Api) -> None:
        """By themselves, or by a program for them; the lists of the console, and no others."""
        ana = people.acting_as("ana")
        given = {"list": "audit", "name": HOSTILE, "asked": "action=role.created"}
        made = ana.post("/users/ana/views", given)
        assert (made.status_code, made.json["name"]) == (201, HOSTILE)
        people.post("/users/ana/views", given | {"list": "people", "name": "Off", "asked": "state=inactive"})
        kept = done(ana.get("/users/ana/views"))["views"]
        assert [(one["list"], one["name"]) for one in kept] == [("audit", HOSTILE), ("people", "Off")]
        assert problem(ana.post("/users/ana/views", given | {"name": HOSTILE.upper()})) == (409, "conflict")
        assert problem(ana.post("/users/ana/views", given | {"list": "webhooks"})) == (400, "invalid")
        odd = ana.post("/users/ana/views", given | {"name": "x", "asked": "q=\n"})
        assert (problem(odd), places(odd)) == ((400, "invalid"), {"/asked"})
        assert ana.delete(f"/users/ana/views/{kept[0]['id']}").status_code == 204
        assert problem(ana.delete(f"/users/ana/views/{kept[0]['id']}")) == (404, "not-found")

    def test_it_is_nobody_elses(self, people: Api) -> None:
        """Not an Account Owner's either."""
        id = people.post("/users/ana/views", {"list": "people", "name": "Off", "asked": ""}).json["id"]
        assert problem(people.acting_as("bob").get("/users/ana/views")) == (403, "forbidden")
        boss = people.acting_as("boss")
        assert problem(boss.post("/users/ana/views", {"list": "people", "name": "x", "asked": ""})) == (
            403,
            "forbidden",
        )
        assert problem(boss.delete(f"/users/ana/views/{id}")) == (403, "forbidden")
        assert problem(boss.delete(f"/users/boss/views/{id}")) == (404, "not-found")
