"""Identity, provisioning, access and audit: the tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column(
            "catalogue",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("access_revision", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name_key", name=op.f("uq_accounts_name_key")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_check", sa.String(length=16), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "api_keys",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=True),
        sa.Column("revoked", base.UTCDateTime(), nullable=True),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint("length(prefix) = 12", name=op.f("ck_api_keys_prefix_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_api_keys_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_table(
        "audit_events",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", base.UTCDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target_kind", sa.String(length=30), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("target_name", sa.Text(), nullable=True),
        sa.Column(
            "before",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('person', 'token', 'key', 'idp', 'system')", name=op.f("ck_audit_events_actor_kind")
        ),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_audit_events_sequence")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_events_account_id")),
        sa.PrimaryKeyConstraint("account_id", "sequence", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_target", ["account_id", "target_kind", "target_id"], unique=False)

    op.create_table(
        "audit_heads",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_heads_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "business_units",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("parent_id", base.Id(), nullable=True),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_business_units_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["account_id", "parent_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_business_units_account_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_business_units_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_business_units")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_business_units_account_id_key")),
    )
    with op.batch_alter_table("business_units", schema=None) as batch_op:
        batch_op.create_index("ix_business_units_parent", ["account_id", "parent_id"], unique=False)
        batch_op.create_index(
            "uq_business_units_root",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )

    op.create_table(
        "directories",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("preset", sa.String(length=30), nullable=False),
        sa.Column("unique_group_names", sa.Boolean(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_directories_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_directories")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_directories_account_id_name_key")),
    )
    op.create_table(
        "mapping_revisions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "summary",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("published", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_mapping_revisions_number")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mapping_revisions_account_id")),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_mapping_revisions")),
    )
    op.create_table(
        "roles",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("is_privileged", sa.Boolean(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_roles_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_roles")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_roles_account_id_name_key")),
    )
    op.create_table(
        "directory_tokens",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("directory_id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=True),
        sa.Column("revoked", base.UTCDateTime(), nullable=True),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint("length(prefix) = 12", name=op.f("ck_directory_tokens_prefix_length")),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_directory_tokens_account_id_directory_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_directory_tokens_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_directory_tokens")),
        sa.UniqueConstraint("prefix", name=op.f("uq_directory_tokens_prefix")),
    )
    op.create_table(
        "groups",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("directory_id", base.Id(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("display_name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("unique_name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("external_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column(
            "search",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("modified", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("origin IN ('scim', 'local')", name=op.f("ck_groups_origin")),
        sa.CheckConstraint("member_count >= 0", name=op.f("ck_groups_member_count")),
        sa.CheckConstraint("version > 0", name=op.f("ck_groups_version")),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_groups_account_id_directory_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_groups")),
        sa.UniqueConstraint("account_id", "directory_id", "unique_name_key", name="uq_groups_display_name"),
    )
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.create_index("ix_groups_directory", ["account_id", "directory_id", "id"], unique=False)
        batch_op.create_index(
            "ix_groups_display_name", ["account_id", "directory_id", "display_name_key"], unique=False
        )
        batch_op.create_index("ix_groups_external_id", ["account_id", "directory_id", "external_id"], unique=False)
        batch_op.create_index("ix_groups_modified", ["account_id", "directory_id", "modified"], unique=False)

    op.create_table(
        "mapping_rules",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("group_id", base.Id(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("first_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "first_revision"],
            ["mapping_revisions.account_id", "mapping_revisions.number"],
            name=op.f("fk_mapping_rules_account_id_first_revision"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mapping_rules_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_mapping_rules")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_mapping_rules_account_id_name_key")),
    )
    with op.batch_alter_table("mapping_rules", schema=None) as batch_op:
        batch_op.create_index("ix_mapping_rules_group", ["account_id", "group_id"], unique=False)

    op.create_table(
        "role_permissions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=False),
        sa.Column("permission", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("effect", sa.String(length=5), nullable=False),
        sa.CheckConstraint("effect IN ('allow', 'deny')", name=op.f("ck_role_permissions_effect")),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_role_permissions_account_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "role_id", "permission", name=op.f("pk_role_permissions")),
    )
    op.create_table(
        "users",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("directory_id", base.Id(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("external_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("display_name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("family_name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("given_name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("home_unit_id", base.Id(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column(
            "search",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("modified", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("origin IN ('scim', 'sso', 'manual')", name=op.f("ck_users_origin")),
        sa.CheckConstraint("version > 0", name=op.f("ck_users_version")),
        sa.ForeignKeyConstraint(
            ["account_id", "directory_id"],
            ["directories.account_id", "directories.id"],
            name=op.f("fk_users_account_id_directory_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "home_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_users_account_id_home_unit_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_users_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("account_id", "directory_id", "user_name_key", name="uq_users_user_name"),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index("ix_users_account_user_name", ["account_id", "user_name_key"], unique=False)
        batch_op.create_index("ix_users_directory", ["account_id", "directory_id", "id"], unique=False)
        batch_op.create_index("ix_users_display_name", ["account_id", "directory_id", "display_name_key"], unique=False)
        batch_op.create_index("ix_users_external_id", ["account_id", "directory_id", "external_id"], unique=False)
        batch_op.create_index("ix_users_family_name", ["account_id", "directory_id", "family_name_key"], unique=False)
        batch_op.create_index("ix_users_given_name", ["account_id", "directory_id", "given_name_key"], unique=False)
        batch_op.create_index("ix_users_modified", ["account_id", "directory_id", "modified"], unique=False)

    op.create_table(
        "mapping_effects",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("rule_id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=True),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.CheckConstraint("reach IN ('account', 'unit', 'subtree')", name=op.f("ck_mapping_effects_reach")),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_mapping_effects_account_id_business_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_mapping_effects_account_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "rule_id"],
            ["mapping_rules.account_id", "mapping_rules.id"],
            name=op.f("fk_mapping_effects_account_id_rule_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_mapping_effects")),
    )
    with op.batch_alter_table("mapping_effects", schema=None) as batch_op:
        batch_op.create_index("ix_mapping_effects_rule", ["account_id", "rule_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("group_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_memberships_account_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_memberships_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "group_id", "user_id", name=op.f("pk_memberships")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index("ix_memberships_user", ["account_id", "user_id", "group_id"], unique=False)

    op.create_table(
        "nestings",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("group_id", base.Id(), nullable=False),
        sa.Column("child_id", base.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "child_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_nestings_account_id_child_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_nestings_account_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "group_id", "child_id", name=op.f("pk_nestings")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("nestings", schema=None) as batch_op:
        batch_op.create_index("ix_nestings_child", ["account_id", "child_id", "group_id"], unique=False)

    op.create_table(
        "role_assignments",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=True),
        sa.Column("group_id", base.Id(), nullable=True),
        sa.Column("principal_unit_id", base.Id(), nullable=True),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("reach IN ('account', 'unit', 'subtree')", name=op.f("ck_role_assignments_reach")),
        sa.CheckConstraint(
            "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN principal_unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_role_assignments_one_principal"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_role_assignments_account_id_business_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_role_assignments_account_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "principal_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_role_assignments_account_id_principal_unit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_role_assignments_account_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_role_assignments_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_role_assignments_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_role_assignments")),
    )
    with op.batch_alter_table("role_assignments", schema=None) as batch_op:
        batch_op.create_index("ix_role_assignments_role", ["account_id", "role_id"], unique=False)
        batch_op.create_index(
            "uq_role_assignments_group_id",
            ["account_id", "group_id", "role_id", "business_unit_id", "reach"],
            unique=True,
            sqlite_where=sa.text("group_id IS NOT NULL"),
            postgresql_where=sa.text("group_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_role_assignments_principal_unit_id",
            ["account_id", "principal_unit_id", "role_id", "business_unit_id", "reach"],
            unique=True,
            sqlite_where=sa.text("principal_unit_id IS NOT NULL"),
            postgresql_where=sa.text("principal_unit_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_role_assignments_user_id",
            ["account_id", "user_id", "role_id", "business_unit_id", "reach"],
            unique=True,
            sqlite_where=sa.text("user_id IS NOT NULL"),
            postgresql_where=sa.text("user_id IS NOT NULL"),
        )

    op.create_table(
        "unit_memberships",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("with_children", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("rule_id", base.Id(), nullable=True),
        sa.Column("group_id", base.Id(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'mapping') = (rule_id IS NOT NULL)", name=op.f("ck_unit_memberships_mapping_has_rule")
        ),
        sa.CheckConstraint("kind IN ('manual', 'mapping')", name=op.f("ck_unit_memberships_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_unit_memberships_account_id_business_unit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_unit_memberships_account_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "rule_id"],
            ["mapping_rules.account_id", "mapping_rules.id"],
            name=op.f("fk_unit_memberships_account_id_rule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_unit_memberships_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_unit_memberships")),
    )
    with op.batch_alter_table("unit_memberships", schema=None) as batch_op:
        batch_op.create_index("ix_unit_memberships_group", ["account_id", "group_id"], unique=False)
        batch_op.create_index("ix_unit_memberships_rule", ["account_id", "rule_id"], unique=False)
        batch_op.create_index("ix_unit_memberships_user", ["account_id", "user_id"], unique=False)

    op.create_table(
        "user_emails",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("directory_id", base.Id(), nullable=False),
        sa.Column("value_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("value_reversed", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("type_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("display_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_user_emails_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "user_id", "position", name=op.f("pk_user_emails")),
    )
    with op.batch_alter_table("user_emails", schema=None) as batch_op:
        batch_op.create_index("ix_user_emails_reversed", ["account_id", "directory_id", "value_reversed"], unique=False)
        batch_op.create_index("ix_user_emails_value", ["account_id", "directory_id", "value_key"], unique=False)

    op.create_table(
        "assignment_sources",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("assignment_id", base.Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("rule_id", base.Id(), nullable=True),
        sa.Column("group_id", base.Id(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts", base.UTCDateTime(), nullable=True),
        sa.Column("expires", base.UTCDateTime(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'mapping') = (rule_id IS NOT NULL)", name=op.f("ck_assignment_sources_mapping_has_rule")
        ),
        sa.CheckConstraint("kind IN ('manual', 'mapping')", name=op.f("ck_assignment_sources_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "assignment_id"],
            ["role_assignments.account_id", "role_assignments.id"],
            name=op.f("fk_assignment_sources_account_id_assignment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_assignment_sources_account_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "rule_id"],
            ["mapping_rules.account_id", "mapping_rules.id"],
            name=op.f("fk_assignment_sources_account_id_rule_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_assignment_sources")),
    )
    with op.batch_alter_table("assignment_sources", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_sources_assignment", ["account_id", "assignment_id"], unique=False)
        batch_op.create_index("ix_assignment_sources_group", ["account_id", "group_id"], unique=False)
        batch_op.create_index("ix_assignment_sources_rule", ["account_id", "rule_id"], unique=False)
        batch_op.create_index(
            "uq_assignment_sources_manual",
            ["account_id", "assignment_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'manual'"),
            postgresql_where=sa.text("kind = 'manual'"),
        )
        batch_op.create_index(
            "uq_assignment_sources_mapping",
            ["account_id", "assignment_id", "rule_id", "group_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'mapping'"),
            postgresql_where=sa.text("kind = 'mapping'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("assignment_sources", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_sources_mapping",
            sqlite_where=sa.text("kind = 'mapping'"),
            postgresql_where=sa.text("kind = 'mapping'"),
        )
        batch_op.drop_index(
            "uq_assignment_sources_manual",
            sqlite_where=sa.text("kind = 'manual'"),
            postgresql_where=sa.text("kind = 'manual'"),
        )
        batch_op.drop_index("ix_assignment_sources_rule")
        batch_op.drop_index("ix_assignment_sources_group")
        batch_op.drop_index("ix_assignment_sources_assignment")

    op.drop_table("assignment_sources")
    with op.batch_alter_table("user_emails", schema=None) as batch_op:
        batch_op.drop_index("ix_user_emails_value")
        batch_op.drop_index("ix_user_emails_reversed")

    op.drop_table("user_emails")
    with op.batch_alter_table("unit_memberships", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_memberships_user")
        batch_op.drop_index("ix_unit_memberships_rule")
        batch_op.drop_index("ix_unit_memberships_group")

    op.drop_table("unit_memberships")
    with op.batch_alter_table("role_assignments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_role_assignments_user_id",
            sqlite_where=sa.text("user_id IS NOT NULL"),
            postgresql_where=sa.text("user_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_role_assignments_principal_unit_id",
            sqlite_where=sa.text("principal_unit_id IS NOT NULL"),
            postgresql_where=sa.text("principal_unit_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_role_assignments_group_id",
            sqlite_where=sa.text("group_id IS NOT NULL"),
            postgresql_where=sa.text("group_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_role_assignments_role")

    op.drop_table("role_assignments")
    with op.batch_alter_table("nestings", schema=None) as batch_op:
        batch_op.drop_index("ix_nestings_child")

    op.drop_table("nestings")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index("ix_memberships_user")

    op.drop_table("memberships")
    with op.batch_alter_table("mapping_effects", schema=None) as batch_op:
        batch_op.drop_index("ix_mapping_effects_rule")

    op.drop_table("mapping_effects")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index("ix_users_modified")
        batch_op.drop_index("ix_users_given_name")
        batch_op.drop_index("ix_users_family_name")
        batch_op.drop_index("ix_users_external_id")
        batch_op.drop_index("ix_users_display_name")
        batch_op.drop_index("ix_users_directory")
        batch_op.drop_index("ix_users_account_user_name")

    op.drop_table("users")
    op.drop_table("role_permissions")
    with op.batch_alter_table("mapping_rules", schema=None) as batch_op:
        batch_op.drop_index("ix_mapping_rules_group")

    op.drop_table("mapping_rules")
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.drop_index("ix_groups_modified")
        batch_op.drop_index("ix_groups_external_id")
        batch_op.drop_index("ix_groups_display_name")
        batch_op.drop_index("ix_groups_directory")

    op.drop_table("groups")
    op.drop_table("directory_tokens")
    op.drop_table("roles")
    op.drop_table("mapping_revisions")
    op.drop_table("directories")
    with op.batch_alter_table("business_units", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_business_units_root",
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )
        batch_op.drop_index("ix_business_units_parent")

    op.drop_table("business_units")
    op.drop_table("audit_heads")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_target")

    op.drop_table("audit_events")
    op.drop_table("api_keys")
    op.drop_table("installation")
    op.drop_table("accounts")
