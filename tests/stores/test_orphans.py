"""What is asked at each new group and each deleted person enters by an index, whatever an account has."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.models.base import now
from app.prepared import Prepared
from app.session import Session
from app.stores import orphans, possessions

ONE = {"b_account": str(uuid4()), "b_group": str(uuid4()), "b_groups": [str(uuid4())], "b_user": str(uuid4())}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "indexes"),
    [
        (
            orphans._MATCHES_OF,
            {
                "ix_mapping_bindings_orphaned",
                "ix_groups_external_id",
                "ix_groups_display_name",
                "ix_mapping_rules_pattern",
            },
        ),
        (orphans._MATCHES, {"ix_mapping_bindings_orphaned", "ix_groups_external_id", "ix_groups_display_name"}),
        (orphans._ORPHAN, {"ix_mapping_bindings_group"}),
        (
            possessions._POSSESSIONS,
            {"uq_role_assignments_user_id", "uq_assignment_sources_mapping", "ix_unit_memberships_user"},
        ),
    ],
    ids=["offers of a group", "all offers", "orphaning", "possessions"],
)
def test_sqlite_begins_with_what_is_few(session: Session, statement: Prepared, indexes: set[str]) -> None:
    """SQLite plans without statistics here, so the statement itself must leave no other way."""
    values = ONE | {"b_at": now()}
    form = statement.form(session.engine.dialect)
    driver = session.engine.raw_connection()
    try:
        lines = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {form.text}", form.bind(values))]  # type: ignore[attr-defined]
    finally:
        driver.close()
    entered = {
        line.split(" INDEX ")[1].split(" ")[0] for line in lines if line.startswith("SEARCH") and " INDEX " in line
    }
    named = {"sqlite_autoindex_roles_1", "sqlite_autoindex_business_units_1", "sqlite_autoindex_mapping_rules_1"}
    named |= {"sqlite_autoindex_users_1", "sqlite_autoindex_groups_1"}
    assert entered - named == indexes
    assert not [
        line
        for line in lines
        if line.startswith("SCAN") and not line.endswith(("CONSTANT ROW",)) and "json_each" not in line
    ]
