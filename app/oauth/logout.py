"""/oauth/logout: a client says that somebody wants to sign out (OpenID Connect RP-Initiated Logout 1.0).

With an ID token of the very session that this browser has, it ends at once. In any other case the person is asked:
nobody else's page can sign them out. Whoever came by an identity provider signs out there, too, as by /signout. They
are led back only to an address that the client has registered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response, request

from app.models.base import now
from app.oauth.asked import of_browser
from app.oauth.id_token import KIND
from app.oauth.server import Provider, provider
from app.sealed import seal, unseal
from app.services import person_sessions, provider_logout
from app.stores import oauth_clients
from app.web import cookies, pages, ways, who
from app.web.face import Face
from app.web.returning import local_address
from app.web.tools import tools

logout_face = Face("oauth_logout")
_PURPOSE = b"oauth logout"
_GOOD_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks: ``session_id`` is that of the ID token, ``back`` where to lead afterwards."""

    session_id: str | None
    back: str | None


def asked_to_end() -> Response:
    """Answer a client's request, or ask the person."""
    try:
        given = of_browser(request, provider().issuer).given
        wish = _wish(provider(), given)
    except InvalidRequestError:
        return pages.refusal(about="client", status=400)
    if request.method == "POST":
        # From another site no cookie of ours comes with a form, but with the page that follows it.
        return pages.redirect(f"{pages.at('/oauth/logout')}?{urlencode(given)}")
    found = who.signed_in()
    if found is None:
        return _gone(wish.back)
    if found.session_id == wish.session_id:
        response = _gone(_end_everywhere(wish.back) or wish.back)
        cookies.forget_session(response)
        return response
    sealed = seal(provider().keys.current, _PURPOSE, [int(now().timestamp()), wish.back])
    return pages.render("oauth/sign_out.html", person=found, wish=sealed)


@logout_face.page("POST", "/oauth/logout/confirm", needs="public")
def confirm() -> Response:
    """The person wants to sign out, too."""
    back = _sealed_back(request.form.get("wish", ""))
    there = _end_everywhere(back)
    if there is not None:
        response = pages.leave(there, "bye")
    else:
        response = pages.leave(back, "handover") if back is not None else _gone(None)
    cookies.forget_session(response)
    return response


@logout_face.page("POST", "/oauth/switch", needs="public")
def switch() -> Response:
    """The person wants to sign in as somebody else."""
    _end()
    response = pages.redirect(ways.to_signin(local_address(request.form.get("return_to"))))
    cookies.forget_session(response)
    cookies.forget_connection(response)
    return response


def _wish(provider: Provider, given: dict[str, str]) -> Wish:
    """Raises InvalidRequestError for a hint that is not ours, or not of this client."""
    session, hint, named = provider.session(), given.get("id_token_hint"), given.get("client_id")
    claims: dict[str, Any] = {}
    if hint is not None:
        claims = provider.ring.opened(session, KIND, hint) or {}
        if claims.get("iss") != provider.issuer or named not in (None, claims.get("aud")):
            raise InvalidRequestError("id_token_hint is no ID token that this client was given here.")
    row = oauth_clients.counting(session, claims.get("aud") or named or "")
    back = given.get("post_logout_redirect_uri")
    if row is None or back not in row.post_logout_redirect_uris:
        return Wish(claims.get("sid"), None)
    state = given.get("state")
    return Wish(claims.get("sid"), add_params_to_uri(back, {"state": state}) if state is not None else back)


def _end() -> None:
    found = who.signed_in()
    if found is not None:
        with provider().session().writer() as session:
            person_sessions.end(session, found.account_id, found.session_id, "person")
        who.forget()


def _end_everywhere(back: str | None) -> str | None:
    """End the session, here first; where the person goes on to their identity provider, to come ``back`` from there."""
    found = who.signed_in()
    if found is None:
        return None
    with provider().session().writer() as session:
        there = provider_logout.begin(session, tools().keys, tools().connections, found, back)
        person_sessions.end(session, found.account_id, found.session_id, "person")
    who.forget()
    return there


def _gone(back: str | None) -> Response:
    if back is None:
        return pages.redirect(pages.at("/signin?over=1"))
    return Response(status=303, headers={"Location": back, "Cache-Control": "no-store"})


def _sealed_back(text: str) -> str | None:
    try:
        seconds, back = unseal(provider().keys.current, _PURPOSE, text)
    except ValueError:
        return None
    found: str | None = back
    return found if now().timestamp() - seconds <= _GOOD_SECONDS else None
