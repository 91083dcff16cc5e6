"""Commands about domains, traces of sign-ins and set-up links, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from app.db import Database
from app.sealing import Keys
from app.services import sign_in_traces
from app.services.accounts import find_account
from sso.model import Check, Verdict
from tests.conftest import KEY, fresh_sqlite, settings_for
from tests.idp.connection_rows import a_connection
from tests.idp.dns_server import DnsServer, dns_server


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    """A DNS server."""
    with dns_server() as server:
        yield server


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    """An installation of its own."""
    return fresh_sqlite(sqlite_template, tmp_path)


@pytest.fixture
def muster(url: str, dns: DnsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command there; ``code`` is what it must end with."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    monkeypatch.setenv("MUSTER_DNS_SERVER", dns.address)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    run("account", "create", "Acme")
    return run


@pytest.fixture
def connection(muster: Any, url: str) -> str:
    """A connection of Acme; its id."""
    database = Database(settings_for(url))
    with database.reading() as session:
        account_id = find_account(session, "Acme").id
    id = a_connection(database, account_id, "Okta")
    database.dispose()
    return id


def test_m5_a_domain_from_its_claim_to_its_end(muster: Any, dns: DnsServer, connection: str) -> None:
    """Claimed, its record printed, proven by DNS, bound, listed, given up."""
    made = muster("domain", "add", "Acme", "ACME.example", "--json")
    assert (made["name"], made["state"]) == ("acme.example", "pending")
    said = muster("domain", "show", "Acme", "acme.example")
    assert made["record_name"] in said
    assert made["record_value"] in said
    assert "there is none" in muster("domain", "verify", "Acme", "acme.example", code=4)
    dns.records[made["record_name"]] = [made["record_value"]]
    assert "is proven" in muster("domain", "verify", "Acme", "acme.example")
    assert "leads to Okta" in muster("domain", "bind", "Acme", "acme.example", "okta")
    [listed] = muster("domain", "list", "Acme", "--json")
    assert (listed["state"], listed["connection_id"], listed["by_operator"]) == ("verified", connection, False)
    assert "verified" in muster("domain", "list", "Acme")
    assert "no connection" in muster("domain", "bind", "Acme", "acme.example")
    assert "given up" in muster("domain", "remove", "Acme", "acme.example")
    assert "claim one" in muster("domain", "list", "Acme")
    muster("domain", "show", "Acme", "acme.example", code=3)


def test_an_operator_vouches_with_a_reason(muster: Any, dns: DnsServer) -> None:
    """No DNS is asked, and the trail says who and why."""
    muster("domain", "add", "Acme", "plant.internal")
    muster("domain", "verify", "Acme", "plant.internal", "--reason", "x", code=2)
    assert "say why" in muster("domain", "verify", "Acme", "plant.internal", "--by-operator", code=4)
    dns.asked.clear()
    assert "is proven" in muster(
        "domain", "verify", "Acme", "plant.internal", "--by-operator", "--reason", "no DNS in the plant"
    )
    assert dns.asked == []
    assert "operator" in muster("domain", "list", "Acme")


def test_a_trace_is_found_by_what_the_person_was_shown(muster: Any, url: str, connection: str) -> None:
    """With its checks, the clock in words and what to do; the claims only if they are asked for."""
    assert "nobody has tried" in muster("signin", "traces", "Acme")
    database = Database(settings_for(url))
    with database.writing() as session:
        sign_in_traces.record(
            session,
            Keys(KEY.encode()),
            find_account(session, "Acme").id,
            connection,
            reference="7f3k29qd",
            outcome="refused",
            reason="time",
            detail="not valid yet",
            checks=[Check("signature", Verdict.PASSED), Check("time", Verdict.FAILED, "94 s early")],
            seen={"subject": "ana"},
            skew_seconds=94,
        )
    database.dispose()
    listed = muster("signin", "traces", "Acme", "--filter", 'reason eq "time"')
    assert "7f3k29qd" in listed
    assert "nobody" in muster("signin", "traces", "Acme", "--filter", 'reason eq "issuer"')
    shown = muster("signin", "trace", "Acme", "7f3k29qd")
    for part in ("+ signature", "x time", "94 s early", "94 s ahead of ours", "what to do: The message came too early"):
        assert part in shown
    assert "ana" not in shown
    assert '"subject": "ana"' in muster("signin", "trace", "Acme", "7f3k29qd", "--claims")
    muster("signin", "trace", "Acme", "nothing", code=3)


def test_a_setup_link_is_shown_once(muster: Any, connection: str) -> None:
    """Made for a purpose, listed without its address, revoked."""
    made = muster("setup-link", "create", "Acme", "certificate", "--connection", "Okta", "--for", "IT", "--json")
    assert made["url"].startswith("http://127.0.0.1:8000/setup/")
    listed = muster("setup-link", "list", "Acme")
    assert "IT" in listed
    assert made["url"].rpartition("/")[2] not in listed
    assert "revoked" in muster("setup-link", "revoke", "Acme", made["link"]["id"])
    [after] = muster("setup-link", "list", "Acme", "--json")
    assert after["state"] == "revoked"
    assert "not shown again" in muster("setup-link", "create", "Acme", "saml", "--enable")
    assert "needed" not in muster("setup-link", "create", "Acme", "scim")
    muster("setup-link", "create", "Acme", "certificate", code=4)
    muster("setup-link", "create", "Acme", "other", code=2)
