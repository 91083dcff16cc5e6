"""/setup/…: pages for whoever was sent a set-up link, and has no account here.

The secret in the address is all that lets somebody in, so it is in no log, and a link that is over looks like one that
never was. What a form changes is done by ``setup_acts``, in transactions of its own: some of it waits for others.
"""

from __future__ import annotations

from flask import Response, current_app, request

from app import observe, unit_of_work
from app.services import setup_links
from app.services.errors import ServiceError
from app.services.setup_links import Opened
from app.web import cookies, pages, visitors
from app.web.face import Face
from app.web.language import say
from app.web.setup_acts import ACTS
from app.web.setup_place import Place
from app.web.setup_tools import SetupTools
from app.web.setup_views import shown
from app.web.texts import TEXTS
from app.web.tools import tools

setup_face = Face("setup")
MOST_UPLOAD = 1280 * 1024
"""Metadata may have 1 MiB (S-49)."""


@setup_face.page("GET", "/setup/<secret>", needs="public")
def show_setup(secret: str) -> Response:
    """What was done, and what comes next."""
    return _slowed() or _answer(_opened(secret), secret)


@setup_face.page("POST", "/setup/<secret>/<act>", needs="public", reads=True, most_body=MOST_UPLOAD)
def do_setup(secret: str, act: str) -> Response:
    """Do one step, and go on with the next."""
    slowed = _slowed()
    if slowed is not None:
        return slowed
    link = _opened(secret)
    done = None if link is None else ACTS.get((link.purpose, act))
    if link is None or done is None:
        return _over()
    place = Place(unit_of_work.of(request.environ).session, link, tools().keys, tools().base_url, _tools())
    try:
        answer = done(place)
    except ServiceError as error:
        # Whatever was written is undone; the page says what was wrong where it was.
        return _answer(_opened(secret), secret, problem=_problem(error), act=act)
    if answer is None:
        return pages.redirect(pages.at(f"/setup/{secret}#now"))
    if answer.leave_to is not None:
        response = pages.leave(answer.leave_to)
        if answer.test is not None:
            cookies.keep_setup(response, answer.test, secret)
        return response
    if answer.is_over:
        return pages.render("setup/done.html", link=link, facts=answer.show)
    return _answer(_opened(secret), secret, show=answer.show)


def _answer(
    link: Opened | None, secret: str, *, problem: str = "", act: str = "", show: dict[str, str] | None = None
) -> Response:
    if link is None:
        return _over()
    session = unit_of_work.of(request.environ).session
    view = shown(session, tools().keys, tools().base_url, link)
    return pages.render(
        f"setup/{link.purpose}.html",
        status=422 if problem else 200,
        link=link,
        view=view,
        form=lambda what: pages.at(f"/setup/{secret}/{what}"),
        here_again=pages.at(f"/setup/{secret}#now"),
        given=request.form if problem else {},
        problem=problem,
        act=act,
        show=show or {},
        check_texts=TEXTS,
        # A page that shows something once, or a mistake, stays as it is.
        refresh=None if problem or show else view.refresh,
    )


def _problem(error: ServiceError) -> str:
    """What was wrong, in the page's language: the words of a refusal are for administrators."""
    key = f"setup_problem.{error.code}"
    return say(key if key in TEXTS else "setup_problem.other")


def _opened(secret: str) -> Opened | None:
    session = unit_of_work.of(request.environ).session
    link = setup_links.opened(session, tools().keys, secret, observe.id_of(request.environ))
    if link is not None:
        observe.note(request.environ, account=link.account_id)
    return link


def _slowed() -> Response | None:
    seconds = _tools().pace.wait(visitors.neighbourhood())
    return pages.too_fast(seconds) if seconds else None


def _over() -> Response:
    return pages.render("setup/over.html", status=404)


def _tools() -> SetupTools:
    found: SetupTools = current_app.extensions["setup"]
    return found
