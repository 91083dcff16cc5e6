"""Guard Django views, plain and asynchronous ones.

    client = Muster(url, key, subject=lambda request: request.user.username or None)

    @requires(client, "campaigns.email.launch", resource=lambda request, campaign_id: ("campaign", campaign_id))
    def launch(request, campaign_id): ...

401 if nobody is signed in, 403 if the decision is no, 503 if nobody can decide: as problem details (RFC 9457) with
the reason's code, or as the platform's own page if it gives a ``refused``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from muster.client import Muster
from muster.decisions import Decision
from muster.errors import Unavailable
from muster.guards import NOBODY, Refusal, ResourceOf, SubjectOf, denied, resource_for, subject_of, undecided
from muster.questions import Doing

View = Callable[..., Any]


def problem_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as problem details."""
    return JsonResponse(refusal.problem(), status=refusal.status, content_type="application/problem+json")


def requires(
    client: Muster,
    action: Doing,
    *,
    resource: ResourceOf | None = None,
    subject: SubjectOf | None = None,
    refused: Callable[[HttpRequest, Refusal], HttpResponse] = problem_response,
) -> Callable[[View], View]:
    """Let a view run only if who is signed in may do the action; ``decision(request)`` is what was decided.

    ``subject`` is given the request; a callable ``resource`` is given what the view is given.
    """
    who = subject_of(client, subject)

    def refusal(request: HttpRequest, arguments: Any, named: Any) -> HttpResponse | None:
        asking = who(request)
        if asking is None:
            return refused(request, NOBODY)
        try:
            decided = client.check(asking, action, resource_for(resource, request, *arguments, **named))
        except Unavailable as error:
            return refused(request, undecided(error))
        if not decided:
            return refused(request, denied(decided))
        request.muster_decision = decided
        return None

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            answer = refusal(request, arguments, named)
            return view(request, *arguments, **named) if answer is None else answer

        @wraps(view)
        async def guarded_async(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            answer = await sync_to_async(refusal)(request, arguments, named)
            return await view(request, *arguments, **named) if answer is None else answer

        return guarded_async if iscoroutinefunction(view) else guarded

    return guard


def decision(request: HttpRequest) -> Decision:
    """What the guard of the running view decided, with its data filters."""
    decided: Decision = request.muster_decision
    return decided
