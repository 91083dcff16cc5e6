"""What a person may bring about by role mapping who changes what it goes by: a name, an attribute, a member."""

from __future__ import annotations

from collections.abc import Collection

from app import audit
from app.services import guards
from app.services.errors import Forbidden
from app.session import Session


def check(session: Session, account_id: str, user_ids: Collection[str]) -> None:
    """Whether whoever acts may let these people gain or lose by role mapping. Raises Forbidden.

    Nobody does that to themselves, and else only an Account Owner; directories and programs always may.
    """
    actor = audit.acting(session)
    if actor.kind != "person" or not user_ids:
        return
    if actor.id in user_ids:
        raise Forbidden(guards.OWN)
    acting, _ = guards.acting_in(session, account_id)
    if not acting.is_owner:
        raise Forbidden("by this, role mapping gives people something or takes it; only an Account Owner does that")
