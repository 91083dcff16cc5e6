"""/console/people/<id>/sign-in: where somebody is signed in, by which identities; ended and forgotten here."""

from __future__ import annotations

from flask import Response, request

from app.services import door_people, identity_links, invitations, session_control
from app.services.errors import NotFound
from app.services.identity_links import LinkFacts
from app.services.users import PersonFacts
from app.stores.listings import Wanted
from app.web import agents, who
from app.web.console import acts, forms, lists, person_frame, shell
from app.web.console.person_frame import find, path_of
from app.web.local_visitors import doorway

person_sign_in_face = shell.console_face("console_person_sign_in")
_BACK = "/sign-in"
_MOST_LINKS = 50


@person_sign_in_face.page("GET", "/console/people/<person>/sign-in", needs="administrator")
def show_sign_in(person: str) -> Response:
    """Sessions; for Account Owners also identities, and the local door of those who may use it."""
    found, here = find(person), shell.here()
    owns = who.person().owns
    return person_frame.show(
        found,
        "signin",
        sessions=session_control.sessions_of(*here, found.id),
        agent_name=agents.name_of,
        own_session=who.person().session_id,
        links=_links(found) if owns else None,
        door=next((one for one in door_people.door_owners(*here) if one.user_id == found.id), None) if owns else None,
    )


@person_sign_in_face.page("GET", "/console/people/<person>/sessions/end", needs="administrator", step_up=True)
def ask_end(person: str) -> Response:
    """Before a session is ended, or all of them."""
    found = find(person)
    sessions = session_control.sessions_of(*shell.here(), found.id)
    form = acts.empty("session")
    meant = [one for one in sessions if form.value("session") in ("", one.id)]
    if not meant:
        raise NotFound("this session is over already", "session", form.value("session"))
    return person_frame.act(
        found,
        "sessions",
        form,
        None,
        path="/sessions/end",
        back=_BACK,
        sessions=meant,
        agent_name=agents.name_of,
    )


@person_sign_in_face.page("POST", "/console/people/<person>/sessions/end", needs="administrator", step_up=True)
def end(person: str) -> Response:
    """End one session of somebody, or all."""
    found, one = find(person), request.form.get("session", "")
    if one:
        session_control.end_session(*shell.here(), found.id, one)
    else:
        session_control.end_sessions(*shell.here(), found.id)
    return shell.go(path_of(found, _BACK), "sessions_ended")


@person_sign_in_face.page("GET", "/console/people/<person>/links/<link>/forget", needs="owner", step_up=True)
def ask_forget(person: str, link: str) -> Response:
    """Before it is forgotten which person a subject of an identity provider is."""
    found = find(person)
    return person_frame.act(
        found,
        "forget",
        forms.Form(),
        None,
        path=f"/links/{link}/forget",
        back=_BACK,
        link=_link(found, link),
    )


@person_sign_in_face.page("POST", "/console/people/<person>/links/<link>/forget", needs="owner", step_up=True)
def forget(person: str, link: str) -> Response:
    """Forget it; sessions that were begun by it end."""
    found = find(person)
    identity_links.unlink(*shell.here(), _link(found, link).id)
    return shell.go(path_of(found, _BACK), "link_forgotten")


@person_sign_in_face.page(
    "POST", "/console/people/<person>/invite", needs="owner", step_up=True, form="/console/people/<person>/sign-in"
)
def invite(person: str) -> Response:
    """Send an Account Owner a link to the local door, for the first time."""
    found = find(person)
    session, account_id = shell.here()
    invitations.invite_first(session, doorway().post, account_id, found.id)
    return shell.go(path_of(found, _BACK), "invited")


def _links(person: PersonFacts) -> list[LinkFacts]:
    wanted = Wanted(_MOST_LINKS, f"user_id eq {lists.literal(person.id)}")
    return identity_links.list_links(*shell.here(), wanted).results


def _link(person: PersonFacts, link: str) -> LinkFacts:
    found = identity_links.get(*shell.here(), link)
    if found.user_id != person.id:
        raise NotFound("this identity is another person's", "identity_link", link)
    return found
