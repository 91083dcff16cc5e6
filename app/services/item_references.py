"""What the words mean that items use for people, owner groups and types; many are looked up at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.services.errors import NotFound, Refused
from app.session import Session
from app.stores.naming import FoundPerson
from app.stores.references import groups_called, people_called
from rbac.catalogue import ItemType
from rbac.model import Policy
from scim.keys import fold

GROUP, ROLE = "group", "role"


@dataclass(frozen=True, slots=True)
class OwnerGroup:
    """The users who own an item together: the members of a group, or the holders of a role."""

    kind: str
    id: str
    name: str | None

    @property
    def group_id(self) -> str | None:
        """Its id if it is a group."""
        return self.id if self.kind == GROUP else None

    @property
    def role_id(self) -> str | None:
        """Its id if it is a role."""
        return self.id if self.kind == ROLE else None


class Words:
    """The people and groups of some references, looked up together, beside what the policy knows anyway."""

    def __init__(
        self, session: Session, account_id: str, policy: Policy, people: Iterable[str] = (), groups: Iterable[str] = ()
    ) -> None:
        self.policy = policy
        self._people = people_called(session, account_id, people)
        self._groups = groups_called(session, account_id, (_split(word)[1] for word in groups))

    def person(self, reference: str) -> FoundPerson:
        """A user by id or userName. Raises NotFound."""
        found = self._people.get(reference, [])
        if len(found) != 1:
            many = "several users are" if found else "no user of this account is"
            how = "use an id" if found else "give a userName or an id"
            raise NotFound(f"{many} called {reference!r}; {how}", "user", reference)
        return found[0]

    def everybody(self) -> set[str]:
        """The ids of everybody who may be meant."""
        return {one.id for found in self._people.values() for one in found}

    def owner_group(self, reference: str) -> OwnerGroup:
        """A group or role, by id or name, or written ``group:NAME`` or ``role:NAME``. Raises NotFound, Refused."""
        kind, word = _split(reference)
        groups = [OwnerGroup(GROUP, id, name) for id, name in self._groups.get(word, [])] if kind != ROLE else []
        roles = [
            OwnerGroup(ROLE, role.id, role.name)
            for role in (self.policy.roles.values() if kind != GROUP else ())
            if role.id == word or fold(role.name) == fold(word)
        ]
        if groups and roles:
            raise Refused(f"a group and a role are called {word!r}; write group:{word} or role:{word}")
        found = groups or roles
        if len(found) != 1:
            many = "several groups are" if found else "no group and no role is"
            raise NotFound(f"{many} called {word!r}; use an id", "owner group", reference)
        return found[0]

    def kept_type(self, name: str) -> ItemType:
        """An item type whose items are kept here. Raises NotFound, naming those there are."""
        kinds = self.policy.catalogue.item_kinds
        kind = kinds.get(name)
        if kind is None or not kind.held:
            held = ", ".join(sorted(one.name for one in kinds.values() if one.held))
            why = "its items stay with the platform" if kind else "the catalogue has no such item type"
            raise NotFound(f"no items of type {name!r}: {why}; items are kept of: {held or 'no type'}")
        return kind


def _split(reference: str) -> tuple[str | None, str]:
    kind, colon, name = reference.partition(":")
    return (kind, name) if colon and kind in (GROUP, ROLE) else (None, reference)
