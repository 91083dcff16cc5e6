"""The vocabulary in which SCIM schemas are declared (RFC 7643 §2, §7).

A schema is data: one declaration per attribute. Validation, discovery, paths,
filters, PATCH, projection and search all derive from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Type(StrEnum):
    """RFC 7643 §2.3."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATETIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """RFC 7643 §7 "mutability"."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """RFC 7643 §7 "returned"."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    """RFC 7643 §7 "uniqueness"."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, eq=False)
class Attribute:
    """One attribute and its characteristics (RFC 7643 §7). A declaration is itself: compared by identity.

    ``relation`` marks an attribute whose values are rows of their own and are never part
    of the stored document (``members`` of a group, ``groups`` of a user). ``default`` is the value that
    a create or replace gives to an attribute the client left out.
    """

    name: str
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    description: str = ""
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sub: tuple[Attribute, ...] = ()
    relation: bool = False
    default: bool | None = None

    @cached_property
    def key(self) -> str:
        """The name as compared: attribute names have no case (RFC 7643 §2.1)."""
        return self.name.lower()

    @cached_property
    def _subs(self) -> dict[str, Attribute]:
        return {sub.key: sub for sub in self.sub}

    def find_sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, whatever its case."""
        return self._subs.get(name.lower())

    @property
    def read_only(self) -> bool:
        """The server alone writes it."""
        return self.mutability is Mutability.READ_ONLY

    @property
    def stored(self) -> bool:
        """Clients may set it, and it is kept in the document."""
        return not (self.read_only or self.relation or self.returned is Returned.NEVER)


@dataclass(frozen=True)
class Schema:
    """A schema: a URN and its attributes (RFC 7643 §7)."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    @cached_property
    def key(self) -> str:
        """The URN as compared: URNs have no case here (RFC 7643 §2.1)."""
        return self.urn.lower()

    @cached_property
    def _attributes(self) -> dict[str, Attribute]:
        return {attribute.key: attribute for attribute in self.attributes}

    def find(self, name: str) -> Attribute | None:
        """The attribute of that name, whatever its case."""
        return self._attributes.get(name.lower())


@dataclass(frozen=True)
class Extension:
    """A schema extension of a resource type (RFC 7643 §6 "schemaExtensions")."""

    schema: Schema
    required: bool = False


@dataclass(frozen=True, eq=False)
class ResourceType:
    """A kind of resource: where it lives and which schemas describe it (RFC 7643 §6).

    ``endpoint`` is the path segment, such as ``Users``. ``schema`` is the core schema;
    the common attributes (RFC 7643 §3.1) belong to every type and stand in no schema.
    Types compare by identity, because what is compiled from one is kept for as long as it lives:
    whoever declares a type keeps the object and hands out the same one again.
    """

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: tuple[Extension, ...] = ()

    @cached_property
    def schemas(self) -> tuple[Schema, ...]:
        """The core schema first, then the extensions."""
        return (self.schema, *(extension.schema for extension in self.extensions))

    @cached_property
    def relation(self) -> Attribute | None:
        """The attribute whose values are rows of their own, if the type has one."""
        return next((attribute for attribute in self.schema.attributes if attribute.relation), None)

    def find_schema(self, urn: str) -> Schema | None:
        """The schema of that URN, whatever its case, if this type uses it."""
        key = urn.lower()
        return next((schema for schema in self.schemas if schema.key == key), None)
