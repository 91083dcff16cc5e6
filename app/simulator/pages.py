"""Reading a whole list page by page, as imports and aggregations do (RFC 7644 §3.4.2.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.simulator.expect import complaints
from app.simulator.http import Answer, Client, Request
from app.simulator.pointer import select
from app.simulator.sequence import Expectation

MAX_PAGES = 20
"""So many pages are read at most; a longer list is judged by its beginning."""


def read_pages(client: Client, request: Request, count: int, expected: Expectation) -> tuple[Answer, list[str]]:
    """Follow startIndex to the end, or for MAX_PAGES; the last answer, and everything wrong with the paging."""
    seen: list[Any] = []
    totals: set[int] = set()
    wrong: list[str] = []
    for number in range(MAX_PAGES):
        start = 1 + number * count
        page = replace(request, query={**request.query, "startIndex": start, "count": count})
        answer = client.send(page)
        wrong = complaints(expected, answer) or _page_complaints(answer.body, start, count)
        if wrong:
            break
        totals.add(answer.body["totalResults"])
        seen += [select(one, "/id") for one in answer.body.get("Resources") or []]
        if start + count > answer.body["totalResults"]:
            # People may come and go while the list is read; then the sum says nothing.
            if len(totals) == 1 and len(seen) != answer.body["totalResults"]:
                wrong.append(f"the pages hold {len(seen)} resources, totalResults says {answer.body['totalResults']}")
            break
    if len(seen) != len({str(id) for id in seen}) and len(totals) == 1:
        wrong.append("one resource is on two pages: the order is not the same for every page")
    return answer, wrong


def _page_complaints(body: Any, start: int, count: int) -> list[str]:
    wrong = []
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        if type(select(body, f"/{name}")) is not int:
            wrong.append(f"{name} is not an integer")
    if wrong:
        return wrong
    shown = select(body, "/Resources")
    amount = len(shown) if isinstance(shown, list) else 0
    if body["startIndex"] != start:
        wrong.append(f"startIndex is {body['startIndex']} where {start} was asked: the pages would be mixed up")
    if amount > count:
        wrong.append(f"{amount} resources on a page of at most {count}")
    if amount < min(count, body["totalResults"] - start + 1):
        wrong.append(f"only {amount} resources on a page of {count}, of {body['totalResults']} from {start} on")
    return wrong
