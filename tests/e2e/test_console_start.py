"""The first pages of the console in a browser, and the beginning of an installation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.conftest import fresh_sqlite
from tests.e2e.conftest import environment_for, free_port, muster, start, stop
from tests.e2e.console_browser import Console, check

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


def test_an_installation_begins_in_the_browser(
    opened: Callable[..., BrowserContext], sqlite_template: Path, tmp_path: Path
) -> None:
    """From the operator's link to the owner's first steps, with a second factor on the way."""
    port = free_port()
    environment = environment_for(fresh_sqlite(sqlite_template, tmp_path), tmp_path, port)
    link = muster(environment, "begin").strip()
    process = start(environment, port, tmp_path, workers=1)
    try:
        page = opened(locale="en").new_page()
        page.goto(link)
        check(page)
        page.fill("#account", "Acme")
        page.fill("#name", "Ana García")
        page.fill("#user_name", "ana@acme.example")
        page.click("main form button")
        expect(page.locator("main")).to_contain_text("ana@acme.example")
        check(page)
        page.fill("#password", "a long and unusual pass phrase")
        page.fill("#again", "a long and unusual pass phrase")
        page.click("main form button")
        check(page)
        secret = page.locator("main code").first.inner_text()
        page.fill("#code", pyotp.TOTP(secret.replace(" ", "")).now())
        page.locator("main form:has(#code) button").click()
        check(page)
        page.locator("main .actions a, main .actions button").last.click()
        page.goto(f"http://127.0.0.1:{port}/console/start")
        expect(page.locator("main")).to_contain_text("1 of 7 steps done")
        check(page)
        assert muster(environment, "begin", code=4)
    finally:
        assert stop(process) == 0
