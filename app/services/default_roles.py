"""The roles that people get whom somebody makes by hand: a setting of the account, empty at first.

Whoever comes by SCIM or by signing in never gets them.
"""

from __future__ import annotations

from collections.abc import Sequence

from app import audit
from app.services import code_ownership, guards
from app.services.errors import Forbidden, Refused
from app.services.references import role_of
from app.services.roles import RoleFacts, role_facts
from app.session import Session
from app.stores import roles as store
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.grants import Given, add_sources
from app.stores.mapping_rules import lock
from rbac.model import Policy, Reach

REASON = "default role for people made by hand"


def get_default_roles(session: Session, account_id: str) -> tuple[RoleFacts, ...]:
    """The roles that people made by hand get, by name."""
    ids = set(store.default_roles(session, account_id))
    return tuple(one for one in role_facts(session, account_id) if one.id in ids)


def set_default_roles(session: Session, account_id: str, roles: Sequence[str]) -> tuple[RoleFacts, ...]:
    """Let people made by hand get just these roles from now on; nobody who is there gets or loses one.

    Raises NotFound, Refused for the owner role, Forbidden for whoever is no Account Owner.
    """
    acting, snapshot = guards.begin(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner says which roles people get by default")
    code_ownership.check_default_roles(session, account_id)
    wanted = {role_of(snapshot.policy, role).id for role in roles}
    for id in wanted:
        if snapshot.policy.roles[id].is_owner:
            raise Refused(f"{snapshot.policy.roles[id].name} is given to single persons by hand, never by default")
    present = set(store.default_roles(session, account_id))
    if wanted != present:
        store.set_default_roles(session, account_id, wanted)
        before, after = ({"default_roles": _names(snapshot.policy, ids)} for ids in (present, wanted))
        audit.record(session, account_id, "account.default_roles_changed", "account", account_id, None, before, after)
    return get_default_roles(session, account_id)


def apply_default_roles(session: Session, account_id: str, user_id: str) -> tuple[str, ...]:
    """Give somebody who was just made by hand the account's default roles; their names.

    The account says which, not whoever made the person, who need not have them.
    """
    ids = store.default_roles(session, account_id)
    if not ids:
        return ()
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    snapshot = SqlAccessStore(session, account_id).snapshot([user_id])
    policy, subject = snapshot.policy, snapshot.subjects[user_id]
    for id in ids:
        why = {"granted_by": guards.granted_by(session), "reason": REASON, "starts": None, "expires": None}
        add_sources(session, account_id, "user", [user_id], Given(id, policy.units.root.id, Reach.ACCOUNT), **why)
        after = {"role": policy.roles[id].name, "scope": "account", "reach": Reach.ACCOUNT.value, "source": "manual"}
        name = subject.user_name if subject else None
        audit.record(session, account_id, "access.granted", "user", user_id, name, None, after, REASON)
    return tuple(_names(policy, ids))


def _names(policy: Policy, ids: Sequence[str] | set[str]) -> list[str]:
    return sorted(policy.roles[id].name for id in ids)
