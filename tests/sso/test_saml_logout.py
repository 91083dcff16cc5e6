"""Single logout by redirect: signed over the octets as they came, bounded, for one connection (S-45 to S-47)."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import quote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from sso.errors import LoginRefused, Reason
from sso.model import NameId, SamlTrust, ServiceProvider
from sso.saml_logout import answer_logout, begin_logout, read_request, read_response
from tests.idp.saml_idp import MORE, PERSISTENT, SAML, SAMLP, Change, Signing, Tree, add, changed, sign, stamp, the
from tests.idp.saml_keys import KeyPair, ec_pair, opened, rsa_pair
from tests.sso.saml_world import ATTACKER, IDP, NOW, OURS, REQUEST, SP, TRUST

RSA256 = f"{MORE}rsa-sha256"
# We towards the provider and the provider towards us, the other way round: what one side says the other reads.
THEM = ServiceProvider(IDP.entity_id, "https://idp.example/acs", "https://idp.example/slo", (IDP.keys.key,))
US = SamlTrust(SP.entity_id, "https://x.example", (OURS.certificate,), logout_url=SP.logout_url)


def _message(kind: str, bend: Change | None = None) -> Tree:
    root = etree.Element(f"{{{SAMLP}}}{kind}", nsmap={"samlp": SAMLP, "saml": SAML})
    root.attrib.update({"ID": "_l1", "Version": "2.0", "IssueInstant": stamp(NOW), "Destination": SP.logout_url})
    add(root, "saml:Issuer", IDP.entity_id)
    if kind == "LogoutRequest":
        root.set("NotOnOrAfter", stamp(NOW + timedelta(minutes=5)))
        add(root, "saml:NameID", "u-17", Format=PERSISTENT, NameQualifier="q", SPNameQualifier=SP.entity_id)
        add(root, "samlp:SessionIndex", "_s1")
    else:
        root.set("InResponseTo", REQUEST)
        add(add(root, "samlp:Status"), "samlp:StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Success")
    return changed(root, bend)


def _deflated(content: bytes) -> str:
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(machine.compress(content) + machine.flush()).decode()


def _signature(signed: bytes, keys: KeyPair, algorithm: str) -> str:
    key = opened(keys.key)
    digest = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}.get(algorithm[-3:], hashes.SHA1)()
    if isinstance(key, rsa.RSAPrivateKey):
        raw = key.sign(signed, padding.PKCS1v15(), digest)
    else:
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        half = (key.curve.key_size + 7) // 8
        raw = b"".join(number.to_bytes(half) for number in decode_dss_signature(key.sign(signed, ec.ECDSA(digest))))
    return base64.b64encode(raw).decode()


def _query(
    kind: str = "LogoutRequest",
    bend: Change | None = None,
    *,
    keys: KeyPair = IDP.keys,
    algorithm: str = RSA256,
    relay_state: str | None = "a state",
    text: str | None = None,
    coded: Callable[[str], str] = lambda value: quote(value, safe=""),
    is_signed: bool = True,
) -> str:
    """The query of an address, as a provider writes it."""
    name = "SAMLRequest" if kind == "LogoutRequest" else "SAMLResponse"
    message = _deflated(etree.tostring(_message(kind, bend))) if text is None else text
    parts = [f"{name}={coded(message)}"]
    if relay_state is not None:
        parts.append(f"RelayState={coded(relay_state)}")
    if is_signed:
        parts.append(f"SigAlg={coded(algorithm)}")
        parts.append(f"Signature={coded(_signature('&'.join(parts).encode(), keys, algorithm))}")
    return "&".join(parts)


def _refused(query: str, kind: str = "LogoutRequest", **changes: object) -> Reason:
    trust = replace(TRUST, **changes)  # type: ignore[arg-type]
    read = read_request if kind == "LogoutRequest" else partial(read_response, request_id=REQUEST)
    with pytest.raises(LoginRefused) as caught:
        read(query, trust, SP, now=NOW)
    return caught.value.reason


def test_s45_a_signed_request_says_whose_sessions_end() -> None:
    """The NameID whole, and the indexes of the sessions."""
    found = read_request(_query(), TRUST, SP, NOW)
    assert found.name_id == NameId("u-17", PERSISTENT, "q", SP.entity_id)
    assert (found.id, found.session_indexes, found.relay_state) == ("_l1", ("_s1",), "a state")
    assert found.expires == NOW + timedelta(minutes=13)
    without = read_request(_query(bend=lambda root: root.remove(the(root, "samlp:SessionIndex"))), TRUST, SP, NOW)
    assert without.session_indexes == ()


@pytest.mark.parametrize(
    "algorithm", [f"{MORE}{kind}-sha{bits}" for kind in ("rsa", "ecdsa") for bits in (256, 384, 512)]
)
def test_s45_allowed_algorithms(algorithm: str) -> None:
    """The same list as for responses, with any of several certificates."""
    keys = IDP.keys if "#rsa" in algorithm else ec_pair("idp", "secp521r1")
    trust = replace(TRUST, certificates=(ATTACKER.certificate, ec_pair().certificate, keys.certificate))
    assert read_request(_query(keys=keys, algorithm=algorithm), trust, SP, NOW).id == "_l1"


@pytest.mark.parametrize(
    "coded",
    [
        lambda value: quote(value, safe=""),
        lambda value: quote(value, safe="/+="),
        lambda value: quote(value, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
        lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    ],
    ids=["usual", "little", "lower case", "everything"],
)
def test_s47_the_signature_is_over_the_octets_as_they_came(coded: Callable[[str], str]) -> None:
    """However a provider writes its address, nobody writes it anew before it is verified."""
    # A plus that is not escaped is a space to whoever decodes forms, so providers escape it.
    query = _query(coded=lambda value: coded(value).replace("+", "%2B"))
    assert read_request(query, TRUST, SP, NOW).relay_state == "a state"


def test_s47_the_same_text_written_otherwise_is_not_what_was_signed() -> None:
    """The octets count, not what they decode to."""
    assert _refused(_query().replace("a%20state", "a+state")) == Reason.SIGNATURE


def test_s47_parameters_in_another_order_are_verified_in_theirs() -> None:
    """The order that is signed is the binding's, whichever the address has."""
    query = "&".join(reversed(_query().split("&")))
    assert read_request(query, TRUST, SP, NOW).id == "_l1"


