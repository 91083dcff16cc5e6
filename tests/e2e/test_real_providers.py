"""Sign-in at identity providers of other authors, pysaml2 and oidc-provider, from start to logout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Server
from tests.e2e.providers import Connected, by_oidc, by_saml
from tests.e2e.surfer import Surfer

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def saml(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """Whoever signs in by pysaml2 becomes a person without roles."""
    with by_saml(server, tmp_path_factory.mktemp("saml"), creates_people=True) as connected:
        yield connected


@pytest.fixture(scope="module", params=["in the ID token", "at userinfo"])
def oidc(
    server: Server, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Connected]:
    """The same by oidc-provider, which tells claims in the ID token or at its userinfo endpoint."""
    conform = request.param == "at userinfo"
    with by_oidc(server, tmp_path_factory.mktemp("oidc"), conform=conform, creates_people=True) as connected:
        yield connected


def at_saml(connected: Connected, surfer: Surfer, username: str, sign: str = "both") -> requests.Response:
    """Sign in at the provider: its form, and the one that sends the answer back."""
    page = surfer.open(f"{connected.addresses['start']}?return_to=/me")
    assert page.url.startswith(f"{connected.provider}/sso"), page.text
    surfer.submit(username=username, password=f"{username}pass", sign=sign)
    return surfer.submit()


def at_oidc(connected: Connected, surfer: Surfer) -> requests.Response:
    """Sign in at the provider, as a person of this connection, and consent."""
    page = surfer.open(f"{connected.addresses['start']}?return_to=/me")
    assert page.url.startswith(connected.provider), page.text
    surfer.submit(login="olga", password="any")
    return surfer.submit()


def person_of(connected: Connected, username: str) -> dict[str, Any]:
    """Whom somebody of the provider has become."""
    found = connected.api("GET", f'/users?filter=user_name eq "{username} of {connected.port}"')["results"]
    assert len(found) == 1, found
    one: dict[str, Any] = found[0]
    return one


@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_s14_saml_whatever_is_signed(saml: Connected, sign: str) -> None:
    """A connection asks for what this provider signs; names in any script arrive as they are."""
    saml.api("PATCH", f"/connections/{saml.id}", {"saml": {"signed": sign}})
    surfer = Surfer()
    page = at_saml(saml, surfer, "zoë", sign)
    assert page.url == f"{saml.server.url}/me", page.text
    assert "Zoë Ünïcode 大" in page.text
    assert surfer.open(f"{saml.server.url}/me").status_code == 200
    person = person_of(saml, "zoë")
    assert (person["origin"], person["active"]) == ("sso", True)
    assert saml.server.decide(person["id"], "campaigns.email.launch")["decision"] is False


def test_s14_saml_less_than_is_asked_for_is_refused(saml: Connected) -> None:
    """What must be signed and is not signs nobody in."""
    saml.api("PATCH", f"/connections/{saml.id}", {"saml": {"signed": "both"}})
    for sign in ("assertion", "response"):
        surfer = Surfer()
        page = at_saml(saml, surfer, "mallory", sign)
        assert 400 <= page.status_code < 500
        assert surfer.open(f"{saml.server.url}/me").url != f"{saml.server.url}/me"
        assert last_trace(saml)["reason"] == "unsigned"


def test_s11_saml_sha1_is_refused(saml: Connected) -> None:
    """However the provider names its algorithms, the old ones do not count; the trace says so."""
    page = at_saml(saml, Surfer(), "mallory", "sha1")
    assert 400 <= page.status_code < 500
    trace = last_trace(saml)
    assert (trace["outcome"], trace["reason"]) == ("refused", "algorithm")


def last_trace(connected: Connected) -> dict[str, Any]:
    """The latest trace of the connection."""
    found = connected.api("GET", f'/sign-in-traces?filter=connection_id eq "{connected.id}"&sort=-at&limit=1')
    one: dict[str, Any] = found["results"][0]
    return one


def test_r9_saml_hostile_names_are_shown_as_they_are(saml: Connected) -> None:
    """A name that is HTML is text on every page."""
    saml.api("PATCH", f"/connections/{saml.id}", {"saml": {"signed": "both"}})
    page = at_saml(saml, Surfer(), "mallory")
    assert "Mallory &lt;b&gt;Doe&lt;/b&gt;" in page.text
    assert "<b>Doe" not in page.text


def test_s41_saml_a_response_counts_once(saml: Connected) -> None:
    """What the browser sent is sent again by another: nobody is signed in."""
    saml.api("PATCH", f"/connections/{saml.id}", {"saml": {"signed": "both"}})
    surfer = Surfer()
    surfer.open(f"{saml.addresses['start']}?return_to=/me")
    page = surfer.submit(username="mallory", password="mallorypass")
    again = Surfer()
    again.page = page
    assert surfer.submit().url == f"{saml.server.url}/me"
    refused = again.submit()
    assert 400 <= refused.status_code < 500
    assert again.open(f"{saml.server.url}/me").url != f"{saml.server.url}/me"


def test_s45_saml_logout_from_both_sides(saml: Connected) -> None:
    """Signing out here ends at the provider; the provider ends sessions here."""
    saml.api("PATCH", f"/connections/{saml.id}", {"saml": {"signed": "both"}})
    surfer = Surfer()
    at_saml(saml, surfer, "mallory")
    sign_out(surfer)
    assert any(url.startswith(f"{saml.provider}/slo") for url in surfer.went)
    assert surfer.open(f"{saml.server.url}/me").url != f"{saml.server.url}/me"

    assert at_saml(saml, surfer, "mallory").url == f"{saml.server.url}/me"
    elsewhere = Surfer()
    elsewhere.open(f"{saml.provider}/sign-everybody-out?username=mallory&sp={saml.addresses['metadata']}")
    assert "signed out at the provider" in elsewhere.page.text
    assert surfer.open(f"{saml.server.url}/me").url != f"{saml.server.url}/me"


def sign_out(surfer: Surfer) -> None:
    """Press the button of one's own page."""
    forms = [form.split(">")[0] for form in surfer.page.text.split("<form")[1:]]
    surfer.submit(next(number for number, form in enumerate(forms) if "/signout" in form))


