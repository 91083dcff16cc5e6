"""/console/settings: how long sessions last, how strongly people prove who they are, and what else an account says."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from app.services import account_settings, roles
from app.services.account_settings import SIGN_IN_LIMITS, SUBJECT_FORMS
from app.web.console import forms, settings_forms, shell
from app.web.console import settings_frame as frame
from app.web.console.forms import Form
from app.web.console.settings_forms import Setting
from app.web.language import say

settings_security_face = shell.console_face("console_settings_security")
_MOST_PEOPLE = 1_000_000


def _limited(name: str) -> Setting:
    least, most = SIGN_IN_LIMITS[name]
    return Setting(name, "number", may_lack=False, least=least, most=most)


SECURITY = (
    _limited("session_idle_minutes"),
    _limited("session_hours"),
    _limited("owner_session_hours"),
    _limited("step_up_minutes"),
    Setting("requires_mfa", "flag"),
    Setting("sign_in_methods", "lines"),
    Setting("sign_in_contexts", "lines"),
    _limited("trace_days"),
)
ACCOUNT = (
    Setting("name"),
    Setting("subject_form", "word", words=SUBJECT_FORMS),
    Setting("finds_external_id", "flag"),
    Setting("blast_radius", "number", most=_MOST_PEOPLE),
    Setting("approves_privileged", "flag"),
    Setting("maps_owner", "flag"),
)


@settings_security_face.page("GET", "/console/settings", needs="owner")
def show_security() -> Response:
    """Sessions and proofs."""
    return _security()


@settings_security_face.page("POST", "/console/settings", needs="owner", step_up=True)
def change_security() -> Response:
    """Change them; they count at once."""
    sent = forms.sent()
    given, problems = settings_forms.read(SECURITY, sent)
    if problems:
        return _security(forms.wrong(sent, **problems))
    try:
        account_settings.change_settings(*shell.here(), given)
    except shell.REFUSALS as error:
        return _security(forms.refused(sent, error))
    return shell.go(frame.HOME, "trust.saved")


@settings_security_face.page("GET", "/console/settings/account", needs="owner")
def show_account() -> Response:
    """Name, default roles, and after how much a second Account Owner is needed."""
    return _account()


@settings_security_face.page("POST", "/console/settings/account", needs="owner", step_up=True)
def change_account() -> Response:
    """Change them."""
    sent = forms.sent()
    given, problems = settings_forms.read(ACCOUNT, sent)
    chosen = forms.ticked("default_roles")
    if not given.get("name"):
        problems["name"] = say("trust.issue.name.missing")
    if problems:
        return _account(forms.wrong(sent, **problems), chosen)
    try:
        account_settings.change_settings(*shell.here(), given | {"default_roles": chosen})
    except shell.REFUSALS as error:
        return _account(forms.refused(sent, error), chosen)
    return shell.go(f"{frame.HOME}/account", "trust.saved")


def _security(form: Form | None = None) -> Response:
    known = account_settings.get_settings(*shell.here())
    values = {one.name: getattr(known, one.name) for one in SECURITY}
    shown = form or Form(settings_forms.shown(SECURITY, values))
    return frame.show("security.html", "security", status=shown.status, form=shown, settings=SECURITY)


def _account(form: Form | None = None, chosen: Sequence[str] | None = None) -> Response:
    session, account_id = shell.here()
    known = account_settings.get_settings(session, account_id)
    values = {one.name: getattr(known, one.name) for one in ACCOUNT}
    shown = form or Form(settings_forms.shown(ACCOUNT, values))
    return frame.show(
        "account.html",
        "account",
        status=shown.status,
        form=shown,
        settings=ACCOUNT,
        roles=[one for one in roles.role_facts(session, account_id) if not one.is_owner],
        chosen=known.default_roles if chosen is None else chosen,
    )
