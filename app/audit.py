"""The audit trail: who changed what, when, from which request, chained so that tampering shows.

Events are noted in the session's journal while the work is done and written when it commits, in the same
transaction. The chain's head is locked only then, for as short as possible (A-1, A-2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

from sqlalchemy import Text, bindparam, cast, func, insert, select, update

from app.audit_chain import Chain, Parts, hash_of, parts_of
from app.models import AuditEvent, AuditHead
from app.models.base import Id, now, table
from app.prepared import Prepared
from app.session import Session

GENESIS = "0" * 64
EVENTS, HEADS = table(AuditEvent), table(AuditHead)
_LOCK_HEAD = Prepared(
    select(HEADS.c.sequence, HEADS.c.hash).where(HEADS.c.account_id == bindparam("b_account")).with_for_update()
)
_MOVE_HEAD = Prepared(update(HEADS).where(HEADS.c.account_id == bindparam("b_account")), ["sequence", "hash"])
_HEAD = Prepared(select(HEADS.c.sequence, HEADS.c.hash).where(HEADS.c.account_id == bindparam("b_account")))
_COLUMNS = [column.name for column in EVENTS.c]
_APPEND = Prepared(insert(EVENTS), _COLUMNS)
_PORTION = 1_000
_FEW = 6
"""So many events are linked to the trail one by one, by PostgreSQL itself; more are linked here and loaded."""
_CONTEXT = "muster.audit.context"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``kind`` is person, token, key, idp, system or setup_link.

    ``new_key`` is the id of the API key by which they do, if that was issued lately; ``connection`` that of the
    connection by which they signed in.
    """

    kind: str
    id: str | None
    name: str
    new_key: str | None = None
    connection: str | None = None


SYSTEM = Actor("system", None, "muster")
Event = tuple[str, str, str | None, str | None, dict[str, Any] | None, dict[str, Any] | None, str | None]
"""What ``record`` is told: action, target's kind, id and name, before, after, reason."""
_OF_EVENT = "action", "target_kind", "target_id", "target_name", "before", "after", "reason"


@dataclass(frozen=True, slots=True)
class _Noted:
    """Events of one account that were noted together; ``alone``: it is only one."""

    common: dict[str, Any]
    events: Iterable[Event]
    alone: bool = False

    @property
    def account_id(self) -> str:
        account_id: str = self.common["account_id"]
        return account_id

    def rows(self) -> Iterator[dict[str, Any]]:
        """The events, by the names of their columns."""
        return ({**self.common, **dict(zip(_OF_EVENT, event, strict=True))} for event in self.events)

    def linked(self, chain: Chain) -> Iterator[tuple[Any, ...]]:
        """The events as they are stored, linked to a trail."""
        return map(chain.link, self.rows()) if self.alone else chain.link_alike(self.common, self.events)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a chain found: how many events hold, and the first thing wrong, if any."""

    events: int
    problem: str | None


class Record(Protocol):
    """Writes one event of the audit trail."""

    def __call__(
        self,
        action: str,
        target_kind: str,
        target_id: str | None,
        target_name: str | None,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        reason: str | None = None,
    ) -> None:
        """Note the event."""
        ...


def begin(session: Session, actor: Actor, request_id: str | None = None) -> None:
    """Say who acts in this session from now on."""
    session.info[_CONTEXT] = (actor, request_id)


def acting(session: Session) -> Actor:
    """Who acts in this session; the product itself unless somebody was named."""
    actor: Actor = session.info.get(_CONTEXT, (SYSTEM, None))[0]
    return actor


def record(
    session: Session,
    account_id: str,
    action: str,
    target_kind: str,
    target_id: str | None,
    target_name: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Note one change; it is written if, and only if, the session commits. Never pass a secret."""
    event = (action, target_kind, target_id, target_name, before, after, reason)
    session.note(_write, _Noted(_common(session, account_id), [event], alone=True))


def record_many(session: Session, account_id: str, events: Iterable[Event]) -> None:
    """Note very many changes at once, as ``record`` does each. They are asked for only when they are written."""
    session.note(_write, _Noted(_common(session, account_id), events))


def _common(session: Session, account_id: str) -> dict[str, Any]:
    """What is the same for all that is noted at once."""
    actor, request_id = session.info.get(_CONTEXT, (SYSTEM, None))
    return {
        "account_id": account_id,
        "at": now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "request_id": request_id,
    }


