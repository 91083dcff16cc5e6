"""From when on people of an account must sign in through an identity provider, and what must be proven before (R-7).

It can be required only by an Account Owner who has just come in through a connection of the account, and only while
the local door is known to open: somebody really came in by it lately, and somebody can now. Then the identity provider
may be misconfigured, and yet nobody is locked out. An operator on the server can always undo it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import audit
from app.models.base import now
from app.services import guards, invitations
from app.services.door_people import DoorOwner, door_owners, find_owner
from app.services.door_steps import tell
from app.services.errors import Conflict, Forbidden, Refused, Wrong
from app.services.invitations import Invited
from app.services.mail import Post
from app.services.users import get_user
from app.session import Session
from app.stores import local_sign_in
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS
from app.stores.mapping_rules import lock
from app.stores.person_sessions import CONNECTIONS, SESSIONS

FRESH = timedelta(hours=1)
"""So recently must the owner who requires it have come in through a connection."""
MOST_DAYS = 365
CONNECTION, SIGNED_IN, OPENED, BREAK_GLASS = "connection", "signed_in", "opened", "break_glass"


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the things that must be so before signing in by an identity provider can be required."""

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """How people of an account sign in. ``required`` says since when they must use a connection.

    ``warnings`` say what would lock everybody out if the identity provider failed now.
    """

    required: datetime | None
    requires_mfa: bool
    door_days: int
    can_be_required: bool
    conditions: tuple[Condition, ...]
    owners: tuple[DoorOwner, ...]
    warnings: tuple[str, ...]


def sign_in_settings(session: Session, account_id: str, *, on_behalf: str | None = None) -> SignInSettings:
    """How people sign in, and whether it can be required that they use a connection; ``on_behalf`` of that person.

    Without it, of whoever acts. Raises Forbidden.
    """
    _check_right(session, account_id, "see how people sign in")
    row = _row(session, account_id)
    owners = tuple(door_owners(session, account_id))
    conditions = _conditions(session, account_id, row.door_days, owners, on_behalf or _acting(session))
    return SignInSettings(
        required=row.sso_required,
        requires_mfa=row.requires_mfa,
        door_days=row.door_days,
        can_be_required=all(one.holds for one in conditions),
        conditions=conditions,
        owners=owners,
        warnings=_warnings(owners, row.sso_required),
    )


def change_settings(session: Session, account_id: str, changes: Mapping[str, Any]) -> SignInSettings:
    """Change ``requires_mfa`` and ``door_days``. Raises Refused, Forbidden."""
    _begin(session, account_id, "change how people sign in")
    before = _row(session, account_id)
    days = changes.get("door_days", before.door_days)
    if not 1 <= days <= MOST_DAYS:
        why = f"must be between 1 and {MOST_DAYS}"
        raise Refused(f"door_days: {why}", Wrong(("door_days",), why))
    changed = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if changed:
        session.execute(ACCOUNTS.update().where(ACCOUNTS.c.id == account_id).values(**changed))
        was = {name: getattr(before, name) for name in changed}
        audit.record(session, account_id, "account.changed", "account", account_id, before.name, was, changed)
    return sign_in_settings(session, account_id)


def require(session: Session, account_id: str, *, on_behalf: str | None = None) -> SignInSettings:
    """Let people sign in through connections only, but for who holds break-glass.

    ``on_behalf`` names the owner whose sign-in through a connection counts; without it whoever acts. Raises Conflict,
    naming each condition that does not hold, Forbidden.
    """
    _begin(session, account_id, "require the identity provider")
    found = sign_in_settings(session, account_id, on_behalf=on_behalf)
    if found.required is not None:
        return found
    missing = [one.detail for one in found.conditions if not one.holds]
    if missing:
        raise Conflict(f"signing in by the identity provider cannot be required yet: {'; '.join(missing)}")
    moment = now()
    _write(session, account_id, moment, "sign_in.sso_required", None)
    local_sign_in.end_attempts(session, account_id, None, moment)
    return sign_in_settings(session, account_id, on_behalf=on_behalf)


def relax(session: Session, account_id: str, reason: str | None = None) -> SignInSettings:
    """Let people sign in at the local door again as the account is set. Raises Forbidden."""
    _begin(session, account_id, "let people sign in without the identity provider")
    if _row(session, account_id).sso_required is not None:
        _write(session, account_id, None, "sign_in.sso_relaxed", reason)
    return sign_in_settings(session, account_id)


def recover(session: Session, post: Post, account_id: str, reference: str) -> Invited:
    """Let an owner begin anew at the local door, and require the identity provider no more; all owners are told.

    For the operator on the server only. Raises NotFound, Conflict.
    """
    person = find_owner(session, account_id, reference)
    relax(session, account_id, "recovered by the operator")
    made = invitations.issue(session, post, person, "activate", shows=True)
    audit.record(session, account_id, "door.recovered", "user", person.id, person.user_name)
    for owner in door_owners(session, account_id):
        tell(session, post, owner.user_id, person, "recovered", now())
    return made


