"""Sign-ins that have begun, what must not be used twice, and which subject of a connection is which person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import KEY, Base, Id, new_id, now


class LoginAttempt(Base):
    """One sign-in that was begun; used once, by the browser that began it, within minutes (S-40, S-42, O-3).

    ``key_hash`` is that of what comes back with the answer (RelayState, state). ``state`` seals what only we may know
    (nonce, code verifier, a challenge). ``connection_id`` is NULL at the local door. ``session_id``: who is signed in
    already and proves it anew (``step_up``), or tries a connection out (``test``). ``form`` keeps what
    somebody had sent who has to prove first who they are.
    """

    __tablename__ = "login_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("key_hash"),
        Index("ix_login_attempts_expires", "expires"),
        CheckConstraint("purpose IN ('sign_in', 'step_up', 'test', 'logout', 'local', 'form')", name="purpose"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    connection_id: Mapped[str | None] = mapped_column(Id())
    purpose: Mapped[str] = mapped_column(String(10))
    key_hash: Mapped[str] = mapped_column(String(64))
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    # The id of the SAML request that the answer must name.
    request_id: Mapped[str | None]
    state: Mapped[str | None]
    return_to: Mapped[str]
    user_id: Mapped[str | None] = mapped_column(Id())
    session_id: Mapped[str | None] = mapped_column(Id())
    # That of the connection when it began.
    generation: Mapped[int | None]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class SignInTicket(Base):
    """An assertion that was verified when it arrived across sites, until the browser comes for its session (S-42)."""

    __tablename__ = "sign_in_tickets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("key_hash"),
        Index("ix_sign_in_tickets_expires", "expires"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    connection_id: Mapped[str] = mapped_column(Id())
    # NULL if nobody had asked for the response.
    attempt_id: Mapped[str | None] = mapped_column(Id())
    key_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class UsedMessage(Base):
    """A message of an identity provider that was accepted once, until it would be refused for its age (S-41, O-36)."""

    __tablename__ = "used_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        Index("ix_used_messages_expires", "expires"),
        CheckConstraint("kind IN ('assertion', 'logout')", name="kind"),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    connection_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires: Mapped[datetime]


class IdentityLink(Base):
    """Which person a subject of a connection is (L-1). It stays when the person goes, so nobody inherits it (L-7).

    ``subject_hash`` finds it; the subject itself is text of the provider.
    """

    __tablename__ = "identity_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("account_id", "connection_id", "subject_hash"),
        Index("ix_identity_links_user", "account_id", "user_id"),
        Index("ix_identity_links_external_id", "account_id", "external_id"),
        CheckConstraint("how IN ('external_id', 'user_name', 'email', 'created', 'adopted', 'person')", name="how"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    connection_id: Mapped[str] = mapped_column(Id())
    subject: Mapped[str] = mapped_column(KEY)
    subject_hash: Mapped[str] = mapped_column(String(64))
    # No foreign key: the person may be gone.
    user_id: Mapped[str] = mapped_column(Id())
    how: Mapped[str] = mapped_column(String(12))
    # What the provider last said is their externalId: so a directory that adopts knows whom it pushes (L-6).
    external_id: Mapped[str | None] = mapped_column(KEY)
    created: Mapped[datetime] = mapped_column(default=now)
    last_used: Mapped[datetime | None]


class DepartedPerson(Base):
    """What a person of a directory was known by when they were deleted, or got another name, hashed.

    Signing in brings nobody back whom their directory has deleted, also if they never signed in before, nor under a
    name or an address that they had once (L-7).
    """

    __tablename__ = "departed_people"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "directory_id"], ["directories.account_id", "directories.id"], ondelete="CASCADE"
        ),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    directory_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    value_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    gone: Mapped[datetime]
