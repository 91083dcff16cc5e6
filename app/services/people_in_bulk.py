"""The same for many people at once: for all of them or nobody, with what is wrong about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.services import groups, units, users
from app.services.assignments import Done, NotAllDone, Outcome
from app.services.errors import Forbidden, Refused, ServiceError
from app.services.giving import MOST_AT_ONCE, Giving
from app.session import Session
from app.stores.grant_listing import names_of
from app.stores.member_names import members_among
from app.stores.people import ids_of_users, lock_people
from app.stores.portions import portions

MOST = 5_000
MOST_ONE_BY_ONE = 500
"""So many where each has to be looked at by themselves, as a profile."""


def matching(session: Session, account_id: str, filter: str | None) -> list[str]:
    """The ids of all users whom a filter finds. Raises InvalidFilter, TooMany, Refused for too many."""
    found = ids_of_users(session, account_id, filter, MOST + 1)
    if len(found) > MOST:
        raise Refused(f"more than {MOST} people match; choose fewer of them")
    return found


def give_or_take(ids: Sequence[str], giving: Giving, act: Callable[[Giving], Done]) -> tuple[Outcome, ...]:
    """Give a role to these people (ids), take it back, or give it another end, as ``act`` does for some of them.

    Raises NotAllDone with what is wrong about each, Refused for too many.
    """
    _check(ids, MOST)
    outcomes: list[Outcome] = []
    for some in portions(ids, MOST_AT_ONCE):
        try:
            outcomes += act(replace(giving, users=tuple(some))).outcomes
        except NotAllDone as error:
            outcomes += error.outcomes
        except ServiceError as error:
            # About a single person it is raised as it is; what is wrong with the role or the place is about everybody.
            if len(ids) > 1 and len(some) > 1:
                raise
            outcomes.append(_refused(some[0], None, error))
    return _all_or_nobody(outcomes)


def turn(session: Session, account_id: str, ids: Sequence[str], *, active: bool) -> tuple[Outcome, ...]:
    """Deactivate people made by hand, or activate them again. Raises as ``give_or_take``."""
    lock_people(session, account_id, ids)  # else what somebody else does meanwhile would be told as done here

    def one(id: str) -> bool:
        was = users.get_user(session, account_id, id).active
        users.change_user(session, account_id, id, {"active": active})
        return was != active

    return _one_by_one(session, account_id, ids, one)


def let_work(
    session: Session, account_id: str, ids: Sequence[str], unit: str, *, children: bool
) -> tuple[Outcome, ...]:
    """Let people work in a unit. Raises as ``give_or_take``."""
    units.get_unit(session, account_id, unit)
    return _one_by_one(
        session, account_id, ids, lambda id: units.add_worker(session, account_id, id, unit, children=children)
    )


def let_join(session: Session, account_id: str, ids: Sequence[str], group: str) -> tuple[Outcome, ...]:
    """Let people be in a group made by hand. Raises Refused for too many, NotFound, Forbidden."""
    _check(ids, MOST)
    found, names = groups.get_own_group(session, account_id, group), names_of(session, account_id, set(ids))
    there = members_among(session, account_id, found.id, ids)
    for some in portions(ids, groups.MOST_MEMBERS):
        groups.add_members(session, account_id, found.id, list(some), ())
    return tuple(Outcome(id, id, names[id], id not in there) for id in ids)


def able(session: Session, act: Callable[[Sequence[str]], Sequence[Outcome]], ids: Sequence[str]) -> list[str]:
    """Those of these people for whom it can be done; nothing is."""
    try:
        with session.savepoint():
            act(ids)
            raise _UndoneError
    except NotAllDone as error:
        wrong = {one.named for one in error.outcomes if one.problem is not None}
        return [id for id in ids if id not in wrong]
    except _UndoneError:
        return list(ids)


class _UndoneError(Exception):
    """What was tried is taken back."""


def _one_by_one(
    session: Session, account_id: str, ids: Sequence[str], act: Callable[[str], bool]
) -> tuple[Outcome, ...]:
    _check(ids, MOST_ONE_BY_ONE)
    names = names_of(session, account_id, set(ids))
    outcomes = []
    for id in ids:
        try:
            outcomes.append(Outcome(id, id, names[id], act(id)))
        except ServiceError as error:
            outcomes.append(_refused(id, names[id], error))
    return _all_or_nobody(outcomes)


def _all_or_nobody(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    if any(one.problem is not None for one in outcomes):
        raise NotAllDone(outcomes)
    return tuple(outcomes)


def _check(ids: Sequence[str], most: int) -> None:
    if not ids:
        raise Refused("nobody was chosen")
    if len(ids) > most:
        raise Refused(
            f"at most {most} people at once, not {len(ids)}; for more, a group or a mapping rule lasts better"
        )


def _refused(named: str, name: str | None, error: ServiceError) -> Outcome:
    return Outcome(named, None, name, False, str(error), isinstance(error, Forbidden))
