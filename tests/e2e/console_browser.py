"""Debian's Chromium in the console: signed in as the demo's owner, in a language, watched for breaches of policy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

if TYPE_CHECKING:
    from tests.e2e.conftest import Server

AXE = Path(__file__).parent.parent / "idp/node/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
expect.set_options(timeout=30_000)  # as long as everything else that Playwright waits for


@dataclass(frozen=True)
class Console:
    """The console in a browser."""

    server: Server
    page: Page

    def open(self, path: str) -> Page:
        """Go to a path, and have it all there."""
        answer = self.page.goto(f"{self.server.url}{path}")
        assert answer is not None
        assert answer.status < 400, (path, answer.status, self.page.inner_text("body"))
        return self.page

    def check(self) -> None:
        """Hold the page as it stands to what ``check`` asks."""
        check(self.page)


def check(page: Page) -> None:
    """Hold the page, once it is all there, to WCAG 2.2 AA, as far as a program can, and to the width of its window."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    told = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:5]]) for one in found["violations"]]
    assert not told, (page.url, told)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 1, f"{page.url} is {wider} px wider than its window"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The installed browser, without a window.

    Not for the session: Playwright runs an event loop as long as it lives, and other tests have loops of their own.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path, "no Chromium: `make test` installs it, or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browsers that nobody has used; what breaks in their pages, or breaks their policy, fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(**options)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on(
            "console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None
        )
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def console(database_url: str, server: Server, opened: Callable[..., BrowserContext]) -> Console:
    """The demo's owner in the console: in English on SQLite, in Spanish on PostgreSQL.

    What is looked at is the same on each engine, and what is asked of it is the same in each language.
    """
    language = "en" if database_url.startswith("sqlite") else "es"
    page = opened(locale=language, viewport={"width": 1280, "height": 860}).new_page()
    page.goto(f"{server.demo['sign_in_url']}&return_to=/console/people")
    page.fill("input[name=name]", server.demo["owner"])
    page.fill("input[name=password]", server.demo["password"])
    page.click("main form button")
    page.wait_for_url(f"{server.url}/console/people")
    assert page.locator("html").get_attribute("lang") == language
    return Console(server, page)
