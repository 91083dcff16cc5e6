"""Sign-in as people do it: Debian's Chromium, with an identity provider on another site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Server
from tests.e2e.providers import Connected, by_oidc, by_saml

pytestmark = pytest.mark.e2e


@pytest.fixture
def context(opened: Callable[..., BrowserContext]) -> BrowserContext:
    """A browser that nobody has used."""
    return opened()


@pytest.fixture(scope="module")
def saml(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """Another connection to pysaml2."""
    with by_saml(server, tmp_path_factory.mktemp("saml"), creates_people=True) as connected:
        yield connected


@pytest.fixture(scope="module")
def oidc(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """Another connection to oidc-provider."""
    with by_oidc(server, tmp_path_factory.mktemp("oidc"), creates_people=True) as connected:
        yield connected


def test_s42_saml_from_another_site(saml: Connected, context: BrowserContext, tmp_path: Path) -> None:
    """The answer comes by a POST across sites, to which no Lax cookie belongs; the person arrives all the same."""
    page = context.new_page()
    page.goto(f"{saml.addresses['start']}?return_to=/me")
    page.fill("input[name=username]", "zoë")
    page.fill("input[name=password]", "zoëpass")
    page.click("button")
    expect(page).to_have_url(f"{saml.server.url}/me")
    expect(page.locator("body")).to_contain_text("Zoë Ünïcode 大")
    [cookie] = [one for one in context.cookies(saml.server.url) if one["name"] == "muster"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert page.evaluate("document.cookie") == ""
    assert page.screenshot(path=str(tmp_path / "me.png"))
    signed_out(page, saml)


def test_s42_another_browser_does_not_take_the_answer(saml: Connected, chromium: Browser) -> None:
    """Whoever is led to an answer of somebody else's sign-in is not signed in as them."""
    theirs, mine = chromium.new_context(), chromium.new_context()
    page, victim = theirs.new_page(), mine.new_page()
    page.goto(f"{saml.addresses['start']}?return_to=/me")
    page.fill("input[name=username]", "zoë")
    page.fill("input[name=password]", "zoëpass")
    with page.expect_request(lambda request: request.url == saml.addresses["acs"]) as sent:
        page.route("**/acs", lambda route: route.abort())
        page.click("button")
    form = sent.value.post_data or ""
    fields = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in parse_qsl(form))
    victim.set_content(f'<form method="post" action="{saml.addresses["acs"]}">{fields}<button>go</button></form>')
    with victim.expect_navigation():
        victim.click("button")
    assert victim.url.startswith(saml.server.url)
    victim.goto(f"{saml.server.url}/me")
    assert victim.url != f"{saml.server.url}/me"
    theirs.close()
    mine.close()


def test_oidc_in_a_browser(oidc: Connected, context: BrowserContext) -> None:
    """Sign in, consent, arrive, sign out at both."""
    page = context.new_page()
    page.goto(f"{oidc.addresses['start']}?return_to=/me")
    page.fill("input[name=login]", "olga")
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.click("button[type=submit]")
    expect(page).to_have_url(f"{oidc.server.url}/me")
    page.click("form[action*='/signout'] button")
    with page.expect_navigation():
        page.click("button[name=logout]")
    page.goto(f"{oidc.server.url}/me")
    assert page.url != f"{oidc.server.url}/me"


def test_r6_an_owner_comes_in_by_the_local_door(server: Server, context: BrowserContext) -> None:
    """With the sign-in that `make run` prints, without any identity provider."""
    page = context.new_page()
    page.goto(server.demo["sign_in_url"])
    page.fill("input[name=name]", server.demo["owner"])
    page.fill("input[name=password]", server.demo["password"])
    with page.expect_navigation():
        page.click("main form button")
    page.goto(f"{server.url}/me")
    expect(page).to_have_url(f"{server.url}/me")
    expect(page.locator("body")).to_contain_text("Account Owner")


def signed_out(page: Page, connected: Connected) -> None:
    """Press the button; the own page is nobody's then, back button or not."""
    with page.expect_navigation():
        page.click("form[action*='/signout'] button")
    page.goto(f"{connected.server.url}/me")
    assert page.url != f"{connected.server.url}/me"
