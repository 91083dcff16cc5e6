"""What a verified SAML assertion says, read from the very element that was verified (S-10, S-20 to S-30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from sso.checks import Checklist, readable
from sso.errors import LoginRefused, Reason, said
from sso.model import MOST_SKEW, TRANSIENT, Assertion, NameId, SamlTrust, ServiceProvider
from sso.saml_values import CONTROL, MOST_TEXT, bounded, check_bare, one_of, only, plain_text, time_of
from sso.saml_xml import SAML, SAMLP

CLAIMS: Final = (
    "status",
    "destination",
    "request",
    "issuer",
    "audience",
    "time",
    "confirmation",
    "statement",
    "context",
    "subject",
    "attributes",
)
"""What is checked of the content of a verified response, in this order."""
_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
_CONDITIONS: Final = {f"{{{SAML}}}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}
MOST_LIFETIME = timedelta(hours=24)
MOST_VALUE = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and the last moment at which whoever brought it was confirmed."""

    assertion: Assertion
    last_moment: datetime


def read(
    response: etree._Element,
    assertion: etree._Element,
    trust: SamlTrust,
    provider: ServiceProvider,
    request_id: str | None,
    now: datetime,
    verified_by: str,
    checks: Checklist,
) -> Reading:
    """What the assertion of a verified response vouches for, now. Raises LoginRefused.

    ``request_id`` is that of the request which this must answer; None for an unsolicited response.
    """
    skew = min(trust.skew, MOST_SKEW)
    with checks.step("status"):
        _check_status(response)
    with checks.step("destination") as note:
        _check_destination(response, provider)
        note(provider.acs_url)
    with checks.step("request") as note:
        _check_answer(response.get("InResponseTo"), request_id)
        note("it answers our request" if request_id else "nobody asked for it")
    with checks.step("issuer") as note:
        _check_issuers(response, assertion, trust)
        note(trust.entity_id)
    conditions = only(assertion, "Conditions", Reason.TIME)
    with checks.step("audience") as note:
        _check_audience(conditions, provider)
        note(provider.entity_id)
    with checks.step("time") as note:
        ends = _check_time(conditions, skew, now)
        issued = time_of(assertion, "IssueInstant")
        note(f"valid until {ends.isoformat()}, by our clock it is {now.isoformat()}")
    with checks.step("confirmation") as note:
        subject = only(assertion, "Subject", Reason.SUBJECT)
        confirmed = _check_confirmation(subject, provider, request_id, skew, now)
        note(f"whoever brings it is confirmed until {confirmed.isoformat()}")
    with checks.step("statement") as note:
        statement = only(assertion, "AuthnStatement", Reason.STATEMENT)
        authenticated, session_ends = _check_statement(statement, trust, skew, now)
        note(f"authenticated at {authenticated.isoformat()}")
    with checks.step("context") as note:
        context = _check_context(statement, trust)
        note(said(context))
    with checks.step("subject") as note:
        name_id = _name_id(subject, provider)
        if trust.subject_attribute is None and name_id.format == TRANSIENT:
            raise LoginRefused(Reason.SUBJECT, "the NameID is another one every time, and no attribute is the subject")
        note(said(name_id.format))
    with checks.step("attributes") as note:
        attributes = _attributes(assertion, trust.subject_attribute)
        who = name_id.value if trust.subject_attribute is None else _subject_of(attributes, trust.subject_attribute)
        note(f"{len(attributes)} attributes: {', '.join(attributes)}"[:500])
    found = Assertion(
        protocol="saml",
        issuer=trust.entity_id,
        subject=who,
        subject_format=name_id.format if trust.subject_attribute is None else None,
        attributes=attributes,
        id=bounded(assertion.get("ID"), "ID", Reason.STRUCTURE) or "",
        expires=max(ends, confirmed) + skew,
        answers=request_id,
        authenticated=authenticated,
        context=context,
        session_index=bounded(statement.get("SessionIndex"), "SessionIndex", Reason.STATEMENT),
        session_ends=session_ends,
        verified_by=verified_by,
        name_id=name_id,
        issued=issued,
    )
    return Reading(found, confirmed.replace(microsecond=0) - timedelta(seconds=1))


def glimpse(
    assertion: etree._Element, trust: SamlTrust, provider: ServiceProvider, now: datetime, verified_by: str
) -> Assertion:
    """What a verified assertion says whose content is refused, as far as it can be read: to be shown, no more."""

    def issuer() -> str:
        return plain_text(only(assertion, "Issuer", Reason.ISSUER), "Issuer", Reason.ISSUER)

    def named() -> NameId:
        return _name_id(only(assertion, "Subject", Reason.SUBJECT), provider)

    attributes = readable(lambda: _attributes(assertion, trust.subject_attribute)) or {}
    name_id, of = readable(named), trust.subject_attribute
    subject = (name_id and name_id.value) if of is None else readable(lambda: _subject_of(attributes, of))
    statement = readable(lambda: only(assertion, "AuthnStatement", Reason.STATEMENT))
    return Assertion(
        protocol="saml",
        issuer=readable(issuer) or "",
        subject=subject or "",
        subject_format=name_id.format if name_id is not None and of is None else None,
        attributes=attributes,
        id="",
        expires=now,
        answers=None,
        authenticated=None if statement is None else readable(lambda: time_of(statement, "AuthnInstant")),
        verified_by=verified_by,
        name_id=name_id,
        issued=readable(lambda: time_of(assertion, "IssueInstant")),
    )