QUERIES: dict[str, tuple[Reason, str]] = {
    "nothing": (Reason.FORM, ""),
    "no message": (Reason.FORM, "RelayState=x"),
    "a response": (Reason.FORM, _query("LogoutResponse")),
    "both": (Reason.FORM, _query() + "&SAMLResponse=x"),
    "two messages": (Reason.FORM, _query() + "&SAMLRequest=x"),
    "two states": (Reason.FORM, _query() + "&RelayState=x"),
    "two algorithms": (Reason.FORM, _query() + "&SigAlg=x"),
    "two signatures": (Reason.FORM, _query() + "&Signature=x"),
    "the message twice": (Reason.FORM, _query().split("&")[0] + "&" + _query()),
    "a very long query": (Reason.FORM, _query() + "&x=" + "y" * 40_000),
    "a very long state": (Reason.FORM, _query(relay_state="x" * 2000)),
    "another encoding": (Reason.ENCODING, _query() + "&SAMLEncoding=urn%3Ax"),
    "unsigned": (Reason.UNSIGNED, _query(is_signed=False)),
    "no signature": (Reason.UNSIGNED, _query().rpartition("&")[0]),
    "no algorithm": (Reason.UNSIGNED, _query().replace("SigAlg=", "Sig=")),
    "an empty signature": (Reason.SIGNATURE, _query().rpartition("=")[0] + "="),
    "a signature that is no Base64": (Reason.ENCODING, _query().rpartition("=")[0] + "=%3F"),
    "another signature": (Reason.SIGNATURE, _query().rpartition("=")[0] + "=AAAA"),
    "another key": (Reason.SIGNATURE, _query(keys=ATTACKER)),
    "a short key": (Reason.SIGNATURE, _query(keys=rsa_pair("short", 1024))),
    "another state": (Reason.SIGNATURE, _query().replace("a%20state", "b%20state")),
    "no state any more": (Reason.SIGNATURE, _query().replace("RelayState=a%20state&", "")),
    "a state added": (Reason.SIGNATURE, _query(relay_state=None) + "&RelayState=x"),
    "another message": (
        Reason.SIGNATURE,
        _query().replace(_query().split("&")[0], _query(bend=lambda root: root.set("ID", "_l2")).split("&")[0]),
    ),
    "ECDSA said of RSA": (Reason.SIGNATURE, _query().replace("rsa-sha256", "ecdsa-sha256")),
    "SHA-512 said of SHA-256": (Reason.SIGNATURE, _query().replace("rsa-sha256", "rsa-sha512")),
    "SHA-1": (Reason.ALGORITHM, _query(algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1")),
    "MD5": (Reason.ALGORITHM, _query().replace("rsa-sha256", "rsa-md5")),
    "HMAC": (Reason.ALGORITHM, _query().replace("rsa-sha256", "hmac-sha256")),
    "none": (Reason.ALGORITHM, _query(algorithm="none")),
    "a bomb": (Reason.FORM, _query(text=_deflated(b"<a>" + b" " * 20_000_000 + b"</a>"))),
    "not deflated": (Reason.ENCODING, _query(text=base64.b64encode(b"<a/>").decode())),
    "with a header of zlib": (Reason.ENCODING, _query(text=base64.b64encode(zlib.compress(b"<a/>")).decode())),
    "cut off": (Reason.ENCODING, _query(text=_deflated(etree.tostring(_message("LogoutRequest")))[:-16])),
    "something behind": (
        Reason.ENCODING,
        _query(text=base64.b64encode(base64.b64decode(_deflated(b"<a/>")) + b"more").decode()),
    ),
    "not Base64": (Reason.ENCODING, _query(text="<a/>")),
    "a document type": (Reason.XML, _query(text=_deflated(b"<!DOCTYPE a><a/>"))),
    "a comment": (Reason.XML, _query(bend=lambda root: the(root, "saml:NameID").append(etree.Comment("x")))),
    "another element": (Reason.STRUCTURE, _query(text=_deflated(b"<a/>"))),
}


@pytest.mark.parametrize("name", QUERIES)
def test_s45_s46_s47_queries_that_are_refused(name: str) -> None:
    """Unsigned, signed by others, by weak algorithms or over something else; twice; and bombs."""
    reason, query = QUERIES[name]
    begun = time.process_time()
    assert _refused(query) == reason
    assert time.process_time() - begun < 0.5


def _set(name: str, value: str | None, path: str | None = None) -> Change:
    def bend(root: Tree) -> None:
        element = root if path is None else the(root, path)
        element.attrib.pop(name, None)
        if value is not None:
            element.set(name, value)

    return bend


def _text(path: str, text: str) -> Change:
    return lambda root: setattr(the(root, path), "text", text)


def _late(minutes: int) -> Change:
    return _set("IssueInstant", stamp(NOW + timedelta(minutes=minutes)))


COMMON: dict[str, tuple[Reason, Change]] = {
    "no Destination": (Reason.DESTINATION, _set("Destination", None)),
    "another Destination": (Reason.DESTINATION, _set("Destination", "https://other.example")),
    "ours is a prefix": (Reason.DESTINATION, _set("Destination", f"{SP.logout_url}-evil")),
    "another connection": (Reason.DESTINATION, _set("Destination", SP.logout_url.replace("/7/", "/8/"))),
    "our acs": (Reason.DESTINATION, _set("Destination", SP.acs_url)),
    "no Issuer": (Reason.ISSUER, lambda root: root.remove(the(root, "saml:Issuer"))),
    "another Issuer": (Reason.ISSUER, _text("saml:Issuer", "https://evil.example")),
    "a space behind the Issuer": (Reason.ISSUER, _text("saml:Issuer", f"{IDP.entity_id} ")),
    "issued too early": (Reason.TIME, _late(-14)),
    "issued too late": (Reason.TIME, _late(4)),
    "issued at the end of time": (Reason.TIME, _set("IssueInstant", "9999-12-31T23:59:59Z")),
    "SAML 1.1": (Reason.STRUCTURE, _set("Version", "1.1")),
    "no id": (Reason.STRUCTURE, _set("ID", None)),
    "a long id": (Reason.STRUCTURE, _set("ID", "_" + "x" * 300)),
    "a signature inside": (
        Reason.SIGNATURE_FORM, lambda root: sign(root, Signing(is_real=False)) is None
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["LogoutRequest", "LogoutResponse"])
@pytest.mark.parametrize("name", COMMON)
def test_s45_messages_that_are_refused_though_they_are_signed(name: str, kind: str) -> None:
    """Of another provider, for another connection, of another time."""
    reason, bend = COMMON[name]
    assert _refused(_query(kind, bend), kind) == reason


REQUESTS: dict[str, tuple[Reason, Change]] = {
    "ended": (Reason.TIME, _set("NotOnOrAfter", stamp(NOW - timedelta(minutes=3)))),
    "ended long ago": (Reason.TIME, _set("NotOnOrAfter", "0001-01-01T00:00:00Z")),
    "no name": (Reason.STRUCTURE, lambda root: root.remove(the(root, "saml:NameID"))),
    "two names": (Reason.STRUCTURE, lambda root: add(root, "saml:NameID", "admin") is None),
    "an empty name": (Reason.SUBJECT, _text("saml:NameID", " ")),
    "a long name": (Reason.SUBJECT, _text("saml:NameID", "x" * 257)),
    "an empty index": (Reason.STATEMENT, _text("samlp:SessionIndex", " ")),
    "a long index": (Reason.STATEMENT, _text("samlp:SessionIndex", "x" * 257)),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_s45_requests_that_are_refused_though_they_are_signed(name: str) -> None:
    """Ended, or not clear about whom they mean."""
    reason, bend = REQUESTS[name]
    assert _refused(_query(bend=bend)) == reason


def test_s45_a_response_answers_our_request_and_tells_whether_all_went_well() -> None:
    """Success and nothing less; for the request that waits."""
    assert read_response(_query("LogoutResponse"), TRUST, SP, REQUEST, NOW) is True
    status = "urn:oasis:names:tc:SAML:2.0:status:"

    def bend(root: Tree) -> None:
        add(the(root, "samlp:StatusCode"), "samlp:StatusCode", Value=f"{status}PartialLogout")

    half = _query("LogoutResponse", bend)
    assert read_response(half, TRUST, SP, REQUEST, NOW) is False
    failed = _query("LogoutResponse", lambda root: the(root, "samlp:StatusCode").set("Value", f"{status}Responder"))
    assert read_response(failed, TRUST, SP, REQUEST, NOW) is False
    for other in ("_other", None):
        assert _refused(_query("LogoutResponse", _set("InResponseTo", other)), "LogoutResponse") == Reason.REQUEST
    assert _refused(_query(), "LogoutResponse") == Reason.FORM


def test_s45_a_taken_out_certificate_ends_no_sessions() -> None:
    """As for responses: the connection's present certificates only."""
    assert _refused(_query(), certificates=(OURS.certificate,)) == Reason.SIGNATURE


@pytest.mark.parametrize("indexes", [("_s1",), (), ("_s1", "_s2")])
def test_our_request_is_what_a_provider_reads(indexes: tuple[str, ...]) -> None:
    """What we write is read by the same rules with which we read: signed, for its address, with the whole NameID."""
    name = NameId("u-17 <&>", PERSISTENT, None, SP.entity_id)
    begun = begin_logout(TRUST, SP, name, indexes, "state", NOW)
    found = read_request(urlsplit(begun.url).query, US, replace(THEM, logout_url="https://idp.example/slo"), NOW)
    assert (found.id, found.name_id, found.relay_state) == (begun.request_id, name, "state")
    assert found.session_indexes == indexes


@pytest.mark.parametrize("is_complete", [True, False])
def test_our_answer_is_what_a_provider_reads(is_complete: bool) -> None:
    """It names the request, gives the state back, and says whether the sessions have ended."""
    asked = read_request(_query(), TRUST, SP, NOW)
    url = answer_logout(TRUST, SP, asked, NOW, is_complete=is_complete)
    assert "RelayState=a%20state" in url
    assert read_response(urlsplit(url).query, US, THEM, asked.id, NOW) is is_complete


def test_a_provider_without_an_address_for_logout_is_not_asked() -> None:
    """Whoever calls has to know."""
    with pytest.raises(ValueError, match="no address"):
        begin_logout(replace(TRUST, logout_url=None), SP, NameId("u-17"), (), None, NOW)
