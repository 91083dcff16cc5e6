"""Roles of an account: listed, made, copied, edited and deleted.

Default roles belong to the platform profile and are locked: they can be looked at, given and copied. What a role says
is true for everybody who has it from the commit on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError

from app import audit
from app.services import code_ownership, guards, patterns, privileged_changes
from app.services.errors import Conflict, Refused, Stale
from app.services.guards import Acting
from app.services.references import role_of
from app.services.role_statements import (
    PermissionFacts,
    StatementChange,
    StatementFacts,
    Warnings,
    changed_statements,
    facts_of,
    permissions_of,
    warnings_of,
)
from app.services.timed_rights import check_lasts
from app.session import Session
from app.stores import roles as store
from app.stores.access import SqlAccessStore
from app.stores.roles import RoleRow
from rbac.model import Policy, Role, Statement
from rbac.roles import is_privileged, said, with_requirements
from scim.keys import fold

MOST_NAME, MOST_DESCRIPTION = 200, 2_000


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A role as it is listed. ``texts`` has title and description of a default role in each language.

    ``is_privileged``: it was marked so (``is_marked``) or gives something that is. ``revision`` grows with each edit.
    ``from_code``: it belongs to a file, and only files change it.
    """

    id: str
    name: str
    description: str
    is_default: bool
    is_owner: bool
    is_privileged: bool
    is_marked: bool
    texts: dict[str, Any] | None
    origin_id: str | None
    origin_name: str | None
    revision: int
    created: datetime
    modified: datetime | None
    from_code: bool


@dataclass(frozen=True, slots=True)
class RoleDetail:
    """A role with what it says, and what is questionable about that."""

    role: RoleFacts
    statements: tuple[StatementFacts, ...]
    warnings: Warnings


@dataclass(frozen=True, slots=True)
class RoleEdit:
    """What shall be different; None leaves it as it is. ``replaces``: ``statements`` are all that the role says."""

    name: str | None = None
    description: str | None = None
    statements: tuple[StatementChange, ...] | None = None
    replaces: bool = False
    privileged: bool | None = None
    add_required: bool = False


def list_roles(session: Session, account_id: str) -> tuple[RoleFacts, ...]:
    """All roles, by name."""
    return role_facts(session, account_id)


def role_facts(session: Session, account_id: str) -> tuple[RoleFacts, ...]:
    """All roles as they are listed, by name."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    rows = store.all_roles(session, account_id)
    return tuple(_facts(policy, row, policy.roles[row.id].statements) for row in rows if row.id in policy.roles)


def get_role(session: Session, account_id: str, role: str) -> RoleDetail:
    """One role by id or name. Raises NotFound, naming those there are."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    return _detail(session, account_id, policy, role_of(policy, role).id)


