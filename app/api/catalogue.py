"""/catalogue and /profiles: what can be permitted in the account's platform, and the roles that come with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import rbac.profiles
from app.api.catalogue_shapes import (
    Catalogue,
    CatalogueChange,
    Loading,
    Manifest,
    ProfileDetail,
    ProfileSummary,
    Registration,
)
from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.readers import anybody
from app.api.shapes import page_of
from app.problems import Problem
from app.services import profiles
from app.services.errors import Refused
from app.services.profile_plans import PlannedChange
from app.services.samples import load_sample
from rbac.profiles import Profile

catalogue_face = Face("catalogue", "What can be permitted: the platform's own manifest, or a profile of the product.")
_TYPES = {"name": "string", "permissions": "number"}
_USUAL = ("not-found", "conflict")
_MOST_BODY = 4 * 1024 * 1024
_MANIFEST = {
    "name": "newsletter",
    "version": "2",
    "tabs": [
        {
            "key": "campaigns",
            "title": {"en": "Campaigns", "es": "Campañas"},
            "sections": [
                {
                    "key": "campaigns.email",
                    "title": {"en": "Email", "es": "Email"},
                    "permissions": [
                        {
                            "key": "campaigns.email.view",
                            "title": {"en": "View emails", "es": "Ver emails"},
                            "description": {"en": "See emails and their reports.", "es": "Ver emails e informes."},
                            "operation": "reads",
                        },
                    ],
                }
            ],
        }
    ],
}


@catalogue_face.operation("GET", "/catalogue", scope="catalogue:read", answer=Catalogue, readers=anybody)
def get_catalogue(call: Call) -> Shown:
    """Read what can be permitted.

    The tree of tabs, sections and permissions, item types and attributes, as a manifest.
    """
    name, found = profiles.show(*call.here)
    manifest = profiles.document_of(*call.here)
    return Shown({"name": name, "version": found.version, "permissions": len(found), "manifest": manifest})


@catalogue_face.operation(
    "POST",
    "/catalogue/plan",
    scope="catalogue:read",
    body=Manifest,
    answer=CatalogueChange,
    example={"manifest": _MANIFEST},
    reads=True,
    most_body=_MOST_BODY,
    refusals=_USUAL,
)
def plan_catalogue(call: Call, body: dict[str, Any]) -> Shown:
    """See what registering a catalogue would mean.

    Which roles miss a newly required permission, what would be taken from whom. Nothing is changed.
    """
    with _reading_manifest():
        return _change(profiles.plan_registration(*call.here, body["manifest"]))


@catalogue_face.operation(
    "PUT",
    "/catalogue",
    scope="catalogue:write",
    body=Registration,
    answer=CatalogueChange,
    example={"manifest": _MANIFEST},
    current=get_catalogue,
    most_body=_MOST_BODY,
    refusals=_USUAL,
)
def register_catalogue(call: Call, body: dict[str, Any]) -> Shown:
    """Register the catalogue of the account's own platform.

    The roles stay. To register the same again changes nothing, so each release of a platform may do it.
    """
    with _reading_manifest():
        return _change(profiles.register(*call.here, body["manifest"], drop=body["drop"]))


@catalogue_face.operation(
    "GET",
    "/profiles",
    scope="catalogue:read",
    query=filter_of("ProfileQuery", _TYPES),
    answer=page_of(ProfileSummary),
)
def list_profiles(call: Call, query: dict[str, Any]) -> Shown:
    """List the profiles that come with the product.

    Each is a catalogue with default roles, as a well-known platform has them.
    """
    shown = [_summary(rbac.profiles.load_profile(name)) for name in rbac.profiles.shipped()]
    return page_in_memory(Reading(call, query), shown, _TYPES, key="name")


@catalogue_face.operation(
    "GET", "/profiles/<profile>", scope="catalogue:read", answer=ProfileDetail, refusals=("not-found",)
)
def get_profile(call: Call, profile: str) -> Shown:
    """Read a profile.

    With its whole catalogue.
    """
    found = _shipped(profile)
    return Shown(_summary(found) | {"manifest": found.document})


@catalogue_face.operation(
    "GET", "/profiles/<profile>/plan", scope="catalogue:read", answer=CatalogueChange, refusals=_USUAL
)
def plan_profile(call: Call, profile: str) -> Shown:
    """See what loading a profile would mean.

    Nothing is changed.
    """
    return _change(profiles.plan(*call.here, _shipped(profile).name))


@catalogue_face.operation(
    "POST",
    "/profiles/<profile>/load",
    scope="catalogue:write",
    body=Loading,
    answer=CatalogueChange,
    example={"drop": False},
    current=get_catalogue,
    creates=True,
    refusals=_USUAL,
)
def load_profile(call: Call, body: dict[str, Any], profile: str) -> Shown:
    """Give the account a profile: its catalogue and its default roles.

    A default role keeps its holders if the profile has one of its name.
    """
    found = _shipped(profile)
    done = profiles.load(*call.here, found.name, drop=body["drop"])
    if body["sample"]:
        load_sample(*call.here, found.sample)
    return _change(done)


@contextmanager
def _reading_manifest() -> Iterator[None]:
    """What is wrong in a manifest is told by its place in the body."""
    try:
        yield
    except Refused as error:
        wrong = [replace(one, at=("manifest", *one.at)) for one in error.wrong]
        raise type(error)(str(error), *wrong) from error


def _shipped(name: str) -> Profile:
    """A profile of the product; never a file, whatever the name looks like."""
    if name not in rbac.profiles.shipped():
        there = ", ".join(rbac.profiles.shipped())
        raise Problem("not-found", f"there is no profile {name[:100]!r}; there are: {there}")
    return rbac.profiles.load_profile(name)


def _summary(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": profile.title,
        "description": profile.description,
        "permissions": len(profile.catalogue),
        "roles": [role.name for role in profile.roles],
        "has_sample": bool(profile.sample),
    }


def _change(change: PlannedChange) -> Shown:
    return Shown(change)
