"""Items, data filters, catalogue, profiles and questions by the administration API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from tests.builders import a_customer
from tests.protocol.api_client import Api, an_api_key, done, places, problem

LAUNCH = "campaigns.email.launch"


@pytest.fixture
def studio(app: Flask, database: Database) -> Api:
    """An account of a platform whose items are kept here, with two people and two units."""
    account_id = a_customer(database, profile="exacttarget").account_id
    api = Api(app, an_api_key(database, account_id), account_id)
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    for name in ("ana", "bob"):
        api.create("/users", {"user_name": name})
    return api


class TestItems:
    """Registered by platforms, singly and in bulk."""

    def test_an_item_is_registered_changed_and_deleted(self, studio: Api) -> None:
        """With its owner and levels; its id is the platform's own, slashes included."""
        made = studio.create("/items", {"type": "email", "id": "spring/sale 1", "owner": "ana", "unit": "emea"})
        assert (made["owner"]["user_name"], made["unit"], made["revision"]) == ("ana", "emea", 1)
        where = "/items/email/spring/sale%201"
        changed = done(studio.patch(where, {"levels": {"rest": "read"}, "owner": "BOB", "name": "Sale"}))
        assert (changed["levels"]["rest"], changed["owner"]["user_name"], changed["name"]) == ("read", "bob", "Sale")
        assert done(studio.patch(where, {"owner": None}))["owner"] is None
        assert studio.delete(where).status_code == 204
        assert problem(studio.get(where)) == (404, "not-found")

    def test_many_at_once(self, studio: Api) -> None:
        """New ones are made, known ones changed; one that is refused refuses all, unless that is not wanted."""
        items = [{"type": "email", "id": f"e{number}", "owner": "ana"} for number in range(5)]
        report = done(studio.post("/items/bulk", {"items": items}))
        assert (report["created"], report["refused"]) == (5, 0)
        report = done(studio.post("/items/bulk", {"items": [items[0], items[1] | {"name": "N"}]}))
        assert [line["outcome"] for line in report["lines"]] == ["unchanged", "changed"]
        wrong = [
            {"type": "email", "id": "new"},
            {"type": "nothing", "id": "x"},
            {"type": "email", "id": "y", "owner": "z"},
        ]
        answer = studio.post("/items/bulk", {"items": wrong})
        assert (problem(answer), places(answer)) == ((400, "invalid"), {"/items/1/type", "/items/2/owner"})
        assert len(studio.every("/items", limit=2)) == 5
        report = done(studio.post("/items/bulk", {"items": wrong, "partial": True}))
        assert (report["created"], report["refused"]) == (1, 2)
        assert len(studio.every("/items", filter='type eq "email" and owner eq "ana"')) == 5

    def test_a_change_of_many_is_planned_first(self, studio: Api) -> None:
        """The token is good for just that; other items by then, and nothing is done."""
        for number in range(3):
            studio.create("/items", {"type": "email", "id": f"e{number}", "owner": "ana"})
        change = {"selection": {"filter": 'owner eq "ana"'}, "changes": {"owner": "bob"}}
        plan = done(studio.post("/item-changes/plan", change))
        assert (plan["count"], plan["changing"]) == (3, 3)
        assert studio.every("/items", filter='owner eq "bob"') == []
        studio.create("/items", {"type": "email", "id": "late", "owner": "ana"})
        assert problem(studio.post("/item-changes", change | {"token": plan["token"]})) == (412, "stale")
        token = done(studio.post("/item-changes/plan", change))["token"]
        assert done(studio.post("/item-changes", change | {"token": token}))["changing"] == 4
        assert len(studio.every("/items", filter='owner eq "bob"')) == 4

    def test_an_item_is_shared_with_other_units(self, studio: Api) -> None:
        """To read or to modify, and no longer."""
        studio.create("/items", {"type": "email", "id": "e", "owner": "ana", "unit": "root"})
        shared = done(studio.post("/item-shares/email/e", {"units": ["emea"], "level": "modify"}))
        assert shared["shares"] == [{"unit": "emea", "level": "modify"}]
        assert done(studio.post("/item-shares/email/e/remove", {}))["shares"] == []
        assert problem(studio.post("/item-shares/email/e", {"units": ["nowhere"]})) == (400, "invalid")

    def test_a_leavers_items_are_transferred(self, studio: Api) -> None:
        """As planned."""
        studio.create("/items", {"type": "email", "id": "e", "owner": "ana"})
        studio.post("/users/ana/deactivate")
        [leaver] = studio.every("/leavers")
        assert (leaver["user_name"], leaver["state"], leaver["items"]) == ("ana", "inactive", {"email": 1})
        plan = done(studio.post("/leavers/ana/transfer/plan", {"to_user": "bob"}))
        moved = {"to_user": "bob", "token": plan["token"]}
        assert done(studio.post("/leavers/ana/transfer", moved))["items"] == {"email": 1}
        assert studio.read("/items/email/e")["owner"]["user_name"] == "bob"
        assert studio.every("/leavers") == []

    def test_new_items_begin_as_their_owner_wants(self, studio: Api) -> None:
        """By type of item; without it as the type says."""
        defaults = {"types": ["email"], "levels": {"rest": "read"}}
        found = done(studio.patch("/users/ana/item-defaults", defaults))["defaults"]
        [email] = [one for one in found if one["type"] == "email"]
        assert (email["levels"]["rest"], email["is_set"]) == ("read", True)
        assert studio.create("/items", {"type": "email", "id": "e", "owner": "ana"})["levels"]["rest"] == "read"
        assert studio.delete("/users/ana/item-defaults").status_code == 204
        assert not any(one["is_set"] for one in studio.read("/users/ana/item-defaults")["defaults"])

    @pytest.mark.parametrize(
        ("item", "expected"),
        [
            ({"type": "nothing", "id": "1"}, 400),
            ({"type": "email", "id": "1", "owner": "nobody"}, 400),
            ({"type": "email", "id": "1", "unit": "nowhere"}, 400),
            ({"type": "email", "id": "1", "attributes": {"shoe_size": 42}}, 400),
            ({"type": "email", "id": "1", "levels": {"rest": "all"}}, 400),
            ({"type": "email", "id": "taken"}, 409),
        ],
    )
    def test_what_does_not_fit_is_refused(self, studio: Api, item: dict[str, Any], expected: int) -> None:
        """Types, owners, units, attributes and levels that there are not; an id that is taken."""
        studio.create("/items", {"type": "email", "id": "taken"})
        answer = studio.post("/items", item)
        assert problem(answer)[0] == expected, answer.text
        assert len(studio.every("/items")) == 1


