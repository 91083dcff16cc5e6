"""Give somebody a role, end one, or give it another end; each after one has seen what that means."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from app.services import assignments, grants, roles, units
from app.services.errors import NotFound
from app.services.foreseen import Foreseen
from app.services.giving import Giving
from app.services.grants import GrantFacts
from app.services.users import PersonFacts
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_frame import find, path_of
from app.web.language import say

person_roles_face = shell.console_face("console_person_roles")
_GIVE = "/roles/give"
_FIELDS = ("role", "unit", "children", "starts", "expires", "reason")


@person_roles_face.page("GET", "/console/people/<person>/roles/give", needs="administrator", step_up=True)
def ask_give(person: str) -> Response:
    """The form to give a role."""
    return _give_page(find(person), acts.empty(*_FIELDS), None)


@person_roles_face.page("POST", "/console/people/<person>/roles/give", needs="administrator", step_up=True)
def give(person: str) -> Response:
    """Give a role by hand: where, from when, until when."""
    found, values = find(person), forms.sent()
    problems = when_wrong(values) | ({} if values.get("role") else {"role": say("act.role.missing")})
    if problems:
        return _give_page(found, forms.wrong(values, **problems), None)
    starts, expires = (acts.moment(values.get(name, "")) for name in ("starts", "expires"))
    return acts.decide(
        values,
        [found.id],
        lambda: assignments.assign(
            *shell.here(),
            giving_of(values, (found.id,)),
            reason=values.get("reason", ""),
            starts=starts,
            expires=expires,
        ),
        lambda form, foreseen: _give_page(found, form, foreseen),
        lambda _: shell.go(path_of(found, "/access"), "role_given"),
    )


@person_roles_face.page("GET", "/console/people/<person>/roles/<grant>/end", needs="administrator", step_up=True)
def ask_end(person: str, grant: str) -> Response:
    """Before a role is taken back."""
    found = find(person)
    return _of_grant(found, _own(found, grant), "end", acts.empty("reason"), None)


@person_roles_face.page("POST", "/console/people/<person>/roles/<grant>/end", needs="administrator", step_up=True)
def end(person: str, grant: str) -> Response:
    """Take back a role that was given by hand; what role mapping gives stays."""
    found, values = find(person), forms.sent()
    held = _own(found, grant)
    return acts.decide(
        values,
        [found.id],
        lambda: assignments.unassign(*shell.here(), _giving_again(held), reason=values.get("reason", "")),
        lambda form, foreseen: _of_grant(found, held, "end", form, foreseen),
        lambda _: shell.go(path_of(found, "/access"), "role_ended"),
    )


@person_roles_face.page("GET", "/console/people/<person>/roles/<grant>/extend", needs="administrator", step_up=True)
def ask_extend(person: str, grant: str) -> Response:
    """The form to give a role another end."""
    found = find(person)
    held = _own(found, grant)
    manual = next((one for one in held.sources if one.kind == "manual"), None)
    form = acts.empty("reason", expires=acts.field_of(manual.expires if manual else None))
    return _of_grant(found, held, "extend", form, None)


@person_roles_face.page("POST", "/console/people/<person>/roles/<grant>/extend", needs="administrator", step_up=True)
def extend(person: str, grant: str) -> Response:
    """Give a role that was given by hand another end, or none."""
    found, values = find(person), forms.sent()
    held, problems = _own(found, grant), when_wrong(values)
    if problems:
        return _of_grant(found, held, "extend", forms.wrong(values, **problems), None)
    expires = acts.moment(values.get("expires", ""))
    return acts.decide(
        values,
        [found.id],
        lambda: assignments.extend(
            *shell.here(), _giving_again(held), expires=expires, reason=values.get("reason", "")
        ),
        lambda form, foreseen: _of_grant(found, held, "extend", form, foreseen),
        lambda _: shell.go(path_of(found, "/access"), "role_extended"),
    )


def giving_of(values: Mapping[str, str], users: tuple[str, ...]) -> Giving:
    """What a form says shall be given to these users."""
    return Giving(values["role"], users, unit=values.get("unit") or None, children=bool(values.get("children")))


def when_wrong(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the moments of a form."""
    problems: dict[str, str] = {}
    for name in ("starts", "expires"):
        try:
            acts.moment(values.get(name, ""))
        except ValueError:
            problems[name] = say("act.moment.wrong")
    return problems


def _own(person: PersonFacts, grant: str) -> GrantFacts:
    """A role that was given to just this person. Raises NotFound."""
    found = grants.get_grant(*shell.here(), grant)
    if (found.principal_kind, found.principal_id) != ("user", person.id):
        raise NotFound("there is no assignment of this id to this person", "assignment", grant)
    return found


def _giving_again(held: GrantFacts) -> Giving:
    return Giving(held.role_id, (held.principal_id,), unit=held.unit, children=held.reach == "subtree")


def _give_page(person: PersonFacts, form: Form, foreseen: Foreseen[assignments.Done] | None) -> Response:
    here = shell.here()
    return person_frame.act(
        person,
        "give",
        form,
        foreseen,
        path=_GIVE,
        back="/access",
        roles=roles.list_roles(*here),
        units=units.list_units(*here),
    )


def _of_grant(
    person: PersonFacts, held: GrantFacts, name: str, form: Form, foreseen: Foreseen[assignments.Done] | None
) -> Response:
    return person_frame.act(person, name, form, foreseen, path=f"/roles/{held.id}/{name}", back="/access", grant=held)
