"""/me/security: what an Account Owner has for the local door, and changes there themselves (N-7)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from app import unit_of_work
from app.services import own_factors
from app.services.errors import LastOwner, NotFound, Refused
from app.services.own_factors import Own
from app.session import Session
from app.web import pages, qr, who
from app.web.face import Face
from app.web.local_visitors import bound, browser, doorway

own_security_face = Face("own_security")
_HERE = "/me/security"
_DONE = frozenset({"password", "app", "app_gone", "passkey", "passkey_gone"})
_MOST = 1000


@own_security_face.page("GET", _HERE, needs="owner", step_up=True)
def show_security() -> Response:
    """Password, app, passkeys, recovery codes."""
    done = request.args.get("done")
    return _page(done=done if done in _DONE else None)


@own_security_face.page(
    "POST", "/me/security/password", needs="owner", step_up=True, form=_HERE, forgets=("password", "again")
)
def change_password() -> Response:
    """Choose another password."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _page("differs")
    return _changed(lambda: own_factors.set_password(_session(), doorway(), _own(), password), "password", "weak")


@own_security_face.page(
    "POST", "/me/security/app", needs="owner", step_up=True, form=_HERE, forgets=("proposal", "code")
)
def use_app() -> Response:
    """Use another app."""
    sealed, code = request.form.get("proposal", ""), request.form.get("code", "")[:_MOST]
    return _changed(lambda: own_factors.use_app(_session(), doorway(), _own(), sealed, code), "app", "code", sealed)


@own_security_face.page("POST", "/me/security/app/remove", needs="owner", step_up=True, form=_HERE)
def remove_app() -> Response:
    """Use no app any more."""
    return _changed(lambda: own_factors.remove_app(_session(), doorway(), _own()), "app_gone", "last")


@own_security_face.page(
    "POST", "/me/security/passkeys", needs="owner", step_up=True, form=_HERE, forgets=("ticket", "credential")
)
def add_passkey() -> Response:
    """Use another passkey, too."""
    form = request.form
    shown = form.get("ticket", ""), form.get("credential", ""), form.get("name", "")
    return _changed(lambda: own_factors.add_passkey(_session(), doorway(), _own(), *shown), "passkey", "passkey")


@own_security_face.page("POST", "/me/security/passkeys/remove", needs="owner", step_up=True, form=_HERE)
def remove_passkey() -> Response:
    """Let a passkey be good no more."""
    id = request.form.get("passkey", "")[:_MOST]
    return _changed(lambda: own_factors.remove_passkey(_session(), doorway(), _own(), id), "passkey_gone", "last")


@own_security_face.page("POST", "/me/security/codes", needs="owner", step_up=True, form=_HERE)
def renew_codes() -> Response:
    """Show new recovery codes, once."""
    return _changed(lambda: own_factors.renew_codes(_session(), doorway(), _own()), "", "last")


def _changed(change: Callable[[], list[str] | None], done: str, problem: str, sealed: str | None = None) -> Response:
    try:
        codes = change()
    except (Refused, LastOwner):
        return _page(problem, sealed=sealed)
    except NotFound:
        return pages.error(404)
    if codes:
        return pages.render("local/codes.html", codes=codes, go_on=pages.at("/me/security"))
    return pages.redirect(pages.at(f"/me/security?done={done}"))


def _page(problem: str = "", done: str | None = None, sealed: str | None = None) -> Response:
    session, own = _session(), _own()
    try:
        factors = own_factors.own_factors(session, own)
    except NotFound:
        return pages.error(404)
    proposal = own_factors.propose_app(session, doorway(), own, sealed)
    return bound(
        pages.render(
            "local/security.html",
            status=422 if problem else 200,
            scripts=True,
            factors=factors,
            proposal=proposal,
            drawn=qr.drawn(proposal.uri),
            ceremony=own_factors.offer_passkey(session, doorway(), own),
            problem=problem,
            done=done,
        )
    )


def _own() -> Own:
    found = who.person()
    return Own(found.account_id, found.user_id, found.session_id, browser())


def _session() -> Session:
    return unit_of_work.of(request.environ).session
