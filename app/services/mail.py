"""Mails that wait to be sent: written down in the transaction of what they tell, and sent once that has committed.

What stands in one may be a link that opens a door, so it is sealed, and forgotten when the mail was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.models.base import new_id, now
from app.sealing import Keys
from app.services.mail_texts import LANGUAGES, written
from app.session import Session
from app.stores import mails as store

FIRST, FACTOR, LONGEST, TRIES = timedelta(seconds=30), 4, timedelta(hours=4), 8
"""When a mail is tried again, and how often it is tried at all: for about half a day."""
KEPT = timedelta(days=30)
"""For so long it is known that a mail was sent."""
_MOST_ADDRESS = 254
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+")
"""One address and nothing beside it, so that a person's attribute names no further recipient."""


@dataclass(frozen=True, slots=True)
class Post:
    """How this installation sends mail. ``sends``: whether it has a mail server at all."""

    keys: Keys
    base_url: str
    sends: bool

    def queue(self, session: Session, account_id: str, person: Any, kind: str, **values: str) -> bool:
        """Let a mail go out to somebody when this transaction commits; False if they cannot be written to.

        ``person`` has a ``document`` and a ``user_name``; ``kind`` and ``values`` are those of ``mail_texts``.
        """
        recipient = address_of(person.document, person.user_name)
        if not self.sends or recipient is None:
            return False
        subject, body = written(kind, language_of(person.document), {**values, "url": self.base_url})
        id, moment = new_id(), now()
        row = {
            "account_id": account_id,
            "id": id,
            "recipient": recipient,
            "subject": subject,
            "body": self.keys.seal(body, *belonging(account_id, id)),
            "created": moment,
            "tries": 0,
            "next_attempt": moment,
        }
        store.add(session, row)
        return True


def belonging(account_id: str, id: str) -> tuple[str, str, str]:
    """To what a mail's body is sealed."""
    return store.MAILS.name, account_id, id


def pause(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: it is not tried again."""
    return None if tries >= TRIES else min(FIRST * FACTOR ** (tries - 1), LONGEST)


def address_of(document: str, user_name: str) -> str | None:
    """Where somebody is written to: their primary address, else their first, else a user name that is one."""
    emails = [one for one in orjson.loads(document).get("emails") or () if isinstance(one, Mapping)]
    emails.sort(key=lambda one: one.get("primary") is not True)
    for text in (*(one.get("value") for one in emails), user_name):
        if isinstance(text, str) and len(text) <= _MOST_ADDRESS and text.isprintable() and _ADDRESS.fullmatch(text):
            return text
    return None


def language_of(document: str) -> str:
    """The language that somebody prefers (RFC 7643 §4.1.1), if we write it, else English."""
    preferred = str(orjson.loads(document).get("preferredLanguage") or "").lower()
    wanted = (re.split(r"[-_;,]", part.strip())[0] for part in preferred.split(","))
    return next((one for one in wanted if one in LANGUAGES), "en")


def forget(session: Session, moment: datetime) -> None:
    """Delete what was sent, or given up, long ago."""
    store.forget(session, moment - KEPT)
