"""What loading a profile or registering a catalogue would do to an account: shown before, recorded afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.services import schemas
from app.services.declarations import broken_conditions, broken_filters, broken_paths
from app.session import Session
from app.stores.catalogues import (
    NamedByUser,
    Platform,
    StoredRole,
    count_items,
    nodes_of_users,
    read_platform,
)
from app.stores.data_filters import read_filters
from app.stores.holders import holders_of
from app.stores.roles import assignments_of, rules_using
from rbac.catalogue import Catalogue, shown
from rbac.catalogue_changes import (
    Changes,
    attribute_changes,
    effect_on,
    heeded_changes,
    item_type_changes,
    permission_changes,
    statements_in,
    vanishing,
)
from rbac.profiles import parse_catalogue
from rbac.role_document import RoleEntry, RoleTemplate
from rbac.roles import Turned, requirements
from scim.keys import fold

NOTHING = Turned()
Fate = Literal["added", "changed", "removed", "kept"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an account shall have. Without ``roles`` it keeps those it has."""

    name: str
    catalogue: Catalogue
    document: Mapping[str, Any]
    roles: tuple[RoleTemplate, ...] | None = None
    extensions: tuple[Mapping[str, Any], ...] = ()
    default_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What becomes of one role, and of how many active people.

    ``is_default`` roles belong to the profile, the others are the account's own. ``lacking`` are permissions that
    the role gives without what they newly require; ``vanishing`` are nodes it names that will be gone.
    """

    name: str
    fate: Fate
    is_default: bool
    holders: int = 0
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vanishing: tuple[str, ...] = ()
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """The difference between what an account has and what it shall have.

    ``people`` is how many active people have a role, or something of their own, that gives other permissions than
    before. ``conflicts`` forbid the change; ``drops`` are what it takes away, which whoever loads
    it has to say.
    """

    profile: str
    formerly: str
    version: str | None
    former_version: str | None
    permissions: Changes
    item_types: Changes
    attributes: Changes
    heeded: Mapping[str, tuple[str | None, str | None]]
    roles: tuple[RoleChange, ...]
    default_roles: tuple[str, ...] | None
    extensions: tuple[schemas.Declared, ...]
    people: int
    conflicts: tuple[str, ...]
    drops: tuple[str, ...]

    @property
    def is_change(self) -> bool:
        """Whether anything is different from before."""
        return bool(
            (self.profile, self.version) != (self.formerly, self.former_version)
            or self.permissions
            or self.item_types
            or self.attributes
            or self.heeded
            or self.default_roles is not None
            or any(one.is_change for one in self.extensions)
            or any(role.fate != "kept" or role.gained or role.lost or role.altered for role in self.roles)
        )


@dataclass(frozen=True, slots=True)
class Moves:
    """Which stored role becomes which role of the profile, and which come and go."""

    becomes: Mapping[str, RoleTemplate]
    removed: tuple[StoredRole, ...]
    added: tuple[RoleTemplate, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What is needed to carry a plan out."""

    present: Platform
    before: Catalogue
    moves: Moves
    vanished: Mapping[str, tuple[str, ...]]
    individuals: tuple[NamedByUser, ...]


def make_plan(session: Session, account_id: str, target: Target) -> tuple[PlannedChange, Work]:
    """Compare an account with what it shall have."""
    present = read_platform(session, account_id)
    before, after = parse_catalogue(present.catalogue), target.catalogue
    moves = _moves(present, target)
    kept = [role for role in present.roles if role.id not in moves.becomes and role not in moves.removed]
    vanished = {role.id: vanishing(before, after, (entry.node for entry in role.entries)) for role in kept}
    individuals = nodes_of_users(session, account_id)
    gone = set(vanishing(before, after, (one.node for one in individuals)))
    work = Work(
        present,
        before,
        moves,
        {id: nodes for id, nodes in vanished.items() if nodes},
        tuple(one for one in individuals if one.node in gone),
    )
    turned = _turned(work, after)
    holders = holders_of(session, account_id, list(turned))
    extensions = tuple(schemas.plan(session, account_id, document) for document in target.extensions)
    concerned = {user for id, change in turned.items() if change for user in holders[id]}
    concerned |= {
        one.user_id for one in individuals if one.active and before.covered_by(one.node) != after.covered_by(one.node)
    }
    changes = PlannedChange(
        profile=target.name,
        formerly=present.profile,
        version=after.version,
        former_version=before.version,
        permissions=permission_changes(before, after),
        item_types=item_type_changes(before, after),
        attributes=attribute_changes(before, after),
        heeded=heeded_changes(before, after),
        roles=tuple(_role_changes(work, after, turned, {id: len(users) for id, users in holders.items()})),
        default_roles=target.default_roles if target.default_roles and not present.default_roles else None,
        extensions=extensions,
        people=len(concerned),
        conflicts=tuple(_conflicts(session, account_id, target, work)),
        drops=tuple(_drops(session, account_id, after, work)),
    )
    return changes, work


