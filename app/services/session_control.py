"""Sessions of people as others end them: administrators those of whom they manage, everybody their own (N-5)."""

from __future__ import annotations

from app.services import guards, open_sessions, person_sessions
from app.services.errors import NotFound
from app.services.open_sessions import SessionFacts
from app.services.references import person_of
from app.services.users import get_user
from app.session import Session

BECAUSE = "administrator"


def sessions_of(session: Session, account_id: str, user: str) -> list[SessionFacts]:
    """The open sessions of a person, the one used last first. Raises NotFound."""
    return open_sessions.of_person(session, account_id, get_user(session, account_id, user).id)


def end_session(session: Session, account_id: str, user: str, session_id: str) -> None:
    """End one session of a person. Raises NotFound if it is not theirs or over, Forbidden."""
    user_id = _ending(session, account_id, user)
    if session_id not in {one.id for one in open_sessions.of_person(session, account_id, user_id)}:
        raise NotFound(f"{user[:100]} has no open session {session_id[:100]!r}", "session", session_id)
    person_sessions.end(session, account_id, session_id, BECAUSE)


def end_sessions(session: Session, account_id: str, user: str) -> int:
    """End all sessions of a person; how many it were. Raises NotFound, Forbidden."""
    return person_sessions.end_all(session, account_id, _ending(session, account_id, user), BECAUSE)


def _ending(session: Session, account_id: str, user: str) -> str:
    person = get_user(session, account_id, user)
    acting, snapshot = guards.acting_in(session, account_id, [person.id])
    if acting.person is None or acting.person.id != person.id:
        acting.check_manages(person_of(snapshot, person.id), "end sessions")
    return person.id
