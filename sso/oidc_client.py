"""How we prove to an OpenID provider that we are its client (O-35).

OpenID Connect Core §9, RFC 6749 §2.3.1, RFC 7523.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus

from joserfc import jwt
from joserfc.errors import InvalidKeyTypeError
from joserfc.jwk import ECKey, RSAKey

from sso.model import OidcAttempt, OidcTrust

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE: Final = timedelta(minutes=1)
_EC_ALGORITHMS: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


def code_form(attempt: OidcAttempt, code: str) -> dict[str, str]:
    """The form that exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.redirect_uri,
        "code_verifier": attempt.code_verifier,
    }


def basic(client_id: str, secret: str) -> str:
    """The Authorization header of client_secret_basic; both parts are encoded as in a form before they are joined."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def assertion_form(trust: OidcTrust, private_key: str, key_id: str | None, now: datetime) -> dict[str, str]:
    """The part of the form that is private_key_jwt, signed with a key of ours (PEM)."""
    key = _imported(private_key)
    algorithm = _algorithm(key)
    claims = {
        "iss": trust.client_id,
        "sub": trust.client_id,
        "aud": trust.token_endpoint,
        "jti": secrets.token_urlsafe(24),
        "iat": int(now.timestamp()),
        "exp": int((now + ASSERTION_LIFE).timestamp()),
    }
    header = {"alg": algorithm, "typ": "JWT", "kid": key_id or key.thumbprint()}
    return {
        "client_id": trust.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jwt.encode(header, claims, key, algorithms=[algorithm]),
    }


def key_set(private_keys: Sequence[tuple[str, str | None]]) -> Mapping[str, Any]:
    """Our public keys as a JWKS, from private ones as PEM, each with its id or none."""
    listed = []
    for pem, key_id in private_keys:
        key = _imported(pem)
        listed.append(
            key.as_dict(private=False) | {"kid": key_id or key.thumbprint(), "use": "sig", "alg": _algorithm(key)}
        )
    return {"keys": listed}


def _imported(pem: str) -> RSAKey | ECKey:
    try:
        return RSAKey.import_key(pem)
    except InvalidKeyTypeError:
        return ECKey.import_key(pem)


def _algorithm(key: RSAKey | ECKey) -> str:
    return "RS256" if isinstance(key, RSAKey) else _EC_ALGORITHMS[key.curve_name]
