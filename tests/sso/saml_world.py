"""One SAML connection, its provider, and a clock that stands still: what the tests of SAML share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sso.checks import Checklist
from sso.errors import LoginRefused, Reason
from sso.model import Assertion, SamlTrust, ServiceProvider
from sso.saml import verify
from tests.idp.saml_idp import SamlIdp
from tests.idp.saml_keys import rsa_pair

# Far from any real clock: nothing may look at another one.
NOW = datetime(2031, 5, 17, 12, 0, tzinfo=UTC)
REQUEST = "_0123456789abcdef0123456789abcdef01234567"
OURS, ATTACKER = rsa_pair("muster"), rsa_pair("attacker")
IDP = SamlIdp()
SP = ServiceProvider(
    entity_id="https://muster.example/sso/7/metadata",
    acs_url="https://muster.example/sso/7/acs",
    logout_url="https://muster.example/sso/7/logout",
    keys=(OURS.key,),
    certificates=(OURS.certificate,),
)
TRUST = SamlTrust(
    entity_id=IDP.entity_id,
    sso_url="https://idp.example/sso?tenant=1&kind=web",
    certificates=(IDP.keys.certificate,),
    logout_url="https://idp.example/slo",
)


def answer(**more: object) -> str:
    """What the provider answers to our request."""
    return IDP.answer(SP, REQUEST, NOW, **more)


def accepted(message: str, *, now: datetime = NOW, request_id: str | None = REQUEST, **changes: object) -> Assertion:
    """What a response vouches for, on a connection that differs from the usual one as said."""
    return verify(message, replace(TRUST, **changes), SP, request_id, now)  # type: ignore[arg-type]


def refused(
    message: str,
    *,
    now: datetime = NOW,
    request_id: str | None = REQUEST,
    provider: ServiceProvider = SP,
    checks: Checklist | None = None,
    **changes: object,
) -> Reason:
    """Why a response is refused; anything else than a refusal fails the test."""
    with pytest.raises(LoginRefused) as caught:
        verify(message, replace(TRUST, **changes), provider, request_id, now, checks)  # type: ignore[arg-type]
    assert caught.value.detail
    return caught.value.reason
