"""What people ask of whoever looks after their account; and how they like to look at its lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import KEY, Base, Id, new_id, now


class AccessRequest(Base):
    """Somebody asks for a role, or says that something about their access is wrong.

    ``role`` is what they call it. An answer says who gave it; without one the request is open.
    """

    __tablename__ = "access_requests"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        CheckConstraint("kind IN ('role', 'wrong')", name="kind"),
        CheckConstraint("state IN ('open', 'done', 'declined', 'withdrawn')", name="state"),
        Index("ix_access_requests_user", "account_id", "user_id", "id"),
        Index(
            "ix_access_requests_open",
            "account_id",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(10))
    role: Mapped[str | None]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(default=now)
    answered: Mapped[datetime | None]


class SavedView(Base):
    """A list as somebody likes to see it: what is asked of it, under a name of theirs."""

    __tablename__ = "saved_views"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        Index("uq_saved_views_name", "account_id", "user_id", "list", "name_key", unique=True),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    list: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    asked: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
