"""Which roles, business units, rules and separations of duties belong to a file, and the files that were applied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_OWNED = ("roles", "business_units", "mapping_rules", "separations")


def upgrade() -> None:
    for name in _OWNED:
        op.add_column(name, sa.Column("from_code", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "configurations",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("needs", _JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", base.Id(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_id", base.Id(), nullable=True),
        sa.Column("applied", base.UTCDateTime(), nullable=True),
        sa.Column("state", _JSON, nullable=True),
        sa.CheckConstraint(
            "status IN ('proposed', 'applied', 'outdated', 'rejected')", name=op.f("ck_configurations_status")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_configurations_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_configurations")),
    )
    op.create_index("ix_configurations_applied", "configurations", ["account_id", "applied"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_configurations_applied", table_name="configurations")
    op.drop_table("configurations")
    for name in reversed(_OWNED):
        op.drop_column(name, "from_code")
