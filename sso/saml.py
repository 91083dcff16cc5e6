"""SAML 2.0 as a service provider: ask an identity provider to sign somebody in, and verify what it answers.

python3-saml does the cryptography and has the last word, always strict; around it stands what it leaves open (S-1 to
S-30, S-40). Nothing here knows of accounts, people or HTTP.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml import etree

from sso.checks import Checklist
from sso.errors import LoginRefused, Reason
from sso.model import EMAIL, Assertion, SamlTrust, ServiceProvider, Signed
from sso.saml_claims import CLAIMS, glimpse, read
from sso.saml_encryption import check_encryption, is_encrypted
from sso.saml_library import POST, check_schema, check_strictly, decrypted, signer
from sso.saml_redirect import MOST_OF_OURS, Begun, address, message
from sso.saml_signatures import check_signatures, is_response, the_assertion
from sso.saml_xml import SAML, SAMLP, check_limits, decode, parse

STEPS: Final = (
    "asked_for",
    "form",
    "structure",
    "signature_form",
    "response_signature",
    "encryption",
    "assertion_signature",
    *CLAIMS,
    "library",
)
"""What is checked of a response, in this order. What is signed is known before anything that it says is looked at."""


def begin(
    trust: SamlTrust,
    provider: ServiceProvider,
    relay_state: str,
    now: datetime,
    *,
    force: bool = False,
    hint: str | None = None,
) -> Begun:
    """Ask the identity provider to sign somebody in, by redirect (profiles §4.1.4.1).

    ``relay_state`` is an opaque key of ours (S-44); ``force``: even if they are signed in there (N-7). ``hint`` is the
    address by which they say that they are known there, and named only where the connection says so: to a provider
    that takes it at its word, it is who alone may answer (core §3.4.1).
    """
    if len(relay_state.encode()) > MOST_OF_OURS:
        raise ValueError(f"RelayState has more than {MOST_OF_OURS} bytes")
    request = message(
        "AuthnRequest",
        trust.sso_url,
        provider,
        now,
        ProtocolBinding=POST,
        AssertionConsumerServiceURL=provider.acs_url,
        **({"ForceAuthn": "true"} if force else {}),
    )
    if hint is not None and trust.sends_login_hint:
        subject = etree.SubElement(request, f"{{{SAML}}}Subject")
        etree.SubElement(subject, f"{{{SAML}}}NameID", Format=EMAIL).text = hint
    etree.SubElement(request, f"{{{SAMLP}}}NameIDPolicy", Format=trust.name_id_format, AllowCreate="true")
    # Only where the connection insists: asking for a password would keep out who uses something better (S-30).
    if trust.contexts:
        asked = etree.SubElement(request, f"{{{SAMLP}}}RequestedAuthnContext", Comparison="exact")
        for context in trust.contexts:
            etree.SubElement(asked, f"{{{SAML}}}AuthnContextClassRef").text = context
    return Begun(str(request.get("ID")), address(trust.sso_url, "SAMLRequest", request, relay_state, provider))


def checklist() -> Checklist:
    """An empty list of what ``verify`` checks."""
    return Checklist(STEPS)


def verify(
    text: str,
    trust: SamlTrust,
    provider: ServiceProvider,
    request_id: str | None,
    now: datetime,
    checks: Checklist | None = None,
) -> Assertion:
    """What a response vouches for; ``text`` is the Base64 of the form field. Raises LoginRefused, and nothing else.

    ``request_id`` is that of the request that waits for this answer, None if nobody asked. Each step is noted in
    ``checks``. Whether the ``id`` of the assertion was seen before is for who keeps that (S-41).
    """
    checks = checks or checklist()
    with checks.step("asked_for"):
        if request_id is None and not trust.unsolicited:
            raise LoginRefused(Reason.REQUEST, "nobody waits for the response; this connection takes none unasked")
    with checks.step("form"):
        root = parse(decode(text))
    with checks.step("structure"):
        if not is_response(root):
            raise LoginRefused(Reason.STRUCTURE, "the message is no response of SAML 2.0")
        assertion = the_assertion(root)
        check_schema(root)
    with checks.step("signature_form"):
        check_signatures(root)
    # Before anything is decrypted: where the response is signed, nobody can try out what decrypts (S-15).
    with checks.step("response_signature") as note:
        by_response = signer(root, root, trust.certificates)
        note(_signed(by_response, "response", needed=trust.signed in (Signed.RESPONSE, Signed.BOTH)))
    plain = root
    with checks.step("encryption") as note:
        if is_encrypted(assertion):
            note(check_encryption(assertion))
            plain = decrypted(root, provider)
        elif trust.wants_encryption:
            raise LoginRefused(Reason.ENCRYPTION, "the assertion must be encrypted on this connection")
        else:
            note("not encrypted")
    with checks.step("assertion_signature") as note:
        if plain is not root:
            assertion = _check_decrypted(plain)
        by_assertion = signer(assertion, plain, trust.certificates)
        note(_signed(by_assertion, "assertion", needed=trust.signed in (Signed.ASSERTION, Signed.BOTH)))
    # From here on there is one tree, the one in which the signatures were verified, and one element of it (S-10).
    verified_by = by_assertion or by_response or ""
    try:
        found = read(plain, assertion, trust, provider, request_id, now, verified_by, checks)
    except LoginRefused:
        checks.refused = glimpse(assertion, trust, provider, now, verified_by)
        raise
    checks.refused = found.assertion
    with checks.step("library"):
        # It allows for no difference of clocks where who brings an assertion is confirmed.
        check_strictly(root, plain, trust, provider, request_id, min(now, found.last_moment))
    checks.refused = None
    return found.assertion


def _check_decrypted(plain: etree._Element) -> etree._Element:
    """All checks of the message run again on what was encrypted (S-15)."""
    check_limits(plain)
    assertion = the_assertion(plain)
    if is_encrypted(assertion):
        raise LoginRefused(Reason.STRUCTURE, "an encrypted assertion has another one in it")
    check_schema(plain)
    check_signatures(plain)
    return assertion


def _signed(by: str | None, what: str, *, needed: bool) -> str:
    if by is None and needed:
        raise LoginRefused(Reason.UNSIGNED, f"the {what} must be signed on this connection")
    return f"the {what} is not signed" if by is None else f"signed by the certificate {by}"
