"""Groups that an assertion names, for connections whose provider pushes none by SCIM.

They live in a directory of the connection's own, so that published mapping rules mean them as they mean pushed ones.
A sign-in sets the memberships of its own person, and only theirs. What is absent, cut off or too much changes nothing:
nobody loses a role because a provider has left something out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.models.base import Id
from app.prepared import Prepared
from app.services import provisioning
from app.services.linking import SCIM
from app.services.trusted import Trusted
from app.session import Session
from app.stores.access_tables import GROUPS, MEMBERSHIPS
from app.stores.directory import open_directory_store
from app.stores.lists import one_of
from scim import service
from scim.keys import fold
from scim.patch import PATCH_URN
from scim.schemas import GROUP_URN
from sso.claims import problem_of
from sso.model import Assertion

MOST = 1_000
"""A provider that names more groups than this is not believed to have named all (Entra stops at 200)."""
_ACCOUNT, _DIRECTORY, _USER = (bindparam(f"b_{name}", type_=Id()) for name in ("account", "directory", "user"))
_HERE = (GROUPS.c.account_id == _ACCOUNT, GROUPS.c.directory_id == _DIRECTORY)
_OF_PERSON = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name_key)
    .join(MEMBERSHIPS, (MEMBERSHIPS.c.account_id == _ACCOUNT) & (MEMBERSHIPS.c.group_id == GROUPS.c.id))
    .where(*_HERE, MEMBERSHIPS.c.user_id == _USER)
    .order_by(GROUPS.c.id)
)
_CALLED = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name_key)
    .where(*_HERE, one_of(GROUPS.c.display_name_key, "b_names"))
    .order_by(GROUPS.c.id)
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The groups that an assertion names; ``names`` None if it says nothing that counts. ``words`` tells why."""

    names: tuple[str, ...] | None
    words: str


def claimed(trusted: Trusted, assertion: Assertion, person: Any) -> Claimed:
    """Which groups somebody is said to be in. ``person`` is None for somebody who is to be created."""
    if trusted.groups_from != "claims" or trusted.groups_claim is None or trusted.claims_directory_id is None:
        return Claimed(None, "groups of this connection do not come from claims")
    if person is not None and person.origin == SCIM:
        return Claimed(None, "this person's directory says in which groups they are")
    claim = trusted.groups_claim
    if _is_elsewhere(assertion, claim):
        return Claimed(None, f"{claim}: the provider says that there are too many groups to name")
    if claim not in assertion.attributes:
        return Claimed(None, f"{claim}: the provider does not say")
    given = {fold(name): name for one in assertion.attributes[claim] if (name := one.strip())}
    if len(given) > MOST or len(assertion.attributes[claim]) > MOST:
        return Claimed(None, f"{claim}: more than {MOST} groups; whether these are all is not known")
    for name in given.values():
        problem = problem_of(name)
        if problem is not None:
            return Claimed(None, f"{claim}: a group's name {problem}")
    limited = "; by them mapping gives only the roles of this connection's list" * (trusted.mapped_roles is not None)
    return Claimed(tuple(given.values()), f"{claim}: {len(given)} groups{limited}")


def apply(session: Session, trusted: Trusted, user_id: str, names: Sequence[str]) -> None:
    """Let somebody be in the groups of these names, and in no other one of this connection's."""
    account_id, directory_id = trusted.account_id, trusted.claims_directory_id or ""
    here = {"b_account": account_id, "b_directory": directory_id}
    wanted = {fold(name): name for name in names}
    present = {row.display_name_key: row.id for row in session.execute(_OF_PERSON, here | {"b_user": user_id})}
    if present.keys() == wanted.keys():
        return
    missing = sorted(wanted.keys() - present.keys())
    known = {row.display_name_key: row.id for row in session.execute(_CALLED, here | {"b_names": missing})}
    store, changes = open_directory_store(session, account_id, directory_id), []
    edits = [(known[key], "add") for key in missing if key in known]
    edits += [(id, "remove") for key, id in present.items() if key not in wanted]
    for id, op in sorted(edits):  # in one order, so that two sign-ins never wait for each other in a circle
        changes.append(service.patch(store, "Group", id, _edit(op, user_id)))
    for key in missing:
        if key not in known:
            body = {"schemas": [GROUP_URN], "displayName": wanted[key], "members": [{"value": user_id}]}
            changes.append(service.create(store, "Group", body))
    session.settle()
    provisioning.on_changes(store, [change for change in changes if change.changed])


def _edit(op: str, user_id: str) -> dict[str, Any]:
    if op == "add":
        operation: dict[str, Any] = {"op": "add", "path": "members", "value": [{"value": user_id}]}
    else:
        operation = {"op": "remove", "path": f'members[value eq "{user_id}"]'}
    return {"schemas": [PATCH_URN], "Operations": [operation]}


def _is_elsewhere(assertion: Assertion, claim: str) -> bool:
    """Whether the provider has left the claim out because it would be too long (Entra's overage)."""
    claims = assertion.claims
    names = claims.get("_claim_names")
    if isinstance(names, dict) and claim in names:
        return True
    said = (claims.get("hasgroups"), *assertion.attributes.get("hasgroups", ()))
    return any(str(one).lower() == "true" for one in said) or any(
        name.endswith("/groups.link") for name in assertion.attributes
    )
