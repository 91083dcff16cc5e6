"""People ask for access where they see what they have; and keep lists as they like to see them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models import base

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_requests",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("answered", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('role', 'wrong')", name=op.f("ck_access_requests_kind")),
        sa.CheckConstraint("state IN ('open', 'done', 'declined', 'withdrawn')", name=op.f("ck_access_requests_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_access_requests_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_access_requests")),
    )
    op.create_index("ix_access_requests_user", "access_requests", ["account_id", "user_id", "id"])
    op.create_index(
        "ix_access_requests_open",
        "access_requests",
        ["account_id", "id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "saved_views",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", base.KEY, nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_saved_views_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_saved_views")),
    )
    op.create_index("uq_saved_views_name", "saved_views", ["account_id", "user_id", "list", "name_key"], unique=True)


def downgrade() -> None:
    op.drop_table("saved_views")
    op.drop_table("access_requests")
