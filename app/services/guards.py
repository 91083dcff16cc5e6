"""Who may change whose access, and what no door may ever do.

Nobody changes their own access. An Account Owner gives any role to others; a delegated administrator gives what
they hold themselves, where they hold it. Programs act with the account's full right. And whoever acts: an account
that has an Account Owner keeps one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from app import audit
from app.models.base import now
from app.services.belonging import concerned, home_and_work, lasting, privileged_of, will_own
from app.services.errors import Forbidden, LastOwner
from app.services.issued_keys import check_speaks_for
from app.services.own_access import own_units, unit_role_is_own
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.grants import Principal
from app.stores.mapping_rules import lock, rules_above
from app.stores.nesting import groups_holding
from app.stores.owner_groups import is_owner_group
from app.stores.owners import safety_of
from rbac.decide import decide
from rbac.giving import given_to_workers, holds_outright, is_denied_apart
from rbac.model import Policy, Reach, Role, Snapshot, Statement, Subject
from rbac.reaches import reached
from rbac.roles import touched

Area = Literal["assign_roles", "edit_roles", "manage_users", "manage_units"]
OWN = "nobody changes their own access; ask another Account Owner"


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts in an account, and with what right. ``person`` is None for a program."""

    policy: Policy
    person: Subject | None
    is_owner: bool

    @property
    def has_full_right(self) -> bool:
        """Whether only the rules for everybody bind whoever acts."""
        return self.person is None or self.is_owner

    def may_manage(self, area: Area, units: Collection[str], at: datetime | None = None) -> bool:
        """Whether whoever acts has an area of administration in all of these units (ids), now or at a moment."""
        if self.person is None or self.is_owner:
            return True
        key: str | None = getattr(self.policy.catalogue.administration, area)
        return key is not None and all(
            decide(self.policy, self.person, key, unit=unit, at=at).allowed for unit in units
        )

    def check_area(self, area: Area, units: Collection[str], what: str) -> None:
        """Raises Forbidden unless ``may_manage``; ``what`` is what somebody tried, such as "create units"."""
        if not self.may_manage(area, units):
            where = _named(self.policy, units)
            raise Forbidden(f"you may not {what}; an Account Owner may, and whoever has that right in {where}")

    def check_person(self, subject: Subject, area: Area, what: str) -> None:
        """Raises Forbidden unless somebody is of a unit where whoever acts has the area, and no Account Owner."""
        if self.has_full_right:
            return
        self._check_no_owner(subject, what)
        if not any(self.may_manage(area, [unit]) for unit in home_and_work(self.policy, subject)):
            raise Forbidden(f"you may not {what}: {subject.user_name} is in none of your business units")

    def check_manages(self, subject: Subject, what: str) -> None:
        """Raises Forbidden unless whoever acts manages the users of every unit that somebody has to do with.

        They also hold whatever privileged permission that person has, where that person has it.
        """
        if self.has_full_right:
            return
        self._check_no_owner(subject, what)
        name, units = subject.user_name, self.policy.units.units
        for unit in sorted(concerned(self.policy, subject), key=lambda id: units[id].key):
            if not self.may_manage("manage_users", [unit]):
                where = f"{name} belongs to {units[unit].key} or has a role there"
                raise Forbidden(f"you may not {what}: {where}, where you do not manage users")
        for keys, reach in privileged_of(self.policy, subject):
            lacking = self._lacking(keys, reach)
            if lacking is not None:
                key, unit = lacking
                where = f"{key} in {units[unit].key}, a privileged permission that you do not hold there"
                raise Forbidden(f"you may not {what}: {name} has {where}")

    def check_holds(self, keys: Iterable[str], units: Collection[str], what: str) -> None:
        """Raises Forbidden unless whoever acts holds all of these permissions outright in all of these units."""
        lacking = None if self.has_full_right else self._lacking(keys, units)
        if lacking is not None:
            key, unit = lacking
            lacks = "it" if what.endswith(f" {key}") else key
            where = self.policy.units.units[unit].key
            raise Forbidden(f"you may not {what}: you do not hold {lacks} in {where} yourself")

    def check_joins(self, units: Iterable[str], what: str) -> None:
        """Raises Forbidden if whoever acts, and works in these units, is denied what the roles of the units give."""
        if self.person is None or self.is_owner:
            return
        for unit in units:
            for key in sorted(given_to_workers(self.policy, unit)):
                if is_denied_apart(self.policy, self.person, key, unit):
                    where = self.policy.units.units[unit].key
                    raise Forbidden(f"you may not {what}: the roles of {where} give {key}, which you are denied there")

    def _check_no_owner(self, subject: Subject, what: str) -> None:
        if will_own(self.policy, subject):
            raise Forbidden(f"{subject.user_name} is an Account Owner; only another one may {what}")

    def _lacking(self, keys: Iterable[str], units: Collection[str]) -> tuple[str, str] | None:
        person, every = self.person, sorted(keys)
        pairs = ((key, unit) for unit in units for key in every)
        return next(
            (one for one in pairs if person is None or not holds_outright(self.policy, person, *one)),
            None,
        )


