"""What is no longer so: memberships that ended, grants that were taken back, what roles used to say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, Base, Id


class AccessJournal(Base):
    """A row that matters to decisions, as it was until ``at``, when it was changed or deleted.

    Triggers of the tables concerned write it, so that no door can forget to, and keep it from being changed. A row
    that still stands says itself since when it does, so nothing is written when something begins: what was true at
    a moment is what stands, and on top of it what first ended after that moment. ``about_id`` is whom or what the row
    is looked up by; ``since`` is when it was made, NULL where that is not known. ``was`` has ids, what was granted and
    the reason given for it, nothing else about people.

    The fact ``journal`` begins at the moment before which nothing is kept; without one, that is the account's creation.
    There are no foreign keys: what is told of may be long gone.
    """

    __tablename__ = "access_journal"
    __table_args__ = (
        CheckConstraint("change IN ('begin', 'change', 'end')", name="change"),
        Index("ix_access_journal_about", "account_id", "fact", "about_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id())
    at: Mapped[datetime]
    since: Mapped[datetime | None]
    fact: Mapped[str] = mapped_column(String(20))
    change: Mapped[str] = mapped_column(String(6))
    about_id: Mapped[str] = mapped_column(Id())
    was: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
