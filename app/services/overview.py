"""What needs somebody in an account, what changed lately, and how it grew: what the first page of the console shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.models.base import now
from app.services import (
    access_requests,
    configuration,
    connections,
    directory_overview,
    domains,
    tokens,
    waiting_room,
    webhooks,
)
from app.services.account_settings import get_settings
from app.session import Session
from app.stores import activity
from app.stores.listings import Wanted, page
from app.stores.mapping_plans import OPEN, PLAN_LIST

DAYS = 30
SOON = timedelta(days=30)
_NAMED = 3
"""So many of the things are named that need somebody; the rest is a number."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs somebody: ``number`` things of a kind, of which some are named.

    ``urgent``: people have trouble already, or will within days. ``link`` is the id of the one thing, if it is one.
    """

    kind: str
    number: int
    names: tuple[str, ...] = ()
    urgent: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day: people there at its end, accesses given and taken, what directories pushed."""

    day: date
    people: int
    given: int
    taken: int
    pushed: int
    signed_in: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is at present."""

    people: int
    groups: int
    directories: int
    drafts: int


def totals(session: Session, account_id: str) -> Totals:
    """The key figures of an account."""
    found = activity.totals(session, account_id)
    # A sum is a decimal on PostgreSQL.
    return Totals(int(found.people), int(found.groups), found.directories, found.drafts)


def tasks(session: Session, account_id: str, base_url: str) -> list[Task]:
    """What needs an Account Owner, the urgent first; but for ``waiting``, which takes longer with many people."""
    found = [
        *_about_mapping(session, account_id),
        *_about_requests(session, account_id),
        *_about_trust(session, account_id, base_url),
    ]
    return sorted(found, key=lambda one: not one.urgent)


def waiting(session: Session, account_id: str) -> list[Task]:
    """The people without any role, if there are such."""
    number = waiting_room.count_waiting(session, account_id)
    return [Task("waiting", number)] if number else []


def days(session: Session, account_id: str, people: int) -> list[Day]:
    """The last thirty days, or as many as can be counted whole; ``people`` is how many there are now."""
    moment = now()
    since = (moment - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    first, rows = activity.counts_since(session, account_id, since)
    begin = since.date() if first is None else max(since, first).date()
    counted: dict[tuple[str, str], int] = {}
    pushed: dict[str, int] = {}
    for row in rows:
        counted[str(row.day), row.action] = counted.get((str(row.day), row.action), 0) + row.number
        if row.actor_kind == "token":
            pushed[str(row.day)] = pushed.get(str(row.day), 0) + row.number
    found: list[Day] = []
    for back in range((moment.date() - begin).days + 1):
        day = moment.date() - timedelta(days=back)
        did = {action: number for (at, action), number in counted.items() if at == str(day)}
        signed_in = did.get("sign_in.accepted", 0) + did.get("door.opened", 0)
        given, taken = did.get("access.granted", 0), did.get("access.revoked", 0)
        found.append(Day(day, people, given, taken, pushed.get(str(day), 0), signed_in))
        people -= did.get("user.created", 0) - did.get("user.deleted", 0)
    return found[::-1]


def _about_mapping(session: Session, account_id: str) -> Iterator[Task]:
    plans = page(session, PLAN_LIST, account_id, Wanted(50, f'state eq "{OPEN}"', descending=True)).rows
    needing = [one for one in plans if one.needs]
    if needing:
        names = _some(one.author for one in needing)
        yield Task("plans", len(needing), names, True, _only([one.id for one in needing]))
    proposed = configuration.proposals(session, account_id)
    if proposed:
        yield Task("proposals", len(proposed), _some(one.file for one in proposed), True)
    if get_settings(session, account_id).mapping_paused is not None:
        yield Task("paused", 1, urgent=True)


def _about_requests(session: Session, account_id: str) -> Iterator[Task]:
    asked = access_requests.open_requests(session, account_id)
    if asked:
        yield Task("requests", len(asked), _some(one.name for one in asked))


def _about_trust(session: Session, account_id: str, base_url: str) -> Iterator[Task]:
    moment = now()
    states = [one for one in directory_overview.overview(session, account_id) if one.is_pushed]
    for kind in ("closed", "paused", "waiting"):
        of_kind = [one for one in states if one.state == kind]
        if of_kind:
            names = _some(one.name for one in of_kind)
            yield Task(f"directory_{kind}", len(of_kind), names, kind == "closed", _only([one.id for one in of_kind]))
    ending = [one for one in states if one.ends_soon]
    if ending:
        yield Task("tokens", len(ending), _some(one.name for one in ending), link=_only([one.id for one in ending]))
    keys = [one for one in tokens.list_api_keys(session, account_id) if _ends_soon(one.state, one.expires, moment)]
    if keys:
        yield Task("keys", len(keys), _some(one.name for one in keys))
    trusted = connections.list_connections(session, account_id, base_url)
    aged = [one for one in trusted if one.enabled and any(held.not_after <= moment + SOON for held in one.certificates)]
    if aged:
        yield Task("certificates", len(aged), _some(one.name for one in aged), True, _only([one.id for one in aged]))
    incomplete = [one for one in trusted if one.missing]
    if incomplete:
        named = _some(one.name for one in incomplete)
        yield Task("connections", len(incomplete), named, link=_only([one.id for one in incomplete]))
    gone = [one for one in domains.list_domains(session, account_id) if one.state != "verified"]
    if gone:
        missing = any(one.state == "missing" for one in gone)
        yield Task("domains", len(gone), _some(one.shown for one in gone), missing)
    silent = [one for one in webhooks.list_endpoints(session, account_id) if not one.enabled or one.failing_since]
    if silent:
        yield Task("webhooks", len(silent), _some(one.name for one in silent), any(one.failing_since for one in silent))


def _ends_soon(state: str, expires: datetime | None, moment: datetime) -> bool:
    return state == "valid" and expires is not None and expires <= moment + SOON


def _some(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(name for _, name in zip(range(_NAMED), names, strict=False))


def _only(ids: list[str]) -> str | None:
    return ids[0] if len(ids) == 1 else None