def _check_status(response: etree._Element) -> None:
    code = response.find(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusCode")
    if code is None or code.get("Value") != _SUCCESS:
        values = [] if code is None else [one.get("Value", "") for one in code.iter(f"{{{SAMLP}}}StatusCode")]
        why = response.findtext(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusMessage")
        what = ", ".join(value.rpartition(":")[2] for value in values)
        raise LoginRefused(Reason.STATUS, f"the identity provider answered {said(what)}; it says: {said(why)}")


def _check_destination(response: etree._Element, provider: ServiceProvider) -> None:
    if response.get("Destination") != provider.acs_url:
        raise LoginRefused(
            Reason.DESTINATION, f"Destination is {said(response.get('Destination'))}, not {provider.acs_url}"
        )


def _check_answer(answered: str | None, request_id: str | None) -> None:
    if answered != request_id:
        what = "no request" if answered is None else "another request"
        raise LoginRefused(Reason.REQUEST, f"the response answers {what} than the one that was made")


def _check_issuers(response: etree._Element, assertion: etree._Element, trust: SamlTrust) -> None:
    issuers = [only(assertion, "Issuer", Reason.ISSUER)]
    if of_response := response.findall(f"{{{SAML}}}Issuer"):
        issuers.append(one_of(of_response, "Issuer", Reason.ISSUER))
    for issuer in issuers:
        check_issuer(issuer, trust)


def check_issuer(issuer: etree._Element, trust: SamlTrust) -> None:
    """Whether an Issuer is the connection's identity provider, byte for byte (S-22). Raises LoginRefused."""
    if len(issuer) or issuer.text != trust.entity_id or issuer.get("Format", _ENTITY) != _ENTITY:
        raise LoginRefused(Reason.ISSUER, f"Issuer is {said(issuer.text)}, not {trust.entity_id}")


def _check_audience(conditions: etree._Element, provider: ServiceProvider) -> None:
    if unknown := [child.tag for child in conditions if child.tag not in _CONDITIONS]:
        # Core §2.5.1.1: whoever does not understand a condition cannot say that it is met.
        raise LoginRefused(Reason.AUDIENCE, f"the assertion has a condition that is not known: {said(unknown[0])}")
    restrictions = conditions.findall(f"{{{SAML}}}AudienceRestriction")
    for restriction in restrictions:
        audiences = [one.text or "" for one in restriction.findall(f"{{{SAML}}}Audience") if not len(one)]
        if provider.entity_id not in audiences:
            named = said(", ".join(audiences))
            raise LoginRefused(Reason.AUDIENCE, f"the assertion is for {named}, not {provider.entity_id}")
    if not restrictions:
        raise LoginRefused(Reason.AUDIENCE, "the assertion does not say for whom it is")


def _check_time(conditions: etree._Element, skew: timedelta, now: datetime) -> datetime:
    begins, ends = time_of(conditions, "NotBefore"), time_of(conditions, "NotOnOrAfter")
    if begins is None or ends is None:
        raise LoginRefused(Reason.TIME, "Conditions must have NotBefore and NotOnOrAfter")
    if ends - begins > MOST_LIFETIME:
        raise LoginRefused(Reason.TIME, "the assertion is valid for more than 24 hours")
    clock = f"by our clock it is {now.isoformat()}"
    # What they say is never calculated with: it may be the last moment that there is.
    if now + skew < begins:
        raise LoginRefused(Reason.TIME, f"valid from {begins.isoformat()}; {clock}")
    if now - skew >= ends:
        raise LoginRefused(Reason.TIME, f"valid until {ends.isoformat()}; {clock}")
    return ends


def _check_confirmation(
    subject: etree._Element, provider: ServiceProvider, request_id: str | None, skew: timedelta, now: datetime
) -> datetime:
    wrong = "there is no SubjectConfirmation by bearer"
    for confirmation in subject.findall(f"{{{SAML}}}SubjectConfirmation"):
        if confirmation.get("Method") != _BEARER:
            continue
        data = confirmation.find(f"{{{SAML}}}SubjectConfirmationData")
        if data is None:
            wrong = "SubjectConfirmationData is missing"
            continue
        ends = time_of(data, "NotOnOrAfter")
        if data.get("Recipient") != provider.acs_url:
            wrong = f"Recipient is {said(data.get('Recipient'))}"
        elif data.get("InResponseTo") != request_id:
            wrong = "InResponseTo is that of no or of another request"
        elif ends is None or data.get("NotBefore") is not None:
            wrong = "it must have NotOnOrAfter, and no NotBefore"
        elif now - skew >= ends:
            wrong = f"it ended {ends.isoformat()}, by our clock it is {now.isoformat()}"
        elif ends - now > MOST_LIFETIME:
            wrong = "it is valid for more than 24 hours"
        else:
            return ends
    raise LoginRefused(Reason.CONFIRMATION, f"nobody confirms who brings the assertion: {wrong}")


def _check_statement(
    statement: etree._Element, trust: SamlTrust, skew: timedelta, now: datetime
) -> tuple[datetime, datetime | None]:
    authenticated, ends = time_of(statement, "AuthnInstant"), time_of(statement, "SessionNotOnOrAfter")
    if authenticated is None or authenticated > now + skew:
        raise LoginRefused(Reason.TIME, f"AuthnInstant {said(statement.get('AuthnInstant'))} is missing or yet to come")
    if trust.oldest_sign_in is not None and now - authenticated > trust.oldest_sign_in + skew:
        raise LoginRefused(Reason.TIME, f"authenticated at {authenticated.isoformat()}, which is too long ago")
    if ends is not None and now >= ends:
        raise LoginRefused(Reason.TIME, f"the identity provider's session ended {ends.isoformat()}")
    return authenticated, ends


def _check_context(statement: etree._Element, trust: SamlTrust) -> str | None:
    found = statement.findall(f"{{{SAML}}}AuthnContext/{{{SAML}}}AuthnContextClassRef")
    context = found[0].text if len(found) == 1 and not len(found[0]) else None
    if trust.contexts and context not in trust.contexts:
        raise LoginRefused(Reason.CONTEXT, f"AuthnContext is {said(context)}; asked for {', '.join(trust.contexts)}")
    return bounded(context, "AuthnContextClassRef", Reason.CONTEXT)


def _name_id(subject: etree._Element, provider: ServiceProvider) -> NameId:
    if subject.find(f"{{{SAML}}}EncryptedID") is not None:
        raise LoginRefused(Reason.SUBJECT, "the NameID alone is encrypted; encrypt the assertion instead")
    element = only(subject, "NameID", Reason.SUBJECT)
    for_whom = element.get("SPNameQualifier")
    if for_whom and for_whom != provider.entity_id:
        raise LoginRefused(Reason.SUBJECT, f"the NameID is for {said(for_whom)}, not {provider.entity_id}")
    return name_id_of(element)


def name_id_of(element: etree._Element) -> NameId:
    """A NameID with what qualifies it (S-27). Raises LoginRefused."""
    check_bare(element.text, "NameID")
    return NameId(
        plain_text(element, "NameID", Reason.SUBJECT),
        bounded(element.get("Format"), "Format", Reason.SUBJECT),
        bounded(element.get("NameQualifier"), "NameQualifier", Reason.SUBJECT),
        bounded(element.get("SPNameQualifier"), "SPNameQualifier", Reason.SUBJECT),
    )


def _attributes(assertion: etree._Element, subject: str | None) -> dict[str, tuple[str, ...]]:
    if any(True for name in ("EncryptedAttribute", "EncryptedID") for _ in assertion.iter(f"{{{SAML}}}{name}")):
        raise LoginRefused(Reason.ATTRIBUTES, "single attributes or names are encrypted; encrypt the assertion instead")
    found: dict[str, tuple[str, ...]] = {}
    for attribute in assertion.findall(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute"):
        name = bounded(attribute.get("Name"), "the name of an attribute", Reason.ATTRIBUTES)
        if not name or name in found:
            raise LoginRefused(Reason.ATTRIBUTES, f"the attribute {said(name)} has no name, or comes twice")
        elements = attribute.findall(f"{{{SAML}}}AttributeValue")
        if name == subject:
            for element in elements:
                check_bare(element.text, f"the attribute {name}, which is the subject,")
        values = (_value(element, name) for element in elements)
        found[name] = tuple(value for value in values if value)
    return found


def _value(element: etree._Element, name: str) -> str:
    text = (element.text or "").strip()
    if len(element) or len(text) > MOST_VALUE or CONTROL.search(text):
        raise LoginRefused(
            Reason.ATTRIBUTES, f"a value of {said(name)} has elements or control characters, or is too long"
        )
    return text


def _subject_of(attributes: dict[str, tuple[str, ...]], name: str) -> str:
    values = attributes.get(name, ())
    if len(values) != 1 or len(values[0]) > MOST_TEXT:
        raise LoginRefused(
            Reason.SUBJECT, f"the attribute {name}, which is the subject, must have one value of at most {MOST_TEXT}"
        )
    return values[0]
