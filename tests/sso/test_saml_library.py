"""What we rely on in python3-saml, lxml and xmlsec: pinned together, and asserted here (S-6, S-25, section 13)."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
import xmlsec
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML
from onelogin.saml2.xmlparser import GlobalParserTLS

from sso.errors import LoginRefused, Reason
from sso.model import Signed
from sso.saml_library import _prepared, _settings, check_strictly
from tests.idp.saml_encrypt import Encryption
from tests.idp.saml_idp import the
from tests.sso.saml_world import IDP, NOW, OURS, REQUEST, SP, TRUST, accepted, answer

ROOT = Path(__file__).parent.parent.parent


def test_the_three_libraries_are_pinned_exactly() -> None:
    """They share memory, so they are one thing (section 13)."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("lxml", "xmlsec", "python3-saml"):
        assert f'"{name}=={version(name)}"' in project


def test_both_libraries_run_on_one_libxml2() -> None:
    """Two in one process would read each other's memory: of lxml and xmlsec, each says which it has."""
    ours = ".".join(map(str, etree.LIBXML_VERSION))
    theirs = ".".join(map(str, xmlsec.get_libxml_version()))
    assert ours == theirs == ".".join(map(str, etree.LIBXML_COMPILED_VERSION))
    assert xmlsec.get_libxml_compiled_version() == etree.LIBXML_COMPILED_VERSION


