"""/directories/{directory}: what a directory accepts of its identity provider."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api.face import Call, Face, Shown
from app.api.shapes import Shape, flag, number, text
from app.services import directories, guards
from app.services.directories import DirectoryFacts
from app.services.errors import Forbidden

directories_face = Face("directories", "What a directory accepts of the identity provider that pushes into it.")

_REPAIRS = (
    "Habits of identity providers that it repairs, or does not: names of repairs, each with `+` or `-` before it, "
    "separated by spaces; with `only` none but those that its preset expects. Empty: all of them."
)
_MOST = (
    "Most requests that each worker process answers in a minute; more are answered 429. `0`: no limit; null: as usual "
    "in this installation."
)


class DirectorySettings(Shape):
    """What a directory accepts."""

    id = text()
    name = text()
    preset = text(says="Which identity provider pushes here; `local` is the account's own.")
    unique_group_names = flag(says="Whether two groups of one name are refused.")
    repairs = text(least=0, says=_REPAIRS)
    requests_per_minute = number(allow_none=True, says=_MOST)


class DirectoryChange(Shape):
    """What is to be changed; what is left out stays."""

    unique_group_names = flag(says="Whether two groups of one name are refused.")
    repairs = text(most=1_000, least=0, says=_REPAIRS)
    requests_per_minute = number(0, 1_000_000, allow_none=True, says=_MOST)


_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "Okta",
    "preset": "okta",
    "unique_group_names": True,
    "repairs": "-string-booleans",
    "requests_per_minute": None,
}


@directories_face.operation(
    "GET",
    "/directories/<directory>",
    scope="account:read",
    answer=DirectorySettings,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def get_directory(call: Call, directory: str) -> Shown:
    """Read what a directory accepts.

    Which habits of its identity provider it repairs, and how often it may ask.
    """
    return Shown(_shown(directories.find_directory(*call.here, directory)))


@directories_face.operation(
    "PATCH",
    "/directories/<directory>",
    scope="account:write",
    body=DirectoryChange,
    answer=DirectorySettings,
    example={"repairs": "-string-booleans"},
    shows=_EXAMPLE,
    current=get_directory,
    refusals=("not-found", "conflict"),
)
def change_directory(call: Call, body: dict[str, Any], directory: str) -> Shown:
    """Change what a directory accepts.

    For a person only if they are an Account Owner.
    """
    acting, _ = guards.acting_in(*call.here)
    if not acting.has_full_right:
        raise Forbidden("a directory decides who is there at all; only an Account Owner has to do with it")
    found = directories.find_directory(*call.here, directory)
    if "unique_group_names" in body:
        found = directories.set_unique_group_names(*call.here, found, body["unique_group_names"])
    if "repairs" in body:
        found = directories.set_repairs(*call.here, found, body["repairs"])
    if "requests_per_minute" in body:
        found = directories.set_requests_per_minute(*call.here, found, body["requests_per_minute"])
    return Shown(_shown(found))


def _shown(found: DirectoryFacts) -> dict[str, Any]:
    return asdict(found)
