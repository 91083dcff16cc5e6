"""What somebody would have once they had signed in: by the rules in force, with what the sign-in would change first."""

from __future__ import annotations

from typing import Any

from app.sealing import Keys
from app.services import mapping_simulation
from app.services.claims_groups import claimed
from app.services.errors import ServiceError
from app.services.linking import JIT
from app.services.mapping_simulation import Simulated
from app.services.people_by_sign_in import is_ours
from app.services.simulated_people import Asked
from app.services.trusted import Trusted, trusted
from app.session import Session
from app.stores import connection_tests as store
from app.stores import identity_links as links
from app.stores.connections import whole
from scim.keys import fold
from sso.claims import Profile
from sso.model import Assertion


def forecast(
    session: Session,
    keys: Keys,
    account_id: str,
    connection_id: str,
    assertion: Assertion,
    profile: Profile,
    user_id: Any,
) -> Simulated | None:
    """The roles and permissions; None if nobody could have any, as they are gone or no person can be made so.

    ``user_id`` is whom the subject was recognised as, None for somebody who would be created.
    """
    row, certificates, pairs = whole(session, account_id, connection_id)
    connection = trusted(keys, "", row, certificates, pairs, suspended=False)
    person = None if user_id is None else links.person(session, account_id, user_id)
    add, remove = _groups(session, connection, assertion, person)
    attributes = _attributes(profile) if person is None or is_ours(person) else {}
    if person is None:
        named = {"userName": profile.user_name or assertion.subject}
        asked = Asked(groups=add, attributes=named | attributes, directory="local", origin=JIT)
    else:
        asked = Asked(user=user_id, add=add, remove=remove, attributes=attributes)
    try:
        return mapping_simulation.simulate(session, account_id, asked)
    except ServiceError:
        return None


def _groups(session: Session, connection: Trusted, assertion: Assertion, person: Any) -> tuple[list[str], list[str]]:
    """The groups that the claims would bring somebody into, and those that they would leave."""
    names, directory = claimed(connection, assertion, person).names, connection.claims_directory_id
    if names is None or directory is None:
        return [], []
    wanted = set(store.groups(session, connection.account_id, directory, [fold(name) for name in names]))
    present = set() if person is None else set(store.groups_of(session, connection.account_id, directory, person.id))
    return sorted(wanted - present), sorted(present - wanted)


def _attributes(profile: Profile) -> dict[str, Any]:
    """A profile as a part of a SCIM user."""
    found: dict[str, Any] = {}
    names = {"displayName": profile.display_name}
    names |= {"name.givenName": profile.given_name, "name.familyName": profile.family_name}
    for path, value in {**names, **profile.more}.items():
        outer, sign, inner = path.rpartition(":") if path.startswith("urn:") else path.partition(".")
        if value and sign:
            found.setdefault(outer, {})[inner] = value
        elif value:
            found[path] = value
    if profile.emails:
        found["emails"] = [{"value": value} for value in profile.emails]
    return found
