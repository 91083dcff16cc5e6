"""/webhooks: endpoints outside that are told of events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields
from marshmallow.validate import Range

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Shape, flag, many, moment, number, page_of, text
from app.outbound import MOST_URL
from app.services import webhooks

webhooks_face = Face("webhooks", "Endpoints outside that are told of events, by Standard Webhooks.")
_TYPES = {"id": "string", "name": "string", "url": "string", "enabled": "boolean"}
_ATTEMPT_TYPES = {"sequence": "number", "type": "string", "attempt": "number", "status": "number"}
_NAME = "Unique in the account, whatever its case."
_URL = "Where events are posted; https, and an address that is public or that the operator allows."
_SAYS_TYPES = "Which types of events; an empty list: all, also those to come."


class Webhook(Shape):
    """An endpoint that is told of events."""

    id = text()
    name = text(says=_NAME)
    url = text(most=MOST_URL, says=_URL)
    types = many(fields.String(), says=_SAYS_TYPES)
    enabled = flag(says="Whether anything is sent.")
    disabled_reason = fields.String(allow_none=True)
    previous_secret_until = moment(allow_none=True, says="Until then the secret before signs, too.")
    created = moment()


class WebhookStatus(Shape):
    """How far an endpoint is, and what is wrong."""

    enabled = flag(says="Whether anything is sent.")
    disabled_reason = fields.String(allow_none=True)
    cursor = number(says="The sequence in the trail up to which everything was received.")
    last = number(says="The sequence at which the account's trail ends.")
    attempts = number(says="Failures in a row.")
    failing_since = moment(allow_none=True)
    next_attempt = moment(allow_none=True)
    last_error = fields.String(allow_none=True)
    last_success = moment(allow_none=True)


class SecretWebhook(Webhook):
    """An endpoint with its secret, which is shown this once."""

    secret = text(says="What the receiver verifies signatures with.")


class NewWebhook(Shape):
    """An endpoint to be told of what happens from now on."""

    name = text(required=True, says=_NAME)
    url = text(most=MOST_URL, required=True, says=_URL)
    types = many(text(), most=100, load_default=list, says=_SAYS_TYPES)


class WebhookChange(Shape):
    """What is to be changed; what is left out stays."""

    name = text(says=_NAME)
    url = text(most=MOST_URL, says=_URL)
    types = many(text(), most=100, says=_SAYS_TYPES)
    enabled = flag(says="True also forgets past failures, and sends what happened meanwhile.")


class Rotation(Shape):
    """For how long the secret before is good."""

    hours = fields.Integer(
        strict=True,
        load_default=webhooks.KEPT_HOURS,
        validate=Range(0, webhooks.MOST_HOURS),
        metadata={"description": "For so long the secret before signs, too; 0: no longer."},
    )


class Replay(Shape):
    """From where on: `after` or `since`, one of the two."""

    after = number(says="A sequence in the trail; a later one than the cursor leaves out what is between.")
    since = moment()


class Attempt(Shape):
    """One attempt to send one event."""

    sequence = number(says="Which entry of the trail.")
    type = text()
    attempt = number(says="Which attempt at this event.")
    at = moment()
    status = fields.Integer(allow_none=True, metadata={"description": "What was answered; null without an answer."})
    error = fields.String(allow_none=True, metadata={"description": "Why it does not count as received."})
    duration_ms = number()
    number = number(says="Counts the attempts of this endpoint.")  # last, since it takes the name


_USUAL = ("not-found", "conflict")
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "crm",
    "url": "https://crm.example/hooks/muster",
    "types": ["access.granted", "access.revoked"],
    "enabled": True,
    "disabled_reason": None,
    "previous_secret_until": None,
    "created": "2026-01-31T09:00:00.000Z",
}
_STATUS = {
    "enabled": True,
    "disabled_reason": None,
    "cursor": 4711,
    "last": 4711,
    "attempts": 0,
    "failing_since": None,
    "next_attempt": None,
    "last_error": None,
    "last_success": "2026-01-31T09:00:00.000Z",
}


@webhooks_face.operation(
    "GET", "/webhooks", scope="webhooks:read", query=filter_of("WebhookQuery", _TYPES), answer=page_of(Webhook)
)
def list_webhooks(call: Call, query: dict[str, Any]) -> Shown:
    """List webhooks.

    By name.
    """
    found = [asdict(one) for one in webhooks.list_endpoints(*call.here)]
    return page_in_memory(Reading(call, query), found, _TYPES)


@webhooks_face.operation(
    "POST",
    "/webhooks",
    scope="webhooks:write",
    body=NewWebhook,
    answer=SecretWebhook,
    status=201,
    example={"name": "billing", "url": "https://billing.example/hooks/muster", "types": ["access.granted"]},
    shows=_EXAMPLE | {"secret": "whsec_…"},
    refusals=("conflict",),
)
def create_webhook(call: Call, body: dict[str, Any]) -> Shown:
    """Create a webhook.

    It is told of what happens from now on. The secret is shown this once, so the call is not repeated by an
    `Idempotency-Key`: a second one with the same name is refused (409).
    """
    tools = call.tools
    made, secret = webhooks.create(*call.here, tools.keys, tools.calls, body["name"], body["url"], body["types"])
    return Shown(made, f"/webhooks/{made.id}", once={"secret": secret})


@webhooks_face.operation(
    "GET", "/webhooks/<webhook>", scope="webhooks:read", answer=Webhook, shows=_EXAMPLE, refusals=("not-found",)
)
def get_webhook(call: Call, webhook: str) -> Shown:
    """Read a webhook.

    Where it leads and what it is told; its secret is not shown again.
    """
    return Shown(webhooks.get(*call.here, webhook))


@webhooks_face.operation(
    "GET",
    "/webhooks/<webhook>/status",
    scope="webhooks:read",
    answer=WebhookStatus,
    shows=_STATUS,
    refusals=("not-found",),
)
def get_webhook_status(call: Call, webhook: str) -> Shown:
    """Read how far a webhook is.

    Behind the trail, and what was wrong at last.
    """
    return Shown(webhooks.get(*call.here, webhook))


@webhooks_face.operation(
    "PATCH",
    "/webhooks/<webhook>",
    scope="webhooks:write",
    body=WebhookChange,
    answer=Webhook,
    example={"types": ["access.granted", "access.revoked", "user.deactivated"]},
    shows=_EXAMPLE,
    current=get_webhook,
    refusals=_USUAL,
)
def change_webhook(call: Call, body: dict[str, Any], webhook: str) -> Shown:
    """Change a webhook.

    Or enable and disable it. Nothing that happened meanwhile is lost.
    """
    return Shown(webhooks.change(*call.here, call.tools.calls, webhook, body))


@webhooks_face.operation(
    "DELETE", "/webhooks/<webhook>", scope="webhooks:write", current=get_webhook, refusals=("not-found",)
)
def delete_webhook(call: Call, webhook: str) -> Shown:
    """Delete a webhook.

    With its secret and its attempts.
    """
    webhooks.delete(*call.here, webhook)
    return Shown()


@webhooks_face.operation(
    "POST",
    "/webhooks/<webhook>/rotate-secret",
    scope="webhooks:write",
    body=Rotation,
    answer=SecretWebhook,
    example={"hours": 24},
    shows=_EXAMPLE | {"secret": "whsec_…"},
    refusals=("not-found",),
)
def rotate_webhook_secret(call: Call, body: dict[str, Any], webhook: str) -> Shown:
    """Make a new secret.

    It is shown this once. For some hours everything is signed with both.
    """
    found, secret = webhooks.rotate_secret(*call.here, call.tools.keys, webhook, body["hours"])
    return Shown(found, once={"secret": secret})


@webhooks_face.operation(
    "POST",
    "/webhooks/<webhook>/test",
    scope="webhooks:write",
    answer=WebhookStatus,
    shows=_STATUS,
    refusals=("not-found",),
)
def test_webhook(call: Call, webhook: str) -> Shown:
    """Send a test.

    An event of type `webhook.test`, to this webhook only, in its turn; what came of it is among its deliveries.
    """
    return Shown(webhooks.send_test(*call.here, webhook))


@webhooks_face.operation(
    "POST",
    "/webhooks/<webhook>/replay",
    scope="webhooks:write",
    body=Replay,
    answer=WebhookStatus,
    example={"after": 0},
    shows=_STATUS,
    refusals=("not-found",),
)
def replay_webhook(call: Call, body: dict[str, Any], webhook: str) -> Shown:
    """Send again.

    Everything after a place in the trail, or since a moment. What was received before has the same id again.
    """
    return Shown(webhooks.replay(*call.here, webhook, body.get("after"), body.get("since")))


@webhooks_face.operation(
    "GET",
    "/webhooks/<webhook>/deliveries",
    scope="webhooks:read",
    query=filter_of("DeliveryQuery", _ATTEMPT_TYPES),
    answer=page_of(Attempt),
    refusals=("not-found",),
)
def list_deliveries(call: Call, query: dict[str, Any], webhook: str) -> Shown:
    """List the latest attempts.

    The last one first; a hundred are kept.
    """
    found = [asdict(one) for one in webhooks.list_deliveries(*call.here, webhook)]
    return page_in_memory(Reading(call, query), found, _ATTEMPT_TYPES, "number")
