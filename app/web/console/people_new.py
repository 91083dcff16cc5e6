"""/console/people/new: somebody made by hand, for whoever has no directory to come from."""

from __future__ import annotations

from flask import Response

from app.services import default_roles, roles, units, users
from app.services.foreseen import Foreseen
from app.services.users import PersonFacts
from app.web import held
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person import changes
from app.web.language import say

people_new_face = shell.console_face("console_people_new")
PATH = "/console/people/new"
_FIELDS = (
    *("user_name", "display_name", "given_name", "family_name", "email", "title", "language", "external_id"),
    *("home", "roles", "chooses"),
)


@people_new_face.page("GET", PATH, needs="administrator", step_up=True)
def ask_new() -> Response:
    """The form."""
    values = acts.empty(*_FIELDS).values
    return _page(Form({**values, "roles": ",".join(held.values("roles"))}), None)


@people_new_face.page("POST", PATH, needs="administrator", step_up=True)
def make_person() -> Response:
    """Make somebody, with the account's default roles or those that were chosen; after one has seen what they get."""
    values = forms.sent() | {"roles": ",".join(forms.ticked("roles"))}
    if not values.get("user_name"):
        return _page(forms.wrong(values, user_name=say("person.new.name_missing")), None)
    given = {name: value for name, value in changes(values, {}).items() if value is not None}
    given["attributes"] = {name: value for name, value in given["attributes"].items() if value is not None}
    given["home_unit"] = values.get("home") or None
    if values.get("chooses"):
        given["roles"] = [role for role in values["roles"].split(",") if role]
    return acts.decide(
        values,
        [],
        lambda: users.create_user(*shell.here(), given),
        _page,
        lambda made: shell.go(person_frame.path_of(made), "person_made"),
    )


def _page(form: Form, foreseen: Foreseen[PersonFacts] | None) -> Response:
    here = shell.here()
    usual = [one.name for one in default_roles.get_default_roles(*here)]
    listed = roles.list_roles(*here)
    chosen = set(form.value("roles").split(","))
    names = [one.name for one in listed if one.id in chosen] if form.value("chooses") else usual
    return shell.show(
        "people_new.html",
        "people",
        status=form.status,
        title=say("people.new"),
        path=PATH,
        back="/console/people",
        form=form,
        foreseen=foreseen,
        seen=acts.seen(form.values),
        roles=listed,
        chosen=chosen,
        units=units.list_units(*here),
        usual=usual,
        gets=names,
    )
