"""People in the console, in a browser: found, understood, given and taken; and the pages of everybody's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e


def test_somebody_is_found_and_understood(console: Console) -> None:
    """As one types; then what they have, what they can do and why, and what happened to them."""
    page = console.open("/console/people")
    console.check()
    page.locator("#q").type("user001", delay=20)
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody th a").click()
    console.check()
    for number in range(1, 6):
        page.locator(".tabs a").nth(number).click()
        expect(page.locator(".tabs a").nth(number)).to_have_attribute("aria-current", "page")
        console.check()
    page.locator(".tabs a").nth(2).click()
    page.fill("#permission", "campaigns.email.launch")
    page.locator(".explorer button").click()
    expect(page.locator(".verdict")).to_be_visible()
    expect(page.locator(".tree .node").first).to_be_visible()
    console.check()


def test_somebody_is_made_given_a_role_and_loses_it(console: Console) -> None:
    """Each time its consequences are seen before anything happens."""
    language = console.page.locator("html").get_attribute("lang")
    name = f"guest-{language}@northwind.example"
    page = console.open("/console/people/new")
    console.check()
    page.fill("#user_name", name)
    page.fill("#display_name", "Gus Guest")
    page.locator("form.act > .actions button").click()
    expect(page.locator("#consequences")).to_contain_text("Gus Guest")
    page.locator("button[name=seen]").click()
    expect(page.locator("h1")).to_contain_text("Gus Guest")
    console.check()
    page.locator(".tabs a").nth(1).click()
    page.locator("a[href$='/roles/give']").click()
    console.check()
    page.locator("#role").select_option(label="Viewer")
    page.locator("form.act > .actions button").first.click()
    expect(page.locator("#consequences .gained").first).to_be_visible()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page.locator("tbody th")).to_contain_text("Viewer")
    console.check()
    page.locator("a[href$='/end']").click()
    page.locator("form.act > .actions button").first.click()
    expect(page.locator("#consequences .lost").first).to_be_visible()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    expect(page.locator("a[href$='/end']")).to_have_count(0)


def test_many_are_chosen_and_a_view_is_kept(console: Console) -> None:
    """All of a page by one box; a view under a name of one's own leads back to the list as it was."""
    language = console.page.locator("html").get_attribute("lang")
    page = console.open("/console/people?q=user00")
    page.locator("[data-ticks]").check()
    expect(page.locator("tbody input[name=chosen]:not(:checked)")).to_have_count(0)
    page.locator("#act").select_option("work")
    page.locator(".bulk-bar button").click()
    console.check()
    page.locator("#unit").select_option("root")
    page.locator("form.act > .actions button").first.click()
    expect(page.locator("#consequences")).to_be_visible()
    console.check()
    page = console.open("/console/people?q=user00&sort=-name")
    page.locator("a[href*='/console/views']").click()
    console.check()
    page.fill("#name", f"Zeros {language}")
    page.locator("main form.card button").click()
    expect(page.locator(".views")).to_contain_text(f"Zeros {language}")
    expect(page.locator("#q")).to_have_value("user00")
    console.check()


def test_everybodys_own_pages(console: Console) -> None:
    """What one can do, what is known of one, and asking for more."""
    for path in ("/me", "/me/access", "/me/access?permission=account.users.view", "/me/data", "/me/requests"):
        console.open(path)
        console.check()
    page = console.page
    page.fill("#role", "Marketer")
    page.fill("#text", "For the autumn")
    page.locator("main form.card button").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    page = console.open("/console/requests")
    console.check()
    page.locator("main .rows a").first.click()
    console.check()
