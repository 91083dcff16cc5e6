"""What a provider says about itself is believed only where it may be (O-10, O-30, O-31, L-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.outbound import Outbound
from app.services.openid_providers import Providers
from sso.errors import BadTrust, LoginRefused, Reason
from sso.model import OidcTrust
from sso.oidc_discovery import check_trust, discovery_url, read_discovery, url_problem
from tests.idp.oidc_attacks import _answers
from tests.idp.oidc_provider import Provider
from tests.idp.oidc_sign_in import providers

ISSUER = "https://op.example/tenant"
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://op.example/auth?p=1",
    "token_endpoint": "https://op.example/token",
    "jwks_uri": "https://keys.example/jwks",
    "id_token_signing_alg_values_supported": ["RS256", "none", "HS256", "ES512", "RS256"],
    "code_challenge_methods_supported": ["plain", "S256"],
}
TRUST = OidcTrust(ISSUER, "muster", "https://op.example/a", "https://op.example/t", "https://op.example/k")
BAD_URLS: dict[str, Any] = {
    "missing": None,
    "empty": "",
    "number": 1,
    "list": ["https://op.example/"],
    "http": "http://op.example/",
    "http_private": "http://10.0.0.1/",
    "script": "javascript:alert(1)",
    "file": "file:///etc/passwd",
    "no_scheme": "op.example/token",
    "no_host": "https:///token",
    "user": "https://user@op.example/",
    "password": "https://user:password@op.example/",
    "fragment": "https://op.example/#x",
    "empty_fragment": "https://op.example/#",
    "space": "https://op.example/a b",
    "line_break": "https://op.example/\r\nx",
    "backslash": "https://op.example\\@evil.example/",
    "not_ascii": "https://exämple.com/",
    "port": "https://op.example:99999/",
    "bracket": "https://[::1/",
    "long": "https://op.example/" + "x" * 2000,
    "our_parameters": "https://op.example/?client_id=other",
    "our_state": "https://op.example/?a=b&state=",
}


def test_o30_discovery_over_http() -> None:
    """From the well-known address of the issuer, however it ends."""
    with Provider() as provider:
        found = providers().discover("account", provider.issuer)
        trust = provider.trust()
        assert (found.issuer, found.token_endpoint, found.jwks_uri) == (
            provider.issuer,
            trust.token_endpoint,
            trust.jwks_uri,
        )
        assert (found.names_itself, found.algorithms, found.advice) == (True, ("RS256",), ())
        assert provider.count("/.well-known/openid-configuration") == 1
    assert discovery_url("https://op.example") == "https://op.example/.well-known/openid-configuration"
    assert discovery_url("https://op.example/a/") == "https://op.example/a/.well-known/openid-configuration"


@pytest.mark.parametrize("issuer", [..., None, "", "https://op.example", ISSUER + "/", ISSUER.upper(), 1, [ISSUER]])
def test_o30_the_issuer_is_the_configured_one(issuer: Any) -> None:
    """Byte for byte; a document of somebody else is none."""
    document = {name: value for name, value in {**DOCUMENT, "issuer": issuer}.items() if value is not ...}
    with pytest.raises(LoginRefused) as refused:
        read_discovery(document, ISSUER)
    assert refused.value.reason is Reason.ISSUER


@pytest.mark.parametrize("name", BAD_URLS)
@pytest.mark.parametrize(
    "endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"]
)
def test_o31_endpoints_are_https_urls(endpoint: str, name: str) -> None:
    """When a document is read, and when a connection is saved; two of them may be missing."""
    value = BAD_URLS[name]
    document = {**DOCUMENT, endpoint: value}
    if value is None and endpoint in ("userinfo_endpoint", "end_session_endpoint"):
        assert getattr(read_discovery(document, ISSUER), endpoint) is None
        return
    with pytest.raises(LoginRefused) as refused:
        read_discovery(document, ISSUER)
    assert (refused.value.reason, refused.value.detail.split()[0]) == (Reason.PROVIDER, endpoint)
    with pytest.raises(BadTrust, match=endpoint):
        check_trust(replace(TRUST, **{endpoint: value}))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost:1234/"])
def test_o31_http_on_loopback_by_leave_only(url: str) -> None:
    """For tests; the operator lists loopback, and no other network by http."""
    assert url_problem(url) is not None
    assert url_problem(url, plain=True) is None
    assert url_problem("http://10.0.0.1/", plain=True) is not None
    assert url_problem("http://localhost.evil.example/", plain=True) is not None
    assert not Providers(Outbound()).plain


def test_o10_what_is_advertised_widens_nothing() -> None:
    """Only what a connection may allow at all is proposed; the default stays the connection's."""
    found = read_discovery(DOCUMENT, ISSUER)
    assert found.algorithms == ("RS256", "ES512")
    assert TRUST.algorithms == ("RS256", "PS256", "ES256")


def test_advice_for_administrators() -> None:
    """What is likely to go wrong is said before it does."""
    poor = {
        **DOCUMENT,
        "id_token_signing_alg_values_supported": ["HS256"],
        "code_challenge_methods_supported": "S256",
        "token_endpoint_auth_methods_supported": ["client_secret_post", 5],
    }
    assert [advice.split(";")[0] for advice in read_discovery(poor, ISSUER).advice] == [
        "it advertises no algorithm for ID tokens that is accepted here",
        "it does not say that it knows PKCE with S256",
        "it takes neither client_secret_basic nor private_key_jwt at its token endpoint",
    ]
    assert read_discovery(DOCUMENT, ISSUER).advice == ()


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in _answers("/x", "o32")])
def test_o32_discovery_is_bounded_like_everything(attack: Any) -> None:
    """Whatever stands at the well-known address."""
    with Provider() as provider:
        provider.replies["/.well-known/openid-configuration"] = attack.bent["replies"]["/x"]
        with pytest.raises(LoginRefused) as refused:
            providers().discover("account", provider.issuer)
    assert refused.value.reason is Reason.PROVIDER


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"issuer": ISSUER + "?a=b"}, "query"),
        ({"issuer": "http://op.example"}, "https"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "a\nb"}, "client_id"),
        ({"algorithms": ()}, "algorithms"),
        ({"algorithms": ("RS256", "none")}, "none"),
        ({"algorithms": ("HS256",)}, "HS256"),
        ({"scopes": ("openid email",)}, "scope"),
        ({"scopes": ("",)}, "scope"),
        ({"scopes": ('a"',)}, "scope"),
        ({"subject_claims": ()}, "subject_claims"),
        ({"subject_claims": ("sub", "sub")}, "subject_claims"),
        ({"subject_claims": ("email",)}, "email"),
        ({"subject_claims": ("sub", "preferred_username")}, "preferred_username"),
        ({"subject_claims": ("upn",)}, "upn"),
        ({"uses_userinfo": True}, "userinfo_endpoint"),
        ({"skew": timedelta(seconds=61)}, "skew"),
        ({"skew": timedelta(seconds=-1)}, "skew"),
        ({"max_age": timedelta(seconds=-1)}, "max_age"),
    ],
)
def test_what_no_connection_may_be(changed: dict[str, Any], word: str) -> None:
    """Told to whoever configures it, before anybody is locked out by it."""
    check_trust(TRUST)
    with pytest.raises(BadTrust, match=word):
        check_trust(replace(TRUST, **changed))
