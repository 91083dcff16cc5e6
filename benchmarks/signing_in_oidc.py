"""What verifying an ID token costs, against joserfc alone: ``python -m benchmarks.signing_in_oidc``.

The library verifies the signature and the registered claims that it knows. Muster also reads strictly, verifies the
rest, makes attributes of the claims, and notes every check. Both have their keys ready, as a worker has; they take
turns, A B A B; only the ratio counts.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

from joserfc import jwt
from joserfc.jwk import KeySet

from sso import oidc
from sso.model import OidcAttempt, OidcTrust
from sso.oidc_keys import import_keys
from tests.idp.oidc_signing import SigningKey, compact, ec_key, rsa_key

GOAL = 2.5
_ROUNDS, _CALLS = 15, 200
_TRUST = OidcTrust(
    "https://op.example", "muster", "https://op.example/a", "https://op.example/t", "https://op.example/k"
)
_ATTEMPT = OidcAttempt("state", "nonce", "verifier", "https://muster.example/sso/7/callback", datetime.now(UTC))


def main() -> int:
    """Print the medians of both and their ratio. Exit code 0 even where the goal is missed: a figure is no test."""
    for algorithm, key in (("RS256", rsa_key()), ("ES256", ec_key())):
        for title, groups in (("6 claims more", 0), ("200 groups", 200)):
            plain, ours = _take_turns(algorithm, key, groups)
            verdict = "met" if ours <= GOAL * plain else "NOT met"
            print(
                f"{algorithm}, {title}: joserfc {plain * 1e6:.0f} µs, Muster {ours * 1e6:.0f} µs, "
                f"ratio {ours / plain:.2f}, goal ≤ {GOAL} {verdict}, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    return 0


def _take_turns(algorithm: str, key: SigningKey, groups: int) -> tuple[float, float]:
    """The median seconds of one call of each."""
    moment = int(time.time())
    claims = {
        **{"iss": "https://op.example", "aud": "muster", "sub": "248289761001", "nonce": "nonce"},
        **{"iat": moment, "exp": moment + 3600, "auth_time": moment},
        **{f"claim{number}": f"value {number}" for number in range(6)},
        "groups": [f"Group {number}" for number in range(groups)],
    }
    token = compact({"alg": algorithm, "kid": key.kid, "typ": "JWT"}, claims, key, algorithm)
    listed = {"keys": [key.jwk(), rsa_key("other").jwk()]}
    keys, theirs = import_keys(listed), KeySet.import_key_set(listed)  # type: ignore[arg-type]
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": "https://op.example"},
        aud={"essential": True, "value": "muster"},
        nonce={"essential": True, "value": "nonce"},
        exp={"essential": True},
        sub={"essential": True},
    )
    answer = oidc.TokenAnswer(token)
    sides: list[Callable[[], object]] = [
        lambda: registry.validate(jwt.decode(token, theirs, algorithms=[algorithm]).claims),
        lambda: oidc.verify(answer, keys, _TRUST, _ATTEMPT, datetime.now(UTC)),
    ]
    times: list[list[float]] = [[], []]
    for number in range(_ROUNDS + 1):
        for side, kept in zip(sides, times, strict=True):
            began = time.perf_counter()
            for _ in range(_CALLS):
                side()
            if number:  # the first round warms up
                kept.append((time.perf_counter() - began) / _CALLS)
    return median(times[0]), median(times[1])


if __name__ == "__main__":
    sys.exit(main())
