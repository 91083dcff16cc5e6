"""Counts of a directory's users and groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = ("user_count", "group_count", "removals")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("directories", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.execute(
        "UPDATE directories SET user_count = (SELECT count(*) FROM users"
        " WHERE users.account_id = directories.account_id AND users.directory_id = directories.id)"
    )
    op.execute(
        "UPDATE directories SET group_count = (SELECT count(*) FROM groups"
        " WHERE groups.account_id = directories.account_id AND groups.directory_id = directories.id)"
    )


def downgrade() -> None:
    # Never in a batch: SQLite would rebuild a table on which others hang.
    for name in reversed(_COLUMNS):
        op.drop_column("directories", name)
