"""From the identity provider's push to the platform's decision, with clients that we did not write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import Server

if TYPE_CHECKING:
    from scim2_client.engines.httpx2 import SyncSCIMClient

# What others wrote is imported where it is used: that takes seconds, and every worker collects every module.
LAUNCH = "campaigns.email.launch"
pytestmark = pytest.mark.e2e


@pytest.fixture
def client(server: Server) -> Any:
    """scim2-client, as its users use it: discovery first."""
    from httpx2 import Client
    from scim2_client.engines.httpx2 import SyncSCIMClient

    http = Client(
        base_url=server.demo["scim_url"], headers={"Authorization": f"Bearer {server.demo['scim_token']}"}, timeout=30
    )
    found = SyncSCIMClient(http)
    found.discover()
    yield found
    http.close()


def test_a_pushed_person_gets_exactly_what_the_mapping_says(server: Server, client: SyncSCIMClient) -> None:
    """Created: nothing. Put into a mapped group: its role. Taken out: nothing again. Deactivated: denied at once."""
    from scim2_models import SearchRequest

    user_model = client.get_resource_model("User")
    group_model = client.get_resource_model("Group")
    name = f"{uuid4().hex[:8]}@northwind.example"
    person = client.create(user_model(user_name=name, active=True))
    assert person.id
    assert server.decide(name, LAUNCH)["decision"] is False

    found = client.query(group_model, query_parameters=SearchRequest(filter='displayName eq "MC Administrators"'))
    group = found.resources[0]
    patched = server.scim(
        "PATCH",
        f"/Groups/{group.id}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": person.id}]}],
        },
    )
    assert patched.status_code == 200, patched.text
    decided = server.decide(name, LAUNCH)
    assert decided["decision"] is True
    assert "Administrator" in json.dumps(decided["context"])

    person.active = False
    person = client.replace(person)
    assert server.decide(name, LAUNCH)["decision"] is False
    person.active = True
    client.replace(person)
    assert server.decide(name, LAUNCH)["decision"] is True

    removed = server.scim(
        "PATCH",
        f"/Groups/{group.id}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "remove", "path": f'members[value eq "{person.id}"]'}],
        },
    )
    assert removed.status_code == 200, removed.text
    assert server.decide(name, LAUNCH)["decision"] is False
    client.delete(user_model, person.id)


def test_scim2_cli_provisions_users_and_groups(server: Server, tmp_path: Path) -> None:
    """The command of scim2-cli creates, reads, changes and deletes."""
    name = f"{uuid4().hex[:8]}@northwind.example"
    made = scim2(server, "create", "user", "--user-name", name, "--display-name", "From the command")
    assert made["userName"] == name
    assert scim2(server, "query", "user", made["id"])["displayName"] == "From the command"
    changed = scim2(server, "replace", "user", "--id", made["id"], "--user-name", name, "--display-name", "Changed")
    assert changed["displayName"] == "Changed"
    assert server.decide(name, LAUNCH)["decision"] is False


def scim2(server: Server, *arguments: str) -> dict[str, Any]:
    """Run scim2-cli against the server; its answer as JSON."""
    program = Path(sys.executable).parent / "scim2"
    command = [
        program,
        "--url",
        server.demo["scim_url"],
        "-h",
        f"Authorization: Bearer {server.demo['scim_token']}",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_conformance_tester_finds_nothing(client: SyncSCIMClient) -> None:
    """scim2-tester runs all its checks against the live server without a failure."""
    from scim2_tester import Status, check_server

    results = check_server(client)
    assert len(results) > 20
    failed = [
        f"{result.title}: {result.reason}"
        for result in results
        if result.status not in (Status.SUCCESS, Status.SKIPPED)
    ]
    assert not failed, "\n".join(failed)
