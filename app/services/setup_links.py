"""Set-up links: addresses with which a customer's own administrator sets one thing up, without an account here.

A link is good for one purpose, in one account, for hours or days, and as often as it takes: what was done is kept, so
it goes on where it was left. Whoever has it acts as that link, and the trail says so. Once it is over it looks like one
that never was; so it does when the person who made it is no Account Owner any more.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app import audit
from app.crypto import hash_token
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import connection_rights, guards
from app.services.directories import CLAIMS, LOCAL, find_directory
from app.services.errors import Forbidden, NotFound, Refused, Stale, Wrong
from app.session import Session
from app.stores import setup_links as store
from app.stores.access import SqlAccessStore
from app.stores.filter_sql import is_id

PURPOSES: Mapping[str, str] = {
    "saml": "sign-in by SAML",
    "oidc": "sign-in by OpenID Connect",
    "scim": "provisioning by SCIM",
    "certificate": "a new certificate of a SAML provider",
    "domain": "proof that an e-mail domain is theirs",
}
"""What a link may be for."""
USUAL_HOURS, MOST_HOURS = 72, 24 * 30
MOST_OPEN = 100
"""So many good links an account may have."""
_KEPT = timedelta(days=90)
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it may be shown. ``state``: open, finished, revoked or expired; ``done`` are the steps that are.

    ``enables``: a connection is switched on at the end, once a test sign-in has succeeded.
    """

    id: str
    purpose: str
    state: str
    note: str
    connection_id: str | None
    connection: str | None
    directory_id: str | None
    directory: str | None
    enables: bool
    done: tuple[str, ...]
    created_by: str
    created: datetime
    expires: datetime
    last_used: datetime | None
    finished: datetime | None
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A good link, as the pages need it. ``progress`` is what was done so far, by step."""

    account_id: str
    id: str
    account: str
    purpose: str
    note: str
    connection_id: str | None
    directory_id: str | None
    directory: str | None
    directory_preset: str | None
    people: int
    groups: int
    progress: Mapping[str, Any]
    created: datetime
    expires: datetime


def create(
    session: Session,
    account_id: str,
    keys: Keys,
    base_url: str,
    purpose: str,
    *,
    note: str = "",
    connection: str | None = None,
    directory: str | None = None,
    hours: int = USUAL_HOURS,
    enables: bool = False,
) -> tuple[Link, str]:
    """A new link and its address, which is shown this once. Raises Refused, NotFound, Forbidden."""
    _check_right(session, account_id)
    if purpose not in PURPOSES:
        raise Refused(f"{purpose!r} is no purpose; choose from {', '.join(PURPOSES)}", Wrong(("purpose",), "is none"))
    if not 1 <= hours <= MOST_HOURS:
        raise Refused(f"a link is good for 1 to {MOST_HOURS} hours", Wrong(("hours",), "is out of range"))
    moment = now()
    if store.open_count(session, account_id, moment) >= MOST_OPEN:
        raise Refused(f"there are {MOST_OPEN} good links already; revoke some that nobody needs")
    if enables and purpose not in ("saml", "oidc"):
        raise Refused("only a connection can be switched on", Wrong(("enables",), "is for saml and oidc"))
    secret, id = secrets.token_urlsafe(32), new_id()
    row = {
        "account_id": account_id,
        "id": id,
        "secret_hash": hash_token(secret, keys.current),
        "purpose": purpose,
        "connection_id": _connection(session, account_id, purpose, connection),
        "directory_id": _directory(session, account_id, purpose, directory),
        "note": note.strip()[:200],
        "progress": {"enables": True} if enables else {},
        "created_by": guards.granted_by(session),
        "created": moment,
        "expires": moment + timedelta(hours=hours),
    }
    store.add(session, row)
    made = get(session, account_id, id)
    after = {"purpose": purpose, "expires": made.expires.isoformat(), "enables": enables}
    after |= {"connection": made.connection, "directory": made.directory}
    _record(session, account_id, made, "setup_link.created", after)
    return made, f"{base_url}/setup/{secret}"


def list_links(session: Session, account_id: str) -> list[Link]:
    """The links of an account, the latest first. Raises Forbidden."""
    _check_right(session, account_id)
    moment = now()
    return [_shown(row, moment) for row in store.every(session, account_id)]


def get(session: Session, account_id: str, id: str) -> Link:
    """A link by its id. Raises NotFound, Forbidden."""
    _check_right(session, account_id)
    row = store.find(session, account_id, id)
    if row is None:
        raise NotFound(f"there is no set-up link {id!r} in this account", "link", id)
    return _shown(row, now())


def revoke(session: Session, account_id: str, id: str) -> Link:
    """End a link at once; what was done with it stays. Raises NotFound, Forbidden."""
    link = get(session, account_id, id)
    if link.state == "open":
        store.change(session, account_id, link.id, {"revoked": now()})
        _record(session, account_id, link, "setup_link.revoked")
    return get(session, account_id, link.id)


def opened(session: Session, keys: Keys, secret: str, request_id: str | None = None) -> Opened | None:
    """The link that an address names, if it is good; whoever has it acts in this session from now on."""
    if not _SECRET.fullmatch(secret):
        return None
    hashes = (hash_token(secret, key) for key in (keys.current, *keys.former))
    row = next((row for one in hashes if (row := store.by_secret(session, one)) is not None), None)
    moment = now()
    if row is None or row.suspended or row.expires <= moment or row.revoked or row.finished:
        return None
    if is_id(row.created_by) and not _still_owns(session, row.account_id, row.created_by):
        return None
    audit.begin(session, audit.Actor("setup_link", row.id, row.note or PURPOSES[row.purpose]), request_id)
    if row.last_used is None or row.last_used < moment - _MINUTE:
        with session.writer() as writer:
            store.used(writer, row.account_id, row.id, moment)
            if row.last_used is None:
                about = (row.id, row.note or row.purpose)
                audit.record(writer, row.account_id, "setup_link.opened", "setup_link", *about)
    return Opened(
        account_id=row.account_id,
        id=row.id,
        account=row.account,
        purpose=row.purpose,
        note=row.note,
        connection_id=row.connection_id,
        directory_id=row.directory_id,
        directory=row.directory,
        directory_preset=row.directory_preset,
        people=row.user_count or 0,
        groups=row.group_count or 0,
        progress=row.progress,
        created=row.created,
        expires=row.expires,
    )


def step(
    session: Session,
    link: Opened,
    name: str,
    facts: Mapping[str, Any],
    *,
    connection_id: str | None = None,
    directory_id: str | None = None,
) -> None:
    """A step was done; ``facts`` are what its page shows of it.

    Raises NotFound if the link has ended since it was opened, Stale if another step was done with it: what was decided
    then, such as how many tokens there may be, no longer holds.
    """
    row = store.lock(session, link.account_id, link.id)
    if row is None or row["revoked"] or row["finished"]:
        raise NotFound("this link has ended", "link", link.id)
    if any(row[name] != getattr(link, name) for name in ("progress", "connection_id", "directory_id")):
        raise Stale("something else was done with this link at the same moment", code="meanwhile")
    values: dict[str, Any] = {"progress": row["progress"] | {name: {"at": now().isoformat(), **facts}}}
    if connection_id is not None:
        values["connection_id"] = connection_id
    if directory_id is not None:
        values["directory_id"] = directory_id
    store.change(session, link.account_id, link.id, values)
    about = (link.id, link.note or link.purpose)
    audit.record(session, link.account_id, "setup_link.advanced", "setup_link", *about, None, {"step": name})


def begin_anew(session: Session, link: Opened) -> None:
    """Forget what was done by a link, and for which provider. Raises as ``step``."""
    step(session, link, "provider", {})
    kept = {name: value for name, value in link.progress.items() if name == "enables"}
    values = {"progress": kept, "connection_id": None, "directory_id": None}
    store.change(session, link.account_id, link.id, values)


def finish(session: Session, link: Opened, facts: Mapping[str, Any]) -> None:
    """Everything is set up; the link is good for nothing more. Raises as ``step``."""
    step(session, link, "finish", facts)
    store.change(session, link.account_id, link.id, {"finished": now()})
    about = (link.id, link.note or link.purpose)
    after = {"purpose": link.purpose, **facts}
    audit.record(session, link.account_id, "setup_link.finished", "setup_link", *about, None, after)


def forget_old(database: Database) -> int:
    """Delete links that ended long ago; the trail keeps what was done. How many."""
    with database.writing() as session:
        return store.forget(session, now() - _KEPT)


def _connection(session: Session, account_id: str, purpose: str, reference: str | None) -> str | None:
    if reference is None:
        if purpose == "certificate":
            raise Refused("name the connection that gets a new certificate", Wrong(("connection",), "is needed"))
        return None
    if purpose == "scim":
        raise Refused("provisioning has no connection, but a directory", Wrong(("connection",), "is not for scim"))
    found = connection_rights.found(session, account_id, reference)
    wanted = {"saml": "saml", "certificate": "saml", "oidc": "oidc"}.get(purpose, found["protocol"])
    if found["protocol"] != wanted:
        raise Refused(f"{found['name']} speaks {found['protocol']}", Wrong(("connection",), f"does not speak {wanted}"))
    return str(found["id"])


def _directory(session: Session, account_id: str, purpose: str, reference: str | None) -> str | None:
    if reference is None:
        return None
    if purpose != "scim":
        raise Refused("a directory is for scim", Wrong(("directory",), "is for scim only"))
    found = find_directory(session, account_id, reference)
    if found.preset in (LOCAL, CLAIMS):
        raise Refused(f"nothing pushes into {found.name}", Wrong(("directory",), "has no tokens"))
    return found.id


def _still_owns(session: Session, account_id: str, person_id: str) -> bool:
    """Whether who made a link could still make one (T-4)."""
    snapshot = SqlAccessStore(session, account_id).snapshot([person_id])
    person = snapshot.subjects.get(person_id)
    return person is not None and guards.is_owner(snapshot.policy, person)


def _check_right(session: Session, account_id: str) -> None:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("a set-up link decides who signs in and is provisioned; only an Account Owner makes one")


def _shown(row: Mapping[str, Any], moment: datetime) -> Link:
    ended = "revoked" if row["revoked"] else "finished" if row["finished"] else None
    progress: Mapping[str, Any] = row["progress"]
    done = sorted((name for name in progress if name != "enables"), key=lambda name: str(progress[name]["at"]))
    return Link(
        id=row["id"],
        purpose=row["purpose"],
        state=ended or ("expired" if row["expires"] <= moment else "open"),
        note=row["note"],
        connection_id=row["connection_id"],
        connection=row["connection"],
        directory_id=row["directory_id"],
        directory=row["directory"],
        enables=bool(progress.get("enables")),
        done=tuple(done),
        created_by=row["created_by"],
        created=row["created"],
        expires=row["expires"],
        last_used=row["last_used"],
        finished=row["finished"],
        revoked=row["revoked"],
    )


def _record(session: Session, account_id: str, link: Link, action: str, after: dict[str, Any] | None = None) -> None:
    audit.record(session, account_id, action, "setup_link", link.id, link.note or link.purpose, None, after)
