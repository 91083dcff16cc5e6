"""Role mapping in a browser: a rule from its first letter to its revision, tried out meanwhile; and the drawing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.builders import a_group, a_user
from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e
WORDS = {
    "en": ("Make the plan", "Publish…", "Yes, publish", "Add a rule", "Put it into the draft"),
    "es": ("Hacer el plan", "Publicar…", "Sí, publicar", "Añadir una regla", "Ponerla en el borrador"),
}


def a_crew(console: Console) -> tuple[str, str]:
    """A group with one person whom the directory pushes: its name, and theirs."""
    crew, name = f"Crew {uuid4().hex[:8]}", f"{uuid4().hex[:8]}@northwind.example"
    person = console.server.scim("POST", "/Users", a_user(name)).json()["id"]
    assert console.server.scim("POST", "/Groups", a_group(crew, [person])).status_code == 201
    return crew, name


def words(page: Page) -> tuple[str, ...]:
    """What the buttons of the journey are called."""
    return WORDS[page.locator("html").get_attribute("lang") or ""]


def test_from_a_draft_to_a_revision(console: Console) -> None:
    """Search the group, see whom it is for, see the effect, plan, publish; every page held to WCAG 2.2 AA."""
    crew, name = a_crew(console)
    page = console.open("/console/mapping/drafts")
    console.check()
    plan, publish, yes, add, put = words(page)
    page.fill("#title", f"For {crew}")
    page.locator("form.begin button").click()
    page.get_by_role("link", name=add).click()
    console.check()
    page.fill("#name", crew)
    page.locator("#group_words").press_sequentially(crew, delay=5)
    expect(page.locator("#group-choices label")).to_have_count(1)
    page.locator("#group-choices input").check()
    expect(page.locator("#whom .big strong")).to_have_text("1")
    # What was fetched into the page is a page of its own, whose name this one does not take.
    expect(page).to_have_title(f"{page.locator('h1').inner_text()} · Muster")
    page.locator("[name=grant_what]").first.select_option("Viewer")
    page.locator("[data-adds=grant]").click()
    expect(page.locator("[name=grant_what]")).to_have_count(2)
    expect(page.locator("[name=grant_what]").last).to_be_focused()
    console.check()
    page.get_by_role("button", name=put).click()
    expect(page.locator("#effect .people-effect")).to_contain_text(name)
    console.check()
    page.fill("#reason", "Ticket 4711")
    page.get_by_role("button", name=plan).click()
    expect(page.locator("#now .tag.allow")).to_be_visible()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("#rows tbody")).to_contain_text(name)
    console.check()
    page.get_by_role("link", name=publish).click()
    console.check()
    page.get_by_role("button", name=yes).click()
    page.wait_for_url("**/console/mapping/revisions/*")
    expect(page.locator("blockquote")).to_have_text("Ticket 4711")
    console.check()
    decided = console.server.decide(name, "campaigns.email.view")
    assert decided["decision"] is True


def test_the_drawing_is_walked_by_keyboard(console: Console) -> None:
    """Each thing has a name, is reached by the keyboard, and leads to what goes through it."""
    page = console.open("/console/mapping")
    expect(page.locator(".sankey")).to_be_visible()
    console.check()
    analysts = page.locator(".sankey a[data-key^=group]", has_text="MC Analysts")
    analysts.focus()
    expect(analysts).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**focus=group*")
    expect(page.locator(".sankey a")).to_have_count(4)
    page.locator(".same-data summary").click()
    expect(page.locator(".same-data tbody tr")).to_have_count(1)
    console.check()
    for path in ("/health", "/simulate?groups=MC+Analysts", "/unmapped", "/waiting", "/plans", "/revisions"):
        console.open(f"/console/mapping{path}")
        if path == "/health":
            expect(page.locator("#board .figures")).to_be_visible()
        console.check()


@pytest.mark.parametrize("look", [{"viewport": {"width": 360, "height": 740}}, {"color_scheme": "dark"}])
def test_it_is_legible_on_a_phone_and_in_the_dark(
    console: Console, opened: Callable[..., BrowserContext], look: dict[str, object]
) -> None:
    """The drawing scrolls by itself; no page is wider than the screen."""
    kept = console.page.context.storage_state()
    other = Console(console.server, opened(storage_state=kept, **look).new_page())
    page = other.open("/console/mapping")
    expect(page.locator(".sankey")).to_be_visible()
    other.check()
    page.locator("#list tbody a").first.click()
    expect(page.locator(".sankey")).to_be_visible()
    other.check()
    other.open("/console/mapping/new")
    other.check()


def test_without_scripts_a_rule_is_written_and_planned(console: Console, opened: Callable[..., BrowserContext]) -> None:
    """By plain forms and links only."""
    crew, _ = a_crew(console)
    kept = console.page.context.storage_state()
    page = opened(storage_state=kept, java_script_enabled=False, locale="en").new_page()
    group = console.server.scim("GET", f'/Groups?filter=displayName eq "{crew}"').json()["Resources"][0]["id"]
    page.goto(f"{console.server.url}/console/mapping/new?group={group}")
    expect(page.locator("#group-choices input:checked")).to_have_count(1)
    page.locator("[name=grant_what]").first.select_option("Viewer")
    page.locator(".panel .next button").click()
    page.wait_for_url("**/console/mapping/drafts/*")
    page.locator("noscript a").click()
    expect(page.locator("#effect .figure dd").first).to_have_text("1")
    page.go_back()
    page.locator(".panel form button").click()
    page.wait_for_url("**/console/mapping/plans/*")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