def _moves(present: Platform, target: Target) -> Moves:
    """A default role becomes that of the same name; the owner role becomes the owner role, whatever it is called."""
    if target.roles is None:
        return Moves({}, (), ())
    owner = next(role for role in target.roles if role.is_owner)
    by_name = {fold(role.name): role for role in target.roles if role is not owner}
    becomes: dict[str, RoleTemplate] = {}
    removed: list[StoredRole] = []
    for role in present.roles:
        template = owner if role.row.is_owner else by_name.get(fold(role.name))
        if template is not None and role.row.is_default:
            becomes[role.id] = template
        elif role.row.is_default:
            removed.append(role)
    taken = {id(template) for template in becomes.values()}
    return Moves(becomes, tuple(removed), tuple(role for role in target.roles if id(role) not in taken))


def _turned(work: Work, after: Catalogue) -> dict[str, Turned]:
    """What each role that stays gives more, less or otherwise."""
    moves = work.moves
    turned = {}
    for role in work.present.roles:
        if role not in moves.removed:
            entries = moves.becomes[role.id].entries if role.id in moves.becomes else role.entries
            turned[role.id] = effect_on((work.before, role.entries), (after, entries))
    return turned


def _role_changes(
    work: Work, after: Catalogue, turned: Mapping[str, Turned], holders: Mapping[str, int]
) -> Iterator[RoleChange]:
    for template in work.moves.added:
        change = effect_on((after, ()), (after, template.entries))
        yield RoleChange(template.name, "added", True, gained=change.gained)
    for role in work.present.roles:
        if role in work.moves.removed:
            change = effect_on((work.before, role.entries), (work.before, ()))
            yield RoleChange(role.name, "removed", True, lost=change.lost)
            continue
        change = turned[role.id]
        becomes = work.moves.becomes.get(role.id)
        lacking = {} if becomes else _newly_lacking(work.before, after, role.entries)
        vanished = tuple(shown(work.before, node) for node in work.vanished.get(role.id, ()))
        is_other = becomes is not None and _is_other(role, becomes)
        if change or lacking or vanished or is_other:
            yield RoleChange(
                name=becomes.name if becomes else role.name,
                fate="changed" if becomes else "kept",
                is_default=role.row.is_default,
                holders=holders[role.id],
                gained=change.gained,
                lost=change.lost,
                altered=change.altered,
                lacking=lacking,
                vanishing=vanished,
                formerly=role.name if becomes and becomes.name != role.name else None,
            )


def _is_other(role: StoredRole, template: RoleTemplate) -> bool:
    row = role.row
    said = (row.name, row.is_owner, row.marked, row.texts, set(role.entries))
    shall = (template.name, template.is_owner, template.is_privileged, texts_of(template), set(template.entries))
    return said != shall


def texts_of(role: RoleTemplate) -> dict[str, Any]:
    """What a role is called and what it is for, in each language."""
    return {
        "title": {"en": role.title.en, "es": role.title.es},
        "description": {"en": role.description.en, "es": role.description.es},
    }


def _newly_lacking(before: Catalogue, after: Catalogue, entries: tuple[RoleEntry, ...]) -> dict[str, tuple[str, ...]]:
    statements = statements_in(entries)
    known = requirements(before, statements)
    return {
        key: needs
        for key, every in requirements(after, statements).items()
        if (needs := tuple(need for need in every if need not in known.get(key, ())))
    }


def _conflicts(session: Session, account_id: str, target: Target, work: Work) -> Iterator[str]:
    own = {fold(role.name): role for role in work.present.roles if not role.row.is_default}
    for template in target.roles or ():
        if fold(template.name) in own:
            yield f"this account has a role of its own named {own[fold(template.name)].name!r}; rename it first"
    for role in work.moves.removed:
        assignments, rules = assignments_of(session, account_id, role.id), rules_using(session, account_id, role.id)
        missing = f"the profile has no role {role.name!r}"
        if assignments:
            yield f"{missing}, and {assignments} assignments still use it; remove them first"
        if rules:
            yield f"{missing}, and the role mapping uses it ({', '.join(rules)}); change that first"
    staying = [
        role for role in work.present.roles if role.id not in work.moves.becomes and role not in work.moves.removed
    ]
    for role in staying:
        entries = [entry for entry in role.entries if entry.node not in work.vanished.get(role.id, ())]
        for problem in broken_conditions(target.catalogue, entries):
            yield f"a condition of the role {role.name!r} would mean nothing: {problem}; change it first"
    filters = {(row.record_type, row.filter): None for row in read_filters(session, account_id)}
    for problem in broken_filters(target.catalogue, filters):
        yield f"a data filter would mean nothing: {problem}; change it first"
    yield from broken_paths(session, account_id, target.catalogue, target.extensions)


def _drops(session: Session, account_id: str, after: Catalogue, work: Work) -> Iterator[str]:
    names = {role.id: role.name for role in work.present.roles}
    for role_id, nodes in work.vanished.items():
        for node in nodes:
            yield f"the role {names[role_id]!r} names {shown(work.before, node)}, where nothing is left"
    for one in work.individuals:
        yield f"{one.user_name} has something of their own at {shown(work.before, one.node)}, where nothing is left"
    for kind, count in count_items(session, account_id).items():
        if kind not in after.item_kinds:
            yield f"{count} items of the type {kind} are known, which is gone"
