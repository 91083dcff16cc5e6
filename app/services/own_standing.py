"""What somebody is told about themselves: what they may do here and why, and whom to ask for more.

Only what counts now, or will: what is over is nobody's business any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson

from app.models.base import now
from app.services import grants
from app.services.grants import GrantFacts
from app.services.individual import IndividualFacts
from app.session import Session
from app.stores import owners
from app.stores.account_rows import find_account_row

_MOST_OWNERS = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who can give access."""

    name: str
    user_name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands. ``roles`` have only sources that count; ``owners`` are named to whoever waits."""

    account: str
    roles: tuple[GrantFacts, ...]
    individual: tuple[IndividualFacts, ...]
    groups: tuple[str, ...]
    owners: tuple[Owner, ...]

    @property
    def waits(self) -> bool:
        """Whether they can do nothing yet."""
        return not self.roles and all(one.effect == "deny" for one in self.individual)


def standing_of(session: Session, account_id: str, user_id: str) -> Standing:
    """Where a person stands in their account. Raises NotFound."""
    access = grants.of_user(session, account_id, user_id)
    roles = tuple(counting for one in access.grants if (counting := _counting(one)).sources)
    individual = tuple(one for one in access.individual if one.state != "expired")
    groups = tuple(sorted({group.name for group in access.groups}))
    found = Standing(find_account_row(session, account_id).name, roles, individual, groups, ())
    return replace(found, owners=_owners(session, account_id)) if found.waits else found


def _counting(grant: GrantFacts) -> GrantFacts:
    return replace(grant, sources=tuple(source for source in grant.sources if source.state != "expired"))


def _owners(session: Session, account_id: str) -> tuple[Owner, ...]:
    found = [one for one in owners.owners_of(session, account_id, now()) if one.active]
    named = (Owner(orjson.loads(one.document).get("displayName") or one.user_name, one.user_name) for one in found)
    return tuple(sorted(named, key=lambda one: one.name)[:_MOST_OWNERS])
