"""What a set-up link may change of a connection by which people sign in already (S-48, R-3).

Whoever has a link is not known. So a certificate that comes by it waits until it is confirmed: by an administrator, or
at the end by a link that may switch the connection on, once a test sign-in has succeeded. Only such a link changes
anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.services import connection_certificates as certificates
from app.services import connection_rights
from app.services.errors import Refused
from app.services.setup_links import Opened
from app.session import Session
from app.stores.connections import Row

_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Change:
    """A connection that is being changed: as it was, and who writes."""

    writer: Session
    link: Opened
    row: Row
    known: frozenset[str]

    @property
    def is_live(self) -> bool:
        """Whether people sign in by it."""
        return bool(self.row["enabled"])

    def waiting(self) -> dict[str, Any]:
        """The certificates that this link has brought and that wait, as facts of a step."""
        if not self.is_live:
            return {}
        new = {one["id"] for one in certificates.of(self.writer, self.row) if not one["confirmed"]} - self.known
        return {_WAITING: sorted(new | _brought(self.link))}


@contextmanager
def changing(session: Session, link: Opened) -> Iterator[Change]:
    """The connection of a link, to be changed. Raises Refused for what the link may not change, and nothing is."""
    if link.connection_id is None:
        raise Refused("choose the identity provider first", code="choose_first")
    with session.writer() as writer:
        row = connection_rights.begin(writer, link.account_id, link.connection_id)
        yield Change(writer, link, row, frozenset(one["id"] for one in certificates.of(writer, row)))
        after = connection_rights.found(writer, link.account_id, row["id"])
        is_other = any(after[name] != row[name] for name in ("trust", "secret", "secret_set"))
        if row["enabled"] and is_other and not link.progress.get("enables"):
            raise Refused(
                f"people sign in by {row['name']} already, and this link may not change how; ask whoever sent it to "
                "switch the connection off first, or for a link that may switch it on. A new certificate alone may be "
                "added, and waits until they confirm it",
                code="live",
            )


def confirm(writer: Session, link: Opened) -> None:
    """Let the certificates count that a link has brought, after a test sign-in with it."""
    if link.connection_id is None:
        return
    row = connection_rights.begin(writer, link.account_id, link.connection_id)
    for one in certificates.of(writer, row):
        if one["id"] in _brought(link) and not one["confirmed"]:
            certificates.confirm(writer, link.account_id, row["id"], one["id"])


def _brought(link: Opened) -> set[str]:
    steps = (facts for facts in link.progress.values() if isinstance(facts, dict))
    return {id for facts in steps for id in facts.get(_WAITING, ())}
