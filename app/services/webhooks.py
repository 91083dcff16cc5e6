"""Webhooks: which endpoints outside are told of which events, with what secret, from where on.

Every change takes the lease from whoever is sending to the endpoint, so nothing is sent by old settings after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app import audit, signatures
from app.models.base import new_id, now
from app.outbound import Outbound
from app.outbound import Refused as NotCalled
from app.sealing import Keys
from app.services.errors import Conflict, NotFound, Refused, Wrong
from app.services.event_feed import check_right, check_types
from app.session import Session
from app.stores import events
from app.stores import webhooks as store
from scim.keys import fold

KEPT_HOURS = 24
"""For so long a replaced secret signs, too, unless somebody says otherwise."""
MOST_HOURS = 24 * 30
_EARLIER = timedelta(minutes=5)
"""An entry says when its change was made, and comes into the trail when that is committed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it may be shown. No ``types``: all, also those to come.

    ``cursor`` is the sequence up to which all was received; ``last`` where the account's trail ends.
    """

    id: str
    name: str
    url: str
    types: tuple[str, ...]
    enabled: bool
    disabled_reason: str | None
    cursor: int
    last: int
    attempts: int
    failing_since: datetime | None
    next_attempt: datetime | None
    last_error: str | None
    last_success: datetime | None
    previous_secret_until: datetime | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to send one event."""

    number: int
    sequence: int
    type: str
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


def create(
    session: Session,
    account_id: str,
    keys: Keys,
    outbound: Outbound,
    name: str,
    url: str,
    types: Sequence[str] = (),
) -> tuple[Endpoint, str]:
    """Tell an endpoint of what happens from now on. Returns its secret, too, which is shown this once.

    Raises Refused for a URL that is never called or an unknown type, Conflict for a taken name, Forbidden.
    """
    check_right(session, account_id)
    values = _checked(outbound, {"name": name, "url": url, "types": types})
    id, secret = new_id(), signatures.new_secret()
    row = {
        "account_id": account_id,
        "id": id,
        **values,
        "secret": keys.seal(secret, *belonging(account_id, id)),
        "cursor": events.head(session, account_id),
        "tries": 0,
        "attempts": 0,
        "created": now(),
    }
    if not store.add(session, row):
        raise Conflict(f"there is already a webhook named {values['name']!r}")
    _record(session, account_id, "webhook.created", row, None, _noted(row))
    return get(session, account_id, id), secret


def belonging(account_id: str, id: str) -> tuple[str, str, str]:
    """To what an endpoint's secrets are sealed."""
    return store.ENDPOINTS.name, account_id, id


def list_endpoints(session: Session, account_id: str) -> list[Endpoint]:
    """All endpoints of an account, by name. Raises Forbidden."""
    check_right(session, account_id)
    last = events.head(session, account_id)
    return [shown(row, last) for row in store.every(session, account_id)]


def get(session: Session, account_id: str, reference: str) -> Endpoint:
    """An endpoint by its id or name. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    return shown(_found(session, account_id, reference), events.head(session, account_id))


def change(
    session: Session, account_id: str, outbound: Outbound, reference: str, changes: Mapping[str, Any]
) -> Endpoint:
    """Change name, url, types or enabled. Enabling forgets past failures. Raises as ``create`` and NotFound."""
    check_right(session, account_id)
    row = _found(session, account_id, reference)
    values = _checked(outbound, {name: value for name, value in changes.items() if name != "enabled"})
    values = {name: value for name, value in values.items() if row[name] != value}
    moved: dict[str, Any] = {}
    if "url" in values or changes.get("enabled"):
        moved = _FRESH
    if changes.get("enabled") is True and row["disabled"] is not None:
        moved = moved | {"disabled": None, "disabled_reason": None}
    elif changes.get("enabled") is False and row["disabled"] is None:
        moved = moved | {"disabled": now(), "disabled_reason": "switched off"}
    if not values and not moved:
        return get(session, account_id, row["id"])
    if not store.change(session, account_id, row["id"], values | moved):
        raise Conflict(f"there is already a webhook named {values['name']!r}")
    if values:
        _record(session, account_id, "webhook.changed", row, _noted(row), _noted({**row, **values}))
    if "disabled" in moved:
        action = "webhook.disabled" if moved["disabled"] else "webhook.enabled"
        _record(session, account_id, action, row, reason=moved["disabled_reason"])
    return get(session, account_id, row["id"])


def delete(session: Session, account_id: str, reference: str) -> Endpoint:
    """Forget an endpoint; returns what it was. Raises NotFound, Forbidden."""
    gone = get(session, account_id, reference)
    row = _found(session, account_id, reference)
    store.remove(session, account_id, gone.id)
    _record(session, account_id, "webhook.deleted", row, _noted(row))
    return gone


def rotate_secret(
    session: Session, account_id: str, keys: Keys, reference: str, hours: int = KEPT_HOURS
) -> tuple[Endpoint, str]:
    """A new secret; the one before signs beside it for so many hours. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = _found(session, account_id, reference)
    secret, until = signatures.new_secret(), now() + timedelta(hours=hours)
    values = {
        "secret": keys.seal(secret, *belonging(account_id, row["id"])),
        "previous_secret": row["secret"] if hours else None,
        "previous_until": until if hours else None,
    }
    store.change(session, account_id, row["id"], values)
    after = {"previous_until": until.isoformat() if hours else None}
    _record(session, account_id, "webhook.secret_rotated", row, None, after)
    return get(session, account_id, row["id"]), secret


