"""From an empty installation to the first person who signs in, as a newcomer is led there in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from tests.builders import a_group, a_user
from tests.conftest import fresh_sqlite
from tests.e2e.conftest import environment_for, free_port, muster, start, stop
from tests.e2e.console_browser import check
from tests.e2e.providers import CLIENT_ID, SECRET, oidc_provider

pytestmark = pytest.mark.e2e
PASS_PHRASE = "a long and unusual pass phrase"
GROUP = "MC Marketing"


@dataclass(frozen=True)
class Installation:
    """One in which nobody has been yet."""

    url: str
    environment: dict[str, str]
    folder: Path

    def scim(self, token: str, method: str, path: str, body: Any = None) -> Any:
        """A request of the directory."""
        answer = requests.request(
            method, f"{self.url}/scim/v2{path}", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def installation(sqlite_template: Path, tmp_path: Path) -> Iterator[Installation]:
    """Served under a name, as passkeys need one."""
    port = free_port()
    url = f"http://localhost:{port}"
    environment = environment_for(fresh_sqlite(sqlite_template, tmp_path), tmp_path, port) | {"MUSTER_PUBLIC_URL": url}
    process = start(environment, port, tmp_path, workers=1)
    try:
        yield Installation(url, environment, tmp_path)
    finally:
        assert stop(process) == 0


@dataclass(frozen=True)
class Owner:
    """Whoever begins, in their browser. Texts differ by language, so everything is found by what it is for."""

    here: Installation
    page: Page

    def begins(self, link: str, proves: Callable[[Page], None]) -> None:
        """Makes the account, and chooses how to sign in: a password and a second factor."""
        page = self.page
        page.goto(link)
        check(page)
        page.fill("#account", "Acme")
        page.fill("#name", "Ana García")
        page.fill("#user_name", "ana@acme.example")
        page.click("main form button")
        check(page)
        page.fill("#password", PASS_PHRASE)
        page.fill("#again", PASS_PHRASE)
        page.click("main form button")
        check(page)
        proves(page)
        expect(page.locator("main li code").first).to_be_visible()
        check(page)
        page.locator("main .actions a").click()

    def is_at(self, number: int) -> None:
        """So many steps are done, and the next one is open; the page says so without being loaded again."""
        expect(self.page).to_have_url(f"{self.here.url}/console/start")
        expect(self.page.locator(".step.done")).to_have_count(number, timeout=15_000)
        check(self.page)

    def goes_on(self) -> None:
        """Presses what the open step offers."""
        self.page.locator(".step[aria-current] .body a.button").click()

    def comes_back(self) -> None:
        """By the way that every page offers."""
        self.page.locator(".first-steps a").click()

    def connects_a_directory(self) -> str:
        """Okta's; its token."""
        page = self.page
        page.check("input[value=okta]")
        page.click("main form .button")
        expect(page.locator("#at-provider ~ .todo li").first).to_be_visible()
        expect(page.locator("#scim-url")).to_have_value(f"{self.here.url}/scim/v2")
        page.locator("#at-provider ~ .actions a").click()
        page.fill("#name", "Okta")
        page.click("main form .button")
        token = page.locator("#secret").input_value()
        expect(page.locator("#seen .waiting")).to_be_visible()
        check(page)
        return token

    def makes_a_rule(self) -> None:
        """For the group that has arrived: whoever is in it is a Marketer. Seen first, then published."""
        page = self.page
        page.locator("tbody a.act").click()
        page.fill("#name", "Marketing")
        page.locator("[name=grant_what]").first.select_option("Marketer")
        expect(page.locator("#whom .big strong")).to_have_text("1")
        check(page)
        page.locator(".panel .next button").click()
        expect(page.locator("#effect .people-effect")).to_be_visible()
        page.locator(".panel form button").click()
        expect(page.locator("#rows tbody tr")).to_have_count(1)
        check(page)
        page.locator(".panel a[href$='/publish']").click()
        page.locator("main form .button").first.click()
        page.wait_for_url("**/console/mapping/revisions/1?*")

    def makes_a_connection(self, issuer: str) -> dict[str, str]:
        """By OpenID Connect; what the provider has to know of it, as the page says."""
        page = self.page
        page.check("input[value='oidc generic']")
        page.click("main form .button")
        check(page)
        page.locator(".columns-2 details summary").click()
        ours = {name: page.locator(f"#all-{name}").input_value() for name in ("callback", "logout", "backchannel")}
        page.locator(".steps a[href$='/provider']").click()
        page.fill("#issuer", issuer)
        page.fill("#client_id", CLIENT_ID)
        page.fill("#client_secret", SECRET)
        return {**ours, "backchannel_logout": ours["backchannel"]}

    def switches_it_on(self) -> None:
        """What the provider says of itself is read; its people are those whom the directory pushed, by user name."""
        page = self.page
        page.locator("form[action$='/source'] .button").click()
        expect(page.locator(".notice[role=status]")).to_be_visible()
        page.locator(".tabs a[href$='/people']").click()
        page.select_option("#directory", label="Okta")
        page.fill("#join_user_name", "email")
        check(page)
        page.locator("form[action$='/people'] .actions .button").click()
        page.locator(".heading a[href$='/on']").click()
        page.locator("main form .button").first.click()
        expect(page.locator(".heading .tag.allow")).to_be_visible()
        check(page)


