"""Read a catalogue document: the part of a platform's manifest that says what can be permitted in it.

The same document is written by hand in a profile, registered by a platform for its own account, and stored
with the account. Each problem has its place: first all of the shape, and once that is right all others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from marshmallow import Schema, fields, validate

from rbac.catalogue import (
    PROFILE,
    Administration,
    AttributeType,
    Catalogue,
    ItemKeys,
    ItemType,
    Operation,
    OwnerGone,
    Permission,
    Section,
    SubjectAttribute,
    Tab,
    Text,
    prefixes,
)

KEY = validate.Regexp(
    re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*\Z"),
    error="must be lower-case words joined by dots, such as campaigns.email.launch",
)
SOME = validate.Length(min=1, error="must not be empty")
_NAME = validate.Regexp(
    re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}\Z"), error="must be a name of letters, digits, - and _"
)
_TYPE_NAME = validate.Regexp(
    re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,99}\Z"), error="must be a name of letters, digits and _ . : / -"
)
_VERSION = validate.Length(min=1, max=100)
_INVENTORIES = validate.OneOf(("open", "held"))
_OF_ITEMS = {"type", "id", "owner", "owner_group", "business_unit", "owner_level", "group_level", "rest_level"}
_RESERVED = {
    "item_types": _OF_ITEMS,
    "subject_attributes": {"type", "id"},
    "action_attributes": {"name"},
    "context_attributes": {"business_unit"},
}

CATALOGUE_FACTS = (
    "version",
    "tabs",
    "item_types",
    "subject_attributes",
    "action_attributes",
    "context_attributes",
    "administration",
    "items",
)


class TextSchema(Schema):
    """Words for people, in each language."""

    en = fields.String(required=True, validate=SOME)
    es = fields.String(required=True, validate=SOME)


class _Permission(Schema):
    key = fields.String(required=True, validate=KEY)
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema, required=True)
    operation = fields.Enum(Operation, by_value=True, required=True)
    requires = fields.List(fields.String(validate=KEY), load_default=list)
    item_types = fields.List(fields.String(validate=_TYPE_NAME), load_default=list)
    privileged = fields.Boolean(load_default=False)
    self_service = fields.Boolean(load_default=False)


class _Section(Schema):
    key = fields.String(required=True, validate=KEY)
    title = fields.Nested(TextSchema, required=True)
    permissions = fields.List(fields.Nested(_Permission), required=True, validate=SOME)


class _Tab(Schema):
    key = fields.String(required=True, validate=KEY)
    title = fields.Nested(TextSchema, required=True)
    sections = fields.List(fields.Nested(_Section), required=True, validate=SOME)


class _Attribute(Schema):
    name = fields.String(required=True, validate=_NAME)
    type = fields.Enum(AttributeType, by_value=True, load_default=AttributeType.STRING)


class _SubjectAttribute(_Attribute):
    path = fields.String(validate=SOME, load_default=None)
    accept_from_pep = fields.Boolean(load_default=False)


class _ItemType(Schema):
    name = fields.String(required=True, validate=_TYPE_NAME)
    title = fields.Nested(TextSchema, required=True)
    levels = fields.Boolean(load_default=False)
    inventory = fields.String(load_default="open", validate=_INVENTORIES)
    owner_gone = fields.Enum(OwnerGone, by_value=True, load_default=OwnerGone.ALL)
    attributes = fields.List(fields.Nested(_Attribute), load_default=list)
    records = fields.Boolean(load_default=False)


class _Administration(Schema):
    assign_roles = fields.String(validate=KEY, load_default=None)
    edit_roles = fields.String(validate=KEY, load_default=None)
    manage_users = fields.String(validate=KEY, load_default=None)
    manage_units = fields.String(validate=KEY, load_default=None)


class _ItemKeys(Schema):
    manage_all = fields.String(validate=KEY, load_default=None)
    common = fields.String(validate=KEY, load_default=None)


class CatalogueSchema(Schema):
    """The shape of a catalogue document; ``catalogue_of`` and ``problems_in`` do the rest."""

    version = fields.String(validate=_VERSION, load_default=None)
    tabs = fields.List(fields.Nested(_Tab), required=True, validate=SOME)
    item_types = fields.List(fields.Nested(_ItemType), load_default=list)
    subject_attributes = fields.List(fields.Nested(_SubjectAttribute), load_default=list)
    action_attributes = fields.List(fields.Nested(_Attribute), load_default=list)
    context_attributes = fields.List(fields.Nested(_Attribute), load_default=list)
    administration = fields.Nested(_Administration, load_default=dict)
    items = fields.Nested(_ItemKeys, load_default=dict)


def catalogue_of(loaded: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a document that has the right shape.

    An item type that permissions name where the document declares none is one whose items are not held.
    """
    tabs = tuple(
        Tab(tab["key"], Text(**tab["title"]), tuple(_section(section) for section in tab["sections"]))
        for tab in loaded["tabs"]
    )
    kinds = {one["name"]: _item_type(one) for one in loaded["item_types"]}
    named = [kind for tab in tabs for section in tab.sections for one in section.permissions for kind in one.item_types]
    for kind in sorted({*named} - kinds.keys()):
        kinds[kind] = ItemType(kind, Text(kind, kind))
    return Catalogue(
        tabs=tabs,
        item_kinds=kinds,
        subject_attributes={one["name"]: SubjectAttribute(**one) for one in loaded["subject_attributes"]},
        action_attributes=_types(loaded["action_attributes"]),
        context_attributes=_types(loaded["context_attributes"]),
        administration=Administration(**loaded["administration"]),
        items=ItemKeys(**loaded["items"]),
        version=loaded["version"],
    )


