"""Guard Flask views.

    client = Muster(url, key, subject=lambda: session.get("user"))

    @app.post("/campaigns/<campaign_id>/launch")
    @requires(client, "campaigns.email.launch", resource=lambda campaign_id: ("campaign", campaign_id))
    def launch(campaign_id): ...

Refusals are raised as HTTP exceptions: 401 if nobody is signed in, 403 with the decision, 503 if nobody can decide.
An error handler of the application may show them as it likes; otherwise they are problem details (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Response, current_app, g, json
from werkzeug.exceptions import Forbidden, ServiceUnavailable, Unauthorized

from muster.client import Muster
from muster.decisions import Decision
from muster.errors import Unavailable
from muster.guards import NOBODY, Refusal, ResourceOf, SubjectOf, denied, resource_for, subject_of, undecided
from muster.questions import Doing

Arguments = ParamSpec("Arguments")


class AccessDenied(Forbidden):
    """403: the decision is no, and says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.message, _shown(denied(decision)))
        self.decision = decision


def requires(
    client: Muster, action: Doing, *, resource: ResourceOf | None = None, subject: SubjectOf | None = None
) -> Callable[[Callable[Arguments, Any]], Callable[Arguments, Any]]:
    """Let a view run only if who is signed in may do the action; ``decision()`` gives the view what was decided.

    ``resource`` may be a callable; it is given the view's arguments. ``subject`` says who is signed in, or None.
    """
    who = subject_of(client, subject)

    def guard(view: Callable[Arguments, Any]) -> Callable[Arguments, Any]:
        @wraps(view)
        def guarded(*arguments: Arguments.args, **named: Arguments.kwargs) -> Any:
            asking = who()
            if asking is None:
                raise Unauthorized(NOBODY.message, _shown(NOBODY))
            try:
                decided = client.check(asking, action, resource_for(resource, *arguments, **named))
            except Unavailable as error:
                raise ServiceUnavailable(str(error), response=_shown(undecided(error))) from error
            if not decided:
                raise AccessDenied(decided)
            g.muster_decision = decided
            return current_app.ensure_sync(view)(*arguments, **named)

        return guarded

    return guard


def decision() -> Decision:
    """What the guard of the running view decided, with its data filters."""
    return cast(Decision, g.muster_decision)


def _shown(refusal: Refusal) -> Response:
    body = json.dumps(refusal.problem())
    return Response(body, status=refusal.status, mimetype="application/problem+json")
