"""What is refused of a SAML message before anything in it is believed (S-1 to S-8, S-16)."""

from __future__ import annotations

import base64
import socket
import time

import pytest
from lxml import etree

from sso.errors import LoginRefused, Reason
from sso.saml_xml import MOST_BYTES, check_limits, parse
from tests.idp.saml_encrypt import Encryption
from tests.idp.saml_idp import DS, SAML, SAMLP, XSI, Change, Signing, Tree, add, sign, the
from tests.sso.saml_world import IDP, NOW, OURS, REQUEST, SP, accepted, answer, refused

GOOD = base64.b64decode(answer())
XML = '<?xml version="1.0"?>'


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _with(old: bytes, new: bytes) -> str:
    assert old in GOOD
    return _coded(GOOD.replace(old, new))


FORMS: dict[str, tuple[Reason, str]] = {
    "nothing": (Reason.FORM, ""),
    "white space": (Reason.FORM, " \r\n\t "),
    "too long when decoded": (Reason.FORM, _coded(b"<a>" + b" " * MOST_BYTES + b"</a>")),
    "too long to decode": (Reason.FORM, "A" * (2 * MOST_BYTES + 1)),
    "not Base64": (Reason.ENCODING, "<samlp:Response/>"),
    "Base64 of addresses": (Reason.ENCODING, _coded(b"<\xff\xfe>").replace("+", "-").replace("/", "_") + "-_"),
    "padding missing": (Reason.ENCODING, _coded(GOOD + b" " * (1 + -len(GOOD) % 3))[:-1]),
    "padding within": (Reason.ENCODING, "PGE=" + _coded(GOOD)),
    "a no-break space": (Reason.ENCODING, _coded(GOOD)[:8] + "\u00a0" + _coded(GOOD)[8:]),
    "a surrogate": (Reason.ENCODING, _coded(GOOD) + "\ud800"),
    "NUL in the text": (Reason.ENCODING, _coded(GOOD)[:8] + "\0" + _coded(GOOD)[8:]),
    "an e-mail's line": (Reason.ENCODING, "SAMLResponse=" + _coded(GOOD)),
    "Latin-1": (Reason.ENCODING, _with(b"Sales", b"Caf\xe9")),
    "UTF-16 with mark": (Reason.ENCODING, _coded(GOOD.decode().encode("utf-16"))),
    "UTF-16 little end": (Reason.ENCODING, _coded((XML + GOOD.decode()).encode("utf-16-le"))),
    "UTF-16 big end": (Reason.ENCODING, _coded((XML + GOOD.decode()).encode("utf-16-be"))),
    "UTF-32": (Reason.ENCODING, _coded(GOOD.decode().encode("utf-32"))),
    "UTF-16 said only": (Reason.ENCODING, _coded(b'<?xml version="1.0" encoding="UTF-16"?>' + GOOD)),
    "Latin-1 said": (Reason.ENCODING, _coded(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + GOOD)),
    "UTF-7 said": (Reason.ENCODING, _coded(b"<?xml version='1.0' encoding='UTF-7'?>" + GOOD)),
    "UTF-7 said after a mark": (Reason.ENCODING, _coded(b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-7'?>" + GOOD)),
    "overlong UTF-8": (Reason.ENCODING, _with(b"Sales", b"\xc0\xbcSales")),
    "NUL in the XML": (Reason.ENCODING, _with(b"Sales", b"Sa\0les")),
    "no XML": (Reason.XML, _coded(b"hello")),
    "JSON": (Reason.XML, _coded(b'{"SAMLResponse": "x"}')),
    "cut off": (Reason.XML, _coded(GOOD[:-10])),
    "two roots": (Reason.XML, _coded(GOOD + GOOD)),
    "text behind": (Reason.XML, _coded(GOOD + b"x")),
    "an undefined entity": (Reason.XML, _with(b"Sales", b"&sales;")),
    "an undefined prefix": (Reason.XML, _with(b"<saml:Audience>", b"<x:Audience>")),
    "a control character": (Reason.XML, _with(b"Sales", b"Sa&#0;les")),
    "an attribute twice": (Reason.XML, _with(b'ID="_a1"', b'ID="_a1" ID="_a2"')),
    "a DOCTYPE": (Reason.XML, _coded(b"<!DOCTYPE r>" + GOOD)),
    "a small doctype": (Reason.XML, _coded(b"<!doctype r>" + GOOD)),
    "an external DTD": (Reason.XML, _coded(b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + GOOD)),
    "a public DTD": (Reason.XML, _coded(b'<!DOCTYPE r PUBLIC "x" "file:///etc/passwd">' + GOOD)),
    "an external entity": (
        Reason.XML,
        _coded(b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + GOOD.replace(b"Sales", b"&x;")),
    ),
    "a parameter entity": (Reason.XML, _coded(b'<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]>' + GOOD)),
    "a billion laughs": (
        Reason.XML,
        _coded(
            b"<!DOCTYPE r [<!ENTITY a0 'ha'>"
            + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
            + b"]>"
            + GOOD.replace(b"Sales", b"&a9;")
        ),
    ),
    "quadratic growth": (
        Reason.XML,
        _coded(b"<!DOCTYPE r [<!ENTITY a '" + b"x" * 50_000 + b"'>]>" + GOOD.replace(b"Sales", b"&a;" * 5_000)),
    ),
    "an entity that is text": (
        Reason.XML,
        _coded(b"<!DOCTYPE r [<!ENTITY a 'admin'>]>" + GOOD.replace(b"u-17", b"&a;")),
    ),
    "default attributes": (
        Reason.XML,
        _coded(b"<!DOCTYPE r [<!ATTLIST samlp:Response Destination CDATA 'x'>]>" + GOOD),
    ),
    "a comment": (Reason.XML, _with(b"Sales", b"Sa<!-- -->les")),
    "a comment in the NameID": (Reason.XML, _with(b"u-17", b"u-<!-- -->17")),
    "a comment before the root": (Reason.XML, _coded(b"<!-- -->" + GOOD)),
    "a comment after the root": (Reason.XML, _coded(GOOD + b"<!-- -->")),
    "a comment in the DigestValue": (Reason.XML, _with(b"</ds:DigestValue>", b"<!-- --></ds:DigestValue>")),
    "a processing instruction": (Reason.XML, _with(b"Sales", b"Sa<?x y?>les")),
    "a style sheet": (Reason.XML, _coded(b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>' + GOOD)),
    "an instruction after the root": (Reason.XML, _coded(GOOD + b"<?x y?>")),
    "another root": (Reason.STRUCTURE, _coded(b"<html/>")),
    "an assertion alone": (
        Reason.STRUCTURE,
        _coded(etree.tostring(the(IDP.response(SP, REQUEST, NOW), "saml:Assertion"))),
    ),
    "SAML 1.1": (Reason.STRUCTURE, _coded(b'<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol" Version="2.0"/>')),
    "no namespace": (Reason.STRUCTURE, _coded(b'<Response Version="2.0" ID="_r1"/>')),
    "a case of its own": (Reason.STRUCTURE, _with(b"samlp:Response", b"samlp:response")),
}


@pytest.mark.parametrize("name", FORMS)
def test_s2_what_is_no_message_is_refused(name: str) -> None:
    """Strict Base64, UTF-8, XML without a document type, entities, comments and instructions (S-1 to S-4)."""
    reason, message = FORMS[name]
    assert refused(message) == reason


def test_s1_a_message_is_as_long_as_the_limit_at_most() -> None:
    """To the byte, before and after it is decoded; the field is one text."""
    room = MOST_BYTES - len(GOOD)
    assert accepted(_coded(GOOD + b" " * room)).subject == "u-17"
    assert refused(_coded(GOOD + b" " * (room + 1))) == Reason.FORM


def test_s10_a_message_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second parser could see anything else: the verified tree is the one that is read."""
    message, parsed = answer(), []
    accepted(message)
    once = etree.fromstring
    for name in ("fromstring", "parse", "XML", "fromstringlist"):
        monkeypatch.setattr(etree, name, lambda *given, **more: parsed.append(given) or once(*given, **more))
    assert accepted(message).subject == "u-17"
    assert len(parsed) == 1


@pytest.mark.parametrize("text", [f"\r\n{answer()}\n", " \t".join(answer()), answer() + "  "])
def test_s2_white_space_in_base64_is_allowed(text: str) -> None:
    """Forms break lines."""
    assert accepted(text).subject == "u-17"


def test_s4_a_byte_order_mark_and_a_declaration_are_allowed() -> None:
    """UTF-8 may say so."""
    for start in (
        b"\xef\xbb\xbf",
        b'<?xml version="1.0" encoding="UTF-8"?>',
        b"<?xml version='1.0' encoding='utf-8'?>\n",
    ):
        assert accepted(_coded(start + GOOD)).subject == "u-17"


def _deep(root: Tree, levels: int) -> None:
    value = the(root, "saml:AttributeValue")
    for _ in range(levels):
        value = add(value, "saml:AttributeValue")


def _wide(root: Tree, elements: int) -> None:
    for number in range(elements):
        add(the(root, "saml:AttributeStatement"), "saml:Attribute", Name=f"a{number}")


def _many_attributes(root: Tree) -> None:
    value = the(root, "saml:AttributeValue")
    for number in range(5_000):
        value.set(f"a{number}", "")


def _many_references(root: Tree) -> None:
    reference = the(root, "ds:Reference")
    for _ in range(500):
        copy = etree.fromstring(etree.tostring(reference))
        the(root, "ds:SignedInfo").append(copy)


def _many_signatures(root: Tree) -> None:
    for place in ("saml:Subject", "saml:Conditions"):
        sign(the(root, place), Signing(is_real=False))


LIMITS: dict[str, Change] = {
    "70 levels": lambda root: _deep(root, 70),
    "300 levels": lambda root: _deep(root, 300),
    "5,000 elements": lambda root: _wide(root, 5_000),
    "5,000 attributes": _many_attributes,
    "500 references": _many_references,
    "three signatures": _many_signatures,
    "a signature without reference": lambda root: the(root, "ds:SignedInfo").remove(the(root, "ds:Reference")),
}


@pytest.mark.parametrize("name", LIMITS)
def test_s5_larger_than_any_real_message_is_refused_at_once(name: str) -> None:
    """Limits come before signatures, which are costly; even the provider itself may not pass them."""
    message = answer(tamper=LIMITS[name])
    begun = time.process_time()
    assert refused(message) == Reason.LIMITS
    assert time.process_time() - begun < 0.5


def _schema_location(name: str) -> Change:
    return lambda root: root.set(f"{{{XSI}}}{name}", f"{SAMLP} file:///etc/passwd http://127.0.0.1:9/x.xsd")


def _version(path: str) -> Change:
    return lambda root: the(root, path).set("Version", "1.1")


def _replaced(path: str, name: str) -> Change:
    def change(root: Tree) -> None:
        the(root, path).tag = f"{{{SAML}}}{name}"

    return change


def _removed(path: str) -> Change:
    def change(root: Tree) -> None:
        element = the(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def _copied(path: str, *, fresh: bool = True) -> Change:
    def change(root: Tree) -> None:
        element = the(root, path)
        copy = etree.fromstring(etree.tostring(element))
        if fresh and copy.get("ID"):
            copy.set("ID", "_copy")
        element.addnext(copy)

    return change


def _moved(path: str, target: str) -> Change:
    return lambda root: the(root, target).append(the(root, path))


STRUCTURES: dict[str, Change] = {
    "the response says 1.1": lambda root: root.set("Version", "1.1"),
    "the response says no version": lambda root: root.attrib.pop("Version"),
    "no id": lambda root: root.attrib.pop("ID"),
    "no id of the assertion": lambda root: the(root, "saml:Assertion").attrib.pop("ID"),
    "an id that is none": lambda root: the(root, "saml:Assertion").set("ID", "1 a"),
    "no status": _removed("samlp:Status"),
    "no assertion": _removed("saml:Assertion"),
    "two assertions": _copied("saml:Assertion"),
    "two statuses": _copied("samlp:Status"),
    "two issuers": _copied("saml:Issuer"),
    "two subjects": _copied("saml:Subject"),
    "two conditions": _copied("saml:Conditions"),
    "an unknown element": _replaced("saml:Conditions", "Condition5"),
    "an assertion in an assertion": _copied("saml:Assertion", fresh=True),
    "a subject outside": _moved("saml:Subject", "samlp:Status"),
    "an assertion in the status": _moved("saml:Assertion", "samlp:Status"),
    "no IssueInstant": lambda root: the(root, "saml:Assertion").attrib.pop("IssueInstant"),
    "a time that is none": lambda root: the(root, "saml:Conditions").set("NotBefore", "yesterday"),
    "an unknown attribute": lambda root: the(root, "saml:Conditions").set("Valid", "always"),
    "text where none may be": lambda root: setattr(the(root, "saml:Subject"), "text", "admin"),
    "schemaLocation": _schema_location("schemaLocation"),
    "noNamespaceSchemaLocation": _schema_location("noNamespaceSchemaLocation"),
    "another type": lambda root: the(root, "saml:Conditions").set(f"{{{XSI}}}type", "samlp:StatusType"),
    "nothing by xsi:nil": lambda root: the(root, "saml:Conditions").set(f"{{{XSI}}}nil", "true"),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_s6_what_the_schema_does_not_allow_is_refused(name: str) -> None:
    """The whole message is as the schema has it, with exactly one assertion (S-4, S-6, S-8, S-16)."""
    assert refused(answer(bend=STRUCTURES[name], signed=None)) == Reason.STRUCTURE


@pytest.mark.parametrize("attribute", ["ID", "Id", "id", "iD", "{http://www.w3.org/XML/1998/namespace}id", "{urn:x}Id"])
@pytest.mark.parametrize("value", ["_a1", "_r1"])
def test_s7_an_id_in_any_spelling_is_unique(attribute: str, value: str) -> None:
    """Whatever some reader may take for an id."""

    def bend(root: Tree) -> None:
        the(root, "saml:AttributeValue").set(attribute, value)

    assert refused(answer(bend=bend)) == Reason.IDS


def test_s16_nothing_in_a_message_makes_a_connection() -> None:
    """Whatever names an address: nobody calls there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        place = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        key = f'<ds:RetrievalMethod xmlns:ds="{DS}" URI="{place}"/>'
        include = f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{place}"/>'
        messages = [
            answer(signed=None, bend=lambda root: root.set(f"{{{XSI}}}schemaLocation", f"{SAMLP} {place}")),
            answer(signed=None, bend=lambda root: root.set(f"{{{XSI}}}noNamespaceSchemaLocation", place)),
            answer(signing=Signing(uri=place, is_real=False)),
            answer(signing=Signing(info=key), tamper=_name_changed),
            answer(bend=lambda root: the(root, "saml:AttributeValue").append(etree.fromstring(include))),
            answer(encryption=Encryption(OURS.certificate, hint=key)),
            _coded(f'<!DOCTYPE r SYSTEM "{place}">'.encode() + GOOD),
            _coded(f'<?xml-stylesheet href="{place}"?>'.encode() + GOOD),
        ]
        for message in messages:
            refused(message)
        with pytest.raises(BlockingIOError):
            server.accept()
        # The ear is good: who does call is heard.
        socket.create_connection(server.getsockname()).close()
        server.accept()[0].close()


def _name_changed(root: Tree) -> None:
    the(root, "saml:NameID").text = "admin"


def test_s3_the_parser_itself_resolves_nothing() -> None:
    """Even if a document type passed the first look, no entity would be resolved."""
    with pytest.raises(LoginRefused):
        parse(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def test_s3_an_entity_in_a_tree_is_refused() -> None:
    """However it came there: what was decrypted is parsed by another library."""
    root = etree.Element("a")
    root.append(etree.Entity("b"))
    with pytest.raises(LoginRefused) as caught:
        check_limits(root)
    assert caught.value.reason == Reason.XML
