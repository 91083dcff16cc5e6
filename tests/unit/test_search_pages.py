"""Walking candidates page by page, and the tokens between pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from rbac.authzen_search import PageAsked, Sought, read_page, read_search
from rbac.errors import BadRequest
from rbac.page_tokens import PageTokens
from rbac.search import EXAMINED, PORTION, Found, walk

IDS = [f"{number:05d}" for number in range(3 * EXAMINED - PORTION // 2)]
TOKENS = PageTokens(b"a key")


class Walk:
    """A walk over ids of which only some belong to the answer; ``fetched`` counts what was looked at."""

    def __init__(self, answer: Iterable[str], ids: Sequence[str] = IDS) -> None:
        self._answer, self._ids, self.fetched = set(answer), ids, 0

    def page(self, after: str, limit: int) -> Found:
        self.fetched = 0
        return walk(after, limit, self._fetch, lambda ids: [(id, id if id in self._answer else None) for id in ids])

    def _fetch(self, after: str, most: int) -> Sequence[str]:
        found = [id for id in self._ids if id > after][:most]
        self.fetched += len(found)
        return found

    def all(self, limit: int) -> list[Found]:
        pages = [self.page("", limit)]
        while (following := pages[-1].next) is not None:
            pages.append(self.page(following, limit))
        return pages


@pytest.mark.parametrize("limit", [1, 3, 7, 500])
def test_every_result_once_and_in_order(limit: int) -> None:
    """However the pages fall; no page is longer than asked for."""
    answer = IDS[:: EXAMINED // 10]
    pages = Walk(answer).all(limit)
    assert [id for page in pages for id in page.ids] == answer
    assert all(len(page.ids) <= limit for page in pages)


def test_a_page_costs_no_more_than_its_bound() -> None:
    """Where nothing is found for long, a page ends early and says that there is more."""
    sparse = Walk([IDS[-1]])
    pages = sparse.all(10)
    assert [len(page.ids) for page in pages[:-1]] == [0] * (len(pages) - 1)
    assert pages[-1].ids == (IDS[-1],)
    assert sparse.page("", 10).next is not None
    assert sparse.fetched <= EXAMINED


def test_the_last_page_knows_that_it_is_the_last() -> None:
    """Even when it is just full; all that there is in one page is counted."""
    full = Walk(IDS[:4], IDS[:10])
    assert full.page("", 4) == Found(tuple(IDS[:4]), None, 4)
    assert full.page("", 3) == Found(tuple(IDS[:3]), IDS[2])
    assert full.page(IDS[2], 3) == Found((IDS[3],), None)


def test_a_limit_of_nothing() -> None:
    """No results; a place to go on from if there are any."""
    assert Walk(IDS[5:6], IDS[:PORTION]).page("", 0) == Found((), "")
    assert Walk([], IDS[:10]).page("", 0) == Found((), None, 0)


def test_tokens_are_bound_and_sealed() -> None:
    """To the key, the search, the place and the limit; whatever was altered is refused."""
    token = TOKENS.write(b"search", "place", 7)
    assert TOKENS.read(b"search", token) == ("place", 7)
    assert TOKENS.read(b"search", TOKENS.write(b"search", "", None)) == ("", None)
    last = "A" if token[-1] != "A" else "Q"
    for wrong in ("", "x", "ñ" * 40, token[:-1] + last, token[:-4], f"{token}AAAA", "A" * len(token), token * 900):
        with pytest.raises(BadRequest, match="next_token"):
            TOKENS.read(b"search", wrong)
    with pytest.raises(BadRequest):
        TOKENS.read(b"another search", token)
    with pytest.raises(BadRequest):
        PageTokens(b"another key").read(b"search", token)


WHOLE = {
    "subject": {"type": "user", "id": "ana"},
    "action": {"name": "read"},
    "resource": {"type": "doc", "id": "d1"},
    "context": {"ip": "192.0.2.1"},
}


def test_a_search_is_known_by_what_it_asks() -> None:
    """Order of members, unknown ones and the id of what is sought make no other search; all else does."""
    same = {"x": 1, **dict(reversed(list(WHOLE.items()))), "subject": {"id": "ben", "y": 2, "type": "user"}}
    asked = read_search(WHOLE, Sought.SUBJECT)
    assert read_search(same, Sought.SUBJECT).digest == asked.digest
    for change in (
        {"action": {"name": "write"}},
        {"action": {"name": "read", "properties": {"a": 1}}},
        {"resource": {"type": "doc", "id": "d2"}},
        {"subject": {"type": "user", "properties": {"a": 1}}},
        {"context": {}},
    ):
        assert read_search(WHOLE | change, Sought.SUBJECT).digest != asked.digest
    assert read_search(WHOLE, Sought.RESOURCE).digest != asked.digest
    assert read_search(WHOLE | {"action": "anything"}, Sought.ACTION).filled("x").action == "x"
    softly = read_search(WHOLE | {"action": {"name": "write", "properties": {"soft": True}}}, Sought.ACTION)
    assert (softly.filled("x").action, softly.filled("x").parameters) == ("x", {"soft": True})
    assert softly.digest != read_search(WHOLE, Sought.ACTION).digest
    assert read_search(WHOLE | {"action": {"name": "read"}}, Sought.ACTION).digest == (
        read_search(WHOLE, Sought.ACTION).digest
    )


@pytest.mark.parametrize(
    "page", ["x", [], {"limit": -1}, {"limit": True}, {"limit": "1"}, {"limit": 1.0}, {"token": 7}]
)
def test_pages_that_cannot_be_read(page: object) -> None:
    """Refused, each with what belongs there."""
    with pytest.raises(BadRequest, match="page"):
        read_page({"page": page})


def test_pages_that_can_be_read() -> None:
    """Absent parts say nothing; an empty token is the first page."""
    assert read_page({}) == read_page({"page": {}}) == read_page({"page": {"token": "", "x": 1}}) == PageAsked()
    assert read_page({"page": {"token": "t", "limit": 0}}) == PageAsked("t", 0)
