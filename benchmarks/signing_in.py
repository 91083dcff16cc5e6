"""What verifying a SAML response costs, against python3-saml alone: ``python -m benchmarks.signing_in``.

The library as it comes runs in a process of its own, with its settings kept, since ours sets its clock and its schema
for a whole process. The two take turns, A B A B; only the ratio counts.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from statistics import median

from sso.model import SamlTrust, ServiceProvider
from tests.idp.saml_idp import SamlIdp

GOAL = 1.2
_ROUNDS, _CALLS = 15, 50
_REQUEST = "_0123456789abcdef"
_SP = ServiceProvider(
    "https://muster.example/sso/7/metadata", "https://muster.example/sso/7/acs", "https://muster.example/sso/7/logout"
)
_SIZES: dict[str, dict[str, Sequence[str]]] = {
    "a response with 6 attributes": {f"attribute{number}": [f"value {number}"] for number in range(6)},
    "a response with 200 groups": {"groups": [f"Group {number}" for number in range(200)]},
}

Call = Callable[[], object]


def main() -> int:
    """Print the medians of both and their ratio. Exit code 0 even where the goal is missed: a figure is no test."""
    idp = SamlIdp()
    for title, attributes in _SIZES.items():
        message = idp.answer(_SP, _REQUEST, datetime.now(UTC), attributes=attributes)
        plain, ours = _take_turns([_plain, _ours], idp.entity_id, idp.keys.certificate, message)
        verdict = "met" if ours <= GOAL * plain else "NOT met"
        print(
            f"{title}: python3-saml {plain * 1e3:.2f} ms, Muster {ours * 1e3:.2f} ms, "
            f"ratio {ours / plain:.2f}, goal ≤ {GOAL} {verdict}, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return 0


def _take_turns(sides: Sequence[Callable[..., Call]], *arguments: str) -> list[float]:
    """The median seconds of one call of each side, each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    running = []
    for side in sides:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, side, arguments))
        process.start()
        times: list[float] = []
        running.append((ours, process, times))
    for number in range(_ROUNDS + 1):
        for pipe, _, kept in running:
            pipe.send(_CALLS)
            took = pipe.recv()
            if number:  # the first round warms up
                kept.append(took)
    for pipe, process, _ in running:
        pipe.send(0)
        process.join()
    return [median(kept) for _, _, kept in running]


def _serve(pipe: Connection, side: Callable[..., Call], arguments: Sequence[str]) -> None:
    """Seconds of one call, over as many as are asked for, until none are."""
    call = side(*arguments)
    while calls := pipe.recv():
        began = time.perf_counter()
        for _ in range(calls):
            call()
        pipe.send((time.perf_counter() - began) / calls)


def _plain(entity_id: str, certificate: str, message: str) -> Call:
    from onelogin.saml2.response import OneLogin_Saml2_Response
    from onelogin.saml2.settings import OneLogin_Saml2_Settings

    if "sso.saml_library" in sys.modules:
        raise RuntimeError("this would measure the library as we changed it")
    settings = OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {"entityId": _SP.entity_id, "assertionConsumerService": {"url": _SP.acs_url}},
            "idp": {
                "entityId": entity_id,
                "singleSignOnService": {"url": "https://idp.example/sso"},
                "x509cert": certificate,
            },
            "security": {"wantAssertionsSigned": True, "rejectDeprecatedAlgorithm": True},
        }
    )
    asked = {"https": "on", "http_host": "muster.example", "script_name": "/sso/7/acs", "get_data": {}, "post_data": {}}

    def call() -> object:
        response = OneLogin_Saml2_Response(settings, message)
        response.is_valid(asked, _REQUEST, raise_exceptions=True)
        return response.get_nameid(), response.get_attributes()

    return call


def _ours(entity_id: str, certificate: str, message: str) -> Call:
    from sso.saml import verify

    trust = SamlTrust(entity_id, "https://idp.example/sso", (certificate,))
    return lambda: verify(message, trust, _SP, _REQUEST, datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
