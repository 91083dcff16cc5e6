"""More about a role: its difference to its origin, where it is used, what happened to it; its name, and its end."""

from __future__ import annotations

from flask import Response

from app.services import audit_trail, role_comparison, role_places, roles
from app.services.roles import RoleDetail, RoleEdit
from app.stores.listings import Wanted
from app.web import held
from app.web.console import forms, later, lists, person_frame, role_frame, shell
from app.web.console.audit import did
from app.web.console.forms import Form
from app.web.console.role_frame import find, path_of

role_more_face = shell.console_face("console_role_more")
_ROLE = "/console/roles/<role>"
_HISTORY = 100


@role_more_face.page("GET", f"{_ROLE}/origin", needs="administrator")
def show_origin(role: str) -> Response:
    """What was changed in a copy since it was made, or what became of its origin."""
    detail = find(role)
    found = role_comparison.difference_to_origin(*shell.here(), detail.role.id)
    return role_frame.show("role_origin.html", detail, "origin", comparison=found)


@role_more_face.page("GET", f"{_ROLE}/uses", needs="administrator")
def show_uses(role: str) -> Response:
    """The rules that give it, the units and groups that have it, its copies."""
    detail = find(role)
    return role_frame.show(
        "role_uses.html", detail, "uses", places=role_places.places_of(*shell.here(), detail.role.id)
    )


@role_more_face.page("GET", f"{_ROLE}/history", needs="owner")
def show_history(role: str) -> Response:
    """What was done to it, the latest first."""
    detail = find(role)
    condition = f'target_kind eq "role" and target_id eq {lists.literal(detail.role.id)}'
    entries = audit_trail.list_entries(*shell.here(), Wanted(_HISTORY, condition))
    told = [(entry, audit_trail.differences(entry)) for entry in entries.results]
    return role_frame.show("role_history.html", detail, "history", entries=told, did=did)


@role_more_face.page("GET", f"{_ROLE}/settings", needs="administrator", step_up=True)
def show_settings(role: str) -> Response:
    """Its name, what it is for, and whether it is marked."""
    detail = find(role)
    marked = "yes" if detail.role.is_marked else ""
    values = {"name": detail.role.name, "description": detail.role.description}
    form = Form({name: held.value(name, value) for name, value in values.items()} | {"privileged": marked})
    return _settings(detail, form)


@role_more_face.page("POST", f"{_ROLE}/settings", needs="administrator", step_up=True)
def change_settings(role: str) -> Response:
    """Change them; whoever has the role keeps what it gives."""
    detail, values = find(role), forms.sent()
    edit = RoleEdit(
        name=values.get("name", ""),
        description=values.get("description", ""),
        privileged=values.get("privileged") == "yes",
    )
    try:
        roles.edit_role(*shell.here(), detail.role.id, edit, _revision(values.get("revision", "")))
    except shell.REFUSALS as error:
        return _settings(detail, forms.refused(values, error))
    return shell.go(path_of(detail.role, "/settings"), "role_renamed")


@role_more_face.page("GET", f"{_ROLE}/delete", needs="administrator", step_up=True)
def ask_delete(role: str) -> Response:
    """Who would lose what with it."""
    return _deleting(find(role), Form({"reason": held.value("reason")}))


@role_more_face.page("POST", f"{_ROLE}/delete", needs="administrator", step_up=True)
def delete_role(role: str) -> Response:
    """Take it from everybody, and remove it."""
    detail, values = find(role), forms.sent()
    revision = _revision(values.get("revision", ""))
    try:
        roles.delete_role(*shell.here(), detail.role.id, revision, values.get("reason", ""))
    except shell.REFUSALS as error:
        return _deleting(detail, forms.refused(values, error))
    return shell.go("/console/roles", "role_deleted")


def _settings(detail: RoleDetail, form: Form) -> Response:
    return role_frame.show("role_settings.html", detail, "settings", status=form.status, form=form)


def _deleting(detail: RoleDetail, form: Form) -> Response:
    here, id = shell.here(), detail.role.id
    impact = part = None
    try:
        quick = role_comparison.is_quick(*here, id)
        part = later.address(is_quick=quick or form.status != 200)
        if part is None:
            impact = role_comparison.impact_of_delete(*here, id)
    except shell.REFUSALS as error:
        form = forms.refused(form.values, error)
    return role_frame.show(
        "role_delete.html",
        detail,
        "settings",
        status=form.status,
        form=form,
        impact=impact,
        later=part,
        titles=person_frame.titles(),
    )


def _revision(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
