"""Whom a directory pushes and a sign-in has made before: the same person, who keeps their id (L-6).

They are known by what their provider said, when they last signed in, is their externalId. Neither a name nor an
address is enough. Any doubt refuses the push.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import bindparam, select

from app.models import Connection, IdentityLink
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import DIRECTORIES, GROUPS, MEMBERSHIPS
from app.stores.lists import one_of
from app.stores.resource_rows import USERS, WRITTEN, columns_of
from app.stores.statements import updating
from scim.errors import Uniqueness

_LINKS, _CONNECTIONS = table(IdentityLink), table(Connection)
_ACCOUNT, _DIRECTORY = bindparam("b_account", type_=Id()), bindparam("b_directory", type_=Id())
_USER = bindparam("b_user", type_=Id())
_MADE = Prepared(
    select(*columns_of("User"), USERS.c.directory_id, USERS.c.active, USERS.c.user_name)
    .join(_LINKS, (_LINKS.c.account_id == USERS.c.account_id) & (_LINKS.c.user_id == USERS.c.id))
    .join(
        _CONNECTIONS,
        (_CONNECTIONS.c.account_id == _LINKS.c.account_id) & (_CONNECTIONS.c.id == _LINKS.c.connection_id),
    )
    .where(
        USERS.c.account_id == _ACCOUNT,
        USERS.c.origin == "sso",
        _LINKS.c.external_id == bindparam("b_external"),
        _CONNECTIONS.c.directory_id == _DIRECTORY,
        _CONNECTIONS.c.adopts,
        _CONNECTIONS.c.enabled,
    )
    .order_by(USERS.c.id)
    # Of two pushes of one person, the second finds them in the directory.
    .with_for_update(of=USERS)
)
_NAMESAKE = Prepared(
    select(USERS.c.id)
    .where(USERS.c.account_id == _ACCOUNT, USERS.c.directory_id == _DIRECTORY, one_of(USERS.c.external_id, "b_values"))
    .limit(1)
)
_CLAIMED = Prepared(
    select(GROUPS.c.directory_id, GROUPS.c.id)
    .join(MEMBERSHIPS, (MEMBERSHIPS.c.account_id == GROUPS.c.account_id) & (MEMBERSHIPS.c.group_id == GROUPS.c.id))
    .join(DIRECTORIES, (DIRECTORIES.c.account_id == GROUPS.c.account_id) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
    .where(MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.user_id == _USER, DIRECTORIES.c.preset == "claims")
    .order_by(GROUPS.c.id)
)
ADOPT = updating(USERS, [name for name in WRITTEN["User"] if name not in ("account_id", "id", "created", "version")])
"""All of a person who comes into another directory; what hangs on their id stays."""


def find(session: Session, account_id: str, directory_id: str, external_id: Any) -> Any:
    """Who was made by a sign-in and is pushed now, locked; None if that is nobody. Raises Uniqueness."""
    if not isinstance(external_id, str) or not external_id:
        return None
    here = {"b_account": account_id, "b_directory": directory_id}
    said = unicodedata.normalize("NFC", external_id)
    found = {row.id: row for row in session.execute(_MADE, here | {"b_external": said})}
    if not found:
        return None
    if len(found) > 1:
        names = ", ".join(sorted(row.user_name for row in found.values()))
        raise Uniqueness(
            f'externalId: several people who have signed in have "{external_id}" ({names}); remove the identity links '
            "of all but the right one"
        )
    [person] = found.values()
    if not person.active:
        raise Uniqueness(
            f'externalId: "{external_id}" is {person.user_name}, who has signed in before and was switched off here; '
            "switch them on, or delete them, first"
        )
    forms = sorted({external_id, said, unicodedata.normalize("NFD", external_id)})
    if session.execute(_NAMESAKE, here | {"b_values": forms}).one_or_none() is not None:
        raise Uniqueness(f'externalId: another user of this directory already has "{external_id}"')
    return person


def claimed_memberships(session: Session, account_id: str, user_id: str) -> dict[str, list[str]]:
    """The groups that claims have named and somebody is in, by their directory."""
    found: dict[str, list[str]] = {}
    for directory_id, group_id in session.execute(_CLAIMED, {"b_account": account_id, "b_user": user_id}):
        found.setdefault(directory_id, []).append(group_id)
    return found
