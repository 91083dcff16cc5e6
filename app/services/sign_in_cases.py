"""One attempt to sign in, from the first request to its end, and what is kept of it.

Facts outlive a refusal: they are written in a transaction of their own, after the attempt's was undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from app import audit, crypto
from app.db import Database
from app.models.base import now
from app.observe import LOG
from app.retry import was_undone
from app.sealing import Keys
from app.services import sign_in_traces as traces
from app.services.trusted import Trusted
from app.session import Session
from app.stores import sign_in_traces as trace_store
from scim.errors import ScimError
from sso.checks import Checklist
from sso.errors import ABOUT_PEOPLE, LoginRefused, Reason
from sso.model import Assertion, Check
from sso.store import Again, NotLetIn, Tested, Visitor

T = TypeVar("T")
TRIES: Final = 5
_STATUS: Final = {Reason.CONNECTION: 404, Reason.PROVIDER: 502, Reason.FORM: 400, Reason.ENCODING: 400}


class Met(Exception):
    """Another sign-in has done at the same moment what this one was about to do: to be decided anew."""


@dataclass(slots=True)
class Case:
    """What is known so far. ``test`` is the id of a test run; ``link`` what linking decided, or would;
    ``again`` how it begins anew if it fails; ``generation`` the connection's when it began."""

    trusted: Trusted
    visitor: Visitor
    checks: Sequence[Check] | Checklist = ()
    assertion: Assertion | None = None
    received: datetime = field(default_factory=now)
    test: str | None = None
    user_id: str | None = None
    link: dict[str, Any] | None = None
    words: list[str] = field(default_factory=list)
    again: Again | None = None
    generation: int | None = None

    @property
    def taken(self) -> tuple[Check, ...]:
        """The checks with their verdicts."""
        return tuple(self.checks.checks if isinstance(self.checks, Checklist) else self.checks)

    @property
    def shown(self) -> Assertion | None:
        """What the provider has said, signed by it; also if it was refused for what it says."""
        return self.assertion or (self.checks.refused if isinstance(self.checks, Checklist) else None)

    @property
    def subject(self) -> str | None:
        """Of whom the provider has spoken."""
        return (self.shown.subject or None) if self.shown is not None else None

    @property
    def subject_hash(self) -> str | None:
        """The subject, so that nobody is named by it."""
        subject = self.subject
        return None if subject is None else crypto.subject_hash(self.trusted.id, subject)

    @property
    def skew(self) -> int | None:
        """The provider's clock less ours, in seconds."""
        issued = self.shown.issued if self.shown is not None else None
        return None if issued is None else round((issued - self.received).total_seconds())


def trace(session: Session, keys: Keys, case: Case, outcome: str, refused: LoginRefused | None = None) -> None:
    """Keep what happened; never a message, code or token (A-4)."""
    seen: dict[str, Any] | None = None
    if case.shown is not None:
        seen = traces.claims_of(case.shown) | {"methods": list(case.shown.methods), "link": case.link}
    words = "; ".join([*([refused.detail] if refused else []), *case.words])
    traces.record(
        session,
        keys,
        case.trusted.account_id,
        case.trusted.id,
        reference=case.test or case.visitor.reference,
        outcome=outcome,
        reason=str(refused.reason) if refused else None,
        detail=words or None,
        checks=case.taken,
        seen=seen,
        subject=case.subject,
        user_id=case.user_id,
        address=case.visitor.address,
        skew_seconds=case.skew,
    )


def refuse(database: Database, keys: Keys, case: Case, refused: LoginRefused) -> Tested:
    """Keep why somebody was not let in. Raises NotLetIn; a test run ends with its result instead."""
    with database.writing() as session:
        if case.test is not None:
            trace(session, keys, case, traces.TEST, refused)
            return Tested(case.test, False, refused.detail, case.taken, refused.reason in ABOUT_PEOPLE)
        account_id, trusted = case.trusted.account_id, case.trusted
        # Of a flood the first ones are told, the rest is counted: nobody fills an account's trail from outside.
        if not trace_store.is_flooded(session, account_id, trusted.id, str(refused.reason), now()):
            audit.begin(session, audit.Actor("idp", trusted.id, trusted.name), case.visitor.reference)
            after = {
                "reason": str(refused.reason),
                "connection": trusted.id,
                "subject": case.subject_hash,
                "address": case.visitor.address,
            }
            audit.record(
                session,
                account_id,
                "sign_in.refused",
                "connection",
                trusted.id,
                trusted.name,
                None,
                after,
                str(refused.reason),
            )
        trace(session, keys, case, traces.REFUSED, refused)
    LOG.info("sign_in.refused", reason=str(refused.reason), connection=trusted.id, request_id=case.visitor.reference)
    # One that is switched off looks like one that there is not, whatever is sent to it.
    about = refused.reason if trusted.is_open else Reason.CONNECTION
    raise NotLetIn(case.visitor.reference, _STATUS.get(about, 403), case.again)


def unknown(visitor: Visitor) -> NotLetIn:
    """The answer for a connection that there is not: that of one which is switched off."""
    LOG.info("sign_in.refused", reason="unknown_connection", request_id=visitor.reference)
    return NotLetIn(visitor.reference, _STATUS[Reason.CONNECTION])


def in_one_go(database: Database, work: Callable[[Session], T]) -> T:
    """Do all of it in one transaction, anew if another sign-in was in the way at this very moment."""
    for number in range(1, TRIES + 1):
        try:
            with database.writing() as session:
                done = work(session)
            return done
        except (Met, DBAPIError, ScimError) as error:
            if number == TRIES or not _met_another(error):
                raise
    raise AssertionError("the last try either returns or raises")


def _met_another(error: Exception) -> bool:
    if isinstance(error, ScimError):
        return error.status in (409, 412)
    return isinstance(error, (Met, IntegrityError)) or (isinstance(error, DBAPIError) and was_undone(error))
