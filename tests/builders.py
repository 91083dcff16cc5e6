"""One line per thing a test needs; sensible defaults, and only what matters is stated."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from app import crypto
from app.db import Database
from app.services import accounts, directories, tokens
from app.services.giving import Giving
from tests.conftest import KEY

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Customer:
    """An account with one directory, its token and an API key."""

    account_id: str
    account_name: str
    directory_id: str
    directory_name: str
    token: str
    api_key: str


def a_customer(database: Database, preset: str = "generic", profile: str = "email-marketing") -> Customer:
    """A new account of its own, so that tests cannot meet."""
    name = f"Test {uuid4().hex[:12]}"
    with database.writing() as session:
        account = accounts.create_account(session, name, profile)
        directory = directories.create_directory(session, account.id, "IdP", preset)
        token = tokens.issue_directory_token(
            session,
            account.id,
            directory.id,
            "test",
            crypto.make_token(crypto.DIRECTORY_TOKEN, KEY.encode()),
            created_by="test",
        )
        key = tokens.issue_api_key(
            session, account.id, "test", crypto.make_token(crypto.API_KEY, KEY.encode()), created_by="test"
        )
    return Customer(account.id, name, directory.id, "IdP", token.text, key.text)


def a_second_directory(database: Database, customer: Customer) -> str:
    """Another directory of the same account; returns its token."""
    with database.writing() as session:
        directory = directories.create_directory(session, customer.account_id, f"IdP {uuid4().hex[:8]}", "generic")
        made = crypto.make_token(crypto.DIRECTORY_TOKEN, KEY.encode())
        return tokens.issue_directory_token(
            session, customer.account_id, directory.id, "test", made, created_by="test"
        ).text


def a_user(user_name: str | None = None, **attributes: Any) -> dict[str, Any]:
    """The body of a user."""
    return {"schemas": [CORE_USER], "userName": user_name or f"{uuid4().hex[:10]}@acme.example"} | attributes


def a_giving(role: str, *users: str, user: str | None = None, **where: Any) -> Giving:
    """A role for people, or with ``group`` or ``principal_unit`` for those; with ``unit`` and ``children`` there."""
    return Giving(role, users if user is None else (user, *users), **where)


def given(role: str, **how: Any) -> tuple[Giving, dict[str, Any]]:
    """What is given, and between which moments and why."""
    about = {name: how.pop(name) for name in ("starts", "expires", "reason") if name in how}
    return a_giving(role, **how), about


def a_group(name: str | None = None, members: list[str] | None = None, **attributes: Any) -> dict[str, Any]:
    """The body of a group."""
    body: dict[str, Any] = {"schemas": [CORE_GROUP], "displayName": name or f"Group {uuid4().hex[:10]}"} | attributes
    if members is not None:
        body["members"] = [{"value": member} for member in members]
    return body


def a_patch(*operations: dict[str, Any]) -> dict[str, Any]:
    """The body of a PATCH."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def recorded(case: str, **facts: str | bool) -> dict[str, Any]:
    """A provider's request as ``tests/data/<case>.json`` has it: method, path, headers and body.

    ``facts`` fill the file's ``@placeholders@``; the provider's ``headers.json`` are its usual headers.
    """
    file = DATA / f"{case}.json"
    text = file.read_text()
    for name, value in facts.items():
        assert f"@{name}@" in text, f"{case} has no @{name}@"
        if isinstance(value, str):
            text = text.replace(f"@{name}@", json.dumps(value)[1:-1])
        else:
            text = text.replace(f'"@{name}@"', json.dumps(value))
    left = re.findall(r"@[a-z_]+@", text)
    assert not left, f"{case} needs {left}"
    request: dict[str, Any] = json.loads(text)
    usual = file.parent / "headers.json"
    request["headers"] = (json.loads(usual.read_text()) if usual.exists() else {}) | request.get("headers", {})
    return request
