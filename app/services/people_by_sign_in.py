"""People whom a sign-in makes, and what it changes of them: a profile, never a role (L-6 to L-8).

They are made and changed as people made by hand are, in the account's own directory, so that the audit trail, events
and published mapping rules treat all alike. Whoever comes from a directory is changed there, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from app.services import guards, provisioning
from app.services.errors import LastOwner
from app.services.linking import JIT, composed
from app.services.trusted import Trusted
from app.session import Session
from app.stores import identity_links as links
from app.stores.access_revision import bump
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.mapping_rules import lock
from app.stores.naming import local_directory
from app.stores.people import is_taken
from scim import service
from scim.errors import ScimError
from scim.patch import PATCH_URN
from scim.schemas import USER_URN
from sso.claims import Profile
from sso.errors import LoginRefused, Reason
from sso.model import Assertion


def create(session: Session, trusted: Trusted, assertion: Assertion, profile: Profile) -> str:
    """Make the person of a new subject; their id. They have no role (domain: a sign-in gives none).

    Raises LoginRefused if somebody else is called so: a decision about that name would be about the wrong person.
    """
    lock(session, trusted.account_id, exclusive=False)
    name = profile.user_name or composed(assertion.subject)
    if is_taken(session, trusted.account_id, None, name):
        raise LoginRefused(
            Reason.NOT_PROVISIONED, "somebody else of the account has the name that this person would get"
        )
    store = _store(session, trusted.account_id)
    document: dict[str, Any] = {"schemas": [USER_URN], "userName": name, "active": True, **_named(profile)}
    try:
        change = service.create(store, "User", document)
        session.settle()  # a taken name is told now, not at the end
    except ScimError as error:
        if error.status == 409:
            raise
        raise LoginRefused(Reason.ATTRIBUTES, f"no person can be made of these claims: {error.detail}") from error
    provisioning.on_changes(store, [change])
    update(session, trusted, change.id, profile)
    return change.id


def update(session: Session, trusted: Trusted, user_id: str, profile: Profile) -> tuple[str, ...]:
    """Let the profile of somebody who was made by a sign-in say what the provider says now; what it cannot say.

    What the provider does not mention stays. The userName stays as it is, too: others decide and search by it.
    """
    store, problems = _store(session, trusted.account_id), []
    person = links.person(session, trusted.account_id, user_id)
    if person is None:
        return ()
    document = orjson.loads(person.document)
    for path, value in _wanted(profile).items():
        if _at(document, path) == value:
            continue
        try:
            with session.savepoint():
                change = service.patch(store, "User", user_id, _replacing(path, value))
                session.settle()
                if change.changed:
                    provisioning.on_changes(store, [change])
        except ScimError as error:
            problems.append(f"{path}: {error.detail}")
    return tuple(problems)


def is_ours(person: Any) -> bool:
    """Whether a sign-in may change a person's profile."""
    return bool(person.origin == JIT)


def retire(session: Session, trusted: Trusted, person: Any) -> None:
    """Switch off who was made by a sign-in, since they are the directory's person from now on.

    Raises LoginRefused if nobody else could manage the account then.
    """
    lock(session, trusted.account_id, exclusive=False)
    bump(session, trusted.account_id)
    store = _store(session, trusted.account_id)
    try:
        with guards.keeping_an_owner(session, trusted.account_id):
            provisioning.on_changes(store, [service.patch(store, "User", person.id, _replacing("active", False))])
    except LastOwner as error:
        raise LoginRefused(
            Reason.AMBIGUOUS, "who was created here is the last Account Owner, and cannot become another person"
        ) from error


def _store(session: Session, account_id: str) -> SqlDirectoryStore:
    return open_directory_store(session, account_id, local_directory(session, account_id), at_sign_in=True)


def _named(profile: Profile) -> dict[str, Any]:
    """What a new person has at once, as SCIM says it."""
    name = {"givenName": profile.given_name, "familyName": profile.family_name}
    given = {key: value for key, value in name.items() if value is not None}
    wanted = _wanted(profile)
    return {key: wanted[key] for key in ("displayName", "emails") if key in wanted} | ({"name": given} if given else {})


def _wanted(profile: Profile) -> Mapping[str, Any]:
    """SCIM paths and the values that the provider says they have."""
    emails = [{"value": one, "type": "work", "primary": place == 0} for place, one in enumerate(profile.emails)]
    named = {
        "displayName": profile.display_name,
        "name.givenName": profile.given_name,
        "name.familyName": profile.family_name,
        "emails": emails or None,
        **profile.more,
    }
    return {path: value for path, value in named.items() if value is not None}


def _replacing(path: str, value: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_URN], "Operations": [{"op": "replace", "path": path, "value": value}]}


def _at(document: Mapping[str, Any], path: str) -> Any:
    holder, _, last = path.rpartition(":" if path.startswith("urn:") else ".")
    found = document.get(holder) if holder else document
    return found.get(last) if isinstance(found, dict) else None