def acting_in(session: Session, account_id: str, references: Iterable[str] = ()) -> tuple[Acting, Snapshot]:
    """Who acts in this session, and a snapshot with these people, all at one revision.

    Raises Forbidden for a person who is no active user of the account.
    """
    actor = audit.acting(session)
    person_id = actor.id if actor.kind == "person" else None
    snapshot = SqlAccessStore(session, account_id).snapshot([*references, *([person_id] if person_id else [])])
    if actor.kind != "person":
        return Acting(snapshot.policy, None, False), snapshot
    person = snapshot.subjects.get(person_id or "")
    if person is None or person.id != person_id or not person.active:
        raise Forbidden(f"{actor.name} is no active user of this account")
    owns = is_owner(snapshot.policy, person)
    if owns:
        check_speaks_for(session, account_id, person.id)
    return Acting(snapshot.policy, person, owns), snapshot


def begin(session: Session, account_id: str, references: Iterable[str] = ()) -> tuple[Acting, Snapshot]:
    """The same for whoever is about to change access: who reads and writes after this call takes turns with others."""
    lock(session, account_id, exclusive=False)
    bump(session, account_id)
    return acting_in(session, account_id, references)


def granted_by(session: Session) -> str:
    """What a source keeps of who gave it: the id of a person, the name of a program."""
    actor = audit.acting(session)
    return actor.id if actor.kind == "person" and actor.id else actor.name


def is_owner(policy: Policy, subject: Subject, at: datetime | None = None) -> bool:
    """Whether somebody is an Account Owner at present."""
    moment = at or now()
    return subject.active and any(
        grant.role_id is not None and policy.roles[grant.role_id].is_owner and bool(grant.sources_at(moment))
        for grant in subject.grants
        if grant.scope.reach is Reach.ACCOUNT
    )


def check_grant(
    session: Session,
    account_id: str,
    acting: Acting,
    principal: Principal,
    subject: Subject | None,
    given: Role | Statement,
    where: tuple[str, Reach],
    what: str,
) -> None:
    """Whether whoever acts may give this to somebody somewhere, or take it away.

    A delegated administrator holds all that it names: who takes a deny away gives what it denied.
    ``subject`` is the person, for a user; ``what`` is named in the refusal. Raises Forbidden.
    """
    if acting.person is None:
        return
    if _is_own(session, account_id, acting, principal, given, where):
        raise Forbidden(OWN)
    if acting.is_owner:
        return
    if principal.kind == "group":
        raise Forbidden("a group may have members of every business unit; only an Account Owner gives it roles")
    units = reached(acting.policy.units, *where)
    acting.check_area("assign_roles", units, f"give or take {what}")
    if subject is not None:
        acting.check_person(subject, "assign_roles", f"give or take {what}")
    statements = given.statements if isinstance(given, Role) else [given]
    acting.check_holds(touched(acting.policy.catalogue, statements), units, f"give or take {what}")


