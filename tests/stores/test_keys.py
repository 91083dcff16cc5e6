"""The secret key is replaced by another: what was sealed, what was hashed, and who may start meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import event, select, update

from app.cli import main
from app.compose import create_app
from app.config import Settings, SettingsError
from app.db import Database
from app.models.base import new_id, now
from app.revision import problem
from app.sealing import Keys
from app.services import (
    accounts,
    invitations,
    oauth_clients,
    oauth_grants,
    person_sessions,
    recovery_codes,
    setup_links,
    webhooks,
)
from app.services import keys as service
from app.services.errors import Refused
from app.services.mail import Post
from app.stores.local_sign_in import INVITATIONS
from app.stores.webhooks import ENDPOINTS
from tests import conftest as databases
from tests.builders import Customer, a_customer, a_user
from tests.conftest import KEY
from tests.protocol.api_client import an_installation_key
from tests.webhooks import loopback

NEW = "a new key that is long enough, as the former one"
BOTH, FORMER = Keys(NEW.encode(), [KEY.encode()]), Keys(KEY.encode())


@pytest.fixture
def own(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database whose key no other test depends on."""
    if database_url.startswith("sqlite"):
        url = databases.fresh_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        url = databases.new_postgresql_database(f"muster_keys_{uuid4().hex}")
    opened = Database(databases.settings_for(url))
    yield opened
    opened.dispose()


def settings(own: Database, key: str, *former: str) -> Settings:
    url = own.engine.url.render_as_string(hide_password=False)
    return Settings(database_url=url, secret_key=key, secret_key_previous=",".join(former), log_level="error")


def test_who_may_start(own: Database) -> None:
    """With the database's key, present or former; after the rotation only who has the new one."""
    assert problem(own, FORMER) is None
    assert problem(own, BOTH) is None
    assert "MUSTER_SECRET_KEY_PREVIOUS" in (problem(own, Keys(NEW.encode())) or "")
    with own.writing() as session:
        service.rotate(session, BOTH)
    assert problem(own, Keys(NEW.encode())) is None
    assert problem(own, BOTH) is None
    assert problem(own, FORMER) is not None
    assert problem(own, Keys(KEY.encode(), [NEW.encode()])) is None, (
        "who was not restarted yet, and knows the coming key"
    )


def test_secrets_are_sealed_anew(own: Database) -> None:
    """All of them, the replaced ones, too; after that the former key opens nothing and is not needed."""
    account_id = a_customer(own).account_id
    with own.writing() as session:
        made, secret = webhooks.create(session, account_id, FORMER, loopback(), "crm", "https://crm.example/", ())
        _, newer = webhooks.rotate_secret(session, account_id, FORMER, "crm")
        assert service.state(session, BOTH).sealed == {FORMER.id: 2}
    with own.writing() as session:
        done = service.rotate(session, BOTH)
    assert (done.key, done.sealed) == (BOTH.id, {BOTH.id: 2})
    with own.reading() as session:
        row = session.execute(select(ENDPOINTS).where(ENDPOINTS.c.id == made.id)).mappings().one()
    alone, belongs = Keys(NEW.encode()), webhooks.belonging(account_id, made.id)
    assert (alone.unseal(row["secret"], *belongs), alone.unseal(row["previous_secret"], *belongs)) == (newer, secret)
    with own.writing() as session:
        again = service.rotate(session, BOTH)
    assert again == done


def test_nothing_is_rotated_if_something_does_not_open(own: Database) -> None:
    """It is named, and the database keeps its key."""
    account_id = a_customer(own).account_id
    with own.writing() as session:
        for name in ("one", "two"):
            webhooks.create(session, account_id, FORMER, loopback(), name, "https://crm.example/", ())
        foreign = Keys(b"nobody has this key any more").seal("secret", "somewhere")
        session.execute(update(ENDPOINTS).where(ENDPOINTS.c.name == "two").values(secret=foreign))
    with pytest.raises(Refused, match="does not open"), own.writing() as session:
        service.rotate(session, BOTH)
    with own.reading() as session:
        found = service.state(session, BOTH)
    assert (found.key, found.changed, found.sealed[FORMER.id]) == (FORMER.id, None, 1)


def test_tokens_go_on_and_need_the_former_key_until_they_are_used(own: Database) -> None:
    """Each is hashed anew when it is used; those left are counted; then the former key can go."""
    customer, unused = a_customer(own), a_customer(own)
    installation = an_installation_key(own)
    with own.writing() as session:
        service.rotate(session, BOTH)
        left = service.state(session, BOTH).tokens_left
    app = create_app(settings(own, NEW, KEY))

    def ask(of: Customer) -> list[int]:
        client = app.test_client()
        body = {
            "subject": {"type": "user", "id": "x"},
            "action": {"name": "campaigns"},
            "resource": {"type": "c", "id": "1"},
        }
        return [
            client.get("/scim/v2/Users?count=1", headers=_bearer(of.token)).status_code,
            client.post("/access/v1/evaluation", json=body, headers=_bearer(of.api_key)).status_code,
        ]

    assert ask(customer) == [200, 200]
    assert app.test_client().get("/api/v1/accounts", headers=_bearer(installation)).status_code == 200
    app.extensions["usage"].flush()
    with own.reading() as session:
        assert service.state(session, BOTH).tokens_left == left - 3 == 2
    app = create_app(settings(own, NEW))
    assert ask(customer) == [200, 200]
    assert app.test_client().get("/api/v1/accounts", headers=_bearer(installation)).status_code == 200
    assert ask(unused) == [401, 401]
    app = create_app(settings(own, NEW, KEY))
    assert ask(unused) == [200, 200]
    wrong = customer.token[:-30] + ("0" if customer.token[-30] != "0" else "1") + customer.token[-29:]
    assert app.test_client().get("/scim/v2/Users", headers=_bearer(wrong)).status_code == 401


