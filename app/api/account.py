"""/account and /directories: the account that the key belongs to."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.shapes import Shape, flag, many, moment, number, page_of, text, word
from app.services import account_settings
from app.services.account_settings import SIGN_IN_LIMITS, SUBJECT_FORMS
from app.stores.account_rows import DIRECTORY_LIST
from app.stores.listings import page

account_face = Face("account", "The key's own account: its settings and directories.")
_FORM = "How searches for people name them: by `userName`, `id` or `externalId`."
_EXTERNAL = "Whether a decision may name a person by externalId, too."
_DEFAULTS = "The roles that everybody gets who is made by hand; none unless somebody says so."

_RADIUS = (
    "A plan of the role mapping that changes more people needs the approval of a second Account Owner; null: none does "
    "for that reason."
)
_PRIVILEGED = "Whether a plan needs that approval where privileged roles are concerned."
_OWNER = "Whether rules of the role mapping may make people Account Owners."
_IDLE = "After so many minutes without a request a session ends."
_HOURS = "After so many hours a session ends, however busy it is; a connection may say less."
_OWNER_HOURS = "The same for Account Owners."
_STEP_UP = "So many minutes old may a proof be of who somebody is, before they do what is hard to undo."
_METHODS = (
    "A sign-in by any connection must name one of these methods (`amr`, RFC 8176, such as `mfa` or `hwk`) or one of "
    "`sign_in_contexts`; if both are empty, none."
)
_CONTEXTS = "The same for contexts: `acr` of OpenID Connect, AuthnContext classes of SAML."
_MFA = "Whether the local door asks for a second factor."
_TRACES = "For how many days it is kept how sign-ins went."
_STRICTER = "A person (`Muster-Actor`) only makes it stricter."


class Settings(Shape):
    """The account and its settings."""

    id = text()
    name = text()
    profile = text()
    subject_form = word(*SUBJECT_FORMS, says=_FORM)
    finds_external_id = flag(says=_EXTERNAL)
    default_roles = many(fields.String(), says=_DEFAULTS)
    blast_radius = number(allow_none=True, says=_RADIUS)
    approves_privileged = flag(says=_PRIVILEGED)
    maps_owner = flag(says=_OWNER)
    mapping_paused = moment(allow_none=True, says="Since when the whole role mapping is paused.")
    session_idle_minutes = number(says=_IDLE)
    session_hours = number(says=_HOURS)
    owner_session_hours = number(says=_OWNER_HOURS)
    step_up_minutes = number(says=_STEP_UP)
    sign_in_methods = many(fields.String(), says=_METHODS)
    sign_in_contexts = many(fields.String(), says=_CONTEXTS)
    requires_mfa = flag(says=_MFA)
    trace_days = number(says=_TRACES)
    created = moment()


class SettingsChange(Shape):
    """What is to be changed; what is left out stays."""

    name = text(says="Unique in the installation, whatever its case.")
    subject_form = word(*SUBJECT_FORMS, says=_FORM)
    finds_external_id = flag(says=_EXTERNAL)
    default_roles = many(text(), most=100, says=f"{_DEFAULTS} Names or ids; the key needs `access:write`, too.")
    blast_radius = number(allow_none=True, says=f"{_RADIUS} {_STRICTER}")
    approves_privileged = flag(says=f"{_PRIVILEGED} {_STRICTER}")
    maps_owner = flag(says=_OWNER)
    session_idle_minutes = number(*SIGN_IN_LIMITS["session_idle_minutes"], says=_IDLE)
    session_hours = number(*SIGN_IN_LIMITS["session_hours"], says=_HOURS)
    owner_session_hours = number(*SIGN_IN_LIMITS["owner_session_hours"], says=_OWNER_HOURS)
    step_up_minutes = number(*SIGN_IN_LIMITS["step_up_minutes"], says=_STEP_UP)
    sign_in_methods = many(text(most=200), most=20, says=_METHODS)
    sign_in_contexts = many(text(most=200), most=20, says=_CONTEXTS)
    requires_mfa = flag(says=_MFA)
    trace_days = number(*SIGN_IN_LIMITS["trace_days"], says=_TRACES)


class Directory(Shape):
    """A source of people and groups."""

    id = text()
    name = text()
    preset = text(says="Which identity provider pushes here; `local` is the account's own.")
    unique_group_names = flag(says="Whether two groups of one name are refused.")
    user_count = number()
    group_count = number()
    created = moment()


_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "Acme Corp",
    "profile": "email-marketing",
    "subject_form": "userName",
    "finds_external_id": False,
    "default_roles": ["Viewer"],
    "blast_radius": 50,
    "approves_privileged": True,
    "maps_owner": False,
    "mapping_paused": None,
    "session_idle_minutes": 30,
    "session_hours": 12,
    "owner_session_hours": 8,
    "step_up_minutes": 10,
    "sign_in_methods": [],
    "sign_in_contexts": [],
    "requires_mfa": True,
    "trace_days": 14,
    "created": "2026-01-31T09:00:00.000Z",
}


@account_face.operation("GET", "/account", scope="account:read", answer=Settings, shows=_EXAMPLE)
def get_settings(call: Call) -> Shown:
    """Read the account's settings.

    What the account itself decides: how people are named, and which roles new people get.
    """
    return Shown(account_settings.get_settings(*call.here))


@account_face.operation(
    "PATCH",
    "/account",
    scope="account:write",
    body=SettingsChange,
    answer=Settings,
    example={"default_roles": ["Viewer"]},
    shows=_EXAMPLE,
    current=get_settings,
    refusals=("not-found", "conflict"),
    step_up="`maps_owner` is switched on.",
)
def change_settings(call: Call, body: dict[str, Any]) -> Shown:
    """Change the account's settings.

    For a person only if they are an Account Owner.
    """
    if "default_roles" in body:
        call.need("access:write", "default_roles")
    return Shown(account_settings.change_settings(*call.here, body))


@account_face.operation(
    "GET",
    "/directories",
    scope="account:read",
    query=query_of(DIRECTORY_LIST, "DirectoryQuery"),
    answer=page_of(Directory),
)
def list_directories(call: Call, query: dict[str, Any]) -> Shown:
    """List directories.

    Each identity provider that pushes people has one; the account's own is for people made by hand.
    """
    reading = Reading(call, query)
    found = page(call.caller.session, DIRECTORY_LIST, call.caller.account_id, reading.wanted)
    return reading.shown(found.rows, found.next)
