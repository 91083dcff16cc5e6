"""A role against the whole catalogue: what it says at each node, what comes from above, and what is still missing.

For whoever looks at a role or edits it. The whole catalogue is there, also where the role says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.services.references import role_of
from app.services.role_statements import UNSET, StatementChange, changed_statements
from app.session import Session
from app.stores.access import SqlAccessStore
from rbac.catalogue import EVERYTHING, Catalogue, Permission, Text, shown
from rbac.model import Effect, Statement
from rbac.roles import Says, allowed, said

_WHOLE = Text("Everything", "Todo")


@dataclass(frozen=True, slots=True)
class NodeSays:
    """What a role says at a node by itself: ``effect`` is allow, deny or unset.

    ``when`` is a condition of that; ``unless`` one under which what is allowed here is denied here.
    """

    effect: str = UNSET
    when: str | None = None
    unless: str | None = None

    def changes(self, node: str) -> Iterator[StatementChange]:
        """The same as somebody would ask for it."""
        yield StatementChange(node, self.effect, self.when if self.effect != UNSET else None)
        if self.effect == Effect.ALLOW and self.unless is not None:
            yield StatementChange(node, Effect.DENY, self.unless)


@dataclass(frozen=True, slots=True)
class Inherited:
    """What nodes above say, where they say anything. ``depends``: only under conditions."""

    effect: str
    depends: bool
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeSheet:
    """A tab, a section or the whole tree; ``key`` is the node as a role names it."""

    key: str
    title: Text
    says: NodeSays
    above: Inherited | None


@dataclass(frozen=True, slots=True)
class Need:
    """A permission that another one requires, and whether the role gives it."""

    key: str
    title: Text
    given: bool


@dataclass(frozen=True, slots=True)
class PermissionSheet(NodeSheet):
    """A permission. ``result`` is what the role comes to for it; ``requires`` is what it needs to be of use."""

    description: Text
    operation: str
    privileged: bool
    requires: tuple[Need, ...]
    result: Says | None

    @property
    def lacks(self) -> tuple[Need, ...]:
        """What it requires and the role does not give, if the role gives the permission at all."""
        is_given = self.result is not None and self.result.effect is Effect.ALLOW
        return tuple(need for need in self.requires if not need.given) if is_given else ()


@dataclass(frozen=True, slots=True)
class SectionSheet:
    """A section, and what is in it."""

    node: NodeSheet
    permissions: tuple[PermissionSheet, ...]


@dataclass(frozen=True, slots=True)
class TabSheet:
    """A tab, and what is in it."""

    node: NodeSheet
    sections: tuple[SectionSheet, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A role against the catalogue. ``others`` are nodes it names that are neither tab nor section nor permission."""

    whole: NodeSheet
    tabs: tuple[TabSheet, ...]
    others: tuple[NodeSheet, ...]

    @property
    def permissions(self) -> Iterator[PermissionSheet]:
        """All permissions, in the catalogue's order."""
        return (one for tab in self.tabs for section in tab.sections for one in section.permissions)


def read_sheet(session: Session, account_id: str, role: str, changes: Sequence[StatementChange] = ()) -> Sheet:
    """A role as it is, or as it would be after changes. Raises NotFound, InvalidRole."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    statements: Sequence[Statement] = role_of(policy, role).statements
    if changes:
        statements = changed_statements(policy.catalogue, statements, changes, replaces=False)
    return sheet_of(policy.catalogue, statements)


def sheet_of(catalogue: Catalogue, statements: Sequence[Statement]) -> Sheet:
    """The same of statements."""
    return _Writer(catalogue, statements).sheet()


def says_by_node(statements: Iterable[Statement]) -> dict[str, NodeSays]:
    """What statements say, by node."""
    found: dict[str, dict[Effect, str | None]] = {}
    for one in statements:
        found.setdefault(one.node, {})[one.effect] = one.condition.text if one.condition else None
    return {node: _says(effects) for node, effects in found.items()}


def _says(effects: Mapping[Effect, str | None]) -> NodeSays:
    if Effect.ALLOW not in effects:
        return NodeSays(Effect.DENY, effects[Effect.DENY])
    if Effect.DENY in effects and effects[Effect.DENY] is None:
        return NodeSays(Effect.DENY)  # what is denied outright is not allowed, whatever else is said
    return NodeSays(Effect.ALLOW, effects[Effect.ALLOW], effects.get(Effect.DENY))


class _Writer:
    def __init__(self, catalogue: Catalogue, statements: Sequence[Statement]) -> None:
        self._catalogue = catalogue
        self._says = says_by_node(statements)
        self._results = said(catalogue, statements)
        self._given = allowed(catalogue, statements)
        self._reach = {node: catalogue.covered_by(node) for node in self._says}

    def sheet(self) -> Sheet:
        tabs = tuple(
            TabSheet(
                NodeSheet(*self._node(tab.key, tab.title)),
                tuple(
                    SectionSheet(
                        NodeSheet(*self._node(section.key, section.title)),
                        tuple(self._permission(one) for one in section.permissions),
                    )
                    for section in tab.sections
                ),
            )
            for tab in self._catalogue.tabs
        )
        places = {EVERYTHING, *self._catalogue.titles}
        others = (node for node in sorted(self._says) if node not in places and self._reach[node])
        return Sheet(
            NodeSheet(*self._node(EVERYTHING, _WHOLE)),
            tabs,
            tuple(NodeSheet(*self._node(node, Text(node, node))) for node in others),
        )

    def _node(self, key: str, title: Text) -> tuple[str, Text, NodeSays, Inherited | None]:
        return key, title, self._says.get(key, NodeSays()), self._above(key)

    def _permission(self, one: Permission) -> PermissionSheet:
        titles = self._catalogue.titles
        return PermissionSheet(
            *self._node(one.key, one.title),
            one.description,
            one.operation.value,
            one.privileged,
            tuple(Need(need, titles[need], need in self._given) for need in one.requires),
            self._results.get(one.key),
        )

    def _above(self, key: str) -> Inherited | None:
        """What wider nodes say; a denial counts before whatever allows, as in a decision."""
        here = self._catalogue.covered_by(key)
        wider = {
            node: says for node, says in self._says.items() if node != key and here and _holds(self._reach[node], here)
        }
        for effect in (Effect.DENY, Effect.ALLOW):
            saying = {node: one for node, one in wider.items() if one.effect == effect}
            outright = {node: one for node, one in saying.items() if one.when is None and one.unless is None}
            if saying:
                nodes = tuple(sorted(shown(self._catalogue, node) for node in outright or saying))
                return Inherited(effect.value, not outright, nodes)
        return None


def _holds(wide: frozenset[str], narrow: frozenset[str]) -> bool:
    return narrow <= wide
