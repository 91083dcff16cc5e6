"""The sample of a platform profile: units, people, groups and items that its examples are about.

It is loaded only where somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from rbac.catalogue import Text
from rbac.catalogue_document import SOME
from rbac.role_document import NODE, EntryField, RoleTemplate

ROOT = "root"
_DAYS = validate.Range(0, 3_650)
_LEVEL = validate.OneOf(("forbidden", "read", "modify"))


@dataclass(frozen=True, slots=True)
class SampleUnit:
    """A business unit below another; ``filters`` are its data filters by record type."""

    key: str
    name: str
    parent: str
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A business unit, with those below it or without."""

    unit: str
    children: bool


@dataclass(frozen=True, slots=True)
class SampleUser:
    """Somebody whom an administrator created by hand. ``attributes`` are those of a SCIM user."""

    user_name: str
    name: str
    active: bool
    home: str | None
    works_in: tuple[Place, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """A group made by hand, of users by their names."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleAssignment:
    """A role for exactly one principal: a user, a group, or whoever works in ``unit``.

    ``at`` is the unit where it applies (None: everywhere); ``children`` carries it to the units below.
    """

    role: str
    user: str | None
    group: str | None
    unit: str | None
    at: str | None
    children: bool
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SamplePermission:
    """An allow or deny put straight on a user."""

    user: str
    permission: str
    effect: str
    at: str | None
    children: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Levels:
    """What the owner, the owner group and the rest may do with an item."""

    owner: str = "modify"
    group: str = "modify"
    rest: str = "modify"


@dataclass(frozen=True, slots=True)
class SampleDefault:
    """What a user's new items of one type begin with. The owner group is a group or a role."""

    user: str
    type: str
    group: str | None
    role: str | None
    levels: Levels


@dataclass(frozen=True, slots=True)
class SampleItem:
    """An item. ``shares`` are other units in which it may be used: unit → level."""

    type: str
    id: str
    name: str | None
    owner: str | None
    group: str | None
    role: str | None
    unit: str
    levels: Levels | None
    attributes: Mapping[str, Any]
    shares: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SampleUse:
    """So many days ago a role last allowed somebody something."""

    user: str
    role: str
    days: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything a profile's examples are about.

    For so many ``days`` its people have been there, and has it been known which roles they use; 0: since now.
    """

    units: tuple[SampleUnit, ...] = ()
    roles: tuple[RoleTemplate, ...] = ()
    users: tuple[SampleUser, ...] = ()
    groups: tuple[SampleGroup, ...] = ()
    assignments: tuple[SampleAssignment, ...] = ()
    permissions: tuple[SamplePermission, ...] = ()
    defaults: tuple[SampleDefault, ...] = ()
    items: tuple[SampleItem, ...] = ()
    days: int = 0
    uses: tuple[SampleUse, ...] = ()

    def __bool__(self) -> bool:
        return self != _NOTHING


_NOTHING = Sample()


class _Part(Schema):
    """A table that becomes a value: lists are tuples there."""

    value: type

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> Any:
        return self.value(**{key: tuple(one) if isinstance(one, list) else one for key, one in loaded.items()})


class _Unit(_Part):
    value = SampleUnit
    key = fields.String(required=True, validate=SOME)
    name = fields.String(required=True, validate=SOME)
    parent = fields.String(load_default=ROOT)
    filters = fields.Dict(keys=fields.String(), values=fields.String(validate=SOME), load_default=dict)


class _Place(_Part):
    value = Place
    unit = fields.String(required=True)
    children = fields.Boolean(load_default=False)


class _User(_Part):
    value = SampleUser
    user_name = fields.String(required=True, validate=SOME)
    name = fields.String(required=True, validate=SOME)
    active = fields.Boolean(load_default=True)
    home = fields.String(load_default=None)
    works_in = fields.List(fields.Nested(_Place), load_default=list)
    attributes = fields.Dict(keys=fields.String(), load_default=dict)


class _Group(_Part):
    value = SampleGroup
    name = fields.String(required=True, validate=SOME)
    members = fields.List(fields.String(), load_default=list)


class _Assignment(_Part):
    value = SampleAssignment
    role = fields.String(required=True)
    user = fields.String(load_default=None)
    group = fields.String(load_default=None)
    unit = fields.String(load_default=None)
    at = fields.String(load_default=None)
    children = fields.Boolean(load_default=False)
    filters = fields.Dict(keys=fields.String(), values=fields.String(validate=SOME), load_default=dict)

    @validates_schema
    def _one_principal(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if sum(loaded.get(one) is not None for one in ("user", "group", "unit")) != 1:
            raise ValidationError("name one of user, group and unit")
        if loaded.get("unit") is not None and loaded.get("at") is not None:
            raise ValidationError("a unit's role applies in that unit", "at")


class _Permission(_Part):
    value = SamplePermission
    user = fields.String(required=True)
    permission = fields.String(required=True, validate=NODE)
    effect = fields.String(required=True, validate=validate.OneOf(("allow", "deny")))
    at = fields.String(load_default=None)
    children = fields.Boolean(load_default=False)
    reason = fields.String(load_default="")


class _Levels(_Part):
    value = Levels
    owner = fields.String(required=True, validate=_LEVEL)
    group = fields.String(required=True, validate=_LEVEL)
    rest = fields.String(required=True, validate=_LEVEL)


class _OwnerGroup(_Part):
    group = fields.String(load_default=None)
    role = fields.String(load_default=None)

    @validates_schema
    def _one_owner_group(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if loaded.get("group") is not None and loaded.get("role") is not None:
            raise ValidationError("the owner group is a group or a role, not both")


class _Default(_OwnerGroup):
    value = SampleDefault
    user = fields.String(required=True)
    type = fields.String(required=True)
    levels = fields.Nested(_Levels, required=True)


class _Item(_OwnerGroup):
    value = SampleItem
    type = fields.String(required=True)
    id = fields.String(required=True, validate=SOME)
    name = fields.String(load_default=None)
    owner = fields.String(load_default=None)
    unit = fields.String(load_default=ROOT)
    levels = fields.Nested(_Levels, load_default=None)
    attributes = fields.Dict(keys=fields.String(), load_default=dict)
    shares = fields.Dict(keys=fields.String(), values=fields.String(validate=_LEVEL), load_default=dict)


class _Use(_Part):
    value = SampleUse
    user = fields.String(required=True)
    role = fields.String(required=True)
    days = fields.Integer(required=True, strict=True, validate=_DAYS)


class _Role(Schema):
    name = fields.String(required=True, validate=SOME)
    description = fields.String(load_default="")
    allow = fields.List(EntryField("allow"), load_default=list)
    deny = fields.List(EntryField("deny"), load_default=list)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> RoleTemplate:
        name, said = loaded["name"], loaded["description"]
        return RoleTemplate(name, Text(name, name), Text(said, said), (*loaded["allow"], *loaded["deny"]))


class SampleSchema(_Part):
    """The shape of a sample."""

    value = Sample
    units = fields.List(fields.Nested(_Unit), load_default=list)
    roles = fields.List(fields.Nested(_Role), load_default=list)
    users = fields.List(fields.Nested(_User), load_default=list)
    groups = fields.List(fields.Nested(_Group), load_default=list)
    assignments = fields.List(fields.Nested(_Assignment), load_default=list)
    permissions = fields.List(fields.Nested(_Permission), load_default=list)
    defaults = fields.List(fields.Nested(_Default), load_default=list)
    items = fields.List(fields.Nested(_Item), load_default=list)
    days = fields.Integer(load_default=0, strict=True, validate=_DAYS)
    uses = fields.List(fields.Nested(_Use), load_default=list)
