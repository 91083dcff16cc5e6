"""What counts as privileged is not changed by one person alone, where role mapping needs a second one for it.

Else an owner would take the mark off a role, publish that it is given, and nobody else would have been asked; or let
rules give a harmless role, and put into it afterwards what is not. So neither a role nor a permission loses its mark,
nor does the platform lose a privileged permission or let another one mean its administration, and no role that
published rules give gets more of privileged permissions, by a person or by a key that one has issued lately. The
operator may, and a program by any other key. A file may, too, as soon as two Account Owners agree to it: there these
are reasons for a second one, like others.

What a role gives while a plan waits is part of what the plan means (``mapping_meaning``): if that becomes more, the
plan is outdated. Where the account does not ask for a second owner for privileged roles, nothing of this counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app import audit
from app.services.errors import Forbidden
from app.services.issued_keys import issuer_in
from app.session import Session
from app.stores import roles as store
from app.stores.access import SqlAccessStore
from app.stores.account_rows import find_account_row
from app.stores.mapping_rules import all_rules
from rbac.catalogue import Catalogue
from rbac.model import Effect, Policy, Role
from rbac.roles import Says, said

_COLLECTED = "muster.privileged.collected"


@contextmanager
def collected(session: Session) -> Iterator[list[str]]:
    """What would be refused within is told instead, for whoever sees to it that a second owner agrees."""
    found: list[str] = []
    session.info[_COLLECTED] = found
    try:
        yield found
    finally:
        del session.info[_COLLECTED]


def check_role(
    session: Session, account_id: str, policy: Policy, before: Role, after: Role, *, loses_mark: bool
) -> None:
    """Whether whoever acts may make that of a role. Raises Forbidden, which says what to do."""
    if not _is_asked(session, account_id):
        return
    if loses_mark:
        _tell(session, f"{before.name} is marked as privileged, and its mark would be taken off")
    more = _more((policy.catalogue, before), (policy.catalogue, after))
    if more and (rules := _giving(session, account_id, before.id)):
        _tell(session, _grows(before.name, more, rules))


@contextmanager
def watched(session: Session, account_id: str) -> Iterator[None]:
    """The same for a change of the catalogue and of any roles, which is undone by whoever gets Forbidden."""
    if not _is_asked(session, account_id):
        yield
        return
    before = _seen(session, account_id)
    yield
    what = next(_less_asked(session, account_id, before, _seen(session, account_id)), None)
    if what is not None:
        raise Forbidden(
            f"{what}; no person does that alone, else nobody would have to approve what mapping gives; the platform "
            "does it by a key that no person issued lately, or the operator at the server's command line"
        )


def _less_asked(
    session: Session, account_id: str, before: tuple[Policy, set[str]], after: tuple[Policy, set[str]]
) -> Iterator[str]:
    """What of a change would let less need a second Account Owner."""
    (was, marks), (becomes, marked) = before, after
    gone = sorted(was.catalogue.privileged - becomes.catalogue.privileged)
    if gone:
        yield f"{_listed(gone)}: privileged, and would be so no longer, or be gone"
    for what, key, other in _rights(was.catalogue, becomes.catalogue):
        if other is not None and other != key:
            yield f"{other} would be the permission for {what}, which is {key or 'none'} at present"
    for id in sorted(marks & becomes.roles.keys() - marked):
        yield f"{was.roles[id].name} is marked as privileged, and its mark would be taken off"
    for id, role in becomes.roles.items():
        known = was.roles.get(id)
        more = _more((was.catalogue, known), (becomes.catalogue, role)) if known is not None else ()
        if more and (rules := _giving(session, account_id, id)):
            yield _grows(role.name, more, rules)


def _is_asked(session: Session, account_id: str) -> bool:
    if not find_account_row(session, account_id).approves_privileged:
        return False
    if _COLLECTED in session.info:
        return True
    return audit.acting(session).kind == "person" or issuer_in(session, account_id) is not None


def _tell(session: Session, what: str) -> None:
    found: list[str] | None = session.info.get(_COLLECTED)
    if found is None:
        raise Forbidden(
            f"{what}; no person does that alone, else nobody would have to approve what mapping gives; a second "
            "Account Owner agrees to a configuration file that says it, or the operator does it at the server's "
            "command line"
        )
    found.append(what)


def _seen(session: Session, account_id: str) -> tuple[Policy, set[str]]:
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    return policy, {row.id for row in store.all_roles(session, account_id) if row.marked}


def _rights(before: Catalogue, after: Catalogue) -> Iterator[tuple[str, str | None, str | None]]:
    """The permissions that mean something to Muster itself, before and after, and what for."""
    for area in ("assign_roles", "edit_roles", "manage_users", "manage_units"):
        yield area, getattr(before.administration, area), getattr(after.administration, area)
    yield "manage_all", before.items.manage_all, after.items.manage_all


def _giving(session: Session, account_id: str, role_id: str) -> list[str]:
    """The published rules that give a role, by itself or by the names of groups."""
    loaded = all_rules(session, account_id)
    bound = {one.rule_id for one in loaded.bindings if one.role_id == role_id}
    return [
        rule.name
        for rule in loaded.rules.rules
        if rule.id in bound or any(effect.role_id == role_id for effect in rule.effects)
    ]


def _more(before: tuple[Catalogue, Role], after: tuple[Catalogue, Role]) -> list[str]:
    """The privileged permissions of which a role says something else, unless it plainly gives less."""
    was, becomes = (said(catalogue, role.statements) for catalogue, role in (before, after))
    keys = before[0].privileged | after[0].privileged
    return sorted(key for key in keys if not _is_less(was.get(key), becomes.get(key)))


def _is_less(was: Says | None, becomes: Says | None) -> bool:
    if was == becomes:
        return True
    if becomes is None:
        return was is None or (was.effect is Effect.ALLOW and not was.unless)
    return becomes.effect is Effect.DENY and not becomes.when


def _grows(name: str, keys: list[str], rules: list[str]) -> str:
    return f"role mapping gives {name} (by {_listed(rules)}), and it would say something else about {_listed(keys)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
