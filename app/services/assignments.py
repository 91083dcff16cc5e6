"""Give and take roles by hand, from users, groups and business units.

A grant by hand is one more source: it survives whatever role mapping does, and taking it away
leaves alone what mapping gives. Nobody changes their own roles, and an account always keeps an
active Account Owner who can sign in without an identity provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app import audit
from app.models.base import now
from app.services.errors import NotFound, Refused
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.grants import Principal, add_source, has_local_owner, remove_source
from app.stores.mapping_rules import lock
from app.stores.naming import find_groups
from app.stores.nesting import groups_holding
from rbac.model import Policy, Reach, Role, Subject
from rbac.units import Unit
from scim.keys import fold


@dataclass(frozen=True, slots=True)
class Done:
    """What an assignment came to. ``changed`` is False if it was so already."""

    role: str
    principal: str
    unit: str
    reach: Reach
    changed: bool


def assign(
    session: Session,
    account_id: str,
    role: str,
    *,
    user: str | None = None,
    group: str | None = None,
    principal_unit: str | None = None,
    unit: str | None = None,
    children: bool = False,
    granted_by: str,
    reason: str = "",
    starts: datetime | None = None,
    expires: datetime | None = None,
) -> Done:
    """Give a role to one principal: account-wide, or in a unit, with its children or without.

    ``user`` is an id or userName, ``group`` an id or name, units are keys or ids; ``granted_by`` is the id
    of the person who does it, or the name of a program. Raises NotFound for what does not exist,
    Refused where a guard forbids it.
    """
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    policy, found, principal = _parties(session, account_id, role, user, group, principal_unit, granted_by)
    if starts is not None and expires is not None and expires <= starts:
        raise Refused("the grant would end before it begins; give a later end")
    if found.is_owner and (principal.kind != "user" or unit is not None):
        raise Refused(f"{found.name} is given to single persons, for the whole account")
    unit_id, reach = _scope(policy, principal, unit, children)
    changed = add_source(
        session,
        account_id,
        principal,
        (found.id, unit_id, reach),
        granted_by=granted_by,
        reason=reason,
        starts=starts,
        expires=expires,
    )
    done = Done(found.name, principal.id, policy.units.units[unit_id].key, reach, changed)
    if changed:
        after = _noted(done) | {"starts": _text(starts), "expires": _text(expires)}
        audit.record(
            session, account_id, "access.granted", principal.kind, principal.id, None, None, after, reason or None
        )
    return done


def unassign(
    session: Session,
    account_id: str,
    role: str,
    *,
    user: str | None = None,
    group: str | None = None,
    principal_unit: str | None = None,
    unit: str | None = None,
    children: bool = False,
    removed_by: str,
    reason: str = "",
) -> Done:
    """Take a role back that was given by hand; what role mapping gives stays.

    Raises NotFound for what does not exist, Refused where a guard forbids it.
    """
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    policy, found, principal = _parties(session, account_id, role, user, group, principal_unit, removed_by)
    unit_id, reach = _scope(policy, principal, unit, children)
    if found.is_owner and not has_local_owner(session, account_id, found.id, without=principal.id, at=now()):
        raise Refused(
            f"this is the last active {found.name} who can sign in without an identity provider; "
            "make somebody else one first"
        )
    changed = remove_source(session, account_id, principal, (found.id, unit_id, reach))
    done = Done(found.name, principal.id, policy.units.units[unit_id].key, reach, changed)
    if changed:
        audit.record(
            session,
            account_id,
            "access.revoked",
            principal.kind,
            principal.id,
            None,
            _noted(done),
            None,
            reason or None,
        )
    return done


def _parties(
    session: Session,
    account_id: str,
    role: str,
    user: str | None,
    group: str | None,
    principal_unit: str | None,
    by: str,
) -> tuple[Policy, Role, Principal]:
    if sum(given is not None for given in (user, group, principal_unit)) != 1:
        raise Refused("name exactly one of user, group and business unit")
    snapshot = SqlAccessStore(session, account_id).snapshot([name for name in (user, by) if name])
    policy = snapshot.policy
    principal = _principal(session, account_id, policy, snapshot.subjects.get(user or ""), user, group, principal_unit)
    actor = snapshot.subjects.get(by)
    if actor is not None and _concerns(session, account_id, principal, actor.id):
        raise Refused("nobody changes their own roles; ask another Account Owner")
    return policy, _role(policy, role), principal


def _principal(
    session: Session,
    account_id: str,
    policy: Policy,
    subject: Subject | None,
    user: str | None,
    group: str | None,
    principal_unit: str | None,
) -> Principal:
    if user is not None:
        if subject is None:
            raise NotFound(f"no user {user!r} in this account, or several of that name; use the user's id")
        return Principal("user", subject.id)
    if group is not None:
        found = find_groups(session, account_id, None, id=group) or find_groups(session, account_id, None, name=group)
        if len(found) != 1:
            raise NotFound(f"{'several groups are' if found else 'no group is'} named {group!r}; use the group's id")
        return Principal("group", found[0].id)
    return Principal("unit", _unit(policy, principal_unit or "").id)


def _concerns(session: Session, account_id: str, principal: Principal, actor_id: str) -> bool:
    if principal.kind == "user":
        return principal.id == actor_id
    return principal.kind == "group" and principal.id in groups_holding(session, account_id, actor_id)


def _role(policy: Policy, reference: str) -> Role:
    for role in policy.roles.values():
        if role.id == reference or fold(role.name) == fold(reference):
            return role
    names = ", ".join(sorted(role.name for role in policy.roles.values()))
    raise NotFound(f"no role {reference!r}; there are: {names}")


def _unit(policy: Policy, reference: str) -> Unit:
    found = policy.units.find(reference)
    if found is None:
        keys = ", ".join(sorted(unit.key for unit in policy.units.units.values()))
        raise NotFound(f"no business unit {reference!r}; there are: {keys}")
    return found


def _scope(policy: Policy, principal: Principal, unit: str | None, children: bool) -> tuple[str, Reach]:
    if principal.kind == "unit":
        if unit is not None or children:
            raise Refused("the role of a business unit is for whoever works in exactly that unit; give no other scope")
        return principal.id, Reach.UNIT
    if unit is None:
        if children:
            raise Refused("say which unit's children are meant, or leave both out for the whole account")
        return policy.units.root.id, Reach.ACCOUNT
    return _unit(policy, unit).id, Reach.SUBTREE if children else Reach.UNIT


def _noted(done: Done) -> dict[str, str]:
    scope = "account" if done.reach is Reach.ACCOUNT else done.unit
    return {"role": done.role, "scope": scope, "reach": done.reach.value, "source": "manual"}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
