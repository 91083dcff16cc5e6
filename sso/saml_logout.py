"""SAML single logout by redirect: requests and responses, signed both ways (profiles §4.4; S-45 to S-47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from sso.errors import LoginRefused, Reason, said
from sso.model import MOST_SKEW, NameId, SamlTrust, ServiceProvider
from sso.saml_claims import check_issuer, name_id_of
from sso.saml_library import check_schema
from sso.saml_redirect import Begun, Received, address, message, receive
from sso.saml_values import bounded, only, plain_text, time_of
from sso.saml_xml import DS, SAML, SAMLP

_STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"
MOST_AGE: Final = timedelta(minutes=10)
"""No logout message may have been issued longer ago."""


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """Whose sessions an identity provider ends; without ``session_indexes`` all of the subject (S-45).

    Its ``id`` must not be used twice before ``expires``.
    """

    id: str
    name_id: NameId
    session_indexes: tuple[str, ...]
    relay_state: str | None
    expires: datetime


def read_request(query: str, trust: SamlTrust, provider: ServiceProvider, now: datetime) -> LogoutRequest:
    """The logout request in a raw query string, verified. Raises LoginRefused."""
    received = receive(query, "SAMLRequest", trust.certificates)
    root, skew = received.root, min(trust.skew, MOST_SKEW)
    issued = _check(received, "LogoutRequest", trust, provider, now)
    ends = time_of(root, "NotOnOrAfter")
    if ends is not None and now - skew >= ends:
        raise LoginRefused(Reason.TIME, f"the logout request ended {ends.isoformat()}")
    name_id = name_id_of(only(root, "NameID", Reason.SUBJECT))
    indexes = tuple(
        plain_text(one, "SessionIndex", Reason.STATEMENT) for one in root.findall(f"{{{SAMLP}}}SessionIndex")
    )
    return LogoutRequest(str(root.get("ID")), name_id, indexes, received.relay_state, issued + MOST_AGE + skew)


def read_response(query: str, trust: SamlTrust, provider: ServiceProvider, request_id: str, now: datetime) -> bool:
    """Whether the identity provider ended everything that we asked it to end. Raises LoginRefused."""
    received = receive(query, "SAMLResponse", trust.certificates)
    _check(received, "LogoutResponse", trust, provider, now)
    if received.root.get("InResponseTo") != request_id:
        raise LoginRefused(Reason.REQUEST, "the logout response answers another request")
    codes = received.root.findall(f"{{{SAMLP}}}Status//{{{SAMLP}}}StatusCode")
    return [code.get("Value") for code in codes] == [f"{_STATUS}Success"]


def begin_logout(
    trust: SamlTrust,
    provider: ServiceProvider,
    name_id: NameId,
    session_indexes: Sequence[str],
    relay_state: str | None,
    now: datetime,
) -> Begun:
    """Ask the identity provider to end these sessions, or all, of whom it called by this name."""
    location = _location(trust)
    request = message("LogoutRequest", location, provider, now, Reason="urn:oasis:names:tc:SAML:2.0:logout:user")
    said_by = {"Format": name_id.format, "NameQualifier": name_id.qualifier, "SPNameQualifier": name_id.sp_qualifier}
    element = etree.SubElement(request, f"{{{SAML}}}NameID", {key: text for key, text in said_by.items() if text})
    element.text = name_id.value
    for index in session_indexes:
        etree.SubElement(request, f"{{{SAMLP}}}SessionIndex").text = index
    return Begun(str(request.get("ID")), address(location, "SAMLRequest", request, relay_state, provider))


def answer_logout(
    trust: SamlTrust, provider: ServiceProvider, request: LogoutRequest, now: datetime, *, is_complete: bool = True
) -> str:
    """The address that tells the identity provider that its request was followed; the browser is sent there."""
    location = _location(trust)
    response = message("LogoutResponse", location, provider, now, InResponseTo=request.id)
    status = etree.SubElement(response, f"{{{SAMLP}}}Status")
    result = "Success" if is_complete else "Responder"
    etree.SubElement(status, f"{{{SAMLP}}}StatusCode", Value=f"{_STATUS}{result}")
    return address(location, "SAMLResponse", response, request.relay_state, provider)


def _check(received: Received, name: str, trust: SamlTrust, provider: ServiceProvider, now: datetime) -> datetime:
    root = received.root
    if root.tag != f"{{{SAMLP}}}{name}" or root.get("Version") != "2.0":
        raise LoginRefused(Reason.STRUCTURE, f"the message is no {name} of SAML 2.0")
    if any(True for _ in root.iter(f"{{{DS}}}Signature")):
        raise LoginRefused(Reason.SIGNATURE_FORM, "a message by redirect is signed in its address, not in itself")
    check_schema(root)
    bounded(root.get("ID"), "ID", Reason.STRUCTURE)
    if root.get("Destination") != provider.logout_url:
        raise LoginRefused(
            Reason.DESTINATION, f"Destination is {said(root.get('Destination'))}, not {provider.logout_url}"
        )
    check_issuer(only(root, "Issuer", Reason.ISSUER), trust)
    issued, skew = time_of(root, "IssueInstant"), min(trust.skew, MOST_SKEW)
    if issued is None or issued > now + skew or now - issued > MOST_AGE + skew:
        raise LoginRefused(Reason.TIME, f"IssueInstant is {issued}, by our clock it is {now.isoformat()}")
    return issued


def _location(trust: SamlTrust) -> str:
    if trust.logout_url is None:
        raise ValueError("the identity provider has no address for logout")
    return trust.logout_url
