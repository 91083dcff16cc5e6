"""/me: what somebody reads about themselves, and the sessions that they end; /signout (N-5, N-6)."""

from __future__ import annotations

from flask import Response, request

from app import unit_of_work
from app.services import open_sessions, own_standing, person_sessions, provider_logout
from app.services.person_sessions import SignedIn
from app.session import Session
from app.web import agents, cookies, pages, who
from app.web.face import Face
from app.web.tools import tools

own_page_face = Face("own_page")
_DONE = frozenset({"ended", "ended_others", "gone"})


@own_page_face.page("GET", "/me", needs="session")
def show_me() -> Response:
    """Who is signed in, what they may do and why, and where else they are signed in."""
    person, session = who.person(), _session()
    listed = open_sessions.of_person(session, person.account_id, person.user_id)
    shown = sorted(listed, key=lambda one: one.id != person.session_id)
    done = request.args.get("done")
    return pages.render(
        "me.html",
        person=person,
        administers=who.administers(),
        standing=own_standing.standing_of(session, person.account_id, person.user_id),
        sessions=shown,
        connection=next((one.connection for one in shown if one.id == person.session_id), None),
        agent_name=agents.name_of,
        done=done if done in _DONE else None,
    )


@own_page_face.page("POST", "/me/sessions/end", needs="session")
def end_session() -> Response:
    """End another session of one's own; this very one by signing out."""
    person, session_id = who.person(), request.form.get("session", "")
    if session_id == person.session_id:
        return sign_out()
    known = {one.id for one in open_sessions.of_person(_session(), person.account_id, person.user_id)}
    ended = session_id in known and person_sessions.end(_session(), person.account_id, session_id, "person")
    return pages.redirect(pages.at(f"/me?done={'ended' if ended else 'gone'}#sessions"))


@own_page_face.page("POST", "/me/sessions/end-others", needs="session")
def end_other_sessions() -> Response:
    """End all sessions of one's own but this one."""
    person = who.person()
    person_sessions.end_all(_session(), person.account_id, person.user_id, "person", but=person.session_id)
    return pages.redirect(pages.at("/me?done=ended_others#sessions"))


@own_page_face.page("POST", "/signout", needs="public")
def sign_out() -> Response:
    """End this session, here first, and then at the identity provider if it has a way for that."""
    person = who.signed_in()
    there = None if person is None else _end(person)
    response = pages.redirect(pages.at("/signin?over=1")) if there is None else pages.leave(there, "bye")
    cookies.forget_session(response)
    # Not "cookies": browsers would delete those of every service below the same domain.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _end(person: SignedIn) -> str | None:
    """Where the person has to go so that their identity provider learns of it, if anywhere."""
    session = _session()
    there = provider_logout.begin(session, tools().keys, tools().connections, person)
    person_sessions.end(session, person.account_id, person.session_id, "person")
    who.forget()
    return there


def _session() -> Session:
    return unit_of_work.of(request.environ).session
