"""/connections/…/tests: a connection is tried out, and its claim mapping looked at, without signing anybody in."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.mapping_health_shapes import Simulated
from app.api.shapes import Shape, anything, flag, many, moment, one, text, word
from app.api.sign_in_traces import Trace
from app.services import connection_tests

connection_tests_face = Face(
    "connection tests", "A connection is tried out, and its claim mapping, without signing in."
)


class StartedTest(Shape):
    """A test that waits for somebody to open its address."""

    id = text()
    address = text(says="Good once, for a few minutes, for whoever opens it; it signs nobody in.")
    expires = moment()


class MappedField(Shape):
    """Where a field of the profile came from."""

    field = text()
    tried = many(fields.String(), says="The claims that were looked at, in this order.")
    claim = fields.String(allow_none=True, metadata={"description": "The one that was taken."})
    values = many(fields.String())
    problem = fields.String(allow_none=True, metadata={"description": "Why there is no value."})


class PreviewedProfile(Shape):
    """The profile that a mapping makes."""

    user_name = fields.String(allow_none=True)
    display_name = fields.String(allow_none=True)
    given_name = fields.String(allow_none=True)
    family_name = fields.String(allow_none=True)
    emails = many(fields.String())
    more = anything(says="Other attributes, by their paths in SCIM.")


class ClaimPreview(Shape):
    """What a claim mapping makes of what a provider said."""

    reference = text(says="Of the trace that it was taken from.")
    at = moment()
    decoded = anything(says="What the provider said.")
    profile = one(PreviewedProfile)
    explained = many(one(MappedField), says="Field by field.")


class ConnectionTest(Shape):
    """What came of a test."""

    id = text()
    state = word("waiting", "opened", "expired", "passed", "refused")
    is_about_person = flag(says="The provider's answer is right, and only whom it speaks of may not sign in here.")
    trace = one(Trace, allow_none=True, says="Each check with its verdict, and what the provider said.")
    preview = one(ClaimPreview, allow_none=True)
    link = anything(allow_none=True, says="Whom the subject was recognised as, and how.")
    gives = one(
        Simulated, allow_none=True, says="What the person would have by the mapping rules once they had signed in."
    )


class PreviewAsked(Shape):
    """A claim mapping to be tried."""

    claims = anything(says="Without it the one of the connection.")


@connection_tests_face.operation(
    "POST",
    "/connections/<connection>/tests",
    scope="connections:write",
    answer=StartedTest,
    status=201,
    shows={
        "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3e",
        "address": "https://muster.example/sso/0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d/start?test=…",
        "expires": "2026-01-31T09:10:00.000Z",
    },
    refusals=("not-found",),
)
def start_connection_test(call: Call, connection: str) -> Shown:
    """Try a connection out.

    On or off, as long as it is complete. Open the address, sign in at the provider, and read what came of it. Nobody is
    made, linked or signed in. The address is shown this once, so the call is not repeated by an `Idempotency-Key`.
    """
    made = connection_tests.start(
        call.caller.session, call.tools.keys, call.caller.account_id, call.tools.base_url, connection
    )
    return Shown(made, f"/connections/{connection}/tests/{made.id}")


@connection_tests_face.operation(
    "GET",
    "/connections/<connection>/tests/<test>",
    scope="connections:write",
    answer=ConnectionTest,
    refusals=("not-found",),
)
def get_connection_test(call: Call, connection: str, test: str) -> Shown:
    """Read what came of a test.

    What the provider said, the checks, the profile, whom it was recognised as, and what that person would have.
    """
    session, account_id = call.here
    return Shown(connection_tests.result(session, call.tools.keys, account_id, connection, test))


@connection_tests_face.operation(
    "POST",
    "/connections/<connection>/preview",
    scope="connections:write",
    body=PreviewAsked,
    answer=ClaimPreview,
    example={"claims": {"userName": ["upn", "email"], "title": "jobTitle"}},
    reads=True,
    refusals=("not-found",),
)
def preview_claims(call: Call, body: dict[str, Any], connection: str) -> Shown:
    """Try a claim mapping.

    On what the provider said of whoever signed in last. Nothing is changed.
    """
    session, account_id = call.here
    found = connection_tests.preview(session, call.tools.keys, account_id, connection, body.get("claims"))
    return Shown(found)
