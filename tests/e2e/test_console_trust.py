"""Connecting a provider in the console: a directory until its first request is seen, a connection, the settings."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.console_browser import Console
from tests.idp.saml_documents import metadata
from tests.idp.saml_keys import rsa_pair

pytestmark = pytest.mark.e2e
TABS = ("", "/enforcement", "/domains", "/account", "/webhooks", "/keys", "/clients")


def test_a_directory_until_its_first_request_is_seen(console: Console) -> None:
    """The page waits without being loaded again, and says by itself that something has arrived."""
    page = console.open("/console/directories/new")
    console.check()
    page.check("input[value=entra]")
    page.fill("#name", f"Entra {page.locator('html').get_attribute('lang')}")
    page.click("main form .button")
    page.wait_for_url(re.compile(r"/console/directories/[0-9a-f-]{36}"))
    console.check()
    page.locator("a[href$='/tokens/new']").first.click()
    page.fill("#name", "browser")
    console.check()
    page.click("main form .button")
    secret = page.locator("#secret").input_value()
    expect(page.locator(".once .copied button")).to_be_visible()
    console.check()
    expect(page.locator("#seen .waiting")).to_be_visible()
    assert console.server.scim("GET", "/Users", token=secret).status_code == 200
    expect(page.locator("#seen .waiting")).to_have_count(0, timeout=30_000)
    expect(page.locator("#seen time")).to_be_visible()
    console.check()


def test_a_connection_from_metadata_to_a_test(console: Console) -> None:
    """Pasted metadata completes it; claims are tried as one types; a test has an address to open."""
    page = console.open("/console/connections/new")
    console.check()
    page.check("input[value='saml okta']")
    page.fill("#name", f"Okta {page.locator('html').get_attribute('lang')}")
    page.click("main form .button")
    page.wait_for_url(re.compile(r"/console/connections/[0-9a-f-]{36}"))
    console.check()
    home = page.url.partition("?")[0].removeprefix(console.server.url)
    console.open(f"{home}/provider")
    page.fill("#text", metadata([rsa_pair()]))
    page.click(f"form[action='{home}/source'] .button")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    expect(page.locator("#certificates ~ .rows .tag.allow")).to_have_count(1)
    console.check()
    for tab in ("people", "claims", "tests", "on", "delete"):
        console.open(f"{home}/{tab}")
        console.check()
    console.open(f"{home}/tests")
    page.click("main form .button")
    expect(page.locator("#test-address")).to_have_value(re.compile(r"\?test="))
    expect(page.locator("#result .tag.warn")).to_be_visible()
    console.check()
    console.open("/console/sign-ins")
    console.check()


def test_every_tab_of_the_settings_is_legible(console: Console) -> None:
    """Also on a phone; a key is shown once."""
    for width in (1280, 360):
        console.page.set_viewport_size({"width": width, "height": 800})
        for tab in TABS:
            console.open(f"/console/settings{tab}")
            console.check()
        for path in ("keys/new", "webhooks/new", "clients/new"):
            console.open(f"/console/settings/{path}")
            console.check()
        console.open("/console/setup-links/new")
        console.check()
    page = console.open("/console/settings/keys/new")
    page.fill("#name", "browser")
    page.click("main form .button")
    expect(page.locator("#secret")).to_have_value(re.compile("^mapi_"))
    console.check()
