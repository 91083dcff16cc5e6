"""Migrations: both databases, both directions, and in step with the models."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from app import audit
from app.config import SettingsError
from app.db import Database
from app.migrate import alembic_config, upgrade
from app.revision import head, problem
from app.sealing import Keys
from app.services import mapping_publish
from app.stores.access_tables import BINDINGS, GROUPS, RULES
from app.stores.directory import open_directory_store
from tests.builders import a_customer, a_group
from tests.conftest import KEY


# SQLite tells nobody what such an index is made of; on PostgreSQL it is compared.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index ix_users_ext")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index ix_users_name")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index:UserWarning")
def test_models_match_the_migrations(database: Database) -> None:
    """`alembic check` finds nothing to generate."""
    with database.schema_engine.begin() as connection:
        command.check(alembic_config(connection))


def test_a_database_goes_down_and_up_again(database: Database) -> None:
    """Every migration can be undone and done again, leaving the same tables."""
    with database.schema_engine.begin() as connection:
        before = set(inspect(connection).get_table_names())
        command.downgrade(alembic_config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        connection.rollback()
    with database.schema_engine.begin() as connection:
        assert set(inspect(connection).get_table_names()) == before


def test_the_last_number_is_the_revision_that_is_needed() -> None:
    """Alembic, which follows what the migrations say of each other, ends at the same one, and at no other."""
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [head()]


def test_upgrade_says_from_where_to_where(database: Database) -> None:
    """A second upgrade has nothing to do."""
    assert upgrade(database, Keys(KEY.encode())) == (head(), head())
    assert problem(database, Keys(KEY.encode())) is None


def test_another_secret_key_is_noticed(database: Database) -> None:
    """With another key no token would be recognised, so the start is refused with a remedy."""
    assert "MUSTER_SECRET_KEY" in (problem(database, Keys(b"another key")) or "")
    with pytest.raises(SettingsError, match="MUSTER_SECRET_KEY"):
        upgrade(database, Keys(b"another key"))


def test_a2_the_trail_survives_a_new_kind_of_actor(database: Database) -> None:
    """0013: SQLite makes the table anew; what is in it stays, in its chain, and only known kinds may act."""
    customer = a_customer(database)
    with database.schema_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0012")
        command.upgrade(alembic_config(connection), "head")
        names = {one["name"] for one in inspect(connection).get_indexes("audit_events")}
    assert "ix_audit_events_target" in names
    with database.writing() as session:
        audit.begin(session, audit.Actor("setup_link", "1", "IT"))
        audit.record(session, customer.account_id, "domain.claimed", "domain", "1", "acme.example")
    with database.reading() as session:
        verdict = audit.verify(session, customer.account_id)
    assert verdict.problem is None
    assert verdict.events > 3
    with database.write_session() as session:
        audit.begin(session, audit.Actor("stranger", "1", "IT"))
        audit.record(session, customer.account_id, "domain.claimed", "domain", "1", "acme.example")
        with pytest.raises(IntegrityError):
            session.commit()


def test_rules_learn_what_their_groups_are_called(database: Database) -> None:
    """0005: from the group as it is now; a rule without its group is an orphan from then on."""
    customer = a_customer(database)
    with database.writing() as session:
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        ids = [store.insert("Group", a_group(name, externalId=name)).stored.id for name in ("ONE", "TWO")]
        rules = [{"name": id, "group": {"id": id}, "grants": [{"role": "Viewer"}]} for id in ids]
        mapping_publish.publish(session, customer.account_id, {"rules": rules}, author="test")
    here = RULES.c.account_id == customer.account_id
    with database.schema_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0004")
        assert "orphaned" not in {column["name"] for column in inspect(connection).get_columns("mapping_rules")}
        connection.execute(GROUPS.delete().where(GROUPS.c.id == ids[1]))
        former = text("UPDATE mapping_rules SET group_name = 'former' WHERE account_id = :account")
        connection.execute(former, {"account": customer.account_id})
        command.upgrade(alembic_config(connection), "head")
        rows = select(BINDINGS, RULES.c.position).join(RULES, RULES.c.id == BINDINGS.c.rule_id).where(here)
        bound, orphan = connection.execute(rows.order_by(RULES.c.name_key)).all()
        connection.rollback()
    assert (bound.group_name, bound.group_name_key, bound.group_external_id) == ("ONE", "one", "ONE")
    assert (bound.group_directory_id, bound.orphaned) == (customer.directory_id, None)
    assert (orphan.group_name, orphan.group_directory_id) == ("former", None)
    assert orphan.orphaned is not None
    assert sorted((bound.position, orphan.position)) == [0, 1]
