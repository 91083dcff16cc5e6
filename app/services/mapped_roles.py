"""Which roles mapping may give by what an identity provider says: an allow-list of each connection (R-4).

What a provider says are the groups of its connection's directories, pushed or named by claims, and the attributes of
the people whom it pushes. A rule that would give by them what is not on the list is not published, no pattern captures
such a role, and no list is made that published rules do not keep to. The role of Account Owners is on none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.services.errors import Conflict, Refused, Wrong
from app.session import Session
from app.stores import connections as store
from app.stores.access import SqlAccessStore
from app.stores.mapping_rules import Loaded, all_rules
from rbac.mapping import Rule
from rbac.model import Policy
from rbac.patterns import ROLE_CAPTURE
from scim.keys import fold


@dataclass(frozen=True, slots=True)
class Limit:
    """The list of one connection; ``pushes`` if people of the directory are concerned, and not only its groups."""

    connection: str
    roles: frozenset[str]
    pushes: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """All lists of an account, by the directory for which they count."""

    of: Mapping[str, Sequence[Limit]] = field(default_factory=dict)

    def by_groups(self, role_id: str | None, directory_id: str | None) -> str | None:
        """The connection by whose groups a role is not given; None if it may. ``directory_id`` None: of any."""
        limits = self.of.values() if directory_id is None else [self.of.get(directory_id, ())]
        return _first(role_id, (one for some in limits for one in some))

    def by_people(self, role_id: str | None, directory_id: str | None) -> str | None:
        """The same for what people's attributes give."""
        limits = self.of.values() if directory_id is None else [self.of.get(directory_id, ())]
        return _first(role_id, (one for some in limits for one in some if one.pushes))

    def of_rule(self, rule: Rule, group_directory: str | None, role_id: str | None) -> str | None:
        """The connection on whose list a rule's role is not; None if it may be given. Captures are judged by group."""
        if role_id is None or role_id == ROLE_CAPTURE:
            return None
        if rule.group_id is not None:
            return self.by_groups(role_id, group_directory) if group_directory is not None else None
        if rule.pattern is not None:
            return self.by_groups(role_id, rule.directory_id)
        return self.by_people(role_id, rule.directory_id)


NO_LIMITS = Limits()


def limits_of(session: Session, account_id: str) -> Limits:
    """The lists of an account's connections, whether on or off."""
    found: dict[str, list[Limit]] = {}
    for row in store.limiting(session, account_id):
        for directory_id, pushes in ((row.directory_id, True), (row.claims_directory_id, False)):
            if directory_id is not None:
                found.setdefault(directory_id, []).append(Limit(row.name, frozenset(row.mapped_roles), pushes))
    return Limits(found)


def resolved(session: Session, account_id: str, names: Iterable[str]) -> list[str]:
    """The ids of the roles of a list, named or by id. Raises Refused for unknown ones and for Account Owners."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    known = {key: role for role in policy.roles.values() for key in (role.id, fold(role.name))}
    ids = []
    for name in names:
        role = known.get(fold(name))
        if role is None:
            there_are = ", ".join(sorted(one.name for one in policy.roles.values() if not one.is_owner)[:20])
            raise Refused(
                f"there is no role {name!r}; there are: {there_are}", Wrong(("mapped_roles",), "unknown role")
            )
        if role.is_owner:
            why = f"{role.name} is never given by what an identity provider says"
            raise Refused(why, Wrong(("mapped_roles",), why))
        ids.append(role.id)
    return sorted(set(ids))


def names_of(policy: Policy, ids: Sequence[str] | None) -> tuple[str, ...] | None:
    """The names of the roles of a list, of those that there still are."""
    return None if ids is None else tuple(sorted(policy.roles[id].name for id in ids if id in policy.roles))


def check_published(session: Session, account_id: str) -> None:
    """Raises Conflict if a published rule that is not paused gives what some list does not have."""
    limits = limits_of(session, account_id)
    if not limits.of:
        return
    loaded = all_rules(session, account_id)
    broken = sorted({f"{rule} ({role}, by {connection})" for rule, role, connection in _broken(limits, loaded)})
    if broken:
        raise Conflict(
            f"mapped_roles: published rules give by it what is not on the list: {', '.join(broken[:10])}; change or "
            "end them, or pause each of them, first"
        )


def _broken(limits: Limits, loaded: Loaded) -> Iterable[tuple[str, Any, str]]:
    groups = {(one.rule_id, one.group.id): one.group for one in loaded.bindings}
    for rule in loaded.rules.live.values():
        group = groups.get((rule.id, rule.group_id)) if rule.group_id is not None else None
        for effect in rule.effects:
            connection = limits.of_rule(rule, group.directory_id if group is not None else None, effect.role_id)
            if connection is not None:
                yield rule.name, loaded.roles.get(effect.role_id or "", effect.role_id), connection
    for bound in loaded.rules.bound:
        if bound.rule_id in loaded.rules.live:
            directory_id = groups[bound.rule_id, bound.group_id].directory_id
            for effect in bound.effects:
                connection = limits.by_groups(effect.role_id, directory_id) if directory_id is not None else None
                if effect.role_id is not None and connection is not None:
                    name = loaded.rules.live[bound.rule_id].name
                    yield name, loaded.roles.get(effect.role_id, effect.role_id), connection


def _first(role_id: str | None, limits: Iterable[Limit]) -> str | None:
    return next((one.connection for one in limits if role_id is not None and role_id not in one.roles), None)
