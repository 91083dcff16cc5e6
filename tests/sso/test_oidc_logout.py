"""Signing out with a provider: its logout tokens, its frames, and the way back from its end (O-19, O-36, O-37)."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sso import oidc_logout
from sso.errors import LoginRefused, Reason
from sso.model import OidcTrust, Verdict
from sso.oidc_logout import LogoutToken
from tests.idp.oidc_provider import LOGOUT_EVENT, FromNow, Provider, now
from tests.idp.oidc_server import Arrival
from tests.idp.oidc_sign_in import CALLS, PLACE, providers, sign_in
from tests.idp.oidc_signing import rsa_key

MOMENT = int(time.time())
OLD_FASHIONED = {"typed_logout": False}
ENTRA = {"subject_claims": ("tid", "oid")}

THEIRS = {"signs_with": rsa_key("theirs")}
REFUSED: dict[str, tuple[Reason, dict[str, Any], dict[str, Any]]] = {
    # name: why, what of the provider is bent, how the connection is configured
    "typ_missing": (Reason.STRUCTURE, {"header": {"typ": ...}}, {}),
    "typ_jwt": (Reason.STRUCTURE, {"header": {"typ": "JWT"}}, {}),
    "typ_null": (Reason.STRUCTURE, {"header": {"typ": None}}, {}),
    "typ_number": (Reason.STRUCTURE, {"header": {"typ": 1}}, {}),
    "typ_access_token": (Reason.STRUCTURE, {"header": {"typ": "at+jwt"}}, OLD_FASHIONED),
    "typ_id_token": (Reason.STRUCTURE, {"header": {"typ": "id_token"}}, OLD_FASHIONED),
    "alg_none": (Reason.ALGORITHM, {"header": {"alg": "none"}, "unsigned": True}, {}),
    "alg_hs256": (Reason.ALGORITHM, {"algorithm": "HS256", "signs_with": rsa_key().public_pem()}, {}),
    "crit": (Reason.ALGORITHM, {"header": {"crit": ["exp"]}}, {}),
    "another_key": (Reason.SIGNATURE, THEIRS | {"header": {"kid": "one"}}, {}),
    "unknown_key": (Reason.SIGNATURE, THEIRS, {}),
    "its_own_key": (
        Reason.SIGNATURE,
        THEIRS | {"header": {"jwk": rsa_key("theirs").jwk()}},
        {},
    ),
    "no_token": (Reason.ENCODING, {"token": lambda _: "x"}, {}),
    "empty": (Reason.ENCODING, {"token": lambda _: ""}, {}),
    "twice": (Reason.ENCODING, {"payload": lambda _: b'{"sub": "a", "sub": "b"}'}, {}),
    "iss_missing": (Reason.ISSUER, {"claims": {"iss": ...}}, {}),
    "iss_other": (Reason.ISSUER, {"claims": {"iss": "https://evil.example"}}, {}),
    "aud_missing": (Reason.AUDIENCE, {"claims": {"aud": ...}}, {}),
    "aud_other": (Reason.AUDIENCE, {"claims": {"aud": "other"}}, {}),
    "aud_several": (Reason.AUDIENCE, {"claims": {"aud": ["muster", "other"]}}, {}),
    "iat_missing": (Reason.TIME, {"claims": {"iat": ...}}, {}),
    "iat_old": (Reason.TIME, {"claims": {"iat": FromNow(-900)}}, {}),
    "iat_yet_to_come": (Reason.TIME, {"claims": {"iat": FromNow(3600)}}, {}),
    "iat_text": (Reason.TIME, {"claims": {"iat": str(MOMENT)}}, {}),
    "exp_missing": (Reason.TIME, {"claims": {"exp": ...}}, {}),
    "exp_past": (Reason.TIME, {"claims": {"exp": FromNow(-120)}}, {}),
    "nbf_yet_to_come": (Reason.TIME, {"claims": {"nbf": FromNow(3600)}}, {}),
    "jti_missing": (Reason.STRUCTURE, {"claims": {"jti": ...}}, {}),
    "jti_empty": (Reason.STRUCTURE, {"claims": {"jti": ""}}, {}),
    "jti_number": (Reason.STRUCTURE, {"claims": {"jti": 1}}, {}),
    "jti_long": (Reason.STRUCTURE, {"claims": {"jti": "x" * 256}}, {}),
    "events_missing": (Reason.STRUCTURE, {"claims": {"events": ...}}, {}),
    "events_missing_and_old_fashioned": (Reason.STRUCTURE, {"claims": {"events": ...}}, OLD_FASHIONED),
    "events_null": (Reason.STRUCTURE, {"claims": {"events": None}}, {}),
    "events_list": (Reason.STRUCTURE, {"claims": {"events": [LOGOUT_EVENT]}}, {}),
    "events_other": (Reason.STRUCTURE, {"claims": {"events": {"http://schemas.example/other": {}}}}, {}),
    "event_null": (Reason.STRUCTURE, {"claims": {"events": {LOGOUT_EVENT: None}}}, {}),
    "event_text": (Reason.STRUCTURE, {"claims": {"events": {LOGOUT_EVENT: "{}"}}}, {}),
    "nonce": (Reason.STRUCTURE, {"claims": {"nonce": "x"}}, {}),
    "nonce_null": (Reason.STRUCTURE, {"claims": {"nonce": None}}, {}),
    "nobody": (Reason.SUBJECT, {"claims": {"sub": ...}}, {}),
    "sub_empty": (Reason.SUBJECT, {"claims": {"sub": ""}}, {}),
    "sub_empty_but_sid": (Reason.SUBJECT, {"claims": {"sub": "", "sid": "a"}}, {}),
    "sub_number": (Reason.SUBJECT, {"claims": {"sub": 1}}, {}),
    "sub_null": (Reason.SUBJECT, {"claims": {"sub": None, "sid": "a"}}, {}),
    "sub_long": (Reason.SUBJECT, {"claims": {"sub": "x" * 256}}, {}),
    "sub_not_ascii": (Reason.SUBJECT, {"claims": {"sub": "ü"}}, {}),
    "sub_empty_where_it_is_not_the_subject": (Reason.SUBJECT, {"claims": {"sub": "", "sid": "a"}}, ENTRA),
    "sid_empty": (Reason.SUBJECT, {"claims": {"sid": ""}}, {}),
    "sid_number": (Reason.SUBJECT, {"claims": {"sid": 1}}, {}),
    "sid_null": (Reason.SUBJECT, {"claims": {"sid": None}}, {}),
    "sid_long": (Reason.SUBJECT, {"claims": {"sid": "x" * 256}}, {}),
    "not_the_subject_of_this_connection": (Reason.SUBJECT, {}, ENTRA),
}


@pytest.mark.parametrize("name", REFUSED)
def test_o36_bent_logout_tokens(name: str) -> None:
    """Each is refused for its reason."""
    reason, bent, trust = REFUSED[name]
    checks = oidc_logout.checklist()
    with Provider() as provider:
        for attribute, value in bent.items():
            setattr(provider, attribute, value)
        with pytest.raises(LoginRefused) as refused:
            providers().logout_token(PLACE, provider.trust(**trust), provider.logout_token(), now(), checks)
    assert refused.value.reason is reason, refused.value.detail
    assert [one.detail for one in checks.checks if one.verdict is Verdict.FAILED] == [refused.value.detail]


@pytest.mark.parametrize(
    ("bent", "trust", "subject", "session"),
    [
        ({}, {}, "248289761001", None),
        ({"claims": {"sid": "s"}}, {}, "248289761001", "s"),
        ({"claims": {"sid": "s", "sub": ...}}, {}, None, "s"),
        ({"header": {"typ": "LOGOUT+JWT"}}, {}, "248289761001", None),
        ({"header": {"typ": "application/logout+jwt"}}, {}, "248289761001", None),
        ({"header": {"typ": ...}}, OLD_FASHIONED, "248289761001", None),
        ({"header": {"typ": "JWT"}}, OLD_FASHIONED, "248289761001", None),
        ({"claims": {"events": {LOGOUT_EVENT: {}, "http://other.example": {}}}}, {}, "248289761001", None),
        ({"claims": {"tid": "t", "oid": "o"}}, ENTRA, "t|o", None),
        ({"claims": {"sid": "s"}}, ENTRA, None, "s"),
    ],
)
def test_o36_good_logout_tokens(
    bent: dict[str, Any], trust: dict[str, Any], subject: str | None, session: str | None
) -> None:
    """They name a subject as the assertions of the connection do, a session, or both."""
    with Provider() as provider:
        for attribute, value in bent.items():
            setattr(provider, attribute, value)
        found = providers().logout_token(PLACE, provider.trust(**trust), provider.logout_token(jti="j"), now())
    expected = LogoutToken(provider.issuer, subject, session, "j", found.expires)
    assert found == expected
    assert 0 < (found.expires - now()).total_seconds() <= 660


def test_o19_an_id_token_is_no_logout_token_and_the_reverse() -> None:
    """Whatever else is right; also where ``typ`` may be missing."""
    with Provider() as provider:
        known, trust = providers(), provider.trust(**OLD_FASHIONED)
        with pytest.raises(LoginRefused) as refused:
            known.logout_token(PLACE, trust, provider.id_token("nonce"), now())
        assert refused.value.reason is Reason.STRUCTURE
        provider.token_answer = {"id_token": provider.logout_token()}
        with pytest.raises(LoginRefused) as refused:
            sign_in(provider, known)
        assert refused.value.reason is Reason.STRUCTURE


def test_o36_fresher_keys_for_logout_tokens_too() -> None:
    """With the same memory and within the same limit as for sign-ins."""
    known = providers()
    with Provider(keys=[rsa_key("old")]) as provider:
        sign_in(provider, known)
        provider.keys = [rsa_key("new")]
        assert known.logout_token(PLACE, provider.trust(), provider.logout_token(), now()).subject
        assert provider.count("/jwks") == 2
        provider.signs_with = rsa_key("unknown")
        for _ in range(20):
            with pytest.raises(LoginRefused):
                known.logout_token(PLACE, provider.trust(), provider.logout_token(), now())
        assert provider.count("/jwks") == 6


def test_o37_signing_out_at_the_provider() -> None:
    """With a hint who it is, and a state by which we know our own when they come back."""
    with Provider() as provider:
        url = oidc_logout.begin_logout(provider.trust(), "the.id.token", "https://muster.example/back", "state")
        assert url is not None
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked == {
            "client_id": "muster",
            "id_token_hint": "the.id.token",
            "post_logout_redirect_uri": "https://muster.example/back",
            "state": "state",
        }
        back = provider.reply(Arrival("GET", "/logout", asked, {}, {})).headers["Location"]
        oidc_logout.check_return(parse_qsl(urlsplit(back).query), "state")
        for hint in (None, "x" * 5000):
            without = oidc_logout.begin_logout(provider.trust(), hint, "https://muster.example/back", "state")
            assert "id_token_hint" not in str(without)
            assert len(str(without)) < 500
        assert oidc_logout.begin_logout(provider.trust(end_session_endpoint=None), "x", "y", "z") is None


@pytest.mark.parametrize("parameters", [[], [("state", "")], [("state", "other")], [("state", "s"), ("state", "s")]])
def test_o37_state_is_checked_on_return(parameters: list[tuple[str, str]]) -> None:
    """Or anybody could send people there."""
    with pytest.raises(LoginRefused) as refused:
        oidc_logout.check_return(parameters, "s")
    assert refused.value.reason is Reason.REQUEST


TRUST = OidcTrust(
    "https://op.example", "muster", "https://op.example/a", "https://op.example/t", "https://op.example/k"
)
ISS = ("iss", "https://op.example")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([], Reason.ISSUER),
        ([("sid", "s")], Reason.ISSUER),
        ([("iss", "https://evil.example"), ("sid", "s")], Reason.ISSUER),
        ([ISS], Reason.SUBJECT),
        ([ISS, ("sid", "")], Reason.SUBJECT),
        ([ISS, ("sid", "x" * 256)], Reason.SUBJECT),
        ([ISS, ("sid", "a\n")], Reason.SUBJECT),
        ([ISS, ("sid", "a"), ("sid", "b")], Reason.FORM),
        ([ISS, ISS, ("sid", "a")], Reason.FORM),
    ],
)
def test_front_channel_logout_names_issuer_and_session(parameters: list[tuple[str, str]], reason: Reason) -> None:
    """Or any page could sign people out with a frame (Front-Channel Logout §3)."""
    with pytest.raises(LoginRefused) as refused:
        oidc_logout.read_front_channel(parameters, TRUST)
    assert refused.value.reason is reason
    assert oidc_logout.read_front_channel([ISS, ("sid", "s")], TRUST) == "s"


def test_calls_of_tests_may_reach_this_machine_only_by_leave() -> None:
    """The provider of these tests is on loopback; that is the operator's setting, not ours."""
    assert CALLS.is_plain
