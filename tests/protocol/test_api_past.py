"""Questions about a moment in the past, by the administration API."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from tests.protocol.api_client import Api, done, problem

VIEW = "campaigns.email.view"


def a_moment() -> str:
    """Now, apart from what was before and will be after: this API has milliseconds."""
    time.sleep(0.01)
    said = datetime.now(UTC).isoformat(timespec="milliseconds")
    time.sleep(0.01)
    return said.replace("+00:00", "Z")


def test_what_somebody_had_then(api: Api) -> None:
    """What they had, what they could do and why; also of somebody who was deleted, by id."""
    ana = api.create("/users", {"user_name": "ana"})["id"]
    group = api.create("/groups", {"display_name": "Readers"})["id"]
    done(api.post(f"/groups/{group}/members", {"users": ["ana"]}))
    done(api.post("/assignments", {"role": "Viewer", "group": "Readers", "reason": "they read"}))
    then = a_moment()
    for path in (f"/groups/{group}", f"/users/{ana}"):
        assert api.delete(path).status_code == 204
    assert api.get(f"/users/{ana}/access").status_code == 404
    had = done(api.get(f"/users/{ana}/access", at=then))
    assert [one["role"] for one in had["assignments"]] == ["Viewer"]
    assert had["assignments"][0]["sources"][0]["reason"] == "they read"
    assert [one["name"] for one in had["groups"]] == ["Readers"]
    told = done(api.post("/explain", {"user": ana, "permission": VIEW, "at": then}))
    assert (told["decision"], told["policy_revision"], told["notes"]) == (True, None, [])
    assert "Readers" in told["text"]
    assert done(api.get("/what-can", user=ana, at=then))["counts"]["can"] > 1


def test_moments_that_cannot_be_asked_about(api: Api) -> None:
    """Before the journal, in the future, without a zone: each with a reason."""
    api.create("/users", {"user_name": "ana"})
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"at": "2001-01-01T00:00:00Z"}, "is kept since"),
        ({"at": "2101-01-01T00:00:00Z"}, "in the future"),
        ({"at": "2026-03-03T12:00:00"}, "with a zone"),
    )
    for query, why in cases:
        answer = api.get("/users/ana/access", **query)
        assert problem(answer)[0] == 400
        assert why in answer.text
    answer = api.post("/explain", {"user": "ana", "permission": VIEW, "at": "2001-01-01T00:00:00Z"})
    assert problem(answer)[0] == 400
