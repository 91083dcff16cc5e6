"""An account, and browsers in which its owners and others use the console."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from app.services import accounts, assignments
from app.services.giving import Giving
from tests.protocol.browser import Browser
from tests.protocol.sign_in_world import World

_ROW = re.compile(r"<tr>\s*(.*?)\s*</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b(?![^>]*\btick\b)[^>]*>(.*?)</t[hd]>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass
class ConsoleWorld(World):
    """One account; ``owner`` is the id of an Account Owner, in whose ``console`` they are signed in."""

    owner: str = field(init=False)
    console: Browser = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.owner = self.an_owner()
        self.console = self.signed_in(self.owner)

    def an_owner(self, name: str | None = None) -> str:
        """Another Account Owner; their id."""
        with self.database.writing() as session:
            made = accounts.create_owner(
                session, self.account_id, name or f"{uuid4().hex}@acme.example", "Olivia Owner"
            )
        return made.id

    def signed_in(self, user_id: str) -> Browser:
        """A browser in which somebody is signed in, just now."""
        browser = self.browser()
        browser.signs_in(self.database, self.account_id, user_id)
        return browser

    def gives(self, role: str, user_id: str, **given: Any) -> None:
        """A role, by hand."""
        with self.database.writing() as session:
            assignments.assign(session, self.account_id, Giving(role, (user_id,), **given))


def cells_of(page: TestResponse) -> list[list[str]]:
    """The texts of a page's list, row by row, without its head and the boxes to tick."""
    rows = [[text_of(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(page.text.partition("<tbody>")[2])]
    return [row for row in rows if row]


def text_of(markup: str) -> str:
    """What a reader sees of it."""
    return html.unescape(" ".join(_TAG.sub("", markup).split()))


_SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')


def sees(console: Browser, path: str, **values: str | Sequence[str]) -> TestResponse:
    """The page that says what an act would mean."""
    page = console.send(path, **values)
    assert page.status_code == 200, text_of(page.text)
    assert _SEEN.search(page.text), text_of(page.text)
    return page


def confirms(console: Browser, path: str, **values: str | Sequence[str]) -> TestResponse:
    """Do what was seen; where it leads."""
    seen = _SEEN.search(sees(console, path, **values).text)
    assert seen is not None
    answer = console.send(path, **values, seen=seen[1])
    assert answer.status_code == 303, text_of(answer.text)
    return answer
