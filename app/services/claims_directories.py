"""The directory in which the groups appear that a connection's claims name: made with it, and gone with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select

from app import audit
from app.models.base import new_id
from app.services import provisioning
from app.services.directories import CLAIMS, DIRECTORIES
from app.services.errors import Conflict
from app.session import Session
from app.stores import connections as store
from app.stores.access_tables import GROUPS
from app.stores.directory import open_directory_store
from app.stores.mapping_rules import all_rules, lock
from scim import service
from scim.keys import fold


def see_to(session: Session, row: Mapping[str, Any]) -> None:
    """Groups named by claims need a directory to appear in."""
    if row["groups_from"] != "claims" or row.get("claims_directory_id") is not None:
        return
    account_id, id = row["account_id"], new_id()
    name = f"{row['name']} (claims of {row['id'][-6:]})"
    session.execute(
        insert(DIRECTORIES).values(account_id=account_id, id=id, name=name, name_key=fold(name), preset=CLAIMS)
    )
    audit.record(session, account_id, "directory.created", "directory", id, name, after={"preset": CLAIMS})
    store.note(session, account_id, row["id"], {"claims_directory_id": id})


def empty(session: Session, row: Mapping[str, Any]) -> None:
    """Remove the groups of a connection that is about to go; what patterns gave by them, people lose.

    Raises Conflict while published rules are for these groups, since they would be left without any.
    """
    account_id, id = row["account_id"], row["claims_directory_id"]
    if id is None:
        return
    lock(session, account_id, exclusive=True)
    loaded = all_rules(session, account_id)
    bound = {one.rule_id for one in loaded.bindings if one.group.directory_id == id}
    named = [
        rule.name
        for rule in loaded.rules.rules
        if rule.directory_id == id or (rule.pattern is None and rule.id in bound)
    ]
    if named:
        raise Conflict(
            f"mapping rules are for groups that {row['name']} names: {', '.join(named[:10])}; publish a mapping "
            "without them first, whose plan shows who loses what"
        )
    groups = open_directory_store(session, account_id, id)
    here = (GROUPS.c.account_id == account_id, GROUPS.c.directory_id == id)
    for group_id in session.execute(select(GROUPS.c.id).where(*here).order_by(GROUPS.c.id)).scalars().all():
        provisioning.on_changes(groups, [service.delete(groups, "Group", group_id)])


def remove(session: Session, row: Mapping[str, Any]) -> None:
    """Remove the directory itself, once nothing leads to it."""
    account_id, id = row["account_id"], row["claims_directory_id"]
    if id is None:
        return
    here = (DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == id)
    name = session.execute(delete(DIRECTORIES).where(*here).returning(DIRECTORIES.c.name)).scalar()
    audit.record(session, account_id, "directory.removed", "directory", id, name, {"preset": CLAIMS})
