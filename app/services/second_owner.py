"""Whether two Account Owners are two: that neither is of the other's making, nor both of somebody else's.

Who could make an owner in the morning and approve their own rules with it in the afternoon would need no second one.
So a person counts as a second one who was an owner before there was anything to approve, and in whose being one nobody
had a hand lately who has a hand in what is approved.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from app import audit
from app.models.base import now
from app.services.errors import Forbidden
from app.services.guards import Acting
from app.session import Session
from app.stores import owners as store
from app.stores.issuers import SETTLED, issuers_of

_IDENTITY = {"active", "userName", "emails", "externalId"}
"""Attributes by which a person is let in, or taken for another one."""
_INSTEAD = (
    "an Account Owner does who is nobody's making since then, or the operator publishes at the server's command line "
    "(`muster mapping publish`, `muster apply`)"
)


def check_second(
    session: Session, account_id: str, acting: Acting, behind: Collection[str], began: datetime, what: str
) -> None:
    """Whether the person who acts is a second one beside those who are behind something since it began.

    Raises Forbidden, which says what to do. ``what`` it is that they approve, such as "this draft".
    """
    if acting.person is None:
        return
    person, moment = acting.person, now()
    since = moment - SETTLED
    holds = store.ownership_of(session, account_id, person.id, moment)
    if not holds:
        raise Forbidden(f"{person.user_name} has the owner role by no grant of their own; {_INSTEAD}")
    first = min(one.begun for one in holds)
    if first > began:
        raise Forbidden(
            f"{person.user_name} is an Account Owner since {first:%Y-%m-%d %H:%M} UTC only, after {what} was begun; "
            f"another owner approves it, who was one before, or the operator publishes at the server's command line"
        )
    if all(one.by_rule and one.begun > since for one in holds):
        raise Forbidden(
            f"{person.user_name} is an Account Owner by role mapping since {first:%Y-%m-%d %H:%M} UTC, and may approve "
            f"after {SETTLED.days} days; until then {_INSTEAD}"
        )
    owner_roles = {role.name for role in acting.policy.roles.values() if role.is_owner}
    makers = _makers(session, account_id, person.id, since, owner_roles)
    connection = audit.acting(session).connection
    if connection is not None:  # whoever says which provider to believe may come in as anybody by it
        changed = store.acts_on(session, account_id, connection, since, "connection")
        for id in _people_of(session, account_id, changed, since):
            makers |= _makers(session, account_id, id, since, owner_roles)
    for other in sorted(behind):
        shared = makers.keys() & _makers(session, account_id, other, since, owner_roles).keys()
        if shared:
            maker = min(shared)
            names = store.names_of(session, account_id, {maker, other})
            raise Forbidden(
                f"{person.user_name} and {names.get(other, other)}, who is behind {what}, are no two people in this: "
                f"{names.get(maker, maker)} made, invited or changed one of them, or the connection by which one came "
                f"in, within the last {SETTLED.days} days; {_INSTEAD}"
            )


def _makers(
    session: Session, account_id: str, id: str, since: datetime, owner_roles: Collection[str]
) -> dict[str, None]:
    """Who lately had a hand in somebody, or in one of these, and so on; with that person.

    What a program did, or a directory, is done by the person who issued its key or token, if that was lately.
    """
    found, asked = {id: None}, [id]
    while asked:
        person = asked.pop()
        acts = store.acts_on(session, account_id, person, since)
        settled = _has_settled(session, account_id, person, since)
        hands = [act for act in acts if _is_hand(act, owner_roles, settled=settled)]
        for maker in _people_of(session, account_id, hands, since):
            if maker not in found:
                found[maker] = None
                asked.append(maker)
    return found


def _people_of(session: Session, account_id: str, acts: Collection[store.Act], since: datetime) -> list[str]:
    """Who did this; what a program did, the person who issued its key lately."""
    doers = {act.actor_id: act.actor_kind for act in acts}
    programs = [id for id, kind in doers.items() if kind != "person"]
    issuers = issuers_of(session, account_id, programs, since) if programs else {}
    people = (id if kind == "person" else issuers.get(id) for id, kind in doers.items())
    return [id for id in people if id is not None]


def _has_settled(session: Session, account_id: str, id: str, since: datetime) -> bool:
    """Whether somebody is an owner for long, so that to be given the role once more makes no difference."""
    return any(one.begun <= since for one in store.ownership_of(session, account_id, id, now()))


def _is_hand(act: store.Act, owner_roles: Collection[str], *, settled: bool) -> bool:
    """Whether an act is one by which somebody becomes an owner, or may sign in as one."""
    after = act.after or {}
    match act.action:
        case "access.granted":
            return not settled and after.get("role") in owner_roles
        case "user.updated":
            return not _IDENTITY.isdisjoint(after)
    return True