def preview(session: Session, account_id: str, role: str) -> tuple[PermissionFacts, ...]:
    """What a role comes to, permission by permission; what is unset is left out."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    return permissions_of(policy.catalogue, role_of(policy, role).statements)


def create_role(
    session: Session,
    account_id: str,
    name: str,
    description: str = "",
    statements: Sequence[StatementChange] = (),
    *,
    privileged: bool = False,
    add_required: bool = False,
    copied_from: str | None = None,
) -> RoleDetail:
    """Make a role of the account's own, empty unless something is given. Raises Conflict for a taken name.

    ``copied_from`` is the name of the role of which it is to be remembered as a copy, be that still there or not.
    """
    acting, _ = guards.begin(session, account_id)
    says = changed_statements(acting.policy.catalogue, (), statements, replaces=True)
    if add_required:
        says = with_requirements(acting.policy.catalogue, says)
    origin: dict[str, Any] = {}
    if copied_from is not None:
        known = {fold(one.name): one for one in acting.policy.roles.values()}.get(fold(copied_from))
        origin = {"origin_id": known.id if known else None, "origin_name": known.name if known else copied_from}
    return _insert(session, account_id, acting, name, description, says, is_privileged=privileged, **origin)


def copy_role(session: Session, account_id: str, role: str, name: str, description: str | None = None) -> RoleDetail:
    """Make a role that says what another one says; it remembers which one that was."""
    acting, _ = guards.begin(session, account_id)
    found = role_of(acting.policy, role)
    row = store.read_role(session, account_id, found.id)
    told = found.description if description is None else description
    origin = {"origin_id": found.id, "origin_name": found.name, "is_privileged": row.marked}
    return _insert(session, account_id, acting, name, told, found.statements, **origin)


def edit_role(session: Session, account_id: str, role: str, edit: RoleEdit, expected: int | None = None) -> RoleDetail:
    """Change a role of the account's own, for everybody who has it at once.

    ``expected`` is the revision that was read. Raises NotFound, Refused for a locked role and for what a role cannot
    say, Conflict for a taken name, Stale, Forbidden.
    """
    acting, _ = guards.begin(session, account_id)
    found = own_role(acting.policy, role)
    code_ownership.check(session, account_id, "role", found.id, found.name)
    row = store.read_role(session, account_id, found.id)
    _check_revision(row, expected)
    after = edited(acting.policy, found, edit)
    check_edit(acting, found, after)
    before: dict[str, Any] = {"name": row.name, "description": row.description, "is_privileged": row.marked}
    wanted: dict[str, Any] = {
        "name": _name(edit.name) if edit.name is not None else row.name,
        "description": _description(edit.description) if edit.description is not None else row.description,
        "is_privileged": edit.privileged if edit.privileged is not None else row.marked,
    }
    values = {field: value for field, value in wanted.items() if value != before[field]}
    says_something_else = set(after.statements) != set(found.statements)
    if not values and not says_something_else:
        return _detail(session, account_id, acting.policy, found.id)
    loses_mark = row.marked and not wanted["is_privileged"]
    privileged_changes.check_role(session, account_id, acting.policy, found, after, loses_mark=loses_mark)
    with _unique(session, wanted["name"]):
        store.update_role(session, account_id, found.id, **values)
    noted_before, noted_after = {field: before[field] for field in values}, dict(values)
    if says_something_else:
        store.write_statements(session, account_id, found.id, after.statements)
        noted_before["statements"] = noted(found.statements)
        noted_after["statements"] = noted(after.statements)
    audit.record(session, account_id, "role.updated", "role", found.id, row.name, noted_before, noted_after)
    patterns.rematch(session, account_id, partial(audit.record, session, account_id))
    policy = replace(acting.policy, roles={**acting.policy.roles, found.id: after})
    return _detail(session, account_id, policy, found.id)


def delete_role(
    session: Session, account_id: str, role: str, expected: int | None = None, reason: str = ""
) -> RoleFacts:
    """Remove a role of the account's own; whoever has it loses it. Raises Conflict where role mapping gives it."""
    acting, _ = guards.begin(session, account_id)
    found = own_role(acting.policy, role)
    code_ownership.check(session, account_id, "role", found.id, found.name)
    row = store.read_role(session, account_id, found.id)
    _check_revision(row, expected)
    check_edit(acting, found, replace(found, statements=()))
    rules = store.rules_using(session, account_id, found.id)
    if rules:
        raise Conflict(f"role mapping gives {found.name} by {', '.join(rules)}; publish it without that role first")
    assignments = store.assignments_of(session, account_id, found.id)
    before = {"description": row.description, "statements": noted(found.statements), "assignments": assignments}
    patterns.rematch(session, account_id, partial(audit.record, session, account_id), without=[found.id])
    store.delete_role(session, account_id, found.id)
    audit.record(session, account_id, "role.deleted", "role", found.id, row.name, before, None, reason or None)
    return _facts(acting.policy, row, found.statements)


def own_role(policy: Policy, reference: str) -> Role:
    """A role that may be edited. Raises NotFound, Refused for a default role."""
    found = role_of(policy, reference)
    if found.is_default or found.is_owner:
        raise Conflict(f"{found.name} is a default role and locked; copy it and edit the copy")
    return found


