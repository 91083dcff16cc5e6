"""A request as the authorization server sees it: each parameter once, and nothing in it that no protocol has.

What is checked here no grant has to think of: a parameter that comes twice (RFC 6749 §3.1), control characters, a
body of another kind, credentials that are no text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from werkzeug import Request

from app.services.oauth_grants import Code

MOST_BODY = 16 * 1024
MOST_QUERY = 12_000
"""With room for an ID token as a hint."""
_FORM = "application/x-www-form-urlencoded"
_PLAIN = re.compile(r"[ !#-\[\]-~]*", re.ASCII)
"""What may stand in a description of an error (RFC 6749 §5.2), and so in whatever is repeated there."""
_REPEATED = ("client_id", "redirect_uri", "response_type", "grant_type", "scope", "code_challenge_method")


class Asked(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """One request to an endpoint. ``took`` is the code that it has used up."""

    def __init__(self, method: str, uri: str, given: Mapping[str, str], headers: Mapping[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(dict(given))
        self.given = dict(given)
        self.took: Code | None = None

    @property
    def args(self) -> dict[str, str]:
        """The parameters, wherever this endpoint takes them from."""
        return self.given

    @property
    def form(self) -> dict[str, str]:
        """The same."""
        return self.given


def of_browser(asked: Request, base_url: str) -> Asked:
    """What a browser asks, by its query or by a form. Raises InvalidRequestError."""
    if asked.method == "POST":
        return Asked("POST", base_url, _body(asked), {})
    if len(asked.query_string) > MOST_QUERY:
        raise InvalidRequestError("The request is too long.")
    return Asked("GET", base_url, _once(asked.args), {})


def of_client(asked: Request, base_url: str) -> Asked:
    """What a client asks, in a form only: a query would be written to logs. Raises InvalidRequestError."""
    headers = {"Authorization": asked.headers["Authorization"]} if _is_readable(asked) else {}
    given = _body(asked)
    if headers and "client_secret" in given:
        raise InvalidRequestError("A client says in one way who it is, not in two.")
    return Asked("POST", base_url, given, headers)


def _body(asked: Request) -> dict[str, str]:
    asked.max_content_length = asked.max_form_memory_size = MOST_BODY
    if asked.mimetype != _FORM:
        raise InvalidRequestError(f"The body must be {_FORM}.")
    if asked.args:
        raise InvalidRequestError("The parameters must be in the body, not in the address.")
    return _once(asked.form)


def _once(given: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, values in given.lists():
        if len(values) > 1:
            raise InvalidRequestError("A parameter is given more than once.")
        value = values[0]
        if not name.isprintable() or not value.isprintable():
            raise InvalidRequestError("A parameter has characters that it cannot have.")
        if name in _REPEATED and not _PLAIN.fullmatch(value):
            raise InvalidRequestError(f"{name} has characters that it cannot have.")
        if value:  # without a value it counts as left out (RFC 6749 §3.1)
            found[name] = value
    return found


def _is_readable(asked: Request) -> bool:
    """Whether credentials in the header are text: the library takes that for granted."""
    scheme, _, content = asked.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        base64.b64decode(content, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return False
    return True
