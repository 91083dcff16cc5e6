"""Separations of duties: permissions that nobody should have together in one business unit.

They forbid nothing. A plan of the role mapping says whom it would give what belongs apart, before it happens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import audit
from app.models.base import new_id, now
from app.services import code_ownership, guards
from app.services.errors import Conflict, Forbidden, NotFound, Refused, Wrong
from app.services.guards import Acting
from app.session import Session
from app.stores import separations as store
from app.stores.access import SqlAccessStore
from rbac.mapping_lint import Separated
from scim.keys import fold

MOST, MOST_PERMISSIONS = 200, 50


@dataclass(frozen=True, slots=True)
class Separation:
    """A separation of duties. ``unknown`` are those of its permissions that the catalogue does not have (any more)."""

    id: str
    name: str
    reason: str
    permissions: tuple[str, ...]
    unknown: tuple[str, ...]
    created: datetime
    modified: datetime


def list_separations(session: Session, account_id: str) -> tuple[Separation, ...]:
    """All separations of an account, by name."""
    known = SqlAccessStore(session, account_id).snapshot([]).policy.catalogue.permissions
    return tuple(_shown(row, known) for row in store.all_separations(session, account_id))


def get_separation(session: Session, account_id: str, reference: str) -> Separation:
    """A separation by its id or name. Raises NotFound."""
    found = list_separations(session, account_id)
    key = fold(reference.strip())
    for one in found:
        if key in (one.id, fold(one.name)):
            return one
    raise NotFound(f"there is no separation of duties {reference!r}", "separation", reference)


def separated(session: Session, account_id: str) -> tuple[Separated, ...]:
    """The same as a plan asks about them."""
    rows = store.all_separations(session, account_id)
    return tuple(Separated(row.id, row.name, frozenset(row.permissions)) for row in rows)


def create_separation(
    session: Session, account_id: str, name: str, permissions: Collection[str], reason: str = ""
) -> Separation:
    """Make a separation. Raises Conflict for a taken name, Refused, Forbidden."""
    acting = _acting(session, account_id)
    if len(store.all_separations(session, account_id)) >= MOST:
        raise Refused(f"an account has at most {MOST} separations of duties")
    moment, id = now(), new_id()
    values = {**_values(acting, name, permissions, reason), "created": moment, "modified": moment}
    if not store.write_separation(session, account_id, id, values, new=True):
        raise Conflict(f"there is already a separation of duties named {values['name']!r}")
    audit.record(session, account_id, "separation.created", "separation", id, values["name"], None, _noted(values))
    return get_separation(session, account_id, id)


def edit_separation(
    session: Session,
    account_id: str,
    reference: str,
    *,
    name: str | None = None,
    permissions: Collection[str] | None = None,
    reason: str | None = None,
) -> Separation:
    """Change what is named. Raises NotFound, Refused, Forbidden, Conflict for a taken name or what is a file's."""
    acting = _acting(session, account_id)
    before = get_separation(session, account_id, reference)
    code_ownership.check(session, account_id, "separation", before.id, before.name)
    written = _values(
        acting,
        before.name if name is None else name,
        before.permissions if permissions is None else permissions,
        before.reason if reason is None else reason,
    )
    was = {"name": before.name, "reason": before.reason, "permissions": list(before.permissions)}
    if was == _noted(written):
        return before
    if not store.write_separation(session, account_id, before.id, {**written, "modified": now()}, new=False):
        raise Conflict(f"there is already a separation of duties named {written['name']!r}")
    name_now = written["name"]
    audit.record(session, account_id, "separation.changed", "separation", before.id, name_now, was, _noted(written))
    return get_separation(session, account_id, before.id)


def delete_separation(session: Session, account_id: str, reference: str) -> str:
    """Forget a separation; its name. Raises NotFound, Forbidden, Conflict for what belongs to a file."""
    _acting(session, account_id)
    before = get_separation(session, account_id, reference)
    code_ownership.check(session, account_id, "separation", before.id, before.name)
    store.delete_separation(session, account_id, before.id)
    was = {"name": before.name, "reason": before.reason, "permissions": list(before.permissions)}
    audit.record(session, account_id, "separation.deleted", "separation", before.id, before.name, was, None)
    return before.name


def _acting(session: Session, account_id: str) -> Acting:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner says which duties belong apart")
    return acting


def _values(acting: Acting, name: str, permissions: Collection[str], reason: str) -> dict[str, Any]:
    stripped, keys = name.strip(), sorted(set(permissions))
    if not stripped:
        raise Refused("name: a separation of duties needs one", Wrong(("name",), "must not be empty"))
    if not 2 <= len(keys) <= MOST_PERMISSIONS:
        why = f"name 2 to {MOST_PERMISSIONS} permissions that belong apart"
        raise Refused(f"permissions: {why}", Wrong(("permissions",), why))
    for number, key in enumerate(permissions):
        if key not in acting.policy.catalogue.permissions:
            why = f"the catalogue has no permission {key!r}; name single permissions, not nodes above them"
            raise Refused(f"permissions: {why}", Wrong(("permissions", number), why))
    return {"name": stripped, "name_key": fold(stripped), "reason": reason.strip(), "permissions": keys}


def _noted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": values["name"], "reason": values["reason"], "permissions": list(values["permissions"])}


def _shown(row: Any, known: Collection[str]) -> Separation:
    unknown = tuple(key for key in row.permissions if key not in known)
    return Separation(row.id, row.name, row.reason, tuple(row.permissions), unknown, row.created, row.modified)
