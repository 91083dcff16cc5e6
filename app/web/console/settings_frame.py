"""The settings of an account: their tabs, and what every page of them is shown with."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.web import pages
from app.web.console import shell
from app.web.console.confirming import days_left
from app.web.language import say

AREA = "settings"
HOME = "/console/settings"
TABS = {
    "security": HOME,
    "enforcement": f"{HOME}/enforcement",
    "domains": f"{HOME}/domains",
    "account": f"{HOME}/account",
    "webhooks": f"{HOME}/webhooks",
    "keys": f"{HOME}/keys",
    "clients": f"{HOME}/clients",
}


def show(template: str, tab: str, *, status: int = 200, **values: Any) -> Response:
    """A page of the settings."""
    return shell.show(
        f"settings/{template}",
        AREA,
        status=status,
        tab=tab,
        tabs=[(name, pages.at(path), say(f"settings.tab.{name}")) for name, path in TABS.items()],
        days_left=days_left,
        **values,
    )


def trail(tab: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page below a tab; ``more`` are pairs of path and name."""
    first = (pages.at(TABS[tab]), str(say(f"settings.tab.{tab}")))
    return [first, *((pages.at(path), name) for path, name in more)]
