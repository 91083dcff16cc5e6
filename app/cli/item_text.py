"""Items as the command line shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.cli.output import lines
from app.services.item_changes import Plan
from app.services.item_defaults import DefaultFacts
from app.services.item_facts import ItemFacts
from app.services.item_references import OwnerGroup


def shown(one: ItemFacts) -> str:
    """An item with everything that decides who may use it."""
    owner = f"{one.owner.user_name}{'' if one.owner.active else ' (gone)'}" if one.owner else "nobody"
    text = [
        f"{one.type} {one.id}{f'  {one.name}' if one.name else ''}",
        f"owner        {owner}: {one.levels.owner}",
        f"owner group  {_group(one.owner_group) or 'none'}: {one.levels.group}",
        f"the rest     {one.levels.rest}",
        f"unit         {one.unit}",
        *(f"shared with  {share.unit}: {share.level}" for share in one.shares),
        *(f"{name}  {value}" for name, value in sorted(one.attributes.items())),
        f"revision     {one.revision}",
    ]
    return "\n".join(text)


def planned(plan: Plan) -> str:
    """How many items change, and what that means for whom."""
    rows = [
        ("LOSES" if one.loses else "gains", one.who, f"{one.before} → {one.after}", one.items)
        for one in plan.transitions
    ]
    return f"{plan.changing} of {plan.count} items change\n" + lines(("", "WHO", "MAY", "ITEMS"), rows, "for nobody")


def table(found: Sequence[ItemFacts], empty: str) -> str:
    """Items, one a line."""
    headings = ("TYPE", "ID", "NAME", "OWNER", "OWNER GROUP", "UNIT", "LEVELS")
    rows = [
        (
            one.type,
            one.id,
            one.name,
            one.owner and one.owner.user_name,
            _group(one.owner_group),
            one.unit,
            "/".join(one.levels),
        )
        for one in found
    ]
    return lines(headings, rows, empty)


def _group(group: OwnerGroup | None) -> str | None:
    return f"{group.kind}:{group.name or group.id}" if group else None


def counted(counts: Mapping[str, int]) -> str:
    """How many items of each type."""
    return ", ".join(f"{count} {type}" for type, count in counts.items()) or "nothing"


def defaults(found: Sequence[DefaultFacts]) -> str:
    """What new items begin with, one user and type a line."""
    rows = [
        (one.user_name, one.type, _group(one.owner_group), *one.levels, "set" if one.is_set else "") for one in found
    ]
    headings = ("USER", "TYPE", "OWNER GROUP", "OWNER", "GROUP", "REST", "")
    return lines(headings, rows, "no type of items in this account has levels")