def edited(policy: Policy, role: Role, edit: RoleEdit) -> Role:
    """What a role would say after an edit. Raises InvalidRole."""
    says = role.statements
    if edit.statements is not None:
        says = changed_statements(policy.catalogue, says, edit.statements, replaces=edit.replaces)
    if edit.add_required:
        says = with_requirements(policy.catalogue, says)
    return replace(role, statements=says)


def check_edit(acting: Acting, before: Role, after: Role) -> None:
    """Whether whoever acts may make that of a role. Raises Forbidden."""
    catalogue = acting.policy.catalogue
    was, becomes = said(catalogue, before.statements), said(catalogue, after.statements)
    keys = {key for key in was.keys() | becomes.keys() if was.get(key) != becomes.get(key)}
    what = f"edit the role {before.name}"
    guards.check_role_edit(acting, before.id, keys, what)
    if keys:
        check_lasts(acting, keys, list(acting.policy.units.units), None, what, "edit_roles")


def noted(statements: Sequence[Statement]) -> list[str]:
    """Statements for the audit trail, a line each."""
    lines = (
        f"{one.effect.value} {one.node}" + (f" when {one.condition.text}" if one.condition else "")
        for one in statements
    )
    return sorted(lines)


def _insert(
    session: Session,
    account_id: str,
    acting: Acting,
    name: str,
    description: str,
    statements: tuple[Statement, ...],
    **values: Any,
) -> RoleDetail:
    called, told = _name(name), _description(description)
    keys = set(said(acting.policy.catalogue, statements))
    guards.check_role_edit(acting, None, keys, f"make the role {called}")
    with _unique(session, called):
        id = store.insert_role(session, account_id, called, description=told, **values)
    store.write_statements(session, account_id, id, statements)
    after = {"description": told, "statements": noted(statements)}
    if values.get("origin_name"):
        after["copied_from"] = values["origin_name"]
    audit.record(session, account_id, "role.created", "role", id, called, None, after)
    patterns.rematch(session, account_id, partial(audit.record, session, account_id))
    role = Role(id, called, statements, told, is_privileged=values["is_privileged"])
    policy = replace(acting.policy, roles={**acting.policy.roles, id: role})
    return _detail(session, account_id, policy, id)


def _check_revision(row: RoleRow, expected: int | None) -> None:
    if expected is not None and expected != row.revision:
        raise Stale(f"{row.name} is in revision {row.revision} now, not {expected}; read it again")


def _detail(session: Session, account_id: str, policy: Policy, id: str) -> RoleDetail:
    statements, row = policy.roles[id].statements, store.read_role(session, account_id, id)
    facts = _facts(policy, row, statements)
    return RoleDetail(facts, facts_of(policy.catalogue, statements), warnings_of(policy.catalogue, statements))


def _facts(policy: Policy, row: RoleRow, statements: Sequence[Statement]) -> RoleFacts:
    return RoleFacts(
        row.id,
        row.name,
        row.description,
        row.is_default,
        row.is_owner,
        row.marked or is_privileged(policy.catalogue, statements),
        row.marked,
        row.texts,
        row.origin_id,
        row.origin_name,
        row.revision,
        row.created,
        row.modified,
        row.from_code,
    )


def _name(name: str) -> str:
    called = " ".join(name.split())
    if not called or len(called) > MOST_NAME or not called.isprintable():
        raise Refused(f"a role needs a name of at most {MOST_NAME} printable characters")
    return called


def _description(text: str) -> str:
    if len(text) > MOST_DESCRIPTION or "\0" in text:
        raise Refused(f"a description has at most {MOST_DESCRIPTION} characters")
    return text.strip()


@contextmanager
def _unique(session: Session, name: str) -> Iterator[None]:
    try:
        with session.savepoint():
            yield
    except IntegrityError as error:
        raise Conflict(f"this account already has a role named {name!r}") from error
