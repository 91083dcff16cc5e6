"""Directory tokens, API keys and installation keys: issue, list, revoke.

Their text is known only to whoever issues them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, select, update

from app import audit, crypto
from app.models import ApiKey, DirectoryToken, InstallationKey
from app.models.base import new_id, now, table
from app.services.directories import CLAIMS, LOCAL, find_directory
from app.services.errors import NotFound, Refused
from app.session import Session

TOKENS, KEYS, INSTALLATION_KEYS = table(DirectoryToken), table(ApiKey), table(InstallationKey)
DEFAULT_DAYS = 365
SCOPES = {
    "decisions:evaluate": "ask for decisions",
    "decisions:search": "ask who may do something, and what somebody may do",
    "decisions:explain": "be told which role, rule and group decided",
    "account:read": "read the account's settings and directories",
    "account:write": "change the account's settings",
    "users:read": "read users",
    "users:write": "create, change and delete users of the account's own directory",
    "groups:read": "read groups and their members",
    "groups:write": "create, change and delete groups of the account's own directory, and their members",
    "access:read": "read roles, assignments, individual permissions, business units and data filters",
    "access:write": "change roles, assignments, individual permissions, business units and data filters",
    "requests:read": "read what people ask for about their access",
    "requests:write": "ask in people's names, and answer them; that gives nobody anything",
    "items:read": "read items, their shares and their defaults",
    "items:write": "register, change, share, transfer and delete items",
    "events:read": "read the feed of events",
    "audit:read": "read the audit trail and verify its chain",
    "webhooks:read": "read webhooks and what was sent to them",
    "webhooks:write": "make, change, replay and delete webhooks",
    "connections:read": "read connections, certificates, domains, set-up links and traces of sign-ins",
    "connections:write": "change those, and read what identity providers said in sign-ins",
    "sessions:read": "read where people are signed in",
    "sessions:write": "end sessions of people",
    "clients:read": "read the clients to which people are handed over after sign-in",
    "clients:write": "make, change and revoke such clients",
    "catalogue:read": "read the catalogue and the profiles",
    "catalogue:write": "register a catalogue, load a profile",
}
"""What an API key may be allowed to do."""
DECIDING = ("decisions:evaluate", "decisions:search", "decisions:explain")
"""What a key may do where its scopes are not named: what a platform needs that asks for decisions."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token just issued; ``text`` is shown once and cannot be had again."""

    id: str
    text: str
    prefix: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as it may be shown later."""

    id: str
    name: str
    prefix: str
    state: str
    created: datetime
    created_by: str
    expires: datetime | None
    last_used: datetime | None
    directory_id: str | None = None
    scopes: str | None = None


def issue_directory_token(
    session: Session,
    account_id: str,
    directory_id: str,
    name: str,
    made: crypto.NewToken,
    *,
    days: int | None = DEFAULT_DAYS,
    created_by: str,
) -> Issued:
    """Store a new token for a directory; several may be valid at once, so that one can replace another.

    Raises NotFound, and Refused for the account's own directory: nothing pushes into that. Who is in it was made by
    hand, among them the owners whom no identity provider may take away.
    """
    found = find_directory(session, account_id, directory_id)
    if found.preset == LOCAL:
        raise Refused(
            f"{found.name} is the account's own directory, for people made by hand, and has no tokens; "
            "make one for the identity provider: muster directory create"
        )
    if found.preset == CLAIMS:
        raise Refused(f"{found.name} holds the groups that sign-ins name, and has no tokens")
    return _issue(session, TOKENS, account_id, name, made, days, created_by, {"directory_id": directory_id})


def issue_api_key(
    session: Session,
    account_id: str,
    name: str,
    made: crypto.NewToken,
    *,
    scopes: tuple[str, ...] = DECIDING,
    days: int | None = DEFAULT_DAYS,
    created_by: str,
) -> Issued:
    """Store a new API key. Raises Refused for a scope that does not exist."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise Refused(f"unknown scope {unknown[0] if unknown else '(none)'}; choose from {', '.join(SCOPES)}")
    return _issue(session, KEYS, account_id, name, made, days, created_by, {"scopes": " ".join(dict.fromkeys(scopes))})