def test_what_is_never_hashed_anew_is_counted(own: Database) -> None:
    """Recovery codes, links, sessions and refresh tokens: while one counts, nobody is told to remove the former key."""
    account_id, here, alone = a_customer(own).account_id, "https://muster.example", Keys(NEW.encode())
    with own.writing() as session:
        owner = accounts.create_owner(session, account_id, f"{uuid4().hex}@acme.example", "Olivia")
        old = recovery_codes.renew(session, FORMER, account_id, owner.id)
        assert recovery_codes.use(session, FORMER, account_id, owner.id, old.pop(), now())
        link, _ = setup_links.create(session, account_id, FORMER, here, "scim")
        invitations.invite(session, Post(FORMER, here, sends=False), account_id, owner.id, "activate", shows=True)
        begun = person_sessions.begin(session, FORMER, account_id, owner.id, methods=["pwd"], authenticated=now())
        registered = {"name": "crm", "redirect_uris": ["https://crm.example/in"], "auth_method": "none"}
        client, _ = oauth_clients.create(session, account_id, FORMER, loopback(), registered)
        person = person_sessions.find(session, FORMER, begun.secret, now())
        assert person is not None
        oauth_grants.issue_tokens(session, FORMER, person, client.id, new_id(), "openid", "openid")
    sleep(0.002)
    with own.writing() as session:
        kept = service.rotate(session, BOTH).kept_hashes
    others = {"setup_links": 1, "invitations": 1, "sessions": 1, "refresh_tokens": 1}
    assert kept == {"recovery_codes": 9, **others}
    with own.writing() as session:
        assert not recovery_codes.use(session, alone, account_id, owner.id, old.pop(), now())
        assert recovery_codes.use(session, BOTH, account_id, owner.id, old.pop(), now())
        assert service.state(session, BOTH).kept_hashes == {"recovery_codes": 8, **others}
        setup_links.revoke(session, account_id, link.id)
        person_sessions.end_all(session, account_id, owner.id, "person")
        session.execute(update(INVITATIONS).values(used=now()))
        left = service.state(session, BOTH)
        assert (left.kept_hashes, left.needs_former) == ({"recovery_codes": 8}, True)
        recovery_codes.renew(session, BOTH, account_id, owner.id)
        assert service.state(session, BOTH).kept_hashes == {}


def test_nobody_is_told_to_remove_a_key_that_something_needs(own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """``muster keys show`` names what is left, and only when nothing is says that the former key may go."""
    with own.writing() as session:
        account_id = accounts.create_account(session, f"Acme {uuid4().hex}").id
        owner = accounts.create_owner(session, account_id, f"{uuid4().hex}@acme.example", "Olivia")
        recovery_codes.renew(session, FORMER, account_id, owner.id)
        service.rotate(session, BOTH)
    for name, value in (("SECRET_KEY", NEW), ("SECRET_KEY_PREVIOUS", KEY)):
        monkeypatch.setenv(f"MUSTER_{name}", value)
    monkeypatch.setenv("MUSTER_DATABASE_URL", own.engine.url.render_as_string(hide_password=False))

    def shown() -> str:
        answer = CliRunner().invoke(main, ["keys", "show"])
        assert answer.exit_code == 0, answer.output
        return answer.output

    said = shown()
    assert "10 recovery codes were made before" in said
    assert "none of these is recognised without the former key" in said
    assert "remove MUSTER_SECRET_KEY_PREVIOUS" not in said
    with own.writing() as session:
        recovery_codes.renew(session, BOTH, account_id, owner.id)
    assert "remove MUSTER_SECRET_KEY_PREVIOUS" in shown()


def test_nothing_is_done_twice_with_a_token_under_the_former_key(own: Database) -> None:
    """Such a token is looked up each time, until its hash is renewed."""
    customer = a_customer(own)
    with own.writing() as session:
        service.rotate(session, BOTH)
    app = create_app(settings(own, NEW, KEY))
    inserted: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("INSERT INTO users "):
            inserted.append(statement)

    event.listen(app.extensions["database"].engine, "before_cursor_execute", note)
    for number in range(1, 6):
        if number == 4:
            app.extensions["usage"].flush()
        answer = app.test_client().post("/scim/v2/Users", json=a_user(), headers=_bearer(customer.token))
        assert (answer.status_code, len(inserted)) == (201, number)


def test_the_settings() -> None:
    """Former keys are as long as present ones."""
    given = {"MUSTER_SECRET_KEY": NEW, "MUSTER_SECRET_KEY_PREVIOUS": f"{KEY}, {'k' * 32}"}
    assert Settings.from_environment(given).keys().former == (KEY.encode(), b"k" * 32)
    with pytest.raises(SettingsError, match="MUSTER_SECRET_KEY_PREVIOUS"):
        Settings.from_environment(given | {"MUSTER_SECRET_KEY_PREVIOUS": "short"})
    assert KEY not in repr(Settings.from_environment(given))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "X-Request-ID": f"keys-{now():%H%M%S%f}"}
