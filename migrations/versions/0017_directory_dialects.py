"""A directory says which habits of its identity provider it repairs, and how many requests a minute it takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("directories", sa.Column("repairs", sa.Text(), server_default="", nullable=False))
    op.add_column("directories", sa.Column("requests_per_minute", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("directories", "requests_per_minute")
    op.drop_column("directories", "repairs")
