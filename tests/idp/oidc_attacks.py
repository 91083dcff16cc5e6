"""All ways to misbehave: of the browser's answer and of the provider's addresses, and those of tokens.

O-3 to O-7, O-17, O-18, O-32.
"""

from __future__ import annotations

import gzip
from typing import Any

from sso.errors import Reason
from tests.idp.oidc_attack import Attack, Pairs, callback, replied, reply
from tests.idp.oidc_claim_attacks import CLAIM_ATTACKS
from tests.idp.oidc_server import Reply
from tests.idp.oidc_token_attacks import TOKEN_ATTACKS

MIB = 1024 * 1024
USERINFO = {"uses_userinfo": True}
ELSEWHERE = "http://127.0.0.1:9/token"


def _other(pairs: Pairs, **changed: Any) -> Pairs:
    """The parameters, some of them changed, added or (``...``) left out."""
    found: dict[str, Any] = {**dict(pairs), **changed}
    return [(name, value) for name, value in found.items() if value is not ...]


def _answers(path: str, number: str, **trust: Any) -> list[Attack]:
    """What any address may answer instead of a JSON object."""
    replies = {
        "empty": reply(b""),
        "page": reply(b"<html>sign in</html>"),
        "list": reply([]),
        "null": reply(None),
        "text": reply("x"),
        "not_utf8": reply(b'{"sub": "\xff"}'),
        "twice": reply(b'{"sub": "a", "sub": "b"}'),
        "nan": reply(b'{"x": NaN}'),
        "deep": reply(b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "huge": reply(b'{"x": "' + b"x" * (MIB + 1) + b'"}'),
        "compressed": reply(gzip.compress(b"x" * 20 * MIB), Content_Encoding="gzip"),
        "moved": Reply(302, b"", {"Location": ELSEWHERE}),
        "moved_with_its_body": Reply(307, b"", {"Location": ELSEWHERE}),
        "no_content": Reply(204),
        "error": Reply(500, b"oops"),
        "unavailable": Reply(503, b"{}"),
        "not_found": Reply(404, b"{}"),
        "cut_off": Reply(200, b'{"sub":', {"Content-Type": "application/json", "Content-Length": "1000"}),
        "broken_chunks": Reply(200, b"zz\r\n{}", {"Transfer-Encoding": "chunked"}),
    }
    return [
        replied(path, f"{number}_{path[1:]}_{name}", Reason.PROVIDER, one, **trust) for name, one in replies.items()
    ]


def _token_answer(name: str, reason: Reason, **changed: Any) -> Attack:
    return Attack(name, reason, {"token_answer": changed})


def _userinfo(name: str, **changed: Any) -> Attack:
    return Attack(name, Reason.SUBJECT, {"userinfo": changed}, USERINFO)


ANSWER_ATTACKS = [
    callback("o4_state_missing", Reason.REQUEST, lambda pairs: _other(pairs, state=...)),
    callback("o4_state_empty", Reason.REQUEST, lambda pairs: _other(pairs, state="")),
    callback("o4_state_other", Reason.REQUEST, lambda pairs: _other(pairs, state="x" * 43)),
    callback("o4_state_longer", Reason.REQUEST, lambda pairs: [*_other(pairs, state=dict(pairs)["state"] + "x")]),
    callback("o4_state_not_ascii", Reason.REQUEST, lambda pairs: _other(pairs, state="ü")),
    callback("o4_state_twice", Reason.REQUEST, lambda pairs: [*pairs, ("state", "x")]),
    callback("o4_state_twice_alike", Reason.REQUEST, lambda pairs: [*pairs, ("state", dict(pairs)["state"])]),
    callback("o4_error_without_state", Reason.REQUEST, lambda _: [("error", "access_denied")]),
    callback("o4_error", Reason.STATUS, lambda pairs: _other(pairs, code=..., error="access_denied")),
    callback(
        "o4_error_with_markup",
        Reason.STATUS,
        lambda pairs: _other(pairs, code=..., error="<b>\r\n\x1b[31m", error_description="<script>\u202e" * 100),
    ),
    callback("o4_error_and_code", Reason.STATUS, lambda pairs: _other(pairs, error="access_denied")),
    callback("o5_iss_missing", Reason.ISSUER, lambda pairs: _other(pairs, iss=...)),
    callback("o5_iss_empty", Reason.ISSUER, lambda pairs: _other(pairs, iss="")),
    callback("o5_iss_other", Reason.ISSUER, lambda pairs: _other(pairs, iss="https://evil.example")),
    callback("o5_iss_slash", Reason.ISSUER, lambda pairs: _other(pairs, iss=dict(pairs)["iss"] + "/")),
    callback("o5_iss_twice", Reason.FORM, lambda pairs: [*pairs, ("iss", "https://evil.example")]),
    callback("o5_iss_of_an_error", Reason.ISSUER, lambda pairs: _other(pairs, error="x", iss="https://evil.example")),
    Attack(
        "o5_iss_other_where_none_is_promised",
        Reason.ISSUER,
        {"names_itself": False, "callback": lambda pairs: [*pairs, ("iss", "https://evil.example")]},
    ),
    callback("o4_code_missing", Reason.FORM, lambda pairs: _other(pairs, code=...)),
    callback("o4_code_empty", Reason.FORM, lambda pairs: _other(pairs, code="")),
    callback("o4_code_twice", Reason.FORM, lambda pairs: [*pairs, ("code", "x")]),
    callback("o4_code_long", Reason.FORM, lambda pairs: _other(pairs, code="x" * 5000)),
    callback("o4_code_other", Reason.STATUS, lambda pairs: _other(pairs, code="x")),
    callback("o1_id_token_in_front", Reason.FORM, lambda pairs: _other(pairs, id_token="x.y.z")),
    callback("o1_access_token_in_front", Reason.FORM, lambda pairs: _other(pairs, access_token="x")),
    callback("o1_response_object", Reason.FORM, lambda pairs: _other(pairs, response="x.y.z")),
    *_answers("/token", "o32"),
    *_answers("/jwks", "o32"),
    *_answers("/userinfo", "o32", **USERINFO),
    replied("/token", "o33_error", Reason.STATUS, reply({"error": "invalid_grant"}, 400)),
    replied("/token", "o33_client_refused", Reason.STATUS, reply({"error": "invalid_client"}, 401)),
    replied("/token", "o33_error_without_a_word", Reason.PROVIDER, reply({}, 400)),
    replied("/token", "o33_error_as_a_page", Reason.PROVIDER, reply(b"<html>", 400)),
    replied("/token", "o33_error_object", Reason.PROVIDER, reply({"error": {"a": 1}}, 400)),
    replied("/token", "o33_error_with_tokens", Reason.STATUS, reply({"error": "x", "id_token": "a.b.c"}, 400)),
    _token_answer("o17_id_token_missing", Reason.STRUCTURE, id_token=...),
    _token_answer("o17_id_token_null", Reason.STRUCTURE, id_token=None),
    _token_answer("o17_id_token_empty", Reason.STRUCTURE, id_token=""),
    _token_answer("o17_id_token_number", Reason.STRUCTURE, id_token=1),
    _token_answer("o17_id_token_list", Reason.STRUCTURE, id_token=["x"]),
    _token_answer("o17_id_token_object", Reason.STRUCTURE, id_token={"sub": "victim"}),
    _token_answer("o17_access_token_number", Reason.STRUCTURE, access_token=1),
    _token_answer("o17_access_token_line_break", Reason.STRUCTURE, access_token="a\r\nHost: evil"),
    _token_answer("o17_access_token_not_ascii", Reason.STRUCTURE, access_token="ü"),
    _token_answer("o17_access_token_other", Reason.SIGNATURE, access_token="other"),
    _userinfo("o18_sub_other", sub="victim"),
    _userinfo("o18_sub_missing", sub=...),
    _userinfo("o18_sub_null", sub=None),
    _userinfo("o18_sub_number", sub=248289761001),
    _userinfo("o18_sub_list", sub=["248289761001"]),
    _userinfo("o18_sub_space", sub="248289761001 "),
    replied("/userinfo", "o18_refused", Reason.PROVIDER, reply({"error": "invalid_token"}, 401), **USERINFO),
    replied("/userinfo", "o18_as_a_token", Reason.PROVIDER, reply(b"a.b.c", kind="application/jwt"), **USERINFO),
    replied("/userinfo", "o18_of_no_kind", Reason.PROVIDER, Reply(200, b'{"sub": "248289761001"}'), **USERINFO),
    Attack(
        "o18_without_access_token",
        Reason.STRUCTURE,
        {"token_answer": {"access_token": ...}, "claims": {"at_hash": ...}},
        USERINFO,
    ),
]

ATTACKS = [*ANSWER_ATTACKS, *TOKEN_ATTACKS, *CLAIM_ATTACKS]
