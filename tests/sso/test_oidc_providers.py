"""Talking to providers: keys that are kept and change; whoever is slow, dead or dangerous (O-12, O-32 to O-34)."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from app.breaker import Breaker, Habits
from app.outbound import Limits, Outbound
from app.services.openid_keys import Place
from app.services.openid_providers import Credentials, Providers
from sso import oidc
from sso.errors import LoginRefused, Reason
from sso.model import Verdict
from tests.idp.oidc_provider import Provider, follow, now
from tests.idp.oidc_server import Reply
from tests.idp.oidc_sign_in import CALLBACK, CALLS, PLACE, Clock, in_threads, providers, refusal, sign_in


def test_o33_a_dead_provider_is_left_alone_for_a_while() -> None:
    """After five failures in a row nobody waits for it; one call finds out that it is back."""
    clock = Clock()
    known = providers(clock=clock)
    with Provider() as provider:
        provider.replies["/token"] = Reply(503)
        for _ in range(5):
            assert refusal(provider, known).detail == "the token endpoint: it answered 503"
        assert "failed 5 times in a row" in refusal(provider, known).detail
        assert provider.count("/token") == 5
        refused = refusal(provider, known, place=Place("other", "connection", 1))
        assert refused.detail == "the token endpoint: it answered 503"  # others ask for themselves
        clock.now += 31
        refusal(provider, known)
        assert provider.count("/token") == 7
        assert "in a row" in refusal(provider, known).detail
        clock.now += 31
        del provider.replies["/token"]
        for _ in range(3):
            sign_in(provider, known)


def test_o33_what_somebody_sends_does_not_make_it_seem_dead() -> None:
    """Codes that the provider refuses are answers."""
    known = providers()
    with Provider() as provider:
        provider.callback = lambda pairs: [("code", "made up"), *pairs[1:]]
        for _ in range(8):
            assert refusal(provider, known).reason is Reason.STATUS
        provider.callback = None
        sign_in(provider, known)


def test_o33_a_slow_provider_holds_few_threads() -> None:
    """Four wait for it, two wait for them; the others are told at once."""
    known = providers(limits=Limits(connect=30.0, seconds=60.0))
    known._sets.of(PLACE).breaker = Breaker(Habits(wait=60))
    with Provider() as provider:
        trust = provider.trust()
        codes = [_code(provider) for _ in range(12)]
        others_told, told, asked = threading.Event(), list[str](), list[int]()
        provider.replies["/token"] = Reply(200, b"x", after=others_told)
        credentials = Credentials(secret=provider.client_secret)

        def sign_in_with(code: Any) -> None:
            try:
                known.exchange(PLACE, trust, credentials, *code, now())
            except LoginRefused as refused:
                told.append(refused.detail)
                if len(told) == 6:
                    asked.append(provider.count("/token"))
                    others_told.set()
                raise

        failures = in_threads(12, lambda: sign_in_with(codes.pop()))
        assert len(failures) == 12
        assert {failure.reason for failure in failures} == {Reason.PROVIDER}
        assert ["too many wait" in one for one in told] == [True] * 6 + [False] * 6
        assert (asked[0] <= 4, provider.count("/token")) == (True, 6)


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
def test_o32_a_byte_now_and_then(path: str) -> None:
    """There is one limit for everything."""
    known = providers(limits=Limits(connect=0.5, seconds=0.5))
    with Provider() as provider:
        provider.replies[path] = Reply(200, b" " * 2000, pause=0.05)
        at = time.monotonic()
        refused = refusal(provider, known, trust=provider.trust(uses_userinfo=True))
        assert time.monotonic() - at < 30
        assert refused.reason is Reason.PROVIDER
        assert "within 0.5 seconds" in refused.detail


def test_o32_ten_seconds_in_all() -> None:
    """What it is where nobody says otherwise: to find an address, and everything after it."""
    limits = Providers(CALLS)._limits
    assert limits.connect + limits.seconds <= 10
    assert limits.connect <= 3
    assert limits.body == 1024 * 1024


def test_o32_a_redirect_carries_nothing_on() -> None:
    """Neither the code nor the secret."""
    with Provider() as provider, Provider() as inside:
        for status in (301, 302, 303, 307, 308):
            provider.replies["/token"] = Reply(status, b"", {"Location": f"{inside.issuer}/token"})
            assert "not followed" in refusal(provider, providers()).detail
        assert inside.arrivals == []


def test_t20_only_public_addresses_without_the_operators_leave() -> None:
    """And no plain http at all; the same for every address of a provider."""
    with Provider() as provider:
        known = Providers(Outbound())
        assert not known.plain
        refused = refusal(provider, known)
        assert refused.reason is Reason.PROVIDER
        assert provider.arrivals == []
        for name in ("token_endpoint", "jwks_uri"):
            https = {name: f"https://localhost:{provider.issuer.rpartition(':')[2]}/x"}
            assert refusal(provider, Providers(Outbound()), trust=provider.trust(**https)).reason is Reason.PROVIDER
        assert provider.arrivals == []


def test_nobody_is_there() -> None:
    """A refusal like any other."""
    with Provider() as provider:
        trust = provider.trust()
        code = _code(provider)
    with pytest.raises(LoginRefused, match="cannot be connected") as refused:
        providers().exchange(PLACE, trust, Credentials(secret="x"), *code, now())
    assert refused.value.reason is Reason.PROVIDER


def test_o18_userinfo_adds_and_never_replaces() -> None:
    """What the ID token says stands; claims about tokens and sign-ins are not userinfo's to make."""
    with Provider() as provider:
        provider.claims = {"email": ..., "email_verified": ..., "name": "Of the token"}
        provider.userinfo = {
            "name": "Of userinfo",
            "groups": ["staff"],
            "acr": "mfa",
            "auth_time": 1,
            "sid": "s",
            "amr": ["mfa"],
        }
        assertion = sign_in(provider, trust=provider.trust(uses_userinfo=True))
        assert assertion.attributes["name"] == ("Of the token",)
        assert assertion.attributes["email"] == ("mallory@acme.example",)
        assert assertion.attributes["email_verified"] == ("true",)
        assert assertion.attributes["groups"] == ("staff",)
        assert not {"acr", "sid", "amr"} & assertion.claims.keys()
        assert (assertion.context, assertion.session_index, assertion.methods) == (None, None, ())
        assert "groups" not in sign_in(provider).attributes
        assert provider.count("/userinfo") == 1


