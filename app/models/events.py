"""Endpoints outside that are told of events, and what was tried to tell them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import KEY, Base, Id, new_id, now


class WebhookEndpoint(Base):
    """Where events of an account are sent. The audit trail is the outbox, and ``cursor`` a sequence in it.

    Everything up to the cursor was received, or is of no interest there. No ``types``: all of them. Secrets are
    sealed. Whoever holds the lease is the only one who sends. ``tries`` counts the attempts ever made.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (UniqueConstraint("account_id", "name_key"), CheckConstraint("cursor >= 0", name="cursor"))

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    url: Mapped[str]
    types: Mapped[list[Any]]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    cursor: Mapped[int]
    tries: Mapped[int] = mapped_column(default=0)
    # Failures in a row, since when, and when the next attempt is due.
    attempts: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    next_attempt: Mapped[datetime | None]
    last_error: Mapped[str | None]
    last_success: Mapped[datetime | None]
    disabled: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    lease_by: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)


class WebhookDelivery(Base):
    """One attempt to send one event; the latest of each endpoint are kept. ``number`` counts its attempts."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "endpoint_id"],
            ["webhook_endpoints.account_id", "webhook_endpoints.id"],
            ondelete="CASCADE",
        ),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    type: Mapped[str] = mapped_column(String(60))
    attempt: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[int | None]
    error: Mapped[str | None]
    duration_ms: Mapped[int]
