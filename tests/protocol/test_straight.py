"""The way to the SCIM face: what is below its prefix, however it is written, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug import Request
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app import unit_of_work
from app.config import SCIM_PATH
from app.db import Database
from app.faces import Faces
from app.session import Session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BELOW = (
    "/Users",
    "/Users/",
    "/Users//",
    "//Users",
    "/Users/a/b",
    "/Users/%2F",
    "/Users/ä?x=/",
    "/.search",
    "/a\nb",
    "/x|y",
)
NOWHERE = "there is nothing at this address"


def _asked(app: Flask, path: str, before: str = "") -> TestResponse:
    environ = EnvironBuilder(path=path).get_environ()
    given = environ | {"PATH_INFO": before + environ["PATH_INFO"]}
    return TestResponse(*run_wsgi_app(app, given), Request(given))


@pytest.mark.parametrize("path", ["", "/", *BELOW])
@pytest.mark.parametrize("before", ["", "/", "//"])
def test_a_path_below_the_prefix_is_scims(app: Flask, path: str, before: str) -> None:
    """With slashes at either end, and whatever is written in it: SCIM asks for a token first."""
    answer = _asked(app, f"{SCIM_PATH}{path}", before)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="SCIM"')


@pytest.mark.parametrize("path", [f"{SCIM_PATH}x", "/scim", "/nowhere", f"/x{SCIM_PATH}/Users", f"{SCIM_PATH}%20"])
def test_other_paths_are_not(app: Flask, path: str) -> None:
    """Nothing that only looks like the prefix."""
    answer = _asked(app, path)
    assert answer.status_code == 404
    assert answer.get_json(force=True)["detail"].startswith(NOWHERE)


def _portions(session: Session) -> Iterator[bytes]:
    for number in range(3):
        yield str(session.execute(text(f"SELECT {number}")).scalar()).encode()


@pytest.mark.parametrize("wanted", [0, 1, 3])
def test_a_streamed_answer_keeps_its_session_until_it_ends(database: Database, wanted: int) -> None:
    """Or until the client has gone: the server then closes it, read to its end or not."""

    def streaming(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return _portions(unit_of_work.of(environ).session)

    environ = EnvironBuilder(path=f"{SCIM_PATH}/Groups").get_environ()
    body: Any = Faces(database, {SCIM_PATH: streaming}, streaming)(environ, lambda *_: lambda _: None)
    session = unit_of_work.of(environ).session
    assert [*islice(body, wanted)] == [b"0", b"1", b"2"][:wanted]
    assert unit_of_work.of(environ).session is session
    body.close()
    assert unit_of_work.of(environ).session is not session
    unit_of_work.of(environ).close()


def test_whoever_fails_leaves_no_transaction_behind(database: Database) -> None:
    """What was begun and not committed is undone, also where nothing was answered."""

    def failing(environ: WSGIEnvironment, _: StartResponse) -> Iterable[bytes]:
        unit_of_work.of(environ).session.begin()
        raise KeyboardInterrupt

    environ = EnvironBuilder(path=f"{SCIM_PATH}/Groups", method="POST").get_environ()
    with pytest.raises(KeyboardInterrupt):
        Faces(database, {SCIM_PATH: failing}, failing)(environ, lambda *_: lambda _: None)
    with database.writing() as session:  # on SQLite there is one writer
        session.begin()
