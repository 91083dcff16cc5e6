"""Files that say what an account's access is: those that were applied, and those that wait for a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, Base, Id, new_id, now


class Configuration(Base):
    """A document that was applied, or proposed where a second Account Owner has to agree.

    ``file`` is what it was called and ``hash`` what it said. ``digest`` stands for its whole plan: nothing else is
    applied. ``state`` is what the document owned, as it was right after it was applied; what is otherwise by now has
    drifted.
    """

    __tablename__ = "configurations"
    __table_args__ = (
        CheckConstraint("status IN ('proposed', 'applied', 'outdated', 'rejected')", name="status"),
        Index("ix_configurations_applied", "account_id", "applied"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    status: Mapped[str] = mapped_column(String(10))
    file: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    digest: Mapped[str] = mapped_column(String(64))
    # Why a second Account Owner is needed; empty where nobody is.
    needs: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    reason: Mapped[str]
    author: Mapped[str]
    author_id: Mapped[str | None] = mapped_column(Id())
    created: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[str | None]
    decided_by_id: Mapped[str | None] = mapped_column(Id())
    applied: Mapped[datetime | None]
    state: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
