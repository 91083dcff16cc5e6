"""Roles, the matrix, business units, groups and items in a browser: read, changed after a look, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e


def copied(console: Console, page: Page) -> str:
    """A copy of a default role; where it is."""
    console.open("/console/roles/new")
    console.check()
    page.fill("#name", f"Copy {uuid4().hex[:8]}")
    page.select_option("#copy_of", label="Marketer")
    page.locator("form.card button").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    return page.url.partition("?")[0].removeprefix(console.server.url)


def test_a_role_is_copied_edited_compared_and_deleted(console: Console) -> None:
    """Nothing changes before it was seen for whom; each page holds to WCAG."""
    page = console.page
    path = copied(console, page)
    console.check()
    console.open(f"{path}/edit")
    page.locator("#q").press_sequentially("launch", delay=10)
    expect(page.locator('[data-node="campaigns.email.launch"]')).to_be_visible()
    expect(page.locator('[data-node="reports.campaigns.view"]')).to_be_hidden()
    page.locator('[data-node="campaigns.email.launch"] .deny').click()
    page.fill("#q", "")
    page.locator('[data-node="reports"] .deny').click()
    expect(page.locator('[data-node="reports.campaigns.view"] [data-above]')).to_contain_text("reports.*")
    expect(page.locator("[data-count]")).to_have_text(re.compile(": 2$"))
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # where the bar that saves lies over nothing
    console.check()
    page.locator(".save-bar button").click()
    expect(page.locator(".turn")).to_have_count(2)
    console.check()
    page.locator("button[formaction$='/edit']").click()
    expect(page.locator('[name="node:campaigns.email.launch"][value=deny]')).to_be_checked()
    page.locator(".save-bar button").click()
    page.locator(".save-bar button:not([formaction])").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    for rest in ("/holders", "/holders/give", "/origin", "/uses", "/history", "/settings"):
        console.open(f"{path}{rest}")
        console.check()
    console.open(f"/console/roles/compare?a={path.rpartition('/')[2]}&b=Viewer")
    console.check()
    console.open(f"{path}/delete")
    console.check()
    page.locator("button.danger").click()
    expect(page).to_have_url(f"{console.server.url}/console/roles?done=role_deleted")
    console.check()


def test_a_role_is_given_to_many_after_a_look(console: Console) -> None:
    """Only the fields of what was chosen are there."""
    page = console.page
    path = copied(console, page)
    console.open(f"{path}/holders/give")
    expect(page.locator("#principal_unit")).to_be_hidden()
    page.check("[name=kind][value=unit]", force=True)
    expect(page.locator("#principal_unit")).to_be_visible()
    expect(page.locator("#people")).to_be_hidden()
    page.check("[name=kind][value=people]", force=True)
    page.fill("#people", "user290@northwind.example\nuser291@northwind.example")
    page.locator("form.act button").first.click()
    expect(page.locator("#consequences")).to_be_visible()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("[data-ticks]").check()
    page.locator("form button.plain").click()
    expect(page.locator("#consequences")).to_be_visible()
    console.check()
    page.locator("button[name=seen]").click()
    expect(page.locator(".empty")).to_be_visible()


def test_the_matrix_follows_what_one_asks(console: Console) -> None:
    """Its head stays where it is, and a cell leads to where a role says so."""
    page = console.open("/console/matrix")
    console.check()
    page.locator("[name=privileged]").check()
    page.wait_for_url("**privileged=yes**")
    expect(page.locator("tbody th .tag").first).to_be_visible()
    page.locator(".heat").evaluate("one => one.scrollTo(0, 400)")
    expect(page.locator("thead th").first).to_be_in_viewport()
    page.locator("td.allow a").first.click()
    expect(page.locator(".line:target")).to_be_visible()
    console.check()


def test_the_tree_of_units_is_walked_by_keys_and_a_unit_dragged(console: Console) -> None:
    """As a tree view; to drag leads to the page that says what moving it would mean."""
    page = console.open("/console/units")
    console.check()
    page.locator("[role=treeitem]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=treeitem]").nth(1)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[role=treeitem]").nth(1)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect(page.locator("[role=treeitem]").last).to_be_focused()
    iberia, apac = (page.locator(f"[role=treeitem]:has(code:text-is('{key}'))") for key in ("iberia", "apac"))
    iberia.drag_to(apac)
    page.wait_for_url("**/move?parent=*")
    expect(page.locator("#impact")).to_contain_text("apac")
    console.check()
    for path in ("/console/units/emea", "/console/units/emea/edit", "/console/units/emea/delete", "/console/units/new"):
        console.open(path)
        console.check()


def test_a_group_tells_what_its_members_get(console: Console) -> None:
    """And leads to a rule of it."""
    page = console.open("/console/groups?mapped=yes")
    console.check()
    page.locator("tbody th a").first.click()
    expect(page.locator("#member-list li").first).to_be_visible()
    console.check()
    page.locator("#q").press_sequentially("nobody", delay=10)
    expect(page.locator("#member-list li")).to_have_count(0)
    page.locator("a[href$='/removal']").click()
    console.check()
    console.open("/console/items")
    console.check()
    console.open("/console/leavers")
    console.check()


@pytest.mark.parametrize("look", [{"viewport": {"width": 360, "height": 740}}, {"color_scheme": "dark"}])
def test_it_is_legible_on_a_phone_and_in_the_dark(
    console: Console, opened: Callable[..., BrowserContext], look: dict[str, object]
) -> None:
    """Nothing is wider than the screen, and every colour has its contrast."""
    path = copied(console, console.page)
    kept = console.page.context.storage_state()
    other = Console(console.server, opened(storage_state=kept, **look).new_page())
    for one in (
        "/console/roles",
        path,
        f"{path}/edit",
        f"{path}/holders/give",
        f"{path}/origin",
        "/console/matrix",
        "/console/units",
        "/console/units/emea",
        "/console/groups",
    ):
        other.open(one)
        other.check()
