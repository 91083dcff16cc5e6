"""Lists of the console in a browser: searched as one types, kept in the address, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e


def test_a_list_follows_what_one_types(console: Console) -> None:
    """Without a page in between; the address can be shared, and leads back."""
    page = console.open("/console/people")
    console.check()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.locator("#q").press_sequentially("álv", delay=20)
    expect(page.locator("tbody tr").first).to_contain_text("Álvarez")
    expect(page.locator(".count strong")).not_to_have_text("301")
    page.wait_for_url("**/console/people?*q=%C3%A1lv*")
    page.reload()
    expect(page.locator("#q")).to_have_value("álv")
    page.locator("summary").click()
    page.fill("#filter", "user_name co")
    expect(page.locator("#list [role=alert]")).to_be_visible()
    console.check()
    page.fill("#filter", 'user_name ew "7@northwind.example"')
    page.locator("thead a").first.click()
    expect(page.locator("th[aria-sort=descending]")).to_be_visible()


@pytest.mark.parametrize("look", [{"viewport": {"width": 360, "height": 740}}, {"color_scheme": "dark"}])
def test_it_is_legible_on_a_phone_and_in_the_dark(
    console: Console, opened: Callable[..., BrowserContext], look: dict[str, object]
) -> None:
    """The navigation is behind a button then, and nothing is wider than the screen."""
    kept = console.page.context.storage_state()
    other = Console(console.server, opened(storage_state=kept, **look).new_page())
    page = other.open("/console/people")
    other.check()
    if "viewport" in look:
        page.locator(".menu-button").click()
        expect(page.locator("#navigation a").first).to_be_visible()
        other.check()


def test_without_scripts_everything_is_there(console: Console, opened: Callable[..., BrowserContext]) -> None:
    """Forms are sent by a button, and pages turned by links."""
    kept = console.page.context.storage_state()
    page = opened(storage_state=kept, java_script_enabled=False).new_page()
    page.goto(f"{console.server.url}/console/people")
    page.fill("#q", "user01")
    page.locator("form.controls button").click()
    expect(page.locator("tbody tr")).to_have_count(10)