def issue_installation_key(
    session: Session, name: str, made: crypto.NewToken, *, days: int | None = DEFAULT_DAYS, created_by: str
) -> Issued:
    """Store a new key of the installation, with which accounts are created and listed."""
    return _issue(session, INSTALLATION_KEYS, None, name, made, days, created_by, {})


def list_directory_tokens(session: Session, account_id: str, directory_id: str | None = None) -> list[Listed]:
    """The tokens of an account's directories, newest first."""
    query = select(TOKENS).where(TOKENS.c.account_id == account_id)
    if directory_id is not None:
        query = query.where(TOKENS.c.directory_id == directory_id)
    return _listed(session, query.order_by(TOKENS.c.id.desc()))


def list_api_keys(session: Session, account_id: str) -> list[Listed]:
    """The account's API keys, newest first."""
    return _listed(session, select(KEYS).where(KEYS.c.account_id == account_id).order_by(KEYS.c.id.desc()))


def list_installation_keys(session: Session) -> list[Listed]:
    """The installation's keys, newest first."""
    return _listed(session, select(INSTALLATION_KEYS).order_by(INSTALLATION_KEYS.c.id.desc()))


def revoke_directory_token(session: Session, account_id: str, token: str) -> Listed:
    """End a token, given by id or prefix; the next request with it is refused. Raises NotFound."""
    return _revoke(session, TOKENS, account_id, token)


def revoke_api_key(session: Session, account_id: str, key: str) -> Listed:
    """End an API key, given by id or prefix. Raises NotFound."""
    return _revoke(session, KEYS, account_id, key)


def revoke_installation_key(session: Session, key: str) -> Listed:
    """End a key of the installation, given by id or prefix. Raises NotFound."""
    return _revoke(session, INSTALLATION_KEYS, None, key)


def _issue(
    session: Session,
    rows: Table,
    account_id: str | None,
    name: str,
    made: crypto.NewToken,
    days: int | None,
    created_by: str,
    extra: dict[str, Any],
) -> Issued:
    id, created, owner = new_id(), now(), {} if account_id is None else {"account_id": account_id}
    expires = created + timedelta(days=days) if days else None
    session.execute(
        insert(rows).values(
            **owner,
            id=id,
            name=name,
            prefix=made.prefix,
            secret_hash=made.secret_hash,
            created_by=created_by,
            created=created,
            expires=expires,
            **extra,
        )
    )
    if account_id is not None:  # the trail is an account's, and a key of the installation belongs to none
        after = {"prefix": made.prefix, "expires": expires and expires.isoformat(), **extra}
        audit.record(session, account_id, f"{_kind(rows)}.issued", _kind(rows), id, name, after=after)
    return Issued(id, made.text, made.prefix, expires)


def _revoke(session: Session, rows: Table, account_id: str | None, token: str) -> Listed:
    here = () if account_id is None else (rows.c.account_id == account_id,)
    for found in _listed(session, select(rows).where(*here)):
        if token in (found.id, found.prefix):
            break
    else:
        raise NotFound(f"no {_kind(rows).replace('_', ' ')} {token!r} here; give its id or its prefix")
    if found.state != "revoked":
        session.execute(update(rows).where(*here, rows.c.id == found.id).values(revoked=now()))
        if account_id is not None:
            audit.record(session, account_id, f"{_kind(rows)}.revoked", _kind(rows), found.id, found.name)
    return found


def _listed(session: Session, query: Any) -> list[Listed]:
    moment = now()
    return [
        Listed(
            id=row["id"],
            name=row["name"],
            prefix=row["prefix"],
            state=_state(row, moment),
            created=row["created"],
            created_by=row["created_by"],
            expires=row["expires"],
            last_used=row["last_used"],
            directory_id=row.get("directory_id"),
            scopes=row.get("scopes"),
        )
        for row in session.execute(query).mappings()
    ]


def _state(row: Any, moment: datetime) -> str:
    if row["revoked"] is not None:
        return "revoked"
    return "expired" if row["expires"] is not None and row["expires"] <= moment else "valid"


def _kind(rows: Table) -> str:
    return "directory_token" if rows is TOKENS else "api_key" if rows is KEYS else "installation_key"
