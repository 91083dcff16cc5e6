"""/console/roles: the roles of the account, and how another one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from app.services import role_holders, roles
from app.services.role_holders import RoleGiven
from app.services.roles import RoleFacts
from app.web import held
from app.web.console import exporting, forms, lists, shell
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.console.role_frame import description_of, path_of

roles_face = shell.console_face("console_roles")
_NEW = "/console/roles/new"
_TYPES = {
    "id": "string",
    "name": "string",
    "description": "string",
    "kind": "string",
    "privileged": "boolean",
    "copied_from": "string",
    "users": "number",
    "given": "number",
    "from_code": "boolean",
    "modified": "dateTime",
}


def kind_of(role: RoleFacts) -> str:
    """owner, default or own."""
    return "owner" if role.is_owner else "default" if role.is_default else "own"


def _record(one: RoleGiven) -> Mapping[str, Any]:
    role = one.role
    return {
        "id": role.id,
        "name": role.name,
        "description": description_of(role),
        "kind": kind_of(role),
        "privileged": role.is_privileged,
        "copied_from": role.origin_name,
        "users": one.given.users,
        "given": one.given.all,
        "from_code": role.from_code,
        "modified": role.modified,
    }


def _by_name(one: RoleGiven) -> Any:
    return one.role.name.casefold()


ROLES = Table(
    "roles",
    "/console/roles",
    AtHand(
        role_holders.list_given,
        _record,
        _TYPES,
        {
            "name": _by_name,
            "given": lambda one: (one.given.all, _by_name(one)),
            "modified": lambda one: (one.role.modified or one.role.created, _by_name(one)),
        },
    ),
    (
        Column("name", lambda one: one.role.name, "name"),
        Column("kind", lambda one: kind_of(one.role)),
        Column("given", lambda one: one.given.all, "given"),
        Column("privileged", lambda one: one.role.is_privileged),
        Column("origin", lambda one: one.role.origin_name),
        Column("description", lambda one: description_of(one.role)),
        Column("modified", lambda one: one.role.modified, "modified", usual=False),
    ),
    lists.containing("name", "description"),
    (
        Choice("kind", {one: f'kind eq "{one}"' for one in ("default", "own", "owner")}),
        Choice("privileged", {"yes": "privileged eq true", "no": "privileged eq false"}),
        Choice("given", {"nobody": "given eq 0", "somebody": "given gt 0"}),
    ),
    keeps_views=True,
)


@roles_face.page("GET", "/console/roles", needs="administrator")
def show_roles() -> Response:
    """All roles."""
    wish = lists.asked(ROLES)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("roles.html", "roles", page=lists.page(wish), kind_of=kind_of, description_of=description_of)


@roles_face.page("GET", _NEW, needs="administrator", step_up=True)
def show_new_role() -> Response:
    """A role to be made, empty or as a copy."""
    names = ("name", "description", "copy_of")
    return _form(Form({name: held.value(name, request.args.get(name, "")) for name in names}))


@roles_face.page("POST", _NEW, needs="administrator", step_up=True)
def make_role() -> Response:
    """Make it; then one says what it gives."""
    values = forms.sent()
    try:
        if values.get("copy_of"):
            described = values.get("description") or None
            made = roles.copy_role(*shell.here(), values["copy_of"], values.get("name", ""), described)
        else:
            made = roles.create_role(*shell.here(), values.get("name", ""), values.get("description", ""))
    except shell.REFUSALS as error:
        return _form(forms.refused(values, error))
    return shell.go(path_of(made.role, "" if values.get("copy_of") else "/edit"), "role_made")


def _form(form: Form) -> Response:
    every = [(one.id, one.name) for one in roles.list_roles(*shell.here())]
    return shell.show("role_new.html", "roles", status=form.status, form=form, every=every)
