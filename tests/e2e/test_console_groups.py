"""Groups made by hand, and data filters, in a browser: chosen as one types, tried, and done after a look."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e


def test_a_group_is_made_filled_and_deleted(console: Console) -> None:
    """Whom one ticks stays while one looks for others; nothing is done before it was seen; by keys and on a phone."""
    page = console.open("/console/groups/new")
    console.check()
    page.fill("#display_name", f"Crew {uuid4().hex[:8]}")
    page.keyboard.press("Enter")
    expect(page.locator("main [role=status]")).to_be_visible()
    group = page.url.partition("?")[0].removeprefix(console.server.url)
    page.locator(f"a[href='{group}/members/add']").click()
    page.locator("#words").press_sequentially("user28", delay=10)
    expect(page.locator("#found input")).to_have_count(10)
    page.locator("#found input").first.check()
    page.fill("#words", "user29")
    expect(page.locator("#found input")).to_have_count(11)
    expect(page.locator("#found input").first).to_be_checked()
    console.check()
    page.fill("#people", "user295@northwind.example nobody")
    page.locator("form.act > .actions button").click()
    expect(page.locator("#people-problem")).to_contain_text("nobody")
    console.check()
    page.fill("#people", "user295@northwind.example")
    page.locator("form.act > .actions button").click()
    expect(page.locator("#consequences")).to_be_visible()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page.locator("#member-list li")).to_have_count(2)
    console.check()
    page.locator("#member-list [name=chosen]").first.check()
    page.locator("#member-list button").click()
    page.locator("button[name=seen]").click()
    expect(page.locator("#member-list li")).to_have_count(1)
    page.set_viewport_size({"width": 360, "height": 740})
    console.check()
    console.open(f"{group}/members/add")
    console.check()
    console.open(f"{group}/delete")
    page.locator("form.act button").first.click()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page).to_have_url(f"{console.server.url}/console/groups?done=group_deleted")


def test_a_data_filter_is_tried_set_and_removed(console: Console) -> None:
    """On a record while it is written; what is wrong stands beside it; in the dark, too."""
    page = console.open("/console/filters/new?unit=apac")
    page.fill("#filter", "nothing eq 1")
    page.locator("form.act > .actions button").click()
    expect(page.locator("#filter-problem")).to_be_visible()
    console.check()
    page.fill("#filter", 'country eq "JP"')
    page.fill("[name='record:country']", "jp")
    page.locator("button[name=try]").click()
    expect(page.locator("#outcome.yes")).to_be_visible()
    console.check()
    page.emulate_media(color_scheme="dark")
    page.locator("form.act > .actions button").click()
    expect(page.locator("#consequences")).to_contain_text('country eq "JP"')
    console.check()
    page.locator("button[name=seen]").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    console.check()
    one = page.url.partition("?")[0].removeprefix(console.server.url)
    console.open("/console/filters/try?user=user001@northwind.example")
    page.locator("form.act button").click()
    expect(page.locator("#outcome")).to_be_visible()
    console.check()
    console.open("/console/filters")
    console.check()
    console.open(f"{one}/delete")
    page.locator("form.act > .actions button").click()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page).to_have_url(f"{console.server.url}/console/filters?done=filter_removed")
