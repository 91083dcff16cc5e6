"""Signing people in with Muster: OpenID Connect's authorization code with PKCE, by Authlib's client for Flask.

Muster finds out who somebody is, at whichever identity provider their company has. The platform gets an ID token, and
is told when the person's session there is over.
"""

from __future__ import annotations

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, g, redirect, request, session, url_for
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from muster_service import Service
from records import Person

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def install(app: Flask, service: Service) -> None:
    """Let people sign in and out at this Muster."""
    oauth = OAuth(app)
    muster = oauth.register(
        "muster",
        server_metadata_url=f"{service.url}/.well-known/openid-configuration",
        client_id=service.client_id,
        client_secret=service.client_secret,
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
    )
    pages = Blueprint("with_muster", __name__)
    over: set[str] = set()  # sessions that have ended at Muster; a real platform keeps this in its database

    @app.before_request
    def forget_who_is_signed_out() -> None:
        if session.get("sid") in over:
            session.clear()

    @pages.get("/sign-in/muster")
    def begin() -> Any:
        return muster.authorize_redirect(url_for(".finish", _external=True))

    @pages.get("/signed-in")
    def finish() -> Any:
        """Authlib compares state and nonce, shows the code with the verifier, and verifies the ID token."""
        try:
            token = muster.authorize_access_token()
        except (AuthlibBaseError, JoseError):
            abort(403, "Muster did not sign you in.")
        who = token["userinfo"]
        # By ``sub``, which stays theirs for ever; names change, and not everybody has one.
        known = g.records.get(Person, who["sub"]) or Person(id=who["sub"])
        known.name = who.get("name") or who.get("preferred_username") or "somebody"
        known.about = f"Signed in with Muster, from {who['account_name']}"
        g.records.add(known)
        g.records.commit()
        session.clear()
        session.update(person=who["sub"], sid=who["sid"], id_token=token["id_token"])
        return redirect(url_for("campaigns"))

    @pages.get("/sign-out/muster")
    def leave() -> Any:
        """Out of here first, then out of Muster, which leads back."""
        hint = session.pop("id_token", "")
        session.clear()
        back = url_for("sign_in", _external=True)
        return muster.logout_redirect(post_logout_redirect_uri=back, id_token_hint=hint)

    @pages.post("/signed-out")
    def told() -> tuple[str, int]:
        """Muster says that a session is over, however it ended (OpenID Connect Back-Channel Logout §2.6)."""
        known = KeySet.import_key_set(muster.fetch_jwk_set())
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": service.url},
            aud={"essential": True, "value": service.client_id},
            exp={"essential": True},
        )
        try:
            token = jwt.decode(request.form.get("logout_token", ""), known, algorithms=["RS256", "ES256"])
            rules.validate(token.claims)
        except (JoseError, ValueError):
            return "this is no logout token", 400
        is_right = token.header.get("typ") == "logout+jwt" and EVENT in token.claims.get("events", {})
        if not is_right or "nonce" in token.claims or "sid" not in token.claims:
            return "this is no logout token", 400
        over.add(token.claims["sid"])
        return "", 200

    app.register_blueprint(pages)
