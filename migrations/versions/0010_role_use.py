"""When each role of a person last decided something."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models import base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "role_uses",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=False),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.Column("first_used", sa.Date(), nullable=False),
        sa.Column("last_used", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_role_uses_account_id_business_unit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_role_uses_account_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_role_uses_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "user_id", "role_id", "business_unit_id", "reach", name=op.f("pk_role_uses")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_role_uses_role", "role_uses", ["account_id", "role_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_role_uses_role", table_name="role_uses")
    op.drop_table("role_uses")
