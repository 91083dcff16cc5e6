"""What is usual at each identity provider: defaults of a connection, and what its administrator does there.

The facts are data files in ``app/presets``, one a provider, for the pages that lead through a set-up, too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from app.services.errors import Refused, Wrong

GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Entry:
    """A field at the provider, by its name there, and which of our addresses goes into it (``trusted.Addresses``)."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do at the provider, in both languages of the product, and what to enter there."""

    en: str
    es: str
    enter: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider by one protocol.

    ``trust`` and ``claims`` are what a new connection begins with; ``suggests`` are settings that make sense once
    there is a directory or groups. ``directory`` is the preset of the directory that the same provider pushes into.
    """

    name: str
    title: str
    protocol: str
    directory: str | None
    trust: Mapping[str, Any]
    claims: Mapping[str, Any]
    suggests: Mapping[str, str]
    steps: tuple[Step, ...]


def preset(name: str, protocol: str) -> Preset:
    """A provider's preset for a protocol. Raises Refused, naming those there are."""
    found = _all().get((name, protocol))
    if found is None:
        names = ", ".join(names_of(protocol))
        raise Refused(f"there is no preset {name!r} for {protocol}; choose from {names}", Wrong(("preset",), "is none"))
    return found


def names_of(protocol: str) -> list[str]:
    """The presets for a protocol, the generic one at the end."""
    return sorted((name for name, its in _all() if its == protocol), key=lambda name: (name == GENERIC, name))


def every() -> list[Preset]:
    """All presets, by protocol and name."""
    return [preset(name, protocol) for protocol in ("saml", "oidc") for name in names_of(protocol)]


@cache
def _all() -> Mapping[tuple[str, str], Preset]:
    found = {}
    for file in files("app").joinpath("presets").iterdir():
        if file.name.endswith(".toml"):
            document = tomllib.loads(file.read_text(encoding="utf-8"))
            name = file.name.removesuffix(".toml")
            for protocol in ("saml", "oidc"):
                found[name, protocol] = _preset(name, protocol, document, document[protocol])
    return found


def _preset(name: str, protocol: str, document: Mapping[str, Any], part: Mapping[str, Any]) -> Preset:
    return Preset(
        name=name,
        title=document["title"],
        protocol=protocol,
        directory=document.get("directory"),
        trust=part.get("trust", {}),
        claims=part.get("claims", {}),
        suggests=part.get("suggests", {}),
        steps=tuple(
            Step(step["en"], step["es"], tuple(Entry(**one) for one in step.get("enter", ()))) for step in part["steps"]
        ),
    )