def test_o2_oidc_signs_in_with_pkce(oidc: Connected) -> None:
    """The provider insists on PKCE; who signs in is a person without roles, wherever the claims were told."""
    surfer = Surfer()
    page = at_oidc(oidc, surfer)
    assert page.url == f"{oidc.server.url}/me", page.text
    assert f"Olga of {oidc.port}" in page.text
    callback = next(url for url in surfer.went if url.startswith(oidc.addresses["callback"]))
    other = Surfer()
    assert 400 <= other.open(callback).status_code < 500
    assert 400 <= surfer.open(callback).status_code < 500


def test_o37_oidc_signing_out_ends_at_the_provider(oidc: Connected) -> None:
    """The session here ends first; the provider asks whether to sign out there, and sends the browser back."""
    surfer = Surfer()
    at_oidc(oidc, surfer)
    sign_out(surfer)
    assert surfer.page.url.startswith(f"{oidc.provider}/session/end"), surfer.went
    back = surfer.submit(logout="yes")
    assert back.url.startswith(oidc.server.url), surfer.went
    assert surfer.open(f"{oidc.server.url}/me").url != f"{oidc.server.url}/me"


def test_o36_oidc_the_provider_ends_sessions(oidc: Connected) -> None:
    """By back-channel logout: whoever signs out at the provider is out here, without their browser coming by."""
    surfer = Surfer()
    at_oidc(oidc, surfer)
    at_provider = Surfer()
    at_provider.session.cookies.update(surfer.session.cookies)
    at_provider.open(f"{oidc.provider}/session/end")
    at_provider.submit(logout="yes")
    assert surfer.open(f"{oidc.server.url}/me").url != f"{oidc.server.url}/me"


def test_n4_a_leaver_is_out_at_once(saml: Connected) -> None:
    """Switched off by whatever door: the very next request is nobody's."""
    saml.api("PATCH", f"/connections/{saml.id}", {"saml": {"signed": "both"}})
    surfer = Surfer()
    at_saml(saml, surfer, "mallory")
    person = person_of(saml, "mallory")
    saml.api("POST", f"/users/{person['id']}/deactivate")
    assert surfer.open(f"{saml.server.url}/me").url != f"{saml.server.url}/me"
    refused = at_saml(saml, Surfer(), "mallory")
    assert 400 <= refused.status_code < 500
    assert last_trace(saml)["reason"] == "inactive"
