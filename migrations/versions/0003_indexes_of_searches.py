"""Indexes that answer a comparison and yield the order of a list at once; those by creation and of the inactive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SCOPE = ("account_id", "directory_id")
_EXTENDED = {
    "users": {
        "external_id": "external_id",
        "display_name": "display_name_key",
        "family_name": "family_name_key",
        "given_name": "given_name_key",
        "modified": "modified",
    },
    "groups": {"external_id": "external_id", "display_name": "display_name_key", "modified": "modified"},
}


def upgrade() -> None:
    for table, column in _extended():
        name = f"ix_{table}_{column}"
        op.drop_index(name, table)
        op.create_index(name, table, [*_SCOPE, _EXTENDED[table][column], "id"])
    for table in _EXTENDED:
        op.create_index(f"ix_{table}_created", table, [*_SCOPE, "created", "id"])
    op.create_index(
        "ix_users_inactive",
        "users",
        [*_SCOPE, "id"],
        sqlite_where=sa.text("active IS 0"),
        postgresql_where=sa.text("active IS false"),
    )


def downgrade() -> None:
    op.drop_index("ix_users_inactive", "users")
    for table in _EXTENDED:
        op.drop_index(f"ix_{table}_created", table)
    for table, column in _extended():
        name = f"ix_{table}_{column}"
        op.drop_index(name, table)
        op.create_index(name, table, [*_SCOPE, _EXTENDED[table][column]])


def _extended() -> list[tuple[str, str]]:
    return [(table, column) for table, columns in _EXTENDED.items() for column in columns]
