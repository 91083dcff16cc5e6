"""A sign-in by OpenID Connect from its beginning to its assertion, without a browser and without a person."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.outbound import Limits
from app.services.openid_keys import Place
from app.services.openid_providers import Credentials, Providers
from sso import oidc
from sso.checks import Checklist
from sso.errors import LoginRefused
from sso.model import Assertion, OidcTrust
from tests.idp.oidc_provider import Provider, follow, now
from tests.webhooks import loopback

CALLBACK = "https://muster.example/sso/0193a5f0/callback"
PLACE = Place("account", "connection", 1)
CALLS = loopback()
IMPATIENT = Limits(connect=2.0, seconds=8.0, body=1024 * 1024)


def providers(**settings: Any) -> Providers:
    """What one process knows of providers, which may be on this machine."""
    return Providers(CALLS, **{"limits": IMPATIENT, **settings})


def sign_in(
    provider: Provider,
    known: Providers | None = None,
    trust: OidcTrust | None = None,
    *,
    force: bool = False,
    place: Place = PLACE,
    credentials: Credentials | None = None,
    checks: Checklist | None = None,
    after: timedelta = timedelta(),
) -> Assertion:
    """What comes of it. Raises LoginRefused. ``after`` is how much later than it began it ends, by our clock."""
    known, trust = known or providers(), trust or provider.trust()
    begun = oidc.begin(trust, CALLBACK, now(), force=force)
    code = oidc.code_of(follow(begun.url, provider), trust, begun.attempt, checks)
    credentials = credentials or Credentials(secret=provider.client_secret)
    moment: datetime = now() + after
    answer = known.exchange(place, trust, credentials, begun.attempt, code, moment, checks)
    return known.verified(place, trust, answer, begun.attempt, moment, checks)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refusal(provider: Provider, known: Providers, **more: Any) -> LoginRefused:
    """Why a sign-in is refused; AssertionError if it is not."""
    with pytest.raises(LoginRefused) as refused:
        sign_in(provider, known, **more)
    return refused.value


def in_threads(count: int, work: Any) -> list[LoginRefused]:
    """What was refused of so many at once."""
    found: list[LoginRefused] = []

    def one() -> None:
        try:
            work()
        except LoginRefused as refused:
            found.append(refused)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
