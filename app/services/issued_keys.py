"""API keys that an Account Owner issued lately: who has one acts for that owner, and for no other.

Else whoever issues a key would approve in everybody's name what they wrote in their own.
"""

from __future__ import annotations

from app import audit
from app.models.base import now
from app.services.errors import Forbidden
from app.session import Session
from app.stores.issuers import SETTLED, issuers_of


def issuer_in(session: Session, account_id: str) -> str | None:
    """Which person has issued the key by which somebody acts, if that was lately."""
    key, since = audit.acting(session).new_key, now() - SETTLED
    return issuers_of(session, account_id, [key], since).get(key) if key is not None else None


def check_speaks_for(session: Session, account_id: str, owner_id: str) -> None:
    """Raises Forbidden where a key acts in the name of an owner, and another one has issued it lately."""
    if issuer_in(session, account_id) not in (None, owner_id):
        raise Forbidden(
            f"an Account Owner issued this key within the last {SETTLED.days} days, and could act by it as "
            f"{audit.acting(session).name}; until then it speaks for no other owner than them"
        )
