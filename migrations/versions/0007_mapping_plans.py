"""Drafts and plans of role mapping, approvals, separations of duties; what rules are bound to moves out of them."""

from __future__ import annotations

from typing import Any

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
_OF_GROUP = {
    "group_id": base.Id(),
    "group_name": sa.Text(),
    "group_name_key": _KEY,
    "group_external_id": _KEY,
    "group_directory_id": base.Id(),
    "orphaned": base.UTCDateTime(),
}
"""What a rule had itself, and its binding has now."""
_RULES = sa.table(
    "mapping_rules",
    sa.column("account_id", base.Id()),
    sa.column("id", base.Id()),
    sa.column("name", sa.Text()),
    sa.column("position", sa.Integer()),
    *(sa.column(name, kind) for name, kind in _OF_GROUP.items()),
)
_REVISIONS = sa.table(
    "mapping_revisions",
    sa.column("account_id", base.Id()),
    sa.column("number", sa.Integer()),
    sa.column("document", _JSON),
)
_BINDINGS = sa.table(
    "mapping_bindings",
    sa.column("account_id", base.Id()),
    sa.column("rule_id", base.Id()),
    *(sa.column(name, kind) for name, kind in _OF_GROUP.items()),
)


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
        sa.Column("authors", _JSON, nullable=False),
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
        sa.Column("authors", _JSON, nullable=False),
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
        "mapping_plan_changes",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("plan_id", base.Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", sa.String(length=6), nullable=False),
        sa.Column("standing", sa.String(length=7), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
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
        sa.CheckConstraint(
            "change IN ('gained', 'lost', 'sooner', 'later')", name=op.f("ck_mapping_plan_changes_change")
        ),
        sa.CheckConstraint("standing IN ('new', 'nothing', 'other')", name=op.f("ck_mapping_plan_changes_standing")),
        sa.ForeignKeyConstraint(
            ["account_id", "plan_id"],
            ["mapping_plans.account_id", "mapping_plans.id"],
            name=op.f("fk_mapping_plan_changes_account_id_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "plan_id", "number", name=op.f("pk_mapping_plan_changes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mapping_plan_steps",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("plan_id", base.Id(), nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nth", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "plan_id"],
            ["mapping_plans.account_id", "mapping_plans.id"],
            name=op.f("fk_mapping_plan_steps_account_id_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "plan_id", "run", "nth", name=op.f("pk_mapping_plan_steps")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mapping_plan_people",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("plan_id", base.Id(), nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "plan_id"],
            ["mapping_plans.account_id", "mapping_plans.id"],
            name=op.f("fk_mapping_plan_people_account_id_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "plan_id", "start", name=op.f("pk_mapping_plan_people")),
        sqlite_with_rowid=False,
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
    op.add_column("accounts", sa.Column("filters_people", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("users", sa.Column("home_is_mapped", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("unit_memberships", sa.Column("is_home", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("unit_memberships", sa.Column("expires", base.UTCDateTime(), nullable=True))
    for name in ("takes_role", "takes_unit", "is_home"):
        op.add_column("mapping_effects", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "uq_assignment_sources_ungrouped",
        "assignment_sources",
        ["account_id", "assignment_id", "rule_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'mapping' AND group_id IS NULL"),
        postgresql_where=sa.text("kind = 'mapping' AND group_id IS NULL"),
    )
    for column in (
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pattern", sa.Text(), nullable=True),
        sa.Column("where_filter", sa.Text(), nullable=True),
        sa.Column("directory_id", base.Id(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("labels", _JSON, server_default="[]", nullable=False),
        sa.Column("allow_privileged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("until", base.UTCDateTime(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
    ):
        op.add_column("mapping_rules", column)
    for name in ("pattern", "where_filter"):
        op.create_index(
            f"ix_mapping_rules_{name}",
            "mapping_rules",
            ["account_id"],
            sqlite_where=sa.text(f"{name} IS NOT NULL"),
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_table(
        "mapping_bindings",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("rule_id", base.Id(), nullable=False),
        sa.Column("group_id", base.Id(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("group_name_key", _KEY, nullable=True),
        sa.Column("group_external_id", _KEY, nullable=True),
        sa.Column("group_directory_id", base.Id(), nullable=True),
        sa.Column("orphaned", base.UTCDateTime(), nullable=True),
        sa.Column("role_id", base.Id(), nullable=True),
        sa.Column("business_unit_id", base.Id(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                ["account_id", column],
                [f"{there}.account_id", f"{there}.id"],
                name=op.f(f"fk_mapping_bindings_account_id_{column}"),
                ondelete="CASCADE",
            )
            for column, there in (
                ("rule_id", "mapping_rules"),
                ("role_id", "roles"),
                ("business_unit_id", "business_units"),
            )
        ),
        sa.PrimaryKeyConstraint("account_id", "rule_id", "group_id", name=op.f("pk_mapping_bindings")),
    )
    op.create_index("ix_mapping_bindings_group", "mapping_bindings", ["account_id", "group_id"])
    op.create_index(
        "ix_mapping_bindings_orphaned",
        "mapping_bindings",
        ["account_id", "group_directory_id"],
        sqlite_where=sa.text("orphaned IS NOT NULL"),
        postgresql_where=sa.text("orphaned IS NOT NULL"),
    )
    _move_groups_out()
    op.drop_index("ix_mapping_rules_orphaned", "mapping_rules")
    op.drop_index("ix_mapping_rules_group", "mapping_rules")
    for name in _OF_GROUP:
        op.drop_column("mapping_rules", name)


def _move_groups_out() -> None:
    """Each rule becomes bound to its group, and learns its place in the document that was published last."""
    columns = [_RULES.c.account_id, _RULES.c.id.label("rule_id"), *(_RULES.c[name] for name in _OF_GROUP)]
    op.execute(sa.insert(_BINDINGS).from_select([column.key for column in columns], sa.select(*columns)))
    connection = op.get_bind()
    latest: dict[str, Any] = {}
    numbered = sa.select(_REVISIONS.c.account_id, _REVISIONS.c.document).order_by(_REVISIONS.c.number)
    latest.update((row.account_id, row.document) for row in connection.execute(numbered))
    for account_id, document in latest.items():
        for position, rule in enumerate(document["rules"]):
            here = _RULES.c.account_id == account_id, _RULES.c.name == rule["name"]
            connection.execute(sa.update(_RULES).where(*here).values(position=position))


def downgrade() -> None:
    _move_groups_back()
    op.drop_table("mapping_bindings")
    for name in ("pattern", "where_filter"):
        op.drop_index(f"ix_mapping_rules_{name}", "mapping_rules")
    for name in (
        "days",
        "until",
        "allow_privileged",
        "labels",
        "reason",
        "owner",
        "paused",
        "directory_id",
        "where_filter",
        "pattern",
        "position",
    ):
        op.drop_column("mapping_rules", name)
    op.drop_index("uq_assignment_sources_ungrouped", "assignment_sources")
    for name in ("is_home", "takes_unit", "takes_role"):
        op.drop_column("mapping_effects", name)
    op.drop_column("unit_memberships", "expires")
    op.drop_column("unit_memberships", "is_home")
    op.drop_column("users", "home_is_mapped")
    op.drop_column("accounts", "filters_people")
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
    op.drop_table("mapping_plan_people")
    op.drop_table("mapping_plan_steps")
    op.drop_table("mapping_plan_changes")
    op.drop_index("ix_mapping_plans_draft", table_name="mapping_plans")
    op.drop_table("mapping_plans")
    op.drop_table("separations")
    op.drop_table("mapping_drafts")


def _move_groups_back() -> None:
    """Only rules that name one group were known; what others gave goes with them."""
    for statement in (
        "DELETE FROM unit_memberships WHERE (account_id, rule_id) IN"
        " (SELECT account_id, id FROM mapping_rules WHERE pattern IS NOT NULL OR where_filter IS NOT NULL)",
        "DELETE FROM assignment_sources WHERE (account_id, rule_id) IN"
        " (SELECT account_id, id FROM mapping_rules WHERE pattern IS NOT NULL OR where_filter IS NOT NULL)",
        "DELETE FROM role_assignments"
        " WHERE (account_id, id) NOT IN (SELECT account_id, assignment_id FROM assignment_sources)",
        "DELETE FROM mapping_rules WHERE pattern IS NOT NULL OR where_filter IS NOT NULL",
    ):
        op.execute(statement)
    for name, kind in _OF_GROUP.items():
        op.add_column("mapping_rules", sa.Column(name, kind, nullable=True))
    here = (_BINDINGS.c.account_id == _RULES.c.account_id) & (_BINDINGS.c.rule_id == _RULES.c.id)
    op.execute(
        sa.update(_RULES).values(
            {name: sa.select(_BINDINGS.c[name]).where(here).scalar_subquery() for name in _OF_GROUP}
        )
    )
    op.create_index("ix_mapping_rules_group", "mapping_rules", ["account_id", "group_id"])
    op.create_index(
        "ix_mapping_rules_orphaned",
        "mapping_rules",
        ["account_id", "group_directory_id"],
        sqlite_where=sa.text("orphaned IS NOT NULL"),
        postgresql_where=sa.text("orphaned IS NOT NULL"),
    )
