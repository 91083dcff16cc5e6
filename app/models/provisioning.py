"""Directories that push by SCIM, and the tokens that open them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, new_id, now


class Directory(Base):
    """One SCIM source of an account. The preset ``local`` is the account's own: manual and SSO-created people.

    The counts are kept up to date by every change; ``removals`` counts the users and groups ever deleted. While it is
    ``paused`` its identity provider is asked to come again later.
    """

    __tablename__ = "directories"
    __table_args__ = (UniqueConstraint("account_id", "name_key"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    preset: Mapped[str] = mapped_column(String(30))
    # Entra expects 409 for a second group of the same name; some directories really have them.
    unique_group_names: Mapped[bool] = mapped_column(default=True)
    # Which habits of identity providers it repairs beside those of its preset, or does not: "+own-ids -dotted-keys".
    repairs: Mapped[str] = mapped_column(default="", server_default="")
    # How many requests each worker process answers in a minute; NULL: as many as the installation says, 0: all.
    requests_per_minute: Mapped[int | None]
    user_count: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    group_count: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    removals: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    created: Mapped[datetime] = mapped_column(default=now)
    paused: Mapped[datetime | None]


class DirectoryRequest(Base):
    """One of the latest requests of a directory's identity provider; ``detail`` says why it was refused."""

    __tablename__ = "directory_requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "directory_id"], ["directories.account_id", "directories.id"], ondelete="CASCADE"
        ),
        Index("ix_directory_requests_directory", "account_id", "directory_id", "id"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    directory_id: Mapped[str] = mapped_column(Id())
    at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str]
    status: Mapped[int]
    duration_ms: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str | None]


class DirectoryToken(Base):
    """A bearer token of one directory. Only its keyed hash is kept; ``prefix`` is public and finds it."""

    __tablename__ = "directory_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "directory_id"], ["directories.account_id", "directories.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("prefix"),
        CheckConstraint("length(prefix) = 12", name="prefix_length"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    directory_id: Mapped[str] = mapped_column(Id())
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(String(12))
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    last_used: Mapped[datetime | None]


class ApiKey(Base):
    """A bearer key with which a platform asks for decisions. ``scopes`` is a space-separated list."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("prefix"), CheckConstraint("length(prefix) = 12", name="prefix_length"))

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(String(12))
    secret_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[str]
    created_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    last_used: Mapped[datetime | None]


class InstallationKey(Base):
    """A bearer key of the whole installation, with which a platform creates accounts and lists them."""

    __tablename__ = "installation_keys"
    __table_args__ = (UniqueConstraint("prefix"), CheckConstraint("length(prefix) = 12", name="prefix_length"))

    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(String(12))
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    last_used: Mapped[datetime | None]


class IdempotentAnswer(Base):
    """What a creating call was answered, so that the same call with the same key is answered so again.

    ``caller_id`` is the key that called; ``request_hash`` tells another call under the same idempotency key.
    """

    __tablename__ = "idempotent_answers"
    __table_args__ = (Index("ix_idempotent_answers_created", "created"),)

    caller_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(KEY, primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    body: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
