"""/console/items: the platform's objects that are kept here, and one of them: whose it is, and who may do what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from app.services import item_lists, items, reverse, sharing, units
from app.services.errors import Refused
from app.services.item_facts import ItemFacts
from app.session import Session
from app.stores.counting_rows import Count
from app.stores.filter_sql import is_id
from app.stores.listings import Wanted
from app.web import pages
from app.web.console import exporting, forms, lists, shell
from app.web.console.forms import Form
from app.web.console.lists import Choice, Column, Table
from app.web.console.role_frame import in_words
from muster.filters import InvalidFilter
from rbac.items import Level

items_face = shell.console_face("console_items")
_ITEMS, _ONE = "/console/items", "/console/items/one"
_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of the list; ``key`` names it in a form."""

    item: ItemFacts

    @property
    def id(self) -> str:
        """The platform's own."""
        return self.item.id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.item.name or self.item.id

    @property
    def key(self) -> str:
        """Type and id, as a form sends them."""
        return key_of(self.item.type, self.item.id)

    @property
    def address(self) -> str:
        """Where its page is."""
        return address_of(self.item.type, self.item.id)


class _Rows:
    """Items a page at a time; what a filter may name depends on the account's catalogue."""

    orders = ("id",)

    def read(self, session: Session, account_id: str, wanted: Wanted) -> tuple[Sequence[ItemRow], Any]:
        try:
            found = items.list_items(session, account_id, wanted)
        except Refused as error:
            raise InvalidFilter(str(error)) from error
        return [ItemRow(one) for one in found.items], found.next

    def count(self, session: Session, account_id: str, filter: str | None) -> Count:
        return item_lists.count_items(session, account_id, filter)


@items_face.page("GET", _ITEMS, needs="administrator")
def show_items() -> Response:
    """All of them, a page at a time."""
    wish = lists.asked(_table())
    if exporting.is_wanted():
        return exporting.export(wish)
    keeps = item_lists.kept_types(*shell.here())
    change = f"{pages.at('/console/items/change')}?{urlencode({'filter': wish.condition or 'type pr'})}"
    return shell.show("items.html", "items", page=lists.page(wish), keeps=keeps, change=change)


@items_face.page("GET", _ONE, needs="administrator")
def show_item() -> Response:
    """One of them: its levels, owner and shares, and who may do what with it."""
    return _show(request.args.get("type", ""), request.args.get("id", ""), Form())


@items_face.page("POST", "/console/items/share", needs="administrator")
def share_item() -> Response:
    """Open it in another unit, too."""
    values = forms.sent()
    type, id = values.get("type", ""), values.get("id", "")
    try:
        sharing.share(*shell.here(), type, id, [values.get("unit", "")], values.get("level", "read"))
    except shell.REFUSALS as error:
        return _refused(type, id, forms.refused(values, error))
    return shell.go(_ONE, "item_shared", type=type, id=id)


@items_face.page("POST", "/console/items/unshare", needs="administrator")
def unshare_item() -> Response:
    """Close it in a unit that it is shared with."""
    values = forms.sent()
    type, id = values.get("type", ""), values.get("id", "")
    try:
        sharing.unshare(*shell.here(), type, id, [values.get("unit", "")])
    except shell.REFUSALS as error:
        return _refused(type, id, forms.refused(values, error))
    return shell.go(_ONE, "item_unshared", type=type, id=id)


@items_face.page("POST", "/console/items/delete", needs="administrator")
def delete_item() -> Response:
    """Take it out of the register, once that was confirmed; decisions about it are no from then on."""
    values = forms.sent()
    type, id, revision = (values.get(name, "") for name in ("type", "id", "revision"))
    if values.get("sure") != "yes":
        return _refused(type, id, forms.wrong(values, sure="?"))
    try:
        items.delete(
            *shell.here(),
            type,
            id,
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else None,
            reason=values.get("reason", ""),
        )
    except shell.REFUSALS as error:
        return _refused(type, id, forms.refused(values, error))
    return shell.go(_ITEMS, "item_deleted")


def key_of(type: str, id: str) -> str:
    """An item as a form names it."""
    return json.dumps([type, id], ensure_ascii=False)


def address_of(type: str, id: str) -> str:
    """Where an item's page is; ids are the platform's, and may have anything in them."""
    return f"{pages.at(_ONE)}?{urlencode({'type': type, 'id': id})}"


def _table() -> Table:
    kinds = item_lists.kept_types(*shell.here())
    places = units.list_units(*shell.here())
    return Table(
        "items",
        _ITEMS,
        _Rows(),
        (
            Column("name", lambda one: one.name),
            Column("type", lambda one: one.item.type),
            Column("owner", lambda one: one.item.owner.user_name if one.item.owner else None),
            Column("group", lambda one: one.item.owner_group.name if one.item.owner_group else None),
            Column("unit", lambda one: one.item.unit),
            Column("levels", lambda one: "/".join(one.item.levels)),
            Column("shares", lambda one: ", ".join(share.unit for share in one.item.shares), usual=False),
            Column("id", lambda one: one.item.id, usual=False),
            Column("modified", lambda one: one.item.modified, usual=False),
        ),
        _search,
        (
            Choice(
                "type",
                {one.name: f"type eq {lists.literal(one.name)}" for one in kinds},
                {one.name: in_words(one.title) for one in kinds},
            ),
            Choice(
                "unit",
                {one.key: f"businessUnit eq {lists.literal(one.key)}" for one in places},
                {one.key: f"{one.name} ({one.key})" for one in places},
            ),
            Choice("rest", {level.value: f'levels.rest eq "{level.value}"' for level in Level}),
            Choice("owner", {"gone": "ownerGone eq true", "nobody": "not (owner pr)"}),
        ),
        keeps_views=True,
    )


def _search(words: str) -> str:
    said = lists.literal(words)
    return f"name sw {said} or id eq {said} or owner eq {said}"


def _refused(type: str, id: str, form: Form) -> Response:
    return _show(type, id, form)


def _show(type: str, id: str, form: Form) -> Response:
    item = items.get(*shell.here(), type, id)
    permissions = item_lists.permissions_on(*shell.here(), type)
    asked, after = request.args.get("permission", ""), request.args.get("after", "")
    chosen = next((one for one in permissions if one.key == asked), None)
    people = None
    if chosen is not None:
        place = after if is_id(after) else ""
        people = reverse.who_can(*shell.here(), chosen.key, item=(type, id), after=place, limit=_PEOPLE, counts=False)
    return shell.show(
        "item.html",
        "items",
        status=form.status,
        item=item,
        row=ItemRow(item),
        form=form,
        permissions=permissions,
        chosen=chosen,
        people=people,
        is_first=not after,
        units=[one for one in units.list_units(*shell.here()) if one.id != item.unit_id],
        words=in_words,
    )