def check_role_edit(acting: Acting, role_id: str | None, keys: Collection[str], what: str) -> None:
    """Whether whoever acts may change what a role says about these permissions; a role is the same everywhere.

    Raises Forbidden. ``role_id`` is None for a role that nobody has yet.
    """
    if acting.person is None:
        return
    if keys and role_id is not None and role_id in roles_had(acting.policy, acting.person):
        raise Forbidden(f"you have this role yourself, and {OWN}")
    if acting.is_owner:
        return
    everywhere = list(acting.policy.units.units)
    acting.check_area("edit_roles", everywhere, what)
    acting.check_holds(keys, everywhere, what)


def check_themselves(session: Session, account_id: str, user_id: str, what: str) -> None:
    """Whether whoever acts is this person, or a program, which may speak for anybody. Raises Forbidden."""
    actor = audit.acting(session)
    if actor.kind == "person" and actor.id != user_id:
        raise Forbidden(f"{what}: nobody does this for somebody else")


def administers(acting: Acting) -> bool:
    """Whether whoever acts has some right of administration in some business unit."""
    return acting.has_full_right or any(
        acting.may_manage(area, [unit]) for area in get_args(Area) for unit in acting.policy.units.units
    )


def gives_access(session: Session, account_id: str, group_id: str) -> bool:
    """Whether whoever is in a group has something by it: a role, or a published rule, of it or of a group it is in."""
    bound, has_role = rules_above(session, account_id, group_id)
    return has_role or bool(bound.rules.rules)


def check_members(session: Session, account_id: str, group_id: str, moved: Collection[str]) -> None:
    """Whether whoever acts may add these users and groups to a local group, or remove them. Raises Forbidden."""
    acting, _ = acting_in(session, account_id)
    if acting.person is None or not moved:
        return
    own = {acting.person.id, *groups_holding(session, account_id, acting.person.id)}
    gives_roles = gives_access(session, account_id, group_id)
    if own & set(moved) and (gives_roles or is_owner_group(session, account_id, group_id)):
        raise Forbidden(OWN)
    if gives_roles and not acting.is_owner:
        raise Forbidden("this group gives its members roles; only an Account Owner changes who is in it")


def roles_had(policy: Policy, subject: Subject) -> set[str]:
    """The roles that somebody has or will have, in whatever way: by themselves, by a group, by where they work."""
    moment = now()
    units = own_units(policy.units, subject, moment, is_owner=is_owner(policy, subject, moment))
    by_unit = [
        grant
        for grants in policy.unit_grants.values()
        for grant in grants
        if units & reached(policy.units, grant.scope.unit, grant.scope.reach)
    ]
    return {grant.role_id for grant in lasting([*subject.grants, *by_unit], moment) if grant.role_id}


@contextmanager
def keeping_an_owner(session: Session, account_id: str) -> Iterator[None]:
    """A change after which the account is no less safe than before; else it is undone and LastOwner is raised.

    The caller has called ``bump``, so that no other transaction takes the other one of two owners meanwhile.
    """
    with session.savepoint(), no_less_safe(session, account_id):
        yield


@contextmanager
def no_less_safe(session: Session, account_id: str) -> Iterator[None]:
    """The same for who gives up the whole transaction: SQLite keeps in memory what a savepoint may undo."""
    before = safety_of(session, account_id, now())
    yield
    after = safety_of(session, account_id, now()) if before else before
    if after < before:
        raise LastOwner(
            "this is the last active Account Owner who can sign in without an identity provider; "
            "make somebody else one first"
        )


def _is_own(
    session: Session,
    account_id: str,
    acting: Acting,
    principal: Principal,
    given: Role | Statement,
    where: tuple[str, Reach],
) -> bool:
    """Whether what a principal has is the own of the person who acts."""
    person = acting.person
    if person is None:
        return False
    if principal.kind == "user":
        return principal.id == person.id
    if principal.kind == "group":
        return principal.id in groups_holding(session, account_id, person.id)
    if not isinstance(given, Role):
        raise TypeError("a business unit has roles, not individual permissions")
    return unit_role_is_own(acting.policy, person, given, where, is_owner=acting.is_owner)


def _named(policy: Policy, units: Collection[str]) -> str:
    keys = sorted(policy.units.units[unit].key for unit in units)
    return ", ".join(keys) if len(keys) < len(policy.units.units) else "all business units"
