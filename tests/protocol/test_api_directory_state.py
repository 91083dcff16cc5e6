"""/directories/{directory}/status, requests, pause, resume, and its removal."""

from __future__ import annotations

from app.request_log import RequestLog
from tests.builders import a_user
from tests.protocol.api_client import Api, done
from tests.protocol.conftest import Scim


def test_its_state_follows_what_its_provider_does(api: Api, scim: Scim) -> None:
    """People, the last request, and the latest ones with why one was refused, by number of the answer, too."""
    assert done(api.get("/directories/IdP/status"))["state"] == "waiting"
    scim.create("/Users", a_user())
    scim.get("/Users/nobody")
    log: RequestLog = api.app.extensions["request_log"]
    log.flush()
    found = done(api.get("/directories/IdP/status"))
    assert (found["state"], found["people"], found["tokens"]) == ("working", 1, 1)
    requests = done(api.get("/directories/IdP/requests"))["results"]
    assert [(one["method"], one["status"]) for one in requests] == [("GET", 404), ("POST", 201)]
    assert "there is no User" in requests[0]["detail"]
    refused = done(api.get("/directories/IdP/requests", filter="status ge 400"))["results"]
    assert refused == requests[:1]
    assert api.get("/directories/none/requests").status_code == 404


def test_it_is_paused_and_goes_on(api: Api, scim: Scim) -> None:
    """Said again it changes nothing; the account's own cannot be."""
    paused = done(api.post("/directories/IdP/pause"))
    assert paused["state"] == "paused"
    assert done(api.post("/directories/IdP/pause"))["paused"] == paused["paused"]
    assert scim.get("/Users").status_code == 503
    assert done(api.post("/directories/IdP/resume"))["paused"] is None
    assert scim.get("/Users").status_code == 200
    assert api.post("/directories/local/pause").status_code == 400


def test_it_is_removed_once_it_is_empty(api: Api, scim: Scim) -> None:
    """Before that what is in it is told."""
    person = scim.create("/Users", a_user())["id"]
    refused = api.request("DELETE", "/directories/IdP")
    assert refused.status_code == 409
    assert "1 people" in refused.json["detail"]
    scim.request("DELETE", f"/Users/{person}")
    assert api.request("DELETE", "/directories/IdP").status_code == 204
    assert api.get("/directories/IdP/status").status_code == 404
    assert scim.get("/Users").status_code == 401
