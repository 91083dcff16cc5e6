"""Random tokens and documents: nothing but LoginRefused is ever raised, and what is accepted is what may be.

Beside the code stands a predicate that says plainly which ID token is good; both must agree on every one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sso import claims as claim_mapping
from sso import oidc, oidc_logout
from sso.claims import DEFAULTS, profile_of
from sso.errors import LoginRefused
from sso.model import Assertion, OidcAttempt, OidcTrust
from sso.oidc_claims import with_userinfo
from sso.oidc_discovery import read_discovery
from sso.oidc_json import read_object
from sso.oidc_keys import import_keys
from sso.oidc_logout import LogoutToken
from tests.idp.oidc_signing import at_hash, base64url, compact, ec_key, rsa_key

OURS, CURVE, THEIRS = rsa_key(), ec_key(), rsa_key("theirs")
KEYS = import_keys({"keys": [OURS.jwk(), CURVE.jwk()]})
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
TRUST = OidcTrust(
    "https://op.example", "muster", "https://op.example/a", "https://op.example/t", "https://op.example/k"
)
ATTEMPT = OidcAttempt("state", "nonce", "verifier", "https://muster.example/callback", NOW - timedelta(minutes=1))
EVENT = "http://schemas.openid.net/event/backchannel-logout"
GONE = object()

MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
moments = (
    st.integers(MOMENT - 1000, MOMENT + 1000)
    | st.floats(MOMENT - 1000, MOMENT + 1000)
    | st.sampled_from([0, -1, 2**31, 2**34, 2**34 + 1, 10**20, str(MOMENT), True])
)
wild = json_values | st.just(GONE)


def _usually(good: Any, *others: Any, more: st.SearchStrategy[Any] = wild) -> st.SearchStrategy[Any]:
    """Mostly what is good, sometimes something that is near it, sometimes anything: many tokens have one flaw."""
    return st.integers(0, 19).flatmap(
        lambda number: st.just(good) if number < 18 else st.sampled_from([good, *others]) if number == 18 else more
    )


claim_sets = st.fixed_dictionaries(
    {
        "iss": _usually("https://op.example", "https://op.example/"),
        "aud": _usually("muster", ["muster"], ["muster", "b"], ["b"]),
        "azp": _usually(GONE, "muster", "b"),
        "exp": _usually(MOMENT + 300, MOMENT + 1, MOMENT - 59, MOMENT - 61, more=wild | moments),
        "iat": _usually(MOMENT, MOMENT - 600, MOMENT + 59, MOMENT - 661, more=wild | moments),
        "nbf": _usually(GONE, MOMENT, more=wild | moments),
        "nonce": _usually("nonce", "other"),
        "sub": _usually("ana", "x" * 255, "ana|b", more=wild | st.text(max_size=300)),
        "auth_time": _usually(MOMENT - 30, MOMENT - 3600, GONE, more=wild | moments),
        "at_hash": _usually(GONE, at_hash("access", "RS256"), at_hash("other", "RS256")),
        "acr": _usually("mfa", GONE),
        "sid": _usually(GONE, "s"),
        "events": _usually(GONE, {EVENT: {}}),
    }
)
headers = st.fixed_dictionaries(
    {
        "alg": _usually("RS256", "PS256", "ES256", "none", "HS256"),
        "kid": _usually("one", GONE, "ec", "theirs"),
        "typ": _usually("JWT", GONE, "logout+jwt"),
        "crit": _usually(GONE, ["exp"], more=st.just(GONE)),
    }
)
signers = st.sampled_from([OURS] * 12 + [CURVE, THEIRS])


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 2**34


def _is_good(claims: dict[str, Any], header: dict[str, Any], is_signed: bool, trust: OidcTrust, forced: bool) -> bool:
    """Whether an ID token is, in the plainest words."""
    audience = claims.get("aud")
    audience = [audience] if isinstance(audience, str) else audience
    times = {name: claims[name] for name in ("exp", "iat", "nbf", "auth_time") if name in claims}
    typ, sub, sid = header.get("typ", "jwt"), claims.get("sub"), claims.get("sid", "s")
    return bool(
        is_signed
        and "crit" not in header
        and isinstance(typ, str)
        and typ.lower() in ("jwt", "application/jwt")
        and "events" not in claims
        and claims.get("iss") == "https://op.example"
        and isinstance(audience, list)
        and all(isinstance(one, str) for one in audience)
        and "muster" in audience
        and (claims.get("azp") == "muster" or ("azp" not in claims and len(audience) == 1))
        and all(_is_time(value) for value in times.values())
        and {"exp", "iat"} <= times.keys()
        and times["exp"] + 60 > MOMENT
        and MOMENT - 660 <= times["iat"] <= MOMENT + 60
        and times.get("nbf", 0) <= MOMENT + 60
        and times.get("auth_time", 0) <= MOMENT + 60
        and claims.get("nonce") == "nonce"
        and (not forced or ("auth_time" in times and times["auth_time"] >= MOMENT - 120))
        and ("at_hash" not in claims or claims["at_hash"] == at_hash("access", "RS256"))
        and (not trust.contexts or claims.get("acr") in [*trust.contexts])
        and isinstance(sub, str)
        and 0 < len(sub) <= 255
        and sub.strip()
        and all(" " <= sign <= "~" for sign in sub)
        and isinstance(sid, str)
        and 0 < len(sid) <= 255
        and sid.isprintable()
    )


def _refused(read: Callable[..., object], *given_: Any) -> bool:
    """Whether it is refused, in one line; whatever else is raised fails the test."""
    try:
        read(*given_)
    except LoginRefused as refused:
        is_line = refused.detail.isprintable()
    else:
        return False
    assert is_line
    return True


def _there(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not GONE}


@MANY
@given(claim_sets, headers, signers, st.sampled_from([(), (), ("mfa",)]), st.booleans())
def test_an_id_token_is_accepted_exactly_if_it_is_good(
    claims: dict[str, Any], header: dict[str, Any], signer: Any, contexts: tuple[str, ...], forced: bool
) -> None:
    """Whatever its claims and its header are."""
    claims, header = _there(claims), _there(header)
    trust, attempt = replace(TRUST, contexts=contexts), replace(ATTEMPT, forced=forced)
    algorithm = {OURS: "RS256", CURVE: "ES256", THEIRS: "RS256"}[signer]
    is_signed = signer is not THEIRS and header.get("alg") == algorithm and header.get("kid", signer.kid) == signer.kid
    answer = oidc.TokenAnswer(compact(header, claims, signer, algorithm), "access")
    is_good = _is_good(claims, header, is_signed, trust, forced)
    event("good" if is_good else "bad")
    assert _refused(lambda: oidc.verify(answer, KEYS, trust, attempt, NOW)) != is_good
    if not is_good:
        return
    found = oidc.verify(answer, KEYS, trust, attempt, NOW)
    assert (found.subject, found.issuer, found.answers) == (claims["sub"], "https://op.example", "state")


@MANY
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4), st.binary(max_size=60), st.booleans())
def test_nothing_else_is_raised_for_claims_of_any_kind(claims: dict[str, Any], content: bytes, as_bytes: bool) -> None:
    """Neither by what reads an ID token nor by what reads a logout token."""
    header = {"alg": "RS256", "kid": "one"}
    usual = {"iss": TRUST.issuer, "aud": "muster", "iat": MOMENT, "exp": MOMENT + 60, "nonce": "nonce", "sub": "a"}
    for payload in (content if as_bytes else claims, content if as_bytes else {**usual, **claims}):
        _refused(_verify, compact(header, payload, OURS, "RS256"))
        _refused(_verify_logout, compact({**header, "typ": "logout+jwt"}, payload, OURS, "RS256"))


@MANY
@given(st.text(max_size=80) | st.lists(st.binary(max_size=20).map(base64url), min_size=3, max_size=3).map(".".join))
def test_nothing_else_is_raised_for_any_text(text: str) -> None:
    """In the place of a token."""
    assert _refused(_verify, text)
    assert _refused(_verify_logout, text)


@MANY
@given(
    st.lists(
        st.tuples(st.sampled_from(["state", "iss", "code", "error", "error_description", "x"]), st.text(max_size=9)),
        max_size=5,
    ),
    st.booleans(),
    st.booleans(),
)
def test_a_code_comes_of_the_right_answer_only(given_: list[tuple[str, str]], good: bool, named: bool) -> None:
    """State and issuer once, no error, and nothing twice."""
    parameters = [*given_, ("state", "state"), ("code", "c")] if good else given_
    trust = replace(TRUST, names_itself=named)
    names = [name for name, _ in parameters]
    found = dict(parameters)
    is_good = (
        len(set(names)) == len(names)
        and found.get("state") == "state"
        and found.get("code")
        and "error" not in found
        and found.get("iss", None if named else TRUST.issuer) == TRUST.issuer
    )
    assert _refused(lambda: oidc.code_of(parameters, trust, ATTEMPT)) != bool(is_good)
    if is_good:
        assert oidc.code_of(parameters, trust, ATTEMPT) == found["code"]


@MANY
@given(
    json_values, st.dictionaries(st.sampled_from(["issuer", "jwks_uri", "token_endpoint", "keys", "sub"]), json_values)
)
def test_nothing_else_is_raised_for_documents_of_any_kind(inner: Any, document: dict[str, Any]) -> None:
    """Discovery documents, key sets, token responses, userinfo."""
    key = {"kty": "RSA", "n": inner, "e": "AQAB", "kid": inner, "alg": inner, "use": inner, "key_ops": inner}
    assertion = _assertion({"sub": "ana"})
    for read in (
        lambda: read_discovery(document, "https://op.example"),
        lambda: read_discovery({**document, "issuer": "https://op.example"}, "https://op.example"),
        lambda: import_keys(document),
        lambda: import_keys({"keys": [key, inner, {**OURS.jwk(), "kid": inner}]}),
        lambda: oidc.read_answer({"id_token": inner, "access_token": inner}),
        lambda: with_userinfo(assertion, document),
    ):
        _refused(read)


@MANY
@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_json_is_an_object_or_an_error_of_value(content: bytes) -> None:
    """The same as the standard library says, where that has an object."""
    try:
        found = read_object(content)
    except ValueError:
        return
    assert found == json.loads(content)
    assert json.dumps(found, ensure_ascii=False).encode()


@MANY
@given(
    st.dictionaries(
        st.sampled_from(sorted({claim for names in DEFAULTS["oidc"].values() for claim in names})),
        st.lists(st.text(max_size=300), max_size=3).map(tuple),
    )
)
def test_a_profile_has_only_values_that_may_be_shown(attributes: dict[str, tuple[str, ...]]) -> None:
    """And each field says where it came from, or why it is empty."""
    mapped = profile_of(replace(_assertion({"sub": "ana"}), attributes=attributes), {})
    for field in mapped.fields:
        assert bool(field.values) != bool(field.problem)
        assert all(claim_mapping.problem_of(value) is None for value in field.values)
        assert field.claim is None or field.claim in field.tried
    profile = mapped.profile
    values = [profile.user_name, profile.display_name, profile.given_name, profile.family_name, *profile.emails]
    for value in [*(one for one in values if one is not None), *profile.more.values()]:
        assert 0 < len(value) <= 256
        assert "\n" not in value
        assert "\0" not in value


def _verify(text: str) -> Assertion:
    return oidc.verify(oidc.TokenAnswer(text), KEYS, TRUST, ATTEMPT, NOW)


def _verify_logout(text: str) -> LogoutToken:
    return oidc_logout.verify_logout(text, KEYS, TRUST, NOW)


def _assertion(claims: dict[str, Any]) -> Assertion:
    return Assertion("oidc", TRUST.issuer, "ana", None, {}, "id", NOW, "state", NOW, claims=claims)
