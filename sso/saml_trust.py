"""Whether a SAML connection may be stored as it is: what no message can make up for (S-12, S-14, S-25, S-29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from sso.certificates import BadCertificate, read_certificate
from sso.errors import BadTrust
from sso.model import MOST_SKEW, TRANSIENT, SamlTrust, Signed

MOST_CERTIFICATES, MOST_ENTITY_ID, MOST_URL = 10, 1024, 2048


def check_trust(trust: SamlTrust, *, name_id_formats: Sequence[str] = (), plain: bool = False) -> None:
    """Whether a connection may be stored. Raises BadTrust, in words for an administrator.

    ``name_id_formats`` are those which the provider's metadata names; ``plain``: http is accepted on loopback.
    """
    if not trust.entity_id or len(trust.entity_id) > MOST_ENTITY_ID or trust.entity_id != trust.entity_id.strip():
        raise BadTrust(f"the entity id must have 1 to {MOST_ENTITY_ID} characters, and no space around it")
    check_address(trust.sso_url, "the sign-in address", plain=plain)
    if trust.logout_url is not None:
        check_address(trust.logout_url, "the logout address", plain=plain)
    if not 1 <= len(trust.certificates) <= MOST_CERTIFICATES:
        raise BadTrust(f"a connection needs at least one certificate of its provider, and at most {MOST_CERTIFICATES}")
    for certificate in trust.certificates:
        try:
            read_certificate(certificate)
        except BadCertificate as error:
            raise BadTrust(f"a certificate cannot be used: {error}") from error
    if trust.signed not in tuple(Signed):
        raise BadTrust("the assertion, the response or both must be signed")
    if not timedelta(0) <= trust.skew <= MOST_SKEW:
        raise BadTrust(f"clocks may differ by 0 to {MOST_SKEW.total_seconds():.0f} seconds")
    if trust.subject_attribute is None and (trust.name_id_format == TRANSIENT or {*name_id_formats} == {TRANSIENT}):
        raise BadTrust(
            "a transient NameID is another one at every sign-in, so nobody could be recognised by it: "
            "choose another format, or name an attribute that identifies people"
        )


def check_address(url: str, what: str, *, plain: bool = False) -> None:
    """Whether browsers may be sent to an address: https, or http on loopback where ``plain``. Raises BadTrust."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadTrust(f"{what} is no address") from error
    is_local = plain and parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1")
    if not (parts.scheme == "https" or is_local) or not host or "@" in parts.netloc or parts.fragment:
        raise BadTrust(f"{what} must be an https address without user and fragment, not {url[:120]!r}")
    if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or set(url) & set(' "<>\\^`{|}'):
        raise BadTrust(f"{what} is too long, or has characters that no address has")
