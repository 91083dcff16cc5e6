"""Sessions of people who are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, new_id, now


class PersonSession(Base):
    """One browser in which a person is signed in; only the keyed hash of its secret is kept (N-1).

    It counts until ``ends``, unless it is idle for longer than the account allows. ``connection_id`` is NULL for the
    local door. ``provider`` seals what the identity provider has to be told when it ends; ``provider_session`` and
    ``subject_hash`` are what its logout messages name. Triggers end the sessions of whoever is deactivated, and those
    of an account that is suspended or a connection that is switched off.
    """

    __tablename__ = "person_sessions"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("secret_hash"),
        Index("ix_person_sessions_user", "account_id", "user_id", "created", "id"),
        Index(
            "ix_person_sessions_open",
            "account_id",
            "connection_id",
            "subject_hash",
            sqlite_where=text("ended IS NULL"),
            postgresql_where=text("ended IS NULL"),
        ),
        Index("ix_person_sessions_ends", "ends"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    secret_hash: Mapped[str] = mapped_column(String(64))
    connection_id: Mapped[str | None] = mapped_column(Id())
    subject_hash: Mapped[str | None] = mapped_column(String(64))
    provider_session: Mapped[str | None] = mapped_column(KEY)
    provider: Mapped[str | None]
    # How and when the person proved who they are (amr of RFC 8176; AuthnContext or acr); NULL: nobody says when.
    methods: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    context: Mapped[str | None]
    # The e-mail address for which the provider vouched with it.
    vouched_email: Mapped[str | None]
    authenticated: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(45))
    agent: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(default=now)
    last_seen: Mapped[datetime] = mapped_column(default=now)
    ends: Mapped[datetime]
    ended: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(30))


class ProviderSession(Base):
    """What the identity provider called a session before it was proven anew (N-7); its logout may name that (S-45).

    ``number`` counts them, the first one is 1.
    """

    __tablename__ = "provider_sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "session_id"], ["person_sessions.account_id", "person_sessions.id"], ondelete="CASCADE"
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    subject_hash: Mapped[str | None] = mapped_column(String(64))
    provider_session: Mapped[str | None] = mapped_column(KEY)
