"""The waiting room: active people who can do nothing yet, and which rules would give them what their like have.

A person whom a directory or a sign-in creates has no roles until somebody meant otherwise. Here that somebody sees
who waits, since when, in which groups, and what most of the others in those groups have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from app import audit
from app.models.base import now
from app.services import mapping_drafts
from app.services.errors import Refused
from app.services.mapping_drafts import MOST_TITLE, Draft
from app.services.references import group_of, role_of, unit_of
from app.session import Session
from app.stores import alike, waiting
from app.stores.access import SqlAccessStore
from app.stores.listings import Found, Listing, Wanted
from app.stores.waiting import Held, Places
from rbac.model import Policy, Reach, Role
from rbac.reaches import reached
from rbac.units import Unit
from scim.keys import fold

SHARE = 60
"""A role is suggested that so many per cent of the others have."""
_LEAST = 2
"""What one person has is no custom of the group."""
_MOST_NAME = 180
_AT_ONCE = 5_000
_EXAMINED = 2_000
"""In a list, groups of more members are not examined; asked for by itself every group is."""


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """A group that somebody is in, directly or through nesting."""

    id: str
    name: str
    directory: str
    members: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A role that most of the others in a group have somewhere, and the rule that would give it to all of them.

    ``unit`` is None for the whole account. ``having`` of the ``others`` have it by hand or by other rules. ``rule``
    is as a mapping document has it.
    """

    group_id: str
    group: str
    role: str
    unit: str | None
    children: bool
    others: int
    having: int
    privileged: bool
    words: str
    rule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits; ``since`` they were created, or lost what they had last, as far as that is known."""

    id: str
    user_name: str
    origin: str
    directory: str
    created: datetime
    since: datetime
    groups: tuple[SeenGroup, ...]
    suggestions: tuple[Suggestion, ...]


def list_waiting(session: Session, account_id: str, wanted: Wanted) -> Found:
    """A page of those who wait, each with suggestions: five statements, however many there are."""
    policy, moment = SqlAccessStore(session, account_id).snapshot([]).policy, now()
    found = waiting.waiting(session, account_id, places_of(policy, moment), moment, wanted)
    ids = [row.id for row in found.rows]
    if not ids:
        return found
    seen = waiting.groups_seen(session, account_id, ids)
    lost = waiting.lost_access(session, account_id, ids, moment)
    groups = {row.id: SeenGroup(row.id, row.display_name, row.directory, row.member_count)
              for rows in seen.values() for row in rows}  # fmt: skip
    small = waiting.at_most(session, account_id, list(groups), _EXAMINED)
    sizes, held = waiting.held_in_groups(session, account_id, small, moment)

    def told(row: Any) -> Waiting:
        mine = [groups[group.id] for group in seen.get(row.id, ())]
        suggested = (one for group in mine for one in _suggested(policy, group, sizes.get(group.id, 0) - 1, held))
        since = max(row.created, lost.get(row.id, row.created))
        return Waiting(
            row.id, row.user_name, row.origin, row.directory, row.created, since, tuple(mine), tuple(suggested)
        )

    return Found([told(row) for row in found.rows], found.next)


def count_waiting(session: Session, account_id: str) -> int:
    """How many people wait."""
    policy, moment = SqlAccessStore(session, account_id).snapshot([]).policy, now()
    return waiting.count(session, account_id, places_of(policy, moment), moment)


def is_quick(session: Session, account_id: str) -> bool:
    """Whether a list of those who wait is there at once: everybody has to be looked at for it."""
    return alike.at_most(session, account_id, alike.everybody(), _AT_ONCE)


def waiting_listing(session: Session, account_id: str) -> Listing:
    """Those who wait, as a list that is counted."""
    policy, moment = SqlAccessStore(session, account_id).snapshot([]).policy, now()
    return waiting.listing(account_id, places_of(policy, moment), moment)


def suggestions(session: Session, account_id: str, group: str) -> tuple[Suggestion, ...]:
    """What most members of a group have, however large it is. Raises NotFound."""
    found = group_of(session, account_id, group)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    sizes, held = waiting.held_in_groups(session, account_id, [found.id], now())
    size = sizes.get(found.id, 0)
    return tuple(_suggested(policy, SeenGroup(found.id, found.name, found.directory, size), size, held))


def places_of(policy: Policy, at: datetime) -> Places:
    """Where whoever works has the role of a business unit."""
    tree = policy.units
    here = {
        unit
        for grants in policy.unit_grants.values()
        for grant in grants
        if grant.sources_at(at)
        for unit in reached(tree, grant.scope.unit, grant.scope.reach)
    }
    return Places(sorted(here), sorted({above for unit in here for above in tree.path(unit)}), tree.root.id)


def rule_for(group: SeenGroup, role: str, unit: str | None, *, children: bool) -> dict[str, Any]:
    """The rule, as a document has it, that gives a role to the members of a group."""
    where = {} if unit is None else {"unit": unit, "children": children}
    place = "" if unit is None else f" in {unit}"
    named = {"id": group.id, "name": group.name, "directory": group.directory}
    return {
        "name": f"{group.name[:90]}: {role[:80]}{place}"[:_MOST_NAME],
        "reason": "suggested by what the others in the group have",
        "group": named,
        "grants": [{"role": role, **where}],
    }


def draft_suggested(
    session: Session,
    account_id: str,
    group: str,
    role: str,
    unit: str | None = None,
    *,
    children: bool = False,
    draft: str | None = None,
) -> Draft:
    """Put the rule that gives a role to a group at the end of a draft; without one, of a new one.

    That begins with what is published. Nobody gains anything by it before it is planned and published. A person who
    acts answers for the rule. Raises NotFound, Refused for what nobody in the group has, Forbidden, Conflict.
    """
    found, policy = group_of(session, account_id, group), SqlAccessStore(session, account_id).snapshot([]).policy
    given, place = role_of(policy, role), unit_of(policy, unit) if unit is not None else None
    seen = SeenGroup(found.id, found.name, found.directory, 0)
    rule = rule_for(seen, given.name, place.key if place else None, children=children)
    _require_custom(session, account_id, seen, given, place, children=children)
    actor = audit.acting(session)
    if actor.kind == "person":
        rule["owner"] = actor.name
    edited = (
        mapping_drafts.get_draft(session, account_id, draft)
        if draft is not None
        else mapping_drafts.create_draft(session, account_id, rule["name"][:MOST_TITLE])
    )
    taken = {fold(str(one.get("name", ""))) for one in edited.document["rules"]}
    names = (rule["name"] if number == 1 else f"{rule['name']} ({number})" for number in count(1))
    name = next(name for name in names if fold(name) not in taken)
    return mapping_drafts.add_rule(session, account_id, edited.id, rule | {"name": name})


def _require_custom(
    session: Session, account_id: str, group: SeenGroup, role: Role, unit: Unit | None, *, children: bool
) -> None:
    """What the members of a group have is suggested; anything else somebody has to mean, and write down."""
    reach = Reach.ACCOUNT if unit is None else Reach.SUBTREE if children else Reach.UNIT
    _, held = waiting.held_in_groups(session, account_id, [group.id], now())
    if not any(
        one.role_id == role.id and one.reach == reach and (unit is None or one.unit_id == unit.id) for one in held
    ):
        place = "" if unit is None else f" in {unit.key}{' and below' if children else ''}"
        raise Refused(
            f"nobody in {group.name} has {role.name}{place}, so nothing suggests it; "
            "if it is meant, write the rule in a draft of the mapping"
        )


def _suggested(policy: Policy, group: SeenGroup, others: int, held: Sequence[Held]) -> Iterable[Suggestion]:
    """The most common first."""
    common = [
        one for one in held if one.group_id == group.id and one.people >= _LEAST and one.people * 100 >= SHARE * others
    ]
    names: Mapping[str, str] = {id: role.name for id, role in policy.roles.items()}
    for one in sorted(common, key=lambda one: (-one.people, names.get(one.role_id, ""))):
        role = policy.roles.get(one.role_id)
        if role is None or role.is_owner:
            continue
        unit = None if one.reach == Reach.ACCOUNT else policy.units.units[one.unit_id].key
        children = one.reach == Reach.SUBTREE
        place = "" if unit is None else f" in {unit}{' and below' if children else ''}"
        warning = "; the role is PRIVILEGED" if role.is_privileged else ""
        yield Suggestion(
            group.id,
            group.name,
            role.name,
            unit,
            children,
            others,
            one.people,
            role.is_privileged,
            f"{one.people} of the {others} others in {group.name} have {role.name}{place}{warning}",
            rule_for(group, role.name, unit, children=children),
        )
