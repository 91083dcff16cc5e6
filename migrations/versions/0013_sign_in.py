"""Connections, sign-ins, sessions, the local door, and what an OpenID provider keeps.

Sessions end in the transaction that deactivates their person, suspends their account or switches their connection
off, whatever the door: triggers see to it. Whoever rebuilds ``users``, ``accounts`` or ``connections`` on SQLite later
has to make them again.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_CLOCK = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000', 'now')", "postgresql": "clock_timestamp()"}
_ACTORS = ("person", "token", "key", "idp", "system", "setup_link")
_ENDING = (
    # table, column, the value it gets, whose sessions end, why
    ("users", "active", False, "account_id = NEW.account_id AND user_id = NEW.id", "deactivated"),
    ("accounts", "suspended", True, "account_id = NEW.id", "suspended"),
    ("connections", "enabled", False, "account_id = NEW.account_id AND connection_id = NEW.id", "connection"),
)


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("algorithm", sa.String(length=10), nullable=False),
        sa.Column("public", _JSON, nullable=False),
        sa.Column("private", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("changed", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('next', 'current', 'former')", name=op.f("ck_signing_keys_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    op.create_index(
        "uq_signing_keys_state",
        "signing_keys",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state <> 'former'"),
        postgresql_where=sa.text("state <> 'former'"),
    )
    op.create_table(
        "oauth_clients",
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("account_id", base.Id(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("auth_method", sa.String(length=20), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=True),
        sa.Column("previous_secret_hash", sa.String(length=64), nullable=True),
        sa.Column("previous_until", base.UTCDateTime(), nullable=True),
        sa.Column("secret_changed", base.UTCDateTime(), nullable=True),
        sa.Column("redirect_uris", _JSON, nullable=False),
        sa.Column("post_logout_redirect_uris", _JSON, nullable=False),
        sa.Column("backchannel_logout_uri", sa.Text(), nullable=True),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("with_roles", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("revoked", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "auth_method IN ('client_secret_basic', 'client_secret_post', 'none')",
            name=op.f("ck_oauth_clients_auth_method"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_oauth_clients_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_clients")),
    )
    op.create_index("ix_oauth_clients_account", "oauth_clients", ["account_id"], unique=False)
    op.create_table(
        "connections",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("protocol", sa.String(length=4), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("trust", _JSON, nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("secret_set", base.UTCDateTime(), nullable=True),
        sa.Column("claims", _JSON, nullable=False),
        sa.Column("directory_id", base.Id(), nullable=True),
        sa.Column("join_external_id", sa.Text(), nullable=True),
        sa.Column("join_user_name", sa.Text(), nullable=True),
        sa.Column("join_email", sa.Text(), nullable=True),
        sa.Column("vouches_for_email", sa.Boolean(), nullable=False),
        sa.Column("creates_people", sa.Boolean(), nullable=False),
        sa.Column("adopts", sa.Boolean(), nullable=False),
        sa.Column("groups_from", sa.String(length=10), nullable=False),
        sa.Column("groups_claim", sa.Text(), nullable=True),
        sa.Column("claims_directory_id", base.Id(), nullable=True),
        sa.Column("mapped_roles", _JSON, nullable=True),
        sa.Column("unsolicited", sa.Boolean(), nullable=False),
        sa.Column("session_hours", sa.Integer(), nullable=True),
        sa.Column("refreshed", base.UTCDateTime(), nullable=True),
        sa.Column("refresh_error", sa.Text(), nullable=True),
        sa.Column("last_sign_in", base.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("modified", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("groups_from IN ('directory', 'claims')", name=op.f("ck_connections_groups_from")),
        sa.CheckConstraint("protocol IN ('saml', 'oidc')", name=op.f("ck_connections_protocol")),
        sa.CheckConstraint("version > 0", name=op.f("ck_connections_version")),
        sa.ForeignKeyConstraint(
            ["account_id", "claims_directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_connections_account_id_claims_directory_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_connections_account_id_directory_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_connections_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_connections")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_connections_account_id_name_key")),
        sa.UniqueConstraint("id", name=op.f("uq_connections_id")),
    )
    op.create_table(
        "connection_certificates",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("not_before", base.UTCDateTime(), nullable=False),
        sa.Column("not_after", base.UTCDateTime(), nullable=False),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.Column("warned_days", sa.Integer(), nullable=True),
        sa.Column("added", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("source IN ('metadata', 'person', 'code')", name=op.f("ck_connection_certificates_source")),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_connection_certificates_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_connection_certificates")),
        sa.UniqueConstraint(
            "account_id",
            "connection_id",
            "fingerprint",
            name=op.f("uq_connection_certificates_account_id_connection_id_fingerprint"),
        ),
    )
    op.create_table(
        "connection_keys",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("not_after", base.UTCDateTime(), nullable=False),
        sa.Column("warned_days", sa.Integer(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('next', 'current', 'former')", name=op.f("ck_connection_keys_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_connection_keys_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_connection_keys")),
    )
    op.create_index(
        "uq_connection_keys_state", "connection_keys", ["account_id", "connection_id", "state"], unique=True
    )
    op.create_table(
        "domains",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", _KEY, nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=True),
        sa.Column("verified", base.UTCDateTime(), nullable=True),
        sa.Column("by_operator", sa.Boolean(), nullable=False),
        sa.Column("checked", base.UTCDateTime(), nullable=True),
        sa.Column("missing", base.UTCDateTime(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_domains_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_domains_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_domains")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_domains_account_id_name")),
    )
    op.create_index(
        "uq_domains_verified",
        "domains",
        ["name"],
        unique=True,
        sqlite_where=sa.text("verified IS NOT NULL"),
        postgresql_where=sa.text("verified IS NOT NULL"),
    )
    op.create_table(
        "identity_links",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=False),
        sa.Column("subject", _KEY, nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("external_id", _KEY, nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "how IN ('external_id', 'user_name', 'email', 'created', 'adopted', 'person')",
            name=op.f("ck_identity_links_how"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_identity_links_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_identity_links")),
        sa.UniqueConstraint(
            "account_id",
            "connection_id",
            "subject_hash",
            name=op.f("uq_identity_links_account_id_connection_id_subject_hash"),
        ),
    )
    op.create_index("ix_identity_links_user", "identity_links", ["account_id", "user_id"], unique=False)
    op.create_index("ix_identity_links_external_id", "identity_links", ["account_id", "external_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.Column("used", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint("purpose IN ('activate', 'reset')", name=op.f("ck_invitations_purpose")),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_invitations_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_invitations_secret_hash")),
    )
    op.create_index("ix_invitations_user", "invitations", ["account_id", "user_id"], unique=False)
    op.create_index(
        "ix_users_manual",
        "users",
        ["user_name_key"],
        unique=False,
        sqlite_where=sa.text("origin = 'manual'"),
        postgresql_where=sa.text("origin = 'manual'"),
    )
    op.create_table(
        "door_addresses",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", base.UTCDateTime(), nullable=True),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_door_addresses")),
    )
    op.create_index("ix_door_addresses_expires", "door_addresses", ["expires"], unique=False)
    op.create_table(
        "mails",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_attempt", base.UTCDateTime(), nullable=True),
        sa.Column("sent", base.UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mails_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_mails")),
    )
    op.create_index(
        "ix_mails_next_attempt",
        "mails",
        ["next_attempt"],
        unique=False,
        sqlite_where=sa.text("next_attempt IS NOT NULL"),
        postgresql_where=sa.text("next_attempt IS NOT NULL"),
    )
    op.create_table(
        "local_credentials",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_set", base.UTCDateTime(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_confirmed", base.UTCDateTime(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", base.UTCDateTime(), nullable=True),
        sa.Column("opened", base.UTCDateTime(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_local_credentials_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f("pk_local_credentials")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("return_to", sa.Text(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=True),
        sa.Column("session_id", base.Id(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.Column("used", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('sign_in', 'step_up', 'test', 'logout', 'local', 'form')",
            name=op.f("ck_login_attempts_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_login_attempts_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_login_attempts_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_login_attempts")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_login_attempts_key_hash")),
    )
    op.create_index("ix_login_attempts_expires", "login_attempts", ["expires"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", _KEY, nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", _JSON, nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_passkeys_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_user", "passkeys", ["account_id", "user_id"], unique=False)
    op.create_table(
        "person_sessions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=True),
        sa.Column("subject_hash", sa.String(length=64), nullable=True),
        sa.Column("provider_session", _KEY, nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("methods", _JSON, nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("vouched_email", sa.Text(), nullable=True),
        sa.Column("authenticated", base.UTCDateTime(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("last_seen", base.UTCDateTime(), nullable=False),
        sa.Column("ends", base.UTCDateTime(), nullable=False),
        sa.Column("ended", base.UTCDateTime(), nullable=True),
        sa.Column("ended_because", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_person_sessions_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_person_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_person_sessions_secret_hash")),
    )
    op.create_index("ix_person_sessions_ends", "person_sessions", ["ends"], unique=False)
    op.create_index(
        "ix_person_sessions_open",
        "person_sessions",
        ["account_id", "connection_id", "subject_hash"],
        unique=False,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.create_index(
        "ix_person_sessions_user", "person_sessions", ["account_id", "user_id", "created", "id"], unique=False
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used", base.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_recovery_codes_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "account_id", "user_id", "code_hash", name=op.f("uq_recovery_codes_account_id_user_id_code_hash")
        ),
    )
    op.create_table(
        "setup_links",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=True),
        sa.Column("directory_id", base.Id(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("progress", _JSON, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.Column("finished", base.UTCDateTime(), nullable=True),
        sa.Column("revoked", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('saml', 'oidc', 'scim', 'certificate', 'domain')", name=op.f("ck_setup_links_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_setup_links_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_setup_links_account_id_directory_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_setup_links_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_setup_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_setup_links_secret_hash")),
    )
    op.create_table(
        "sign_in_tickets",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=False),
        sa.Column("attempt_id", base.Id(), nullable=True),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.Column("used", base.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_sign_in_tickets_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_in_tickets_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sign_in_tickets")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_in_tickets_key_hash")),
    )
    op.create_index("ix_sign_in_tickets_expires", "sign_in_tickets", ["expires"], unique=False)
    op.create_table(
        "sign_in_traces",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("checks", _JSON, nullable=False),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("subject_hash", sa.String(length=64), nullable=True),
        sa.Column("user_id", base.Id(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("skew_seconds", sa.Integer(), nullable=True),
        sa.Column("further", sa.Integer(), nullable=False),
        sa.Column("at", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("outcome IN ('accepted', 'refused', 'test')", name=op.f("ck_sign_in_traces_outcome")),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_sign_in_traces_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_in_traces_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sign_in_traces")),
    )
    op.create_index("ix_sign_in_traces_at", "sign_in_traces", ["account_id", "at", "id"], unique=False)
    op.create_index(
        "ix_sign_in_traces_connection", "sign_in_traces", ["account_id", "connection_id", "at", "id"], unique=False
    )
    op.create_index("ix_sign_in_traces_expires", "sign_in_traces", ["expires"], unique=False)
    op.create_table(
        "departed_people",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("directory_id", base.Id(), nullable=False),
        sa.Column("value_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("gone", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_departed_people_account_id_directory_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "directory_id", "value_hash", "user_id", name=op.f("pk_departed_people")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "used_messages",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("connection_id", base.Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('assertion', 'logout')", name=op.f("ck_used_messages_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connections.account_id", "connections.id"],
            name=op.f("fk_used_messages_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "connection_id", "kind", "id_hash", name=op.f("pk_used_messages")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_used_messages_expires", "used_messages", ["expires"], unique=False)
    op.create_table(
        "authorization_codes",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("client_id", base.Id(), nullable=False),
        sa.Column("session_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.Column("used", base.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "session_id"],
            ["person_sessions.account_id", "person_sessions.id"],
            name=op.f("fk_authorization_codes_account_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_clients.id"], name=op.f("fk_authorization_codes_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_authorization_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_authorization_codes_code_hash")),
    )
    op.create_index("ix_authorization_codes_expires", "authorization_codes", ["expires"], unique=False)
    op.create_table(
        "oauth_tokens",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("client_id", base.Id(), nullable=False),
        sa.Column("session_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("family_id", base.Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=False),
        sa.Column("used", base.UTCDateTime(), nullable=True),
        sa.Column("revoked", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('access', 'refresh')", name=op.f("ck_oauth_tokens_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "session_id"],
            ["person_sessions.account_id", "person_sessions.id"],
            name=op.f("fk_oauth_tokens_account_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_clients.id"], name=op.f("fk_oauth_tokens_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_oauth_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_oauth_tokens_token_hash")),
    )
    op.create_index("ix_oauth_tokens_expires", "oauth_tokens", ["expires"], unique=False)
    op.create_index("ix_oauth_tokens_family", "oauth_tokens", ["account_id", "family_id"], unique=False)
    op.create_table(
        "logout_notices",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("session_id", base.Id(), nullable=False),
        sa.Column("client_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("next_attempt", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_logout_notices_account_id")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_clients.id"], name=op.f("fk_logout_notices_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "session_id", "client_id", name=op.f("pk_logout_notices")),
    )
    op.create_index("ix_logout_notices_next", "logout_notices", ["next_attempt"], unique=False)
    op.add_column("accounts", sa.Column("session_idle_minutes", sa.Integer(), server_default="30", nullable=False))
    op.add_column("accounts", sa.Column("session_hours", sa.Integer(), server_default="12", nullable=False))
    op.add_column("accounts", sa.Column("owner_session_hours", sa.Integer(), server_default="8", nullable=False))
    op.add_column("accounts", sa.Column("step_up_minutes", sa.Integer(), server_default="10", nullable=False))
    op.add_column("accounts", sa.Column("sign_in_methods", _JSON, server_default="[]", nullable=False))
    op.add_column("accounts", sa.Column("sign_in_contexts", _JSON, server_default="[]", nullable=False))
    op.add_column("accounts", sa.Column("requires_mfa", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("accounts", sa.Column("sso_required", base.UTCDateTime(), nullable=True))
    op.add_column("accounts", sa.Column("door_days", sa.Integer(), server_default="30", nullable=False))
    op.add_column("accounts", sa.Column("trace_days", sa.Integer(), server_default="14", nullable=False))
    _let_setup_links_act()

    for table, column, value, whose, why in _ENDING:
        for statement in _triggers(table, column, value, whose, why):
            op.execute(statement)
    for statement in _telling():
        op.execute(statement)


def downgrade() -> None:
    for event in ("ended", "deleted"):
        on = " ON person_sessions" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER sessions_tell_when_{event}{on}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION sessions_tell()")
    for table, *_ in _ENDING:
        name = f"sessions_end_with_{table}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_column("accounts", "trace_days")
    op.drop_column("accounts", "door_days")
    op.drop_column("accounts", "sso_required")
    op.drop_column("accounts", "requires_mfa")
    op.drop_column("accounts", "sign_in_contexts")
    op.drop_column("accounts", "sign_in_methods")
    op.drop_column("accounts", "step_up_minutes")
    op.drop_column("accounts", "owner_session_hours")
    op.drop_column("accounts", "session_hours")
    op.drop_column("accounts", "session_idle_minutes")
    op.drop_index("ix_logout_notices_next", table_name="logout_notices")
    op.drop_table("logout_notices")
    op.drop_index("ix_oauth_tokens_family", table_name="oauth_tokens")
    op.drop_index("ix_oauth_tokens_expires", table_name="oauth_tokens")
    op.drop_table("oauth_tokens")
    op.drop_index("ix_authorization_codes_expires", table_name="authorization_codes")
    op.drop_table("authorization_codes")
    op.drop_table("departed_people")
    op.drop_index("ix_used_messages_expires", table_name="used_messages")
    op.drop_table("used_messages")
    op.drop_index("ix_sign_in_traces_expires", table_name="sign_in_traces")
    op.drop_index("ix_sign_in_traces_connection", table_name="sign_in_traces")
    op.drop_index("ix_sign_in_traces_at", table_name="sign_in_traces")
    op.drop_table("sign_in_traces")
    op.drop_index("ix_sign_in_tickets_expires", table_name="sign_in_tickets")
    op.drop_table("sign_in_tickets")
    op.drop_table("setup_links")
    op.drop_table("recovery_codes")
    op.drop_index("ix_person_sessions_user", table_name="person_sessions")
    op.drop_index(
        "ix_person_sessions_open",
        table_name="person_sessions",
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.drop_index("ix_person_sessions_ends", table_name="person_sessions")
    op.drop_table("person_sessions")
    op.drop_index("ix_passkeys_user", table_name="passkeys")
    op.drop_table("passkeys")
    op.drop_index("ix_login_attempts_expires", table_name="login_attempts")
    op.drop_table("login_attempts")
    op.drop_table("local_credentials")
    op.drop_index(
        "ix_mails_next_attempt",
        table_name="mails",
        sqlite_where=sa.text("next_attempt IS NOT NULL"),
        postgresql_where=sa.text("next_attempt IS NOT NULL"),
    )
    op.drop_table("mails")
    op.drop_index("ix_door_addresses_expires", table_name="door_addresses")
    op.drop_table("door_addresses")
    op.drop_index(
        "ix_users_manual",
        table_name="users",
        sqlite_where=sa.text("origin = 'manual'"),
        postgresql_where=sa.text("origin = 'manual'"),
    )
    op.drop_index("ix_invitations_user", table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_identity_links_user", table_name="identity_links")
    op.drop_table("identity_links")
    op.drop_index(
        "uq_domains_verified",
        table_name="domains",
        sqlite_where=sa.text("verified IS NOT NULL"),
        postgresql_where=sa.text("verified IS NOT NULL"),
    )
    op.drop_table("domains")
    op.drop_index("uq_connection_keys_state", table_name="connection_keys")
    op.drop_table("connection_keys")
    op.drop_table("connection_certificates")
    op.drop_table("connections")
    op.drop_index("ix_oauth_clients_account", table_name="oauth_clients")
    op.drop_table("oauth_clients")
    op.drop_index(
        "uq_signing_keys_state",
        table_name="signing_keys",
        sqlite_where=sa.text("state <> 'former'"),
        postgresql_where=sa.text("state <> 'former'"),
    )
    op.drop_table("signing_keys")


def _let_setup_links_act() -> None:
    """Another kind of actor in the trail. It stays known after a downgrade: nothing is taken out of a trail."""
    name, rule = op.f("ck_audit_events_actor_kind"), f"actor_kind IN ({', '.join(map(repr, _ACTORS))})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, "audit_events", type_="check")
        op.create_check_constraint(name, "audit_events", rule)
        return
    # SQLite cannot change a constraint: the table is made anew, with what is in it.
    sql = op.get_bind().exec_driver_sql
    [[made]] = sql("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'audit_events'").fetchall()
    widened = re.sub(r"actor_kind IN \([^)]*\)", rule, made, count=1)
    op.rename_table("audit_events", "audit_events_before")
    sql("DROP INDEX ix_audit_events_target")
    sql(widened)
    sql("INSERT INTO audit_events SELECT * FROM audit_events_before")
    op.drop_table("audit_events_before")
    op.create_index("ix_audit_events_target", "audit_events", ["account_id", "target_kind", "target_id"], unique=False)


def _triggers(table: str, column: str, value: bool, whose: str, why: str) -> list[str]:
    dialect = op.get_bind().dialect.name
    name = f"sessions_end_with_{table}"
    end = (
        f"UPDATE person_sessions SET ended = {_CLOCK[dialect]}, ended_because = '{why}'"  # noqa: S608  constants of this file
        f" WHERE {whose} AND ended IS NULL"
    )
    of = f"AFTER UPDATE OF {column} ON {table}"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name} {of} WHEN OLD.{column} IS NOT NEW.{column} AND NEW.{column} = {int(value)}"
            f" BEGIN {end}; END"
        ]
    became = f"NEW.{column}" if value else f"NOT NEW.{column}"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {end}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} {of} FOR EACH ROW"
        f" WHEN (OLD.{column} IS DISTINCT FROM NEW.{column} AND {became}) EXECUTE FUNCTION {name}()",
    ]


def _telling() -> list[str]:
    """Whoever has tokens of a session that ends, or goes with its person, is to be told."""
    dialect = op.get_bind().dialect.name
    columns = "account_id, session_id, client_id, user_id, attempts, created, next_attempt"
    notice = (
        f"INSERT INTO logout_notices ({columns})"  # noqa: S608  constants of this file
        f" SELECT DISTINCT t.account_id, t.session_id, t.client_id, t.user_id, 0, {_CLOCK[dialect]}, {_CLOCK[dialect]}"
        " FROM oauth_tokens t JOIN oauth_clients c ON c.id = t.client_id"
        " WHERE t.account_id = OLD.account_id AND t.session_id = OLD.id"
        " AND c.backchannel_logout_uri IS NOT NULL AND c.revoked IS NULL"
        " ON CONFLICT DO NOTHING"
    )
    ended = "OLD.ended IS NULL AND NEW.ended IS NOT NULL"
    when = {
        "ended": ("AFTER UPDATE OF ended ON person_sessions", ended),
        "deleted": ("BEFORE DELETE ON person_sessions", "OLD.ended IS NULL"),
    }
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER sessions_tell_when_{name} {event} WHEN {true} BEGIN {notice}; END"
            for name, (event, true) in when.items()
        ]
    function = (
        "CREATE FUNCTION sessions_tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {notice}; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NULL; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER sessions_tell_when_{name} {event} FOR EACH ROW WHEN ({true}) EXECUTE FUNCTION sessions_tell()"
        for name, (event, true) in when.items()
    ]
