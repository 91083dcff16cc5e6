"""ID tokens whose signature is good, and whose claims are not (O-13 to O-19)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from sso.errors import Reason
from tests.idp.oidc_attack import Attack, claims
from tests.idp.oidc_provider import FromNow
from tests.idp.oidc_signing import at_hash

HOUR = {"max_age": timedelta(hours=1)}
ENTRA = {"subject_claims": ("tid", "oid")}
STRONG = {"contexts": ("urn:example:mfa",)}
PROVEN = {"methods": ("mfa", "hwk")}
MOMENT = int(time.time())
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def _each(number: str, claim: str, reason: Reason, values: dict[str, Any], **trust: Any) -> list[Attack]:
    return [claims(f"{number}_{claim}_{name}", reason, trust=trust, **{claim: value}) for name, value in values.items()]


NO_TIMES: dict[str, Any] = {
    "null": None,
    "text": str(MOMENT + 60),
    "truth": True,
    "list": [MOMENT],
    "object": {"seconds": MOMENT},
    "negative": -1,
    "beyond": 10**12,
    "beyond_others": 10**19,
    "beyond_datetime": 253402300800,
}

CLAIM_ATTACKS = [
    *_each("o33", "exp", Reason.ENCODING, {"beyond_floats": 10**400, "beyond_64_bits": 2**64}),
    *_each(
        "o33",
        "anything",
        Reason.ENCODING,
        {"huge": 10**30, "huge_below_zero": -(2**63) - 1, "nested": {"x": [10**30]}},
    ),
    *_each("s30", "acr", Reason.CONTEXT, {"long": "x" * 256, "nul": "\0", "two_lines": "a\nb", "bidi": "\u202e"}),
    *_each(
        "o13",
        "iss",
        Reason.ISSUER,
        {
            "missing": ...,
            "null": None,
            "empty": "",
            "other": "https://evil.example",
            "number": 1,
            "list": ["https://evil.example"],
            "object": {},
        },
    ),
    *_each(
        "o14",
        "aud",
        Reason.AUDIENCE,
        {
            "missing": ...,
            "null": None,
            "empty": "",
            "other": "someone-else",
            "prefix": "muster-evil",
            "capitals": "MUSTER",
            "spaces": "muster other",
            "number": 5,
            "object": {"muster": True},
            "no_members": [],
            "others": ["a", "b"],
            "nested": [["muster"]],
            "with_a_number": ["muster", 5],
            "several_without_azp": ["muster", "other"],
        },
    ),
    *_each("o14", "azp", Reason.AUDIENCE, {"other": "other", "null": None, "empty": "", "list": ["muster"]}),
    claims("o14_aud_other_azp_us", Reason.AUDIENCE, aud="someone-else", azp="muster"),
    claims("o14_several_with_azp_other", Reason.AUDIENCE, aud=["muster", "other"], azp="other"),
    *_each("o15", "exp", Reason.TIME, {"missing": ..., "past": FromNow(-120), "zero": 0, **NO_TIMES}),
    *_each(
        "o15",
        "iat",
        Reason.TIME,
        {"missing": ..., "yet_to_come": FromNow(3600), "old": FromNow(-900), "zero": 0, **NO_TIMES},
    ),
    *_each("o15", "nbf", Reason.TIME, {"yet_to_come": FromNow(3600), **NO_TIMES}),
    *_each("o15", "auth_time", Reason.TIME, {"yet_to_come": FromNow(3600), **NO_TIMES}),
    *_each("o15", "auth_time", Reason.TIME, {"missing_for_max_age": ..., "too_old": FromNow(-4000)}, **HOUR),
    *_each(
        "o15",
        "nonce",
        Reason.REQUEST,
        {
            "missing": ...,
            "null": None,
            "empty": "",
            "other": "x" * 43,
            "number": 7,
            "list": ["x"],
            "truth": True,
            "not_ascii": "nönce",
        },
    ),
    *_each(
        "o16",
        "sub",
        Reason.SUBJECT,
        {
            "missing": ...,
            "null": None,
            "empty": "",
            "space": " ",
            "long": "x" * 256,
            "very_long": "x" * 4000,
            "not_ascii": "mallörý",
            "number": 248289761001,
            "list": ["a"],
            "object": {},
            "truth": True,
            "line_break": "a\nb",
            "nul": "a\0",
            "delete": "a\x7f",
        },
    ),
    *(
        claims(f"o16_oid_{name}", Reason.SUBJECT, trust=ENTRA, tid="t", oid=value)
        for name, value in {"missing": ..., "number": 1, "joins": "a|b", "empty": "", "long": "x" * 255}.items()
    ),
    claims("o16_sub_long_beside_oid", Reason.SUBJECT, trust=ENTRA, tid="t", oid="o", sub="x" * 256),
    *_each("o16", "sid", Reason.SUBJECT, {"number": 1, "null": None, "empty": "", "long": "x" * 256, "break": "a\n"}),
    *_each(
        "o17",
        "at_hash",
        Reason.SIGNATURE,
        {
            "wrong": at_hash("another", "RS256"),
            "empty": "",
            "null": None,
            "number": 1,
            "list": [],
            "not_ascii": "ünï",
            "whole_digest": "x" * 43,
        },
    ),
    Attack("o17_at_hash_without_access_token", Reason.SIGNATURE, {"token_answer": {"access_token": ...}}),
    claims("o19_logout_token", Reason.STRUCTURE, events={EVENT: {}}),
    claims("o19_logout_token_null", Reason.STRUCTURE, events=None),
    *_each(
        "s30",
        "acr",
        Reason.CONTEXT,
        {"missing": ..., "weaker": "urn:example:password", "null": None, "list": ["urn:example:mfa"], "object": {}},
        **STRONG,
    ),
    *_each(
        "s30",
        "amr",
        Reason.CONTEXT,
        {"missing": ..., "weaker": ["pwd"], "null": None, "text": "mfa", "object": {"mfa": 1}, "nested": [["mfa"]]},
        **PROVEN,
    ),
]
