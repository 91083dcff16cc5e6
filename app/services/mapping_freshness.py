"""Whether a plan of role mapping still means what it says, and what another plan of the same would do otherwise.

Reads only, so that an Account Owner may ask as often as they like before anything is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.services.mapping_documents import published
from app.services.mapping_outdated import SHOWN, new_needs
from app.services.mapping_plans import Plan, compute, get_plan
from app.services.mapping_resolution import InvalidMapping
from app.services.mapping_summary import Need, Summary
from app.session import Session
from app.stores import mapping_plans as store

NUMBERS = ("people_gaining", "people_losing", "people_ending", "people_new", "people_left_with_nothing", "rows")


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a plan stands at present. ``is_same``: published now, it would do exactly what it says.

    ``moved_on``: another revision was published since. ``problems`` keep it from being planned at all by now;
    ``numbers`` are those of ``NUMBERS`` that are others, before and now; ``needs`` are new reasons for a second owner.
    """

    is_same: bool
    moved_on: bool = False
    is_published: bool = False
    problems: tuple[str, ...] = ()
    numbers: Mapping[str, tuple[int, int]] | None = None
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """The rows that one plan has and another has not, and the other way round; the first of each, and how many."""

    more: tuple[Any, ...]
    more_in_all: int
    fewer: tuple[Any, ...]
    fewer_in_all: int


def freshness(session: Session, account_id: str, plan: Plan) -> Freshness:
    """Look at everybody again, and hold that against a plan."""
    resumes = bool(plan.summary.get("resumes"))
    document = published(session, account_id) if resumes else plan.document
    try:
        computed = compute(session, account_id, document, plan.people_behind, resumes=resumes)
    except InvalidMapping as error:
        return Freshness(False, problems=error.problems)
    if computed is None:
        return Freshness(False, is_published=True)
    moved_on, needs = computed.base_revision != plan.base_revision, new_needs(computed.summary.needs, plan.needs)
    is_same = computed.digest == plan.digest and not moved_on and not needs
    return Freshness(is_same, moved_on, numbers=_turned(plan.summary, computed.summary), needs=needs)


def _turned(before: Mapping[str, Any], after: Summary) -> dict[str, tuple[int, int]]:
    both = {name: (int(before.get(name, 0)), int(getattr(after, name))) for name in NUMBERS}
    return {name: (was, becomes) for name, (was, becomes) in both.items() if was != becomes}


def differences(session: Session, account_id: str, older: str, newer: str) -> PlanDifference:
    """What a plan would do that an older one would not, and the other way round. Raises NotFound."""
    one, other = get_plan(session, account_id, older).id, get_plan(session, account_id, newer).id
    more_in_all, more = store.rows_only_in(session, account_id, other, one, SHOWN)
    fewer_in_all, fewer = store.rows_only_in(session, account_id, one, other, SHOWN)
    return PlanDifference(tuple(more), more_in_all, tuple(fewer), fewer_in_all)
