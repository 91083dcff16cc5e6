"""Search requests of the OpenID AuthZEN Authorization API 1.0 (section 8): JSON → values.

A search is an evaluation with one part left open: that part's id is ignored if it is sent, all else must be there.
Section 8.6 has no action in a search for actions, so that it may be left out as a whole; where one is sent, its name is
ignored like an id, and its properties count as those of the other parts do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from rbac.authzen import Evaluation, Json, read_evaluation
from rbac.errors import BadRequest

_MEMBERS = ("type", "id", "name", "properties")
"""What is read of an entity; whatever else is sent says nothing."""


class Sought(StrEnum):
    """Which part of an evaluation is left open."""

    SUBJECT = "subject"
    RESOURCE = "resource"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Search:
    """An evaluation with one part left open. ``digest`` says unambiguously what is asked for."""

    sought: Sought
    open: Evaluation
    digest: bytes

    def filled(self, found: str) -> Evaluation:
        """The evaluation that has this subject, resource or action in the open place."""
        if self.sought is Sought.ACTION:
            return replace(self.open, action=found)
        if self.sought is Sought.SUBJECT:
            return replace(self.open, subject=replace(self.open.subject, id=found))
        return replace(self.open, resource=replace(self.open.resource, id=found))


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page somebody wants; None for what they did not say."""

    token: str | None = None
    limit: int | None = None


def read_search(body: Json, sought: Sought) -> Search:
    """The search of a request. Raises BadRequest for an incomplete one."""
    filled: dict[str, Any] = dict(body)
    if sought is Sought.ACTION:
        sent = body.get("action")
        about = {"properties": sent["properties"]} if isinstance(sent, dict) and "properties" in sent else {}
        filled["action"] = {"name": "", **about}
    elif isinstance(body.get(sought), dict):
        filled[sought] = {**body[sought], "id": ""}
    # A part that is absent, or no object, is refused where evaluations are.
    question = read_evaluation(filled)
    entities = [{name: filled[part].get(name) for name in _MEMBERS} for part in Sought]
    asked = [sought.value, entities, filled.get("context", {})]
    return Search(sought, question, orjson.dumps(asked, option=orjson.OPT_SORT_KEYS))


def read_page(body: Json) -> PageAsked:
    """The page that a request asks for (section 8.2.1). Raises BadRequest."""
    page = body.get("page", {})
    if not isinstance(page, dict):
        raise BadRequest("page must be an object; leave it out for the first page")
    token, limit = page.get("token"), page.get("limit")
    if token is not None and not isinstance(token, str):
        raise BadRequest("page.token must be a string, the next_token of the page before")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise BadRequest("page.limit must be a whole number of 0 or more")
    return PageAsked(token or None, limit)
