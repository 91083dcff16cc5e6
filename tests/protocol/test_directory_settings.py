"""What a directory accepts of its identity provider: which habits it repairs, and how many requests in a minute."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.compose import create_app
from app.db import Database
from app.rates import BURST_SECONDS, Rates
from app.services.directories import find_directory
from tests.builders import Customer, a_customer, a_patch, a_user
from tests.conftest import settings_for
from tests.protocol.api_client import Api
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal

AS_TEXT = a_patch({"op": "replace", "path": "active", "value": "False"})


@pytest.fixture
def customer(database: Database) -> Customer:
    """An account whose directory is an Okta application."""
    return a_customer(database, preset="okta")


OWN = "/directories/IdP"


def refused(answer: TestResponse, status: int, scim_type: str | None) -> str:
    """The detail of a refusal, which is of this kind."""
    assert refusal(answer) == (status, scim_type), answer.text
    detail: str = answer.json["detail"]
    return detail


class TestRepairs:
    def test_a_habit_of_other_providers_is_refused_until_it_is_switched_on(self, scim: Scim, api: Api) -> None:
        """Where a directory wants only its preset's; it counts at once and in every process."""
        at = f"/Users/{scim.create('/Users', a_user())['id']}"
        choices_made = ("", 200), ("only", 400), ("only +string-booleans", 200), ("-string-booleans", 400), ("", 200)
        for choices, status in choices_made:
            shown = api.request("PATCH", OWN, {"repairs": choices})
            assert shown.status_code == 200, shown.text
            assert shown.json["repairs"] == choices
            answer = scim.patch(at, AS_TEXT)
            assert answer.status_code == status, (choices, answer.text)
            if status == 400:
                assert '"string-booleans" is not repaired' in refused(answer, 400, "invalidValue")
        assert scim.read(at)["active"] is False

    def test_its_own_habits_can_be_switched_off(self, scim: Scim, api: Api) -> None:
        group = scim.create("/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G"})
        rename = a_patch({"op": "replace", "value": {"id": group["id"], "displayName": "H"}})
        assert scim.patch(f"/Groups/{group['id']}", rename).status_code == 200
        api.request("PATCH", OWN, {"repairs": "-own-ids"})
        refused(scim.patch(f"/Groups/{group['id']}", rename), 400, "mutability")

    def test_a_create_heeds_it_at_once(self, scim: Scim, api: Api) -> None:
        """On PostgreSQL a create takes for granted what the process remembers of the token."""
        body = {**a_user(), "active": "True"}
        for _ in range(2):
            scim.create("/Users", a_user())
            api.request("PATCH", OWN, {"repairs": "only"})
            refused(scim.post("/Users", body), 400, "invalidValue")
            api.request("PATCH", OWN, {"repairs": ""})
            assert scim.create("/Users", body)["active"] is True
            body = {**a_user(), "active": "True"}

    @pytest.mark.parametrize("choices", ["+nonsense", "own-ids", "*own-ids"])
    def test_what_is_no_repair_is_refused(self, api: Api, choices: str) -> None:
        """By name, with those that there are."""
        answer = api.request("PATCH", OWN, {"repairs": choices})
        assert answer.status_code == 400
        assert "creating-paths" in answer.json["detail"]

    def test_a_filter_and_a_bulk_operation_are_looked_at_too(self, scim: Scim, api: Api) -> None:
        api.request("PATCH", OWN, {"repairs": "only"})
        refused(scim.get("/Users", filter='active eq "True"'), 400, "invalidFilter")
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": name, "data": {**a_user(), "active": active}}
            for name, active in (("a", "True"), ("b", True))
        ]
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
        assert [one["status"] for one in scim.post("/Bulk", body).json["Operations"]] == ["400", "201"]

    def test_the_trail_has_it(self, api: Api, database: Database) -> None:
        api.request("PATCH", OWN, {"repairs": "+dotted-keys", "requests_per_minute": 60})
        with database.reading() as session:
            found = find_directory(session, api.account_id, None)
        assert (found.repairs, found.requests_per_minute) == ("+dotted-keys", 60)


class TestRates:
    def test_too_many_requests_are_told_when_to_come_again(self, scim: Scim, stranger: Scim, api: Api) -> None:
        """429 with Retry-After (RFC 6585 §4) in SCIM's words; nothing is done, and others go on."""
        api.request("PATCH", OWN, {"requests_per_minute": 6})
        assert scim.get("/Users").json["totalResults"] == 0
        answer = scim.post("/Users", a_user())
        assert "too many requests" in refused(answer, 429, None)
        assert 1 <= int(answer.headers["Retry-After"]) <= 10
        assert all(stranger.get("/Users").status_code == 200 for _ in range(20))
        api.request("PATCH", OWN, {"requests_per_minute": 0})
        assert all(scim.get("/Users").json["totalResults"] == 0 for _ in range(20))

    def test_a_wrong_token_is_not_told_of_it(self, app: Flask, scim: Scim, api: Api) -> None:
        api.request("PATCH", OWN, {"requests_per_minute": 6})
        assert [scim.get("/Users").status_code for _ in range(2)] == [200, 429]
        assert Scim(app.test_client(), "nobody").get("/Users").status_code == 401

    def test_the_installation_has_a_usual_limit(self, database_url: str, customer: Customer) -> None:
        settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error")
        limited = create_app(replace(settings, scim_requests_per_minute=6))
        scim = Scim(limited.test_client(), customer.token)
        assert [scim.get("/Users").status_code for _ in range(3)] == [200, 429, 429]

    def test_a_burst_is_what_some_seconds_allow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever has waited has as much again, and no more than that."""
        clock = [1000.0]
        monkeypatch.setattr("app.rates.monotonic", lambda: clock[0])
        rates, burst = Rates(60), round(6_000 / 60 * BURST_SECONDS)
        for _ in range(2):
            assert [rates.wait("a", 6_000) for _ in range(burst + 2)] == [0] * burst + [1, 1]
            clock[0] += BURST_SECONDS
        assert [rates.wait("b", None) for _ in range(11)] == [0] * 10 + [1]
        assert rates.wait("b", 0) == 0
