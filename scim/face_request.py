"""The request of this face: what is asked of every request that has a body, without Werkzeug's layers of streams."""

from __future__ import annotations

from werkzeug import Request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from scim.errors import TooLarge

_PORTION = 64 * 1024
_PATIENCE = 4
"""A body that is so many times too large is refused without being looked at."""


class Asked(Request):
    """A request; ``max_content_length`` is the most bytes its body may have."""

    _content: bytes | None = None

    def content(self) -> bytes:
        """The whole body, read once and kept, since the answer may be begun anew.

        Raises TooLarge, or what the server has against how it arrives.
        """
        if self._content is None:
            length = self._announced()
            self._content = self._portions() if length is None else self._read(length)
        return self._content

    @property
    def media_type(self) -> str:
        """What the body is said to be, in lower case, without parameters."""
        text: str = self.environ.get("CONTENT_TYPE", "")
        return text.partition(";")[0].strip().lower()

    def _announced(self) -> int | None:
        """The length of a body that may be read as it is."""
        text, most = self.environ.get("CONTENT_LENGTH", ""), self.max_content_length
        if not (text.isascii() and text.isdecimal()) or "HTTP_TRANSFER_ENCODING" in self.environ:
            return None
        return int(text) if most is None or int(text) <= most else None

    def _read(self, length: int) -> bytes:
        source, portions = self.environ["wsgi.input"], []
        while length > 0:
            portion = source.read(length)
            if not portion:
                raise ClientDisconnected
            portions.append(portion)
            length -= len(portion)
        return b"".join(portions)

    def _portions(self) -> bytes:
        """A body of unknown length, or one that is refused."""
        length, most = self.content_length, self.max_content_length
        if length is not None and most is not None and most < length <= _PATIENCE * most:
            self._discard(length)
        content = self.get_data()
        # A body without an announced length is cut off at the limit, not refused.
        if length is None and most is not None and len(content) >= most:
            raise TooLarge(f"the body has {most} bytes or more; send less at once")
        return content

    def _discard(self, length: int) -> None:
        """Let a body pass that is too large: many clients hear no answer before they have sent all of it."""
        source = self.environ["wsgi.input"]
        while length > 0:
            try:
                portion = source.read(_PORTION)
            except HTTPException:  # it does not come, or not in time
                return
            if not portion:
                return
            length -= len(portion)
