"""The console of one account, with everything of another one in its addresses and forms (M-1, M-2).

Not a list of pages: whatever address the console has is tried, and whatever form its pages show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import MetaData, Table, select
from werkzeug.test import TestResponse

from app.models.base import Base
from app.services import access_requests, data_filters, saved_views
from tests.protocol.api_client import done
from tests.protocol.browser import Browser
from tests.protocol.console_world import ConsoleWorld
from tests.protocol.furnished import furnished

NUMBERS = frozenset({"number", "revision", "sequence"})
"""Parts of addresses of which every account has its own."""
DEEDS = ("confirm", "remove", "prepare", "switch", "retire", "replay", "test", "rotate", "delete", "on", "off")
_APART = frozenset({"audit_events", "audit_heads", "access_journal", "directory_requests", "person_sessions"})
"""Tables in which what somebody tried may be written down."""
_FILTER = 'region eq "EMEA"'
_TABLES: dict[str, str] = {
    "certificate": "connection_certificates",
    "client": "oauth_clients",
    "connection": "connections",
    "directory": "directories",
    "domain": "domains",
    "draft": "mapping_drafts",
    "filter": "data_filters",
    "grant": "role_assignments",
    "group": "groups",
    "key": "api_keys",
    "person": "users",
    "plan": "mapping_plans",
    "request_id": "access_requests",
    "role": "roles",
    "rule": "mapping_rules",
    "test": "login_attempts",
    "token": "directory_tokens",
    "trace": "sign_in_traces",
    "unit": "business_units",
    "user": "users",
    "view": "saved_views",
    "webhook": "webhook_endpoints",
}
"""Where what a part of an address names is kept."""
_NAMES = {
    "/users/{user}": "display_name",
    "/groups/{group}": "display_name",
    "/business-units/{unit}": "name",
    "/roles/{other}": "name",
    "/connections/{connection}": "name",
    "/oauth-clients/{client}": "name",
    "/webhooks/{webhook}": "name",
    "/mapping/drafts/{draft}": "title",
}
"""What is called by a word that is found nowhere else."""


@dataclass
class _Everything(ConsoleWorld):
    """An account with one of everything, called ``word``; ``ids`` by the parts of addresses that name them."""

    profile: str = "exacttarget"
    ids: dict[str, list[str]] = field(init=False)
    word: str = field(init=False)
    by_table: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        made = furnished(self.app, self.database, self.account_id)
        self.word = uuid4().hex
        with self.database.writing() as session:
            access_requests.ask(session, self.account_id, made.ids["user"], "wrong", None, self.word)
            data_filters.set_filter(session, self.account_id, "subscriber", _FILTER, unit=made.ids["unit"])
            saved_views.keep(session, self.account_id, self.owner, "people", self.word, "q=zebra")
        for path, name in _NAMES.items():
            done(made.api.patch(path.format(**made.ids), {name: self.word}))
        kept = self.kept()
        of = {table: [str(row["id"]) for row in rows if "id" in row] for table, rows in kept.items()}
        self.ids = {part: of[table] for part, table in _TABLES.items()}
        self.ids["link"] = [*of["setup_links"], *of["identity_links"]]
        self.by_table = of

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of the account, by table."""
        found = {}
        with self.database.reading() as session:
            for table in _tables(Base.metadata):
                rows = session.execute(select(table).where(table.c.account_id == self.account_id)).mappings()
                found[table.name] = sorted(({**row, "last_used": None} for row in rows), key=repr)
        return found


def _tables(metadata: MetaData) -> Iterator[Table]:
    return (one for one in metadata.sorted_tables if "account_id" in one.c and one.name not in _APART)


@pytest.fixture(scope="module")
def mine(app: Flask, database_url: str) -> _Everything:
    """The account whose owner tries it."""
    return _Everything(app, app.extensions["database"])


@pytest.fixture(scope="module")
def theirs(app: Flask, database_url: str) -> _Everything:
    """The account that it is tried with."""
    return _Everything(app, app.extensions["database"])


