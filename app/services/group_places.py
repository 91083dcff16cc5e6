"""Groups with what they are used for: the rules that are for them, the roles they have, the groups they are in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.services import grants, groups
from app.services.grants import GrantFacts
from app.services.groups import GroupFacts
from app.session import Session
from app.stores import group_places as store
from app.stores import rule_effects
from app.stores.group_places import GroupUse, Parent
from app.stores.listings import Place, Wanted
from app.stores.people import GROUP_LIST
from app.stores.rule_effects import RuleEffect

BY_NAME = replace(GROUP_LIST, by={"display_name": GROUP_LIST.by["display_name"], **GROUP_LIST.by})
"""The list of groups whose usual order is that of their names."""


@dataclass(frozen=True, slots=True)
class UsedGroup:
    """A group, and how much it is used."""

    group: GroupFacts
    use: GroupUse


@dataclass(frozen=True, slots=True)
class UsedGroups:
    """A page of groups, and where the next one begins."""

    results: tuple[UsedGroup, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """A group: what rules give its members, the roles it has itself, and the groups that it is in."""

    group: GroupFacts
    rules: tuple[RuleEffect, ...]
    roles: tuple[GrantFacts, ...]
    parents: tuple[Parent, ...]


def list_used(session: Session, account_id: str, wanted: Wanted) -> UsedGroups:
    """A page of the groups of all directories, by name unless somebody wants another order."""
    found = groups.list_groups(session, account_id, wanted if wanted.sort else replace(wanted, sort="display_name"))
    uses = store.uses_of(session, account_id, [one.id for one in found.results])
    return UsedGroups(tuple(UsedGroup(one, uses.get(one.id, GroupUse())) for one in found.results), found.next)


def read_group(session: Session, account_id: str, group: str) -> GroupPlace:
    """Everything about one group but its members, who may be many. Raises NotFound."""
    found = groups.get_group(session, account_id, group)
    return GroupPlace(
        found,
        tuple(rule_effects.given_in_group(session, account_id, found.id)),
        grants.of_group(session, account_id, found.id),
        tuple(store.parents_of(session, account_id, found.id)),
    )
