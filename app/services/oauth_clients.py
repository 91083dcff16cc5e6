"""Applications of the platform to which people are handed over after sign-in (RFC 6749 §2, RFC 7591).

A client of an account signs in people of that account only; one of the installation, which has no account, signs in
everybody. Addresses are compared as they are, so each is registered in full. A secret is shown once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app import audit, crypto
from app.models.base import new_id, now
from app.outbound import Outbound
from app.outbound import Refused as NotCalled
from app.sealing import Keys
from app.services import guards
from app.services.errors import Forbidden, NotFound, Refused, Wrong
from app.session import Session
from app.stores import oauth_clients as store

SCOPES = ("openid", "profile", "email")
METHODS = ("client_secret_basic", "client_secret_post", "none")
"""How a client says who it is; ``none`` for one that can keep no secret, such as an app in a browser."""
KEPT_HOURS, MOST_HOURS = 24, 24 * 30
MOST_ADDRESSES = 20
MOST_ADDRESS = 2_000
_ADDRESS = re.compile(r"https?://[!-~]+", re.ASCII)
_NEVER = frozenset('"\\<>^`{|}#')


@dataclass(frozen=True, slots=True)
class Client:
    """A client as it may be shown. ``with_roles``: its tokens say which roles a person has."""

    id: str
    account_id: str | None
    name: str
    auth_method: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    scopes: tuple[str, ...]
    with_roles: bool
    previous_secret_until: datetime | None
    created: datetime
    created_by: str
    revoked: datetime | None


def create(
    session: Session, account_id: str | None, keys: Keys, outbound: Outbound, given: Mapping[str, Any]
) -> tuple[Client, str | None]:
    """A new client and its secret, which is shown this once; None for one that keeps none.

    Raises Refused for an address that cannot be one, Forbidden.
    """
    check_right(session, account_id)
    values = _USUAL | _checked(outbound, {"name": "", "redirect_uris": [], **given})
    secret = _new_secret(keys) if values["auth_method"] != "none" else None
    actor = audit.acting(session)
    row = {
        "id": new_id(),
        "account_id": account_id,
        **values,
        "secret_hash": secret.secret_hash if secret else None,
        "previous_secret_hash": None,
        "previous_until": None,
        "secret_changed": now() if secret else None,
        "created_by": actor.name,
        "created": now(),
        "revoked": None,
    }
    store.add(session, row)
    _record(session, "client.created", row, None, _noted(row))
    return shown(row), secret.text if secret else None


def list_clients(session: Session, account_id: str | None) -> list[Client]:
    """Those of an account, or of the installation, the newest first. Raises Forbidden."""
    check_right(session, account_id)
    return [shown(row) for row in store.every(session, account_id)]


def get(session: Session, account_id: str | None, reference: str) -> Client:
    """One of them, by its id, or by a name that only one has. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    return shown(_found(session, account_id, reference))


def change(
    session: Session, account_id: str | None, outbound: Outbound, reference: str, changes: Mapping[str, Any]
) -> Client:
    """Change name, addresses, scopes or ``with_roles``. Raises as ``create`` and NotFound."""
    check_right(session, account_id)
    row = _counting(session, account_id, reference)
    values = {name: value for name, value in _checked(outbound, changes).items() if row[name] != value}
    if values:
        store.change(session, row["id"], values)
        before, after = {name: row[name] for name in values}, values
        _record(session, "client.changed", row, before, after)
    return shown({**row, **values})


def rotate_secret(
    session: Session, account_id: str | None, keys: Keys, reference: str, hours: int = KEPT_HOURS
) -> tuple[Client, str]:
    """A new secret; the one before counts beside it for so many hours. Raises NotFound, Refused, Forbidden."""
    check_right(session, account_id)
    row = _counting(session, account_id, reference)
    if row["auth_method"] == "none":
        raise Refused(f"{row['name']} keeps no secret, so there is none to replace")
    secret, until = _new_secret(keys), now() + timedelta(hours=hours)
    values = {
        "secret_hash": secret.secret_hash,
        "secret_changed": now(),
        "previous_secret_hash": row["secret_hash"] if hours else None,
        "previous_until": until if hours else None,
    }
    store.change(session, row["id"], values)
    after = {"previous_until": until.isoformat() if hours else None}
    _record(session, "client.secret_rotated", row, None, after)
    return shown({**row, **values}), secret.text


