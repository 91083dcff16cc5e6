"""/domains: whose e-mail addresses lead to which connection."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import current_app
from marshmallow import fields

from app.api.connections import need_access
from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Shape, flag, moment, page_of, text, word
from app.resolving import Resolver
from app.services import domains

domains_face = Face(
    "domains", "Domains of e-mail addresses that an account has proven to be its own, and the connections they lead to."
)
_TYPES = dict.fromkeys(("id", "name", "state", "connection_id", "connection"), "string") | {"by_operator": "boolean"}


class Domain(Shape):
    """A domain of an account."""

    id = text()
    name = text(says="As it is compared: ASCII, lower case.")
    shown = text(says="As its owner writes it.")
    state = word(
        "pending",
        "verified",
        "missing",
        says="`missing`: the record that proved it has gone, and for thirty days the domain still counts.",
    )
    record_name = text(says="Where a TXT record proves it.")
    record_value = text(says="What that record says.")
    connection_id = text(allow_none=True, says="The connection it leads to once it is proven.")
    connection = text(allow_none=True)
    verified = moment(allow_none=True)
    by_operator = flag(says="Whoever runs the installation vouches for it; DNS is not asked.")
    checked = moment(allow_none=True, says="When DNS was last asked.")
    missing = moment(allow_none=True, says="Since when its record has been gone.")
    created = moment()


class NewDomain(Shape):
    """A domain to be claimed."""

    name = text(required=True, most=300, says="Such as `acme.com`; no public suffix, no address.")


class Binding(Shape):
    """Where a domain is to lead."""

    connection = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "A connection of the account, by id or name; null for none."},
    )


_USUAL = ("not-found", "conflict")
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "acme.example",
    "shown": "acme.example",
    "state": "pending",
    "record_name": "_muster-challenge.acme.example",
    "record_value": "muster-domain-verification=pSs0k7Vd0a3gJmYw2F0yqXb1cT9uR4eH",
    "connection_id": None,
    "connection": None,
    "verified": None,
    "by_operator": False,
    "checked": None,
    "missing": None,
    "created": "2026-01-31T09:00:00.000Z",
}


@domains_face.operation(
    "GET", "/domains", scope="connections:read", query=filter_of("DomainQuery", _TYPES), answer=page_of(Domain)
)
def list_domains(call: Call, query: dict[str, Any]) -> Shown:
    """List domains.

    By name.
    """
    found = [asdict(one) for one in domains.list_domains(*call.here)]
    return page_in_memory(Reading(call, query), found, _TYPES)


@domains_face.operation(
    "POST",
    "/domains",
    scope="connections:write",
    body=NewDomain,
    answer=Domain,
    status=201,
    example={"name": "acme.example"},
    shows=_EXAMPLE,
    creates=True,
    refusals=("conflict",),
)
def claim_domain(call: Call, body: dict[str, Any]) -> Shown:
    """Claim a domain.

    It means nothing until it is proven: by a TXT record, which the answer names.
    """
    made = domains.claim(*call.here, body["name"])
    return Shown(made, f"/domains/{made.id}")


@domains_face.operation(
    "GET", "/domains/<domain>", scope="connections:read", answer=Domain, shows=_EXAMPLE, refusals=("not-found",)
)
def get_domain(call: Call, domain: str) -> Shown:
    """Read a domain.

    By its id or its name.
    """
    return Shown(domains.get(*call.here, domain))


@domains_face.operation(
    "POST",
    "/domains/<domain>/verify",
    scope="connections:write",
    answer=Domain,
    shows=_EXAMPLE | {"state": "verified", "verified": "2026-01-31T09:30:00.000Z"},
    reads=True,
    refusals=_USUAL,
)
def verify_domain(call: Call, domain: str) -> Shown:
    """Ask DNS now.

    Refused (400) while the record is not there, with what is there instead. One domain is one account's.
    """
    return Shown(domains.verify(*call.here, _resolver(), domain))


@domains_face.operation(
    "POST",
    "/domains/<domain>/bind",
    scope="connections:write",
    body=Binding,
    answer=Domain,
    example={"connection": "Okta"},
    shows=_EXAMPLE | {"connection_id": "0193a5f0-5a2b-7c3d-9e4f-1a2b3c4d5e6f", "connection": "Okta"},
    current=get_domain,
    refusals=("not-found",),
)
def bind_domain(call: Call, body: dict[str, Any], domain: str) -> Shown:
    """Let a domain lead to a connection.

    People with such an address are sent there to sign in, once the domain is proven. Needs `access:write`, too.
    """
    need_access(call)
    return Shown(domains.bind(*call.here, domain, body["connection"]))


@domains_face.operation(
    "DELETE", "/domains/<domain>", scope="connections:write", current=get_domain, refusals=("not-found",)
)
def remove_domain(call: Call, domain: str) -> Shown:
    """Give a domain up.

    Another account may prove it then.
    """
    domains.remove(*call.here, domain)
    return Shown()


def _resolver() -> Resolver:
    found: Resolver = current_app.extensions["resolver"]
    return found
