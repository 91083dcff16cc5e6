"""What a person may do by the catalogue and the roles of their account, so that they do not change it for themselves.

Each role and each individual permission counts alone: what another one denies at present would hide a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.services.errors import Forbidden
from app.services.guards import OWN, Acting, roles_had
from app.session import Session
from app.stores.access import SqlAccessStore
from rbac.model import Effect, Policy, Statement, Subject
from rbac.roles import Says, said


@contextmanager
def leaving_own_access(session: Session, account_id: str, acting: Acting) -> Iterator[None]:
    """A change of the catalogue after which the person who acts may do what they might before.

    Else it is undone and Forbidden is raised. Programs change what they like.
    """
    if acting.person is None:
        yield
        return
    before = _what_counts(acting.policy, acting.person)
    with session.savepoint():
        yield
        snapshot = SqlAccessStore(session, account_id).snapshot([acting.person.id])
        person = snapshot.subjects[acting.person.id]
        if person is None or _what_counts(snapshot.policy, person) != before:
            raise Forbidden(OWN)


def _what_counts(policy: Policy, person: Subject) -> object:
    """Everything of the catalogue and the roles that bears on what somebody may do, to be compared."""
    catalogue = policy.catalogue
    given: dict[object, tuple[Statement, ...]] = {id: policy.roles[id].statements for id in roles_had(policy, person)}
    given |= {(one.scope, one.statement): (one.statement,) for one in person.grants if one.statement is not None}
    every = {what: says for what, statements in given.items() if (says := said(catalogue, statements))}
    conditional = any(one.when or one.unless for says in every.values() for one in says.values())
    keys = catalogue.items
    return (
        every,
        (catalogue.subject_attributes, person.attributes) if conditional else None,
        keys.manage_all is not None and _gives(every, keys.manage_all),
        # Whoever may do nothing at all does nothing with items either.
        not every or keys.common is None or _gives(every, keys.common),
    )


def _gives(every: dict[object, dict[str, Says]], key: str) -> bool:
    return any(key in says and says[key].effect is Effect.ALLOW for says in every.values())
