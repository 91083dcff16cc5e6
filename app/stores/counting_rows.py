"""How many rows a list has, up to a number beyond which nobody counts on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.session import Session
from app.stores.listings import Listing, filtered

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """``number`` rows, or more than that if it is not ``exact``."""

    number: int
    exact: bool


def count(session: Session, listing: Listing, account_id: str, filter: str | None, most: int = MOST) -> Count:
    """How many rows a page of this list would come from. Raises InvalidFilter or TooMany as the page does."""
    rows = filtered(listing, account_id, filter, listing.counted).with_only_columns(next(iter(listing.by.values()))[-1])
    with session.in_time():
        found = session.execute(select(func.count()).select_from(rows.limit(most + 1).subquery())).scalar_one()
    return Count(min(found, most), found <= most)
