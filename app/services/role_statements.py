"""What a role says, as it is written down, checked and shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.conditions import parse_condition
from app.services.errors import Refused, Wrong
from rbac.catalogue import EVERYTHING, Catalogue, Text, plain, shown
from rbac.model import Effect, Statement
from rbac.roles import Says, Shadow, requirements, said, shadows
from scim.errors import ScimError

UNSET = "unset"


class InvalidRole(Refused):
    """A role cannot say that; ``problems`` names everything that is wrong, and nothing was changed."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        self.problems = tuple(one.detail for one in wrong)
        super().__init__("\n  ".join(["the role cannot say that:", *self.problems]), *wrong)


@dataclass(frozen=True, slots=True)
class StatementChange:
    """What a role shall say about a node of the catalogue. ``effect`` is allow, deny or unset.

    All that is given for a node replaces all that the role said about it.
    """

    permission: str
    effect: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """What a role says about a node."""

    permission: str
    effect: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class PermissionFacts:
    """What it comes to for one permission.

    ``when``: one of these conditions must hold, none means always; ``unless``: conditions under which an allow is
    denied. ``nodes`` are the nodes by which the role says so.
    """

    key: str
    title: Text
    operation: str
    privileged: bool
    effect: str
    when: tuple[str, ...]
    unless: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingRequirement:
    """A permission that the role gives without what it requires, so that it is of little use."""

    permission: str
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warnings:
    """What somebody should look at: lacking requirements, allows that a deny shadows, nodes that are nowhere."""

    missing: tuple[MissingRequirement, ...]
    shadowed: tuple[Shadow, ...]
    unknown: tuple[str, ...]


def changed_statements(
    catalogue: Catalogue, present: Sequence[Statement], changes: Sequence[StatementChange], *, replaces: bool
) -> tuple[Statement, ...]:
    """What a role says after these changes; ``replaces``: and nothing else. Raises InvalidRole."""
    wrong: list[Wrong] = []
    by_node: defaultdict[str, dict[Effect, Statement]] = defaultdict(dict)
    for number, change in enumerate(changes):
        at = ("statements", number)
        node = plain(change.permission.strip())
        if node != EVERYTHING and not catalogue.covered_by(node):
            why = f'there is nothing at "{change.permission}" in the catalogue'
            wrong.append(Wrong((*at, "permission"), why))
            continue
        said_here = by_node[node]
        if change.effect == UNSET:
            if change.condition is not None:
                wrong.append(Wrong((*at, "when"), f"{shown(catalogue, node)}: what is unset has no condition"))
            continue
        statement = _statement(catalogue, node, change, at, wrong)
        if statement is not None and statement.effect in said_here:
            why = f"{shown(catalogue, node)}: {change.effect} is given twice; join conditions with or"
            wrong.append(Wrong(at, why))
        elif statement is not None:
            said_here[statement.effect] = statement
    if wrong:
        raise InvalidRole(wrong)
    kept = [] if replaces else [one for one in present if one.node not in by_node]
    every = [*kept, *(one for said_here in by_node.values() for one in said_here.values())]
    return tuple(sorted(every, key=lambda one: (one.node, one.effect)))


def _statement(
    catalogue: Catalogue, node: str, change: StatementChange, at: tuple[str, int], wrong: list[Wrong]
) -> Statement | None:
    if change.effect not in (Effect.ALLOW, Effect.DENY):
        why = f"{shown(catalogue, node)}: the effect is allow, deny or unset, not {change.effect!r}"
        wrong.append(Wrong((*at, "effect"), why))
        return None
    try:
        condition = parse_condition(change.condition, catalogue) if change.condition is not None else None
    except ScimError as error:
        wrong.append(Wrong((*at, "when"), f"{shown(catalogue, node)} when {change.condition}: {error}"))
        return None
    return Statement(node, Effect(change.effect), condition)


def facts_of(catalogue: Catalogue, statements: Iterable[Statement]) -> tuple[StatementFacts, ...]:
    """Statements as they are shown, in the order of the nodes."""
    facts = (
        StatementFacts(shown(catalogue, one.node), one.effect.value, one.condition.text if one.condition else None)
        for one in statements
    )
    return tuple(sorted(facts, key=lambda one: (one.permission, one.effect)))


def permissions_of(catalogue: Catalogue, statements: Iterable[Statement]) -> tuple[PermissionFacts, ...]:
    """What statements come to, permission by permission in the catalogue's order; what is unset is left out."""
    return tuple(permission_facts(catalogue, said(catalogue, statements)).values())


def permission_facts(catalogue: Catalogue, says: Mapping[str, Says]) -> dict[str, PermissionFacts]:
    """What is said about each permission, with what the permission is called."""
    return {
        key: PermissionFacts(
            key,
            catalogue.permissions[key].title,
            catalogue.permissions[key].operation.value,
            catalogue.permissions[key].privileged,
            one.effect.value,
            one.when,
            one.unless,
            one.nodes,
        )
        for key, one in says.items()
    }


def warnings_of(catalogue: Catalogue, statements: Sequence[Statement]) -> Warnings:
    """What is questionable about what a role says."""
    lacking = requirements(catalogue, statements)
    return Warnings(
        tuple(MissingRequirement(key, needs) for key, needs in lacking.items()),
        shadows(catalogue, statements, statements),
        tuple(one.node for one in statements if one.node != EVERYTHING and not catalogue.covered_by(one.node)),
    )
