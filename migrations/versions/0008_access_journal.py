"""An append-only journal of what is no longer so, kept by triggers; memberships and what roles say know since when.

Whoever rebuilds one of these tables on SQLite later has to make its triggers again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_CLOCK = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000', 'now')", "postgresql": "clock_timestamp()"}


class _Kept(NamedTuple):
    """A table whose rows are kept when they end or one of these columns changes.

    ``about`` is what entries are looked up by, one of several columns; ``since`` says when a row was made.
    """

    fact: str
    table: str
    columns: tuple[str, ...]
    about: tuple[str, ...] = ("id",)
    since: str | None = "created"
    account: str = "account_id"


_GRANTED = ("granted_by", "reason", "starts", "expires")
_EVERY = (
    _Kept("membership", "memberships", ("group_id", "user_id"), ("user_id",), "since"),
    _Kept("nesting", "nestings", ("group_id", "child_id"), ("child_id",), "since"),
    _Kept("user", "users", ("id", "active", "home_unit_id")),
    _Kept("group", "groups", ("id", "directory_id", "display_name")),
    _Kept("directory", "directories", ("id", "name")),
    _Kept("unit", "business_units", ("id", "parent_id", "key", "name")),
    _Kept(
        "unit_membership",
        "unit_memberships",
        ("id", "user_id", "business_unit_id", "with_children", "kind", "rule_id", "group_id", "expires"),
        ("user_id",),
    ),
    _Kept("role", "roles", ("id", "name", "description", "is_default", "is_owner", "is_privileged")),
    _Kept(
        "role_permission", "role_permissions", ("role_id", "permission", "effect", "condition"), ("role_id",), "since"
    ),
    _Kept(
        "assignment",
        "role_assignments",
        ("id", "role_id", "user_id", "group_id", "principal_unit_id", "business_unit_id", "reach"),
        ("user_id", "group_id", "principal_unit_id"),
    ),
    _Kept(
        "source",
        "assignment_sources",
        ("id", "assignment_id", "kind", "rule_id", "group_id", *_GRANTED),
        ("assignment_id",),
    ),
    _Kept(
        "individual",
        "individual_permissions",
        ("id", "user_id", "permission", "effect", "business_unit_id", "reach", *_GRANTED),
        ("user_id",),
    ),
    _Kept(
        "data_filter",
        "data_filters",
        ("id", "record_type", "filter", "business_unit_id", "assignment_id"),
        ("business_unit_id", "assignment_id"),
    ),
    _Kept("rule", "mapping_rules", ("id", "name", "first_revision", "where_filter"), since=None),
    _Kept("catalogue", "accounts", ("id", "catalogue"), since=None, account="id"),
)
_ENTRY = "INSERT INTO access_journal (account_id, at, since, fact, change, about_id, was)"
_BEGAN = "(SELECT max(at) FROM access_journal WHERE account_id = OLD.account_id AND fact = 'journal')"
_REFUSAL = "the access journal is only ever added to"


def upgrade() -> None:
    op.create_table(
        "access_journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("at", base.UTCDateTime(), nullable=False),
        sa.Column("since", base.UTCDateTime(), nullable=True),
        sa.Column("fact", sa.String(length=20), nullable=False),
        sa.Column("change", sa.String(length=6), nullable=False),
        sa.Column("about_id", base.Id(), nullable=False),
        sa.Column("was", _JSON, nullable=False),
        sa.CheckConstraint("change IN ('begin', 'change', 'end')", name=op.f("ck_access_journal_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_journal")),
    )
    op.create_index("ix_access_journal_about", "access_journal", ["account_id", "fact", "about_id", "at"])
    began = datetime.now(UTC)
    if _dialect() == "postgresql":
        for table in ("memberships", "nestings", "role_permissions"):
            # With a constant, no row has to be written anew.
            op.add_column(table, sa.Column("since", base.UTCDateTime(), server_default=str(began), nullable=False))
            op.alter_column(table, "since", server_default=sa.text(_CLOCK["postgresql"]))
    else:
        _rebuild(since=began)
    op.execute(
        sa.text(f"{_ENTRY} SELECT id, :began, NULL, 'journal', 'begin', id, '{{}}' FROM accounts").bindparams(  # noqa: S608  constants of this file, no input
            sa.bindparam("began", began, type_=base.UTCDateTime())
        )
    )
    for kept in _EVERY:
        for statement in _triggers(kept):
            op.execute(statement)
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    for kept in _EVERY:
        for change in ("end", "change"):
            _drop_trigger(f"journal_{kept.fact}_{change}", kept.table)
    op.drop_table("access_journal")
    if _dialect() == "postgresql":
        op.execute("DROP FUNCTION journal_refuse()")
        for table in ("memberships", "nestings", "role_permissions"):
            op.drop_column(table, "since")
    else:
        _rebuild(since=None)


def _triggers(kept: _Kept) -> list[str]:
    """Those that tell of a row that ends, and of one that changes."""
    watched = [name for name in kept.columns if name != "id"]
    of = f"AFTER UPDATE OF {', '.join(watched)} ON {kept.table}"
    end, change = f"journal_{kept.fact}_end", f"journal_{kept.fact}_change"
    if _dialect() == "sqlite":
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in watched)
        return [
            f"CREATE TRIGGER {end} AFTER DELETE ON {kept.table} BEGIN {_entry(kept, 'end', 'OLD')}; END",
            f"CREATE TRIGGER {change} {of} WHEN {differs} BEGIN {_entry(kept, 'change', 'OLD')}; END",
        ]
    differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in watched)
    return [
        _function(end, f"{_entry(kept, 'end', 'gone')} FROM gone"),
        f"CREATE TRIGGER {end} AFTER DELETE ON {kept.table} REFERENCING OLD TABLE AS gone"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {end}()",
        _function(change, _entry(kept, "change", "OLD")),
        # By the row: most updates touch nothing that is kept, and these are not even looked at.
        f"CREATE TRIGGER {change} {of} FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION {change}()",
    ]


def _entry(kept: _Kept, change: str, row: str) -> str:
    build = {"sqlite": "json_object", "postgresql": "jsonb_build_object"}[_dialect()]
    was = ", ".join(f"'{name}', {row}.{name}" for name in kept.columns)
    found = [f"{row}.{name}" for name in kept.about]
    about = f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]
    values = (
        f"{row}.{kept.account}",
        _CLOCK[_dialect()],
        f"{row}.{kept.since}" if kept.since else "NULL",
        f"'{kept.fact}'",
        f"'{change}'",
        about,
        f"{build}({was})",
    )
    return f"{_ENTRY} SELECT {', '.join(values)}"


def _guards() -> list[str]:
    """Entries are not changed, and not deleted while somebody may ask for a moment that needs them."""
    if _dialect() == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        return [
            f"CREATE TRIGGER journal_kept BEFORE UPDATE ON access_journal {refuse}",
            f"CREATE TRIGGER journal_needed BEFORE DELETE ON access_journal"
            f" WHEN OLD.at >= coalesce({_BEGAN}, '') {refuse}",
        ]
    refuse = "EXECUTE FUNCTION journal_refuse()"
    needed = f"IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN IF OLD.at < {_BEGAN} THEN RETURN OLD; END IF; END IF;"
    return [
        f"CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {needed} RAISE EXCEPTION '{_REFUSAL}'; END $$",
        f"CREATE TRIGGER journal_kept BEFORE UPDATE OR DELETE ON access_journal FOR EACH ROW {refuse}",
        f"CREATE TRIGGER journal_needed BEFORE TRUNCATE ON access_journal FOR EACH STATEMENT {refuse}",
    ]


def _function(name: str, statement: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$"


def _drop_trigger(name: str, table: str) -> None:
    if _dialect() == "postgresql":
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
    else:
        op.execute(f"DROP TRIGGER {name}")


def _rebuild(since: datetime | None) -> None:
    """On SQLite no column is added whose default is not constant; no table hangs on any of these."""
    _anew("memberships", "user", "users", since)
    _anew("nestings", "child", "groups", since)
    former = _aside("role_permissions")
    op.create_table(
        "role_permissions",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("role_id", base.Id(), nullable=False),
        sa.Column("permission", _KEY, nullable=False),
        sa.Column("effect", sa.String(5), nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        *_since(since),
        sa.CheckConstraint("effect IN ('allow', 'deny')", name=op.f("ck_role_permissions_effect")),
        sa.ForeignKeyConstraint(
            ["account_id", "role_id"],
            ["roles.account_id", "roles.id"],
            name=op.f("fk_role_permissions_account_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "role_id", "permission", "effect", name=op.f("pk_role_permissions")),
    )
    _fill("role_permissions", former, ("account_id", "role_id", "permission", "effect", "condition"), since)


def _anew(table: str, member: str, of: str, since: datetime | None) -> None:
    op.drop_index(f"ix_{table}_{member}", table)
    former, columns = _aside(table), ("account_id", "group_id", f"{member}_id")
    op.create_table(
        table,
        *(sa.Column(name, base.Id(), nullable=False) for name in columns),
        *_since(since),
        *(
            sa.ForeignKeyConstraint(
                ["account_id", column],
                [f"{target}.account_id", f"{target}.id"],
                name=op.f(f"fk_{table}_account_id_{column}"),
                ondelete="CASCADE",
            )
            for column, target in (("group_id", "groups"), (f"{member}_id", of))
        ),
        sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    _fill(table, former, columns, since)
    op.create_index(f"ix_{table}_{member}", table, ["account_id", f"{member}_id", "group_id"])


def _since(since: datetime | None) -> list[sa.Column[datetime]]:
    default = sa.text(f"({_CLOCK['sqlite']})")
    return [sa.Column("since", base.UTCDateTime(), server_default=default, nullable=False)] if since else []


def _aside(table: str) -> str:
    op.rename_table(table, f"former_{table}")
    return f"former_{table}"


def _fill(table: str, former: str, columns: tuple[str, ...], since: datetime | None) -> None:
    names = ", ".join(columns)
    into, values = (f"{names}, since", f"{names}, :since") if since else (names, names)
    statement = sa.text(f"INSERT INTO {table} ({into}) SELECT {values} FROM {former}")  # noqa: S608  names of tables, no input
    if since:
        statement = statement.bindparams(sa.bindparam("since", since, type_=base.UTCDateTime()))
    op.execute(statement)
    op.drop_table(former)


def _dialect() -> str:
    return op.get_bind().dialect.name
