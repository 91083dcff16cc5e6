"""/console/people/<id>: who somebody is, where that comes from; a profile made by hand is changed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from app.services import session_control, users
from app.services.users import PersonFacts
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_frame import find, path_of
from app.web.told_attributes import told

person_face = shell.console_face("console_person")
_FIELDS = ("user_name", "display_name", "given_name", "family_name", "email", "title", "language", "external_id")
_NAMED = {"user_name", "display_name", "external_id"}


@person_face.page("GET", "/console/people/<person>", needs="administrator")
def show_person(person: str) -> Response:
    """The profile: what SCIM knows of somebody, and who says so."""
    found = find(person)
    return person_frame.show(found, "profile", attributes=list(told(found.attributes)))


@person_face.page("GET", "/console/people/<person>/edit", needs="administrator")
def edit_person(person: str) -> Response:
    """The profile of somebody made by hand, to be changed."""
    found = find(person)
    return _form(found, Form(profile_values(found)))


@person_face.page("POST", "/console/people/<person>/edit", needs="administrator")
def change_person(person: str) -> Response:
    """Change the profile."""
    found, values = find(person), forms.sent()
    try:
        users.change_user(*shell.here(), found.id, changes(values, found.attributes))
    except shell.REFUSALS as error:
        return _form(found, forms.refused(values, error))
    return shell.go(path_of(found), "person_changed")


@person_face.page("GET", "/console/people/<person>/deactivate", needs="administrator", step_up=True)
def ask_deactivate(person: str) -> Response:
    """Before somebody is deactivated."""
    return _turn_page(find(person), False)


@person_face.page("POST", "/console/people/<person>/deactivate", needs="administrator", step_up=True)
def deactivate(person: str) -> Response:
    """Let somebody do nothing any more, until they are activated again."""
    return _turn(find(person), False)


@person_face.page("GET", "/console/people/<person>/activate", needs="administrator", step_up=True)
def ask_activate(person: str) -> Response:
    """Before somebody is activated again."""
    return _turn_page(find(person), True)


@person_face.page("POST", "/console/people/<person>/activate", needs="administrator", step_up=True)
def activate(person: str) -> Response:
    """Let somebody have again what they had before."""
    return _turn(find(person), True)


@person_face.page("GET", "/console/people/<person>/delete", needs="administrator", step_up=True)
def ask_delete(person: str) -> Response:
    """Before somebody is deleted."""
    found = find(person)
    return person_frame.act(found, "delete", Form(), None, path="/delete")


@person_face.page("POST", "/console/people/<person>/delete", needs="administrator", step_up=True)
def delete(person: str) -> Response:
    """Delete somebody of the account's own directory, with all they had."""
    found = find(person)
    return acts.decide(
        forms.sent(),
        [found.id],
        lambda: users.delete_user(*shell.here(), found.id),
        lambda form, foreseen: person_frame.act(found, "delete", form, foreseen, path="/delete"),
        lambda _: shell.go("/console/people", "person_deleted"),
    )


def profile_values(person: PersonFacts) -> dict[str, str]:
    """A profile as the form has it."""
    given, named = person.attributes, person.attributes.get("name") or {}
    return {
        "user_name": person.user_name,
        "display_name": person.display_name or "",
        "external_id": person.external_id or "",
        "given_name": str(named.get("givenName") or ""),
        "family_name": str(named.get("familyName") or ""),
        "title": str(given.get("title") or ""),
        "language": str(given.get("preferredLanguage") or ""),
        "email": str(_first(given.get("emails") or []).get("value") or ""),
    }


def changes(values: Mapping[str, str], present: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says, as ``users`` is told of it; an empty field clears."""
    said = {name: values.get(name) or None for name in _FIELDS}
    attributes: dict[str, Any] = {
        "name": {"givenName": said["given_name"], "familyName": said["family_name"]},
        "title": said["title"],
        "preferredLanguage": said["language"],
        "emails": _emails(present.get("emails") or [], said["email"]),
    }
    if not any(attributes["name"].values()):
        attributes["name"] = None
    named: dict[str, Any] = {name: said[name] for name in _NAMED} | {"user_name": said["user_name"] or ""}
    return named | {"attributes": attributes}


def _emails(present: list[dict[str, Any]], address: str | None) -> list[dict[str, Any]] | None:
    """The addresses with another one in the place of the first; the others stay."""
    first = _first(present)
    if first.get("value") == address:
        return present or None
    others = [one for one in present if one is not first]
    changed = [{"type": "work", "primary": True} | first | {"value": address}] if address else []
    return [*changed, *others] or None


def _first(emails: list[dict[str, Any]]) -> dict[str, Any]:
    return next((one for one in emails if one.get("primary") is True), emails[0] if emails else {})


def _form(person: PersonFacts, form: Form) -> Response:
    return person_frame.act(person, "edit", form, None, path="/edit")


def _turn_page(person: PersonFacts, active: bool) -> Response:
    return _turned(person, active, Form(), None)


def _turn(person: PersonFacts, active: bool) -> Response:
    return acts.decide(
        forms.sent(),
        [person.id],
        lambda: users.change_user(*shell.here(), person.id, {"active": active}),
        lambda form, foreseen: _turned(person, active, form, foreseen),
        lambda _: shell.go(path_of(person), "person_activated" if active else "person_deactivated"),
    )


def _turned(person: PersonFacts, active: bool, form: Form, foreseen: Any) -> Response:
    name = "activate" if active else "deactivate"
    open_sessions = [] if active else session_control.sessions_of(*shell.here(), person.id)
    return person_frame.act(person, name, form, foreseen, path=f"/{name}", sessions=len(open_sessions))
