"""/setup-links: addresses with which a customer's own administrator sets one thing up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields
from marshmallow.validate import Range

from app.api.connections import need_access
from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Shape, flag, many, moment, page_of, text, word
from app.services import setup_links
from app.services.setup_links import MOST_HOURS, PURPOSES, USUAL_HOURS

setup_links_face = Face(
    "set-up links", "Short-lived addresses with which a customer's own administrator sets one thing up, step by step."
)
_TYPES = dict.fromkeys(("id", "purpose", "state", "note", "connection_id", "directory_id", "created_by"), "string")
_SAYS_PURPOSE = "; ".join(f"`{name}`: {what}" for name, what in PURPOSES.items())


class SetupLink(Shape):
    """A link, without its secret."""

    id = text()
    purpose = word(*PURPOSES, says=f"{_SAYS_PURPOSE}.")
    state = word("open", "finished", "revoked", "expired")
    note = fields.String(metadata={"description": "For whom it was made."})
    connection_id = text(allow_none=True)
    connection = text(allow_none=True)
    directory_id = text(allow_none=True)
    directory = text(allow_none=True)
    enables = flag(says="The connection is switched on at the end, once a test sign-in has succeeded.")
    done = many(fields.String(), says="The steps that were done.")
    created_by = text()
    created = moment()
    expires = moment()
    last_used = moment(allow_none=True)
    finished = moment(allow_none=True)
    revoked = moment(allow_none=True)


class SecretSetupLink(SetupLink):
    """A link with its address, which is shown this once."""

    url = text(says="Whoever has it can do what the link is for.")


class NewSetupLink(Shape):
    """A link to be made."""

    purpose = word(*PURPOSES, required=True, says=f"{_SAYS_PURPOSE}.")
    note = text(load_default="", least=0, says="For whom it is; the audit trail says so.")
    connection = text(
        load_default=None,
        allow_none=True,
        says="By id or name. Needed for `certificate`; without it `saml` and `oidc` make a new one.",
    )
    directory = text(
        load_default=None, allow_none=True, says="For `scim`, by id or name; without it a new one is made."
    )
    hours = fields.Integer(
        strict=True,
        load_default=USUAL_HOURS,
        validate=Range(1, MOST_HOURS),
        metadata={"description": "For so long it is good."},
    )
    enables = flag(
        load_default=False, says="Let whoever has the link switch the connection on, once a test has succeeded."
    )


_EXAMPLE: dict[str, Any] = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "purpose": "saml",
    "state": "open",
    "note": "IT of Acme",
    "connection_id": None,
    "connection": None,
    "directory_id": None,
    "directory": None,
    "enables": False,
    "done": [],
    "created_by": "console key",
    "created": "2026-01-31T09:00:00.000Z",
    "expires": "2026-02-03T09:00:00.000Z",
    "last_used": None,
    "finished": None,
    "revoked": None,
}


@setup_links_face.operation(
    "GET", "/setup-links", scope="connections:read", query=filter_of("LinkQuery", _TYPES), answer=page_of(SetupLink)
)
def list_setup_links(call: Call, query: dict[str, Any]) -> Shown:
    """List set-up links.

    The latest first.
    """
    found = [asdict(one) for one in setup_links.list_links(*call.here)]
    return page_in_memory(Reading(call, query), found, _TYPES)


@setup_links_face.operation(
    "POST",
    "/setup-links",
    scope="connections:write",
    body=NewSetupLink,
    answer=SecretSetupLink,
    status=201,
    example={"purpose": "saml", "note": "IT of Acme"},
    shows=_EXAMPLE | {"url": "https://muster.example.com/setup/…"},
)
def create_setup_link(call: Call, body: dict[str, Any]) -> Shown:
    """Make a set-up link.

    Its address is shown this once, so the call is not repeated by an `Idempotency-Key`. Needs `access:write`, too.
    """
    need_access(call)
    made, url = setup_links.create(*call.here, call.tools.keys, call.tools.base_url, **body)
    return Shown(made, f"/setup-links/{made.id}", once={"url": url})


@setup_links_face.operation(
    "GET", "/setup-links/<link>", scope="connections:read", answer=SetupLink, shows=_EXAMPLE, refusals=("not-found",)
)
def get_setup_link(call: Call, link: str) -> Shown:
    """Read a set-up link.

    What was done with it so far; its address is not shown again.
    """
    return Shown(setup_links.get(*call.here, link))


@setup_links_face.operation(
    "DELETE", "/setup-links/<link>", scope="connections:write", current=get_setup_link, refusals=("not-found",)
)
def revoke_setup_link(call: Call, link: str) -> Shown:
    """Revoke a set-up link.

    At once; what was done with it stays.
    """
    setup_links.revoke(*call.here, link)
    return Shown()
