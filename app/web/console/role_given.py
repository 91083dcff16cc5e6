"""/console/roles/<role>/holders: who has a role and why; given to many at once, and taken back, after a look."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Response, request

from app.services import assignments, filter_places, grants, role_holders, units
from app.services.assignments import Done
from app.services.errors import Refused
from app.services.foreseen import Foreseen
from app.services.giving import Giving
from app.services.roles import RoleDetail
from app.web.console import acts, forms, person_frame, role_frame, shell
from app.web.console.forms import Form
from app.web.console.role_frame import find, path_of
from app.web.language import say

role_given_face = shell.console_face("console_role_given")
_HOLDERS = "/console/roles/<role>/holders"
_KINDS = ("people", "group", "unit")
_FIELDS = ("kind", "people", "group", "principal_unit", "unit", "children", "starts", "expires", "reason")
_TAKEN = ("kind", "people", "group", "principal_unit", "unit", "children", "reason")
_APART = re.compile(r"[\s,;]+")
_PAGE = 50
_MOST_BODY = 256 * 1024


@role_given_face.page("GET", _HOLDERS, needs="administrator")
def show_holders(role: str) -> Response:
    """Whom it is given to, with all sources of each."""
    return _holders(find(role))


@role_given_face.page("GET", f"{_HOLDERS}/give", needs="administrator", step_up=True)
def ask_give(role: str) -> Response:
    """To whom, and where."""
    return _show(find(role), "give", acts.empty(*_FIELDS, kind=_kind(request.args.get("kind", ""))), None)


@role_given_face.page("POST", f"{_HOLDERS}/give", needs="administrator", step_up=True, most_body=_MOST_BODY)
def give(role: str) -> Response:
    """Give it, to all of them or nobody."""
    detail, values = find(role), forms.sent()

    def act() -> Done:
        starts, expires = (_moment(values, name) for name in ("starts", "expires"))
        return assignments.assign(
            *shell.here(), _giving(detail, values), reason=values.get("reason", ""), starts=starts, expires=expires
        )

    return _decide(detail, "give", values, act)


@role_given_face.page(
    "POST", f"{_HOLDERS}/take", needs="administrator", step_up=True, form=_HOLDERS, most_body=_MOST_BODY
)
def take(role: str) -> Response:
    """Take back what was given by hand: the grants that were ticked, all of one place."""
    detail, values = find(role), forms.sent()
    if "kind" not in values:
        chosen = _chosen(detail, forms.ticked("chosen"))
        if chosen is None:
            return _holders(detail, problem=say("roles.take.alike"))
        values = chosen
    return _decide(
        detail,
        "take",
        values,
        lambda: assignments.unassign(*shell.here(), _giving(detail, values), reason=values.get("reason", "")),
    )


def _decide(detail: RoleDetail, verb: str, values: Mapping[str, str], act: Callable[[], Done]) -> Response:
    try:
        people = role_holders.people_meant(*shell.here(), _giving(detail, values))
        return acts.decide(
            values,
            people,
            act,
            lambda form, foreseen: _show(detail, verb, form, foreseen),
            lambda _: shell.go(path_of(detail.role, "/holders"), f"role_{verb}"),
        )
    except shell.REFUSALS as error:
        return _show(detail, verb, forms.refused(values, error), None)


def _holders(detail: RoleDetail, problem: str = "") -> Response:
    after = request.args.get("after") or None
    page = grants.of_role(*shell.here(), detail.role.id, after=after, limit=_PAGE)
    return role_frame.show(
        "role_holders.html",
        detail,
        "holders",
        status=422 if problem else 200,
        grants=page,
        filters=filter_places.of_role(*shell.here(), detail.role.id),
        has_records=any(one.records for one in person_frame.catalogue().item_kinds.values()),
        is_first=after is None,
        problem=problem,
    )


def _show(detail: RoleDetail, verb: str, form: Form, foreseen: Foreseen[Done] | None) -> Response:
    return role_frame.show(
        f"role_{verb}.html",
        detail,
        "holders",
        status=form.status,
        form=form,
        foreseen=foreseen,
        seen=acts.seen(form.values),
        titles=person_frame.titles(),
        name=_name(foreseen),
        kinds=_KINDS,
        taken=_TAKEN[:-1],
        units=units.list_units(*shell.here()),
    )


def _name(foreseen: Foreseen[Done] | None) -> str:
    """What somebody is called, where only one person has to do with it."""
    if foreseen is None:
        return ""
    named = [one.user_name for one in foreseen.people] + [one.name or one.named for one in foreseen.done.outcomes]
    return named[0]


def _giving(detail: RoleDetail, values: Mapping[str, str]) -> Giving:
    """Whom a form names. Raises Refused where it names nobody."""
    kind = _kind(values.get("kind", ""))
    unit, children = values.get("unit") or None, values.get("children") == "yes"
    if kind == "people":
        named = tuple(dict.fromkeys(one for one in _APART.split(values.get("people", "")) if one))
        return Giving(detail.role.id, users=named, unit=unit, children=children)
    if kind == "group":
        return Giving(detail.role.id, group=values.get("group", ""), unit=unit, children=children)
    return Giving(detail.role.id, principal_unit=values.get("principal_unit", ""), children=children)


def _kind(text: str) -> str:
    return text if text in _KINDS else _KINDS[0]


def _moment(values: Mapping[str, str], name: str) -> datetime | None:
    try:
        return acts.moment(values.get(name, ""))
    except ValueError as error:
        raise Refused(f"{name} is no moment") from error


def _chosen(detail: RoleDetail, ids: list[str]) -> dict[str, str] | None:
    """The form that takes back some grants; None unless they are alike but for the people whom they are given to."""
    found = [one for one in grants.get_grants(*shell.here(), ids[:_PAGE]) if one.role_id == detail.role.id]
    places = {(one.principal_kind, one.unit, one.reach) for one in found}
    if len(places) != 1:
        return None
    [(kind, unit, reach)] = places
    if kind != "user" and len(found) != 1:
        return None
    # All fields of the form, so that what is confirmed is what was seen.
    where = dict.fromkeys(_TAKEN, "") | {"unit": unit or "", "children": "yes" if reach == "subtree" else ""}
    if kind == "user":
        return where | {"kind": "people", "people": ", ".join(one.principal_id for one in found)}
    if kind == "group":
        return where | {"kind": "group", "group": found[0].principal_id}
    return where | {"kind": "unit", "principal_unit": found[0].principal_id, "unit": ""}