def send_test(session: Session, account_id: str, reference: str) -> Endpoint:
    """Send ``webhook.test`` to this endpoint only, in its turn. Raises NotFound, Refused, Forbidden."""
    found = get(session, account_id, reference)
    if not found.enabled:
        raise Refused(f"{found.name} is disabled, so nothing is sent there; enable it first")
    _record(session, account_id, "webhook.tested", {"id": found.id, "name": found.name})
    return found


def replay(
    session: Session, account_id: str, reference: str, after: int | None = None, since: datetime | None = None
) -> Endpoint:
    """Send everything after a place in the trail, or since a moment, again; a later place leaves out what is between.

    Raises NotFound, Refused for a place that is not there yet, Forbidden.
    """
    check_right(session, account_id)
    row = _found(session, account_id, reference)
    last = events.head(session, account_id)
    if (after is None) == (since is None):
        raise Refused("say after which sequence or since when, one of the two")
    if since is not None:
        after = events.sequence_before(session, account_id, since - _EARLIER)
    if after is None or not 0 <= after <= last:
        raise Refused(f"the trail ends at {last}", Wrong(("after",), f"must be from 0 to {last}"))
    store.change(session, account_id, row["id"], {"cursor": after, **_FRESH})
    _record(session, account_id, "webhook.replayed", row, {"cursor": row["cursor"]}, {"cursor": after})
    return get(session, account_id, row["id"])


def list_deliveries(session: Session, account_id: str, reference: str) -> list[Delivery]:
    """The latest attempts, the last one first. Raises NotFound, Forbidden."""
    found = get(session, account_id, reference)
    names = Delivery.__dataclass_fields__
    return [Delivery(**{name: row[name] for name in names}) for row in store.deliveries(session, account_id, found.id)]


def shown(row: Mapping[str, Any], last: int) -> Endpoint:
    """An endpoint's row as it may be shown."""
    return Endpoint(
        id=row["id"],
        name=row["name"],
        url=row["url"],
        types=tuple(row["types"]),
        enabled=row["disabled"] is None,
        disabled_reason=row["disabled_reason"],
        cursor=row["cursor"],
        last=last,
        attempts=row["attempts"],
        failing_since=row["failing_since"],
        next_attempt=row["next_attempt"],
        last_error=row["last_error"],
        last_success=row["last_success"],
        previous_secret_until=row["previous_until"],
        created=row["created"],
    )


_FRESH: dict[str, Any] = {"attempts": 0, "failing_since": None, "next_attempt": None, "last_error": None}


def _found(session: Session, account_id: str, reference: str) -> store.Row:
    found = store.find(session, account_id, reference, fold(reference))
    if found is None:
        raise NotFound(f"there is no webhook {reference!r} in this account", "webhook", reference)
    return found


def _checked(outbound: Outbound, values: Mapping[str, Any]) -> dict[str, Any]:
    """What may be stored of what was given."""
    checked = dict(values)
    if "name" in values:
        checked["name"] = values["name"].strip()
        if not checked["name"]:
            raise Refused("a webhook needs a name", Wrong(("name",), "must not be empty"))
        checked["name_key"] = fold(checked["name"])
    if "types" in values:
        check_types(values["types"])
        checked["types"] = list(dict.fromkeys(values["types"]))
    if "url" in values:
        try:
            outbound.check(values["url"])
        except NotCalled as error:
            raise Refused(str(error), Wrong(("url",), str(error))) from error
    return checked


def _noted(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail keeps. Of the URL only what cannot hold a secret: the host, and the port where one is named."""
    parts = urlsplit(row["url"])
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return {"name": row["name"], "host": host, "types": list(row["types"])}


def _record(
    session: Session,
    account_id: str,
    action: str,
    row: Mapping[str, Any],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    audit.record(session, account_id, action, "webhook", row["id"], row["name"], before, after, reason)
