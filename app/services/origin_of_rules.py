"""How rules came to give somebody something: since when they are in the group, and who published the rule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from app.session import Session
from app.stores import mapping_revisions, requests
from rbac.explain import Membership, Origin, Publication


def memberships(
    session: Session, account_id: str, user_id: str, group_ids: Collection[str], at: datetime | None
) -> dict[str, Membership]:
    """Since when somebody is in each of these groups, and by which request; a direct way goes before others.

    ``at``: only what was so at a past moment already.
    """
    if not group_ids:
        return {}
    ways = [
        one for one in requests.memberships(session, account_id, user_id, group_ids) if at is None or one.since <= at
    ]
    found: dict[str, Membership] = {}
    for one in sorted(ways, key=lambda way: way.group_id != way.bound):
        if one.bound not in found:
            pushed = requests.push_of(session, account_id, one.group_id, user_id, one.since)
            origin = Origin(pushed.request_id, pushed.actor, pushed.at) if pushed is not None else None
            found[one.bound] = Membership(one.since, None if one.group_id == one.bound else one.group, origin)
    return found


def publications(session: Session, account_id: str, revisions: Collection[int]) -> dict[int, Publication]:
    """Who published these revisions of the role mapping."""
    found = {}
    for number in sorted(revisions):
        row = mapping_revisions.find_revision(session, account_id, number)
        if row is not None:
            request = requests.published_in(session, account_id, number)
            found[number] = Publication(row.author, row.approver, row.published, request)
    return found
