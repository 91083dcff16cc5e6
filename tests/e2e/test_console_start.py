"""The first pages of the console in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e


def test_overview_and_audit(console: Console) -> None:
    """From what changed to what it changed, and to everything of the same request; the chain holds."""
    page = console.open("/console")
    console.check()
    page.locator("summary").first.click()
    expect(page.locator("figure table").first).to_be_visible()
    console.check()
    page.locator(".latest a").first.click()
    expect(page).to_have_url(f"{console.server.url}/console/audit/*".replace("*", page.url.rpartition("/")[2]))
    console.check()
    console.open("/console/audit?about=people")
    console.check()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.locator("form[action$='/verify'] button").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    console.check()
    console.open("/console/start")
    console.check()


def test_axe_would_find_something(console: Console) -> None:
    """The check itself is checked: a picture without words does not pass."""
    page = console.open("/console")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    with pytest.raises(AssertionError, match="image-alt"):
        console.check()
