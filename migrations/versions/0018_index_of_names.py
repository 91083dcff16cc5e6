"""People of all directories by what they are called, a page at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_users_name", "users", ["account_id", sa.text("coalesce(display_name_key, user_name_key)"), "id"]
    )


def downgrade() -> None:
    op.drop_index("ix_users_name", "users")
