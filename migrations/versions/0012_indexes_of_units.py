"""Who and what hangs on a unit or a group, and who has an externalId whatever its case, by index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LOWER = sa.text("lower(external_id)")
_INDEXES = (
    (
        "ix_users_external_id_lower",
        "users",
        (_LOWER, "external_id", "id"),
        sa.text("external_id <> lower(external_id)"),
    ),
    ("ix_users_home_unit", "users", ("home_unit_id",), sa.text("home_unit_id IS NOT NULL")),
    ("ix_unit_memberships_unit", "unit_memberships", ("business_unit_id",), None),
    ("ix_items_owner_group", "items", ("owner_group_id",), sa.text("owner_group_id IS NOT NULL")),
)


def upgrade() -> None:
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, ["account_id", *columns], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _columns, _where in reversed(_INDEXES):
        op.drop_index(name, table)
