"""What a catalogue document looks like. It is shown here; the core reads it and names every place that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from app.api.shapes import Localized, Shape, described, flag, many, one, text, word
from rbac.catalogue import AttributeType, Operation, OwnerGone

_KEY = "Lower-case words joined by dots, such as `campaigns.email.launch`; unique in the catalogue."


class Document(fields.Nested):
    """An object of a shape that is kept as it came."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError("must be an object")
        return value


class ManifestPermission(Shape):
    """Something that somebody may do in the platform."""

    key = text(required=True, says=_KEY)
    title = one(Localized, required=True)
    description = one(Localized, required=True)
    operation = word(*Operation, required=True, says="What it does to an item, so which level it needs.")
    requires = many(text(), says="Keys of permissions without which it is of little use.")
    item_types = many(text(), says="The types of item that it is about; without them it is about none or all.")
    privileged = flag(says="Whether roles that give it are to be looked at twice.")
    self_service = flag(says="Whether everybody may do it to their own profile.")


class ManifestSection(Shape):
    """Permissions that belong together."""

    key = text(required=True, says=_KEY)
    title = one(Localized, required=True)
    permissions = many(one(ManifestPermission), least=1, required=True)


class ManifestTab(Shape):
    """An area of the platform."""

    key = text(required=True, says=_KEY)
    title = one(Localized, required=True)
    sections = many(one(ManifestSection), least=1, required=True)


class ManifestAttribute(Shape):
    """A fact that conditions and filters may look at."""

    name = text(required=True)
    type = word(*AttributeType)


class ManifestSubjectAttribute(ManifestAttribute):
    """A fact of a person."""

    path = text(allow_none=True, says="Where in the SCIM resource of the user it is.")
    accept_from_pep = flag(says="Whether platforms may say it, where the directory does not.")


class ManifestItemType(Shape):
    """A type of item."""

    name = text(required=True)
    title = one(Localized, required=True)
    levels = flag(says="Whether its items have levels for owner, owner group and all others.")
    inventory = word("open", "held", says="`held`: its items are registered here; `open`: they stay with the platform.")
    owner_gone = word(*OwnerGone, says="What is denied with items whose owner is gone.")
    attributes = many(one(ManifestAttribute))
    records = flag(says="Whether data filters apply to it.")


class ManifestAdministration(Shape):
    """Which permissions make somebody an administrator here."""

    assign_roles = text(allow_none=True)
    edit_roles = text(allow_none=True)
    manage_users = text(allow_none=True)
    manage_units = text(allow_none=True)


class ManifestItemKeys(Shape):
    """Which permissions reach beyond the levels of items."""

    manage_all = text(allow_none=True, says="Passes every level.")
    common = text(allow_none=True, says="Makes the level for all others reachable.")


class ManifestDocument(Shape):
    """A platform's catalogue, as its repository has it."""

    name = text(required=True, says="What the platform is called.")
    version = text(required=True, says="Another one for other content.")
    tabs = many(one(ManifestTab), least=1, required=True)
    item_types = many(one(ManifestItemType))
    subject_attributes = many(one(ManifestSubjectAttribute))
    action_attributes = many(one(ManifestAttribute))
    context_attributes = many(one(ManifestAttribute))
    administration = one(ManifestAdministration)
    items = one(ManifestItemKeys)


def document(**settings: Any) -> Document:
    """A catalogue document."""
    return Document(ManifestDocument, **described(settings))
