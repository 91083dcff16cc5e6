"""/oauth/authorize: a person who is signed in here is handed over to a client (RFC 6749 §4.1, OpenID Core §3.1).

There is no page that asks for consent: all clients are the platform's own. Nobody is ever sent to an address that is
not registered; whoever cannot be sent back sees a page.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.errors import LoginRequiredError
from flask import Response, request

from app.models.base import now
from app.oauth.asked import Asked, of_browser
from app.oauth.grants import CodeGrant
from app.oauth.id_token import KIND
from app.oauth.interaction import SINCE, Need, address_of, need_of, prompts_of, since_of
from app.oauth.server import Client, Provider, Server
from app.services import domains
from app.services.domain_names import of_address
from app.services.person_sessions import SignedIn
from app.stores import oauth as store
from app.web import pages, ways, who
from app.web.returning import MOST

PATH = "/oauth/authorize"
_MOST_HINT = 320


def authorize(server: Server) -> Response:
    """Answer a request of a browser."""
    try:
        asked = of_browser(request, server.provider.issuer)
        grant = server.get_consent_grant(asked)
    except OAuth2Error as error:
        return _refused(server, error)
    try:
        return _decided(server, asked, grant)
    except OAuth2Error as error:
        error.redirect_uri, error.state = grant.redirect_uri, asked.given.get("state")
        return _refused(server, error)


def _decided(server: Server, asked: Asked, grant: CodeGrant) -> Response:
    provider, moment, found = server.provider, now(), who.signed_in()
    given, client = asked.given, asked.client
    since = since_of(given, provider.keys.current, moment)
    subject = _hinted(provider, client, given.get("id_token_hint"))
    name = "" if found is None else store.facts(provider.session(), found.account_id, found.user_id).account_name
    need = need_of(given, found, name, client.account_id, subject, since, moment)
    if need is Need.NOTHING:
        response: Response = server.create_authorization_response(asked, found, grant)
        # Who comes from one of our forms is kept by its policy from being redirected to another site.
        return pages.leave(response.headers["Location"], "handover") if SINCE in given else response
    if "none" in prompts_of(given):
        raise LoginRequiredError("Nobody suitable is signed in, and nobody may be asked.")
    if need is Need.UNPROVEN:
        raise LoginRequiredError("The person was not asked anew who they are.")
    back = address_of(pages.at(PATH), given, provider.keys.current, moment)
    if len(back) > MOST:
        raise InvalidRequestError("The request is too long to come back to it after signing in.")
    return _sent(need, found, given.get("login_hint"), back, provider)


def _sent(need: Need, found: SignedIn | None, hint: str | None, back: str, provider: Provider) -> Response:
    """Whoever has to do something first, on the way there."""
    if found is None:
        return pages.redirect(_way_in(hint, back, provider))
    if need is Need.PROOF:
        return pages.redirect(ways.to_prove_anew(found, back))
    return pages.render("oauth/other_person.html", person=found, return_to=back)


def _way_in(hint: str | None, back: str, provider: Provider) -> str:
    """Where a sign-in begins: at once at the connection of the domain, if the client knows the address (M-5)."""
    domain = of_address(hint) if hint is not None and len(hint) <= _MOST_HINT else None
    if domain is not None:
        found = domains.connection_of(provider.session(), domain)
        if len(found) == 1:
            return ways.to_connection(found[0][1], back, hint=hint or "")
    return ways.to_signin(back)


def _hinted(provider: Provider, client: Client, hint: str | None) -> str | None:
    """Whom an ID token names that was ours, and this client's. Raises InvalidRequestError for any other."""
    if hint is None:
        return None
    claims: dict[str, Any] = provider.ring.opened(provider.session(), KIND, hint) or {}
    if claims.get("iss") != provider.issuer or claims.get("aud") != client.id:
        raise InvalidRequestError("id_token_hint is no ID token that this client was given here.")
    subject: str = claims["sub"]
    return subject


def _refused(server: Server, error: OAuth2Error) -> Response:
    """Told to the client, if it is known where it is; else to whoever sits there."""
    if error.redirect_uri:
        response: Response = server.handle_error_response(None, error)
        return response
    return pages.refusal(about="client", status=400)
