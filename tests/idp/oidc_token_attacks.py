"""ID tokens that nobody, or the wrong one, has signed, or that are none at all (O-10 to O-12, T-9)."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sso.errors import Reason
from tests.idp.oidc_attack import Attack, header, reply, token
from tests.idp.oidc_provider import Provider
from tests.idp.oidc_signing import base64url, compact, ec_key, number, rsa_key

OURS, THEIRS = rsa_key(), rsa_key("theirs")
SHORT = rsa_key("short", 1024)


def _raw(name: str, content: bytes, reason: Reason = Reason.ENCODING) -> Attack:
    """A token that the provider signs, whose content is these bytes."""
    return Attack(name, reason, {"payload": lambda _: content})


def _raw_header(name: str, content: bytes, reason: Reason = Reason.ENCODING) -> Attack:
    def change(given: str) -> str:
        signed = f"{base64url(content)}.{given.split('.')[1]}"
        return f"{signed}.{base64url(OURS.sign('RS256', signed.encode()))}"

    return token(name, reason, change)


def _with(claims: bytes) -> Any:
    """The content, with something put at its beginning."""
    return lambda found: b"{" + claims + b"," + json.dumps(found).encode()[1:]


def _changed(given: str) -> str:
    """The content of somebody else under the provider's signature."""
    head, content, signature = given.split(".")
    claims = json.loads(base64.urlsafe_b64decode(content + "=="))
    return f"{head}.{base64url(json.dumps({**claims, 'sub': 'victim'}).encode())}.{signature}"


def _flipped(given: str) -> str:
    head, content, signature = given.split(".")
    return f"{head}.{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def _none(spelling: str, ending: str = "") -> Attack:
    def act(provider: Provider) -> None:
        provider.header, provider.unsigned = {"alg": spelling}, True
        provider.token = lambda given: given + ending

    return Attack(f"o10_alg_{spelling}{'_with_something' if ending else ''}", Reason.ALGORITHM, {}, act=act)


def _hmac(name: str, secret: bytes, **more: Any) -> Attack:
    return Attack(name, Reason.ALGORITHM, {"algorithm": "HS256", "signs_with": secret, **more})


def _der(given: str) -> str:
    """A signature of ECDSA as other protocols write it."""
    head, content, signature = given.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return f"{head}.{content}.{base64url(encode_dss_signature(r, s))}"


def _ec(name: str, reason: Reason, **more: Any) -> Attack:
    return Attack(name, reason, {"algorithm": "ES256", "keys": [ec_key()], **more})


def _keys(name: str, reason: Reason, jwks: Any, **more: Any) -> Attack:
    return Attack(name, reason, {"jwks": jwks, **more})


SECRET = {"kty": "oct", "k": base64url(b"s" * 32), "kid": "one", "alg": "HS256", "use": "sig"}
SYMMETRIC = {"keys": [SECRET, OURS.jwk()]}
OTHERS_SIGNATURE = compact({}, {}, OURS, "RS256").split(".")[2]
FORGED = {"signs_with": THEIRS}

