"""/console/audit: what happened, who did it, what was there before, and whether the chain holds."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.services import audit_trail
from app.services.audit_trail import Entry
from app.stores.audit_trail import AUDIT_LIST
from app.web.console import exporting, lists, shell
from app.web.console.lists import Choice, Column, InDatabase, Table
from app.web.language import say
from app.web.texts import TEXTS

audit_face = shell.console_face("console_audit")

_ABOUT = {
    "access": ("access", "individual_permission"),
    "people": ("user", "person", "owner", "session"),
    "groups": ("group",),
    "mapping": ("mapping", "configuration", "separation"),
    "roles": ("role", "catalogue", "profile"),
    "units": ("unit", "filter", "item", "items", "item_defaults"),
    "signin": ("sign_in", "door"),
    "trust": (
        *("connection", "domain", "directory", "directory_token", "api_key", "client", "webhook", "setup_link"),
        "account",
    ),
}
"""With what the actions begin that are about a subject."""


def did(action: str) -> str:
    """What an action is called in the reader's language; its own name if nobody gave it one."""
    key = f"audit.did.{action}"
    return say(key) if key in TEXTS else action


def about(entry: Entry) -> str | None:
    """What an entry is about, in the reader's language where that is a list of ours."""
    title = f"{entry.target}.title"
    return say(title) if entry.action == "list.exported" and title in TEXTS else entry.target


AUDIT = Table(
    "audit",
    "/console/audit",
    InDatabase(AUDIT_LIST, audit_trail.list_entries),
    (
        Column("action", lambda one: one.action),
        Column("target", lambda one: one.target or one.target_id),
        Column("actor", lambda one: one.actor),
        Column("reason", lambda one: one.reason),
        Column("at", lambda one: one.at),
        Column("request", lambda one: one.request_id, usual=False),
        Column("sequence", lambda one: one.sequence, "sequence", usual=False),
    ),
    lists.containing("actor", "target"),
    (
        Choice(
            "about",
            {name: " or ".join(f'action sw "{first}."' for first in firsts) for name, firsts in _ABOUT.items()},
        ),
        Choice(
            "by",
            {one: f'actor_kind eq "{one}"' for one in ("person", "token", "key", "idp", "system", "setup_link")},
        ),
    ),
    newest_first=True,
    keeps_views=True,
)


@audit_face.page("GET", "/console/audit", needs="owner")
def show_audit() -> Response:
    """The trail, the latest first."""
    wish = lists.asked(AUDIT)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("audit.html", "audit", page=lists.page(wish), did=did, about=about)


@audit_face.page("GET", "/console/audit/<sequence>", needs="owner")
def show_audit_entry(sequence: str) -> Response:
    """One entry, before and after side by side."""
    entry = audit_trail.get_entry(*shell.here(), sequence)
    changed = audit_trail.differences(entry)
    return shell.show(
        "audit_entry.html", "audit", entry=entry, did=did, about=about, differences=changed, links=_links(entry)
    )


@audit_face.page("POST", "/console/audit/verify", needs="owner", reads=True)
def verify_audit() -> Response:
    """Read the whole trail and check every seal."""
    return shell.show("audit_verified.html", "audit", verdict=audit_trail.verify(*shell.here()))


def _links(entry: Entry) -> dict[str, Any]:
    """Lists of what hangs together with an entry, by what they are about."""
    wish = lists.asked(AUDIT)
    links = {}
    if entry.request_id is not None:
        links["same_request"] = wish.address(filter=f"request_id eq {lists.literal(entry.request_id)}")
    if entry.target_id is not None:
        links["same_target"] = wish.address(filter=f"target_id eq {lists.literal(entry.target_id)}")
    return links
