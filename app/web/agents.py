"""What a browser calls itself, in words that its owner recognises; only ever shown, nothing depends on it."""

from __future__ import annotations

from markupsafe import Markup

from app.web.language import say

# The first that is found counts: most browsers name their ancestors, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def name_of(agent: str | None) -> Markup:
    """Firefox on Windows, in the page's language."""
    browser = _first(_BROWSERS, agent)
    system = _first(_SYSTEMS, agent)
    if browser is None:
        return say("me.sessions.unknown")
    return say("me.sessions.of", browser=browser, system=system) if system else Markup("{}").format(browser)


def _first(names: tuple[tuple[str, str], ...], agent: str | None) -> str | None:
    return next((name for part, name in names if part in (agent or "")), None)
