"""Whoever guesses at the local door has to wait, for longer each time; counted in the database, for all workers.

A try counts as a failure before it is looked at, so that many at once are no more than one after the other; one that
was right is given back, and nothing beside it: a right password of one's own makes no guess at another's good. A person
is locked after few failures in a row, an address after more, since many people may share one. Passkeys cannot be
guessed, so nobody is kept from using theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.session import Session
from app.stores import local_sign_in as store
from app.stores.local_sign_in import Failures

PERSON, ADDRESS = 5, 20
"""So many failures in a row are free; a browser or session that is counted on its own has as many as a person."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
_FORGOTTEN = timedelta(hours=24)
"""After so long nothing is known of an address any more."""


@dataclass(frozen=True, slots=True)
class Charged:
    """A try that was counted: what the count was, and became."""

    hashed: str
    before: Failures
    after: Failures


def wait(failures: int, free: int) -> timedelta | None:
    """How long to wait after so many failures in a row."""
    return None if failures < free else min(FIRST * 2 ** min(failures - free, 10), LONGEST)


def charge_person(session: Session, account_id: str, user_id: str, moment: datetime) -> tuple[bool, bool]:
    """Count a try at a person: whether it may be made, and whether they are locked from now on, for the first time."""
    failures = store.charge_person(session, account_id, user_id, moment)
    if failures is None:
        return False, False
    pause = wait(failures, PERSON)
    if pause is not None:
        store.lock_person(session, account_id, user_id, moment + pause)
    return True, failures == PERSON


def charge(session: Session, hashed: str, free: int, moment: datetime) -> Charged | timedelta:
    """Count a try from an address, or whatever else is counted on its own; or how long to wait before it."""
    before = store.failures(session, hashed, moment, moment + _FORGOTTEN)
    if before.locked_until is not None and before.locked_until > moment:
        return before.locked_until - moment
    pause = wait(before.count + 1, free)
    after = Failures(before.count + 1, None if pause is None else moment + pause, moment + _FORGOTTEN)
    store.keep_failures(session, hashed, after)
    return Charged(hashed, before, after)


def give_back(session: Session, charged: Charged, moment: datetime) -> None:
    """A try was right: only what it was charged with is undone, not what others were meanwhile, nor failures before."""
    found = store.failures(session, charged.hashed, moment, moment + _FORGOTTEN)
    before, after = charged.before, charged.after
    left = Failures(
        max(found.count - 1, 0),
        before.locked_until if found.locked_until == after.locked_until else found.locked_until,
        before.expires if found.expires == after.expires else found.expires,
    )
    store.keep_failures(session, charged.hashed, left)
