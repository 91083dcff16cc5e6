"""/connection-presets: what is usual at each identity provider."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Localized, Shape, anything, many, one, page_of, text, word
from app.services import connection_presets

connection_presets_face = Face("connection presets", "What is usual at each identity provider, and what to do there.")
_TYPES = {"name": "string", "protocol": "string"}


class PresetEntry(Shape):
    """A field at the provider."""

    label = text(says="What it is called there.")
    value = text(says="Which of a connection's `addresses` goes into it.")


class PresetStep(Localized):
    """One thing to do at the provider."""

    enter = many(one(PresetEntry))


class ConnectionPreset(Shape):
    """What is usual at a provider."""

    name = text()
    title = text()
    protocol = word("saml", "oidc")
    directory = text(allow_none=True, says="The preset of the directory that the same provider pushes into.")
    trust = anything(says="What a new connection begins with.")
    claims = anything(says="Its claim mapping, where that is not the usual one.")
    suggests = anything(says="Settings that make sense with a directory or groups of this provider.")
    steps = many(one(PresetStep), says="What its administrator does there.")


@connection_presets_face.operation(
    "GET",
    "/connection-presets",
    scope="connections:read",
    query=filter_of("PresetQuery", _TYPES),
    answer=page_of(ConnectionPreset),
)
def list_connection_presets(call: Call, query: dict[str, Any]) -> Shown:
    """List what is usual at each provider.

    What a connection begins with, and what the provider's administrator does there, in English and Spanish.
    """
    found = [asdict(one) | {"key": f"{one.protocol} {one.name}"} for one in connection_presets.every()]
    return page_in_memory(Reading(call, query), found, _TYPES, "key")
