"""The way to the SCIM face: what is below its prefix, however it is written, and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug import Request
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app.config import SCIM_PATH

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


@pytest.mark.parametrize("path", [f"{SCIM_PATH}x", "/scim", "/", f"/x{SCIM_PATH}/Users", f"{SCIM_PATH}%20"])
def test_other_paths_are_not(app: Flask, path: str) -> None:
    """Nothing that only looks like the prefix."""
    answer = _asked(app, path)
    assert answer.status_code == 404
    assert answer.get_json(force=True)["detail"].startswith(NOWHERE)
