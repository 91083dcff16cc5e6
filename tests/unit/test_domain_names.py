"""Names of domains: compared in ASCII, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from app.services.domain_names import BadName, claimable, normal, of_address, shown


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("acme.com", "acme.com"),
        (" ACME.Com. ", "acme.com"),
        ("Müller.example", "xn--mller-kva.example"),
        ("mu\u0308ller.example", "xn--mller-kva.example"),
        ("XN--MLLER-KVA.example", "xn--mller-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("a.b.co.uk", "a.b.co.uk"),
        ("corp.internal", "corp.internal"),
    ],
)
def test_m5_a_domain_is_compared_in_ascii(given: str, name: str) -> None:
    """IDNA 2008: ß stays itself, upper case is no difference, a dot at the end neither."""
    assert claimable(given) == name


@pytest.mark.parametrize(
    "given",
    [
        "",
        ".",
        "acme",
        "com",
        "co.uk",
        "github.io",
        "localhost",
        "www.localhost",
        "printer.local",
        "x.invalid",
        "x.onion",
        "4.3.2.1.in-addr.arpa",
        "127.0.0.1",
        "1.2.3",
        "[::1]",
        "acme..com",
        "-acme.com",
        "ac me.com",
        "acme.com/path",
        "https://acme.com",
        "ana@acme.com",
        "*.acme.com",
        "_dmarc.acme.com",
        "acme\u2024com.example",
        "\uff41cme.com",
        "xn--a.com",
        "a" * 64 + ".com",
        ".".join(["a" * 60] * 4) + ".com",
    ],
)
def test_m5_what_nobody_can_own_is_no_claim(given: str) -> None:
    """Public suffixes, reserved names, addresses, and whatever is no name at all."""
    with pytest.raises(BadName):
        claimable(given)


def test_l9_what_looks_like_ascii_is_not_made_ascii() -> None:
    """A Kelvin sign, full-width letters and Cyrillic ones are never the Latin letters that they look like."""
    for text in ("a\u212ame.com", "\uff41\uff43\uff4d\uff45.com"):
        with pytest.raises(BadName):
            normal(text)
    assert normal("\u0430cme.com") != "acme.com"


def test_l9_the_domain_of_an_address() -> None:
    """The last @ decides; a local part beyond ASCII is no address that is compared."""
    assert of_address("Ana@ACME.com") == "acme.com"
    assert of_address('"a@b"@acme.com') == "acme.com"
    assert of_address("ana@müller.example") == "xn--mller-kva.example"
    for text in ("ana", "@acme.com", "ana@", "añа@acme.com", "ana@a\u212ame.com", "ana@acme..com"):
        assert of_address(text) is None


def test_its_owner_sees_it_as_they_write_it() -> None:
    """And a name that cannot be shown so, as it is."""
    assert shown("xn--mller-kva.example") == "müller.example"
    assert shown("acme.com") == "acme.com"
