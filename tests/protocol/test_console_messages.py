"""The console in Spanish, with what services say: no page falls back to English, and no refusal does.

Not a list of pages: whatever address the console has is opened, and whatever form its pages show is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.services.tokens import KEYS, TOKENS
from app.stores.access_tables import RULES
from tests.protocol.api_client import Api
from tests.protocol.console_world import ConsoleWorld
from tests.protocol.furnished import furnished

_ENGLISH = re.compile(
    r"(?<!\" )(?<![\w-])(?:the|and|is|are|of|with|not|there|cannot|must|this|that|who|which|was|by|"
    r"from|your|has|have|been|nobody)(?![\w-])"
)
"""Words that nobody writes in Spanish, nor calls anything in this account."""
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr", "path", "circle", "rect", "line", "use"})
_DATA = frozenset({"code", "pre", "script", "style", "textarea", "option", "svg", "q", "kbd"})
"""Elements that hold what is called so by somebody else, or a program."""
_PARTS = {
    "person": "user",
    "grant": "assignment",
    "key": "key",
    "request_id": "request",
    "number": "entry",
    "sequence": "entry",
    "rule": "rule",
    "token": "token",
}


class Shown(HTMLParser):
    """What a page says: words that are Spanish by what it claims, words marked as English, and its forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.english: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep in mind within what the following words are."""
        said = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            about = self._open[-1][1] if self._open else ""
            self._open.append((tag, "data" if tag in _DATA else said.get("lang", about) if about != "data" else about))
        if tag == "form" and said.get("method") == "post":
            self.forms.append((said.get("action", ""), {}))
        elif tag in ("input", "button", "select", "textarea") and self.forms and said.get("name"):
            self.forms[-1][1].setdefault(said["name"], said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave it again."""
        while self._open and tag not in _VOID:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        """Words."""
        about = self._open[-1][1] if self._open else ""
        words = " ".join(data.split())
        if words and about != "data":
            (self.english if about == "en" else self.said).append(words)


@dataclass
class _Spanish(ConsoleWorld):
    """An account with one of everything, whose owner reads Spanish; ``ids`` by the parts of addresses."""

    profile: str = "exacttarget"
    ids: dict[str, str] = field(init=False)
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        made = furnished(self.app, self.database, self.account_id)
        self.ids, self.api = dict(made.ids), made.api
        with self.database.reading() as session:
            for part, rows in {"rule": RULES, "token": TOKENS, "key": KEYS}.items():
                self.ids[part] = session.execute(select(rows.c.id).where(rows.c.account_id == self.account_id)).scalar()
        self.console.headers["Accept-Language"] = "es"


@pytest.fixture(scope="module")
def world(app: Flask, database_url: str) -> _Spanish:
    return _Spanish(app, app.extensions["database"])


def pages_of(app: Flask, world: _Spanish) -> Iterator[tuple[str, Shown]]:
    """Every page of the console and of one's own, in Spanish."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if rule.rule.startswith(("/console", "/me")) and "GET" in rule.methods:
            path = rule.rule
            for part in re.findall(r"<(\w+)>", path):
                path = path.replace(f"<{part}>", world.ids.get(_PARTS.get(part, part), "on" if part == "deed" else "1"))
            page = world.console.open(path)
            if page.mimetype == "text/html":
                yield path, Shown(page.text)


def english_in(shown: Shown) -> list[str]:
    """What a page says in English, whether it is marked as that or not; the name of the language is meant to be."""
    return [*(one for one in shown.english if one != "English"), *(one for one in shown.said if _ENGLISH.search(one))]


def test_no_page_falls_back_to_english(app: Flask, world: _Spanish) -> None:
    found = {path: english_in(shown) for path, shown in pages_of(app, world)}
    assert len(found) > 120
    assert {path: english for path, english in found.items() if english} == {}


def test_no_refusal_falls_back_to_english(app: Flask, world: _Spanish) -> None:
    """Whatever is sent empty, or as what it cannot be."""
    forms = {
        (urlsplit(urljoin(path, action)).path, ",".join(sorted(fields))): fields
        for path, shown in pages_of(app, world)
        for action, fields in shown.forms
    }
    english, refused = {}, 0
    for (path, _), fields in forms.items():
        given = fields.keys() - {"form_token"}
        for value in ("", "¿qué? " * 50) if given and path.startswith(("/console", "/me/")) else ():
            answer = world.console.send(path, **dict.fromkeys(given, value))
            refused += answer.status_code >= 400
            if found := english_in(Shown(answer.text)):
                english[path] = found
    assert refused > 60
    assert english == {}


def test_what_a_service_says_is_shown_in_the_readers_language(world: _Spanish) -> None:
    """The same refusal in both; the names in it are kept, and stay as harmless as they were."""
    name = '<b>Nobody<b> & "the"'
    shown = [
        world.console.open("/console/mapping/rules/" + quote(name, safe=""), headers={"Accept-Language": language})
        for language in ("en", "es")
    ]
    assert [page.status_code for page in shown] == [404, 404]
    assert "there is no mapping rule &#39;&lt;b&gt;Nobody&lt;b&gt; &amp; &#34;the&#34;&#39;" in shown[0].text
    assert "no existe la regla de asignación &#39;&lt;b&gt;Nobody&lt;b&gt; &amp; &#34;the&#34;&#39;" in shown[1].text
    assert "<b>Nobody" not in shown[1].text


def test_programs_are_answered_in_english_whatever_they_ask_for(world: _Spanish) -> None:
    """What a program compares or logs does not depend on anybody's language."""
    answer = world.api.get("/users/nobody", headers={"Accept-Language": "es"})
    assert answer.status_code == 404
    assert answer.json["detail"] == "there is no user 'nobody' in this account; use a user's id"
