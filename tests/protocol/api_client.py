"""A client of the administration API, and what its tests know of the document that describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app import crypto
from app.db import Database
from app.services import tokens
from tests.conftest import KEY

BASE = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


def an_api_key(database: Database, account_id: str, *scopes: str) -> str:
    """A key with these scopes, with all that there are if none is named."""
    made = crypto.make_token(crypto.API_KEY, KEY.encode())
    with database.writing() as session:
        tokens.issue_api_key(
            session, account_id, "test key", made, scopes=scopes or tuple(tokens.SCOPES), created_by="test"
        )
    return made.text


def an_installation_key(database: Database) -> str:
    """A key of the whole installation."""
    made = crypto.make_token(crypto.INSTALLATION_KEY, KEY.encode())
    with database.writing() as session:
        tokens.issue_installation_key(session, "test key", made, created_by="test")
    return made.text


@dataclass(frozen=True)
class Api:
    """A caller with a key: paths are relative, bodies are JSON, refusals are answers."""

    app: Flask
    key: str | None
    account_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = self.headers | options.pop("headers", {})
        if self.key is not None:
            headers = {"Authorization": f"Bearer {self.key}"} | headers
        if body is not None:
            options["json"] = body
        return self.app.test_client().open(BASE + path, method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.request("GET", path, query_string=query or None)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.request("POST", path, body, headers=_named(headers))

    def put(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.request("PUT", path, body, headers=_named(headers))

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.request("PATCH", path, body, headers=_named(headers))

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.request("DELETE", path, headers=_named(headers))

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        """What is found there; the answer must be 200."""
        return done(self.get(path, **query))

    def create(self, path: str, body: Any) -> dict[str, Any]:
        """What was made; the answer must be 201, with the place where it is found."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        place = answer.headers["Location"].partition(BASE)[2]
        found = self.get(place)
        assert found.status_code == 200, found.text
        assert found.headers["ETag"] == answer.headers["ETag"]
        made: dict[str, Any] = answer.json
        return made

    def every(self, path: str, **query: Any) -> list[Any]:
        """A whole list, page by page."""
        found: list[Any] = []
        page = self.read(path, **query)
        while True:
            found += page["results"]
            if page["next"] is None:
                return found
            page = self.read(path, **query, after=page["next"])

    def acting_as(self, person: str) -> Api:
        """The same key in the name of a person."""
        return Api(self.app, self.key, self.account_id, self.headers | {"Muster-Actor": person})


def done(answer: TestResponse) -> dict[str, Any]:
    """The body of an answer that must be 200."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and kind of a well-formed problem (RFC 9457)."""
    assert answer.mimetype == "application/problem+json", answer.text
    body = answer.json
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    address, _, kind = body["type"].partition("#")
    assert address.endswith("/api/v1/docs")
    return answer.status_code, kind


def places(answer: TestResponse) -> set[str]:
    """Where in the request something is wrong."""
    return {place for error in answer.json["errors"] for name, place in error.items() if name != "detail"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of everything that can be done."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
