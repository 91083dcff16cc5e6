"""/console/settings/enforcement: from when on people must use the identity provider, and what is still missing."""

from __future__ import annotations

from flask import Response, current_app

from app.services import invitations, sso_enforcement
from app.services.door_steps import Doorway
from app.services.sso_enforcement import MOST_DAYS
from app.web.console import forms, settings_forms, shell
from app.web.console import settings_frame as frame
from app.web.console.confirming import sure
from app.web.console.forms import Form
from app.web.console.settings_forms import Setting
from app.web.language import say

settings_enforcement_face = shell.console_face("console_settings_enforcement")
PATH = frame.TABS["enforcement"]
_DAYS = Setting("door_days", "number", may_lack=False, least=1, most=MOST_DAYS)


@settings_enforcement_face.page("GET", "/console/settings/enforcement", needs="owner")
def show_enforcement() -> Response:
    """The conditions one by one, and who can come in without the identity provider."""
    return _enforcement()


@settings_enforcement_face.page("GET", "/console/settings/enforcement/require", needs="owner", step_up=True)
def ask_require() -> Response:
    """What it means for whom."""
    return _requiring()


@settings_enforcement_face.page("POST", "/console/settings/enforcement/require", needs="owner", step_up=True)
def require_sso() -> Response:
    """Require it from now on."""
    try:
        sso_enforcement.require(*shell.here())
    except shell.REFUSALS as error:
        return _requiring(error)
    return shell.go(PATH, "enforcement.required")


@settings_enforcement_face.page("GET", "/console/settings/enforcement/relax", needs="owner", step_up=True)
def ask_relax() -> Response:
    """What it means to require it no more."""
    return sure(
        frame.AREA,
        say("enforcement.relax.title"),
        frame.trail("enforcement"),
        facts=[say("enforcement.relax.fact")],
        yes=say("enforcement.relax"),
        address=f"{PATH}/relax",
    )


@settings_enforcement_face.page("POST", "/console/settings/enforcement/relax", needs="owner", step_up=True)
def relax_sso() -> Response:
    """Require it no more."""
    sso_enforcement.relax(*shell.here())
    return shell.go(PATH, "enforcement.relaxed")


@settings_enforcement_face.page("POST", "/console/settings/enforcement/days", needs="owner", step_up=True, form=PATH)
def change_days() -> Response:
    """Within how many days somebody must have come in by the local door."""
    sent = forms.sent()
    given, problems = settings_forms.read((_DAYS,), sent)
    if problems:
        return _enforcement(forms.wrong(sent, **problems))
    sso_enforcement.change_settings(*shell.here(), given)
    return shell.go(PATH, "trust.saved")


@settings_enforcement_face.page("POST", "/console/settings/enforcement/invite", needs="owner", step_up=True, form=PATH)
def invite_owner() -> Response:
    """Send an owner the link with which they get a password and a second factor."""
    sent = forms.sent()
    way: Doorway = current_app.extensions["doorway"]
    session, account_id = shell.here()
    try:
        invitations.invite_first(session, way.post, account_id, sent.get("user", ""))
    except shell.REFUSALS as error:
        return _enforcement(forms.refused({}, error))
    return shell.go(PATH, "enforcement.invited")


def _enforcement(form: Form | None = None) -> Response:
    known = sso_enforcement.sign_in_settings(*shell.here())
    shown = form or Form(settings_forms.shown((_DAYS,), {"door_days": known.door_days}))
    return frame.show("enforcement.html", "enforcement", status=shown.status, form=shown, known=known, most=MOST_DAYS)


def _requiring(error: Exception | None = None) -> Response:
    known = sso_enforcement.sign_in_settings(*shell.here())
    holders = [one.user_name for one in known.owners if one.can_open and one.holds_break_glass]
    facts = [say("enforcement.fact.must"), say("enforcement.fact.holders", names=", ".join(holders) or "–")]
    facts.append(say("enforcement.fact.undo"))
    missing = [one.detail for one in known.conditions if not one.holds]
    return sure(
        frame.AREA,
        say("enforcement.title"),
        frame.trail("enforcement"),
        facts=missing or facts,
        yes=say("enforcement.require"),
        address=f"{PATH}/require",
        blocked=say("enforcement.missing") if missing else None,
        error=error,
    )
