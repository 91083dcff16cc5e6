"""Ask a Muster service who may do what: single decisions, batches, and the searches of AuthZEN 1.0.

Everything fails closed: what is no clear yes of the service is a no or an error, never a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import orjson

from muster.cache import Cache
from muster.decisions import Decision, Denied, read_decision
from muster.errors import Unavailable
from muster.processes import PerProcess
from muster.questions import (
    USER,
    Asked,
    Doing,
    Entity,
    Json,
    Question,
    Resource,
    Semantic,
    Subject,
    action_of,
    context_of,
    evaluation,
    evaluations,
    resource_of,
    subject_of,
)
from muster.transport import Transport

_EVALUATION = "/access/v1/evaluation"
_EVALUATIONS = "/access/v1/evaluations"
_SEARCH = "/access/v1/search/"


class Muster:
    """A client of one account. Make one when the platform starts and share it between threads.

    ``url`` is the service's address and ``key`` an API key of the account. ``timeout`` is for how many seconds the
    service may be silent. With ``cache_seconds`` an answer may be that much older than the truth; the default, 0, asks
    every time, so a change counts at once. ``subject`` tells the guards of ``muster.flask`` and its siblings who is
    signed in. ``handles`` are the kinds of obligation that the platform keeps, beside data filters; a permit with any
    other is a deny.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 3.0,
        cache_seconds: float = 0.0,
        cache_size: int = 10_000,
        connections: int = 10,
        subject: Callable[..., Subject | None] | None = None,
        handles: Collection[str] = (),
    ) -> None:
        self.subject = subject
        self._url = url
        self._handles = frozenset(handles)

        self._transport = PerProcess(lambda: Transport(url, key, timeout, connections))
        self._cache = PerProcess(lambda: Cache(cache_seconds, cache_size) if cache_seconds > 0 else None)

    def __repr__(self) -> str:
        return f"Muster({self._url!r})"

    def check(
        self,
        subject: Subject,
        action: Doing,
        resource: Resource | None = None,
        *,
        context: Json | None = None,
        unit: str | None = None,
    ) -> Decision:
        """May the subject do this? ``unit`` is the key of the business unit where it works.

        Without a resource it is about the account as a whole: for permissions that are about no item.

        Raises Unavailable if nobody can say, Misused if the request itself is refused.
        """
        question = _body(evaluation(Question(subject, action, resource, context, unit)))
        cache = self._cache.here()
        if cache is None:
            return self._ask(question)
        kept = cache.find(question)
        if kept is not None:
            return kept
        asking = cache.asking()
        decision = self._ask(question)
        cache.keep(question, decision, asking)
        return decision

    def require(
        self,
        subject: Subject,
        action: Doing,
        resource: Resource | None = None,
        *,
        context: Json | None = None,
        unit: str | None = None,
    ) -> Decision:
        """The decision, if it is yes. Raises Denied if it is no, and what ``check`` raises."""
        decision = self.check(subject, action, resource, context=context, unit=unit)
        if not decision:
            raise Denied(decision)
        return decision

    def check_many(
        self, questions: Iterable[Asked], *, semantic: Semantic | str = Semantic.EXECUTE_ALL
    ) -> list[Decision]:
        """Decisions in the order of the questions, all from one moment and never from the cache.

        "deny_on_first_deny" and "permit_on_first_permit" end with the decision that settles it, so the list may be
        shorter. A question that the service cannot read is a deny; the others are not affected.
        """
        asked = [one if isinstance(one, Question) else Question(*one) for one in questions]
        if not asked:
            return []
        chosen = Semantic(semantic)
        answer = self._post(_EVALUATIONS, _body(evaluations(asked, chosen)))
        results = answer.get("evaluations") if isinstance(answer, dict) else None
        if not isinstance(results, list):
            raise Unavailable("the service answered, but not with decisions; is this the address of a decision point?")
        decisions = [read_decision(result, self._handles) for result in results]
        if not _is_complete(results, len(asked), chosen):
            raise Unavailable(f"the service answered {len(results)} of {len(asked)} questions")
        return decisions

    def subjects(
        self,
        action: Doing,
        resource: Resource,
        *,
        type: str = USER,
        context: Json | None = None,
        unit: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Entity]:
        """Who may do this to the resource, page by page as they are asked for; ``limit`` is a page's size."""
        asked = {"subject": {"type": type}, "action": action_of(action), "resource": resource_of(resource)}
        return map(_entity, self._search("subject", asked | context_of(context, unit), limit))

    def resources(
        self,
        subject: Subject,
        action: Doing,
        type: str,
        *,
        context: Json | None = None,
        unit: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Entity]:
        """To which resources of a type the subject may do this, of those that the service holds."""
        asked = {"subject": subject_of(subject), "action": action_of(action), "resource": {"type": type}}
        return map(_entity, self._search("resource", asked | context_of(context, unit), limit))

    def actions(
        self,
        subject: Subject,
        resource: Resource,
        *,
        context: Json | None = None,
        unit: str | None = None,
        limit: int | None = None,
    ) -> Iterator[str]:
        """The keys of what the subject may do to the resource."""
        asked = {"subject": subject_of(subject), "resource": resource_of(resource)}
        return map(_name, self._search("action", asked | context_of(context, unit), limit))

    def forget(self) -> None:
        """Empty the cache of this process, for instance where the platform hears of a change."""
        cache = self._cache.here()
        if cache is not None:
            cache.empty()

    def _ask(self, question: bytes) -> Decision:
        return read_decision(self._post(_EVALUATION, question), self._handles)

    def _search(self, sought: str, asked: dict[str, Any], limit: int | None) -> Iterator[Any]:
        """Section 8: each page is asked for with the same entities and the token of the page before."""
        page: dict[str, Any] = {} if limit is None else {"limit": limit}
        while True:
            answer = self._post(_SEARCH + sought, _body(asked | ({"page": page} if page else {})))
            results = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(results, list):
                raise Unavailable("the service answered, but not with what it found; does it offer this search?")
            yield from results
            given = answer.get("page")
            token = given.get("next_token") if isinstance(given, dict) else None
            if not token:
                return
            if token == page.get("token"):
                raise Unavailable("the service gives the same page again and again")
            page = page | {"token": token}

    def _post(self, path: str, body: bytes) -> Any:
        return self._transport.here().post(path, body)


def _body(asked: dict[str, Any]) -> bytes:
    # Sorted, so that it is also the name under which an answer is kept.
    return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)


def _is_complete(results: list[Any], asked: int, semantic: Semantic) -> bool:
    """Whether all is answered, or the last answer is the one that settles it (section 7.1.2.1)."""
    if len(results) == asked:
        return True
    stops_at = {Semantic.DENY_ON_FIRST_DENY: False, Semantic.PERMIT_ON_FIRST_PERMIT: True}.get(semantic)
    return 0 < len(results) < asked and results[-1]["decision"] is stops_at


def _entity(found: Any) -> Entity:
    if not isinstance(found, dict) or not isinstance(found.get("type"), str) or not isinstance(found.get("id"), str):
        raise Unavailable("the service found something that has no type and id")
    properties = found.get("properties")
    return Entity(found["type"], found["id"], properties if isinstance(properties, dict) else {})


def _name(found: Any) -> str:
    name = found.get("name") if isinstance(found, dict) else None
    if not isinstance(name, str):
        raise Unavailable("the service found an action without a name")
    return name
