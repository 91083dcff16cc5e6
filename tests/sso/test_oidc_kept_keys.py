"""The keys of a provider: kept for an hour, and fresher ones when they are needed (O-12, O-34, S-41)."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from app.services.openid_keys import LIFETIME_SECONDS, MOST_REFRESHES, REFRESH_SECONDS, Place
from sso import oidc
from sso.errors import LoginRefused, Reason
from sso.model import Verdict
from sso.oidc_keys import import_keys
from tests.idp.oidc_attack import reply
from tests.idp.oidc_provider import FromNow, Provider, now
from tests.idp.oidc_sign_in import CALLBACK, PLACE, Clock, in_threads, providers, refusal, sign_in
from tests.idp.oidc_signing import base64url, ec_key, rsa_key

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
OLD, NEW = rsa_key("old"), rsa_key("new")


def test_o12_keys_are_fetched_once_an_hour() -> None:
    """Not once a sign-in."""
    clock = Clock()
    known = providers(clock=clock)
    with Provider() as provider:
        for _ in range(5):
            sign_in(provider, known)
        assert provider.count("/jwks") == 1
        clock.now += LIFETIME_SECONDS - 1
        sign_in(provider, known)
        assert provider.count("/jwks") == 1
        clock.now += 1
        sign_in(provider, known)
        assert provider.count("/jwks") == 2


def test_o12_rollover_is_noticed_at_once() -> None:
    """An unknown kid makes us ask; the old key is gone as soon as the provider no longer lists it."""
    known = providers()
    with Provider(keys=[OLD]) as provider:
        assert sign_in(provider, known).verified_by == "old"
        provider.keys = [NEW, OLD]
        assert sign_in(provider, known).verified_by == "new"
        provider.keys = [NEW]
        provider.signs_with = OLD
        assert sign_in(provider, known).verified_by == "old"  # nobody has asked since
        provider.signs_with = rsa_key("unknown")
        assert refusal(provider, known).reason is Reason.SIGNATURE
        provider.signs_with = OLD
        assert refusal(provider, known).reason is Reason.SIGNATURE


def test_o12_rollover_under_the_same_kid() -> None:
    """Some providers reuse one: a signature that fails makes us ask, too."""
    known = providers()
    with Provider(keys=[OLD]) as provider:
        sign_in(provider, known)
        provider.keys = [rsa_key("replacement")]
        provider.jwks = {"keys": [rsa_key("replacement").jwk(kid="old")]}
        provider.header = {"kid": "old"}
        checks = oidc.checklist()
        assert sign_in(provider, known, checks=checks).verified_by == "old"
        assert {one.verdict for one in checks.checks if one.name in ("keys", "signature")} == {Verdict.PASSED}


def test_o12_unknown_keys_do_not_make_us_ask_without_end() -> None:
    """So often in so many minutes, whoever sends the tokens; then again."""
    clock = Clock()
    known = providers(clock=clock)
    with Provider() as provider:
        sign_in(provider, known)
        provider.signs_with = rsa_key("unknown")
        for _ in range(MOST_REFRESHES + 5):
            assert refusal(provider, known).reason is Reason.SIGNATURE
        assert provider.count("/jwks") == 1 + MOST_REFRESHES
        clock.now += REFRESH_SECONDS
        refusal(provider, known)
        assert provider.count("/jwks") == 2 + MOST_REFRESHES
        provider.signs_with = None
        sign_in(provider, known)


def test_o12_many_at_once_ask_once() -> None:
    """Whoever waits takes what the first one has fetched."""
    known = providers()
    with Provider() as provider:
        failures = in_threads(4, lambda: known.keys(PLACE, provider.trust()))
        assert not failures
        assert provider.count("/jwks") == 1


def test_o34_a_changed_connection_starts_anew() -> None:
    """Keys belong to one version of one connection of one account (M-4)."""
    known = providers()
    with Provider() as provider:
        for place in (
            Place("account", "connection", 1),
            Place("account", "connection", 2),
            Place("account", "other", 2),
            Place("other", "connection", 2),
        ):
            for _ in range(2):
                sign_in(provider, known, place=place)
        assert provider.count("/jwks") == 4
        provider.keys = [NEW]
        trust = provider.trust(algorithms=("ES256",))
        refused = refusal(provider, known, trust=trust, place=Place("account", "connection", 3))
        assert refused.reason is Reason.ALGORITHM


def test_s41_one_id_for_all_ways_to_write_a_signature() -> None:
    """Of ECDSA there are two that verify; what was used once is known by what was signed."""
    with Provider(algorithm="ES256", keys=[ec_key()]) as provider:
        keys, attempt = import_keys(provider.key_set()), oidc.begin(provider.trust(), CALLBACK, now()).attempt
        token = provider.id_token(attempt.nonce, "a")
        signed, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        other = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        texts = (token, f"{signed}.{base64url(other)}")
        found = [oidc.verify(oidc.TokenAnswer(text, "a"), keys, provider.trust(), attempt, now()) for text in texts]
    assert texts[0] != texts[1]
    assert found[0].id == found[1].id
    assert len(found[0].id) == 64
    assert found[0].issued is not None
    assert (found[0].expires - found[0].issued).total_seconds() == 360


def test_keys_for_who_looks_after_the_connection() -> None:
    """Their names; or why there are none."""
    with Provider(keys=[OLD, NEW]) as provider:
        assert [key.kid for key in providers().keys(PLACE, provider.trust()).keys] == ["old", "new"]
        provider.replies["/jwks"] = reply({"keys": []})
        with pytest.raises(LoginRefused, match="no usable key"):
            providers().keys(PLACE, provider.trust())


def test_o15_a_clock_is_a_minute_off_at_most() -> None:
    """Whatever a connection says."""
    with Provider() as provider:
        generous = provider.trust(skew=timedelta(minutes=10))
        provider.claims = {"exp": FromNow(-40)}
        sign_in(provider, trust=generous)
        provider.claims = {"exp": FromNow(-90)}
        assert refusal(provider, providers(), trust=generous).reason is Reason.TIME
        provider.claims = {"exp": FromNow(-40)}
        strict = provider.trust(skew=timedelta(seconds=10))
        assert refusal(provider, providers(), trust=strict).reason is Reason.TIME


def test_s41_a_token_is_remembered_as_long_as_it_could_be_used() -> None:
    """Ten minutes and a minute for the clocks, even if it says that it is good for years."""
    with Provider() as provider:
        provider.claims = {"exp": FromNow(10**8)}
        found = sign_in(provider)
    assert found.issued is not None
    assert (found.expires - found.issued).total_seconds() == 660
