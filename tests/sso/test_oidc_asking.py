"""What a sign-in asks a provider for, and what becomes of the code (O-1 to O-7, O-20, O-35, N-7)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from app.services.openid_providers import Credentials
from sso import oidc
from sso.errors import LoginRefused, Reason
from sso.model import OidcTrust
from sso.oidc_client import key_set
from tests.idp.oidc_provider import Provider, follow, now
from tests.idp.oidc_sign_in import CALLBACK, PLACE, providers, sign_in
from tests.idp.oidc_signing import ec_key, rsa_key

TRUST = OidcTrust(
    "https://op.example", "muster", "https://op.example/auth?tenant=a", "https://op.example/t", "https://op.example/k"
)


def _asked(url: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_o1_the_code_flow_and_nothing_else() -> None:
    """``openid`` once, and only the scopes that are configured; what the address has of its own stays."""
    asked = _asked(oidc.begin(TRUST, CALLBACK, now()).url)
    assert asked.keys() == {
        *("tenant", "response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
    assert (asked["tenant"], asked["response_type"], asked["scope"]) == ("a", "code", "openid email profile")
    for scopes in ((), ("groups",), ("groups", "openid", "groups")):
        url = oidc.begin(OidcTrust("i", "c", "https://op.example/", "t", "k", scopes=scopes), CALLBACK, now()).url
        assert sorted(_asked(url)["scope"].split()) == sorted({"openid", *scopes})


def test_o2_pkce_always() -> None:
    """S256 of a verifier that stays here, as long as RFC 7636 §4.1 has it."""
    begun = oidc.begin(TRUST, CALLBACK, now())
    verifier = begun.attempt.code_verifier
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert _asked(begun.url)["code_challenge"] == digest
    assert verifier not in begun.url


def test_o3_state_nonce_and_verifier_are_random_each_time() -> None:
    """256 bits each, and none says anything about another."""
    seen: set[str] = set()
    for _ in range(50):
        attempt = oidc.begin(TRUST, CALLBACK, now()).attempt
        values = {attempt.state, attempt.nonce, attempt.code_verifier}
        assert all(len(value) >= 43 for value in values)
        assert not values & seen
        seen |= values
    assert len(seen) == 150


def test_o6_the_redirect_uri_is_the_one_that_was_given() -> None:
    """At the beginning and at the exchange; the provider compares them."""
    with Provider() as provider:
        begun = oidc.begin(provider.trust(), CALLBACK, now())
        sign_in(provider)
        exchanged = next(one for one in provider.arrivals if one.path == "/token")
        assert _asked(begun.url)["redirect_uri"] == begun.attempt.redirect_uri == CALLBACK
        assert exchanged.form["redirect_uri"] == CALLBACK


def test_n7_forced_and_the_answer_is_checked() -> None:
    """Whoever must prove it anew has proved it since; asking alone proves nothing."""
    asked = _asked(oidc.begin(TRUST, CALLBACK, now(), force=True, hint="ana@acme.example").url)
    assert (asked["prompt"], asked["max_age"], asked["login_hint"]) == ("login", "0", "ana@acme.example")
    with Provider() as provider:
        assert sign_in(provider, force=True).authenticated is not None
        for wrong in (..., int(now().timestamp()) - 90):
            provider.claims = {"auth_time": wrong}
            sign_in(provider)
            with pytest.raises(LoginRefused) as refused:
                sign_in(provider, force=True)
            assert refused.value.reason is Reason.TIME


def test_o15_max_age_counts_back_from_the_beginning() -> None:
    """Not from when the answer comes: somebody may take minutes to sign in."""
    with Provider() as provider:
        trust = provider.trust(max_age=timedelta(minutes=5), contexts=("mfa",))
        asked = _asked(oidc.begin(trust, CALLBACK, now()).url)
        assert (asked["max_age"], asked["acr_values"]) == ("300", "mfa")
        provider.claims = {"auth_time": int(now().timestamp()) - 280, "acr": "mfa"}
        sign_in(provider, trust=trust, after=timedelta(minutes=4))
        provider.claims["auth_time"] -= 100
        with pytest.raises(LoginRefused):
            sign_in(provider, trust=trust)


def test_o7_a_code_is_good_once() -> None:
    """The provider says so, too; that an attempt is used up before is its owner's business."""
    with Provider() as provider:
        trust, known = provider.trust(), providers()
        begun = oidc.begin(trust, CALLBACK, now())
        code = oidc.code_of(follow(begun.url, provider), trust, begun.attempt)
        secret = Credentials(secret=provider.client_secret)
        known.exchange(PLACE, trust, secret, begun.attempt, code, now())
        with pytest.raises(LoginRefused) as refused:
            known.exchange(PLACE, trust, secret, begun.attempt, code, now())
        assert refused.value.reason is Reason.STATUS
        assert refused.value.detail == "the provider answered 'invalid_grant'"


