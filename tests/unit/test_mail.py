"""To whom mail goes, in which language, and that nothing in a name becomes a header or another recipient (R-9)."""

from __future__ import annotations

import json
from datetime import timedelta
from email.headerregistry import Address
from typing import Any

import pytest

from app.mail_server import MailServer, mail_server
from app.mailing import message
from app.services import mail
from app.services.mail_texts import LANGUAGES, TEXTS, WORDS, written

SERVER = MailServer(
    "mail.example", 25, "", "", tls=False, starttls=False, sender=Address("Muster", "m", "acme.example")
)
HOSTILE = (
    "a@acme.example\r\nBcc: evil@evil.example",
    "a@acme.example, evil@evil.example",
    "a@acme.example;evil@evil.example",
    "Ana <a@acme.example>",
    '"a b"@acme.example',
    "a@acme.example\0",
    "a@b@acme.example",
    "a@localhost",
    "@acme.example",
    "a@",
    "plain",
    "x" * 250 + "@acme.example",
)


def document(**attributes: Any) -> str:
    return json.dumps(attributes)


@pytest.mark.parametrize("address", HOSTILE)
def test_r09_what_is_no_single_address_is_never_written_to(address: str) -> None:
    """Neither as an e-mail nor as a user name."""
    assert mail.address_of(document(emails=[{"value": address}]), address) is None
    assert mail.address_of(document(emails=[{"value": address}, {"value": "b@acme.example"}]), "x") == "b@acme.example"


def test_the_primary_address_is_meant() -> None:
    """Else the first, else a user name that is one; whatever else stands there is passed over."""
    both = [{"value": "a@acme.example"}, {"value": "b@acme.example", "primary": True}]
    assert mail.address_of(document(emails=both), "c@acme.example") == "b@acme.example"
    assert mail.address_of(document(emails=both[:1]), "c@acme.example") == "a@acme.example"
    assert mail.address_of(document(), "c@acme.example") == "c@acme.example"
    assert mail.address_of(document(emails=[{"value": 5}, "x", {}]), "c") is None
    assert mail.address_of(document(emails=[{"value": "josé@bücher.example"}]), "c") == "josé@bücher.example"


@pytest.mark.parametrize(
    ("preferred", "language"),
    [("es", "es"), ("es-ES", "es"), ("fr, es;q=0.5", "es"), ("ES_mx", "es"), ("de", "en"), (None, "en"), ("", "en")],
)
def test_the_language_that_somebody_prefers(preferred: str | None, language: str) -> None:
    """If we write it."""
    assert mail.language_of(document(preferredLanguage=preferred)) == language


@pytest.mark.parametrize("what", WORDS)
def test_what_was_changed_is_said_in_the_same_language(what: str) -> None:
    said = {"what": what, "user_name": "ana", "account": "Acme", "at": "today", "url": "https://here"}
    for language, word in WORDS[what].items():
        assert f" Acme: {word}, " in written("changed", language, said)[1]


@pytest.mark.parametrize("kind", TEXTS)
def test_r09_a_name_stays_a_name(kind: str) -> None:
    """In both languages: one line, no header, of limited length, and no place is left unfilled."""
    hostile = "Eve\r\nBcc: evil@evil.example\r\n\r\n<script>\u2028{0.__class__}" + "x" * 500
    names = ("user_name", "account", "at", "address", "methods", "what")
    values = dict.fromkeys(names, hostile) | {"link": "https://here/x", "url": "https://here"}
    assert set(TEXTS[kind]) == set(LANGUAGES)
    for language in LANGUAGES:
        subject, body = written(kind, language, values)
        assert "\n" not in subject
        assert "\r" not in subject + body
        assert len(subject) <= 201
        assert not [line for line in body.splitlines() if line.lower().startswith("bcc:")]
        made = message(SERVER, "a@acme.example", subject, body, "1")
        assert made["Bcc"] is None
        assert made.as_bytes().count(b"\nTo: ") == 1


def test_r09_a_header_that_could_be_two_is_refused() -> None:
    """Should anything ever pass by what is looked at before."""
    for recipient, subject in (("a@acme.example\nBcc: b@c.example", "x"), ("a@acme.example", "x\nBcc: b@c.example")):
        with pytest.raises(ValueError, match=r".+"):
            message(SERVER, recipient, subject, "text", "1")


def test_waits_between_tries() -> None:
    """Longer and longer, up to hours; then it is given up."""
    waits = [mail.pause(tries) for tries in range(1, mail.TRIES + 1)]
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] is None
    assert all(one is not None and one <= mail.LONGEST for one in waits[:-1])
    assert waits[:-1] == sorted(one for one in waits[:-1] if one is not None)


def test_servers_as_they_are_named() -> None:
    """The usual ports, a password with odd characters, encrypted at once or after asking."""
    one = mail_server("smtp://me:p%40ss%2Fword@mail.example?starttls", "Muster <m@acme.example>")
    assert one is not None
    assert (one.host, one.port, one.user, one.password, one.starttls, one.tls) == (
        "mail.example", 587, "me", "p@ss/word", True, False,
    )  # fmt: skip
    assert str(one.sender) == "Muster <m@acme.example>"
    two, three = mail_server("smtps://mail.example", "m@a.example"), mail_server("smtp://[::1]:2525/", "m@a.example")
    assert two is not None
    assert three is not None
    assert (two.port, two.tls, three.host, three.port) == (465, True, "::1", 2525)
    assert mail_server("", "") is None
