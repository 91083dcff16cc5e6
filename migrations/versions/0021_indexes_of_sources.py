"""One index fewer to write wherever somebody gains or loses something by role mapping.

What is unique of the sources that rules made is in an index of all sources, which also finds those of an assignment:
sources made by hand have no rule, and what has none is equal to nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLE = "assignment_sources"
_ASSIGNMENT, _MAPPING = "ix_assignment_sources_assignment", "uq_assignment_sources_mapping"
_COLUMNS = ["account_id", "assignment_id"]


def upgrade() -> None:
    op.drop_index(_MAPPING, _TABLE)
    op.create_index(_MAPPING, _TABLE, [*_COLUMNS, "rule_id", "group_id"], unique=True)
    op.drop_index(_ASSIGNMENT, _TABLE)


def downgrade() -> None:
    op.create_index(_ASSIGNMENT, _TABLE, _COLUMNS)
    op.drop_index(_MAPPING, _TABLE)
    where = sa.text("kind = 'mapping'")
    op.create_index(
        _MAPPING,
        _TABLE,
        [*_COLUMNS, "rule_id", "group_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
