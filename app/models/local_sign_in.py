"""The local door: passwords, second factors and invitations of those who may sign in without an identity provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, new_id, now


class LocalCredential(Base):
    """The password of a person who may use the local door, and the state of their other factors.

    ``totp_secret`` is sealed and counts once ``totp_confirmed``; ``totp_step`` is the last one used, which is not
    accepted again. After failures in a row nobody is let in before ``locked_until``.
    """

    __tablename__ = "local_credentials"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    password_hash: Mapped[str | None]
    password_set: Mapped[datetime | None]
    totp_secret: Mapped[str | None]
    totp_confirmed: Mapped[datetime | None]
    totp_step: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    # When somebody last came in by this door.
    opened: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)


class Passkey(Base):
    """A WebAuthn credential of a person."""

    __tablename__ = "passkeys"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("credential_id"),
        Index("ix_passkeys_user", "account_id", "user_id"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(KEY)
    public_key: Mapped[str]
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    created: Mapped[datetime] = mapped_column(default=now)
    last_used: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of the codes that stand in for a lost second factor, once each."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("account_id", "user_id", "code_hash"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    code_hash: Mapped[str] = mapped_column(String(64))
    used: Mapped[datetime | None]


class Invitation(Base):
    """A link by mail with which a person opens the local door for the first time, or again."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("secret_hash"),
        Index("ix_invitations_user", "account_id", "user_id"),
        CheckConstraint("purpose IN ('activate', 'reset')", name="purpose"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    purpose: Mapped[str] = mapped_column(String(10))
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class DoorAddress(Base):
    """Failures in a row at the local door from one address, whoever was tried; forgotten when it ``expires``."""

    __tablename__ = "door_addresses"
    __table_args__ = (Index("ix_door_addresses_expires", "expires"),)

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    expires: Mapped[datetime]


class Mail(Base):
    """A mail that is sent once its transaction has committed; ``body`` is sealed, and gone when it was sent."""

    __tablename__ = "mails"
    __table_args__ = (
        Index(
            "ix_mails_next_attempt",
            "next_attempt",
            sqlite_where=text("next_attempt IS NOT NULL"),
            postgresql_where=text("next_attempt IS NOT NULL"),
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0)
    # NULL when there is nothing more to do: it was sent, or it was tried often enough.
    next_attempt: Mapped[datetime | None]
    sent: Mapped[datetime | None]
    error: Mapped[str | None]
