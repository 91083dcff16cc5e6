"""Commands about the local door and about requiring the identity provider, as an operator types them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.cli import main
from app.config import Settings, SettingsError
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import person_sessions
from app.stores.access_tables import USERS
from app.stores.connections import CONNECTIONS
from app.stores.local_sign_in import CREDENTIALS, PASSKEYS
from app.stores.mails import MAILS
from tests.conftest import KEY, fresh_sqlite, settings_for

OWNER = "olivia@acme.example"
LINK = re.compile(r"http://127\.0\.0\.1:8000/signin/local/open\?link=[\w-]{43}")


class Muster:
    """Runs commands on an installation of its own with one account and one owner."""

    def __init__(self, url: str) -> None:
        self.database = Database(settings_for(url))

    def run(self, *words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    def ids(self) -> tuple[str, str]:
        with self.database.reading() as session:
            query = select(USERS.c.account_id, USERS.c.id).where(USERS.c.user_name == OWNER)
            return tuple(session.execute(query).one())


@pytest.fixture
def muster(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command, in a folder without a .env file."""
    url = fresh_sqlite(sqlite_template, tmp_path)
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    made = Muster(url)
    made.run("account", "create", "Acme")
    made.run("owner", "create", "Acme", OWNER)
    return made


def test_a_link_is_printed_where_nothing_is_mailed(muster: Muster) -> None:
    """For the operator only, and nowhere else: neither in the trail nor in the database."""
    said = muster.run("door", "invite", "Acme", OWNER)
    found = LINK.search(said)
    assert found is not None
    secret = found[0].partition("=")[2]
    assert "good once, until" in said
    assert LINK.fullmatch(muster.run("door", "reset", "Acme", OWNER, "--json")["link"])
    assert secret not in Path(str(muster.database.engine.url.database)).read_bytes().decode("latin-1")


