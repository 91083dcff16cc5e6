"""Sign-ins that must work: every way in which an honest identity provider signs and encrypts."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sso.errors import Reason
from sso.model import NameId, Signed
from sso.saml import verify
from tests.idp.saml_encrypt import DS, OAEP, OAEP11, XENC, XENC11, Encryption
from tests.idp.saml_idp import MORE, PASSWORD, PERSISTENT, Change, SamlIdp, Signing, Tree, add, stamp, the
from tests.idp.saml_keys import ec_pair, rsa_pair
from tests.sso.saml_world import IDP, NOW, OURS, REQUEST, SP, TRUST, accepted, answer, refused

MODES = [*Signed]


@pytest.mark.parametrize("is_encrypted", [False, True])
@pytest.mark.parametrize("signed", MODES)
def test_s14_every_way_of_signing_is_accepted_where_it_is_chosen(signed: Signed, is_encrypted: bool) -> None:
    """The facts are the same, whatever is signed and whether it is encrypted (S-14, S-15)."""
    encryption = Encryption(OURS.certificate) if is_encrypted else None
    found = accepted(answer(signed=signed, encryption=encryption), signed=signed, wants_encryption=is_encrypted)
    assert found.subject == "u-17"
    assert found.name_id == NameId("u-17", PERSISTENT)
    assert found.attributes == {"email": ("ana@acme.example",), "groups": ("Sales", "Staff")}
    assert (found.protocol, found.issuer, found.id) == ("saml", IDP.entity_id, "_a1")
    assert (found.answers, found.context, found.session_index) == (REQUEST, PASSWORD, "_s1")
    assert found.authenticated == found.issued == NOW
    assert found.expires == NOW + timedelta(minutes=5) + TRUST.skew
    der = ssl.PEM_cert_to_DER_cert(IDP.keys.certificate)
    assert found.verified_by == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("signed", MODES)
def test_s14_more_than_is_asked_for_may_be_signed(signed: Signed) -> None:
    """Who signs both satisfies every connection."""
    assert accepted(answer(signed=Signed.BOTH), signed=signed).subject == "u-17"


@pytest.mark.parametrize("digest", [f"{XENC}sha256", f"{MORE}sha384", f"{XENC}sha512"])
@pytest.mark.parametrize("method", [f"{MORE}rsa-sha{bits}" for bits in (256, 384, 512)])
def test_s11_rsa_signatures_that_are_allowed(method: str, digest: str) -> None:
    """SHA-2 of every length, for the signature and for the digest."""
    assert accepted(answer(signing=Signing(method=method, digest=digest))).subject == "u-17"


@pytest.mark.parametrize("curve", ["secp256r1", "secp384r1", "secp521r1"])
@pytest.mark.parametrize("bits", [256, 384, 512])
def test_s11_ecdsa_signatures_that_are_allowed(curve: str, bits: int) -> None:
    """ECDSA with SHA-2 on the curves that a certificate may have."""
    keys = ec_pair("idp", curve)
    message = answer(signing=Signing(method=f"{MORE}ecdsa-sha{bits}", keys=keys))
    assert accepted(message, certificates=(keys.certificate,)).subject == "u-17"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_s48_any_of_several_certificates_verifies_and_is_named(number: int) -> None:
    """A provider that rolls its key over may sign with the old and the new one; the sign-in says which it was."""
    pairs = [rsa_pair("idp"), rsa_pair("idp-next"), ec_pair("idp")]
    method = f"{MORE}ecdsa-sha256" if number == 2 else f"{MORE}rsa-sha256"
    message = answer(signing=Signing(keys=pairs[number], method=method))
    found = accepted(message, certificates=[pair.certificate for pair in pairs])
    der = ssl.PEM_cert_to_DER_cert(pairs[number].certificate)
    assert found.verified_by == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("cipher", [f"{XENC11}aes{bits}-gcm" for bits in (128, 192, 256)])
@pytest.mark.parametrize("transport", [OAEP, OAEP11])
def test_s15_gcm_and_oaep_decrypt(cipher: str, transport: str) -> None:
    """Authenticated encryption with every length of key."""
    encryption = Encryption(OURS.certificate, cipher=cipher, transport=transport)
    assert accepted(answer(encryption=encryption), wants_encryption=True).subject == "u-17"


@pytest.mark.parametrize("cipher", [f"{XENC}aes{bits}-cbc" for bits in (128, 192, 256)])
def test_s15_cbc_decrypts_since_providers_use_it(cipher: str) -> None:
    """CBC is what Entra and AD FS send; what is inside has to be signed in any case."""
    assert accepted(answer(encryption=Encryption(OURS.certificate, cipher=cipher))).subject == "u-17"


@pytest.mark.parametrize(
    ("digest", "mask"),
    [
        (f"{DS}sha1", None),
        (f"{XENC}sha256", None),
        (f"{XENC}sha256", f"{XENC11}mgf1sha256"),
        (f"{XENC}sha512", f"{XENC11}mgf1sha1"),
    ],
)
def test_s15_oaep_with_its_parameters(digest: str, mask: str | None) -> None:
    """Digest and mask of OAEP as providers choose them."""
    transport = OAEP11 if mask else OAEP
    encryption = Encryption(OURS.certificate, transport=transport, digest=digest, mask=mask)
    assert accepted(answer(encryption=encryption)).subject == "u-17"


@pytest.mark.parametrize("hint", ["<ds:KeyName>muster</ds:KeyName>", "certificate", "issuer"])
@pytest.mark.parametrize("beside", [False, True])
def test_s15_the_key_may_stand_beside_and_say_whose_it_is(beside: bool, hint: str) -> None:
    """Providers put EncryptedKey inside KeyInfo or beside the data, and name our certificate in several ways."""
    x509 = {
        "certificate": f"<ds:X509Data><ds:X509Certificate>{OURS.body}</ds:X509Certificate></ds:X509Data>",
        "issuer": "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=muster</ds:X509IssuerName>"
        "<ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>",
    }
    encryption = Encryption(OURS.certificate, beside=beside, hint=x509.get(hint, hint))
    assert accepted(answer(encryption=encryption)).subject == "u-17"


def test_s50_a_former_key_of_ours_still_decrypts() -> None:
    """Ours are rolled over as well: both keys decrypt."""
    next_pair = rsa_pair("muster-next")
    sp = replace(SP, keys=(next_pair.key, OURS.key), certificates=(next_pair.certificate, OURS.certificate))
    for pair in (OURS, next_pair):
        message = answer(encryption=Encryption(pair.certificate))
        assert verify(message, TRUST, sp, REQUEST, NOW).subject == "u-17"


def test_s12_a_provider_may_send_its_certificate_along() -> None:
    """KeyInfo is ignored: it neither helps nor hurts."""
    info = f"<ds:X509Data><ds:X509Certificate>{IDP.keys.body}</ds:X509Certificate></ds:X509Data>"
    assert accepted(answer(signing=Signing(info=info))).subject == "u-17"


def test_s9_prefixes_that_count_may_be_named() -> None:
    """InclusiveNamespaces is what Shibboleth and AD FS add to the canonicalisation."""
    inside = {1: '<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs"/>'}
    assert accepted(answer(signing=Signing(inside=inside))).subject == "u-17"


def test_s43_a_response_that_nobody_asked_for_where_that_is_allowed() -> None:
    """Unsolicited, it names no request; the connection has to allow it."""
    message = IDP.answer(SP, None, NOW)
    found = accepted(message, request_id=None, unsolicited=True)
    assert (found.subject, found.answers) == ("u-17", None)


def test_s26_the_end_of_the_providers_session_is_told() -> None:
    """SessionNotOnOrAfter caps ours; the last moment that there is does no harm."""
    for text in ("2031-05-17T13:00:00Z", "9999-12-31T23:59:59.999Z"):
        message = answer(bend=lambda root, text=text: the(root, "saml:AuthnStatement").set("SessionNotOnOrAfter", text))
        ends = accepted(message).session_ends
        assert ends is not None
        assert (ends.year, ends.tzinfo) == (int(text[:4]), UTC)


def test_s29_an_attribute_can_be_the_subject() -> None:
    """Where the NameID is another one every time, an attribute that stays is the subject; the NameID is kept."""

    def transient(root: Tree) -> None:
        the(root, "saml:NameID").set("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")

    message = answer(bend=transient, attributes={"employee": ["4711"]})
    found = accepted(message, subject_attribute="employee")
    assert (found.subject, found.subject_format) == ("4711", None)
    assert found.name_id is not None
    assert found.name_id.value == "u-17"


def test_s27_text_is_trimmed_and_empty_values_are_none() -> None:
    """White space around a value means nothing; a value of nothing is none."""
    found = accepted(answer(name_id="u-17", attributes={"email": [" a@b.example\n", " ", ""], "none": []}))
    assert found.subject == "u-17"
    assert found.attributes == {"email": ("a@b.example",), "none": ()}


def test_s27_text_in_cdata_is_text() -> None:
    """CDATA is another way to write the same characters, before and after it was signed."""
    content = base64.b64decode(answer(name_id="a<b")).replace(b"a&lt;b", b"a<![CDATA[<]]>b")
    assert b"CDATA" in content
    assert accepted(base64.b64encode(content).decode()).subject == "a<b"


def test_s23_several_audiences_and_restrictions_that_all_name_us() -> None:
    """Each restriction must name us; each may name others as well."""

    def bend(root: Tree) -> None:
        add(the(root, "saml:AudienceRestriction"), "saml:Audience", "https://other.example")
        again = add(the(root, "saml:Conditions"), "saml:AudienceRestriction")
        add(again, "saml:Audience", SP.entity_id)
        add(the(root, "saml:Conditions"), "saml:OneTimeUse")

    assert accepted(answer(bend=bend)).subject == "u-17"


def test_s24_one_good_confirmation_among_others_is_enough() -> None:
    """Holder-of-key and other bearers may stand beside it."""

    def bend(root: Tree) -> None:
        subject = the(root, "saml:Subject")
        for method in ("holder-of-key", "bearer"):
            other = add(subject, "saml:SubjectConfirmation", Method=f"urn:oasis:names:tc:SAML:2.0:cm:{method}")
            add(other, "saml:SubjectConfirmationData", Recipient="https://other.example/acs")
            subject.insert(1, other)

    assert accepted(answer(bend=bend)).subject == "u-17"


@pytest.mark.parametrize("seconds", [-179, 0, 179])
def test_s25_clocks_may_differ_a_little(seconds: int) -> None:
    """Up to the skew of the connection, in both directions, at both ends of the time in which it counts."""
    shift = timedelta(seconds=seconds)
    message = IDP.answer(SP, REQUEST, NOW + shift, bend=_as_short_as_can_be(NOW + shift))
    assert accepted(message).subject == "u-17"


def _as_short_as_can_be(moment: datetime) -> Change:
    def bend(root: Tree) -> None:
        ends = stamp(moment + timedelta(seconds=1))
        the(root, "saml:Conditions").set("NotBefore", stamp(moment))
        the(root, "saml:Conditions").set("NotOnOrAfter", ends)
        the(root, "saml:SubjectConfirmationData").set("NotOnOrAfter", ends)

    return bend


def test_l10_one_provider_serves_two_connections() -> None:
    """The same entity id and key elsewhere: the response for one connection means nothing to another."""
    other = replace(SP, entity_id="https://muster.example/sso/8/metadata", acs_url="https://muster.example/sso/8/acs")
    message = SamlIdp(IDP.keys).answer(other, REQUEST, NOW)
    assert verify(message, TRUST, other, REQUEST, NOW).subject == "u-17"


@pytest.mark.parametrize(
    "base",
    [
        "https://muster.example:8443",
        "https://muster.example/some/where",
        "https://MUSTER.example",
        "https://muster",
        "https://my_muster.example",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://127.0.0.1",
    ],
)
def test_s21_wherever_we_are_found(base: str) -> None:
    """Our own address decides, with its port and path; and one that is only longer is another."""
    here = replace(SP, entity_id=f"{base}/sso/7/metadata", acs_url=f"{base}/sso/7/acs")
    assert verify(IDP.answer(here, REQUEST, NOW), TRUST, here, REQUEST, NOW).subject == "u-17"
    message = IDP.answer(replace(here, acs_url=f"{here.acs_url}/more"), REQUEST, NOW)
    assert refused(message, provider=here) == Reason.DESTINATION


def test_a_provider_may_be_reached_at_any_address() -> None:
    """Where requests go says nothing about answers."""
    for url in ("https://idp_1.example/sso?x=1", "http://127.0.0.1:8301/sso", "https://[::1]:8301/sso"):
        assert accepted(answer(), sso_url=url).subject == "u-17"
