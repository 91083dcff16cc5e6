"""Muster as the platform's OpenID provider: its clients, what it has given them, and its signing keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, Base, Id, new_id, now


class OAuthClient(Base):
    """An application of the platform to which people are handed over after sign-in.

    ``account_id`` is NULL for one that serves every account. ``auth_method`` as in RFC 7591; a public client has no
    secret. ``with_roles``: its ID tokens name the person's roles.
    """

    __tablename__ = "oauth_clients"
    __table_args__ = (
        CheckConstraint("auth_method IN ('client_secret_basic', 'client_secret_post', 'none')", name="auth_method"),
        Index("ix_oauth_clients_account", "account_id"),
    )

    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    account_id: Mapped[str | None] = mapped_column(Id(), ForeignKey("accounts.id"))
    name: Mapped[str]
    auth_method: Mapped[str] = mapped_column(String(20))
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    previous_secret_hash: Mapped[str | None] = mapped_column(String(64))
    previous_until: Mapped[datetime | None]
    # Since when its hash is what it is; an older one may be under a former secret key of the installation.
    secret_changed: Mapped[datetime | None]
    redirect_uris: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    post_logout_redirect_uris: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    backchannel_logout_uri: Mapped[str | None]
    scopes: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    with_roles: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    revoked: Mapped[datetime | None]


class AuthorizationCode(Base):
    """A code that a client exchanges once, within a minute, for tokens (RFC 6749 §4.1.2, RFC 7636)."""

    __tablename__ = "authorization_codes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "session_id"], ["person_sessions.account_id", "person_sessions.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["client_id"], ["oauth_clients.id"], ondelete="CASCADE"),
        UniqueConstraint("code_hash"),
        Index("ix_authorization_codes_expires", "expires"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(Id())
    session_id: Mapped[str] = mapped_column(Id())
    user_id: Mapped[str] = mapped_column(Id())
    code_hash: Mapped[str] = mapped_column(String(64))
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    nonce: Mapped[str | None]
    code_challenge: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class OAuthToken(Base):
    """An access or refresh token; it counts while its session lives. All of one code are a family (RFC 9700 §4.14)."""

    __tablename__ = "oauth_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "session_id"], ["person_sessions.account_id", "person_sessions.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["client_id"], ["oauth_clients.id"], ondelete="CASCADE"),
        UniqueConstraint("token_hash"),
        Index("ix_oauth_tokens_family", "account_id", "family_id"),
        Index("ix_oauth_tokens_expires", "expires"),
        CheckConstraint("kind IN ('access', 'refresh')", name="kind"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(Id())
    session_id: Mapped[str] = mapped_column(Id())
    user_id: Mapped[str] = mapped_column(Id())
    family_id: Mapped[str] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]
    # A refresh token is good for one exchange; a second one is a theft.
    used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class LogoutNotice(Base):
    """A client that has yet to be told that a session is over (OpenID Connect Back-Channel Logout 1.0).

    Triggers write it in the transaction that ends the session, so none is forgotten, whoever ends it and however.
    """

    __tablename__ = "logout_notices"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], ["oauth_clients.id"], ondelete="CASCADE"),
        Index("ix_logout_notices_next", "next_attempt"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    # No foreign key: with its person the session is gone, too.
    session_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id())
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime] = mapped_column(default=now)
    next_attempt: Mapped[datetime] = mapped_column(default=now)


class SigningKey(Base):
    """A key with which ID tokens are signed; the ``next`` one is published before it signs, a ``former`` one after."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("state IN ('next', 'current', 'former')", name="state"),
        Index(
            "uq_signing_keys_state",
            "state",
            unique=True,
            sqlite_where=text("state <> 'former'"),
            postgresql_where=text("state <> 'former'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(String(10))
    algorithm: Mapped[str] = mapped_column(String(10))
    public: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    private: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    changed: Mapped[datetime] = mapped_column(default=now)
