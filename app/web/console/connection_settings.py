"""/console/connections/…/provider and …/people: whom a connection trusts and how far, and whom a sign-in means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from app.services import connection_presets, directory_overview
from app.services.connection_facts import ConnectionFacts
from app.services.connection_values import CLIENT_AUTHENTICATIONS
from app.services.trusted import NAME_ID_FORMATS
from app.web.console import connection_frame as frame
from app.web.console import forms, settings_forms, shell
from app.web.console.forms import Form
from app.web.console.settings_forms import Setting
from app.web.language import say
from sso.model import MOST_SKEW, Signed
from sso.oidc_keys import ALGORITHMS
from sso.oidc_tokens import MOST_SKEW as MOST_OIDC_SKEW

connection_settings_face = shell.console_face("console_connection_settings")
_YEAR = 60 * 24 * 365
TRUST: Mapping[str, Sequence[Setting]] = {
    "saml": (
        Setting("entity_id"),
        Setting("sso_url", "url"),
        Setting("logout_url", "url"),
        Setting("metadata_url", "url"),
        Setting("signed", "word", words=tuple(one.value for one in Signed)),
        Setting("wants_encryption", "flag"),
        Setting("name_id_format", "word", words=tuple(NAME_ID_FORMATS)),
        Setting("subject_attribute"),
        Setting("contexts", "lines"),
        Setting("oldest_sign_in_minutes", "number", most=_YEAR),
        Setting("skew_seconds", "number", may_lack=False, most=int(MOST_SKEW.total_seconds())),
    ),
    "oidc": (
        Setting("issuer", "url"),
        Setting("client_id"),
        Setting("client_authentication", "word", words=CLIENT_AUTHENTICATIONS),
        Setting("scopes", "lines"),
        Setting("subject_claims", "lines"),
        Setting("contexts", "lines"),
        Setting("methods", "lines"),
        Setting("max_age_minutes", "number", most=_YEAR),
        Setting("algorithms", "lines"),
        Setting("uses_userinfo", "flag"),
        Setting("typed_logout", "flag"),
        Setting("skew_seconds", "number", may_lack=False, most=int(MOST_OIDC_SKEW.total_seconds())),
    ),
}
_LINKING = (
    Setting("directory"),
    Setting("join_external_id"),
    Setting("join_user_name"),
    Setting("join_email"),
    Setting("vouches_for_email", "flag"),
    Setting("creates_people", "flag"),
    Setting("adopts", "flag"),
    Setting("groups_from", "word", words=("directory", "claims")),
    Setting("groups_claim"),
    Setting("session_hours", "number", least=1, most=24),
)
_UNSOLICITED = Setting("unsolicited", "flag")


@connection_settings_face.page("GET", "/console/connections/<connection>/provider", needs="owner")
def show_provider(connection: str) -> Response:
    """What is trusted."""
    return provider_page(frame.found(connection))


@connection_settings_face.page(
    "POST",
    "/console/connections/<connection>/trust",
    needs="owner",
    step_up=True,
    form="/console/connections/<connection>/provider",
    forgets=("client_secret",),
)
def change_trust(connection: str) -> Response:
    """Change the trust settings."""
    one, sent = frame.found(connection), forms.sent()
    given, problems = settings_forms.read(TRUST[one.protocol], sent)
    unknown = [name for name in given.get("algorithms", ()) if name not in ALGORITHMS]
    if unknown:
        problems["algorithms"] = say("connections.algorithms", names=", ".join(ALGORITHMS))
    if problems:
        return provider_page(one, trust=forms.wrong(sent, **problems))
    whole: dict[str, Any] = {one.protocol: given}
    if sent.get("client_secret"):
        whole["client_secret"] = sent["client_secret"]
    if forms.ticked("forget_links"):
        whole["forget_links"] = True
    try:
        frame.change(shell.session(), one, whole)
    except shell.REFUSALS as error:
        return provider_page(one, trust=_refused(sent, error))
    return shell.go(frame.path(one, "provider"), "trust.saved")


@connection_settings_face.page("GET", "/console/connections/<connection>/people", needs="owner")
def show_people_rule(connection: str) -> Response:
    """Whom a sign-in means."""
    return _people(frame.found(connection))


@connection_settings_face.page("POST", "/console/connections/<connection>/people", needs="owner", step_up=True)
def change_people_rule(connection: str) -> Response:
    """Change whom a sign-in means, and what else is decided by it."""
    one, sent = frame.found(connection), forms.sent()
    given, problems = settings_forms.read(_linking(one), sent)
    if problems:
        return _people(one, forms.wrong(sent, **problems))
    try:
        frame.change(shell.session(), one, given)
    except shell.REFUSALS as error:
        return _people(one, forms.refused(sent, error))
    return shell.go(frame.path(one, "people"), "trust.saved")


def provider_page(
    one: ConnectionFacts,
    *,
    trust: Form | None = None,
    source: Form | None = None,
    certificate: Form | None = None,
    notes: Sequence[str] = (),
) -> Response:
    """The tab on the provider; each form that was refused comes back as it was sent."""
    status = next((form.status for form in (trust, source, certificate) if form is not None), 200)
    values = one.saml if one.protocol == "saml" else one.oidc
    return frame.show(
        "provider.html",
        one,
        "provider",
        status=status,
        settings=TRUST[one.protocol],
        trust=trust or Form(settings_forms.shown(TRUST[one.protocol], values or {})),
        source=source or Form(),
        certificate=certificate or Form(),
        notes=notes,
        preset=connection_presets.preset(one.preset, one.protocol),
    )


def _people(one: ConnectionFacts, form: Form | None = None) -> Response:
    every = directory_overview.overview(*shell.here())
    known = {name: getattr(one, name) for name in (setting.name for setting in _linking(one))}
    preset = connection_presets.preset(one.preset, one.protocol)
    return frame.show(
        "people.html",
        one,
        "people",
        status=200 if form is None else form.status,
        form=form or Form(settings_forms.shown(_linking(one), known)),
        directories=[(each.name, each.name) for each in every if each.is_pushed],
        suggests=preset.suggests,
    )


def _linking(one: ConnectionFacts) -> Sequence[Setting]:
    return (*_LINKING, _UNSOLICITED) if one.protocol == "saml" else _LINKING


def _refused(sent: Mapping[str, str], error: Exception) -> Form:
    """The same form, with what is wrong beside the settings that it is about."""
    form = forms.refused(sent, error)
    places = {str(wrong.at[-1]): wrong.detail for wrong in getattr(error, "wrong", ()) if wrong.at}
    known = {name: said for name, said in places.items() if name in sent}
    return Form(sent, known, None if known else form.refusal or shell.words_of(error), form.status)
