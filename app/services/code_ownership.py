"""What belongs to a file: business units, roles, rules, separations of duties, the default roles.

Whatever a file that was applied names is changed by files alone: every other door refuses, and says so. Who wants it
back by hand releases it first, which is a decision of its own and stands in the audit trail.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import cast

from app import audit
from app.services import guards
from app.services.errors import Conflict, Forbidden, NotFound
from app.session import Session
from app.stores import configurations as store
from app.stores.configurations import KINDS, Kind, Stored
from scim.keys import fold

RELEASABLE = (*KINDS, "default_roles")
_WORDS = {"unit": "business unit", "role": "role", "rule": "mapping rule", "separation": "separation of duties"}
_APPLYING = "muster.configuration.applying"


class ManagedByCode(Conflict):
    """It belongs to a file, and only files change it."""


@contextmanager
def applying(session: Session) -> Iterator[None]:
    """What is changed within is changed by a file."""
    session.info[_APPLYING] = True
    try:
        yield
    finally:
        del session.info[_APPLYING]


def check(session: Session, account_id: str, kind: Kind, id: str, name: str) -> None:
    """Raises ManagedByCode for what belongs to a file, unless a file changes it."""
    if _APPLYING in session.info:
        return
    if store.is_owned(session, account_id, kind, id):
        raise _refusal(session, account_id, kind, name)


def check_rules(session: Session, account_id: str, names: Collection[str]) -> None:
    """The same for published rules that somebody is about to change or remove, by their names."""
    if _APPLYING in session.info or not names:
        return
    wanted = {fold(name) for name in names}
    for _, name, from_code in store.rules(session, account_id):
        if from_code and fold(name) in wanted:
            raise _refusal(session, account_id, "rule", name)


def check_default_roles(session: Session, account_id: str) -> None:
    """The same for the roles that people get who are made by hand."""
    if _APPLYING in session.info:
        return
    latest = store.latest_applied(session, account_id)
    if latest is not None and "default_roles" in (latest.state or {}):
        raise ManagedByCode(
            f"which roles people get by default is managed by code ({_told(latest)}): change it there and apply the "
            "file, or release it: muster release ACCOUNT default_roles"
        )


def release(session: Session, account_id: str, kind: str, name: str = "", reason: str = "") -> str:
    """Let something be changed by hand again; what it is called. A file that names it takes it over once more.

    ``kind`` is one of ``RELEASABLE``; the default roles have no name. Raises NotFound for what belongs to no file,
    Forbidden for a person who is no Account Owner.
    """
    acting, _ = guards.begin(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner takes something out of the hands of a file")
    latest = store.latest_applied(session, account_id)
    state = dict((latest.state if latest else None) or {})
    if kind == "default_roles":
        if state.pop(kind, None) is None:
            raise NotFound("the default roles belong to no file", kind, name)
        called = "default roles"
    else:
        called = _give_back(session, account_id, cast(Kind, kind), name)
        section = f"{kind}s"
        state[section] = {key: value for key, value in state.get(section, {}).items() if fold(key) != fold(called)}
    if latest is not None:
        store.update_configuration(session, account_id, latest.id, state=state)
    audit.record(session, account_id, "configuration.released", kind, None, called, reason=reason or None)
    return called


def _give_back(session: Session, account_id: str, kind: Kind, name: str) -> str:
    found = store.find_named(session, account_id, kind, name)
    if found is None:
        raise NotFound(f"there is no {_WORDS[kind]} {name!r}", kind, name)
    id, called, from_code = found
    if not from_code:
        raise NotFound(f"the {_WORDS[kind]} {called} belongs to no file", kind, name)
    store.own(session, account_id, kind, [id], by_code=False)
    return called


def _refusal(session: Session, account_id: str, kind: Kind, name: str) -> ManagedByCode:
    latest = store.latest_applied(session, account_id)
    where = f" ({_told(latest)})" if latest is not None else ""
    return ManagedByCode(
        f"the {_WORDS[kind]} {name} is managed by code{where}: change it in the file and apply that, or release it: "
        f"muster release ACCOUNT {kind} {shlex.quote(name)}"
    )


def _told(latest: Stored) -> str:
    return f"{latest.file}, applied on {latest.applied:%Y-%m-%d} by {latest.decided_by or latest.author}"
