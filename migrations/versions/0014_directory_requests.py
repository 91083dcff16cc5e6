"""Directories can be paused, and the latest requests of each are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models import base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("directories", sa.Column("paused", base.UTCDateTime(), nullable=True))
    op.create_table(
        "directory_requests",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("directory_id", base.Id(), nullable=False),
        sa.Column("at", base.UTCDateTime(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_directory_requests_account_id")),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_directory_requests_account_id_directory_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_directory_requests")),
    )
    op.create_index("ix_directory_requests_directory", "directory_requests", ["account_id", "directory_id", "id"])


def downgrade() -> None:
    op.drop_table("directory_requests")
    op.drop_column("directories", "paused")
