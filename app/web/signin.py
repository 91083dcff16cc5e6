"""/signin: which organisation's sign-in somebody needs, found by the domain of their e-mail (M-5).

Whatever leads nowhere — a domain that nobody has, one that is not proven, a connection that is off — is answered the
same. Nothing but the domain is asked about; the address is kept nowhere, and sent on to that connection's provider
only, so that nobody has to enter it twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import unit_of_work
from app.services import domains
from app.services.domain_names import of_address
from app.web import cookies, language, pages, visitors, ways, who
from app.web.face import Face
from app.web.returning import local_address
from app.web.tools import tools

signin_face = Face("signin")
_MOST_EMAIL = 320


@dataclass(frozen=True, slots=True)
class Way:
    """A connection by which somebody may sign in, and where that begins."""

    name: str
    start: str


@signin_face.page("GET", "/", needs="public")
def arrive() -> Response:
    """Whoever comes to our bare address."""
    return pages.redirect(pages.at("/me"))


@signin_face.page("GET", "/signin", needs="public")
def show_signin() -> Response:
    """Ask for the e-mail, and offer what this browser used last."""
    return_to = local_address(request.args.get("return_to"))
    if who.signed_in() is not None:
        return _to(return_to)
    return _form(return_to, is_over="over" in request.args)


@signin_face.page("POST", "/signin", needs="public", reads=True)
def find_signin() -> Response:
    """Lead to the connection of the domain."""
    email, return_to = request.form.get("email", "").strip(), local_address(request.form.get("return_to"))
    seconds = tools().pace.wait(visitors.neighbourhood())
    if seconds:
        return pages.too_fast(seconds)
    domain = of_address(email) if len(email) <= _MOST_EMAIL else None
    if domain is None:
        return _form(return_to, email, "wrong")
    session = unit_of_work.of(request.environ).session
    led = domains.connection_of(session, domain)
    way = _way(led[0][1], return_to, email) if led else None
    return _form(return_to, email, "unknown") if way is None else pages.leave(way.start)


@signin_face.page("POST", "/signin/forget", needs="public", reads=True)
def forget_way() -> Response:
    """Offer this browser no connection any more."""
    response = pages.redirect(ways.to_signin(local_address(request.form.get("return_to"))))
    cookies.forget_connection(response)
    return response


@signin_face.page("POST", "/language", needs="public", reads=True)
def choose_language() -> Response:
    """Speak another language from now on."""
    response = _to(local_address(request.form.get("return_to")))
    chosen = request.form.get("language", "")
    if chosen in language.LANGUAGES:
        cookies.keep_language(response, chosen)
    return response


def _form(return_to: str | None, email: str = "", problem: str = "", *, is_over: bool = False) -> Response:
    used = cookies.connection_used()
    return pages.render(
        "signin.html",
        status=422 if problem else 200,
        email=email[:_MOST_EMAIL],
        problem=problem,
        return_to=return_to,
        last=_way(used, return_to) if used is not None else None,
        local=ways.to_local_door(return_to),
        is_over=is_over,
    )


def _way(connection_id: str, return_to: str | None, email: str = "") -> Way | None:
    """A connection by which people can sign in at present."""
    found = tools().connections.find(unit_of_work.of(request.environ).session, connection_id)
    if found is None or not found.is_open:
        return None
    return Way(found.name, ways.to_connection(connection_id, return_to, hint=email))


def _to(return_to: str | None) -> Response:
    return pages.redirect(return_to or pages.at("/me"))
