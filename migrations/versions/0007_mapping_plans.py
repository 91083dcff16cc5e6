"""Drafts and plans of role mapping, approvals, separations of duties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mapping_drafts",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", base.Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("modified", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_mapping_drafts_version")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mapping_drafts_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_mapping_drafts")),
    )
    op.create_table(
        "separations",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("permissions", _JSON, nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("modified", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_separations_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_separations")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_separations_account_id_name_key")),
    )
    op.create_table(
        "mapping_plans",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("draft_id", base.Id(), nullable=True),
        sa.Column("draft_version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", base.Id(), nullable=True),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("access_revision", sa.Integer(), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("summary", _JSON, nullable=False),
        sa.Column("needs", _JSON, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_id", base.Id(), nullable=True),
        sa.Column("decided", base.UTCDateTime(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'published', 'outdated')", name=op.f("ck_mapping_plans_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "draft_id"],
            ["mapping_drafts.account_id", "mapping_drafts.id"],
            name=op.f("fk_mapping_plans_account_id_draft_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mapping_plans_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_mapping_plans")),
    )
    op.create_index("ix_mapping_plans_draft", "mapping_plans", ["account_id", "draft_id"], unique=False)
    op.create_table(
        "mapping_plan_rows",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("plan_id", base.Id(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", sa.String(length=6), nullable=False),
        sa.Column("standing", sa.String(length=7), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=True),
        sa.Column("role_name", sa.Text(), nullable=True),
        sa.Column("unit_id", base.Id(), nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.Column("is_home", sa.Boolean(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=True),
        sa.Column("rule_id", base.Id(), nullable=False),
        sa.Column("rule_name", sa.Text(), nullable=False),
        sa.Column("group_id", base.Id(), nullable=True),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.CheckConstraint("change IN ('gained', 'lost')", name=op.f("ck_mapping_plan_rows_change")),
        sa.CheckConstraint("standing IN ('new', 'nothing', 'other')", name=op.f("ck_mapping_plan_rows_standing")),
        sa.ForeignKeyConstraint(
            ["account_id", "plan_id"],
            ["mapping_plans.account_id", "mapping_plans.id"],
            name=op.f("fk_mapping_plan_rows_account_id_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "plan_id", "position", name=op.f("pk_mapping_plan_rows")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_mapping_plan_rows_user", "mapping_plan_rows", ["account_id", "plan_id", "user_id"], unique=False
    )
    op.add_column("accounts", sa.Column("blast_radius", sa.Integer(), server_default="50", nullable=True))
    op.add_column("accounts", sa.Column("approves_privileged", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("accounts", sa.Column("maps_owner", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("accounts", sa.Column("mapping_paused", base.UTCDateTime(), nullable=True))
    op.add_column("mapping_revisions", sa.Column("author_id", base.Id(), nullable=True))
    op.add_column("mapping_revisions", sa.Column("changes", _JSON, nullable=True))
    op.add_column("mapping_revisions", sa.Column("approver", sa.Text(), nullable=True))
    op.add_column("mapping_revisions", sa.Column("approver_id", base.Id(), nullable=True))
    op.add_column("mapping_revisions", sa.Column("approved", base.UTCDateTime(), nullable=True))
    op.add_column("mapping_revisions", sa.Column("plan_id", base.Id(), nullable=True))
    op.add_column("mapping_revisions", sa.Column("restored_from", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("mapping_revisions", "restored_from")
    op.drop_column("mapping_revisions", "plan_id")
    op.drop_column("mapping_revisions", "approved")
    op.drop_column("mapping_revisions", "approver_id")
    op.drop_column("mapping_revisions", "approver")
    op.drop_column("mapping_revisions", "changes")
    op.drop_column("mapping_revisions", "author_id")
    op.drop_column("accounts", "mapping_paused")
    op.drop_column("accounts", "maps_owner")
    op.drop_column("accounts", "approves_privileged")
    op.drop_column("accounts", "blast_radius")
    op.drop_index("ix_mapping_plan_rows_user", table_name="mapping_plan_rows")
    op.drop_table("mapping_plan_rows")
    op.drop_index("ix_mapping_plans_draft", table_name="mapping_plans")
    op.drop_table("mapping_plans")
    op.drop_table("separations")
    op.drop_table("mapping_drafts")
