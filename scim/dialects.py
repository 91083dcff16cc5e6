"""Where identity providers leave the standard, and how each deviation is repaired.

No repair makes a standard request mean something else, so all of them are done everywhere: a provider that nobody has
heard of works, and one that changes its habits goes on working. A directory may say that it wants ``only`` the habits
that its preset expects, and switch single ones on or off; what is not repaired is refused (``scim.dialect_checks``).
``example`` names a recorded request under ``tests/data/scim``, which shows the deviation and what must come of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

PRESETS: Mapping[str, str] = {
    "okta": "Okta, app from the integration catalogue",
    "okta-wizard": "Okta, app made with the App Integration Wizard",
    "entra": "Microsoft Entra ID, with the aadOptscim062020 flag",
    "entra-legacy": "Microsoft Entra ID, without the flag",
    "onelogin": "OneLogin",
    "jumpcloud": "JumpCloud",
    "pingone": "PingOne",
    "pingfederate": "PingFederate",
    "google": "Google Workspace",
    "generic": "Any other SCIM 2.0 client",
    "local": "People entered here or created at sign-in",
}
"""Identity providers by the name a directory keeps, and what to call them."""

_REPAIR_ALL = frozenset({"generic", "local"})
_ENTRA = ("entra", "entra-legacy")
_OKTA = ("okta", "okta-wizard")
_EVERYONE = tuple(PRESETS)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One habit of some providers, what is done about it, and the file that shows it.

    ``name`` is what a directory calls the repair to switch it on or off; None for what the standard allows servers to
    accept, or asks of them, which is done everywhere.
    """

    providers: tuple[str, ...]
    deviation: str
    repair: str
    example: str
    name: str | None = None


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        _ENTRA,
        "Booleans are the texts True and False.",
        "Read as booleans where the schema says boolean, in bodies, PATCH values and filters.",
        "entra_string_booleans",
        "string-booleans",
    ),
    Deviation(
        _EVERYONE,
        "PATCH operations are named Add, Replace, Remove.",
        "Read in any case.",
        "entra_capital_ops",
        "operation-case",
    ),
    Deviation(
        _ENTRA,
        'Add or Replace of emails[type eq "work"].value where there is no such entry.',
        "Makes the entry that the filter describes; several such operations build one entry.",
        "entra_filtered_path_creates",
        "creating-paths",
    ),
    Deviation(
        ("entra",),
        "Keys of a PATCH value without path are paths: name.givenName, URN:employeeNumber.",
        "Resolved as paths.",
        "entra_dotted_keys",
        "dotted-keys",
    ),
    Deviation(
        (*_ENTRA, "jumpcloud"),
        "Remove of members with a list of values.",
        "Removes those members only.",
        "entra_remove_member_list",
        "member-lists",
    ),
    Deviation(
        _ENTRA,
        "The manager is sent as its bare id, or as a list of one.",
        "Read as the value of manager.",
        "entra_manager_text",
        "bare-references",
    ),
    Deviation(
        _ENTRA,
        "A dot follows the extension's URN.",
        "Read as the colon it stands for.",
        "entra_dotted_urn",
        "dotted-urns",
    ),
    Deviation(
        _ENTRA,
        "A filter names the manager without the extension's URN.",
        "Read as the extension's; whatever refers to no other resource keeps its URN.",
        "entra_reference_probe",
        "short-references",
    ),
    Deviation(
        _ENTRA,
        "A role is the text of a JSON object.",
        "The object inside is read.",
        "entra_roles_json_text",
        "packed-objects",
    ),
    Deviation(
        (*_ENTRA, "onelogin"),
        "Extension data whose URN is missing in schemas, client meta, nulls and empty lists.",
        "The data is taken, the rest ignored; schemas is computed.",
        "entra_undeclared_extension",
        "undeclared-extensions",
    ),
    Deviation(
        _OKTA,
        "A rename repeats the group's own id inside the value.",
        "The same id is accepted, another is refused.",
        "okta_own_id_in_value",
        "own-ids",
    ),
    Deviation(
        _OKTA,
        "PUT repeats read-only attributes, and sends empty texts.",
        "Read-only ones are ignored, an empty text means no value.",
        "okta_put_echo",
    ),
    Deviation(("okta", "onelogin"), "Members have neither type nor $ref.", "The store knows them.", "okta_members"),
    Deviation(
        ("onelogin",),
        "Membership is replaced without a path, by an object with members.",
        "Read as a replacement of the members.",
        "onelogin_pathless_members",
    ),
    Deviation(
        ("google", *_ENTRA),
        "schemas starts with the URN of SCIM 1.0.",
        "Unknown URNs are ignored.",
        "google_old_urn",
        "unknown-schemas",
    ),
    Deviation(
        ("pingfederate", "pingone"),
        "Filters are written as username Eq.",
        "Names and operators have no case.",
        "ping_filter_case",
    ),
    Deviation(
        _EVERYONE,
        "PATCH without schemas, as Java clients send it.",
        "Accepted; a wrong list is refused.",
        "generic_patch_without_schemas",
        "patch-without-schemas",
    ),
    Deviation(
        _EVERYONE,
        "PATCH sends one value of a multi-valued attribute instead of a list, also without a path.",
        "Read as a list of one.",
        "generic_single_value",
        "single-values",
    ),
)


def deviations(preset: str) -> tuple[Deviation, ...]:
    """What to expect from a directory of this preset; an unknown one is treated as generic."""
    name = preset if preset in PRESETS else "generic"
    return tuple(deviation for deviation in DEVIATIONS if name in deviation.providers)


REPAIRS: Mapping[str, Deviation] = {one.name: one for one in DEVIATIONS if one.name is not None}
"""What a directory may switch on or off, by name."""


def repairs_of(preset: str) -> frozenset[str]:
    """The repairs of the habits that a preset expects; all of them for one that nobody knows."""
    if preset in _REPAIR_ALL or preset not in PRESETS:
        return frozenset(REPAIRS)
    return frozenset(name for name, one in REPAIRS.items() if preset in one.providers)


ONLY = "only"
"""The choice of a directory that repairs the habits that its preset expects, and no others."""


@lru_cache(maxsize=1024)
def unrepaired(preset: str, choices: str = "") -> frozenset[str]:
    """The repairs that a directory does not do; ``choices`` are its own, as in ``only +own-ids -dotted-keys``."""
    words = choices.split()
    done = set(repairs_of(preset) if ONLY in words else REPAIRS)
    for choice in words:
        if choice != ONLY:
            (done.add if choice[0] == "+" else done.discard)(choice[1:])
    return frozenset(REPAIRS) - done


def packed_object(text: str) -> dict[str, Any] | None:
    """The complex value that a text is: Entra packs roles into the text of a JSON object."""
    if not text.startswith("{"):
        return None
    try:
        inner = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return inner if isinstance(inner, dict) and isinstance(inner.get("value"), str) else None


def unpack_text(text: str) -> dict[str, Any]:
    """A bare text as the complex value it stands for: an object packed into it, or else the object's value."""
    return packed_object(text) or {"value": text}


def unwrap_list(value: Any) -> Any:
    """Entra's list of one object, sent for an attribute that has a single value, as that object."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and "value" in value[0]:
        return value[0]
    return value