def test_o5_an_answer_of_another_sign_in() -> None:
    """State belongs to one attempt; a code of another one is worthless by PKCE, its token by the nonce."""
    with Provider() as provider:
        trust, known = provider.trust(), providers()
        mine, theirs = (oidc.begin(trust, CALLBACK, now()) for _ in range(2))
        answer = follow(theirs.url, provider)
        with pytest.raises(LoginRefused, match="state"):
            oidc.code_of(answer, trust, mine.attempt)
        stolen = oidc.code_of(answer, trust, theirs.attempt)
        secret = Credentials(secret=provider.client_secret)
        with pytest.raises(LoginRefused, match="PKCE"):
            known.exchange(PLACE, trust, secret, mine.attempt, stolen, now())
        code = oidc.code_of(follow(theirs.url, provider), trust, theirs.attempt)
        token = known.exchange(PLACE, trust, secret, theirs.attempt, code, now())
        with pytest.raises(LoginRefused, match="nonce"):
            known.verified(PLACE, trust, token, mine.attempt, now())


@pytest.mark.parametrize(
    "parameters", [[], [("state", "")], [("code", "x")], [("state", "a"), ("state", "a")], [("State", "a")]]
)
def test_o4_state_is_there_once(parameters: list[tuple[str, str]]) -> None:
    """By it the attempt is found."""
    with pytest.raises(LoginRefused) as refused:
        oidc.state_of(parameters)
    assert refused.value.reason is Reason.REQUEST
    assert oidc.state_of([("code", "x"), ("state", "a")]) == "a"


def test_o20_tokens_are_not_shown() -> None:
    """Neither in a log by mistake, nor in an assertion; a refresh token is dropped at once."""
    with Provider() as provider:
        trust, known = provider.trust(uses_userinfo=True), providers()
        begun = oidc.begin(trust, CALLBACK, now())
        code = oidc.code_of(follow(begun.url, provider), trust, begun.attempt)
        credentials = Credentials(secret=provider.client_secret)
        answer = known.exchange(PLACE, trust, credentials, begun.attempt, code, now())
        assertion = known.verified(PLACE, trust, answer, begun.attempt, now())
        assert answer.access_token
        shown = f"{answer!r} {credentials!r} {assertion!r}"
        for secret in (answer.access_token, answer.id_token, "not-to-be-kept", str(provider.client_secret)):
            assert secret not in shown
        assert not hasattr(answer, "refresh_token")


def test_o35_a_secret_goes_into_the_header_only() -> None:
    """Encoded as RFC 6749 §2.3.1 says, so that any character is possible; it is in no address and no form."""
    with Provider(client_id="a client: of ours", client_secret="s:e c&r=e+t/ü%") as provider:
        assert sign_in(provider).subject == provider.person["sub"]
        token = next(one for one in provider.arrivals if one.path == "/token")
        assert token.form.keys() == {"grant_type", "code", "redirect_uri", "code_verifier"}
        provider.client_secret = "another"
        with pytest.raises(LoginRefused) as refused:
            sign_in(provider, credentials=Credentials(secret="wrong"))
        assert refused.value.reason is Reason.STATUS
        assert "invalid_client" in refused.value.detail


def test_o35_private_key_jwt() -> None:
    """Signed with a key of ours that the provider finds in our key set; valid for a minute, once."""
    ours = rsa_key("ours")
    [published] = key_set([(ours.pem(), "ours")])["keys"]
    assert published == {**ours.jwk(), "alg": "RS256"}
    with Provider(client_key=ours, client_secret=None) as provider:
        credentials = Credentials(private_key=ours.pem(), key_id="ours")
        for _ in range(2):
            sign_in(provider, credentials=credentials)
        forms = [one.form for one in provider.arrivals if one.path == "/token"]
        claims = [json.loads(base64.urlsafe_b64decode(one["client_assertion"].split(".")[1] + "==")) for one in forms]
        assert claims[0]["jti"] != claims[1]["jti"]
        assert "authorization" not in next(one for one in provider.arrivals if one.path == "/token").headers


def test_o35_keys_of_curves_too() -> None:
    """With the algorithm of the curve, and named by their thumbprints where they have no other name."""
    found = key_set([(ec_key().pem(), None), (ec_key("x", "P-384").pem(), "next")])["keys"]
    assert [(key["alg"], key["use"]) for key in found] == [("ES256", "sig"), ("ES384", "sig")]
    assert found[1]["kid"] == "next"
    assert len(found[0]["kid"]) == 43
    assert not any("d" in key for key in found)


def test_o35_either_a_secret_or_a_key() -> None:
    """Never both, and never neither."""
    for wrong in ({}, {"secret": "a", "private_key": "b"}):
        with pytest.raises(ValueError, match="either"):
            Credentials(**wrong)


def test_the_hint_is_only_ever_a_value() -> None:
    """Whatever somebody types into a form of ours."""
    url = oidc.begin(TRUST, CALLBACK, now(), hint="a&prompt=none#x\r\n").url
    assert parse_qs(urlsplit(url).query)["login_hint"] == ["a&prompt=none#x\r\n"]
    assert "prompt" not in _asked(url)
