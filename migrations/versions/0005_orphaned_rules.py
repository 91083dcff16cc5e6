"""What a mapping rule remembers of its group, and since when that is gone."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from app.models import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_COLUMNS = {
    "group_name_key": _KEY,
    "group_external_id": _KEY,
    "group_directory_id": base.Id(),
    "orphaned": base.UTCDateTime(),
}
_RULES = sa.table(
    "mapping_rules",
    sa.column("account_id", base.Id()),
    sa.column("group_id", base.Id()),
    sa.column("group_name", sa.Text()),
    *(sa.column(name, kind) for name, kind in _COLUMNS.items()),
)
_GROUPS = sa.table(
    "groups",
    sa.column("account_id", base.Id()),
    sa.column("id", base.Id()),
    sa.column("directory_id", base.Id()),
    *(sa.column(name, _KEY) for name in ("display_name", "display_name_key", "external_id")),
)
_REMEMBERED = {
    "group_name": _GROUPS.c.display_name,
    "group_name_key": _GROUPS.c.display_name_key,
    "group_external_id": _GROUPS.c.external_id,
    "group_directory_id": _GROUPS.c.directory_id,
}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("mapping_rules", sa.Column(name, kind, nullable=True))
    bound = (_GROUPS.c.account_id == _RULES.c.account_id) & (_GROUPS.c.id == _RULES.c.group_id)
    of_group = {name: sa.select(column).where(bound).scalar_subquery() for name, column in _REMEMBERED.items()}
    op.execute(sa.update(_RULES).where(sa.select(_GROUPS.c.id).where(bound).exists()).values(of_group))
    # Since when an earlier orphan is one is not known any more.
    op.execute(sa.update(_RULES).where(_RULES.c.group_directory_id.is_(None)).values(orphaned=datetime.now(UTC)))
    op.create_index(
        "ix_mapping_rules_orphaned",
        "mapping_rules",
        ["account_id", "group_directory_id"],
        sqlite_where=sa.text("orphaned IS NOT NULL"),
        postgresql_where=sa.text("orphaned IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_mapping_rules_orphaned", "mapping_rules")
    # Never in a batch: SQLite would rebuild a table on which others hang.
    for name in reversed(_COLUMNS):
        op.drop_column("mapping_rules", name)
