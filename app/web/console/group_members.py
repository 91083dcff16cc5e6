"""Who is in a group made by hand: found as one types, added and removed many at once, after a look at it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask import Response, request

from app.services import group_members, groups
from app.services.foreseen import Foreseen
from app.services.groups import MOST_MEMBERS, Moved
from app.web import held
from app.web.console import acts, forms, shell
from app.web.console.forms import Form
from app.web.console.group_acts import PATH, own, show
from app.web.language import say
from muster.filters import InvalidFilter, TooMany

group_members_face = shell.console_face("console_group_members")
_MEMBERS = f"{PATH}/<group>/members"
_APART = re.compile(r"[\s,;]+")
_MOST_BODY = 256 * 1024


@group_members_face.page("GET", f"{_MEMBERS}/add", needs="administrator", step_up=True)
def ask_members(group: str) -> Response:
    """Who shall be in it."""
    values = acts.empty("words", "people").values
    return _adding(group, Form({**values, "chosen": _together(held.values("chosen"))}), None)


@group_members_face.page("GET", f"{_MEMBERS}/find", needs="administrator", step_up=True)
def find_members(group: str) -> Response:
    """Whom the typed letters may mean, below those who were chosen already."""
    words = request.args.get("words", "").strip()[:200]
    return _adding(group, Form({"words": words, "chosen": _together(request.args.getlist("chosen"))}), None)


@group_members_face.page("POST", f"{_MEMBERS}/add", needs="administrator", step_up=True, most_body=_MOST_BODY)
def add_members(group: str) -> Response:
    """Add those who were ticked and those who were typed or pasted; all or nobody."""
    values = forms.sent() | {"chosen": _together(request.form.getlist("chosen"))}
    if values.pop("find", ""):
        return _adding(group, Form(values), None)
    here = shell.here()
    typed = list(dict.fromkeys(one for one in _APART.split(values.get("people", "")) if one))
    ticked = group_members.chosen(*here, _ids(values))
    people = [one.id for one in ticked if one.kind == "user"]
    nested = [one.id for one in ticked if one.kind == "group"]
    problem = _wrong(typed, len(ticked))
    if problem:
        return _adding(group, forms.wrong(values, people=problem), None)
    people += group_members.ids_of(*here, "user", typed)
    found = own(group)
    return acts.decide(
        values,
        group_members.people_among(*here, people, nested),
        lambda: groups.add_members(*here, found.group.id, list(dict.fromkeys(people)), nested),
        lambda form, foreseen: _adding(group, form, foreseen),
        lambda _: shell.go(f"{PATH}/{found.group.id}", "members_added"),
    )


@group_members_face.page(
    "POST",
    f"{_MEMBERS}/remove",
    needs="administrator",
    step_up=True,
    form=f"{PATH}/<group>",
    most_body=_MOST_BODY,
)
def remove_members(group: str) -> Response:
    """Remove those who were ticked in the list."""
    found, values = own(group), forms.sent() | {"chosen": _together(request.form.getlist("chosen"))}
    gone = group_members.chosen(*shell.here(), _ids(values))
    if not gone:
        return shell.go(f"{PATH}/{found.group.id}", "members_none")
    people = [one.id for one in gone if one.kind == "user"]
    nested = [one.id for one in gone if one.kind == "group"]
    return acts.decide(
        values,
        group_members.people_among(*shell.here(), people, nested),
        lambda: groups.remove_members(*shell.here(), found.group.id, [*people, *nested]),
        lambda form, foreseen: show(found, "members_remove", form, foreseen, chosen=gone),
        lambda _: shell.go(f"{PATH}/{found.group.id}", "members_removed"),
    )


def _adding(group: str, form: Form, foreseen: Foreseen[Moved] | None) -> Response:
    found, words, problem = own(group), form.value("words"), ""
    chosen = group_members.chosen(*shell.here(), _ids(form.values))
    offered: Sequence[group_members.Candidate] = ()
    if words and foreseen is None:
        try:
            offered = group_members.find(*shell.here(), found.group.id, words)
        except (InvalidFilter, TooMany) as error:
            problem = shell.words_of(error)
    there = {one.id for one in chosen}
    return show(
        found,
        "members_add",
        form,
        foreseen,
        chosen=chosen,
        offered=[one for one in offered if one.id not in there],
        words=words,
        problem=problem,
        most=MOST_MEMBERS,
    )


def _wrong(typed: Sequence[str], ticked: int) -> str:
    """What is wrong with who was named."""
    if not typed and not ticked:
        return say("groups.add.nobody")
    if len(typed) + ticked > MOST_MEMBERS:
        return say("groups.add.too_many", most=MOST_MEMBERS)
    missing = group_members.unknown(*shell.here(), typed)
    if not missing:
        return ""
    shown = ", ".join(one[:100] for one in missing[:10])
    return say("groups.add.unknown", number=len(missing), names=f"{shown} …" if len(missing) > 10 else shown)


def _together(chosen: Sequence[str]) -> str:
    return ",".join(dict.fromkeys(id for value in chosen for id in value.split(",") if id))


def _ids(values: Mapping[str, str]) -> list[str]:
    return [id for id in values.get("chosen", "").split(",") if id][:MOST_MEMBERS]
