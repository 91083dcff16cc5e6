"""Links by which the local door is opened for the first time, or again with another password.

An activation begins anew: what the person had before ends when it is used, also their second factor. A reset is asked
for by who forgot a password, and leaves the second factor as it is. Each is good once, and only for a while.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from app import audit, crypto
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import guards, passwords, person_sessions
from app.services.door_attempts import Going, go_on, next_of
from app.services.door_people import facts, find_owner, may_open
from app.services.door_steps import Doorway, NotOpened, Visitor, at_least, charge, tell
from app.services.errors import Conflict, Forbidden
from app.services.local_door import named
from app.services.mail import Post
from app.session import Session
from app.stores import local_sign_in as store

Purpose = Literal["activate", "reset"]
LASTS = {"activate": timedelta(hours=72), "reset": timedelta(hours=1)}
_SELDOM = timedelta(minutes=5)
"""So often somebody is sent another link for a password that they forgot."""
PATH = "/signin/local/open"


@dataclass(frozen=True, slots=True)
class Invited:
    """A link that was made; ``link`` is None where it was mailed instead of shown."""

    user_id: str
    user_name: str
    purpose: Purpose
    expires: datetime
    mailed: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whose link it is. ``asks_code``: whether a second factor that they have is asked for after the password."""

    user_name: str
    account: str
    purpose: Purpose
    asks_code: bool


def invite(session: Session, post: Post, account_id: str, reference: str, purpose: Purpose, *, shows: bool) -> Invited:
    """Send an owner a link. ``shows``: tell it, too, if it cannot be mailed, which is for operators only.

    Raises NotFound, Conflict for who may not use the door and where it can neither be mailed nor shown, Forbidden.
    """
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("you may not invite anybody to the local door; an Account Owner may")
    person = find_owner(session, account_id, reference)
    if purpose == "activate" and person.sso_required is not None:
        raise Conflict("signing in by the identity provider is required; an operator recovers: `muster door recover`")
    return issue(session, post, person, purpose, shows=shows)


def invite_first(session: Session, post: Post, account_id: str, reference: str) -> Invited:
    """Invite an owner who has nothing for the door yet. Raises as ``invite``, Conflict for anybody else.

    An activation ends what somebody had, so no other owner may let them begin anew: only an operator.
    """
    owner = facts(find_owner(session, account_id, reference))
    if owner.has_password or owner.passkeys:
        raise Conflict(f"{owner.user_name} can sign in already; to begin anew, ask the operator: `muster door recover`")
    return invite(session, post, account_id, reference, "activate", shows=False)


def issue(session: Session, post: Post, person: Any, purpose: Purpose, *, shows: bool) -> Invited:
    """The same for who may be invited in any case."""
    moment = now()
    secret, expires = secrets.token_urlsafe(32), moment + LASTS[purpose]
    row = {
        "account_id": person.account_id,
        "id": new_id(),
        "user_id": person.id,
        "purpose": purpose,
        "secret_hash": _hash(post.keys.current, secret),
        "created_by": audit.acting(session).name,
        "created": moment,
        "expires": expires,
        "used": None,
    }
    store.add_invitation(session, row)
    if purpose == "activate":
        store.end_attempts(session, person.account_id, person.id, moment)
    link = f"{post.base_url}{PATH}?link={secret}"
    about = {"user_name": person.user_name, "account": person.account}
    mailed = post.queue(session, person.account_id, person, purpose, link=link, **about)
    if not mailed and not shows:
        raise Conflict(
            f"{person.user_name} has no address, or this installation sends no mail; an operator makes a link by "
            "`muster door invite`"
        )
    after = {"purpose": purpose, "mailed": mailed, "expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}
    audit.record(session, person.account_id, "door.invited", "user", person.id, person.user_name, None, after)
    return Invited(person.id, person.user_name, purpose, expires, mailed, None if mailed else link)


def ask_reset(way: Doorway, visitor: Visitor, name: str, account: str) -> None:
    """Send a link to who forgot the password, if there is somebody: it always ends by NotOpened, and tells nothing."""
    with at_least(way, visitor):
        moment, person = now(), named(way, name, account)
        charge(way, visitor, None, moment)
        if person is not None:
            with way.database.writing() as session:
                audit.begin(session, audit.Actor("system", None, "local door"), visitor.reference)
                lately = store.invited_since(session, person.account_id, person.id, "reset", moment - _SELDOM)
                if way.post.sends and not lately and _may_reset(session, person):
                    issue(session, way.post, person, "reset", shows=True)
        raise NotOpened


def invitee(way: Doorway, secret: str) -> Invitee | None:
    """Whose a link is, as long as it is good. Looking at it uses nothing up: mail programs do that, too."""
    with way.database.reading() as session:
        found = _find(session, way.keys, secret)
        if found is None:
            return None
        row, person = found
        # An activation ends what they had, so nothing is left to be asked for.
        asks_code = row.purpose == "reset" and next_of(session, person) == "code"
    return Invitee(person.user_name, person.account, row.purpose, asks_code)


def accept(way: Doorway, visitor: Visitor, secret: str, password: str, return_to: str = "") -> Going:
    """Use a link: choose a password, and go on to the second factor. Raises Refused for the password, NotOpened.

    ``return_to`` is where they go on once they are in.
    """
    with at_least(way, visitor):
        with way.database.reading() as session:
            found = _find(session, way.keys, secret)
        if found is None:
            raise NotOpened
        row, person = found
        kept = passwords.hashed(password, [person.user_name, person.account])
        with way.database.writing() as session:
            moment = now()
            if not store.use_invitation(session, row.account_id, row.id, moment):
                raise NotOpened
            audit.begin(session, audit.Actor("person", person.id, person.user_name), visitor.reference)
            _begin_anew(session, way, person, row.purpose, kept, moment)
            present = store.person(session, person.account_id, person.id)
            step = next_of(session, present)
            if step not in ("code", "enrol", "in"):
                raise NotOpened
            return go_on(session, way, visitor, present, step, return_to)


def _begin_anew(session: Session, way: Doorway, person: Any, purpose: Purpose, kept: str, moment: datetime) -> None:
    who = (person.account_id, person.id)
    if purpose == "activate":
        store.forget_factors(session, *who)
    values = {"password_hash": kept, "password_set": moment, "failures": 0, "locked_until": None}
    store.credential(session, *who, values)
    store.void_invitations(session, *who)
    store.end_attempts(session, *who, moment)
    person_sessions.end_all(session, *who, "password")
    action = "door.activated" if purpose == "activate" else "door.password_set"
    audit.record(session, person.account_id, action, "user", person.id, person.user_name)
    tell(session, way.post, person.id, person, "changed", moment, what="password")


def _find(session: Session, keys: Keys, secret: str) -> tuple[Any, Any] | None:
    hashes = [_hash(key, secret) for key in (keys.current, *keys.former)]
    row = store.invitation(session, hashes, now())
    person = row and store.person(session, row.account_id, row.user_id)
    if person is None or not may_open(session, person):
        return None
    if row.purpose == "activate" and person.sso_required is not None:
        return None  # only who holds break-glass already comes in
    return (row, person) if row.purpose == "activate" or _may_reset(session, person) else None


def _may_reset(session: Session, person: Any) -> bool:
    is_open = person.sso_required is None or facts(person).has_second_factor
    return is_open and may_open(session, person)


def _hash(key: bytes, secret: str) -> str:
    return crypto.hash_token(f"invitation {secret}", key)
