"""What happened to something in order, who belongs to a unit, and how userNames end: told by indexes alone.

The same indexes as before, each with one more column at its end, and one of the few sources that begin or end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_WHERE = {
    "ix_users_home_unit": "home_unit_id IS NOT NULL",
    "ix_assignment_sources_dated": "starts IS NOT NULL OR expires IS NOT NULL",
}
_LONGER = (
    ("ix_audit_events_target", "audit_events", ("account_id", "target_kind", "target_id"), "sequence"),
    ("ix_unit_memberships_unit", "unit_memberships", ("account_id", "business_unit_id"), "user_id"),
    ("ix_users_home_unit", "users", ("account_id", "home_unit_id"), "id"),
    ("ix_users_account_user_name", "users", ("account_id", "user_name_key"), "id"),
)


def upgrade() -> None:
    for name, table, columns, last in _LONGER:
        op.drop_index(name, table)
        _create(name, table, [*columns, last])
    _create("ix_assignment_sources_dated", "assignment_sources", ["account_id", "assignment_id"])


def downgrade() -> None:
    op.drop_index("ix_assignment_sources_dated", "assignment_sources")
    for name, table, columns, _ in reversed(_LONGER):
        op.drop_index(name, table)
        _create(name, table, list(columns))


def _create(name: str, table: str, columns: list[str]) -> None:
    where = sa.text(_WHERE[name]) if name in _WHERE else None
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
