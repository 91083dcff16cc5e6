"""What stands in bodies about leavers, and about what new items begin with."""

from __future__ import annotations

from app.api.item_shapes import GROUP_SAYS, Item, Levels, OwnerGroup
from app.api.shapes import Shape, anything, flag, many, one, text
from app.services.item_values import MOST_TEXT


class TransferTarget(Shape):
    """Whose the items of a leaver shall be: one of `to_user` and `to_group`."""

    to_user = text(most=MOST_TEXT, says="By id or userName.")
    to_group = text(most=MOST_TEXT, says=GROUP_SAYS)
    types = many(text(), most=100, says="Only items of these types.")


class Transfer(TransferTarget):
    """A transfer that was looked at."""

    token = text(required=True, says="From the plan: if other items are meant by now, nothing is done.")


class TransferPlan(Shape):
    """What a transfer means."""

    token = text()
    user_id = text()
    user_name = text()
    to = text()
    items = anything(says="How many items, by type.")
    sample = many(one(Item))


class Leaver(Shape):
    """Somebody who is gone and still owns items."""

    id = text()
    user_name = text()
    state = text(says="`inactive` or `deleted`.")
    items = anything(says="How many items, by type.")


class ItemDefault(Shape):
    """What a person's new items of a type begin with."""

    type = text()
    owner_group = one(OwnerGroup, allow_none=True)
    levels = one(Levels)
    is_set = flag(says="Whether somebody has set it; else it is the type's own.")


class ItemDefaults(Shape):
    """What a person's new items begin with, by type."""

    user_id = text()
    user_name = text()
    defaults = many(one(ItemDefault))


class ItemDefaultsChange(Shape):
    """What new items shall begin with."""

    types = many(text(), most=100, says="For which types; without it all that have levels.")
    owner_group = text(most=MOST_TEXT, allow_none=True, says=GROUP_SAYS)
    levels = one(Levels)
