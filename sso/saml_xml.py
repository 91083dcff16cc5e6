"""The XML of a SAML message, before anything in it is believed.

One parser for everything: no network, no document type, no entities, no huge trees. Limits are checked before any
signature is, since those are costly. Sources: S-1 to S-5, S-7, S-16; CVE-2017-11427 for comments.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from lxml import etree

from sso.errors import LoginRefused, Reason

MOST_BYTES = 256 * 1024
MOST_DEPTH, MOST_ELEMENTS, MOST_ATTRIBUTES, MOST_SIGNATURES = 64, 5_000, 5_000, 2

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
_SIGNATURE, _REFERENCE = f"{{{DS}}}Signature", f"{{{DS}}}Reference"
_DECLARED = re.compile(r"""\A\ufeff?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_NOT_TEXT = etree.XPath("//comment() | //processing-instruction()")


def decode(text: str, *, most: int = MOST_BYTES) -> bytes:
    """The bytes of a message in strict Base64, white space aside. Raises LoginRefused."""
    if len(text) > most * 2:
        raise LoginRefused(Reason.FORM, f"the message is longer than {most} bytes")
    try:
        content = base64.b64decode(text.encode("ascii").translate(None, b" \t\r\n"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise LoginRefused(Reason.ENCODING, "the message is not Base64") from error
    if not content:
        raise LoginRefused(Reason.FORM, "the message is empty")
    if len(content) > most:
        raise LoginRefused(Reason.FORM, f"the message is longer than {most} bytes")
    return content


def inflate(content: bytes, *, most: int = MOST_BYTES) -> bytes:
    """A deflated message of the redirect binding; never more than ``most`` bytes of it (S-46). Raises LoginRefused."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = machine.decompress(content, most + 1)
    except zlib.error as error:
        raise LoginRefused(Reason.ENCODING, "the message is not deflated") from error
    if len(plain) > most:
        raise LoginRefused(Reason.FORM, f"the message is longer than {most} bytes when inflated")
    if not machine.eof or machine.unused_data:
        raise LoginRefused(Reason.ENCODING, "the deflated message is cut off, or something follows it")
    return plain


def parse(content: bytes, *, allows_comments: bool = False) -> etree._Element:
    """The root of a document that is within all limits. Raises LoginRefused.

    Comments and processing instructions are refused; of a document in which they are usual, they are left out.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LoginRefused(Reason.ENCODING, "the message is not UTF-8") from error
    declared = _DECLARED.match(text)
    if declared is not None and declared[1].lower() not in ("utf-8", "utf8"):
        raise LoginRefused(Reason.ENCODING, f"the message says that it is {declared[1][:30]!r}; only UTF-8 is read")
    # Text with NUL in it could be taken for UTF-16, in which the next line would find nothing.
    if "\0" in text:
        raise LoginRefused(Reason.ENCODING, "the message has NUL in it")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise LoginRefused(Reason.XML, "the message has a document type or entities")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=allows_comments,
        remove_pis=allows_comments,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise LoginRefused(Reason.LIMITS, "the message is deeper or longer than any real one") from error
        raise LoginRefused(Reason.XML, "the message is not well-formed XML") from error
    check_limits(root)
    return root


def check_limits(root: etree._Element) -> None:
    """Whether a tree is no larger than a real message is, and has elements and text only. Raises LoginRefused."""
    if _NOT_TEXT(root):
        raise LoginRefused(Reason.XML, "the message has a comment or a processing instruction")
    attributes = signatures = 0
    ids: set[str] = set()
    for elements, (depth, element) in enumerate(_walk(root), 1):
        if not isinstance(element.tag, str):
            raise LoginRefused(Reason.XML, "the message has an entity")
        attributes += len(element.attrib)
        if depth > MOST_DEPTH or elements > MOST_ELEMENTS or attributes > MOST_ATTRIBUTES:
            raise LoginRefused(Reason.LIMITS, "the message is deeper or longer than any real one")
        if element.tag == _SIGNATURE:
            signatures += 1
            if signatures > MOST_SIGNATURES or sum(1 for _ in element.iter(_REFERENCE)) != 1:
                raise LoginRefused(Reason.LIMITS, "more than two signatures, or one with other than one reference")
        for name, value in element.attrib.items():
            if str(name).rpartition("}")[2].lower() == "id":
                if value in ids:
                    raise LoginRefused(Reason.IDS, "two elements of the message have one id")
                ids.add(str(value))


def _walk(root: etree._Element) -> Iterator[tuple[int, etree._Element]]:
    waiting = [(1, root)]
    while waiting:
        depth, element = waiting.pop()
        yield depth, element
        waiting.extend((depth + 1, child) for child in element)
