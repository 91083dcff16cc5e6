"""The keys of an OpenID provider: which of its JWKS may verify tokens, and which of them a token may mean.

RFC 7517, RFC 7518 §6; O-10 and O-11: RSA of 2,048 bits or more and the NIST curves, for signatures, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from sso.errors import LoginRefused, Reason

MOST_KEYS, LEAST_RSA_BITS, MOST_RSA_BITS = 50, 2048, 8192
MOST_NAME: Final = 255
MOST_NUMBER: Final = MOST_RSA_BITS // 6 + 2
"""Characters of the longest number of a key in Base64; who verifies with longer ones can be kept busy."""
ALGORITHMS: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    **{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"},
}
"""All that a connection may allow, and the curve of the keys that they need; None: RSA keys."""
_CURVES: Final = {curve for curve in ALGORITHMS.values() if curve is not None}


class UnknownKey(LoginRefused):
    """No key that is known has signed the token; a fresher key set may have one (O-12)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key: its ``kid`` if it has one, its thumbprint (RFC 7638), the algorithm that it is reserved for, its curve.

    The curve is None for RSA.
    """

    kid: str | None
    thumbprint: str
    algorithm: str | None
    curve: str | None
    key: RSAKey | ECKey

    @property
    def name(self) -> str:
        """How traces and the trail name it; its ``kid`` is text of the provider."""
        usable = self.kid is not None and self.kid.isprintable() and 0 < len(self.kid) <= MOST_NAME
        return str(self.kid) if usable else self.thumbprint


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a provider that may verify its tokens."""

    keys: tuple[PublicKey, ...]

    def choose(self, algorithm: str, kid: str | None) -> PublicKey:
        """The one key that a token with this header may have been signed with (OpenID Connect Core §10.1).

        Raises UnknownKey if there is none, LoginRefused if there are several. ``kid`` is only ever compared.
        """
        found = {
            one.thumbprint: one
            for one in self.keys
            if one.curve == ALGORITHMS[algorithm]
            and one.algorithm in (None, algorithm)
            and (kid is None or one.kid == kid)
        }
        if not found:
            named = f"with the kid {kid[:80]!r}" if kid is not None else f"for {algorithm}"
            raise UnknownKey(Reason.SIGNATURE, f"the provider has no key {named}")
        if len(found) > 1:
            raise LoginRefused(Reason.SIGNATURE, "the token does not say which of several keys has signed it")
        return next(iter(found.values()))


def import_keys(document: Mapping[str, Any]) -> Keys:
    """The usable keys of a JWKS. Raises LoginRefused if there is none."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise LoginRefused(Reason.PROVIDER, f"the key set has no list of keys, or more than {MOST_KEYS}")
    found = tuple(key for one in listed if isinstance(one, dict) and (key := _import(one)) is not None)
    if not found:
        raise LoginRefused(Reason.PROVIDER, "the key set has no usable key: RSA of 2,048 bits or more, or EC")
    return Keys(found)


def _import(jwk: Mapping[str, Any]) -> PublicKey | None:
    """The key, or None for one that is for something else or that nobody should trust."""
    kid, algorithm, operations = jwk.get("kid"), jwk.get("alg"), jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    if not isinstance(kid, (str, type(None))) or not (algorithm is None or str(algorithm) in ALGORITHMS):
        return None
    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}.get(str(jwk.get("kty")), ())
    public: dict[str, Any] = {name: jwk.get(name) for name in names}
    if not public or not all(isinstance(value, str) and len(value) <= MOST_NUMBER for value in public.values()):
        return None
    try:
        if jwk["kty"] == "RSA":
            # Before the library, which only warns of short ones.
            if base64_to_int(public["n"]).bit_length() < LEAST_RSA_BITS:
                return None
            key: RSAKey | ECKey = RSAKey.import_key({"kty": "RSA", **public})
        elif public["crv"] in _CURVES:
            key = ECKey.import_key({"kty": "EC", **public})
        else:
            return None
        return PublicKey(kid, key.thumbprint(), algorithm, public.get("crv"), key)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
