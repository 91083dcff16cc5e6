"""The README's quickstart, executed as it stands."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Server

README = Path(__file__).parent.parent.parent / "README.md"
pytestmark = pytest.mark.e2e


def quickstart() -> list[str]:
    """The commands of the quickstart block, one each."""
    block = README.read_text(encoding="utf-8").split("<!-- quickstart")[1].split("```sh\n")[1].split("```")[0]
    commands = [part for part in block.split("\n\n") if part.strip()]
    return ["\n".join(line for line in command.splitlines() if not line.startswith("#")) for command in commands]


def test_the_quickstart_does_what_it_says(server: Server) -> None:
    """Probe, push, denied, allowed."""
    variables = os.environ | {
        "SCIM_URL": server.demo["scim_url"],
        "SCIM_TOKEN": server.demo["scim_token"],
        "API_URL": server.demo["api_url"],
        "API_KEY": server.demo["api_key"],
    }
    commands = quickstart()
    assert len(commands) == 4
    answers = []
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], env=variables, capture_output=True, text=True, timeout=60, check=True
        )
        answers.append(json.loads(done.stdout))
    probed, pushed, denied, allowed = answers
    assert probed["totalResults"] == 1
    assert pushed["userName"] == "new@northwind.example"
    assert denied["decision"] is False
    assert allowed["decision"] is True
    assert "Marketer" in json.dumps(allowed["context"])


def test_explain_as_the_readme_says(server: Server) -> None:
    """The command for people names role, rule and group."""
    said = server.muster(
        "explain", "Northwind Demo", "user001@northwind.example", "campaigns.email.launch", "--unit", "emea"
    )
    for word in ("Marketer", "Marketing EMEA", "MC Marketing EMEA"):
        assert word in said