@pytest.mark.parametrize("order", ["import xmlsec, lxml.etree", "import lxml.etree, xmlsec"])
def test_the_order_of_imports_does_not_matter(order: str) -> None:
    """Whichever comes first, a signed and an encrypted response are read with all their attributes."""
    code = (
        f"{order}; from tests.sso.saml_world import *; from tests.idp.saml_encrypt import Encryption;"
        "assert accepted(answer()).attributes['groups'] == ('Sales', 'Staff');"
        "assert accepted(answer(encryption=Encryption(OURS.certificate))).attributes['groups'] == ('Sales', 'Staff')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_s3_the_librarys_parser_resolves_nothing_either() -> None:
    """Should it ever parse anything itself."""
    assert GlobalParserTLS.parser_config["resolve_entities"] is False
    assert GlobalParserTLS.parser_config["no_network"] is True
    assert GlobalParserTLS.parser_config["huge_tree"] is False
    with pytest.raises(ValueError, match="DTDForbidden"):
        OneLogin_Saml2_XML.to_etree(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def test_s25_the_librarys_skew_is_ours() -> None:
    """Its constant is 300 seconds when it comes."""
    assert OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT == 180


@pytest.mark.parametrize("signed", [*Signed])
def test_s6_settings_are_strict_everywhere(signed: Signed) -> None:
    """Strict, with signatures wanted as the connection has it, and nothing deprecated."""
    settings = _settings(replace(TRUST, signed=signed), SP)
    security = settings.get_security_data()
    assert settings.is_strict()
    assert not settings.is_debug_active()
    assert security["rejectDeprecatedAlgorithm"] is True
    assert security["wantAssertionsSigned"] is (signed != Signed.RESPONSE)
    assert security["wantMessagesSigned"] is (signed != Signed.ASSERTION)
    assert security["requestedAuthnContext"] is False
    assert not security["allowRepeatAttributeName"]
    assert "certFingerprint" not in settings.get_idp_data() or not settings.get_idp_data()["certFingerprint"]


def test_s6_settings_are_built_in_one_place_only() -> None:
    """Nobody else builds settings or asks the library for a verdict, so nobody can do it less strictly."""
    for package in ("app", "sso", "scim", "rbac", "muster"):
        for path in (ROOT / package).rglob("*.py"):
            text = "" if path.name == "saml_library.py" else path.read_text(encoding="utf-8")
            assert not re.search(r"OneLogin_Saml2_(Settings|Response|Auth|LogoutRe\w+|IdPMetadataParser)", text), path
    source = (ROOT / "sso/saml_library.py").read_text(encoding="utf-8")
    assert source.count('"strict": True') == source.count("OneLogin_Saml2_Settings(") == 1


def test_settings_are_kept_per_version_of_a_connection_and_never_shared_between_two() -> None:
    """The same values, the same settings; whatever is changed has others at once."""
    assert _settings(TRUST, SP) is _settings(replace(TRUST, certificates=[*TRUST.certificates]), replace(SP))
    changed = [
        (replace(TRUST, entity_id="https://other.example"), SP),
        (replace(TRUST, certificates=(OURS.certificate,)), SP),
        (replace(TRUST, signed=Signed.BOTH), SP),
        (TRUST, replace(SP, acs_url="https://muster.example/sso/8/acs")),
        (TRUST, replace(SP, entity_id="https://muster.example/sso/8/metadata")),
    ]
    kept = {id(_settings(*pair)) for pair in [(TRUST, SP), *changed]}
    assert len(kept) == len(changed) + 1
    assert _prepared.cache_info().maxsize is not None


@pytest.mark.parametrize(
    "path",
    [
        ("saml:Audience", "text", "https://other.example"),
        ("saml:Assertion/saml:Issuer", "text", "https://other.example"),
        ("saml:NameID", "text", ""),
        ("saml:Conditions", "NotOnOrAfter", "2031-05-17T11:00:00Z"),
        ("saml:Conditions", "NotBefore", "2031-05-17T13:00:00Z"),
        ("saml:AuthnStatement", "SessionNotOnOrAfter", "2031-05-17T11:00:00Z"),
        ("saml:SubjectConfirmationData", "NotOnOrAfter", "2031-05-17T11:00:00Z"),
        ("samlp:StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder"),
    ],
)
def test_s6_the_library_has_the_last_word(path: tuple[str, str, str]) -> None:
    """Asked by itself, in strict mode and as of our clock, it refuses what our own checks refuse before it."""
    where, what, value = path

    def bend(root: etree._Element) -> None:
        element = the(root, where)
        setattr(element, what, value) if what == "text" else element.set(what, value)

    good = IDP.tree(SP, REQUEST, NOW)
    check_strictly(good, good, TRUST, SP, REQUEST, NOW)
    bad = IDP.tree(SP, REQUEST, NOW, bend=bend)
    with pytest.raises(LoginRefused) as caught:
        check_strictly(bad, bad, TRUST, SP, REQUEST, NOW)
    assert caught.value.reason == Reason.STRUCTURE


def test_s6_the_library_verifies_the_signature_itself() -> None:
    """A change after signing, and a response that is not signed at all."""
    for message in (
        IDP.tree(SP, REQUEST, NOW, tamper=lambda root: setattr(the(root, "saml:NameID"), "text", "admin")),
        IDP.tree(SP, REQUEST, NOW, signed=None),
    ):
        with pytest.raises(LoginRefused):
            check_strictly(message, message, TRUST, SP, REQUEST, NOW)


def test_a7_the_librarys_clock_is_ours_for_one_question_only() -> None:
    """Outside of a verification it is the real one."""
    assert accepted(answer()).subject == "u-17"
    assert abs(OneLogin_Saml2_Utils.now() - datetime.now(UTC).timestamp()) < 5


def test_many_threads_verify_at_once() -> None:
    """Each has a schema of its own; refusals of one never become another's."""
    good, encrypted = answer(), answer(encryption=Encryption(OURS.certificate))
    bad = answer(tamper=lambda root: setattr(the(root, "saml:NameID"), "text", "admin"))
    barrier = threading.Barrier(4)

    def work(number: int) -> list[str]:
        barrier.wait()
        found = []
        for turn in range(12):
            try:
                found.append(accepted((good, encrypted, bad)[(number + turn) % 3]).subject)
            except LoginRefused as refused:
                found.append(refused.reason)
        return found

    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(work, range(4))]
    for number, found in enumerate(results):
        expected = ["u-17", "u-17", Reason.SIGNATURE]
        assert found == [expected[(number + turn) % 3] for turn in range(12)]
