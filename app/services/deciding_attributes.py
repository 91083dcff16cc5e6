"""Attributes of people that conditions ask about: who sets one gives what the conditions then let through."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.services.guards import Acting
from app.services.timed_rights import check_lasts
from app.stores.access_rows import value_at
from rbac.model import Policy, Statement

_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')


def check_attributes(
    acting: Acting, before: Mapping[str, Any], after: Mapping[str, Any], units: Collection[str], what: str
) -> None:
    """Whether whoever acts may make this of somebody's resource, who belongs to these units (ids). Raises Forbidden.

    A delegated administrator holds every permission that some role gives or denies by what changes.
    """
    if acting.has_full_right:
        return
    policy = acting.policy
    changed = {
        name
        for name, one in policy.catalogue.subject_attributes.items()
        if one.path is not None and value_at(before, one.path) != value_at(after, one.path)
    }
    keys = {key for statement in _asking(policy, changed) for key in policy.catalogue.covered_by(statement.node)}
    if keys:
        which = f"{what} with another {', '.join(sorted(changed))}"
        acting.check_holds(keys, units, which)
        check_lasts(acting, keys, units, None, which, "manage_users")


def _asking(policy: Policy, names: Collection[str]) -> Iterator[Statement]:
    """The statements of all roles whose condition asks about one of these attributes."""
    if not names:
        return
    asks = re.compile(rf"\bsubject\.(?:{'|'.join(map(re.escape, names))})(?![\w.$-])", re.IGNORECASE)
    for role in policy.roles.values():
        for one in role.statements:
            if one.condition is not None and asks.search(_TEXTS.sub("", one.condition.text)):
                yield one
