"""Groups that came to a pattern since the last publish, and those by which nobody gets anything before the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models import base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mapping_bindings", sa.Column("matched", base.UTCDateTime(), nullable=True))
    op.add_column("mapping_bindings", sa.Column("held", sa.String(length=12), nullable=True))


def downgrade() -> None:
    op.drop_column("mapping_bindings", "held")
    op.drop_column("mapping_bindings", "matched")
