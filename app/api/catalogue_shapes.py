"""What stands in bodies about catalogues and profiles."""

from __future__ import annotations

from marshmallow import fields

from app.api.manifest_shapes import document
from app.api.shapes import Localized, Shape, anything, flag, many, number, one, text

_DROP = "Take away what the plan says is taken away; without it such a change is refused."


class Manifest(Shape):
    """A platform's catalogue as its repository has it."""

    manifest = document(required=True)


class Registration(Manifest):
    """A catalogue to be registered."""

    drop = flag(load_default=False, says=_DROP)


class Loading(Shape):
    """How a profile is to be loaded."""

    drop = flag(load_default=False, says=_DROP)
    sample = flag(load_default=False, says="The units, people, groups and items of its examples, too.")


class Catalogue(Shape):
    """What can be permitted in the account's platform."""

    name = text()
    version = fields.String(allow_none=True)
    permissions = number(says="How many permissions it has.")
    manifest = anything(says="Change it, give it another version, and register it again.")


class ProfileSummary(Shape):
    """A profile that comes with the product."""

    name = text()
    title = one(Localized)
    description = one(Localized)
    permissions = number()
    roles = many(fields.String())
    has_sample = flag()


class ProfileDetail(ProfileSummary):
    """A profile with its catalogue."""

    manifest = anything()


class Changes(Shape):
    """Names that are added, removed, or mean something else."""

    added = many(fields.String(), most=5000)
    removed = many(fields.String(), most=5000)
    changed = anything(says="By name, in what.")


class RolePlan(Shape):
    """What becomes of a role."""

    name = text()
    fate = text(says="`added`, `changed`, `removed` or `kept`.")
    is_default = flag()
    holders = number(says="How many active people have it.")
    gained = many(fields.String())
    lost = many(fields.String())
    altered = many(fields.String())
    lacking = anything(says="Permissions that it gives without what they newly require, with that.")
    vanishing = many(fields.String(), says="Nodes it names that will be gone.")
    formerly = fields.String(allow_none=True)


class CatalogueChange(Shape):
    """The difference between what the account has and what it shall have."""

    profile = text()
    formerly = text()
    version = fields.String(allow_none=True)
    former_version = fields.String(allow_none=True)
    is_change = flag()
    permissions = one(Changes)
    item_types = one(Changes)
    attributes = one(Changes)
    roles = many(one(RolePlan))
    default_roles = many(fields.String(), allow_none=True)
    people = number(says="How many active people would have other permissions than before.")
    conflicts = many(fields.String(), says="What forbids it.")
    drops = many(fields.String(), says="What it takes away.")
