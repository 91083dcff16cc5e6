"""The guide to the administration API: its requests as they stand, one after the other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import click
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.cli import main
from app.cli.later import itself
from app.db import Database
from app.services import accounts
from tests.builders import a_customer
from tests.protocol.api_client import an_api_key, an_installation_key

PAGE = (Path(__file__).parent.parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
URL = "https://muster.example.test"


@pytest.fixture
def variables(database: Database) -> dict[str, str]:
    """What a reader of the guide has set."""
    account_id = a_customer(database).account_id
    with database.writing() as session:
        accounts.create_owner(session, account_id, "olivia@acme.example")
    return {
        "MUSTER_URL": URL,
        "KEY": an_api_key(database, account_id),
        "OPERATOR_KEY": an_installation_key(database),
    }


def test_the_requests_of_the_guide(app: Flask, variables: dict[str, str]) -> None:
    """Each is answered as it should be, in the order of the page; what is answered is what the page says of it."""
    requests = [line for line in LINES if line.startswith("curl ")]
    answers = [_curl(app, line, variables) for line in requests]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 201, 201, *[200] * 10]
    assert [user["user_name"] for user in answers[7].json["results"]] == ["ana@acme.example"]
    assert [grant["role"] for grant in answers[8].json["assignments"]] == ["Marketer"]
    assert (answers[9].json["display_name"], answers[9].json["attributes"]) == ("Ana G. Pérez", {})
    again = _curl(app, requests[3], variables)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")


def test_the_commands_of_the_guide() -> None:
    """They are there, with these options."""
    commands = [shlex.split(line)[1:] for line in LINES if line.startswith("muster ")]
    for group, name, *arguments in commands:
        command = cast(click.Group, itself(main.commands[group])).commands[name]
        command.make_context(name, arguments)
    assert len(commands) == 2


def _curl(app: Flask, line: str, variables: dict[str, str]) -> TestResponse:
    """What curl would be answered."""
    words = iter(shlex.split(re.sub(r"\$(\w+)", lambda name: variables[name[1]], line))[1:])
    method, url, data, query, headers = "", "", None, [], {}
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-G":
                method = "GET"
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                data = next(words).encode()
            case "--data-urlencode":
                query.append(tuple(next(words).split("=", 1)))
            case _:
                url = word
    method = method or ("GET" if data is None else "POST")
    assert url.startswith(URL)
    return app.test_client().open(
        url.removeprefix(URL), method=method, headers=headers, data=data, query_string=urlencode(query)
    )
