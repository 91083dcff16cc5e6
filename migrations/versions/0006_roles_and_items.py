"""Roles with conditions and origins, individual permissions, items, data filters, keys of the installation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_OF_ROLES = {"texts": _JSON, "origin_id": base.Id(), "origin_name": sa.Text(), "modified": base.UTCDateTime()}
_PERMISSIONS = ("account_id", "role_id", "permission", "effect")


def upgrade() -> None:
    op.create_table(
        "idempotent_answers",
        sa.Column("caller_id", base.Id(), nullable=False),
        sa.Column("idempotency_key", _KEY, nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", _JSON, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", "idempotency_key", name=op.f("pk_idempotent_answers")),
    )
    op.create_index("ix_idempotent_answers_created", "idempotent_answers", ["created"])

    op.create_table(
        "installation_keys",
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("expires", base.UTCDateTime(), nullable=True),
        sa.Column("revoked", base.UTCDateTime(), nullable=True),
        sa.Column("last_used", base.UTCDateTime(), nullable=True),
        sa.CheckConstraint("length(prefix) = 12", name=op.f("ck_installation_keys_prefix_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_installation_keys_prefix")),
    )
    op.create_table(
        "default_roles",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_default_roles_account_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "role_id", name=op.f("pk_default_roles")),
    )
    op.create_table(
        "items",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("type", _KEY, nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("owner_id", base.Id(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("owner_group_id", base.Id(), nullable=True),
        sa.Column("owner_role_id", base.Id(), nullable=True),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("owner_level", sa.String(length=10), nullable=False),
        sa.Column("group_level", sa.String(length=10), nullable=False),
        sa.Column("rest_level", sa.String(length=10), nullable=False),
        sa.Column("attributes", _JSON, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.Column("modified", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("group_level IN ('forbidden', 'read', 'modify')", name=op.f("ck_items_group_level")),
        sa.CheckConstraint("owner_level IN ('forbidden', 'read', 'modify')", name=op.f("ck_items_owner_level")),
        sa.CheckConstraint("rest_level IN ('forbidden', 'read', 'modify')", name=op.f("ck_items_rest_level")),
        sa.CheckConstraint("owner_group_id IS NULL OR owner_role_id IS NULL", name=op.f("ck_items_one_owner_group")),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_items_account_id_business_unit_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_items_account_id")),
        sa.PrimaryKeyConstraint("account_id", "type", "id", name=op.f("pk_items")),
    )
    op.create_index("ix_items_owner", "items", ["account_id", "owner_id"])
    op.create_index("ix_items_unit", "items", ["account_id", "business_unit_id"])

    op.create_table(
        "individual_permissions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("permission", _KEY, nullable=False),
        sa.Column("effect", sa.String(length=5), nullable=False),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts", base.UTCDateTime(), nullable=True),
        sa.Column("expires", base.UTCDateTime(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("effect IN ('allow', 'deny')", name=op.f("ck_individual_permissions_effect")),
        sa.CheckConstraint("reach IN ('account', 'unit', 'subtree')", name=op.f("ck_individual_permissions_reach")),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_individual_permissions_account_id_business_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_individual_permissions_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_individual_permissions")),
        sa.UniqueConstraint(
            "account_id",
            "user_id",
            "permission",
            "effect",
            "business_unit_id",
            "reach",
            name="uq_individual_permissions_given",
        ),
    )
    op.create_table(
        "item_defaults",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("user_id", base.Id(), nullable=False),
        sa.Column("type", _KEY, nullable=False),
        sa.Column("owner_group_id", base.Id(), nullable=True),
        sa.Column("owner_role_id", base.Id(), nullable=True),
        sa.Column("owner_level", sa.String(length=10), nullable=False),
        sa.Column("group_level", sa.String(length=10), nullable=False),
        sa.Column("rest_level", sa.String(length=10), nullable=False),
        sa.CheckConstraint("group_level IN ('forbidden', 'read', 'modify')", name=op.f("ck_item_defaults_group_level")),
        sa.CheckConstraint("owner_level IN ('forbidden', 'read', 'modify')", name=op.f("ck_item_defaults_owner_level")),
        sa.CheckConstraint("rest_level IN ('forbidden', 'read', 'modify')", name=op.f("ck_item_defaults_rest_level")),
        sa.CheckConstraint(
            "owner_group_id IS NULL OR owner_role_id IS NULL", name=op.f("ck_item_defaults_one_owner_group")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_item_defaults_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "user_id", "type", name=op.f("pk_item_defaults")),
    )
    op.create_table(
        "item_shares",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("type", _KEY, nullable=False),
        sa.Column("item_id", _KEY, nullable=False),
        sa.Column("business_unit_id", base.Id(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.CheckConstraint("level IN ('read', 'modify')", name=op.f("ck_item_shares_level")),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_item_shares_account_id_business_unit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "type", "item_id"],
            ["items.account_id", "items.type", "items.id"],
            name=op.f("fk_item_shares_account_id_type_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "type", "item_id", "business_unit_id", name=op.f("pk_item_shares")),
    )
    op.create_index("ix_item_shares_unit", "item_shares", ["account_id", "business_unit_id"])

    op.create_table(
        "data_filters",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("id", base.Id(), nullable=False),
        sa.Column("record_type", _KEY, nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("business_unit_id", base.Id(), nullable=True),
        sa.Column("assignment_id", base.Id(), nullable=True),
        sa.Column("created", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(business_unit_id IS NULL) <> (assignment_id IS NULL)", name=op.f("ck_data_filters_one_holder")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "assignment_id"],
            ["role_assignments.account_id", "role_assignments.id"],
            name=op.f("fk_data_filters_account_id_assignment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            name=op.f("fk_data_filters_account_id_business_unit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_data_filters")),
        sa.UniqueConstraint("account_id", "assignment_id", "record_type", name="uq_data_filters_assignment"),
        sa.UniqueConstraint("account_id", "business_unit_id", "record_type", name="uq_data_filters_unit"),
    )
    op.add_column("accounts", sa.Column("subject_form", sa.String(10), server_default="userName", nullable=False))
    op.add_column("accounts", sa.Column("finds_external_id", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, kind in _OF_ROLES.items():
        op.add_column("roles", sa.Column(name, kind, nullable=True))
    op.add_column("roles", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("roles", sa.Column("access_revision", sa.Integer(), server_default="0", nullable=False))
    # A primary key cannot be changed in place on SQLite; no table hangs on this one.
    _rebuild_permissions("account_id", "role_id", "permission", "effect", extra=[sa.Column("condition", sa.Text())])


def downgrade() -> None:
    # Before this, a role had one effect at a node: the denial is kept, without its condition.
    op.execute(
        "DELETE FROM role_permissions WHERE effect = 'allow' AND EXISTS (SELECT 1 FROM role_permissions AS other"
        " WHERE other.account_id = role_permissions.account_id AND other.role_id = role_permissions.role_id"
        " AND other.permission = role_permissions.permission AND other.effect = 'deny')"
    )
    _rebuild_permissions("account_id", "role_id", "permission", extra=[])
    # Never in a batch: SQLite would rebuild a table on which others hang.
    for name in ("access_revision", "revision", *reversed(_OF_ROLES)):
        op.drop_column("roles", name)
    op.drop_column("accounts", "finds_external_id")
    op.drop_column("accounts", "subject_form")
    for name in (
        "data_filters",
        "item_shares",
        "item_defaults",
        "individual_permissions",
        "items",
        "default_roles",
        "installation_keys",
        "idempotent_answers",
    ):
        op.drop_table(name)


def _rebuild_permissions(*key: str, extra: list[sa.Column[str]]) -> None:
    op.rename_table("role_permissions", "former_permissions")
    if op.get_bind().dialect.name == "postgresql":
        # Names of constraints are unique in a schema there.
        op.drop_constraint("pk_role_permissions", "former_permissions")
    op.create_table(
        "role_permissions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=False),
        sa.Column("permission", _KEY, nullable=False),
        sa.Column("effect", sa.String(5), nullable=False),
        *extra,
        sa.CheckConstraint("effect IN ('allow', 'deny')", name=op.f("ck_role_permissions_effect")),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_role_permissions_account_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_role_permissions")),
    )
    columns = ", ".join(_PERMISSIONS)
    op.execute(f"INSERT INTO role_permissions ({columns}) SELECT {columns} FROM former_permissions")  # noqa: S608  names of columns, no input
    op.drop_table("former_permissions")
