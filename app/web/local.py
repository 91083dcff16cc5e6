"""/signin/local: the door of Account Owners for when no identity provider helps.

User name and password, then a second factor; or a passkey alone. Every refusal is one and the same page.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from app.services import door_attempts, door_enrolment, local_door
from app.services.door_attempts import Going
from app.services.door_enrolment import Enrolled
from app.services.door_steps import NotOpened
from app.services.errors import Refused
from app.web import cookies, pages, qr, ways, who
from app.web.face import Face
from app.web.local_visitors import bound, doorway, let_in, paced, shut_out, there, visitor
from app.web.returning import local_address

local_face = Face("local")
local_face.blueprint.before_request(paced)
_MOST = 1000


@local_face.page("GET", "/signin/local", needs="public")
def show_local_door() -> Response:
    """Ask for user name and password, or for a passkey; whoever is signed in here proves anew who they are."""
    return_to = local_address(request.args.get("return_to"))
    found = who.signed_in()
    if found is not None and "step_up" in request.args:
        if found.connection_id is not None:
            return pages.redirect(ways.to_prove_anew(found, return_to))
        return _prove_form(return_to)
    return _form(return_to, account=request.args.get("account", "")[:_MOST])


@local_face.page("POST", "/signin/local", needs="public", reads=True)
def knock() -> Response:
    """Take user name and password."""
    form, return_to = request.form, local_address(request.form.get("return_to"))
    name, account = form.get("name", ""), form.get("account", "")
    try:
        going = local_door.knock(doorway(), visitor(), name, account, form.get("password", ""), return_to or "")
    except NotOpened as error:
        return shut_out(error) or _form(return_to, name[:_MOST], account[:_MOST], is_wrong=True)
    return go_on(going, return_to)


@local_face.page("POST", "/signin/local/passkey", needs="public", reads=True)
def show_passkey() -> Response:
    """Take a passkey."""
    form, return_to = request.form, local_address(request.form.get("return_to"))
    try:
        begun = local_door.show_passkey(doorway(), visitor(), form.get("ticket", ""), form.get("credential", ""))
    except NotOpened as error:
        return shut_out(error) or _form(return_to, is_wrong=True)
    return let_in(pages.redirect(there(return_to)), begun)


@local_face.page("GET", "/signin/local/code", needs="public")
def show_code() -> Response:
    """Ask for a code of the app, or a recovery code."""
    key = request.args.get("attempt", "")
    found = door_attempts.under_way(doorway(), visitor(), key, "code")
    return pages.refusal(about="expired") if found is None else _code_form(key, found[0].return_to)


@local_face.page("POST", "/signin/local/code", needs="public", reads=True)
def prove_code() -> Response:
    """Take the code."""
    key = request.form.get("attempt", "")
    found = door_attempts.under_way(doorway(), visitor(), key, "code")
    if found is None:
        return pages.refusal(about="expired")
    try:
        begun, return_to = local_door.prove(doorway(), visitor(), key, request.form.get("code", "")[:_MOST])
    except NotOpened as error:
        return shut_out(error) or _code_form(key, found[0].return_to, is_wrong=True)
    return let_in(pages.redirect(there(return_to)), begun)


@local_face.page("GET", "/signin/local/enrol", needs="public")
def show_enrolment() -> Response:
    """Offer the second factors that there are."""
    return _enrolment(request.args.get("attempt", ""))


@local_face.page("POST", "/signin/local/enrol", needs="public", reads=True)
def enrol_app() -> Response:
    """Take the first code of an app."""
    form = request.form
    key, sealed = form.get("attempt", ""), form.get("proposal", "")
    try:
        return _enrolled(door_enrolment.enrol_app(doorway(), visitor(), key, sealed, form.get("code", "")[:_MOST]))
    except Refused:
        return _enrolment(key, sealed, problem="code")
    except NotOpened:
        return pages.refusal(about="expired")


@local_face.page("POST", "/signin/local/enrol/passkey", needs="public", reads=True)
def enrol_passkey() -> Response:
    """Take a new passkey."""
    form = request.form
    key, shown = form.get("attempt", ""), (form.get("ticket", ""), form.get("credential", ""), form.get("name", ""))
    try:
        return _enrolled(door_enrolment.enrol_passkey(doorway(), visitor(), key, *shown))
    except Refused:
        return _enrolment(key, problem="passkey")
    except NotOpened:
        return pages.refusal(about="expired")


@local_face.page("POST", "/signin/local/prove", needs="public", reads=True)
def prove_anew() -> Response:
    """Take password and code of somebody who is signed in (N-7)."""
    form, return_to = request.form, local_address(request.form.get("return_to"))
    try:
        secret = local_door.prove_anew(doorway(), visitor(), form.get("password", ""), form.get("code", "")[:_MOST])
    except NotOpened as error:
        return shut_out(error) or _prove_form(return_to, is_wrong=True)
    return _proved(secret, return_to)


@local_face.page("POST", "/signin/local/prove/passkey", needs="public", reads=True)
def prove_anew_by_passkey() -> Response:
    """Take a passkey of somebody who is signed in."""
    form, return_to = request.form, local_address(request.form.get("return_to"))
    shown = form.get("ticket", ""), form.get("credential", "")
    try:
        secret = local_door.prove_anew_by_passkey(doorway(), visitor(), *shown)
    except NotOpened as error:
        return shut_out(error) or _prove_form(return_to, is_wrong=True)
    return _proved(secret, return_to)


def go_on(going: Going, return_to: str | None) -> Response:
    """What comes after a right password."""
    if going.begun is not None:
        return let_in(pages.redirect(there(return_to)), going.begun)
    return bound(pages.redirect(pages.at(f"/signin/local/{going.step}?{urlencode({'attempt': going.key or ''})}")))


def _form(return_to: str | None, name: str = "", account: str = "", *, is_wrong: bool = False) -> Response:
    return bound(
        pages.render(
            "local/door.html",
            status=403 if is_wrong else 200,
            scripts=True,
            name=name,
            account=account,
            return_to=return_to,
            is_wrong=is_wrong,
            ceremony=local_door.ask_passkey(doorway(), visitor()),
            sends_mail=doorway().post.sends,
        )
    )


def _code_form(key: str, return_to: str, *, is_wrong: bool = False) -> Response:
    return bound(
        pages.render(
            "local/code.html",
            status=403 if is_wrong else 200,
            scripts=True,
            attempt=key,
            return_to=return_to,
            is_wrong=is_wrong,
            ceremony=local_door.ask_passkey(doorway(), visitor()),
        )
    )


def _prove_form(return_to: str | None, *, is_wrong: bool = False) -> Response:
    return bound(
        pages.render(
            "local/prove.html",
            status=403 if is_wrong else 200,
            scripts=True,
            return_to=return_to,
            is_wrong=is_wrong,
            ceremony=local_door.ask_passkey(doorway(), visitor()),
        )
    )


def _enrolment(key: str, sealed: str | None = None, problem: str = "") -> Response:
    try:
        offers = door_enrolment.offers(doorway(), visitor(), key, sealed)
    except NotOpened:
        return pages.refusal(about="expired")
    return bound(
        pages.render(
            "local/enrol.html",
            status=422 if problem else 200,
            scripts=True,
            offers=offers,
            attempt=key,
            problem=problem,
            drawn=qr.drawn(offers.proposal.uri),
        )
    )


def _enrolled(enrolled: Enrolled) -> Response:
    page = pages.render("local/codes.html", codes=enrolled.codes, go_on=there(enrolled.return_to))
    return let_in(page, enrolled.begun)


def _proved(secret: str, return_to: str | None) -> Response:
    response = pages.redirect(there(return_to))
    cookies.keep_session(response, secret)
    return response
