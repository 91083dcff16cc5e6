"""A browser, as far as our pages need one: it keeps cookies, says where a request is from, and fills in forms."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import Database
from app.models.base import now
from app.services import person_sessions
from tests.protocol.conftest import PUBLIC_URL

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<(?:input|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]*)">')


@dataclass
class Browser:
    """One person's browser; ``secret`` is that of their session cookie."""

    app: Flask
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()

    def open(self, path: str, method: str = "GET", site: str | None = "none", **options: Any) -> TestResponse:
        """Ask for an address, as if it had been typed in."""
        headers = self.headers | ({"Sec-Fetch-Site": site} if site else {}) | options.pop("headers", {})
        return self.client.open(path, method=method, base_url=PUBLIC_URL, headers=headers, **options)

    def send(self, path: str, site: str | None = "same-origin", **values: str | Sequence[str]) -> TestResponse:
        """Send a form that one of our pages would show to this browser."""
        return self.open(path, "POST", site, data={"form_token": self.token()} | values)

    def token(self) -> str:
        """What the forms of this browser carry at the moment."""
        return form_of(self.open("/me/nothing"), "/language")["form_token"]

    def submit(self, page: TestResponse, action: str, **values: str) -> TestResponse:
        """Fill in the form of a page that leads to ``action``."""
        return self.open(action, "POST", "same-origin", data=form_of(page, action) | values)

    def cookie(self, name: str) -> str | None:
        """What the browser has been given under this name, without its prefix."""
        found = self.client.get_cookie(f"__Host-{name}", domain=PUBLIC_URL.partition("//")[2])
        return None if found is None else found.value

    def keep(self, name: str, value: str) -> None:
        """Have a cookie."""
        self.client.set_cookie(f"__Host-{name}", value, domain=PUBLIC_URL.partition("//")[2], secure=True)

    def signs_in(
        self, database: Database, account_id: str, user_id: str, authenticated: datetime | None = None, **how: Any
    ) -> str:
        """Be signed in, without asking how that came; the id of the session."""
        options = {"methods": ["pwd"], "agent": self.headers.get("User-Agent")} | how
        with database.writing() as session:
            begun = person_sessions.begin(
                session,
                self.app.extensions["web"].keys,
                account_id,
                user_id,
                authenticated=authenticated or now(),
                **options,
            )
        self.keep("muster", begun.secret)
        return begun.session_id


def form_of(page: TestResponse, action: str) -> dict[str, str]:
    """What the form to ``action`` would send as it stands."""
    for attributes, content in _FORM.findall(page.text):
        if dict(_ATTRIBUTE.findall(attributes)).get("action") == action:
            fields = [dict(_ATTRIBUTE.findall(one)) for one in _INPUT.findall(content)]
            return {
                one["name"]: html.unescape(one.get("value", ""))
                for one in fields
                if "name" in one and one.get("type", "submit") != "submit"
            }
    raise AssertionError(f"no form to {action}: {page.text}")


def led_to(answer: TestResponse) -> str:
    """Where an answer leads the browser on, by redirect or by a page that does."""
    if answer.status_code in (302, 303):
        return urljoin(PUBLIC_URL, answer.headers["Location"]).removeprefix(PUBLIC_URL)
    found = _REFRESH.search(answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])
