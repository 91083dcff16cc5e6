"""Commands about clients and signing keys, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.conftest import KEY, fresh_sqlite

BACK = "https://platform.example/back"


@pytest.fixture
def muster(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on an installation of its own with one account; ``code`` is what it must end with."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", fresh_sqlite(sqlite_template, tmp_path))
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    monkeypatch.setenv("MUSTER_PUBLIC_URL", "https://muster.example")
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    run("account", "create", "Acme")
    return run


@pytest.mark.parametrize("whose", ["Acme", "--installation"])
def test_a_client_from_its_making_to_its_end(muster: Any, whose: str) -> None:
    """Made, listed, given another secret, revoked; of an account or of the installation."""
    made = muster("client", "create", whose, "Postbird", "--redirect-uri", BACK, "--with-roles", "--json")
    assert made["issuer"] == "https://muster.example"
    assert made["secret"].startswith("mclient_")
    assert (made["client"]["redirect_uris"], made["client"]["with_roles"]) == ([BACK], True)
    listed = muster("client", "list", whose)
    assert made["client"]["id"] in listed
    assert made["secret"] not in listed
    rotated = muster("client", "rotate", whose, "Postbird", "--hours", "1", "--json")
    assert rotated["secret"] != made["secret"]
    assert "is revoked" in muster("client", "revoke", whose, made["client"]["id"])
    assert "revoked" in muster("client", "list", whose)
    muster("client", "rotate", whose, made["client"]["id"], code=4)
    other = "--installation" if whose == "Acme" else "Acme"
    muster("client", "revoke", other, made["client"]["id"], code=3)
    assert "make one" in muster("client", "list", other)


def test_kinds_of_clients(muster: Any) -> None:
    """Without a secret, or with one in the body; addresses are checked."""
    text = muster("client", "create", "Acme", "App", "--redirect-uri", BACK, "--public")
    assert "secret" not in text
    post = muster("client", "create", "Acme", "Post", "--redirect-uri", BACK, "--post", "--json")
    assert post["client"]["auth_method"] == "client_secret_post"
    uri = ("--backchannel-logout-uri", "http://10.0.0.1/")
    assert "https" in muster("client", "create", "Acme", "x", "--redirect-uri", BACK, *uri, code=4)
    assert "https" in muster("client", "create", "Acme", "x", "--redirect-uri", "http://x.example", code=4)
    muster("client", "create", "Acme", "x", code=2)
    muster("client", "create", "x", "--redirect-uri", BACK, code=2)
    muster("client", "create", "Acme", "more", "x", "--redirect-uri", BACK, code=2)
    muster("client", "list", "Acme", "--installation", code=2)
    muster("client", "list", "Nobody", code=3)


def test_signing_keys(muster: Any) -> None:
    """Listed and rotated; their private part is nowhere to be seen."""
    assert "when they are needed" in muster("signing-key", "list")
    first = muster("signing-key", "rotate", "--json")
    assert sorted(one["state"] for one in first) == ["current", "former", "next"]
    again = muster("signing-key", "rotate", "--algorithm", "ES256", "--json")
    assert [one["algorithm"] for one in again if one["state"] == "next"] == ["ES256"]
    assert "PRIVATE" not in muster("signing-key", "list", "--json").__repr__()
    muster("signing-key", "rotate", "--algorithm", "none", code=2)
