"""S-44: where somebody is led back to is never anybody else's address."""

from __future__ import annotations

from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.returning import MOST, local_address

ORIGIN = "https://muster.example.test"
PIECES = ["/", "\\", "%2f", "%2F", "%5c", "%255c", "%252f", "..", ".", "evil.example", "@", ":", "?", "#", "me",
          " ", "\t", "\n", "%09", "%0a", "%00", "http:", "//", "é", "％2f", "／", "\u2028",
          "&a=b", "%", "%%32f"]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["/", "/me", "/me?done=ended#sessions", "/a/b.c-d_e~f",
     "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.example%2Fcb"
     "&scope=openid%20profile", "/a?next=//evil.example", "/a%20b", "/%C3%A9"],
)  # fmt: skip
def test_s44_addresses_of_ours_stay_as_they_are(path: str) -> None:
    """Also what a query carries, since nobody goes there."""
    assert local_address(path) == path


@pytest.mark.parametrize(
    "text",
    [None, "", "me", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example",
     "https:evil.example", "javascript:alert(1)", "/%2fevil.example", "/%2Fevil.example", "/%5cevil.example",
     "/%252fevil.example", "/a/%2f/b", "/a//b", "/a\\b", "/a?b=\\c", "/a\nb", "/a\r\nSet-Cookie:x", "/a%0d%0ab", "/%00",
     "/ /evil.example", "/\t/evil.example", "/é", "／／evil.example", "/a%e2%80%a8b", "/" + "a" * MOST,
     "/%25252525252525252f"],
)  # fmt: skip
def test_s44_everything_else_is_refused(text: str | None) -> None:
    """Two slashes in any form, backslashes, control characters, other schemes, addresses without end."""
    assert local_address(text) is None


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=30).map(lambda text: "/" + text))
def test_s44_whatever_is_let_through_leads_to_us(text: str) -> None:
    """As a browser reads it, and as somebody would who decodes it once more than they should."""
    path = local_address(text)
    if path is None:
        return
    assert path == text
    assert path[0] == "/"
    assert path[1:2] not in ("/", "\\")
    assert path.isascii()
    assert path.isprintable()
    assert "\\" not in path
    for read in (path, path.partition("?")[0].partition("#")[0], unquote(path.partition("?")[0].partition("#")[0])):
        there = urlsplit(urljoin(f"{ORIGIN}/signin", read.replace("\\", "/")))
        assert (there.scheme, there.netloc) == ("https", "muster.example.test")


@given(st.lists(st.sampled_from(["a", "b-c", "0"]), min_size=1, max_size=5), st.text(max_size=20))
def test_s44_every_plain_address_is_let_through(parts: list[str], value: str) -> None:
    """With whatever is properly quoted in its query."""
    path = "/" + "/".join(parts) + f"?q={quote(value, safe='')}"
    assert local_address(path) == path
