"""Photographs of the console's pages, for the guides: a demo of its own, a server of its own, Debian's Chromium.

``make screenshots`` writes them to docs/images; look at them before they are kept.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).parent / "images"
MUSTER = Path(sys.executable).parent / "muster"
PAGES = {
    "overview": "/console",
    "people": "/console/people",
    "mapping": "/console/mapping",
    "roles": "/console/roles",
    "matrix": "/console/matrix",
    "units": "/console/units",
    "groups": "/console/groups",
    "items": "/console/items",
    "directories": "/console/directories",
    "connections": "/console/connections",
    "audit": "/console/audit",
    "settings": "/console/settings",
    "waiting": "/console/mapping/waiting",
    "health": "/console/mapping/health",
    "first-steps": "/console/start",
    "me": "/me",
}
"""What is photographed, by the names of the files."""
FOLLOWED: dict[str, tuple[str, tuple[str, ...]]] = {
    "plan": ("/console/mapping/plans", ("tbody th a",)),
    "access": ("/console/people?q=user002", ("tbody th a", ".tabs li:nth-child(2) a")),
}
"""The same for pages to which links lead from another one."""
SIZE: ViewportSize = {"width": 1040, "height": 600}
WHOLE: dict[str, ViewportSize] = {"mapping": {"width": 1280, "height": 900}}
"""Pages that are understood only as a whole."""
OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def main() -> None:
    """Write every photograph anew."""
    FOLDER.mkdir(exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("no Chromium: `make programs` installs it, or says how")
    with served() as (url, demo), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        page = signed_in(browser, demo)
        direct: dict[str, tuple[str, tuple[str, ...]]] = {name: (path, ()) for name, path in PAGES.items()}
        for name, (path, links) in (FOLLOWED | direct).items():
            page.set_viewport_size(WHOLE.get(name, SIZE))
            answer = page.goto(url + path)
            if answer is None or not answer.ok:
                raise SystemExit(f"{path}: {answer and answer.status}")
            for link in links:
                page.locator(link).first.click()
                page.wait_for_load_state()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png")
            print(f"docs/images/{name}.png")
        browser.close()


@contextmanager
def served() -> Iterator[tuple[str, dict[str, str]]]:
    """A server with the demo account, and how to reach it."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        url = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")} | {
            "MUSTER_DATABASE_URL": f"sqlite:///{folder}/muster.db",
            "MUSTER_DATA_DIR": folder,
            "MUSTER_PUBLIC_URL": url,
        }
        made = subprocess.run([MUSTER, "demo", "--json"], env=environment, capture_output=True, text=True, check=True)  # noqa: S603  our own command
        command = [MUSTER, "serve", "--port", str(port), "--workers", "1"]
        # Its log is about requests, and nobody reads it here.
        server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603  our own command
        try:
            wait_for(f"{url}/readyz")
            yield url, json.loads(made.stdout)
        finally:
            server.terminate()
            server.wait(timeout=40)


def wait_for(address: str) -> None:
    """Until the server answers, a minute at most."""
    for _ in range(600):
        try:
            with urlopen(address, timeout=2):  # noqa: S310  our own server on loopback
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def signed_in(browser: Browser, demo: dict[str, str]) -> Page:
    """A page of the demo's owner."""
    page = browser.new_context(locale="en", device_scale_factor=1).new_page()
    page.goto(demo["sign_in_url"])
    page.fill("input[name=name]", demo["owner"])
    page.fill("input[name=password]", demo["password"])
    page.click("main form button")
    page.wait_for_load_state()
    return page


if __name__ == "__main__":
    main()
