"""Whether two Account Owners are two: that neither is of the other's making, nor both of somebody else's.

Who could make an owner in the morning and approve their own rules with it in the afternoon would need no second one,
nor would who can come in as another one. So a person counts as a second one who was an owner before there was anything
to approve, and beside whom nobody could have acted in both names. Whoever has used one of these doors within
``SETTLED`` could have acted as the person behind it:

* The person: made, given the owner role, invited to the local door or helped to another password there, linked to a
  subject or parted from one, switched on again, named otherwise (userName, externalId, addresses), taken over from a
  connection by a directory.
* The connection by which the person came in: made, changed in what it trusts, joins, claims or takes people from,
  switched on, read anew, given or confirmed a certificate; a domain proven for it or bound to it. It counts for who
  approves by the session in which they do, for who wrote by the session in which they did, and for all others in the
  chain by how they signed in; so also for who acts by a key that was issued lately, since whoever came in as another
  owner may have issued one there. Who was at the local door, or at a connection that nobody has touched lately, is
  who they are.
* Whatever acts for a person: a key or a directory's token counts as who issued it, if that was lately; a set-up link,
  and what was issued by it, as who made it. By a new key nobody speaks for another owner (``issued_keys``).
* Whoever could have acted as one of these, and so on.

What the author did is looked at from ``SETTLED`` before it was begun, so that nobody waits until it is forgotten how
they came to write it. Who runs the identity provider itself, the operator, and the server's command line are trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from app import audit
from app.models.base import now
from app.services.errors import Forbidden
from app.services.guards import Acting
from app.services.issued_keys import issuer_in
from app.session import Session
from app.stores import hands
from app.stores import owners as store
from app.stores.issuers import SETTLED, issuers_of

_IDENTITY = {"active", "userName", "emails", "externalId"}
"""Attributes by which a person is let in, or taken for another one."""
_INSTEAD = (
    "an Account Owner does who is nobody's making since then, or the operator publishes at the server's command line "
    "(`muster mapping publish`, `muster apply`)"
)


def door(session: Session, account_id: str) -> dict[str, str | None]:
    """By which connection whoever acts has come in, as the trail keeps it with what they write or approve.

    Also by which key, if a person has issued that lately.
    """
    actor = audit.acting(session)
    by_key = {hands.KEY: actor.new_key} if issuer_in(session, account_id) is not None else {}
    return {hands.DOOR: actor.connection, **by_key}


def check_second(
    session: Session,
    account_id: str,
    acting: Acting,
    behind: Collection[str],
    began: datetime,
    what: str,
    written: Iterable[str],
) -> None:
    """Whether the person who acts is a second one beside those who are behind something since it began.

    Raises Forbidden, which says what to do. ``what`` it is that they approve, such as "this draft"; ``written`` are the
    ids under which the trail knows it.
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
    came = door(session, account_id)
    connection = came[hands.DOOR]
    by_connection = [connection] if connection is not None else []
    lately = _Hands(session, account_id, since, owner_roles)
    could_approve = lately.could_be(person.id, None if hands.KEY in came else by_connection)
    by, then = hands.wrote_by(session, account_id, written), _Hands(session, account_id, began - SETTLED, owner_roles)
    for other in sorted(behind):
        shared = could_approve & then.could_be(other, by.get(other))
        if shared:
            maker = min(shared)
            names = store.names_of(session, account_id, {maker, other})
            raise Forbidden(
                f"{person.user_name} and {names.get(other, other)}, who is behind {what}, are no two people in this: "
                f"{names.get(maker, maker)} made, invited or changed one of them, or the connection by which one came "
                f"in, within the last {SETTLED.days} days"
                + (f" before {what} was begun, or since" if began < since else "")
                + "; who came in by such a connection writes or approves it at the local door, "
                f"or {_INSTEAD}"
            )


class _Hands:
    """Who could have acted as whom in an account since some moment."""

    def __init__(self, session: Session, account_id: str, since: datetime, owner_roles: Collection[str]) -> None:
        self._here = session, account_id
        self._since = since
        self._owner_roles = owner_roles

    def could_be(self, id: str, connections: Collection[str] | None) -> set[str]:
        """Whoever could have acted as somebody who came in by these connections; None: by whichever they did lately."""
        found, asked = {id}, [(id, connections)]
        while asked:
            person, by = asked.pop()
            acts = self._on(person)
            for connection in hands.came_by(*self._here, person, self._since) if by is None else by:
                acts += [one for one in hands.on_connection(*self._here, connection, self._since) if _says_whom(one)]
            for maker in self._people_of(acts):
                if maker not in found:
                    found.add(maker)
                    asked.append((maker, None))
        return found

    def _on(self, id: str) -> list[hands.Act]:
        acts = hands.on_person(*self._here, id, self._since)
        held = store.ownership_of(*self._here, id, now())
        is_settled = any(one.begun <= self._since for one in held)
        return [one for one in acts if _is_hand(one, self._owner_roles, settled=is_settled)]

    def _people_of(self, acts: Collection[hands.Act]) -> list[str]:
        """Who did this; what a program did, the person who issued its key lately."""
        doers = {act.actor_id: act.actor_kind for act in acts}
        programs = [id for id, kind in doers.items() if kind != "person"]
        issuers = issuers_of(*self._here, programs, self._since) if programs else {}
        people = (id if kind == "person" else issuers.get(id) for id, kind in doers.items())
        return [id for id in people if id is not None]


def _is_hand(act: hands.Act, owner_roles: Collection[str], *, settled: bool) -> bool:
    """Whether an act is one by which somebody becomes an owner, or may sign in as one."""
    after = act.after or {}
    match act.action:
        case "access.granted":
            # Who is an owner for long is not made one by being given the role once more.
            return not settled and after.get("role") in owner_roles
        case "user.updated":
            return not _IDENTITY.isdisjoint(after)
    return True


def _says_whom(act: hands.Act) -> bool:
    """Whether an act can have to do with whom a connection lets in; its name has not."""
    return act.action != "connection.changed" or set(act.after or {}) != {"name"}
