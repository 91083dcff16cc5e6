"""Which subjects of identity providers are which people, for whoever looks after an account.

A link outlives its person, so that nobody inherits a subject. Only somebody who knows that it is right removes one:
then whoever signs in under the subject is somebody new, and found as everybody is. What had begun before makes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import audit
from app.services import person_sessions
from app.services.connection_rights import check_right
from app.services.errors import Conflict, NotFound
from app.session import Session
from app.stores import connections
from app.stores import identity_links as store
from app.stores.connections import Row
from app.stores.filter_sql import is_id
from app.stores.listings import Wanted, page

KEYS_TO_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "saml": ("entity_id", "subject_attribute", "name_id_format"),
    "oidc": ("issuer", "subject_claims"),
}
"""What a connection trusts that makes its subjects what they are: under another one they are other people's (L-1)."""


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """One subject of a connection. ``user_name`` is None for a person who is gone; ``how`` they were found."""

    id: str
    connection_id: str
    subject: str
    user_id: str
    user_name: str | None
    how: str
    created: datetime
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Links:
    """A page of links, and where the next one begins."""

    results: list[LinkFacts]
    next: tuple[Any, ...] | None = field(default=None)


def list_links(session: Session, account_id: str, wanted: Wanted) -> Links:
    """A page of the links of an account. Raises InvalidFilter, TooMany, Forbidden."""
    check_right(session, account_id)
    found = page(session, store.LINK_LIST, account_id, wanted)
    return Links([LinkFacts(*row) for row in found.rows], found.next)


def get(session: Session, account_id: str, link: str) -> LinkFacts:
    """A link by its id. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = store.find(session, account_id, link) if is_id(link) else None
    if row is None:
        raise NotFound(f"there is no identity link {link[:100]!r} in this account", "identity_link", link)
    return LinkFacts(*row)


def are_there(session: Session, account_id: str, connection_id: str) -> bool:
    """Whether a connection knows anybody."""
    return bool(store.count(session, account_id, connection_id))


def unlink(session: Session, account_id: str, link: str) -> LinkFacts:
    """Forget whom a subject means, and end what they began by its connection; what it was.

    Raises NotFound, Forbidden.
    """
    found = get(session, account_id, link)
    connections.grow_older(session, account_id, found.connection_id)
    store.remove(session, account_id, found.id)
    person_sessions.end_by_connection(session, account_id, found.user_id, found.connection_id, "unlinked")
    before = {"connection": found.connection_id, "how": found.how}
    audit.record(session, account_id, "person.unlinked", "user", found.user_id, found.user_name, before)
    return found


def make_way(session: Session, row: Row, trust: Mapping[str, Any], *, forgets: bool) -> int:
    """Forget whom a connection knows if its subjects are others by ``trust``, with all sessions begun by it.

    Those of people who are gone are forgotten, too. How many links that were. Raises Conflict unless ``forgets``.
    """
    changed = [name for name in KEYS_TO_SUBJECTS[row["protocol"]] if trust[name] != row["trust"][name]]
    known = store.count(session, row["account_id"], row["id"]) if changed else 0
    if known and not forgets:
        raise Conflict(
            f"{row['name']} knows {known} subjects, which may be other people by another {' and '.join(changed)}; "
            "make another connection, or say forget_links to forget whom it knows, also of people who are gone",
            code="another_provider",
        )
    if changed:  # what has begun under the former subjects ends, also where nobody was known yet
        connections.grow_older(session, row["account_id"], row["id"])
    if not known:
        return 0
    store.remove_all(session, row["account_id"], row["id"])
    person_sessions.end_by_connection(session, row["account_id"], None, row["id"], "unlinked")
    return known