def open_chain(session: Session, account_id: str) -> None:
    """Start an account's chain; once, when the account is created."""
    session.execute(insert(HEADS).values(account_id=account_id, sequence=0, hash=GENESIS))


def verify(session: Session, account_id: str) -> Verdict:
    """Walk the chain: a changed, deleted, reordered or cut-off event is reported."""
    previous, sequence, seen = GENESIS, 0, -1
    head: tuple[int, str] | None = None
    # While the trail is read it may grow, so what came meanwhile is read too.
    while head != (sequence, previous) and sequence != seen:
        seen = sequence
        for row in _rows(session, account_id, sequence):
            problem = _problem(row, sequence + 1, previous)
            if problem is not None:
                return Verdict(sequence, problem)
            sequence, previous = row["sequence"], row["hash"]
        found = session.execute(_HEAD, {"b_account": account_id}).one_or_none()
        head = None if found is None else tuple(found)
    if head != (sequence, previous):
        return Verdict(sequence, f"the trail ends at event {sequence}, but its head says {head and head[0]}")
    return Verdict(sequence, None)


def _problem(row: dict[str, Any], sequence: int, previous: str) -> str | None:
    """What is wrong with the event that should come next in the chain."""
    if row["sequence"] != sequence:
        return f"event {sequence} is missing"
    if row["previous_hash"] != previous:
        return f"event {sequence} does not follow the one before it"
    return None if row["hash"] == hash_of(row) else f"event {sequence} was changed"


def _rows(session: Session, account_id: str, after: int) -> Iterator[dict[str, Any]]:
    query = select(EVENTS).where(EVENTS.c.account_id == account_id).order_by(EVENTS.c.sequence).limit(_PORTION)
    portion = session.execute(query.where(EVENTS.c.sequence > after)).mappings().all()
    while portion:
        yield from map(dict, portion)
        portion = session.execute(query.where(EVENTS.c.sequence > portion[-1]["sequence"])).mappings().all()


def _chain() -> Prepared:
    """Append one event to the trail: the database itself links it to the one before, so nobody waits for an answer."""
    account = bindparam("account_id", type_=Id())
    first, between, last = (bindparam(name, type_=Text()) for name in ("b_first", "b_between", "b_last"))
    locked = select(HEADS.c.sequence, HEADS.c.hash).where(HEADS.c.account_id == account).with_for_update().cte("locked")
    sequence = locked.c.sequence + 1
    text = first + locked.c.hash + between + cast(sequence, Text()) + last
    hashed = func.encode(func.sha256(func.convert_to(text, "UTF8")), "hex")
    made = select(sequence.label("sequence"), locked.c.hash.label("previous_hash"), hashed.label("hash")).cte("made")
    moved = (
        update(HEADS)
        .where(HEADS.c.account_id == account)
        .values(sequence=made.c.sequence, hash=made.c.hash)
        .cte("moved")
    )
    given = {column.name: bindparam(column.name, type_=column.type) for column in EVENTS.c}
    row = given | {column.name: column for column in made.c}
    return Prepared(insert(EVENTS).from_select([*row], select(*row.values())).add_cte(moved))


_CHAIN = _chain()


def _write(session: Session, all_noted: list[_Noted]) -> Iterator[tuple[Prepared, dict[str, Any]]]:
    by_account: dict[str, list[_Noted]] = defaultdict(list)
    for noted in all_noted:
        by_account[noted.account_id].append(noted)
    # A fixed order of accounts, so that two transactions cannot wait for each other.
    for account_id in sorted(by_account):
        yield from _append(session, account_id, by_account[account_id])


def _append(session: Session, account_id: str, noted: list[_Noted]) -> Iterator[tuple[Prepared, dict[str, Any]]]:
    if not session.is_sqlite and len(noted) <= _FEW and all(one.alone for one in noted):
        for one in noted:
            for row in one.rows():
                yield _CHAIN, row | _in_statement(parts_of(row))
        return
    linked = Chain(*session.execute(_LOCK_HEAD, {"b_account": account_id}).one())
    every = chain.from_iterable(one.linked(linked) for one in noted)
    while some := [*islice(every, _PORTION)]:
        session.load(_APPEND, EVENTS.name, _COLUMNS, some)
    yield _MOVE_HEAD, {"b_account": account_id, "sequence": linked.sequence, "hash": linked.hash}


def _in_statement(parts: Parts) -> dict[str, str]:
    return {"b_first": parts.first, "b_between": parts.between, "b_last": parts.last}
