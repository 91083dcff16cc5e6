"""/items: the platform's objects, registered singly and in bulk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from app.api.face import Call, Face, Shown
from app.api.item_shapes import (
    BulkChange,
    BulkPlan,
    Item,
    ItemChange,
    NewItem,
    NewItems,
    Plan,
    Report,
    Sharing,
    Unsharing,
    item_shown,
)
from app.api.paging import Reading, asked_of
from app.api.parsing import invalid, pointer_to
from app.api.shapes import page_of
from app.problems import Place
from app.services import item_changes, items, sharing
from app.services.errors import wrong_in
from app.services.item_changes import Selection

items_face = Face("items", "The platform's objects: whose each is, and who may do what with it.")
_FILTERED = (
    "`type`, `id`, `name`, `owner`, `ownerGone`, `ownerGroup`, `businessUnit`, `levels.owner`, `levels.group`, "
    "`levels.rest`, `revision`, `created`, `modified`, `shared` and `attributes.NAME`"
)
_MOST_BODY = 16 * 1024 * 1024
_USUAL = ("not-found", "conflict")
_EXAMPLE: dict[str, Any] = {
    "type": "email",
    "id": "spring-sale",
    "name": "Spring sale",
    "owner": {"id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d", "user_name": "ana@acme.example", "active": True},
    "owner_group": None,
    "unit": "root",
    "levels": {"owner": "modify", "group": "read", "rest": "forbidden"},
    "attributes": {},
    "shares": [],
    "revision": 1,
    "created": "2026-01-31T09:00:00.000Z",
    "modified": "2026-01-31T09:00:00.000Z",
}
_NEW = {"type": "email", "id": "spring-sale", "name": "Spring sale", "owner": "ana@acme.example"}
_BULK = {"selection": {"filter": 'type eq "email"'}, "changes": {"levels": {"rest": "read"}}}


@items_face.operation("GET", "/items", scope="items:read", query=asked_of("ItemQuery", _FILTERED), answer=page_of(Item))
def list_items(call: Call, query: dict[str, Any]) -> Shown:
    """List items.

    By type and id.
    """
    reading = Reading(call, query)
    found = items.list_items(*call.here, reading.wanted)
    return reading.shown([item_shown(item) for item in found.items], found.next)


@items_face.operation(
    "POST",
    "/items",
    scope="items:write",
    body=NewItem,
    answer=Item,
    status=201,
    example=_NEW,
    shows=_EXAMPLE,
    creates=True,
    refusals=_USUAL,
)
def register_item(call: Call, body: dict[str, Any]) -> Shown:
    """Register an item.

    With its owner, owner group, business unit and levels; what is left out comes from the owner's defaults.
    """
    made = items.register(*call.here, body)
    return Shown(item_shown(made), f"/items/{quote(made.type, safe='')}/{quote(made.id)}")


@items_face.operation(
    "POST",
    "/items/bulk",
    scope="items:write",
    body=NewItems,
    answer=Report,
    example={"items": [_NEW]},
    shows={
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "lines": [{"index": 0, "type": "email", "id": "spring-sale", "outcome": "created", "problems": []}],
    },
    creates=True,
    most_body=_MOST_BODY,
    refusals=_USUAL,
)
def register_items(call: Call, body: dict[str, Any]) -> Shown:
    """Register many items.

    Those that are there already are changed: what is not said of them stays. If one is refused nothing is done,
    unless `partial`.
    """
    report = items.register_many(*call.here, body["items"], partial=body["is_partial"])
    if not report.written:
        raise invalid(
            [
                Place("pointer", pointer_to(("items", line.index, *wrong.at)), wrong.detail)
                for line in report.lines
                for wrong in wrong_in(line.problems)
            ]
        )
    return Shown(report)


@items_face.operation(
    "GET", "/items/<type>/<path:item>", scope="items:read", answer=Item, shows=_EXAMPLE, refusals=("not-found",)
)
def get_item(call: Call, type: str, item: str) -> Shown:
    """Read an item.

    With its owner, levels and shares.
    """
    return Shown(item_shown(items.get(*call.here, type, item)))


@items_face.operation(
    "PATCH",
    "/items/<type>/<path:item>",
    scope="items:write",
    body=ItemChange,
    answer=Item,
    example={"levels": {"rest": "read"}},
    shows=_EXAMPLE | {"levels": {"owner": "modify", "group": "read", "rest": "read"}, "revision": 2},
    current=get_item,
    refusals=_USUAL,
)
def change_item(call: Call, body: dict[str, Any], type: str, item: str) -> Shown:
    """Change an item.

    Its owner, owner group, business unit, levels, name or attributes.
    """
    return Shown(item_shown(items.change(*call.here, type, item, body)))


@items_face.operation("DELETE", "/items/<type>/<path:item>", scope="items:write", current=get_item, refusals=_USUAL)
def delete_item(call: Call, type: str, item: str) -> Shown:
    """Delete an item from the register.

    Decisions about it are no from then on.
    """
    items.delete(*call.here, type, item)
    return Shown()


@items_face.operation(
    "POST",
    "/item-shares/<type>/<path:item>",
    scope="items:write",
    body=Sharing,
    answer=Item,
    example={"units": ["emea"], "level": "read"},
    shows=_EXAMPLE | {"shares": [{"unit": "emea", "level": "read"}], "revision": 2},
    current=get_item,
    refusals=_USUAL,
)
def share_item(call: Call, body: dict[str, Any], type: str, item: str) -> Shown:
    """Share an item with other business units.

    Only its owner may, for a person.
    """
    return Shown(item_shown(sharing.share(*call.here, type, item, body["units"], body["level"])))


@items_face.operation(
    "POST",
    "/item-shares/<type>/<path:item>/remove",
    scope="items:write",
    body=Unsharing,
    answer=Item,
    example={"units": ["emea"]},
    shows=_EXAMPLE,
    current=get_item,
    refusals=_USUAL,
)
def unshare_item(call: Call, body: dict[str, Any], type: str, item: str) -> Shown:
    """Stop sharing an item.

    With some business units, or with all.
    """
    return Shown(item_shown(sharing.unshare(*call.here, type, item, body.get("units"))))


@items_face.operation(
    "POST",
    "/item-changes/plan",
    scope="items:read",
    body=BulkPlan,
    answer=Plan,
    example=_BULK,
    reads=True,
    most_body=_MOST_BODY,
    refusals=_USUAL,
)
def plan_item_changes(call: Call, body: dict[str, Any]) -> Shown:
    """See what changing many items would mean.

    Nothing is changed. The plan has a token for doing just that.
    """
    return _plan(item_changes.preview(*call.here, _selection(body), body["changes"]))


@items_face.operation(
    "POST",
    "/item-changes",
    scope="items:write",
    body=BulkChange,
    answer=Plan,
    example=_BULK | {"token": "…"},
    creates=True,
    most_body=_MOST_BODY,
    refusals=(*_USUAL, "stale"),
)
def change_items(call: Call, body: dict[str, Any]) -> Shown:
    """Change many items.

    All of them or none; as planned, or not at all if other items are meant by now.
    """
    return _plan(item_changes.apply(*call.here, _selection(body), body["changes"], body["token"]))


def _selection(body: dict[str, Any]) -> Selection:
    given = body["selection"]
    return Selection(given.get("filter"), tuple((one["type"], one["id"]) for one in given.get("items", ())))


def _plan(plan: item_changes.Plan) -> Shown:
    shown = {"transitions": [asdict(one) for one in plan.transitions], "sample": [*map(item_shown, plan.sample)]}
    return Shown({"token": plan.token, "count": plan.count, "changing": plan.changing} | shown)
