"""The main journeys without a mouse: where the focus is can be seen, and nothing lies over it (WCAG 2.4.7, 2.4.11)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.builders import a_group, a_user
from tests.e2e.console_browser import Console

pytestmark = pytest.mark.e2e
MOST = 120
"""So often the key is pressed at most until something is reached."""
SEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const shape = one.getBoundingClientRect(), style = getComputedStyle(one), label = one.labels && one.labels[0];
  const left = Math.max(shape.left, 0), right = Math.min(shape.right, innerWidth);
  const top = Math.max(shape.top, 0), bottom = Math.min(shape.bottom, innerHeight);
  const isMine = (x, y) => {
    const found = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
    return found && (one.contains(found) || found.contains(one) || (label && label.contains(found)));
  };
  const mine = [.1, .3, .5, .7, .9].some((x) => [.1, .5, .9].some((y) => isMine(x, y)));
  // In a drawing the box itself shows it.
  const drawn = Boolean(one.ownerSVGElement) || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return {
    what: one.outerHTML.slice(0, 160), big: shape.width > 4 && shape.height > 4, mine, drawn,
    inside: right > left && bottom > top,
  };
}"""


def steps(page: Page, key: str = "Tab") -> None:
    """Go on by a key; what is focused then is seen."""
    page.keyboard.press(key)
    seen = page.evaluate(SEEN)
    if seen is not None:
        wrong = [name for name in ("big", "inside", "mine", "drawn") if not seen[name]]
        assert not wrong, (page.url, seen["what"], wrong)


def goes_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it is focused."""
    expect(wanted).to_have_count(1)
    for _ in range(MOST):
        steps(page)
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by Tab on {page.url}")


def presses(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go to it, and press it."""
    goes_to(page, wanted)
    page.keyboard.press(key)


def test_somebody_is_found_and_left_again(console: Console) -> None:
    """From the search to a person, along their tabs, and back to the same list."""
    page = console.open("/console")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("user001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/people?q=user001*")
    presses(page, page.locator("tbody th a"))
    expect(page.locator(".tabs a[aria-current]")).to_be_visible()
    presses(page, page.locator(".tabs a").nth(2))
    expect(page.locator(".tabs a").nth(2)).to_have_attribute("aria-current", "page")
    goes_to(page, page.locator("#permission"))
    page.keyboard.type("campaigns.email.launch")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    for _ in range(3):
        page.go_back()
    expect(page).to_have_url(f"{console.server.url}/console/people?q=user001")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_rule_is_written_planned_and_published(console: Console) -> None:
    """From a group without a rule to the revision that gives its member a role."""
    crew, name = f"Keys {uuid4().hex[:8]}", f"{uuid4().hex[:8]}@northwind.example"
    person = console.server.scim("POST", "/Users", a_user(name)).json()["id"]
    group = console.server.scim("POST", "/Groups", a_group(crew, [person])).json()["id"]
    page = console.open(f"/console/mapping/new?group={group}")
    expect(page.locator("#whom .big strong")).to_have_text("1")
    goes_to(page, page.locator("#name"))
    page.keyboard.type(crew)
    goes_to(page, page.locator("[name=grant_what]").first)
    page.keyboard.type("View")
    presses(page, page.locator(".panel .next button"))
    page.wait_for_url("**/console/mapping/drafts/*")
    expect(page.locator("#effect .people-effect")).to_contain_text(name)
    goes_to(page, page.locator("#reason"))
    page.keyboard.type("Ticket 4711")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/mapping/plans/*")
    expect(page.locator("#rows tbody")).to_contain_text(name)
    presses(page, page.locator(".panel a[href$='/publish']"))
    page.wait_for_url("**/publish")
    presses(page, page.locator("main form .button:not(.plain)"), "Space")
    page.wait_for_url("**/console/mapping/revisions/*")
    assert console.server.decide(name, "campaigns.email.view")["decision"] is True


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", ["/console/people?q=user00", "/console/mapping/plans", "/console/directories"])
def test_the_focus_is_seen_on_the_whole_page(
    console: Console, opened: Callable[..., BrowserContext], path: str, width: int
) -> None:
    """On a phone, too, where of a table's head there is only what can be pressed."""
    kept = console.page.context.storage_state()
    page = opened(storage_state=kept, viewport={"width": width, "height": 740}).new_page()
    Console(console.server, page).open(path)
    expect(page.locator("tbody tr").first).to_be_visible()
    for _ in range(60):
        steps(page)
    for _ in range(20):
        steps(page, "Shift+Tab")
