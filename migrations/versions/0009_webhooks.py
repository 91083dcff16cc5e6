"""Endpoints that are told of events, and what was sent to them; when the secret key was changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", _JSON, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", base.UTCDateTime(), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failing_since", base.UTCDateTime(), nullable=True),
        sa.Column("next_attempt", base.UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_success", base.UTCDateTime(), nullable=True),
        sa.Column("disabled", base.UTCDateTime(), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("lease_by", sa.String(length=36), nullable=True),
        sa.Column("lease_until", base.UTCDateTime(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("cursor >= 0", name=op.f("ck_webhook_endpoints_cursor")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_webhook_endpoints_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_webhook_endpoints")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_webhook_endpoints_account_id_name_key")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("endpoint_id", base.Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", base.UTCDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "endpoint_id"],
            ["webhook_endpoints.account_id", "webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_account_id_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "endpoint_id", "number", name=op.f("pk_webhook_deliveries")),
        sqlite_with_rowid=False,
    )
    op.add_column("installation", sa.Column("key_changed", base.UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("installation", "key_changed")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
