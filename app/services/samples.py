"""Load the sample of a platform profile, by the same services that administrators use; so it is audited like theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from app.models.base import now
from app.services import (
    assignments,
    data_filters,
    grants,
    groups,
    individual,
    item_defaults,
    items,
    roles,
    sharing,
    units,
    users,
)
from app.services.giving import Giving
from app.services.role_statements import StatementChange
from app.session import Session
from app.stores import role_hygiene, role_uses
from app.stores.access import SqlAccessStore
from app.stores.role_uses import Use
from rbac.model import Reach
from rbac.samples import Levels, Sample, SampleAssignment, SampleItem


@dataclass(frozen=True, slots=True)
class LoadedSample:
    """How much of each was made."""

    units: int
    roles: int
    users: int
    groups: int
    assignments: int
    permissions: int
    items: int

    @property
    def told(self) -> str:
        """In words."""
        made = {what.removesuffix("s") if count == 1 else what: count for what, count in asdict(self).items() if count}
        return ", ".join(f"{count} {what}" for what, count in made.items()) or "nothing"


def load_sample(session: Session, account_id: str, sample: Sample) -> LoadedSample:
    """Make everything that a sample has. Raises Conflict where something of a name is there already."""
    for unit in sample.units:
        units.create_unit(session, account_id, unit.key, unit.name, unit.parent)
        for record_type, text in unit.filters.items():
            data_filters.set_filter(session, account_id, record_type, text, unit=unit.key)
    for role in sample.roles:
        says = [StatementChange(one.node, one.effect, one.when) for one in role.entries]
        roles.create_role(session, account_id, role.name, role.description.en, says)
    for user in sample.users:
        named = {"user_name": user.user_name, "display_name": user.name, "active": user.active, "roles": []}
        home = {"home_unit": user.home} if user.home else {}
        users.create_user(session, account_id, {**named, **home, "attributes": user.attributes})
        for place in user.works_in:
            units.add_worker(session, account_id, user.user_name, place.unit, children=place.children)
    for group in sample.groups:
        made = groups.create_group(session, account_id, {"display_name": group.name})
        groups.add_members(session, account_id, made.id, group.members, ())
    for given in sample.assignments:
        _assign(session, account_id, given)
    _give(session, account_id, sample)
    for default in sample.defaults:
        owner_group = _owner_group(default.group, default.role)
        item_defaults.set_defaults(
            session, account_id, [default.user], [default.type], owner_group=owner_group, levels=_levels(default.levels)
        )
    for item in sample.items:
        _register(session, account_id, item)
    if sample.days:
        _let_time_have_passed(session, account_id, sample)
    return LoadedSample(
        len(sample.units),
        len(sample.roles),
        len(sample.users),
        len(sample.groups),
        len(sample.assignments),
        len(sample.permissions),
        len(sample.items),
    )


def _assign(session: Session, account_id: str, given: SampleAssignment) -> None:
    users = (given.user,) if given.user is not None else ()
    giving = Giving(given.role, users, given.group, given.unit, given.at, given.children)
    assignments.assign(session, account_id, giving)
    if not given.filters:
        return
    if given.user is not None:
        held = grants.of_user(session, account_id, given.user).grants
    elif given.group is not None:
        held = grants.of_group(session, account_id, given.group)
    else:
        held = grants.of_unit(session, account_id, given.unit or "")
    [assignment] = [one.id for one in held if (one.role, one.unit) == (given.role, given.at or given.unit)]
    for record_type, text in given.filters.items():
        data_filters.set_filter(session, account_id, record_type, text, assignment=assignment)


def _give(session: Session, account_id: str, sample: Sample) -> None:
    for user in Counter(one.user for one in sample.permissions):
        entries = [
            individual.Entry(one.permission, one.effect, one.at, one.children, reason=one.reason)
            for one in sample.permissions
            if one.user == user
        ]
        individual.put(session, account_id, user, entries)


def _register(session: Session, account_id: str, item: SampleItem) -> None:
    facts: dict[str, Any] = {"type": item.type, "id": item.id, "name": item.name, "owner": item.owner}
    facts |= {"unit": item.unit, "attributes": dict(item.attributes)}
    owner_group = _owner_group(item.group, item.role)
    if owner_group is not None:
        facts["owner_group"] = owner_group
    if item.levels is not None:
        facts["levels"] = _levels(item.levels)
    items.register(session, account_id, facts)
    for unit, level in item.shares.items():
        sharing.share(session, account_id, item.type, item.id, [unit], level)


def _let_time_have_passed(session: Session, account_id: str, sample: Sample) -> None:
    """Its people have been there for a while, and used some roles: so an audit of the sample finds who is dormant."""
    today, policy = now(), SqlAccessStore(session, account_id).snapshot([]).policy
    names = [user.user_name for user in sample.users]
    ids = role_hygiene.begin_earlier(session, account_id, names, today - timedelta(days=sample.days))
    roles_by_name = {role.name: role.id for role in policy.roles.values()}
    for days_of in (lambda _: sample.days, lambda use: use.days):
        role_uses.write(
            session,
            [
                Use(
                    account_id,
                    ids[use.user],
                    roles_by_name[use.role],
                    policy.units.root.id,
                    Reach.ACCOUNT.value,
                    (today - timedelta(days=days_of(use))).date(),
                )
                for use in sample.uses
            ],
        )


def _owner_group(group: str | None, role: str | None) -> str | None:
    return f"group:{group}" if group is not None else f"role:{role}" if role is not None else None


def _levels(levels: Levels) -> Mapping[str, str]:
    return asdict(levels)
