"""Commands about connections, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.conftest import KEY, fresh_sqlite
from tests.idp.oidc_provider import Provider, Reply
from tests.idp.saml_documents import ENTITY, metadata
from tests.idp.saml_keys import rsa_pair

OLD, NEW = rsa_pair("old"), rsa_pair("new")


@pytest.fixture
def muster(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on an installation of its own with one account; ``code`` is what it must end with."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", fresh_sqlite(sqlite_template, tmp_path))
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    monkeypatch.setenv("MUSTER_PRIVATE_TARGETS", "127.0.0.0/8")
    monkeypatch.setenv("MUSTER_PUBLIC_URL", "https://muster.example")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idp.xml").write_text(metadata([OLD]))
    (tmp_path / "new.pem").write_text(NEW.certificate)
    (tmp_path / "secret.txt").write_text("the client's secret\n")

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    run("account", "create", "Acme")
    return run


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that describes itself by both protocols."""
    with Provider() as running:
        running.replies["/metadata"] = Reply(200, metadata([OLD]).encode())
        yield running


def test_a_connection_from_its_making_to_its_end(muster: Any) -> None:
    """Made with what to do at the provider, set up, switched on, changed, tried, switched off, deleted."""
    said = muster("connection", "create", "Acme", "Okta", "--protocol", "saml", "--preset", "okta")
    assert "Single sign-on URL: https://muster.example/sso/" in said
    assert "it lacks entity_id, sso_url, certificate" in said
    assert "it lacks" in muster("connection", "enable", "Acme", "okta", code=4)
    assert "changed: entity_id" in muster("connection", "metadata", "Acme", "okta", "idp.xml")
    assert "Okta (saml, okta) is on" in muster("connection", "enable", "Acme", "okta")
    changed = muster(
        *("connection", "change", "Acme", "okta", "--name", "Okta EU", "--set", "signed=both", "--set"),
        *("creates_people=true", "--set", "claims.userName=login", "--json"),
    )
    assert (changed["name"], changed["saml"]["signed"], changed["creates_people"]) == ("Okta EU", "both", True)
    assert changed["claims"] == {"userName": "login"}
    assert "Okta EU" in muster("connection", "list", "Acme")
    shown = muster("connection", "show", "Acme", "Okta EU")
    assert ENTITY in shown
    assert "last sign-in  never" in shown
    assert "/start?test=" in muster("connection", "test", "Acme", "okta eu")
    started = muster("connection", "test", "Acme", "okta eu", "--json")
    assert ": waiting" in muster("connection", "test", "Acme", "okta eu", started["id"])
    assert "nobody has signed in" in muster("connection", "preview", "Acme", "okta eu", code=3)
    assert "is on; switch it off" in muster("connection", "delete", "Acme", "okta eu", code=4)
    assert " is off" in muster("connection", "disable", "Acme", "okta eu")
    assert "is deleted" in muster("connection", "delete", "Acme", "okta eu")
    assert "make one" in muster("connection", "list", "Acme")


def test_certificates_and_keys(muster: Any) -> None:
    """Added, removed; published, used, forgotten."""
    muster("connection", "create", "Acme", "idp", "--protocol", "saml")
    muster("connection", "metadata", "Acme", "idp", "idp.xml")
    added = muster("connection", "certificate", "add", "Acme", "idp", "new.pem", "--json")
    assert [one["source"] for one in added["certificates"]] == ["metadata", "person"]
    muster("connection", "certificate", "confirm", "Acme", "idp", added["certificates"][0]["id"], code=4)
    left = muster("connection", "certificate", "remove", "Acme", "idp", added["certificates"][0]["id"], "--json")
    assert [one["source"] for one in left["certificates"]] == ["person"]
    assert "our key       " in muster("connection", "key", "prepare", "Acme", "idp")
    switched = muster("connection", "key", "switch", "Acme", "idp", "--json")
    assert [one["state"] for one in switched["keys"]] == ["current", "former"]
    retired = muster("connection", "key", "retire", "Acme", "idp", "--json")
    assert [one["state"] for one in retired["keys"]] == ["current"]
    muster("connection", "key", "retire", "Acme", "idp", code=4)


def test_a_provider_is_read(muster: Any, provider: Provider) -> None:
    """When the connection is made, and again; S-48: what nobody has signed waits to be confirmed."""
    url = f"{provider.issuer}/metadata"
    made = muster("connection", "create", "Acme", "idp", "--protocol", "saml", "--metadata-url", url, "--json")
    assert (made["missing"], made["saml"]["entity_id"]) == ([], ENTITY)
    provider.replies["/metadata"] = Reply(200, metadata([OLD, NEW]).encode())
    assert "before somebody confirms it" in muster("connection", "refresh", "Acme", "idp")
    waiting = muster("connection", "show", "Acme", "idp", "--json")["connection"]["certificates"][1]
    assert waiting["state"] == "unconfirmed"
    confirmed = muster("connection", "certificate", "confirm", "Acme", "idp", waiting["fingerprint"], "--json")
    assert [one["state"] for one in confirmed["certificates"]] == ["valid", "valid"]
    provider.replies["/metadata"] = Reply(503)
    assert "it answered 503" in muster("connection", "refresh", "Acme", "idp", code=4)


def test_openid_connect(muster: Any, provider: Provider) -> None:
    """The secret comes from a file, and is in no output; a provider that cannot be read is told, and can be later."""
    words = ("connection", "create", "Acme", "op", "--protocol", "oidc", "--client-id", "muster")
    provider.replies["/.well-known/openid-configuration"] = Reply(500)
    said = muster(*words, "--issuer", provider.issuer, "--client-secret-file", "secret.txt")
    assert "It is made, but" in said
    del provider.replies["/.well-known/openid-configuration"]
    said += muster("connection", "refresh", "Acme", "op")
    assert "redirect URI  https://muster.example/sso/" in said
    said += muster("connection", "enable", "Acme", "op", "--json")["secret_set"]
    said += muster("connection", "show", "Acme", "op")
    assert "the client's secret" not in said


def test_refusals(muster: Any) -> None:
    """Each with its exit code; settings are read as strictly as the API reads them."""
    muster("connection", "create", "Acme", "idp", "--protocol", "saml")
    for pair in ("signed=neither", "skew_seconds=900", "nonsense=1", "claims.roles", "enabled=true"):
        muster("connection", "change", "Acme", "idp", "--set", pair, code=2)
    assert "claims" in muster("connection", "change", "Acme", "idp", "--set", "claims.roles=x", code=4)
    assert "subject_attribute" in muster(
        "connection", "change", "Acme", "idp", "--set", "name_id_format=transient", code=4
    )
    muster("connection", "change", "Acme", "idp", code=2)
    muster("connection", "show", "Acme", "nobody", code=3)
    muster("connection", "create", "Acme", "IDP", "--protocol", "saml", code=4)
    muster("connection", "test", "Acme", "idp", code=4)
    assert "okta" in muster("connection", "presets")
