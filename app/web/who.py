"""Who is signed in, as this request's cookie says."""

from __future__ import annotations

from flask import g, request

from app import audit, observe, unit_of_work
from app.models.base import now
from app.services import guards, person_sessions
from app.services.person_sessions import SignedIn
from app.web import cookies
from app.web.tools import tools


def signed_in() -> SignedIn | None:
    """Who is signed in; asked of the database once a request. Whatever this request changes, they do it."""
    if "signed_in" not in g:
        g.signed_in = _find()
    return known()


def known() -> SignedIn | None:
    """Who is signed in, if that was asked before; for pages that must not need the database."""
    found: SignedIn | None = g.get("signed_in")
    return found


def person() -> SignedIn:
    """Who is signed in, on a page that is for nobody else."""
    found = signed_in()
    if found is None:
        raise LookupError("this page was not declared to need a session")
    return found


def administers() -> bool:
    """Whether who is signed in has some right of administration, as an Account Owner or in some business unit."""
    if "administers" not in g:
        found = signed_in()
        g.administers = found is not None and (found.owns or _has_a_right(found.account_id))
    return bool(g.administers)


def forget() -> None:
    """Nobody is signed in any more: their session was ended by this very request."""
    g.signed_in = None


def _has_a_right(account_id: str) -> bool:
    acting, _ = guards.acting_in(unit_of_work.of(request.environ).session, account_id)
    return guards.administers(acting)


def _find() -> SignedIn | None:
    secret = cookies.session_secret()
    if secret is None:
        return None
    moment, session = now(), unit_of_work.of(request.environ).session
    found = person_sessions.find(session, tools().keys, secret, moment)
    if found is None:
        return None
    person_sessions.seen(session, found, moment)
    actor = audit.Actor("person", found.user_id, found.user_name, connection=found.connection_id)
    audit.begin(session, actor, observe.id_of(request.environ))
    observe.note(request.environ, account=found.account_id)
    return found
