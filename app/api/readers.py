"""Who may read what in a person's name (``Muster-Actor``).

Account Owners and whoever has some right of administration in some business unit read everything that the key may
read. Everybody else reads what is about themselves, the catalogue, and the roles they have. An operation that does
not say otherwise is closed to them.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from app.services import guards
from app.services.errors import NotFound
from app.services.guards import Acting
from app.services.references import role_of
from app.stores.filter_sql import is_id
from rbac.model import Subject
from scim.keys import fold

Asked = MutableMapping[str, Any]
Readers = Callable[[Acting, Sequence[Asked]], bool]


def anybody(acting: Acting, asked: Sequence[Asked]) -> bool:
    """Everybody who is an active user of the account."""
    return True


def themselves(acting: Acting, asked: Sequence[Asked]) -> bool:
    """Whoever asks about themselves: the first part of the request that names a ``user`` says about whom."""
    person, source = acting.person, next((one for one in asked if "user" in one), None)
    if person is None or source is None or not _names(person, source["user"]):
        return False
    # Whatever else the name may mean, from here on it is they.
    source["user"] = person.id
    return True


def holders(acting: Acting, asked: Sequence[Asked]) -> bool:
    """Whoever has the role that is asked about."""
    try:
        role = role_of(acting.policy, asked[0]["role"])
    except NotFound:
        return False
    return acting.person is not None and role.id in guards.roles_had(acting.policy, acting.person)


def _names(person: Subject, reference: str) -> bool:
    name = person.id if is_id(fold(reference)) else person.user_name
    return fold(reference) == fold(name)
