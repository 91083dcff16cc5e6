"""Somebody at a browser without scripts: follows what pages tell, keeps cookies, fills in forms. Speaks real HTTP."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

import requests

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)')""")
_REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]*)">')
_MOST = 20


class Surfer:
    """``page`` is the answer at which they are."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.page = requests.Response()
        self.went: list[str] = []
        """Every address that answered, in order."""

    def open(self, url: str) -> requests.Response:
        """Type an address in."""
        return self._go("GET", url, {})

    def submit(self, number: int = 0, **values: str) -> requests.Response:
        """Fill in a form of the page and send it; a button's name and value go with it like a field's."""
        attributes, content = _FORM.findall(self.page.text)[number]
        form = _attributes(attributes)
        fields = [_attributes(one) for one in _FIELD.findall(content)]
        sent = {one["name"]: one.get("value", "") for one in fields if "name" in one} | values
        url = urljoin(self.page.url, form.get("action") or self.page.url)
        return self._go(form.get("method", "get").upper(), url, sent)

    def _go(self, method: str, url: str, fields: dict[str, str]) -> requests.Response:
        site = "same-origin" if self.page.url and _origin(self.page.url) == _origin(url) else "cross-site"
        for _ in range(_MOST):
            data = fields if method == "POST" else None
            self.page = self.session.request(
                method, url, data=data, headers={"Sec-Fetch-Site": site}, allow_redirects=False, timeout=30
            )
            self.went.append(url)
            led = self.page.headers.get("Location") if self.page.is_redirect else None
            found = None if led else _REFRESH.search(self.page.text)
            if led is None and found is None:
                return self.page
            url = urljoin(url, led if led is not None else html.unescape(found[1] if found else ""))
            method, fields = "GET", {}
        raise AssertionError(f"led in circles: {self.went}")


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(text)}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
