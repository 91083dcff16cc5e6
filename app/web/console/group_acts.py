"""Groups made by hand: made, renamed and deleted, with what that gives and takes shown first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from app.services import group_members, group_places, groups
from app.services.errors import Conflict
from app.services.foreseen import Foreseen
from app.services.group_places import GroupPlace
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.language import say

group_acts_face = shell.console_face("console_group_acts")
PATH = "/console/groups"
_NEW = f"{PATH}/new"
_GROUP = f"{PATH}/<group>"
_MOST_NAME = 1_000


@group_acts_face.page("GET", _NEW, needs="administrator", step_up=True)
def ask_group() -> Response:
    """The form of a new one."""
    return _new(acts.empty("display_name", "external_id"))


@group_acts_face.page("POST", _NEW, needs="administrator", step_up=True)
def make_group() -> Response:
    """Make it, without members: so nobody gets anything yet."""
    values = forms.sent()
    if not _is_named(values):
        return _new(_unnamed(values))
    try:
        made = groups.create_group(*shell.here(), _given(values))
    except Conflict:
        return _new(_taken(values))
    except shell.REFUSALS as error:
        return _new(forms.refused(values, error))
    return shell.go(f"{PATH}/{made.id}", "group_made")


@group_acts_face.page("GET", f"{_GROUP}/edit", needs="administrator", step_up=True)
def ask_rename(group: str) -> Response:
    """Its name, to be changed."""
    place = own(group)
    given = {"display_name": place.group.display_name, "external_id": place.group.external_id or ""}
    return show(place, "edit", acts.empty(**given), None)


@group_acts_face.page("POST", f"{_GROUP}/edit", needs="administrator", step_up=True)
def rename_group(group: str) -> Response:
    """Rename it: a rule that goes by names may fit it now, or no longer."""
    place, values = own(group), forms.sent()
    if not _is_named(values):
        return show(place, "edit", _unnamed(values), None)
    return acts.decide(
        values,
        _everybody_in(place),
        lambda: groups.change_group(*shell.here(), place.group.id, _given(values)),
        lambda form, foreseen: show(place, "edit", _taken(values) if form.status == 409 else form, foreseen),
        lambda _: shell.go(f"{PATH}/{place.group.id}", "group_renamed"),
    )


@group_acts_face.page("GET", f"{_GROUP}/delete", needs="administrator", step_up=True)
def ask_delete(group: str) -> Response:
    """Before it is gone."""
    return show(own(group), "delete", acts.empty(), None)


@group_acts_face.page("POST", f"{_GROUP}/delete", needs="administrator", step_up=True)
def delete_group(group: str) -> Response:
    """Delete it; what it gave its members goes with it."""
    place = own(group)
    return acts.decide(
        forms.sent(),
        _everybody_in(place),
        lambda: groups.delete_group(*shell.here(), place.group.id),
        lambda form, foreseen: show(place, "delete", form, foreseen),
        lambda _: shell.go(PATH, "group_deleted"),
    )


def own(group: str) -> GroupPlace:
    """A group made by hand. Raises NotFound, Forbidden for one of another directory's."""
    return group_places.read_group(*shell.here(), groups.get_own_group(*shell.here(), group).id)


def show(place: GroupPlace, act: str, form: Form, foreseen: Foreseen[Any] | None, **values: Any) -> Response:
    """The page of an act on a group, with its consequences once they were asked for."""
    return shell.show(
        f"group_{act}.html",
        "groups",
        status=form.status,
        place=place,
        group=place.group,
        name=_name(foreseen),
        title=say(f"groups.act.{act}", name=place.group.display_name),
        path=f"{PATH}/{place.group.id}/{act.replace('_', '/')}",
        back=f"{PATH}/{place.group.id}",
        form=form,
        foreseen=foreseen,
        seen=acts.seen(form.values),
        titles=person_frame.titles(),
        **values,
    )


def _new(form: Form) -> Response:
    return shell.show("group_new.html", "groups", status=form.status, form=form)


def _given(values: Mapping[str, str]) -> dict[str, str | None]:
    return {"display_name": values.get("display_name"), "external_id": values.get("external_id") or None}


def _is_named(values: Mapping[str, str]) -> bool:
    return 0 < len(values.get("display_name", "")) <= _MOST_NAME


def _unnamed(values: Mapping[str, str]) -> Form:
    return forms.wrong(values, display_name=say("groups.name.missing"))


def _taken(values: Mapping[str, str]) -> Form:
    return Form(values, {"display_name": say("groups.name.taken")}, None, 409)


def _everybody_in(place: GroupPlace) -> set[str]:
    return group_members.people_among(*shell.here(), (), [place.group.id])


def _name(foreseen: Foreseen[Any] | None) -> str:
    """What somebody is called, where only one person has to do with it."""
    if foreseen is None or not foreseen.people:
        return say("groups.this_person")
    return foreseen.people[0].user_name
