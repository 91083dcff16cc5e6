"""/console/people/bulk: one act for many people: those who were chosen in the list, or all whom it shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

from flask import Response, request

from app.services import assignments, groups, people_in_bulk, roles, units
from app.services.assignments import NotAllDone, Outcome
from app.services.errors import Refused
from app.services.foreseen import Foreseen
from app.services.giving import Giving
from app.stores.listings import Wanted
from app.web import held
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_roles import when_wrong
from app.web.language import say

people_bulk_face = shell.console_face("console_people_bulk")
PATH = "/console/people/bulk"
ACTS = ("give", "end", "work", "join", "deactivate", "activate")
_NEEDS = {"give": "role", "end": "role", "work": "unit", "join": "group"}
"""What has to be said for an act, by its field."""
_FIELDS = ("act", "chosen", "all", "listed", "able", "role", "unit", "group", "children", "starts", "expires", "reason")
_MOST_BODY = 512 * 1024
_MOST_GROUPS = 500
Act = Callable[[Sequence[str]], tuple[Outcome, ...]]


@people_bulk_face.page("GET", PATH, needs="administrator", step_up=True)
def ask_bulk() -> Response:
    """The form as it was sent, after somebody had to prove who they are; without one the list."""
    if not held.is_there():
        return shell.go("/console/people")
    values = {name: held.value(name) for name in _FIELDS} | {"chosen": _together(held.values("chosen"))}
    return _page(Form(values), None, _meant(values))


@people_bulk_face.page("POST", PATH, needs="administrator", step_up=True, most_body=_MOST_BODY)
def do_bulk() -> Response:
    """Show whom it is about and what it would mean; and do it for all of them, or for nobody."""
    values = forms.sent() | {"chosen": _together(request.form.getlist("chosen"))}
    ids = _meant(values)
    problems = _wrong(values, ids)
    needs = _NEEDS.get(values.get("act", ""))
    if needs is not None and needs not in values and not problems:
        return _page(Form(values), None, ids)  # from the list, which does not ask for it
    if needs is not None and not values.get(needs):
        problems.setdefault(needs, say(f"act.{needs}.missing"))
    if problems:
        return _page(forms.wrong(values, **problems), None, ids)
    cannot: list[Outcome] = []
    act = _act(values)
    if values.get("able"):
        session, _ = shell.here()
        ids = people_in_bulk.able(session, act, ids)
    # Just these people were seen; if others are meant by now, they are shown first.
    values["whom"] = hashlib.sha256(",".join(ids).encode()).hexdigest()
    return acts.decide(
        values,
        ids,
        lambda: _for_all(act, ids, cannot),
        lambda form, foreseen: _page(form, foreseen, ids, cannot),
        lambda _: shell.go("/console/people", f"bulk_{values['act']}"),
    )


def _together(chosen: Sequence[str]) -> str:
    return ",".join(dict.fromkeys(id for value in chosen for id in value.split(",") if id))


def _meant(values: dict[str, str]) -> list[str]:
    """Whom it is about: those who were chosen, or all whom the list shows."""
    if values.get("all"):
        return people_in_bulk.matching(*shell.here(), values.get("listed") or None)
    return [id for id in values.get("chosen", "").split(",") if id]


def _wrong(values: dict[str, str], ids: Sequence[str]) -> dict[str, str]:
    """What has to be filled in before anything can be said."""
    problems = when_wrong(values)
    if values.get("act") not in ACTS:
        problems["act"] = say("bulk.act.missing")
    if not ids:
        problems["act"] = say("bulk.nobody")
    return problems


def _act(values: dict[str, str]) -> Act:
    here, name, unit = shell.here(), values["act"], values.get("unit") or None
    children, reason = bool(values.get("children")), values.get("reason", "")
    giving = Giving(values.get("role", ""), unit=unit, children=children)
    if name == "give":
        starts, expires = (acts.moment(values.get(one, "")) for one in ("starts", "expires"))
        give = partial(assignments.assign, *here, reason=reason, starts=starts, expires=expires)
        return lambda ids: people_in_bulk.give_or_take(ids, giving, give)
    if name == "end":
        return lambda ids: people_in_bulk.give_or_take(ids, giving, partial(assignments.unassign, *here, reason=reason))
    if name == "work":
        return lambda ids: people_in_bulk.let_work(*here, ids, unit or "", children=children)
    if name == "join":
        return lambda ids: people_in_bulk.let_join(*here, ids, values.get("group", ""))
    return lambda ids: people_in_bulk.turn(*here, ids, active=name == "activate")


def _for_all(act: Act, ids: Sequence[str], cannot: list[Outcome]) -> tuple[Outcome, ...]:
    """Do it for all; else ``cannot`` has those for whom it cannot be done. Raises Refused."""
    try:
        return act(ids)
    except NotAllDone as error:
        cannot += [one for one in error.outcomes if one.problem is not None]
        raise Refused(say("bulk.cannot", number=len(cannot), of=len(ids))) from error


def _page(
    form: Form,
    foreseen: Foreseen[tuple[Outcome, ...]] | None,
    ids: Sequence[str],
    cannot: Sequence[Outcome] = (),
) -> Response:
    here = shell.here()
    return shell.show(
        "people_bulk.html",
        "people",
        status=form.status,
        title=say("bulk.title", number=len(ids)),
        name=say("bulk.one"),
        path=PATH,
        back="/console/people",
        form=form,
        foreseen=foreseen,
        seen=acts.seen(form.values),
        titles=person_frame.titles(),
        acts=ACTS,
        number=len(ids),
        cannot=cannot,
        changed=sum(one.changed for one in foreseen.done) if foreseen else 0,
        roles=roles.list_roles(*here),
        units=units.list_units(*here),
        own_groups=_own_groups() if form.value("act") == "join" else (),
    )


def _own_groups() -> list[tuple[str, str]]:
    """Those that people can be let into: ids and names, as a field offers them."""
    found = groups.list_groups(*shell.here(), Wanted(_MOST_GROUPS, 'origin eq "local"', "display_name"))
    return [("", str(say("act.choose"))), *((one.id, one.display_name) for one in found.results)]
