"""python3-saml as it is used here: always strict, one tree, the schema compiled once, and time as it was asked for.

It says whether a signature is good, decrypts, and has the last word on every response: whatever our own checks let
through, its strict mode has to accept as well (S-6). Three things of it are set here for the whole process: the clock
skew, a constant of its module (S-25); its clock; and how it finds the schema, which it would compile at every call.
"""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from copy import deepcopy
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import onelogin.saml2
import xmlsec
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from sso.errors import LoginRefused, Reason
from sso.model import MOST_SKEW, SamlTrust, ServiceProvider, Signed
from sso.saml_xml import DS, SAML, SAMLP, XENC, XENC11

POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_SCHEMAS: Final = Path(onelogin.saml2.__file__).parent / "schemas"
_PROTOCOL: Final = "saml-schema-protocol-2.0.xsd"
# The schema of SAML's protocol, and besides the one element of XML Encryption 1.1 that providers use and the library's
# copy does not know: the mask of RSA-OAEP.
_WITH_MASKS: Final = f"""<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{XENC11}">
<import namespace="{SAMLP}" schemaLocation="{_PROTOCOL}"/>
<element name="MGF"><complexType><attribute name="Algorithm" type="anyURI" use="required"/></complexType></element>
</schema>"""
_SIGNATURE: Final = f"{{{DS}}}Signature"
_LOCATIONS = etree.XPath(
    "//@xsi:schemaLocation | //@xsi:noNamespaceSchemaLocation", namespaces={"xsi": _XSI.strip("{}")}
)


def check_schema(root: etree._Element) -> None:
    """Whether a message is as the schema of SAML's protocol has it (S-6). Raises LoginRefused."""
    if _LOCATIONS(root):
        # The validator would open what they name (S-16).
        raise LoginRefused(Reason.STRUCTURE, "the message names schemas of its own")
    schema = _schema(_PROTOCOL)
    if not schema.validate(root):
        raise LoginRefused(Reason.STRUCTURE, f"the message is not as SAML's schema has it: {_complaint(schema)}")


def signer(element: etree._Element, root: etree._Element, certificates: Sequence[str]) -> str | None:
    """The fingerprint of the certificate that signed an element of the tree; None if it has no signature.

    Keys come from the connection only, never from the message (S-12). Raises LoginRefused if none of them fits.
    """
    signature = element.find(_SIGNATURE)
    if signature is None:
        return None
    xmlsec.tree.add_ids(root, ["ID"])
    for certificate in certificates:
        if OneLogin_Saml2_Utils.validate_node_sign(signature, root, certificate, raise_exceptions=False):
            return _fingerprint(certificate)
    name = etree.QName(element).localname
    raise LoginRefused(Reason.SIGNATURE, f"no certificate of the connection verifies the signature of the {name}")


def decrypted(root: etree._Element, provider: ServiceProvider) -> etree._Element:
    """A copy of a response in which its encrypted assertion is a plain one. Raises LoginRefused.

    Whatever is wrong with what is encrypted, there is one answer (S-15).
    """
    # Whoever rolls a key over has two for a while; which of them it was encrypted for nobody says.
    for key in provider.keys:
        tree = deepcopy(root)
        try:
            [encrypted] = tree.findall(f"{{{SAML}}}EncryptedAssertion")
            [data], [encrypted_key] = (
                [*encrypted.iter(f"{{{XENC}}}{name}")] for name in ("EncryptedData", "EncryptedKey")
            )
            [info] = data.findall(f"{{{DS}}}KeyInfo")
            # The key is in its usual place and says nothing of where to find others (S-16).
            info[:] = [encrypted_key]
            for hint in encrypted_key.findall(f"{{{DS}}}KeyInfo"):
                encrypted_key.remove(hint)
            tree.replace(encrypted, OneLogin_Saml2_Utils.decrypt_element(data, key, inplace=True))
        except Exception:  # noqa: S112  of whatever kind
            continue
        return tree
    raise LoginRefused(Reason.ENCRYPTION, "the assertion cannot be decrypted")