def problems_in(loaded: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """What a shape cannot show: keys and names used twice, and references to nothing."""
    return [
        *_tree_problems(loaded, catalogue),
        *_item_type_problems(loaded["item_types"]),
        *_subject_problems(loaded["subject_attributes"]),
        *_name_problems("action_attributes", loaded["action_attributes"], _RESERVED["action_attributes"]),
        *_name_problems("context_attributes", loaded["context_attributes"], _RESERVED["context_attributes"]),
        *(
            f'{part}.{name}: there is no permission "{key}"'
            for part in ("administration", "items")
            for name, key in loaded[part].items()
            if key is not None and key not in catalogue.permissions
        ),
    ]


def _section(loaded: Mapping[str, Any]) -> Section:
    return Section(loaded["key"], Text(**loaded["title"]), tuple(_permission(one) for one in loaded["permissions"]))


def _permission(loaded: Mapping[str, Any]) -> Permission:
    return Permission(
        key=loaded["key"],
        title=Text(**loaded["title"]),
        description=Text(**loaded["description"]),
        operation=loaded["operation"],
        requires=tuple(loaded["requires"]),
        item_types=frozenset(loaded["item_types"]),
        privileged=loaded["privileged"],
        self_service=loaded["self_service"],
    )


def _item_type(loaded: Mapping[str, Any]) -> ItemType:
    return ItemType(
        name=loaded["name"],
        title=Text(**loaded["title"]),
        levels=loaded["levels"],
        held=loaded["inventory"] == "held",
        owner_gone=loaded["owner_gone"],
        attributes=_types(loaded["attributes"]),
        records=loaded["records"],
    )


def _types(loaded: Iterable[Mapping[str, Any]]) -> dict[str, AttributeType]:
    return {one["name"]: one["type"] for one in loaded}


def _tree_problems(loaded: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    problems: list[str] = []
    seen: dict[str, str] = {}
    parents = {tab.key for tab in catalogue.tabs}
    parents |= {section.key for tab in catalogue.tabs for section in tab.sections}
    parents |= {node for key in catalogue.permissions for node in prefixes(key) if node != key}
    declared = {one["name"] for one in loaded["item_types"]}
    for t, tab in enumerate(catalogue.tabs):
        for s, section in enumerate(tab.sections):
            for p, permission in enumerate(section.permissions):
                place = f"tabs[{t}].sections[{s}].permissions[{p}]"
                key = permission.key
                if key in seen:
                    problems.append(f'{place}.key: "{key}" is used already in {seen[key]}')
                elif key in parents:
                    problems.append(f'{place}.key: "{key}" is also a tab, a section or the beginning of another key')
                seen.setdefault(key, place)
                problems += [
                    f'{place}.requires: there is no permission "{need}"'
                    for need in permission.requires
                    if need not in catalogue.permissions
                ]
                problems += [
                    f'{place}.item_types: there is no item type "{kind}"'
                    for kind in sorted(permission.item_types - {PROFILE})
                    if declared and kind not in declared
                ]
    circle = _circle(catalogue)
    if circle:
        problems.append(f"tabs: permissions require each other in a circle: {' → '.join(circle)}")
    return problems


def _circle(catalogue: Catalogue) -> list[str]:
    """Permissions of which each requires the next, and the last the first; none where there is no such circle."""
    needs = {
        key: [need for need in one.requires if need in catalogue.permissions]
        for key, one in catalogue.permissions.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def _item_type_problems(loaded: Iterable[Mapping[str, Any]]) -> list[str]:
    loaded = list(loaded)
    problems = _name_problems("item_types", loaded, {PROFILE})
    for number, kind in enumerate(loaded):
        place = f"item_types[{number}]"
        problems += _name_problems(f"{place}.attributes", kind["attributes"], _RESERVED["item_types"])
        if kind["records"] and not kind["attributes"]:
            problems.append(f"{place}.attributes: records that are filtered need attributes")
    return problems


def _subject_problems(loaded: Iterable[Mapping[str, Any]]) -> list[str]:
    loaded = list(loaded)
    return _name_problems("subject_attributes", loaded, _RESERVED["subject_attributes"]) + [
        f"subject_attributes[{number}].path: it has no value from anywhere without path or accept_from_pep"
        for number, one in enumerate(loaded)
        if one["path"] is None and not one["accept_from_pep"]
    ]


def _name_problems(place: str, loaded: Iterable[Mapping[str, Any]], reserved: set[str]) -> list[str]:
    """Names that are taken: by another declaration, or by what has a meaning of its own."""
    problems = []
    seen: Counter[str] = Counter()
    for number, one in enumerate(loaded):
        name = one["name"]
        if name in reserved:
            problems.append(f'{place}[{number}].name: "{name}" has a meaning of its own')
        if seen[name]:
            problems.append(f'{place}[{number}].name: "{name}" is used twice')
        seen[name] += 1
    return problems