def by_app(page: Page) -> None:
    """Enters the code of an authenticator app that was given the secret."""
    secret = page.locator("main code").first.inner_text()
    page.fill("#code", pyotp.TOTP(secret.replace(" ", "")).now())
    page.locator("main form:has(#code) button").click()


def by_passkey(page: Page) -> None:
    """Makes a passkey in the browser."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = kind | {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.locator("form[data-passkey=create] button").click()


@pytest.mark.parametrize(("language", "proves"), [("en", by_app), ("es", by_passkey)])
def test_from_nothing_to_the_first_person(
    installation: Installation,
    opened: Callable[..., BrowserContext],
    language: str,
    proves: Callable[[Page], None],
) -> None:
    """Account, second factor, directory, first request, first person, first rule, connection, first sign-in."""
    link = muster(installation.environment, "begin").strip()
    page = opened(locale=language).new_page()
    owner = Owner(installation, page)
    owner.begins(link, proves)
    assert page.locator("html").get_attribute("lang") == language
    owner.is_at(1)
    assert muster(installation.environment, "begin", code=4)

    owner.goes_on()
    token = owner.connects_a_directory()
    owner.comes_back()
    owner.is_at(2)
    owner.goes_on()
    expect(page.locator("#seen .waiting")).to_be_visible()
    installation.scim(token, "GET", '/Users?filter=userName eq "nobody"')
    expect(page.locator("#seen .waiting")).to_have_count(0, timeout=30_000)
    owner.comes_back()
    owner.is_at(3)
    port = free_port()
    name = f"olga@{port}.example"
    person = installation.scim(token, "POST", "/Users", a_user(name))["id"]
    installation.scim(token, "POST", "/Groups", a_group(GROUP, [person]))
    owner.is_at(4)

    owner.goes_on()
    owner.makes_a_rule()
    owner.comes_back()
    owner.is_at(5)
    owner.goes_on()
    ours = owner.makes_a_connection(f"http://127.0.0.1:{port}")
    with oidc_provider(port, ours, installation.folder):
        owner.switches_it_on()
        owner.comes_back()
        owner.is_at(6)
        address = page.locator("#sign-in-address").input_value()
        somebody = opened(locale=language).new_page()
        somebody.goto(f"{address}?return_to=/me")
        somebody.fill("input[name=login]", "olga")
        somebody.fill("input[name=password]", "any")
        somebody.click("button[type=submit]")
        somebody.click("button[type=submit]")
        expect(somebody).to_have_url(f"{installation.url}/me")
        expect(somebody.locator("main")).to_contain_text("Marketer")
        check(somebody)
        owner.is_at(7)
    page.locator("#steps .actions a").click()
    expect(page).to_have_url(f"{installation.url}/console")
    expect(page.locator(".first-steps")).to_have_count(0)
    page.goto(f"{installation.url}/console/people")
    expect(page.locator(".first-steps")).to_have_count(0)
