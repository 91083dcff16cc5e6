"""The tutorial, step by step: its commands as they stand, its requests as they are shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Server

PAGE = (Path(__file__).parent.parent.parent / "docs" / "tutorial.md").read_text(encoding="utf-8")
ACCOUNT = "Acme"
pytestmark = pytest.mark.e2e


def commands(section: int) -> list[list[str]]:
    """The commands of a section, but for those that only prepare a server."""
    text = PAGE.split("\n## ")[section]
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("muster ")]


def value_of(said: str, label: str) -> str:
    return next(line.split()[-1] for line in said.splitlines() if line.startswith(label))


def test_the_tutorial(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an empty account to a decision with its reasons, and to a leaver."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mapping.yaml").write_text(PAGE.split("```yaml\n")[1].split("```")[0])
    for command in commands(1):
        server.muster(*command)
    create, issue = commands(2)
    server.muster(*create)
    token = value_of(server.muster(*issue), "token")

    def scim(method: str, path: str, body: Any) -> Any:
        answer = server.scim(method, path, body, token=token)
        assert answer.ok, answer.text
        return answer.json()

    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ana@acme.example", "active": True}
    ana = scim("POST", "/Users", user)
    group = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "MC Marketing",
        "members": [{"value": ana["id"]}],
    }
    scim("POST", "/Groups", group)
    issue_key, explain = commands(5)
    assert "no" in server.muster(*explain, code=1)
    dry_run, publish = commands(4)
    assert "Marketer" in server.muster(*dry_run)
    server.muster(*explain, code=1)
    server.muster(*publish)
    assert "Marketing" in server.muster(*explain)
    key = value_of(server.muster(*issue_key), "API key")

    def decide() -> Any:
        body = {
            "subject": {"type": "user", "id": "ana@acme.example"},
            "action": {"name": "campaigns.email.launch"},
            "resource": {"type": "campaign", "id": "spring"},
        }
        headers = {"Authorization": f"Bearer {key}"}
        return requests.post(f"{server.url}/access/v1/evaluation", json=body, headers=headers, timeout=30).json()

    assert decide()["decision"] is True
    scim("PUT", f"/Users/{ana['id']}", user | {"active": False})
    left = decide()
    assert (left["decision"], left["context"]["reason"]["code"]) == (False, "inactive_user")
    (verify,) = commands(6)
    assert "intact" in server.muster(*verify)
