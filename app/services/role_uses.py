"""When each role was last used, by person and by role: what a review, and a look for dormant people, begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.session import Session
from app.stores import role_uses
from app.stores.listings import Found, Wanted, page
from app.stores.role_uses import ROLE_USE_LIST


@dataclass(frozen=True, slots=True)
class RoleUse:
    """A role of a person, where they have it, and the days on which it first and last allowed something.

    ``unit`` is None for the whole account.
    """

    user_id: str
    user_name: str
    role_id: str
    role: str
    unit: str | None
    reach: str
    first_used: date
    last_used: date


def list_uses(session: Session, account_id: str, wanted: Wanted) -> Found:
    """A page of who used which role when; a filter may name a person, a role, a unit."""
    found = page(session, ROLE_USE_LIST, account_id, wanted)
    return Found([_use(row) for row in found.rows], found.next)


def observed_since(session: Session, account_id: str) -> date | None:
    """Since when it is known of this account which roles are used; None where nothing was ever allowed by one.

    Who has not used a role by a day before this has not been seen not to use it.
    """
    return role_uses.observed_since(session, account_id)


def _use(row: Any) -> RoleUse:
    return RoleUse(
        row.user_id,
        row.user_name,
        row.role_id,
        row.role,
        None if row.reach == "account" else row.unit,
        row.reach,
        row.first_used,
        row.last_used,
    )