def addresses(app: Flask, mine: _Everything, theirs: _Everything) -> Iterator[tuple[str, str, str]]:
    """Every address of the console in which something has a name: one part is theirs, all others are mine."""
    for rule in app.url_map.iter_rules():
        parts = re.findall(r"<(\w+)>", rule.rule)
        if not rule.rule.startswith(("/console", "/me")) or not set(parts) - NUMBERS - {"deed"}:
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            for foreign in set(parts) - NUMBERS - {"deed"}:
                for id in theirs.ids[foreign][:2]:
                    for deed in DEEDS if "deed" in parts else ("",):
                        path = rule.rule
                        for part in parts:
                            number = "1" if part in NUMBERS else deed if part == "deed" else None
                            path = path.replace(f"<{part}>", number or (id if part == foreign else mine.ids[part][0]))
                        yield method, path, id


def test_m1_nothing_of_another_account_is_at_any_address(app: Flask, mine: _Everything, theirs: _Everything) -> None:
    """It is answered like what there is not; and nothing changes there."""
    before, tried = theirs.kept(), 0
    for method, path, id in addresses(app, mine, theirs):
        told = [_told(mine.console, method, one) for one in (path, path.replace(id, str(uuid4())))]
        assert told[0] == told[1], (method, path)
        assert told[0][0] in (303, 404, 422), (method, path, told)
        tried += 1
    assert tried > 100
    assert theirs.kept() == before


def _told(browser: Browser, method: str, path: str) -> tuple[int, str]:
    """What an address answers, without what is another thing each time."""
    answer = browser.open(path) if method == "GET" else browser.send(path)
    return answer.status_code, _CHANGING.sub("x", answer.text)


def _sends(browser: Browser, method: str, path: str, sent: dict[str, str]) -> TestResponse:
    return browser.open(path, query_string=sent) if method == "GET" else browser.send(path, **sent)


_SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
_CHANGING = re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


class _Page(HTMLParser):
    """The forms of a page, each with its method, its address and what it could send, and where links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, list[tuple[str, str]]]] = []
        self.links: list[str] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Choices count with all of their values: each may be an id."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((said.get("method", "get").upper(), said.get("action", ""), []))
        elif tag == "select":
            self._select = said.get("name", "")
        elif tag == "a" and "href" in said:
            self.links.append(said["href"])
        name = said.get("name", "") if tag in ("input", "button") else self._select if tag == "option" else ""
        if name and self.forms:
            self.forms[-1][2].append((name, said.get("value", "")))


def forms_of(mine: _Everything, app: Flask) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    """Every form that the pages of the console show, once; a link with a query is like one that is sent by GET."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/console", "/me")) or "GET" not in rule.methods:
            continue
        path = rule.rule
        for part in re.findall(r"<(\w+)>", path):
            path = path.replace(f"<{part}>", "on" if part == "deed" else mine.ids.get(part, ["1"])[0])
        page = _Page(mine.console.open(path).text)
        linked = [("GET", one, parse_qsl(urlsplit(one).query)) for one in page.links if "?" in one]
        for method, action, fields in [*page.forms, *linked]:
            there = urlsplit(urljoin(path, action)).path
            if there.startswith(("/console", "/me")) and not there.endswith("/export"):
                found.setdefault((method, there, ",".join(sorted({name for name, _ in fields}))), fields)
    return found


def test_m2_nothing_of_another_account_gets_into_a_form(app: Flask, mine: _Everything, theirs: _Everything) -> None:
    """Whatever a form of mine could name is named by an id of theirs: nothing is shown of it, nothing refers to it."""
    known = {id: theirs.by_table[table][0] for table, ids in mine.by_table.items() for id in ids}
    before, tried = theirs.kept(), 0
    for (method, path, _), fields in forms_of(mine, app).items():
        for name in {name for name, value in fields if value in known}:
            usual = {one: value for one, value in fields if one not in (name, "form_token", "seen")}
            theirs_instead = {known[value] for one, value in fields if one == name and value in known}
            for id in theirs_instead:
                sent = usual | {name: id}
                for _ in range(2):  # the second time as somebody who has seen what it would mean
                    answer = _sends(mine.console, method, path, sent)
                    assert answer.status_code < 500, (method, path, name)
                    assert theirs.word not in answer.text, (method, path, name)
                    sent["seen"] = next(iter(_SEEN.findall(answer.text)), "")
                tried += 1
    assert tried > 25
    assert theirs.kept() == before
    mentioned = repr(mine.kept())
    assert not [id for ids in theirs.by_table.values() for id in ids if id in mentioned]
