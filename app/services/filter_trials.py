"""Try data filters out: does this filter let a record through, and does somebody see it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.services.data_filters import Part, check_text, on_path, types_of
from app.services.errors import Refused, Wrong
from app.services.guards import acting_in
from app.services.references import person_of, unit_of
from app.session import Session
from muster.filters import InvalidFilter, InvalidRecord, TooMany, matches
from rbac.decide import Resource, decide
from rbac.filters import DataFilter, combine
from rbac.model import Code, Effect
from rbac.standing import standing_of, usual_unit


@dataclass(frozen=True, slots=True)
class Tested:
    """Whether somebody sees a record, and by what. ``code`` is the decision's, where a permission was asked for."""

    matches: bool
    filter: str | None
    parts: tuple[Part, ...]
    code: str


def try_text(session: Session, account_id: str, record_type: str, text: str, record: Mapping[str, Any]) -> Tested:
    """Whether a filter, which need not be set anywhere, lets a record through. Raises NotFound and Refused."""
    acting, _ = acting_in(session, account_id)
    types = types_of(acting.policy, record_type)
    check_text(record_type, text, types)
    found = _matches(text, record, types)
    return Tested(found, text, (Part("this filter", text, found),), Code.ALLOWED.value)


def try_for_user(
    session: Session,
    account_id: str,
    user: str,
    record_type: str,
    record: Mapping[str, Any],
    *,
    unit: str | None = None,
    permission: str | None = None,
) -> Tested:
    """Whether a record is among those that a user sees while working in a unit (their usual one by default).

    Without a permission only the units' filters count; with one, the decision about it, and so the filters of the
    assignments that allow it, too. Raises NotFound and Refused.
    """
    acting, snapshot = acting_in(session, account_id, [user])
    policy, subject = acting.policy, person_of(snapshot, user)
    types = types_of(policy, record_type)
    where = unit_of(policy, unit).id if unit is not None else usual_unit(policy, subject)
    parts = [
        Part(one.holder, one.filter, _matches(one.filter, record, types)) for one in on_path(policy, where, record_type)
    ]
    if permission is None:
        if not subject.active:
            return Tested(False, None, (), Code.INACTIVE_USER.value)
        if standing_of(policy, subject, where) is None:
            return Tested(False, None, (), Code.NOT_IN_BUSINESS_UNIT.value)
        together = combine([DataFilter(record_type, one.filter) for one in parts], [])
        code = Code.ALLOWED
    else:
        decision = decide(policy, subject, permission, Resource(record_type, ""), unit=where)
        if not decision.allowed:
            return Tested(False, None, (), decision.code.value)
        together, code = next(iter(decision.obligations), None), decision.code
        allowing = [one for one in decision.reasons if one.effect is Effect.ALLOW]
        parts += [
            Part(f"role {one.role}", narrowed.text, _matches(narrowed.text, record, types))
            for one in allowing
            if (narrowed := one.filters.get(record_type)) is not None
        ]
    text = together.text if together is not None else None
    return Tested(text is None or _matches(text, record, types), text, tuple(parts), code.value)


def _matches(text: str, record: Mapping[str, Any], types: Mapping[str, str]) -> bool:
    try:
        return matches(text, record, types)
    except (InvalidFilter, TooMany):
        return False  # written for another catalogue: whoever cannot apply a filter shows nothing
    except InvalidRecord as error:
        raise Refused(f"this is no such record: {error}", Wrong(("record",), str(error))) from error
