"""Schema extensions that accounts declare."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
_SCHEMAS = sa.table("account_schemas", sa.column("account_id", base.Id()), sa.column("document", _DOCUMENT))
_USERS = sa.table(
    "users",
    sa.column("account_id", base.Id()),
    sa.column("id", base.Id()),
    sa.column("document", sa.Text()),
    sa.column("search", _DOCUMENT),
)


def upgrade() -> None:
    op.create_table(
        "account_schemas",
        sa.Column("account_id", base.Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        sa.Column("changed", base.UTCDateTime(), nullable=False),
        sa.CheckConstraint("revision > 0", name=op.f("ck_account_schemas_revision")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_schemas_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_schemas")),
    )
    op.add_column("accounts", sa.Column("schema_revision", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    _forget_values()
    # Never in a batch: SQLite would rebuild the table of accounts, on which every other table hangs.
    op.drop_column("accounts", "schema_revision")
    op.drop_table("account_schemas")


def _forget_values() -> None:
    """The release before knows no declared attributes, so their values leave people's documents with them."""
    connection = op.get_bind()
    for account_id, declared in connection.execute(sa.select(_SCHEMAS.c.account_id, _SCHEMAS.c.document)).all():
        urns = [extension["id"] for extension in declared["extensions"]]
        query = sa.select(_USERS.c.id, _USERS.c.document, _USERS.c.search).where(_USERS.c.account_id == account_id)
        query, last = query.order_by(_USERS.c.id).limit(500), None
        while urns and (rows := connection.execute(query if last is None else query.where(_USERS.c.id > last)).all()):
            last = rows[-1].id
            for row in rows:
                document = json.loads(row.document)
                if document.keys().isdisjoint(urns):
                    continue
                kept = {name: value for name, value in document.items() if name not in urns}
                kept["schemas"] = [urn for urn in document["schemas"] if urn not in urns]
                prefixes = tuple(f"{urn.lower()}:" for urn in urns)
                search = {key: value for key, value in row.search.items() if not key.startswith(prefixes)}
                here = _USERS.c.account_id == account_id, _USERS.c.id == row.id
                values = {"document": json.dumps(kept, ensure_ascii=False, separators=(",", ":")), "search": search}
                connection.execute(sa.update(_USERS).where(*here).values(values))
