"""Roles of the account's own, and the roles that people get by default, as a configuration has them."""

from __future__ import annotations

from collections.abc import Iterable

from app.services import default_roles, role_comparison, roles
from app.services.configuration_work import Work
from app.services.errors import Refused, Wrong
from app.services.role_statements import InvalidRole, StatementChange, StatementFacts, facts_of
from app.services.roles import RoleEdit
from app.stores import roles as store
from app.stores.roles import RoleRow
from rbac.catalogue import shown
from rbac.configuration_document import RoleLines
from scim.keys import fold


def carry_out(work: Work) -> None:
    """Make, rename and edit roles; nothing is deleted yet."""
    for entry in work.document.roles or ():
        with work.at(entry.place, ("role", entry.name)):
            _role(work, entry)


def delete(work: Work) -> None:
    """Remove the roles that belonged to the file, which names them no more, also from whoever has them."""
    rows = {row.id: row for row in store.all_roles(*work.here)}
    for row in sorted((rows[id] for id in work.gone("role")), key=lambda row: fold(row.name)):
        if work.document.roles is None:
            work.did("role", row.name, "release")
            continue
        with work.at("roles"):
            work.impacts.append(role_comparison.impact_of_delete(*work.here, row.id))
            roles.delete_role(*work.here, row.id)
            work.did("role", row.name, "delete")


def carry_out_defaults(work: Work) -> None:
    """Let people made by hand get the roles that the document says."""
    wanted = work.document.default_roles
    if wanted is None:
        return
    before = {one.name for one in default_roles.get_default_roles(*work.here)}
    missing = {fold(name) for kind, name in work.failed if kind == "role"}
    with work.at("default_roles"):
        after = {
            one.name
            for one in default_roles.set_default_roles(*work.here, [one for one in wanted if fold(one) not in missing])
        }
        if before != after:
            work.did("default_roles", "default roles", "change", f"{_listed(before)} → {_listed(after)}")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names, key=fold)) or "none"


def _role(work: Work, entry: RoleLines) -> None:
    name = " ".join(entry.name.split())
    rows = {fold(row.name): row for row in store.all_roles(*work.here)}
    row = rows.get(fold(name)) or (rows.get(fold(entry.formerly)) if entry.formerly else None)
    if row is not None and (row.is_default or row.is_owner):
        raise Refused(
            "", Wrong(("name",), f"{row.name} is a role of the platform and locked; copy it, and name the copy")
        )
    try:
        if row is None:
            _create(work, entry, name)
        else:
            _edit(work, entry, name, row)
    except InvalidRole as error:
        raise InvalidRole([_where(entry, wrong) for wrong in error.wrong]) from error


def _where(entry: RoleLines, wrong: Wrong) -> Wrong:
    """The place in the file of what is wrong with the statement of a number."""
    _, number, *others = wrong.at
    effect = entry.entries[int(number)].effect
    before = sum(one.effect == effect for one in entry.entries[: int(number)])
    return Wrong((effect, before, *(step for step in others if step == "when")), wrong.detail)


def _create(work: Work, entry: RoleLines, name: str) -> None:
    made = roles.create_role(
        *work.here,
        name,
        entry.description,
        _statements(work, entry),
        privileged=entry.privileged,
        copied_from=entry.copied_from,
    )
    work.keep("role", made.role.id, name, is_new=True)
    said = [f"+ {line}" for line in _lines(made.statements)]
    work.did("role", name, "create", *(["marked as privileged"] if entry.privileged else []), *said)


def _edit(work: Work, entry: RoleLines, name: str, row: RoleRow) -> None:
    origin = entry.copied_from
    if origin is not None and fold(origin) != fold(row.origin_name or ""):
        raise Refused("", Wrong(("copied_from",), f"{row.name} was {_copy(row)}, which is said when a role is made"))
    work.keep("role", row.id, row.name)
    found = work.policy.roles[row.id]
    edit = RoleEdit(
        name=name,
        description=entry.description,
        statements=_statements(work, entry),
        replaces=True,
        privileged=entry.privileged,
    )
    after = roles.edited(work.policy, found, edit).statements
    was, becomes = (_lines(facts_of(work.catalogue, said)) for said in (found.statements, after))
    details = [f"- {line}" for line in was if line not in becomes]
    details += [f"+ {line}" for line in becomes if line not in was]
    if details:
        work.impacts.append(role_comparison.impact_of_edit(*work.here, row.id, edit))
    if entry.description.strip() != row.description:
        details.append(f"description: {row.description or 'none'} → {entry.description.strip() or 'none'}")
    if entry.privileged != row.marked:
        details.append("marked as privileged" if entry.privileged else "no longer marked as privileged")
    if name == row.name and not details:
        return
    roles.edit_role(*work.here, row.id, edit)
    if name != row.name:
        work.did("role", name, "rename", f"was {row.name}")
    if details:
        work.did("role", name, "change", *details)


def _lines(statements: Iterable[StatementFacts]) -> list[str]:
    return [
        f"{one.effect} {one.permission}" + (f" when {one.condition}" if one.condition else "") for one in statements
    ]


def _copy(row: RoleRow) -> str:
    return f"copied from {row.origin_name}" if row.origin_name else "made as no copy"


def _statements(work: Work, entry: RoleLines) -> tuple[StatementChange, ...]:
    return tuple(StatementChange(shown(work.catalogue, one.node), one.effect, one.when) for one in entry.entries)
