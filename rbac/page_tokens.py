"""Page tokens of searches (AuthZEN Authorization API 1.0, section 8.2): where a walk has come to, sealed.

A token holds the place itself, so nothing is kept here. It is good for one account, one search and one limit; any
other use of it is refused as a forged one is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

import orjson

from rbac.errors import BadRequest

_SEALED = re.compile(r"[A-Za-z0-9_-]{24,8000}", re.ASCII)
_SEAL = 16
_PURPOSE = b"decision search page"


@dataclass(frozen=True, slots=True)
class PageTokens:
    """Writes and reads page tokens; ``key`` is secret."""

    key: bytes

    def write(self, search: bytes, place: str, limit: int | None) -> str:
        """The token of a place in a search; ``search`` says which one, in any unambiguous way."""
        content = orjson.dumps([place, limit])
        return base64.urlsafe_b64encode(self._seal(search, content) + content).rstrip(b"=").decode()

    def read(self, search: bytes, token: str) -> tuple[str, int | None]:
        """The place and the limit of a token. Raises BadRequest."""
        if not _SEALED.fullmatch(token) or len(token) % 4 == 1:
            raise _unknown()
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        seal, content = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(search, content)):
            raise _unknown()
        place, limit = orjson.loads(content)
        return place, limit

    def _seal(self, search: bytes, content: bytes) -> bytes:
        bound = hashlib.sha256(search).digest()
        return hmac.new(self.key, _PURPOSE + bound + content, hashlib.sha256).digest()[:_SEAL]


def _unknown() -> BadRequest:
    return BadRequest("page.token: send next_token as it came, with the same search; leave it out for the first page")
