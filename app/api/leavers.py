"""/leavers and the defaults of new items: what people own, and will own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.api.face import Call, Face, Shown
from app.api.item_shapes import item_shown
from app.api.leaver_shapes import ItemDefaults, ItemDefaultsChange, Leaver, Transfer, TransferPlan, TransferTarget
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import page_of
from app.services import item_defaults, transfers
from app.services.item_defaults import KEEP, DefaultFacts
from app.services.users import get_user

leavers_face = Face("leavers", "Items of people who are gone, and what the items of those who are there begin with.")
_TYPES = {"id": "string", "user_name": "string", "state": "string"}
_USUAL = ("not-found", "conflict")


@leavers_face.operation(
    "GET", "/leavers", scope="items:read", query=filter_of("LeaverQuery", _TYPES), answer=page_of(Leaver)
)
def list_leavers(call: Call, query: dict[str, Any]) -> Shown:
    """List people who are gone and still own items.

    Deactivated or deleted, with how many items of which type.
    """
    shown = [
        {"id": one.user_id, "user_name": one.user_name, "state": one.state, "items": one.items}
        for one in transfers.leavers(*call.here)
    ]
    return page_in_memory(Reading(call, query), shown, _TYPES)


@leavers_face.operation(
    "POST",
    "/leavers/<user>/transfer/plan",
    scope="items:read",
    body=TransferTarget,
    answer=TransferPlan,
    example={"to_user": "ana@acme.example"},
    reads=True,
    refusals=_USUAL,
)
def plan_transfer(call: Call, body: dict[str, Any], user: str) -> Shown:
    """See what transferring a leaver's items would mean.

    Nothing is changed. The plan has a token for doing just that.
    """
    return _plan(transfers.preview(*call.here, user, **body))


@leavers_face.operation(
    "POST",
    "/leavers/<user>/transfer",
    scope="items:write",
    body=Transfer,
    answer=TransferPlan,
    example={"to_user": "ana@acme.example", "token": "…"},
    creates=True,
    refusals=(*_USUAL, "stale"),
)
def transfer_items(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Transfer a leaver's items to somebody, or to a group or role.

    As planned, or not at all if other items are meant by now.
    """
    return _plan(transfers.apply(*call.here, user, **body))


@leavers_face.operation(
    "GET", "/users/<user>/item-defaults", scope="items:read", answer=ItemDefaults, refusals=("not-found",)
)
def get_item_defaults(call: Call, user: str) -> Shown:
    """Read what a person's new items begin with.

    Owner group and levels, for each type of item that has levels.
    """
    return _defaults(call, user, item_defaults.defaults_of(*call.here, get_user(*call.here, user).id))


@leavers_face.operation(
    "PATCH",
    "/users/<user>/item-defaults",
    scope="items:write",
    body=ItemDefaultsChange,
    answer=ItemDefaults,
    example={"types": ["email"], "levels": {"rest": "read"}},
    current=get_item_defaults,
    refusals=_USUAL,
)
def set_item_defaults(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Set what a person's new items begin with.

    For some types of item or for all; what is left out stays.
    """
    id = get_user(*call.here, user).id
    group = body.get("owner_group", KEEP)
    item_defaults.set_defaults(*call.here, [id], body.get("types"), owner_group=group, levels=body.get("levels"))
    return _defaults(call, id, item_defaults.defaults_of(*call.here, id))


@leavers_face.operation(
    "DELETE", "/users/<user>/item-defaults", scope="items:write", current=get_item_defaults, refusals=_USUAL
)
def clear_item_defaults(call: Call, user: str) -> Shown:
    """Let a person's new items begin as their types say.

    For all types of item.
    """
    item_defaults.clear_defaults(*call.here, [get_user(*call.here, user).id])
    return Shown()


def _plan(plan: transfers.TransferPlan) -> Shown:
    return Shown(
        {
            "token": plan.token,
            "user_id": plan.user_id,
            "user_name": plan.user_name,
            "to": plan.to,
            "items": plan.items,
            "sample": [*map(item_shown, plan.sample)],
        }
    )


def _defaults(call: Call, user: str, found: Sequence[DefaultFacts]) -> Shown:
    person = get_user(*call.here, user)
    return Shown({"user_id": person.id, "user_name": person.user_name, "defaults": found})
