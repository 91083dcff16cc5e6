"""/console/people/<id>/items: what somebody owns; handed over to somebody else, also by whoever leaves."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from app.services import items, transfers, users
from app.services.foreseen import Foreseen
from app.services.transfers import TransferPlan
from app.services.users import PersonFacts
from app.stores.listings import Wanted
from app.web.console import acts, forms, lists, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_frame import find, path_of
from app.web.language import say

person_items_face = shell.console_face("console_person_items")
_SHOWN = 50
_FIELDS = ("to", "kind", "deactivate")


@person_items_face.page("GET", "/console/people/<person>/items", needs="administrator")
def show_items(person: str) -> Response:
    """The first items that somebody owns; all of them are among the account's items."""
    found = find(person)
    filter = f"owner eq {lists.literal(found.id)}"
    page = items.list_items(*shell.here(), Wanted(_SHOWN, filter))
    return person_frame.show(found, "items", items=page.items, has_more=page.next is not None, filter=filter)


@person_items_face.page("GET", "/console/people/<person>/leave", needs="administrator", step_up=True)
def ask_leave(person: str) -> Response:
    """The form for somebody who leaves: who gets their items, and whether they are deactivated."""
    found = find(person)
    return _page(found, acts.empty(*_FIELDS), None)


@person_items_face.page("POST", "/console/people/<person>/leave", needs="administrator", step_up=True)
def leave(person: str) -> Response:
    """Hand over everything that somebody owns, and deactivate them if that is done here; both or neither."""
    found, values = find(person), forms.sent()
    if not values.get("to"):
        return _page(found, forms.wrong(values, to=say("act.to.missing")), None)
    # Just the items whose handing over was shown; else the service refuses.
    token = values.pop("token", "")
    confirmed = token if acts.is_as_seen(values) else None
    return acts.decide(
        values,
        [found.id],
        lambda: _leave(found, values, confirmed),
        lambda form, foreseen: _page(found, form, foreseen),
        lambda _: shell.go(path_of(found, "/items"), "items_handed"),
        {"to_user": "to", "to_group": "to"},
    )


def _leave(person: PersonFacts, values: Mapping[str, str], confirmed: str | None) -> TransferPlan:
    here = shell.here()
    to_group = values["to"] if values.get("kind") == "group" else None
    to_user = values["to"] if to_group is None else None
    if values.get("deactivate") and person.is_local and person.active:
        users.change_user(*here, person.id, {"active": False})
    token = confirmed
    if token is None:
        token = transfers.preview(*here, person.id, to_user=to_user, to_group=to_group).token
    return transfers.apply(*here, person.id, to_user=to_user, to_group=to_group, token=token)


def _page(person: PersonFacts, form: Form, foreseen: Foreseen[TransferPlan] | None) -> Response:
    return person_frame.act(person, "leave", form, foreseen, path="/leave", back="/items")
