"""What stands in bodies about items."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.shapes import Shape, anything, flag, many, moment, number, one, text, word
from app.services import items
from app.services.item_facts import ItemFacts
from app.services.item_values import MOST_TEXT
from rbac.items import Level

_LEVELS = [*map(str, Level)]
GROUP_SAYS = "A group or role whose members are one: by id or name, or `group:NAME` and `role:NAME` where both exist."


class Levels(Shape):
    """What the owner, the owner group and everybody else may do; the first that fits counts."""

    owner = word(*_LEVELS)
    group = word(*_LEVELS)
    rest = word(*_LEVELS)


class Owner(Shape):
    """Whose an item is."""

    id = text()
    user_name = text(allow_none=True, says="As last known, when the person is gone.")
    active = flag(says="Whether the person is there and active.")


class OwnerGroup(Shape):
    """Whose members an item belongs to as well."""

    kind = text(says="`group` or `role`.")
    id = text()
    name = text(allow_none=True)


class Share(Shape):
    """Another business unit in which an item may be used."""

    unit = text(says="The key of the unit.")
    level = text(says="`read` or `modify`.")


class Item(Shape):
    """An object of the platform."""

    type = text()
    id = text(says="The platform's own.")
    name = text(allow_none=True)
    owner = one(Owner, allow_none=True)
    owner_group = one(OwnerGroup, allow_none=True)
    unit = text(says="The key of the business unit it belongs to.")
    levels = one(Levels)
    attributes = anything(says="What conditions and filters may look at; the catalogue declares them.")
    shares = many(one(Share))
    revision = number(says="Grows with each change.")
    created = moment()
    modified = moment()


class _ItemFields(Shape):
    name = text(most=MOST_TEXT, allow_none=True)
    owner = text(most=MOST_TEXT, allow_none=True, says="A user, by id or userName.")
    owner_group = text(most=MOST_TEXT, allow_none=True, says=GROUP_SAYS)
    unit = text(most=MOST_TEXT, says="A business unit, by id or key; without it the owner's home, else the root.")
    levels = one(Levels, says="Those that are left out come from the owner's defaults, else from the type.")
    attributes = anything(says="What conditions and filters may look at; the catalogue declares them.")


class NewItem(_ItemFields):
    """An item to be registered."""

    type = text(most=MOST_TEXT, required=True)
    id = text(most=MOST_TEXT, required=True, says="The platform's own.")


class ItemChange(_ItemFields):
    """What is to be changed; what is left out stays, `null` clears. `attributes` replaces them all."""


class NewItems(Shape):
    """Items to be registered; those that are there already are changed."""

    items = many(one(NewItem), most=items.MOST, least=1, required=True)
    is_partial = flag(
        data_key="partial", load_default=False, says="Do what can be done; without it one refused item refuses all."
    )


class Line(Shape):
    """What became of one item."""

    index = number(says="Its place among those sent, from 0.")
    type = text(allow_none=True)
    id = text(allow_none=True)
    outcome = text(says="`created`, `changed`, `unchanged` or `refused`.")
    problems = many(fields.String())


class Report(Shape):
    """What became of the items."""

    created = number()
    changed = number()
    unchanged = number()
    refused = number()
    lines = many(one(Line), most=items.MOST)


class ItemName(Shape):
    """An item, named."""

    type = text(most=MOST_TEXT, required=True)
    id = text(most=MOST_TEXT, required=True)


class Selection(Shape):
    """Which items: those for which a filter holds, or these; one of the two."""

    filter = text(most=4000, says="As in the list of items.")
    items = many(one(ItemName), most=items.MOST)


class BulkFields(Shape):
    """What shall be different; what is left out stays, `null` clears."""

    owner = text(most=MOST_TEXT, allow_none=True, says="A user, by id or userName.")
    owner_group = text(most=MOST_TEXT, allow_none=True, says=GROUP_SAYS)
    unit = text(most=MOST_TEXT, says="A business unit, by id or key.")
    levels = one(Levels)


class BulkPlan(Shape):
    """A change of many items to be looked at."""

    selection = one(Selection, required=True)
    changes = one(BulkFields, required=True)


class BulkChange(BulkPlan):
    """A change of many items that was looked at."""

    token = text(required=True, says="From the plan: if other items are meant by now, nothing is done.")


class Transition(Shape):
    """What would be different for some of those concerned."""

    who = text()
    before = text()
    after = text()
    items = number()
    loses = flag()


class Plan(Shape):
    """What a change of many items means."""

    token = text()
    count = number(says="How many items are meant.")
    changing = number(says="How many of them would be different.")
    sample = many(one(Item))
    transitions = many(one(Transition))


class Sharing(Shape):
    """With which business units an item shall be shared."""

    units = many(text(), most=200, least=1, required=True, says="By ids or keys.")
    level = word("read", "modify", load_default="read")


class Unsharing(Shape):
    """With which business units an item shall not be shared any more."""

    units = many(text(), most=200, allow_none=True, says="By ids or keys; without it all.")


def item_shown(item: ItemFacts) -> dict[str, Any]:
    """An item as it is shown."""
    return {
        "type": item.type,
        "id": item.id,
        "name": item.name,
        "owner": item.owner,
        "owner_group": item.owner_group,
        "unit": item.unit,
        "levels": item.levels,
        "attributes": item.attributes,
        "shares": item.shares,
        "revision": item.revision,
        "created": item.created,
        "modified": item.modified,
    }