def _conditions(
    session: Session, account_id: str, days: int, owners: tuple[DoorOwner, ...], acting: str | None
) -> tuple[Condition, ...]:
    moment = now()
    opened = max((one.opened for one in owners if one.opened is not None), default=None)
    is_open = opened is not None and opened > moment - timedelta(days=days)
    holders = [one.user_name for one in owners if one.holds_break_glass]
    came = None if acting is None else _came_in(session, account_id, acting, moment)
    enabled = _enabled(session, account_id)
    return (
        Condition(
            CONNECTION,
            enabled > 0,
            f"{enabled} connections are switched on" if enabled else "no connection is switched on",
        ),
        Condition(
            SIGNED_IN,
            came is not None,
            f"came in through a connection at {came:%Y-%m-%d %H:%M} UTC"
            if came is not None
            else "the Account Owner who requires it must have signed in through a connection within the last hour",
        ),
        Condition(
            OPENED,
            is_open,
            f"an owner came in by the local door at {opened:%Y-%m-%d %H:%M} UTC"
            if is_open
            else f"an owner must have signed in at the local door within the last {days} days",
        ),
        Condition(
            BREAK_GLASS,
            bool(holders),
            f"can sign in without the identity provider: {', '.join(holders)}"
            if holders
            else "an owner must have a password with a second factor, or a passkey",
        ),
    )


def _warnings(owners: tuple[DoorOwner, ...], required: datetime | None) -> tuple[str, ...]:
    said = []
    if not any(one.can_open for one in owners):
        said.append(
            "no Account Owner can sign in without the identity provider; invite one: muster door invite"
            if owners
            else "the account has no active owner of its own; make one: muster owner create"
        )
    elif len([one for one in owners if one.can_open]) == 1 and required is not None:
        said.append("only one Account Owner can sign in without the identity provider; invite another one")
    return tuple(said)


def _came_in(session: Session, account_id: str, user_id: str, moment: datetime) -> datetime | None:
    """When somebody last came in through a connection that is switched on, in a session that is still open.

    By our clock: when they were asked for their password is the provider's word, and most do not say it.
    """
    query = (
        select(func.max(SESSIONS.c.created))
        .join(
            CONNECTIONS,
            (CONNECTIONS.c.account_id == SESSIONS.c.account_id) & (CONNECTIONS.c.id == SESSIONS.c.connection_id),
        )
        .where(
            SESSIONS.c.account_id == account_id,
            SESSIONS.c.user_id == user_id,
            SESSIONS.c.ended.is_(None),
            SESSIONS.c.ends > moment,
            SESSIONS.c.created > moment - FRESH,
            CONNECTIONS.c.enabled,
        )
    )
    found: datetime | None = session.execute(query).scalar()
    return found


def _enabled(session: Session, account_id: str) -> int:
    query = select(func.count()).select_from(CONNECTIONS)
    found: int = session.execute(query.where(CONNECTIONS.c.account_id == account_id, CONNECTIONS.c.enabled)).scalar()
    return found


def owner_named(session: Session, account_id: str, reference: str) -> str:
    """The id of the person on whose behalf something is required. Raises NotFound, Forbidden for who is no owner."""
    found = get_user(session, account_id, reference)
    acting, snapshot = guards.acting_in(session, account_id, [found.id])
    person = snapshot.subjects[found.id]
    if person is None or not guards.is_owner(acting.policy, person):
        raise Forbidden(f"{found.user_name} is no Account Owner")
    return found.id


def _acting(session: Session) -> str | None:
    actor = audit.acting(session)
    return actor.id if actor.kind == "person" else None


def _begin(session: Session, account_id: str, what: str) -> None:
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    _check_right(session, account_id, what)


def _check_right(session: Session, account_id: str, what: str) -> None:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden(f"you may not {what}; an Account Owner may")


def _row(session: Session, account_id: str) -> Any:
    columns = (ACCOUNTS.c.name, ACCOUNTS.c.sso_required, ACCOUNTS.c.requires_mfa, ACCOUNTS.c.door_days)
    return session.execute(select(*columns).where(ACCOUNTS.c.id == account_id)).one()


def _write(session: Session, account_id: str, required: datetime | None, action: str, reason: str | None) -> None:
    session.execute(ACCOUNTS.update().where(ACCOUNTS.c.id == account_id).values(sso_required=required))
    name = _row(session, account_id).name
    audit.record(session, account_id, action, "account", account_id, name, None, None, reason)
