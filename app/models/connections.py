"""Identity providers that an account trusts for sign-in, and what is known of their sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, new_id, now


class Connection(Base):
    """One SAML or OpenID Connect identity provider of one account; it has an entity id and addresses of its own.

    ``trust`` says whom it trusts and how far (its shape is the protocol's), ``claims`` what of an assertion goes where
    in a profile. ``directory_id`` is the SCIM directory whose people sign in here; whom an assertion means there is
    said by ``join_*``, each the name of an attribute of the assertion. ``version`` grows with every change, of
    certificates and keys too, so whatever was prepared for another version is worthless. ``generation`` grows when
    identity links are forgotten, or subjects become other ones: no sign-in that began before lets anybody in.
    """

    __tablename__ = "connections"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "directory_id"], ["directories.account_id", "directories.id"]),
        ForeignKeyConstraint(["account_id", "claims_directory_id"], ["directories.account_id", "directories.id"]),
        UniqueConstraint("account_id", "name_key"),
        # An address that providers know names the connection only, and that selects the account.
        UniqueConstraint("id"),
        CheckConstraint("protocol IN ('saml', 'oidc')", name="protocol"),
        CheckConstraint("groups_from IN ('directory', 'claims')", name="groups_from"),
        CheckConstraint("version > 0", name="version"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    protocol: Mapped[str] = mapped_column(String(4))
    enabled: Mapped[bool] = mapped_column(default=False)
    trust: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    # The client secret of OpenID Connect, sealed.
    secret: Mapped[str | None]
    secret_set: Mapped[datetime | None]
    claims: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    directory_id: Mapped[str | None] = mapped_column(Id())
    join_external_id: Mapped[str | None]
    join_user_name: Mapped[str | None]
    join_email: Mapped[str | None]
    # SAML has no email_verified: an administrator vouches for the provider's addresses.
    vouches_for_email: Mapped[bool] = mapped_column(default=False)
    creates_people: Mapped[bool] = mapped_column(default=False)
    # Whether somebody created here becomes the directory's person, once it has pushed one of the same join attribute.
    adopts: Mapped[bool] = mapped_column(default=False)
    groups_from: Mapped[str] = mapped_column(String(10), default="directory")
    groups_claim: Mapped[str | None]
    # The directory in which groups named by claims appear.
    claims_directory_id: Mapped[str | None] = mapped_column(Id())
    # The roles (ids) that mapping may give by what the provider says; NULL: whichever the account lets it give.
    mapped_roles: Mapped[list[Any] | None] = mapped_column(JSON_DOCUMENT)
    # Responses that nobody asked for; they cannot be told from a sign-in that somebody was led into.
    unsolicited: Mapped[bool] = mapped_column(default=False)
    session_hours: Mapped[int | None]
    # When the metadata or discovery document was last read, and what was wrong with it.
    refreshed: Mapped[datetime | None]
    refresh_error: Mapped[str | None]
    last_sign_in: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    generation: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime] = mapped_column(default=now)


class ConnectionCertificate(Base):
    """A certificate with which a SAML identity provider signs; several count at once, while one replaces another."""

    __tablename__ = "connection_certificates"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("account_id", "connection_id", "fingerprint"),
        CheckConstraint("source IN ('metadata', 'person', 'code')", name="source"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    connection_id: Mapped[str] = mapped_column(Id())
    pem: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(10))
    # One that came by unsigned metadata counts only once somebody has confirmed it.
    confirmed: Mapped[bool] = mapped_column(default=True)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    last_used: Mapped[datetime | None]
    # How many days before its end the account was last told.
    warned_days: Mapped[int | None]
    added: Mapped[datetime] = mapped_column(default=now)


class ConnectionKey(Base):
    """A key pair of ours towards one connection: it signs requests, decrypts assertions, authenticates us as a client.

    Of two, the ``current`` one signs; the ``next`` one is published already, a ``former`` one still decrypts.
    """

    __tablename__ = "connection_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        CheckConstraint("state IN ('next', 'current', 'former')", name="state"),
        Index("uq_connection_keys_state", "account_id", "connection_id", "state", unique=True),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    connection_id: Mapped[str] = mapped_column(Id())
    state: Mapped[str] = mapped_column(String(10))
    certificate: Mapped[str]
    private_key: Mapped[str]
    not_after: Mapped[datetime]
    # As that of a certificate.
    warned_days: Mapped[int | None]
    created: Mapped[datetime] = mapped_column(default=now)


class Domain(Base):
    """A domain of e-mail addresses that an account claims; it counts once its DNS says so, for one account only."""

    __tablename__ = "domains"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "connection_id"], ["connections.account_id", "connections.id"]),
        UniqueConstraint("account_id", "name"),
        Index(
            "uq_domains_verified",
            "name",
            unique=True,
            sqlite_where=text("verified IS NOT NULL"),
            postgresql_where=text("verified IS NOT NULL"),
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(KEY)
    # What its TXT record has to say.
    challenge: Mapped[str]
    connection_id: Mapped[str | None] = mapped_column(Id())
    verified: Mapped[datetime | None]
    # Somebody who runs the installation vouches for it, where no DNS can be asked.
    by_operator: Mapped[bool] = mapped_column(default=False)
    checked: Mapped[datetime | None]
    # Since when its record has been gone; the account was told.
    missing: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)


class SignInTrace(Base):
    """What happened at one attempt to sign in: each check with its verdict; kept until it ``expires``.

    ``seen`` is what the provider said, sealed, for the account's owners. ``subject_hash`` finds those of one person
    without naming anybody.
    """

    __tablename__ = "sign_in_traces"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        Index("ix_sign_in_traces_at", "account_id", "at", "id"),
        Index("ix_sign_in_traces_connection", "account_id", "connection_id", "at", "id"),
        Index("ix_sign_in_traces_expires", "expires"),
        CheckConstraint("outcome IN ('accepted', 'refused', 'test')", name="outcome"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    connection_id: Mapped[str | None] = mapped_column(Id())
    # What the person was shown.
    reference: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(30))
    detail: Mapped[str | None]
    checks: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    seen: Mapped[str | None]
    subject_hash: Mapped[str | None] = mapped_column(String(64))
    user_id: Mapped[str | None] = mapped_column(Id())
    address: Mapped[str | None] = mapped_column(String(45))
    # The provider's clock less ours, in seconds, where it can be told.
    skew_seconds: Mapped[int | None]
    # How many refused ones came right after it, too many to be kept one by one.
    further: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]


class SetupLink(Base):
    """An address with which the customer's own administrator sets one thing up, without an account here."""

    __tablename__ = "setup_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connections.account_id", "connections.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["account_id", "directory_id"], ["directories.account_id", "directories.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("secret_hash"),
        CheckConstraint("purpose IN ('saml', 'oidc', 'scim', 'certificate', 'domain')", name="purpose"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    secret_hash: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(12))
    connection_id: Mapped[str | None] = mapped_column(Id())
    directory_id: Mapped[str | None] = mapped_column(Id())
    # For whom it was made, in words; and what they have done so far.
    note: Mapped[str]
    progress: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    created_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime]
    last_used: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
