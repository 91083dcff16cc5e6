"""/account/sign-in: how people of the account sign in, and the local door for when no identity provider helps."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import fields
from marshmallow.validate import Range

from app.api.face import Call, Face, Shown
from app.api.shapes import Shape, flag, many, moment, number, text, word
from app.services import invitations, sso_enforcement
from app.services.door_steps import Doorway
from app.services.sso_enforcement import MOST_DAYS

sign_in_face = Face("sign-in", "How people sign in: whether they must by the identity provider, and the local door.")
_MFA = "Whether the local door asks everybody for a second factor."
_DAYS = "Within so many days somebody must really have come in by the local door before sign-in can be required."


class SignInCondition(Shape):
    """What must be so before sign-in by the identity provider can be required."""

    name = word(
        sso_enforcement.CONNECTION, sso_enforcement.SIGNED_IN, sso_enforcement.OPENED, sso_enforcement.BREAK_GLASS
    )
    holds = flag()
    detail = text(says="What was found, or what to do.")


class DoorOwner(Shape):
    """An Account Owner who may use the local door, and what they have for it."""

    user_id = text()
    user_name = text()
    has_password = flag()
    has_totp = flag(says="Whether codes of an authenticator app are set up.")
    passkeys = number()
    recovery_codes = number(says="How many are left.")
    opened = moment(allow_none=True, says="When they last came in by the local door.")
    locked_until = moment(allow_none=True, says="Until then their password is not tried, after too many failures.")
    can_open = flag(says="Whether they can sign in there now, as the account is set.")


class SignIn(Shape):
    """How people sign in."""

    required = moment(allow_none=True, says="Since when people must sign in by a connection; null: they need not.")
    requires_mfa = flag(says=_MFA)
    door_days = number(says=_DAYS)
    can_be_required = flag(says="Whether all conditions hold, for whoever asks.")
    conditions = many(fields.Nested(SignInCondition))
    owners = many(fields.Nested(DoorOwner))
    warnings = many(fields.String(), says="What would lock everybody out if the identity provider failed now.")


class SignInChange(Shape):
    """What is to be changed; what is left out stays."""

    required = flag(says="True only for a person (`Muster-Actor`) for whom all conditions hold; false for any owner.")
    requires_mfa = flag(says=_MFA)
    door_days = fields.Integer(strict=True, validate=Range(1, MOST_DAYS), metadata={"description": _DAYS})


class NewInvitation(Shape):
    """Whom to invite to the local door."""

    user = text(required=True, says="An Account Owner of the account's own directory, by id or user name.")


class Invitation(Shape):
    """An invitation that is on its way by mail."""

    user_id = text()
    user_name = text()
    purpose = word("activate", "reset")
    expires = moment()


_EXAMPLE = {
    "required": None,
    "requires_mfa": True,
    "door_days": 30,
    "can_be_required": False,
    "conditions": [
        {"name": "opened", "holds": False, "detail": "an owner must have signed in at the local door within 30 days"}
    ],
    "owners": [
        {
            "user_id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
            "user_name": "olivia@acme.example",
            "has_password": True,
            "has_totp": True,
            "passkeys": 1,
            "recovery_codes": 9,
            "opened": "2026-01-31T09:00:00.000Z",
            "locked_until": None,
            "can_open": True,
        }
    ],
    "warnings": [],
}


@sign_in_face.operation("GET", "/account/sign-in", scope="account:read", answer=SignIn, shows=_EXAMPLE)
def get_sign_in(call: Call) -> Shown:
    """Read how people sign in.

    Also what is missing before sign-in by the identity provider can be required, and who can come in without it. For a
    person only if they are an Account Owner.
    """
    return Shown(sso_enforcement.sign_in_settings(*call.here))


@sign_in_face.operation(
    "PATCH",
    "/account/sign-in",
    scope="account:write",
    body=SignInChange,
    answer=SignIn,
    example={"required": True},
    shows=_EXAMPLE,
    current=get_sign_in,
    refusals=("conflict",),
)
def change_sign_in(call: Call, body: dict[str, Any]) -> Shown:
    """Change how people sign in.

    To require the identity provider, an Account Owner must have come in through a connection within the last hour,
    somebody must have come in by the local door lately, and somebody must be able to now; else it is refused (409) with
    what is missing.
    """
    required = body.pop("required", None)
    shown = sso_enforcement.change_settings(*call.here, body)
    if required is not None:
        shown = sso_enforcement.require(*call.here) if required else sso_enforcement.relax(*call.here)
    return Shown(shown)


@sign_in_face.operation(
    "POST",
    "/account/sign-in/invitations",
    scope="account:write",
    body=NewInvitation,
    answer=Invitation,
    status=202,
    example={"user": "ana@acme.example"},
    refusals=("not-found", "conflict"),
)
def invite_owner(call: Call, body: dict[str, Any]) -> Shown:
    """Invite an Account Owner to the local door.

    They are sent a link with which they choose a password and a second factor. Who has a password already begins anew
    only by the operator (`muster door recover`); without a mail server, the operator makes the link, too.
    """
    way: Doorway = current_app.extensions["doorway"]
    session, account_id = call.here
    return Shown(invitations.invite_first(session, way.post, account_id, body["user"]))
