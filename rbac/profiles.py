"""Platform profiles: a catalogue and its default roles, kept as a data file beside this module.

A profile is read once when an account is created; the account keeps its own copy of the
catalogue, so that a new release changes nobody's permissions unasked.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from rbac.catalogue import EVERYTHING, Catalogue, Operation, Permission, Section, Tab, Text, plain, prefixes
from rbac.errors import InvalidDocument
from rbac.places import problems_of

DEFAULT = "email-marketing"

_KEY = validate.Regexp(
    re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*\Z"),
    error="must be lower-case words joined by dots, such as campaigns.email.launch",
)
_NODE = validate.Regexp(
    re.compile(r"(\*|[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*(\.\*)?)\Z"),
    error="must be a node of the catalogue such as campaigns.email, campaigns.email.* or *",
)
_SOME = validate.Length(min=1, error="must not be empty")


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """A default role of a profile: what it is called, and the nodes it allows and denies."""

    name: str
    title: Text
    description: Text
    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    is_owner: bool = False
    is_privileged: bool = False

    @property
    def permissions(self) -> Mapping[str, str]:
        """Node → ``allow`` or ``deny``; a node in both is a deny."""
        return {plain(node): "allow" for node in self.allow} | {plain(node): "deny" for node in self.deny}


@dataclass(frozen=True, slots=True)
class Profile:
    """A platform: what can be permitted in it, and the roles it comes with."""

    name: str
    title: Text
    description: Text
    catalogue: Catalogue
    document: Mapping[str, Any]
    roles: tuple[RoleTemplate, ...]

    @property
    def owner(self) -> RoleTemplate:
        """The role that manages users, roles, mappings and security, and nothing else."""
        return next(role for role in self.roles if role.is_owner)


class _Text(Schema):
    en = fields.String(required=True, validate=_SOME)
    es = fields.String(required=True, validate=_SOME)


class _Permission(Schema):
    key = fields.String(required=True, validate=_KEY)
    title = fields.Nested(_Text, required=True)
    description = fields.Nested(_Text, required=True)
    operation = fields.Enum(Operation, by_value=True, required=True)
    requires = fields.List(fields.String(validate=_KEY), load_default=list)
    item_types = fields.List(fields.String(validate=_SOME), load_default=list)
    privileged = fields.Boolean(load_default=False)
    self_service = fields.Boolean(load_default=False)


class _Section(Schema):
    key = fields.String(required=True, validate=_KEY)
    title = fields.Nested(_Text, required=True)
    permissions = fields.List(fields.Nested(_Permission), required=True, validate=_SOME)


class _Tab(Schema):
    key = fields.String(required=True, validate=_KEY)
    title = fields.Nested(_Text, required=True)
    sections = fields.List(fields.Nested(_Section), required=True, validate=_SOME)


class _Catalogue(Schema):
    tabs = fields.List(fields.Nested(_Tab), required=True, validate=_SOME)


class _Role(Schema):
    name = fields.String(required=True, validate=_SOME)
    title = fields.Nested(_Text, required=True)
    description = fields.Nested(_Text, required=True)
    allow = fields.List(fields.String(validate=_NODE), load_default=list)
    deny = fields.List(fields.String(validate=_NODE), load_default=list)
    owner = fields.Boolean(load_default=False)
    privileged = fields.Boolean(load_default=False)


class _Profile(_Catalogue):
    name = fields.String(required=True, validate=_KEY)
    title = fields.Nested(_Text, required=True)
    description = fields.Nested(_Text, required=True)
    roles = fields.List(fields.Nested(_Role), required=True, validate=_SOME)


_PROFILE, _CATALOGUE = _Profile(), _Catalogue()


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
    loaded = _load(_PROFILE, document, "the platform profile is not valid")
    catalogue = _catalogue(loaded)
    roles = tuple(_role(role) for role in loaded["roles"])
    problems = _tree_problems(catalogue) + _role_problems(catalogue, roles)
    if problems:
        raise InvalidDocument("the platform profile is not valid", problems)
    return Profile(
        loaded["name"],
        Text(**loaded["title"]),
        Text(**loaded["description"]),
        catalogue,
        {"tabs": document["tabs"]},
        roles,
    )


@lru_cache(maxsize=64)
def parse_catalogue(document: str) -> Catalogue:
    """The catalogue of a stored JSON document (``Profile.document``). Raises InvalidDocument."""
    catalogue = _catalogue(_load(_CATALOGUE, json.loads(document), "the permission catalogue is not valid"))
    problems = _tree_problems(catalogue)
    if problems:
        raise InvalidDocument("the permission catalogue is not valid", problems)
    return catalogue


def _load(schema: Schema, document: Any, what: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        raise InvalidDocument(what, problems_of(error.messages)) from error
    return loaded


def _catalogue(loaded: Mapping[str, Any]) -> Catalogue:
    return Catalogue(
        tuple(
            Tab(tab["key"], Text(**tab["title"]), tuple(_section(section) for section in tab["sections"]))
            for tab in loaded["tabs"]
        )
    )


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


def _role(loaded: Mapping[str, Any]) -> RoleTemplate:
    return RoleTemplate(
        name=loaded["name"],
        title=Text(**loaded["title"]),
        description=Text(**loaded["description"]),
        allow=tuple(loaded["allow"]),
        deny=tuple(loaded["deny"]),
        is_owner=loaded["owner"],
        is_privileged=loaded["privileged"],
    )


def _tree_problems(catalogue: Catalogue) -> list[str]:
    """What a schema cannot see: keys used twice, keys that are also a node, unknown requirements."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    parents = {tab.key for tab in catalogue.tabs}
    parents |= {section.key for tab in catalogue.tabs for section in tab.sections}
    parents |= {node for key in catalogue.permissions for node in prefixes(key) if node != key}
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
    return problems


def _role_problems(catalogue: Catalogue, roles: tuple[RoleTemplate, ...]) -> list[str]:
    problems: list[str] = []
    names: set[str] = set()
    for number, role in enumerate(roles):
        if role.name.casefold() in names:
            problems.append(f'roles[{number}].name: "{role.name}" is used twice')
        names.add(role.name.casefold())
        for field, nodes in (("allow", role.allow), ("deny", role.deny)):
            problems += [
                f'roles[{number}].{field}: there is nothing at "{node}" in the catalogue'
                for node in nodes
                if node != EVERYTHING and not catalogue.covered_by(node)
            ]
    owners = sum(role.is_owner for role in roles)
    if owners != 1:
        problems.append(f"roles: exactly one role must be the owner role, not {owners}")
    return problems