class TestDataFilters:
    """Which records people see."""

    def test_filters_of_a_unit_and_those_above_it_hold_together(self, api: Api) -> None:
        """Set, combined, tried on a record, removed."""
        api.create("/business-units", {"key": "es", "name": "Spain"})
        api.create("/users", {"user_name": "ana", "home_unit": "es"})
        contact = {"record_type": "contact"}
        done(api.put("/data-filters", contact | {"unit": "root", "filter": "consent eq true"}))
        made = done(api.put("/data-filters", contact | {"unit": "es", "filter": 'country eq "ES"'}))
        assert (made["unit"], made["filter"]) == ("es", 'country eq "ES"')
        assert len(api.every("/data-filters", limit=1)) == 2
        combined = api.read("/data-filters/combined", unit="es", record_type="contact")
        assert [part["filter"] for part in combined["parts"]] == ["consent eq true", 'country eq "ES"']
        seen, hidden = {"country": "ES", "consent": True}, {"country": "ES", "consent": False}
        for record, expected in ((seen, True), (hidden, False)):
            tried = {"record_type": "contact", "record": record, "user": "ana"}
            assert done(api.post("/data-filters/test", tried))["matches"] is expected
        text = {"record_type": "contact", "record": seen, "filter": 'country eq "FR"'}
        assert done(api.post("/data-filters/test", text))["matches"] is False
        assert done(api.post("/data-filters/remove", contact | {"unit": "es"}))["filter"] == 'country eq "ES"'
        assert problem(api.post("/data-filters/remove", contact | {"unit": "es"})) == (404, "not-found")

    def test_what_nobody_declared_cannot_be_filtered(self, api: Api) -> None:
        """Attributes, types of records, and text that is no filter."""
        for body, expected in (
            ({"record_type": "contact", "unit": "root", "filter": 'shoe_size eq "7"'}, 400),
            ({"record_type": "contact", "unit": "root", "filter": "country"}, 400),
            ({"record_type": "contact", "unit": "root", "filter": "country eq 7"}, 400),
            ({"record_type": "nothing", "unit": "root", "filter": 'country eq "ES"'}, 400),
            ({"record_type": "contact", "unit": "nowhere", "filter": 'country eq "ES"'}, 400),
            ({"record_type": "contact", "filter": 'country eq "ES"'}, 400),
        ):
            assert problem(api.put("/data-filters", body))[0] == expected, body
        assert api.every("/data-filters") == []


