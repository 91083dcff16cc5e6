"""/me/requests: ask for a role, or say that something is wrong; and what was answered."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from app import unit_of_work
from app.services import access_requests
from app.services.errors import ServiceError
from app.session import Session
from app.web import pages, who
from app.web.face import Face

own_page_requests_face = Face("own_page_requests")
_DONE = frozenset({"asked", "withdrawn"})
_MOST_ROLE = 200
_FIELDS = ("kind", "role", "text")


@own_page_requests_face.page("GET", "/me/requests", needs="session")
def show_own_requests() -> Response:
    """The form, and what they asked before."""
    begun = {"kind": request.args.get("kind", "role"), "role": request.args.get("role", "")[:_MOST_ROLE]}
    return _page(begun)


@own_page_requests_face.page("POST", "/me/requests", needs="session")
def ask() -> Response:
    """Ask."""
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    person = who.person()
    try:
        role = given["role"][:_MOST_ROLE] or None
        access_requests.ask(_session(), person.account_id, person.user_id, given["kind"], role, given["text"])
    except ServiceError:
        return _page(given, "many" if given["text"] and (given["role"] or given["kind"] == "wrong") else "missing")
    return pages.redirect(pages.at("/me/requests?done=asked"))


@own_page_requests_face.page("POST", "/me/requests/withdraw", needs="session")
def withdraw() -> Response:
    """Take a request of one's own back."""
    person = who.person()
    try:
        access_requests.withdraw(_session(), person.account_id, person.user_id, request.form.get("request", ""))
    except ServiceError:
        return pages.redirect(pages.at("/me/requests"))
    return pages.redirect(pages.at("/me/requests?done=withdrawn"))


def _page(given: Mapping[str, str], problem: str = "") -> Response:
    person, done = who.person(), request.args.get("done")
    return pages.render(
        "me_requests.html",
        status=422 if problem else 200,
        person=person,
        given=given,
        problem=problem,
        requests=access_requests.requests_of(_session(), person.account_id, person.user_id),
        done=done if done in _DONE else None,
    )


def _session() -> Session:
    return unit_of_work.of(request.environ).session
