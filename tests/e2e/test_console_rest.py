"""Items changed together, and a set-up link from its making to its end, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.console_browser import Console, check

pytestmark = pytest.mark.e2e
HANDED = {"en": ("Weekly", "user030@northwind.example"), "es": ("Campaign costs", "user031@northwind.example")}
"""What the owner of the demo hands over, and to whom."""


def test_items_are_handed_over_together(console: Console) -> None:
    """Found, ticked, and changed after a look at what that means; who is gone leads to what they left."""
    item, heir = HANDED[console.page.locator("html").get_attribute("lang") or ""]
    page = console.open(f"/console/items?q={item}")
    console.check()
    page.locator("tbody input[name=chosen]").check()
    page.locator("form[action$='/items/change'] .actions button").click()
    console.check()
    page.fill("#owner", heir)
    page.locator("button[name=step][value=look]").click()
    expect(page.locator("#consequences")).to_be_visible()
    console.check()
    page.locator("button[name=step][value=apply]").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    page = console.open(f"/console/items?q={item}")
    expect(page.locator("tbody")).to_contain_text(heir)
    page.locator("tbody th a").click()
    expect(page.locator("main")).to_contain_text(heir)
    console.check()
    console.open("/console/leavers")
    page.locator("tbody th a").click()
    expect(page.locator("main form")).to_have_count(1)
    console.check()


def test_a_setup_link_from_its_making_to_its_end(
    console: Console, opened: Callable[..., BrowserContext], language: str
) -> None:
    """Somebody without an account opens it, in their own language; once it is ended nobody does."""
    note = f"IT {uuid4().hex[:8]}"
    page = console.open("/console/setup-links/new")
    page.check("input[name=purpose][value=scim]")
    page.fill("#note", note)
    page.locator("main form .button").first.click()
    address = page.locator("#secret").input_value()
    console.check()
    helper = opened(locale=language).new_page()
    helper.goto(address)
    expect(helper.locator("html")).to_have_attribute("lang", language)
    expect(helper.locator("input[type=radio]").first).to_be_visible()
    check(helper)
    page = console.open(f"/console/setup-links?q={note}")
    expect(page.locator("tbody tr")).to_have_count(1)
    console.check()
    page.locator("tbody a[href$='/end']").click()
    console.check()
    page.locator("main form .button").first.click()
    expect(page.locator("main [role=status]")).to_be_visible()
    answer = helper.goto(address)
    assert answer is not None
    assert answer.status >= 400
    check(helper)


@pytest.fixture
def language(console: Console) -> str:
    """That of the owner."""
    return console.page.locator("html").get_attribute("lang") or ""
