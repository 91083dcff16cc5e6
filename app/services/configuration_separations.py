"""Separations of duties, as a configuration has them."""

from __future__ import annotations

from app.services import separations
from app.services.configuration_state import differences
from app.services.configuration_work import Work
from rbac.configuration_document import SeparationLines
from scim.keys import fold


def carry_out(work: Work) -> None:
    """Make and change separations, before rules are held against them."""
    for entry in work.document.separations or ():
        with work.at(entry.place):
            _separation(work, entry)


def delete(work: Work) -> None:
    """Forget those that belonged to the file, which names them no more."""
    for one in separations.list_separations(*work.here):
        if one.id not in work.gone("separation"):
            continue
        if work.document.separations is not None:
            separations.delete_separation(*work.here, one.id)
        work.did("separation", one.name, "release" if work.document.separations is None else "delete")


def _separation(work: Work, entry: SeparationLines) -> None:
    known = {fold(one.name): one for one in separations.list_separations(*work.here)}
    present = known.get(fold(entry.name.strip()))
    if present is None:
        made = separations.create_separation(*work.here, entry.name, entry.permissions, entry.reason)
        work.keep("separation", made.id, made.name, is_new=True)
        work.did("separation", made.name, "create", *differences({}, _said(made)))
        return
    work.keep("separation", present.id, present.name)
    done = separations.edit_separation(
        *work.here, present.id, name=entry.name, permissions=entry.permissions, reason=entry.reason
    )
    lines = differences(_said(present), _said(done))
    if lines:
        work.did("separation", done.name, "change", *lines)


def _said(one: separations.Separation) -> dict[str, object]:
    return {"name": one.name, "reason": one.reason, "permissions": list(one.permissions)}
