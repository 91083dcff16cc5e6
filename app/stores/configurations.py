"""Documents that were applied to an account, and which objects belong to the last one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Table, bindparam, insert, select, update

from app.models.base import Id, new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import CONFIGURATIONS, DIRECTORIES, GROUPS, ROLES, RULES, SEPARATIONS, UNITS
from app.stores.lists import one_of
from app.stores.portions import portions
from scim.keys import fold

Kind = Literal["unit", "role", "rule", "separation"]
KINDS: dict[Kind, Table] = {"unit": UNITS, "role": ROLES, "rule": RULES, "separation": SEPARATIONS}
_ACCOUNT, _ID = bindparam("b_account", type_=Id()), bindparam("b_id", type_=Id())


@dataclass(frozen=True, slots=True)
class Stored:
    """A document with what became of it."""

    id: str
    status: str
    file: str
    hash: str
    document: dict[str, Any]
    digest: str
    needs: list[dict[str, str]]
    reason: str
    author: str
    author_id: str | None
    created: datetime
    decided_by: str | None
    decided_by_id: str | None
    applied: datetime | None
    state: dict[str, Any] | None


_STORED = select(*(CONFIGURATIONS.c[name] for name in Stored.__slots__)).where(CONFIGURATIONS.c.account_id == _ACCOUNT)
_LATEST = Prepared(
    _STORED.where(CONFIGURATIONS.c.status == "applied")
    .order_by(CONFIGURATIONS.c.applied.desc(), CONFIGURATIONS.c.id.desc())
    .limit(1)
)
_ONE = Prepared(_STORED.where(CONFIGURATIONS.c.id == _ID))
_LOCKED = Prepared(_STORED.where(CONFIGURATIONS.c.id == _ID).with_for_update())
_PROPOSED = Prepared(_STORED.where(CONFIGURATIONS.c.status == "proposed").order_by(CONFIGURATIONS.c.id))
_OWNED = {
    kind: Prepared(select(rows.c.id).where(rows.c.account_id == _ACCOUNT, rows.c.from_code))
    for kind, rows in KINDS.items()
}
_IS_OWNED = {
    kind: Prepared(select(rows.c.from_code).where(rows.c.account_id == _ACCOUNT, rows.c.id == _ID))
    for kind, rows in KINDS.items()
}
_NAMED = {
    kind: Prepared(
        select(rows.c.id, (rows.c.key if kind == "unit" else rows.c.name).label("name"), rows.c.from_code).where(
            rows.c.account_id == _ACCOUNT, (rows.c.key if kind == "unit" else rows.c.name_key) == bindparam("b_name")
        )
    )
    for kind, rows in KINDS.items()
}
_GROUPS = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name)
    .join(DIRECTORIES, (DIRECTORIES.c.account_id == GROUPS.c.account_id) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
    .where(GROUPS.c.account_id == _ACCOUNT, one_of(GROUPS.c.id, "b_ids"))
)
_RULES = Prepared(
    select(RULES.c.id, RULES.c.name, RULES.c.from_code).where(RULES.c.account_id == _ACCOUNT).order_by(RULES.c.name_key)
)


def latest_applied(session: Session, account_id: str) -> Stored | None:
    """The document that was applied last."""
    return _stored(session.execute(_LATEST, {"b_account": account_id}).one_or_none())


def find_configuration(session: Session, account_id: str, id: str, *, lock: bool = False) -> Stored | None:
    """One document by its id."""
    return _stored(session.execute(_LOCKED if lock else _ONE, {"b_account": account_id, "b_id": id}).one_or_none())


def proposed(session: Session, account_id: str) -> list[Stored]:
    """The documents that wait for a second Account Owner, oldest first."""
    found = (_stored(row) for row in session.execute(_PROPOSED, {"b_account": account_id}))
    return [one for one in found if one is not None]


def _stored(row: Any) -> Stored | None:
    if row is None:
        return None
    return Stored(*row)


def insert_configuration(session: Session, account_id: str, values: Mapping[str, Any]) -> str:
    """Keep a document; its id."""
    id = new_id()
    session.execute(insert(CONFIGURATIONS).values(account_id=account_id, id=id, **values))
    return id


def update_configuration(session: Session, account_id: str, id: str, **values: Any) -> None:
    """Say what became of a document."""
    here = CONFIGURATIONS.c.account_id == account_id, CONFIGURATIONS.c.id == id
    session.execute(update(CONFIGURATIONS).where(*here).values(values))


def outdate_proposals(session: Session, account_id: str) -> None:
    """Let no document wait any more."""
    here = CONFIGURATIONS.c.account_id == account_id, CONFIGURATIONS.c.status == "proposed"
    session.execute(update(CONFIGURATIONS).where(*here).values(status="outdated"))


def owned(session: Session, account_id: str, kind: Kind) -> frozenset[str]:
    """The ids of what belongs to a file."""
    return frozenset(session.execute(_OWNED[kind], {"b_account": account_id}).scalars())


def is_owned(session: Session, account_id: str, kind: Kind, id: str) -> bool:
    """Whether it belongs to a file."""
    return bool(session.execute(_IS_OWNED[kind], {"b_account": account_id, "b_id": id}).scalar())


def find_named(session: Session, account_id: str, kind: Kind, name: str) -> tuple[str, str, bool] | None:
    """Id, name and whether it belongs to a file, of a unit by its key or of another thing by its name."""
    row = session.execute(_NAMED[kind], {"b_account": account_id, "b_name": fold(name)}).one_or_none()
    return None if row is None else (row[0], row[1], bool(row[2]))


def own(session: Session, account_id: str, kind: Kind, ids: Collection[str], *, by_code: bool) -> None:
    """Let these belong to a file, or no longer."""
    rows = KINDS[kind]
    for portion in portions(sorted(ids)):
        here = rows.c.account_id == account_id, rows.c.id.in_(portion)
        session.execute(update(rows).where(*here).values(from_code=by_code))


def rules(session: Session, account_id: str) -> list[tuple[str, str, bool]]:
    """Id, name and whether it belongs to a file, of every published rule."""
    rows = session.execute(_RULES, {"b_account": account_id})
    return [(id, name, bool(from_code)) for id, name, from_code in rows]


def names_of_groups(session: Session, account_id: str, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Groups by id, with their name and that of their directory, as they are now."""
    rows = session.execute(_GROUPS, {"b_account": account_id, "b_ids": sorted(ids)})
    return {id: (name, directory) for id, name, directory in rows}
