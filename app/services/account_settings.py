"""What an account says of itself: its name, how people are named in decisions, which roles new people get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.services import default_roles, guards
from app.services.accounts import find_account
from app.services.errors import Conflict, Forbidden, Refused
from app.services.issued_keys import issuer_in
from app.session import Session
from app.stores.access_revision import bump
from app.stores.account_rows import find_account_row, write_settings
from app.stores.mapping_rules import all_rules, lock
from scim.keys import fold

SUBJECT_FORMS = ("userName", "id", "externalId")
"""How a search for people names them, and a decision about them."""
SIGN_IN_LIMITS = {
    "session_idle_minutes": (5, 480),
    "session_hours": (1, 168),
    "owner_session_hours": (1, 24),
    "step_up_minutes": (1, 60),
    "trace_days": (1, 90),
}
"""The least and the most of what an account may say about signing in."""
_LISTS = {"sign_in_methods", "sign_in_contexts"}


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """An account as an operator sees it."""

    id: str
    name: str
    profile: str
    suspended: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """An account as its own keys see it. ``default_roles`` names the roles of people who are made by hand.

    ``blast_radius``: a plan of the role mapping that changes more people needs a second Account Owner (None: no limit),
    and one with privileged roles where ``approves_privileged`` says so. ``maps_owner``: rules may make Account Owners.
    ``mapping_paused`` says since when the whole mapping is paused. A session ends when it is idle for
    ``session_idle_minutes``, and after ``session_hours``, of Account Owners ``owner_session_hours``;
    ``step_up_minutes``: so old may a proof be for what is hard to undo. A sign-in by a connection must name one of
    ``sign_in_methods`` or ``sign_in_contexts``, if there are any; ``requires_mfa``: the local door asks for a second
    factor; ``trace_days``: for so long it is kept how sign-ins went.
    """

    id: str
    name: str
    profile: str
    subject_form: str
    finds_external_id: bool
    default_roles: tuple[str, ...]
    blast_radius: int | None
    approves_privileged: bool
    maps_owner: bool
    mapping_paused: datetime | None
    session_idle_minutes: int
    session_hours: int
    owner_session_hours: int
    step_up_minutes: int
    sign_in_methods: tuple[str, ...]
    sign_in_contexts: tuple[str, ...]
    requires_mfa: bool
    trace_days: int
    created: datetime


def get_account(session: Session, reference: str) -> AccountDetail:
    """An account by its id or name. Raises NotFound."""
    row = find_account_row(session, find_account(session, reference).id)
    return AccountDetail(row.id, row.name, row.profile, row.suspended, row.created)


def get_settings(session: Session, account_id: str) -> Settings:
    """The settings of an account."""
    row = find_account_row(session, account_id)
    roles = tuple(role.name for role in default_roles.get_default_roles(session, account_id))
    return Settings(
        row.id,
        row.name,
        row.profile,
        row.subject_form,
        row.finds_external_id,
        roles,
        row.blast_radius,
        row.approves_privileged,
        row.maps_owner,
        row.mapping_paused,
        row.session_idle_minutes,
        row.session_hours,
        row.owner_session_hours,
        row.step_up_minutes,
        tuple(row.sign_in_methods),
        tuple(row.sign_in_contexts),
        row.requires_mfa,
        row.trace_days,
        row.created,
    )


def change_settings(session: Session, account_id: str, changes: Mapping[str, Any]) -> Settings:
    """Change what is named: name, subject_form, finds_external_id, default_roles (names or ids), blast_radius,
    approves_privileged, maps_owner, and what is said about signing in.

    When a second Account Owner has to approve role mapping, a person makes stricter only: who could loosen that alone
    would need nobody else. Raises Conflict for a name that another account has, and where rules still make the owners
    that they may make no longer, NotFound for an unknown role, Forbidden.
    """
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner changes the settings of the account")
    before = get_settings(session, account_id)
    loosened = _loosened(before, changes)
    by_person = acting.person is not None or issuer_in(session, account_id) is not None
    if loosened and by_person:
        raise Forbidden(
            f"{', '.join(loosened)}: a person only lets more need a second Account Owner, else one alone could do "
            "without; less is for the operator (`muster mapping settings`), or a program by a key that no person issued"
            " lately"
        )
    if before.maps_owner and not changes.get("maps_owner", True):
        _check_no_rule_makes_owners(session, account_id)
    values = {name: value for name, value in changes.items() if name != "default_roles"}
    for name in _LISTS & values.keys():
        values[name] = tuple(dict.fromkeys(values[name]))
    if "name" in values:
        values["name"] = values["name"].strip()
        if not values["name"]:
            raise Refused("name: an account needs one")
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if changed:
        written = changed | ({"name_key": fold(changed["name"])} if "name" in changed else {})
        if not write_settings(session, account_id, written):
            raise Conflict(f"there is already an account named {changed['name']!r}")
        was = {name: getattr(before, name) for name in changed}
        audit.record(session, account_id, "account.changed", "account", account_id, before.name, was, changed)
    if "default_roles" in changes:
        default_roles.set_default_roles(session, account_id, changes["default_roles"])
    return get_settings(session, account_id)


def _loosened(before: Settings, changes: Mapping[str, Any]) -> list[str]:
    """The limits after which a second Account Owner is needed that would be wider than before.

    ``maps_owner`` is none of them: what makes Account Owners needs a second one anyway.
    """
    radius = changes.get("blast_radius", before.blast_radius)
    widens = before.blast_radius is not None and (radius is None or radius > before.blast_radius)
    gives_up = before.approves_privileged and not changes.get("approves_privileged", True)
    return [*(["blast_radius"] if widens else []), *(["approves_privileged"] if gives_up else [])]


def _check_no_rule_makes_owners(session: Session, account_id: str) -> None:
    """Raises Conflict: what is not allowed must not go on by itself, nor be in the way of all that is planned next."""
    names = [rule.name for rule in all_rules(session, account_id).making_owners]
    if names:
        raise Conflict(
            f"maps_owner: published rules make Account Owners: {', '.join(names)}; end them, or pause each of them "
            "(`muster mapping pause ACCOUNT --rule RULE`), and switch it off then"
        )


def set_suspended(session: Session, reference: str, *, suspended: bool) -> AccountDetail:
    """Refuse an account's tokens and keys from now on, or accept them again. Raises NotFound."""
    before = get_account(session, reference)
    if before.suspended == suspended:
        return before
    write_settings(session, before.id, {"suspended": suspended})
    action = "account.suspended" if suspended else "account.resumed"
    audit.record(session, before.id, action, "account", before.id, before.name)
    return replace(before, suspended=suspended)
