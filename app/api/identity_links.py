"""/identity-links: which subjects of identity providers are which people."""

from __future__ import annotations

from typing import Any

from app.api.connections import need_access
from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.shapes import Shape, moment, page_of, text, word
from app.services import identity_links
from app.stores.identity_links import LINK_LIST

identity_links_face = Face("identity links", "Which subject of an identity provider is which person.")
_HOW = ("external_id", "user_name", "email", "created", "adopted", "person")


class IdentityLink(Shape):
    """One subject of a connection, and the person it is for ever."""

    id = text()
    connection_id = text()
    subject = text(says="What the provider calls the person for good.")
    user_id = text()
    user_name = text(allow_none=True, says="Null for somebody who is gone: nobody else gets the subject.")
    how = word(*_HOW, says="By what the person was found when they first signed in.")
    created = moment()
    last_used = moment(allow_none=True)


@identity_links_face.operation(
    "GET",
    "/identity-links",
    scope="connections:read",
    query=query_of(LINK_LIST, "IdentityLinkQuery"),
    answer=page_of(IdentityLink),
)
def list_identity_links(call: Call, query: dict[str, Any]) -> Shown:
    """List identity links.

    Of all connections; a filter names a person, a connection or a subject.
    """
    reading = Reading(call, query)
    found = identity_links.list_links(*call.here, reading.wanted)
    return reading.shown(found.results, found.next)


@identity_links_face.operation(
    "GET",
    "/identity-links/<identity_link>",
    scope="connections:read",
    answer=IdentityLink,
    shows={
        "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
        "connection_id": "0193a5f0-2222-7a7b-8c4e-8d2f6a5b4c3d",
        "subject": "00u1abcd2EFGH3ijk4x7",
        "user_id": "0193a5f0-1111-7a7b-8c4e-8d2f6a5b4c3d",
        "user_name": "ana@acme.example",
        "how": "external_id",
        "created": "2026-01-31T09:00:00.000Z",
        "last_used": "2026-02-03T08:12:00.000Z",
    },
    refusals=("not-found",),
)
def get_identity_link(call: Call, identity_link: str) -> Shown:
    """Read an identity link.

    Also that of somebody who is gone: the subject is nobody else's.
    """
    return Shown(identity_links.get(*call.here, identity_link))


@identity_links_face.operation(
    "DELETE",
    "/identity-links/<identity_link>",
    scope="connections:write",
    current=get_identity_link,
    refusals=("not-found",),
)
def delete_identity_link(call: Call, identity_link: str) -> Shown:
    """Delete an identity link.

    Whoever signs in under the subject next is found as somebody new is. Sessions that were begun by it end. Needs
    `access:write`, too.
    """
    need_access(call)
    identity_links.unlink(*call.here, identity_link)
    return Shown()