def test_a_link_is_mailed_where_there_is_a_server(muster: Muster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not shown then; what waits to be sent is sealed (T-10)."""
    monkeypatch.setenv("MUSTER_SMTP_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("MUSTER_MAIL_FROM", "muster@acme.example")
    made = muster.run("door", "invite", "Acme", OWNER, "--json")
    assert (made["mailed"], made["link"]) == (True, None)
    with muster.database.reading() as session:
        [row] = session.execute(select(MAILS.c.recipient, MAILS.c.body)).all()
    assert row.recipient == OWNER
    assert "signin/local" not in row.body
    assert "is sent a link by mail" in muster.run("door", "invite", "Acme", OWNER)


def test_refusals(muster: Muster) -> None:
    """Each with its exit code and what to do."""
    muster.run("door", "invite", "Nobody", OWNER, code=3)
    muster.run("door", "invite", "Acme", "nobody", code=3)
    muster.run("door", "set", "Acme", code=2)
    muster.run("door", "set", "Acme", "--days", "0", code=2)
    muster.run("door", "require-sso", "Acme", code=2)
    muster.run("directory", "create", "Acme", "--preset", "okta")
    assert "within the last hour" in muster.run("door", "require-sso", "Acme", "--as", OWNER, code=4)


def test_status_and_settings(muster: Muster) -> None:
    """Words for people, JSON for scripts."""
    said = muster.run("door", "status", "Acme")
    assert "warning: no Account Owner can sign in without the identity provider" in said
    assert "two factors are required at the local door" in said
    assert OWNER in said
    assert "a password is enough there" in muster.run("door", "set", "Acme", "--no-mfa", "--days", "7")
    found = muster.run("door", "status", "Acme", "--as", OWNER, "--json")
    assert (found["requires_mfa"], found["door_days"], found["required"]) == (False, 7, None)
    assert [one["user_name"] for one in found["owners"]] == [OWNER]


def test_status_says_who_is_locked(muster: Muster) -> None:
    """By the password; a passkey works all the same."""
    account_id, user_id = muster.ids()
    muster.run("door", "set", "Acme", "--no-mfa")
    locked = {"failures": 9, "locked_until": now() + timedelta(minutes=5), "password_hash": "x"}
    with muster.database.writing() as session:
        session.execute(CREDENTIALS.insert().values(account_id=account_id, user_id=user_id, **locked))
    assert f"locked until {locked['locked_until']:%H:%M} UTC" in muster.run("door", "status", "Acme")
    key = {"name": "k", "credential_id": uuid4().hex, "public_key": "y", "sign_count": 0, "transports": []}
    with muster.database.writing() as session:
        session.execute(PASSKEYS.insert().values(account_id=account_id, id=new_id(), user_id=user_id, **key))
    assert muster.run("door", "status", "Acme").rstrip().endswith("yes")


def test_r07_require_recover_relax(muster: Muster) -> None:
    """Required in the name of an owner who came in through a connection; recovered on the server, with a new link."""
    account_id, user_id = muster.ids()
    connection = {"account_id": account_id, "id": new_id(), "name": "Okta", "name_key": "okta", "protocol": "saml"}
    with muster.database.writing() as session:
        session.execute(CONNECTIONS.insert().values(**connection, enabled=True, trust={}, claims={}))
        came: dict[str, Any] = {"methods": ["pwd"], "authenticated": now(), "connection_id": connection["id"]}
        person_sessions.begin(session, Keys(KEY.encode()), account_id, user_id, **came)
        session.execute(CREDENTIALS.insert().values(account_id=account_id, user_id=user_id, failures=0, opened=now()))
        key = {"name": "k", "credential_id": "x", "public_key": "y", "sign_count": 0, "transports": []}
        session.execute(PASSKEYS.insert().values(account_id=account_id, id=new_id(), user_id=user_id, **key))
    muster.run("door", "set", "Acme", "--no-mfa")
    assert "[x]" in muster.run("door", "status", "Acme", "--as", OWNER)
    assert "people must sign in by a connection" in muster.run("door", "require-sso", "Acme", "--as", OWNER)
    said = muster.run("door", "status", "Acme")
    assert "two factors are required at the local door" in said, "whatever is set for when it is not required"
    assert said.rstrip().endswith("yes")
    assert "muster door recover" in muster.run("door", "invite", "Acme", OWNER, code=4)
    assert "too" in muster.run("door", "relax-sso", "Acme")
    muster.run("door", "require-sso", "Acme", "--as", OWNER)
    assert LINK.search(muster.run("door", "recover", "Acme", OWNER))
    assert muster.run("door", "status", "Acme", "--json")["required"] is None
    told = [one["type"] for one in muster.run("events", "Acme", "--limit", "500", "--json")["results"]]
    said = [one for one in told if one.split(".")[0] in ("sign_in", "door")]
    assert said == ["sign_in.required", "sign_in.relaxed", "sign_in.required", "sign_in.relaxed", "door.recovered"]
    assert "intact" in muster.run("audit", "verify", "Acme")


def test_the_demo_has_an_owner_who_can_sign_in(muster: Muster) -> None:
    """With the same password at every call, until another one is chosen."""
    first = muster.run("demo", "--json")
    assert first["sign_in_url"] == "http://127.0.0.1:8000/signin/local?account=Northwind+Demo"
    assert muster.run("demo", "--json")["password"] == first["password"]
    assert first["password"] in muster.run("demo")
    assert "a password is enough there" in muster.run("door", "status", "Northwind Demo")
    with muster.database.writing() as session:
        session.execute(CREDENTIALS.update().values(password_hash="$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA"))
    assert muster.run("demo", "--json")["password"] is None


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://mail.example", "muster@acme.example"),
        ("smtp://", "muster@acme.example"),
        ("smtp://mail.example", ""),
        ("smtp://mail.example", "nobody"),
        ("smtp://mail.example?tls", "muster@acme.example"),
        ("smtps://mail.example?starttls", "muster@acme.example"),
        ("smtp://user@mail.example", "muster@acme.example"),
        ("smtp://mail.example:x", "muster@acme.example"),
        ("smtp://mail.example", "a@b.example\nBcc: c@d.example"),
    ],
)
def test_a_mail_server_that_cannot_be_meant(url: str, sender: str) -> None:
    """Refused at the start, naming the setting; a password is never repeated."""
    with pytest.raises(SettingsError, match="MUSTER_SMTP_URL"):
        Settings.from_environment({"MUSTER_SMTP_URL": url, "MUSTER_MAIL_FROM": sender})
    secret = Settings.from_environment(
        {"MUSTER_SMTP_URL": "smtp://me:hush@mail.example?starttls", "MUSTER_MAIL_FROM": "M <m@acme.example>"}
    )
    assert "hush" not in repr(secret)
    assert "hush" not in repr(secret.mail_server())