TOKEN_ATTACKS = [
    # The form (T-9, RFC 7515 §5.2).
    token("t9_empty_parts", Reason.ENCODING, lambda _: ".."),
    token("t9_one_part", Reason.ENCODING, lambda given: given.split(".")[1]),
    token("t9_two_parts", Reason.ENCODING, lambda given: given.rpartition(".")[0]),
    token("t9_four_parts", Reason.ENCODING, lambda given: given + ".x"),
    token("t9_encrypted", Reason.ENCODING, lambda _: "a.b.c.d.e"),
    token("t9_letters", Reason.ENCODING, lambda _: "a.b.c"),
    token("t9_spaces", Reason.ENCODING, lambda given: f" {given}"),
    token("t9_padded", Reason.ENCODING, lambda given: given.replace(".", "=.", 1)),
    token("t9_not_ascii", Reason.ENCODING, lambda given: given + "é"),
    token("t9_long", Reason.ENCODING, lambda given: given + "A" * 70_000),
    token("t9_detached", Reason.SIGNATURE, lambda given: given.replace(given.split(".")[1], "")),
    token("t9_json_serialisation", Reason.ENCODING, lambda given: json.dumps({"payload": given.split(".")[1]})),
    _raw_header("t9_header_no_json", b"alg"),
    _raw_header("t9_header_list", b'["RS256"]'),
    _raw_header("t9_header_twice", b'{"alg": "none", "alg": "RS256", "kid": "one"}'),
    _raw_header("t9_header_not_utf8", b'{"alg": "RS256", "kid": "\xff"}'),
    _raw_header("t9_header_bom", b'\xef\xbb\xbf{"alg": "RS256"}'),
    _raw_header("t9_header_empty", b""),
    _raw_header("t9_header_deep", b'{"alg": "RS256", "kid": "one", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    _raw_header("t9_header_long", b'{"alg": "RS256", "kid": "one", "x": "' + b"x" * 17_000 + b'"}'),
    _raw("t9_content_empty", b""),
    _raw("t9_content_no_json", b"sub=victim"),
    _raw("t9_content_list", b"[]"),
    _raw("t9_content_text", b'"victim"'),
    _raw("t9_content_null", b"null"),
    _raw("t9_content_not_utf8", b'{"sub": "\xff"}'),
    _raw("t9_content_utf16", '{"sub": "x"}'.encode("utf-16")),
    _raw("t9_content_two_objects", b"{}{}"),
    _raw("t9_content_deep", b'{"x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    _raw("t9_content_rather_deep", b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}"),
    Attack("t9_sub_twice", Reason.ENCODING, {"payload": _with(b'"sub": "victim"')}),
    Attack("t9_iss_twice", Reason.ENCODING, {"payload": _with(b'"iss": "https://evil.example"')}),
    Attack("t9_nonce_twice", Reason.ENCODING, {"payload": _with(b'"nonce": "x"')}),
    Attack("t9_nan", Reason.ENCODING, {"payload": _with(b'"x": NaN')}),
    Attack("t9_infinity", Reason.ENCODING, {"payload": _with(b'"x": -Infinity')}),
    Attack("t9_infinite_float", Reason.ENCODING, {"payload": _with(b'"x": 1e999')}),
    Attack("t9_number_of_many_digits", Reason.ENCODING, {"payload": _with(b'"x": ' + b"9" * 5000)}),
    Attack("t9_half_a_surrogate_pair", Reason.ENCODING, {"payload": _with(b'"x": "\\ud800"')}),
    Attack("t9_half_a_pair_in_a_name", Reason.ENCODING, {"payload": _with(b'"\\udfff": 1')}),
    # Algorithms (O-10, RFC 8725 §3.1).
    *(_none(one) for one in ("none", "None", "NONE", "nOnE", "none ")),
    _none("none", "AAAA"),
    header("o10_alg_missing", Reason.ALGORITHM, alg=...),
    header("o10_alg_null", Reason.ALGORITHM, alg=None),
    header("o10_alg_number", Reason.ALGORITHM, alg=256),
    header("o10_alg_list", Reason.ALGORITHM, alg=["RS256"]),
    header("o10_alg_object", Reason.ALGORITHM, alg={"RS256": 1}),
    header("o10_alg_empty", Reason.ALGORITHM, alg=""),
    header("o10_alg_small", Reason.ALGORITHM, alg="rs256"),
    header("o10_alg_space", Reason.ALGORITHM, alg="RS256 "),
    header("o10_alg_eddsa", Reason.ALGORITHM, alg="EdDSA"),
    header("o10_alg_es256k", Reason.ALGORITHM, alg="ES256K"),
    Attack("o10_alg_not_listed", Reason.ALGORITHM, {"algorithm": "RS512"}),
    Attack(
        "o10_alg_only_advertised",
        Reason.ALGORITHM,
        {"algorithm": "RS384", "discovery": {"id_token_signing_alg_values_supported": ["RS384"]}},
    ),
    Attack("o10_alg_no_longer_allowed", Reason.ALGORITHM, {}, {"algorithms": ("ES256",)}),
    _hmac("o10_hs256_public_key", OURS.public_pem()),
    _hmac("o10_hs256_modulus", base64.urlsafe_b64decode(OURS.jwk()["n"] + "==")),
    _hmac("o10_hs256_client_secret", "a secret & its client's: ünïcode+".encode()),
    _hmac("o10_hs256_empty_secret", b""),
    _hmac(
        "o10_hs256_advertised_with_symmetric_keys",
        b"s" * 32,
        jwks=SYMMETRIC,
        discovery={"id_token_signing_alg_values_supported": ["HS256"]},
    ),
    Attack(
        "o10_hs256_allowed_by_mistake",
        Reason.ALGORITHM,
        {"algorithm": "HS256", "signs_with": b"s" * 32, "jwks": SYMMETRIC},
        {"algorithms": ("HS256", "RS256")},
    ),
    header("o10_ps256_of_an_rs256_signature", Reason.SIGNATURE, alg="PS256"),
    header("o10_es256_of_an_rsa_key", Reason.SIGNATURE, alg="ES256"),
    _ec("o10_rs256_of_an_ec_key", Reason.SIGNATURE, header={"alg": "RS256"}),
    _ec("o10_es256_on_another_curve", Reason.SIGNATURE, keys=[ec_key("ec", "P-384")]),
    _ec("o10_es256_der", Reason.SIGNATURE, token=_der),
    _ec("o10_es256_zeros", Reason.SIGNATURE, token=lambda given: f"{given.rpartition('.')[0]}.{base64url(bytes(64))}"),
    # Headers (O-11, RFC 8725 §3.10, RFC 7515 §4.1.11).
    header("o11_crit", Reason.ALGORITHM, crit=["exp"], exp=1),
    header("o11_crit_empty", Reason.ALGORITHM, crit=[]),
    header("o11_crit_null", Reason.ALGORITHM, crit=None),
    header("o11_crit_b64", Reason.ALGORITHM, crit=["b64"], b64=False),
    header("o11_b64", Reason.ALGORITHM, b64=False),
    header("o11_b64_true", Reason.ALGORITHM, b64=True),
    header("o11_zip", Reason.ALGORITHM, zip="DEF"),
    header("o11_kid_number", Reason.SIGNATURE, kid=1),
    header("o11_kid_null", Reason.SIGNATURE, kid=None),
    header("o11_kid_list", Reason.SIGNATURE, kid=["one"]),
    header("o11_kid_object", Reason.SIGNATURE, kid={"one": 1}),
    header("o11_kid_truth", Reason.SIGNATURE, kid=True),
    header("o11_kid_empty", Reason.SIGNATURE, kid=""),
    header("o11_kid_path", Reason.SIGNATURE, kid="../../../../dev/null"),
    header("o11_kid_sql", Reason.SIGNATURE, kid="' OR '1'='1"),
    header("o11_kid_nul", Reason.SIGNATURE, kid="one\0"),
    header("o11_kid_capitals", Reason.SIGNATURE, kid="ONE"),
    header("o11_kid_long", Reason.SIGNATURE, kid="x" * 10_000),
    Attack("o11_jku", Reason.SIGNATURE, FORGED | {"header": {"kid": "one", "jku": "https://evil.example/jwks"}}),
    Attack("o11_x5u", Reason.SIGNATURE, FORGED | {"header": {"kid": "one", "x5u": "https://evil.example/x5u"}}),
    Attack("o11_jwk", Reason.SIGNATURE, FORGED | {"header": {"kid": "one", "jwk": THEIRS.jwk()}}),
    Attack("o11_jwk_of_its_own_kid", Reason.SIGNATURE, FORGED | {"header": {"jwk": THEIRS.jwk()}}),
    Attack("o11_x5c", Reason.SIGNATURE, FORGED | {"header": {"kid": "one", "x5c": ["MIIB"]}}),
    header("o19_typ_logout", Reason.STRUCTURE, typ="logout+jwt"),
    header("o19_typ_access_token", Reason.STRUCTURE, typ="at+jwt"),
    header("o19_typ_application", Reason.STRUCTURE, typ="application/logout+jwt"),
    header("o19_typ_number", Reason.STRUCTURE, typ=1),
    header("o19_typ_null", Reason.STRUCTURE, typ=None),
    header("o19_typ_empty", Reason.STRUCTURE, typ=""),
    # Signatures (O-38: bad signature).
    Attack("o38_another_key_of_the_same_kid", Reason.SIGNATURE, FORGED | {"header": {"kid": "one"}}),
    Attack("o38_unknown_kid", Reason.SIGNATURE, FORGED),
    Attack("o38_no_kid_and_another_key", Reason.SIGNATURE, FORGED | {"header": {"kid": ...}}),
    token("o38_bit_flipped", Reason.SIGNATURE, _flipped),
    token("o38_signature_missing", Reason.SIGNATURE, lambda given: given.rpartition(".")[0] + "."),
    token("o38_signature_cut", Reason.SIGNATURE, lambda given: given[:-8]),
    token("o38_signature_no_base64", Reason.SIGNATURE, lambda given: given[:-4] + "+/+="),
    token("o38_content_changed", Reason.SIGNATURE, _changed),
    token("o38_signature_of_another", Reason.SIGNATURE, lambda one: f"{one.rpartition('.')[0]}.{OTHERS_SIGNATURE}"),
    # Keys (O-11, O-38: kid absent with several keys).
    Attack("o38_no_kid_and_several_keys", Reason.SIGNATURE, {"keys": [OURS, THEIRS], "header": {"kid": ...}}),
    _keys("o11_two_keys_of_one_kid", Reason.SIGNATURE, {"keys": [OURS.jwk(), THEIRS.jwk(kid="one")]}),
    _keys("o11_key_for_encryption", Reason.PROVIDER, {"keys": [OURS.jwk(use="enc")]}),
    _keys("o11_key_of_no_use", Reason.PROVIDER, {"keys": [OURS.jwk(use=None)]}),
    _keys("o11_key_ops", Reason.PROVIDER, {"keys": [OURS.jwk(key_ops=["encrypt"])]}),
    _keys("o11_key_ops_number", Reason.PROVIDER, {"keys": [OURS.jwk(key_ops=5)]}),
    _keys("o11_key_of_another_algorithm", Reason.SIGNATURE, {"keys": [OURS.jwk(alg="RS512")]}),
    _keys("o11_key_of_no_algorithm", Reason.PROVIDER, {"keys": [OURS.jwk(alg="RSA-OAEP")]}),
    _keys("o11_key_alg_list", Reason.PROVIDER, {"keys": [OURS.jwk(alg=["RS256"])]}),
    _keys("o11_kid_of_a_key_number", Reason.PROVIDER, {"keys": [OURS.jwk(kid=1)]}),
    _keys("o11_short_key", Reason.PROVIDER, {"keys": [SHORT.jwk(kid="one")]}, signs_with=SHORT, header={"kid": "one"}),
    _keys("o11_huge_key", Reason.PROVIDER, {"keys": [OURS.jwk(n=number((1 << 9000) + 1))]}),
    _keys("o11_enormous_key", Reason.PROVIDER, {"keys": [OURS.jwk(n="x" * 900_000)]}),
    _keys("o11_exponent_of_one", Reason.PROVIDER, {"keys": [OURS.jwk(e="AQ")]}),
    _keys("o11_broken_modulus", Reason.PROVIDER, {"keys": [OURS.jwk(n="!!!")]}),
    _keys("o11_modulus_number", Reason.PROVIDER, {"keys": [OURS.jwk(n=7)]}),
    _keys("o11_modulus_missing", Reason.PROVIDER, {"keys": [OURS.jwk(n=...)]}),
    _keys("o11_point_off_the_curve", Reason.PROVIDER, {"keys": [ec_key().jwk(x=base64url(bytes(32)))]}),
    _keys("o11_unknown_curve", Reason.PROVIDER, {"keys": [ec_key().jwk(crv="secp256k1")]}),
    _keys("o11_kty_list", Reason.PROVIDER, {"keys": [OURS.jwk(kty=["RSA"])]}),
    _keys("o11_only_symmetric", Reason.PROVIDER, {"keys": [SECRET]}),
    _keys("o11_only_edwards", Reason.PROVIDER, {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}),
    _keys("o11_no_keys", Reason.PROVIDER, {"keys": []}),
    _keys("o11_keys_missing", Reason.PROVIDER, {}),
    _keys("o11_keys_object", Reason.PROVIDER, {"keys": {"one": OURS.jwk()}}),
    _keys("o11_keys_texts", Reason.PROVIDER, {"keys": ["one", 1, None]}),
    _keys("o11_keys_list", Reason.PROVIDER, [OURS.jwk()]),
    _keys("o11_too_many_keys", Reason.PROVIDER, {"keys": [OURS.jwk()] * 51}),
    Attack("o11_keys_twice", Reason.PROVIDER, {"replies": {"/jwks": reply(b'{"keys": [], "keys": []}')}}),
]
