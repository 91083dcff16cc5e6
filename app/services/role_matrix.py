"""All roles against all permissions: what each role comes to, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.session import Session
from app.stores.access import SqlAccessStore
from rbac.catalogue import Catalogue, Permission, Text
from rbac.model import Effect, Policy, Role, Said
from rbac.standing import compiled

ALLOW, DEPENDS, DENY, UNSET = "allow", "depends", "deny", "unset"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A permission, and what each role comes to for it: allow, depends (on a condition), deny or unset."""

    permission: Permission
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the roles do not all say the same."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """A section of a tab, with its rows."""

    key: str
    tab: Text
    title: Text
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table: its columns are roles, by name."""

    roles: tuple[Role, ...]
    parts: tuple[MatrixPart, ...]


def matrix(session: Session, account_id: str) -> Matrix:
    """Everything; whoever shows it leaves out what nobody asked for."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    roles = sorted(
        policy.roles.values(), key=lambda role: (not role.is_owner, not role.is_default, role.name.casefold())
    )
    return Matrix(tuple(roles), tuple(_parts(policy, policy.catalogue, roles)))


def _parts(policy: Policy, catalogue: Catalogue, roles: Sequence[Role]) -> list[MatrixPart]:
    said = [compiled(policy, role.id) for role in roles]
    return [
        MatrixPart(
            section.key,
            tab.title,
            section.title,
            tuple(
                MatrixRow(one, tuple(_cell(by_key.get(one.key, ())) for by_key in said)) for one in section.permissions
            ),
        )
        for tab in catalogue.tabs
        for section in tab.sections
    ]


def _cell(said: tuple[Said, ...]) -> str:
    """What is left of all that a role says: an outright deny is all there is then, and so it counts."""
    if not said:
        return UNSET
    allows = [one for one in said if one.effect is Effect.ALLOW]
    if not allows:
        return DENY
    return DEPENDS if any(one.condition for one in said) else ALLOW
