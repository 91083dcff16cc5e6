"""A second conformance tester, by other authors than scim2-tester: scim-sanity probes the real server, strictly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e

DISAGREED = {
    # It adds the member "fake-member-id" and wants 200. RFC 7643 §2.3.7: a service provider MAY enforce referential
    # integrity. Muster does: access must not come from a membership of nobody knows whom.
    "PATCH /Groups/{id} add member": "Expected 200, got 400",
}
NOT_OFFERED = {"Agent CRUD Lifecycle", "AgenticApplication CRUD Lifecycle", "Agent Rapid Lifecycle"}
"""Resource types of an Internet-Draft that no resource type of Muster announces."""


def test_the_second_conformance_tester_finds_nothing(server: Server) -> None:
    """All checks of scim-sanity pass in strict mode, but for the one that RFC 7643 contradicts."""
    command = [
        *(Path(sys.executable).parent / "scim-sanity", "probe", server.demo["scim_url"]),
        *("--token", server.demo["scim_token"], "--strict", "--json-output", "--i-accept-side-effects"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    results = json.loads(done.stdout)["results"]
    found = {one["name"]: one.get("message") for one in results if one["status"] not in ("pass", "skip")}
    assert found == DISAGREED
    assert {one["name"] for one in results if one["status"] == "skip"} == NOT_OFFERED
    assert sum(one["status"] == "pass" for one in results) >= 27