def check_strictly(
    root: etree._Element,
    plain: etree._Element,
    trust: SamlTrust,
    provider: ServiceProvider,
    request_id: str | None,
    moment: datetime,
) -> None:
    """Whether the library accepts the response as well, in strict mode, as of a moment. Raises LoginRefused.

    ``root`` is the response as it came, ``plain`` the same with its assertion decrypted, or the very same.
    """
    asked = _moment.set(moment)
    try:
        response = _Response(_settings(trust, provider), root, plain)
        response.is_valid(_request(provider), request_id, raise_exceptions=True)
        response.get_nameid()
    except Exception as error:
        raise LoginRefused(Reason.STRUCTURE, f"python3-saml refuses it: {error}"[:300]) from error
    finally:
        _moment.reset(asked)


class _Response(OneLogin_Saml2_Response):  # type: ignore[misc]  # the library has no types
    """The library's response over trees that are parsed, limited and decrypted already (S-10)."""

    def __init__(self, settings: Any, root: etree._Element, plain: etree._Element) -> None:
        self._settings, self._error = settings, None
        self.document = root
        self.encrypted = plain is not root
        self.decrypted_document = plain if self.encrypted else None
        self.valid_scd_not_on_or_after = None


def _settings(trust: SamlTrust, provider: ServiceProvider) -> Any:
    return _prepared(
        trust.entity_id,
        tuple(trust.certificates),
        trust.signed,
        provider.entity_id,
        provider.acs_url,
    )


# By value: a connection that is edited has settings of its own at once, and the old ones are nobody's.
@lru_cache(maxsize=256)
def _prepared(idp: str, certificates: tuple[str, ...], signed: Signed, entity_id: str, acs_url: str) -> Any:
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "debug": False,
            "sp": {
                "entityId": entity_id,
                "assertionConsumerService": {"url": acs_url, "binding": POST},
            },
            "idp": {
                "entityId": idp,
                # Wanted, but not looked at: our requests are made without the library.
                "singleSignOnService": {"url": "https://idp.invalid/", "binding": REDIRECT},
                "x509cert": certificates[0],
                "x509certMulti": {"signing": list(certificates), "encryption": []},
            },
            "security": {
                "wantAssertionsSigned": signed in (Signed.ASSERTION, Signed.BOTH),
                "wantMessagesSigned": signed in (Signed.RESPONSE, Signed.BOTH),
                "rejectDeprecatedAlgorithm": True,
                "requestedAuthnContext": False,
                "wantNameId": True,
                "wantAttributeStatement": False,
                "allowRepeatAttributeName": False,
                "allowSingleLabelDomains": True,
            },
        }
    )


def _request(provider: ServiceProvider) -> dict[str, Any]:
    """Where the message was received: by configuration, never by headers (O-6)."""
    url = urlsplit(provider.acs_url)
    return {
        "https": "on" if url.scheme == "https" else "off",
        "http_host": url.netloc,
        "script_name": url.path,
        "get_data": {},
        "post_data": {},
    }


@lru_cache(maxsize=1024)
def _fingerprint(certificate: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.strip())).hexdigest()


_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)
_of_thread = threading.local()


def _library_time() -> int:
    return int((_moment.get() or datetime.now(UTC)).timestamp())


def _schema(name: str) -> etree.XMLSchema:
    """A schema, compiled once in each thread: its list of errors is not to be shared."""
    kept: dict[str, etree.XMLSchema] = _of_thread.__dict__.setdefault("schemas", {})
    if name not in kept:
        if name == _PROTOCOL:
            kept[name] = etree.XMLSchema(etree.fromstring(_WITH_MASKS, base_url=f"{_SCHEMAS}/"))
        else:
            kept[name] = etree.XMLSchema(etree.parse(_SCHEMAS / name))
    return kept[name]


def _complaint(schema: etree.XMLSchema) -> str:
    error = getattr(schema.error_log, "last_error", None)
    return str(error.message)[:200] if error is not None else "it says no more"


def _validate(xml: Any, schema: str, debug: bool = False) -> Any:
    """What the library's own function does, which compiles the schema at every call."""
    root = OneLogin_Saml2_XML.to_etree(xml)
    return root if _schema(schema).validate(root) else "invalid_xml"


OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = int(MOST_SKEW.total_seconds())
OneLogin_Saml2_Utils.now = staticmethod(_library_time)
OneLogin_Saml2_XML.validate_xml = staticmethod(_validate)
