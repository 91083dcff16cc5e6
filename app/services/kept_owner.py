"""An owner by role mapping whom a directory would take away: they stay one by hand if nobody else is."""

from __future__ import annotations

from collections.abc import Mapping

from app import audit
from app.audit import Record
from app.models.base import now
from app.session import Session
from app.stores import grants, owners
from app.stores.grants import Given
from app.stores.owners import Safety
from rbac.mapping import Derived
from rbac.model import Reach

WHY = "the last active Account Owner; what the directory asked for was left out"


def keep_mapped(session: Session, account_id: str, lost: Mapping[str, Derived], record: Record) -> None:
    """Let those keep the owner role by hand who have just lost it by role mapping, if nobody else is an owner.

    ``lost`` says what each of them lost. The caller has called ``bump``.
    """
    if (
        not lost
        or audit.acting(session).kind != "token"
        or owners.safety_of(session, account_id, now()) is not Safety.NONE
    ):
        return
    names = owners.active_among(session, account_id, [*lost])
    for id, name in names.items():
        effect = lost[id].effect
        if effect.role_id is None or effect.reach is not Reach.ACCOUNT:
            continue
        given = Given(effect.role_id, effect.unit_id, effect.reach)
        why = {"granted_by": audit.acting(session).name, "reason": WHY, "starts": None, "expires": None}
        grants.add_sources(session, account_id, "user", [id], given, **why)
        record(owners.KEPT, "user", id, name, {"source": "mapping"}, {"source": "manual"}, WHY)
