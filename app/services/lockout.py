"""Whoever guesses at the local door has to wait, for longer each time; counted in the database, for all workers.

A try counts as a failure before it is looked at, so that many at once are no more than one after the other; one that
was right is taken back. A person is locked after few failures in a row, an address after more, since many people may
share one. Passkeys cannot be guessed, so nobody is kept from using theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.session import Session
from app.stores import local_sign_in as store

PERSON, ADDRESS = 5, 20
"""So many failures in a row are free."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
_FORGOTTEN = timedelta(hours=24)
"""After so long nothing is known of an address any more."""


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


def charge_address(session: Session, hashed: str, moment: datetime) -> timedelta | None:
    """Count a try from an address: None if it may be made, else how long to wait."""
    failures, locked_until = store.address(session, hashed, moment)
    if locked_until is not None and locked_until > moment:
        return locked_until - moment
    pause = wait(failures + 1, ADDRESS)
    store.keep_address(session, hashed, failures + 1, None if pause is None else moment + pause, moment + _FORGOTTEN)
    return None


def refund_address(session: Session, hashed: str, moment: datetime) -> None:
    """A try from an address was right."""
    failures, _ = store.address(session, hashed, moment)
    store.keep_address(session, hashed, max(failures - 1, 0), None, moment + _FORGOTTEN)
    store.forget_addresses(session, moment)
