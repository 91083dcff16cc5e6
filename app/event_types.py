"""What the outside is told of: which entries of the audit trail are events, of which type, and what is said of each.

Ids and words, never a profile, a document or a secret: whoever needs more asks for it with a key that may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.models.base import timestamp

MOST_WORDS = 500
"""Longer texts are cut."""
MOST_LISTED = 100
"""Longer lists, too; the most important are first."""
TEST = "webhook.test"
"""Sent to one endpoint only, when somebody asks for it."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event. ``becomes`` tells those that have the action ``user.updated`` in common.

    ``tells``: ``access`` what was gained or lost, ``changed`` the names of what is different now, ``facts`` numbers
    and words about it, and the ``lists`` of these names.
    """

    name: str
    actions: tuple[str, ...]
    tells: Literal["access", "changed", "facts"]
    meaning: str
    becomes: Literal["active", "inactive", "other"] | None = None
    lists: tuple[str, ...] = ()


EVENT_TYPES = {
    one.name: one
    for one in (
        EventType(
            "access.granted",
            ("access.granted",),
            "access",
            "somebody, a group or a business unit gained a role, a permission or a place of work",
        ),
        EventType(
            "access.revoked",
            ("access.revoked", "individual_permission.removed"),
            "access",
            "somebody, a group or a business unit lost one; also because the platform has it no more",
        ),
        EventType(
            "mapping.published",
            ("mapping.published",),
            "facts",
            "a revision of the role mapping, with how many people gain and lose",
        ),
        EventType(
            "mapping.paused",
            ("mapping.paused",),
            "facts",
            "a rule, or the whole mapping, gives and takes nothing until it goes on",
        ),
        EventType(
            "mapping.resumed",
            ("mapping.resumed",),
            "facts",
            "the whole mapping goes on; a single rule does by `mapping.published`",
        ),
        EventType(
            "mapping.held",
            ("mapping.held",),
            "facts",
            "a pattern came to a group, and would give too much by it: nobody gets anything before a publish",
        ),
        EventType(
            "mapping.orphaned",
            ("mapping.orphaned",),
            "facts",
            "a group with mapping rules was deleted: which rules, and how many people lost what",
            lists=("rules", "lost"),
        ),
        EventType(
            "mapping.rebind_offered",
            ("mapping.rebind_offered",),
            "facts",
            "a group may have come in the place of a deleted one, for the rules that are named",
            lists=("rules",),
        ),
        EventType("mapping.rebound", ("mapping.rebound",), "facts", "a rule has a group again"),
        EventType(
            "configuration.applied",
            ("configuration.applied",),
            "facts",
            "a file of business units, roles and rules; what it changed has events of its own, too",
        ),
        EventType("user.created", ("user.created",), "changed", "a person, who has no access by that"),
        EventType(
            "user.activated",
            ("user.updated",),
            "changed",
            "a person may act again; whatever else changed at once is named, too",
            "active",
        ),
        EventType(
            "user.deactivated",
            ("user.updated",),
            "changed",
            "a person may no longer do anything; end their sessions",
            "inactive",
        ),
        EventType("user.updated", ("user.updated",), "changed", "other attributes of a person changed", "other"),
        EventType(
            "user.adopted",
            ("user.adopted",),
            "facts",
            "a directory has pushed somebody whom a sign-in had made: the same person, with the same id, who is "
            "changed there from now on",
        ),
        EventType("user.moved", ("user.home_changed",), "facts", "a person has another home unit"),
        EventType("user.deleted", ("user.deleted",), "changed", "a person is gone"),
        EventType(
            "user.linked",
            ("person.linked",),
            "facts",
            "a subject of an identity provider is this person from now on; `how` says by what they were found",
        ),
        EventType("user.unlinked", ("person.unlinked",), "facts", "it is not any more, as somebody has said"),
        EventType("group.created", ("group.created",), "changed", "a group"),
        EventType(
            "group.updated",
            ("group.updated", "group.renamed"),
            "changed",
            "a group has another name, other members or attributes",
        ),
        EventType("group.deleted", ("group.deleted",), "changed", "a group is gone"),
        EventType("role.created", ("role.created",), "facts", "a role of the account's own"),
        EventType(
            "role.changed",
            ("role.updated", "role.changed"),
            "changed",
            "what a role allows, or what it is called: decisions may differ",
        ),
        EventType("role.deleted", ("role.deleted",), "facts", "a role is gone"),
        EventType("unit.created", ("unit.created",), "facts", "a business unit"),
        EventType("unit.changed", ("unit.updated", "unit.moved"), "facts", "a business unit has another name or place"),
        EventType("unit.deleted", ("unit.deleted",), "facts", "a business unit is gone"),
        EventType("connection.created", ("connection.created",), "facts", "a connection to an identity provider"),
        EventType(
            "connection.changed",
            (
                "connection.changed",
                "connection.refreshed",
                "connection.certificate_added",
                "connection.certificate_confirmed",
                "connection.certificate_removed",
                "connection.key_prepared",
                "connection.key_switched",
                "connection.key_retired",
            ),
            "changed",
            "settings of a connection, its provider's certificates or our keys towards it",
        ),
        EventType("connection.enabled", ("connection.enabled",), "facts", "people sign in by a connection"),
        EventType(
            "connection.disabled",
            ("connection.disabled",),
            "facts",
            "nobody signs in by a connection; whoever came in by it is signed out",
        ),
        EventType("connection.deleted", ("connection.deleted",), "facts", "a connection is gone"),
        EventType(
            "connection.certificate_expiring",
            ("connection.certificate_expiring",),
            "facts",
            "a certificate of the provider, or our own key, ends within 30, 14 or 3 days; told once at each",
        ),
        EventType(
            "connection.refresh_failed",
            ("connection.refresh_failed",),
            "facts",
            "what a provider says of itself could not be read, or not be believed; told once until it works again",
        ),
        EventType("domain.verified", ("domain.verified",), "facts", "a domain of e-mail addresses is the account's"),
        EventType(
            "domain.unconfirmed",
            ("domain.unconfirmed",),
            "facts",
            "the DNS record that proves a domain has gone; `ends` says until when the domain still counts",
        ),
        EventType("domain.confirmed", ("domain.confirmed",), "facts", "the record is there again"),
        EventType(
            "domain.expired",
            ("domain.expired", "domain.removed"),
            "facts",
            "a domain is the account's no more; nobody is led to its connection by it",
        ),
        EventType("door.opened", ("door.opened",), "facts", "an Account Owner signed in without the identity provider"),
        EventType(
            "door.locked",
            ("door.locked",),
            "facts",
            "the password of an Account Owner was tried too often at the local door; it stays shut for a while",
        ),
        EventType(
            "door.recovered",
            ("door.recovered",),
            "facts",
            "the operator let an Account Owner begin anew at the local door",
        ),
        EventType("sign_in.required", ("sign_in.sso_required",), "facts", "people must sign in by a connection"),
        EventType("sign_in.relaxed", ("sign_in.sso_relaxed",), "facts", "they need not any more"),
        EventType(
            "setup_link.finished",
            ("setup_link.finished",),
            "facts",
            "a customer's administrator has set up what their link was for; look at it, and switch it on",
        ),
        EventType(
            "owner.kept",
            ("owner.kept",),
            "facts",
            "the last Account Owner, whom a directory took away, stays or is followed",
        ),
    )
}
TEST_TYPE = EventType(TEST, ("webhook.tested",), "facts", "somebody wanted to see one arrive")
_OF_ACTION = {action: one for one in EVENT_TYPES.values() if one.becomes is None for action in one.actions} | {
    "webhook.tested": TEST_TYPE
}


def unknown(types: Iterable[str]) -> list[str]:
    """Those that are no types of events."""
    return [name for name in types if name not in EVENT_TYPES]


def type_of(row: Mapping[str, Any]) -> EventType:
    """Of which type an entry of the trail is that is an event."""
    found = _OF_ACTION.get(row["action"])
    if found is not None:
        return found
    match (row["after"] or {}).get("active"):
        case True:
            return EVENT_TYPES["user.activated"]
        case False:
            return EVENT_TYPES["user.deactivated"]
    return EVENT_TYPES["user.updated"]


def actions_of(types: Collection[str]) -> tuple[list[str], list[str]]:
    """The actions that are events of these types (none: of all), and what ``user.updated`` may do to ``active``."""
    wanted = [EVENT_TYPES[name] for name in types] or [*EVENT_TYPES.values()]
    plain = [action for one in wanted if one.becomes is None for action in one.actions]
    return plain, [one.becomes for one in wanted if one.becomes is not None]


def id_of(account_id: str, sequence: int) -> str:
    """The name of an event, the same however often it is sent."""
    return f"evt_{account_id.replace('-', '')}_{sequence}"


def rendered(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it is sent and as the feed has it."""
    kind = type_of(row)
    before, after = row["before"] or {}, row["after"] or {}
    told: Any
    if kind.tells == "changed":
        told = sorted(before.keys() | after.keys())
    else:
        told = {name: _short(value) for name, value in (after or before).items() if _is_plain(value)}
        told |= {name: (before | after)[name][:MOST_LISTED] for name in kind.lists if name in before or name in after}
    return {
        "id": id_of(row["account_id"], row["sequence"]),
        "type": kind.name,
        "timestamp": timestamp(row["at"]),
        "data": {
            "account_id": row["account_id"],
            "sequence": row["sequence"],
            "subject": {"kind": row["target_kind"], "id": row["target_id"], "name": _short(row["target_name"])},
            "actor": {"kind": row["actor_kind"], "id": row["actor_id"], "name": _short(row["actor_name"])},
            "reason": _short(row["reason"]),
            "request_id": row["request_id"],
            kind.tells: told,
        },
    }


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _short(value: Any) -> Any:
    return value[:MOST_WORDS] + "…" if isinstance(value, str) and len(value) > MOST_WORDS else value