def revoke(session: Session, account_id: str | None, reference: str) -> Client:
    """End a client with all its tokens, for good. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = _found(session, account_id, reference)
    if row["revoked"] is not None:
        return shown(row)
    values = {"revoked": now()}
    store.change(session, row["id"], values)
    _record(session, "client.revoked", row)
    return shown({**row, **values})


def knows(session: Session, keys: Keys, row: Any, secret: str) -> bool:
    """Whether a client has this secret; one that is hashed under a former key of ours is hashed anew."""
    previous = row.previous_secret_hash if row.previous_until is not None and row.previous_until > now() else None
    for key in (keys.current, *keys.former):
        # Each is compared, in constant time.
        hits = [crypto.matches(secret, known, key) for known in (row.secret_hash, previous) if known is not None]
        if any(hits):
            if hits[0] and key != keys.current:
                renewed = crypto.hash_token(secret, keys.current)
                values = {"b_id": row.id, "b_former": row.secret_hash, "b_hash": renewed, "b_now": now()}
                with session.writer() as writer:
                    store.renew(writer, values)
            return True
    return False


def check_right(session: Session, account_id: str | None) -> None:
    """Raises Forbidden for a person who is no Account Owner."""
    if account_id is None:
        return  # whoever has come so far has a key of the installation
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("a client learns who everybody is; only an Account Owner has to do with clients")


def shown(row: Mapping[str, Any]) -> Client:
    """A client's row as it may be shown."""
    return Client(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        auth_method=row["auth_method"],
        redirect_uris=tuple(row["redirect_uris"]),
        post_logout_redirect_uris=tuple(row["post_logout_redirect_uris"]),
        backchannel_logout_uri=row["backchannel_logout_uri"],
        scopes=tuple(row["scopes"]),
        with_roles=row["with_roles"],
        previous_secret_until=row["previous_until"],
        created=row["created"],
        created_by=row["created_by"],
        revoked=row["revoked"],
    )


_USUAL: dict[str, Any] = {
    "auth_method": METHODS[0],
    "post_logout_redirect_uris": [],
    "backchannel_logout_uri": None,
    "scopes": [*SCOPES],
    "with_roles": False,
}


def _new_secret(keys: Keys) -> crypto.NewToken:
    return crypto.make_token(crypto.CLIENT_SECRET, keys.current)


def _found(session: Session, account_id: str | None, reference: str) -> store.Row:
    found = store.find(session, account_id, reference)
    if found is None:
        others = store.named(session, account_id, reference)
        if len(others) != 1:
            where = "of the installation" if account_id is None else "in this account"
            why = "are several clients" if others else "is no client"
            raise NotFound(f"there {why} {reference[:100]!r} {where}; give an id", "client", reference)
        found = others[0]
    return found


def _counting(session: Session, account_id: str | None, reference: str) -> store.Row:
    found = _found(session, account_id, reference)
    if found["revoked"] is not None:
        raise Refused(f"{found['name']} is revoked, for good; make a new client")
    return found


def _checked(outbound: Outbound, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept. Raises Refused, naming what is wrong."""
    checked = dict(values)
    if "name" in checked:
        checked["name"] = checked["name"].strip()
        if not checked["name"]:
            raise _refused("name", "a client needs a name")
    if checked.get("auth_method", METHODS[0]) not in METHODS:
        raise _refused("auth_method", f"must be one of {', '.join(METHODS)}")
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        if name in checked:
            checked[name] = _addresses(name, checked[name])
    if "redirect_uris" in checked and not checked["redirect_uris"]:
        raise _refused("redirect_uris", "a client needs an address to which people are sent back")
    if checked.get("backchannel_logout_uri"):
        try:
            outbound.check(checked["backchannel_logout_uri"])
        except NotCalled as error:
            raise _refused("backchannel_logout_uri", str(error)) from error
    elif "backchannel_logout_uri" in checked:
        checked["backchannel_logout_uri"] = None
    if "scopes" in checked:
        unknown = [scope for scope in checked["scopes"] if scope not in SCOPES]
        if unknown or "openid" not in checked["scopes"]:
            raise _refused("scopes", f"must have openid, and may have {', '.join(SCOPES[1:])}")
        checked["scopes"] = [scope for scope in SCOPES if scope in checked["scopes"]]
    return checked


def _addresses(name: str, given: Sequence[str]) -> list[str]:
    found = [*dict.fromkeys(given)]
    if len(found) > MOST_ADDRESSES:
        raise _refused(name, f"at most {MOST_ADDRESSES} addresses")
    for address in found:
        why = _wrong_with(address)
        if why is not None:
            raise _refused(name, f"{address[:200]!r}: {why}")
    return found


def _wrong_with(address: str) -> str | None:
    """Why nobody may be sent to an address (RFC 9700 §2.1, §4.1.3), None if they may."""
    if len(address) > MOST_ADDRESS or not _ADDRESS.fullmatch(address) or _NEVER & set(address) or "*" in address:
        return "must be a full https address in plain ASCII, without fragment and placeholders"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "this is no address"
    if not host or parts.username is not None or parts.password is not None:
        return "must name a host, and no user"
    return None if _is_safe(parts, host) else "must begin with https://; http only leads to one's own machine"


def _is_safe(parts: SplitResult, host: str) -> bool:
    if parts.scheme == "https" or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(name: str, detail: str) -> Refused:
    return Refused(f"{name}: {detail}", Wrong((name,), detail))


def _noted(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("name", *_USUAL, "redirect_uris")}


def _record(
    session: Session,
    action: str,
    row: Mapping[str, Any],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    if row["account_id"] is not None:  # the trail is an account's, and a client of the installation belongs to none
        audit.record(session, row["account_id"], action, "client", row["id"], row["name"], before, after)
