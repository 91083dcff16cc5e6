"""Mails are sent after their transaction has committed, once each, again while the server refuses; by a real server."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select, update

from app.db import Database
from app.mail_server import MailServer, mail_server
from app.mailing import Mailer
from app.models.base import now
from app.sealing import Keys
from app.services import keys as all_keys
from app.services import mail
from app.services.mail import Post
from app.stores.mails import MAILS
from tests.builders import a_customer
from tests.conftest import KEY
from tests.smtp_server import PASSWORD, USER, Inbox, a_mail_server

KEYS = Keys(KEY.encode())
POST = Post(KEYS, "https://muster.example.test", sends=True)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with a_mail_server() as received:
        yield received


def server(inbox: Inbox, more: str = "") -> MailServer:
    found = mail_server(f"smtp://127.0.0.1:{inbox.port}{more}", "Muster <muster@acme.example>")
    assert found is not None
    return found


def somebody() -> Any:
    return SimpleNamespace(document="{}", user_name=f"{uuid4().hex}@acme.example")


def queue(database: Database, person: Any, *, undo: bool = False) -> str:
    account_id = a_customer(database).account_id
    with database.write_session() as session:
        about = {"user_name": "Öl", "account": "Acme", "link": "https://here/" + "x" * 100}
        assert POST.queue(session, account_id, person, "activate", **about)
        if undo:
            session.rollback()
        else:
            session.commit()
    return account_id


def row(database: Database, account_id: str) -> Any:
    with database.reading() as session:
        return session.execute(select(MAILS).where(MAILS.c.account_id == account_id)).one_or_none()


def due(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(MAILS).where(MAILS.c.next_attempt.is_not(None)).values(next_attempt=now()))


@pytest.fixture(autouse=True)
def nothing_waits(database: Database) -> None:
    """What other tests left waiting is given up."""
    with database.writing() as session:
        session.execute(update(MAILS).values(next_attempt=None))


def test_a_mail_is_sent_once_it_is_committed(database: Database, inbox: Inbox) -> None:
    """And not if it is not; long lines and other letters arrive as they were; its text is forgotten then."""
    mailer, person, never = Mailer(database, KEYS, server(inbox)), somebody(), somebody()
    account_id = queue(database, person)
    queue(database, never, undo=True)
    assert "https://here/" not in row(database, account_id).body
    assert mailer.look() == 1
    assert mailer.look() == 0
    [got] = inbox.mails
    assert got.recipients == [person.user_name]
    assert "https://here/" + "x" * 100 in got.text
    assert "Öl" in got.text
    kept = row(database, account_id)
    assert (kept.body, kept.next_attempt, kept.error) == (None, None, None)
    assert kept.sent is not None


def test_a_mail_is_tried_again_and_given_up(database: Database, inbox: Inbox) -> None:
    """While the server says later, or cannot be reached; at last its text is forgotten."""
    account_id = queue(database, somebody())
    mailer = Mailer(database, KEYS, server(inbox))
    inbox.answers["RCPT"] = ["451 later"]
    inbox.answers["DATA"] = ["452 full"]
    for expected in ("recipient was refused", "said 452"):
        assert mailer.look() == 0
        waits = row(database, account_id)
        assert expected in waits.error
        assert waits.next_attempt > now()
        assert mailer.look() == 0  # not before its time
        due(database)
    nowhere = Mailer(database, KEYS, replace(server(inbox), port=1))
    for _ in range(mail.TRIES - 2):
        assert nowhere.look() == 0
        due(database)
    given_up = row(database, account_id)
    assert (given_up.body, given_up.next_attempt, given_up.sent) == (None, None, None)
    assert given_up.tries == mail.TRIES
    assert inbox.mails == []


def test_a_recipient_who_does_not_exist_is_given_up_at_once(database: Database, inbox: Inbox) -> None:
    """A 5xx is for ever (RFC 5321 §4.2.1)."""
    account_id = queue(database, somebody())
    inbox.answers["RCPT"] = ["550 unknown"]
    assert Mailer(database, KEYS, server(inbox)).look() == 0
    assert row(database, account_id).next_attempt is None


def test_many_processes_send_a_mail_once(database: Database, inbox: Inbox) -> None:
    """Whoever is first has it."""
    people = [somebody() for _ in range(8)]
    for person in people:
        queue(database, person)
    threads = [threading.Thread(target=Mailer(database, KEYS, server(inbox)).look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.recipients[0] for one in inbox.mails) == sorted(person.user_name for person in people)


def test_without_a_server_nothing_waits(database: Database) -> None:
    """It is not even written down, and nobody looks."""
    account_id = a_customer(database).account_id
    with database.writing() as session:
        silent = replace(POST, sends=False)
        about = {"user_name": "x", "account": "Acme", "link": "https://here"}
        assert not silent.queue(session, account_id, somebody(), "activate", **about)
    assert row(database, account_id) is None
    assert Mailer(database, KEYS, None).look() == 0


def test_starttls_and_a_password(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encrypted before anything is said, to a server whose certificate is believed; else nothing is handed in."""
    context, authority = certified(tmp_path)
    with a_mail_server(context) as inbox:
        there = server(inbox, "?starttls")
        there = replace(there, user=USER, password=PASSWORD)
        account_id = queue(database, somebody())
        assert Mailer(database, KEYS, there).look() == 0
        assert "SSL" in row(database, account_id).error
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        due(database)
        assert Mailer(database, KEYS, there).look() == 1, row(database, account_id).error
        [got] = inbox.mails
        assert (got.is_encrypted, got.user) == (True, USER)
        wrong = queue(database, somebody())
        assert Mailer(database, KEYS, replace(there, password="wrong")).look() == 0
        assert "535" in row(database, wrong).error


def test_t10_another_key_opens_what_waits(database: Database, inbox: Inbox) -> None:
    """With the former key it is sent still, and is sealed anew by `muster keys rotate`; without it never."""
    renewed = Keys(b"another key that is long enough for it", [KEY.encode()])
    account_id = queue(database, somebody())
    assert any(one.rows is MAILS and "body" in one.columns for one in all_keys.SEALED)
    assert Mailer(database, renewed, server(inbox)).look() == 1
    stranger = queue(database, somebody())
    assert Mailer(database, Keys(b"a stranger's key that is long enough"), server(inbox)).look() == 0
    assert row(database, stranger).next_attempt is None
    assert row(database, account_id).sent is not None


def test_what_is_long_over_is_forgotten(database: Database, inbox: Inbox) -> None:
    """A month after it was made; what still waits stays."""
    old = queue(database, somebody())
    mailer = Mailer(database, KEYS, server(inbox))
    assert mailer.look() == 1
    with database.writing() as session:
        session.execute(
            update(MAILS).where(MAILS.c.account_id == old).values(created=now() - mail.KEPT - timedelta(days=1))
        )
    queue(database, somebody())
    assert mailer.look() == 1
    assert row(database, old) is None


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS for 127.0.0.1, and the file of who vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate, private = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return context, certificate
