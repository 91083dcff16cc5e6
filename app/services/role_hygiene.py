"""How well roles fit: who does not use what they have, which roles are nearly the same, which lack something.

An audit of access begins with this. What is said of use rests on what was noted since ``observed_since``: of a shorter
time than ``days`` nobody is called dormant, and no role unused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from app.models.base import now
from app.session import Session
from app.stores import role_hygiene as store
from app.stores import role_uses
from app.stores.access import SqlAccessStore
from app.stores.holders import holders_of
from app.stores.role_hygiene import Seen
from rbac.model import Policy, Role
from rbac.roles import Says, allowed, said

DAYS = 90
OVERLAP = 0.7
"""Two roles overlap that say alike so much of all they speak of."""
SHOWN = 200


@dataclass(frozen=True, slots=True)
class RoleFigures:
    """A role: how many active people have it, how many of them used it lately, and what share of them that is.

    ``engagement`` is None where nobody has it or use was not observed for long enough; ``lacks`` names permissions
    that the role gives with what they require and it does not give.
    """

    role_id: str
    role: str
    privileged: bool
    permissions: int
    holders: int
    using: int
    engagement: float | None
    last_used: date | None
    lacks: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two roles that nearly say the same; ``people`` have both. Shares are from 0 to 1."""

    left: str
    right: str
    overlap: float
    people: int
    of_people: float


@dataclass(frozen=True, slots=True)
class Dormant:
    """An active person with roles who has neither used one nor signed in lately."""

    user_id: str
    user_name: str
    roles: tuple[str, ...]
    last_used: date | None
    last_signed_in: date | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures of an account. ``engagement``: the share of people with roles who used one lately."""

    people: int
    with_roles: int
    without_roles: int
    privileged: int
    dormant: int
    roles: int
    roles_without_holders: int
    roles_unused: int
    roles_per_person: float
    engagement: float | None


@dataclass(frozen=True, slots=True)
class Hygiene:
    """The whole look; lists have at most ``SHOWN`` entries, the worst first."""

    days: int
    observed_since: date | None
    figures: Figures
    roles: tuple[RoleFigures, ...]
    overlaps: tuple[Overlap, ...]
    dormant: tuple[Dormant, ...]


def hygiene(session: Session, account_id: str, days: int = DAYS) -> Hygiene:
    """Look at all roles and at everybody who has one. Writes nothing."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    roles = sorted(policy.roles.values(), key=lambda role: role.name)
    held = holders_of(session, account_id, [role.id for role in roles])
    observed = role_uses.observed_since(session, account_id)
    since = (now() - timedelta(days=days)).date()
    is_known = observed is not None and observed <= since
    last_used: dict[str, dict[str, date]] = {}
    for row in store.uses(session, account_id):
        last_used.setdefault(row.role_id, {})[row.user_id] = row.last_used
    figures = tuple(
        _figures(policy, role, held[role.id], last_used.get(role.id, {}), since, is_known=is_known) for role in roles
    )
    mine: dict[str, list[Role]] = {}
    for role in roles:
        for user in held[role.id]:
            mine.setdefault(user, []).append(role)
    people = store.people(session, account_id)
    dormant = [_dormant(one, mine[one.id]) for one in people if is_known and one.id in mine and _sleeps(one, since)]
    using = {user for uses in last_used.values() for user, day in uses.items() if day >= since} & mine.keys()
    return Hygiene(
        days,
        observed,
        Figures(
            people=len(people),
            with_roles=len(mine),
            without_roles=len(people) - len(mine),
            privileged=sum(any(role.is_privileged or role.is_owner for role in his) for his in mine.values()),
            dormant=len(dormant),
            roles=len(roles),
            roles_without_holders=sum(not one.holders for one in figures),
            roles_unused=sum(is_known and bool(one.holders) and not one.using for one in figures),
            roles_per_person=round(sum(map(len, mine.values())) / len(mine), 2) if mine else 0.0,
            engagement=_share(len(using), len(mine)) if is_known else None,
        ),
        figures,
        tuple(sorted(_overlaps(policy, roles, held), key=lambda one: (-one.overlap, one.left, one.right))[:SHOWN]),
        tuple(dormant[:SHOWN]),
    )


def _figures(
    policy: Policy, role: Role, holders: set[str], uses: Mapping[str, date], since: date, *, is_known: bool
) -> RoleFigures:
    gives = allowed(policy.catalogue, role.statements)
    using = sum(user in holders and day >= since for user, day in uses.items())
    return RoleFigures(
        role.id,
        role.name,
        role.is_privileged or role.is_owner,
        len(gives),
        len(holders),
        using,
        _share(using, len(holders)) if is_known else None,
        max(uses.values(), default=None),
        dict(policy.catalogue.missing(gives)),
    )


def _sleeps(person: Seen, since: date) -> bool:
    """Whether somebody has been there all the time and was not seen at work."""
    signed_in = person.signed_in.date() if person.signed_in else None
    return person.created.date() <= since and all(day is None or day < since for day in (person.used, signed_in))


def _dormant(person: Seen, roles: Sequence[Role]) -> Dormant:
    signed_in = person.signed_in.date() if person.signed_in else None
    return Dormant(person.id, person.name, tuple(role.name for role in roles), person.used, signed_in)


def _overlaps(policy: Policy, roles: Sequence[Role], held: Mapping[str, set[str]]) -> Iterator[Overlap]:
    """Those that say anything, by twos; sizes that are too different need no closer look."""
    texts = {role.id: said(policy.catalogue, role.statements) for role in roles if not role.is_owner}
    speaking = [role for role in roles if texts.get(role.id)]
    for left, right in combinations(speaking, 2):
        one, other = texts[left.id], texts[right.id]
        few, many = sorted((len(one), len(other)))
        if few < OVERLAP * many:
            continue
        overlap = _alike(one, other)
        if overlap >= OVERLAP:
            both, either = held[left.id] & held[right.id], held[left.id] | held[right.id]
            yield Overlap(left.name, right.name, round(overlap, 2), len(both), _share(len(both), len(either)) or 0.0)


def _alike(one: Mapping[str, Says], other: Mapping[str, Says]) -> float:
    alike = sum(key in other and other[key] == says for key, says in one.items())
    return alike / (len(one) + len(other) - sum(key in other for key in one))


def _share(some: int, of: int) -> float | None:
    return round(some / of, 2) if of else None