class TestCatalogue:
    """What can be permitted."""

    def test_a_platform_registers_its_own_catalogue(self, api: Api) -> None:
        """As planned; the same again changes nothing; what it would take away has to be asked for."""
        manifest = api.read("/catalogue")["manifest"] | {"name": "newsletter", "version": "1"}
        plan = done(api.post("/catalogue/plan", {"manifest": manifest}))
        assert (plan["profile"], plan["is_change"]) == ("newsletter", True)
        assert api.read("/catalogue")["name"] == "email-marketing"
        assert done(api.put("/catalogue", {"manifest": manifest}))["is_change"] is True
        assert done(api.put("/catalogue", {"manifest": manifest}))["is_change"] is False
        assert (api.read("/catalogue")["name"], api.read("/catalogue")["version"]) == ("newsletter", "1")
        less = manifest | {"version": "2", "tabs": manifest["tabs"][1:]}
        refused = api.put("/catalogue", {"manifest": less})
        assert problem(refused) == (409, "conflict")
        assert api.read("/catalogue")["version"] == "1"
        assert problem(api.put("/catalogue", {"manifest": {"name": "x"}})) == (400, "invalid")

    def test_a_profile_is_loaded_as_planned(self, api: Api) -> None:
        """Its catalogue and its default roles; a file is no profile."""
        assert {one["name"] for one in api.every("/profiles", limit=2)} >= {"crm", "teenvio", "emarsys", "exacttarget"}
        assert api.read("/profiles/crm")["manifest"]["tabs"]
        plan = api.read("/profiles/crm/plan")
        assert {"Sales Manager"} <= {role["name"] for role in plan["roles"] if role["fate"] == "added"}
        assert done(api.post("/profiles/crm/load", {"drop": True}))["profile"] == "crm"
        assert "Sales Manager" in {role["name"] for role in api.every("/roles")}
        for name in ("nothing", "pyproject.toml", "x.yaml"):
            assert problem(api.get(f"/profiles/{name}")) == (404, "not-found")
            assert problem(api.post(f"/profiles/{name}/load", {})) == (404, "not-found")


class TestQuestions:
    """May somebody, why, who may, what may somebody."""

    def test_all_questions_agree(self, api: Api) -> None:
        """The same engine answers each."""
        ana = api.create("/users", {"user_name": "ana", "roles": ["Marketer"]})["id"]
        api.create("/users", {"user_name": "bob", "roles": ["Viewer"]})
        for name, expected in (("ana", True), ("bob", False)):
            question = {"user": name, "permission": LAUNCH}
            answer = done(api.post("/decisions/check", question))
            assert answer["decision"] is expected
            told = done(api.post("/explain", question))
            assert (told["decision"], told["code"]) == (expected, answer["context"]["reason"]["code"])
            assert (told["because"] if expected else told["missing"]) != []
            can = [one for area in api.read("/what-can", user=name)["areas"] for one in area["privileges"]]
            assert (LAUNCH in {one["permission"] for one in can}) is expected
        found = api.read("/who-can", permission=LAUNCH, limit=1)
        assert ([one["id"] for one in found["results"]], found["total"], found["next"]) == ([ana], 1, None)
        assert [one["user_name"] for one in api.every("/roles/viewer/holders")] == ["bob"]
        item = {"type": "campaign", "id": "7"}
        assert done(api.post("/decisions/check", {"user": ana, "permission": LAUNCH, "item": item}))["decision"] is True

    def test_what_is_unknown_is_a_no_or_refused(self, api: Api) -> None:
        """A decision says no with a code; whoever asks why or who is told what there is not."""
        api.create("/users", {"user_name": "ana"})
        for question, code in (
            ({"user": "nobody", "permission": LAUNCH}, "unknown_subject"),
            ({"user": "ana", "permission": "nothing"}, "unknown_action"),
        ):
            answer = done(api.post("/decisions/check", question))
            assert (answer["decision"], answer["context"]["reason"]["code"]) == (False, code)
        for answer, place in (
            (api.post("/explain", {"user": "nobody", "permission": LAUNCH}), "/user"),
            (api.get("/who-can", permission="nothing"), "permission"),
            (api.get("/what-can", user="nobody"), "user"),
        ):
            assert (problem(answer), places(answer)) == ((400, "invalid"), {place})
        assert places(api.get("/who-can")) == {"permission"}

    def test_explanations_speak_two_languages(self, api: Api) -> None:
        """English and Spanish, for people; codes are the same."""
        api.create("/users", {"user_name": "ana", "roles": ["Marketer"]})
        english, spanish = (
            done(api.post("/explain", {"user": "ana", "permission": LAUNCH, "language": language}))
            for language in ("en", "es")
        )
        assert english["code"] == spanish["code"]
        assert english["text"] != spanish["text"]

    def test_what_decided_is_told_to_those_who_may_know(self, app: Flask, database: Database, api: Api) -> None:
        """The scope decisions:explain."""
        api.create("/users", {"user_name": "ana", "roles": ["Marketer"]})
        question = {"user": "ana", "permission": LAUNCH}
        assert "decided_by" in done(api.post("/decisions/check", question))["context"]
        limited = Api(app, an_api_key(database, api.account_id, "decisions:evaluate"))
        assert "decided_by" not in done(limited.post("/decisions/check", question))["context"]
