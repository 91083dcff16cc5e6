"""The audit trail: append-only, hash-chained per account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, Base, Id, now


class AuditHead(Base):
    """Where an account's chain ends. Writers take turns on this row, so the sequence has no gaps."""

    __tablename__ = "audit_heads"

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditEvent(Base):
    """One change: who, what, before → after, when, from which request, why.

    ``hash`` covers every other column and the hash before it.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("actor_kind IN ('person', 'token', 'key', 'idp', 'system', 'setup_link')", name="actor_kind"),
        Index("ix_audit_events_target", "account_id", "target_kind", "target_id", "sequence"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    action: Mapped[str] = mapped_column(String(60))
    target_kind: Mapped[str] = mapped_column(String(30))
    target_id: Mapped[str | None]
    target_name: Mapped[str | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    request_id: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
