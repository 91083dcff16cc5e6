"""/signin/local/open and /reset: a link by mail with which somebody chooses a password, and how to ask for one."""

from __future__ import annotations

from flask import Response, request

from app.services import invitations
from app.services.door_steps import NotOpened
from app.services.errors import Refused
from app.web import pages
from app.web.face import Face
from app.web.local import go_on
from app.web.local_visitors import bound, doorway, paced, shut_out, visitor
from app.web.returning import local_address

local_links_face = Face("local_links")
local_links_face.blueprint.before_request(paced)
_MOST = 1000


@local_links_face.page("GET", "/signin/local/open", needs="public")
def show_link() -> Response:
    """Ask whoever has the link for a password; nothing is used up by looking."""
    return _form(request.args.get("link", ""), local_address(request.args.get("return_to")))


@local_links_face.page("POST", "/signin/local/open", needs="public", reads=True)
def use_link() -> Response:
    """Take the password."""
    form, return_to = request.form, local_address(request.form.get("return_to"))
    secret, password = form.get("link", ""), form.get("password", "")
    if password != form.get("again", ""):
        return _form(secret, return_to, "differs")
    try:
        return go_on(invitations.accept(doorway(), visitor(), secret, password, return_to or ""), return_to)
    except Refused:
        return _form(secret, return_to, "weak")
    except NotOpened:
        return pages.refusal(about="link")


@local_links_face.page("GET", "/signin/local/reset", needs="public")
def show_reset() -> Response:
    """Ask who forgot the password."""
    return pages.render("local/reset.html", is_asked=False)


@local_links_face.page("POST", "/signin/local/reset", needs="public", reads=True)
def ask_reset() -> Response:
    """Answer everybody the same, and write to whom there is."""
    name, account = request.form.get("name", "")[:_MOST], request.form.get("account", "")[:_MOST]
    try:
        invitations.ask_reset(doorway(), visitor(), name, account)
    except NotOpened as error:
        page = shut_out(error)
        if page is not None:
            return page
    return pages.render("local/reset.html", is_asked=True)


def _form(secret: str, return_to: str | None, problem: str = "") -> Response:
    invitee = invitations.invitee(doorway(), secret)
    if invitee is None:
        return pages.refusal(about="link")
    return bound(
        pages.render(
            "local/open.html",
            status=422 if problem else 200,
            link=secret,
            return_to=return_to,
            invitee=invitee,
            problem=problem,
        )
    )
