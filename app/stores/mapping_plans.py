"""Plans of role mapping as they are stored: what was computed once, its rows, and what became of it.

A row is one thing that happens to one person. What happens to many people is stored once, as a change; the changes that
stand together for people who are alike, as the steps of a run; and of each person only where their run stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, insert, literal, select, text, union_all, update

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import PLAN_CHANGES, PLAN_PEOPLE, PLAN_STEPS, PLANS
from app.stores.listings import Found, Listing, Wanted, page
from muster.filters import As, Kind

OPEN, APPROVED, REJECTED, PUBLISHED, OUTDATED = "open", "approved", "rejected", "published", "outdated"
_SHOWN = [column for column in PLANS.c if column.name not in ("account_id", "document")]
PLAN_LIST = Listing(
    rows=select(*(column for column in _SHOWN if column.name != "summary")),
    account=PLANS.c.account_id,
    by={"created": [PLANS.c.created, PLANS.c.id]},
    columns={
        "id": As(PLANS.c.id, Kind.ID),
        "draft_id": As(PLANS.c.draft_id, Kind.ID),
        "state": As(PLANS.c.state, Kind.EXACT),
        "author": As(PLANS.c.author, Kind.TEXT),
        "revision": PLANS.c.revision,
        "created": PLANS.c.created,
    },
)
_LAST = 2**31 - 1


def _people(plan: str) -> Any:
    """Whose runs stand from one place of a plan to another, in order; ``plan`` names the value that is its id.

    PostgreSQL has no statistics about a plan that was just made, and without a fence might begin at the other tables.
    """
    rows = PLAN_PEOPLE.c
    here = rows.account_id == bindparam("in_account", type_=Id()), rows.plan_id == bindparam(plan, type_=Id())
    span = rows.start.between(bindparam("first_start", 0, Integer()), bindparam("last_start", _LAST, Integer()))
    query = select(PLAN_PEOPLE).where(*here, span).order_by(rows.start)
    return query.with_statement_hint("OFFSET 0", "postgresql").subquery(f"people_of_{plan}")


def _rows(people: Any) -> Any:
    """The rows of these people."""
    steps, changes = PLAN_STEPS.c, PLAN_CHANGES.c
    same_run = (steps.account_id == people.c.account_id) & (steps.plan_id == people.c.plan_id)
    same_change = (changes.account_id == people.c.account_id) & (changes.plan_id == people.c.plan_id)
    return select(
        (people.c.start + steps.nth).label("position"),
        people.c.start,
        steps.nth,
        people.c.user_id,
        people.c.user_name,
        *(column for column in changes if column.name not in ("account_id", "plan_id", "number")),
    ).select_from(
        people.join(PLAN_STEPS, same_run & (steps.run == people.c.run)).join(
            PLAN_CHANGES, same_change & (changes.number == steps.change_number)
        )
    )


_PEOPLE = _people("plan")
ROW_LIST = Listing(
    rows=_rows(_PEOPLE),
    account=None,
    by={"position": [_PEOPLE.c.start, PLAN_STEPS.c.nth]},
    columns={
        "change": As(PLAN_CHANGES.c.change, Kind.EXACT),
        "standing": As(PLAN_CHANGES.c.standing, Kind.EXACT),
        "privileged": PLAN_CHANGES.c.privileged,
        "user_id": As(_PEOPLE.c.user_id, Kind.ID),
        "user_name": As(_PEOPLE.c.user_name, Kind.TEXT),
        "role": As(PLAN_CHANGES.c.role_name, Kind.TEXT),
        "unit": As(PLAN_CHANGES.c.unit_key, Kind.TEXT),
        "home": PLAN_CHANGES.c.is_home,
        "ends": PLAN_CHANGES.c.expires,
        "rule": As(PLAN_CHANGES.c.rule_name, Kind.TEXT),
        "group": As(PLAN_CHANGES.c.group_name, Kind.TEXT),
        "group_id": As(PLAN_CHANGES.c.group_id, Kind.ID),
    },
)


def insert_plan(session: Session, account_id: str, values: Mapping[str, Any]) -> None:
    """Keep a plan."""
    session.execute(insert(PLANS).values(account_id=account_id, **values))


def insert_rows(
    session: Session,
    account_id: str,
    plan_id: str,
    changes: Iterable[Sequence[Any]],
    steps: Iterable[Sequence[Any]],
    people: Iterable[Sequence[Any]],
) -> None:
    """Keep the rows of a plan, as the columns of their tables stand, with values as the driver takes them."""
    here = account_id, plan_id
    for rows, statement, all_values in (
        (PLAN_CHANGES, _INSERT_CHANGES, changes),
        (PLAN_STEPS, _INSERT_STEPS, steps),
        (PLAN_PEOPLE, _INSERT_PEOPLE, people),
    ):
        session.load(statement, rows.name, _names(rows), ((*here, *values) for values in all_values))
        if not session.is_sqlite:
            # What is read next is a page of them, and without statistics PostgreSQL would read them all for it.
            session.execute(text(f"ANALYZE {rows.name}"))


def _names(rows: Any) -> list[str]:
    return [column.name for column in rows.c]


_INSERT_CHANGES, _INSERT_STEPS, _INSERT_PEOPLE = (
    Prepared(insert(rows), _names(rows)) for rows in (PLAN_CHANGES, PLAN_STEPS, PLAN_PEOPLE)
)


def find_plan(session: Session, account_id: str, id: str, *, lock: bool = False) -> Any:
    """A plan with its document, or None. ``lock`` it after its draft, as whoever changes a draft does."""
    query = select(PLANS).where(PLANS.c.account_id == account_id, PLANS.c.id == id)
    return session.execute(query.with_for_update() if lock else query).one_or_none()


def update_plan(session: Session, account_id: str, id: str, states: Collection[str], **values: Any) -> bool:
    """Change a plan that is in one of these states; False if it is not (any more)."""
    here = PLANS.c.account_id == account_id, PLANS.c.id == id, PLANS.c.state.in_(states)
    changed = session.execute(update(PLANS).where(*here).values(values).returning(PLANS.c.id)).all()
    return bool(changed)


def end_plans_of(session: Session, account_id: str, draft_id: str, but: str = "") -> None:
    """Let what was planned of a draft before be out of date."""
    here = PLANS.c.account_id == account_id, PLANS.c.draft_id == draft_id, PLANS.c.state.in_((OPEN, APPROVED))
    also = (PLANS.c.id != but,) if but else ()
    session.execute(update(PLANS).where(*here, *also).values(state=OUTDATED))


def delete_plans(session: Session, account_id: str, ids: Collection[str]) -> None:
    """Forget plans with their rows."""
    if ids:
        session.execute(delete(PLANS).where(PLANS.c.account_id == account_id, PLANS.c.id.in_(list(ids))))


def forgettable(session: Session, account_id: str, keep: int) -> list[str]:
    """The plans that came to nothing, but for so many of the latest."""
    here = PLANS.c.account_id == account_id, PLANS.c.state.in_((OUTDATED, REJECTED))
    query = select(PLANS.c.id).where(*here).order_by(PLANS.c.created.desc(), PLANS.c.id.desc()).offset(keep)
    return list(session.execute(query).scalars())


def rows_of(session: Session, account_id: str, plan_id: str, wanted: Wanted) -> Found:
    """A page of the rows of a plan, in the order in which they are shown."""
    asked: dict[str, Any] = {"in_account": account_id, "plan": plan_id}
    if wanted.after is not None:
        # The same as the page says of its last row, but of the people, so that the database begins there.
        asked["last_start" if wanted.descending else "first_start"] = wanted.after[0]
    return page(session, replace(ROW_LIST, rows=ROW_LIST.rows.params(asked)), account_id, wanted)


def concerns(session: Session, account_id: str, plan_id: str, user_id: str) -> bool:
    """Whether a plan changes anything for somebody."""
    people = PLAN_PEOPLE.c
    here = people.account_id == account_id, people.plan_id == plan_id, people.user_id == user_id
    return session.execute(select(people.start).where(*here).limit(1)).first() is not None


_SAME = ("user_id", "change", "role_id", "unit_id", "reach", "is_home", "rule_name")


def rows_only_in(session: Session, account_id: str, plan_id: str, other_id: str, most: int) -> tuple[int, list[Any]]:
    """The rows of a plan that another one has not: how many, and the first of them."""
    here = {"in_account": account_id, "plan": plan_id, "other": other_id, "most": most}
    found = session.execute(_ONLY_IN, here).all()
    return (found[0].in_all if found else 0), found


def _only_in() -> Any:
    """The rows of both, together where they are the same; not one by one, as that takes as long as both are long."""
    mine, others = _rows(_PEOPLE).subquery(), _rows(_people("other")).subquery()

    def keys(some: Any, number: int) -> Any:
        return select(*(some.c[name] for name in _SAME), some.c.start, some.c.nth, literal(number).label("side"))

    both = union_all(keys(mine, 1), keys(others, 0)).subquery()
    same = [both.c[name] for name in _SAME]
    place = select(func.min(both.c.start).label("start"), func.min(both.c.nth).label("nth")).group_by(*same)
    only = place.having(func.min(both.c.side) == 1).subquery()
    counted = select(func.count().over().label("in_all"), only.c.start, only.c.nth)
    first = counted.order_by(only.c.start, only.c.nth).limit(bindparam("most")).subquery()
    at = (_PEOPLE.c.start == first.c.start) & (PLAN_STEPS.c.nth == first.c.nth)
    query = _rows(_PEOPLE).add_columns(first.c.in_all)
    return query.join(first, at).order_by(_PEOPLE.c.start, PLAN_STEPS.c.nth)


_ONLY_IN = _only_in()
