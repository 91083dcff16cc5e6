"""Plans of role mapping that would mean something else by now than what was seen: told apart, and planned anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.services.counting import counted
from app.services.mapping_plans import Computed, Plan, PlannedBy, get_plan, keep
from app.services.mapping_summary import Need
from app.session import Session
from app.stores import mapping_plans

SHOWN = 50
"""So many rows are told of what a plan would do otherwise by now."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """Nothing was published: the plan would mean something else by now. ``plan`` is the new one.

    ``more`` are rows that the old one did not have, ``fewer`` those that it had; the first of them, with how many there
    are. ``moved_on``: another revision was published meanwhile. ``needs`` are the reasons for a second Account Owner
    that there were not when it was planned.
    """

    plan: Plan
    outdated: str
    moved_on: bool
    more: tuple[dict[str, Any], ...]
    more_in_all: int
    fewer: tuple[dict[str, Any], ...]
    fewer_in_all: int
    needs: tuple[Need, ...]

    @property
    def why(self) -> str:
        """What has made it out of date."""
        if self.moved_on:
            return "another revision was published since this was planned"
        if self.more_in_all or self.fewer_in_all:
            return "people or groups have changed since this was planned"
        if self.needs:
            return f"a second owner is needed by now, because {'; '.join(need.detail for need in self.needs)}"
        return "what its rules name is another group, role or business unit by now"

    @property
    def rows(self) -> str:
        """How many rows are different."""
        more, fewer = counted(self.more_in_all, "row is", "rows are"), counted(self.fewer_in_all, "is", "are")
        return f"{more} new, {fewer} gone"


def new_needs(found: Collection[Need], seen: Collection[Mapping[str, str]]) -> tuple[Need, ...]:
    """The reasons for a second Account Owner of a kind that whoever has seen those did not see."""
    kinds = {need["kind"] for need in seen}
    return tuple(need for need in found if need.kind not in kinds)


def outdate(session: Session, account_id: str, plan: Plan, computed: Computed) -> Outdated:
    """Keep a new plan in place of one that would mean something else by now."""
    moved_on = computed.base_revision != plan.base_revision
    draft = (plan.draft_id, plan.draft_version or 0) if plan.draft_id is not None else None
    mapping_plans.update_plan(session, account_id, plan.id, (plan.state,), state=mapping_plans.OUTDATED)
    by = PlannedBy(plan.author, plan.author_id, tuple(plan.authors), draft, plan.restored_from)
    fresh = keep(session, account_id, computed, plan.reason, by)
    more_in_all, more = mapping_plans.rows_only_in(session, account_id, fresh, plan.id, SHOWN)
    fewer_in_all, fewer = mapping_plans.rows_only_in(session, account_id, plan.id, fresh, SHOWN)
    return Outdated(
        get_plan(session, account_id, fresh),
        plan.id,
        moved_on,
        tuple(dict(row._mapping) for row in more),
        more_in_all,
        tuple(dict(row._mapping) for row in fewer),
        fewer_in_all,
        new_needs(computed.summary.needs, plan.needs),
    )
