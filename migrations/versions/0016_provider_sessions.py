"""What identity providers called a session before its person proved anew who they are; their logout may still say so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models import base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "provider_sessions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("session_id", base.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=True),
        sa.Column("provider_session", _KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "session_id"],
            ["person_sessions.account_id", "person_sessions.id"],
            name=op.f("fk_provider_sessions_account_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "session_id", "number", name=op.f("pk_provider_sessions")),
    )


def downgrade() -> None:
    op.drop_table("provider_sessions")