@pytest.mark.parametrize(
    ("token", "userinfo", "email", "verified"),
    [
        ({"email": "a@x"}, {"email": "b@x", "email_verified": True}, "a@x", None),
        ({"email": "a@x"}, {"email": "a@x", "email_verified": True}, "a@x", True),
        ({"email": "a@x", "email_verified": False}, {"email": "a@x", "email_verified": True}, "a@x", False),
        ({"email_verified": True}, {"email": "b@x"}, None, True),
        ({}, {"email": "b@x", "email_verified": True}, "b@x", True),
        ({"email": "a@x"}, {"email": ..., "email_verified": True}, "a@x", None),
    ],
)
def test_l4_that_an_address_was_verified_is_said_of_this_address(
    token: dict[str, Any], userinfo: dict[str, Any], email: str | None, verified: bool | None
) -> None:
    """Never of one by the other's word."""
    with Provider() as provider:
        provider.claims = {"email": ..., "email_verified": ..., **token}
        provider.userinfo = {"email_verified": ..., **userinfo}
        claims = sign_in(provider, trust=provider.trust(uses_userinfo=True)).claims
        assert (claims.get("email"), claims.get("email_verified")) == (email, verified)


def test_the_list_of_checks_tells_how_far_it_came() -> None:
    """For traces and test runs: what passed, what failed and why, what was not reached."""
    checks = oidc.checklist()
    with Provider() as provider:
        provider.claims = {"aud": "someone-else"}
        with pytest.raises(LoginRefused):
            sign_in(provider, checks=checks)
    found = {one.name: one for one in checks.checks}
    assert [*found] == [*oidc.STEPS]
    assert found["audience"].detail == "aud is 'someone-else', not muster"
    order = [one.verdict for one in checks.checks]
    position = [*found].index("audience")
    assert order[:position] == [Verdict.PASSED] * position
    assert order[position + 1 :] == [Verdict.NOT_REACHED] * (len(order) - position - 1)
    assert found["signature"].detail == "verified by the key 'one'"


def _code(provider: Provider) -> tuple[Any, str]:
    trust = provider.trust()
    begun = oidc.begin(trust, CALLBACK, now())
    return begun.attempt, oidc.code_of(follow(begun.url, provider), trust, begun.attempt)
