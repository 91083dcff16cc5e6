"""What a response says and for whom: every requirement of S-20 to S-30, with what breaks it, signed by the provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.services.sign_in_advice import ADVICE
from sso.errors import BadTrust, LoginRefused, Reason
from sso.model import TRANSIENT, ServiceProvider
from sso.saml import verify
from sso.saml_trust import check_trust
from tests.idp.saml_idp import SAML, Change, SamlIdp, Tree, add, stamp, the
from tests.idp.saml_keys import certified, ec_pair, rsa_pair
from tests.sso.saml_world import IDP, NOW, REQUEST, SP, TRUST, accepted, answer, refused

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
CONFIRMED = "saml:SubjectConfirmationData"


def _set(path: str, name: str, value: str | None) -> Change:
    def bend(root: Tree) -> None:
        element = root if path == "." else the(root, path)
        element.attrib.pop(name, None)
        if value is not None:
            element.set(name, value)

    return bend


def _text(path: str, text: str) -> Change:
    return lambda root: setattr(the(root, path), "text", text)


def _remove(*paths: str) -> Change:
    def bend(root: Tree) -> None:
        for path in paths:
            element = the(root, path)
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

    return bend


def _all(*bends: Change) -> Change:
    def bend(root: Tree) -> None:
        for one in bends:
            one(root)

    return bend


def _code(value: str, second: str | None = None) -> Change:
    def bend(root: Tree) -> None:
        code = the(root, "samlp:StatusCode")
        code.set("Value", STATUS + value)
        if second:
            add(code, "samlp:StatusCode", Value=STATUS + second)
        add(the(root, "samlp:Status"), "samlp:StatusMessage", "<script>alert(1)</script>")

    return bend


def _restrictions(*audiences: tuple[str, ...]) -> Change:
    def bend(root: Tree) -> None:
        conditions = the(root, "saml:Conditions")
        for child in [*conditions]:
            conditions.remove(child)
        for names in audiences:
            restriction = add(conditions, "saml:AudienceRestriction")
            for name in names:
                add(restriction, "saml:Audience", name)

    return bend


def _valid(begins: timedelta, ends: timedelta, *, confirmed: timedelta | None = None) -> Change:
    def bend(root: Tree) -> None:
        the(root, "saml:Conditions").set("NotBefore", stamp(NOW + begins))
        the(root, "saml:Conditions").set("NotOnOrAfter", stamp(NOW + ends))
        if confirmed is not None:
            the(root, CONFIRMED).set("NotOnOrAfter", stamp(NOW + confirmed))

    return bend


def _second_statement(root: Tree) -> None:
    statement = add(the(root, "saml:Assertion"), "saml:AuthnStatement", AuthnInstant=stamp(NOW))
    add(add(statement, "saml:AuthnContext"), "saml:AuthnContextClassRef", "urn:x")


def _repeated(root: Tree) -> None:
    again = add(the(root, "saml:AttributeStatement"), "saml:Attribute", Name="email")
    add(again, "saml:AttributeValue", "eve@evil.example")


def _repeated_elsewhere(root: Tree) -> None:
    statement = add(the(root, "saml:Assertion"), "saml:AttributeStatement")
    add(add(statement, "saml:Attribute", Name="email"), "saml:AttributeValue", "eve@evil.example")


def _child(path: str) -> Change:
    def bend(root: Tree) -> None:
        child = add(the(root, path), "saml:Issuer", "x")
        child.tail = "@evil.example"

    return bend


def _encrypted(name: str) -> Change:
    def bend(root: Tree) -> None:
        if name == "EncryptedID":
            element = the(root, "saml:NameID")
            element.tag, element.text = f"{{{SAML}}}EncryptedID", None
            element.attrib.clear()
            parent = element
        else:
            parent = add(the(root, "saml:AttributeStatement"), "saml:EncryptedAttribute")
        add(add(add(parent, "xenc:EncryptedData"), "xenc:CipherData"), "xenc:CipherValue", "AAAA")

    return bend


def _odd_condition(root: Tree) -> None:
    condition = add(the(root, "saml:Conditions"), "saml:Condition")
    condition.set("{http://www.w3.org/2001/XMLSchema-instance}type", "saml:OneTimeUseType")


EVIL = f"{SP.acs_url}-evil"
DAY = timedelta(hours=24)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

CASES: dict[str, tuple[Reason, Change]] = {
    "S-20 responder": (Reason.STATUS, _code("Responder")),
    "S-20 requester": (Reason.STATUS, _code("Requester")),
    "S-20 refused by the provider": (Reason.STATUS, _code("Responder", "AuthnFailed")),
    "S-20 success only second": (Reason.STATUS, _code("Responder", "Success")),
    "S-20 no URI": (Reason.STATUS, _set("samlp:StatusCode", "Value", "Success")),
    "S-20 in another case": (Reason.STATUS, _set("samlp:StatusCode", "Value", f"{STATUS}success")),
    "S-21 no Destination": (Reason.DESTINATION, _set(".", "Destination", None)),
    "S-21 empty Destination": (Reason.DESTINATION, _set(".", "Destination", "")),
    "S-21 another Destination": (Reason.DESTINATION, _set(".", "Destination", "https://other.example/acs")),
    "S-21 ours is a prefix": (Reason.DESTINATION, _set(".", "Destination", EVIL)),
    "S-21 ours and a path": (Reason.DESTINATION, _set(".", "Destination", f"{SP.acs_url}/x")),
    "S-21 ours and a query": (Reason.DESTINATION, _set(".", "Destination", f"{SP.acs_url}?x=1")),
    "S-21 a prefix of ours": (Reason.DESTINATION, _set(".", "Destination", SP.acs_url[:-1])),
    "S-21 ours in another case": (Reason.DESTINATION, _set(".", "Destination", SP.acs_url.upper())),
    "S-21 ours without TLS": (Reason.DESTINATION, _set(".", "Destination", SP.acs_url.replace("https", "http"))),
    "S-21 ours at another port": (
        Reason.DESTINATION, _set(".", "Destination", SP.acs_url.replace(".example", ".example:443"))
    ),
    "S-21 another connection": (Reason.DESTINATION, _set(".", "Destination", SP.acs_url.replace("/7/", "/8/"))),
    "S-22 another Issuer of the assertion": (Reason.ISSUER, _text("saml:Assertion/saml:Issuer", "https://evil.example")),
    "S-22 another Issuer of the response": (Reason.ISSUER, _text("saml:Issuer", "https://evil.example")),
    "S-22 an empty Issuer": (Reason.ISSUER, _text("saml:Assertion/saml:Issuer", "")),
    "S-22 a space behind": (Reason.ISSUER, _text("saml:Assertion/saml:Issuer", f"{IDP.entity_id} ")),
    "S-22 a line behind": (Reason.ISSUER, _text("saml:Assertion/saml:Issuer", f"{IDP.entity_id}\n")),
    "S-22 a slash behind": (Reason.ISSUER, _text("saml:Assertion/saml:Issuer", f"{IDP.entity_id}/")),
    "S-22 in another case": (Reason.ISSUER, _text("saml:Assertion/saml:Issuer", IDP.entity_id.upper())),
    "S-22 another format": (Reason.ISSUER, _set("saml:Assertion/saml:Issuer", "Format", TRANSIENT)),
    "S-23 no restriction": (Reason.AUDIENCE, _restrictions()),
    "S-23 another audience": (Reason.AUDIENCE, _restrictions(("https://other.example",))),
    "S-23 an empty audience": (Reason.AUDIENCE, _restrictions(("",))),
    "S-23 one of two names us": (Reason.AUDIENCE, _restrictions((SP.entity_id,), ("https://other.example",))),
    "S-23 the second names us": (Reason.AUDIENCE, _restrictions(("https://other.example",), (SP.entity_id,))),
    "S-23 ours is a prefix": (Reason.AUDIENCE, _restrictions((f"{SP.entity_id}-evil",))),
    "S-23 a prefix of ours": (Reason.AUDIENCE, _restrictions((SP.entity_id[:-1],))),
    "S-23 another connection": (Reason.AUDIENCE, _restrictions((SP.entity_id.replace("/7/", "/8/"),))),
    "S-23 our acs": (Reason.AUDIENCE, _restrictions((SP.acs_url,))),
    "S-23 an unknown condition": (Reason.AUDIENCE, _odd_condition),
    "S-24 no confirmation": (Reason.CONFIRMATION, _remove("saml:SubjectConfirmation")),
    "S-24 no data": (Reason.CONFIRMATION, _remove(CONFIRMED)),
    "S-24 holder of key": (
        Reason.CONFIRMATION, _set("saml:SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
    ),
    "S-24 sender vouches": (
        Reason.CONFIRMATION, _set("saml:SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")
    ),
    "S-24 no method": (Reason.CONFIRMATION, _set("saml:SubjectConfirmation", "Method", "")),
    "S-24 no Recipient": (Reason.CONFIRMATION, _set(CONFIRMED, "Recipient", None)),
    "S-24 another Recipient": (Reason.CONFIRMATION, _set(CONFIRMED, "Recipient", "https://other.example/acs")),
    "S-24 ours is part of the Recipient": (Reason.CONFIRMATION, _set(CONFIRMED, "Recipient", EVIL)),
    "S-24 ours is a parameter": (
        Reason.CONFIRMATION, _set(CONFIRMED, "Recipient", f"https://evil.example/?u={SP.acs_url}")
    ),
    "S-24 no end": (Reason.CONFIRMATION, _set(CONFIRMED, "NotOnOrAfter", None)),
    "S-24 ended": (Reason.CONFIRMATION, _set(CONFIRMED, "NotOnOrAfter", stamp(NOW - 3 * MINUTE))),
    "S-24 ends in more than a day": (Reason.CONFIRMATION, _set(CONFIRMED, "NotOnOrAfter", stamp(NOW + DAY + SECOND))),
    "S-24 a begin": (Reason.CONFIRMATION, _set(CONFIRMED, "NotBefore", stamp(NOW - MINUTE))),
    "S-24 another request": (Reason.CONFIRMATION, _set(CONFIRMED, "InResponseTo", "_other")),
    "S-24 no request": (Reason.CONFIRMATION, _set(CONFIRMED, "InResponseTo", None)),
    "S-25 no Conditions": (Reason.TIME, _remove("saml:Conditions")),
    "S-25 no begin": (Reason.TIME, _set("saml:Conditions", "NotBefore", None)),
    "S-25 no end": (Reason.TIME, _set("saml:Conditions", "NotOnOrAfter", None)),
    "S-25 begins too late": (Reason.TIME, _valid(3 * MINUTE + SECOND, 9 * MINUTE)),
    "S-25 ended": (Reason.TIME, _valid(-9 * MINUTE, -3 * MINUTE)),
    "S-25 more than a day": (Reason.TIME, _valid(-MINUTE, DAY)),
    "S-25 the whole of time": (
        Reason.TIME,
        _all(
            _set("saml:Conditions", "NotBefore", "0001-01-01T00:00:00Z"),
            _set("saml:Conditions", "NotOnOrAfter", "9999-12-31T23:59:59.999999Z"),
        ),
    ),
    "S-25 the end of time": (Reason.TIME, _set("saml:Conditions", "NotBefore", "9999-12-31T23:59:59Z")),
    "S-25 the beginning of time": (Reason.TIME, _set("saml:Conditions", "NotOnOrAfter", "0001-01-01T00:00:00Z")),
    "S-25 the year 0": (Reason.STRUCTURE, _set("saml:Conditions", "NotBefore", "0000-01-01T00:00:00Z")),
    "S-25 the year 10000": (Reason.TIME, _set("saml:Conditions", "NotOnOrAfter", "10000-01-01T00:00:00Z")),
    "S-25 before the years": (Reason.TIME, _set("saml:Conditions", "NotBefore", "-0001-01-01T00:00:00Z")),
    "S-25 24 o'clock": (Reason.TIME, _set("saml:Conditions", "NotOnOrAfter", "2031-05-17T24:00:00Z")),
    "S-25 a local time": (Reason.TIME, _set("saml:Conditions", "NotBefore", "2031-05-17T11:59:00")),
    "S-25 a time zone": (Reason.TIME, _set("saml:Conditions", "NotBefore", "2031-05-17T11:59:00+00:00")),
    "S-25 very fine": (Reason.TIME, _set("saml:Conditions", "NotBefore", f"2031-05-17T11:59:00.{'1' * 5000}Z")),
    "S-26 no statement": (Reason.STATEMENT, _remove("saml:AuthnStatement")),
    "S-26 two statements": (Reason.STATEMENT, _second_statement),
    "S-26 authenticated tomorrow": (Reason.TIME, _set("saml:AuthnStatement", "AuthnInstant", stamp(NOW + DAY))),
    "S-26 session ended": (Reason.TIME, _set("saml:AuthnStatement", "SessionNotOnOrAfter", stamp(NOW))),
    "S-26 session ended long ago": (
        Reason.TIME, _set("saml:AuthnStatement", "SessionNotOnOrAfter", "0001-01-01T00:00:00Z")
    ),
    "S-26 a long SessionIndex": (Reason.STATEMENT, _set("saml:AuthnStatement", "SessionIndex", "x" * 257)),
    "S-27 no subject": (Reason.SUBJECT, _remove("saml:Subject")),
    "S-27 no name": (Reason.SUBJECT, _remove("saml:NameID")),
    "S-27 an empty name": (Reason.SUBJECT, _text("saml:NameID", "")),
    "S-27 a space": (Reason.SUBJECT, _text("saml:NameID", " ")),
    "S-27 a space before": (Reason.SUBJECT, _text("saml:NameID", " u-17")),
    "S-27 a space behind": (Reason.SUBJECT, _text("saml:NameID", "u-17 ")),
    "S-27 a line behind": (Reason.SUBJECT, _text("saml:NameID", "u-17\n")),
    "S-27 a space of others behind": (Reason.SUBJECT, _text("saml:NameID", "u-17\u00a0")),
    "S-27 lines": (Reason.SUBJECT, _text("saml:NameID", "\n\t\n")),
    "S-27 only spaces of others": (Reason.SUBJECT, _text("saml:NameID", "\u2003\u00a0")),
    "S-27 a long name": (Reason.SUBJECT, _text("saml:NameID", "x" * 257)),
    "S-27 two lines": (Reason.SUBJECT, _text("saml:NameID", "u-17\nadmin")),
    "S-27 a control character": (Reason.SUBJECT, _text("saml:NameID", "u\u008517")),
    "S-27 a line separator": (Reason.SUBJECT, _text("saml:NameID", "u\u202817")),
    "S-27 a long format": (Reason.SUBJECT, _set("saml:NameID", "Format", "urn:" + "x" * 257)),
    "S-27 a name for somebody else": (Reason.SUBJECT, _set("saml:NameID", "SPNameQualifier", "https://other.example")),
    "S-27 an encrypted name": (Reason.SUBJECT, _encrypted("EncryptedID")),
    "S-27 an encrypted attribute": (Reason.ATTRIBUTES, _encrypted("EncryptedAttribute")),
    "S-27 elements in a value": (Reason.ATTRIBUTES, _child("saml:AttributeValue")),
    "S-27 lines in a value": (Reason.ATTRIBUTES, _text("saml:AttributeValue", "ana@acme.example\nBcc: x")),
    "S-27 a long value": (Reason.ATTRIBUTES, _text("saml:AttributeValue", "x" * 5000)),
    "S-27 a long name of an attribute": (Reason.ATTRIBUTES, _set("saml:Attribute", "Name", "x" * 257)),
    "S-27 no name of an attribute": (Reason.ATTRIBUTES, _set("saml:Attribute", "Name", "")),
    "S-28 an attribute twice": (Reason.ATTRIBUTES, _repeated),
    "S-28 an attribute in two statements": (Reason.ATTRIBUTES, _repeated_elsewhere),
    "S-29 a transient name": (Reason.SUBJECT, _set("saml:NameID", "Format", TRANSIENT)),
    "S-30 a long context": (Reason.CONTEXT, _text("saml:AuthnContextClassRef", "x" * 257)),
    "S-40 no request": (Reason.REQUEST, _set(".", "InResponseTo", None)),
    "S-40 another request": (Reason.REQUEST, _set(".", "InResponseTo", "_other")),
    "S-40 an empty request": (Reason.STRUCTURE, _set(".", "InResponseTo", "")),
    "S-41 an id too long to keep": (Reason.STRUCTURE, _set("saml:Assertion", "ID", "_" + "x" * 300)),
}  # fmt: skip


def _named(requirement: str) -> pytest.MarkDecorator:
    """Every case of one requirement."""
    return pytest.mark.parametrize("name", [name for name in CASES if name.startswith(f"{requirement} ")])


def _is_refused(name: str) -> None:
    """A good signature is not enough: the provider itself signed it."""
    reason, bend = CASES[name]
    assert refused(answer(bend=bend)) == reason


@_named("S-20")
def test_s20_the_status_is_success(name: str) -> None:
    """What the provider answered counts, and nothing else of the message."""
    _is_refused(name)


@_named("S-21")
def test_s21_the_destination_is_ours(name: str) -> None:
    """Present, and equal to the address of this connection, character by character."""
    _is_refused(name)


@_named("S-22")
def test_s22_the_issuer_is_the_provider(name: str) -> None:
    """Byte for byte, of the assertion and of the response if it names one."""
    _is_refused(name)


@_named("S-23")
def test_s23_each_audience_restriction_names_us(name: str) -> None:
    """At least one, and each of them."""
    _is_refused(name)


@_named("S-24")
def test_s24_whoever_brings_it_is_confirmed(name: str) -> None:
    """A bearer, for our address and our request, until a moment to come."""
    _is_refused(name)


@_named("S-25")
def test_s25_it_is_valid_now_and_not_for_long(name: str) -> None:
    """Both ends are said, in UTC, and are at most a day apart."""
    _is_refused(name)


@_named("S-26")
def test_s26_somebody_was_authenticated_once(name: str) -> None:
    """One statement, not of tomorrow, and no session that has ended."""
    _is_refused(name)


@_named("S-27")
def test_s27_one_subject_with_a_plain_name(name: str) -> None:
    """Text that is neither empty nor long nor of several lines, for us, not encrypted by itself."""
    _is_refused(name)


@_named("S-28")
def test_s28_attributes_come_once(name: str) -> None:
    """In one statement or in several."""
    _is_refused(name)


@_named("S-29")
def test_s29_a_transient_name_is_nobody(name: str) -> None:
    """Unless an attribute is the subject."""
    _is_refused(name)


@_named("S-30")
def test_s30_a_context_is_short(name: str) -> None:
    """Whatever it says."""
    _is_refused(name)


@_named("S-40")
def test_s40_it_answers_our_request(name: str) -> None:
    """The one that waits."""
    _is_refused(name)


@_named("S-41")
def test_s41_its_id_can_be_kept(name: str) -> None:
    """It has to be remembered until the message has ended."""
    _is_refused(name)


def test_s20_the_providers_own_words_are_told_on_one_line() -> None:
    """What it answered is for the trace."""
    message = answer(bend=_code("Responder", "AuthnFailed"))
    with pytest.raises(LoginRefused) as caught:
        verify(message, TRUST, SP, REQUEST, NOW)
    assert "Responder, AuthnFailed" in caught.value.detail
    assert "alert(1)" in caught.value.detail


@pytest.mark.parametrize("name", ["EncryptedID", "EncryptedAttribute"])
def test_s27_single_encrypted_things_are_refused_with_advice(name: str) -> None:
    """An administrator is told what to switch on instead."""
    with pytest.raises(LoginRefused, match="encrypt the assertion instead"):
        verify(answer(bend=_encrypted(name)), TRUST, SP, REQUEST, NOW)


@pytest.mark.parametrize("around", [" {}", "{} ", "\n{}", "{}\t", "\u2003{}"])
def test_s27_white_space_around_the_attribute_that_is_the_subject(around: str) -> None:
    """With and without it would be one person; of other attributes it is taken away."""
    named = answer(attributes={"uid": [around.format("u-17")], "email": ["ana@acme.example"]})
    assert refused(named, subject_attribute="uid") == Reason.SUBJECT
    other = accepted(named, subject_attribute="email")
    assert (other.subject, other.attributes["uid"]) == ("ana@acme.example", ("u-17",))


@pytest.mark.parametrize(("around", "where"), [(" {}", "before"), ("{}\n", "after"), ("\u2003{} ", "before and after")])
def test_s27_white_space_around_a_name_is_told(around: str, where: str) -> None:
    """It is refused, and the trace says what it is and who takes it away; the name itself is not told."""
    with pytest.raises(LoginRefused, match=f"^subject: NameID has white space {where} it; let the provider") as caught:
        verify(answer(name_id=around.format("u-17")), TRUST, SP, REQUEST, NOW)
    assert "u-17" not in caught.value.detail
    assert "White space" in ADVICE["subject"]


def test_s25_the_skew_can_be_set_downwards_only() -> None:
    """180 seconds at most, whatever the connection says."""
    early = answer(bend=_valid(2 * MINUTE, 9 * MINUTE))
    assert accepted(early).subject == "u-17"
    assert refused(early, skew=MINUTE) == Reason.TIME
    too_early = answer(bend=_valid(4 * MINUTE, 9 * MINUTE))
    assert refused(too_early, skew=timedelta(hours=1)) == Reason.TIME


def test_s25_a_moved_clock_proves_the_end_of_everything() -> None:
    """The same message, later: the confirmation and the conditions end, in whichever order."""
    message = answer()
    last = NOW + timedelta(minutes=5) + TRUST.skew
    assert accepted(message, now=last - SECOND).expires == last
    assert refused(message, now=last) == Reason.TIME
    assert refused(message, now=NOW - MINUTE - TRUST.skew - SECOND) == Reason.TIME
    longer = answer(bend=_valid(-MINUTE, timedelta(hours=1), confirmed=2 * MINUTE))
    assert accepted(longer, now=NOW + 4 * MINUTE).subject == "u-17"
    assert refused(longer, now=NOW + 5 * MINUTE) == Reason.CONFIRMATION


def test_s26_an_authentication_too_long_ago_is_refused() -> None:
    """Where the connection says how old it may be."""
    message = answer(bend=_set("saml:AuthnStatement", "AuthnInstant", stamp(NOW - timedelta(hours=9))))
    assert accepted(message).authenticated == NOW - timedelta(hours=9)
    assert refused(message, oldest_sign_in=timedelta(hours=8)) == Reason.TIME
    assert accepted(message, oldest_sign_in=timedelta(hours=9)).subject == "u-17"


@pytest.mark.parametrize("bend", [None, _text("saml:AuthnContextClassRef", ""), _remove("saml:AuthnContextClassRef")])
def test_s30_a_context_that_the_connection_requires_is_enforced(bend: Change | None) -> None:
    """Another context, an empty one and none are refused; without a requirement whatever was used is fine."""
    strong = "urn:example:strong"
    if bend is not None:
        bend = _all(bend, lambda root: add(the(root, "saml:AuthnContext"), "saml:AuthnContextDeclRef", strong) is None)
    message = answer(bend=bend)
    assert refused(message, contexts=(strong,)) == Reason.CONTEXT
    assert accepted(message).subject == "u-17"
    assert (
        accepted(answer(bend=_text("saml:AuthnContextClassRef", strong)), contexts=("urn:x", strong)).context == strong
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [([], Reason.SUBJECT), (["", " "], Reason.SUBJECT), (["a", "b"], Reason.SUBJECT), (["x" * 257], Reason.SUBJECT)],
)
def test_s29_the_attribute_that_is_the_subject_has_one_value(values: list[str], reason: Reason) -> None:
    """None, empty, several and too long ones identify nobody."""
    assert refused(answer(attributes={"employee": values}), subject_attribute="employee") == reason
    assert refused(answer(attributes={}), subject_attribute="employee") == reason


def test_s40_a_response_for_another_request_of_ours_is_refused() -> None:
    """InResponseTo is that of the request that waits, in the response and in its confirmation."""
    assert refused(IDP.answer(SP, "_other", NOW)) == Reason.REQUEST
    assert refused(IDP.answer(SP, None, NOW)) == Reason.REQUEST


def test_s43_unsolicited_responses_are_refused_unless_the_connection_takes_them() -> None:
    """Off by default; where it is on, only without InResponseTo."""
    unasked = IDP.answer(SP, None, NOW)
    assert refused(unasked, request_id=None) == Reason.REQUEST
    assert accepted(unasked, request_id=None, unsolicited=True).answers is None
    assert refused(answer(), request_id=None, unsolicited=True) == Reason.REQUEST
    half = answer(bend=_set(".", "InResponseTo", None))
    assert refused(half, request_id=None, unsolicited=True) == Reason.CONFIRMATION
    assert refused(unasked, unsolicited=True) == Reason.REQUEST


def test_l10_a_response_for_one_connection_is_refused_by_another() -> None:
    """The same provider and the same key in two accounts: the connection in the address decides."""
    other = ServiceProvider(
        entity_id="https://muster.example/sso/8/metadata",
        acs_url="https://muster.example/sso/8/acs",
        logout_url="https://muster.example/sso/8/logout",
    )
    assert refused(answer(), provider=other) == Reason.DESTINATION
    moved = SamlIdp(IDP.keys).answer(replace(SP, acs_url=other.acs_url), REQUEST, NOW)
    assert refused(moved, provider=other) == Reason.AUDIENCE


WEAK, CURVE = rsa_pair("short", 1024).certificate, ec_pair("odd", "secp256k1").certificate
BAD_TRUST: dict[str, tuple[dict[str, object], str]] = {
    "no certificate": ({"certificates": ()}, "at least one"),
    "a fingerprint": ({"certificates": ("ab:cd:ef",)}, "no X.509"),
    "a short key": ({"certificates": (WEAK,)}, "1024 bits"),
    "an odd curve": ({"certificates": (CURVE,)}, "secp256k1"),
    "eleven certificates": ({"certificates": (IDP.keys.certificate,) * 11}, "at most 10"),
    "nothing signed": ({"signed": "neither"}, "must be signed"),
    "no skew at all": ({"skew": timedelta(seconds=-1)}, "0 to 180"),
    "too much skew": ({"skew": timedelta(seconds=181)}, "0 to 180"),
    "no entity id": ({"entity_id": ""}, "entity id"),
    "a space in the entity id": ({"entity_id": " x"}, "entity id"),
    "a long entity id": ({"entity_id": "x" * 1025}, "entity id"),
    "http": ({"sso_url": "http://idp.example/sso"}, "https"),
    "a script": ({"sso_url": "javascript:alert(1)"}, "https"),
    "no host": ({"sso_url": "https:///sso"}, "https"),
    "a user": ({"sso_url": "https://a:b@idp.example/sso"}, "https"),
    "a fragment": ({"sso_url": "https://idp.example/sso#x"}, "https"),
    "a bad port": ({"sso_url": "https://idp.example:x/sso"}, "no address"),
    "a line in the address": ({"sso_url": "https://idp.example/\nsso"}, "characters"),
    "a quote in the address": ({"sso_url": 'https://idp.example/"'}, "characters"),
    "a long address": ({"sso_url": "https://idp.example/" + "x" * 2048}, "too long"),
    "an address for logout": ({"logout_url": "ftp://idp.example"}, "https"),
    "transient names": ({"name_id_format": TRANSIENT}, "transient"),
}


@pytest.mark.parametrize("name", BAD_TRUST)
def test_s12_s14_s25_s29_what_may_not_be_stored(name: str) -> None:
    """Refused when it is configured, in words for the administrator."""
    changes, words = BAD_TRUST[name]
    with pytest.raises(BadTrust, match=words):
        check_trust(replace(TRUST, **changes))  # type: ignore[arg-type]


def test_s29_a_provider_of_transient_names_needs_an_attribute() -> None:
    """Told by its metadata; with an attribute that stays it is fine."""
    with pytest.raises(BadTrust, match="transient"):
        check_trust(TRUST, name_id_formats=(TRANSIENT,))
    check_trust(TRUST, name_id_formats=(TRANSIENT, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"))
    check_trust(replace(TRUST, subject_attribute="employee"), name_id_formats=(TRANSIENT,))


def test_s48_what_may_be_stored() -> None:
    """Old and new certificates at once, RSA and elliptic curves, ended ones too; http on loopback where it is meant."""
    ended = certified(ec.generate_private_key(ec.SECP256R1()), "old", ended=True)
    check_trust(replace(TRUST, certificates=(IDP.keys.certificate, ec_pair().certificate, ended.certificate)))
    check_trust(replace(TRUST, sso_url="http://127.0.0.1:8301/sso"), plain=True)
    with pytest.raises(BadTrust):
        check_trust(replace(TRUST, sso_url="http://127.0.0.1:8301/sso"))
