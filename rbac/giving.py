"""What somebody holds so that they may hand it on: less than what they may do.

A decision knows who asks and about what, and a condition or a data filter is true of that one case. Who hands a
permission on gives it for all cases and to somebody else, so that only what is theirs without any proviso counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

from rbac.model import Effect, Grant, GrantKind, Policy, Standing, Subject
from rbac.roles import allowed, statements_of
from rbac.scopes import applies
from rbac.standing import said_about, standing_in


def holds_outright(policy: Policy, subject: Subject, permission: str, unit: str) -> bool:
    """Whether somebody has a permission while working in a unit (an id), whatever it is about.

    Something allows it with neither condition nor data filter, and nothing denies it, were it only under conditions.
    """
    standing = standing_in(policy, subject, unit) if subject.active else None
    return standing is not None and _is_outright(standing, permission)


def lasts_until(
    policy: Policy, subject: Subject, unit: str, keys: Collection[str], still: Callable[[datetime], bool]
) -> datetime | None:
    """The first moment from now on at which somebody does not hold all of these outright in a unit; None for never.

    They hold them at present. ``still`` says of a moment at which something of theirs begins or ends whether whatever
    else is needed is there.
    """
    moment = datetime.now(UTC)
    standing = standing_in(policy, subject, unit, moment)
    while standing is not None and standing.until is not None:
        moment = standing.until
        standing = standing_in(policy, subject, unit, moment)
        if standing is not None and not (all(_is_outright(standing, key) for key in keys) and still(moment)):
            return moment
    return moment if standing is None else None


def given_to_workers(policy: Policy, unit: str) -> frozenset[str]:
    """The permissions that whoever works in a unit has by the roles of business units, at present or later on."""
    grants: Iterable[Grant] = (grant for id in policy.units.path(unit) for grant in policy.unit_grants.get(id, ()))
    here = [grant for grant in grants if applies(policy.units, grant, unit)]
    return allowed(policy.catalogue, [one for grant in here for one in statements_of(policy, grant)])


def is_denied_apart(policy: Policy, subject: Subject, permission: str, unit: str) -> bool:
    """Whether somebody who works in a unit is denied a permission there by anything but the roles of units."""
    standing = standing_in(policy, subject, unit)
    every = said_about(standing, permission) if standing is not None else ()
    return standing is None or any(
        said.effect is Effect.DENY and reason.kind is not GrantKind.UNIT for said, reason in every
    )


def _is_outright(standing: Standing, permission: str) -> bool:
    every = said_about(standing, permission)
    return not any(said.effect is Effect.DENY for said, _ in every) and any(
        said.effect is Effect.ALLOW and said.condition is None and not reason.filters for said, reason in every
    )
