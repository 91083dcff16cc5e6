"""Platform profiles: a catalogue and its default roles, kept as a data file beside this module.

A profile is read when an account is created or loads it; the account keeps its own copy of the catalogue, so
that a new release changes nobody's permissions unasked. A manifest is a catalogue without roles, which a
platform registers for itself.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from rbac.catalogue import Catalogue, Text
from rbac.catalogue_document import (
    CATALOGUE_FACTS,
    KEY,
    SOME,
    CatalogueSchema,
    TextSchema,
    catalogue_of,
    problems_in,
)
from rbac.errors import InvalidDocument
from rbac.places import problems_of
from rbac.role_document import RoleSchema, RoleTemplate, role_of, role_problems
from rbac.sample_names import sample_problems
from rbac.samples import Sample, SampleSchema

DEFAULT = "email-marketing"


@dataclass(frozen=True, slots=True)
class Profile:
    """A platform: what can be permitted in it, and the roles it comes with.

    ``extensions`` are schema extensions that its conditions need, as documents. ``default_roles`` are what people
    get whom somebody creates by hand. ``sample`` is what its examples are about.
    """

    name: str
    title: Text
    description: Text
    catalogue: Catalogue
    document: Mapping[str, Any]
    roles: tuple[RoleTemplate, ...]
    extensions: tuple[Mapping[str, Any], ...]
    default_roles: tuple[str, ...]
    sample: Sample

    @property
    def owner(self) -> RoleTemplate:
        """The role that manages users, roles, mappings and security."""
        return next(role for role in self.roles if role.is_owner)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A platform's own catalogue with its name; ``catalogue.version`` is never None."""

    name: str
    catalogue: Catalogue
    document: Mapping[str, Any]


class _Profile(CatalogueSchema):
    name = fields.String(required=True, validate=KEY)
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema, required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True, validate=SOME)
    schema_extensions = fields.List(fields.Dict(keys=fields.String()), load_default=list)
    default_roles = fields.List(fields.String(validate=SOME), load_default=list)
    sample = fields.Nested(SampleSchema, load_default=Sample())


class _Manifest(CatalogueSchema):
    name = fields.String(required=True, validate=KEY)
    version = fields.String(required=True, validate=validate.Length(min=1, max=100))


_PROFILE, _MANIFEST, _CATALOGUE = _Profile(), _Manifest(), CatalogueSchema()


def shipped() -> tuple[str, ...]:
    """The profiles that come with the product."""
    folder = files("rbac").joinpath("profiles")
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


@cache
def load_profile(name: str = DEFAULT) -> Profile:
    """A profile that comes with the product. Raises LookupError, naming those there are."""
    if name not in shipped():
        raise LookupError(f'there is no platform profile "{name}"; there are: {", ".join(shipped())}')
    return read_profile(files("rbac").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))


def read_profile(text: str) -> Profile:
    """A profile from TOML text. Raises InvalidDocument."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDocument("the platform profile is not TOML", [str(error)]) from error
    return parse_profile(document)


def parse_profile(document: Mapping[str, Any]) -> Profile:
    """Check a profile document. Raises InvalidDocument, naming every place that is wrong."""
    what = "the platform profile is not valid"
    loaded = _load(_PROFILE, document, what)
    catalogue = catalogue_of(loaded)
    roles = tuple(map(role_of, loaded["roles"]))
    sample: Sample = loaded["sample"]
    names = {role.name for role in roles}
    problems = [
        *problems_in(loaded, catalogue),
        *role_problems("roles", catalogue, roles),
        *_owner_problems(roles),
        *(f'default_roles: there is no role "{name}"' for name in loaded["default_roles"] if name not in names),
        *(
            f"schema_extensions[{number}].id: is needed, since paths name it"
            for number, one in enumerate(loaded["schema_extensions"])
            if not isinstance(one.get("id"), str)
        ),
        *sample_problems(sample, catalogue, names),
    ]
    if problems:
        raise InvalidDocument(what, problems)
    return Profile(
        name=loaded["name"],
        title=Text(**loaded["title"]),
        description=Text(**loaded["description"]),
        catalogue=catalogue,
        document=_stored(document),
        roles=roles,
        extensions=tuple(loaded["schema_extensions"]),
        default_roles=tuple(loaded["default_roles"]),
        sample=sample,
    )


def parse_manifest(document: Mapping[str, Any]) -> Manifest:
    """Check a platform's own catalogue. Raises InvalidDocument, naming every place that is wrong."""
    what = "the catalogue is not valid"
    loaded = _load(_MANIFEST, document, what)
    catalogue = catalogue_of(loaded)
    problems = problems_in(loaded, catalogue)
    if problems:
        raise InvalidDocument(what, problems)
    return Manifest(loaded["name"], catalogue, _stored(document))


@lru_cache(maxsize=64)
def parse_catalogue(document: str) -> Catalogue:
    """The catalogue of a stored JSON document (``Profile.document``). Raises InvalidDocument."""
    what = "the permission catalogue is not valid"
    loaded = _load(_CATALOGUE, json.loads(document), what)
    catalogue = catalogue_of(loaded)
    problems = problems_in(loaded, catalogue)
    if problems:
        raise InvalidDocument(what, problems)
    return catalogue


def _stored(document: Mapping[str, Any]) -> dict[str, Any]:
    return {fact: document[fact] for fact in CATALOGUE_FACTS if fact in document}


def _load(schema: Schema, document: Any, what: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        raise InvalidDocument(what, problems_of(error.messages)) from error
    return loaded


def _owner_problems(roles: Sequence[RoleTemplate]) -> list[str]:
    owners = sum(role.is_owner for role in roles)
    return [] if owners == 1 else [f"roles: exactly one role must be the owner role, not {owners}"]
