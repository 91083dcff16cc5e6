"""Guard FastAPI routes, as dependencies.

    may_launch = requires(
        client, "campaigns.email.launch", subject=signed_in, resource=lambda campaign_id: ("campaign", campaign_id)
    )

    @app.post("/campaigns/{campaign_id}/launch")
    def launch(campaign_id: str, decision: Annotated[Decision, Depends(may_launch)]): ...

Refusals are HTTPExceptions: 401 if nobody is signed in, 403 if the decision is no, 503 if nobody can
decide; ``detail`` has a code and a message.
"""

# Not "from __future__ import annotations": FastAPI reads these annotations, which name local variables.

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException

from muster.client import Muster
from muster.decisions import Decision
from muster.errors import Unavailable
from muster.guards import NOBODY, Refusal, ResourceOf, SubjectOf, denied, subject_of, undecided
from muster.questions import Doing, Resource, Subject


class AccessDenied(HTTPException):
    """403: the decision is no, and says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(403, _detail(denied(decision)))
        self.decision = decision


def requires(
    client: Muster, action: Doing, *, resource: ResourceOf | None = None, subject: SubjectOf | None = None
) -> Callable[..., Decision]:
    """A dependency whose value is the decision, if who is signed in may do the action.

    ``subject`` and a callable ``resource`` are dependencies themselves: they may take parameters of the route. It
    blocks while it asks, so FastAPI runs it in a thread.
    """
    who = subject_of(client, subject)
    what = resource if callable(resource) else lambda: resource

    def guard(
        asking: Annotated[Subject | None, Depends(who)], concerned: Annotated[Resource | None, Depends(what)]
    ) -> Decision:
        if asking is None:
            raise HTTPException(401, _detail(NOBODY))
        try:
            decision = client.check(asking, action, concerned)
        except Unavailable as error:
            raise HTTPException(503, _detail(undecided(error))) from error
        if not decision:
            raise AccessDenied(decision)
        return decision

    return guard


def _detail(refusal: Refusal) -> dict[str, str]:
    return {"code": refusal.code, "message": refusal.message}
