"""The ID token: who has signed in, how, when and for whom, signed (OpenID Connect Core §2)."""

from __future__ import annotations

from typing import Any

from authlib.oidc.core.util import create_half_hash

from app.models.base import now
from app.oauth.server import Client, Provider
from app.services import oauth_claims
from app.services.oauth_grants import ACCESS_SECONDS
from app.services.person_sessions import SignedIn

KIND = "JWT"


def id_token_for(
    provider: Provider, client: Client, person: SignedIn, scope: str, access_token: str, nonce: str | None
) -> str:
    """A signed ID token for a client, beside this access token."""
    session, moment = provider.session(), int(now().timestamp())
    claims: dict[str, Any] = {
        "iss": provider.issuer,
        "aud": client.id,
        "azp": client.id,
        "iat": moment,
        "exp": moment + ACCESS_SECONDS,
        "at_hash": create_half_hash(access_token, provider.ring.current_algorithm(session)).decode(),
        **oauth_claims.of_proof(person),
        **oauth_claims.of_person(session, person, scope.split(), with_roles=client.with_roles),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return provider.ring.sign(session, KIND, claims)
