"""Answer a search request page by page (Authorization API 1.0, section 8.2): JSON → JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rbac.asked import USER
from rbac.authzen import Json
from rbac.authzen_search import Search, Sought, read_page, read_search
from rbac.errors import BadRequest
from rbac.page_tokens import PageTokens
from rbac.search import Found, SearchStore, search_actions, search_resources, search_subjects

MOST = 1_000
"""How many results a page has at most, and where nobody asks for fewer."""

Searcher = Callable[[SearchStore, Search, str, int], Found]
SEARCHERS: Mapping[Sought, Searcher] = {
    Sought.SUBJECT: search_subjects,
    Sought.RESOURCE: search_resources,
    Sought.ACTION: search_actions,
}


def answer_search(store: SearchStore, tokens: PageTokens, sought: Sought, body: Json) -> dict[str, Any]:
    """One page of results. Raises BadRequest for a search that is incomplete, or a token of another one."""
    search, asked = read_search(body, sought), read_page(body)
    bound = store.account_id.encode() + search.digest
    after, limit = "", asked.limit
    if asked.token is not None:
        after, limit = tokens.read(bound, asked.token)
        if asked.limit is not None and asked.limit != limit:
            raise BadRequest("page.limit: a walk keeps the limit it began with; leave it out beside a token")
    found = SEARCHERS[sought](store, search, after, MOST if limit is None else min(limit, MOST))
    following = "" if found.next is None else tokens.write(bound, found.next, limit)
    page: dict[str, Any] = {"next_token": following, "count": len(found.ids)}
    if found.total is not None:
        page["total"] = found.total
    context = {"context": found.context} if found.context else {}
    return {"page": page, **context, "results": [_entity(search, id) for id in found.ids]}


def _entity(search: Search, id: str) -> dict[str, str]:
    match search.sought:
        case Sought.SUBJECT:
            return {"type": USER, "id": id}
        case Sought.RESOURCE:
            return {"type": search.open.resource.type, "id": id}
    return {"name": id}
