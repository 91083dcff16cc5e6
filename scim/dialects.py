"""Where identity providers leave the standard, and how each deviation is repaired.

No repair makes a standard request mean something else, so every directory gets all of them; the
preset of a directory says which ones to expect. ``example`` names a recorded request under
``tests/data/scim``, which shows the deviation and what must come of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

_ENTRA = ("entra", "entra-legacy")
_OKTA = ("okta", "okta-wizard")
_EVERYONE = tuple(PRESETS)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One habit of some providers, what is done about it, and the file that shows it."""

    providers: tuple[str, ...]
    deviation: str
    repair: str
    example: str


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        _ENTRA,
        "Booleans are the texts True and False.",
        "Read as booleans where the schema says boolean, in bodies, PATCH values and filters.",
        "entra_string_booleans",
    ),
    Deviation(_ENTRA, "PATCH operations are named Add, Replace, Remove.", "Read in any case.", "entra_capital_ops"),
    Deviation(
        _ENTRA,
        'Add or Replace of emails[type eq "work"].value where there is no such entry.',
        "Makes the entry that the filter describes; several such operations build one entry.",
        "entra_filtered_path_creates",
    ),
    Deviation(
        ("entra",),
        "Keys of a PATCH value without path are paths: name.givenName, URN:employeeNumber.",
        "Resolved as paths.",
        "entra_dotted_keys",
    ),
    Deviation(
        ("entra-legacy", "jumpcloud"),
        "Remove of members with a list of values.",
        "Removes those members only.",
        "entra_remove_member_list",
    ),
    Deviation(
        _ENTRA,
        "The manager is sent as its bare id, or as a list of one.",
        "Read as the value of manager.",
        "entra_manager_text",
    ),
    Deviation(_ENTRA, "A dot follows the extension's URN.", "Read as the colon it stands for.", "entra_dotted_urn"),
    Deviation(
        _ENTRA,
        "A filter names the manager without the extension's URN.",
        "Read as the extension's; whatever refers to no other resource keeps its URN.",
        "entra_reference_probe",
    ),
    Deviation(
        _ENTRA,
        "A role is the text of a JSON object.",
        "The object inside is read.",
        "entra_roles_json_text",
    ),
    Deviation(
        _ENTRA,
        "Extension data whose URN is missing in schemas, client meta, nulls and empty lists.",
        "The data is taken, the rest ignored; schemas is computed.",
        "entra_undeclared_extension",
    ),
    Deviation(
        _OKTA,
        "A rename repeats the group's own id inside the value.",
        "The same id is accepted, another is refused.",
        "okta_own_id_in_value",
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
    Deviation(("google",), "schemas starts with the URN of SCIM 1.0.", "Unknown URNs are ignored.", "google_old_urn"),
    Deviation(
        ("pingfederate", "pingone"),
        "Filters are written as username Eq.",
        "Names and operators have no case.",
        "ping_filter_case",
    ),
    Deviation(
        ("generic",),
        "PATCH without schemas, as Java clients send it.",
        "Accepted; a wrong list is refused.",
        "generic_patch_without_schemas",
    ),
    Deviation(
        _EVERYONE,
        "PATCH sends one value of a multi-valued attribute instead of a list, also without a path.",
        "Read as a list of one.",
        "generic_single_value",
    ),
)


def deviations(preset: str) -> tuple[Deviation, ...]:
    """What to expect from a directory of this preset; an unknown one is treated as generic."""
    name = preset if preset in PRESETS else "generic"
    return tuple(deviation for deviation in DEVIATIONS if name in deviation.providers)


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
