"""Every way in which a provider may misbehave is refused for its reason, and never with another exception.

Over real HTTP, from the authorization request to the assertion. Beside the attacks stand the answers that look
unusual and are good, so that whoever refuses everything does not pass.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.services.openid_providers import Providers
from sso import oidc
from sso.errors import LoginRefused
from sso.model import Verdict
from tests.idp.oidc_attack import Attack, claims, header
from tests.idp.oidc_attacks import ATTACKS
from tests.idp.oidc_provider import FromNow, Provider
from tests.idp.oidc_sign_in import providers, sign_in
from tests.idp.oidc_signing import ec_key, rsa_key

OURS, OTHER = rsa_key(), rsa_key("theirs")
NO = None  # these are not refused


def good(name: str, /, trust: dict[str, Any] | None = None, **bent: Any) -> Attack:
    """Something unusual that is in order."""
    return Attack(name, NO, bent, trust or {})  # type: ignore[arg-type]


GOOD = [
    good("usual"),
    good("no_iss_in_the_answer", names_itself=False),
    good("es256", algorithm="ES256", keys=[ec_key()]),
    good("ps256", algorithm="PS256"),
    good("rs512_where_it_is_allowed", {"algorithms": ("RS512",)}, algorithm="RS512"),
    good("es512_where_it_is_allowed", {"algorithms": ("ES512",)}, algorithm="ES512", keys=[ec_key("ec", "P-521")]),
    good("o38_no_kid_and_one_key", header={"kid": ...}),
    good("o38_no_kid_and_one_key_of_that_type", keys=[OURS, ec_key()], header={"kid": ...}),
    good("o11_key_without_kid", keys=[rsa_key(None)]),
    good("o11_one_key_listed_twice", jwks={"keys": [OURS.jwk(), OURS.jwk(alg="RS256")]}),
    good("o11_key_of_no_stated_use", jwks={"keys": [OURS.jwk(use=...)]}),
    good("o11_others_besides", jwks={"keys": [{"kty": "OKP", "crv": "Ed25519"}, 5, OURS.jwk(use="enc"), OURS.jwk()]}),
    good("o11_addresses_of_keys_are_not_looked_at", header={"jku": "https://evil.example", "x5c": ["x" * 2000]}),
    good("o11_other_headers", header={"x5t": "abc", "origin": "somewhere", "cty": "x"}),
    good("o19_typ_missing", header={"typ": ...}),
    good("o19_typ_small", header={"typ": "jwt"}),
    good("o19_typ_application", header={"typ": "application/JWT"}),
    claims("o14_several_with_azp", NO, aud=["other", "muster"], azp="muster"),  # type: ignore[arg-type]
    claims("o14_list_of_one", NO, aud=["muster"]),  # type: ignore[arg-type]
    claims("o15_just_over", NO, exp=FromNow(-20)),  # type: ignore[arg-type]
    claims("o15_clock_ahead", NO, iat=FromNow(30), nbf=FromNow(30), auth_time=FromNow(30)),  # type: ignore[arg-type]
    claims("o15_fractions", NO, iat=FromNow(0.5), exp=FromNow(60.25)),  # type: ignore[arg-type]
    claims("o15_far_end", NO, exp=FromNow(10**8)),  # type: ignore[arg-type]
    claims("o15_no_auth_time", NO, auth_time=...),  # type: ignore[arg-type]
    claims("o16_sub_of_255", NO, sub="x" * 255),  # type: ignore[arg-type]
    claims("o17_no_at_hash", NO, at_hash=...),  # type: ignore[arg-type]
    claims("l1_entra", NO, {"subject_claims": ("tid", "oid")}, tid="t", oid="o"),  # type: ignore[arg-type]
    claims("o33_64_bits", NO, most=2**64 - 1, least=-(2**63)),  # type: ignore[arg-type]
    claims("s30_context_of_255", NO, acr="x" * 255),  # type: ignore[arg-type]
    claims("s30_context", NO, {"contexts": ("mfa", "urn:x")}, acr="mfa"),  # type: ignore[arg-type]
    claims("s30_methods", NO, {"methods": ("mfa", "hwk")}, amr=["pwd", "hwk"]),  # type: ignore[arg-type]
    claims("unknown_claims", NO, _claim_names={"groups": "src1"}, x={"a": [{"b": None}]}),  # type: ignore[arg-type]
    header("kid_stays", NO, kid="one"),  # type: ignore[arg-type]
    good("o18_userinfo", {"uses_userinfo": True}),
]


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in ATTACKS])
def test_misbehaviour_is_refused(attack: Attack) -> None:
    """For its reason, noted as the one check that failed."""
    checks = oidc.checklist()
    with Provider() as provider:
        attack.bend(provider)
        with pytest.raises(LoginRefused) as refused:
            sign_in(provider, trust=provider.trust(**attack.trust), checks=checks)
    assert refused.value.reason is attack.reason, refused.value.detail
    assert refused.value.detail.isprintable(), "a trace has one line each"
    assert len(refused.value.detail) < 1000
    assert [one.detail for one in checks.checks if one.verdict is Verdict.FAILED] == [refused.value.detail]


@pytest.mark.parametrize("case", [pytest.param(one, id=one.name) for one in GOOD])
def test_the_unusual_is_accepted(case: Attack) -> None:
    """What specifications allow and providers do."""
    checks = oidc.checklist()
    with Provider() as provider:
        case.bend(provider)
        assertion = sign_in(provider, trust=provider.trust(**case.trust), checks=checks)
    assert assertion.protocol == "oidc"
    assert assertion.issuer == provider.issuer
    assert assertion.attributes["email"] == ("mallory@acme.example",)
    assert not [one for one in checks.checks if one.verdict is Verdict.FAILED]
    assert next(one for one in checks.checks if one.name == "subject").verdict is Verdict.PASSED


def test_o33_methods_that_do_not_print_are_left_out() -> None:
    """They are no reason to turn anybody away; and no database has to hold them."""
    with Provider() as provider:
        provider.claims = {"amr": ["pwd", "\0", "", "a\nb", "\u202e", "otp"]}
        assert sign_in(provider).methods == ("pwd", "otp")


def test_there_are_many_attacks_each_of_its_own_name() -> None:
    """Names are what a failure shows."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) > 250


def test_nothing_is_left_behind_by_an_attack() -> None:
    """Whoever misbehaved may sign people in again, with the same memory of keys."""
    known: Providers = providers()
    with Provider() as provider:
        before = sign_in(provider, known)
        for attack in ATTACKS[:30]:
            with Provider() as other:
                attack.bend(other)
                with pytest.raises(LoginRefused):
                    sign_in(other, known, other.trust(**attack.trust))
        assert sign_in(provider, providers()).subject == before.subject
