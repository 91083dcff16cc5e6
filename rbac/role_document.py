"""Read the roles of a document: what each is called, and the nodes that it allows and denies.

A condition (``when``) is text here. What it may speak of is declared in the catalogue, and its grammar is that of
SCIM filters, which this core does not know; whoever writes the role down has it checked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, validate

from rbac.catalogue import EVERYTHING, Catalogue, Text, plain, shown
from rbac.catalogue_document import SOME, TextSchema

Said = Literal["allow", "deny"]

NODE = validate.Regexp(
    re.compile(r"(\*|[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*(\.\*)?)\Z"),
    error="must be a node of the catalogue such as campaigns.email, campaigns.email.* or *",
)


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """What a role says about one node of the catalogue, and the condition under which it says so."""

    node: str
    effect: Said
    when: str | None = None


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """A role as a document has it: what it is called and what it says."""

    name: str
    title: Text
    description: Text
    entries: tuple[RoleEntry, ...]
    is_owner: bool = False
    is_privileged: bool = False


class _Entry(Schema):
    node = fields.String(required=True, validate=NODE)
    when = fields.String(validate=SOME, load_default=None)


class EntryField(fields.Field[RoleEntry]):
    """A node, or a node with its condition: ``{node = "write", when = "…"}``."""

    def __init__(self, effect: Said) -> None:
        super().__init__()
        self._effect = effect

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> RoleEntry:
        if not isinstance(value, str | Mapping):
            raise ValidationError('must be a node, or a table such as {node = "write", when = "…"}')
        loaded = _ENTRY.load({"node": value} if isinstance(value, str) else value)
        return RoleEntry(plain(loaded["node"]), self._effect, loaded["when"])


class RoleSchema(Schema):
    """A default role of a profile."""

    name = fields.String(required=True, validate=SOME)
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema, required=True)
    allow = fields.List(EntryField("allow"), load_default=list)
    deny = fields.List(EntryField("deny"), load_default=list)
    owner = fields.Boolean(load_default=False)
    privileged = fields.Boolean(load_default=False)


_ENTRY = _Entry()


def role_of(loaded: Mapping[str, Any]) -> RoleTemplate:
    """The role of a document that has the right shape."""
    return RoleTemplate(
        name=loaded["name"],
        title=Text(**loaded["title"]),
        description=Text(**loaded["description"]),
        entries=(*loaded["allow"], *loaded["deny"]),
        is_owner=loaded["owner"],
        is_privileged=loaded["privileged"],
    )


def role_problems(
    place: str, catalogue: Catalogue, roles: Sequence[RoleTemplate], taken: Collection[str] = ()
) -> list[str]:
    """Names used twice (``taken``: elsewhere, folded), nodes that are not there, and nodes named twice."""
    problems: list[str] = []
    names = set(taken)
    for number, role in enumerate(roles):
        if role.name.casefold() in names:
            problems.append(f'{place}[{number}].name: "{role.name}" is used twice')
        names.add(role.name.casefold())
        said: set[tuple[str, Said]] = set()
        for entry in role.entries:
            where, node = f"{place}[{number}].{entry.effect}", shown(catalogue, entry.node)
            if entry.node != EVERYTHING and not catalogue.covered_by(entry.node):
                problems.append(f'{where}: there is nothing at "{node}" in the catalogue')
            if (entry.node, entry.effect) in said:
                problems.append(f'{where}: "{node}" is named twice; join its conditions with "or"')
            said.add((entry.node, entry.effect))
    return problems
